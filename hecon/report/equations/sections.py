"""Which section of the technical appendix a column belongs to, and in which order they are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hecon.labels import CYCLE, EDGE
from hecon.report.live.layout import columns_in, needed_by
from hecon.report.live.model import LiveModel
from hecon.survival.base import Curve
from hecon.symbols.draft import DAY, CellColumn

_TIME, _CURVES, _STATES, FLOWS, _VALUES, LEDGER, SUMS, INCREMENTS = (
    "Model time and discounting",
    "Curves",
    "States",
    "Flows",
    "Unit costs and other values",
    "Costs and effects, cycle by cycle",
    "Sums up to each horizon",
    "Increments, the efficiency frontier and net benefit",
)
SECTIONS = (_TIME, _CURVES, _STATES, FLOWS, _VALUES, LEDGER, SUMS, INCREMENTS)
#: Last parts of headings of curves that were kept below another one, and are still survival.
_KEPT_BELOW = ("without crossing", "alive")


class Sections:
    """Sections of the columns of a live model that its results need."""

    def __init__(self, built: LiveModel) -> None:
        self._built = built
        results = built.results
        left_out = {
            column
            for columns in (results.details, results.totals)
            for (_, _, twin), column in columns.items()
            if twin == "undiscounted"
        }
        details = [column for (_, _, twin), column in results.details.items() if twin == "discounted"]
        # A quadrant is a number that stands for words.
        left_out |= {table.pairs["Quadrant"] for table in built.increments}
        needed = needed_by([*built.result_columns, *built.curves])
        self.columns = self._ordered([column for column in built.draft.columns if column in needed - left_out])
        self._lines = {c for column in details for c in _direct(column) if not (c.is_time or c.of_time)}
        self._flow_titles = {flow for line in built.outcome.lines for flow in (line.flow.name,) if flow}
        self._heads = {column.title for column in built.curves} | {title.capitalize() for title in _curve_titles()}
        shares = [c for c in self.columns if c.title.split(" (")[0] == "Share" and c.along == EDGE]
        self._states = needed_by([*shares, *(c for own in built.states.values() for c in own.values())])

    def _ordered(self, columns: Sequence[CellColumn]) -> list[CellColumn]:
        """Put what the frontier is found by before it."""
        helpers = {column for table in self._built.increments for column in table.helpers.values()}
        frontier = {column for table in self._built.increments for column in table.frontier.values()}
        plain = [column for column in columns if column not in helpers | frontier]
        last = [column for own in (helpers, frontier) for column in columns if column in own]
        at = next((i for i, column in enumerate(plain) if column.title.startswith("Net benefit")), len(plain))
        return [*plain[:at], *last, *plain[at:]]

    def of(self, column: CellColumn) -> str:
        """Section of a column."""
        if column.along in ("results", "increments"):
            return SUMS if column.along == "results" else INCREMENTS
        if column.is_time or column.of_time:
            return _TIME
        head = column.title.split(", ")[0]
        if head in self._heads and not column.title.endswith(_KEPT_BELOW[0]):
            return _CURVES
        is_flow = column.along in (CYCLE, DAY) and column.title in self._flow_titles
        if is_flow or (column.along == EDGE and self._is_share_of_flow(column)):
            return FLOWS
        if column in self._states:
            return _STATES
        return LEDGER if column in self._lines else _VALUES

    def _is_share_of_flow(self, column: CellColumn) -> bool:
        shares = {f"Share ({name.lower()})" for name in self._flow_titles if name != "Years"}
        return column.title in shares

    def survival(self) -> set[str]:
        """Titles of columns that hold survival: curves that begin at 1 and never rise."""
        lasts = {column.title.split(", ")[-1] for column in self._built.curves} | {*_curve_titles(), *_KEPT_BELOW}
        lasts |= {title.capitalize() for title in _curve_titles()}
        found: dict[str, bool] = {}
        for column in self.columns:
            head, *_, last = [*column.title.split(", "), column.title.split(", ")[-1]]
            is_curve = last in lasts and (head in self._heads or last in _KEPT_BELOW) and column.along is not None
            found[column.title] = found.get(column.title, True) and is_curve and _falls_from_1(column)
        return {title for title, holds in found.items() if holds}


def _falls_from_1(column: CellColumn) -> bool:
    values = [cell.value for cell in column.cells]
    return abs(values[0] - 1) < 1e-12 and all(b <= a + 1e-12 for a, b in zip(values, values[1:], strict=False))


def _curve_titles() -> list[str]:
    """Titles of all curves that there are: how their columns are headed."""
    waiting, found = [Curve], []
    while waiting:
        for one in waiting.pop().__subclasses__():
            found.append(str(getattr(one, "title", "")))
            waiting.append(one)
    return [title for title in found if title]


def _direct(column: CellColumn) -> Iterable[CellColumn]:
    return (other for content in column.contents for other in columns_in(content))

"""What every cell and input of a live model is called in equations: a title, labels, and the numbers of its indices.

The columns of a draft tell some labels in their title (the horizon of a weight, the edge of a share by time in state);
results and increments stand under each other by line and by strategy. Here all of them become references of one kind.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from hecon.frozen import frozen
from hecon.inputs.format import FIRST_ROW
from hecon.labels import CYCLE, EDGE, HORIZON, STATE, STRATEGY
from hecon.report.live.inputs import InputCell, Named
from hecon.report.live.model import LiveModel
from hecon.report.live.results import ResultRow
from hecon.report.words import years
from hecon.symbols.draft import DAY, CellColumn, Span, Spot
from hecon.symbols.expression import Symbol

#: Kinds of references: what a cell runs along, and what is no cell of a column.
AT_EDGE, BY_CYCLE, ON_DAY, BY_STAY, BY_ROW, SINGLE, RESULT, OF_INPUT, CHOICE = (
    "edge", "cycle", "day", "stay", "row", "single", "result", "input", "choice"
)  # fmt: skip
#: Indices: model time (edges and cycles), days of doses, cycles in a state, rows of a table, steps that are not the
#: model's cycles.
TIME_INDEX, DAY_INDEX, STAY_INDEX, ROW_INDEX, STEP_INDEX = "time", "dose day", "stay", "row", "step"
OTHER_STRATEGY, WILLINGNESS, PACKS = "other strategy", "willingness to pay", "packs"
#: Dimensions with long labels: equations have their letters in any case, and say what these stand for.
LONG = (HORIZON, PACKS, "dose", "row")
#: Tables of rows are counted from 1, as look-ups count them; everything else from 0, the start of the model.
BASE = {TIME_INDEX: 0, DAY_INDEX: 0, STAY_INDEX: 0, ROW_INDEX: 1, STEP_INDEX: 0}
_KINDS = {TIME_INDEX: AT_EDGE, DAY_INDEX: ON_DAY, STAY_INDEX: BY_STAY, ROW_INDEX: BY_ROW, STEP_INDEX: BY_ROW}

_ALONG = {EDGE: (AT_EDGE, TIME_INDEX), CYCLE: (BY_CYCLE, TIME_INDEX), DAY: (ON_DAY, DAY_INDEX)}

_TUNNEL = re.compile(r"(?:(?P<what>.+), )?[Ee]dge (?P<edge>\d+)")
_STAYS = re.compile(r"(?:(?P<state>.+), |\d+ )cycles in state")
_PACKS = re.compile(r"packs of (?P<packs>.+)")
_TOTALS = {"cost": "Total costs", "life_years": "Life years", "qaly": "QALYs"}
_OF_WHICH = "Progression-free life years"


@frozen(eq=True)
class Reference:
    """A quantity in words: its kind, title, labels by dimension, and the values of its indices."""

    kind: str
    title: str
    labels: tuple[tuple[str, str], ...] = ()
    indices: tuple[tuple[str, int], ...] = ()
    unit: str = ""
    #: What can be chosen, for the choice of a curve.
    options: tuple[str, ...] = ()

    @cached_property
    def tokens(self) -> tuple[object, ...]:
        """All but the values of labels and indices: what like references have in common."""
        dims, indices = tuple(dim for dim, _ in self.labels), tuple(name for name, _ in self.indices)
        return (self.kind, self.title, self.unit if self.title == "Time" else "", dims, indices, len(self.options))


@frozen(eq=True)
class InputRow:
    """An input as the list of inputs shows it."""

    reference: Reference
    words: str
    unit: str
    value: float | str
    status: str
    source: str


@dataclass(eq=False)
class References:
    """References of every place of a live model."""

    built: LiveModel
    inputs: dict[str, InputRow] = field(init=False, default_factory=dict)
    #: Unit of each kind of ledger line.
    units: dict[str, str] = field(init=False)
    _columns: dict[CellColumn, Reference] = field(init=False, default_factory=dict)
    _cells: dict[tuple[CellColumn, int], Reference] = field(init=False, default_factory=dict)
    #: Cells that only repeat another one.
    _repeats: dict[tuple[CellColumn, int], Spot] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        currency = self.built.results.base.case.settings.currency
        self.units = {"cost": currency, "qaly": "QALYs", "life_years": "years"}
        self._horizons = {years(h): n for h, n in zip(self._time.horizons, self._time.horizon_edges, strict=True)}
        self._read_inputs()
        counted: Counter[Reference] = Counter()
        made = {column: self._of_column(column) for column in self.built.draft.columns}
        often = Counter(made.values())
        for column, reference in made.items():
            counted[reference] += 1
            twins = often[reference] > 1 and reference.kind != RESULT
            number = (("number", str(counted[reference])),) if twins else ()
            self._columns[column] = _with_labels(reference, (*reference.labels, *number))
        self._read_results()
        self._read_increments()

    @property
    def _time(self) -> Any:
        return self.built.results.base.time

    def cycles_until(self, horizon: str) -> int:
        """Number of cycles up to a horizon, given in words."""
        return self._horizons[horizon]

    def days_until(self, horizon: str) -> int:
        """Number of days of doses up to a horizon, given in words."""
        days = self.built.days
        assert days is not None
        return int(days.until[:, list(self._horizons).index(horizon)].sum())

    def of(self, place: Any) -> Reference:
        """Give the reference of a place."""
        if isinstance(place, Spot):
            return self.at(place.column, place.row)
        if isinstance(place, InputCell) and place.reference not in self.inputs:
            self.inputs[place.reference] = self._of_cell(place)
        return self.inputs[place.reference].reference

    def at(self, column: CellColumn, row: int) -> Reference:
        """Give the reference of a cell of a column."""
        repeated = self._repeats.get((column, row))
        if repeated is not None:
            return self.at(repeated.column, repeated.row)
        known = self._cells.get((column, row))
        if known is not None:
            return known
        whole = self._columns[column]
        if not whole.indices:
            return whole
        *others, (index, _) = whole.indices
        indices = (*others, (index, row + BASE[index]))
        made = Reference(whole.kind, whole.title, whole.labels, indices, whole.unit)
        self._cells[column, row] = made
        return made

    def is_repeat(self, column: CellColumn, row: int) -> bool:
        """Say whether a cell only repeats another one under another heading."""
        return (column, row) in self._repeats

    def cells_of(self, span: Span) -> list[Symbol] | None:
        """Give the cells of a run of results, but those that are 0 by nature; None for a run with an index."""
        if self._columns[span.column].kind != RESULT:
            return None
        rows = range(span.first, span.last + 1)
        return [span.column.cells[row] for row in rows if row in self._filled or span.column not in self._details_of]

    @cached_property
    def _details_of(self) -> set[CellColumn]:
        return set(self.built.results.details.values())

    @cached_property
    def _filled(self) -> set[int]:
        """Rows of the breakdown that some strategy fills with a formula."""
        columns = self._details_of
        rows = range(len(self.built.results.detail_rows))
        return {row for row in rows if any(isinstance(column.contents[row], Symbol) for column in columns)}

    # Columns of the draft.

    def _of_column(self, column: CellColumn) -> Reference:
        title, labels = self._flow(column)
        if column.strategy:
            labels[STRATEGY] = column.strategy
        along, unit = column.along, column.unit
        if along is None:
            return Reference(SINGLE, title, tuple(labels.items()), (), unit)
        if along in _ALONG:
            title = self._without_horizon(title, labels) if column.of_time else title
            kind, index = _ALONG[along]
            return Reference(kind, title, tuple(labels.items()), ((index, 0),), unit)
        if along in ("results", "increments"):
            return Reference(RESULT, title)
        index = STEP_INDEX if along.endswith(" steps") else STAY_INDEX if _STAYS.fullmatch(along) else ROW_INDEX
        indices: tuple[tuple[str, int], ...] = ((index, 0),)
        if index == STAY_INDEX:
            state = _STAYS.fullmatch(along)
            if state and state["state"]:
                labels.setdefault(STATE, state["state"])
            tunnel = _TUNNEL.fullmatch(title)
            if tunnel:
                title = tunnel["what"] or "Share by time in state"
                indices = ((TIME_INDEX, int(tunnel["edge"])), *indices)
        packs = _PACKS.fullmatch(along)
        if packs:
            labels[PACKS] = packs["packs"]
        title, _, about = title.partition(": ")
        if about:
            labels["row" if " row " in about else "of"] = about.rpartition(", ")[2] if " row " in about else about
        return Reference(_KINDS[index], title, tuple(labels.items()), indices, unit)

    def _flow(self, column: CellColumn) -> tuple[str, dict[str, str]]:
        """Title and labels of a column; a state at the end of the title, as in "Years progressed", is a label."""
        labels = dict(column.labels)
        title = "Share" if column.title == "Share (years)" else column.title
        head, _, state = title.partition(" ")
        if STATE not in labels and state in self.built.results.base.case.labels.get(STATE, ()):
            return head, {STATE: state, **labels}
        return title, labels

    def _without_horizon(self, title: str, labels: dict[str, str]) -> str:
        head, _, last = title.rpartition(", ")
        if head and last in self._horizons:
            labels[HORIZON] = last
            return head
        return title

    # Results and increments.

    def _read_results(self) -> None:
        results = self.built.results
        details = self._details()
        for columns, rows, known in (
            (results.details, results.detail_rows, details),
            (results.totals, results.total_rows, [{}] * len(results.total_rows)),
        ):
            for (place, strategy, twin), column in columns.items():
                ends = {STRATEGY: strategy, HORIZON: years(results.horizons[place])}
                for number, row in enumerate(rows):
                    if row.line and columns is results.totals and _is_cell(column.contents[number]):
                        self._repeats[column, number] = column.contents[number].args[0]
                    title = _TOTALS.get(row.measure, _OF_WHICH) if row.measure else row.line
                    title += " (QALYs)" if row.line and row.kind == "qaly" else ""
                    title += "" if twin == "discounted" else ", undiscounted"
                    labels = {**known[number], **ends}
                    unit = self.units[row.kind]
                    self._cells[column, number] = Reference(RESULT, title, tuple(labels.items()), unit=unit)

    def _details(self) -> list[dict[str, str]]:
        """Labels of the details of lines; words of one that sums nothing with labels are of its line's dimension."""
        rows = self.built.results.detail_rows
        known = [self._detail(row, number) for number, row in enumerate(rows)]
        dims: dict[tuple[str, str], str] = {}
        for row, labels in zip(rows, known, strict=True):
            if len(labels) == 1:
                dims.setdefault((row.kind, row.line), next(iter(labels)))
        return [
            labels or ({dims.get((row.kind, row.line), "detail"): row.detail} if row.detail else {})
            for row, labels in zip(rows, known, strict=True)
        ]

    def _detail(self, row: ResultRow, number: int) -> dict[str, str]:
        """Labels of a detail of a line: those of what it sums."""
        for column in self.built.results.details.values():
            for labels in self._labels_in(column.contents[number]):
                told = {dim: label for dim, label in labels.items() if dim != STRATEGY}
                if ", ".join(told.values()) == row.detail:
                    return told
        return {}

    def _labels_in(self, content: Any) -> Iterator[Mapping[str, str]]:
        if isinstance(content, Span | Spot):
            yield content.column.labels
        elif isinstance(content, Named):
            yield dict(self.inputs[content.reference].reference.labels)
        elif isinstance(content, Symbol):
            for arg in content.args:
                yield from self._labels_in(arg)

    def _read_increments(self) -> None:
        results = self.built.results
        for horizon, table in zip(results.horizons, self.built.increments, strict=False):
            for column in table.totals.values():
                self._repeats |= {(column, row): cell.args[0] for row, cell in enumerate(column.contents)}
            for title, column in {**table.pairs, **table.frontier}.items():
                self._by_strategy(column, title.removesuffix(" (1 = yes)"), {}, horizon)
            for title, column in table.helpers.items():
                name = next(one for one in sorted(results.strategies, key=len, reverse=True) if title.endswith(one))
                self._by_strategy(column, title.removesuffix(name).strip(), {OTHER_STRATEGY: name}, horizon)
            benefits = {"Net benefit": table.benefit, "Incremental net benefit": table.incremental_benefit}
            for what, columns in benefits.items():
                for threshold, column in columns.items():
                    self._by_strategy(column, what, {WILLINGNESS: f"{threshold:,.0f}"}, horizon)

    def _by_strategy(self, column: CellColumn, title: str, labels: Mapping[str, str], horizon: float) -> None:
        unit = self._unit_of_increment(title)
        for row, strategy in enumerate(self.built.results.strategies[: len(column.contents)]):
            whole = {**labels, STRATEGY: strategy, HORIZON: years(horizon)}
            self._cells[column, row] = Reference(RESULT, title, tuple(whole.items()), unit=unit)

    def _unit_of_increment(self, title: str) -> str:
        known = {"Incremental life years": "life_years", "Incremental QALYs": "qaly"}
        if title in ("Incremental costs", "Net benefit", "Incremental net benefit"):
            return self.units["cost"]
        ratios = ("ICER", "Steepest way up to it", "Flattest way on from it", "Way up from", "Way on to")
        return f"{self.units['cost']} per QALY" if title in ratios else self.units.get(known.get(title, ""), "")

    def ratios(self) -> list[tuple[Reference, Symbol]]:
        """Give the ICER of each strategy against the comparator, at each horizon, with its formula."""
        results, found = self.built.results, []
        for horizon, table in zip(results.horizons, self.built.increments, strict=False):
            costs, gains = (table.pairs[title].cells for title in ("Incremental costs", "Incremental QALYs"))
            for strategy, cost, gain in zip(results.strategies, costs, gains, strict=True):
                if strategy != results.base.case.comparator:
                    labels = ((STRATEGY, strategy), (HORIZON, years(horizon)))
                    found.append((Reference(RESULT, "ICER", labels, unit=self._unit_of_increment("ICER")), cost / gain))
        return found

    # Inputs.

    def _read_inputs(self) -> None:
        live = self.built.live
        records = [*live.inputs.parameters.to_dict("records"), *[{}] * len(live.in_use)]
        for record, one in zip(records, live.in_use, strict=False):
            parameter = str(record.get("parameter") or one.name)
            dims = [str(dim) for dim in live.case.values[parameter].dims] if record else []
            labels = tuple((dim, str(record[dim])) for dim in dims)
            reference = Reference(OF_INPUT, parameter, labels, unit=one.unit)
            source = str(record.get("source") or "") if record else f"Settings, {one.name}"
            self.inputs[one.name] = InputRow(reference, one.words, one.unit, one.value, one.status, source)
        for choice in live.choices:
            labels = ((STRATEGY, choice.strategy), ("endpoint", choice.endpoint))
            reference = Reference(CHOICE, "curve", labels, options=choice.options)
            words = f"Curve of {choice.endpoint.replace('_', ' ')}: {choice.strategy}"
            self.inputs[choice.name] = InputRow(reference, words, "", choice.value, "", "Curves")

    def _of_cell(self, place: InputCell) -> InputRow:
        """Read a cell of a structure sheet."""
        where = place.words.rpartition(", ")[2]
        sheet, _, row = where.rpartition(" row ")
        column = place.words.partition(" of ")[0]
        record = self.built.live.inputs.tables[sheet].iloc[int(row) - FIRST_ROW].to_dict()
        unit, source = (str(record[name]) if isinstance(record.get(name), str) else "" for name in ("unit", "source"))
        about = place.words.partition(" of ")[2].removesuffix(where).rstrip(", ")
        words = " ".join(filter(None, (column.replace("_", " ").capitalize(), about and f"of {about}")))
        reference = Reference(OF_INPUT, column, (("row", where),), unit=unit)
        return InputRow(reference, f"{words}: {where}", unit, float(record[column]), "", source or where)

    def used_in(self, contents: Iterable[Any]) -> list[InputRow]:
        """Give the inputs that formulas refer to, in the order of the workbook."""
        found = {place.reference for content in contents for place in _inputs_in(content)}
        return [row for name, row in self.inputs.items() if name in found]


def _with_labels(reference: Reference, labels: tuple[tuple[str, str], ...]) -> Reference:
    return Reference(reference.kind, reference.title, labels, reference.indices, reference.unit)


def _is_cell(content: Any) -> bool:
    return isinstance(content, Symbol) and isinstance(content.args[0], Spot)


def _inputs_in(content: Any) -> Iterator[Named | InputCell]:
    if isinstance(content, Symbol):
        for arg in content.args:
            if isinstance(arg, Named | InputCell):
                yield arg
            else:
                yield from _inputs_in(arg)

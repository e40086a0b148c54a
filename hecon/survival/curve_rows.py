"""The rows of the sheet Curves as a model uses them: read once, each checked before a curve is made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from hecon.errors import Fault, InputError, did_you_mean, not_one_of
from hecon.frozen import frozen
from hecon.labels import STRATEGY
from hecon.parameters import Parameters, letters_of
from hecon.settings import TIME_UNITS
from hecon.survival.adjust import AccelerationFactor, HazardRatio, OddsRatio
from hecon.survival.base import Curve
from hecon.survival.families import COEFFICIENT_DOMAINS
from hecon.survival.kaplan_meier_curve import KaplanMeier
from hecon.survival.piecewise_exponential import PIECEWISE
from hecon.survival.spline import SCALES
from hecon.survival.survival_table import SurvivalTable
from hecon.survival.waning import WANING_SHAPES

#: Families whose points stand on the Kaplan-Meier sheet.
TABLE_CURVES: Mapping[str, Callable[[Any, Any], Curve]] = {"kaplan_meier": KaplanMeier, "survival_table": SurvivalTable}
#: Families of splines with any number of knots, with their scale.
SPLINE_SCALES: Mapping[str, str] = {f"spline_{scale}": scale for scale in SCALES}
#: What turns a reference curve into another; its size is the parameter of that name on Survival.
ADJUSTMENTS: Mapping[str, Callable[[Curve, Any], Curve]] = {
    "hazard_ratio": HazardRatio,
    "acceleration_factor": AccelerationFactor,
    "odds_ratio": OddsRatio,
}
#: Effects whose ratios hold between times, and that leave the reference as it is.
TIME_VARYING, SAME_CURVE = "time_varying_hazard_ratio", "same"
#: The family of what does not happen.
NEVER = "never"
#: What other columns may hold.
_CHOICES: Mapping[str, Sequence[str]] = {"waning": WANING_SHAPES, "landmark": ("yes", "no")}


@frozen(eq=True)
class CurveRow:
    """One row of Curves; an empty text is a blank cell."""

    strategy: str
    endpoint: str
    family: str
    time_unit: str
    reference: str
    reference_endpoint: str
    effect: str
    tail: str
    waning: str
    wanes_to: str
    landmark: str
    number: object

    @property
    def source(self) -> tuple[str, str]:
        """Strategy and endpoint whose curve this row takes."""
        return self.reference or self.strategy, self.reference_endpoint or self.endpoint

    @property
    def refers(self) -> bool:
        """Whether the row takes another row's curve."""
        return bool(self.reference or self.reference_endpoint)

    @property
    def made_from(self) -> dict[str, tuple[str, str]]:
        """Strategy and endpoint of the curves that this one is made of, by the columns that name them."""
        found = {"reference" if self.reference else "reference_endpoint": self.source} if self.refers else {}
        return found | ({"wanes_to": (self.wanes_to, self.endpoint)} if self.wanes_to else {})

    @property
    def is_adjusted(self) -> bool:
        """Whether something is done to the curve that is done to one strategy at a time."""
        return bool(self.waning or self.wanes_to or self.landmark == "yes" or self.effect == TIME_VARYING)


_Pairs = tuple[tuple[str, str], ...]
TEXTS = tuple(name for name in CurveRow.__annotations__ if name != "number")


class CurveRows:
    """The rows of Curves by strategy and endpoint."""

    def __init__(self, source: str, letters: _Pairs, strategies: tuple[str, ...], rows: tuple[CurveRow, ...]) -> None:
        self._source, self._letters = source, dict(letters)
        self.rows: dict[tuple[str, str], CurveRow] = {}
        for row in rows:
            if (row.strategy, row.endpoint) in self.rows:
                self.refuse(row, "endpoint", f"is the second row for {row.strategy}, {row.endpoint}")
            self.rows[row.strategy, row.endpoint] = row
        self.endpoints = tuple(dict.fromkeys(endpoint for _, endpoint in self.rows))
        self.strategies = strategies or tuple(dict.fromkeys(name for name, _ in self.rows))
        self._sound: set[CurveRow] = set()
        self._behind: dict[str, object] = {}

    def checked(self, row: CurveRow) -> CurveRow:
        """Refuse a row that says too little, too much, or goes round in a circle."""
        if row not in self._sound:
            self._refuse_wrong(row)
            self._sound.add(row)
        return row

    def _refuse_wrong(self, row: CurveRow) -> None:
        families = (*COEFFICIENT_DOMAINS, PIECEWISE, *SPLINE_SCALES, *TABLE_CURVES, NEVER)
        for column, value in (("waning", row.waning), ("landmark", row.landmark)):
            if value and value not in _CHOICES[column]:
                self.refuse(row, column, _not_one_of(value, _CHOICES[column]))
        if row.waning and row.effect != "hazard_ratio":
            self.refuse(row, "waning", f"is '{row.waning}', but there is no hazard_ratio that could wane")
        self._follow(row)
        if row.refers:
            if row.family:
                self.refuse(row, "family", f"is '{row.family}' beside a reference; leave one of them blank")
            if row.effect not in (*ADJUSTMENTS, TIME_VARYING, SAME_CURVE):
                self.refuse(row, "effect", _not_one_of(row.effect, (*ADJUSTMENTS, TIME_VARYING, SAME_CURVE)))
            return
        if row.family not in families:
            if not row.family:
                self.refuse(row, "family", "is blank, and so is the reference; give one of them")
            self.refuse(row, "family", _not_one_of(row.family, families))
        if row.effect:
            self.refuse(row, "effect", f"is '{row.effect}', but there is no reference to apply it to")
        if row.time_unit not in TIME_UNITS and row.family != NEVER:
            self.refuse(row, "time_unit", _not_one_of(row.time_unit, TIME_UNITS))

    def _follow(self, row: CurveRow, path: tuple[tuple[str, str], ...] = ()) -> None:
        """Refuse a row that is made from a curve which is not there, or in the end from itself."""
        path = (*path, (row.strategy, row.endpoint))
        for column, source in row.made_from.items():
            if source not in self.rows:
                strategy, endpoint = source
                hint = did_you_mean(strategy, self.strategies) or did_you_mean(endpoint, self.endpoints)
                self.refuse(row, column, f"leads to {strategy}, {endpoint}, which has no row on Curves.{hint}")
            if source in path:
                circle = " -> ".join(f"{strategy} {endpoint}" for strategy, endpoint in [*path, source])
                self.refuse(row, column, f"goes round in a circle: {circle}")
            self._follow(self.rows[source], path)

    def behind(self, endpoint: str) -> object:
        """Name the rows that the curve of an endpoint is made of: another sheet with the same ones gives the same."""
        if endpoint not in self._behind:
            rows: dict[CurveRow, None] = {}
            left = [row for (_, of), row in self.rows.items() if of == endpoint]
            while left:
                row = left.pop()
                if row not in rows:
                    rows[row] = None
                    left += [self.rows[source] for source in row.made_from.values() if source in self.rows]
            self._behind[endpoint] = _together(tuple(rows))
        return self._behind[endpoint]

    def refuse(self, row: CurveRow, column: str, what: str) -> None:
        """Raise `InputError` for a cell of a row."""
        raise InputError(self._source, [Fault(self.cell(row, column), what)])

    def cell(self, row: CurveRow, column: str) -> str:
        """Address of a cell of Curves, where the table came from a workbook."""
        if row.number is None or column not in self._letters:
            return f"Curves, {row.strategy}, {row.endpoint}"
        return f"Curves!{self._letters[column]}{row.number}"


@lru_cache(maxsize=128)
def _together(rows: tuple[CurveRow, ...]) -> object:
    """Give one and the same thing for the same rows: it is looked up quicker than they are."""
    return object()


def curve_rows(p: Parameters) -> CurveRows:
    """Give the rows of a sheet, read once for all the runs that leave its cells as they are."""
    table = p.tables["Curves"]
    names = tuple(map(str, table.columns))
    cells = tuple(map(tuple, table.to_numpy(dtype=object).tolist()))
    return _read(p.source, tuple(letters_of(table).items()), tuple(p.labels.get(STRATEGY) or ()), names, cells)


@lru_cache(maxsize=32)
def _read(
    source: str,
    letters: _Pairs,
    strategies: tuple[str, ...],
    names: tuple[str, ...],
    cells: tuple[tuple[Any, ...], ...],
) -> CurveRows:
    rows = []
    for row in cells:
        record = dict(zip(names, row, strict=True))
        texts = {name: _text(record.get(name)) for name in TEXTS}
        rows.append(CurveRow(**texts, number=record.get("row")))
    return CurveRows(source, letters, strategies, tuple(rows))


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _not_one_of(value: str, allowed: Sequence[str]) -> str:
    if not value:
        return f"is blank; it must be one of {', '.join(allowed)}"
    return f"is '{value}', which {not_one_of(value, allowed, 'on sheet Guide')}"

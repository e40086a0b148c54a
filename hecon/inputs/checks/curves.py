"""The Curves sheet: a curve for each strategy and endpoint, from what is there, never leading back to itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import pairwise

from hecon.errors import Fault
from hecon.frozen import frozen
from hecon.inputs.checks import TypedSheets
from hecon.inputs.curve_rows import Place, sources_of
from hecon.inputs.evidence_sheets import AT_RISK, INDIVIDUAL, KAPLAN_MEIER, PUBLISHED
from hecon.inputs.format import CURVE_TARGETS, TAIL
from hecon.inputs.quantities import (
    EFFECTS,
    FAMILY,
    FAMILY_COEFFICIENTS,
    LANDMARK,
    SPLINES,
    TABLE_FAMILIES,
    WANING,
    is_coefficient,
    is_of_effect,
)
from hecon.inputs.rows import Row
from hecon.settings import years_per
from hecon.survival.curve_rows import NEVER, TIME_VARYING
from hecon.survival.piecewise_exponential import PIECEWISE

CURVES = "Curves"


@frozen(eq=True)
class CurveInUse:
    """Which curve is in use at one place (strategy and endpoint)."""

    family: str | None = None
    reference: str | None = None
    reference_endpoint: str | None = None
    effect: str | None = None
    waning: str | None = None
    wanes_to: str | None = None
    landmark: str | None = None

    def source(self, place: Place) -> Place | None:
        """The place whose curve this one takes; None if it has a family of its own."""
        if self.reference is None and self.reference_endpoint is None:
            return None
        return self.reference or place[0], self.reference_endpoint or place[1]

    def sources(self, place: Place) -> list[Place]:
        """Every place whose curve this one is made from."""
        return sources_of(place, vars(self))

    @property
    def needs_time(self) -> str:
        """The column that needs a unit of time, "" for none."""
        if self.effect == TIME_VARYING:
            return "effect"
        used = {"waning": self.waning, "wanes_to": self.wanes_to, "landmark": self.landmark == "yes"}
        return next((column for column, value in used.items() if value), "")


@frozen(eq=True)
class Evidence:
    """What the Survival and Kaplan-Meier sheets hold: coefficients by place and family, effects, tables."""

    coefficients: Mapping[tuple[str, str, str], Mapping[str, float]]
    effects: Mapping[tuple[str, str, str], float]
    tables: frozenset[Place]
    #: The sheet that holds data which a curve can be fitted to, by place.
    data: Mapping[Place, str] = field(default_factory=dict)
    to_fit: bool = False

    def can_fit(self, place: Place) -> bool:
        """Whether what the curve of a place lacks is about to be fitted."""
        return self.to_fit and place in self.data


def evidence(book: TypedSheets) -> Evidence | None:
    """Collect what curves can be built from; None where a fault on Survival would make it look incomplete."""
    coefficients: dict[tuple[str, str, str], dict[str, float]] = {}
    effects: dict[tuple[str, str, str], float] = {}
    for row in book.rows("Survival"):
        if not row.sound("parameter", "strategy", "endpoint", FAMILY):
            return None
        if row[FAMILY] and is_coefficient(row["parameter"], row[FAMILY]):
            values = coefficients.setdefault((row["strategy"], row["endpoint"], row[FAMILY]), {})
            values[row["parameter"]] = row["value"]
        elif is_of_effect(row["parameter"]):
            effects[row["parameter"], row["strategy"], row["endpoint"]] = row["value"]
    places = [
        (row["strategy"], row["endpoint"]) for row in book.rows("Kaplan-Meier") if row.sound("strategy", "endpoint")
    ]
    data = {
        (row["strategy"], row["endpoint"]): sheet
        for sheet in (PUBLISHED, AT_RISK, INDIVIDUAL)
        for row in book.rows(sheet)
        if row.sound("strategy", "endpoint")
    }
    return Evidence(coefficients, effects, frozenset(places), data, book.to_fit)


def choices(book: TypedSheets) -> dict[Place, CurveInUse]:
    """Give the sound rows of the Curves sheet by place."""
    return {
        (row["strategy"], row["endpoint"]): choice_of(row)
        for row in book.rows(CURVES)
        if row.sound("strategy", "endpoint", *CURVE_TARGETS)
    }


def choice_of(row: Row) -> CurveInUse:
    """Give the curve that a sound row of Curves chooses."""
    return CurveInUse(*(row[column] for column in CURVE_TARGETS))


def check_curves(book: TypedSheets) -> Iterator[Fault]:
    """Find places without a curve, rows that contradict themselves, and curves that cannot be built."""
    rows = {(row["strategy"], row["endpoint"]): row for row in book.rows(CURVES) if row.sound("strategy", "endpoint")}
    complete = len(rows) == len(book.rows(CURVES))
    if book.labels is not None and complete:
        yield from _absent(book, rows)
    for row in rows.values():
        if not row.sound("family", "time_unit") or row["time_unit"] is not None:
            continue
        if row["family"] == NEVER:
            continue
        if row["family"] is not None:
            yield Fault(row.where("time_unit"), f"time_unit is blank; a curve of family {row['family']} needs one")
        elif row.sound(*CURVE_TARGETS) and (column := choice_of(row).needs_time):
            yield Fault(row.where("time_unit"), f"time_unit is blank; {column} needs the unit of its times")
    found = evidence(book)
    if found is None or any(not row.sound() for row in rows.values()) or not complete:
        return
    for place, column, what in faults_of(choices(book), found, book.name("Survival")):
        yield Fault(rows[place].where(column), what)
    for place, row in rows.items():
        yield from _tail(row, found.coefficients.get((*place, row[TAIL]), {}), book)


def _tail(row: Row, coefficients: Mapping[str, float], book: TypedSheets) -> Iterator[Fault]:
    """Find points that end before a horizon without a tail, and tails of curves that need none."""
    tail, family = row[TAIL], row["family"]
    place = (row["strategy"], row["endpoint"])
    if tail and family not in TABLE_FAMILIES:
        rule = f"only points have a tail (family {' or '.join(TABLE_FAMILIES)}); clear it"
        yield Fault(row.where(TAIL), f"tail is {tail}, but the curve has {family or 'a reference'}: {rule}")
    elif tail and (missing := [name for name in FAMILY_COEFFICIENTS[tail] if name not in coefficients]):
        what = f"sheet '{book.name('Survival')}' has no {' and '.join(missing)} of family {tail}"
        yield Fault(row.where(TAIL), f"{what} for {', '.join(place)}")
    elif family in TABLE_FAMILIES and not tail and book.settings and row["time_unit"]:
        points = [point for point in book.rows(KAPLAN_MEIER) if point.sound() and _place_of(point) == place]
        last = max(points, key=lambda point: float(point["time"]), default=None)
        horizon = book.settings.horizons[-1]
        year = years_per(row["time_unit"], book.settings.days_per_year)
        if last is not None and last["survival"] > 0 and last["time"] * year < horizon * (1 - 1e-9):
            what = (
                f"{KAPLAN_MEIER} of {', '.join(place)} ends at {last['time']:g} {row['time_unit']}s with a survival of"
            )
            cure = f"name the family that goes on from there in the column tail of Curves (row {row.number})"
            found = f"{what} {last['survival']:g}, but a horizon is {horizon:g} years"
            yield Fault(last.where("time"), f"{found}; {cure}")


def _place_of(row: Row) -> Place:
    """Strategy and endpoint of a row."""
    return row["strategy"], row["endpoint"]


def _absent(book: TypedSheets, rows: Mapping[Place, Row]) -> Iterator[Fault]:
    labels = book.labels or {}
    endpoints = labels.get("endpoint", ())
    if endpoints and CURVES not in book.tables:
        yield Fault(CURVES, f"sheet 'Curves' is missing; the Labels sheet has endpoints ({', '.join(endpoints)})")
        return
    if CURVES in book.tables and not book.tables[CURVES].columns:
        return
    for strategy in labels["strategy"]:
        for endpoint in endpoints:
            if (strategy, endpoint) not in rows:
                yield Fault(
                    book.name(CURVES),
                    f"there is no row for {strategy}, {endpoint}; every strategy needs its curve",
                )


def faults_of(
    curves: Mapping[Place, CurveInUse], found: Evidence, survival: str = "Survival"
) -> Iterator[tuple[Place, str, str]]:
    """Find the curves that cannot be built: place, column of Curves, and what is wrong."""
    for place, choice in curves.items():
        yield from _adjustments(place, choice, curves, found, survival)
        source = choice.source(place)
        if source is None:
            yield from _own_curve(place, choice, found, survival)
            if choice.wanes_to is not None and (path := _circle(place, curves)):
                words = " -> ".join(f"{strategy} {endpoint}" for strategy, endpoint in path)
                yield place, "wanes_to", f"the curve it wanes to leads back to itself: {words}"
            continue
        if choice.family is not None:
            yield (
                place,
                "family",
                f"the row has a family ({choice.family}) and a reference; clear one of them",
            )
            continue
        if choice.effect is None:
            yield place, "effect", f"effect is blank; a reference curve needs one of {', '.join(EFFECTS)}"
        elif choice.effect == TIME_VARYING:
            yield from _by_time(place, found, survival)
        elif choice.effect != "same" and (choice.effect, *place) not in found.effects:
            yield place, "effect", f"sheet '{survival}' has no {choice.effect} for {place[0]}, {place[1]}"
        column = "reference" if choice.reference is not None else "reference_endpoint"
        if source not in curves:
            yield place, column, f"the reference curve {source[0]}, {source[1]} is not on the Curves sheet"
        elif path := _circle(place, curves):
            words = " -> ".join(f"{strategy} {endpoint}" for strategy, endpoint in path)
            yield place, column, f"the reference leads back to itself: {words}"


def _adjustments(
    place: Place, choice: CurveInUse, curves: Mapping[Place, CurveInUse], found: Evidence, survival: str
) -> Iterator[tuple[Place, str, str]]:
    """Find what is done to a curve without the numbers it needs."""

    def given(name: str) -> float | None:
        return found.effects.get((name, *place))

    if choice.waning is not None and choice.effect != "hazard_ratio":
        yield place, "waning", f"waning is {choice.waning}, but the row has no effect hazard_ratio that could wane"
    if choice.wanes_to is not None and (choice.wanes_to, place[1]) not in curves:
        yield place, "wanes_to", f"the curve {choice.wanes_to}, {place[1]} is not on the Curves sheet"
    for column in ("waning", "wanes_to"):
        if getattr(choice, column) is None:
            continue
        names = WANING[:1] if choice.waning == "at_once" and column == "waning" else WANING
        missing = [name for name in names if given(name) is None]
        if missing:
            yield place, column, f"sheet '{survival}' has no {' and '.join(missing)} for {place[0]}, {place[1]}"
        elif len(names) > 1 and not _rises(given(WANING[0]), given(WANING[1])):
            rule = "waning ends after it starts"
            yield place, column, f"{WANING[1]} is {given(WANING[1]):g}, {WANING[0]} {given(WANING[0]):g}; {rule}"
    if choice.landmark == "yes":
        missing = [name for name in LANDMARK[:2] if given(name) is None]
        if missing:
            yield place, "landmark", f"sheet '{survival}' has no {' and '.join(missing)} for {place[0]}, {place[1]}"
        elif not _rises(given(LANDMARK[2]) or 0.0, given(LANDMARK[0])):
            words = f"landmark_time is {given(LANDMARK[0]):g}, landmark_since {given(LANDMARK[2]):g}"
            yield place, "landmark", f"{words}; the curve is held at a time after that"


def _rises(first: float | None, second: float | None) -> bool:
    """Whether a second number is above the first; what is not a number is said elsewhere."""
    return not (isinstance(first, float) and isinstance(second, float)) or first < second


def _by_time(place: Place, found: Evidence, survival: str) -> Iterator[tuple[Place, str, str]]:
    """Find gaps in the numbered ratios of a time-varying hazard ratio, and times that do not increase."""
    own = {name: value for (name, *there), value in found.effects.items() if tuple(there) == place}
    ratios = max((int(name.split("_")[2]) for name in own if re.fullmatch(r"hazard_ratio_\d+", name)), default=1)
    ends = [f"hazard_ratio_until_{number}" for number in range(1, ratios)]
    wanted = [f"hazard_ratio_{number}" for number in range(1, ratios + 1)] + ends
    missing = [name for name in wanted if name not in own]
    if missing:
        yield place, "effect", f"sheet '{survival}' has no {' and '.join(missing)} for {place[0]}, {place[1]}"
    elif not all(_rises(own[one], own[other]) for one, other in pairwise(ends)):
        yield place, "effect", f"the times hazard_ratio_until_1, ... of {place[0]}, {place[1]} must increase"


def _own_curve(place: Place, choice: CurveInUse, found: Evidence, survival: str) -> Iterator[tuple[Place, str, str]]:
    family = choice.family
    if family is None:
        hint = f"; hecon fit chooses one, from sheet '{found.data[place]}'" if place in found.data else ""
        if not found.can_fit(place):
            yield place, "family", f"family is blank and so is reference; give one of them{hint}"
        return
    if choice.effect is not None:
        yield place, "effect", f"effect is {choice.effect}, but there is no reference curve for it to change"
    if family in TABLE_FAMILIES:
        if place not in found.tables:
            yield (
                place,
                "family",
                f"sheet 'Kaplan-Meier' has no rows for {place[0]}, {place[1]}; {family} needs them",
            )
        return
    if family == NEVER:
        return
    given = found.coefficients.get((*place, family), {})
    missing = _missing(family, given)
    if missing:
        words = " and ".join(missing)
        hint = f"; hecon fit makes them, from sheet '{found.data[place]}'" if place in found.data else ""
        if not found.can_fit(place):
            what = f"sheet '{survival}' has no {words} of family {family} for {place[0]}, {place[1]}"
            yield place, "family", what + hint
    elif family == PIECEWISE:
        pieces = len(given) // 2
        if set(given) - set(_pieces(pieces + 1)):
            yield place, "family", f"sheet '{survival}' has an until_ without a next rate for {place[0]}, {place[1]}"
            return
        ends = [given[f"until_{piece}"] for piece in range(1, pieces + 1)]
        if any(isinstance(a, float) and isinstance(b, float) and b <= a for a, b in pairwise(ends)):
            yield place, "family", f"the times until_1, until_2, ... of {place[0]}, {place[1]} must increase"

    elif family.startswith(tuple(SPLINES)):
        knots = [given[name] for name in _spline_names(len(given) // 2) if name.startswith("knot_")]
        if family in SPLINES and len(given) != 2 * len(knots):
            yield place, "family", f"sheet '{survival}' has more knots than gammas for {place[0]}, {place[1]}"
        elif any(isinstance(a, float) and isinstance(b, float) and b <= a for a, b in pairwise(knots)):
            yield place, "family", f"the times knot_1, knot_2, ... of {place[0]}, {place[1]} must increase"


def _missing(family: str, given: Mapping[str, float]) -> Sequence[str]:
    """Name the coefficients that a family lacks."""
    if family == PIECEWISE:
        return _missing_pieces(given)
    if family in SPLINES:
        gammas = max((int(name.split("_")[1]) for name in given if name.startswith("gamma_")), default=1)
        return [name for name in _spline_names(max(gammas, 1) + 1) if name not in given]
    return [name for name in FAMILY_COEFFICIENTS[family] if name not in given]


def _spline_names(count: int) -> list[str]:
    return [f"gamma_{place}" for place in range(count)] + [f"knot_{place + 1}" for place in range(count)]


def _pieces(count: int) -> list[str]:
    return [f"rate_{piece}" for piece in range(1, count + 1)] + [f"until_{piece}" for piece in range(1, count)]


def _missing_pieces(given: Mapping[str, float]) -> Sequence[str]:
    pieces = max((int(name.split("_")[1]) for name in given if name.startswith("rate_")), default=1)
    return [name for name in _pieces(pieces) if name not in given]


def _circle(place: Place, curves: Mapping[Place, CurveInUse]) -> list[Place]:
    """Path from a place along what its curve is made from back to itself; empty if there is none."""
    ahead = [[place]]
    seen = {place}
    while ahead:
        path = ahead.pop(0)
        for source in curves[path[-1]].sources(path[-1]) if path[-1] in curves else ():
            if source == place:
                return [*path, source]
            if source not in seen:  # a circle further on is reported there
                seen.add(source)
                ahead.append([*path, source])
    return []

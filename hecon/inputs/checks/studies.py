"""The Studies sheet: every design measures something uncertain, by a likelihood that fits it, at one cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hecon.errors import Fault, UnknownNameError
from hecon.inputs.checks import TypedSheets
from hecon.inputs.checks.curves import CURVES
from hecon.inputs.checks.origin import check_origin
from hecon.inputs.checks.parameters import SURVIVAL_SHEET as SURVIVAL_SHEET
from hecon.inputs.curve_rows import rows_of_curve
from hecon.inputs.format import PARAMETER_SHEETS
from hecon.inputs.input_names import DOT, find_input
from hecon.inputs.likelihoods import DETAILS, LIKELIHOODS, SURVIVAL, faults_of_likelihood
from hecon.inputs.quantities import FAMILY, TABLE_FAMILIES
from hecon.inputs.rows import Row

_STUDIES = "Studies"
#: Columns that are of a whole design, and stand in one of its rows.
OF_DESIGN = ("fixed_cost", "cost_per_participant", "delay")


def check_studies(book: TypedSheets) -> Iterator[Fault]:
    """Find designs that measure nothing, what cannot be measured so, or whose costs contradict each other."""
    yield from _population(book)
    rows = book.rows(_STUDIES)
    if not rows:
        return
    known = inputs_by_name(book)
    # what is wrong with the curves themselves is said on their own sheets
    are_sound = all(row.sound() for row in book.rows(CURVES)) and CURVES in book.tables
    curves = {DOT.join([row["endpoint"], row["strategy"]]): row for row in book.rows(CURVES) if are_sound}
    designs: dict[str, list[Row]] = {}
    for row in rows:
        if row.sound("design"):
            designs.setdefault(row["design"], []).append(row)
        if row.sound("likelihood", "sample_size", *DETAILS):
            details = {name: row[name] for name in DETAILS}
            for column, what in faults_of_likelihood(row["likelihood"], row["sample_size"], details, "blank"):
                yield Fault(row.where(column), what)
            known_details = (*LIKELIHOODS[row["likelihood"]].needs, *LIKELIHOODS[row["likelihood"]].may)
            for column in DETAILS:
                if row[column] is not None and column not in known_details:
                    rule = f"a {row['likelihood']} measurement has none; clear the cell"
                    yield Fault(row.where(column), f"{column} is {row[column]:g}, but {rule}")
        if row.sound("input", "likelihood"):
            if row["likelihood"] != SURVIVAL:
                yield from _measured(row, known)
            elif are_sound:
                yield from _measured_curve(row, book, curves)
        yield from check_origin(row, what="design")
    for design, own in designs.items():
        yield from _once(design, own)


def _population(book: TypedSheets) -> Iterator[Fault]:
    """A way to say for how many the decision is made that is only half said."""
    given = {row["parameter"]: row for row in book.rows("Population") if row.sound("parameter")}
    both = [given[name] for name in ("patients_per_year", "decision_years") if name in given]
    if len(both) == 1:
        rule = "patients_per_year and decision_years say together for how many the decision is made; give both"
        yield Fault(both[0].where("parameter"), f"{both[0]['parameter']} stands alone: {rule}")


def inputs_by_name(book: TypedSheets) -> Mapping[str, Row]:
    """Every row of the parameter sheets by the name of its input."""
    found = {}
    for sheet in PARAMETER_SHEETS:
        for row in book.rows(sheet):
            keys = book.tables[sheet].keys
            if row.sound("parameter", *keys):
                found[DOT.join([row["parameter"], *(row[key] for key in keys if row[key] is not None)])] = row
    return found


def _measured(row: Row, known: Mapping[str, Row]) -> Iterator[Fault]:
    likelihood, where = row["likelihood"], row.where("input")
    try:
        name = list(known)[find_input(row["input"], list(known))]
    except UnknownNameError as error:
        yield Fault(where, str(error))
        return
    own = known[name]
    if _is_fixed(own):
        rule = f"{own.where('distribution')} says that it is fixed"
        yield Fault(where, f"{name} is not uncertain ({rule}); a study teaches nothing about it")
    bounds = LIKELIHOODS[likelihood].bounds
    if own.sound("value") and own["value"] is not None and not bounds.hold(own["value"]):
        rule = f"the input of a {likelihood} measurement must {bounds.words}"
        yield Fault(where, f"{name} is {own['value']:g} ({own.where('value')}); {rule}")


def _measured_curve(row: Row, book: TypedSheets, curves: Mapping[str, Row]) -> Iterator[Fault]:
    where = row.where("input")
    try:
        name = list(curves)[find_input(row["input"], list(curves), "curve")]
    except UnknownNameError as error:
        yield Fault(where, f"{error} Likelihood {SURVIVAL} measures a curve: its endpoint and strategy")
        return
    curve = curves[name]
    coefficients = [own for own in book.rows(SURVIVAL_SHEET) if own.sound("parameter", "strategy", "endpoint", FAMILY)]
    rows = [own.values for own in coefficients], [own.values for own in curves.values()]
    places, _ = rows_of_curve(*rows, curve["strategy"], curve["endpoint"])
    if all(_is_fixed(coefficients[place]) for place in places) and (places or curve["family"] in TABLE_FAMILIES):
        rule = f"nothing that it is made of on sheet {SURVIVAL_SHEET} has a distribution"
        yield Fault(where, f"the curve {name} is not uncertain ({rule}); a study teaches nothing about it")


def _is_fixed(row: Row) -> bool:
    return row.sound("distribution") and row["distribution"] in (None, "fixed")


def _once(design: str, rows: Sequence[Row]) -> Iterator[Fault]:
    for column in OF_DESIGN:
        given = [row for row in rows if row.sound(column) and row[column] is not None]
        for row in given[1:]:
            if row[column] != given[0][column]:
                rule = f"row {given[0].number} says {given[0][column]:g}; it is of the whole design, so give it once"
                yield Fault(row.where(column), f"{column} of '{design}' is {row[column]:g}, and {rule}")

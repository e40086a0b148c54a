"""Checks of inputs: what they may be, whether they reach the results, and in which direction they move them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain

import numpy as np
import xarray as xr

from hecon.analysis.health import FAIL, PASS
from hecon.analysis.stated_results import expectation, stated_results
from hecon.analysis.value.groups import unused_rows
from hecon.errors import HeconError
from hecon.inputs.case import Case
from hecon.inputs.input_names import DOT, input_in_words, input_names
from hecon.labels import STATE, Axes, own_axes, wrap
from hecon.verification.elements import Element
from hecon.verification.record import (
    ADVISHE,
    AUTHOR,
    HECON,
    SAME,
    TECH_VER,
    Answer,
    agree,
    at_most,
    explained,
    health_check,
    need,
    never,
    passed,
    worst,
)
from hecon.verification.subject import CHECKED_MEASURES, Moves, Subject

_check = partial(health_check, domain="inputs", source=TECH_VER)
#: Inputs that say for how many the decision is made; values of information use them, the model does not.
#: How far an input that moves nothing is moved once more: over the edges of steps, such as whole hours of a chair.
_FAR = 4.0
_LISTED = 5
_FOR_ANALYSES = ("patients_per_year", "prevalent_patients", "decision_years")


@health_check(
    "Stated results",
    domain="inputs",
    source=AUTHOR + ": sheet Checks",
    changed="what the row says, or nothing",
    expected="what the sheet Checks states: a range, or a direction from the base case",
    short=True,
)
def stated(model: Subject) -> list[tuple[str, Answer]]:
    """Every row of the sheet Checks is a check of its own."""
    table = stated_results(model.base)
    need(len(table), "there is no sheet Checks")
    return [
        (
            f"Stated result: {row.check}",
            Answer(
                PASS if row.passes else FAIL,
                f"{row.measure}{' after ' + str(row.changed) if row.changed else ''} is {row.value:.6g}; it should "
                f"{expectation(row)} ({row.cell})",
            ),
        )
        for row in table.itertuples()
    ]


@_check("Inputs are permitted numbers", expected="every input within what its name and unit allow", short=True)
def _permitted(model: Subject) -> Answer:
    """No number lies outside its bounds, whatever door it came through."""
    wrong = [f"{input_in_words(one.name)} is {one.value:g}" for one in model.elements if not one.bounds.hold(one.value)]
    return never(len(wrong), "; ".join(wrong[:3]), f"{len(model.elements)} numbers")


@_check("Values lie in their ranges", expected="low <= value <= high in every row", short=True)
def in_range(model: Subject) -> Answer:
    """The value of a row lies between its low and its high."""
    rows = model.workbook.parameters
    low, value, high = (rows[column].to_numpy(dtype=float) for column in ("low", "value", "high"))
    ranged = ~np.isnan(low) & ~np.isnan(high)
    need(ranged.any(), "no row has a range")
    wrong = rows["cell"][ranged & ((low > value) | (value > high))]
    return never(len(wrong), f"outside its range: {', '.join(wrong[:5])}", f"{ranged.sum()} ranges")


#: Read where a dose, a route or a line of the model asks for them: a sheet may hold them for later.
_ON_DEMAND = frozenset(f"{name}{end}" for name in ("body_weight", "body_surface_area") for end in ("", "_sd")) | {
    "injection_cost",
    "premedication_cost",
    "postmedication_cost",
}


@_check(
    "Every input reaches a result",
    source=ADVISHE + ", C2; TECH-VER",
    changed="every input alone, by a little and by much, also with inputs at nought lifted and in every scenario",
    expected="some total moves",
    short=True,
)
def reaches(model: Subject) -> Answer:
    """A row that moves nothing, in the base case or any scenario, is a cell that somebody fills in for nothing.

    Not one bit of a total moves. A row of 0, or a factor of 1, that completes a table says nothing, and is counted.
    """
    idle = _idle(model)
    reached = {one.parameter for place, one in enumerate(model.elements) if place not in idle}
    left = [model.elements[place] for place in sorted(idle)]
    whole = [one for one in left if one.parameter not in reached]
    alone = [one for one in whole if one.parameter not in _ON_DEMAND]
    if alone:
        return Answer(FAIL, f"{len(alone)} without effect: {_listed(model, alone)}")
    if whole:
        return explained(f"no schedule or line asks for these {len(whole)}: {_listed(model, whole)}")
    rows = [one for one in left if one.value not in (0, 1)]
    if rows:
        which = "this row changes" if len(rows) == 1 else f"these {len(rows)} rows change"
        return explained(f"{which} no total, here or in a scenario: {_listed(model, rows)}")
    return passed(f"every parameter; {len(left)} rows of 0 or 1 change nothing" if left else "every parameter")


def _listed(model: Subject, elements: list[Element]) -> str:
    """Name inputs, with their cells where they have one."""
    rows = None if model.inputs is None else model.inputs.parameters
    cells = {} if rows is None else {_key(n): c for n, c in zip(input_names(rows), rows["cell"], strict=True)}
    shown = [
        input_in_words(one.name) + (f" ({cells[_key(one.name)]})" if _key(one.name) in cells else "")
        for one in elements[:_LISTED]
    ]
    more = f" and {len(elements) - _LISTED} more" if len(elements) > _LISTED else ""
    return ", ".join(shown) + more


def _key(name: str) -> tuple[str, ...]:
    return tuple(sorted(name.split(DOT)))


def _idle(model: Subject) -> set[int]:
    """Places of the inputs that move no total, whatever is tried; those that other curves or analyses read left out."""
    unread = _unread(model)
    asked = {
        place: one
        for place, one in enumerate(model.elements)
        if one.parameter not in _FOR_ANALYSES and one.name not in unread and one.bounds.low < one.bounds.high
    }
    idle = set(asked) - _moving(model, model.low) - _moving(model, model.high)
    reached = {one.parameter for place, one in asked.items() if place not in idle}
    quiet = {place for place in idle if asked[place].parameter in reached and asked[place].value in (0, 1)}
    idle -= quiet
    far: list[Callable[[Element], float]] = [
        lambda one: max(one.bounds.low, one.value / _FAR),
        lambda one: min(one.bounds.high, one.value * _FAR),
    ]
    near: list[Callable[[Element], float]] = [lambda one: one.low, lambda one: one.high]
    for case, ends in chain([(model.case, far)], ((case, near) for case in _other_cases(model))):
        if not idle:
            return quiet
        places = sorted(idle) * len(ends)
        some = tuple(asked[place] for place in sorted(idle))
        try:
            before = _totals_of(model, case)
            found = model.moves(case, some * len(ends), [end(one) for end in ends for one in some])
        except HeconError:
            continue
        idle -= {places[place] for place in found.moving(before) | set(found.refused)}
    return idle | quiet


def _unread(model: Subject) -> set[str]:
    """Names of coefficients that stand on a sheet for other curves than those in use."""
    if model.inputs is None:
        return set()
    names, places = input_names(model.inputs.parameters), unused_rows(model.inputs.parameters, model.inputs.tables)
    return {names[place] for place in places}


def _other_cases(model: Subject) -> Iterator[Case]:
    """The base case with inputs at nought lifted, then every scenario."""
    lifted = {one.name: min(0.01, one.bounds.high) for one in model.elements if one.value == 0 and one.bounds.low >= 0}
    if lifted:
        yield model.case_with(lambda one: lifted.get(one.name))
    if model.inputs is not None:
        for name in model.inputs.scenarios:
            try:
                yield model.inputs.scenario(name, model.case.model)
            except HeconError:
                continue


def _totals_of(model: Subject, case: Case) -> dict[str, np.ndarray]:
    result = model.base if case is model.case else model.run(case)
    return result.plain_totals


def _moving(model: Subject, found: Moves) -> set[int]:
    return found.moving(_totals_of(model, model.case)) | set(found.refused)


@_check(
    "Every input at both ends of its range",
    source=ADVISHE + ", C2",
    changed="every input alone, to the ends of its range",
    expected="finite totals, QALYs and life years within the horizon",
    short=True,
)
def extremes(model: Subject) -> Answer:
    """The model runs wherever its own ranges say that it may have to."""
    limit = np.array(model.horizons) * (1 + SAME)
    answers = []
    for end in (model.low, model.high):
        ranged = [place for place in end.refused if _has_range(model, model.elements[place])]
        for place in ranged:
            answers.append(Answer(FAIL, f"{input_in_words(model.elements[place].name)}: {end.refused[place]}"))
        beyond = [p for p in end.refused if p not in ranged]
        if beyond:
            shown = input_in_words(model.elements[beyond[0]].name)
            answers.append(
                passed(f"finite; the model refuses {len(beyond)} a tenth beyond their value, such as {shown}")
            )
        if end.result is not None:
            totals = end.totals
            for measure in ("life_years", "qaly"):
                if measure in totals:
                    answers.append(at_most(totals[measure], limit, f"{measure.replace('_', ' ')} beyond the horizon"))
            answers.append(never([not np.isfinite(values).all() for values in totals.values()], "not finite"))
    return worst(answers)


def _has_range(model: Subject, one: Element) -> bool:
    if model.inputs is None:
        return False
    rows = model.inputs.parameters
    names = input_names(rows)
    place = next(
        (i for i, name in enumerate(names) if sorted(name.split(" · ")) == sorted(one.name.split(" · "))), None
    )
    return place is not None and bool(np.isfinite(rows["low"].iloc[place]) and np.isfinite(rows["high"].iloc[place]))


@_check(
    "The order of labels does not matter",
    source=HECON,
    changed="drugs, events and other names in reverse order, strategies too",
    expected="the same totals by name",
    short=True,
)
def order(model: Subject) -> Answer:
    """Labels are names, not places: what is swapped on the sheets is swapped in the results and nothing else."""
    dims = [
        dim
        for dim, names in model.case.labels.items()
        if len(names) > 1 and dim not in (STATE, "family") and not all(_is_count(name) for name in names)
    ]
    if model.quick:  # all at once; where that is refused or differs, one by one, to say which
        together = _with_reversed(model, dims)
        if together and all(one.verdict == PASS for one in together):
            return worst(together)
    return worst([answer for dim in dims for answer in _with_reversed(model, [dim])])


def _with_reversed(model: Subject, dims: list[str]) -> list[Answer]:
    """Hold every total against that with some labels in reverse order; none where the model refuses their order."""
    try:
        found = model.run(_reversed(model.case, dims))
    except HeconError:
        return []  # the model fixes this order itself, and refuses another
    answers = []
    for measure in CHECKED_MEASURES:
        if measure in found.plain_totals:
            again = found.plain_totals[measure][[found.strategies.index(name) for name in model.strategies]]
            words = f"{', '.join(dims)} reversed, {measure}"
            answers.append(agree(again, model.totals_of(model.base, measure), what=words))
    return answers


def _is_count(name: str) -> bool:
    return name.replace(".", "", 1).isdigit()


def _reversed(case: Case, dims: Sequence[str]) -> Case:
    labels = {name: names[::-1] if name in dims else names for name, names in case.labels.items()}
    values, years = (
        {name: _turned(array, dims) for name, array in known.items()} for known in (case.values, case.price_years)
    )
    settings = case.settings.with_changes(comparator=case.comparator)
    return case._changed(labels=labels, values=values, settings=settings, price_years=years)


def _turned(array: xr.DataArray, dims: Sequence[str]) -> xr.DataArray:
    """Give an array with the labels of some dimensions, and its values with them, in reverse order."""
    axes = own_axes(array)
    turned = {dim: names[::-1] for dim, names in axes.labels.items() if dim in dims and isinstance(names, tuple)}
    if not turned:
        return array
    places = tuple(axes.dims.index(dim) for dim in turned)
    return wrap(np.flip(array.values, places), Axes({**axes.labels, **turned}))

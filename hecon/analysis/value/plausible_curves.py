"""Whether the curves in use, and the fits that could be, are plausible: against data, the population, each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hecon.analysis.needs import given_as
from hecon.analysis.registry import Analysis, Need, Task
from hecon.analysis.result import Result
from hecon.errors import HeconError
from hecon.frozen import frozen
from hecon.inputs.evidence import CurveEvidence, evidence_of
from hecon.inputs.evidence_sheets import FITS
from hecon.inputs.quantities import OS, PFS
from hecon.labels import STRATEGY
from hecon.parameters import Parameters
from hecon.settings import years_per
from hecon.survival.background import general_population
from hecon.survival.base import Curve
from hecon.survival.choose import curve as curve_of
from hecon.survival.fitting.hazard_estimates import smoothed_hazard
from hecon.survival.fitting.kaplan_meier_estimate import KaplanMeierEstimate, kaplan_meier
from hecon.survival.fitting.plausibility import plausibility

if TYPE_CHECKING:
    from hecon.inputs.case import Case, Inputs
    from hecon.inputs.curve_rows import Place

#: What a curve that is no fit of a family is called in the column family.
IN_USE = "curve in use"


@frozen
class PlausibleCurves:
    """The curves of every strategy and endpoint, the data they were fitted to, and what was found of them.

    `table`: strategy, endpoint, family, in_use, measure, time (years), value, low, high, note, as
    `hecon.survival.plausibility` gives them. `curves` by strategy, endpoint and family, the one in use first;
    `observed` by strategy and endpoint, in years.
    """

    table: pd.DataFrame
    curves: dict[tuple[str, str, str], Curve] = field(repr=False)
    observed: dict[Place, KaplanMeierEstimate] = field(repr=False)
    population: Curve | None = field(default=None, repr=False)

    def of(self, strategy: str, endpoint: str) -> dict[str, Curve]:
        """Curves of a strategy and endpoint by family, the one in use first."""
        return {name: one for (*place, name), one in self.curves.items() if tuple(place) == (strategy, endpoint)}

    @property
    def places(self) -> list[Place]:
        """Strategies and endpoints, in order."""
        return list(dict.fromkeys((strategy, endpoint) for strategy, endpoint, _ in self.curves))

    def hazard(self, strategy: str, endpoint: str) -> pd.DataFrame | None:
        """Smoothed hazard of the data: time and hazard a year; None where there are too few events."""
        if (strategy, endpoint) not in self.observed:
            return None
        try:
            return smoothed_hazard(self.observed[strategy, endpoint])
        except HeconError:
            return None


def plausible_curves(result: Result, inputs: Inputs | None = None) -> PlausibleCurves:
    """Look at every curve of a base case, and at every fit on its sheet Fits, as a clinician would.

    >>> import hecon as he
    >>> inputs = he.read_workbook("inputs/isa_dara_pd_us.xlsx")  # doctest: +SKIP
    >>> he.value.plausible_curves(he.run(inputs.base_case()), inputs).table  # doctest: +SKIP
    """
    case = result.case
    in_use = {name: one for name, one in result.curves.items() if set(one.axes.dims) <= {STRATEGY}}
    curves = dict(_curves(case, in_use))
    observed = {} if inputs is None else dict(_observed(inputs))
    population = _population(case)
    names = {place: " of ".join((place[1], place[0], place[2])) for place in curves}
    pairs = [
        (names[strategy, PFS, one], names[strategy, OS, other])
        for strategy, endpoint, one in curves
        if endpoint == PFS
        for another, overall, other in curves
        if (another, overall) == (strategy, OS)
        and _used(curves, strategy, PFS) == one
        and _used(curves, strategy, OS) == other
    ]
    found = plausibility(
        {names[key]: one for key, one in curves.items()},
        observed={names[key]: observed[key[:2]] for key in curves if key[:2] in observed},
        population=population,
        pairs=pairs,
    )
    by_name = {name: key for key, name in names.items()}
    keys = pd.DataFrame([by_name[name] for name in found["curve"]], columns=["strategy", "endpoint", "family"])
    used = [_used(curves, *key[:2]) == key[2] for key in keys.itertuples(index=False, name=None)]
    said = [_shorter(note, names) for note in found["note"]]
    rest = found.drop(columns=["curve", "labels"]).assign(note=said)
    table = pd.concat([keys, pd.Series(used, name="in_use"), rest], axis=1)
    return PlausibleCurves(table, curves, observed, population)


def _curves(case: Case, in_use: dict[str, Curve]) -> Iterator[tuple[tuple[str, str, str], Curve]]:
    """Curves by strategy, endpoint and family: the one in use, then every other fit."""
    fits = case.tables.get(FITS)
    rows = case.tables.get("Curves")
    families = {} if rows is None else {(r["strategy"], r["endpoint"]): r["family"] for r in rows.to_dict("records")}
    fitted = pd.DataFrame() if fits is None else fits[fits["coefficients"].notna()]
    for endpoint, whole in in_use.items():
        for strategy in case.labels[STRATEGY]:
            own = whole.select(strategy=strategy) if STRATEGY in whole.axes.labels else whole
            used = families.get((strategy, endpoint)) or IN_USE
            yield (strategy, endpoint, used), own
            if used == IN_USE or not len(fitted):
                continue
            others = fitted[(fitted["strategy"] == strategy) & (fitted["endpoint"] == endpoint)]["family"]
            for family in others:
                if family != used:
                    changed = case.with_curve(endpoint, strategy, family=family)
                    p = Parameters(
                        changed.used_values(), changed.labels, changed.settings, changed.tables, changed.source
                    )
                    other = curve_of(p, endpoint)
                    yield (
                        (strategy, endpoint, family),
                        other.select(strategy=strategy) if STRATEGY in other.axes.labels else other,
                    )


def _used(curves: dict[tuple[str, str, str], Any], strategy: str, endpoint: str) -> str:
    return next((family for one, other, family in curves if (one, other) == (strategy, endpoint)), "")


def _observed(inputs: Inputs) -> Iterator[tuple[Place, KaplanMeierEstimate]]:
    """Kaplan-Meier estimates, in years, of individual and reconstructed data."""
    evidence, _ = evidence_of(inputs)
    for place, own in evidence.items():
        if own.data and "upper" not in own.data:
            yield place, _estimate(own, inputs.settings.days_per_year)


def _estimate(own: CurveEvidence, days_per_year: float) -> KaplanMeierEstimate:
    year = years_per(own.time_unit, days_per_year)
    entry = own.data.get("entry")
    return kaplan_meier(
        np.asarray(own.data["time"]) * year, own.data["event"],
        entry=None if entry is None else np.asarray(entry) * year, weights=own.data.get("weights"),
    )  # fmt: skip


def _population(case: Case) -> Curve | None:
    """Survival of the general population where the workbook has it, the same for everybody."""
    if "Life table" not in case.tables or "age" not in case.values:
        return None
    try:
        found = general_population(Parameters(case.used_values(), case.labels, case.settings, case.tables, case.source))
    except HeconError:
        return None
    return None if found.axes.dims else found


def _shorter(note: str, names: dict[tuple[str, str, str], str]) -> str:
    """Say a curve by its endpoint: the row names the rest."""
    for (_, endpoint, _), name in names.items():
        note = note.replace(name, endpoint.replace("_", " "))
    return note


def _has_curves(_: Inputs, base: Result) -> bool:
    return any(set(one.axes.dims) <= {STRATEGY} for one in base.curves.values())


def _run(task: Task) -> PlausibleCurves:
    found = plausible_curves(task.base, task.inputs)
    task.progress(1, 1)
    return found


ANALYSIS = Analysis(
    called="plausibility of curves",
    run=_run,
    tables={"plausibility": lambda found, _: found.table},
    accept=given_as(PlausibleCurves, "plausibility", "he.value.plausible_curves(result)"),
    needs=(Need("the model has no survival curves", _has_curves),),
    asked=lambda inputs: "Curves" in inputs.tables,
    sensitivity=False,
)

"""Drug acquisition: the doses of a plan, priced from the Packs sheet.

A dose costs what the cheapest packs for it cost (or its share of a vial). The flow of the ledger line says who pays:
those on treatment on the day that `hecon.timeline.DoseDays` gives.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from hecon.costing import packs as packs_in_numbers
from hecon.costing import packs_written
from hecon.costing.given import (
    DOSE,
    RELATIVE_DOSE_INTENSITY,
    Counts,
    Product,
    at_drugs,
    cost_of_one,
    counted,
    days_of,
    values_of,
)
from hecon.costing.packs import BodySize
from hecon.costing.packs_sheet import PACKS_SHEET, PackSizes, packs_of
from hecon.costing.schedules import BODY_SIZE_OF_UNIT, SCHEDULES, Dose, Plan, plan_of
from hecon.costing.sheets import DRUG, Findings, once_for
from hecon.errors import LineError, did_you_mean
from hecon.labels import CYCLE, DOSE_DAY, DRAW, STRATEGY, Axes, axes_of, expand, join_axes, wrap
from hecon.symbols.draft import watched
from hecon.symbols.expression import is_symbolic
from hecon.symbols.functions import minimum
from hecon.timeline import DoseDays, Timeline

if TYPE_CHECKING:
    from hecon.parameters import Parameters

PRICE_DISCOUNT = "price_discount"


def drug_cost(p: Parameters, time: Timeline, price_factor: xr.DataArray | None = None) -> Product:
    """Acquisition cost of the doses of each day, for a patient on treatment on it.

    count(strategy, dose, day) x cost(dose): on a day count the doses that are given on it, or of the treatment cycle
    that is dispensed on it (`hecon.timeline.DoseDays` has the rule to the letter). The amount
    a = min(dose x min(body size, size_cap), max_dose) costs what the cheapest whole packs for it cost (wastage ``yes``)
    or its share of a vial (``no``), at the mean body size or averaged over its distribution. A pack costs
    priced_as x drug_price, less price_discount of it where there is one; priced_as is its size where the price is per
    mg and 1 where it is per pack (column price_per of Packs). Doses past the schedule's paid_to_cycle are
    given, and cost nothing.
    relative_dose_intensity, if there is one, multiplies the number of doses or (after the caps) the
    amount, as the row's `intensity` says.

    Parameters: drug_price; body_weight [kg], body_surface_area [m2] and their _sd where a row needs them;
    relative_dose_intensity and price_discount if wanted. Each may depend on draw, strategy and (not body size) drug.

    `price_factor` multiplies prices over time: dimensions among draw, strategy, drug and ``cycle``, such as
    ``stepwise(time, {0: 1.0, 2: 0.7})`` gives; the price of a dose is that of the day on which it is paid.
    Raises `InputError` by row of the sheet.

    >>> import pandas as pd
    >>> from hecon.parameters import Parameters
    >>> from hecon.settings import Settings
    >>> rows = {"strategy": ["Isa"], "drug": ["isatuximab"], "days": [(1, 15)], "dose": [10.0]}
    >>> schedules = pd.DataFrame({**rows, "unit": ["mg/kg"], "route": ["iv"]})
    >>> packs = pd.DataFrame({"drug": ["isatuximab"] * 2, "size": [100.0, 500.0], "unit": "mg", "price_per": "mg"})
    >>> settings = Settings(horizons=1, cycle_length=1, cycle_unit="year")
    >>> price = xr.DataArray([6.5], dims="drug", coords={"drug": ["isatuximab"]})
    >>> labels = {"strategy": ("Isa",), "drug": ("isatuximab",)}
    >>> tables = {"Schedules": schedules, "Packs": packs}
    >>> values = {"drug_price": price, "body_weight": xr.DataArray(80.0)}
    >>> p = Parameters(values, labels, settings, tables)
    >>> drug_cost(p, Timeline.regular(settings)).by_drug().sum().item()  # 27 doses of 800 mg
    140400.0
    """
    plan, packs = plan_of(p, time), packs_of(p, time)
    _check(p, plan, packs)
    given, days = _given(p, time), days_of(time, plan.days)
    cost = _cost_per_dose(p, plan.doses, packs)
    if price_factor is None:
        return given.times(cost, days=days)
    factor = _factor_by_dose(p, time, price_factor, plan.doses, days)
    if DRAW in factor.dims or not {CYCLE, DOSE_DAY} & set(factor.dims):
        return given.times(cost, factor, days=days)
    axes = axes_of(given.counts, factor)
    priced = wrap(expand(given.counts, axes) * expand(factor, axes), axes)
    return Product((priced, cost), given.onto, days)


def dose_counts(p: Parameters, time: Timeline) -> xr.DataArray:
    """Doses of each drug in the model cycle in which they are given, weighed by the share of patients.

    Dimensions (strategy, drug, cycle). A day on which a drug is given is one dose, however many packs it takes, before
    relative dose intensity.
    """
    plan = plan_of(p, time)
    strategies, drugs = p.labels[STRATEGY], p.labels[DRUG]
    by_drug = np.array([drugs.index(dose.drug) for dose in plan.doses], dtype=int)
    cycle = time.cycle_at(plan.day / time.settings.days_per_year)
    kept = cycle < time.cycles
    counts = np.zeros((len(strategies), len(drugs), time.cycles))
    np.add.at(counts, (plan.strategy[kept], by_drug[plan.dose[kept]], cycle[kept]), plan.share[kept])
    return wrap(counts, Axes({STRATEGY: strategies, DRUG: drugs}), **{CYCLE: time.cycles})


@once_for(SCHEDULES)
def _given(p: Parameters, time: Timeline) -> Counts:
    plan = plan_of(p, time)
    paid = plan.dispensed if time.settings.dose_timing == "day" else plan.day
    kinds = [(dose.label, dose.drug) for dose in plan.doses]
    entries = np.flatnonzero(plan.paid)
    return counted(p, plan, time, "Doses", kinds, entries, plan.dose[entries], paid[entries])


def _cost_per_dose(p: Parameters, doses: tuple[Dose, ...], packs: dict[str, PackSizes]) -> xr.DataArray:
    """Cost of each dose: (draw, strategy, dose), as far as it varies."""
    body = sorted({name for dose in doses for name in _body_parameters(dose)})
    intensity = [RELATIVE_DOSE_INTENSITY] if RELATIVE_DOSE_INTENSITY in p else []
    discount = [PRICE_DISCOUNT] if PRICE_DISCOUNT in p else []
    values, axes = values_of(p, ["drug_price", *discount, *intensity, *body], (DRUG,))
    for name in body:
        if values[name].shape[2] > 1:
            raise LineError(f"'{name}' varies by '{DRUG}'; a body size may vary by {DRAW}, {STRATEGY}")
    places = [p.labels[DRUG].index(dose.drug) for dose in doses]
    price = at_drugs(values["drug_price"], places)
    if discount:
        price = price * (1 - at_drugs(values[PRICE_DISCOUNT], places))
    relative = at_drugs(values.get(RELATIVE_DOSE_INTENSITY, np.ones((1, 1, 1))), places)
    costs = []
    for place, dose in enumerate(doses):
        reduced = relative[:, :, place]
        scale = reduced if dose.intensity == "amount" else np.ones((1, 1))
        with watched(dose.label if dose.drug in dose.label else f"{dose.drug} ({dose.label})"):
            units = _units_per_dose(dose, packs[dose.drug], values, scale)
        costs.append(price[:, :, place] * units * (reduced if dose.intensity == "doses" else 1.0))
    together = np.stack(np.broadcast_arrays(*costs), axis=-1) if costs else np.zeros((1, 1, 0))
    return cost_of_one("Cost of one dose", p, together, axes, [dose.label for dose in doses])


def _units_per_dose(dose: Dose, packs: PackSizes, values: dict[str, np.ndarray], scale: np.ndarray) -> np.ndarray:
    """Units of drug_price that one dose takes, on (draw, strategy).

    A drug has one price, so which packs are cheapest does not depend on it, nor on the draw.
    """
    taken = [values[name] for name in _body_parameters(dose)]
    if all(array.size == 1 and array.dtype == float for array in (scale, *taken)) and not _is_written(dose, packs):
        sizes = {name: float(array.item()) for name, array in zip(_body_parameters(dose), taken, strict=True)}
        return _units_of_one(dose, packs, tuple(sizes.items()), float(scale.item()))
    return _units(dose, packs, values, scale)


@lru_cache(maxsize=512)
def _units_of_one(dose: Dose, packs: PackSizes, sizes: tuple[tuple[str, float], ...], scale: float) -> np.ndarray:
    """Units that a dose takes without draws: the same in every run that leaves it and the patients as they are."""
    values = {name: np.full((1, 1, 1), size) for name, size in sizes}
    units = _units(dose, packs, values, np.full((1, 1), scale))
    units.flags.writeable = False
    return units


def _is_written(dose: Dose, packs: PackSizes) -> bool:
    return is_symbolic(dose.dose, dose.size_cap, dose.max_dose, *packs.priced_as)


def _units(dose: Dose, packs: PackSizes, values: dict[str, np.ndarray], scale: np.ndarray) -> np.ndarray:
    whole = dose.wastage == "yes"
    size = BODY_SIZE_OF_UNIT[dose.unit]
    rules = packs_written if is_symbolic(dose.dose, scale, *values.values(), *packs.priced_as) else packs_in_numbers
    if size is None:
        amount = minimum(dose.dose, dose.max_dose) * scale
    elif dose.body_size == "distribution":
        body = BodySize(values[size][:, :, 0], values[f"{size}_sd"][:, :, 0])
        # No largest dose is no cap: a cell cannot hold infinity.
        unlimited = not is_symbolic(dose.max_dose) and dose.max_dose == np.inf
        cap = dose.size_cap if unlimited else minimum(dose.size_cap, dose.max_dose / dose.dose)
        expected = rules.expected_cheapest if whole else rules.expected_shared
        return expected(body, dose.dose * scale, cap, packs.sizes, packs.priced_as)
    else:
        planned = dose.dose * minimum(values[size][:, :, 0], dose.size_cap)
        amount = minimum(planned, dose.max_dose) * scale
    return (rules.cheapest if whole else rules.shared)(amount, packs.sizes, packs.priced_as)


def _body_parameters(dose: Dose) -> tuple[str, ...]:
    size = BODY_SIZE_OF_UNIT[dose.unit]
    if size is None:
        return ()
    return (size, f"{size}_sd") if dose.body_size == "distribution" else (size,)


def _factor_by_dose(
    p: Parameters, time: Timeline, factor: xr.DataArray, doses: tuple[Dose, ...], days: DoseDays | None
) -> xr.DataArray:
    allowed = (DRAW, STRATEGY, DRUG, CYCLE)
    for dim in factor.dims:
        if dim not in allowed:
            raise LineError(f"price_factor varies by '{dim}'; it may vary by {', '.join(allowed)}")
    if CYCLE in factor.dims and factor.sizes[CYCLE] != time.cycles:
        raise LineError(f"price_factor has {factor.sizes[CYCLE]} cycles; the timeline has {time.cycles}")
    if DRUG in factor.dims:
        axes = join_axes(axes_of(factor), Axes({DRUG: p.labels[DRUG]}))
        ordered = Axes({dim: axes.labels[dim] for dim in allowed if dim in axes.labels})
        places = [p.labels[DRUG].index(dose.drug) for dose in doses]
        along = np.take(expand(factor, ordered), places, axis=ordered.dims.index(DRUG))
        named = {(DOSE if dim == DRUG else dim): names for dim, names in ordered.labels.items()}
        factor = wrap(along, Axes({**named, DOSE: tuple(dose.label for dose in doses)}))
    return days.of_cycles(factor) if days else factor


def _check(p: Parameters, plan: Plan, packs: dict[str, PackSizes]) -> None:
    findings = Findings(SCHEDULES, p.source)
    for dose, row in zip(plan.doses, plan.rows, strict=True):
        if dose.drug not in packs:
            known = ", ".join(packs) or "none"
            hint = did_you_mean(dose.drug, packs)
            findings.add(row, f"{dose.drug} has no pack on sheet '{PACKS_SHEET}' (there: {known}).{hint}")
        for name in _body_parameters(dose):
            if name not in p:
                why = " over the distribution of body size" if name.endswith("_sd") else ""
                need = f"which needs parameter '{name}', and there is none"
                findings.add(row, f"{dose.drug} is given in {dose.unit}{why}, {need}")
    findings.stop()

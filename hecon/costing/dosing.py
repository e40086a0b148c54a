"""Drug acquisition: doses from the Schedules sheet, priced from the Packs sheet.

A dose costs what the cheapest packs for it cost (or its share of a vial), and is counted in the model
cycle that holds its day. The flow of the ledger line says who pays: those on treatment at the start of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from hecon.costing import packs as packs_in_numbers
from hecon.costing import packs_written
from hecon.costing.packs import BodySize
from hecon.costing.schedules import (
    BODY_SIZE_OF_UNIT,
    DOSE,
    DRUG,
    SCHEDULES,
    Dose,
    Findings,
    Plan,
    blank,
    built_once,
    plan_of,
)
from hecon.errors import Fault, InputError, LineError, did_you_mean
from hecon.labels import CYCLE, DRAW, STRATEGY, Axes, Value, axes_of, expand, join_axes, wrap
from hecon.symbols.draft import named_values
from hecon.symbols.expression import is_number, is_symbolic, number_of
from hecon.symbols.functions import minimum
from hecon.timeline import Timeline

if TYPE_CHECKING:
    import pandas as pd

    from hecon.parameters import Parameters

PACKS = "Packs"
RELATIVE_DOSE_INTENSITY = "relative_dose_intensity"
PRICE_DISCOUNT = "price_discount"


@dataclass(frozen=True, eq=False)
class Product:
    """A cost per patient on treatment, as factors that are multiplied only where it is cheap to.

    `factors` share the internal dimension ``dose``; `onto`, with dimensions (dose, drug), is 1 where a dose
    belongs to a drug, and sums the product of the factors onto drugs. Without `onto` nothing is summed.
    """

    factors: tuple[xr.DataArray, ...]
    onto: xr.DataArray | None = None

    def __mul__(self, factor: Value) -> Product:
        """Multiply by a number or labelled array (write the product first: ``drug_cost(p, time) * 0.9``)."""
        more = factor if isinstance(factor, xr.DataArray) else xr.DataArray(float(factor))
        return Product((*self.factors, more), self.onto)

    def __rmul__(self, factor: float) -> Product:
        return self * factor

    def by_drug(self) -> xr.DataArray:
        """Multiply everything out, for a report or a check: (draw, strategy, cycle, drug) where it varies."""
        axes = axes_of(*self.factors)
        values = np.ones(())
        for factor in self.factors:
            values = values * expand(factor, axes)
        if self.onto is None:
            return wrap(np.broadcast_to(values, axes.shape), axes)
        kept = axes.without(DOSE)
        last = np.moveaxis(np.broadcast_to(values, axes.shape), axes.dims.index(DOSE), -1)
        return wrap(last @ self.onto.values, kept, **{DRUG: self.onto.coords[DRUG].values.tolist()})


@dataclass(frozen=True)
class PackSizes:
    """Sizes of a drug's packs (mg) and how many units of drug_price each costs."""

    sizes: tuple[float, ...]
    priced_as: tuple[Any, ...]


def drug_cost(p: Parameters, time: Timeline, price_factor: xr.DataArray | None = None) -> Product:
    """Acquisition cost of the doses of each model cycle, for a patient on treatment at its start.

    count(strategy, dose, cycle) x cost(dose): the amount a = min(dose x min(body size, size_cap), max_dose)
    costs what the cheapest whole packs for it cost (wastage ``yes``) or its share of a vial (``no``), at the
    mean body size or averaged over its distribution. A pack costs priced_as x drug_price, less price_discount of it
    where there is one. Doses past the schedule's paid_to_cycle are given, and cost nothing.
    relative_dose_intensity, if there is one, multiplies the number of doses or (after the caps) the
    amount, as the row's `intensity` says.

    Parameters: drug_price; body_weight [kg], body_surface_area [m2] and their _sd where a row needs them;
    relative_dose_intensity and price_discount if wanted. Each may depend on draw, strategy and (not body size) drug.

    `price_factor` multiplies prices over time: dimensions among draw, strategy, drug and ``cycle``, such as
    ``stepwise(time, {0: 1.0, 2: 0.7})`` gives. Raises `InputError` by row of the sheet.

    >>> import pandas as pd
    >>> from hecon.parameters import Parameters
    >>> from hecon.settings import Settings
    >>> rows = {"strategy": ["Isa"], "drug": ["isatuximab"], "days": [(1, 15)], "dose": [10.0]}
    >>> schedules = pd.DataFrame({**rows, "unit": ["mg/kg"], "route": ["iv"]})
    >>> packs = pd.DataFrame({"drug": ["isatuximab"] * 2, "size": [100.0, 500.0], "unit": ["mg"] * 2})
    >>> settings = Settings(horizons=1, cycle_length=1, cycle_unit="year")
    >>> price = xr.DataArray([6.5], dims="drug", coords={"drug": ["isatuximab"]})
    >>> labels = {"strategy": ("Isa",), "drug": ("isatuximab",)}
    >>> tables = {"Schedules": schedules, "Packs": packs}
    >>> values = {"drug_price": price, "body_weight": xr.DataArray(80.0)}
    >>> p = Parameters(values, labels, settings, tables)
    >>> drug_cost(p, Timeline.regular(settings)).by_drug().item()  # 27 doses of 800 mg
    140400.0
    """
    plan = plan_of(p, time)
    packs = built_once(p, time, PACKS, "packs", lambda: _read_packs(p.tables[PACKS], p))
    _check(p, plan, packs)
    counts, onto = built_once(p, time, SCHEDULES, "counts", lambda: _counts(p, plan, time))
    cost = _cost_per_dose(p, plan.doses, packs)
    if price_factor is None:
        return Product((counts, cost), onto)
    factor = _factor_by_dose(p, time, price_factor, plan.doses)
    if DRAW in factor.dims or CYCLE not in factor.dims:
        return Product((counts, cost, factor), onto)
    axes = axes_of(counts, factor)
    return Product((wrap(expand(counts, axes) * expand(factor, axes), axes), cost), onto)


def dose_counts(p: Parameters, time: Timeline) -> xr.DataArray:
    """Doses of each drug in each model cycle, weighed by the share of patients: (strategy, drug, cycle).

    A day on which a drug is given is one dose, however many packs it takes, before relative dose intensity.
    """
    plan = plan_of(p, time)
    strategies, drugs = p.labels[STRATEGY], p.labels[DRUG]
    by_drug = np.array([drugs.index(dose.drug) for dose in plan.doses], dtype=int)
    counts = np.zeros((len(strategies), len(drugs), time.cycles))
    np.add.at(counts, (plan.strategy, by_drug[plan.dose], plan.cycle), plan.share)
    return wrap(counts, Axes({STRATEGY: strategies, DRUG: drugs}), **{CYCLE: time.cycles})


def values_of(p: Parameters, names: Sequence[str], dims: tuple[str, ...]) -> tuple[dict[str, np.ndarray], Axes]:
    """Give parameters laid out on (draw, strategy, *dims), and the axes of draw and strategy if any has them.

    A parameter has size 1 on the dimensions it does not vary by.
    Raises `LineError` where a parameter has another dimension, `AlignmentError` where labels differ.
    """
    arrays = {name: p[name] for name in names}
    allowed = (DRAW, STRATEGY, *dims)
    for name, array in arrays.items():
        for dim in array.dims:
            if dim not in allowed:
                raise LineError(f"'{name}' varies by '{dim}'; it may vary by {', '.join(allowed)}")
    axes = join_axes(
        axes_of(*arrays.values()), Axes({dim: p.labels[dim] for dim in (STRATEGY, *dims) if dim in p.labels})
    )
    full = Axes({dim: axes.labels.get(dim, 1) for dim in allowed})
    varying = {dim for array in arrays.values() for dim in array.dims}
    kept = Axes({dim: axes.labels[dim] for dim in (DRAW, STRATEGY) if dim in varying})
    return {name: expand(array, full) for name, array in arrays.items()}, kept


def at_drugs(values: np.ndarray, places: Sequence[int] | np.ndarray) -> np.ndarray:
    """Values on (draw, strategy, drug) at some drugs; one value for all drugs is repeated."""
    return values[:, :, np.asarray(places, dtype=int) if values.shape[2] > 1 else [0] * len(places)]


def labelled_by_dose(values: np.ndarray, axes: Axes, labels: Sequence[str]) -> xr.DataArray:
    """Label values on (draw, strategy, dose), dropping draw or strategy where nothing varies by it."""
    shape = tuple(axes.only(dim).shape[0] if dim in axes.labels else 1 for dim in (DRAW, STRATEGY))
    full = np.broadcast_to(values, (*shape, len(labels)))
    return wrap(full.reshape(*axes.shape, len(labels)), axes, **{DOSE: list(labels)})


def counts_and_onto(
    p: Parameters,
    time: Timeline,
    drugs: Sequence[str],
    labels: Sequence[str],
    entries: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> tuple[xr.DataArray, xr.DataArray]:
    """Add entries (strategy, place, cycle, share) up to (strategy, dose, cycle); with a matrix onto drugs."""
    strategies, known = p.labels[STRATEGY], p.labels[DRUG]
    strategy, place, cycle, share = entries
    counts = np.zeros((len(strategies), len(labels), time.cycles))
    np.add.at(counts, (strategy, place, cycle), share)
    onto = np.array([[drug == name for name in known] for drug in drugs], dtype=float).reshape(-1, len(known))
    names = {DOSE: tuple(labels)}
    given = wrap(counts, Axes({STRATEGY: strategies, **names}), **{CYCLE: time.cycles})
    given.name = "Doses"
    return (
        given,
        wrap(onto, Axes({**names, DRUG: known})),
    )


def _counts(p: Parameters, plan: Plan, time: Timeline) -> tuple[xr.DataArray, xr.DataArray]:
    entries = (plan.strategy[plan.paid], plan.dose[plan.paid], plan.cycle[plan.paid], plan.share[plan.paid])
    return counts_and_onto(p, time, [dose.drug for dose in plan.doses], [dose.label for dose in plan.doses], entries)


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
        units = _units_per_dose(dose, packs[dose.drug], values, scale)
        costs.append(price[:, :, place] * units * (reduced if dose.intensity == "doses" else 1.0))
    together = np.stack(np.broadcast_arrays(*costs), axis=-1) if costs else np.zeros((1, 1, 0))
    by_dose = labelled_by_dose(together, axes, [dose.label for dose in doses])
    return named_values("Cost of one dose", by_dose, p.settings.currency)


def _units_per_dose(dose: Dose, packs: PackSizes, values: dict[str, np.ndarray], scale: np.ndarray) -> np.ndarray:
    """Units of drug_price that one dose takes, on (draw, strategy).

    A drug has one price, so which packs are cheapest does not depend on it, nor on the draw.
    """
    whole = dose.wastage == "yes"
    size = BODY_SIZE_OF_UNIT[dose.unit]
    rules = packs_written if is_symbolic(dose.dose, scale, *values.values(), *packs.priced_as) else packs_in_numbers
    if size is None:
        amount = minimum(dose.dose, dose.max_dose) * scale
    elif dose.body_size == "distribution":
        body = BodySize(values[size][:, :, 0], values[f"{size}_sd"][:, :, 0])
        cap = minimum(dose.size_cap, dose.max_dose / dose.dose)
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


def _factor_by_dose(p: Parameters, time: Timeline, factor: xr.DataArray, doses: tuple[Dose, ...]) -> xr.DataArray:
    allowed = (DRAW, STRATEGY, DRUG, CYCLE)
    for dim in factor.dims:
        if dim not in allowed:
            raise LineError(f"price_factor varies by '{dim}'; it may vary by {', '.join(allowed)}")
    if CYCLE in factor.dims and factor.sizes[CYCLE] != time.cycles:
        raise LineError(f"price_factor has {factor.sizes[CYCLE]} cycles; the timeline has {time.cycles}")
    if DRUG not in factor.dims:
        return factor
    axes = join_axes(axes_of(factor), Axes({DRUG: p.labels[DRUG]}))
    ordered = Axes({dim: axes.labels[dim] for dim in allowed if dim in axes.labels})
    places = [p.labels[DRUG].index(dose.drug) for dose in doses]
    along = np.take(expand(factor, ordered), places, axis=ordered.dims.index(DRUG))
    named = {(DOSE if dim == DRUG else dim): names for dim, names in ordered.labels.items()}
    return wrap(along, Axes({**named, DOSE: tuple(dose.label for dose in doses)}))


def _check(p: Parameters, plan: Plan, packs: dict[str, PackSizes]) -> None:
    findings = Findings(SCHEDULES, p.source)
    for dose, row in zip(plan.doses, plan.rows, strict=True):
        if dose.drug not in packs:
            known = ", ".join(packs) or "none"
            hint = did_you_mean(dose.drug, packs)
            findings.add(row, f"{dose.drug} has no pack on sheet '{PACKS}' (there: {known}).{hint}")
        for name in _body_parameters(dose):
            if name not in p:
                why = " over the distribution of body size" if name.endswith("_sd") else ""
                need = f"which needs parameter '{name}', and there is none"
                findings.add(row, f"{dose.drug} is given in {dose.unit}{why}, {need}")
    findings.stop()


def _read_packs(table: pd.DataFrame, p: Parameters) -> dict[str, PackSizes]:
    missing = [column for column in (DRUG, "size", "unit") if column not in table.columns]
    if missing:
        raise InputError(p.source, [Fault(PACKS, f"column '{column}' is missing") for column in missing])
    findings = Findings(PACKS, p.source)
    drugs = p.labels[DRUG]
    packs: dict[str, list[tuple[float, Any]]] = {}
    for record in table.to_dict("records"):
        row = int(record["row"]) if "row" in record else None
        drug, size, unit = record[DRUG], record["size"], record["unit"]
        if drug not in drugs:
            hint = did_you_mean(drug, drugs)
            findings.add(row, f"drug '{drug}' is not on the Labels sheet ({', '.join(drugs)}).{hint}")
        if unit != "mg":
            findings.add(row, f"the pack of {drug} is in '{unit}'; doses are in mg, so packs must be in mg")
        if not (isinstance(size, int | float | np.number) and 0 < size < math.inf):
            findings.add(row, f"the pack of {drug} has size {size!r}; it must be a number above 0")
            continue
        priced_as: Any = record.get("priced_as")
        if blank(priced_as):
            priced_as = size
        if not (is_number(priced_as) and 0 <= number_of(priced_as) < math.inf):
            findings.add(row, f"the pack of {drug} has priced_as {priced_as!r}; it must be a number of at least 0")
            continue
        packs.setdefault(drug, []).append((float(size), priced_as if is_symbolic(priced_as) else float(priced_as)))
    findings.stop()
    return {
        drug: PackSizes(tuple(size for size, _ in ones), tuple(cost for _, cost in ones))
        for drug, ones in packs.items()
    }

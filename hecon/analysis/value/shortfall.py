"""Severity of a disease: what patients lose against the general population, and the weight that a payer gives to it.

QALE is the quality-adjusted life expectancy of the general population at the age at which patients start. What the
QALYs of the comparator fall short of it is the absolute shortfall; as a share of it, the proportional shortfall.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, SupportsFloat, overload

import numpy as np
import pandas as pd

from hecon.analysis.needs import COSTS_AND_QALYS, SEVERAL_STRATEGIES, given_table
from hecon.analysis.psa.draws import shows_its_forms
from hecon.analysis.registry import Analysis, Task
from hecon.analysis.result import Result
from hecon.analysis.value.incremental import icer, quadrant
from hecon.errors import Fault, HeconError, InputError
from hecon.frozen import frozen
from hecon.inputs.case import Case, Inputs
from hecon.labels import DRAW, STATE, STRATEGY, one_of
from hecon.settings import Rate
from hecon.states.norms import UTILITY_NORMS, norm_at
from hecon.timeline import discount_factor

LIFE_TABLE = "Life table"
FEMALE, MALE, BOTH = "female", "male", "both"
#: A value this close under a threshold is at it: 0.81 QALYs of 5.4 fall short by 0.85, in decimals if not in bits.
SLACK = 1e-9


@frozen(eq=True)
class Band:
    """A weight, and the shortfalls from which on it applies: one of the two is enough."""

    weight: float
    absolute: float
    proportional: float


#: NICE health technology evaluations: the manual (PMG36, 2022), table 6.1. The heaviest weight comes first.
NICE = (Band(1.7, 18, 0.95), Band(1.2, 12, 0.85))


@frozen(eq=True)
class LifeExpectancy:
    """QALE of the general population from `age` on, discounted; `years` is the life expectancy, undiscounted.

    `by_sex` holds the QALE of each sex that was asked for. ``float()`` gives the QALE.
    """

    age: float
    qale: float
    years: float
    by_sex: Mapping[str, float] = field(default_factory=dict)

    def __float__(self) -> float:
        return self.qale


@frozen(eq=True)
class Severity:
    """Shortfalls of a disease (QALYs, and a share of the QALE) and the weight of a QALY gained."""

    qale: float
    comparator_qalys: float
    absolute_shortfall: float
    proportional_shortfall: float
    weight: float


@overload
def qale(case: Case, /) -> LifeExpectancy: ...
@overload
def qale(
    life_table: pd.DataFrame,
    norms: pd.DataFrame,
    age: float,
    share_female: float | None = None,
    *,
    discount_rate: Rate = 0.035,
    discount_form: str = "effective",
) -> LifeExpectancy: ...
@shows_its_forms
def qale(*arguments: Any, **options: Any) -> LifeExpectancy:
    """Quality-adjusted life expectancy of the general population at an age, by the life-table method.

    QALE = sum over ages x >= age of L_x u_x v(x - age) / l_age, with the years lived in a year of age
    L_x = l_(x+1) + d_x / 2 (who dies, dies in the middle of it), the utility norm u_x and the discount factor v. The
    sexes are followed apart and mixed by their share at the start, `share_female`. The cohort ends with the table.

    `life_table` has the columns age (whole years, none left out), sex and death_probability, or instead of the last
    survivors and deaths, as statistical offices print them; `norms` has age (the norm holds from there to the next),
    sex and utility. Without `share_female`, the rows whose sex is ``both``. Between birthdays the QALE is on a straight
    line. Raises `InputError` for an age outside of the tables, and for tables that say nothing about a sex.

    Of a `case`: at its start, by its sheets Life table and Utility norms. Age and, where the life table has women and
    men, share_female are parameters (their means over draws); the rate is that of effects. Raises `InputError` naming
    the sheet or parameter that is missing.

    >>> table = pd.DataFrame({"age": [98, 99], "sex": "both", "death_probability": [0.5, 1.0]})
    >>> norms = pd.DataFrame({"age": [0, 75], "sex": "both", "utility": [0.9, 0.8]})
    >>> qale(table, norms, age=98, discount_rate=0.0).qale
    0.8

    Source: McNamara et al. 2023, Value in Health 26:163-169 (QALE norms of England, by this method).
    """
    if arguments and isinstance(arguments[0], Case):
        return _of_case(*arguments, **options)
    return _of_tables(*arguments, **options)


def _of_tables(
    life_table: pd.DataFrame,
    norms: pd.DataFrame,
    age: float,
    share_female: float | None = None,
    *,
    discount_rate: Rate = 0.035,
    discount_form: str = "effective",
) -> LifeExpectancy:
    """QALE by a life table and utility norms; see `qale`."""
    if share_female is None:
        shares = {BOTH: 1.0}
    elif 0 <= share_female <= 1:
        shares = {FEMALE: float(share_female), MALE: 1 - float(share_female)}
    else:
        raise HeconError(f"share_female is {share_female:g}; it must lie between 0 and 1")
    found = {sex: _of_sex(life_table, norms, float(age), sex, discount_rate, discount_form) for sex in shares}
    mixed = [sum(share * found[sex][place] for sex, share in shares.items()) for place in (0, 1)]
    return LifeExpectancy(float(age), mixed[0], mixed[1], {sex: value for sex, (value, _) in found.items()})


def _of_sex(
    life_table: pd.DataFrame, norms: pd.DataFrame, age: float, sex: str, rate: Rate, form: str
) -> tuple[float, float]:
    """QALE and undiscounted life expectancy of one sex; on a straight line between birthdays."""
    rows = life_table[life_table["sex"] == sex].sort_values("age")
    if rows.empty:
        raise _faulty(LIFE_TABLE, f"has no rows for sex {sex}")
    ages = rows["age"].to_numpy(float)
    if (np.diff(ages) != 1).any():
        raise _faulty(LIFE_TABLE, f"({sex}) has ages that are left out or given twice; every whole age is needed")
    if not ages[0] <= age <= ages[-1]:
        raise _faulty("age", f"is {age:g}; the life table ({sex}) goes from {ages[0]:g} to {ages[-1]:g}")
    survivors, deaths = _alive(rows)
    after = np.append(survivors[1:], survivors[-1] - deaths[-1])
    lived = after + deaths / 2
    utilities = norm_at(norms, sex, ages[ages >= np.floor(age)])

    def at(start: int) -> tuple[float, float]:
        own = lived[start:] / survivors[start]
        factor = discount_factor(np.arange(len(own), dtype=float), rate, form)
        return float(own @ (utilities[-len(own) :] * factor)), float(own.sum())

    first, part = divmod(age - float(ages[0]), 1)
    if not part:
        return at(int(first))
    younger, older = at(int(first)), at(int(first) + 1)
    return (1 - part) * younger[0] + part * older[0], (1 - part) * younger[1] + part * older[1]


def _alive(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Survivors to each age and deaths within it, as given or from the probabilities of death."""
    if {"survivors", "deaths"} <= set(rows.columns):
        return rows["survivors"].to_numpy(float), rows["deaths"].to_numpy(float)
    chances = rows["death_probability"].to_numpy(float)
    survivors = np.concatenate([[1.0], np.cumprod(1 - chances[:-1])])
    return survivors, survivors * chances


def _faulty(where: str, what: str) -> InputError:
    return InputError("the QALE", [Fault(where, what)])


def _of_case(case: Case) -> LifeExpectancy:
    """QALE at the start of a case; see `qale`."""
    faults = [
        Fault(sheet, "is missing; a QALE needs it") for sheet in (LIFE_TABLE, UTILITY_NORMS) if sheet not in case.tables
    ]
    faults += [] if "age" in case.values else [Fault("Population", "has no parameter 'age'; a QALE needs it")]
    if faults:
        raise InputError(case.source, faults)
    table, settings = case.tables[LIFE_TABLE], case.settings
    sexes, known = set(table["sex"]), "share_female" in case.values
    apart = known and {FEMALE, MALE} <= sexes
    if not apart and BOTH not in sexes:
        what = "has no parameter 'share_female'" if {FEMALE, MALE} <= sexes else "lacks a sex"
        raise InputError(case.source, [Fault("Population" if not known else LIFE_TABLE, f"{what}; a QALE needs it")])
    try:
        return _of_tables(
            table,
            case.tables[UTILITY_NORMS],
            float(case.values["age"].mean()),
            float(case.values["share_female"].mean()) if apart else None,
            discount_rate=settings.discount_rate_effect,
            discount_form=settings.discount_form,
        )
    except InputError as error:
        raise InputError(case.source, error.faults) from None


@overload
def severity(result: Result, /, comparator: str | None = None, bands: Sequence[Band] = NICE) -> pd.DataFrame: ...
@overload
def severity(qale: SupportsFloat, comparator_qalys: float, bands: Sequence[Band] = NICE) -> Severity: ...
@shows_its_forms
def severity(*arguments: Any, **options: Any) -> Any:
    """Absolute and proportional shortfall of the patients of a comparator, and the weight of a QALY.

    absolute = QALE - QALYs, proportional = absolute / QALE; the first of the `bands` of which either shortfall is
    reached gives the weight, else it is 1. Who is at a threshold is in the heavier band, and rounding in the ninth
    digit does not decide. Those who lose nothing (a negative shortfall) have weight 1.

    Of a `result`: the severity of what it is about, and what that does to increments and thresholds. One row a strategy
    against the comparator and willingness to pay, at the longest horizon: a shortfall counts the lifetime of patients.
    Columns: strategy, comparator, horizon_years, alive_at_horizon (the share of the comparator's patients whose QALYs
    are cut off there; missing where it is not known), age, qale, comparator_qalys, absolute_shortfall,
    proportional_shortfall, weight, incremental_cost, incremental_qaly, weighted_incremental_qaly, icer, weighted_icer
    (missing where one strategy dominates), willingness_to_pay, weighted_willingness_to_pay (weight x willingness to
    pay: the threshold for unweighted QALYs that decides alike) and weighted_net_monetary_benefit. Means over the draws,
    if there are any. Raises as `qale`.

    >>> found = severity(5.4, 0.81)
    >>> found.proportional_shortfall, found.weight
    (0.8499999999999999, 1.2)

    Source: NICE health technology evaluations: the manual (PMG36, 2022), section 6.2, table 6.1.
    """
    if arguments and isinstance(arguments[0], Result):
        return _severity_of(*arguments, **options)
    return _shortfall(*arguments, **options)


def _shortfall(qale: SupportsFloat, comparator_qalys: float, bands: Sequence[Band] = NICE) -> Severity:
    """Shortfalls from two numbers of QALYs; see `severity`."""
    whole = float(qale)
    if not (np.isfinite(whole) and whole > 0):
        raise HeconError(f"qale is {whole:g}; it must be a number of QALYs above 0")
    if not np.isfinite(comparator_qalys):
        raise HeconError(f"comparator_qalys is {comparator_qalys:g}; it must be a finite number of QALYs")
    absolute = whole - float(comparator_qalys)
    proportional = absolute / whole
    weight = next(
        (
            band.weight
            for band in bands
            if absolute >= band.absolute - SLACK or proportional >= band.proportional - SLACK
        ),
        1.0,
    )
    return Severity(whole, float(comparator_qalys), absolute, proportional, weight)


def _severity_of(result: Result, comparator: str | None = None, bands: Sequence[Band] = NICE) -> pd.DataFrame:
    """Severity of what a result is about; see `severity`."""
    against = one_of(comparator or result.case.comparator, result.strategies, "strategy")
    means = {str(name): array.values for name, array in result.mean().items()}
    if not {"cost", "qaly"} <= set(means):
        raise HeconError("severity needs a model with costs and QALYs")
    expected, base = qale(result.case), result.strategies.index(against)
    cost, effect = means["cost"][:, -1], means["qaly"][:, -1]
    found = _shortfall(expected, float(effect[base]), bands)
    rows = []
    for place, strategy in enumerate(result.strategies):
        if place == base:
            continue
        more, gained = float(cost[place] - cost[base]), float(effect[place] - effect[base])
        where = quadrant(
            more, gained, (float(np.abs(cost[[place, base]]).max()), float(np.abs(effect[[place, base]]).max()))
        )
        ratio = icer(more, gained, where)
        for level in result.case.settings.willingness_to_pay:
            rows.append(
                {
                    STRATEGY: strategy,
                    "comparator": against,
                    "horizon_years": result.time.horizons[-1],
                    "alive_at_horizon": _alive_at_end(result, base),
                    "age": expected.age,
                    **vars(found),
                    "incremental_cost": more,
                    "incremental_qaly": gained,
                    "weighted_incremental_qaly": found.weight * gained,
                    "icer": ratio,
                    "weighted_icer": ratio / found.weight,
                    "willingness_to_pay": level,
                    "weighted_willingness_to_pay": found.weight * level,
                    "weighted_net_monetary_benefit": found.weight * level * gained - more,
                }
            )
    return pd.DataFrame(rows)


def _alive_at_end(result: Result, strategy: int) -> float:
    """Share of a strategy's patients who are alive at the last horizon; missing where the states do not say."""
    shares = result.occupancy
    if shares is None or DRAW in shares.dims or "dead" not in shares.coords[STATE].values.tolist():
        return float("nan")
    dead = shares.sel({STATE: "dead"}).isel(edge=-1)
    dead = dead.isel({STRATEGY: strategy}) if STRATEGY in dead.dims else dead
    return 1 - float(dead.sum())


#: Columns that a table of severity must have to be written.
_COLUMNS = ("comparator", "age", "qale", "absolute_shortfall", "proportional_shortfall", "weight")


def has_severity(inputs: Inputs) -> bool:
    """Whether a workbook has what a QALE needs, its two sheets and the age of the patients, and asks for it."""
    if inputs.settings.severity == "no":
        return False
    sheets = {LIFE_TABLE, UTILITY_NORMS} <= set(inputs.tables)
    return sheets and "age" in inputs.parameters["parameter"].tolist()


def _run(task: Task) -> pd.DataFrame:
    found = severity(task.base)
    task.progress(1, 1)
    return found


ANALYSIS = Analysis(
    called="severity",
    run=_run,
    tables={"severity": lambda table, _: table},
    needs=(SEVERAL_STRATEGIES, COSTS_AND_QALYS),
    asked=has_severity,
    accept=lambda value, _: given_table(value, "severity", _COLUMNS, "he.value.severity(result)"),
    sensitivity=False,
)

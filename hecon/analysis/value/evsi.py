"""Expected value of sample information: what a study of a given size would be worth to the decision.

A run of draws may stand in the place of costs, effects and parameters: it knows the studies of its workbook, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, overload

import numpy as np
import pandas as pd

from hecon.analysis.psa.draws import Horizons, chosen_strategies, shows_its_forms
from hecon.analysis.psa.export import costs_and_effects, parameter_table, run_horizons
from hecon.analysis.result import Result
from hecon.analysis.value.evppi import SEED
from hecon.analysis.value.perfect_information import decision_population, for_population, with_best
from hecon.analysis.value.sample import ArrayLike, sample, sampled_inputs, thresholds
from hecon.analysis.value.studies import studies
from hecon.analysis.value.study_values import FitsOfGains, StudyValue, TooFewDrawsError, values_of_studies
from hecon.analysis.value.trial import Study
from hecon.errors import HeconError
from hecon.inputs.case import Case
from hecon.inputs.input_names import input_names
from hecon.labels import one_of
from hecon.threads import linear_algebra_on_one_thread

#: Studies, by themselves or by the name of a design on the sheet Studies.
Designs = str | Study | Iterable[str | Study]


@overload
def evsi(
    psa: Result,
    /,
    designs: Designs | None = None,
    willingness_to_pay: float | Iterable[float] | None = None,
    method: str | Sequence[str] = "regression",
    *,
    population: float | None = None,
    strategies: Sequence[str] | None = None,
    replicates: int | None = None,
    data_sets: int = 300,
    seed: int = SEED,
    horizon: Horizons = None,
    effect: str = "qaly",
) -> pd.DataFrame: ...
@overload
def evsi(
    costs: ArrayLike,
    effects: ArrayLike,
    parameters: pd.DataFrame | Mapping[str, ArrayLike],
    designs: Study | Iterable[Study],
    willingness_to_pay: float | Iterable[float] = 50_000.0,
    method: str | Sequence[str] = "regression",
    *,
    population: float | None = None,
    strategies: Sequence[str] | None = None,
    replicates: int | None = None,
    data_sets: int = 300,
    seed: int = SEED,
) -> pd.DataFrame: ...
@shows_its_forms
def evsi(*arguments: Any, **options: Any) -> pd.DataFrame:
    """Expected value of the information of one or more studies, from the draws of a probabilistic analysis.

    EVSI = E_X[max_d E[NB_d | X]] - max_d E[NB_d], in currency per person. First the net benefits are regressed on the
    parameters that the study measures (as in `evppi`), g(parameters). ``regression``: data sets are simulated from
    every draw (`replicates` of them; by default some tens of thousands in all), and g is regressed on their
    summaries, since E[NB | X] = E[g | X]. ``moment_matching``: the distribution of E[g | X] is that of g, shrunk
    about its mean to the covariance Cov(g) - E_X[Cov(g | X)], the last from `data_sets` simulated data sets whose
    posteriors are the draws weighted by likelihood. `method` is one of them, or several.

    `costs` (currency) and `effects` (QALYs) have shape (draw, strategy); `parameters` is a table (draw, input);
    `designs` are `Study` objects. One row a design, method and (finite) threshold: design, sample_size,
    willingness_to_pay, evsi, standard_error, evppi (of what is measured: the value of a study without end),
    share_of_evppi, method, effective_draws (how many draws carry a typical posterior; moment matching only), with a
    `population` (persons) also population_evsi and population_standard_error. Never negative. The same `seed` gives the
    same numbers.

    Of a run of draws (`psa`): at every horizon, or at `horizon`; `designs` are those of the sheet Studies, all of them
    or by name, or `Study` objects whose parameters are named as in `parameter_table`. The table has horizon_years in
    front, and study_cost and note. With a `population`, by default that of the sheet Population (patients_per_year for
    decision_years, after the study's delay, discounted), it has population, population_evsi, enbs_standard_error,
    expected_net_benefit_of_sampling, and best: the design with the highest one above 0 at that horizon and threshold
    by that method. Moment matching of a study that is too large for the number of draws is missing, and the note says
    so.

    Raises `UnknownNameError` where a study measures what is not in the table, `HeconError` where moment matching has no
    likelihood, or too few draws for the posterior of a large study (then use regression), and where a run has no draws
    or its workbook no studies.

    >>> stream = np.random.default_rng(1)
    >>> gain = stream.normal(0, 1, 5000)
    >>> effects = np.column_stack([np.zeros(5000), gain])
    >>> from hecon.analysis.value.trial import Measurement
    >>> trial = Study("trial", [Measurement("gain", "normal", sample_size=4, sd=2.0)])
    >>> evsi(0 * effects, effects, {"gain": gain}, trial, 1000).evsi.round(-2).tolist()  # exactly 1000 / sqrt(4 pi)
    [300.0]
    >>> import hecon as he
    >>> psa = he.run(he.read_workbook("inputs/isa_dara_pd_us.xlsx").draws(5000))  # doctest: +SKIP
    >>> he.value.evsi(psa, willingness_to_pay=150_000, strategies=["Isa-Pd", "Dara-Pd"])  # doctest: +SKIP

    Source: Strong, Oakley, Brennan and Breeze 2015, Medical Decision Making 35:570-583 (regression); Heath,
    Manolopoulou and Baio 2018, 38:163-173 (moment matching); Menzies 2016, 36:308-320 (weighted draws).
    """
    with linear_algebra_on_one_thread():
        if arguments and isinstance(arguments[0], Result):
            return _of_draws(*arguments, **options)
        return _of_arrays(*arguments, **options)


def _of_arrays(
    costs: ArrayLike,
    effects: ArrayLike,
    parameters: pd.DataFrame | Mapping[str, ArrayLike],
    designs: Study | Iterable[Study],
    willingness_to_pay: float | Iterable[float] = 50_000.0,
    method: str | Sequence[str] = "regression",
    *,
    population: float | None = None,
    strategies: Sequence[str] | None = None,
    **sizes: Any,
) -> pd.DataFrame:
    """EVSI from plain arrays; see `evsi`."""
    data = sample(costs, effects, strategies)
    table = sampled_inputs(parameters, data.draws)
    levels = thresholds(willingness_to_pay, finite=True)
    listed = _several([designs] if isinstance(designs, Study) else list(designs))
    gains = [data.gains(level) for level in levels]
    fits: FitsOfGains = {}
    rows = [
        (study.name, study.size, level, *value[:3], value.share, one, value.effective_draws)
        for one in _methods(method)
        for study, values in zip(listed, values_of_studies(listed, table, gains, one, fits=fits, **sizes), strict=True)
        for level, value in zip(levels, values, strict=True)
    ]
    columns = ["design", "sample_size", "willingness_to_pay", "evsi", "standard_error", "evppi", "share_of_evppi"]
    return for_population(pd.DataFrame(rows, columns=[*columns, "method", "effective_draws"]), "evsi", population)


def _of_draws(
    psa: Result,
    designs: Designs | None = None,
    willingness_to_pay: float | Iterable[float] | None = None,
    method: str | Sequence[str] = "regression",
    *,
    population: float | None = None,
    strategies: Sequence[str] | None = None,
    horizon: Horizons = None,
    effect: str = "qaly",
    **sizes: Any,
) -> pd.DataFrame:
    """EVSI from a run of draws; see `evsi`."""
    wanted = psa.case.settings.willingness_to_pay if willingness_to_pay is None else willingness_to_pay
    horizons = run_horizons(psa, horizon)
    (found,) = study_tables(
        psa, _several(_designs(psa, designs)), [chosen_strategies(psa, strategies)], thresholds(wanted, finite=True),
        horizons, _methods(method), population=population, effect=effect, **sizes,
    )  # fmt: skip
    found.insert(0, "horizon_years", found.pop("horizon_years"))
    below = [found[found["horizon_years"] == years] for years in horizons]
    return best_designs(pd.concat(below, ignore_index=True))


def _methods(method: str | Sequence[str]) -> list[str]:
    return [method] if isinstance(method, str) else list(method)


def _several(listed: list[Study]) -> list[Study]:
    if not listed:
        raise HeconError("designs is empty; give at least one Study")
    return listed


def _designs(psa: Result, asked: Designs | None) -> list[Study]:
    """Give the studies that are asked for, those of the sheet by their names."""
    if asked is None:
        return studies(psa.case)
    listed = [asked] if isinstance(asked, str | Study) else list(asked)
    known = {study.name: study for study in studies(psa.case)} if any(isinstance(one, str) for one in listed) else {}
    return [one if isinstance(one, Study) else known[one_of(one, known, "design")] for one in listed]


def study_tables(
    psa: Result,
    listed: Sequence[Study],
    decisions: Sequence[Sequence[str]],
    levels: Sequence[float],
    horizons: Sequence[float],
    methods: Sequence[str],
    *,
    population: float | None = None,
    effect: str = "qaly",
    seed: int = SEED,
    **sizes: Any,
) -> list[pd.DataFrame]:
    """Give the table of `evsi` for each decision, between some strategies: one fit a study serves them all."""
    case = psa.case
    table = _with_constants(parameter_table(psa), listed, case)
    pairs = [costs_and_effects(psa, years, effect) for years in horizons]
    gains = [
        data.gains(level)
        for strategies in decisions
        for costs, effects in pairs
        for data in [sample(costs[list(strategies)], effects[list(strategies)])]
        for level in levels
    ]
    asked = [(years, level) for years in horizons for level in levels]
    frames: list[list[pd.DataFrame]] = [[] for _ in decisions]
    fits: FitsOfGains = {}
    for study in listed:
        persons = decision_population(case, study.delay) if population is None else population
        for method in methods:
            note = ""
            try:
                (values,) = values_of_studies([study], table, gains, method, seed=seed, fits=fits, **sizes)
            except TooFewDrawsError as problem:
                values, note = [StudyValue(np.nan, np.nan, np.nan, np.nan)] * len(gains), str(problem)
            for place, own in enumerate(frames):
                rows = [
                    (study.name, study.size, method, *one, *value[:3], value.share, value.effective_draws, study.cost)
                    for one, value in zip(asked, values[place * len(asked) :], strict=False)
                ]
                own.append(_for_persons(pd.DataFrame(rows, columns=list(_COLUMNS)).assign(note=note), persons))
    return [pd.concat(own, ignore_index=True) for own in frames]


_COLUMNS = (
    "design", "sample_size", "method", "horizon_years", "willingness_to_pay", "evsi", "standard_error", "evppi",
    "share_of_evppi", "effective_draws", "study_cost",
)  # fmt: skip


def _for_persons(table: pd.DataFrame, population: float | None) -> pd.DataFrame:
    if population is None:
        return table
    scaled = for_population(table.assign(population=population), "evsi", population)
    return scaled.rename(columns={"population_standard_error": "enbs_standard_error"})


def _with_constants(table: pd.DataFrame, listed: Sequence[Study], case: Case) -> pd.DataFrame:
    """Give the table of draws with what the studies measure and no draw moves: nothing is learnt about it."""
    if case.inputs is None:
        return table
    values = dict(zip(input_names(case.inputs), case.inputs["value"], strict=True))
    measured = dict.fromkeys(name for study in listed for name in study.parameters)
    return table.assign(**{name: float(values[name]) for name in measured if name not in table and name in values})


def best_designs(table: pd.DataFrame) -> pd.DataFrame:
    """Mark the best of all designs for each decision, where there is a population."""
    keys = [key for key in ("decision", "horizon_years", "willingness_to_pay", "method") if key in table]
    return with_best(table, keys) if "population" in table else table

"""The studies of a workbook: what each design on the sheet Studies would be worth, and whether it is worth its cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from hecon.analysis.needs import COSTS_AND_QALYS, SEVERAL_DRAWS, SEVERAL_STRATEGIES, given_table
from hecon.analysis.psa.export import costs_and_effects, parameter_table, run_horizons
from hecon.analysis.registry import Analysis
from hecon.analysis.result import Result
from hecon.analysis.value.evppi import SEED
from hecon.analysis.value.evsi import EVSI_METHODS, FitsOfGains, StudyValue, TooFewDrawsError, values_of_studies
from hecon.analysis.value.perfect_information import (
    decision_population,
    decisions,
    evpi,
    for_population,
    with_best,
    with_decision,
)
from hecon.analysis.value.sample import sample, thresholds
from hecon.analysis.value.survival_trial import SurvivalMeasurement
from hecon.analysis.value.trial import OF_STUDY, Measurement, PartOfStudy, Study
from hecon.errors import HeconError
from hecon.inputs.batch import batch_of
from hecon.inputs.case import Case, Inputs
from hecon.inputs.curve_rows import rows_of_curve
from hecon.inputs.input_names import DOT, find_input, input_names
from hecon.inputs.likelihoods import DETAILS, SURVIVAL
from hecon.inputs.values import labelled_rows
from hecon.labels import DRAW, STRATEGY, one_of
from hecon.parameters import Parameters
from hecon.settings import years_per
from hecon.survival.choose import curve
from hecon.threads import on_threads

_STUDIES = "Studies"
_FIXED = ("", "fixed")


def evsi_of(
    psa: Result,
    willingness_to_pay: float | Iterable[float] | None = None,
    horizon: float | Sequence[float] | None = None,
    methods: str | Sequence[str] = EVSI_METHODS,
    *,
    strategies: Sequence[str] | None = None,
    designs: Sequence[str] | None = None,
    seed: int = SEED,
) -> pd.DataFrame:
    """Expected value of the studies on the sheet Studies, at each horizon and willingness to pay, by each method.

    `psa` is a run of draws of a workbook. `strategies` are the choices of the decision (all, if not given): only what
    may change the choice among them counts. `designs` names some of the studies. `willingness_to_pay` and `horizon` are
    by default those of the settings.

    One row a design, method, horizon and threshold: design, sample_size, method, horizon_years, willingness_to_pay,
    evsi (currency per patient), standard_error, evppi (of what is measured: the value of a study without end),
    share_of_evppi, effective_draws (of moment matching), study_cost, note. Where the sheet Population has
    patients_per_year and decision_years also population (patients after the study's delay, discounted),
    population_evsi, enbs_standard_error, expected_net_benefit_of_sampling, and best: the design with the highest one
    above 0 at that horizon and threshold by that method. Moment matching of a study that is too large for the number of
    draws is missing, and the note says so. The methods are those of `evsi`.

    Raises `HeconError` where the run has no draws or the workbook no studies.

    >>> import hecon as he
    >>> psa = he.run(he.read_workbook("inputs/isa_dara_pd_us.xlsx").draws(5000))  # doctest: +SKIP
    >>> he.evsi_of(psa, 150_000, strategies=["Isa-Pd", "Dara-Pd"])  # doctest: +SKIP
    """
    known = studies_of(psa.case)
    for name in designs or ():
        one_of(name, [study.name for study in known], "design")
    named = [
        one_of(name, psa.strategies, "strategy") for name in (psa.strategies if strategies is None else strategies)
    ]
    wanted = psa.case.settings.willingness_to_pay if willingness_to_pay is None else willingness_to_pay
    return _valued(
        psa, [named], thresholds(wanted, finite=True), run_horizons(psa, horizon),
        [methods] if isinstance(methods, str) else methods,
        [study for study in known if designs is None or study.name in designs], seed,
    )[0]  # fmt: skip


def _valued(
    psa: Result,
    decisions: Sequence[Sequence[str]],
    levels: Sequence[float],
    horizons: Sequence[float],
    methods: Sequence[str],
    studies: Sequence[Study],
    seed: int,
) -> list[pd.DataFrame]:
    """Give the table of `evsi_of` for each decision, between some strategies: one fit a study serves them all."""
    case = psa.case
    table = _with_constants(parameter_table(psa), studies, case)
    pairs = [costs_and_effects(psa, years) for years in horizons]
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
    for study in studies:
        for method in methods:
            values, note = _values(study, table, gains, method, seed, fits)
            for place, own in enumerate(frames):
                rows = [
                    (study.name, study.size, method, *one, *value[:3], value.share, value.effective_draws, study.cost)
                    for one, value in zip(asked, values[place * len(asked) :], strict=False)
                ]
                own.append(_with_population(pd.DataFrame(rows, columns=list(_COLUMNS)).assign(note=note), study, case))
    return [_best_designs(pd.concat(own, ignore_index=True)) for own in frames]


_COLUMNS = (
    "design", "sample_size", "method", "horizon_years", "willingness_to_pay", "evsi", "standard_error", "evppi",
    "share_of_evppi", "effective_draws", "study_cost",
)  # fmt: skip


def _values(
    study: Study, table: pd.DataFrame, gains: Sequence[np.ndarray], method: str, seed: int, fits: FitsOfGains
) -> tuple[list[StudyValue], str]:
    try:
        return values_of_studies([study], table, gains, method, seed=seed, fits=fits)[0], ""
    except TooFewDrawsError as problem:
        return [StudyValue(np.nan, np.nan, np.nan, np.nan)] * len(gains), str(problem)


def _with_population(table: pd.DataFrame, study: Study, case: Case) -> pd.DataFrame:
    population = decision_population(case, study.delay)
    if population is None:
        return table
    scaled = for_population(table.assign(population=population), "evsi", population)
    return scaled.rename(columns={"population_standard_error": "enbs_standard_error"})


def _with_constants(table: pd.DataFrame, studies: Sequence[Study], case: Case) -> pd.DataFrame:
    """Give the table of draws with what the studies measure and no draw moves: nothing is learnt about it."""
    assert case.inputs is not None
    values = dict(zip(input_names(case.inputs), case.inputs["value"], strict=True))
    measured = dict.fromkeys(name for study in studies for name in study.parameters)
    return table.assign(**{name: float(values[name]) for name in measured if name not in table})


def studies_of(batch: Case | Inputs) -> list[Study]:
    """Give the designs on the sheet Studies as `Study` objects: to look at, to change, or to value by `evsi`.

    Their parameters are named as in `parameter_table`. Raises `HeconError` where there are none.

    >>> import hecon as he
    >>> [study.name for study in studies_of(he.read_workbook("inputs/isa_dara_pd_us.xlsx"))]  # doctest: +SKIP
    """
    parameters = batch.parameters if isinstance(batch, Inputs) else batch.inputs
    sheet = batch.tables.get(_STUDIES)
    if sheet is None or parameters is None:
        raise HeconError(f"{batch.source} has no studies; they stand on the sheet {_STUDIES}, one row a measurement")
    names = input_names(parameters)
    found: dict[str, Study] = {}
    for row in sheet.to_dict("records"):
        size, arm = int(row["sample_size"]), str(row["arm"])
        details = {name: float(row[name]) for name in DETAILS if np.isfinite(row[name])}
        one: PartOfStudy
        if row["likelihood"] == SURVIVAL:
            one = _curve_measured(batch, parameters, str(row["input"]), size, details["follow_up"], arm)
        else:
            name = names[find_input(str(row["input"]), names)]
            one = Measurement(name, str(row["likelihood"]), size, arm=arm, **details)
        design = str(row["design"])
        study = found.get(design)
        given = {name: float(row[name]) for name in OF_STUDY if np.isfinite(row[name])}
        own = (*study.measurements, one) if study else (one,)
        found[design] = replace(study or Study(design, own), measurements=own, **given)  # type: ignore[arg-type]
    return list(found.values())


def _curve_measured(
    batch: Case | Inputs, parameters: pd.DataFrame, name: str, size: int, follow_up: float, arm: str
) -> SurvivalMeasurement:
    """Measure the curve of an endpoint and strategy as the model builds it, whatever it is made of."""
    curves = batch.tables["Curves"].to_dict("records")
    words = [DOT.join([row["endpoint"], row["strategy"]]) for row in curves]
    place = find_input(name, words, "curve")
    endpoint, strategy = curves[place]["endpoint"], curves[place]["strategy"]
    read, unit = rows_of_curve(parameters.to_dict("records"), curves, strategy, endpoint)
    rows = [row for row in read if parameters["distribution"].iloc[row] not in _FIXED]
    year = years_per(unit, batch.settings.days_per_year)
    labels, base, _ = labelled_rows(parameters, batch.labels)

    def survival(drawn: pd.DataFrame, times: np.ndarray) -> np.ndarray:
        values = batch_of(base, parameters, rows, drawn.to_numpy())
        p = Parameters(values, labels, batch.settings, batch.tables, batch.source)
        whole = curve(p, endpoint)
        own = whole.select(**{STRATEGY: strategy}) if STRATEGY in whole.axes.labels else whole
        found = own.survival(times * year)
        if isinstance(found, xr.DataArray):
            found = found.transpose(DRAW, ...).values
        return np.broadcast_to(found, (len(drawn), len(times)))

    names = input_names(parameters)
    inputs = tuple(names[row] for row in rows)
    return SurvivalMeasurement(inputs, survival, size, follow_up, arm, f"the curve {words[place]}")


def sample_information(psa: Result, *, progress: Callable[[int, int], None] | None = None) -> pd.DataFrame:
    """EVSI of every study of the workbook, by regression: the columns of `evsi_of`, with decision in front.

    For each decision in which information is worth something at the highest willingness to pay; empty if in none.
    """
    settings = psa.case.settings
    levels = settings.willingness_to_pay
    asked = {
        decision: strategies
        for decision, strategies in decisions(psa.case).items()
        if (evpi(psa, levels[-1], strategies=strategies)["evpi"] > 0).any()
    }
    studies = studies_of(psa.case) if asked else []

    def work(study: Study) -> list[pd.DataFrame]:
        return _valued(psa, list(asked.values()), levels, psa.time.horizons, ["regression"], [study], SEED)

    found: list[list[pd.DataFrame]] = []
    for done, frames in enumerate(on_threads(work, studies), start=1):
        found.append(frames)
        if progress:
            progress(done, len(studies))
    tables = []
    for decision, own in zip(asked, zip(*found, strict=True), strict=True):
        table = pd.concat(own, ignore_index=True)
        table.insert(0, "decision", decision)
        tables.append(table)
    return _best_designs(pd.concat(tables, ignore_index=True)) if tables else pd.DataFrame()


def _best_designs(table: pd.DataFrame) -> pd.DataFrame:
    """Mark the best of all designs for each decision."""
    keys = [key for key in ("decision", "horizon_years", "willingness_to_pay", "method") if key in table]
    return with_best(table, keys) if "population" in table else table


def _accept(value: Any, base: Result) -> pd.DataFrame:
    if _STUDIES not in base.case.tables:
        raise HeconError("evsi is for the studies of a workbook, and this result's workbook has no sheet Studies")
    columns = ("design", "horizon_years", "evsi", "study_cost")
    return with_decision(given_table(value, "evsi", columns, "he.evsi_of(psa)"), base.case)


ANALYSIS = Analysis(
    called="value of studies",
    run=lambda task: sample_information(task.found["psa"], progress=task.progress),
    tables={"evsi": lambda table, _: table},
    needs=(SEVERAL_DRAWS, SEVERAL_STRATEGIES, COSTS_AND_QALYS),
    requires=("psa",),
    asked=lambda inputs: inputs.tables.get(_STUDIES) is not None,
    accept=_accept,
)

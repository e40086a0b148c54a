"""hecon: cost-effectiveness models from an Excel workbook to the tables a payer wants.

Every public name is here; each is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "hecon.analysis.value.decision": (
        "ceac",
        "ceaf",
        "convergence",
        "cost_effectiveness_plane",
        "expected_loss",
        "net_benefit",
    ),
    "hecon.analysis.versions.difference": ("compare_workbooks",),
    "hecon.analysis.value.evppi": ("evppi", "evppi_nested"),
    "hecon.analysis.value.evsi": ("evsi",),
    "hecon.analysis.value.groups": ("groups_of",),
    "hecon.analysis.value.incremental": ("incremental_analysis",),
    "hecon.analysis.value.nested": ("evppi_nested_of",),
    "hecon.analysis.sensitivity.one_way": ("one_way",),
    "hecon.analysis.sensitivity.prices": ("decision_thresholds",),
    "hecon.analysis.psa.probabilistic": ("Interrupted", "ProbabilisticResult", "run_psa"),
    "hecon.analysis.psa.export": ("costs_and_effects", "draws_table", "parameter_table", "write_draws"),
    "hecon.analysis.psa.file": ("psa_tables", "read_psa"),
    "hecon.analysis.result": ("Result",),
    "hecon.analysis.run": ("run",),
    "hecon.analysis.scenarios": ("run_combinations", "run_scenarios"),
    "hecon.analysis.sensitivity.sampled": ("sensitivity_of",),
    "hecon.analysis.sensitivity.sobol": ("sensitivity", "sobol"),
    "hecon.analysis.psa.structure": ("Choice", "choices_of", "run_draws", "run_structural", "weights_of_aic"),
    "hecon.analysis.value.studies": ("evsi_of", "studies_of"),
    "hecon.analysis.suite": ("Suite", "run_suite"),
    "hecon.analysis.value.survival_trial": ("SurvivalMeasurement",),
    "hecon.analysis.sensitivity.threshold": ("threshold", "value_based_price"),
    "hecon.analysis.value.trial": ("Measurement", "Study", "studies"),
    "hecon.analysis.sensitivity.two_way": ("two_way",),
    "hecon.analysis.value.perfect_information": (
        "decision_population",
        "effective_population",
        "evpi",
        "expected_net_benefit_of_sampling",
    ),
    "hecon.costing.administration": ("administration_cost", "premedication_cost"),
    "hecon.costing.adverse_events": ("adverse_event_cost", "adverse_event_qaly_loss"),
    "hecon.costing.dosing": ("dose_counts", "drug_cost"),
    "hecon.costing.ledger": ("Line", "Outcome", "cost", "life_years", "qaly"),
    "hecon.errors": (
        "AlignmentError",
        "CrossingError",
        "Fault",
        "HeconError",
        "InputError",
        "LineError",
        "UnknownNameError",
    ),
    "hecon.flows": ("Flow", "at_start"),
    "hecon.inputs.case": ("Case", "Inputs"),
    "hecon.inputs.template": ("new_project",),
    "hecon.inputs.workbook": ("read_workbook",),
    "hecon.parameters": ("Parameters",),
    "hecon.report.figures.results": (
        "cost_breakdown_figure",
        "incremental_plane",
        "occupancy_figure",
        "scenario_figure",
        "survival_figure",
    ),
    "hecon.report.figures.uncertainty": (
        "acceptability_figure",
        "convergence_figure",
        "evpi_figure",
        "evppi_figure",
        "sobol_figure",
        "tornado_figure",
    ),
    "hecon.report.live.workbook": ("write_live_workbook",),
    "hecon.report.equations.equations": ("equations", "write_equations"),
    "hecon.report.tables": ("write_tables",),
    "hecon.report.workbook": ("write_workbook",),
    "hecon.progress": ("Progress",),
    "hecon.settings": ("Settings",),
    "hecon.states.cycles": (
        "by_age",
        "by_year",
        "competing",
        "cycle_numbers",
        "probability_by_cycle",
        "probability_by_time_in_state",
        "rate_by_cycle",
    ),
    "hecon.states.markov": ("Markov", "arriving", "markov", "moving", "years_by_time_in"),
    "hecon.states.occupancy": ("alive", "entering", "years_in"),
    "hecon.states.partitioned": ("partition", "share_at_start"),
    "hecon.states.rates": (
        "exp",
        "log",
        "odds",
        "odds_to_probability",
        "probability_to_rate",
        "proportions",
        "rate_to_probability",
        "rescale_probability",
        "with_hazard_ratio",
        "with_odds_ratio",
        "with_relative_risk",
    ),
    "hecon.states.roots": ("rescale_transitions",),
    "hecon.states.sheet": ("transitions",),
    "hecon.states.three_state": ("mortality_after_progression", "survival_of", "three_state"),
    "hecon.states.transitions": ("REMAINING", "Transitions"),
    "hecon.states.tree": ("Tree",),
    "hecon.survival.adjust": ("AccelerationFactor", "HazardRatio", "OddsRatio", "Rescaled", "Shift"),
    "hecon.survival.background": ("BackgroundMortality", "LifeTable", "general_population"),
    "hecon.survival.base": ("Curve",),
    "hecon.survival.choose": ("curve", "curve_sentences"),
    "hecon.survival.combine": ("AddHazards", "ByStrategy", "Join", "Mix"),
    "hecon.survival.conditional": ("conditional_probability",),
    "hecon.survival.exponential": ("Exponential",),
    "hecon.survival.gamma": ("Gamma",),
    "hecon.survival.generalised_gamma": ("GeneralisedGamma",),
    "hecon.survival.gompertz": ("Gompertz",),
    "hecon.survival.kaplan_meier": ("KaplanMeier",),
    "hecon.survival.loglogistic": ("LogLogistic",),
    "hecon.survival.lognormal": ("Lognormal",),
    "hecon.survival.piecewise_exponential": ("PiecewiseExponential",),
    "hecon.survival.survival_table": ("SurvivalTable",),
    "hecon.survival.waning": ("Waning",),
    "hecon.survival.weibull": ("Weibull",),
    "hecon.survival.weibull_ph": ("WeibullPH",),
    "hecon.timeline": ("Timeline", "discount_factor", "stepwise"),
    "hecon.verify.battery": ("verify",),
    "hecon.verify.record": ("health_check",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'hecon' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]

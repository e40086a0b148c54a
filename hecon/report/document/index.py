"""The table of tables: for each chapter, where payers' templates and checklists ask for it, and its sheet of results.

Profiles and checklists look only here. A chapter without a place in a payer's template is left out of that profile.
What a template asks for is written in words, for its headings change: compare them with the version in force.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from hecon.frozen import frozen


@frozen(eq=True)
class Chapter:
    """One chapter of the report: its key, the sheet of the results workbook, and where it is asked for.

    cheers     items of CHEERS 2022 (Husereau et al. 2022) that it answers.
    advishe    items of AdViSHE (Vemer et al. 2016) that it answers.
    nice, ...  place in the order of the payer's template and what stands there; nothing where it does not ask.
    """

    key: str
    sheet: str = ""
    cheers: tuple[int, ...] = ()
    advishe: tuple[str, ...] = ()
    nice: tuple[int, str] | None = None
    amcp: tuple[int, str] | None = None
    cda: tuple[int, str] | None = None
    icer: tuple[int, str] | None = None

    def asked_by(self, profile: str) -> tuple[int, str] | None:
        """Give place and words in the template of a payer."""
        found: tuple[int, str] | None = getattr(self, profile)
        return found


CHAPTERS: tuple[Chapter, ...] = (
    Chapter(
        "summary",
        "Cover",
        (2, 23),
        (),
        (0, "Summary"),
        (0, "Section 1, executive summary"),
        (0, "Executive summary"),
        (0, "Executive summary"),
    ),
    Chapter(
        "decision_problem",
        "Cover",
        (5, 6, 7, 8, 9, 10, 11, 15),
        (),
        (32, "3.2 Economic analysis; 3.9 summary of inputs and assumptions"),
        (10, "Section 4, perspective, horizon, discounting"),
        (10, "Decision problem"),
        (10, "Scope and overview"),
    ),
    Chapter(
        "model",
        "Notes",
        (16, 17),
        ("A1", "C4"),
        (33, "3.2 Economic analysis, model structure"),
        (11, "Section 4, overview of the model"),
        (20, "Model structure"),
        (20, "Model structure"),
    ),
    Chapter(
        "inputs",
        "Inputs as used",
        (12, 13, 14, 22),
        ("B1",),
        (34, "3.3 to 3.5 Clinical parameters; health effects; cost and resource use"),
        (12, "Section 4, parameters"),
        (30, "Inputs and their sources"),
        (30, "Key inputs and assumptions"),
    ),
    Chapter(
        "clinical",
        "Survival",
        (12, 17),
        ("B2", "D4"),
        (35, "3.3 Clinical parameters; 3.14 validation"),
        (13, "Section 4, parameters: efficacy"),
        (31, "Clinical inputs"),
        (31, "Clinical inputs"),
    ),
    Chapter(
        "base_case",
        "Summary",
        (23,),
        ("D1",),
        (40, "3.10 Base-case results"),
        (20, "Section 4, presentation of results"),
        (41, "Base-case results, deterministic"),
        (40, "Base-case results"),
    ),
    Chapter(
        "disaggregated",
        "Breakdown",
        (23,),
        ("D1",),
        (41, "3.10 Disaggregated base-case results"),
        (21, "Section 4, results by component of cost"),
        (42, "Disaggregated results"),
        (41, "Disaggregated outcomes"),
    ),
    Chapter(
        "incremental",
        "Incremental",
        (23,),
        ("D1",),
        (42, "3.10 Fully incremental analysis"),
        (22, "Section 4, incremental results"),
        (43, "Sequential analysis"),
        (42, "Incremental results"),
    ),
    Chapter("analysis_severity", "Severity", (18,), (), (36, "3.6 Severity")),
    Chapter(
        "analysis_psa",
        "PSA",
        (20, 24),
        ("C2",),
        (50, "3.11 Exploring uncertainty: probabilistic"),
        (32, "Section 4, analyses: probabilistic"),
        (40, "Base-case results, probabilistic"),
        (52, "Probabilistic sensitivity analysis"),
    ),
    Chapter(
        "analysis_one_way",
        "One-way",
        (20, 24),
        (),
        (51, "3.11 Exploring uncertainty: deterministic"),
        (30, "Section 4, analyses: one-way"),
        (51, "Sensitivity analyses"),
        (50, "One-way sensitivity analyses"),
    ),
    Chapter(
        "analysis_scenarios",
        "Scenarios",
        (20, 24),
        ("D3",),
        (52, "3.11 Exploring uncertainty: scenarios"),
        (31, "Section 4, analyses: scenarios"),
        (50, "Scenario analyses"),
        (51, "Scenario analyses"),
    ),
    Chapter(
        "analysis_thresholds",
        "Thresholds",
        (24,),
        (),
        (53, "3.11 Exploring uncertainty: thresholds"),
        None,
        (53, "Price reductions"),
        (53, "Threshold analyses: value-based prices"),
    ),
    Chapter(
        "analysis_price_grid",
        "Price grid",
        (24,),
        (),
        (56, "3.11 Exploring uncertainty: prices"),
        None,
        (52, "Price reductions"),
        (54, "Threshold analyses: two prices"),
    ),
    Chapter("analysis_average_ratios", "", (23,), (), None, (23, "Section 4, presentation of results")),
    Chapter(
        "analysis_evppi",
        "Value of information",
        (20, 24),
        (),
        (54, "3.8 Managed access"),
        None,
        (54, "Value of information"),
    ),
    Chapter(
        "analysis_evsi", "Value of studies", (20,), (), (55, "3.8 Managed access"), None, (55, "Value of information")
    ),
    Chapter("analysis_sobol", "Sobol", (20, 24), ()),
    Chapter(
        "analysis_budget",
        "Budget impact",
        (),
        (),
        None,
        (40, "Section 4, budget impact model"),
        (60, "Budget impact analysis"),
        (60, "Potential budget impact"),
    ),
    Chapter(
        "validation",
        "Health",
        (16, 17),
        ("C1", "C2", "C3", "C4", "D2", "E1"),
        (60, "3.14 Validation"),
        (50, "Section 4, validation"),
        (70, "Model validation"),
        (70, "Model validation"),
    ),
    Chapter(
        "limitations",
        "Inputs as used",
        (26,),
        (),
        (61, "3.15 Interpretation"),
        (51, "Section 4, limitations"),
        (71, "Limitations"),
        (71, "Limitations"),
    ),
)


#: Tables that a payer's template asks for, in its order: in words, and the keys of the tables that answer.
TEMPLATE_TABLES: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "nice": (
        ("Features of the economic analysis", ("features",)),
        ("Variables of the model with intervals and distributions", ("inputs_*",)),
        ("Assumptions", ("assumed",)),
        ("Clinical outcomes, in trials and in the model", ("published_fit",)),
        ("QALY shortfall and severity weight", ("severity_*",)),
        ("Base-case results", ("base_case_results",)),
        ("Fully incremental results", ("full_incremental",)),
        ("Net health benefit", ("net_benefit",)),
        ("Life years and QALYs by state", ("life_years_*", "qaly_*")),
        ("Costs by category", ("cost_*",)),
        ("Probabilistic results", ("psa_results",)),
        ("Scenario analyses", ("scenarios_*",)),
    ),
    "amcp": (
        ("Inputs with their sources", ("inputs_*",)),
        ("Costs, QALYs and life years, and their ratios", ("base_case_results",)),
        ("Costs by component, drugs apart from other care", ("cost_*",)),
        ("One-way analysis", ("one_way_*",)),
        ("Scenarios", ("scenarios_*",)),
        ("Probabilistic results", ("psa_results",)),
        ("Budget impact by year, drugs apart from other costs", ("budget_impact", "budget_lines")),
        ("Budget impact per member per month and per year", ("budget_per_member",)),
    ),
    "cda": (
        ("Probabilistic base case", ("psa_results", "payers_rates_drawn")),
        ("Sequential analysis, probabilistic", ("sequential_draws",)),
        ("Sequential analysis, deterministic", ("full_incremental",)),
        ("Disaggregated costs", ("cost_*",)),
        ("Disaggregated QALYs", ("qaly_*",)),
        ("ICER at reduced prices", ("price_reductions",)),
        ("Scenario analyses", ("scenarios_*",)),
        ("Value of information by group of inputs", ("evppi_table_*",)),
        ("Budget impact by year, without and with the new drug", ("budget_impact",)),
        ("Budget impact, drugs alone", ("budget_lines",)),
    ),
    "icer": (
        ("Key inputs", ("inputs_*",)),
        ("Costs, QALYs and life years", ("base_case_results",)),
        ("Cost per QALY, per life year and per evLY", ("equal_value",)),
        ("Prices at the thresholds", ("value_based_prices",)),
        ("One-way analysis", ("one_way_*",)),
        ("Probability at the thresholds", ("psa_probabilities",)),
        ("Scenarios", ("scenarios_*",)),
        ("Potential budget impact", ("budget_impact",)),
    ),
}


def tables_for(profile: str, keys: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Give for each table that a payer's template asks for the keys of a report's tables that answer it."""
    known = list(keys)
    return [
        (words, [key for key in known if any(fnmatchcase(key, pattern) for pattern in patterns)])
        for words, patterns in TEMPLATE_TABLES[profile]
    ]


def template_place(profile: str, key: str) -> int | None:
    """Give the place of a chapter in a payer's order; nothing where it is left out. An unknown one is kept, late."""
    chapter = next((one for one in CHAPTERS if one.key == key), None)
    if chapter is None:
        last = template_place(profile, "validation")
        return None if last is None else last - 1
    found = chapter.asked_by(profile)
    return found[0] if found else None

"""Tables and figures of the report for the probabilistic analysis and the value of information."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pandas as pd

from hecon.analysis.psa.tables import PsaTables
from hecon.analysis.value.incremental import quadrant
from hecon.analysis.value.perfect_information import decisions
from hecon.labels import STRATEGY
from hecon.report.analyses import Analyses
from hecon.report.comparison import compare
from hecon.report.document.parts import Block, Paragraph, Picture, ReportColumn, ReportTable
from hecon.report.words import comparison, icer_in_words, in_words, money, years

#: Groups of inputs in a table of the value of information.
_MOST = 15
#: Curves that stay so near 0 and 1 are said in a sentence.
_FLAT = 0.05


def psa_blocks(tables: PsaTables, analyses: Analyses) -> Iterator[Block]:
    """The probabilistic answer beside the deterministic one, probabilities, plane, acceptability, convergence."""
    from hecon.report.figures.results import incremental_plane
    from hecon.report.figures.uncertainty import acceptability_figure, convergence_figure

    if not tables.decides:
        return
    currency = analyses.currency
    yield results_of_draws(tables, analyses, "psa_results", "Probabilistic results")
    yield _probabilities(tables, currency)
    for place, horizon in enumerate(tables.psa.time.horizons):
        yield Picture(
            f"plane_{place}",
            f"Draws on the cost-effectiveness plane, {years(horizon)}",
            partial(incremental_plane, tables.psa, horizon=horizon),
        )
    for place, (decision, strategies) in enumerate(decisions(tables.psa.case).items()):
        if said := flat(tables.ceac[tables.ceac["decision"] == decision], decision, currency):
            yield Paragraph(said)
            continue
        yield Picture(
            f"acceptability_{place}",
            f"Acceptability curves and their frontier: {decision}",
            partial(acceptability_figure, tables.psa, strategies=strategies),
        )
    yield Picture(
        "convergence", "Convergence of the net benefit with the draws", lambda: convergence_figure(tables.psa)
    )


def results_of_draws(tables: PsaTables, analyses: Analyses, key: str, title: str) -> ReportTable:
    """Mean increments with their intervals and ratio, beside the base case where the tables have one."""
    currency = analyses.currency
    first = tables.answer.groupby([STRATEGY, "horizon_years"], sort=False).first().reset_index()
    first = first.sort_values("horizon_years", kind="stable", ignore_index=True)
    rows = zip(first["icer"], first["quadrant"], first["incremental_qaly"], strict=True)
    first["icer_in_words"] = [icer_in_words(value, quadrant, effect=gain) for value, quadrant, gain in rows]
    against = f" against {first['comparator'].iloc[0]}" if len(first) else ""
    columns = [
        ReportColumn("horizon_years", "Horizon (years)", "digits"),
        ReportColumn(STRATEGY, "Strategy"),
        ReportColumn("incremental_cost", f"Incremental costs ({currency})", "money"),
        ReportColumn("incremental_cost_low", "2.5%", "money"),
        ReportColumn("incremental_cost_high", "97.5%", "money"),
        ReportColumn("incremental_qaly", "Incremental QALYs", "number"),
        ReportColumn("incremental_qaly_low", "2.5%", "number"),
        ReportColumn("incremental_qaly_high", "97.5%", "number"),
        ReportColumn("icer_in_words", f"ICER ({currency} per QALY)", "money"),
    ]
    if "deterministic_icer" in first:
        first["deterministic_icer"] = [
            compare(analyses.base, row[STRATEGY], row["comparator"], row["horizon_years"]).icer_in_words()
            if row["horizon_years"] in analyses.base.time.horizons
            else ""
            for row in first.to_dict("records")
        ]
        columns.append(ReportColumn("deterministic_icer", "ICER, base case", "money"))
    note = f"Increments{against}: means over {tables.psa.draws:,} draws; the intervals hold 95% of them."
    return ReportTable(key, title, first, tuple(columns), note)


def flat(curves: pd.DataFrame, decision: str, currency: str) -> str:
    """Say in a sentence what acceptability curves show that hardly leave 0 and 1; nothing for others."""
    spread = curves["probability"].clip(upper=1 - curves["probability"])
    if spread.max() >= _FLAT:
        return ""
    first = curves.sort_values("probability", kind="stable").groupby(["horizon_years", "willingness_to_pay"])[STRATEGY]
    best = list(dict.fromkeys(first.last()))
    if len(best) != 1:
        return ""
    level, least = curves["willingness_to_pay"].max(), curves[curves[STRATEGY] == best[0]]["probability"].min()
    return (
        f"{decision[:1].upper()}{decision[1:]}: up to {money(level)} {currency} per QALY and at every horizon, "
        f"{best[0]} has the highest net benefit in at least {100 * least:.1f}% of the draws; a chart would be flat."
    )


def _probabilities(tables: PsaTables, currency: str) -> ReportTable:
    own = tables.answer
    rows = []
    for (strategy, horizon), part in own.groupby([STRATEGY, "horizon_years"], sort=False):
        row = {"horizon_years": horizon, STRATEGY: strategy, "saves": part["probability_cost_saving"].iloc[0]}
        row |= {
            f"at_{level:g}": share
            for level, share in zip(part["willingness_to_pay"], part["probability_cost_effective"], strict=True)
        }
        rows.append(row)
    frame = pd.DataFrame(rows).sort_values("horizon_years", kind="stable", ignore_index=True)
    columns = (
        ReportColumn("horizon_years", "Horizon (years)", "digits"),
        ReportColumn(STRATEGY, "Strategy"),
        ReportColumn("saves", "Probability of saving", "percent"),
        *(
            ReportColumn(f"at_{level:g}", f"Worth it at {money(level)} {currency}", "percent")
            for level in tables.levels
        ),
    )
    against = own["comparator"].iloc[0]
    return ReportTable("psa_probabilities", f"Probability of being cost-effective against {against}", frame, columns)


def information_blocks(evppi: pd.DataFrame | None, analyses: Analyses) -> Iterator[Block]:
    """Perfect information by decision and willingness to pay, then that of groups of inputs."""
    from hecon.report.figures.uncertainty import evpi_figure, evppi_figure

    tables = analyses.get("psa")
    if tables is None or not tables.decides:
        return
    own = tables.evpi[tables.evpi["willingness_to_pay"].isin(tables.levels)]
    worth = own.groupby("decision")["evpi"].transform("max") > 0
    own = own[worth if worth.any() else slice(None)].reset_index(drop=True)
    currency = analyses.currency
    columns = [
        ReportColumn("decision", "Decision"),
        ReportColumn("horizon_years", "Horizon (years)", "digits"),
        ReportColumn("willingness_to_pay", f"Willingness to pay ({currency} per QALY)", "money"),
        ReportColumn("evpi", f"EVPI per person ({currency})", "money"),
        ReportColumn("standard_error", "Monte-Carlo error", "money"),
    ]
    if "population_evpi" in own:
        columns.append(ReportColumn("population_evpi", f"EVPI of the population ({currency})", "money"))
    yield ReportTable("evpi_table", "Expected value of perfect information", own, tuple(columns))
    for place, (decision, strategies) in enumerate(decisions(tables.psa.case).items()):
        if (own[own["decision"] == decision]["evpi"] > 0).any():
            yield Picture(
                f"evpi_{place}",
                f"Expected value of perfect information: {decision}",
                partial(evpi_figure, tables.psa, strategies=strategies),
            )
    if evppi is None:
        return
    level = tables.levels[-1]
    for place, (group, every) in enumerate(evppi.groupby("decision", sort=False)):
        at = every[every["willingness_to_pay"] == level]
        last = at[at["horizon_years"] == at["horizon_years"].max()].nlargest(_MOST, "evppi").reset_index(drop=True)
        nothing = int((last["evppi"] <= 0).sum())
        last = last[last["evppi"] > 0] if nothing < len(last) else last.head(1)
        if not (at["evppi"] > 0).any():
            continue
        last = last.assign(group=[in_words(name) for name in last["group"]])
        shown = (
            ReportColumn("group", "Inputs"),
            ReportColumn("evppi", f"EVPPI per person ({currency})", "money"),
            ReportColumn("standard_error", "Standard error", "money"),
            ReportColumn("share_of_evpi", "Share of the EVPI", "percent"),
        )
        title = (
            f"Value of partial information at {money(level)} {currency} per QALY, {years(at['horizon_years'].max())}"
        )
        note = f"{nothing} other groups of inputs are worth nothing." if nothing else ""
        yield ReportTable(f"evppi_table_{place}", f"{title}: {group}", last, shown, note)
        yield Picture(
            f"evppi_{place}",
            f"Value of partial information: {group}",
            partial(evppi_figure, every),
        )


def study_blocks(table: pd.DataFrame, analyses: Analyses) -> Iterator[Block]:
    """What each study would be worth at the highest willingness to pay, and what it costs."""
    from hecon.report.figures.studies import evsi_figure

    currency = analyses.currency
    own = table[table["willingness_to_pay"] == table["willingness_to_pay"].max()]
    worth = own.groupby("decision")["evsi"].transform("max") > 0
    own = own[worth if worth.any() else slice(None)].reset_index(drop=True)
    columns = [
        ReportColumn("decision", "Decision"),
        ReportColumn("design", "Study"),
        ReportColumn("sample_size", "Patients", "whole"),
        ReportColumn("horizon_years", "Horizon (years)", "digits"),
        ReportColumn("evsi", f"EVSI per person ({currency})", "money"),
        ReportColumn("standard_error", "Monte-Carlo error", "money"),
        ReportColumn("study_cost", f"Cost of the study ({currency})", "money"),
        ReportColumn("expected_net_benefit_of_sampling", f"Net benefit of sampling ({currency})", "money"),
    ]
    shown = tuple(column for column in columns if column.name in own and not own[column.name].isna().all())
    yield ReportTable("evsi_table", "Expected value of sample information", own, shown)
    if len(own):
        yield Picture("evsi", "Expected value of sample information", lambda: evsi_figure(table))


def severity_blocks(found: pd.DataFrame, analyses: Analyses) -> Iterator[Block]:
    """Shortfall and weight, then weighted results, a row a comparison."""
    currency = analyses.currency
    own = found.assign(against=[comparison(a, b) for a, b in zip(found["strategy"], found["comparator"], strict=True)])
    columns = (
        ReportColumn("age", "Age", "general"),
        ReportColumn("qale", "QALE without the disease", "number"),
        ReportColumn("comparator_qalys", "QALYs with the comparator", "number"),
        ReportColumn("absolute_shortfall", "Absolute shortfall", "number"),
        ReportColumn("proportional_shortfall", "Proportional shortfall", "percent"),
        ReportColumn("weight", "Weight", "general"),
    )
    own = own.assign(**{name: ratios_in_words(own, name) for name in ("icer", "weighted_icer")})
    yield ReportTable("severity_shortfall", "QALY shortfall and severity weight", own.head(1), columns)
    weighted = (
        ReportColumn("against", "Comparison"),
        ReportColumn("incremental_qaly", "Incremental QALYs", "number"),
        ReportColumn("weighted_incremental_qaly", "Weighted", "number"),
        ReportColumn("icer", f"ICER ({currency} per QALY)", "money"),
        ReportColumn("weighted_icer", "Weighted ICER", "money"),
        ReportColumn("willingness_to_pay", f"Threshold ({currency} per QALY)", "money"),
    )
    yield ReportTable("severity_weighted", "Results weighted for severity", own, weighted)


def ratios_in_words(found: pd.DataFrame, name: str) -> list[float | str]:
    """Give ratios as numbers where costs and QALYs both rise, and in words elsewhere."""
    effect = "weighted_incremental_qaly" if name == "weighted_icer" else "incremental_qaly"
    said: list[float | str] = []
    for row in found.to_dict("records"):
        cost, gain = row["incremental_cost"], row[effect]
        said.append(icer_in_words(row[name], quadrant(cost, gain, (abs(cost), abs(gain))), effect=gain))
    return said

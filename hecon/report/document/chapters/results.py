"""Base case, disaggregated results and the fully incremental analysis, as tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from hecon.analysis.result import Result
from hecon.labels import STRATEGY
from hecon.report.comparison import compare
from hecon.report.document.material import Material
from hecon.report.document.parts import Block, Paragraph, Picture, ReportColumn, ReportTable, Section
from hecon.report.document.profiles import in_order
from hecon.report.tables import items_by_line
from hecon.report.words import STATUSES, comparison, icer_in_words, in_words, lower_first, money, years

_SHORT = {
    "cost": "Costs",
    "life_years": "Life years",
    "progression_free_life_years": "Progression-free life years",
    "qaly": "QALYs",
}
_STYLES = {"cost": "money", "life_years": "number", "progression_free_life_years": "number", "qaly": "number"}
_KINDS = {"cost": "costs", "qaly": "QALYs", "life_years": "life years"}


def _lower(title: str) -> str:
    return title if title.startswith("QALY") else lower_first(title)


def base_case_chapter(material: Material) -> Section:
    """Totals, increments and ratios of every strategy at each horizon; undiscounted totals; net benefit."""
    from hecon.report.figures.results import cost_breakdown_figure, incremental_plane

    blocks: list[Block] = []
    if material.compares:
        blocks.append(
            Paragraph(
                f"[[base_case_results]] gives totals and increments against {material.comparator}. A ratio is given as "
                "a number only where a strategy costs more and gains more; elsewhere words stand in its place."
            )
        )
    blocks.append(base_case_table(material, "base_case_results", "Base-case results, discounted"))
    blocks.append(_undiscounted(material))
    if material.compares and material.profile.equal_value:
        blocks += _equal_value(material)
    if material.compares:
        blocks += [Paragraph("[[net_benefit]] gives the same as net benefit."), _net_benefit(material)]
        blocks.append(
            Picture("plane_base", "Base case on the cost-effectiveness plane", lambda: incremental_plane(material.base))
        )
    blocks.append(Picture("costs_figure", "Costs by item", lambda: cost_breakdown_figure(material.base)))
    return Section("base_case", "Base-case results", tuple(blocks))


def base_case_table(material: Material, key: str, title: str, *, short: bool = False) -> ReportTable:
    """Give totals and increments by horizon and strategy; short, without life years and by the comparator's others."""
    base, currency = material.base, material.currency
    measures = [name for name in _SHORT if name in material.measures and not (short and "life" in name)]
    ratio = "qaly" if "qaly" in measures else "life_years" if "life_years" in material.measures else ""
    ratio = ratio if material.others and "cost" in measures else ""
    rows = []
    totals = base.table().set_index([STRATEGY, "horizon_years"])
    for horizon in material.horizons:
        for strategy in material.strategies:
            row: dict[str, Any] = {"horizon_years": horizon, STRATEGY: strategy}
            own: Any = totals.xs((strategy, horizon))
            row |= {name: float(own[name]) for name in measures}
            if material.others and strategy != material.comparator:
                one = compare(base, strategy, material.comparator, horizon)
                row |= {f"incremental_{name}": one.increments[name] for name in measures}
                if ratio:
                    row["icer"] = one.icer_in_words(ratio)
            rows.append(row)
    frame = pd.DataFrame(rows)
    columns = [ReportColumn("horizon_years", "Horizon (years)", "digits"), ReportColumn(STRATEGY, "Strategy")]
    columns += [ReportColumn(name, _title(name, currency), _STYLES[name]) for name in measures]
    if material.others:
        less = "Inc." if len(measures) > 2 else "Incremental"
        columns += [
            ReportColumn(f"incremental_{name}", f"{less} {_lower(_title(name, currency))}", _STYLES[name])
            for name in measures
            if name != "progression_free_life_years" or "qaly" not in measures
        ]
    if ratio:
        frame["icer"] = frame["icer"].where(frame[STRATEGY] != material.comparator, "")
        per = "QALY" if ratio == "qaly" else "life year"
        columns.append(ReportColumn("icer", f"ICER ({currency} per {per})", "money"))
    note = "" if not material.others else f"Increments (inc.) are against {material.comparator}."
    return ReportTable(key, title, frame, in_order(columns, material.profile), note)


def _title(measure: str, currency: str) -> str:
    return f"Costs ({currency})" if measure == "cost" else _SHORT[measure]


def _undiscounted(material: Material) -> ReportTable:
    frame = material.base.table()
    names = [f"undiscounted_{name}" for name in _SHORT if name in material.measures]
    columns = [ReportColumn("horizon_years", "Horizon (years)", "digits"), ReportColumn(STRATEGY, "Strategy")]
    columns += [
        ReportColumn(name, _title(name.removeprefix("undiscounted_"), material.currency), _STYLES[name[13:]])
        for name in names
    ]
    frame = frame.sort_values("horizon_years", kind="stable", ignore_index=True)
    return ReportTable("undiscounted", "Base-case results, undiscounted", frame, tuple(columns))


def _equal_value(material: Material) -> list[Block]:
    """Give costs per QALY, per life year and per equal-value life year."""
    from hecon.analysis.value.equal_value import QUALITY_OF_YEARS_GAINED, equal_value_life_years

    currency, frame = material.currency, equal_value_life_years(material.base)
    for name, effect in (("per_qaly", "qaly"), ("per_life_year", "life_years")):
        frame[name] = [
            compare(material.base, row[STRATEGY], row["comparator"], row["horizon_years"]).icer_in_words(effect)
            for row in frame.to_dict("records")
        ]
    frame["per_evly"] = [
        icer_in_words(row["cost_per_evly"], row["quadrant"], "evLY", row["incremental_evly"])
        for row in frame.to_dict("records")
    ]
    columns = (
        ReportColumn("horizon_years", "Horizon (years)", "digits"),
        ReportColumn(STRATEGY, "Strategy"),
        ReportColumn("incremental_cost", f"Inc. costs ({currency})", "money"),
        ReportColumn("incremental_evly", "Inc. evLYs", "number"),
        ReportColumn("per_qaly", f"{currency} per QALY", "money"),
        ReportColumn("per_life_year", f"{currency} per life year", "money"),
        ReportColumn("per_evly", f"{currency} per evLY", "money"),
    )
    frame = frame.sort_values("horizon_years", kind="stable", ignore_index=True)
    said = (
        f"In an equal-value life year (evLY) a year that is gained counts {QUALITY_OF_YEARS_GAINED:g}, whoever gains "
        "it; worked out month by month."
    )
    return [Paragraph(said), ReportTable("equal_value", "Cost per QALY, life year and evLY", frame, columns)]


def _net_benefit(material: Material) -> ReportTable:
    frame = material.base.net_benefit()
    own = frame.sort_values(["horizon_years", "willingness_to_pay"], kind="stable", ignore_index=True)
    best = own.groupby(["horizon_years", "willingness_to_pay"])["net_monetary_benefit"].transform("max")
    columns = (
        ReportColumn("horizon_years", "Horizon (years)", "digits"),
        ReportColumn("willingness_to_pay", f"Willingness to pay ({material.currency} per QALY)", "money"),
        ReportColumn(STRATEGY, "Strategy"),
        ReportColumn("net_monetary_benefit", f"Net monetary benefit ({material.currency})", "money"),
        ReportColumn("net_health_benefit", "Net health benefit (QALYs)", "number"),
    )
    bold = tuple(place for place, value in enumerate(own["net_monetary_benefit"] == best) if value)
    return ReportTable(
        "net_benefit", "Net benefit", own, columns, "The best strategy of each group is set in bold.", bold
    )


def disaggregated_chapter(material: Material) -> Section:
    """What totals are made of, with the share of each part of the increment; a table a kind and comparison."""
    blocks: list[Block] = [
        Paragraph(
            "The parts add up to the totals of [[base_case_results]] by construction. The share is that of the sum of "
            "all absolute differences, so that savings and expenses do not cancel."
            if material.others
            else "The parts add up to the totals of [[base_case_results]] by construction."
        )
    ]
    for kind, words in _KINDS.items():
        own = list(_parts(material, kind, words))
        blocks += [Section(f"disaggregated_{kind}", f"Disaggregated {words}", tuple(own))] if own else []
    return Section("disaggregated", "Disaggregated costs and effects", tuple(blocks))


def _parts(material: Material, kind: str, words: str) -> Iterator[Block]:
    base, comparator = material.base, material.comparator
    frame = base.breakdown()
    frame = frame[frame["kind"] == kind]
    if frame.empty:
        return
    owner = {item: line for line, items in items_by_line(base, kind).items() for item in items}
    by_item = kind != "cost"  # of costs, lines; of effects, states
    style = _STYLES[kind]
    for strategy in material.others or [comparator]:
        rows: list[dict[str, Any]] = []
        bold = []
        for horizon in material.horizons:
            at = frame[frame["horizon_years"] == horizon]
            names = at["item"] if by_item else at["item"].map(owner)
            sums = at.assign(part=names).groupby(["part", STRATEGY], sort=False)["value"].sum().unstack(STRATEGY)
            sums = sums.loc[list(dict.fromkeys(names))]
            own, other = sums[strategy].to_numpy(), sums[comparator].to_numpy()
            shown = (own != 0) | (other != 0)
            spread = abs(own - other).sum()
            for part, one, two in zip(sums.index[shown], own[shown], other[shown], strict=True):
                share = abs(one - two) / spread if spread else 0.0
                rows.append(
                    {
                        "horizon_years": horizon,
                        "part": in_words_of(str(part)),
                        "own": one,
                        "other": two,
                        "increment": one - two,
                        "share": share,
                    }
                )
            bold.append(len(rows))
            rows.append(
                {
                    "horizon_years": horizon,
                    "part": "Total",
                    "own": own.sum(),
                    "other": other.sum(),
                    "increment": own.sum() - other.sum(),
                    "share": 1.0 if spread else 0.0,
                }
            )
        unit = f" ({material.currency})" if kind == "cost" else ""
        columns = [
            ReportColumn("horizon_years", "Horizon (years)", "digits"),
            ReportColumn("part", "Item"),
            ReportColumn("own", f"{strategy}{unit}", style),
        ]
        title = f"{words[:1].upper()}{words[1:]} of {strategy}"
        if strategy != comparator:
            columns += [
                ReportColumn("other", f"{comparator}{unit}", style),
                ReportColumn("increment", f"Increment{unit}", style),
                ReportColumn("share", "Share of the absolute increment", "percent"),
            ]
            title = f"{words[:1].upper()}{words[1:]} by item: {comparison(strategy, comparator)}"
        yield ReportTable(f"{kind}_{strategy}", title, pd.DataFrame(rows), tuple(columns), bold=tuple(bold))


def in_words_of(item: str) -> str:
    """Give a line and its details in words.

    >>> in_words_of("Time in state: progression_free")
    'Time in state: progression-free'
    """
    line, colon, details = item.partition(": ")
    return f"{line}: {lower_first(in_words(details))}" if colon else item


def incremental_chapter(material: Material) -> Section:
    """Frontier, dominance and extended dominance at each horizon."""
    if not material.compares:
        return Section("incremental", "Fully incremental analysis")
    shown, currency = _sequential(material.base), material.currency
    columns = (
        ReportColumn("horizon_years", "Horizon (years)", "digits"),
        ReportColumn(STRATEGY, "Strategy"),
        ReportColumn("cost", f"Costs ({currency})", "money"),
        ReportColumn("effect", "QALYs", "number"),
        ReportColumn("incremental_cost", f"Incremental costs ({currency})", "money"),
        ReportColumn("incremental_effect", "Incremental QALYs", "number"),
        ReportColumn("icer", f"Sequential ICER ({currency} per QALY)", "money"),
        ReportColumn("status", "Status"),
    )
    said = []
    for horizon, own in shown.groupby("horizon_years", sort=False):
        on = own[own["status"] == STATUSES["ND"]]
        last = on.iloc[-1]
        ends = f", up to {money(last['icer'])} {currency} per QALY" if len(on) > 1 else ""
        said.append(f"At {years(float(str(horizon)))} the frontier holds {', '.join(on[STRATEGY])}{ends}.")
    tables = [ReportTable("full_incremental", "Fully incremental analysis", shown, columns)]
    psa = material.analyses.get("psa")
    if psa is not None and psa.decides:
        draws = f"Fully incremental analysis of the means of {psa.psa.draws:,} draws"
        own_table = ReportTable("sequential_draws", draws, _sequential(psa.psa), columns)
        tables.insert(0 if material.profile.probabilistic else 1, own_table)
    return Section(
        "incremental",
        "Fully incremental analysis",
        (
            Paragraph(
                "Strategies stand in the order of their costs; each on the frontier is compared with the one before it "
                "there. " + " ".join(said)
            ),
            *tables,
            Picture("frontier", "Cost-effectiveness frontier", lambda: _frontier(material)),
        ),
    )


def _sequential(result: Result) -> pd.DataFrame:
    """Give strategies in the order of their costs at each horizon, their place on the frontier in words."""
    frame = result.full_incremental()
    parts = [own.sort_values("cost", kind="stable") for _, own in frame.groupby("horizon_years", sort=False)]
    shown = pd.concat(parts, ignore_index=True)
    return shown.assign(status=shown["status"].map(STATUSES))


def _frontier(material: Material) -> Any:
    from hecon.report.figures.frontier import frontier_figure

    return frontier_figure(material.base)

"""Tables of docs/myeloma.md, made of shipped workbooks: ``python tests/readme_tables.py`` writes them anew."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import hecon as he
from hecon.analysis.sensitivity.decision_map import DecisionMap
from hecon.report.map_words import percent_of_map, regions

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "myeloma.md"
#: What is with the antibodies, and where it is paid for: the name of a workbook.
PARTNERS = {"pd": ("pomalidomide", "Isa-Pd", "Dara-Pd"), "kd": ("carfilzomib", "Isa-Kd", "Dara-Kd")}
PLACES = {"us": "United States", "uk": "England"}
PATTERN = "1 yes, 3 yes, 5 no"
#: Readings of the table; the map has them all.
READINGS = [
    "progression_free_life_years",
    "saving",
    "worth_it_at_150000",
    "average_cost_per_progression_free_month_before_progression",
    "progression_free_life_years + average_cost_per_progression_free_month_before_progression",
]


@cache
def workbook(name: str) -> he.Inputs:
    return he.read_workbook(ROOT / "inputs" / f"{name}.xlsx")


def results() -> str:
    """Increments by workbook and horizon, on both readings."""
    rows = ["| payer | with | years | incremental cost | incremental QALYs | ICER | a saving? | worth it? |"]
    rows.append("|---|---|---|---|---|---|---|---|")
    for place, payer in PLACES.items():
        for partner, (drug, strategy, comparator) in PARTNERS.items():
            name = f"isa_dara_{partner}_{place}"
            if not (ROOT / "inputs" / f"{name}.xlsx").exists():
                continue
            result = he.run(workbook(name).base_case())
            settings = result.case.settings
            frame = result.incremental(comparator=comparator)
            for row in frame[frame.strategy == strategy].itertuples():
                worth = settings.willingness_to_pay[-1] * row.incremental_qaly >= row.incremental_cost
                ratio = {"NE": f"{row.icer:,.0f}", "SE": "dominant", "NW": "dominated"}.get(
                    row.quadrant, f"saves {row.icer:,.0f}"
                )
                saves, worth_it = ("yes" if answer else "no" for answer in (row.incremental_cost < 0, worth))
                amounts = (f"{row.horizon_years:g}", f"{row.incremental_cost:,.0f}", f"{row.incremental_qaly:.3f}")
                cells = (f"{payer}, {settings.currency}", drug, *amounts, ratio, saves, worth_it)
                rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def average_costs() -> str:
    """The reading of averages with both families that the published model names."""
    result = he.run(workbook("isa_dara_pd_us").scenario("Dara-Pd PFS lognormal"))
    ratios = he.average_ratios(result).set_index(["costs", "effect", "strategy", "horizon_years"])
    rows = ["| years | progression-free life years: Isa-Pd, Dara-Pd | more? | cost of a progression-free month before "
            "progression: Isa-Pd, Dara-Pd | less? |", "|---|---|---|---|---|"]  # fmt: skip
    for horizon in result.time.horizons:
        own, other = (ratios.loc["pre_progression", "progression_free_month", name, horizon] for name in ARMS)
        rows.append(
            f"| {horizon:g} | {own.effects / 12:.3f}, {other.effects / 12:.3f} "
            f"| {'yes' if own.effects > other.effects else 'no'} "
            f"| {own.average_cost:,.0f}, {other.average_cost:,.0f} "
            f"| {'yes' if own.average_cost < other.average_cost else 'no'} |"
        )
    return "\n".join(rows)


ARMS = ("Isa-Pd", "Dara-Pd")


@cache
def pattern_map() -> DecisionMap:
    """The map of the question, as the workbook asks for it."""
    return he.decision_map(workbook("isa_dara_pd_us"))


def pattern_table() -> str:
    """Where the pattern holds, a row a reading."""
    found = pattern_map()
    rows = [f"| reading | share of {found.cells:,} cases | where most |", "|---|---|---|"]
    for reading in (reading for reading in found.readings if reading.name in READINGS):
        places = list(regions(found, found.patterns[0], reading))
        more = f"; and {len(places) - 2} more" if len(places) > 2 else ""
        where = "; ".join(places[:2]) + more if places else "nowhere"
        rows.append(f"| {reading.words} | {percent_of_map(found.share(PATTERN, reading))} | {where} |")
    return "\n".join(rows)


#: Workbooks by what they are called in the table of origins, and the former versions of two.
WORKBOOKS = {
    "isa_dara_pd_us": "United States, pomalidomide",
    "isa_dara_kd_us": "United States, carfilzomib",
    "isa_dara_pd_sc_us": "under the skin, pomalidomide",
    "isa_dara_kd_sc_us": "under the skin, carfilzomib",
    "isa_dara_pd_uk": "England, pomalidomide",
    "isa_dara_kd_uk": "England, carfilzomib",
}
FORMER = ROOT / "workbooks" / "former"


def origins() -> str:
    """Where the values of each workbook come from: numbers and shares, and those of its former version."""
    rows = ["| workbook | input values | reported | derived | assumed | before: reported, derived, assumed |"]
    rows.append("|---|---|---|---|---|---|")
    for name, words in WORKBOOKS.items():
        found = _by_status(workbook(name))
        total = sum(found)
        former = FORMER / f"{name}.xlsx"
        before = "new"
        if former.exists():
            old = _by_status(he.read_workbook(former, models=ROOT / "models"))
            before = ", ".join(f"{count} ({count / sum(old):.0%})" for count in old)
        cells = (words, f"{total}", *(f"{count} ({count / total:.0%})" for count in found), before)
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _by_status(inputs: he.Inputs) -> list[int]:
    status = inputs.parameters["status"]
    return [int((status == one).sum()) for one in ("reported", "derived", "assumed")]


TABLES: dict[str, Callable[[], str]] = {
    "results": results,
    "average costs": average_costs,
    "map": pattern_table,
    "origins": origins,
}


def block(name: str) -> re.Pattern[str]:
    """What stands between the marks of a table."""
    return re.compile(rf"(<!-- {name} -->\n)(.*?)(\n<!-- end -->)", re.S)


def written(name: str) -> str:
    """Give a table as it stands in the PAGE."""
    found = block(name).search(PAGE.read_text(encoding="utf-8"))
    assert found, f"the page has no table between <!-- {name} --> and <!-- end -->"
    return found[2]


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    for name, make in TABLES.items():
        table = make()
        text = block(name).sub(lambda found, table=table: found[1] + table + found[3], text)
    PAGE.write_text(text, encoding="utf-8")

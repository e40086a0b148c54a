"""The first sheet of a live workbook: the scenario to show, the answer, the verdict of the check, a map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hecon.analysis.health import Health
from hecon.excel.addresses import letters, quoted
from hecon.excel.book import Page
from hecon.report.live.model import LiveModel
from hecon.report.live.pages_results import AGREES, ResultPages
from hecon.report.provenance import discounting_sentence, provenance, status_sentence
from hecon.report.sheets.health import LIGHT_STYLES as LIGHTS
from hecon.report.sheets.layout import paragraph
from hecon.report.words import money, several, years

_KEY = (
    ("input", "yours to change: formulas follow"),
    (
        "structural",
        "structure (cycles, horizons, strategies, schedules): change it in the source workbook and run hecon again",
    ),
    ("calc", "a formula"),
    ("text assumed", "an input that is assumed, not published"),
)
_ABOUT = {
    "results": "Costs and effects at each horizon",
    "incremental": "Increments, ICERs, the efficiency frontier, net benefit",
    "breakdown": "Every line of the ledger and its parts",
    "budget impact": "What a payer spends with the new treatment and without it",
    "severity": "QALE, shortfalls and the weight of a QALY",
    "charts": "Curves, states, costs, the cost-effectiveness plane",
    "check": "Every result beside the number that hecon computed",
    "inputs": "The value of each input that is in use, and its name in formulas",
}


_WIDTHS = (30.0, 22.0, 18.0, 16.0, 18.0, 30.0)


class SummarySheet:
    """Writes the first sheet. `results` has cells by horizon and strategy, `names` the sheets by key.

    `calculations` are the names of further sheets and what is on them.
    """

    def __init__(
        self, page: Page, built: LiveModel, results: ResultPages, names: Mapping[str, str],
        calculations: Mapping[str, str],
    ) -> None:  # fmt: skip
        self._page, self._built, self._results = page, built, results
        self._names, self._calculations = names, calculations

    def write(self, health: Health | None = None) -> None:
        """Write it from top to bottom."""
        page = self._page
        page.widths(_WIDTHS)
        last = max(len(_WIDTHS), len(self._built.live.levels) + 4) - 1
        page.widths(dict.fromkeys(range(len(_WIDTHS), last + 1), 20.0))
        row = self._controls(3)
        row = row if health is None else self._health(row, health)
        if self._results.answers:
            row = self._totals(row + 1)
            row = self._answer(row + 1)
            row = self._net_benefit(row + 1)
        row = self._facts(row + 1)
        row = self._colours(row + 1)
        row = self._contents(row + 1)
        row = self._provenance(row + 1)
        row = self._scenarios(row + 1)
        page.print_setup(area=(0, 0, row, last))
        page.sheet.activate()

    def _controls(self, row: int) -> int:
        page, sheet = self._page, quoted(self._page.name)
        page.text(row, 0, "Scenario", "label")
        page.text(row, 1, self._built.live.scenarios[0], "input", merge_to=3)
        page.text(row, 4, "choose from the list", "help")
        page.sheet.data_validation(
            row, 1, row, 1,
            {"validate": "list", "source": "=scenario_list", "error_title": "Scenario", "ignore_blank": False,
             "error_message": "Choose one of the scenarios in the list."},
        )  # fmt: skip
        page.book.define("scenario", f"={sheet}!$B${row + 1}")
        page.text(row + 1, 0, "Number of the scenario", "label")
        page.formula(row + 1, 1, "=MATCH(scenario,scenario_list,0)", 1.0, "calc", num_format="0", align="left")
        page.book.define("scenario_number", f"={sheet}!$B${row + 2}")
        row += 2
        page.text(row, 0, "Check", "label")
        page.text(row, 1, "", "calc bold", merge_to=5)
        page.text_formula(row, 1, "=live_verdict", AGREES, "calc bold")
        page.mark_where((row, 1), (row, 5), f'=$B${row + 1}<>"{AGREES}"', "warning")
        page.mark_where((row, 1), (row, 5), f'=$B${row + 1}="{AGREES}"', "good")
        return self._levels(row + 1)

    def _levels(self, row: int) -> int:
        """Show each willingness to pay of sheet Settings."""
        page, live = self._page, self._built.live
        page.text(row, 0, f"Willingness to pay ({live.case.settings.currency} per QALY)", "label")
        for place, level in enumerate(live.levels):
            page.formula(row, 1 + place, f"={live.threshold_name(place)}", level, "calc bold", num_format="#,##0")
        page.link(row, 1 + len(live.levels), "change them on sheet Settings", "Settings", "help")
        return row + 1

    def _health(self, row: int, health: Health) -> int:
        """Write the light of the model as it was written: checks that need hecon are not made again here."""
        page = self._page
        page.text(row, 0, "Health, as written", "label")
        page.text(row, 1, health.light.capitalize(), LIGHTS[health.light], merge_to=3)
        row += 1
        for sentence in health.sentences[:4]:
            row = paragraph(page, row, sentence, _WIDTHS)
        return row

    def _totals(self, row: int) -> int:
        """Write costs, life years and QALYs of every strategy at each horizon."""
        page, base = self._page, self._built.results.base
        page.text(row, 0, "Costs and effects per patient, discounted", "heading")
        titles = [f"Costs ({base.case.settings.currency})", "Life years", "QALYs"]
        shown = titles if "life_years" in base.totals else [titles[0], titles[2]]
        for place, header in enumerate(["Strategy", "Horizon", *shown]):
            page.text(row + 1, place, header, "header", align="right" if place > 1 else "left")
        row += 2
        for strategy in base.strategies:
            for place, horizon in enumerate(base.time.horizons):
                page.text(row, 0, strategy, "label")
                page.text(row, 1, years(horizon), "text")
                for column, (reference, value, form) in enumerate(self._results.totals[place, strategy], start=2):
                    page.formula(row, column, reference, float(value), "calc bold", num_format=form)
                row += 1
        return row

    def _net_benefit(self, row: int) -> int:
        """Write the incremental net benefit at each willingness to pay, and the verdict on both readings."""
        page, base, live = self._page, self._built.results.base, self._built.live
        against, count = base.case.comparator, len(live.levels)
        page.text(row, 0, f"Incremental net benefit against {against} ({base.case.settings.currency})", "heading")
        row += 1
        for column, header in enumerate(["Strategy", "Horizon"]):
            page.text(row, column, header, "header")
        for place, level in enumerate(live.levels):
            text = f'="At "&TEXT({live.threshold_name(place)},"#,##0")'
            page.text_formula(row, 2 + place, text, f"At {money(level)}", "header", align="right")
        page.text(row, 2 + count, "Cost saving?", "header")
        page.text(row, 3 + count, "Worth its cost?", "header")
        row += 1
        first = row
        for strategy in base.strategies:
            for place, horizon in enumerate(base.time.horizons if strategy != against else ()):
                page.text(row, 0, strategy, "label")
                page.text(row, 1, years(horizon), "text")
                own = self._results.benefits[place, strategy]
                for column, (reference, value, form) in enumerate(own, start=2):
                    page.formula(row, column, reference, float(value), "calc bold", num_format=form)
                cost, saved, _ = self._results.answers[place, strategy][0]
                saves = "yes" if float(saved) < 0 else "no"
                page.text_formula(row, 2 + count, f'=IF({cost[1:]}<0,"yes","no")', saves, "calc")
                benefits = [float(value) for _, value, _ in own]
                text = _worth([f"{letters(2 + i)}{row + 1}" for i in range(count)],
                              [live.threshold_name(i) for i in range(count)])  # fmt: skip
                page.text_formula(row, 3 + count, text, _worth_words(benefits, live.levels), "calc")
                row += 1
        page.mark_where((first, 2), (row - 1, 1 + count), f"={letters(2)}{first + 1}>=0", "good")
        return row

    def _answer(self, row: int) -> int:
        page, base = self._page, self._built.results.base
        currency, against = base.case.settings.currency, base.case.comparator
        page.text(row, 0, f"Increments against {against}", "heading")
        headers = ["Strategy", "Horizon", f"Costs ({currency})", "QALYs", f"{currency} per QALY", "In words"]
        for place, header in enumerate(headers):
            page.text(row + 1, place, header, "header", align="right" if place in (2, 3, 4) else "left")
        row += 2
        for strategy in base.strategies:
            for place, horizon in enumerate(base.time.horizons if strategy != against else ()):
                page.text(row, 0, strategy, "label")
                page.text(row, 1, years(horizon), "text")
                for column, (reference, value, form) in enumerate(self._results.answers[place, strategy], start=2):
                    if isinstance(value, str):
                        align = "left" if column == 5 else "right"
                        page.text_formula(row, column, reference, value, "calc", num_format=form, align=align)
                    else:
                        page.formula(row, column, reference, value, "calc bold", num_format=form)
                row += 1
        return row

    def _facts(self, row: int) -> int:
        base = self._built.results.base
        settings = base.case.settings
        facts = {
            "Population": settings.population,
            "Perspective": settings.perspective,
            "Strategies": several(base.strategies),
            "Conventions": discounting_sentence(base),
            "Inputs": status_sentence(base.case),
        }
        return self._lines(row, "The question", {name: value for name, value in facts.items() if value})

    def _colours(self, row: int) -> int:
        page = self._page
        page.text(row, 0, "Colours", "heading")
        row += 1
        for style, words in _KEY:
            page.text(row, 0, "", style)
            row = paragraph(page, row, words, _WIDTHS, "text", first=1)
        left_out = self._built.live.structural_scenarios
        if left_out:
            told = f"Scenarios that change the structure are not in the list above: {several(left_out)}."
            row = paragraph(page, row, told, _WIDTHS)
        return row

    def _contents(self, row: int) -> int:
        page, names = self._page, self._names
        page.text(row, 0, "Contents", "heading")
        row += 1
        begun = list(page.book.pages)
        told = {names[key]: words for key, words in _ABOUT.items() if names[key] in begun and key != "inputs"}
        calculated = {*names.values(), *self._calculations}
        told |= {name: "Inputs, laid out as in the source workbook" for name in begun if name not in calculated}
        told |= {names["inputs"]: _ABOUT["inputs"], **self._calculations}
        for name, words in told.items():
            page.link(row, 0, name, name)
            page.text(row, 1, words, "text", merge_to=len(_WIDTHS) - 1)
            row += 1
        return row

    def _provenance(self, row: int) -> int:
        return self._lines(row, "Where it comes from", provenance(self._built.results.base))

    def _lines(self, row: int, title: str, facts: Mapping[str, str]) -> int:
        self._page.text(row, 0, title, "heading")
        row += 1
        for name, value in facts.items():
            self._page.text(row, 0, name, "label")
            row = paragraph(self._page, row, value, _WIDTHS, "wrap", first=1)
        return row

    def _scenarios(self, row: int) -> int:
        """Write the scenarios to choose from, below everything else."""
        page = self._page
        page.text(row, 0, "Scenarios to choose from", "heading")
        first = row + 1
        for name in self._built.live.scenarios:
            row += 1
            page.text(row, 0, name, "text")
        page.book.define("scenario_list", f"={quoted(page.name)}!$A${first + 1}:$A${row + 1}")
        return row


def _worth(cells: Sequence[str], names: Sequence[str]) -> str:
    """Formula that says at which willingness to pay a net benefit is not negative."""
    yes = "+".join(f"({cell}>=0)" for cell in cells)
    said = "&".join(f'IF({cell}>=0,", "&TEXT({name},"#,##0"),"")' for cell, name in zip(cells, names, strict=True))
    return f'=IF({yes}=0,"no",IF({yes}={len(cells)},"yes","at "&MID({said},3,99)))'


def _worth_words(benefits: Sequence[float], levels: Sequence[float]) -> str:
    """What `_worth` gives.

    >>> _worth_words([-1.0, 2.0], [20_000.0, 30_000.0])
    'at 30,000'
    """
    at = [money(level) for benefit, level in zip(benefits, levels, strict=True) if benefit >= 0]
    return "no" if not at else "yes" if len(at) == len(levels) else f"at {', '.join(at)}"

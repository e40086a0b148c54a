"""Writing the live workbook: the columns of the model laid out on sheets, every formula with its value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from hecon.analysis.budget.workbook import has_budget, with_years
from hecon.analysis.health import Health
from hecon.analysis.result import Result
from hecon.analysis.run import run
from hecon.excel.book import Book
from hecon.inputs.case import Inputs, Model
from hecon.inputs.format import CALCULATED_PREFIX, MARKET
from hecon.inputs.from_case import takes_cases
from hecon.inputs.template import write_input_sheets
from hecon.progress import OnProgress
from hecon.report.live.layout import TABLES_SHEET, VALUES_SHEET, Layout, columns_in
from hecon.report.live.model import LiveModel, live_model
from hecon.report.live.pages import Writer, write_inputs_in_use
from hecon.report.live.pages_budget import BudgetPage
from hecon.report.live.pages_charts import ChartPage
from hecon.report.live.pages_results import ResultPages
from hecon.report.live.pages_severity import SeverityPage, can_be_written
from hecon.report.live.rules import Rules
from hecon.report.live.summary import SummarySheet
from hecon.report.provenance import created
from hecon.symbols.excel import formula

#: Names of the sheets that do not depend on the model.
_KEYS = ("summary", "results", "breakdown", "incremental", "charts", "budget impact", "severity", "check", "inputs")
NAMES = {name: f"{CALCULATED_PREFIX}{name}" for name in _KEYS}


@takes_cases
def write_live_workbook(
    inputs: Inputs,
    path: str | Path,
    *,
    model: Model | None = None,
    health: Health | None = None,
    progress: OnProgress | None = None,
) -> Path:
    """Write a model as a workbook of native formulas, and give its path: all of it, or nothing.

    The workbook holds the input sheets of its source, cell by cell, and from there every curve, state, flow, ledger
    line and sum as a formula, so that it recomputes in Excel or LibreOffice when an input is changed; hecon reads it
    like any input workbook. Scenarios that leave the structure as it is (cycles, horizons, strategies) are chosen by a
    drop-down. `health` is what `he.verification.verify` found of the model as written: a light on the first sheet.
    `progress(done, count)` is called after each scenario.

    Raises `HeconError` naming what has no formula, before anything is written, and when the file cannot be written.

    >>> import hecon as he
    >>> he.write_live_workbook(he.read_workbook("inputs/isa_dara_pd_us.xlsx"), "live.xlsx")  # doctest: +SKIP
    """
    built = live_model(_with_budget_years(inputs), model)
    scenarios = dict(_of_engine(built, progress))
    book = Book(path, title=_title(inputs), subject="hecon live workbook", created=created().replace(tzinfo=None))
    with book:
        _write(book, built, scenarios, health)
    return Path(path)


def _with_budget_years(inputs: Inputs) -> Inputs:
    """Give a workbook with a budget impact a horizon at each of its years: a year is the difference of two."""
    if not has_budget(inputs):
        return inputs
    years = int(inputs.tables[MARKET]["year"].max())
    horizons = with_years(inputs.settings.horizons, years)
    return replace(inputs, settings=inputs.settings.with_changes(horizons=horizons))


def _of_engine(built: LiveModel, progress: OnProgress | None) -> Iterator[tuple[str, Result]]:
    """What the engine makes of every scenario that can be chosen, to check the formulas by."""
    live, base = built.live, built.results.base
    for done, name in enumerate(live.scenarios):
        yield name, run(live.inputs.scenario(name, live.case.model)) if done else base
        if progress:
            progress(done + 1, len(live.scenarios))


def _write(book: Book, built: LiveModel, scenarios: Mapping[str, Result], health: Health | None) -> None:
    live, draft, results = built.live, built.draft, built.results
    watched = [column for _, condition in draft.limits for column in columns_in(condition)]
    states = [column for own in built.states.values() for column in own.values()]
    layout = Layout(draft.columns, [*built.curves, *states, *watched], built.result_columns, results.strategies)
    writer = Writer(book, layout, results.base.case.settings.currency)
    pages = ResultPages(writer, results, NAMES)
    pages.place(built.increments)

    # Sheets stand in the order in which they are begun; the first and the check are filled in last.
    summary = book.page(NAMES["summary"], title=_title(live.inputs), help=_ABOUT, tab="#1F3864")
    pages.results()
    if built.increments:
        pages.incremental(built.increments)
    pages.breakdown()
    curves = [column for column in built.curves if column in layout.addresses]
    ChartPage(writer, results, NAMES["charts"], draft.time).write(curves, built.states, built.increments)
    payer: list[BudgetPage | SeverityPage] = []
    if has_budget(live.inputs):
        payer.append(BudgetPage(writer, built, NAMES["budget impact"], scenarios))
    if can_be_written(built):
        payer.append(SeverityPage(writer, built, NAMES["severity"], scenarios))
    for page in payer:
        page.write()
    check = pages.begin_check()
    write_input_sheets(book, live.tables, live.dimensions, Rules(live))
    changed, permitted = write_inputs_in_use(book, NAMES["inputs"], live)
    limits = [
        (message, formula(condition, check.name, layout.where)[1:])
        for message, condition in dict.fromkeys(draft.limits)
    ]
    pages.check(check, scenarios, (changed, permitted), limits, [page.differences for page in payer])
    writer.values()
    writer.time()
    writer.strategies()
    writer.tables()
    about = {sheet.name: sheet.about for sheet in [layout.time, layout.days, *layout.sheets]}
    about |= {
        VALUES_SHEET: "Values that do not change over time",
        TABLES_SHEET: "Tables that formulas look things up in",
    }
    SummarySheet(summary, built, pages, NAMES, {name: about[name] for name in book.pages if name in about}).write(
        health
    )


def _title(inputs: Inputs) -> str:
    return inputs.settings.title or inputs.source


_ABOUT = "The model as formulas: change a yellow cell on an input sheet, or choose a scenario, and everything follows."

"""The results workbook: what a payer opens first.

Values only, no formulas: a file of numbers that came out of one run, each with its unit, its definition and its source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Unpack

from hecon.analysis.result import Result, is_cost_effectiveness
from hecon.analysis.suite import GivenByName
from hecon.errors import expect
from hecon.excel.book import Book
from hecon.frozen import frozen
from hecon.report.analyses import Analyses
from hecon.report.provenance import created, model_name
from hecon.report.registry import ResultSheet, sheets
from hecon.report.sheets.charts import write_charts
from hecon.report.sheets.cover import COVER, write_cover
from hecon.report.sheets.inputs import has_regimens, write_inputs_used, write_regimens, write_settings
from hecon.report.sheets.layout import Export, sheet_name
from hecon.report.sheets.notes import write_notes
from hecon.report.sheets.results import write_breakdown, write_incremental, write_summary
from hecon.report.sheets.survival import write_curves, write_survival, write_trace
from hecon.report.tables import survival_curves

#: The row, between title and content, that leads back to the list of sheets.
_WAY_BACK = 2


@frozen(eq=True)
class _Plan:
    """A sheet to write: its key, the name on its tab, what the contents say about it, and its writer."""

    key: str
    name: str
    about: str
    write: Callable[[Export], None]


def write_workbook(result: Result, path: str | Path, *, command: str = "", **analyses: Unpack[GivenByName]) -> Path:
    """Write a results workbook and give its path: all of it, or nothing.

    `analyses` adds sheets: ``scenarios={"Lower price": result, ...}`` as `run_scenarios` gives them. Strategies may
    have any name: text is never taken for a formula. For a batch of draws totals are means, and there are no traces
    or curves. ``health=`` is what `verify` found: a light on the cover and a sheet. `command` is the command line
    that makes the same again, for ``hecon reproduce``.

    Raises `UnknownNameError` for an analysis that does not exist and `HeconError` when the file cannot be written,
    for instance because it is open in Excel.

    >>> import hecon as he
    >>> base = he.run(he.read_workbook("inputs/isa_dara_pd_us.xlsx").base_case())  # doctest: +SKIP
    >>> he.write_workbook(base, "results.xlsx")  # doctest: +SKIP
    """
    expect(result, Result, "result", "the result of a case: he.run(inputs.base_case())")
    given = Analyses.given(result, analyses)
    title = result.case.settings.title or model_name(result.case)
    book = Book(path, title=title, subject="Cost-effectiveness results", created=created().replace(tzinfo=None))
    with book:
        export = Export(book, result, given, command=command)
        plans = list(_plans(export))
        contents = [(plan.name, plan.about) for plan in plans]
        export.names = {plan.key: plan.name for plan in plans}
        book.declare([COVER, *(name for name, _ in contents)])
        write_cover(export, contents)
        for plan in plans:
            plan.write(export)
            if plan.name in book.pages:  # one that was not written is refused below
                book.pages[plan.name].link(_WAY_BACK, 0, "Contents", COVER, "help")
        book.refuse_missing()
    return Path(path)


def _plans(export: Export) -> Iterator[_Plan]:
    result = export.result
    yield _Plan("summary", "Summary", "Costs and effects by horizon, increments, ICERs, net benefit", write_summary)
    if is_cost_effectiveness(result) and len(result.strategies) > 1:
        yield _Plan(
            "incremental", "Incremental", "Every pair of strategies; the efficiency frontier", write_incremental
        )
    yield _Plan("breakdown", "Breakdown", "What the totals are made of, item by item", write_breakdown)
    analyses = list(sheets(export.analyses))
    yield from (_of_analysis(*one) for one in analyses if not one[0].behind_inputs)
    yield _Plan("charts", "Charts", "Costs by item, cost-effectiveness plane", write_charts)
    if survival_curves(result):
        yield _Plan("survival", "Survival", "Survival curves in use, beside the published values", write_survival)
    taken = [COVER, "Summary", "Incremental", "Breakdown", "Charts", "Survival", "Survival by cycle"]
    taken += ["Inputs as used", "Regimens", "Settings", "Notes", *(sheet.name for sheet, _ in analyses)]
    if result.occupancy is not None:
        for strategy in result.strategies:
            name = sheet_name(f"Trace {strategy}", taken)
            taken.append(name)
            yield _Plan(f"trace {strategy}", name, f"Where patients are, cycle by cycle: {strategy}", _trace(strategy))
    if survival_curves(result):
        about = "The survival curves at every cycle edge, as numbers"
        yield _Plan("curves", "Survival by cycle", about, write_curves)
    yield _Plan("inputs", "Inputs as used", "Every input with its status and source", write_inputs_used)
    if has_regimens(export):
        yield _Plan("regimens", "Regimens", "Treatment schedules and packs", write_regimens)
    yield from (_of_analysis(*one) for one in analyses if one[0].behind_inputs)
    yield _Plan("settings", "Settings", "How the analysis was run", write_settings)
    yield _Plan("notes", "Notes", "Definitions, conventions, and what was done to curves and costs", write_notes)


def _of_analysis(sheet: ResultSheet, found: Any) -> _Plan:
    return _Plan(sheet.name, sheet.name, sheet.about, partial(sheet.write, found))


def _trace(strategy: str) -> Callable[[Export], None]:
    return lambda export: write_trace(export, strategy)

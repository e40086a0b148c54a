"""How each analysis is presented: a line each here, a record each in the file that writes its sheet.

To present an analysis of `hecon.analysis.registry`, write a module that holds ``PRESENTATION = Presentation(...)`` and
give it a line in `PRESENTATIONS`. Sheets stand in the order in which analyses run; sentences in the order of this list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

from hecon.analysis.registry import ANALYSES, analysis, record
from hecon.errors import HeconError
from hecon.frozen import frozen
from hecon.report.analyses import Analyses
from hecon.report.words import several

if TYPE_CHECKING:
    from hecon.analysis.result import Result
    from hecon.analysis.suite import GivenByName
    from hecon.report.document.parts import Block
    from hecon.report.figures.drawing import Figure
    from hecon.report.sheets.layout import Export

#: Every analysis in the order in which a reader is told of it, and the module that holds its record ``PRESENTATION``.
PRESENTATIONS: dict[str, str] = {
    "health": "hecon.report.sheets.health",
    "scenarios": "hecon.report.sheets.scenarios",
    "plausibility": "hecon.report.sheets.plausibility",
    "psa": "hecon.report.sheets.psa",
    "scenario_draws": "hecon.report.sheets.scenario_draws",
    "one_way": "hecon.report.sheets.one_way",
    "thresholds": "hecon.report.sheets.thresholds",
    "price_grid": "hecon.report.sheets.price_grid",
    "evppi": "hecon.report.sheets.information",
    "evsi": "hecon.report.sheets.studies",
    "sobol": "hecon.report.sheets.sobol",
    "map": "hecon.report.sheets.decision_map",
    "average_ratios": "hecon.report.sheets.average_ratios",
    "severity": "hecon.report.sheets.severity",
    "budget": "hecon.report.sheets.budget",
}
#: Analyses that are presented even if they were not done, beside one of these that was: with None in their place.
BESIDE: dict[str, tuple[str, ...]] = {"evppi": ("psa",)}


def _always(*_: Any) -> bool:
    return True


def _nothing(*_: Any) -> tuple[()]:
    return ()


@frozen(eq=True)
class ResultSheet:
    """A sheet of an analysis: the name on its tab, what the contents say about it, its writer, and whether it is shown.

    `write` and `shown` are called with what the analysis found, and with the `Export` or the `Analyses`. A sheet
    `behind_inputs` says how far to trust the results, and stands behind them.
    """

    name: str
    about: str
    write: Callable[[Any, Export], None]
    shown: Callable[[Any, Analyses], bool] = _always
    behind_inputs: bool = False


@frozen(eq=True)
class Presentation:
    """How one analysis is presented; each part is called with what the analysis found, and with all `Analyses`.

    sheets    its sheets of the results workbook, in order.
    findings  what it found, in a few sentences: for the cover and the screen.
    leads     how many of its findings, the first ones, stand on the screen where not everything was asked for.
    notes     what a reviewer asks about it, in sentences: for the Notes sheet, under what the analysis is called.
    pointer   what the screen alone says, given what was found and the name of the workbook: where to look.
    figures   its figures for papers and notebooks, each with its name; what imports matplotlib stands in the function.
    about     what was done and how to read it, in sentences: for the report, and for its sheet.
    blocks    its tables and figures of the report; where it has none, they are made of its tables and `figures`.
    section   whether it has a section of the report for itself; the health of the model has a chapter.
    """

    sheets: Sequence[ResultSheet] = ()
    findings: Callable[[Any, Analyses], Iterable[str]] = _nothing
    leads: int = 0
    notes: Callable[[Any, Analyses], Iterable[str]] = _nothing
    pointer: Callable[[Any, str], str] = lambda found, workbook: ""
    figures: Callable[[Any, Analyses], Iterable[tuple[str, Figure]]] = _nothing
    about: Callable[[Any, Analyses], Iterable[str]] = _nothing
    blocks: Callable[[Any, Analyses], Iterable[Block]] | None = None
    section: bool = True


def presentation(name: str) -> Presentation:
    """Give how an analysis is presented. Raises `HeconError` for an analysis that has no line in `PRESENTATIONS`."""
    analysis(name)
    if name not in PRESENTATIONS:
        raise HeconError(f"analysis '{name}' has no line in PRESENTATIONS of hecon.report.registry")
    found: Presentation = record(name, PRESENTATIONS, "PRESENTATION", Presentation)
    return found


def presented(analyses: Analyses, order: Iterable[str]) -> Iterator[tuple[str, Presentation, Any]]:
    """Give what is to be presented: name, presentation, and what the analysis found (None if only others were done)."""
    for name in analyses.found:
        presentation(name)
    for name in order:
        if name in analyses or any(other in analyses for other in BESIDE.get(name, ())):
            yield name, presentation(name), analyses.get(name)


def sheets(analyses: Analyses) -> Iterator[tuple[ResultSheet, Any]]:
    """Give the sheets to write for the analyses, in the order of `ANALYSES`, with what each is to be called with."""
    for _, own, found in presented(analyses, ANALYSES):
        yield from ((sheet, found) for sheet in own.sheets if sheet.shown(found, analyses))


def findings(analyses: Analyses) -> list[str]:
    """What the analyses found, in sentences for the cover and the screen."""
    return [text for _, own, found in presented(analyses, PRESENTATIONS) for text in own.findings(found, analyses)]


def leads(analyses: Analyses) -> list[str]:
    """The first findings of the analyses that put some first: what the screen has room for."""
    told = presented(analyses, PRESENTATIONS)
    return [text for _, own, found in told for text in list(own.findings(found, analyses))[: own.leads]]


def analysis_figures(result: Result, **analyses: Unpack[GivenByName]) -> dict[str, Figure]:
    """Draw every figure of the analyses that are given beside a result, by name.

    `analyses` are those of `hecon.report.workbook.write_workbook`.

    >>> import hecon as he
    >>> suite = he.run_suite(he.read_workbook("inputs/isa_dara_pd_us.xlsx"))  # doctest: +SKIP
    >>> for name, figure in analysis_figures(suite.base, **suite.analyses).items():  # doctest: +SKIP
    ...     figure.savefig(f"{name}.svg")
    """
    given = Analyses.given(result, analyses)
    return {name: one for _, own, found in presented(given, PRESENTATIONS) for name, one in own.figures(found, given)}


def notes(analyses: Analyses) -> dict[str, list[str]]:
    """Sentences for the Notes sheet, by what their analysis is called."""
    said = {
        analysis(name).called: list(own.notes(found, analyses))
        for name, own, found in presented(analyses, PRESENTATIONS)
    }
    return {called: sentences for called, sentences in said.items() if sentences}


def pointers(analyses: Analyses, workbook: str) -> list[str]:
    """Say on the screen what is to be seen in the workbook of that name."""
    said = [own.pointer(found, workbook) for _, own, found in presented(analyses, PRESENTATIONS)]
    return [text for text in said if text]


def left_out_sentences(skipped: Mapping[str, str]) -> list[str]:
    """Say which analyses were left out, a sentence for each reason.

    >>> left_out_sentences({"evppi": "there is only one strategy", "sobol": "there is only one strategy"})
    ['Left out, since there is only one strategy: value of information and Sobol indices.']
    """
    reasons = dict.fromkeys(skipped.values())
    names = {why: [analysis(name).called for name, own in skipped.items() if own == why] for why in reasons}
    return [f"Left out, since {why}: {several(own)}." for why, own in names.items()]

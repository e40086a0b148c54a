"""The technical appendix as a document: equations under headings, and the inputs that they use, in LaTeX and HTML."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

import pandas as pd

from hecon.frozen import frozen
from hecon.report.equations.latex import latex, latex_text
from hecon.report.equations.mathml import math, xml_text
from hecon.report.equations.notation import Lines, Node

#: A sentence: words, and symbols between them.
Sentence = tuple[str | Node, ...]


@frozen(eq=True)
class Equation:
    """One equation: its number in the document, what it defines, in which unit, and what else is to be said.

    It is the first one of what it defines, or goes on with it for other labels.
    """

    number: int
    section: str
    what: str
    unit: str
    formula: Lines
    notes: tuple[Sentence, ...] = ()
    is_first: bool = True

    @property
    def heading(self) -> tuple[str, str, str]:
        """What stands above it."""
        return self.section, self.what, self.unit


@frozen(eq=True)
class InputUsed:
    """One input that equations use."""

    symbol: Node
    words: str
    unit: str
    value: str
    status: str
    source: str


@frozen(eq=True)
class Equations:
    """The equations of a model and the inputs that they use, as `hecon.equations` gives them.

    `notation` says how to read them, `facts` where they come from.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    notation: tuple[Sentence, ...]
    equations: tuple[Equation, ...]
    inputs: tuple[InputUsed, ...]

    def __repr__(self) -> str:
        return f"Equations of {self.title}: {len(self.equations)} equations, {len(self.inputs)} inputs"

    def table(self) -> pd.DataFrame:
        """Give a table of the equations by number: section, what, equation (in LaTeX), unit."""
        rows = [(e.number, e.section, e.what, latex(e.formula), e.unit) for e in self.equations]
        return pd.DataFrame(rows, columns=["number", "section", "what", "equation", "unit"]).set_index("number")

    def inputs_table(self) -> pd.DataFrame:
        """Give a table of the inputs used: symbol (in LaTeX), input, unit, value, status, source."""
        rows = [(latex(i.symbol), i.words, i.unit, i.value, i.status, i.source) for i in self.inputs]
        return pd.DataFrame(rows, columns=["symbol", "input", "unit", "value", "status", "source"])

    def latex(self, *, standalone: bool = True) -> str:
        """Give a LaTeX document, or the part of it to be included in another one.

        The part needs the packages amsmath, graphicx, array and longtable.
        """
        body = "\n".join(_latex_body(self))
        if not standalone:
            return f"% Needs the packages amsmath, graphicx, array and longtable.\n{_LATEX_COMMANDS}\n{body}\n"
        begin = rf"\title{{\Large {latex_text(self.title)}}}"
        facts = [rf"{latex_text(name)} & {latex_text(value)} \\" for name, value in self.facts]
        columns = r"@{}>{\bfseries}l p{0.72\linewidth}@{}"
        listed = [rf"{{\small\begin{{tabular}}{{{columns}}}", *facts, r"\end{tabular}\par}"] if facts else []
        lines = [_LATEX_PREAMBLE, *_declared(body, self), _LATEX_COMMANDS, begin, "\\date{}", "\\begin{document}",
                 "\\maketitle", *listed, body, "\\end{document}"]  # fmt: skip
        return "\n".join(lines) + "\n"

    def mathml(self) -> str:
        """Give the equations and inputs as a part of a page: well-formed XML with presentation MathML."""
        return "\n".join(["<section>", *_html_body(self), "</section>"])

    def html(self) -> str:
        """Give a page that stands alone: MathML, styles, no scripts, nothing loaded from elsewhere."""
        title = xml_text(self.title)
        facts = [f"<dt>{xml_text(name)}</dt><dd>{xml_text(value)}</dd>" for name, value in self.facts]
        head = [_HTML_BEGIN, f"<title>{title}</title>", f"<style>{_STYLE}</style>", "</head>"]
        body = ["<body>", f"<h1>{title}</h1>", *(["<dl>", *facts, "</dl>"] if facts else []), self.mathml()]
        return "\n".join([*head, *body, "</body>", "</html>"]) + "\n"

    def _repr_html_(self) -> str:
        return self.mathml()


def by_section(equations: Iterable[Equation]) -> Iterator[tuple[str, list[Equation]]]:
    """Give equations by section, in order."""
    found: dict[str, list[Equation]] = {}
    for equation in equations:
        found.setdefault(equation.section, []).append(equation)
    yield from found.items()


_INPUTS, _SOURCES = "Inputs", "Sources"
_NOTATION = "How to read the equations"
_HEADERS = ("Symbol", "Input", "Unit", "Value", "Status", "Source")


# LaTeX.


def _latex_body(document: Equations) -> Iterator[str]:
    yield rf"\section{{{_NOTATION}}}"
    yield r"\begin{itemize}\setlength{\itemsep}{0pt}\setlength{\parskip}{0pt}"
    yield from (rf"\item {_latex_sentence(sentence)}" for sentence in document.notation)
    yield r"\end{itemize}"
    for section, equations in by_section(document.equations):
        yield rf"\section{{{latex_text(section)}}}"
        for equation in equations:
            if equation.is_first:
                yield rf"\HeconWhat{{{latex_text(equation.what)}}}{{{latex_text(equation.unit)}}}"
            yield rf"\HeconEquation{{{equation.number}}}{{{latex(equation.formula)}}}"
            if equation.notes:
                notes = " ".join(_latex_sentence(note) for note in equation.notes)
                yield rf"\HeconNote{{{notes}}}"
    if document.inputs:
        yield rf"\section{{{_INPUTS}}}"
        yield from _latex_inputs(document.inputs)


def _latex_sentence(sentence: Sentence) -> str:
    return "".join(latex_text(part) if isinstance(part, str) else f"${latex(part)}$" for part in sentence)


def _latex_inputs(inputs: Sequence[InputUsed]) -> Iterator[str]:
    yield r"\begingroup\small\setlength{\tabcolsep}{3pt}"
    widths = (0.27, 0.29, 0.11, 0.10, 0.09)
    columns = "".join(rf">{{\raggedright\arraybackslash}}p{{{width}\linewidth}}" for width in widths) + "l"
    header = " & ".join(rf"\textbf{{{name}}}" for name in _HEADERS) + r" \\ \hline"
    yield rf"\begin{{longtable}}{{{columns}}}"
    yield rf"{header} \endfirsthead"
    yield rf"{header} \endhead"
    sources = _numbered(inputs)
    for one in inputs:
        texts = [latex_text(text) for text in (one.words, one.unit, one.value, one.status)]
        source = f"[{sources[one.source]}]" if one.source else ""
        yield " & ".join([rf"\HeconSymbol{{{latex(one.symbol)}}}", *texts, source]) + r" \\"
    yield r"\end{longtable}\endgroup"
    if sources:
        yield rf"\subsection*{{{_SOURCES}}}\begingroup\small\raggedright"
        for source, place in sources.items():
            yield rf"\par\hangindent=2.2em\makebox[2.2em][l]{{[{place}]}}" + _breakable(latex_text(source))
        yield r"\par\endgroup"


def _breakable(text: str) -> str:
    """Let long addresses break at their slashes."""
    return re.sub(r"([/?&=]+)(?=\S)", r"\1\\allowbreak{}", text)


def _numbered(inputs: Iterable[InputUsed]) -> dict[str, int]:
    """Number the sources of inputs, in the order in which they are met."""
    sources = dict.fromkeys(one.source for one in inputs if one.source)
    return {source: place for place, source in enumerate(sources, start=1)}


_LATEX_PREAMBLE = r"""\documentclass[10pt,a4paper,fleqn]{article}
\usepackage{iftex}
\ifPDFTeX
  \usepackage[utf8]{inputenc}
  \IfFileExists{lmodern.sty}{\usepackage[T1]{fontenc}\usepackage{lmodern}}{}
  \usepackage{textcomp}
\else
  \usepackage{fontspec}
\fi
\usepackage[margin=20mm]{geometry}
\usepackage{amsmath,graphicx,array,longtable}
\setlength{\parindent}{0pt}\setlength{\mathindent}{0pt}\setlength{\emergencystretch}{3em}
\allowdisplaybreaks"""
#: An equation wider than the page is made smaller; what it is and its unit stand above it.
_LATEX_COMMANDS = r"""\providecommand{\HeconWhat}[2]{\par\medskip\noindent\textbf{#1}\hfill\textit{#2}\par\nopagebreak}
\providecommand{\HeconNote}[1]{{\par\noindent\small #1\par}}
\providecommand{\HeconEquation}[2]{\begingroup\abovedisplayskip=2pt\abovedisplayshortskip=2pt
  \belowdisplayskip=4pt\belowdisplayshortskip=4pt\setbox0\hbox{$\displaystyle #2$}%
  \dimen0=\linewidth\advance\dimen0 by-3em
  \begin{equation*}\ifdim\wd0>\dimen0\resizebox{\dimen0}{!}{\box0}\else\box0\fi\tag{#1}\end{equation*}\endgroup}
\providecommand{\HeconSymbol}[1]{\leavevmode\setbox0\hbox{$#1$}%
  \ifdim\wd0>\linewidth\resizebox{\linewidth}{!}{\box0}\else\box0\fi}"""
#: Letters up to here are known to LaTeX by themselves.
_KNOWN_LETTERS = 0x17F


def _declared(body: str, document: Equations) -> Iterator[str]:
    """Characters that pdfTeX has no letter for are shown by their number; other engines take them from the font."""
    text = body + latex_text(document.title) + "".join(latex_text(part) for fact in document.facts for part in fact)
    unknown = sorted({one for one in text if ord(one) > _KNOWN_LETTERS})
    if unknown:
        yield r"\ifPDFTeX"
        for one in unknown:
            yield rf"\DeclareUnicodeCharacter{{{ord(one):04X}}}{{{_stand_in(one)}}}"
        yield r"\fi"


def _stand_in(letter: str) -> str:
    if unicodedata.category(letter) == "Zs":
        return r"\quad "
    return "" if unicodedata.combining(letter) else f"[U+{ord(letter):04X}]"


# HTML.


def _html_body(document: Equations) -> Iterator[str]:
    yield f"<h2>{_NOTATION}</h2>"
    yield "<ul>"
    yield from (f"<li>{html_sentence(sentence)}</li>" for sentence in document.notation)
    yield "</ul>"
    for section, equations in by_section(document.equations):
        yield f"<h2>{xml_text(section)}</h2>"
        for equation in equations:
            yield f'<div class="equation" id="equation-{equation.number}">'
            if equation.is_first:
                unit = f' <span class="unit">{xml_text(equation.unit)}</span>' if equation.unit else ""
                yield f'<p class="what">{xml_text(equation.what)}{unit}</p>'
            formula = math(equation.formula, display=True)
            yield f'<div class="formula">{formula}<span class="number">({equation.number})</span></div>'
            if equation.notes:
                yield f'<p class="note">{" ".join(html_sentence(note) for note in equation.notes)}</p>'
            yield "</div>"
    if document.inputs:
        yield f"<h2>{_INPUTS}</h2>"
        yield "<table><thead><tr>" + "".join(f"<th>{name}</th>" for name in _HEADERS) + "</tr></thead><tbody>"
        sources = _numbered(document.inputs)
        for one in document.inputs:
            cells = [f"<td>{xml_text(text)}</td>" for text in (one.words, one.unit)]
            cells.append(f'<td class="value">{xml_text(one.value)}</td>')
            status = "assumed" if one.status == "assumed" else "status"
            cells.append(f'<td class="{status}">{xml_text(one.status)}</td>')
            link = f'<a href="#source-{sources[one.source]}">[{sources[one.source]}]</a>' if one.source else ""
            yield f"<tr><td>{math(one.symbol)}</td>{''.join(cells)}<td>{link}</td></tr>"
        yield "</tbody></table>"
        if sources:
            yield f'<h3>{_SOURCES}</h3><ol class="sources">'
            yield from (f'<li id="source-{place}">{xml_text(source)}</li>' for source, place in sources.items())
            yield "</ol>"


def html_sentence(sentence: Sentence) -> str:
    """Write a sentence with its formulas as HTML."""
    return "".join(xml_text(part) if isinstance(part, str) else math(part) for part in sentence)


_HTML_BEGIN = """<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" lang="en">
<head>
<meta charset="utf-8"/>"""
_STYLE = """
body { font: 15px/1.45 "Source Sans 3", "Segoe UI", "Helvetica Neue", Arial, sans-serif; color: #1a1a1a;
  max-width: 62rem; margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; border-bottom: 1px solid #1f3864;
  color: #1f3864; padding-bottom: .2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; font-size: .85rem; color: #444; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
.equation { margin: 1.1rem 0; break-inside: avoid; }
.what { margin: 0; font-weight: 600; display: flex; justify-content: space-between; gap: 1rem; }
.unit { font-weight: 400; font-style: italic; color: #444; }
.formula { display: flex; align-items: center; justify-content: space-between; gap: 1rem; }
.formula math { overflow-x: auto; overflow-y: hidden; padding: .35rem 0; margin: 0; width: auto; max-width: 100%; }
.number { color: #444; }
.note { margin: 0; font-size: .85rem; color: #333; }
table { border-collapse: collapse; font-size: .82rem; width: 100%; }
mtable { width: auto; font-size: inherit; } mtext { font-family: inherit; }
th { text-align: left; border-bottom: 2px solid #1f3864; }
th, td { padding: .2rem .5rem .2rem 0; vertical-align: top; } tbody tr { border-bottom: 1px solid #ddd; }
.sources { font-size: .82rem; overflow-wrap: anywhere; } td a { color: inherit; }
.value { text-align: right; padding-right: 1rem; white-space: nowrap; } .assumed { color: #b45f06; }
@media print { body { max-width: none; margin: 0; } h2 { break-after: avoid; } }
"""

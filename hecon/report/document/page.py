"""The report as one HTML file, and the only importer of jinja2: it asks for nothing from anywhere, and prints well.

Figures are drawings in the page. What can be pointed at says its value: bars, cells, boxes and arrows by themselves,
also without a script; lines and stacked shares with a few lines of JavaScript in the page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hecon.errors import HeconError
from hecon.report.document.numbering import Numbering
from hecon.report.document.parts import (
    Bullets,
    Document,
    Formula,
    Paragraph,
    Picture,
    ReportTable,
    Section,
    SourceList,
    Symbols,
    pieces,
)
from hecon.report.equations.appendix import html_sentence
from hecon.report.equations.mathml import math, xml_text

if TYPE_CHECKING:
    from hecon.report.figures.images import Image, Images, PointedPlace

_EXTRA = 'HTML reports need jinja2: python -m pip install "hecon[report]"'
_HERE = Path(__file__).parent
_ADDRESS = re.compile(r"https?://[^\s;,)]+[^\s;,.)]")


def page(document: Document, images: Images) -> str:
    """Write the report as one HTML page. Raises `HeconError` where jinja2 is not installed."""
    refuse_missing()
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    writer = _Writer(document, images)
    environment = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("page.html").render(
        document=document,
        contents=[
            (level, place.anchor, place.called.removeprefix("Section "), place.title)
            for level, place in writer.contents()
        ],
        body=Markup(writer.body()),
        style=Markup((_HERE / "page.css").read_text(encoding="utf-8")),
        script=Markup((_HERE / "page.js").read_text(encoding="utf-8")),
    )


def refuse_missing() -> None:
    """Raise `HeconError` where jinja2 is not installed."""
    try:
        import jinja2  # noqa: F401
    except ImportError:
        raise HeconError(_EXTRA) from None


class _Writer:
    """Writes the blocks of a document as HTML."""

    def __init__(self, document: Document, images: Images) -> None:
        self._document, self._images, self._numbers = document, images, Numbering.of(document)

    def contents(self) -> Iterable[tuple[int, Any]]:
        """Give level and place of each section in the list of contents."""
        for section in self._document.sections:
            yield 1, self._numbers[section.key]
            for block in section.blocks:
                if isinstance(block, Section):
                    yield 2, self._numbers[block.key]

    def body(self) -> str:
        """Write every section."""
        return "\n".join(self._section(section, 1) for section in self._document.sections)

    def _section(self, section: Section, level: int) -> str:
        at = self._numbers[section.key]
        number = at.called.removeprefix("Section ")
        tag = f"h{min(level + 1, 6)}"
        inner = [
            self._section(block, level + 1) if isinstance(block, Section) else self._block(block)
            for block in section.blocks
        ]
        heading = f'<{tag}><span class="number">{number}</span> {xml_text(section.title)}</{tag}>'
        return f'<section id="{at.anchor}" class="level{level}">{heading}\n' + "\n".join(inner) + "</section>"

    def _block(self, block: Any) -> str:
        if isinstance(block, Paragraph):
            return f"<p>{self._words(block.text)}</p>"
        if isinstance(block, Bullets):
            return "<ul>" + "".join(f"<li>{self._words(item)}</li>" for item in block.items) + "</ul>"
        if isinstance(block, ReportTable):
            return self._table(block)
        if isinstance(block, Picture):
            return self._picture(block)
        if isinstance(block, Symbols):
            return "<ul>" + "".join(f"<li>{html_sentence(item)}</li>" for item in block.items) + "</ul>"
        if isinstance(block, Formula):
            return _formula(block)
        if isinstance(block, SourceList):
            items = (f'<li id="source_{n}">{_linked(source)}</li>' for n, source in enumerate(block.sources, start=1))
            return f'<ol class="references">{"".join(items)}</ol>'
        raise TypeError(f"no block: {block!r}")

    def _words(self, text: str) -> str:
        """Write a text; where it points to a part stands a link."""
        return "".join(
            xml_text(words)
            if words
            else f'<a class="pointer" href="#{self._numbers[key].anchor}">{xml_text(self._numbers[key].called)}</a>'
            for words, key in pieces(text)
        )

    def _table(self, table: ReportTable) -> str:
        at = self._numbers[table.key]
        sides = ["" if column.style == "text" else ' class="n"' for column in table.columns]
        head = "".join(
            f'<th scope="col"{side}>{xml_text(column.title)}</th>'
            for column, side in zip(table.columns, sides, strict=True)
        )
        rows = []
        for place, (texts, values) in enumerate(zip(table.texts(), table.values(), strict=True)):
            cells = "".join(
                f"<td{side}{_exact(value)}>{self._words(text)}</td>"
                for text, value, side in zip(texts, values, sides, strict=True)
            )
            bold = ' class="bold"' if place in table.bold else ""
            rows.append(f"<tr{bold}>{cells}</tr>")
        note = f'<p class="note">{xml_text(table.note)}</p>' if table.note else ""
        caption = f"<figcaption><b>{at.called}.</b> {xml_text(table.title)}</figcaption>"
        inner = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        return f'<figure class="table" id="{at.anchor}">{caption}<div class="scroll">{inner}</div>{note}</figure>'

    def _picture(self, picture: Picture) -> str:
        at, image = self._numbers[picture.key], self._images[picture.key]
        caption = f"<figcaption><b>{at.called}.</b> {xml_text(picture.title)}</figcaption>"
        return (
            f'<figure class="picture" id="{at.anchor}" style="max-width:{image.inches[0] * 1.35:.1f}in">'
            f"{_drawing(image)}{caption}</figure>"
        )


def _exact(value: Any) -> str:
    """Give a number in full precision, for who copies or checks it."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and value == value
    return f' data-value="{float(value)!r}"' if is_number else ""


def _drawing(image: Image) -> str:
    """Give a drawing that scales with the page, with places that say their value and lines that can be followed."""
    width, height = (72 * side for side in image.inches)
    words = xml_text(image.alternative)
    svg = re.sub(
        r"<svg[^>]*>",
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" '
        f'aria-label="{words}" viewBox="0 0 {width:g} {height:g}" preserveAspectRatio="xMidYMid meet">',
        image.svg,
        count=1,
    )
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    spots = "".join(map(_spot, image.spots))
    svg = svg.replace("</svg>", f'<g class="spots">{spots}</g></svg>')
    lines = [{"name": line.name, "panel": line.panel, "points": line.points} for line in image.lines]
    data = json.dumps(lines, ensure_ascii=False).replace("<", "\\u003c")
    follow = f'<script type="application/json">{data}</script>' if lines else ""
    return f'<div class="drawing">{svg}{follow}</div>'


def _spot(spot: PointedPlace) -> str:
    """Give a place, or a way, that says its words also without a script."""
    title = f"<title>{xml_text(spot.words)}</title>"
    if spot.way:
        points = " ".join(f"{x:g},{y:g}" for x, y in spot.way)
        return f'<polyline class="spot way" points="{points}">{title}</polyline>'
    x, y, w, h = spot.place
    return f'<rect class="spot" x="{x}" y="{y}" width="{w}" height="{h}">{title}</rect>'


def _formula(one: Formula) -> str:
    unit = f' <span class="unit">{xml_text(one.unit)}</span>' if one.unit else ""
    what = f'<p class="what">{xml_text(one.what)}{unit}</p>' if one.what else ""
    notes = f'<p class="note">{" ".join(map(html_sentence, one.notes))}</p>' if one.notes else ""
    formula = math(one.formula, display=True)
    return (
        f'<div class="equation">{what}<div class="formula">{formula}<span class="number">({one.number})</span></div>'
        f"{notes}</div>"
    )


def _linked(source: str) -> str:
    """Write a source, with its addresses as links."""
    parts, last = [], 0
    for found in _ADDRESS.finditer(source):
        address = xml_text(found.group())
        parts += [xml_text(source[last : found.start()]), f'<a href="{address}" rel="noreferrer">{address}</a>']
        last = found.end()
    return "".join([*parts, xml_text(source[last:])])

"""The report as a Word document, and the only importer of python-docx: Word's own headings, captions, fields, tables.

A company's template restyles it: headings, ``Caption``, ``List Bullet`` and the table style ``Hecon Table`` are looked
up by name in the template, and made where it has none.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
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
from hecon.report.document.word_table import CELL_STYLE, CELL_STYLE_XML, NAVY, TABLE_STYLE, TABLE_STYLE_XML, table_xml

if TYPE_CHECKING:
    from hecon.report.figures.images import Images

_EXTRA = 'Word reports need python-docx: python -m pip install "hecon[report]"'
_DEEPEST = 3
_FACE = "Arial"
#: What follows `updateFields` among the settings of a document (ISO 29500-1, 17.15.1.78).
_AFTER_UPDATE = ("hdrShapeDefaults", "footnotePr", "endnotePr", "compat", "docVars", "rsids", "mathPr")
#: A drawing beside the dots of a picture ([MS-ODRAWXML] 2.5.1, svgBlip).
_VECTORS = (
    '<a:extLst {}><a:ext uri="{{96DAC541-7B7A-43D3-8B79-37D633B846F1}}"><asvg:svgBlip '
    'xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main" r:embed="{}"/></a:ext></a:extLst>'
)


def word_document(document: Document, images: Images, template: str | Path | None = None) -> bytes:
    """Write the report as a .docx file, given as its bytes; in the styles of a `template` if one is given.

    Raises `HeconError` where python-docx is not installed, and for a template that is no Word document.
    """
    return _Writer(document, images, template).write()


def refuse_template(template: str | Path | None) -> None:
    """Raise `HeconError` where python-docx is not installed, and for a template that cannot be opened."""
    _opened(template)


def _opened(template: str | Path | None) -> Any:
    """Open an empty document, or a template without what stands in it: its styles, page, header and footer stay."""
    try:
        import docx
    except ImportError:
        raise HeconError(_EXTRA) from None
    if template is None:
        return docx.Document()
    if not Path(template).is_file():
        raise HeconError(f"{template} cannot be read: there is no such file")
    try:
        opened = docx.Document(str(template))
    except Exception as error:  # a file that is no archive, no Word document, or one with macros
        raise HeconError(f"{template} is no Word document (.docx) that can be opened: {error}") from None
    body = opened.element.body
    for child in list(body):
        if not child.tag.endswith("}sectPr"):
            body.remove(child)
    return opened


class _Writer:
    """Writes one document from top to bottom."""

    def __init__(self, document: Document, images: Images, template: str | Path | None) -> None:
        self._docx = _opened(template)
        import docx.oxml as oxml
        from docx.oxml.ns import nsdecls, qn
        from docx.shared import Cm, Pt

        self._document, self._images, self._numbers = document, images, Numbering.of(document)
        self._oxml, self._qn, self._declared, self._cm, self._pt = oxml, qn, nsdecls, Cm, Pt
        self._marks = 0
        self._drawn: list[str] = []
        self._own_template = template is None

    def write(self) -> bytes:
        """Write everything, and give the file."""
        self._prepare()
        self._front()
        for section in self._document.sections:
            self._section(section, 1)
        buffer = io.BytesIO()
        self._docx.save(buffer)
        return buffer.getvalue()

    # Styles and page.

    def _prepare(self) -> None:
        from hecon.report.provenance import created

        properties = self._docx.core_properties
        properties.title, properties.author = self._document.title, "hecon"
        properties.subject, properties.comments = self._document.subtitle, ""
        properties.language = self._document.language
        properties.created = properties.modified = created().replace(tzinfo=None)
        for name in ("Title", "Subtitle", "Heading 1", "Heading 2", "Heading 3", "Caption", "List Bullet"):
            self._style(name)
        if self._own_template:
            self._dress()
        known = [style.name for style in self._docx.styles]
        for name, xml in ((TABLE_STYLE, TABLE_STYLE_XML), (CELL_STYLE, CELL_STYLE_XML)):
            if name not in known:
                self._docx.styles.element.append(self._oxml.parse_xml(xml.format(self._declared("w"))))
        self._table_style = self._docx.styles[TABLE_STYLE].style_id
        # Page numbers of the contents are known to Word alone: it brings them up to date when it opens the file.
        settings = self._docx.settings.element
        if settings.find(self._qn("w:updateFields")) is None:
            asks = self._oxml.parse_xml(f'<w:updateFields {self._declared("w")} w:val="true"/>')
            after = next((one for one in settings if one.tag.rpartition("}")[2] in _AFTER_UPDATE), None)
            settings.append(asks) if after is None else after.addprevious(asks)

    def _style(self, name: str) -> Any:
        from docx.enum.style import WD_STYLE_TYPE

        styles = self._docx.styles
        return styles[name] if name in styles else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)

    def _dress(self) -> None:
        """Give hecon's own look to a document without a template: A4, one sans-serif face, navy headings."""
        from docx.shared import RGBColor

        cm, pt, navy = self._cm, self._pt, RGBColor.from_string(NAVY)
        for page in self._docx.sections:
            page.page_width, page.page_height = cm(21.0), cm(29.7)
            page.left_margin = page.right_margin = cm(2.2)
            page.top_margin, page.bottom_margin = cm(2.2), cm(2.0)
        sizes = {"Normal": 9.5, "Title": 21, "Subtitle": 13, "Heading 1": 15, "Heading 2": 12, "Heading 3": 10.5}
        for name, size in (sizes | {"Caption": 9, "List Bullet": 9.5}).items():
            style = self._style(name)
            style.font.size = pt(size)
            style.font.name = _FACE
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for attribute in list(fonts.attrib):
                if "Theme" in attribute:
                    del fonts.attrib[attribute]
            for script in ("ascii", "hAnsi", "cs", "eastAsia"):
                fonts.set(self._qn(f"w:{script}"), _FACE)
            if name not in ("Normal", "List Bullet"):
                style.font.color.rgb = navy
        self._style("Subtitle").font.italic = False
        caption = self._style("Caption")
        caption.font.bold, caption.paragraph_format.space_before = True, pt(10)
        caption.paragraph_format.space_after = pt(4)
        normal = self._style("Normal").paragraph_format
        normal.space_after, normal.line_spacing = pt(6), 1.1
        self._style("List Bullet").paragraph_format.space_after = pt(3)
        for level, before in (("Heading 1", 18), ("Heading 2", 12), ("Heading 3", 10)):
            own = self._style(level).paragraph_format
            own.space_before, own.space_after, own.keep_with_next = pt(before), pt(4), True
        self._page_numbers()

    def _page_numbers(self) -> None:
        paragraph = self._docx.sections[0].footer.paragraphs[0]
        paragraph.alignment = 2
        self._field(paragraph, "PAGE", "1")

    # Title page and contents.

    def _front(self) -> None:
        own = self._document
        self._docx.add_paragraph(own.title, style="Title")
        self._docx.add_paragraph(own.subtitle, style="Subtitle")
        if own.notice:
            self._docx.add_paragraph().add_run(own.notice).bold = True
        for name, value in own.facts:
            paragraph = self._docx.add_paragraph()
            paragraph.paragraph_format.space_after = self._pt(0)
            paragraph.add_run(f"{name}: ").bold = True
            paragraph.add_run(value)
        self._contents()
        self._docx.add_page_break()

    def _contents(self) -> None:
        """Write the table of contents: a field that Word brings up to date, with what it shows until then.

        Until then it shows links without page numbers: where a page ends is not known before the file is laid out.
        """
        heading = self._docx.add_paragraph()
        heading.paragraph_format.space_before = self._pt(14)
        heading.add_run("Contents").bold = True
        entries = [(level, one) for level, one in _headings(self._document.sections, 1) if level <= 2]
        for place, (level, section) in enumerate(entries):
            paragraph = self._docx.add_paragraph(style=self._toc_style(level))
            if place == 0:
                self._mark_field(paragraph, "begin", dirty=True)
                self._instruction(paragraph, ' TOC \\o "1-2" \\h \\z \\u ')
                self._mark_field(paragraph, "separate")
            at = self._numbers[section.key]
            link = self._oxml.parse_xml(f'<w:hyperlink {self._declared("w")} w:anchor="{at.anchor}" w:history="1"/>')
            paragraph._p.append(link)
            inner = _Inside(paragraph, link)
            inner.add_run(f"{at.called.removeprefix('Section ')}  {section.title}")
            if place == len(entries) - 1:
                self._mark_field(paragraph, "end")

    def _toc_style(self, level: int) -> Any:
        name = f"toc {level}"
        fresh = name not in self._docx.styles
        style = self._style(name)
        if fresh:
            style.base_style = self._docx.styles["Normal"]
            shape = style.paragraph_format
            shape.left_indent, shape.space_after = self._cm(0.6 * (level - 1)), self._pt(0)
            shape.line_spacing, style.font.size = 1.0, self._pt(9)
            page = self._docx.sections[0]
            shape.tab_stops.add_tab_stop(page.page_width - page.left_margin - page.right_margin, 2, 1)
        return style

    # Blocks.

    def _section(self, section: Section, level: int) -> None:
        at = self._numbers[section.key]
        heading = self._docx.add_paragraph(style=f"Heading {min(level, _DEEPEST)}")
        self._bookmark(heading, at.anchor, at.called.removeprefix("Section "))
        heading.add_run(f"  {section.title}")
        if level == 1 and section.key != self._document.sections[0].key and section.key in _NEW_PAGE:
            heading.paragraph_format.page_break_before = True
        for block in section.blocks:
            if isinstance(block, Section):
                self._section(block, level + 1)
            else:
                self._block(block)

    def _block(self, block: Any) -> None:
        if isinstance(block, Paragraph):
            self._words(self._docx.add_paragraph(), block.text)
        elif isinstance(block, Bullets):
            for item in block.items:
                self._words(self._docx.add_paragraph(style="List Bullet"), item)
        elif isinstance(block, ReportTable):
            self._table(block)
        elif isinstance(block, Picture):
            self._picture(block)
        elif isinstance(block, Symbols):
            for sentence in block.items:
                self._sentence(self._docx.add_paragraph(style="List Bullet"), sentence)
        elif isinstance(block, Formula):
            self._formula(block)
        elif isinstance(block, SourceList):
            for number, source in enumerate(block.sources, start=1):
                self._reference(number, source)

    def _words(self, paragraph: Any, text: str) -> None:
        """Write a text; where it points to a part stands a reference field, so that it follows its number."""
        for words, key in pieces(text):
            if words:
                paragraph.add_run(words)
            else:
                before, shown, anchor = self._numbers.pointed(key)
                paragraph.add_run(before)
                self._field(paragraph, f"REF {anchor} \\h", shown)

    def _caption(self, key: str, title: str, *, keep: bool) -> None:
        at = self._numbers[key]
        kind, _, number = at.called.partition(" ")
        paragraph = self._docx.add_paragraph(style="Caption")
        paragraph.paragraph_format.keep_with_next = keep
        self._open_bookmark(paragraph, at.anchor)
        paragraph.add_run(f"{kind} ")
        self._field(paragraph, f"SEQ {kind} \\* ARABIC", number)
        self._close_bookmark(paragraph)
        paragraph.add_run(f". {title}")

    def _table(self, table: ReportTable) -> None:
        """Write a table as its XML at once: cell by cell through the library takes twenty times as long."""
        self._caption(table.key, table.title, keep=True)
        page = self._docx.sections[0]
        whole = int(page.page_width - page.left_margin - page.right_margin)
        xml = table_xml(table, self._numbers, whole, self._table_style)
        element = self._oxml.parse_xml(xml.replace("<w:tbl>", f"<w:tbl {self._declared('w')}>", 1))
        self._docx.element.body.insert_element_before(element, "w:sectPr")
        note = self._docx.add_paragraph()
        note.paragraph_format.space_after = self._pt(8 if table.note else 0)
        run = note.add_run(table.note or "\u00a0")
        run.font.size = self._pt(8 if table.note else 5)

    def _picture(self, picture: Picture) -> None:
        image = self._images[picture.key]
        page = self._docx.sections[0]
        widest = int(page.page_width - page.left_margin - page.right_margin)
        highest = int(self._cm(20))
        width, height = (int(self._pt(72 * side)) for side in image.inches)
        scale = min(1.0, widest / width, highest / height)
        paragraph = self._docx.add_paragraph()
        paragraph.alignment = 1
        paragraph.paragraph_format.keep_with_next = True
        shape = paragraph.add_run().add_picture(io.BytesIO(image.png), width=int(width * scale))
        self._add_vectors(shape, picture.key, image.svg)
        properties = shape._inline.docPr
        properties.set("descr", image.alternative)
        properties.set("title", picture.title)
        self._caption(picture.key, picture.title, keep=False)

    def _add_vectors(self, shape: Any, key: str, svg: str) -> None:
        """Put the drawing beside the dots of a picture: Word of 2016 and later shows the drawing, others the dots."""
        from docx.opc.constants import RELATIONSHIP_TYPE
        from docx.opc.packuri import PackURI
        from docx.opc.part import Part

        document, name = self._docx.part, PackURI(f"/word/media/drawing{len(self._drawn) + 1}.svg")
        self._drawn.append(key)
        mark = document.relate_to(Part(name, "image/svg+xml", svg.encode(), document.package), RELATIONSHIP_TYPE.IMAGE)
        blip = shape._inline.graphic.graphicData.pic.blipFill.blip
        blip.append(self._oxml.parse_xml(_VECTORS.format(self._declared("a", "r"), mark)))

    def _reference(self, number: int, source: str) -> None:
        paragraph = self._docx.add_paragraph()
        shape = paragraph.paragraph_format
        shape.left_indent, shape.first_line_indent = self._cm(0.9), self._cm(-0.9)
        shape.space_after = self._pt(3)
        self._bookmark(paragraph, f"source_{number}", f"[{number}]")
        paragraph.add_run(f" {source}")

    def _formula(self, one: Formula) -> None:
        from hecon.report.equations.omml import word_math

        if one.what:
            paragraph = self._docx.add_paragraph()
            paragraph.paragraph_format.keep_with_next = True
            paragraph.paragraph_format.space_after = self._pt(0)
            paragraph.add_run(one.what).bold = True
            if one.unit:
                paragraph.add_run(f"  ({one.unit})").italic = True
        paragraph = self._docx.add_paragraph()
        paragraph._p.append(self._oxml.parse_xml(word_math(one.formula)))
        paragraph.add_run(f"\u2003({one.number})")
        if one.notes:
            note = self._docx.add_paragraph()
            for place, sentence in enumerate(one.notes):
                note.add_run(" " if place else "")
                self._sentence(note, sentence)

    def _sentence(self, paragraph: Any, sentence: Sequence[Any]) -> None:
        from hecon.report.equations.omml import word_math

        for part in sentence:
            if isinstance(part, str):
                paragraph.add_run(part)
            else:
                paragraph._p.append(self._oxml.parse_xml(word_math(part)))

    # Fields and bookmarks, which python-docx has no words for.

    def _field(self, paragraph: Any, instruction: str, shown: str) -> None:
        self._mark_field(paragraph, "begin")
        self._instruction(paragraph, f" {instruction} ")
        self._mark_field(paragraph, "separate")
        paragraph.add_run(shown)
        self._mark_field(paragraph, "end")

    def _mark_field(self, paragraph: Any, kind: str, *, dirty: bool = False) -> None:
        extra = ' w:dirty="true"' if dirty else ""
        xml = f'<w:fldChar {self._declared("w")} w:fldCharType="{kind}"{extra}/>'
        paragraph.add_run()._r.append(self._oxml.parse_xml(xml))

    def _instruction(self, paragraph: Any, text: str) -> None:
        xml = f'<w:instrText {self._declared("w")} xml:space="preserve">{text}</w:instrText>'
        paragraph.add_run()._r.append(self._oxml.parse_xml(xml))

    def _bookmark(self, paragraph: Any, name: str, text: str) -> None:
        self._open_bookmark(paragraph, name)
        paragraph.add_run(text)
        self._close_bookmark(paragraph)

    def _open_bookmark(self, paragraph: Any, name: str) -> None:
        self._marks += 1
        xml = f'<w:bookmarkStart {self._declared("w")} w:id="{self._marks}" w:name="{name}"/>'
        paragraph._p.append(self._oxml.parse_xml(xml))

    def _close_bookmark(self, paragraph: Any) -> None:
        xml = f'<w:bookmarkEnd {self._declared("w")} w:id="{self._marks}"/>'
        paragraph._p.append(self._oxml.parse_xml(xml))


class _Inside:
    """A hyperlink within a paragraph, to which runs are added as to the paragraph."""

    def __init__(self, paragraph: Any, link: Any) -> None:
        self._paragraph, self._link = paragraph, link

    def add_run(self, text: str = "") -> Any:
        """Add a run of text at the end of the link."""
        run = self._paragraph.add_run(text)
        self._link.append(run._r)
        return run


#: Chapters that begin on a page of their own.
_NEW_PAGE = ("decision_problem", "equations", "settings", "references", "checklists")


def _headings(sections: Sequence[Any], level: int) -> list[tuple[int, Section]]:
    found = []
    for section in sections:
        if isinstance(section, Section):
            found += [(level, section), *_headings(section.blocks, level + 1)]
    return found

"""Tables of the Word report as XML: rows, widths of columns, reference fields in cells, and the style of tables."""

from __future__ import annotations

from collections.abc import Sequence

from hecon.report.document.numbering import Numbering
from hecon.report.document.parts import ReportTable, pieces
from hecon.report.equations.mathml import xml_text

TABLE_STYLE, NAVY, _RULE = "Hecon Table", "1F3864", "BFBFBF"
#: Points of the letters in tables, by how many columns there are at most.
_SIZES = ((6, 8.5), (9, 7.5), (99, 6.5))
#: Letters of a line of words in a long cell, and of the longest word that is not broken; how much wider bold is.
_LONGEST, _WORD, _BOLD = 48, 16, 1.12
#: Width of a letter as to its height, in the widest of the usual faces.
_LETTER = 0.6
#: English Metric Units in a point, and in the twentieth of one in which tables are measured.
_POINT, _TWIP = 12_700, 635
_RIGHT = '<w:jc w:val="right"/>'
_SPACING = '<w:spacing w:before="20" w:after="20" w:line="240" w:lineRule="auto"/>'
_LOOK = '<w:tblLook w:val="0420" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0"/>'


def table_xml(table: ReportTable, numbers: Numbering, whole: int, style: str) -> str:
    """Give a table as an element ``w:tbl``, as wide as the page; `whole` is that width in English Metric Units.

    The header is repeated on each page, and no row is broken between pages.
    """
    texts = table.texts()
    size = _size(len(table.columns))
    widths = [width // _TWIP for width in _widths(table, texts, numbers, whole)]
    right = [column.style != "text" for column in table.columns]

    def row(cells: Sequence[str], *, bold: bool, header: bool = False) -> str:
        made = "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr><w:p><w:pPr>{_SPACING}'
            f"{_RIGHT if is_right else ''}</w:pPr>{_runs(text, numbers, size, bold=bold)}</w:p></w:tc>"
            for text, width, is_right in zip(cells, widths, right, strict=True)
        )
        return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if header else ''}</w:trPr>{made}</w:tr>"

    rows = [row([column.title for column in table.columns], bold=True, header=True)]
    rows += [row(cells, bold=place in table.bold) for place, cells in enumerate(texts)]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    shape = f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>{_LOOK}'
    begin = f'<w:tbl><w:tblPr><w:tblStyle w:val="{style}"/>{shape}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
    return f"{begin}{''.join(rows)}</w:tbl>"


def _runs(text: str, numbers: Numbering, size: float, *, bold: bool) -> str:
    """Give the runs of a text in a cell, with reference fields where it points to parts."""
    look = f'<w:rPr>{"<w:b/>" if bold else ""}<w:sz w:val="{round(2 * size)}"/></w:rPr>'

    def run(inner: str) -> str:
        return f"<w:r>{look}{inner}</w:r>"

    made = []
    for words, key in pieces(text):
        if words:
            made.append(run(f'<w:t xml:space="preserve">{xml_text(words)}</w:t>'))
        else:
            before, shown, anchor = numbers.pointed(key)
            made += [
                run(f'<w:t xml:space="preserve">{before}</w:t>'),
                run('<w:fldChar w:fldCharType="begin"/>'),
                run(f'<w:instrText xml:space="preserve"> REF {anchor} \\h </w:instrText>'),
                run('<w:fldChar w:fldCharType="separate"/>'),
                run(f"<w:t>{xml_text(shown)}</w:t>"),
                run('<w:fldChar w:fldCharType="end"/>'),
            ]
    return "".join(made)


def _size(columns: int) -> float:
    return next(points for most, points in _SIZES if columns <= most)


def _widths(table: ReportTable, texts: Sequence[Sequence[str]], numbers: Numbering, whole: int) -> list[int]:
    """Share the width of the page: to each column what its longest word needs, the rest by what it holds."""
    least, wanted = [], []
    for place, column in enumerate(table.columns):
        cells = [numbers.plain(row[place]) for row in texts]
        words = max((len(word) for text in cells for word in text.split()), default=1)
        heading = max(map(len, column.title.split()), default=1) * _BOLD
        least.append(max(min(words, _WORD), min(heading, _WORD * _BOLD), 4) + 1.5)
        wanted.append(max(least[-1], min(max(map(len, cells), default=1), _LONGEST)))
    spare = max(whole / (_LETTER * _POINT * _size(len(table.columns))) - sum(least), 0.0)
    more = [one - two for one, two in zip(wanted, least, strict=True)]
    share = min(1.0, spare / sum(more)) if sum(more) else 0.0
    found = [one + share * two for one, two in zip(least, more, strict=True)]
    return [int(whole * one / sum(found)) for one in found]


TABLE_STYLE_XML = f"""<w:style {{0}} w:type="table" w:customStyle="1" w:styleId="HeconTable">
<w:name w:val="{TABLE_STYLE}"/><w:basedOn w:val="TableNormal"/><w:uiPriority w:val="59"/><w:qFormat/>
<w:tblPr><w:tblBorders><w:top w:val="single" w:sz="10" w:space="0" w:color="{NAVY}"/>
<w:bottom w:val="single" w:sz="10" w:space="0" w:color="{NAVY}"/>
<w:insideH w:val="single" w:sz="4" w:space="0" w:color="{_RULE}"/></w:tblBorders>
<w:tblCellMar><w:left w:w="55" w:type="dxa"/><w:right w:w="55" w:type="dxa"/></w:tblCellMar></w:tblPr>
<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr><w:tcBorders>
<w:bottom w:val="single" w:sz="8" w:space="0" w:color="{NAVY}"/></w:tcBorders>
<w:shd w:val="clear" w:color="auto" w:fill="DDE6F3"/><w:vAlign w:val="bottom"/></w:tcPr></w:tblStylePr></w:style>"""

"""Tables of the Word report as XML: rows, widths of columns, reference fields in cells, and the style of tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hecon.report.document.numbering import Numbering
from hecon.report.document.parts import ReportTable, pieces
from hecon.report.equations.mathml import xml_text

TABLE_STYLE, CELL_STYLE, NAVY, _RULE = "Hecon Table", "Hecon Cell", "1F3864", "BFBFBF"
#: Points of the letters in a table: the largest at which no word is broken and the table is not much taller.
_SIZES = (8.5, 8.0, 7.5, 7.0, 6.5, 6.0)
#: Letters of the longest word that is not broken; how much wider bold is; how often width is
#: shared out; how many times as tall as with the smallest letters a table may be.
_WORD, _BOLD, _SHARES, _LONGER = 16, 1.2, 32, 1.6
#: Width of a letter as to its height, in the widest of the usual faces; what a cell has on both sides, in
#: points; letters by which a word may be wider than its letters are on average.
_LETTER, _BESIDE, _SLACK = 0.63, 7.0, 0.5
#: A table of at most so many rows stands on one page; of a longer one, so many rows stay together at both ends.
_SHORT, _TOGETHER = 16, 3
#: English Metric Units in a point.
_POINT = 12_700
_CELL = '<w:pStyle w:val="HeconCell"/>'
_RIGHT = '<w:jc w:val="right"/>'
_SPACING = '<w:spacing w:before="20" w:after="20" w:line="240" w:lineRule="auto"/>'
_LOOK = '<w:tblLook w:val="0420" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0"/>'


def table_xml(table: ReportTable, numbers: Numbering, whole: int, style: str) -> str:
    """Give a table as an element ``w:tbl``, as wide as the page; `whole` is that width in English Metric Units.

    The header is repeated on each page, and no row is broken between pages. A short table is not broken at all.
    """
    texts = table.texts()
    size, widths = _widths(table, texts, numbers, whole / _POINT)
    right = [column.style != "text" for column in table.columns]

    def row(cells: Sequence[str], *, bold: bool, keep: bool, header: bool = False) -> str:
        kept = "<w:keepNext/>" if keep else ""
        made = "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr><w:p><w:pPr>{_CELL}{kept}{_SPACING}'
            f"{_RIGHT if is_right else ''}</w:pPr>{_runs(text, numbers, size, bold=bold)}</w:p></w:tc>"
            for text, width, is_right in zip(cells, widths, right, strict=True)
        )
        return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if header else ''}</w:trPr>{made}</w:tr>"

    last = len(texts) - 1
    rows = [row([column.title for column in table.columns], bold=True, keep=True, header=True)]
    for place, cells in enumerate(texts):
        keep = place < last and (last < _SHORT or place < _TOGETHER - 1 or place > last - _TOGETHER)
        rows.append(row(cells, bold=place in table.bold, keep=keep))
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
                run(f'<w:instrText xml:space="preserve"> REF {anchor} \\h \\* MERGEFORMAT </w:instrText>'),
                run('<w:fldChar w:fldCharType="separate"/>'),
                run(f"<w:t>{xml_text(shown)}</w:t>"),
                run('<w:fldChar w:fldCharType="end"/>'),
            ]
    return "".join(made)


def _widths(
    table: ReportTable, texts: Sequence[Sequence[str]], numbers: Numbering, whole: float
) -> tuple[float, list[int]]:
    """Give the size of the letters in points, and the widths of the columns in twentieths of a point.

    Each column has what its longest word needs; the rest of the page goes, share by share, where it makes the table
    lower.
    """
    plain = [[numbers.plain(text) for text in row] for row in texts]
    heads = [column.title for column in table.columns]
    least = np.array(
        [
            max([_longest(row[place]) for row in plain] + [_longest(head) * _BOLD, 3.0])
            for place, head in enumerate(heads)
        ]
    )
    letters = np.array([[len(text) for text in row] for row in plain] + [[_BOLD * len(head) for head in heads]])
    room = whole - _BESIDE * len(heads)
    smallest = _SIZES[-1]
    lowest = _height(letters, _shared(letters, least, room / (_LETTER * smallest)), smallest)
    for size in _SIZES:
        widths = _shared(letters, least, room / (_LETTER * size))
        fits = least.sum() * _LETTER * size <= room
        if size == smallest or (fits and _height(letters, widths, size) <= _LONGER * lowest):
            break
    return size, [int(20 * (_BESIDE + room * one / widths.sum())) for one in widths]


def _shared(letters: np.ndarray, least: np.ndarray, room: float) -> np.ndarray:
    """Share what room there is beyond the least widths, in letters, where it makes the table lower."""
    share = (room - least.sum()) / _SHARES
    widths = least.astype(float)
    rows = np.arange(len(letters))
    for _ in range(_SHARES if share > 0 else 0):
        lines = letters / widths
        tallest = lines.argmax(axis=1)
        most = lines[rows, tallest]
        lines[rows, tallest] = 0
        # How tall a row is without the column, and so how tall it is when that column is wider.
        others = np.where(tallest[:, None] == np.arange(len(widths)), lines.max(axis=1)[:, None], most[:, None])
        taller = np.maximum(np.maximum(letters / (widths + share), others), 1)
        gains = (np.maximum(most, 1)[:, None] - taller).sum(axis=0)
        widths[int(np.argmax(gains if gains.max() > 0 else (letters / widths).max(axis=0)))] += share
    return widths


def _height(letters: np.ndarray, widths: np.ndarray, size: float) -> float:
    """Give how tall a table is, in points: words leave a part of most lines empty."""
    return float(size * np.ceil(1.1 * letters / widths - 0.15).max(axis=1).sum())


def _longest(text: str) -> float:
    """Letters of the longest word that is not broken; a line may end after a hyphen."""
    return max((min(len(word), _WORD) for word in text.replace("-", "- ").split()), default=1) + _SLACK


TABLE_STYLE_XML = f"""<w:style {{0}} w:type="table" w:customStyle="1" w:styleId="HeconTable">
<w:name w:val="{TABLE_STYLE}"/><w:basedOn w:val="TableNormal"/><w:uiPriority w:val="59"/><w:qFormat/>
<w:tblPr><w:tblBorders><w:top w:val="single" w:sz="10" w:space="0" w:color="{NAVY}"/>
<w:bottom w:val="single" w:sz="10" w:space="0" w:color="{NAVY}"/>
<w:insideH w:val="single" w:sz="4" w:space="0" w:color="{_RULE}"/></w:tblBorders>
<w:tblCellMar><w:left w:w="55" w:type="dxa"/><w:right w:w="55" w:type="dxa"/></w:tblCellMar></w:tblPr>
<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr><w:tcBorders>
<w:bottom w:val="single" w:sz="8" w:space="0" w:color="{NAVY}"/></w:tcBorders>
<w:shd w:val="clear" w:color="auto" w:fill="DDE6F3"/><w:vAlign w:val="bottom"/></w:tcPr></w:tblStylePr></w:style>"""

#: Of paragraphs in cells; what a field shows takes its size from here where a reader of the file works it out anew.
CELL_STYLE_XML = f"""<w:style {{0}} w:type="paragraph" w:customStyle="1" w:styleId="HeconCell">
<w:name w:val="{CELL_STYLE}"/><w:basedOn w:val="Normal"/><w:uiPriority w:val="59"/><w:qFormat/>
<w:rPr><w:sz w:val="14"/></w:rPr></w:style>"""

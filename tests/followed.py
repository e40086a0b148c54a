"""Where a value of a workbook is typed: a cell of Settings or Curves that follows sheet Control is changed there."""

import re
from typing import Any


def typed_in(book: Any, cell: Any) -> Any:
    """Give the cell that holds the value of a cell: itself, or the one of Control that its formula refers to."""
    follows = re.match(r"=IF\((Control)!(\$[A-Z]+\$\d+)=", str(cell.value))
    return book[follows[1]][follows[2].replace("$", "")] if follows else cell


def setting_cell(book: Any, name: str) -> Any:
    """Give the cell in which a setting is typed."""
    return typed_in(book, next(row[1] for row in book["Settings"].iter_rows(min_row=5) if row[0].value == name))

"""Columns that belong to whoever works with a workbook, and are not read: ``my ...``."""

from __future__ import annotations

from hecon.inputs.columns import Column
from hecon.inputs.format import OWN_PREFIX


def is_own(header: object) -> bool:
    """Whether a column belongs to whoever works with the file, and is not read.

    >>> is_own("my check"), is_own("median")
    (True, False)
    """
    return isinstance(header, str) and header.strip().lower().startswith(OWN_PREFIX)


def own_column(header: str) -> Column:
    """Give a column of the author's as it is written."""
    return Column(header, "any", "Yours: it is not read.", width=22)

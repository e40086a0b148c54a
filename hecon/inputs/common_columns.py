"""Columns that several sheets of the workbook format share."""

from __future__ import annotations

from dataclasses import replace

from hecon.domains import AT_LEAST_0
from hecon.inputs.columns import Column
from hecon.settings import TIME_UNITS

_STATUSES = ("reported", "derived", "assumed")


def label_column(dimension: str, meaning: str, *, required: bool = True, name: str = "") -> Column:
    """Give a column that names a label of a dimension."""
    return Column(name or dimension, "label", meaning, required=required, dimension=dimension, width=22)


STRATEGY_COLUMN = label_column("strategy", "The strategy.")
ENDPOINT_COLUMN = label_column("endpoint", "The time-to-event endpoint.")
TIME_UNIT_COLUMN = Column("time_unit", "choice", "Unit of time.", allowed=TIME_UNITS, width=11)
STATUS_COLUMN = Column(
    "status",
    "choice",
    "reported: read in the source. derived: computed from reported numbers. assumed: a judgement or a placeholder.",
    required=True,
    allowed=_STATUSES,
    width=11,
)
STATUS_IF_KNOWN_COLUMN = replace(STATUS_COLUMN, required=False)
SOURCE_COLUMN = Column("source", "text", "Where the number comes from; required when reported or derived.", width=48)
SOURCE_OF_ALL_COLUMN = Column("source", "text", "Where the table comes from; its first row is enough.", width=48)
NOTE_COLUMN = Column(
    "note", "text", "Anything a reviewer should know; an assumed number needs a source or a note.", width=48
)
TIME_COLUMN = Column("time", "number", "Time since the start, in the time unit of the curve.", True, bounds=AT_LEAST_0)

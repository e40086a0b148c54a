"""Columns that several sheets of the workbook format share."""

from __future__ import annotations

from dataclasses import replace

from hecon.domains import AT_LEAST_0
from hecon.inputs.columns import Column
from hecon.settings import TIME_UNITS

STATUSES = ("reported", "derived", "assumed")


def label(dimension: str, meaning: str, *, required: bool = True, name: str = "") -> Column:
    """Give a column that names a label of a dimension."""
    return Column(name or dimension, "label", meaning, required=required, dimension=dimension, width=22)


STRATEGY = label("strategy", "The strategy.")
ENDPOINT = label("endpoint", "The time-to-event endpoint.")
TIME_UNIT = Column("time_unit", "choice", "Unit of time.", allowed=TIME_UNITS, width=11)
STATUS = Column(
    "status",
    "choice",
    "reported: read in the source. derived: computed from reported numbers. assumed: a judgement or a placeholder.",
    required=True,
    allowed=STATUSES,
    width=11,
)
STATUS_IF_KNOWN = replace(STATUS, required=False)
SOURCE = Column("source", "text", "Where the number comes from; required when reported or derived.", width=48)
SOURCE_OF_ALL = Column("source", "text", "Where the table comes from; its first row is enough.", width=48)
NOTE = Column("note", "text", "Anything a reviewer should know; an assumed number needs a source or a note.", width=48)
TIME = Column("time", "number", "Time since the start, in the time unit of the curve.", True, bounds=AT_LEAST_0)

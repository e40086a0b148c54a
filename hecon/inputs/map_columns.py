"""The columns of sheet Map, which asks for a decision map."""

# ruff: noqa: E501  (a table reads best with one row a line)
from __future__ import annotations

from hecon.domains import Domain
from hecon.inputs.columns import Column
from hecon.inputs.patterns import READINGS

#: Where a pattern over horizons holds; what a row of that sheet is about.
MAP = "Map"
_KINDS = ("choice", "input", "pattern", "reading")
MAP_COLUMNS = (
    Column("kind", "choice", "choice: one of the choices of an axis. input: an axis along the values of an input. pattern: what to look for. reading: of what it is asked; without such rows of all that the model tells.", True, allowed=_KINDS, width=11),
    Column("axis", "text", "Name of the axis that a choice belongs to; blank in other rows.", width=24),
    Column("name", "text", "choice: its name. input: the input, such as drug_price: daratumumab. pattern: such as 1 yes, 3 yes, 5 no. reading: " + ", ".join(READINGS) + ", or several that must hold together, with + between them.", True, width=44),
    Column("scenario", "text", "choice: the scenario of Scenarios that makes it, or several with + between them; blank is the workbook as it stands. A later axis has the last word.", width=40),
    Column("low", "number", "input: the first value.", width=11),
    Column("high", "number", "input: the last value.", width=11),
    Column("points", "number", "input: how many values, evenly spaced; blank is 101.", bounds=Domain(2, 100_001), whole=True, width=9),
    Column("marked", "any", "input: values to point out in the figure, such as 5.5; 5.61.", width=16),
)  # fmt: skip

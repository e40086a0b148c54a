"""What a sheet and a column of the workbook format are: the words that `hecon.inputs.format` is written in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from hecon.domains import REAL, Domain
from hecon.frozen import frozen
from hecon.inputs.quantities import FAMILY, FAMILY_COEFFICIENTS

_Kind = Literal["label", "name", "text", "number", "choice", "days", "yes_no", "any"]


@frozen(eq=True)
class Column:
    """One column of a sheet: what a cell of it may hold.

    ``label`` cells name a label of ``dimension``; ``name`` cells hold an identifier; ``days`` cells a list of whole
    numbers such as ``1, 8, 15``; ``any`` cells a number or text. A blank cell takes ``default`` unless ``required``, or
    what ``follows`` from the other cells of its row, which it is left to where the cell ``follows_where`` is filled.
    """

    name: str
    kind: _Kind
    meaning: str
    required: bool = False
    allowed: tuple[str, ...] = ()
    default: object = None
    follows: Callable[[Mapping[str, Any]], object] | None = None
    follows_where: str = ""
    bounds: Domain = REAL
    whole: bool = False
    dimension: str = ""
    unit: str = ""
    width: int = 14

    @property
    def words(self) -> str:
        """What a cell may hold, in words."""
        if self.kind == "label":
            return f"one of the labels of {self.dimension}, from the Labels sheet"
        if self.kind == "choice":
            return "one of " + ", ".join(self.allowed)
        if self.kind == "number":
            words = "whole number" if self.whole else "number"
            return f"a {words}" + ("" if self.bounds == REAL else f"; it must {self.bounds.words}")
        return {
            "name": "a name in lower case, such as drug_price",
            "text": "text",
            "days": "whole numbers, such as 1, 8, 15, 22",
            "yes_no": "yes or no",
            "any": "a number or text",
        }[self.kind]


@frozen(eq=True)
class Sheet:
    """One sheet: its columns in order, which of them identify a row, and which other sheets it calls for.

    ``keys`` on a parameter sheet are the key columns that a new template shows; any dimension may be one. Columns in
    ``named_by`` name the parameter of a row on a parameter sheet without a column ``parameter``: ``well_to_ill``.
    """

    name: str
    help: str
    columns: tuple[Column, ...]
    role: Literal["settings", "labels", "parameters", "structure", "control"] = "structure"
    required: bool = False
    unique: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    free_keys: bool = False
    named_by: tuple[str, ...] = ()

    def free(self, dimensions: Iterable[str]) -> tuple[str, ...]:
        """Give the key columns that the sheet may have beside its own: dimensions, and the family where it is one."""
        if not self.free_keys:
            return ()
        family = (FAMILY,) if self.role == "structure" else ()
        return tuple(dict.fromkeys((*dimensions, *self.keys, *family)))

    def column(self, name: str) -> Column:
        """Give the column of that name; a name that is none of the sheet's own is a key column."""
        return next((column for column in self.columns if column.name == name), key_column(name))

    def headers(self, keys: Iterable[str] = ()) -> tuple[str, ...]:
        """Headers in order, with the key columns after the first column."""
        names = [column.name for column in self.columns]
        extra = [key for key in keys if key not in names]
        if self.role == "parameters":
            place = 0 if self.columns[0].kind == "label" else 1
            return (*names[:place], *extra, *names[place:])
        place = names.index("value") if self.free_keys else len(names)
        return (*names[:place], *extra, *names[place:])


def key_column(dimension: str) -> Column:
    """Give the column that says which label of a dimension a row is about."""
    if dimension == FAMILY:
        return Column(
            FAMILY,
            "choice",
            "Survival family that the coefficient belongs to.",
            allowed=tuple(FAMILY_COEFFICIENTS),
            width=18,
        )
    meaning = f"Which {dimension} the row is about; blank for a parameter that does not vary by {dimension}."
    return Column(dimension, "label", meaning, dimension=dimension, width=22)

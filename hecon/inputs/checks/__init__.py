"""What must hold between the rows and sheets of a workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hecon.frozen import frozen
from hecon.inputs.rows import Row, Table
from hecon.settings import Settings


@frozen(eq=True)
class TypedSheets:
    """The sheets of a workbook as typed rows, by the format's sheet names; faulty ones are among them.

    `labels` and `settings` are None while their sheets are faulty: checks that need them then stay silent.
    """

    tables: Mapping[str, Table]
    labels: Mapping[str, Sequence[str]] | None
    settings: Settings | None
    #: Whether the curves are still to be fitted: what can be fitted to evidence need not be there.
    to_fit: bool = False

    def rows(self, sheet: str) -> Sequence[Row]:
        """Rows of a sheet; none if it is absent."""
        table = self.tables.get(sheet)
        return table.rows if table else ()

    def name(self, sheet: str) -> str:
        """What the sheet is called in this workbook."""
        table = self.tables.get(sheet)
        return table.name if table else sheet

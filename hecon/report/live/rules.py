"""Which cells of the input sheets a reader may change in a live workbook."""

from __future__ import annotations

from collections.abc import Sequence

from hecon.frozen import frozen
from hecon.inputs.format import SHEETS_BY_NAME
from hecon.inputs.quantities import STRUCTURAL
from hecon.report.live.inputs import LIVE_SETTINGS, RATES, LiveInputs

#: Columns that say what a row of a parameter sheet is.
_KEYS = ("parameter", "unit", "price_year", "from", "to", "kind", "family", "item", "flow", "year")


@frozen
class Rules:
    """Which cells of the input sheets a reader may change in a live workbook, and what those of Curves may hold."""

    live: LiveInputs

    def is_fixed(self, sheet: str, row: int, column: str) -> bool:
        """Say whether a cell makes the structure, so that hecon must be run after a change."""
        kind = SHEETS_BY_NAME[sheet]
        if kind.role == "settings":
            setting = self.live.tables["Settings"][row]["setting"]
            is_schedule = setting in RATES and isinstance(self.live.settings.get(setting), tuple)
            free = setting in LIVE_SETTINGS and not is_schedule
            return column != "value" or not free
        if sheet == "Curves" and column == "family":
            return not self.options(sheet, row, column)
        if sheet == "Scenarios":
            scenario = self.live.tables[sheet][row]
            return column != "value" or scenario["scenario"] not in self.live.scenarios or isinstance(
                scenario["value"], str
            )  # fmt: skip
        if sheet == "Packs" and self.live.tables[sheet][row].get("price_per"):
            return True  # what a pack costs is said by a word
        if sheet == "Price index":
            return column != "index"
        if kind.role == "parameters":
            keys = (*_KEYS, *kind.keys, *self.live.dimensions)
            return column in keys or (column == "value" and self._is_blank_or_structural(sheet, row, column))
        return not self.live.follows(sheet, row, column)

    def _is_blank_or_structural(self, sheet: str, row: int, column: str) -> bool:
        record = self.live.tables[sheet][row]
        # Where a piecewise hazard changes, and the knots of a spline, are built into the formulas.
        return record.get(column) is None or str(record.get("parameter", "")).startswith(STRUCTURAL)

    def options(self, sheet: str, row: int, column: str) -> Sequence[str]:
        """Families that a cell of Curves may hold: those whose coefficients are on the sheets."""
        if sheet != "Curves" or column != "family" or not self.live.tables[sheet][row].get("family"):
            return ()
        record = self.live.tables[sheet][row]
        return tuple(
            option
            for choice in self.live.choices
            if (choice.strategy, choice.endpoint) == (record["strategy"], record["endpoint"])
            for option in choice.options
            if ": " not in option
        )

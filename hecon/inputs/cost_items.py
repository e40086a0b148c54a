"""The flows that a row of the sheet Cost items can follow: their names, what they count, what a row must say.

How each is worked out stands in `hecon.analysis.cost_items`, under the same names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hecon.frozen import frozen

if TYPE_CHECKING:
    import pandas as pd

COST_ITEMS = "Cost items"
ITEM_KINDS = ("cost", "qaly")
#: Columns that a flow may need; every row may name a strategy.
ABOUT_ITEMS = ("state", "to", "drug", "year")


@frozen(eq=True)
class ItemFlow:
    """What a flow counts, the columns that a row `needs` and those that it `may` fill; `timed` is counted in years."""

    meaning: str
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    timed: bool = False
    #: Whether it follows the sheet Schedules.
    of_schedules: bool = False


_BY_THOSE = "paid by those on treatment, as the model treats them, or by those in the state"
ITEM_FLOWS: Mapping[str, ItemFlow] = {
    "in_state": ItemFlow("time in the state; without one, time alive", may=("state",), timed=True),
    "on_treatment": ItemFlow("time on treatment; with a state, time in it", may=("state",), timed=True),
    "treatment_cycle": ItemFlow(
        f"day 1 of each treatment cycle of the drug, or of any, {_BY_THOSE}", may=("drug", "state"), of_schedules=True
    ),
    "dose": ItemFlow(
        "each dose of the drug, or of any, less those that relative_dose_intensity leaves out", may=("drug", "state"),
        of_schedules=True,
    ),
    "visit": ItemFlow("each planned day with an infusion or injection, of however many drugs", may=("state",),
                      of_schedules=True),
    "entering": ItemFlow("each entry into the state", needs=("state",)),
    "leaving": ItemFlow("each exit from the state", needs=("state",)),
    "transition": ItemFlow("each move from the state to the state of column to", needs=("state", "to")),
    "start": ItemFlow("once, at the start; with a state, by those who begin in it", may=("state",)),
    "once_at": ItemFlow("once, at the year, by those alive then; with a state, by those in it", needs=("year",),
                        may=("state",)),
}  # fmt: skip


def item_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Give the rows of the sheet as records that have all columns; what a row is not about is empty text."""
    blank = {"strategy": "", "state": "", "to": "", "drug": "", "cell": ""}
    return [{**blank, **{str(name): cell for name, cell in row.items()}} for row in table.to_dict("records")]


def flow_words() -> str:
    """Say what each flow counts, for the header of the column and the Guide."""
    return " ".join(f"{name}: {flow.meaning}." for name, flow in ITEM_FLOWS.items())

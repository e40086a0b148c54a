"""Tables of results that are rounded where they are shown, and in full precision where they are used."""

from __future__ import annotations

import pandas as pd

from hecon.looks import ShownInNotebooks, text_of


class RoundedTable(ShownInNotebooks, pd.DataFrame):
    """A data frame that shows itself rounded, at most 100 columns wide, with words where there is no ICER.

    Its values are those of any data frame, in full precision, and every part that is taken from it is a plain one.
    `print(table.to_string())` shows all of it.

    >>> table = RoundedTable({"strategy": ["A", "B"], "cost": [1234.5678, 900.0], "qaly": [1 / 3, 0.25]})
    >>> table
    strategy   cost   qaly
    --------  -----  -----
    A         1,235  0.333
    B           900  0.250
    >>> float(table.qaly[0]), type(table.head(1)).__name__
    (0.3333333333333333, 'DataFrame')
    """

    def __repr__(self) -> str:
        return text_of(self)

    def __str__(self) -> str:
        return text_of(self)

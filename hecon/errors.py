"""Everything hecon raises on purpose.

HeconError                  catch this to catch them all
├── InputError              a workbook or a file is wrong: every fault, by sheet and cell
├── UnknownNameError        a name nobody declared: a parameter, a setting, a label
├── AlignmentError          two labelled arrays do not share their labels
├── LineError               a ledger line whose factors do not fit its flow
└── CrossingError           PFS above OS while the crossing rule is ``error``
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = [
    "AlignmentError",
    "CrossingError",
    "Fault",
    "HeconError",
    "InputError",
    "LineError",
    "UnknownNameError",
]


#: Faults that a message lists; the others are counted.
MOST_FAULTS = 50


class HeconError(Exception):
    """The base of every error that hecon raises on purpose."""


class UnknownNameError(HeconError):
    """A name that nobody declared; the message offers the nearest one that exists."""


class AlignmentError(HeconError):
    """Two labelled arrays whose labels differ; the message shows both sides."""


class LineError(HeconError):
    """A ledger line whose factors do not fit its flow."""


class CrossingError(HeconError):
    """Progression-free survival rose above overall survival while the crossing rule is ``error``."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in a workbook, at one place.

    ``where`` is ``"Sheet!B4"``, a sheet's name, or an argument; ``what`` says the rule, the value
    found and what is allowed, in the words of Excel.
    """

    where: str
    what: str


class InputError(HeconError):
    """Wrong input: the message lists every fault with its place.

    >>> print(InputError("prices.xlsx", [Fault("Prices!C4", "the price is -2; it must be at least 0")]))
    1 problem in prices.xlsx
      Prices!C4   the price is -2; it must be at least 0
    """

    def __init__(self, source: str, faults: Sequence[Fault]) -> None:
        self.source = source
        self.faults = tuple(faults)
        super().__init__(str(self))

    def __str__(self) -> str:
        count = len(self.faults)
        shown = self.faults[:MOST_FAULTS]
        width = max((len(fault.where) for fault in shown), default=0)
        lines = [f"{count:,} problem{'s' if count != 1 else ''} in {self.source}"]
        lines += [f"  {fault.where:<{width}}   {fault.what}" for fault in shown]
        lines += [f"  and {count - MOST_FAULTS:,} more"] if count > MOST_FAULTS else []
        return "\n".join(lines)

    def __reduce__(self) -> tuple[type[InputError], tuple[str, tuple[Fault, ...]]]:
        return InputError, (self.source, self.faults)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``" Did you mean 'weibull'?"``, or nothing where no known name is near.

    >>> did_you_mean("weibul", ["weibull", "gamma"])
    " Did you mean 'weibull'?"
    """
    lowered = {str(option).lower(): str(option) for option in known}
    near = difflib.get_close_matches(str(name).lower(), lowered, n=1, cutoff=0.6)
    return f" Did you mean '{lowered[near[0]]}'?" if near else ""

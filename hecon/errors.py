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
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from hecon.frozen import frozen

__all__ = [
    "AlignmentError",
    "CrossingError",
    "Fault",
    "HeconError",
    "InputError",
    "LineError",
    "UnknownNameError",
]


#: Faults that a message lists; the others are counted. Characters of one that it shows.
MOST_FAULTS, MOST_CHARACTERS = 50, 1_500
#: A name longer than this is not compared with others: nobody misspelt it.
#: Of more names than this a message does not tell all: the nearest, and where they stand or the first few.
MOST_LISTED, _FEW = 20, 5
_LONGEST_NAME = 200
#: What was given is shown if it is no longer than this.
_LONGEST_SHOWN = 60


class HeconError(Exception):
    """The base of every error that hecon raises on purpose."""


def expect(given: object, kind: type | tuple[type, ...], what: str, cure: str) -> None:
    """Raise `HeconError` where an argument is of another kind: `what` it is called, and what it is made by.

    >>> expect(5, str, "title", "a text")
    Traceback (most recent call last):
    hecon.errors.HeconError: title is 5; it must be a text
    """
    if not isinstance(given, kind):
        raise HeconError(f"{what} is {as_given(given)}; it must be {cure}")


def as_given(given: object) -> str:
    """Give what was given as it was typed; of what is long or has no short look, its kind."""
    said = str(getattr(given, "__name__", "")) or repr(given)
    return said if len(said) <= _LONGEST_SHOWN and "\n" not in said else f"of type {type(given).__name__}"


class UnknownNameError(HeconError):
    """A name that nobody declared; the message offers the nearest one that exists."""


class AlignmentError(HeconError):
    """Two labelled arrays whose labels differ; the message shows both sides."""


class LineError(HeconError):
    """A ledger line whose factors do not fit its flow."""


class CrossingError(HeconError):
    """Progression-free survival rose above overall survival while the crossing rule is ``error``."""


@frozen(eq=True)
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
        lines = [f"{count:,} problem{'s' if count != 1 else ''} in {shortened(self.source)}"]
        lines += [f"  {fault.where:<{width}}   {shortened(fault.what, MOST_CHARACTERS)}" for fault in shown]
        lines += [f"  and {count - MOST_FAULTS:,} more"] if count > MOST_FAULTS else []
        return "\n".join(lines)

    def __reduce__(self) -> tuple[type[InputError], tuple[str, tuple[Fault, ...]]]:
        return InputError, (self.source, self.faults)


def shortened(text: object, most: int = 200) -> str:
    """Give a path or a message as a screen can show it: what is too long has its middle left out.

    >>> shortened("a" * 300, 20)
    'aaaaaaaaa...aaaaaaaa'
    """
    whole = str(text)
    return whole if len(whole) <= most else f"{whole[: most // 2 - 1]}...{whole[-(most // 2 - 2) :]}"


#: Letters of other alphabets that look like Latin ones, dashes and quotation marks, each as what it is taken for.
_LOOKALIKES = str.maketrans(
    "АВСЕНІЈКМОРЅТХаеорсухіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧο\u2010\u2011\u2012\u2013\u2014\u2015\u2212‘’“”",
    "ABCEHIJKMOPSTXaeopcyxijsABEZHIKMNOPTYXo-------''\"\"",
)
#: How a spreadsheet file writes a character that XML cannot hold.
_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")
_NAMES = {
    "\u00a0": "a no-break space",
    "\u00ad": "a soft hyphen",
    "\t": "a tab",
    "\n": "a line break",
    "\r": "a line break",
}


def unseen_difference(found: str, meant: str) -> str:
    """Say by which character two texts differ that look the same; nothing where they are equal or look different.

    >>> unseen_difference("New\\u00a0treatment", "New treatment")
    'a no-break space as character 4, for a space'
    """
    if found == meant or as_seen(found) != as_seen(meant):
        return ""
    if unicodedata.normalize("NFC", found) == unicodedata.normalize("NFC", meant):
        return "an accent written as a character of its own"
    place = next((at for at, pair in enumerate(zip(found, meant, strict=False)) if pair[0] != pair[1]), None)
    place = min(len(found), len(meant)) if place is None else place
    if (escaped := _ESCAPED.match(found, place)) and not _ESCAPED.match(meant, place):
        return f"{escaped[0]}, a character that cannot be seen, as character {place + 1}"
    ours, other = found[place : place + 1], meant[place : place + 1]
    if not ours or (_shown(ours) and other and not _shown(other)):
        return f"the lack of {_character(other)} as character {place + 1}"
    both = other and (_shown(ours) or (ours.isspace() and other.isspace()))
    return f"{_character(ours)} as character {place + 1}" + (f", for {_character(other)}" if both else "")


@lru_cache(maxsize=4_096)
def as_seen(text: str) -> str:
    """Give a text as an eye reads it: one kind of space, dash and accent, and nothing that has no width."""
    plain = unicodedata.normalize("NFKC", _ESCAPED.sub("", text)).translate(_LOOKALIKES)
    seen = "".join(letter for letter in plain if letter.isspace() or unicodedata.category(letter) not in ("Cf", "Cc"))
    return " ".join(seen.split())


def _shown(letter: str) -> bool:
    return bool(letter.strip()) and letter.isprintable()


def _character(letter: str) -> str:
    if letter in _NAMES:
        return _NAMES[letter]
    name = unicodedata.name(letter, f"character {ord(letter):04X}").lower()
    article = "an" if name[0] in "aeiou" else "a"
    return f"{article} {name}" if not letter.isascii() or not letter.isalnum() else f"'{letter}'"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``" Did you mean 'weibull'?"``, or nothing where no known name is near.

    Of a name that only looks like a known one it says the character by which they differ.

    >>> did_you_mean("weibul", ["weibull", "gamma"])
    " Did you mean 'weibull'?"
    >>> did_you_mean("Isa\\u2013Pd", ["Isa-Pd", "Pd"])
    " It looks like 'Isa-Pd' but has an en dash as character 4, for a hyphen-minus: type or copy it again."
    """
    if len(str(name)) > _LONGEST_NAME:
        return ""
    known = [option for option in map(str, known) if len(option) <= _LONGEST_NAME]
    for option in known:
        if unseen := unseen_difference(str(name), option):
            return f" It looks like '{option}' but has {unseen}: type or copy it again."
    lowered = {option.lower(): option for option in known}
    near = difflib.get_close_matches(str(name).lower(), lowered, n=1, cutoff=0.6)
    return f" Did you mean '{lowered[near[0]]}'?" if near else ""


def not_one_of(name: str, known: Iterable[str], where: str = "") -> str:
    """Say that a name is none of those known, with all of them; of many first the nearest, then where they are.

    >>> not_one_of("weibul", ["weibull", "gamma"])
    "is not one of weibull, gamma. Did you mean 'weibull'?"
    >>> not_one_of("weibul", ["weibull", *"abcdefghijklmnopqrst"], "on sheet Guide")
    "is not known. Did you mean 'weibull'? There are 21, on sheet Guide"
    """
    names = list(map(str, known))
    if len(names) <= MOST_LISTED:
        return f"is not one of {', '.join(names)}.{did_you_mean(name, names)}"
    return f"is not known.{did_you_mean(name, names)} There are {len(names)}, {where or some_of(names)}"


def some_of(names: Sequence[str]) -> str:
    """Name the first few of many."""
    return f"such as {', '.join(names[:_FEW])}"

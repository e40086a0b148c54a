"""Patterns over horizons, such as ``1 yes, 3 yes, 5 no``, and the readings of which they are asked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hecon.errors import HeconError
from hecon.frozen import frozen
from hecon.labels import one_of

#: Between what must hold together: readings, or the scenarios of a choice.
TOGETHER = " + "
CLINICAL = ("progression_free_life_years", "life_years", "qaly")
SAVING, WORTH = "saving", "worth_it"
_RATIOS = tuple(f"average_cost_per_{effect}" for effect in ("progression_free_month", "life_year", "qaly"))
BEFORE_PROGRESSION = "_before_progression"
#: Readings by name; ``worth_it`` is one for each willingness to pay, which also goes by ``worth_it_at_100000``.
READINGS = (*CLINICAL, SAVING, WORTH, *_RATIOS, *(ratio + BEFORE_PROGRESSION for ratio in _RATIOS))
_AT = re.compile(rf"{WORTH}_at_(\d+(?:\.\d+)?)")
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(?:years?)?\s*:?\s*(yes|no)", re.I)


@frozen(eq=True)
class Pattern:
    """What is to be found at some horizons: ``((1.0, True), (3.0, True), (5.0, False))``."""

    at: tuple[tuple[float, bool], ...]

    @property
    def words(self) -> str:
        """The pattern as it is typed.

        >>> Pattern(((1.0, True), (5.0, False))).words
        '1 yes, 5 no'
        """
        return ", ".join(f"{horizon:g} {'yes' if yes else 'no'}" for horizon, yes in self.at)


def read_pattern(text: str, horizons: Sequence[float]) -> Pattern:
    """Read a pattern. Raises `HeconError` for another text, and for a horizon that is none of `horizons`.

    >>> read_pattern("1 yes, 3 yes, 5 no", [1, 3, 5]).at
    ((1.0, True), (3.0, True), (5.0, False))
    """
    parts = [_PART.fullmatch(part.strip()) for part in re.split(r"[,;]", text)]
    found = [(float(part[1]), part[2].lower() == "yes") for part in parts if part]
    if len(found) < len(parts):
        raise HeconError(f"the pattern is '{text}'; it must be like 1 yes, 3 yes, 5 no: a horizon in years, yes or no")
    known = [float(horizon) for horizon in horizons]
    for horizon, _ in found:
        if horizon not in known:
            shown = ", ".join(f"{one:g}" for one in known)
            raise HeconError(f"the pattern '{text}' asks for {horizon:g} years, which is no horizon ({shown})")
    if len({horizon for horizon, _ in found}) < len(found):
        raise HeconError(f"the pattern '{text}' names a horizon twice")
    return Pattern(tuple(sorted(found)))


def refuse_reading(text: str) -> None:
    """Raise `UnknownNameError` unless a text names readings, several of them with a plus between them.

    >>> refuse_reading("life_years + worth_it_at_50000")
    """
    for name in text.split(TOGETHER):
        if not _AT.fullmatch(name.strip()):
            one_of(name.strip(), READINGS, "reading")


def threshold_in(name: str) -> float | None:
    """Willingness to pay that a reading names; None if it names none.

    >>> threshold_in("worth_it_at_50000"), threshold_in("saving")
    (50000.0, None)
    """
    found = _AT.fullmatch(name)
    return float(found[1]) if found else None

"""What an input of a live workbook may be, as a formula beside it: a pasted number passes any data validation by."""

from __future__ import annotations

import math

from hecon.domains import Domain

#: What the formula gives where all is well.
YES = "yes"
#: What every other answer looks like, for COUNTIF and MATCH.
WRONG = "*; it must *"


def verdict_formula(words: str, reference: str, domain: Domain) -> str:
    """Formula that gives "yes", or a sentence naming the input, its value, what it may be and its cell.

    `words` is the cell that names the input, `reference` the one that a reader changes.

    >>> verdict_formula("$A5", "Utilities!$C$5", Domain(0, 1))  # doctest: +ELLIPSIS
    '=IF(IFERROR(AND(ISNUMBER(Utilities!$C$5),Utilities!$C$5>=0,Utilities!$C$5<=1),FALSE),"yes",$A5&" is "&IF(...
    """
    place = reference.replace("$", "").replace("'", "").replace('"', '""')
    shown = f'IF(ISNUMBER({reference}),{reference},"no number")'
    tests = ",".join([f"ISNUMBER({reference})", *_within(reference, domain)])
    said = f'{words}&" is "&{shown}&"; it must {domain.words} ({place})"'
    return f'=IF(IFERROR(AND({tests}),FALSE),"{YES}",{said})'


def _within(cell: str, domain: Domain) -> list[str]:
    low = [] if math.isinf(domain.low) else [f"{cell}{'>' if domain.open_low else '>='}{domain.low:g}"]
    high = [] if math.isinf(domain.high) else [f"{cell}<={domain.high:g}"]
    return [*low, *high]

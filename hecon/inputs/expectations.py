"""How a result after a change may be expected to stand to that of the base case."""

from __future__ import annotations

HIGHER, LOWER, EQUAL, NOT_HIGHER, NOT_LOWER = "higher", "lower", "equal", "not higher", "not lower"
EXPECTED = (HIGHER, LOWER, EQUAL, NOT_HIGHER, NOT_LOWER)
#: How near two results are equal, as a share of them.
_SAME = 1e-9


def as_expected(expected: str, value: float, base: float) -> bool:
    """Whether a changed result stands to that of the base case as it is expected to.

    >>> as_expected("higher", 2.0, 1.0), as_expected("equal", 1.0, 1.0 + 1e-12)
    (True, True)
    """
    near = abs(value - base) <= _SAME * max(abs(value), abs(base))
    above, below = value > base and not near, value < base and not near
    return {HIGHER: above, LOWER: below, EQUAL: near, NOT_HIGHER: not above, NOT_LOWER: not below}[expected]

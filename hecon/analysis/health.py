"""The health of a model: what every check of it found, and the light that sums them up.

Checks are made in `hecon.verification`; what they found is a table, which reports show as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import pandas as pd

from hecon.frozen import frozen
from hecon.looks import ShownInNotebooks

PASS, FAIL, EXPLAINED, NOT_APPLICABLE = "pass", "fail", "explained", "not applicable"
#: What a check says for which the seconds were too few, and how the sentence of the light begins.
UNASKED, ABOUT_HEALTH = "not asked within", "Health of this model:"
VERDICTS = (FAIL, EXPLAINED, PASS, NOT_APPLICABLE)
GREEN, AMBER, RED = "green", "amber", "red"


@frozen(eq=True)
class Finding:
    """What one check found: its name and source, what was changed, what was expected, what came out, the verdict."""

    check: str
    domain: str
    source: str
    changed: str
    expected: str
    found: str
    verdict: str


@dataclass(frozen=True, eq=False)
class Health(ShownInNotebooks):
    """Findings of a battery of checks, with a light: red if one failed, amber if one needs its explanation, else green.

    >>> one = Finding("Shares sum to 1", "states", "TECH-VER", "nothing", "1", "0.9 at year 2", FAIL)
    >>> Health([one]).light
    'red'
    """

    findings: Sequence[Finding]
    #: Whether only the quick checks were made.
    short: bool = False

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a finding: check, domain, source, changed, expected, found, verdict."""
        names = [field.name for field in fields(Finding)]
        return pd.DataFrame([[getattr(one, name) for name in names] for one in self.findings], columns=names)

    def of(self, verdict: str) -> list[Finding]:
        """Findings with a verdict."""
        return [one for one in self.findings if one.verdict == verdict]

    @property
    def light(self) -> str:
        """``red``, ``amber`` or ``green``."""
        return RED if self.of(FAIL) else AMBER if self.of(EXPLAINED) else GREEN

    @property
    def sentence(self) -> str:
        """The light and the counts in one sentence."""
        counts = [f"{len(self.of(verdict))} {words}" for verdict, words in _COUNTED if self.of(verdict)]
        kind = " of the quick checks" if self.short else ""
        return f"{ABOUT_HEALTH} {self.light}. {_joined(counts) or 'No check was made'}{kind}."

    @property
    def sentences(self) -> list[str]:
        """The light, then a sentence for every check that failed or that needs its explanation."""
        told = [f"{one.check}: {one.found}" for verdict in (FAIL, EXPLAINED) for one in self.of(verdict)]
        return [self.sentence, *(f"{text.rstrip('.')}." for text in told)]


_COUNTED = ((FAIL, "failed"), (EXPLAINED, "explained"), (PASS, "passed"), (NOT_APPLICABLE, "not applicable"))


def _joined(parts: Iterable[str]) -> str:
    *first, last = [*parts] or [""]
    return f"{', '.join(first)} and {last}" if first else last

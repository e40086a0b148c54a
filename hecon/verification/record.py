"""What a health check is: a record with a name, a source, what it changes, what it expects, and a function of a model.

The function gets a `Subject` and answers: with `agree`, `never` and their like, with True or False, or by raising
`NotApplicable`. A model author writes one in the model file:

    import hecon as he

    @he.verification.health_check("Drugs cost something", changed="nothing", expected="drug costs above 0")
    def drugs_cost(model):
        return model.base.totals.cost.min() > 0
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hecon.analysis.health import EXPLAINED, FAIL, NOT_APPLICABLE, PASS, Finding
from hecon.errors import HeconError
from hecon.frozen import frozen

#: Where the ideas of the tests come from. The tests are written after these papers; no compliance is claimed.
TECH_VER = "after TECH-VER (Büyükkaramikli et al. 2019, PharmacoEconomics 37:1391-1408)"
ADVISHE = "after AdViSHE (Vemer et al. 2016, PharmacoEconomics 34:349-361)"
HECON = "hecon"
AUTHOR = "the model's author"

#: Two ways to the same number differ by less than this, as a share of the largest.
SAME = 1e-9


class NotApplicable(HeconError):  # noqa: N818 (no error: an answer)
    """This check has nothing to say about this model; the message says why."""


class TimeIsUp(Exception):  # noqa: N818 (no error: what has not been asked yet stays unasked)
    """The processor time that the checks may take is over."""


@dataclass
class Deadline:
    """When the checks stop, in processor seconds of this process, so that a busy machine asks as many."""

    until: float = math.inf

    def keep(self, *_: object) -> None:
        """Raise `TimeIsUp` where it has passed; every run of a changed model asks, after each of its blocks too."""
        if time.process_time() > self.until:
            raise TimeIsUp


@frozen(eq=True)
class Answer:
    """A verdict and what came out, in words."""

    verdict: str
    found: str


@frozen
class HealthCheck:
    """One check of the battery. `short` ones are quick enough for every run."""

    name: str
    domain: str
    source: str
    changed: str
    expected: str
    ask: Callable[[Any], Any]
    short: bool = False

    def unasked(self, why: str) -> Finding:
        """Give the finding of a check that was not made."""
        return Finding(self.name, self.domain, self.source, self.changed, self.expected, why, NOT_APPLICABLE)

    def __call__(self, model: Any) -> list[Finding]:
        """Ask it of a model. What the altered model refuses is not applicable; what breaks it is a failure."""
        try:
            with np.errstate(all="ignore"):
                answers = _answers(self.ask(model))
        except HeconError as error:
            text = str(error).replace("\n", " ")
            said = text if isinstance(error, NotApplicable) else f"the changed model cannot be run: {text}"
            answers = [(self.name, Answer(NOT_APPLICABLE, said))]
        except TimeIsUp:
            raise
        except Exception as error:  # a model file may raise anything
            answers = [(self.name, Answer(FAIL, f"it broke with {type(error).__name__}: {error}"))]
        return [
            Finding(
                name or self.name, self.domain, self.source, self.changed, self.expected, answer.found, answer.verdict
            )
            for name, answer in answers
        ]


def health_check(
    name: str,
    *,
    changed: str = "nothing",
    expected: str,
    source: str = AUTHOR,
    domain: str = "model",
    short: bool = False,
) -> Callable[[Callable[[Any], object]], HealthCheck]:
    """Make a function of a model a health check: in a model file it joins the battery of `verify` there.

    The function takes a `Subject` (its `base`, ``under(setting=value)``, ``with_values(parameter=value)``, ... are
    results of runs) and answers True or False, or True or False with words.

    >>> @health_check("Costs are positive", expected="above 0")
    ... def costs(model):
    ...     return model.base.totals.cost.min() > 0
    >>> costs.name
    'Costs are positive'
    """
    return lambda function: HealthCheck(name, domain, source, changed, expected, function, short)


def _answers(given: Any) -> list[tuple[str, Answer]]:
    if isinstance(given, Answer):
        return [("", given)]
    if isinstance(given, list):
        return given
    right, words = given if isinstance(given, tuple) else (given, "")
    verdict = PASS if bool(np.all(np.asarray(right))) else FAIL
    return [("", Answer(verdict, words or ("as expected" if verdict == PASS else "not as expected")))]


# --- answers ---


def agree(found: Any, expected: Any, within: float = SAME, what: str = "", scale: float | None = None) -> Answer:
    """Whether two arrays agree `within` a share of `scale` (by default the largest number in them)."""
    left, right = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    gap = np.abs(left - right)
    largest = _largest(gap)
    if not math.isfinite(largest):
        return Answer(FAIL, f"{what or 'a number'} is not finite")
    subject = f"{what}: " if what else ""
    if not largest:
        return Answer(PASS, f"{subject}equal")
    size = scale if scale is not None else max(float(np.abs(left).max()), float(np.abs(right).max()))
    share = largest / size if size else largest
    if share <= within:
        return Answer(PASS, f"{subject}largest difference {share:.1g} of {size:.6g}")
    one, other = _where(gap, left, right)
    return Answer(FAIL, f"{subject}{one:.6g} where {other:.6g} was expected")


def _largest(gap: np.ndarray) -> float:
    """The largest of some differences: not finite where one of the two sides is not."""
    if not gap.size:
        raise NotApplicable("there is nothing to compare")
    return float(gap.max())


def _where(gap: np.ndarray, left: np.ndarray, right: np.ndarray) -> tuple[float, float]:
    """Both sides where their difference is largest."""
    place = np.unravel_index(int(gap.argmax()), gap.shape)
    return float(np.broadcast_to(left, gap.shape)[place]), float(np.broadcast_to(right, gap.shape)[place])


def never(wrong: Any, words: str, otherwise: str = "never") -> Answer:
    """Whether something never happens; `words` say what it is."""
    count = int(np.asarray(wrong).sum())
    return Answer(FAIL, f"{words}, {count:,} times" if count > 1 else words) if count else Answer(PASS, otherwise)


def at_most(lower: Any, upper: Any, words: str, within: float = SAME) -> Answer:
    """Whether one array lies nowhere above another; `words` say what it would mean."""
    low, high = np.asarray(lower, dtype=float), np.asarray(upper, dtype=float)
    excess = low - high
    largest = _largest(excess)
    if not (math.isfinite(largest) and math.isfinite(float(excess.min()))):
        return Answer(FAIL, "a number is not finite")
    if largest > 0:
        scale = max(float(np.abs(low).max()), float(np.abs(high).max()), 1e-300)
        if largest > within * scale:
            one, other = _where(excess, low, high)
            return Answer(FAIL, f"{words}: {one:.6g} above {other:.6g}")
    return Answer(PASS, "as expected")


def explained(text: str) -> Answer:
    """Answer that a difference has an explanation, which the reader must know."""
    return Answer(EXPLAINED, text)


def worst(answers: Sequence[Answer]) -> Answer:
    """Of several answers the one that matters most: a failure, then an explanation, then the first."""
    if not answers:
        raise NotApplicable("there is nothing to compare")
    for verdict in (FAIL, EXPLAINED):
        bad = [one.found for one in answers if one.verdict == verdict]
        if bad:
            more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
            return Answer(verdict, bad[0] + more)
    return (
        Answer(answers[0].verdict, f"{answers[0].found} ({len(answers)} comparisons)")
        if len(answers) > 3
        else answers[0]
    )


def passed(words: str) -> Answer:
    """Answer that all is well."""
    return Answer(PASS, words)


def need(condition: object, why_not: str) -> None:
    """Go on only where there is something to check."""
    if not condition:
        raise NotApplicable(why_not)

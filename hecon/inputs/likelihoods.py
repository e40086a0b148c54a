"""What a study can measure: each likelihood with its meaning, what it needs, and what its parameter may be.

One table for the Studies sheet, its checks and its help, and for the simulation of studies.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from hecon.domains import POSITIVE, REAL, SHARE, Domain
from hecon.frozen import frozen

#: The likelihood of a whole survival curve; every other one is of a single input.
SURVIVAL = "survival"
#: Numbers that a measurement may have beside its sample size.
DETAILS = ("sd", "follow_up", "event_share")


@frozen(eq=True)
class StudyLikelihood:
    """How observations depend on a parameter: in words, the details it needs, those it may have, and its bounds."""

    meaning: str
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    bounds: Domain = REAL


LIKELIHOODS: Mapping[str, StudyLikelihood] = {
    "normal": StudyLikelihood("mean of observations with standard deviation sd; the input is the mean", ("sd",)),
    "binomial": StudyLikelihood("persons with an event; the input is its probability", bounds=SHARE),
    "poisson": StudyLikelihood("events within follow_up; the input is their rate", ("follow_up",), bounds=POSITIVE),
    "exponential": StudyLikelihood(
        "times to an event, censored at follow_up; the input is its constant rate", ("follow_up",), bounds=POSITIVE
    ),
    "hazard_ratio": StudyLikelihood(
        "hazard ratio of two equal arms, sample_size x event_share events; the input is the ratio",
        may=("event_share",),
        bounds=POSITIVE,
    ),
    SURVIVAL: StudyLikelihood("times to an event of a survival curve, censored at follow_up", ("follow_up",)),
}


def faults_of_likelihood(
    likelihood: str, sample_size: float, details: Mapping[str, float | None], blank: str = "None"
) -> Iterator[tuple[str, str]]:
    """Find what a measurement lacks or cannot be: the column, and what is wrong with it; `blank` says None."""
    if not (math.isfinite(sample_size) and sample_size >= 1 and sample_size == int(sample_size)):
        yield "sample_size", f"sample_size is {sample_size:g}; it must be a whole number of at least 1"
    for name in DETAILS:
        value = details.get(name)
        if name in LIKELIHOODS[likelihood].needs and (value is None or not (math.isfinite(value) and value > 0)):
            found = blank if value is None else f"{value:g}"
            yield name, f"{name} is {found}; a {likelihood} measurement needs it above 0"
        elif name == "event_share" and value is not None and not 0 < value <= 1:
            yield name, f"event_share is {value:g}; it is a share above 0 and up to 1"

"""Designs of studies: what a study would measure, simulated before it is done.

A `Study` measures parameters of the model by `Measurement`s with a likelihood each, or by a function of your own.
From sampled parameters it simulates one data set a draw, reduced to (sufficient) summaries, and tells how likely a
data set is under every draw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol, cast

import numpy as np
import pandas as pd

from hecon.errors import HeconError, not_one_of
from hecon.inputs.likelihoods import DETAILS, SURVIVAL, faults_of_likelihood
from hecon.inputs.likelihoods import LIKELIHOODS as KNOWN

#: Likelihoods of one parameter, in words; a survival curve has a `SurvivalMeasurement`.
PARAMETER_LIKELIHOODS: Mapping[str, str] = {name: own.meaning for name, own in KNOWN.items() if name != SURVIVAL}
#: What is of a whole study, and stands in one row of a table.
OF_STUDY = ("fixed_cost", "cost_per_participant", "delay")
#: Simulated times held at once.
_TIMES = 2_000_000

Simulate = Callable[[pd.DataFrame, np.random.Generator], np.ndarray]
LogLikelihood = Callable[[np.ndarray, pd.DataFrame], np.ndarray]
#: Data of one study for each draw, from a stream of random numbers.
Simulation = Callable[[np.random.Generator], np.ndarray]
#: Log-likelihood (draw,) of one data set under every draw.
OfData = Callable[[np.ndarray], np.ndarray]


class PartOfStudy(Protocol):
    """A part of a study: parameters of the model that are measured on the persons of one arm.

    `simulation_of` prepares the simulation of data (draw, number), of one study for each draw of a table; `summarise`
    reduces data to the few summaries (draw, summary) that a regression takes; `likelihood_of` prepares the
    log-likelihood under every draw.
    """

    @property
    def inputs(self) -> tuple[str, ...]:
        """The parameters that the data depend on."""

    @property
    def arm(self) -> str:
        """The persons who are measured."""

    @property
    def sample_size(self) -> int:
        """How many they are."""

    @property
    def width(self) -> int:
        """How many numbers the data of one study are."""

    def simulation_of(self, table: pd.DataFrame) -> Simulation:
        """Prepare to simulate, as often as wanted, the data (draw, number) of one study for each draw.

        Raises `HeconError` where a draw cannot belong to the likelihood.
        """

    def summarise(self, data: np.ndarray) -> np.ndarray:
        """Summaries (draw, summary) of data."""

    def likelihood_of(self, table: pd.DataFrame) -> OfData:
        """Log-likelihood of one data set under every draw of the table."""


@dataclass(frozen=True)
class Measurement:
    """One parameter measured on `sample_size` persons; measurements of the same `arm` are of the same persons.

    Likelihoods, with n the sample size and p the parameter: ``normal``: mean ~ N(p, sd^2 / n). ``binomial``: events ~
    Binomial(n, p). ``poisson``: events ~ Poisson(p n follow_up). ``exponential``: n times with rate p, censored at
    follow_up (in the time unit of the rate); events and time at risk. ``hazard_ratio``: log estimate ~ N(log p, 4 / (n
    event_share)) (Schoenfeld 1983).

    >>> Measurement("response", "binomial", 100).summaries(np.array([0.0, 1.0]), np.random.default_rng(1)).tolist()
    [[0.0], [1.0]]
    """

    parameter: str
    likelihood: str
    sample_size: int
    sd: float | None = None
    follow_up: float | None = None
    event_share: float = 1.0
    arm: str = ""

    def __post_init__(self) -> None:
        fault = self.fault()
        if fault:
            raise HeconError(f"measurement of '{self.parameter}': {fault}")

    def fault(self) -> str:
        """What is wrong with the measurement, in a user's words; empty if nothing."""
        if not self.likelihood:
            return f"has no likelihood; give one of {', '.join(PARAMETER_LIKELIHOODS)}"
        if self.likelihood == SURVIVAL:
            return "a survival curve is measured by a SurvivalMeasurement"
        if self.likelihood not in PARAMETER_LIKELIHOODS:
            return f"likelihood '{self.likelihood}' {not_one_of(self.likelihood, PARAMETER_LIKELIHOODS)}"
        details = {name: getattr(self, name) for name in DETAILS}
        return next((what for _, what in faults_of_likelihood(self.likelihood, self.sample_size, details)), "")

    @property
    def inputs(self) -> tuple[str, ...]:
        """The parameter that is measured."""
        return (self.parameter,)

    def _check(self, values: np.ndarray) -> None:
        low, high = float(values.min()), float(values.max())
        if self.likelihood == "binomial" and not (low >= 0 and high <= 1):
            bad, rule = (low if low < 0 else high), "a probability lies between 0 and 1"
        elif self.likelihood in ("poisson", "exponential", "hazard_ratio") and low <= 0:
            bad, rule = low, f"the parameter of a {self.likelihood} measurement is above 0"
        else:
            return
        raise HeconError(f"measurement of '{self.parameter}': a draw has the value {bad:g}; {rule}")

    def simulation_of(self, table: pd.DataFrame) -> Simulation:
        """Prepare to simulate the study once for each draw of the table: its sufficient summaries (draw, summary)."""
        values = table[self.parameter].to_numpy()
        self._check(values)
        return partial(self.summaries, values)

    def summarise(self, data: np.ndarray) -> np.ndarray:
        """Give the data, which are summaries already."""
        return data

    def likelihood_of(self, table: pd.DataFrame) -> OfData:
        """Prepare the log-likelihood of a data set under every draw of the table."""
        values = table[self.parameter].to_numpy()
        return lambda data: self.log_likelihood(data, values)

    def summaries(self, values: np.ndarray, stream: np.random.Generator) -> np.ndarray:
        """Simulate the study once for each value (draw,) of the parameter: its summaries (draw, summary)."""
        size = int(self.sample_size)
        if self.likelihood == "binomial":
            return np.asarray(stream.binomial(size, values)[:, None] / size)
        if self.likelihood == "poisson":
            exposure = size * float(self.follow_up or 0)
            return np.asarray(stream.poisson(values * exposure)[:, None] / exposure)
        if self.likelihood == "exponential":
            return _censored(values, size, float(self.follow_up or 0), stream)
        centre = np.log(values) if self.likelihood == "hazard_ratio" else values
        return np.asarray((centre + self._error() * stream.normal(size=len(values)))[:, None])

    def log_likelihood(self, summary: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Log-likelihood (draw,) of one study's `summary` under each value of the parameter, up to a constant."""
        size = float(self.sample_size)
        if self.likelihood == "binomial":
            share = float(summary[0])
            with np.errstate(divide="ignore"):
                ayes = share * np.log(values) if share > 0 else 0.0
                noes = (1 - share) * np.log1p(-values) if share < 1 else 0.0
            return np.asarray(size * (ayes + noes))
        if self.likelihood == "poisson":
            return np.asarray(size * float(self.follow_up or 0) * (summary[0] * np.log(values) - values))
        if self.likelihood == "exponential":
            return np.asarray(size * (summary[0] * np.log(values) - values * summary[1]))
        centre = np.log(values) if self.likelihood == "hazard_ratio" else values
        return np.asarray(-0.5 * ((summary[0] - centre) / self._error()) ** 2)

    def _error(self) -> float:
        if self.likelihood == "hazard_ratio":
            return float(2 / np.sqrt(self.sample_size * self.event_share))
        return float(self.sd or 0) / float(np.sqrt(self.sample_size))

    @property
    def width(self) -> int:
        """Number of summaries."""
        return 2 if self.likelihood == "exponential" else 1


def _censored(rates: np.ndarray, size: int, follow_up: float, stream: np.random.Generator) -> np.ndarray:
    """Events and time at risk a person, of `size` exponential times censored at `follow_up`: (draw, 2)."""
    found = np.empty((len(rates), 2))
    step = max(1, _TIMES // size)
    for start in range(0, len(rates), step):
        rate = rates[start : start + step, None]
        times = stream.exponential(size=(len(rate), size)) / rate
        found[start : start + step, 0] = (times <= follow_up).mean(axis=1)
        found[start : start + step, 1] = np.minimum(times, follow_up).mean(axis=1)
    return found


@dataclass(frozen=True)
class Study:
    """A study that could be done: its measurements, or functions of your own.

    With `measurements` (of one parameter each, or of survival curves) everything is known. Measurements are
    independent given the parameters. Else `simulate(parameters, stream)` gives summaries (draw,) or (draw, summary) of
    one data set a draw, `parameters` names the inputs they depend on, `participants` the number of persons, and
    `log_likelihood(summary, parameters)` (needed by moment matching only) the log-likelihood (draw,) of one data set.

    `fixed_cost` and `cost_per_participant` (currency) are what it costs, `delay` the years until it reports.

    >>> arms = [Measurement("new", "binomial", 100, arm="new"), Measurement("old", "binomial", 80, arm="old")]
    >>> study = Study("trial", arms, fixed_cost=1e6, cost_per_participant=5e4)
    >>> study.size, study.cost
    (180, 10000000.0)
    """

    name: str
    measurements: Sequence[PartOfStudy] = ()
    simulate: Simulate | None = None
    parameters: Sequence[str] = ()
    participants: int | None = None
    log_likelihood: LogLikelihood | None = None
    fixed_cost: float = 0.0
    cost_per_participant: float = 0.0
    delay: float = 0.0

    def __post_init__(self) -> None:
        if not self.measurements and self.simulate is None:
            raise HeconError(
                f"study '{self.name}' has no likelihood: give it measurements, or simulate(parameters, stream)"
            )
        if self.measurements and self.simulate is not None:
            raise HeconError(f"study '{self.name}' has both measurements and a simulate function; give one of them")
        if self.simulate is not None and (not self.parameters or self.participants is None):
            raise HeconError(
                f"study '{self.name}' simulates by a function: also give parameters=[...] and participants="
            )
        if self.participants is not None and not self.participants >= 1:
            raise HeconError(f"study '{self.name}' has participants {self.participants:g}; there must be at least 1")
        for what in OF_STUDY:
            value = getattr(self, what)
            if not (np.isfinite(value) and value >= 0):
                raise HeconError(f"study '{self.name}' has {what} {value:g}; it must be a number of at least 0")
        object.__setattr__(self, "measurements", tuple(self.measurements))
        measured = dict.fromkeys(name for one in self.measurements for name in one.inputs)
        names = tuple(measured) or tuple(self.parameters)
        object.__setattr__(self, "parameters", names)

    @property
    def size(self) -> int:
        """Participants: as given, or over the arms the largest sample size of each."""
        if self.participants is not None:
            return int(self.participants)
        arms: dict[str, int] = {}
        for one in self.measurements:
            arms[one.arm] = max(arms.get(one.arm, 0), int(one.sample_size))
        return sum(arms.values())

    @property
    def cost(self) -> float:
        """What the study costs, in currency."""
        return self.fixed_cost + self.cost_per_participant * self.size

    @property
    def has_likelihood(self) -> bool:
        """Whether moment matching can use it."""
        return bool(self.measurements) or self.log_likelihood is not None

    def sized(self, sample_size: int) -> Study:
        """Give the same study with another sample size in every measurement."""
        if not self.measurements:
            raise HeconError(f"study '{self.name}' simulates by a function, whose sample size hecon cannot change")
        return replace(
            self,
            measurements=[replace(cast("Any", one), sample_size=sample_size) for one in self.measurements],
        )

    def simulation_of(self, parameters: pd.DataFrame) -> Simulation:
        """Prepare to simulate one data set for each draw of `parameters` (draw, input): data (draw, number).

        Raises `HeconError` where sampled values of a parameter cannot belong to its likelihood.
        """
        if self.simulate is not None:
            return partial(self._simulated, self.simulate, parameters)
        simulations = [one.simulation_of(parameters) for one in self.measurements]
        return lambda stream: np.concatenate([simulation(stream) for simulation in simulations], axis=1)

    def _simulated(self, simulate: Simulate, parameters: pd.DataFrame, stream: np.random.Generator) -> np.ndarray:
        data = np.asarray(simulate(parameters, stream), dtype=float)
        data = data[:, None] if data.ndim == 1 else data
        if data.ndim != 2 or len(data) != len(parameters) or not np.isfinite(data).all():
            raise HeconError(
                f"simulate of study '{self.name}' gave an array of shape {data.shape}; it must give finite numbers "
                f"of shape ({len(parameters)}, summaries)"
            )
        return data

    def summarise(self, data: np.ndarray) -> np.ndarray:
        """Reduce data (draw, number) to the summaries (draw, summary) that a regression takes."""
        if self.simulate is not None:
            return data
        parts = zip(self.measurements, self._parts(), strict=True)
        return np.concatenate([one.summarise(data[:, part]) for one, part in parts], axis=1)

    def likelihood_of(self, parameters: pd.DataFrame) -> OfData:
        """Prepare the log-likelihood (draw,) of one data set (number,) under every draw of `parameters`."""
        if self.log_likelihood is not None:
            return lambda data: self._given_likelihood(data, parameters)
        prepared = [one.likelihood_of(parameters) for one in self.measurements]
        parts = self._parts()
        return lambda data: sum(
            (own(data[part]) for own, part in zip(prepared, parts, strict=True)), np.zeros(len(parameters))
        )

    def _parts(self) -> list[slice]:
        """Which numbers of the data belong to which measurement."""
        ends = np.cumsum([one.width for one in self.measurements]).tolist()
        return [slice(end - one.width, end) for end, one in zip(ends, self.measurements, strict=True)]

    def _given_likelihood(self, data: np.ndarray, parameters: pd.DataFrame) -> np.ndarray:
        assert self.log_likelihood is not None
        found = np.asarray(self.log_likelihood(data, parameters), dtype=float)
        if found.shape != (len(parameters),) or np.isnan(found).any() or not np.isfinite(found.max()):
            raise HeconError(
                f"log_likelihood of study '{self.name}' must give a number for each of {len(parameters)} draws, "
                f"not all of them impossible; it gave shape {found.shape}, highest {found.max(initial=-np.inf):g}"
            )
        return found

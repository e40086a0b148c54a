"""Designs of studies: what a study would measure, simulated before it is done.

A `Study` measures parameters of the model by `Measurement`s with a likelihood each, or by a function of your own.
From sampled parameters it simulates one data set a draw, reduced to (sufficient) summaries, and tells how likely a
data set is under every draw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from hecon.errors import Fault, HeconError, InputError, did_you_mean

#: What each likelihood needs beside the sample size, and what it assumes about its parameter.
LIKELIHOODS: Mapping[str, str] = {
    "normal": "mean of observations with standard deviation sd; the parameter is the mean",
    "binomial": "persons with an event; the parameter is its probability",
    "poisson": "events in follow_up years a person; the parameter is the rate a year",
    "exponential": "times to an event, censored at follow_up years; the parameter is the rate a year",
    "hazard_ratio": "log hazard ratio of two equal arms, sample_size x event_share events; the parameter is the ratio",
}
NEEDS = {"normal": ("sd",), "poisson": ("follow_up",), "exponential": ("follow_up",)}
#: Simulated times held at once.
TIMES = 2_000_000

Simulate = Callable[[pd.DataFrame, np.random.Generator], np.ndarray]
LogLikelihood = Callable[[np.ndarray, pd.DataFrame], np.ndarray]


@dataclass(frozen=True)
class Measurement:
    """One parameter measured on `sample_size` persons; measurements of the same `arm` are of the same persons.

    Likelihoods, with n the sample size and p the parameter: ``normal``: mean ~ N(p, sd^2 / n). ``binomial``: events ~
    Binomial(n, p). ``poisson``: events ~ Poisson(p n follow_up). ``exponential``: n times with rate p, censored at
    follow_up; events and time at risk. ``hazard_ratio``: log estimate ~ N(log p, 4 / (n event_share)) (Schoenfeld
    1983).

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
            return f"has no likelihood; give one of {', '.join(LIKELIHOODS)}"
        if self.likelihood not in LIKELIHOODS:
            hint = did_you_mean(self.likelihood, LIKELIHOODS)
            return f"likelihood '{self.likelihood}' is not one of {', '.join(LIKELIHOODS)}.{hint}"
        if not (np.isfinite(self.sample_size) and self.sample_size >= 1 and self.sample_size == int(self.sample_size)):
            return f"sample_size is {self.sample_size:g}; it must be a whole number of at least 1"
        for name in NEEDS.get(self.likelihood, ()):
            value = getattr(self, name)
            if value is None or not (np.isfinite(value) and value > 0):
                return f"{name} is {value}; a {self.likelihood} measurement needs it above 0"
        if not 0 < self.event_share <= 1:
            return f"event_share is {self.event_share:g}; it is a share above 0 and up to 1"
        return ""

    def check(self, values: np.ndarray) -> None:
        """Raise `HeconError` where values of the parameter cannot belong to the likelihood."""
        low, high = float(values.min()), float(values.max())
        if self.likelihood == "binomial" and not (low >= 0 and high <= 1):
            bad, rule = (low if low < 0 else high), "a probability lies between 0 and 1"
        elif self.likelihood in ("poisson", "exponential", "hazard_ratio") and low <= 0:
            bad, rule = low, f"the parameter of a {self.likelihood} measurement is above 0"
        else:
            return
        raise HeconError(f"measurement of '{self.parameter}': a draw has the value {bad:g}; {rule}")

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
    step = max(1, TIMES // size)
    for start in range(0, len(rates), step):
        rate = rates[start : start + step, None]
        times = stream.exponential(size=(len(rate), size)) / rate
        found[start : start + step, 0] = (times <= follow_up).mean(axis=1)
        found[start : start + step, 1] = np.minimum(times, follow_up).mean(axis=1)
    return found


@dataclass(frozen=True)
class Study:
    """A study that could be done: its measurements, or functions of your own.

    With `measurements` everything is known. Else `simulate(parameters, stream)` gives summaries (draw,) or (draw,
    summary) of one data set a draw, `parameters` names the inputs they depend on, `participants` the number of
    persons, and `log_likelihood(summary, parameters)` (needed by moment matching only) the log-likelihood (draw,) of
    one data set.

    >>> arms = [Measurement("new", "binomial", 100, arm="new"), Measurement("old", "binomial", 80, arm="old")]
    >>> Study("trial", arms).size
    180
    """

    name: str
    measurements: Sequence[Measurement] = ()
    simulate: Simulate | None = None
    parameters: Sequence[str] = ()
    participants: int | None = None
    log_likelihood: LogLikelihood | None = None

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
        object.__setattr__(self, "measurements", tuple(self.measurements))
        names = tuple(dict.fromkeys(one.parameter for one in self.measurements)) or tuple(self.parameters)
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
    def has_likelihood(self) -> bool:
        """Whether moment matching can use it."""
        return bool(self.measurements) or self.log_likelihood is not None

    def sized(self, sample_size: int) -> Study:
        """Give the same study with another sample size in every measurement."""
        if not self.measurements:
            raise HeconError(f"study '{self.name}' simulates by a function, whose sample size hecon cannot change")
        return replace(self, measurements=[replace(one, sample_size=sample_size) for one in self.measurements])

    def summaries(self, parameters: pd.DataFrame, stream: np.random.Generator) -> np.ndarray:
        """Simulate one data set for each draw of `parameters` (draw, input): summaries (draw, summary)."""
        if self.simulate is not None:
            data = np.asarray(self.simulate(parameters, stream), dtype=float)
            data = data[:, None] if data.ndim == 1 else data
            if data.ndim != 2 or len(data) != len(parameters) or not np.isfinite(data).all():
                raise HeconError(
                    f"simulate of study '{self.name}' gave an array of shape {data.shape}; it must give finite numbers "
                    f"of shape ({len(parameters)}, summaries)"
                )
            return data
        columns = [one.summaries(parameters[one.parameter].to_numpy(), stream) for one in self.measurements]
        return np.concatenate(columns, axis=1)

    def check(self, parameters: pd.DataFrame) -> None:
        """Raise `HeconError` where sampled values of a parameter cannot belong to its likelihood."""
        for one in self.measurements:
            one.check(parameters[one.parameter].to_numpy())

    def likelihood_of(self, summary: np.ndarray, parameters: pd.DataFrame) -> np.ndarray:
        """Log-likelihood (draw,) of one data set's `summary` (summary,) under every draw of `parameters`."""
        if self.log_likelihood is not None:
            found = np.asarray(self.log_likelihood(summary, parameters), dtype=float)
            if found.shape != (len(parameters),) or np.isnan(found).any() or not np.isfinite(found.max()):
                raise HeconError(
                    f"log_likelihood of study '{self.name}' must give a number for each of {len(parameters)} draws, "
                    f"not all of them impossible; it gave shape {found.shape}, highest {found.max(initial=-np.inf):g}"
                )
            return found
        total, start = np.zeros(len(parameters)), 0
        for one in self.measurements:
            part = summary[start : start + one.width]
            total += one.log_likelihood(part, parameters[one.parameter].to_numpy())
            start += one.width
        return total


def studies(table: pd.DataFrame, source: str = "designs") -> list[Study]:
    """Read studies from a table: one row a measurement, rows of the same design belong together.

    Columns: design, parameter, likelihood, sample_size, and where needed arm, sd, follow_up, event_share. Raises
    `InputError` with every fault by row (the table's index).

    >>> row = {"design": "A", "parameter": "x", "likelihood": "normal", "sample_size": 50, "sd": 2.0}
    >>> studies(pd.DataFrame([row]))[0].size
    50
    """
    faults = [
        Fault(column, "is a column that designs need")
        for column in ("design", "parameter", "likelihood", "sample_size")
        if column not in table
    ]
    if faults:
        raise InputError(source, faults)
    found: dict[str, list[Measurement]] = {}
    for place, row in zip(table.index, table.to_dict("records"), strict=True):
        given = {str(key): value for key, value in row.items() if not _blank(value)}
        where = f"row {place}, design '{given.get('design', '')}'"
        try:
            for name in ("design", "parameter"):
                if name not in given:
                    raise HeconError(f"has no {name}")
            numbers = {name: float(given[name]) for name in ("sd", "follow_up", "event_share") if name in given}
            size = float(given.get("sample_size", 0))
            likelihood, arm = str(given.get("likelihood", "")), str(given.get("arm", ""))
            one = Measurement(str(given["parameter"]), likelihood, size, arm=arm, **numbers)  # type: ignore[arg-type]
            found.setdefault(str(given["design"]), []).append(one)
        except (HeconError, ValueError) as problem:
            faults.append(Fault(where, str(problem)))
    if faults:
        raise InputError(source, faults)
    return [Study(name, measured) for name, measured in found.items()]


def _blank(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and np.isnan(value))

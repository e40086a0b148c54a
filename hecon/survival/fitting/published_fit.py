"""Curves from published summaries, where there is no figure: medians, survival at times, restricted means, ratios."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import xarray as xr

from hecon.domains import POSITIVE
from hecon.errors import Fault, HeconError, did_you_mean
from hecon.frozen import frozen
from hecon.labels import DRAW, Value
from hecon.survival.adjust import HazardRatio
from hecon.survival.base import Curve
from hecon.survival.families import FAMILIES
from hecon.survival.fitting.observations import refuse
from hecon.survival.fitting.summaries import Summary

#: Starting values of each family for times near m, in shapes from steep to flat (s).
STARTS: Mapping[str, Callable[[float, float], tuple[float, ...]]] = {
    "exponential": lambda m, s: (np.log(2) / m,),
    "weibull": lambda m, s: (s, m / np.log(2) ** (1 / s)),
    "weibull_ph": lambda m, s: (s, np.log(2) / m**s),
    "gompertz": lambda m, s: ((s - 1) / m, np.log(2) / m),
    "lognormal": lambda m, s: (np.log(m), 1 / s),
    "loglogistic": lambda m, s: (s, m),
    "gamma": lambda m, s: (s, s / m),
    "generalised_gamma": lambda m, s: (np.log(m), 1 / s, 0.5),
}
_SHAPES = (1.0, 0.6, 1.7, 0.4, 3.0)
#: Below this ratio of singular values the summaries leave a direction open.
FLAT = 1e-5


@dataclass(frozen=True, eq=False)
class PublishedFit:
    """A family fitted to published summaries, with the covariance that their intervals imply.

    `coefficients` by name (natural scale) and `ratios` (arm -> hazard ratio against the `reference` arm); `covariance`
    on the estimation scale: logarithms of what must be above 0. `chi_squared` on `degrees_of_freedom` says whether the
    family agrees with the summaries, where there are more of them than coefficients.
    """

    family: str
    reference: str
    coefficients: Mapping[str, float]
    ratios: Mapping[str, float]
    covariance: pd.DataFrame
    table: pd.DataFrame
    chi_squared: float
    degrees_of_freedom: int
    notes: tuple[str, ...]
    held: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def curves(self) -> dict[str, Curve]:
        """The curve of each arm."""
        return self._curves(self.coefficients, self.ratios)

    @property
    def curve(self) -> Curve:
        """The curve of the reference arm."""
        return self.curves[self.reference]

    @property
    def p(self) -> float:
        """Probability of summaries as far off or farther, if the family is right; not a number if nothing is over."""
        from scipy.special import chdtrc

        return float(chdtrc(self.degrees_of_freedom, self.chi_squared)) if self.degrees_of_freedom else float("nan")

    def drawn(self, count: int, seed: int = 1) -> dict[str, Curve]:
        """Curves with a dimension ``draw``: coefficients and log ratios from the multivariate normal, together."""
        names = list(self.covariance.index)
        logs, natural = _logs(self.family), {**self.coefficients, **self.ratios}
        mean = [np.log(natural[name]) if logs.get(name, True) else natural[name] for name in names]
        found = np.random.default_rng(seed).multivariate_normal(
            mean, self.covariance.to_numpy(), count, method="cholesky"
        )
        values = {
            name: xr.DataArray(np.exp(column) if logs.get(name, True) else column, dims=DRAW)
            for name, column in zip(names, found.T, strict=True)
        }
        coefficients = {name: values.get(name, value) for name, value in self.coefficients.items()}
        return self._curves(coefficients, {arm: values[arm] for arm in self.ratios})

    def _curves(self, coefficients: Mapping[str, Value], ratios: Mapping[str, Value]) -> dict[str, Curve]:
        own = FAMILIES[self.family](**coefficients)
        return {self.reference: own, **{arm: HazardRatio(own, ratio) for arm, ratio in ratios.items()}}

    def __repr__(self) -> str:
        fit = "" if not self.degrees_of_freedom else (
            f"; chi-squared {self.chi_squared:.3g} on {self.degrees_of_freedom} df, p = {self.p:.2g}"
        )  # fmt: skip
        return f"{self.curve} from {len(self.table)} published summaries{fit}"


def fit_published(
    family: str,
    summaries: Sequence[Summary],
    *,
    reference: str | None = None,
    held: Mapping[str, float] | None = None,
) -> PublishedFit:
    """Fit a family to published summaries by least squares, weighed by their intervals, on the scale of each.

    Times and ratios on the log scale, survival on that of log(-log S). The covariance is (J' W J)^-1: where there are
    as many summaries as coefficients, their intervals come back, as wide on their scales as published. Several arms:
    that of `reference` (the first, unless given) has the family, each other one a hazard ratio on it. `held`:
    coefficients that are known or assumed from elsewhere. Summaries are taken as independent; those of one arm hang
    together, so where there are more of them than coefficients the fit may look surer than it is.

    Raises `InputError` where the summaries cannot tell the coefficients apart: one median says nothing of a shape.

    >>> from hecon.survival.fitting.summaries import published
    >>> at_two_years = published("survival", 0.21, 0.15, 0.29, at=24)
    >>> fit = fit_published("weibull", [published("median", 11.5, 8.9, 13.9), at_two_years])
    >>> round(fit.curve.median(), 3), round(fit.curve.survival(24.0), 3)
    (11.5, 0.21)
    """
    problem = _problem(family, summaries, reference, dict(held or {}))
    real, left = problem.nearest()
    slopes = problem.slopes(real)
    weighed = slopes / problem.errors[:, None]
    sizes = np.linalg.norm(weighed, axis=0)
    singular = np.linalg.svd(weighed / np.where(sizes > 0, sizes, 1.0), compute_uv=False)
    if singular[-1] < FLAT * singular[0] or np.any(sizes == 0):
        if left @ left > 1e-6:  # as near as the family comes, at its edge
            off = f"{np.abs(left).max():.2g} standard errors off"
            raise HeconError(f"no {family} agrees with the published summaries ({off} at best); choose another family")
        problem.refuse_open()
    covariance = np.linalg.inv(weighed.T @ weighed)
    spread = np.sqrt(np.einsum("ij,jk,ik->i", slopes, covariance, slopes))
    table = pd.DataFrame(
        [
            row.compared(middle, error)
            for row, middle, error in zip(summaries, problem.predicted(real), spread, strict=True)
        ]
    )
    names = problem.names
    over = len(summaries) - len(names)
    notes = [note for row in summaries for note in row.notes]
    notes += [f"{name} held at {value:g}" for name, value in problem.held.items()]
    notes += ["summaries of one arm are taken as independent"] if over > 0 else []
    return PublishedFit(
        family, problem.base, problem.coefficients(real), problem.ratios(real),
        pd.DataFrame(covariance, index=names, columns=names), table, float(left @ left), over,
        tuple(dict.fromkeys(notes)), problem.held,
    )  # fmt: skip


@frozen
class _Problem:
    """What is fitted to what: on the real line, coefficients that are not held, then the ratio of each other arm."""

    family: str
    summaries: Sequence[Summary]
    base: str
    others: tuple[str, ...]
    held: Mapping[str, float]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What is estimated: free coefficients and other arms."""
        return (*(name for name in FAMILIES[self.family].domains if name not in self.held), *self.others)

    @cached_property
    def errors(self) -> np.ndarray:
        """Standard error of each summary, on its scale."""
        return np.array([row.error for row in self.summaries])

    @cached_property
    def _target(self) -> np.ndarray:
        return np.array([row.target for row in self.summaries])

    def _values(self, real: np.ndarray) -> dict[str, float]:
        logs = _logs(self.family)
        named = zip(self.names, real, strict=True)
        return {name: float(np.exp(x)) if logs.get(name, True) else float(x) for name, x in named}

    def coefficients(self, real: np.ndarray) -> dict[str, float]:
        """Every coefficient of the family, those that are held too."""
        values = {**self._values(real), **self.held}
        return {name: values[name] for name in FAMILIES[self.family].domains}

    def ratios(self, real: np.ndarray) -> dict[str, float]:
        """Hazard ratio of each other arm."""
        values = self._values(real)
        return {arm: values[arm] for arm in self.others}

    def predicted(self, real: np.ndarray) -> np.ndarray:
        """Say what the family gives for each summary, on its scale."""
        own = FAMILIES[self.family](**self.coefficients(real))
        ratios = {self.base: 1.0, **self.ratios(real)}
        return np.array([row.predicted(own, ratios) for row in self.summaries])

    def slopes(self, real: np.ndarray) -> np.ndarray:
        """Derivatives of what is predicted, by central differences: (summary, name)."""
        steps = np.eye(len(self.names)) * 1e-5
        both = [(self.predicted(real + step) - self.predicted(real - step)) / (2 * step.max()) for step in steps]
        return np.column_stack(both)

    def nearest(self) -> tuple[np.ndarray, np.ndarray]:
        """Give the place nearest to the summaries, and how many standard errors off each is there."""
        if len(self.summaries) < len(self.names):
            self.refuse_open()
        found = _least(lambda real: (self.predicted(real) - self._target) / self.errors, self._starts())
        if found is None:
            raise HeconError(f"no {self.family} comes near the published summaries; choose another family")
        return found

    def _starts(self) -> list[np.ndarray]:
        middle = float(np.exp(np.mean([np.log(row.scale) for row in self.summaries if not row.is_ratio] or [0.0])))
        logs, found = _logs(self.family), []
        for shape in _SHAPES:
            values = dict(zip(FAMILIES[self.family].domains, STARTS[self.family](middle, shape), strict=True))
            # A ratio begins at 1.
            real = [np.log(values.get(name, 1.0)) if logs.get(name, True) else values[name] for name in self.names]
            found.append(np.array(real))
        return found

    def refuse_open(self) -> None:
        """Raise that the summaries leave a direction open."""
        said = "; ".join(str(row) for row in self.summaries)
        cure = "give another kind of summary, hold a coefficient, or choose a family with fewer"
        beside = f" beside what is held ({', '.join(self.held)})" if self.held else ""
        apart = f"cannot tell {' and '.join(self.names)} of the {self.family} apart{beside}; {cure}"
        refuse([Fault("summaries", f"({said}) {apart}")], f"the fit of {self.family}")


def _problem(family: str, summaries: Sequence[Summary], reference: str | None, held: Mapping[str, float]) -> _Problem:
    """Give what is to be fitted, once it is known to make sense."""
    if family not in STARTS:
        what = f"is '{family}'; from summaries it must be one of {', '.join(STARTS)}.{did_you_mean(family, STARTS)}"
        refuse([Fault("family", what)], "the fit")
    source, domains = f"the fit of {family}", FAMILIES[family].domains
    faults = [Fault("held", f"'{name}' is not a coefficient of {family} ({', '.join(domains)})")
              for name in held if name not in domains]  # fmt: skip
    faults += [fault for name, value in held.items() if name in domains
               if (fault := domains[name].fault(name, value))]  # fmt: skip
    refuse(faults or ([] if summaries else [Fault("summaries", "is empty; give at least one")]), source)
    base = reference if reference is not None else (summaries[0].against or summaries[0].arm)
    arms = tuple(
        dict.fromkeys(name for row in summaries for name in (row.arm, *([row.against] if row.is_ratio else [])))
    )
    refuse([Fault("arm", f"is '{arm}', which is a coefficient of {family} too; call the arm something else")
            for arm in arms if arm in domains], source)  # fmt: skip
    if base not in arms:
        refuse([Fault("reference", f"is '{base}', which no summary is about ({', '.join(arms)})")], source)
    return _Problem(family, summaries, base, tuple(arm for arm in arms if arm != base), held)


def _logs(family: str) -> dict[str, bool]:
    """Which coefficients are estimated on the log scale; ratios always are."""
    return {name: domain == POSITIVE for name, domain in FAMILIES[family].domains.items()}


def _least(
    residuals: Callable[[np.ndarray], np.ndarray], starts: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray] | None:
    """Least squares from several starts: the best place and its residuals."""
    from scipy.optimize import least_squares

    best: tuple[np.ndarray, np.ndarray] | None = None

    def safe(real: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            found = residuals(np.clip(real, -40, 40))
        return np.where(np.isfinite(found), np.clip(found, -1e6, 1e6), 1e6)

    for start in starts:
        found = least_squares(safe, start, x_scale="jac", xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=400)
        if np.all(np.abs(found.fun) < 1e5) and (best is None or found.fun @ found.fun < best[1] @ best[1] - 1e-9):
            best = found.x, found.fun
    return best

"""The log-likelihood of individual data under a form, with its exact gradient and Hessian.

An exact event adds log f(t), or log(b + h(t)) + log S(t) with a background hazard b; a censored time log S(t); an
interval log(S(l) - S(u)); and a late entry takes away log S(entry). Each counts with its weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hecon.frozen import frozen
from hecon.survival.fitting import jets
from hecon.survival.fitting.data import SurvivalData
from hecon.survival.fitting.forms import Form
from hecon.survival.fitting.jets import Jet, Varying


@frozen
class _Part:
    """Rows that enter the likelihood in one way; `sign` is -1 for what is taken away."""

    kind: str
    rows: np.ndarray
    at: tuple[Any, ...]
    weight: np.ndarray
    background: np.ndarray | None = None


class Likelihood:
    """Log-likelihood of coefficients: for each parameter of the form an intercept, then its covariates' effects.

    `designs`: for each parameter a matrix (rows, coefficients), whose first column is 1.
    """

    def __init__(self, form: Form, data: SurvivalData, designs: Sequence[np.ndarray]) -> None:
        self.form, self.designs = form, list(designs)
        self.sizes = [design.shape[1] for design in designs]
        ends = np.cumsum([0, *self.sizes])
        self._places = [slice(a, b) for a, b in zip(ends, ends[1:], strict=False)]
        self._plain = all(size == 1 for size in self.sizes)
        self._parts = list(self._split(data))

    def _split(self, data: SurvivalData) -> Any:
        counted = data.weight > 0
        interval = data.is_interval & counted
        groups = [
            ("event", data.is_event & counted, (data.lower,)),
            ("censored", data.is_censored & counted & (data.lower > 0), (data.lower,)),
            ("interval", interval & (data.lower > 0), (data.lower, data.upper)),
            ("before", interval & (data.lower == 0), (data.upper,)),
            ("entry", (data.entry > 0) & counted, (data.entry,)),
        ]
        for kind, mask, times in groups:
            rows = np.flatnonzero(mask)
            if len(rows):
                at = tuple(self.form.at(time[rows]) for time in times)
                weight = data.weight[rows] * (-1.0 if kind == "entry" else 1.0)
                background = None if data.background is None or kind != "event" else data.background[rows]
                yield _Part(kind, rows, at, weight, background)

    def parameters_of(self, coefficients: np.ndarray, rows: np.ndarray) -> list[np.ndarray]:
        """Give the parameters of some rows on the real line."""
        if self._plain:
            return [np.full(len(rows), value) for value in coefficients]
        each = zip(self.designs, self._places, strict=True)
        return [design[rows] @ coefficients[place] for design, place in each]

    def value(self, coefficients: np.ndarray) -> float:
        """Give the log-likelihood; minus infinity where the data are impossible."""
        with np.errstate(all="ignore"):
            total = 0.0
            for part in self._parts:
                total += float(part.weight @ self._term(part, self.parameters_of(coefficients, part.rows)))
        return total if np.isfinite(total) else -np.inf

    def derivatives(self, coefficients: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Give the log-likelihood with its gradient and Hessian in the coefficients."""
        count = len(coefficients)
        total, gradient, hessian = 0.0, np.zeros(count), np.zeros((count, count))
        with np.errstate(all="ignore"):
            for part in self._parts:
                term = self._term(part, jets.parameters(self.parameters_of(coefficients, part.rows)))
                total += float(part.weight @ term.value)
                self._add(gradient, hessian, part, term)
        return total if np.isfinite(total) else -np.inf, gradient, hessian

    def scores(self, coefficients: np.ndarray) -> np.ndarray:
        """Give what each row adds to the gradient, with its weight (rows, coefficients)."""
        total = np.zeros((len(self.designs[0]), len(coefficients)))
        with np.errstate(all="ignore"):
            for part in self._parts:
                term = self._term(part, jets.parameters(self.parameters_of(coefficients, part.rows)))
                for design, place, slope in zip(self.designs, self._places, term.gradient * part.weight, strict=True):
                    total[part.rows, place] += design[part.rows] * slope[:, None]
        return total

    def _add(self, gradient: np.ndarray, hessian: np.ndarray, part: _Part, term: Jet) -> None:
        slopes = term.gradient * part.weight
        bends = None if term.hessian is None else term.hessian * part.weight
        if self._plain:
            gradient += slopes.sum(axis=1)
            if bends is not None:
                hessian += bends.sum(axis=2)
            return
        designs = [design[part.rows] for design in self.designs]
        for one, (design, place) in enumerate(zip(designs, self._places, strict=True)):
            gradient[place] += design.T @ slopes[one]
            if bends is not None:
                for two, (other, beside) in enumerate(zip(designs, self._places, strict=True)):
                    hessian[place, beside] += (design.T * bends[one, two]) @ other

    def _term(self, part: _Part, p: Sequence[Varying]) -> Any:
        form = self.form
        if part.kind == "event":
            density = form.log_density(part.at[0], p)
            if part.background is None:
                return density
            # log(b + h) + log S, with h = f / S.
            survival = form.log_survival(part.at[0], p)
            return jets.log(jets.exp(density - survival) + part.background) + survival
        first = form.log_survival(part.at[0], p)
        if part.kind == "before":
            return jets.log_of_rest(first)
        if part.kind == "interval":
            return first + jets.log_of_rest(form.log_survival(part.at[1], p) - first)
        return first

"""Gaussian process with a length scale for each input: the slow and careful smoother.

The length scales, the signal and the noise maximise the marginal likelihood of some of the draws; the fit over all
draws is the ridge on kernels at a set of centres (subset of regressors), its strength again by generalised
cross-validation.

Source: Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, equations 2.30, 5.8, 5.9 and 8.14;
Strong, Oakley and Brennan 2014, Medical Decision Making 34:311-326.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_solve
from scipy.optimize import minimize

from hecon.analysis.regression import Smoother, normal_scores, standardised, stream_of

#: Draws in the marginal likelihood, and centres of the kernels of the fit.
LEARN, CENTRES = 400, 300


def gaussian_process(values: np.ndarray, outcomes: np.ndarray, seed: int) -> Smoother:
    """Smoother of any number of inputs (draw, input), its length scales learned from `outcomes` (draw, outcome)."""
    stream = stream_of(seed, "gaussian process")
    scores = np.column_stack([normal_scores(column) for column in values.T])
    lines, (count, inputs) = standardised(values), values.shape
    learn = stream.choice(count, min(LEARN, count), replace=False)
    scale = np.maximum(outcomes.std(axis=0), 1e-300)
    targets = ((outcomes - outcomes.mean(axis=0)) / scale)[learn]
    squares = (scores[learn][:, None, :] - scores[learn][None, :, :]) ** 2
    start = np.concatenate([np.full(inputs, np.log(2.0 * np.sqrt(inputs))), [0.0, 0.0]])
    bounds = [(-3.0, 6.0)] * inputs + [(-8.0, 6.0), (-8.0, 3.0)]
    found = minimize(_misfit, start, (squares, targets), jac=True, method="L-BFGS-B", bounds=bounds)
    lengths = np.exp(found.x[:inputs])
    centres = scores[stream.choice(count, min(CENTRES, count), replace=False)] / lengths

    def features(rows: slice) -> np.ndarray:
        return np.concatenate([_kernel(scores[rows] / lengths, centres), lines[rows]], axis=1)

    penalty = np.zeros((len(centres) + inputs,) * 2)
    penalty[: len(centres), : len(centres)] = _kernel(centres, centres)
    return Smoother(features, count, [penalty])


def _kernel(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    distance = (one**2).sum(axis=1)[:, None] + (two**2).sum(axis=1) - 2 * one @ two.T
    return np.asarray(np.exp(-0.5 * np.maximum(distance, 0)))


def _misfit(logs: np.ndarray, squares: np.ndarray, targets: np.ndarray) -> tuple[float, np.ndarray]:
    """Minus the log marginal likelihood of all outcomes (up to a constant), and its gradient."""
    inputs, count = squares.shape[2], len(targets)
    precision = np.exp(-2 * logs[:inputs])
    signal, noise = np.exp(2 * logs[inputs]), np.exp(2 * logs[inputs + 1])
    smooth = signal * np.exp(-0.5 * squares @ precision)
    factor = np.linalg.cholesky(smooth + (noise + 1e-6) * np.eye(count))
    inverse = cho_solve((factor, True), np.eye(count))
    weights = inverse @ targets
    width = targets.shape[1]
    value = 0.5 * np.sum(targets * weights) + width * np.log(np.diag(factor)).sum()
    pull = 0.5 * (width * inverse - weights @ weights.T)
    slope = pull * smooth
    along = np.tensordot(slope, squares, axes=([0, 1], [0, 1])) * precision
    return float(value), np.concatenate([along, [2 * slope.sum(), 2 * noise * np.trace(pull)]])

"""Smoothers of many inputs: kernel ridge on random Fourier features, and a Gaussian process.

A Gaussian kernel with one scale for all inputs drowns in a group where few of them matter. So a first, small fit
tells how steeply the outcomes depend on each input, the inputs are stretched by that, and the fit is repeated. It sees
interactions without main effects, which a screening of main effects would not.

The Gaussian process is the slow and careful smoother: its length scales, one for each input, its signal and its noise
maximise the marginal likelihood of some of the draws; the fit over all draws is the ridge on kernels at a set of
centres (subset of regressors), its strength again by generalised cross-validation.

Sources: Rahimi and Recht 2007, NeurIPS 20 (random features); Yu et al. 2016, NeurIPS 29 (orthogonal ones);
Radhakrishnan et al. 2024, Science 383:1461-1467 (stretching by average gradients); Strong, Oakley and Brennan 2014,
Medical Decision Making 34:311-326 (Gaussian process for EVPPI); Rasmussen and Williams 2006, Gaussian Processes for
Machine Learning, equations 2.30, 5.8, 5.9 and 8.14.
"""

from __future__ import annotations

import numpy as np

from hecon.analysis.value.regression import Regression, Smoother, normal_scores, standardised, stream_of

#: Frequencies of the first fits, and of the last one where the first bend much; each gives a cosine and a sine.
_FIRST, _LAST = 75, 150
#: Degrees of freedom of the wiggliest of the first fits that are much for their frequencies.
_BENDS = 15.0
#: Draws that the first fits look at.
LOOK = 3000
#: Length scale of the fit that tells what matters, in units of the typical distance of two draws; those that are tried
#: then, the longest after the one in the middle and the shortest only where it is not better.
_TYPICAL, _SCALES = 2.0, (2.0, 4.0, 1.0)
#: An input that seems not to matter keeps this share of the average relevance.
FLOOR = 0.02
#: Penalty of the straight lines against that of the waves.
_LINE = 1e-3
#: Draws in the marginal likelihood, and centres of the kernels of the fit.
LEARN, CENTRES = 400, 300


def random_features(values: np.ndarray, outcomes: np.ndarray, seed: int) -> Smoother:
    """Smoother of any number of inputs (draw, input), its scales learned from `outcomes` (draw, outcome).

    The features are straight lines of the inputs and waves cos(w'z), sin(w'z) of their normal scores z with random
    directions w, orthogonal in blocks; `seed` makes them the same each time.
    """
    stream = stream_of(seed, "random features")
    scores = np.column_stack([normal_scores(column) for column in values.T])
    lines, inputs = standardised(values), values.shape[1]
    # every so many draws rather than the first ones, should the draws be in an order
    some = np.linspace(0, len(values) - 1, min(LOOK, len(values))).astype(int)
    directions, looked = _directions(_FIRST, inputs, stream), (scores[some], lines[some], outcomes[some])
    waves = directions / (_TYPICAL * np.sqrt(inputs))
    stretch = np.sqrt(_relevance(waves, _waves(waves, scores[some], lines[some]).fit(outcomes[some])))
    scale, waves, fit = _best_scale(directions * stretch, *looked)
    if fit.df.max() > _BENDS:
        waves = _directions(_LAST, inputs, stream) * stretch / (scale * np.sqrt(inputs))
    return _waves(waves, scores, lines)


def _directions(count: int, inputs: int, stream: np.random.Generator) -> np.ndarray:
    """Random directions (count, inputs), as normal ones but orthogonal within blocks: less noise in the kernel."""
    blocks = []
    for _ in range(-(-count // inputs)):
        turn, _ = np.linalg.qr(stream.normal(size=(inputs, inputs)))
        blocks.append(turn * np.sqrt(stream.chisquare(inputs, size=(inputs, 1))))
    return np.concatenate(blocks)[:count]


def _waves(directions: np.ndarray, scores: np.ndarray, lines: np.ndarray) -> Smoother:
    count, inputs = directions.shape

    def features(rows: slice) -> np.ndarray:
        found = np.empty((len(scores[rows]), 2 * count + inputs))
        _cosine_and_sine(scores[rows], directions, found)
        found[:, 2 * count :] = lines[rows]
        return found

    penalty = np.concatenate([np.ones(2 * count), np.full(inputs, _LINE)])
    return Smoother(features, len(scores), [penalty])


def _cosine_and_sine(scores: np.ndarray, directions: np.ndarray, out: np.ndarray) -> None:
    """Put waves beside each other, in single precision: a random feature may be any function, and they cost less."""
    phase, count = (scores @ directions.T).astype(np.float32), len(directions)
    np.cos(phase, out=out[:, :count])
    np.sin(phase, out=out[:, count : 2 * count])


def _best_scale(
    directions: np.ndarray, scores: np.ndarray, lines: np.ndarray, outcomes: np.ndarray
) -> tuple[float, np.ndarray, Regression]:
    """Length scale with the lowest product of GCV scores over the outcomes; a longer one that is better is the best."""
    found: list[tuple[float, float, np.ndarray, Regression]] = []
    for scale in _SCALES:
        waves = directions / (scale * np.sqrt(scores.shape[1]))
        fit = _waves(waves, scores, lines).fit(outcomes)
        found.append((float(np.log(np.maximum(fit.score, 1e-300)).sum()), scale, waves, fit))
        if len(found) == 2 and found[1][0] < found[0][0]:
            break
    _, scale, waves, fit = min(found, key=lambda one: one[0])
    return scale, waves, fit


def _relevance(waves: np.ndarray, fit: Regression) -> np.ndarray:
    """Mean squared slope of the fits along each input, each outcome counting the same; the mean over inputs is 1.

    A slope is the waves, their coefficients turned by a quarter, times the directions, plus that of the straight line:
    its mean square needs no more than the mean products of the waves.
    """
    count, inputs = waves.shape
    cosines, sines, lines = np.split(fit.coefficients, [count, 2 * count])
    turned = np.concatenate([sines, -cosines])
    products, means = fit.smoother.products[: 2 * count, : 2 * count], fit.smoother.middle[: 2 * count]
    steep = np.empty((inputs, turned.shape[1]))
    for place, (along, line) in enumerate(zip(waves.T, lines, strict=True)):
        own = turned * np.tile(along, 2)[:, None]
        steep[place] = np.sum(own * (products @ own), axis=0) + 2 * line * (means @ own) + line**2
    steep = np.maximum(steep, 0)[:, steep.sum(axis=0) > 0]
    total = np.sum(steep / steep.sum(axis=0), axis=1)
    relevance = total / total.mean() if total.sum() > 0 else np.ones(inputs)
    return np.asarray((relevance + FLOOR) / (1 + FLOOR))


def gaussian_process(values: np.ndarray, outcomes: np.ndarray, seed: int) -> Smoother:
    """Smoother of any number of inputs (draw, input), its length scales learned from `outcomes` (draw, outcome)."""
    from scipy.optimize import minimize

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
    from scipy.linalg import cho_solve

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

"""Newton's method for a log-likelihood with exact derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from hecon.frozen import frozen

#: Longest step of a parameter, in its unit, at first; it grows while the likelihood runs to a boundary.
LONGEST_STEP = 3.0
_STEPS = 150
#: Newton's method stops where a step promises less than this, in log-likelihood.
PROMISE = 1e-13
#: A climb that gains less than RUNNING in so many steps runs to a boundary, not to a top.
IDLE = 6
RUNNING = 1e-7


@frozen
class Summit:
    """Where a climb ended: the place, log-likelihood, gradient and Hessian there, and whether the climb had ended."""

    place: np.ndarray
    value: float
    gradient: np.ndarray
    hessian: np.ndarray
    converged: bool


def maximise(
    value: Callable[[np.ndarray], float],
    derivatives: Callable[[np.ndarray], tuple[float, np.ndarray, np.ndarray]],
    start: np.ndarray,
    unit: np.ndarray,
    limit: float | np.ndarray = np.inf,
    steps: int = _STEPS,
) -> Summit | None:
    """Climb from `start` to the top; None where the start has no likelihood.

    Steps are Newton's in coordinates scaled by `unit`, with negative curvature turned over so that every step goes
    up, shortened until the likelihood rises; near the top they are pure Newton steps, so that what is reached is the
    top to the last digits. No coordinate goes beyond `limit` from 0.
    """
    place = np.array(start, dtype=float)
    height, gradient, hessian = derivatives(place)
    if not np.isfinite(height):
        return None
    if not (np.isfinite(gradient).all() and np.isfinite(hessian).all()):
        # A place with a likelihood but no slope, at the end of the numbers: known, and nothing more.
        return Summit(place, height, np.zeros(len(place)), np.zeros((len(place), len(place))), False)
    converged, reach = False, LONGEST_STEP
    heights = [height]
    for _ in range(steps):
        slope = gradient * unit
        curvatures, axes = np.linalg.eigh(-hessian * np.outer(unit, unit))
        size = np.maximum(np.abs(curvatures), 1e-10 * np.abs(curvatures).max() + 1e-300)
        step = axes @ ((axes.T @ slope) / size)
        longest = np.abs(step).max()
        if longest > reach:
            step *= reach / longest
        promise = float(slope @ step)
        part, tried = 1.0, -np.inf
        while part > 1e-6:
            there = place + part * step * unit
            tried = value(there) if np.all(np.abs(there) <= limit) else -np.inf
            if tried >= height + 1e-4 * part * promise - 1e-15 * abs(height):
                break
            part *= 0.5 if part > 0.1 else 0.1
        else:
            converged = promise < 1e-8 * (1 + abs(height))
            break
        reach = 1.5 * reach if part == 1 and longest > reach else LONGEST_STEP
        before, place = place, there
        found = derivatives(place)
        if not (np.isfinite(found[1]).all() and np.isfinite(found[2]).all()):
            place = before
            break
        height, gradient, hessian = found
        if promise < PROMISE:
            converged = True
            break
        heights.append(height)
        if len(heights) > IDLE and height - heights[-1 - IDLE] < RUNNING:
            break
    return Summit(place, height, gradient, hessian, converged)


def without_slopes(value: Callable[[np.ndarray], float], summit: Summit) -> Summit:
    """Climb on from a summit by values alone (Nelder and Mead), where a ridge is too rough for derivatives."""
    from scipy.optimize import minimize

    found = minimize(lambda place: -value(place), summit.place, method="Nelder-Mead", options={"maxfev": 400})
    higher = -float(found.fun) > summit.value
    return replace(summit, place=found.x, value=-float(found.fun), converged=False) if higher else summit

"""Threshold analysis: the value of one input at which an outcome reaches a target, at each horizon.

A scan of the input in one batch shows every crossing; each is then closed in on to rounding, all of them at once, a
batch an iteration, and the model is run at the root. An outcome that is linear in the input (a cost in its price) is
there after the first step. A value-based price is the threshold of a price for net monetary benefit 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from hecon.analysis.sensitivity.measure import DEFAULT_OUTCOME, OutcomeMeasure, at_horizons, evaluate, measure
from hecon.domains import Domain
from hecon.errors import HeconError, expect
from hecon.inputs.case import Case, Inputs, Model
from hecon.inputs.from_case import takes_cases
from hecon.inputs.input_names import find_input, input_names
from hecon.inputs.permitted import domain_of

#: Points of the scan between its ends.
SCAN = 65
#: How far the scan looks beyond ten times the value of an input, where nothing bounds it.
_FAR = 1e6
#: Status of an input that an outcome does not move with.
NOTHING = "does not depend on the input"
#: Iterations of the root finder; Chandrupatla's halves the bracket at worst, so this reaches rounding.
ITERATIONS = 120
THRESHOLD_COLUMNS = ["input", "horizon_years", "willingness_to_pay", "base_value", "outcome_base", "threshold", "change", "outcome_at_threshold", "status"]  # fmt: skip  # noqa: E501

_Function = Callable[[np.ndarray], np.ndarray]


@takes_cases
def threshold(
    inputs: Inputs,
    name: str,
    horizon: float | Sequence[float] | None = None,
    outcome: str = DEFAULT_OUTCOME,
    target: float = 0.0,
    willingness_to_pay: float | Sequence[float] | None = None,
    strategy: str | None = None,
    comparator: str | None = None,
    *,
    between: tuple[float, float] | None = None,
    model: Model | None = None,
) -> pd.DataFrame:
    """Find the values of an input at which an outcome equals `target`.

    `outcome="net_monetary_benefit_over_next_best"` finds where `strategy` stops (or starts) being the best of all.
    `between` bounds the search; without it, it covers what the input may be, up to ten million times its value where
    nothing bounds it.

    Returns one row a horizon, willingness to pay and root: input, horizon_years, willingness_to_pay, base_value,
    outcome_base, threshold, change (threshold over base value, less 1), outcome_at_threshold (a run at the root) and
    status: "found"; or, with the threshold missing, "always above the target", "always below the target", "does not
    depend on the input" or "jumps across the target" where the outcome is not continuous there.

    >>> import hecon as he
    >>> inputs = he.read_workbook("inputs/isa_dara_pd_us.xlsx")  # doctest: +SKIP
    >>> threshold(inputs, "drug_price · daratumumab", strategy="Isa-Pd", comparator="Dara-Pd")  # doctest: +SKIP
    """
    expect(name, str, "name", "the name of an input, such as 'drug_price · daratumumab'")
    case, places = at_horizons(inputs.base_case(model), horizon)
    wtp = willingness_to_pay if isinstance(willingness_to_pay, Sequence) else [willingness_to_pay]
    measures = [measure(case, outcome, strategy, comparator, own) for own in wtp]
    table = thresholds_of(inputs, case, name, measures, places, target, between)
    return table[THRESHOLD_COLUMNS]


def thresholds_of(
    inputs: Inputs,
    case: Case,
    name: str,
    measures: Sequence[OutcomeMeasure],
    places: Sequence[int],
    target: float = 0.0,
    between: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """Thresholds of one input for several measures of a case at several horizons, from one scan.

    `places` are those of the horizons. The columns are those of `threshold`, with strategy and comparator after input.
    """
    names = input_names(inputs.parameters)
    row = find_input(name, names)
    record = {str(k): v for k, v in inputs.parameters.iloc[row].to_dict().items()}
    base = float(record["value"])
    points = _scan_points(base, _range(record, between), bounded=between is not None)
    if not math.isfinite(target):
        raise HeconError(f"target is {target}; it must be a finite number")
    seen = _outcomes(case, row, measures, np.concatenate([[base], points])) - target
    pairs = [(m, j) for j in places for m in range(len(measures))]
    found = _roots(case, row, measures, pairs, points, seen, target)
    rows = []
    for m, j in pairs:
        start = {
            "input": names[row],
            "strategy": measures[m].strategy,
            "comparator": measures[m].comparator,
            "horizon_years": case.settings.horizons[j],
            "willingness_to_pay": measures[m].willingness_to_pay,
            "base_value": base,
            "outcome_base": seen[m, 0, j] + target,
        }
        for root, at_root, status in found[m, j]:
            change = root / base - 1 if base and math.isfinite(root) else math.nan
            end = {"threshold": root, "change": change, "outcome_at_threshold": at_root, "status": status}
            rows.append(start | end)
    return pd.DataFrame(rows)


@takes_cases
def value_based_price(
    inputs: Inputs,
    price: str,
    strategy: str,
    comparator: str | None = None,
    *,
    horizon: float | Sequence[float] | None = None,
    willingness_to_pay: float | Sequence[float] | None = None,
    model: Model | None = None,
) -> pd.DataFrame:
    """Find the price at which a strategy is worth exactly what it costs: incremental net monetary benefit of 0.

    At every willingness to pay of the settings, unless given. Columns as of `threshold`; "always below the target"
    says that no price of at least 0 is low enough, "always above the target" that any is.
    """
    wtp = inputs.settings.willingness_to_pay if willingness_to_pay is None else willingness_to_pay
    return threshold(
        inputs, price, horizon, DEFAULT_OUTCOME, 0.0, wtp, strategy, comparator, model=model
    )  # fmt: skip


def _range(record: dict[str, Any], between: tuple[float, float] | None) -> Domain:
    bounds = domain_of(record, drawn=True)
    if between is None:
        return bounds
    low, high = map(float, between)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise HeconError(f"between is {between}; give two finite numbers, the lower first")
    if not (bounds.hold(low) and bounds.hold(high)):
        raise HeconError(f"between is {low:g} to {high:g}; {record['parameter']} must {bounds.words}")
    return Domain(low, high)


def _scan_points(base: float, bounds: Domain, *, bounded: bool) -> np.ndarray:
    reach = 10 * abs(base) if base else 1.0
    low = bounds.low if math.isfinite(bounds.low) else base - reach
    high = bounds.high if math.isfinite(bounds.high) else base + reach
    points = np.linspace(low, high, SCAN)
    if bounds.open_low:
        points[0] = low + (high - low) * 1e-9
    further = []
    if not bounded:
        far = np.geomspace(10, 10 * _FAR, 15)[1:] * reach / 10
        further += [base + far] if math.isinf(bounds.high) else []
        further += [base - far] if math.isinf(bounds.low) else []
    return np.unique(np.concatenate([points, [base] if low <= base <= high else [], *further]))


def _outcomes(case: Case, row: int, measures: Sequence[OutcomeMeasure], values: np.ndarray) -> np.ndarray:
    return evaluate(case, [row], values[:, None], measures)


def _roots(
    case: Case,
    row: int,
    measures: Sequence[OutcomeMeasure],
    pairs: Sequence[tuple[int, int]],
    points: np.ndarray,
    seen: np.ndarray,
    target: float,
) -> dict[tuple[int, int], list[tuple[float, float, str]]]:
    """Close in on every crossing of every pair (measure, horizon) at once."""
    found: dict[tuple[int, int], list[tuple[float, float, str]]] = {pair: [] for pair in pairs}
    brackets: list[tuple[tuple[int, int], int]] = []
    for m, j in pairs:
        heights = seen[m, 1:, j]
        scale = np.abs(seen[m, :, j] + target).max()
        if np.ptp(heights) <= 1e-12 * scale:
            found[m, j].append((math.nan, math.nan, NOTHING))
            continue
        crossings = [k for k in range(len(points) - 1) if heights[k] * heights[k + 1] < 0]
        on_points = [k for k in range(len(points)) if heights[k] == 0]
        found[m, j] += [(float(points[k]), target, "found") for k in on_points]
        brackets += [((m, j), k) for k in crossings]
        if not crossings and not on_points:
            side = "above" if heights[0] > 0 else "below"
            found[m, j].append((math.nan, math.nan, f"always {side} the target"))
    if brackets:
        which = np.arange(len(brackets))
        m_of, j_of = np.array([pair for pair, _ in brackets]).T
        k_of = np.array([k for _, k in brackets])

        def height(x: np.ndarray) -> np.ndarray:
            return _outcomes(case, row, measures, x)[m_of, which, j_of] - target

        left, right = seen[m_of, 1 + k_of, j_of], seen[m_of, 2 + k_of, j_of]
        roots, heights = find_roots(height, points[k_of], points[k_of + 1], left, right)
        for (pair, _), root, height_there, a, b in zip(brackets, roots, heights, left, right, strict=True):
            jumps = abs(height_there) > 1e-3 * abs(b - a)
            status = "jumps across the target" if jumps else "found"
            found[pair].append((float(root), float(height_there) + target, status))
    return {pair: sorted(own, key=lambda root: root[0]) for pair, own in found.items()}


def find_roots(
    function: _Function,
    low: np.ndarray,
    high: np.ndarray,
    at_low: np.ndarray,
    at_high: np.ndarray,
    precision: float = 4 * np.finfo(float).eps,
) -> tuple[np.ndarray, np.ndarray]:
    """Find a root in each of several brackets at once; gives the roots and the function there.

    Relative `precision` is rounding, unless given.

    `function` maps one argument for each bracket to one value for each. Chandrupatla 1997, Advances in Engineering
    Software 28(3), 145-149: inverse quadratic interpolation where it is safe, else bisection. The first step is the
    secant, which is the root itself where the function is linear.
    """
    a, fa, b, fb = (np.array(x, dtype=float) for x in (high, at_high, low, at_low))
    c, fc = a.copy(), fa.copy()
    t = fa / (fa - fb)
    best, height = np.where(np.abs(fa) < np.abs(fb), a, b), np.where(np.abs(fa) < np.abs(fb), fa, fb)
    for _ in range(ITERATIONS):
        x = a + t * (b - a)
        fx = function(x)
        same = np.sign(fx) == np.sign(fa)
        c, fc = np.where(same, a, b), np.where(same, fa, fb)
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = x, fx
        nearer = np.abs(fa) <= np.abs(height)
        best, height = np.where(nearer, a, best), np.where(nearer, fa, height)
        width = np.abs(b - a)
        tolerance = precision * np.abs(best) + 1e-300
        done = (height == 0) | (width <= 2 * tolerance)
        if done.all():
            break
        with np.errstate(divide="ignore", invalid="ignore"):
            xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
            safe = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
            inverse = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
        step = np.where(safe & np.isfinite(inverse), inverse, 0.5)
        smallest = np.where(width > 0, tolerance / np.where(width > 0, width, 1), 0.5)
        t = np.where(done, 0.0, np.clip(step, np.minimum(smallest, 0.5), np.maximum(1 - smallest, 0.5)))
    return best, height

"""Markov models against plain numpy, in one run: prints seconds, ratios and memory, asserts nothing about them.

Run with ``python -m pytest -m bench -n 0 -s tests/bench/test_markov.py``.
"""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import hecon as he

DRAWS, STRATEGIES, CYCLES = 10_000, ["A", "B", "C", "D"], 261
STATES = ["progression_free", "progressed", "dead"]
YEARS = CYCLES * 7 / 365.25


def values(draws=DRAWS, seed=1):
    """Probabilities a week, costs and utilities: arrays on draws, and strategies or states."""
    g = np.random.default_rng(seed)
    return {
        "progressing": g.beta(20, 980, (draws, 4)),
        "dying": g.beta(5, 995, (draws, 4)),
        "dying_progressed": g.beta(15, 985, (draws, 4)),
        "care_cost_per_year": np.hstack([g.gamma(25, 400, (draws, 2)), np.zeros((draws, 1))]),
        "utility": np.hstack([g.beta(40, 20, (draws, 2)), np.zeros((draws, 1))]),
    }


def floor(v, rows=4096):
    """Loop over cycles on columns, summing discounted years as it goes; chunks of rows, on two threads."""
    progressing, dying, late = (v[name].ravel() for name in ("progressing", "dying", "dying_progressed"))
    t = np.arange(CYCLES + 1) * 7 / 365.25
    factor = 1.03 ** -((t[1:] + t[:-1]) / 2) * 7 / 365.25 / 2
    weights = np.zeros(CYCLES + 1)
    weights[:-1] += factor
    weights[1:] += factor
    years = np.empty((2, progressing.size))

    def work(first):
        part = slice(first, first + rows)
        move, leave, stay = progressing[part], dying[part] + progressing[part], 1 - late[part]
        kept = 1 - leave
        stable, ill = np.ones(len(move)), np.zeros(len(move))
        summed_stable, summed_ill = weights[0] * stable, np.zeros(len(move))
        flow, work = np.empty(len(move)), np.empty(len(move))
        for weight in weights[1:]:
            np.multiply(stable, move, out=flow)
            np.multiply(ill, stay, out=ill)
            np.add(ill, flow, out=ill)
            np.multiply(stable, kept, out=stable)
            np.multiply(stable, weight, out=work)
            summed_stable += work
            np.multiply(ill, weight, out=work)
            summed_ill += work
        years[0, part], years[1, part] = summed_stable, summed_ill

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(0, progressing.size, rows)))
    by_strategy = years.reshape(2, -1, 4)
    return [sum(by_strategy[i] * v[name][:, i, None] for i in (0, 1)) for name in ("care_cost_per_year", "utility")]


def outcome(p, time):
    """Three states; costs, QALYs and life years."""
    moves = {
        ("progression_free", "progressed"): p.progressing,
        ("progression_free", "dead"): p.dying,
        ("progressed", "dead"): p.dying_progressed,
    }
    state = he.markov(time, he.Transitions(STATES, moves), "progression_free")
    years = he.years_in(time, state)
    return he.Outcome(
        state,
        [
            he.cost("Care", years, p.care_cost_per_year),
            he.qaly("Time in state", years, p.utility),
            he.life_years("Life years", years, he.alive(state)),
        ],
    )


def case(v):
    """Give the batch."""
    dims = {name: ("draw", "state" if name in ("care_cost_per_year", "utility") else "strategy") for name in v}
    labels = {"strategy": STRATEGIES, "state": STATES}
    settings = {"horizons": [YEARS], "cycle_length": 1, "cycle_unit": "week"}
    return he.Case(outcome, {n: (dims[n], a) for n, a in v.items()}, labels=labels, settings=settings)


def clock(function):
    """Seconds of one run."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


@pytest.mark.bench
def test_cohort_model_against_a_loop_over_cycles():
    v = values()
    batch = case(v)
    cost, qaly = floor(v)
    totals = he.run(batch).totals
    np.testing.assert_allclose(totals.cost.values[..., 0], cost, rtol=1e-9)
    np.testing.assert_allclose(totals.qaly.values[..., 0], qaly, rtol=1e-9)
    # In turn, so that whatever else the machine is doing weighs on both.
    pairs = [(clock(lambda: he.run(batch)), clock(lambda: floor(v))) for _ in range(15)]
    ours, lowest = np.array(pairs).T
    print(
        f"\n4 strategies x 3 states x 261 cycles x 10,000 draws: {ours.min():.3f} s, floor {lowest.min():.3f} s, ratio "
        f"of the best {ours.min() / lowest.min():.2f}, of the medians {np.median(ours) / np.median(lowest):.2f}"
    )


@pytest.mark.bench
def test_tunnels_seconds_and_memory():
    here = Path(__file__).resolve().parents[1] / "published"
    code = (
        f"import sys, resource, time; sys.path.insert(0, {str(here)!r}); import test_sick_sicker as t;"
        "batch = t.residence_draws(1000); start = time.perf_counter(); t.he.run(batch);"
        "taken = time.perf_counter() - start;"
        "print(f'{taken:.2f} s, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    print(f"\nSick-Sicker, 75 tunnels x 1,000 draws x 4 strategies: {done.stdout.strip()} for the whole process")

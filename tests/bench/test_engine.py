"""The engine against the numpy floor, in one run: prints ratios, asserts nothing about time.

Run with ``python -m pytest -m bench -n 0 -s``.
"""

from __future__ import annotations

import functools
import subprocess
import sys
import time
from pathlib import Path

import floor
import numpy as np
import pytest
import xarray as xr
from threadpoolctl import threadpool_limits

import hecon as he
from hecon.products import contract

STRATEGIES = ["A", "B", "C", "D"]
DRUGS = ["x", "y", "z"]
STATES = ["progression_free", "progressed", "dead"]


def outcome(p, time):
    """Ten ledger lines on two Weibull curves."""
    progression_free, overall = he.Weibull(p.pfs_shape, p.pfs_scale), he.Weibull(p.os_shape, p.os_scale)
    state = he.partition(time, progression_free=progression_free, overall=overall)
    years, treated, once = he.years_in(time, state), he.share_at_start(time, progression_free), he.at_start(time)
    return he.Outcome(
        state,
        [
            he.cost("Drug", treated, doses(time.cycles), p.price),
            he.cost("Administration", treated, p.administration_cost),
            he.cost("Premedication", treated, p.premedication_cost),
            he.cost("Adverse events", once, p.adverse_event_cost),
            he.cost("Care", years, p.care_cost_per_year),
            he.cost("Subsequent therapy", he.entering(state, "progressed"), p.subsequent_therapy_cost),
            he.cost("End of life", he.entering(state, "dead"), p.end_of_life_cost),
            he.qaly("Time in state", years, p.utility),
            he.qaly("Adverse events", once, -p.adverse_event_loss),
            he.life_years("Life years", years, he.alive(state)),
        ],
    )


@functools.cache
def doses(cycles):
    """Doses by strategy, drug and cycle, as a schedule gives them: counted once, as hecon counts its own."""
    given = np.zeros((4, 3, cycles))
    given[:, 0, ::2], given[:, 1, ::4], given[:, 2, :] = 1, 1, 1
    return xr.DataArray(given, dims=("strategy", "drug", "cycle"), coords={"strategy": STRATEGIES, "drug": DRUGS})


def case(draws=floor.DRAWS, seed=1):
    """Give a batch of random parameters."""
    g = np.random.default_rng(seed)
    both, state, drug = ("draw", "strategy"), ("draw", "state"), ("draw", "drug")
    nought = np.zeros((draws, 1))
    values = {
        "pfs_shape": (both, g.normal(1.1, 0.05, (draws, 4))),
        "os_shape": (both, g.normal(1.1, 0.05, (draws, 4))),
        "pfs_scale": (both, np.exp(g.normal(0, 0.1, (draws, 4)))),
        "os_scale": (both, np.exp(g.normal(0.8, 0.1, (draws, 4)))),
        "price": (drug, g.gamma(25, 40, (draws, 3))),
        "administration_cost": ("draw", g.gamma(25, 4, draws)),
        "premedication_cost": ("draw", g.gamma(25, 0.4, draws)),
        "adverse_event_cost": (both, g.gamma(25, 40, (draws, 4))),
        "care_cost_per_year": (state, np.hstack([g.gamma(25, 400, (draws, 2)), nought])),
        "subsequent_therapy_cost": ("draw", g.gamma(25, 400, draws)),
        "end_of_life_cost": ("draw", g.gamma(25, 400, draws)),
        "utility": (state, np.hstack([g.beta(40, 20, (draws, 2)), nought])),
        "adverse_event_loss": (both, g.beta(2, 100, (draws, 4))),
    }
    labels = {"strategy": STRATEGIES, "state": STATES, "drug": DRUGS}
    return he.Case(outcome, values, labels=labels, settings={"horizons": [1, 3, 5]})


def clock(function):
    """Seconds of one run."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


@pytest.mark.bench
def test_ten_thousand_draws_against_the_floor():
    batch = case()
    he.run(batch)
    for workers in (1, 2):
        # In turn, so that whatever else the machine is doing weighs on both.
        pairs = [(clock(lambda: he.run(batch, workers=workers)), floor.seconds()) for _ in range(9)]  # noqa: B023
        ours, lowest = np.array(pairs).T
        best, middle = ours.min() / lowest.min(), np.median(ours) / np.median(lowest)
        print(
            f"\n{workers} thread(s): engine {ours.min():.3f} s, floor {lowest.min():.3f} s, "
            f"ratio of the best {best:.2f}, of the medians {middle:.2f}"
        )


@pytest.mark.bench
def test_a_hundred_drugs_take_no_more_processor_time_than_with_one_thread():
    generator = np.random.default_rng(1)
    shares, weights = generator.random((8_000, 262)), generator.normal(size=(262, 3 * 113))

    def processor_seconds(threads):
        with threadpool_limits(threads, user_api="blas"):
            start = time.process_time()
            contract(shares, weights)
            return time.process_time() - start

    processor_seconds(None)
    free, single = np.array([(processor_seconds(None), processor_seconds(1)) for _ in range(9)]).T
    print(
        f"\n113 drugs at 3 horizons: {np.median(free):.3f} processor s, with one thread {np.median(single):.3f} s, "
        f"ratio of the best {free.min() / single.min():.2f}, of the medians {np.median(free) / np.median(single):.2f}"
    )


@pytest.mark.bench
def test_peak_memory():
    here = Path(__file__).parent
    code = (
        f"import sys, resource; sys.path.insert(0, {str(here)!r}); import test_engine as t; t.he.run(t.case());"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    print(f"\npeak memory of the whole process: {float(done.stdout):.0f} MB")

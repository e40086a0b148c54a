"""Processor time of the engine in floors, one line a job: ``python tests/bench/ratios.py [JOB ...]``, on one thread.

Each job runs in turn with its floor of plain numpy, so that whatever else the machine is doing weighs on both. As a
process of its own it uses the kernels that the environment chooses: the extra, where it is installed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

import dense_chain
import floor
import myeloma_core
import numpy as np
import test_engine
import test_markov
from threadpoolctl import threadpool_limits

import hecon as he
from hecon.survival.special import kernels

Pair = tuple[Callable[[], object], Callable[[], object]]


def ten_lines() -> Pair:
    """Ten ledger lines on two Weibull curves, against these curves and two lines."""
    batch = test_engine.case()
    return lambda: he.run(batch, workers=1), floor.seconds


def myeloma(at_edges: bool = False) -> Pair:
    """The myeloma model of pomalidomide, against its curves summed by as many columns."""
    batch = myeloma_core.batch()
    time_ = he.run(batch, workers=1).time
    own = myeloma_core.curves(batch)
    return lambda: he.run(batch, workers=1), lambda: myeloma_core.seconds(own, time_.edges, time_.horizons, at_edges)


def myeloma_at_edges() -> Pair:
    """The same against a core that is told that its days of doses are edges."""
    return myeloma(at_edges=True)


def markov() -> Pair:
    """Three states and 261 cycles, against a loop over columns."""
    values = test_markov.values()
    batch = test_markov.case(values)
    return lambda: he.run(batch, workers=1), lambda: test_markov.floor(values)


def dense() -> Pair:
    """Ten states and 480 cycles, against batched matrix products."""
    matrix = dense_chain.matrices()
    batch = dense_chain.case(matrix)
    return lambda: he.run(batch, workers=1), lambda: dense_chain.floor(matrix)


_ALL = (ten_lines, myeloma, myeloma_at_edges, markov, dense)
JOBS: dict[str, Callable[[], Pair]] = {job.__name__: job for job in _ALL}


def _processor_seconds(function: Callable[[], object]) -> float:
    start = time.process_time()
    function()
    return time.process_time() - start


def main(jobs: list[str], times: int = 9) -> None:
    """Print the ratios of some jobs, or of all."""
    features = "without AVX-512" if os.environ.get("NPY_DISABLE_CPU_FEATURES") else "as it is"
    print(f"curves by {kernels()}, processor {features}")
    for name in jobs or JOBS:
        ours, lowest = JOBS[name]()
        ours()
        with threadpool_limits(1, user_api="blas"):
            spent, least = np.array([(_processor_seconds(ours), _processor_seconds(lowest)) for _ in range(times)]).T
        print(
            f"{name:>16}: {spent.min():.3f} s, floor {least.min():.3f} s, ratio of the best "
            f"{spent.min() / least.min():.2f}, of the medians {np.median(spent) / np.median(least):.2f}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])

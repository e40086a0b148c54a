"""The floor: what plain numpy needs for the same job, with one loop over chunks that fit the cache.

10,000 draws x 4 strategies x 261 weekly cycles, two Weibull curves, state shares, discounted costs and QALYs at three
horizons; one thread. A benchmark's ratio to this floor is worth more than its seconds on any machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

DRAWS, STRATEGIES, CYCLES, CHUNK = 10_000, 4, 261, 64


def seconds(seed: int = 1, clock: Callable[[], float] = time.perf_counter) -> float:
    """Time one run of the floor, by the wall or by another clock, such as that of the processor."""
    generator = np.random.default_rng(seed)
    t = np.arange(CYCLES + 1) * 7 / 365.25
    log_t = np.log(np.maximum(t, 1e-300))
    pfs_shape, os_shape = generator.normal(1.1, 0.05, (2, DRAWS, STRATEGIES))
    pfs_scale = generator.normal(0.0, 0.1, (DRAWS, STRATEGIES))
    os_scale = generator.normal(0.8, 0.1, (DRAWS, STRATEGIES))
    cost, utility = generator.gamma(25, 400, (DRAWS, 2)), generator.beta(40, 20, (DRAWS, 2))
    middle = (t[1:] + t[:-1]) / 2
    by_cycle = np.stack([np.where(middle < h, 1.03**-middle * 7 / 365.25, 0) for h in (1, 3, 5)], axis=1)
    weights = np.zeros((CYCLES + 1, 3))
    weights[:-1] += by_cycle / 2
    weights[1:] += by_cycle / 2

    start = clock()
    for first in range(0, DRAWS, CHUNK):
        part = slice(first, first + CHUNK)
        curves = []
        for shape, scale in ((pfs_shape, pfs_scale), (os_shape, os_scale)):
            u = (log_t - scale[part][..., None]) * shape[part][..., None]
            np.exp(u, out=u)
            np.negative(u, out=u)
            np.exp(u, out=u)
            curves.append(u)
        stable, alive = curves
        np.minimum(stable, alive, out=stable)
        in_stable, in_life = (x.reshape(-1, CYCLES + 1) @ weights for x in (stable, alive))
        in_stable, in_life = (x.reshape(-1, STRATEGIES, 3) for x in (in_stable, in_life))
        in_progressed = in_life - in_stable
        for value in (cost[part], utility[part]):
            _ = in_stable * value[:, :1, None] + in_progressed * value[:, 1:, None]
    return clock() - start

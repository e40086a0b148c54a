"""Long and wide: 40 years of weeks, 50 strategies, 500 inputs, a million draws. Prints how time and memory grow, and
ratios to the floor of as many numbers; asserts nothing about them.

Run with ``python -m pytest -m bench -n 0 -s tests/bench/test_long_and_wide.py``.
"""

from __future__ import annotations

import time

import floor
import pytest
from long_and_wide import OF_A_STRATEGY
from test_scale import in_a_process_of_its_own

#: A small model, and each of its sizes ten times as large.
SMALL = {"strategies": 5, "years": 4.0, "uncertain": 50, "draws": 10_000}
LARGE = {"strategies": 50, "years": 40.0, "uncertain": 500, "draws": 100_000}
#: Numbers of one curve in the floor's job.
FLOOR = floor.DRAWS * floor.STRATEGIES * (floor.CYCLES + 1)


def seconds_and_megabytes(strategies, years, uncertain, draws, workers=1):
    """Processor seconds of a probabilistic run in a process of its own, its peak, and its ratio to the floor."""
    model = f"inputs({strategies}, {years}, {uncertain})"
    said = in_a_process_of_its_own(
        f"import long_and_wide as own; found = own.{model}; start = time.process_time(); "
        f"he.run_psa(found, {draws}, 1, model=own.outcome, workers={workers}); print(time.process_time() - start)"
    ).split()
    lowest = min(floor.seconds(clock=time.process_time) for _ in range(3))
    numbers = draws * strategies * (years * 365.25 / 7 + 1)
    return float(said[0]), float(said[-2]), float(said[0]) / (lowest * numbers / FLOOR)


@pytest.mark.bench
def test_time_grows_with_each_size_and_memory_does_not_grow_with_draws():
    base, memory, ratio = seconds_and_megabytes(**SMALL)
    sizes = ", ".join(f"{size:,g} {name}" for name, size in SMALL.items())
    print(f"\n{sizes}: {base:.2f} s of processor time, {memory:.0f} MB at its peak, {ratio:.1f} floors")
    for name, size in SMALL.items():
        before, so_far = 1, base
        for times in (10, 20) if name != "draws" else (10, 100):
            own = {**SMALL, name: type(size)(times * size)}
            if name == "strategies":  # each has uncertain inputs of its own; those that all share stay as many
                own["uncertain"] += OF_A_STRATEGY * (own[name] - size)
            taken, peak, ratio = seconds_and_megabytes(**own)
            each = (taken - so_far) / (times - before)
            print(
                f"{own[name]:,g} {name}: {taken:.2f} s, {taken / base:.1f} times for {times}; each of the "
                f"{times - before} more {each:.3f} s; {peak:.0f} MB, {ratio:.1f} floors"
            )
            before, so_far = times, taken


@pytest.mark.bench
@pytest.mark.parametrize("draws", [2_000, 10_000])
def test_all_at_once(draws):
    taken, peak, ratio = seconds_and_megabytes(**{**LARGE, "draws": draws})
    print(
        f"\n40 years of weeks x 50 strategies x 500 inputs x {draws:,} draws: {taken:.1f} s, {peak:.0f} MB, "
        f"{ratio:.2f} floors"
    )

"""Long and wide: 40 years of weeks, 50 strategies, 500 inputs, many draws. Prints how time and memory grow, asserts
nothing about them.

Run with ``python -m pytest -m bench -n 0 -s tests/bench/test_long_and_wide.py``.
"""

from __future__ import annotations

import pytest
from test_scale import in_a_process_of_its_own

#: A small model, and each of its sizes ten times as large.
SMALL = {"strategies": 5, "years": 4.0, "uncertain": 50, "draws": 10_000}
LARGE = {"strategies": 50, "years": 40.0, "uncertain": 500, "draws": 100_000}


def seconds_and_megabytes(strategies, years, uncertain, draws):
    model = f"inputs({strategies}, {years}, {uncertain})"
    said = in_a_process_of_its_own(
        f"import long_and_wide as own; found = own.{model}; start = time.process_time(); "
        f"he.run_psa(found, {draws}, 1, model=own.outcome); print(time.process_time() - start)"
    ).split()
    return float(said[0]), float(said[-2])


@pytest.mark.bench
def test_time_grows_with_each_size_and_memory_does_not_grow_with_draws():
    base, memory = seconds_and_megabytes(**SMALL)
    sizes = ", ".join(f"{size:,g} {name}" for name, size in SMALL.items())
    print(f"\n{sizes}: {base:.2f} s of processor time, {memory:.0f} MB at its peak")
    for name in SMALL:
        # no more strategies than the small number of inputs has room for
        own = {**SMALL, name: LARGE[name]} | ({"uncertain": 250} if name == "strategies" else {})
        taken, peak = seconds_and_megabytes(**own)
        print(f"{LARGE[name]:,g} {name}: {taken:.2f} s, {taken / base:.1f} times for 10, {peak:.0f} MB")


@pytest.mark.bench
def test_all_at_once():
    taken, peak = seconds_and_megabytes(**{**LARGE, "draws": 2_000})
    print(f"\n40 years of weeks x 50 strategies x 500 inputs x 2,000 draws: {taken:.1f} s, {peak:.0f} MB")

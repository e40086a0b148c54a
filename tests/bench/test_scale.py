"""Size: sampling included, a million draws, Sobol, value of information, another package. Prints, asserts no time.

Run with ``python -m pytest -m bench -n 0 -s tests/bench/test_scale.py``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import floor
import numpy as np
import pytest
from eleven_lines import inputs, outcome
from other_package import MODEL, other_model, our_case
from test_engine import clock

import hecon as he

HERE = Path(__file__).resolve().parent
DRAWS, MILLION = 10_000, 1_000_000
SAMPLES = 1024

pytestmark = pytest.mark.bench


def needs(library):
    missing = importlib.util.find_spec(library) is None
    return pytest.mark.skipif(missing, reason=f"{library} is not installed")


def run(draws=DRAWS, **options):
    return he.run_psa(inputs(), draws, 1, model=outcome, **options)


def test_ten_thousand_draws_with_sampling_against_the_floor():
    run()
    for workers in (1, 2):
        # In turn, so that whatever else the machine is doing weighs on both.
        pairs = [(clock(lambda: run(workers=workers)), floor.seconds()) for _ in range(9)]  # noqa: B023
        ours, lowest = np.array(pairs).T
        best, middle = ours.min() / lowest.min(), np.median(ours) / np.median(lowest)
        print(
            f"\n10,000 draws x 4 strategies x 261 cycles x 11 lines x 3 horizons, {workers} thread(s): "
            f"{ours.min():.3f} s, floor {lowest.min():.3f} s, ratio of the best {best:.2f}, of the medians {middle:.2f}"
        )


def in_a_process_of_its_own(code):
    """Output of Python code that has this folder's modules, and its seconds and peak memory in MB at the end."""
    folders = [str(HERE), str(HERE.parents[1]), str(HERE.parent / "analysis"), os.environ.get("PYTHONPATH", "")]
    ending = "print(f'{time.perf_counter() - start:.1f} s, {getrusage(RUSAGE_SELF).ru_maxrss / 1024:.0f} MB')"
    beginning = "import time; from resource import *; import hecon as he; from eleven_lines import inputs, outcome\n"
    whole = f"{beginning}if __name__ == '__main__':\n start = time.perf_counter()\n {code}\n {ending}"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
    done = subprocess.run([sys.executable, "-c", whole], capture_output=True, text=True, check=True, env=environment)
    return done.stdout.strip()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_million_draws(workers):
    said = in_a_process_of_its_own(f"he.run_psa(inputs(), {MILLION}, 1, model=outcome, workers={workers})")
    print(f"\n1,000,000 draws on {workers} thread(s): {said} at its peak")


@needs("zarr")
def test_a_million_draws_on_disk(tmp_path):
    options = f"model=outcome, store={str(tmp_path / 'psa')!r}"
    said = in_a_process_of_its_own(f"he.run_psa(inputs(), {MILLION}, 1, {options})")
    size = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) / 1e6
    print(f"\n1,000,000 draws to disk, {size:.0f} MB of them: {said} at its peak")


def digest(result):
    """Of every total of every draw, and of every mean of a line."""
    whole = hashlib.sha256()
    for name in sorted(map(str, result.totals)):
        whole.update(np.ascontiguousarray(result.totals[name].values))
    for line in result.lines:
        whole.update(np.ascontiguousarray(line.sums))
    return whole.hexdigest()


@needs("distributed")
def test_a_million_draws_through_dask_have_the_bits_of_the_threaded_run():
    digests, taken = [], []
    for engine in ("threads", "processes", "dask"):
        taken.append(clock(lambda: digests.append(digest(run(MILLION, engine=engine, workers=2)))))  # noqa: B023
    print("\n1,000,000 draws on 2 workers: threads {:.1f} s, processes {:.1f} s, dask {:.1f} s".format(*taken))
    assert len(set(digests)) == 1


def test_sobol_of_sixty_inputs():
    found = []
    seconds = clock(lambda: found.append(he.sobol(inputs(), SAMPLES, model=outcome, horizon=5)))
    print(f"\nSobol, {len(found[0].names)} inputs, N = {SAMPLES:,}: {found[0].runs:,} runs in {seconds:.1f} s")


def test_value_of_information_of_every_input():
    psa, found = run(), []
    seconds = clock(lambda: found.append(he.evppi(psa, willingness_to_pay=50_000, horizon=5)))
    print(f"\nEVPPI of {len(found[0])} inputs, 10,000 draws, one threshold and horizon: {seconds:.1f} s")
    seconds = clock(lambda: found.append(he.evppi(psa)))
    print(f"the same at two thresholds and three horizons: {seconds:.1f} s")


@needs("pyheor")
def test_the_same_model_in_another_package():
    few = 20
    theirs = other_model()
    base = theirs.run_base_case().summary()
    ours = he.run(our_case()).summary()
    assert base["Total Cost"].to_numpy(dtype=float) == pytest.approx(ours.cost.to_numpy(), rel=1e-6)
    assert base["QALYs"].to_numpy(dtype=float) == pytest.approx(ours.qaly.to_numpy(), rel=1e-6)
    slow = clock(lambda: theirs.run_psa(n_sim=few, seed=1, progress=False)) / few
    batch = our_case(DRAWS)
    he.run(batch)
    fast = min(clock(lambda: he.run(batch)) for _ in range(5)) / DRAWS
    print(f"\n{MODEL}: {1e3 * slow:.1f} ms a draw in pyheor, {1e6 * fast:.1f} us in hecon, {slow / fast:,.0f}x")

"""What ``hecon run`` takes as a process: processor time and wall time as ratios to the floor, and memory at its peak.

The floor is timed in processor seconds between the runs, on the same machine in the same minutes, medians of both. If
numpy has AVX-512, ``NPY_DISABLE_CPU_FEATURES="X86_V4 AVX512_ICL AVX512_SPR"`` shows what most laptops see.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import floor
import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.bench
RUNS = 3


def process(arguments: list[str]) -> tuple[float, float, float]:
    """Run a command; give its processor seconds, its wall seconds and its peak memory in MB."""
    start = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-m", "hecon", *arguments], cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss / 1e3


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="the system does not tell what a process used")
@pytest.mark.parametrize("options", [[], ["--no-sensitivity"], ["--only", "psa,evppi,evsi"], ["--only", "sobol"]])
@pytest.mark.parametrize("name", ["isa_dara_pd_us", "isa_dara_kd_sc_us"])
def test_a_run_against_the_floor(name, options, tmp_path):
    command = ["run", f"inputs/{name}.xlsx", "--out", str(tmp_path / "out"), "--quiet", *options]
    runs, floors = [], []
    for _ in range(RUNS):
        runs.append(process(command))
        floors += [floor.seconds(clock=time.process_time) for _ in range(5)]
    processor, wall, memory = (sorted(column)[RUNS // 2] for column in zip(*runs, strict=True))
    own = sorted(floors)[len(floors) // 2]
    print(
        f"\n{' '.join([name, *options])}: {processor:.2f} s of processor time, {processor / own:.0f} floors; "
        f"{wall:.2f} s, {wall / own:.0f} floors; {memory:.0f} MB (floor {own:.3f} s)"
    )

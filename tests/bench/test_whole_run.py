"""What ``hecon run`` takes: processor time and wall time as ratios to the floor, and memory at its peak.

Where a second process takes a part of the work, its processor time is counted in; memory is that of both together, what
they share counted once, where the system tells (Linux), and beside it that of the larger one.

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


#: Seconds between two looks at the memory of a run.
LOOK = 0.05


def memory_of(process: int) -> float:
    """Memory of a process and of those it started, in MB: what they share is counted once; 0 where nobody tells."""
    own = Path(f"/proc/{process}")
    try:
        shares = [line.split()[1] for line in (own / "smaps_rollup").read_text().splitlines() if line[:4] == "Pss:"]
        started = (own / "task" / str(process) / "children").read_text().split()
    except OSError:
        return 0.0
    return sum(map(int, shares)) / 1e3 + sum(memory_of(int(one)) for one in started)


def process(arguments: list[str]) -> tuple[float, float, float, float]:
    """Run a command; give its processor and wall seconds and its peak memory in MB, of all and of one process."""
    start, together = time.perf_counter(), 0.0
    child = subprocess.Popen([sys.executable, "-m", "hecon", *arguments], cwd=ROOT, stdout=subprocess.DEVNULL)
    while not (ended := os.wait4(child.pid, os.WNOHANG))[0]:
        together = max(together, memory_of(child.pid))
        time.sleep(LOOK)
    _, status, used = ended
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return used.ru_utime + used.ru_stime, time.perf_counter() - start, together, used.ru_maxrss / 1e3


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="the system does not tell what a process used")
@pytest.mark.parametrize("options", [[], ["--no-sensitivity"], ["--only", "psa,evppi,evsi"], ["--only", "sobol"]])
@pytest.mark.parametrize("name", ["isa_dara_pd_us", "isa_dara_kd_sc_us"])
def test_a_run_against_the_floor(name, options, tmp_path):
    command = ["run", f"inputs/{name}.xlsx", "--out", str(tmp_path / "out"), "--quiet", *options]
    runs, floors = [], []
    for _ in range(RUNS):
        runs.append(process(command))
        floors += [floor.seconds(clock=time.process_time) for _ in range(5)]
    processor, wall, together, memory = (sorted(column)[RUNS // 2] for column in zip(*runs, strict=True))
    own = sorted(floors)[len(floors) // 2]
    print(
        f"\n{' '.join([name, *options])}: {processor:.2f} s of processor time, {processor / own:.0f} floors; "
        f"{wall:.2f} s, {wall / own:.0f} floors; {together:.0f} MB, {memory:.0f} MB in one process (floor {own:.3f} s)"
    )

"""How large what is installed is, and how long it takes to import; printed, never asserted."""

from __future__ import annotations

import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.bench
STATEMENTS = (
    "pass",
    "import hecon",
    "import hecon as he; he.read_workbook",
    "import hecon as he; he.run; he.write_workbook",
)


def test_size_of_the_wheel(tmp_path):
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    print(f"\nwheel {wheel.stat().st_size / 1e6:.2f} MB, {len(parts)} files, unpacked {unpacked / 1e6:.2f} MB")
    assert parts


def test_time_to_import():
    print()
    for statement in STATEMENTS:
        seconds = []
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", statement], check=True)
            seconds.append(time.perf_counter() - start)
        print(f"{min(seconds):6.3f} s  python -c '{statement}'")
    assert len(seconds) == 5

"""Whether a change moves a result: ``python tests/same_tables.py REVISION [WORKBOOK ...]`` compares all tables.

The workbooks (those of isatuximab against daratumumab, unless given) are run with the code of the revision, checked out
beside, and with the code here. Of each table as CSV the bytes are compared: numbers are written in full precision.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORKBOOKS = ("isa_dara_pd_us", "isa_dara_kd_us")


def tables(code: Path, workbook: Path, out: Path) -> dict[str, bytes]:
    """Run a workbook with the code in a folder and give every table that it writes."""
    command = [sys.executable, "-m", "hecon", "run", str(workbook), "--out", str(out), "--quiet"]
    subprocess.run([*command, "--models", str(code / "models")], cwd=code, check=True)
    return {path.name: path.read_bytes() for path in sorted((out / "tables").glob("*.csv"))}


def differences(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    """Name the tables that differ, or that only one of both has."""
    return [name for name in sorted(before | after) if before.get(name) != after.get(name)]


def main(revision: str, workbooks: list[str]) -> int:
    """Compare, say what was found, and give the exit status: 1 if anything differs."""
    differ = 0
    with tempfile.TemporaryDirectory() as folder:
        other = Path(folder) / "code"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(other), revision], check=True)
        try:
            for name in workbooks:
                workbook = ROOT / "inputs" / f"{name}.xlsx"
                before = tables(other, workbook, Path(folder) / "before" / name)
                after = tables(ROOT, workbook, Path(folder) / "after" / name)
                found = differences(before, after)
                print(f"{name}: {len(after)} tables; {', '.join(found) or 'none'} differ from {revision}")
                differ += len(found)
        finally:
            subprocess.run([*git, "remove", "--force", str(other)], check=True)
    return int(differ > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:] or list(WORKBOOKS)))

"""Every notebook runs from top to bottom, as a user would run it."""

import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))

RUN = """
import sys, nbformat, nbclient
notebook = nbformat.read(sys.argv[1], as_version=4)
here = {"metadata": {"path": sys.argv[2]}}
nbclient.NotebookClient(notebook, timeout=240, kernel_name="python3", resources=here).execute()
print(sum("image/png" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])))
"""


#: Notebooks of many draws, cases or fits.
LARGE = {"myeloma_scenarios", "myeloma_uncertainty", "survival_fitting", "why_three_and_five_years_differ"}


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, id=path.stem, marks=[pytest.mark.slow] * (path.stem in LARGE)) for path in NOTEBOOKS],
)
def test_notebook_runs(path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN, str(path), str(path.parent)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout) >= 1, "no figure was drawn"


def test_there_are_notebooks_and_they_hold_no_output():
    assert len(NOTEBOOKS) >= 2
    for path in NOTEBOOKS:
        assert '"output_type"' not in path.read_text(encoding="utf-8"), f"{path.name}: clear its outputs"

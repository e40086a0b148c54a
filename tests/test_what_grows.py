"""The steps of CONTRIBUTING, followed in a copy of the package: so many files are touched, and all else finds it.

An analysis with its sheet, figure and sentences, and an export table, are followed in
`tests/report/test_registry.py`; a setting in `tests/analysis/test_difference.py`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import hecon

ROOT = Path(__file__).resolve().parents[1]

DISTRIBUTION = '''
"""A distribution that nobody has written."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hecon.domains import Domain
from hecon.inputs.distributions.base import Between


@dataclass(frozen=True)
class HalvesDistribution(Between):
    name: ClassVar[str] = "halves"
    meaning: ClassVar[str] = "As likely below the value as above it."
    support: ClassVar[Domain] = Domain(0, 50)
    low: float
    value: float
    high: float

    @classmethod
    def between(cls, low, value, high):
        return cls(low, value, high)

    def sample(self, generator, count):
        return self.quantile(generator.random(count))

    def quantile(self, p):
        return np.interp(p, [0, 0.5, 1], [self.low, self.value, self.high])

    def cumulative(self, x):
        return np.interp(x, [self.low, self.value, self.high], [0, 0.5, 1])

    @property
    def in_scipy(self):
        return "none", (self.low, self.value, self.high)
'''

OF_DISTRIBUTION = """
from pathlib import Path
import numpy as np, openpyxl
import hecon as he
he.new_project("project")
path = Path("project/inputs/my_model.xlsx")
guide = [cell.value for row in openpyxl.load_workbook(path)["Guide"].iter_rows() for cell in row]
assert "halves" in guide and "As likely below the value as above it." in guide
book = openpyxl.load_workbook(path)
page = book["Prices"]
assert any("halves" in str(rule.formula1) for rule in page.data_validations.dataValidation), "drop-down"
at = {cell.value: cell.column for cell in page[4]}
def put(**cells):
    for name, value in cells.items():
        page.cell(5, at[name]).value = value
    book.save("edited.xlsx")
    return he.read_workbook("edited.xlsx", models="project/models")
inputs = put(value=4, low=3, high=8, distribution="halves")
name = "drug_price · " + page.cell(5, at["drug"]).value
drawn = inputs.draws(2000, 1).values["drug_price"].values[:, 0]
assert 3 < drawn.min() < 3.1 and 7.8 < drawn.max() < 8 and abs(np.median(drawn) - 4) < 0.1
row = he.one_way(inputs, by="quantile").table.query("input == @name").iloc[0]
assert (row.low_value, row.high_value) == (3.05, 7.8), row
try:
    put(value=60, low=59, high=61)
except he.InputError as error:
    assert "drug_price is 60; it must lie between 0 and 50" in str(error), error
else:
    raise AssertionError("support")
"""

FAMILY = '''
"""A family that nobody has written."""

from dataclasses import dataclass
from typing import ClassVar

from hecon.domains import POSITIVE
from hecon.survival.base import Curve
from hecon.symbols.functions import exp


@dataclass(frozen=True, eq=False, repr=False)
class Rayleigh(Curve):
    rate: object

    title = "Rayleigh"
    domains: ClassVar = {"rate": POSITIVE}

    def _cumulative_hazard(self, t, axes):
        return (self.on(self.rate, axes) * t) ** 2

    def _formula(self, t, at):
        x = at.on(self.rate) * t
        return exp(-(x * x))
'''

OF_FAMILY = """
import numpy as np, openpyxl
import hecon as he
from hecon.report.live.pages_results import AGREES
he.new_project("project")
book = openpyxl.load_workbook("project/inputs/my_model.xlsx")
assert "rayleigh" in [cell.value for row in book["Guide"].iter_rows() for cell in row]
curves, survival = book["Curves"], book["Survival"]
rules = [str(rule.formula1) for rule in curves.data_validations.dataValidation]
listed = {str(cell.value) for page in book if page.title != "Guide" for row in page.iter_rows() for cell in row}
assert any("rayleigh" in rule for rule in rules) or "rayleigh" in listed, "drop-down"
curves["C5"] = "rayleigh"
assert (curves["C4"].value, curves["B5"].value) == ("family", "progression_free_survival")
heads = {cell.value: cell.column for cell in survival[4]}
row = survival.max_row + 1
cells = {"parameter": "rate", "strategy": curves["A5"].value, "endpoint": curves["B5"].value, "family": "rayleigh"}
cells |= {"value": 0.03, "unit": "per month", "low": 0.02, "high": 0.06, "distribution": "lognormal"}
for name, value in (cells | {"status": "assumed", "note": "x"}).items():
    survival.cell(row, heads[name]).value = value
book.save("edited.xlsx")
inputs = he.read_workbook("edited.xlsx", models="project/models")
pfs = he.run(inputs.base_case()).curves["progression_free_survival"].select(strategy=curves["A5"].value)
times = [0.5, 1.0, 3.0]
np.testing.assert_allclose(pfs.survival(times), he.Weibull(2.0, 1 / 0.36).survival(times), rtol=1e-12)
drawn = inputs.draws(50, 1).values["rate"].sel(strategy=curves["A5"].value, family="rayleigh")
assert drawn.sel(endpoint="progression_free_survival").std() > 0
he.write_live_workbook(inputs, "live.xlsx")
said = [cell.value for sheet in openpyxl.load_workbook("live.xlsx", data_only=True) for row in sheet for cell in row]
assert AGREES in said
written = [cell.value for sheet in openpyxl.load_workbook("live.xlsx") for row in sheet.iter_rows() for cell in row]
assert any("EXP" in str(text) and "rayleigh" in str(text) for text in written), "formula"
survival.cell(row, heads["value"]).value = -1
book.save("wrong.xlsx")
try:
    he.read_workbook("wrong.xlsx", models="project/models")
except he.InputError as error:
    assert "rate is -1; it must be above 0" in str(error), error
else:
    raise AssertionError("domain")
"""

METHOD = '''
"""A method that nobody has written: the squared correlation of ranks."""

import numpy as np

from hecon.analysis.sensitivity.salib.known import ALONE, KnownAnswer
from hecon.analysis.sensitivity.salib.method import Method, latin


def _analyse(made, outcome, places, generator):
    ranks = outcome.argsort().argsort()
    return {"R2": [np.corrcoef(places[:, i], ranks)[0, 1] ** 2 for i in range(places.shape[1])]}


METHOD = Method(
    n=512, indices={"squared_rank_correlation": ("R2", "")}, rank="squared_rank_correlation", sample=latin,
    analyse=_analyse, reference="Saltelli and Marivoet 1990", least=64, given_data=True,
    known=[KnownAnswer("squared_rank_correlation", (1.0, 0.0, 0.0), ALONE, n=4096)],
)
'''

OF_METHOD = """
import hecon as he
from hecon.analysis.sensitivity.salib.known import ALONE
found = he.sensitivity.global_sensitivity(ALONE.function, ALONE.names, "ranks", 4096)
assert found.ranked().input.iloc[0] == "a" and found.ranked().value.iloc[0] > 0.9, found.table
"""

#: What is added, the files that it adds or changes, and who finds it.
STEPS = {
    "distribution": ({"inputs/distributions/halves.py": DISTRIBUTION}, OF_DISTRIBUTION),
    "curve family": (
        {
            "survival/rayleigh.py": FAMILY,
            "survival/families.py": (
                ("\nFAMILIES", "from hecon.survival.rayleigh import Rayleigh\n\nFAMILIES"),
                ('    "generalised_f"', '    "rayleigh": Rayleigh,\n    "generalised_f"'),
            ),
        },
        OF_FAMILY,
    ),
    "method of SALib": ({"analysis/sensitivity/salib/ranks.py": METHOD}, OF_METHOD),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("what", STEPS)
def test_what_is_added_is_found_by_everything(what, tmp_path):
    files, script = STEPS[what]
    copy = tmp_path / "copy" / "hecon"
    shutil.copytree(Path(hecon.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for name, content in files.items():
        path = copy / name
        if isinstance(content, str):
            assert not path.exists()
            path.write_text(content)
            continue
        text = path.read_text()
        for before, after in content:
            assert text.count(before) == 1
            text = text.replace(before, after)
        path.write_text(text)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(copy.parent)},
    )  # fmt: skip
    assert not done.returncode, done.stderr


def test_contributing_names_the_files_of_each_step():
    said = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for what, (files, _) in STEPS.items():
        (row,) = [line for line in said.splitlines() if line.startswith("|") and what in line.split("|")[1]]
        assert f"| {len(files)} |" in row

"""The steps of CONTRIBUTING, followed in a copy of the package: so many files are touched, and all else finds it.

An analysis with its sheet, figure and sentences, and an export table, are followed in `tests/report/test_registry.py`.
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
inputs = put(value=4, low=0.1, high=49, distribution="halves")
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

TOGETHER = '''
"""A draw of several rows that nobody has written: all of a group at the same place between low and high."""

from dataclasses import dataclass

import numpy as np

from hecon.inputs.streams import PAGE, streams
from hecon.inputs.together.shared import Shared


@dataclass(frozen=True, eq=False)
class InStep:
    name: str
    members: tuple
    ends: np.ndarray
    uniforms: int = 1

    def page(self, seed, number):
        return self.quantile(streams(seed, "In step", (self.name,))(number).random((PAGE, 1)))

    def quantile(self, uniforms):
        low, high = self.ends
        return low + (high - low) * uniforms

    def marginal(self, member, p):
        low, high = self.ends[:, member]
        return low + (high - low) * p


def _in_step(read, places):
    for group, own in read.grouped(places).items():
        ends = np.array([[read.number(place, name) for place in own] for name in ("low", "high")])
        if not group:
            read.fault(own[0], "group is blank; rows in step need one")
        else:
            yield InStep(group, tuple(own), ends)


TOGETHER = Shared("in_step", "All rows of a group at the same place of their ranges.", read=_in_step, grouped=True)
'''

OF_TOGETHER = """
import openpyxl
import numpy as np
import hecon as he
he.new_project("project")
path = "project/inputs/my_model.xlsx"
guide = [cell.value for row in openpyxl.load_workbook(path)["Guide"].iter_rows() for cell in row]
assert "in_step" in guide and "All rows of a group at the same place of their ranges." in guide
book = openpyxl.load_workbook(path)
page = book["Prices"]
assert any("in_step" in str(rule.formula1) for rule in page.data_validations.dataValidation), "drop-down"
at = {cell.value: cell.column for cell in page[4]}
if "group" not in at:
    at["group"] = max(at.values()) + 1
    page.cell(4, at["group"]).value = "group"
rows = [row for row in range(5, page.max_row + 1) if page.cell(row, at["parameter"]).value == "drug_price"]
for row in rows:
    value = page.cell(row, at["value"]).value
    cells = {"low": value / 10, "high": value * 10, "se": None, "distribution": "in_step", "group": "the market"}
    for name, cell in cells.items():
        page.cell(row, at[name]).value = cell
book.save("edited.xlsx")
inputs = he.read_workbook("edited.xlsx", models="project/models")
name = "drug_price · " + page.cell(rows[0], at["drug"]).value
base, drawn = inputs.base_case().values["drug_price"], inputs.draws(500, 1).values["drug_price"]
place = ((drawn / base - 0.1) / 9.9).values
assert len(rows) > 1 and place.min() < 0.01 and place.max() > 0.99
np.testing.assert_allclose(place, place[:, :1].repeat(place.shape[1], axis=1), rtol=1e-9)
page.cell(rows[0], at["group"]).value = None
book.save("wrong.xlsx")
try:
    he.read_workbook("wrong.xlsx", models="project/models")
except he.InputError as error:
    assert "group is blank; rows in step need one" in str(error), error
else:
    raise AssertionError("fault")
"""

#: The exports of an input, whose distribution is the first word of the script and whose name is `name`.
EXPORTS = """
from dataclasses import replace
import pandas as pd
from hecon.inputs.input_names import input_in_words
few = replace(inputs, settings=inputs.settings.with_changes(draws=40))
suite = he.run_suite(few, ["one_way", "psa"])
he.write_tables(suite.base, "tables", **suite.analyses)
used = pd.read_csv("tables/inputs.csv").query("parameter == 'drug_price'")
assert DISTRIBUTION in set(used["distribution"]), used
moved = pd.read_csv("tables/one_way.csv").query("input == @name")
assert (moved["high_value"] > moved["low_value"]).all() and len(moved), moved
results = he.write_workbook(suite.base, "results.xlsx", **suite.analyses)
book = openpyxl.load_workbook(results)
shown = {page.title: [str(cell.value) for row in page.iter_rows() for cell in row] for page in book}
assert DISTRIBUTION in shown["Inputs as used"]
assert input_in_words(name) in shown["One-way"], shown["One-way"]
assert any(input_in_words(name).lower() in text.lower() for text in shown["Cover"]), shown["Cover"]
"""

SETTING = '    payer: str = _setting(_text, "everyone", "text", "Who is asked to pay.")\n    price_year:'

OF_SETTING = """
import openpyxl, pandas as pd
import hecon as he
he.new_project("project")
path = "project/inputs/my_model.xlsx"
book = openpyxl.load_workbook(path)
row = next(row for row in book["Settings"].iter_rows() if row[0].value == "payer")
assert "Who is asked to pay." in [cell.value for cell in row], row
row[1].value = "a fund"
book.save("edited.xlsx")
inputs = he.read_workbook("edited.xlsx", models="project/models")
assert inputs.settings.payer == "a fund" and he.Settings().payer == "everyone"
base = he.run(inputs.base_case().with_settings(payer="a state"))
he.write_tables(base, "tables")
said = pd.read_csv("tables/settings.csv").set_index("setting").value
assert said["payer"] == "a state"
shown = openpyxl.load_workbook(he.write_workbook(base, "results.xlsx"))["Settings"]
assert "a state" in [cell.value for row in shown.iter_rows() for cell in row]
try:
    he.Settings(payer=3)
except he.InputError as error:
    assert "payer" in str(error) and "must be text" in str(error)
else:
    raise AssertionError("rule")
"""

HEALTH_CHECK = """@_check("Somebody is there", changed="nothing", expected="shares above 0", short=True)
def somebody(model: Subject) -> Answer:
    return never(model.shares.max() <= 0, "nobody is in any state")


"""

OF_HEALTH_CHECK = """
import openpyxl, pandas as pd
import hecon as he
he.new_project("project")
suite = he.run_suite(he.read_workbook("project/inputs/my_model.xlsx", models="project/models"), ["health"])
he.write_tables(suite.base, "tables", **suite.analyses)
assert pd.read_csv("tables/health.csv").set_index("check").verdict["Somebody is there"] == "pass"
book = openpyxl.load_workbook(he.write_workbook(suite.base, "results.xlsx", **suite.analyses))
assert "Somebody is there" in [cell.value for row in book["Health of this model"].iter_rows() for cell in row]
"""

#: What is added, the files that it adds or changes, and who finds it.
STEPS = {
    "distribution": (
        {"inputs/distributions/halves.py": DISTRIBUTION}, OF_DISTRIBUTION + "DISTRIBUTION = 'halves'" + EXPORTS,
    ),
    "draw that several rows share": (
        {"inputs/together/in_step.py": TOGETHER}, OF_TOGETHER + "DISTRIBUTION = 'in_step'" + EXPORTS,
    ),
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
    "setting": ({"settings.py": (("    price_year:", SETTING),)}, OF_SETTING),
    "check of a model's health": (
        {"verification/states.py": (('@_check("Shares are shares"', HEALTH_CHECK + '@_check("Shares are shares"'),)},
        OF_HEALTH_CHECK,
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

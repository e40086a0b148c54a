"""Twins: a family's numeric form and its formula give the same survival; the table of twins is that of the modules."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest

from hecon.survival.families import FAMILIES
from hecon.survival.written import Written

ROOT = Path(__file__).parents[1]
TABLE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("## Twins")[2]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_and_its_formula(name: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    curve = FAMILIES[name](**{part: random.uniform(0.3, 1.8) for part in FAMILIES[name].domains})
    times = random.uniform(0.05, 4.0, 12)
    formula = np.asarray(curve._formula(times, Written(curve.axes)), dtype=float)
    np.testing.assert_allclose(formula, curve.survival(times), rtol=1e-9, atol=1e-12)


def test_every_curve_has_its_formula() -> None:
    without = [
        f"{path.name}: {node.name}"
        for path in sorted((ROOT / "hecon" / "survival").glob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and "Curve" in [ast.unparse(base) for base in node.bases]
        if "_formula" not in [part.name for part in node.body if isinstance(part, ast.FunctionDef)]
    ]
    assert without == []


def test_every_written_module_is_in_the_table() -> None:
    written = {path.relative_to(ROOT / "hecon").as_posix() for path in (ROOT / "hecon").rglob("*_written.py")}
    assert written
    assert written <= set(re.findall(r"`([\w/]+\.py)`", TABLE))


def test_every_module_in_the_table_exists() -> None:
    modules = set(re.findall(r"`((?!tests/)[\w/]+\.py)`", TABLE))
    assert modules
    assert all((ROOT / "hecon" / module).is_file() for module in modules)

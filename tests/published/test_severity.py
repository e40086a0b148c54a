"""QALE by the life tables of England and the US, shortfalls, and the weights of NICE at and beside every threshold."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hecon.analysis.value.shortfall import qale, severity

FOLDER = Path(__file__).parent / "data"
DATA = json.loads((FOLDER / "severity_qale.json").read_text())
US = json.loads((FOLDER / "us_mortality_2015.json").read_text())


def england(norm):
    tables = {sex: pd.DataFrame({"survivors": t["lx"], "deaths": t["dx"]}) for sex, t in DATA["england"].items()}
    for sex, table in tables.items():
        table["age"], table["sex"] = range(101), sex
    norms = [(age, sex, utility) for sex, t in DATA["england"].items() for age, utility in t[norm]]
    return pd.concat(tables.values()), pd.DataFrame(norms, columns=["age", "sex", "utility"])


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: f"{case['norm']} at {case['age']}")
def test_england(case):
    found = qale(*england(case["norm"]), case["age"], case["share_female"], discount_rate=case["discount"])
    assert found.qale == pytest.approx(case["qale"], rel=1e-9)
    for sex in ("female", "male"):
        assert found.by_sex[sex] == pytest.approx(case[f"qale_{sex}"], rel=1e-9)
    lost = severity(found, case["comparator_qalys"])
    assert lost.absolute_shortfall == pytest.approx(case["absolute_shortfall"], rel=1e-9)
    assert lost.proportional_shortfall == pytest.approx(case["proportional_shortfall"], rel=1e-9)
    assert lost.weight == case["weight"]


@pytest.mark.parametrize("case", DATA["us"], ids=lambda case: f"from {case['start_age']}")
def test_us(case):
    chances = -np.expm1(-np.array(US["rate"]))
    table = pd.DataFrame({"age": US["age"], "sex": "both", "death_probability": chances})
    norms = pd.DataFrame(case["norms"], columns=["age", "utility"]).assign(sex="both")
    found = qale(table, norms, case["start_age"], discount_rate=case["discount"])
    assert found.qale == pytest.approx(case["qale"], rel=1e-9)
    assert found.years == pytest.approx(case["le_undiscounted"], rel=1e-9)


@pytest.mark.parametrize("edge", DATA["edges"], ids=lambda edge: f"{edge['qale']} and {edge['comparator_qalys']}")
def test_thresholds(edge):
    found = severity(edge["qale"], edge["comparator_qalys"])
    assert found.absolute_shortfall == pytest.approx(edge["absolute_shortfall"], rel=1e-9, abs=1e-12)
    assert found.proportional_shortfall == pytest.approx(edge["proportional_shortfall"], rel=1e-9, abs=1e-12)
    assert found.weight == edge["weight"]


def test_the_slack_decides_somewhere():
    assert any(edge["weight"] != edge["weight_without_slack"] for edge in DATA["edges"])

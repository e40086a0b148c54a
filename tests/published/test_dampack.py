"""Incremental analysis of 13 tables as calculate_icers of the R package dampack 1.0.2 gives it."""

import json
from pathlib import Path

import numpy as np
import pytest

from hecon.analysis.value.incremental import incremental_analysis

TABLES = json.loads((Path(__file__).parent / "data" / "dampack_icers.json").read_text())["icers"]


@pytest.mark.parametrize("name", TABLES)
def test_incremental_analysis(name):
    table = TABLES[name]
    ours = incremental_analysis(table["cost"], table["effect"], table["strategies"])
    expected = {column: np.atleast_1d(np.array(values, dtype=object)) for column, values in table["result"].items()}
    assert sorted(ours.strategy) == sorted(expected["Strategy"])
    ours = ours.set_index("strategy").loc[list(expected["Strategy"])]
    if "Status" in expected:
        assert ours.status.tolist() == expected["Status"].tolist()
    for column, theirs in {
        "icer": "ICER",
        "incremental_cost": "Inc_Cost",
        "incremental_effect": "Inc_Effect",
    }.items():
        np.testing.assert_allclose(ours[column].to_numpy(float), expected[theirs].astype(float), rtol=1e-12)

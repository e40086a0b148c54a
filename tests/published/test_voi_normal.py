"""A normal example with two decisions, whose values of information are known in closed form.

The 10,000 draws and the EVPI on them are those of the R package voi 1.0.3; the values of the example are exact.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hecon.analysis.value.evppi import evppi
from hecon.analysis.value.evsi import evsi
from hecon.analysis.value.nested import evppi_nested
from hecon.analysis.value.perfect_information import evpi
from hecon.analysis.value.trial import Measurement, Study

DATA = Path(__file__).parent / "data"
EXACT = json.loads((DATA / "voi_normal.json").read_text(encoding="utf-8"))
INPUTS = pd.DataFrame(np.load(DATA / "voi_normal.npz")["draws"], columns=["p1", "p2"])
EFFECTS = np.column_stack([np.zeros(len(INPUTS)), INPUTS.p1 - INPUTS.p2])
COSTS = np.zeros_like(EFFECTS)


def test_evpi_is_exact_on_the_draws():
    found = evpi(COSTS, EFFECTS, 1.0).iloc[0]
    assert found.evpi == pytest.approx(EXACT["evpi_of_draws"], rel=1e-12)
    assert abs(found.evpi - EXACT["evpi"]) < 2 * found.standard_error


@pytest.mark.parametrize("name", ["p1", "p2"])
def test_evppi_within_two_per_cent(name):
    found = evppi(COSTS, EFFECTS, INPUTS, [name], 1.0).iloc[0]
    assert found.evppi == pytest.approx(EXACT["evppi"][name], rel=0.02)
    assert found.method == "spline"


@pytest.mark.parametrize("method", ["auto", "random_features", "gaussian_process"])
def test_evppi_of_all_inputs_is_the_evpi(method):
    found = evppi(COSTS, EFFECTS, INPUTS, {"both": ["p1", "p2"]}, 1.0, method).iloc[0]
    assert found.evppi == pytest.approx(EXACT["evpi_of_draws"], rel=1e-6)


@pytest.mark.parametrize("name", ["p1", "p2"])
@pytest.mark.parametrize("method", ["random_features", "gaussian_process"])
def test_every_smoother_is_right_within_its_error(name, method):
    found = evppi(COSTS, EFFECTS, INPUTS, [name], 1.0, method).iloc[0]
    assert abs(found.evppi - EXACT["evppi"][name]) < 1.5 * found.standard_error


@pytest.mark.parametrize("method", ["regression", "moment_matching"])
def test_evsi_within_five_per_cent(method):
    sizes = EXACT["evsi_p1_known_sd_1"]
    designs = [Study(size, [Measurement("p1", "normal", int(size), sd=1.0)]) for size in sizes]
    found = evsi(COSTS, EFFECTS, INPUTS, designs, 1.0, method)
    np.testing.assert_allclose(found.evsi, list(sizes.values()), rtol=0.05)
    assert (found.evsi.diff().dropna() > 0).all()
    assert (found.share_of_evppi <= 1 + 1e-6).all()


def test_nested_loops_agree():
    def model(p):
        return np.zeros((len(p), 2)), np.column_stack([np.zeros(len(p)), p.p1 - p.p2])

    for name in ("p1", "p2"):
        found = evppi_nested(model, INPUTS, name, 1.0, outer=4000, inner=50).iloc[0]
        assert found.evppi == pytest.approx(EXACT["evppi"][name], rel=0.06)
        assert abs(found.evppi - EXACT["evppi"][name]) < 3 * found.standard_error
        assert found.evppi < found.evppi_uncorrected

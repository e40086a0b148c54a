"""The curve families against hesim (R), evaluated at the same coefficients.

hesim solves for restricted means with its own quadrature, so those agree less closely than the closed forms.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from hecon.survival.families import FAMILIES

REFERENCE = json.loads((Path(__file__).parent / "data" / "hesim_curves.json").read_text())
TIMES = np.array(REFERENCE["times"])
POSITIVE = {"shape", "scale", "rate", "sdlog", "sigma"}

cases = pytest.mark.parametrize("family", REFERENCE["families"])
sets = pytest.mark.parametrize("row", [0, 1])


def curve(family: str, row: int):
    coefficients = {}
    for name, values in REFERENCE["families"][family]["coefficients_real_line"].items():
        logged = name in POSITIVE and (family, name) != ("gompertz", "shape")
        coefficients[name] = np.exp(values[row]) if logged else values[row]
    return FAMILIES[family](**coefficients)


def test_reference_covers_every_family():
    assert set(REFERENCE["families"]) == set(FAMILIES) - {"generalised_f"}  # which hesim does not have


@cases
@sets
@pytest.mark.parametrize(
    ("method", "column"), [("survival", "survival"), ("cumulative_hazard", "cumhazard"), ("hazard", "hazard")]
)
def test_curve(family, row, method, column):
    expected = REFERENCE["families"][family][column][row]
    # 1e-12 of the value, or of 1 where R takes the logarithm of a survival near 1.
    np.testing.assert_allclose(getattr(curve(family, row), method)(TIMES), expected, rtol=1e-12, atol=1e-15)


@cases
@sets
def test_quantiles(family, row):
    reference = REFERENCE["families"][family]
    found = curve(family, row).quantile(np.array(reference["quantile_p"]))
    np.testing.assert_allclose(found, reference["quantile"][row], rtol=1e-12)


@cases
@sets
@pytest.mark.parametrize("rate", ["0", "0.03"])
def test_restricted_means(family, row, rate):
    expected = REFERENCE["families"][family][f"rmst_dr{rate}"][row]
    found = [
        curve(family, row).restricted_mean(horizon, float(rate), "continuous") for horizon in REFERENCE["rmst_horizons"]
    ]
    np.testing.assert_allclose(found, expected, rtol=3e-9)  # hesim is off by 1e-9 where the hazard is infinite at 0

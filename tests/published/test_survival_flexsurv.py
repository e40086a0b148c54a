"""The curve families against flexsurv (R) on the breast-cancer recurrence data, at flexsurv's own estimates.

Printed estimates have 15 digits or more; survival, hazards and quantiles then agree to 1e-10, restricted means
as closely as R's `integrate` computes them.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from hecon.survival.families import FAMILIES, coefficients
from hecon.survival.kaplan_meier_curve import KaplanMeier

REFERENCE = json.loads((Path(__file__).parent / "data" / "flexsurv_bc_curves.json").read_text())["groups"]

groups = pytest.mark.parametrize("group", REFERENCE)
#: The generalised F has no sharp optimum on these data.
families = pytest.mark.parametrize("family", [name for name in FAMILIES if name != "generalised_f"])


@groups
@families
def test_coefficients_have_the_names_and_order_of_flexsurv(group, family):
    assert tuple(REFERENCE[group]["fits"][family]["coefficients"]) == coefficients(family)


@groups
@families
def test_predictions(group, family):
    reference = REFERENCE[group]["fits"][family]
    curve = FAMILIES[family](**reference["coefficients"])
    times = np.array(REFERENCE[group]["times"])
    np.testing.assert_allclose(curve.survival(times), reference["survival"], rtol=1e-10)
    np.testing.assert_allclose(curve.hazard(times), reference["hazard"], rtol=1e-10)
    shares = np.array(reference["quantile_p"])
    np.testing.assert_allclose(curve.quantile(shares), reference["quantile"], rtol=1e-9)


@groups
@families
def test_restricted_means(group, family):
    reference = REFERENCE[group]["fits"][family]
    curve = FAMILIES[family](**reference["coefficients"])
    found = [curve.restricted_mean(horizon) for horizon in REFERENCE[group]["horizons"]]
    np.testing.assert_allclose(found, reference["rmst"], rtol=1e-7)


@groups
def test_kaplan_meier(group):
    reference = REFERENCE[group]["kaplan_meier"]
    curve = KaplanMeier(reference["time"], reference["survival"])
    np.testing.assert_array_equal(curve.survival(np.array(reference["time"])), reference["survival"])
    found = [curve.restricted_mean(horizon) for horizon in reference["rmst_at"]]
    np.testing.assert_allclose(found, reference["rmst"], rtol=1e-10)
    median = curve.median()
    assert median == (np.inf if reference["median"] is None else pytest.approx(reference["median"], rel=1e-12))

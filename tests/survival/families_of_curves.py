"""What the tests of survival share: values for every parameter of every family, drawn from its domain."""

from __future__ import annotations

import numpy as np
import xarray as xr
from hypothesis import strategies as st

from hecon.domains import AT_LEAST_0, POSITIVE, REAL
from hecon.survival.families import FAMILIES

STRATEGIES = ["Isa-Pd", "Dara-Pd", "Pd"]
#: Ordinary values, wide enough for curves from steep to flat.
RANGES = {POSITIVE: (0.2, 5.0), AT_LEAST_0: (0.0, 3.0), REAL: (-1.5, 1.5)}


def parameters(family):
    """Hypothesis: a mapping of coefficients of a family."""
    return st.fixed_dictionaries(
        {name: st.floats(*RANGES[domain]) for name, domain in FAMILIES[family].domains.items()}
    )


def curves():
    """Hypothesis: a curve of any family."""
    return st.sampled_from(list(FAMILIES)).flatmap(
        lambda family: parameters(family).map(lambda values: FAMILIES[family](**values))
    )


def random_curve(family, draws=7, seed=1):
    """A curve of a family with parameters by draw and strategy."""
    generator = np.random.default_rng(seed)
    values = {}
    for name, domain in FAMILIES[family].domains.items():
        array = generator.uniform(*RANGES[domain], (draws, len(STRATEGIES)))
        values[name] = by_draw_and_strategy(array)
    if family == "generalised_gamma":  # every way of computing it within one array
        values["Q"].values[:3] = [[0.0, 1e-6, -1e-3], [0.019, -0.019, 0.021], [1.0, -2.0, 0.3]]
    if family == "generalised_f":
        values["Q"].values[:2] = [[0.0, -0.4, 0.01], [0.3, -2.0, 1.0]]
        values["P"].values[:3] = [[0.0, 1e-14, 1e-7], [0.99e-5, 1.01e-5, 1e-3], [1.0, 0.1, 20.0]]
    return FAMILIES[family](**values)


def by_draw_and_strategy(array):
    return xr.DataArray(array, dims=("draw", "strategy"), coords={"strategy": STRATEGIES[: array.shape[1]]})


def by_strategy(*values):
    return xr.DataArray(list(values), dims="strategy", coords={"strategy": STRATEGIES[: len(values)]})

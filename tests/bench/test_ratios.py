"""The engine in floors, with and without the extra and AVX-512: prints ratios, asserts nothing about time.

Run with ``python -m pytest -m bench -n 0 -s tests/bench/test_ratios.py``.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import dense_chain
import myeloma_core
import numpy as np
import pytest
import test_markov

import hecon as he

HERE = Path(__file__).resolve().parent
AVX_512 = "X86_V4 AVX512_ICL AVX512_SPR"
KERNELS = ["numpy", *(["numba"] if importlib.util.find_spec("numba") else [])]

pytestmark = pytest.mark.bench


@pytest.mark.parametrize("without", ["", AVX_512], ids=["as it is", "without AVX-512"])
@pytest.mark.parametrize("kernels", KERNELS)
def test_every_job_in_floors(kernels, without):
    environment = {**os.environ, "HECON_KERNELS": kernels, "NPY_DISABLE_CPU_FEATURES": without}
    if not without:
        del environment["NPY_DISABLE_CPU_FEATURES"]
    command = [sys.executable, "-W", "ignore", str(HERE / "ratios.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    print(f"\n{done.stdout}")
    assert "dense" in done.stdout


def test_floors_have_the_results_of_the_engine():
    matrix = dense_chain.matrices(50)
    found = he.run(dense_chain.case(matrix)).totals.life_years.values[:, 0, 0]
    np.testing.assert_allclose(dense_chain.floor(matrix)[:, 0, :9].sum(axis=-1), found, rtol=1e-9)
    batch = myeloma_core.batch(50)
    result = he.run(batch)
    own = myeloma_core.seconds(myeloma_core.curves(batch), result.time.edges, result.time.horizons)[1]
    np.testing.assert_allclose(own, result.totals.life_years.values, rtol=1e-9)
    values = test_markov.values(50)
    np.testing.assert_allclose(
        he.run(test_markov.case(values)).totals.cost.values[..., 0], test_markov.floor(values)[0], rtol=1e-9
    )

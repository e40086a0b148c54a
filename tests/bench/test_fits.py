"""Fits, their draws and the sheet they are read from: prints processor seconds and ratios, asserts nothing about time.

Run with ``python -m pytest -m bench -n 0 -s``.
"""

from __future__ import annotations

import time

import numpy as np
import pytest

import hecon as he
from hecon.inputs import starter
from hecon.inputs.template import write_inputs
from hecon.inputs.workbook import read_tables

pytestmark = pytest.mark.bench
DRAWS, TIMES = 10_000, np.linspace(0, 120, 121)


def patients(size):
    random = np.random.default_rng(1)
    time, end = 20 * random.weibull(1.3, size), random.uniform(5, 40, size)
    return np.minimum(time, end), (time <= end).astype(int)


def seconds(run, times=3):
    """The least processor seconds of a few runs, and what the last gave."""
    found, spent = None, []
    for _ in range(times):
        begun = time.process_time()
        found = run()
        spent.append(time.process_time() - begun)
    return min(spent), found


def test_all_families_and_six_splines_on_1000_patients_and_their_draws():
    data = patients(1000)
    spent, fits = seconds(lambda: he.fit_all(*data))
    print(f"\n{len(fits)} fits to 1,000 patients: {spent:.2f} s")
    everything = dict(fits.fits) | {
        "weibull, mixture cure": he.fit("weibull", *data, cure="mixture"),
        "piecewise_exponential": he.fit("piecewise_exponential", *data, knots=3),
        "generalised_f": he.fit("generalised_f", *data),
    }
    least = None
    for name, fit in everything.items():
        spent, curve = seconds(lambda fit=fit: fit.draws(DRAWS, seed=1))
        evaluated, _ = seconds(lambda curve=curve: curve.survival(TIMES))
        least = least or evaluated
        print(
            f"{name:22} {DRAWS:,} draws in {spent:.4f} s; S at {len(TIMES)} times in {evaluated:.3f} s, "
            f"{evaluated / least:.1f} times the exponential"
        )


def test_a_sheet_of_2000_patients(tmp_path):
    tables = starter.example_tables()
    tables["Individual data"] = [
        {"strategy": strategy, "endpoint": "overall_survival", "time": float(one), "event": int(seen)}
        | {"time_unit": "month"}
        for strategy in ("New treatment", "Standard care")
        for one, seen in zip(*patients(1000), strict=True)
    ]
    path = tmp_path / "patients.xlsx"
    write_inputs(path, tables, {**starter.example_settings(), "model": "my_model"})
    spent, raw = seconds(lambda: read_tables(path, to_fit=True))
    print(f"\n{len(raw.tables['Individual data']):,} patients read in {spent:.2f} s")

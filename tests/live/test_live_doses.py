"""Doses by day in the live workbook: the same rule as the engine's, under every setting that it follows."""

import importlib.util
from dataclasses import replace

import numpy as np
import pytest
from libreoffice import needs_libreoffice, recalculated
from live_results import apart, engine_results, results_of
from shipped_workbooks import ROOT, read

import hecon as he
from hecon.report.live.model import live_model
from hecon.settings import DISCOUNT_TIMINGS

SHORT = {"horizons": (0.45, 1.0), "cycle_length": 4, "cycle_unit": "week"}
SETTINGS = [{"discount_timing": timing} for timing in DISCOUNT_TIMINGS]
SETTINGS += [
    {"dose_timing": "cycle_start"},
    {"dose_timing": "cycle_start", "discount_timing": "edges"},
    {"cycle_length": 1, "cycle_unit": "year"},
    {"discount_form": "continuous", "discount_rate_cost": 0.06},
    {"discount_rate_cost": "0: 0.035, 0.3: 0.1"},
    {"days_per_year": 365},
]


def with_settings(name, **settings):
    inputs = read(name)
    return replace(inputs, settings=inputs.settings.with_changes(**{**SHORT, **settings}))


@pytest.fixture(scope="module")
def markov():
    """The three-state Markov model, whose shares are known at cycle edges only."""
    spec = importlib.util.spec_from_file_location("myeloma_markov", ROOT / "models" / "myeloma_markov.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.outcome


def assert_same_costs(inputs, model=None):
    base, results = he.run(inputs.base_case(model)), live_model(inputs, model).results
    for place, strategy in np.ndindex(len(base.time.horizons), len(base.strategies)):
        for twin in ("discounted", "undiscounted"):
            name = base.strategies[strategy]
            expected = base.totals["cost" if twin == "discounted" else "undiscounted_cost"].values[strategy, place]
            assert results.total(place, name, "cost", twin).value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_formulas_carry_the_values_of_the_engine(settings):
    assert_same_costs(with_settings("isa_dara_kd_us", **settings))


def test_formulas_of_a_markov_model_lie_on_straight_lines_between_its_edges(markov):
    assert_same_costs(with_settings("isa_dara_kd_us"), markov)


@needs_libreoffice
@pytest.mark.slow
def test_every_setting_of_doses_recalculates(tmp_path, markov):
    files, results = [], []
    for number, (settings, model) in enumerate([*((settings, None) for settings in SETTINGS), ({}, markov)]):
        inputs = with_settings("isa_dara_pd_us", **settings)
        files.append(he.write_live_workbook(inputs, tmp_path / f"live_{number}.xlsx", model=model))
        results.append(he.run(inputs.base_case(model)))
    assert len({result.totals.cost.values.tobytes() for result in results}) == len(results)
    for result, values in zip(results, recalculated(files), strict=True):
        got = results_of(values)
        distance, where = apart(got, engine_results(result, got))
        assert distance <= 1e-9, where

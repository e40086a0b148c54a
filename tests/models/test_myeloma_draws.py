"""Draws of the myeloma workbooks: without spread the base case, the same bits in any block, nothing dropped."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr
from shipped_workbooks import WORKBOOKS, read

import hecon as he
from hecon.inputs.batch import uncertainty_of
from hecon.inputs.case import all_draws


def changed(inputs, frame, **tables):
    return replace(inputs, parameters=frame, tables={**inputs.tables, **tables})


def bits(result):
    return {str(name): array.values.tobytes() for name, array in result.totals.items()}


@pytest.mark.parametrize("name", WORKBOOKS)
def test_no_spread_is_the_base_case(name):
    inputs = read(name)
    nothing = {"Correlations": inputs.tables["Correlations"].head(0)} if "Correlations" in inputs.tables else {}
    fixed = changed(inputs, inputs.parameters.assign(distribution="fixed"), **nothing)
    assert uncertainty_of(fixed).rows == ()
    drawn, base = he.run(fixed.draws(5)).totals, he.run(inputs.base_case()).totals
    for measure in base:
        assert (drawn[measure].values == base[measure].values).all()


@pytest.mark.parametrize("name", WORKBOOKS)
def test_next_to_no_spread_is_next_to_the_base_case(name):
    """Every distribution is where its value is: with a millionth of its width, a draw is the base case.

    But for weight and surface: at 80 kg a dose of isatuximab fills its vials, and the least bit more opens another.
    """
    inputs = read(name)
    frame = inputs.parameters.copy()
    frame.loc[frame.parameter.str.startswith("body_"), "distribution"] = "fixed"
    for end in ("low", "high"):
        near = frame.value + 1e-6 * (frame[end] - frame.value)
        with np.errstate(invalid="ignore"):
            ratio = frame.value * (frame[end] / frame.value) ** 1e-6
        frame[end] = near.where(frame.distribution != "lognormal", ratio)
    covariance = inputs.tables["Covariance"]
    narrow = changed(inputs, frame, Covariance=covariance.assign(covariance=1e-12 * covariance.covariance))
    assert len(uncertainty_of(narrow).rows) > 70
    result, base = he.run(narrow.draws(50)).totals, he.run(inputs.base_case()).totals
    for measure in base:
        expected = np.broadcast_to(base[measure].values, result[measure].shape)
        np.testing.assert_allclose(result[measure].values, expected, rtol=1e-5)


def test_equal_bits_for_any_block_and_any_number_of_threads():
    inputs = read("isa_dara_pd_us")
    whole = he.run(inputs.draws(700), block=700, workers=1)
    for block, workers in ((7, 2), (64, 1), (333, 3)):
        assert bits(he.run(inputs.draws(700), block=block, workers=workers)) == bits(whole)
    parts = [he.run(all_draws(inputs).case(start, stop)) for start, stop in ((0, 123), (123, 700))]
    for measure, array in whole.totals.items():
        joined = np.concatenate([part.totals[measure].values for part in parts])
        assert joined.tobytes() == array.values.tobytes()


def test_another_input_changes_no_other_draw_and_no_result():
    inputs = read("isa_dara_pd_us")
    new = {"parameter": "unused_share", "value": 0.5, "low": 0.4, "high": 0.6, "distribution": "beta", "family": ""}
    row = pd.DataFrame([{**dict.fromkeys(inputs.parameters.columns, ""), **new, "cell": "Parameters!B5"}])
    for column in inputs.parameters.select_dtypes("number"):
        row[column] = float(new.get(column, math.nan))
    more = changed(inputs, pd.concat([row, inputs.parameters], ignore_index=True))
    before, after = inputs.draws(300), more.draws(300)
    assert bits(he.run(before)) == bits(he.run(after))
    old, table = he.parameter_table(before), he.parameter_table(after)
    assert set(table) - set(old) == {"unused_share"}
    pd.testing.assert_frame_equal(table[list(old)], old, check_exact=True)


def test_draws_whose_curves_cross_are_counted_and_kept():
    inputs = read("isa_dara_pd_us")
    result = he.run(inputs.draws(2000))
    assert result.crossings is not None
    assert result.crossings.draws.sum() > 0
    for array in result.totals.values():
        assert array.sizes["draw"] == 2000
        assert np.isfinite(array).all()
    # counted again by hand, from the curves of each draw at the cycle edges
    table = he.parameter_table(result)
    months = 12 * result.time.edges
    for i, strategy in enumerate(result.strategies):
        rate = table[f"rate · {strategy} · progression_free_survival · exponential"].to_numpy()[:, None]
        mean, sd = (
            table[f"{name} · {strategy} · overall_survival · lognormal"].to_numpy()[:, None]
            for name in ("meanlog", "sdlog")
        )
        with np.errstate(divide="ignore"):
            overall = ndtr((mean - np.log(months)) / sd)
        crossed = (np.exp(-rate * months) > overall + 1e-12).any(axis=1)
        assert result.crossings.draws[i] == pytest.approx(crossed.sum(), abs=2)

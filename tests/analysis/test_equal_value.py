"""Equal-value life years: equal to QALYs where they must be, and by hand from sums by month."""

import numpy as np
import pytest

import hecon as he
from hecon.analysis.value.equal_value import QUALITY_OF_YEARS_GAINED, equal_value_life_years
from hecon.errors import HeconError


@pytest.fixture(scope="module")
def inputs():
    return he.read_workbook("inputs/simple_partitioned.xlsx")


def test_they_are_the_sum_by_month_of_what_is_gained_and_what_is_better(inputs):
    case = inputs.base_case()
    result = he.run(case)
    found = equal_value_life_years(result).set_index(["strategy", "horizon_years"])
    last = result.time.horizons[-1]
    edges = np.arange(1, round(last * 12) + 1) / 12
    totals = he.run(case.with_settings(horizons=tuple(edges))).totals
    old = result.case.comparator
    for strategy in result.strategies:
        if strategy == old:
            continue
        sums = {
            (name, arm): np.diff(totals[name].sel(strategy=arm).values, prepend=0.0)
            for name in ("qaly", "life_years")
            for arm in (strategy, old)
        }
        expected = 0.0
        for month in range(len(edges)):
            q, q0, y, y0 = (sums[name, arm][month] for name in ("qaly", "life_years") for arm in (strategy, old))
            expected += (q / y - q0 / y0) * y0 + 0.851 * (y - y0) if y > y0 else q - q0
        row = found.loc[(strategy, last)]
        assert row["incremental_evly"] == pytest.approx(expected, rel=1e-10)
        if row["quadrant"] == "NE":
            assert row["cost_per_evly"] == pytest.approx(row["incremental_cost"] / expected, rel=1e-10)


def test_a_life_of_that_quality_gains_as_many_qalys(inputs):
    case = inputs.base_case()
    states = case.values["utility"]
    same = {state: 0.0 if state == "dead" else QUALITY_OF_YEARS_GAINED for state in states.coords["state"].values}
    found = equal_value_life_years(he.run(case.with_values(utility=same)))
    # Without events that lower it, the two are one number.
    assert found["incremental_evly"].to_numpy() == pytest.approx(found["incremental_qaly"].to_numpy(), abs=1e-9)


def test_what_has_none_is_refused(inputs):
    with pytest.raises(HeconError, match="of a single set of values"):
        equal_value_life_years(he.run(inputs.draws(3)))
    with pytest.raises(HeconError, match="need costs, life years and QALYs"):
        equal_value_life_years(he.run(he.read_workbook("inputs/decision_tree.xlsx").base_case()))

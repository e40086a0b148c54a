"""Severity of a workbook: QALE from its sheets, weights and thresholds; what is refused."""

import numpy as np
import pandas as pd
import pytest
from small_market import outcome, read, tables

import hecon as he
from hecon.analysis.value.shortfall import NICE, Band
from hecon.errors import HeconError, InputError

TABLE = pd.DataFrame({"age": [60, 61], "sex": "both", "death_probability": [0.5, 1.0]})
NORMS = pd.DataFrame({"age": [0, 61], "sex": "both", "utility": [1.0, 0.5]})


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return he.run(read(tmp_path_factory.mktemp("severity")).base_case(outcome))


def test_by_hand():
    # half die at 60.5, the others at 61.5: 0.75 years at utility 1, then 0.25 years at 0.5, a year later
    found = he.qale(TABLE, NORMS, 60, discount_rate=0.1)
    assert found.qale == pytest.approx(0.75 + 0.25 * 0.5 / 1.1)
    assert found.years == pytest.approx(1.0)
    assert float(found) == found.qale


def test_between_birthdays():
    ends = [he.qale(TABLE, NORMS, age).qale for age in (60, 61)]
    assert he.qale(TABLE, NORMS, 60.25).qale == pytest.approx(0.75 * ends[0] + 0.25 * ends[1])


def test_of_a_workbook(result):
    table = he.severity(result)
    chances = np.array([0.05] * 41)
    alive = np.concatenate([[1], np.cumprod(1 - chances)])
    lived = (alive[:-1] + alive[1:]) / 2
    utilities = np.where(np.arange(41) < 1, 0.8, np.where(np.arange(41) < 10, 0.76, 0.7))
    expected = (lived * utilities * 1.03 ** -np.arange(41.0)).sum()
    np.testing.assert_allclose(table["qale"], expected)
    qalys = float(result.totals.qaly.sel(strategy="old").values[-1])
    np.testing.assert_allclose(table["absolute_shortfall"], expected - qalys)
    np.testing.assert_allclose(table["alive_at_horizon"], 1)
    assert table["strategy"].tolist() == ["new"] * 3
    np.testing.assert_allclose(table["weighted_incremental_qaly"], table["weight"] * table["incremental_qaly"])
    np.testing.assert_allclose(table["weighted_icer"], table["icer"] / table["weight"])
    np.testing.assert_allclose(table["weighted_willingness_to_pay"], table["weight"] * table["willingness_to_pay"])
    np.testing.assert_allclose(
        table["weighted_net_monetary_benefit"],
        table["weighted_willingness_to_pay"] * table["incremental_qaly"] - table["incremental_cost"],
    )


def test_the_rate_of_effects_is_used(result):
    other = result.case.with_settings(discount_rate_effect=0.0)
    assert he.qale(other).qale > he.qale(result.case).qale


@pytest.mark.parametrize(
    ("expected", "kept", "weight"),
    [
        (30.0, 18.0, 1.2),  # 12 years lost, 40%
        (30.0, 18.0 + 1e-6, 1.0),
        (30.0, 12.0, 1.7),  # 18 years lost, 60%
        (30.0, 12.0 + 1e-6, 1.2),
        (5.4, 0.81, 1.2),  # 85% lost: 1 - 0.81 / 5.4 is a hair below it in binary
        (5.4, 0.81 + 1e-6, 1.0),
        (6.0, 0.3, 1.7),  # 95% lost
        (6.0, 0.3 + 1e-6, 1.2),
        (7.3, 7.3 * 0.05, 1.7),
        (9.1, 9.1 * 0.15, 1.2),
    ],
)
def test_a_value_at_an_edge_is_in_the_higher_band(expected, kept, weight):
    assert he.severity(expected, kept).weight == weight


def test_bands_may_be_other_ones():
    assert he.severity(10, 4).weight == 1.0
    assert he.severity(10, 4, [Band(2.0, 6, 1), *NICE]).weight == 2.0


def test_sexes_are_mixed_at_the_start():
    both = pd.concat([TABLE.assign(sex="female"), TABLE.assign(sex="male", death_probability=[1.0, 1.0])])
    norms = pd.concat([NORMS.assign(sex=sex) for sex in ("female", "male")])
    found = he.qale(both, norms, 60, 0.25, discount_rate=0.0)
    assert found.qale == pytest.approx(0.25 * found.by_sex["female"] + 0.75 * found.by_sex["male"])
    assert found.by_sex["male"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: he.qale(TABLE, NORMS, 59), "age is 59; the life table (both) goes from 60 to 61"),
        (lambda: he.qale(TABLE, NORMS, 60, 0.5), "has no rows for sex female"),
        (lambda: he.qale(TABLE, NORMS, 60, 1.5), "share_female is 1.5; it must lie between 0 and 1"),
        (lambda: he.qale(TABLE.assign(age=[60, 62]), NORMS, 60), "every whole age is needed"),
        (lambda: he.qale(TABLE, NORMS.assign(age=[61, 62]), 60), "begins at age 61; the norm at 60 is asked for"),
        (lambda: he.severity(0, 1), "qale is 0; it must be a number of QALYs above 0"),
        (lambda: he.severity(5, float("nan")), "comparator_qalys is nan"),
    ],
)
def test_what_cannot_be(call, words):
    with pytest.raises(HeconError) as caught:
        call()
    assert words in " ".join(str(caught.value).split())


@pytest.mark.parametrize("sheet", ["Life table", "Utility norms", "Population"])
def test_a_workbook_that_lacks_a_sheet(tmp_path, sheet):
    edited = tables()
    del edited[sheet]
    with pytest.raises(InputError, match=f"{sheet}.*QALE needs it"):
        he.qale(read(tmp_path, edited).base_case(outcome))


def test_a_life_table_by_sex_needs_their_share(tmp_path):
    edited = tables()
    for sheet in ("Life table", "Utility norms"):
        edited[sheet] = [{**row, "sex": sex} for row in edited[sheet] for sex in ("female", "male")]
    with pytest.raises(InputError, match="share_female"):
        he.qale(read(tmp_path, edited).base_case(outcome))
    edited["Population"].append(
        {"parameter": "share_female", "value": 0.4, "unit": "share", "status": "assumed", "note": "x"}
    )
    assert he.qale(read(tmp_path, edited).base_case(outcome)).by_sex.keys() == {"female", "male"}

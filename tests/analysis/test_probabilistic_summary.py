"""The probabilistic answer beside the deterministic one, against numpy on the draws."""

import numpy as np
import pytest
from linear import inputs, outcome

import hecon as he
from hecon.errors import HeconError


@pytest.fixture(scope="module")
def psa():
    return he.run(inputs().draws(500, seed=3, model=outcome))


@pytest.fixture(scope="module")
def base():
    return he.run(inputs().base_case(outcome))


def test_one_row_a_horizon_and_threshold(psa, base):
    table = he.probabilistic_summary(psa, base)
    assert len(table) == len(psa.time.horizons) * len(psa.case.settings.willingness_to_pay)
    assert set(table["strategy"]) == {"A"}
    for row in table.to_dict("records"):
        at = psa.totals.sel(horizon=row["horizon_years"])
        cost = (at.cost.sel(strategy="A") - at.cost.sel(strategy="B")).values
        qaly = (at.qaly.sel(strategy="A") - at.qaly.sel(strategy="B")).values
        benefit = row["willingness_to_pay"] * qaly - cost
        for name, values in (("cost", cost), ("qaly", qaly), ("net_monetary_benefit", benefit)):
            column = f"incremental_{name}"
            ends = [row[column + end] for end in ("", "_standard_error", "_low", "_high")]
            expected = [values.mean(), values.std(ddof=1) / np.sqrt(500), *np.quantile(values, [0.025, 0.975])]
            np.testing.assert_allclose(ends, expected, rtol=1e-12)
        assert row["icer"] == pytest.approx(cost.mean() / qaly.mean())
        assert row["probability_cost_effective"] == pytest.approx((benefit > 0).mean())
        assert row["probability_best"] == pytest.approx((benefit > 0).mean())


def test_the_base_case_stands_beside_it(psa, base):
    table = he.probabilistic_summary(psa, base)
    own = base.incremental(comparator="B").set_index(["strategy", "horizon_years"])
    for row in table.to_dict("records"):
        same = own.loc[row["strategy"], row["horizon_years"]]
        for name in ("incremental_cost", "incremental_qaly", "icer"):
            assert row[f"deterministic_{name}"] == same[name]
    assert not any(name.startswith("deterministic_") for name in he.probabilistic_summary(psa))


def test_the_error_of_the_ratio_is_its_spread_over_repeated_runs():
    own = inputs()
    many = [he.probabilistic_summary(he.run(own.draws(200, seed=s, model=outcome))).iloc[0] for s in range(60)]
    spread = np.std([one["icer"] for one in many], ddof=1)
    error = np.mean([one["icer_standard_error"] for one in many])
    assert spread == pytest.approx(error, rel=0.3)


def test_the_same_numbers_as_the_acceptability_curve(psa):
    table = he.probabilistic_summary(psa)
    curve = he.ceac(psa, psa.case.settings.willingness_to_pay)
    own = curve[curve.strategy == "A"].set_index(["horizon_years", "willingness_to_pay"])
    for row in table.to_dict("records"):
        same = own.loc[row["horizon_years"], row["willingness_to_pay"]]
        assert row["probability_best"] == pytest.approx(same["probability"])
        assert row["probability_cost_effective_standard_error"] == pytest.approx(same["standard_error"])


def test_what_is_refused(base, psa):
    with pytest.raises(HeconError, match="two draws or more"):
        he.probabilistic_summary(base)
    with pytest.raises(HeconError, match="coverage is 95"):
        he.probabilistic_summary(psa, coverage=95)
    with pytest.raises(HeconError, match="no strategy 'C'"):
        he.probabilistic_summary(psa, comparator="C")

"""The workbooks of England: a lifetime by quadrature, severity by the reference tables, discounts and a market."""

import json

import numpy as np
import pytest
from scipy.stats import norm
from shipped_workbooks import ROOT, read

import hecon as he
from hecon.analysis.value.shortfall import qale

NAMES = ("isa_dara_pd_uk", "isa_dara_kd_uk")
REFERENCE = json.loads((ROOT / "tests/published/data/severity_qale.json").read_text(encoding="utf-8"))
STEPS = 360  # a year


@pytest.fixture(params=NAMES)
def inputs(request):
    return read(request.param)


def coefficient(inputs, name, strategy, endpoint, family="lognormal"):
    rows = inputs.parameters
    keys = (rows.strategy == strategy) & (rows.endpoint == endpoint)
    return rows[keys & (rows.parameter == name) & (rows.family == family)].value.item()


def disease(inputs, strategy, endpoint, years):
    """Survival from the coefficients on the sheet."""
    with np.errstate(divide="ignore"):
        months = np.log(12 * years)
    if strategy == "Isa-Kd" and endpoint == "overall_survival":
        return disease(inputs, "Kd", endpoint, years) ** 0.855
    curves = inputs.tables["Curves"]
    family = curves[(curves.strategy == strategy) & (curves.endpoint == endpoint)].family.item()
    if family == "exponential":
        return np.exp(-coefficient(inputs, "rate", strategy, endpoint, family) * 12 * years)
    mean, spread = (coefficient(inputs, name, strategy, endpoint) for name in ("meanlog", "sdlog"))
    return norm.sf((months - mean) / spread)


def by_age(inputs, sheet, column, sex, ages):
    table = inputs.tables[sheet]
    table = table[table.sex == sex].sort_values("age")
    return table[column].to_numpy()[np.searchsorted(table.age.to_numpy(), ages + 1e-9, side="right") - 1]


def test_lifetime_totals_equal_quadrature(inputs):
    """Hazards and utilities on a grid of a day, without the engine's cycles, curves or tables."""
    years = np.arange(30 * STEPS + 1) / STEPS
    ages = 67 + years
    women, norms = 0.45, {}
    alive = {}
    for sex in ("female", "male"):
        hazard = -np.log1p(-by_age(inputs, "Life table", "death_probability", sex, ages))
        alive[sex] = np.exp(-np.concatenate([[0.0], np.cumsum(hazard[:-1]) / STEPS]))
        norms[sex] = by_age(inputs, "Utility norms", "utility", sex, ages)
    everybody = women * alive["female"] + (1 - women) * alive["male"]
    ageing = women * norms["female"] + (1 - women) * norms["male"]
    utility = dict(inputs.parameters[inputs.parameters.parameter == "utility"].set_index("state").value)
    totals = he.run(inputs.base_case()).totals
    for place, strategy in enumerate(inputs.labels["strategy"]):
        own = disease(inputs, strategy, "overall_survival", years)
        kept = np.minimum(own[1:] / own[:-1], everybody[1:] / everybody[:-1])
        overall = np.concatenate([[1.0], np.cumprod(kept)])
        free = np.minimum(disease(inputs, strategy, "progression_free_survival", years), overall)
        factor = 1.035**-years
        quality = (utility["progression_free"] * free + utility["progressed"] * (overall - free)) * ageing / ageing[0]
        loss = (
            he.run(inputs.base_case())
            .breakdown()
            .query(
                f"strategy == '{strategy}' and horizon_years == 30 and kind == 'qaly' and item.str.contains('Adverse')"
            )
            .value.sum()
        )
        for measure, integrand, once in (("life_years", overall, 0.0), ("qaly", quality, loss)):
            expected = np.trapezoid(integrand * factor, years) + once
            assert totals[measure].values[place, -1] == pytest.approx(expected, rel=1e-3), (strategy, measure)


def test_the_tables_are_those_of_the_reference_cases(inputs):
    cases = [case for case in REFERENCE["cases"] if case["norm"] == "co" and case["age"] >= 50]
    assert cases
    for case in cases:
        tables = inputs.tables["Life table"], inputs.tables["Utility norms"]
        found = qale(*tables, case["age"], case["share_female"], discount_rate=case["discount"])
        assert found.qale == pytest.approx(case["qale"], rel=1e-4)


def test_severity():
    weights = {"isa_dara_pd_uk": (8.803, 0.873, 1.2), "isa_dara_kd_uk": (6.381, 0.633, 1.0)}
    for name, (absolute, proportional, weight) in weights.items():
        row = he.severity(he.run(read(name).base_case())).iloc[0]
        assert row.absolute_shortfall == pytest.approx(absolute, abs=0.001)
        assert row.proportional_shortfall == pytest.approx(proportional, abs=0.001)
        assert row.weight == weight
        assert row.alive_at_horizon < 0.011


def test_what_is_not_public_is_assumed(inputs):
    rows = inputs.parameters
    costs = rows[rows.unit.str.startswith("GBP") & (rows.parameter != "drug_price")]
    assert set(costs.status) == {"assumed"}
    discounts = rows[rows.parameter == "price_discount"]
    assert set(discounts.status) == {"assumed"}
    assert set(discounts.value) == {0.0}
    assert rows[rows.unit.str.contains("USD", na=False)].empty


def test_a_discount_that_is_needed_is_found(inputs):
    """The price at which isatuximab is worth 30,000 a QALY over a lifetime, or that none is low enough."""
    antibody, comparator, _ = inputs.labels["strategy"]
    price = "drug_price: isatuximab"
    found = he.value_based_price(inputs, price, antibody, comparator, willingness_to_pay=30_000, horizon=30)
    row = found.iloc[0]
    assert row.status == "found"
    assert 0 < row.threshold < 5.0694
    again = he.run(inputs.base_case().with_values(drug_price={"isatuximab": row.threshold})).totals
    benefit = 30_000 * again.qaly.values[:, -1] - again.cost.values[:, -1]
    assert benefit[0] - benefit[1] == pytest.approx(0, abs=1e-5)


def test_the_page_says_which_discount_would_be_needed():
    page = " ".join((ROOT / "docs" / "myeloma.md").read_text(encoding="utf-8").split())
    said = []
    for name, anchored in zip(
        NAMES, ("Anchored through Pd, final cuts", "Anchored through Kd, later cuts"), strict=True
    ):
        inputs = read(name)
        antibody, comparator, _ = inputs.labels["strategy"]
        for own in (inputs, *(he.scenario_inputs(inputs, one) for one in (anchored, "No difference in efficacy"))):
            found = he.value_based_price(
                own, "drug_price: isatuximab", antibody, comparator, willingness_to_pay=30_000, horizon=30
            )
            said.append(f"{1 - found.threshold.item() / 5.0694:.0%}".replace("%", ""))
    pd, kd = said[:3], said[3:]
    assert f"a discount of {pd[0]} % on ({pd[1]} % anchored through Pd, {pd[2]} % equally effective" in page
    assert f"with carfilzomib {kd[0]}, {kd[1]} and {kd[2]} %)" in page


def test_a_market_gives_a_budget_impact(inputs):
    found = he.budget_impact(inputs).summary()
    assert (found.impact > 0).all()
    assert found.eligible.iloc[0] == pytest.approx(56e6 * 1.8e-5 * 0.5)

"""The HIV model of Chancellor, as in Briggs, Claxton and Sculpher (2006), exercise 2.5."""

import pytest
from published_models import ROOT, by_strategy, data

import hecon as he

STATES = ["moderate", "severe", "aids", "dead"]
STRATEGIES = ["zidovudine", "zidovudine and lamivudine"]
REFERENCE = data("heemod_models.json")["models"]["hiv_dmhee"]
#: How a count at the beginning, the end or in the middle of a cycle is said in settings.
ACCRUAL = {"beginning": "start", "end": "end", "life-table": "life_table"}


def case(**settings):
    return he.read_workbook(ROOT / "inputs" / "hiv.xlsx").base_case().with_settings(**settings)


def test_the_printed_results():
    result = he.run(case())
    totals = by_strategy(result)
    assert totals.cost.round(2).tolist() == [44663.45, 50601.65]
    assert totals.life_years.round(3).tolist() == [7.991, 8.937]
    pair = result.incremental(comparator=STRATEGIES[0]).iloc[0]
    assert round(pair.icer_per_life_year, 2) == 6275.96


@pytest.mark.parametrize("method", ACCRUAL)
def test_every_way_of_counting(method):
    result = he.run(case(accrual=ACCRUAL[method]))
    expected, totals = REFERENCE["results"][method]["totals"], by_strategy(result)
    assert totals.cost.tolist() == pytest.approx(expected["ct"], rel=1e-9)
    assert totals.life_years.tolist() == pytest.approx(expected["ly"], rel=1e-9)


def test_the_shares_of_every_year():
    shares = he.run(case()).occupancy
    for place, name in enumerate(["mono", "comb"]):
        for state, column in zip(STATES, "ABCD", strict=True):
            expected = REFERENCE["results"]["end"]["counts"][name][column]
            ours = shares.values[place, STATES.index(state), 1:]
            assert ours.tolist() == pytest.approx(expected, rel=1e-9, abs=1e-15)

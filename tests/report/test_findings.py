"""What the analyses found, in sentences: each number is that of the analysis."""

import linear
import pytest

import hecon as he
from hecon.report.analyses import Analyses
from hecon.report.registry import findings, left_out_sentences


@pytest.fixture(scope="module")
def said(suite):
    return findings(Analyses.given(suite.base, suite.analyses))


def test_probabilities_of_pairs_and_of_all(said, suite):
    shares = he.ceac(suite.psa, 150_000, strategies=["Isa-Pd", "Dara-Pd"]).query("strategy == 'Isa-Pd'").probability
    parts = [f"{100 * share:.0f}%" for share in shares]
    sentence = next(text for text in said if text.startswith("Isa-Pd against Dara-Pd: of 300 draws"))
    assert f"in {parts[0]} at 1 year, {parts[1]} at 3 years and {parts[2]} at 5 years" in sentence
    best = he.ceaf(suite.psa, 150_000).strategy.tolist()
    whole = next(text for text in said if text.startswith("The strategy with the highest mean net monetary benefit"))
    assert all(f"{name} at" in whole for name in best)


def test_the_widest_input_is_named(said, suite):
    label = suite.one_way[0].at(5, 1).label.iloc[0]
    assert any(f"'{label}' at" in text for text in said if "moves it most" in text)


def test_the_value_of_information_and_where_it_lies(said, suite):
    values = he.evpi(suite.psa, 150_000, strategies=["Isa-Pd", "Dara-Pd"]).evpi
    sentence = next(text for text in said if text.startswith("Isa-Pd or Dara-Pd: knowing every input"))
    assert f"{values.iloc[0]:,.0f} at 1 year" in sentence
    assert "which lies in" in sentence


def test_the_drivers_are_those_of_sobol(said, suite):
    top = suite.sobol.at(5).iloc[0]
    assert any(f"'{top.label}' ({100 * top.value:.0f}%)" in text for text in said if "total Sobol indices" in text)


def test_prices_are_told_where_they_turn_the_decision():
    own = linear.inputs()
    table = he.decision_thresholds(own, model=linear.outcome)
    base = he.run(own.base_case(linear.outcome))
    said = findings(Analyses.given(base, {"thresholds": table}))
    assert said == [
        "Price: A, now 50.00: A is worth it against B below 40.00 at 1 year and below 40.00 at 2 years.",
        "Price: B, now 20.00: A is worth it against B above 30.00 at 1 year and above 30.00 at 2 years.",
    ]


def test_nothing_is_said_of_what_was_not_done(result):
    assert findings(Analyses(result)) == []
    assert left_out_sentences({}) == []

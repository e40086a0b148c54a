"""Results, inputs, cases, curves and fits show themselves as tables: rounded, with words where there is no ICER."""

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import hecon as he
from hecon.analysis.health import FAIL, PASS, Finding, Health
from hecon.analysis.rounded import RoundedTable
from hecon.report.notebook import _in_short, _that_fit, shown_as_html, shown_as_text
from hecon.report.terminal import WIDTH, incremental_text, summary_text


@pytest.fixture(scope="module")
def objects(result, batch, suite, inputs):
    return {
        "summary": result.summary(),
        "incremental": result.incremental(),
        "full_incremental": result.full_incremental(),
        "breakdown": result.breakdown(),
        "net_benefit": result.net_benefit(),
        "result": result,
        "draws": batch,
        "suite": suite,
        "inputs": inputs,
        "case": result.case,
        "drawn case": batch.case,
        "curve": he.HazardRatio(he.Weibull(1.2, 3.4), 0.7),
        "cure": he.MixtureCure(he.Weibull(1.2, 3.4), 0.6),
        "fit": he.fit("weibull", [1, 2, 3, 4, 5.0], [1, 1, 0, 1, 1]),
        "fits": he.fit_all([1, 2, 3, 4, 5.0], [1, 1, 0, 1, 1], families=["exponential", "weibull"], spline_knots=()),
    }


def test_every_object_fits_the_screen_and_is_html_that_asks_for_nothing(objects):
    for name, one in objects.items():
        text, html = shown_as_text(one), one._repr_html_()
        assert text, name
        assert "nan" not in re.split(r"\W+", text.lower()), name
        assert max(map(len, text.splitlines())) <= WIDTH, name
        assert html.startswith('<div class="hecon">'), name
        assert html.count("<tr>") == html.count("</tr>") > 0, name
        assert "http" not in html, name
        assert "<script" not in html, name
        assert "nan</td>" not in html, name


def test_a_result_shows_the_tables_of_the_terminal(result):
    text = repr(result)
    assert summary_text(result) in text
    assert incremental_text(result).split("\n\n", 1)[1] in text
    cost = result.summary().cost.max()
    assert f"<td>{cost:,.0f}</td>" in result._repr_html_()


def test_a_summary_is_rounded_where_it_is_shown_and_nowhere_else(result):
    summary = result.summary()
    text = repr(summary)
    assert str(summary) == text
    assert "undiscounted_cost" in text.split("not shown")[1]
    assert "dominant" in text
    assert "comparator" in text
    means = result.mean().cost.values
    np.testing.assert_array_equal(np.sort(summary.cost), np.sort(means.ravel()))
    assert type(summary.head(2)) is pd.DataFrame
    assert type(summary[summary.strategy == "Pd"]) is pd.DataFrame
    assert "undiscounted_cost" in summary.to_string()


@pytest.mark.parametrize(
    ("cost", "gain", "icer", "quadrant", "words"),
    [
        (100.0, 2.0, 50.0, "NE", "50"),
        (-100.0, -2.0, 50.0, "SW", "saves 50"),
        (-100.0, 2.0, np.nan, "SE", "dominant"),
        (100.0, -2.0, np.nan, "NW", "dominated"),
        (0.0, 0.0, np.nan, "equal", "equal"),
        (np.nan, np.nan, np.nan, np.nan, "comparator"),
    ],
)
def test_an_icer_is_a_number_or_words(cost, gain, icer, quadrant, words):
    row = {"strategy": ["A"], "incremental_cost": [cost], "incremental_qaly": [gain], "icer": [icer]}
    assert repr(RoundedTable(row | {"quadrant": [quadrant]})).splitlines()[3].endswith(words)


def test_a_long_table_shows_both_ends_and_counts(result):
    breakdown = result.breakdown()
    long = type(breakdown)(pd.concat([breakdown] * 20, ignore_index=True))
    lines = repr(long).splitlines()
    assert len(lines) < 75
    assert lines[-1] == f"{len(long):,} rows"
    assert any(line.startswith("...") for line in lines)


def test_a_suite_has_one_page(suite):
    html = suite._repr_html_()
    for name in suite.analyses:
        assert f"More: suite.{name}" in html
    assert html.count("<details>") == len(suite.analyses) >= 5
    assert "comparator" in html


def test_what_somebody_typed_is_text_and_no_markup():
    def outcome(p, time):
        state = he.partition(time, overall=he.Exponential(p.rate))
        return he.Outcome(state, [he.life_years("Life years", he.years_in(time, state, "alive"))])

    case = he.Case(outcome, {"rate": {"<b>A": 0.1, "B": 0.2}}, labels={"strategy": ["<b>A", "B"]})
    html = shown_as_html(he.run(case))
    assert "<b>A" not in html
    assert "&lt;b&gt;A" in html
    assert "<b>A" in repr(case)


def test_a_health_check_tells_its_light_and_what_failed():
    passed = Finding("Shares", "states", "TECH-VER", "nothing", "1", "equal", PASS)
    failed = Finding("Costs", "costs", "TECH-VER", "nothing", "1", "0.9 at year 2", FAIL)
    assert "Shares" not in shown_as_text(Health([passed]))
    text = shown_as_text(Health([passed, failed]))
    assert "0.9 at year 2" in text
    assert "Shares" not in text


def test_a_curve_of_draws_is_said_in_a_sentence_without_a_table_of_each():
    rates = xr.DataArray([0.1, 0.2, 0.3], dims="draw")
    assert shown_as_text(he.Exponential(rates)).strip() == he.Exponential(rates).describe()
    assert "50%" in shown_as_text(he.Exponential(0.2))


def test_a_suite_that_was_interrupted_says_so(suite):
    cut = dataclasses.replace(suite, interrupted="interrupted after 120 of 300 draws")
    assert "Interrupted after 120 of 300 draws." in shown_as_text(cut)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([0.5, 1.5], "0.5, 1.5"),
        ([2.0] * 7, "7 times 2"),
        ([*range(7), float("nan")], "7 values, 0 to 6"),
    ],
)
def test_many_values_are_said_by_their_number_and_range(values, words):
    assert _in_short(np.array(values, dtype=float)) == words


def test_a_wide_table_keeps_what_it_is_asked_to_keep():
    columns = {name: ["x" * 60] for name in ("one", "two", "three")}
    assert _that_fit(columns, ("two", "three")) == list(columns)  # nothing left that may step back
    assert _that_fit(columns, ()) == ["one"]

"""Decision maps: each cell is the case that `run` would run, windows end at roots, patterns say what was asked."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hecon as he
from hecon.analysis.sensitivity.decision_map import MOST_CASES, PROFILES
from hecon.analysis.sensitivity.readings import MapReading, pattern_margin, readings_of
from hecon.inputs.case import with_rows
from hecon.inputs.patterns import READINGS, Pattern
from hecon.inputs.template import tables_of, write_inputs
from hecon.report.comparison import compare
from hecon.report.figures.decision_map import decision_map_figure
from hecon.report.figures.images import pointed_at
from hecon.report.map_words import map_findings, percent_of_map, regions

ROOT = Path(__file__).resolve().parents[2]
PATTERN = "1 yes, 3 yes, 5 no"
PRICE, CAPSULE = "drug_price · daratumumab", "drug_price · pomalidomide"


@pytest.fixture(scope="module")
def inputs():
    return he.read_workbook(ROOT / "inputs" / "isa_dara_pd_us.xlsx")


def lasting_as_in_apollo(case):
    """Treatment by duration with the 11.5 months that APOLLO reports for Dara-Pd."""
    for strategy in ("Isa-Pd", "Dara-Pd", "Pd"):
        case = case.with_curve("time_on_treatment", strategy, family="exponential")
    monthly = np.log(2) / 11.5
    return case.with_values(rate={"Dara-Pd": {"time_on_treatment": {"exponential": monthly}}})


def axes(prices, capsules=(815.0,)):
    return {
        "Dara-Pd PFS": {"exponential": None, "lognormal": "Dara-Pd PFS lognormal"},
        "efficacy": {
            "unanchored": None,
            "anchored": "Anchored through Pd, final cuts",
            "equal": "No difference in efficacy",
        },
        "treatment": {"to progression": None, "durations": lasting_as_in_apollo},
        PRICE: prices,
        CAPSULE: capsules,
    }


@pytest.fixture(scope="module")
def small(inputs):
    return he.decision_map(inputs, axes(np.linspace(5, 6, 11), [815.0, 857.0]), PATTERN, marked={PRICE: [5.307]})


def same_as_alone(found, inputs, count, seed):
    """Compare random cells with runs of the case that their choices make by hand."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        place = {axis.name: int(rng.integers(axis.size)) for axis in found.axes}
        at = {
            axis.name: axis.labels[place[axis.name]] if axis.is_choice else float(axis.values[place[axis.name]])
            for axis in found.axes
        }
        case = inputs.base_case()
        if at["Dara-Pd PFS"] == "lognormal":
            case = case.with_curve("progression_free_survival", "Dara-Pd", family="lognormal")
        scenario = {"anchored": "Anchored through Pd, final cuts", "equal": "No difference in efficacy"}
        if at["efficacy"] in scenario:
            case = inputs.with_scenario(case, scenario[at["efficacy"]])
        if at["treatment"] == "durations":
            case = lasting_as_in_apollo(case)
        case = case.with_values(drug_price={"daratumumab": at[PRICE], "pomalidomide": at[CAPSULE]})
        alone = he.run(case).totals.sel(strategy=["Isa-Pd", "Dara-Pd"])
        cell = found.outcomes.isel(place)
        for name in ("cost", "qaly", "life_years", "progression_free_life_years"):
            np.testing.assert_allclose(cell[name].values, alone[name].values, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(he.run(found.case(**at)).totals.cost[0].values[:2], cell.cost.values, rtol=1e-9)


def test_a_cell_is_its_case(small, inputs):
    same_as_alone(small, inputs, 8, seed=7)


@pytest.mark.slow
def test_a_hundred_thousand_cases_are_their_cases_and_take_seconds(inputs):
    import time

    before = time.process_time()
    found = he.decision_map(inputs, axes(np.linspace(5, 6, 1001), np.linspace(780, 880, 9)), PATTERN)
    assert found.cells >= 100_000
    assert len(found.horizons) == 3
    assert time.process_time() - before < 20
    same_as_alone(found, inputs, 200, seed=2026)


def test_along_a_straight_line_few_cells_are_run_and_along_a_bent_one_all(inputs):
    bent = "rate · Dara-Pd · progression_free_survival · exponential"
    rates, prices = np.linspace(0.04, 0.08, 7), np.linspace(5, 6, 41)
    found = he.decision_map(inputs, {PRICE: prices, bent: rates}, ["1 yes", "5 no"])
    assert found.straight == (PRICE,)
    assert (found.cells, found.runs) == (7 * 41, 7 * 3)
    grid = np.array([(price, rate) for price in prices for rate in rates])
    rows = [axis.row for axis in found.axes]
    alone = he.run(with_rows(inputs.base_case(), rows, grid)).totals.sel(strategy=["Isa-Pd", "Dara-Pd"])
    for name in ("cost", "qaly"):
        np.testing.assert_allclose(found.outcomes[name].values.reshape(-1, 2, 3), alone[name].values, rtol=1e-13)
    other = he.decision_map(inputs, {bent: rates}, ["1 yes"])  # a window along a bent line ends where runs say so
    assert (other.runs, other.straight) == (7, ())


def test_the_window_of_equal_efficacy_ends_at_roots(inputs):
    equally = {"efficacy": {"equal": "No difference in efficacy"}, PRICE: np.linspace(5, 6, 21)}
    (window,) = he.decision_map(inputs, equally, PATTERN, ["saving"]).windows.to_dict("records")
    equal = inputs.scenario("No difference in efficacy")

    def saving(price, place):
        result = he.run(equal.with_values(drug_price={"daratumumab": price}))
        costs = result.totals.cost.values[:2, place]
        return costs[1] - costs[0]

    def root(place):  # bisection, by nothing that the map uses
        low, high = 5.0, 6.0
        for _ in range(14):
            middle = (low + high) / 2
            low, high = (low, middle) if saving(middle, place) > 0 else (middle, high)
        return low

    assert window["low"] == pytest.approx(max(root(0), root(1)), abs=2e-4)
    assert window["high"] == pytest.approx(root(2), abs=2e-4)
    assert not window["open_low"]
    assert not window["open_high"]


def test_readings_are_those_of_a_comparison(small, inputs):
    at = dict.fromkeys((axis.name for axis in small.axes), 1)
    result = he.run(small.case(**{
        axis.name: axis.labels[1] if axis.is_choice else axis.values[1] for axis in small.axes
    }))  # fmt: skip
    ratios = he.average_ratios(result).set_index(["costs", "effect", "strategy", "horizon_years"]).average_cost
    for horizon in small.horizons:
        one = compare(result, "Isa-Pd", "Dara-Pd", horizon)
        yes = {name: bool(small.yes(name).isel(at).sel(horizon=horizon)) for name in READINGS if name != "worth_it"}
        for name in ("progression_free_life_years", "life_years", "qaly"):
            assert yes[name] == (one.increments[name] > 0)
        assert yes["saving"] == one.saves
        for level in (50_000, 100_000, 150_000):
            assert bool(small.yes(f"worth_it_at_{level}").isel(at).sel(horizon=horizon)) == one.worth(level)
        for name in (name for name in yes if name.startswith("average")):
            effect = name.removeprefix("average_cost_per_").removesuffix("_before_progression")
            costs = "pre_progression" if name.endswith("_before_progression") else "all"
            own, other = (ratios[costs, effect, strategy, horizon] for strategy in ("Isa-Pd", "Dara-Pd"))
            assert yes[name] == (own < other)


def test_what_differs_by_rounding_is_the_same(inputs):
    found = he.decision_map(inputs, {"efficacy": {"equal": "No difference in efficacy"}}, ["1 yes", "1 no"])
    for name in ("progression_free_life_years", "life_years"):
        assert not found.yes(name).any()
        assert found.share("1 no", name) == 1
        assert found.share("1 yes", name) == 0


amounts = st.floats(0.1, 100, allow_nan=False)


@given(st.lists(amounts, min_size=12, max_size=12), st.lists(st.booleans(), min_size=3, max_size=3))
def test_a_pattern_holds_where_every_answer_is_as_asked(numbers, asked):
    array = np.array(numbers).reshape(2, 2, 3)
    outcomes = {"cost": array[0], "qaly": array[1], "life_years": array[1], "pre_progression_cost": array[0]}
    outcomes["progression_free_life_years"] = array[1][::-1]
    horizons = (1.0, 3.0, 5.0)
    pattern = Pattern(tuple(zip(horizons, asked, strict=True)))
    for reading in readings_of(None, [1.0, 2.0], list(outcomes)):
        yes = reading.yes(outcomes)
        assert (pattern_margin(pattern, horizons, reading.margin(outcomes)) > 0) == (yes == asked).all()
    both = MapReading(("saving", "qaly"))
    np.testing.assert_array_equal(
        both.yes(outcomes), MapReading(("saving",)).yes(outcomes) & MapReading(("qaly",)).yes(outcomes)
    )


def test_a_later_axis_has_the_last_word(inputs):
    choices = {"first": {"cheap": "Daratumumab USD 4.50 per mg"}, "second": {"dear": "Daratumumab USD 6.00 per mg"}}
    case = he.decision_map(inputs, choices, "1 yes").case(first="cheap", second="dear")
    assert float(case.values["drug_price"].sel(drug="daratumumab")) == 6.0
    several = {"both": {"last": ["Daratumumab USD 4.50 per mg", lambda case: case.with_settings(accrual="end")]}}
    case = he.decision_map(inputs, several, "1 yes").case(both="last")
    assert (float(case.values["drug_price"].sel(drug="daratumumab")), case.settings.accrual) == (4.5, "end")


def test_horizons_stay_those_of_the_workbook(inputs):
    found = he.decision_map(inputs, {"years": {"ten": "Horizon of 10 years"}}, "5 no")
    assert found.horizons == (1.0, 3.0, 5.0)


def test_tables_windows_and_shares_agree(small):
    table = small.table
    assert table.cells.sum() == small.cells * len(small.readings)
    for reading in small.readings:
        own = table[table.reading == reading.name]
        assert own.holds.sum() / small.cells == pytest.approx(small.share(PATTERN, reading))
        profile = small.profile(PATTERN, reading)
        assert set(np.unique(profile)) <= set(PROFILES)
        assert (profile == "holds").sum() == own.holds.sum()
    inside = 0
    prices = small.outcomes[PRICE].values
    for window in small.windows.to_dict("records"):
        inside += ((prices >= window["low"] - 1e-12) & (prices <= window["high"] + 1e-12)).sum()
    assert inside == table.holds.sum()


def test_the_comparison_can_be_another(inputs):
    found = he.decision_map(inputs, {PRICE: [5.0, 6.0]}, "1 no", ["saving"], "Dara-Pd", "Pd")
    assert (found.strategy, found.comparator) == ("Dara-Pd", "Pd")
    assert found.share("1 no", "saving") == 1


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (({}, "1 yes"), "it must have an axis"),
        (({PRICE: np.linspace(5, 6, MOST_CASES + 1)}, "1 yes"), "at most 1,000,000"),
        (({PRICE: [6.0, 5.0]}, "1 yes"), "that increase"),
        (({PRICE: [-1.0, 5.0]}, "1 yes"), "drug_price"),
        (({"drug_pric · daratumumab": [5.0, 6.0]}, "1 yes"), "Did you mean"),
        (({"a": {"x": "No differnce in efficacy"}}, "1 yes"), "Did you mean"),
        (({"a": {"x": lambda case: 3}}, "1 yes"), "gives int; it must give a case"),
        (({"a": {}}, "1 yes"), "has no choices"),
        (({"strategy": {"x": None}}, "1 yes"), "a map has it already"),
        (({PRICE: [5.0, 6.0]}, ()), "needs a pattern"),
        (({PRICE: [5.0, 6.0]}, "2 yes"), "asks for 2 years"),
        (({PRICE: [5.0, 6.0]}, "1 yes", ["savings"]), "Did you mean 'saving'"),
        (({PRICE: [5.0, 6.0]}, "1 yes", None, "Pd", "Pd"), "two different strategies"),
        ((), "has no sheet Map"),
    ],
)
def test_what_cannot_be_asked_is_said(inputs, asked, words):
    if not asked:  # then it is the sheet that is asked
        inputs = replace(inputs, tables={name: table for name, table in inputs.tables.items() if name != "Map"})
    with pytest.raises(he.HeconError, match=words):
        he.decision_map(inputs, *asked)


def test_a_cell_wants_a_place_on_every_axis(small):
    with pytest.raises(he.HeconError, match="'Dara-Pd PFS' is not given"):
        small.case(**{PRICE: 5.0})
    with pytest.raises(he.HeconError, match="worth_it_at_50000"):
        small.yes("worth_it")


def with_map(inputs, path, **settings):
    tables, own = tables_of(inputs)
    tables["Map"] = [
        {"kind": "choice", "axis": "efficacy", "name": "unanchored"},
        {"kind": "choice", "axis": "efficacy", "name": "equal", "scenario": "No difference in efficacy"},
        {"kind": "input", "name": "drug_price: daratumumab", "low": 5, "high": 6, "points": 41, "marked": 5.307},
        {"kind": "pattern", "name": PATTERN},
        {"kind": "reading", "name": "saving"},
        {"kind": "reading", "name": "life_years"},
    ]  # fmt: skip
    write_inputs(path, tables, own | settings)


def test_a_workbook_asks_for_its_map(inputs, tmp_path):
    with_map(inputs, tmp_path / "map.xlsx")
    suite = he.run_suite(he.read_workbook(tmp_path / "map.xlsx", models=ROOT / "models"), ["map"])
    he.write_tables(suite.base, tmp_path / "out" / "tables", map=suite.map)
    he.write_workbook(suite.base, tmp_path / "out" / "results.xlsx", map=suite.map)
    (window,) = suite.map.windows.to_dict("records")
    prices = np.linspace(5, 6, 41)
    inside = ((prices > window["low"]) & (prices < window["high"])).sum()
    shown = list(map_findings(suite.map))
    where = f"efficacy equal, drug price: daratumumab between {window['low']:.4g} and {window['high']:.4g} USD/mg."
    assert f"Saving: the pattern {PATTERN} holds in {100 * inside / 82:.1f}% of the map: {where}" in shown
    assert shown[-1] == "It holds nowhere on: longer life."
    table = pd.read_csv(tmp_path / "out" / "tables" / "decision_map.csv")
    assert table.holds.tolist() == [0, inside, 0, 0]
    written = pd.read_csv(tmp_path / "out" / "tables" / "decision_map_windows.csv")
    assert written[["low", "high"]].to_numpy().tolist() == [[window["low"], window["high"]]]
    book = openpyxl.load_workbook(tmp_path / "out" / "results.xlsx")
    fills = [cell.fill.fgColor.rgb for row in book["Decision map"].iter_rows() for cell in row]
    strip = prices[np.unique(np.linspace(0, 40, 31).round().astype(int))]
    assert fills.count("FFD55E00") == 1 + ((strip > window["low"]) & (strip < window["high"])).sum()  # and the legend


def test_sentences_leave_out_axes_that_do_not_matter(small):
    (pattern,) = small.patterns
    first, *_ = regions(small, pattern, MapReading(("progression_free_life_years",)))
    assert first == "Dara-Pd PFS lognormal, efficacy unanchored"
    said = list(map_findings(small))
    assert "264 cases" in said[0]
    assert said[-1].startswith("It holds nowhere on: longer life")
    assert percent_of_map(0.0091) == "0.9%"


def test_the_figure_has_a_panel_for_each_reading_and_choice(small):
    figure = decision_map_figure(small, readings=["saving", "qaly"])
    assert len(figure.axes) == 2 * 3
    assert [panel.get_title() for panel in figure.axes[:3]] == ["unanchored", "anchored", "equal"]
    assert len(figure.axes[0].get_yticks()) == 4
    words = [spot.words for spot in pointed_at(figure)[1]]
    assert len(words) >= 2 * 3 * 4
    assert all(one.split("; ")[1] in ("unanchored", "anchored", "equal") and " USD/mg: " in one for one in words)
    figure = decision_map_figure(small, across="treatment")
    assert len(figure.axes) == 4 * 2
    with pytest.raises(he.HeconError, match="no choice"):
        decision_map_figure(small, across=PRICE)


def test_a_map_of_choices_alone_has_no_windows(inputs, tmp_path):
    found = he.decision_map(inputs, {"efficacy": {"as it is": None, "equal": "No difference in efficacy"}}, PATTERN)
    assert found.windows.empty
    assert "input" not in found.table
    assert len(decision_map_figure(found).axes) == 8
    # A yes at every horizon is the pattern where that asks for 1 year alone: the legend has no colour for it.
    legend = decision_map_figure(found, "1 yes").legends[0]
    assert "yes at every horizon" not in [text.get_text() for text in legend.get_texts()]
    base = he.run(inputs.base_case())
    he.write_workbook(base, tmp_path / "x.xlsx", map=found)
    with pytest.raises(he.HeconError, match="map is what"):
        he.write_workbook(base, tmp_path / "x.xlsx", map=base)


def test_a_model_without_qalys_has_fewer_readings(inputs):
    from hecon.inputs.model_files import load_model, model_folders

    whole = load_model(inputs.model, model_folders(inputs.path, None), inputs.path)

    def without(p, time):
        outcome = whole(p, time)
        return he.Outcome(outcome.state, [line for line in outcome.lines if line.kind != "qaly"])

    found = he.decision_map(inputs, {PRICE: [5.0, 6.0]}, "1 yes", model=without)
    assert [reading.name for reading in found.readings] == [
        name for name in READINGS if "qaly" not in name and name != "worth_it"
    ]
    with pytest.raises(he.HeconError, match="needs qaly"):
        he.decision_map(inputs, {PRICE: [5.0, 6.0]}, "1 yes", ["qaly"], model=without)

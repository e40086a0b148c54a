"""The sheets of uncertainty: what they say against the analyses, and charts that show the cells they should."""

import zipfile
from dataclasses import replace

import linear
import numpy as np
import openpyxl
import pandas as pd
import pytest
from charts import charts
from three_arms import make_inputs, outcome, plain_case

import hecon as he
from hecon.analysis.psa.tables import PsaTables
from hecon.analysis.value.perfect_information import decisions

SHEETS = [
    "One-way", "Thresholds", "Value-based discounts", "Price grid", "PSA", "CE plane", "Acceptability",
    "Value of information", "Sobol",
]  # fmt: skip
PAIRS = ("Isa-Pd against Dara-Pd", "Pd against Dara-Pd")
HORIZONS = ("1 year", "3 years", "5 years")


@pytest.fixture(scope="module")
def path(suite, tmp_path_factory):
    return he.write_workbook(suite.base, tmp_path_factory.mktemp("uncertainty") / "r.xlsx", **suite.analyses)


@pytest.fixture(scope="module")
def book(path):
    return openpyxl.load_workbook(path)


@pytest.fixture(scope="module")
def tables(suite):
    return PsaTables(suite.psa, suite.base)


def rows(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def texts(sheet):
    return [value for row in rows(sheet) for value in row if isinstance(value, str)]


def below(sheet, title, header=1):
    """Rows of a table below its heading and `header` rows of headers, up to the first blank one."""
    all_rows = rows(sheet)
    start = next(i for i, row in enumerate(all_rows) if row[0] == title) + 1 + header
    end = next((i for i in range(start, len(all_rows)) if all_rows[i][0] is None), len(all_rows))
    return all_rows[start:end]


def test_sheets_stand_between_scenarios_and_charts_and_on_the_cover(book):
    names = book.sheetnames
    assert names[names.index("Scenarios") + 1 : names.index("Charts")] == SHEETS
    links = {cell.hyperlink.location for row in book["Cover"].iter_rows() for cell in row if cell.hyperlink}
    assert {f"'{name}'!A1" for name in SHEETS} <= links


@pytest.mark.slow
def test_each_sheet_comes_with_its_analysis_and_not_without(suite, tmp_path):
    for name, sheets in {
        "one_way": SHEETS[:1],
        "thresholds": SHEETS[1:3],
        "price_grid": SHEETS[3:4],
        "psa": SHEETS[4:8],
        "sobol": SHEETS[8:],
    }.items():
        he.write_workbook(suite.base, tmp_path / "r.xlsx", **{name: suite.analyses[name]})
        found = openpyxl.load_workbook(tmp_path / "r.xlsx").sheetnames
        assert [sheet for sheet in found if sheet in SHEETS] == sheets


def test_text_is_never_a_formula(book):
    for name in SHEETS:
        assert all(cell.data_type != "f" for row in book[name].iter_rows() for cell in row)


def test_tornados_show_the_widest_swings_and_start_from_the_base_case(book, path, suite):
    found = charts(book, "One-way")
    assert [chart.title for chart in found] == [f"{pair}, {at}" for pair in PAIRS for at in HORIZONS]
    one = suite.one_way[0].at(3, 12)
    chart = next(chart for chart in found if chart.title == "Isa-Pd against Dara-Pd, 3 years")
    np.testing.assert_allclose(chart.series["At the low value"].y, one.outcome_at_low)
    np.testing.assert_allclose(chart.series["At the high value"].y, one.outcome_at_high)
    assert chart.series["At the low value"].x[0] == he.one_way(make_inputs(), 3, model=outcome).at(3).label.iloc[0]
    with zipfile.ZipFile(path) as archive:
        drawn = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/charts/chart")]
    base = next(text for text in drawn if "Isa-Pd against Dara-Pd, 3 years" in text and "tickLblPos" in text)
    at = float(base.split('<c:crossesAt val="')[1].split('"')[0])
    assert at == pytest.approx(one.outcome_base.iloc[0])


def test_one_way_lists_every_input_that_moves_the_outcome(book, suite):
    own = suite.one_way[0].table
    moving = own.groupby("label").swing.max()
    listed = below(book["One-way"], "Isa-Pd against Dara-Pd: all inputs that move the outcome")
    assert {row[0] for row in listed} == set(moving.index[moving > 0])
    swings = own[own.horizon_years == 5].set_index("label").swing
    for row in listed:
        assert row[8] == pytest.approx(swings[row[0]])


def test_thresholds_are_given_with_their_side(book, suite):
    own = suite.thresholds
    one = own[(own.status == "found") & (own.worth_it != "") & (own.willingness_to_pay == 150_000)].iloc[0]
    listed = below(book["Thresholds"], "Value-based prices")
    comparison = f"{one.strategy} against {one.comparator}"
    horizon = HORIZONS[[1, 3, 5].index(one.horizon_years)]
    row = next(row for row in listed if row[:3] == [one.label, comparison, horizon])
    assert row[4] == one.base_value
    assert row[-1].startswith(f"{one.worth_it} {one.threshold:,.2f}")


def test_means_come_with_error_interval_and_base_case(book, suite, tables):
    for horizon, title in zip((1, 3, 5), HORIZONS, strict=True):
        listed = below(book["PSA"], f"Horizon: {title}, discounted")
        row = next(r for r in listed if r[0] == "Isa-Pd less Dara-Pd" and r[1] == "QALYs")
        drawn = suite.psa.totals.qaly.sel(horizon=horizon)
        less = (drawn.sel(strategy="Isa-Pd") - drawn.sel(strategy="Dara-Pd")).values
        base = suite.base.incremental("Dara-Pd").set_index(["strategy", "horizon_years"]).incremental_qaly
        expected = [
            less.mean(),
            less.std(ddof=1) / np.sqrt(300),
            *np.quantile(less, [0.025, 0.975]),
            base["Isa-Pd", horizon],
        ]
        assert row[2:7] == pytest.approx(expected)
        assert row[7] == pytest.approx(less.mean() - base["Isa-Pd", horizon])


def test_probabilities_of_every_decision_horizon_and_willingness_to_pay(book, suite):
    listed = below(book["PSA"], "Probability of having the highest net monetary benefit", header=2)
    place = iter(listed)
    for strategies in decisions(suite.psa.case).values():
        found = he.ceac(suite.psa, strategies=strategies).set_index(["strategy", "horizon_years", "willingness_to_pay"])
        for strategy in strategies:
            expected = [found.probability[strategy, h, level] for h in (1, 3, 5) for level in (5e4, 1e5, 1.5e5)]
            row = next(place)
            assert row[1] == strategy
            assert row[2:11] == pytest.approx(expected)
    assert next(place, None) is None


def test_convergence_runs_up_to_all_draws(book, suite):
    found = charts(book, "PSA")
    assert [chart.title for chart in found] == [f"{pair}, {at}" for pair in PAIRS for at in HORIZONS]
    mean = found[0].series["Incremental net monetary benefit (USD)"]
    drawn = suite.psa.totals.sel(horizon=1)
    benefit = 150_000 * drawn.qaly - drawn.cost
    less = (benefit.sel(strategy="Isa-Pd") - benefit.sel(strategy="Dara-Pd")).values
    assert mean.x[-1] == 300
    assert mean.y[-1] == pytest.approx(less.mean())
    half = found[0].series["Upper 95% limit"].y[-1] - mean.y[-1]
    assert half == pytest.approx(1.96 * less.std(ddof=1) / np.sqrt(300))


def test_the_plane_shows_draws_mean_ellipse_and_threshold(book, suite, tables):
    found = charts(book, "CE plane")
    assert [chart.title for chart in found] == [f"{pair}, {at}" for pair in PAIRS for at in HORIZONS]
    series, drawn = found[1].series, suite.psa.totals.sel(horizon=3)
    assert set(series) == {"Draws", "95% ellipse", "Mean", "150,000 per QALY"}
    less = drawn.sel(strategy="Isa-Pd") - drawn.sel(strategy="Dara-Pd")
    np.testing.assert_allclose(series["Draws"].x, less.qaly)
    np.testing.assert_allclose(series["Draws"].y, less.cost)
    assert series["Mean"].y == pytest.approx([float(less.cost.mean())])
    line = series["150,000 per QALY"]
    np.testing.assert_allclose(line.y, 150_000 * np.array(line.x))
    centre = (np.max(series["95% ellipse"].y) + np.min(series["95% ellipse"].y)) / 2
    assert centre == pytest.approx(float(less.cost.mean()), rel=0.01)


def test_a_plane_of_many_draws_shows_some(suite, tmp_path, monkeypatch):
    monkeypatch.setattr("hecon.report.sheets.plane._MOST", 50)
    he.write_workbook(suite.base, tmp_path / "r.xlsx", psa=suite.psa)
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert len(charts(book, "CE plane")[0].series["Draws"].y) == 50
    assert any(text.startswith("The first 50 of 300 draws are shown") for text in texts(book["CE plane"]))


def test_acceptability_curves_and_their_frontier(book, suite, tables):
    found = {chart.title: chart for chart in charts(book, "Acceptability")[:5]}
    assert list(found) == [f"All strategies, {at}" for at in HORIZONS] + ["Isa-Pd or Dara-Pd", "Pd or Dara-Pd"]
    series = found["All strategies, 3 years"].series
    assert list(series) == ["Isa-Pd", "Dara-Pd", "Pd", "Frontier"]
    np.testing.assert_allclose(sum(series[name].y for name in ("Isa-Pd", "Dara-Pd", "Pd")), 1)
    curve = he.ceac(suite.psa, tables.grid, horizon=3)
    np.testing.assert_allclose(series["Pd"].y, curve[curve.strategy == "Pd"].probability)
    np.testing.assert_allclose(series["Frontier"].y, he.ceaf(suite.psa, tables.grid, horizon=3).probability)
    pair = found["Isa-Pd or Dara-Pd"].series
    assert list(pair) == list(HORIZONS)
    own = he.ceac(suite.psa, tables.grid, horizon=5, strategies=["Isa-Pd", "Dara-Pd"])
    np.testing.assert_allclose(pair["5 years"].y, own[own.strategy == "Isa-Pd"].probability)


def test_expected_losses_have_their_charts(book, suite, tables):
    found = charts(book, "Acceptability")[5:]
    series = found[0].series
    own = he.expected_loss(suite.psa, tables.grid, horizon=1)
    for strategy in suite.psa.strategies:
        np.testing.assert_allclose(series[strategy].y, own[own.strategy == strategy].expected_loss)
    perfect = he.evpi(suite.psa, tables.grid, horizon=1).evpi
    np.testing.assert_allclose(np.min([series[name].y for name in suite.psa.strategies], axis=0), perfect, atol=1e-6)


def test_evpi_of_every_decision(book, suite, tables):
    found = {chart.title: chart for chart in charts(book, "Value of information")}
    for decision, strategies in decisions(suite.psa.case).items():
        own = he.evpi(suite.psa, tables.grid, horizon=3, strategies=strategies)
        np.testing.assert_allclose(found[f"EVPI: {decision}"].series["3 years"].y, own.evpi)
    listed = below(book["Value of information"], "Expected value of perfect information (EVPI)")
    assert len(listed) == 3 * 3 * 3


def test_evppi_of_every_group(book, suite):
    decision = "Isa-Pd or Dara-Pd"
    title = f"Expected value of partial perfect information (EVPPI): {decision}, at 150,000 USD per QALY"
    listed = below(book["Value of information"], title, header=2)
    own = suite.evppi[(suite.evppi.decision == decision) & (suite.evppi.willingness_to_pay == 150_000)]
    assert len(listed) == own.group.nunique()
    at = own[own.horizon_years == 5].set_index("group")
    for row in listed:
        group = row[0].lower().replace(" ", "_")
        assert row[4] == pytest.approx(at.evppi[group])
        assert row[7] == pytest.approx(at.standard_error[group])
    chart = next(c for c in charts(book, "Value of information") if c.title.startswith("EVPPI"))
    assert list(chart.series) == list(HORIZONS)
    np.testing.assert_allclose(chart.series["5 years"].y, [row[4] for row in listed][: len(chart.series["5 years"].y)])
    assert listed[0][2:5] != [0, 0, 0]


def test_sobol_bars_have_their_whiskers(book, path, suite):
    found = charts(book, "Sobol")
    assert [chart.title for chart in found] == [f"{pair}, {at}" for pair in PAIRS for at in HORIZONS]
    words = suite.sobol.measures[0].words
    total = suite.sobol.at(3, "total", words).head(12)
    np.testing.assert_allclose(found[1].series["Total"].y, total.value)
    first = suite.sobol.at(3, "first", words).set_index("input").value
    np.testing.assert_allclose(found[1].series["First order"].y, first[total.input])
    whiskers = openpyxl.load_workbook(path)["Sobol"]._charts[1].series[1].errBars.plus.numRef.f
    sheet, cells = whiskers.rsplit("!", 1)
    widths = [cell.value for row in book[sheet.strip("'")][cells.replace("$", "")] for cell in row]
    np.testing.assert_allclose(widths, total.half_width)
    assert any("intervals are too wide to rank" in text for text in texts(book["Sobol"]))


def test_the_cover_sums_the_uncertainty_up(book, suite):
    words = " ".join(texts(book["Cover"]))
    share = he.ceac(suite.psa, 150_000, horizon=1, strategies=["Isa-Pd", "Dara-Pd"]).probability.iloc[0]
    assert f"of 300 draws it is worth its cost at 150,000 USD per QALY in {100 * share:.0f}% at 1 year" in words
    assert "What the other analyses found" in words


def test_crossings_of_the_draws_are_told(book):
    assert any(
        "survival curves crossed in" in text or "No survival curves crossed" in text for text in texts(book["PSA"])
    )


def test_pages_break_before_charts_and_tables_that_would_be_cut(book):
    for name in ("One-way", "CE plane", "Sobol"):
        sheet = book[name]
        breaks = {one.id for one in sheet.row_breaks.brk}
        assert breaks, name
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) in ((1, 0), (None, 0)), name
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        for chart in sheet._charts:
            top, bottom = chart.anchor._from.row, chart.anchor.to.row
            assert not any(top < at < bottom for at in breaks), name


def test_what_is_no_analysis_is_refused(suite, result, tmp_path):
    wrong = {
        "one_way": ("one_way is what he.one_way", result),
        "psa": ("psa is a run of draws", suite.sobol),
        "thresholds": ("thresholds is the table that he.sensitivity.decision_thresholds", he.evpi(suite.psa)),
        "evppi": ("evppi is the table that he.value.evppi", he.evpi(suite.psa)),
        "sobol": ("sobol is what he.sensitivity.sobol", suite.evppi),
    }
    for name, (words, value) in wrong.items():
        with pytest.raises(he.HeconError, match=words):
            he.write_workbook(result, tmp_path / "r.xlsx", **{name: value})
    with pytest.raises(he.HeconError, match="this run has none"):
        he.write_workbook(result, tmp_path / "r.xlsx", psa=result)
    with pytest.raises(he.HeconError, match="the strategies of psa are"):
        he.write_workbook(he.run(plain_case()), tmp_path / "r.xlsx", psa=suite.psa)
    assert list(tmp_path.iterdir()) == []


def test_analyses_as_the_design_writes_them(suite, result, tmp_path):
    """One tornado alone, EVPPI of one decision, a run of draws."""
    evppi = he.evppi(suite.psa, ["death_rate", "utility"], willingness_to_pay=150_000)
    he.write_workbook(result, tmp_path / "r.xlsx", psa=suite.psa, one_way=suite.one_way[0], evppi=evppi, sobol=None)
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert [name for name in book.sheetnames if name in SHEETS] == [*SHEETS[:1], *SHEETS[4:8]]
    assert len(book["One-way"]._charts) == 3
    paths = he.write_tables(result, tmp_path / "t", psa=suite.psa, evppi=evppi)
    assert {"evppi.csv", "psa_ceac.csv"} <= {path.name for path in paths}


def test_one_strategy_and_no_qalys_is_a_workbook_too(tmp_path):
    frame = make_inputs()
    alone = replace(
        frame,
        labels={**frame.labels, "strategy": ("Pd",)},
        parameters=frame.parameters[frame.parameters.strategy.isin(["", "Pd"])],
        settings=frame.settings.with_changes(comparator="", draws=20),
        tables={"Price index": frame.tables["Price index"]},
    )
    suite = he.run_suite(alone, model=outcome)
    he.write_workbook(suite.base, tmp_path / "r.xlsx", **suite.analyses)
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert [name for name in book.sheetnames if name in SHEETS] == ["PSA"]
    assert not book["PSA"]._charts


def test_labels_that_look_like_formulas_stay_text_in_the_sheets_of_uncertainty(tmp_path):
    evil = "=1+1"
    inputs = make_inputs(draws=20, sobol_samples=64)
    names = {"Pd": evil}
    parameters = inputs.parameters.assign(strategy=inputs.parameters.strategy.replace(names))
    labels = {**inputs.labels, "strategy": ("Isa-Pd", "Dara-Pd", evil)}
    kept = {"Price index": inputs.tables["Price index"]}
    suite = he.run_suite(replace(inputs, labels=labels, parameters=parameters, tables=kept), model=outcome)
    he.write_workbook(suite.base, tmp_path / "r.xlsx", **suite.analyses)
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    for name in SHEETS:
        assert all(cell.data_type != "f" for row in book[name].iter_rows() for cell in row)
        # of prices, the first comparison alone is shown
        assert any(evil in text for text in texts(book[name])) or name in ("Value-based discounts", "Price grid")
    he.write_tables(suite.base, tmp_path / "t", **suite.analyses)
    assert "'=1+1" in (tmp_path / "t" / "psa_summary.csv").read_text()


TRIAL = {
    "design": "trial", "arm": "", "input": "gain: A", "likelihood": "normal", "sample_size": 40, "sd": 0.5,
    "follow_up": np.nan, "event_share": np.nan, "fixed_cost": 10.0, "cost_per_participant": 0.1, "delay": 1.0,
    "status": "assumed",
}  # fmt: skip


@pytest.mark.parametrize("counted", [True, False])
def test_studies_have_a_sheet_with_their_values(tmp_path, counted):
    patients = {"patients_per_year": 1000.0, "decision_years": 3.0} if counted else {}
    more = linear.rows(*({"parameter": name, "value": value} for name, value in patients.items()))
    own = linear.inputs()
    frame = pd.concat([own.parameters, more], ignore_index=True) if counted else own.parameters
    studies = pd.DataFrame([TRIAL, TRIAL | {"design": "larger", "sample_size": 400}])
    inputs = linear.build(frame, {"Studies": studies}, draws=300, willingness_to_pay=(50.0, 100.0))
    suite = he.run_suite(inputs, ["evsi"], model=linear.outcome)
    he.write_workbook(suite.base, tmp_path / "r.xlsx", **suite.analyses)
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    listed = below(book["Value of studies"], "A or B: value of each study")
    table = suite.evsi.set_index(["design", "horizon_years", "willingness_to_pay"])
    assert len(listed) == len(table) == 2 * 2 * 2
    for row in listed:
        one = table.loc[row[0], float(row[1].split()[0]), row[3]]
        assert row[4:6] == pytest.approx([one.evsi, one.standard_error])
        assert row[8] == one.study_cost
        if counted:
            assert row[9:12] == pytest.approx(
                [one.population, one.population_evsi, one.expected_net_benefit_of_sampling]
            )
            assert row[12] == ("best" if one.best else None)
    (chart,) = charts(book, "Value of studies")
    assert chart.title == f"{'ENBS' if counted else 'EVSI'} at 100 USD per QALY: A or B"
    assert chart.series["2 years"].x == ["trial", "larger"]
    name = "expected_net_benefit_of_sampling" if counted else "evsi"
    expected = [table.loc[design, 2.0, 100.0][name] for design in ("trial", "larger")]
    np.testing.assert_allclose(chart.series["2 years"].y, expected)
    assert [row[1] for row in below(book["Value of studies"], "What the studies measure")] == ["Gain: A"] * 2
    assert any("would be worth" in text for text in texts(book["Cover"]))
    he.write_tables(suite.base, tmp_path / "t", **suite.analyses)
    assert len(pd.read_csv(tmp_path / "t" / "evsi.csv")) == 8


def test_studies_need_their_sheet(suite, tmp_path):
    with pytest.raises(he.HeconError, match="no sheet Studies"):
        he.write_workbook(suite.base, tmp_path / "r.xlsx", evsi=suite.evppi)

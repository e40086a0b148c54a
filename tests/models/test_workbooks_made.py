"""The shipped myeloma workbooks are what `workbooks` makes of the former ones; the changelog says how far that goes."""

import json
import re

import numpy as np
import openpyxl
import pandas as pd
import pytest
from shipped_workbooks import ROOT, made, read

import hecon as he
from hecon.inputs.template import tables_of
from workbooks import curves, notes
from workbooks.book import Book, interval
from workbooks.made import FROM_THE_START, RECIPES

CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
NAMES = [recipe.name for recipe in RECIPES]
FIGURE = json.loads((ROOT / "tests/published/evidence/ikema_pooled_pfs.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [*NAMES, *FROM_THE_START])
def test_a_shipped_workbook_is_what_its_recipe_makes(name):
    assert tables_of(made(name)) == tables_of(read(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", [*NAMES, *FROM_THE_START])
def test_the_free_sheets_say_what_the_recipe_says(name):
    workbook = openpyxl.load_workbook(ROOT / "inputs" / f"{name}.xlsx", read_only=True)
    books = {recipe.name: recipe.book for recipe in RECIPES} | FROM_THE_START
    for sheet, paragraphs in books[name]().notes.items():
        said = "".join(row[0] for row in workbook[sheet].iter_rows(min_row=3, values_only=True) if row and row[0])
        assert "".join(said.split()) == "".join("".join(paragraphs).split())  # lines break at hyphens too


def test_the_fits_of_every_family_stand_in_the_notes():
    book = Book({}, {})
    notes.carfilzomib(book)
    words = " ".join(" ".join(paragraphs) for paragraphs in book.notes.values())
    assert "log-logistic 1226.6 (-611.3)" in words  # this chain; another fit of the same steps:
    assert "log-logistic 1226.8" in words


def increments(inputs):
    """Incremental cost and QALYs of the first strategy against the comparator, by horizon."""
    totals = he.run(inputs.base_case()).totals
    place = inputs.labels["strategy"].index(inputs.settings.comparator)
    return [totals[kind].values[0] - totals[kind].values[place] for kind in ("cost", "qaly")]


def dollars(value):
    return "0" if round(value) == 0 else f"{value:,.0f}"


def qalys(values):
    return ", ".join(f"{value:.4f}".replace("-0.0000", "0.0000") for value in values)


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES[:2], ids=NAMES[:2])
def test_the_changelog_says_what_each_change_of_evidence_does(recipe):
    rows = re.findall(
        rf"^  \| {recipe.name} \| ([a-z][^|]*) \| ([^|]*) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$", CHANGELOG, re.M
    )
    found = {name: [cell.strip() for cell in cells] for name, *cells in rows}
    steps = [increments(made(recipe.name, count)) for count in range(len(recipe.changes) + 1)]
    assert list(found) == ["before", *(name for name, _ in recipe.changes if name != "no result changes"), "after"]
    for (name, _), (cost, qaly), (cost_before, qaly_before) in zip(recipe.changes, steps[1:], steps, strict=False):
        moved, gained = cost - cost_before, qaly - qaly_before
        if name == "no result changes":
            assert np.abs(moved).max() == np.abs(gained).max() == 0
        else:
            assert found[name] == [*map(dollars, moved), qalys(gained)], name
    for name, (cost, qaly) in (("before", steps[0]), ("after", steps[-1])):
        assert found[name] == [*map(dollars, cost), qalys(qaly)]


@pytest.mark.parametrize("name", NAMES[:2])
def test_the_changelog_says_how_many_numbers_are_reported(name):
    for when, inputs in (("before", made(name, 0)), ("after", read(name))):
        status = inputs.parameters.status
        counts = [int((status == one).sum()) for one in ("reported", "derived", "assumed")]
        counts[2] -= when == "before"  # the row of days of terminal care was not there
        assert f"  | {name} | {when} | {counts[0]} | {counts[1]} | {counts[2]} |" in CHANGELOG


def test_the_rebuilt_patients_of_ikema_are_those_of_the_figure():
    time, event = curves.ikema_pooled()
    assert (len(time), event.sum()) == (229, 132)
    estimate = he.kaplan_meier(time, event)
    assert estimate.median()[0] == pytest.approx(25.1, abs=0.01)
    at = estimate.at(FIGURE["landmarks"]["time"][:-1])
    np.testing.assert_allclose(at["survival"], FIGURE["landmarks"]["survival"][:-1], atol=3e-4)
    np.testing.assert_allclose(at["at_risk"], FIGURE["landmarks"]["at_risk"][:-1], atol=1)


def test_the_landmarks_alone_would_not_tell_the_families_apart():
    """Eight points and the printed numbers at risk say nothing of the first months, in which the exponential fails."""
    points = FIGURE["landmarks"]
    at_risk = {0: 229, **dict(zip(points["time"], points["at_risk"], strict=True))}
    data = he.pseudo_individual_data(
        [0, *points["time"]], [1, *points["survival"]], at_risk=at_risk, total_events=sum(FIGURE["events"])
    )
    assert (data.report().query("measure == 'at_risk'").difference == 0).all()
    fits = {family: he.fit(family, data.time, data.event) for family in ("exponential", "lognormal")}
    assert abs(fits["exponential"].aic - fits["lognormal"].aic) < 2


def test_the_exponential_is_rejected_as_other_software_found():
    for family, fit in curves.ikema_fits().items():
        assert fit.aic == pytest.approx(FIGURE["aic"][family], abs=0.4), family
    spread, low, high = curves.spread()
    assert spread == pytest.approx(1.0267, abs=0.001)
    assert (low, high) == pytest.approx((0.9, 1.17), abs=0.01)
    rows = read("isa_dara_kd_us").parameters
    own = rows[(rows.parameter == "sdlog") & (rows.endpoint == "progression_free_survival")]
    assert own.value.tolist() == pytest.approx([spread] * 3, rel=1e-5)


@pytest.mark.parametrize(
    ("name", "effects", "treatment", "comparator", "endpoint"),
    [
        (
            "isa_dara_pd_us",
            [("Isa", "Pd", 0.596, 0.436, 0.814), ("Dara", "Pd", 0.63, 0.47, 0.85)],
            "Isa",
            "Dara",
            "pfs",
        ),
        ("isa_dara_kd_us", [("Isa", "Kd", 0.855, 0.608, 1.202), ("Dara", "Kd", 0.78, 0.6, 1.03)], "Isa", "Dara", "os"),
    ],
)
def test_anchored_ratios_are_bucher_s(name, effects, treatment, comparator, endpoint):
    found = he.indirect_comparison([he.relative_effect(*effect) for effect in effects], comparator, treatment)
    wanted = {"pfs": "progression_free_survival", "os": "overall_survival"}[endpoint]
    rows = read(name).parameters
    row = rows[
        (rows.parameter == "hazard_ratio") & (rows.endpoint == wanted) & rows.strategy.str.startswith("Dara")
    ].iloc[0]
    assert row.value == pytest.approx(found.ratio, rel=0.001)
    assert (row.low, row.high) == pytest.approx(found.limits, rel=0.005)


@pytest.mark.parametrize("name", NAMES[:2])
def test_draws_of_overall_survival_give_the_published_intervals_back(name):
    """The median of the drawn curves spreads as the published interval does."""
    inputs = read(name)
    published = inputs.tables["Published survival"]
    medians = published[(published.endpoint == "overall_survival") & (published.measure == "median")]
    medians = medians[medians.low.notna()]
    table = he.parameter_table(inputs.draws(4000))
    assert len(medians) >= 1
    for row in medians.itertuples():
        drawn = np.exp(table[f"meanlog · {row.strategy} · overall_survival · lognormal"])
        low, high = np.quantile(drawn, [0.025, 0.975])
        # Reported intervals are not symmetric on the log scale; those of the fit are, and as wide.
        upper = row.high if np.isfinite(row.high) else row.value**2 / row.low
        assert np.log(high / low) == pytest.approx(np.log(upper / row.low), rel=0.06)


def test_intervals_of_shares_are_wilson_s():
    assert interval(0.85, 152) == (0.785, 0.898)
    assert interval(0.07, 122) == (0.037, 0.13)


def test_the_published_numbers_that_are_not_used_are_listed():
    for name, words in (("isa_dara_pd_us", "0.76 (0.58-1.01)"), ("isa_dara_kd_us", "0.724 (0.361-1.451)")):
        sheet = pd.read_excel(ROOT / "inputs" / f"{name}.xlsx", sheet_name="Notes on unused evidence", header=None)
        assert words in " ".join(str(cell) for cell in sheet[0])

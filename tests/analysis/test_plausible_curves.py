"""Every curve in use and every fit at landmarks, against the data and the population: table, sheet, figures."""

from __future__ import annotations

import openpyxl
import pytest
from test_fit_workbook import NEW, OS, STANDARD, evidence_tables, no_model, write

import hecon as he
from hecon.analysis.value.plausible_curves import plausible_curves
from hecon.errors import HeconError
from hecon.inputs.fitting import fit_workbook
from hecon.report import analysis_figures, fits_figure, hazards_figure

FAMILIES = ["weibull", "exponential", "lognormal"]


def outcome(p, time):
    """Overall survival alone."""
    state = he.partition(time, overall=he.curve(p, OS))
    return he.Outcome(state, [he.life_years("Life years", he.years_in(time, state, "alive"))])


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plausible")
    fitted = fit_workbook(
        write(folder / "evidence.xlsx", evidence_tables()), folder / "fitted.xlsx", families=FAMILIES, spline_knots=[]
    )
    inputs = he.read_workbook(fitted.path)
    base = he.run(inputs.base_case(outcome))
    return inputs, base, plausible_curves(base, inputs)


def value(found, measure, family, time=None, strategy=NEW):
    table = found.table
    rows = table[(table["measure"] == measure) & (table["family"] == family) & (table["strategy"] == strategy)]
    return float(rows["value"].iloc[0] if time is None else rows[rows["time"] == time]["value"].iloc[0])


def test_every_fit_stands_beside_the_curve_in_use(found):
    inputs, _, curves = found
    for strategy in (NEW, STANDARD):
        assert set(curves.of(strategy, OS)) == set(FAMILIES)
        used = inputs.tables["Curves"].set_index(["strategy", "endpoint"]).loc[(strategy, OS), "family"]
        assert next(iter(curves.of(strategy, OS))) == used
        own = curves.table[curves.table["strategy"] == strategy]
        assert set(own.loc[own["in_use"], "family"]) == {used}


def test_measures_are_those_of_the_fit_and_the_data(found):
    inputs, _, curves = found
    data = inputs.tables["Individual data"]
    own = data[(data["strategy"] == NEW) & (data["endpoint"] == OS)]
    fit = he.fit("lognormal", own["time"] / 12, own["event"])
    assert value(curves, "survival", "lognormal", 5) == pytest.approx(fit.curve.survival(5.0), rel=1e-8)
    assert value(curves, "median", "lognormal") == pytest.approx(fit.curve.median(), rel=1e-8)
    assert value(curves, "restricted_mean", "lognormal") == pytest.approx(fit.curve.restricted_mean(10.0), rel=1e-8)
    kept = fit.curve.survival(10.0) / fit.curve.survival(5.0)
    assert value(curves, "conditional_survival", "lognormal", 10) == pytest.approx(kept, rel=1e-8)
    estimate = he.survival.kaplan_meier(own["time"] / 12, own["event"])
    observed = float(estimate.at([2.0])["survival"].iloc[0])
    assert value(curves, "observed_survival", "lognormal", 2) == pytest.approx(observed, rel=1e-12)
    gap = value(curves, "fitted_less_observed", "lognormal", 2)
    assert gap == pytest.approx(fit.curve.survival(2.0) - observed, abs=1e-8)


def test_the_sheet_and_its_figures(found, tmp_path):
    _, base, curves = found
    he.write_workbook(base, tmp_path / "results.xlsx", plausibility=curves)
    page = openpyxl.load_workbook(tmp_path / "results.xlsx")["Plausibility"]
    cells = {cell.value for row in page.iter_rows() for cell in row}
    assert {"Data (Kaplan-Meier)", "Lognormal", f"Overall survival, {NEW}"} <= cells
    figures = analysis_figures(base, plausibility=curves)
    assert set(figures) == {f"{kind} {OS} {name}" for kind in ("fits", "hazards") for name in (NEW, STANDARD)}
    (panel,) = figures[f"fits {OS} {NEW}"].axes
    assert len(panel.lines) == 1 + len(FAMILIES)
    (panel,) = figures[f"hazards {OS} {NEW}"].axes
    assert next(line.get_label() for line in panel.lines) == "Data, smoothed"


def test_curves_without_fits_or_data(found):
    """A case of plain curves has its landmarks too, and no data to compare."""
    inputs = found[0]
    base = he.run(inputs.base_case(outcome))
    alone = plausible_curves(base)
    assert set(alone.table["measure"]) >= {"survival", "median", "hazard"}
    assert "observed_survival" not in set(alone.table["measure"])
    assert no_model(None, None) is None


def test_figures_of_fits_in_a_notebook():
    fits = he.fit_all(
        [1.0, 2.0, 2.5, 4.0, 5.0, 7.0], [1, 1, 0, 1, 1, 0], families=["weibull", "gamma"], spline_knots=[]
    )
    (panel,) = fits_figure(fits).axes
    ranked = sorted(fits, key=lambda name: fits[name].aic)
    assert [line.get_label().lower() for line in panel.lines] == ["kaplan-meier", *ranked]  # the best first
    assert panel.get_xlim()[1] == pytest.approx(17.5)
    (panel,) = hazards_figure(fits, until=10, unit="Months").axes
    assert (panel.get_xlabel(), panel.get_xlim()[1]) == ("Months", 10)
    intervals = he.fit_all([1.0, 2.0, 2.5, 4.0], upper=[2.0, 3.0, 4.0, 6.0], families=["weibull"], spline_knots=[])
    with pytest.raises(HeconError, match="needs exact times"):
        fits_figure(intervals)

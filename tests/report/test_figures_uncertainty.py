"""Figures of uncertainty: what they draw against the analyses; clear errors for what cannot be drawn."""

import io

import linear
import numpy as np
import pytest
from three_arms import make_inputs, outcome

import hecon as he
from hecon.report.figures.heat_map import price_grid_figure

PAIR = ["Isa-Pd", "Dara-Pd"]


def drawn(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=40)
    assert buffer.getvalue().startswith(b"\x89PNG")
    return figure


def line(panel, label):
    return next(line for line in panel.lines if line.get_label() == label)


def test_a_tornado_runs_from_the_base_case_to_both_ends(suite):
    one = suite.one_way[0]
    panel = drawn(he.tornado_figure(one, 3, count=5)).axes[0]
    rows = one.at(3, 5)
    assert [text.get_text().replace("\n", " ") for text in panel.get_yticklabels()] == rows.label.tolist()
    low, high = panel.patches[:5], panel.patches[5:]
    np.testing.assert_allclose([bar.get_x() + bar.get_width() for bar in low], rows.outcome_at_low)
    np.testing.assert_allclose([bar.get_x() + bar.get_width() for bar in high], rows.outcome_at_high)
    assert panel.get_xlabel().replace("\n", " ") == "Incremental net monetary benefit at 150,000 USD per QALY (USD)"
    assert len(he.tornado_figure(one, [1, 5]).axes) == 2


def test_tornados_of_other_outcomes_are_drawn_by_name(suite):
    own = suite.one_way[0].measure.strategy
    for wanted, axis in (
        ("cost", "Incremental cost (USD)"),
        ("qaly", "Incremental QALYs"),
        ("icer", "ICER (USD per QALY)"),
    ):
        panel = drawn(suite.plot.tornado(own, 5, outcome=wanted, count=4)).axes[0]
        assert panel.get_xlabel().replace("\n", " ") == axis
        assert len(panel.get_yticks()) <= 4
    with pytest.raises(he.UnknownNameError, match="no outcome of the one-way analysis"):
        suite.plot.tornado(own, outcome="icers")


def test_the_grid_of_prices_is_a_map_with_the_line_of_the_decision():
    prices = he.price_grid(linear.inputs(), "price: A", "price: B", (0, 0.2, 0.4), (0, 0.2, 0.4), model=linear.outcome)
    figure = drawn(price_grid_figure(prices, 2.0, "USD"))
    panel = figure.axes[0]
    own = prices[prices["horizon_years"] == 2.0].pivot(
        index="first_discount", columns="second_discount", values="incremental_net_monetary_benefit"
    )
    np.testing.assert_allclose(panel.collections[0].get_array().reshape(own.shape), own.to_numpy())
    turns = own.to_numpy().min() < 0 < own.to_numpy().max()
    assert (len(panel.collections) > 1) == turns
    assert panel.get_ylabel().startswith("Discount off the first price")
    with pytest.raises(he.HeconError, match="horizon 9 is not in the table"):
        price_grid_figure(prices, 9)


def test_a_tornado_of_life_years_has_its_own_axis():
    one = he.one_way(make_inputs(), outcome="incremental_life_years", model=outcome)
    assert he.tornado_figure(one).axes[0].get_xlabel() == "Incremental life years"


def test_acceptability_curves_and_frontier(suite):
    psa = suite.psa
    figure = drawn(he.acceptability_figure(psa, [0, 1e5, 2e5], strategies=PAIR))
    assert [panel.get_title() for panel in figure.axes] == ["1 year", "3 years", "5 years"]
    found = he.ceac(psa, [0, 1e5, 2e5], horizon=3, strategies=PAIR)
    panel = figure.axes[1]
    np.testing.assert_allclose(line(panel, "Isa-Pd").get_ydata(), found[found.strategy == "Isa-Pd"].probability)
    frontier = he.ceaf(psa, [0, 1e5, 2e5], horizon=3, strategies=PAIR).probability
    np.testing.assert_allclose(line(panel, "Frontier").get_ydata(), frontier)
    assert len(he.acceptability_figure(psa, horizon=5).axes) == 1


def test_evpi_has_a_line_for_each_horizon(suite):
    panel = drawn(he.evpi_figure(suite.psa, [5e4, 1e5], strategies=PAIR)).axes[0]
    np.testing.assert_allclose(
        line(panel, "5 years").get_ydata(), he.evpi(suite.psa, [5e4, 1e5], horizon=5, strategies=PAIR).evpi
    )


def test_evppi_bars_are_the_largest_with_their_errors(suite):
    table = suite.evppi[suite.evppi.decision == "Isa-Pd or Dara-Pd"]
    panel = drawn(he.evppi_figure(table, 150_000, count=3)).axes[0]
    own = table[table.willingness_to_pay == 150_000]
    largest = own.groupby("group").evppi.max().sort_values(ascending=False)
    names = [text.get_text().lower().replace(" ", "_") for text in panel.get_yticklabels()]
    assert names == largest.index[: len(names)].tolist()
    assert 1 <= len(names) <= 3
    at = own[own.horizon_years == 1].set_index("group").evppi
    assert panel.patches[0].get_width() == pytest.approx(at[names[0]])
    with pytest.raises(he.HeconError, match="several decisions"):
        he.evppi_figure(suite.evppi)
    with pytest.raises(he.HeconError, match="it has 50,000, 100,000 and 150,000"):
        he.evppi_figure(table, 20_000)
    plain = table[table.horizon_years == 1].drop(columns=["horizon_years", "decision"])
    assert len(he.evppi_figure(plain).axes) == 1


def test_sobol_bars_are_first_and_total(suite):
    panel = drawn(he.sobol_figure(suite.sobol, 3, count=4)).axes[0]
    total = suite.sobol.at(3).head(4)
    np.testing.assert_allclose([bar.get_width() for bar in panel.patches[4:]], total.value)
    assert panel.get_title().endswith("3 years")
    morris = he.global_sensitivity(make_inputs(), "morris", 4, model=outcome)
    with pytest.raises(he.HeconError, match="method 'morris'"):
        he.sobol_figure(morris)


def test_convergence_ends_at_the_mean(suite):
    figure = drawn(he.convergence_figure(suite.psa, "Pd", horizon=[1, 3]))
    assert len(figure.axes) == 2
    means = suite.psa.mean().sel(horizon=3)
    benefit = 150_000 * means.qaly - means.cost
    expected = float(benefit.sel(strategy="Pd") - benefit.sel(strategy="Dara-Pd"))
    assert figure.axes[1].lines[0].get_ydata()[-1] == pytest.approx(expected)


def test_the_plane_of_draws_has_an_ellipse(suite):
    panel = drawn(he.incremental_plane(suite.psa, horizon=3)).axes[0]
    ellipse = he.cost_effectiveness_plane(suite.psa, horizon=3).ellipse
    own = ellipse[ellipse.strategy == "Isa-Pd"]
    assert any(np.array_equal(one.get_ydata(), own.incremental_cost) for one in panel.lines)


def test_what_has_no_draws_cannot_be_drawn(suite):
    for figure in (he.acceptability_figure, he.evpi_figure, he.convergence_figure):
        with pytest.raises(he.HeconError, match="needs a run of draws"):
            figure(suite.base)
    with pytest.raises(he.HeconError, match="the run has 1, 3, 5"):
        he.acceptability_figure(suite.psa, horizon=2)

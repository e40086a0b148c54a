import io
import subprocess
import sys

import numpy as np
import pytest
from three_arms import plain_case

import hecon as he
from hecon.errors import HeconError, UnknownNameError
from hecon.report.figures.results import (
    cost_breakdown_figure,
    incremental_plane,
    occupancy_figure,
    scenario_figure,
)
from hecon.report.figures.survival import survival_figure

PNG = b"\x89PNG"


def drawn(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=40)
    assert buffer.getvalue().startswith(PNG)
    return figure


def test_survival_curves_are_those_of_the_model(result):
    panel = drawn(survival_figure(result, "overall_survival")).axes[0]
    lines = {line.get_label(): line for line in panel.lines if not line.get_label().startswith("_")}
    assert list(lines) == list(result.strategies)
    times, survival = lines["Pd"].get_data()
    np.testing.assert_allclose(survival, np.exp(-0.47 * times))
    assert (panel.get_xlabel(), panel.get_title()) == ("Years", "Overall survival")


def test_published_values_are_points(result):
    panel = survival_figure(result, "overall_survival").axes[0]
    points = [line.get_xydata().tolist() for line in panel.lines if line.get_marker() == "o"]
    assert [pytest.approx([1.0, 0.72]), pytest.approx([24.6 / 12, 0.5])] in points


def test_occupancy_has_a_panel_for_each_strategy(result):
    figure = drawn(occupancy_figure(result))
    assert [panel.get_title() for panel in figure.axes] == list(result.strategies)
    assert len(occupancy_figure(result, ["Pd"]).axes) == 1
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["Progression-free", "Progressed", "Dead"]


def test_cost_columns_add_up_to_the_totals(result):
    panel = drawn(cost_breakdown_figure(result, 3)).axes[0]
    heights: dict[float, float] = {}
    for bar in panel.patches:
        heights[bar.get_x()] = heights.get(bar.get_x(), 0) + bar.get_height()
    totals = result.table().query("horizon_years == 3")["cost"]
    np.testing.assert_allclose([heights[x] for x in sorted(heights)], totals)
    assert len(cost_breakdown_figure(result).axes) == 3
    assert "USD" in panel.get_ylabel()


def test_plane_shows_the_increments(result, batch):
    panel = drawn(incremental_plane(result)).axes[0]
    line = next(line for line in panel.lines if line.get_label() == "Isa-Pd")
    pairs = result.incremental("Dara-Pd").query("strategy == 'Isa-Pd'")
    np.testing.assert_allclose(line.get_ydata(), pairs["incremental_cost"])
    cloud = drawn(incremental_plane(batch, horizon=3)).axes[0]
    assert any(len(line.get_xdata()) == 50 for line in cloud.lines)


def test_scenarios_are_bars_of_net_benefit(scenarios):
    panel = drawn(scenario_figure(scenarios, horizon=3, willingness_to_pay=100_000)).axes[0]
    assert [label.get_text() for label in panel.get_yticklabels()] == list(scenarios)
    pair = scenarios["base case"].incremental("Dara-Pd").set_index(["strategy", "horizon_years"]).loc[("Isa-Pd", 3)]
    assert panel.patches[0].get_width() == pytest.approx(100_000 * pair["incremental_qaly"] - pair["incremental_cost"])


def test_a_scenario_without_the_horizon_is_left_out(scenarios):
    names = [label.get_text() for label in scenario_figure(scenarios).axes[0].get_yticklabels()]
    assert "Ten years" not in names


def test_what_cannot_be_drawn_is_a_clear_error(result, batch):
    with pytest.raises(UnknownNameError, match="there is no endpoint 'overal_survival'"):
        survival_figure(result, "overal_survival")
    with pytest.raises(HeconError, match="no survival curves"):
        survival_figure(batch)
    with pytest.raises(HeconError, match="no state shares"):
        occupancy_figure(batch)
    with pytest.raises(HeconError, match="no result at 2 years; the horizons are 1, 3, 5"):
        cost_breakdown_figure(result, 2)
    with pytest.raises(HeconError, match="there is no scenario"):
        scenario_figure({})
    with pytest.raises(UnknownNameError, match="strategy"):
        incremental_plane(he.run(plain_case()), "C")


def test_notebooks_show_a_figure_without_pyplot(result):
    assert survival_figure(result)._repr_png_().startswith(PNG)


def test_pyplot_is_never_imported():
    code = "import hecon.report.figures.results, sys; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

"""No label of a figure is cut by its canvas or lies on another: boxes of text are measured after drawing."""

import itertools
from dataclasses import replace

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import hecon as he
from hecon.errors import HeconError
from hecon.report.document.parts import Picture
from hecon.report.document.report import report_document
from hecon.report.figures.drawing import legend_below, lying, new_figure, panel_of

#: Pixels by which boxes may touch: letters do not fill their boxes.
TOUCH = 2.0


def texts_of(figure):
    """Every text that is shown, with its box in pixels."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    found = [text for text in (figure._supxlabel, figure._supylabel, figure._suptitle) if text is not None]
    for legend in figure.legends:
        found += legend.get_texts()
    for panel in figure.axes:
        if not panel.get_visible():
            continue
        found += [panel.title, panel.xaxis.label, panel.yaxis.label, *panel.texts]
        found += legend.get_texts() if (legend := panel.get_legend()) else []
        if panel.axison:
            for axis in (panel.xaxis, panel.yaxis):
                low, high = sorted(axis.get_view_interval())
                ticks = zip(axis.get_major_ticks(), axis.get_majorticklocs(), strict=True)
                found += [tick.label1 for tick, place in ticks if low <= place <= high and tick.label1.get_visible()]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in found if text.get_text().strip()]


def faults_of(figure):
    """Labels that are cut or overlap, in words."""
    boxes = texts_of(figure)
    width, height = (side * figure.dpi for side in figure.get_size_inches())
    faults = [
        f"'{words}' is cut"
        for words, box in boxes
        if box.x0 < -TOUCH or box.y0 < -TOUCH or box.x1 > width + TOUCH or box.y1 > height + TOUCH
    ]
    for (one, a), (two, b) in itertools.combinations(boxes, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        down = min(a.y1, b.y1) - max(a.y0, b.y0)
        if across > TOUCH and down > TOUCH:
            faults.append(f"'{one}' lies on '{two}'")
    return faults


def test_a_label_that_is_cut_or_lies_on_another_is_found():
    figure = new_figure()
    panel = panel_of(figure, "x", "y")
    panel.text(0.5, 0.5, "one")
    panel.text(0.5, 0.5, "two")
    panel.annotate("far outside", (3.0, 0.5), annotation_clip=False)
    figure.set_layout_engine("none")
    assert faults_of(figure) == ["'far outside' is cut", "'one' lies on 'two'"]


def test_names_of_bars_in_two_lines_are_apart():
    figure = new_figure(7.2, 4.3)
    panel = panel_of(figure, "Incremental net monetary benefit at 150,000 USD per QALY (USD)", "", "A title " * 9)
    panel.barh(lying(panel, ["Progression-free survival, New treatment: loglogistic scale"] * 12), range(12))
    panel.plot([], label="At the low value")
    legend_below(figure, panel)
    assert faults_of(figure) == []


@pytest.mark.parametrize("name", ["survival", "costs", "diagram", "plane", "frontier", "hazards"])
def test_labels_of_the_base_case_are_apart(suite, name):
    assert faults_of(getattr(suite.plot, name)()) == []


@pytest.mark.slow
@pytest.mark.parametrize("workbook", ["isa_dara_pd_us", "isa_dara_kd_us", "hiv", "sick_sicker"])
def test_labels_of_every_figure_of_a_report_are_apart(workbook):
    inputs = he.read_workbook(f"inputs/{workbook}.xlsx")
    settings = inputs.settings.with_changes(draws=300, sobol_samples=64)
    suite = he.run_suite(replace(inputs, settings=settings))
    pictures = [block for block in report_document(suite.base, **suite.analyses).walk() if isinstance(block, Picture)]
    found = {picture.key: faults for picture in pictures if (faults := faults_of(picture.draw()))}
    assert found == {}


def test_figures_have_names_and_arguments(suite, result, batch):
    assert {"survival", "states", "tornado", "acceptability", "evppi", "sobol"} <= set(dir(suite.plot))
    assert suite.plot.survival("overall_survival").axes[0].get_title() == "Overall survival"
    assert "acceptability" in dir(batch.plot)
    assert "survival" not in dir(batch.plot)
    with pytest.raises(AttributeError, match=r"no figure 'survial' .*Did you mean 'survival'"):
        result.plot.survial()
    with pytest.raises(HeconError, match="this suite has no analysis 'budget'"):
        suite.plot.budget()
    tornado = suite.plot.tornado("Pd", horizon=3)
    assert "Pd against" in tornado.axes[0].get_title()

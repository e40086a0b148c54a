import pytest
from three_arms import outcome, plain_case

import hecon as he
from hecon.analysis.psa.tables import PsaTables
from hecon.report.comparison import Comparison
from hecon.report.terminal import (
    WIDTH,
    _ratio,
    answer_text,
    incremental_text,
    paragraphs,
    scenarios_text,
    summary_text,
    text_table,
)


def test_columns_are_aligned():
    lines = text_table(["Strategy", "Costs"], [["A", "1,200"], ["Beta", "90"]]).splitlines()
    assert lines == ["Strategy  Costs", "--------  -----", "A         1,200", "Beta         90"]


def test_a_long_name_is_cut_to_fit():
    lines = text_table(["Strategy", "Costs"], [["x" * 200, "1,200"]]).splitlines()
    assert max(map(len, lines)) == WIDTH
    assert "...  1,200" in lines[2]


def test_summary_fits_the_screen_and_shows_the_numbers(result):
    text = summary_text(result)
    assert max(map(len, text.splitlines())) <= WIDTH
    cost = result.table().set_index(["strategy", "horizon_years"]).loc[("Isa-Pd", 5), "cost"]
    assert f"{cost:,.0f}" in text
    assert "5 years, discounted, USD, increments against Dara-Pd" in text
    assert "comparator" in text


def test_dominance_is_in_words(result):
    text = incremental_text(result)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "dominant" in text
    assert "-0.000" not in text
    pair = next(block for block in text.split("\n\n") if block.startswith("Isa-Pd against Dara-Pd"))
    assert "At 100k?" in pair.splitlines()[1]
    assert len(pair.splitlines()) == 3 + 3


def test_scenarios_have_a_column_for_each_horizon(result, scenarios):
    text = scenarios_text(scenarios, result)
    assert max(map(len, text.splitlines())) <= WIDTH
    row = next(line for line in text.splitlines() if line.startswith("Ten years"))
    assert row.endswith("-")


def test_a_batch_says_that_it_is_means(batch):
    assert summary_text(batch).startswith("Means over 50 draws")


@pytest.mark.parametrize("labels", [("A", "B")])
def test_a_plain_case_prints_too(labels):
    assert "A" in summary_text(he.run(plain_case(labels)))


def test_paragraphs_wrap():
    assert max(map(len, paragraphs(["word " * 100]).splitlines())) <= WIDTH


def test_the_answer_is_one_table_with_the_draws_below_each_row(result, batch):
    text = answer_text(result, PsaTables(batch))
    lines = text.splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert len(lines) == 3 + 2 * len(result.time.horizons) * (len(result.strategies) - 1)
    means = PsaTables(batch).answer.iloc[0]
    assert f"{means['incremental_cost']:,.0f}" in lines[4]
    assert lines[4].startswith("  mean of 50 draws")
    assert lines[4].endswith("%")
    assert lines[3].split()[-1] in ("yes", "no")


def test_an_answer_of_many_rows_keeps_every_horizon_of_the_base_case(inputs):
    case = inputs.base_case(outcome).with_settings(horizons=(1, 2, 3, 4))
    drawn = PsaTables(he.run(inputs.draws(20, seed=1, model=outcome).with_settings(horizons=(1, 2, 3, 4))))
    lines = answer_text(he.run(case), drawn).splitlines()
    assert sum("mean of 20 draws" in line for line in lines) == 2
    assert sum(line.startswith(("Isa-Pd, ", "Pd, ")) for line in lines) == 8


def test_one_strategy_alone_has_no_comparison():
    alone = he.run(plain_case(("A",)))
    assert answer_text(alone) == summary_text(alone)


@pytest.mark.parametrize(("loss", "shown"), [(0.008, "saves"), (0.016, "saves 62,500")])
def test_a_saving_is_not_divided_by_next_to_nothing(loss, shown):
    assert _ratio(Comparison("A", "B", 1.0, {"qaly": -loss}, {"qaly": (1000 / loss, "SW")})) == shown

"""The battery as a user meets it: what it gives, how it is asked, what a model's author adds."""

import re
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from planted import ROOT, crossing, elderly, extended, subject, workbook

import hecon as he
from hecon.analysis.health import AMBER, EXPLAINED, GREEN, RED, VERDICTS, Finding, Health
from hecon.verification.battery import checks
from hecon.verification.record import (
    ADVISHE,
    TECH_VER,
    Answer,
    NotApplicable,
    TimeIsUp,
    agree,
    at_most,
    health_check,
    never,
    worst,
)
from hecon.verification.subject import Subject

SHIPPED = sorted(path.stem for path in (ROOT / "inputs").glob("*.xlsx"))


# --- what it gives ---


def test_there_are_many_checks_and_each_says_what_it_is():
    found = checks()
    assert len(found) >= 60
    assert len({check.name for check in found}) == len(found)
    for check in found:
        assert check.source, check.name
        assert check.expected, check.name
        assert check.ask.__doc__, check.name
    assert sum(TECH_VER in check.source or ADVISHE in check.source for check in found) >= 60


#: Workbooks whose like is looked at anyway: in other countries, under the skin, and Markov models of long residence.
ALIKE = ("isa_dara_pd_sc_us", "isa_dara_kd_sc_us", "isa_dara_pd_uk", "isa_dara_kd_uk", "sick_sicker_age")


def test_every_item_of_the_two_lists_has_its_check_or_a_reason():
    """The page that puts TECH-VER and AdViSHE beside the battery names checks that exist."""
    text = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    answers = [answer for _, answer in rows if answer != "answered by"]
    assert len(answers) >= 45
    cited = [set(re.findall(r"\*([^*]+)\*", answer)) for answer in answers]
    assert set().union(*cited) <= {check.name for check in checks()}
    bare = [answer for answer, names in zip(answers, cited, strict=True) if not names]
    assert all(answer.startswith(("no check: ", "the tests beside")) for answer in bare)


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in ALIKE)) for name in SHIPPED])
def test_no_shipped_workbook_has_a_red_light_in_the_quick_checks(name):
    found = he.verify(he.read_workbook(ROOT / "inputs" / f"{name}.xlsx"), short=True)
    assert found.light in (GREEN, AMBER), found.sentences
    assert len(found.of("pass")) >= 25
    assert set(found.table.verdict) <= set(VERDICTS)


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_no_shipped_workbook_has_a_red_light(name):
    begun = time.perf_counter()
    found = he.verify(he.read_workbook(ROOT / "inputs" / f"{name}.xlsx"))
    assert found.light in (GREEN, AMBER), found.sentences
    assert len(found.findings) >= len(checks())
    assert time.perf_counter() - begun < 60  # 4 to 14 seconds where nobody else works


@pytest.mark.parametrize("make", [crossing, extended, elderly])
def test_a_model_in_python_is_checked_as_well(make):
    found = he.verify(make())
    assert found.light in (GREEN, AMBER), found.sentences
    assert len(found.of("pass")) >= 30


@pytest.mark.slow
def test_a_markov_model_of_the_myeloma_workbook_is_checked_as_well():
    inputs = replace(workbook("myeloma"), model="myeloma_markov")
    found = he.verify(inputs, short=True)
    wrong = {one.check: one.found for one in found.of("fail") if not one.check.startswith("Stated result")}
    # Where every event is a progression, nobody dies before one: the model has no curve for that, and the range has it.
    assert set(wrong) == {"Every input at both ends of its range"}
    assert wrong["Every input at both ends of its range"].startswith("Progression share of events")


def test_the_light_is_that_of_the_worst_finding():
    def health(*verdicts):
        return Health([Finding(f"check {i}", "d", "s", "c", "e", "what came out", v) for i, v in enumerate(verdicts)])

    assert health("pass", "not applicable").light == GREEN
    assert health("pass", "explained").light == AMBER
    assert health("explained", "fail").light == RED
    assert health("fail", "explained").sentences[1:] == ["check 0: what came out.", "check 1: what came out."]
    assert health("pass", "pass", "fail").sentence == "Health of this model: red. 1 failed and 2 passed."
    assert health().light == GREEN
    assert "No check was made" in health().sentence


def test_only_what_can_be_checked_is_accepted():
    with pytest.raises(he.HeconError, match="takes what read_workbook gives"):
        he.verify("isa_dara_pd_us.xlsx")
    with pytest.raises(he.HeconError, match="not a batch of draws"):
        he.verify(workbook("simple").draws(10))


def test_checks_that_would_take_too_long_say_so():
    found = he.verify(crossing(), short=True, seconds=0)
    assert {one.verdict for one in found.findings} == {"not applicable"}
    assert found.findings[0].found == "not asked within 0 seconds"


def test_a_check_that_takes_too_long_is_left_within():
    """The time is over between two blocks of one check: it is unasked, as those after it are."""
    subject = Subject(crossing(), None, 10)
    subject.deadline.until = 0.0
    with pytest.raises(TimeIsUp):
        subject.under(discount_rate_cost=0.01)
    with pytest.raises(TimeIsUp):
        health_check("Own", expected="an end")(lambda model: model.with_values())(subject)


def test_a_refused_batch_is_searched_by_halves(monkeypatch):
    """One input of many that cannot be run at its end costs the logarithm of their number."""
    subject = Subject(he.read_workbook(ROOT / "inputs" / "sick_sicker_age.xlsx").base_case(), None, 10)
    runs, run = [], Subject.run
    monkeypatch.setattr(Subject, "run", lambda self, case: runs.append(case) or run(self, case))
    assert list(subject.low.refused.values()) == [subject.low.refused[0]]
    assert "begins at 25; the cohort is 22.5 at the start" in subject.low.refused[0]
    assert len(subject.elements) > 100
    assert len(runs) < 20


def test_progress_is_told():
    told = []
    he.verify(extended(), short=True, progress=lambda done, count: told.append((done, count)))
    assert told[-1][0] == told[-1][1] == len(told)


# --- what a model's author adds ---


def outcome(p, time):
    state = he.partition(time, overall=he.Exponential(p.death_rate))
    years = he.years_in(time, state)
    return he.Outcome(state, [he.cost("Care", years, p.care_cost), he.life_years("Life years", years, he.alive(state))])


@he.health_check("Care costs something", expected="costs above 0", short=True)
def care_costs(model):
    return model.base.totals["cost"].values > 0


@he.health_check("Care is cheap", expected="below 10 in ten years", source="a colleague")
def cheap(model):
    return model.under(horizons=(10,)).totals["cost"].values < 10, "dear"


def test_checks_beside_a_model_are_asked():
    labels = {"strategy": ["A"], "state": ["alive", "dead"]}
    case = he.Case(outcome, {"death_rate": 0.1, "care_cost": 100.0}, labels=labels)
    short = {one.check: one for one in he.verify(case, short=True).findings}
    assert short["Care costs something"].verdict == "pass"
    assert "Care is cheap" not in short
    found = {one.check: one for one in he.verify(case).findings}
    assert found["Care is cheap"].verdict == "fail"
    assert (found["Care is cheap"].found, found["Care is cheap"].source) == ("dear", "a colleague")


# --- answers ---


def test_answers():
    assert agree([1, 2], [1, 2 + 1e-12]).verdict == "pass"
    assert agree([1, 2], [1, 2.1], what="years").found == "years: 2 where 2.1 was expected"
    assert agree(np.nan, 1).verdict == "fail"
    assert at_most([1, 2], 2, "too long").verdict == "pass"
    assert at_most([1, 2.5], 2, "too long").found == "too long: 2.5 above 2"
    assert at_most(np.inf, 2, "too long").verdict == "fail"
    assert never([False, True, True], "lost").found == "lost, 2 times"
    assert worst([Answer("pass", "a"), Answer("explained", "b"), Answer("fail", "c")]).found == "c"
    with pytest.raises(NotApplicable):
        worst([])


def test_a_changed_model_that_is_refused_is_not_applicable():
    @he.health_check("Odd", expected="nothing")
    def odd(model):
        return model.with_values(no_such_input=1)

    (found,) = odd(subject("simple"))
    assert found.verdict == "not applicable"
    assert "no parameter 'no_such_input'" in found.found


def test_inputs_are_set_by_their_names():
    own = subject("simple")
    name = next(one.name for one in own.elements if one.parameter == "drug_cost_per_month")
    assert name in own.uncertainty.names
    changed = own.with_inputs({name: 1.0})
    assert 1.0 in changed.values["drug_cost_per_month"].values
    assert 1.0 not in own.case.values["drug_cost_per_month"].values


def test_what_a_move_is_refused_for_is_found_one_by_one():
    own = subject("age")
    assert set(own.high.refused) | set(own.low.refused)
    for place in own.high.refused:
        assert own.high.total(place, "cost") is None
    assert len(own.high.places) + len(own.high.refused) == sum(one.high != one.value for one in own.elements)


# --- results that a workbook states ---


def stated(**changes):
    inputs = workbook("simple")
    table = inputs.tables["Checks"].copy()
    for column, value in changes.items():
        table.loc[0, column] = value
    inputs = replace(inputs, tables={**inputs.tables, "Checks": table})
    return he.run(inputs.base_case())


def test_stated_results_are_evaluated():
    from hecon.analysis.stated_results import stated_results

    right = stated_results(stated())
    assert right.passes.all()
    assert right.cell[0].startswith("Checks!A")
    wrong = stated_results(stated(low=1e9, high=2e9))
    assert wrong.passes.tolist()[0] is False
    assert wrong.passes[1:].all()
    open_ended = stated_results(stated(low=np.nan, high=np.nan))
    assert open_ended.passes.all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"horizon_years": 7.0}, "horizon 7 is not a horizon of the results"),
        ({"measure": "incremental_happiness"}, "have no incremental_happiness"),
    ],
)
def test_a_stated_result_that_cannot_be_found_is_a_fault(changes, words):
    from hecon.analysis.stated_results import stated_results

    with pytest.raises(he.InputError, match=words):
        stated_results(stated(**changes))


def test_a_workbook_without_the_sheet_states_nothing():
    from hecon.analysis.stated_results import stated_results

    assert stated_results(he.run(workbook("age").base_case())).empty


# --- the second path ---


@pytest.mark.parametrize(
    "changes", [{}, {"crossing": "raise_os"}, {"accrual": "start", "discount_timing": "cycle_start"}]
)
def test_the_second_path_follows_the_settings(changes):
    own = subject("carfilzomib")
    own = Subject(own.case.with_settings(**changes), own.inputs)
    check = next(one for one in checks() if one.name == "Discounted totals by a second path")
    (found,) = check(own)
    assert found.verdict == "pass", found.found


# --- in files ---


def test_the_health_of_a_model_is_in_every_export(tmp_path):
    from openpyxl import load_workbook

    base, found = he.run(crossing()), he.verify(crossing(), short=True)
    he.write_workbook(base, tmp_path / "results.xlsx", health=found)
    book = load_workbook(tmp_path / "results.xlsx")
    cover = [cell.value for row in book["Cover"].iter_rows() for cell in row if isinstance(cell.value, str)]
    assert "Health of this model" in cover
    assert found.sentence in cover
    sheet = [[cell.value for cell in row] for row in book["Health of this model"].iter_rows()]
    listed = [row[0] for row in sheet]
    assert all(one.check in listed for one in found.findings)
    files = he.write_tables(base, tmp_path / "tables", health=found)
    assert tmp_path / "tables" / "health.csv" in files
    table = pd.read_csv(tmp_path / "tables" / "health.csv")
    assert table.check.tolist() == [one.check for one in found.findings]


def test_a_long_list_of_failures_does_not_fill_the_cover(tmp_path):
    from openpyxl import load_workbook

    many = Health([Finding(f"check {i}", "d", "s", "c", "e", "wrong", "fail") for i in range(9)])
    he.write_workbook(he.run(extended()), tmp_path / "results.xlsx", health=many)
    cover = [cell.value for row in load_workbook(tmp_path / "results.xlsx")["Cover"].iter_rows() for cell in row]
    assert "check 3: wrong." in cover
    assert "check 4: wrong." not in cover
    assert "5 more on sheet 'Health of this model'." in cover


def test_the_light_stands_on_the_first_sheet_of_a_live_workbook(tmp_path):
    from openpyxl import load_workbook

    inputs = workbook("simple")
    found = he.verify(inputs, short=True)
    he.write_live_workbook(inputs, tmp_path / "live.xlsx", health=found)
    first = load_workbook(tmp_path / "live.xlsx").worksheets[0]
    said = [cell.value for row in first.iter_rows() for cell in row if cell.value]
    assert {"Health, as written", "Green", found.sentence} <= set(said)
    assert he.read_workbook(tmp_path / "live.xlsx").model == inputs.model


def test_rows_without_effect_are_named_with_their_cells():
    """The life table of the hip workbook begins before the age of the cohort; minutes within an hour do count."""
    found = {finding.check: finding for finding in he.verify(workbook("hip"), short=True).findings}
    reach = found["Every input reaches a result"]
    assert reach.verdict == EXPLAINED
    assert reach.found == (
        "these 4 rows change no total, here or in a scenario: Mortality: female, 35 (Parameters!E16), Mortality: "
        "female, 45 (Parameters!E17), Mortality: male, 35 (Parameters!E22), Mortality: male, 45 (Parameters!E23)"
    )


def with_row(**row):
    """The simple workbook with one more row on its sheet Checks."""
    inputs = workbook("simple")
    first = {"check": "mine", "strategy": "targeted", "horizon_years": inputs.settings.horizons[-1], "row": 99}
    table = pd.concat([inputs.tables["Checks"], pd.DataFrame([{**first, **row}])], ignore_index=True)
    return replace(inputs, tables={**inputs.tables, "Checks": table})


@pytest.mark.parametrize(
    ("changed", "measure", "expected", "wrong"),
    [
        ("utility * 0.5", "qaly", "lower", "higher"),
        ("utility = 0", "life_years", "equal", "lower"),
        ("utility: progressed = 0", "qaly", "not higher", "equal"),
        ("discount_rate_effect = 0; accrual = start", "qaly", "higher", "not higher"),
        ("comparator = chemotherapy", "cost", "equal", "lower"),
    ],
)
def test_a_row_says_what_is_changed_and_what_then_happens(changed, measure, expected, wrong):
    own = {"changed": changed, "measure": measure}
    for words, verdict in ((expected, "pass"), (wrong, "fail")):
        finding = next(
            one
            for one in he.verify(with_row(**own, expected=words), short=True).findings
            if one.check == "Stated result: mine"
        )
        assert finding.verdict == verdict, finding.found
        assert f"{measure} after {changed} is " in finding.found
        assert f"it should be {words} " in finding.found
        assert "in the base case" in finding.found or "of the base case" in finding.found


def test_a_row_states_the_range_of_a_changed_result():
    from hecon.analysis.stated_results import stated_results

    changed = {"changed": "utility: progression_free = 1; utility: progressed = 1", "measure": "qaly"}
    base = he.run(with_row(**changed, low=0.0, high=1.0).base_case())
    found = stated_results(base).iloc[-1]
    years = base.summary().set_index(["strategy", "horizon_years"])["life_years"]
    assert found.value == pytest.approx(years["targeted", base.time.horizons[-1]], rel=1e-12)
    assert not found.passes


@pytest.mark.parametrize(
    ("changed", "words"),
    [("horizons = 1", "is not a horizon of the results"), ("utility: well = 1", "has no row for well")],
)
def test_a_change_after_which_nothing_can_be_compared_is_a_fault_of_its_row(changed, words):
    from hecon.analysis.stated_results import stated_results

    with pytest.raises(he.InputError, match=rf"Checks!A99.*{words}"):
        stated_results(he.run(with_row(changed=changed, measure="qaly", expected="lower").base_case()))


def test_health_is_an_analysis_like_the_others(tmp_path):
    """Done where it is named, asked of the model that is given, refused where something else stands in its place."""
    inputs = workbook("simple")
    suite = he.run_suite(inputs, ["health"])
    assert list(suite.analyses) == ["health"]
    pd.testing.assert_frame_equal(suite.health.table, he.verify(inputs, short=True).table)
    model = inputs.base_case().model

    def breaks(p, time):
        whole = model(p, time)
        return he.Outcome(whole.state, [line for line in whole.lines if line.kind != "life_years"])

    other = he.run_suite(inputs, ["health"], model=breaks)
    assert other.health.table.verdict.tolist() != suite.health.table.verdict.tolist()
    with pytest.raises(he.HeconError, match="health is what he\\.verification\\.verify"):
        he.write_workbook(suite.base, tmp_path / "results.xlsx", health=suite.health.table)
    assert list(tmp_path.iterdir()) == []

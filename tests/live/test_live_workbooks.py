"""Live workbooks: every result recalculated from scratch equals the engine's, before and after edits of the file."""

import gc
import random
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import every_curve
import numpy as np
import openpyxl
import pytest
from edits import edited
from libreoffice import needs_libreoffice, recalculated
from live_results import CHECK, accepted, apart, engine_results, random_edits, results_of
from workbook_faults import faults_of

import hecon as he
from hecon.errors import HeconError
from hecon.inputs.permitted import domain_of
from hecon.report.live.model import live_model
from hecon.report.live.pages_results import AGREES, CHANGED

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("isa_dara_pd_us", "isa_dara_kd_us")
#: The second of them takes as long as the first, and shows no more of what is new.
LATER = (SHIPPED[1], "isa_dara_pd_uk", "isa_dara_kd_uk", "isa_dara_kd_sc_us")
ONE_NOW = [SHIPPED[0], *(pytest.param(name, marks=pytest.mark.slow) for name in LATER)]
OTHERS = (
    "simple_partitioned", "hiv", "hip_replacement", "decision_tree", "sick_sicker", "sick_sicker_age", "pelligra",
)  # fmt: skip
#: Horizons that cut a cycle in two: in models of years, months, 28 days; rates by age, time in state.
CUT = {
    "simple_partitioned": (1.27, 3.3),
    "hiv": (3.3, 10.0),
    "hip_replacement": (3.3,),
    "sick_sicker": (2.5, 30.0),
    "sick_sicker_age": (2.5, 10.3),
    "sick_sicker_residence": (2.5, 4.0),
    "pelligra": (1.03, 3.0),
    "isa_dara_pd_uk": (1.04, 3.3),  # utilities by age
}
TOLERANCE = 1e-9


def source(name):
    return ROOT / "inputs" / f"{name}.xlsx"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Live workbooks by name, each written once."""
    known = {}

    def write(name):
        if name not in known:
            path = tmp_path_factory.mktemp("live") / f"{name}_live.xlsx"
            known[name] = he.write_live_workbook(he.read_workbook(source(name)), path)
        return known[name]

    return write


def formulas_that_differ(path, values):
    """Cells whose recalculated value is not the stored one."""
    typed, stored = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    different, count = [], 0
    for sheet in typed:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type != "f":
                    continue
                count += 1
                want, got = stored[sheet.title][cell.coordinate].value, values[sheet.title].get(cell.coordinate)
                is_number = isinstance(want, int | float) and isinstance(got, int | float)
                if not (is_number and abs(want - got) <= TOLERANCE * max(1.0, abs(want))) and want != got:
                    different.append((sheet.title, cell.coordinate, want, got, cell.value))
    assert count > 100
    return different


def check(path, result, values):
    got = results_of(values)
    distance, where = apart(got, engine_results(result, got))
    assert distance <= TOLERANCE, where


@pytest.mark.slow
@needs_libreoffice
@pytest.mark.parametrize("name", ONE_NOW)
def test_every_formula_of_the_shipped_workbooks_recalculates_to_its_stored_value(written, name):
    path = written(name)
    assert faults_of(path) == []
    assert path.stat().st_size < 8e6  # a lifetime of months, three curves with background mortality
    (values,) = recalculated([path])
    assert formulas_that_differ(path, values) == []
    case = he.read_workbook(source(name)).base_case()
    if "Market" in case.tables:  # a live workbook has a horizon at every year of its market
        case = case.with_settings(horizons=sorted({*case.settings.horizons, *range(1, 6)}))
    check(path, he.run(case), values)
    assert values[CHECK]["E7"] == AGREES


@needs_libreoffice
@pytest.mark.slow
def test_markov_models_and_trees_are_workbooks_of_formulas_too(written):
    paths = [written(name) for name in OTHERS]
    for name, path, values in zip(OTHERS, paths, recalculated(paths), strict=True):
        assert faults_of(path) == []
        assert formulas_that_differ(path, values) == []
        check(path, he.run(he.read_workbook(source(name)).base_case()), values)


@needs_libreoffice
@pytest.mark.slow
def test_a_horizon_may_cut_a_cycle_in_two(tmp_path):
    paths, cases = [], []
    for name, horizons in CUT.items():
        inputs = he.read_workbook(source(name))
        cut = replace(inputs, settings=inputs.settings.with_changes(horizons=horizons))
        paths.append(he.write_live_workbook(cut, tmp_path / f"{name}.xlsx"))
        case = cut.base_case()
        cases.append(
            case.with_settings(horizons=sorted({*horizons, *range(1, 6)})) if "Market" in case.tables else case
        )
    for path, case, values in zip(paths, cases, recalculated(paths), strict=True):
        assert faults_of(path) == []
        assert formulas_that_differ(path, values) == []
        check(path, he.run(case), values)


@pytest.mark.parametrize("name", ["sick_sicker_age", pytest.param("sick_sicker_residence", marks=pytest.mark.slow)])
def test_a_cut_cycle_is_written_through_cells_of_its_own(name, tmp_path):
    """Rates by age, time in state: no formula repeats the shares of the cycle that a horizon cuts."""
    inputs = he.read_workbook(source(name))
    cut = replace(inputs, settings=inputs.settings.with_changes(horizons=CUT[name]))
    path = he.write_live_workbook(cut, tmp_path / f"{name}.xlsx")
    book = openpyxl.load_workbook(path, data_only=True)
    stored = {sheet.title: {c.coordinate: c.value for row in sheet for c in row} for sheet in book}
    check(path, he.run(cut.base_case()), stored)


@needs_libreoffice
@pytest.mark.slow
def test_time_in_state_is_a_workbook_of_formulas_too(written):
    path = written("sick_sicker_residence")
    (values,) = recalculated([path])
    assert formulas_that_differ(path, values) == []
    check(path, he.run(he.read_workbook(source("sick_sicker_residence")).base_case()), values)


def edits_hold(path, folder, count, seed):
    """Edit the file, run hecon on it and recalculate it: both give the same results."""
    files, results = [], []
    for place, cells in enumerate(random_edits(path, 2 * count, seed)):
        file = edited(path, folder / f"edit_{place}.xlsx", cells)
        result = accepted(file)
        if result is not None and len(files) < count:
            files.append(file)
            results.append(result)
    assert len(files) == count
    for file, result, values in zip(files, results, recalculated(files, sheets=[CHECK], timeout=1800), strict=True):
        check(file, result, values)


@needs_libreoffice
@pytest.mark.slow
def test_results_follow_edits_made_in_the_file(written, tmp_path):
    edits_hold(written("simple_partitioned"), tmp_path, 3, seed=3)


@needs_libreoffice
@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_results_follow_fifty_edits_of_the_shipped_workbooks(written, tmp_path, name):
    edits_hold(written(name), tmp_path, 50, seed=20)


@needs_libreoffice
@pytest.mark.slow
@pytest.mark.parametrize("name", ["hiv", "hip_replacement", "sick_sicker_age", "decision_tree"])
def test_results_follow_edits_of_markov_models(written, tmp_path, name):
    edits_hold(written(name), tmp_path, 8, seed=5)


@needs_libreoffice
@pytest.mark.slow
def test_the_scenario_that_is_chosen_is_what_the_results_show(written, tmp_path):
    path = written("isa_dara_pd_us")
    inputs = he.read_workbook(path)
    live = live_model(inputs)
    names = random.Random(1).sample(live.live.scenarios[1:], 4)
    assert "Horizon of 10 years" in live.live.structural_scenarios
    files = [edited(path, tmp_path / f"{n}.xlsx", {"Live summary!B4": name}) for n, name in enumerate(names)]
    for file, name, values in zip(files, names, recalculated(files, sheets=[CHECK]), strict=True):
        check(file, he.run(inputs.scenario(name)), values)
        assert values[CHECK]["E7"] == AGREES


@pytest.mark.slow
@needs_libreoffice
def test_the_check_says_that_an_input_was_changed(written, tmp_path):
    edits = [{"Utilities!C5": 0.5}, {"Utilities!C5": 62.0}, {"Utilities!C5": "0,62", "Settings!B10": 0.03}]
    files = [
        edited(written("simple_partitioned"), tmp_path / f"changed{place}.xlsx", cells)
        for place, cells in enumerate(edits)
    ]
    changed, pasted, text = recalculated(files, sheets=[CHECK, "Live summary"])
    assert changed[CHECK]["E7"] == changed["Live summary"]["B6"] == CHANGED
    assert changed[CHECK]["E5"] == 1
    assert changed[CHECK]["E8"] == 0
    wrong = "FAIL: Utility: progression-free is 62; it must lie between 0 and 1 (Utilities!C5)"
    assert pasted[CHECK]["E7"] == pasted["Live summary"]["B6"] == wrong
    assert text[CHECK]["E7"] == wrong.replace("is 62", "is no number")


@pytest.mark.parametrize("name", [pytest.param("isa_dara_pd_us", marks=pytest.mark.slow), "hiv"])
def test_what_an_input_may_be_stands_beside_it_in_the_words_of_the_reader(written, name):
    inputs, path = he.read_workbook(source(name)), written(name)
    page = openpyxl.load_workbook(path)["Live inputs"]
    words = {row[7].value: row[8].value for row in page.iter_rows(min_row=5, max_row=4 + len(inputs.parameters))}
    for record in inputs.parameters.to_dict("records"):
        cell = f"({record['sheet']}!{record['cell'].split('!')[1]})"
        own = [text for text in words.values() if text and text.endswith(f'{cell}")')]
        assert len(own) == 1
        assert f'"; it must {domain_of(record).words} (' in own[0]


@needs_libreoffice
def test_a_wrong_stored_value_is_found(written, tmp_path):
    """The control: a file whose stored results are wrong does not pass as it stands, and does when recalculated."""
    path = written("decision_tree")
    stored = openpyxl.load_workbook(path, data_only=True)[CHECK]
    cell = next(f"E{row[0].row}" for row in stored.iter_rows(min_col=4, max_col=4) if row[0].value == "discounted")
    wrong = stored[cell].value + 1
    typed = openpyxl.load_workbook(path)[CHECK][cell].value
    poisoned = tmp_path / "poisoned.xlsx"
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(poisoned, "w") as copy:
        for item in archive.infolist():
            content = archive.read(item.filename)
            if item.filename.startswith("xl/worksheets/sheet") and f"<f>{typed[1:]}</f>".encode() in content:
                pattern = rf'(<c r="{cell}"[^>]*><f>{re.escape(typed[1:])}</f><v>)[^<]*'
                content = re.sub(pattern, rf"\g<1>{wrong!r}", content.decode()).encode()
            copy.writestr(item, content)
    assert openpyxl.load_workbook(poisoned, data_only=True)[CHECK][cell].value == wrong
    (values,) = recalculated([poisoned])
    check(poisoned, he.run(he.read_workbook(source("decision_tree")).base_case()), values)


# --- every curve, every adjustment, every setting ---


def test_every_curve_has_a_formula_and_is_in_the_generated_model(tmp_path):
    inputs = he.read_workbook(every_curve.write(tmp_path / "every.xlsx"))
    case = inputs.base_case(every_curve.outcome)
    p = he.Parameters(case.used_values(), case.labels, case.settings)
    used = {type(one).__name__ for curve in every_curve.curves(p).values() for one in [curve]}
    assert set(every_curve.every_class()) <= used


@pytest.mark.slow
@needs_libreoffice
def test_every_curve_and_adjustment_recalculates(tmp_path):
    inputs = he.read_workbook(every_curve.write(tmp_path / "every.xlsx"))
    path = he.write_live_workbook(inputs, tmp_path / "live.xlsx", model=every_curve.outcome)
    assert faults_of(path, texts=every_curve.STRATEGIES) == []
    (values,) = recalculated([path])
    assert formulas_that_differ(path, values) == []
    check(path, he.run(inputs.base_case(every_curve.outcome)), values)


SETTINGS = [
    {"accrual": accrual, "discount_timing": timing}
    for accrual in ("life_table", "start", "end", "simpson")
    for timing in ("mid_cycle", "cycle_start", "cycle_end", "edges", "annual_step")
]
SETTINGS += [{"discount_form": "continuous"}, {"discount_form": "continuous", "discount_timing": "edges"}]
SETTINGS += [{"crossing": rule} for rule in ("raise_os", "max_hazard")]
SETTINGS += [{"discount_rate_cost": "0: 0.035, 1: 0.02", "discount_rate_effect": "0: 0.015, 0.5: 0.03"}]
SETTINGS += [{"discount_rate_cost": 0.07, "discount_rate_effect": 0}, {"cycle_length": 11, "cycle_unit": "day"}]


@needs_libreoffice
@pytest.mark.slow
def test_every_setting_recalculates(tmp_path):
    files, results = [], []
    for number, settings in enumerate(SETTINGS):
        inputs = he.read_workbook(every_curve.write(tmp_path / f"in_{number}.xlsx", **settings))
        model = every_curve.flows
        files.append(he.write_live_workbook(inputs, tmp_path / f"live_{number}.xlsx", model=model))
        results.append(he.run(inputs.base_case(model)))
    totals = [result.totals.cost.values.tobytes() for result in results]
    assert len(set(totals)) == len(totals)  # every setting changes a result
    for file, result, values in zip(files, results, recalculated(files), strict=True):
        assert formulas_that_differ(file, values) == []
        check(file, result, values)


@needs_libreoffice
@pytest.mark.slow
def test_rates_and_probabilities_of_every_kind_recalculate(tmp_path):
    files, results = [], []
    inputs = he.read_workbook(every_curve.write(tmp_path / "in.xlsx"))
    for number, model in enumerate(every_curve.MARKOV):
        files.append(he.write_live_workbook(inputs, tmp_path / f"live_{number}.xlsx", model=model))
        results.append(he.run(inputs.base_case(model)))
    for file, result, values in zip(files, results, recalculated(files), strict=True):
        assert formulas_that_differ(file, values) == []
        check(file, result, values)


# --- round trip, refusals, texts ---


@pytest.mark.parametrize(
    "name", ["simple_partitioned", *(pytest.param(name, marks=pytest.mark.slow) for name in (SHIPPED[0], *LATER))]
)
def test_hecon_reads_a_live_workbook_as_its_source(written, name):
    before, after = he.read_workbook(source(name)), he.read_workbook(written(name))
    own = before.settings.horizons
    assert set(own) <= set(after.settings.horizons)
    # a market is followed year by year, and each of its years is a horizon of the live workbook
    assert after.settings.horizons == own or "Market" in before.tables
    assert after.settings.with_changes(horizons=own) == before.settings
    assert after.scenarios == before.scenarios
    one, other = (he.run(inputs.base_case().with_settings(horizons=own)).totals for inputs in (before, after))
    for measure in one:
        assert one[measure].values.tobytes() == other[measure].values.tobytes()


def test_a_change_in_a_live_workbook_comes_back(written, tmp_path):
    file = edited(written("isa_dara_pd_us"), tmp_path / "edited.xlsx", {"Prices!D6": 4.2})
    case = he.read_workbook(file).base_case()
    assert float(case.values["drug_price"].sel(drug="daratumumab")) == 4.2


@pytest.mark.slow
def test_text_of_users_is_never_a_formula(tmp_path):
    inputs = he.read_workbook(every_curve.write(tmp_path / "every.xlsx"))
    path = he.write_live_workbook(inputs, tmp_path / "live.xlsx", model=every_curve.outcome)
    book = openpyxl.load_workbook(path)
    texts = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value in ("=B+1", "=a title")]
    assert len(texts) > 5
    assert {cell.data_type for cell in texts} == {"s"}


def test_what_has_no_formula_is_refused_by_name_before_anything_is_written(tmp_path):
    class Bathtub(he.Curve):
        title = "bathtub"

        def __init__(self, rate):
            object.__setattr__(self, "rate", rate)

        def _inner(self):
            yield self.rate

        def _cumulative_hazard(self, t, axes):
            return self.on(self.rate, axes) * t

    def outcome(p, time):
        return he.Outcome(None, [he.cost("Care", he.share_at_start(time, Bathtub(p.rate)), p.fee)])

    inputs = he.read_workbook(every_curve.write(tmp_path / "in.xlsx"))
    with pytest.raises(HeconError, match="the bathtub curve has no formula for a live workbook"):
        he.write_live_workbook(inputs, tmp_path / "live.xlsx", model=outcome)
    assert not (tmp_path / "live.xlsx").exists()
    assert gc.isenabled()


def test_a_choice_that_python_makes_is_refused_with_the_input_it_is_made_on(tmp_path):
    def outcome(p, time):
        state = he.partition(time, overall=he.Exponential(p.rate))
        price = 2 * p.price if p.fee > 10 else p.price
        return he.Outcome(state, [he.cost("Care", he.years_in(time, state, "alive"), price)])

    inputs = he.read_workbook(every_curve.write(tmp_path / "in.xlsx"))
    with pytest.raises(HeconError, match="cannot follow a choice that Python makes on 'Fee'"):
        he.write_live_workbook(inputs, tmp_path / "live.xlsx", model=outcome)


def test_structural_cells_are_locked_and_inputs_are_not(written):
    book = openpyxl.load_workbook(written("isa_dara_pd_us"))
    assert book["Settings"].protection.sheet
    settings = {row[0].value: row[1] for row in book["Settings"].iter_rows(min_row=5)}
    for name, locked in {"cycle_length": True, "horizons": True, "accrual": True, "discount_rate_cost": False}.items():
        assert settings[name].protection.locked is locked, name
    assert all(not row[3].protection.locked for row in book["Prices"].iter_rows(min_row=5, max_row=8))
    assert book["Labels"]["B5"].protection.locked


def test_names_can_never_be_cells(written):
    names = openpyxl.load_workbook(written("isa_dara_pd_us")).defined_names
    assert {"drug_price_daratumumab", "scenario", "scenario_number", "live_verdict"} <= set(names)
    assert all(name == name.lower() and ("_" in name or not name[-1].isdigit()) for name in names)


@pytest.mark.slow
def test_the_command_writes_a_live_workbook_and_refuses_its_own_source(tmp_path):
    def command(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "hecon", "live", *map(str, arguments)], capture_output=True, text=True, cwd=tmp_path
        )

    done = command(source("decision_tree"), "--out", "tree.xlsx")
    assert done.returncode == 0, done.stderr
    assert "Written: tree.xlsx" in done.stdout
    assert (tmp_path / "tree.xlsx").exists()
    assert command(tmp_path / "tree.xlsx", "--out", "tree.xlsx").returncode == 1
    assert "ends in .xlsx" in command(source("decision_tree"), "--out", "tree.csv").stderr


def test_reference_numbers_are_the_engine_s(written):
    book = openpyxl.load_workbook(written("simple_partitioned"), data_only=True)
    cells = {
        sheet: {c.coordinate: c.value for row in book[sheet].iter_rows() for c in row if c.value is not None}
        for sheet in (CHECK,)
    }
    got = results_of(cells)
    expected = engine_results(he.run(he.read_workbook(source("simple_partitioned")).base_case()), got)
    np.testing.assert_allclose([got[key] for key in got], [expected[key] for key in got], rtol=1e-12, atol=1e-12)


def test_no_number_format_hides_a_sign(written):
    """A format whose last section has a condition before it shows a saving as if it were a cost."""
    book = openpyxl.load_workbook(written("isa_dara_pd_us"))
    formats = {cell.number_format for sheet in book for row in sheet.iter_rows() for cell in row}
    assert not [form for form in formats if "[>" in form or "[<" in form]

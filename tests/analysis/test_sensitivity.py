"""SALib's methods through our bridge: known answers, and each of SALib's traps shut."""

import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from linear import VARIANCES, build, inputs, outcome, rows

import hecon as he
from hecon.analysis.sensitivity.salib import methods as listed
from hecon.analysis.sensitivity.salib.bridge import LEVELS
from hecon.analysis.sensitivity.salib.known import ALONE, ISHIGAMI, TOTAL, KnownAnswer
from hecon.analysis.sensitivity.salib.method import Method, latin
from hecon.analysis.sensitivity.salib.methods import METHODS
from hecon.analysis.sensitivity.sampled import SHORT_OF_ENDS, design
from hecon.analysis.sensitivity.sobol import global_sensitivity, sobol

NAMES, BOUNDS, ishigami = list(ISHIGAMI.names), ISHIGAMI.bounds, ISHIGAMI.function
SLOW = pytest.mark.slow
#: Every method, those that take their time for the slow tests; and what each needs at least.
EVERY = [pytest.param(name, marks=SLOW if own.slow else ()) for name, own in METHODS.items()]


def sensitivity_of(function, names, n=None, method="sobol", **options):
    return he.global_sensitivity(function, names, method, n, **options)


def least(method):
    return max(METHODS[method].least, 64)


def values(found, index):
    return found.table[found.table["index"] == index].value.tolist()


KNOWN = [
    pytest.param(name, answer, marks=SLOW if own.slow else (), id=f"{name}-{answer.index}")
    for name, own in METHODS.items()
    for answer in own.known
]


@pytest.mark.parametrize(("method", "answer"), KNOWN)
def test_known_answers(method, answer):
    own = answer.example
    found = sensitivity_of(own.function, own.names, answer.n, method, bounds=own.bounds, seed=1)
    np.testing.assert_allclose(values(found, answer.index), answer.values, atol=answer.absolute, rtol=answer.relative)


@pytest.mark.parametrize("method", METHODS)
def test_a_method_is_one_file_with_its_paper_and_a_known_answer_of_the_index_that_ranks(method):
    own = METHODS[method]
    assert re.search(r"\b(19|20)\d\d\b", own.reference), "the paper, with its year"
    assert own.rank in own.indices
    assert own.rank in {answer.index for answer in own.known}
    assert {answer.index for answer in own.known} <= set(own.indices)
    for answer in own.known:
        assert len(answer.values) == len(answer.example.names)
        assert max(answer.values) > 2 * answer.absolute, "a tolerance that nought would pass"


def test_every_file_of_the_room_is_found():
    folder = Path(listed.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} - {"__init__", "bridge", "known", "method", "methods"} == set(
        METHODS
    )


def test_a_new_method_is_one_file(monkeypatch):
    """The worked example of CONTRIBUTING: a method whose index is the squared correlation of ranks."""

    def analyse(made, outcome, places, generator):
        ranks = outcome.argsort().argsort()
        return {"R2": [np.corrcoef(places[:, i], ranks)[0, 1] ** 2 for i in range(places.shape[1])]}

    own = Method(
        n=512, indices={"squared_rank_correlation": ("R2", "")}, rank="squared_rank_correlation", sample=latin,
        analyse=analyse, reference="Saltelli and Marivoet 1990", least=64, given_data=True,
        known=[KnownAnswer("squared_rank_correlation", (1.0, 0.0, 0.0), ALONE, n=4096)],
    )  # fmt: skip
    monkeypatch.setitem(METHODS, "rank_correlation", own)
    (answer,) = own.known
    found = sensitivity_of(ALONE.function, ALONE.names, answer.n, "rank_correlation")
    assert values(found, answer.index) == pytest.approx(answer.values, abs=answer.absolute)
    assert global_sensitivity(inputs(), "rank_correlation", horizon=2.0, model=outcome).at().input[0] == "gain · A"


def test_ishigami_second_order():
    found = sensitivity_of(ishigami, NAMES, 4096, bounds=BOUNDS, second_order=True)
    assert values(found, "second") == pytest.approx([0, 0.2437, 0], abs=0.05)
    assert found.runs == 4096 * 8
    assert found.table[found.table["index"] == "second"].input_2.tolist() == ["b", "c", "c"]


def test_pawn_and_dgsm_rank_the_ishigami_function():
    assert sensitivity_of(ishigami, NAMES, 4096, "pawn", bounds=BOUNDS).ranked().input.tolist() == ["b", "a", "c"]
    dgsm = sensitivity_of(ishigami, NAMES, 1024, "dgsm", bounds=BOUNDS).ranked()
    assert dgsm.input.tolist() == ["b", "c", "a"]
    assert (dgsm.half_width < dgsm.value).all()


def test_groups_share_one_index():
    groups = {"a and c": ["a", "c"]}
    for method, n, index in (("sobol", 1024, "first"), ("sobol", 1024, "total"), ("shapley", 4096, "shapley")):
        found = sensitivity_of(ishigami, NAMES, n, method, bounds=BOUNDS, groups=groups)
        assert found.names == ("a and c", "b")
        assert values(found, index) == pytest.approx([0.5576, 0.4424], abs=0.06)


# --- a linear model of normal inputs, in closed form ---


def test_sobol_on_a_linear_model_is_its_share_of_variance():
    found = sobol(inputs(), 1024, horizon=2.0, model=outcome)
    whole = sum(VARIANCES.values())
    for index in ("first", "total"):
        own = found.at(2.0, index).set_index("input").value
        for name, variance in VARIANCES.items():
            assert own[name] == pytest.approx(variance / whole, abs=0.02)
    assert found.runs == 1024 * 6
    assert found.at().label.tolist()[0] == "Gain: A"
    assert not found.notes


@pytest.mark.parametrize("method", EVERY)
def test_every_method_ranks_a_linear_model(method):
    found = global_sensitivity(inputs(), method, horizon=2.0, model=outcome)
    assert found.at().input.tolist()[:2] == ["gain · A", "price · A"]
    if METHODS[method].rank in ("first", "total", "shapley"):
        assert found.at().value[0] == pytest.approx(64 / 113, abs=0.1)


def test_several_outcomes_and_all_horizons_from_one_sample():
    found = sobol(inputs(), 256, outcome=["cost", "qaly"], strategy="A", model=outcome)
    assert len(found.table) == 2 * 2 * 4 * 2
    assert found.at(1.0, "first", "Cost of A").set_index("input").value["price · A"] == pytest.approx(1, abs=0.05)
    assert found.at(1.0, "total", "QALYs of A").set_index("input").value["price · A"] == pytest.approx(0, abs=1e-9)


def joint():
    frame = pd.concat(
        [
            inputs().parameters,
            rows(
                {"parameter": "one", "value": 0.5, "distribution": "dirichlet", "group": "g", "natural_1": 5.0},
                {"parameter": "two", "value": 0.5, "distribution": "dirichlet", "group": "g", "natural_1": 5.0},
            ),
        ],
        ignore_index=True,
    )
    table = pd.DataFrame({"input_1": ["price: A"], "input_2": ["price: B"], "correlation": [0.8]})
    return build(frame, {"Correlations": table})


def test_what_is_drawn_together_enters_as_one_group():
    found = sobol(joint(), 1024, horizon=2.0, model=outcome).at()
    shares = found.set_index("input").value
    assert set(shares.index) == {"correlated: price · A, price · B", "gain · A", "gain · B", "g"}
    normal = 2 * np.sin(np.pi * 0.8 / 6)
    price = 36 + 4 - 2 * normal * 6 * 2
    assert shares["correlated: price · A, price · B"] == pytest.approx(price / (price + 73), abs=0.03)
    assert shares["g"] == pytest.approx(0, abs=1e-9)


def test_given_data_methods_see_every_input_of_what_is_drawn_together():
    found = global_sensitivity(joint(), "rbd_fast", horizon=2.0, model=outcome)
    assert "price · A" in found.names
    assert "one" in found.names


def test_groups_of_inputs():
    found = sobol(inputs(), 512, groups="parameter", horizon=2.0, model=outcome).at().set_index("input").value
    assert found["gain"] == pytest.approx(73 / 113, abs=0.03)
    only = sobol(inputs(), 512, only=["price"], horizon=2.0, model=outcome).at().set_index("input").value
    assert only["price · A"] == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: sobol(joint(), groups={"g2": ["price: A"]}, model=outcome), "leaves out price · B"),
        (lambda: sobol(inputs(), groups={"g2": ["fee"]}, model=outcome), "not uncertain"),
        (lambda: global_sensitivity(joint(), "fast", model=outcome), "moves one input at a time"),
        (
            lambda: global_sensitivity(inputs(), "pawn", groups="parameter", model=outcome),
            "groups work with morris, shapley, sobol",
        ),
        (lambda: global_sensitivity(inputs(), "sobel", model=outcome), "Did you mean 'sobol'"),
        (lambda: sobol(inputs(), 0, model=outcome), "n is 0"),
        (lambda: sobol(inputs(), seed=-1, model=outcome), "seed is -1"),
        (lambda: sobol(inputs(), only=["price: A"], model=outcome), "at least two inputs"),
        (
            lambda: sobol(build(inputs().parameters.assign(distribution="fixed")), model=outcome),
            "nothing in linear.xlsx",
        ),
        (lambda: sensitivity_of(ishigami, NAMES, groups={"g": []}), "names no input"),
        (lambda: sensitivity_of(ishigami, NAMES, groups={"g": ["d"]}), "not an uncertain input"),
        (lambda: sensitivity_of(ishigami, NAMES, groups={"g": ["a"], "h": ["a"]}), "and in group 'h'"),
        (lambda: sensitivity_of(ishigami, ["a", "a"]), "must be different"),
        (lambda: sensitivity_of(ishigami, NAMES, bounds=[(0, 1)]), "one pair"),
        (lambda: sensitivity_of(ishigami, NAMES, 32, "fast"), "at least 65"),
        (lambda: sensitivity_of(ishigami, [*"abcdefghijklm"], method="hdmr"), "at most 12"),
        (lambda: sensitivity_of(ishigami, NAMES, method="morris", second_order=True), "come with method 'sobol'"),
        (lambda: sensitivity_of(lambda x: np.ones(3), NAMES), "need one answer each"),
    ],
)
def test_wrong_questions(ask, words):
    with pytest.raises(he.HeconError, match=words):
        ask()


# --- SALib's traps ---


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("method", METHODS)
def test_an_answer_that_is_no_number_stops_and_names_its_draw(method, bad):
    def broken(x):
        answers = ishigami(x)
        answers[17] = bad
        return answers

    n = least(method)
    with pytest.raises(he.HeconError, match=r"draw 17 of [\d,]+ gives (nan|inf|-inf) .* a = "):
        sensitivity_of(broken, NAMES, n, method)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("constant", [0.0, -3.2, 1e9])
def test_a_constant_answer_gives_zeros_and_says_so(method, constant):
    found = sensitivity_of(lambda x: np.full(len(x), constant), NAMES, method=method)
    assert (found.table.value == 0).all()
    assert any("does not vary" in note for note in found.notes)


@pytest.mark.parametrize("method", EVERY)
def test_a_seed_of_nought_is_a_seed(method):
    tables = [sensitivity_of(ishigami, NAMES, least(method), method, seed=seed).table for seed in (0, 0, 1)]
    pd.testing.assert_frame_equal(tables[0], tables[1], check_exact=True)
    assert not tables[0].equals(tables[2])


@pytest.mark.parametrize("method", EVERY)
def test_nothing_global_is_left_changed(method):
    np.random.seed(5)  # noqa: NPY002
    before, layout, filters = np.random.get_state()[1].copy(), warnings.formatwarning, list(warnings.filters)  # noqa: NPY002
    n = least(method)
    first = sensitivity_of(ishigami, NAMES, n, method).table
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002
    assert warnings.formatwarning is layout
    assert warnings.filters == filters
    np.random.seed(6)  # noqa: NPY002
    pd.testing.assert_frame_equal(first, sensitivity_of(ishigami, NAMES, n, method).table, check_exact=True)


def test_second_order_cannot_disagree_with_its_sample():
    """Two inputs of shares 0.9 and 0.1: read with the wrong flag SALib would give nonsense without a word."""

    def weighted(x):
        return np.sqrt(0.9) * x[:, 0] + np.sqrt(0.1) * x[:, 1]

    for second_order in (False, True):
        found = sensitivity_of(weighted, ["a", "b"], 512, second_order=second_order)
        assert values(found, "first") == pytest.approx([0.9, 0.1], abs=0.02)


@pytest.mark.parametrize("method", [name for name, own in METHODS.items() if own.given_data])
def test_given_data_samples_never_repeat_a_column(method):
    made = design(method, ["together", "alone"], [0, 0, 1], 600)
    assert abs(np.corrcoef(made.uniforms.T)[0, 1]) < 0.2


@pytest.mark.parametrize("method", METHODS)
def test_no_uniform_is_0_or_1(method):
    made = design(method, NAMES, [0, 1, 2])
    low, high = LEVELS if method in ("morris", "dgsm") else (SHORT_OF_ENDS, 1 - SHORT_OF_ENDS)
    assert made.uniforms.min() >= low
    assert made.uniforms.max() <= high + 1e-15
    if method == "morris":
        assert len(np.unique(made.uniforms.round(12))) == 4


@pytest.mark.parametrize("n", [3, 100, 1000, 1025])
def test_a_sobol_sample_is_a_power_of_two(n):
    with pytest.raises(he.HeconError, match=r"needs a power of 2, such as [\d,]+ or [\d,]+"):
        sensitivity_of(ishigami, NAMES, n)


def test_a_callers_names_and_bounds_are_left_alone():
    names, bounds = ["x_raw", "y_conf", "z_step"], [[0, 1], [2, 3], [-1, 1]]
    for method in ("sobol", "pawn", "morris"):
        found = sensitivity_of(lambda x: x.sum(axis=1), names, 128, method, bounds=bounds)
        assert set(found.table.input) == set(names)
    assert names == ["x_raw", "y_conf", "z_step"]
    assert bounds == [[0, 1], [2, 3], [-1, 1]]


def test_intervals_too_wide_to_rank_are_said():
    found = sensitivity_of(lambda x: x @ [1, 1.01, 0], NAMES, 64)
    assert "too wide to rank" in found.notes[0]
    assert "try n = 256" in found.notes[0]
    assert "c" not in found.notes[0].split("rank")[1].split(";")[0]
    sharp = sensitivity_of(lambda x: x @ [1, 3, 9], NAMES, 1024)
    assert not sharp.notes


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    inside = []
    for seed in range(20):
        table = sensitivity_of(ishigami, NAMES, 512, bounds=BOUNDS, seed=seed).table
        own = table[table["index"] == "total"]
        inside += ((own.low <= np.array(TOTAL)) & (own.high >= np.array(TOTAL))).tolist()
    assert np.mean(inside) > 0.8


def test_salib_is_reached_from_one_module():
    users = [
        path.relative_to(Path(he.__file__).parent).as_posix()
        for path in Path(he.__file__).parent.rglob("*.py")
        if re.search(r"SALib[.\s]*\w*import|\"?SALib\.", path.read_text("utf-8"))
    ]
    assert users == ["analysis/sensitivity/salib/bridge.py"]


def test_one_index_is_chosen_by_name_of_a_workbook_and_of_a_function():
    whole = sobol(inputs(), 64, outcome=["cost", "qaly"], strategy="A", model=outcome)
    pd.testing.assert_frame_equal(whole.ranked(), whole.at())
    pd.testing.assert_frame_equal(whole.ranked("QALYs of A", "first"), whole.at(2.0, "first", "QALYs of A"))
    assert (whole.ranked().value.diff().dropna() <= 0).all()
    alone = sensitivity_of(ishigami, NAMES, 64)
    for ask, words in (
        (lambda: whole.at(index="frist"), "there is no index 'frist' in the indices"),
        (lambda: whole.at(7.0), r"there is no horizon years '7\.0' in the indices \(1\.0, 2\.0\)"),
        (lambda: whole.ranked("Costs"), r"there is no outcome 'Costs' in the indices \(Cost of A, QALYs of A\)"),
        (lambda: alone.ranked(index="frist"), "there is no index 'frist'"),
        (lambda: alone.ranked("output 7"), "there is no output 'output 7'"),
    ):
        with pytest.raises(he.UnknownNameError, match=words):
            ask()

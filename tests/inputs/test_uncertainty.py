"""Streams, joint draws and their sheets."""

import math

import numpy as np
import openpyxl
import pandas as pd
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from linear import build, outcome, rows

import hecon as he
from hecon.inputs.batch import uncertainty_of
from hecon.inputs.case import all_draws, with_rows
from hecon.inputs.distributions import distribution
from hecon.inputs.input_names import find_input, input_in_words, input_names
from hecon.inputs.joint import matrix_root, nearest_correlation, normal_correlation
from hecon.inputs.streams import PAGE, draws, page_of
from hecon.inputs.template import write_inputs


@given(st.integers(0, 3 * PAGE), st.integers(1, 2 * PAGE))
def test_any_block_of_draws_has_the_bits_of_the_whole(start, count):
    spread = distribution("gamma", 3, se=1)
    whole = draws(spread, 5 * PAGE, 7, "cost", ("A",))
    assert np.array_equal(draws(spread, count, 7, "cost", ("A",), start), whole[start : start + count])


def test_a_page_is_drawn_once_for_each_distribution_and_stream():
    spread, other = distribution("gamma", 3, se=1), distribution("gamma", 3, se=2)
    page = page_of(spread, 7, "cost", ("A",), 1)
    assert page_of(distribution("gamma", 3, se=1), 7, "cost", ("A",), 1) is page
    np.testing.assert_array_equal(page, draws(spread, PAGE, 7, "cost", ("A",), PAGE))
    for asked in ((other, 7, "cost", ("A",), 1), (spread, 8, "cost", ("A",), 1), (spread, 7, "cost", ("B",), 1)):
        assert not np.array_equal(page_of(*asked), page)
    with pytest.raises(ValueError, match="read-only"):
        page[0] = 1.0


def full():
    """Inputs with every kind of source."""
    frame = rows(
        {"parameter": "price", "strategy": "A", "value": 50.0, "se": 6.0, "distribution": "gamma"},
        {"parameter": "price", "strategy": "B", "value": 20.0, "se": 2.0, "distribution": "lognormal"},
        {"parameter": "fee", "value": 5.0, "se": 0.5, "distribution": "normal"},
        {"parameter": "gain", "strategy": "A", "value": 0.3, "distribution": "empirical"},
        {"parameter": "gain", "strategy": "B", "value": 0.2, "distribution": "empirical"},
        {"parameter": "share_1", "value": 0.5, "distribution": "dirichlet", "group": "next line", "natural_1": 50.0},
        {"parameter": "share_2", "value": 0.3, "distribution": "dirichlet", "group": "next line", "natural_1": 30.0},
        {"parameter": "share_3", "value": 0.2, "distribution": "dirichlet", "group": "next line", "natural_1": 20.0},
        {"parameter": "shape", "strategy": "A", "value": 1.4, "distribution": "multivariate_normal"},
        {"parameter": "scale", "strategy": "A", "value": 20.0, "distribution": "multivariate_normal"},
    )
    frame["endpoint"] = ["overall_survival" if name in ("shape", "scale") else "" for name in frame.parameter]
    frame["family"] = ["weibull" if name in ("shape", "scale") else "" for name in frame.parameter]
    generator = np.random.default_rng(0)
    posterior = generator.multivariate_normal([0.3, 0.2], [[0.01, 0.008], [0.008, 0.01]], 500)
    tables = {
        "Covariance": pd.DataFrame(
            [("A", "overall_survival", "weibull", *cell) for cell in
             [("shape", "shape", 0.01), ("scale", "scale", 0.04), ("shape", "scale", -0.012)]],
            columns=["strategy", "endpoint", "family", "parameter_1", "parameter_2", "covariance"],
        ),
        "Correlations": pd.DataFrame(
            {"input_1": ["price: A"], "input_2": ["price · B"], "correlation": [0.7], "row": [5]}
        ),
        "Draws": pd.DataFrame(
            [{"draw": i, "parameter": "gain", "strategy": s, "value": v, "row": 5}
             for i, pair in enumerate(posterior) for s, v in zip("AB", pair, strict=True)]
        ),
    }  # fmt: skip
    labels = {"strategy": ("A", "B"), "endpoint": ("overall_survival",), "family": ("weibull",)}
    return build(frame, tables, labels)


def sheet(inputs, **changes):
    """The same inputs with other cells: column=(row, value)."""
    frame = inputs.parameters.copy()
    for column, (row, value) in changes.items():
        frame.loc[row, column] = value
    return build(frame, inputs.tables, inputs.labels)


def test_joint_draws_have_their_means_and_correlations():
    uncertainty = uncertainty_of(full())
    drawn = pd.DataFrame(uncertainty.draw(20_000, 3), columns=uncertainty.uncertain)
    assert scipy.stats.spearmanr(drawn["price · A"], drawn["price · B"]).statistic == pytest.approx(0.7, abs=0.015)
    assert drawn["price · A"].std() == pytest.approx(6, rel=0.03)
    shares = drawn[["share_1", "share_2", "share_3"]]
    assert shares.sum(axis=1).to_numpy() == pytest.approx(np.ones(20_000))
    assert shares.mean().tolist() == pytest.approx([0.5, 0.3, 0.2], abs=0.002)
    assert shares.share_1.std() == pytest.approx(math.sqrt(0.25 / 101), rel=0.03)
    logs = np.log(drawn[["shape · A · overall_survival · weibull", "scale · A · overall_survival · weibull"]])
    assert np.cov(logs.T) == pytest.approx(np.array([[0.01, -0.012], [-0.012, 0.04]]), abs=0.001)
    assert np.exp(logs.mean()).tolist() == pytest.approx([1.4, 20], rel=0.01)
    assert np.corrcoef(drawn["gain · A"], drawn["gain · B"])[0, 1] == pytest.approx(0.8, abs=0.05)


def test_the_unit_cube_gives_the_same_distributions_as_the_streams():
    uncertainty = uncertainty_of(full())
    uniforms = np.random.default_rng(5).random((20_000, uncertainty.uniforms))
    mapped, drawn = uncertainty.from_uniforms(uniforms), uncertainty.draw(20_000, 5)
    for j, name in enumerate(uncertainty.uncertain):
        assert scipy.stats.ks_2samp(mapped[:, j], drawn[:, j]).pvalue > 1e-4, name
    np.testing.assert_allclose(np.corrcoef(mapped.T), np.corrcoef(drawn.T), atol=0.05)


@pytest.mark.parametrize(("start", "count"), [(0, 1), (17, 700), (PAGE - 1, 2), (PAGE, 900), (PAGE - 300, 1000)])
def test_a_block_of_any_source_has_the_bits_of_the_whole(start, count):
    uncertainty = uncertainty_of(full())
    whole = uncertainty.draw(PAGE + 1000, 9)
    assert np.array_equal(uncertainty.draw(count, 9, start), whole[start : start + count])


def test_adding_an_input_or_moving_a_row_changes_no_other_draw():
    inputs = full()
    names = list(uncertainty_of(inputs).uncertain)
    before = pd.DataFrame(uncertainty_of(inputs).draw(300, 1), columns=names)
    more = pd.concat([rows({"parameter": "new", "value": 1.0, "se": 0.1, "distribution": "normal"}), inputs.parameters])
    more = more.fillna({"endpoint": "", "family": ""}).iloc[::-1].reset_index(drop=True)
    other = uncertainty_of(build(more, inputs.tables, inputs.labels))
    after = pd.DataFrame(other.draw(300, 1), columns=other.uncertain)
    for name in names:
        assert np.array_equal(before[name], after[name]), name
    assert (after["new"] != 1).any()


def test_a_batch_puts_every_draw_in_its_place_and_leaves_the_rest():
    inputs = full()
    case = inputs.draws(50, 2, outcome)
    uncertainty = uncertainty_of(inputs)
    drawn = dict(zip(uncertainty.uncertain, uncertainty.draw(50, 2).T, strict=True))
    assert case.draws == 50
    assert np.array_equal(case.values["price"].sel(strategy="B"), drawn["price · B"])
    assert np.array_equal(inputs.draws(50, 2, outcome).values["fee"], drawn["fee"])
    assert np.array_equal(all_draws(inputs, 2, outcome).case(30, 50).values["fee"], drawn["fee"][30:])
    shape = case.values["shape"].sel(strategy="A", endpoint="overall_survival", family="weibull")
    assert np.array_equal(shape, drawn["shape · A · overall_survival · weibull"])
    assert case.values["shape"].sel(strategy="B").isnull().all()


def test_a_batch_in_which_nothing_is_uncertain_still_has_draws():
    frame = rows({"parameter": "fee", "value": 5.0})
    case = build(frame).draws(3, 0, outcome)
    assert case.draws == 3
    with pytest.raises(he.HeconError, match="no rows to vary"):
        with_rows(he.Case(outcome, {"fee": 1.0}, labels={"strategy": ["A"]}), [0], np.ones((2, 1)))


@pytest.mark.parametrize(
    ("count", "seed", "words"), [(0, 1, "draws is 0"), (2.5, 1, "draws is 2.5"), (5, -1, "seed is -1")]
)
def test_impossible_numbers_of_draws_and_seeds(count, seed, words):
    with pytest.raises(he.HeconError, match=words):
        full().draws(count, seed, outcome)


# --- names ---


def test_inputs_are_found_by_name_in_any_notation():
    names = input_names(full().parameters)
    assert names[0] == "price · A"
    assert [find_input(name, names) for name in ("price: A", "price, A", "fee", "shape")] == [0, 0, 2, 8]
    assert input_in_words("shape · A · overall_survival") == "Shape: A, overall survival"
    with pytest.raises(he.UnknownNameError, match="has 2 values; name one of them: price · A; price · B"):
        find_input("price", names)
    with pytest.raises(he.UnknownNameError, match="Did you mean 'price · A'"):
        find_input("prise · A", names)


# --- faults ---

FAULTS = [
    ({"group": (7, "")}, "group is blank"),
    ({"group": (7, "another")}, "dirichlet of one row"),
    ({"value": (7, 0.4)}, "sum to 1.2; they must sum to 1"),
    ({"value": (7, 0.0)}, "lies between 0 and 1"),
    ({"natural_1": (7, math.nan)}, "needs a count above 0"),
    ({"natural_1": (7, -3.0)}, "natural_1 is -3; every row of dirichlet group"),
    ({"distribution": (9, "fixed")}, "sheet Covariance names it"),
    ({"distribution": (2, "multivariate_normal")}, "sheet Covariance has no rows"),
    ({"distribution": (2, "empirical")}, "sheet Draws has no draws of it"),
    ({"distribution": (0, "fixed")}, "has no distribution of its own to correlate"),
    ({"value": (8, -1.4)}, "estimated as logarithms"),
    ({"se": (2, -1.0)}, "fee: se is -1"),
    ({"group": (2, "all fees")}, "group is 'all fees', but its distribution is normal; only rows that are dirichlet"),
]


@pytest.mark.parametrize(("changes", "words"), FAULTS)
def test_faults_of_joint_sources(changes, words):
    with pytest.raises(he.InputError, match=words) as caught:
        uncertainty_of(sheet(full(), **changes))
    assert caught.value.source == "linear.xlsx"
    assert all(fault.where for fault in caught.value.faults)


@pytest.mark.parametrize(
    ("first", "second", "correlation", "words"),
    [
        ("price: A", "prise: B", 0.5, "Did you mean 'price · B'"),
        ("price: A", "fee", 1.2, "must lie between -1 and 1"),
        ("fee", "fee", 0.5, "correlated with itself"),
        ("price: B", "price: A", 0.2, "two correlations, 0.7 and 0.2"),
        ("fee", "gain: A", 0.2, "drawn with its group"),
    ],
)
def test_faults_of_correlations(first, second, correlation, words):
    inputs = full()
    more = pd.DataFrame({"input_1": [first], "input_2": [second], "correlation": [correlation], "row": [6]})
    tables = {**inputs.tables, "Correlations": pd.concat([inputs.tables["Correlations"], more])}
    with pytest.raises(he.InputError, match=words) as caught:
        uncertainty_of(build(inputs.parameters, tables, inputs.labels))
    assert caught.value.faults[0].where == "Correlations row 6"


def test_a_dirichlet_by_standard_errors():
    frame = full().parameters.iloc[5:8].assign(natural_1=np.nan)
    frame["se"] = [math.sqrt(v * (1 - v) / 101) for v in frame["value"]]
    source = uncertainty_of(build(frame.reset_index(drop=True))).sources[0]
    assert source.alpha == pytest.approx([50, 30, 20])
    assert source.marginal(0, np.array(0.5)) == pytest.approx(scipy.stats.beta(50, 50).median())
    for wrong, words in (
        ([np.nan] * 3, "needs the se of at least one row, or counts"),
        ([0.5, np.nan, np.nan], "se is 0.5; a share of 0.5 has an se below 0.5"),
    ):
        with pytest.raises(he.InputError, match=words):
            uncertainty_of(build(frame.assign(se=wrong).reset_index(drop=True)))
    frame["se"] = [0.05, 0.2, 0.05]
    with pytest.raises(he.InputError, match="give one, or counts"):
        uncertainty_of(build(frame.reset_index(drop=True)))


def test_correlations_that_cannot_be_are_moved_with_a_note():
    frame = rows(*({"parameter": name, "value": 1.0, "se": 0.1, "distribution": "normal"} for name in "abc"))
    table = pd.DataFrame({"input_1": ["a", "a", "b"], "input_2": ["b", "c", "c"], "correlation": [0.9, -0.9, 0.9]})
    uncertainty = uncertainty_of(build(frame, {"Correlations": table}))
    assert "the nearest possible ones are used" in uncertainty.notes[0]
    drawn = uncertainty.draw(8000, 0)
    assert scipy.stats.spearmanr(drawn).statistic[0, 1] == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"parameter": "drug_price", "value": 5.0, "se": 3.0, "distribution": "normal"},
         "drug_price must be at least 0, and 0.048 of its normal distribution does not"),
        ({"parameter": "utility", "value": 0.9, "se": 0.1, "distribution": "normal"},
         "utility must lie between -1 and 1, and 0.16 of its normal distribution does not"),
        ({"parameter": "cure_share", "value": 0.9, "low": 0.7, "high": 1.1, "distribution": "uniform"},
         "cure_share must lie between 0 and 1, and 0.25 of its uniform distribution does not"),
        ({"parameter": "drug_price", "value": 5.0, "se": 3.0, "distribution": "gamma"}, ""),
        ({"parameter": "drug_price", "value": 5.0, "se": 3.0, "distribution": "normal", "truncate_low": 0.0}, ""),
        ({"parameter": "anything", "value": 5.0, "se": 30.0, "distribution": "normal"}, ""),
    ],
)  # fmt: skip
def test_a_distribution_beyond_what_an_input_may_be_gets_a_note(record, words):
    notes = uncertainty_of(build(rows(record))).notes
    assert len(notes) == bool(words)
    assert words in "".join(notes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda draws: draws[:-1],
            "has 499 draws on sheet Draws and .* 500; inputs drawn together need the same draws",
        ),
        (lambda draws: draws[draws.strategy != "B"], "sheet Draws has no draws of it; an empirical input needs them"),
    ],
)
def test_inputs_that_are_drawn_together_have_the_same_draws(change, words):
    inputs = full()
    tables = {**inputs.tables, "Draws": change(inputs.tables["Draws"])}
    with pytest.raises(he.InputError, match=words):
        uncertainty_of(build(inputs.parameters, tables, inputs.labels))


def test_a_quantile_of_drawn_values_is_one_of_them():
    source = next(one for one in uncertainty_of(full()).sources if hasattr(one, "table"))
    drawn = set(source.table[:, 0])
    assert set(source.marginal(0, np.linspace(0.01, 0.99, 50))) <= drawn


def test_draws_that_nobody_uses_get_a_note():
    inputs = full()
    frame = inputs.parameters.copy()
    frame.loc[4, ["distribution", "se"]] = ["normal", 0.1]
    assert (
        "Draws of gain · B are not used: no such row is empirical"
        in uncertainty_of(build(frame, inputs.tables, inputs.labels)).notes
    )


def test_perfect_correlation_moves_inputs_as_one():
    frame = rows(*({"parameter": name, "value": 1.0, "se": 0.1, "distribution": "gamma"} for name in "ab"))
    table = pd.DataFrame({"input_1": ["a"], "input_2": ["b"], "correlation": [1.0]})
    drawn = uncertainty_of(build(frame, {"Correlations": table})).draw(50, 0)
    assert drawn[:, 0] == pytest.approx(drawn[:, 1])


def test_a_covariance_that_is_none_of_its_variances():
    inputs = full()
    table = inputs.tables["Covariance"].copy()
    table.loc[2, "covariance"] = 0.5
    with pytest.raises(he.InputError, match="implies a correlation of 25"):
        uncertainty_of(build(inputs.parameters, {**inputs.tables, "Covariance": table}, inputs.labels))


@given(st.integers(2, 6), st.integers(0, 1000))
def test_the_nearest_correlation_matrix_is_one_and_has_a_root(size, seed):
    generator = np.random.default_rng(seed)
    matrix = np.tanh(generator.normal(size=(size, size)) * 2)
    matrix = (matrix + matrix.T) / 2
    np.fill_diagonal(matrix, 1)
    nearest = nearest_correlation(matrix)
    assert np.diag(nearest) == pytest.approx(np.ones(size))
    assert np.linalg.eigvalsh(nearest).min() > -1e-6
    random = generator.normal(size=(size, size))
    own = random @ random.T
    root = matrix_root(own)
    np.testing.assert_allclose(root @ root.T, own, atol=1e-9)
    assert nearest_correlation(np.eye(size)) == pytest.approx(np.eye(size))


def test_rank_correlation_becomes_that_of_normals():
    assert normal_correlation(np.array([0, 1, 0.5])) == pytest.approx([0, 1, 0.5176380902])


# --- on the sheets of a workbook ---


def written(path, **changes):
    """A workbook with every kind of source, written and read again."""
    inputs = full()
    frame = inputs.parameters.replace({"": None}).assign(status="assumed", note="a test")
    frame = frame.drop(columns=["sheet", "cell", "group"]).assign(group=inputs.parameters["group"].replace({"": None}))
    curve = frame["parameter"].isin(["shape", "scale"])
    tables = {name: table.drop(columns="row", errors="ignore") for name, table in inputs.tables.items()} | changes
    tables |= {"Parameters": frame[~curve], "Survival": frame[curve]}
    tables["Labels"] = [{"dimension": "strategy", "label": "A"}, {"dimension": "strategy", "label": "B"},
                        {"dimension": "endpoint", "label": "overall_survival"}]  # fmt: skip
    own = {"strategy": "A", "endpoint": "overall_survival", "family": "weibull", "time_unit": "month"}
    same = {"strategy": "B", "endpoint": "overall_survival", "time_unit": "month", "reference": "A", "effect": "same"}
    tables["Curves"] = [own, same]
    write_inputs(path, tables, {"model": "linear"})
    return he.read_workbook(path)


def test_a_workbook_gives_the_draws_of_the_same_inputs_in_python(tmp_path):
    theirs, ours = uncertainty_of(written(tmp_path / "all.xlsx")), uncertainty_of(full())
    a, b = (pd.DataFrame(u.draw(50, 4), columns=u.uncertain) for u in (theirs, ours))
    assert len(a.columns) == 10
    pd.testing.assert_frame_equal(a[list(b)], b, rtol=1e-13)  # a workbook keeps 16 digits


def test_a_workbook_whose_rows_cannot_be_drawn_together_is_refused(tmp_path):
    table = full().tables["Correlations"].drop(columns="row").assign(input_1="prise: A")
    with pytest.raises(he.InputError, match=r"Correlations!A5 +there is no input 'prise: A'"):
        written(tmp_path / "all.xlsx", Correlations=table)
    with pytest.raises(he.InputError, match=r"Correlations!C5 +correlation is 1\.5; it must lie between -1 and 1"):
        written(tmp_path / "all.xlsx", Correlations=table.assign(input_1="price: A", correlation=1.5))
    with pytest.raises(he.InputError, match=r"Correlations!B5 +gain · A has no distribution of its own"):
        written(tmp_path / "all.xlsx", Correlations=table.assign(input_1="price: A", input_2="gain: A"))


def test_a_fault_of_a_sheet_whose_columns_were_moved_is_at_its_cell(tmp_path):
    table = full().tables["Correlations"].drop(columns="row").assign(input_1="fee", input_2="fee", correlation=0.3)
    path = tmp_path / "all.xlsx"
    with pytest.raises(he.InputError, match=r"Correlations!C5 +fee is correlated with itself"):
        written(path, Correlations=table)
    book = openpyxl.load_workbook(path)
    page = book["Correlations"]
    for row in (4, 5):
        first, _, last = (page.cell(row, column) for column in (1, 2, 3))
        first.value, last.value = last.value, first.value
    book.save(path)
    with pytest.raises(he.InputError, match=r"Correlations!A5 +fee is correlated with itself"):
        he.read_workbook(path)

"""What a value may be, at every door: the same rule in the same words; draws beyond it are counted and said."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import xarray as xr
from linear import build, outcome, rows

import hecon as he
from hecon.inputs.batch import uncertainty_of
from hecon.inputs.permitted import DrawCount, _neighbours, count_draws, domain_of_input

NEW = "New treatment"


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("doors") / "project"
    he.new_project(folder)
    return he.read_workbook(folder / "inputs/my_model.xlsx", models=folder / "models")


BEYOND = [
    ({"utility": {"progressed": 62}}, r"utility +is 62 for state progressed; it must lie between 0 and 1"),
    ({"utility": -0.2}, r"utility +is -0.2 for state progression_free; it must lie between 0 and 1"),
    ({"adverse_event_incidence": {NEW: {"neutropenia": 30}}}, r"is 30 for .*neutropenia; it must lie between 0 and 1"),
    ({"drug_price": {"new_drug": -3}}, r"drug_price +is -3 for drug new_drug; it must be at least 0"),
    ({"drug_price": {"new_drug": float("nan")}}, r"drug_price +is nan for drug new_drug; it must be at least 0"),
    ({"body_weight": 4000}, r"body_weight +is 4000; it must lie between 1 and 400"),
    ({"scale": {NEW: {"overall_survival": {"weibull": 0.0}}}}, r"scale +is 0 for .*weibull; it must be above 0"),
    ({"hazard_ratio": {NEW: {"overall_survival": -1}}}, r"hazard_ratio +is -1 for .*; it must be above 0"),
    ({"utility": {"dead": 0.05}}, r"is 0.05 for state dead; it must be 0, for the dead have no quality of life"),
    ({"drug_price": {"new_drug": 1e300}}, r"is 1e\+300 for drug new_drug; no number may be beyond 1e\+15"),
    ({"adverse_event_duration_days": {"neutropenia": 1e6}}, r"is 1e\+06 for .*; it must lie between 0 and 36525"),
    ({"infusion_minutes": {"new_drug": {"first": 1e6}}}, r"is 1e\+06 for .*; it must lie between 0 and 43200"),
    ({"utility": (("draw", "state"), np.full((5, 3), 62.0))}, r"utility +is 62 for draw 0, state progression_free"),
]


@pytest.mark.parametrize(("changes", "words"), BEYOND)
def test_changes_in_python_are_refused_as_the_reader_refuses_cells(inputs, changes, words):
    with pytest.raises(he.InputError, match=words):
        inputs.base_case().with_values(**changes)


def test_what_may_be_is_taken(inputs):
    base = inputs.base_case()
    changed = base.with_values(utility={"progressed": 0.6}, drug_price=0.0, hazard_ratio={NEW: {"overall_survival": 1}})
    assert changed.values["utility"].sel(state="progressed").item() == 0.6
    draws = np.full((200, 3), 0.9)
    draws[:, 2] = 0.0
    draws[:4, :2] = 1.15  # a tail of a distribution, not another unit
    assert base.with_values(utility=(("draw", "state"), draws)).draws == 200


def test_every_fault_of_a_case_is_named_by_its_argument():
    values = {"price": -1.0, "fee": 1.0, "gain": 1.0, "utility": {"A": 0.5, "B": 1.2}, "visit_share": 30.0}
    with pytest.raises(he.InputError) as caught:
        he.Case(outcome, values, labels={"strategy": ("A", "B")})
    assert [fault.where for fault in caught.value.faults] == ["price", "utility", "visit_share"]
    assert "is 1.2 for strategy B; it must lie between -1 and 1" in str(caught.value)


def test_a_scenario_made_in_python_is_checked():
    table = pd.DataFrame({"scenario": ["free"], "target": ["price"], "value": [-4.0]})
    with pytest.raises(he.InputError, match=r"scenario 'free'\n +price +is -4; it must be at least 0"):
        build(rows({"parameter": "price", "value": 4.0}), {"Scenarios": table}).scenario("free", outcome)


def test_a_grid_of_values_is_checked(inputs):
    with pytest.raises(he.InputError, match=r"drug_price · new_drug +is -1; it must be at least 0"):
        he.two_way(inputs, "drug_price: new_drug", "utility: progressed", first_values=[-1, 2])


NO_NUMBERS = [
    ({"drug_price": {"new_drug": "1.500"}}, r"'drug_price: new_drug' is '1.500' \(str\); it must be a number"),
    ({"relative_dose_intensity": {NEW: [0.9, 0.8]}}, r"'relative_dose_intensity: New treatment' is \[0.9, 0.8\]"),
    ({"body_weight": True}, r"'body_weight' is True \(bool\); it must be a number"),
    ({"drug_price": (("state",), [1, 2, 3])}, "'drug_price' is given by drug, not by state"),
]


@pytest.mark.parametrize(("changes", "words"), NO_NUMBERS)
def test_what_is_no_number_of_these_labels_is_refused(inputs, changes, words):
    with pytest.raises(he.AlignmentError, match=words):
        inputs.base_case().with_values(**changes)


def test_what_is_no_case_is_not_run_and_text_is_no_threshold(inputs):
    with pytest.raises(he.HeconError, match=r"run takes a case, not Inputs: he.run\(inputs.base_case\(\)\)"):
        he.run(inputs)
    with pytest.raises(he.HeconError, match=r"is the text '50.000'; it must be a number, such as 50000"):
        he.evpi(he.run(inputs.draws(5)), "50.000")


def test_a_setting_is_refused_in_python_in_the_words_of_its_sheet(inputs):
    with pytest.raises(he.InputError, match=r"discount_rate_cost +is the text '3%' with a percent sign: type 0.03"):
        inputs.base_case().with_settings(discount_rate_cost="3%")


@pytest.mark.parametrize("key", [1, 2.5, None])
def test_labels_are_text(key):
    with pytest.raises(he.AlignmentError, match="labels are text, such as"):
        he.Case(outcome, {"price": {key: 1.0}}, labels={"strategy": ("A", "B")})
    case = he.Case(outcome, {"price": {"1": 1.0, "2": 2.0}}, labels={"strategy": ("1", "2")})
    with pytest.raises(he.AlignmentError, match="'price': the label 1 is int; labels are text, such as '1'"):
        case.with_values(price={1: 3.0})
    with pytest.raises(he.AlignmentError, match="'strategy': the label 1 is int"):
        he.Case(outcome, {}, labels={"strategy": (1, 2)})


# --- draws ---


def uncertain(*more, tables=None):
    """Two utilities of which the lower one often draws above the higher one and above 1, and a cost below 0."""
    spread = {"distribution": "normal"}
    return build(
        rows(
            {"parameter": "utility", "state": "progression_free", "value": 0.8, "se": 0.15, **spread},
            {"parameter": "utility", "state": "progressed", "value": 0.7, "se": 0.15, **spread},
            {"parameter": "price", "state": "", "value": 20.0, "se": 12.0, **spread},
            {"parameter": "fee", "state": "", "value": 5.0},
            {"parameter": "gain", "state": "", "value": 1.0},
            *more,
        ),
        tables,
        {"strategy": ("A", "B"), "state": ("progression_free", "progressed", *(row["state"] for row in more))},
    )


def by_state(p, time):
    """A price and a quality of life for everybody, once, and a fee by strategy."""
    start, at = he.at_start(time), "progression_free"
    alive = he.years_in(time, he.partition(time, overall=he.Exponential(0.1)), "alive")
    gain = he.qaly("Gain", alive, p.part("utility", state=at))
    return he.Outcome(None, [he.cost("Price", start, p.price), he.cost("Fee", start, p.by_strategy), gain])


def test_draws_beyond_are_counted_by_both_ways_of_running():
    nothing = {"parameter": "by_strategy", "state": "", "value": 0.0}
    inputs = uncertain(tables={})
    frame = pd.concat([inputs.parameters, rows({**nothing, "strategy": "A"}, {**nothing, "strategy": "B"})])
    inputs = build(frame.reset_index(drop=True), {}, {"strategy": ("A", "B"), "state": inputs.labels["state"]})
    drawn = inputs.draws(3000, 4, by_state)
    price = drawn.values["price"].values
    utility = drawn.values["utility"].values
    found = [he.run(drawn).draw_notes, he.run_psa(inputs, 3000, 4, model=by_state).draw_notes]
    assert found[0] == found[1]
    text = " ".join(found[0])
    assert f"price must be at least 0, and {(price < 0).sum():,} of 3,000 draws" in text
    assert f"(the furthest is {price.min():.4g})" in text
    assert f"utility: progression_free must lie between -1 and 1, and {(utility[:, 0] > 1).sum():,} of 3,000" in text
    turned = (utility[:, 1] > utility[:, 0]).sum()
    assert f"utility: progressed is above utility: progression_free in {turned:,} of 3,000 draws" in text
    assert not any("draws" in note for note in he.run(inputs.base_case(by_state)).notes)


def test_blocks_count_as_one():
    table = pd.DataFrame({"utility: a": [0.9, 1.2, 0.7, 1.5], "utility: b": [0.5, 1.3, 0.2, 0.1]})
    whole, parts = count_draws([table]), count_draws([table[:3], table[3:]])
    assert "2 of 4 draws of it do not (the furthest is 1.5)" in whole.notes()[0]
    assert "utility: b is above utility: a in 1 of 4 draws (25%)" in whole.notes()[2]
    assert whole.notes() == parts.notes()


def test_nothing_is_said_of_draws_that_may_be():
    table = pd.DataFrame({"utility": [0.9, 0.2], "anything": [-4.0, 1e9], "price": [0.0, 3.0]})
    assert count_draws([table]).notes() == ()
    many = {f"price · {i}": domain_of_input("price") for i in range(20)}
    count = DrawCount(list(many), many, dict.fromkeys(many, 1.0))
    count.add({name: np.array([-1.0]) for name in many})
    assert len(count.notes()) == 9
    assert count.notes()[-1] == "the same holds for 12 more inputs"


def test_a_file_of_draws_is_checked_as_draws_are(tmp_path):
    from hecon.analysis.psa.file import read_psa

    head = "cost_a,cost_b,qaly_a,qaly_b,utility: progressed,my_cost"
    lines = [f"{10 + i},12,1,1.1,{u},{c}" for i, (u, c) in enumerate([(0.9, 5), (1.15, -277), (0.7, 4)])]
    path = tmp_path / "psa.csv"
    path.write_text("\n".join([head, *lines]))
    notes = " ".join(read_psa(path).notes)
    assert "utility: progressed must lie between -1 and 1, and 1 of 3 draws" in notes
    assert "my_cost must be at least 0, and 1 of 3 draws of it do not (the furthest is -277)" in notes
    other = "shape: Standard care, overall_survival, weibull"
    path.write_text(
        "\n".join([head.replace("my_cost", f'"{other}"'), *(f"{line.rsplit(',', 1)[0]},-1" for line in lines)])
    )
    with pytest.raises(he.InputError, match=r"weibull +is -\d+, and beyond in 3 of 3 draws; it must be above 0"):
        read_psa(path)
    path.write_text("\n".join([head, *(line.replace(",0.", ",60.") for line in lines)]))
    with pytest.raises(he.InputError, match=r"utility: progressed +is 60.9, and beyond in 3 of 3 draws; it must lie"):
        read_psa(path)


def test_draws_on_a_sheet_are_counted_and_another_quantity_is_refused():
    def drawn(values):
        table = pd.DataFrame({"draw": range(len(values)), "parameter": "utility_on", "value": values})
        return build(rows({"parameter": "utility_on", "value": 0.7, "distribution": "empirical"}), {"Draws": table})

    notes = uncertainty_of(drawn([0.6, 0.7, 0.8, 1.1])).notes
    assert notes[0].endswith("utility_on must lie between -1 and 1, and 1 of its 4 draws on sheet Draws do not")
    with pytest.raises(he.InputError, match="and 4 of its 4 draws on sheet Draws do not"):
        uncertainty_of(drawn([60, 70, 80, 110]))


# --- order ---


def in_order(*pairs):
    return {"Order": pd.DataFrame(pairs, columns=["higher", "lower"])}


PAIR = ("utility: progression_free", "utility: progressed")


def test_draws_keep_an_order_that_is_given_and_the_first_keeps_its_draws():
    apart, kept = uncertain(), uncertain(tables=in_order(PAIR))
    free, bound = (one.draws(4000, 4, outcome).values["utility"].values for one in (apart, kept))
    assert (bound[:, 1] <= bound[:, 0]).all()
    assert np.array_equal(bound[:, 0], free[:, 0])
    assert np.array_equal(apart.draws(50, 4, outcome).values["price"], kept.draws(50, 4, outcome).values["price"])
    notes = " ".join(uncertainty_of(kept).notes)
    assert "utility: progressed is never above utility: progression_free (sheet Order)" in notes
    assert "drawn apart, 3" in notes  # 32%: normal(0.1, 0.21) below 0
    drawn = pd.DataFrame(bound, columns=["utility · progression_free", "utility · progressed"])
    assert not any("is above" in note for note in count_draws([drawn]).notes())


def test_the_lower_one_is_drawn_from_its_own_distribution_below_the_higher_one():
    source = next(one for one in uncertainty_of(uncertain(tables=in_order(PAIR))).sources if len(one.members) == 2)
    uniforms = np.random.default_rng(3).random((6000, 2))
    for values in (source.quantile(uniforms), source.page(1, 0)):
        own = scipy.stats.norm(0.7, 0.15)
        share = own.cdf(values[:, 1]) / own.cdf(values[:, 0])
        assert scipy.stats.kstest(share, "uniform").pvalue > 1e-3
        assert scipy.stats.kstest(values[:, 0], scipy.stats.norm(0.8, 0.15).cdf).pvalue > 1e-3


def test_chains_and_blocks_keep_the_order():
    third = {"parameter": "utility", "state": "late", "value": 0.65, "se": 0.2, "distribution": "normal"}
    pairs = in_order(PAIR, ("utility: progressed", "utility: late"), ("utility: progression_free", "utility: late"))
    inputs = uncertain(third, tables=pairs)
    uncertainty = uncertainty_of(inputs)
    drawn = uncertainty.draw(5000, 1)
    names = list(uncertainty.uncertain)
    high, mid, low = (drawn[:, names.index(f"utility · {n}")] for n in ("progression_free", "progressed", "late"))
    assert (high >= mid).all()
    assert (mid >= low).all()
    assert np.array_equal(uncertainty.draw(700, 1, 4000), drawn[4000:4700])
    mapped = uncertainty.from_uniforms(np.random.default_rng(0).random((500, uncertainty.uniforms)))
    assert (np.diff(mapped[:, [names.index(f"utility · {n}") for n in ("late", "progressed")]]) >= 0).all()


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([("utility: progressed", "utility: progression_free")], "the higher one must not be below the lower one"),
        ([("price", "price")], "cannot be below itself"),
        ([("price", "fee")], "has no distribution of its own"),
        ([("utility: progression_free", "utility: progresed")], "Did you mean"),
        ([("price", "fees"), PAIR], "there is no input 'fees'"),
    ],
)
def test_orders_that_cannot_be_kept_are_faults(pairs, words):
    with pytest.raises(he.InputError, match=words) as caught:
        uncertainty_of(uncertain(tables=in_order(*pairs)))
    assert caught.value.faults[0].where == "Order row 1"


def test_an_order_that_leads_back_to_itself_is_a_fault():
    same = {"parameter": "utility", "state": "late", "value": 0.7, "se": 0.1, "distribution": "normal"}
    pairs = in_order(("utility: late", "utility: progressed"), ("utility: progressed", "utility: late"))
    with pytest.raises(he.InputError, match="leads back to itself"):
        uncertainty_of(uncertain(same, tables=pairs))


def test_each_utility_is_ordered_with_the_next_lower_one_that_differs_in_one_label_past_those_that_are_equal():
    names = [f"utility · {strategy} · {state}" for state in ("well", "ill") for strategy in ("New", "Old")]
    values = dict(zip(names, (0.8, 0.8, 0.6, 0.5), strict=True)) | {"utility · well": 0.9, "cost · New": 9.0}
    new_well, old_well, new_ill, old_ill = names
    assert _neighbours(list(values), values) == [(new_well, new_ill), (old_well, old_ill), (new_ill, old_ill)]


def test_values_given_by_hand_are_judged_family_by_family():
    coords = {"family": ["weibull", "lognormal"]}
    means = xr.DataArray([1.2, -0.4], dims="family", coords=coords)
    labels = {"strategy": ("A", "B"), "family": tuple(coords["family"])}
    values = {"price": 1.0, "fee": 1.0, "gain": 1.0}
    he.Case(outcome, {**values, "meanlog": means}, labels=labels)
    with pytest.raises(he.InputError, match=r"shape +is -0.4 for family lognormal; it must|shape +is -0.4"):
        he.Case(outcome, {**values, "shape": means.assign_coords(family=["lognormal", "weibull"])}, labels=labels)

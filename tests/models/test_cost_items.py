"""Costs and QALYs as rows of a sheet: no line of code, and what a hand calculation gives."""

import math

import numpy as np
import pytest
from items import EVERY_FLOW, NEW, STANDARD, item, markov, partitioned

import hecon as he
from hecon.analysis.cost_items import ITEM_BUILDERS
from hecon.errors import InputError
from hecon.inputs.cost_items import ITEM_FLOWS
from hecon.verification.battery import checks
from hecon.verification.subject import Subject

HORIZONS = (1.0, 5.0, 10.0)
YEAR = 365.25


def amount(result, name, kind="cost", strategy=NEW, *, twin="discounted"):
    """Sum of a line by horizon."""
    line = next(line for line in result.lines if (line.kind, line.name) == (kind, name))
    return getattr(line, twin)[result.strategies.index(strategy)].reshape(-1, len(result.time.horizons)).sum(axis=0)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    return partitioned(tmp_path_factory.mktemp("items") / "project")


@pytest.fixture(scope="module")
def base(inputs):
    return he.run(inputs.base_case())


def weibull(shape, months):
    """Survival at years of a curve in months."""
    return lambda years: math.exp(-((years * 12 / months) ** shape))


FREE, ALIVE = weibull(1.10, 18.8), weibull(1.15, 41.3)


def treated(years):
    """Time on treatment is that of progression-free survival, and never above survival."""
    return min(FREE(years), ALIVE(years))


def days_of_infusions(horizon):
    """Days 1, 8, 15, 22 of two cycles of 28 days, then days 1 and 15."""
    for cycle in range(200):
        for day in (0, 7, 14, 21) if cycle < 2 else (0, 14):
            if (cycle * 28 + day) / YEAR < horizon:
                yield (cycle * 28 + day) / YEAR


def test_every_flow_has_its_two_halves():
    assert list(ITEM_FLOWS) == list(ITEM_BUILDERS)
    assert {row["flow"] for row in EVERY_FLOW} == set(ITEM_FLOWS)


def test_travel_for_each_infusion(base):
    by_hand = [sum(30 * 0.95 * treated(t) * 1.03**-t for t in days_of_infusions(horizon)) for horizon in HORIZONS]
    assert amount(base, "Travel") == pytest.approx(by_hand, rel=1e-12)
    assert amount(base, "Travel", strategy=STANDARD).tolist() == [0, 0, 0]


def test_a_genetic_test_once_at_the_start(base):
    assert amount(base, "Genetic test").tolist() == [450, 450, 450]
    assert amount(base, "Genetic test", strategy=STANDARD).tolist() == [0, 0, 0]


def test_monitoring_for_each_month_in_one_state(base):
    """110 a month are 1,320 a year; a month is a cycle, of which its ends have half each, discounted in its middle."""
    edges = np.arange(121) / 12
    progressed = np.array([ALIVE(t) - min(FREE(t), ALIVE(t)) for t in edges])
    each = 1320 / 12 * (progressed[:-1] + progressed[1:]) / 2 * 1.03 ** -((edges[:-1] + edges[1:]) / 2)
    by_hand = [each[:12].sum(), each[:60].sum(), each.sum()]
    assert amount(base, "Scans") == pytest.approx(by_hand, rel=1e-12)


def test_treatment_cycles_and_visits(base):
    cycles = [sum(12 * treated(d / YEAR) * 1.03 ** -(d / YEAR) for d in range(0, 3660, 28) if d / YEAR < horizon)
              for horizon in HORIZONS]  # fmt: skip
    assert amount(base, "Blood count") == pytest.approx(cycles, rel=1e-12)
    assert amount(base, "Capsule check") == pytest.approx(np.array(cycles) * 9 / 12, rel=1e-12)
    visits = [sum(5 * treated(t) * 1.03**-t for t in days_of_infusions(horizon)) for horizon in HORIZONS]
    assert amount(base, "Reception") == pytest.approx(visits, rel=1e-12)
    assert amount(base, "Reception", strategy=STANDARD).tolist() == [0, 0, 0]  # capsules are no visit


def test_events_of_states(base):
    left = [1 - min(FREE(t), ALIVE(t)) for t in HORIZONS]
    died = [1 - ALIVE(t) for t in HORIZONS]
    assert amount(base, "Biopsy", twin="undiscounted") == pytest.approx(70 * np.array(left), rel=1e-12)
    assert amount(base, "Referral", twin="undiscounted") == pytest.approx(90 * np.array(left), rel=1e-12)
    assert amount(base, "Palliative care", twin="undiscounted") == pytest.approx(700 * np.array(died), rel=1e-12)


def test_once_at_a_year(base):
    def between(curve, t):
        first, second = math.floor(t * 12) / 12, math.floor(t * 12 + 1) / 12
        return curve(first) + (t - first) * 12 * (curve(second) - curve(first))

    late = 1000 * between(ALIVE, 2.3) * 1.03**-2.3
    early = 800 * (ALIVE(0.5) - treated(0.5)) * 1.03**-0.5
    assert amount(base, "Late scan") == pytest.approx([0, late, late], rel=1e-12)
    assert amount(base, "Early scan") == pytest.approx([early] * 3, rel=1e-12)


def test_time_on_treatment_and_qalys(base):
    edges = np.arange(121) / 12
    share = np.array([treated(t) for t in edges])
    years = np.cumsum((share[:-1] + share[1:]) / 24)[[11, 59, 119]]
    assert amount(base, "Nurse", twin="undiscounted") == pytest.approx(100 * YEAR / 7 * years, rel=1e-12)
    assert amount(base, "Anxiety", "qaly", twin="undiscounted") == pytest.approx(-0.01 * years, rel=1e-12)
    assert amount(base, "Test taken", "qaly", STANDARD).tolist() == [-0.01] * 3


def test_items_change_no_other_line(base):
    case = base.case
    without = he.run(case._changed(tables={name: t for name, t in case.tables.items() if name != "Cost items"}))
    own = {(line.kind, line.name): line.sums for line in base.lines}
    assert all(np.array_equal(own[line.kind, line.name], line.sums) for line in without.lines)
    gained = base.totals.cost - without.totals.cost
    known = {line.name for line in without.lines}
    added = [line for line in base.lines if line.kind == "cost" and line.name not in known]
    sums = sum(line.discounted.reshape(2, -1, 3).sum(axis=1) for line in added)
    assert gained.values == pytest.approx(sums, rel=1e-9)


def test_items_are_drawn_moved_and_exported(inputs, base):
    drawn = he.run(inputs.draws(50, seed=1))
    travel = next(line for line in drawn.lines if line.name == "Travel").discounted[:, 0, :, -1].sum(axis=1)
    assert travel.std() > 0
    assert travel.mean() == pytest.approx(float(amount(base, "Travel")[-1]), rel=0.2)
    assert any(name.startswith("travel") for name in he.one_way(inputs).table["input"])
    assert "Travel" in " ".join(base.breakdown()["item"])
    dearer = he.run(inputs.base_case().with_values(travel={NEW: {"new_drug": 60.0}}))
    assert amount(dearer, "Travel") == pytest.approx(2 * amount(base, "Travel"))


def test_a_scenario_changes_an_item(inputs, base):
    assert amount(he.run(inputs.scenario("By taxi")), "Travel") == pytest.approx(3 * amount(base, "Travel"))


def test_several_states_and_units_of_time(base):
    assert {"Ward, progressed", "Ward, dead", "Clinic"} <= {line.name for line in base.lines}
    lived = base.totals["undiscounted_life_years"].sel(strategy=NEW).values
    free = base.totals["undiscounted_progression_free_life_years"].sel(strategy=NEW).values
    help_ = amount(base, "Household help", twin="undiscounted")
    assert help_ == pytest.approx(365.25**2 * lived)
    assert amount(base, "Clinic", twin="undiscounted") == pytest.approx(YEAR / 7 * (20 * free + 10 * (lived - free)))


def test_doses_by_model_cycle(base):
    result = he.run(base.case.with_settings(dose_timing="cycle_start"))
    at_start = [
        sum(28.5 * treated(math.floor(t * 12 + 1e-9) / 12) for t in days_of_infusions(horizon)) for horizon in HORIZONS
    ]
    assert amount(result, "Travel", twin="undiscounted") == pytest.approx(at_start, rel=1e-12)


@pytest.fixture(scope="module")
def markov_case(tmp_path_factory):
    rows = [
        item("Test", "start", 100, strategy="Strategy A"),
        item("Scans", "in_state", 10, "USD/month", state="sick"),
        item("Ward", "entering", 7, state="sicker"),
        item("Home", "leaving", 5, state="sick"),
        item("Worse", "transition", 3, state="sick", to="sicker"),
        item("Late", "once_at", 11, year=4, state="healthy"),
        item("Infusion pump", "on_treatment", 13, "USD/year", state="sick"),
    ]
    return markov(tmp_path_factory.mktemp("markov"), rows).base_case()


def test_items_of_a_markov_model(markov_case):
    result = he.run(markov_case)
    shares = result.occupancy.transpose("strategy", "state", "edge")
    first, time = shares.sel(strategy="Strategy A"), result.time
    sick, sicker = first.sel(state="sick").values, first.sel(state="sicker").values
    assert amount(result, "Test", strategy="Strategy A") == pytest.approx([100] * len(time.horizons))
    weights = time.weights("residence", None)
    assert amount(result, "Scans", strategy="Strategy A", twin="undiscounted") == pytest.approx(120 * sick @ weights)
    assert amount(result, "Infusion pump", strategy="Strategy A", twin="undiscounted") == pytest.approx(
        13 * sick @ weights
    )
    late = first.sel(state="healthy").values[np.searchsorted(time.edges, 4 - 1e-6)]
    assert amount(result, "Late", strategy="Strategy A", twin="undiscounted")[-1] == pytest.approx(11 * late)
    entered = amount(result, "Ward", strategy="Strategy A", twin="undiscounted")[-1] / 7
    moved = amount(result, "Worse", strategy="Strategy A", twin="undiscounted")[-1] / 3
    assert entered == pytest.approx(moved)  # only the sick become sicker
    assert entered > sicker.max()
    # who leaves a state has entered it and is not there any more
    entries = amount(result, "Home", strategy="Strategy A", twin="undiscounted")[-1] / 5
    assert entries > moved


def changed(case, **cells):
    """The case with other cells in the first row of its items."""
    table = case.tables["Cost items"].iloc[:1].assign(**cells)
    return case._changed(tables={**case.tables, "Cost items": table})


def test_what_a_model_does_not_know_is_a_fault_at_its_cell(base, markov_case):
    where = r"Cost items!\w5 +"
    with pytest.raises(
        InputError, match=where + "item 'Test': the model has no flow of those on treatment; name the state"
    ):
        he.run(changed(markov_case, flow="on_treatment", unit="USD/year"))
    with pytest.raises(InputError, match=where + "item 'Care' has the name of a line of the model"):
        he.run(changed(markov_case, item="Care"))
    with pytest.raises(InputError, match="the model has no state 'ill'"):
        he.run(changed(markov_case, flow="once_at", year=1.0, state="ill"))
    ward = base.case.tables["Cost items"].query("item == 'Ward'").iloc[:1]
    odd = ward.assign(flow="transition", state="progressed", to="progression_free")
    case = base.case._changed(tables={**base.case.tables, "Cost items": odd})
    with pytest.raises(InputError, match="a partition does not know who moves from 'progressed' to 'progression_free'"):
        he.run(case)


def test_the_second_path_knows_items(inputs, base):
    model = Subject(base.case, inputs)
    found = [finding for check in checks(("second_path",))[:2] for finding in check(model)]
    assert [finding.verdict for finding in found] == ["pass", "pass"]

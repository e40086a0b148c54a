import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import simpson

from hecon.errors import AlignmentError, HeconError, InputError, UnknownNameError
from hecon.settings import ACCRUALS, DISCOUNT_FORMS, DISCOUNT_TIMINGS, Settings, years_per
from hecon.timeline import KnotsNeededError, Timeline, discount_factor, stepwise


def timeline(**settings):
    knots = settings.pop("knots", ())
    return Timeline.regular(Settings(**settings), knots)


def test_a_horizon_is_never_rounded_to_a_cycle():
    time = timeline(horizons=(1, 3, 5))
    assert [time.edges[i] for i in time.horizon_edges] == [1.0, 3.0, 5.0]
    assert time.lengths.max() == pytest.approx(7 / 365.25)
    assert time.cycles == 260 + 1 + 2  # 260 whole weeks, a part of one, and two weeks split by a horizon


@pytest.mark.parametrize("unit", ["day", "week", "month", "year"])
def test_a_horizon_on_an_edge_splits_nothing(unit):
    time = timeline(horizons=(2,), cycle_length=0.5, cycle_unit="year")
    assert time.edges.tolist() == [0, 0.5, 1, 1.5, 2]
    assert timeline(horizons=(20,), cycle_length=1, cycle_unit="month").cycles == 240
    assert years_per(unit) > 0


def test_a_cycle_longer_than_the_last_horizon_is_refused():
    with pytest.raises(InputError, match=r"cycle_length\s+is 1 year: 1 years, longer than the horizon of 0.5 years"):
        timeline(horizons=(0.5,), cycle_length=1, cycle_unit="year")
    assert timeline(horizons=(0.5, 1), cycle_length=1, cycle_unit="year").edges.tolist() == [0, 0.5, 1]


def test_more_than_fifty_thousand_cycles_are_refused():
    with pytest.raises(InputError, match=r"cycle_length\s+is 1 day: 60,265 cycles by year 165"):
        timeline(horizons=(165,), cycle_length=1, cycle_unit="day", days_per_year=365.2424)
    assert timeline(horizons=(130,), cycle_length=1, cycle_unit="day").cycles > 47_000


def test_shares_between_edges_lie_on_straight_lines():
    time = timeline(horizons=(0.5, 2), cycle_length=1, cycle_unit="year")  # edges 0, 0.5, 1, 2
    shares = np.array([[1.0, 0.8, 0.7, 0.1], [1.0, 1.0, 0.5, 0.0]])
    found = time.between_edges(shares, np.array([0.0, 0.25, 0.5, 0.6, 1.5, 2.0]))
    np.testing.assert_allclose(found[0], [1.0, 0.9, 0.8, 0.78, 0.4, 0.1], rtol=1e-14)
    np.testing.assert_allclose(found[1], [1.0, 1.0, 1.0, 0.9, 0.25, 0.0], rtol=1e-14)


def test_cycle_of_a_time_at_an_edge_is_the_one_it_starts():
    time = timeline(horizons=(1,))
    days = np.array([0, 6.9, 7, 14, 364])
    assert time.cycle_at(days / 365.25).tolist() == [0, 0, 1, 2, 52]


@given(
    st.lists(st.floats(0.05, 20), min_size=1, max_size=4, unique_by=lambda x: round(x, 3)),
    st.floats(0.01, 2),
    st.sampled_from(ACCRUALS),
    st.sampled_from(DISCOUNT_TIMINGS),
)
def test_undiscounted_residence_weights_sum_to_the_horizon(horizons, length, accrual, timing):
    time = timeline(
        horizons=sorted(horizons),
        cycle_length=min(length, max(horizons)),
        cycle_unit="year",
        accrual=accrual,
        discount_timing=timing,
    )
    np.testing.assert_allclose(time.residence_weights(None).sum(axis=0), time.horizons, rtol=1e-12)
    np.testing.assert_allclose(time.residence_weights(0.0), time.residence_weights(None), rtol=1e-12)


@pytest.mark.parametrize("timing", DISCOUNT_TIMINGS)
@pytest.mark.parametrize("form", DISCOUNT_FORMS)
def test_discount_factors_by_hand(timing, form):
    time = timeline(
        horizons=(2,),
        cycle_length=0.5,
        cycle_unit="year",
        discount_timing=timing,
        discount_form=form,
        accrual="start",
    )
    starts = np.array([0, 0.5, 1, 1.5])
    when = {"mid_cycle": starts + 0.25, "cycle_end": starts + 0.5, "annual_step": np.floor(starts)}.get(timing, starts)
    factor = 1.05**-when if form == "effective" else np.exp(-0.05 * when)
    np.testing.assert_allclose(time.start_weights(0.05)[:, 0], factor, rtol=1e-12)
    np.testing.assert_allclose(time.residence_weights(0.05)[:-1, 0], factor / 2, rtol=1e-12)
    if timing == "edges":
        both = (1.05**-starts + 1.05 ** -(starts + 0.5)) / 2
        effective = time.settings.discount_form == "effective"
        expected = both if effective else (np.exp(-0.05 * starts) + np.exp(-0.05 * (starts + 0.5))) / 2
        np.testing.assert_allclose(time.event_weights(0.05)[:, 0], expected, rtol=1e-12)


def test_nothing_past_a_horizon_counts():
    time = timeline(horizons=(1, 2), cycle_length=0.5, cycle_unit="year")
    assert time.start_weights(None)[:, 0].tolist() == [1, 1, 0, 0]
    assert time.residence_weights(None)[:, 0].tolist() == [0.25, 0.5, 0.25, 0, 0]


def test_a_schedule_of_rates():
    schedule = ((0, 0.04), (10, 0.02))
    factors = discount_factor(np.array([5.0, 10.0, 12.0]), schedule)
    np.testing.assert_allclose(factors, [1.04**-5, 1.04**-10, 1.04**-10 * 1.02**-2])
    assert Settings(discount_rate_cost="0: 0.04, 10: 0.02").discount_rate_cost == schedule
    same = discount_factor(np.linspace(0, 40, 9), ((0, 0.03), (7, 0.03)))
    np.testing.assert_allclose(same, discount_factor(np.linspace(0, 40, 9), 0.03))


def test_a_value_that_changes_inside_a_cycle_asks_for_an_edge():
    time = timeline(horizons=(2,), cycle_length=1, cycle_unit="year")
    with pytest.raises(KnotsNeededError) as needed:
        stepwise(time, {0: 100, 0.3: 80})
    finer = timeline(horizons=(2,), cycle_length=1, cycle_unit="year", knots=needed.value.knots)
    assert stepwise(finer, {0: 100, 0.3: 80}).values.tolist() == [100, 80, 80]
    with pytest.raises(AlignmentError, match="begin at year 0"):
        stepwise(time, {1: 80})


steps = st.lists(st.floats(0.2, 3.0), min_size=1, max_size=9)


@given(steps, st.sampled_from(ACCRUALS))
def test_the_parts_of_the_cycles_are_the_weights_of_the_edges(lengths, accrual):
    edges = np.concatenate([[0.0], np.cumsum(lengths)])
    time = Timeline(edges, (edges[-1],), Settings(horizons=(edges[-1],), accrual=accrual, discount_timing="edges"))
    whole = time.residence_weights(0.03)
    again = np.zeros_like(whole)
    for offset, part in time.residence_by_cycle(0.03).items():
        for cycle in np.flatnonzero(part.any(axis=1)):
            again[cycle + offset] += part[cycle]
    np.testing.assert_allclose(again, whole, rtol=1e-13)
    if accrual == "simpson":
        weights = simpson(np.eye(len(edges)), x=edges) * discount_factor(edges, 0.03)
        np.testing.assert_allclose(whole[:, 0], weights, rtol=1e-11, atol=1e-13)


@given(steps.filter(lambda lengths: len(lengths) > 1))
def test_simpson_gives_each_cycle_its_part_of_a_parabola(lengths):
    edges = np.concatenate([[0.0], np.cumsum(lengths)])
    time = Timeline(edges, (edges[-1],), Settings(horizons=(edges[-1],), accrual="simpson"))
    parts = time.residence_by_cycle(None)
    values = 3 * edges**2 - 2 * edges + 1
    for cycle in range(time.cycles):
        found = sum(part[cycle, 0] * values[cycle + o] for o, part in parts.items() if part[cycle, 0])
        exact = np.diff((edges**3 - edges**2 + edges)[cycle : cycle + 2])[0]
        assert found == pytest.approx(exact, rel=1e-9)


def test_a_value_for_each_model_cycle_holds_in_the_parts_of_a_cut_one():
    time = timeline(horizons=(1.5, 3), cycle_length=1, cycle_unit="year")
    assert time.model_cycle.tolist() == [0, 1, 1, 2]
    assert time.on_cycles(np.array([7.0, 8.0, 9.0])).tolist() == [7, 8, 8, 9]
    assert time.on_cycles(np.arange(4.0)).tolist() == [0, 1, 2, 3]
    with pytest.raises(AlignmentError, match=r"2 values by cycle do not fit 3 model cycles \(4 cycles with those cut"):
        time.on_cycles(np.ones(2))


def test_a_vector_of_weights_must_fit():
    with pytest.raises(AlignmentError, match="one weight"):
        timeline(horizons=(1,), accrual=(0.5, 1, 0.5)).residence_weights(None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"horizons": (3, 1)}, "must increase"),
        ({"horizons": "1; x"}, "'x', which is not a number"),
        ({"cycle_length": 0}, "above 0"),
        ({"cycle_unit": "weeks"}, "Did you mean 'week'"),
        ({"discount_rate_cost": 3}, "must be below 1: 3 is 300 % a year; for 3 % type 0.03"),
        ({"discount_rate_effect": "0.03 then 0.02"}, "such as 0.03"),
        ({"discount_rate_cost": "1: 0.03"}, "begin at year 0"),
        ({"willingness_to_pay": -1}, "between 0 and 1e"),
        ({"seed": 1.5}, "whole number"),
        ({"crossing": "cap"}, "must be one of"),
        ({"accrual": "life-table"}, "Did you mean 'life_table'"),
        ({"price_year": 20}, "between 1900 and 2200"),
    ],
)
def test_settings_say_what_is_allowed(changes, words):
    with pytest.raises(InputError, match=words) as error:
        Settings(**changes)
    assert next(iter(changes)) in str(error.value)


def test_an_unknown_setting():
    with pytest.raises(UnknownNameError, match="Did you mean 'horizons'"):
        Settings().with_changes(horizon=3)


def test_edges_must_increase_and_hold_the_horizons():
    with pytest.raises(HeconError, match="increases"):
        Timeline(np.array([0, 1, 1]), (1,), Settings(horizons=(1,)))
    with pytest.raises(HeconError, match="not among the cycle edges"):
        Timeline(np.array([0, 1, 2]), (1.5,), Settings(horizons=(1.5,)))


def test_equal_settings_and_edges_make_one_timeline():
    settings = Settings(horizons=(2,), cycle_length=1, cycle_unit="year")
    assert Timeline.regular(settings, (0.5, 1.5)) is Timeline.regular(settings.with_changes(), (1.5, 0.5))
    assert Timeline.regular(settings) is not Timeline.regular(settings, (0.5,))

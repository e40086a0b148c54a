"""The myeloma model against a second, plain implementation and against sums that fit on a page."""

from dataclasses import replace

import numpy as np
import pytest
from plain_myeloma import PlainModel
from shipped_workbooks import WORKBOOKS, read

import hecon as he
from hecon.settings import DOSE_TIMINGS


@pytest.fixture(scope="module", params=[(name, timing) for name in WORKBOOKS for timing in DOSE_TIMINGS])
def both(request):
    """A workbook, its base case, and the same model written plainly."""
    name, timing = request.param
    inputs = read(name)
    inputs = replace(inputs, settings=inputs.settings.with_changes(dose_timing=timing))
    return inputs, he.run(inputs.base_case()), PlainModel(inputs)


def parameters(inputs, **settings):
    """What the model sees in the base case, and its timeline under other settings."""
    case = inputs.base_case().with_settings(**settings)
    time = he.Timeline.regular(case.settings)
    p = he.Parameters(case.used_values(), case.labels, case.settings, case.tables)
    return p, time


def test_every_item_equals_the_plain_implementation(both):
    inputs, base, plain = both
    keys = ["strategy", "kind", "item", "horizon_years"]
    engine = base.breakdown().set_index(keys).value
    undiscounted = base.breakdown(undiscounted=True).set_index(keys).value
    seen = 0
    for strategy in inputs.labels["strategy"]:
        for row in plain.items(strategy).itertuples():
            key = (strategy, row.kind, row.item, row.horizon_years)
            assert engine[key] == pytest.approx(row.discounted, rel=1e-9, abs=1e-9), key
            assert undiscounted[key] == pytest.approx(row.undiscounted, rel=1e-9, abs=1e-9), key
            seen += 1
    assert seen == len(engine)


def test_totals_equal_the_plain_implementation(both):
    inputs, base, plain = both
    table = base.table().set_index(["strategy", "horizon_years"])
    for strategy in inputs.labels["strategy"]:
        items = plain.items(strategy)
        sums = items.groupby(["kind", "horizon_years"])[["discounted", "undiscounted"]].sum()
        free = items[items["item"] == "Life years: progression_free"].set_index("horizon_years")
        for horizon in inputs.settings.horizons:
            row = table.loc[(strategy, horizon)]
            for prefix, column in (("", "discounted"), ("undiscounted_", "undiscounted")):
                for kind in ("cost", "qaly", "life_years"):
                    assert row[prefix + kind] == pytest.approx(sums.loc[(kind, horizon), column], rel=1e-9)
                own = row[f"{prefix}progression_free_life_years"]
                assert own == pytest.approx(free.loc[horizon, column], rel=1e-9)


def test_shares_equal_the_plain_curves(both):
    inputs, base, plain = both
    trace = base.trace()
    for strategy in inputs.labels["strategy"]:
        mine = trace[trace.strategy == strategy]
        np.testing.assert_allclose(mine.year, plain.edges, rtol=0, atol=1e-12)
        overall = np.array([plain.survival(strategy, "overall_survival", t) for t in plain.edges])
        free = np.array([plain.survival(strategy, "progression_free_survival", t) for t in plain.edges])
        np.testing.assert_allclose(mine.dead, 1 - overall, rtol=0, atol=1e-12)
        np.testing.assert_allclose(mine.progression_free, np.minimum(free, overall), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "scenario", "crosses"),
    [
        ("isa_dara_pd_us", "Dara-Pd PFS lognormal", True),
        ("isa_dara_pd_us", "Anchored through Pd, final cuts", False),
        ("isa_dara_pd_us", "Treatment as reported, lower bound of Dara-Pd", False),
        ("isa_dara_kd_us", "PFS exponential", False),
    ],
)
def test_other_curves_equal_the_plain_implementation(name, scenario, crosses):
    """Also where progression-free survival would lie above overall survival: the dead are not treated."""
    inputs = read(name)
    case = inputs.scenario(scenario)
    result = he.run(case)
    assert (result.crossings.edges.sum() > 0) == crosses
    table = result.table().set_index(["strategy", "horizon_years"])
    plain = PlainModel(replace(inputs, tables=case.tables))
    for strategy in inputs.labels["strategy"]:
        sums = plain.items(strategy).groupby(["kind", "horizon_years"]).discounted.sum()
        for (kind, horizon), total in sums.items():
            assert table.loc[(strategy, horizon), kind] == pytest.approx(total, rel=1e-9)


def doses_given(inputs, strategy, drug):
    """Doses in 13, 39 and 65 treatment cycles, of a patient treated throughout."""
    horizons = tuple(28 * cycles / 365.25 for cycles in (13, 39, 65))
    p, time = parameters(inputs, horizons=horizons)
    counts = he.dose_counts(p, time).sel(strategy=strategy, drug=drug).values
    return [round(float(counts[:last].sum()), 9) for last in time.horizon_edges]


def test_doses_of_the_labels_with_pomalidomide(pd_inputs):
    assert doses_given(pd_inputs, "Isa-Pd", "isatuximab") == [28, 80, 132]
    assert doses_given(pd_inputs, "Dara-Pd", "daratumumab") == [23, 49, 75]
    for strategy in pd_inputs.labels["strategy"]:
        assert doses_given(pd_inputs, strategy, "pomalidomide") == [273, 819, 1365]
        assert doses_given(pd_inputs, strategy, "dexamethasone") == [52, 156, 260]
    assert doses_given(pd_inputs, "Pd", "isatuximab") == [0, 0, 0]


def test_doses_of_the_labels_with_carfilzomib(kd_inputs):
    assert doses_given(kd_inputs, "Isa-Kd", "isatuximab") == [28, 80, 132]
    # One more than with pomalidomide: the first dose of daratumumab is split over two days.
    assert doses_given(kd_inputs, "Dara-Kd", "daratumumab") == [24, 50, 76]
    for strategy in kd_inputs.labels["strategy"]:
        assert doses_given(kd_inputs, strategy, "carfilzomib") == [78, 234, 390]
    assert doses_given(kd_inputs, "Isa-Kd", "dexamethasone") == [104, 312, 520]
    assert doses_given(kd_inputs, "Dara-Kd", "dexamethasone") == [52, 156, 260]


def one_year(inputs, dose_timing):
    """Drug cost by strategy and drug of one patient treated for exactly one year of 365.25 days, undiscounted."""
    p, time = parameters(inputs, horizons=(1.0,), dose_timing=dose_timing)
    return he.drug_cost(p, time).by_drug().sum("cycle" if dose_timing == "cycle_start" else "dose_day")


DEXAMETHASONE = 0.32 * 518.876 / 463.675  # USD per mg, from 2016 to 2020


@pytest.mark.parametrize(("dose_timing", "capsules", "weeks"), [("day", 14 * 21, 14 * 4), ("cycle_start", 275, 53)])
def test_one_year_of_the_pomalidomide_regimens_by_hand(pd_inputs, dose_timing, capsules, weeks):
    # 365.25 days hold 13 cycles of 28 days and the mornings of days 1 and 2 of cycle 14, whose capsules and tablets are
    # dispensed on its first day, or are paid dose by dose.
    cost = one_year(pd_inputs, dose_timing)
    isatuximab = 29 * 800 * 6.50  # 80 kg x 10 mg/kg: 500 + 3 x 100 mg
    daratumumab = 24 * 1300 * 5.61  # 80 kg x 16 mg/kg = 1,280 mg: 3 x 400 + 100 mg
    pomalidomide = capsules * 857
    dexamethasone = weeks * (0.8 * 40 + 0.2 * 20) * DEXAMETHASONE
    assert cost.sel(strategy="Isa-Pd", drug="isatuximab").item() == pytest.approx(isatuximab)
    assert cost.sel(strategy="Dara-Pd", drug="daratumumab").item() == pytest.approx(daratumumab)
    for strategy, antibody in (("Isa-Pd", isatuximab), ("Dara-Pd", daratumumab), ("Pd", 0)):
        total = cost.sel(strategy=strategy).sum().item()
        assert total == pytest.approx(antibody + pomalidomide + dexamethasone)


@pytest.mark.parametrize(
    ("dose_timing", "weeks", "days", "infused"),
    [("day", 14 * 4, 14 * 8, 13 * 8 + 2 + 2), ("cycle_start", 53, 106, 106)],
)
def test_one_year_of_the_carfilzomib_regimens_by_hand(kd_inputs, dose_timing, weeks, days, infused):
    # With Isa-Kd the steroid is infused on infusion days, of which cycle 14 has two; its tablets come before.
    cost = one_year(kd_inputs, dose_timing)
    isatuximab = 29 * 800 * 6.50
    daratumumab = (2 * 700 + 23 * 1300) * 5.61  # 640 mg twice (400 + 3 x 100), then 1,280 mg
    # 1.85 m2: 37 mg takes 30 + 10, 103.6 mg takes 60 + 30 + 2 x 10. Cycle 1, cycles 2-13, 2 days of 14.
    carfilzomib = (2 * 40 + 4 * 110 + 12 * 6 * 110 + 2 * 110) * 39.5333
    weekly = weeks * (0.8 * 40 + 0.2 * 20) * DEXAMETHASONE
    twice, mostly_infused = (number * 20 * DEXAMETHASONE for number in (days, infused))
    for strategy, antibody, steroid in (
        ("Isa-Kd", isatuximab, mostly_infused),
        ("Dara-Kd", daratumumab, weekly),
        ("Kd", 0, twice),
    ):
        total = cost.sel(strategy=strategy).sum().item()
        assert total == pytest.approx(antibody + carfilzomib + steroid, rel=1e-9)


def test_surface_is_capped(kd_inputs):
    def carfilzomib(surface):
        case = kd_inputs.base_case().with_values(body_surface_area=surface)
        p = he.Parameters(case.used_values(), case.labels, case.settings, case.tables)
        by_drug = he.drug_cost(p, he.Timeline.regular(case.settings)).by_drug()
        return by_drug.sel(drug="carfilzomib").values

    np.testing.assert_array_equal(carfilzomib(2.2), carfilzomib(2.6))
    assert carfilzomib(2.2).sum() > carfilzomib(2.0).sum()


def test_antibody_costs_equal_their_sums_over_dose_days(pd_inputs):
    """Patients on an exponential progression-free curve pay for each infusion: sum over days of S(day) x dose cost."""
    table = he.run(pd_inputs.base_case()).breakdown(undiscounted=True)
    table = table[table.kind == "cost"].groupby(["strategy", "item", "horizon_years"]).value.sum()
    isatuximab = [28 * cycle + day for cycle in range(66) for day in ((0, 7, 14, 21) if cycle == 0 else (0, 14))]
    daratumumab = [
        28 * cycle + day
        for cycle in range(66)
        for day in ((0, 7, 14, 21) if cycle < 2 else (0, 14) if cycle < 6 else (0,))
    ]
    published = {
        ("Isa-Pd", "isatuximab"): (0.060117, isatuximab, 5200, (110_412, 179_328, 195_691)),
        ("Dara-Pd", "daratumumab"): (0.078767, daratumumab, 7293, (129_140, 161_224, 166_101)),
    }
    for (strategy, drug), (rate, days, dose_cost, expected) in published.items():
        for horizon, known in zip((1.0, 3.0, 5.0), expected, strict=True):
            at = np.array(days)[np.array(days) < 365.25 * horizon]
            by_hand = dose_cost * np.exp(-rate * 12 * at / 365.25).sum()
            assert by_hand == pytest.approx(known, abs=1)
            assert table[strategy, f"Drug acquisition: {drug}", horizon] == pytest.approx(by_hand, rel=1e-9)

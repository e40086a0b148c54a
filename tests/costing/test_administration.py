from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from regimens import BLANK, LABEL, PRICES, WEEKLY, Build

from hecon.costing.administration import added_hours, administration_cost, premedication_cost
from hecon.errors import LineError, UnknownNameError
from hecon.settings import Settings
from hecon.timeline import Timeline

SETTINGS = Settings(horizons=(13 * 28 / 365.25,))
TIME = Timeline.regular(SETTINGS)
FEES = {
    "first_hour_cost": dict.fromkeys(PRICES, 140.0),
    "added_hour_cost": 30.0,
    "infusion_minutes": {
        **{drug: {"first": 30.0, "second": 30.0, "later": 30.0} for drug in PRICES},
        "isatuximab": {"first": 200.0, "second": 113.0, "later": 75.0},
        "daratumumab": {"first": 420.0, "second": 240.0, "later": 180.0},
    },
}
#: The first dose is split over two days.
SPLIT = [
    ("Dara-Kd", "daratumumab", 1, 1, (1, 2), 8.0, "mg/kg", "iv"),
    ("Dara-Kd", "daratumumab", 1, 1, (8, 15, 22), 16.0, "mg/kg", "iv"),
    ("Dara-Kd", "daratumumab", 2, BLANK, (1,), 16.0, "mg/kg", "iv"),
]


@pytest.mark.parametrize(
    ("minutes", "hours"),
    [(200, 2), (113, 1), (75, 0), (30, 0), (60, 0), (90, 0), (91, 1), (150, 1), (151, 2), (420, 6)],
)
def test_an_added_hour_counts_beyond_30_minutes(minutes: float, hours: float) -> None:
    assert added_hours(minutes) == hours


def test_cost_of_infusions_by_hand(build: Build) -> None:
    cost = administration_cost(build(settings=SETTINGS, **FEES), TIME).by_drug()
    # Isatuximab: 140 + 2 x 30, 140 + 30, then 26 x 140.
    assert cost.sel(strategy="Isa-Pd", drug="isatuximab").sum() == 200 + 170 + 26 * 140
    # Daratumumab: 420 min is 6 added hours, 240 is 3, 180 is 2: 320 + 230 + 21 x 200.
    assert cost.sel(strategy="Dara-Pd", drug="daratumumab").sum() == 320 + 230 + 21 * 200
    assert cost.sel(drug="pomalidomide").sum() == 0
    assert cost.sel(strategy="Isa-Pd", drug="isatuximab").values[:5].tolist() == [200, 170, 140, 140, 140]


def test_the_days_of_a_split_first_dose_are_the_first_and_the_second(build: Build) -> None:
    product = administration_cost(build(SPLIT, settings=SETTINGS, **FEES), TIME)
    counts = product.factors[0].sum("dose_day").squeeze("strategy")
    assert dict(zip(counts.dose.values.tolist(), counts.values.tolist(), strict=True)) == {
        "daratumumab iv first": 1,
        "daratumumab iv second": 1,
        "daratumumab iv later": 15,
    }
    assert product.by_drug().sum() == 320 + 230 + 15 * 200


def test_the_order_of_rows_does_not_number_infusions(build: Build) -> None:
    forward = administration_cost(build(LABEL, settings=SETTINGS, **FEES), TIME).by_drug()
    backward = administration_cost(build([LABEL[1], LABEL[0], *LABEL[2:]], settings=SETTINGS, **FEES), TIME)
    xr.testing.assert_allclose(forward, backward.by_drug())


def test_groups_of_patients_share_the_number_of_an_infusion(build: Build) -> None:
    rows = [
        ("Isa", "isatuximab", 1, BLANK, WEEKLY, 10.0, "mg/kg", "iv"),
        ("Isa", "isatuximab", 1, BLANK, WEEKLY, 5.0, "mg/kg", "iv"),
    ]
    product = administration_cost(build(rows, {"share": [0.7, 0.3]}, SETTINGS, **FEES), TIME)
    assert product.factors[0].sum("dose_day").values.tolist() == pytest.approx(np.array([[1, 1, 50]]))


def test_injections_ask_only_for_their_own_cost(build: Build) -> None:
    rows = [("Isa", "isatuximab", 1, BLANK, (1, 15), 1400.0, "mg", "sc")]
    p = build(rows, settings=SETTINGS, body_weight=None, injection_cost=80.0)
    product = administration_cost(p, TIME)
    assert product.factors[0].dose.values.tolist() == ["isatuximab sc"]
    assert product.by_drug().sum() == 26 * 80


def test_infusion_first_and_injection_later(build: Build) -> None:
    rows = [
        ("Dara", "daratumumab", 1, 1, (1, 8), 16.0, "mg/kg", "iv"),
        ("Dara", "daratumumab", 2, BLANK, (1,), 1800.0, "mg", "sc"),
    ]
    p = build(rows, settings=SETTINGS, injection_cost=dict.fromkeys(PRICES, 80.0), **FEES)
    assert administration_cost(p, TIME).by_drug().sum() == 320 + 230 + 12 * 80


def test_capsules_ask_for_nothing_and_cost_nothing(build: Build) -> None:
    rows = [("Pd", "pomalidomide", 1, BLANK, (1,), 4.0, "mg", "oral")]
    p = build(rows, settings=SETTINGS)
    assert administration_cost(p, TIME).by_drug().sum() == 0
    assert premedication_cost(p, TIME).by_drug().sum() == 0


@pytest.mark.parametrize("missing", ["first_hour_cost", "added_hour_cost", "infusion_minutes"])
def test_a_parameter_that_a_route_needs_is_named(build: Build, missing: str) -> None:
    p = build(settings=SETTINGS, **{**FEES, missing: None})
    with pytest.raises(UnknownNameError, match=missing):
        administration_cost(p, TIME)


def test_an_infusion_label_that_is_missing_is_named(build: Build) -> None:
    p = build(settings=SETTINGS, **FEES)
    p.labels["infusion"] = ("first", "second", "third")
    minutes = p.infusion_minutes.assign_coords(infusion=["first", "second", "third"])
    p._values["infusion_minutes"] = minutes
    with pytest.raises(UnknownNameError, match="there is no infusion 'later'"):
        administration_cost(p, TIME)


def test_infusion_minutes_that_are_the_same_for_all(build: Build) -> None:
    p = build(settings=SETTINGS, **{**FEES, "infusion_minutes": 120.0})
    assert administration_cost(p, TIME).by_drug().sel(strategy="Isa-Pd").sum() == 28 * 170


def test_an_injection_cost_by_infusion_is_refused(build: Build) -> None:
    rows = [*LABEL[:2], ("Isa-Pd", "daratumumab", 1, BLANK, (1,), 1800.0, "mg", "sc")]
    by_infusion = {"first": 1.0, "second": 2.0, "later": 3.0}
    with pytest.raises(LineError, match="'injection_cost' varies by 'infusion'"):
        administration_cost(build(rows, settings=SETTINGS, injection_cost=by_infusion, **FEES), TIME)


def test_premedication_before_and_after_each_infusion(build: Build) -> None:
    after = {**dict.fromkeys(PRICES, 0.0), "daratumumab": 4.0}
    p = build(settings=SETTINGS, premedication_cost=5.0, postmedication_cost=after)
    cost = premedication_cost(p, TIME).by_drug().sum("dose_day")
    assert cost.sel(strategy="Isa-Pd", drug="isatuximab") == 28 * 5
    assert cost.sel(strategy="Dara-Pd", drug="daratumumab") == 23 * 9
    assert cost.sel(drug="pomalidomide").sum() == 0


def test_fewer_doses_are_fewer_administrations_but_smaller_ones_are_not(build: Build) -> None:
    intensity = {"Isa-Pd": dict.fromkeys(PRICES, 0.8), "Dara-Pd": dict.fromkeys(PRICES, 1.0)}

    def costs(how: str) -> list[float]:
        p = build(
            LABEL,
            {"intensity": how},
            SETTINGS,
            relative_dose_intensity=intensity,
            premedication_cost=5.0,
            postmedication_cost=0.0,
            **FEES,
        )
        both = administration_cost(p, TIME).by_drug(), premedication_cost(p, TIME).by_drug()
        return [cost.sel(strategy="Isa-Pd").sum().item() for cost in both]

    full = [200 + 170 + 26 * 140, 28 * 5]
    assert costs("amount") == pytest.approx(full)
    assert costs("doses") == pytest.approx([0.8 * cost for cost in full])


def test_each_row_says_what_its_dose_intensity_reduces(build: Build) -> None:
    rows = [
        ("Isa", "isatuximab", 1, 1, WEEKLY, 10.0, "mg/kg", "iv"),
        ("Isa", "isatuximab", 2, BLANK, (1, 15), 10.0, "mg/kg", "iv"),
    ]
    values = {"relative_dose_intensity": 0.5, "premedication_cost": 8.0, "postmedication_cost": 0.0}
    p = build(rows, {"intensity": ["doses", "amount"]}, SETTINGS, **values)
    assert premedication_cost(p, TIME).by_drug().sum() == 4 * 4 + 24 * 8


def test_draws_of_the_fees_and_of_the_minutes(build: Build) -> None:
    hour = xr.DataArray(np.array([100.0, 140.0]), dims="draw")
    product = administration_cost(build(settings=SETTINGS, **{**FEES, "first_hour_cost": hour}), TIME)
    assert product.factors[0].dims == ("strategy", "dose", "dose_day")
    assert product.factors[1].dims == ("draw", "dose")
    cost = product.by_drug().sel(strategy="Isa-Pd", drug="isatuximab").sum("dose_day")
    assert cost.values.tolist() == [90 + 28 * 100, 90 + 28 * 140]

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from hecon.costing.adverse_events import adverse_event_cost, adverse_event_qaly_loss
from hecon.errors import AlignmentError, UnknownNameError
from hecon.labels import labelled
from hecon.parameters import Parameters
from hecon.settings import Settings

LABELS = {"strategy": ("Isa-Pd", "Dara-Pd"), "event": ("neutropenia", "pneumonia")}
VALUES = {
    "adverse_event_incidence": {
        "Isa-Pd": {"neutropenia": 0.85, "pneumonia": 0.25},
        "Dara-Pd": {"neutropenia": 0.78, "pneumonia": 0.10},
    },
    "adverse_event_cost": {"neutropenia": 2_000.0, "pneumonia": 12_000.0},
    "adverse_event_disutility": {"neutropenia": 0.145, "pneumonia": 0.14},
    "adverse_event_duration_days": {"neutropenia": 9.8, "pneumonia": 11.1},
}


def parameters(**values: object) -> Parameters:
    given = {**VALUES, **values}
    return Parameters(
        {name: labelled(value, LABELS, name) for name, value in given.items() if value is not None},
        LABELS,
        Settings(),
    )


def test_cost_is_incidence_times_cost() -> None:
    cost = adverse_event_cost(parameters())
    assert cost.dims == ("strategy", "event")
    assert cost.values.tolist() == pytest.approx(np.array([[1_700, 3_000], [1_560, 1_200]]))
    assert cost.strategy.values.tolist() == ["Isa-Pd", "Dara-Pd"]


def test_qaly_loss_is_incidence_times_disutility_times_duration() -> None:
    loss = adverse_event_qaly_loss(parameters())
    by_hand = 0.85 * 0.145 * 9.8 / 365.25
    assert loss.sel(strategy="Isa-Pd", event="neutropenia").item() == pytest.approx(by_hand, rel=1e-14)
    assert (-loss).sum().item() < 0


def test_days_become_years_by_the_setting() -> None:
    p = parameters()
    p.settings = Settings(days_per_year=365)
    ratio = adverse_event_qaly_loss(p) / adverse_event_qaly_loss(parameters())
    assert ratio.values == pytest.approx(np.full((2, 2), 365.25 / 365))


def test_draws_come_first_and_have_the_same_bits_alone() -> None:
    draws = np.random.default_rng(3).random((5, 2))
    costs = adverse_event_cost(parameters(adverse_event_cost=(("draw", "event"), draws)))
    assert costs.dims == ("draw", "strategy", "event")
    for place in range(5):
        alone = adverse_event_cost(parameters(adverse_event_cost=(("draw", "event"), draws[place : place + 1])))
        assert np.array_equal(alone.values[0], costs.values[place])


def test_a_missing_parameter_and_other_labels_are_errors() -> None:
    with pytest.raises(UnknownNameError, match="adverse_event_cost"):
        adverse_event_cost(parameters(adverse_event_cost=None))
    p = parameters()
    p._values["adverse_event_cost"] = xr.DataArray(
        [1.0, 2.0], dims="event", coords={"event": ["pneumonia", "neutropenia"]}
    )
    with pytest.raises(AlignmentError, match="labels of 'event' differ"):
        adverse_event_cost(p)

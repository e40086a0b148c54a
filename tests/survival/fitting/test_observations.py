"""Individual data: what is no vector of numbers is told by its row, and data may be cut by rows."""

import numpy as np
import pytest

import hecon as he
from hecon.survival.fitting.observations import observations

TIMES, EVENTS = [1.0, 2.0, 3.0], [1, 0, 1]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"time": [1.0, "late", 3.0]}, "time, row 2 +is 'late'; every row needs a finite number"),
        ({"time": {"a": 1}}, "time +is dict; give a vector, one number for each patient"),
        ({"time": [[1.0, 2.0, 3.0]]}, "time +has 2 dimensions; give a vector"),
        ({"time": [1.0, np.inf, 3.0]}, "time, row 2 +is inf; a time is a finite number"),
        ({"event": [1, 0]}, "event +has 2 rows, but time has 3"),
        ({"event": [1, 2, 0]}, "event, row 2 +is 2; an event is coded 1"),
        ({"weights": [0, 0, 0]}, "weights +are all 0; at least one patient must count"),
        ({"weights": [1, -1, 1]}, "weights, row 2 +is -1; a weight is a number of at least 0"),
        ({"time": [], "event": []}, "time +is empty; give one time for each patient"),
    ],
)
def test_a_wrong_row_is_named(given, words):
    with pytest.raises(he.InputError, match=words):
        observations(**({"time": TIMES, "event": EVENTS} | given))


def test_a_part_of_the_data_has_its_own_events():
    data = observations(TIMES, EVENTS, weights=[1.0, 2.0, 4.0])
    assert (len(data), data.events) == (3, 5.0)
    part = data[np.array([1, 2])]
    assert (part.time.tolist(), part.events) == ([2.0, 3.0], 4.0)

"""Draws that are run and read a page at a time: the bits of a run of all of them, whatever the pages are."""

import numpy as np
import pytest

import hecon as he
from hecon.analysis import run as running

DRAWS = 500
STATES = ["progression_free", "progressed", "dead"]


def outcome(p, time):
    progression_free, overall = he.Weibull(1.1, p.scale), he.Exponential(p.death_rate)
    state = he.partition(time, progression_free=progression_free, overall=overall)
    return he.Outcome(
        state,
        [
            he.cost("Treatment", he.share_at_start(time, progression_free), p.price),
            he.cost("Test", he.at_start(time), 100.0),
            he.qaly("Time in state", he.years_in(time, state), p.utility),
        ],
    )


def model_of_draws(place):
    generator = np.random.default_rng(1)
    scale, rate = generator.uniform(1, 3, (DRAWS, 2)), generator.uniform(0.1, 0.9, (DRAWS, 2))
    values = {
        "scale": (("draw", "strategy"), scale[place]),
        "death_rate": (("draw", "strategy"), rate[place]),
        "price": ("strategy", [100.0, 200.0]),
        "utility": ("state", [0.8, 0.6, 0.0]),
    }
    labels = {"strategy": ["A", "B"], "state": STATES}
    return he.Case(outcome, values, labels=labels, settings={"horizons": [1, 5]})


def pages_of(cases):
    """Totals of every page, in place; the pages, in the order in which they were read; what progress was told."""
    found = {name: np.full((DRAWS, 2, 2), np.nan) for name in ("cost", "qaly")}
    pages, told = [], []

    def read(place, result):
        pages.append(place)
        for name, array in found.items():
            if name in result.totals:
                array[place] = result.totals[name].values

    running.run_by_pages(cases(slice(0, 1)), DRAWS, cases, read, lambda done, draws: told.append((done, draws)))
    return found, sorted(pages, key=lambda page: page.start), told


@pytest.mark.parametrize("numbers", [1_000, 20_000, 1_000_000])
def test_pages_of_any_size_have_the_bits_of_the_whole(monkeypatch, numbers):
    monkeypatch.setattr(running, "BLOCK_NUMBERS", numbers // 2)
    monkeypatch.setattr(running, "BLOCK_BY_PARTS", numbers)
    found, pages, told = pages_of(model_of_draws)
    whole = he.run(model_of_draws(slice(None))).totals
    for name, array in found.items():
        np.testing.assert_array_equal(array, whole[name].values)
    assert [page.start for page in pages] == [0, *(page.stop for page in pages[:-1])]
    assert told == [(page.stop, DRAWS) for page in pages]
    assert (len(pages) > 1) == (numbers < 1_000_000)


def test_an_error_in_any_page_is_raised(monkeypatch):
    monkeypatch.setattr(running, "BLOCK_NUMBERS", 100)
    monkeypatch.setattr(running, "BLOCK_BY_PARTS", 60_000)

    def cases(place):
        if place.start > 300:
            raise he.HeconError("no such draws")
        return model_of_draws(place)

    with pytest.raises(he.HeconError, match="no such draws"):
        pages_of(cases)


def test_pages_are_smaller_where_a_line_tells_many_labels_apart(monkeypatch):
    monkeypatch.setattr(running, "BLOCK_NUMBERS", 60_000)
    large = pages_of(model_of_draws)[1][1]
    monkeypatch.setattr(running._Block, "widest", property(lambda block: 70_000))
    small = pages_of(model_of_draws)[1][1]
    assert small.stop - small.start < (large.stop - large.start) / 2

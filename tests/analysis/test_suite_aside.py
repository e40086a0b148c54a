"""All analyses with a second process that takes a part of them: the same results, errors and interrupts as without."""

import os
import sys
import time

import pytest
from linear import outcome
from test_suite import small

import hecon as he
from hecon import cli
from hecon.analysis import registry, suite
from hecon.analysis.registry import ANALYSES, Analysis, analysis

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="this system makes no copies of a process")

HERE = os.getpid()


@pytest.fixture(autouse=True)
def _possible(monkeypatch):
    monkeypatch.setattr(suite, "is_possible", lambda: True)


def registered(monkeypatch, **records):
    for name, record in records.items():
        module = type(sys)(f"made_{name}")
        module.ANALYSIS = record
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setitem(registry.ANALYSES, name, module.__name__)


def of_second(task):
    """Where it was done: after what the second process has begun there is something left for the first."""
    time.sleep(0.2)
    return "here" if os.getpid() == HERE else "beside"


def only_there(task):
    return of_second(task) if os.getpid() != HERE else fails(task)


def fails(task):
    raise he.HeconError("the roof leaks")


def floods(task):
    raise he.HeconError("the cellar is full of water")


def test_results_are_those_of_one_process():
    names = ["health", "psa", "sobol", "evppi"]
    both, one = (he.run_suite(small(), names, model=outcome, aside=aside) for aside in (True, False))
    assert list(both.analyses) == list(one.analyses) == ["health", "psa", "evppi", "sobol"]
    assert both.health.table.equals(one.health.table)
    assert both.sobol.table.equals(one.sobol.table)
    assert both.evppi.equals(one.evppi)
    assert both.sobol.measures[0].words == one.sobol.measures[0].words


def test_an_analysis_that_others_wait_for_is_done_here(monkeypatch):
    registered(
        monkeypatch,
        cellar=Analysis("cellar", of_second, aside=True),
        house=Analysis("house", lambda task: task.found["cellar"], requires=["cellar"]),
        roof=Analysis("roof", only_there, aside=True),
        garden=Analysis("garden", of_second, aside=True),
    )
    found = he.run_suite(small(), ["cellar", "house", "roof", "garden"], model=outcome, aside=True).found
    assert [found[name] for name in ("cellar", "house", "roof")] == ["here", "here", "beside"]


@pytest.mark.parametrize(
    ("names", "given"),
    [
        (["cellar", "roof"], {"aside": False}),
        (["cellar", "roof"], {"aside": True, "workers": 1}),
        (["house", "roof"], {"aside": True}),
    ],
)
def test_one_process_where_no_second_is_wanted_or_worth_it(monkeypatch, names, given):
    registered(
        monkeypatch,
        cellar=Analysis("cellar", of_second, aside=True),
        house=Analysis("house", of_second),
        roof=Analysis("roof", of_second, aside=True),
    )
    assert set(he.run_suite(small(), names, model=outcome, **given).found.values()) == {"here"}


def test_of_several_errors_the_first_in_the_order_of_the_registry_is_raised(monkeypatch):
    registered(
        monkeypatch,
        cellar=Analysis("cellar", floods, aside=True),
        house=Analysis("house", fails),
        roof=Analysis("roof", floods, aside=True),
        garden=Analysis("garden", of_second, aside=True),
    )
    with pytest.raises(he.HeconError, match="full of water"):
        he.run_suite(small(), ["cellar", "house", "garden"], model=outcome, aside=True)
    with pytest.raises(he.HeconError, match="the roof leaks"):
        he.run_suite(small(), ["house", "roof", "garden"], model=outcome, aside=True)


def test_an_interrupt_keeps_what_both_have_done(monkeypatch):
    def stops(task):
        if os.getpid() != HERE:
            time.sleep(600)
        time.sleep(0.5)
        raise KeyboardInterrupt

    registered(
        monkeypatch,
        cellar=Analysis("cellar", only_there, aside=True),
        house=Analysis("house", stops),
        roof=Analysis("roof", stops, aside=True),
    )
    found = he.run_suite(small(), ["cellar", "house", "roof"], model=outcome, aside=True)
    assert found.found == {"cellar": "beside"}
    assert found.interrupted == "interrupted during the house"
    assert found.skipped == {"house": "interrupted", "roof": "interrupted"}


def test_progress_is_told_one_after_the_other(monkeypatch):
    def works(task):
        task.progress(1, 2)
        time.sleep(0.05)
        task.progress(2, 2)
        return os.getpid() != HERE

    names = ["cellar", "house", "roof"]
    registered(monkeypatch, **{name: Analysis(name, works, aside=name != "house") for name in names})
    told = []
    he.run_suite(small(), names, model=outcome, aside=True, progress=lambda *said: told.append(said))
    order = list(dict.fromkeys(name for name, *_ in told))
    assert order[0] == "house"
    assert sorted(told, key=lambda said: order.index(said[0])) == told
    assert {name: [done for own, done, _ in told if own == name] for name in names} == {name: [1, 2] for name in names}


def test_what_may_be_done_aside_needs_nothing_of_others():
    able = [name for name in ANALYSES if analysis(name).aside]
    assert able
    assert not [name for name in able if analysis(name).requires or analysis(name).uses]


@pytest.mark.slow
def test_the_tables_of_a_run_are_those_of_one_process(tmp_path):
    he.new_project(tmp_path / "project")
    workbook = next((tmp_path / "project" / "inputs").glob("*.xlsx"))
    for name, options in {"both": [], "one": ["--workers", "1"]}.items():
        assert cli.main(["run", str(workbook), "--out", str(tmp_path / name), "--quiet", *options]) == 0
    files = sorted(path.name for path in (tmp_path / "one" / "tables").iterdir())
    assert "sobol.csv" in files
    assert files == sorted(path.name for path in (tmp_path / "both" / "tables").iterdir())
    for file in files:
        own = [(tmp_path / name / "tables" / file).read_bytes() for name in ("both", "one")]
        assert own[0] == own[1], file

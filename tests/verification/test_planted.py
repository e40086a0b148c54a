"""Every check fails on a model with its error planted, and passes without it."""

from dataclasses import replace
from functools import cache

import planted_engine  # noqa: F401 (puts its errors on the list)
import planted_results  # noqa: F401
import planted_uncertainty  # noqa: F401
import pytest
from planted import PLANTED, forget, subject

from hecon.analysis.health import EXPLAINED, FAIL, PASS
from hecon.verification.battery import checks, checks_of

#: Checks that no planted error makes fail, with why.
NOT_PLANTED: dict[str, str] = {}


def found(own, name):
    """What a check finds on a subject; of stated results, the one of that name."""
    known = [*checks(), *checks_of(own.case.model)]
    check = next(
        one for one in known if name == one.name or (one.name == "Stated results" and name.startswith("Stated"))
    )
    return next(finding for finding in check(own) if finding.check == name)


@cache
def healthy(on):
    return subject(on)


@cache
def before(on, name):
    return found(healthy(on), name)


ERRORS = [
    pytest.param(error, id=error.name, marks=[pytest.mark.slow] if error.slow else []) for error in PLANTED.values()
]


@pytest.mark.parametrize("error", ERRORS)
def test_a_planted_error_is_caught(error, monkeypatch):
    own_check = error.name.startswith("a check that")
    forget()
    if not own_check:
        for name in error.catches:
            assert before(error.on, name).verdict in (PASS, EXPLAINED), before(error.on, name)
    forget()
    try:
        own = subject(error.on)
        own = error.plant(monkeypatch, own) or own
        after = {name: found(own, name) for name in error.catches}
    finally:
        monkeypatch.undo()
        forget()
    for name, finding in after.items():
        assert finding.verdict in (FAIL, EXPLAINED), (name, finding.found)
        # A check sees an error by its numbers; one that breaks has seen nothing.
        assert own_check or not finding.found.startswith("it broke"), (name, finding.found)
        assert own_check or finding.found != before(error.on, name).found


@pytest.mark.parametrize(
    "name",
    [
        "a seed ignored",
        "a place taken for a label",
        "draws put in the rows of their neighbours",
        "compounding the wrong way",
    ],
)
def test_checks_that_do_less_for_a_run_catch_it_too(name, monkeypatch):
    error = PLANTED[name]
    forget()
    try:
        own = subject(error.on)
        own = replace(error.plant(monkeypatch, own) or own, quick=True)
        verdicts = [found(own, check.name).verdict for check in checks() if check.short and check.name in error.catches]
    finally:
        monkeypatch.undo()
        forget()
    assert verdicts
    assert set(verdicts) == {FAIL}


def test_there_are_enough_of_them():
    assert len(PLANTED) >= 60


def test_every_check_has_an_error_that_it_sees():
    seen = {name for error in PLANTED.values() for name in error.catches}
    seen |= {"Stated results"} if any(name.startswith("Stated result: ") for name in seen) else set()
    names = {check.name for check in checks()}
    assert names - seen == set(NOT_PLANTED)

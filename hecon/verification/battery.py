"""The battery: every health check asked of a model."""

from __future__ import annotations

import importlib
import math
import time
import warnings
from collections.abc import Iterator
from typing import Any

from hecon.analysis.health import UNASKED, Finding, Health
from hecon.analysis.needs import given_as
from hecon.analysis.registry import Analysis, Task
from hecon.analysis.result import Result
from hecon.errors import HeconError
from hecon.inputs.case import Case, Inputs, Model
from hecon.progress import OnProgress
from hecon.verification.record import HealthCheck, TimeIsUp
from hecon.verification.subject import DRAWS, Subject

#: Modules of checks, in the order of the table. A check is in the battery by being in one of them.
ROOMS = (
    "inputs",
    "directions",
    "curves",
    "states",
    "horizons",
    "settings",
    "results",
    "decisions",
    "second_path",
    "draws",
    "uncertainty",
    "information",
    "live",
)
#: Those without a quick check, which runs do not load.
NEVER_QUICK = ("second_path", "live")
#: Processor seconds after which the quick checks of a run stop: models of a workbook need about one or two.
_SECONDS = 10.0


def checks(rooms: tuple[str, ...] = ROOMS) -> tuple[HealthCheck, ...]:
    """Every check of the battery, in order."""
    modules = [importlib.import_module(f"hecon.verification.{room}") for room in rooms]
    return tuple(check for module in modules for check in _in(vars(module)))


def _in(names: dict[str, Any]) -> Iterator[HealthCheck]:
    yield from (value for value in list(names.values()) if isinstance(value, HealthCheck))


def checks_of(model: Model) -> tuple[HealthCheck, ...]:
    """Checks that a model's author wrote beside the model, in its file."""
    return tuple(_in(getattr(model, "__globals__", {})))


def verify(
    model: Inputs | Case,
    *,
    short: bool = False,
    draws: int = DRAWS,
    seconds: float | None = None,
    progress: OnProgress | None = None,
) -> Health:
    """Ask a workbook's model, or a case, every check of the battery and those in the model's own file.

    `short` asks only the quick ones, as every `hecon run` does. `draws` are those of the checks of uncertainty. Checks
    that are not done after so many processor `seconds` (so that a busy machine asks as many) are left unasked, and say
    so. `progress(done, count)` is called after each. The tests are written after TECH-VER (Büyükkaramikli et al. 2019)
    and AdViSHE (Vemer et al. 2016); no compliance is claimed.

    Gives a `Health`: its `table` has one row a finding (check, domain, source, changed, expected, found, verdict), its
    `light` is red, amber or green. Raises `HeconError` where the base case cannot be run.

    >>> import hecon as he
    >>> he.verification.verify(he.read_workbook("inputs/isa_dara_pd_us.xlsx"), short=True).light  # doctest: +SKIP
    'green'
    """
    if isinstance(model, Inputs):
        subject = Subject(model.base_case(), model, draws, quick=short)
    elif isinstance(model, Case):
        subject = Subject(model, None, draws, quick=short)
    else:
        raise HeconError(f"verify takes what read_workbook gives, or a case, not {type(model).__name__}")
    return _asked(subject, short=short, seconds=seconds, progress=progress)


def quick_checks(inputs: Inputs, base: Result | None = None, progress: OnProgress | None = None) -> Health:
    """Ask a workbook's model the quick checks, as every run does, for some seconds; `base` is its base case, if run."""
    subject = Subject(base.case if base else inputs.base_case(), inputs, DRAWS, quick=True, ran=base)
    return _asked(subject, short=True, seconds=_SECONDS, progress=progress)


def _asked(subject: Subject, *, short: bool, seconds: float | None, progress: OnProgress | None) -> Health:
    subject.base  # noqa: B018 (a base case that cannot be run is an error, not a finding)
    subject.deadline.until = math.inf if seconds is None else time.process_time() + seconds
    rooms = tuple(room for room in ROOMS if not (short and room in NEVER_QUICK))
    asked = [check for check in (*checks(rooms), *checks_of(subject.case.model)) if check.short or not short]
    findings: list[Finding] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a changed model warns of is no news
        for done, check in enumerate(asked, start=1):
            try:
                subject.deadline.keep()
                findings += check(subject)
            except TimeIsUp:
                findings.append(check.unasked(f"{UNASKED} {seconds:g} seconds"))
            if progress:
                progress(done, len(asked))
    return Health(findings, short)


def _run(task: Task) -> Health:
    return quick_checks(task.inputs, task.base, task.progress)


ANALYSIS = Analysis(
    called="health checks",
    run=_run,
    tables={"health": lambda found, _: found.table},
    accept=given_as(Health, "health", "he.verification.verify(inputs)"),
    sensitivity=False,
    by_name=True,
    aside=True,
)

"""Checks of the live workbook: the model's own function on symbols, its values beside those of the engine."""

from __future__ import annotations

from functools import partial

import numpy as np

from hecon.report.live.model import LiveModel, live_model
from hecon.report.live.results import TWINS
from hecon.verification.record import ADVISHE, HECON, Answer, agree, health_check, need, worst
from hecon.verification.subject import Subject

_check = partial(health_check, domain="live workbook", source=ADVISHE + ", E1; " + HECON)


def _live(model: Subject) -> LiveModel:
    return model.once("live", lambda: live_model(model.workbook, model.case.model))


@_check(
    "The live workbook's totals are the engine's",
    changed="the model run on symbols",
    expected="every total, by the formulas' own values",
)
def totals(model: Subject) -> Answer:
    """Cells of results, worked out by the formulas that are written, against the engine's numbers."""
    return _compared(model, totals_only=True)


@_check(
    "The live workbook's breakdown is the engine's",
    changed="the model run on symbols",
    expected="every line and detail, by the formulas' own values",
)
def breakdown(model: Subject) -> Answer:
    """The same for every item."""
    return _compared(model, totals_only=False)


def _compared(model: Subject, *, totals_only: bool) -> Answer:
    results = _live(model).results
    rows = results.total_rows if totals_only else results.detail_rows
    columns = results.totals if totals_only else results.details
    answers = []
    for place in range(len(model.horizons)):
        for strategy in model.strategies:
            for twin in TWINS:
                cells = columns[place, strategy, twin].cells
                found = [float(getattr(cell, "value", cell)) for cell in cells]
                expected = [results.engine(model.base, place, strategy, row, twin) for row in rows]
                scale = max(float(np.abs(expected).max()), 1e-9)
                answers.append(agree(found, expected, 1e-9, f"{strategy}, {twin}", scale))
    return worst(answers)


@_check(
    "The live workbook's decision is the engine's",
    changed="the model run on symbols",
    expected="ICERs and increments, by the formulas' own values",
)
def _decision(model: Subject) -> Answer:
    """Increments of every pair, from the cells of the totals."""
    results = _live(model).results
    need(len(model.strategies) > 1, "there is only one strategy")
    need({"cost", "qaly"} <= set(model.base.totals), "the model has no costs or no QALYs")
    pairs = model.base.incremental().set_index(["strategy", "comparator", "horizon_years"])
    answers = []
    for place, horizon in enumerate(model.horizons):
        for one in model.strategies:
            for other in model.strategies:
                if one == other:
                    continue
                for name in ("cost", "qaly"):
                    cells = [results.total(place, strategy, name) for strategy in (one, other)]
                    first, second = (float(getattr(cell, "value", cell)) for cell in cells)
                    expected = pairs.loc[(one, other, horizon), f"incremental_{name}"]
                    answers.append(
                        agree(first - second, expected, 1e-9, f"{one}, {name}", max(abs(first), abs(second), 1e-9))
                    )
    return worst(answers)

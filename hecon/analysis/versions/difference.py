"""Two versions of a workbook: what changed in the inputs, what that did to the results, and which change did it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from hecon.analysis.result import Result
from hecon.analysis.run import run
from hecon.analysis.versions.changes_alone import Trials
from hecon.analysis.versions.side_by_side import measured_results, pairs_of, side_by_side
from hecon.errors import HeconError, InputError
from hecon.frozen import frozen
from hecon.inputs.case import Case
from hecon.inputs.differences import changes_between, changes_table
from hecon.inputs.workbook import inputs_of, read_tables
from hecon.progress import OnProgress


@frozen
class Difference:
    """What differs between two workbooks.

    `changes`: change (changed, added, removed, moved), sheet, input, column, old_cell, new_cell, old_value, new_value,
    affects; one row a cell, or a row of a sheet. `results`: strategy, comparator (blank for totals), horizon_years,
    measure (cost, life_years, ..., qaly; incremental_cost, incremental_qaly, icer), old, new, difference, old_quadrant,
    new_quadrant; what only one workbook has is missing in the other, and an ICER has a difference only within one
    quadrant. `effects`: the same for each changed input alone, preceded by sheet, input, old_value, new_value. `notes`
    say what numbers cannot.
    """

    old: Result
    new: Result
    old_path: str
    new_path: str
    changes: pd.DataFrame
    results: pd.DataFrame
    effects: pd.DataFrame
    notes: tuple[str, ...] = ()

    @cached_property
    def has_changes(self) -> bool:
        """Whether any input or any result differs."""
        return len(self.changes) > 0 or not self.same_results

    @cached_property
    def same_results(self) -> bool:
        """Whether every result is there in both workbooks and the same."""
        same = np.isclose(self.results["old"], self.results["new"], rtol=1e-12, atol=0.0, equal_nan=True)
        quadrants = self.results["old_quadrant"] == self.results["new_quadrant"]
        return bool(same.all() and quadrants.all())


def compare_workbooks(
    old: str | Path, new: str | Path, *, models: str | Path | None = None, progress: OnProgress | None = None
) -> Difference:
    """Compare two input workbooks cell by cell, and what comes out of them.

    Rows are matched by what they are about, not by where they stand. `models` is a folder to look for the models in,
    before the usual ones; `progress(done, count)` is called as changes are tried alone. Raises `InputError` with every
    fault of a workbook that cannot be read, and `HeconError` for one that cannot be run.

    >>> import hecon as he
    >>> found = he.versions.compare_workbooks("submitted.xlsx", "revised.xlsx")  # doctest: +SKIP
    >>> found.changes[["input", "old_cell", "old_value", "new_value"]]  # doctest: +SKIP
    """
    tables = read_tables(old), read_tables(new)
    inputs = inputs_of(tables[0], old, models), inputs_of(tables[1], new, models)
    before, after = (_run(one.base_case(), path) for one, path in zip(inputs, (old, new), strict=True))
    changes = changes_between(*tables)
    pairs = pairs_of(before, after)
    effects, untried = Trials(*inputs, before, changes).effects(pairs, progress)
    return Difference(
        old=before,
        new=after,
        old_path=str(old),
        new_path=str(new),
        changes=changes_table(changes),
        results=side_by_side(measured_results(before), measured_results(after), pairs),
        effects=effects,
        notes=(*_notes(before, after), *untried),
    )


def _run(case: Case, path: str | Path) -> Result:
    try:
        return run(case)
    except InputError:
        raise
    except HeconError as error:
        raise HeconError(f"{path}: {error}") from error


def _notes(old: Result, new: Result) -> Iterator[str]:
    if old.case.sha256 == new.case.sha256:
        yield "The two files are the same, byte by byte."
    for side, own, other in (("OLD", old, new), ("NEW", new, old)):
        strategies = [name for name in own.strategies if name not in other.strategies]
        horizons = _in_years([horizon for horizon in own.time.horizons if horizon not in other.time.horizons])
        for what, only in (("Strategy", strategies), ("Horizon", horizons)):
            if only:
                yield f"{what} in {side} only: {', '.join(only)}. There is nothing to compare with."
    if old.case.comparator != new.case.comparator:
        yield f"The comparator is {old.case.comparator} in OLD and {new.case.comparator} in NEW; {_oriented(old)}."
    currencies = [result.case.settings.currency for result in (old, new)]
    if currencies[0] != currencies[1]:
        yield f"Costs are in {currencies[0]} in OLD and in {currencies[1]} in NEW: their difference means nothing."
    files = [_model_file(result.case) for result in (old, new)]
    if files[0] is not None and files[1] is not None and files[0].read_bytes() != files[1].read_bytes():
        yield f"The model is another too: OLD runs {files[0]}, NEW runs {files[1]}."


def _in_years(horizons: Sequence[float]) -> list[str]:
    return [f"{horizon:g} year" + ("" if horizon == 1 else "s") for horizon in horizons]


def _oriented(old: Result) -> str:
    return f"increments are shown against {old.case.comparator}, where it is one of a pair"


def _model_file(case: Case) -> Path | None:
    try:
        path = Path(inspect.getfile(case.model))
    except TypeError:
        return None
    return path if path.is_file() else None

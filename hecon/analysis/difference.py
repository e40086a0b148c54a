"""Two versions of a workbook: what changed in the inputs, what that did to the results, and which change did it.

Both workbooks are run as they stand. Then each changed input is tried alone in the old workbook: changed values as one
batch of draws, a draw a value; settings, curves, schedules and packs as runs of their own.
"""

from __future__ import annotations

import inspect
import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from hecon.analysis.result import MEASURES, Result
from hecon.analysis.run import run
from hecon.errors import HeconError, InputError
from hecon.inputs.batch import with_rows
from hecon.inputs.case import Case, Inputs
from hecon.inputs.differences import SETTINGS, Change, changes_between, changes_table
from hecon.inputs.workbook import inputs_of, read_tables
from hecon.labels import DRAW, STRATEGY

RESULT_COLUMNS = (
    STRATEGY, "comparator", "horizon_years", "measure", "old", "new", "difference", "old_quadrant", "new_quadrant",
)  # fmt: skip
EFFECT_COLUMNS = ("sheet", "input", "old_value", "new_value", *RESULT_COLUMNS)
#: Sheets of structure that are tried group by group: the columns that hold a group together.
_GROUPS: dict[str, tuple[str, ...]] = {
    "Curves": (STRATEGY, "endpoint"),
    "Packs": ("drug",),
    "Schedules": (STRATEGY, "drug"),
    "Price index": (),
    "Kaplan-Meier": (STRATEGY, "endpoint"),
    "Life table": (),
}
#: Settings that leave nothing to compare one horizon or one ledger with.
_NOT_ALONE = ("model", "horizons")

Progress = Callable[[int, int], None]
#: Value and quadrant by strategy, comparator (blank for a total), horizon and measure.
Measured = dict[tuple[str, str, float, str], tuple[float, str]]


@dataclass(frozen=True, eq=False)
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
    old: str | Path, new: str | Path, *, models: str | Path | None = None, progress: Progress | None = None
) -> Difference:
    """Compare two input workbooks cell by cell, and what comes out of them.

    Rows are matched by what they are about, not by where they stand. `models` is a folder to look for the models in,
    before the usual ones; `progress(done, count)` is called as changes are tried alone. Raises `InputError` with every
    fault of a workbook that cannot be read, and `HeconError` for one that cannot be run.

    >>> import hecon as he
    >>> found = he.compare_workbooks("submitted.xlsx", "revised.xlsx")  # doctest: +SKIP
    >>> found.changes[["input", "old_cell", "old_value", "new_value"]]  # doctest: +SKIP
    """
    tables = read_tables(old), read_tables(new)
    inputs = inputs_of(tables[0], old, models), inputs_of(tables[1], new, models)
    before, after = (_run(one.base_case(), path) for one, path in zip(inputs, (old, new), strict=True))
    changes = changes_between(*tables)
    pairs = _pairs(before, after)
    effects, untried = _Trials(*inputs, before, changes).effects(pairs, progress)
    return Difference(
        old=before,
        new=after,
        old_path=str(old),
        new_path=str(new),
        changes=changes_table(changes),
        results=_difference(measured(before), measured(after), pairs),
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


# --- results side by side ---


def measured(result: Result) -> Measured:
    """Read totals and increments of every pair off a result."""
    found: Measured = {}
    for row in result.table().to_dict("records"):
        for measure in MEASURES:
            if measure in row:
                found[row[STRATEGY], "", row["horizon_years"], measure] = row[measure], ""
    for row in result.incremental().to_dict("records"):
        place = row[STRATEGY], row["comparator"], row["horizon_years"]
        for measure in ("incremental_cost", "incremental_life_years", "incremental_qaly", "icer"):
            if measure in row:
                found[*place, measure] = row[measure], row["quadrant"] if measure == "icer" else ""
    return found


def _pairs(old: Result, new: Result) -> list[tuple[str, str]]:
    """Give each pair of strategies of either result once, the comparator second; then each strategy's totals."""
    names = list(dict.fromkeys((*old.strategies, *new.strategies)))
    found = [(name, "") for name in names]
    for one, other in itertools.combinations(names, 2):
        turned = one == old.case.comparator or (one == new.case.comparator and other != old.case.comparator)
        found.append((other, one) if turned else (one, other))
    return found


def _difference(old: Measured, new: Measured, pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Put two sets of results side by side, in the order of the pairs and horizons (`RESULT_COLUMNS`)."""
    rank = {pair: place for place, pair in enumerate(pairs)}
    places = [place for place in dict.fromkeys((*old, *new)) if place[:2] in rank]
    rows = []
    for place in sorted(places, key=lambda place: (rank[place[:2]], place[2])):
        (before, where), (after, now) = old.get(place, (math.nan, "")), new.get(place, (math.nan, ""))
        # A price of a gain and a saving for a loss are not on one scale.
        rows.append((*place, before, after, after - before if where == now else math.nan, where, now))
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS))


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


# --- each change alone ---


@dataclass(frozen=True)
class _Trial:
    """One change to be tried alone: how to name it, and the value that a row takes, or the inputs that it makes."""

    sheet: str
    about: str
    old: float | str
    new: float | str
    row: int = -1
    inputs: Inputs | None = None


class _Trials:
    """What can be tried alone of the changes between two workbooks: values together as one batch, others one by one."""

    def __init__(self, old: Inputs, new: Inputs, base: Result, changes: Sequence[Change]) -> None:
        self._old, self._new, self._base, self._before = old, new, base.case, measured(base)
        self._changes = [change for change in changes if change.affects == "results"]
        self._rows = {_place(cell): index for index, cell in enumerate(old.parameters["cell"])}

    def effects(self, pairs: Sequence[tuple[str, str]], progress: Progress | None) -> tuple[pd.DataFrame, list[str]]:
        """Give the effect of each change (`EFFECT_COLUMNS`), and sentences about those that cannot be tried alone."""
        trials = [*self._values(), *self._settings(), *self._groups()]
        frames, failed = [], []
        for done, (trial, found) in enumerate(self._results(trials), start=1):
            if isinstance(found, HeconError):
                failed.append(f"{trial.sheet}: {trial.about} could not be tried alone: {found}")
                continue
            frame = _difference(self._before, measured(found), pairs)
            for place, name in enumerate(("sheet", "about", "old", "new")):
                frame.insert(place, EFFECT_COLUMNS[place], pd.Series([getattr(trial, name)] * len(frame), dtype=object))
            frames.append(frame)
            if progress:
                progress(done, len(trials))
        tried = {(trial.sheet, trial.about) for trial in trials}
        left = [change for change in self._changes if not self._is_tried(change, tried)]
        if left:
            names = list(dict.fromkeys(f"{change.sheet}: {change.about}" for change in left))
            shown = "; ".join(names[:8]) + ("; ..." if len(names) > 8 else "")
            failed.append(f"Not tried alone, but part of the difference of NEW ({len(names)}): {shown}.")
        table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(EFFECT_COLUMNS))
        return table, failed

    def _is_tried(self, change: Change, tried: set[tuple[str, str]]) -> bool:
        group = _GROUPS.get(change.sheet)
        about = change.about if group is None else _group_name(change.key, group)
        return (change.sheet, about) in tried and (group is not None or change.kind == "changed")

    def _results(self, trials: Sequence[_Trial]) -> Iterator[tuple[_Trial, Result | HeconError]]:
        values = [trial for trial in trials if trial.inputs is None]
        yield from zip(values, self._batch(values), strict=True)
        for trial in trials:
            if trial.inputs is not None:
                yield trial, _tried(trial.inputs.base_case(self._base.model))

    def _batch(self, trials: Sequence[_Trial]) -> Iterator[Result | HeconError]:
        """Run values as a batch, a draw a trial; one by one if the model refuses one of them."""
        if not trials:
            return
        rows = [trial.row for trial in trials]
        values = np.tile(self._old.parameters["value"].to_numpy(dtype=float)[rows], (len(rows), 1))
        np.fill_diagonal(values, [float(trial.new) for trial in trials])
        together = _tried(with_rows(self._base, rows, values))
        for draw in range(len(rows)):
            one = together
            if isinstance(together, HeconError):
                one = _tried(with_rows(self._base, rows, values[[draw]]))
            yield one if isinstance(one, HeconError) else _one_draw(one, 0 if one is not together else draw, self._base)

    def _values(self) -> Iterator[_Trial]:
        """Rows of the parameter sheets with another value; with another price year they run by themselves."""
        for (sheet, about), own in self._by_row().items():
            columns = {change.column: change for change in own}
            index = self._rows.get((sheet, own[0].old_row or 0))
            if index is None or "kind" in columns or not {"value", "price_year"} & set(columns):
                continue
            if "price_year" not in columns:
                yield _Trial(sheet, about, columns["value"].old, columns["value"].new, row=index)
                continue
            moved = [columns[name] for name in ("value", "price_year") if name in columns]
            parameters = self._old.parameters.copy()
            for change in moved:
                parameters.loc[index, change.column] = math.nan if change.new == "" else change.new
            before = ", ".join(f"{change.column} {_said(change.old)}" for change in moved)
            after = ", ".join(f"{change.column} {_said(change.new)}" for change in moved)
            yield _Trial(sheet, about, before, after, inputs=replace(self._old, parameters=parameters))

    def _by_row(self) -> dict[tuple[str, str], list[Change]]:
        found: dict[tuple[str, str], list[Change]] = {}
        for change in self._changes:
            if change.kind == "changed" and change.sheet not in (*_GROUPS, SETTINGS):
                found.setdefault((change.sheet, change.about), []).append(change)
        return found

    def _settings(self) -> Iterator[_Trial]:
        for change in self._changes:
            if change.sheet == SETTINGS and change.about not in _NOT_ALONE:
                value = getattr(self._new.settings, change.about)
                settings = self._old.settings.with_changes(**{change.about: value})
                yield _Trial(
                    SETTINGS, change.about, change.old, change.new, inputs=replace(self._old, settings=settings)
                )

    def _groups(self) -> Iterator[_Trial]:
        """Curves, schedules, packs and tables: all rows of a group as NEW has them."""
        seen: dict[tuple[str, str], list[Change]] = {}
        for change in self._changes:
            if change.sheet in _GROUPS:
                seen.setdefault((change.sheet, _group_name(change.key, _GROUPS[change.sheet])), []).append(change)
        for (sheet, about), own in seen.items():
            columns = _GROUPS[sheet]
            at = {column: own[0].key[column] for column in columns}
            known = all(label in self._old.labels.get(dimension, ()) for dimension, label in at.items())
            if not known or sheet not in self._old.tables or sheet not in self._new.tables:
                continue
            old, new = self._old.tables[sheet], self._new.tables[sheet]
            parts = [old[~_rows_at(old, at)], new[_rows_at(new, at)]]
            tables = {**self._old.tables, sheet: pd.concat(parts, ignore_index=True)}
            before, after = (own[0].old, own[0].new) if len(own) == 1 else ("", f"{len(own)} changes")
            yield _Trial(sheet, about, before, after, inputs=replace(self._old, tables=tables))


def _tried(case: Case) -> Result | HeconError:
    try:
        return run(case)
    except HeconError as error:
        return error


def _one_draw(batch: Result, draw: int, base: Case) -> Result:
    """Give one draw of a batch as a result of its own."""
    lines = [replace(line, axes=line.axes.without(DRAW), sums=line.sums[draw]) for line in batch.lines]
    return replace(batch, case=base, lines=lines, crossings=None)


def _place(cell: str) -> tuple[str, int]:
    sheet, _, address = cell.rpartition("!")
    return sheet, int(re.sub(r"\D", "", address))


def _said(value: float | str) -> str:
    return (value or "blank") if isinstance(value, str) else f"{value:g}"


def _group_name(key: Mapping[str, str], columns: Sequence[str]) -> str:
    return ", ".join(key[column] for column in columns) or "all rows"


def _rows_at(table: pd.DataFrame, at: Mapping[str, str]) -> pd.Series:
    found = pd.Series(True, index=table.index)
    for column, label in at.items():
        found &= table[column] == label
    return found

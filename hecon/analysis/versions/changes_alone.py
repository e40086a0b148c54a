"""Each change between two workbooks tried alone in the old one, so that it shows which of them moved the results.

Changed values are one batch of draws, a draw a value; settings, curves, schedules and packs are runs of their own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from hecon.analysis.result import Result
from hecon.analysis.run import run
from hecon.analysis.versions.side_by_side import RESULT_COLUMNS, Pair, measured_results, side_by_side
from hecon.errors import HeconError, InputError
from hecon.frozen import frozen
from hecon.inputs.case import Case, Inputs, with_rows
from hecon.inputs.differences import SETTINGS, Change
from hecon.labels import DRAW, STRATEGY
from hecon.progress import OnProgress

EFFECT_COLUMNS = ("sheet", "input", "old_value", "new_value", *RESULT_COLUMNS)
#: Sheets of structure that are tried group by group: the columns that hold a group together.
_GROUPS: dict[str, tuple[str, ...]] = {
    "Curves": (STRATEGY, "endpoint"),
    "Packs": ("drug",),
    "Schedules": (STRATEGY, "drug"),
    "Price index": (),
    "Kaplan-Meier": (STRATEGY, "endpoint"),
    "Life table": (),
    "Utility norms": (),
}
#: Settings that leave nothing to compare one horizon or one ledger with.
_NOT_ALONE = ("model", "horizons")
_LISTED = 8


@frozen(eq=True)
class _Trial:
    """One change to be tried alone: how to name it, and the value that a row takes, or the inputs that it makes."""

    sheet: str
    about: str
    old: float | str
    new: float | str
    row: int = -1
    inputs: Inputs | None = None


class Trials:
    """What can be tried alone of the changes between two workbooks: values together as one batch, others one by one."""

    def __init__(self, old: Inputs, new: Inputs, base: Result, changes: Sequence[Change]) -> None:
        self._old, self._new, self._base, self._before = old, new, base.case, measured_results(base)
        self._changes = [change for change in changes if change.affects == "results"]
        self._rows = {_place(cell): index for index, cell in enumerate(old.parameters["cell"])}

    def effects(self, pairs: Sequence[Pair], progress: OnProgress | None = None) -> tuple[pd.DataFrame, list[str]]:
        """Give the effect of each change (`EFFECT_COLUMNS`), and sentences about those that cannot be tried alone."""
        trials = [*self._values(), *self._settings(), *self._groups()]
        frames, failed = [], []
        for done, (trial, found) in enumerate(self._results(trials), start=1):
            if isinstance(found, Result):
                frame = side_by_side(self._before, measured_results(found), pairs)
                for place, name in enumerate(("sheet", "about", "old", "new")):
                    own = pd.Series([getattr(trial, name)] * len(frame), dtype=object)
                    frame.insert(place, EFFECT_COLUMNS[place], own)
                frames.append(frame)
            else:
                failed.append(f"{trial.sheet}: {trial.about} could not be tried alone: {_reason(found)}")
            if progress:
                progress(done, len(trials))
        table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(EFFECT_COLUMNS))
        return table, [*failed, *self._untried({(trial.sheet, trial.about) for trial in trials})]

    def _untried(self, tried: set[tuple[str, str]]) -> Iterator[str]:
        """Name the changes that were not tried alone, in a sentence; nothing if there is none."""
        left = [change for change in self._changes if not self._is_tried(change, tried)]
        names = list(dict.fromkeys(f"{change.sheet}: {change.about}" for change in left))
        if names:
            more = [f"and {len(names) - _LISTED} more"] if len(names) > _LISTED else []
            shown = "; ".join([*names[:_LISTED], *more])
            yield f"Not tried alone, but part of the difference of NEW ({len(names)}): {shown}."

    def _is_tried(self, change: Change, tried: set[tuple[str, str]]) -> bool:
        group = _GROUPS.get(change.sheet)
        about = change.about if group is None else _group_name(change.key, group)
        return (change.sheet, about) in tried and (group is not None or change.kind == "changed")

    def _results(self, trials: Sequence[_Trial]) -> Iterator[tuple[_Trial, Result | Exception]]:
        values = [trial for trial in trials if trial.inputs is None]
        yield from zip(values, self._batch(values), strict=True)
        for trial in trials:
            if trial.inputs is not None:
                yield trial, _tried(trial.inputs.base_case(self._base.model))

    def _batch(self, trials: Sequence[_Trial]) -> Iterator[Result | Exception]:
        """Run values as a batch, a draw a trial; one by one if the model refuses one of them."""
        if not trials:
            return
        rows = [trial.row for trial in trials]
        values = np.tile(self._old.parameters["value"].to_numpy(dtype=float)[rows], (len(rows), 1))
        np.fill_diagonal(values, [float(trial.new) for trial in trials])
        together = _tried(with_rows(self._base, rows, values))
        if isinstance(together, Result):
            yield from (_one_draw(together, draw, self._base) for draw in range(len(rows)))
            return
        for draw in range(len(rows)):
            one = _tried(with_rows(self._base, rows, values[[draw]]))
            yield _one_draw(one, 0, self._base) if isinstance(one, Result) else one

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
            if not all(_knows(inputs, sheet, at) for inputs in (self._old, self._new)):
                continue
            old, new = self._old.tables[sheet], self._new.tables[sheet]
            parts = [old[~_rows_at(old, at)], new[_rows_at(new, at)]]
            tables = {**self._old.tables, sheet: pd.concat(parts, ignore_index=True)}
            before, after = (own[0].old, own[0].new) if len(own) == 1 else ("as in OLD", f"{len(own)} changes")
            yield _Trial(sheet, about, before, after, inputs=replace(self._old, tables=tables))


def _tried(case: Case) -> Result | Exception:
    """Run a case; give the error instead, which is the model's answer to values that never stood together."""
    try:
        return run(case)
    except Exception as error:
        return error


def _reason(error: Exception) -> str:
    """Give the message of an error in one line."""
    if isinstance(error, InputError):
        return "; ".join(f"{fault.where}: {fault.what}" for fault in error.faults)
    return str(error) if isinstance(error, HeconError) else f"{type(error).__name__}: {error}"


def _knows(inputs: Inputs, sheet: str, at: Mapping[str, str]) -> bool:
    """Whether a workbook has the sheet, and every label that a group is about."""
    return sheet in inputs.tables and all(label in inputs.labels.get(name, ()) for name, label in at.items())


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

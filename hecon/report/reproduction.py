"""An export made again: what it says of its own run, and every number and text of it beside those of another run."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from hecon.analysis.health import ABOUT_HEALTH, UNASKED
from hecon.errors import HeconError
from hecon.excel.addresses import letters
from hecon.frozen import frozen
from hecon.inputs.case import Inputs
from hecon.inputs.model_files import file_of
from hecon.inputs.workbook import read_values, read_workbook
from hecon.place_names import in_letters
from hecon.report.provenance import COMMAND, MODEL_FILE, hecon_version

#: Numbers are the same if they differ by no more than this, of the larger one or of 1.
TOLERANCE = 1e-9
#: Rows that say when and where a run was made, not what came out.
_OF_THE_RUN = ("hecon version", "Python version", MODEL_FILE, "Written", COMMAND)
#: Differences that are listed.
_MOST = 20

_Sheets = Mapping[str, Mapping[tuple[int, int], Any]]


@frozen(eq=True)
class Exported:
    """A results workbook as it can be run again: its cells, what it says of its run, and the tables beside it."""

    path: Path
    cells: _Sheets
    said: Mapping[str, str]

    @property
    def arguments(self) -> list[str]:
        """The arguments of ``hecon run`` that made it, the workbook first. Raises `HeconError` if it names none."""
        try:
            program, verb, *arguments = shlex.split(self.said.get(COMMAND, ""))
        except ValueError:
            program = verb = ""
            arguments = []
        if (program, verb) != ("hecon", "run") or not arguments:
            raise HeconError(
                f"{self.path} does not say by which command it was made, so it cannot be run again; what hecon run "
                "writes does"
            )
        return arguments

    def inputs(self, workbook: str | None, models: str | None) -> Inputs:
        """Read the workbook it was made of, found where it was then, beside the export, or at `workbook`.

        Raises `HeconError` if it is not there or has changed, or if its model has.
        """
        path = self._workbook(workbook)
        inputs = read_workbook(path, models=models)
        self._refuse_change("workbook", path, inputs.sha256, self.said.get("SHA-256 of the input file"))
        file = file_of(inputs.base_case().model)
        if file is not None:
            self._refuse_change("model", file.path, file.sha256, self.said.get("SHA-256 of the model file"))
        return inputs

    def _workbook(self, given: str | None) -> Path:
        then = Path(self.arguments[0])
        places = [Path(given)] if given else [then, self.path.parent / then.name]
        found = next((place for place in places if place.is_file()), None)
        if found is None:
            cure = "" if given else "; --workbook FILE says where it is now"
            raise HeconError(f"the workbook {places[0]}, of which {self.path} was made, is not there{cure}")
        return found

    def _refuse_change(self, what: str, path: Path, now: str, then: str | None) -> None:
        if now != then:
            raise HeconError(
                f"the {what} {path} is not the one of which {self.path} was made: its SHA-256 is {now[:12]}..., and "
                f"was {str(then)[:12]}... then. It has been changed since"
            )


def command(workbook: str | Path, options: Mapping[str, object]) -> str:
    """Give the command line that makes an export, as it says it: `options` that are None or False are left out.

    >>> command("/a/b.xlsx", {"draws": 500, "only": ("psa",), "no_scenarios": False})
    'hecon run /a/b.xlsx --draws 500 --only psa'
    """
    words = ["hecon", "run", str(workbook)]
    for name, value in options.items():
        if value is not None and value is not False:
            words.append(f"--{name.replace('_', '-')}")
            listed = value if isinstance(value, tuple | list) else [] if value is True else [value]
            are_names = all(isinstance(one, str) for one in listed)
            words += [("," if are_names else "; ").join(str(one) for one in listed)] if listed else []
    return in_letters(shlex.join(words))


def read_export(path: str | Path) -> Exported:
    """Read what ``hecon run`` wrote. Raises `InputError` for a file that is no workbook."""
    path = Path(path)
    cells = read_values(path)
    rows = cells.get("Settings", {})
    said = {str(value): str(rows.get((row, 2), "")) for (row, column), value in rows.items() if column == 1}
    return Exported(path, cells, said)


@frozen(eq=True)
class Reproduction:
    """What an export and the same made again have in common, and the differences: where, then, and now."""

    numbers: int
    texts: int
    tables: int
    differences: tuple[tuple[str, object, object], ...]
    versions: str = ""

    @property
    def sentence(self) -> str:
        """Say in words what came out."""
        size = f"{self.numbers:,} numbers and {self.texts:,} texts in {self.tables} sheets and tables were compared"
        within = f"numbers within {TOLERANCE:g}, of the larger or of 1, are the same"
        if not self.differences:
            return f"Reproduced: {size}, and all are the same ({within})."
        lines = [f"{len(self.differences):,} differ: {size} ({within})."]
        lines += [f"  {where}   was {_shown(old)}, is {_shown(new)}" for where, old, new in self.differences[:_MOST]]
        more = len(self.differences) - _MOST
        return "\n".join(
            [*lines, *([f"  and {more:,} more"] if more > 0 else []), *([self.versions] * bool(self.versions))]
        )


def compare_exports(old: Exported, folder: Path, results: str, tables: str) -> Reproduction:
    """Compare an export, and the tables beside it, with those that a run has just written to a folder."""
    pairs = [*_sheets(old.cells, read_values(folder / results)), *_tables(old.path.parent / tables, folder / tables)]
    found: list[tuple[str, object, object]] = []
    numbers = texts = 0
    for name, before, after in pairs:
        unasked = {place[0] for place, value in (*before.items(), *after.items()) if _depends_on_time(value)}
        for place in sorted(place for place in {*before, *after} if place[0] not in unasked):
            one, other = before.get(place), after.get(place)
            numbers += isinstance(one, int | float)
            texts += isinstance(one, str)
            if not _same(one, other):
                found.append((f"{name}!{letters(place[1] - 1)}{place[0]}", one, other))
    then, now = old.said.get("hecon version", "?"), hecon_version()
    versions = f"It was made by hecon {then}; this is {now}." if then != now else ""
    return Reproduction(numbers, texts, len(pairs), tuple(found), versions)


def _sheets(
    old: _Sheets, new: _Sheets
) -> Iterator[tuple[str, Mapping[tuple[int, int], Any], Mapping[tuple[int, int], Any]]]:
    for name in dict.fromkeys([*old, *new]):
        before, after = (_lasting(name, cells.get(name, {})) for cells in (old, new))
        yield name, before, after


def _lasting(name: str, cells: Mapping[tuple[int, int], Any]) -> Mapping[tuple[int, int], Any]:
    """Leave out what says when and where a run was made."""
    if name not in ("Cover", "Settings"):
        return cells
    passing = {row for (row, column), value in cells.items() if column == 1 and value in _OF_THE_RUN}
    return {place: value for place, value in cells.items() if place[0] not in passing}


def _depends_on_time(value: object) -> bool:
    """Whether a cell says how far the quick checks of a run's health came: they stop after some seconds."""
    return isinstance(value, str) and (UNASKED in value or value.startswith(ABOUT_HEALTH))


def _tables(old: Path, new: Path) -> Iterator[tuple[str, Mapping[tuple[int, int], Any], Mapping[tuple[int, int], Any]]]:
    """Give the tables as cells, where the export still has them beside it."""
    if not old.is_dir():
        return
    for path in sorted(new.glob("*.csv")):
        yield f"tables/{path.name}", _cells(old / path.name), _cells(path)


def _cells(path: Path) -> dict[tuple[int, int], Any]:
    if not path.is_file():
        return {}
    try:
        frame = pd.read_csv(path, dtype=object, header=None, keep_default_na=False)
    except (ValueError, OSError) as error:
        raise HeconError(f"{path} cannot be read as a table: {error}") from None
    return {
        (row, column): _number(value)
        for row, values in enumerate(frame.to_numpy(), start=1)
        for column, value in enumerate(values, start=1)
        if value != ""
    }


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _same(one: object, other: object) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other or math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return one == other


def _shown(value: object) -> str:
    text = "nothing" if value is None else f"{value:.12g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."

"""Several workbooks side by side: settings of one question, such as two countries, two routes, two partners."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from hecon.analysis.result import Result, is_cost_effectiveness
from hecon.analysis.run import run
from hecon.errors import HeconError, InputError
from hecon.frozen import frozen
from hecon.inputs.differences import changes_between
from hecon.inputs.workbook import inputs_of, read_tables
from hecon.labels import STRATEGY

#: What a difference must move to be listed: the rest is documentation, uncertainty or scenarios.
_LISTED = ("results", "decision")
_RESULTS = (
    "workbook", "currency", STRATEGY, "comparator", "horizon_years", "incremental_cost", "incremental_life_years",
    "incremental_qaly", "icer", "quadrant", "cost_saving", "willingness_to_pay", "net_monetary_benefit", "worth_it",
)  # fmt: skip


@frozen
class SideBySide:
    """What several workbooks say, side by side.

    `results`, one row a workbook, strategy against the comparator of its settings, horizon: workbook, currency,
    strategy, comparator, horizon_years, incremental_cost, incremental_life_years, incremental_qaly, icer (missing where
    one dominates), quadrant, cost_saving, willingness_to_pay (the highest of its settings), net_monetary_benefit at it
    and worth_it. `inputs`, one row an input that differs: sheet, input, column, and the value in each workbook; blank
    where it has none. `notes` say what numbers cannot.
    """

    names: tuple[str, ...]
    paths: tuple[str, ...]
    found: tuple[Result, ...]
    results: pd.DataFrame
    inputs: pd.DataFrame
    notes: tuple[str, ...] = ()

    def tables(self) -> dict[str, pd.DataFrame]:
        """Give the tables by the name of their file."""
        return {"results": self.results, "inputs": self.inputs}


def compare_settings(workbooks: Sequence[str | Path], *, models: str | Path | None = None) -> SideBySide:
    """Put two or more input workbooks side by side: inputs that differ, and results by horizon.

    Unlike `compare_workbooks` no workbook is the older one: strategies may have other names and costs other currencies.
    Each strategy is held against the comparator of its own workbook, at its own highest willingness to pay.
    `models` is a folder to look for the models in, before the usual ones. Raises `InputError` with every fault of a
    workbook that cannot be read, and `HeconError` for one that cannot be run or has no costs and QALYs.

    >>> import hecon as he
    >>> workbooks = ["inputs/isa_dara_pd_us.xlsx", "inputs/isa_dara_kd_us.xlsx"]
    >>> found = he.versions.compare_settings(workbooks)  # doctest: +SKIP
    >>> found.results[["workbook", "horizon_years", "incremental_cost"]]  # doctest: +SKIP
    """
    if len(workbooks) < 2:
        raise HeconError("a comparison needs at least two workbooks")
    raw = [read_tables(path) for path in workbooks]
    results = [_run(one, path, models) for one, path in zip(raw, workbooks, strict=True)]
    names = _names([Path(path) for path in workbooks])
    rows = [row for name, result in zip(names, results, strict=True) for row in _rows(name, result)]
    return SideBySide(
        names=names,
        paths=tuple(map(str, workbooks)),
        found=tuple(results),
        results=pd.DataFrame(rows, columns=list(_RESULTS)),
        inputs=_inputs(raw, names),
        notes=tuple(_notes(names, results)),
    )


def _run(raw: Any, path: str | Path, models: str | Path | None) -> Result:
    try:
        result = run(inputs_of(raw, path, models).base_case())
    except InputError:
        raise
    except HeconError as error:
        raise HeconError(f"{path}: {error}") from error
    if not is_cost_effectiveness(result) or len(result.strategies) < 2:
        raise HeconError(f"{path}: a comparison of settings needs costs, QALYs and two strategies")
    return result


def _names(paths: Sequence[Path]) -> tuple[str, ...]:
    """Name workbooks by their files; two files of one name by their folders too.

    >>> _names([Path("a/x.xlsx"), Path("b/x.xlsx"), Path("y.xlsx")])
    ('a/x', 'b/x', 'y')
    """
    stems = [path.stem for path in paths]
    names = [
        stem if stems.count(stem) == 1 else f"{path.parent.name}/{stem}"
        for stem, path in zip(stems, paths, strict=True)
    ]
    return tuple(name if names.count(name) == 1 else f"{name} ({place})" for place, name in enumerate(names, start=1))


def _rows(name: str, result: Result) -> list[dict[str, Any]]:
    level = result.case.settings.willingness_to_pay[-1]
    frame = result.incremental(comparator=result.case.comparator)
    frame = frame.reindex(columns=[column for column in _RESULTS if column in frame])
    benefit = level * frame["incremental_qaly"] - frame["incremental_cost"]
    added: dict[str, Any] = {
        "workbook": name,
        "currency": result.case.settings.currency,
        "willingness_to_pay": level,
        "cost_saving": frame["quadrant"].isin(["SE", "S", "SW"]),
        "net_monetary_benefit": benefit,
        "worth_it": (benefit >= 0) | (frame["quadrant"] == "equal"),
    }
    return [{str(name): value for name, value in row.items()} for row in frame.assign(**added).to_dict("records")]


def _inputs(raw: Sequence[Any], names: Sequence[str]) -> pd.DataFrame:
    """Inputs that differ in any workbook from the first, with the value in each."""
    places: dict[tuple[str, str, str], dict[str, float | str]] = {}
    first: dict[tuple[str, str, str], float | str] = {}
    for name, other in zip(names[1:], raw[1:], strict=True):
        for change in changes_between(raw[0], other):
            if change.kind == "moved" or change.affects not in _LISTED:
                continue
            place = (change.sheet, change.about, change.column)
            first[place] = "" if change.kind == "added" else change.old
            places.setdefault(place, {})[name] = "" if change.kind == "removed" else change.new
    rows = []
    for (sheet, about, column), own in places.items():
        known = first[sheet, about, column]
        values = {names[0]: known, **{name: own.get(name, known) for name in names[1:]}}
        rows.append({"sheet": sheet, "input": about, "column": column, **values})
    return pd.DataFrame(rows, columns=["sheet", "input", "column", *names]).astype(object)


def _notes(names: Sequence[str], results: Sequence[Result]) -> Iterator[str]:
    settings = {name: result.case.settings for name, result in zip(names, results, strict=True)}
    if len({own.currency for own in settings.values()}) > 1:
        shown = ", ".join(f"{name} {own.currency}" for name, own in settings.items())
        yield f"Costs are in different currencies ({shown}) and are not converted."
    if len({(own.discount_rate_cost, own.discount_rate_effect) for own in settings.values()}) > 1:
        yield "Discount rates differ between the workbooks."
    if len({own.horizons for own in settings.values()}) > 1:
        shown = "; ".join(f"{name} {', '.join(f'{year:g}' for year in own.horizons)}" for name, own in settings.items())
        yield f"Horizons differ (years: {shown})."
    if len({result.case.sha256 for result in results}) < len(results):
        yield "Two of the files are the same, byte by byte."

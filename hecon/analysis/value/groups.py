"""Groups of inputs: what the rows of a workbook have in common, and what a reader would call them.

Value of information and global sensitivity look at inputs one by one or in groups. A group is named by what a user
sees in the workbook: a parameter, a sheet, a label such as an endpoint or a drug, or single inputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import pandas as pd

from hecon.analysis.psa.export import parameter_table
from hecon.analysis.result import Result
from hecon.analysis.value.sample import listed_groups
from hecon.errors import HeconError, UnknownNameError, did_you_mean
from hecon.frozen import frozen
from hecon.inputs.batch import uncertainty_of
from hecon.inputs.case import Case, Inputs
from hecon.inputs.curve_rows import is_about_curve, is_read, places_of_curve
from hecon.inputs.format import BUDGET_IMPACT
from hecon.inputs.input_names import DOT, find_input, input_names, key_columns
from hecon.labels import one_of
from hecon.parameters import records_of

INPUT, PARAMETER, SHEET, TOPIC = "input", "parameter", "sheet", "topic"
#: Ways to group that every workbook has; its key columns, such as "endpoint", are further ones.
WAYS = (INPUT, PARAMETER, TOPIC, SHEET)

#: Columns that tell where a row belongs, and whether a curve in use reads it.
_PLACING = ("parameter", "sheet", "strategy", "endpoint", "family")

GroupsOf = str | Mapping[str, Sequence[str] | str] | Sequence[str | Sequence[str]]


@frozen(eq=True)
class _Known:
    """What groups are made of: names of all inputs, those that vary, and the rows of the parameter sheets."""

    names: tuple[str, ...]
    varying: tuple[str, ...]
    rows: pd.DataFrame | None
    tables: Mapping[str, pd.DataFrame]
    source: str

    @cached_property
    def unused(self) -> frozenset[int]:
        """Places of rows that no line of the model reads."""
        return frozenset() if self.rows is None else frozenset(unused_rows(self.rows, self.tables))

    @cached_property
    def own(self) -> Mapping[str, Sequence[int]]:
        """Places of the rows of each parameter."""
        found: dict[str, list[int]] = {}
        for place, name in enumerate(self.names):
            found.setdefault(name.split(DOT)[0], []).append(place)
        return found

    @cached_property
    def exact(self) -> Mapping[str, int]:
        """Place of each input by its full name."""
        return {name: place for place, name in enumerate(self.names)}


def groups_of(batch: Inputs | Case | Result, by: GroupsOf = PARAMETER) -> dict[str, tuple[str, ...]]:
    """Give groups of the inputs that vary in a workbook, or in a batch of draws.

    `by` is a way to group: "input" (each alone), "parameter", "sheet", a key column such as "endpoint" (inputs without
    that key belong to no group), or "topic": by parameter, but coefficients of survival curves by their endpoint, and
    none of curves that are not in use. Or it names groups itself: a list of names or of lists of names, each a group of
    its own, or a mapping of group to names. A name is an input, a parameter, a label, or a sheet, and stands for all
    inputs of it; an endpoint stands for what its curves are made of, wherever that is.

    Raises `UnknownNameError`, and `HeconError` for a group that names nothing that varies.

    >>> import hecon as he
    >>> groups_of(he.read_workbook("inputs/isa_dara_pd_us.xlsx"), "sheet").keys()  # doctest: +SKIP
    dict_keys(['Survival', 'Prices', ...])
    """
    known = _known(batch)
    if not isinstance(by, str):
        return {group: _members(group, names, known) for group, names in listed_groups(by).items()}
    columns = [] if known.rows is None else key_columns(known.rows)
    ways = [*WAYS, *columns] if known.rows is not None else [INPUT, PARAMETER, TOPIC]
    one_of(by, ways, "column to group inputs by")
    found: dict[str, list[str]] = {}
    for name, label in zip(known.names, _labels(known, by), strict=True):
        if name in known.varying and label:
            found.setdefault(label, []).append(name)
    if not found:
        raise HeconError(f"no uncertain input of {known.source} has a {by}")
    return {group: tuple(names) for group, names in found.items()}


def _known(batch: Inputs | Case | Result) -> _Known:
    if isinstance(batch, Inputs):
        uncertainty = uncertainty_of(batch)
        return _Known(uncertainty.names, uncertainty.uncertain, batch.parameters, batch.tables, batch.source)
    case = batch.case if isinstance(batch, Result) else batch
    varying = tuple(map(str, parameter_table(batch).columns))
    names = varying if case.inputs is None else input_names(case.inputs)
    return _Known(names, varying, case.inputs, case.tables, case.source)


def _labels(known: _Known, by: str) -> list[str]:
    """Give the group of each input by one way, blank for none."""
    parameters = [name.split(DOT)[0] for name in known.names]
    if by == INPUT:
        return list(known.names)
    if by == PARAMETER or known.rows is None:
        return parameters
    if by != TOPIC:
        return [label if isinstance(label, str) else "" for label in known.rows[by]]
    endpoints = known.rows["endpoint"] if "endpoint" in known.rows else [None] * len(parameters)
    return [
        "" if place in known.unused else endpoint if isinstance(endpoint, str) and endpoint else parameter
        for place, (parameter, endpoint) in enumerate(zip(parameters, endpoints, strict=True))
    ]


def _members(group: str, named: Sequence[str], known: _Known) -> tuple[str, ...]:
    found: list[str] = []
    for name in named:
        kept = [known.names[place] for place in _places(name, known) if known.names[place] in known.varying]
        if not kept:
            raise HeconError(f"group '{group}' names '{name}', which is not uncertain")
        found += [other for other in kept if other not in found]
    return tuple(found)


def _places(name: str, known: _Known) -> Sequence[int]:
    """Rows that a name stands for."""
    if name in known.own:
        return known.own[name]
    if name in known.exact:
        return [known.exact[name]]
    if known.rows is None:
        return [find_input(name, known.names)]
    used = set(range(len(known.names))) - known.unused
    if name in _endpoints(known.tables):
        return [place for place in _rows_of_curve(name, known) if place in used]
    for column in (*key_columns(known.rows), SHEET):
        labelled = [place for place, label in enumerate(known.rows[column]) if label == name and place in used]
        if labelled:
            return labelled
    try:
        return [find_input(name, known.names)]
    except UnknownNameError as error:
        if " has " in str(error):
            raise
        labels = {str(label) for column in (*key_columns(known.rows), SHEET) for label in known.rows[column] if label}
        parameters = dict.fromkeys(other.split(DOT)[0] for other in known.names)
        every = [*parameters, *sorted(labels | _endpoints(known.tables)), *known.names]
        hint = did_you_mean(name, every)
        raise UnknownNameError(f"there is no input, parameter, label or sheet '{name}'.{hint}") from None


def _endpoints(tables: Mapping[str, pd.DataFrame]) -> set[str]:
    curves = tables.get("Curves")
    return set() if curves is None else set(curves["endpoint"])


def _rows_of_curve(endpoint: str, known: _Known) -> list[int]:
    """Rows that the curves of an endpoint read, following references to other curves."""
    assert known.rows is not None
    curves = curves_by_place(known.tables)
    pairs = {pair for start in curves if start[1] == endpoint for pair in places_of_curve(start, curves)}
    records = known.rows.to_dict("records")
    return [place for place, row in enumerate(records) if (row.get("strategy"), row.get("endpoint")) in pairs]


def unused_rows(parameters: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> tuple[int, ...]:
    """Places of rows that no line of the model reads: coefficients of curves that are not in use, effects not taken,
    and who is treated, on Budget impact."""
    used = curves_by_place(tables)
    # rows are looked at often, and most of their columns say nothing about this
    named = [name for name in _PLACING if name in parameters]
    columns = [parameters[name].tolist() for name in named]
    unused = []
    for place in range(len(parameters)):
        record = {name: cells[place] for name, cells in zip(named, columns, strict=True)}
        if is_unused(record, used):
            unused.append(place)
    return tuple(unused)


def curves_by_place(tables: Mapping[str, pd.DataFrame]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Rows of Curves by strategy and endpoint."""
    curves = tables.get("Curves")
    return {} if curves is None else {(row["strategy"], row["endpoint"]): row for row in records_of(curves)}


def is_unused(record: Mapping[str, Any], used: Mapping[tuple[str, str], Mapping[str, Any]]) -> bool:
    """Whether no line of the model reads a row of the parameter sheets, by the curves in use."""
    curve = used.get((record.get("strategy", ""), record.get("endpoint", "")))
    left = curve is not None and is_about_curve(record) and not is_read(record, curve)
    return left or record["sheet"] == BUDGET_IMPACT

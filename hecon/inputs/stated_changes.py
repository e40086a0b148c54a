"""Changes that a row of the sheet Checks states: ``drug_price: isatuximab = 0; discount_rate_cost = 0.05``.

Each is the name of an input with its labels, of a parameter (all of its rows), or of a setting; then ``=`` and a value,
or ``*`` and a factor.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from hecon.errors import HeconError, did_you_mean
from hecon.frozen import frozen
from hecon.inputs.input_names import labels_of_rows, parts_of
from hecon.inputs.permitted import domain_of, refuse_values
from hecon.numerals import PLAIN, why_not_a_number
from hecon.settings import Settings

if TYPE_CHECKING:
    from hecon.inputs.case import Case

_CHANGE = re.compile(r"\s*(?P<name>[^=*]+?)\s*(?P<how>[=*])\s*(?P<value>[^=*]*?)\s*")
_FORM = "write changes such as drug_price: isatuximab = 0; discount_rate_cost = 0.05"
_SETTINGS = {spec.name: spec for spec in fields(Settings)}


@frozen(eq=True)
class StatedChange:
    """One change: an input or a setting by its name, and the value, or (`times`) the factor of its value."""

    name: str
    value: str
    times: bool

    @property
    def number(self) -> float:
        """The value as a number. Raises ValueError that says what it is instead."""
        if not re.fullmatch(PLAIN, self.value):
            raise ValueError(f"the value of {self.name} {why_not_a_number(self.value)}")
        return float(self.value)


def read_changes(text: str) -> list[StatedChange]:
    """Read what stands in a cell. Raises ValueError that says what is wrong.

    >>> read_changes("drug_price: isatuximab = 0; utility * 0.9")[1]
    StatedChange(name='utility', value='0.9', times=True)
    """
    found = []
    for part in re.split(r"[;\n]", text):
        if part.strip():
            match = _CHANGE.fullmatch(part)
            if not match or not match["value"]:
                raise ValueError(f"'{part.strip()}' is no change; {_FORM}")
            found.append(StatedChange(match["name"], match["value"], match["how"] == "*"))
    if not found:
        raise ValueError(f"it holds no change; {_FORM}")
    return found


def rows_changed(change: StatedChange, names: Sequence[tuple[str, tuple[str, ...]]]) -> list[int]:
    """Places of the rows that a change is about; none for a setting. `names` are the parameter and labels of each row.

    Raises ValueError where nothing has that name.
    """
    parameter, labels = parts_of(change.name)
    rows = [place for place, (name, _) in enumerate(names) if name == parameter]
    here = [place for place in rows if set(labels) <= set(names[place][1])]
    if here:
        return here
    if rows:
        known = [label for place in rows for label in names[place][1]]
        wrong = next((label for label in labels if label not in known), labels[0])
        raise ValueError(f"{parameter} has no row for {', '.join(labels)}.{did_you_mean(wrong, known)}")
    if parameter in _SETTINGS and not labels:
        return []
    known = [*(name for name, _ in names), *_SETTINGS]
    raise ValueError(f"'{parameter}' is no parameter of this workbook and no setting.{did_you_mean(parameter, known)}")


def changed_value(change: StatedChange, record: Mapping[Any, Any]) -> float:
    """Give the value of a row after a change. Raises ValueError where it is none that the row may have."""
    own, domain = float(record["value"]), domain_of(record)
    value = change.number * own if change.times else change.number
    if domain.hold(own) and not domain.hold(value):
        raise ValueError(f"{change.name} would be {value:g}; it must {domain.words}")
    return value


def refuse_changes(text: str, records: Iterable[Mapping[Any, Any]], labels: Sequence[tuple[str, ...]]) -> None:
    """Raise ValueError where a workbook of these rows cannot be changed so."""
    rows = list(records)
    names = [(str(row["parameter"]), own) for row, own in zip(rows, labels, strict=True)]
    for change in read_changes(text):
        places = rows_changed(change, names)
        for place in places:
            changed_value(change, rows[place])
        if not places:
            _setting(change)


def _setting(change: StatedChange) -> float | str:
    if change.times:
        raise ValueError(f"{change.name} is a setting; write {change.name} = and its value")
    value: float | str = float(change.value) if re.fullmatch(PLAIN, change.value) else change.value
    try:
        _SETTINGS[change.name].metadata["parse"](value)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{change.name} is {change.value}; it {error}") from None
    return value


def with_changes(case: Case, text: str) -> Case:
    """Give a case of a workbook with the changes that a cell states. Raises `HeconError` where it cannot be."""

    rows = case.inputs
    if rows is None:
        raise HeconError("a case without parameter sheets has no inputs to change by name")
    records, labels = rows.to_dict("records"), labels_of_rows(rows)
    names = [(str(record["parameter"]), own) for record, own in zip(records, labels, strict=True)]
    values, settings = dict(case.values), {}
    try:
        for change in read_changes(text):
            places = rows_changed(change, names)
            if not places:
                settings[change.name] = _setting(change)
            for place in places:
                record, name = records[place], names[place][0]
                new = values[name].copy(deep=True)
                at = {dim: record[dim] for dim in map(str, new.dims)}
                value = change.number * float(new.loc[at]) if change.times else change.number
                new.loc[at] = value
                values[name] = new
    except ValueError as error:
        raise HeconError(str(error)) from None
    refuse_values(
        {name: array for name, array in values.items() if array is not case.values[name]}, case.rows, "the change"
    )
    return (case.with_settings(**settings) if settings else case)._changed(values=values)

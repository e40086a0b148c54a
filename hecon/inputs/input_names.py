"""Names of inputs: the rows of the parameter sheets, each named by its parameter and its labels."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import pandas as pd

from hecon.errors import UnknownNameError, did_you_mean
from hecon.inputs.quantities import FAMILY_COEFFICIENTS
from hecon.inputs.values import FIXED_COLUMNS

#: Between the parameter and its labels in the name of an input.
DOT = " · "


def key_columns(parameters: pd.DataFrame) -> list[str]:
    """Columns of the parameter sheets that say which label a row is about."""
    return [str(column) for column in parameters.columns if column not in FIXED_COLUMNS]


def labels_of_rows(parameters: pd.DataFrame) -> list[tuple[str, ...]]:
    """Labels of each row, in the order of the columns, without the blank ones."""
    columns = [parameters[column].tolist() for column in key_columns(parameters)]
    rows: Any = zip(*columns, strict=True) if columns else itertools.repeat((), len(parameters))
    return [tuple(label for label in row if isinstance(label, str) and label) for row in rows]


def input_names(parameters: pd.DataFrame) -> tuple[str, ...]:
    """Name every input: its parameter, then its labels.

    >>> input_names(pd.DataFrame({"parameter": ["drug_price"], "drug": ["daratumumab"], "value": [6.5]}))
    ('drug_price · daratumumab',)
    """
    return tuple(
        DOT.join([name, *labels])
        for name, labels in zip(parameters["parameter"], labels_of_rows(parameters), strict=True)
    )


def input_in_words(name: str) -> str:
    """Give the name of an input as a reader would say it.

    >>> input_in_words("drug_price · daratumumab")
    'Drug price: daratumumab'
    >>> input_in_words("rate · Isa-Pd · progression_free_survival · exponential")
    'Progression-free survival, Isa-Pd: exponential rate'
    """
    parameter, *labels = name.split(DOT)
    if labels and labels[-1] in FAMILY_COEFFICIENTS:
        # the coefficient of a curve: what it is about comes first
        topics = sorted(labels[:-1], key=lambda label: label != label.lower())
        return f"{_sentence(', '.join(map(_spaced, topics)))}: {_spaced(labels[-1])} {_spaced(parameter)}"
    words = _sentence(_spaced(parameter))
    return f"{words}: {', '.join(map(_spaced, labels))}" if labels else words


def _spaced(label: str) -> str:
    return label.replace("progression_free", "progression-free").replace("_", " ")


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def find_input(name: str, names: Sequence[str], what: str = "input") -> int:
    """Place of an input among `names`; a parameter of one row needs no labels. Raises `UnknownNameError`."""
    wanted = _parts(name)
    places = [i for i, known in enumerate(names) if _parts(known) == wanted]
    if not places and len(wanted) == 1:
        places = [i for i, known in enumerate(names) if _parts(known)[0] == wanted[0]]
    if len(places) == 1:
        return places[0]
    if places:
        shown = "; ".join(names[i] for i in places[:8])
        raise UnknownNameError(f"'{name}' has {len(places)} values; name one of them: {shown}")
    known = [*names, *(_parts(other)[0] for other in names)]
    raise UnknownNameError(f"there is no {what} '{name}'.{did_you_mean(name, known)}")


def parts_of(name: str) -> tuple[str, tuple[str, ...]]:
    """Parameter and labels of the name of an input, in any of its spellings.

    >>> parts_of("utility: progressed")
    ('utility', ('progressed',))
    """
    for separator in (":", ",", "|"):
        name = name.replace(separator, "·")
    first, *labels = (part.strip() for part in name.split("·"))
    return first, tuple(labels)


def _parts(name: str) -> tuple[str, ...]:
    first, labels = parts_of(name)
    return (first, *sorted(labels))

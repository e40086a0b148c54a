"""Which inputs a model does not read: rows of a workbook that change nothing."""

from __future__ import annotations

from hecon.analysis.value.groups import unused_rows
from hecon.analysis.value.perfect_information import POPULATION
from hecon.inputs.case import Case
from hecon.parameters import Parameters


def never_read(case: Case, parameters: Parameters) -> tuple[str, ...]:
    """Names of the inputs that the model did not ask for.

    For how many patients the decision is made is read by the value of information; coefficients of families and
    effects that no curve has in use are there to be chosen.
    """
    names = [name for name in parameters.never_asked() if name not in POPULATION]
    if case.inputs is None or not names:
        return tuple(names)
    rows = case.inputs["parameter"]
    chosen = set(rows.drop(index=rows.index[list(unused_rows(case.inputs, case.tables))]))
    return tuple(name for name in names if name in chosen)


def unused_sentences(case: Case, unused: tuple[str, ...]) -> list[str]:
    """Say which inputs are without effect, by cell where they have one; nothing where all were read."""
    if not unused:
        return []
    cells: dict[str, str] = {}
    if case.inputs is not None:
        for row in case.inputs.to_dict("records"):
            cells.setdefault(row["parameter"], f" ({row['cell']})")
    names = ", ".join(name + cells.get(name, "") for name in unused)
    return [f"Without effect, for the model does not read {'it' if len(unused) == 1 else 'them'}: {names}."]

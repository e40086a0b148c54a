"""A probabilistic analysis from any other tool, as a CSV file: read, checked and analysed.

One row a draw. Columns: ``cost_<strategy>`` and ``qaly_<strategy>`` (or ``effect_<strategy>``, ``e_<strategy>``) for
every strategy; each other column of numbers is a sampled input. This is what people export to other
value-of-information tools; here no line of code is needed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from hecon.analysis.decision import ceac, ceaf, cost_effectiveness_plane, expected_loss, net_benefit
from hecon.analysis.evppi import evppi
from hecon.analysis.incremental import incremental_analysis
from hecon.analysis.sample import LISTED, Groups, curve_levels, thresholds
from hecon.analysis.voi import evpi
from hecon.errors import Fault, HeconError, InputError, did_you_mean
from hecon.settings import Settings

COST, EFFECTS = "cost_", ("qaly_", "effect_", "e_")
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
#: Names of columns that number the draws; they are left out where they do.
NUMBERING = ("", "draw", "iteration", "iter", "sim", "simulation", "sample", "index", "id", "n", "psa_id")


@dataclass(frozen=True, eq=False)
class PsaFile:
    """A probabilistic analysis read from a file: arrays (draw, strategy), and the inputs as a table (draw, input).

    `ignored` names the columns that are neither: numbers of the draws, and columns of text.
    """

    source: str
    costs: np.ndarray
    effects: np.ndarray
    strategies: tuple[str, ...]
    parameters: pd.DataFrame
    ignored: tuple[str, ...] = ()


def read_psa(path: str | Path) -> PsaFile:
    """Read the CSV file of a probabilistic analysis (separated by comma, semicolon or tab; decimal points).

    Raises `InputError` with every fault by row (as a spreadsheet counts them: the names are row 1) and column: a
    strategy without costs or effects, a cell that is empty or no finite number, a decimal comma, a name used twice.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "psa.csv"
    >>> _ = file.write_text("cost_old,cost_new,qaly_old,qaly_new,price\\n10,30,1,2,5\\n11,40,1,2,6\\n")
    >>> psa = read_psa(file)
    >>> psa.strategies, psa.costs.shape, list(psa.parameters)
    (('old', 'new'), (2, 2), ['price'])
    """
    path = Path(path)
    text = _text(path)
    separator, header = _header(text, path.name)
    _one_name_each(header, path.name)
    pairs = _pairs(header, path.name)
    width = len(header)
    try:
        table = pd.read_csv(
            io.StringIO(text), sep=separator, header=0, names=list(range(width)), index_col=False,
            skip_blank_lines=False, skipinitialspace=True, low_memory=False, on_bad_lines="error",
        )  # fmt: skip
    except (pd.errors.ParserError, pd.errors.ParserWarning) as problem:
        raise _wrong(path.name, "a row", f"has more cells than the {width} names of row 1 ({problem})") from None
    if len(table) < 2:
        raise _wrong(path.name, "rows", f"there are {len(table)}; an analysis needs at least 2 draws below the names")
    needed = [place for pair in pairs.values() for place in pair]
    ignored = [place for place in range(width) if place not in needed and _left_out(table[place], header[place])]
    used = [place for place in range(width) if place not in ignored]
    if not all(table[place].dtype.kind in "iuf" and np.isfinite(table[place]).all() for place in used):
        raise InputError(path.name, _faults(text, separator, header, used))
    numbers = table[used].astype(float)
    inputs = [place for place in used if place not in needed]
    return PsaFile(
        path.name,
        numbers[[cost for cost, _ in pairs.values()]].to_numpy(),
        numbers[[effect for _, effect in pairs.values()]].to_numpy(),
        tuple(pairs),
        numbers[inputs].set_axis([header[place] for place in inputs], axis=1),
        tuple(header[place] for place in ignored),
    )


def psa_tables(
    path: str | Path,
    willingness_to_pay: float | Iterable[float] | None = None,
    groups: Groups = None,
    population: float | None = None,
) -> dict[str, pd.DataFrame]:
    """Every table of a probabilistic analysis in a CSV file (`read_psa`), by name.

    incremental_analysis (of the means), net_benefit, plane, expected_loss, evpi and evppi at the given thresholds (by
    default those of the settings), ceac, ceaf and evpi_curve at evenly spaced thresholds up to twice the highest.
    `groups` and `population` as in `evppi`; without inputs in the file there is no table evppi.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "psa.csv"
    >>> _ = file.write_text("cost_old,cost_new,qaly_old,qaly_new\\n10,30,1,2\\n10,50,1,2\\n")
    >>> psa_tables(file, 30)["evpi"].evpi.tolist()
    [5.0]
    """
    psa = read_psa(path)
    levels = thresholds(
        Settings().willingness_to_pay if willingness_to_pay is None else willingness_to_pay, finite=True
    )
    curve = curve_levels(levels)
    data = psa.costs, psa.effects
    tables = {
        "incremental_analysis": incremental_analysis(data[0].mean(axis=0), data[1].mean(axis=0), psa.strategies),
        "net_benefit": net_benefit(*data, levels, psa.strategies),
    }
    if len(psa.strategies) > 1:
        tables["plane"] = cost_effectiveness_plane(*data, psa.strategies).summary
    tables |= {
        "expected_loss": expected_loss(*data, levels, psa.strategies),
        "ceac": ceac(*data, curve, psa.strategies),
        "ceaf": ceaf(*data, curve, psa.strategies),
        "evpi": evpi(*data, levels, population, psa.strategies),
        "evpi_curve": evpi(*data, curve, population, psa.strategies),
    }
    if len(psa.parameters.columns):
        tables["evppi"] = evppi(*data, psa.parameters, groups, levels, population=population, strategies=psa.strategies)
    elif groups is not None:
        raise _wrong(psa.source, "columns", "there is no sampled input beside costs and effects, so no group of them")
    return tables


def groups_from(texts: Sequence[str]) -> dict[str, list[str]]:
    """Groups of inputs from texts such as ``survival=shape,scale``.

    >>> groups_from(["survival=shape, scale", "price"])
    {'survival': ['shape', 'scale'], 'price': ['price']}
    """
    found: dict[str, list[str]] = {}
    for text in texts:
        name, equals, members = text.partition("=")
        listed = [member.strip() for member in members.split(",") if member.strip()] if equals else [text.strip()]
        if not name.strip() or not listed:
            raise HeconError(f"group '{text}' names no input; write it as name=input,input")
        if name.strip() in found:
            raise HeconError(f"group '{name.strip()}' is given twice")
        found[name.strip()] = listed
    return found


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as problem:
        raise _wrong(path.name, "file", f"cannot be read: {problem.strerror or problem}") from None
    if raw[:2] == b"PK":
        raise _wrong(path.name, "file", "is an Excel workbook; save the sheet as CSV")
    try:
        text = raw.decode("utf-8-sig").rstrip()
    except UnicodeDecodeError as problem:
        raise _wrong(path.name, "file", f"is not UTF-8 text (byte {problem.start + 1}); save it as CSV UTF-8") from None
    if not text:
        raise _wrong(path.name, "file", "is empty; row 1 must hold the names of the columns")
    return text


def _header(text: str, source: str) -> tuple[str, list[str]]:
    first = text.splitlines()[0]
    separator = max(SEPARATORS, key=first.count)
    return separator, [name.strip() for name in next(csv.reader([first], delimiter=separator))]


def _one_name_each(header: Sequence[str], source: str) -> None:
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise InputError(
            source, [Fault("row 1", f"the name '{name}' is used {header.count(name)} times") for name in twice]
        )


def _pairs(header: Sequence[str], source: str) -> dict[str, tuple[int, int]]:
    """Places of the cost and the effect column of each strategy, in the order of the cost columns."""
    costs = {name[len(COST) :]: place for place, name in enumerate(header) if name.lower().startswith(COST)}
    effects: dict[str, list[int]] = {}
    for place, name in enumerate(header):
        prefix = next((one for one in EFFECTS if name.lower().startswith(one)), None)
        strategy = name[len(prefix) :] if prefix else ""
        # a name such as e_max is an input unless it has its costs; qaly_ and effect_ are always meant
        if prefix and (prefix != "e_" or strategy in costs):
            effects.setdefault(strategy, []).append(place)
    faults = []
    if not costs:
        faults.append(Fault("row 1", f"no column is called {COST}<strategy>; the columns are {', '.join(header)}"))
    for strategy in costs:
        found = effects.get(strategy, [])
        if not strategy:
            faults.append(Fault("row 1", f"column '{COST}' names no strategy"))
        elif not found:
            near = did_you_mean(f"qaly_{strategy}", header)
            faults.append(Fault("row 1", f"strategy '{strategy}' has costs but no column qaly_{strategy}.{near}"))
        elif len(found) > 1:
            names = ", ".join(header[place] for place in found)
            faults.append(Fault("row 1", f"strategy '{strategy}' has more than one column of effects: {names}"))
    for strategy, found in effects.items():
        if costs and strategy not in costs:
            near = did_you_mean(COST + strategy, [header[place] for place in costs.values()])
            faults.append(Fault("row 1", f"column '{header[found[0]]}' has no column {COST}{strategy}.{near}"))
    if faults:
        raise InputError(source, faults)
    return {strategy: (place, effects[strategy][0]) for strategy, place in costs.items()}


def _left_out(column: pd.Series, name: str) -> bool:
    """Whether a column is text throughout, empty without a name, or only numbers the draws."""
    if column.dtype.kind not in "iufb":
        return bool(pd.to_numeric(column, errors="coerce").isna().all() and column.notna().all())
    if not name and column.isna().all():
        return True
    return name.lower() in NUMBERING and bool((np.diff(column.to_numpy(dtype=float)) == 1).all())


def _faults(text: str, separator: str, header: Sequence[str], used: Sequence[int]) -> list[Fault]:
    """Every cell that is not a finite number, as it stands in the file."""
    faults: list[Fault] = []
    for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=separator), start=1):
        if number == 1:
            continue
        if not any(cell.strip() for cell in row):
            faults.append(Fault(f"row {number}", "is empty"))
            continue
        for place in used:
            cell = row[place].strip() if place < len(row) else ""
            what = _number_fault(cell)
            if what:
                faults.append(Fault(f"row {number}, {header[place]}", what))
    rest = len(faults) - LISTED
    return faults if rest <= 0 else [*faults[:LISTED], Fault("and", f"{rest} more cells")]


def _number_fault(cell: str) -> str:
    if not cell:
        return "is empty; every draw needs a number"
    try:
        value = float(cell)
    except ValueError:
        if cell.count(",") == 1 and cell.replace(",", "").lstrip("-").isdigit():
            return f"'{cell}' has a decimal comma; write a decimal point"
        return f"'{cell}' is not a number"
    return "" if np.isfinite(value) else f"is {cell}; every draw needs a finite number"


def _wrong(source: str, where: str, what: str) -> InputError:
    return InputError(source, [Fault(where, what)])

"""A probabilistic analysis from any other tool, as a CSV file: read, checked and analysed.

One row a draw. Columns: ``cost_<strategy>`` and ``qaly_<strategy>`` (or ``effect_<strategy>``, and the other ways of
`hecon.analysis.psa.columns`) for every strategy; each other column of numbers is a sampled input. This is what people
export to other value-of-information tools; here no line of code is needed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from hecon.analysis.psa.columns import columns_of
from hecon.analysis.value.decision import ceac, ceaf, cost_effectiveness_plane, expected_loss, net_benefit
from hecon.analysis.value.evppi import evppi
from hecon.analysis.value.incremental import incremental_analysis
from hecon.analysis.value.perfect_information import evpi
from hecon.analysis.value.sample import ENTRIES_LISTED, Groups, curve_levels, thresholds
from hecon.errors import Fault, HeconError, InputError, shortened
from hecon.excel.addresses import letters
from hecon.frozen import frozen
from hecon.inputs.permitted import count_draws
from hecon.settings import Settings

SEPARATORS = (",", ";", "\t", "|")
#: Lines at the top of a file that begin so say what it is.
COMMENT = "#"
#: The largest number that is read: the square of it is a number still.
_LARGEST = 1e100
#: The line by which Excel is told the separator.
_EXCELS_OWN = re.compile(r"\"?sep=(?P<separator>[,;\t|])\"?[ ,;\t|]*\r?\n", re.IGNORECASE)
#: Names of columns that number the draws; they are left out where they do.
NUMBERING = ("", "draw", "iteration", "iter", "sim", "simulation", "sample", "index", "id", "n", "psa_id")


@frozen
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

    @property
    def notes(self) -> tuple[str, ...]:
        """Draws of the inputs beyond what their names allow, and utilities in another order; counted."""
        counted = count_draws([self.parameters])
        return () if counted is None else counted.notes()


def read_psa(path: str | Path, strategies: Sequence[str] | None = None) -> PsaFile:
    """Read the CSV file of a probabilistic analysis, separated by comma, semicolon, tab or bar.

    Decimals have a point; a comma where the separator is another and no number has a point. Where that leaves open
    whether 1.500 is meant as 1.5 or as 1500, the file is refused. What Excel leaves behind is passed over: a first line
    ``sep=;``, columns without a name and without a number, empty rows at the end; and so are lines at the top that
    begin with ``#``. `strategies` names the strategies, where inputs are called cost_... too.

    Raises `InputError` with every fault by row (as a spreadsheet counts them) and column: a strategy without costs or
    effects, a cell that is empty or no finite number, a row that is too long, a name used twice.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "psa.csv"
    >>> _ = file.write_text("cost_old,cost_new,qaly_old,qaly_new,price\\n10,30,1,2,5\\n11,40,1,2,6\\n")
    >>> psa = read_psa(file)
    >>> psa.strategies, psa.costs.shape, list(psa.parameters)
    (('old', 'new'), (2, 2), ['price'])
    """
    path = Path(path)
    skipped, text = _text(path)
    separator, header, text, skipped = _header(text, skipped, path.name)
    _one_name_each(header, path.name)
    pairs = columns_of(header, path.name, strategies)
    table = _cells(text, separator, header, path.name, skipped)
    if len(table) < 2:
        raise _wrong(path.name, "rows", f"there are {len(table)}; an analysis needs at least 2 draws below the names")
    needed = [place for pair in pairs.values() for place in pair]
    ignored = [place for place in range(len(header)) if place not in needed and _left_out(table[place], header[place])]
    used = [place for place in range(len(header)) if place not in ignored]
    if nameless := [place for place in used if not header[place]]:
        at = letters(nameless[0])
        raise _wrong(path.name, f"row {skipped + 1}", f"column {at} has no name; name it, or delete what stands in it")
    if not all(table[place].dtype.kind in "iuf" and np.isfinite(table[place]).all() for place in used):
        raise InputError(path.name, _faults(text, separator, header, used, skipped))
    if large := [place for place in used if np.abs(table[place]).max() > _LARGEST]:
        place = large[0]
        row = int(np.abs(table[place]).to_numpy().argmax())
        what = f"is {table[place][row]:g}; a number of at most {_LARGEST:g} is meant"
        raise _wrong(path.name, f"row {row + skipped + 2}, {header[place]}", what)
    numbers = table[used].astype(float)
    inputs = [place for place in used if place not in needed]
    parameters = numbers[inputs].set_axis([header[place] for place in inputs], axis=1)
    counted = count_draws([parameters])
    if counted is not None and (beyond := counted.most_beyond()):
        raise InputError(path.name, beyond)
    return PsaFile(
        path.name,
        numbers[[cost for cost, _ in pairs.values()]].to_numpy(),
        numbers[[effect for _, effect in pairs.values()]].to_numpy(),
        tuple(pairs),
        parameters,
        tuple(header[place] for place in ignored if header[place] or not table[place].isna().all()),
    )


def psa_tables(
    path: str | Path | PsaFile,
    willingness_to_pay: float | Iterable[float] | None = None,
    *,
    groups: Groups = None,
    population: float | None = None,
    strategies: Sequence[str] | None = None,
) -> dict[str, pd.DataFrame]:
    """Every table of a probabilistic analysis in a CSV file (or what `read_psa` read of it), by name.

    incremental_analysis (of the means), net_benefit, plane, expected_loss, evpi and evppi at the given thresholds (by
    default those of the settings), ceac, ceaf and evpi_curve at evenly spaced thresholds up to twice the highest.
    `groups` and `population` as in `evppi`, `strategies` as in `read_psa`; without inputs in the file there is no table
    evppi.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "psa.csv"
    >>> _ = file.write_text("cost_old,cost_new,qaly_old,qaly_new\\n10,30,1,2\\n10,50,1,2\\n")
    >>> psa_tables(file, 30)["evpi"].evpi.tolist()
    [5.0]
    """
    psa = path if isinstance(path, PsaFile) else read_psa(path, strategies)
    levels = thresholds(
        Settings().willingness_to_pay if willingness_to_pay is None else willingness_to_pay, finite=True
    )
    curve = curve_levels(levels)
    data = psa.costs, psa.effects
    tables = {
        "incremental_analysis": incremental_analysis(*data, psa.strategies),
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


#: Bytes of a file of draws, at most: a million draws of some twenty inputs.
LARGEST_DRAWS = 400_000_000


def _text(path: Path) -> tuple[int, str]:
    """Number of comment lines at the top of a file, and the text below them."""
    try:
        if path.exists() and not path.is_file():
            raise _wrong(path.name, "file", "cannot be read: it is a folder, a device or a pipe")
        if path.exists() and path.stat().st_size > LARGEST_DRAWS:
            size = f"{path.stat().st_size / 1e6:,.0f} MB; at most {LARGEST_DRAWS / 1e6:,.0f} MB are read"
            raise _wrong(path.name, "file", f"has {size}: fewer draws, or fewer digits, say the same")
        raw = path.read_bytes()
    except OSError as problem:
        raise _wrong(path.name, "file", f"cannot be read: {problem.strerror or problem}") from None
    if raw[:2] == b"PK":
        raise _wrong(path.name, "file", "is an Excel workbook; save the sheet as CSV")
    try:
        text = raw.decode("utf-8-sig").rstrip().replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as problem:
        raise _wrong(path.name, "file", f"is not UTF-8 text (byte {problem.start + 1}); save it as CSV UTF-8") from None
    skipped = 0
    while text.startswith(COMMENT):
        _, _, text = text.partition("\n")
        skipped += 1
    if not text:
        raise _wrong(path.name, "file", "is empty; row 1 must hold the names of the columns")
    return skipped, text


def _header(text: str, skipped: int, source: str) -> tuple[str, list[str], str, int]:
    """Give the separator and the names of the columns, and the text without what Excel puts before and after it."""
    named = _EXCELS_OWN.match(text)
    if named:
        text, skipped = text[named.end() :], skipped + 1
    first = text.partition("\n")[0]
    separator = named["separator"] if named else max(SEPARATORS, key=first.count)
    text = text.rstrip(f'{separator}" \r\n') if text.rstrip(f'{separator}" ').endswith("\n") else text
    try:
        names = next(csv.reader([first], delimiter=separator), [])
    except csv.Error as problem:
        raise _wrong(source, f"row {skipped + 1}", f"cannot be read as names: {problem}") from None
    return separator, [name.strip() for name in names], text, skipped


def _cells(text: str, separator: str, header: Sequence[str], source: str, skipped: int) -> pd.DataFrame:
    """Read the cells below the names; what stands to the right of them is too much."""
    width = len(header)
    body = text.partition("\n")[2]
    has_comma = separator != "," and re.search(r"\d,\d", body) and not re.search(r"\d\.\d", body)
    if separator != ",":
        _refuse_thousands(body, "," if has_comma else ".", source)
    widest = max(width, 1 + max((line.count(separator) for line in body.split("\n")), default=0))
    try:
        table = pd.read_csv(
            io.StringIO(body), sep=separator, header=None, names=list(range(widest)), index_col=False,
            skip_blank_lines=False, skipinitialspace=True, low_memory=False, decimal="," if has_comma else ".",
        )  # fmt: skip
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    except (pd.errors.ParserError, pd.errors.ParserWarning) as problem:
        raise _wrong(source, "file", f"cannot be read as a table: {problem}") from None
    over = np.flatnonzero(table.iloc[:, width:].notna().any(axis=1))
    if len(over):
        what = f"has more cells than the {width} names of row {skipped + 1}"
        raise _wrong(source, f"row {int(over[0]) + skipped + 2}", what)
    return table.iloc[:, :width]


def _refuse_thousands(body: str, mark: str, source: str) -> None:
    """Raise `InputError` where every number with a mark could be meant as thousands, and none proves it a decimal."""
    point = re.escape(mark)
    thousands = rf"[1-9]\d{{0,2}}{point}\d{{3}}(?![\d{point}eE])"
    found = re.search(rf"(?<![\d{point}]){thousands}", body)
    if found and not re.search(rf"(?<![\d{point}])(?!{thousands})\d*{point}\d", body):
        number, plain = found[0], found[0].replace(mark, "")
        name = {".": "a point", ",": "a comma"}[mark]
        rule = f"every number with {name} has three digits behind it, so that {number} may mean"
        raise _wrong(source, "file", f"{rule} {float(number.replace(mark, '.')):g} or {plain}; save it with more or "
                     f"fewer decimals, or without a mark for thousands")  # fmt: skip


def _one_name_each(header: Sequence[str], source: str) -> None:
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise InputError(
            source, [Fault("row 1", f"the name '{name}' is used {header.count(name)} times") for name in twice]
        )


def _left_out(column: pd.Series, name: str) -> bool:
    """Whether a column is text throughout, empty without a name, or only numbers the draws."""
    if column.dtype.kind not in "iufb":
        numbers = pd.to_numeric(column.astype(str), errors="coerce")  # a whole number of 400 digits is none to pandas
        return bool(numbers.isna().all() and column.notna().all())
    if not name and column.isna().all():
        return True
    return name.lower() in NUMBERING and bool((np.diff(column.to_numpy(dtype=float)) == 1).all())


def _faults(text: str, separator: str, header: Sequence[str], used: Sequence[int], skipped: int) -> list[Fault]:
    """Every cell that is not a finite number, as it stands in the file."""
    faults: list[Fault] = []
    rows = csv.reader(io.StringIO(text), delimiter=separator)
    for number, row in enumerate(rows, start=skipped + 1):
        if number == skipped + 1:
            continue
        if not any(cell.strip() for cell in row):
            faults.append(Fault(f"row {number}", "is empty"))
            continue
        for place in used:
            cell = row[place].strip() if place < len(row) else ""
            what = _number_fault(cell)
            if what:
                faults.append(Fault(f"row {number}, {header[place]}", what))
    rest = len(faults) - ENTRIES_LISTED
    return faults if rest <= 0 else [*faults[:ENTRIES_LISTED], Fault("and", f"{rest} more cells")]


_OF_NUMBERS = set("0123456789+-.einfaty")


def _number_fault(cell: str) -> str:
    if not cell:
        return "is empty; every draw needs a number"
    try:
        value = float(cell)
        if not set(cell.lower()) <= _OF_NUMBERS:  # Python reads 1_000, and digits of other scripts
            raise ValueError
    except ValueError:
        if cell.count(",") == 1 and cell.replace(",", "").lstrip("-").isdigit():
            return f"'{cell}' has a decimal comma; write a decimal point in every number, or in none"
        return f"'{cell}' is not a number"
    return "" if np.isfinite(value) else f"is {shortened(cell)}; every draw needs a finite number"


def _wrong(source: str, where: str, what: str) -> InputError:
    return InputError(source, [Fault(where, what)])

"""What a formula may be so that Excel 2010 and later, and LibreOffice, calculate it alike.

The lists are closed: a function that is not on them is a fault until somebody adds it, and a test then calculates it.
Left out on purpose: CHISQ.DIST.RT (cuts degrees of freedom to whole numbers), CEILING and FLOOR (their signs differ),
NORMSDIST and NORMSINV (XlsxWriter takes them for NORM.S.DIST and NORM.S.INV and prefixes them), GAMMA, IFNA, IFS,
MAXIFS and others that came with Excel 2013 or later, and everything that returns an array.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token, TokenizerError
from openpyxl.utils import column_index_from_string

LONGEST = 300


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Functions of Excel 2007, written by their own name.
PLAIN = _words(
    """ABS ACOS AND ASIN ATAN AVERAGE AVERAGEIF AVERAGEIFS BETADIST BETAINV CHOOSE COLUMN COLUMNS COMBIN CONCATENATE
    COS COSH COUNT COUNTA COUNTIF COUNTIFS ERF ERFC EXACT EXP EXPONDIST FACT FALSE FIND GAMMADIST GAMMAINV GAMMALN
    HLOOKUP IF IFERROR INDEX INT ISBLANK ISERROR ISNA ISNUMBER ISTEXT LARGE LEFT LEN LN LOG LOG10 LOGINV LOGNORMDIST
    LOOKUP LOWER MATCH MAX MEDIAN MID MIN MOD NORMDIST NORMINV NOT OR PERCENTILE PI POWER PRODUCT
    RANK REPT RIGHT ROUND ROUNDDOWN ROUNDUP ROW ROWS SEARCH SIGN SIN SINH SMALL SQRT STDEV STDEVP SUBSTITUTE SUM SUMIF
    SUMIFS SUMPRODUCT SUMSQ TAN TANH TEXT TRIM TRUE TRUNC UPPER VALUE VAR VARP VLOOKUP WEIBULL"""
)

#: Functions that Excel 2010 brought: a file must write them with _xlfn. before the name, or they read #NAME?.
PREFIXED = _words(
    """BETA.DIST BETA.INV ERF.PRECISE ERFC.PRECISE EXPON.DIST GAMMA.DIST GAMMA.INV GAMMALN.PRECISE LOGNORM.DIST
    LOGNORM.INV NORM.DIST NORM.INV NORM.S.DIST NORM.S.INV PERCENTILE.INC RANK.EQ STDEV.P STDEV.S VAR.P VAR.S
    WEIBULL.DIST"""
)

#: Functions that are calculated again at every change, whatever changed.
VOLATILE = _words("CELL INDIRECT INFO NOW OFFSET RAND RANDARRAY RANDBETWEEN TODAY")

#: Functions that take a range as a whole argument.
_TAKE_RANGES = _words(
    """AND AVERAGE AVERAGEIF AVERAGEIFS COLUMNS COUNT COUNTA COUNTIF COUNTIFS HLOOKUP INDEX LARGE LOOKUP MATCH MAX
    MEDIAN MIN OR PERCENTILE PERCENTILE.INC PRODUCT RANK RANK.EQ ROWS SMALL STDEV STDEV.P STDEV.S STDEVP SUM SUMIF
    SUMIFS SUMPRODUCT SUMSQ VAR VAR.P VAR.S VARP VLOOKUP"""
)
#: Functions that, even inside SUMPRODUCT, see one cell of a range only unless the formula is entered as an array.
_ONE_CELL = _words("CHOOSE IF IFERROR INDEX")

_REFERENCE = re.compile(r"(?:(?P<sheet>'(?:[^']|'')+'|[^'!]+)!)?(?P<what>[^!]+)")
_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
_LINES = re.compile(r"(?:\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}|\$?\d{1,7}:\$?\d{1,7})")
_ROWS, _COLUMNS = 1_048_576, 16_384


@dataclass
class Surroundings:
    """The sheets of a workbook and its defined names, in lower case, with what they stand for."""

    sheets: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)


def formula_faults(formula: str, around: Surroundings, *, arrays: bool = False) -> list[str]:
    """Give what is wrong with a formula as a file holds it, that is without its equals sign.

    `arrays` lets ranges stand where one value is expected, as they may in a drop-down or a defined name.

    >>> formula_faults("_xlfn.NORM.S.DIST(A1,TRUE)+NOW()", Surroundings())
    ['NOW is volatile']
    """
    found = []
    if len(formula) + 1 > LONGEST:
        found.append(f"{len(formula) + 1} characters, more than {LONGEST}")
    if formula[:1] in ("=", "+", "@"):
        return [*found, f"text that begins with {formula[:1]} is stored as a formula"]
    try:
        tokens = list(_tokens(formula))
    except TokenizerError as error:
        return [*found, f"cannot be read: {error}"]
    if not _is_grammatical(tokens):
        return [*found, "is not a formula"]
    found += _function_faults(tokens)
    for token in tokens:
        if token.type == Token.OPERAND and token.subtype == Token.ERROR:
            found.append(f"holds the error {token.value}")
        elif token.type == Token.OPERAND and token.subtype == Token.RANGE:
            found += _reference_faults(token.value, around)
    if not arrays:
        if any(token.type == Token.OP_IN and token.value == ":" for token in tokens):
            found.append("a range that a function ends is calculated again at every opening")
        found += _array_faults(tokens, around)
    if _negates_a_power(tokens):
        found.append("a minus binds more tightly than ^ in Excel: -a^b is (-a)^b; use parentheses")
    return found


def is_cell(text: str) -> bool:
    """Tell whether a word is the address of a cell, such as PFS1."""
    match = _CELL.fullmatch(text)
    return bool(match) and column_index_from_string(match[1]) <= _COLUMNS and int(match[2]) <= _ROWS


def _tokens(formula: str) -> Iterator[Token]:
    for token in Tokenizer("=" + formula).items:
        start, colon, function = token.value.rpartition(":")
        if token.type == Token.FUNC and colon:
            # A1:INDEX( comes as one piece.
            if start:
                yield Token(start, Token.OPERAND, Token.RANGE)
            yield Token(colon, Token.OP_IN)
            yield Token(function, Token.FUNC, Token.OPEN)
        elif token.type != Token.WSPACE:
            yield token


def _is_grammatical(tokens: list[Token]) -> bool:
    wants_operand, before, depth = True, None, 0
    for token in tokens:
        opens, closes = token.subtype == Token.OPEN, token.subtype == Token.CLOSE
        operand = token.type == Token.OPERAND or opens or token.type == Token.OP_PRE
        depth += opens - closes
        if token.type == Token.SEP or (closes and token.type == Token.FUNC):
            # A function may have no argument, or an empty one.
            if wants_operand and (before is None or before.type not in (Token.FUNC, Token.SEP)):
                return False
            wants_operand = token.type == Token.SEP
        elif operand != wants_operand:
            return False
        else:
            wants_operand = opens or token.type in (Token.OP_PRE, Token.OP_IN)
        before = token
    return not wants_operand and depth == 0


def _function_faults(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == Token.ARRAY and token.subtype == Token.OPEN:
            yield "holds an array constant"
        if token.type != Token.FUNC or token.subtype != Token.OPEN:
            continue
        written = token.value[:-1].upper()
        name = written.removeprefix("_XLFN.")
        if name in VOLATILE:
            yield f"{name} is volatile"
        elif name in PREFIXED and name == written:
            yield f"{name} must be written as _xlfn.{name}"
        elif name in PLAIN and name != written:
            yield f"{name} must be written without _xlfn."
        elif name not in PLAIN | PREFIXED:
            yield f"{name} is not among the functions that Excel 2010 and LibreOffice both have"


def _split(reference: str) -> tuple[str | None, str] | None:
    start, _, end = reference.partition(":")
    sheet, mark, last = end.rpartition("!")
    if mark and start.startswith(f"{sheet}!"):  # Sheet!A1:Sheet!A9 is Sheet!A1:A9
        reference = f"{start}:{last}"
    match = _REFERENCE.fullmatch(reference)
    if not match:
        return None
    sheet = match["sheet"]
    if sheet and sheet.startswith("'"):
        sheet = sheet[1:-1].replace("''", "'")
    return sheet, match["what"]


def _is_address(what: str) -> bool:
    return bool(_LINES.fullmatch(what)) or all(is_cell(end) for end in what.split(":", 1))


def _reference_faults(reference: str, around: Surroundings) -> Iterator[str]:
    parts = _split(reference)
    if parts is None:
        yield f"'{reference}' is no reference"
        return
    sheet, what = parts
    if sheet is not None and sheet.lower() not in around.sheets:
        yield f"there is no sheet '{sheet}'"
    if not _is_address(what) and what.lower() not in around.names:
        yield f"'{what}' is neither a cell nor a defined name"


def _is_area(reference: str, around: Surroundings) -> bool:
    parts = _split(reference)
    if parts is None:
        return False
    what = parts[1]
    if not _is_address(what):
        target = _split(around.names.get(what.lower(), ""))
        what = target[1] if target else ""
    ends = what.replace("$", "").upper().split(":")
    return bool(_LINES.fullmatch(what)) or (len(ends) == 2 and ends[0] != ends[1])


def _array_faults(tokens: list[Token], around: Surroundings) -> Iterator[str]:
    """Find ranges where one value is expected: Excel takes the cell of its own row, or must spill."""
    functions: list[str] = []
    for place, token in enumerate(tokens):
        if token.type == Token.FUNC and token.subtype == Token.OPEN:
            functions.append(token.value[:-1].upper().removeprefix("_XLFN."))
        elif token.type == Token.FUNC:
            functions.pop()
        elif token.type == Token.OPERAND and token.subtype == Token.RANGE and _is_area(token.value, around):
            whole = place > 0 and all(
                near.type in (Token.FUNC, Token.SEP) for near in (tokens[place - 1], *tokens[place + 1 : place + 2])
            )
            if whole and functions[-1] in _TAKE_RANGES:
                continue
            summed = functions.index("SUMPRODUCT") if "SUMPRODUCT" in functions else None
            if summed is None or _ONE_CELL & set(functions[summed:]):
                yield f"the range {token.value} stands where one value is expected: an array formula"


def _negates_a_power(tokens: list[Token]) -> bool:
    for place, token in enumerate(tokens):
        if token.type != Token.OP_PRE or token.value != "-":
            continue
        depth = 0
        for after in tokens[place + 1 :]:
            depth += (after.subtype == Token.OPEN) - (after.subtype == Token.CLOSE)
            if depth < 0 or (depth == 0 and after.type in (Token.OP_IN, Token.SEP)):
                if depth == 0 and after.value == "^":
                    return True
                break
    return False

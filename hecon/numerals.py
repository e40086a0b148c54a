"""Numbers as people type them: with another country's marks, with signs, as text; read, or refused in words.

A mark that can be read in two ways is never guessed at: the message says both readings and how to type each.
"""

from __future__ import annotations

import re

PLAIN = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
SPACES = " \t\r\n\u00a0\u2007\u202f\u200b\ufeff"
NOT_NUMBERS = {"nan", "inf", "infinity", "+inf", "-inf", "+infinity", "-infinity", "-nan"}
_CURRENCY = re.compile(r"(?P<sign>-?)\s*(?P<mark>[$€£¥]|US\$|[A-Z]{3})\s*(?P<number>[-+]?[\d.,\s]*\d)|"
                       r"(?P<number2>[-+]?[\d.,\s]*\d)\s*(?P<mark2>[$€£¥]|[A-Z]{3})")  # fmt: skip
#: 1.500: one and a half, or one thousand five hundred.
_POINT_OR_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}([,\s'’\u00a0\u202f]\d{3})+(\.\d+)?")


def shown(number: float) -> float:
    """Give a number as a spreadsheet shows and compares it: with 15 digits.

    >>> shown(3.0000000000000004)
    3.0
    """
    return float(f"{number:.15g}")


def why_not_a_number(value: str) -> str:
    """Say what text in the place of a number is, and what to type instead.

    >>> why_not_a_number("3.5%")
    "is the text '3.5%' with a percent sign: type 0.035"
    """
    stripped = value.strip(SPACES)
    if stripped.lower() in NOT_NUMBERS:
        return f"is the text '{value}'; it must be a finite number"
    if not stripped:
        return "holds only spaces; clear the cell or type a number"
    if re.fullmatch(PLAIN, stripped):
        spaces = " (with spaces)" if stripped != value else ""
        return f"is the number {stripped} stored as text{spaces}: format the cell as a number and type it again"
    if stripped.endswith("%") and re.fullmatch(PLAIN, stripped[:-1].strip().replace(",", ".")):
        share = float(stripped[:-1].strip().replace(",", ".")) / 100
        return f"is the text '{value}' with a percent sign: type {share:g}"
    if match := _CURRENCY.fullmatch(stripped):
        mark = match["mark"] or match["mark2"]
        plain = (match["sign"] or "") + re.sub(r"[,\s]", "", match["number"] or match["number2"])
        return f"is the text '{value}' with a currency sign: type {plain}, and write {mark} in the unit column"
    if re.fullmatch(r"[+-]?\d*,\d+", stripped) and not re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", stripped):
        return f"is the text '{value}' with a decimal comma: type {stripped.replace(',', '.')} as a number"
    if _THOUSANDS.fullmatch(stripped):
        plain = re.sub(r"[^\d.+-]", "", stripped)
        return f"is the text '{value}' with a thousands separator (or a decimal comma): type {plain} as a number"
    return f"is the text '{value}'; it must be a number"


def numbers_in(text: str) -> list[float]:
    """Read a list of numbers, separated by semicolons or commas. Raises ValueError that says what is wrong.

    A point is the decimal mark. What may be one number or two (``1,5``), or a half or thousands (``50.000``), is
    refused with both readings.

    >>> numbers_in("1, 3, 5"), numbers_in("0.5; 1"), numbers_in("50000,100000")
    ([1.0, 3.0, 5.0], [0.5, 1.0], [50000.0, 100000.0])
    >>> numbers_in("1,500")
    Traceback (most recent call last):
    ValueError: may mean 1500, 1.5, or 1 and 500 ('1,500'): separate numbers by a semicolon, with a point for decimals and nothing for thousands, such as 1.5; 10
    """  # noqa: E501
    text = text.rstrip(SPACES + ",;")
    has_semicolon = ";" in text
    pieces = [piece.strip(SPACES) for piece in (text.split(";") if has_semicolon else re.split(r",(?=\s)|;", text))]
    return [number for piece in pieces if piece for number in _numbers(piece, alone=not has_semicolon)]


def _numbers(piece: str, *, alone: bool) -> list[float]:
    """Read what stands between separators that are beyond doubt: one number, or several with commas between digits."""
    if "," not in piece:
        return [_number(piece)]
    parts = [part.strip(SPACES) for part in piece.split(",")]
    long = all(len(part.lstrip("+-")) > 3 for part in parts[1:])
    several = len(parts) > 2 and not any(re.fullmatch(r"\d{3}", part) for part in parts[1:])
    if not alone or not (long or several) or not all(parts):
        raise ValueError(_readings(piece, parts))
    return [_number(part) for part in parts]


def _readings(piece: str, parts: list[str]) -> str:
    apart = " and ".join(part or "nothing" for part in parts)
    readings = [apart]
    if len(parts) == 2 and all(re.fullmatch(r"[+-]?\d+", part) for part in parts):
        readings = [f"{float('.'.join(parts)):.15g}", apart]
    if all(re.fullmatch(r"\d{3}", part) for part in parts[1:]):
        readings = ["".join(parts), *readings]
    words = ", ".join(readings[:-1]) + (", or " if len(readings) > 2 else " or ") + readings[-1]
    rule = "separate numbers by a semicolon, with a point for decimals and nothing for thousands"
    said = f"may mean {words}" if len(readings) > 1 else "mixes marks"
    return f"{said} ('{piece}'): {rule}, such as 1.5; 10"


def _number(text: str) -> float:
    if _POINT_OR_THOUSANDS.fullmatch(text):
        plain = text.replace(".", "")
        raise ValueError(f"may mean {float(text):g} or {plain} ('{text}'): type {text}0 or {plain}")
    try:
        if not re.fullmatch(PLAIN, text):
            raise ValueError
        return float(text)
    except ValueError:
        why = why_not_a_number(text)
        cure = "" if why.endswith("must be a number") else why.rpartition(": ")[2].partition(" as a number")[0]
        cure = cure.partition(", and write")[0]
        told = f": {cure}" if cure else "; write a list such as 1; 3; 5"
        raise ValueError(f"holds '{text}', which is not a number{told}") from None


def is_point_or_thousands(text: str) -> bool:
    """Whether a number with a point may be meant as thousands: ``1.500``, but not ``0.500`` or ``1.5``."""
    return bool(_POINT_OR_THOUSANDS.fullmatch(text))

"""Formulas in LaTeX's mathematical mode; amsmath is wanted."""

from __future__ import annotations

import re
import unicodedata
from functools import singledispatch

from hecon.report.equations.notation import (
    Beside,
    Bracket,
    Cases,
    Fenced,
    Fraction,
    Function,
    Letter,
    Lines,
    Node,
    Number,
    Power,
    Root,
    Sign,
    Sub,
    Sum,
    Under,
    Words,
)

_TEXT = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': "''", "`": r"\textasciigrave{}", "\u00a0": "~", "\u2013": "--", "\u2014": "---",
    "\u2018": "`", "\u2019": "'", "\u201c": "``", "\u201d": "''", "\u2026": r"\dots{}",
    "\u00b7": r"\textperiodcentered{}", "\u2265": r"\ensuremath{\geq}", "\u2264": r"\ensuremath{\leq}",
    "\u2212": r"\ensuremath{-}", "\u00d7": r"\ensuremath{\times}", "\u00b1": r"\ensuremath{\pm}",
    "\u20ac": r"\texteuro{}", "\u00b5": r"\textmu{}",
    "\u00b0": r"\textdegree{}", "\u221e": r"\ensuremath{\infty}", "\ufffd": "?",
}  # fmt: skip
_NOT_LETTERS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
_SPACE = re.compile(r"[ \t\r\n\v\f\x85\u2028\u2029]+")
_GREEK = re.compile("GREEK (SMALL|CAPITAL) LETTER ([A-Z]+)")
#: Greek letters that LaTeX writes as Latin ones.
_LATIN = {"OMICRON", "ALPHA", "BETA", "EPSILON", "ZETA", "ETA", "IOTA", "KAPPA", "MU", "NU", "RHO", "TAU", "CHI"}
_FENCES = {
    "(": ("(", ")"), "[": ("[", "]"), "{": (r"\{", r"\}"), "|": (r"\lvert ", r"\rvert "),
    "floor": (r"\lfloor ", r"\rfloor "), "ceil": (r"\lceil ", r"\rceil "),
}  # fmt: skip


def latex_text(text: str) -> str:
    """Give text as LaTeX sets it, whatever it holds: no character of it can be a command.

    >>> latex_text("50%_x & {A}") == r"50\\%\\_x \\& \\{A\\}"
    True
    """
    plain = _SPACE.sub(" ", _NOT_LETTERS.sub("\ufffd", unicodedata.normalize("NFC", text)))
    return "".join(_TEXT.get(one) or _greek(one) for one in plain)


def _greek(character: str) -> str:
    found = _GREEK.fullmatch(unicodedata.name(character, ""))
    if not found or (found[1] == "CAPITAL" and found[2] in _LATIN) or found[2] in ("OMICRON", "FINAL SIGMA"):
        return character
    name = {"LAMDA": "lambda"}.get(found[2], found[2].lower())
    return rf"\ensuremath{{\{name.capitalize() if found[1] == 'CAPITAL' else name}}}"


@singledispatch
def latex(node: Node) -> str:
    """Print a formula.

    >>> from hecon.report.equations.notation import number
    >>> latex(Power(Letter("x"), number(-1e-9)))
    '{x}^{- {10}^{- 9}}'
    """
    raise TypeError(f"no formula: {node!r}")


@latex.register
def _(node: Number) -> str:
    return r"\infty " if node.text == "\u221e" else node.text


@latex.register
def _(node: Letter) -> str:
    return f"{{{node.command}}}" if node.command else node.character


@latex.register
def _(node: Words) -> str:
    return rf"\text{{{latex_text(node.text)}}}"


@latex.register
def _(node: Sign) -> str:
    shown = node.command or node.character
    return f"{shown} " if node.character == "," else f" {shown} "


@latex.register
def _(node: Bracket) -> str:
    return node.character


@latex.register
def _(node: Function) -> str:
    return node.command


@latex.register
def _(node: Beside) -> str:
    return "".join(latex(item) for item in node.items).lstrip()


@latex.register
def _(node: Sub) -> str:
    return f"{latex(node.base)}_{{{latex(node.below)}}}"


@latex.register
def _(node: Power) -> str:
    return f"{{{latex(node.base)}}}^{{{latex(node.exponent)}}}"


@latex.register
def _(node: Fraction) -> str:
    return rf"\frac{{{latex(node.top)}}}{{{latex(node.bottom)}}}"


@latex.register
def _(node: Root) -> str:
    return rf"\sqrt{{{latex(node.inner)}}}"


@latex.register
def _(node: Fenced) -> str:
    left, right = _FENCES[node.fence]
    if node.tall:
        return rf"\mathopen{{}}\left{left.strip()} {latex(node.inner)} \right{right.strip()} "
    return f"{left}{latex(node.inner)}{right}"


@latex.register
def _(node: Sum) -> str:
    above = f"^{{{latex(node.above)}}}" if node.above is not None else ""
    return rf"\sum_{{{latex(node.below)}}}{above} {latex(node.term)}"


@latex.register
def _(node: Under) -> str:
    return f"{latex(node.function)}_{{{latex(node.below)}}} "


@latex.register
def _(node: Cases) -> str:
    rows = r" \\ ".join(rf"\displaystyle {latex(value)} & {latex(when)}" for value, when in node.rows)
    return rf"\begin{{cases}} {rows} \end{{cases}}"


@latex.register
def _(node: Lines) -> str:
    if len(node.rows) == 1:
        first, second, *more = (latex(cell) for cell in node.rows[0])
        return r"\quad ".join([f"{first} {second}".strip(), *more])
    rows = []
    for row in node.rows:
        first, second, *more = (latex(cell) for cell in row)
        rows.append(" & ".join([first, second, *(part for cell in more for part in ("", cell))]))
    return r"\begin{aligned} " + r" \\ ".join(rows) + r" \end{aligned}"

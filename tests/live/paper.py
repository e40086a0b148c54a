"""A reader of formulas on paper: MathML and LaTeX become the same tokens, which are worked out as a person would.

What only groups in the source (``mrow``, braces) is invisible on paper and is ignored, so that a bracket that is
missing there changes the value here.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET

from scipy.special import betainc, gammainc, ndtr

FUNCTIONS = {
    "exp": math.exp, "ln": math.log, "min": min, "max": max, "\u03a6": lambda z: float(ndtr(z)),
    "P": lambda shape, x: float(gammainc(shape, x)),
    "I": lambda x, a, b: float(betainc(a, b, x)),
}  # fmt: skip
OPEN = {"(": ")", "[": "]", "\u230a": "\u230b", "\u2308": "\u2309", "{": "}"}
RELATIONS = {"=": math.isclose, "<": float.__lt__, ">": float.__gt__, "\u2264": float.__le__, "\u2265": float.__ge__,
             "\u2260": float.__ne__}  # fmt: skip


# MathML.


def from_mathml(text):
    """Give the tokens of a formula in MathML."""
    return _tokens(ET.fromstring(f"<mrow>{text}</mrow>"))


def _tokens(node):
    name, children = node.tag.rsplit("}", 1)[-1], list(node)
    text = (node.text or "").replace("\u00a0", " ")
    if name == "mrow":
        if children and children[0].text == "{" and children[-1].tag.endswith("mtable"):
            return [("cases", [[_tokens(cell) for cell in row] for row in children[-1]])]
        return [token for child in children for token in _tokens(child)]
    if name == "mtd":
        return [token for child in children for token in _tokens(child)]
    if name == "mn":
        return [("number", math.inf if text == "\u221e" else float(text))]
    if name == "mi":
        return [("function" if text in FUNCTIONS else "name", text)]
    if name == "mtext":
        return [("words", text.strip())]
    if name == "mo":
        return [] if text == "\u2061" else [("mark", {"\u2212": "-", "\u22c5": "*", "\u00d7": "*"}.get(text, text))]
    if name == "mfrac":
        return [("fraction", *(_tokens(child) for child in children))]
    if name == "msqrt":
        return [("root", [token for child in children for token in _tokens(child)])]
    if name == "msup":
        return [*_tokens(children[0]), ("power", _tokens(children[1]))]
    if name == "msub":
        return [*_tokens(children[0]), ("index", _tokens(children[1]))]
    if name in ("munderover", "munder"):
        return [("sum", *(_tokens(child) for child in children[1:]))]
    raise AssertionError(f"no reading of {name}")


# LaTeX.

_COMMANDS = {
    "exp": ("function", "exp"), "ln": ("function", "ln"), "min": ("function", "min"), "max": ("function", "max"),
    "Phi": ("function", "\u03a6"), "infty": ("number", math.inf), "cdot": ("mark", "*"), "times": ("mark", "*"),
    "leq": ("mark", "\u2264"), "geq": ("mark", "\u2265"), "neq": ("mark", "\u2260"), "land": ("mark", "\u2227"),
    "lor": ("mark", "\u2228"), "lfloor": ("mark", "\u230a"), "rfloor": ("mark", "\u230b"), "lceil": ("mark", "\u2308"),
    "rceil": ("mark", "\u2309"), "lvert": ("mark", "|"), "rvert": ("mark", "|"),
}  # fmt: skip
_INVISIBLE = {"left", "right", "mathopen", "displaystyle", ","}
_LATEX = re.compile(r"\\([a-zA-Z]+|.)|(\d+(?:\.\d+)?)|(\s+)|(.)")


def from_latex(text):
    """Give the tokens of a formula in LaTeX."""
    tokens, rest = _until(text, 0, None)
    assert rest == len(text), f"braces are not balanced: {text}"
    return tokens


def _until(text, at, end):
    found = []
    while at < len(text):
        if end is not None and text.startswith(end, at):
            return found, at + len(end)
        match = _LATEX.match(text, at)
        command, digits, space, mark = match.groups()
        at = match.end()
        if space or command in _INVISIBLE:
            continue
        if digits:
            found.append(("number", float(digits)))
        elif mark == "{":
            inner, at = _until(text, at, "}")
            found += inner
        elif mark in ("^", "_"):
            assert text[at] == "{", text
            inner, at = _until(text, at + 1, "}")
            if found and found[-1][0] == "sum":
                found[-1] += (inner,)
            else:
                found.append(("power" if mark == "^" else "index", inner))
        elif command == "frac":
            top, at = _until(text, at + 1, "}")
            bottom, at = _until(text, at + 1, "}")
            found.append(("fraction", top, bottom))
        elif command == "sqrt":
            inner, at = _until(text, at + 1, "}")
            found.append(("root", inner))
        elif command == "text":
            end_of_words = text.index("}", at)
            found.append(("words", text[at + 1 : end_of_words].strip()))
            at = end_of_words + 1
        elif command == "sum":
            found.append(("sum",))
        elif command == "begin":
            assert text.startswith("{cases}", at), text
            depth, close = 1, at
            while depth:
                close = min(p for p in (text.find(r"\begin{cases}", close), text.find(r"\end{cases}", close)) if p >= 0)
                depth += 1 if text.startswith(r"\begin", close) else -1
                close += len(r"\end{cases}")
            body = text[at + len("{cases}") : close - len(r"\end{cases}")]
            found.append(("cases", [[from_latex(cell) for cell in _split(row, "&")] for row in _split(body, r"\\")]))
            at = close
        elif command:
            found.append(_COMMANDS[command])
        elif mark in ("P", "I"):
            found.append(("function", mark))
        else:
            found.append(("name", mark) if mark.isalpha() else ("mark", mark))
    assert end is None, f"'{end}' is missing: {text}"
    return found, at


def _split(text, at):
    """Split where no inner cases are."""
    parts, depth, start, place = [], 0, 0, 0
    while place < len(text):
        if text.startswith(r"\begin", place):
            depth += 1
        elif text.startswith(r"\end", place):
            depth -= 1
        elif depth == 0 and text.startswith(at, place):
            parts.append(text[start:place])
            start = place + len(at)
        place += 1
    return [*parts, text[start:]]


# Working out.


class Reader:
    """Works tokens out; `values` are numbers by name, or functions of an index."""

    def __init__(self, tokens, values):
        self.tokens, self.at, self.values = list(tokens), 0, values

    def all(self):
        """Work everything out."""
        value = self.condition()
        assert self.at == len(self.tokens), f"left over: {self.tokens[self.at :]}"
        return value

    def inner(self, tokens, **more):
        """Work out what stands apart: under a fraction, in an exponent."""
        return Reader(tokens, {**self.values, **more}).all()

    def peek(self):
        """Give the next token, without taking it."""
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self):
        """Take the next token."""
        token = self.peek()
        self.at += 1
        return token

    def condition(self):
        """Conditions joined by or, and those by and."""
        values = [self.conjunction()]
        while self.peek() == ("mark", "\u2228"):
            self.take()
            values.append(self.conjunction())
        return values[0] if len(values) == 1 else any(values)

    def conjunction(self):
        """Relations joined by and."""
        values = [self.relation()]
        while self.peek() == ("mark", "\u2227"):
            self.take()
            values.append(self.relation())
        return values[0] if len(values) == 1 else all(values)

    def relation(self):
        """A sum, or two of them compared."""
        left = self.sum()
        if self.peek()[0] == "mark" and self.peek()[1] in RELATIONS:
            return RELATIONS[self.take()[1]](float(left), float(self.sum()))
        return left

    def sum(self):
        """Products added up; a minus may stand before the first one only."""
        sign = 1.0
        if self.peek() == ("mark", "-"):
            self.take()
            sign = -1.0
        total = sign * self.product()
        while self.peek() in (("mark", "+"), ("mark", "-")):
            sign = 1.0 if self.take()[1] == "+" else -1.0
            total += sign * self.product()
        return total

    def product(self):
        """Factors."""
        value = self.factor()
        while self.peek() == ("mark", "*"):
            self.take()
            value *= self.factor()
        return value

    def factor(self):
        """A thing with its exponents: each binds to the thing before it."""
        value = self.thing()
        exponents = []
        while self.peek()[0] == "power":
            exponents.append(self.inner(self.take()[1]))
        assert len(exponents) <= 1, "two exponents beside each other"
        return math.pow(value, exponents[0]) if exponents else value

    def thing(self):
        """A number, a name, something in brackets, a fraction, a function of something, a choice, a sum."""
        kind, *what = self.take()
        if kind == "number":
            return what[0]
        if kind == "name":
            value = self.values[what[0]]
            return value(self.inner(self.take()[1])) if callable(value) else value
        if kind == "fraction":
            return self.inner(what[0]) / self.inner(what[1])
        if kind == "root":
            return math.sqrt(self.inner(what[0]))
        if kind == "function":
            arguments = self.enclosed()
            return float(FUNCTIONS[what[0]](*arguments))
        if kind == "cases":
            return next(self.inner(value) for value, when in what[0] if self.holds(when))
        if kind == "sum":
            letter, first = what[0][0][1], self.inner(what[0][2:])
            start, total = self.at, 0.0
            for index in range(int(first), int(self.inner(what[1])) + 1):
                term = Reader(self.tokens[start:], {**self.values, letter: float(index)})
                total += term.product()
                self.at = start + term.at
            return total
        assert kind == "mark", f"unexpected {kind} {what}"
        self.at -= 1
        mark = what[0]
        (value,) = self.enclosed()
        return {"\u230a": math.floor, "\u2308": math.ceil, "|": abs, "[": float}.get(mark, lambda x: x)(value)

    def enclosed(self):
        """What stands in brackets, between commas."""
        kind, mark = self.take()
        assert kind == "mark", f"a bracket is missing before {mark}"
        end = ("mark", OPEN.get(mark, mark))
        values = [self.condition()]
        while self.peek() == ("mark", ","):
            self.take()
            values.append(self.condition())
        assert self.take() == end, f"{end[1]} is missing"
        return values

    def holds(self, when):
        """Say whether the condition of a case holds; they are read from the top."""
        (kind, words), *condition = when
        assert kind == "words"
        if words == "otherwise":
            return True
        assert words in ("if", "else if")
        return bool(self.inner(condition))

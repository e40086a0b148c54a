"""A number with its formula.

Arithmetic on symbols computes the number at once and keeps the formula as a tree. What is known without any symbol
stays a plain number: a sum with 0, a product with 1 or 0 leave no trace. Equal formulas are one object.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from typing import Any, Protocol
from weakref import WeakValueDictionary

import numpy as np

from hecon.errors import HeconError

#: What may stand in a formula: a symbol or a plain number.
Term = Any
_OBJECTS = np.dtype(object)


class _Place(Protocol):
    """Where the value of a leaf stands: a cell or a name of the workbook."""

    @property
    def words(self) -> str:
        """What the value is, in words."""


class _Run(Protocol):
    """Several cells under each other, as a sum or a look-up takes them."""

    @property
    def numbers(self) -> list[float]:
        """Their values."""


class Symbol:
    """A number (`value`) and how it comes about: an operation `op` and its arguments `args`.

    A leaf has the operation ``leaf`` and its place as the argument. Symbols cannot be asked yes-or-no questions: which
    branch is taken must be part of the formula (`hecon.symbols.functions.where`).

    >>> a, b = leaf("a", 2.0), leaf("b", 3.0)
    >>> (a * b + 0).value, (a * b + 0) is (a * b)
    (6.0, True)
    """

    __slots__ = ("__weakref__", "args", "op", "value")

    op: str
    args: tuple[Any, ...]
    value: float

    def __repr__(self) -> str:
        return f"Symbol({self.op}, {self.value:g})"

    def __bool__(self) -> bool:
        raise HeconError(
            f"a live workbook cannot follow a choice that Python makes on '{words_of(self)}': "
            "write it with hecon's own functions, which put the choice into the formula"
        )

    def __float__(self) -> float:
        raise HeconError(
            f"a live workbook cannot follow '{words_of(self)}' where it is turned into a plain number; "
            "the result would no longer depend on its cell"
        )

    def __add__(self, other: Term) -> Term:
        return NotImplemented if _is_array(other) else add(self, other)

    def __radd__(self, other: Term) -> Term:
        return NotImplemented if _is_array(other) else add(other, self)

    def __sub__(self, other: Term) -> Term:
        return NotImplemented if _is_array(other) else subtract(self, other)

    def __rsub__(self, other: Term) -> Term:
        return NotImplemented if _is_array(other) else subtract(other, self)

    def __mul__(self, other: Term) -> Term:
        return NotImplemented if _is_array(other) else multiply(self, other)

    def __rmul__(self, other: Term) -> Term:
        return NotImplemented if _is_array(other) else multiply(other, self)

    def __truediv__(self, other: Term) -> Term:
        return NotImplemented if _is_array(other) else divide(self, other)

    def __rtruediv__(self, other: Term) -> Term:
        return NotImplemented if _is_array(other) else divide(other, self)

    def __pow__(self, other: Term) -> Term:
        return NotImplemented if _is_array(other) else _power(self, other)

    def __rpow__(self, other: Term) -> Term:
        return NotImplemented if _is_array(other) else _power(other, self)

    def __neg__(self) -> Term:
        return negative(self)

    def __pos__(self) -> Term:
        return self

    def __lt__(self, other: Term) -> Term:
        return NotImplemented if _is_array(other) else compared("<", self, other)

    def __le__(self, other: Term) -> Term:
        return NotImplemented if _is_array(other) else compared("<=", self, other)

    def __gt__(self, other: Term) -> Term:
        return NotImplemented if _is_array(other) else compared(">", self, other)

    def __ge__(self, other: Term) -> Term:
        return NotImplemented if _is_array(other) else compared(">=", self, other)

    # What numpy asks of the elements of an object array.

    def exp(self) -> Term:
        """Exponential."""
        return call("exp", self)

    def log(self) -> Term:
        """Natural logarithm."""
        return call("log", self)

    def sqrt(self) -> Term:
        """Square root."""
        return call("sqrt", self)

    def expm1(self) -> Term:
        """exp(x) - 1."""
        return self.exp() - 1.0

    def log1p(self) -> Term:
        """log(1 + x)."""
        return (1.0 + self).log()

    def __floor__(self) -> Term:
        return call("floor", self)

    def __ceil__(self) -> Term:
        return call("ceil", self)

    def __abs__(self) -> Term:
        return call("abs", self)


def _is_array(other: object) -> bool:
    """Whether it is for an array, labelled or not, to take each of its items in turn."""
    return isinstance(other, np.ndarray) or hasattr(other, "dims")


_LITERALS = (float, str)
_KNOWN: WeakValueDictionary[tuple[Any, ...], Symbol] = WeakValueDictionary()


def _made(op: str, args: tuple[Any, ...], value: float) -> Symbol:
    key = (op, *[arg if isinstance(arg, _LITERALS) else id(arg) for arg in args])
    known = _KNOWN.get(key)
    if known is None:
        known = object.__new__(Symbol)
        known.op, known.args, known.value = op, args, value
        _KNOWN[key] = known
    return known


def leaf(place: _Place | str, value: float) -> Symbol:
    """Give a symbol that stands for what is in a place."""
    made = object.__new__(Symbol)
    made.op, made.args, made.value = "leaf", (place,), float(value)
    return made


def is_symbolic(*values: object) -> bool:
    """Say whether any value is a symbol, or an array (labelled or not) that may hold some."""
    return any(isinstance(value, Symbol) or getattr(value, "dtype", None) == _OBJECTS for value in values)


def number_of(value: Any) -> Any:
    """Give the number of a symbol, the numbers of an array of symbols; anything else as it is.

    >>> number_of(leaf("a", 2.0)), number_of(3.0)
    (2.0, 3.0)
    """
    if isinstance(value, Symbol):
        return value.value
    if getattr(value, "dtype", None) == _OBJECTS:
        array = np.asarray(value)
        return np.array([float(number_of(item)) for item in array.ravel()]).reshape(array.shape)
    return value


def is_number(value: object) -> bool:
    """Say whether a cell or argument holds a number, plain or symbolic; a truth is none."""
    return isinstance(value, Symbol | numbers.Real) and not isinstance(value, bool)


def words_of(symbol: Symbol) -> str:
    """Name the first place that a symbol depends on."""
    while symbol.op != "leaf":
        inner = next((arg for arg in symbol.args if isinstance(arg, Symbol)), None)
        if inner is None:
            return f"a {symbol.op}"
        symbol = inner
    place = symbol.args[0]
    return place if isinstance(place, str) else str(place.words)


# --- arithmetic: at least one of the two is a symbol, unless it is said ---


def add(a: Term, b: Term) -> Term:
    """Give a + b."""
    if not isinstance(a, Symbol):
        a = float(a)
        if a == 0:
            return b
        return _made("+", (a, b), a + b.value)
    if not isinstance(b, Symbol):
        b = float(b)
        if b == 0:
            return a
        return subtract(a, -b) if b < 0 else _made("+", (a, b), a.value + b)
    if b.op == "neg":
        return subtract(a, b.args[0])
    return _made("+", (a, b), a.value + b.value)


def subtract(a: Term, b: Term) -> Term:
    """Give a - b."""
    x, y = _plain(a), _plain(b)
    if not isinstance(b, Symbol):
        return a if y == 0 else _made("-", (a, y), x - y)
    if not isinstance(a, Symbol):
        return negative(b) if x == 0 else _made("-", (x, b), x - y)
    if a is b:
        return 0.0
    return _made("-", (a, b), x - y)


def multiply(a: Term, b: Term) -> Term:
    """Give a b."""
    x, y = _plain(a), _plain(b)
    for number, other in ((a, b), (b, a)):
        if not isinstance(number, Symbol):
            if number == 0:
                return 0.0
            if number == 1:
                return other
            if number == -1:
                return negative(other)
    if not isinstance(a, Symbol):
        return _made("*", (x, b), x * y)
    return _made("*", (a, b if isinstance(b, Symbol) else y), x * y)


def divide(a: Term, b: Term) -> Term:
    """Give a / b; a division by 0 has the value that numpy gives it."""
    x, y = _plain(a), _plain(b)
    value = x / y if y else math.nan if x == 0 or math.isnan(x) else math.copysign(math.inf, x)
    if not isinstance(a, Symbol) and not isinstance(b, Symbol):
        return value
    if not isinstance(b, Symbol) and y == 1:
        return a
    if not isinstance(a, Symbol) and x == 0:
        return 0.0
    return _made("/", (a if isinstance(a, Symbol) else x, b if isinstance(b, Symbol) else y), value)


def _power(a: Term, b: Term) -> Term:
    """Give a^b."""
    x, y = _plain(a), _plain(b)
    try:
        value = math.pow(x, y)
    except ValueError:
        value = math.inf if x == 0 else math.nan
    except OverflowError:
        value = math.inf
    if not isinstance(b, Symbol) and y in (0.0, 1.0):
        return 1.0 if y == 0 else a
    return _made("^", (a if isinstance(a, Symbol) else x, b if isinstance(b, Symbol) else y), value)


def negative(a: Symbol) -> Term:
    """Give -a."""
    if a.op == "neg":
        return a.args[0]
    if a.op == "-":
        return subtract(a.args[1], a.args[0])
    return _made("neg", (a,), -a.value)


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda x, y: x < y,
    "<=": lambda x, y: x <= y,
    ">": lambda x, y: x > y,
    ">=": lambda x, y: x >= y,
    "=": lambda x, y: x == y,
}


def compared(op: str, a: Term, b: Term) -> Term:
    """Give 1 where a comparison holds and 0 where it does not; a plain truth for plain numbers."""
    x, y = _plain(a), _plain(b)
    holds = _COMPARISONS[op](x, y)
    if not isinstance(a, Symbol) and not isinstance(b, Symbol):
        return holds
    return _made(op, (a if isinstance(a, Symbol) else x, b if isinstance(b, Symbol) else y), float(holds))


def call(op: str, *args: Term) -> Term:
    """Apply one of the `FUNCTIONS`; a plain number where no argument is a symbol."""
    plain = tuple(arg if isinstance(arg, Symbol) else _plain(arg) for arg in args)
    value = FUNCTIONS[op](*(_plain(arg) for arg in args))
    if not any(isinstance(arg, Symbol) for arg in args):
        return value
    return _made(op, plain, float(value))


def over(op: str, value: float, *args: Any) -> Symbol:
    """Make a symbol of an operation on runs of cells, such as a sum or a look-up."""
    return _made(op, args, float(value))


def _plain(a: Term) -> float:
    return a.value if isinstance(a, Symbol) else float(a)


# --- functions of numbers: as numpy and scipy give them, also where Python's math would raise ---


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def _log(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf if x == 0 else math.nan


def _whole(rounded: Callable[[float], int]) -> Callable[[float], float]:
    return lambda x: float(rounded(x)) if math.isfinite(x) else x


def _distribution(name: str) -> Callable[..., float]:
    """Give a distribution function of scipy's: x first here, last there."""

    def function(x: float, *shapes: float) -> float:
        from scipy import special

        return float(getattr(special, name)(*shapes, x))

    return function


def _if(condition: float, yes: float, no: float) -> float:
    return yes if condition else no


FUNCTIONS: dict[str, Callable[..., float]] = {
    "exp": _exp,
    "log": _log,
    "sqrt": lambda x: math.sqrt(x) if x >= 0 else math.nan,
    "abs": abs,
    "floor": _whole(math.floor),
    "ceil": _whole(math.ceil),
    "min": min,
    "max": max,
    "normal_cdf": _distribution("ndtr"),
    "gamma_cdf": _distribution("gammainc"),
    "beta_cdf": _distribution("betainc"),
    "if": _if,
    "and": lambda *truths: float(all(truths)),
    "or": lambda *truths: float(any(truths)),
    "choose": lambda number, *options: options[int(number) - 1],
}

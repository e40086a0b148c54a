"""What a unit means: a small closed grammar of currency, time, dose and share, and how far two units are apart.

A unit is words with ``/`` or ``per`` between them: ``USD``, ``USD/mg``, ``USD per patient per year``, ``per month``,
``%``, ``mg/kg``, ``log months``, ``share of patients``. A word that nobody knows is an error; what stands in square
brackets, such as ``[mmHg]``, is a unit of its own that is not read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache

from hecon.errors import did_you_mean
from hecon.frozen import frozen

CURRENCIES = ("USD", "EUR", "GBP", "CAD", "AUD", "CHF", "JPY", "SEK", "NOK", "DKK", "PLN", "CNY", "BRL")
#: Signs and names of currencies, and which they may stand for.
_SIGNS = {
    "€": ("EUR",), "£": ("GBP",), "$": ("USD", "CAD", "AUD"), "¥": ("JPY", "CNY"), "euro": ("EUR",),
    "pound": ("GBP",), "dollar": ("USD", "CAD", "AUD"), "yen": ("JPY",),
}  # fmt: skip
MONEY, TIME, MASS = "money", "time", "mass"
#: Lengths of time in days, or for months in years.
_DAYS = {"second": 1 / 86_400, "minute": 1 / 1_440, "hour": 1 / 24, "day": 1.0, "week": 7.0, "fortnight": 14.0}
_TIMES = {
    **{name: name for name in (*_DAYS, "month", "quarter", "year")},
    "sec": "second", "min": "minute", "hr": "hour", "h": "hour", "wk": "week", "mo": "month", "mth": "month",
    "yr": "year", "annum": "year", "ly": "year",
}  # fmt: skip
_ADJECTIVES = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month", "yearly": "year",
               "annual": "year", "annually": "year"}  # fmt: skip
_MASSES = {"ng": 1e-6, "ug": 1e-3, "mcg": 1e-3, "microgram": 1e-3, "mg": 1.0, "milligram": 1.0, "g": 1e3, "gram": 1e3}
#: Sizes that are neither money, time nor mass of a drug: each its own dimension.
_SIZES = {"kg": "body weight", "kilogram": "body weight", "m2": "body surface", "cm": "length", "ml": "volume",
          "cycle": "model cycle"}  # fmt: skip
SHARE_UNIT, RATIO_UNIT, UTILITY_UNIT, QALY_UNIT = "share", "ratio", "utility", "QALY"
_KINDS = {
    **dict.fromkeys(("share", "proportion", "probability", "fraction", "percent", "percentage", "incidence",
                     "prevalence", "risk", "chance", "%"), SHARE_UNIT),
    **dict.fromkeys(("ratio", "factor", "multiplier", "odds", "hazard"), RATIO_UNIT),
    **dict.fromkeys(("utility", "disutility", "utilities", "qol", "hrqol"), UTILITY_UNIT),
}  # fmt: skip
#: What a pack of a drug is called.
_PACKS = frozenset(("pack", "package", "vial", "syringe", "capsule", "tablet", "pen", "dose"))
#: What is counted, and words that say no more than the value does.
_NOUNS = frozenset(
    [
        "patient",
        "member",
        "eligible",
        "person",
        "people",
        "woman",
        "women",
        "man",
        "men",
        "case",
        "event",
        "death",
        "birth",
        "transition",
        "dose",
        "infusion",
        "injection",
        "administration",
        "pack",
        "package",
        "vial",
        "syringe",
        "capsule",
        "tablet",
        "pen",
        "unit",
        "iu",
        "piece",
        "item",
        "visit",
        "admission",
        "test",
        "scan",
        "procedure",
        "operation",
        "surgery",
        "course",
        "treatment",
        "therapy",
        "episode",
        "attack",
        "hospitalisation",
        "hospitalization",
        "stay",
        "session",
        "prescription",
        "progression",
        "relapse",
        "infection",
        "line",
        "age",
        "life",
        "time",
        "inhabitant",
        "population",
        "number",
        "count",
        "dimensionless",
        "index",
        "score",
        "rate",
        "relative",
        "none",
    ]
)
_FACTORS = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "percent": 0.01, "percentage": 0.01, "%": 0.01}
#: What drug_price may be the price of.
PRICES_PER = ("mg", "pack")
EXAMPLES = "USD, USD/mg, USD/year, per month, months, %, share, ratio, utility, mg/kg"


@frozen(eq=True)
class Unit:
    """A unit that was read: its dimensions with their powers, its size in their base units, and what kind it is.

    Base units are the currency, years, milligrams. `times` are the words for time with their powers; `log` says that
    the value is a logarithm; `kind` is share, ratio, utility or QALY where a word says so; `read` is False for what
    stands in brackets.
    """

    text: str
    powers: Mapping[str, int]
    times: tuple[tuple[str, int], ...] = ()
    factor: float = 1.0
    currencies: tuple[str, ...] = ()
    kind: str = ""
    log: bool = False
    read: bool = True
    #: Whether it is of one pack, dose or capsule.
    is_by_pack: bool = False

    def __hash__(self) -> int:
        return hash(self.text)

    def size(self, days_per_year: float) -> float:
        """The unit in base units."""
        size = self.factor
        for word, power in self.times:
            size *= years_in_unit(word, days_per_year) ** power
        return size

    @property
    def time(self) -> str:
        """The word for time, if there is one and no other."""
        words = {word for word, _ in self.times}
        return words.pop() if len(words) == 1 else ""


def years_in_unit(word: str, days_per_year: float) -> float:
    """Years in a second, minute, hour, day, week, fortnight, month (a twelfth), quarter or year.

    >>> years_in_unit("month", 365.25)
    0.08333333333333333
    """
    return {"month": 1 / 12, "quarter": 1 / 4, "year": 1.0}.get(word) or _DAYS[word] / days_per_year


@lru_cache(maxsize=4096)
def parse_unit(text: str, currency: str = "") -> Unit:
    """Read a unit; `currency` is that of the workbook, under whatever name. Raises ValueError for an unknown word.

    >>> unit = parse_unit("USD per patient per month")
    >>> dict(unit.powers), unit.time
    ({'money': 1, 'time': -1}, 'month')
    >>> parse_unit("florins per year")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: 'florins' is not a word of a unit. Units are such as USD, USD/mg, ...
    """
    plain = text.strip()
    if plain.startswith("[") and plain.endswith("]"):
        return Unit(text, {}, read=False)
    words = plain
    if currency.strip() and not _codes(currency.strip()):
        words = re.sub(rf"(?<!\w){re.escape(currency.strip())}(?!\w)", " \0 ", words)
    words = re.sub(r"\((19|20)\d\d\)", " ", words)
    for old, new in (("²", "2"), ("^2", "2"), ("µ", "u"), ("μ", "u"), ("p.a.", "per year"), ("0 or 1", "number"),
                     ("eq-5d", "utility"), ("EQ-5D", "utility"), ("0-100", "%"),
                     ("0 to 100", "%"), ("/", " per "), ("%", " % "), ("-", " ")):  # fmt: skip
        words = words.replace(old, new)
    words = re.sub(r"([€£$¥])", r" \1 ", words)
    found = _Reading(plain, currency)
    for word in re.split(r"[\s*·×,]+", words.replace(",000", "000")):
        if word:
            found.take(word)
    return found.unit(text)


class _Reading:
    """A unit while it is read, word by word."""

    def __init__(self, text: str, currency: str) -> None:
        self.text, self.currency, self.sign = text, currency, 1
        self.powers: dict[str, int] = {}
        self.times: list[tuple[str, int]] = []
        self.factor, self.kind, self.log = 1.0, "", False
        self.year = 1.0
        self.currencies: tuple[str, ...] = ()
        self.is_by_pack = False

    def take(self, word: str) -> None:
        lower = word.lower().split("^")[0]
        single = lower[:-1] if len(lower) > 2 and lower.endswith("s") else lower
        self.is_by_pack |= single in _PACKS and self.sign < 0
        codes = currencies_of(self.currency) if word == "\0" else _codes(word) or _codes(single)
        if lower in ("per", "a", "an", "in", "each", "every"):
            self.sign = self.sign if lower == "a" and self.sign < 0 else -1
        elif lower in ("of", "and", "the"):
            return
        elif lower in ("log", "ln", "logarithm"):
            self.log = True
        elif codes:
            self._power(MONEY)
            self.currencies = codes
        elif re.fullmatch(r"\d+(\.\d+)?", lower):
            if re.fullmatch(r"(19|20)\d\d", lower) and self.sign > 0:
                self.year = float(lower)  # the price year, if there is a currency
            else:
                self.factor *= float(lower) ** self.sign
        elif single in _TIMES or lower in _TIMES:
            self._time(_TIMES.get(single) or _TIMES[lower], self.sign)
        elif lower in _ADJECTIVES:
            self._time(_ADJECTIVES[lower], -1)
        elif single in _MASSES:
            self._power(MASS)
            self.factor *= _MASSES[single] ** self.sign
        elif single in _SIZES:
            self._power(_SIZES[single])
        elif single in ("qaly", "daly"):
            self.kind = QALY_UNIT
            self._time("year", self.sign)
        elif lower in _KINDS or single in _KINDS or lower in _FACTORS:
            self.kind = self.kind or _KINDS.get(lower) or _KINDS.get(single, "")
            self.factor *= _FACTORS.get(lower, 1.0) ** self.sign
        elif single not in _NOUNS and lower not in _NOUNS:
            known = [*_TIMES, *_MASSES, *_SIZES, *_KINDS, *_NOUNS, *CURRENCIES]
            hint = did_you_mean(lower, known) if len(lower) > 3 else ""
            if word.upper() in CURRENCIES:
                hint = f" Did you mean '{word.upper()}'?"
            own = f"Units are such as {EXAMPLES}; one of your own stands in square brackets, such as [mmHg]"
            raise ValueError(f"'{word}' is not a word of a unit.{hint} {own}")

    def _power(self, dimension: str) -> None:
        self.powers[dimension] = self.powers.get(dimension, 0) + self.sign

    def _time(self, word: str, power: int) -> None:
        self.times.append((word, power))
        self.powers[TIME] = self.powers.get(TIME, 0) + power

    def unit(self, text: str) -> Unit:
        powers = {name: power for name, power in self.powers.items() if power}
        factor = self.factor if self.currencies else self.factor * self.year
        return Unit(
            text, powers, tuple(self.times), factor, self.currencies, self.kind, self.log, is_by_pack=self.is_by_pack
        )


def _codes(word: str) -> tuple[str, ...]:
    """Currencies that a word may stand for."""
    return (word,) if word in CURRENCIES else _SIGNS.get(word, ())


def currencies_of(currency: str) -> tuple[str, ...]:
    """Currencies that the workbook's currency may stand for; itself where nobody else knows it.

    >>> currencies_of("€"), currencies_of("EUR (2024)"), currencies_of("Taler")
    (('EUR',), ('EUR',), ('Taler',))
    """
    words = re.findall(r"[^\W\d_]+|[€£$¥]", currency)
    known = [code for word in words for code in _codes(word) or _codes(word.lower().removesuffix("s"))]
    return tuple(dict.fromkeys(known)) or ((currency.strip(),) if currency.strip() else ())


def read_currency(currency: str) -> str:
    """Give the currency of a workbook. Raises ValueError for a unit of something else, two currencies, or a code in
    small letters.

    >>> read_currency("usd")
    Traceback (most recent call last):
    ValueError: must be a currency, such as USD or EUR: type USD
    """
    text, rule = currency.strip(), "must be a currency, such as USD or EUR"
    known = currencies_of(text)
    if text.upper() in CURRENCIES and text not in CURRENCIES:
        raise ValueError(f"{rule}: type {text.upper()}")
    if known == (text,) and text not in CURRENCIES and _is_word_of_a_unit(text):
        raise ValueError(rule)
    if len(known) > 1 and not any(set(known) <= set(codes) for codes in _SIGNS.values()):
        raise ValueError(f"{rule}; it names {' and '.join(known)}")
    return currency


def _is_word_of_a_unit(text: str) -> bool:
    try:
        return bool(parse_unit(text).text)
    except ValueError:
        return False


def convert(value: float, unit: Unit, wanted: Unit, days_per_year: float) -> float | None:
    """Give a value in another unit; None where the two measure different things, the value itself where they are one.

    >>> convert(434.8, parse_unit("USD/month"), parse_unit("USD/year"), 365.25)
    5217.6
    """
    if unit.powers != wanted.powers or unit.log != wanted.log:
        return None
    ratio = unit.size(days_per_year) / wanted.size(days_per_year)
    if math.isclose(ratio, 1, rel_tol=1e-9):
        return value
    return value + math.log(ratio) if unit.log else value * ratio


def units_of_a_pack(price_per: object, size: float) -> float:
    """Prices that one pack costs: its size where the price is that of a mg, 1 where it is that of the pack.

    >>> units_of_a_pack("mg", 400.0), units_of_a_pack("pack", 400.0)
    (400.0, 1.0)
    """
    return 1.0 if price_per == "pack" else size

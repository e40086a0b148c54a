"""Which unit a parameter has by its name: what hecon's functions ask for, and the words of every other name.

`care_cost_per_year` is money a year, `infusion_minutes` minutes, `cure_share` a share, `scale` of a Weibull
curve in months months.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from hecon.frozen import frozen
from hecon.inputs.quantities import EFFECTS, KNOWN_BY_NAME, STRUCTURAL, WANING, is_of_table
from hecon.units import (
    MASS,
    MONEY,
    QALY_UNIT,
    RATIO_UNIT,
    SHARE_UNIT,
    TIME,
    UTILITY_UNIT,
    Unit,
    convert,
    currencies_of,
    parse_unit,
)

_TIME_WORDS = ("minute", "hour", "day", "week", "month", "year")
_COSTS = frozenset(("cost", "costs", "price", "prices", "fee", "fees"))
_SHARES = frozenset(("probability", "share", "incidence", "proportion"))
_UTILITIES = frozenset(("utility", "disutility"))
_RATIOS = ("hazard_ratio", "odds_ratio", "relative_risk", "acceleration_factor", "rate_ratio")
#: Coefficients by the power of time in them, where it does not depend on another coefficient; None is a logarithm.
_TIME_POWERS: Mapping[tuple[str, str], int | None] = {
    ("exponential", "rate"): -1, ("gompertz", "rate"): -1, ("gamma", "rate"): -1, ("gompertz", "shape"): -1,
    ("piecewise_exponential", "rate"): -1, ("piecewise_exponential", "until"): 1,
    ("weibull", "scale"): 1, ("loglogistic", "scale"): 1, ("lognormal", "meanlog"): None,
    ("generalised_gamma", "mu"): None,
}  # fmt: skip


@frozen(eq=True)
class Expected:
    """A unit that a name asks for. With `parts` only these dimensions of it are compared: the name says no more."""

    text: str
    parts: tuple[str, ...] | None = None
    kinds: tuple[str, ...] = ()
    #: Where the unit comes from, to follow the name of the parameter: ``is per year by its name``.
    why: str = "by its name"


def expected_unit(name: str, currency: str = "USD") -> Expected | None:
    """Give the unit that a parameter has by its name; None where the name says nothing.

    >>> expected_unit("monitoring_cost_per_year").text
    'USD/year'
    >>> expected_unit("waiting_weeks").text
    'weeks'
    """
    currency = currency.strip() or "USD"
    if name in (*WANING, "landmark_time", "landmark_since") or (is_of_table(name) and name.startswith(STRUCTURAL)):
        return None  # in the time unit of its curve
    if name in _RATIOS or name in EFFECTS or is_of_table(name):
        return Expected("ratio", kinds=(RATIO_UNIT, ""))
    if name == "drug_price":
        return Expected(f"{currency}/mg", (MONEY, TIME))
    if name in KNOWN_BY_NAME:
        return _kind_of(KNOWN_BY_NAME[name].unit.replace("USD", currency))
    words = name.split("_")
    per = re.search(r"(?:^|_)per_(minute|hour|day|week|month|year)(?=_|$)", name)
    is_cost = bool(_COSTS & set(words))
    if per:
        return Expected(f"{currency}/{per[1]}" if is_cost else f"per {per[1]}", (MONEY, TIME) if is_cost else (TIME,))
    if words[0] == "log":
        return None
    if any(ratio in name for ratio in _RATIOS):
        return Expected("ratio", kinds=(RATIO_UNIT, ""))
    if words[-1].removesuffix("s") in _TIME_WORDS and (len(words) > 1 and words[-1].endswith("s")):
        return Expected(words[-1])
    if is_cost:
        return Expected(currency, (MONEY,))
    if _SHARES & set(words):
        return Expected(SHARE_UNIT, kinds=(SHARE_UNIT, RATIO_UNIT, ""))
    if _UTILITIES & set(words):
        return Expected(UTILITY_UNIT, kinds=(UTILITY_UNIT, ""))
    return None


def _kind_of(text: str) -> Expected:
    if text.startswith(SHARE_UNIT) and "/" not in text:
        return Expected(SHARE_UNIT, kinds=(SHARE_UNIT, RATIO_UNIT, ""))
    return Expected(text, kinds=(UTILITY_UNIT, "")) if text == UTILITY_UNIT else Expected(text)


def expected_coefficient(name: str, family: str, time_unit: str) -> Expected | None:
    """Give the unit of a coefficient of a curve in that unit of time; None where no time is in it.

    >>> expected_coefficient("scale", "weibull", "month").text
    'months'
    """
    word = name.split("_")[0] if family == "piecewise_exponential" else name
    if (family, word) not in _TIME_POWERS:
        return None
    power = _TIME_POWERS[family, word]
    text = f"log {time_unit}s" if power is None else f"{time_unit}s" if power > 0 else f"per {time_unit}"
    return Expected(text, (TIME,), why=f"of a curve in {time_unit}s")


def what_is_wrong(
    name: str, value: float, unit: Unit, expected: Expected, currency: str, days_per_year: float
) -> str | None:
    """Say how a unit contradicts the one expected, with the value to type where one follows from the other."""
    if not unit.read:
        return None
    wanted = parse_unit(expected.text, currency)
    parts = expected.parts
    if parts is not None and MASS in unit.powers and MASS in wanted.powers:
        parts = (*parts, MASS)  # a price by weight; one by pack has no weight to compare
    other = set(unit.powers) - {MONEY, MASS, TIME}
    if name == "drug_price" and other and MASS not in unit.powers:
        return f"unit is {unit.text}, but drug_price is {expected.text}, or of one pack; write what it is the price of"
    if name.endswith("utility") and not name.endswith("disutility") and unit.text.strip().lower() == "disutility":
        return f"unit is disutility, but {name} is a utility by its name: type {1 - value:.6g} and write utility"
    mine = _only(unit, parts)
    rule = f"unit is {unit.text}, but {name} is {_article(expected.text)} {expected.why}"
    percent = unit.kind == SHARE_UNIT and not unit.powers and unit.factor != 1
    if expected.kinds and unit.kind not in expected.kinds and not percent:
        return f"{rule}; write {expected.text}"
    found = convert(value, mine, _only(wanted, parts), days_per_year)
    if found is None:
        if unit.kind == QALY_UNIT and expected.kinds and UTILITY_UNIT in expected.kinds:
            return None
        return f"{rule}; write {expected.text}, and the value in it"
    if found == value:
        return None
    if percent and abs(value) <= 1:  # 0.62 beside %: mostly a share already
        return f"{rule}; write {expected.text} (and, if {value:g} is a percentage, type {found:.6g})"
    return f"{rule}: type {found:.6g} and write {expected.text}"


def _same(one: Unit, other: Unit) -> bool:
    sizes = one.size(365.25), other.size(365.25)
    return one.read and one.powers == other.powers and one.log == other.log and math.isclose(*sizes)


def _only(unit: Unit, parts: tuple[str, ...] | None) -> Unit:
    if parts is None:
        return unit
    powers = {name: power for name, power in unit.powers.items() if name in parts}
    scale = unit.factor if MONEY in parts and set(unit.powers) <= set(parts) else 1.0
    times = unit.times if TIME in parts else ()
    return Unit(unit.text, powers, times, scale, unit.currencies, unit.kind, unit.log)


def _article(text: str) -> str:
    return {SHARE_UNIT: "a share of 1", UTILITY_UNIT: "a utility, where 1 is full health", RATIO_UNIT: "a ratio"}.get(
        text, text
    )


def wrong_currency(unit: Unit, currency: str) -> bool:
    """Whether a unit is in another currency than the workbook; a blank one is none."""
    own = currencies_of(currency)
    return bool(own and unit.currencies and not set(own) & set(unit.currencies))


def units_by_name(rows: Iterable[tuple[str, str]], names: Iterable[str], currency: str) -> dict[str, Unit]:
    """Give the unit of each parameter: that of its rows where they agree and can be read, else that of its name.

    `rows` are pairs of parameter and unit; a name whose unit nothing tells is not in the answer.
    """
    found: dict[str, set[str]] = {}
    for name, text in rows:
        found.setdefault(name, set()).add(text)
    units: dict[str, Unit] = {}
    for name in names:
        texts = found.get(name, {""})
        if texts == {""}:
            expected = expected_unit(name, currency)
            texts = {expected.text} if expected and expected.parts != (MONEY,) else set()
        try:
            read = [parse_unit(text, currency) for text in texts if text]
        except ValueError:
            continue
        alike = len(read) == len(texts) and all(_same(one, read[0]) for one in read)
        if read and alike:
            units[name] = read[0]
    return units

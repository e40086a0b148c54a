"""The settings of an analysis: each with its type, what is allowed, its default and what it does.

One place for the Settings sheet, its drop-downs, the documentation, and ``Case.with_settings``.
A setting that is not listed here does not exist.
"""

from __future__ import annotations

import numbers
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any

from hecon.domains import AT_LEAST_0, LARGEST, POSITIVE, Domain
from hecon.errors import Fault, InputError, UnknownNameError, did_you_mean, not_one_of
from hecon.numerals import numbers_in, why_not_a_number
from hecon.units import read_currency

ACCRUALS = ("life_table", "start", "end", "simpson")
DISCOUNT_FORMS = ("effective", "continuous")
DISCOUNT_TIMINGS = ("mid_cycle", "cycle_start", "cycle_end", "edges", "annual_step")
DOSE_TIMINGS = ("day", "cycle_start")
CROSSINGS = ("cap_pfs", "raise_os", "max_hazard", "error")
#: Cycles up to the last horizon: a day each for more than a lifetime. More is a slip, and takes memory by the gigabyte.
MOST_CYCLES = 50_000
TIME_UNITS = ("day", "week", "month", "year")
EVPPI_GROUPS = ("topic", "parameter", "sheet", "input", "none")

#: A constant rate, or a schedule ``((from_year, rate), ...)`` that begins at year 0.
Rate = float | tuple[tuple[float, float], ...]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text")
    return value


def _currency(value: object) -> str:
    return read_currency(_text(value))


def _one_of(*allowed: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if value not in allowed:
            hint = did_you_mean(str(value), allowed)
            raise ValueError(f"must be one of {', '.join(allowed)}.{hint}")
        return str(value)

    return parse


def _optional(parse: Callable[[object], Any]) -> Callable[[object], Any]:
    return lambda value: None if value is None or value == "" else parse(value)


def _list_of(parse: Callable[[object], float], *, increasing: bool) -> Callable[[object], tuple[float, ...]]:
    def parse_list(value: object) -> tuple[float, ...]:
        if isinstance(value, str):
            value = numbers_in(value)
        elif isinstance(value, numbers.Real):
            value = [value]
        if not isinstance(value, Iterable):
            raise ValueError("must be a list of numbers, such as 1, 3, 5")
        numbers_ = tuple(parse(item) for item in value)
        if not numbers_:
            raise ValueError("must hold at least one number")
        if increasing and any(later <= earlier for earlier, later in zip(numbers_, numbers_[1:], strict=False)):
            raise ValueError("must increase from one number to the next")
        return numbers_

    return parse_list


#: What a rate of discounting may be, and below 1.
RATE = Domain(-0.5, 1.0)


def _one_rate(value: object) -> float:
    """Read a rate a year; 1 is refused, for it is 100 % where most likely 1 % is meant."""
    rate = float(value) if isinstance(value, numbers.Real) and not isinstance(value, bool) else 0.0
    if 1 <= rate <= 100:
        raise ValueError(f"must be below 1: {rate:g} is {rate * 100:g} % a year; for {rate:g} % type {rate / 100:g}")
    return RATE.number(value)


def _rate(value: object) -> Rate:
    if isinstance(value, str):
        try:
            value = tuple(tuple(float(x) for x in part.split(":")) for part in re.split("[,;]", value))
        except ValueError:
            raise ValueError("must be a rate such as 0.03, or a schedule such as 0: 0.035, 30: 0.03") from None
        if len(value) == 1 and len(value[0]) == 1:
            value = value[0][0]
    if isinstance(value, numbers.Real):
        return _one_rate(value)
    if not isinstance(value, Iterable):
        raise ValueError("must be a rate such as 0.03, or a schedule such as 0: 0.035, 30: 0.03")
    steps = tuple(tuple(step) for step in value)
    if not steps or any(len(step) != 2 for step in steps) or steps[0][0] != 0:
        raise ValueError("must begin at year 0, as a list of year and rate, such as 0: 0.035, 30: 0.03")
    starts = [step[0] for step in steps]
    if any(later <= earlier for earlier, later in zip(starts, starts[1:], strict=False)):
        raise ValueError("must have years that increase, such as 0: 0.035, 30: 0.03")
    return tuple((float(start), _one_rate(rate)) for start, rate in steps)


#: Between the lists of weights of several horizons, in a cell.
LISTS_SEPARATOR = " | "
#: A rule by name, weights of the cycle edges, or such weights for each horizon.
Accrual = str | tuple[float, ...] | tuple[tuple[float, ...], ...]


def _accrual(value: object) -> Accrual:
    if isinstance(value, str) and not value[:1].isdigit():
        return _one_of(*ACCRUALS)(value)
    weights = _list_of(AT_LEAST_0.number, increasing=False)
    if isinstance(value, str):
        lists = tuple(weights(part) for part in value.split(LISTS_SEPARATOR.strip()))
    else:
        value = list(value) if isinstance(value, Iterable) else [value]
        nested = [isinstance(part, Iterable) for part in value]
        if any(nested) and not all(nested):
            raise ValueError("must be one list of weights, or one list for each horizon")
        lists = tuple(weights(part) for part in (value if any(nested) else [value]))
    return lists[0] if len(lists) == 1 else lists


def _sobol_samples(value: object) -> int:
    size = AT_LEAST_0.whole_number(value)
    if size and (size < 64 or size & (size - 1)):
        raise ValueError("must be 0 or a power of 2 of at least 64, such as 512 or 1024")
    return size


def _setting(parse: Callable[[object], Any], default: Any, allowed: str, meaning: str) -> Any:
    return field(default=default, metadata={"parse": parse, "allowed": allowed, "meaning": meaning})


@dataclass(frozen=True)
class Settings:
    """How an analysis is run. Every field is a row of the Settings sheet.

    >>> Settings(horizons=(1, 3, 5)).with_changes(accrual="start").accrual
    'start'
    """

    title: str = _setting(_text, "", "text", "Title of the analysis, printed on every export.")
    population: str = _setting(_text, "", "text", "Who the patients are.")
    perspective: str = _setting(_text, "", "text", "Whose costs and effects count.")
    currency: str = _setting(_currency, "USD", "text", "Currency of every cost.")
    price_year: int | None = _setting(
        _optional(Domain(1900, 2200).whole_number),
        None,
        "a year, or blank",
        "Costs with a price year are moved to this year by the Price index sheet.",
    )
    horizons: tuple[float, ...] = _setting(
        _list_of(Domain(0, 200, open_low=True).number, increasing=True),
        (1.0, 3.0, 5.0),
        "increasing numbers above 0, in years",
        "Time horizons at which results are given. A horizon is never rounded to a cycle.",
    )
    cycle_length: float = _setting(
        POSITIVE.number,
        1.0,
        "a number above 0",
        "Length of a model cycle, in cycle_unit.",
    )
    cycle_unit: str = _setting(
        _one_of(*TIME_UNITS), "week", ", ".join(TIME_UNITS), "Unit of the cycle length; a month is 1/12 year."
    )
    days_per_year: float = _setting(
        Domain(360, 366).number, 365.25, "360 to 366", "Days in a year; turns days and weeks into years."
    )
    accrual: Accrual = _setting(
        _accrual,
        "life_table",
        ", ".join(ACCRUALS),
        "How time in a state accrues within a cycle: life_table is the mean of both ends (half-cycle correction). "
        "Also a list of weights in cycles, one for each cycle edge up to the horizon; for several horizons one such "
        "list each, with | between them.",
    )
    discount_rate_cost: Rate = _setting(
        _rate, 0.03, "a rate a year, or a schedule such as 0: 0.035, 30: 0.03", "Discount rate of costs."
    )
    discount_rate_effect: Rate = _setting(
        _rate,
        0.03,
        "a rate a year, or a schedule such as 0: 0.035, 30: 0.03",
        "Discount rate of life years and QALYs.",
    )
    discount_form: str = _setting(
        _one_of(*DISCOUNT_FORMS),
        "effective",
        ", ".join(DISCOUNT_FORMS),
        "effective is (1 + r)^-t, continuous is exp(-r t).",
    )
    discount_timing: str = _setting(
        _one_of(*DISCOUNT_TIMINGS),
        "mid_cycle",
        ", ".join(DISCOUNT_TIMINGS),
        "When within a cycle its costs and effects are discounted.",
    )
    dose_timing: str = _setting(
        _one_of(*DOSE_TIMINGS),
        "day",
        ", ".join(DOSE_TIMINGS),
        "Who pays for doses: day, those on treatment on the day of the dose (or of its dispensing: see Schedules), "
        "discounted at that day; cycle_start, those at the start of the model cycle that holds the day of the dose.",
    )
    crossing: str = _setting(
        _one_of(*CROSSINGS),
        "cap_pfs",
        ", ".join(CROSSINGS),
        "What happens where progression-free survival lies above overall survival.",
    )
    willingness_to_pay: tuple[float, ...] = _setting(
        _list_of(Domain(0, LARGEST).number, increasing=True),
        (50_000.0, 100_000.0, 150_000.0),
        "increasing numbers of at least 0",
        "Willingness to pay for one QALY, in the currency of the costs.",
    )
    comparator: str = _setting(
        _text,
        "",
        "a strategy, or blank for the last one on Labels",
        "The strategy that increments on the summary are taken against.",
    )
    draws: int = _setting(
        Domain(1).whole_number, 10_000, "a whole number of at least 1", "Draws of a probabilistic analysis."
    )
    seed: int = _setting(AT_LEAST_0.whole_number, 2026, "a whole number of at least 0", "Seed of the random streams.")
    evppi_groups: str = _setting(
        _one_of(*EVPPI_GROUPS),
        "topic",
        ", ".join(EVPPI_GROUPS),
        "Which inputs the value of partial information takes together; topic is by parameter, survival curves by "
        "endpoint; none leaves it out.",
    )
    sobol_samples: int = _setting(
        _sobol_samples,
        1024,
        "0, or a power of 2 of at least 64",
        "Base sample of the Sobol indices, each of which runs it once for every input and twice more; 0 leaves them "
        "out.",
    )
    severity: str = _setting(
        _one_of("yes", "no"),
        "yes",
        "yes, no",
        "Whether shortfalls and the weight of a QALY are worked out, in a workbook with Life table and Utility norms.",
    )

    def __post_init__(self) -> None:
        faults = []
        for spec in fields(self):
            try:
                object.__setattr__(self, spec.name, spec.metadata["parse"](getattr(self, spec.name)))
            except (ValueError, TypeError) as error:
                faults.append(Fault(spec.name, not_a_setting(getattr(self, spec.name), spec.default, error)))
        if not faults and (cycles := self.horizons[-1] / self.cycle_years) > MOST_CYCLES:
            count = f"{cycles:,.0f}" if cycles < 1e12 else f"{cycles:.2g}"
            what = f"is {self.cycle_length:g} {self.cycle_unit}: {count} cycles by year {self.horizons[-1]:g}"
            rule = f"there can be at most {MOST_CYCLES:,}, so take a longer cycle or a nearer horizon"
            faults.append(Fault("cycle_length", f"{what}; {rule}"))
        if not faults and self.cycle_years > self.horizons[-1] * (1 + 1e-9):
            what = f"is {self.cycle_length:g} {self.cycle_unit}: {self.cycle_years:.4g} years, longer than the horizon"
            rule = f"of {self.horizons[-1]:g} years; take a shorter cycle or a longer horizon"
            faults.append(Fault("cycle_length", f"{what} {rule}"))
        if faults:
            raise InputError("the settings", faults)

    @property
    def cycle_years(self) -> float:
        """Length of a cycle, in years."""
        return self.cycle_length * years_per(self.cycle_unit, self.days_per_year)

    @property
    def of_time(self) -> Settings:
        """The settings that say where cycles and days lie, as they are, and every other one at its default."""
        return _of_time(*(getattr(self, name) for name in _TIME_NAMES))

    def with_changes(self, **changes: object) -> Settings:
        """Give the same settings with some of them changed; an unknown name raises `UnknownNameError`."""
        names = [spec.name for spec in fields(self)]
        for name in changes:
            if name not in names:
                raise UnknownNameError(f"there is no setting '{name}'.{did_you_mean(name, names)}")
        checked: dict[str, Any] = changes  # each field reads and refuses what it is given
        return replace(self, **checked)

    def as_dict(self) -> Mapping[str, object]:
        """Every setting by name, in the order of the Settings sheet."""
        return {spec.name: getattr(self, spec.name) for spec in fields(self)}


#: What says where cycles, horizons and the days of doses lie.
_TIME_NAMES = ("horizons", "cycle_length", "cycle_unit", "days_per_year", "dose_timing")


@lru_cache(maxsize=32)
def _of_time(*values: object) -> Settings:
    given: dict[str, Any] = dict(zip(_TIME_NAMES, values, strict=True))  # values of settings
    return Settings(**given)


def not_a_setting(value: object, default: object, error: Exception) -> str:
    """Say what a refused setting is and must be; of a number typed as text, what to type instead.

    >>> not_a_setting("3%", 0.03, ValueError("must be a rate"))
    "is the text '3%' with a percent sign: type 0.03"
    """
    if isinstance(value, str) and isinstance(default, int | float) and ":" not in value:
        why = why_not_a_number(value)
        if not why.endswith("it must be a number"):
            return why
    found = "blank" if value is None or value == "" else repr(value)
    return f"is {found}; it {error}"


def years_per(unit: str, days_per_year: float = 365.25) -> float:
    """Years in one day, week, month or year; a month is a twelfth of a year.

    >>> years_per("month")
    0.08333333333333333
    """
    lengths = {"day": 1 / days_per_year, "week": 7 / days_per_year, "month": 1 / 12, "year": 1.0}
    if unit not in lengths:
        raise UnknownNameError(f"'{unit}' {not_one_of(unit, TIME_UNITS)}")
    return lengths[unit]

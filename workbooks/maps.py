"""Sheet Map: over which choices and inputs the published pattern is looked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hecon.inputs.patterns import READINGS
from workbooks import curves, pomalidomide, sources
from workbooks.book import Book, Row

#: The direction of the published models, at 1, 3 and 5 years.
PATTERN = "1 yes, 3 yes, 5 no"
#: How long the comparator is treated where durations are as reported: the bounds of two scenarios.
_DURATIONS = {"Dara-Pd": ("6 months", "11.5 months"), "Dara-Kd": ("70 weeks", "75 weeks")}
#: The clinical and the economic side together, as abstracts report them.
_BOTH_SIDES = "progression_free_life_years + average_cost_per_progression_free_month_before_progression"
#: On what the pattern is asked for in England: abstracts of US conferences report averages.
_ENGLISH_READINGS = ("progression_free_life_years", "qaly", "saving", "worth_it")


def _choice(axis: str, options: Mapping[str, str | None], note: str = "") -> list[Row]:
    rows: list[Row] = [
        {"kind": "choice", "axis": axis, "name": name, "scenario": scenario} for name, scenario in options.items()
    ]
    rows[0]["note"] = note or None
    return rows


def _values(name: str, low: float, high: float, points: int, marked: str | None, note: str) -> Row:
    cells = {"low": low, "high": high, "points": points, "marked": marked, "note": note}
    return {"kind": "input", "name": name, **cells}


def _treatment(comparator: str) -> list[Row]:
    options: dict[str, str | None] = {"to progression": None}
    for bound, months in zip(("lower", "upper"), _DURATIONS[comparator], strict=True):
        options[f"as reported ({comparator} {months})"] = f"Treatment as reported, {bound} bound of {comparator}"
    return _choice("treatment", options, "Reported durations are bounds: their follow-ups differ.")


def _pattern(*patterns: str, readings: Sequence[str] = ()) -> list[Row]:
    asked: list[Row] = [{"kind": "pattern", "name": pattern} for pattern in patterns]
    return [*asked, *({"kind": "reading", "name": reading} for reading in readings)]


def isa_lognormal(book: Book) -> None:
    """Give the family that no published number of Isa-Pd tells, for the map: its spread is that of another trial."""
    spread, low, high = (round(value, 4) for value in curves.spread())
    keys = {"strategy": pomalidomide.ISA, "endpoint": pomalidomide.PFS, "family": "lognormal", "unit": "log months"}
    (rate,) = book.rows("Survival", parameter="rate", strategy=pomalidomide.ISA, endpoint=pomalidomide.PFS)
    meanlog: Row = {"parameter": "meanlog", **keys, "value": 2.44495, "low": 2.2272, "high": 2.6627}
    meanlog |= {"distribution": "normal", "status": "derived", "source": rate["source"]}
    meanlog["note"] = "ln of the median of 11.53 months. Range assumed: 81 events, half of the 162 of both arms."
    sdlog: Row = {"parameter": "sdlog", **keys, "value": spread, "low": low, "high": high, "distribution": "lognormal"}
    sdlog |= {"status": "assumed", "source": sources.IKEMA_FIGURE}
    sdlog["note"] = (
        "Transferred from IKEMA (isatuximab with carfilzomib, both arms pooled): one point of ICARIA-MM tells no spread. Range: 95 % interval of that estimate. For the map."
    )
    book.add("Survival", meanlog, sdlog, after={"parameter": "rate", "endpoint": pomalidomide.PFS})
    book.scenario(
        "Isa-Pd PFS lognormal",
        "The other family for Isa-Pd: its median, and the spread of IKEMA's pooled arms (assumed; another partner and earlier lines), "
        "since one published point tells no spread.",
        {"target": "family", "strategy": pomalidomide.ISA, "endpoint": pomalidomide.PFS, "value": "lognormal"},
        after="Dara-Pd PFS lognormal",
    )
    book.replaced(
        "Scenarios",
        "description",
        "No lognormal can be fitted for Isa-Pd.",
        "No lognormal can be fitted for Isa-Pd; one with an assumed spread is the next scenario.",
        scenario="Dara-Pd PFS lognormal",
    )


def _pomalidomide_choices() -> list[Row]:
    return [
        *_choice("Isa-Pd PFS", {"exponential": None, "lognormal": "Isa-Pd PFS lognormal"}),
        *_choice("Dara-Pd PFS", {"exponential": None, "lognormal": "Dara-Pd PFS lognormal"}),
        *_choice(
            "efficacy",
            {
                "unanchored": None,
                "anchored": "Anchored through Pd, final cuts",
                "equal": "No difference in efficacy",
            },
            "A later axis has the last word: anchored or equal, Dara-Pd follows Isa-Pd, whatever its own family.",
        ),
        *_treatment(pomalidomide.DARA),
    ]


def pomalidomide_map(book: Book) -> None:
    """The map of the question, on all readings: efficacy, families, treatment, both prices that drive the answer."""
    prices = (
        _values(
            "drug_price: daratumumab",
            5,
            6,
            101,
            "5.3070; 5.61",
            "Remembered range of 2020-21; marked: what Medicare paid in 2019, and the list price of 2020.",
        ),
        _values(
            "drug_price: pomalidomide",
            773,
            885,
            29,
            None,
            "From under to above the assumed range of the list price of 2020, 785-880.",
        ),
    )
    asked = _pattern(PATTERN, readings=(*READINGS, _BOTH_SIDES))
    book.tables["Map"] = [*_pomalidomide_choices(), *prices, *asked]


def carfilzomib_map(book: Book) -> None:
    """The same question with carfilzomib, of which the published model says 1 year only."""
    book.tables["Map"] = [
        *_choice("PFS", {"lognormal": None, "exponential": "PFS exponential"}),
        *_choice(
            "efficacy",
            {
                "unanchored": None,
                "anchored": "Anchored through Kd, later cuts",
                "equal": "No difference in efficacy",
            },
            "A later axis has the last word: anchored or equal, Dara-Kd follows Isa-Kd.",
        ),
        *_treatment("Dara-Kd"),
        _values(
            "drug_price: daratumumab",
            5,
            6,
            101,
            "5.3070; 5.61",
            "Remembered range of 2020-21; marked: what Medicare paid in 2019, and the list price of 2020.",
        ),
        *_pattern("1 yes", PATTERN),
    ]


def english_map(book: Book, partner: str) -> None:
    """What the NHS would have to pay: discounts on both antibodies, at 1, 3 and 5 years and over a lifetime."""
    discount = "Confidential: from the list price to {0} % off it."
    if partner == "pomalidomide":
        choices = [row for row in _pomalidomide_choices() if row["axis"] != "Isa-Pd PFS"]
    else:
        choices = [row for row in book.tables["Map"] if row["kind"] == "choice" and row["axis"] != "PFS"]
    book.tables["Map"] = [
        *choices,
        _values("price_discount: isatuximab", 0, 0.8, 81, None, discount.format(80)),
        _values("price_discount: daratumumab", 0, 0.5, 6, None, discount.format(50)),
        *_pattern(PATTERN, "30 yes", readings=_ENGLISH_READINGS),
    ]


def subcutaneous_map(book: Book, backbone: str) -> None:
    """Subcutaneous against subcutaneous, over both prices: that of isatuximab is not published."""
    unpublished = "No price is published: from a fifth of parity per dose (5,200, marked) to above that of daratumumab."
    book.tables["Map"] = [
        *_choice(
            "efficacy",
            {
                "unanchored": None,
                "anchored": f"Anchored through {backbone}, {'final' if backbone == 'Pd' else 'later'} cuts",
                "equal": "No difference in efficacy",
            },
        ),
        _values("drug_price: isatuximab sc", 1000, 8000, 141, "5200", unpublished),
        _values("drug_price: daratumumab sc", 7280, 7900, 6, None, "The remembered range of 2020-21."),
        *_pattern("1 yes", PATTERN),
    ]

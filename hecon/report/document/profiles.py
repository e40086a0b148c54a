"""Payers and what they ask for: which sections in which order, their conventions, and where their template asks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from hecon.errors import UnknownNameError, did_you_mean
from hecon.frozen import frozen
from hecon.report.document.parts import ReportColumn

if TYPE_CHECKING:
    from hecon.settings import Settings


@frozen(eq=True)
class Profile:
    """What a payer asks for.

    headings       where the words for its template come from: no heading is given as its own but where that is said.
    discount       rates a year of costs and effects in the reference case, or nothing where it names none.
    probabilistic  whether the probabilistic results are the base case, and stand first.
    equal_value    whether it asks for the cost of an equal-value life year.
    prices         which price of a drug it asks for.
    asks           analyses that it asks for, by name, with the words for each.
    columns        columns of the base-case table in the payer's order; those that are not named are left out.
    """

    name: str
    title: str
    guidance: str
    headings: str = ""
    discount: float | None = None
    probabilistic: bool = False
    perspective: str = ""
    horizon: str = ""
    thresholds: tuple[float, ...] = ()
    currency: str = ""
    equal_value: bool = False
    prices: str = ""
    asks: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()


_TOTALS = ("horizon_years", "strategy", "cost", "life_years", "qaly")
_INCREMENTS = ("incremental_cost", "incremental_life_years", "incremental_qaly", "icer")

_KNOWN = "The words are hecon's own, from knowledge of the guidance and not from its text: compare them with it"

NO_PROFILE = Profile("plain", "", "")
PAYER_PROFILES: dict[str, Profile] = {
    "nice": Profile(
        "nice",
        "Company evidence submission to NICE",
        "NICE user guide for company evidence submissions (PMG24, section 3); methods manual PMG36",
        "Numbers and subjects of sections are those of the user guide, the words for tables are hecon's own",
        discount=0.035,
        perspective="NHS and personal social services",
        horizon="long enough to reflect all differences, usually lifetime",
        thresholds=(20_000, 30_000),
        currency="GBP",
        prices="list price; net of a confidential discount where one is agreed, marked as such",
        asks=(("psa", "Probabilistic analysis"), ("scenarios", "Scenarios"), ("severity", "Severity of the disease")),
        columns=(*_TOTALS, *_INCREMENTS),
    ),
    "amcp": Profile(
        "amcp",
        "AMCP dossier, economic value and modelling report",
        "AMCP Format for Formulary Submissions, version 5.0 (2024), section 4",
        _KNOWN,
        discount=0.03,
        perspective="United States payer; the societal one beside it",
        horizon="1 to 5 years for the budget impact; for the model as the disease asks",
        currency="USD",
        prices="list price (wholesale acquisition cost), net price where it is known",
        asks=(("budget", "Budget impact per member per month"), ("psa", "Probabilistic analysis")),
        columns=(
            "horizon_years",
            "strategy",
            "cost",
            "qaly",
            "life_years",
            "progression_free_life_years",
            "incremental_cost",
            "incremental_qaly",
            "incremental_life_years",
            "icer",
        ),
    ),
    "cda": Profile(
        "cda",
        "Pharmacoeconomic submission to Canada's Drug Agency",
        "Guidelines for the Economic Evaluation of Health Technologies: Canada, 4th edition (CADTH 2017)",
        _KNOWN,
        discount=0.015,
        probabilistic=True,
        perspective="publicly funded health care payer",
        horizon="long enough to capture all differences, usually lifetime",
        thresholds=(50_000,),
        currency="CAD",
        prices="submitted price of the new drug, list prices of the others",
        asks=(
            ("psa", "Probabilistic analysis, the base case"),
            ("scenarios", "Scenarios"),
            ("price_grid", "Price reductions"),
            ("budget", "Budget impact over 3 years"),
        ),
        columns=("horizon_years", "strategy", "cost", "qaly", "incremental_cost", "incremental_qaly", "icer"),
    ),
    "icer": Profile(
        "icer",
        "Economic evaluation in the form of the Institute for Clinical and Economic Review",
        "ICER value assessment framework (2023); cost per evLY, per QALY and per life year",
        _KNOWN,
        discount=0.03,
        perspective="health care system; modified societal beside it",
        horizon="lifetime",
        thresholds=(100_000, 150_000),
        currency="USD",
        equal_value=True,
        prices="net price, an estimate where it is confidential; list price beside it",
        asks=(
            ("one_way", "One-way analysis"),
            ("psa", "Probabilistic analysis"),
            ("thresholds", "Prices at the thresholds"),
            ("budget", "Potential budget impact"),
        ),
        columns=("horizon_years", "strategy", "cost", "qaly", "life_years", *_INCREMENTS),
    ),
}


def profile_of(name: str) -> Profile:
    """Give a profile by its name; empty is the plain report. Raises `UnknownNameError` for another."""
    if not name:
        return NO_PROFILE
    if name not in PAYER_PROFILES:
        raise UnknownNameError(
            f"there is no profile '{name}' ({', '.join(PAYER_PROFILES)}).{did_you_mean(name, PAYER_PROFILES)}"
        )
    return PAYER_PROFILES[name]


def in_order(columns: Sequence[ReportColumn], profile: Profile) -> tuple[ReportColumn, ...]:
    """Give the columns that a profile asks for, in its order; all as they are without one."""
    if not profile.columns:
        return tuple(columns)
    known = {column.name: column for column in columns}
    return tuple(known[name] for name in profile.columns if name in known)


def rates_of(profile: Profile, settings: Settings) -> dict[str, float]:
    """Give the discount rates that a payer asks for, as settings to change; nothing where they are these."""
    rate = profile.discount
    if rate is None or (settings.discount_rate_cost, settings.discount_rate_effect) == (rate, rate):
        return {}
    return {"discount_rate_cost": rate, "discount_rate_effect": rate}


def departures(
    settings: Settings, profile: Profile, done: Collection[str] = (), confidential: int = 0
) -> list[tuple[str, str, str, str]]:
    """Say for each convention what the payer asks for, what was done, and whether they agree.

    `done` names the analyses that were done, `confidential` counts the rows with a confidential number. What no rule
    can tell is for a person to judge.
    """
    rows = []
    if profile.discount is not None:
        asked = f"{100 * profile.discount:g}% for costs and effects"
        rates = settings.discount_rate_cost, settings.discount_rate_effect
        given = ", ".join(f"{100 * rate:g}%" if isinstance(rate, int | float) else "a schedule" for rate in rates)
        rows.append(("Discount rate", asked, given, "yes" if rates == (profile.discount,) * 2 else "no"))
    if profile.currency:
        same = "yes" if settings.currency == profile.currency else "no"
        rows.append(("Currency", profile.currency, settings.currency, same))
    year = f"{settings.price_year:g}" if settings.price_year else "not stated"
    rows.append(("Price year", "one, stated", year, "yes" if settings.price_year else "no"))
    if profile.prices:
        marked = f"{confidential} rows are" if confidential else "none is"
        given = f"those of the input sheets; {marked} marked confidential"
        rows.append(("Prices of drugs", profile.prices, given, "to be judged"))
    if profile.thresholds:
        asked = ", ".join(f"{level:,.0f}" for level in profile.thresholds)
        given = ", ".join(f"{level:,.0f}" for level in settings.willingness_to_pay)
        same = "yes" if set(profile.thresholds) <= set(settings.willingness_to_pay) else "no"
        rows.append(("Willingness to pay per QALY", asked, given, same))
    rows.append(("Perspective", profile.perspective, settings.perspective or "not stated", "to be judged"))
    horizons = ", ".join(f"{horizon:g}" for horizon in settings.horizons)
    rows.append(("Time horizon", profile.horizon, f"{horizons} years", "to be judged"))
    answer = "probabilistic" if profile.probabilistic else "deterministic, probabilistic beside it"
    both = "both are given; the order follows the payer" if "psa" in done else "deterministic alone"
    rows.append(("Base case", answer, both, "yes" if "psa" in done else "no"))
    for name, words in profile.asks:
        rows.append((words, "asked for", *(("done", "yes") if name in done else ("not done", "no"))))
    return rows


def departure_sentences(rows: Sequence[tuple[str, str, str, str]], profile: Profile) -> Iterator[str]:
    """Say where an analysis is not as the payer asks for: for the screen."""
    told = [f"{name.lower()}: {asked} ({done} here)" for name, asked, done, same in rows if same == "no"]
    if told:
        yield f"{profile.title} asks for what this analysis has not: {'; '.join(told)}."

"""Payers and what they ask for: which sections in which order, their conventions, and where their template asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hecon.errors import UnknownNameError, did_you_mean
from hecon.report.document.parts import ReportColumn

if TYPE_CHECKING:
    from hecon.settings import Settings


@dataclass(frozen=True)
class Profile:
    """What a payer asks for.

    discount       rates a year of costs and effects in the reference case, or nothing where it names none.
    probabilistic  whether the probabilistic results are the base case, and stand first.
    columns        columns of the base-case table in the payer's order; those that are not named are left out.
    """

    name: str
    title: str
    guidance: str
    discount: float | None = None
    probabilistic: bool = False
    perspective: str = ""
    horizon: str = ""
    thresholds: tuple[float, ...] = ()
    currency: str = ""
    columns: tuple[str, ...] = ()


_TOTALS = ("horizon_years", "strategy", "cost", "life_years", "qaly")
_INCREMENTS = ("incremental_cost", "incremental_life_years", "incremental_qaly", "icer")

NO_PROFILE = Profile("plain", "", "")
PAYER_PROFILES: dict[str, Profile] = {
    "nice": Profile(
        "nice",
        "Company evidence submission to NICE",
        "NICE user guide for company evidence submissions (PMG24, section 3); methods manual PMG36",
        discount=0.035,
        perspective="NHS and personal social services",
        horizon="long enough to reflect all differences, usually lifetime",
        thresholds=(20_000, 30_000),
        currency="GBP",
        columns=(*_TOTALS, *_INCREMENTS),
    ),
    "amcp": Profile(
        "amcp",
        "AMCP dossier, economic value and modelling report",
        "AMCP Format for Formulary Submissions, version 5.0 (2024), section 4",
        discount=0.03,
        perspective="United States payer; the societal one beside it",
        horizon="1 to 5 years for the budget impact; for the model as the disease asks",
        currency="USD",
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
        discount=0.015,
        probabilistic=True,
        perspective="publicly funded health care payer",
        horizon="long enough to capture all differences, usually lifetime",
        thresholds=(50_000,),
        currency="CAD",
        columns=("horizon_years", "strategy", "cost", "qaly", "incremental_cost", "incremental_qaly", "icer"),
    ),
    "icer": Profile(
        "icer",
        "Economic evaluation in the form of the Institute for Clinical and Economic Review",
        "ICER value assessment framework (2023); cost per evLY, per QALY and per life year",
        discount=0.03,
        perspective="health care system; modified societal beside it",
        horizon="lifetime",
        thresholds=(50_000, 100_000, 150_000),
        currency="USD",
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


def departures(settings: Settings, profile: Profile) -> list[tuple[str, str, str, str]]:
    """Say for each convention what the payer asks for, what was done, and whether they agree: for a person to judge."""
    rows = []
    if profile.discount is not None:
        asked = f"{100 * profile.discount:g}% for costs and effects"
        rates = settings.discount_rate_cost, settings.discount_rate_effect
        done = ", ".join(f"{100 * rate:g}%" if isinstance(rate, int | float) else "a schedule" for rate in rates)
        rows.append(("Discount rate", asked, done, "yes" if rates == (profile.discount,) * 2 else "no"))
    if profile.currency:
        same = "yes" if settings.currency == profile.currency else "no"
        rows.append(("Currency", profile.currency, settings.currency, same))
    if profile.thresholds:
        asked = ", ".join(f"{level:,.0f}" for level in profile.thresholds)
        done = ", ".join(f"{level:,.0f}" for level in settings.willingness_to_pay)
        same = "yes" if set(profile.thresholds) <= set(settings.willingness_to_pay) else "no"
        rows.append(("Willingness to pay per QALY", asked, done, same))
    rows.append(("Perspective", profile.perspective, settings.perspective or "not stated", "to be judged"))
    horizons = ", ".join(f"{horizon:g}" for horizon in settings.horizons)
    rows.append(("Time horizon", profile.horizon, f"{horizons} years", "to be judged"))
    answer = "probabilistic" if profile.probabilistic else "deterministic, probabilistic beside it"
    rows.append(("Base case", answer, "both are given; the order follows the payer", "yes"))
    return rows

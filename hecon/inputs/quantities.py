"""What the numbers of a workbook may be: survival families and the parameters hecon knows by name.

One table for the reader's checks, the validation of a template's cells and the documentation.
"""

# ruff: noqa: E501  (a table reads best with one row a line)
from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache

from hecon.domains import AT_LEAST_0, POSITIVE, REAL, SHARE, UTILITY, Domain
from hecon.frozen import frozen
from hecon.inputs.distributions import support_of
from hecon.labels import DEAD_NAMES
from hecon.survival.curve_rows import ADJUSTMENTS, NEVER, SAME_CURVE, SPLINE_SCALES, TABLE_CURVES, TIME_VARYING
from hecon.survival.families import COEFFICIENT_DOMAINS
from hecon.survival.landmark import SOMEBODY
from hecon.survival.piecewise_exponential import PIECEWISE
from hecon.units import CURRENCIES

FAMILY = "family"
PFS, OS = "progression_free_survival", "overall_survival"
EFFECTS = (*ADJUSTMENTS, TIME_VARYING, SAME_CURVE)
#: Parameters of what is done to a curve after that: by column of Curves.
WANING, LANDMARK = ("waning_start", "waning_end"), ("landmark_time", "landmark_survival", "landmark_since")

#: Analyses that a row may be kept to, in column include; blank is all of them.
TORNADO, PSA, NOWHERE = INCLUDED_IN = ("tornado", "psa", "no")


def standard_error_of_mean(sd: object, n: object) -> float | None:
    """Standard error of a mean from the standard deviation between n patients, sd / root of n; None without both.

    >>> standard_error_of_mean(12.0, 36)
    2.0
    """
    return sd / math.sqrt(n) if isinstance(sd, int | float) and isinstance(n, int | float) else None


#: Coefficients of curves in plain words, beside their names; numbered ones without their number.
COEFFICIENT_WORDS = {
    "rate": "events a unit of time, for a gompertz curve at time 0; for a piecewise exponential one, in each piece",
    "shape": "how the hazard changes: above 1 it rises (gompertz: above 0), below it falls",
    "scale": "length of time: the longer, the longer people live",
    "meanlog": "mean of the logarithm of time; its exponential is the median",
    "sdlog": "standard deviation of the logarithm of time",
    "mu": "location on the logarithm of time",
    "sigma": "spread on the logarithm of time",
    "Q": "shape: 0 is a lognormal curve, 1 a Weibull curve, sigma a gamma curve",
    "P": "second shape: 0 is a generalised gamma curve",
    "gamma": "height of the spline (gamma_0), its slope in the logarithm of time (gamma_1), and its bends",
    "knot": "where the spline may bend, as the logarithm of time",
    "until": "time until which the rate of the same number holds",
    "cure_fraction": "share of patients who never have the event",
}

# --- survival families ---

#: Families whose survival is read from the Kaplan-Meier sheet: as steps, and joined by straight lines.
TABLE_FAMILIES = tuple(TABLE_CURVES)
#: Numbered coefficients: gamma_0, gamma_1, ... and as many times knot_1, knot_2, ..., boundary knots first and last; of
#: spline_hazard_2 and the like the name says how many there are.
#: Those of a piecewise exponential: rate_1 applies up to time until_1, rate_2 up to until_2, the last from there on.
SPLINES = tuple(SPLINE_SCALES)
#: Coefficients of each family on the Survival sheet: those of its curve, numbered ones, or none where the curve stands
#: on the Kaplan-Meier sheet or the event never happens.
FAMILY_COEFFICIENTS: dict[str, Mapping[str, Domain]] = {
    **COEFFICIENT_DOMAINS,
    **{name: {} for name in (PIECEWISE, *SPLINES, *TABLE_FAMILIES, NEVER)},
}
#: Families that can go on where the points of a table end.
TAILS = tuple(name for name, coefficients in FAMILY_COEFFICIENTS.items() if coefficients)
#: Beginnings of the names of times that the structure of a curve hangs on: they are fixed.
STRUCTURAL = ("until_", "knot_", "hazard_ratio_until_")


def is_coefficient(name: str, family: str = "") -> bool:
    """Whether `name` is a coefficient of the family, or of any."""
    if not family:
        return any(is_coefficient(name, other) for other in FAMILY_COEFFICIENTS)
    if family == PIECEWISE:
        return re.fullmatch(r"(rate|until)_[1-9]\d*", name) is not None
    if family in SPLINES:
        return re.fullmatch(r"gamma_(0|[1-9]\d*)|knot_[1-9]\d*", name) is not None
    return name in FAMILY_COEFFICIENTS.get(family, {})


def is_of_effect(name: str) -> bool:
    """Whether a parameter belongs to the effect or an adjustment of one curve.

    >>> is_of_effect("hazard_ratio"), is_of_effect("hazard_ratio_2"), is_of_effect("hazard_ratio_of_death")
    (True, True, False)
    """
    return name in (*EFFECTS, *WANING, *LANDMARK) or is_of_table(name)


def is_of_table(name: str) -> bool:
    """Whether a parameter is a ratio, or the end of one, of a hazard ratio that varies over time."""
    return re.fullmatch(r"hazard_ratio_(until_)?[1-9]\d*", name) is not None


# --- parameters that hecon knows by name ---


@frozen(eq=True)
class Known:
    """A parameter that hecon's own functions ask for: where it stands, by what it is given, what it may be."""

    name: str
    sheet: str
    keys: tuple[str, ...]
    bounds: Domain
    unit: str
    meaning: str


KNOWN = (
    Known("hazard_ratio", "Survival", ("strategy", "endpoint"), POSITIVE, "", "Hazard against the reference curve."),
    Known("acceleration_factor", "Survival", ("strategy", "endpoint"), POSITIVE, "", "Stretch of time: S(t / factor) of the reference."),
    Known("odds_ratio", "Survival", ("strategy", "endpoint"), POSITIVE, "", "Odds of an event by a time, against the reference."),
    Known("age", "Population", (), Domain(0, 120), "years", "Age at the start."),
    Known("share_female", "Population", (), SHARE, "share", "Women among those who start; with age, for the sheet Life table."),
    Known("body_weight", "Population", (), Domain(1, 400), "kg", "Mean body weight; sets doses in mg/kg."),
    Known("body_weight_sd", "Population", (), Domain(0, 400), "kg", "Standard deviation between patients; for body_size distribution."),
    Known("body_surface_area", "Population", (), Domain(0.1, 4), "m2", "Mean body surface area; sets doses in mg/m2."),
    Known("body_surface_area_sd", "Population", (), Domain(0, 4), "m2", "Standard deviation between patients; for body_size distribution."),
    Known("patients_per_year", "Population", (), AT_LEAST_0, "patients/year", "Patients a year whom the decision is for; turns values of information per patient into those of all."),
    Known("prevalent_patients", "Population", (), AT_LEAST_0, "patients", "Patients who wait for the decision today; 0 where it is not there."),
    Known("decision_years", "Population", (), POSITIVE, "years", "Years for which the decision will hold; needed with patients_per_year."),
    Known("drug_price", "Prices", ("drug",), AT_LEAST_0, "USD/mg", "Price of a mg, or of a pack: see Packs, column price_per."),
    Known("price_discount", "Prices", ("strategy", "drug"), SHARE, "share", "Net discount off drug_price; 0 where it is not there."),
    Known("rebate_share", "Prices", ("strategy", "drug"), SHARE, "share", "Share of the acquisition cost that comes back under an agreement; for he.costing.rebate."),
    Known("relative_dose_intensity", "Prices", ("strategy", "drug"), Domain(0, 2), "share", "Doses given as a share of doses planned."),
    Known("infusion_minutes", "Administration", ("drug", "infusion"), Domain(0, 43_200), "minutes", "Length of the first, second and later infusions."),
    Known("first_hour_cost", "Administration", ("drug",), AT_LEAST_0, "USD", "First hour of an infusion."),
    Known("added_hour_cost", "Administration", (), AT_LEAST_0, "USD/hour", "Each further hour of an infusion."),
    Known("injection_cost", "Administration", ("drug",), AT_LEAST_0, "USD", "One subcutaneous injection."),
    Known("premedication_cost", "Administration", ("drug",), AT_LEAST_0, "USD", "Drugs given before a dose."),
    Known("postmedication_cost", "Administration", ("drug",), AT_LEAST_0, "USD", "Drugs given after a dose."),
    Known("adverse_event_incidence", "Adverse events", ("strategy", "event"), SHARE, "share of patients", "Patients with the event."),
    Known("adverse_event_cost", "Adverse events", ("event",), AT_LEAST_0, "USD", "Cost of one event."),
    Known("adverse_event_disutility", "Adverse events", ("event",), SHARE, "utility", "Loss of utility while it lasts, as a positive number."),
    Known("adverse_event_duration_days", "Adverse events", ("event",), Domain(0, 36_525), "days", "How long it lasts."),
    Known("care_cost_per_year", "Care costs", ("state",), AT_LEAST_0, "USD/year", "Disease management while in a state."),
    Known("monitoring_cost_per_year", "Care costs", (), AT_LEAST_0, "USD/year", "Routine care and laboratory tests while progression-free."),
    Known("subsequent_therapy_share", "Care costs", (), SHARE, "share of patients", "Patients who get a further line at progression."),
    Known("subsequent_therapy_cost", "Care costs", (), AT_LEAST_0, "USD", "Cost of the further line, once."),
    Known("end_of_life_cost", "Care costs", (), AT_LEAST_0, "USD", "Cost of terminal care, once."),
    Known("plan_members", "Budget impact", (), AT_LEAST_0, "members", "Members of the plan, or people in the country, in the first year."),
    Known("plan_growth", "Budget impact", (), Domain(-1, 1), "share/year", "Growth of their number from year to year; 0 where it is not there."),
    Known("plan_incidence", "Budget impact", (), SHARE, "share of members/year", "New patients in a year, as a share of the members."),
    Known("plan_prevalence", "Budget impact", (), SHARE, "share of members", "Patients on the first day, as a share of the members, who start in the first year beside the new ones; 0 where it is not there."),
    Known("eligible_share", "Budget impact", (), SHARE, "share of patients", "Patients for whom the treatments are an option; 1 where it is not there."),
    Known("treated_share", "Budget impact", (), SHARE, "share of eligible", "Eligible patients who start one of the treatments; 1 where it is not there."),
    Known("plan_uptake", "Budget impact", (), AT_LEAST_0, "share", "How much of the way from share_without to share_with on Market is gone; 1 where it is not there."),
    Known("utility", "Utilities", ("state",), UTILITY, "utility", "Quality of life in a state: 1 is full health, 0 is dead."),
)  # fmt: skip
#: Parameters of what is done to a curve, where a row of Curves asks for it; elsewhere these are names as any other.
OF_CURVES = (
    Known("waning_start", "Survival", ("strategy", "endpoint"), AT_LEAST_0, "", "When the effect begins to wane, in the time unit of the row on Curves; see there, waning and wanes_to."),
    Known("waning_end", "Survival", ("strategy", "endpoint"), POSITIVE, "", "When it is gone, likewise."),
    Known("landmark_time", "Survival", ("strategy", "endpoint"), POSITIVE, "", "When survival is held to landmark_survival, in the time unit of the row on Curves; see there, landmark."),
    Known("landmark_survival", "Survival", ("strategy", "endpoint"), SOMEBODY, "", "Share without the event then, from experts or a registry."),
    Known("landmark_since", "Survival", ("strategy", "endpoint"), AT_LEAST_0, "", "From when on the curve is moved, such as the end of the data; 0 where it is not there."),
)  # fmt: skip
_OF_CURVES = {known.name: known.bounds for known in OF_CURVES}
KNOWN_BY_NAME = {known.name: known for known in KNOWN}

#: Any other parameter is bounded by the words of its name and by its unit.
_WORD_BOUNDS = {
    **dict.fromkeys(("cost", "costs", "price", "prices", "fee", "fees"), AT_LEAST_0),
    **dict.fromkeys(("probability", "share", "incidence", "proportion", "disutility"), SHARE),
    "utility": UTILITY,
    **dict.fromkeys(("minutes", "days", "sd", "weight"), AT_LEAST_0),
}
_UNIT_BOUNDS = {
    **dict.fromkeys(("probability", "share", "proportion", "incidence"), SHARE),
    "utility": UTILITY,
    **dict.fromkeys(CURRENCIES, AT_LEAST_0),
}


def unit_currency(unit: str) -> str:
    """Give the currency that a unit such as ``USD/mg`` begins with, or nothing."""
    word = unit.replace("/", " ").split(" ")[0]
    return word if word in CURRENCIES else ""


#: The quality of life of states called dead, whatever parameter of utilities it is.
_OF_THE_DEAD = Domain(0, 0, why="the dead have no quality of life")


@lru_cache(maxsize=4096)
def bounds_of(parameter: str, unit: str = "", distribution: str = "", family: str = "", state: str = "") -> Domain:
    """Give what a parameter may be: by its name, by the words of its name, by its unit, its distribution, its state.

    >>> bounds_of("ambulance_cost").words
    'be at least 0'
    >>> bounds_of("utility", distribution="beta").words
    'lie between 0 and 1'
    """
    if family:
        numbered = POSITIVE if family == PIECEWISE or parameter.startswith(STRUCTURAL) else REAL
        return FAMILY_COEFFICIENTS.get(family, {}).get(parameter, numbered)
    if state in DEAD_NAMES and "utility" in parameter.split("_"):
        return _OF_THE_DEAD
    if is_of_table(parameter):
        bounds = POSITIVE
    elif parameter in _OF_CURVES:
        bounds = _OF_CURVES[parameter]
    elif parameter in KNOWN_BY_NAME:
        bounds = KNOWN_BY_NAME[parameter].bounds
    else:
        bounds = REAL
        words = [_WORD_BOUNDS[word] for word in parameter.split("_") if word in _WORD_BOUNDS]
        unit_word = unit.replace("/", " ").split(" ")[0]
        for found in [*words, *([_UNIT_BOUNDS[unit_word]] if unit_word in _UNIT_BOUNDS else [])]:
            bounds = bounds.within(found)
    return bounds.within(support_of(distribution))


def homes() -> dict[str, str]:
    """Give the sheet on which each parameter that hecon knows belongs."""
    return {known.name: known.sheet for known in KNOWN}

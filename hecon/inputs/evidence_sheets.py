"""The sheets of evidence on survival: individual data, digitised curves, published summaries, and what was fitted."""

# ruff: noqa: E501  (a table reads best with one row a line)
from __future__ import annotations

from dataclasses import replace

from hecon.domains import AT_LEAST_0, SHARE
from hecon.inputs.columns import Column, Sheet
from hecon.inputs.common_columns import (
    ENDPOINT_COLUMN,
    SOURCE_COLUMN,
    SOURCE_OF_ALL_COLUMN,
    STATUS_COLUMN,
    STRATEGY_COLUMN,
    TIME_COLUMN,
    TIME_UNIT_COLUMN,
    label_column,
)
from hecon.inputs.quantities import FAMILY_COEFFICIENTS

INDIVIDUAL, PUBLISHED, KAPLAN_MEIER, AT_RISK = "Individual data", "Published survival", "Kaplan-Meier", "Number at risk"
COVARIANCE, FITS = "Covariance", "Fits"
#: What a curve is held against; the rest of the measures is evidence to fit.
CURVE_MEASURES = ("median", "survival_at")
SURVIVAL_MEASURES = (*CURVE_MEASURES, "restricted_mean", "hazard_ratio", "events")
#: Years at which fits are shown.
FIT_YEARS = (1, 2, 3, 5, 10)
#: What a curve was fitted to.
_KINDS = ("individual", "reconstructed", "published")
_COVARIANCES = ("information", "sandwich", "intervals")

EVIDENCE_SHEETS = (
    Sheet(
        INDIVIDUAL,
        "Times of single patients, a row a patient and endpoint. hecon fit WORKBOOK --out NEW.xlsx fits every survival family to them.",
        (
            STRATEGY_COLUMN,
            ENDPOINT_COLUMN,
            Column("patient", "text", "Whatever tells patients apart; not used."),
            Column("time", "number", "Time of the event, or until which the patient was seen without it; with upper, the last time without it.", True, bounds=AT_LEAST_0),
            Column("event", "number", "1: it happened at time. 0: censored. Blank where upper is given.", width=9),
            Column("upper", "number", "For an event between two times: the first time after it.", bounds=AT_LEAST_0, width=9),
            Column("entry", "number", "When the patient came under observation, if later than 0 (left truncation).", bounds=AT_LEAST_0, default=0.0, width=9),
            Column("weight", "number", "How much the row counts.", bounds=AT_LEAST_0, default=1.0, width=9),
            replace(TIME_UNIT_COLUMN, meaning="Unit of the times; one for a strategy and endpoint.", required=True),
            SOURCE_OF_ALL_COLUMN,
        ),
    ),
    Sheet(
        PUBLISHED,
        "Published medians and landmarks, shown beside what the curves give; with restricted means and ratios, evidence that curves are fitted to where there is no other.",
        (
            STRATEGY_COLUMN,
            ENDPOINT_COLUMN,
            Column("measure", "choice", "median; survival_at: the share without the event at a time; restricted_mean up to a time; hazard_ratio against another strategy; events: how many there were.", True, allowed=SURVIVAL_MEASURES),
            Column("time", "number", "Time of a landmark or a restricted mean; else blank.", bounds=AT_LEAST_0, width=9),
            replace(TIME_UNIT_COLUMN, meaning="Unit of the time, the median or the mean; blank for a ratio and for events."),
            Column("value", "number", "Median or mean in the time unit, the share at the time, the ratio or the number.", True, bounds=AT_LEAST_0, width=11),
            Column("low", "number", "Lower end of the 95% interval.", bounds=AT_LEAST_0, width=9),
            Column("high", "number", "Upper end; blank where it was not reached.", bounds=AT_LEAST_0, width=9),
            label_column("strategy", "Whom a hazard ratio is against.", required=False, name="against"),
            STATUS_COLUMN,
            SOURCE_COLUMN,
        ),
        unique=("strategy", "endpoint", "measure", "time", "time_unit", "against"),
    ),
    Sheet(
        KAPLAN_MEIER,
        "Survival at times: digitised curves, for hecon fit with Number at risk, for the families kaplan_meier (steps) and survival_table (joined by lines), and for figures.",
        (STRATEGY_COLUMN, ENDPOINT_COLUMN, TIME_COLUMN, Column("survival", "number", "Share without the event.", True, bounds=SHARE), SOURCE_OF_ALL_COLUMN),
        unique=("strategy", "endpoint", "time"),
    ),
    Sheet(
        AT_RISK,
        "Patients at risk at times, as printed under a Kaplan-Meier plot.",
        (STRATEGY_COLUMN, ENDPOINT_COLUMN, TIME_COLUMN, Column("at_risk", "number", "Patients at risk.", True, bounds=AT_LEAST_0, whole=True)),
        unique=("strategy", "endpoint", "time"),
    ),
    Sheet(
        COVARIANCE,
        "Covariance of the coefficients of a fitted curve, on the scale on which they were estimated.",
        (
            STRATEGY_COLUMN,
            ENDPOINT_COLUMN,
            Column("family", "choice", "Survival family.", True, allowed=tuple(FAMILY_COEFFICIENTS), width=22),
            Column("parameter_1", "text", "A coefficient.", True),
            Column("parameter_2", "text", "A coefficient; the same one gives its variance.", True),
            Column("covariance", "number", "Their covariance.", True),
        ),
        unique=("strategy", "endpoint", "family", "parameter_1", "parameter_2"),
        needs=("Survival",),
    ),
    Sheet(
        FITS,
        "Every fit by hecon fit, to compare: choose the one in use on Curves, column family. Coefficients stand on Survival and Covariance.",
        (
            STRATEGY_COLUMN,
            ENDPOINT_COLUMN,
            Column("family", "choice", "Survival family.", True, allowed=tuple(FAMILY_COEFFICIENTS), width=22),
            Column("data", "choice", "Fitted to individual data, to data reconstructed from a digitised curve, or to published summaries.", allowed=_KINDS, width=13),
            Column("patients", "number", "Patients in the data.", bounds=AT_LEAST_0, width=9),
            Column("events", "number", "Events among them.", bounds=AT_LEAST_0, width=9),
            Column("coefficients", "number", "Coefficients estimated.", bounds=AT_LEAST_0, whole=True, width=12),
            Column("loglik", "number", "Log-likelihood, in the time unit of the curve."),
            Column("aic", "number", "Akaike's criterion: the smaller, the better."),
            Column("aic_above_best", "number", "Above the smallest of the strategy and endpoint.", bounds=AT_LEAST_0),
            Column("bic", "number", "Bayesian criterion."),
            Column("median", "number", "Median in years; blank where it is never reached.", bounds=AT_LEAST_0, unit="years"),
            *(Column(f"survival_{year}", "number", f"Share without the event at {year} year{'s' if year > 1 else ''}.", bounds=SHARE, width=10) for year in FIT_YEARS),
            Column("chi_squared", "number", "Of a fit to published summaries: squared distance from them in standard errors.", bounds=AT_LEAST_0),
            Column("covariance", "choice", "What the covariance is from: the observed information; the sandwich, for weights that are not whole numbers; or the published intervals.", allowed=_COVARIANCES, width=12),
            Column("note", "text", "What there is to say of the fit, or why there is none.", width=60),
        ),
        unique=("strategy", "endpoint", "family"),
    ),
)  # fmt: skip

"""From the evidence of a workbook to the fits of every curve, and to the workbook that holds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hecon.errors import Fault, HeconError, InputError
from hecon.frozen import frozen
from hecon.inputs.carried_over import not_carried_over, with_own_columns
from hecon.inputs.control import model_diagram
from hecon.inputs.curve_rows import Place
from hecon.inputs.evidence import CurveEvidence, evidence_of
from hecon.inputs.evidence_sheets import COVARIANCE, FIT_YEARS, FITS
from hecon.inputs.expected_units import expected_coefficient
from hecon.inputs.fit_charts import write_fit_charts
from hecon.inputs.fitted_curve import FittedCurve
from hecon.inputs.template import tables_of, write_inputs
from hecon.inputs.workbook import RawInputs, free_sheets, read_tables, read_workbook
from hecon.labels import one_of
from hecon.settings import years_per
from hecon.survival.adjust import Rescaled
from hecon.survival.families import COEFFICIENT_DOMAINS, CURE_MODELS, FAMILIES, SPLINE_FAMILIES
from hecon.survival.fitting.fit import Fit
from hecon.survival.fitting.fits import STANDARD, Fits, fit_all
from hecon.survival.fitting.published_fit import STARTS, PublishedFit, fit_published

_KINDS_IN_WORDS = {
    "individual": "individual data",
    "reconstructed": "data reconstructed from the digitised curve and its numbers at risk",
    "published": "published summaries",
}


@frozen
class FittedWorkbook:
    """What `fit_workbook` did: the file written, the table of fits as on its sheet Fits, and what there is to say."""

    path: Path
    fits: pd.DataFrame
    notes: tuple[str, ...] = ()
    curves: tuple[FittedCurve, ...] = field(default=(), repr=False)


def fit_workbook(
    path: str | Path,
    out: str | Path,
    *,
    families: Sequence[str] = STANDARD,
    spline_knots: Sequence[int] = (1, 2),
    cure: Sequence[str] = (),
    models: str | Path | None = None,
) -> FittedWorkbook:
    """Fit every family to the evidence of every strategy and endpoint, and write a new workbook that holds the fits.

    Evidence is, in this order, Individual data, Kaplan-Meier with Number at risk (patients are reconstructed as Guyot
    2012 does), or Published survival. The coefficients go to sheet Survival, their covariance to Covariance, the table
    of criteria to Fits; the family in use stays that of sheet Curves, and is the one of the smallest AIC where it is
    blank. `families`, splines with numbers of inner knots `spline_knots`, and of each family the forms of `cure`
    (``mixture``, ``non_mixture``). The workbook itself is never written into.

    Raises `InputError` with every fault of the workbook, and `HeconError` for a file that exists already.

    >>> import hecon as he
    >>> found = he.inputs.fit_workbook("survival.xlsx", "survival_fitted.xlsx")  # doctest: +SKIP
    >>> found.fits[["strategy", "endpoint", "family", "aic"]]  # doctest: +SKIP
    """
    out = Path(out)
    _refuse_file(Path(path), out)
    for family in families:
        one_of(family, FAMILIES, "family to fit")
    for form in cure:
        one_of(form, CURE_MODELS, "form of cure")
    raw = read_tables(path, to_fit=True)
    curves, notes = fit_evidence(raw, families, spline_knots, cure)
    if not any(one.fit is not None for one in curves):
        what = "has no evidence that a curve can be fitted to"
        said = "; ".join(dict.fromkeys([*notes, *(f"{one.family}: {one.why_not}" for one in curves)]))
        sheets = "fill in Individual data, Kaplan-Meier with Number at risk, or Published survival"
        raise InputError(raw.source, [Fault(raw.source, f"{what}: {said or sheets}")])
    content, settings = with_fits(raw, curves)
    notes += not_carried_over(content, raw.sheets)
    stage = out.with_name(f".{out.name}.part")
    try:
        charts = partial(write_fit_charts, curves=curves)
        notes_of = free_sheets(path)
        write_inputs(stage, content, settings, notes=notes_of, further=charts)
        if diagram := model_diagram(read_workbook(stage, models=models)):
            write_inputs(stage, content, settings, notes=notes_of, further=charts, diagram=diagram)
        stage.replace(out)
    except InputError as error:
        raise InputError(out.name, error.faults) from None
    finally:
        stage.unlink(missing_ok=True)
    return FittedWorkbook(out, fits_table(curves, raw), tuple(notes), tuple(curves))


def _refuse_file(path: Path, out: Path) -> None:
    if out.suffix.lower() != ".xlsx":
        raise HeconError(f"the new workbook is '{out}'; it must be a file that ends in .xlsx")
    if out.resolve() == path.resolve():
        raise HeconError(f"the new workbook is '{out}', the workbook itself, which is never written into")
    if out.exists():
        raise HeconError(f"{out} exists already; give the new workbook another name")


def fit_evidence(
    raw: RawInputs, families: Sequence[str] = STANDARD, spline_knots: Sequence[int] = (1, 2), cure: Sequence[str] = ()
) -> tuple[list[FittedCurve], list[str]]:
    """Fit every family to the evidence of every strategy and endpoint; what could not be fitted says why."""
    curves: list[FittedCurve] = []
    evidence, notes = evidence_of(raw)
    for place, own in evidence.items():
        if own.summaries:
            curves += _published(place, own, families)
            continue
        for name, fit, why in _individual(own, families, spline_knots, cure):
            curves.append(FittedCurve(place, name, own, fit, why))
    return curves, notes


def _individual(
    own: CurveEvidence, families: Sequence[str], spline_knots: Sequence[int], cure: Sequence[str]
) -> Iterator[tuple[str, Fit | None, str]]:
    knots = [inner for inner in spline_knots if any(count == inner for _, count in SPLINE_FAMILIES.values())]
    data: dict[str, Any] = {"families": families, "spline_knots": knots, **own.data}
    found: dict[str, Fits] = {"": fit_all(**data)}
    found |= {f"_{form}_cure": fit_all(**{**data, "spline_knots": ()}, cure=form) for form in cure}
    for ending, fits in found.items():
        yield from ((f"{name}{ending}", fit, "") for name, fit in fits.items())
        yield from ((f"{name}{ending}", None, why) for name, why in fits.refused.items())


def _published(place: Place, own: CurveEvidence, families: Sequence[str]) -> Iterator[FittedCurve]:
    for family in families:
        if family not in STARTS:
            yield FittedCurve(place, family, own, None, "cannot be fitted to published summaries")
            continue
        try:
            yield FittedCurve(place, family, own, fit_published(family, own.summaries))
        except InputError as error:
            yield FittedCurve(place, family, own, None, "; ".join(f"{one.where} {one.what}" for one in error.faults))
        except HeconError as error:
            yield FittedCurve(place, family, own, None, str(error))


# --- the tables of the new workbook ---


def with_fits(raw: RawInputs, curves: Sequence[FittedCurve]) -> tuple[dict[str, list[dict[str, Any]]], dict[str, Any]]:
    """Give the tables and settings of a workbook with the fits in place of the coefficients that it had."""
    content, settings = tables_of(raw)
    content = with_own_columns(content, raw.sheets)
    fitted = [one for one in curves if one.fit is not None]
    replaced = {(*one.place, one.family) for one in fitted}

    def kept(row: Mapping[str, Any]) -> bool:
        return (row.get("strategy"), row.get("endpoint"), row.get("family")) not in replaced

    content["Survival"] = [row for row in content.get("Survival", []) if kept(row)]
    content[COVARIANCE] = [row for row in content.get(COVARIANCE, []) if kept(row)]
    units = {one.place: one.evidence.time_unit for one in fitted}
    for one in fitted:
        content["Survival"] += _coefficient_rows(one)
        content[COVARIANCE] += _covariance_rows(one)
    content["Survival"] += _ratio_rows(raw, content["Survival"])
    content["Curves"] = [_chosen(row, fitted, units, raw) for row in content.get("Curves", [])]
    content[FITS] = _records(fits_table(curves, raw))
    return content, settings


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            str(name): None if isinstance(value, float) and not np.isfinite(value) else value
            for name, value in row.items()
        }
        for row in table.to_dict("records")
    ]


def _coefficient_rows(one: FittedCurve) -> Iterator[dict[str, Any]]:
    strategy, endpoint = one.place
    keys = {"strategy": strategy, "endpoint": endpoint, "family": one.family}
    intervals = one.fit.intervals() if isinstance(one.fit, Fit) else None
    drawn = set(one.covariance.index)
    for name, value in one.coefficients.items():
        expected = expected_coefficient(name, one.family, one.evidence.time_unit)
        row = {"parameter": name, **keys, "value": value, "unit": expected.text if expected else None}
        if intervals is not None and name in drawn:
            low, high = (float(intervals[column][name]) for column in ("lower", "upper"))
            if all(COEFFICIENT_DOMAINS[one.family][name].hold(end) for end in (low, high)):
                row |= {"low": low, "high": high}
        row["distribution"] = "multivariate_normal" if name in drawn else "fixed"
        yield {**row, "status": "derived", "source": _birth_certificate(one)}


def _birth_certificate(one: FittedCurve) -> str:
    from hecon import __version__

    own, kind = one.evidence, _KINDS_IN_WORDS[one.evidence.kind]
    if isinstance(one.fit, PublishedFit):
        said = f"{len(own.summaries)} {kind} by weighted least squares"
    else:
        said = f"{kind} ({own.patients:g} patients, {own.events:g} events) by maximum likelihood"
        said += ", robust covariance" if isinstance(one.fit, Fit) and one.fit.robust else ""
    origin = f"; {own.source}" if own.source else ""
    return f"Fitted to {said}, hecon {__version__}{origin}"


def _covariance_rows(one: FittedCurve) -> Iterator[dict[str, Any]]:
    strategy, endpoint = one.place
    matrix = one.covariance
    for place, first in enumerate(matrix.index):
        for other, second in enumerate(matrix.index[place:], start=place):
            yield {
                "strategy": strategy, "endpoint": endpoint, "family": one.family,
                "parameter_1": first, "parameter_2": second, "covariance": float(matrix.to_numpy()[place, other]),
            }  # fmt: skip


def _ratio_rows(raw: RawInputs, survival: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Hazard ratios of Published survival as effects, where sheet Survival has none for the strategy and endpoint."""
    table = raw.tables.get("Published survival")
    there = {(row.get("strategy"), row.get("endpoint")) for row in survival if row["parameter"] == "hazard_ratio"}
    for row in [] if table is None else table[table["measure"] == "hazard_ratio"].to_dict("records"):
        place = (row["strategy"], row["endpoint"])
        if place in there:
            continue
        there.add(place)
        limits = {name: float(row[name]) for name in ("low", "high") if np.isfinite(row[name])}
        yield {
            "parameter": "hazard_ratio", "strategy": place[0], "endpoint": place[1], "value": float(row["value"]),
            "unit": "ratio", **(limits if len(limits) == 2 else {}),
            "distribution": "lognormal" if len(limits) == 2 else "fixed", "status": row["status"],
            "source": row["source"] or None, "note": f"Against {row['against']}, from sheet Published survival",
        }  # fmt: skip


def _chosen(
    row: Mapping[str, Any], fitted: Sequence[FittedCurve], units: Mapping[Place, str], raw: RawInputs
) -> dict[str, Any]:
    """Give a row of Curves with a family where it had none: the one of the smallest AIC, or the published ratio."""
    place = (str(row["strategy"]), str(row["endpoint"]))
    own = [one for one in fitted if one.place == place]
    chosen = dict(row)
    if row.get("family") or row.get("reference") or row.get("reference_endpoint"):
        return {**chosen, "time_unit": row.get("time_unit") or (units.get(place) if row.get("family") else None)}
    table = raw.tables.get("Published survival")
    if own:
        best = min(own, key=lambda one: one.criterion)
        note = f"{best.family} has the smallest AIC of the fits; see sheet Fits"
        return {**chosen, "family": best.family, "time_unit": units[place], "note": row.get("note") or note}
    for ratio in [] if table is None else table[table["measure"] == "hazard_ratio"].to_dict("records"):
        if (ratio["strategy"], ratio["endpoint"]) == place:
            return {**chosen, "reference": ratio["against"], "effect": "hazard_ratio"}
    return chosen


def fits_table(curves: Sequence[FittedCurve], raw: RawInputs) -> pd.DataFrame:
    """Give the rows of sheet Fits, best first within a strategy and endpoint; what was not fitted says why."""
    rows = [_fits_row(one, raw.settings.days_per_year) for one in curves]
    frame = pd.DataFrame(rows)
    if "aic" in frame:
        best = frame.groupby(["strategy", "endpoint"])["aic"].transform("min")
        frame.insert(list(frame.columns).index("aic") + 1, "aic_above_best", frame["aic"] - best)
    order = {place: number for number, place in enumerate(dict.fromkeys(one.place for one in curves))}
    frame["_place"] = [order[one.place] for one in curves]
    frame["_criterion"] = [one.criterion if one.fit is not None else np.inf for one in curves]
    frame = frame.sort_values(["_place", "_criterion"], kind="stable", ignore_index=True)
    return frame.drop(columns=["_place", "_criterion"])


def _fits_row(one: FittedCurve, days_per_year: float) -> dict[str, Any]:
    row: dict[str, Any] = {"strategy": one.place[0], "endpoint": one.place[1], "family": one.family}
    row |= {"data": one.evidence.kind, "patients": one.evidence.patients, "events": one.evidence.events}
    if one.fit is None:
        return {**row, "note": f"not fitted: {one.why_not}"}
    row["coefficients"] = len(one.covariance)
    if isinstance(one.fit, Fit):
        row |= {"loglik": one.fit.loglik, "aic": one.fit.aic, "bic": one.fit.bic}
        row["covariance"] = one.fit.covariance_from
    else:
        row |= {"chi_squared": one.fit.chi_squared, "covariance": "intervals"}
    said = list(one.fit.notes)
    try:
        curve = Rescaled(one.curve, years_per(one.evidence.time_unit, days_per_year))
        row |= {"median": curve.median(), **{f"survival_{year}": curve.survival(float(year)) for year in FIT_YEARS}}
    except InputError as error:
        said += [fault.what for fault in error.faults]
    return {**row, "note": "; ".join(said) or None}

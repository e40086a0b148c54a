from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from hecon.errors import InputError, UnknownNameError
from hecon.parameters import Parameters
from hecon.settings import Settings
from hecon.survival.adjust import AccelerationFactor, HazardRatio, OddsRatio
from hecon.survival.choose import ADJUSTMENTS, curve, curve_sentences
from hecon.survival.combine import ByStrategy
from hecon.survival.exponential import Exponential
from hecon.survival.families import FAMILIES, coefficients
from hecon.survival.kaplan_meier_curve import KaplanMeier
from hecon.survival.lognormal import Lognormal
from hecon.survival.piecewise_exponential import PiecewiseExponential
from hecon.survival.spline import Spline
from hecon.survival.survival_table import SurvivalTable
from hecon.survival.weibull import Weibull

STRATEGIES = ("Isa-Pd", "Dara-Pd", "Pd")
ENDPOINTS = ("progression_free_survival", "overall_survival", "time_on_treatment")
PFS, OS, TOT = ENDPOINTS
COLUMNS = ("strategy", "endpoint", "family", "time_unit", "reference", "reference_endpoint", "effect", "tail", "note")
TIMES = np.array([0.0, 0.2, 1.0, 3.7])


def table(*rows):
    """Rows of Curves as tuples of the first columns, in sheet rows 5, 6, ..."""
    filled = [(*row, *[""] * (len(COLUMNS) - len(row))) for row in rows]
    frame = pd.DataFrame(filled, columns=list(COLUMNS))
    frame["row"] = np.arange(5, 5 + len(frame))
    return frame


def values(draws=None):
    """Every coefficient of every family for every strategy and endpoint, and the effects."""
    generator = np.random.default_rng(3)
    coords = {"strategy": list(STRATEGIES), "endpoint": list(ENDPOINTS), "family": list(FAMILIES)}
    given = {}
    for family in FAMILIES:
        for name in coefficients(family):
            given.setdefault(name, _blank(coords, draws))
            low, high = (0.05, 0.3) if name == "rate" else (0.5, 2.0)
            at = given[name].sel(family=family)
            given[name].loc[{"family": family}] = generator.uniform(low, high, at.shape)
    coords.pop("family")
    for name in ADJUSTMENTS:
        given[name] = _blank(coords, draws)
        given[name].values[:] = generator.uniform(0.5, 1.5, given[name].shape)
    return given


def _blank(coords, draws):
    lead = {} if draws is None else {"draw": draws}
    shape = (*lead.values(), *map(len, coords.values()))
    return xr.DataArray(np.full(shape, np.nan), dims=(*lead, *coords), coords=coords)


def parameters(curves, given=None, settings=None, **tables):
    labels = {"strategy": STRATEGIES, "endpoint": ENDPOINTS, "family": tuple(FAMILIES)}
    given = values() if given is None else given
    return Parameters(given, labels, settings or Settings(), {"Curves": curves, **tables}, source="case.xlsx")


def all_of(family, unit="month", endpoint=OS):
    return table(*[(name, endpoint, family, unit) for name in STRATEGIES])


def at(p, name, strategy, endpoint, family=None):
    found = p[name].sel(strategy=strategy, endpoint=endpoint)
    return (found.sel(family=family) if family else found).item()


def single(p, strategy, endpoint, family, unit):
    named = {name: at(p, name, strategy, endpoint, family) for name in coefficients(family)}
    return FAMILIES[family](**named), {"month": 12, "week": 365.25 / 7, "day": 365.25, "year": 1}[unit]


# --- families ---


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("unit", ["month", "week", "year"])
def test_one_family_for_all_strategies_is_one_vectorised_curve(family, unit):
    p = parameters(all_of(family, unit))
    found = curve(p, OS)
    assert not isinstance(found, ByStrategy)
    assert found.axes.labels == {"strategy": STRATEGIES}
    for name in STRATEGIES:
        alone, per_year = single(p, name, OS, family, unit)
        expected = alone.survival(per_year * TIMES)
        np.testing.assert_allclose(found.survival(TIMES).sel(strategy=name), expected, rtol=1e-12)


def test_days_per_year_counts():
    given = values()
    curves = all_of("weibull", "week")
    labels = {"strategy": STRATEGIES, "endpoint": ENDPOINTS, "family": tuple(FAMILIES)}
    two = [Parameters(given, labels, Settings(days_per_year=days), {"Curves": curves}) for days in (365.25, 364.0)]
    assert np.all(curve(two[0], OS).survival(1.0) < curve(two[1], OS).survival(1.0))


def test_a_curve_is_kept_between_runs_while_what_it_is_made_of_stays():
    curves, given = all_of("weibull"), values()
    first, again = parameters(curves, given), parameters(curves.copy(), {name: x.copy() for name, x in given.items()})
    assert curve(again, OS) is curve(first, OS)
    assert again.never_asked() == first.never_asked() != tuple(given)
    given["rate"].values[:] = 9.0  # of another family
    assert curve(parameters(curves, given), OS) is curve(first, OS)
    given["scale"].loc[{"strategy": "Pd", "endpoint": OS, "family": "weibull"}] *= 2  # in place
    changed = parameters(curves, given)
    assert curve(changed, OS) is not curve(first, OS)
    expected = single(changed, "Pd", OS, "weibull", "month")[0].survival(12 * TIMES)
    np.testing.assert_allclose(curve(changed, OS).survival(TIMES).sel(strategy="Pd"), expected, rtol=1e-12)
    given["scale"].loc[{"strategy": "Pd", "endpoint": OS, "family": "weibull"}] = -1.0
    with pytest.raises(InputError, match="scale"):
        curve(parameters(curves, given), OS)


def test_a_curve_is_kept_while_the_rows_behind_it_stay():
    given = values()
    own = [(name, PFS, "weibull", "month") for name in STRATEGIES]
    treated = [(name, TOT, "", "", "", PFS, "hazard_ratio") for name in STRATEGIES]
    other = [(name, OS, "weibull", "month") for name in STRATEGIES]

    def curves(*rows):
        p = parameters(table(*rows), given)
        return [curve(p, endpoint) for endpoint in ENDPOINTS]

    first = curves(*own, *other, *treated)
    survival = curves(*own, *[(name, OS, "lognormal", "month") for name in STRATEGIES], *treated)
    assert (survival[0], survival[2]) == (first[0], first[2])
    assert survival[1] is not first[1]
    progression = curves(*[(name, PFS, "lognormal", "month") for name in STRATEGIES], *other, *treated)
    assert progression[1] is first[1]
    assert progression[2] is not first[2]


def test_curves_of_draws_and_of_points_are_not_kept():
    drawn = values(draws=3)
    assert curve(parameters(all_of("weibull"), drawn), OS) is not curve(parameters(all_of("weibull"), drawn), OS)
    rows = [(name, OS, time, 1 - time / 50) for name in STRATEGIES for time in (0.0, 50.0)]
    points = pd.DataFrame(rows, columns=["strategy", "endpoint", "time", "survival"])
    two = [parameters(all_of("kaplan_meier", "year"), **{"Kaplan-Meier": points}) for _ in range(2)]
    assert curve(two[0], OS) is not curve(two[1], OS)


def test_different_families_are_joined_in_label_order():
    chosen = (("Isa-Pd", "lognormal", "month"), ("Dara-Pd", "weibull", "year"), ("Pd", "weibull", "month"))
    p = parameters(table(*[(name, OS, family, unit) for name, family, unit in reversed(chosen)]))
    found = curve(p, OS)
    assert isinstance(found, ByStrategy)
    assert found.survival(TIMES).strategy.values.tolist() == list(STRATEGIES)
    for name, family, unit in chosen:
        alone, per_year = single(p, name, OS, family, unit)
        expected = alone.survival(per_year * TIMES)
        np.testing.assert_allclose(found.survival(TIMES).sel(strategy=name), expected, rtol=1e-12)


def test_strategies_of_one_family_share_a_curve():
    rows = table(("Isa-Pd", OS, "weibull", "month"), ("Dara-Pd", OS, "gamma", "month"), ("Pd", OS, "weibull", "month"))
    found = curve(parameters(rows), OS)
    assert set(found.curves) == {("Isa-Pd", "Pd"), ("Dara-Pd",)}


def test_draws_give_the_same_bits_in_any_block_and_the_curve_is_remembered():
    given = values(draws=9)
    rows = table(
        ("Isa-Pd", OS, "weibull", "month"),
        ("Dara-Pd", OS, "", "", "Pd", "", "hazard_ratio"),
        ("Pd", OS, "gamma", "month"),
    )
    p = parameters(rows, given)
    whole = curve(p, OS)
    assert curve(p, OS) is whole
    assert p.recalled("curve") == {OS: whole}
    part = curve(parameters(rows, {name: array[4:7] for name, array in given.items()}), OS)
    np.testing.assert_array_equal(part.at_edges(TIMES)[0], whole.at_edges(TIMES)[0][4:7])


def test_parameters_that_do_not_vary_by_strategy_or_family():
    rows = all_of("exponential", "year")
    p = parameters(rows, {"rate": xr.DataArray(0.2)})
    np.testing.assert_allclose(curve(p, OS).survival(TIMES), np.exp(-0.2 * TIMES), rtol=1e-14)


# --- references ---


@pytest.mark.parametrize(
    ("effect", "kind"),
    [("hazard_ratio", HazardRatio), ("acceleration_factor", AccelerationFactor), ("odds_ratio", OddsRatio)],
)
def test_an_effect_on_another_strategy(effect, kind):
    rows = table(
        ("Isa-Pd", OS, "", "", "Pd", "", effect),
        ("Dara-Pd", OS, "", "", "Pd", "", effect),
        ("Pd", OS, "lognormal", "month"),
    )
    p = parameters(rows)
    found = curve(p, OS)
    assert set(found.curves) == {("Isa-Pd", "Dara-Pd"), ("Pd",)}
    base, _ = single(p, "Pd", OS, "lognormal", "month")
    for name in ("Isa-Pd", "Dara-Pd"):
        size = at(p, effect, name, OS)
        # An acceleration factor has no unit, so months and years give the same.
        expected = kind(base, size).survival(12 * TIMES)
        np.testing.assert_allclose(found.survival(TIMES).sel(strategy=name), expected, rtol=1e-12)


def test_the_same_curve_as_another_endpoint():
    rows = table(
        *[(name, PFS, "weibull", "month") for name in STRATEGIES],
        *[(name, TOT, "", "", "", PFS, "same") for name in STRATEGIES],
    )
    p = parameters(rows)
    assert curve(p, TOT) is curve(p, PFS)
    rows.loc[3, ["effect"]] = "hazard_ratio"
    p = parameters(rows)
    found = curve(p, TOT)
    base = curve(p, PFS)
    size = at(p, "hazard_ratio", "Isa-Pd", TOT)
    np.testing.assert_allclose(found.survival(TIMES)[0], base.survival(TIMES)[0] ** size, rtol=1e-12)
    np.testing.assert_allclose(found.survival(TIMES)[1:], base.survival(TIMES)[1:], rtol=1e-14)


def test_a_reference_of_a_reference_across_strategy_and_endpoint():
    rows = table(
        ("Isa-Pd", OS, "", "", "Dara-Pd", "", "hazard_ratio"),
        ("Dara-Pd", OS, "", "", "Pd", PFS, "acceleration_factor"),
        ("Pd", OS, "gamma", "month"),
        ("Pd", PFS, "gompertz", "year"),
    )
    p = parameters(rows)
    base, _ = single(p, "Pd", PFS, "gompertz", "year")
    stretched = AccelerationFactor(base, at(p, "acceleration_factor", "Dara-Pd", OS))
    expected = HazardRatio(stretched, at(p, "hazard_ratio", "Isa-Pd", OS))
    found = curve(p, OS).survival(TIMES)
    np.testing.assert_allclose(found.sel(strategy="Isa-Pd"), expected.survival(TIMES), rtol=1e-12)
    np.testing.assert_allclose(found.sel(strategy="Dara-Pd"), stretched.survival(TIMES), rtol=1e-12)


# --- tables ---


def test_curves_from_the_kaplan_meier_sheet():
    points = pd.DataFrame(
        [("Isa-Pd", OS, 6.0, 0.8), ("Isa-Pd", OS, 12.0, 0.5), ("Dara-Pd", OS, 3.0, 0.9), ("Dara-Pd", OS, 9.0, 0.3)],
        columns=["strategy", "endpoint", "time", "survival"],
    )
    chosen = zip(STRATEGIES, ("kaplan_meier", "survival_table", "weibull"), strict=True)
    rows = table(*[(name, OS, family, "month") for name, family in chosen])

    def p(points):
        tables = {} if points is None else {"Kaplan-Meier": points}
        return parameters(rows, None, Settings(horizons=(0.75,)), **tables)

    found = curve(p(points), OS).survival(TIMES)
    expected = [KaplanMeier([0.5, 1], [0.8, 0.5]), SurvivalTable([0.25, 0.75], [0.9, 0.3])]
    for place in range(2):
        np.testing.assert_allclose(found[place], expected[place].survival(TIMES), rtol=1e-12)
    assert curve(p(points), OS).select(strategy="Isa-Pd").knots() == pytest.approx((0.5, 1.0))
    np.testing.assert_array_equal(curve(p(points[::-1]), OS).survival(TIMES), found)  # in any order

    risen = points.assign(survival=[0.8, 0.95, 0.9, 0.3])
    with pytest.raises(
        InputError, match=r"Kaplan-Meier +Isa-Pd, overall_survival, kaplan_meier: survival rises by 0.15"
    ):
        curve(p(risen), OS)
    with pytest.raises(InputError, match=r"Curves!C6 +is 'survival_table', but sheet Kaplan-Meier has no rows"):
        curve(p(points[:2]), OS)
    with pytest.raises(InputError, match="the model needs sheet 'Kaplan-Meier'"):
        curve(p(None), OS)


def test_piecewise_rates():
    given = values()
    coords = {"strategy": list(STRATEGIES), "endpoint": list(ENDPOINTS)}
    for name, numbers in {
        "rate_1": [0.02, 0.01, 0.03],
        "until_1": [6, 12, np.nan],
        "rate_2": [0.05, 0.02, np.nan],
        "until_2": [18, np.nan, np.nan],
        "rate_3": [0.01, np.nan, np.nan],
    }.items():
        given[name] = _blank(coords, None)
        given[name].loc[{"endpoint": OS}] = numbers
    rows = all_of("piecewise_exponential")
    found = curve(parameters(rows, given), OS).survival(TIMES)
    expected = [
        PiecewiseExponential([0, 6, 18], [0.02, 0.05, 0.01]),
        PiecewiseExponential([0, 12], [0.01, 0.02]),
        Exponential(0.03),
    ]
    for place in range(3):
        np.testing.assert_allclose(found[place], expected[place].survival(12 * TIMES), rtol=1e-12)
    given["until_1"].values[0, 1] = np.nan
    with pytest.raises(InputError, match=r"Curves!C5 .*sheet Survival has no until_1 for Isa-Pd, overall_survival"):
        curve(parameters(rows, given), OS)


def test_splines():
    given = values()
    coords = {"strategy": list(STRATEGIES), "endpoint": list(ENDPOINTS)}
    for name, numbers in {
        "gamma_0": [-4.0, -3.5, -3.0],
        "gamma_1": [1.2, 1.1, 1.0],
        "gamma_2": [0.02, np.nan, np.nan],
        "knot_1": [1, 2, 3],
        "knot_2": [8, 30, 40],
        "knot_3": [36, np.nan, np.nan],
    }.items():
        given[name] = _blank(coords, None)
        given[name].loc[{"endpoint": OS}] = numbers
    for scale in ("hazard", "odds", "normal"):
        rows = all_of(f"spline_{scale}")
        found = curve(parameters(rows, given), OS).survival(TIMES)
        expected = [
            Spline([-4.0, 1.2, 0.02], np.log([1, 8, 36]), scale),
            Spline([-3.5, 1.1], np.log([2, 30]), scale),
            Spline([-3.0, 1.0], np.log([3, 40]), scale),
        ]
        for place in range(3):
            np.testing.assert_allclose(found[place], expected[place].survival(12 * TIMES), rtol=1e-12)
    given["knot_3"].values[0, 1] = np.nan
    with pytest.raises(InputError, match=r"Curves!C5 .*sheet Survival has no knot_3 for Isa-Pd, overall_survival"):
        curve(parameters(rows, given), OS)


# --- words ---


def test_sentences_of_every_strategy():
    rows = table(
        ("Isa-Pd", OS, "", "", "Pd", "", "hazard_ratio"),
        ("Dara-Pd", OS, "weibull", "week"),
        ("Pd", OS, "lognormal", "month"),
    )
    given = values()
    given["meanlog"].loc[{"strategy": "Pd", "endpoint": OS}] = 3.2
    given["sdlog"].loc[{"strategy": "Pd", "endpoint": OS}] = 1.2
    given["hazard_ratio"].loc[{"strategy": "Isa-Pd", "endpoint": OS}] = 0.946
    said = curve_sentences(parameters(rows, given), OS)
    assert said[0] == "overall survival of Isa-Pd: lognormal (meanlog 3.2, sdlog 1.2, months), with hazard ratio 0.946"
    assert said[1].startswith("overall survival of Dara-Pd: Weibull (shape ")
    assert said[2] == "overall survival of Pd: lognormal (meanlog 3.2, sdlog 1.2, months)"


# --- faults ---


def test_an_endpoint_that_is_not_there():
    with pytest.raises(UnknownNameError, match="Did you mean 'overall_survival'"):
        curve(parameters(all_of("weibull")), "overal_survival")
    with pytest.raises(InputError, match=r"has no row for strategy 'Dara-Pd', endpoint 'overall_survival'"):
        curve(parameters(all_of("weibull").drop(index=1)), OS)
    with pytest.raises(InputError, match="Curves"):
        curve(Parameters(values(), {"strategy": STRATEGIES}, Settings()), OS)


def test_missing_coefficients_name_the_cell_and_what_is_missing():
    given = values()
    given["scale"].loc[{"strategy": ["Isa-Pd", "Pd"], "endpoint": OS, "family": "weibull"}] = np.nan
    with pytest.raises(InputError) as caught:
        curve(parameters(all_of("weibull"), given), OS)
    assert str(caught.value) == (
        "2 problems in case.xlsx\n"
        "  Curves!C5   is 'weibull', but sheet Survival has no scale for Isa-Pd, overall_survival, family weibull\n"
        "  Curves!C7   is 'weibull', but sheet Survival has no scale for Pd, overall_survival, family weibull"
    )
    without = {name: array for name, array in values().items() if name != "Q"}
    with pytest.raises(InputError, match="has no Q for Isa-Pd"):
        curve(parameters(all_of("generalised_gamma"), without), OS)
    few = {name: array.isel(family=slice(0, 3)) for name, array in values().items() if "family" in array.dims}
    with pytest.raises(
        InputError, match=r"Curves!C5 .* has no rate for Isa-Pd, overall_survival, family gamma"
    ) as caught:
        curve(parameters(all_of("gamma"), few), OS)
    assert len(caught.value.faults) == 6  # shape and rate, three strategies


def test_a_value_outside_its_domain_names_the_sheet():
    given = values()
    given["shape"].loc[{"strategy": "Dara-Pd", "endpoint": OS, "family": "weibull"}] = -1
    message = r"Survival +Isa-Pd, Dara-Pd, Pd, overall_survival, weibull: shape is -1 for strategy Dara-Pd; it must be"
    with pytest.raises(InputError, match=message):
        curve(parameters(all_of("weibull"), given), OS)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            ("Pd", OS, "weibul", "month"),
            r"Curves!C7 +is 'weibul', which is not known. Did you mean 'weibull'\? There are",
        ),
        (("Pd", OS, "", "month"), "C7 +is blank, and so is the reference"),
        (("Pd", OS, "weibull", "months"), r"Curves!D7 .*Did you mean 'month'"),
        (("Pd", OS, "weibull", ""), r"Curves!D7 +is blank; it must be one of day, week"),
        (("Pd", OS, "weibull", "month", "Isa-Pd", "", "hazard_ratio"), "beside a reference; leave one of them blank"),
        (("Pd", OS, "weibull", "month", "", "", "hazard_ratio"), r"Curves!G7 .*no reference to apply it to"),
        (("Pd", OS, "", "", "Isa-Pd", "", ""), r"Curves!G7 +is blank; it must be one of hazard_ratio"),
        (("Pd", OS, "", "", "Isa-Pd", "", "hazard ratio"), "Did you mean 'hazard_ratio'"),
        (("Pd", OS, "", "", "Isa-PD", "", "same"), r"Curves!E7 +leads to Isa-PD, .*Did you mean 'Isa-Pd'"),
        (("Pd", OS, "", "", "", PFS, "same"), r"Curves!F7 +leads to Pd, progression_free_survival, which has no row"),
        (("Pd", OS, "", "", "Pd", "", "same"), "circle: Pd overall_survival -> Pd overall_survival"),
        (("Isa-Pd", OS, "weibull", "month"), r"Curves!B7 +is the second row for Isa-Pd, overall_survival"),
    ],
)
def test_rows_that_cannot_be_followed(row, message):
    rows = [("Isa-Pd", OS, "weibull", "month"), ("Dara-Pd", OS, "weibull", "month"), row]
    with pytest.raises(InputError, match=message):
        curve(parameters(table(*rows)), OS)


def test_a_circle_of_references():
    rows = table(
        ("Isa-Pd", OS, "", "", "Dara-Pd", "", "same"),
        ("Dara-Pd", OS, "", "", "Pd", "", "same"),
        ("Pd", OS, "", "", "Isa-Pd", "", "same"),
    )
    with pytest.raises(InputError, match=r"circle: Isa-Pd overall_survival -> Dara-Pd .* -> Pd .* -> Isa-Pd"):
        curve(parameters(rows), OS)


def test_blank_cells_may_be_missing_values():
    rows = all_of("weibull")
    rows[["reference", "reference_endpoint", "effect", "note"]] = [[np.nan, None, np.nan, None]] * 3
    found = curve(parameters(rows), OS)
    expected = curve(parameters(all_of("weibull")), OS)
    np.testing.assert_array_equal(found.survival(TIMES), expected.survival(TIMES))
    assert isinstance(found.select(strategy="Pd").curve, Weibull)
    assert not isinstance(found.select(strategy="Pd").curve, Lognormal)


def test_points_that_end_before_a_horizon_need_a_tail():
    points = pd.DataFrame(
        [(name, OS, time, survival) for name in STRATEGIES for time, survival in ((6.0, 0.8), (12.0, 0.5))],
        columns=["strategy", "endpoint", "time", "survival"],
    )

    def p(family, tail="", horizon=5, points=points):
        rows = table(*[(name, OS, family, "month", "", "", "", tail) for name in STRATEGIES])
        return parameters(rows, None, Settings(horizons=(horizon,)), **{"Kaplan-Meier": points})

    for family in ("kaplan_meier", "survival_table"):
        with pytest.raises(InputError, match=rf"Curves!C5 +is '{family}', whose points .* end at 12 months .* 5 years"):
            curve(p(family), OS)
        curve(p(family, horizon=1), OS)
        joined, whole = curve(p(family, "weibull"), OS), p(family, "weibull")
        early = curve(p(family, horizon=1), OS).survival([0.4, 0.9])
        np.testing.assert_allclose(joined.survival([0.4, 0.9]), early, rtol=1e-12)
        for name in STRATEGIES:
            alone, per_year = single(whole, name, OS, "weibull", "month")
            expected = 0.5 * alone.survival(per_year * 3.0) / alone.survival(per_year * 1.0)
            np.testing.assert_allclose(joined.select(strategy=name).survival(3.0), expected, rtol=1e-12)
    given = {name: array for name, array in values().items() if name != "shape"}
    lacking = Parameters(given, whole.labels, whole.settings, dict(p("kaplan_meier", "gamma").tables), "case.xlsx")
    with pytest.raises(InputError, match=r"Curves!H5 +is 'gamma', but sheet Survival has no shape"):
        curve(lacking, OS)
    nobody = points.assign(survival=np.where(points.time == 12, 0.0, 0.8))
    assert curve(p("kaplan_meier", points=nobody), OS).survival(4.0).values.tolist() == [0, 0, 0]


def test_an_endpoint_without_strategies_has_one_sentence():
    p = Parameters({"rate": xr.DataArray(0.2)}, {"strategy": STRATEGIES}, Settings(), {"Curves": all_of("exponential")})
    assert curve(p, OS).survival(1.0) == pytest.approx(np.exp(-12 * 0.2))
    assert curve_sentences(p, OS) == ("overall survival: exponential (rate 0.2, months)",)


def test_values_given_for_fewer_strategies_are_lacking_for_the_others():
    two = xr.DataArray([0.2, 0.3], dims="strategy", coords={"strategy": ["Isa-Pd", "Dara-Pd"]})
    with pytest.raises(InputError, match=r"sheet Survival has no rate for Pd, overall_survival, family exponential"):
        curve(parameters(all_of("exponential"), {"rate": two}), OS)


def test_a_knot_is_the_same_in_every_draw():
    given = values(draws=3)
    coords = {"strategy": list(STRATEGIES), "endpoint": list(ENDPOINTS)}
    for name, number in {"gamma_0": -4.0, "gamma_1": 1.2, "knot_1": 1.0, "knot_2": 30.0}.items():
        given[name] = _blank(coords, 3)
        given[name].values[:] = number
    rows = all_of("spline_hazard")
    assert curve(parameters(rows, given), OS).survival(TIMES).shape == (3, 3, 4)
    given["knot_2"].values[1] = 31.0
    with pytest.raises(InputError, match=r"Curves!C5 +has knot_2 that differs between draws; it must be fixed"):
        curve(parameters(rows, given), OS)


def test_what_stands_at_a_time_needs_the_unit_of_it():
    rows = table(("Isa-Pd", OS, "", "", "Pd", "", "hazard_ratio"), ("Dara-Pd", OS, "weibull", "month"),
                 ("Pd", OS, "weibull", "month"))  # fmt: skip
    rows["waning"] = ["at_once", "", ""]
    given = values() | {"waning_start": xr.DataArray(12.0)}
    with pytest.raises(InputError, match=r"Curves!D5 +is ''; waning needs the unit of its times"):
        curve(parameters(rows, given), OS)
    rows.loc[0, "time_unit"] = "month"
    found = curve(parameters(rows, given), OS).survival(np.array([1.0, 2.0])).sel(strategy="Isa-Pd")
    base, _ = single(parameters(rows, given), "Pd", OS, "weibull", "month")
    reached, ratio = base.survival(np.array([12.0, 24.0])), at(given, "hazard_ratio", "Isa-Pd", OS)
    np.testing.assert_allclose(
        found, reached[0] ** ratio * reached / reached[0], rtol=1e-9
    )  # S2(t) / S2(1) after a year


@pytest.mark.parametrize(("column", "value"), [("waning", "linaer"), ("landmark", "y")])
def test_a_word_that_is_none_of_a_column_is_refused_with_those_that_are(column, value):
    rows = all_of("weibull")
    rows[column] = ["", value, ""]
    with pytest.raises(InputError, match=rf"is '{value}', which is not one of"):
        curve(parameters(rows), OS)


def test_waning_is_that_of_a_hazard_ratio():
    rows = table(("Isa-Pd", OS, "", "month", "Pd", "", "odds_ratio"), ("Dara-Pd", OS, "weibull", "month"),
                 ("Pd", OS, "weibull", "month"))  # fmt: skip
    rows["waning"] = ["linear", "", ""]
    with pytest.raises(InputError, match="is 'linear', but there is no hazard_ratio that could wane"):
        curve(parameters(rows), OS)

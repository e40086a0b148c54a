"""Twins: what is computed in two forms, for speed and for cells, gives the same numbers on the same random inputs.

A symbol carries the value of the formula it stands for, so most forms are compared without any workbook.
"""

import ast
import inspect
import itertools
import re
from pathlib import Path
from types import SimpleNamespace

import every_curve
import numpy as np
import pytest
import small_market
import xarray as xr
from formulas import Formulas
from test_payer_pages import BUDGET, SEVERITY, with_everything

import hecon as he
from hecon.analysis.value.incremental import quadrant
from hecon.costing import packs, packs_written
from hecon.costing.settle import settle
from hecon.report.live.clock import ENDS, Clock
from hecon.report.live.incremental import DOMINATED, ON, QUADRANT, UP, increments
from hecon.report.live.ledger import Ledger
from hecon.settings import DISCOUNT_TIMINGS
from hecon.survival.families import FAMILIES
from hecon.survival.written import Written
from hecon.symbols import functions
from hecon.symbols.draft import Draft
from hecon.symbols.expression import leaf, number_of
from hecon.timeline import DoseDays, Timeline

ROOT = Path(__file__).parents[1]
TABLE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("## Twins")[2]
ROWS = [line for line in TABLE.splitlines() if line.startswith("| ")][1:]


def symbols(values):
    """Give numbers as symbols, alone or in an array, labelled or not."""
    if isinstance(values, xr.DataArray):
        return values.copy(data=symbols(values.values))
    found = np.empty(np.shape(values), dtype=object)
    for place, value in np.ndenumerate(np.asarray(values, dtype=float)):
        found[place] = leaf("x", value)
    return found if found.shape else found.item()


def same(found, expected):
    numbers = number_of(np.array(found, dtype=object) if isinstance(found, list) else found)
    np.testing.assert_allclose(np.asarray(numbers, dtype=float), expected, rtol=1e-9, atol=1e-12)


# --- curves and functions ---


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_and_its_formula(name, seed):
    random = np.random.default_rng(seed)
    curve = FAMILIES[name](**{part: random.uniform(0.3, 1.8) for part in FAMILIES[name].domains})
    times = random.uniform(0.05, 4.0, 12)
    formula = np.asarray(curve._formula(times, Written(curve.axes)), dtype=float)
    np.testing.assert_allclose(formula, curve.survival(times), rtol=1e-9, atol=1e-12)


def test_every_curve_has_its_formula():
    without = [
        f"{path.name}: {node.name}"
        for path in sorted((ROOT / "hecon" / "survival").glob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and "Curve" in [ast.unparse(base) for base in node.bases]
        if "_formula" not in [part.name for part in node.body if isinstance(part, ast.FunctionDef)]
    ]
    assert without == []


#: Functions of a list of items, and those of more than numbers.
OF_ITEMS, OF_MORE = {"least_of", "most_of"}, {"elementwise", "polynomial", "missing"}
CONDITIONS = {"where": (True, False), "both": (True, True)}


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, own in vars(functions).items()
        if inspect.isfunction(own) and own.__module__ == functions.__name__ and name[0] != "_" and name not in OF_MORE
    ],
)
def test_a_function_on_numbers_and_on_symbols(name):  # fmt: skip
    function, random = getattr(functions, name), np.random.default_rng(0)
    count = 3 if name in OF_ITEMS else len(inspect.signature(function).parameters) + (name == "choose")
    for _ in range(20):
        numbers = [random.uniform(0.05, 0.95, 4) for _ in range(count)]
        if name == "choose":
            numbers[0] = random.integers(1, count, 4)
        for place, is_condition in enumerate(CONDITIONS.get(name, ())):
            if is_condition:
                numbers[place] = numbers[place] > 0.5
        if name in OF_ITEMS:
            whole = {"least_of": np.min, "most_of": np.max}[name](numbers, axis=0)
            same([function([leaf("x", one[i]) for one in numbers]) for i in range(4)], whole)
        else:
            same(function(*map(symbols, numbers)), function(*numbers))


def test_a_polynomial_and_what_is_missing_on_symbols():
    x = np.array([0.5, -1.5])
    same(functions.polynomial((1.0, 2.0, -0.5), symbols(x)), functions.polynomial((1.0, 2.0, -0.5), x))
    assert functions.missing(symbols([1.0, np.nan])).tolist() == functions.missing(np.array([1.0, np.nan])).tolist()


# --- packs ---


@pytest.mark.parametrize("seed", range(8))
def test_packs(seed):
    random = np.random.default_rng(seed)
    sizes = tuple(random.choice([20.0, 25.0, 50.0, 100.0, 400.0, 500.0], random.integers(1, 4), replace=False).tolist())
    prices = random.uniform(1, 5, len(sizes)) * sizes
    amounts = np.concatenate([[0.0, sizes[0], 2 * sizes[-1]], random.uniform(0, 900, 5)])
    body = packs.BodySize(random.uniform(60, 90), float(random.choice([0.0, 15.0])))
    written = packs.BodySize(symbols(float(body.mean)), symbols(float(body.sd)))
    rate, cap = random.uniform(1, 10), float(random.choice([np.inf, 80.0]))
    capped = symbols(cap) if np.isfinite(cap) else cap
    with Draft().open():
        costs = list(symbols(prices))
        same(packs_written.cheapest(symbols(amounts), sizes, costs), packs.cheapest(amounts, sizes, prices))
        same(packs_written.shared(symbols(amounts), sizes, costs), packs.shared(amounts, sizes, prices))
        for name in ("expected_cheapest", "expected_shared"):
            expected = getattr(packs, name)(body, rate, cap, sizes, prices)
            same(getattr(packs_written, name)(written, symbols(rate), capped, sizes, costs), expected)


# --- model time, chains and the ledger ---


def settings_of(random, **more):
    """Settings with horizons inside of cycles, and rates."""
    horizons = tuple(np.sort(random.uniform(0.4, 2.2, 2)).round(3).tolist())
    rates = {f"discount_rate_{kind}": float(random.uniform(0.01, 0.08)) for kind in ("cost", "effect")}
    return he.Settings(horizons=horizons).with_changes(**{"cycle_length": 2, "cycle_unit": "month", **rates, **more})


@pytest.mark.parametrize("rate", ["constant", "0: 0.035, 0.7: 0.02, 1.3: 0.06"])
@pytest.mark.parametrize("form", ["effective", "continuous"])
@pytest.mark.parametrize("timing", DISCOUNT_TIMINGS)
@pytest.mark.parametrize("accrual", [*ENDS, "simpson", "weights"])
def test_model_time(accrual, timing, form, rate):
    random = np.random.default_rng([len(accrual), len(timing)])
    settings = settings_of(random, discount_timing=timing, discount_form=form)
    if rate != "constant":
        settings = settings.with_changes(discount_rate_cost=rate)
    if accrual == "weights":
        settings = settings.with_changes(horizons=(1.0,), cycle_unit="year", cycle_length=0.25)
        settings = settings.with_changes(accrual=tuple(random.uniform(0, 1, 5)))
    else:
        settings = settings.with_changes(accrual=accrual)
    time = Timeline.regular(settings)
    rates = {"discount_rate_cost": settings.discount_rate_cost, "discount_rate_effect": settings.discount_rate_effect}
    draft = Draft()
    with draft.open():
        clock = Clock(draft, time, {k: symbols(v) if isinstance(v, float) else v for k, v in rates.items()})
        days = DoseDays(time, np.unique(random.integers(0, 900, 9)) / settings.days_per_year)
        clock.with_days(days)
        same([cell.value for cell in clock.lengths], time.lengths)
        for kind in ("cost", "qaly", None):
            own = None if kind is None else rates["discount_rate_cost" if kind == "cost" else "discount_rate_effect"]
            expected = {rule: time.weights(rule, own) for rule in ("start", "event", "residence")}
            if accrual in ENDS:
                sides = time.residence_by_cycle(own)
                expected |= {"left": sides[0], "right": sides[1]}
            for rule, weights in {**expected, "day": days.weights(own)}.items():
                same(np.transpose([span.numbers for span in clock.weights(rule, kind)]), weights)


def random_parameters(random):
    """Values about those of the model of every curve, by strategy or not: as numbers, and as symbols."""
    strategies = {"strategy": list(every_curve.STRATEGIES)}
    numbers = {
        name: xr.DataArray(np.array(pair) * random.uniform(0.95, 1.1, 2), strategies, ["strategy"])
        for name, pair in every_curve.VALUES.items()
    }
    numbers |= {name: xr.DataArray(one * random.uniform(0.5, 1.5)) for name, one in every_curve.OTHERS.items()}
    written = {name: one.copy(data=np.array(symbols(one.values), dtype=object)) for name, one in numbers.items()}
    return SimpleNamespace(**numbers), SimpleNamespace(**written)


def both_ledgers(model, settings, random):
    """Give the ledger of a model in numbers, and as it is written in cells."""
    plain, written = random_parameters(random)
    first = Timeline.regular(settings)
    try:
        model(plain, first)
        time = first
    except Exception as error:
        time = Timeline.regular(settings, error.knots)  # a value changes within a cycle
    labels = {"strategy": every_curve.STRATEGIES, "state": every_curve.STATES}
    labels["before_death"] = every_curve.BEFORE_DEATH
    lines = settle(model(plain, time).lines, time, labels)
    draft = Draft()
    with draft.open():
        rates = {name: symbols(getattr(settings, name)) for name in ("discount_rate_cost", "discount_rate_effect")}
        clock = Clock(draft, time, rates)
        return lines, Ledger(draft, clock, "USD").write(model(written, time).lines)


def same_ledgers(lines, written):
    assert [line.name for line in written] == [line.name for line in lines]
    for own, cells in zip(lines, written, strict=True):
        assert own.axes.dims == cells.axes.dims
        same(cells.discounted, own.discounted)
        same(cells.undiscounted, own.undiscounted)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("model", every_curve.MARKOV, ids=lambda model: model.__name__)
def test_chains(model, seed):
    random = np.random.default_rng(seed)
    same_ledgers(*both_ledgers(model, settings_of(random), random))


ACCRUALS = [*itertools.product(ENDS, ["mid_cycle", "edges"]), ("simpson", "annual_step"), ("life_table", "cycle_end")]


@pytest.mark.parametrize(("accrual", "timing"), ACCRUALS)
def test_the_ledger(accrual, timing):
    random = np.random.default_rng(len(accrual) + len(timing))
    settings = settings_of(random, accrual=accrual, discount_timing=timing)
    same_ledgers(*both_ledgers(every_curve.flows, settings, random))


@pytest.mark.parametrize("crossing", ["cap_pfs", "raise_os", "max_hazard"])
def test_curves_of_every_class(crossing):
    random = np.random.default_rng(len(crossing))
    settings = settings_of(random, crossing=crossing, cycle_length=3)
    same_ledgers(*both_ledgers(every_curve.outcome, settings, random))


# --- answers ---


@pytest.mark.parametrize("seed", range(20))
def test_increments(seed):
    random = np.random.default_rng(seed)
    names = list("ABCDE")
    cost, qaly = random.integers(0, 9, 5) * 1000.0, random.integers(1, 6, 5) / 2.0
    totals = {"cost": cost, "qaly": qaly}
    draft = Draft()
    with draft.open():
        results = SimpleNamespace(
            strategies=names,
            base=SimpleNamespace(case=SimpleNamespace(comparator="B"), totals=totals),
            total=lambda place, name, measure: leaf(f"{measure} {name}", totals[measure][names.index(name)]),
        )
        found = increments(draft, results, 0, {20_000.0: leaf("willingness to pay", 20_000.0)})
    same(found.pairs["Incremental costs"].cells, cost - cost[1])
    same(found.benefit[20_000.0].cells, 20_000 * qaly - cost)
    words = {"NE": 1, "SE": 2, "E": 2, "S": 2, "NW": 3, "N": 3, "W": 3, "SW": 4, "equal": 0}
    said = [words[quadrant(c - cost[1], q - qaly[1], (c, q))] for c, q in zip(cost, qaly, strict=True)]
    assert [cell.value for cell in found.pairs["Quadrant"].cells] == said
    assert set(said) <= set(QUADRANT)
    status = he.incremental_analysis(cost, qaly, names).set_index("strategy")["status"]
    dominated, up, on = ([cell.value for cell in found.frontier[title].cells] for title in (DOMINATED, UP, ON))
    assert ["D" if d else "ED" if u > o * (1 + 1e-9) else "ND" for d, u, o in zip(dominated, up, on, strict=True)] == [
        status[name] for name in names
    ]


def varied(random):
    """The market with every parameter, both sexes and an age between birthdays, other numbers throughout."""
    tables = with_everything()
    for row in [row for sheet in ("Budget impact", "Care costs", "Parameters", "Utilities") for row in tables[sheet]]:
        if row["parameter"] != "death_rate":
            row["value"] *= random.uniform(0.6, 1.0)
            row.pop("low", None), row.pop("high", None), row.pop("distribution", None)
    for row in tables["Life table"]:
        row["death_probability"] *= random.uniform(0.5, 1.5)
    for row in tables["Utility norms"]:
        row["utility"] *= random.uniform(0.8, 1.1)
    tables["Population"][0]["value"] = random.uniform(60, 95)
    shares = random.uniform(0.1, 0.9, (2, 2))
    for row in tables["Market"]:
        share = shares[int(row["scenario"] is not None), row["year"] - 1]
        row["share_with"] = share if row["strategy"] == "new" else 1 - share
    return tables


@pytest.fixture(scope="module", params=[0, pytest.param(1, marks=pytest.mark.slow)])
def payer(request, tmp_path_factory):
    random, folder = np.random.default_rng(request.param), tmp_path_factory.mktemp("twins")
    forms = {"discount_form": ["effective", "continuous"][request.param], "discount_rate_effect": 0.03}
    inputs = small_market.read(folder, varied(random), **forms)
    path = he.write_live_workbook(inputs, folder / "live.xlsx", model=small_market.outcome)
    return inputs, Formulas(path, BUDGET, SEVERITY)


def test_budget_impact(payer):
    inputs, formulas = payer
    found, rows = he.budget_impact(inputs, model=small_market.outcome), formulas.rows(BUDGET)
    table, market = found.summary(), found.market
    assert rows["Members", None] == pytest.approx(list(market.members), rel=1e-9)
    assert rows["Patients who start a treatment", None] == pytest.approx(list(market.eligible), rel=1e-9)
    for strategy, shares, starts in zip(found.strategies, market.shares("with"), market.starts("with"), strict=True):
        own = {words: numbers for (name, words), numbers in rows.items() if name == strategy}
        assert own["with it"] == pytest.approx(list(shares), rel=1e-9)
        assert starts.sum() > 0
    spent = found.table().set_index(["world", "strategy", "line", "year"])["cost"].sort_index()
    for world, words in (("without", "without the new treatment"), ("with", "with it")):
        for line, strategy in itertools.product(found.lines, found.strategies):
            numbers = rows[f"{line}, {words}", strategy]
            assert numbers == pytest.approx(list(spent.loc[world, strategy, line]), rel=1e-9)
        assert rows[f"Spending {words}", None] == pytest.approx(list(table[f"cost_{world}"]), rel=1e-9)
    for words, column in (
        ("Budget impact", "impact"), ("of which acquisition", "acquisition_impact"),
        ("of which other costs", "other_impact"), ("Budget impact up to the year", "cumulative_impact"),
        ("Per member per month", "per_member_per_month"), ("Impact for each patient who starts", "per_treated_patient"),
    ):  # fmt: skip
        assert rows[words, None] == pytest.approx(list(table[column]), rel=1e-9, abs=1e-6)
    assert rows["Largest relative difference", None][0] < 1e-12


def test_severity(payer):
    inputs, formulas = payer
    one = he.severity(he.run(inputs.base_case(small_market.outcome))).iloc[0]
    rows = formulas.rows(SEVERITY)
    for words, column in (
        ("QALE of the general population (QALYs)", "qale"), ("QALYs with old", "comparator_qalys"),
        ("Absolute shortfall (QALYs)", "absolute_shortfall"), ("Proportional shortfall", "proportional_shortfall"),
        ("Weight of a QALY (NICE)", "weight"), ("Weighted incremental QALYs of new", "weighted_incremental_qaly"),
    ):  # fmt: skip
        assert rows[words, None][0] == pytest.approx(one[column], rel=1e-9)


# --- the table ---


def named_modules(text):
    return set(re.findall(r"`([\w/]+\.py)`", text))


def test_each_row_has_its_test():
    files = (ROOT / "tests").rglob("test_*.py")
    defined = {name for path in files for name in re.findall(r"(?m)^def (test_\w+)", path.read_text(encoding="utf-8"))}
    assert len(ROWS) > 8
    for row in ROWS:
        tests = re.findall(r"`(test_\w+)`", row)
        assert tests, row
        assert set(tests) <= defined, row


def test_every_module_in_the_table_exists():
    assert all((ROOT / "hecon" / module).is_file() for module in named_modules("\n".join(ROWS)))


def test_no_twin_is_forgotten():
    """Where a module asks whether values are symbols, or writes formulas into a sheet, there are two forms."""
    asks = re.compile(r"(?<!def )\bis_symbolic\b|\bFormulaGrid\(")
    forms = {
        path.relative_to(ROOT / "hecon").as_posix()
        for path in (ROOT / "hecon").rglob("*.py")
        if path.stem.endswith("_written") or asks.search(path.read_text(encoding="utf-8"))
    }
    kernel = {"symbols/expression.py", "symbols/draft.py"}  # what symbols are
    assert len(forms) > 15
    assert forms - kernel - named_modules("\n".join(ROWS)) == set()

"""The inputs of a live workbook: the sheets of the source workbook, and the value of each input that is in use.

Every number that a formula uses has a name of its own, such as ``drug_price_isatuximab``: the value on its sheet, or
that of the scenario that is chosen, moved to the price year of the analysis.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from hecon.domains import LARGEST, Domain
from hecon.errors import HeconError
from hecon.excel.addresses import letters, quoted, range_name
from hecon.frozen import frozen
from hecon.inputs.case import Case, Inputs, Model
from hecon.inputs.format import CURVE_STEPS, CURVE_TARGETS, FIRST_ROW, SHEETS_BY_NAME, TAIL
from hecon.inputs.input_names import input_in_words, input_names
from hecon.inputs.permitted import domain_of
from hecon.inputs.template import headers_of, setting_rows, tables_of
from hecon.parameters import Alternatives, Parameters
from hecon.settings import RATE, Rate, years_per
from hecon.survival.curve_rows import TABLE_CURVES
from hecon.survival.families import COEFFICIENT_DOMAINS, coefficients
from hecon.symbols.expression import leaf

_BASE_CASE = "base case"
#: Columns of structure sheets that formulas follow; everything else on those sheets is structural.
LIVE_COLUMNS = {
    "Schedules": ("dose", "size_cap", "max_dose"),
    "Packs": ("priced_as",),
    "Kaplan-Meier": ("survival",),
    "Life table": ("death_probability",),
    "Utility norms": ("utility",),
    "Market": ("share_without", "share_with"),
}
#: Settings that formulas follow; the others make the structure.
LIVE_SETTINGS = ("discount_rate_cost", "discount_rate_effect", "price_year", "willingness_to_pay")
#: Those of them that are rates.
RATES = LIVE_SETTINGS[:2]
#: Columns of a structure sheet that say which row it is.
_ABOUT = ("scenario", "strategy", "drug", "endpoint", "sex", "age", "year")


@frozen(eq=True)
class Named:
    """A place with a defined name."""

    reference: str
    words: str


@frozen(eq=True)
class InputCell:
    """A place on an input sheet."""

    reference: str
    words: str


@frozen(eq=True)
class InUse:
    """One input as formulas use it: its name, its cell or what reads it there, the formula in use, and its value."""

    name: str
    words: str
    unit: str
    status: str
    cell: str
    formula: str
    value: float
    delivered: float


@frozen(eq=True)
class ChoiceInUse:
    """Which curve is in use for a strategy and endpoint: its label by formula, among all labels, and its number."""

    name: str
    strategy: str
    endpoint: str
    options: tuple[str, ...]
    formula: str
    value: str
    delivered_cell: str

    @property
    def number(self) -> int:
        """Number of the option in use, from 1."""
        return self.options.index(self.value) + 1


@dataclass(eq=False)
class LiveInputs:
    """Everything formulas start from. `scenarios` are those the workbook can show, the base case first."""

    inputs: Inputs
    case: Case
    tables: dict[str, list[dict[str, Any]]] = field(init=False)
    settings: dict[str, Any] = field(init=False)
    scenarios: tuple[str, ...] = field(init=False)
    in_use: list[InUse] = field(init=False, default_factory=list)
    choices: list[ChoiceInUse] = field(init=False, default_factory=list)
    rates: dict[str, Any] = field(init=False, default_factory=dict)
    #: A symbol for each willingness to pay of the settings.
    thresholds: dict[float, Any] = field(init=False, default_factory=dict)
    #: Further cells that formulas follow: words, reference and number.
    structure_cells: list[tuple[str, str, float]] = field(init=False, default_factory=list)
    #: What the cells that formulas follow may hold, by reference.
    domains: dict[str, Domain] = field(init=False, default_factory=dict)
    _taken: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self.tables, self.settings = tables_of(self.inputs)
        self.tables["Settings"] = setting_rows(self.settings)
        self.scenarios = (_BASE_CASE, *(name for name in self.inputs.scenarios if self._is_live(name)))

    @classmethod
    def of(cls, inputs: Inputs, model: Model | None = None) -> LiveInputs:
        """Build the inputs of a live workbook from those of its source."""
        return cls(inputs, inputs.base_case(model))

    @property
    def structural_scenarios(self) -> tuple[str, ...]:
        """Scenarios that change the structure: hecon must be run for them."""
        return tuple(name for name in self.inputs.scenarios if name not in self.scenarios)

    # Cells of the input sheets.

    @cached_property
    def dimensions(self) -> list[str]:
        """Dimensions in the order of the Labels sheet."""
        return list(dict.fromkeys(str(row.get("dimension", "")) for row in self.tables["Labels"]))

    def cell(self, sheet: str, row: int, column: str) -> str:
        """Reference to a cell of an input sheet, by the number of its row (from 0) and its header."""
        headers = self._headers(sheet)
        if column not in headers:
            raise HeconError(f"sheet '{sheet}' has no column '{column}'")
        return f"{quoted(sheet)}!${letters(headers.index(column))}${FIRST_ROW + row}"

    def _headers(self, sheet: str) -> tuple[str, ...]:
        return headers_of(SHEETS_BY_NAME[sheet], self.tables[sheet], self.dimensions)

    def name_of(self, parameter: str) -> str:
        """Defined name of the value in use of a parameter without labels; "" where there is none."""
        words = input_in_words(parameter)
        return next((one.name for one in self.in_use if one.words == words), "")

    def setting_cell(self, name: str) -> str:
        """Reference to the value of a setting."""
        row = next(i for i, one in enumerate(self.tables["Settings"]) if one["setting"] == name)
        return self.cell("Settings", row, "value")

    # Parameters as symbols.

    def parameters(self) -> Parameters:
        """Give the parameters of the model, with a symbol for every number that a formula may use."""
        used = self.case.used_values()
        values = {name: array.astype(object) for name, array in used.items()}
        rows = zip(input_names(self.inputs.parameters), self.inputs.parameters.to_dict("records"), strict=True)
        for name, record in rows:
            parameter = str(record["parameter"])
            array = values[parameter]
            place = tuple(array.indexes[dim].get_loc(record[str(dim)]) for dim in array.dims)
            value = float(used[parameter].values[place])
            array.values[place] = self._use(name, record, value)
        for name in RATES:
            self.rates[name] = self._rate(name)
        self.thresholds = {level: self._threshold(i, level) for i, level in enumerate(self.levels)}
        tables = self._live_tables()
        self._other_cells()
        return Parameters(
            values,
            self.case.labels,
            self.case.settings,
            tables,
            self.case.source,
            self.case.homes,
            self._alternatives(),
        )

    def _use(self, name: str, record: Mapping[Any, Any], value: float) -> Any:
        delivered = float(record["value"])
        cell = self._value_cell(record)
        changes = [
            (self.scenarios.index(row["scenario"]), self.cell("Scenarios", i, "value"))
            for i, row in enumerate(self.tables.get("Scenarios", []))
            if row["scenario"] in self.scenarios and _concerns(row, record, self.case)
        ]
        self.domains |= dict.fromkeys([cell, *(reference for _, reference in changes)], domain_of(record))
        formula = in_scenario(cell, changes)
        factor = self._price_factor(record)
        if factor:
            formula = f"({formula})*{factor}" if formula.startswith("IF") else f"{formula}*{factor}"
        one = InUse(
            range_name(name, self._taken), input_in_words(name), str(record["unit"] or ""), str(record["status"] or ""),
            cell, "=" + formula, value, delivered,
        )  # fmt: skip
        self.in_use.append(one)
        return leaf(Named(one.name, one.words), value)

    def _value_cell(self, record: Mapping[Any, Any]) -> str:
        sheet = str(record["sheet"])
        if SHEETS_BY_NAME[sheet].named_by:
            table = self.inputs.tables[sheet]
            return self.cell(sheet, table["cell"].tolist().index(record["cell"]), "value")
        own = self.inputs.parameters[self.inputs.parameters["sheet"] == sheet]
        return self.cell(sheet, own["cell"].tolist().index(record["cell"]), "value")

    def _price_factor(self, record: Mapping[Any, Any]) -> str:
        """Formula of the factor that moves a cost to the price year; nothing where none applies."""
        year, index = record["price_year"], self.tables.get("Price index")
        if not np.isfinite(year) or self.case.settings.price_year is None or not index:
            return ""
        table = (
            f"{self.cell('Price index', 0, 'year')}:{self.cell('Price index', len(index) - 1, 'index').split('!')[1]}"
        )
        own = self._value_cell(record).rsplit("$", 2)
        headers = self._headers(str(record["sheet"]))
        cell = f"{own[0]}${letters(headers.index('price_year'))}${own[2]}"
        target = self.setting_cell("price_year")
        return f"VLOOKUP({target},{table},2,FALSE)/VLOOKUP({cell},{table},2,FALSE)"

    def _rate(self, name: str) -> Any:
        rate: Rate = getattr(self.case.settings, name)
        if not isinstance(rate, float):
            return rate
        cell = self.setting_cell(name)
        changes = [
            (self.scenarios.index(row["scenario"]), self.cell("Scenarios", i, "value"))
            for i, row in enumerate(self.tables.get("Scenarios", []))
            if row["scenario"] in self.scenarios and row["target"] == name
        ]
        self.domains |= dict.fromkeys([cell, *(reference for _, reference in changes)], RATE)
        words = input_in_words(name)
        self.in_use.append(InUse(name, words, "a year", "", cell, "=" + in_scenario(cell, changes), rate, rate))
        self._taken.add(name)
        return leaf(Named(name, words), rate)

    @property
    def levels(self) -> tuple[float, ...]:
        """Every willingness to pay of the settings."""
        return self.case.settings.willingness_to_pay

    def _threshold(self, place: int, level: float) -> Any:
        """Name the number at a place in the list on sheet Settings, between commas or semicolons."""
        name, words = self.threshold_name(place), f"Willingness to pay {place + 1}"
        spread = f'SUBSTITUTE(SUBSTITUTE({self.setting_cell("willingness_to_pay")},";",","),",",REPT(" ",99))'
        # The list has decimal points; VALUE reads the mark of the machine, which 1/2 as text shows.
        cell = f'VALUE(SUBSTITUTE(TRIM(MID({spread},{99 * place + 1},99)),".",MID(1/2,2,1)))'
        self.domains[cell] = Domain(0, LARGEST)
        unit = f"{self.case.settings.currency}/QALY"
        self.in_use.append(InUse(name, words, unit, "", cell, f"={cell}", level, level))
        self._taken.add(name)
        return leaf(Named(name, words), level)

    @staticmethod
    def threshold_name(place: int) -> str:
        """Defined name of a willingness to pay, counted from 0."""
        return f"willingness_to_pay_{place + 1}"

    def _live_tables(self) -> dict[str, pd.DataFrame]:
        """Structure tables with a symbol in every cell that formulas follow."""
        live = dict(self.inputs.tables)
        for sheet, columns in LIVE_COLUMNS.items():
            if sheet not in live:
                continue
            table = live[sheet].copy()
            for column in columns:
                numbers = table[column].tolist()
                table[column] = pd.Series(
                    [self._structure_symbol(sheet, i, column, number) for i, number in enumerate(numbers)],
                    index=table.index, dtype=object,
                )  # fmt: skip
            live[sheet] = table
        return live

    def _structure_symbol(self, sheet: str, row: int, column: str, number: Any) -> Any:
        if not self.follows(sheet, row, column):
            return number
        record = self.inputs.tables[sheet].iloc[row]
        about = ", ".join(str(record[name]) for name in _ABOUT if name in record)
        words, reference = f"{column} of {about}, {sheet} row {FIRST_ROW + row}", self.cell(sheet, row, column)
        self.structure_cells.append((input_in_words(words), reference, float(number)))
        self.domains[reference] = SHEETS_BY_NAME[sheet].column(column).bounds
        return leaf(InputCell(reference, words), float(number))

    def _other_cells(self) -> None:
        """Note the cells that formulas follow without a symbol: price indices, and the values of scenarios."""
        for i, row in enumerate(self.tables.get("Price index", [])):
            reference = self.cell("Price index", i, "index")
            self.structure_cells.append((f"Price index of {row['year']}", reference, row["index"]))
            self.domains[reference] = SHEETS_BY_NAME["Price index"].column("index").bounds
        if self.case.settings.price_year is not None:
            self.structure_cells.append(("Price year", self.setting_cell("price_year"), self.case.settings.price_year))
        for i, row in enumerate(self.tables.get("Scenarios", [])):
            if row["scenario"] in self.scenarios and isinstance(row["value"], int | float):
                words = f"Scenario {row['scenario']}: {row['target']}, row {FIRST_ROW + i}"
                self.structure_cells.append((words, self.cell("Scenarios", i, "value"), row["value"]))

    def follows(self, sheet: str, row: int, column: str) -> bool:
        """Say whether formulas follow a cell of a structure sheet: a number that is there, and a dose that is given."""
        if column not in LIVE_COLUMNS.get(sheet, ()):
            return False
        record = self.inputs.tables[sheet].iloc[row]
        number = record[column]
        if not isinstance(number, int | float | np.number) or not np.isfinite(number):
            return False
        return sheet != "Schedules" or float(record["dose"]) > 0

    # Curves to choose from.

    def _alternatives(self) -> dict[tuple[str, str], Alternatives]:
        curves = self.inputs.tables.get("Curves")
        if curves is None:
            return {}
        found = {}
        by_scenario = {
            name: self.inputs.scenario(name, self.case.model).tables["Curves"] for name in self._with_other_curves()
        }
        for place, row in enumerate(curves.to_dict("records")):
            own = _setup(row)
            others = {name: _setup(table.iloc[place].to_dict()) for name, table in by_scenario.items()}
            blank = dict.fromkeys(("reference", "reference_endpoint", "effect", "waning"), "")
            families = [{**own, **blank, "family": f} for f in self._families(row)]
            setups = {_label(one, own): one for one in (*families, own, *others.values())}
            strategy, endpoint = str(row["strategy"]), str(row["endpoint"])
            name = range_name(f"curve · {endpoint} · {strategy}", self._taken)
            cell = self.cell("Curves", place, "family")
            base = cell if own["family"] else f'"{_label(own, own)}"'
            changes = [(self.scenarios.index(n), f'"{_label(o, own)}"') for n, o in others.items() if o != own]
            formula, delivered = "=" + in_scenario(base, changes), cell if own["family"] else ""
            choice = ChoiceInUse(name, strategy, endpoint, tuple(setups), formula, _label(own, own), delivered)
            self.choices.append(choice)
            symbol = leaf(Named(name, f"curve of {endpoint} of {strategy}"), choice.number)
            found[strategy, endpoint] = Alternatives(tuple(setups.values()), xr.DataArray(symbol))
        return found

    def _with_other_curves(self) -> list[str]:
        """Scenarios in which other curves are in use."""
        rows = self.tables.get("Scenarios", [])
        changing = {row["scenario"] for row in rows if row["target"] in CURVE_TARGETS}
        return [name for name in self.scenarios[1:] if name in changing]

    def _families(self, row: Mapping[Any, Any]) -> Iterable[str]:
        """Families for which all that a curve needs is on the sheets."""
        if not row["time_unit"]:
            return
        table = self.inputs.parameters
        mine = (table.get("strategy") == row["strategy"]) & (table.get("endpoint") == row["endpoint"])
        here = table[mine] if "family" in table else table.iloc[:0]
        for family in COEFFICIENT_DOMAINS:
            given = set(here[here["family"] == family]["parameter"]) if len(here) else set()
            if set(coefficients(family)) <= given:
                yield family
        points = self.inputs.tables.get("Kaplan-Meier")
        if (
            points is not None
            and (mine := points[(points["strategy"] == row["strategy"]) & (points["endpoint"] == row["endpoint"])]).size
        ):
            last, settings = mine.sort_values("time").iloc[-1], self.case.settings
            end = last["time"] * years_per(row["time_unit"], settings.days_per_year)
            if row.get(TAIL) or last["survival"] == 0 or end >= settings.horizons[-1] * (1 - 1e-9):
                yield from TABLE_CURVES

    # Scenarios.

    def _is_live(self, scenario: str) -> bool:
        table = self.inputs.tables["Scenarios"]
        for row in table[table["scenario"] == scenario].to_dict("records"):
            target = row["target"]
            if target in CURVE_TARGETS or target in self.case.values:
                continue
            if target in RATES and isinstance(row["value"], int | float) and isinstance(
                getattr(self.case.settings, target), float
            ):  # fmt: skip
                continue
            return False
        return True


def in_scenario(base: str, changes: Sequence[tuple[int, str]]) -> str:
    """Formula of a value: that of the scenario chosen, if it changes it, else the one on its sheet."""
    last = dict(changes)  # of two rows of one scenario the later one counts
    runs: list[tuple[int, int, str]] = []  # scenarios that follow each other and change it alike: first, last
    for number, reference in sorted(last.items()):
        if runs and runs[-1][1:] == (number - 1, reference):
            runs[-1] = (runs[-1][0], number, reference)
        else:
            runs.append((number, number, reference))
    text = base
    for first, end, reference in reversed(runs):
        chosen = f"scenario_number={first + 1}"
        if end > first:
            chosen = f"AND(scenario_number>={first + 1},scenario_number<={end + 1})"
        text = f"IF({chosen},{reference},{text})"
    return text


def _concerns(row: Mapping[Any, Any], record: Mapping[Any, Any], case: Case) -> bool:
    """Say whether a row of Scenarios changes an input: the same parameter, and no label that differs."""
    if row["target"] != record["parameter"]:
        return False
    dims = map(str, case.values[str(record["parameter"])].dims)
    return all(not row.get(dim) or row[dim] == record[dim] for dim in dims)


def _setup(row: Mapping[Any, Any]) -> dict[str, str]:
    texts = ("strategy", "endpoint", "time_unit", TAIL, *CURVE_TARGETS)
    return {name: str(row[name]) if isinstance(row.get(name), str) else "" for name in texts}


def _label(setup: Mapping[str, str], own: Mapping[str, str]) -> str:
    """Say which curve a row of Curves is: its family, or what it refers to and how; and what is done otherwise."""
    source = " ".join(part for part in (setup["reference"], setup["reference_endpoint"]) if part)
    curve = setup["family"] or f"{setup['effect']}: {source}"
    done = [name for name in CURVE_STEPS if setup[name] != own[name] and not (name == "waning" and setup["family"])]
    return "; ".join([curve, *(f"{name}: {setup[name] or 'none'}" for name in done)])

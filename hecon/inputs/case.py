"""From a workbook's rows to a case: one model with one set of values, settings and tables.

`Inputs` is everything a workbook says. A `Case` is what is run: the base case, a scenario, or a batch of draws. Both
are immutable; every verb gives a new one.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from hecon.errors import Fault, HeconError, InputError, UnknownNameError, did_you_mean, expect
from hecon.frozen import frozen
from hecon.inputs.batch import Uncertainty, batch_of, uncertainty_of
from hecon.inputs.changed_values import curves_changed, some_changed, whole_value
from hecon.inputs.declared import declared_labels, expect_model
from hecon.inputs.expected_units import units_by_name
from hecon.inputs.format import CURVE_TARGETS
from hecon.inputs.model_files import ModelFile, file_of, load_model, model_folders
from hecon.inputs.permitted import refuse_currency, refuse_values
from hecon.inputs.published_survival import PublishedSurvival, published_survival
from hecon.inputs.values import labelled_rows
from hecon.labels import DRAW, STRATEGY, labelled, one_of, times, with_data
from hecon.looks import ShownAsTables
from hecon.parameters import Parameters, records_by
from hecon.settings import Settings
from hecon.timeline import Timeline
from hecon.units import Unit

#: What a case works out once, and what it does so from: cases that are made of it share the one while the other stays.
_WORKED_OUT: Mapping[str, Callable[[Case], object]] = {
    "draws": lambda case: id(case.values),
    "_price_index": lambda case: id(case.tables.get("Price index")),
    "_price_factors": lambda case: (id(case.tables.get("Price index")), id(case.price_years), case.settings.price_year),
    "_units": lambda case: (id(case.inputs), case.settings.currency),
    "rows": lambda case: id(case.inputs),
    "published_survival": lambda case: id(case.tables.get("Published survival")),
}

Model = Callable[[Parameters, Timeline], Any]  # an `Outcome`, whose room is on this level and cannot be named here


@dataclass(frozen=True, eq=False, repr=False)
class Case(ShownAsTables):
    """A model and everything it needs to run once: values by name, labels, settings and structure tables.

    `values` are numbers, mappings of label to number, pairs ``(dimensions, values)``, Series or DataArrays; a leading
    ``draw`` dimension makes the case a batch. `labels` names the labels of each dimension in order, ``strategy``
    at least. `settings` is a `Settings` or a mapping of changes to the defaults.

    Analyses take a case as they take a workbook's inputs. Then `uncertainty` says how uncertain an input is, by its
    name ("utility: sick"), by parameter, or by both: ``{"cost": {"A": he.Uncertain("gamma", se=20)}}``; `correlation`
    gives rank correlations of pairs of inputs, `order` pairs of which the first is never below the second in a draw
    (``[("utility: well", "utility: ill")]``, as on sheet Order), `scenarios` changes of values and settings by name.

    >>> import hecon as he
    >>> def outcome(p, time):
    ...     state = he.partition(time, overall=he.Exponential(p.death_rate))
    ...     return he.Outcome(state, [he.life_years("Life years", he.years_in(time, state, "alive"))])
    >>> case = he.Case(outcome, {"death_rate": {"A": 0.1, "B": 0.2}}, labels={"strategy": ["A", "B"]})
    >>> he.run(case).summary().life_years.round(2).tolist()[:2]
    [0.94, 2.49]
    """

    model: Model
    values: Mapping[str, xr.DataArray]
    labels: Mapping[str, tuple[str, ...]]
    settings: Settings = field(default_factory=Settings)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    name: str = "base case"
    source: str = "the case"
    sha256: str = ""
    homes: Mapping[str, str] = field(default_factory=dict)
    price_years: Mapping[str, xr.DataArray] = field(default_factory=dict)
    inputs: pd.DataFrame | None = None
    uncertainty: Mapping[str, object] = field(default_factory=dict)
    correlation: Mapping[tuple[str, str], float] = field(default_factory=dict)
    scenarios: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    order: Sequence[tuple[str, str]] = ()

    if TYPE_CHECKING:  # what may be given is more than what is held

        def __init__(
            self,
            model: Model,
            values: Mapping[str, object],
            labels: Mapping[str, Sequence[str]],
            settings: Settings | Mapping[str, object] = ...,
            tables: Mapping[str, pd.DataFrame] = ...,
            name: str = ...,
            source: str = ...,
            sha256: str = ...,
            homes: Mapping[str, str] = ...,
            price_years: Mapping[str, xr.DataArray] = ...,
            inputs: pd.DataFrame | None = ...,
            uncertainty: Mapping[str, object] = ...,
            correlation: Mapping[tuple[str, str], float] = ...,
            scenarios: Mapping[str, Mapping[str, object]] = ...,
            order: Sequence[tuple[str, str]] = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        labels = declared_labels(self.labels)
        expect_model(self.model)
        if STRATEGY not in labels:
            raise HeconError("a case needs the names of its strategies: labels={'strategy': ['A', 'B']}")
        expect(self.settings, (Settings, Mapping), "settings", "he.Settings(...), or a mapping of some of them")
        settings = self.settings if isinstance(self.settings, Settings) else Settings().with_changes(**self.settings)
        if settings.comparator:
            one_of(settings.comparator, labels[STRATEGY], "strategy")
        values = {name: labelled(value, labels, name) for name, value in self.values.items()}
        _same_draws(values)
        refuse_values(values, self.rows, self.source)
        for name, value in {"labels": labels, "settings": settings, "values": values}.items():
            object.__setattr__(self, name, value)

    def __getstate__(self) -> dict[str, Any]:
        """Give what another process needs: a model that was loaded from a file goes as that file."""
        return {**self.__dict__, "model": file_of(self.model) or self.model}

    def __setstate__(self, state: dict[str, Any]) -> None:
        model = state["model"]
        self.__dict__.update(state, model=model.load() if isinstance(model, ModelFile) else model)

    @cached_property
    def draws(self) -> int | None:
        """Number of draws, or None for a single set of values."""
        return next((array.sizes[DRAW] for array in self.values.values() if DRAW in array.dims), None)

    @cached_property
    def rows(self) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """Rows of the parameter sheets of each parameter; none for a case given in Python."""
        return records_by(self.inputs, "parameter")

    @cached_property
    def published_survival(self) -> tuple[PublishedSurvival, ...]:
        """What was published of survival, that its curves can be held against."""
        return published_survival(self.tables.get("Published survival"))

    @property
    def comparator(self) -> str:
        """The strategy that increments are taken against: the setting, or the last strategy."""
        return self.settings.comparator or self.labels[STRATEGY][-1]

    def with_values(self, **changes: object) -> Case:
        """Give the same case with some parameters changed.

        A change is a whole new value as in `Case`, or for a labelled parameter a mapping of some of its labels
        (nested for several dimensions): ``case.with_values(drug_price={"daratumumab": 4.2})``.
        """
        values = dict(self.values)
        for name, change in changes.items():
            if name not in values:
                raise UnknownNameError(f"there is no parameter '{name}'.{did_you_mean(name, values)}")
            old = values[name]
            if isinstance(change, Mapping):
                values[name] = some_changed(old, change, name)
            else:
                values[name] = whole_value(old, change, self.labels, name)
        _same_draws(values)
        refuse_values({name: values[name] for name in changes}, self.rows, "the changed values")
        return self._changed(values=values)

    def with_settings(self, **changes: object) -> Case:
        """Give the same case with some settings changed; an unknown name raises `UnknownNameError`."""
        settings = self.settings.with_changes(**changes)
        if settings.comparator:
            one_of(settings.comparator, self.labels[STRATEGY], "strategy")
        if "currency" in changes:
            refuse_currency(settings.currency, self.inputs)
        return self._changed(settings=settings)

    def with_curve(self, endpoint: str, strategy: str, **changes: str) -> Case:
        """Give the same case with another curve: ``family=``, ``reference=``, ``reference_endpoint=``, ``effect=``.

        Or with something else done to it: ``waning=``, ``wanes_to=``, ``landmark=``, as on sheet Curves.
        """
        return self._with_curves([(endpoint, strategy, changes)])

    def _with_curves(self, several: Iterable[tuple[str, str, Mapping[str, str]]]) -> Case:
        return self._changed(tables={**self.tables, "Curves": curves_changed(self.tables["Curves"], several)})

    def named(self, name: str) -> Case:
        """Give the same case under another name."""
        return self._changed(name=name)

    def to_workbook(self, path: str | Path, model: str | None = None) -> Path:
        """Write an input workbook that reads back equal, as `write_case`: ``case.to_workbook("my_model.xlsx")``."""
        return Path(import_module("hecon.inputs.from_case").write_case(self, path, model))

    def _changed(self, **changes: Any) -> Case:
        """Give a copy with fields replaced by ones that are checked already."""
        new = object.__new__(type(self))  # `copy` would go by way of `__getstate__`, and load the model's file again
        new.__dict__.update(self.__dict__, **changes)
        for name, origins in _WORKED_OUT.items():
            if origins(new) == origins(self):
                new.__dict__[name] = getattr(self, name)
            else:
                new.__dict__.pop(name, None)
        return new

    def price_factor(self, name: str) -> xr.DataArray | None:
        """Factor that moves a cost from its price year to the price year of the settings; None if nothing moves."""
        if name not in self._price_factors:
            self._price_factors[name] = self._find_price_factor(name)
        return self._price_factors[name]

    @cached_property
    def _price_factors(self) -> dict[str, xr.DataArray | None]:
        """Factors found so far; batches of the same case share them, for they do not depend on values."""
        return {}

    @cached_property
    def _price_index(self) -> dict[int, float]:
        """The price index of each year on its sheet."""
        index = self.tables.get("Price index")
        return {} if index is None else dict(zip(index["year"].astype(int), index["index"].astype(float), strict=True))

    def _find_price_factor(self, name: str) -> xr.DataArray | None:
        years = self.price_years.get(name)
        target = self.settings.price_year
        if years is None or target is None:
            return None
        known = self._price_index
        needed = {int(year) for year in years.values.ravel() if np.isfinite(year)}
        if needed <= {target}:
            return None
        for year in sorted(needed | {target}):
            if year not in known:
                what = f"has no index for {year}; '{name}' needs it to reach price year {target}"
                raise InputError(self.source, [Fault("Price index", what)])
        factors = [1.0 if not np.isfinite(year) else known[target] / known[int(year)] for year in years.values.ravel()]
        return years.copy(data=np.array(factors).reshape(years.shape))

    def units(self) -> dict[str, Unit]:
        """Units of the parameters, where their rows or their names tell them."""
        return self._units

    @cached_property
    def _units(self) -> dict[str, Unit]:
        rows = [] if self.inputs is None else zip(self.inputs["parameter"], self.inputs["unit"], strict=True)
        pairs = [(str(name), unit.strip() if isinstance(unit, str) else "") for name, unit in rows]
        return units_by_name(pairs, self.values, self.settings.currency)

    def used_values(self) -> dict[str, xr.DataArray]:
        """Values as the model gets them: costs moved to the price year of the settings."""
        used = dict(self.values)
        for name in self.price_years:
            factor = self.price_factor(name) if name in used else None
            if factor is not None:
                used[name] = times(used[name], factor)
        return used


def _same_draws(values: Mapping[str, xr.DataArray]) -> None:
    sizes = {name: array.sizes[DRAW] for name, array in values.items() if DRAW in array.dims}
    if len(set(sizes.values())) > 1:
        raise HeconError(f"parameters have different numbers of draws: {sizes}")


@dataclass(frozen=True, eq=False, repr=False)
class Inputs(ShownAsTables):
    """Everything a workbook says, checked: made by `read_workbook`."""

    source: str
    sha256: str
    model: str
    settings: Settings
    labels: Mapping[str, tuple[str, ...]]
    parameters: pd.DataFrame
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    homes: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    path: Path | None = None
    model_folder: str | None = None
    #: The model, and values on dimensions without labels, of inputs that were built in Python.
    given_model: Model | None = None
    unlisted: Mapping[str, xr.DataArray] = field(default_factory=dict)

    @cached_property
    def _laid_out(self) -> tuple[dict[str, tuple[str, ...]], dict[str, xr.DataArray], dict[str, xr.DataArray]]:
        return labelled_rows(self.parameters, self.labels)

    @cached_property
    def _checked(self) -> Case:
        """The base case of no model yet: laid out and checked once for all cases that are made of it."""
        labels, values, years = self._laid_out
        return Case(
            model=no_model,
            values={**values, **self.unlisted},
            labels=labels,
            settings=self.settings,
            tables=self.tables,
            source=self.source,
            sha256=self.sha256,
            homes=self.homes,
            price_years=years,
            inputs=self.parameters,
        )

    def base_case(self, model: Model | None = None) -> Case:
        """Give the case of the values on the sheets. The model is the one the workbook names, unless given."""
        return self._checked._changed(model=model or self.load_model())

    def load_model(self) -> Model:
        """Load the model file that the workbook names: a name looked up in folders of models, never a path."""
        if self.given_model is not None:
            return self.given_model
        return load_model(self.model, model_folders(self.path, self.model_folder), self.path)

    def draws(self, count: int | None = None, seed: int | None = None, model: Model | None = None) -> Case:
        """Give a batch: `count` draws of every uncertain input, each from its own stream of `seed`.

        The curves are those of the sheet Curves; `he.psa.run_draws` also draws families by the sheet Curve weights.
        """
        count = checked_count(self, count)
        return all_draws(self, seed, model).case(0, count)

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Names of the scenarios on the Scenarios sheet, in order."""
        return tuple(self._rows_of_scenarios)

    @cached_property
    def _rows_of_scenarios(self) -> dict[str, list[dict[str, Any]]]:
        """Rows of the Scenarios sheet by scenario."""
        return records_by(self.tables.get("Scenarios"), "scenario")

    def scenario(self, name: str, model: Model | None = None) -> Case:
        """Give the base case with the changes of one scenario of the Scenarios sheet."""
        return self.with_scenario(self.base_case(model), name).named(name)

    def with_scenario(self, case: Case, name: str) -> Case:
        """Give a case of this workbook with the changes of one scenario made to it, after those made already."""
        one_of(name, self.scenarios, "scenario")
        for of_curves, changes in groupby(self._rows_of_scenarios[name], lambda row: row["target"] in CURVE_TARGETS):
            if of_curves:
                case = case._with_curves(map(_curve_change, changes))
            else:
                for row in changes:
                    case = _apply(case, row)
        return case


def no_model(p: Parameters, time: Timeline) -> Any:
    """Stand for the model of a case that is never run: values are asked of it, no results."""
    raise HeconError("a case without a model cannot be run")


def _curve_change(row: Mapping[Any, Any]) -> tuple[str, str, Mapping[str, str]]:
    value = row["value"]
    return row["endpoint"], row["strategy"], {row["target"]: "" if pd.isna(value) else str(value)}


def _apply(case: Case, row: Mapping[Any, Any]) -> Case:
    target, value = row["target"], row["value"]
    if target in case.settings.as_dict():
        return case.with_settings(**{target: value})
    old = case.values[target]
    at = {d: row[d] for d in map(str, old.dims) if isinstance(row.get(d), str) and row[d]}
    if old.ndim and "family" in old.dims and "family" not in at and row.get("family"):
        at["family"] = row["family"]
    values = old.values.copy()
    values[tuple(old.get_index(d).get_loc(at[d]) if d in at else slice(None) for d in old.dims)] = float(value)
    new = with_data(old, values)
    refuse_values({target: new}, case.rows, f"scenario '{row['scenario']}'")
    return case._changed(values={**case.values, target: new})


# --- draws ---


@frozen
class RandomDraws:
    """Every random draw of a seed: any block of them as a case, with the same bits as in any other block."""

    base: Case
    uncertainty: Uncertainty
    seed: int

    def values(self, start: int, stop: int) -> np.ndarray:
        """Values (draw, uncertain row) of the draws `start` to `stop`."""
        return self.uncertainty.draw(stop - start, self.seed, start)

    def case(self, start: int, stop: int) -> Case:
        """Draws `start` to `stop` as a batch."""
        return self.with_values(self.values(start, stop))

    def with_values(self, values: np.ndarray) -> Case:
        """Give a batch of some of the `values`."""
        return with_rows(self.case_of(len(values)), self.uncertainty.rows, values)

    def case_of(self, count: int) -> Case:
        """Give the base case under the name and settings of so many draws, without their values."""
        return self.base.with_settings(draws=count, seed=self.seed).named(f"{count:,} draws")


def all_draws(inputs: Inputs, seed: int | None = None, model: Model | None = None) -> RandomDraws:
    """Give all the draws of a seed (that of the settings, if not given); nothing is drawn yet."""
    return RandomDraws(inputs.base_case(model), uncertainty_of(inputs), checked_seed(inputs, seed))


def checked_count(inputs: Inputs, count: int | None) -> int:
    """Number of draws asked for, or that of the settings. Raises `HeconError` for none and for parts of one."""
    count = count if count is not None else inputs.settings.draws
    return _whole_number("draws", count, 1)


def checked_seed(inputs: Inputs, seed: int | None) -> int:
    """Seed asked for, or that of the settings. Raises `HeconError` for anything but a whole number from 0."""
    seed = seed if seed is not None else inputs.settings.seed
    return _whole_number("seed", seed, 0)


def _whole_number(name: str, number: Any, least: int) -> int:
    is_whole = isinstance(number, numbers.Integral) or (isinstance(number, float) and number.is_integer())
    if isinstance(number, bool) or not is_whole or number < least:
        raise HeconError(f"{name} is {number}; it must be a whole number of at least {least}")
    return int(number)


def with_rows(case: Case, rows: Sequence[int], values: np.ndarray) -> Case:
    """Give a case as a batch in which some rows of its parameter sheets take the values (draw, row)."""
    if case.inputs is None:
        raise HeconError("a case without parameter sheets has no rows to vary; build it from hecon.Inputs")
    return case._changed(values=batch_of(case.values, case.inputs, rows, values))

"""The one way from a run of draws to the functions of plain arrays: `of_draws` lets each of them take a `Result`.

Decision and value-of-information analyses are written for costs and effects of shape (draw, strategy), from any model.
A `Result` of draws has them at several horizons, knows its strategies, its comparator, its thresholds and what its
inputs are called; this module fills them in and puts the tables of the horizons below each other.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, get_overloads

import numpy as np
import pandas as pd

from hecon.analysis.psa.export import costs_and_effects, parameter_table, run_horizons
from hecon.analysis.result import Result
from hecon.analysis.value.groups import INPUT, WAYS, groups_of
from hecon.analysis.value.sample import refuse_number
from hecon.inputs.input_names import key_columns
from hecon.labels import one_of

#: Arguments of a function of plain arrays that a `Result` stands for, at their front.
ARRAYS = ("costs", "effects", "parameters")

_Given = TypeVar("_Given")
_Pair = tuple[pd.DataFrame, pd.DataFrame]
#: One horizon, several, or (None) all of a run.
Horizons = float | Sequence[float] | None


def of_draws(
    function: Callable[..., _Given], *, at_once: Callable[..., Sequence[_Given]] | None = None
) -> Callable[..., _Given]:
    """Let a function of costs, effects (and parameters) take a `Result` of draws in their place.

    ``function(psa, ...)`` answers at every horizon of the run, or at `horizon` (one, or several): a table has the
    column horizon_years in front. `strategies` chooses those that the decision is between (all by default), `effect`
    what is gained ("qaly"). Thresholds and comparator are those of the settings, unless given; groups are named as in
    `groups_of`. `at_once` answers for a list of pairs (costs, effects) together, where that saves work.

    >>> import hecon as he
    >>> psa = he.run(he.read_workbook("inputs/isa_dara_pd_us.xlsx").draws(1000))  # doctest: +SKIP
    >>> he.value.ceac(psa, 150_000, horizon=3, strategies=["Isa-Pd", "Dara-Pd"])  # doctest: +SKIP
    """
    own = inspect.signature(function)
    arrays = [name for name in own.parameters if name in ARRAYS]
    keyword = inspect.Parameter.KEYWORD_ONLY
    extra = [inspect.Parameter("horizon", keyword, default=None), inspect.Parameter("effect", keyword, default="qaly")]
    rest = [parameter for name, parameter in own.parameters.items() if name not in arrays]
    batch_of = inspect.Parameter("psa", inspect.Parameter.POSITIONAL_ONLY)
    of_result = own.replace(parameters=[batch_of, *rest, *extra])

    @functools.wraps(function)
    def either(*arguments: Any, **options: Any) -> Any:
        if not (arguments and isinstance(arguments[0], Result)):
            return function(*arguments, **options)
        given = dict(of_result.bind_partial(*arguments, **options).arguments)
        psa, horizon, effect = given.pop("psa"), given.pop("horizon", None), given.pop("effect", "qaly")
        chosen = chosen_strategies(psa, given.pop("strategies", None))
        horizons = run_horizons(psa, horizon)
        pairs = [_columns(costs_and_effects(psa, at, effect), chosen) for at in horizons]
        if "parameters" in arrays:
            given["parameters"] = parameter_table(psa)
        given = _completed(given, own, psa, chosen)
        if at_once is not None:
            tables = at_once(pairs, **given)
        else:
            tables = [function(costs, effects, **given) for costs, effects in pairs]
        return _joined(tables, horizons)

    return shows_its_forms(either)


def shows_its_forms(function: Callable[..., _Given]) -> Callable[..., _Given]:
    """Have `help` say in how many ways a function can be called: its overloads, a line each."""
    forms = [str(inspect.signature(form)).split(" -> ")[0].replace("'", "") for form in get_overloads(function)]
    ways = "\n".join(f"        {function.__name__}{form}" for form in forms)
    function.__doc__ = f"{function.__doc__}\n    Called in two ways:\n\n{ways}\n    "
    return function


def chosen_strategies(psa: Result, strategies: Sequence[str] | str | None) -> list[str]:
    """Give the strategies that a decision is between: all of a run, or those that are named."""
    if strategies is None:
        return list(psa.strategies)
    named = [strategies] if isinstance(strategies, str) else list(strategies)
    return [one_of(name, psa.strategies, "strategy") for name in named]


def _columns(pair: _Pair, strategies: Sequence[str]) -> _Pair:
    costs, effects = pair
    chosen = list(strategies)
    return pair if list(costs) == chosen else (costs[chosen], effects[chosen])


def _completed(
    given: Mapping[str, Any], own: inspect.Signature, psa: Result, strategies: Sequence[str]
) -> dict[str, Any]:
    """Fill in what the case of the run knows: thresholds, comparator, and the inputs that groups stand for."""
    full = dict(given)
    if "willingness_to_pay" in own.parameters:
        full.setdefault("willingness_to_pay", psa.case.settings.willingness_to_pay)
    if "comparator" in own.parameters and full.get("comparator") is None and psa.case.comparator in strategies:
        full["comparator"] = psa.case.comparator
    if "groups" in own.parameters:
        full["groups"] = groups_of(psa, _way(psa, full.get("groups")))
    return full


def _way(psa: Result, groups: Any) -> Any:
    """Give groups as `groups_of` takes them: a word that is no way to group is the name of one group."""
    if groups is None:
        return INPUT
    refuse_number(groups)
    rows = psa.case.inputs
    ways = (*WAYS, *(key_columns(rows) if rows is not None else ()))
    return [groups] if isinstance(groups, str) and groups not in ways else groups


def _joined(tables: Sequence[Any], horizons: Sequence[float]) -> Any:
    """Put the tables of the horizons below each other; of a record of tables, each of its tables."""
    if isinstance(tables[0], pd.DataFrame):
        joined = pd.concat(tables, ignore_index=True)
        joined.insert(0, "horizon_years", np.repeat(np.array(horizons), [len(table) for table in tables]))
        return joined
    names = [field.name for field in dataclasses.fields(tables[0])]
    frames = {name: [getattr(table, name) for table in tables] for name in names}
    joined = {name: _joined(own, horizons) for name, own in frames.items() if isinstance(own[0], pd.DataFrame)}
    return dataclasses.replace(tables[0], **joined)

"""Global sensitivity analysis of any function, by SALib's methods (`hecon.analysis.sensitivity.salib`).

Designs are made on the unit cube and mapped by the caller, so every distribution works. Each of SALib's known traps is
closed here: answers that are not numbers stop the analysis, what does not vary is declared, a seed of 0 is a seed, the
designs and their analyses cannot disagree, and neither numpy's global generator nor a caller's problem is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from hecon.analysis.sensitivity.salib.bridge import kept_apart
from hecon.analysis.sensitivity.salib.method import Blueprint, Design
from hecon.analysis.sensitivity.salib.methods import METHODS
from hecon.errors import HeconError, UnknownNameError, did_you_mean
from hecon.frozen import frozen
from hecon.labels import one_of

#: Uniforms stay this far from 0 and 1, so that no quantile is infinite.
SHORT_OF_ENDS = 1e-12
#: Indices below this share of the largest are not worth ranking.
SMALL = 0.05

FunctionOfInputs = Callable[[np.ndarray], np.ndarray]


@frozen
class Sensitivity:
    """Sensitivity indices. `table` is tidy: output, input, input_2 (of a pair), index, value, half_width, low, high.

    The half-width is that of the 95 % interval, missing where the method gives none. `notes`: intervals too wide to
    rank the inputs, outputs that do not vary.
    """

    table: pd.DataFrame
    method: str
    n: int
    runs: int
    seed: int
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def ranked(self, output: object = None, index: str | None = None) -> pd.DataFrame:
        """Give one index (the one that ranks, if not given) of one output (the first), largest first."""
        return self._largest_first(index, output=self.table["output"].iloc[0] if output is None else output)

    def _largest_first(self, index: str | None, **at: object) -> pd.DataFrame:
        """Give the rows of one index that have these values in these columns. Raises `UnknownNameError` for none."""
        wanted = {"index": index or METHODS[self.method].rank, **at}
        rows = self.table
        for column, value in wanted.items():
            if not (rows[column] == value).any():
                known = ", ".join(str(one) for one in dict.fromkeys(rows[column]))
                raise UnknownNameError(f"there is no {column.replace('_', ' ')} '{value}' in the indices ({known})")
            rows = rows[rows[column] == value]
        return rows.sort_values("value", ascending=False, kind="stable").reset_index(drop=True)


def of_function(
    function: FunctionOfInputs,
    names: Sequence[str],
    method: str = "sobol",
    n: int | None = None,
    *,
    bounds: Sequence[tuple[float, float]] | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    seed: int = 0,
    second_order: bool = False,
    outputs: Sequence[object] | None = None,
) -> Sensitivity:
    """Sensitivity of a function of independent uniform inputs; see `hecon.global_sensitivity`."""
    names = tuple(names)
    if len(set(names)) < len(names) or not names:
        raise HeconError("names must be different, and at least one")
    edges = np.asarray(bounds if bounds is not None else [(0, 1)] * len(names), dtype=float)
    if edges.shape != (len(names), 2) or not np.isfinite(edges).all() or not (edges[:, 0] < edges[:, 1]).all():
        raise HeconError("bounds must be one pair (low, high) for each name, low below high")
    group_of = group_names(groups, names)
    players = tuple(dict.fromkeys(group_of))
    made = design(method, players, [players.index(group) for group in group_of], n, seed, second_order=second_order)
    values = edges[:, 0] + made.uniforms * (edges[:, 1] - edges[:, 0])
    answers = np.asarray(function(values), dtype=float)
    answers = answers[:, None] if answers.ndim == 1 else answers
    labels = list(outputs) if outputs is not None else list(range(1, answers.shape[1] + 1))
    return analyse(made, answers, labels, names, lambda: values)


def group_names(groups: Mapping[str, Sequence[str]] | None, names: Sequence[str]) -> list[str]:
    """Give the group of each input: its own name where it is in none. Raises `UnknownNameError` and `HeconError`."""
    group_of = {name: name for name in names}
    for group, members in (groups or {}).items():
        if not members:
            raise HeconError(f"group '{group}' names no input")
        for name in [members] if isinstance(members, str) else members:
            if name not in group_of:
                hint = did_you_mean(name, names)
                raise UnknownNameError(f"group '{group}' names '{name}', which is not an uncertain input.{hint}")
            if group_of[name] != name:
                raise HeconError(f"'{name}' is in group '{group_of[name]}' and in group '{group}'")
            group_of[name] = group
    return [group_of[name] for name in names]


def design(
    method: str,
    players: Sequence[str],
    player_of: Sequence[int],
    n: int | None = None,
    seed: int = 0,
    *,
    second_order: bool = False,
) -> Design:
    """Make the sample of a method for `players`, each of which moves one or more numbers of the unit cube."""
    one_of(method, METHODS, "method")
    n = METHODS[method].n if n is None else n
    plan = Blueprint(method, n, seed, tuple(players), tuple(player_of), second_order)
    _check(plan)
    with kept_apart(seed):
        raw, uniforms = METHODS[method].sample(plan, np.random.default_rng(seed))
    if uniforms.min() < SHORT_OF_ENDS or uniforms.max() > 1 - SHORT_OF_ENDS:
        uniforms = np.clip(uniforms, SHORT_OF_ENDS, 1 - SHORT_OF_ENDS)
    return Design(**vars(plan), uniforms=uniforms, raw=raw)


def _check(plan: Blueprint) -> None:
    own, method, n, seed, players = METHODS[plan.method], plan.method, plan.n, plan.seed, len(plan.players)
    if isinstance(n, bool) or n != int(n) or n < 1:
        raise HeconError(f"n is {n}; it must be a whole number of at least 1")
    if n < own.least:
        raise HeconError(f"n is {n}; method '{method}' needs at least {own.least}")
    if isinstance(seed, bool) or seed != int(seed) or seed < 0:
        raise HeconError(f"seed is {seed}; it must be a whole number of at least 0")
    if players < 2:
        raise HeconError(f"sensitivity needs at least two inputs or groups to tell apart, and there is {players}")
    if plan.grouped and not own.groups and not own.given_data:
        able = ", ".join(name for name, other in METHODS.items() if other.groups)
        raise HeconError(
            f"method '{method}' moves one input at a time, and some are drawn together; take one of {able}"
        )
    if plan.second_order and not own.second_order:
        able = " or ".join(f"'{name}'" for name, other in METHODS.items() if other.second_order)
        raise HeconError(f"second-order indices come with method {able}, not with '{method}'")
    if why := own.refuses(plan):
        raise HeconError(why)


def analyse(
    made: Design,
    answers: np.ndarray,
    outputs: Sequence[object],
    names: Sequence[str],
    values_of: Callable[[], np.ndarray],
) -> Sensitivity:
    """Analyse the answers (draw, output) to a design, whose inputs had the values (draw, name) that `values_of` gives.

    Methods that work on given data report every input of `names`; the others the players of the design.
    """
    method = METHODS[made.method]
    if answers.shape != (len(made.uniforms), len(outputs)):
        raise HeconError(f"the function gave an array {answers.shape}; {len(made.uniforms)} draws need one answer each")
    _check_finite(answers, outputs, names, values_of)
    reported = tuple(names) if method.given_data else made.players
    places = (values_of().argsort(axis=0).argsort(axis=0) + 0.5) / len(answers) if method.given_data else made.raw
    rows: list[dict[str, Any]] = []
    notes: list[str] = []
    for j, output in enumerate(outputs):
        column = np.ascontiguousarray(answers[:, j])
        varies = np.ptp(column) > 1e-12 * max(np.abs(column).max(), 1e-300)
        if not varies:
            notes.append(f"{_words(output)} does not vary: every index is 0")
        own = _indices(made, column, places, reported) if varies else _zeros(made, reported)
        rows += [{"output": output, **row} for row in own]
        if varies:
            notes += _too_wide(output, own, made)
    notes += [method.note] if method.note else []
    table = pd.DataFrame(rows)
    table["low"], table["high"] = table.value - table.half_width, table.value + table.half_width
    return Sensitivity(table, made.method, made.n, len(answers), made.seed, reported, tuple(dict.fromkeys(notes)))


def _words(output: object) -> str:
    return output if isinstance(output, str) else f"output {output}"


def _check_finite(
    answers: np.ndarray, outputs: Sequence[object], names: Sequence[str], values_of: Callable[[], np.ndarray]
) -> None:
    bad = np.argwhere(~np.isfinite(answers))
    if not len(bad):
        return
    (draw, output), values = map(int, bad[0]), values_of()
    extreme = np.argsort(-np.abs(values[draw] - np.median(values, axis=0)) / (values.std(axis=0) + 1e-300))[:3]
    shown = ", ".join(f"{names[i]} = {values[draw, i]:.6g}" for i in extreme)
    count = len(np.unique(bad[:, 0]))
    raise HeconError(
        f"draw {draw} of {len(answers):,} gives {answers[draw, output]} for {_words(outputs[output])} "
        f"({count:,} draws in all do); its most extreme inputs are {shown}"
    )


def _indices(made: Design, column: np.ndarray, places: np.ndarray, reported: Sequence[str]) -> list[dict[str, Any]]:
    method = METHODS[made.method]
    with kept_apart(made.seed):
        found = method.analyse(made, column, places, np.random.default_rng([made.seed, 1]))
    rows = []
    for index, (key, width) in method.indices.items():
        value = np.asarray(found[key], dtype=float)[: len(reported)]
        half = np.asarray(found[width], dtype=float)[: len(reported)] if width else np.full(len(reported), np.nan)
        rows += [_row(name, "", index, v, h) for name, v, h in zip(reported, value, half, strict=True)]
    if made.second_order:
        rows += [
            _row(a, reported[j], "second", found["S2"][i, j], found["S2_conf"][i, j])
            for i, a in enumerate(reported)
            for j in range(i + 1, len(reported))
        ]
    return rows


def _row(name: str, other: str, index: str, value: float, half_width: float) -> dict[str, Any]:
    return {"input": name, "input_2": other, "index": index, "value": float(value), "half_width": float(half_width)}


def _zeros(made: Design, reported: Sequence[str]) -> list[dict[str, Any]]:
    rows = [_row(name, "", index, 0, 0) for index in METHODS[made.method].indices for name in reported]
    pairs = [(a, b) for i, a in enumerate(reported) for b in reported[i + 1 :]] if made.second_order else []
    return rows + [_row(a, b, "second", 0, 0) for a, b in pairs]


def _too_wide(output: object, rows: Sequence[Mapping[str, Any]], made: Design) -> Iterator[str]:
    """Say which of the five largest indices the intervals cannot put in order."""
    rank = METHODS[made.method].rank
    own = sorted((row for row in rows if row["index"] == rank), key=lambda row: -row["value"])
    large = [row for row in own if row["value"] > SMALL * own[0]["value"]][:5]
    tied = [
        f"{a['input']} and {b['input']}"
        for a, b in zip(large, large[1:], strict=False)
        if a["value"] - b["value"] < np.hypot(a["half_width"], b["half_width"])
    ]
    if tied:
        yield (
            f"{_words(output)}: with n = {made.n:,} the intervals are too wide to rank {'; '.join(tied)}; "
            f"try n = {4 * made.n:,}"
        )

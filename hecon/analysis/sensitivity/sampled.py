"""Global sensitivity analysis of any function, by SALib's methods: the only module that imports SALib.

Designs are made on the unit cube and mapped by the caller, so every distribution works. Each of SALib's known traps is
closed here: answers that are not numbers stop the analysis, what does not vary is declared, a seed of 0 is a seed, the
designs and their analyses cannot disagree, and neither numpy's global generator nor a caller's problem is touched.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from hecon.errors import HeconError, UnknownNameError, did_you_mean
from hecon.labels import one_of

#: Uniforms stay this far from 0 and 1, so that no quantile is infinite.
EDGE = 1e-12
#: Morris and DGSM move between fixed levels, 0 and 1 among them: those stand for these quantiles.
LEVELS = (0.005, 0.995)
COVERAGE = 0.95
RESAMPLES = 100
#: Largest number of inputs for HDMR, which fits every pair of them.
HDMR_INPUTS = 12
#: Indices below this share of the largest are not worth ranking.
SMALL = 0.05

Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Method:
    """One of SALib's methods: default n, what it gives, whether it takes groups, and which index ranks the inputs."""

    n: int
    indices: Mapping[str, tuple[str, str]]
    rank: str
    groups: bool = False
    least: int = 2
    given_data: bool = False


#: What each method gives: our name of an index, SALib's name, SALib's name of its half-width.
# fmt: off
METHODS: dict[str, Method] = {
    "sobol": Method(1024, {"first": ("S1", "S1_conf"), "total": ("ST", "ST_conf")}, "total", groups=True),
    "morris": Method(64, {"mean_absolute_effect": ("mu_star", "mu_star_conf"), "mean_effect": ("mu", ""),
                          "sd_of_effects": ("sigma", "")}, "mean_absolute_effect", groups=True),
    "fast": Method(257, {"first": ("S1", "S1_conf"), "total": ("ST", "ST_conf")}, "total", least=65),
    "rbd_fast": Method(2048, {"first": ("S1", "S1_conf")}, "first", least=64, given_data=True),
    "delta": Method(4096, {"delta": ("delta_raw", "delta_raw_conf"), "first": ("S1", "S1_conf")}, "delta",
                    least=100, given_data=True),
    "pawn": Method(2048, {"median": ("median", ""), "mean": ("mean", ""), "maximum": ("maximum", "")}, "median",
                   least=100, given_data=True),
    "dgsm": Method(256, {"upper_bound_of_total": ("dgsm", "dgsm_conf"), "mean_squared_slope": ("vi", "")},
                   "upper_bound_of_total"),
    "hdmr": Method(1024, {"first": ("Sa", "Sa_conf"), "total": ("ST", "ST_conf")}, "total",
                   least=600, given_data=True),
    "shapley": Method(1024, {"shapley": ("shapley_normalized", "shapley_normalized_conf")}, "shapley", groups=True),
}
# fmt: on


@dataclass(frozen=True, eq=False)
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
        index = index or METHODS[self.method].rank
        outputs = list(dict.fromkeys(self.table["output"]))
        output = outputs[0] if output is None else output
        rows = self.table[(self.table["output"] == output) & (self.table["index"] == index)]
        if rows.empty:
            known = ", ".join(dict.fromkeys(self.table["index"]))
            raise UnknownNameError(
                f"there is no index '{index}' of output '{output}' (indices {known}; outputs {outputs})"
            )
        return rows.sort_values("value", ascending=False, kind="stable").reset_index(drop=True)


@dataclass(frozen=True)
class Design:
    """A sample of the unit cube with what its method needs to be analysed; made once, so both always agree."""

    method: str
    n: int
    seed: int
    players: tuple[str, ...]
    player_of: tuple[int, ...]
    second_order: bool
    uniforms: np.ndarray
    raw: np.ndarray

    @property
    def grouped(self) -> bool:
        """Whether some numbers of the cube move together."""
        return len(self.players) < len(self.player_of)


def sensitivity_of(
    function: Function,
    names: Sequence[str],
    n: int | None = None,
    method: str = "sobol",
    *,
    bounds: Sequence[tuple[float, float]] | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    seed: int = 0,
    second_order: bool = False,
    outputs: Sequence[object] | None = None,
) -> Sensitivity:
    """Sensitivity of a function of independent uniform inputs, by one of `METHODS`.

    `function` maps an array (draw, input) to one answer a draw, or to (draw, output). Inputs are uniform on [0, 1], or
    on `bounds`. `n` is the size of the base sample: sobol runs n (inputs + 2), or n (2 inputs + 2) with `second_order`;
    morris and shapley n (inputs + 1). `groups` names inputs that move together (sobol, morris, shapley). For
    sobol n must be a power of 2. Raises `HeconError` and `UnknownNameError`.

    >>> found = sensitivity_of(lambda x: x @ [1, 2], ["a", "b"], n=1024)
    >>> found.ranked(index="first").value.round(1).tolist()
    [0.8, 0.2]
    """
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
    return analyse(made, answers, labels, names, values)


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
    _check(method, n, seed, len(players), len(player_of), second_order)
    generator = np.random.default_rng(seed)
    size = len(players) if method == "shapley" else len(player_of)
    grouped = len(players) < len(player_of)
    problem = _problem(size, player_of if grouped and method in ("sobol", "morris") else None)
    with _kept_apart(seed):
        if method == "sobol":
            sampler = _salib("sample.sobol")
            raw = sampler.sample(
                problem, n, calc_second_order=second_order, scramble=True, skip_values=0, seed=generator
            )
        elif method == "morris":
            raw = _salib("sample.morris").sample(problem, n, num_levels=4, seed=generator)
        elif method == "fast":
            raw = _salib("sample.fast_sampler").sample(problem, n, seed=generator)
        elif method == "dgsm":
            raw = _salib("sample.finite_diff").sample(problem, n, seed=generator)
        elif method == "shapley":
            raw = _salib("sample.shapley").sample(problem, n, seed=generator)
        else:
            raw = _salib("sample.latin").sample(problem, n, seed=generator)
    uniforms = raw
    if method in ("morris", "dgsm"):
        uniforms = LEVELS[0] + (LEVELS[1] - LEVELS[0]) * raw
    elif method == "shapley" and grouped:
        uniforms = _by_player(raw, player_of, n, generator)
    uniforms = np.clip(uniforms, EDGE, 1 - EDGE)
    return Design(method, n, seed, tuple(players), tuple(player_of), second_order, uniforms, raw)


def _check(method: str, n: int, seed: int, players: int, uniforms: int, second_order: bool) -> None:
    if isinstance(n, bool) or n != int(n) or n < 1:
        raise HeconError(f"n is {n}; it must be a whole number of at least 1")
    if method == "sobol" and n & (n - 1):
        below = 1 << (n.bit_length() - 1)
        raise HeconError(f"n is {n:,}; a Sobol sample needs a power of 2, such as {below:,} or {2 * below:,}")
    if n < METHODS[method].least:
        raise HeconError(f"n is {n}; method '{method}' needs at least {METHODS[method].least}")
    if isinstance(seed, bool) or seed != int(seed) or seed < 0:
        raise HeconError(f"seed is {seed}; it must be a whole number of at least 0")
    if players < 2:
        raise HeconError(f"sensitivity needs at least two inputs or groups to tell apart, and there is {players}")
    if players < uniforms and not METHODS[method].groups and not METHODS[method].given_data:
        able = ", ".join(name for name, other in METHODS.items() if other.groups)
        raise HeconError(
            f"method '{method}' moves one input at a time, and some are drawn together; take one of {able}"
        )
    if method == "hdmr" and uniforms > HDMR_INPUTS:
        raise HeconError(f"method 'hdmr' fits every pair of inputs, so at most {HDMR_INPUTS}; there are {uniforms}")
    if second_order and method != "sobol":
        raise HeconError(f"second-order indices come with method 'sobol', not with '{method}'")


def _by_player(raw: np.ndarray, player_of: Sequence[int], n: int, generator: np.random.Generator) -> np.ndarray:
    """Turn a Shapley design of players into one of all their numbers: those of a player change together."""
    trajectories = raw.reshape(n, -1, raw.shape[1])
    changed = (trajectories != trajectories[:, :1])[:, :, list(player_of)]
    first, second = generator.random((2, n, 1, len(player_of)))
    return np.where(changed, second, first).reshape(-1, len(player_of))


def analyse(
    made: Design, answers: np.ndarray, outputs: Sequence[object], names: Sequence[str], values: np.ndarray
) -> Sensitivity:
    """Analyse the answers (draw, output) to a design, whose inputs had the `values` (draw, name).

    Methods that work on given data report every input of `names`; the others the players of the design.
    """
    method = METHODS[made.method]
    if answers.shape != (len(made.uniforms), len(outputs)):
        raise HeconError(f"the function gave an array {answers.shape}; {len(made.uniforms)} draws need one answer each")
    _check_finite(made, answers, outputs, names, values)
    reported = tuple(names) if method.given_data else made.players
    places = (values.argsort(axis=0).argsort(axis=0) + 0.5) / len(values) if method.given_data else made.raw
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
    if made.method == "fast":
        notes.append("the intervals of FAST come from resampling its search curve and are only indicative")
    table = pd.DataFrame(rows)
    table["low"], table["high"] = table.value - table.half_width, table.value + table.half_width
    return Sensitivity(table, made.method, made.n, len(answers), made.seed, reported, tuple(dict.fromkeys(notes)))


def _words(output: object) -> str:
    return output if isinstance(output, str) else f"output {output}"


def _check_finite(
    made: Design, answers: np.ndarray, outputs: Sequence[object], names: Sequence[str], values: np.ndarray
) -> None:
    bad = np.argwhere(~np.isfinite(answers))
    if not len(bad):
        return
    draw, output = map(int, bad[0])
    extreme = np.argsort(-np.abs(values[draw] - np.median(values, axis=0)) / (values.std(axis=0) + 1e-300))[:3]
    shown = ", ".join(f"{names[i]} = {values[draw, i]:.6g}" for i in extreme)
    count = len(np.unique(bad[:, 0]))
    raise HeconError(
        f"draw {draw} of {len(answers):,} gives {answers[draw, output]} for {_words(outputs[output])} "
        f"({count:,} draws in all do); its most extreme inputs are {shown}"
    )


def _indices(made: Design, column: np.ndarray, places: np.ndarray, reported: Sequence[str]) -> list[dict[str, Any]]:
    method = METHODS[made.method]
    found = _run_salib(made, column, places, len(reported))
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


def _run_salib(made: Design, column: np.ndarray, places: np.ndarray, reported: int) -> dict[str, Any]:
    by_group = made.grouped and made.method in ("sobol", "morris")
    problem = _problem(places.shape[1], made.player_of if by_group else None)
    generator = np.random.default_rng([made.seed, 1])
    sized = {"num_resamples": RESAMPLES, "conf_level": COVERAGE}
    with _kept_apart(made.seed):
        if made.method == "sobol":
            analyser = _salib("analyze.sobol")
            return analyser.analyze(problem, column, calc_second_order=made.second_order, seed=generator, **sized)
        if made.method == "morris":
            return _salib("analyze.morris").analyze(problem, places, column, num_levels=4, seed=generator, **sized)
        if made.method == "fast":
            return _salib("analyze.fast").analyze(problem, column, **sized)
        if made.method == "rbd_fast":
            return _salib("analyze.rbd_fast").analyze(problem, places, column, seed=generator, **sized)
        if made.method == "delta":
            sized["num_resamples"] = 10  # each costs as much as the estimate itself
            return _salib("analyze.delta").analyze(problem, places, column, **sized)
        if made.method == "pawn":
            return _salib("analyze.pawn").analyze(problem, places, column)
        if made.method == "dgsm":
            found = dict(_salib("analyze.dgsm").analyze(problem, places, column, **sized))
            # SALib's interval is that of the mean squared slope: bring it to the scale of the index it stands beside.
            base = column[:: reported + 1]
            found["dgsm_conf"] = np.asarray(found["dgsm_conf"]) / (np.pi**2 * base.var())
            return found
        if made.method == "hdmr":
            analyser, order = _salib("analyze.enhanced_hdmr"), 6 if reported <= 5 else 3
            return analyser.analyze(problem, places, column, max_order=2, poly_order=order, bootstrap=5)
        return _salib("analyze.shapley").analyze(problem, made.raw, column, conf_level=COVERAGE)


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


def _problem(size: int, player_of: Sequence[int] | None) -> dict[str, Any]:
    """Make a fresh problem on the unit cube, in neutral names: SALib changes problems and forbids some names."""
    bounds = [[0.0, 1.0] for _ in range(size)]
    groups = {} if player_of is None else {"groups": [f"g{player}" for player in player_of]}
    return {"num_vars": size, "names": [f"x{i}" for i in range(size)], "bounds": bounds, **groups}


def _salib(name: str) -> Any:
    try:
        return import_module(f"SALib.{name}")
    except ImportError as error:
        raise HeconError(f"this method needs SALib 1.6 or later ({error})") from error


@contextlib.contextmanager
def _kept_apart(seed: int) -> Iterator[None]:
    """Give SALib a seeded global generator and its own warnings, and put back what it found."""
    state, layout = np.random.get_state(), warnings.formatwarning  # noqa: NPY002
    np.random.seed(seed % 2**32)  # noqa: NPY002  (pawn, delta, dgsm, fast and hdmr draw from the global one)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(state)  # noqa: NPY002
        warnings.formatwarning = layout

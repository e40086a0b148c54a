"""Figures by name, as a notebook asks for them: ``result.plot.survival()``, ``suite.plot.tornado()``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from hecon.analysis.result import Result
from hecon.analysis.scenarios import with_base
from hecon.analysis.suite import Suite
from hecon.errors import HeconError, did_you_mean
from hecon.labels import DRAW, one_of
from hecon.report.figures.budget import budget_figure
from hecon.report.figures.decision_map import decision_map_figure
from hecon.report.figures.diagram import diagram_figure
from hecon.report.figures.drawing import Figure
from hecon.report.figures.frontier import frontier_figure
from hecon.report.figures.heat_map import price_grid_figure
from hecon.report.figures.results import cost_breakdown_figure, incremental_plane, occupancy_figure, scenario_figure
from hecon.report.figures.studies import evsi_figure
from hecon.report.figures.survival import hazard_figure, survival_figure
from hecon.report.figures.uncertainty import (
    acceptability_figure,
    convergence_figure,
    evpi_figure,
    evppi_figure,
    sobol_figure,
    tornado_figure,
)

Draw = Callable[..., Figure]


class Plots:
    """The figures of a result, a run of draws or a suite, each a method; its arguments are those of its function.

    >>> import hecon as he
    >>> dir(he.run(he.read_workbook("inputs/hip_replacement.xlsx").base_case()).plot)
    ['costs', 'diagram', 'frontier', 'hazards', 'plane', 'states', 'survival']
    """

    def __init__(self, source: Result | Suite) -> None:
        if isinstance(source, Suite):
            base = {name: partial(_of_base, draw) for name, draw in _BASE.items()}
            draws = {name: _plain("psa", draw) for name, draw in _DRAWS.items() if name not in base}
            known: Mapping[str, Draw] = {**base, **draws, **_SUITE}
        else:
            known = _DRAWS if DRAW in source.totals.dims else _BASE
        self._known, self._source = known, source

    def __getattr__(self, name: str) -> Draw:
        if name.startswith("_") or name not in self._known:
            hint = did_you_mean(name, self._known)
            raise AttributeError(f"there is no figure '{name}' ({', '.join(sorted(self._known))}).{hint}")
        return partial(self._known[name], self._source)

    def __dir__(self) -> list[str]:
        return sorted(self._known)


def _structure(result: Result) -> Figure:
    if result.structure is None:
        raise HeconError("this result has no structure to draw: it is kept for a single set of values, not for draws")
    return diagram_figure(result.structure)


_BASE: Mapping[str, Draw] = {
    "survival": survival_figure,
    "hazards": hazard_figure,
    "states": occupancy_figure,
    "costs": cost_breakdown_figure,
    "plane": incremental_plane,
    "frontier": frontier_figure,
    "diagram": _structure,
}
_DRAWS: Mapping[str, Draw] = {
    "costs": cost_breakdown_figure,
    "plane": incremental_plane,
    "frontier": frontier_figure,
    "acceptability": acceptability_figure,
    "evpi": evpi_figure,
    "convergence": convergence_figure,
}


def _of_base(draw: Draw, suite: Suite, *arguments: Any, **options: Any) -> Figure:
    return draw(suite.base, *arguments, **options)


def _found(suite: Suite, name: str) -> Any:
    """Give what an analysis of the suite found. Raises `HeconError` where it was not done."""
    given: Mapping[str, object] = suite.analyses
    if name not in given:
        why = f": {suite.skipped[name]}" if name in suite.skipped else ""
        raise HeconError(f"this suite has no analysis '{name}'{why}")
    return given[name]


def _tornado(
    suite: Suite, strategy: str | None = None, *arguments: Any, outcome: str | None = None, **options: Any
) -> Figure:
    """Draw the tornado of net benefit, or of another `outcome`: cost, qaly, icer."""
    found = {one.measure.strategy: one for one in _found(suite, "one_way")}
    own = found[next(iter(found)) if strategy is None else one_of(strategy, found, "strategy")]
    known = {one.measure.outcome: one for one in (own, *own.beside, *([own.ratio] if own.ratio is not None else []))}
    chosen = own.measure.outcome if outcome is None else one_of(outcome, known, "outcome of the one-way analysis")
    return tornado_figure(known[chosen], *arguments, **options)


def _scenarios(suite: Suite, *arguments: Any, **options: Any) -> Figure:
    return scenario_figure(with_base(_found(suite, "scenarios"), suite.base), *arguments, **options)


def _evppi(suite: Suite, decision: str | None = None, *arguments: Any, **options: Any) -> Figure:
    table = _found(suite, "evppi")
    known = list(dict.fromkeys(table["decision"]))
    own = known[0] if decision is None else one_of(decision, known, "decision")
    return evppi_figure(table[table["decision"] == own], *arguments, **options)


def _plain(name: str, draw: Draw) -> Draw:
    """Draw what one analysis found, as it is."""

    def drawn(suite: Suite, *arguments: Any, **options: Any) -> Figure:
        return draw(_found(suite, name), *arguments, **options)

    return drawn


_SUITE: Mapping[str, Draw] = {
    "draws": _plain("psa", incremental_plane),
    "tornado": _tornado,
    "scenarios": _scenarios,
    "evppi": _evppi,
    "evsi": _plain("evsi", evsi_figure),
    "sobol": _plain("sobol", sobol_figure),
    "budget": _plain("budget", budget_figure),
    "price_grid": _plain("price_grid", price_grid_figure),
    "map": _plain("map", decision_map_figure),
}

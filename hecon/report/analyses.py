"""What an export holds beside one result: the analyses that are given to it, checked and completed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from hecon.analysis.result import Result
from hecon.analysis.sensitivity.one_way import OneWay
from hecon.analysis.sensitivity.prices import COLUMNS
from hecon.analysis.sensitivity.sobol import GlobalSensitivity
from hecon.analysis.suite import ANALYSES, decisions
from hecon.errors import HeconError, UnknownNameError, did_you_mean
from hecon.report.provenance import crossing_rows
from hecon.report.tables_uncertainty import PsaTables, one_way_table


@dataclass(frozen=True, eq=False)
class Analyses:
    """The analyses of an export by name; what was not given is empty."""

    scenarios: Mapping[str, Result] = field(default_factory=dict)
    one_way: tuple[OneWay, ...] = ()
    thresholds: pd.DataFrame = field(default_factory=pd.DataFrame)
    psa: PsaTables | None = None
    evppi: pd.DataFrame = field(default_factory=pd.DataFrame)
    evsi: pd.DataFrame = field(default_factory=pd.DataFrame)
    sobol: GlobalSensitivity | None = None

    @classmethod
    def given(cls, result: Result, analyses: Mapping[str, Any]) -> Analyses:
        """Check what a caller gives by name; None and what is empty count as not given.

        Raises `UnknownNameError` for a name that is no analysis, `HeconError` for something else in its place.
        """
        found: dict[str, Any] = {}
        for name, value in analyses.items():
            if name not in ANALYSES:
                hint = did_you_mean(name, ANALYSES)
                raise UnknownNameError(f"there is no analysis '{name}' to write ({', '.join(ANALYSES)}).{hint}")
            if value is not None and not (hasattr(value, "__len__") and len(value) == 0):
                found[name] = _CHECKS[name](value, result)
        return cls(**found)

    def by_name(self) -> dict[str, Any]:
        """Give the analyses as `given` takes them: what was worked out of them for one export serves the next."""
        return dict(vars(self))

    def tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Every table of uncertainty by its name."""
        yield "one_way", one_way_table(self.one_way)
        yield "thresholds", self.thresholds
        if self.psa is not None:
            yield from self.psa.tables()
            yield "psa_crossings", pd.DataFrame(crossing_rows(self.psa.psa))
        yield "evppi", self.evppi
        yield "evsi", self.evsi
        if self.sobol is not None:
            yield "sobol", self.sobol.table


def _scenarios(value: Any, _: Result) -> Mapping[str, Result]:
    if not isinstance(value, Mapping) or not all(isinstance(one, Result) for one in value.values()):
        raise HeconError("scenarios is a mapping of names to results, such as {'Lower price': he.run(cheaper)}")
    return value


def _one_way(value: Any, _: Result) -> tuple[OneWay, ...]:
    listed = (value,) if isinstance(value, OneWay) else tuple(value) if isinstance(value, Sequence) else ()
    if not listed or not all(isinstance(one, OneWay) for one in listed):
        raise HeconError("one_way is what he.one_way(inputs, ...) gives, or a list of such")
    return listed


def _psa(value: Any, result: Result) -> PsaTables:
    if isinstance(value, PsaTables):
        return value
    if not isinstance(value, Result):
        raise HeconError("psa is a run of draws: he.run(inputs.draws(10_000))")
    if value.strategies != result.strategies:
        names = f"{', '.join(value.strategies)}; those of the base case are {', '.join(result.strategies)}"
        raise HeconError(f"the strategies of psa are {names}")
    return PsaTables(value, result)


def _thresholds(value: Any, _: Result) -> pd.DataFrame:
    return _table(value, "thresholds", COLUMNS, "he.decision_thresholds(inputs)")


def _evppi(value: Any, result: Result) -> pd.DataFrame:
    columns = ("horizon_years", "group", "willingness_to_pay", "evppi")
    return _with_decision(_table(value, "evppi", columns, "he.evppi(psa, ...)"), result)


def _evsi(value: Any, result: Result) -> pd.DataFrame:
    if "Studies" not in result.case.tables:
        raise HeconError("evsi is for the studies of a workbook, and this result's workbook has no sheet Studies")
    return _with_decision(
        _table(value, "evsi", ("design", "horizon_years", "evsi", "study_cost"), "he.evsi_of(psa)"), result
    )


def _with_decision(table: pd.DataFrame, result: Result) -> pd.DataFrame:
    """Name the decision of a table that does not: the one between all strategies."""
    if "decision" in table:
        return table
    return pd.concat([pd.Series(list(decisions(result.case))[-1], table.index, name="decision"), table], axis=1)


def _table(value: Any, name: str, columns: Sequence[str], maker: str) -> pd.DataFrame:
    if not isinstance(value, pd.DataFrame) or not set(columns) <= set(map(str, value.columns)):
        raise HeconError(f"{name} is the table that {maker} gives, with the columns {', '.join(columns)}, ...")
    return value


def _sobol(value: Any, _: Result) -> GlobalSensitivity:
    if not isinstance(value, GlobalSensitivity):
        raise HeconError("sobol is what he.sobol(inputs, ...) gives")
    return value


_CHECKS = {
    "scenarios": _scenarios, "one_way": _one_way, "thresholds": _thresholds, "psa": _psa, "evppi": _evppi,
    "evsi": _evsi, "sobol": _sobol,
}  # fmt: skip

"""What the chapters of a report are written from: one run, its analyses, its health, the sources that it cites."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from hecon.analysis.health import Health
from hecon.analysis.psa.tables import PsaTables
from hecon.analysis.result import Result, is_cost_effectiveness
from hecon.inputs.confidential import CONFIDENTIAL
from hecon.report.analyses import Analyses
from hecon.report.document.numbering import pointer
from hecon.report.document.profiles import Profile, departures
from hecon.report.tables import inputs_table, published_fit_table

if TYPE_CHECKING:
    from hecon.report.equations.appendix import Equations

#: Tables of a workbook whose rows name sources, in the order of citing, after the inputs.
_CITING = (
    "Published survival",
    "Schedules",
    "Packs",
    "Price index",
    "Life table",
    "Utility norms",
    "Market",
    "Studies",
)


@dataclass(eq=False)
class Material:
    """Everything that is told: the base case, its analyses, its health, the payer's profile, the equations if any.

    `drawn_at_rates` holds the draws once more at the payer's discount rates, where they were done. `sources` numbers
    what is cited, in the order in which it is first met.
    """

    base: Result
    analyses: Analyses
    profile: Profile
    equations: Equations | None = None
    drawn_at_rates: PsaTables | None = None
    _cited: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for frame in (self.inputs, *(self.base.case.tables.get(name) for name in _CITING)):
            if frame is not None and "source" in frame:
                for source in frame["source"]:
                    self.cite(source)

    @property
    def health(self) -> Health | None:
        """What the checks of the model found, where they were made."""
        found: Health | None = self.analyses.get("health")
        return found

    @property
    def currency(self) -> str:
        """Currency of the costs."""
        return self.analyses.currency

    @property
    def strategies(self) -> tuple[str, ...]:
        """Every strategy, in order."""
        return self.base.strategies

    @property
    def comparator(self) -> str:
        """The strategy that increments are taken against."""
        return self.base.case.comparator

    @property
    def others(self) -> list[str]:
        """Every strategy but the comparator."""
        return [name for name in self.strategies if name != self.comparator]

    @property
    def horizons(self) -> tuple[float, ...]:
        """Horizons, in years."""
        return self.base.time.horizons

    @property
    def thresholds(self) -> tuple[float, ...]:
        """Every willingness to pay of the settings."""
        return self.base.case.settings.willingness_to_pay

    @property
    def measures(self) -> list[str]:
        """Measures that the model has."""
        return [str(name) for name in self.base.totals if not str(name).startswith("undiscounted_")]

    @property
    def compares(self) -> bool:
        """Whether there are costs and QALYs of two strategies or more."""
        return is_cost_effectiveness(self.base) and len(self.strategies) > 1

    @cached_property
    def inputs(self) -> pd.DataFrame:
        """Every input as it was used."""
        return inputs_table(self.base)

    @cached_property
    def fit(self) -> pd.DataFrame:
        """Published survival beside the model's."""
        return published_fit_table(self.base)

    @cached_property
    def departures(self) -> list[tuple[str, str, str, str]]:
        """Conventions of the payer beside those of this analysis."""
        marked = int((self.inputs[CONFIDENTIAL] == "yes").sum()) if CONFIDENTIAL in self.inputs else 0
        return departures(self.base.case.settings, self.profile, self.analyses.found, marked)

    @property
    def sources(self) -> tuple[str, ...]:
        """What was cited, by number from 1."""
        return tuple(self._cited)

    def cite(self, source: Any) -> str:
        """Give the pointer to a source; nothing for a cell without one."""
        if not isinstance(source, str) or not source.strip():
            return ""
        return pointer(self._cited.setdefault(source.strip(), len(self._cited) + 1))

    def cited(self, sources: Iterable[Any]) -> list[str]:
        """Give the pointers to sources, one for each row."""
        return [self.cite(source) for source in sources]

    def table_of(self, name: str) -> pd.DataFrame | None:
        """Give a table of the workbook, if it has rows."""
        frame = self.base.case.tables.get(name)
        return frame if frame is not None and len(frame) else None


def labels_in_words(row: Mapping[Any, Any], keys: Iterable[str]) -> str:
    """Join the labels that a row is about."""
    from hecon.report.words import in_words

    return ", ".join(in_words(row[key]) for key in keys if isinstance(row[key], str) and row[key])

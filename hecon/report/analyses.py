"""What an export holds beside one result: the analyses that are given to it, checked and completed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

import pandas as pd

from hecon.analysis.registry import ANALYSES, analysis, tables_of_analysis
from hecon.analysis.result import Result
from hecon.analysis.suite import is_empty
from hecon.errors import UnknownNameError, did_you_mean
from hecon.frozen import frozen


@frozen
class Analyses:
    """The analyses of an export by name, each as its record accepted it, and the base case beside which they stand."""

    base: Result
    found: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def given(cls, base: Result, analyses: Mapping[str, Any]) -> Analyses:
        """Check what a caller gives by name; None and what is empty count as not given.

        Raises `UnknownNameError` for a name that is no analysis, `HeconError` for something else in its place.
        """
        for name in analyses:
            if name not in ANALYSES:
                hint = did_you_mean(name, ANALYSES)
                raise UnknownNameError(f"there is no analysis '{name}' to write ({', '.join(ANALYSES)}).{hint}")
        kept = [name for name in ANALYSES if name in analyses and not is_empty(analyses[name])]
        return cls(base, {name: analysis(name).accept(analyses[name], base) for name in kept})

    def __contains__(self, name: str) -> bool:
        return name in self.found

    def get(self, name: str) -> Any:
        """Give what an analysis found, or None if it was not given. Raises `UnknownNameError` for no analysis."""
        analysis(name)
        return self.found.get(name)

    @property
    def currency(self) -> str:
        """Currency of the costs."""
        return self.base.case.settings.currency

    @property
    def thresholds(self) -> tuple[float, ...]:
        """Every willingness to pay of the settings."""
        return self.base.case.settings.willingness_to_pay

    def by_name(self) -> dict[str, Any]:
        """Give the analyses as `given` takes them: what was worked out of them for one export serves the next."""
        return dict(self.found)

    def tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Every table of the analyses by its name."""
        for name, value in self.found.items():
            yield from tables_of_analysis(name, value, self.base)

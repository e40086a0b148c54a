"""Severity in a live workbook: QALE by recursion over the ages of the life table, shortfalls, and the weight."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from hecon.analysis.result import Result
from hecon.analysis.value.shortfall import BOTH, FEMALE, LIFE_TABLE, MALE, NICE, SLACK, has_severity, severity
from hecon.excel.addresses import letters
from hecon.labels import STRATEGY
from hecon.report.live.grid import FormulaGrid, WrittenCell, result_cell
from hecon.report.live.model import LiveModel
from hecon.report.live.pages import Writer
from hecon.states.norms import UTILITY_NORMS
from hecon.timeline import discount_factor

_TOP = 3
_RATE = "discount_rate_effect"
#: Columns of the ages and of the first sex.
_AGES, _FIRST = 4, 5


def can_be_written(built: LiveModel) -> bool:
    """Whether there are shortfalls, and one rate at which years of age are discounted."""
    case, results = built.live.case, built.results
    priced = {"cost", "qaly"} <= set(map(str, results.base.totals)) and len(results.strategies) > 1
    return has_severity(built.live.inputs) and priced and isinstance(case.settings.discount_rate_effect, float)


class SeverityPage:
    """Writes the sheet; `differences` is then the cell of the largest difference from the engine, with its value."""

    def __init__(self, writer: Writer, built: LiveModel, name: str, scenarios: Mapping[str, Result]) -> None:
        self._built, self._live, self._layout = built, built.live, writer.layout
        self._page = writer.book.page(name, help="QALE of the general population, shortfall and weight, by formula.",
                                      tab="#1F3864")  # fmt: skip
        self._grid = FormulaGrid(self._page)
        self._engine = {scenario: severity(result) for scenario, result in scenarios.items()}
        self.differences: tuple[str, float] = ("", 0.0)

    def write(self) -> None:
        """Write the answer at the left, and at the right QALE at every age by sex, from which it is read off."""
        page, base = self._page, next(iter(self._engine.values())).iloc[0]
        page.widths([46.0, 26.0, 17.0, 17.0, 17.0, *[17.0] * max(4, len(self._engine))])
        first, qale = self._ages()
        row = self._grid.heads(_TOP, ["", "", "Value"])
        age, share = self._live.name_of("age"), self._live.name_of("share_female")
        whole = self._row(row, "Whole years of age at the start", f"INT({age})", float(np.floor(base["age"])))
        part = self._row(row + 1, "Part of a year beyond them", f"{age}-{whole}", float(base["age"] % 1))
        mixed = []
        for span in qale.values():
            place, last = f"{whole}-{first}+1", f"ROWS({span})"
            mixed.append(f"(INDEX({span},{place})*(1-{part})+INDEX({span},MIN({place}+1,{last}))*{part})")
        formula = mixed[0] if len(mixed) == 1 else f"{share}*{mixed[0]}+(1-{share})*{mixed[1]}"
        expected = self._row(row + 2, "QALE of the general population (QALYs)", formula, base["qale"])
        results, against = self._built.results, self._built.results.base.case.comparator
        last_horizon = len(results.horizons) - 1

        def total(strategy: str, measure: str) -> WrittenCell:
            return result_cell(
                self._layout, results, last_horizon, strategy, "discounted", lambda one: one.measure == measure
            )

        qalys = self._row(row + 3, f"QALYs with {against}", str(total(against, "qaly")), base["comparator_qalys"])
        lost = self._row(row + 4, "Absolute shortfall (QALYs)", f"{expected}-{qalys}", base["absolute_shortfall"])
        share_lost = self._row(row + 5, "Proportional shortfall", f"{lost}/{expected}", base["proportional_shortfall"])
        formula = "1"
        for band in reversed(NICE):
            reached = f"{lost}>={band.absolute:g}-{SLACK:.0E},{share_lost}>={band.proportional:g}-{SLACK:.0E}"
            formula = f"IF(OR({reached}),{band.weight:g},{formula})"
        weight = self._row(row + 6, "Weight of a QALY (NICE)", formula, base["weight"])
        here = [("QALE", expected), ("Absolute shortfall", lost), ("Proportional shortfall", share_lost)]
        here.append(("Weight", weight))
        engine = {name: [float(table.iloc[0][column]) for column in _COMPARED] for name, table in self._engine.items()}
        row += 8
        for strategy in (name for name in results.strategies if name != against):
            gained = f"{total(strategy, 'qaly')}-{total(against, 'qaly')}"
            own = {name: table[table[STRATEGY] == strategy].iloc[0] for name, table in self._engine.items()}
            value = next(iter(own.values()))["weighted_incremental_qaly"]
            words = f"Weighted incremental QALYs of {strategy}"
            here.append((words, self._row(row, words, f"{weight}*({gained})", value)))
            for name, numbers in engine.items():
                numbers.append(float(own[name]["weighted_incremental_qaly"]))
            row += 1
        for number, level in enumerate(self._live.levels):
            name = self._live.threshold_name(number)
            before, after = "Threshold that decides as ", " does with weights"
            self._row(row, "", f"{weight}*{name}", level * base["weight"])
            text = f'="{before}"&TEXT({name},"#,##0")&"{after}"'
            self._page.text_formula(row, 0, text, f"{before}{level:,.0f}{after}", "label")
            row += 1
        row, self.differences = self._grid.compare(row + 1, here, list(engine.items()))
        page.freeze(_TOP)
        page.print_setup()

    def _row(self, row: int, words: str, formula: str, value: float) -> WrittenCell:
        self._page.text(row, 0, words, "label")
        cell = self._grid.formula(row, 2, formula, float(value))
        return WrittenCell(f"$C${row + 1}", cell.value)

    def _ages(self) -> tuple[str, dict[str, str]]:
        """Write QALE at each age: (1 - q/2) u + (1 - q) v QALE at the next; gives the first age and a range a sex.

        They stand below the answer and its comparison, on the right.
        """
        tables, settings = self._live.inputs.tables, self._live.case.settings
        life, norms = (tables[sheet].reset_index(drop=True) for sheet in (LIFE_TABLE, UTILITY_NORMS))
        apart = {FEMALE, MALE} <= set(life["sex"]) and "share_female" in self._live.case.values
        sexes = (FEMALE, MALE) if apart else (BOTH,)
        column = _FIRST + max(4, len(self._engine)) + 1
        rate = settings.discount_rate_effect
        assert isinstance(rate, float)  # else there is no such page
        v = float(discount_factor(np.array([1.0]), rate, settings.discount_form)[0])
        factor = f"EXP(-{_RATE})" if settings.discount_form == "continuous" else f"1/(1+{_RATE})"
        youngest = max(max(t[t["sex"] == sex]["age"].min() for t in (life, norms)) for sex in sexes)
        oldest = min(life[life["sex"] == sex]["age"].max() for sex in sexes)
        ages = [int(age) for age in range(int(youngest), int(oldest) + 1)]
        top = self._grid.heads(_TOP, [], 0)
        for place, name in enumerate(["Age", *(f"QALE, {sex}" for sex in sexes)]):
            self._page.text(_TOP, column + place, name, "header", align="right")
        for number, age in enumerate(ages):
            self._page.number(top + number, column, age, "text", num_format="0")
        spans = {}
        for place, sex in enumerate(sexes, start=1):
            later: WrittenCell | None = None
            for number in range(len(ages) - 1, -1, -1):
                death, norm = _of_age(life, sex, ages[number]), _of_age(norms, sex, ages[number], reached=True)
                q, u = float(life["death_probability"][death]), float(norms["utility"][norm])
                q_cell = self._live.cell(LIFE_TABLE, death, "death_probability")
                formula = f"(1-{q_cell}/2)*{self._live.cell(UTILITY_NORMS, norm, 'utility')}"
                value = (1 - q / 2) * u
                if later is not None:
                    formula += f"+(1-{q_cell})*{later}*{factor}"
                    value += (1 - q) * v * later.value
                later = self._grid.formula(top + number, column + place, formula, value)
            first, last = (self._address(top + number, column + place) for number in (0, len(ages) - 1))
            spans[sex] = f"{first}:{last}"
        return self._address(top, column), spans

    def _address(self, row: int, column: int) -> str:
        return f"${letters(column)}${row + 1}"


_COMPARED = ("qale", "absolute_shortfall", "proportional_shortfall", "weight")


def _of_age(table: pd.DataFrame, sex: str, age: int, *, reached: bool = False) -> int:
    """Row of an age, or of the last age that is reached."""
    own = table[table["sex"] == sex]
    own = own[own["age"] <= age].sort_values("age").tail(1) if reached else own[own["age"] == age]
    return int(own.index[0])

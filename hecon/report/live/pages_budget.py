"""The budget impact of a live workbook: market and cohorts as formulas on the ledger's sums at each year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from hecon.analysis.budget.impact import MONTHS, BudgetImpact
from hecon.analysis.budget.market import SCALARS, WITH, WITHOUT, WORLDS, market_of, rows_of_scenario
from hecon.analysis.budget.workbook import acquisition_lines, impact_of_result
from hecon.analysis.result import Result
from hecon.inputs.format import MARKET
from hecon.labels import STRATEGY
from hecon.report.live.grid import FormulaGrid, WrittenCell, result_cell
from hecon.report.live.inputs import in_scenario
from hecon.report.live.model import LiveModel
from hecon.report.live.pages import Writer
from hecon.report.live.results import ResultRow

_TOP = 3
_WORDS = {WITHOUT: "without the new treatment", WITH: "with it"}
#: Cells of one row, a year each.
Years = list[WrittenCell]


class BudgetPage:
    """Writes the sheet; `differences` is then the cell of the largest difference from the engine, with its value."""

    def __init__(self, writer: Writer, built: LiveModel, name: str, scenarios: Mapping[str, Result]) -> None:
        self._built, self._live, self._layout = built, built.live, writer.layout
        self._page = writer.book.page(name, help="What a payer spends, by formula, undiscounted.", tab="#1F3864")
        self._grid = FormulaGrid(self._page)
        market = market_of(self._live.case)
        self._years = market.years
        self._strategies = market.strategies
        self._acquisition = acquisition_lines(self._live.case, market.years)
        self._engine = {
            name: impact_of_result(one, market_of(one.case), self._acquisition) for name, one in scenarios.items()
        }
        self._base: BudgetImpact = next(iter(self._engine.values()))
        self.differences: tuple[str, float] = ("", 0.0)

    def write(self) -> None:
        """Write population, shares, starts, costs of a patient, spending, impact, and the comparison."""
        page, base, market = self._page, self._base, self._base.market
        page.widths([44.0, 26.0, *[17.0] * (self._years + max(len(self._engine), 3))])
        row = self._heads(_TOP, "Population")
        members = self._row(row, "Members", "", self._members(), market.members)
        eligible = self._row(row + 1, "Patients who start a treatment", "", self._eligible(members), market.eligible)
        row = self._heads(row + 3, "Market shares")
        shares = {WITHOUT: self._shares(row), WITH: self._shares_with(row + len(self._strategies))}
        row = self._heads(row + 2 * len(self._strategies) + 1, "Patients who start, by treatment")
        starts: dict[str, list[Years]] = {}
        for world in WORLDS:
            starts[world] = []
            for place, strategy in enumerate(self._strategies):
                formulas = [f"{e}*{s}" for e, s in zip(eligible, shares[world][place], strict=True)]
                starts[world].append(self._row(row, strategy, _WORDS[world], formulas, market.starts(world)[place]))
                row += 1
        row = self._heads(row + 1, "Cost of one patient by year since the start")
        costs: list[list[Years]] = []
        for line in base.lines:
            costs.append([])
            for strategy in self._strategies:
                costs[-1].append(self._patient(row, line, strategy))
                row += 1
        row = self._heads(row + 1, "Spending: all who have started")
        spent: dict[str, list[list[Years]]] = {}
        for world in WORLDS:
            spent[world] = []
            for k, line in enumerate(base.lines):
                spent[world].append([])
                for i, strategy in enumerate(self._strategies):
                    formulas = [_cohorts(starts[world][i], costs[k][i], year) for year in range(self._years)]
                    values = base.spending[world][i, k]
                    words = f"{line}, {_WORDS[world]}"
                    spent[world][-1].append(self._row(row, words, strategy, formulas, values, "#,##0.00"))
                    row += 1
        self._impact(row + 1, members, eligible, spent)

    def _impact(self, row: int, members: Years, eligible: Years, spent: Mapping[str, list[list[Years]]]) -> None:
        base, money = self._base, "#,##0.00"
        row = self._heads(row, "Budget impact")
        totals = {}
        for world in WORLDS:
            lines = [one for line in spent[world] for one in line]
            formulas = [f"SUM({lines[0][year]}:{lines[-1][year]})" for year in range(self._years)]
            values = base.spending[world].sum(axis=(0, 1))
            totals[world] = self._row(row, f"Spending {_WORDS[world]}", "", formulas, values, money)
            row += 1
        formulas = [f"{new}-{old}" for new, old in zip(totals[WITH], totals[WITHOUT], strict=True)]
        impact = self._row(row, "Budget impact", "", formulas, base.impact, money)
        table = base.summary()
        if self._acquisition:
            formulas = [
                "-".join(
                    "(" + "+".join(_sum(spent[world][base.lines.index(line)], year) for line in self._acquisition) + ")"
                    for world in (WITH, WITHOUT)
                )
                for year in range(self._years)
            ]
            row += 1
            own = self._row(row, "of which acquisition", "", formulas, table["acquisition_impact"], money)
            formulas = [f"{all_}-{part}" for all_, part in zip(impact, own, strict=True)]
            row += 1
            self._row(row, "of which other costs", "", formulas, table["other_impact"], money)
        formulas = [f"SUM($C{_line(impact)}:{cell})" for cell in impact]
        self._row(row + 1, "Budget impact up to the year", "", formulas, table["cumulative_impact"], money)
        formulas = [f"{cell}/{of}/{MONTHS}" for cell, of in zip(impact, members, strict=True)]
        self._row(row + 2, "Per member per month", "", formulas, table["per_member_per_month"])
        formulas = [f"{cell}/{of}" for cell, of in zip(impact, eligible, strict=True)]
        self._row(row + 3, "Impact for each patient who starts", "", formulas, table["per_treated_patient"], money)
        here: list[tuple[str, WrittenCell]] = []
        engine: list[tuple[str, list[float]]] = []
        for words, cells in (("Members", members), ("Patients who start", eligible), *(
            (f"Spending {_WORDS[world]}", totals[world]) for world in WORLDS
        )):  # fmt: skip
            here += [(f"{words}, year {year + 1}", cells[year]) for year in range(self._years)]
        for name, one in self._engine.items():
            spending = [one.spending[world].sum(axis=(0, 1)) for world in WORLDS]
            numbers = np.concatenate([one.market.members, one.market.eligible, *spending])
            engine.append((name, [float(value) for value in numbers]))
        row, self.differences = self._grid.compare(row + 5, here, engine)
        self._page.freeze(_TOP, 2)
        self._page.print_setup(area=(0, 0, row, 1 + self._years))

    # Formulas.

    def _members(self) -> list[str]:
        members, growth = self._live.name_of("plan_members"), self._live.name_of("plan_growth")
        return [f"{members}*(1+{growth})^{year}" if growth else members for year in range(self._years)]

    def _eligible(self, members: Years) -> list[str]:
        named = {name: self._live.name_of(name) for name in SCALARS}
        new, waiting = named["plan_incidence"], named["plan_prevalence"]
        shares = "".join(f"*{named[name]}" for name in ("eligible_share", "treated_share") if named[name])
        formulas = []
        for year, cell in enumerate(members):
            parts = [f"{cell}*{new}"] if new else []
            parts += [f"{cell}*{waiting}"] if waiting and not year else []
            formulas.append(f"({'+'.join(parts) or 0}){shares}")
        return formulas

    def _shares(self, row: int) -> list[Years]:
        return [
            self._row(
                row + place, strategy, _WORDS[WITHOUT],
                [self._share(strategy, year, f"share_{WITHOUT}") for year in range(1, self._years + 1)],
                self._base.market.shares(WITHOUT)[place],
            )
            for place, strategy in enumerate(self._strategies)
        ]  # fmt: skip

    def _shares_with(self, row: int) -> list[Years]:
        uptake, found = self._live.name_of("plan_uptake"), []
        for place, strategy in enumerate(self._strategies):
            formulas = []
            for year in range(1, self._years + 1):
                share, before = (self._share(strategy, year, f"share_{world}") for world in (WITH, WITHOUT))
                formulas.append(f"{before}+{uptake}*({share}-{before})" if uptake else share)
            values = self._base.market.shares(WITH)[place]
            found.append(self._row(row + place, strategy, _WORDS[WITH], formulas, values))
        return found

    def _share(self, strategy: str, year: int, column: str) -> str:
        """Cell of a market share: of the scenario that is chosen, where it has a market of its own."""
        table = self._live.inputs.tables[MARKET].reset_index(drop=True)

        def cell(scenario: str) -> str:
            rows = rows_of_scenario(table, scenario)
            own = rows[(rows[STRATEGY] == strategy) & (rows["year"] == year)]
            return self._live.cell(MARKET, int(own.index[0]), column)

        base = cell("")
        others = [(place, cell(name)) for place, name in enumerate(self._live.scenarios) if place]
        return in_scenario(base, [(place, other) for place, other in others if other != base])

    def _patient(self, row: int, line: str, strategy: str) -> Years:
        """Cost of one patient by year: the difference of two sums of the ledger."""
        results, before = self._built.results, "0"
        formulas = []
        only = len(self._base.lines) == 1

        def is_line(one: ResultRow) -> bool:
            return one.measure == "cost" if only else (one.kind, one.line) == ("cost", line)

        for year in range(1, self._years + 1):
            place = results.horizons.index(float(year))
            now = result_cell(self._layout, results, place, strategy, "undiscounted", is_line).reference
            formulas.append(f"{now}-{before}" if before != "0" else now)
            before = now
        values = self._base.costs.sel({STRATEGY: strategy, "line": line}).values
        return self._row(row, line, strategy, formulas, values, "#,##0.00")

    # Rows.

    def _heads(self, row: int, title: str) -> int:
        self._page.text(row, 0, title, "heading")
        return self._grid.heads(row + 1, ["", "", *(f"Year {year + 1}" for year in range(self._years))])

    def _row(
        self,
        row: int,
        words: str,
        about: str,
        formulas: Sequence[str],
        values: Iterable[float],
        form: str = "#,##0.0000",
    ) -> Years:
        self._page.text(row, 0, words, "label")
        self._page.text(row, 1, about, "text")
        cells = zip(formulas, values, strict=True)
        return [
            self._grid.formula(row, column, formula, float(value), form)
            for column, (formula, value) in enumerate(cells, start=2)
        ]


def _cohorts(starts: Years, costs: Years, year: int) -> str:
    """Formula of the spending of a year: each cohort times the cost of its year since the start."""
    return "+".join(f"{starts[year - since]}*{costs[since]}" for since in range(year + 1))


def _sum(line: Sequence[Years], year: int) -> str:
    return f"SUM({line[0][year]}:{line[-1][year]})"


def _line(cells: Years) -> str:
    """Number of the row that cells stand in."""
    return "".join(letter for letter in cells[0].reference if letter.isdigit())

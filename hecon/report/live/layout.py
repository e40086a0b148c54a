"""Where the columns of a draft stand in the workbook.

Model time has a sheet and each strategy has one, the days of doses have as many beside them, single values have one,
and what runs along none of these stands in tables on another. Nothing is placed that no result needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hecon.inputs.format import CALCULATED_PREFIX
from hecon.labels import CYCLE, EDGE
from hecon.report.sheets.layout import sheet_name
from hecon.symbols.draft import DAY, CellColumn, Span, Spot
from hecon.symbols.excel import Address
from hecon.symbols.expression import Symbol

TIME_SHEET = f"{CALCULATED_PREFIX}time"
DOSE_DAYS_SHEET = f"{CALCULATED_PREFIX}dose days"
VALUES_SHEET = f"{CALCULATED_PREFIX}values"
TABLES_SHEET = f"{CALCULATED_PREFIX}tables"
COMMON_SHEET = f"{CALCULATED_PREFIX}common"
#: What runs along the days of doses, in names of sheets.
_DOSES = "doses"
#: Header, units, and first row of numbers of a sheet of columns, counted from 0.
HEADINGS, UNITS_ROW, FIRST_NUMBERS = 3, 4, 5


@dataclass
class ColumnsSheet:
    """Columns that stand side by side; `mirrors` are columns of time repeated at the left."""

    name: str
    about: str
    columns: list[CellColumn] = field(default_factory=list)
    mirrors: list[CellColumn] = field(default_factory=list)
    #: What its rows are, counted from 0 in the first column.
    counted: str = "Cycle"

    @property
    def lead(self) -> int:
        """Number of columns before the first one: the number of the cycle, and time."""
        return 1 + len(self.mirrors)


@dataclass
class _Group:
    """Single values of one title: a table of labels by strategy."""

    title: str
    unit: str
    rows: list[tuple[str, ...]] = field(default_factory=list)
    strategies: list[str] = field(default_factory=list)
    cells: dict[tuple[tuple[str, ...], str], CellColumn] = field(default_factory=dict)


class Layout:
    """Addresses of the columns of a draft that are `wanted`, and of all that these need.

    `results` are columns that get their place elsewhere, with `put`.
    """

    def __init__(
        self,
        columns: Iterable[CellColumn],
        wanted: Iterable[CellColumn],
        results: Iterable[CellColumn],
        strategies: Sequence[str],
    ) -> None:
        needed, elsewhere = needed_by([*wanted, *results]), set(results)
        own = [column for column in columns if column in needed and column not in elsewhere]
        self.addresses: dict[CellColumn, Address] = {}
        self._mirrored: dict[tuple[CellColumn, str], Address] = {}
        self._strategies, self._names = (
            strategies,
            [TIME_SHEET, DOSE_DAYS_SHEET, VALUES_SHEET, TABLES_SHEET, COMMON_SHEET],
        )
        self.time = ColumnsSheet(TIME_SHEET, "Cycles, discount factors, and what each cycle weighs at each horizon")
        about = "Days on which doses are paid, discount factors, and what each day weighs at each horizon"
        self.days = ColumnsSheet(DOSE_DAYS_SHEET, about, counted="Dose day")
        self.sheets: list[ColumnsSheet] = []
        self.tables: list[ColumnsSheet] = []
        self.groups: list[_Group] = []
        self._place(own)

    def where(self, column: CellColumn, sheet: str) -> Address:
        """Address of a column as seen from a sheet: a column of time that the sheet repeats is the one at hand."""
        return self._mirrored.get((column, sheet)) or self.addresses[column]

    def put(self, column: CellColumn, sheet: str, row: int, place: int) -> None:
        """Give a column an address."""
        self.addresses[column] = Address(sheet, row, place)

    def _place(self, columns: Sequence[CellColumn]) -> None:
        by_strategy: dict[tuple[str, str], list[CellColumn]] = {}
        by_table: dict[str, list[CellColumn]] = {}
        singles: list[CellColumn] = []
        for column in columns:
            if column.along is None:
                singles.append(column)
            elif column.along in (EDGE, CYCLE, DAY):
                on_days = column.along == DAY
                if column.is_time or column.of_time:
                    (self.days if on_days else self.time).columns.append(column)
                else:
                    by_strategy.setdefault((column.strategy, _DOSES if on_days else ""), []).append(column)
            elif column.strategy and column.along.endswith("steps"):
                by_strategy.setdefault((column.strategy, column.along), []).append(column)
            else:
                by_table.setdefault(column.along, []).append(column)
        for clock in (self.time, self.days):
            for place, column in enumerate(clock.columns):
                self.put(column, clock.name, FIRST_NUMBERS, place + 1)
        order = {name: place for place, name in enumerate(["", *self._strategies])}
        for (strategy, steps), own in sorted(
            by_strategy.items(), key=lambda item: (order.get(item[0][0], 0), item[0][1])
        ):
            self._sheet(strategy, steps, own)
        self._place_tables(by_table)
        self._place_singles(singles)

    def _sheet(self, strategy: str, steps: str, columns: list[CellColumn]) -> None:
        wanted = f"{CALCULATED_PREFIX}{strategy or 'common'}"
        wanted += f", {_DOSES}" if steps == _DOSES else ", steps" if steps else ""
        name = sheet_name(wanted, self._names) if strategy or steps else COMMON_SHEET
        self._names.append(name)
        by_day = steps == _DOSES
        clock = self.days if by_day else self.time
        times = [] if steps and not by_day else [c for c in clock.columns if c.is_time or c.title == "Day"]
        needed = {spot for column in columns for content in column.contents for spot in columns_in(content)}
        mirrors = [column for column in times if column in needed or column is times[0]]
        how = "day of doses by day of doses" if by_day else "cycle by cycle"
        about = f"{strategy or 'What is the same for every strategy'}, {how}"
        sheet = ColumnsSheet(name, about, columns, mirrors, clock.counted)
        for place, column in enumerate(mirrors):
            self._mirrored[column, name] = Address(name, FIRST_NUMBERS, place + 1)
        for place, column in enumerate(columns):
            self.put(column, name, FIRST_NUMBERS, sheet.lead + place)
        self.sheets.append(sheet)

    def _place_tables(self, by_table: dict[str, list[CellColumn]]) -> None:
        place = 0
        for along, columns in by_table.items():
            table = ColumnsSheet(along, along, columns)
            for column in columns:
                self.put(column, TABLES_SHEET, FIRST_NUMBERS, place)
                place += 1
            self.tables.append(table)
            place += 1

    def _place_singles(self, singles: Sequence[CellColumn]) -> None:
        groups: dict[str, _Group] = {}
        for column in singles:
            group = groups.setdefault(column.title, _Group(column.title, column.unit))
            row = tuple(column.labels.values())
            while (row, column.strategy) in group.cells:  # two of one title: told apart by a number
                row = (*row[:-1], str(int(row[-1]) + 1)) if row and row[-1].isdigit() else (*row, "2")
            if row not in group.rows:
                group.rows.append(row)
            if column.strategy not in group.strategies:
                group.strategies.append(column.strategy)
            group.cells[row, column.strategy] = column
        top = FIRST_NUMBERS - 2
        for group in groups.values():
            group.strategies.sort(key=lambda name: (name != "", list(self._strategies).index(name) if name else 0))
            for (row, strategy), column in group.cells.items():
                place = Address(VALUES_SHEET, top + 2 + group.rows.index(row), 1 + group.strategies.index(strategy))
                self.addresses[column] = place
            top += len(group.rows) + 3
            self.groups.append(group)


def needed_by(results: Iterable[CellColumn]) -> set[CellColumn]:
    """Columns that the contents of some columns refer to, and those that these refer to, and so on."""
    found: set[CellColumn] = set()
    waiting = list(results)
    while waiting:
        column = waiting.pop()
        if column in found:
            continue
        found.add(column)
        seen: set[int] = set()
        for content in column.contents:
            for other in columns_in(content, seen):
                if other not in found:
                    waiting.append(other)
    return found


def columns_in(content: object, seen: set[int] | None = None) -> Iterable[CellColumn]:
    """Give the columns that a formula refers to."""
    waiting = [content]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Span):
            yield item.column
        elif isinstance(item, Symbol):
            if seen is not None:
                if id(item) in seen:
                    continue
                seen.add(id(item))
            if item.op == "leaf":
                place = item.args[0]
                if isinstance(place, Spot):
                    yield place.column
            else:
                waiting.extend(item.args)

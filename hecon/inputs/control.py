"""Sheet Control as it is written: what decides an analysis on one printed page, with the diagram of the model.

The yellow cells hold the values. The cells of Settings and Curves that they belong to are formulas that follow them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any

from hecon.excel.addresses import letters
from hecon.excel.book import Book, Page
from hecon.frozen import frozen
from hecon.inputs.case import Case, Inputs
from hecon.inputs.control_columns import (
    AS_IT_STANDS,
    CONTROL,
    CONTROL_SHEET,
    FAMILY_WORDS,
    IN_ALL,
    INCLUDE,
    INCLUDE_CHOICES,
    INCLUDE_WORDS,
    REFERENCE_WORDS,
    SCENARIO,
    SCENARIO_WORDS,
    SETTINGS_SWITCHED,
)
from hecon.inputs.distributions import FIXED
from hecon.inputs.format import HEADER_ROW, PARAMETER_SHEETS
from hecon.inputs.lists import list_name
from hecon.inputs.quantities import FAMILY

_Rows = Sequence[Mapping[str, Any]]
#: The diagram of a model: its states, and the states that each leads to, in words.
Ways = Mapping[str, Sequence[str]]
#: Who draws a model: found by name, for figures stand on a higher level.
_DRAWS = "hecon.report.figures.diagram"
_SEVERITY_NEEDS = ("Life table", "Utility norms")
_WIDTHS = {column.name: column.width for column in CONTROL_SHEET.columns}


@frozen(eq=True)
class Switch:
    """One row of Control: its value, what it may be, and the row (from 0) and column of the cell that follows it.

    `choices` are words, or the formula of a list; where they are not `firm`, others may be typed.
    """

    name: str
    sheet: str
    value: Any
    words: str
    strategy: str = ""
    endpoint: str = ""
    follows: tuple[int, str] | None = None
    choices: str | tuple[str, ...] = ()
    firm: bool = True


@frozen(eq=True)
class ControlRows:
    """The rows of Control in sections, each under its heading."""

    sections: tuple[tuple[str, tuple[Switch, ...]], ...]

    def placed(self) -> Iterator[tuple[int, str | Switch]]:
        """Give every heading and switch with the row that it stands in, from 0."""
        row = HEADER_ROW
        for heading, switches in self.sections:
            yield row, heading
            yield from enumerate(switches, start=row + 1)
            row += 1 + len(switches)

    @property
    def headers(self) -> tuple[str, ...]:
        """Columns that are written: those of curves where there are some."""
        curves = any(one.strategy for _, switches in self.sections for one in switches)
        return tuple(name for name in _WIDTHS if curves or name not in ("strategy", "endpoint"))

    def followed(self, sheet: str) -> dict[tuple[int, str], str]:
        """Give the cell of Control that each cell of a sheet follows, by its row (from 0) and column."""
        column = letters(self.headers.index("value"))
        return {
            one.follows: f"{CONTROL}!${column}${row + 1}"
            for row, one in self.placed()
            if isinstance(one, Switch) and one.sheet == sheet and one.follows
        }


def control_rows(content: Mapping[str, _Rows], dimensions: Sequence[str]) -> ControlRows:
    """Give what can be switched in a workbook of these rows; `content` may hold rows of Control that were read."""
    said = {(one["switch"], one["sheet"]): one["value"] for one in content.get(CONTROL, ())}
    sections = {
        "Analysis": (*_scenario(content, said), *_settings(content, dimensions)),
        "Survival curves": tuple(_curves(content)),
        "What tornado and draws vary": tuple(_included(content, said)),
    }
    return ControlRows(tuple((heading, own) for heading, own in sections.items() if own))


def _scenario(content: Mapping[str, _Rows], said: Mapping[tuple[str, str], Any]) -> Iterator[Switch]:
    names = tuple(dict.fromkeys(str(one["scenario"]) for one in content.get("Scenarios", ())))
    if names:
        value = said.get((SCENARIO, "Scenarios")) or AS_IT_STANDS
        yield Switch(SCENARIO, "Scenarios", value, SCENARIO_WORDS, choices=(AS_IT_STANDS, *names), firm=False)


def _settings(content: Mapping[str, _Rows], dimensions: Sequence[str]) -> Iterator[Switch]:
    rows = {str(one["setting"]): (number, one) for number, one in enumerate(content["Settings"])}
    curves = bool(content.get("Curves"))
    for name, words in SETTINGS_SWITCHED.items():
        if (name == "crossing" and not curves) or (name == "severity" and not all(map(content.get, _SEVERITY_NEEDS))):
            continue
        number, row = rows[name]
        choices: str | tuple[str, ...] = setting_choices(row)
        if name == "comparator" and "strategy" in dimensions:
            choices = f"={list_name('strategy')}"
        yield Switch(name, "Settings", row["value"], words, follows=(number, "value"), choices=choices,
                     firm=name != "accrual")  # fmt: skip


def setting_choices(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the words that a setting may be, if it is one of a few.

    >>> setting_choices({"allowed": "day, week, month, year"}), setting_choices({"allowed": "a number above 0"})
    (('day', 'week', 'month', 'year'), ())
    """
    words = str(row["allowed"]).split(", ")
    return tuple(words) if len(words) > 1 and all(word.replace("_", "").isalpha() for word in words) else ()


def _curves(content: Mapping[str, _Rows]) -> Iterator[Switch]:
    fits = fitted_families(content)
    given = [one for one in content.get("Survival", ()) if one.get(FAMILY)]
    for number, one in enumerate(content.get("Curves", ())):
        strategy, endpoint = str(one["strategy"]), str(one["endpoint"])
        if one.get(FAMILY):
            known = [
                row[FAMILY] for row in given if _is_of(row, "strategy", strategy) and _is_of(row, "endpoint", endpoint)
            ]
            families = dict.fromkeys([*fits.get((strategy, endpoint), ()), *known, one[FAMILY]])
            yield Switch(FAMILY, "Curves", one[FAMILY], FAMILY_WORDS, strategy, endpoint, follows=(number, FAMILY),
                         choices=tuple(map(str, families)), firm=False)  # fmt: skip
            continue
        for column, label in (("reference", "strategy"), ("reference_endpoint", "endpoint")):
            if one.get(column):
                yield Switch(column, "Curves", one[column], REFERENCE_WORDS.format(label=label), strategy, endpoint,
                             follows=(number, column), choices=f"={list_name(label)}")  # fmt: skip


def _is_of(row: Mapping[str, Any], dimension: str, label: str) -> bool:
    return row.get(dimension) in (None, label)


def fitted_families(content: Mapping[str, _Rows]) -> dict[tuple[Any, Any], list[str]]:
    """Give the families whose fits are in the workbook, by strategy and endpoint, best first."""
    found: dict[tuple[Any, Any], list[str]] = {}
    for row in content.get("Fits", ()):
        if row.get("coefficients"):
            found.setdefault((row["strategy"], row["endpoint"]), []).append(str(row["family"]))
    return found


def _included(content: Mapping[str, _Rows], said: Mapping[tuple[str, str], Any]) -> Iterator[Switch]:
    for sheet in PARAMETER_SHEETS:
        if any(one.get("distribution") not in (None, "", FIXED) for one in content.get(sheet, ())):
            value = said.get((INCLUDE, sheet)) or IN_ALL
            yield Switch(INCLUDE, sheet, value, INCLUDE_WORDS.format(sheet=sheet), choices=INCLUDE_CHOICES)


# --- the page ---


def write_control(book: Book, title: str, rows: ControlRows, diagram: Ways = MappingProxyType({})) -> None:
    """Write the page: the rows, and below them the diagram of the model (`model_diagram`), printed on one page."""
    page = book.page(CONTROL, title=title, help=CONTROL_SHEET.help, tab="#1F3864")
    headers = rows.headers
    page.widths([_WIDTHS[name] for name in headers])
    for column, name in enumerate(headers):
        page.text(HEADER_ROW - 1, column, name, "header")
    row = HEADER_ROW
    for row, one in rows.placed():
        if isinstance(one, str):
            page.text(row, 0, one, "band", text_wrap=False)
            for column in range(1, len(headers)):
                page.text(row, column, "", "band")
        else:
            _write_switch(page, row, one, headers)
    bottom = row + 1
    if diagram:
        bottom = page.boxes(row + 2, diagram)
    page.freeze(HEADER_ROW)
    page.print_setup(area=(0, 0, bottom, len(headers) - 1))
    page.one_printed_page(bottom)


def _write_switch(page: Page, row: int, one: Switch, headers: Sequence[str]) -> None:
    place = headers.index("value")
    for column, name in enumerate(headers):
        if name == "value":
            page.value(row, column, one.value, "input_wrap" if isinstance(one.value, str) else "input_any")
        elif name == "sheet":
            page.link(row, column, one.sheet, one.sheet)
        elif name == "meaning":
            page.text(row, column, one.words, "wrap")
        else:
            page.text(row, column, one.name if name == "switch" else getattr(one, name), "label")
    if one.choices:
        page.choices((row, place), (row, place), one.choices, one.name, firm=one.firm)
    page.fit_height(row, {headers.index("meaning"): one.words, place: one.value})


def follow(page: Page, row: int, column: int, cell: str, value: object) -> None:
    """Write a cell that follows one of Control, and a rule that nothing is typed over it."""
    formula = f'=IF({cell}="","",{cell})'
    if isinstance(value, int | float) and not isinstance(value, bool):
        page.formula(row, column, formula, float(value), "calc", num_format="General", align="left")
    else:
        page.text_formula(row, column, formula, "" if value is None else str(value), "calc_wrap")
    page.refuse(row, column, CONTROL, f"This cell follows {cell.replace('$', '')}: switch it there.")


def model_diagram(of: Case | Inputs) -> Ways:
    """Give the states of a case, or of a workbook, and where each leads; nothing where it cannot run or has none.

    It is drawn as boxes and not as a picture: a program that edits a workbook can save one with a picture only once.
    """
    try:
        ways: Ways = import_module(_DRAWS).ways_of(of if isinstance(of, Case) else of.base_case())
    except Exception:  # whatever a model of the user's raises: it is said when it is run
        return {}
    return ways

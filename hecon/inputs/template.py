"""Writing input workbooks: coloured, validated, documented, in the format that the reader reads.

Everything about the sheets comes from `hecon.inputs.format`: headers, widths, drop-downs, bounds, the Guide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from hecon.errors import HeconError, did_you_mean
from hecon.excel.addresses import letters, quoted, range_name
from hecon.excel.book import Book
from hecon.inputs.as_typed import as_text
from hecon.inputs.columns import Column, Sheet
from hecon.inputs.control import ControlRows, Ways, control_rows, fitted_families, follow, write_control
from hecon.inputs.control_columns import CONTROL
from hecon.inputs.drop_downs import SPARE_ROWS, LiveRules, offer_each, validate, validate_free
from hecon.inputs.format import (
    CHANGES_FIRST,
    CURVE_STEPS,
    EXPECTED_THEN,
    FIRST_ROW,
    FREE_PREFIX,
    HEADER_ROW,
    PARAMETER_SHEETS,
    RARE,
    SHEETS,
    SHEETS_BY_NAME,
    TAIL,
)
from hecon.inputs.guide import FirstChange, write_guide
from hecon.inputs.input_names import DOT, input_in_words
from hecon.inputs.lists import list_name, write_lists
from hecon.inputs.own_columns import is_own, own_column
from hecon.inputs.quantities import FAMILY
from hecon.place_names import in_letters
from hecon.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

_Rows = Sequence[Mapping[str, Any]]
#: _Rows below a table that are coloured, too.
_COLOURED_ROWS = 3
#: A fixed stamp, so that the same content gives the same file.
_CREATED = datetime(2026, 1, 1)
_TABS = {"settings": "#1F3864", "labels": "#1F3864", "parameters": "#BF9000", "structure": "#548235"}
_DOCUMENTARY = ("parameter", "setting", "unit", "status", "source", "note", "description")
_FILLED_IN = ("allowed", "meaning")
#: Sheets of results, which nobody types over.
_RESULTS = ("Fits",)


class HasTables(Protocol):
    """What `tables_of` needs to know of an `Inputs`."""

    @property
    def model(self) -> str: ...  # noqa: D102
    @property
    def settings(self) -> Settings: ...  # noqa: D102
    @property
    def labels(self) -> Mapping[str, tuple[str, ...]]: ...  # noqa: D102
    @property
    def parameters(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def tables(self) -> Mapping[str, pd.DataFrame]: ...  # noqa: D102


def write_inputs(
    path: str | Path,
    tables: Mapping[str, pd.DataFrame | _Rows],
    settings: Mapping[str, Any],
    *,
    blank: Iterable[str] = (),
    notes: Mapping[str, Sequence[str]] | None = None,
    diagram: Ways = MappingProxyType({}),
    further: Callable[[Book], None] | None = None,
) -> None:
    """Write an input workbook: a Guide, Control, Settings, and one sheet for each table.

    `tables` gives the rows of each sheet by its name, as dictionaries or a DataFrame whose columns are the
    sheet's headers; ``Labels`` is one of them. `settings` holds ``model`` and any field of `Settings`; the
    others take their defaults. What Control switches of them, and of Curves, stands on that page.
    Sheets named in `blank` are added with headers and drop-downs and no rows. `notes` adds free sheets of text, whose
    names begin with ``Notes``; `diagram` is the model (`model_diagram`) as Control draws it, `further` writes
    what else the book is to hold.

    Raises `HeconError` for a sheet, column or setting that the format does not have.

    >>> labels = [{"dimension": "strategy", "label": name} for name in ("A", "B")]
    >>> rows = [
    ...     {"parameter": "death_rate", "strategy": name, "value": 0.1, "status": "assumed", "note": "example"}
    ...     for name in ("A", "B")
    ... ]
    >>> tables = {"Labels": labels, "Parameters": rows}
    >>> write_inputs("my_model.xlsx", tables, {"model": "my_model"})  # doctest: +SKIP
    """
    content = {name: _records(table) for name, table in tables.items()}
    content |= {name: [] for name in blank if name not in content}
    _check_names(content)
    content["Settings"] = setting_rows(settings)
    content.setdefault("Labels", [])
    dimensions = list(dict.fromkeys(str(row.get("dimension", "")) for row in content["Labels"]))
    content["Labels"] = sorted(content["Labels"], key=lambda row: dimensions.index(str(row.get("dimension", ""))))
    present = [sheet for sheet in SHEETS if sheet.name in (*content, CONTROL)]
    control = control_rows(content, dimensions)
    title = str(settings.get("title") or "Inputs of a cost-effectiveness model")
    with Book(path, title=title, subject="hecon input workbook", created=_CREATED) as book:
        write_guide(
            book, title, in_letters(Path(path).name), {sheet.name for sheet in present}, _example(content, dimensions)
        )
        write_control(book, title, control, diagram)
        write_input_sheets(book, content, dimensions, control=control)
        for name, paragraphs in (notes or {}).items():
            if not name.startswith(FREE_PREFIX):
                raise HeconError(f"a sheet of free text is named '{FREE_PREFIX}...', not '{name}'")
            page = book.page(name)
            page.widths([110])
            for place, paragraph in enumerate(paragraphs):
                page.text(2 + place, 0, paragraph, "paragraph")
            page.print_setup()
        if further is not None:
            further(book)


def write_input_sheets(
    book: Book,
    content: Mapping[str, _Rows],
    dimensions: Sequence[str],
    rules: LiveRules | None = None,
    control: ControlRows | None = None,
) -> None:
    """Write the sheets of an input workbook, from the rows of each; with `rules`, only what these leave free.

    What is switched on sheet Control, if there is one, follows from there.
    """
    if rules is not None:  # labels stand together, as they were written, and stay so
        for name in dimensions:
            book.define(list_name(name), _labels_range(name))
    chooser = fitted_families(content)
    taken = {"scenario", *map(list_name, dimensions)}
    for sheet in SHEETS:
        if sheet.name in content and sheet.role != "control":
            followed = control.followed(sheet.name) if control else {}
            chosen = chooser if sheet.name == "Curves" else {}
            _write_sheet(book, sheet, content[sheet.name], dimensions, rules, chosen, followed)
        if rules is None and sheet.role == "parameters":
            _name_values(book, sheet, content.get(sheet.name, ()), dimensions, taken)
    if rules is None:
        write_lists(book, content.get("Labels", ()), dimensions)


def _example(content: Mapping[str, _Rows], dimensions: Sequence[str]) -> FirstChange | None:
    """Give the input that the Guide's example changes: a price of a drug, or else the first number there is."""
    for sheet in (SHEETS_BY_NAME[name] for name in ("Prices", *PARAMETER_SHEETS)):
        rows = content.get(sheet.name, ())
        for number, row in enumerate(rows):
            if isinstance(row.get("value"), int | float) and row.get("parameter"):
                place = letters(headers_of(sheet, rows, dimensions).index("value"))
                labels = [str(row[name]) for name in dimensions if row.get(name)]
                words = input_in_words(DOT.join([str(row["parameter"]), *labels]))
                return FirstChange(sheet.name, f"{place}{FIRST_ROW + number}", words, float(row["value"]))
    return None


def _name_values(book: Book, sheet: Sheet, rows: _Rows, dimensions: Sequence[str], taken: set[str]) -> None:
    """Give every value a name, of its parameter and labels, as a live workbook does: ``drug_price_daratumumab``."""
    headers = headers_of(sheet, rows, dimensions)
    place = letters(headers.index("value"))
    keys = sheet.named_by or ("parameter", *(name for name in (*dimensions, FAMILY) if name in headers))
    for number, row in enumerate(rows):
        words = DOT.join(str(row[key]) for key in keys if row.get(key))
        if words and row.get("value") is not None:
            book.define(range_name(words, taken), f"={quoted(sheet.name)}!${place}${FIRST_ROW + number}")


def tables_of(inputs: HasTables) -> tuple[dict[str, list[dict[str, Any]]], dict[str, Any]]:
    """Give the tables and settings of a workbook that was read, as `write_inputs` takes them."""
    tables: dict[str, list[dict[str, Any]]] = {}
    described = inputs.tables.get("Labels")
    if described is not None:
        tables["Labels"] = _records(described)
    else:
        pairs = [(dimension, label) for dimension, labels in inputs.labels.items() for label in labels]
        tables["Labels"] = [{"dimension": dimension, "label": label} for dimension, label in pairs]
    for name in PARAMETER_SHEETS:
        rows = inputs.parameters[inputs.parameters["sheet"] == name]
        if len(rows) and not SHEETS_BY_NAME[name].named_by:
            tables[name] = _records(rows.drop(columns=["sheet", "cell"]))
    for name, table in inputs.tables.items():
        if name != "Labels":
            made = ["cell", "parameter"] if SHEETS_BY_NAME[name].named_by else []
            tables[name] = _records(table.drop(columns=made))
    return tables, {"model": inputs.model, **inputs.settings.as_dict()}


def _labels_range(dimension: str) -> str:
    """Formula of labels that stand together: as many rows as the dimension has."""
    last = FIRST_ROW + 1000
    names, labels = f"Labels!$A${FIRST_ROW}:$A${last}", f"Labels!$B${FIRST_ROW}:$B${last}"
    first = f'MATCH("{dimension}",{names},0)'
    return f'=INDEX({labels},{first}):INDEX({labels},{first}+COUNTIF({names},"{dimension}")-1)'


def _records(table: pd.DataFrame | _Rows) -> list[dict[str, Any]]:
    rows = table if isinstance(table, Sequence) else table.to_dict("records")
    return [{str(key): _plain(value) for key, value in row.items() if key != "row"} for row in rows]


def _plain(value: Any) -> Any:
    """Give a cell's content as Python has it: None for NaN or blank, lists as text."""
    if isinstance(value, list | tuple):
        return as_text(value)
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return "yes" if value else "no"
    if value is None or value == "" or value != value:
        return None
    return value.item() if hasattr(value, "item") else value


def _check_names(content: Mapping[str, _Rows]) -> None:
    for name, rows in content.items():
        if name not in SHEETS_BY_NAME:
            raise HeconError(f"the format has no sheet '{name}'.{did_you_mean(name, SHEETS_BY_NAME)}")
        sheet = SHEETS_BY_NAME[name]
        known = {column.name for column in sheet.columns}
        known |= set(sheet.free(str(row.get("dimension", "")) for row in content.get("Labels", [])))
        for row in rows:
            for column, value in row.items():
                if column not in known and value is not None and not is_own(column):
                    raise HeconError(f"sheet '{name}' has no column '{column}'.{did_you_mean(column, known)}")


def setting_rows(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the rows of the Settings sheet."""
    known = ["model", *(spec.name for spec in fields(Settings))]
    for name in settings:
        if name not in known:
            raise HeconError(f"there is no setting '{name}'.{did_you_mean(name, known)}")
    model = {
        "setting": "model",
        "value": settings.get("model"),
        "allowed": "a name in lower case, such as my_model",
    }
    rows = [{**model, "meaning": "Name of the model file, NAME.py in a models folder; never a path."}]
    for spec in fields(Settings):
        value = settings.get(spec.name, spec.default)
        about = {"allowed": spec.metadata["allowed"], "meaning": spec.metadata["meaning"]}
        rows.append({"setting": spec.name, "value": _plain(value), **about})
    return rows


def _write_sheet(
    book: Book,
    sheet: Sheet,
    rows: _Rows,
    dimensions: Sequence[str],
    rules: LiveRules | None,
    chooser: Mapping[tuple[Any, Any], Sequence[str]],
    followed: Mapping[tuple[int, str], str],
) -> None:
    headers = headers_of(sheet, rows, dimensions)
    columns = [own_column(header) if is_own(header) else sheet.column(header) for header in headers]
    page = book.page(sheet.name, help=sheet.help, tab=_TABS[sheet.role])
    top = HEADER_ROW - 1
    page.widths([_width(column, rows) for column in columns])
    for place, column in enumerate(columns):
        page.text(top, place, column.name, "header")
        page.comment(top, place, f"{column.meaning}\n\nHolds {column.words}.")
        spare = 0 if rules or sheet.role == "settings" or sheet.name in _RESULTS else _COLOURED_ROWS
        for number in range(len(rows) + spare):
            value = rows[number].get(column.name) if number < len(rows) else None
            if (number, column.name) in followed:
                follow(page, top + 1 + number, place, followed[number, column.name], value)
                continue
            fixed = rules is not None and rules.is_fixed(sheet.name, number, column.name)
            page.value(
                top + 1 + number, place, value, "structural" if fixed else _style(sheet, column, value, rows, number)
            )
        if rules is None:
            own = {number for number, name in followed if name == column.name}
            offered = bool(own) or (column.name == "family" and bool(chooser))
            validate(page, sheet, column, place, rows, dimensions, own, each=offered)
            if offered and sheet.role != "settings":
                offer_each(page, column, place, rows, chooser if column.name == "family" else {}, own)
        else:
            validate_free(page, sheet, column, place, rows, rules)
    if rules is not None:
        page.lock()
    bottom = top + max(len(rows), 1)
    if "status" in headers:
        status = letters(headers.index("status"))
        for place in {0, headers.index("status")}:
            page.mark_assumed((top + 1, place), (bottom + SPARE_ROWS, place), status)
    for number, row in enumerate(rows):
        page.fit_height(top + 1 + number, {place: row.get(column.name) for place, column in enumerate(columns)})
    page.sheet.set_row(top, 18)
    page.freeze(top + 1, 1 if sheet.role in ("parameters", "settings") else 0)
    page.print_setup(header_row=top, area=(0, 0, bottom, len(columns) - 1))
    if sheet.role == "parameters" and rows:
        page.sheet.autofilter(top, 0, bottom, len(columns) - 1)


def _width(column: Column, rows: _Rows) -> float:
    """As wide as the content needs, between the header and the width of the format; labels are never cut."""
    longest = max((len(str(row.get(column.name) or "")) for row in rows), default=0)
    most = 40 if column.kind == "label" else column.width
    least = column.width if not rows and column.kind == "label" else len(column.name) + 4
    return float(max(least, min(most, longest * 1.1 + 2), 22 if column.name in ("source", "note") else 0))


def headers_of(sheet: Sheet, rows: _Rows, dimensions: Sequence[str]) -> tuple[str, ...]:
    """Give the headers that a sheet is written with, for these rows."""
    own = {column.name for column in sheet.columns}
    used = {name for row in rows for name, value in row.items() if value is not None} if rows else set(sheet.keys)
    keys = [key for key in dict.fromkeys((*sheet.keys, *sheet.free(dimensions))) if key in used and key not in own]
    beside = dict.fromkeys(name for row in rows for name, value in row.items() if is_own(name) and value is not None)
    headers = (*sheet.headers(keys), *beside)
    hidden = {
        name for name in (*RARE, TAIL, *CURVE_STEPS, CHANGES_FIRST, EXPECTED_THEN) if not rows or name not in used
    }
    if rows and "price_year" not in used:
        hidden.add("price_year")
    return tuple(header for header in headers if header not in hidden)


def _style(sheet: Sheet, column: Column, value: object, rows: _Rows, number: int) -> str:
    if column.name in _FILLED_IN:
        return "calc_wrap"
    if sheet.name in _RESULTS and column.kind == "number":
        return "whole" if column.whole or column.name in ("patients", "events") else "number"
    if sheet.name in _RESULTS or is_own(column.name):
        return "wrap" if isinstance(value, str) else "text"
    is_key = (column.kind == "label" and column.name == column.dimension) or column.name in sheet.keys
    if is_key or column.name in ("parameter", "setting"):
        return "label"
    if column.name in _DOCUMENTARY and column.kind in ("text", "choice") and sheet.role != "structure":
        return "wrap"
    if column.name in ("source", "note", "description", "status"):
        return "wrap"
    if column.kind == "number":
        return "input_number"
    if column.kind == "any":
        listed = sheet.role == "settings" and isinstance(_default(rows[number].get("setting")), tuple)
        return "input_wrap" if listed else "input_any"
    return "input_wrap" if column.kind == "days" or column.width >= 30 else "input_text"


def _default(setting: object) -> object:
    return next((spec.default for spec in fields(Settings) if spec.name == setting), None)

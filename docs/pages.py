"""Pages that are made of declarations: the workbook format, the settings, the public names, the published models."""

from __future__ import annotations

import ast
import inspect
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import hecon as he
from hecon.analysis.stated_results import expectation, stated_results
from hecon.inputs.columns import Column, Sheet
from hecon.inputs.distributions import DISTRIBUTIONS
from hecon.inputs.format import SHEETS
from hecon.settings import Settings
from hecon.survival.families import FAMILIES

ROOT = Path(__file__).resolve().parents[1]
#: Rooms of public names and what each is called, in the order of a reader's questions.
ROOMS = {
    "hecon": "Writing and running a model",
    "hecon.inputs": "What a model is run on",
    "hecon.timeline": "Time and discounting",
    "hecon.survival": "Survival curves and fits",
    "hecon.states": "Where patients are",
    "hecon.costing": "What treatment costs",
    "hecon.value": "Is it worth its cost",
    "hecon.sensitivity": "What if an input is another",
    "hecon.psa": "How uncertain the answer is",
    "hecon.budget": "Budget impact",
    "hecon.versions": "What changed",
    "hecon.analysis": "Scenarios, suites and their like",
    "hecon.verification": "Health of a model",
    "hecon.report": "What leaves",
    "hecon.errors": "What is raised",
}
#: Models that follow a publication, by workbook, with a title.
MODELS = {
    "hiv": "Chancellor's HIV model",
    "hip_replacement": "Total hip replacement",
    "sick_sicker": "Sick-Sicker",
    "sick_sicker_age": "Sick-Sicker by age",
    "sick_sicker_residence": "Sick-Sicker by time since falling sick",
    "simple_partitioned": "Partitioned survival, two arms",
    "decision_tree": "A decision tree for migraine",
    "pelligra": "Pelligra's myeloma model, nearly reproduced",
}


def write(folder: Path) -> None:
    """Write every page anew; a page that did not change keeps its time, so that it is not built again."""
    made = dict(all_pages())
    for path in folder.rglob("*.md"):
        if path.relative_to(folder).as_posix() not in made:
            path.unlink()
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    kept = folder.parent / "notebooks"
    kept.mkdir(exist_ok=True)
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        shutil.copyfile(path, kept / path.name)


def all_pages() -> Iterator[tuple[str, str]]:
    """Give each page that is made, by its place."""
    yield "workbook.md", workbook_page()
    yield "settings.md", settings_page()
    for room, title in ROOMS.items():
        yield f"api/{room.removeprefix('hecon.')}.md", room_page(room, title)
    for name, title in MODELS.items():
        yield f"models/{name}.md", model_page(name, title)


def table(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Write a table of Markdown."""
    lines = [list(headings)]
    lines += [["---"] * len(lines[0]), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;").replace("$", "\\$")


def workbook_page() -> str:
    """Every sheet and column of the input workbook, as the reader declares them."""
    parts = [
        "# The workbook format",
        "This page is made of the declarations that the reader, the drop-downs and the Guide sheet are made of: "
        "every sheet and column that there is. A sheet has its title in A1, a line of help in A2, headers in row 4 "
        "and rows from row 5 on. Sheets may stand in any order. Those marked *required* must be there.",
        "A parameter sheet has columns for the labels that its rows are for (`strategy`, `drug`, `state`, or a "
        "dimension of your own) between `parameter` and `value`.",
    ]
    parts += [_sheet(sheet) for sheet in SHEETS]
    rows = [(f"`{name}`", curve.title, ", ".join(curve.domains)) for name, curve in FAMILIES.items()]
    parts += ["## Curve families", table(["family", "curve", "coefficients"], rows)]
    rows = [(f"`{name}`", " ".join(one.meaning.split())) for name, one in DISTRIBUTIONS.items()]
    parts += ["## Distributions of an input", table(["distribution", "what it is"], rows)]
    return "\n\n".join(parts) + "\n"


def _sheet(sheet: Sheet) -> str:
    head = f"## Sheet {sheet.name}\n\n{_cell(sheet.help)}" + (" *Required.*" if sheet.required else "")
    if sheet.keys:
        head += f" Labels that a new template shows: {', '.join(f'`{key}`' for key in sheet.keys)}."
    rows = [(f"`{one.name}`", one.meaning, _may_hold(one)) for one in sheet.columns]
    return f"{head}\n\n{table(['column', 'meaning', 'a cell holds'], rows)}"


def _may_hold(column: Column) -> str:
    if column.required:
        return f"{column.words}; required"
    blank = "what follows from the rest of its row" if column.follows else column.default
    return column.words if blank in (None, "") else f"{column.words}; blank is {blank}"


def settings_page() -> str:
    """Every setting, what it may be and what it does."""
    from dataclasses import fields

    default = Settings()
    rows = [
        (f"`{one.name}`", _plain(getattr(default, one.name)), one.metadata["allowed"], one.metadata["meaning"])
        for one in fields(Settings)
    ]
    told = "Each is a row of the sheet Settings, is printed in every export, and has a test that it changes a result."
    return f"# Settings\n\n{told}\n\n{table(['setting', 'default', 'allowed', 'what it does'], rows)}\n"


def _plain(value: object) -> str:
    return ", ".join(f"{one:g}" for one in value) if isinstance(value, tuple) else "" if value is None else str(value)


def names_of(room: str) -> list[str]:
    """Public names of a room in the order of its stub, without rooms."""
    module = he if room == "hecon" else getattr(he, room.removeprefix("hecon."))
    stub = Path(module.__file__).with_suffix(".pyi")
    names = [name for name in vars(module) if name in module.__all__]
    if stub.exists():
        tree = ast.parse(stub.read_text(encoding="utf-8"))
        names = [alias.asname for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    return [name for name in dict.fromkeys(names) if name and not inspect.ismodule(getattr(module, name))]


def room_page(room: str, title: str) -> str:
    """Every public name of a room with its signature and its help."""
    module = he if room == "hecon" else getattr(he, room.removeprefix("hecon."))
    called = "he" if room == "hecon" else f"he.{room.removeprefix('hecon.')}"
    parts = [f"# {title}: `{called}`", _words(inspect.getdoc(module) or "")]
    for name in names_of(room):
        one = getattr(module, name)
        parts.append(f"## {name}")
        if callable(one):
            parts.append(f"```python\n{_signature(name, one)}\n```")
        parts.append(_words(inspect.getdoc(one) or ""))
        parts += list(_members(one))
    return "\n\n".join(part for part in parts if part) + "\n"


def _signature(name: str, one: object) -> str:
    try:
        signature = inspect.signature(one)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return name
    text = re.sub(r"'([\w.\[\], |]+)'", r"\1", f"{name}{signature}")
    text = re.sub(r"<factory>|<object object at 0x[0-9a-f]+>", "...", text)
    if len(text) <= 100:
        return text
    inner = ",\n    ".join(re.sub(r"'([\w.\[\], |]+)'", r"\1", str(one)) for one in signature.parameters.values())
    return f"{name}(\n    {re.sub('<factory>', '...', inner)},\n)"


def _members(one: object) -> Iterator[str]:
    if not inspect.isclass(one) or issubclass(one, Exception):
        return
    rows = []
    for name, member in vars(one).items():
        own = inspect.unwrap(member.__func__ if isinstance(member, classmethod | staticmethod) else member)
        doc = inspect.getdoc(own) if callable(own) or isinstance(own, property) or hasattr(own, "func") else None
        if doc and not name.startswith("_"):
            rows.append((f"`{name}`", doc.split("\n\n")[0]))
    if rows:
        yield table(["of it", "what it gives"], rows)


def _words(doc: str) -> str:
    """Turn help into Markdown: examples and what is indented stand as they are."""
    parts = []
    for block in re.split(r"\n\s*\n", doc.strip()):
        if block.lstrip().startswith(">>>"):
            parts.append(f"```pycon\n{inspect.cleandoc(block)}\n```")
        elif block.startswith(" ") or re.search(r"^\S.*\n {2,}\S", block) or re.search(r"\w {2,}\w", block):
            parts.append(f"```text\n{block}\n```")
        else:
            parts.append(re.sub(r"``([^`]+)``", r"`\1`", block).replace("<", "&lt;").replace("$", "\\$"))
    return "\n\n".join(parts)


def model_page(name: str, title: str) -> str:
    """A published model: what it is, its function, its workbook, and its paper's numbers beside those of the run."""
    source = (ROOT / "models" / f"{name}.py").read_text(encoding="utf-8")
    said = ast.get_docstring(ast.parse(source)) or ""
    code = source.split('"""', 2)[2].strip()
    inputs = he.read_workbook(ROOT / "inputs" / f"{name}.xlsx", models=ROOT / "models")
    parts = [f"# {title}", _words(said), "## Run it"]
    parts += [
        f"```sh\nhecon new my_{name} --example {name}\nhecon run my_{name}/inputs/{name}.xlsx --out results\n```",
        "```{code-cell} python\n:tags: [remove-input]\nimport hecon as he\n\n"
        f'inputs = he.read_workbook("../../../inputs/{name}.xlsx", models="../../../models")\n'
        "he.run(inputs.base_case())\n```",
    ]
    found = stated_results(he.run(inputs.base_case()))
    if len(found):
        rows = [
            (row.check, row.changed, f"{row.value:,.6g}", expectation(row), "yes" if row.passes else "no")
            for row in found.itertuples()
        ]
        parts += ["## The numbers of its paper", "Rows of the sheet Checks of its workbook; every run looks at them."]
        parts.append(table(["check", "after", "here", "it should", "holds"], rows))
    parts += ["## The model", f"```python\n{code}\n```"]
    head = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n"
    return head + "\n\n".join(parts) + "\n"

"""Rules of the house: who imports whom, what is public, what is lazy, how long a file may grow."""

import ast
import functools
import importlib
import json
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import ModuleType

import pytest

import hecon

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "hecon").rglob("*.py"))

#: Each layer may import from its own and from those below it; packages on one level do not import each other.
LEVELS = [
    ("__main__",),
    ("cli",),
    ("arguments", "failures"),
    ("verification",),
    ("report",),
    ("analysis",),
    ("costing", "states", "inputs"),
    ("survival",),
    ("parameters", "flows"),
    ("timeline", "products"),
    ("symbols",),
    ("settings",),
    ("measured", "rows"),
    ("aligned", "domains", "units"),
    ("labels", "scratch", "excel"),
    ("place_names", "second_process", "whole"),
    ("errors", "looks", "numerals", "once", "progress", "threads"),
    ("frozen",),
]
LEVEL_OF = {name: level for level, names in enumerate(LEVELS) for name in names}

#: Libraries with exactly one importer, so that a change of library is a change of one file.
ONE_IMPORTER = {
    "openpyxl": "inputs/dates.py",
    "threadpoolctl": "threads.py",
    "numba": "survival/compiled.py",
    "xlsxwriter": "excel/book.py",
    "matplotlib": "report/figures/drawing.py",
    "distributed": "analysis/psa/engines.py",
    "zarr": "analysis/psa/store.py",
    "docx": "report/document/word.py",
    "jinja2": "report/document/page.py",
}


#: Names that more than one module may define: what each record of a registry must be called, the way into a program,
#: and functions of mathematics, which modules give for other kinds of numbers (expressions, labelled arrays, jets).
#: Modules `*_written` define their numeric twin's names: the same computation, written into cells.
SHARED_NAMES = {"ANALYSIS", "PRESENTATION", "METHOD", "TOGETHER", "main", "exp", "log", "normal_log_tail"}


def part_of(path):
    relative = path.relative_to(ROOT / "hecon")
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


@functools.cache
def imports(path):
    return tuple(_imports(path))


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            if [alias.name for alias in node.names] != ["__version__"]:
                yield node.module


@pytest.mark.parametrize("path", [p for p in MODULES if p.name != "__init__.py" or p.parent.name != "hecon"], ids=str)
def test_imports_go_down_only(path):
    own = part_of(path)
    for name in imports(path):
        if not name.startswith("hecon."):
            assert name != "hecon", f"{path.name} imports the public names instead of a module"
            continue
        other = name.split(".")[1]
        assert LEVEL_OF[other] > LEVEL_OF[own] or other == own, f"{own} ({path.name}) must not import {other}"


def defined(body):
    """The names that statements of a module bind, in branches too; what is imported is defined elsewhere."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            parts = (part for target in targets for part in ast.walk(target))
            yield from (part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store))
        elif isinstance(node, ast.If | ast.Try | ast.With):
            yield from defined([*node.body, *getattr(node, "orelse", [])])


def test_one_name_one_thing():
    """A public name has one home: a second one gets the word of the field that tells them apart, or an underscore."""
    homes = {}
    for path in MODULES:
        for name in set(defined(ast.parse(path.read_text(encoding="utf-8")).body)):
            if not name.startswith("_") and name not in SHARED_NAMES:
                home = path.relative_to(ROOT / "hecon").as_posix().replace("_written.py", ".py")
                homes.setdefault(name, set()).add(home)
    assert len(homes) > 1000
    assert {name: sorted(places) for name, places in homes.items() if len(places) > 1} == {}


def test_no_ring_of_imports():
    """No module leads back to itself, whether it imports at the top, in a function, or for a type checker only."""
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in MODULES}
    leads_to = {
        name: {
            target if (target := f"{node.module}.{alias.name}") in names else node.module
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        & set(names)
        for name, path in names.items()
        if name != "hecon"  # the front door, whose names are those of everything
    }
    assert sum(map(len, leads_to.values())) > 1000
    try:
        tuple(TopologicalSorter(leads_to).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(reversed(error.args[1])))


def test_the_table_of_rooms_is_that_of_the_levels():
    said = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("| level |")[2].partition("\n\n")[0]
    rows = [line.split("|")[2:4] for line in said.splitlines() if line.startswith("| ")]
    assert [tuple(re.findall(r"`(\w+)`", rooms)) for rooms, _ in rows] == LEVELS
    about = {room: words for rooms, words in rows for room in re.findall(r"`(\w+)`", rooms)}
    for room in ("analysis", "report"):
        folders = {path.parent.name for path in (ROOT / "hecon" / room).glob("*/__init__.py")}
        assert folders <= set(re.findall(r"`(\w+)`", about[room]))


@pytest.mark.parametrize("path", sorted((ROOT / "models").glob("*.py")), ids=lambda path: path.stem)
def test_models_import_public_names_only(path):
    assert set(imports(path)) <= {"hecon", "__future__"}


@pytest.mark.parametrize(("library", "home"), ONE_IMPORTER.items())
def test_one_importer(library, home):
    users = [
        p.relative_to(ROOT / "hecon").as_posix() for p in MODULES if any(n.split(".")[0] == library for n in imports(p))
    ]
    assert users == [home]


ROOMS = [name for name in hecon.__all__ if isinstance(getattr(hecon, name), ModuleType)]
PLACES = [hecon, *(getattr(hecon, name) for name in ROOMS)]
#: Places with a list of names, which is a stub; a room that is one module says its names itself.
LISTED = [place for place in PLACES if Path(place.__file__).name == "__init__.py"]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_public_names_are_sorted_and_load(place):
    assert place.__all__ == sorted(set(place.__all__))
    for name in place.__all__:
        value = getattr(place, name)
        assert value.__doc__, f"{name} has no docstring"
        if not isinstance(value, ModuleType):
            assert importlib.import_module(value.__module__)
    assert set(place.__all__) <= set(dir(place))


@pytest.mark.parametrize("room", ROOMS)
def test_what_a_room_has_can_be_called_without_it(room):
    for name in getattr(hecon, room).__all__:
        assert getattr(hecon, name) is getattr(getattr(hecon, room), name)


def test_the_top_is_a_short_list():
    assert len(hecon.__all__) - len(ROOMS) <= 46
    assert len(ROOMS) <= 14
    assert len(LISTED) == 13


def told():
    """What a reader sees: pages, models, sources of notebooks, and the package with its help and its messages."""
    for path in [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "models").glob("*.py"),
        *MODULES,
    ]:
        yield path.name, path.read_text(encoding="utf-8")
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        yield path.name, "".join(line for cell in cells for line in cell["source"])


def test_what_is_told_calls_names_by_their_room():
    """A type checker and completion know a name in its room alone."""
    called = {(page, name) for page, text in told() for name in re.findall(r"\bhe((?:\.[A-Za-z]\w*)+)", text)}
    assert len(called) > 300
    wrong = []
    for page, name in called:
        top, inner = name[1:].partition(".")[::2]
        inside = inner.partition(".")[0]
        if top not in hecon.__all__ or (top in ROOMS and inside and inside not in getattr(hecon, top).__all__):
            wrong.append(f"{page}: he{name}")
    assert wrong == []


@pytest.mark.parametrize("place", LISTED, ids=lambda place: place.__name__)
def test_a_stub_names_what_there_is(place):
    """A type checker reads the stub and nothing else, so each of its lines must hold."""
    tree = ast.parse(Path(place.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    lines = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert sorted(alias.name for node in lines for alias in node.names) == place.__all__
    assert all(alias.asname == alias.name for node in lines for alias in node.names)


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'weibul'"):
        hecon.weibul


def test_import_is_light():
    heavy = ["numpy", "pandas", "xarray", "scipy", "openpyxl", "xlsxwriter", "matplotlib", "SALib"]
    code = f"import hecon, sys; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT / "hecon").as_posix())
def test_no_file_grows_far_beyond_400_lines(path):
    """A hint: the format of workbooks, one list of sheets and columns, grows with every sheet."""
    longest = 600 if path.name == "format.py" else 440
    assert len(path.read_text(encoding="utf-8").splitlines()) <= longest


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_no_public_name_hides_behind_a_module(place):
    """A module that is imported becomes a name of its room: it must be the home of the public name that it takes."""
    folder = Path(place.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} | {path.name for path in folder.iterdir() if path.is_dir()}
    for name in set(place.__all__) & modules:
        value = getattr(place, name)
        home = f"{place.__name__}.{name}"
        assert isinstance(value, ModuleType) or f"{value.__module__}.".startswith(f"{home}.")

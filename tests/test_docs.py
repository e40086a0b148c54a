"""The pages of docs: every block of code and every command runs; what is made of declarations holds all of them."""

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest

import hecon as he
from hecon import cli
from hecon.inputs.format import SHEETS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))}
CODE = {
    name: re.findall(r"^```\{code-cell\} python\n(.*?)^```", text, flags=re.S | re.M) for name, text in PAGES.items()
}
COMMANDS = {name: re.findall(r"^```sh\n(.*?)^```", text, flags=re.S | re.M) for name, text in PAGES.items()}
#: Pages whose code makes many draws.
LARGE = {"evidence", "gallery", "uncertainty", "own_model", "ten_minutes"}


def _marked(names):
    return [pytest.param(name, marks=[pytest.mark.slow] * (name in LARGE)) for name in names]


@pytest.fixture(scope="module")
def pages():
    spec = importlib.util.spec_from_file_location("pages", DOCS / "pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", _marked(name for name, blocks in CODE.items() if blocks))
def test_code_runs(name, monkeypatch):
    monkeypatch.chdir(DOCS)
    here = Path.cwd()
    mpl.use("agg")
    own = {}
    try:
        for place, block in enumerate(CODE[name], start=1):
            text = re.sub(r"^:tags:.*\n", "", block)
            exec(compile(text, f"{name}.md, block {place}", "exec"), own)
    finally:
        os.chdir(here)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, blocks in COMMANDS.items() if blocks])
def test_commands_run(name, tmp_path, monkeypatch):
    """In the order of the page, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for line in "".join(COMMANDS[name]).splitlines():
        program, *arguments = shlex.split(line)
        assert program == "hecon"
        short = ["--draws", "100", "--sobol-samples", "64"] if arguments[0] == "run" else []
        assert cli.main([*arguments, *short]) == 0, line


def test_every_page_can_be_reached():
    told = set(re.findall(r"^(?:made/|notebooks/)?([\w/]+)$", "\n".join(PAGES.values()), flags=re.M))
    assert set(PAGES) - {"index"} <= told


def test_the_format_page_has_every_sheet_and_column(pages):
    text = pages.workbook_page()
    for sheet in SHEETS:
        own = text.split(f"## Sheet {sheet.name}\n")[1].split("\n## ")[0]
        for column in sheet.columns:
            assert f"| `{column.name}` |" in own


def test_the_settings_page_has_every_setting(pages):
    text = pages.settings_page()
    for name in he.Settings().as_dict():
        assert f"| `{name}` |" in text


def test_every_public_name_has_its_help(pages):
    for room, title in pages.ROOMS.items():
        text = pages.room_page(room, title)
        names = pages.names_of(room)
        assert len(names) >= 2
        for name in names:
            own = text.split(f"\n## {name}\n")[1].split("\n## ")[0]
            assert len(own.strip()) > 20, f"{room}.{name} has no help"
        assert " object at 0x" not in text


def test_every_shipped_model_that_follows_a_publication_is_a_tutorial(pages):
    shipped = {path.stem for path in (ROOT / "inputs").glob("*.xlsx")}
    assert set(pages.MODELS) == {name for name in shipped if not name.startswith("isa_dara")}
    text = pages.model_page("hiv", "HIV")
    assert "6,276 for a life year gained" in text
    assert text.count("| yes |") == len(he.read_workbook(ROOT / "inputs" / "hiv.xlsx").tables["Checks"])
    assert "| no |" not in text


def test_no_page_asks_for_anything_from_outside():
    for name, text in PAGES.items():
        assert not re.search(r"\]\(https?://|src=|<script", text), name


@pytest.mark.slow
def test_the_pages_are_built_without_a_warning(tmp_path):
    pytest.importorskip("myst_nb", reason="the extra docs is not installed")
    command = [sys.executable, "-m", "sphinx", "-n", "-W", "-q", str(DOCS), str(tmp_path / "pages")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-3000:]
    index = (tmp_path / "pages" / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=\"(https?:)?//", index)

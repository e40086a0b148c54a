"""The README's Python runs as it stands."""

import re
from pathlib import Path

import pytest

import hecon

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.S)


@pytest.mark.parametrize("place", range(len(BLOCKS)))
def test_python_blocks_run(place, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    exec(compile(BLOCKS[place], f"README block {place + 1}", "exec"), {})
    assert len(capsys.readouterr().out.splitlines()) > 3


def test_ci_runs_the_readmes_test_command():
    commands = re.findall(r"```\n(.*?)\n```", README, flags=re.S)
    tests = next(command for command in commands if "pytest" in command)
    assert tests in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_citation_is_of_this_version():
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"(?m)^version: (\S+)$", cited) == [hecon.__version__]


@pytest.mark.parametrize("name", ["results", "average costs", pytest.param("map", marks=pytest.mark.slow)])
def test_the_tables_are_what_the_workbooks_give(name):
    from readme_tables import TABLES, written

    assert written(name) == TABLES[name](), "python tests/readme_tables.py writes the tables anew"

"""The README's Python runs as it stands."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.S)


@pytest.mark.parametrize("place", range(len(BLOCKS)))
def test_python_blocks_run(place, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    exec(compile(BLOCKS[place], f"README block {place + 1}", "exec"), {})
    assert "strategy" in capsys.readouterr().out


def test_ci_runs_the_readmes_test_command():
    commands = re.findall(r"```\n(.*?)\n```", README, flags=re.S)
    tests = next(command for command in commands if "pytest" in command)
    assert tests in (ROOT / ".ci" / "run").read_text(encoding="utf-8")

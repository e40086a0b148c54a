"""The oldest versions that are allowed are the oldest versions that are tested."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOWEST = (ROOT / ".ci" / "lowest.txt").read_text(encoding="utf-8")
#: Extras that an analysis runs on; the others are tools of those who write.
EXTRAS = ("fast", "report", "scale")


def test_the_lowest_versions_are_those_of_the_project():
    allowed = [*PROJECT["dependencies"], *(one for extra in EXTRAS for one in PROJECT["optional-dependencies"][extra])]
    own, _, _ = LOWEST.partition("# what these were used with")
    wanted = [re.fullmatch(r"([\w-]+)>=([\d.]+)(;.*)?", one) for one in allowed]
    assert all(wanted), "each library has one lower bound, and no upper one"
    assert re.findall(r"^([\w-]+)==([\d.]+)$", own, flags=re.M) == [found.groups()[:2] for found in wanted]


def test_ci_tests_them():
    said = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert '--constraint .ci/lowest.txt -e ".[test]"\n"$lowest/venv/bin/python" -m pytest\n' in said
    assert "://" not in LOWEST

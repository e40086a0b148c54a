"""The wheel, as somebody installs it: what a type checker sees of it, and what it runs far from this repository."""

import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "tests" / "typing"
pytestmark = pytest.mark.slow


def done(*command, cwd=None, status=0):
    found = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)
    assert found.returncode == status, f"{found.stdout}\n{found.stderr}"
    return found.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Give an environment of its own with the wheel in it; the libraries are those of this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    done(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT)
    done(sys.executable, "-m", "venv", "--without-pip", folder / "env")
    (python,) = (path for path in (folder / "env").rglob("python*") if path.name in ("python", "python.exe"))
    own = Path(done(python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])").strip())
    (wheel,) = folder.glob("hecon-*.whl")
    done(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", own, wheel)
    (own / "libraries.pth").write_text(sysconfig.get_paths()["purelib"])
    where = done(python, "-c", "import hecon; print(hecon.__file__)", cwd=folder).strip()
    assert Path(where).parent == own / "hecon"
    return python


@pytest.fixture(scope="module")
def checked(installed, tmp_path_factory):
    """Give what mypy --strict says of a script, by its name."""
    folder = tmp_path_factory.mktemp("scripts")

    def says(text, status):
        script = folder / "script.py"
        script.write_text(text)
        options = ("--strict", "--cache-dir", folder / "cache", "--python-executable", installed)
        return done(sys.executable, "-m", "mypy", *options, script, cwd=folder, status=status)

    return says


def test_a_script_passes_the_type_checker_and_runs(installed, checked, tmp_path):
    text = (SCRIPTS / "user_script.py").read_text()
    checked(text, 0)
    assert "chemo" in done(installed, SCRIPTS / "user_script.py", cwd=tmp_path)


def test_every_slip_is_found_at_its_line(checked):
    text = (SCRIPTS / "wrong_calls.py").read_text()
    slips = {number for number, line in enumerate(text.splitlines(), 1) if line.endswith("# wrong")}
    found = {int(line) for line in re.findall(r"script\.py:(\d+): error", checked(text, 1))}
    assert len(slips) >= 15
    assert found == slips


def test_a_public_name_has_its_signature(checked):
    said = checked("import hecon as he\n\nreveal_type(he.run)\nreveal_type(he.value.ceac)\n", 0)
    assert re.search(
        r'"def \(case: hecon.inputs.case.Case, \*, block: int \| None.*-> hecon.analysis.result.Result"', said
    )
    assert re.search(r"Overload\(def \((psa: |)hecon.analysis.result.Result", said)


def test_it_makes_a_project_and_runs_it(installed, tmp_path):
    done(installed, "-m", "hecon", "new", "mine", cwd=tmp_path)
    said = done(installed, "-m", "hecon", "run", "inputs/my_model.xlsx", "--no-sensitivity", cwd=tmp_path / "mine")
    assert "Written" in said


def test_its_own_workbooks_and_models_come_with_it(installed, tmp_path):
    done(installed, "-m", "hecon", "new", "pd", "--example", "isa_dara_pd_us", cwd=tmp_path)
    workbook = tmp_path / "pd" / "inputs" / "isa_dara_pd_us.xlsx"
    assert workbook.read_bytes() == (ROOT / "inputs" / "isa_dara_pd_us.xlsx").read_bytes()
    alone = tmp_path / "elsewhere.xlsx"  # with no models folder beside it
    alone.write_bytes(workbook.read_bytes())
    assert "OK" in done(installed, "-m", "hecon", "check", alone, cwd=tmp_path)

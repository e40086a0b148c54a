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
    assert len(capsys.readouterr().out.splitlines()) > 3


def test_ci_runs_the_readmes_test_command():
    commands = re.findall(r"```\n(.*?)\n```", README, flags=re.S)
    tests = next(command for command in commands if "pytest" in command)
    assert tests in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_results_table_is_what_the_workbooks_give():
    import hecon as he

    rows = re.findall(r"^\| (pomalidomide|carfilzomib) \| (\d) \|(.*)\|$", README, flags=re.M)
    assert len(rows) == 6
    results = {
        "pomalidomide": ("isa_dara_pd_us.xlsx", "Isa-Pd", "Dara-Pd"),
        "carfilzomib": ("isa_dara_kd_us.xlsx", "Isa-Kd", "Dara-Kd"),
    }
    pairs = {}
    for partner, (workbook, strategy, comparator) in results.items():
        inputs = he.read_workbook(ROOT / "inputs" / workbook)
        frame = he.run(inputs.base_case()).incremental(comparator=comparator)
        pairs[partner] = frame[frame.strategy == strategy].set_index("horizon_years")
    for partner, years, cells in rows:
        row = pairs[partner].loc[float(years)]
        cost, qaly, ratio, saving, worth_it = (cell.strip() for cell in cells.split("|"))
        assert cost == f"{row.incremental_cost:,.0f}"
        assert qaly == f"{row.incremental_qaly:.3f}"
        assert ratio == ("dominant" if row.quadrant == "SE" else f"{row.icer:,.0f}")
        assert saving == ("yes" if row.incremental_cost < 0 else "no")
        assert worth_it == ("yes" if 150_000 * row.incremental_qaly > row.incremental_cost else "no")

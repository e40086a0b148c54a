"""The two myeloma workbooks, each read once."""

from functools import cache
from pathlib import Path

import hecon as he

ROOT = Path(__file__).parents[2]
WORKBOOKS = ("isa_dara_pd_us", "isa_dara_kd_us")


@cache
def read(name):
    """Give what a workbook in ``inputs/`` says."""
    return he.read_workbook(ROOT / "inputs" / f"{name}.xlsx", models=ROOT / "models")

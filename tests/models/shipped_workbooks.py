"""The myeloma workbooks, each read once, as they are and as they were."""

import tempfile
from functools import cache
from pathlib import Path

import hecon as he
from workbooks.made import FROM_THE_START, RECIPES

ROOT = Path(__file__).parents[2]
WORKBOOKS = ("isa_dara_pd_us", "isa_dara_kd_us")


@cache
def read(name):
    """Give what a workbook in ``inputs/`` says."""
    return he.read_workbook(ROOT / "inputs" / f"{name}.xlsx", models=ROOT / "models")


@cache
def made(name, changes=None):
    """Give what a workbook says after so many of its changes; after none it has the results of the first version."""
    make = FROM_THE_START.get(name) or next(recipe for recipe in RECIPES if recipe.name == name).book
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.xlsx"
        (make() if changes is None else make(changes)).write(path)
        return he.read_workbook(path, models=ROOT / "models")

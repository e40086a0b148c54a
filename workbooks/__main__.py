"""Write the myeloma workbooks anew: ``python -m workbooks``."""

from workbooks.book import ROOT
from workbooks.made import RECIPES

for recipe in RECIPES:
    recipe.book().write(ROOT / "inputs" / f"{recipe.name}.xlsx")

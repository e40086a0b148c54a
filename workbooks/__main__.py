"""Write these workbooks anew: ``python -m workbooks``."""

from workbooks.book import ROOT
from workbooks.made import FROM_THE_START, RECIPES

for name, make in {**FROM_THE_START, **{recipe.name: recipe.book for recipe in RECIPES}}.items():
    make().write(ROOT / "inputs" / f"{name}.xlsx")

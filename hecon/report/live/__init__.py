"""The live workbook: a model as native Excel formulas, from every input cell to the ICER.

The model's own function is run on symbols; what it names becomes columns, and this package lays them out and writes
them, each formula with its value from the run.
"""

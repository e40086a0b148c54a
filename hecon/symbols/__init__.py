"""Numbers that remember how they were computed, so that one model gives both results and formulas.

A `Symbol` is a number with its formula. Symbols stand in numpy object arrays and flow through the same functions as
numbers do; what numpy cannot ask of an object (a minimum, a choice, a normal tail) is in `functions`. A `Draft` gives
intermediate results cells of their own, so that formulas stay short; `excel`, `latex` and `mathml` print them.
"""

"""The equations of a model on paper: formulas of its live workbook as LaTeX, MathML and a technical appendix."""

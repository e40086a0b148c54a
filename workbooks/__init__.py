"""How the myeloma workbooks in ``inputs/`` are made, from those of the first version or the start, one function a change.

``python -m workbooks`` writes them anew; a test holds that they are what this package says. Every number has its source
beside it, as in the workbook.
"""

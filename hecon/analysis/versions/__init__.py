"""What changed between workbooks, and which change moved the results."""

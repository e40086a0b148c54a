"""The sheets of the results workbook."""

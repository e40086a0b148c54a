"""From a workbook to a case: format, reader, template, distributions, cases."""

"""Two versions of a workbook: on the screen and as a workbook."""

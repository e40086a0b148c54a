"""The report as a document: one list of numbered sections, tables and figures, and what writes it to Word and HTML."""

"""The one room that knows XlsxWriter: books, charts, addresses of cells."""

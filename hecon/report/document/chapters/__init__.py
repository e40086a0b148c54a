"""Chapters of the report, each a function of the material that gives a section."""

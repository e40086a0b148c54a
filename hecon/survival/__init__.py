"""Survival curves: parametric families, curves from tables, and adjustments that wrap a curve."""

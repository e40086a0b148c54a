"""Survival curves: parametric families, curves from tables, adjustments that wrap a curve, and fits to data."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Survival curves: parametric families, curves from tables, and adjustments that wrap a curve."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Probabilistic analysis: draws, pages, engines and their store, structure as a draw, and draws from other tools."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Budget impact: what a payer spends with a new treatment and without it, year by year."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

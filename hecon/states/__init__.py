"""Where the patients are: shares of the cohort by state at every cycle edge."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

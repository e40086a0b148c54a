"""What a decision is worth: who is cost-effective, how sure that is, and what better evidence would be worth."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

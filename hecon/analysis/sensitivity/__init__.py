"""What moves the answer: inputs alone, two at a time, all together, and the value at which a decision turns."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

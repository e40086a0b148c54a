"""The battery: black-box checks of a model, each with its source and a verdict.

The tests are written after TECH-VER (Büyükkaramikli et al. 2019) and AdViSHE (Vemer et al. 2016); no compliance is
claimed.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""What a model is run on: from a workbook to inputs and a case; its format, its template, distributions."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

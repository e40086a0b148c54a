"""What a reader gets: tables, workbooks, figures and text, all made of a `Result` and nothing else."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

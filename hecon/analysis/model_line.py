"""Where in a model an error arose: the line to show to whoever wrote the model, wherever the model ran."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path

#: What an error is given to carry, since its traceback does not travel from another process.
_NOTE = "hecon_model_line"


def model_line(error: BaseException) -> str:
    """Give file and line of the model if it is there that the error arose, and not in what hecon did for it.

    >>> model_line(ValueError("not of a model"))
    ''
    """
    package = Path(__file__).resolve().parents[1]
    libraries = {Path(path).resolve() for path in sysconfig.get_paths().values()}
    # an error of another process comes with the place it was given there
    noted = str(getattr(error, _NOTE, ""))
    caller, place = "", noted
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename).resolve()
        if package in path.parents and package / "_models" not in path.parents:
            caller, place = path.name, noted
        elif caller == "run.py" and path.exists() and not libraries & set(path.parents):
            place = f"{path.name}, line {frame.lineno}"
    return place


def note_model_line(error: BaseException) -> None:
    """Have the error carry its line, before it goes to another process."""
    setattr(error, _NOTE, model_line(error))

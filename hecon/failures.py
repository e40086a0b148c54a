"""How a command that fails ends: one message, and the exit status."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback

from hecon.errors import HeconError, InputError

OK, BAD_INPUT, BAD_USAGE, BUG, INTERRUPTED = 0, 1, 2, 3, 130
#: A result that was stated does not come out, a check of the model fails, or an export is not reproduced.
FAILS = 1


def failed(error: BaseException, *, debug: bool) -> int:
    """Say what went wrong, and give the exit status."""
    if isinstance(error, KeyboardInterrupt):
        return _said("\nhecon: interrupted; nothing was written", INTERRUPTED)
    if isinstance(error, BrokenPipeError):
        # Whoever read the output has gone, as in `hecon run ... | head`; the files are written all the same.
        _stop_output()
        return OK
    if debug:
        traceback.print_exception(error)
    if isinstance(error, HeconError):
        return _said(str(error) if isinstance(error, InputError) else f"hecon: {error}", BAD_INPUT)
    if isinstance(error, MemoryError):
        cure = "fewer draws, fewer Sobol samples, longer cycles or nearer horizons need less"
        return _said(f"hecon: this computer has not enough memory for it ({error}); {cure}", BAD_INPUT)
    return _unexpected(error, debug=debug)


def _unexpected(error: BaseException, *, debug: bool) -> int:
    """Say whose fault it is: the model (if it arose there, and not in what hecon did for it), the system, or hecon."""
    from hecon.analysis.run import model_line

    what = f"{type(error).__name__}: {error}"
    more = "" if debug else " Run it again with --debug to see where it arose."
    if place := model_line(error):
        return _said(f"hecon: the model failed at {place}: {what}.{more}", BAD_INPUT)
    if isinstance(error, OSError):
        # The system refused: a path that is too long, a disk or an output that is full.
        if error.filename is None:
            _stop_output()
        where = f"{error.filename} cannot be read or written" if error.filename else "the output cannot be written"
        return _said(f"hecon: {where}: {error.strerror or error}", BAD_INPUT)
    return _said(f"hecon: this is a bug in hecon, not in your workbook. {what}.{more}", BUG)


def _said(message: str, status: int) -> int:
    print(message, file=sys.stderr)
    return status


def _stop_output() -> None:
    """Let what is still to be printed go nowhere, so that Python does not try again at the end."""
    with contextlib.suppress(OSError, ValueError):  # an output that is no file of the system has nothing to stop
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

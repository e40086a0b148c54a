"""``python -m hecon`` is the command ``hecon``; both begin here."""

import os
import signal
import sys

# Python puts the working directory first among the places of modules; what lies there is not run as a library.
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
if sys.path and os.path.realpath(sys.path[0]) == os.path.realpath(os.getcwd()) != os.path.realpath(_PACKAGE):
    del sys.path[0]


_NOTHING = "\nhecon: interrupted; nothing was written"


def _interrupt(*_: object) -> None:
    """Whoever ends the program from outside is heard as Ctrl-C is: nothing is left half-written."""
    raise KeyboardInterrupt


def _leave(*_: object) -> None:
    """End at once, while modules are read: an exception there may be lost, or shown with the lines of the library."""
    os.write(2, f"{_NOTHING}\n".encode())
    os._exit(130)


def main() -> int:
    """Run the command line and give the exit status; Ctrl-C is heard while its modules are still being read too."""
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, _leave)
    from hecon.cli import main as command

    try:
        signal.signal(signal.SIGTERM, _interrupt)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        return command()
    except KeyboardInterrupt:
        print(_NOTHING, file=sys.stderr)
        return 130


if __name__ == "__main__":
    raise SystemExit(main())

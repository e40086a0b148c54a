"""The command ``hecon`` begins here, so that Ctrl-C is heard before one module of hecon is read.

It stands beside the package, not in it: whoever imports a module of a package reads the package first.
"""

import os
import signal

NOTHING = "\nhecon: interrupted; nothing was written"


def hear() -> None:
    """Let Ctrl-C and SIGTERM end the program at once, in one line, for as long as modules are read.

    An exception there may be lost, or shown with the lines of a library.
    """
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, _leave)


def _leave(*_: object) -> None:
    os.write(2, f"{NOTHING}\n".encode())
    os._exit(130)


def main() -> int:
    """Run the command line and give the exit status."""
    hear()
    from hecon.__main__ import main as command

    return command()

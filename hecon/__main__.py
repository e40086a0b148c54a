"""``python -m hecon`` is the command ``hecon``."""

import gc
import os
import signal
import sys

# Python puts the working directory first among the places of modules; what lies there is not run as a library.
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
if sys.path and os.path.realpath(sys.path[0]) == os.path.realpath(os.getcwd()) != os.path.realpath(_PACKAGE):
    del sys.path[0]

from typing import Any  # noqa: E402

from hecon_command import NOTHING, hear  # noqa: E402 (after the working directory has gone)

#: Objects made and kept before Python looks for rings among them that nobody needs any more: reading modules and
#: writing workbooks makes hundreds of thousands, and a tenth of the time of a command goes into looking.
_OBJECTS = 500_000


def _spare() -> None:
    """Spare this process, which ends with its command, what costs time and serves nothing here."""
    gc.set_threshold(_OBJECTS)
    # hecon works on threads of its own (`hecon.threads`). Those of a library of linear algebra wait, at work, for a
    # tenth of a second whenever one is loaded; whoever wants them says so in the environment.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # xarray asks of arrays whether they are Dask's, and loads Dask to ask: a fifth of a second. None says: not there.
    if not any("dask" in word for word in sys.argv):
        modules: dict[str, Any] = sys.modules
        modules.setdefault("dask", None)


def main() -> int:
    """Run the command line and give the exit status; Ctrl-C is heard while its modules are still being read too."""
    hear()
    _spare()
    from hecon.cli import main as command
    from hecon.whole import interrupt

    try:
        for sign in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sign, interrupt)
        return command()
    except KeyboardInterrupt:
        print(NOTHING, file=sys.stderr)
        return 130
    finally:
        gc.freeze()  # what is left goes with the process: Python need not look through it at the end


if __name__ == "__main__":
    raise SystemExit(main())

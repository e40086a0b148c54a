"""``python -m hecon`` is the command ``hecon``."""

import os
import sys

# Python puts the working directory first among the places of modules; what lies there is not run as a library.
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
if sys.path and os.path.realpath(sys.path[0]) == os.path.realpath(os.getcwd()) != os.path.realpath(_PACKAGE):
    del sys.path[0]

from hecon.cli import main  # noqa: E402  (after the places of modules are set)

if __name__ == "__main__":
    raise SystemExit(main())

"""``python -m hecon`` is the command ``hecon``."""

from hecon.cli import main

if __name__ == "__main__":
    raise SystemExit(main())

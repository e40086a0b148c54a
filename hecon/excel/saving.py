"""Writing a file in one step: all of it, or none of it."""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path

from hecon.errors import HeconError, shortened
from hecon.place_names import refuse_place
from hecon.whole import PREFIX, hold, left_behind


def save_bytes(path: Path, content: bytes) -> None:
    """Write a file so that it is complete or absent: to a neighbour first, then moved into its place.

    What a process that was killed left there on its way is cleared.
    """
    refuse_place(path)
    neighbour = path.with_name(f"{PREFIX}{uuid.uuid4().hex}.tmp")
    try:
        for other in path.parent.glob(f"{PREFIX}*.tmp"):
            with left_behind(other, other) as left:
                if left:
                    other.unlink(missing_ok=True)
        with open(neighbour, "xb") as file:
            hold(file.fileno())
            file.write(content)
            file.flush()
            if os.name != "nt":
                os.replace(neighbour, path)
        if os.name == "nt":  # a file that is open is not moved there
            os.replace(neighbour, path)
    except PermissionError:
        raise HeconError(
            f"{shortened(path)} cannot be written: it is open in another program, or its folder is read-only. "
            "Close it there and run again."
        ) from None
    except IsADirectoryError:
        raise HeconError(f"{shortened(path)} cannot be written: it is a folder") from None
    except FileNotFoundError:
        folder = shortened(path.parent)
        raise HeconError(f"{shortened(path)} cannot be written: the folder {folder} does not exist") from None
    except OSError as error:
        raise HeconError(f"{shortened(path)} cannot be written: {error.strerror or error}") from None
    finally:
        with contextlib.suppress(OSError):
            neighbour.unlink(missing_ok=True)

"""Where a number comes from: what its status demands of the columns source and note."""

from __future__ import annotations

from collections.abc import Iterator

from hecon.errors import Fault
from hecon.inputs.rows import Row


def check_origin(row: Row, name: str = "", what: str = "number") -> Iterator[Fault]:
    """Find a reported or derived number without a source, and an assumed one without a source or a note."""
    if not row.sound("status", "source", "note") or row["source"]:
        return
    status, of = row["status"], f" of {name}" if name else ""
    if status in ("reported", "derived"):
        yield Fault(row.where("source"), f"source{of} is blank; a {status} {what} needs its source")
    elif status == "assumed" and not row["note"]:
        place = "note" if "note" in row.letters else "source"
        yield Fault(row.where(place), f"{place}{of} is blank; an assumed {what} needs a note or a source")

"""What a distribution of several rows is: what it is called, and how rows become sources of uncertainty."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from hecon.frozen import frozen
from hecon.inputs.joint import Source
from hecon.inputs.source_rows import SourceRows


@frozen(eq=True)
class Shared:
    """A distribution of several rows at once: its name on sheets, what it means, and how its rows are read.

    `read` gives the sources of the rows at some places, and lists faults; `natural` is what natural_1 is; with
    `grouped`, rows share a group.
    """

    name: str
    meaning: str
    read: Callable[[SourceRows, Sequence[int]], Iterator[Source]]
    natural: str = ""
    grouped: bool = False

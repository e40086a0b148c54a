"""What one of SALib's methods says about itself: its sample, its analysis, its indices, its paper, a known answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from hecon.analysis.sensitivity.salib.bridge import problem, salib
from hecon.analysis.sensitivity.salib.known import KnownAnswer
from hecon.frozen import frozen


@frozen(eq=True)
class Blueprint:
    """What a sample is to be: each of the `players` moves one or more numbers of the unit cube.

    Number i belongs to player ``player_of[i]``; `n` is the size of the base sample, in the sense of its method.
    """

    method: str
    n: int
    seed: int
    players: tuple[str, ...]
    player_of: tuple[int, ...]
    second_order: bool

    @property
    def grouped(self) -> bool:
        """Whether some numbers of the cube move together."""
        return len(self.players) < len(self.player_of)

    @property
    def groups(self) -> tuple[int, ...] | None:
        """The player of each number where some move together, for methods that SALib gives groups."""
        return self.player_of if self.grouped else None


@frozen(eq=True)
class Design(Blueprint):
    """A sample of the unit cube with what its method needs to be analysed; made once, so both always agree.

    `raw` is the sample as SALib made it, `uniforms` (draw, number) what goes through the quantile functions.
    """

    uniforms: np.ndarray
    raw: np.ndarray


#: SALib's sample as it made it, and the uniforms made of it; the generator is seeded with the seed of the design.
MakeSample = Callable[[Blueprint, np.random.Generator], tuple[np.ndarray, np.ndarray]]
#: SALib's indices of one outcome (draw): of the design, the outcome, the places of the inputs in the unit cube (draw,
#: input), which are those of `raw` or, of given data, the ranks of the values; and a generator of its own.
FindIndices = Callable[[Design, np.ndarray, np.ndarray, np.random.Generator], Mapping[str, Any]]


def _no_rule(plan: Blueprint) -> str:
    return ""


@frozen(eq=True)
class Method:
    """One of SALib's methods.

    n             size of the base sample where none is given, and `least` the smallest that can be analysed.
    indices       what it gives: our name of an index, SALib's name, SALib's name of its half-width ("" for none).
    rank          the index that ranks the inputs.
    sample        makes the sample, `analyse` SALib's indices of one outcome.
    reference     the paper that defines it.
    known         answers known from elsewhere; the tests compare each.
    groups        whether inputs can move together as one player.
    given_data    whether it analyses any sample: then every input is reported, not every player.
    second_order  whether it has indices of pairs.
    refuses       says why a sample cannot be made, or "".
    note          what is always to be said of its results.
    slow          whether its known answers take more than a few seconds.
    """

    n: int
    indices: Mapping[str, tuple[str, str]]
    rank: str
    sample: MakeSample
    analyse: FindIndices
    reference: str
    known: Sequence[KnownAnswer]
    groups: bool = False
    least: int = 2
    given_data: bool = False
    second_order: bool = False
    refuses: Callable[[Blueprint], str] = _no_rule
    note: str = ""
    slow: bool = False


def latin(plan: Blueprint, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Latin hypercube sample of every number: the design of methods that analyse given data."""
    raw = salib("sample.latin").sample(problem(len(plan.player_of)), plan.n, seed=generator)
    return raw, raw

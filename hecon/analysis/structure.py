"""What a model is made of, read off its own outcome: states, the ways between them, and what its ledger counts."""

from __future__ import annotations

from hecon.costing.ledger import Outcome
from hecon.frozen import frozen
from hecon.states.markov import Markov
from hecon.states.occupancy import Occupancy

PARTITION, MARKOV, NO_STATES = "partition", "markov", ""


@frozen(eq=True)
class Counted:
    """A line of the ledger: its name, its kind, what is counted in words, and the rule by which that accrues."""

    name: str
    kind: str
    flow: str
    rule: str


@frozen(eq=True)
class Structure:
    """States and ways between them, and the lines of the ledger.

    kind   ``partition`` (shares are read off curves: a way says where a fall of a curve leads), ``markov`` (ways are
           its transitions), or empty for a model without states.
    moves  pairs of states, from and to.
    """

    kind: str
    states: tuple[str, ...]
    dead: tuple[str, ...]
    moves: tuple[tuple[str, str], ...]
    lines: tuple[Counted, ...]


def structure_of(outcome: Outcome) -> Structure:
    """Read the structure of a model off what it returns.

    >>> import hecon as he
    >>> time = he.Timeline.regular(he.Settings())
    >>> state = he.partition(time, overall=he.Exponential(0.2))
    >>> structure_of(he.Outcome(state, [he.life_years("Life years", he.years_in(time, state))])).moves
    (('alive', 'dead'),)
    """
    lines = tuple(Counted(line.name, line.kind, line.flow.name, line.flow.rule) for line in outcome.lines)
    state = outcome.state
    if isinstance(state, Markov):
        moves = tuple((origin, to) for origin in state.states for to in state.transitions.exits(origin) if to != origin)
        return Structure(MARKOV, state.states, state.dead, moves, lines)
    if isinstance(state, Occupancy):
        *alive, dead = state.states
        onward = tuple(zip(alive, alive[1:], strict=False))
        return Structure(PARTITION, state.states, state.dead, (*onward, *((one, dead) for one in alive)), lines)
    return Structure(NO_STATES, (), (), (), lines)

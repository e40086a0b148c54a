"""What transitions cost: a line of the ledger for each move between two states."""

from __future__ import annotations

from collections.abc import Mapping

from hecon.costing.ledger import Factor, Line, cost
from hecon.errors import LineError
from hecon.states.occupancy import Occupancy, moving


def transition_costs(state: Occupancy, prices: Mapping[tuple[str, str], Factor]) -> list[Line]:
    """Give a line of cost for each transition: those who move from one state to another, times its price.

    The sum over cycles k of moved(k) x price x v(k), discounted as an event within its cycle and never half-cycle
    corrected, as `moving` counts it. A price is what a factor of a line may be (a number, a parameter, one value for
    each cycle). A line is called by its move, ``Moving well to ill``; they stand in the list of an outcome by a star:
    ``[he.cost(...), *he.analysis.transition_costs(state, {("well", "ill"): 2_500, ("ill", "dead"): p.last_days})]``.

    Raises `UnknownNameError` for a state or a move that the model does not know, `HeconError` for a move that a
    partition does not know, `LineError` for a key that is no pair.

    >>> import hecon as he
    >>> time = he.Timeline.regular(he.Settings(horizons=(1,), cycle_length=1, cycle_unit="year"))
    >>> state = he.markov(time, he.Transitions(["well", "dead"], {("well", "dead"): 0.2}), "well")
    >>> [line.name for line in transition_costs(state, {("well", "dead"): 12_000})]
    ['Moving well to dead']
    """
    lines = []
    for pair, price in prices.items():
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise LineError(f"transition costs: {pair!r} must be a pair of states, such as ('healthy', 'sick')")
        flow = moving(state, *pair)
        lines.append(cost(flow.name, flow, price))
    return lines

"""The walk of a Markov chain: its rows of transitions laid out, stepped over all cycles, and asked for its moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from functools import partial

import numpy as np

from hecon.errors import HeconError
from hecon.frozen import frozen
from hecon.labels import CYCLE, Axes, axes_of
from hecon.scratch import scratch
from hecon.states.chain_written import Scribe, WrittenTunnel, rows_at_once, written_parts
from hecon.states.columns import Complement, StepColumn, lay_out
from hecon.states.cycles import Steps, model_steps, own_steps
from hecon.states.even_steps import EvenSteps
from hecon.states.generator import exponential, integral
from hecon.states.time_in_state import MOST_PLACES, Tunnel, step_together, walked_again
from hecon.states.transitions import REMAINING, Transitions, product
from hecon.states.walk import Columns, KnownColumns, MovedColumns, Walk
from hecon.symbols.expression import is_symbolic
from hecon.symbols.functions import maximum
from hecon.timeline import Timeline

#: Moves in a cycle at which nobody stays: exp(-1e4) is 0.
CERTAIN = 1e4
_NOBODY_STAYS = StepColumn((np.zeros((1, 1, 1)),))


@frozen
class TransitionRow:
    """Transitions out of one state: columns by target, and the target that takes what they leave."""

    exits: dict[int, StepColumn]
    complement: int | None
    rest: Complement | None

    @property
    def targets(self) -> dict[int, StepColumn | Complement]:
        """Every target with its column."""
        if self.complement is None or self.rest is None:
            return dict(self.exits)
        return {**self.exits, self.complement: self.rest}

    @property
    def longest(self) -> int:
        """Values by time in state; 1 if nothing varies by it."""
        return max((column.longest for column in self.exits.values()), default=1)


@frozen
class Chain:
    """Rows of transitions on the rows of a cohort, and the steps they are taken on."""

    rows: tuple[TransitionRow, ...]
    steps: Steps
    rest: int | None
    rates: dict[tuple[int, int], np.ndarray]
    scribe: Scribe
    #: Groups of states that share a clock.
    clocks: tuple[tuple[int, ...], ...] = ()

    @classmethod
    def of(cls, transitions: Transitions, axes: Axes, time: Timeline) -> Chain:
        """Lay transitions out on `axes`: probabilities on model cycles, rates on every cycle of the timeline."""
        states = tuple(transitions.states)
        scribe = Scribe(axes, states, own_steps(time) if transitions.kind == "rate" else model_steps(time))
        if transitions.kind == "rate":
            steps = scribe.steps
            rates = _rates(transitions, axes, steps, time)
            rows = _rows_of_rates(rates, len(states), steps, scribe)
        else:
            steps, rates = scribe.steps, {}
            rows = tuple(_row(transitions, state, axes, steps, time) for state in states)
        closed = [states.index(state) for state in states if not transitions.exits(state)]
        clocks = tuple(tuple(map(states.index, clock)) for clock in transitions.clocks)
        return cls(rows, steps, closed[0] if closed else None, rates, scribe, clocks)

    def walk(self, first: Sequence[np.ndarray]) -> Walk:
        """Step the cohort over all cycles from its shares at the start, or make ready to."""
        count, rows = self.steps.count, len(first[0])
        dtype = object if any(share.dtype == object for share in first) else self._dtype()
        kept = [place for place in range(len(self.rows)) if place != self.rest]
        places = [kept.index(place) if place in kept else None for place in range(len(self.rows))]
        stays = self._constant_stays((len(kept), rows), float) if dtype is float and self._is_even() else None
        if stays is not None:
            start = np.stack([first[place] for place in kept])
            even = EvenSteps(count + 1, start, stays, self._moves_between(kept))
            return Walk(even, places, np.asarray(sum(first)))
        shape = (count + 1, len(kept), rows)
        walk = Walk(np.empty(shape, dtype) if dtype is object else scratch(shape), places, np.asarray(sum(first)))
        tunnels: dict[int, Tunnel | WrittenTunnel] = {}
        for place, column in enumerate(walk.columns):
            if column is not None:
                column[0] = self.scribe.share("Share", place, first[place]) if dtype is object else first[place]
            longest = max(self.rows[other].longest for other in self.clock_of(place))
            if longest > 1 or len(self.clock_of(place)) > 1:
                tunnels[place] = self._begin(min(longest, count + 1), place, first[place], is_written=dtype is object)
                walk.entered[place] = np.zeros((count + 1, rows), dtype)
                walk.entered[place][0] = first[place]
        self._step(walk, tunnels, dtype)
        return walk

    def _is_even(self) -> bool:
        """Whether the probabilities are the same in every cycle and after any time in a state."""
        values = [column for row in self.rows for column in row.targets.values()]
        return not self.clocks and not any(column.by_cycle or column.longest > 1 for column in values)

    def clock_of(self, place: int) -> tuple[int, ...]:
        """States that share the clock of a state: it alone, if no others do."""
        return next((clock for clock in self.clocks if place in clock), (place,))

    def _within_clocks(self) -> dict[tuple[int, int], StepColumn | Complement]:
        """Moves between states that share a clock: they keep the time that has passed."""
        return {
            (origin, target): column
            for clock in self.clocks
            for origin in clock
            for target, column in self.rows[origin].targets.items()
            if target in clock and target != origin
        }

    def _begin(self, longest: int, place: int, first: np.ndarray, *, is_written: bool) -> Tunnel | WrittenTunnel:
        return self.scribe.tunnel(place, longest, first) if is_written else Tunnel(longest, first)

    def _dtype(self) -> type:
        parts = [part for row in self.rows for column in row.exits.values() for part in column.parts]
        return object if any(part.dtype == object for part in parts) else float

    def _step(self, walk: Walk, tunnels: Mapping[int, Tunnel | WrittenTunnel], dtype: type) -> None:
        """Fill the columns edge by edge, in place. The first product into a share writes it, the others are added."""
        columns, held = walk.columns, walk.held
        work: np.ndarray = np.empty(len(walk.total), dtype)
        stays = self._constant_stays(held.shape[1:], dtype) if not tunnels else None
        plan = self._plan(columns, tunnels, stays is not None)
        rests = [row.rest for row in self.rows if row.rest is not None and row.exits]
        for rest in rests:
            rest.at(0)
        rests = [rest for rest in rests if rest.by_cycle]
        within = self._within_clocks()
        if dtype is object:
            walk.written.update({place: [copy(t)] for place, t in tunnels.items() if isinstance(t, WrittenTunnel)})
        for step in range(self.steps.count):
            for rest in rests:
                rest.at(step)
            if stays is not None:
                np.multiply(held[step], stays, out=held[step + 1])
            for origin, source, target, column, fixed, first in plan:
                into = target[step + 1]
                if fixed is None and column.longest > 1:
                    flow = tunnels[origin].weighed(column.at(step))
                    np.copyto(into, flow) if first else np.add(into, flow, out=into)
                    continue
                value = column.at(step)[0] if fixed is None else fixed
                np.multiply(source[step], value, out=into if first else work)
                if not first:
                    np.add(into, work, out=into)
            joining = step_together(tunnels, within, step)
            for place, tunnel in tunnels.items():
                share = columns[place]
                assert share is not None
                entering = walk.entered[place][step + 1]
                entering[:] = share[step + 1]
                if dtype is object:
                    entering[:] = self.scribe.share("Entering", place, entering)
                stay = self.rows[place].targets.get(place)
                kept = np.zeros((1, 1)) if stay is None else stay.at(step)
                share[step + 1] = entering + tunnel.step(kept, entering, joining[place])
                if isinstance(tunnel, WrittenTunnel):
                    walk.written[place].append(copy(tunnel))
                elif tunnel.too_long:
                    self._refuse_length(place)
            if dtype is object:  # each share in a cell of its own before the next step builds on it
                for place, share in enumerate(columns):
                    if share is not None:
                        share[step + 1] = self.scribe.share("Share", place, share[step + 1])

    def _refuse_length(self, place: int) -> None:
        raise HeconError(
            f"time in state '{self.scribe.states[place]}' is told apart over more than {MOST_PLACES:,} cycles; take "
            "longer cycles (cycle_length), nearer horizons, or the limit= of he.states.probability_by_time_in_state"
        )

    def _constant_stays(self, shape: tuple[int, ...], dtype: type) -> np.ndarray | None:
        """Probabilities of staying, (states, rows), if none varies by cycle: one product then keeps all stayers."""
        stays: np.ndarray = np.zeros(shape, dtype)
        kept = (place for place in range(len(self.rows)) if place != self.rest)
        for index, place in enumerate(kept):
            stay = self.rows[place].targets.get(place)
            if stay is not None and stay.by_cycle:
                return None
            stays[index] = 0.0 if stay is None else stay.at(0)[0]
        return stays

    def _moves_between(self, kept: Sequence[int]) -> dict[tuple[int, int], np.ndarray]:
        """Probabilities of moving between some states, where they are the same in every cycle, by place among these."""
        return {
            (kept.index(origin), kept.index(target)): column.at(0)[0]
            for origin in kept
            for target, column in self.rows[origin].targets.items()
            if target in kept and target != origin
        }

    def _plan(
        self, columns: Sequence[np.ndarray | None], tunnels: Mapping[int, Tunnel | WrittenTunnel], stays: bool
    ) -> list[tuple[int, np.ndarray, np.ndarray, StepColumn | Complement, np.ndarray | None, bool]]:
        """List the products of a step.

        Each is the state left, the columns left and entered, the probability, its value if it is constant, and whether
        the product writes the share it enters (the first one does) or is added to it.
        """
        plan = []
        # A tunnel's share starts at 0: only who enters is added to it, its own stayers later.
        written = set(range(len(columns))) if stays else set(tunnels)
        for origin, row in enumerate(self.rows):
            source = columns[origin]
            for target, column in row.targets.items():
                into = columns[target]
                if source is None or into is None or (origin == target and (stays or origin in tunnels)):
                    continue
                if origin != target and target in self.clock_of(origin):
                    continue  # the tunnels know who moves on there
                fixed = None if column.by_cycle or column.longest > 1 else column.at(0)[0]
                plan.append((origin, source, into, column, fixed, target not in written))
                written.add(target)
        for place, share in enumerate(columns):
            if share is not None and (place in tunnels or place not in written):
                share[1:] = 0.0
        return plan

    def moved(self, walk: Walk, pairs: Sequence[tuple[int, int]]) -> Columns:
        """Share that moves between some pairs of states in each step, together, on (steps, rows)."""
        factors: dict[int, np.ndarray] = {}
        if not pairs:
            return KnownColumns(np.zeros((self.steps.count, len(walk.total))))
        for origin, target in pairs:
            of_pair = self._factors(walk, origin, target)
            if of_pair is None:
                return KnownColumns(np.sum([self._moves(walk, *pair) for pair in pairs], axis=0))
            for source, factor in of_pair.items():
                factors[source] = factors[source] + factor if source in factors else factor
        return MovedColumns(walk, factors)

    def _factors(self, walk: Walk, origin: int, target: int) -> dict[int, np.ndarray] | None:
        """What shares at the start of a step are multiplied by and added up to who moves, if it is so in every step."""
        if not isinstance(walk.shares, EvenSteps):
            return None
        if self.rates:
            rate = {pair: values[0] for pair, values in self.rates.items()}
            years = integral(rate, len(self.rows), float(np.diff(self.steps.edges)[0]))
            return {source: spent * rate[origin, target] for (source, place), spent in years.items() if place == origin}
        return {origin: self.rows[origin].targets[target].at(0)[0]}

    def _moves(self, walk: Walk, origin: int, target: int) -> np.ndarray:
        if self.rates:
            return self._moves_at_rates(walk, origin, target)
        column = self.rows[origin].targets[target]
        if column.longest > 1:
            walked = self.walked_again(walk, origin, column.longest)
            return np.stack(
                [tunnel.weighed(column.at(step)) for step, tunnel in zip(range(self.steps.count), walked, strict=False)]
            )
        values = [column.at(step)[0] for step in range(self.steps.count if column.by_cycle else 1)]
        return walk.share(origin)[:-1] * np.stack(values)

    def walked_again(self, walk: Walk, place: int, least: int) -> Iterator[Tunnel | WrittenTunnel]:
        """Give the tunnel of a state as it stands at each edge, with at least so many places told apart.

        On symbols it is the one that was written on the walk, where that tells as many apart.
        """
        clock = self.clock_of(place)
        stays = {member: self.rows[member].targets.get(member) or _NOBODY_STAYS for member in clock}
        longest = min(max(least, *(self.rows[member].longest for member in clock)), self.steps.count + 1)
        is_written = walk.held.dtype == object
        if is_written and place in walk.written and walk.written[place][0].longest >= longest:
            yield from walk.written[place]
            return
        entries = {member: self._entered(walk, member, stays[member]) for member in clock}
        begin = partial(self._begin, longest, is_written=is_written)
        moves = {pair: column for pair, column in self._within_clocks().items() if pair[0] in clock}
        for tunnels in walked_again(entries, stays, moves, begin):
            yield tunnels[place]

    def _entered(self, walk: Walk, place: int, stay: StepColumn | Complement) -> np.ndarray:
        """Who entered a state by each edge."""
        if place in walk.entered:
            return walk.entered[place]
        share = walk.share(place)
        entered = share.copy()
        for step in range(self.steps.count):
            entered[step + 1] -= share[step] * stay.at(step)[0]
        return maximum(entered, 0.0)

    def _moves_at_symbols(self, walk: Walk, origin: int, rate: np.ndarray) -> np.ndarray:
        """As `_moves_at_rates`, by formulas, all cycles at once."""
        rows, lengths = len(walk.total), np.diff(self.steps.edges)
        laid_out, years = rows_at_once(self.rates, lengths, rows)
        write = lambda title, matrix: self.scribe.write(title, matrix, rows)  # noqa: E731
        spent = integral(laid_out, len(self.rows), years, write)
        moves: np.ndarray = np.zeros((self.steps.count, rows), dtype=object)
        for (source, place), entry in spent.items():
            if place == origin:
                moves = moves + walk.share(source)[:-1] * np.broadcast_to(entry, (len(lengths) * rows,)).reshape(
                    -1, rows
                )
        return np.asarray(moves * rate)

    def _moves_at_rates(self, walk: Walk, origin: int, target: int) -> np.ndarray:
        """Rate times the years spent in the state within each step, exactly."""
        rate = self.rates[origin, target]
        if is_symbolic(rate, walk.held):
            return self._moves_at_symbols(walk, origin, rate)
        moves = np.zeros((self.steps.count, len(walk.total)))
        lengths = np.diff(self.steps.edges)
        known: dict[float, dict[tuple[int, int], np.ndarray]] = {}
        constant = all(len(values) == 1 for values in self.rates.values())
        for step, length in enumerate(lengths):
            key = round(float(length), 12)
            if not constant or key not in known:
                at = {pair: values[step if len(values) > 1 else 0] for pair, values in self.rates.items()}
                known = {key: integral(at, len(self.rows), float(length))} if not constant else known
                if constant:
                    known[key] = integral(at, len(self.rows), float(length))
            for (source, place), years in known[key].items():
                if place == origin:
                    moves[step] += walk.share(source)[step] * years
            moves[step] *= rate[step if len(rate) > 1 else 0]
        return moves


def _row(transitions: Transitions, state: str, axes: Axes, steps: Steps, time: Timeline) -> TransitionRow:
    """Lay out the row of one state. Its complement is the transition so marked, else staying."""
    states = tuple(transitions.states)
    exits: dict[int, StepColumn] = {}
    complement: int | None = None
    for (origin, target), value in transitions.values.items():
        if origin != state:
            continue
        if value is REMAINING:
            complement = states.index(target)
        else:
            where = transitions.where(origin, target)
            column = lay_out(value, axes, steps, time.cycles, where)
            exits[states.index(target)] = _written(column, f"Probability, {origin} to {target}", axes, steps)
    own = states.index(state)
    stay = exits.pop(own, None) if complement is None else None
    if complement is None:
        complement = own
    rest = Complement(state, list(exits.values()), stay, transitions, axes)
    return TransitionRow(exits, complement, rest)


def _written(column: StepColumn, title: str, axes: Axes, steps: Steps) -> StepColumn:
    """Write the factors of a transition down, if they are symbols."""
    if not is_symbolic(*column.parts):
        return column
    names = [f"{title}, factor {number + 1}" if len(column.parts) > 1 else title for number in range(len(column.parts))]
    parts = [
        written_parts(name, part, axes, steps) if is_symbolic(part) else part
        for name, part in zip(names, column.parts, strict=True)
    ]
    return StepColumn(tuple(parts), column.slots)


def _rates(transitions: Transitions, axes: Axes, steps: Steps, time: Timeline) -> dict[tuple[int, int], np.ndarray]:
    """Lay rates out on (cycles, rows). Values by model cycle hold in every part of it."""
    states = tuple(transitions.states)
    rates = {}
    for (origin, target), value in transitions.values.items():
        whole = product(value)
        if axes_of(whole).labels.get(CYCLE) not in (None, steps.count):
            model = model_steps(time)
            column = lay_out(whole, axes, model, model.count, transitions.where(origin, target)).parts[0][
                model.of_cycle
            ]
        else:
            column = lay_out(whole, axes, steps, steps.count, transitions.where(origin, target)).parts[0]
        rate = column[:, 0, :]
        if is_symbolic(rate):
            rate = written_parts(f"Rate, {origin} to {target}", column, axes, steps)[:, 0, :]
        else:
            # Infinite where a curve reaches 0; nobody is left after a fraction of a cycle at this rate either.
            rate = np.minimum(rate, CERTAIN / np.diff(steps.edges).min())
        rates[states.index(origin), states.index(target)] = rate
    return rates


def _rows_of_rates(
    rates: dict[tuple[int, int], np.ndarray], states: int, steps: Steps, scribe: Scribe
) -> tuple[TransitionRow, ...]:
    """Turn rates into probabilities over each cycle's own length; once for each length where they are constant."""
    lengths = np.diff(steps.edges)
    if all(len(values) == 1 for values in rates.values()):
        different, slots = np.unique(np.round(lengths, 12), return_inverse=True)
        taken = [int(np.argmax(slots == slot)) for slot in range(len(different))]
    else:
        slots, taken = np.arange(steps.count), list(range(steps.count))
    if is_symbolic(*rates.values()):
        return _rows_of_symbols(rates, states, scribe, lengths[taken], slots if len(taken) > 1 else None)
    matrices = [
        exponential({pair: r[step if len(r) > 1 else 0] for pair, r in rates.items()}, states, float(lengths[step]))
        for step in taken
    ]
    pairs = matrices[0].keys()
    columns = {
        pair: StepColumn(
            (np.stack([matrix[pair] for matrix in matrices])[:, None, :],), slots if len(taken) > 1 else None
        )
        for pair in pairs
    }
    return tuple(
        TransitionRow({j: c for (i, j), c in columns.items() if i == state}, None, None) for state in range(states)
    )


def _rows_of_symbols(
    rates: Mapping[tuple[int, int], np.ndarray],
    states: int,
    scribe: Scribe,
    lengths: np.ndarray,
    slots: np.ndarray | None,
) -> tuple[TransitionRow, ...]:
    """Turn rates into probabilities by formulas, all cycles at once."""
    rows = int(np.prod(scribe.axes.shape, dtype=int))
    laid_out, years = rows_at_once(rates, lengths, rows)
    found = exponential(laid_out, states, years, lambda title, matrix: scribe.write(title, matrix, rows))
    columns = {pair: StepColumn((np.reshape(entry, (-1, 1, rows)),), slots) for pair, entry in found.items()}
    return tuple(
        TransitionRow({j: c for (i, j), c in columns.items() if i == state}, None, None) for state in range(states)
    )

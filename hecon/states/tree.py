"""Decision trees: who goes down which branch, before a cohort is followed or instead of it.

A tree is a nested mapping of branches, each with its probability at its fork. It gives the share of the cohort that
passes any branch: the start of a Markov model, the weights of groups, or, in a model of payoffs only, the counts that
costs and effects are multiplied by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from hecon.errors import Fault, InputError
from hecon.labels import Axes, Value, axes_of, expand, one_of, wrap
from hecon.states.occupancy import SAME_SUM
from hecon.states.transitions import REMAINING


@dataclass(frozen=True, eq=False)
class Tree:
    """Branches of a decision tree: ``{branch: probability}``, or ``{branch: (probability, {branch: ...})}`` further on.

    Probabilities are those at their fork: numbers or labelled arrays on draw, strategy or any dimension; `REMAINING`
    marks the branch that takes what the others leave. A branch that stands under several forks is reached through any.

    Raises `InputError` with every fault by the path of its branch: a probability outside 0 to 1, a fork whose branches
    do not sum to 1, two complements at one fork.

    >>> tree = Tree({"relief": (0.6, {"recurrence": 0.5, "none": REMAINING}), "no relief": REMAINING})
    >>> tree.share("recurrence"), tree.share("no relief"), tree.ends
    (0.3, 0.4, ('recurrence', 'none', 'no relief'))
    """

    branches: Mapping[str, object]
    _reached: dict[str, Value] = field(init=False, default_factory=dict)
    _ends: dict[str, Value] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        faults: list[Fault] = []
        for path, share, is_end in _walk(self.branches, (), 1.0, faults):
            for known in (self._reached, *([self._ends] if is_end else [])):
                known[path[-1]] = known[path[-1]] + share if path[-1] in known else share
        if faults:
            raise InputError("the decision tree", faults)

    @property
    def ends(self) -> tuple[str, ...]:
        """Branches without a further fork, in order."""
        return tuple(self._ends)

    def share(self, branch: str) -> Value:
        """Share of the cohort that passes a branch."""
        return self._reached[one_of(branch, self._reached, "branch")]

    def start(self) -> dict[str, Value]:
        """Shares at the ends by name: the start of a Markov model whose states are called so."""
        return dict(self._ends)

    def along(self, dimension: str = "branch") -> xr.DataArray:
        """Shares at the ends as one array, on a dimension labelled by them.

        For what is paid at an end (``he.at_start(time), tree.along(), p.payoff``), and for ends that live on as cohorts
        of their own (``he.markov(..., cohorts=tree.along("response"))``, and so `partition`).
        """
        axes = axes_of(*self._ends.values())
        parts = [np.broadcast_to(expand(share, axes), axes.shape) for share in self._ends.values()]
        return wrap(np.stack(parts, axis=-1), Axes({**axes.labels, dimension: self.ends}))

    def expected(self, payoffs: Mapping[str, Value]) -> Value:
        """Mean of payoffs given by branch, each paid by those who pass the branch."""
        total: Value = 0.0
        for branch, payoff in payoffs.items():
            total = total + self.share(branch) * payoff
        return total


def _walk(
    branches: Mapping[str, object], path: tuple[str, ...], share: Value, faults: list[Fault]
) -> Iterator[tuple[tuple[str, ...], Value, bool]]:
    """Give every branch with its path and share, and whether it ends there; collect what is wrong."""
    probabilities, further = {}, {}
    for name, given in branches.items():
        probabilities[name], further[name] = given if isinstance(given, tuple) else (given, None)
    for name, probability in _complete(probabilities, path, faults).items():
        passed = share * probability
        yield (*path, name), passed, not further[name]
        if further[name]:
            yield from _walk(further[name], (*path, name), passed, faults)


def _complete(probabilities: Mapping[str, Any], path: tuple[str, ...], faults: list[Fault]) -> dict[str, Value]:
    """Fill in the complement of a fork and check its sum."""
    fork = " / ".join(path) or "the first fork"
    known: dict[str, Value] = {}
    open_ = [name for name, value in probabilities.items() if value is REMAINING]
    if len(open_) > 1:
        faults.append(Fault(fork, f"has {len(open_)} complements ({', '.join(open_)}); one is allowed"))
    for name, value in probabilities.items():
        if value is not REMAINING:
            known[name] = value
            _check(" / ".join((*path, name)), value, faults)
    total: Value = 0.0
    for value in known.values():
        total = total + value
    sums = np.asarray(total)
    if sums.dtype != object:
        if open_ and not sums.max() <= 1 + SAME_SUM:
            faults.append(Fault(fork, f"its branches sum to {sums.max():.6g}; they may sum to 1 at most"))
        elif not open_ and not np.abs(sums - 1).max() <= SAME_SUM:
            wrong = float(sums.ravel()[np.argmax(np.abs(sums - 1))])
            faults.append(Fault(fork, f"its branches sum to {wrong:.6g}; they must sum to 1, or one be he.REMAINING"))
    rest = 1 - total
    return {name: rest if value is REMAINING else value for name, value in probabilities.items()}


def _check(where: str, value: Value, faults: list[Fault]) -> None:
    values = np.asarray(value)
    if values.dtype != object and not (values.min() >= 0 and values.max() <= 1):
        wrong = values.ravel()[np.argmax(~((values.ravel() >= 0) & (values.ravel() <= 1)))]
        faults.append(Fault(where, f"the probability is {wrong:g}; it lies between 0 and 1"))

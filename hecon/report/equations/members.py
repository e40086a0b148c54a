"""For which strategies, drugs, states and horizons an equation holds, and what its sums run over: in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import prod

from hecon.report.equations.appendix import Sentence
from hecon.report.equations.forms import Shown
from hecon.report.equations.grouping import EquationForm, Group
from hecon.report.equations.notation import EQUALS, Beside, Node, Sign
from hecon.report.equations.references import Reference
from hecon.report.equations.spelling import Spelling, said
from hecon.report.words import several

#: More members than these are not listed one by one.
_MANY = 16


def labels_of(groups: Iterable[Group], known: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Give the labels of every dimension that appear in equations, in the order of the model where it has one."""
    found: dict[str, dict[str, None]] = {}
    for group in groups:
        for form in group.forms:
            for member in form.members:
                for dim, label in member.labels:
                    found.setdefault(dim, {})[label] = None
            for sets in form.sets:
                for dim, labels in sets:
                    found.setdefault(dim, {}).update(dict.fromkeys(labels))
    return {dim: tuple(sorted(own, key=_order(known.get(dim, ()), list(own)))) for dim, own in found.items()}


def _order(known: Sequence[str], met: Sequence[str]) -> Callable[[str], int]:
    places = {label: place for place, label in enumerate([*known, *(one for one in met if one not in known)])}
    return places.__getitem__


def members_sentence(group: Group, form: EquationForm, defined: Shown, spelling: Spelling) -> Iterator[Sentence]:
    """Say for which labels an equation holds, unless it holds for all of its title or for one that it names."""
    dims = [dim for dim, reading in defined.labels if reading[0] == "own"]
    everyone = [cells[0][0] for cells in group.columns]
    if len(everyone) == len(form.members) and len(form.members) > 1:
        return
    own = set(form.members)
    for dim in list(dims):  # what holds for every label of a dimension needs no word about it
        others = [other for other in dims if other != dim]
        every = {_labels(member, [dim]) for member in everyone}
        if {(*_labels(m, others), *label) for m in own for label in every} == {_labels(m, [*others, dim]) for m in own}:
            dims = others
    told = list(dict.fromkeys(_labels(member, dims) for member in form.members))
    if dims:
        yield ("For ", *_range(dims, told, {_labels(member, dims) for member in everyone}, spelling), ".")


def _range(
    dims: Sequence[str], told: Sequence[tuple[str, ...]], everyone: set[tuple[str, ...]], spelling: Spelling
) -> Sentence:
    letters = [spelling.letter(dim) for dim in dims]
    same = {labels for labels in everyone if len(set(labels)) == 1}
    if len(dims) == 2 and set(told) == same:
        return (Beside(letters[1], EQUALS, letters[0]),)
    if len(dims) == 2 and same and set(told) == everyone - same:
        return (Beside(letters[1], Sign("\u2260", r"\neq"), letters[0]),)
    sides = [tuple(dict.fromkeys(labels[place] for labels in told)) for place in range(len(dims))]
    parts: list[str | Node] = []
    if prod(map(len, sides)) == len(told):
        for letter, side in zip(letters, sides, strict=True):
            parts += ["; " if parts else "", letter, " = ", ", ".join(map(said, side))]
        return tuple(parts)
    for letter in letters:
        parts += [", " if parts else "(", letter]
    listed = ", ".join(f"({'; '.join(map(said, labels))})" for labels in told[:_MANY])
    return (*parts, f") = {listed}", f", \u2026 ({len(told)} in all)" if len(told) > _MANY else "")


def _labels(member: Reference, dims: Sequence[str]) -> tuple[str, ...]:
    labels = dict(member.labels)
    return tuple(labels[dim] for dim in dims)


def sets_sentences(form: EquationForm, spelling: Spelling) -> Iterator[Sentence]:
    """Say what the sums of like terms of an equation run over."""
    if not form.sets or not form.sets[0]:
        return
    told: dict[tuple[str, str], None] = {}
    for place, (dim, _) in enumerate(form.sets[0]):
        by_member = [sets[place][1] for sets in form.sets]
        if len(set(by_member)) == 1:
            told[dim, several(map(said, by_member[0]))] = None
            continue
        varying = [d for d, _ in form.members[0].labels if len({dict(m.labels)[d] for m in form.members}) > 1]
        entries = {
            f"{several(map(said, labels))} for {', '.join(map(said, _labels(member, varying)))}": None
            for member, labels in zip(form.members, by_member, strict=True)
        }
        told[dim, "; ".join(entries)] = None
    for dim, over in told:
        yield (spelling.letter(dim), f" runs over {over}.")

"""What a case declares: the labels of its dimensions, and its model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from inspect import signature

from hecon.errors import HeconError, as_given, expect
from hecon.labels import CYCLE, DRAW, EDGE, text_label


def declared_labels(labels: object) -> dict[str, tuple[str, ...]]:
    """Give the labels of each dimension, in their order: a set has none, and a text is one label, not its letters."""
    expect(labels, Mapping, "labels", "the labels of each dimension: {'strategy': ['A', 'B']}")
    assert isinstance(labels, Mapping)
    for dim, names in labels.items():
        if dim in (DRAW, CYCLE, EDGE):
            raise HeconError(f"labels names '{dim}', which is a dimension of hecon's own; call yours by another name")
        if isinstance(names, str | bytes | set | frozenset) or not isinstance(names, Iterable):
            raise HeconError(f"the labels of '{dim}' are {as_given(names)}; they must be a list, in order: ['A', 'B']")
    declared = {dim: tuple(names) for dim, names in labels.items()}
    for dim, names in declared.items():
        for label in names:
            text_label(label, dim)
        if len(set(names)) != len(names) or not names:
            raise HeconError(f"the labels of '{dim}' must be different and at least one: {', '.join(names)}")
    return declared


def expect_model(model: object) -> None:
    """Raise `HeconError` for what cannot be called as a model is: with parameters and time."""
    if not callable(model):
        raise HeconError(f"model is {as_given(model)}; it must be a function: def outcome(p, time)")
    try:
        signature(model).bind(None, None)
    except TypeError:
        raise HeconError(
            f"{as_given(model)} is no model: it must take parameters and time, def outcome(p, time)"
        ) from None
    except ValueError:  # what is not written in Python does not tell
        return

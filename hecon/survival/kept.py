"""Curves that are kept between runs: most scenarios, and most checks of a workbook, leave them as they are.

A curve is known again by its place and by what it was made from: the names that were looked up while it was built, with
the labels and numbers they had. Curves of draws and of symbols are not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hecon.labels import DRAW, own_axes
from hecon.parameters import Parameters
from hecon.survival.base import Curve

#: More curves than this are forgotten together.
_MOST = 64

_Place = tuple[object, ...]
#: Names that were looked up when a curve was last built at its place.
_looked_up: dict[_Place, tuple[str, ...]] = {}
_curves: dict[tuple[_Place, object], Curve] = {}


def keep(place: _Place, p: Parameters, names: Iterable[str], curve: Curve) -> None:
    """Keep a curve that was built at a place from these parameters, those that are not there included."""
    names = tuple(names)
    content = _content(p, names)
    if content is None:
        return
    if len(_curves) >= _MOST:
        forget_curves()
    _looked_up[place] = names
    _curves[place, content] = curve


def kept(place: _Place, p: Parameters) -> tuple[Curve, tuple[str, ...]] | None:
    """Give the curve that was built at a place from the same parameters, and their names; they count as asked for."""
    names = _looked_up.get(place)
    content = None if names is None else _content(p, names)
    found = None if content is None else _curves.get((place, content))
    if found is None or names is None:
        return None
    p.ask(name for name in names if name in p)
    return found, names


def forget_curves() -> None:
    """Build every curve anew when it is next asked for."""
    _curves.clear()
    _looked_up.clear()


def _content(p: Parameters, names: Sequence[str]) -> object:
    """Give labels and numbers of some parameters; None where they are draws or symbols."""
    found: list[object] = []
    for name in names:
        array = p.seen(name)
        if array is not None and (DRAW in array.dims or array.dtype == object):
            return None
        found.append((name, None if array is None else (*own_axes(array).labels.items(), array.values.tobytes())))
    return tuple(found)

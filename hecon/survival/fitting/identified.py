"""What the data say about the coefficients of a fit and what they do not: covariance, boundaries, flat directions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from hecon.frozen import frozen
from hecon.survival.fitting.cured import FRACTION, CuredForm
from hecon.survival.fitting.data import SurvivalData
from hecon.survival.fitting.forms import Form
from hecon.survival.fitting.likelihood import Likelihood
from hecon.survival.fitting.maximise import Summit
from hecon.survival.fitting.starts import EDGE_OF_Q

#: A coefficient on a boundary is held where it is if its standard error on the real line is above this.
UNCERTAIN = 10.0
#: Any coefficient is held above this: it is not identified.
UNKNOWN = 300.0
#: A shape or a share whose standard error on the real line is above this has an interval that says nothing.
VAGUE = 2.0
#: Largest condition number of the scaled information matrix that is no flat direction.
_CONDITION = 1e10
#: Another top is worth a word if it is no farther below the best one than this.
WORTH_SAYING = 10.0


@frozen
class Identified:
    """The covariance on the real line (0 for what is held), which coefficients are held, and what there is to say."""

    covariance: np.ndarray
    held: np.ndarray
    notes: tuple[str, ...]


@frozen(eq=True)
class _Edge:
    """A parameter beyond these values on the real line has run to a boundary; what that means."""

    low: float = -np.inf
    low_words: str = ""
    high: float = np.inf
    high_words: str = ""


_POINT = "all events at nearly one time, as far as the data can tell"
_EDGES = {
    FRACTION: _Edge(-9.0, "nobody is cured", 12.0, "everybody is cured"),
    "P": _Edge(-9.0, "the fit is that of the generalised gamma", 9.0, "the tail is heavier than any of the family"),
    "Q": _Edge(-EDGE_OF_Q, "the distribution has an edge", EDGE_OF_Q, "the distribution has an edge"),
    "sigma": _Edge(-4.5, _POINT, 4.5, "times spread without bound"),
    "sdlog": _Edge(-4.5, _POINT, 4.5, "times spread without bound"),
    "shape": _Edge(-4.5, "times spread without bound", 4.5, _POINT),
}


def identified(
    likelihood: Likelihood,
    summit: Summit,
    others: Sequence[Summit],
    edge: Summit | None,
    names: Sequence[str],
    unit: np.ndarray,
    data: SurvivalData,
) -> Identified:
    """Invert the information matrix where it can be inverted, and say what it cannot tell.

    `names`: of all coefficients; `unit`: a size that each is measured by.
    """
    information = -summit.hessian
    scaled = information * np.outer(unit, unit)
    curvature = np.diag(scaled)
    with np.errstate(divide="ignore", invalid="ignore"):
        own_error = np.where(curvature > 0, 1 / np.sqrt(np.maximum(curvature, 0)), np.inf)
    notes: list[str] = []
    held = own_error > UNKNOWN
    for words, place in _on_edges(likelihood, summit.place, names):
        held[place] |= own_error[place] > UNCERTAIN
        notes.append(words)
    on_edge = bool(notes)
    free = np.flatnonzero(~held)
    covariance = np.zeros(information.shape)
    if len(free):
        part, flat = _inverse(scaled[np.ix_(free, free)])
        covariance[np.ix_(free, free)] = part * np.outer(unit[free], unit[free])
        for direction in flat:
            notes.append(_flat_words(direction, [names[int(i)] for i in free], summit.place[free], unit[free]))
    for i in map(int, np.flatnonzero(held)):
        notes.append(f"{names[i]} is held at {summit.place[i]:.4g} (real line) in draws: the data do not identify it")
    error = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    for i, name in enumerate(names):
        if name in _EDGES and name != "Q" and error[i] > VAGUE:
            notes.append(f"{name} is hardly identified: its standard error is {error[i]:.3g} (real line)")
    if not summit.converged and not on_edge:
        slope = float(np.abs(summit.gradient * unit).max())
        notes.append(
            f"the climb had not ended at {_coordinates(names, summit.place)}: the largest slope is {slope:.2g}"
        )
    for other in others[:2]:
        if summit.value - other.value < WORTH_SAYING:
            below = f"{summit.value - other.value:.4g} below in log-likelihood"
            notes.append(f"another top, {below}, at {_coordinates(names, other.place)}")
    if edge is not None:
        higher = f"{edge.value - summit.value:.4g} higher in log-likelihood, at {_coordinates(names, edge.place)}"
        notes.append(f"a place with an edge, beyond or before which nothing happens, is {higher}: it is no smooth top")
    if data.events < len(names):
        notes.append(f"{len(names)} coefficients from {data.events} event{'s' if data.events != 1 else ''}")
    return Identified(covariance, held, tuple(notes))


def _inverse(scaled: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Invert a matrix of information without its flat directions, and give these."""
    size = np.sqrt(np.abs(np.diag(scaled)))
    size = np.where(size > 0, size, 1.0)
    values, axes = np.linalg.eigh(scaled / np.outer(size, size))
    flat = values < values.max() / _CONDITION
    inverse = (axes[:, ~flat] / values[~flat]) @ axes[:, ~flat].T / np.outer(size, size)
    return inverse, [axes[:, i] / size for i in np.flatnonzero(flat)]


def _on_edges(likelihood: Likelihood, place: np.ndarray, names: Sequence[str]) -> Iterator[tuple[str, np.ndarray]]:
    """Say which parameters have run to a boundary, with their coefficients."""
    form = likelihood.form
    family = form.base.family if isinstance(form, CuredForm) else form.family
    ends = np.cumsum([0, *likelihood.sizes])
    for j, (name, design) in enumerate(zip(form.names, likelihood.designs, strict=True)):
        edge = _EDGES.get(name, _Edge())
        if family == "gompertz" and name == "shape":
            edge = _Edge()
        if name.startswith("rate_"):
            edge = _Edge(float(np.median(place)) - 12.0, "there is no event in that interval")
        values = np.unique(design @ place[ends[j] : ends[j + 1]])
        coefficients = np.arange(ends[j], ends[j + 1])
        at = _coordinates([names[i] for i in coefficients], place[coefficients])
        if values[0] < edge.low:
            yield (
                f"{name} runs to its boundary ({_natural(form, j, values[0])}): {edge.low_words}; at {at}",
                coefficients,
            )
        if values[-1] > edge.high:
            yield (
                f"{name} runs to its boundary ({_natural(form, j, values[-1])}): {edge.high_words}; at {at}",
                coefficients,
            )


def _natural(form: Form, place: int, value: float) -> str:
    return f"{float(form.links[place].from_real(value)):.3g}"


def _coordinates(names: Sequence[str], place: np.ndarray) -> str:
    """Print a place on the real line."""
    return ", ".join(f"{name} {value:.4g}" for name, value in zip(names, place, strict=True)) + " (real line)"


def _flat_words(direction: np.ndarray, names: Sequence[str], place: np.ndarray, unit: np.ndarray) -> str:
    step = direction * unit
    step = step / np.abs(direction).max()
    part = ", ".join(f"{name} {value:+.3g}" for name, value in zip(names, step, strict=True) if abs(value) > 1e-3)
    at = _coordinates(names, place)
    return f"the likelihood is flat along a direction ({part}) at {at}: its spread is left out of draws"

"""Years lived by how long before death they are: the flow of utilities, and of costs, of the last weeks of life."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hecon.errors import HeconError
from hecon.flows import DenseShares, Flow, SurvivalCurve
from hecon.frozen import frozen
from hecon.labels import EDGE, Axes
from hecon.symbols.draft import named
from hecon.timeline import Timeline

BEFORE_DEATH = "before_death"


@frozen(eq=True)
class _Band:
    """Those who die between two lengths of time from now; without an end, at any later time."""

    label: str
    start: float
    end: float | None


def years_before_death(time: Timeline, overall: SurvivalCurve, until: Mapping[str, float | None]) -> Flow:
    """Years lived by those who die within given lengths of time: the flow of utilities by time before death.

    `until` maps a label of dimension ``before_death``, in order, to the years before death up to which it holds; None
    stands for all that is earlier, and is the last. Of those alive at t, S(t + a) - S(t + b) die between a and b years
    from t on; S(t + a) later than a. The shares add up to S(t), and the curve is asked for beyond the last horizon: who
    dies soon after it is near death before it. The labels are declared with the case's other labels:

    ``he.qaly("Quality of life", he.states.years_before_death(time, overall, {"last month": 1 / 12, "last half year":
    0.5, "earlier": None}), p.utility_before_death)``

    Raises `HeconError` for lengths that do not increase from above 0, and for None before the last label.

    >>> import hecon as he
    >>> time = he.Timeline.regular(he.Settings(horizons=(1,), cycle_length=1, cycle_unit="year"))
    >>> flow = years_before_death(time, he.Exponential(0.5), {"last year": 1, "earlier": None})
    >>> flow.values.round(4).tolist()
    [[0.3935, 0.2387], [0.6065, 0.3679]]

    Source: time-to-death utilities as in Hatswell, Pennington, Pericleous and others 2014 (Health and Quality of Life
    Outcomes 12:140).
    """
    bands = _bands(until)
    starts = {0.0, *(band.start for band in bands)}
    later: dict[float, np.ndarray] = {}
    axes = Axes({})
    for start in sorted(starts):
        times = time.edges if start == 0 else time.edges + start
        values, axes = overall.at_edges(times)
        later[start] = np.asarray(values)
    parts = [later[band.start] - later[band.end] if band.end is not None else later[band.start] for band in bands]
    own = Axes({**axes.labels, BEFORE_DEATH: tuple(band.label for band in bands)})
    shares = named("Share by time before death", np.stack(parts, axis=-2), own, EDGE, "share")
    return Flow(time, "residence", DenseShares(shares, own), "Years by time before death")


def _bands(until: Mapping[str, float | None]) -> list[_Band]:
    bands: list[_Band] = []
    start = 0.0
    for place, (label, end) in enumerate(until.items()):
        if end is None and place < len(until) - 1:
            raise HeconError(f"until: '{label}' holds for all that is earlier, and so must be the last")
        if end is not None and (isinstance(end, bool) or not start < end < np.inf):
            rule = f"a number of years above {start:g}, or None for all that is earlier"
            raise HeconError(f"until: '{label}' is {end!r}; it must be {rule}")
        bands.append(_Band(label, start, None if end is None else float(end)))
        start = start if end is None else float(end)
    if not bands or bands[-1].end is not None:
        raise HeconError("until: the last label must be None: all that is earlier, such as {'last month': 1 / 12, "
                         "'earlier': None}")  # fmt: skip
    return bands

"""Points read off a published survival curve: checked, cleaned and made monotone, with what was done in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hecon.errors import Fault
from hecon.frozen import frozen
from hecon.survival.fitting.observations import LISTED, refuse, vector_of

#: How far a curve may rise, or a point lie beyond 0 and 1, and still be noise of reading.
NOISE = 0.05
#: How far before time 0 a point may lie, as a share of the whole time, and still be noise of reading.
BEFORE_0 = 0.02


@frozen
class Digitised:
    """Clean points: times from 0 that do not fall, survival from 1 that does not rise; and `notes` on the cleaning."""

    time: np.ndarray
    survival: np.ndarray
    notes: tuple[str, ...]

    def at(self, times: np.ndarray | Sequence[float] | float) -> np.ndarray:
        """Survival at times, along a straight line between points; the last value after the last point."""
        return np.interp(times, self.time, self.survival)


def digitised(time: object, survival: object) -> Digitised:
    """Check and clean points: in order of time, from (0, 1), outliers dropped, survival by isotonic regression.

    A point is an outlier if it lies more than 0.05, and ten times the usual noise, off the median of the five around
    it. Isotonic regression is the nearest curve that never rises (pool adjacent violators). Raises `InputError` by row:
    percent instead of proportions, a rise beyond noise, times before 0.

    >>> digitised([0, 1, 2, 3], [1.0, 0.8, 0.82, 0.6]).survival.round(2).tolist()
    [1.0, 0.81, 0.81, 0.6]
    """
    from scipy.optimize import isotonic_regression

    what = "the digitised curve"
    times = vector_of(time, "time")
    shares = vector_of(survival, "survival", len(times))
    if len(times) < 2:
        refuse([Fault("time", f"has {len(times)} points; a curve needs at least two")], what)
    if shares.max() > 1 + NOISE and shares.max() <= 100 * (1 + NOISE):
        row = int(shares.argmax())
        words = f"is {shares[row]:g}: this looks like percent; give proportions, 0 to 1"
        refuse([Fault(f"survival, row {row + 1}", words)], what)
    span = times.max()
    faults = [Fault(f"survival, row {row + 1}", f"is {shares[row]:g}; it must lie between 0 and 1")
              for row in np.flatnonzero((shares < -NOISE) | (shares > 1 + NOISE))[:LISTED]]  # fmt: skip
    faults += [Fault(f"time, row {row + 1}", f"is {times[row]:g}; a time is at least 0")
               for row in np.flatnonzero(times < -BEFORE_0 * max(span, 0))[:LISTED]]  # fmt: skip
    refuse(faults, what)
    notes = []
    early = int((times < 0).sum())
    if early:
        notes.append(f"{early} points just before time 0 moved to 0")
    order = np.lexsort((-shares, np.maximum(times, 0)))
    rows, times, shares = order, np.maximum(times, 0)[order], np.clip(shares[order], 0, 1)
    kept = ~_outliers(shares)
    if not kept.all():
        notes.append(f"{(~kept).sum()} outliers dropped, at {', '.join(f'{t:g}' for t in times[~kept][:LISTED])}")
    rows, times, shares = rows[kept], times[kept], shares[kept]
    rise = shares - np.minimum.accumulate(shares)
    if rise.max() > NOISE:
        row = int(rise.argmax())
        words = f"is {shares[row]:g} at time {times[row]:g}, {rise[row]:.3g} above an earlier point"
        refuse([Fault(f"survival, row {rows[row] + 1}", f"{words}; a survival curve never rises")], what)
    raised = int((rise > 0).sum())
    if raised:
        notes.append(f"{raised} points above an earlier one (by {rise.max():.4f} at most) evened out")
    smooth = isotonic_regression(shares, increasing=False).x
    begun = (times > 0) | (smooth >= 1)
    if not begun.all():  # what is read at time 0 is 1
        times, smooth = times[begun], smooth[begun]
    if not len(times) or times[0] > 0 or smooth[0] < 1:
        times, smooth = np.append(0.0, times), np.append(1.0, smooth)
    return Digitised(times, smooth, tuple(notes))


def _outliers(shares: np.ndarray) -> np.ndarray:
    """Points far off the median of the five around them (two of them beyond an end count as the end)."""
    if len(shares) < 5:
        return np.zeros(len(shares), dtype=bool)
    padded = np.concatenate([shares[:1], shares[:1], shares, shares[-1:], shares[-1:]])
    middle = np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1)
    off = np.abs(shares - middle)
    return off > max(NOISE, 10 * float(np.median(off)))

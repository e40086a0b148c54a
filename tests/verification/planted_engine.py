"""Errors planted in time, discounting, curves, states, doses and the ledger."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr
from planted import planted, with_model

import hecon as he
from hecon import timeline
from hecon.costing import administration, adverse_events, dosing, packs, schedules, settle
from hecon.costing.ledger import Settled
from hecon.flows import FallShares
from hecon.labels import DRAW
from hecon.rows import whole_of
from hecon.states import crossing, partitioned, rates
from hecon.states.markov import Markov
from hecon.survival import choose
from hecon.survival.base import Curve
from hecon.survival.exponential import Exponential
from hecon.survival.lognormal import Lognormal
from hecon.survival.weibull import Weibull
from hecon.timeline import Timeline

# --- discounting ---


@planted("discounted read as undiscounted", "The ledger by hand", "Costs and effects have rates of their own")
def _(patch, own):
    patch.setattr(
        Settled, "sums", property(lambda s: s._s[..., [1, 1], :], lambda s, v: s.__dict__.update(_s=v)), False
    )


@planted("undiscounted read as discounted", "Undiscounted results know no rate", "The ledger by hand")
def _(patch, own):
    patch.setattr(
        Settled, "sums", property(lambda s: s._s[..., [0, 0], :], lambda s, v: s.__dict__.update(_s=v)), False
    )


@planted("rates of costs and effects swapped", "Costs and effects have rates of their own")
def _(patch, own):
    swapped = lambda kind, s: s.discount_rate_effect if kind == "cost" else s.discount_rate_cost  # noqa: E731
    patch.setattr(settle, "_rate_of", swapped)


@planted("the discount rate ignored", "A higher rate, lower totals", "Discounted years by hand")
def _(patch, own):
    patch.setattr(timeline, "discount_factor", lambda times, rate, form="effective": np.ones(len(times)))


@planted(
    "discounting a year late",
    "The present value of 1 after two years",
    "Discounted years by hand",
    "Rate 0 discounts nothing",
)
def _(patch, own):
    right = timeline.discount_factor
    patch.setattr(timeline, "discount_factor", lambda times, rate, form="effective": right(times, rate, form) * 0.97)


@planted("compounding the wrong way", "Discounting takes away", "A higher rate, lower totals")
def _(patch, own):
    right = timeline.discount_factor
    patch.setattr(timeline, "discount_factor", lambda times, rate, form="effective": 1 / right(times, rate, form))


@planted("a schedule of rates keeps its first", "The present value of 1 after two years")
def _(patch, own):
    right = timeline.discount_factor
    first = lambda rate: rate if isinstance(rate, float) else rate[0][1]  # noqa: E731
    patch.setattr(timeline, "discount_factor", lambda times, rate, form="effective": right(times, first(rate), form))


@planted("a schedule of rates read as its length", "A schedule of one rate is that rate")
def _(patch, own):
    right = timeline.discount_factor
    flat = lambda rate: rate if isinstance(rate, float) else 0.01 * len(rate)  # noqa: E731
    patch.setattr(timeline, "discount_factor", lambda times, rate, form="effective": right(times, flat(rate), form))


@planted("continuous discounting takes the effective rate", "Two forms of one rate")
def _(patch, own):
    right = timeline.discount_factor
    patch.setattr(timeline, "discount_factor", lambda times, rate, form="effective": right(times, rate))


@planted("the middle of a cycle taken for its end", "Discounted years by hand", "The ledger by hand")
def _(patch, own):
    right = Timeline._cycle_ends
    patch.setattr(
        Timeline,
        "_cycle_ends",
        lambda self, rate: (
            (self._factor(self.edges[1:], rate),) * 2
            if self.settings.discount_timing == "mid_cycle"
            else right(self, rate)
        ),
    )


@planted("cycle start and cycle end swapped", "Later is worth less")
def _(patch, own):
    right = Timeline._cycle_ends

    def swapped(self, rate):
        if self.settings.discount_timing == "cycle_start":
            return (self._factor(self.edges[1:], rate),) * 2
        if self.settings.discount_timing == "cycle_end":
            return (self._factor(self.edges[:-1], rate),) * 2
        return right(self, rate)

    patch.setattr(Timeline, "_cycle_ends", swapped)


# --- accrual, cycles, horizons ---


@planted(
    "no half-cycle correction",
    "The half-cycle correction is the mean of both ends",
    "Life years are the area under the curve",
)
def _(patch, own):
    right = Timeline.residence_by_cycle

    def start_only(self, rate):
        parts = right(self, rate)
        if self.settings.accrual != "life_table":
            return parts
        return {0: parts[0] + parts[1], 1: 0 * parts[1]}

    patch.setattr(Timeline, "residence_by_cycle", start_only)


@planted("half-cycle correction applied to events", "Events and one-off costs are not corrected")
def _(patch, own):
    right = Timeline.event_weights
    half = lambda self: {"start": 1.0, "end": 0.9, "life_table": 0.95}.get(self.settings.accrual, 1.0)  # noqa: E731
    patch.setattr(Timeline, "event_weights", lambda self, rate: right(self, rate) * half(self))


@planted("accrual start and end swapped", "Time counted at the start is the longest")
def _(patch, own):
    right = Timeline.residence_by_cycle

    def swapped(self, rate):
        other = {"start": "end", "end": "start"}.get(self.settings.accrual)
        if not other:
            return right(self, rate)
        parts = right(self, rate)
        return {0: parts[1], 1: parts[0]}

    patch.setattr(Timeline, "residence_by_cycle", swapped)


@planted("Simpson's weights exchanged", "Simpson's rule agrees with the trapezoid")
def _(patch, own):
    right = Timeline._simpson_by_cycle

    def exchanged(self, rate):
        parts = right(self, rate)
        return {offset: part * (1.2 if offset in (-1, 2) else 1.0) for offset, part in parts.items()}

    patch.setattr(Timeline, "_simpson_by_cycle", exchanged)


@planted("a horizon one cycle too long", "The ledger by hand")
def _(patch, own):
    patch.setattr(
        Timeline,
        "_until_horizon",
        lambda self, factor: np.where(
            np.arange(self.cycles)[:, None] <= np.array(self.horizon_edges), factor[:, None], 0.0
        ),
    )


@planted("horizons rounded to whole cycles", "A horizon of a cycle and a half")
def _(patch, own):
    right = timeline._regular

    def rounded(settings, knots):
        length = settings.cycle_years
        whole = tuple(max(1, round(h / length)) * length for h in settings.horizons)
        return right(settings.with_changes(horizons=whole), knots)

    rounded.cache_clear = right.cache_clear
    patch.setattr(timeline, "_regular", rounded)


@planted("a horizon of nothing accepted", "A horizon of nothing is refused")
def _(patch, own):
    patch.setattr(type(own.case), "with_settings", lambda self, **changes: self)


@planted("cycle length read as weeks whatever its unit", "Half a cycle, the same answer")
def _(patch, own):
    right = Timeline.residence_by_cycle

    def longer(self, rate):
        return {k: v * (1 + 0.3 / self.settings.cycle_length) for k, v in right(self, rate).items()}

    patch.setattr(Timeline, "residence_by_cycle", longer)


@planted("totals of a horizon shifted by the number of horizons", "A horizon does not depend on the others")
def _(patch, own):
    right = Timeline.residence_weights
    patch.setattr(Timeline, "residence_weights", lambda self, rate: right(self, rate) * (1 + 0.01 * len(self.horizons)))


@planted("later horizons lose years", "A longer horizon, larger totals")
def _(patch, own):
    right = Timeline.residence_weights
    patch.setattr(
        Timeline, "residence_weights", lambda self, rate: right(self, rate) / np.arange(1, len(self.horizons) + 1)
    )


# --- ledger ---


@planted(
    "drug labels reversed in line sums", "An input of one label moves the items of that label", "A drug for nothing"
)
def _(patch, own):
    right = settle._sum_onto

    def reversed_(values, axes, onto):
        summed, labels = right(values, axes, onto)
        return np.flip(summed, axis=labels.dims.index("drug")), labels

    patch.setattr(settle, "_sum_onto", reversed_)


@planted("the last cycle dropped from every sum", "The ledger by hand", "Life years are the area under the curve")
def _(patch, own):
    right = Timeline.weights

    def dropped(self, rule, rate):
        weights = right(self, rule, rate).copy()
        weights[-1] = 0
        return weights

    patch.setattr(Timeline, "weights", dropped)


@planted("the last factor of a line forgotten", "Prices 0, no costs", "Every input reaches a result", slow=True)
def _(patch, own):
    right = settle._ask
    patch.setattr(
        settle,
        "_ask",
        lambda line, *rest: right(
            replace(line, factors=line.factors[:-1]) if line.name == "End of life" else line, *rest
        ),
    )


@planted(
    "rounding to whole money in every line", "Costs are straight lines in every price", "Prices doubled, costs doubled"
)
def _(patch, own):
    right = settle._settled
    patch.setattr(settle, "_settled", lambda *given: (lambda s: replace(s, sums=np.round(s.sums, -2)))(right(*given)))


@planted("a batch is summed otherwise than a single case", "A batch of one is the base case", "A draw is a run")
def _(patch, own):
    right = settle._settled

    def batch(asked, sums):
        found = right(asked, sums)
        return replace(found, sums=found.sums * 1.001) if DRAW in found.axes.labels else found

    patch.setattr(settle, "_settled", batch)


# --- curves ---


@planted(
    "a hazard ratio divides",
    "Hazard ratio 1 changes no curve",
    "Life years fall with every hazard ratio",
    on="carfilzomib",
)
def _(patch, own):
    right = he.HazardRatio._cumulative_hazard
    patch.setattr(
        he.HazardRatio,
        "_cumulative_hazard",
        lambda self, t, axes: right(self, t, axes) / self.on(self.ratio, axes) ** 2,
    )
    patch.setattr(he.HazardRatio, "_survival", lambda self, t, axes: np.exp(-self._cumulative_hazard(t, axes)))


@planted(
    "a hazard ratio of 1 is one of 0.98",
    "Hazard ratio 1 changes no curve",
    "Equal hazards, equal curves",
    on="carfilzomib",
)
def _(patch, own):
    right = he.HazardRatio._cumulative_hazard
    patch.setattr(he.HazardRatio, "_cumulative_hazard", lambda self, t, axes: 0.98 * right(self, t, axes))
    patch.setattr(he.HazardRatio, "_survival", lambda self, t, axes: np.exp(-self._cumulative_hazard(t, axes)))


@planted("shape and scale of the Weibull swapped", "Nested families agree")
def _(patch, own):
    patch.setattr(
        Weibull,
        "_survival",
        lambda self, t, axes: np.exp(-((t / self.on(self.shape, axes)) ** self.on(self.scale, axes))),
    )


@planted("months of a curve read as weeks", "Curves meet the published survival")
def _(patch, own):
    right = choose.years_per
    patch.setattr(choose, "years_per", lambda unit, days=365.25: right("week" if unit == "month" else unit, days))


@planted("curves begin below 1", "Curves begin at 1 and never rise", "Nobody is dead at the start")
def _(patch, own):
    right = Curve._laid_out
    patch.setattr(Curve, "_laid_out", lambda self, edges, axes: 0.98 * whole_of(right(self, edges, axes)))
    survival = Lognormal._survival
    patch.setattr(Lognormal, "_survival", lambda self, t, axes: 0.98 * survival(self, t, axes))


@planted("the hazard of a curve twice its slope", "The hazard is the slope of the curve")
def _(patch, own):
    right = Exponential._hazard
    patch.setattr(Exponential, "_hazard", lambda self, t, axes: 2 * right(self, t, axes))


@planted("medians are means", "Curves answer their own quantiles")
def _(patch, own):
    right = Exponential._time_at
    patch.setattr(Exponential, "_time_at", lambda self, hazard, axes: right(self, hazard, axes) / np.log(2))


@planted("restricted means by a coarse rule", "Restricted means by quadrature")
def _(patch, own):
    right = Curve.restricted_mean
    patch.setattr(Curve, "restricted_mean", lambda self, horizon, *rest: 1.002 * right(self, horizon, *rest))


@planted("curves never fall below a fifth", "With certain mortality all die at once", "A very long horizon", slow=True)
def _(patch, own):
    right = Curve._laid_out
    patch.setattr(Curve, "_laid_out", lambda self, edges, axes: np.maximum(whole_of(right(self, edges, axes)), 0.2))


@planted("a death rate of the engine's own", "Without mortality nobody dies", "Life years by independent quadrature")
def _(patch, own):
    right = Curve._laid_out
    patch.setattr(
        Curve, "_laid_out", lambda self, edges, axes: whole_of(right(self, edges, axes)) * np.exp(-0.05 * edges)
    )


@planted("background mortality forgotten", "No better than the general population", on="elderly")
def _(patch, own):
    patch.setattr(he.BackgroundMortality, "_survival", lambda self, t, axes: self.curve._survival(t, axes))


# --- states ---


@planted("curves that cross are left so", "Shares are shares", "Progression-free patients are alive", on="crossing")
def _(patch, own):
    patch.setattr(crossing, "smaller", lambda inner, outer: inner)


@planted("treatment goes on after death", "Only the living are treated", on="crossing")
def _(patch, own):
    patch.setattr(partitioned, "smaller", lambda inner, outer: whole_of(inner) + 0 * whole_of(outer))


@planted("a share lost between the states", "Everybody is in one state")
def _(patch, own):
    right = partitioned._differences

    def lost(parts, axis):
        values = right(parts, axis).copy()
        values[..., 0, :] *= 0.999
        return values

    patch.setattr(partitioned, "_differences", lost)


@planted("the dead come back", "The dead stay dead", on="simple")
def _(patch, own):
    right = Curve._laid_out

    def back(self, edges, axes):
        return whole_of(right(self, edges, axes)) + 0.02 * (edges > edges[-1] / 2)

    patch.setattr(Curve, "_laid_out", back)


@planted("every death counted twice", "Deaths add up", "Discounted totals by a second path", slow=True)
def _(patch, own):
    right_values, right_sums = FallShares.values, FallShares.weighed
    patch.setattr(FallShares, "values", lambda self: 2 * right_values(self))
    patch.setattr(FallShares, "weighed", lambda self, weights: right_sums(self, 2 * weights))


class Halved:
    """Half of those who move in a chain that is stepped as it is summed."""

    def __init__(self, columns):
        self.columns = columns

    def laid_out(self):
        return self.columns.laid_out() / 2

    def weighed(self, weights):
        return self.columns.weighed(weights / 2)


@planted("entries to a state of a chain halved", "What enters a state and does not leave it is there", on="sick")
def _(patch, own):
    right = Markov.entries

    def halved(self, state):
        found = right(self, state)
        if not hasattr(found, "columns"):
            return found
        columns = found.columns
        return replace(found, columns=Halved(columns) if hasattr(columns, "laid_out") else columns / 2)

    patch.setattr(Markov, "entries", halved)


@planted("a year's rate divided by the cycles", "Rates and probabilities over any cycle", on="sick")
def _(patch, own):
    patch.setattr(rates, "rate_to_probability", lambda rate, time: rate * time.settings.cycle_years)


@planted("a state's years counted in the state after it", "Utilities 1 make QALYs life years")
def _(patch, own):
    right = he.Outcome.__post_init__

    def shifted(self):
        right(self)
        lines = [
            replace(line, factors=(line.factors[0].roll(state=1, roll_coords=False),))
            if line.name == "Time in state"
            else line
            for line in self.lines
        ]
        object.__setattr__(self, "lines", lines)

    patch.setattr(he.Outcome, "__post_init__", shifted)


@planted("death counts as alive", "Life years within the horizon", "Life years are the area under the curve")
def _(patch, own):
    def change(p, time, outcome):
        lines = [replace(line, factors=(1.2,)) if line.kind == "life_years" else line for line in outcome.lines]
        return he.Outcome(outcome.state, lines)

    return with_model(own, change)


# --- doses ---


@planted("the most expensive packs", "Discounted totals by a second path", slow=True)
def _(patch, own):
    right = packs.cheapest
    patch.setattr(packs, "cheapest", lambda amount, sizes, prices: 1.01 * right(amount, sizes, prices))


@planted("no vial is wasted", "Undiscounted totals by a second path", "The decision by a second path", slow=True)
def _(patch, own):
    patch.setattr(packs, "expected_cheapest", packs.expected_shared)


@planted("every dose a treatment cycle late", "Undiscounted totals by a second path", slow=True)
def _(patch, own):
    right = schedules._days
    patch.setattr(schedules, "_days", lambda row, starts: tuple(days + row.cycle_days for days in right(row, starts)))


@planted("every infusion is a first one", "Undiscounted totals by a second path", slow=True)
def _(patch, own):
    patch.setattr(schedules, "_numbers", lambda given: np.ones(len(given), dtype=int))


@planted("dose intensity ignored", "Every input reaches a result", slow=True)
def _(patch, own):
    names = dosing.RELATIVE_DOSE_INTENSITY
    patch.setattr(dosing, "RELATIVE_DOSE_INTENSITY", names + "_")
    patch.setattr(administration, "RELATIVE_DOSE_INTENSITY", names + "_")


@planted("losses of events added", "QALYs fall with every loss")
def _(patch, own):
    right = adverse_events._product
    patch.setattr(adverse_events, "_product", lambda *p: -right(*p) if len(p) == 3 else right(*p))


@planted("events cost something even if there are none", "No adverse events, or events without effect")
def _(patch, own):
    right = adverse_events._product
    patch.setattr(adverse_events, "_product", lambda *p: right(*p) + 0.5 * p[1])


@planted("prices and utilities of one strategy copied per arm", "Equal arms, equal results")
def _(patch, own):
    def change(p, time, outcome):
        dear = xr.DataArray([1.0, 1.0, 1.1], dims="strategy", coords={"strategy": list(p.labels["strategy"])})
        lines = [
            replace(line, factors=(*line.factors, dear)) if line.name == "Monitoring" else line
            for line in outcome.lines
        ]
        return he.Outcome(outcome.state, lines)

    return with_model(own, change)

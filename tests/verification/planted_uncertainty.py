"""Errors planted in draws, tornados, decisions under uncertainty and the live workbook."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import numpy as np
from planted import planted, with_model

import hecon as he
from hecon.analysis import run as runs
from hecon.analysis.value.sample import Sample
from hecon.inputs import batch, joint, streams
from hecon.inputs import case as cases
from hecon.inputs.joint import Single
from hecon.inputs.together.empirical import Empirical
from hecon.report.live.clock import Clock
from hecon.report.live.results import Results
from hecon.verification import information

tornado = import_module("hecon.analysis.sensitivity.one_way")

# --- draws ---


@planted("empirical draws whose last row is never drawn", "Every given draw is drawn", on="drawn")
def _(patch, own):
    right = Empirical.page
    patch.setattr(
        Empirical, "page", lambda self, seed, number: right(replace(self, table=self.table[:-1]), seed, number)
    )


@planted("a seed ignored", "A seed is obeyed")
def _(patch, own):
    right = streams.streams
    patch.setattr(streams, "streams", lambda seed, *key: right(1, *key))


@planted("one stream for all inputs", "Inputs are drawn apart")
def _(patch, own):
    right = streams.streams
    patch.setattr(streams, "streams", lambda seed, *key: right(seed, "all", ()))


@planted(
    "only the lower half is drawn", "Draws fill their distributions", "Draws have the means of their distributions"
)
def _(patch, own):
    right = Single.page
    patch.setattr(Single, "page", lambda self, *page: np.minimum(right(self, *page), self.marginal(0, np.array([0.5]))))


@planted("standard errors taken for variances", "Draws fill their distributions")
def _(patch, own):
    right = Single.page

    def wider(self, *page):
        drawn = right(self, *page)
        return drawn.mean() + 2 * (drawn - drawn.mean())

    patch.setattr(Single, "page", wider)


@planted("distributions beside their values", "Distributions are centred on their values")
def _(patch, own):
    right = Single.marginal
    patch.setattr(Single, "marginal", lambda self, member, p: 1.5 * right(self, member, p) + 1)


@planted("draws beyond what an input may be", "Draws are permitted numbers")
def _(patch, own):
    right = Single.page
    patch.setattr(Single, "page", lambda self, *page: right(self, *page) - 1.0)


@planted("draws depend on how many there are", "More draws begin with the fewer")
def _(patch, own):
    right = batch.paged

    def shuffled(make, start, stop):
        drawn = right(make, start, stop)
        return np.roll(drawn, stop // 7, axis=0)

    patch.setattr(batch, "paged", shuffled)


@planted("correlations dropped", "Correlations are kept", on="hip")
def _(patch, own):
    patch.setattr(joint, "correlated", lambda z, root: z * np.sqrt((root**2).sum(axis=1)))


@planted("a certain input drawn", "What is certain stays")
def _(patch, own):
    right = batch.batch_of

    def more(known, parameters, rows, values):
        found = right(known, parameters, rows, values)
        name = "decision_years"
        return {**found, name: found[name].expand_dims(draw=len(values)).copy()}

    patch.setattr(cases, "batch_of", more)


@planted("the mean of the draws depends on the seed", "Another seed, about the same means")
def _(patch, own):
    right = batch.Uncertainty.draw
    patch.setattr(
        batch.Uncertainty,
        "draw",
        lambda self, count, seed, start=0: right(self, count, seed, start) * (1 + 0.1 * (seed % 2)),
    )


@planted("draws put in the rows of their neighbours", "A draw is a run", "Probabilistic means about the base case")
def _(patch, own):
    right = batch.batch_of

    def shifted(known, parameters, rows, values):
        return right(known, parameters, rows, np.roll(values, 1, axis=1) if values.shape[1] > 20 else values)

    patch.setattr(cases, "batch_of", shifted)


@planted("draws that never reach the model", "What is drawn reaches the results")
def _(patch, own):
    patch.setattr(cases, "batch_of", lambda known, parameters, rows, values: batch._any_as_batch(known, len(values)))


@planted("blocks of draws begin a row late", "Blocks do not matter")
def _(patch, own):
    right = runs.draws_of

    def late(array, place):
        return right(array, slice(max(0, place.start - 1), place.stop - (place.start > 0)))

    patch.setattr(runs, "draws_of", late)


@planted("some draws live for ever", "What holds in the base case holds in every draw")
def _(patch, own):
    def change(p, time, outcome):
        if "draw" not in p.drug_price.dims:
            return outcome
        lines = [
            replace(line, factors=(*line.factors, 3.0)) if line.kind == "life_years" else line for line in outcome.lines
        ]
        return he.Outcome(outcome.state, lines)

    return with_model(own, change)


# --- tornados ---


@planted("the last input left out of the tornado", "Every uncertain input is in the tornado")
def _(patch, own):
    right = tornado._ends

    def fewer(*given):
        rows, low, high, notes = right(*given)
        return rows[:-1], low[:-1], high[:-1], notes

    patch.setattr(tornado, "_ends", fewer)


@planted("ends of bars swapped", "Bars hold their base case")
def _(patch, own):
    right = tornado._ends

    def swapped(*given):
        rows, low, high, notes = right(*given)
        return rows, high, low, notes

    patch.setattr(tornado, "_ends", swapped)


@planted("a bar shows the outcome of another draw", "Bars hold their base case", "The widest bars again")
def _(patch, own):
    right = tornado.evaluate
    patch.setattr(tornado, "evaluate", lambda *given: np.roll(right(*given), 1, axis=1))


# --- decisions under uncertainty ---


def _table(patch, name, change, module=information):
    right = getattr(module, name)
    patch.setattr(module, name, lambda *given, **options: change(right(*given, **options)))


@planted("ties counted for both", "Acceptability curves sum to 1")
def _(patch, own):
    _table(patch, "ceac", lambda t: t.assign(probability=np.minimum(1, t.probability * 1.01 + 0.001)))


@planted("the worst strategy called the best", "Acceptability counted again", "EVPI by hand")
def _(patch, own):
    right = Sample.net_benefit
    patch.setattr(Sample, "net_benefit", lambda self, threshold: -right(self, threshold))


@planted("the frontier names the most often best", "The acceptability frontier names the best on average")
def _(patch, own):
    patch.setattr(Sample, "best", lambda self, threshold: int(self.net_benefit(threshold).mean(axis=0).argmin()))


@planted("quadrants of the plane swapped", "The plane counted again")
def _(patch, own):
    swap = {"share_NW": "share_SE", "share_SE": "share_NW", "share_NE": "share_SW", "share_SW": "share_NE"}
    _table(patch, "cost_effectiveness_plane", lambda plane: replace(plane, summary=plane.summary.rename(columns=swap)))


@planted("perfect information without the choice made now", "EVPI by hand", "The smallest expected loss is the EVPI")
def _(patch, own):
    _table(patch, "evpi", lambda t: t.assign(evpi=t.evpi + 1000))


@planted("losses against the second best", "The smallest expected loss is the EVPI")
def _(patch, own):
    _table(patch, "expected_loss", lambda t: t.assign(expected_loss=t.expected_loss + 500))


@planted("part of the truth worth more than all", "EVPI >= EVPPI", slow=True)
def _(patch, own):
    _table(patch, "partial_information", lambda t: t.assign(evppi=t.evpi * 1.5 + 1000 + 4 * t.standard_error))


@planted("a regression that fits noise", "All inputs together are worth the EVPI", on="sick")
def _(patch, own):
    _table(patch, "evppi", lambda t: t.assign(evppi=t.evpi * 2 + 10 * t.standard_error))


@planted("a study worth more than the truth", "EVPPI >= EVSI", slow=True)
def _(patch, own):
    _table(patch, "sample_information", lambda t: t.assign(evsi=t.evsi + 1e5))


@planted("a threshold off by a tenth", "At its threshold an input leaves nothing to choose")
def _(patch, own):
    _table(patch, "threshold", lambda t: t.assign(threshold=t.threshold * 1.1))


# --- the live workbook ---


@planted(
    "live formulas weigh cycles otherwise",
    "The live workbook's totals are the engine's",
    "The live workbook's decision is the engine's",
    slow=True,
)
def _(patch, own):
    right = Clock.weights
    patch.setattr(Clock, "weights", lambda self, rule, kind: right(self, rule, None))


@planted("live details in another order", "The live workbook's breakdown is the engine's", slow=True)
def _(patch, own):
    right = Results._details

    def turned(self, draft, place, strategy, twin):
        return right(self, draft, place, self.strategies[::-1][self.strategies.index(strategy)], twin)

    patch.setattr(Results, "_details", turned)

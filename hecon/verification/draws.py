"""Checks of draws: they fill their distributions, and a seed is obeyed."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from hecon.analysis.health import FAIL
from hecon.inputs.input_names import input_in_words
from hecon.inputs.permitted import domain_of
from hecon.inputs.together.empirical import Empirical
from hecon.labels import DRAW
from hecon.parameters import records_of
from hecon.verification.record import (
    HECON,
    TECH_VER,
    Answer,
    agree,
    explained,
    health_check,
    need,
    never,
    passed,
    worst,
)
from hecon.verification.subject import CHECKED_MEASURES, FAR, Subject

_check = partial(health_check, domain="uncertainty", source=TECH_VER)
#: Kolmogorov's distance that chance passes in one of a hundred thousand: sqrt(log(2 / 1e-5) / 2) / sqrt(draws).
_KOLMOGOROV = 2.47


@_check(
    "Draws fill their distributions",
    changed="draws of every uncertain input",
    expected="evenly spread over its quantiles",
    short=True,
)
def fill(model: Subject) -> Answer:
    """Draws of each input, against its own quantiles (distance of Kolmogorov)."""
    wrong, columns, levels = [], model.drawn_inputs, model.levels
    for (name, source, _, drawn), quantiles in zip(columns, model.spreads, strict=True):
        if isinstance(source, Empirical):
            continue
        ordered = np.sort(drawn)
        below = np.searchsorted(ordered, quantiles, side="right") / len(drawn)
        strict = np.searchsorted(ordered, quantiles, side="left") / len(drawn)
        distance = float(np.maximum(strict - levels, levels - below).max())
        if distance > _KOLMOGOROV / np.sqrt(len(drawn)) + 0.005:
            wrong.append(f"{input_in_words(name)} ({distance:.2f} off)")
    return never(len(wrong), f"not spread as their distribution: {', '.join(wrong[:3])}", f"{len(columns)} inputs")


@_check(
    "Every given draw is drawn", source=HECON, changed="draws from a sheet of draws", expected="each row equally often"
)
def given_draws(model: Subject) -> Answer:
    """Rows of the sheet Draws are taken whole, each with the same chance, the first and the last among them."""
    sources = [source for source in model.uncertainty.sources if isinstance(source, Empirical)]
    need(sources, "no input is drawn from a sheet of draws")
    answers = []
    for source in sources:
        count, rows = max(20_000, 40 * len(source.table)), len(source.table)
        need(rows < 5_000, "the sheet has too many draws to wait for each of them")
        part = model.uncertainty.__class__(model.uncertainty.names, model.uncertainty.values, (source,))
        drawn = part.draw(count, model.case.settings.seed)
        order = np.argsort(source.members)
        table = source.table[:, order]
        first, place = np.unique(table, axis=0, return_inverse=True)
        known = {tuple(row): i for i, row in enumerate(first)}
        found = np.zeros(len(first))
        for row in drawn:
            if tuple(row) not in known:
                return Answer(FAIL, "a draw is no row of the sheet")
            found[known[tuple(row)]] += 1
        expected = np.bincount(np.ravel(place)) * count / rows
        wrong = np.abs(found - expected) > 6 * np.sqrt(expected)
        answers.append(never(wrong, f"{source.name}: a row is drawn too often or too seldom", f"{rows} rows"))
    return worst(answers)


@_check("Draws have the means of their distributions", expected="within five standard errors", short=True)
def _means(model: Subject) -> Answer:
    """The mean of the draws of each input, against the mean of its quantiles."""
    wrong = []
    for (name, *_, drawn), quantiles in zip(model.drawn_inputs, model.spreads, strict=True):
        mean, deviation = float(quantiles.mean()), float(drawn.std(ddof=1))
        error = deviation / math.sqrt(len(drawn))
        if abs(drawn.mean() - mean) > FAR * error + 2e-3 * max(abs(mean), deviation):
            wrong.append(f"{input_in_words(name)}: {drawn.mean():.4g} for {mean:.4g}")
    return never(len(wrong), "; ".join(wrong[:3]), "every one")


@_check(
    "Distributions are centred on their values",
    expected="mean or median of each within a standard deviation of the value",
)
def centred(model: Subject) -> Answer:
    """The value on the sheet lies in the middle of what is drawn, or the reader must know."""
    wrong, levels = [], (np.arange(500) + 0.5) / 500
    values = dict(zip(model.uncertainty.names, model.uncertainty.values, strict=True))
    for name, source, member, _ in model.drawn_inputs:
        quantiles = np.asarray(source.marginal(member, levels), dtype=float)
        spread = float(quantiles.std())
        gap = min(abs(quantiles.mean() - values[name]), abs(float(np.median(quantiles)) - values[name]))
        if gap > 0.5 * spread:
            wrong.append(
                f"{input_in_words(name)}: value {values[name]:.4g}, mean of its distribution {quantiles.mean():.4g}"
            )
    if not wrong:
        return passed("every one")
    return explained(f"{wrong[0]}" + (f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""))


@_check("Draws are permitted numbers", expected="every draw within what its name and unit allow")
def _permitted(model: Subject) -> Answer:
    """Utilities above 1 and costs below 0 are counted."""
    rows, wrong = records_of(model.workbook.parameters), []
    for j, row in enumerate(model.uncertainty.rows):
        record = rows[row]
        bounds = domain_of(record, drawn=True)
        drawn = model.drawn[:, j]
        outside = np.mean((drawn < bounds.low) | (drawn > bounds.high))
        if outside:
            wrong.append(
                f"{outside:.1%} of {input_in_words(model.uncertainty.names[row])} ({record['cell']}) "
                f"must {bounds.words}"
            )
    if not wrong:
        return passed("all of them")
    return explained("; ".join(wrong[:3]))


@_check("Inputs are drawn apart", source=HECON, expected="no two inputs of different sources correlated beyond chance")
def apart(model: Subject) -> Answer:
    """Each input has a stream of its own: what is not correlated on purpose is not correlated."""
    columns = [column for column in model.drawn_inputs if column[3].std() > 0]
    need(len(columns) > 1, "fewer than two inputs are uncertain")
    ranks = np.array([np.argsort(np.argsort(drawn)) for _, _, _, drawn in columns], dtype=float)
    correlation = np.corrcoef(ranks)
    sources = np.array([id(source) for _, source, _, _ in columns])
    other = sources[:, None] != sources[None, :]
    limit = 6 / np.sqrt(model.draws)
    i, k = np.unravel_index(int(np.abs(np.where(other, correlation, 0)).argmax()), correlation.shape)
    words = f"{input_in_words(columns[i][0])} and {input_in_words(columns[k][0])} correlate by {correlation[i, k]:.2f}"
    return never(
        abs(correlation[i, k]) > limit and other[i, k], words, f"at most {np.abs(correlation[other]).max():.2f}"
    )


@_check("Correlations are kept", expected="rank correlations of the sheet Correlations within chance")
def correlations(model: Subject) -> Answer:
    """Inputs that are given a correlation are drawn with it."""
    need("Correlations" in model.case.tables, "there is no sheet Correlations")
    joint = [source for source in model.uncertainty.sources if len(source.members) > 1 and hasattr(source, "root")]
    need(joint, "no inputs are correlated")
    place, answers = {row: j for j, row in enumerate(model.uncertainty.rows)}, []
    for source in joint:
        root = np.asarray(source.root)
        covariance = root @ root.T
        scale = np.sqrt(np.diag(covariance))
        normal = covariance / np.outer(scale, scale)
        expected = 6 / np.pi * np.arcsin(normal / 2)
        drawn = model.drawn[:, [place[row] for row in source.members]]
        found = np.corrcoef(np.argsort(np.argsort(drawn, axis=0), axis=0).T)
        answers.append(agree(found, expected, 6 / np.sqrt(model.draws), "rank correlation", 1.0))
    return worst(answers)


@_check("What is certain stays", source=HECON, expected="inputs without a distribution equal in every draw")
def certain(model: Subject) -> Answer:
    """Only what is uncertain is drawn."""
    drawn = model.psa.case.values
    rows = set(model.uncertainty.rows)
    names = model.workbook.parameters["parameter"].tolist()
    fixed = {name for row, name in enumerate(names) if row not in rows}
    moving = {name for row, name in enumerate(names) if row in rows}
    wrong = [name for name in fixed - moving if DRAW in drawn[name].dims]
    return never(
        len(wrong), f"drawn without a distribution: {', '.join(wrong[:3])}", f"{len(fixed - moving)} parameters"
    )


@_check(
    "A seed is obeyed",
    source=TECH_VER,
    changed="the same seed again; another seed",
    expected="the same draws; others",
    short=True,
)
def seeds(model: Subject) -> Answer:
    """The seed decides the draws, and nothing else does."""
    drawn = model.drawn_twice[:100]
    again = model.drawn_before[: len(drawn)]
    other = model.redrawn.draw(len(drawn), model.case.settings.seed + 1)
    same = np.array_equal(again, drawn)
    new = bool(((again != other).any(axis=0) | (again.std(axis=0) == 0)).all())
    return worst(
        [never(not same, "the same seed gives other draws"), never(not new, "another seed gives the same draws")]
    )


@_check(
    "More draws begin with the fewer",
    source=HECON,
    changed="half as many draws; the second half alone",
    expected="the same draws to the bit",
    short=True,
)
def prefix(model: Subject) -> Answer:
    """Asking for more changes none of those there were."""
    seed, half = model.case.settings.seed, model.draws // 2
    drawn, before, second = model.drawn_twice, model.drawn_before, model.redrawn.draw(half, seed, half)
    same = np.array_equal(drawn, before[: len(drawn)]) and np.array_equal(second, drawn[half : 2 * half])
    return never(not same, "draws depend on how many are asked for")


@_check("Another seed, about the same means", changed="another seed", expected="means within five standard errors")
def stable(model: Subject) -> Answer:
    """What is concluded does not depend on the luck of the draws."""
    other = model.run(model.workbook.draws(model.draws, seed=model.case.settings.seed + 1, model=model.case.model))
    answers = []
    for name in CHECKED_MEASURES:
        if name in other.totals:
            one, two = model.totals_of(model.psa, name), model.totals_of(other, name)
            error = np.sqrt((one.var(axis=0) + two.var(axis=0)) / model.draws)
            gap = np.abs(one.mean(axis=0) - two.mean(axis=0))
            scale = 1e-12 * np.abs(one).max()
            answers.append(never((gap > FAR * error + scale).any(), f"{name}: means of two seeds differ"))
    return worst(answers)

"""The tables on the screen: plain text, at most 100 columns, numbers aligned, dominance in words."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hecon.analysis.health import EXPLAINED, FAIL, VERDICTS, Health
from hecon.analysis.result import Result, is_cost_effectiveness
from hecon.analysis.scenarios import with_base
from hecon.frozen import frozen
from hecon.report.comparison import Comparison, against_comparator, compare, pairs
from hecon.report.provenance import crossing_sentences, inflation_sentences, status_sentence
from hecon.report.words import icer_briefly, money, percent, years

if TYPE_CHECKING:
    import pandas as pd

    from hecon.analysis.psa.tables import PsaTables
    from hecon.analysis.suite import Suite
    from hecon.inputs.case import Inputs
    from hecon.report.analyses import Analyses

WIDTH = 100
_MOST_THRESHOLDS = 4
#: Rows of the answer; where there are more, the means of the draws, then all, stand at the longest horizon alone.
_MOST_ROWS = 12
_SHORT = {"cost": "Costs", "life_years": "LYs", "progression_free_life_years": "PF LYs", "qaly": "QALYs"}


def text_table(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    left: int = 1,
    width: int = WIDTH,
    above: Sequence[Sequence[str]] = (),
) -> str:
    """Lay rows out in columns, the first `left` of them aligned left and the rest right.

    Lines `above` the headers belong to them. A table wider than `width` has its first column cut, with an ellipsis.

    >>> print(text_table(["Strategy", "Costs"], [["A", "1,200"], ["Beta", "90"]]))
    Strategy  Costs
    --------  -----
    A         1,200
    Beta         90
    """
    columns = list(zip(*above, headers, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    excess = sum(widths) + 2 * (len(widths) - 1) - width
    for place in range(left):
        cut = min(excess, widths[place] - max(8, len(headers[place])))
        if cut > 0:
            widths[place] -= cut
            excess -= cut
    lines = [*map(list, above), list(headers), ["-" * size for size in widths], *(list(row) for row in rows)]
    return "\n".join(_line(line, widths, left) for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int], left: int) -> str:
    parts = [
        _cut(cell, size).ljust(size) if place < left else cell.rjust(size)
        for place, (cell, size) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(parts).rstrip()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."


@frozen(eq=True)
class TextTable:
    """A table before it is laid out: its title, its headings, its rows, and how many columns stand on the left.

    Headings are broken at underscores where they are longer than `break_headings_at`.

    >>> print(TextTable("Both", ["net_monetary_benefit", "qaly"], [["90", "0.5"]], left=0, break_headings_at=12).text())
    Both
         net_
    monetary_
      benefit  qaly
    ---------  ----
           90   0.5
    """

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: int = 1
    break_headings_at: int = 0

    @staticmethod
    def broken(heading: str, width: int) -> list[str]:
        """Give the lines of a heading, none longer than `width` if its words are not."""
        lines = [""]
        for word in re.findall("[^_]*_|[^_]+$", heading) if width else [heading]:
            if lines[-1] and len(lines[-1]) + len(word) > width:
                lines.append("")
            lines[-1] += word
        return lines

    def text(self) -> str:
        """Lay the table out."""
        broken = [self.broken(heading, self.break_headings_at) for heading in self.headers]
        depth = max(map(len, broken), default=1)
        above = [[""] * (depth - len(lines)) + lines for lines in broken]
        table = text_table(
            [lines[-1] for lines in above], self.rows, left=self.left, above=list(zip(*above, strict=True))[:-1]
        )
        return f"{self.title}\n{table}" if self.title else table


def paragraphs(sentences: Sequence[str]) -> str:
    """Break sentences into lines that fit the screen."""
    return "\n".join(textwrap.fill(sentence, WIDTH) for sentence in sentences if sentence)


def indented(text: str) -> str:
    """Move every line of a text four places to the right."""
    return textwrap.indent(text, "    ")


def summary_text(result: Result) -> str:
    """Give totals and increments by strategy, a block for each horizon."""
    mean = f"Means over {result.draws:,} draws\n\n" if result.draws else ""
    return mean + "\n\n".join(table.text() for table in summary_tables(result))


def summary_tables(result: Result) -> list[TextTable]:
    """Give totals and increments by strategy, a table for each horizon."""
    settings, comparator = result.case.settings, result.case.comparator
    means = result.means
    measures = [name for name in _SHORT if name in means]
    cents = _in_cents(result)
    several = len(result.strategies) > 1
    effect = "qaly" if "qaly" in means else "life_years"
    increments = [name for name in measures if several and name in ("cost", effect)]
    headers = ["Strategy", *(_SHORT[name] for name in measures), *(f"+/- {_SHORT[name]}" for name in increments)]
    ratio = len(increments) == 2
    headers += [f"{settings.currency}/{_SHORT[effect][:-1]}"] if ratio else []
    blocks = []
    for j, horizon in enumerate(result.time.horizons):
        found = {one.strategy: one for one in against_comparator(result, horizon)}
        rows = []
        for i, strategy in enumerate(result.strategies):
            row = [strategy, *(_number(name, means[name][i, j], cents) for name in measures)]
            if several:
                one = found.get(strategy)
                row += [_number(name, one.increments[name], cents) if one else "" for name in increments]
                row += [_ratio(one, effect) if one else "comparator"] if ratio else []
            rows.append(row)
        rates = {settings.discount_rate_cost, settings.discount_rate_effect}
        title = f"{years(horizon)}, {'undiscounted' if rates == {0.0} else 'discounted'}, {settings.currency}"
        title += f", increments against {comparator}" if several else ""
        blocks.append(TextTable(title, headers, rows))
    return blocks


def incremental_text(result: Result) -> str:
    """Give every pair of strategies at each horizon, with both readings of an economic benefit."""
    blocks = [table.text() for table in incremental_tables(result)]
    if not blocks:
        return ""
    first = result.case.settings.willingness_to_pay[0]
    caption = (
        f"Two readings of an economic benefit. Saves: it costs less. At {_short(first)}: it is worth its cost at a "
        f"willingness to pay of {result.case.settings.currency} {money(first)} for a QALY."
    )
    return "\n\n".join([textwrap.fill(caption, WIDTH), *blocks])


def incremental_tables(result: Result) -> list[TextTable]:
    """Give a table for each pair of strategies; none for a single strategy, or without costs and QALYs."""
    if len(result.strategies) < 2 or not is_cost_effectiveness(result):
        return []
    currency = result.case.settings.currency
    thresholds = result.case.settings.willingness_to_pay[:_MOST_THRESHOLDS]
    headers = ["Horizon", "+/- Costs", "+/- QALYs", f"{currency}/QALY", "Saves?"]
    headers += [f"At {_short(threshold)}?" for threshold in thresholds]
    blocks = []
    for strategy, other in pairs(result):
        rows = []
        for horizon in result.time.horizons:
            one = compare(result, strategy, other, horizon)
            verdicts = ["yes" if yes else "no" for yes in (one.saves, *(one.worth(at) for at in thresholds))]
            numbers = [_number(name, one.increments[name], _in_cents(result)) for name in ("cost", "qaly")]
            rows.append([years(horizon), *numbers, _ratio(one), *verdicts])
        blocks.append(TextTable(f"{strategy} against {other}", headers, rows))
    return blocks


def whole_screen(inputs: Inputs, suite: Suite, analyses: Analyses, *, workbook: str, whole: bool) -> str:
    """Give what a reader needs to trust the answer, then the answer; with `whole` every table and finding before it.

    `workbook` is the name of the results workbook that sentences point to.
    """
    from hecon.report.registry import findings, leads, left_out_sentences, pointers

    base = suite.base
    parts = [base.case.settings.title or inputs.source]
    told = [status_sentence(base.case)]
    if whole:
        told += [*crossing_sentences(base), *base.notes, *inflation_sentences(base.case)]
        told += [*pointers(analyses, workbook), *(f"Note: {note}." for note in inputs.notes)]
        parts += [summary_text(base), incremental_text(base), paragraphs(findings(analyses))]
    told += left_out_sentences(suite.skipped)
    health: Health | None = analyses.get("health")
    if health is not None:
        told += health.sentences if whole else [health.sentence]
    told += [] if whole else leads(analyses)
    parts += [paragraphs(told), answer_text(base, analyses.get("psa"))]
    return "\n\n".join(part for part in parts if part)


def answer_text(result: Result, drawn: PsaTables | None = None) -> str:
    """Give the answer in one table: every comparison at each horizon, in the base case and over the draws.

    Where draws were made, each row is followed by their means and by the share of them in which each reading holds.
    """
    if len(result.strategies) < 2 or not is_cost_effectiveness(result):
        return summary_text(result)
    settings, comparator, cents = result.case.settings, result.case.comparator, _in_cents(result)
    thresholds = settings.willingness_to_pay[:_MOST_THRESHOLDS]
    headers = [f"Against {comparator}", "+/- Costs", "+/- QALYs", f"{settings.currency}/QALY", "Saves?"]
    headers += [f"At {_short(threshold)}?" for threshold in thresholds]
    means = drawn.answer if drawn is not None and drawn.decides else None
    last = result.time.horizons[-1]
    compared = [(one, at) for one in result.strategies if one != comparator for at in result.time.horizons]
    compared = [pair for pair in compared if pair[1] == last] if len(compared) > _MOST_ROWS else compared
    at_each = 2 * len(compared) <= _MOST_ROWS
    rows = []
    for strategy, horizon in compared:
        one = compare(result, strategy, comparator, horizon)
        verdicts = ["yes" if yes else "no" for yes in (one.saves, *(one.worth(at) for at in thresholds))]
        numbers = [_number(name, one.increments[name], cents) for name in ("cost", "qaly")]
        rows.append([f"{strategy}, {years(horizon)}", *numbers, _ratio(one), *verdicts])
        if means is not None and drawn is not None and (at_each or horizon == last):
            own = means[(means["strategy"] == strategy) & (means["horizon_years"] == horizon)]
            rows.append(_drawn_row(own, drawn.psa.draws or 0, thresholds, cents))
    rates = {settings.discount_rate_cost, settings.discount_rate_effect}
    caption = f"{settings.currency}, {'undiscounted' if rates == {0.0} else 'discounted'}. At {_short(thresholds[0])}: "
    caption += f"worth its cost at {settings.currency} {money(thresholds[0])} for a QALY"
    caption += "; of draws, in how many." if means is not None else "."
    return f"{textwrap.fill(caption, WIDTH)}\n{text_table(headers, rows)}"


def _drawn_row(own: pd.DataFrame, draws: int, thresholds: Sequence[float], cents: bool) -> list[str]:
    """Give the means over the draws of one comparison, and the shares of the draws in which each reading holds."""
    first = own.iloc[0]
    increments = {"cost": float(first["incremental_cost"]), "qaly": float(first["incremental_qaly"])}
    ratios = {"qaly": (float(first["icer"]), str(first["quadrant"]))}
    one = Comparison(str(first["strategy"]), str(first["comparator"]), first["horizon_years"], increments, ratios)
    worth = own.set_index("willingness_to_pay")["probability_cost_effective"]
    shares = [first["probability_cost_saving"], *(worth[threshold] for threshold in thresholds)]
    numbers = [_number(name, increments[name], cents) for name in ("cost", "qaly")]
    return [f"  mean of {draws:,} draws", *numbers, _ratio(one), *map(percent, shares)]


def health_text(health: Health, *, every: bool = False) -> str:
    """Give the light of a model's health, then its findings by verdict: those that passed only if `every` is asked for.

    >>> from hecon.analysis.health import Finding
    >>> one = Finding("Shares sum to 1", "states", "TECH-VER", "nothing", "1", "0.9 at year 2", "fail")
    >>> print(health_text(Health([one])))
    Health of this model: red. 1 failed.
    <BLANKLINE>
    fail: Shares sum to 1
        0.9 at year 2
    """
    shown = [verdict for verdict in VERDICTS if every or verdict in (FAIL, EXPLAINED)]
    blocks = [health.sentence]
    for one in (one for verdict in shown for one in health.of(verdict)):
        found = textwrap.fill(one.found, WIDTH - 4, initial_indent="    ", subsequent_indent="    ")
        blocks.append(f"{one.verdict}: {one.check}\n{found}")
    return "\n\n".join(blocks)


def scenarios_text(scenarios: Mapping[str, Result], base: Result) -> str:
    """Give the ICER of every scenario at each horizon, a block for each strategy against the comparator."""
    comparator, horizons = base.case.comparator, base.time.horizons
    blocks = []
    for strategy in base.strategies:
        if strategy == comparator or not is_cost_effectiveness(base):
            continue
        rows = []
        for name, result in with_base(scenarios, base).items():
            cells = [
                _ratio(compare(result, strategy, comparator, horizon)) if horizon in result.time.horizons else "-"
                for horizon in horizons
            ]
            rows.append([name, *cells])
        title = f"{strategy} against {comparator}, {base.case.settings.currency} per QALY"
        blocks.append(f"{title}\n{text_table(['Scenario', *map(years, horizons)], rows)}")
    return "\n\n".join(blocks)


def fits_text(fits: pd.DataFrame, notes: Sequence[str]) -> str:
    """Lay fits out by strategy and endpoint, best first, with their criteria, median and what there is to say."""
    parts = []
    for (strategy, endpoint), rows in fits.groupby(["strategy", "endpoint"], sort=False):
        first = rows.iloc[0]
        said = f"{str(endpoint).replace('_', ' ')}, {strategy}: {first['data']}"
        if first["patients"] == first["patients"]:
            said += f", {first['patients']:g} patients, {first['events']:g} events"
        shown = [_fit_line(row) for row in rows.to_dict("records")]
        parts.append(
            f"{said}\n{text_table(['Family', 'AIC', 'above', 'BIC', 'median', '5 years', 'note'], shown, left=1)}"
        )
    parts += [f"Note: {note}." for note in notes]
    return "\n\n".join(parts)


def _fit_line(row: Mapping[Any, Any]) -> list[str]:
    def number(name: str, form: str) -> str:
        value = row.get(name)
        return format(value, form) if isinstance(value, float) and value == value else ""

    said = "see Fits" if isinstance(row.get("note"), str) else ""
    numbers = [number("aic", ".2f"), number("aic_above_best", ".2f"), number("bic", ".2f"), number("median", ".2f")]
    return [str(row["family"]), *numbers, number("survival_5", ".3f"), said]


def _in_cents(result: Result) -> bool:
    """Whether costs are so small that cents tell strategies apart: all of them below 1,000."""
    costs = result.means.get("cost")
    return costs is not None and float(abs(costs).max()) < 1000


def _number(measure: str, value: float, cents: bool = False) -> str:
    if measure == "cost" and not cents:
        return money(value)
    digits = 2 if measure == "cost" else 3
    return f"{value:.{digits}f}".replace(f"-{0:.{digits}f}", f"{0:.{digits}f}")


def _ratio(one: Comparison, effect: str = "qaly") -> str:
    found = icer_briefly(*one.ratios[effect], effect=one.increments[effect])
    return found if isinstance(found, str) else money(found)


def _short(threshold: float) -> str:
    return f"{threshold / 1000:g}k" if threshold >= 1000 and threshold % 100 == 0 else f"{threshold:g}"

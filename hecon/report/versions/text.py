"""Two versions of a workbook on the screen: what changed, what that did to the results, and which change did it."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from typing import Any, SupportsFloat

import pandas as pd

from hecon.analysis.versions.difference import Difference
from hecon.labels import STRATEGY
from hecon.report.terminal import WIDTH, paragraphs, text_table
from hecon.report.words import icer_briefly, money, several, years

#: Most rows of a table on the screen; the files hold them all.
_MOST_CHANGES, _MOST_EFFECTS = 40, 15
#: Widest columns of cells, inputs and column names there.
_WIDTHS = (26, 32, 12)
_KINDS = {"changed": "cell", "added": "row", "removed": "row", "moved": "row"}
_MEASURES = {
    "cost": "Costs", "life_years": "Life years", "qaly": "QALYs", "incremental_cost": "+/- Costs",
    "incremental_qaly": "+/- QALYs", "icer": "ICER",
}  # fmt: skip


def difference_tables(difference: Difference) -> dict[str, pd.DataFrame]:
    """Give the tables of a comparison by the name of their file."""
    return {"changes": difference.changes, "differences": difference.results, "effects": difference.effects}


def difference_text(difference: Difference) -> str:
    """Say everything that a screen has room for."""
    parts = [
        f"OLD  {difference.old_path}\nNEW  {difference.new_path}",
        paragraphs([counts_sentence(difference)]),
        _changes_text(difference),
        _results_text(difference),
        _effects_text(difference),
        # Not broken at hyphens: a note may hold a path.
        "\n\n".join(textwrap.fill(note, WIDTH, break_on_hyphens=False) for note in difference.notes),
    ]
    return "\n\n".join(part for part in parts if part)


def counts_sentence(difference: Difference) -> str:
    """Say how many cells and rows changed, and whether a result did."""
    counts = difference.changes["change"].value_counts()
    parts = []
    for kind, what in _KINDS.items():
        count = int(counts.get(kind, 0))
        if count:
            parts.append(f"{count:,} {what}{'s' if count > 1 else ''} {kind}")
    said = f"{several(parts)}." if parts else "Nothing changed: every input is the same."
    return f"{said} {'No result differs.' if difference.same_results else 'The results differ.'}"


def cell_in_words(row: Mapping[Any, Any]) -> str:
    """Say where a change is: one address if both files, or the only one, have it there; else both."""
    old, new = str(row["old_cell"]), str(row["new_cell"])
    if row["change"] in ("added", "removed") or old == new:
        return old or new
    sheet = old.rpartition("!")[0] + "!"
    return f"{old or '(default)'} > {new.removeprefix(sheet) or '(default)'}"


def value_in_words(value: object) -> str:
    """Give an input as it is typed: a number with all its digits, a blank as such."""
    if isinstance(value, int | float):
        return f"{value:.12g}"
    return str(value) or "blank"


def _changes_text(difference: Difference) -> str:
    records = difference.changes.to_dict("records")
    headers, rows = ["Cell", "Input", "Column", "Old", "New"], []
    for record in records[:_MOST_CHANGES]:
        is_row = not record["column"]
        values = ["" if is_row and value == "" else value_in_words(value)
                  for value in (record["old_value"], record["new_value"])]  # fmt: skip
        column = f"row {record['change']}" if is_row else str(record["column"])
        rows.append([cell_in_words(record), str(record["input"]), column, *values])
    if not rows:
        return ""
    longest = [max(map(len, column)) for column in zip(headers, *rows, strict=True)]
    widths = [min(own, most) for own, most in zip(longest, _WIDTHS, strict=False)]
    # Old and new share what is left; where one needs less the other takes it.
    room = WIDTH - 2 * len(widths) - 2 - sum(widths)
    old = min(longest[3], max(room // 2, room - longest[4]))
    widths += [old, min(longest[4], room - old)]
    rows = [[_cut(text, width) for text, width in zip(row, widths, strict=True)] for row in rows]
    return text_table(headers, rows, left=5) + _more(len(records) - _MOST_CHANGES, "changes.csv")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."


def _more(count: int, file: str) -> str:
    return f"\n... and {count:,} more; --out DIR writes them all to {file}" if count > 0 else ""


def _results_text(difference: Difference) -> str:
    if difference.same_results:
        return ""
    currency = difference.new.case.settings.currency
    blocks = []
    for strategy, comparator in shown_pairs(difference):
        rows, last = [], ""
        for record in rows_of(with_gains(difference.results), strategy, comparator).to_dict("records"):
            if record["measure"] not in _MEASURES:
                continue
            horizon = years(record["horizon_years"])
            name = _MEASURES[record["measure"]]
            rows.append([horizon if horizon != last else "", name, *three_in_words(record)])
            last = horizon
        title = f"{strategy} against {comparator}" if comparator else strategy
        header = ["Horizon", f"{currency}, discounted", "Old", "New", "Difference"]
        blocks.append(f"{title}\n{text_table(header, rows, left=2)}")
    return "\n\n".join(blocks)


def shown_pairs(difference: Difference) -> list[tuple[str, str]]:
    """Give strategies without and with the comparator of either file: the totals, and the pairs that matter most."""
    frame = difference.results[[STRATEGY, "comparator"]].drop_duplicates()
    every = list(frame.itertuples(index=False, name=None))
    against = ("", difference.old.case.comparator, difference.new.case.comparator)
    return [(one, other) for one, other in every if other in against]


def rows_of(frame: pd.DataFrame, strategy: str, comparator: str) -> pd.DataFrame:
    """Give the rows of one pair of strategies, or of a strategy's totals if the comparator is blank."""
    return frame[(frame[STRATEGY] == strategy) & (frame["comparator"] == comparator)]


def three_in_words(record: Mapping[Any, Any]) -> list[str]:
    """Give old, new and difference of a result as texts; what is missing is a dash."""
    measure = str(record["measure"])
    if measure == "icer":
        sides = [
            ratio_in_words(record[side], record[f"{side}_quadrant"], record[f"{side}_gain"]) for side in ("old", "new")
        ]
        return [*sides, _signed(measure, record["difference"])]
    return [*(_number(measure, record[side]) for side in ("old", "new")), _signed(measure, record["difference"])]


def with_gains(results: pd.DataFrame) -> pd.DataFrame:
    """Set the QALYs gained in old and new beside each result, without which a ratio cannot be told in words."""
    places = [STRATEGY, "comparator", "horizon_years"]
    gains = results[results["measure"] == "incremental_qaly"].set_index(places)[["old", "new"]]
    beside = gains.reindex(pd.MultiIndex.from_frame(results[places]))
    return results.assign(old_gain=beside["old"].to_numpy(), new_gain=beside["new"].to_numpy())


def ratio_in_words(value: SupportsFloat, quadrant: object, gain: float) -> str:
    """Give an ICER as a text: a number where it may stand as one, words elsewhere; `gain` is that in QALYs."""
    found = icer_briefly(float(value), quadrant, effect=gain)
    return (found or "-") if isinstance(found, str) else money(found)


def _number(measure: str, value: SupportsFloat) -> str:
    number = float(value)
    if math.isnan(number):
        return "-"
    return money(number) if measure.endswith(("cost", "icer")) else f"{number:.4f}".replace("-0.0000", "0.0000")


def _signed(measure: str, value: SupportsFloat) -> str:
    if value == 0:
        return "same"
    text = _number(measure, value)
    return text if text.startswith("-") else f"+{text}"


def _effects_text(difference: Difference) -> str:
    horizons = [h for h in difference.old.time.horizons if h in set(difference.effects["horizon_years"])]
    if not horizons:
        return ""
    currency, blocks = difference.old.case.settings.currency, []
    pairs = shown_pairs(difference)
    chosen = [pair for pair in pairs if pair[1]] or pairs
    for strategy, comparator in chosen:
        tried = effect_table(difference, strategy, comparator, horizons[-1])
        if tried.empty:
            continue
        table = tried[tried["size"].notna()]
        against = f"{strategy} against {comparator}" if comparator else strategy
        title = f"{against} at {years(horizons[-1])}: what each change does to OLD by itself"
        idle = _idle(tried[tried["size"].isna()])
        plus = "+/- " if comparator else ""
        effects = {"cost": f"{plus}Costs", "qaly": f"{plus}QALYs"}
        effects = {name: words for name, words in effects.items() if tried[name].notna().any()}
        with_ratio = bool(comparator) and "qaly" in effects
        header = ["Each change alone", "Old", "New", *effects.values(), *([f"{currency}/QALY"] if with_ratio else [])]
        rows = []
        for record in table.head(_MOST_EFFECTS).to_dict("records"):
            values = [_cut(value_in_words(record[name]), 14) for name in ("old_value", "new_value")]
            row = [_cut(f"{record['sheet']}: {record['input']}", 38), *values]
            row += [_signed(name, record[name]) for name in effects]
            rows.append(
                row + ([ratio_in_words(record["icer"], record["quadrant"], record["gain"])] if with_ratio else [])
            )
        more = _more(len(table) - _MOST_EFFECTS, "effects.csv")
        blocks.append("\n".join([title, *([text_table(header, rows, left=3) + more] if rows else []), *idle]))
    return "\n\n".join(blocks)


def _idle(table: pd.DataFrame) -> list[str]:
    """Name the changes that do nothing, in a sentence; nothing if there is none."""
    names = [f"{record['sheet']}: {record['input']}" for record in table.to_dict("records")]
    shown = names[:6] + ([f"{len(names) - 6:,} more"] if len(names) > 6 else [])
    return [paragraphs([f"No effect here: {'; '.join(shown)}."])] if names else []


def effect_table(difference: Difference, strategy: str, comparator: str, horizon: float) -> pd.DataFrame:
    """Lay the effects of each change alone side by side, the largest first.

    Columns: sheet, input, old_value, new_value, cost and qaly (the change of the increment, or of the total without a
    comparator), icer, quadrant and gain in QALYs (as they come out), size (of the change of net benefit at the highest
    willingness to pay; missing where nothing changes).
    """
    frame = rows_of(difference.effects, strategy, comparator)
    frame = frame[frame["horizon_years"] == horizon]
    prefix = "incremental_" if comparator else ""
    names = ["sheet", "input", "old_value", "new_value"]
    rows = []
    for keys, own in frame.groupby(names, sort=False, dropna=False):
        at = {record["measure"]: record for record in own.to_dict("records")}
        cost, qaly = (at.get(f"{prefix}{name}", {}).get("difference", math.nan) for name in ("cost", "qaly"))
        ratio = at.get("icer", {"new": math.nan, "new_quadrant": ""})
        gain = at.get("incremental_qaly", {}).get("new", math.nan)
        rows.append((*keys, cost, qaly, ratio["new"], ratio["new_quadrant"], gain))
    table = pd.DataFrame(rows, columns=[*names, "cost", "qaly", "icer", "quadrant", "gain"])
    threshold = difference.old.case.settings.willingness_to_pay[-1]
    cost, qaly = table["cost"].fillna(0.0), table["qaly"].fillna(0.0)
    table["size"] = (threshold * qaly - cost).abs().where((cost != 0) | (qaly != 0))
    return table.sort_values("size", ascending=False, kind="stable", ignore_index=True)

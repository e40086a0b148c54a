"""What the tests of live workbooks share: files written once, their results after recalculation, and the engine's."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np

import hecon as he
from hecon.errors import HeconError
from hecon.report.live.inputs import LiveInputs
from hecon.report.live.results import OF_WHICH
from hecon.report.words import years

CHECK = "Live check"
_MEASURES = {"Total costs": "cost", "Life years": "life_years", "QALYs": "qaly", "of which progression-free": OF_WHICH}
_KINDS = {"Costs": "cost", "Life years": "life_years", "QALYs": "qaly"}


def results_of(values: dict[str, dict[str, object]]) -> dict[tuple[str, str, str, str], float]:
    """Results on the sheet of the check by horizon, item, strategy and twin, as recalculated."""
    cells = values[CHECK]
    rows = [
        int(cell[1:]) for cell, value in cells.items() if cell[0] == "D" and value in ("discounted", "undiscounted")
    ]
    return {tuple(str(cells[f"{column}{row}"]) for column in "ABCD"): cells[f"E{row}"] for row in rows}


def engine_results(result, keys) -> dict[tuple[str, str, str, str], float]:
    """The same results from a run of the engine, by the same keys."""
    found = {}
    for horizon, item, strategy, twin in keys:
        place = [years(h) for h in result.time.horizons].index(horizon)
        s = result.strategies.index(strategy)
        if item in _MEASURES:
            name = _MEASURES[item] if twin == "discounted" else f"undiscounted_{_MEASURES[item]}"
            found[horizon, item, strategy, twin] = float(result.totals[name].values[s, place])
            continue
        kind, name = item.split(": ", 1)
        line = next(one for one in result.lines if (one.kind, one.name) == (_KINDS[kind], name))
        values = getattr(line, twin)[s, ..., place]
        found[horizon, item, strategy, twin] = float(np.sum(values))
    return found


def apart(one: dict, other: dict) -> tuple[float, object]:
    """Largest difference, absolute below 1 and relative above, and where it is."""
    assert one.keys() == other.keys()
    assert one
    worst = max(one, key=lambda key: _difference(one[key], other[key]))
    return _difference(one[worst], other[worst]), (worst, one[worst], other[worst])


def _difference(here: object, there: float) -> float:
    if not isinstance(here, int | float):
        return np.inf
    return abs(here - there) / max(1.0, abs(there))


def random_edits(path: Path, count: int, seed: int) -> list[dict[str, float | str]]:
    """Edits of a few inputs each, such as a reviewer might make; those that hecon refuses are drawn again."""
    dice = random.Random(seed)
    live = LiveInputs.of(he.read_workbook(path))
    live.parameters()
    numbers = [(one.cell, one.delivered, one.name) for one in live.in_use if "(" not in one.cell]
    numbers += [
        (cell, value, words) for words, cell, value in live.structure_cells if not words.startswith(("Scen", "Price y"))
    ]
    texts = [(choice.delivered_cell, choice.options) for choice in live.choices if choice.delivered_cell]
    found: list[dict[str, float | str]] = []
    while len(found) < count:
        cells: dict[str, float | str] = {}
        for cell, value, name in dice.sample(numbers, dice.randint(1, 5)):
            cells[cell] = _moved(value, name, dice)
        options = [option for option in (dice.choice(texts) if texts else ("", ()))[1] if ": " not in option]
        if options and dice.random() < 0.3:
            cell = next(c for c, o in texts if set(options) <= set(o))
            cells[cell] = dice.choice([option for option in dict(texts)[cell] if ": " not in option])
        found.append(cells)
    return found


def _moved(value: float, name: str, dice: random.Random) -> float:
    if name == "body_weight_sd" and value == 0:
        return round(dice.uniform(5, 20), 1)
    moved = float(f"{value * dice.uniform(0.75, 1.25):.6g}")
    shares = ("share", "utility", "incidence", "disutility", "probability", "mortality")
    return min(moved, 1.0) if any(word in name for word in shares) else moved


def accepted(path: Path) -> object:
    """Run an edited workbook; None where hecon refuses the edit."""
    try:
        return he.run(he.read_workbook(path).base_case())
    except HeconError:
        return None

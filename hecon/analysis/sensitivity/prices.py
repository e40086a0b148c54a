"""Where a decision turns: value-based prices, and the values of other inputs at which another strategy is worth it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from hecon.analysis.needs import COSTS_AND_QALYS, SEVERAL_STRATEGIES, given_table
from hecon.analysis.registry import Analysis, Task
from hecon.analysis.sensitivity.measure import DEFAULT_OUTCOME, OVER_NEXT_BEST, OutcomeMeasure, evaluate, measure
from hecon.analysis.sensitivity.one_way import OneWay
from hecon.analysis.sensitivity.threshold import NOTHING, thresholds_of
from hecon.analysis.sensitivity.threshold import THRESHOLD_COLUMNS as OF_THRESHOLD
from hecon.inputs.case import Case, Inputs, Model
from hecon.inputs.from_case import takes_cases
from hecon.inputs.input_names import DOT, input_in_words, input_names
from hecon.inputs.quantities import KNOWN_BY_NAME, unit_currency
from hecon.labels import STRATEGY

#: Rows of this sheet are prices, and so are parameters with this word in their name.
PRICES, PRICE = "Prices", "price"
#: Of the other inputs that turn a decision, so many are looked at: those with the widest swing.
_MOST = 8
#: What stands for the comparator where a strategy is held against the best of all others.
ALL_OTHERS = "the best of the others"
PRICE_COLUMNS = (
    OF_THRESHOLD[0], "label", "cell", "unit", "strategy", "comparator", *OF_THRESHOLD[1:], "worth_it",
)  # fmt: skip
DISCOUNT_COLUMNS = (
    "label", "cell", "unit", "strategy", "comparator", "horizon_years", "willingness_to_pay", "base_value", "threshold",
    "discount", "worth_it",
)  # fmt: skip

#: An input by its row, what is asked of it, and the ends between which it is looked for.
Question = tuple[int, list[OutcomeMeasure], tuple[float, float] | None]


@takes_cases
def decision_thresholds(
    inputs: Inputs,
    tornados: Sequence[OneWay] = (),
    *,
    model: Model | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Prices at which a decision turns, and the same for inputs that turn it within their own range.

    Prices are the rows of the sheet Prices, without shares such as relative dose intensity, and parameters with
    "price" in their name. They are looked at without
    bounds, at every horizon: for every strategy against the comparator, at each willingness to pay of the settings and
    at 0, where the strategy begins to save money; and, of more than two strategies, for each one that a price is paid
    for against the best of all others. Other inputs are looked at between the ends of the one-way analyses `tornados`,
    where these show that the decision turns, at their willingness to pay.

    One row a root: the columns of `hecon.analysis.sensitivity.threshold.threshold`, with label, cell, unit, strategy
    and comparator after input, and worth_it last: on which side of a single threshold the strategy is worth its cost
    ("above", "below"). What an outcome does not depend on has no rows.
    """
    case = inputs.base_case(model)
    names = input_names(inputs.parameters)
    asked = [*_prices(inputs, case), *_turning(inputs, tornados)]
    frames = []
    for done, (row, measures, between) in enumerate(asked, start=1):
        places = range(len(case.settings.horizons))
        found = thresholds_of(inputs, case, names[row], measures, places, between=between)
        found = found[found["status"] != NOTHING]
        frames.append(found.assign(cell=inputs.parameters["cell"].iloc[row], unit=inputs.parameters["unit"].iloc[row]))
        if progress:
            progress(done, len(asked))
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return pd.DataFrame(columns=list(PRICE_COLUMNS))
    table = pd.concat(frames, ignore_index=True)
    table["comparator"] = table["comparator"].replace("", ALL_OTHERS)
    table["label"] = [input_in_words(name) for name in table["input"]]
    table["worth_it"] = _sides(table)
    return table[list(PRICE_COLUMNS)]


def value_based_discounts(table: pd.DataFrame) -> pd.DataFrame:
    """Give the net discount off each price at which a strategy is worth exactly what it costs.

    `table` is that of `decision_thresholds`. One row a price, comparison, horizon and willingness to pay, of those
    with a single threshold: label, cell, unit, strategy, comparator, horizon_years, willingness_to_pay, base_value,
    threshold, discount (1 - threshold / price; below 0 the price may rise), worth_it.
    """
    pairs = zip(table["cell"], table["input"], strict=True)
    own = table[[is_price(str(c).split("!")[0], str(n).split(DOT)[0]) for c, n in pairs]]
    own = own[(own["status"] == "found") & (own["worth_it"] != "")]
    return own.assign(discount=1 - own["threshold"] / own["base_value"])[list(DISCOUNT_COLUMNS)].reset_index(drop=True)


def is_price(sheet: str, parameter: str) -> bool:
    """Whether a row is a price: by its sheet, or by its name; what hecon knows as a share of a price is none.

    >>> is_price("Parameters", "drug_price"), is_price("Parameters", "priced")
    (True, False)
    >>> is_price("Prices", "vial_charge"), is_price("Prices", "relative_dose_intensity")
    (True, False)
    """
    known = KNOWN_BY_NAME.get(parameter)
    if known is not None and not unit_currency(known.unit):
        return False
    return sheet == PRICES or PRICE in parameter.split("_")


def _prices(inputs: Inputs, case: Case) -> Iterator[Question]:
    strategies, levels = case.labels[STRATEGY], case.settings.willingness_to_pay
    others = [strategy for strategy in strategies if strategy != case.comparator]
    pairs = [
        measure(case, DEFAULT_OUTCOME, strategy, None, level) for strategy in others for level in sorted({0.0, *levels})
    ]
    for row, record in enumerate(inputs.parameters.to_dict("records")):
        if is_price(record["sheet"], record["parameter"]) and record["value"] > 0:
            paid = _paid_for(case, row, float(record["value"])) if len(strategies) > 2 else []
            yield row, [*pairs, *(measure(case, OVER_NEXT_BEST, one, None, at) for one in paid for at in levels)], None


def _paid_for(case: Case, row: int, price: float) -> list[str]:
    """Strategies whose costs move with a price."""
    strategies = case.labels[STRATEGY]
    found = evaluate(case, [row], np.array([[price], [2 * price]]), [OutcomeMeasure("cost", one) for one in strategies])
    return [name for name, costs in zip(strategies, found, strict=True) if (costs[0] != costs[1]).any()]


def _turning(inputs: Inputs, tornados: Sequence[OneWay]) -> Iterator[Question]:
    names = input_names(inputs.parameters)
    sheets = inputs.parameters["sheet"].tolist()
    for tornado in tornados:
        own = tornado.measure
        rows = tornado.table[tornado.table["changes_sign"]].sort_values("swing", ascending=False, kind="stable")
        places = [names.index(name) for name in dict.fromkeys(rows["input"])]
        others = [place for place in places if not is_price(sheets[place], names[place].split(" ")[0])]
        ends = {row["input"]: (float(row["low_value"]), float(row["high_value"])) for row in rows.to_dict("records")}
        for place in others[:_MOST] if own.comparator and own.outcome == "net_monetary_benefit" else ():
            yield place, [own], ends[names[place]]


def _sides(table: pd.DataFrame) -> list[str]:
    """Say on which side of a threshold the outcome is above 0: only where it is the only one."""
    keys = ["input", "strategy", "comparator", "horizon_years", "willingness_to_pay"]
    alone = table.groupby(keys, sort=False)["status"].transform("size") == 1
    above = (table["base_value"] - table["threshold"]) * table["outcome_base"]
    known = alone & (table["status"] == "found") & (above != 0)
    return np.where(known, np.where(above > 0, "above", "below"), "").tolist()


def _run(task: Task) -> pd.DataFrame:
    tornados = task.found.get("one_way", ())
    return decision_thresholds(task.inputs, tornados, model=task.model, progress=task.progress)


ANALYSIS = Analysis(
    called="thresholds",
    run=_run,
    tables={
        "thresholds": lambda table, _: table,
        "value_based_discounts": lambda table, _: value_based_discounts(table),
    },
    needs=(SEVERAL_STRATEGIES, COSTS_AND_QALYS),
    uses=("one_way",),
    accept=lambda value, _: given_table(
        value, "thresholds", PRICE_COLUMNS, "he.sensitivity.decision_thresholds(inputs)"
    ),
)

"""Numbers and names in the words of a submission: quadrants, ICERs that would mislead as a bare number, labels."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import pandas as pd

from hecon.analysis.sensitivity.measure import OutcomeMeasure

#: What each quadrant of the cost-effectiveness plane means; {effect} is the unit of effect, such as QALYs.
QUADRANTS = {
    "NE": "costs more, gains {effect}",
    "SE": "dominant: costs less, gains {effect}",
    "NW": "dominated: costs more, loses {effect}",
    "SW": "costs less, loses {effect}",
    "N": "dominated: costs more, same {effect}",
    "S": "dominant: costs less, same {effect}",
    "E": "dominant: same cost, gains {effect}",
    "W": "dominated: same cost, loses {effect}",
    "equal": "no difference",
}
STATUSES = {"ND": "on the frontier", "ED": "extendedly dominated", "D": "dominated"}
_NAMES = {
    "progression_free": "Progression-free",
    "progression_free_survival": "Progression-free survival",
    "qaly": "QALYs",
    "life_years": "Life years",
    "cost": "Costs",
    "progression_free_life_years": "Progression-free life years",
    "cap_pfs": "the inner curve was lowered to the outer one",
    "raise_os": "the outer curve was raised to the inner one",
    "max_hazard": "the inner curve was given at least the outer one's hazard",
    "error": "none may cross",
    "evpi": "EVPI",
    "evppi": "EVPPI",
    "evsi": "EVSI",
    "ceac": "CEAC",
    "ceaf": "CEAF",
}


def in_words(name: object) -> str:
    """Give a label as a reader would write it.

    >>> in_words("progression_free"), in_words("time_on_treatment"), in_words("Isa-Pd")
    ('Progression-free', 'Time on treatment', 'Isa-Pd')
    """
    text = str(name)
    if text in _NAMES:
        return _NAMES[text]
    if text != text.lower():
        return text
    spaced = text.replace("_", " ").strip()
    return spaced[:1].upper() + spaced[1:]


def quadrant_in_words(quadrant: object, effect: str = "QALYs") -> str:
    """Say what a quadrant means; nothing for a strategy that is compared with itself."""
    return QUADRANTS[quadrant].format(effect=effect) if isinstance(quadrant, str) else ""


#: A saving is not divided by a loss of QALYs or years below this: the ratio would tell the rounding of the loss.
NEARLY_NOUGHT = 0.01


def icer_in_words(icer: float, quadrant: object, unit: str = "QALY", effect: float = math.nan) -> float | str:
    """Give the ICER where it may stand as a number (more cost, more effect), and words everywhere else.

    `effect` is the increment it was divided by, where it is known: if that is nearly nought, a saving has no ratio.

    >>> icer_in_words(51234.0, "NE"), icer_in_words(float("nan"), "SE"), icer_in_words(51234.0, "SW")
    (51234.0, 'dominant', 'saves 51,234 per QALY forgone')
    >>> icer_in_words(46_127_122.0, "SW", effect=-0.0038)
    'saves, with nearly the same QALYs'
    """
    if quadrant == "NE":
        return icer
    if quadrant == "SW":
        near = abs(effect) < NEARLY_NOUGHT
        return f"saves, with nearly the same {unit}s" if near else f"saves {money(icer)} per {unit} forgone"
    if quadrant in ("SE", "S", "E"):
        return "dominant"
    if quadrant in ("NW", "N", "W"):
        return "dominated"
    return "equal" if quadrant == "equal" else ""


def icer_briefly(icer: float, quadrant: object, unit: str = "QALY", effect: float = math.inf) -> float | str:
    """Give what `icer_in_words` does, where there is room for little: of a saving, the amount alone.

    >>> icer_briefly(50_000.0, "SW"), icer_briefly(46_127_122.0, "SW", effect=-0.0038), icer_briefly(5.0, "NE")
    ('saves 50,000', 'saves', 5.0)
    """
    found = icer_in_words(icer, quadrant, unit, effect)
    if quadrant != "SW" or not isinstance(found, str):
        return found
    return "saves" if abs(effect) < NEARLY_NOUGHT or math.isnan(icer) else f"saves {money(icer)}"


def money(value: float) -> str:
    """Give an amount with thousands separators and no decimals; never minus nought.

    >>> money(-1234567.8), money(-0.2)
    ('-1,234,568', '0')
    """
    text = f"{value:,.0f}"
    return "0" if text == "-0" else text


def qalys(value: float) -> str:
    """Give QALYs with three decimals, or two digits where that would be nought.

    >>> qalys(0.5), qalys(0.00012)
    ('0.500', '0.00012')
    """
    return f"{value:.3f}" if abs(value) >= 0.0005 or value == 0 else f"{value:.2g}"


def years(value: float) -> str:
    """Give a number of years: ``1 year``, ``2.5 years``."""
    return f"{value:g} year" + ("" if value == 1 else "s")


def horizons_in_words(values: Sequence[float]) -> str:
    """Say several horizons in a row.

    >>> horizons_in_words([3.0, 5.0]), horizons_in_words([1.0])
    ('3 and 5 years', '1 year')
    """
    return " and ".join([*(f"{value:g}" for value in values[:-1]), years(values[-1])])


def said_at_horizons(rows: pd.DataFrame, column: str, written: Callable[[float], str]) -> str:
    """Say a number at each horizon, of rows with horizon_years.

    >>> said_at_horizons(pd.DataFrame({"horizon_years": [1.0, 3.0], "evpi": [2396.0, 3684.0]}), "evpi", money)
    '2,396 at 1 year and 3,684 at 3 years'
    """
    pairs = zip(rows["horizon_years"], rows[column], strict=True)
    return several(f"{written(value)} at {years(horizon)}" for horizon, value in pairs)


def percent(share: float) -> str:
    """Give a share without decimals, or with one where it would seem to be none or all.

    >>> percent(0.254), percent(0.004), percent(1.0)
    ('25%', '0.4%', '100%')
    """
    return f"{100 * share:.0f}%" if 0.005 <= share <= 0.995 or share in (0, 1) else f"{100 * share:.1f}%"


def lower_first(words: str) -> str:
    """Give a label as it stands within a sentence: ``drug price``."""
    return words[:1].lower() + words[1:]


def comparison(strategy: str, comparator: str = "") -> str:
    """Say what is compared.

    >>> comparison("A", "B"), comparison("A")
    ('A against B', 'A')
    """
    return f"{strategy} against {comparator}" if comparator else strategy


def outcome_title(measure: OutcomeMeasure, currency: str) -> str:
    """Name a measure with its unit, as the title of an axis.

    >>> outcome_title(OutcomeMeasure("net_monetary_benefit", "A", "B", 50_000), "USD")
    'Incremental net monetary benefit at 50,000 USD per QALY (USD)'
    """
    words = measure.words.split(" of " + measure.strategy)[0]
    at = f" at {money(measure.willingness_to_pay)} {currency} per QALY" if "net_" in measure.outcome else ""
    unit = f" ({currency})" if is_money(measure) else ""
    unit = f" ({currency} per QALY)" if measure.outcome == "icer" else unit
    return words + at + unit


def is_money(measure: OutcomeMeasure) -> bool:
    """Whether a measure is an amount of money."""
    return measure.outcome.endswith("cost") or "monetary" in measure.outcome


def several(names: Iterable[object], last: str = "and") -> str:
    """Join names as a sentence does.

    >>> several(["A", "B", "C"])
    'A, B and C'
    """
    texts = [str(name) for name in names]
    return f" {last} ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)


def headline(
    strategy: str, comparator: str, cost: float, effect: float, icer: float, quadrant: str, currency: str
) -> str:
    """Say one comparison in a sentence.

    >>> headline("A", "B", 1000.0, 0.5, 2000.0, "NE", "USD")
    'A costs USD 1,000 more than B and gains 0.500 QALYs: USD 2,000 per QALY gained.'
    """
    if quadrant == "equal":
        return f"{strategy} and {comparator} cost the same and give the same QALYs."
    amount = f"{currency} {money(abs(cost))}"
    spends = {True: f"costs {amount} more than {comparator}", False: f"costs {amount} less than {comparator}"}[cost > 0]
    gives = f"gains {qalys(abs(effect))} QALYs" if effect > 0 else f"loses {qalys(abs(effect))} QALYs"
    if quadrant in ("E", "W"):
        spends = f"costs the same as {comparator}"
    if quadrant in ("N", "S"):
        gives = "gives the same QALYs"
    ends = {
        "NE": f": {currency} {money(icer)} per QALY gained." if math.isfinite(icer) else ".",
        "SW": f": it saves {currency} {money(icer)} per QALY forgone." if abs(effect) >= NEARLY_NOUGHT else ".",
    }
    dominance = ": it is dominant." if quadrant in ("SE", "S", "E") else ": it is dominated."
    return f"{strategy} {spends} and {gives}{ends.get(quadrant, dominance)}"

"""What the analyses of uncertainty found, in a few sentences: for the cover of the workbook and the screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from hecon.analysis.sensitivity.one_way import OneWay
from hecon.analysis.sensitivity.prices import ALL_OTHERS
from hecon.analysis.sensitivity.sobol import GlobalSensitivity
from hecon.analysis.suite import ANALYSES, decisions
from hecon.inputs.batch import in_words as input_in_words
from hecon.labels import STRATEGY
from hecon.report.analyses import Analyses
from hecon.report.provenance import draw_sentences
from hecon.report.tables_uncertainty import PsaTables
from hecon.report.words import comparison, in_words, money, several, years

#: Shares of a value or of a variance below this are not worth a word.
_WORTH_SAYING = 0.05
#: Prices that are told of: those whose threshold is at most so many times the price, and so many of them.
_NEAR, _MOST_PRICES = 10.0, 3
_SHARE = "probability_cost_effective"


def findings(analyses: Analyses, currency: str) -> list[str]:
    """Sentences about the probabilistic analysis, the one-way analysis, prices, information and drivers."""
    said = list(_probable(analyses.psa, currency)) if analyses.psa is not None and analyses.psa.decides else []
    said += [sentence for one in analyses.one_way for sentence in _widest(one)]
    said += _priced(analyses.thresholds, currency)
    if analyses.psa is not None and analyses.psa.decides:
        said += _informed(analyses.psa, analyses.evppi, currency)
    said += _studied(analyses.evsi, currency)
    said += _drivers(analyses.sobol) if analyses.sobol is not None else ()
    return [*said, *(draw_sentences(analyses.psa.psa) if analyses.psa is not None else ())]


def left_out_sentences(skipped: Mapping[str, str]) -> list[str]:
    """Say which analyses were left out, a sentence for each reason.

    >>> left_out_sentences({"evppi": "there is only one strategy", "sobol": "there is only one strategy"})
    ['Left out, since there is only one strategy: value of information and Sobol indices.']
    """
    reasons = dict.fromkeys(skipped.values())
    names = {why: [ANALYSES[name] for name, own in skipped.items() if own == why] for why in reasons}
    return [f"Left out, since {why}: {several(own)}." for why, own in names.items()]


def _probable(tables: PsaTables, currency: str) -> Iterator[str]:
    level, draws = tables.levels[-1], tables.psa.draws or 0
    found = tables.net_benefit[tables.net_benefit["willingness_to_pay"] == level]
    for decision, strategies in decisions(tables.psa.case).items():
        own = found[found["decision"] == decision]
        at = f"at {money(level)} {currency} per QALY"
        if len(strategies) == 2:
            rows = own[own[STRATEGY] == strategies[0]]
            shares = [f"{_percent(p)} at {years(h)}" for h, p in _pairs(rows, _SHARE)]
            yield (f"{comparison(*strategies)}: of {draws:,} draws it is worth its cost {at} in {several(shares)}.")
        else:
            best = own.loc[own.groupby("horizon_years")["net_monetary_benefit"].idxmax()]
            names = [f"{row[STRATEGY]} at {years(row['horizon_years'])} (best in {_percent(row[_SHARE])} of the draws)"
                     for row in best.to_dict("records")]  # fmt: skip
            yield f"The strategy with the highest mean net monetary benefit {at}: {several(names)}."


def _widest(one: OneWay) -> Iterator[str]:
    if one.table.empty:
        return
    names: dict[str, list[float]] = {}
    for horizon in one.horizons:
        names.setdefault(one.at(horizon, 1)["input"].iloc[0], []).append(horizon)
    parts = [f"'{input_in_words(name)}' at {_horizons(at)}" for name, at in names.items()]
    pair = comparison(one.measure.strategy, one.measure.comparator)
    yield f"{pair}: the input that moves it most is {several(parts)}."


def _priced(table: pd.DataFrame, currency: str) -> list[str]:
    """Say where prices turn the decision of the first comparison, at the highest willingness to pay."""
    if table.empty:
        return []
    pairs = table[table["comparator"] != ALL_OTHERS]
    own = pairs[(pairs["willingness_to_pay"] == pairs["willingness_to_pay"].max()) & (pairs["worth_it"] != "")]
    own = own[own["label"].str.contains("price", case=False) & (own["change"].abs() <= _NEAR)]
    said = []
    for _, rows in own.groupby(["input", "strategy", "comparator"], sort=False):
        one = rows.iloc[0]
        places = [f"{row['worth_it']} {row['threshold']:,.2f} at {years(row['horizon_years'])}"
                  for row in rows.to_dict("records")]  # fmt: skip
        said.append(
            f"{one['label']}, now {one['base_value']:,.2f}{' ' * bool(one['unit'])}{one['unit']}: {one['strategy']} is "
            f"worth it against "
            f"{one['comparator']} {several(places)}."
        )
    return said[:_MOST_PRICES]


def _informed(tables: PsaTables, evppi: pd.DataFrame, currency: str) -> Iterator[str]:
    level = tables.levels[-1]
    found = tables.evpi[tables.evpi["willingness_to_pay"] == level]
    for decision in decisions(tables.psa.case):
        rows = found[found["decision"] == decision]
        if not (rows["evpi"] > 0).any():
            continue
        values = [f"{money(value)} at {years(horizon)}" for horizon, value in _pairs(rows, "evpi")]
        yield (
            f"{decision}: knowing every input would be worth, in {currency} per person, {several(values)}"
            f"{_most(evppi, decision, level)}."
        )


def _most(evppi: pd.DataFrame, decision: str, level: float) -> str:
    """Say in which inputs most of the value lies."""
    if evppi.empty:
        return ""
    own = evppi[(evppi["decision"] == decision) & (evppi["willingness_to_pay"] == level)]
    highest = own.groupby("group", sort=False)["share_of_evpi"].max().sort_values(ascending=False)
    names = [f"{_lower(in_words(group))} (up to {_percent(share)})" for group, share in highest.items()
             if share >= _WORTH_SAYING]  # fmt: skip
    return f", which lies in {several(names[:3])}" if names else ""


def _studied(table: pd.DataFrame, currency: str) -> list[str]:
    """Say what each study is worth at the highest willingness to pay, and where it is worth its cost."""
    if table.empty:
        return []
    said = []
    for _, rows in table[table["willingness_to_pay"] == table["willingness_to_pay"].max()].groupby(
        ["decision", "design"], sort=False
    ):
        one = rows.iloc[0]
        values = [f"{money(value)} at {years(horizon)}" for horizon, value in _pairs(rows, "evsi")]
        text = f"{one['decision']}: the study '{one['design']}' would be worth {several(values)} {currency} per patient"
        if "best" in rows:
            paid = [years(h) for h, net in _pairs(rows, "expected_net_benefit_of_sampling") if net > 0]
            text += f", more than it costs at {several(paid)}" if paid else ", less than it costs"
        said.append(f"{text}.")
    return said


def _drivers(found: GlobalSensitivity) -> Iterator[str]:
    horizon = max(found.table["horizon_years"])
    for own in found.measures:
        rows = found.at(horizon, outcome=own.words)
        names = [f"'{input_in_words(row['input'])}' ({_percent(row['value'])})" for row in rows.to_dict("records")
                 if row["value"] >= _WORTH_SAYING]  # fmt: skip
        if names:
            yield (
                f"{comparison(own.strategy, own.comparator)}, {years(horizon)}: with all inputs varying, the spread "
                f"comes from {several(names[:3])} (total Sobol indices)."
            )


def _horizons(values: Sequence[float]) -> str:
    """Say several horizons in a row: ``3 and 5 years``."""
    return " and ".join([*(f"{value:g}" for value in values[:-1]), years(values[-1])])


def _pairs(rows: pd.DataFrame, column: str) -> Sequence[tuple[float, float]]:
    return list(zip(rows["horizon_years"], rows[column], strict=True))


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%" if 0.005 <= share <= 0.995 or share in (0, 1) else f"{100 * share:.1f}%"


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]

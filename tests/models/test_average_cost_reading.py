"""The reading of averages with both families that the published model names: yes, yes, no, and what moved it."""

from dataclasses import replace

import pytest
from shipped_workbooks import ROOT

import hecon as he

#: Cost of a progression-free month before progression at 1, 3 and 5 years, Isa-Pd and Dara-Pd: release 0.1.0.
FORMER = [(33_821, 37_457), (32_572, 32_863), (32_427, 31_900)]
#: The same with doses paid on their day.
BY_DAY = [(34_973, 38_642), (32_957, 33_303), (32_727, 32_203)]
YEARS_WITHOUT_PROGRESSION = [(0.703, 0.629), (1.192, 1.141), (1.300, 1.378)]


def months(case):
    """Progression-free years and cost of such a month, before progression: a pair of arms for each horizon."""
    table = he.average_ratios(he.run(case))
    own = table[(table.costs == "pre_progression") & (table.effect == "progression_free_month")]
    by = own.set_index(["horizon_years", "strategy"])
    arms = [[by.loc[horizon, name] for name in ("Isa-Pd", "Dara-Pd")] for horizon in (1, 3, 5)]
    years = [tuple(round(arm.effects / 12, 3) for arm in pair) for pair in arms]
    return years, [tuple(round(arm.average_cost) for arm in pair) for pair in arms]


def lognormal(inputs):
    return inputs.scenario("Dara-Pd PFS lognormal")


def test_the_former_workbook_gives_the_former_numbers_and_doses_by_day_move_them():
    # It does not say how many days terminal care takes: care after progression is paid beside it, as it was then.
    case = lognormal(he.read_workbook(ROOT / "workbooks" / "former" / "isa_dara_pd_us.xlsx", models=ROOT / "models"))
    no_days = replace(case, values={**case.values, "terminal_care_days": 0.0})
    assert he.run(case).table().equals(he.run(no_days).table())
    assert months(case.with_settings(dose_timing="cycle_start")) == (YEARS_WITHOUT_PROGRESSION, FORMER)
    assert months(case) == (YEARS_WITHOUT_PROGRESSION, BY_DAY)


def test_the_shipped_workbook_says_yes_yes_no_on_both_sides():
    years, costs = months(lognormal(he.read_workbook(ROOT / "inputs" / "isa_dara_pd_us.xlsx")))
    assert years == YEARS_WITHOUT_PROGRESSION
    assert [own > other for own, other in years] == [True, True, False]
    assert [own < other for own, other in costs] == [True, True, False]


def test_pomalidomide_and_the_rest_of_the_evidence_move_them_from_there():
    case = lognormal(he.read_workbook(ROOT / "inputs" / "isa_dara_pd_us.xlsx"))
    cheaper = case.with_values(drug_price={"pomalidomide": 815.0, "daratumumab": 5.6})
    for own, former in zip(months(cheaper)[1], BY_DAY, strict=True):
        assert own == pytest.approx(former, rel=0.008)  # price years and a dearer stay for febrile neutropenia
    assert all(new[0] - old[0] > 800 for new, old in zip(months(case)[1], months(cheaper)[1], strict=True))

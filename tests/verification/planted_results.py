"""Errors planted in models, workbooks, results and decisions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from planted import planted, with_lines, with_model, without

import hecon as he
from hecon.analysis import result as results
from hecon.analysis.result import Result
from hecon.analysis.value import incremental
from hecon.inputs import case as cases
from hecon.labels import DRAW
from hecon.verification.subject import Subject

# --- models and workbooks ---


@planted("an input that no line uses", "Every input reaches a result", slow=True)
def _(patch, own):
    return with_model(own, lambda p, time, outcome: without(outcome, "End of life"))


@planted("a number that stands in the model", "Prices 0, no costs")
def _(patch, own):
    return with_model(own, lambda p, time, outcome: with_lines(outcome, he.cost("Visit", he.at_start(time), 500.0)))


@planted("a QALY for everybody", "Utilities 0, no QALYs")
def _(patch, own):
    return with_model(own, lambda p, time, outcome: with_lines(outcome, he.qaly("Bonus", he.at_start(time), 0.1)))


@planted("a price that shifts treatment", "Prices move costs only", "Prices doubled, costs doubled")
def _(patch, own):
    return with_model(
        own,
        lambda p, time, outcome: with_lines(
            outcome, he.qaly("Compliance", he.at_start(time), -1e-7 * p.end_of_life_cost)
        ),
    )


@planted("a utility that costs", "Utilities move QALYs only")
def _(patch, own):
    return with_model(
        own,
        lambda p, time, outcome: with_lines(
            outcome, he.cost("Care", he.at_start(time), 1_000 * p.part("utility", state="progressed"))
        ),
    )


@planted("a utility taken off", "QALYs rise with every utility")
def _(patch, own):
    def change(p, time, outcome):
        lines = [
            replace(line, factors=(1 - p.utility,)) if line.name == "Time in state" else line for line in outcome.lines
        ]
        return he.Outcome(outcome.state, lines)

    return with_model(own, change)


@planted("a utility squared", "Utilities halved, QALYs halved")
def _(patch, own):
    def change(p, time, outcome):
        lines = [
            replace(line, factors=(p.utility**2,)) if line.name == "Time in state" else line for line in outcome.lines
        ]
        return he.Outcome(outcome.state, lines)

    return with_model(own, change)


@planted("a cost that falls with its price", "Costs rise with every price")
def _(patch, own):
    return with_model(
        own,
        lambda p, time, outcome: with_lines(
            outcome, he.cost("Rebate", he.at_start(time), -1.0, p.end_of_life_cost + 0 * p.monitoring_cost_per_year)
        ),
    )


@planted("a place taken for a label", "The order of labels does not matter")
def _(patch, own):
    def change(p, time, outcome):
        return with_lines(
            outcome,
            he.cost(
                "Care",
                he.at_start(time),
                float(p.drug_price.values.ravel()[0]) if DRAW not in p.drug_price.dims else 1.0,
            ),
        )

    return with_model(own, change)


@planted("QALYs above life years", "No QALY is longer than a year", "Mean utility within the utilities")
def _(patch, own):
    def change(p, time, outcome):
        lines = [
            replace(line, factors=(*line.factors, 2.0)) if line.name == "Time in state" else line
            for line in outcome.lines
        ]
        return he.Outcome(outcome.state, lines)

    return with_model(own, change)


@planted("progression-free years above all years", "Progression-free life years are part of life years")
def _(patch, own):
    right = Result._total

    def more(self, measure):
        found = right(self, measure)
        return found * 9 if measure == "progression_free_life_years" else found

    patch.setattr(Result, "_total", more)


@planted("a stated result that does not come out", "Stated result: Isa-Pd progression-free years, 1 y")
def _(patch, own):
    table = own.inputs.tables["Checks"].copy()
    table.loc[0, ["low", "high"]] = [0.9, 0.95]
    inputs = replace(own.inputs, tables={**own.inputs.tables, "Checks": table})
    return Subject(inputs.base_case(), inputs, own.draws)


@planted("a utility of 62", "Inputs are permitted numbers", "Every input at both ends of its range")
def _(patch, own):
    values = {**own.case.values, "utility": own.case.values["utility"] * 100}
    return Subject(own.case._changed(values=values), own.inputs, own.draws)


@planted("a range beside its value", "Values lie in their ranges")
def _(patch, own):
    rows = own.inputs.parameters.copy()
    place = rows.index[rows.low.notna() & rows.high.notna()][0]
    rows.loc[place, "low"] = rows.loc[place, "value"] * 1.01
    return Subject(own.case, replace(own.inputs, parameters=rows), own.draws)


@planted("scenarios that are not applied", "Every scenario changes something, and the base case stays", slow=True)
def _(patch, own):
    patch.setattr(cases, "_apply", lambda case, row: case)


@planted("a scenario that stays in the base case", "Every scenario changes something, and the base case stays")
def _(patch, own):
    right = cases._apply

    def leak(case, row):
        changed = right(case, row)
        if row["target"] == "drug_price":
            own.inputs._checked.values["drug_price"].values[:] = changed.values["drug_price"].values
        return changed

    # A fresh workbook: what leaks must not leak into other tests.
    fresh = replace(own.inputs)
    own = Subject(fresh.base_case(), fresh, own.draws)
    patch.setattr(cases, "_apply", leak)
    return own


# --- results ---


@planted("the last line left out of the total", "Parts sum to the total")
def _(patch, own):
    right = Result._total
    patch.setattr(Result, "_total", lambda self, measure: right(replace(self, lines=self.lines[1:]), measure))


@planted("quadrants swapped", "Quadrants and ICERs by hand")
def _(patch, own):
    right = incremental.quadrant
    swap = {"NW": "SE", "SE": "NW"}
    patch.setattr(incremental, "quadrant", lambda *given: (lambda q: swap.get(q, q))(right(*given)))


@planted("an ICER in every quadrant", "Quadrants and ICERs by hand")
def _(patch, own):
    patch.setattr(incremental, "icer", lambda cost, effect, where: cost / effect if effect else float("nan"))


@planted("an ICER upside down", "Quadrants and ICERs by hand")
def _(patch, own):
    right = incremental.icer
    patch.setattr(incremental, "icer", lambda cost, effect, where: right(effect, cost, where) if cost else float("nan"))


@planted("increments the wrong way round", "Increments are differences")
def _(patch, own):
    right = Result._pair

    def turned(self, means, i, k, j):
        row = right(self, means, k, i, j)
        return row | {"strategy": self.strategies[i], "comparator": self.strategies[k]}

    patch.setattr(Result, "_pair", turned)


@planted("extended dominance not seen", "The frontier by hand", on="extended")
def _(patch, own):
    patch.setattr(incremental, "_without_extended", lambda frontier, cost, effect: (frontier, []))


@planted("ICERs against the cheapest, not the next", "The frontier by hand", on="extended")
def _(patch, own):
    right = results.incremental_analysis

    def against_first(cost, effect, names):
        table = right(cost, effect, names)
        on = table[table.status == "ND"]
        ratio = (on.cost - on.cost.iloc[0]) / (on.effect - on.effect.iloc[0])
        table.loc[on.index, "icer"] = ratio * 1.01
        return table

    patch.setattr(results, "incremental_analysis", against_first)


@planted("net benefit with the wrong sign", "Net benefit by hand")
def _(patch, own):
    right = Result.net_benefit

    def turned(self, *given):
        table = right(self, *given)
        return table.assign(net_monetary_benefit=-table.net_monetary_benefit)

    patch.setattr(Result, "net_benefit", turned)


@planted("rows of the summary in another order than their names", "Tables say what totals say")
def _(patch, own):
    right = Result.table

    def shuffled(self):
        table = right(self)
        return table.assign(cost=table.cost.to_numpy()[::-1])

    patch.setattr(Result, "table", shuffled)


@planted("a run that depends on the run before", "The same inputs, the same numbers")
def _(patch, own):
    right, count = Result.totals_of_lines, iter(range(10_000))
    patch.setattr(Result, "totals_of_lines", lambda self: right(self) * (1 + 1e-9 * next(count)))


@planted("a check that a user wrote fails", "Costs stay below a million")
def _(patch, own):
    check = he.health_check("Costs stay below a million", expected="below")(
        lambda model: float(model.base.totals["cost"].max()) < 100
    )
    namespace = {"right": own.case.model, "check": check}
    exec("def outcome(p, time):\n    return right(p, time)", namespace)
    return Subject(own.case._changed(model=namespace["outcome"]), own.inputs, own.draws)


@planted("a check that broke", "A broken check")
def _(patch, own):
    check = he.health_check("A broken check", expected="no error")(lambda model: model.nothing_of_the_kind)
    namespace = {"right": own.case.model, "check": check}
    exec("def outcome(p, time):\n    return right(p, time)", namespace)
    return Subject(own.case._changed(model=namespace["outcome"]), own.inputs, own.draws)


@planted("a row that is read and dropped", "Every input reaches a result", on="simple")
def _(patch, own):
    """One state's utility is read and dropped: its row changes nothing, while the other rows of it do."""

    def change(p, time, outcome):
        kept = p.utility.copy(data=np.where(p.utility.coords["state"].values == "progressed", 0.5, p.utility.values))
        lines = [replace(line, factors=(kept,)) if line.name == "Time in state" else line for line in outcome.lines]
        return he.Outcome(outcome.state, lines)

    return with_model(own, change)

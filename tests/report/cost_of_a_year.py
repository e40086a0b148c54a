"""An analysis as one file: what a year of life costs on average under each strategy. CONTRIBUTING follows it."""

import pandas as pd

from hecon.analysis.registry import Analysis, Need


def cost_of_a_year(base):
    """Discounted costs over discounted life years: strategy, horizon_years, cost_of_a_year."""
    table = base.table()
    own = pd.DataFrame({"strategy": table["strategy"], "horizon_years": table["horizon_years"]})
    return own.assign(cost_of_a_year=table["cost"] / table["life_years"])


def run(task):
    table = cost_of_a_year(task.base)
    task.progress(len(table), len(table))
    return table


ANALYSIS = Analysis(
    called="cost of a year",
    run=run,
    tables={"cost_of_a_year": lambda table, base: table},
    needs=[Need("the model has no life years", lambda inputs, base: "life_years" in base.totals)],
    sensitivity=False,
)

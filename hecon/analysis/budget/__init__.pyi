"""Budget impact: what a payer spends with a new treatment and without it, year by year."""

from .impact import BudgetImpact as BudgetImpact
from .market import Market as Market
from .workbook import budget_impact as budget_impact
from .workbook import budget_one_way as budget_one_way
from .workbook import budget_scenarios as budget_scenarios

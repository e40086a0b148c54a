"""Probabilistic analysis: draws, pages, engines and their store, structure as a draw, and draws from other tools."""

from .export import costs_and_effects as costs_and_effects
from .export import draws_table as draws_table
from .export import parameter_table as parameter_table
from .export import write_draws as write_draws
from .file import psa_tables as psa_tables
from .file import read_psa as read_psa
from .probabilistic import Interrupted as Interrupted
from .probabilistic import ProbabilisticResult as ProbabilisticResult
from .probabilistic import run_psa as run_psa
from .scenario_draws import draw_scenarios as draw_scenarios
from .structure import Choice as Choice
from .structure import choices_of as choices_of
from .structure import run_draws as run_draws
from .structure import run_structural as run_structural

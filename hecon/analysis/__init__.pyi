"""Running cases, and what is made of their results."""

from . import budget as budget
from . import psa as psa
from . import sensitivity as sensitivity
from . import value as value
from . import versions as versions
from .health import Health as Health
from .psa.scenario_draws import scenario_inputs as scenario_inputs
from .scenarios import run_combinations as run_combinations
from .suite import Suite as Suite
from .transition_costs import transition_costs as transition_costs

"""The public names: a short list for writing and running a model, and a room for every question beside it."""

# rooms by question
from . import costing as costing, errors as errors, report as report, states as states, survival as survival
from . import verification as verification
from .analysis import budget as budget, psa as psa, sensitivity as sensitivity, value as value, versions as versions

# what a model is run on
from .inputs.workbook import read_workbook as read_workbook
from .inputs.project import new_project as new_project
from .inputs.fitting import fit_workbook as fit_workbook
from .inputs.case import Inputs as Inputs, Case as Case
from .inputs.from_case import Uncertain as Uncertain, write_case as write_case
from .parameters import Parameters as Parameters
from .settings import Settings as Settings
from .timeline import Timeline as Timeline

# running it
from .analysis.run import run as run
from .analysis.result import Result as Result
from .analysis.scenarios import run_scenarios as run_scenarios
from .analysis.suite import run_suite as run_suite
from .progress import Progress as Progress

# where patients are
from .survival.choose import curve as curve
from .survival.base import Curve as Curve
from .survival.fitting.fit import fit as fit
from .survival.fitting.fits import fit_all as fit_all
from .survival.exponential import Exponential as Exponential
from .survival.weibull import Weibull as Weibull
from .survival.adjust import HazardRatio as HazardRatio
from .states.partitioned import partition as partition
from .states.markov import markov as markov
from .states.transitions import Transitions as Transitions, REMAINING as REMAINING
from .timeline import stepwise as stepwise, discount_factor as discount_factor
from .states.cycles import by_age as by_age, by_year as by_year

# what happens to them
from .states.occupancy import years_in as years_in, entering as entering, leaving as leaving, moving as moving
from .states.occupancy import alive as alive
from .states.partitioned import share_at_start as share_at_start
from .flows import Flow as Flow, at_start as at_start

# what that costs and is worth
from .costing.ledger import Outcome as Outcome, cost as cost, qaly as qaly, life_years as life_years
from .costing.dosing import drug_cost as drug_cost
from .costing.administration import administration_cost as administration_cost, premedication_cost as premedication_cost
from .costing.adverse_events import (
    adverse_event_cost as adverse_event_cost,
    adverse_event_qaly_loss as adverse_event_qaly_loss,
)

# how sure the answer is
from .analysis.sensitivity.one_way import one_way as one_way
from .analysis.sensitivity.threshold import threshold as threshold, value_based_price as value_based_price
from .analysis.psa.probabilistic import run_psa as run_psa
from .analysis.sensitivity.sobol import sobol as sobol
from .analysis.value.perfect_information import evpi as evpi
from .analysis.value.evppi import evppi as evppi
from .analysis.value.evsi import evsi as evsi

# how healthy the model is
from .verification.battery import verify as verify

# what leaves
from .report.workbook import write_workbook as write_workbook
from .report.tables import write_tables as write_tables
from .report.live.workbook import write_live_workbook as write_live_workbook
from .report.equations.equations import write_equations as write_equations
from .analysis.versions.difference import compare_workbooks as compare_workbooks

# what is raised
from .errors import HeconError as HeconError, InputError as InputError

__version__: str

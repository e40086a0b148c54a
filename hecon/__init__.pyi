"""The public names: a short list for writing and running a model, and a room for every question beside it."""

# rooms by question
from . import analysis as analysis, costing as costing, errors as errors, inputs as inputs, report as report
from . import states as states, survival as survival, timeline as timeline, verification as verification
from .analysis import budget as budget, psa as psa, sensitivity as sensitivity, value as value, versions as versions

# what a model is run on
from .inputs.workbook import read_workbook as read_workbook
from .inputs.case import Inputs as Inputs, Case as Case
from .inputs.from_case import Uncertain as Uncertain
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
from .survival.fitting.fit import fit as fit
from .survival.exponential import Exponential as Exponential
from .survival.weibull import Weibull as Weibull
from .survival.adjust import HazardRatio as HazardRatio
from .states.partitioned import partition as partition
from .states.markov import markov as markov
from .states.transitions import Transitions as Transitions, REMAINING as REMAINING
from .timeline import stepwise as stepwise
from .states.cycles import by_age as by_age, by_year as by_year

# what happens to them
from .states.occupancy import years_in as years_in, entering as entering, alive as alive
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
from .analysis.sensitivity.threshold import threshold as threshold
from .analysis.psa.probabilistic import run_psa as run_psa

# what leaves
from .report.workbook import write_workbook as write_workbook
from .report.live.workbook import write_live_workbook as write_live_workbook

# what is raised
from .errors import HeconError as HeconError, InputError as InputError

__version__: str

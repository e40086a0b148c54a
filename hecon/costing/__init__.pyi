"""What treatment costs: packs, doses, administrations, adverse events, and the ledger that adds them up."""

from .administration import administration_cost as administration_cost
from .administration import premedication_cost as premedication_cost
from .adverse_events import adverse_event_cost as adverse_event_cost
from .adverse_events import adverse_event_qaly_loss as adverse_event_qaly_loss
from .dosing import dose_counts as dose_counts
from .dosing import drug_cost as drug_cost
from .ledger import Line as Line
from .ledger import Outcome as Outcome
from .ledger import cost as cost
from .ledger import life_years as life_years
from .ledger import qaly as qaly
from .rebates import rebate as rebate

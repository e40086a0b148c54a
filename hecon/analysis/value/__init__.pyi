"""What a decision is worth: who is cost-effective, how sure that is, and what better evidence would be worth."""

from .average_ratios import average_ratios as average_ratios
from .beside_base_case import probabilistic_summary as probabilistic_summary
from .decision import ceac as ceac
from .decision import ceaf as ceaf
from .decision import convergence as convergence
from .decision import cost_effectiveness_plane as cost_effectiveness_plane
from .decision import expected_loss as expected_loss
from .decision import net_benefit as net_benefit
from .evppi import evppi as evppi
from .evsi import evsi as evsi
from .groups import groups_of as groups_of
from .incremental import incremental_analysis as incremental_analysis
from .nested import evppi_nested as evppi_nested
from .perfect_information import decision_population as decision_population
from .perfect_information import effective_population as effective_population
from .perfect_information import evpi as evpi
from .perfect_information import expected_net_benefit_of_sampling as expected_net_benefit_of_sampling
from .plausible_curves import plausible_curves as plausible_curves
from .shortfall import qale as qale
from .shortfall import severity as severity
from .studies import studies as studies
from .survival_trial import SurvivalMeasurement as SurvivalMeasurement
from .trial import Measurement as Measurement
from .trial import Study as Study

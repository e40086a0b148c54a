"""What a reader gets: tables, workbooks, figures and text, all made of a `Result` and nothing else."""

from .document.write import write_report as write_report
from .equations.equations import equations as equations
from .equations.equations import write_equations as write_equations
from .figures.budget import budget_figure as budget_figure
from .figures.decision_map import decision_map_figure as decision_map_figure
from .figures.diagram import diagram_figure as diagram_figure
from .figures.frontier import frontier_figure as frontier_figure
from .figures.heat_map import two_way_figure as two_way_figure
from .figures.results import cost_breakdown_figure as cost_breakdown_figure
from .figures.results import incremental_plane as incremental_plane
from .figures.results import occupancy_figure as occupancy_figure
from .figures.results import scenario_figure as scenario_figure
from .figures.studies import evsi_figure as evsi_figure
from .figures.survival import hazard_figure as hazard_figure
from .figures.survival import survival_figure as survival_figure
from .figures.uncertainty import acceptability_figure as acceptability_figure
from .figures.uncertainty import convergence_figure as convergence_figure
from .figures.uncertainty import evpi_figure as evpi_figure
from .figures.uncertainty import evppi_figure as evppi_figure
from .figures.uncertainty import sobol_figure as sobol_figure
from .figures.uncertainty import tornado_figure as tornado_figure
from .live.workbook import write_live_workbook as write_live_workbook
from .registry import analysis_figures as analysis_figures
from .tables import write_tables as write_tables
from .versions.settings import settings_figure as settings_figure
from .workbook import write_workbook as write_workbook

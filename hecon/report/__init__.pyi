"""What a reader gets: tables, workbooks, figures and text, all made of a `Result` and nothing else."""

from .equations.equations import equations as equations
from .equations.equations import write_equations as write_equations
from .figures.fits import fits_figure as fits_figure
from .figures.fits import hazards_figure as hazards_figure
from .figures.results import cost_breakdown_figure as cost_breakdown_figure
from .figures.results import incremental_plane as incremental_plane
from .figures.results import occupancy_figure as occupancy_figure
from .figures.results import scenario_figure as scenario_figure
from .figures.results import survival_figure as survival_figure
from .figures.uncertainty import acceptability_figure as acceptability_figure
from .figures.uncertainty import convergence_figure as convergence_figure
from .figures.uncertainty import evpi_figure as evpi_figure
from .figures.uncertainty import evppi_figure as evppi_figure
from .figures.uncertainty import sobol_figure as sobol_figure
from .figures.uncertainty import tornado_figure as tornado_figure
from .live.workbook import write_live_workbook as write_live_workbook
from .registry import analysis_figures as analysis_figures
from .tables import write_tables as write_tables
from .workbook import write_workbook as write_workbook

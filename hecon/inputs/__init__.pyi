"""What a model is run on: workbooks, cases, and the numbers in them."""

from .case import Case as Case
from .case import Inputs as Inputs
from .fitting import fit_workbook as fit_workbook
from .from_case import Uncertain as Uncertain
from .from_case import write_case as write_case
from .project import new_project as new_project
from .workbook import read_workbook as read_workbook

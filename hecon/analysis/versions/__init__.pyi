"""What changed between workbooks, and which change moved the results."""

from .difference import compare_workbooks as compare_workbooks
from .settings import compare_settings as compare_settings

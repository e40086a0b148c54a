"""The battery: black-box checks of a model, each with its source and a verdict."""

from .battery import verify as verify
from .record import health_check as health_check
from .subject import Subject as Subject

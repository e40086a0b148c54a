"""The model files of the published models, and small helpers to read results."""

from __future__ import annotations

import json
from pathlib import Path

from hecon.inputs.model_files import load_model

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(__file__).parent / "data"


def model(name):
    """Load ``outcome`` of a model file."""
    return load_model(name, [ROOT / "models"])


def data(name):
    """Read a file of reference numbers."""
    return json.loads((DATA / name).read_text())


def by_strategy(result):
    """Totals at the last horizon: one row a strategy."""
    frame = result.table()
    return frame[frame.horizon_years == frame.horizon_years.max()].set_index("strategy")

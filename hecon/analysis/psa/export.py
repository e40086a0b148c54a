"""The draws of a probabilistic analysis: which inputs they hold, costs and effects as arrays, and their export.

What is decided on costs and effects (acceptability, value of information) works on plain arrays; this module is the way
from a run to those arrays.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hecon.analysis.result import Result
from hecon.errors import HeconError
from hecon.inputs.case import Case
from hecon.inputs.drawn import drawn_inputs
from hecon.inputs.model_files import file_of
from hecon.labels import DRAW, HORIZON, STRATEGY, one_of
from hecon.survival.special import kernels


def parameter_table(batch: Case | Result) -> pd.DataFrame:
    """Give the values that a batch drew: one row a draw, one column an input that varies, by its unique name.

    >>> import hecon as he
    >>> psa = he.run(he.read_workbook("inputs/isa_dara_pd_us.xlsx").draws(1000))  # doctest: +SKIP
    >>> parameter_table(psa)["drug_price · daratumumab"].mean()  # doctest: +SKIP
    """
    return drawn_inputs(batch.case, batch.drawn) if isinstance(batch, Result) else drawn_inputs(batch)


def costs_and_effects(
    result: Result, horizon: float | None = None, effect: str = "qaly"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give costs and effects at one horizon (the last, if not given) as tables of draw by strategy."""
    horizon = run_horizons(result, result.time.horizons[-1] if horizon is None else horizon)[0]
    place = result.time.horizons.index(horizon)
    one_of(effect, [str(name) for name in result.totals], "effect")
    if DRAW not in result.totals.dims:
        raise HeconError("the run has no draws; run a batch: hecon.run(inputs.draws(...))")
    tables = []
    for name in ("cost", effect):
        drawn = drawn_totals(result, name)
        tables.append(pd.DataFrame(drawn[:, :, place], columns=list(result.strategies)))
    return tables[0], tables[1]


def drawn_totals(batch: Result, name: str) -> np.ndarray:
    """Give a total of a batch as a plain array on draw, strategy and horizon."""
    total = batch.totals[name]
    return total.values.transpose([total.dims.index(dim) for dim in (DRAW, STRATEGY, HORIZON)])


def run_horizons(result: Result, horizon: float | Sequence[float] | None = None) -> tuple[float, ...]:
    """Give the horizons asked for, which the run must have; None is all of them."""
    own = tuple(result.time.horizons)
    wanted = own if horizon is None else tuple(map(float, np.atleast_1d(horizon).tolist()))
    for years in wanted:
        if years not in own:
            raise HeconError(f"horizon is {years:g}; the run has {', '.join(f'{h:g}' for h in own)}")
    return wanted


def draw_key(result: Result) -> dict[str, Any]:
    """Give what identifies every draw: with it, the same workbook and the same version, a draw can be made again."""
    case = result.case
    return {"source": case.source, "sha256": case.sha256, "version": _version(), "seed": case.settings.seed}


def run_key(case: Case) -> dict[str, Any]:
    """Give everything that a draw of a case depends on, as plain text and numbers: equal keys give equal bits."""
    content = hashlib.sha256(json.dumps(case.labels).encode())
    for table in (case.inputs, *(case.tables[name] for name in sorted(case.tables))):
        content.update(b"" if table is None else table.to_csv(index=False).encode())
    settings = {name: str(value) for name, value in case.settings.as_dict().items()}
    versions = {"hecon": _version(), "numpy": np.__version__, "curves": kernels()}
    return {
        "workbook": case.source,
        "sha256": case.sha256,
        "inputs": content.hexdigest(),
        "model": _identity(case.model),
        "versions": versions,
        "settings": settings,
    }


def _identity(model: Any) -> str:
    """Name of a model and a digest of its file, or of the text of its function where that can be had."""
    file = file_of(model)
    if file is not None:
        return f"{file.name} {file.sha256}"
    try:
        text = hashlib.sha256(inspect.getsource(model).encode()).hexdigest()
    except (OSError, TypeError):
        text = ""
    return f"{getattr(model, '__qualname__', type(model).__qualname__)} {text}".strip()


def _version() -> str:
    return str(importlib.import_module("hecon").__version__)


def draws_table(result: Result) -> pd.DataFrame:
    """Give every draw's totals: draw, strategy, horizon_years, cost, life_years, qaly.

    After `run` also the undiscounted twins; `run_psa` keeps those as means.
    """
    if DRAW not in result.totals.dims:
        raise HeconError("the run has no draws; run a batch: hecon.run(inputs.draws(...))")
    draws, strategies, horizons = result.totals.sizes[DRAW], result.strategies, result.time.horizons
    index = pd.MultiIndex.from_product(
        [range(draws), strategies, horizons], names=[DRAW, STRATEGY, "horizon_years"]
    )  # fmt: skip
    columns = {
        str(name): array.transpose(DRAW, STRATEGY, ...).values.ravel()
        for name, array in result.totals.items()
        if DRAW in array.dims
    }
    return pd.DataFrame(columns, index=index).reset_index()


def write_draws(result: Result, folder: str | Path) -> list[Path]:
    """Write psa_draws.csv (totals) and psa_parameters.csv (drawn values), each line with its seed and draw.

    The first lines, after ``#``, hold the key: workbook, its SHA-256, version and seed. Read them with
    ``pandas.read_csv(path, comment="#")``.
    """
    home = Path(folder)
    home.mkdir(parents=True, exist_ok=True)
    key = draw_key(result)
    lines = "".join(f"# {name}: {str(value).replace(chr(10), ' ')}\n" for name, value in key.items())
    tables = {"psa_draws.csv": draws_table(result), "psa_parameters.csv": parameter_table(result).reset_index()}
    paths = []
    for name, table in tables.items():
        table.insert(0, "seed", key["seed"])
        path = home / name
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(lines)
            table.to_csv(file, index=False, lineterminator="\n")
        paths.append(path)
    return paths

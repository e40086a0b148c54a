"""Draws on disk: a probabilistic run in a folder, page by page, so that it can be broken off and taken up again.

The folder is a Zarr group that xarray, R and Julia read: ``xarray.open_zarr(folder)`` gives the totals by draw, with
their labels, and its groups ``values`` and ``lines`` what else was kept. Every chunk is one page, in a file of its own
that is moved to its place when whole, with a checksum; the sums of a page come last and say that it is done.
The only importer of zarr.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from hecon.analysis.psa.pages import LINES, VALUES, Job, PageOfDraws, PageSums
from hecon.costing.ledger import Settled
from hecon.errors import HeconError
from hecon.inputs.streams import PAGE
from hecon.labels import DRAW, HORIZON, Axes, wrap
from hecon.whole import LOCK, PREFIX, claimed, left_behind

FORMAT = 1
#: Attributes of the folder: which format it has, and the key of its run.
FORMAT_NAME, KEY_NAME = "hecon_draws", "hecon_run"
_SUMS = "page_sums"

_Key = Mapping[str, Any]


class DrawStore:
    """The pages of one run in a folder: a new one, or one that holds pages of the same run.

    Raises `HeconError` for a folder that holds anything else, pages of another run, or pages that are damaged.
    """

    def __init__(self, folder: str | Path, job: Job, key: _Key) -> None:
        self.folder, self._job = Path(folder), job
        key = json.loads(json.dumps(key))
        with self._reachable():
            self._clear_leftovers()
            if self._is_new():
                self._make(key)
            self._group: Any = self._opened(key)
            self._sums = self._read(self._group, _SUMS, slice(None), "the sums of its pages")
            self.done = tuple(np.flatnonzero(~np.isnan(self._sums[:, 0])).tolist())
        self._refuse_damage()

    def put(self, page: PageOfDraws) -> None:
        """Write one page; its sums come last, so that a page without them is not there."""
        place = self._job.place(page.number)
        with self._reachable():
            for name, array in page.totals.items():
                self._group[name][place] = array
            if page.values is not None:
                self._group[VALUES]["value"][place] = page.values
            if page.lines is not None:
                for name, line in _line_arrays(page.lines, self._job.time.horizons).items():
                    self._group[LINES][name][place] = line.values
            self._group[_SUMS][page.number] = page.sums.packed()

    def sums(self, page: int) -> PageSums:
        """Give the sums of a page that was done when the store was opened."""
        return self._job.template_sums.like(self._sums[page])

    def totals(self, draws: int) -> xr.Dataset:
        """Totals of the first draws, each read from the folder when it is asked for."""
        first = self._job.template_totals
        data = xr.open_zarr(self.folder, consolidated=False, chunks=None)[list(first)]
        labels = next(iter(first.values())).coords
        return data.isel({DRAW: slice(0, draws)}).assign_coords(labels).drop_attrs()

    # --- making one ---

    def _is_new(self) -> bool:
        if self.folder.exists() and not self.folder.is_dir():
            raise HeconError(f"{self.folder} is a file; a store of draws is a folder")
        return not self.folder.exists() or not any(self.folder.iterdir())

    def _clear_leftovers(self) -> None:
        """Delete what runs that were killed while they made a store left beside it."""
        for work in self.folder.absolute().parent.glob(f"{PREFIX}*.store"):
            with left_behind(work, work / LOCK) as left:
                if left:
                    shutil.rmtree(work, ignore_errors=True)

    def _make(self, key: _Key) -> None:
        """Make the empty arrays beside the folder and move them there, so that it is never half made."""
        job, home = self._job, self.folder.absolute()
        home.parent.mkdir(parents=True, exist_ok=True)
        work, held = claimed(lambda: Path(tempfile.mkdtemp(prefix=PREFIX, suffix=".store", dir=home.parent)))
        stage = work / "new"
        try:
            group = _zarr().create_group(stage, attributes={FORMAT_NAME: FORMAT, KEY_NAME: key}, overwrite=True)
            self._lay_out(group, job.template_totals)
            if VALUES in job.keep:
                names = job.draws.uncertainty.uncertain
                first = wrap(np.empty((1, len(names))), Axes({DRAW: 1, "input": names}))
                self._lay_out(group.create_group(VALUES), {"value": first})
            if LINES in job.keep:
                self._lay_out(group.create_group(LINES), _line_arrays(job.template.lines, job.time.horizons))
            width = job.template_sums.packed().size
            self._array(group, _SUMS, (job.pages, width), (1, width), ("page", "sum"))
            if home.exists():
                home.rmdir()
            stage.rename(home)
        finally:
            os.close(held)
            shutil.rmtree(work, ignore_errors=True)

    def _lay_out(self, group: Any, arrays: Mapping[str, xr.DataArray]) -> None:
        """Make an empty array of all draws like each of these, which hold few of them, and the labels beside it."""
        for name, array in arrays.items():
            shape = (self._job.count, *array.shape[1:])
            made = self._array(group, name, shape, (PAGE, *array.shape[1:]), array.dims)
            made.attrs.update(array.attrs)
            for dim in set(array.dims) - {DRAW} - set(group):
                labels = array.coords[dim].values
                kind = float if dim == HORIZON else str
                group.create_array(dim, shape=labels.shape, dtype=kind, dimension_names=(dim,))[:] = labels.astype(kind)

    def _array(self, group: Any, name: str, shape: Sequence[int], chunks: Sequence[int], dims: Sequence[Any]) -> Any:
        checked = _zarr().codecs.Crc32cCodec()  # draws hardly compress, and a checksum finds what was damaged
        return group.create_array(name, shape=tuple(shape), chunks=tuple(chunks), dtype=float, fill_value=np.nan,
                                  compressors=[checked], dimension_names=tuple(dims))  # fmt: skip

    # --- opening one ---

    def _opened(self, key: _Key) -> Any:
        try:
            group: Any = _zarr().open_group(self.folder, mode="r+")
            about = dict(group.attrs)
        except PermissionError:
            raise
        except Exception:  # whatever zarr makes of files that are none of its own
            about = {}
        if about.get(FORMAT_NAME) != FORMAT or not isinstance(about.get(KEY_NAME), dict):
            raise HeconError(f"{self.folder} holds something else than draws; give a folder that is new or empty")
        other = _differences(about[KEY_NAME], key)
        if other:
            raise HeconError(
                f"{self.folder} holds the draws of another run: {'; '.join(other)}. Give another folder, or delete it"
            )
        return group

    def _refuse_damage(self) -> None:
        for name, array in self._job.template_totals.items():
            self._refuse_shape(name, array)
        arrays = [(self._group, name) for name in self._job.template_totals]
        for kept in (VALUES, LINES):
            if kept in self._job.keep:
                arrays += [(self._group[kept], name) for name in self._members(kept)]
        for page in self.done:
            place = self._job.place(page)
            for group, name in arrays:
                what = f"{name} of draws {place.start:,} to {place.stop - 1:,}"
                found = self._read(group, name, place, what)
                if len(found) != place.stop - place.start or not np.isfinite(found).all():
                    raise self._damaged(what)
        with self._reachable():
            self.totals(self._job.count)

    def _refuse_shape(self, name: str, array: xr.DataArray) -> None:
        found = self._read(self._group, name, slice(0, 0), name)
        shape = (self._job.count, *array.shape[1:])
        if found.dtype != array.dtype or self._group[name].shape != shape:
            raise self._damaged(name)

    def _members(self, kept: str) -> list[str]:
        """Names of the arrays of draws in a group, each of which was made with the store."""
        try:
            self._group[kept]
        except Exception:
            raise self._damaged(f"what it keeps of {kept}") from None
        if kept == VALUES:
            return ["value"]
        return list(_line_arrays(self._job.template.lines, self._job.time.horizons))

    def _read(self, group: Any, name: str, place: slice, what: str) -> np.ndarray:
        """Read a part of an array; what is broken in it, or that it is not there, is damage."""
        try:
            return np.asarray(group[name][place])
        except PermissionError:
            raise
        except Exception:  # zarr and its codecs have errors of many kinds for a damaged file
            raise self._damaged(what) from None

    def _damaged(self, what: str) -> HeconError:
        return HeconError(f"{self.folder} is damaged: {what} cannot be read. Delete the folder and run again")

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        try:
            yield
        except HeconError:
            raise
        except OSError as error:
            raise HeconError(f"{self.folder} cannot be read or written ({error.strerror or error})") from error
        except Exception as error:
            raise self._damaged(f"a part of it ({type(error).__name__})") from error


def _line_arrays(lines: Sequence[Settled], horizons: Sequence[float]) -> dict[str, xr.DataArray]:
    """Lines as labelled arrays, discounted and then undiscounted, each by a name fit for a file."""
    arrays: dict[str, xr.DataArray] = {}
    for number, line in enumerate(lines, start=1):
        word = re.sub(r"\W+", "_", line.name.lower()).strip("_")
        for twin, values in (("", line.discounted), ("_undiscounted", line.undiscounted)):
            array = wrap(values, line.axes, **{HORIZON: horizons}).assign_attrs(line=line.name, kind=line.kind)
            arrays[f"{number:02d}_{line.kind}_{word}{twin}"] = array
    return arrays


def _differences(there: _Key, here: _Key, within: str = "") -> list[str]:
    found = []
    for name in dict.fromkeys([*there, *here]):
        old, new = there.get(name), here.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            found += _differences(old, new, f"{name}: ")
        elif old != new:
            found.append(f"{within}{name.replace('_', ' ')} is {_shown(old)} there and {_shown(new)} here")
    return found


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= 24 else f"{text[:12]}..."


def _zarr() -> Any:
    try:
        import zarr
        import zarr.codecs
    except ImportError:
        raise HeconError("a store of draws needs zarr, which is not installed: pip install 'hecon[scale]'") from None
    return zarr

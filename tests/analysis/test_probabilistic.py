"""Probabilistic runs of any size: the same bits on every engine, with and without a store, and after a resume."""

import contextlib
import importlib.util
import pickle
import re
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from linear import inputs, outcome, rows

import hecon as he
from hecon.analysis.psa import pages, probabilistic
from hecon.analysis.psa.pages import settle_page
from hecon.inputs.streams import PAGE

DRAWS = 2 * PAGE + 100
ROOT = Path(__file__).resolve().parents[2]


def needs(library):
    """Skip where an optional library is missing, saying which."""
    missing = importlib.util.find_spec(library) is None
    return pytest.mark.skipif(missing, reason=f"{library} is not installed: pip install 'hecon[scale]'")


needs_zarr, needs_dask = needs("zarr"), needs("distributed")


def run(draws=DRAWS, seed=5, **options):
    return he.run_psa(inputs(), draws, seed, **{"model": outcome, "workers": 2} | options)


def same(one, other):
    """Equal bits of everything that is kept."""
    xr.testing.assert_identical(one.totals.load(), other.totals.load())
    for a, b in zip(one.lines, other.lines, strict=True):
        assert (a.name, a.kind, a.axes) == (b.name, b.kind, b.axes)
        assert np.array_equal(a.sums, b.sums)
    pd.testing.assert_frame_equal(one.summary(), other.summary(), check_exact=True)
    assert one.case.settings == other.case.settings
    assert one.case.name == other.case.name
    for name in ("draws", "edges", "widest", "first"):
        assert np.array_equal(getattr(one.crossings, name), getattr(other.crossings, name))


@pytest.fixture(scope="module")
def plain():
    return run()


# --- the same as one batch in memory ---


def test_a_page_at_a_time_gives_the_draws_of_one_batch(plain):
    batch = he.run(inputs().draws(DRAWS, 5, outcome))
    for name in ("cost", "qaly", "life_years"):
        assert np.array_equal(plain.totals[name], batch.totals[name])
    pd.testing.assert_frame_equal(plain.summary(), batch.summary(), rtol=1e-12)
    pd.testing.assert_frame_equal(plain.breakdown(), batch.breakdown(), rtol=1e-12)
    pd.testing.assert_frame_equal(plain.full_incremental(), batch.full_incremental(), rtol=1e-12)
    pd.testing.assert_frame_equal(he.parameter_table(plain), he.parameter_table(batch), check_exact=True)
    for one, other in zip(he.costs_and_effects(plain, 1.0), he.costs_and_effects(batch, 1.0), strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert plain.draws == batch.draws == DRAWS


def test_undiscounted_totals_are_means(plain):
    batch = he.run(inputs().draws(DRAWS, 5, outcome))
    assert plain.totals.undiscounted_cost.dims == ("strategy", "horizon")
    np.testing.assert_allclose(plain.totals.undiscounted_cost, batch.totals.undiscounted_cost.mean("draw"), rtol=1e-12)
    table = he.draws_table(plain)
    assert list(table) == ["draw", "strategy", "horizon_years", "cost", "life_years", "qaly"]
    pd.testing.assert_frame_equal(table, he.draws_table(batch)[list(table)], check_exact=True)


@pytest.mark.parametrize("draws", [1, 63, PAGE - 1, PAGE, PAGE + 1])
def test_any_number_of_draws_is_the_beginning_of_more(plain, draws):
    few = run(draws)
    assert few.draws == draws
    for name in few.by_draw:
        assert np.array_equal(few.totals[name], plain.totals[name][:draws])


@pytest.mark.parametrize("options", [{"block": 1000}, {"block": 64}, {"workers": 1}, {"workers": 5}], ids=str)
def test_neither_block_nor_workers_change_a_bit(plain, options):
    same(run(**options), plain)


def test_a_page_whose_ledger_is_large_is_run_in_pieces(plain, monkeypatch):
    seen = []
    run_on = pages.run_on
    monkeypatch.setattr(pages, "_MOST", 40_000)
    monkeypatch.setattr(pages, "run_on", lambda case, *rest: seen.append(case.draws) or run_on(case, *rest))
    pieces = run()
    assert max(seen) == 960
    for name in pieces.by_draw:
        assert np.array_equal(pieces.totals[name], plain.totals[name])
    pd.testing.assert_frame_equal(pieces.breakdown(), plain.breakdown(), rtol=1e-12)
    assert pieces.crossings == plain.crossings
    same(run(workers=1, block=100), pieces)


@needs_zarr
def test_lines_that_are_kept_are_those_of_all_pieces(monkeypatch, tmp_path):
    whole = run(500, store=tmp_path / "whole", keep="lines")
    monkeypatch.setattr(pages, "_MOST", 3_000)
    same(run(500, store=tmp_path / "pieces", keep="lines"), run(500))
    one, other = (xr.open_zarr(tmp_path / name, group="lines", consolidated=False) for name in ("whole", "pieces"))
    xr.testing.assert_identical(one.load().drop_attrs(), other.load().drop_attrs())
    assert whole.draws == 500


def test_what_the_settings_say_is_used_where_nothing_is_given():
    own = he.run_psa(inputs(draws=70, seed=9), model=outcome)
    assert own.draws == 70
    assert np.array_equal(own.totals.cost, run(70, 9).totals.cost)
    assert own.case.settings.seed == 9


def test_adding_an_input_changes_no_other_draw(plain):
    more = inputs()
    frame = pd.concat([rows({"parameter": "new", "value": 1.0, "se": 0.1, "distribution": "normal"}), more.parameters])
    more = he.Inputs(**{**{name: getattr(more, name) for name in more.__dataclass_fields__}, "parameters": frame})
    other = he.run_psa(more, DRAWS, 5, model=outcome)
    xr.testing.assert_identical(other.by_draw, plain.by_draw)
    assert list(he.parameter_table(other))[1:] == list(he.parameter_table(plain))


def test_progress_counts_the_draws_to_the_last():
    told = []
    run(progress=lambda done, count: told.append((done, count)), workers=1)
    # Pages that are done at the same moment may be counted in any order.
    steps = [done for done, _ in told]
    assert len(steps) == 3
    assert steps == sorted(set(steps))
    assert told[-1] == (DRAWS, DRAWS)


# --- engines ---


def model_files(tmp_path):
    """A model in a file, which no other process could find by its module."""
    folder = tmp_path / "models"
    folder.mkdir()
    text = (ROOT / "tests/analysis/linear.py").read_text().split("def outcome")[1].split("\n\n\n")[0]
    (folder / "linear.py").write_text(f"import hecon as he\n\n\ndef outcome{text}\n")
    own = inputs()
    fields = {name: getattr(own, name) for name in own.__dataclass_fields__}
    return he.Inputs(**{**fields, "model_folder": str(folder)}), folder / "linear.py"


@pytest.mark.parametrize("engine", ["processes", pytest.param("dask", marks=needs_dask)])
def test_other_processes_give_the_same_bits(plain, engine, tmp_path):
    own, _ = model_files(tmp_path)
    same(he.run_psa(own, DRAWS, 5, engine=engine, workers=2), plain)


def test_a_model_that_changed_meanwhile_is_refused(tmp_path):
    own, path = model_files(tmp_path)
    case = own.base_case()
    path.write_text(path.read_text() + "\n")
    sent = pickle.dumps(case)
    with pytest.raises(he.HeconError, match="is not the one the run began with"):
        pickle.loads(sent)
    path.unlink()
    with pytest.raises(he.HeconError, match="a worker must see the same folder of models"):
        pickle.loads(sent)


def test_a_model_that_cannot_be_sent_is_refused():
    with pytest.raises(he.HeconError, match="cannot be sent to other processes; a model in a file"):
        run(engine="processes", model=lambda p, time: outcome(p, time))


@pytest.mark.parametrize("engine", ["threads", "processes"])
def test_a_fault_of_the_model_comes_through(engine):
    with pytest.raises(he.UnknownNameError, match="there is no parameter 'price' in linear"):
        he.run_psa(he.Inputs(**{**inputs().__dict__, "parameters": inputs().parameters[2:]}), 100, model=outcome,
                   engine=engine)  # fmt: skip


# --- a store ---


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A store of three pages that holds everything, and its result."""
    pytest.importorskip("zarr", reason="zarr is not installed: pip install 'hecon[scale]'")
    folder = tmp_path_factory.mktemp("stored") / "psa.zarr"
    return folder, run(store=folder, keep=["values", "lines"])


def test_a_store_changes_no_bit(stored, plain):
    same(stored[1], plain)
    assert stored[1].folder == stored[0]


def test_xarray_reads_a_store(stored, plain):
    folder, _ = stored
    batch = he.run(inputs().draws(DRAWS, 5, outcome))
    with xr.open_zarr(folder, consolidated=False, chunks=None) as data:
        assert np.array_equal(data.cost, plain.totals.cost)
        assert data.strategy.values.tolist() == ["A", "B"]
        assert data.attrs["hecon_run"]["settings"]["seed"] == "5"
    with xr.open_zarr(folder, group="values", consolidated=False, chunks=None) as data:
        assert np.array_equal(data.value, he.parameter_table(plain))
        assert data.input.values.tolist() == list(he.parameter_table(plain))
    with xr.open_zarr(folder, group="lines", consolidated=False, chunks=None) as data:
        assert np.array_equal(data["01_cost_price"], batch.lines[0].discounted)
        assert np.array_equal(data["04_life_years_life_years_undiscounted"], batch.lines[3].undiscounted)
        assert data["01_cost_price"].attrs == {"line": "Price", "kind": "cost"}


def test_a_store_that_is_complete_is_only_read(stored, plain, monkeypatch):
    monkeypatch.setattr(probabilistic, "settle_page", None)
    same(run(store=stored[0], keep=["lines", "values"]), plain)


class Stop:
    """A model that raises when it has run so many blocks."""

    def __init__(self, after, error):
        self.left, self.error = after, error

    def __call__(self, job, number):
        self.left -= 1
        if self.left < 0:
            raise self.error
        return settle_page(job, number)


@needs_zarr
@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("the machine is gone")], ids=repr)
@pytest.mark.parametrize("done", [0, 1, 2])
def test_a_run_that_was_broken_off_goes_on_with_equal_bits(plain, tmp_path, monkeypatch, error, done):
    monkeypatch.setattr(probabilistic, "settle_page", Stop(done, error))
    with pytest.raises(type(error)):
        run(store=tmp_path / "psa", workers=1)
    rest = Stop(99, None)
    monkeypatch.setattr(probabilistic, "settle_page", rest)
    told = []
    # One worker, as pages that are made side by side are done in any order.
    same(run(store=tmp_path / "psa", workers=1, progress=lambda *counts: told.append(counts)), plain)
    assert 99 - rest.left == 3 - done
    assert told[0][0] == (done * PAGE if done else PAGE)


def test_an_interruption_leaves_the_draws_done_so_far(monkeypatch):
    monkeypatch.setattr(probabilistic, "settle_page", Stop(2, KeyboardInterrupt()))
    with pytest.raises(he.Interrupted) as caught:
        run(workers=1)
    partial = caught.value.partial
    assert (partial.draws, partial.asked) == (2 * PAGE, DRAWS)
    monkeypatch.undo()
    same(partial, run(2 * PAGE))
    assert str(caught.value) == "interrupted after 8,192 of 8,292 draws; with a store it could be taken up again"


def test_an_interruption_before_the_first_page_leaves_nothing(monkeypatch):
    monkeypatch.setattr(probabilistic, "settle_page", Stop(0, KeyboardInterrupt()))
    with pytest.raises(he.Interrupted, match="after 0 of 8,292 draws") as caught:
        run(workers=1)
    assert caught.value.partial is None


def test_pages_that_are_done_out_of_order_are_kept_but_not_counted(plain, tmp_path, monkeypatch):
    pytest.importorskip("zarr", reason="zarr is not installed: pip install 'hecon[scale]'")

    def later(job, number):
        if number == 0:
            time.sleep(0.5)
            raise KeyboardInterrupt
        return settle_page(job, number)

    monkeypatch.setattr(probabilistic, "settle_page", later)
    with pytest.raises(he.Interrupted, match=f"the same run with the same store .{tmp_path}.* goes on") as caught:
        run(store=tmp_path / "psa")
    assert caught.value.partial is None
    count = Stop(99, None)
    monkeypatch.setattr(probabilistic, "settle_page", count)
    same(run(store=tmp_path / "psa"), plain)
    assert 99 - count.left < 3


# --- a store that is not this run's ---


@needs_zarr
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"seed": 6}, "settings: seed is 5 there and 6 here"),
        ({"draws": 99}, "settings: draws is 8292 there and 99 here"),
        ({"keep": ["values"]}, "keep is .* there and .* here"),
    ],
    ids=str,
)
def test_a_store_of_another_run_is_refused(stored, options, words):
    with pytest.raises(he.HeconError, match=f"holds the draws of another run: {words}. Give another folder"):
        run(**{"store": stored[0], "keep": ["lines", "values"]} | options)


def test_a_store_of_other_inputs_or_another_model_is_refused(stored):
    folder, _ = stored
    own = inputs()
    fields = {name: getattr(own, name) for name in own.__dataclass_fields__}
    dearer = he.Inputs(**{**fields, "parameters": own.parameters.assign(value=own.parameters.value * 1.01)})
    changed = he.Inputs(**{**fields, "sha256": "1" * 64})
    options = {"store": folder, "keep": ["lines", "values"], "model": outcome}
    with pytest.raises(he.HeconError, match=r"inputs is .{12}\.\.\. there and .{12}\.\.\. here"):
        he.run_psa(dearer, DRAWS, 5, **options)
    with pytest.raises(he.HeconError, match=r"sha256 is 000000000000\.\.\. there and 111111111111\.\.\. here"):
        he.run_psa(changed, DRAWS, 5, **options)
    with pytest.raises(he.HeconError, match=r"model is outcome .* there and .* here"):
        he.run_psa(own, DRAWS, 5, **options | {"model": lambda p, time: outcome(p, time)})


@needs_zarr
def test_a_folder_of_something_else_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("words")
    with pytest.raises(he.HeconError, match="holds something else than draws; give a folder that is new or empty"):
        run(store=tmp_path)
    with pytest.raises(he.HeconError, match=r"thesis.txt is a file; a store of draws is a folder"):
        run(store=tmp_path / "thesis.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    xr.Dataset({"a": ("x", [1.0])}).to_zarr(tmp_path / "other", consolidated=False)
    with pytest.raises(he.HeconError, match="holds something else than draws"):
        run(store=tmp_path / "other")


@needs_zarr
@pytest.mark.parametrize("harm", ["cut short", "changed", "lost"])
def test_a_damaged_store_is_refused(tmp_path, harm):
    run(store=tmp_path / "psa")
    chunk = tmp_path / "psa" / "cost" / "c" / "1" / "0" / "0"
    content = bytearray(chunk.read_bytes())
    if harm == "lost":
        chunk.unlink()
    else:
        content[100] ^= 1
        chunk.write_bytes(content if harm == "changed" else content[:50])
    with pytest.raises(he.HeconError, match=r"damaged: cost of draws 4,096 to 8,191 cannot be read\. Delete"):
        run(store=tmp_path / "psa")


@needs_zarr
def test_damage_to_what_says_which_pages_are_done_is_found_too(tmp_path):
    run(store=tmp_path / "psa")
    (tmp_path / "psa" / "page_sums" / "c" / "1" / "0").write_bytes(b"x" * 20)
    with pytest.raises(he.HeconError, match="is damaged"):
        run(store=tmp_path / "psa")
    (tmp_path / "psa" / "page_sums" / "zarr.json").write_text("{}")
    with pytest.raises(he.HeconError, match="is damaged"):
        run(store=tmp_path / "psa")


DAMAGES = {
    "lost": lambda content: None,
    "empty": lambda content: b"",
    "cut short": lambda content: content[: len(content) // 2],
    "garbage": lambda content: bytes(range(256)),
    "zeros": lambda content: bytes(len(content)),
    "a list": lambda content: b"[]",
    "an object": lambda content: b"{}",
    "a number": lambda content: b"1",
    "other shapes": lambda content: content.replace(b'"shape": [', b'"shape": [2, ').replace(
        b"[\n      8292", b"[\n 7"
    ),
    "other kind": lambda content: content.replace(b"float64", b"int8").replace(b'"array"', b'"group"'),
    "infinite": lambda content: content.replace(b"regular", b"irregular"),
}


def harmed(folder, files, damages):
    """Harm a store file by file, run it again, and give what was neither a message nor the same result."""
    found = []
    for path in files:
        content = path.read_bytes()
        for name in damages:
            harm = DAMAGES[name](content)
            if harm == content:
                continue
            if harm is None:
                path.unlink()
            else:
                path.write_bytes(harm)
            try:
                with contextlib.suppress(he.HeconError):
                    run(store=folder, keep=["lines", "values"])
            except Exception as error:
                found.append(f"{path.relative_to(folder)} {name}: {error!r}")
            finally:
                path.write_bytes(content)
    return found


@needs_zarr
@pytest.mark.slow
def test_every_damage_of_a_store_is_a_message(stored, plain, tmp_path):
    """A part that is made anew, or from which nothing is read, may be harmed: the result is then the same."""
    folder = tmp_path / "harmed.zarr"
    shutil.copytree(stored[0], folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    meta = [path for path in files if path.name == "zarr.json"]
    chunks = [path for path in files if path.name != "zarr.json"]
    assert len(meta) > 15
    assert harmed(folder, meta, DAMAGES) == []
    assert harmed(folder, chunks[::10], ["lost", "empty", "cut short", "garbage", "zeros"]) == []
    same(run(store=folder, keep=["lines", "values"]), plain)


# --- wrong arguments ---


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"draws": 0}, "draws is 0; it must be a whole number of at least 1"),
        ({"draws": -5}, "draws is -5; it must be a whole number of at least 1"),
        ({"draws": 1.5}, "draws is 1.5; it must be a whole number of at least 1"),
        ({"draws": float("nan")}, "draws is nan; it must be a whole number of at least 1"),
        ({"draws": "ten"}, "draws is ten; it must be a whole number of at least 1"),
        ({"seed": -1}, "seed is -1; it must be a whole number of at least 0"),
        ({"workers": 0}, "workers is 0; it must be at least 1"),
        ({"block": 0}, "block is 0; it must be at least 1 draw"),
        ({"engine": "thread"}, "there is no engine 'thread' .threads, processes, dask.. Did you mean 'threads'?"),
        ({"keep": ["lines"]}, "keep is lines, which needs a store"),
        ({"keep": ["line"]}, "there is no thing to keep 'line'"),
    ],
    ids=str,
)
def test_wrong_arguments(options, words):
    with pytest.raises(he.HeconError, match=words):
        run(**options)


@needs_dask
def test_a_scheduler_that_is_not_there(monkeypatch):
    from hecon.analysis.psa import engines

    monkeypatch.setattr(engines, "CONNECT", 0.5)
    with pytest.raises(he.HeconError, match=re.escape("there is no Dask scheduler at dask://127.0.0.1:9 (")):
        run(engine="dask://127.0.0.1:9", workers=None)
    with pytest.raises(he.HeconError, match=re.escape("the cluster at dask://127.0.0.1:9 has its own")):
        run(engine="dask://127.0.0.1:9", workers=2)


@pytest.mark.parametrize(
    ("library", "options", "words"),
    [
        ("zarr", {"store": "somewhere"}, "a store of draws needs zarr, which is not installed"),
        ("distributed", {"engine": "dask"}, "engine 'dask' needs Dask's distributed, which is not installed"),
    ],
)
def test_a_library_that_is_missing_is_named(monkeypatch, tmp_path, library, options, words):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(he.HeconError, match=f"{words}: pip install 'hecon.scale.'"):
        run(**options)
    assert not list(tmp_path.iterdir())

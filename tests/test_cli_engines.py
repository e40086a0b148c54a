"""``hecon run`` with engines and a store: Ctrl-C leaves what is done, and the same command goes on from there."""

from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest
from test_probabilistic import Stop, needs_dask, needs_zarr

import hecon
from hecon import cli
from hecon.analysis.psa import probabilistic
from hecon.analysis.registry import ANALYSES
from hecon.inputs.streams import PAGE

DRAWS = 2 * PAGE + 50
RUN = ("--draws", str(DRAWS), "--only", "psa,sobol", "--sobol-samples", "64")


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    """The workbook of a fresh project."""
    folder = tmp_path_factory.mktemp("engines") / "project"
    hecon.new_project(folder)
    return str(next((folder / "inputs").glob("*.xlsx")))


def tables(folder):
    """The probabilistic tables of a run, by name."""
    return {path.name: pd.read_csv(path) for path in sorted((folder / "tables").glob("psa_*.csv"))}


def same(one, other):
    assert list(one) == list(other)
    for name in one:
        pd.testing.assert_frame_equal(one[name], other[name], check_exact=True)


def stopped_after(pages, monkeypatch):
    monkeypatch.setattr(probabilistic, "settle_page", Stop(pages, KeyboardInterrupt()))


@pytest.mark.slow
def test_ctrl_c_leaves_the_draws_done_so_far(workbook, tmp_path, monkeypatch, capsys):
    stopped_after(1, monkeypatch)
    assert cli.main(["run", workbook, "--out", str(tmp_path / "part"), "--workers", "1", *RUN]) == 130
    assert (
        "hecon: interrupted after 4,096 of 8,242 draws; what was done by then is written. "
        "With --store DIR the same command would go on from there." in capsys.readouterr().err
    )
    monkeypatch.undo()
    few = ["run", workbook, "--out", str(tmp_path / "few"), "--draws", str(PAGE), "--only", "psa"]
    assert cli.main(few) == 0
    same(tables(tmp_path / "part"), tables(tmp_path / "few"))
    assert not (tmp_path / "part" / "tables" / "sobol.csv").exists()
    assert (tmp_path / "part" / "results.xlsx").exists()


def test_ctrl_c_before_any_draw_leaves_the_base_case(workbook, tmp_path, monkeypatch, capsys):
    stopped_after(0, monkeypatch)
    assert cli.main(["run", workbook, "--out", str(tmp_path), *RUN]) == 130
    assert "interrupted after 0 of 8,242 draws" in capsys.readouterr().err
    assert (tmp_path / "results.xlsx").exists()
    assert not tables(tmp_path)


def test_ctrl_c_later_leaves_what_was_done_before(workbook, tmp_path, monkeypatch, capsys):
    def stops(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(import_module(ANALYSES["sobol"]), "sobol", stops)
    assert cli.main(["run", workbook, "--out", str(tmp_path), *RUN]) == 130
    assert "hecon: interrupted during the Sobol indices; what was done by then is written" in capsys.readouterr().err
    assert tables(tmp_path)["psa_convergence.csv"].draws.max() == DRAWS


@pytest.mark.slow
@needs_zarr
def test_the_same_command_goes_on_from_a_store(workbook, tmp_path, monkeypatch, capsys):
    again = ["run", workbook, "--out", str(tmp_path / "out"), "--store", str(tmp_path / "psa"), "--workers", "1", *RUN]
    stopped_after(2, monkeypatch)
    assert cli.main(again) == 130
    assert "The same command goes on from there." in capsys.readouterr().err
    rest = Stop(99, None)
    monkeypatch.setattr(probabilistic, "settle_page", rest)
    assert cli.main(again) == 0
    assert rest.left == 98
    assert cli.main(["run", workbook, "--out", str(tmp_path / "whole"), *RUN]) == 0
    same(tables(tmp_path / "out"), tables(tmp_path / "whole"))


@pytest.mark.slow
@needs_zarr
def test_a_store_of_another_run_is_wrong_input(workbook, tmp_path, capsys):
    run = ["run", workbook, "--out", str(tmp_path / "out"), "--store", str(tmp_path / "psa"), "--only", "psa"]
    assert cli.main([*run, "--draws", "100"]) == 0
    assert cli.main([*run, "--draws", "100", "--seed", "4", "--out", str(tmp_path / "other")]) == 1
    assert "settings: seed is 2026 there and 4 here" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["processes", pytest.param("dask", marks=needs_dask)])
def test_another_engine_writes_the_same_tables(workbook, tmp_path, engine):
    for name, options in {"threads": [], engine: ["--engine", engine, "--workers", "2"]}.items():
        assert cli.main(["run", workbook, "--out", str(tmp_path / name), *options, *RUN]) == 0
    same(tables(tmp_path / engine), tables(tmp_path / "threads"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--engine", "dusk"], "there is no engine 'dusk' (threads, processes, dask). Did you mean 'dask'?"),
        (["--workers", "0"], "must be a whole number of at least 1"),
        (["--workers", "two"], "must be a whole number of at least 1"),
    ],
)
def test_wrong_options(workbook, options, words, capsys):
    assert cli.main(["run", workbook, *options]) == 2
    assert words in capsys.readouterr().err


@needs_dask
def test_workers_of_a_cluster_are_its_own(workbook, tmp_path, capsys):
    options = ["--engine", "dask://127.0.0.1:9", "--workers", "2", "--out", str(tmp_path / "out")]
    assert cli.main(["run", workbook, *options]) == 1
    assert "the cluster at dask://127.0.0.1:9 has its own" in capsys.readouterr().err


@pytest.mark.parametrize("engine", ["threads", "processes", pytest.param("dask", marks=[needs_dask, pytest.mark.slow])])
def test_a_model_that_fails_on_a_worker_is_named_by_its_line(workbook, tmp_path, capsys, engine):
    model = next((Path(workbook).parents[1] / "models").glob("*.py"))
    text = model.read_text()
    first = "def outcome(p, time):\n"
    assert first in text
    # it goes wrong where there are many draws only: base case and first trial run in this process
    (tmp_path / model.name).write_text(text.replace(first, f"{first}    1 / (p.drug_price.size < 500)\n"))
    run = ["run", workbook, "--models", str(tmp_path), "--out", str(tmp_path / "out"), "--engine", engine, *RUN]
    assert cli.main([*run, "--workers", "1"]) == 1
    assert f"the model failed at {model.name}, line " in capsys.readouterr().err

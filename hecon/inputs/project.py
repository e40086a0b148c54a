"""Project folders that run: the starter of a new model, or one of the workbooks that come with hecon."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from string import Template

from hecon.errors import HeconError
from hecon.excel.saving import save_bytes
from hecon.inputs import starter
from hecon.inputs.control import model_diagram
from hecon.inputs.fitting import fit_workbook
from hecon.inputs.model_files import FOLDER, shipped
from hecon.inputs.survival_example import SURVIVAL_EXAMPLE, survival_settings, survival_tables
from hecon.inputs.template import write_inputs
from hecon.inputs.trusted import trust
from hecon.inputs.workbook import read_workbook
from hecon.labels import one_of
from hecon.place_names import refuse_place

INPUTS = "inputs"


def examples() -> tuple[str, ...]:
    """Names of the workbooks that come with hecon, and of the one with made-up evidence on survival.

    >>> "isa_dara_pd_us" in examples(), "survival" in examples()
    (True, True)
    """
    folder = shipped(INPUTS)
    own = [] if folder is None else [path.stem for path in folder.glob("[!~]*.xlsx")]
    return tuple(sorted([*own, SURVIVAL_EXAMPLE]))


def new_project(folder: str | Path, example: str | None = None) -> tuple[Path, ...]:
    """Create a project folder that runs, and give the files written: workbook, model, README.

    It holds a workbook of placeholders, or the workbook and model of an `example` that comes with hecon (`examples`).
    Its folder of models is remembered as the user's own: models there are run without being named.

    Raises `HeconError` if the folder exists and is not empty: nothing is ever overwritten; `UnknownNameError` for a
    name that is no example.

    >>> new_project("hiv", example="hiv")  # doctest: +SKIP
    (PosixPath('hiv/inputs/hiv.xlsx'), PosixPath('hiv/models/hiv.py'), PosixPath('hiv/README.md'))
    """
    folder = Path(folder)
    refuse_place(folder)
    if example is not None:
        one_of(example, examples(), "example")
    if folder.exists() and not folder.is_dir():
        raise HeconError(f"{folder} is a file; give the name of a new folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise HeconError(f"{folder} is not empty; give the name of a new folder")
    if example is None:
        written = _from_starter(folder)
    else:
        written = _with_evidence(folder) if example == SURVIVAL_EXAMPLE else _from_example(folder, example)
    trust(folder / FOLDER)
    return written


def _from_starter(folder: Path) -> tuple[Path, ...]:
    workbook, model, readme = _places(folder, starter.MODEL, starter.MODEL)
    for path, resource in ((model, "starter_model.txt"), (readme, "starter_readme.txt")):
        save_bytes(path, _text(resource).encode())
    tables, settings = starter.example_tables(), starter.example_settings()
    write_inputs(workbook, tables, settings, blank=starter.BLANK_SHEETS)
    diagram = model_diagram(read_workbook(workbook, models=model.parent))
    write_inputs(workbook, tables, settings, blank=starter.BLANK_SHEETS, diagram=diagram)
    return workbook, model, readme


def _with_evidence(folder: Path) -> tuple[Path, ...]:
    """Write the example with made-up patients, its curves fitted as ``hecon fit`` fits them."""
    workbook, model, readme = _places(folder, SURVIVAL_EXAMPLE, starter.MODEL)
    evidence = workbook.with_name(f"{SURVIVAL_EXAMPLE}_evidence.xlsx")
    write_inputs(
        evidence,
        survival_tables(),
        survival_settings(),
        blank=("Life table", "Checks"),
    )
    save_bytes(model, _text("starter_model.txt").encode())
    fit_workbook(evidence, workbook, models=model.parent)
    save_bytes(readme, _text("survival_readme.txt").encode())
    return workbook, evidence, model, readme


def _from_example(folder: Path, example: str) -> tuple[Path, ...]:
    sources = [shipped(INPUTS), shipped(FOLDER)]
    assert sources[0] is not None, "an example that has a name has a folder"
    assert sources[1] is not None, "models come with hecon as their workbooks do"
    source = sources[0] / f"{example}.xlsx"
    name = read_workbook(source).model
    workbook, model, readme = _places(folder, example, name)
    save_bytes(workbook, source.read_bytes())
    save_bytes(model, (sources[1] / f"{name}.py").read_bytes())
    save_bytes(readme, Template(_text("example_readme.txt")).substitute(workbook=example, model=name).encode())
    return workbook, model, readme


def _places(folder: Path, workbook: str, model: str) -> tuple[Path, Path, Path]:
    """Give the paths of workbook, model and README, their folders made."""
    found = folder / INPUTS / f"{workbook}.xlsx", folder / FOLDER / f"{model}.py", folder / "README.md"
    try:
        for path in found:
            path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HeconError(f"{folder} cannot be created: {error.strerror or error}") from None
    return found


def _text(resource: str) -> str:
    return files("hecon.inputs").joinpath(resource).read_text(encoding="utf-8")

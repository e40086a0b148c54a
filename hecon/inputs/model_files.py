"""Finding and loading model files: a workbook names a model, and the name is looked up in folders of models.

A name is an identifier, so a workbook can never give a path or code. What runs is a Python file that comes with hecon,
lies in a folder that the user names, or in a project that ``hecon new`` made for this user; never what merely stands in
the working directory or beside the workbook. To another process a model travels as the path of its file, never as code.
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import platform
import re
import sys
import traceback
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from hecon.errors import HeconError, did_you_mean
from hecon.frozen import frozen
from hecon.inputs.trusted import trusted_folders

FOLDER = "models"
FUNCTION = "outcome"
_NAME = re.compile(r"[a-z][a-z0-9_]*")

_Function = Callable[..., Any]


@frozen(eq=True)
class ModelFile:
    """A model by the file it was loaded from and what the file held: how it reaches another process."""

    name: str
    path: Path
    sha256: str

    def load(self) -> _Function:
        """Load the model here. Raises `HeconError` if the file is not there or holds something else."""
        here = f"on {platform.node()}" if platform.node() else "here"
        if not self.path.is_file():
            raise HeconError(
                f"the model file {self.path} is not there {here}: a worker must see the same folder of models"
            )
        if _sha256(self.path) != self.sha256:
            raise HeconError(
                f"the model file {self.path} {here} is not the one the run began with; start the run again"
            )
        return _loaded(self.name, self.path)


#: Files of the models loaded so far.
_files: weakref.WeakKeyDictionary[_Function, ModelFile] = weakref.WeakKeyDictionary()


def file_of(model: _Function) -> ModelFile | None:
    """Give the file that a model was loaded from; None for a function of Python code."""
    try:
        return _files.get(model)
    except TypeError:  # an object that cannot be referred to weakly was not loaded here
        return None


def model_folders(workbook: str | Path | None = None, extra: str | Path | None = None) -> tuple[Path, ...]:
    """Give the folders in which a model is looked for, in order.

    `extra` if given; those of ``models`` in the current folder and ``models`` beside the folder that holds the workbook
    that `hecon new` made for this user (`hecon.inputs.trusted`); the models that come with hecon.
    """
    folders = [Path(extra)] if extra is not None else []
    known = trusted_folders()
    folders += [folder for folder in _near(workbook) if folder.resolve() in known]
    own = shipped(FOLDER)
    if own is not None:
        folders.append(own)
    unique: dict[Path, Path] = {}
    for folder in folders:
        unique.setdefault(folder.resolve(), folder)
    return tuple(unique.values())


def not_trusted(name: str, workbook: str | Path | None, folders: Sequence[Path]) -> Path | None:
    """Give a file of the model's name near the workbook or in the current folder that is in none of the `folders`.

    It is never run. A file that is the same as the one that is run is not worth a word.
    """
    used = {folder.resolve() for folder in folders}
    run = next((folder / f"{name}.py" for folder in folders if (folder / f"{name}.py").is_file()), None)
    beside = [Path.cwd()] if workbook is None else [Path(workbook).resolve().parent, Path.cwd()]
    for folder in (*_near(workbook), *beside):
        path = folder / f"{name}.py"
        if folder.resolve() not in used and path.is_file() and (run is None or _sha256(path) != _sha256(run)):
            return path
    return None


def _near(workbook: str | Path | None) -> list[Path]:
    """Folders of models of the current folder and of the workbook's project: whoever made them."""
    near = [Path.cwd() / FOLDER]
    return near if workbook is None else [*near, Path(workbook).resolve().parent.parent / FOLDER]


def shipped(what: str) -> Path | None:
    """Give the folder of ``models`` or ``inputs`` that comes with hecon, installed or in its repository."""
    package = Path(__file__).resolve().parents[1]
    if (package / f"_{what}").is_dir():
        return package / f"_{what}"
    return package.parent / what if (package.parent / "pyproject.toml").is_file() else None


def load_model(name: str, folders: Sequence[str | Path], workbook: str | Path | None = None) -> _Function:
    """Load ``outcome(p, time)`` from NAME.py in the first folder that has it.

    A file of that name near the `workbook` that may not be run is named in the message, with how to say that it may.

    Raises `HeconError`: for a name that is not an identifier, for a model that is in none of the folders (naming
    those that are), for an error in the file (naming its line), and for a file without the function.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise HeconError(
            f"'{name}' cannot be the name of a model: a name has lower-case letters, digits and underscores; "
            "it is never a path or code"
        )
    places = [Path(folder) for folder in folders]
    path = next((folder / f"{name}.py" for folder in places if (folder / f"{name}.py").is_file()), None)
    if path is None:
        found = not_trusted(name, workbook, places)
        if found is not None:
            folder = str(found.parent)
            raise HeconError(
                f"the model '{name}' lies in {found}, and it was not run: a model is code, and hecon runs only its "
                "own, those of a project that you made with hecon new, and those in a folder that you name. Read the "
                f"file; if you trust it, name its folder: --models {folder} (in Python models={folder!r})"
            )
        known = sorted({file.stem for folder in places for file in folder.glob("*.py") if _NAME.fullmatch(file.stem)})
        where = ", ".join(str(folder) for folder in places)
        models = f"Models there: {', '.join(known)}." if known else "There are no models there."
        raise HeconError(f"there is no model '{name}': no {name}.py in {where}. {models}{did_you_mean(name, known)}")
    return _loaded(name, path)


def _loaded(name: str, path: Path) -> _Function:
    sha256 = _sha256(path)
    function = _function(_import(name, path), path)
    _files[function] = ModelFile(name, path.resolve(), sha256)
    return function


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _import(name: str, path: Path) -> ModuleType:
    module_name = f"hecon_model_{name}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        raise HeconError(f"the model file {path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(module_name)
    sys.modules[module_name] = module  # so that classes defined in a model can be found again
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        if before is None:
            del sys.modules[module_name]
        else:
            sys.modules[module_name] = before
        raise HeconError(f"the model file {path} has an error{_line(error, path)}: {_what(error)}") from error
    return module


def _line(error: BaseException, path: Path) -> str:
    if isinstance(error, SyntaxError) and error.lineno:
        return f" in line {error.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f" in line {lines[-1]}" if lines else ""


def _what(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return error.msg
    return f"{type(error).__name__}: {error}" if not isinstance(error, HeconError) else str(error)


def _function(module: ModuleType, path: Path) -> _Function:
    found = getattr(module, FUNCTION, None)
    if not callable(found):
        functions = [name for name, value in vars(module).items() if inspect.isfunction(value)]
        hint = did_you_mean(FUNCTION, functions)
        raise HeconError(f"the model file {path} has no function {FUNCTION}(p, time).{hint}")
    try:
        inspect.signature(found).bind(None, None)
    except TypeError:
        wrong = f"{FUNCTION}{inspect.signature(found)}"
        raise HeconError(
            f"the model file {path} has {wrong}; it must take two arguments: {FUNCTION}(p, time)"
        ) from None
    return found

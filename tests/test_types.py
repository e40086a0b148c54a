"""What a type checker is told: no public signature says Any where more is known, and every ignore has its reason."""

import inspect
import re
from pathlib import Path
from types import ModuleType
from typing import Any, get_overloads

import hecon

ROOT = Path(hecon.__file__).parent
ROOMS = (hecon, *(value for name in hecon.__all__ if isinstance(value := getattr(hecon, name), ModuleType)))

#: Where it is Any, and why.
ANY = {
    "health_check": "its function takes a `Subject`, whose module imports that of the decorator",
    "Parameters.recalled": "what functions of a model remember may be anything",
    "Result.increments": "a column holds text or numbers, and which of them only its name tells",
    "ProbabilisticResult.increments": "inherited from Result",
}


def said(function):
    """The annotations of a function, of each form if it has several."""
    for form in get_overloads(function) or [inspect.unwrap(function)]:
        yield from inspect.get_annotations(form).items()


def functions_of(owner):
    """The public functions and properties of a class, those that it inherits within the package too."""
    for home in owner.__mro__:
        if home.__module__.startswith("hecon"):
            for name, value in vars(home).items():
                own = next((found for at in ("fget", "func", "__func__") if (found := getattr(value, at, None))), value)
                if inspect.isfunction(own) and (not name.startswith("_") or name in ("__init__", "__call__")):
                    yield name, own


def signatures():
    """Every annotation of a public name: (name, argument or field, what it says)."""
    public = {name: getattr(room, name) for room in ROOMS for name in room.__all__}
    for name, value in public.items():
        if inspect.isclass(value):
            fields = [pair for home in value.__mro__ for pair in inspect.get_annotations(home).items()]
            yield from ((name, field, text) for field, text in fields if not field.startswith("_"))
            for method, function in functions_of(value):
                yield from ((f"{name}.{method}", field, text) for field, text in said(function))
        elif inspect.isfunction(value):
            yield from ((name, field, text) for field, text in said(value))


def test_no_public_signature_says_any():
    found = list(signatures())
    assert len(found) > 1000
    bare = {name for name, _, text in found if text is Any or re.search(r"\bAny\b", str(text))}
    assert bare == set(ANY)


def test_an_ignore_is_rare_and_has_its_reason():
    lines = [line for path in ROOT.rglob("*.py") for line in path.read_text("utf-8").splitlines()]
    ignored = [line for line in lines if "# type: ignore" in line]
    assert len(ignored) <= 6
    assert all(re.search(r"# type: ignore\[[\w-]+\]  # \w", line) for line in ignored)

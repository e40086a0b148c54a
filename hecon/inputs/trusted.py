"""Whose models may run: the folders of models that `hecon new` made for this user, remembered once.

A workbook names a model and comes from anywhere; what stands beside it, or in the working directory, may come from the
same hand. So a folder of models is used only if it comes with hecon, if the user names it, or if it is remembered here.
The list is a text file, one folder a line, in the user's own configuration (``~/.config/hecon``), or in the folder that
the environment variable ``HECON_CONFIG`` names.
"""

from __future__ import annotations

import os
from pathlib import Path

from hecon.errors import HeconError

LIST = "models.txt"
VARIABLE = "HECON_CONFIG"


def trusted_folders() -> frozenset[Path]:
    """Give the folders of models that were remembered; none if there is no list."""
    try:
        lines = (_config() / LIST).read_bytes().splitlines()
    except OSError:
        return frozenset()
    return frozenset(Path(os.fsdecode(line)) for line in lines if line.strip())


def trust(folder: str | Path) -> None:
    """Remember a folder of models, by its absolute path. Raises `HeconError` where that cannot be written."""
    place = Path(folder).resolve()
    if place in trusted_folders():
        return
    try:
        _config().mkdir(parents=True, exist_ok=True)
        with (_config() / LIST).open("ab") as file:  # as the system has it, whatever the locale makes of its letters
            file.write(os.fsencode(place) + b"\n")
    except OSError as error:
        raise HeconError(
            f"{_config() / LIST} cannot be written ({error.strerror or error}), so the models in {place} are not "
            f"remembered as yours: name them in each command, --models {folder}"
        ) from None


def _config() -> Path:
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given)
    home = os.environ.get("APPDATA") if os.name == "nt" else os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / "hecon"

"""Notebooks as they are kept, with their outputs: ``python tests/kept_notebooks.py [NAME ...]`` runs them anew."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
_NUMBER = re.compile(r"[-+]?\d[\d,]*\.?\d*(?:[eE][-+]?\d+)?")
#: What a table may differ by between versions of libraries: a unit of its last digit or so, and this share.
TOLERANCE = 1e-4


def executed(path: Path) -> Any:
    """Run a notebook in its folder and give it with outputs that hold nothing of this machine."""
    import nbclient
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    here = {"metadata": {"path": str(path.parent)}}
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources=here).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if "outputs" in cell:
            cell["outputs"] = _in_one_piece(cell["outputs"])
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                output["data"].pop("text/plain", None)
                output["data"].pop("image/svg+xml", None)
                output["metadata"] = {}
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def _in_one_piece(outputs: list[Any]) -> list[Any]:
    """Join what was printed one after the other: into how many pieces it comes is a matter of time."""
    joined: list[Any] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and output["output_type"] == last["output_type"] == "stream" and output["name"] == last["name"]:
            last["text"] = "".join(last["text"]) + "".join(output["text"])
        else:
            joined.append(output)
    return joined


def shown(notebook: Any) -> list[tuple[int, str, str]]:
    """Give what the cells show: the number of the cell, the kind, and the text (of a figure, nothing)."""
    found: list[tuple[int, str, str]] = []
    for place, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output["output_type"] == "stream":
                said = "".join(output["text"])
                if found and found[-1][:2] == (place, output["name"]):  # a slow machine says it in pieces
                    said = found.pop()[2] + said
                found.append((place, output["name"], said))
            elif "image/png" in output.get("data", {}):
                found.append((place, "figure", ""))
            else:
                found.append((place, "text", "".join(output.get("data", {}).get("text/plain", ""))))
    return found


def words_and_numbers(text: str) -> tuple[list[str], list[float]]:
    """Take a text apart; how many spaces and dashes stand between its columns is no matter."""
    numbers = [float(number.replace(",", "")) for number in _NUMBER.findall(text)]
    return re.sub(r"-{2,}", " ", _NUMBER.sub("#", text)).split(), numbers


def main(names: list[str]) -> None:
    """Run notebooks and keep them with their outputs."""
    import nbformat

    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        if not names or path.stem in names:
            nbformat.write(executed(path), path)
            print(path.name, f"{path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main(sys.argv[1:])

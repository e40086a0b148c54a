"""Every notebook runs from top to bottom, as a user would run it, and shows what it is kept with."""

import re

import numpy as np
import pytest
from kept_notebooks import NOTEBOOKS, TOLERANCE, executed, shown, words_and_numbers

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
#: Notebooks of many draws, cases or fits.
LARGE = {"myeloma_scenarios", "myeloma_uncertainty", "survival_fitting", "why_three_and_five_years_differ"}


def kept(path):
    nbformat = pytest.importorskip("nbformat")
    return nbformat.read(path, as_version=4)


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.stem, marks=[pytest.mark.slow] * (path.stem in LARGE)) for path in PATHS]
)
def test_a_notebook_shows_what_it_is_kept_with(path):
    before, now = shown(kept(path)), shown(executed(path))
    assert [one[:2] for one in now] == [one[:2] for one in before]
    for (place, kind, text), (_, _, old) in zip(now, before, strict=True):
        words, numbers = words_and_numbers(text)
        old_words, old_numbers = words_and_numbers(old)
        assert words == old_words, f"{path.name}, cell {place}: {kind}"
        np.testing.assert_allclose(
            numbers, old_numbers, rtol=TOLERANCE, atol=0.0011, err_msg=f"{path.name}, cell {place}: {kind}"
        )


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_with_its_outputs_and_nothing_of_a_machine(path):
    outputs = shown(kept(path))
    assert any(kind == "figure" for _, kind, _ in outputs), f"python tests/kept_notebooks.py {path.stem}"
    assert any(kind in ("text", "stdout") for _, kind, _ in outputs)
    for _, kind, text in outputs:
        assert kind != "stderr", f"{path.name} holds a warning: {text[:200]}"
        assert not re.search(r"(/home/|/root|/tmp/|/work|C:\\|0x[0-9a-f]{6})", text), text[:200]
    assert path.stat().st_size < 1_500_000


def test_there_are_notebooks():
    assert len(PATHS) >= 6


def test_the_comparison_sees_a_number_and_a_word():
    assert words_and_numbers("A  1,234.5\n-----\nB -2e3") == (["A", "#", "B", "#"], [1234.5, -2000.0])

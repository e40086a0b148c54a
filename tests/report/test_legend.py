"""What the legend of equations explains is what the equations use, and nothing else."""

import pytest

from hecon.report.equations.forms import Given
from hecon.report.equations.latex import latex
from hecon.report.equations.legend import _of_functions
from hecon.symbols.expression import call, leaf

A, B = leaf("a", 0.5), leaf("b", 2.0)


class Line:
    """A line of the document, as far as the legend asks for it."""

    def __init__(self, formula):
        self.formula = formula


def said(formula):
    return [
        "".join(part if isinstance(part, str) else latex(part) for part in sentence)
        for sentence in _of_functions([Line(formula)])
    ]


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        (call("normal_cdf", A), r"\Phi"),
        (call("gamma_cdf", A, B), "is the regularised lower incomplete gamma function"),
        (call("beta_cdf", A, B, B), "is the regularised incomplete beta function"),
        (leaf(Given(1), 3.0) * A, "stands for given numbers that differ from row to row"),
    ],
)
def test_a_function_is_explained_where_it_is_used(formula, words):
    (sentence,) = said(formula + B)
    assert words in sentence


def test_what_every_reader_knows_is_not_explained():
    assert said(A * B + call("exp", A) + call("log", B)) == []

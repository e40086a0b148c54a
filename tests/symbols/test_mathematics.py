"""Formulas on paper: what is printed, read back as a person would, has the value of the expression."""

import math
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paper import Reader, from_latex, from_mathml

from hecon.report.equations.latex import latex, latex_text
from hecon.report.equations.mathematics import Run, mathematics
from hecon.report.equations.mathml import mathml, xml_text
from hecon.report.equations.notation import EQUALS, Beside, Fenced, Letter, Sub, number
from hecon.symbols.draft import (
    Draft,
    Span,
    count_below,
    largest,
    place_in,
    total,
    total_of_products,
    value_at_place,
)
from hecon.symbols.expression import Symbol, call, compared, leaf, number_of

VALUES = {"a": 1.75, "b": 0.5, "c": 3.0, "d": -1.25}
A, B, C, D = (leaf(name, value) for name, value in VALUES.items())


class Plain:
    """Letters as they are; runs of cells by the letter of their title."""

    def place(self, place):
        return Letter(place) if isinstance(place, str) else Sub(Letter(place.column.title), number(place.row))

    def run(self, span):
        name, index = Letter(span.column.title), Letter("i")
        return Run(index, number(span.first), number(span.last), span.first,
                   lambda at: Sub(name, at), lambda at: Beside(name, Fenced(at, "[")))  # fmt: skip

    def option(self, choice, place):
        return Beside(Letter(choice), EQUALS, number(place))


def on_paper(symbol):
    node = mathematics(symbol, Plain())
    return latex(node), mathml(node)


def read_back(symbol, **more):
    tex, xml = on_paper(symbol)
    return Reader(from_latex(tex), VALUES | more).all(), Reader(from_mathml(xml), VALUES | more).all()


@pytest.mark.parametrize(
    ("symbol", "tex"),
    [
        (A - (B - C), "a - (b - c)"),
        ((A - B) - C, "a - b - c"),
        (A + (B - C), "a + b - c"),
        ((A / B) / C, r"\frac{\frac{a}{b}}{c}"),
        (A / (B / C), r"\frac{a}{\frac{b}{c}}"),
        (-(A**2), "- {a}^{2}"),
        ((-A) ** 2, "{(- a)}^{2}"),
        ((A**B) ** C, "{({a}^{b})}^{c}"),
        (A ** (B**C), "{a}^{{b}^{c}}"),
        ((A / B) ** 2, r"{\mathopen{}\left( \frac{a}{b} \right) }^{2}"),
        (A * (-B), r"a \cdot (- b)"),
        ((A + B) * C, r"(a + b) \cdot c"),
        (A * (B * C), r"a \cdot b \cdot c"),
        (-(A + B), "- (a + b)"),
        (C - (-A) * B, r"c - (- a) \cdot b"),
        (C + (-A + B), "c + (- a + b)"),
        (call("exp", A) ** 2, r"{(\exp(a))}^{2}"),
        (call("exp", -(A * B)), r"\exp(- a \cdot b)"),
        (call("log", A), r"\ln(a)"),
        (call("sqrt", A + B), r"\sqrt{a + b}"),
        (call("abs", A - B), r"\lvert a - b\rvert "),
        (call("floor", A), r"\lfloor a\rfloor "),
        (call("ceil", A), r"\lceil a\rceil "),
        (call("min", A, B), r"\min(a,\, b)"),
        (call("max", A, 0.0), r"\max(a,\, 0)"),
        (call("normal_cdf", (A - B) / C), r"\Phi\mathopen{}\left( \frac{a - b}{c} \right) "),
        (call("gamma_cdf", A, B), r"P(b,\, a)"),
        (call("beta_cdf", A / (1 + A), B, C), r"I\mathopen{}\left( \frac{a}{1 + a},\, b,\, c \right) "),
        (compared(">", A, B) * C, r"[a > b] \cdot c"),
        (A / (1 / 12), r"12 \cdot a"),
        (A / (1 / B), r"a \cdot b"),
        (A * -1e-9, r"a \cdot (- {10}^{- 9})"),
        (A * 2.5e-7, r"a \cdot 2.5 \times {10}^{- 7}"),
        (A * (1 / 7), r"a \cdot \frac{1}{7}"),
        (A - 1e300, r"a - \infty "),
    ],
)
def test_what_is_printed(symbol: Symbol, tex: str) -> None:
    assert on_paper(symbol)[0] == tex
    if abs(symbol.value) < 1e200:
        assert read_back(symbol) == pytest.approx((symbol.value,) * 2, rel=1e-9)


def test_a_choice_has_a_case_for_each_condition() -> None:
    inner = call("if", compared("<", B, 1.0), A, B)
    chosen = call("if", compared(">", A, 0.0), inner, call("if", compared(">", C, 2.0), C, D))
    tex, xml = on_paper(chosen)
    assert tex == (
        r"\begin{cases} \displaystyle a & \text{if }a > 0 \land b < 1 \\ \displaystyle b & \text{else if }a > 0 \\ "
        r"\displaystyle c & \text{else if }c > 2 \\ \displaystyle d & \text{otherwise} \end{cases}"
    )
    for a in (1.0, -1.0):
        for b in (0.5, 2.0):
            for c in (3.0, 0.0):
                values = {"a": a, "b": b, "c": c, "d": 4.0}
                wanted = (a if b < 1 else b) if a > 0 else c if c > 2 else 4.0
                assert Reader(from_latex(tex), values).all() == wanted
                assert Reader(from_mathml(xml), values).all() == wanted


def test_a_choice_within_a_sum_has_brackets() -> None:
    chosen = 3 - call("if", compared("<", A, B), A, B) * C
    assert read_back(chosen) == pytest.approx((chosen.value,) * 2)
    assert on_paper(chosen)[0].startswith(r"3 - \mathopen{}\left( \begin{cases}")


def test_options_by_number() -> None:
    number_ = leaf("n", 2.0)
    tex, xml = on_paper(call("choose", number_, A, B))
    assert tex == (r"\begin{cases} \displaystyle a & \text{if }n = 1 \\ \displaystyle b & \text{if }n = 2 \end{cases}")
    assert Reader(from_mathml(xml), VALUES | {"n": 2.0}).all() == VALUES["b"]


def columns():
    draft = Draft()
    return [draft.column(name, [leaf(f"{name}{i}", v) for i, v in enumerate(values)], "cycle")
            for name, values in (("X", [1.0, 2.0, 4.0, 8.0]), ("Y", [0.5, 0.25, 0.125, 3.0]))]  # fmt: skip


def test_sums_over_cells() -> None:
    x, y = columns()
    at = {column.title: lambda i, c=column: c.cells[int(i)].value for column in (x, y)}
    whole = total(Span(x, 0, 3)) + A
    weighed = A - total_of_products(Span(x, 1, 3), Span(y, 0, 2))
    assert on_paper(whole)[0] == r"\sum_{i = 0}^{3} X_{i} + a"
    assert on_paper(weighed)[0] == r"a - \sum_{i = 1}^{3} X_{i} \cdot Y_{i - 1}"
    assert on_paper(total(Span(x, 0, 3)) * A)[0] == r"\mathopen{}\left( \sum_{i = 0}^{3} X_{i} \right)  \cdot a"
    for symbol in (whole, weighed, total(Span(x, 0, 3)) * A):
        assert read_back(symbol, **at) == pytest.approx((symbol.value,) * 2)


def test_looking_up() -> None:
    x, y = columns()
    assert on_paper(largest(Span(x, 0, 3)))[0] == r"\max_{0 \leq i \leq 3} X_{i}"
    # Look-ups count from 1; these cells are counted from 0.
    assert on_paper(place_in(Span(x, 0, 3), A))[0] == r"\max\{i : X_{i} \leq a\} + 1"
    assert on_paper(value_at_place(Span(y, 0, 3), leaf("n", 2.0)))[0] == "Y[n - 1]"
    assert on_paper(1 + count_below(Span(x, 0, 3), A))[0] == r"1 + \# \{i : X_{i} < a\}"


numbers = st.sampled_from([0.5, 2.0, -1.5, 3.0, 1e-9, 1 / 3, 12345.678])
conditions = ("<", "<=", ">", ">=")


def grown(parts):
    one, two = st.tuples(parts), st.tuples(parts, parts)
    return st.one_of(
        two.map(lambda p: p[0] + p[1]), two.map(lambda p: p[0] - p[1]), two.map(lambda p: p[0] * p[1]),
        two.map(lambda p: p[0] / p[1]), one.map(lambda p: -p[0]), two.map(lambda p: _power(*p)),
        one.map(lambda p: call("exp", call("min", p[0], 3.0))), one.map(lambda p: call("abs", p[0])),
        one.map(lambda p: call("sqrt", call("abs", p[0]))), one.map(lambda p: call("floor", p[0])),
        two.map(lambda p: call("min", *p)), two.map(lambda p: call("max", *p)),
        one.map(lambda p: call("normal_cdf", p[0])),
        two.map(lambda p: call("gamma_cdf", call("abs", p[0]), call("max", p[1], 0.5))),
        st.tuples(st.sampled_from(conditions), parts, parts, parts, parts).map(
            lambda p: call("if", compared(p[0], p[1], p[2]), p[3], p[4])),
        st.tuples(st.sampled_from(conditions), parts, parts, parts).map(lambda p: compared(*p[:3]) * p[3]),
    )  # fmt: skip


def _power(base, exponent):
    return call("abs", base) ** call("min", call("max", exponent, -3.0), 3.0)


expressions = st.recursive(st.one_of(st.sampled_from([A, B, C, D]), numbers), grown, max_leaves=14)


@given(expressions)
def test_what_is_read_back_is_the_value(symbol) -> None:
    value = number_of(symbol)
    if not math.isfinite(value) or abs(value) > 1e12 or not _everywhere_finite(symbol):
        return
    for found in read_back(symbol):
        assert float(found) == pytest.approx(value, rel=1e-6, abs=1e-6)


def _everywhere_finite(symbol) -> bool:
    """Say whether no part is beyond what a reader works out, or so near a step that its digits matter."""
    if not isinstance(symbol, Symbol):
        return True
    if not math.isfinite(symbol.value) or abs(symbol.value) > 1e12 or (symbol.op == "/" and _tiny(symbol.args[1])):
        return False
    if symbol.op in ("floor", *conditions):
        inner = symbol.args[0] - symbol.args[1] if symbol.op in conditions else symbol.args[0]
        if abs(number_of(inner) - round(number_of(inner))) < 1e-4:
            return False
    return all(_everywhere_finite(arg) for arg in symbol.args)


def _tiny(symbol) -> bool:
    return abs(number_of(symbol)) < 1e-6


@given(st.text())
def test_any_text_is_a_text(text: str) -> None:
    shown = ET.fromstring(f"<p>{xml_text(text)}</p>").text or ""
    assert [one for one in shown if one.isalnum()] == [one for one in text if one.isalnum()]
    tex = latex_text(text)
    assert tex.count("{") - tex.count(r"\{") == tex.count("}") - tex.count(r"\}")
    for escaped in (r"\&", r"\%", r"\#", r"\$", r"\_"):
        tex = tex.replace(escaped, "")
    assert not set(tex) & set("&%#$_^\n")


@pytest.mark.parametrize(
    ("text", "tex", "xml"),
    [
        ("=B+1", "=B+1", "=B+1"),
        ("Isa & <Pd>", r"Isa \& \textless{}Pd\textgreater{}", "Isa &amp; &lt;Pd&gt;"),
        ("50%_x", r"50\%\_x", "50%_x"),
        (r"\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}", r"\input{/etc/passwd}"),
        ("\u03b2-blocker \u2265 2 \u20ac", r"\ensuremath{\beta}-blocker \ensuremath{\geq} 2 \texteuro{}",
         "\u03b2-blocker \u2265 2 \u20ac"),
        ("\u85ac", "\u85ac", "\u85ac"),
        ("a\x00b", "a?b", "a\ufffdb"),
    ],
)  # fmt: skip
def test_characters_with_a_meaning_are_escaped(text: str, tex: str, xml: str) -> None:
    assert latex_text(text) == tex
    assert xml_text(text) == xml

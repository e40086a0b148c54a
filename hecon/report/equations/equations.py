"""The equations of a model, for the technical appendix of a submission: the formulas of its live workbook on paper.

The model's own function is run on symbols, as for the live workbook; every formula that a result needs is read,
formulas of one form become one equation, and every input that they use is listed with its unit, status and source.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from hecon.errors import HeconError
from hecon.excel.saving import save_bytes
from hecon.inputs.case import Inputs, Model
from hecon.inputs.from_case import takes_cases
from hecon.labels import HORIZON, STRATEGY
from hecon.report.equations.appendix import Equation, Equations, InputUsed, Sentence
from hecon.report.equations.breaking import broken_to_width
from hecon.report.equations.forms import Given, Shown
from hecon.report.equations.grouping import (
    CYCLES,
    DOSE_DAYS,
    EquationForm,
    Group,
    ShownLine,
    equation_groups,
    gathered,
    line_shown,
)
from hecon.report.equations.legend import dims_in, sentences
from hecon.report.equations.mathematics import mathematics
from hecon.report.equations.members import labels_of, members_sentence, sets_sentences
from hecon.report.equations.notation import DOTS, Beside, Letter, Node, Sign, Sub, Words, listed, number
from hecon.report.equations.references import AT_EDGE, ON_DAY, InputRow, References
from hecon.report.equations.sections import INCREMENTS, SECTIONS, SUMS, Sections
from hecon.report.equations.spelling import COUNTS, INDICES, LineSpelling, Spelling
from hecon.report.live.model import LiveModel, live_model
from hecon.report.provenance import discounting_sentence, provenance_of_a_document
from hecon.report.words import in_words
from hecon.symbols.expression import Symbol

_WRITERS = {".tex": Equations.latex, ".html": Equations.html}
#: Given numbers are listed up to so many; of more, the first ones and the last.
_LISTED = 4
_DIGITS = 6
_NOWHERE = Shown("", "")


def equations(inputs: Inputs, model: Model | None = None) -> Equations:
    """Give the equations of a model: time and discounting, curves, states, flows, ledger lines, sums, increments.

    They are the formulas of the live workbook (`write_live_workbook`), each written once for all strategies, cycles and
    horizons that share it, with the inputs that they use. The value prints itself: ``.latex()``, ``.html()``,
    ``.mathml()``, and ``.table()`` with a row for each equation (section, what, equation in LaTeX, unit).

    Raises `HeconError` naming what has no formula.

    >>> import hecon as he
    >>> he.report.equations(he.read_workbook("inputs/decision_tree.xlsx")).table()  # doctest: +SKIP
    """
    return _Author(live_model(inputs, model)).write()


@takes_cases
def write_equations(inputs: Inputs, path: str | Path, *, model: Model | None = None) -> Path:
    """Write the equations of a model as LaTeX (``.tex``) or as a page with MathML (``.html``), and give the path.

    The file is complete or absent. Raises `HeconError` for another suffix, before anything is worked out, for what has
    no formula, and when the file cannot be written.

    >>> import hecon as he
    >>> he.report.write_equations(he.read_workbook("inputs/isa_dara_pd_us.xlsx"), "equations.html")  # doctest: +SKIP
    """
    path = Path(path)
    refuse_suffix(path)
    save_bytes(path, _WRITERS[path.suffix.lower()](equations(inputs, model)).encode("utf-8"))
    return path


def refuse_suffix(path: Path) -> None:
    """Refuse a file that equations cannot be written to."""
    if path.suffix.lower() not in _WRITERS:
        ending = f"ends in '{path.suffix}'" if path.suffix else "has no suffix"
        raise HeconError(f"{path} {ending}; equations are written to a file that ends in .tex (LaTeX) or .html")


class _Author:
    """Writes the equations of a live model."""

    def __init__(self, built: LiveModel) -> None:
        self._built = built
        self._references = References(built)
        self._sections = Sections(built)

    def write(self) -> Equations:
        """Read every formula, and set what they have in common."""
        columns = self._sections.columns
        found = [(section, group) for section in SECTIONS for group in self._groups(section)]
        by_form = {id(form): [line_shown(self._references, line) for line in form.lines]
                   for _, group in found for form in group.forms}  # fmt: skip
        lines = [line for own in by_form.values() for line in own]
        inputs = self._references.used_in(content for column in columns for content in column.contents)
        self._spelling = Spelling.of(self._sections.survival(), dims_in(lines), [row.reference.title for row in inputs])
        labels = labels_of([group for _, group in found], self._built.results.base.case.labels)
        made: list[Equation] = []
        for section, group in found:
            for form in group.forms:
                one = self._equation(len(made) + 1, section, group, form, by_form[id(form)])
                is_first = not made or one.heading != made[-1].heading
                made.append(replace(one, is_first=is_first))
        base, live = self._built.results.base, self._built.live
        return Equations(
            f"{live.inputs.settings.title or live.inputs.source}: equations",
            (*provenance_of_a_document(base).items(), ("Conventions", discounting_sentence(base))),
            tuple(sentences(self._built, self._references, lines, self._spelling, labels)),
            tuple(made),
            tuple(self._input(row) for row in inputs),
        )

    def _groups(self, section: str) -> list[Group]:
        columns = [column for column in self._sections.columns if self._sections.of(column) == section]
        groups = equation_groups(self._references, columns)
        if section == INCREMENTS:
            ratios = gathered(self._references, [[cell] for cell in self._references.ratios()])
            after = sum(group.reference.title.startswith("Incremental ") for group in groups[:3])
            groups[after:after] = ratios
        return groups

    # One equation.

    def _equation(
        self, place: int, section: str, group: Group, form: EquationForm, lines: Sequence[ShownLine]
    ) -> Equation:
        several = len(lines) > 1 or form.then_zero
        rows: list[tuple[Node, Node | None, Node | None]] = []
        for line in lines:
            spelled = LineSpelling(self._spelling, line.defined)
            if line.line.after_gap:
                rows.append((DOTS, None, None))
            rows.append((spelled.quantity(line.defined), self._formula(line, spelled),
                         spelled.range(line.ends) if several else None))  # fmt: skip
        if form.then_zero:
            rows.append(self._zero(lines[-1]))
        notes = [*members_sentence(group, form, lines[0].defined, self._spelling),
                 *(sets_sentences(form, self._spelling) if section != SUMS else ()), *self._given(lines)]  # fmt: skip
        return Equation(
            place, section, self._what(section, group), self._unit(group), broken_to_width(rows), tuple(notes)
        )

    def _formula(self, line: ShownLine, spelled: LineSpelling) -> Node:
        if isinstance(line.formula, Symbol) and line.formula.op == "leaf" and isinstance(line.formula.args[0], Given):
            return _numbers(line.given[0])
        return mathematics(line.formula, spelled)

    def _zero(self, line: ShownLine) -> tuple[Node, Node, Node]:
        """What is weighed beyond the horizon: nothing."""
        *others, (name, _) = line.defined.indices
        defined = replace(line.defined, indices=(*others, (name, ("own", name, 0))))
        spelled = LineSpelling(self._spelling, defined)
        beyond = Sign(">") if defined.kind == AT_EDGE else Sign("\u2265", r"\geq")
        by_day = defined.kind == ON_DAY
        last = Sub(Letter(COUNTS[DOSE_DAYS if by_day else CYCLES]), self._spelling.letter(HORIZON))
        horizon = dict(defined.labels)[HORIZON]
        count = self._references.days_until if by_day else self._references.cycles_until
        until = last if horizon[0] == "own" else number(count(str(horizon[1])))
        return spelled.quantity(defined), number(0), Beside(Letter(INDICES[name]), beyond, until)

    def _given(self, lines: Sequence[ShownLine]) -> Iterator[Sentence]:
        for line in lines:
            spelled = LineSpelling(self._spelling, line.defined)
            if isinstance(line.formula, Symbol) and line.formula.op != "leaf":
                for place, values in enumerate(line.given, start=1):
                    yield (spelled.place(Given(place)), ": ", _numbers(values), ".")

    def _what(self, section: str, group: Group) -> str:
        title = in_words(group.reference.title)
        if section != SUMS:
            return title
        dims = [dim for dim, _ in group.reference.labels if dim not in (STRATEGY, HORIZON)]
        return f"{title}{' by ' + ' and '.join(dims) if dims else ''}, up to the horizon"

    def _unit(self, group: Group) -> str:
        title = group.reference.title
        if group.reference.unit:
            return group.reference.unit
        if title in self._sections.survival() or title.startswith("Share"):
            return "share"
        return "probability" if title.startswith("Probability") else ""

    def _input(self, row: InputRow) -> InputUsed:
        value = row.value.replace("_", " ") if isinstance(row.value, str) else f"{row.value:.10g}"
        symbol = LineSpelling(self._spelling, _NOWHERE).input(row.reference)
        return InputUsed(symbol, row.words, row.unit, value, row.status, row.source)


def _numbers(by_member: Sequence[Sequence[float]]) -> Node:
    """Given numbers: those of one column one by one; of several columns those that there are, or their range."""
    values = list(by_member[0])
    if len(by_member) == 1 or len(values) == 1:
        shown_ = [number(value, _DIGITS) for value in values]
        return listed(shown_ if len(shown_) <= _LISTED else [*shown_[:3], Words("\u2026"), shown_[-1]])
    different = sorted({value for own in by_member for value in own})
    if len(different) <= _LISTED:
        return Beside(Words("given numbers: "), listed([number(value, _DIGITS) for value in different]))
    least, most = (number(different[place], _DIGITS) for place in (0, -1))
    return Beside(Words("given numbers from "), least, Words(" to "), most)

"""One set of data, and the best fit of any family to it: nested families first, each top remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from hecon.frozen import frozen
from hecon.survival.fitting.covariates import Covariates
from hecon.survival.fitting.cured import FRACTION, MIXTURE, CuredForm
from hecon.survival.fitting.data import SurvivalData
from hecon.survival.fitting.forms import FORMS, Form
from hecon.survival.fitting.knotted import PiecewiseForm, SplineForm
from hecon.survival.fitting.likelihood import Likelihood
from hecon.survival.fitting.maximise import Summit, maximise, without_slopes
from hecon.survival.fitting.starts import EDGE_OF_Q, NESTED, WITHOUT_KNOTS, edge_starts, log_rate, plain_starts
from hecon.survival.piecewise_exponential import PIECEWISE

#: Two tops are one where they differ by less than this, in log-likelihood.
SAME_TOP = 1e-6
#: Where the fraction of a cure model begins that is as good as none, on the logit scale.
NO_CURE = -30.0
SPLINE = "spline"


@frozen(eq=True)
class Specification:
    """What is fitted: family, knots (log times of a spline with its scale, breaks of a piecewise hazard), cure, and the
    covariates of each parameter."""

    family: str
    cure: str | None = None
    knots: tuple[float, ...] = ()
    scale: str = ""
    on: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def form(self) -> Form:
        """The family as it enters a likelihood."""
        if self.family == SPLINE:
            form: Form = SplineForm(self.knots, self.scale)
        else:
            form = PiecewiseForm(self.knots) if self.family == PIECEWISE else FORMS[self.family]()
        return CuredForm(form, self.cure) if self.cure else form

    def covariates_of(self, parameter: str) -> tuple[str, ...]:
        """Names of the covariates of a parameter."""
        return dict(self.on).get(parameter, ())

    def acting(self, on: Mapping[str, Sequence[str]]) -> Specification:
        """Give the same model with other covariates."""
        return replace(self, on=tuple((name, tuple(items)) for name, items in on.items() if items))


@frozen
class Top:
    """The best place found, other tops that are no better, and a place that is but has an edge, if there are any."""

    model: Specification
    likelihood: Likelihood
    summit: Summit
    others: tuple[Summit, ...] = ()
    edge: Summit | None = None

    def of(self, parameter: str) -> np.ndarray:
        """Coefficients of a parameter: its intercept, then the effects of its covariates."""
        place = self.likelihood.form.names.index(parameter)
        ends = np.cumsum([0, *self.likelihood.sizes])
        return self.summit.place[ends[place] : ends[place + 1]]


@dataclass(eq=False)
class Problem:
    """Data and covariates; what is fitted once is remembered."""

    data: SurvivalData
    covariates: Covariates
    _tops: dict[Specification, Top] = field(default_factory=dict)

    def top(self, model: Specification) -> Top:
        """Give the best fit of a model."""
        if model not in self._tops:
            self._tops[model] = self._climb(model)
        return self._tops[model]

    def _climb(self, model: Specification) -> Top:
        form = model.form
        designs = [self.covariates.matrix(model.covariates_of(name)) for name in form.names]
        likelihood = Likelihood(form, self.data, designs)
        unit = self.units(form, designs)
        limit = np.repeat([form.limit_of(name) for name in form.names], likelihood.sizes)
        summits: list[Summit] = []
        starts = self._starts(model, form)
        for start in starts:
            found = maximise(likelihood.value, likelihood.derivatives, np.array(start), unit, limit)
            if found is not None and np.isfinite(found.value):
                summits.append(found)
        summits.sort(key=lambda summit: -summit.value)
        best = summits[0]
        if _has_edge(likelihood, best):
            # Rather a lower top with a smooth density, if it is no lower than the families within.
            least = max(likelihood.value(start) for start in starts)
            smooth = (one for one in summits if one.converged and one.value >= least and _is_top(one, unit))
            best = next((one for one in smooth if not _has_edge(likelihood, one)), best)
        # Of equally high places the one whose climb had ended.
        best = next((one for one in summits if one.converged and abs(one.value - best.value) < 1e-9), best)
        others: list[Summit] = []
        for one in summits:
            apart = [best.value - one.value > SAME_TOP, *(abs(one.value - two.value) > SAME_TOP for two in others)]
            if one.converged and all(apart) and _is_top(one, unit):
                others.append(one)
        return Top(model, likelihood, best, tuple(others), self._edge(likelihood, best, summits, unit, limit))

    def _edge(
        self, likelihood: Likelihood, best: Summit, summits: Sequence[Summit], unit: np.ndarray, limit: np.ndarray
    ) -> Summit | None:
        """Give the highest place above the best one at which a generalised gamma has an edge."""
        if likelihood.form.family != "generalised_gamma" or isinstance(likelihood.form, CuredForm):
            return None
        first = np.cumsum([0, *likelihood.sizes])
        climbs = [maximise(likelihood.value, likelihood.derivatives, start, unit, limit)
                  for start in edge_starts(best.place, *map(int, first[:3]))]  # fmt: skip
        found = [one for one in (*summits, *climbs) if one is not None and one.value > best.value + SAME_TOP]
        highest = max((one for one in found if _has_edge(likelihood, one)), key=lambda one: one.value, default=None)
        return None if highest is None else without_slopes(likelihood.value, highest)

    def units(self, form: Form, designs: Sequence[np.ndarray]) -> np.ndarray:
        """Give the size that each coefficient is measured by: that of its parameter over that of its column."""
        typical = float(self.data.middle.max())
        sizes = []
        for name, design in zip(form.names, designs, strict=True):
            own = form.unit_of(name, typical)
            sizes += [own / size for size in np.abs(design).max(axis=0)]
        return np.array(sizes)

    # Starts.

    def _starts(self, model: Specification, form: Form) -> list[np.ndarray]:
        if model.on:
            return self._with_covariates(model, form)
        if model.cure:
            return self._with_cure(model)
        family = model.family
        if family == SPLINE:
            inner, line = WITHOUT_KNOTS[model.scale]
            rest = [0.0] * (len(model.knots) - 2)
            rate = log_rate(self.data)
            flat = rate if model.scale != "normal" else rate / 1.7
            return [np.array([*line(self._place(inner)), *rest]), np.array([flat, 1.0, *rest])]
        if family == PIECEWISE:
            return [np.full(len(model.knots) + 1, log_rate(self.data))]
        lifted = [nested.lift(self._place(nested.family)) for nested in NESTED.get(family, ())]
        return [np.array(start) for start in (*lifted, *plain_starts(family, self.data))]

    def _place(self, family: str) -> np.ndarray:
        return self.top(Specification(family)).summit.place

    def _with_cure(self, model: Specification) -> list[np.ndarray]:
        base = self.top(replace(model, cure=None)).summit.place
        happened = ~self.data.is_censored
        # What the events alone look like, as if nobody else could have had one.
        lower, upper, weight = self.data.lower[happened], self.data.upper[happened], self.data.weight[happened]
        alone = SurvivalData(lower, upper, np.zeros(len(lower)), weight)
        quick = Problem(alone, Covariates(alone.size)).top(replace(model, cure=None)).summit.place
        censored = float(self.data.weight @ self.data.is_censored / self.data.weight.sum())
        logits = [_logit(0.4 * censored), _logit(0.9 * censored)]
        starts = [np.array([logit, *place]) for logit, place in zip(logits, (base, quick), strict=True)]
        starts.append(np.array([logits[0], *quick]))
        if model.cure == MIXTURE:
            starts.append(np.array([NO_CURE, *base]))
        return starts

    def _with_covariates(self, model: Specification, form: Form) -> list[np.ndarray]:
        starts = [self._spread(model, form, self.top(model.acting({})), {})]
        on = dict(model.on)
        carried = [self._carried(model, form, nested.family, nested.lift, nested.carried)
                   for nested in NESTED.get(model.family, ()) if not model.cure]  # fmt: skip
        starts += [start for start in carried if start is not None]
        if len(on) > 1:
            # The same with covariates on one parameter less.
            least = dict(model.on[:-1])
            starts.append(
                self._spread(model, form, self.top(model.acting(least)), {name: (name, 1.0) for name in least})
            )
        if model.cure and FRACTION in on:
            starts += self._with_fractions(model, form, on[FRACTION])
        if model.cure and FRACTION not in on:
            base = self.top(replace(model, cure=None))
            start = self._spread(model, form, base, {name: (name, 1.0) for name in on}, {FRACTION: NO_CURE})
            starts.append(start)
        factors = {items for _, items in model.on}
        if len(on) == len(form.names) and len(factors) == 1 and len(next(iter(factors))) == 1:
            starts += self._separate(model, form, next(iter(factors))[0])
        return starts

    def _with_fractions(self, model: Specification, form: Form, names: Sequence[str]) -> list[np.ndarray]:
        """Start from the share that is censored, overall and, for a factor, at each of its levels."""
        share = self.data.is_censored
        censored = float(self.data.weight @ share / self.data.weight.sum())
        inner = self.top(replace(model, cure=None).acting({}))
        starts = []
        for part in (0.3, 0.8):
            logit = _logit(part * censored)
            start = self._spread(model, form, inner, {}, {FRACTION: logit})
            if len(names) == 1 and names[0] in self.covariates.levels:
                for place, level in enumerate(self.covariates.levels[names[0]]):
                    rows = self.covariates.values[names[0]] == level
                    own = _logit(part * float(np.average(share[rows], weights=self.data.weight[rows])))
                    start[place] = own if place == 0 else own - start[0]
            starts.append(start)
        return starts

    def _spread(
        self,
        model: Specification,
        form: Form,
        inner: Top,
        carried: Mapping[str, tuple[str, float]],
        given: Mapping[str, float] | None = None,
    ) -> np.ndarray:
        """Lay the coefficients of a model with fewer covariates out on this one, whose other effects begin at 0."""
        parts = []
        for name in form.names:
            count = self.covariates.matrix(model.covariates_of(name)).shape[1]
            part = np.zeros(count)
            if given and name in given:
                part[0] = given[name]
            else:
                part[0] = inner.of(name)[0]
                if name in carried:
                    source, factor = carried[name]
                    effects = inner.of(source)[1:]
                    part[1 : 1 + len(effects)] = factor * effects
            parts.append(part)
        return np.concatenate(parts)

    def _carried(
        self, model: Specification, form: Form, family: str, lift: object, carried: Mapping[str, tuple[str, float]]
    ) -> np.ndarray | None:
        """Start from a nested family with the same covariates where it can have them."""
        on = {carried[name][0]: items for name, items in model.on if name in carried}
        if not on:
            return None
        inner = self.top(Specification(family).acting(on))
        assert callable(lift)
        intercepts = lift(np.array([inner.of(name)[0] for name in inner.likelihood.form.names]))
        parts = []
        for name, intercept in zip(form.names, intercepts, strict=True):
            part = np.zeros(self.covariates.matrix(model.covariates_of(name)).shape[1])
            part[0] = intercept
            if name in carried and model.covariates_of(name):
                source, factor = carried[name]
                part[1:] = factor * inner.of(source)[1:]
            parts.append(part)
        return np.concatenate(parts)

    def _separate(self, model: Specification, form: Form, factor: str) -> list[np.ndarray]:
        """Start from separate fits by the levels of a factor that acts on every parameter."""
        if factor not in self.covariates.levels:
            return []
        places = []
        data = self.data
        for level in self.covariates.levels[factor]:
            rows = self.covariates.values[factor] == level
            background = None if data.background is None else data.background[rows]
            part = SurvivalData(data.lower[rows], data.upper[rows], data.entry[rows], data.weight[rows], background)
            if not (part.weight @ ~part.is_censored):
                return []
            places.append(Problem(part, Covariates(part.size)).top(model.acting({})).summit.place)
        first, rest = places[0], places[1:]
        return [np.concatenate([[first[j], *(place[j] - first[j] for place in rest)] for j in range(len(form.names))])]


def _logit(share: float) -> float:
    share = min(max(share, 0.01), 0.95)
    return float(np.log(share) - np.log1p(-share))


def _has_edge(likelihood: Likelihood, summit: Summit) -> bool:
    """Whether times end, or begin, at an edge there: a generalised gamma with a large Q."""
    names = likelihood.form.names
    if "Q" not in names:
        return False
    place = names.index("Q")
    ends = np.cumsum([0, *likelihood.sizes])
    values = likelihood.designs[place] @ summit.place[ends[place] : ends[place + 1]]
    return bool(np.abs(values).max() > EDGE_OF_Q)


def _is_top(summit: Summit, unit: np.ndarray) -> bool:
    """Whether the likelihood falls in every direction: no saddle, no flat run to a boundary."""
    curvatures = np.linalg.eigvalsh(-summit.hessian * np.outer(unit, unit))
    return bool(curvatures[0] > 1e-4)

"""One family fitted for one strategy and endpoint: its coefficients and covariance as sheets hold them."""

from __future__ import annotations

import pandas as pd

from hecon.frozen import frozen
from hecon.inputs.curve_rows import Place
from hecon.inputs.evidence import CurveEvidence
from hecon.survival.base import Curve
from hecon.survival.fitting.fit import Fit
from hecon.survival.fitting.published_fit import PublishedFit


@frozen
class FittedCurve:
    """One family fitted for one strategy and endpoint, in the unit of time of its curve; a fit of None was refused."""

    place: Place
    family: str
    evidence: CurveEvidence
    fit: Fit | PublishedFit | None
    why_not: str = ""

    @property
    def coefficients(self) -> dict[str, float]:
        """Coefficients by name on their natural scale, times of knots last."""
        if isinstance(self.fit, PublishedFit):
            return dict(self.fit.coefficients)
        assert self.fit is not None
        knots = {f"knot_{place}": time for place, time in enumerate(self.fit.knots, start=1)}
        return {**{str(name): float(value) for name, value in self.fit.parameters.items()}, **knots}

    @property
    def covariance(self) -> pd.DataFrame:
        """Covariance of the coefficients on the scale on which they were estimated."""
        if isinstance(self.fit, PublishedFit):
            return self.fit.covariance
        assert self.fit is not None
        return pd.DataFrame(self.fit.covariance, index=list(self.fit.names), columns=list(self.fit.names))

    @property
    def curve(self) -> Curve:
        """The fitted curve, in the unit of time of the evidence."""
        assert self.fit is not None
        return self.fit.curve

    @property
    def criterion(self) -> float:
        """What is smallest for the family to begin with: AIC, or the same of a fit to published summaries."""
        if isinstance(self.fit, PublishedFit):
            return self.fit.chi_squared + 2 * len(self.fit.covariance)
        assert self.fit is not None
        return self.fit.aic

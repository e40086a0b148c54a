"""Every curve on the days of doses: the formula is that of the cycle edges, at other times."""

import every_curve
import numpy as np
import pytest

import hecon as he
from hecon.report.live.clock import Clock
from hecon.report.live.inputs import LiveInputs
from hecon.symbols.draft import DAY, Draft, times_at
from hecon.symbols.expression import number_of
from hecon.timeline import DoseDays, Timeline


def test_every_curve_has_its_values_on_the_days_of_doses(tmp_path):
    inputs = he.read_workbook(every_curve.write(tmp_path / "every.xlsx"))
    case = inputs.base_case(every_curve.outcome)
    time = Timeline.regular(case.settings)
    days = np.unique(np.random.default_rng(3).integers(0, int(time.edges[-1] * 365), 40))
    doses = DoseDays(time, days / case.settings.days_per_year)
    plain = every_curve.curves(he.Parameters(case.used_values(), case.labels, case.settings, case.tables))
    live = LiveInputs.of(inputs, every_curve.outcome)
    draft = Draft()
    with draft.open():
        parameters = live.parameters()
        Clock(draft, time, live.rates).with_days(doses)
        assert times_at(doses.years)[1] == DAY
        for name, curve in every_curve.curves(parameters).items():
            written = number_of(curve.at_edges(doses.years)[0])
            assert written == pytest.approx(plain[name].at_edges(doses.years)[0], rel=1e-9, abs=1e-12), name

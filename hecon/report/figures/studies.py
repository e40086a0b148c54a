"""What planned studies would be worth, as bars."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hecon.errors import HeconError
from hecon.excel.palette import series_colour
from hecon.report.figures.drawing import Figure, in_money, legend_below, lying, new_figure, panel_of
from hecon.report.words import money, years


def evsi_figure(table: pd.DataFrame, willingness_to_pay: float | None = None) -> Figure:
    """Draw the value of sample information of each study with its 95% interval, side by side for each horizon.

    Studies that are worth nothing at any horizon are left out, where others are worth something.

    `table` is what `evsi` gives; at one `willingness_to_pay` (the highest in the table). Raises `HeconError` for a
    willingness to pay that it does not have.
    """
    level = table["willingness_to_pay"].max() if willingness_to_pay is None else willingness_to_pay
    own = table[table["willingness_to_pay"] == level]
    if own.empty:
        raise HeconError(f"the table has no value at a willingness to pay of {money(level)}")
    worth = own.groupby(["decision", "design"])["evsi"].transform("max")
    own = own[worth > 0] if (worth > 0).any() else own
    several = own["decision"].nunique() > 1
    names = [f"{row.design}\n({row.decision})" if several else str(row.design) for row in own.itertuples()]
    own = own.assign(bar=names)
    bars, horizons = list(dict.fromkeys(names)), list(dict.fromkeys(own["horizon_years"]))
    figure = new_figure(7.5, 1.5 + (0.25 + 0.2 * len(horizons)) * len(bars))
    panel = panel_of(figure, "EVSI per person", "", f"At {money(level)} per QALY")
    places = np.array(lying(panel, bars), dtype=float)
    width = 0.8 / len(horizons)
    for number, at in enumerate(horizons):
        rows = own[own["horizon_years"] == at].groupby("bar").first().reindex(bars)
        error = 1.96 * rows["standard_error"].fillna(0)
        panel.barh(places + 0.4 - width * (number + 0.5), rows["evsi"], width, xerr=error, color=series_colour(number),
                   ecolor="#404040", error_kw={"linewidth": 0.8}, label=years(at))  # fmt: skip
    panel.set_xlim(left=0)
    in_money(panel.xaxis)
    legend_below(figure, panel)
    return figure

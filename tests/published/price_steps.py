"""Drug cost of the published hesim models, whose price falls after some cycles."""

import xarray as xr

import hecon as he


def drug_by_edge(given):
    """Cost of the drug by state, at its full price at the edges up to year 1 and at a quarter of it later."""

    def model(p, time):
        state = given.model(p, time).state
        price = p.drug_cost_per_year * xr.where(he.edge_times(time) < 1 + 1e-9, 1.0, 0.25)
        return he.Outcome(state, [he.cost("drug", he.years_in(time, state), price)])

    line = he.run(he.Case(model, given.values, labels=given.labels, settings=given.settings)).lines[0]
    return line.discounted[..., :2, 0]

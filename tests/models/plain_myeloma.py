"""The myeloma model a second time, written plainly: loops over cycles, days and doses, no hecon arithmetic.

It reads the rows of a workbook as they stand on the sheets (base case only) and shares no code with the engine: curves
from ``math``, pack costs by trying every combination, discounting cycle by cycle and doses day by day.
"""

from __future__ import annotations

import functools
import itertools
import math
from typing import Any

import numpy as np
import pandas as pd

DAYS_PER_YEAR = 365.25
PFS, OS, TOT = "progression_free_survival", "overall_survival", "time_on_treatment"


class PlainModel:
    """Base case of one strategy at a time: `totals(strategy)` and `items(strategy)` by horizon, discounted and not."""

    def __init__(self, inputs: Any) -> None:
        self.rows = inputs.parameters
        self.tables = inputs.tables
        self.labels = inputs.labels
        self.settings = inputs.settings
        self.horizons = inputs.settings.horizons
        week = 7 / DAYS_PER_YEAR
        weekly = [n * week for n in range(int(self.horizons[-1] / week) + 1)]
        apart = [t for t in weekly if min(abs(t - horizon) for horizon in self.horizons) > 1e-6]
        self.edges = sorted({*apart, *self.horizons})

    # --- values from the sheets ---

    @functools.cache  # noqa: B019 (a model lives as long as the tests that ask it)
    def value(self, parameter: str, **at: str) -> float:
        rows = self.rows[self.rows.parameter == parameter]
        for key, label in at.items():
            if key in rows and (rows[key] != "").any():
                rows = rows[rows[key] == label]
        assert len(rows) == 1, (parameter, at)
        row = rows.iloc[0]
        return float(row.value) * self.inflation(row.price_year)

    def inflation(self, price_year: float) -> float:
        if math.isnan(price_year):
            return 1.0
        index = self.tables["Price index"].set_index("year")["index"]
        return float(index[self.settings.price_year] / index[int(price_year)])

    # --- survival ---

    @functools.cache  # noqa: B019
    def curve(self, strategy: str, endpoint: str) -> Any:
        curves = self.tables["Curves"]
        return next(curves[(curves.strategy == strategy) & (curves.endpoint == endpoint)].itertuples())

    def survival(self, strategy: str, endpoint: str, years: float) -> float:
        row = self.curve(strategy, endpoint)
        if row.reference or row.reference_endpoint:
            power = 1.0
            if row.effect == "hazard_ratio":
                power = self.value("hazard_ratio", strategy=strategy, endpoint=endpoint)
            return self.survival(row.reference or strategy, row.reference_endpoint or endpoint, years) ** power
        assert row.time_unit == "month"
        months = 12 * years
        at = {"strategy": strategy, "endpoint": endpoint, "family": row.family}
        if row.family == "exponential":
            return math.exp(-self.value("rate", **at) * months)
        assert row.family == "lognormal"
        if months == 0:
            return 1.0
        z = (math.log(months) - self.value("meanlog", **at)) / self.value("sdlog", **at)
        return 0.5 * math.erfc(z / math.sqrt(2))

    # --- drugs ---

    def body(self, unit: str, cap: float) -> float:
        if unit == "mg":
            return 1.0
        size = self.value("body_weight" if unit == "mg/kg" else "body_surface_area")
        return size if math.isnan(cap) else min(size, cap)

    @functools.cache  # noqa: B019
    def cheapest(self, drug: str, amount: float) -> float:
        packs = self.tables["Packs"]
        packs = packs[packs.drug == drug]
        sizes, units = packs["size"].tolist(), packs.priced_as.tolist()
        most = [range(math.ceil(amount / size - 1e-9) + 1) for size in sizes]
        fits = [
            sum(n * unit for n, unit in zip(counts, units, strict=True))
            for counts in itertools.product(*most)
            if sum(n * size for n, size in zip(counts, sizes, strict=True)) >= amount * (1 - 1e-9)
        ]
        return min(fits) * self.value("drug_price", drug=drug)

    def doses(self, strategy: str) -> list[tuple[int, int, str, float, float, str]]:
        """Every dose before the last horizon: day given and day paid, drug, share of patients, cost of it, route."""
        end = self.horizons[-1] * DAYS_PER_YEAR - 1e-6
        by_cycle = self.settings.dose_timing == "cycle_start"
        given = []
        table = self.tables["Schedules"]
        for row in table[table.strategy == strategy].itertuples():
            cost = self.cheapest(row.drug, row.dose * self.body(row.unit, row.size_cap))
            cycle = int(row.from_cycle)
            last = math.inf if math.isnan(row.to_cycle) else row.to_cycle
            while cycle <= last and (cycle - 1) * row.cycle_days < end:
                for day in row.days:
                    begin = (cycle - 1) * row.cycle_days
                    at = begin + day - 1
                    paid = begin if row.dispensed == "by_treatment_cycle" and not by_cycle else at
                    if paid < end:
                        given.append((int(at), int(paid), row.drug, row.share, cost, row.route))
                cycle += 1
        return given

    def chair_cost(self, drug: str, number: int) -> float:
        infusion = ("first", "second", "later")[min(number, 2)]
        minutes = self.value("infusion_minutes", drug=drug, infusion=infusion)
        added = 0
        while minutes - 60 * (added + 1) > 30:
            added += 1
        return self.value("first_hour_cost", drug=drug) + added * self.value("added_hour_cost")

    # --- the model ---

    @functools.cache  # noqa: B019
    def items(self, strategy: str) -> pd.DataFrame:
        """Every line by item: columns kind, item, horizon_years, discounted, undiscounted."""
        cycles = list(zip(self.edges, self.edges[1:], strict=False))
        overall = [self.survival(strategy, OS, t) for t in self.edges]
        free = [min(self.survival(strategy, PFS, t), s) for t, s in zip(self.edges, overall, strict=True)]
        treated = [min(self.survival(strategy, TOT, t), s) for t, s in zip(self.edges, overall, strict=True)]
        shares = {
            "progression_free": free,
            "progressed": [s - f for s, f in zip(overall, free, strict=True)],
            "dead": [1 - s for s in overall],
        }
        factor = {
            kind: [(1 + rate) ** (-(left + right) / 2) for left, right in cycles]
            for kind, rate in (
                ("cost", self.settings.discount_rate_cost),
                ("qaly", self.settings.discount_rate_effect),
                ("life_years", self.settings.discount_rate_effect),
            )
        }
        rows: list[tuple[str, str, float, float, float]] = []

        def line(kind: str, item: str, by_cycle: list[float]) -> None:
            for horizon in self.horizons:
                inside = [n for n, (_, right) in enumerate(cycles) if right <= horizon + 1e-9]
                plain = sum(by_cycle[n] for n in inside)
                rows.append((kind, item, horizon, sum(by_cycle[n] * factor[kind][n] for n in inside), plain))

        def add(item: str, sums: list[tuple[float, float, float]]) -> None:
            rows.extend(("cost", item, *by_horizon) for by_horizon in sums)

        def once(kind: str, item: str, amount: float) -> None:
            rows.extend((kind, item, horizon, amount, amount) for horizon in self.horizons)

        years = {
            state: [(right - left) * (s[n] + s[n + 1]) / 2 for n, (left, right) in enumerate(cycles)]
            for state, s in shares.items()
        }
        self._drugs(strategy, treated, line, add)
        for event in self.labels["event"]:
            incidence = self.value("adverse_event_incidence", strategy=strategy, event=event)
            once("cost", f"Adverse events: {event}", incidence * self.value("adverse_event_cost", event=event))
            loss = self.value("adverse_event_disutility", event=event)
            days = self.value("adverse_event_duration_days", event=event)
            once("qaly", f"Adverse events: {event}", -incidence * loss * days / DAYS_PER_YEAR)
        monitoring = self.value("monitoring_cost_per_year")
        line("cost", "Monitoring", [monitoring * y for y in years["progression_free"]])
        for state in self.labels["state"]:
            care = self.value("care_cost_per_year", state=state)
            line("cost", f"Disease management: {state}", [care * y for y in years[state]])
            utility = self.value("utility", state=state)
            line("qaly", f"Time in state: {state}", [utility * y for y in years[state]])
            line("life_years", f"Life years: {state}", [(state != "dead") * y for y in years[state]])
        shares = ("progression_share_of_events", "subsequent_therapy_share")
        progressing = math.prod(self.value(name, strategy=strategy) for name in shares)
        further = progressing * self.value("subsequent_therapy_cost")
        line("cost", "Subsequent therapy", [further * (a - b) for a, b in itertools.pairwise(free)])
        last_days = self.value("terminal_care_days") / DAYS_PER_YEAR
        terminal = self.value("end_of_life_cost") - last_days * self.value("care_cost_per_year", state="progressed")
        line("cost", "End of life", [terminal * (a - b) for a, b in itertools.pairwise(overall)])
        return pd.DataFrame(rows, columns=["kind", "item", "horizon_years", "discounted", "undiscounted"])

    def _drugs(self, strategy: str, treated: list[float], line: Any, add: Any) -> None:
        doses = self.doses(strategy)
        for drug in self.labels["drug"]:
            mine = [dose for dose in doses if dose[2] == drug]
            days = sorted({dose[0] for dose in mine})
            intensity = self.value("relative_dose_intensity", strategy=strategy, drug=drug)
            drugs, chair, before = [], [], []
            for day, paid, _, share, cost, route in mine:
                drugs.append((paid, share * intensity * cost))
                if route == "iv":
                    around = (self.value(name, drug=drug) for name in ("premedication_cost", "postmedication_cost"))
                    chair.append((day, share * intensity * self.chair_cost(drug, days.index(day))))
                    before.append((day, share * intensity * sum(around)))
            for item, payments in (("Drug acquisition", drugs), ("Administration", chair), ("Premedication", before)):
                if self.settings.dose_timing == "cycle_start":
                    line("cost", f"{item}: {drug}", self._by_cycle(payments, treated))
                else:
                    add(f"{item}: {drug}", self._by_horizon(strategy, payments))

    def _by_cycle(self, payments: list[tuple[int, float]], treated: list[float]) -> list[float]:
        """Payments in the model cycle that holds their day, by those on treatment at its start."""
        starts = np.array(self.edges[:-1])
        paid = np.zeros(len(starts))
        for day, amount in payments:
            cycle = int(np.searchsorted(starts, day / DAYS_PER_YEAR + 1e-7, side="right")) - 1
            paid[cycle] += treated[cycle] * amount
        return paid.tolist()

    def _by_horizon(self, strategy: str, payments: list[tuple[int, float]]) -> list[tuple[float, float, float]]:
        """Payments by those on treatment on their day: horizon, discounted and undiscounted sum."""
        sums = []
        for horizon in self.horizons:
            discounted = plain = 0.0
            for day, amount in payments:
                years = day / DAYS_PER_YEAR
                if day < horizon * DAYS_PER_YEAR - 1e-6:
                    paid = amount * min(self.survival(strategy, TOT, years), self.survival(strategy, OS, years))
                    plain += paid
                    discounted += paid * (1 + self.settings.discount_rate_cost) ** -years
            sums.append((horizon, discounted, plain))
        return sums

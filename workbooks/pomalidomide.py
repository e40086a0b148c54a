"""What changes in the US workbook with pomalidomide."""

from __future__ import annotations

from workbooks import curves, sources
from workbooks.book import Book, interval

ISA, DARA, PD = "Isa-Pd", "Dara-Pd", "Pd"
PFS, OS, TOT = "progression_free_survival", "overall_survival", "time_on_treatment"
#: Patients whose safety was assessed.
SAFETY = {ISA: 152, PD: 149}


def febrile_neutropenia_of_pd(book: Book) -> None:
    """Febrile neutropenia with Pd as the label reports it, and intervals for the patients whose safety was assessed."""
    book.change(
        "Adverse events",
        {"parameter": "adverse_event_incidence", "strategy": PD, "event": "febrile neutropenia"},
        value=0.02,
        status="reported",
        source=sources.SARCLISA_PD,
        note="Beside 12.3 % with Isa-Pd in the label's grouping. Range: 95 % interval for n = 153.",
    )
    for strategy, patients in SAFETY.items():
        for row in book.rows("Adverse events", parameter="adverse_event_incidence", strategy=strategy):
            row["low"], row["high"] = interval(row["value"], patients)
            row["note"] = row["note"].replace("n = 154", f"n = {patients}").replace("n = 153", f"n = {patients}")


def pomalidomide_price(book: Book) -> None:
    """List price of pomalidomide in January 2020, derived from reported ones."""
    book.change(
        "Prices",
        {"parameter": "drug_price", "drug": "pomalidomide"},
        value=857,
        low=785,
        high=880,
        status="derived",
        source=f"{sources.PART_D}; January 2025: {sources.BMS}",
        note="List price of a 4 mg capsule in January 2020: from 711.30 (mean of 2017, Medicare Part D, reported; raised by 17.7 % "
        "in 2017: about 758 at its end) on a log-linear line to 1,141.50 (January 2025, reported). Range assumed (785-880); the "
        "815 that is remembered is a scenario. One of the two weakest inputs.",
    )
    book.drop("Scenarios", scenario="Pomalidomide USD 780 a capsule")
    book.drop("Scenarios", scenario="Pomalidomide USD 865 a capsule")
    prices = (
        (711.3, "Mean of 2017 in Medicare Part D (reported), not inflated."),
        (815, "What is remembered for 2020, unverified: the former base case."),
    )
    for value, words in reversed(prices):
        name = f"Pomalidomide USD {value:g} a capsule"
        change = {"target": "drug_price", "drug": "pomalidomide", "value": value}
        book.scenario(name, words, change, after="Daratumumab 14 % over label")


def shares_by_age(book: Book) -> None:
    """The share of patients under 75 is reported for the trial of Isa-Pd and Pd."""
    source = f"{sources.REVIEW}, sect. 4.1"
    for strategy in (ISA, PD):
        for row in book.rows("Schedules", strategy=strategy, drug="dexamethasone"):
            age = "under 75" if row["share"] == 0.8 else "of 75 and over"
            row.update(status="reported", source=source, note=f"Share of patients {age}: {row['share']:g} in ICARIA-MM")
    for row in book.rows("Schedules", strategy=DARA, drug="dexamethasone"):
        age = "under 75" if row["share"] == 0.8 else "of 75 and over"
        row["note"] = (
            f"Share of patients {age} assumed {row['share']:g}, as in ICARIA-MM; 17 % of APOLLO's Dara-Pd were older"
        )


def durations(book: Book) -> None:
    """Reported durations of treatment as bounds: their follow-ups differ."""
    book.drop("Scenarios", scenario="Treatment by reported duration")
    families = [
        {"target": "family", "strategy": strategy, "endpoint": TOT, "value": "exponential"}
        for strategy in (ISA, DARA, PD)
    ]

    def rate(strategy: str, months: float) -> dict[str, object]:
        value = round(0.69314718056 / months, 7)
        return {"target": "rate", "strategy": strategy, "endpoint": TOT, "value": value}

    last = "Pomalidomide at its 2025 price"
    book.scenario(
        "Treatment as reported, lower bound of Dara-Pd",
        "Exponential from the medians: Isa-Pd 47.6 and Pd 24.0 weeks at 52 months of follow-up (ICARIA-MM), Dara-Pd 6 months at "
        "13 months of follow-up (MMY1001): not like with like.",
        *families,
        after=last,
    )
    book.scenario(
        "Treatment as reported, upper bound of Dara-Pd",
        "As before with APOLLO's median of 11.5 months for Dara-Pd, of patients treated earlier than those its curves come from.",
        *families,
        rate(DARA, 11.5),
        after="Treatment as reported, lower bound of Dara-Pd",
    )
    book.scenario(
        "Treatment as reported, first analyses",
        "Follow-ups nearly alike: Isa-Pd 9.6 months at 11.6 (BMC Cancer 2021, meta-analysis, Table 1), Dara-Pd 6 at 13.1; Pd "
        "24.0 weeks.",
        *families,
        rate(ISA, 9.6),
        after="Treatment as reported, upper bound of Dara-Pd",
    )
    book.change(
        "Published survival",
        {"strategy": ISA, "endpoint": TOT},
        source=f"{sources.ICARIA_FINAL} (9.6 months at the primary analysis: {sources.PRIMARY_DURATION})",
    )


def subgroups(book: Book) -> None:
    """Subgroups of both trials, anchored through Pd: every interval holds 1, and says so beside its result."""
    last = "Anchored through Pd, final cuts"
    for name, words, isa, dara, ratio, low, high in (
        ("renal impairment", "renal impairment", "0.50 (0.30-0.85)", "0.59 (0.35-0.99)", 0.847, 0.406, 1.769),
        (
            "high-risk cytogenetics",
            "high-risk cytogenetics",
            "0.66 (0.33-1.28)",
            "0.85 (0.49-1.44)",
            0.776,
            0.327,
            1.846,
        ),
        (
            "75 years and over",
            "75 and over (APOLLO: 65 and over)",
            "0.48 (0.24-0.95)",
            "0.55 (0.38-0.81)",
            0.873,
            0.398,
            1.914,
        ),
        ("more than 3 lines", "more than 3 lines", "0.59 (0.36-0.98)", "0.40 (0.18-0.90)", 1.475, 0.572, 3.805),
    ):
        scenario = f"Subgroup: {name}"
        other = [
            {"target": target, "strategy": DARA, "endpoint": endpoint, "value": value}
            for endpoint in (PFS, OS)
            for target, value in (("reference", ISA), ("effect", "hazard_ratio"))
        ]
        hazard_ratio = {"target": "hazard_ratio", "strategy": DARA, "endpoint": PFS, "value": round(1 / ratio, 5)}
        hazard_ratio |= {"low": round(1 / high, 5), "high": round(1 / low, 5)}
        book.scenario(
            scenario,
            f"PFS of patients with {words}, anchored: Isa-Pd against Dara-Pd {ratio} ({low}-{high}), which holds 1: no difference is shown. "
            f"From {isa} and {dara} against Pd (Ann Hematol 2022, Table 2). Isa-Pd's own curves and OS are those of all patients.",
            hazard_ratio,
            *other,
            after=last,
        )
        last = scenario


def refitted_curves(book: Book) -> None:
    """Overall survival through two published points, with the covariance of their intervals; what else is not known."""
    evidence = {
        ISA: ((24.6, 20.3, 31.3), curves.landmark(0.72, 154), "n = 154 (assumed)"),
        DARA: ((17.5, 13.3, None), (0.66, 0.556, 0.748), "as reported"),
        PD: ((17.7, 14.4, 26.2), curves.landmark(0.63, 153), "n = 153 (assumed)"),
    }
    book.tables["Covariance"] = []
    for strategy, (median, share, words) in evidence.items():
        fit = curves.from_median_and_landmark(median, 12, share)
        source = book.rows("Survival", strategy=strategy, endpoint=OS, family="lognormal")[0]["source"]
        ends = (
            f"{median[1]}-{median[2]}"
            if median[2]
            else f"{median[1]}; its upper end was not reached and is assumed symmetric"
        )
        note = (
            f"Through the median of {median[0]} months ({ends}) and survival of {100 * share[0]:.0f} % at 12 months "
            f"({100 * share[1]:.1f}-{100 * share[2]:.1f} %, 95 % interval {words}): range and covariance are those that give both "
            "intervals back, taken as independent."
        )
        for row in curves.rows_of(fit, strategy, OS, source, note):
            book.change("Survival", {key: row[key] for key in ("parameter", "strategy", "endpoint", "family")}, **row)
        book.tables["Covariance"] += curves.covariance_of(fit, strategy, OS)
    two_points = (
        "Two published points, two coefficients: nothing tests the family, and the exponential agrees with them too "
        "(chi-squared on 1 df: p = 0.88, 0.55 and 0.93 for Isa-Pd, Dara-Pd and Pd)."
    )
    for strategy in evidence:
        (row,) = book.rows("Curves", strategy=strategy, endpoint=OS)
        row["note"] = f"{row['note']} {two_points}"
    one_point = "One published point, so that no other family can be fitted and none is rejected."
    for strategy in (ISA, PD):
        note = f"ICARIA-MM, primary analysis: the median. {one_point}"
        book.change("Curves", {"strategy": strategy, "endpoint": PFS}, note=note)
    book.change(
        "Curves",
        {"strategy": DARA, "endpoint": PFS},
        note="MMY1001; arms compared without adjustment: the median. The exponential gives 38.9 % at 12 months, inside of the 31.5-51.9 % "
        "that is remembered; the lognormal through both points is a scenario.",
    )
    book.change(
        "Scenarios",
        {"scenario": "Dara-Pd PFS lognormal", "target": "family"},
        description="Both families that the published model names: Isa-Pd exponential, Dara-Pd lognormal. One of its two points, 42 % "
        "progression-free at 12 months, is from memory. No lognormal can be fitted for Isa-Pd.",
    )

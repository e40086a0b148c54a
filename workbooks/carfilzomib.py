"""What changes in the US workbook with carfilzomib."""

from __future__ import annotations

import math

from scipy.integrate import quad
from scipy.stats import norm

from workbooks import curves, sources
from workbooks.book import Book, interval

ISA, DARA, KD = "Isa-Kd", "Dara-Kd", "Kd"
PFS, OS, TOT = "progression_free_survival", "overall_survival", "time_on_treatment"
#: Patients whose safety was assessed, beside those who were randomised.
SAFETY = {ISA: (177, 179), DARA: (308, 312), KD: (122, 123)}
LABORATORY = "Laboratory rate."


def control_arm(book: Book) -> None:
    """Side effects of Kd in IKEMA, and those of CANDOR that are published, as reported."""
    found = {
        (KD, "neutropenia"): (0.07, sources.REVIEW_SAFETY, LABORATORY),
        (KD, "thrombocytopenia"): (0.24, sources.REVIEW_SAFETY, LABORATORY),
        (KD, "anaemia"): (0.20, sources.REVIEW_SAFETY, LABORATORY),
        (KD, "pneumonia"): (0.132, sources.REVIEW_SAFETY, "Grade 3 and 4."),
        (KD, "cardiac failure"): (0.041, sources.REVIEW_SAFETY, ""),
        (KD, "hypertension"): (0.197, sources.SARCLISA_KD, ""),
        (ISA, "hypertension"): (0.203, sources.SARCLISA_KD, "36 of 177 patients."),
        (DARA, "anaemia"): (0.166, sources.CANDOR_SAFETY, "Reported events, where Isa-Kd has a laboratory rate."),
        (DARA, "thrombocytopenia"): (
            0.247,
            sources.CANDOR_SAFETY,
            "Reported events, where Isa-Kd has a laboratory rate.",
        ),
        (DARA, "hypertension"): (0.175, sources.CANDOR_SAFETY, "Kd of CANDOR: 13.1 %."),
    }
    for (strategy, event), (share, source, words) in found.items():
        where = {"parameter": "adverse_event_incidence", "strategy": strategy, "event": event}
        note = f"{words} Range: 95 % interval for n = {SAFETY[strategy][1]}.".strip()
        book.change("Adverse events", where, value=share, status="reported", source=source, note=note)
    book.replaced(
        "Adverse events",
        "note",
        "Any grade was 7.5 % (Sci Rep 2021, Table 2).",
        "Any grade was 4.9 % as one preferred term (CANDOR, Kyprolis professional page) and 7.5 % grouped (Sci Rep 2021, Table 2).",
        strategy=DARA,
        event="cardiac failure",
    )
    for strategy, (assessed, randomised) in SAFETY.items():
        for row in book.rows("Adverse events", parameter="adverse_event_incidence", strategy=strategy):
            row["low"], row["high"] = interval(row["value"], assessed)
            row["note"] = row["note"].replace(f"n = {randomised}", f"n = {assessed}")


def one_measure(book: Book) -> None:
    """Thrombocytopenia and anaemia of Dara-Kd on the laboratory measure of IKEMA, anchored through Kd."""
    name = "Side effects of Dara-Kd as reported events"
    changes = []
    for event, laboratory, dara, control in (
        ("anaemia", 0.20, 16.6, 14.4),
        ("thrombocytopenia", 0.24, 24.7, 16.3),
    ):
        where = {"parameter": "adverse_event_incidence", "strategy": DARA, "event": event}
        share = round(laboratory * dara / control, 3)
        low, high = interval(share, SAFETY[DARA][0])
        changes.append({"target": where["parameter"], "strategy": DARA, "event": event, "value": dara / 100})
        book.change(
            "Adverse events",
            where,
            value=share,
            low=low,
            high=high,
            status="derived",
            source=f"{sources.REVIEW_SAFETY}; {sources.CANDOR_SAFETY}",
            note=f"On the laboratory measure of Isa-Kd: {100 * laboratory:g} % with Kd in IKEMA x {dara} / {control} %, the reported "
            f"events with Dara-Kd and Kd in CANDOR. Range: 95 % interval for n = {SAFETY[DARA][0]} (assumed).",
        )
    book.scenario(
        name,
        "24.7 % thrombocytopenia and 16.6 % anaemia, as CANDOR reports them: events beside the laboratory rates of Isa-Kd, the "
        "former base case.",
        *changes,
        after="Treatment by reported duration",
    )
    book.replaced(
        "Adverse events",
        "note",
        "Reported events, where Isa-Kd has a laboratory rate.",
        "Reported events, where Isa-Kd has a laboratory rate; the rate of Kd in CANDOR was not seen, so that it cannot be anchored.",
        strategy=DARA,
        event="neutropenia",
    )


def line_of_therapy(book: Book) -> None:
    """Patients had one, two, three or more lines: utilities of second and third line by their share."""
    book.settings["population"] = "Adults with relapsed or refractory multiple myeloma after 1 to 3 lines of therapy"
    share = "44 % of IKEMA's patients had had one line, 33 % two, 23 % more (CANDOR: 46 and 54 %)"
    for state, value, (second, third), (low, high) in (
        ("progression_free", 0.7248, (0.82, 0.65), (0.65, 0.82)),
        ("progressed", 0.6276, (0.65, 0.61), (0.61, 0.65)),
    ):
        book.change(
            "Utilities",
            {"parameter": "utility", "state": state},
            value=value,
            low=low,
            high=high,
            status="derived",
            source=f"{sources.CARLSON}; lines: {sources.REVIEW}, sect. 4.2",
            note=f"0.44 x {second} (second line) + 0.56 x {third} (third line): {share}. Range assumed: the utilities of either line.",
        )
    book.scenario(
        "Utilities of second line only",
        "0.82 progression-free and 0.65 progressed (Carlson, JMCP 2018): the former base case; 56 % of the patients had more lines.",
        {"target": "utility", "state": "progression_free", "value": 0.82},
        {"target": "utility", "state": "progressed", "value": 0.65},
        after="Progression-free utility 0.737",
    )


def steroid_by_infusion(book: Book) -> None:
    """Dexamethasone of Isa-Kd is given by infusion on the days of other infusions."""
    (row,) = book.rows("Schedules", strategy=ISA, drug="dexamethasone")
    cells = {"status": "reported", "source": f"{sources.REVIEW}, sect. 4.2"}
    infused = {**row, "route": "iv", "dispensed": "by_dose", **cells}
    swallowed = {**row, "days": "22, 23", "note": "By mouth where nothing is infused", **cells}
    book.drop("Schedules", strategy=ISA, drug="dexamethasone")
    book.add(
        "Schedules",
        {
            **infused,
            "to_cycle": 1,
            "days": "1, 2, 8, 9, 15, 16, 22",
            "note": "Infused on infusion days, in cycle 1 also day 22",
        },
        {**swallowed, "to_cycle": 1, "days": "23"},
        {**infused, "from_cycle": 2, "days": "1, 2, 8, 9, 15, 16", "note": "Infused on infusion days"},
        {**swallowed, "from_cycle": 2},
        after={"strategy": ISA},
    )
    where = {"drug": "dexamethasone"}
    for infusion in ("first", "second", "later"):
        book.change(
            "Administration",
            {"parameter": "infusion_minutes", "infusion": infusion, **where},
            value=0,
            note="No further hour: a short infusion in the chair of the others; by mouth nothing.",
        )
    book.change(
        "Administration",
        {"parameter": "first_hour_cost", **where},
        value=31.04,
        low=24.832,
        high=37.248,
        distribution="gamma",
        source=sources.MEMORY,
        note="CPT 96367, infusion after another drug, 2020 national non-facility fee; for the infused doses of Isa-Kd. The route of "
        f"dexamethasone in CANDOR and in the control arm was not seen: by mouth. Range assumed: ±20 %. {sources.UNVERIFIED}",
    )
    for parameter in ("premedication_cost", "postmedication_cost"):
        book.change("Administration", {"parameter": parameter, **where}, note="None: it is itself what goes before.")
    book.change(
        "Labels",
        {"dimension": "drug", "label": "dexamethasone"},
        description="Tablets of 4 mg (assumed); infused with Isa-Kd",
    )
    book.change(
        "Packs",
        {"drug": "dexamethasone"},
        note="From memory, unverified; the infused form is taken to cost as much per mg",
    )


def body_surface(book: Book) -> None:
    """Carfilzomib is dosed over a distribution of body surface with its cap, as the antibodies over that of weight."""
    book.change("Schedules", {"drug": "carfilzomib"}, body_size="distribution")
    book.add(
        "Population",
        {
            "parameter": "body_surface_area_sd",
            "value": 0,
            "unit": "m2",
            "low": 0,
            "high": 0.2,
            "distribution": "fixed",
            "status": "assumed",
            "note": "0: every patient is dosed at the mean surface, capped at 2.2 m2. The scenario 'Body surface varies' sets a spread "
            "between patients. Range assumed, for the one-way analysis: up to the spread of that scenario. Not drawn: the base "
            "case is its lower end.",
        },
        after={"parameter": "body_surface_area"},
    )
    book.scenario(
        "Body surface varies",
        "Standard deviation between patients of 0.2 m2 (assumed), with the cap of 2.2 m2.",
        {"target": "body_surface_area_sd", "value": 0.2},
        after="Body surface 2.00 m2",
    )


def carfilzomib_price(book: Book) -> None:
    """What Medicare paid for carfilzomib in 2019, beside the list price."""
    change = {"target": "drug_price", "drug": "carfilzomib", "value": 36.876}
    both = {"target": "drug_price", "drug": "daratumumab", "value": 5.307}
    words = "USD 2,212.55 per 60 mg: the average sales price and 6 % (CMS Part B spending dashboard)."
    book.scenario("Carfilzomib as Medicare paid in 2019", words, change, after="Carfilzomib USD 2,520 per 60 mg")
    alone = "Daratumumab as Medicare paid in 2019"
    words = f"{book.rows('Scenarios', scenario=alone)[0]['description']} Carfilzomib likewise."
    book.drop("Scenarios", scenario=alone)
    book.scenario("Both as Medicare paid in 2019", words, both, change, after="Carfilzomib as Medicare paid in 2019")
    for end in ("Carfilzomib USD 2,250 per 60 mg", "Carfilzomib USD 2,520 per 60 mg"):
        book.drop("Scenarios", scenario=end)
    note = "Wholesale acquisition cost of 2020-21: USD 2,372 per 60 mg. Range assumed (2,250-2,520, also from memory). Medicare "
    note += "paid 2,212.55 in 2019 (reported; a scenario). " + sources.UNVERIFIED
    book.change("Prices", {"parameter": "drug_price", "drug": "carfilzomib"}, note=note)


def durations(book: Book) -> None:
    """Reported durations of treatment as bounds: their follow-ups differ."""
    row = {"parameter": "rate", "strategy": DARA, "endpoint": TOT}
    book.change(
        "Survival",
        row,
        value=0.043056,
        low=0.034445,
        high=0.051667,
        status="derived",
        source=sources.CANDOR_SAFETY,
        note="ln 2 / median treatment duration of 70 weeks at 16.9 months of follow-up. Range assumed: ±20 %.",
    )
    book.add(
        "Published survival",
        {
            "strategy": DARA,
            "endpoint": TOT,
            "measure": "median",
            "time_unit": "week",
            "value": 70,
            "status": "reported",
            "source": sources.CANDOR_SAFETY,
        },
        after={"strategy": DARA},
    )
    book.drop("Scenarios", scenario="Treatment by reported duration")
    families = [
        {"target": "family", "strategy": strategy, "endpoint": TOT, "value": "exponential"}
        for strategy in (ISA, DARA, KD)
    ]
    proportional = {"target": "rate", "strategy": DARA, "endpoint": TOT, "value": 0.0402485}
    book.scenario(
        "Treatment as reported, lower bound of Dara-Kd",
        "Exponential from the medians: Isa-Kd 94.0 and Kd 61.9 weeks at 56.6 months of follow-up (IKEMA), Dara-Kd 70 weeks at 16.9 "
        "months (CANDOR, whose Kd was treated for 40): not like with like.",
        *families,
        after="Carfilzomib at its 2016 price",
    )
    book.scenario(
        "Treatment as reported, upper bound of Dara-Kd",
        "As before with Dara-Kd treated in proportion to its PFS as Isa-Kd was: 28.4 months x 94.0 weeks / 35.65 months (assumed).",
        *families,
        proportional,
        after="Treatment as reported, lower bound of Dara-Kd",
    )
    book.scenario(
        "Dara-Kd as reported, others to progression",
        "Only Dara-Kd stops by CANDOR's median of 70 weeks: the bound in its favour.",
        families[1],
        after="Treatment as reported, upper bound of Dara-Kd",
    )


def lognormal_curves(book: Book) -> None:
    """Lognormal curves: progression-free survival by the spread of IKEMA's pooled arms, overall survival by two points."""
    spread, low, high = curves.spread()
    aic = {family: fit.aic for family, fit in curves.ikema_fits().items()}
    ranks = ", ".join(f"{family} {aic[family]:.1f}" for family in sorted(aic, key=lambda family: aic[family]))
    certificate = f"AIC on IKEMA's pooled arms (229 patients, 132 events): {ranks}. The exponential is rejected."
    medians = {
        ISA: (35.7, 25.8, 44.0, "derived", sources.IKEMA_UPDATED, "range from its 95 % interval, 25.8-44.0"),
        DARA: (
            28.4,
            None,
            None,
            "assumed",
            sources.CANDOR_FINAL,
            "range assumed: 156 events, half of the 312 patients",
        ),
        KD: (19.2, 15.8, 25.0, "derived", sources.IKEMA_UPDATED, "range from its 95 % interval, 15.8-25.0"),
    }
    rows = []
    for strategy, (median, lower, upper, status, source, words) in medians.items():
        half = 1.959964 * spread / math.sqrt(156)
        ends = (
            (math.log(lower), math.log(upper))
            if lower and upper
            else (math.log(median) - half, math.log(median) + half)
        )
        own = f"Maximum likelihood on the pooled arms: {spread:.4g} ({low:.3g}-{high:.3g}, 95 % interval)."
        transferred = " Transferred to CANDOR, of which no curve was seen." if strategy == DARA else ""
        keys = {"strategy": strategy, "endpoint": PFS, "family": "lognormal", "unit": "log months"}
        meanlog = {"value": _digits(math.log(median)), "low": _digits(ends[0]), "high": _digits(ends[1])}
        sdlog = {"value": _digits(spread), "low": _digits(low), "high": _digits(high)}
        rows += [
            {
                "parameter": "meanlog",
                **keys,
                **meanlog,
                "distribution": "normal",
                "status": "derived",
                "source": source,
                "note": f"ln of the median, {median} months; {words}.",
            },
            {
                "parameter": "sdlog",
                **keys,
                **sdlog,
                "distribution": "lognormal",
                "status": status,
                "source": sources.IKEMA_FIGURE,
                "note": f"{own}{transferred} One estimate for all: draws move together (sheet Correlations). What lies between the "
                "arms is in it; within them a mixture of both gives 0.93, see Scenarios.",
            },
        ]
        note = f"Median of {median} months, spread of IKEMA's pooled arms. {certificate}"
        if strategy == DARA:
            note = (
                f"CANDOR, final analysis (50 months), arms compared without adjustment: median of {median} months; the spread "
                f"is that of IKEMA's pooled arms (assumed). {certificate}"
            )
        book.change("Curves", {"strategy": strategy, "endpoint": PFS}, family="lognormal", note=note)
    book.add("Survival", *rows, after={"endpoint": PFS, "family": "exponential"})
    names = [f"sdlog: {strategy}, {PFS}, lognormal" for strategy in (ISA, DARA, KD)]
    book.tables["Correlations"] = [
        {"input_1": names[0], "input_2": names[1], "correlation": 1},
        {"input_1": names[0], "input_2": names[2], "correlation": 1},
        {"input_1": names[1], "input_2": names[2], "correlation": 1},
    ]
    _overall_survival(book)
    _former_curves(book)
    _restricted_means(book)


def _overall_survival(book: Book) -> None:
    fit = curves.from_median_and_landmark((50.6, 38.932, None), 20.7, curves.landmark(0.797, 123))
    (former, _) = book.rows("Survival", strategy=KD, endpoint=OS, family="lognormal")
    note = (
        "Through the median of 50.6 months and 20.3 % dead at the interim analysis, read as survival of 79.7 % at its median "
        "follow-up of 20.7 months: an approximation. Range and covariance from the interval of the median (38.9; its upper end was "
        "not reached and is assumed symmetric) and of the share, for n = 123 (assumed)."
    )
    sd = book.rows("Survival", strategy=KD, endpoint=OS, parameter="sdlog")[0]
    rows = curves.rows_of(fit, KD, OS, sd["source"], note)
    for row in rows:
        book.change("Survival", {key: row[key] for key in ("parameter", "strategy", "endpoint", "family")}, **row)
    assert former["distribution"] == "multivariate_normal"
    book.tables["Covariance"] = curves.covariance_of(fit, KD, OS)
    # the spread of Kd, transferred
    where = {"parameter": "sdlog", "strategy": DARA, "endpoint": OS}
    own = next(row for row in rows if row["parameter"] == "sdlog")
    book.change("Survival", where, value=own["value"], low=own["low"], high=own["high"])
    early = (
        "No Kaplan-Meier estimate of overall survival was seen. The exponential is out: nobody dies before he has left "
        "progression-free survival, yet it lies under the progression-free survival of IKEMA's pooled arms in the first months (95.6 % "
        "against 96.9 % at 3.3 months)."
    )
    control = (
        "IKEMA, final analysis (56.6 months): lognormal through its median and the deaths at the interim analysis."
    )
    book.change("Curves", {"strategy": KD, "endpoint": OS}, family="lognormal", note=f"{control} {early}")
    book.change(
        "Curves",
        {"strategy": DARA, "endpoint": OS},
        family="lognormal",
        note=f"CANDOR, final analysis (50 months): lognormal with its own median and the spread of Kd in IKEMA (assumed). {early}",
    )


def _former_curves(book: Book) -> None:
    book.drop("Scenarios", scenario="Overall survival lognormal")

    def family(endpoint: str, *strategies: str) -> list[dict[str, str]]:
        return [
            {"target": "family", "strategy": strategy, "endpoint": endpoint, "value": "exponential"}
            for strategy in strategies
        ]

    free, overall = family(PFS, ISA, DARA, KD), family(OS, DARA, KD)
    first = book.tables["Scenarios"]
    book.tables["Scenarios"] = []
    book.scenario(
        "All curves exponential",
        "The former base case: every curve from its median alone, progression-free survival rejected by IKEMA's pooled arms.",
        *free,
        *overall,
    )
    book.scenario("PFS exponential", "Progression-free survival alone as in the former base case.", *free)
    book.scenario("Overall survival exponential", "Overall survival alone as in the former base case.", *overall)
    within = [{"target": "sdlog", "strategy": name, "endpoint": PFS, "value": 0.92967} for name in (ISA, DARA, KD)]
    book.scenario(
        "PFS spread within arms",
        "Lognormal with the spread of a mixture of both arms (hazard ratio 0.58, 179 of 302 on Isa-Kd) on the pooled curve, 0.930.",
        *within,
    )
    book.tables["Scenarios"] += first
    censoring = "Isa-Kd PFS by FDA censoring"
    description = book.rows("Scenarios", scenario=censoring)[0]["description"]
    book.drop("Scenarios", scenario=censoring)
    book.scenario(
        censoring,
        description,
        {"target": "meanlog", "strategy": ISA, "endpoint": PFS, "value": _digits(math.log(41.7))},
        {"target": "meanlog", "strategy": KD, "endpoint": PFS, "value": _digits(math.log(20.8))},
        after="No difference in efficacy",
    )


def _restricted_means(book: Book) -> None:
    """Sheet Checks: what the integrals of the curves are, by quadrature."""

    def survival(strategy: str, endpoint: str, months: float) -> float:
        if (strategy, endpoint) == (ISA, OS):
            return float(survival(KD, OS, months) ** 0.855)
        meanlog, sdlog = (
            next(row["value"] for row in book.rows("Survival", **{**keys, "parameter": name}))
            for keys in ({"strategy": strategy, "endpoint": endpoint, "family": "lognormal"},)
            for name in ("meanlog", "sdlog")
        )
        return float(norm.sf((math.log(months) - meanlog) / sdlog))

    for row in book.tables["Checks"]:
        free = row["measure"] == "undiscounted_progression_free_life_years"
        endpoint, months = (PFS if free else OS), 12 * row["horizon_years"]
        years = quad(lambda t, of=(row["strategy"], endpoint): survival(*of, t), 1e-9, months, epsabs=1e-10)[0] / 12
        row.update(low=round(years - 0.001, 4), high=round(years + 0.001, 4))
        row["note"] = "Restricted mean of the lognormal curve by its integral."


def _digits(value: float) -> float:
    return float(f"{value:.6g}")

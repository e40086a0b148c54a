"""Subcutaneous against subcutaneous: two strategies more, in workbooks of their own."""

from __future__ import annotations

from collections.abc import Mapping

from workbooks import sources
from workbooks.book import Book, Row, around

IRAKLIA = (
    "J Clin Oncol 2025, abstract (IRAKLIA). https://www.carrerasresearch.org/en/publications/"
    "isatuximab-subcutaneous-by-on-body-delivery-system-vs-isatuximab-intravenous-plus-pomalidomide-and-dexamethasone-in-"
    "relapsed-refractory-multiple-myeloma-phase-3-iraklia-study"
)
OPINION = "International Myeloma Foundation, https://www.myeloma.org/node/12843"
IRAKLIA_PFS = "IRAKLIA, summary. https://p-web.fly.dev/studies/iraklia-recmx2cq6YOHkwo6D"
FASPRO = (
    "Darzalex Faspro, Janssen release of 1 May 2020. https://www.biospace.com/article/u-s-food-and-drug-administration-"
    "approves-darzalex-faspro-daratumumab-and-hyaluronidase-fihj-a-new-subcutaneous-formulation-of-daratumumab-in-the-"
    "treatment-of-patients-with-multiple-myeloma/"
)
ISATUXIMAB, DARATUMUMAB = "isatuximab sc", "daratumumab sc"
REACTION = "administration reaction"
#: Parameters of strategies that are those of the intravenous form.
_COPIED = ("Care costs", "Adverse events")


def subcutaneous(book: Book, antibodies: Mapping[str, str], backbone: str) -> None:
    """Add a subcutaneous twin of each antibody regimen: `antibodies` by strategy; SC against SC is compared."""
    twins = {f"{strategy} SC": strategy for strategy in antibodies}
    form = {"isatuximab": ISATUXIMAB, "daratumumab": DARATUMUMAB}
    _labels(book, twins)
    _curves(book, twins)
    for sheet in _COPIED:
        for twin, strategy in twins.items():
            for row in book.rows(sheet, strategy=strategy):
                note = f"As with {strategy}, by infusion. {row['note']}"
                book.add(sheet, {**row, "strategy": twin, "note": note}, after={"parameter": row["parameter"]})
    for twin, strategy in twins.items():
        _schedule(book, twin, strategy, antibodies[strategy], form)
    _prices(book, twins, antibodies, form)
    _giving(book)
    _reactions(book, twins, antibodies, backbone)
    _scenarios(book, twins)
    book.settings["comparator"] = list(twins)[1]
    partner = "pomalidomide" if backbone == "Pd" else "carfilzomib"
    book.settings["title"] = f"Subcutaneous isatuximab against subcutaneous daratumumab with {partner}, United States"
    book.tables.pop("Studies")
    book.notes["Notes"] = [
        f"Subcutaneous isatuximab (1,400 mg by on-body injector) against subcutaneous daratumumab (1,800 mg), each with {partner} and "
        "dexamethasone, beside the intravenous forms; US payer, 1, 3 and 5 years.",
        "Price. That of subcutaneous isatuximab is not published: here a dose costs as much as an intravenous one at 80 kg (USD 5,200), an "
        "assumption. Under which price it saves against subcutaneous daratumumab, and what it may cost at each willingness to pay, "
        "stands in the results (thresholds, value-based prices).",
        "Approval. The European committee gave a positive opinion on subcutaneous isatuximab, by injector or by hand, on 27 March 2026 "
        f"(reported; {OPINION}); no price came with it, in Europe or in the United States.",
        "Efficacy. Subcutaneous isatuximab was not inferior to intravenous (IRAKLIA: progression-free survival at 12 months 66.1 against "
        "65.1 %, hazard ratio 1.015, 0.75-1.38; response 71.1 against 70.5 %, relative risk 1.008, 0.903-1.126), so each subcutaneous "
        "regimen has the curves of its intravenous twin. IRAKLIA had no carfilzomib: transferred. The scenario 'Hazard ratio of IRAKLIA' "
        "takes its point.",
        "Side effects. Reactions to the antibody occurred in 1.5 % with the injector and 25 % with infusion (IRAKLIA). Side effects of grade 3 "
        "or worse were 81.7 and 76.1 %, not by kind: those of the intravenous regimens are used.",
        "Minutes. An injection has one fee, however long it takes: 3 to 5 minutes for daratumumab (reported); those of the injector "
        "were not seen.",
        "Everything else, its sources and its weaknesses are those of the workbook of the intravenous forms, whose notes hold here too.",
    ]


def _labels(book: Book, twins: Mapping[str, str]) -> None:
    (first, *_) = book.rows("Labels", dimension="strategy")
    rows = [
        {"dimension": "strategy", "label": twin, "description": f"As {strategy}, the antibody under the skin"}
        for twin, strategy in twins.items()
    ]
    place = book.tables["Labels"].index(first)
    book.tables["Labels"][place:place] = rows
    book.add(
        "Labels",
        {"dimension": "drug", "label": ISATUXIMAB, "description": "1,400 mg by on-body injector"},
        {
            "dimension": "drug",
            "label": DARATUMUMAB,
            "description": "1,800 mg with hyaluronidase, injected in 3 to 5 minutes",
        },
        after={"dimension": "drug", "label": "daratumumab"},
    )
    row = {"dimension": "event", "label": REACTION, "description": "Reaction to the antibody, any grade"}
    book.add("Labels", row, after={"dimension": "event"})


def _curves(book: Book, twins: Mapping[str, str]) -> None:
    rows: list[Row] = []
    for twin, strategy in twins.items():
        for endpoint in ("progression_free_survival", "overall_survival"):
            note = f"Not inferior to the infusion: the curve of {strategy}."
            cells = {"endpoint": endpoint, "time_unit": "month", "reference": strategy, "effect": "same", "note": note}
            rows.append({"strategy": twin, **cells})
        cells = {
            "endpoint": "time_on_treatment",
            "time_unit": "month",
            "reference_endpoint": "progression_free_survival",
        }
        rows.append({"strategy": twin, **cells, "effect": "same", "note": "Treated until progression."})
    book.tables["Curves"][:0] = rows
    twin = next(iter(twins))
    book.add(
        "Survival",
        {
            "parameter": "hazard_ratio",
            "strategy": twin,
            "endpoint": "progression_free_survival",
            "value": 1.015,
            "unit": "ratio",
            "low": 0.75,
            "high": 1.38,
            "distribution": "lognormal",
            "status": "reported",
            "source": IRAKLIA_PFS,
            "note": "Subcutaneous against intravenous; range as reported. For the scenario 'Hazard ratio of IRAKLIA'.",
        },
    )


def _schedule(book: Book, twin: str, strategy: str, antibody: str, form: Mapping[str, str]) -> None:
    for row in [*book.rows("Schedules", strategy=strategy)]:
        if row["drug"] != antibody:
            book.add("Schedules", {**row, "strategy": twin})
    fixed: Row = {
        "strategy": twin,
        "drug": form[antibody],
        "unit": "mg",
        "route": "sc",
        "cycle_days": 28,
        "share": 1,
        "body_size": "mean",
        "wastage": "yes",
        "intensity": "doses",
        "dispensed": "by_dose",
        "status": "reported",
    }
    if antibody == "isatuximab":
        fixed |= {"dose": 1400, "source": IRAKLIA}
        doses = [
            {"from_cycle": 1, "to_cycle": 1, "days": "1, 8, 15, 22", "note": "Cycle 1 weekly, as by infusion"},
            {"from_cycle": 2, "days": "1, 15", "note": "Cycle 2 onwards: every two weeks"},
        ]
    else:
        fixed |= {"dose": 1800, "source": f"{FASPRO}; APOLLO abstract. https://cris.unibo.it/handle/11585/865216"}
        doses = [
            {"from_cycle": 1, "to_cycle": 2, "days": "1, 8, 15, 22", "note": "Cycles 1 and 2 weekly; no dose is split"},
            {"from_cycle": 3, "to_cycle": 6, "days": "1, 15", "note": "Cycles 3 to 6 every two weeks"},
            {"from_cycle": 7, "days": "1", "note": "Cycle 7 onwards every four weeks"},
        ]
    book.add("Schedules", *({**fixed, **dose} for dose in doses))


def _prices(book: Book, twins: Mapping[str, str], antibodies: Mapping[str, str], form: Mapping[str, str]) -> None:
    price = {"parameter": "drug_price", "unit": "USD/dose", "price_year": 2020, "status": "assumed"}
    low, high = around(5200)
    book.add(
        "Prices",
        {
            **price,
            "drug": ISATUXIMAB,
            "value": 5200,
            "low": low,
            "high": high,
            "distribution": "fixed",
            "note": "Not published: parity per dose with 800 mg by infusion (80 kg, 8 x USD 650). Range assumed: ±20 %. What it may cost "
            "is what the results say.",
        },
        {
            **price,
            "drug": DARATUMUMAB,
            "value": 7532,
            "low": 7280,
            "high": 7900,
            "distribution": "gamma",
            "source": sources.MEMORY,
            "note": f"Wholesale acquisition cost of 1,800 mg, 2020-21. Range assumed (also from memory). {sources.UNVERIFIED}",
        },
        after={"parameter": "drug_price"},
    )
    for drug, milligrams in ((ISATUXIMAB, 1400), (DARATUMUMAB, 1800)):
        source = IRAKLIA if drug == ISATUXIMAB else FASPRO
        pack = {"drug": drug, "size": milligrams, "unit": "mg", "priced_as": 1, "status": "reported", "source": source}
        book.add("Packs", {**pack, "note": "One dose"})
    drugs = [row["label"] for row in book.rows("Labels", dimension="drug")]
    strategies = [row["label"] for row in book.rows("Labels", dimension="strategy")]
    known = {(row["strategy"], row["drug"]): row for row in book.rows("Prices", parameter="relative_dose_intensity")}
    (idle, *_) = (row for row in known.values() if row["distribution"] == "fixed")
    book.drop("Prices", parameter="relative_dose_intensity")
    for strategy in strategies:
        for drug in drugs:
            twin = twins.get(strategy)
            given = twin is not None and form.get(antibodies[twin]) == drug
            like = known[twin, antibodies[twin]] if twin and given else known.get((twin or strategy, drug), idle)
            if twin and drug == antibodies[twin]:
                like = idle
            book.add("Prices", {**like, "strategy": strategy, "drug": drug})


def _giving(book: Book) -> None:
    for drug, note, source in (
        (ISATUXIMAB, "Not seen, and not counted: an injection has one fee (injection_cost).", None),
        (
            DARATUMUMAB,
            "Injected in 3 to 5 minutes (reported), which are not counted: one fee (injection_cost).",
            FASPRO,
        ),
    ):
        for infusion in ("first", "second", "later"):
            row = {"parameter": "infusion_minutes", "drug": drug, "infusion": infusion, "value": 0, "unit": "minutes"}
            row |= {"distribution": "fixed", "status": "assumed", "source": source, "note": note}
            book.add("Administration", row, after={"parameter": "infusion_minutes"})
        twin = drug.removesuffix(" sc")
        for parameter in ("premedication_cost", "postmedication_cost"):
            (row,) = book.rows("Administration", parameter=parameter, drug=twin)
            book.add("Administration", {**row, "drug": drug}, after={"parameter": parameter})
        (row,) = book.rows("Administration", parameter="first_hour_cost", drug=twin)
        nothing = {
            "value": 0,
            "low": None,
            "high": None,
            "distribution": "fixed",
            "source": None,
            "note": "Nothing is infused.",
        }
        book.add("Administration", {**row, **nothing, "drug": drug}, after={"parameter": "first_hour_cost"})
    low, high = around(80.84)
    book.add(
        "Administration",
        {
            "parameter": "injection_cost",
            "value": 80.84,
            "unit": "USD",
            "low": low,
            "high": high,
            "distribution": "gamma",
            "price_year": 2020,
            "status": "assumed",
            "source": sources.MEMORY,
            "note": "CPT 96401, 2020 national non-facility fee, for either antibody; that the injector is billed alike is assumed. "
            f"Range assumed: ±20 %. {sources.UNVERIFIED}",
        },
        after={"parameter": "added_hour_cost"},
    )


def _reactions(book: Book, twins: Mapping[str, str], antibodies: Mapping[str, str], backbone: str) -> None:
    isa, dara = antibodies
    isa_sc, dara_sc = twins
    chari = "Chari, Blood 2017;130:974, abstract (MMY1001). https://ashpublications.org/blood/article/130/8/974/36976"
    transferred = " Transferred from the regimen with pomalidomide." if backbone == "Kd" else ""
    rates = (
        (isa_sc, 0.015, (0.006, 0.038), "reported", IRAKLIA, "Range: 95 % interval for n = 263."),
        (
            dara_sc,
            0.06,
            (0.015, 0.13),
            "assumed",
            sources.MEMORY,
            f"Close to what is remembered of APOLLO. Range assumed. {sources.UNVERIFIED}",
        ),
        (
            isa,
            0.25,
            (0.202, 0.305),
            "reported",
            IRAKLIA,
            "38 % in ICARIA-MM (label). Range: 95 % interval for n = 268.",
        ),
        (dara, 0.5, (0.405, 0.595), "reported", chari, "Range: 95 % interval for n = 103."),
        (backbone, 0, (None, None), "assumed", None, "No antibody is given."),
    )
    for strategy, share, (low, high), status, source, note in rates:
        book.add(
            "Adverse events",
            {
                "parameter": "adverse_event_incidence",
                "strategy": strategy,
                "event": REACTION,
                "value": share,
                "unit": "share of patients",
                "low": low,
                "high": high,
                "distribution": "beta" if share else "fixed",
                "status": "assumed" if transferred else status,
                "source": source,
                "note": f"Any grade. {note}{transferred}",
            },
            after={"parameter": "adverse_event_incidence"},
        )
    cells = {"event": REACTION, "status": "assumed"}
    book.add(
        "Adverse events",
        {
            **cells,
            "parameter": "adverse_event_cost",
            "value": 546,
            "unit": "USD",
            "low": 100,
            "high": 3000,
            "distribution": "gamma",
            "price_year": 2018,
            "source": "Wong, PLoS One 2018 (claims). https://www.analysisgroup.com/Insights/publishing/assessment-of-costs-associated-with-adverse-events-in-patients-with-cancer/",
            "note": "The lower end of what a side effect of any severity adds to claims (546-24,633): most reactions are mild. Dollar year "
            "not seen: read as that of the source, 2018. Range assumed.",
        },
        after={"parameter": "adverse_event_cost"},
    )
    for parameter, value, unit, (low, high), distribution, note in (
        (
            "adverse_event_disutility",
            0.08,
            "utility",
            (0.07, 0.08),
            "beta",
            "The source's value for any adverse event; range as reported.",
        ),
        ("adverse_event_duration_days", 1, "days", (0.5, 2), "gamma", "The day of the dose. Range assumed."),
    ):
        row = {**cells, "parameter": parameter, "value": value, "unit": unit, "low": low, "high": high, "note": note}
        row |= {"distribution": distribution}
        if parameter == "adverse_event_disutility":
            row |= {"status": "reported", "source": sources.CARLSON}
        book.add("Adverse events", row, after={"parameter": parameter})


def _scenarios(book: Book, twins: Mapping[str, str]) -> None:
    kept = {"family", "reference", "effect", "hazard_ratio", "meanlog", "sdlog"}
    about = {row["scenario"]: set() for row in book.tables["Scenarios"]}
    for row in book.tables["Scenarios"]:
        about[row["scenario"]].add(row["target"])
    former, book.tables["Scenarios"] = book.tables["Scenarios"], []
    parity = {"target": "drug_price", "drug": ISATUXIMAB}
    isa_sc = next(iter(twins))
    ratio = {"strategy": isa_sc, "endpoint": "progression_free_survival"}
    book.scenario(
        "Hazard ratio of IRAKLIA",
        "Progression-free survival of subcutaneous isatuximab at 1.015 times the hazard of the infusion, the trial's point.",
        {"target": "effect", **ratio, "value": "hazard_ratio"},
    )
    for price, words in ((4160, "20 % under parity per dose."), (6240, "20 % above parity per dose.")):
        book.scenario(f"Subcutaneous isatuximab USD {price:,}", words, {**parity, "value": price})
    for price, words in ((7280, "Lower end of the remembered range."), (7900, "Upper end of the remembered range.")):
        change = {"target": "drug_price", "drug": DARATUMUMAB, "value": price}
        book.scenario(f"Subcutaneous daratumumab USD {price:,}", words, change)
    book.tables["Scenarios"] += [
        row for row in former if about[row["scenario"]] <= kept and "treatment" not in row["scenario"].lower()
    ]

"""The European setting: NHS and personal social services in England, sterling, 3.5 %, a lifetime, severity."""

from __future__ import annotations

import json

from workbooks import sources
from workbooks.book import ROOT, Book, Row, around

NICE = "https://www.nice.org.uk/guidance"
NO_SOURCE = "placeholder, no UK source seen"
_LIST = "List price as printed, not inflated; the NHS pays less by a confidential discount, see price_discount."
_TABLES = ROOT / "tests" / "published" / "data" / "severity_qale.json"
_TABLES_SOURCE = (
    "github.com/bitowaqr/shortfall (MIT), ref_df_appended.csv: life table of England 2017-19 (ONS); norms of the Health Survey for "
    "England 2017-18 (EQ-5D, Hernandez Alava), column co"
)
#: Price in GBP per unit, its unit, status, source, note, range.
_PRICES = {
    "isatuximab": (
        5.0694,
        "GBP/mg",
        "assumed",
        sources.MEMORY,
        f"GBP 506.94 per 100 mg, 2,534.69 per 500 mg. Range assumed: ±10 %. {sources.UNVERIFIED} {_LIST}",
    ),
    "daratumumab": (3.6, "GBP/mg", "reported", f"NICE TA763, section 2 (BNF, November 2021). {NICE}/ta763", f"GBP 360 per 100 mg, 1,440 per 400 mg. Range assumed: ±10 %. {_LIST}"),
    "pomalidomide": (423.0476, "GBP/capsule", "derived", f"NICE TA427, section 2. {NICE}/ta427", f"GBP 8,884 / 21 capsules. Range assumed: ±10 %. {_LIST}"),
    "carfilzomib": (17.6, "GBP/mg", "derived", f"NICE TA657, section 2 (MIMS, October 2016). {NICE}/ta657", f"GBP 1,056 / 60 mg. Range assumed: ±10 %. {_LIST}"),
    "dexamethasone": (0.15365, "GBP/mg", "derived", f"NICE TA917, section 2 (eMIT, August 2023). {NICE}/TA917", "GBP 30.73 / (50 tablets of 4 mg). Range assumed: ±10 %."),
}  # fmt: skip
_EVENTS = {
    "neutropenia": (500, 100, 2000),
    "febrile neutropenia": (5000, 3000, 8000),
    "anaemia": (800, 300, 2500),
    "thrombocytopenia": (900, 300, 2500),
    "pneumonia": (3000, 2000, 5000),
    "hypertension": (500, 100, 2000),
    "cardiac failure": (3500, 2000, 6000),
}
_CARE = {
    "monitoring_cost_per_year": (1957, 978, 3914, "GBP 150 per 28 days while progression-free."),
    "subsequent_therapy_cost": (30_000, 15_000, 60_000, "A further line, once, at progression."),
    "end_of_life_cost": (8000, 5000, 12_000, "All that the last 30 days cost."),
}
_ADMINISTRATION = {
    "first_hour_cost": (250, 150, 400),
    "added_hour_cost": (40, 20, 80),
    "premedication_cost": (2, 1, 10),
}


def england(book: Book, partner: str) -> None:
    """Turn a US workbook into that of England."""
    antibody, comparator, _ = (row["label"] for row in book.rows("Labels", dimension="strategy"))
    book.settings |= {
        "title": f"{antibody} against {comparator} in relapsed or refractory multiple myeloma, England",
        "perspective": "NHS and personal social services, England",
        "currency": "GBP",
        "price_year": 2021,
        "horizons": (1.0, 3.0, 5.0, 30.0),
        "cycle_length": 1.0,
        "cycle_unit": "month",
        "discount_rate_cost": 0.035,
        "discount_rate_effect": 0.035,
        "willingness_to_pay": (20_000.0, 30_000.0, 50_000.0),
    }
    for sheet in ("Price index", "Studies", "Checks"):
        book.tables.pop(sheet)
    _costs(book)
    _people(book)
    _scenarios(book)
    _market(book, antibody, comparator)
    book.notes["Notes"] = [
        f"{antibody} against {comparator} with {partner}, as in the US workbook, in England: NHS and personal social services, GBP, 3.5 % a "
        "year (NICE health technology evaluations: the manual, PMG36), 1, 3 and 5 years and a lifetime of 30 years (20 were agreed in NICE "
        "TA658).",
        "Prices. List prices of NICE guidance; that of isatuximab is from memory. What the NHS pays is confidential: price_discount, by "
        "drug, is an input of 0 and assumed, and the results say what price would be needed (thresholds, value-based prices).",
        "Costs. No UK cost of giving the drugs, of side effects, of care, of the further line or of terminal care was seen: every one is a "
        "placeholder, marked assumed, of the order of UK costs and for replacement before any result is used.",
        "People. Age and share of women are assumed. Mortality is never below that of England's general population; quality of life falls "
        "with age as its norms do (Ara and Wailoo 2011). Utilities of the states are those of the US workbook (Carlson 2018). Severity "
        "(QALE, shortfalls, the weights 1, 1.2 and 1.7) stands in the results.",
        "Market. Patients a year and shares on the sheets Budget impact and Market are assumed, to show a budget impact.",
        "Curves, doses, side effects and their sources are those of the US workbook, whose notes hold here too; what it costs in the US is "
        "not carried over.",
    ]


def _costs(book: Book) -> None:
    for row in book.rows("Prices", parameter="drug_price"):
        value, unit, status, source, note = _PRICES[row["drug"]]
        low, high = around(value, 0.1)
        row.update(value=value, unit=unit, status=status, source=source, note=note, low=low, high=high, price_year=2021)
        row["distribution"] = "fixed"
    drugs = [row["label"] for row in book.rows("Labels", dimension="drug")]
    for drug in drugs:
        discount: Row = {
            "parameter": "price_discount",
            "drug": drug,
            "value": 0,
            "unit": "share",
            "distribution": "fixed",
        }
        note = "Confidential and not public: 0 is the list price. Range assumed, for the one-way analysis. Not drawn: the base case is its lower end."
        if drug == "dexamethasone":
            note = "Generic: the price is what the NHS pays."
        ends = {} if drug == "dexamethasone" else {"low": 0, "high": 0.5}
        book.add("Prices", {**discount, **ends, "status": "assumed", "note": note}, after={"parameter": "drug_price"})
    for row in book.tables["Administration"]:
        if row["parameter"] == "infusion_minutes":
            continue
        row.update(unit="GBP/hour" if row["parameter"] == "added_hour_cost" else "GBP", price_year=2021)
        if row["value"]:
            value, low, high = _ADMINISTRATION[row["parameter"]]
            if row.get("drug") == "dexamethasone":
                value, low, high = 30, 10, 60
            note = f"Of the order of an attendance in the NHS. Range assumed. {sources.UNVERIFIED}"
            row.update(value=value, low=low, high=high, status="assumed", source=NO_SOURCE, note=note)
    for row in book.rows("Administration", parameter="postmedication_cost"):
        row["status"] = "assumed"
    for row in book.rows("Adverse events", parameter="adverse_event_cost"):
        value, low, high = _EVENTS[row["event"]]
        row.update(value=value, low=low, high=high, unit="GBP", price_year=2021, status="assumed", source=NO_SOURCE)
        row["note"] = f"Of the order of NHS costs. Range assumed. {sources.UNVERIFIED}"
    for parameter, (value, low, high, words) in _CARE.items():
        cells = {"value": value, "low": low, "high": high, "unit": "GBP/year" if "per_year" in parameter else "GBP"}
        note = f"{words} Range assumed. {sources.UNVERIFIED}"
        cells |= {"price_year": 2021, "status": "assumed", "source": NO_SOURCE, "note": note}
        book.change("Care costs", {"parameter": parameter}, **cells)
    book.change("Care costs", {"parameter": "care_cost_per_year"}, unit="GBP/year", price_year=2021)
    note = f"GBP 500 a month after progression, without drugs. Range assumed. {sources.UNVERIFIED}"
    where = {"parameter": "care_cost_per_year", "state": "progressed"}
    cells = {"value": 6000, "low": 3000, "high": 12_000, "status": "assumed", "source": NO_SOURCE, "note": note}
    book.change("Care costs", where, **cells)


def _people(book: Book) -> None:
    cells = {"distribution": "fixed", "status": "assumed"}
    book.add(
        "Population",
        {
            "parameter": "age",
            "value": 67,
            "unit": "years",
            **cells,
            "note": "About the age of the trials' patients; not drawn.",
        },
        {
            "parameter": "share_female",
            "value": 0.45,
            "unit": "share",
            **cells,
            "note": "Fewer women than men have myeloma; not drawn.",
        },
    )
    book.change(
        "Population",
        {"parameter": "patients_per_year"},
        value=500,
        note="Patients a year in England. Assumed for the example: replace before the result is used.",
    )
    england = json.loads(_TABLES.read_text(encoding="utf-8"))["england"]
    life, norms = [], []
    for sex in ("female", "male"):
        table = england[sex]
        for age, (alive, died) in enumerate(zip(table["lx"], table["dx"], strict=True)):
            if age >= 50:
                chance = round(died / alive, 6)
                life.append(
                    {"age": age, "sex": sex, "death_probability": chance, "source": None if life else _TABLES_SOURCE}
                )
        norms += [
            {"age": age, "sex": sex, "utility": round(utility, 6), "source": None if norms else _TABLES_SOURCE}
            for age, utility in table["co"]
        ]
    book.tables["Life table"] = life
    book.tables["Utility norms"] = norms


def _scenarios(book: Book) -> None:
    kept = {"family", "reference", "reference_endpoint", "effect", "hazard_ratio", "meanlog", "sdlog", "rate"}
    kept |= {"adverse_event_incidence", "relative_dose_intensity", "body_weight", "body_weight_sd"}
    kept |= {"body_surface_area", "body_surface_area_sd", "utility"}
    about: dict[str, set[str]] = {}
    for row in book.tables["Scenarios"]:
        about.setdefault(row["scenario"], set()).add(row["target"])
    book.tables["Scenarios"] = [row for row in book.tables["Scenarios"] if about[row["scenario"]] <= kept]
    drugs = [row["label"] for row in book.rows("Labels", dimension="drug") if row["label"] != "dexamethasone"]
    for share in (0.3, 0.5):
        changes = [{"target": "price_discount", "drug": drug, "value": share} for drug in drugs]
        words = f"As if every manufacturer gave {share:.0%} of its list price: the discounts are confidential."
        book.scenario(f"Discount of {share:.0%} on every drug", words, *changes)
    words = "As if the discount on isatuximab alone were 30 %."
    book.scenario(
        "Discount of 30% on isatuximab", words, {"target": "price_discount", "drug": "isatuximab", "value": 0.3}
    )
    rates = [{"target": f"discount_rate_{kind}", "value": 0.015} for kind in ("cost", "effect")]
    book.scenario("Discounting at 1.5 %", "The other rate of the manual, for benefits that last.", *rates)
    book.scenario(
        "Patients of 75 years",
        "Older at the start: mortality and quality of life of that age.",
        {"target": "age", "value": 75},
    )


def _market(book: Book, antibody: str, comparator: str) -> None:
    backbone = book.rows("Labels", dimension="strategy")[2]["label"]
    rows = []
    for year, share in enumerate((0.1, 0.2, 0.3, 0.4, 0.4), start=1):
        for strategy, without, arrived in (
            (antibody, 0.0, share),
            (comparator, 0.6, round(0.6 - 0.75 * share, 4)),
            (backbone, 0.4, round(0.4 - 0.25 * share, 4)),
        ):
            cells = {
                "strategy": strategy,
                "year": year,
                "share_without": without,
                "share_with": arrived,
                "status": "assumed",
            }
            rows.append({**cells, "note": "Assumed for the example: replace before the result is used."})
    book.tables["Market"] = rows
    book.tables["Budget impact"] = [
        {
            "parameter": parameter,
            "value": value,
            "unit": unit,
            "low": low,
            "high": high,
            "distribution": "uniform" if low else "fixed",
            "status": "assumed",
            "note": f"{words} Assumed for the example: replace before the result is used.",
        }
        for parameter, value, unit, low, high, words in (
            ("plan_members", 56_000_000, "", None, None, "People in England, rounded."),
            (
                "plan_incidence",
                1.8e-5,
                "share of members/year",
                9e-6,
                2.7e-5,
                "About 1,000 a year who reach this line of therapy.",
            ),
            ("treated_share", 0.5, "share of patients", 0.3, 0.7, "Of them on one of these regimens."),
        )
    ]

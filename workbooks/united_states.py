"""What changes alike in both US workbooks: prices, price years, febrile neutropenia, the further line, terminal care."""

from __future__ import annotations

from workbooks import sources
from workbooks.book import Book, around

_NO_INTENSITY = (
    "Every planned dose is given: a choice, since no relative dose intensity was seen for any of these regimens. "
    "Range assumed: ±10 %; what daratumumab was given above its label in practice (14 %) is a scenario."
)


def unchanged(book: Book) -> None:
    """Days of terminal care, of which nothing is taken off yet: the results of the first version."""
    row = {
        "parameter": "terminal_care_days",
        "value": 0,
        "unit": "days",
        "distribution": "fixed",
        "status": "assumed",
        "note": "Nothing is taken off.",
    }
    book.add("Care costs", row)


def prices(book: Book) -> None:
    """List prices of 2020 derived from reported ones, and what Medicare paid in 2019 beside them."""
    book.change(
        "Prices",
        {"parameter": "drug_price", "drug": "daratumumab"},
        value=5.61,
        low=5.35,
        high=5.9,
        status="derived",
        source=f"{sources.LAUNCH}; mid-2017: {sources.PART_D}",
        note="List price in mid-2020, USD 561 per 100 mg: on a log-linear line through 450 (November 2015, reported) and "
        "485.83 (mid-2017, reported), 4.9 % a year; an extrapolation by three years, which agrees with the 560 that is "
        "remembered. Range assumed (535-590). What Medicare paid in 2019 is a scenario.",
    )
    book.scenario(
        "Daratumumab as Medicare paid in 2019",
        "USD 530.70 per 100 mg: the average sales price of 500.68 and 6 %; isatuximab, approved in 2020, at its list price.",
        {"target": "drug_price", "drug": "daratumumab", "value": 5.307},
        after="Daratumumab USD 6.00 per mg",
    )
    for end, words in ((5, "Lower"), (6, "Upper")):
        book.change(
            "Scenarios",
            {"scenario": f"Daratumumab USD {end}.00 per mg"},
            description=f"{words} end of the range that is remembered for 2020-21, unverified."
            + (
                " The average sales price of 2019 was 5.007 (the payment of 530.72 per 100 mg / 1.06)."
                if end == 5
                else ""
            ),
        )


def price_years(book: Book) -> None:
    """Every cost has a price year, and the index is that of the statistical office."""
    cells = {"status": "reported", "source": sources.CPI}
    years = {2010: 388.436, 2016: 463.675, 2018: 484.7, 2019: 498.413, 2020: 518.876}
    rows = [{"year": year, "index": index, **cells} for year, index in years.items()]
    between = round(388.436 * (463.675 / 388.436) ** (2 / 6), 3)
    words = "; 2012 on a log-linear line between 2010 and 2016"
    rows.insert(1, {"year": 2012, "index": between, "status": "derived", "source": sources.CPI + words})
    former = book.rows("Price index", year=2021)
    later = [{"year": year, "index": index, **cells} for year, index in {2023: 549.084, 2024: 563.841}.items()]
    book.tables["Price index"] = [*rows, *former, *later]
    read_as = {
        "end_of_life_cost": (2010, "the source's dollars, of 2007-13, are read as those of 2010, the middle year"),
        "subsequent_therapy_cost": (2020, "dollar year not seen: read as that of the analysis, 2020"),
    }
    for parameter, (year, words) in read_as.items():
        book.change("Care costs", {"parameter": parameter}, price_year=year)
        book.replaced("Care costs", "note", "Dollar year not seen: not inflated", _sentence(words), parameter=parameter)
    book.change("Care costs", {"parameter": "care_cost_per_year"}, price_year=2020)
    words = _sentence(read_as["subsequent_therapy_cost"][1])
    where = {"parameter": "care_cost_per_year", "state": "progressed"}
    book.replaced("Care costs", "note", "Dollar year not seen: not inflated", words, **where)


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


def febrile_neutropenia(book: Book) -> None:
    """A hospital stay for febrile neutropenia costs what was reported."""
    low, high = around(24_770)
    book.change(
        "Adverse events",
        {"parameter": "adverse_event_cost", "event": "febrile neutropenia"},
        value=24_770,
        low=low,
        high=high,
        price_year=2012,
        status="reported",
        source=sources.FEBRILE_STAY,
        note="Hospital stay of adults, USD of 2012. Others: 18,042 (neutropenia), 22,839-27,587 (with infection or fever), "
        "52,579 (haematological cancer), USD of 2009 (https://pmc.ncbi.nlm.nih.gov/articles/PMC3440789). Range assumed: ±20 %.",
    )


def further_line(book: Book) -> None:
    """The reported share of further therapy is of all patients; of those who progress it is larger."""
    share, low, high = 0.662 / 0.9, 0.584 / 0.9, 0.732 / 0.9
    words = (
        "66.2 % of all patients (Isa-Pd in ICARIA-MM, reported) / 0.9, the assumed share of events that are progressions: "
        "only those who progress are treated further."
    )
    for row in book.rows("Care costs", parameter="subsequent_therapy_share"):
        own = row["status"] == "reported"
        row.update(
            value=round(share, 6),
            low=round(low if own else 0.5 / 0.9, 6),
            high=round(high if own else 0.8 / 0.9, 6),
            unit="share of patients",
            status="assumed",
            note=f"{words} Range: 95 % interval of 66.2 % for n = 154, likewise (assumed)."
            if own
            else f"{words} Transferred; not seen for this regimen, so uncertain on its own and more so. Range assumed.",
        )


def terminal_care(book: Book) -> None:
    """The last month is paid once: as terminal care, in place of the care of its days."""
    book.change(
        "Care costs",
        {"parameter": "terminal_care_days"},
        value=30,
        status="reported",
        source=book.rows("Care costs", parameter="end_of_life_cost")[0]["source"],
        note="The days that end_of_life_cost is for: the care after progression (care_cost_per_year) of as many days is taken "
        "off it, since the source's cost is all that these days cost. Deaths before progression, which a partition "
        "cannot tell apart, are treated alike.",
    )


def choices(book: Book) -> None:
    """What is a choice says so, and what has no result of its own is a range or a bound."""
    for row in book.rows("Prices", parameter="relative_dose_intensity"):
        if row["note"].startswith("Every planned dose"):
            row["note"] = _NO_INTENSITY
    where = {"parameter": "infusion_minutes", "drug": "daratumumab"}
    first = "First infusion of 7 hours. Range assumed: ±20 %. An added hour is billed once more than 30 minutes of it are used."
    book.change(
        "Administration", {**where, "infusion": "first"}, status="reported", source=sources.FASPRO_FAQ, note=first
    )
    for infusion, hours in (("second", 4), ("later", 3)):
        book.change(
            "Administration",
            {**where, "infusion": infusion},
            low=180,
            high=300,
            source=f"{sources.FASPRO_FAQ}; {sources.MEMORY} (Darzalex label, sect. 2)",
            note=f"Infusions after the first take 3 to 5 hours (range as reported); which takes {hours} is remembered. "
            f"{sources.UNVERIFIED} An added hour is billed once more than 30 minutes of it are used.",
        )
    book.replaced(
        "Administration",
        "note",
        "Range assumed: ±20 %.",
        "May be shortened to 30 minutes (interview with a clinician), within the first hour that is billed all the same. "
        "Range assumed: ±20 %.",
        parameter="infusion_minutes",
        drug="isatuximab",
        infusion="later",
    )
    book.scenario(
        "Isatuximab without premedication",
        "The label lets premedication stop after four infusions without a reaction; here none is paid at all, the bound of that "
        "rule.",
        {"target": "premedication_cost", "drug": "isatuximab", "value": 0},
        after="Daratumumab 14 % over label",
    )
    book.scenario(
        "Steroid after each daratumumab infusion",
        "USD 2 for methylprednisolone by mouth, which the label asks for only where the regimen has no dexamethasone.",
        {"target": "postmedication_cost", "drug": "daratumumab", "value": 2},
        after="Isatuximab without premedication",
    )

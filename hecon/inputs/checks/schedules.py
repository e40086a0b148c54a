"""Schedules and packs: doses without gap or overlap, from packs that exist, with the body size they need."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from hecon.errors import Fault
from hecon.inputs.checks import TypedSheets
from hecon.inputs.checks.origin import check_origin
from hecon.inputs.quantities import KNOWN_BY_NAME
from hecon.inputs.rows import Row
from hecon.units import MASS, MONEY, parse_unit, units_of_a_pack

_BODY = {"mg/kg": "body_weight", "mg/m2": "body_surface_area"}
#: What a dose of each unit is in mg for a patient of ordinary size.
_TYPICAL = {"mg": 1.0, "mg/kg": 75.0, "mg/m2": 1.8}
#: So many packs for one dose, or doses of one pack, are hardly meant.
_MANY_PACKS, _MANY_DOSES = 50, 10
_SLACK = 1e-9
_ROW_COLUMNS = ("strategy", "drug", "from_cycle", "to_cycle", "days", "cycle_days", "share")


def check_schedules(book: TypedSheets) -> Iterator[Fault]:
    """Find what is wrong with the doses, and doses, packs and price indices that hide where they come from."""
    rows = book.rows("Schedules")
    for row in (*book.rows("Packs"), *rows, *book.rows("Price index")):
        yield from check_origin(row)
    for row in rows:
        if row.sound("days", "cycle_days") and row["days"][-1] > row["cycle_days"]:
            rule = f"the treatment cycle has {row['cycle_days']} days"
            cure = "type days with spaces (1, 8, 15), since Excel can take 1,815 for one number"
            yield Fault(row.where("days"), f"day {row['days'][-1]} is past the cycle: {rule}; {cure}")
        if row.sound("from_cycle", "to_cycle") and row["to_cycle"] is not None and row["to_cycle"] < row["from_cycle"]:
            yield Fault(row.where("to_cycle"), f"to_cycle is {row['to_cycle']}, before from_cycle {row['from_cycle']}")
        if row.sound("unit", "size_cap") and row["unit"] == "mg" and row["size_cap"] is not None:
            yield Fault(row.where("size_cap"), "size_cap is given, but a dose in mg does not depend on body size")
    yield from _supplies(book, rows)
    yield from _prices_of_packs(book)
    courses: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.sound("strategy", "drug"):
            courses.setdefault((row["strategy"], row["drug"]), []).append(row)
    for course in courses.values():
        if all(row.sound(*_ROW_COLUMNS) for row in course):
            yield from _course(course)


def schedule_notes(book: TypedSheets) -> list[str]:
    """Say which strategies have no doses, and which drugs nobody is given: no fault, but their cost is 0."""
    rows = [row for row in book.rows("Schedules") if row.sound("strategy", "drug", "dose")]
    if not rows or book.labels is None:
        return []
    sheet, notes = book.name("Schedules"), []
    given = {row["strategy"] for row in rows if row["dose"] > 0}
    for strategy in book.labels["strategy"]:
        if strategy not in given:
            notes.append(f"{sheet}: {strategy} has no doses, so that its drugs cost nothing")
    given = {row["drug"] for row in rows if row["dose"] > 0}
    for drug in book.labels.get("drug", ()):
        if drug not in given:
            notes.append(f"{sheet}: nobody is given {drug}, so that its price has no effect")
    return notes + list(_far_from_packs(rows, book.rows("Packs")))


def _far_from_packs(rows: Sequence[Row], packs: Sequence[Row]) -> Iterator[str]:
    """Say which doses no pack is made for, many packs or a crumb of one: a unit or a decimal point may be wrong."""
    sizes: dict[str, list[float]] = {}
    for pack in packs:
        if pack.sound("drug", "size", "unit") and pack["unit"] == "mg":
            sizes.setdefault(pack["drug"], []).append(pack["size"])
    for row in rows:
        own = sizes.get(row["drug"])
        if not own or not row.sound("unit") or row["unit"] not in _TYPICAL:
            continue
        amount = row["dose"] * _TYPICAL[row["unit"]]
        said = f"{row.where('dose')}: a dose of {row['dose']:g} {row['unit']} of {row['drug']} is"
        if amount > _MANY_PACKS * max(own):
            yield f"{said} {amount / max(own):,.0f} of its largest packs ({max(own):g} mg) at once; look at it"
        elif 0 < amount < min(own) / _MANY_DOSES:
            yield f"{said} less than a {_MANY_DOSES}th of its smallest pack ({min(own):g} mg); look at it"


def _supplies(book: TypedSheets, rows: Sequence[Row]) -> Iterator[Fault]:
    """Every dose needs a pack, a price and, by its unit, a body size."""
    packs = book.rows("Packs")
    packed = {row["drug"] for row in packs}
    sound = packs and all(row.sound("drug") for row in packs)
    given = {row["parameter"] for sheet in ("Prices", "Population") for row in book.rows(sheet)}
    reported = set()
    for row in rows:
        drug = row["drug"]
        if sound and row.sound("drug", "dose") and row["dose"] > 0 and drug not in packed and drug not in reported:
            reported.add(drug)
            rule = f"sheet '{book.name('Packs')}' has no pack for it"
            yield Fault(row.where("drug"), f"{row['strategy']} gets {drug}, and {rule}")
        if not row.sound("unit", "body_size"):
            continue
        body = _BODY.get(row["unit"])
        needed = [body, f"{body}_sd"] if body and row["body_size"] == "distribution" else [body] if body else []
        for name in needed:
            if name not in given and name not in reported:
                reported.add(name)
                why = f"doses in {row['unit']}" + (
                    " over the distribution of body size" if name.endswith("_sd") else ""
                )
                yield Fault(
                    row.where("unit"),
                    f"{why} need the parameter {name} on sheet '{KNOWN_BY_NAME[name].sheet}'",
                )
    if rows and book.rows("Prices") and "drug_price" not in given:
        yield Fault(
            book.name("Prices"),
            "there is no parameter drug_price; the doses on Schedules need one for every drug",
        )


def _prices_of_packs(book: TypedSheets) -> Iterator[Fault]:
    """Find packs whose price may be read as that of a mg, or of a pack, in two ways; or in a way its unit denies."""
    currency = book.settings.currency if book.settings else ""
    prices = [row for row in book.rows("Prices") if row["parameter"] == "drug_price" and row.sound("drug", "unit")]
    for pack in book.rows("Packs"):
        if not pack.sound("drug", "size", "price_per", "priced_as"):
            continue
        own = [row for drug in (pack["drug"], None) for row in prices if row["drug"] == drug]
        price = own[0] if own else None
        found = "" if price is None or price["unit"] is None else str(price["unit"])
        try:
            unit = parse_unit(found, currency)
        except ValueError:
            continue  # said of its cell
        if found and unit.read and (MONEY not in unit.powers or set(unit.powers) - {MONEY, MASS}):
            continue  # so is this
        by_weight = None if not found or not unit.read else "mg" if MASS in unit.powers else "pack"
        per, size, units = pack["price_per"], pack["size"], pack["priced_as"]
        drug, typed = pack["drug"], "priced_as" not in pack.blank
        where = "" if price is None else f" ({price.where('unit')})"
        if per and by_weight and per != by_weight:
            what = f"price_per is {per}, but the unit of drug_price of {drug} is {found}{where}"
            yield Fault(pack.where("price_per"), f"{what}; type {by_weight}, or mend the unit")
        elif per and typed and units != units_of_a_pack(per, size):
            what = f"priced_as is {units:g}, but a price per {per} makes it {units_of_a_pack(per, size):g}"
            yield Fault(pack.where("priced_as"), f"{what}; leave it blank, or leave price_per blank")
        elif (
            not per
            and by_weight != "mg"
            and units == size != 1
            and price is not None
            and (not typed or unit.is_by_pack)
        ):
            said = f"is in {found}" if found else "has no unit"
            what = f"price_per is blank, and drug_price of {drug} {said}{where}: is it the price of a mg, or of this"
            yield Fault(pack.where("price_per"), f"{what} pack of {size:g} mg? Type {'' if found else 'mg or '}pack")
        elif not per and typed and by_weight == "mg" and units == 1 and size != 1:
            what = f"priced_as is 1, as for a price per pack, but drug_price of {drug} is in {found}{where}"
            yield Fault(pack.where("priced_as"), f"{what}; leave it blank, or mend the unit")


def _course(course: Sequence[Row]) -> Iterator[Fault]:
    """Check the rows of one drug in one strategy: from cycle 1 on, no gap, and nobody dosed twice on a day."""
    first = min(course, key=lambda row: (int(row["from_cycle"]), row.number))
    name = f"{first['drug']} in {first['strategy']}"
    for row in course:
        if row["cycle_days"] != first["cycle_days"]:
            rule = f"row {first.number} has {first['cycle_days']}; a drug has one length of treatment cycle"
            yield Fault(row.where("cycle_days"), f"cycle_days of {name} is {row['cycle_days']}, but {rule}")
            return
    if first["from_cycle"] != 1:
        rule = "the first row starts at cycle 1 (give dose 0 for a late start)"
        yield Fault(first.where("from_cycle"), f"{name} starts at cycle {first['from_cycle']}; {rule}")
    reached: float = first["from_cycle"] - 1
    for row in sorted(course, key=lambda row: (int(row["from_cycle"]), row.number)):
        if row["from_cycle"] > reached + 1:
            missing = (
                f"{reached + 1:g} to {row['from_cycle'] - 1:g}"
                if row["from_cycle"] > reached + 2
                else f"{reached + 1:g}"
            )
            rule = f"no row covers cycle {missing}; start at {reached + 1:g}, or add a row with dose 0 for a pause"
            yield Fault(row.where("from_cycle"), f"gap in {name}: {rule}")
        reached = max(reached, _last(row))
    yield from _shares(course, name)


def _shares(course: Sequence[Row], name: str) -> Iterator[Fault]:
    """Rows that dose the same day of the same cycle must share the patients out between them."""
    reported: set[frozenset[int]] = set()
    for cycle in sorted({int(row["from_cycle"]) for row in course}):
        rows = [row for row in course if row["from_cycle"] <= cycle <= _last(row)]
        for day in sorted({day for row in rows for day in row["days"]}):
            same = [row for row in rows if day in row["days"]]
            total = sum(row["share"] for row in same)
            numbers = frozenset(row.number for row in same)
            if len(same) < 2 or abs(total - 1) <= _SLACK or numbers in reported:
                continue
            reported.add(numbers)
            words = " and ".join(map(str, sorted(numbers)))
            last = max(same, key=lambda row: (int(row["from_cycle"]), row.number))
            if total > 1:
                shares = "" if all(row["share"] == 1 for row in same) else f" to shares that sum to {total:g}"
                rule = f"end one row before the next begins, or give shares that sum to 1 (rows {words})"
                what = f"overlap in {name}: cycle {cycle}, day {day} is dosed {len(same)} times{shares}; {rule}"
                yield Fault(last.where("from_cycle"), what)
            else:
                rule = "they must sum to 1; add a row with dose 0 for patients who get none"
                yield Fault(last.where("share"), f"the shares of {name} in rows {words} sum to {total:g}; {rule}")


def _last(row: Row) -> float:
    return math.inf if row["to_cycle"] is None else float(row["to_cycle"])

"""The Packs sheet: the sizes each drug comes in, and how many units of its price each pack costs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hecon.costing.sheets import DRUG, Findings, blank, once_for
from hecon.errors import Fault, InputError, did_you_mean
from hecon.frozen import frozen
from hecon.parameters import Parameters, records_of
from hecon.symbols.expression import is_number, is_symbolic, number_of
from hecon.timeline import Timeline
from hecon.units import PRICES_PER, units_of_a_pack

PACKS_SHEET = "Packs"


@frozen(eq=True)
class PackSizes:
    """Sizes of a drug's packs (mg) and how many units of drug_price each costs."""

    sizes: tuple[float, ...]
    priced_as: tuple[Any, ...]


@once_for(PACKS_SHEET)
def packs_of(p: Parameters, time: Timeline) -> dict[str, PackSizes]:
    """Read the Packs sheet: the packs of each drug. Raises `InputError` with every fault of the sheet by row."""
    table = p.tables[PACKS_SHEET]
    missing = [column for column in (DRUG, "size", "unit") if column not in table.columns]
    if missing:
        raise InputError(p.source, [Fault(PACKS_SHEET, f"column '{column}' is missing") for column in missing])
    findings = Findings(PACKS_SHEET, p.source)
    drugs = p.labels[DRUG]
    packs: dict[str, list[tuple[float, Any]]] = {}
    for record in records_of(table):
        row = int(record["row"]) if "row" in record else None
        drug, size, unit = record[DRUG], record["size"], record["unit"]
        if drug not in drugs:
            hint = did_you_mean(drug, drugs)
            findings.add(row, f"drug '{drug}' is not on the Labels sheet ({', '.join(drugs)}).{hint}")
        if unit != "mg":
            findings.add(row, f"the pack of {drug} is in '{unit}'; doses are in mg, so packs must be in mg")
        if not (isinstance(size, int | float | np.number) and 0 < size < math.inf):
            findings.add(row, f"the pack of {drug} has size {size!r}; it must be a number above 0")
            continue
        priced_as: Any = record.get("priced_as")
        price_per = record.get("price_per")
        if not blank(price_per) and price_per not in PRICES_PER:
            findings.add(row, f"the pack of {drug} has price_per {price_per!r}; it must be {' or '.join(PRICES_PER)}")
            continue
        if blank(priced_as) and blank(price_per):
            findings.add(row, f"the pack of {drug} does not say what drug_price is the price of: price_per mg or pack")
            continue
        if blank(priced_as):
            priced_as = units_of_a_pack(price_per, float(size))
        if not (is_number(priced_as) and 0 <= number_of(priced_as) < math.inf):
            findings.add(row, f"the pack of {drug} has priced_as {priced_as!r}; it must be a number of at least 0")
            continue
        packs.setdefault(drug, []).append((float(size), priced_as if is_symbolic(priced_as) else float(priced_as)))
    findings.stop()
    return {
        drug: PackSizes(tuple(size for size, _ in ones), tuple(cost for _, cost in ones))
        for drug, ones in packs.items()
    }

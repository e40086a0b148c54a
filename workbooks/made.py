"""Which workbooks there are, and the changes that make each from that of the first version, in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from workbooks import carfilzomib, england, maps, notes, pelligra, pomalidomide, subcutaneous, united_states
from workbooks.book import FORMER, Book

#: One change: what it is called in the changelog, and the functions that make it.
Change = tuple[str, tuple[Callable[[Book], None], ...]]

_COMMON: dict[str, Callable[[Book], None]] = {
    "daratumumab 5.61 USD/mg": united_states.prices,
    "price years, index": united_states.price_years,
    "stay for febrile neutropenia": united_states.febrile_neutropenia,
    "further line, those who progress": united_states.further_line,
    "last month paid once": united_states.terminal_care,
}


def _common(*names: str) -> tuple[Change, ...]:
    return tuple((name, (change,)) for name, change in _COMMON.items() if not names or name in names)


@dataclass(frozen=True)
class Recipe:
    """A workbook: its name, that of the former one, and the changes."""

    name: str
    former: str
    changes: tuple[Change, ...]

    def more(self, name: str, *changes: Callable[[Book], None]) -> Recipe:
        """Give another workbook, made of this one by further changes."""
        return Recipe(name, self.former, (*self.changes, (name, changes)))

    def book(self, until: int | None = None) -> Book:
        """Make the workbook; `until` stops after so many changes."""
        book = Book.read(FORMER / f"{self.former}.xlsx")
        united_states.unchanged(book)
        for _, functions in self.changes[:until]:
            for change in functions:
                change(book)
        return book


POMALIDOMIDE = Recipe(
    "isa_dara_pd_us",
    "isa_dara_pd_us",
    (
        ("side effects as reported", (pomalidomide.febrile_neutropenia_of_pd,)),
        ("pomalidomide 857 USD a capsule", (pomalidomide.pomalidomide_price,)),
        *_common(),
        ("curves to six digits", (pomalidomide.refitted_curves,)),
        (
            "no result changes",
            (
                pomalidomide.shares_by_age,
                pomalidomide.durations,
                pomalidomide.subgroups,
                united_states.choices,
                notes.pomalidomide,
                maps.isa_lognormal,
                maps.pomalidomide_map,
            ),
        ),
    ),
)
CARFILZOMIB = Recipe(
    "isa_dara_kd_us",
    "isa_dara_kd_us",
    (
        ("side effects as reported", (carfilzomib.control_arm,)),
        ("side effects on one measure", (carfilzomib.one_measure,)),
        ("utilities by line of therapy", (carfilzomib.line_of_therapy,)),
        ("dexamethasone infused with Isa-Kd", (carfilzomib.steroid_by_infusion,)),
        *_common(),
        ("lognormal curves", (carfilzomib.lognormal_curves,)),
        (
            "no result changes",
            (
                carfilzomib.body_surface,
                carfilzomib.carfilzomib_price,
                carfilzomib.durations,
                united_states.choices,
                notes.carfilzomib,
                maps.carfilzomib_map,
            ),
        ),
    ),
)
POMALIDOMIDE_SC = POMALIDOMIDE.more(
    "isa_dara_pd_sc_us",
    partial(subcutaneous.subcutaneous, antibodies={"Isa-Pd": "isatuximab", "Dara-Pd": "daratumumab"}, backbone="Pd"),
    partial(maps.subcutaneous_map, backbone="Pd"),
)
CARFILZOMIB_SC = CARFILZOMIB.more(
    "isa_dara_kd_sc_us",
    partial(subcutaneous.subcutaneous, antibodies={"Isa-Kd": "isatuximab", "Dara-Kd": "daratumumab"}, backbone="Kd"),
    partial(maps.subcutaneous_map, backbone="Kd"),
)
POMALIDOMIDE_UK = POMALIDOMIDE.more(
    "isa_dara_pd_uk",
    partial(england.england, partner="pomalidomide"),
    partial(maps.english_map, partner="pomalidomide"),
)
CARFILZOMIB_UK = CARFILZOMIB.more(
    "isa_dara_kd_uk",
    partial(england.england, partner="carfilzomib"),
    partial(maps.english_map, partner="carfilzomib"),
)
RECIPES = (POMALIDOMIDE, CARFILZOMIB, POMALIDOMIDE_SC, CARFILZOMIB_SC, POMALIDOMIDE_UK, CARFILZOMIB_UK)
#: Workbooks that are made from the start, by name.
FROM_THE_START: dict[str, Callable[[], Book]] = {"pelligra": pelligra.pelligra}

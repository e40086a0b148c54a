"""Random streams: one for each uncertain number, keyed by (seed, parameter, labels) and cut into pages.

Adding an input changes no other draw, and any block of draws is reached directly.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from hecon.inputs.distributions import Distribution

#: Draws made at once from one stream; part of what a seed means, so it never changes.
PAGE = 4096
#: So many draws are made where no more than these are asked for: they are the first of a page, since a generator fills
#: its arrays in order.
FEW_DRAWS = 1024
#: Pages of single numbers that are kept, of 32 kB each: several analyses of a workbook draw the same ones.
_KEPT = 256


def streams(seed: int, parameter: str, labels: Sequence[str]) -> Callable[[int], np.random.Generator]:
    """Give the stream of (seed, parameter, labels): a generator for each page."""
    key = hashlib.sha256("\x1f".join([parameter, *labels]).encode()).digest()
    words = np.frombuffer(key, dtype="<u4").tolist()

    def page(number: int) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words], spawn_key=(number,))))

    return page


@lru_cache(maxsize=_KEPT)
def page_of(
    spread: Distribution, seed: int, parameter: str, labels: tuple[str, ...], number: int, count: int = PAGE
) -> np.ndarray:
    """Give one page of draws, or its first ones, from the stream of (seed, parameter, labels), read-only."""
    found = spread.sample(streams(seed, parameter, labels)(number), count)
    found.flags.writeable = False
    return found


@lru_cache(maxsize=_KEPT)
def page_of_normals(seed: int, parameter: str, labels: tuple[str, ...], number: int) -> np.ndarray:
    """Give one page of standard normals from the stream of (seed, parameter, labels), read-only."""
    found = streams(seed, parameter, labels)(number).standard_normal(PAGE)
    found.flags.writeable = False
    return found


def forget_pages() -> None:
    """Let go of the pages that are kept: what is asked for next is drawn anew."""
    page_of.cache_clear()
    page_of_normals.cache_clear()


def paged(make: Callable[[int, int], np.ndarray], start: int, stop: int) -> np.ndarray:
    """Give the draws from `start` to `stop`, made by whole pages, so that the bits do not depend on the block.

    `make` gives a page by its number, or at least so many of its first draws.
    """
    first, last = start // PAGE, max(start, stop - 1) // PAGE
    pages: list[Any] = [make(number, FEW_DRAWS if stop <= FEW_DRAWS else PAGE) for number in range(first, last + 1)]
    whole = pages[0] if len(pages) == 1 else np.concatenate(pages)
    return whole[start - first * PAGE : stop - first * PAGE]


def draws(
    spread: Distribution, count: int, seed: int, parameter: str, labels: Sequence[str], start: int = 0
) -> np.ndarray:
    """Draw `count` values from the stream of (seed, parameter, labels), the first of them being draw `start`."""
    stream = streams(seed, parameter, labels)
    return paged(lambda number, few: spread.sample(stream(number), few), start, start + count)

"""Functions whose sensitivity is known in closed form, and what each method is to find of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from hecon.frozen import frozen


@frozen(eq=True)
class Example:
    """A function of independent uniform inputs: an array (draw, input) to an answer a draw."""

    function: Callable[[np.ndarray], np.ndarray]
    names: tuple[str, ...]
    bounds: tuple[tuple[float, float], ...]


@frozen(eq=True)
class KnownAnswer:
    """Values of one index of the inputs of an example, found with a base sample of `n`, within tolerances."""

    index: str
    values: Sequence[float]
    example: Example
    n: int
    absolute: float = 0.05
    relative: float = 0.1


def _ishigami(x: np.ndarray) -> np.ndarray:
    """sin a + 7 sin^2 b + 0.1 c^4 sin a."""
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


def _alone(x: np.ndarray) -> np.ndarray:
    return x[:, 0]


#: Ishigami and Homma 1990, with a = 7 and b = 0.1.
ISHIGAMI = Example(_ishigami, ("a", "b", "c"), ((-np.pi, np.pi),) * 3)
#: First and total Sobol indices of the Ishigami function, in closed form.
FIRST, TOTAL = (0.3139, 0.4424, 0.0), (0.5576, 0.4424, 0.2437)
#: The first of three inputs, as it is: the others do nothing.
ALONE = Example(_alone, ("a", "b", "c"), ((0.0, 1.0),) * 3)

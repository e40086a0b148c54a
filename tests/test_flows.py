"""The product that weighs shares: the bits of a row depend on neither the rows around it nor the processors."""

import hashlib

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from hecon.flows import DenseShares, FallShares, weigh
from hecon.labels import Axes
from hecon.products import SMALL_PRODUCT, WeightMatrices, contract
from hecon.rows import TILE

#: InParts, cycles, columns; the last are those of some hundred drugs.
SHAPES = [(200, 61, 11), (70, 262, 33), (300, 262, 339), (130, 2081, 150)]


def arrays(rows, length, columns):
    generator = np.random.default_rng(1)
    return generator.random((rows, length)), generator.normal(size=(length, columns))


def bits(array):
    return hashlib.sha256(np.ascontiguousarray(array)).hexdigest()


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_the_matrix_product(shape):
    values, weights = arrays(*shape)
    np.testing.assert_allclose(contract(values, weights), values @ weights, rtol=1e-12, atol=1e-11)


@pytest.mark.parametrize("shape", SHAPES)
def test_any_number_of_processors_gives_the_same_bits(shape):
    values, weights = arrays(*shape)
    found = set()
    for threads in (1, 2, 3, 4):
        with threadpool_limits(threads, user_api="blas"):
            found.add(bits(contract(values, weights)))
    assert len(found) == 1


@pytest.mark.parametrize("shape", SHAPES)
def test_a_row_has_the_same_bits_in_any_block(shape):
    values, weights = arrays(*shape)
    whole = contract(values, weights)
    blocks = [contract(values[start : start + TILE], weights) for start in range(0, len(values), TILE)]
    assert bits(np.concatenate(blocks)) == bits(whole)


@pytest.mark.parametrize("shape", SHAPES)
def test_no_product_is_large_enough_to_be_shared_among_threads(shape, monkeypatch):
    sizes, plain = [], np.matmul

    def watched(a, b, out):
        sizes.append(a.shape[-2] * a.shape[-1] * b.shape[-1])
        return plain(a, b, out=out)

    monkeypatch.setattr(np, "matmul", watched)
    contract(*arrays(*shape))
    assert sizes
    assert max(sizes) <= SMALL_PRODUCT


def test_nothing_to_weigh_gives_nothing():
    assert contract(np.ones((0, 3)), np.ones((3, 2))).shape == (0, 2)
    assert contract(np.ones((5, 3)), np.ones((3, 0))).shape == (5, 0)


def test_shares_that_are_summed_together_have_the_sums_they_have_alone():
    generator = np.random.default_rng(1)
    at_edges, axes = generator.random((130, 3, 62)), Axes({"draw": 130, "strategy": ("A", "B", "C")})
    dense, falls = DenseShares(at_edges, axes), FallShares(at_edges, axes)
    plain, by_strategy = generator.normal(size=(62, 4)), generator.normal(size=(1, 3, 62, 5))
    asked = [dense.weighed(plain), falls.weighed(plain[1:]), dense.weighed(by_strategy)]
    alone = [at_edges @ plain, -np.diff(at_edges) @ plain[1:], np.einsum("dst,stk->dsk", at_edges, by_strategy[0])]
    for together, one in zip(weigh(asked), alone, strict=True):
        np.testing.assert_allclose(together, one, rtol=1e-11, atol=1e-11)


def test_columns_that_weigh_parts_of_the_time_are_summed_over_these_alone():
    """Three horizons that each add to the one before, two columns that weigh nothing, one that weighs all."""
    generator = np.random.default_rng(4)
    values, weights = generator.random((150, 264)), np.zeros((264, 12))
    for column in range(9):
        first, last = ((0, 53), (52, 158), (157, 264))[column % 3]
        weights[first:last, column] = generator.normal(size=last - first)
    even = [columns for columns, *_ in WeightMatrices(weights)._pieces]
    assert [len(range(*columns.indices(12))) for columns in even] == [3, 3, 3]
    np.testing.assert_allclose(contract(values, weights), values @ weights, rtol=1e-12, atol=1e-12)
    weights[:, 1] = 1.0  # among others: columns in even steps would hold it twice
    np.testing.assert_allclose(contract(values, weights), values @ weights, rtol=1e-12, atol=1e-12)

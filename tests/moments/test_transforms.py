"""Transforms in columns, against NumPy's of whole arrays; loops, against plain sums."""

from __future__ import annotations

import numpy as np
import pytest

from similij.moments import transforms
from similij.moments.kernels.spectra import ring_sums, sum_of_products
from similij.moments.transforms import (
    back_in_columns,
    back_in_rows,
    both_of_pairs,
    in_columns,
    in_rows,
)
from similij.spatial.correlation_peak import overlap_sums

SHAPES = [(1,), (7,), (96, 5), (9, 195), (3, 8, 97)]
RNG = np.random.default_rng(8)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("more", [0, 4])
@pytest.mark.parametrize(("most", "together"), [(1, 1), (1, 3), (400, 3), (1 << 17, 1)])
def test_columns_are_those_of_the_whole_spectrum(
    shape, more: int, most: int, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transforms, "PART", most)
    images = RNG.normal(size=(2, *shape))
    padded = [size + more for size in shape]
    rows = [in_rows(image, padded[-1]) for image in images]
    parts = in_columns(rows, padded, lambda *part: part, together)
    starts, count = [part[0].start for part in parts], rows[0].shape[-1]
    assert starts == [*range(0, count, starts[1] if len(parts) > 1 else count)]
    assert not any(start % together for start in starts)  # cells of a pattern, whole
    assert all(
        part[1].size <= max(most, together * part[1][..., :1].size) for part in parts
    )
    for k, image in enumerate(images, 1):
        whole = np.concatenate([part[k] for part in parts], axis=-1)
        np.testing.assert_allclose(
            whole, np.fft.rfftn(image, padded, axes=range(image.ndim)), atol=1e-11
        )


@pytest.mark.parametrize("shape", SHAPES)
def test_and_back(shape) -> None:
    image = RNG.normal(size=shape)
    lags = [np.arange(-(size // 3), size // 2 + 1) for size in shape]
    rows = back_in_columns(np.fft.rfftn(image), lags[:-1])
    found = back_in_rows(rows, shape[-1], lags[-1])
    np.testing.assert_allclose(found, image[np.ix_(*lags)], atol=1e-12)


def test_float32_stays_so() -> None:
    rows = in_rows(np.ones((4, 6), np.float32), 8)
    [part] = in_columns([rows], (4, 8), lambda _, part: part)
    assert rows.dtype == part.dtype == np.complex64


@pytest.mark.parametrize("length", [1, 2, 5, 8])
def test_each_coefficient_counts_as_often_as_it_is_there(length: int) -> None:
    image = RNG.normal(size=(3, length))
    power = np.abs(np.fft.rfft2(image)) ** 2
    total = (power * both_of_pairs(length)).sum()
    assert total == pytest.approx((np.abs(np.fft.fft2(image)) ** 2).sum())


def spectra(dtype) -> np.ndarray:
    return (RNG.normal(size=(2, 11, 7)) + 1j * RNG.normal(size=(2, 11, 7))).astype(
        dtype
    )


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_sums_of_powers(dtype) -> None:
    one, two = spectra(dtype)
    twice = both_of_pairs(12)
    p, q = np.abs(one) ** 2, np.abs(two) ** 2
    rel = 1e-5 if dtype == np.complex64 else 1e-12
    total = sum_of_products(one, two, twice)
    assert total == pytest.approx((p * q * twice).sum(), rel=rel)


def test_sums_of_rings() -> None:
    one, two = spectra(np.complex128)
    front, last = np.arange(11.0) ** 2, np.arange(7.0) ** 2
    twice = both_of_pairs(12)
    found = np.ones((6, 4))  # what is there is added to
    ring_sums(one, two, front, last, twice, 0.5, found)
    ring = np.floor(np.sqrt(front[:, None] + last) + 0.5)
    values = (one * two.conj()).real, abs(one) ** 2, abs(two) ** 2, np.ones((11, 7))
    for k in range(6):
        expected = [1 + (v * twice)[ring == k].sum() for v in values]
        np.testing.assert_allclose(found[k], expected, rtol=1e-12)


@pytest.mark.parametrize(("shape", "reach"), [((5,), (4,)), ((6, 9), (2, 0)),
                                              ((3, 4, 5), (1, 3, 2))])  # fmt: skip
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("squared", [False, True])
def test_what_overlaps_at_each_shift(shape, reach, sign: int, squared: bool) -> None:
    image = RNG.normal(size=shape)
    found = overlap_sums(image, sign, squared, reach)
    assert found.shape == tuple(2 * s + 1 for s in reach)
    for place in np.ndindex(found.shape):
        shift = [sign * (k - s) for k, s in zip(place, reach, strict=True)]
        inside = tuple(
            slice(max(-k, 0), n - max(k, 0)) for k, n in zip(shift, shape, strict=True)
        )
        part = image[inside] ** 2 if squared else image[inside]
        assert found[place] == pytest.approx(part.sum(), abs=1e-12)

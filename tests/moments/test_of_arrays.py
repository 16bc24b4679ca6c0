"""Sums of image pairs are exact, whatever the type, the layout and the threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import truth
from similij.metrics import mean_difference, pearson, rmsd
from similij.moments import of_arrays
from similij.moments.kernels import parts
from similij.moments.moments import FloatMoments, IntegerMoments, Moments, merge
from support import run_python

INTEGERS = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", ">i2", ">u4", ">i8"]
FLOATS = ["f2", "f4", "f8", ">f4", ">f8"]
EDGES = [k + d for k in (8192, 32768, 1 << 18, 1 << 20) for d in (-1, 0, 1)]


def image(dtype: str, size: int, seed: int) -> np.ndarray:
    """Values over the whole range of the type, its ends among them."""
    rng = np.random.default_rng(seed)
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return rng.random(size) < 0.4
    if kind.kind == "f":
        return (rng.normal(3, 2, size) * 2.0 ** rng.integers(-3, 3, size)).astype(kind)
    ends = np.iinfo(kind)
    values = rng.integers(ends.min, ends.max, size, kind.newbyteorder("="), True)
    some = np.array([ends.min, ends.max, 0], kind)
    values[: size // 3] = rng.choice(some, size // 3)
    return values.astype(kind)


def fields(m: Moments) -> truth.Sums:
    assert isinstance(m, IntegerMoments)
    return truth.Sums(m.n, m.sum_x, m.sum_y, m.sum_xx, m.sum_yy, m.sum_xy, m.sum_abs)


def values(m: Moments) -> tuple[float, float, float]:
    return pearson(m), rmsd(m), mean_difference(m)


@pytest.fixture
def with_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    def use(count: int) -> None:
        monkeypatch.setattr(parts, "threads", lambda: count)
        parts._pool.cache_clear()

    yield use
    parts._pool.cache_clear()


@pytest.mark.parametrize(("a", "b"), list(product(INTEGERS, INTEGERS)))
def test_integer_sums_are_exact(a: str, b: str) -> None:
    x, y = image(a, 301, 1), image(b, 301, 2)
    mask = np.random.default_rng(3).random(301) < 0.5
    for part in (None, mask):
        found = of_arrays.moments(x, y, part)
        assert fields(found) == truth.sums(x, y, part)
        expected = truth.of_sums(truth.sums(x, y, part))
        assert pearson(found) == expected.pearson  # rounded once
        assert mean_difference(found) == expected.mean_difference
        assert rmsd(found) == pytest.approx(expected.rmsd, rel=3e-16)


@pytest.mark.parametrize(
    ("a", "b"), [p for p in product(INTEGERS + FLOATS, repeat=2) if "f" in "".join(p)]
)
def test_float_sums_agree_with_fractions(a: str, b: str) -> None:
    x, y = image(a, 301, 1), image(b, 301, 2)
    mask = np.random.default_rng(3).random(301) < 0.5
    for part in (None, mask):
        found = of_arrays.moments(x, y, part)
        assert isinstance(found, FloatMoments)
        assert (found.n, found.excluded) == (301 if part is None else part.sum(), 0)
        # 64-bit integers beside floats are compared as float64
        exact = truth.metrics(x.astype(float), y.astype(float), part)
        assert values(found) == pytest.approx(exact[1:], rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("size", [1, 2, *EDGES])
@pytest.mark.parametrize("dtype", ["?", "u1", "i2", "u2", "i4", "u4", "i8", "f4", "f8"])
def test_every_size_around_blocks_and_chunks(dtype: str, size: int) -> None:
    rng = np.random.default_rng(size)
    top = 2 if dtype == "?" else 100
    a, b = rng.integers(0, top, (2, size))
    keep = rng.random(size) < 0.9
    x, y = a.astype(dtype), b.astype(dtype)
    spaced = np.zeros(2 * size, dtype)
    spaced[::2] = x
    for part, first in ((None, x), (keep, x), (None, spaced[::2])):
        p, q = (a, b) if part is None else (a[part], b[part])
        s = truth.Sums(
            len(p), *map(int, (p.sum(), q.sum(), p @ p, q @ q, p @ q, abs(p - q).sum()))
        )
        found = of_arrays.moments(first, y, part)
        assert found.n == s.n
        if isinstance(found, IntegerMoments):
            assert fields(found) == s
        elif s.n > 1:
            assert values(found) == pytest.approx(
                truth.of_sums(s)[1:], rel=1e-12, abs=1e-13
            )
        elif s.n:
            assert mean_difference(found) == s.apart / s.n


@pytest.mark.parametrize("dtype", ["u1", "u2", "i4", "u8", "f4", "f8"])
def test_threads_do_not_change_a_digit(
    dtype: str, with_threads: Callable[[int], None]
) -> None:
    x, y = image(dtype, (1 << 19) + 77, 5), image(dtype, (1 << 19) + 77, 6)
    mask = image("?", x.size, 7)
    found = []
    for count in (1, 2, 3, 7):
        with_threads(count)
        found.append((of_arrays.moments(x, y), of_arrays.moments(x, y, mask)))
    assert found[1:] == found[:-1]


def test_no_part_is_so_large_that_a_sum_could_overflow(
    with_threads: Callable[[int], None],
) -> None:
    size = (1 << 33) + 5  # nothing is allocated: only the cuts are asked for
    for count in (1, 2):
        with_threads(count)
        pieces = parts._in_parts(size, lambda a, b: (a, b))
        assert [p[0] for p in pieces[1:]] == [p[1] for p in pieces[:-1]]
        assert (pieces[0][0], pieces[-1][1]) == (0, size)
        # (2³²-1)·2³⁰ < 2⁶³: the sum of the low halves of that many products
        assert max(b - a for a, b in pieces) <= 1 << 30


@pytest.mark.parametrize(
    ("asked", "expected"), [("3", "3"), ("0", None), ("many", None), ("", None)]
)
def test_number_of_threads(asked: str, expected: str | None) -> None:
    code = "import os; from similij.moments.kernels.parts import threads as t;"
    code += "print(t(), len(os.sched_getaffinity(0)))"
    found, cores = run_python(code, env={"SIMILIJ_NUM_THREADS": asked}).split()
    assert found == (expected or cores)


def test_a_forked_process_compares_too() -> None:
    """Its copy of the pool has no threads: it must not wait for them."""
    code = """
import multiprocessing, numpy as np, similij
x = np.arange(1 << 19, dtype=np.uint16)
similij.compare(x, x)
def work(_): return similij.compare(x, x).pearson
with multiprocessing.get_context("fork").Pool(1) as pool:
    print(pool.map_async(work, range(2)).get(60))
"""
    env = {"SIMILIJ_NUM_THREADS": "2"}
    assert run_python(code, env=env).strip() == "[1.0, 1.0]"


def layouts(tmp_path: Path) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    def mapped(a: np.ndarray) -> np.ndarray:
        np.save(tmp_path / "image.npy", a)
        return np.load(tmp_path / "image.npy", mmap_mode="r")

    def strided(a: np.ndarray) -> np.ndarray:
        wide = np.zeros((*a.shape[:-1], 3 * a.shape[-1]), a.dtype)
        wide[..., 1::3] = a
        return wide[..., 1::3]

    return {
        "fortran": np.asfortranarray,
        "memmap": mapped,
        "strided": strided,
        "reversed": lambda a: np.ascontiguousarray(a[::-1])[::-1],
        "transposed": lambda a: np.ascontiguousarray(a.T).T,
        "swapped": lambda a: a.astype(a.dtype.newbyteorder()),
    }


@pytest.mark.parametrize(
    "name", ["fortran", "memmap", "strided", "reversed", "transposed", "swapped"]
)
@pytest.mark.parametrize("shape", [(7, 11), (3, 5, 4, 2), (1100, 1001)])
@pytest.mark.parametrize("dtype", ["u2", "i8", "f4"])
def test_layouts(name: str, shape: tuple[int, ...], dtype: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 1000, (2, *shape)).astype(dtype)
    mask = rng.random(shape) < 0.5
    lay = layouts(tmp_path)[name]
    for part in (None, mask):
        plain = of_arrays.moments(x, y, part)
        for other in (
            of_arrays.moments(lay(x), y, part),
            of_arrays.moments(
                x, lay(y), None if part is None else np.asfortranarray(part)
            ),
        ):
            if isinstance(plain, IntegerMoments):
                assert other == plain
            assert other.n == plain.n
            assert values(other) == pytest.approx(values(plain), rel=1e-12)


@pytest.mark.parametrize("shape", [(), (1,), (0,), (3, 0, 2), (2, 3, 1, 2, 2)])
@pytest.mark.parametrize("dtype", ["?", "u2", "i8", "f4"])
def test_any_number_of_dimensions(shape: tuple[int, ...], dtype: str) -> None:
    x = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    found = of_arrays.moments(x, np.ones(shape, dtype))
    assert found.n == x.size
    if isinstance(found, IntegerMoments):
        assert fields(found) == truth.sums(x, np.ones(shape, dtype))


def test_mask_is_broadcast() -> None:
    x, y = np.random.default_rng(0).integers(0, 99, (2, 4, 3, 5))
    for mask in (np.eye(3, 5) > 0, np.array([True]), np.array(True), np.arange(5) > 2):
        assert fields(of_arrays.moments(x, y, mask)) == truth.sums(x, y, mask)


@pytest.mark.parametrize("dtype", ["c8", "O", "U3", "M8[s]", "m8[s]", "V4", "g"])
def test_other_types_are_refused(dtype: str) -> None:
    if dtype == "g" and np.dtype("g").itemsize == 8:
        dtype = "c16"  # where long double is float64
    with pytest.raises(TypeError, match="cannot be compared"):
        of_arrays.moments(np.zeros(3, dtype), np.zeros(3))


def test_2_to_the_26_pixels_of_65535_but_one() -> None:
    n = 1 << 26
    x = np.full(n, 65535, np.uint16)
    y = np.full(n, 65535, np.uint16)
    x[12345], y[n - 7] = 0, 65534
    found = of_arrays.moments(x, y)
    assert pearson(found) == -1 / (n - 1)  # one odd pixel each, at different places
    assert found.sum_sq == 65535**2 + 1
    assert found.sum_abs == 65536
    x[12345], x[n - 7] = 65535, 3
    assert pearson(of_arrays.moments(x, y)) == 1.0


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("fraction", [0.0, 0.5, 0.999])
def test_nan_and_infinity_are_counted(dtype: str, fraction: float) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(5, 1, (2, 20000)).astype(dtype)
    x[rng.random(x.size) < fraction] = np.nan
    y[rng.random(y.size) < 0.1] = np.nan
    keep = ~(np.isnan(x) | np.isnan(y))
    found = of_arrays.moments(x, y)
    assert (found.n, found.excluded) == (keep.sum(), x.size - keep.sum())
    assert values(found) == pytest.approx(
        truth.metrics(x[keep], y[keep])[1:], rel=1e-12
    )
    outside = of_arrays.moments(np.where(keep, x, np.inf), y, keep)
    assert (outside.excluded, outside.infinite) == (0, 0)
    assert values(outside) == pytest.approx(values(found), rel=1e-12)
    x[3], y[3] = -np.inf, 1
    assert of_arrays.moments(x, y).infinite == 1


def test_float64_far_from_zero() -> None:
    """Offset 1e8 and standard deviation 1: raw sums lose every digit here."""
    rng = np.random.default_rng(8)
    a = rng.normal(size=20_000)
    for r in (0.3, -0.999):
        b = r * a + np.sqrt(1 - r * r) * rng.normal(size=a.size)
        x, y = 1e8 + a, 1e8 + b
        exact = truth.metrics(x, y)
        found = values(of_arrays.moments(x, y))
        assert abs(found[0] - exact.pearson) < 1e-12
        assert found[1:] == pytest.approx(exact[2:], rel=1e-12)


def test_first_guess_of_the_mean_far_off() -> None:
    """The pixels sampled first are nothing like the others."""
    rng = np.random.default_rng(9)
    x, y = 1e8 + rng.normal(size=(2, 1 << 14))
    x[:: x.size // 1024], y[:: y.size // 1024] = -1e8, -1e8  # all that is sampled
    exact = truth.metrics(x, y)
    assert values(of_arrays.moments(x, y)) == pytest.approx(exact[1:], rel=1e-12)
    mask = np.ones(x.size, bool)
    mask[:: x.size // 1024] = False
    exact = truth.metrics(x, y, mask)
    assert values(of_arrays.moments(x, y, mask)) == pytest.approx(exact[1:], rel=1e-10)


@pytest.mark.parametrize("value", [0.0, 0.1, -1 / 3, 1e8 + 0.1, 1e-300, 1e300])
@pytest.mark.parametrize("size", [1, 5, 8193, 20011])
def test_constant_floats_are_known_as_such(value: float, size: int) -> None:
    y = np.arange(size, dtype=float)
    assert of_arrays.moments(np.full(size, value), y).constant[0]
    x = np.full(size, value)
    x[-1] = np.nextafter(value, 1)
    assert not of_arrays.moments(x, y).constant[0] or size == 1
    half = size // 2
    halves = merge(
        of_arrays.moments(x[:half], y[:half]), of_arrays.moments(x[half:], y[half:])
    )
    assert not halves.constant[0] or size == 1


def test_slabs_cover_an_array_in_order() -> None:
    for shape in [(), (0,), (7,), (3, 4), (2, 3, 5), (1, 50), (5, 0, 2)]:
        a = np.arange(np.prod(shape, dtype=int)).reshape(shape)
        for pixels in (1, 4, 6, 1000):
            pieces = [a[index] for index in parts.slabs(shape, pixels)]
            joined = np.concatenate([p.ravel() for p in pieces] or [a.ravel()])
            assert joined.tolist() == a.ravel().tolist()
            assert max((p.size for p in pieces), default=0) <= pixels


def pairs(dtype: str, elements: st.SearchStrategy | None = None) -> st.SearchStrategy:
    shape = st.integers(1, 60).map(lambda n: (2, n))
    return hnp.arrays(dtype, shape, elements=elements)


FINITE = st.floats(-1e6, 1e6, allow_subnormal=False)


@settings(max_examples=60, deadline=None)
@given(pairs("i8"), st.randoms(use_true_random=False))
def test_integers_merge_in_any_order(xy: np.ndarray, random) -> None:
    cuts = sorted(random.sample(range(xy.shape[1] + 1), min(3, xy.shape[1])))
    parts = [of_arrays.moments(*p) for p in np.split(xy, cuts, axis=1)]
    random.shuffle(parts)
    total = None
    for part in parts:
        total = merge(total, part)
    assert total == of_arrays.moments(*xy)
    assert fields(total) == truth.sums(*xy)


@settings(max_examples=60, deadline=None)
@given(pairs("f8", FINITE), st.randoms(use_true_random=False))
def test_floats_merge_in_any_order(xy: np.ndarray, random) -> None:
    cuts = sorted(random.sample(range(xy.shape[1] + 1), min(3, xy.shape[1])))
    parts = [of_arrays.moments(*p) for p in np.split(xy, cuts, axis=1)]
    random.shuffle(parts)
    total = None
    for part in parts:
        total = merge(total, part)
    whole, s = of_arrays.moments(*xy), truth.sums(*xy)
    exact = [s.n * v for v in (s.xx, s.yy)]
    exact = [float(e - m * m) / s.n for e, m in zip(exact, (s.x, s.y), strict=True)]
    for m in (total, whole):
        assert m.n == s.n
        # beside the values' own size: what float64 can carry
        scale = float(max(s.xx, s.yy)) * 1e-15
        assert m.deviations[:2] == pytest.approx(exact, rel=1e-12, abs=scale)
        assert m.sum_abs == pytest.approx(float(s.apart), rel=1e-12)


@pytest.mark.parametrize("dtype", ["u2", "f4", "f8"])
@pytest.mark.parametrize("tile", [(1, 1), (7, 5), (64, 1), (13, 100)])
def test_tiles_give_the_same(dtype: str, tile: tuple[int, int]) -> None:
    rng = np.random.default_rng(4)
    x, y = rng.normal(1000, 30, (2, 64, 51)).astype(dtype)
    total = None
    for i, j in product(range(0, 64, tile[0]), range(0, 51, tile[1])):
        part = np.s_[i : i + tile[0], j : j + tile[1]]
        total = merge(total, of_arrays.moments(x[part], y[part]))
    whole = of_arrays.moments(x, y)
    if dtype == "u2":
        assert total == whole
    assert values(total) == pytest.approx(values(whole), rel=1e-12)


def test_integers_and_floats_do_not_merge() -> None:
    with pytest.raises(TypeError, match="cannot be merged"):
        merge(IntegerMoments(), FloatMoments())


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "u8", "f4", "f8"])
@pytest.mark.parametrize("byte", [1, 3, 255])
def test_true_is_true_whatever_its_byte(dtype: str, byte: int) -> None:
    """Pillow, for one, writes 255 for True."""
    rng = np.random.default_rng(8)
    inside = rng.random(2000) < 0.5
    odd = (inside.astype("u1") * np.uint8(byte)).view(bool)
    x, y = (rng.integers(0, 200, 2000).astype(dtype) for _ in range(2))
    masked, expected = (
        of_arrays.moments(x, y, odd),
        of_arrays.moments(x[inside], y[inside]),
    )
    assert masked.n == expected.n
    assert masked.sum_abs == expected.sum_abs
    pair = of_arrays.moments(odd, x)
    assert pair.sum_abs == of_arrays.moments(inside.astype(dtype), x).sum_abs


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("dtype", ["?", "u1", "u2", "i2", "u4", "f4", "f8"])
@pytest.mark.parametrize("shape", [(601, 530), (3, 300, 1000), (31, 9001)])
def test_part_of_a_larger_image_is_read_in_place(
    shape: tuple[int, ...], dtype: str, masked: bool, with_threads
) -> None:
    size = (*shape[:-2], shape[-2] + 3, shape[-1] + 5)
    part = (..., slice(1, -2), slice(2, -3))
    x, y = (image(dtype, np.prod(size), k).reshape(size)[part] for k in (1, 2))
    mask = (np.random.default_rng(3).random(size) < 0.4)[part] if masked else None
    if dtype == "f4":
        x[..., 5, 7], y[..., 9, 100:400] = np.nan, np.inf
    whole = (np.ascontiguousarray(v) for v in (x, y))
    expected = of_arrays.moments(*whole, None if mask is None else mask.copy())
    for count in (1, 2, 3):
        with_threads(count)
        found = of_arrays.moments(x, y, mask)
        if isinstance(expected, IntegerMoments):
            assert found == expected
        else:
            counts = [(m.n, m.excluded, m.infinite) for m in (found, expected)]
            assert counts[0] == counts[1]
            for name in ("mean_x", "mean_y", "m2_x", "m2_y", "sum_abs", "sum_sq"):
                ours, theirs = getattr(found, name), getattr(expected, name)
                assert ours == pytest.approx(theirs, rel=1e-12)


def test_a_constant_part_of_a_larger_image_is_known_as_such() -> None:
    x = np.random.default_rng(1).random((700, 800))
    x[1:, 1:] = 0.1
    found = of_arrays.moments(x[1:, 1:], x[1:, 1:] + 1)
    assert found.constant == (True, True)
    assert not any(of_arrays.moments(x[:, 1:], x[:, 1:]).constant)

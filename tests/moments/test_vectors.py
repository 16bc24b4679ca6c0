"""Vectors of every width, and none, give the same sums; one kernel serves a type."""

from __future__ import annotations

import numpy as np
import pytest

import truth
from similij.moments import of_arrays
from similij.moments import of_labels as _labelsums
from similij.moments.kernels import choice
from similij.moments.kernels.simd import BYTES
from similij.moments.moments import IntegerMoments
from support import run_python

SIZES = [1, 63, 64, 65, 32767, 32768, 32769, 100_003]
"""Around a vector, around a block, and several blocks with a rest."""

CODE = """
import numpy as np
from similij.moments import of_arrays
from similij.moments.kernels import simd
assert simd.BYTES == {width}, simd.BYTES
for dtype in ("u1", "u2", "i2"):
    ends = np.iinfo(dtype)
    random = np.random.default_rng(5)
    x, y = random.integers(ends.min, ends.max, (2, 70001), dtype, True)
    x[:40000] = y[:40000] = ends.min
    x[40000:50000] = ends.max
    for mask in (None, random.random(70001) < 0.3):
        found = of_arrays.moments(x, y, mask)
        a, b = (v.astype(object)[... if mask is None else mask] for v in (x, y))
        assert found.n == len(a) and found.sum_x == a.sum() and found.sum_y == b.sum()
        assert found.sum_xx == (a * a).sum() and found.sum_yy == (b * b).sum()
        assert found.sum_xy == (a * b).sum() and found.sum_abs == abs(a - b).sum()
print("same")
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "env"),
    [
        (0, {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}),
        (32, {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx2"}),
    ],
)
def test_sums_on_other_processors(width: int, env: dict[str, str]) -> None:
    if BYTES == 16:
        pytest.skip("these are processors of x86; see test_arm.py for those of ARM")
    if width > BYTES:
        pytest.skip("this processor has no such vectors")
    assert run_python(CODE.format(width=width), env=env).strip() == "same"


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2"])
@pytest.mark.parametrize("size", SIZES)
def test_extremes_do_not_overflow(dtype: str, size: int) -> None:
    ends = np.iinfo(dtype)
    inside = np.random.default_rng(1).random(size) < 0.9
    for a in (ends.min, ends.max):
        for b in (ends.min, ends.max):
            x, y = np.full(size, a, dtype), np.full(size, b, dtype)
            for mask, n in ((None, size), (inside, int(inside.sum()))):
                m = of_arrays.moments(x, y, mask)
                assert isinstance(m, IntegerMoments)
                found = m.n, m.sum_x, m.sum_y, m.sum_xx, m.sum_yy, m.sum_xy, m.sum_abs
                expected = (1, a, b, a * a, b * b, a * b, abs(a - b))
                assert found == tuple(n * e for e in expected)


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "f4"])
def test_one_compiled_loop_serves_every_kind_of_array(dtype: str) -> None:
    """Read-only or not aligned must not mean to compile in the middle of work."""
    pixels = np.random.default_rng(2).integers(0, 200, 999).astype(dtype)
    frozen = pixels.copy()
    frozen.flags.writeable = False
    odd = np.zeros(pixels.nbytes + 1, np.uint8)[1:].view(dtype)
    odd[:] = pixels
    expected = of_arrays.moments(pixels, pixels[::-1].copy())
    loops = [
        f
        for m in (choice._kernels(), choice.vector_loops())
        for f in vars(m).values()
        if hasattr(f, "signatures")
    ]
    before = [len(f.signatures) for f in loops]
    for a in (frozen, odd, pixels):
        assert of_arrays.moments(a, pixels[::-1]) == expected
    assert [len(f.signatures) for f in loops] == before
    assert truth.metrics(pixels, pixels[::-1])[0] == expected.n


@pytest.mark.parametrize("vectors", [True, False])
@pytest.mark.parametrize("dtype", ["u1", "u2", "i2"])
@pytest.mark.parametrize("kind", ["u1", "u2", "i4", "i8"])
def test_labels_have_the_sums_of_their_pixels(
    kind: str, dtype: str, vectors: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not vectors:
        monkeypatch.setattr(_labelsums, "vector_loops", lambda: None)
    random = np.random.default_rng(8)
    lengths = random.integers(1, 90, 400)
    labels = np.repeat(random.integers(0, 12, 400), lengths).astype(kind)
    ends = np.iinfo(dtype)
    x, y = random.integers(ends.min, ends.max, (2, labels.size), dtype, True)
    table = _labelsums.label_sums(x.dtype, y.dtype, 12)
    for part in (slice(0, 5000), slice(5000, None)):
        table.add(x[part], y[part], labels[part].astype(kind))
        assert table.seen()[0] == 0, "background is not summed"
    for label in range(1, 12):
        assert table.moments(label) == of_arrays.moments(x, y, labels == label)


@pytest.mark.parametrize("period", [1, 7, 1 << 20])
def test_labels_of_many_pixels_do_not_overflow(period: int) -> None:
    """Both labels take turns, of one pixel, of seven, or for a million pixels."""
    size = 1 << 21
    labels = (np.arange(size) // period % 2 + 1).astype(np.uint16)
    for a, b in ((0, 0), (0, 65535), (65535, 65535)):
        x, y = np.full(size, a, np.uint16), np.full(size, b, np.uint16)
        table = _labelsums.label_sums(x.dtype, y.dtype, 3)
        table.add(x, y, labels)
        for label in (1, 2):
            n = int(np.count_nonzero(labels == label))
            m = table.moments(label)
            assert isinstance(m, IntegerMoments)
            found = m.n, m.sum_x, m.sum_y, m.sum_xx, m.sum_yy, m.sum_xy, m.sum_abs
            expected = (1, a, b, a * a, b * b, a * b, abs(a - b))
            assert found == tuple(n * e for e in expected)

"""Tiles on threads: one order of sums, BLAS limited and let go, looks in a loop."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
import xarray as xr
from threadpoolctl import threadpool_info

from similij import pairwise
from similij.matrix.blas import one_thread
from similij.moments.kernels import parts
from similij.moments.kernels.looks import level_and_detail, level_and_detail_inside


def _blas_threads() -> list[int]:
    return [
        library["num_threads"]
        for library in threadpool_info()
        if library["user_api"] == "blas"
    ]


def test_blas_has_its_threads_back() -> None:
    before = _blas_threads()
    with one_thread():
        assert {*_blas_threads()} <= {1}
        with one_thread():
            pass
        assert {*_blas_threads()} <= {1}
    assert _blas_threads() == before
    with pytest.raises(KeyError), one_thread():
        raise KeyError
    assert _blas_threads() == before


def test_blas_has_its_threads_back_from_threads_that_overlap() -> None:
    before = _blas_threads()
    entered, leave = threading.Event(), threading.Event()

    def other() -> None:
        with one_thread():
            entered.set()
            leave.wait()

    for _ in range(2):  # and another thread can limit it afterwards
        entered.clear()
        leave.clear()
        thread = threading.Thread(target=other)
        with one_thread():
            thread.start()
            entered.wait()
        leave.set()
        thread.join()
        assert _blas_threads() == before
        thread = threading.Thread(target=other)
        entered.clear()
        leave.clear()
        thread.start()
        entered.wait()
        assert {*_blas_threads()} <= {1}
        leave.set()
        thread.join()
        assert _blas_threads() == before


@pytest.fixture
def two_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(parts, "threads", lambda: 2)
    parts._pool.cache_clear()
    yield
    parts._pool.cache_clear()


@pytest.mark.usefixtures("two_threads")
def test_results_come_in_order_and_few_wait() -> None:
    started: list[int] = []

    def work(k: int) -> int:
        started.append(k)
        return k * k

    done = []
    for k, square in enumerate(parts.in_turn(work, range(20), 3)):
        assert len(started) <= k + 3
        done.append(square)
    assert done == [k * k for k in range(20)]


@pytest.mark.usefixtures("two_threads")
def test_an_error_in_one_piece_ends_them_all() -> None:
    def work(k: int) -> int:
        if k == 4:
            raise ValueError("the fifth")
        return k

    each = parts.in_turn(work, range(10**9), 3)
    assert [next(each) for _ in range(4)] == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="the fifth"):
        next(each)


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_threads_change_no_bit(dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("similij.matrix.stack.TILE", 1)
    monkeypatch.setattr("similij.matrix.stack._SHORTEST", 200)
    draw = np.random.default_rng(1)
    takes = [(draw.random((70, 90)) * 250).astype(dtype) for _ in range(11)]
    on_threads = pairwise(takes)
    monkeypatch.setattr(
        "similij.matrix.products.in_turn", lambda work, tiles, _: map(work, tiles)
    )
    xr.testing.assert_identical(on_threads.drop_attrs(), pairwise(takes).drop_attrs())


def _of_numpy(block: np.ndarray, inside: np.ndarray) -> list[float]:
    both = inside[:, 1:] & inside[:, :-1]
    chosen = block[inside]
    steps = np.diff(block, axis=1)[both]
    squares = np.square(chosen - chosen.mean()).sum()
    return [chosen.size, chosen.mean(), squares, steps.size, np.square(steps).sum()]


def test_level_and_detail() -> None:
    draw = np.random.default_rng(2)
    block = draw.normal(1e4, 3, (13, 47))
    everywhere = np.ones(block.shape, np.uint8)
    expected = _of_numpy(block, everywhere > 0)
    assert level_and_detail(block) == pytest.approx(expected, rel=1e-12)
    assert level_and_detail_inside(block, everywhere) == pytest.approx(
        expected, rel=1e-12
    )
    block[3, 5], block[0, 0] = np.nan, np.inf
    assert not np.isfinite(level_and_detail(block)[1])
    inside = draw.random(block.shape) < 0.7
    expected = _of_numpy(block, inside & np.isfinite(block))
    found = level_and_detail_inside(block, inside.view(np.uint8))
    assert found == pytest.approx(expected, rel=1e-12)


def test_an_image_of_one_value_has_no_contrast_and_no_detail() -> None:
    """However many tiles it has; before, rounding of their means was a contrast."""
    found = pairwise([np.full((300, 70), 0.1), np.eye(300, 70)])
    assert (found.image_mean.values[0], found.image_contrast.values[0]) == (0.1, 0)
    assert np.isnan(found.image_fineness.values[0])


def test_the_mean_of_numbers_that_float64_rounds() -> None:
    wide = np.arange(2**60, 2**60 + 10_000, dtype=np.int64).reshape(100, 100)
    found = pairwise([wide, wide[::-1].copy()])
    assert found.image_mean.values == pytest.approx(2.0**60 + 4999.5, rel=1e-15)
    assert found.image_contrast.values == pytest.approx(np.arange(10_000).std())

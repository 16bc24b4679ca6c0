"""Pieces of work are shared among threads, and come back in their order."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from similij.moments.kernels import parts
from similij.moments.kernels.parts import on_threads


@pytest.fixture(autouse=True)
def several_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SIMILIJ_NUM_THREADS", "3")
    parts.threads.cache_clear()
    parts._pool.cache_clear()
    yield
    parts.threads.cache_clear()
    parts._pool.cache_clear()


def test_results_are_in_the_order_of_the_pieces() -> None:
    ran = set()

    def work(piece: int) -> int:
        ran.add(threading.get_ident())
        time.sleep(0.01 / (1 + piece % 3))
        return piece**2

    assert on_threads(work, [*range(40)]) == [k**2 for k in range(40)]
    assert len(ran) == 3
    assert threading.get_ident() not in ran


def test_one_piece_is_done_where_it_is_asked_for() -> None:
    assert on_threads(lambda _: threading.get_ident(), [0]) == [threading.get_ident()]
    assert on_threads(abs, []) == []


def test_the_first_piece_that_fails_says_why_and_no_more_are_begun() -> None:
    begun = []

    def work(piece: int) -> int:
        begun.append(piece)
        if piece == 5:
            time.sleep(0.05)
            raise ValueError("piece 5")
        if piece == 6:
            raise KeyError("piece 6, which is later, though it fails first")
        time.sleep(0.01)
        return piece

    with pytest.raises(ValueError, match="piece 5"):
        on_threads(work, [*range(1000)])
    assert len(begun) < 20
    assert on_threads(abs, [-1, -2]) == [1, 2]  # the threads are free again


def test_an_interrupted_wait_leaves_no_work_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = []

    def interrupted(_: object) -> None:
        while len(begun) < 3:
            time.sleep(0.001)
        raise KeyboardInterrupt

    def work(piece: int) -> None:
        begun.append(piece)
        time.sleep(0.02)

    monkeypatch.setattr(parts, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        on_threads(work, [*range(1000)])
    some = len(begun)
    time.sleep(0.1)
    assert len(begun) <= some + 3

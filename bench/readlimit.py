"""The least there is to do: read both images once, on as many threads as similij.

The loops add or join 64-bit words, whatever the pixels are, so that memory is all that
they wait for. Several forms are tried; the fastest is the read limit.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

import numba
import numpy as np
from numpy.typing import NDArray

from similij.sums import threads

Array: TypeAlias = NDArray[Any]
Read: TypeAlias = Callable[[Array, Array], None]

_BLOCK = 8192  # words: 64 KiB


@numba.njit(nogil=True)
def add_words(x: Array, y: Array) -> int:
    """Sum two arrays of 64-bit words, one after the other."""
    total = 0
    for words in (x, y):
        for start in range(0, words.size, _BLOCK):
            block = words[start : start + _BLOCK]
            part = 0
            for i in range(block.size):
                part += block[i]
            total += part
    return total


@numba.njit(nogil=True)
def add_words_of_both(x: Array, y: Array) -> int:
    """Sum two arrays of 64-bit words, side by side."""
    total = 0
    for start in range(0, x.size, _BLOCK):
        xs, ys = x[start : start + _BLOCK], y[start : start + _BLOCK]
        part, other = 0, 0
        for i in range(xs.size):
            part += xs[i]
            other += ys[i]
        total += part + other
    return total


@numba.njit(nogil=True)
def or_words(x: Array, y: Array) -> int:
    """Join the bits of two arrays of 64-bit words, in one block each."""
    part, other = 0, 0
    for i in range(x.size):
        part |= x[i]
    for i in range(y.size):
        other |= y[i]
    return part | other


LOOPS = (add_words, add_words_of_both, or_words)


def reads(pool: ThreadPoolExecutor) -> dict[str, Read]:
    """Ways to read two images, each a loop that all threads run over parts of them."""
    return {
        f"read {loop.__name__} {parts}": _in_parts(loop, pool, parts)
        for loop in LOOPS
        for parts in (1, 4)
    }


def _in_parts(loop: Any, pool: ThreadPoolExecutor, parts_per_thread: int) -> Read:
    def read(x: Array, y: Array) -> None:
        u, v = x.reshape(-1).view(np.int64), y.reshape(-1).view(np.int64)
        step = -(-u.size // (parts_per_thread * threads()))
        starts = range(0, u.size, step)
        list(pool.map(lambda a: loop(u[a : a + step], v[a : a + step]), starts))

    return read


def check_vectors() -> None:
    """Stop if the compiler did not turn the reading loops into vectors."""
    if platform.machine() not in ("x86_64", "AMD64"):
        return
    words = np.zeros(64, np.int64)
    for loop in LOOPS:
        loop(words, words)
        code = loop.inspect_asm(loop.signatures[0])
        if not re.search(r"\s(vpaddq|vporq?|vpternlogq)\s.*%[yz]mm", code):
            raise SystemExit(f"{loop.__name__} was not vectorised: no read limit here")

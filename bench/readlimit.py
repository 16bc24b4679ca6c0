"""The least there is to do: read both images once, on as many threads as similij.

The loops add or join 64-bit words, whatever the pixels are, so that memory is all that
they wait for. Several forms are tried; the fastest is the read limit. The copy limit is
a plain copy of both images into memory that was written to before.
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

from report import Times
from similij.moments.kernels.parts import threads

Array: TypeAlias = NDArray[Any]

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


class Limits:
    """Ways to read and to copy some arrays, and which of them is the fastest.

    Parameters
    ----------
    *arrays : ndarray
        Contiguous, of whole 64-bit words.
    """

    def __init__(self, *arrays: Array) -> None:
        words = [a.reshape(-1).view(np.int64) for a in arrays]
        copies = [w.copy() for w in words]
        self._pool = ThreadPoolExecutor(threads())
        self.reads: dict[str, Callable[[], Any]] = {
            f"read {loop.__name__} {parts}": self._read(loop, words, parts)
            for loop in LOOPS
            for parts in (1, 4)
        }
        copy = self._in_parts(
            lambda part: [
                np.copyto(c[part], w[part]) for c, w in zip(copies, words, strict=True)
            ],
            words[0].size,
            1,
        )
        self.ways = {**self.reads, "copy": copy}

    def fastest(self, times: dict[str, Times]) -> Times:
        """Find the best way to read."""
        return min((times[name] for name in self.reads), key=lambda t: t.median)

    def _read(self, loop: Any, words: list[Array], parts: int) -> Callable[[], Any]:
        # Two arrays at a time; a third, a mask or labels, after them.
        pairs = [tuple(words[:2]), *((w, w[:0]) for w in words[2:])]
        each = [
            self._in_parts(lambda k, x=x, y=y: loop(x[k], y[k]), x.size, parts)
            for x, y in pairs
        ]
        return lambda: [read() for read in each]

    def _in_parts(self, work: Any, size: int, parts: int) -> Callable[[], Any]:
        step = -(-size // (parts * threads()))
        pieces = [slice(a, a + step) for a in range(0, size, step)]
        return lambda: list(self._pool.map(work, pieces))


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

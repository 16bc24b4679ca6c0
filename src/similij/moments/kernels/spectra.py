"""Loop over columns of Fourier transforms, and over what overlaps at each shift.

A shift and Fourier rings are made of them. Each takes arrays of three axes, in which
those before and after the one that matters are flattened.
"""

from __future__ import annotations

import numpy as np

from .compiled import compiled

i64 = np.int64


@compiled()
def ring_sums(one, two, front, last, twice, half, out):  # type: ignore[no-untyped-def]
    """Add [Re F₁F₂*, |F₁|², |F₂|², coefficients] of each ring to its row of `out`.

    front, last: what the frequencies of a row and of a column add to the square of the
    number of the ring, which is rounded by `half`; twice: how often each column counts.
    What is beyond the last row of `out` is left out.
    """
    for i in range(one.shape[0]):
        for j in range(one.shape[1]):
            ring = i64(np.sqrt(front[i] + last[j]) + half)
            if ring >= out.shape[0]:
                continue
            a, b, weight = one[i, j], two[i, j], twice[j]
            out[ring, 0] += weight * (a.real * b.real + a.imag * b.imag)
            out[ring, 1] += weight * (a.real * a.real + a.imag * a.imag)
            out[ring, 2] += weight * (b.real * b.real + b.imag * b.imag)
            out[ring, 3] += weight


@compiled()
def sum_of_products(one, two, twice):  # type: ignore[no-untyped-def]
    """Return the sum of |F₁|²·|F₂|², each column as often as `twice` says."""
    total = 0.0
    for i in range(one.shape[0]):
        for j in range(one.shape[1]):
            a, b = one[i, j], two[i, j]
            p = np.float64(a.real * a.real + a.imag * a.imag)
            q = np.float64(b.real * b.real + b.imag * b.imag)
            total += twice[j] * (p * q)
    return total


@compiled()
def sums_at_shifts(image, squared, reach, sign, out):  # type: ignore[no-untyped-def]
    """Sum along the middle of three axes what overlaps at each shift of it.

    out: of 2·reach + 1 shifts along that axis. Of each shift s those i count for which
    i + s (sign 1) or i - s (sign -1) is inside, too. squared: sum squares.
    """
    before, n, after = image.shape
    for k in range(before):
        for m in range(after):
            out[k, reach, m] = 0.0
        for i in range(n):
            for m in range(after):
                value = np.float64(image[k, i, m])
                out[k, reach, m] += value * value if squared else value
        # A shift leaves out pixels at one end: one more than the shift before it.
        for side in (-1, 1):
            to = side * sign
            for s in range(1, reach + 1):
                i = s - 1 if side < 0 else n - s
                here, there = reach + to * s, reach + to * (s - 1)
                for m in range(after):
                    value = np.float64(image[k, i, m])
                    if squared:
                        value *= value
                    out[k, here, m] = out[k, there, m] - value

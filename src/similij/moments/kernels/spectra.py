"""Loop over columns of Fourier transforms, and over what overlaps at each shift.

A shift, Fourier rings and autocovariances are made of them. Axes before and after those
that matter are flattened.
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


@compiled(fastmath={"reassoc"})
def sums_under(values, window):  # type: ignore[no-untyped-def]
    """Return Σw, Σw², Σw⁴ and Σwv of weights and values, and the extremes of these.

    Values under no weight are left out.
    """
    first = second = fourth = total = 0.0
    least, most = np.inf, -np.inf
    for i in range(values.size):
        weight, value = window[i], values[i]
        square = weight * weight
        first += weight
        second += square
        fourth += square * square
        total += weight * value
        if weight > 0:
            least, most = min(least, value), max(most, value)
    return first, second, fourth, total, least, most


@compiled(fastmath={"reassoc"})
def put_under(values, window, mean):  # type: ignore[no-untyped-def]
    """Replace values by (v - mean)·w, and return the sum of squares of these."""
    total = 0.0
    for i in range(values.size):
        value = (values[i] - mean) * window[i]
        values[i] = value
        total += value * value
    return total


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


@compiled(fastmath={"reassoc"})
def powers(one, two, p, q, twice, cell, side, of_one, of_two, across, along, cells):  # type: ignore[no-untyped-def]
    """Square some columns of two spectra, and add up what is asked of the squares.

    p, q: gains of the two in their difference; twice: how often each column counts;
    cell: which row of cells each row is of, and `side` columns are one of their own.
    of_one, of_two: are given |F₁|² and |F₂|². across, along: are given these and
    Re F₁F₂*, summed over columns and over rows. cells: is added |F₁|², |F₂|² and
    |pF₁ - qF₂|², summed in cells.
    """
    height, width = one.shape
    along[:] = 0.0
    columns = np.arange(width) // side
    # Of the rows of one cell, in vectors of columns: thrice as fast as cell by cell.
    rows = np.zeros((4, width))
    for i in range(height):
        sum_one = sum_two = sum_both = 0.0
        for j in range(width):
            a, b = one[i, j], two[i, j]
            square_one = a.real * a.real + a.imag * a.imag
            square_two = b.real * b.real + b.imag * b.imag
            both = a.real * b.real + a.imag * b.imag
            real, imag = p * a.real - q * b.real, p * a.imag - q * b.imag
            of_one[i, j], of_two[i, j] = square_one, square_two
            rows[0, j] += square_one
            rows[1, j] += square_two
            rows[2, j] += both
            rows[3, j] += real * real + imag * imag
            sum_one += twice[j] * square_one
            sum_two += twice[j] * square_two
            sum_both += twice[j] * both
        across[0, i], across[1, i], across[2, i] = sum_one, sum_two, sum_both
        if i + 1 < height and cell[i + 1] == cell[i]:
            continue
        place = cell[i]
        for j in range(width):
            column = columns[j]
            cells[0, place, column] += rows[0, j]
            cells[1, place, column] += rows[1, j]
            cells[2, place, column] += rows[3, j]
            for k in range(3):
                along[k, j] += rows[k, j]
        rows[:] = 0.0


@compiled(fastmath={"reassoc"})
def window_sums(one, two, twice, of_one, of_two):  # type: ignore[no-untyped-def]
    """Add |F₁|² and |F₂|² of each window to `of_one`, `of_two`; return Σ|F₁|²·|F₂|².

    twice: how often each frequency counts in that sum.
    """
    total = 0.0
    for i in range(one.shape[0]):
        for j in range(one.shape[1]):
            a, b = one[i, j], two[i, j]
            square_one = np.float64(a.real * a.real + a.imag * a.imag)
            square_two = np.float64(b.real * b.real + b.imag * b.imag)
            of_one[j] += square_one
            of_two[j] += square_two
            total += twice[j] * (square_one * square_two)
    return total


@compiled(fastmath={"reassoc"})
def sum_over_pairs(one, two, pairs, fewest):  # type: ignore[no-untyped-def]
    """Return Σ one·two/pairs, where there are that many pairs at least."""
    total = 0.0
    for i in range(one.shape[0]):
        for j in range(one.shape[1]):
            n = pairs[i, j]
            product = np.float64(one[i, j]) * two[i, j]
            total += product / n if n >= fewest else 0.0
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

"""Studentise resamples: their errors in units of their own standard error.

A bootstrap that studentises takes the tails of its interval from these ratios t, not
from the values, and so allows for a sample with a large error often having a small
spread, too (Hall 1992, doi:10.1007/978-1-4612-4384-7).
"""

from __future__ import annotations

import math

import numpy as np

from .resampling import Floats, Scale

CONFIDENCE = 0.95
"""Share of samples whose interval is to hold the true value."""

NORMAL = 1.959963984540054
"""Point above which the normal distribution leaves 2.5 %."""

FEWEST_RESAMPLES = 99
"""Fewer cannot tell the 2.5 % that an interval leaves out at each end."""

MOST_RESAMPLES = 1_000_000
"""What more would say of p is below 1e-6; 1e9 would take days, or 3 TB."""


def check_resamples(n_resamples: int) -> None:
    """Refuse too few resamples, and more than ever end."""
    if not FEWEST_RESAMPLES <= n_resamples <= MOST_RESAMPLES:
        raise ValueError(
            f"n_resamples is {n_resamples}: it must be {FEWEST_RESAMPLES} or more, and "
            f"{MOST_RESAMPLES:,} at most."
        )


def t_quantile(freedom: float) -> float:
    """Return the point above which Student's t of this freedom leaves 2.5 %."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))


def welch(variances: tuple[float, ...], freedoms: tuple[float, ...]) -> float:
    """Return the freedom of a sum of variances, each with its own.

    Satterthwaite's approximation, as in Welch's test.
    """
    inverse = sum(v * v / f for v, f in zip(variances, freedoms, strict=True))
    return sum(variances) ** 2 / inverse if inverse else math.inf


def errors_of(draws: Floats, rows: Floats, slopes: Floats) -> Floats:
    """Return the squared standard error of each resample, drawn block by block.

    Slopes are taken at the sums of each resample: those of the whole sample correct
    skewness too much, and intervals of RMSD missed on one side.

    Parameters
    ----------
    draws : ndarray, (resamples, blocks)
        How often each block is in a resample.
    rows : ndarray, (blocks, sums)
        What each block adds to the sums.
    slopes : ndarray, (resamples, sums)
        Slope of the metric in each sum, at the sums of that resample. A block adds
        slopes · row to its error: the metric is the same for twice the pixels, so these
        add up to 0.

    Returns
    -------
    ndarray, (resamples,)
        Squared errors, 0 or more.
    """
    # Σ over blocks of (slopes · row)² is a quadratic form in the slopes. Its matrices
    # come of one product, without an array of resamples × blocks × sums.
    products = (rows[:, :, None] * rows[:, None, :]).reshape(len(rows), -1)
    drawn = (draws @ products).reshape(*slopes.shape, -1)
    squared: Floats = np.einsum("nk,nkl,nl->n", slopes, drawn, slopes)
    return np.maximum(squared, 0)


def studentised(
    drawn: Floats, squared_errors: Floats, freedom: float, drawn_freedom: float
) -> Floats:
    """Return the errors of resamples in units of their own standard errors.

    The standard error that the interval is made of takes neighbours together, which
    leaves it `freedom`; that of a resample has `drawn_freedom`, one less than the
    blocks, as they are drawn one by one. Resamples have the tails of the second
    already, so they are widened by the ratio of both t only. Resamples without an
    error of their own are left out.
    """
    wider = t_quantile(freedom) / t_quantile(drawn_freedom)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = drawn / np.sqrt(squared_errors) * wider
    return t[np.isfinite(t)]


def share_from(t: Floats, own: float, tie: float = 0.0) -> float:
    """Return (k + 1) / (N + 1), k of N being at least `own`.

    Those less than `tie` below it are as large, but for rounding, and count as well.
    """
    return (int(np.count_nonzero(t >= own - tie)) + 1) / (len(t) + 1)


def share_beyond(t: Floats, own: float) -> float:
    """Return 2(k + 1) / (N + 1), 1 at most, k of N being beyond on the rarer side.

    Each side counts for itself, so that p is 0.05 or less just where the interval of
    `between` leaves out 0, also where resamples scatter more to one side. By |t|, both
    sides alike, p of a difference of RMSD was below 0.05 in 0.010 of runs.
    """
    rarer = min(np.count_nonzero(t >= own), np.count_nonzero(t <= own))
    return min(1.0, 2 * (int(rarer) + 1) / (len(t) + 1))


def student_p(t: float, freedom: float) -> float:
    """Return the chance that Student's t is at least so far from 0, either side."""
    from scipy.special import stdtr

    return 2 * float(stdtr(freedom, -abs(t)))


def between(scale: Scale, value: float, error: float, t: Floats) -> tuple[float, float]:
    """Return the interval of a value from the t of resamples.

    The k-th of N values has k/(N + 1) below it. The usual rule, (k - 1)/(N - 1), has
    quantiles too far inside: 94 % of 199 lie between those for 95 %.
    """
    outside = (1 - CONFIDENCE) / 2
    low, high = np.quantile(t, [outside, 1 - outside], method="weibull")
    z = scale.to(value)
    # The upper quantile makes the lower limit: t is the resample's error, and where
    # resamples lie too high the value is likely to lie too high, too.
    lower, upper = scale.back(z - high * error), scale.back(z - low * error)
    # Where resamples lie on one side only, as of a few photons, the value is the end.
    return min(lower, value), max(upper, value)

"""Errors of resamples in units of their own standard error, and what follows of them.

A bootstrap that studentises draws the tails of its interval from t, not from the value,
and so takes in that a sample with a large error often has a small spread, too.
"""

from __future__ import annotations

import numpy as np

from .resampling import Floats, Scale

CONFIDENCE = 0.95

NORMAL = 1.959963984540054
"""Where the normal distribution leaves 2.5 % above."""

FEWEST_RESAMPLES = 99
"""Fewer cannot tell the 2.5 % that an interval leaves out at each end."""


def check_resamples(n_resamples: int) -> None:
    """Refuse too few resamples."""
    if n_resamples < FEWEST_RESAMPLES:
        raise ValueError(
            f"n_resamples is {n_resamples}: it must be {FEWEST_RESAMPLES} or more"
        )


def t_quantile(freedom: float) -> float:
    """Where Student's t leaves 2.5 % above."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))


def errors_of(draws: Floats, rows: Floats, slopes: Floats) -> Floats:
    """Squared standard error of each resample, whose blocks are independent.

    Parameters
    ----------
    draws : ndarray, (resamples, blocks)
        How often each block is in.
    rows : ndarray, (blocks, sums)
        What each block adds to the sums.
    slopes : ndarray, (resamples, sums)
        Of the metric, at the sums of that resample. A block adds slopes · row to its
        error: the metric is the same for twice the pixels, so these add up to 0.
    """
    products = (rows[:, :, None] * rows[:, None, :]).reshape(len(rows), -1)
    drawn = (draws @ products).reshape(*slopes.shape, -1)
    squared: Floats = np.einsum("nk,nkl,nl->n", slopes, drawn, slopes)
    return np.maximum(squared, 0)


def studentised(
    drawn: Floats, squared_errors: Floats, freedom: float, drawn_freedom: float
) -> Floats:
    """Errors of resamples in units of their own standard errors.

    The standard error that the interval is made of takes neighbours together, which
    leaves it `freedom`; that of a resample has `drawn_freedom`, one less than the
    blocks, as they are drawn one by one. What t of the first is wider than t of the
    second is what resamples do not show.
    """
    wider = t_quantile(freedom) / t_quantile(drawn_freedom)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = drawn / np.sqrt(squared_errors) * wider
    return t[np.isfinite(t)]


def share_as_far(t: Floats, own: float) -> float:
    """Return (k + 1) / (N + 1), k of N being at least as far from 0 on either side."""
    return (int(np.count_nonzero(np.abs(t) >= abs(own))) + 1) / (len(t) + 1)


def share_beyond(t: Floats, own: float) -> float:
    """Return 2(k + 1) / (N + 1), 1 at most, k of N being beyond on the rarer side.

    Each side for itself, so that p is 0.05 or less just where the interval of
    `between` leaves out 0, also where resamples scatter more to one side.
    """
    rarer = min(np.count_nonzero(t >= own), np.count_nonzero(t <= own))
    return min(1.0, 2 * (int(rarer) + 1) / (len(t) + 1))


def student_p(t: float, freedom: float) -> float:
    """Chance that Student's t is at least this far from 0, on either side."""
    from scipy.special import stdtr

    return 2 * float(stdtr(freedom, -abs(t)))


def between(scale: Scale, value: float, error: float, t: Floats) -> tuple[float, float]:
    """Interval of a value from the t of resamples.

    The k-th of N values has k/(N + 1) below it. The usual rule, (k - 1)/(N - 1), has
    quantiles too far inside: 94 % of 199 lie between those for 95 %.
    """
    outside = (1 - CONFIDENCE) / 2
    low, high = np.quantile(t, [outside, 1 - outside], method="weibull")
    z = scale.to(value)
    return scale.back(z - high * error), scale.back(z - low * error)

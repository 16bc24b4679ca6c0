"""Find thresholds for co-occurrence: given, by histogram, or by Costes' regression.

"Above" is always `>`: a pixel at the threshold is not above it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..ground.errors import Undefined
from ..ground.names import shown, with_names
from ..ground.public import public
from ..images.pair import ImageLike, prepare
from ..moments.moments import check
from ..moments.of_arrays import moments
from .above import above
from .costes_steps import shares_in_steps
from .defaults import pearson
from .pixels import Block, Pixels
from .threshold_methods import Method, find, parse_method

COLOC_2 = "coloc2"
"""The variant of Costes' method whose numbers are those of Coloc 2 in Fiji."""


@dataclass(frozen=True)
class Thresholds:
    """A threshold for each image, and what is above them.

    Attributes
    ----------
    method : str
        "costes", "otsu", ..., "given" or "none".
    x, y : float
        The thresholds of image 1 and image 2; NaN where there is none.
    m1, m2 : float
        Manders' M1 and M2 with them: the share of the intensity of image 1 (2) that
        lies where image 2 (1) is above its threshold.
    above : int
        Pixels above both.
    n : int
        Pixels compared.
    gain, offset : float
        Costes: of the orthogonal regression line y = gain·x + offset; else NaN.
    r_below : float
        Costes: R of the pixels that are not above both; else NaN.
    note : str
        Why there is no threshold, or no M1 or M2.
    """

    method: str
    x: float
    y: float
    m1: float = math.nan
    m2: float = math.nan
    above: int = 0
    n: int = 0
    gain: float = math.nan
    offset: float = math.nan
    r_below: float = math.nan
    note: str = ""


@public
def threshold(
    x: ImageLike,
    y: ImageLike,
    *,
    method: Method = "costes",
    variant: str = "",
    mask: ImageLike | None = None,
) -> Thresholds:
    """Find what counts as signal in each image, and Manders' M1 and M2 with that.

    Parameters
    ----------
    x, y : array-like
        Two images of one shape, as `similij.compare` takes them, in memory.
    method : str or (float, float)
        "costes"; "none" (thresholds of 0); "otsu", "li", "yen", "isodata", "triangle",
        "mean" or "minimum", by scikit-image, for each image by itself; or the two
        thresholds.
    variant : str
        "coloc2", with "costes": the numbers of Coloc 2 in Fiji, to go on with a series
        that was measured there (see the notes). Default: as below.
    mask : array-like of bool, optional
        Pixels that count: thresholds are found among them.

    Returns
    -------
    Thresholds
        NaN and a reason in `note` where there is no threshold.

    Raises
    ------
    ImageError
        If the images cannot be compared, or are in parts (dask).
    ValueError
        If there is no such method or variant.

    Notes
    -----
    Costes: the line is the orthogonal regression. Both thresholds go down along it
    together, from the brightest pixel; they stop at the first place where R of all
    pixels that are not above both is 0 or less. Every value at which a pixel changes
    sides is tried, so there is no step size, and nothing is rounded. No threshold where
    the slope is 0 or less, or where R stays above 0 to the end.

    Coloc 2 (3.1.0): the same line, whose sums leave out the first pixel; steps of one
    gray value, thresholds rounded; a pixel at a threshold is above it; the end is at
    the first R below 0.0001 or above the R before, or at gray value 1. It always has a
    number, also where the note says that it means nothing. `r_below` is of what is less
    than either threshold.

    References
    ----------
    Costes, S. V. et al. (2004). Biophys. J. 86, 3993-4003,
    doi:10.1529/biophysj.103.038422. Manders, E. M. M. et al. (1993). J. Microsc. 169,
    375-382, doi:10.1111/j.1365-2818.1993.tb03313.x.

    Examples
    --------
    >>> x, y = np.array([0, 1, 2, 50, 60, 90]), np.array([2, 1, 0, 40, 70, 80])
    >>> result = threshold(x, y)
    >>> result.x, result.above, round(result.m1, 3), result.gain > 0
    (1.0, 3, 0.99, True)
    """
    from .colocalization import manders

    parse_method(method)
    if variant not in ("", COLOC_2) or (variant and method != "costes"):
        raise ValueError(
            f"variant is {shown(variant)} of method {shown(method)}: it must be "
            f'"{COLOC_2}" of "costes", or left out.'
        )
    pair = prepare(x, y, mask)
    pair.must_be_in_memory("threshold")
    a, b = np.asarray(pair.x), np.asarray(pair.y)
    keep = None if pair.mask is None else np.broadcast_to(pair.mask, a.shape)
    pixels = Pixels(None, None, [Block(a, b, keep, (0, 0))], moments(a, b, keep))
    name = method if isinstance(method, str) else "given"
    notes: list[str] = []

    def note_reason(reason: Undefined) -> None:
        first, second = (f'"{n}"' for n in pair.names)
        notes.append(with_names(str(reason), first, second))

    try:
        check(pixels.moments)
        if variant:
            return _as_coloc_2(pixels)
        limits = find(pixels, method)
    except Undefined as reason:
        note_reason(reason)
        n = pixels.moments.n
        return Thresholds(name, math.nan, math.nan, n=n, note="; ".join(notes))
    # Each by itself: M1 may have a reason to be undefined that M2 has not.
    shares = [math.nan, math.nan]
    for k in (0, 1):
        try:
            shares[k] = manders(pixels, k + 1, limits)
        except Undefined as reason:
            note_reason(reason)
    p, q = pixels.values
    both = above(p, limits.x) & above(q, limits.y)
    r = math.nan
    if name == "costes":
        r = pearson(moments(p[~both], q[~both]))
    return Thresholds(
        name,
        limits.x,
        limits.y,
        m1=shares[0],
        m2=shares[1],
        above=int(both.sum()),
        n=pixels.moments.n,
        gain=limits.gain,
        offset=limits.offset,
        r_below=r,
        note="; ".join(dict.fromkeys(notes)),
    )


def _as_coloc_2(pixels: Pixels) -> Thresholds:
    """Return what Coloc 2 reports."""
    steps, shares, note = shares_in_steps(pixels)
    x, y = pixels.values
    both = (x >= np.float64(steps.x)) & (y >= np.float64(steps.y))
    return Thresholds(
        f"costes ({COLOC_2})",
        steps.x,
        steps.y,
        m1=shares[0],
        m2=shares[1],
        above=int(both.sum()),
        n=pixels.moments.n,
        gain=steps.gain,
        offset=steps.offset,
        r_below=steps.r_below,
        note=note,
    )

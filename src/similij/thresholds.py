"""Thresholds for co-occurrence: given, by histogram, or by Costes' regression.

"Above" is always `>`: a pixel at the threshold is not above it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ._costes import Found, costes
from ._extras import needed
from ._pixels import Block, Pixels
from ._registry import Undefined
from .inputs import ImageError, ImageLike, from_java, prepare
from .metrics import check, check_varies, pearson
from .sums import moments

Method: TypeAlias = str | tuple[float, float]

BY_HISTOGRAM = ("otsu", "li", "yen", "isodata", "triangle", "mean", "minimum")
"""Methods of scikit-image, by the name of skimage.filters.threshold_NAME."""

_LEVELS = 1 << 16
"""Integers that span more levels than this get a histogram of 256 bins, as floats."""


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


def threshold(
    x: ImageLike,
    y: ImageLike,
    *,
    method: Method = "costes",
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
        If there is no such method.

    Notes
    -----
    Costes: the line is the orthogonal regression. Both thresholds go down along it
    together, from the brightest pixel; they stop at the first place where R of all
    pixels that are not above both is 0 or less. Every value at which a pixel changes
    sides is tried, so there is no step size, and nothing is rounded. No threshold where
    the slope is 0 or less, or where R stays above 0 to the end.

    References
    ----------
    Costes, S. V. et al. (2004). Biophys. J. 86, 3993-4003,
    doi:10.1529/biophysj.103.038422. Manders, E. M. M. et al. (1993). J. Microsc. 169,
    375-382, doi:10.1111/j.1365-2818.1993.tb03313.x.

    Examples
    --------
    >>> x, y = np.array([0, 1, 2, 50, 60, 90]), np.array([2, 1, 0, 40, 70, 80])
    >>> found = threshold(x, y)
    >>> found.x, found.above, round(found.m1, 3), found.gain > 0
    (1.0, 3, 0.99, True)
    """
    from .cooccurrence import above, manders

    parse_method(method)
    x, y = from_java(x), from_java(y)
    pair = prepare(x, y, mask)
    if not pair.in_memory:
        raise ImageError(
            "threshold needs both images in memory, and they come in parts (dask): "
            "load them with .compute()."
        )
    a, b = np.asarray(pair.x), np.asarray(pair.y)
    keep = None if pair.mask is None else np.broadcast_to(pair.mask, a.shape)
    pixels = Pixels(None, None, [Block(a, b, keep, (0, 0))], moments(a, b, keep))
    name = method if isinstance(method, str) else "given"
    notes: list[str] = []

    def said(reason: Undefined) -> None:
        first, second = (f'"{n}"' for n in pair.names)
        notes.append(str(reason).replace("{1}", first).replace("{2}", second))

    try:
        check(pixels.moments)
        found = find(pixels, method)
    except Undefined as reason:
        said(reason)
        n = pixels.moments.n
        return Thresholds(name, math.nan, math.nan, n=n, note="; ".join(notes))
    shares = [math.nan, math.nan]
    for k in (0, 1):
        try:
            shares[k] = manders(pixels, k + 1, found)
        except Undefined as reason:
            said(reason)
    p, q = pixels.values
    both = above(p, found.x) & above(q, found.y)
    r = math.nan
    if name == "costes":
        r = pearson(moments(p[~both], q[~both]))
    return Thresholds(
        name,
        found.x,
        found.y,
        m1=shares[0],
        m2=shares[1],
        above=int(both.sum()),
        n=pixels.moments.n,
        gain=found.gain,
        offset=found.offset,
        r_below=r,
        note="; ".join(dict.fromkeys(notes)),
    )


def parse_method(method: Any) -> Method:
    """Read a method of thresholding.

    Raises
    ------
    ValueError
        If it is none.
    """
    known = ("costes", "none", *BY_HISTOGRAM)
    if isinstance(method, str):
        if method in known:
            return method
    elif isinstance(method, (tuple, list)) and len(method) == 2:  # noqa: PLR2004
        first, second = (float(t) for t in method)
        if not (math.isnan(first) or math.isnan(second)):
            return first, second
    raise ValueError(
        f"method is {method!r}: it must be one of {', '.join(known)}, or two thresholds"
    )


def find(pixels: Pixels, method: Method) -> Found:
    """Find the thresholds of the compared pixels.

    Raises
    ------
    Undefined
        If there are none.
    """
    method = parse_method(method)
    if isinstance(method, tuple):
        return Found(*method)
    if method == "none":
        return Found(0.0, 0.0)
    name = method
    return pixels.once(
        ("threshold", name),
        lambda: costes(pixels) if name == "costes" else _by_histogram(pixels, name),
    )


def _by_histogram(pixels: Pixels, method: str) -> Found:
    filters = needed("skimage.filters", f"The threshold {method!r}")
    check_varies(pixels.moments, f"The threshold {method!r}")
    found = []
    for values in pixels.values:
        wide = values.dtype.kind == "f" or values.max() - int(values.min()) > _LEVELS
        try:
            limit = getattr(filters, f"threshold_{method}")(
                values.astype(np.float64) if wide else values
            )
        except RuntimeError as error:  # "minimum" needs two maxima
            raise Undefined(f"no threshold {method!r}: {error}") from None
        found.append(float(limit))
    return Found(*found)

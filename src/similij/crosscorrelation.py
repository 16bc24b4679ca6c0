"""Is the difference a shift? R of two images against how far one is moved.

The cross-correlation function of van Steensel et al. (1996), by FFT, normalised on the
pixels that overlap at each shift (Padfield 2012), so that masks, NaN and edges do no
harm. Nothing is aligned unless you ask for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ._correlationpeak import PATCH, masked_correlation, profile, refined
from ._correlationpeak import width as width_of
from .inputs import ImageError, ImageLike, Pair, from_java, is_named, prepare
from .metrics import Undefined, pearson
from .sums import Array, as_bytes, moments

if TYPE_CHECKING:
    import xarray as xr

_SHARE = 4
"""Without `max_shift`, a quarter of each axis is searched to either side."""

_MOST_AXES = 3


@dataclass(frozen=True)
class Shift:
    """Where image 2 lies against image 1, and how R depends on it.

    Attributes
    ----------
    dims : tuple of str
        Axes, in the order of the tuples below: ("y", "x") or ("z", "y", "x").
    offset : tuple of float
        How far, in pixels, the content of image 2 lies from where image 1 has it, to a
        part of a pixel; positive: further right, down, or at a higher slice. Moving
        image 2 by minus this puts it on image 1. NaN where there is no peak.
    pixel_offset : tuple of int
        The same in whole pixels: where R was highest.
    r : float
        R without a shift.
    peak : float
        R at the best whole-pixel shift, over the pixels that overlap there.
    n : int
        How many those are.
    width : tuple of float
        Full width of the peak at half its height (R = peak / 2) along each axis, in
        pixels; NaN where R does not fall so low within `max_shift`.
    ccf : DataArray
        R for every shift, with the shifts in pixels as coordinates; NaN where it is
        undefined, or fewer than 30 % of the pixels overlap.
    note : str
        What needs saying.
    """

    dims: tuple[str, ...]
    offset: tuple[float, ...]
    pixel_offset: tuple[int, ...]
    r: float
    peak: float
    n: int
    width: tuple[float, ...]
    ccf: xr.DataArray
    note: str = ""

    def overlap(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Cut both images to the pixels that overlap at the best whole-pixel shift.

        No pixel is interpolated. The images, or others of the same shape, come back as
        they are, each without the rim that has no partner in the other.

        Examples
        --------
        >>> a = np.random.default_rng(0).random((40, 50))
        >>> found = shift(a, np.roll(a, 3, axis=1), max_shift=5)
        >>> left, right = found.overlap(a, np.roll(a, 3, axis=1))
        >>> bool((left == right).all()), left.shape
        (True, (40, 47))
        """
        ones, twos = _overlap(self.pixel_offset)
        if is_named(x) and is_named(y):
            return (
                x.isel(dict(zip(self.dims, ones, strict=True))),
                y.isel(dict(zip(self.dims, twos, strict=True))),
            )
        return np.asarray(x)[ones], np.asarray(y)[twos]


def shift(
    x: ImageLike,
    y: ImageLike,
    *,
    mask: ImageLike | None = None,
    max_shift: int | tuple[int, ...] | None = None,
) -> Shift:
    """Find how far image 2 is shifted, and what R would be without that.

    Parameters
    ----------
    x, y : array-like, (y, x) or (z, y, x)
        Two images of one shape, as `similij.compare` takes them, in memory.
    mask : array-like of bool, optional
        Pixels that count, in both images, each where it lies.
    max_shift : int or tuple of int, optional
        How far to look, in pixels to either side: for all axes, or for each.
        Default: a quarter of each axis.

    Returns
    -------
    Shift

    Raises
    ------
    ImageError
        If the images cannot be compared, are in parts (dask), or have channels or
        frames.
    ValueError
        If `max_shift` is no whole number from 0 to less than the size of the axis.

    Notes
    -----
    R(s) is Pearson's R of x at every pixel p and y at p + s, over the p where both are
    inside the image and the mask and not NaN. Means and variances are of those pixels,
    not of the whole image. The FFT leaves an error of about 1e-12 in R; `r` and `peak`
    are worked out anew, exactly. The part of a pixel is where a cubic spline through R
    around the peak is highest.

    References
    ----------
    van Steensel, B. et al. (1996). J. Cell Sci. 109, 787-792,
    doi:10.1242/jcs.109.4.787. Padfield, D. (2012). IEEE Trans. Image Process. 21,
    2706-2718, doi:10.1109/TIP.2011.2181402.

    Examples
    --------
    >>> a = np.random.default_rng(0).random((40, 50))
    >>> found = shift(a, np.roll(a, (-2, 3), axis=(0, 1)), max_shift=5)
    >>> found.pixel_offset, found.peak
    ((-2, 3), 1.0)
    """
    pair, dims = _one_stack(x, y, mask)
    reach = _reaches(max_shift, pair.x.shape, dims)
    (a, ma), (b, mb) = (_clean(t, pair.mask) for t in (pair.x, pair.y))
    # a little further than asked, so that a peak at the end has neighbours
    margin = [
        min(s + PATCH, n - 1) - s if s else 0
        for s, n in zip(reach, a.shape, strict=True)
    ]
    further = tuple(s + m for s, m in zip(reach, margin, strict=True))
    wide = masked_correlation(a, ma, b, mb, further)
    ccf = wide[tuple(slice(m, n - m) for m, n in zip(margin, wide.shape, strict=True))]
    none = (0,) * a.ndim
    notes: list[str] = []
    r, _ = _exact(pair, none, notes)
    if np.isnan(ccf).all():
        nan = (math.nan,) * a.ndim
        empty = Shift(dims, nan, none, r, math.nan, 0, nan, _named(ccf, reach, dims))
        note = "; ".join(notes) or "R is undefined at every shift"
        return Shift(**{**vars(empty), "note": note})
    top = np.unravel_index(int(np.nanargmax(ccf)), ccf.shape)
    best = tuple(int(t) - s for t, s in zip(top, reach, strict=True))
    peak, n = _exact(pair, best, notes)
    edge = [d for d, k, s in zip(dims, best, reach, strict=True) if s and abs(k) == s]
    if edge:
        notes.append(
            f"R is highest at the end of what was searched along {', '.join(edge)}: "
            "the true shift may be larger; raise max_shift"
        )
    parts = refined(wide, tuple(int(t) + m for t, m in zip(top, margin, strict=True)))
    offset = tuple(k + part for k, part in zip(best, parts, strict=True))
    width = tuple(width_of(profile(ccf, top, axis)) for axis in range(ccf.ndim))
    if any(math.isnan(w) for w, s in zip(width, reach, strict=True) if s):
        notes.append("R does not fall to half its peak within max_shift on every side")
    note = "; ".join(dict.fromkeys(notes))
    shown = _named(ccf, reach, dims)
    return Shift(dims, offset, best, r, peak, n, width, shown, note)


def _one_stack(x: Any, y: Any, mask: Any) -> tuple[Pair, tuple[str, ...]]:
    """Both images side by side, of two or three axes; and the names of these."""
    x, y = from_java(x), from_java(y)
    named = next((t for t in (x, y) if is_named(t)), None)
    pair = prepare(x, y, mask)
    if not pair.in_memory:
        raise ImageError(
            "shift needs both images in memory, and they come in parts (dask): load "
            "them with .compute()."
        )
    names: tuple[str, ...] = ("z", "y", "x")[-pair.x.ndim :]
    if named is not None:
        names = tuple(str(d) for d in named.dims if d not in ("y", "x"))
        names += tuple(d for d in ("y", "x") if d in named.dims)
    whole = np.asarray(pair.x), np.asarray(pair.y)
    wide = None if pair.mask is None else np.broadcast_to(pair.mask, whole[0].shape)
    if len(names) == whole[0].ndim:
        single = [k for k, d in enumerate(names[:-2]) if whole[0].shape[k] == 1]
        names = tuple(d for k, d in enumerate(names) if k not in single)
        at = tuple(0 if k in single else slice(None) for k in range(whole[0].ndim))
        whole = whole[0][at], whole[1][at]
        wide = None if wide is None else wide[at]
    if not 1 <= whole[0].ndim <= _MOST_AXES or {"c", "t"} & {*names}:
        raise ImageError(
            f'"{pair.names[0]}" has the shape {whole[0].shape} with the axes '
            f"{', '.join(names)}: a shift is of a plane (y, x) or a stack (z, y, x). "
            "Take one channel and frame, e.g. with .isel(c=0, t=0)."
        )
    return Pair(*whole, wide, pair.names), names


def _reaches(
    max_shift: Any, shape: tuple[int, ...], dims: tuple[str, ...]
) -> tuple[int, ...]:
    if max_shift is None:
        return tuple(size // _SHARE for size in shape)
    given = (
        max_shift if isinstance(max_shift, (tuple, list)) else [max_shift] * len(dims)
    )
    whole = [int(k) for k in given if not isinstance(k, bool) and int(k) == k]
    if len(whole) == len(given) == len(dims) and all(
        0 <= k < max(size, 1) for k, size in zip(whole, shape, strict=True)
    ):
        return tuple(whole)
    raise ValueError(
        f"max_shift is {max_shift!r}: it must be a whole number of pixels, or one for "
        f"each of {', '.join(dims)}, from 0 to less than the size {shape}"
    )


def _clean(image: Array, mask: Array | None) -> tuple[Array, Array]:
    """Image less its mean, 0 where nothing counts; and where something does."""
    values = as_bytes(image).astype(np.float64)
    counts = np.isfinite(values)
    if mask is not None:
        counts &= mask
    mean = float(values[counts].mean()) if counts.any() else 0.0
    return np.where(counts, values - mean, 0.0), counts


def _overlap(offset: tuple[int, ...]) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Slices of image 1 and of image 2 that go together at a shift."""
    ones = tuple(slice(max(-k, 0), -k if k > 0 else None) for k in offset)
    twos = tuple(slice(max(k, 0), k if k < 0 else None) for k in offset)
    return ones, twos


def _exact(pair: Pair, offset: tuple[int, ...], notes: list[str]) -> tuple[float, int]:
    """Pearson's R at a shift from the moments of the pixels that overlap there."""
    ones, twos = _overlap(offset)
    mask = None if pair.mask is None else pair.mask[ones] & pair.mask[twos]
    found = moments(pair.x[ones], pair.y[twos], mask)
    try:
        return pearson(found), found.n
    except Undefined as reason:
        first, second = (f'"{name}"' for name in pair.names)
        notes.append(str(reason).replace("{1}", first).replace("{2}", second))
        return math.nan, found.n


def _named(ccf: Array, reach: tuple[int, ...], dims: tuple[str, ...]) -> xr.DataArray:
    import xarray as xr

    coords = {
        d: (d, np.arange(-s, s + 1), {"units": "pixel"})
        for d, s in zip(dims, reach, strict=True)
    }
    attrs = {"long_name": "Pearson R against the shift of image 2"}
    return xr.DataArray(ccf, coords, dims, "ccf", attrs)

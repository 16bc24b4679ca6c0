"""Find how far one image is shifted against the other, and what R is without that.

This is the cross-correlation function of van Steensel et al. (1996), by FFT, normalised
on the pixels that overlap at each shift (Padfield 2012), so that masks, NaN and edges
do no harm. Nothing is aligned unless you ask for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ground.names import shown, with_names
from ..ground.public import public
from ..ground.types import Array
from ..images.calibration import differing
from ..images.pair import ImageLike
from .one_stack import one_stack, pixel_size
from .shift_search import TOO_NARROW, overlapping, search

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, repr=False)
class Shift:
    """Where image 2 lies against image 1, and how R depends on it.

    Attributes
    ----------
    dims : tuple of str
        Axes, in the order of the tuples below: ("y", "x") or ("z", "y", "x").
    offset : tuple of float
        How far, in pixels, the content of image 2 lies from where image 1 has it, to a
        part of a pixel; positive: further right, down, or at a higher slice. Moving
        image 2 by minus this puts it on image 1. NaN where R has no peak, where it
        still rises at the border of what was searched, and where it is nowhere higher
        than chance makes it; `note` says which.
    pixel_offset : tuple of int
        Where R was highest, in whole pixels; among equals, the smallest shift.
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
    offset_in_unit : tuple of float
        `offset` times the size of a pixel; NaN where the images do not know that, or
        say different things of it.
    unit : str
        Of that, such as "µm"; "" where there is none.
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
    offset_in_unit: tuple[float, ...] = ()
    unit: str = ""

    def __repr__(self) -> str:
        """Write the shift, and R with and without it, in a line."""
        if math.isnan(self.offset[0]):
            return f"no shift: {self.note}"
        lengths = self.offset_in_unit if self.unit else (math.nan,) * len(self.dims)
        parts = []
        for dim, pixels, length in zip(
            self.dims[::-1], self.offset[::-1], lengths[::-1], strict=True
        ):
            calibrated = "" if math.isnan(length) else f" ({length:+.4g} {self.unit})"
            parts.append(f"{dim} {pixels:+.2f} px{calibrated}")
        r = f"R {self.r:.4g} as they are, {self.peak:.4g} at {self.pixel_offset}"
        note = f". {self.note}" if self.note else ""
        return f"shift of {', '.join(parts)}; {r}, {self.n:,} pixels{note}"

    def overlap(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Cut both images to the pixels that overlap at the best whole-pixel shift.

        No pixel is interpolated. The images, or others of the same shape, come back as
        they are, each without the rim that has no partner in the other.

        Examples
        --------
        >>> a = np.random.default_rng(0).random((40, 50))
        >>> moved = shift(a, np.roll(a, 3, axis=1), max_shift=5)
        >>> left, right = moved.overlap(a, np.roll(a, 3, axis=1))
        >>> bool((left == right).all()), left.shape
        (True, (40, 47))
        """
        ones, twos = overlapping(self.pixel_offset)
        if hasattr(x, "isel") and hasattr(y, "isel"):  # axes by name stay so
            return (
                x.isel(dict(zip(self.dims, ones, strict=True))),
                y.isel(dict(zip(self.dims, twos, strict=True))),
            )
        return np.asarray(x)[ones], np.asarray(y)[twos]


@public
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
        Default: a quarter of each axis of the image, or of the box around the mask.

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
    around the peak is highest. A peak is an answer if independent images with the same
    autocorrelations would reach it in less than 1 of 100 searches (Bartlett 1935).

    References
    ----------
    van Steensel, B. et al. (1996). J. Cell Sci. 109, 787-792,
    doi:10.1242/jcs.109.4.787. Padfield, D. (2012). IEEE Trans. Image Process. 21,
    2706-2718, doi:10.1109/TIP.2011.2181402. Bartlett, M. S. (1935). J. R. Stat. Soc.
    98, 536-543, doi:10.2307/2342284.

    Examples
    --------
    >>> a = np.random.default_rng(0).random((40, 50))
    >>> moved = shift(a, np.roll(a, (-2, 3), axis=(0, 1)), max_shift=5)
    >>> moved.pixel_offset, moved.peak
    ((-2, 3), 1.0)
    """
    pair, dims, sizes = one_stack(x, y, mask, "shift")
    shape = pair.x.shape
    reach = None if max_shift is None else reaches(max_shift, shape, dims)
    displacement = search(pair.x, pair.y, pair.mask, reach)
    first, second = (f'"{name}"' for name in pair.names)
    notes = [with_names(reason, first, second) for reason in displacement.reasons]
    notes.append("" if math.isnan(displacement.peak) else displacement.refusal(dims))
    if displacement.at_end:
        notes.append(
            "R is highest at the end of what was searched along "
            f"{', '.join(dims[k] for k in displacement.at_end)}: the true shift may be "
            "larger; raise max_shift"
        )
    defined = not math.isnan(displacement.peak)
    widths = zip(displacement.width, displacement.reach, strict=True)
    if defined and any(math.isnan(w) for w, s in widths if s):
        notes.append(TOO_NARROW)
    notes.append(differing(pair.names, *sizes))
    unit, steps = pixel_size(sizes, dims)
    return Shift(
        dims,
        displacement.offset,
        displacement.pixel_offset,
        displacement.r,
        displacement.peak,
        displacement.n,
        displacement.width,
        _named(displacement.ccf, displacement.reach, dims),
        "; ".join(dict.fromkeys(n for n in notes if n)),
        tuple(k * step for k, step in zip(displacement.offset, steps, strict=True)),
        unit,
    )


def reaches(
    max_shift: Any, shape: tuple[int, ...], dims: tuple[str, ...]
) -> tuple[int, ...]:
    """Return how far to look along each axis; ValueError where that is no number."""
    given = (
        max_shift if isinstance(max_shift, (tuple, list)) else [max_shift] * len(dims)
    )
    # True is an int to Python, and no number of pixels to anybody.
    whole = [int(k) for k in given if not isinstance(k, bool) and int(k) == k]
    if len(whole) == len(given) == len(dims) and all(
        0 <= k < max(size, 1) for k, size in zip(whole, shape, strict=True)
    ):
        return tuple(whole)
    raise ValueError(
        f"max_shift is {shown(max_shift)}: it must be a whole number of pixels, or one "
        f"for each of {', '.join(dims)}, from 0 to less than the size {shape}."
    )


def _named(ccf: Array, reach: tuple[int, ...], dims: tuple[str, ...]) -> xr.DataArray:
    import xarray as xr

    coords = {
        d: (d, np.arange(-s, s + 1), {"units": "pixel"})
        for d, s in zip(dims, reach, strict=True)
    }
    attrs = {"long_name": "Pearson R against the shift of image 2"}
    return xr.DataArray(ccf, coords, dims, "ccf", attrs)

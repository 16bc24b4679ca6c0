"""Say how alike two images are at each size of detail: Fourier ring correlation.

Pearson's R of all pixels is mostly of what is large and bright. Ring by ring of the
Fourier transforms it is of one size of detail at a time, and where it falls to what
noise gives, the images have nothing finer in common.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..ground.errors import Undefined
from ..ground.names import shown, with_names
from ..ground.public import public
from ..images.calibration import differing
from ..images.pair import ImageLike
from .fourier_rings import THRESHOLDS, Rings, crossing, more_than_chance, rings
from .one_stack import one_stack, pixel_size

if TYPE_CHECKING:
    import xarray as xr

_PIXEL = "pixel"
"""The unit where the size of a pixel is not known."""


@dataclass(frozen=True, repr=False)
class Frc:
    """How alike two images are, by the size of detail.

    Attributes
    ----------
    dims : tuple of str
        Axes that rings or shells are of: ("y", "x") or ("z", "y", "x").
    curve : Dataset
        Along `frequency` (waves per `unit`): `frc`, the correlation of each ring;
        `smoothed`, the curve through it; `waves`, the Fourier coefficients of a ring,
        and `effective`, the independent ones among them; and the thresholds
        `one_seventh`, `half_bit` and `three_sigma`. Empty where there is no curve.
    threshold : str
        "1/7", "half-bit" or "3-sigma", which `resolution` is of.
    resolution : float
        Length of the waves at which the smoothed curve first falls below the threshold,
        in `unit`: detail down to that size is alike. Where it never does so, twice the
        size of a pixel, as the note says. NaN where there is none.
    resolutions : dict of str to float
        The same for each of the three thresholds.
    unit : str
        Such as "µm"; "pixel" where the images do not know the size of theirs.
    note : str
        What needs saying.
    """

    dims: tuple[str, ...]
    curve: xr.Dataset
    threshold: str
    resolution: float
    resolutions: dict[str, float]
    unit: str
    note: str = ""

    def __repr__(self) -> str:
        """Write the resolution by each threshold in a line."""
        if not self.curve.sizes["frequency"]:
            return f"no Fourier ring correlation: {self.note}"
        parts = [f"{name}: {_size(v)}" for name, v in self.resolutions.items()]
        note = f". {self.note}" if self.note else ""
        return f"alike down to details of ({self.unit}) {', '.join(parts)}{note}"


@public
def frc(
    x: ImageLike,
    y: ImageLike,
    *,
    mask: ImageLike | None = None,
    threshold: str = "1/7",
) -> Frc:
    """Correlate two images by the size of detail, and find where that ends.

    Parameters
    ----------
    x, y : array-like, (y, x) or (z, y, x)
        Two images of one shape, as `similij.compare` takes them, in memory.
    mask : array-like of bool, optional
        Pixels that count, in both images.
    threshold : {"1/7", "half-bit", "3-sigma"}
        Which of the thresholds `resolution` is of; all three are in `resolutions`.

    Returns
    -------
    Frc
        With NaN and a reason in the note where there is no resolution.

    Raises
    ------
    ImageError
        If the images cannot be compared, are in parts (dask), or have channels or
        frames.
    ValueError
        If there is no such threshold.

    Notes
    -----
    FRC(q) = Σ Re F₁·F₂* / √(Σ|F₁|²·Σ|F₂|²), F₁ and F₂ the Fourier transforms of both
    images, the sums over the ring of waves whose length is about 1/q; of a stack, over
    a shell. Rings are as wide as the waves of a plane's shorter side lie apart, and end
    at the Nyquist frequency of the largest pixels: half a wave a pixel. Frequencies are
    of the calibrated axes, so pixels need not be square, nor images.

    Each image less its mean is multiplied by a window that falls to 0 over an eighth of
    each side, and inside a mask over a quarter of its depth, but no wider. NaN are not
    in the mask.
    Of n coefficients in a ring n·(Σw²)²/(N·Σw⁴) are independent, w the window's N
    weights: half-bit and 3σ are of these.

    Between two takes of one scene with noise of their own it is the resolution. It is
    not where both share their noise (two filters of one image, a camera's fixed
    pattern), or one is shifted: measure that by `similij.shift` first.

    References
    ----------
    Saxton, W. O. & Baumeister, W. (1982). J. Microsc. 127, 127-138,
    doi:10.1111/j.1365-2818.1982.tb00405.x. Van Heel, M. & Schatz, M. (2005). J. Struct.
    Biol. 151, 250-262, doi:10.1016/j.jsb.2005.05.009. Nieuwenhuizen, R. P. J. et al.
    (2013). Nat. Methods 10, 557-562, doi:10.1038/nmeth.2448.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> scene = np.hypot(*np.mgrid[-32:32, -32:32]) < 20
    >>> a, b = (scene + rng.normal(0, 0.5, scene.shape) for _ in range(2))
    >>> found = frc(a, b)
    >>> 4 < found.resolution < 10, found.unit, found.curve["frc"].size
    (True, 'pixel', 32)
    """
    if threshold not in THRESHOLDS:
        raise ValueError(
            f"threshold is {shown(threshold)}: it must be one of "
            f"{', '.join(THRESHOLDS)}."
        )
    pair, dims, sizes = one_stack(x, y, mask, "frc", 2)
    unit, steps = pixel_size(sizes, dims)
    notes = []
    if unit and any(math.isnan(step) for step in steps):
        notes.append("the step from slice to slice is not known: in pixels, each of 1")
    if not unit or any(math.isnan(step) for step in steps):
        unit, steps = _PIXEL, (1.0,) * len(dims)
    notes.append(differing(pair.names, *sizes))
    found = dict.fromkeys(THRESHOLDS, math.nan)
    curve = None
    first, second = (f'"{name}"' for name in pair.names)
    try:
        curve = rings(pair.x, pair.y, pair.mask, steps)
        _, words = resolution_of(curve, threshold, unit)
        notes += words
    except Undefined as reason:
        notes.append(with_names(str(reason), first, second))
    if curve is not None:
        if steps[0] > 2 * min(steps):
            notes.append(
                f"shells end at the Nyquist frequency of {dims[0]}, {2 * steps[0]:.4g} "
                f"{unit}: planes by themselves show finer detail"
            )
        if more_than_chance(curve):
            found = {name: crossing(curve, name).length for name in THRESHOLDS}
    return Frc(
        dims,
        _named(curve, unit),
        threshold,
        found[threshold],
        found,
        unit,
        "; ".join(dict.fromkeys(n for n in notes if n)),
    )


def resolution_of(curve: Rings, threshold: str, unit: str) -> tuple[float, list[str]]:
    """Return the size of detail down to which a curve is above a threshold, and notes.

    Raises
    ------
    Undefined
        If it is nowhere so by more than chance.
    """
    if not more_than_chance(curve):
        raise Undefined(
            "no ring is above 3σ, so the images share no detail of any size by more "
            "than chance: no resolution"
        )
    fall = crossing(curve, threshold)
    if math.isnan(fall.length):
        raise Undefined(
            f"the Fourier ring correlation is below {threshold} at every size of "
            "detail: no resolution"
        )
    if fall.never_falls:
        return fall.length, [
            f"the Fourier ring correlation is above {threshold} down to the finest "
            f"waves that pixels hold, {fall.length:.4g} {unit}: alike at every size"
        ]
    if fall.again:
        longest, shortest = fall.again
        where = f"{longest:.4g} to {shortest:.4g}"
        return fall.length, [
            f"the Fourier ring correlation is above {threshold} again at finer waves "
            f"of {where} {unit}: noise, a pattern or a grid that both images share?"
        ]
    return fall.length, []


def _size(value: float) -> str:
    return "none" if math.isnan(value) else f"{value:.4g}"


def _named(curve: Rings | None, unit: str) -> xr.Dataset:
    import xarray as xr

    if curve is None:
        return xr.Dataset(coords={"frequency": ("frequency", [])})
    words = ("one_seventh", "half_bit", "three_sigma")
    columns = {
        "frc": curve.r,
        "smoothed": curve.smoothed,
        "waves": curve.waves,
        "effective": curve.effective,
        **dict(zip(words, curve.thresholds.values(), strict=True)),
    }
    frequency = ("frequency", curve.frequency, {"units": f"1/{unit}"})
    return xr.Dataset(
        {name: ("frequency", values) for name, values in columns.items()},
        {"frequency": frequency},
    )

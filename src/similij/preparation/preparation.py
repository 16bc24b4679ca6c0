"""Prepare whole images before they are compared: background off, blur.

That is done by choice only, and named in every row. The images themselves stay as they
are. Not here: rescaling, which is within each region and for some metrics only
(`rescale`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..ground.errors import ImageError
from ..ground.names import shown
from ..ground.optional import needed
from ..ground.types import Array
from ..images.pair import Pair
from ..moments.kernels.parts import as_bytes
from ..moments.wide import is_wide, less
from ..moments.windows import check_sigma
from ..regions.read import read_regions
from ..regions.region import Region
from .background import value_of
from .words import BACKGROUNDS, sigmas_of, ways_of

_NARROW = 2
"""Bytes of the integers that no wider type holds, and of those that 32 bits hold."""

LARGEST = 1e150
"""A background is below it: of a larger one the squares, summed, are no float64."""

WIDEST = 1_000_000
"""Pixels of the widest blur: no image has as many along an axis."""

_LARGE = 1 << 62
"""Whole numbers from here on are subtracted as floats: below, the difference from
a pixel of 32 bits fits 64."""

TRUNCATE = 4.0
"""Standard deviations at which the Gaussian of a blur is cut off: SciPy's default."""


@dataclass(frozen=True)
class Preparation:
    """What to do to each image.

    Attributes
    ----------
    background : tuple of two
        A number to subtract, ("percentile", p), a Region of which the mean is
        subtracted, or None.
    blur : tuple of two float
        Standard deviation in pixels; 0: none.
    """

    background: tuple[Any, Any] = (None, None)
    blur: tuple[float, float] = (0.0, 0.0)

    def apply(self, pair: Pair) -> tuple[Pair, str]:
        """Prepare both images, plane by plane.

        Returns
        -------
        (Pair, str)
            New images, and what was done, for the note.

        Raises
        ------
        ImageError
            If that needs whole images, and they come in parts (dask); or as of `check`.
        RegionError
            If a background region has no pixel in the images.
        """
        if not pair.in_memory and (any(self.blur) or self.looks):
            raise ImageError(
                "a blur, and a background by percentile or region, need whole images "
                "in memory, and these come in parts (dask): load them with .compute(), "
                "or subtract a number."
            )
        both = zip((pair.x, pair.y), self.background, strict=True)
        first, second = (value_of(image, way) for image, way in both)
        x, y = self.applied(pair.x, pair.y, (first, second))
        return replace(pair, x=x, y=y), self.note((first, second))

    def check(self, shape: tuple[int, ...]) -> None:
        """Refuse what makes no sense of images of this shape, y and x last.

        Raises
        ------
        ImageError
            If a blur is absurdly wide for them.
        """
        for sigma in self.blur:
            check_sigma(sigma, shape, "blur")

    @property
    def looks(self) -> bool:
        """Whether the numbers to subtract must be found in the images."""
        return any(isinstance(way, (tuple, Region)) for way in self.background)

    def applied(self, x: Any, y: Any, values: Sequence[Any]) -> tuple[Any, Any]:
        """Subtract numbers that are known already, and blur.

        Raises
        ------
        ImageError
            As of `check`.
        """
        self.check(x.shape)
        first, second = (
            image if value is None else _less(image, value)
            for image, value in zip((x, y), values, strict=True)
        )
        return _blurred(first, self.blur[0]), _blurred(second, self.blur[1])

    def note(self, values: Sequence[Any]) -> str:
        """Say what was done, with the numbers that were subtracted."""
        done = []
        if any(way is not None for way in self.background):
            one, two = (
                f"{value or 0:.7g}{_words(way)}"
                for value, way in zip(values, self.background, strict=True)
            )
            done.append(f"background {one} and {two} subtracted")
        if any(self.blur):
            done.append(f"blurred by sigma {self.blur[0]:g} and {self.blur[1]:g} px")
        return f"before comparing: {', '.join(done)}" if done else ""


def parse_preparation(
    background: Any, blur: Any, regions: Sequence[Region] | None = ()
) -> Preparation | None:
    """Read what a user gave for `background` and `blur`.

    Parameters
    ----------
    background : optional
        For both images, or a pair: a number; ("percentile", p); ("region", region); or
        words: "100", "percentile:5", "region:NAME", "100,percentile:5".
    blur : optional
        For both images, or a pair: sigma in pixels; or words: "1.5", "0,1.5".
    regions : sequence of Region or None
        Those compared, which words can name; None: not known yet, so that any name will
        do.

    Returns
    -------
    Preparation or None
        None where nothing is to be done.

    Raises
    ------
    ValueError
        If it is none of these.
    RegionError
        If a region that words name does not exist.

    Examples
    --------
    >>> parse_preparation(100, (0, 1.5))
    Preparation(background=(100, 100), blur=(0.0, 1.5))
    >>> parse_preparation("none,percentile:5", None)
    Preparation(background=(None, ('percentile', 5.0)), blur=(0.0, 0.0))
    """
    if background is None and blur is None:
        return None
    words = isinstance(background, str)
    each = _two(ways_of(background, regions) if words else background)
    preparation = Preparation(
        (_background(each[0], background), _background(each[1], background)),
        _sigmas(blur),
    )
    return None if preparation == Preparation() else preparation


def _two(given: Any) -> tuple[Any, Any]:
    """Return a pair as it is, and anything else twice.

    ("percentile", 5) is one way of two items and no pair: a way begins with its name.
    """
    pair = isinstance(given, (tuple, list)) and len(given) == 2  # noqa: PLR2004
    if pair and not isinstance(given[0], str):
        return given[0], given[1]
    return given, given


def _background(way: Any, given: Any) -> Any:
    if way is None:
        return None
    if isinstance(way, (tuple, list)) and len(way) == 2:  # noqa: PLR2004
        word, value = way
        if word == "percentile" and _is_number(value) and 0 <= value <= 100:  # noqa: PLR2004
            return "percentile", float(value)
        if word == "region":
            regions = read_regions(value)
            if len(regions) == 1:
                return regions[0]
    elif _is_number(way):
        return way.item() if isinstance(way, np.generic) else way
    ways = "a number, ('percentile', 0...100) or ('region', one region)"
    raise ValueError(
        f"background is {shown(given)}: it must be "
        f"{BACKGROUNDS if isinstance(given, str) else ways}; "
        "or a pair of those, one for each image."
    )


def _sigmas(blur: Any) -> tuple[float, float]:
    read = sigmas_of(blur) if isinstance(blur, str) else blur
    each = (0.0, 0.0) if read is None else _two(read)
    if all(_is_number(s) and 0 <= s <= WIDEST for s in each):
        return float(each[0]), float(each[1])
    raise ValueError(
        f"blur is {shown(blur)}: it must be a sigma in pixels, from 0 to {WIDEST:,}, "
        "or a pair of those, one for each image."
    )


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, (int, float, np.integer, np.floating))
        and not isinstance(value, bool)
        and abs(value) < LARGEST
    )


def _words(way: Any) -> str:
    """Say where a value is from, after the value."""
    if isinstance(way, Region):
        return f" (mean of {way.name})"
    return f" (percentile {way[1]:g})" if isinstance(way, tuple) else ""


def _less(image: Any, value: float) -> Any:
    """Subtract a number, exactly where both are whole numbers of up to 32 bits."""
    # Never in the image's own type: of unsigned pixels, 3 - 5 would wrap to the far
    # end.
    kind, size = image.dtype.kind, image.dtype.itemsize
    if is_wide(image.dtype):
        if isinstance(image, np.ndarray):
            return less(image, value)
        return image.map_blocks(less, value, dtype=np.float64)
    whole = isinstance(value, int) and abs(value) < _LARGE and kind in "bui"
    wide = np.int32 if size <= _NARROW and abs(value) < _LARGE >> 32 else np.int64
    return image.astype(wide if whole else np.float64) - value


def _blurred(image: Array, sigma: float) -> Array:
    """Blur each plane; NaN has no weight and stays NaN, and edges are repeated."""
    if sigma == 0:
        return image
    values = as_bytes(image).astype(np.float64)
    planes = np.atleast_2d(values)
    # Plane by plane, so that a plane does not depend on what comes with it.
    blurred = [
        _smooth(plane, sigma) for plane in planes.reshape(-1, *planes.shape[-2:])
    ]
    return np.stack(blurred).reshape(values.shape)


def _smooth(plane: Array, sigma: float) -> Array:
    ndimage = needed("scipy.ndimage", "A blur")
    valid = ~np.isnan(plane)

    def smooth(pixels: Array) -> Array:
        blurred: Array = ndimage.gaussian_filter(
            pixels, sigma, mode="nearest", truncate=TRUNCATE
        )
        return blurred

    if valid.all():
        return smooth(plane)
    # A blur of zeros in place of NaN, over the weight of what is there: a plain
    # Gaussian would make every pixel within its reach NaN.
    with np.errstate(invalid="ignore"):
        blurred = smooth(np.where(valid, plane, 0)) / smooth(valid.astype(np.float64))
    return np.where(valid, blurred, math.nan)

"""Compare two images: the one function that all ways into SimilIJ lead to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..ground.public import public
from ..images.door import ImageLike, as_image
from ..metrics.registry import DEFAULTS
from ..preparation.rescale import Rescale
from .engine import answer, two_texts
from .question import PREPARING, Question, ask
from .table.comparison import Comparison, compared_pair


@public
def compare(
    x: ImageLike,
    y: ImageLike | None = None,
    *,
    mask: ImageLike | None = None,
    regions: Any = None,
    metrics: str | Iterable[str] | None = DEFAULTS,
    rescale: Rescale = "none",
    names: Sequence[str] | None = None,
    files: Sequence[str] = ("", ""),
    per: str | Sequence[str] = (),
    channels: Any = None,
    against: str = "image 2",
    inverse: bool = False,
    data_range: float | None = None,
    thresholds: float | tuple[float, float] | str | None = None,
    align: str | None = None,
    background: Any = None,
    blur: Any = None,
    verdict: bool = False,
    color: str = "",
) -> Comparison:
    """Measure how alike two images are: pooled, or by region, plane and channel.

    Parameters
    ----------
    x, y : path, Image or array-like
        The two images, in any mixture, of one shape and any number of dimensions: files
        (see `similij.read`), `similij.Image`, NumPy arrays and memmaps, dask arrays
        (read block by block), xarray DataArrays, images of ImageJ (ImagePlus, Dataset,
        ImgPlus, RandomAccessibleInterval, where Python hosts it), or anything with
        `__array__`. Axes are aligned by name; where there are none, the last two are
        (y, x). bool, integers of 8 to 64 bits, floats of 16 to 64 bits, in any mixture:
        compared by value. y may be left out where x is compared with itself (see
        `channels`, `against`).
    mask : path, Image or array-like of bool, optional
        True where pixels are compared; of the images' shape or of their last axes. Of a
        file: what is not 0.
    regions : optional
        One row each; default: one row for the whole image. Regions of interest (the
        path of a `.roi` file, a `RoiSet.zip`, QuPath's GeoJSON or a TIFF in which
        ImageJ saved an overlay; `roifile` objects; a list of these): the very pixels
        that ImageJ selects, in every plane, or in those the ROI is tied to. A label
        image (integers, 0 is background; an array, an `Image`, or the path of an image
        or of Cellpose's `_seg.npy`): a row per label. A dict of names to masks (bool,
        (y, x)) or polygons ((N, 2) arrays of x, y). See `similij.regions`.
    metrics : str or iterable of str
        Names from `similij.metrics.catalogue()`, or of groups of it; "all", or "all but
        significance". Those that need the pixels themselves (ranks, SSIM, ...) hold a
        region in memory and refuse dask arrays.
    rescale : {"none", "percentile", "zscore", "linear"} or ("percentile", low, high)
        What is done to the images, within each region, before RMSD, Mean Difference and
        others that the row's note names. "percentile": each from its 1st and 99th
        percentile (or those given) to 0...1. "zscore": each less its mean, over its
        standard deviation (of n). "linear": image 1 becomes gain · image 1 + offset, by
        least squares to image 2. R does not change.
    names : sequence of two str, optional
        What rows and messages call the images.
    files : sequence of two str
        Where the images came from, for the columns file_1 and file_2.
    per : sequence of str
        Axes of which each index has rows of its own, e.g. ("t", "z"); all others are
        pooled. This and the next two need named axes: those of a file, a DataArray, an
        image of ImageJ, or `similij.Image(array, axes="tzcyx")`.
    channels : "same", "all", "1:2", or a list of pairs, optional
        Which channel of x goes with which of y, counted from 1: a row each. Without y:
        channels of x itself. Default: all channels are pooled, or, with "c" in `per`,
        each goes with the same of y.
    against : {"image 2", "first frame", "previous frame"}
        What x is compared with; for the last two leave y out.
    inverse : bool
        One more row: "background", the pixels in none of the regions.
    data_range : float, optional
        Span of the values that the images could have, e.g. 4095 for 12 bits, which PSNR
        and SSIM depend on. Default: that of the integer type; of floats, what image 1
        spans in the region. The row's note says which it was.
    thresholds : float, (float, float) or str, optional
        Of image 1 and image 2 for Manders' M1 and M2, e.g. (500, 800); one for both.
        Default: 0. A pixel at a threshold is not above it.
    align : "shift" or "rigid", optional
        Move image 2 onto image 1 first, by the shift that `similij.align` measures, to
        a part of a pixel, or shifted and turned; only pixels that both images have are
        compared. Regions, labels and mask stay where image 1 has them. Every row's note
        says how far and how sure; where the images do not show a motion, the row is
        blank and says why. Of the planes compared together, whole and within the mask,
        so with `per` each has a motion of its own. With `against`, each frame is moved
        onto the one it is compared with, and regions lie where that one has them. The
        motion is measured in the images as they are; background and blur come before
        image 2 is moved, as a blur must see the pixels beyond the overlap. Needs both
        images in memory. R, RMSD and Mean Difference of the same pixels without the
        motion are the metrics of the group "alignment".
    background : number, ("percentile", p), ("region", region), a pair, or str, optional
        What is subtracted from each image before anything else: a number, a percentile
        of the whole image, or the mean of a region; a pair has one for each image.
        Values below it become negative. Of the planes compared together, so with
        `per` each plane has its own. Or in words, as in macros: "100", "percentile:5",
        "region:NAME" (one of `regions`, or a ROI file), "100,percentile:5".
    blur : float, pair of float, or str, optional
        Sigma in pixels of a Gaussian that each plane is blurred with, after the
        background, e.g. (0, 1.5) to bring image 2 to the resolution of image 1.
        Every row's note names both.
    verdict : bool
        A column more: what was done to image 1 to make image 2, in words, for each
        region of a single plane; see `similij.verdict`. Of the first 50 rows, after
        the background is off; not of blurred images. About a second for each megapixel,
        and SciPy is needed.

    color : "luminance" or "channels", optional
        How RGB images are compared, which are refused without it: by luminance
        (0.299 R + 0.587 G + 0.114 B, rounded, as ImageJ weighs them), or red, green and
        blue apart, a row each.

    Returns
    -------
    Comparison
        One row per region, channel pair and plane. A number that is undefined is NaN,
        and its row's note says why; pairs of pixels of which one is NaN are left out
        and counted in `excluded`.

    Raises
    ------
    ImageError
        If the images cannot be compared at all: unequal shapes or dimensions, or a
        type that is no number. A ValueError.
    RegionError
        If a file of regions cannot be read. A ValueError.
    ValueError
        If a metric or a way to rescale does not exist.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.add.outer(np.arange(4), np.arange(4))
    >>> b = np.where(a <= 2, 0, a)
    >>> result = compare(a, b, names=("raw", "clipped"))
    >>> round(result.pearson, 12), round(result.rmsd, 12), result.mean_difference
    (0.944911182523, 0.935414346693, 0.5)
    """
    question = ask(
        mask=mask,
        regions=regions,
        metrics=metrics,
        rescale=rescale,
        per=per,
        channels=channels,
        against=against,
        inverse=inverse,
        data_range=data_range,
        thresholds=thresholds,
        align=align,
        background=background,
        blur=blur,
        verdict=verdict,
        color=color,
    )
    return compared(question, x, y, names=names, files=files)


def compared(
    question: Question,
    x: ImageLike,
    y: ImageLike | None,
    *,
    names: Sequence[str] | None = None,
    files: Sequence[str] = ("", ""),
) -> Comparison:
    """Compare two images as a question asks; see `compare`."""
    # Read once, and carried: what follows takes images, never paths.
    # Plain arrays stay what they are: an `Image` of each takes microseconds.
    one = x if type(x) is np.ndarray else as_image(x, "image 1")
    two = y if y is None or type(y) is np.ndarray else as_image(y, "image 2")
    rows = answer(question, one, two, names=names, files=two_texts(files, "files"))
    changed = "only one image" if y is None else ""
    if question.regions is not None:
        changed = "regions"
    elif question.prepares:
        changed = next(n for n in PREPARING if getattr(question, n) is not None)
    pair = compared_pair((x, y), (one, two), question.mask, len(rows), changed)
    return Comparison(rows, [*question.metrics], pair, told=question.verdict)

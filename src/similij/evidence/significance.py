"""Test whether chance explains a likeness, and give a number its interval.

Neighbouring pixels of an image are alike, so n pixels hold far less than n independent
observations, and the usual p-value of R is wrong. `significance` counts what they are
worth, tests R against chance, and gives an interval to R, RMSD or Mean Difference. How
often it is right is measured by bench/calibration.py and reported in
docs/significance.md.

Not here: the numbers themselves (`compare`), the arithmetic (`evidence.chance`, and
what that is made of), the same as metrics by name (`evidence.metrics`), and which of
two pairs is more alike (`evidence.more_alike`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..ground.errors import ImageError, Undefined
from ..ground.names import shown, with_names
from ..ground.public import public
from ..ground.types import Natural
from ..images.door import as_image
from ..images.image import Image
from ..images.pair import ImageLike, prepare
from ..metrics.registry import Metric, chosen, of_moments
from .chance import by_blocks, by_effective_pixels, by_shuffles
from .effective_size import Sample
from .studentised import check_resamples

METHODS = ("effective", "permutation", "bootstrap")
"""Ways to test a likeness, as `significance` and the command line name them."""


@dataclass(frozen=True, repr=False)
class Significance:
    """A number, whether chance explains it, and how sure it is.

    Attributes
    ----------
    value : float
        The metric: what `compare` gives for the same pixels.
    p : float
        Chance of a Pearson R at least this far from 0, on either side, were the images
        independent. NaN where the method or the metric has none; the note says why.
    ci_low, ci_high : float
        Interval that holds the metric of the whole that the pixels are a sample of, in
        95 of 100 samples. NaN where the method has none.
    n_effective : float
        Pixels that would say as much of R, were they independent: 1 + 1/Var(R).
    n, excluded : int
        Pixels compared, and those left out because one image is NaN there.
    metric, method : str
        Names of the metric and of the method that were asked for.
    n_resamples, seed : int
        Number of shuffles or resamples (0: none), and the seed of their random numbers.
    block : tuple of int
        Sides of the resampling blocks along the axes of the images, in pixels; empty
        where there is nothing to resample.
    note : str
        The reason for every NaN, and what else needs saying.
    """

    value: float
    p: float
    ci_low: float
    ci_high: float
    n_effective: float
    n: int
    excluded: int
    metric: str
    method: str
    n_resamples: int
    seed: int
    block: tuple[int, ...]
    note: str

    def __repr__(self) -> str:
        parts = [f"{chosen(self.metric)[0].label} {self.value:.4g}"]
        if not math.isnan(self.ci_low):
            parts.append(f"95 % interval {self.ci_low:.4g} to {self.ci_high:.4g}")
        if not math.isnan(self.p):
            parts.append(f"p = {self.p:.2g}" if self.p > 0 else "p < 1e-300")
        how = self.method
        if self.n_resamples:
            how += f", {self.n_resamples} resamples, seed {self.seed}"
        worth = f"{self.n} pixels"
        if not math.isnan(self.n_effective):
            worth = f"{self.n_effective:.4g} effective of {worth}"
        parts.append(f"{worth} ({how})")
        return ", ".join(parts) + (f". {self.note}" if self.note else "")


@public
def significance(
    x: ImageLike,
    y: ImageLike,
    *,
    mask: ImageLike | None = None,
    metric: str = "pearson",
    method: str = "effective",
    n_resamples: int = 999,
    seed: Natural = 0,
) -> Significance:
    """Test a likeness against chance, and give it an interval.

    Parameters
    ----------
    x, y : array-like
        The two images, as for `compare`; read into memory. Along every axis neighbours
        are taken to be alike: of a stack with channels, pass one.
    mask : array-like of bool, optional
        True where pixels are compared.
    metric : str
        A name from `similij.metrics.available()`. All but "pearson" need
        method="bootstrap".
    method : {"effective", "permutation", "bootstrap"}
        "effective": R tested by t with as many pixels as both images' autocorrelations
        leave (n_effective - 2 degrees of freedom), and an interval on Fisher's scale.
        "permutation": R against its values after blocks of y were shuffled inside the
        region, p = (k + 1) / (n_resamples + 1); no interval. "bootstrap": an interval
        for any metric from resampled blocks, and for R its p, 0.05 or less just where
        the interval leaves out 0.
    n_resamples : int
        Shuffles or resamples, 99 or more.
    seed : int
        Seed of the random numbers: the same seed gives the same result.

    Returns
    -------
    Significance
        The value, p, its interval and n_effective. p is two-sided. NaN pixels are
        left out pairwise; what is undefined is NaN, and `note` has the reason.

    Raises
    ------
    ImageError
        If the images or the mask cannot be compared, or have channels.
    ValueError
        If there is no such metric or method, they do not go together, or n_resamples
        is below 99.

    Notes
    -----
    Intervals take both images as pieces of a whole that looks alike everywhere;
    p also holds where both vary in the same places. Stripes and lattices in both, and a
    few bright pixels, give NaN and the reason.

    References
    ----------
    Clifford, Richardson & Hémon (1989), doi:10.2307/2532039. Dutilleul (1993),
    doi:10.2307/2532625. DiCiccio & Romano (2017), doi:10.1080/01621459.2016.1202117.
    Künsch (1989), doi:10.1214/aos/1176347265.

    Examples
    --------
    >>> import numpy as np
    >>> from similij import significance
    >>> noise = np.random.default_rng(0).normal(size=(2, 64, 64))
    >>> result = significance(noise[0], noise[0] + noise[1])
    >>> 0.6 < result.ci_low < 2**-0.5 < result.ci_high < 0.8, result.p < 1e-9
    (True, True)
    """
    definition = chosen(metric)[0]
    _check(definition, method, n_resamples)
    one, two = as_image(x, "image 1"), as_image(y, "image 2")
    for image in (one, two):
        _check_axes(image)
    sample = Sample(prepare(one, two, mask), in_units=definition.rescaled)
    p = low = high = value = math.nan
    try:
        value = of_moments(definition, sample.moments)
        tested = of_moments(definition, sample.of_box)
        if method == "effective":
            p, low, high, reason = by_effective_pixels(sample, tested)
        elif method == "permutation":
            p, reason = by_shuffles(sample, tested, n_resamples, seed)
            if not math.isnan(p):
                reasons = filter(None, ("a shuffle gives no interval", reason))
                reason = "; ".join(reasons)
        else:
            p, low, high, reason = by_blocks(
                sample, definition, tested, n_resamples, seed
            )
            if definition.name != "pearson" and not math.isnan(low):
                no_p = f"{definition.label} has no value by chance"
                reason = "; ".join(filter(None, (no_p, reason)))
    except Undefined as undefined:
        reason = with_names(str(undefined), *sample.names)
    return Significance(
        value,
        p,
        low,
        high,
        sample.n_effective,
        sample.moments.n,
        sample.moments.excluded,
        definition.name,
        method,
        0 if method == "effective" else n_resamples,
        seed,
        sample.blocks.side if sample.varies else (),
        reason,
    )


def _check_axes(image: Image) -> None:
    """Refuse channels: those of one pixel are no neighbours of each other."""
    channels = image.sizes.get("c", 1)
    if channels > 1:
        raise ImageError(
            f'"{image.title or "the image"}" has {channels} channels, and those of a '
            "pixel are no neighbours of it: take one, with .isel(c=0)."
        )


def _check(metric: Metric, method: str, n_resamples: int) -> None:
    """Refuse an unknown method, one that the metric lacks, and too few resamples."""
    if method not in METHODS:
        raise ValueError(
            f"method is {shown(method)}: it must be {', '.join(map(repr, METHODS))}."
        )
    if metric.name != "pearson" and method != "bootstrap":
        raise ValueError(
            f"method {shown(method)} tests Pearson R against independent images; for "
            f"{shown(metric.name)} use method='bootstrap', which gives its interval."
        )
    check_resamples(n_resamples)

"""Conclude from the numbers of all pairs: distances, an order, a map, the odd ones out.

A metric becomes a distance by its direction: 1 - R of Pearson R, RMSD itself, and so
on. Nothing here looks at pixels. SciPy is imported for the clustering only: a Python
without it can still name the odd ones out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ground.names import shown
from ..ground.public import public
from ..ground.types import Array
from ..metrics.registry import Metric, chosen
from .looks import LOOKS, MEAN

if TYPE_CHECKING:
    import xarray as xr


FEWEST = 5
"""Number of images from which on an odd one can be told from the others."""

LIMIT = 3.5
"""Modified z-score above which a value is an outlier (Iglewicz & Hoaglin 1993)."""

FARTHER = 1.5
"""Times the usual distance that an odd one must be away: less is of no consequence.

Of a number of an image by itself, the factor to either side of the usual one.
"""

_BRIGHTER = 0.5
"""Contrasts that a mean must be away: less is how many cells a field has."""

MOST = 4
"""One image in so many may be odd by one number: more are a group of their own.

Of 33 slices through a cell the 14 at its ends are less like the others, and not odd.
"""

_MAD, _MEAN_DEVIATION = 1.4826, 1.2533
"""Standard deviations of a normal distribution in one MAD, or one mean deviation."""


@dataclass(frozen=True)
class OddOne:
    """An image that is less like the others than they are like each other.

    Attributes
    ----------
    image : str
        Its name.
    metric : str
        The metric that says so.
    typical : float
        Median of the metric over its pairs with all other images.
    others : tuple of float
        Lowest, middle and highest of such medians of the other images.
    score : float
        How many robust standard deviations it lies apart (modified z-score).
    sentence : str
        Image, numbers and judgement in words.
    """

    image: str
    metric: str
    typical: float
    others: tuple[float, float, float]
    score: float
    sentence: str


@public
def odd_ones_out(found: xr.Dataset, metric: str | None = None) -> list[OddOne]:
    """Name the images that are less like the others than these are like each other.

    Parameters
    ----------
    found : xarray.Dataset
        As `similij.pairwise` returns it; of several regions select one.
    metric : str, optional
        One of its variables that has a direction, or of the numbers of each image by
        itself: `image_mean`, `image_contrast`, `image_fineness`. Default: all that have
        a direction and these, each image by the first that sees it.

    Returns
    -------
    list of OddOne
        By each metric the oddest first. Empty where the evidence does not carry it:
        with fewer than five images, where all are equally alike, or where more than a
        fourth of them lie apart, which are a group and not odd.

    Raises
    ------
    ValueError
        If there is no such metric, or it does not say which images are alike.

    Notes
    -----
    Of each image the median of the metric over its pairs; an image is odd where that
    lies, on the side of the less alike, more than 3.5 robust standard deviations
    (1.4826 MAD; where half of the medians are equal, 1.2533 mean absolute deviations)
    from the median of these medians, and whose median distance (1 - R, RMSD, ...) is
    more than 1.5 times the usual one. Images whose numbers are all undefined are left
    out.

    Fields of different cells are as unlike as can be in pairs, all of them. What is
    dim, of another channel or out of focus among these is seen by its mean, its
    contrast (standard deviation) or its fineness (variance of differences of
    neighbours over twice the variance): to either side by more than 3.5 robust standard
    deviations, and by a factor of more than 1.5 (contrast and fineness, of which the
    logarithms are taken) or half the usual contrast (the mean).

    References
    ----------
    Iglewicz, B. & Hoaglin, D. C. (1993). How to Detect and Handle Outliers. ASQC
    Quality Press (modified z-score).

    Examples
    --------
    >>> import numpy as np, similij
    >>> random = np.random.default_rng(0)
    >>> cell = random.normal(size=(32, 32))
    >>> takes = [cell + 0.3 * random.normal(size=cell.shape) for _ in range(7)]
    >>> takes[4] = random.normal(size=cell.shape)
    >>> [odd.image for odd in similij.odd_ones_out(similij.pairwise(takes))]
    ['image 5']
    """
    if metric in LOOKS and metric in found.coords:
        return _odd_by_look(found, str(metric))
    if metric is not None:
        return _odd_by_pairs(found, directed(found, metric))
    by_number = [_odd_by_pairs(found, usable) for usable in _directed(found)]
    by_number += [_odd_by_look(found, name) for name in LOOKS if name in found.coords]
    named: dict[str, OddOne] = {}
    for odd in by_number:
        for one in odd:
            named.setdefault(one.image, one)
    return [*named.values()]


def _odd_by_pairs(found: xr.Dataset, definition: Metric) -> list[OddOne]:
    """Name the odd ones by the median of a metric over their pairs."""
    values, apart = matrix_of(found, definition.name), distances(found, definition)
    # Medians, of medians: a single odd one among five is in a fourth of every other
    # image's pairs, and must not make them look odd.
    typical = _typical(values)
    side = -1.0 if definition.higher_is_more_similar else 1.0
    scores = side * _scores(typical)
    far = _typical(apart)
    defined = np.isfinite(typical)
    enough = FARTHER * float(np.median(far[defined])) if defined.any() else math.inf
    count = len(typical)
    return _named(
        found,
        definition.name,
        (scores > LIMIT) & (far > enough),
        typical,
        scores,
        (
            f"its median {definition.label} with the other {count - 1} images is",
            "robust standard deviations away",
        ),
    )


def _odd_by_look(found: xr.Dataset, name: str) -> list[OddOne]:
    """Name the odd ones by a number of each image by itself, to either side."""
    values = _one_region(found, found[name])
    away = "robust standard deviations away"
    least = math.log(FARTHER)
    if name == MEAN:
        # A mean may be 0 or less, and a camera adds to it: what it is away counts in
        # units of what there is to see.
        contrast = _one_region(found, found["image_contrast"])
        numbers = values
        known = contrast[np.isfinite(contrast)]
        least = _BRIGHTER * float(np.median(known)) if known.size else math.inf
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            numbers = np.where(values > 0, np.log(np.abs(values)), math.nan)
        away = "robust standard deviations (of logarithms) away"
    scores = np.abs(_scores(numbers))
    defined = np.isfinite(numbers)
    if not defined.any():
        return []
    far = np.abs(numbers - float(np.median(numbers[defined]))) > least
    words = f"its {LOOKS[name]} is", away
    return _named(found, name, (scores > LIMIT) & far, values, scores, words)


def _scores(typical: Array) -> Array:
    """Return modified z-scores; NaN where too few images have numbers, or no spread."""
    defined = np.isfinite(typical)
    if defined.sum() < FEWEST:
        return np.full(len(typical), math.nan)
    middle = float(np.median(typical[defined]))
    away = np.abs(typical[defined] - middle)
    # The MAD is 0 where half of the medians are equal (copies of one file), then the
    # mean deviation takes its place.
    spread = _MAD * float(np.median(away)) or _MEAN_DEVIATION * float(away.mean())
    scores: Array = (typical - middle) / (spread if spread > 0 else math.nan)
    return scores


def _named(
    found: xr.Dataset,
    metric: str,
    is_odd: Array,
    typical: Array,
    scores: Array,
    words: tuple[str, str],
) -> list[OddOne]:
    """Put the odd ones into words, unless they are a group."""
    names = [str(name) for name in found["image"].values]
    defined = np.isfinite(typical)
    odd = np.flatnonzero(is_odd).tolist()
    if not odd or len(odd) > max(1, int(defined.sum()) // MOST):
        return []
    rest = typical[defined & ~is_odd]
    others = float(rest.min()), float(np.median(rest)), float(rest.max())
    return [
        OddOne(
            names[k],
            metric,
            float(typical[k]),
            others,
            float(scores[k]),
            f'"{names[k]}" is an odd one out: {words[0]} {typical[k]:.4g}; those of '
            f"the others are {others[0]:.4g} to {others[2]:.4g} (median "
            f"{others[1]:.4g}), {scores[k]:.3g} {words[1]}",
        )
        for k in sorted(odd, key=lambda k: -scores[k])
    ]


def odd_by_region(result: xr.Dataset) -> list[tuple[str, OddOne]]:
    """Name each region's odd ones out, by every number that can see one.

    Returns
    -------
    list of (str, OddOne)
        Name of the region ("" where the result has none) and image.
    """
    if "region" not in result.dims:
        return [("", odd) for odd in odd_ones_out(result)]
    by_region = (result.isel(region=k) for k in range(result.sizes["region"]))
    return [
        (str(of_region["region"].values), odd)
        for of_region in by_region
        for odd in odd_ones_out(of_region)
    ]


def sentences(result: xr.Dataset) -> list[str]:
    """Say which are the odd ones out, region by region."""
    return [
        f"{region}: {odd.sentence}." if region else f"{odd.sentence}."
        for region, odd in odd_by_region(result)
    ]


def directed(result: xr.Dataset, metric: str | None = None) -> Metric:
    """Return the metric that says which images are alike: the one named, or the first.

    Raises
    ------
    ValueError
        If there is none.
    """
    usable = _directed(result)
    if metric is None and usable:
        return usable[0]
    for candidate in usable:
        if candidate.name == metric:
            return candidate
    choices = ", ".join(m.name for m in usable) or "none"
    subject = "no metric" if metric is None else f"the metric {shown(metric)}"
    raise ValueError(
        f"{subject} of this result says which images are more alike; those that do: "
        f"{choices}. Ask pairwise for others with metrics=[...]."
    )


def _directed(result: xr.Dataset) -> list[Metric]:
    computed = chosen([str(name) for name in result.attrs["metrics"].split(",")])
    return [m for m in computed if m.higher_is_more_similar is not None]


def distances(result: xr.Dataset, metric: Metric) -> Array:
    """Turn a metric into distances, (image, image): 0 of the same, symmetric, no NaN.

    What is undefined is as far as the farthest: a constant image is like no other, and
    neither a clustering nor a map can leave a gap.
    """
    values = matrix_of(result, metric.name)
    if metric.higher_is_more_similar:
        top = metric.range[1]
        top = top if math.isfinite(top) else float(np.nanmax(values, initial=0.0))
        values = np.where(np.isfinite(values), top - values, np.nan)
    values = (values + values.T) / 2
    defined = values[np.isfinite(values)]
    values = np.where(np.isfinite(values), values, defined.max(initial=1.0))
    np.fill_diagonal(values, 0.0)
    apart: Array = np.maximum(values, 0.0)
    return apart


def clustering(apart: Array) -> tuple[Any, list[int]]:
    """Cluster images by average linkage; return the tree and the order of its leaves.

    The order is the one in which neighbours are nearest (Bar-Joseph, Gifford & Jaakkola
    2001, doi:10.1093/bioinformatics/17.suppl_1.S22).
    """
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    tree = linkage(squareform(apart, checks=False), "average", optimal_ordering=True)
    return tree, [int(k) for k in leaves_list(tree)]


def placed(apart: Array) -> tuple[Array, tuple[float, float]]:
    """Place the images on a plane, with distances as near to theirs as it allows.

    By classical multidimensional scaling (Torgerson 1952, doi:10.1007/BF02288916).

    Returns
    -------
    places : ndarray, (image, 2)
        Coordinates.
    shares : pair of float
        Share of the spread (of the positive eigenvalues) that each axis shows.
    """
    squares = apart**2
    centred = squares - squares.mean(0) - squares.mean(1)[:, None] + squares.mean()
    weights, vectors = np.linalg.eigh(-centred / 2)
    positive = np.clip(weights[::-1], 0.0, None)
    vectors = vectors[:, ::-1]
    total = float(positive.sum())
    places = np.zeros((len(apart), 2))
    for k in range(min(2, len(apart))):
        axis = vectors[:, k] * math.sqrt(positive[k])
        # An eigenvector has no sign of its own, and LAPACKs differ: the farthest image
        # lies on the right, so that a map is the same everywhere.
        places[:, k] = axis * (np.sign(axis[np.argmax(np.abs(axis))]) or 1.0)
    shares = [float(positive[k]) / total if total else 0.0 for k in range(2)]
    return places, (shares[0], shares[1])


def matrix_of(result: xr.Dataset, name: str) -> Array:
    """Return the values of a metric, (image, image).

    Raises
    ------
    ValueError
        If there are several regions.
    """
    return _one_region(result, result[name])


def _one_region(result: xr.Dataset, values: xr.DataArray) -> Array:
    if "region" in values.dims:
        if values.sizes["region"] > 1:
            raise ValueError(
                f"the result has {values.sizes['region']} regions: take one, with "
                ".sel(region=...) or .isel(region=0)."
            )
        values = values.isel(region=0)
    return np.asarray(values.values, np.float64)


def _typical(values: Array) -> Array:
    """Return the median of each image's numbers with the others; NaN where none is."""
    off = values.copy()
    np.fill_diagonal(off, np.nan)
    return np.array(
        [
            np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else np.nan
            for row in off
        ]
    )

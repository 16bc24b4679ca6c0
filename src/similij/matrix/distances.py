"""What follows from the numbers of all pairs: distances, an order, the odd ones out.

A metric becomes a distance by its direction: 1 - R of Pearson R, RMSD itself, and so
on. Nothing here looks at pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ground.types import Array
from ..metrics.registry import Metric, chosen

if TYPE_CHECKING:
    import xarray as xr


FEWEST = 5
"""Images from which on an odd one can be told from the others."""

LIMIT = 3.5
"""Modified z-score above which a value is an outlier (Iglewicz & Hoaglin 1993)."""

FARTHER = 1.5
"""Times the usual distance that an odd one is away: less is of no consequence."""

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
        All that in words.
    """

    image: str
    metric: str
    typical: float
    others: tuple[float, float, float]
    score: float
    sentence: str


def odd_ones_out(found: xr.Dataset, metric: str | None = None) -> list[OddOne]:
    """Name the images that are less like the others than these are like each other.

    Parameters
    ----------
    found : xarray.Dataset
        As `similij.pairwise` returns it; of several regions select one.
    metric : str, optional
        One of its variables that has a direction; default: the first that has.

    Returns
    -------
    list of OddOne
        The oddest first. Empty where the evidence does not carry it: with fewer than
        five images, or where all are equally alike.

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
    asked = directed(found, metric)
    values, apart = matrix_of(found, asked.name), distances(found, asked)
    names = [str(name) for name in found["image"].values]
    typical = _typical(values)
    known = np.isfinite(typical)
    if known.sum() < FEWEST:
        return []
    middle = float(np.median(typical[known]))
    away = np.abs(typical[known] - middle)
    spread = _MAD * float(np.median(away)) or _MEAN_DEVIATION * float(away.mean())
    if not spread > 0:
        return []
    side = -1.0 if asked.higher_is_more_similar else 1.0
    scores = side * (typical - middle) / spread
    far = _typical(apart)
    enough = FARTHER * float(np.median(far[known]))
    odd = [k for k in np.flatnonzero(known) if scores[k] > LIMIT and far[k] > enough]
    rest = typical[[k for k in np.flatnonzero(known) if k not in odd]]
    others = (float(rest.min()), float(np.median(rest)), float(rest.max()))
    return [
        OddOne(
            names[k],
            asked.name,
            float(typical[k]),
            others,
            float(scores[k]),
            f'"{names[k]}" is an odd one out: its median {asked.label} with the other '
            f"{len(names) - 1} images is {typical[k]:.4g}; those of the others are "
            f"{others[0]:.4g} to {others[2]:.4g} (median {others[1]:.4g}), "
            f"{scores[k]:.3g} robust standard deviations away",
        )
        for k in sorted(odd, key=lambda k: -scores[k])
    ]


def odd_by_region(found: xr.Dataset) -> list[tuple[str, OddOne]]:
    """Odd ones out of each region, by the first metric that has a direction.

    Returns
    -------
    list of (str, OddOne)
        With the region's name, "" where the result has no regions. Empty where no
        metric says which images are alike.
    """
    try:
        metric = directed(found).name
    except ValueError:
        return []
    if "region" not in found.dims:
        return [("", one) for one in odd_ones_out(found, metric)]
    return [
        (str(part["region"].values), one)
        for part in (found.isel(region=k) for k in range(found.sizes["region"]))
        for one in odd_ones_out(part, metric)
    ]


def sentences(found: xr.Dataset) -> list[str]:
    """Say which are the odd ones out, region by region."""
    return [
        f"{region}: {one.sentence}." if region else f"{one.sentence}."
        for region, one in odd_by_region(found)
    ]


def directed(found: xr.Dataset, metric: str | None = None) -> Metric:
    """Metric of a result that says which images are alike: the one named, or the first.

    Raises
    ------
    ValueError
        If there is none.
    """
    asked = chosen([str(name) for name in found.attrs["metrics"].split(",")])
    usable = [m for m in asked if m.higher_is_more_similar is not None]
    if metric is None and usable:
        return usable[0]
    for one in usable:
        if one.name == metric:
            return one
    known = ", ".join(m.name for m in usable) or "none"
    what = "no metric" if metric is None else f"the metric {metric!r}"
    raise ValueError(
        f"{what} of this result says which images are more alike; those that do: "
        f"{known}. Ask pairwise for others with metrics=[...]"
    )


def distances(found: xr.Dataset, metric: Metric) -> Array:
    """Distances of all images, (image, image): 0 of the same, symmetric, no NaN.

    What is undefined is as far as the farthest.
    """
    values = matrix_of(found, metric.name)
    if metric.higher_is_more_similar:
        top = metric.range[1]
        top = top if math.isfinite(top) else float(np.nanmax(values, initial=0.0))
        values = np.where(np.isfinite(values), top - values, np.nan)
    values = (values + values.T) / 2
    known = values[np.isfinite(values)]
    values = np.where(np.isfinite(values), values, known.max(initial=1.0))
    np.fill_diagonal(values, 0.0)
    found_apart: Array = np.maximum(values, 0.0)
    return found_apart


def clustering(apart: Array) -> tuple[Any, list[int]]:
    """Cluster images by average linkage; the tree, and the order of its leaves.

    The order is the one in which neighbours are nearest (Bar-Joseph, Gifford & Jaakkola
    2001, doi:10.1093/bioinformatics/17.suppl_1.S22).
    """
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    tree = linkage(squareform(apart, checks=False), "average", optimal_ordering=True)
    return tree, [int(k) for k in leaves_list(tree)]


def placed(apart: Array) -> tuple[Array, tuple[float, float]]:
    """Places of the images on a plane whose distances are as they should be.

    Classical multidimensional scaling (Torgerson 1952, doi:10.1007/BF02288916).

    Returns
    -------
    (places, shares)
        (image, 2) coordinates; and how much of the spread each axis shows, of the
        positive eigenvalues.
    """
    squares = apart**2
    centred = squares - squares.mean(0) - squares.mean(1)[:, None] + squares.mean()
    weights, vectors = np.linalg.eigh(-centred / 2)
    positive = np.clip(weights[::-1], 0.0, None)
    vectors = vectors[:, ::-1]
    whole = float(positive.sum())
    places = np.zeros((len(apart), 2))
    for k in range(min(2, len(apart))):
        axis = vectors[:, k] * math.sqrt(positive[k])
        # an eigenvector has no sign of its own: the farthest image lies on the right
        places[:, k] = axis * (np.sign(axis[np.argmax(np.abs(axis))]) or 1.0)
    shares = [float(positive[k]) / whole if whole else 0.0 for k in range(2)]
    return places, (shares[0], shares[1])


def matrix_of(found: xr.Dataset, name: str) -> Array:
    """Values of a metric, (image, image).

    Raises
    ------
    ValueError
        If there are several regions.
    """
    values = found[name]
    if "region" in values.dims:
        if values.sizes["region"] > 1:
            raise ValueError(
                f"the result has {values.sizes['region']} regions: take one, with "
                ".sel(region=...) or .isel(region=0)"
            )
        values = values.isel(region=0)
    return np.asarray(values.values, np.float64)


def _typical(values: Array) -> Array:
    """Median of each image's numbers with the others; NaN where none is defined."""
    off = values.copy()
    np.fill_diagonal(off, np.nan)
    return np.array(
        [
            np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else np.nan
            for row in off
        ]
    )

"""Compile ahead what the first answers would wait for."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import DTypeLike


def warm_up() -> float:
    """Compile the loops of the three numbers for every type, unless that was done.

    Those of metrics by name see `warm_up_metrics`; those of pictures and local maps are
    compiled when first used.

    Returns
    -------
    float
        Seconds that it took.
    """
    from .compare import compare

    start = time.perf_counter()
    labels = _numbers()
    mask = labels > 0
    # numba compiles for each type apart: one overlooked is seconds in a first answer.
    for name in ("uint8", "uint16", "int16", "uint32", "int32", "uint64", "int64"):
        _all_ways(compare, labels.astype(name), mask, labels)
    for name in ("float32", "float64"):
        pixels = labels.astype(name)
        _all_ways(compare, pixels, mask, labels)
        spoilt = pixels + np.where(labels == 1, np.nan, 0)
        _all_ways(compare, spoilt.astype(name), mask, labels)
    return time.perf_counter() - start


def warm_up_pair(
    types: tuple[DTypeLike, DTypeLike], labels: DTypeLike | None, masked: bool
) -> None:
    """Compile the loops of the three numbers for one comparison.

    Parameters
    ----------
    types : pair of dtype
        Of both images.
    labels : dtype, optional
        Of a label image, where there is one.
    masked : bool
        Whether a part of the pixels is compared only.
    """
    from .compare import compare

    numbers = _numbers()
    x, y = (numbers.astype(kind) for kind in types)
    compare(
        x,
        y[::-1],
        mask=numbers > 0 if masked else None,
        regions=None if labels is None else numbers.astype(labels),
    )


def warm_up_metrics() -> None:
    """Compile the loops of all other metrics for the types that cameras have.

    Significance works in float32 from half a million pixels on, so that both sizes of
    image need loops of their own.
    """
    from .compare import compare

    random = np.random.default_rng(0)
    for side in (200, 740):
        base = random.random((side, side)).cumsum(axis=1) % 100
        for name in ("uint8", "uint16", "float32"):
            x, y = (base + random.random(base.shape) * 20 for _ in "xy")
            compare(x.astype(name), y.astype(name), metrics="all")


def _numbers() -> Any:
    """Return the small image that is compared to compile, which is labels, too."""
    return np.arange(40 * 40).reshape(40, 40) % 3


def _all_ways(compare: Any, pixels: Any, mask: Any, labels: Any) -> None:
    """Compare whole, within a mask, by label and in part, as they are and rescaled."""
    large = np.tile(pixels, (16, 16))[:, 1:]  # the rows of a part are read in place
    compare(large, large)
    compare(large, large, mask=large > 0)
    other = pixels[::-1]
    compare(pixels, other)
    compare(pixels, other, mask=mask)
    for kind in ("uint16", "int32", "int64"):
        numbered = labels.astype(kind)
        compare(pixels, other, regions=numbered)
        compare(pixels, other, regions=numbered, mask=mask)
        compare(pixels, other, regions=numbered, rescale="percentile")

"""Rows and images for tests of reports: hostile names, undefined numbers, a matrix."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from similij import Comparison, compare

HOSTILE = (
    "<script>window.ran = 1</script>.tif",
    '"><img src=x onerror="window.ran = 1">',
    "' onmouseover='window.ran = 1' x='",
    "</script><script>window.ran = 1//",
    "<!--<script>",
    "line\u2028separator \u202egnp.exe",
    "$title ${data} &amp; %s {0}",
    "lone \udcff surrogate\nand \x00 lines",
)
TITLE = "Cells </title><script>window.ran = 1</script> & \"quotes\" 'of' two kinds"

SHAPE = (40, 56)


FIRST = np.random.default_rng(2).integers(0, 4000, SHAPE).astype(np.uint16)
SECOND = FIRST + np.random.default_rng(3).integers(0, 200, SHAPE).astype(np.uint16)
REGIONS = {"left": np.zeros(SHAPE, bool), "right": np.zeros(SHAPE, bool)}
REGIONS["left"][4:30, 3:20], REGIONS["right"][10:35, 30:50] = True, True


def hostile() -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
    """Rows of eight pairs, two regions each, and their images; names are attacks."""
    random = np.random.default_rng(11)

    def image() -> np.ndarray:
        return random.integers(0, 4000, SHAPE).astype(np.uint16)

    first = image()
    images = {"reference": first}
    rows: list[dict[str, Any]] = []
    masks = {"left": np.zeros(SHAPE, bool), "right": np.zeros(SHAPE, bool)}
    masks["left"][:, :28], masks["right"][:, 28:] = True, True
    for k, name in enumerate(HOSTILE):
        images[name] = np.where(random.random(SHAPE) < k / 10, image(), first)
        names = ("reference", name)
        rows += compare(first, images[name], regions=masks, names=names).rows
    return rows, images


def cells() -> Comparison:
    """Compare two regions of a pair in nine metrics."""
    return compare(
        FIRST, SECOND, regions=REGIONS, names=("first.tif", "second.tif"),
        metrics="pearson,rmsd,mean_difference,bias,agreement_low,agreement_high,gain,"
        "offset,manders_m1",
    )  # fmt: skip


def many(count: int) -> list[dict[str, Any]]:
    """Rows of pairs that no file belongs to; every seventh has no R."""
    values = np.random.default_rng(3).normal(0.5, 0.3, (count, 2)).clip(-1, 1)
    return [
        {
            "image_1": f"plate{k // 96}/well{k % 96}.tif",
            "image_2": "control.tif",
            "region": "Whole image",
            "n": 100 + k,
            "pearson": math.nan if k % 7 == 3 else float(values[k, 0]),
            "rmsd": math.inf if k == 5 else abs(float(values[k, 1])) * 1000,
            "note": "a constant image" if k % 7 == 3 else "",
        }
        for k in range(count)
    ]

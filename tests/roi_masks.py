"""Compare similij.regions with what the real ImageJ selected (rois_by_imagej.py)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from similij.regions import Region, read_regions

JAVA_WITH_TIGHT_BOUNDS = 19
"""From here on Java's bounds of a path leave out the arms of curves (JDK-8176501)."""

NO_ROI, MASK, ALL = 0, 1, 2


class Comparison(NamedTuple):
    compared: Counter[str]
    differences: list[str]


def compare_with_imagej(folder: Path) -> Comparison:
    """Count the ROIs of RoiSet.zip by kind; describe those unlike masks.npz."""
    with np.load(folder / "masks.npz") as file:
        saved = dict(file)
    regions = read_regions(folder / "RoiSet.zip")
    tight = bool(saved["java"] >= JAVA_WITH_TIGHT_BOUNDS)
    compared: Counter[str] = Counter()
    differences = []
    at = 0
    rows = zip(saved["names"], saved["state"], saved["bounds"], regions, strict=True)
    for name, state, (x, y, width, height), region in rows:
        mask = None
        if state == MASK:
            end = at + -(-width * height // 8)
            mask = np.unpackbits(saved["bits"][at:end], count=width * height)
            mask, at = mask.reshape(height, width).astype(bool), end
        expected = Region(str(name), int(x), int(y), int(width), int(height), mask)
        compared[str(name).rsplit("-", 1)[0]] += 1
        reason = difference(expected, region, state == NO_ROI, tight)
        if reason:
            differences.append(f"{name}: {reason}")
    return Comparison(compared, differences)


def difference(expected: Region, found: Region, no_roi: bool, tight: bool) -> str:
    if found.name != expected.name:
        return f"is called {found.name}"
    if no_roi or expected.size == 0:
        far = 10**6
        empty = found.problem and found.size == 0 and found.clip(far, far) is None
        return "" if empty else f"has {found.size} pixels, in ImageJ none"
    if found.problem:
        return f"has a problem: {found.problem}"
    if (found.mask is None) != (expected.mask is None):
        return "has a mask and should not, or the other way round"
    ours, theirs = pixels(found), pixels(expected)
    if not np.array_equal(ours, theirs):
        return f"has {len(ours)} pixels, in ImageJ {len(theirs)}, or other ones"
    boxes = [(r.x, r.y, r.width, r.height) for r in (found, expected)]
    if boxes[0] != boxes[1] and not tight:
        return f"has bounds {boxes[0]}, in ImageJ {boxes[1]}"
    return ""


def pixels(region: Region) -> np.ndarray:
    """Coordinates (y, x) in the image of the pixels, row by row; the corners of all."""
    corner = np.array([region.y, region.x])
    if region.mask is None:
        return np.array([[0, 0], [region.height, region.width]]) + corner
    return np.argwhere(region.mask) + corner

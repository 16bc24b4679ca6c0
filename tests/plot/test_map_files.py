"""Differences, their display range and colours, and exact outlines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from picture_data import TYPES, filled, image
from similij.plot.pictures import map_sheet as _mapsheet
from similij.plot.pictures.map_files import Differences, Page, subtract
from similij.plot.style import edges_of
from similij.regions import Region, from_mask
from similij.regions.outlines import Areas, outlines_of

RNG = np.random.default_rng(11)


@pytest.mark.parametrize("first", TYPES)
@pytest.mark.parametrize("second", ["uint8", "int16", "float32", "float64"])
def test_difference_is_image_2_minus_image_1(first: str, second: str) -> None:
    x, y = image(first), image(second, seed=1)
    expected = (y.astype(np.float64) - x.astype(np.float64)).astype(np.float32)
    np.testing.assert_array_equal(subtract(x, y), expected)
    assert subtract(x, y).dtype == np.float32


def test_display_range_has_999_of_1000_pixels(tmp_path: Path) -> None:
    found = Differences(tmp_path)
    planes = [RNG.normal(0, 3.0**k, (60, 70)) for k in range(4)]
    for plane in planes:
        found.add(np.zeros(plane.shape), plane, Page({}, ""))
    sizes = np.abs(planes).ravel()
    assert found.range == pytest.approx(np.percentile(sizes, 99.9), rel=0.01)
    assert found.largest == np.float32(sizes.max())
    assert found.undefined == 0
    rare = Differences(tmp_path)
    speck = np.zeros((60, 70), np.uint8)
    speck[3, 4] = 200
    rare.add(speck, np.zeros_like(speck), Page({}, ""))
    assert rare.range == 200
    for each in (found, rare):
        each.close()


def test_undefined_pixels_have_a_colour_of_their_own(tmp_path: Path) -> None:
    x = RNG.normal(0, 1, (20, 30))
    x[0, 0], x[0, 1], x[5, 5] = np.nan, np.inf, 50
    found = Differences(tmp_path)
    found.add(np.zeros_like(x), x, Page({}, ""))
    assert found.undefined == 2
    for style in _mapsheet.STYLES.values():
        low, high = style.limits(found)
        lowest = 0 if style.absolute else -50
        index = (lowest - low) * 255 / (high - low) + 0.5  # as ImageJ has it
        assert 1 <= int(index) <= 2
        lut = style.lut(undefined=True)
        assert lut[:, 0].tolist() == [0x9A] * 3
        assert style.lut(undefined=False)[:, 0].tolist() != [0x9A] * 3
    found.close()


def test_colours_are_symmetric_about_a_neutral_middle() -> None:
    lut = _mapsheet.STYLES["difference"].lut(undefined=False).astype(int)
    assert lut.shape == (3, 256)
    for middle in (127, 128):
        assert np.ptp(lut[:, middle]) <= 2
        assert lut[:, middle].min() > 240
    assert lut[0, 255] > lut[2, 255]  # red above
    assert lut[2, 1] > lut[0, 1]  # blue below


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 1.0])
def test_outlines_are_exact(share: float) -> None:
    mask = np.random.default_rng(4).random((17, 26)) <= share
    (outline,) = outlines_of([from_mask(mask, "noise")], None, mask.shape)
    np.testing.assert_array_equal(filled(outline.loops, mask.shape), mask)
    closed = [np.vstack([loop, loop[:1]]) for loop in outline.loops]
    length = sum(np.abs(np.diff(loop, axis=0)).sum() for loop in closed)
    edges = edges_of(mask)
    assert length == np.abs(edges[:, 1] - edges[:, 0]).sum()


def test_outlines_of_labels_and_of_regions_partly_outside() -> None:
    labels = RNG.integers(0, 4, (12, 15))
    regions = [Region("corner", -2, -3, 5, 6), Region("far", 90, 90, 2, 2)]
    found = outlines_of(regions, labels, labels.shape)
    names = [outline.name for outline in found]
    assert names == ["corner", "label 1", "label 2", "label 3"]
    assert found[0].loops[0].tolist() == [[0, 0], [3, 0], [3, 3], [0, 3]]
    for k in (1, 2, 3):
        np.testing.assert_array_equal(filled(found[k].loops, labels.shape), labels == k)


def test_planes_share_what_is_the_same() -> None:
    areas, labels = Areas(), RNG.integers(0, 3, (8, 9))
    one = areas.of([], labels, labels.shape)
    assert areas.of([], labels.copy(), labels.shape) is one
    assert areas.of([], labels + 1, labels.shape) is not one
    region = Region("a", 0, 0, 3, 3)
    assert areas.of([region], None, (8, 9)) is areas.of([region], None, (8, 9))
    np.testing.assert_array_equal(one.inside, labels > 0)

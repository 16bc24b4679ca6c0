"""The pixels of a ROI are those that the real ImageJ selects, one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from roi_masks import Comparison, compare_with_imagej
from support import run_in_jvm

LEAST = {
    "rectangle": 100,
    "rounded": 600,
    "oval": 1600 + 100,  # every size from 1 to 40, and sub-pixel ones
    "polygon": 600,
    "polygon_sub_pixel": 1000,
    "freehand": 400,
    "far": 50,
    "traced": 300,
    "ellipse": 500,
    "rotated_rectangle": 500,
    "spline": 500,
    "composite": 800,
    "composite_of_blobs": 60,
    "composite_of_curves": 700,
    "without_area": 6,
    "header": 2000,
}


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    folder = tmp_path_factory.mktemp("rois")
    script = Path(__file__).with_name("rois_by_imagej.py").read_text("utf-8")
    run_in_jvm(script, folder, 1, 1)
    return compare_with_imagej(folder)


@pytest.mark.parametrize("kind", LEAST)
def test_pixels_are_those_of_imagej(comparison: Comparison, kind: str) -> None:
    assert [d for d in comparison.differences if d.startswith(f"{kind}-")] == []
    assert comparison.compared[kind] >= LEAST[kind]


def test_every_kind_is_named_here(comparison: Comparison) -> None:
    assert set(comparison.compared) == set(LEAST)

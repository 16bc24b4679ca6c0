"""Images aligned before they are compared: against arrays cropped by hand."""

from __future__ import annotations

import math
from typing import Any, get_args

import dask.array
import numpy as np
import pytest
from scipy import ndimage

import similij
from similij import ImageError, RegionError, compare
from similij.measure.question import WAYS, ask
from similij.spatial.align import Way

NUMBERS = ["n", "pearson", "rmsd", "mean_difference"]
BEFORE = ["pearson_unaligned", "rmsd_unaligned", "mean_difference_unaligned"]
METRICS = [*NUMBERS[1:], "alignment"]
DOWN, RIGHT = 5, -7
"""How far the content of image 2 lies from where image 1 has it."""


def scene(shape: tuple[int, ...], seed: int = 1, sigma: float = 2) -> np.ndarray:
    rng = np.random.default_rng(seed)
    field = ndimage.gaussian_filter(rng.normal(size=shape), sigma)
    return (field - field.min()) / np.ptp(field) * 4000


def two(seed: int = 1, noise: float = 60) -> tuple[np.ndarray, np.ndarray]:
    """Cut two windows out of one scene, with noise of their own: uint16."""
    big = scene((150, 170), seed)
    rng = np.random.default_rng(seed + 100)
    windows = big[20:120, 20:140], big[20 - DOWN : 120 - DOWN, 20 - RIGHT : 140 - RIGHT]
    return tuple(  # type: ignore[return-value]
        np.rint(w + rng.normal(0, noise, w.shape)).clip(0).astype(np.uint16)
        for w in windows
    )


def cropped(x: np.ndarray, y: np.ndarray, dy: int = DOWN, dx: int = RIGHT):
    """Cut by hand what overlaps: pixel p of image 1 and p + (dy, dx) of image 2."""
    h, w = x.shape[-2:]
    at = slice(max(-dy, 0), h - max(dy, 0)), slice(max(-dx, 0), w - max(dx, 0))
    to = slice(max(dy, 0), h + min(dy, 0)), slice(max(dx, 0), w + min(dx, 0))
    return x[(..., *at)], y[(..., *to)], at


def by_hand(x: Any, y: Any) -> list[float]:
    """Work out n, R, RMSD and Mean Difference with NumPy alone."""
    a, b = (np.asarray(t, float).ravel() for t in (x, y))
    r = np.corrcoef(a, b)[0, 1]
    return [a.size, r, math.sqrt(np.mean((a - b) ** 2)), float(np.mean(abs(a - b)))]


def numbers(row: Any, names: list[str] = NUMBERS) -> list[float]:
    return [row[name] for name in names]


def test_the_overlap_is_compared_exactly_and_the_numbers_before_stand_beside() -> None:
    x, y = two()
    kept = x.copy(), y.copy()
    (row,) = compare(x, y, align="shift", metrics=METRICS).rows
    a, b, at = cropped(x, y)
    assert numbers(row) == pytest.approx(by_hand(a, b), rel=1e-12)
    # the very sums of integers: nothing was interpolated
    assert numbers(row) == numbers(compare(a, b).rows[0])
    assert row["region"] == "Whole image"
    assert row["excluded"] == 0
    before = by_hand(x[at], y[at])
    assert numbers(row, BEFORE) == pytest.approx(before[1:], rel=1e-12)
    assert (row["moved_x"], row["moved_y"], row["moved_angle"]) == (-RIGHT, -DOWN, 0)
    assert row["note"].startswith("aligned: image 2 moved by x +7, y -5 px (±")
    assert "whole pixels, none interpolated" in row["note"]
    assert (x == kept[0]).all()
    assert (y == kept[1]).all()


def test_a_part_of_a_pixel_is_what_align_moves() -> None:
    x, y = two(3)
    y = ndimage.shift(y.astype(float), (0.4, -0.3), mode="mirror")
    found = similij.align(x, y)
    (row,) = compare(x, y, align="shift", metrics=METRICS).rows
    there = found.apply(y)
    inside = found.inside
    assert numbers(row) == pytest.approx(by_hand(x[inside], there[inside]), rel=1e-9)
    assert row["n"] == found.n_aligned
    assert row["note"] == f"aligned: {found.note}"
    assert row["moved_x"] == -found.motion.offset[1]
    before = by_hand(x[inside], y[inside])
    assert numbers(row, BEFORE) == pytest.approx(before[1:], rel=1e-9)
    assert row["pearson"] > row["pearson_unaligned"]


@pytest.mark.parametrize("dtype", ["u1", "i2", "u4", "i8", "u8", "f4", "f8"])
def test_whole_pixels_are_exact_in_every_type(dtype: str) -> None:
    x, y = (t // 20 for t in two(4))
    if dtype == "u8":  # beyond what float64 holds exactly
        x, y = (t.astype(dtype) + np.uint64(2**60) for t in (x, y))
    x, y = x.astype(dtype), y.astype(dtype)
    (row,) = compare(x, y, align="shift").rows
    a, b, _ = cropped(x, y)
    # of integers to the last digit; floats are summed in other parts
    near = 0 if x.dtype.kind in "iu" else 1e-12
    wanted = numbers(compare(a, b).rows[0])
    assert numbers(row) == pytest.approx(wanted, rel=near, abs=0)


def test_mask_regions_and_labels_stay_where_image_1_has_them() -> None:
    x, y = two(5)
    _, _, at = cropped(x, y)
    labels = np.zeros(x.shape, int)
    labels[2:40, 30:70] = 4  # reaches beyond the overlap
    labels[50:90, 10:60] = 9
    mask = np.zeros(x.shape, bool)
    mask[:, 15:100] = True
    shape = np.zeros(x.shape, bool)
    shape[at] = True
    regions = {"cell": labels == 4}

    def expected(inside: np.ndarray) -> list[float]:
        there = np.zeros_like(y)
        a, b, _ = cropped(x, y)
        there[at] = b
        assert a.shape == b.shape
        inside = inside & shape
        return by_hand(x[inside], there[inside])

    (row,) = compare(x, y, mask=mask, align="shift").rows
    assert row["region"] == "Mask"
    assert numbers(row) == pytest.approx(expected(mask), rel=1e-12)
    (row,) = compare(x, y, regions=regions, align="shift").rows
    assert numbers(row) == pytest.approx(expected(labels == 4), rel=1e-12)
    for metrics in (METRICS, ["pearson", "rmsd", "mean_difference"]):
        rows = compare(
            x, y, regions=labels, mask=mask, metrics=metrics, align="shift",
            inverse=True,
        ).rows  # fmt: skip
        assert [r["region"] for r in rows] == ["label 4", "label 9", "background"]
        for one, label in zip(rows, (4, 9, 0), strict=True):
            wanted = expected((labels == label) & mask)
            assert numbers(one) == pytest.approx(wanted, rel=1e-12)


def test_a_region_beyond_the_overlap_says_that_it_has_no_pixel() -> None:
    x, y = two(5)
    corner = np.zeros(x.shape, bool)
    corner[-3:, :4] = True
    (row,) = compare(x, y, regions={"corner": corner}, align="shift").rows
    assert row["n"] == 0
    assert math.isnan(row["pearson"])
    assert row["note"].startswith("corner selects no pixel: nothing is compared; ")
    assert "image 2 moved" in row["note"]


def test_background_and_blur_see_the_images_as_they_are() -> None:
    x, y = two(6)
    how = {"background": ("percentile", 5), "blur": (0, 1.5)}
    (row,) = compare(x, y, align="shift", **how).rows
    low = [np.sort(t.ravel())[int(t.size * 0.05)] for t in (x, y)]
    blurred = ndimage.gaussian_filter(y.astype(float) - low[1], 1.5, mode="nearest")
    a, b, _ = cropped(x - float(low[0]), blurred)
    assert numbers(row) == pytest.approx(by_hand(a, b), rel=1e-9)
    assert "aligned: " in row["note"]
    assert "before comparing: background" in row["note"]
    (row,) = compare(x, y, align="shift", background=7, metrics=METRICS).rows
    a, b, at = cropped(x, y)
    assert numbers(row) == pytest.approx(by_hand(a, b), rel=1e-12)
    assert row["rmsd_unaligned"] == pytest.approx(by_hand(x[at], y[at])[2])


def test_rescaling_is_of_what_overlaps_and_the_number_before_is_refused() -> None:
    x, y = two(7)
    (row,) = compare(x, y, align="shift", rescale="zscore", metrics=METRICS).rows
    a, b, at = cropped(x, y)
    assert row["rmsd"] == pytest.approx(compare(a, b, rescale="zscore").rmsd)
    assert row["pearson_unaligned"] == pytest.approx(by_hand(x[at], y[at])[1])
    assert math.isnan(row["rmsd_unaligned"])
    assert "RMSD is of rescaled values, and what it was before aligning" in row["note"]


def test_a_stack_of_slices_moves_together_and_each_by_itself_with_per() -> None:
    big = scene((6, 150, 170), 8, 2)
    offsets = [(4, -6), (4, -6), (2, 3)]
    x = np.rint(big[:3, 20:120, 20:140]).astype(np.uint16)
    y = np.stack(
        [
            np.rint(big[k, 20 - dy : 120 - dy, 20 - dx : 140 - dx])
            for k, (dy, dx) in enumerate(offsets)
        ]
    ).astype(np.uint16)
    one, other = (similij.Image(t[:2], axes="zyx") for t in (x, y))
    (row,) = compare(one, other, align="shift", metrics=METRICS).rows
    a, b, at = cropped(x[:2], y[:2], 4, -6)
    assert numbers(row) == pytest.approx(by_hand(a, b), rel=1e-12)
    before = by_hand(x[:2][(..., *at)], y[:2][(..., *at)])
    assert numbers(row, BEFORE) == pytest.approx(before[1:], rel=1e-12)
    one, other = (similij.Image(t, axes="zyx") for t in (x, y))
    rows = compare(one, other, align="shift", per="z", metrics=METRICS).rows
    for k, (row, (dy, dx)) in enumerate(zip(rows, offsets, strict=True)):
        a, b, _ = cropped(x[k], y[k], dy, dx)
        assert numbers(row) == pytest.approx(by_hand(a, b), rel=1e-12)
        assert (row["moved_x"], row["moved_y"]) == (-dx, -dy)


@pytest.mark.parametrize("against", ["first frame", "previous frame"])
def test_each_frame_of_a_series_is_moved_onto_the_one_compared_with(against) -> None:
    big = scene((150, 170), 9)
    drift = [(0, 0), (2, 3), (-3, 5)]
    rng = np.random.default_rng(3)
    movie = np.stack(
        [
            big[20 - dy : 120 - dy, 20 - dx : 140 - dx] + rng.normal(0, 60, (100, 120))
            for dy, dx in drift
        ]
    )
    movie = np.rint(movie).clip(0).astype(np.uint16)
    cell = np.zeros(movie.shape[1:], bool)
    cell[30:70, 20:90] = True
    rows = compare(
        similij.Image(movie, axes="tyx"), against=against, align="shift",
        regions={"cell": cell}, metrics=METRICS,
    ).rows  # fmt: skip
    assert len(rows) == 2
    for t, row in enumerate(rows, 1):
        then = 0 if against == "first frame" else t - 1
        dy, dx = np.subtract(drift[t], drift[then]).tolist()
        moved = movie[t][30 + dy : 70 + dy, 20 + dx : 90 + dx]
        onto = movie[then][30:70, 20:90]
        assert numbers(row) == pytest.approx(by_hand(moved, onto), rel=1e-12)
        before = by_hand(movie[t][30:70, 20:90], onto)
        assert numbers(row, BEFORE) == pytest.approx(before[1:], rel=1e-12)
        assert (row["moved_x"], row["moved_y"]) == (-dx, -dy)
        assert row["note"].startswith("aligned: image 1 moved by ")


def test_a_stack_moves_along_z_too() -> None:
    big = scene((12, 120, 130), 8)
    x, y = big[:8, 10:100, 10:110], big[1:9, 7:97, 14:114]
    x, y = (np.rint(t).astype(np.uint16) for t in (x, y))
    (row,) = compare(x, y, align="shift", metrics=METRICS).rows
    assert [row[f"moved_{axis}"] for axis in "xy"] == [4, -3]
    assert "moved by x +4, y -3, z +1 px" in row["note"]
    assert numbers(row, NUMBERS[1:]) == pytest.approx([1, 0, 0])
    before = by_hand(x[1:, :87, 4:], y[1:, :87, 4:])
    assert row["n"] == before[0]
    assert numbers(row, BEFORE) == pytest.approx(before[1:], rel=1e-12)


def test_channels_of_one_image() -> None:
    x, y = two(10, noise=0)
    y = y // 2 + 300
    image = similij.Image(np.stack([x, y]), axes="cyx")
    (row,) = compare(image, channels="1:2", align="shift").rows
    a, b, _ = cropped(x, y)
    assert numbers(row) == pytest.approx(by_hand(a, b), rel=1e-12)


def test_what_the_images_do_not_show_is_a_row_with_the_reason() -> None:
    rng = np.random.default_rng(11)
    x, y = rng.normal(size=(2, 90, 100))
    labels = np.zeros(x.shape, int)
    labels[5:30, 5:30] = 3
    for regions, names in ((None, ["Whole image"]), (labels, ["label 3"])):
        for metrics in (METRICS, ["pearson", "rmsd"]):
            rows = compare(
                x, y, align="shift", regions=regions, metrics=metrics, verdict=True
            ).rows
            assert [row["region"] for row in rows] == names
            for row in rows:
                assert row["n"] == 0
                assert math.isnan(row["pearson"])
                assert row["note"].startswith("not aligned, so nothing is compared: R")
                assert "not aligned" in row["verdict"]
    # of frames, only the one that cannot be aligned is blank
    one, two_ = two(12)
    noise = rng.normal(size=one.shape)
    a = similij.Image(np.stack([one.astype(float), noise]), axes="tyx")
    b = similij.Image(np.stack([two_.astype(float), one]), axes="tyx")
    first, second = compare(a, b, per="t", align="shift").rows
    assert numbers(first) == pytest.approx(by_hand(*cropped(one, two_)[:2]), rel=1e-9)
    assert second["note"].startswith("not aligned")


def test_the_verdict_sees_the_aligned_pair() -> None:
    x, y = two(13)
    (plain,) = compare(x, y, verdict=True).rows
    (row,) = compare(x, y, verdict=True, align="shift").rows
    assert "shifted" in plain["verdict"] or "moved" in plain["verdict"]
    assert "shifted" not in row["verdict"]
    assert "moved" not in row["verdict"]


def test_without_align_the_numbers_before_it_are_undefined() -> None:
    x, y = two()
    (row,) = compare(x, y, metrics="alignment").rows
    assert all(math.isnan(row[name]) for name in (*BEFORE, "moved_x", "moved_angle"))
    assert row["note"] == "no image was moved: ask for it with align"


def test_what_cannot_be_moved_is_refused() -> None:
    x, y = two()
    with pytest.raises(ImageError, match="align needs both images in memory"):
        compare(dask.array.from_array(x, chunks=50), y, align="shift")
    with pytest.raises(ValueError, match="align is 'turn': it must be none, shift or"):
        compare(x, y, align="turn")
    movie = similij.Image(np.stack([x, y]), axes="tyx")
    with pytest.raises(ImageError, match=r"frames are pooled: .* per=t"):
        compare(movie, movie, align="shift")
    with pytest.raises(ImageError, match="needs images with the axes"):
        compare(x[0], y[0], align="shift")
    hidden = np.ma.masked_less(y, 200)
    with pytest.raises(ImageError, match="is a masked array"):
        compare(x, hidden, align="shift")
    for beside in (
        {"mask": similij.Image(np.ones((2, *x.shape), bool), axes="tyx")},
        {"regions": similij.Image(np.ones((2, *x.shape), int), axes="tyx")},
    ):
        with pytest.raises(RegionError, match="has 2 frames, and align=shift moves"):
            compare(movie, against="first frame", align="shift", **beside)


def test_nan_is_left_out_and_counted() -> None:
    x, y = (t.astype(float) for t in two(14))
    y[40, 50] = np.nan
    x[10, 90] = np.nan
    (row,) = compare(x, y, align="shift", metrics=METRICS).rows
    a, b, _ = cropped(x, y)
    keep = ~(np.isnan(a) | np.isnan(b))
    assert row["excluded"] == 2
    assert numbers(row) == pytest.approx(by_hand(a[keep], b[keep]), rel=1e-12)
    assert "NaN before aligning" in row["note"]


def test_ways_and_words() -> None:
    assert get_args(Way) == WAYS
    assert ask(align="None").align is ask(align="").align is None
    assert ask(align=" Rigid").align == "rigid"
    x, y = two()
    assert compare(x, y, align="none").note == ""
    told = compare(x, y, align="shift").verdict.text
    assert "the comparison was made with align" in told


def test_a_region_that_is_tied_to_a_frame_is_refused() -> None:
    x, y = two()
    series = similij.Image(np.stack([x, y]), axes="tyx")
    tied = similij.regions.Region("cell", 10, 10, 20, 20, t=2)
    with pytest.raises(RegionError, match='"cell" is tied to frame 2, and align=shift'):
        compare(series, against="first frame", align="shift", regions=[tied])


def test_what_is_empty_is_said_as_ever() -> None:
    x, y = two()
    nothing = np.zeros(x.shape, bool)
    plain = compare(x, y, mask=nothing).notes
    assert compare(x, y, mask=nothing, align="shift").notes[0] == plain[0]
    assert compare(x[:0], y[:0], align="shift").rows[0]["n"] == 0
    with pytest.raises(ImageError, match="has no pixel"):
        similij.align(x[:0], y[:0])
    assert "less than a pixel" in similij.align(x, x, max_shift=0).refusal


def test_a_rectangle_that_two_images_share_has_ms_ssim() -> None:
    big = scene((320, 340))
    x, y = big[10:300, 10:320], big[5:295, 17:327]
    found = compare(x, y, align="shift", metrics=["ms_ssim"])
    by_hand = compare(x[:-5, 7:], y[5:, :-7], metrics=["ms_ssim"])
    assert (found.ms_ssim, found.n) == (by_hand.ms_ssim, by_hand.n)


def test_rigid_of_pooled_slices_says_what_to_ask_for() -> None:
    x, y = two()
    stacks = [similij.Image(np.stack([t, t]), axes="zyx") for t in (x, y)]
    with pytest.raises(ImageError, match="per=z"):
        compare(*stacks, align="rigid")

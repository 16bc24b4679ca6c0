"""Pictures of aligned images show what the rows compare: against crops by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from scipy import ndimage

import similij
from similij.cli.shell import plot_comparison
from similij.images.calibration import Calibration
from similij.measure.question import ask
from similij.plot.of_batch import plot_batch
from similij.report import report

SHAPE = (80, 90)
DOWN, RIGHT = 3, -4


def pair() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(31)
    big = ndimage.gaussian_filter(rng.normal(size=(100, 110)), 2)
    big = (big - big.min()) / np.ptp(big) * 4000
    windows = big[10:90, 10:100], big[10 - DOWN : 90 - DOWN, 10 - RIGHT : 100 - RIGHT]
    return tuple(  # type: ignore[return-value]
        np.rint(w + rng.normal(0, 40, SHAPE)).clip(0).astype(np.uint16) for w in windows
    )


def by_hand(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return image 2 - image 1 of what overlaps, NaN elsewhere."""
    difference = np.full(SHAPE, np.nan)
    here = y[DOWN:, :RIGHT].astype(float) - x[:-DOWN, -RIGHT:]
    difference[:-DOWN, -RIGHT:] = here
    return difference


def test_the_difference_is_of_the_moved_image(tmp_path: Path) -> None:
    x, y = pair()
    similij.draw(x, y, tmp_path, kinds="difference", align="shift")
    found = tifffile.imread(tmp_path / "difference.tif")
    np.testing.assert_array_equal(found, by_hand(x, y))


def test_a_mask_is_that_of_image_1(tmp_path: Path) -> None:
    x, y = pair()
    mask = np.zeros(SHAPE, bool)
    mask[5:70, 10:80] = True
    similij.draw(x, y, tmp_path, kinds="local", align="shift", mask=mask, window=5)
    found = tifffile.imread(tmp_path / "local pearson.tif")
    assert np.isfinite(found[mask]).all()
    assert np.isnan(found[~mask]).all()


def test_a_frame_that_cannot_be_aligned_is_in_no_picture(tmp_path: Path) -> None:
    x, y = pair()
    noise = np.random.default_rng(4).integers(0, 4000, SHAPE).astype(np.uint16)
    one, two = (
        similij.Image(np.stack(t), axes="tyx") for t in ([x, noise], [y, x // 2])
    )
    similij.draw(one, two, tmp_path, kinds="difference", align="shift", per="t")
    found = np.squeeze(tifffile.imread(tmp_path / "difference.tif"))
    np.testing.assert_array_equal(found, by_hand(x, y))
    with pytest.raises(ValueError, match="needs pixels: none was compared"):
        similij.draw(noise, x, tmp_path / "none", kinds="difference", align="shift")


def test_a_batch_draws_pairs_aligned_and_a_report_says_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = pair()
    for name, image in (("a", x), ("b", y)):
        (tmp_path / name).mkdir()
        tifffile.imwrite(tmp_path / name / "cells.tif", image)
    jobs = similij.batch.find_pairs(tmp_path / "a", tmp_path / "b")
    result = similij.compare_pairs(jobs, align="shift", verdict=True)
    drawn: list[tuple[np.ndarray, np.ndarray]] = []

    def plot(x: np.ndarray, y: np.ndarray, *, path: Path, **_: object) -> None:
        drawn.append((x, y))
        path.parent.mkdir(exist_ok=True)
        path.touch()

    monkeypatch.setattr("similij.plot.of_batch.plot_pair", plot)
    question = ask(align="shift")
    [*plot_batch(jobs, result, jobs, None, tmp_path / "plots", question)]
    ((one, two),) = drawn
    np.testing.assert_array_equal(one, x)
    np.testing.assert_array_equal(two - one, by_hand(x, y))
    text = report.write(tmp_path / "r.html", result).read_text("utf-8")
    assert "before aligning (the numbers are of aligned images)" in text
    assert "Before aligning: Same structure" in text
    plain = report.write(tmp_path / "p.html", similij.compare_pairs(jobs))
    assert "aligning" not in plain.read_text("utf-8")


def test_each_image_keeps_the_size_of_its_pixels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = pair()
    one, two = (
        similij.Image(t, axes="yx", calibration=Calibration((size, size), "µm"))
        for t, size in ((x, 0.1), (y, 0.2))
    )
    drawn: list[Any] = []
    monkeypatch.setattr(
        "similij.plot.pictures.draw.draw", lambda *images, **_: drawn.extend(images[:2])
    )
    question = ask(align="shift")
    result = similij.compare(one, two, align="shift")
    plot_comparison((one, two), result, question, tmp_path, rois=None, kinds="frc")
    assert [image.calibration.pixel_size for image in drawn] == [(0.1,) * 2, (0.2,) * 2]
    assert not np.array_equal(np.asarray(drawn[1]), y)  # it is the moved one

"""Pictures of a shift, a map and thresholds show the numbers they are made from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from legible import assert_legible
from similij import frc, least_similar, local_map, shift, threshold
from similij.plot import plot_agreement, plot_frc, plot_map, plot_shift, plot_threshold
from similij.plot.style import VERMILLION


def images(shape=(60, 80)) -> tuple[np.ndarray, np.ndarray]:
    noise = np.random.default_rng(3).random([s + 20 for s in shape])
    wide = 1000 * ndimage.gaussian_filter(noise, 2)
    return wide[10:-10, 10:-10], wide[8:-12, 13:-7]  # y(p + (2, -3)) = x(p)


def words(figure) -> str:
    return "\n".join(text.get_text() for text in figure.texts)


def test_a_shift(tmp_path: Path) -> None:
    found = shift(*images(), max_shift=15)
    figure = plot_shift(found, path=tmp_path / "shift.png")
    picture, _, lines = figure.axes
    assert (picture.images[0].get_array().data == found.ccf.values).all()
    left, right, top, bottom = picture.images[0].get_extent()
    assert (left, right, top, bottom) == (-15.5, 15.5, 15.5, -15.5)
    cross = picture.lines[-1]
    assert (cross.get_xdata()[0], cross.get_ydata()[0]) == (-3, 2)
    across, down, _ = lines.lines
    assert (across.get_ydata() == found.ccf.sel(y=2).values).all()
    assert (down.get_ydata() == found.ccf.sel(x=-3).values).all()
    assert f"y {found.offset[0]:.2f}, x {found.offset[1]:.2f} px" in words(figure)
    assert f"R {found.r:.3f} as they are, 1.000 at the best" in words(figure)
    assert (tmp_path / "shift.png").stat().st_size > 1000


def test_the_legend_of_a_shift_is_inside_its_panel() -> None:
    found = shift(*images(), max_shift=15)
    found = replace(found, width=(1234.5678, 1234.5678))
    figure = plot_shift(found)
    figure.canvas.draw()
    panel = figure.axes[2]
    box, frame = panel.get_legend().get_window_extent(), panel.get_window_extent()
    assert frame.x0 <= box.x0
    assert box.x1 <= frame.x1
    assert box.y1 <= figure.bbox.y1


def test_a_shift_of_a_stack_shows_the_best_plane() -> None:
    x = np.random.default_rng(0).random((6, 20, 30))
    found = shift(x, np.roll(x, (1, 0, 2), (0, 1, 2)), max_shift=(2, 4, 4))
    figure = plot_shift(found)
    assert figure.axes[0].images[0].get_array().max() == found.ccf.max()
    assert "z 1.0" in words(figure)


def test_rings_and_their_thresholds(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    x, y = (t + rng.normal(0, 1, t.shape) for t in [images((90, 80))[0]] * 2)
    found = frc(x, y)
    figure = plot_frc(found, path=tmp_path / "frc.png")
    axes, above = figure.axes
    lines = {line.get_label(): line for line in axes.lines}
    for name, column in (("each ring", "frc"), ("smoothed",) * 2, ("3σ", "three_sigma"),
                         ("1/7", "one_seventh"), ("half-bit", "half_bit")):  # fmt: skip
        assert (lines[name].get_xdata() == found.curve.frequency).all()
        assert (lines[name].get_ydata() == found.curve[column]).all()
    marks = [m.get_xdata()[0] for m in axes.lines if len(m.get_xdata()) == 1]
    assert marks == [1 / v for v in found.resolutions.values()]
    assert f"Alike down to details of {found.resolution:.4g} px" in words(figure)
    # the scale above is the length of the waves below
    assert above.get_xlim() == axes.get_xlim()
    for tick, label in zip(above.get_xticks(), above.get_xticklabels(), strict=True):
        assert tick == pytest.approx(1 / float(label.get_text()))
    assert (tmp_path / "frc.png").stat().st_size > 1000
    assert_legible(figure)


def test_rings_of_what_is_not_alike_say_so() -> None:
    noise = np.random.default_rng(2).random((2, 64, 64))
    found = frc(*noise)
    figure = plot_frc(found)
    assert "No resolution" in words(figure)
    assert "no ring is above 3σ" in words(figure)
    assert "9 pixels along y are too few" in words(plot_frc(frc(*noise[:, :9])))
    stack = np.random.default_rng(2).random((6, 20, 20))
    assert "Fourier shell correlation" in words(plot_frc(frc(stack, stack)))


def test_a_map_and_its_places(tmp_path: Path) -> None:
    x, y = images()
    found = local_map(x, y, "rmsd", window=9)
    places = least_similar(found, count=2)
    figure = plot_map(found, (x, y), places, path=tmp_path / "map.png")
    panels = figure.axes[:3]
    for axes, values in zip(panels, (x, y, found.values), strict=True):
        assert (axes.images[0].get_array().data == values).all()
        boxes = [(*p.get_xy(), p.get_width(), p.get_height()) for p in axes.patches]
        assert boxes == [
            (p.region.x, p.region.y, p.region.width, p.region.height) for p in places
        ]
        assert [t.get_text() for t in axes.texts] == ["1", "2"]
    assert "RMSD, window: box 9×9 px" in words(figure)
    assert f"RMSD there: {places[0].value:.4g}, {places[1].value:.4g}" in words(figure)
    assert (tmp_path / "map.png").is_file()


def test_thresholds() -> None:
    x, y = images()
    found = threshold(x, y + x)
    axes, *_ = plot_threshold(found, x, y + x).axes
    line, upright, level = axes.lines[-3:]
    assert line.get_ydata() == pytest.approx(
        found.gain * np.array(line.get_xdata()) + found.offset
    )
    assert upright.get_xdata() == [found.x] * 2
    assert level.get_ydata() == [found.y] * 2
    figure = plot_threshold(found, x, y + x)
    assert f"M1 {found.m1:.3f}" in words(figure)
    assert f"above both: {found.above:,} of 4,800" in words(figure)


def test_agreement() -> None:
    x, y = images()
    mask = np.ones(x.shape, bool)
    mask[:7] = False
    figure = plot_agreement(x, y + 40, mask)
    axes = figure.axes[0]
    assert np.ma.sum(axes.images[0].get_array()) == mask.sum()
    d = (y + 40 - x)[mask]
    lines = [
        line.get_ydata()[0] for line in axes.lines if line.get_color() == VERMILLION
    ]
    s = d.std(ddof=1)
    expected = [d.mean() + 1.96 * s, d.mean(), d.mean() - 1.96 * s]
    assert lines == pytest.approx(expected)
    for word, value in zip(
        ("upper limit", "bias", "lower limit"), expected, strict=True
    ):
        assert f"{word}\n{value:.4g}".replace("-", "−") in words(figure)
    left, right, low, high = axes.images[0].get_extent()
    means = ((y + 40 + x) / 2)[mask]
    assert low <= d.min() <= d.max() <= high
    assert left <= means.min() <= means.max() <= right


def test_agreement_counts_means_and_differences_of_integers() -> None:
    random = np.random.default_rng(4)
    x, y = random.integers(0, 12, (2, 30, 40)).astype(np.uint8)
    axes = plot_agreement(x, y).axes[0]
    counts = np.ma.filled(axes.images[0].get_array(), 0)
    left, right, low, high = axes.images[0].get_extent()
    rows, columns = counts.shape
    assert ((right - left) / columns, (high - low) / rows) == (1, 1)
    sums, differences = x.astype(int) + y, y.astype(int) - x
    expected = np.zeros(counts.shape)
    at = (differences - round(low + 0.5), sums // 2 - round(left + 0.25))
    np.add.at(expected, tuple(k.ravel() for k in at), 1)
    np.testing.assert_array_equal(counts, expected)


def test_no_threshold_says_why() -> None:
    x, _ = images()
    figure = plot_threshold(threshold(x, -x), x, -x)
    assert words(figure).startswith("No threshold")
    assert "the slope of the regression line is -1" in words(figure)
    assert len(figure.axes[0].lines) == 1  # y = x


def test_a_mask_leaves_its_pixels_out() -> None:
    x, y = images()
    mask = np.zeros(x.shape, bool)
    mask[:30] = True
    found = threshold(x, y + x, mask=mask)
    axes = plot_threshold(found, x, y + x, mask).axes[0]
    assert np.ma.sum(axes.images[0].get_array()) == mask.sum()

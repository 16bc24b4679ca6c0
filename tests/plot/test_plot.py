"""The pictures: what they show, that nothing is left out, that no words overlap."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile

import exact
from legible import assert_legible, words
from similij import compare
from similij.plot import plot_pair, plot_table, short_labels
from similij.plot.style import edges_of, masks_of, round_length
from similij.plot.table import pair_labels
from similij.regions import Region
from similij.testset.picture import plot_graded
from support import HUNG

METRICS = ("pearson", "rmsd", "mean_difference")


def table(images: int, regions: int = 3, **changed: Any) -> pd.DataFrame:
    random = np.random.default_rng(5)
    rows = [
        {
            "image_1": f"img{image}__a_test.tif",
            "image_2": f"img{image}__b_test.tif",
            "region": f"cell {region}",
            "n": 100,
            "pearson": random.uniform(-1, 1),
            "rmsd": random.uniform(0, 900),
            "mean_difference": random.uniform(0, 700),
            "rescale": "none",
            "note": "",
        }
        | changed
        for image in range(1, images + 1)
        for region in range(regions)
    ]
    return pd.DataFrame(rows)


def test_legibility_is_really_checked() -> None:
    figure = plot_table(table(2))
    figure.text(*figure.texts[0].get_position(), "on top of the title")
    with pytest.raises(AssertionError, match="on top"):
        assert_legible(figure)
    figure = plot_table(table(2))
    figure.text(0.95, 0.5, "out of the figure on the right")
    with pytest.raises(AssertionError, match="out of"):
        assert_legible(figure)


def test_edges_of_one_pixel_are_its_four_sides() -> None:
    mask = np.zeros((3, 4), dtype=bool)
    mask[1, 2] = True
    edges = {tuple(sorted(map(tuple, ends))) for ends in edges_of(mask).tolist()}
    assert edges == {
        ((2, 1), (3, 1)),
        ((2, 2), (3, 2)),
        ((2, 1), (2, 2)),
        ((3, 1), (3, 2)),
    }


def test_edges_join_along_a_side_and_go_around_holes() -> None:
    mask = np.ones((3, 5), dtype=bool)
    assert len(edges_of(mask)) == 4
    mask[1, 2] = False
    assert len(edges_of(mask)) == 8
    assert len(edges_of(np.zeros((3, 5), dtype=bool))) == 0


def test_edges_separate_in_from_out_on_random_masks() -> None:
    mask = np.random.default_rng(3).random((9, 13)) < 0.5
    padded = np.pad(mask, 1).astype(int)
    length = sum(int(np.abs(np.diff(padded, axis=axis)).sum()) for axis in (0, 1))
    edges = edges_of(mask)
    assert np.abs(edges[:, 1] - edges[:, 0]).sum() == length


def test_masks_keep_the_number_of_a_region_outside() -> None:
    regions = [Region("far", 50, 50, 3, 3), Region("corner", -1, -1, 3, 2)]
    (_, far), (name, corner) = masks_of(regions, (4, 6))
    assert not far.any()
    assert name == "corner"
    assert np.argwhere(corner).tolist() == [[0, 0], [0, 1]]


def test_scale_bars_have_round_lengths() -> None:
    assert [round_length(v) for v in (0.7, 1, 19.9, 51)] == [0.5, 1, 10, 50]


def test_labels_are_short_and_keep_the_identifier() -> None:
    names = ["img03__a_test.tif", "img12__a_test.tif"]
    assert short_labels(names) == ["(3) a_test.tif", "(12) a_test.tif"]
    assert short_labels(["img1__a.tif", "img1__b.tif"]) == ["(1) a.tif", "(2) b.tif"]
    (label,) = short_labels(["x" * 60 + ".tif"])
    assert len(label) < 30
    assert label.endswith("xxx.tif")


def test_table_has_a_panel_per_metric_with_units_and_every_dot() -> None:
    rows = table(4)
    figure = plot_table(rows)
    titles = ["Pearson R", "RMSD", "Mean Difference"]
    assert [axes.get_title("left") for axes in figure.axes] == titles
    assert [axes.get_ylabel() for axes in figure.axes] == [
        "Pearson R",
        "RMSD (intensity)",
        "Mean Difference (intensity)",
    ]
    for axes, metric in zip(figure.axes, METRICS, strict=True):
        dots = np.concatenate([dot.get_offsets() for dot in axes.collections])
        np.testing.assert_array_equal(dots[:, 1], rows[metric])
        np.testing.assert_array_equal(dots[:, 0].round(), np.repeat(range(4), 3))
        labels = [label.get_text() for label in axes.get_xticklabels()]
        assert labels == [f"({k})\na_test.tif" for k in (1, 2, 3, 4)]
    assert_legible(figure)


@pytest.mark.parametrize(
    ("pairs", "labels"),
    [
        # The reference is the same in all: its name tells nothing.
        ([("reference.tif", f"gain_{k}.tif") for k in (2, 4)],
         ["(1) gain_2.tif", "(2) gain_4.tif"]),
        ([(f"gain_{k}.tif", "reference.tif") for k in (2, 4)],
         ["(1) gain_2.tif", "(2) gain_4.tif"]),
        ([("a.tif", "b.tif"), ("a.tif", "c.tif"), ("b.tif", "c.tif")],
         ["(1) a.tif – b.tif", "(2) a.tif – c.tif", "(3) b.tif – c.tif"]),
        # The same names in two folders.
        ([("c.tif", "c.tif", f"/data/plate 4/day {k}/raw/c.tif", "x.tif")
          for k in (1, 2)], ["(1) 1", "(2) 2"]),
        # The middle of a long name is what is left out, and here what differs.
        ([(f"2026-03-17 plate 4 well {w} denoised.tif", "x") for w in ("B07", "C11")],
         ["(1) B07", "(2) C11"]),
    ],
)  # fmt: skip
def test_pairs_are_called_by_what_differs(
    pairs: list[tuple[str, ...]], labels: list[str]
) -> None:
    assert pair_labels(pairs) == labels
    columns = ["image_1", "image_2", "file_1", "file_2"][: len(pairs[0])]
    rows = pd.DataFrame(pairs, columns=columns).assign(**dict.fromkeys(METRICS, 0.5))
    drawn = [t.get_text() for t in plot_table(rows).axes[0].get_xticklabels()]
    assert [words.replace("\n", " ") for words in drawn] == labels


@pytest.mark.parametrize("regions", [1, 4, 5, 9])
def test_few_values_have_dots_and_no_box(regions: int) -> None:
    names = [f"img{k}__a.tif" for k in range(2) for _ in range(regions)]
    values = np.random.default_rng(0).random(2 * regions)
    rows = pd.DataFrame({"image_1": names, "image_2": names})
    figure = plot_table(rows.assign(**dict.fromkeys(METRICS, values)))
    for axes in figure.axes:
        dots = np.concatenate([dot.get_offsets() for dot in axes.collections])
        assert len(dots) == 2 * regions
        assert len(axes.patches) == (2 if regions >= 5 else 0)


def test_table_shows_ways_of_rescaling_apart() -> None:
    both = pd.concat([table(2), table(2, rescale="percentile 1-99")])
    figure = plot_table(both)
    assert len(figure.axes) == 6
    assert figure.axes[4].get_ylabel() == "RMSD (rescaled 0…1)"
    assert "percentile 1-99" in words(figure)
    assert_legible(figure)


def test_table_marks_what_is_undefined() -> None:
    rows = table(3)
    rows.loc[rows["image_1"] == "img2__a_test.tif", list(METRICS)] = np.nan
    rows.loc[0, "pearson"] = np.nan
    figure = plot_table(rows)
    crosses = [
        [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "x"]
        for axes in figure.axes
    ]
    assert crosses == [[0, 1], [1], [1]]
    assert "undefined: 10 values" in words(figure)
    assert "undefined" not in words(plot_table(table(3)))
    assert_legible(figure)


@pytest.mark.slow
@pytest.mark.parametrize("images", [1, 25, 200])
def test_table_stays_legible_with_many_images(images: int) -> None:
    rows = table(images, 2)
    rows["image_1"] = [
        f"a rather long name of an image {k // 2}.tif" for k in rows.index
    ]
    figure = plot_table(rows)
    assert_legible(figure)
    assert figure.get_size_inches()[0] < 40
    if images == 200:
        assert "is shown" in words(figure)


def test_table_refuses_what_is_none() -> None:
    with pytest.raises(ValueError, match="no column rmsd"):
        plot_table(table(1).drop(columns="rmsd"))
    with pytest.raises(ValueError, match="no rows"):
        plot_table(table(1).iloc[:0])


def test_pair_shows_the_signed_difference_and_the_numbers(tmp_path: Path) -> None:
    x = np.arange(48, dtype=np.uint16).reshape(6, 8)
    y = x[::-1, ::-1].copy()
    path = tmp_path / "new" / "pair.png"
    figure = plot_pair(x, y, names=("first", "second"), path=path, pixel_size=0.5)
    assert path.read_bytes().startswith(b"\x89PNG")
    shown = {
        axes.get_title("left"): axes.images[0]
        for axes in figure.axes
        if axes.images and axes.get_title("left")
    }
    assert list(shown) == [
        "first",
        "second",
        "Difference: second − first",
        "Pixel by pixel",
    ]
    difference = shown["Difference: second − first"]
    np.testing.assert_array_equal(difference.get_array(), 47.0 - 2 * x)
    low, high = difference.get_clim()
    assert low == -high
    assert shown["Pixel by pixel"].get_array().sum() == x.size
    one = compare(x, y)
    assert f"Pearson R {one.pearson:.4f}" in words(figure)
    assert f"RMSD {one.rmsd:.5g}" in words(figure)
    assert f"Mean Difference {one.mean_difference:.5g}" in words(figure)
    assert "1 µm" in words(figure)
    assert_legible(figure)


def test_pair_density_runs_the_right_way() -> None:
    x = np.zeros((4, 6))
    y = np.zeros((4, 6))
    x[0, 0], y[1, 1] = 10, 4
    figure = plot_pair(x, y)
    (axes,) = (a for a in figure.axes if a.get_title("left") == "Pixel by pixel")
    counts = axes.images[0].get_array().filled(0)
    extent = axes.images[0].get_extent()
    row, column = (
        int((value - extent[0]) / (extent[1] - extent[0]) * len(counts))
        for value in (0, 10)
    )
    assert counts[row, column] == 1  # x is across, y is up
    assert axes.images[0].origin == "lower"


def test_pair_with_regions_lists_each_and_counts_their_pixels() -> None:
    first, second, rois = next(exact.pairs())
    x, y = tifffile.imread(first), tifffile.imread(second)
    compared = compare(x, y, regions=rois, names=(first.name, second.name))
    figure = plot_pair(x, y, rois, compared, (first.name, second.name), pixel_size=0.25)
    rows = compared.to_dataframe()
    for row in rows.itertuples():
        assert row.region in words(figure)
        assert f"{row.pearson:.4f}" in words(figure)
    assert f"{rows['n'].sum():,} pixels in the regions" in words(figure)
    assert "10 µm" in words(figure)
    assert_legible(figure)


def test_pair_draws_constant_and_missing_pixels() -> None:
    x = np.full((5, 7), 3.0)
    y = np.arange(35.0).reshape(5, 7)
    y[0, 0] = np.nan
    figure = plot_pair(x, y)
    assert "Pearson R undefined" in words(figure)
    assert "constant" in words(figure)


@pytest.mark.parametrize("shape", [(40, 900), (900, 40), (2, 2)])
def test_pair_of_any_shape_is_legible(shape: tuple[int, int]) -> None:
    x = np.random.default_rng(1).random(shape)
    assert_legible(plot_pair(x, x**2))


def test_large_pair_is_thinned_and_says_so() -> None:
    x = np.zeros((1600, 40), dtype=np.uint8)
    x[::2] = 9
    figure = plot_pair(x, 255 - x)
    assert "one pixel in 2 is shown" in words(figure)


def test_pair_refuses_what_is_not_a_pair_of_planes() -> None:
    plane = np.zeros((4, 5))
    with pytest.raises(ValueError, match=r"a is 5×4, b is 4×5"):
        plot_pair(plane, plane.T, names=("a", "b"))
    with pytest.raises(ValueError, match=r"b has the shape \(2, 4, 5\)"):
        plot_pair(plane, np.zeros((2, 4, 5)), names=("a", "b"))
    with pytest.raises(ValueError, match="complex128"):
        plot_pair(plane, plane * 1j)
    with pytest.raises(ValueError, match="no finite pixel"):
        plot_pair(plane * np.nan, plane * np.nan)


def graded_metrics(changes: tuple[str, ...]) -> pd.DataFrame:
    from similij.testset.changes import CHANGES

    return pd.DataFrame(
        {
            "change": change.name,
            "grade": grade,
            "region": region,
            "rescale": rescale,
            "pearson": 0.5,
            "rmsd": 300.0,
            "mean_difference": 200.0,
        }
        for change in CHANGES
        if change.name in changes
        for grade in change.grades
        for region in ("Whole image", "cell")
        for rescale in ("none", "percentile 1-99")
    )


@pytest.mark.slow
def test_graded_picture_has_all_grades_and_is_legible(tmp_path: Path) -> None:
    from similij.testset import make_testset

    made = make_testset(tmp_path)
    chosen = ("gain", "poisson_noise", "bleached_one_side")
    figure = plot_graded(made.graded, graded_metrics(chosen), changes=chosen)
    assert "Gain" in words(figure)
    assert "Blur" not in words(figure)
    for grade in ("1.25", "100", "80"):
        assert grade in words(figure).split("\n")
    curves = [
        a for a in figure.axes if a.lines and a.get_xticks().tolist() == [*range(5)]
    ]
    assert len(curves) == 3 * len(chosen)
    assert_legible(figure)
    scales = {
        (image.get_cmap().name, *image.get_clim())
        for axes in figure.axes
        for image in axes.images
    }
    assert len(scales) == 3, "the same scales in every row, as the picture says"
    with pytest.raises(ValueError, match="no change is called colour"):
        plot_graded(made.graded, graded_metrics(chosen), changes=["colour"])


def test_equal_pictures_are_equal_files(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        plot_table(table(3), path=tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    plot_table(table(3), path=tmp_path / "c.svg")
    assert "<svg" in (tmp_path / "c.svg").read_text(encoding="utf-8")


def test_matplotlib_is_imported_late_and_pyplot_never() -> None:
    code = (
        "import sys, numpy, similij.plot as p\n"
        "assert 'matplotlib' not in sys.modules\n"
        "p.plot_pair(numpy.eye(4), numpy.eye(4))\n"
        "assert 'matplotlib' in sys.modules\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=HUNG)

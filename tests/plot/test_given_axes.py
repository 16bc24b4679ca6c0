"""Pictures go where a user wants them: into axes, a figure, a notebook, a style."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import similij
from legible import drawn_texts, texts
from picture_data import told_by
from similij import plot
from similij.plot import (
    plot_agreement,
    plot_frc,
    plot_groups,
    plot_images_map,
    plot_map,
    plot_matrix,
    plot_metrics,
    plot_pair,
    plot_shift,
    plot_table,
    plot_threshold,
)
from similij.plot.shown import TEXT_KEPT

RNG = np.random.default_rng(0)
A = np.cumsum(RNG.normal(size=(48, 64)), axis=1)
B = A + 0.3 * RNG.normal(size=A.shape)
ROW = similij.compare(A, B, names=("a", "b"))
MATRIX = similij.pairwise([A, B, A[::-1]])
MAP = similij.local_map(A, B, window=9)

DRAWN: dict[str, Callable[..., Any]] = {
    "plot_agreement": lambda **at: plot_agreement(A, B, **at),
    "plot_frc": lambda **at: plot_frc(similij.frc(A, B), **at),
    "plot_groups": lambda **at: plot_groups(ROW, **at),
    "plot_images_map": lambda **at: plot_images_map(MATRIX, **at),
    "plot_map": lambda **at: plot_map(MAP, (A, B), **at),
    "plot_matrix": lambda **at: plot_matrix(MATRIX, **at),
    "plot_metrics": lambda **at: plot_metrics({"b": ROW.rows[0]}, ROW.rows[0], **at),
    "plot_pair": lambda **at: plot_pair(A, B, comparison=ROW, **at),
    "plot_shift": lambda **at: plot_shift(similij.shift(A, B), **at),
    "plot_table": lambda **at: plot_table(ROW.to_dataframe(), **at),
    "plot_threshold": lambda **at: plot_threshold(
        similij.threshold(A, B, method="otsu"), A, B, **at
    ),
}
OF_ONE_PANEL = (
    *("plot_agreement", "plot_frc", "plot_map", "plot_matrix", "plot_shift"),
    "plot_threshold",
)


def test_every_plot_function_is_tried_here() -> None:
    assert {*DRAWN} == {name for name in plot.__all__ if name.startswith("plot_")}


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_that_is_given_is_drawn_into(name: str) -> None:
    alone = DRAWN[name]()
    small = Figure(figsize=(6, 4), dpi=100)
    left, right = small.subfigures(1, 2)
    left.text(0.5, 0.5, "mine", fontsize=31)
    assert DRAWN[name](figure=right) is small
    assert len(right.axes) == len(alone.axes)
    assert left.axes == []
    assert [t.get_fontsize() for t in texts(left)] == [31.0]
    # All of it is drawn as in the picture itself, and as much smaller as the place is.
    shown = drawn_texts(small)
    assert sorted(t.get_text() for t, _ in shown if t.get_text() != "mine") == sorted(
        t.get_text() for t, _ in drawn_texts(alone)
    )
    scale = min(3 / alone.get_figwidth(), 4 / alone.get_figheight())
    largest = max(t.get_fontsize() for t in texts(alone))
    ours = [t.get_fontsize() for t, _ in shown if t.get_text() != "mine"]
    assert max(ours) == pytest.approx(largest * scale)
    for text, box in shown:
        assert box.x0 >= 290 or text.get_text() == "mine"


@pytest.mark.parametrize("name", OF_ONE_PANEL)
def test_axes_that_are_given_are_drawn_into(name: str, tmp_path: Path) -> None:
    figure = Figure(figsize=(6, 3))
    one, two = figure.subplots(1, 2)
    path = tmp_path / "a.png"
    with style.context({"font.size": 17, "axes.labelsize": 17, "xtick.labelsize": 13}):
        own = Figure().subplots()
        assert DRAWN[name](ax=own) is own
    assert own.xaxis.label.get_fontsize() == 17  # letters are those of the style
    assert DRAWN[name](ax=two, path=path) is two
    assert isinstance(two, Axes)
    assert not one.has_data()
    assert two.has_data()
    assert told_by(path)[0] == (600, 300)
    with pytest.raises(ValueError, match="give one of them"):
        DRAWN[name](ax=two, figure=figure)
    with pytest.raises(TypeError, match="an Axes of matplotlib"):
        DRAWN[name](ax=figure)


def test_axes_show_the_same_numbers_as_the_picture() -> None:
    ax = plot_agreement(A, B, ax=Figure().subplots())
    alone = plot_agreement(A, B).axes[0]
    for one, two in zip(ax.images, alone.images, strict=True):
        np.testing.assert_array_equal(one.get_array(), two.get_array())
    heights = [line.get_ydata()[0] for line in ax.lines]
    assert heights == [line.get_ydata()[0] for line in alone.lines]
    bias = similij.compare(A, B, metrics="bias").bias
    assert any(height == pytest.approx(bias) for height in heights)


@pytest.mark.parametrize("name", DRAWN)
def test_a_dark_style_is_followed(name: str) -> None:
    usual = DRAWN[name]()
    assert usual.get_facecolor() == (1, 1, 1, 1)
    with style.context("dark_background"):
        dark = DRAWN[name]()
        face = np.array(dark.get_facecolor()[:3])
        assert not face.any()
        for text, _ in drawn_texts(dark):
            color = np.array(matplotlib.colors.to_rgb(text.get_color()))
            inside = text.axes is not None and text.axes.images  # on pixels, not paper
            luma = color @ (0.3, 0.59, 0.11)
            assert inside or luma > 0.25, (text.get_text(), text.get_color())
    for axes in dark.axes:
        assert axes.get_facecolor()[:3] != (1, 1, 1)


def test_font_map_and_resolution_are_those_of_the_style(tmp_path: Path) -> None:
    settings = {
        "font.family": "DejaVu Serif", "image.cmap": "magma", "savefig.dpi": 50,
    }  # fmt: skip
    with style.context(settings):
        figure = plot_agreement(A, B, path=tmp_path / "a.png")
        assert figure.axes[0].images[0].get_cmap().name == "magma"
        assert texts(figure)[0].get_fontfamily() == ["DejaVu Serif"]
    assert told_by(tmp_path / "a.png")[0][0] == round(50 * figure.get_figwidth())
    usual = plot_agreement(A, B)
    assert usual.axes[0].images[0].get_cmap().name == "viridis"


def test_pyplot_and_its_settings_are_left_alone(tmp_path: Path) -> None:
    code = f"""
import sys, numpy as np, matplotlib, similij
from similij.plot import plot_pair
before = matplotlib.rcParams.copy()  # not dict(): that would ask for a backend
a = np.arange(12.0).reshape(3, 4)
for ending in ("png", "svg", "pdf"):
    plot_pair(a, a + 1, path=f"{tmp_path}/a.{{ending}}")
    similij.figure(a, a + 1, f"{tmp_path}/b.{{ending}}")
    plot_pair(a, a + 1).savefig(f"{tmp_path}/c.{{ending}}")
assert matplotlib.rcParams.copy() == before
print("matplotlib.pyplot" in sys.modules)
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert ran.stdout.strip() == "False"


@pytest.mark.parametrize("by_hand", [False, True])
def test_files_tell_what_made_them_and_no_time(tmp_path: Path, by_hand: bool) -> None:
    def written(name: str) -> bytes:
        path = tmp_path / name
        figure = plot_pair(
            A, B, names=("a.tif", "β.tif"), path=None if by_hand else path
        )
        if by_hand:
            figure.savefig(path)
        return path.read_bytes()

    png = written("a.png")
    tags = told_by(tmp_path / "a.png")[1]
    software = f"SimilIJ {similij.__version__}, matplotlib {matplotlib.__version__}"
    assert tags["Software"] == software
    told = json.loads(tags["Description"])
    assert told["similij"] == similij.__version__
    assert told["picture"] == "pair"
    assert told["images"] == ["a.tif", "β.tif"]
    assert told["rescale"] == ["none"]
    svg, pdf = written("a.svg").decode(), written("a.pdf")
    assert software in svg
    assert "&quot;picture&quot;: &quot;pair&quot;" in svg or '"picture": "pair"' in svg
    assert b"SimilIJ" in pdf
    for file in (svg.encode(), pdf):
        assert b"Date" not in file or b"CreationDate" not in file
        assert b"dc:date" not in file
    assert (png, svg, pdf) == (
        written("b.png"), written("b.svg").decode(), written("b.pdf")
    )  # fmt: skip


def test_pictures_of_a_run_tell_its_parameters(tmp_path: Path) -> None:
    frames = similij.Image(np.stack([A, B, A, B]), axes="tyx")
    drawn = similij.draw(
        frames, None, tmp_path, kinds="scatter,planes,difference,local", per="t",
        window=7, against="first frame", rescale="zscore",
    )  # fmt: skip
    pngs = [picture.path for picture in drawn if picture.path.suffix == ".png"]
    assert len(pngs) == 4
    for path in pngs:
        told = json.loads(told_by(path)[1]["Description"])
        assert told["against"] == ["first frame"]
        assert told["rescale"] == ["zscore"]
        assert told["window"] == "box 7×7"


def test_letters_stay_letters(tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    plot_pair(A, B, names=("raw cells", "b"), path=path)
    assert ">raw cells</text>" in path.read_text("utf-8")
    assert matplotlib.rcParams["svg.fonttype"] == "path"
    assert TEXT_KEPT["pdf.fonttype"] == 42
    path = tmp_path / "a.pdf"
    plot_pair(A, B, names=("raw cells", "b"), path=path)
    assert b"/FontFile2" in path.read_bytes()  # TrueType, which programs can edit
    assert b"/Type3" not in path.read_bytes()


def test_tables_of_rows_alone_can_be_drawn_into_a_figure() -> None:
    rows = pd.DataFrame({"image_1": ["a"], "image_2": ["b"], "pearson": [0.5],
                         "rmsd": [2.0], "mean_difference": [1.0]})  # fmt: skip
    figure = Figure(figsize=(12, 4))
    assert plot_table(rows, figure=figure) is figure
    assert len(figure.axes) == 3

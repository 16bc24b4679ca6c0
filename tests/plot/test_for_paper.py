"""A figure for a paper: its width, its panels, its numbers, its letters."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import tifffile
from scipy import ndimage

import similij
from legible import drawn_texts, words
from picture_data import told_by
from similij.images.calibration import Calibration
from similij.plot.for_paper import PANELS, parse_panels
from similij.regions import Region
from support import Shell

RNG = np.random.default_rng(3)
A = (8000 + 3000 * np.sin(np.add.outer(np.arange(60) / 7, np.arange(80) / 9))).astype(
    np.uint16
)
B = (A + RNG.normal(120, 60, A.shape)).astype(np.uint16)
EACH = [name for name in PANELS if name != "images"]


@pytest.mark.parametrize("width", [85, 180.0, 210])
def test_it_is_as_wide_as_asked_for(width: float, tmp_path: Path) -> None:
    svg, pdf, png = (tmp_path / f"f.{ending}" for ending in ("svg", "pdf", "png"))
    for path in (svg, pdf, png):
        figure = similij.figure(A, B, path, width=width)
    points = width / 25.4 * 72
    (in_svg,) = re.findall(r'<svg [^>]*width="([\d.]+)pt"', svg.read_text("utf-8"))
    assert float(in_svg) == pytest.approx(points)
    (box,) = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ", pdf.read_bytes())
    assert float(box) == pytest.approx(points)
    assert told_by(png)[0][0] == pytest.approx(width / 25.4 * 300, abs=1)
    assert figure.get_figwidth() * 25.4 == pytest.approx(width)


def test_all_panels_are_drawn_and_nothing_overlaps() -> None:
    for columns, width in ((3, 180), (2, 180), (4, 260)):
        figure = similij.figure(A, B, panels=EACH, width=width, columns=columns)
        letters = [t.get_text() for t in figure.texts]
        assert letters == [*"abcdefgh"]
        drawn = drawn_texts(figure)
        for text, box in drawn:
            assert box.x0 >= -1 and box.x1 <= figure.bbox.x1 + 1, text.get_text()
            assert box.y0 >= -1 and box.y1 <= figure.bbox.y1 + 1, text.get_text()
        for k, (one, a) in enumerate(drawn):
            for other, b in drawn[k + 1 :]:
                apart = not a.padded(-1).overlaps(b.padded(-1))
                assert apart, (columns, one.get_text(), other.get_text())
        sizes = {t.get_fontsize() for t, _ in drawn if "10^" not in t.get_text()}
        assert sizes <= {6.0, 7.0, 8.0}


def test_an_aligned_figure_is_of_what_compare_aligns() -> None:
    wide = ndimage.gaussian_filter(RNG.normal(1000, 200, (90, 110)), 2)
    turned = ndimage.rotate(wide, 3, reshape=False, mode="nearest")
    x = wide[9:-9, 9:-9]
    for way, y, moved in (
        ("shift", wide[7:-11, 12:-6], "moved by x 3.00, y −2.00 px"),
        ("rigid", turned[9:-9, 9:-9], "turned by −3.00°"),
    ):
        row = similij.compare(x, y, align=way)
        said = words(similij.figure(x, y, panels=EACH, columns=3, align=way))
        said = said.replace("\n", " ")
        assert moved in said
        assert f"Pearson R {row.pearson:.4f}" in said
        assert f"RMSD {row.rmsd:.5g}, Mean Difference {row.mean_difference:.5g}" in said
    refused = r"cannot be aligned: .*\. Leave align out"
    with pytest.raises(similij.ImageError, match=refused):
        similij.figure(x, RNG.normal(size=x.shape), align="shift")
    with pytest.raises(ValueError, match="align is 'turn': it must be none, shift or"):
        similij.figure(x, y, align="turn")


def test_titles_have_the_numbers_of_compare() -> None:
    regions = [Region("left", 5, 10, 20, 30), Region("right", 40, 12, 25, 30)]
    inside = np.zeros(A.shape, bool)
    for r in regions:
        inside[r.y : r.y + r.height, r.x : r.x + r.width] = True
    for given, mask in ({}, None), ({"mask": inside}, inside), (
        {"regions": regions}, inside,
    ):  # fmt: skip
        row = similij.compare(A, B, mask=mask)
        figure = similij.figure(A, B, panels=EACH, columns=3, **given)
        said = words(figure).replace("\n", " ")
        assert f"RMSD {row.rmsd:.5g}, Mean Difference {row.mean_difference:.5g}" in said
        assert f"Pearson R {row.pearson:.4f}" in said
        x, y = (image.astype(float) for image in (A, B))
        chosen = np.ones(A.shape, bool) if mask is None else mask
        difference = (y - x)[chosen]
        low = difference.mean() - 1.96 * difference.std(ddof=1)
        assert f"bias {difference.mean():.4g}, limits {low:.4g} to" in said
        scatter = next(
            a for a in figure.axes if a.get_title("left").startswith("Pearson R")
        )
        assert scatter.images[0].get_array().sum() == chosen.sum()


def test_outlines_and_a_scale_bar_are_drawn() -> None:
    region = Region("cell", 10, 10, 20, 20)
    figure = similij.figure(
        A, B, regions=[region], panels="images", pixel_size=0.5, columns=2
    )
    assert len(figure.axes[0].collections) == 2  # the outline and its halo
    assert "10 µm" in words(figure)
    image = similij.Image(A, calibration=Calibration((0.5, 0.5), "µm"))
    assert "10 µm" in words(similij.figure(image, B, panels="images"))


def test_the_shell_writes_the_same_figure(shell: Shell, tmp_path: Path) -> None:
    one, two, out = tmp_path / "a.tif", tmp_path / "b.tif", tmp_path / "f.png"
    tifffile.imwrite(one, A)
    tifffile.imwrite(two, B)
    ran = shell(
        "figure", one, two, "--out", out, "--panels", "images,scatter", "--width", 120
    )
    assert (ran.code, ran.out) == (0, "")
    assert "Figure: " in ran.err
    similij.figure(
        one, two, tmp_path / "g.png", panels=["images", "scatter"], width=120,
        names=("a.tif", "b.tif"),
    )  # fmt: skip
    assert out.read_bytes() == (tmp_path / "g.png").read_bytes()
    told = json.loads(told_by(out)[1]["Description"])
    row = similij.compare(one, two)
    assert told["panels"] == ["image_1", "image_2", "scatter"]
    assert (told["pearson"], told["rmsd"], told["n"]) == (row.pearson, row.rmsd, row.n)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--panels", "pie"), "there is no panel 'pie'"),
        (("--width", "12"), "a larger width"),
        (("--width", "nan"), "width is nan"),
        (("--font-size", "100"), "font_size is 100"),
        (("--columns", "0"), "columns is 0"),
        (("--window", "8"), "odd"),
    ],
)
def test_what_makes_no_figure_is_bad_usage(
    shell: Shell, tmp_path: Path, options: tuple[str, str], words: str
) -> None:
    path = tmp_path / "a.npy"
    np.save(path, A)
    ran = shell("figure", path, path, "--out", tmp_path / "f.svg", *options)
    assert ran.code == 2
    assert words in " ".join(ran.err.replace("│", " ").split())
    assert not (tmp_path / "f.svg").exists()


def test_stacks_are_refused_in_a_sentence() -> None:
    with pytest.raises(similij.ImageError, match=r"one plane \(y, x\)"):
        similij.figure(np.zeros((2, 5, 5)), np.zeros((2, 5, 5)))


def test_panels_are_words() -> None:
    assert parse_panels("images,scatter") == ["image_1", "image_2", "scatter"]
    for wrong in ("", [], ["images", 3]):
        with pytest.raises(ValueError, match=r"there is no panel|give 1"):
            parse_panels(wrong)

"""Draw the pictures of the docs and write their numbers, with the software itself.

`make docs` runs it. ImageJ's windows are photographed on a virtual display by
docs_windows.py; the tables of numbers are docs_numbers.py's.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
import xarray as xr
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont, ImageOps
from playwright.sync_api import sync_playwright
from scipy.ndimage import gaussian_filter

import docs_film
import docs_formats
import docs_numbers
import fiji_zip
import house
from docs_numbers import calibration_report, changed
from similij import Comparison, align, frc, least_similar, local_map, shift, threshold
from similij.batch import compare_folders
from similij.imagej.jars import class_path
from similij.matrix.pairwise import pairwise
from similij.measure.compare import compare
from similij.plot import (
    plot_frc,
    plot_map,
    plot_metrics,
    plot_pair,
    plot_shift,
    plot_table,
    plot_threshold,
)
from similij.plot.pictures.draw import draw
from similij.plot.pictures.matrix_files import write_matrix
from similij.report import report
from similij.testset import TestSet, make_testset, summarize_testset
from similij.testset.changes import make_reference
from similij.testset.files import PIXEL_SIZE
from similij.testset.picture import plot_graded

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
MOST_BYTES = 1_900_000
"""Of all pictures together."""

BAR, EDGE, GAP = 24, 1, 22
"""Pixels: a title bar, the line around a window, between windows."""

BAR_COLOR, EDGE_COLOR, TEXT_COLOR = "#d9dee4", "#9aa3ad", "#20262c"

SHOWN = 0.55
"""Of a picture's size, where two stand side by side."""

COLORS = 256
"""Of that picture, and of those that are mostly lines: half the bytes."""

FEW = 64
"""Colours of a smooth map, and of pictures that are mostly words and lines."""

GRADED = ("gain", "whole_pixel_shift", "other_cells")


MATRIX = ("gain", "offset", "gaussian_noise", "whole_pixel_shift", "other_cells")
MATRIX_PICTURES = ("matrix.png", "images_map.png")


MARGIN = 10
"""Pixels around parts of a page."""

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def main() -> None:
    """Make everything, and say how large it is."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        testset = make_testset(folder)
        draw_plots(testset)
        draw_windows(testset, Path(folder))
        draw_film(testset, Path(folder))
    for path in sorted(IMAGES.glob("*.png")):
        shrink(path)
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size:,} bytes")
    total = sum(path.stat().st_size for path in IMAGES.glob("*.png"))
    if total > MOST_BYTES:
        sys.exit(f"the pictures have {total:,} bytes, more than {MOST_BYTES:,}")
    docs_formats.main()
    print(f"Tables of numbers: {', '.join(docs_numbers.write_tables(ROOT))}")


def draw_plots(testset: TestSet) -> None:
    """Draw what similij draws: a pair, a table, a part of the graded test set."""
    path_a, path_b, rois = testset.pair(3)
    a, b = tifffile.imread(path_a), tifffile.imread(path_b)
    names = (path_a.name, path_b.name)
    plot_pair(
        a,
        b,
        regions=rois,
        comparison=compare(a, b, regions=rois, names=names),
        names=names,
        path=IMAGES / "pair.png",
        pixel_size=PIXEL_SIZE,
    )
    reduce(IMAGES / "pair.png")
    with tempfile.TemporaryDirectory() as folder:
        draw(
            a, b, folder, kinds="difference,scatter", regions=rois, names=names,
            pixel_size=PIXEL_SIZE,
        )  # fmt: skip
        parts = [
            smaller(Image.open(Path(folder, f"{kind}.png")))
            for kind in ("difference", "scatter")
        ]
        sheet = in_rows(parts).quantize(COLORS, kmeans=9, dither=Image.Dither.NONE)
        sheet.save(IMAGES / "pictures.png")
    rows = compare_folders(testset.set_a, testset.set_b, rescale="percentile")
    plot_table(rows.to_dataframe(), path=IMAGES / "table.png")
    graded = summarize_testset(testset.root)
    plot_graded(testset.graded, graded, GRADED, path=IMAGES / "graded.png")
    reduce(IMAGES / "graded.png")
    plot_metrics(*docs_numbers.of_every_metric(), path=IMAGES / "metrics.png")
    reduce(IMAGES / "metrics.png", FEW)
    draw_where()
    draw_alignment()
    draw_matrix(testset)
    house.write(house.PICTURE)
    photograph_report(testset)


def photograph_report(testset: TestSet) -> None:
    """Open a report in Chromium, sort and filter it, and photograph two parts of it."""
    with chdir(testset.root):
        rows = compare_folders(testset.set_a.name, testset.set_b.name)
        pairs = [testset.pair(number) for number in (1, 2, 3, 4)]
        rois = {f"{testset.set_a.name}/{one.name}": rois for one, _, rois in pairs}
        pictured(rows, rois, pairs[2][0].name).save(IMAGES / "report.png")
    reduce(IMAGES / "report.png")


def pictured(rows: Comparison, rois: dict[str, Path], name: str) -> Image.Image:
    """Picture of a report's table and of the panel of a pair."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = report.write(Path(folder, "report.html"), rows, regions=rois)
        program = next(filter(None, map(shutil.which, CHROMIUM)))
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1120, "height": 900})
        page.goto(file.as_uri())
        page.get_by_label("Filter rows").fill("pearson < 0.9")
        page.locator("#rows thead button", has_text="RMSD").click()
        page.get_by_role("button", name=name).first.click()
        parts = [
            Image.open(io.BytesIO(page.locator(part).screenshot())).convert("RGB")
            for part in ("#table", "#pairs")
        ]
        browser.close()
    return ImageOps.expand(in_rows(*([part] for part in parts)), MARGIN, "white")


def draw_matrix(testset: TestSet) -> None:
    """Draw all pairs of a part of the graded test set."""
    files = [testset.graded / "reference.tif"]
    for change in MATRIX:
        files += sorted(testset.graded.glob(f"{change}_*.tif"))
    with tempfile.TemporaryDirectory() as folder:
        written = write_matrix(pairwise(files), folder, files)
        for path, name in zip(written.pictures, MATRIX_PICTURES, strict=True):
            path.replace(IMAGES / name)
            reduce(IMAGES / name)


def draw_where() -> None:
    """Draw a shift, a local map, thresholds, and the calibration study."""
    reference, others = make_reference(), changed("other_cells", 40)
    found = shift(reference.image, changed("whole_pixel_shift", 4), max_shift=30)
    plot_shift(found, path=IMAGES / "shift.png")
    plot_frc(frc(*two_takes(reference.image)), path=IMAGES / "frc.png")
    images = (reference.image, others)
    local = local_map(*images, "rmsd", window=25)
    places = least_similar(local, count=3)
    plot_map(local, images, places, path=IMAGES / "map.png")
    limits = threshold(*images)
    plot_threshold(limits, *images, path=IMAGES / "threshold.png")
    with tempfile.TemporaryDirectory() as folder:
        draw(
            *images, folder, kinds="local", window=25, metrics=["rmsd"],
            pixel_size=PIXEL_SIZE, names=("reference.tif", "other_cells_40.tif"),
        )  # fmt: skip
        sheet = smaller(Image.open(Path(folder, "local rmsd.png")))
        sheet.quantize(FEW, kmeans=9, dither=Image.Dither.NONE).save(
            IMAGES / "local.png"
        )
    draw_places()
    calibration_report.draw()
    reduce(IMAGES / "frc.png", FEW)
    for name in ("shift", "map", "threshold", "calibration"):
        reduce(IMAGES / f"{name}.png")


def draw_alignment() -> None:
    """Draw the differences of two takes, as they are and aligned.

    The second is of the scene 5 and 3 of its pixels aside; 2×2 of these are a pixel.
    """
    scene, rng = make_reference().image.astype(np.float64), np.random.default_rng(2)

    def take(top: int, left: int) -> Any:
        cut = scene[top : top + 160, left : left + 160]
        return cut.reshape(80, 2, 80, 2).mean((1, 3)) + rng.normal(0, 200, (80, 80))

    x, y = take(6, 6), take(3, 11)
    moved = align(x, y).apply(y)
    panels = []
    for number, second in enumerate((y, moved)):
        with tempfile.TemporaryDirectory() as folder:
            draw(
                x, second, folder, kinds="difference",
                names=("image 1", ("image 2", "image 2, aligned")[number]),
            )  # fmt: skip
            panels.append(smaller(Image.open(Path(folder, "difference.png"))))
    sheet = in_rows(panels)
    size = (sheet.width * 3 // 5, sheet.height * 3 // 5)
    sheet = sheet.resize(size, Image.Resampling.LANCZOS).quantize(
        32, kmeans=9, dither=Image.Dither.NONE
    )
    sheet.save(IMAGES / "align.png")


def draw_places() -> None:
    """Draw the difference of two images, with two places that a verdict names."""
    first = make_reference().image
    # Brighter all over: in the difference that is most, and in the verdict one clause.
    second = np.minimum(1.25 * first, 65535).astype(np.uint16)
    second[60:66, 80:90] = 25000
    second[140:150, 176:186] = 5000
    found = compare(first, second, verdict=True, names=("first.tif", "second.tif"))
    with tempfile.TemporaryDirectory() as folder:
        draw(
            first, second, folder, kinds="difference", comparison=found,
            names=("first.tif", "second.tif"), pixel_size=PIXEL_SIZE,
        )  # fmt: skip
        sheet = smaller(Image.open(Path(folder, "difference.png")))
        sheet.quantize(COLORS, kmeans=9, dither=Image.Dither.NONE).save(
            IMAGES / "places.png"
        )


def two_takes(scene: Any) -> tuple[Any, Any]:
    """Take a scene twice by few photons, under a blur, by pixels of a known size."""
    rng = np.random.default_rng(1)
    places = [np.arange(n) * PIXEL_SIZE for n in scene.shape]
    sharp = gaussian_filter(scene.astype(np.float64), 1.2) / 20

    def take() -> Any:
        pixels = rng.poisson(sharp) + rng.normal(100, 2, scene.shape)
        return xr.DataArray(pixels, places, ["y", "x"], attrs={"units": "µm"})

    return take(), take()


def reduce(path: Path, colors: int = COLORS) -> None:
    """Write a picture with few colours."""
    with Image.open(path) as picture:
        rgb = picture.convert("RGB")
    rgb.quantize(colors, kmeans=9, dither=Image.Dither.NONE).save(path)


def draw_windows(testset: TestSet, folder: Path) -> None:
    """Photograph ImageJ, and put its windows side by side."""
    with virtual_display() as display:
        subprocess.run(
            [sys.executable, ROOT / "tools" / "docs_windows.py", testset.root, folder],
            env={**os.environ, "DISPLAY": display},
            check=True,
            timeout=300,
        )
    titles = json.loads((folder / "titles.json").read_text(encoding="utf-8"))
    window = {
        name: framed(Image.open(folder / f"{name}.png").convert("RGB"), title)
        for name, title in titles.items()
    }
    window["dialog"].save(IMAGES / "dialog.png")
    window["folders"].save(IMAGES / "folders.png")
    window["more"].save(IMAGES / "more.png")
    in_rows([window["plot"], window["map"]], [window["ranks"]]).save(
        IMAGES / "windows.png"
    )
    in_rows(
        [window["image_1"], window["image_2"], window["dialog"]], [window["results"]]
    ).save(IMAGES / "imagej.png")


def draw_film(testset: TestSet, folder: Path) -> None:
    """Film a user's first minute; keep of each screenshot what is not empty."""
    archive = fiji_zip.pack(folder / "dist")
    (imagej,) = (path for path in class_path() if path.name.startswith("ij-1."))
    scenes = folder / "film"
    scenes.mkdir()
    film = docs_film.film(archive, imagej, testset, scenes)
    for name, path in film.frames.items():
        screen = Image.open(path).convert("RGB")
        windows = screen.crop(ImageOps.invert(screen.convert("L")).getbbox())
        few = windows.quantize(FEW, kmeans=5, dither=Image.Dither.NONE)
        few.save(IMAGES / f"first_{name}.png")
    with docs_film.CLICKS.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("what", "clicks"), *film.clicks.items()])


@contextmanager
def chdir(folder: Path) -> Iterator[None]:
    """Work in a folder, so that paths are short."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def virtual_display() -> Iterator[str]:
    """Start an X server of our own; give its name."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1200x24"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as stream:
            yield f":{stream.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


def framed(picture: Image.Image, title: str) -> Image.Image:
    """Add the title bar that a window manager would: there is none."""
    width, height = picture.width + 2 * EDGE, picture.height + BAR + EDGE
    window = Image.new("RGB", (width, height), EDGE_COLOR)
    draw = ImageDraw.Draw(window)
    draw.rectangle((EDGE, EDGE, width - 1 - EDGE, BAR - 1), fill=BAR_COLOR)
    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 13)
    draw.text((width / 2, BAR / 2), title, TEXT_COLOR, font, anchor="mm")
    window.paste(picture, (EDGE, BAR))
    return window


def in_rows(*rows: list[Image.Image]) -> Image.Image:
    """Put windows in rows on white, each row spread over the whole width."""
    wide = max(sum(w.width for w in row) + GAP * (len(row) - 1) for row in rows)
    tall = sum(max(w.height for w in row) for row in rows) + GAP * (len(rows) - 1)
    sheet = Image.new("RGB", (wide, tall), "white")
    top = 0
    for row in rows:
        spare = wide - sum(w.width for w in row)
        left = 0
        for w in row:
            sheet.paste(w, (left, top))
            left += w.width + spare // max(len(row) - 1, 1)
        top += max(w.height for w in row) + GAP
    return sheet


def smaller(picture: Image.Image) -> Image.Image:
    """Make a picture as small as a page shows it."""
    size = (int(picture.width * SHOWN), int(picture.height * SHOWN))
    return picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def shrink(path: Path) -> None:
    """Write a picture as small as it can be without loss."""
    with Image.open(path) as picture:
        kept = picture if picture.mode == "P" else picture.convert("RGB")
        kept.save(path, optimize=True)


if __name__ == "__main__":
    main()

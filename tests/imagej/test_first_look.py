"""What the dialog shows and offers before anybody chooses; numbers come of one OK."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

import similij
from support import IMAGES, run_imagej
from windows import WINDOWS

pytestmark = pytest.mark.window

A = IMAGES / "set_a" / "img1__a_test.tif"
B = IMAGES / "set_b" / "img1__b_test.tif"
X, Y = tifffile.imread(A), tifffile.imread(B)
BOX = (30, 40, 52, 40)
RNG = np.random.default_rng(14)
RGB = RNG.integers(0, 256, (2, 24, 31, 3)).astype(np.uint8)

SCRIPT = """
a, b, red, green, pictures = sys.argv[1:]
Recorder = open_recorder()
Oval, Roi, Line = (JClass("ij.gui." + n) for n in ("OvalRoi", "Roi", "Line"))

FIELDS = ("Image 1", "Image 2", "Region", "ROI file", "Label image", "Stack",
          "Color images", "Channels", "Window of local maps", "Save to", "Rescale",
          "Rows per", "Against", "Mask", "Subtract background", "Blur (sigma, px)",
          "Metrics", "Data range", "Other channels")

def words(window):
    # What stands in quiet letters below the region.
    Label = JClass("java.awt.Label")
    return [str(p.getText()) for p in inside(window) if isinstance(p, Label)
            and p.isShowing() and p.getForeground().getRed() == 0x60]

def look(window):
    chosen = {}
    for name in FIELDS:
        field = entry(window, name)
        if field.isShowing():
            text = hasattr(field, "getText")
            chosen[name] = str(field.getText() if text else field.getSelectedItem())
    return chosen

def ask(name, act=lambda window: None):
    IJ.run("Clear Results")
    thread = in_background("Image Similarity...")
    window = dialog("Image Similarity")
    act(window)
    line = until(window, "They fit")
    shoot(f"{pictures}/{name}.png")
    outcome = {"look": look(window), "words": words(window), "check": line,
               "size": [int(window.getWidth()), int(window.getHeight())]}
    press(window, 0)
    thread.join(LONG)
    answer(**{name: {**outcome, "line": recorded_lines()[-1], "rows": rows()}})

def pair():
    close_all()
    IJ.open(a); IJ.open(b)
    return [WindowManager.getImage(int(k)) for k in WindowManager.getIDList()]

images = pair()
ask("plain")
images[0].setRoi(Oval(30, 40, 52, 40))
ask("oval on image 1")
images[0].deleteRoi()
images[1].setRoi(Roi(30, 40, 52, 40))
ask("box on image 2")
images[0].setRoi(Roi(50, 50, 60, 60))
ask("both")
ask("whole image", lambda window: choose(entry(window, "Region"), "Whole image"))
images[1].deleteRoi()
images[0].setRoi(Line(5, 5, 40, 60))
ask("line")

close_all()
stack = JClass("ij.ImageStack")(256, 192)
for path in (a, b):
    stack.addSlice(IJ.openImage(path).getProcessor())
plus = JClass("ij.ImagePlus")("cells", stack)
plus.setDimensions(2, 1, 1)
cells = JClass("ij.CompositeImage")(plus, JClass("ij.CompositeImage").COMPOSITE)
cells.show()
ask("one image of two channels")
stack.setSliceLabel("DAPI", 1); stack.setSliceLabel("GFP", 2)
ask("named channels")

close_all()
IJ.open(red); IJ.open(green)
ask("RGB")
ask("RGB by channels", lambda window: choose(entry(window, "Color images"), "Channels"))
close_all()
IJ.open(red)
ask("one RGB image")

close_all()
movie = IJ.createImage("movie", "8-bit ramp", 30, 20, 3)
movie.setDimensions(1, 1, 3)
movie.show()
ask("one movie")

images = pair()
kept = JClass("ij.Prefs").class_.getDeclaredField("ijPrefs")
kept.setAccessible(True)
def memory():
    return {str(key): str(value) for key, value in dict(kept.get(None)).items()
            if "similij" in str(key)}
before, recorded = memory(), str(Recorder.getInstance().getText())
IJ.run("Clear Results")
thread = in_background("Image Similarity...")
window = dialog("Image Similarity")
until(window, "They fit")
field = entry(window, "Window of local maps")
write(field, "4")
without = until(window, "local maps")
press(window, 0)
wait_for(lambda: field.isShowing() and field.isFocusOwner())
shoot(f"{pictures}/bad.png")
answer(bad=without, led=bool(field.isFocusOwner()), open=bool(window.isShowing()))
tick(box(window, "Local maps"), True)
write(field, "4 ")
answer(even=until(window, "odd"))
write(field, "")
tick(box(window, "Local maps"), False)
region = entry(window, "Region")
choose(region, "ROI file")
settled()
write(entry(window, "ROI file"), "/nowhere/rois.zip")
answer(file=until(window, "nowhere"))
press(window, 0)
wait_for(lambda: entry(window, "ROI file").isFocusOwner())
write(entry(window, "ROI file"), "")
answer(missing=until(window, "needs roi_file"))
press(window, 1)
thread.join(LONG)
answer(after=memory() == before, rows_after=len(rows()),
       recorded_after=str(Recorder.getInstance().getText()) == recorded)
Recorder.getInstance().close()
"""


@pytest.fixture(scope="module")
def seen(
    display: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    folder: Path = tmp_path_factory.mktemp("first look")
    for name, pixels in zip(("red", "green"), RGB, strict=True):
        tifffile.imwrite(folder / f"{name}.tif", pixels, photometric="rgb")
    return run_imagej(
        WINDOWS + SCRIPT,
        *(A, B, folder / "red.tif", folder / "green.tif", folder),
        mode="gui",
        env=display,
    )


def assert_rows(outcome: dict[str, Any], expected: list[dict[str, Any]]) -> None:
    keys = {"n": "n", "Pearson R": "pearson", "RMSD": "rmsd"}
    assert [{h: row[h] for h in keys} for row in outcome["rows"]] == [
        {h: row[key] for h, key in keys.items()} for row in expected
    ]


def line(options: str) -> str:
    return f'run("Image Similarity...", "{options}");'


PAIR = f"image_1=[{A.name}] image_2=[{B.name}]"


def test_a_first_try_needs_no_choice(seen: dict[str, Any]) -> None:
    outcome = seen["plain"]
    assert outcome["look"] == {
        "Image 1": A.name, "Image 2": B.name, "Region": "Whole image",
        "Stack": "Current plane",
    }  # fmt: skip
    assert outcome["words"] == ["beside image 1: img1__a_test_roi.zip, choose ROI file"]
    assert outcome["check"] == "They fit: 256×192 pixels, 16-bit; 1 row."
    assert outcome["line"] == line(PAIR)
    assert_rows(outcome, similij.compare(X, Y).rows)


def test_what_is_drawn_is_what_is_compared(seen: dict[str, Any]) -> None:
    import roifile

    x, y, width, height = BOX
    for name, region, sides, words in (
        ("oval on image 1", "Selection of image 1", roifile.ROI_TYPE.OVAL,
         f'oval on "{A.name}": 52×40 pixels at 30, 40'),
        ("box on image 2", "Selection of image 2", roifile.ROI_TYPE.RECT,
         f'rectangle on "{B.name}": 52×40 pixels at 30, 40'),
    ):  # fmt: skip
        outcome = seen[name]
        assert outcome["look"]["Region"] == region
        assert outcome["words"] == [words]
        assert outcome["line"] == line(f"{PAIR} region=[{region}]")
        roi = roifile.ImagejRoi(
            roitype=sides, left=x, top=y, right=x + width, bottom=y + height,
            n_coordinates=0, version=227, name="cell",
        )  # fmt: skip
        assert_rows(outcome, similij.compare(X, Y, regions=roi).rows)
    both = seen["both"]
    assert both["look"]["Region"] == "Both selections"
    inside = np.s_[50:80, 50:82]
    assert_rows(both, similij.compare(X[inside], Y[inside]).rows)


def test_what_is_left_aside_is_said(seen: dict[str, Any]) -> None:
    whole = seen["whole image"]
    assert whole["words"] == [f'the selection on "{A.name}" is not used']
    assert whole["line"] == line(PAIR)
    straight = seen["line"]
    assert straight["look"]["Region"] == "Whole image"
    assert straight["words"] == [
        f'the straight line on "{A.name}" has no area, and is not used'
    ]
    for outcome in (whole, straight):
        assert_rows(outcome, similij.compare(X, Y).rows)


def test_one_image_of_two_channels(seen: dict[str, Any]) -> None:
    for name, pair in (
        ("one image of two channels", "1 red : 2 green"),
        ("named channels", "1 DAPI : 2 GFP"),
    ):
        outcome = seen[name]
        assert outcome["look"]["Image 2"] == outcome["look"]["Image 1"] == "cells"
        assert outcome["look"]["Channels"] == pair
        assert outcome["line"] == line("image_1=[cells] channels=[1:2]")
        assert_rows(outcome, similij.compare(X, Y).rows)


def test_rgb_is_no_refusal(seen: dict[str, Any]) -> None:
    x, y = (similij.Image(pixels, "yxs") for pixels in RGB)
    names = "image_1=[red.tif] image_2=[green.tif]"
    outcome = seen["RGB"]
    assert outcome["look"]["Color images"] == "Luminance"
    assert "Channels" not in outcome["look"]
    assert outcome["line"] == line(f"{names} color=Luminance")
    assert_rows(outcome, similij.compare(x, y, color="luminance").rows)
    outcome = seen["RGB by channels"]
    assert outcome["look"]["Channels"] == "Each with its own"
    assert outcome["line"] == line(f"{names} color=Channels")
    assert_rows(outcome, similij.compare(x, y, color="channels").rows)
    outcome = seen["one RGB image"]
    assert outcome["look"]["Channels"] == "1 red : 2 green"
    assert outcome["line"] == line("image_1=[red.tif] channels=[1:2] color=Channels")
    assert_rows(outcome, similij.compare(RGB[0, ..., 0], RGB[0, ..., 1]).rows)


def test_one_movie_begins_against_its_first_frame(seen: dict[str, Any]) -> None:
    outcome = seen["one movie"]
    assert outcome["look"]["Against"] == "first frame"
    assert outcome["line"] == line("image_1=[movie] against=[first frame]")


def test_every_look_fits_a_small_screen(seen: dict[str, Any]) -> None:
    for name, outcome in seen.items():
        if isinstance(outcome, dict) and "size" in outcome:
            width, height = outcome["size"]
            assert width < 640, name
            assert height < 700, name


def test_a_bad_entry_is_named_and_nothing_is_left(seen: dict[str, Any]) -> None:
    assert seen["bad"].startswith("Window of local maps: window=[4] is given, which is")
    assert seen["led"]
    assert seen["open"]
    assert seen["even"].startswith("Window of local maps: ")
    sentence = 'ROI file: The ROI file "/nowhere/rois.zip" does not exist'
    assert seen["file"].startswith(sentence)
    assert "needs roi_file=[...]" in seen["missing"]
    assert seen["after"]
    assert seen["rows_after"] == 0
    assert seen["recorded_after"]

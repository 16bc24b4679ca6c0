"""What the dialog remembers is used again for the same images only.

Every choice that refers to images is made once, for two images, and OK pressed; those
that can be made together are. Then the images are changed in every way that there is,
and the dialog is opened and OK pressed again. Whatever has changed, the rows must be of
all pixels of the planes that are shown, and the recorded line must name nothing of
before: a ROI file, a label image or a channel of other images makes rows that look
right and are wrong.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import roifile
import tifffile

from support import run_imagej
from windows import WINDOWS

pytestmark = pytest.mark.window

T, Z, C, Y, X = 3, 2, 2, 30, 40

CHOICES = {
    "ROI file": "image_1=[a.tif] image_2=[b.tif] roi_file=[{folder}/far/cells.zip] "
    "inverse per=[z] channels=[2:1] background=[100] blur=[2] data_range=[4095] "
    "save=[{folder}/saved/]",
    "label image": "image_1=[a.tif] image_2=[b.tif] labels=[L.tif] mask=[M.tif] "
    "channels=[1:2,2:1]",
    "selection": "image_1=[a.tif] region=[Selection of image 1] against=[first frame]",
    "ROI Manager": "image_1=[a.tif] image_2=[b.tif] region=[ROI Manager]",
    "overlay": "image_1=[a.tif] image_2=[b.tif] region=[Overlay]",
}
"""By the region, with what else is chosen; and the line that is recorded."""

CHANGES = (
    "image 1 closed", "image 2 closed", "other size", "other file of this title",
    "other image 2 of this title", "other slices", "other channels", "other frames",
    "other type", "made, of this title and size", "exchanged",
    "switched in the dialog", "file written anew",
)  # fmt: skip

SCRIPT = """
folder, choices, changes = sys.argv[1], *map(json.loads, sys.argv[2:])
Recorder = open_recorder()
Roi, Prefs = JClass("ij.gui.Roi"), JClass("ij.Prefs")
RoiManager = JClass("ij.plugin.frame.RoiManager")
kept = Prefs.class_.getDeclaredField("ijPrefs")
kept.setAccessible(True)

def memory():
    return {str(key): value for key, value in dict(kept.get(None)).items()
            if "similij.dialog." in str(key)}

def restore(state):
    preferences = kept.get(None)
    for key in list(memory()):
        preferences.remove(key)
    for key, value in state.items():
        preferences.put(key, value)

def begin_anew():
    close_all()
    if RoiManager.getInstance2() is not None:
        RoiManager.getInstance2().reset()

def show(path):
    image = IJ.openImage(path)
    image.show()
    return image

def as_before(first="a.tif", second="b.tif"):
    # Two open images are offered in their order. Of more it is the current one that
    # is, which without a window manager may be any: then they are picked.
    beside = ("L.tif", "M.tif") if choice == "label image" else ()
    return [show(f"{folder}/{name}") for name in (first, second, *beside)]

def pick(window, first, second):
    for label, title in (("Image 1", first), ("Image 2", second)):
        choose(entry(window, label), title)
        settled()

def ask(images, act=lambda window: None):
    IJ.run("Clear Results")
    thread = in_background("Image Similarity...")
    window = dialog("Image Similarity")
    if len(images) > 2:
        pick(window, *(str(image.getTitle()) for image in images[:2]))
    act(window)
    settled()
    press(window, 0)
    settled()  # pressed: before, the line is still of what was written last
    wait_for(lambda: not thread.is_alive() or "fit" not in said(window)
             and window.getButtons()[0].isEnabled())
    if thread.is_alive():
        print("REFUSED", said(window))
        press(window, 1)
        thread.join(LONG)
        return None
    return recorded_lines()[-1]

def region(window, word):
    choose(entry(window, "Region"), word)
    settled()

def roi_file(window):
    region(window, "ROI file")
    write(entry(window, "ROI file"), f"{folder}/far/cells.zip")
    tick(box(window, "Background as a row"), True)
    write(entry(window, "Rows per"), "z")
    settled()
    choice = entry(window, "Channels")
    choose(choice, [str(choice.getItem(k)) for k in range(choice.getItemCount())
                    if str(choice.getItem(k)).startswith("2")][0])
    write(entry(window, "Subtract background"), "100")
    write(entry(window, "Blur (sigma, px)"), "2")
    write(entry(window, "Data range"), "4095")
    write(entry(window, "Save to"), f"{folder}/saved/")

def label_image(window):
    region(window, "Label image")
    choose(entry(window, "Label image"), "L.tif")
    choose(entry(window, "Mask"), "M.tif")
    write(entry(window, "Other channels"), "1:2,2:1")

ACTS = {
    "ROI file": roi_file,
    "label image": label_image,
    "selection": lambda window: choose(entry(window, "Against"), "first frame"),
    "ROI Manager": lambda window: region(window, "ROI Manager"),
    "overlay": lambda window: region(window, "Overlay"),
}

def draw(choice, image):
    roi = Roi(3, 4, 10, 12)
    if choice == "selection":
        image.setRoi(roi)
    if choice == "overlay":
        image.setOverlay(JClass("ij.gui.Overlay")(roi))
    if choice == "ROI Manager":
        (RoiManager.getInstance2() or RoiManager()).addRoi(roi)

def change(word):
    # What is open afterwards, with the image that is current.
    if word == "image 1 closed":
        images = as_before("b.tif", "c.tif")
    elif word == "image 2 closed":
        images = as_before("a.tif", "c.tif")
    elif word == "other image 2 of this title":
        images = as_before(second="other file of this title/b.tif")
    elif word == "exchanged":
        images = as_before("b.tif", "a.tif")
    elif word == "switched in the dialog":
        images = as_before() + [show(f"{folder}/c.tif"), show(f"{folder}/d.tif")]
    elif word == "made, of this title and size":
        images = as_before()
        for image in images[:2]:
            again = image.duplicate()
            again.setTitle(image.getTitle())
            again.setFileInfo(None)
            image.close()
            again.show()
            images[images.index(image)] = again
    else:
        images = as_before(f"{word}/a.tif", f"{word}/b.tif")
    return images

def switch(window):
    pick(window, "c.tif", "d.tif")

def table():
    return [{"region": row["Region"], "plane": row["Plane"], "n": row["n"],
             "r": row["Pearson R"], "excluded": row["Excluded"]} for row in rows()]

report = {}
for choice in choices:
    begin_anew()
    images = as_before()
    draw(choice, images[0])
    line = ask(images, ACTS[choice])
    state = memory()
    outcome = {"line": line, "rows": table()}
    # The same images, still open: as it was. That is what remembering is for.
    outcome["same"] = [ask(images), table()]
    restore(state)
    begin_anew()
    images = as_before()
    draw(choice, images[0])
    outcome["opened again"] = [ask(images), table()]
    for word in changes:
        restore(state)
        begin_anew()
        if word == "file written anew":
            for name in ("a.tif", "b.tif"):
                seconds = 10**9 + 10 * choices.index(choice)
                os.utime(f"{folder}/{name}", (seconds, seconds))
            images = as_before()
        else:
            images = change(word)
        act = [switch] if word == "switched in the dialog" else []
        outcome[word] = [ask(images, *act), table()]
    report[choice] = outcome
answer(report=report)
Recorder.getInstance().close()
"""


def stack(rng: np.random.Generator, *shape: int, dtype: str = "u2") -> np.ndarray:
    return rng.integers(0, 200, shape).astype(dtype)


def write_stack(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(exist_ok=True)
    tifffile.imwrite(path, pixels, imagej=True, metadata={"axes": "TZCYX"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of two images, of what belongs to them, and of other images."""
    folder = tmp_path_factory.mktemp("wrong rows")
    rng = np.random.default_rng(14)
    shapes: dict[str, tuple[tuple[int, ...], str]] = {
        ".": ((T, Z, C, Y, X), "u2"),
        "other size": ((T, Z, C, Y, X + 2), "u2"),
        "other file of this title": ((T, Z, C, Y, X), "u2"),
        "other slices": ((T, Z + 1, C, Y, X), "u2"),
        "other channels": ((T, Z, C + 1, Y, X), "u2"),
        "other frames": ((T + 1, Z, C, Y, X), "u2"),
        "other type": ((T, Z, C, Y, X), "f4"),
    }
    for name, (shape, dtype) in shapes.items():
        for title in ("a", "b", "c", "d") if name == "." else ("a", "b"):
            write_stack(folder / name / f"{title}.tif", stack(rng, *shape, dtype=dtype))
    labels = np.zeros((Y, X), "u1")
    labels[4:10, 5:20], labels[15:25, 5:20] = 1, 2
    tifffile.imwrite(folder / "L.tif", labels)
    tifffile.imwrite(folder / "M.tif", (labels == 1).astype("u1") * 255)
    (folder / "far").mkdir()
    roi = roifile.ImagejRoi(
        roitype=roifile.ROI_TYPE.RECT, left=5, top=5, right=15, bottom=20,
        n_coordinates=0, version=227, name="cell",
    )  # fmt: skip
    roifile.roiwrite(folder / "far" / "cells.zip", roi)
    return folder


@pytest.fixture(scope="module")
def report(folder: Path, display: dict[str, str]) -> dict[str, Any]:
    choices, changes = json.dumps([*CHOICES]), json.dumps(CHANGES)
    return run_imagej(
        WINDOWS + SCRIPT, folder, choices, changes, mode="gui", env=display
    )["report"]


def titles(change: str) -> tuple[str, str]:
    """Return the files of the images that are compared after a change."""
    named = {
        "image 1 closed": ("b.tif", "c.tif"),
        "image 2 closed": ("a.tif", "c.tif"),
        "other image 2 of this title": ("a.tif", "other file of this title/b.tif"),
        "exchanged": ("b.tif", "a.tif"),
        "switched in the dialog": ("c.tif", "d.tif"),
        "made, of this title and size": ("a.tif", "b.tif"),
        "file written anew": ("a.tif", "b.tif"),
    }
    return named.get(change, (f"{change}/a.tif", f"{change}/b.tif"))


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("choice", CHOICES)
def test_never_rows_of_other_regions(
    report: dict[str, Any], folder: Path, choice: str, change: str
) -> None:
    line, rows = report[choice][change]
    files = [folder / name for name in titles(change)]
    named = " ".join(f"image_{k}=[{path.name}]" for k, path in enumerate(files, 1))
    assert line == f'run("Image Similarity...", "{named}");'
    x, y = (tifffile.imread(path)[0, 0, 0].astype(float).ravel() for path in files)
    (row,) = rows
    assert (row["region"], row["n"], row["excluded"]) == ("Whole image", x.size, 0)
    assert row["r"] == pytest.approx(np.corrcoef(x, y)[0, 1], rel=1e-12)


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("again", ["same", "opened again"])
def test_for_the_same_images_it_is_remembered(
    report: dict[str, Any], folder: Path, choice: str, again: str
) -> None:
    outcome = report[choice]
    wanted = CHOICES[choice].format(folder=folder)
    assert outcome["line"] == f'run("Image Similarity...", "{wanted}");'
    assert "Whole image" not in {row["region"] for row in outcome["rows"]}
    assert outcome[again] == [outcome["line"], outcome["rows"]]

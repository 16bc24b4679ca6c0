"""Photograph ImageJ's real windows, for the pictures of the docs.

Run by make_docs.py in a Python of its own, on a virtual display: starts ImageJ with
windows, opens a pair of the test set, and writes a PNG of each window's own bounds and
`titles.json`. A virtual display has no window manager, so there are no title bars here;
make_docs.py draws them.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jpype

import similij.imagej

PATIENCE = 60
"""Seconds that a window may take to appear."""

PYTHON = 3
"""Seconds until the check in the dialog has its words."""

PICTURES = {"map": "Difference", "plot": "Scatter", "ranks": "Metrics by region"}
"""Windows of pictures, by the beginning of their titles."""

SETTLE = 0.7
"""Seconds until a window that has appeared is painted."""


def main(testset: Path, out: Path) -> None:
    """Open, photograph, compare, photograph."""
    os.chdir(testset / "set_a")  # so that the dialog shows a short path
    ij = similij.imagej.start(mode="gui")
    java = jpype.JClass
    titles: dict[str, str] = {}

    def shoot(name: str, window: Any) -> None:
        time.sleep(SETTLE)
        window.repaint()  # once more: ImageJ may have painted its subtitle twice
        time.sleep(SETTLE)
        titles[name] = str(window.getTitle())
        picture = java("java.awt.Robot")().createScreenCapture(window.getBounds())
        file = java("java.io.File")(str(out / f"{name}.png"))
        java("javax.imageio.ImageIO").write(picture, "png", file)

    main_window = ij.IJ.getInstance()
    main_window.setLocation(20, 10)
    images = [
        ij.IJ.openImage(str(testset / f"set_{s}" / f"img3__{s}_test.tif")) for s in "ab"
    ]
    for k, image in enumerate(images):
        image.resetDisplayRange()
        image.show()
        image.getWindow().setLocation(20 + 500 * k, 130)
        ij.IJ.run(image, "In [+]", "")
    rois = testset / "set_a" / "img3__a_test_roi.zip"
    decoder = java("ij.io.RoiDecoder")
    overlay = java("ij.gui.Overlay")()
    for roi in _rois(decoder, rois):
        overlay.add(roi)
    images[0].setOverlay(overlay)

    _in_background(java, "Image Similarity...")
    dialog = _dialog(java, "Image Similarity")
    dialog.setLocation(1020, 130)
    _choose(java, dialog, 2, "ROI file")
    dialog.getStringFields().get(0).setText(rois.name)
    time.sleep(PYTHON)
    shoot("dialog", dialog)
    for k, image in enumerate(images):
        shoot(f"image_{k + 1}", image.getWindow())
    for box in (0, 2, 5):
        dialog.getCheckboxes().get(box).setState(True)
    _press(java, dialog, 0)
    table = _frame(java, "Results")
    time.sleep(SETTLE)  # ImageJ places it, too
    table.setBounds(20, 700, 1180, 150)
    table.toFront()
    shoot("results", table)
    shoot("main", main_window)
    _shoot_pictures(java, shoot, images)
    _shoot_more(java, shoot)
    _shoot_folders(java, shoot, testset)
    text = json.dumps(titles, indent=2, ensure_ascii=False)
    (out / "titles.json").write_text(text, encoding="utf-8")


def _shoot_folders(java: Any, shoot: Any, testset: Path) -> None:
    """Open the dialog of two folders and photograph it, with what it says of them."""
    os.chdir(testset)  # short paths, which Python finds, too
    _in_background(java, "Image Similarity of Two Folders...")
    folders = _dialog(java, "Image Similarity of Two Folders")
    folders.setLocation(400, 250)
    for k, text in enumerate(("set_a", "set_b")):
        folders.getStringFields().get(k).setText(text)
    folders.getStringFields().get(4).setText("results.csv")
    time.sleep(PYTHON)
    shoot("folders", folders)
    _press(java, folders, 1)


def _shoot_pictures(java: Any, shoot: Any, images: list[Any]) -> None:
    """Photograph the windows of the pictures, and close them."""
    for name, begin in PICTURES.items():
        window = _picture(java, begin, zoomed=name == "map")
        window.toFront()
        shoot(name, window)
    manager = java("ij.WindowManager")
    for image in map(manager.getImage, manager.getIDList()):
        if image not in images:
            image.close()


def _picture(java: Any, begin: str, *, zoomed: bool) -> Any:
    """Return the window of the picture whose title begins so, where it can be seen."""
    manager = java("ij.WindowManager")
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for title in manager.getImageTitles():
            if str(title).startswith(begin):
                image = manager.getImage(title)
                time.sleep(SETTLE)  # its outlines and colours come after it is shown
                for _ in range(int(zoomed)):
                    java("ij.IJ").run(image, "In [+]", "")
                window = image.getWindow()
                window.setLocation(20, 60)
                return window
        time.sleep(0.05)
    raise SystemExit(f"no picture {begin!r} within {PATIENCE} s")


def _shoot_more(java: Any, shoot: Any) -> None:
    """Unfold more options and photograph the dialog."""
    _in_background(java, "Image Similarity...")
    dialog = _dialog(java, "Image Similarity")
    dialog.setLocation(400, 100)
    _choose(java, dialog, 2, "Whole image")
    for box in dialog.getCheckboxes():
        box.setState(False)
    _click(java, dialog, "More options")
    for before, text in (("e.g. 100", "percentile:5"), ("e.g. 1.5", "0,1.5")):
        _field_before(java, dialog, before).setText(text)
    time.sleep(PYTHON)
    shoot("more", dialog)
    _press(java, dialog, 1)


def _parts(java: Any, container: Any) -> Iterator[Any]:
    for part in container.getComponents():
        yield part
        if isinstance(part, java("java.awt.Container")):
            yield from _parts(java, part)


def _field_before(java: Any, dialog: Any, hint: str) -> Any:
    """Return the field whose hint, behind it, begins so."""
    for part in _parts(java, dialog):
        if isinstance(part, java("java.awt.Label")) and str(part.getText()).startswith(
            hint
        ):
            return part.getParent().getComponent(0)
    raise SystemExit(f"no field with the hint {hint!r}")


def _click(java: Any, dialog: Any, label: str) -> None:
    """Press a button inside of the dialog."""
    pressed = java("java.awt.event.ActionEvent")
    for part in _parts(java, dialog):
        if isinstance(part, java("java.awt.Button")) and label in str(part.getLabel()):
            _post(java, pressed(part, pressed.ACTION_PERFORMED, part.getLabel()))
    time.sleep(SETTLE)


def _choose(java: Any, dialog: Any, index: int, word: str) -> None:
    """Choose with the mouse, which the dialog is told of."""
    choice = dialog.getChoices().get(index)
    choice.select(word)
    event = java("java.awt.event.ItemEvent")
    _post(java, event(choice, event.ITEM_STATE_CHANGED, word, event.SELECTED))
    time.sleep(SETTLE)


def _post(java: Any, event: Any) -> None:
    toolkit = java("java.awt.Toolkit").getDefaultToolkit()
    toolkit.getSystemEventQueue().postEvent(event)


def _rois(decoder: Any, archive: Path) -> list[Any]:
    """Read ROIs with ImageJ's own decoder."""
    import zipfile

    with zipfile.ZipFile(archive) as zipped:
        return [
            decoder(jpype.JArray(jpype.JByte)(zipped.read(name)), name).getRoi()
            for name in zipped.namelist()
        ]


def _in_background(java: Any, command: str) -> None:
    """Run a command as the menu does; its dialog blocks."""
    executer = java("ij.Executer")(command)
    threading.Thread(target=executer.run, daemon=True).start()


def _shown(java: Any, kind: str, title: str) -> Any:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for window in java("java.awt.Window").getWindows():
            if (
                window.isShowing()
                and isinstance(window, java(kind))
                and str(window.getTitle()) == title
            ):
                return window
        time.sleep(0.05)
    raise SystemExit(f"no window {title!r} within {PATIENCE} s")


def _dialog(java: Any, title: str) -> Any:
    return _shown(java, "java.awt.Dialog", title)


def _frame(java: Any, title: str) -> Any:
    return _shown(java, "java.awt.Frame", title)


def _press(java: Any, dialog: Any, index: int) -> None:
    button = dialog.getButtons()[index]
    pressed = java("java.awt.event.ActionEvent")
    dialog.actionPerformed(pressed(button, pressed.ACTION_PERFORMED, button.getLabel()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
    sys.stdout.flush()
    os._exit(0)  # a JVM with windows does not end by itself

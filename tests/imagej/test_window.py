"""ImageJ with windows, under Xvfb: menu, dialog, recorder, errors."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import tifffile

import similij
from support import IMAGES, run_imagej
from windows import WINDOWS

pytestmark = pytest.mark.window

A = IMAGES / "set_a" / "img1__a_test.tif"
B = IMAGES / "set_b" / "img1__b_test.tif"
X, Y = tifffile.imread(A), tifffile.imread(B)
ROIS = A.with_name("img1__a_test_roi.zip")


def test_menu_dialog_recorder_and_replay(display: dict[str, str], tmp_path) -> None:
    found = run_imagej(
        WINDOWS
        + """
a, b, picture = sys.argv[1:]
commands = JClass("ij.Menus").getCommands()
answer(menu={name: str(commands.get(name)) for name in
             ("Image Similarity...", "Image Similarity of Two Folders...")})
bar = JClass("ij.Menus").getMenuBar()
places = []
def walk(menu, path):
    for k in range(menu.getItemCount()):
        item = menu.getItem(k)
        here = path + [str(item.getLabel())]
        if isinstance(item, JClass("java.awt.Menu")):
            walk(item, here)
        elif "Similarity" in here[-1]:
            places.append(" > ".join(here))
for k in range(bar.getMenuCount()):
    walk(bar.getMenu(k), [str(bar.getMenu(k).getLabel())])
answer(places=places)

Recorder = open_recorder()
IJ.open(a); IJ.open(b)
thread = in_background("Image Similarity...")
window = dialog("Image Similarity")
choices = window.getChoices()
answer(preselected=[str(choices.get(k).getSelectedItem()) for k in range(2)])
choose(entry(window, "Rescale"), "Percentile")
shoot(picture)
press(window, 0)
thread.join(LONG)
answer(finished=not thread.is_alive(), by_dialog=rows())
line = recorded_lines()[-1]
answer(line=line)
IJ.run("Clear Results")
Recorder.getInstance().close()
ij.run_macro(line)
answer(replayed=rows())

thread = in_background("Image Similarity...")
window = dialog("Image Similarity")
press(window, 1)
thread.join(LONG)
answer(after_cancel=len(rows()), cancelled=not thread.is_alive())
""",
        A,
        B,
        tmp_path / "screen.png",
        mode="gui",
        env=display,
    )
    assert set(found["places"]) == {
        "Analyze > Colocalization > Image Similarity...",
        "Analyze > Colocalization > Image Similarity of Two Folders...",
        "Analyze > Colocalization > Image Similarity Matrix...",
        "Analyze > Colocalization > About Image Similarity...",
    }
    assert found["preselected"] == [A.name, B.name]
    assert found["finished"]
    assert found["line"] == (
        f'run("Image Similarity...", "image_1=[{A.name}] image_2=[{B.name}] '
        'rescale=Percentile");'
    )
    x, y = tifffile.imread(A), tifffile.imread(B)
    row = similij.compare(x, y, rescale="percentile").rows[0]
    (by_dialog,) = found["by_dialog"]
    assert by_dialog["Pearson R"] == row["pearson"]
    assert by_dialog["RMSD"] == row["rmsd"]
    assert found["replayed"] == found["by_dialog"]
    assert found["cancelled"]
    assert found["after_cancel"] == 1
    assert (tmp_path / "screen.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    "titles",
    [
        ("a b", "c d"),
        ("x [1].tif", "y]z"),
        ('say "cheese"', "é µm 細胞"),
        ("5", "7"),
        ("same", "same"),
        ("[whole]", "=key= b=c"),
    ],
)
def test_recorded_lines_replay_with_odd_titles(
    titles: tuple[str, str], display: dict[str, str]
) -> None:
    found = run_imagej(
        WINDOWS
        + """
Recorder = open_recorder()
for k, title in enumerate(sys.argv[1:]):
    image = IJ.createImage(title, "16-bit ramp", 30 , 20, 1)
    image.getProcessor().multiply(k + 1)
    image.show()
thread = in_background("Image Similarity...")
press(dialog("Image Similarity"), 0)
thread.join(LONG)
by_dialog = rows()
line = recorded_lines()[-1]
Recorder.getInstance().close()
IJ.run("Clear Results")
ij.run_macro(line)
answer(by_dialog=by_dialog, replayed=rows(), line=line)
""",
        *titles,
        mode="gui",
        env=display,
    )
    assert len(found["by_dialog"]) == 1, found["line"]
    row = found["by_dialog"][0]
    assert (row["Image 1"], row["Image 2"]) == titles
    assert row["RMSD"] > 0
    assert found["replayed"] == found["by_dialog"], found["line"]


def test_more_options_are_in_the_same_window(display: dict[str, str], tmp_path) -> None:
    found = run_imagej(
        WINDOWS
        + """
Recorder = open_recorder()
for k, title in enumerate(("a", "b")):
    image = IJ.createImage(title, "16-bit ramp", 30, 20, 12)
    image.setDimensions(2, 3, 2)
    image.getStack().getProcessor(3).multiply(k + 2)
    image.show()
unfolded = []
def ask(*fields):
    thread = in_background("Image Similarity...")
    window = dialog("Image Similarity")
    unfolded.append(shown(window, "Rows per"))
    if not unfolded[-1]:
        click(window, "More options")
    unfolded.append(shown(window, "Rows per"))
    if len(fields) < 3:
        press(window, 1)
    else:
        write(entry(window, "Rows per"), fields[0])
        channels = entry(window, "Channels")
        choose(channels, channels.getItem(0))
        settled()
        write(entry(window, "Other channels"), fields[1])
        choose(entry(window, "Against"), fields[2])
        shoot(sys.argv[1])
        press(window, 0)
    thread.join(LONG)
    return recorded_lines()
answer(cancelled=ask(), none=len(rows()))
line = ask("z, t", "2:1", "image 2")[-1]
by_dialog = rows()
IJ.run("Clear Results")
ij.run_macro(line)
answer(line=line, by_dialog=by_dialog, replayed=rows())
IJ.run("Clear Results")
line = ask("", "", "first frame")[-1]
by_dialog = rows()
IJ.run("Clear Results")
ij.run_macro(line)
answer(frames=line, frames_by_dialog=by_dialog, frames_replayed=rows(),
       unfolded=unfolded)
Recorder.getInstance().close()
""",
        tmp_path / "more.png",
        mode="gui",
        env=display,
    )
    assert (found["cancelled"], found["none"]) == ([], 0)
    # What was cancelled is not remembered; what was chosen is.
    assert found["unfolded"] == [False, True, False, True, True, True]
    assert found["line"] == (
        'run("Image Similarity...", "image_1=[a] image_2=[b] per=[z, t] '
        'channels=[2:1]");'
    )
    assert len(found["by_dialog"]) == 6
    assert found["replayed"] == found["by_dialog"]
    assert found["frames"] == (
        'run("Image Similarity...", "image_1=[a] against=[first frame]");'
    )
    assert [row["Plane"] for row in found["frames_by_dialog"]] == ["t2"]
    assert found["frames_replayed"] == found["frames_by_dialog"]
    assert (tmp_path / "more.png").stat().st_size > 10_000


def test_an_error_keeps_the_dialog_open_and_leaves_nothing(
    display: dict[str, str],
) -> None:
    found = run_imagej(
        WINDOWS
        + """
IJ.createImage("small", "8-bit ramp", 30, 20, 1).show()
IJ.createImage("large", "8-bit ramp", 40, 20, 1).show()
thread = in_background("Image Similarity...")
first = dialog("Image Similarity")
press(first, 0)
error = until(first, "30×20")
wait_for(lambda: first.getButtons()[0].isEnabled())
answer(open=[str(w.getTitle()) for w in dialogs()], error=error)
# Enter is OK, too.
Key = JClass("java.awt.event.KeyEvent")
def type_key(code):
    field = entry(first, "Image 1")
    post(Key(field, Key.KEY_PRESSED, 0, 0, code, Key.CHAR_UNDEFINED))
type_key(Key.VK_ENTER)
settled()
until(first, "30×20")
wait_for(lambda: first.getButtons()[0].isEnabled())
answer(still=bool(first.isShowing()), rows=len(rows()))
type_key(Key.VK_ESCAPE)
thread.join(LONG)
left = [str(w.getName()) for w in dialogs()]
answer(ended=not thread.is_alive(), left=left, after=len(rows()))
""",
        mode="gui",
        env=display,
    )
    assert found["open"] == ["Image Similarity"]
    assert '"small" is 30×20' in found["error"]
    assert '"large" is 40×20' in found["error"]
    assert found["still"]
    assert found["ended"]
    assert found["left"] == []
    assert found["rows"] == found["after"] == 0


def test_the_dialog_checks_remembers_and_draws(
    display: dict[str, str], tmp_path
) -> None:
    found = run_imagej(
        WINDOWS
        + """
import numpy as np
a, b, rois, folder = sys.argv[1:]
Recorder = open_recorder()
IJ.open(a); IJ.open(b)
IJ.createImage("other", "8-bit ramp", 30, 20, 1).show()

thread = in_background("Image Similarity...")
window = dialog("Image Similarity")
choices = window.getChoices()
choose(choices.get(0), "img1__a_test.tif")
choose(choices.get(1), "img1__b_test.tif")
answer(fit=until(window, "They fit"))
choose(choices.get(1), "other")
answer(apart=until(window, "other"))
choose(choices.get(1), "img1__b_test.tif")
until(window, "They fit")
choose(choices.get(2), "Selection of image 1")
answer(none=until(window, "no selection"))
choose(choices.get(2), "ROI file")
answer(offered=str(entry(window, "ROI file").getText()))
choose(choices.get(4), "Each plane")
answer(rows=until(window, "2 rows"))
click(window, "Pictures and words")
for name in ("Scatter plot", "Difference", "Metrics by region"):
    tick(box(window, name), True)
press(window, 0)
thread.join(LONG)
titles = [str(t) for t in WindowManager.getImageTitles()]
made = WindowManager.getImage([t for t in titles if t.startswith("Difference")][0])
answer(finished=not thread.is_alive(), titles=titles, rows_made=rows(),
       depth=int(made.getBitDepth()), unit=str(made.getCalibration().getUnit()),
       width=float(made.getCalibration().pixelWidth),
       names=sorted({str(r.getName()) for r in made.getOverlay().toArray()}),
       range=[float(made.getDisplayRangeMin()), float(made.getDisplayRangeMax())],
       left=[n for n in os.listdir("/tmp") if n.startswith("similij-")
             and not n.startswith("similij-imagej-") # gone when ImageJ is
             and n not in before])
answer(line=recorded_lines()[-1])

thread = in_background("Image Similarity...")
window = dialog("Image Similarity")
choices = window.getChoices()
def remembered():
    return [str(entry(window, name).getSelectedItem()) for name in
            ("Image 1", "Image 2", "Region", "Label image", "Stack", "Rescale")]
def checked():
    return [str(b.getLabel()) for b in window.getCheckboxes() if b.getState()]
answer(of_picture=remembered(), boxes=checked())
choose(choices.get(0), "img1__a_test.tif")
choose(choices.get(1), "img1__b_test.tif")
settled()
answer(remembered=remembered(), file=str(entry(window, "ROI file").getText()),
       unfolded=shown(window, "Save to"))
press(window, 1)
thread.join(LONG)
Recorder.getInstance().close()
""".replace("Recorder = open", "before = set(os.listdir('/tmp'))\nRecorder = open"),
        A,
        B,
        ROIS,
        tmp_path,
        mode="gui",
        env=display,
    )
    assert found["fit"] == "They fit: 256×192 pixels, 16-bit; 1 row."
    assert '"img1__a_test.tif" is 256×192' in found["apart"]
    assert '"other" is 30×20' in found["apart"]
    assert '"img1__a_test.tif" has no selection' in found["none"]
    assert found["rows"] == "They fit: 256×192 pixels, 16-bit; 2 rows."
    assert found["finished"]
    assert len(found["rows_made"]) == 2
    begins = [title.split(":")[0] for title in found["titles"]]
    assert begins[3:] == ["Scatter", "Difference", *["Metrics by region"] * 3]
    assert (found["depth"], found["unit"], found["width"]) == (32, "µm", 0.25)
    named = {row["region"] for row in similij.compare(X, Y, regions=ROIS).rows}
    assert named <= {*found["names"]}
    low, high = found["range"]
    assert low == -high < 0
    assert found["left"] == []
    assert found["line"] == (
        f'run("Image Similarity...", "image_1=[{A.name}] image_2=[{B.name}] '
        f"roi_file=[{ROIS}] stack=[Each plane] pictures=[scatter, difference, "
        'regions]");'
    )
    assert found["offered"] == str(ROIS)
    # A picture in front is none of the images that are offered; of the same images as
    # before their regions are. (Of others: test_wrong_rows.py.)
    both = [A.name, B.name]
    assert found["of_picture"] == [*both, "ROI file", "none", "Each plane", "None"]
    assert found["remembered"] == found["of_picture"]
    assert found["file"] == str(ROIS)
    assert found["boxes"] == ["Scatter plot", "Difference", "Metrics by region"]
    assert found["unfolded"]


def test_help_opens_the_docs_in_a_browser(display: dict[str, str], tmp_path) -> None:
    browser = tmp_path / "xdg-open"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/asked\n')
    browser.chmod(0o755)
    found = run_imagej(
        WINDOWS
        + """
from pathlib import Path
for title in "ab":
    IJ.createImage(title, "8-bit ramp", 30, 20, 1).show()
thread = in_background("Image Similarity...")
window = dialog("Image Similarity")
click(window, "Help")
asked = Path(sys.argv[1])
wait_for(lambda: asked.exists() and asked.read_text().endswith("\\n"))
answer(asked=asked.read_text().strip(), open=bool(window.isShowing()))
press(window, 1)
thread.join(LONG)
""",
        tmp_path / "asked",
        mode="gui",
        env={**display, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )
    assert found["asked"].startswith("file:")
    path, _, heading = found["asked"].removeprefix("file:").partition("#")
    assert heading == "compare-two-images"
    page = Path(path)
    assert page.name == "in-fiji.html"
    assert "Compare two images" in page.read_text(encoding="utf-8")
    assert found["open"]


def test_help_without_a_browser_is_a_window_of_imagej(
    display: dict[str, str], tmp_path
) -> None:
    for name in ("xdg-open", "x-www-browser", "firefox", "chromium", "google-chrome"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 3\n")
        (tmp_path / name).chmod(0o755)
    found = run_imagej(
        WINDOWS
        + """
for title in "ab":
    IJ.createImage(title, "8-bit ramp", 30, 20, 1).show()
JFrame, Pane = JClass("javax.swing.JFrame"), JClass("javax.swing.JEditorPane")

def windows():
    return [window for window in Window.getWindows()
            if isinstance(window, JFrame) and window.isShowing()]

def pane(window):
    return [part for part in inside(window) if isinstance(part, Pane)][0]

def text(window):
    document = pane(window).getDocument()
    return str(document.getText(0, document.getLength()))

def page(window):
    before = windows()
    click(window, "Help")
    wait_for(lambda: len(windows()) > len(before))
    settled()
    fresh, = [window for window in windows() if window not in before]
    return fresh

pages = {}
for command in ("Image Similarity", "Image Similarity of Two Folders",
                "Image Similarity Matrix"):
    thread = in_background(command + "...")
    window = dialog(command)
    fresh = page(window)
    pages[command] = text(fresh)
    if command == "Image Similarity":
        shoot(sys.argv[1])
        event = JClass("javax.swing.event.HyperlinkEvent")
        pane(fresh).fireHyperlinkUpdate(event(
            pane(fresh), event.EventType.ACTIVATED, None, "metrics.html#all-metrics"))
        settled()
        pages["link"] = text(fresh)
        click(window, "Choose...")
        metrics = dialog("Image Similarity: Metrics")
        another = page(metrics)
        pages["metrics"] = text(another)
        another.dispose()
        press(metrics, 1)
        settled()
        # Without Python the keys are all there is.
        kept = IJ.getProperty("similij.backend")
        IJ.setProperty("similij.backend", None)
        JClass("ij.Prefs").set("similij.python", "/nowhere/python")
        another = page(window)
        pages["no Python"] = text(another)
        another.dispose()
        IJ.setProperty("similij.backend", kept)
    fresh.dispose()
    press(window, 1)
    thread.join(LONG)
answer(pages={name: " ".join(text.split()) for name, text in pages.items()})
""",
        tmp_path / "help.png",
        mode="gui",
        env={**display, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )
    pages = found["pages"]
    assert "In Fiji and ImageJ" in pages["Image Similarity"]
    assert "Two folders" in pages["Image Similarity of Two Folders"]
    assert "Many images" in pages["Image Similarity Matrix"]
    assert pages["metrics"] == pages["link"]
    assert "All metrics" in pages["metrics"]
    assert "could not be opened" in pages["no Python"]
    assert all(key in pages["no Python"] for key in ("roi_file", "folder_1", "images"))

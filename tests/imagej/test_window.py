"""ImageJ with windows, under Xvfb: menu, dialog, recorder, errors."""

from __future__ import annotations

import pytest
import tifffile

import similij
from support import IMAGES, run_imagej

pytestmark = pytest.mark.window

A = IMAGES / "set_a" / "img1__a_test.tif"
B = IMAGES / "set_b" / "img1__b_test.tif"

WINDOWS = """
Window = JClass("java.awt.Window")
ActionEvent = JClass("java.awt.event.ActionEvent")

def dialog(title, seconds=30):
    end = time.time() + seconds
    while time.time() < end:
        for window in Window.getWindows():
            if window.isShowing() and isinstance(window, JClass("java.awt.Dialog")):
                if str(window.getTitle()) == title:
                    time.sleep(0.3)
                    return window
        time.sleep(0.05)
    raise SystemExit(f"no dialog {title!r} within {seconds} s")

def press(window, index):
    button = window.getButtons()[index]
    event = ActionEvent(button, ActionEvent.ACTION_PERFORMED, button.getLabel())
    # Where clicks are handled; in this thread, closing the dialog may wait for ever.
    queue = JClass("java.awt.Toolkit").getDefaultToolkit().getSystemEventQueue()
    queue.postEvent(event)

def open_recorder():
    # Before any image: ImageJ's recorder and a window that is just being activated
    # can wait for each other for ever.
    recorder = JClass("ij.plugin.frame.Recorder")
    recorder()
    time.sleep(0.5)
    return recorder

def in_background(command):
    # As the menu does it, which the recorder follows; IJ.run is not recorded.
    executer = JClass("ij.Executer")(command)
    thread = threading.Thread(target=executer.run, daemon=True)
    thread.start()
    return thread

def shoot(path):
    screen = JClass("java.awt.Toolkit").getDefaultToolkit().getScreenSize()
    picture = JClass("java.awt.Robot")().createScreenCapture(
        JClass("java.awt.Rectangle")(screen)
    )
    JClass("javax.imageio.ImageIO").write(picture, "png", JClass("java.io.File")(path))
"""


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
choices.get(4).select("Percentile")
shoot(picture)
press(window, 0)
thread.join(60)
answer(finished=not thread.is_alive(), by_dialog=rows())
recorded = str(Recorder.getInstance().getText())
line = [x for x in recorded.splitlines() if "Image Similarity" in x][-1]
answer(line=line)
IJ.run("Clear Results")
Recorder.getInstance().close()
ij.run_macro(line)
answer(replayed=rows())

thread = in_background("Image Similarity...")
window = dialog("Image Similarity")
press(window, 1)
thread.join(30)
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
    }
    assert found["preselected"] == [A.name, B.name]
    assert found["finished"]
    assert found["line"] == (
        f'run("Image Similarity...", "image_1=[{A.name}] image_2=[{B.name}] '
        'region=[Whole image] stack=[Current plane] rescale=Percentile");'
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
thread.join(60)
by_dialog = rows()
recorded = str(Recorder.getInstance().getText())
line = [x for x in recorded.splitlines() if "Image Similarity" in x][-1]
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


def test_more_options_is_a_second_dialog(display: dict[str, str], tmp_path) -> None:
    found = run_imagej(
        WINDOWS
        + """
Recorder = open_recorder()
for k, title in enumerate(("a", "b")):
    image = IJ.createImage(title, "16-bit ramp", 30, 20, 12)
    image.setDimensions(2, 3, 2)
    image.getStack().getProcessor(3).multiply(k + 2)
    image.show()
def ask(*fields):
    thread = in_background("Image Similarity...")
    window = dialog("Image Similarity")
    window.getCheckboxes().get(0).setState(True)
    press(window, 0)
    window = dialog("Image Similarity: More Options")
    if len(fields) < 3:
        press(window, 1)
    else:
        window.getStringFields().get(0).setText(fields[0])
        window.getStringFields().get(1).setText(fields[1])
        window.getChoices().get(0).select(fields[2])
        shoot(sys.argv[1])
        press(window, 0)
    thread.join(60)
    recorded = str(Recorder.getInstance().getText())
    return [x for x in recorded.splitlines() if "Image Similarity" in x]
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
answer(frames=line, frames_by_dialog=by_dialog, frames_replayed=rows())
Recorder.getInstance().close()
""",
        tmp_path / "more.png",
        mode="gui",
        env=display,
    )
    assert (found["cancelled"], found["none"]) == ([], 0)
    assert found["line"] == (
        'run("Image Similarity...", "image_1=[a] image_2=[b] region=[Whole image] '
        'stack=[Current plane] per=[z, t] channels=[2:1] rescale=None");'
    )
    assert len(found["by_dialog"]) == 6
    assert found["replayed"] == found["by_dialog"]
    assert found["frames"] == (
        'run("Image Similarity...", "image_1=[a] region=[Whole image] '
        'stack=[Current plane] against=[first frame] rescale=None");'
    )
    assert [row["Plane"] for row in found["frames_by_dialog"]] == ["t2"]
    assert found["frames_replayed"] == found["frames_by_dialog"]
    assert (tmp_path / "more.png").stat().st_size > 10_000


def test_an_error_is_one_dialog_and_leaves_nothing_open(
    display: dict[str, str],
) -> None:
    found = run_imagej(
        WINDOWS
        + """
IJ.createImage("small", "8-bit ramp", 30, 20, 1).show()
IJ.createImage("large", "8-bit ramp", 40, 20, 1).show()
thread = in_background("Image Similarity...")
press(dialog("Image Similarity"), 0)
time.sleep(1)
shown = [w for w in Window.getWindows()
         if w.isShowing() and isinstance(w, JClass("java.awt.Dialog"))]
answer(titles=[str(w.getTitle()) for w in shown],
       error=str(IJ.getProperty("similij.error")))
for w in shown:
    w.dispose()
thread.join(30)
left = [str(w.getName()) for w in Window.getWindows()
        if w.isShowing() and isinstance(w, JClass("java.awt.Dialog"))]
answer(ended=not thread.is_alive(), left=left)
""",
        mode="gui",
        env=display,
    )
    assert found["titles"] == ["Image Similarity"]
    assert '"small" is 30×20' in found["error"]
    assert '"large" is 40×20' in found["error"]
    assert found["ended"]
    assert found["left"] == []

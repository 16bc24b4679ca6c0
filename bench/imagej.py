"""From the menu or a macro to the number: where each millisecond goes, in ImageJ.

    python bench/imagej.py [--rounds N] [--side 2048] [--write]

A pair of 16-bit images in a real ImageJ without a window, warm. *macro to row* is
`run("Image Similarity...")` from the macro's text to the row in the Results table, once
with Python in the same process, once with the worker. Beside it the parts that it is
made of, each measured alone in the same turns: copying both images into the buffers
that NumPy sees (and, for comparison, NumPy's own copy of as many bytes), the numbers
of two arrays (`similij.compare`), a message to Python and back, a macro that does
nothing. *ImageJ to NumPy* is `similij.imagej.to_xarray`, which copies an image once;
a Dataset of ImageJ2 is an ArrayImg or a PlanarImg of ImgLib2, whose arrays are copied
likewise, or a view, which ImgLib2 copies into such an array first.

*All pictures* is the same macro with every picture ticked and four metrics, on a pair
of 256×192, to the last window on a virtual screen (Xvfb); beside it the same pictures
drawn by matplotlib, as Python and the shell draw them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from report import Report, Times, head, options, row

SCRIPT = """
import json, os, sys, time
import numpy as np
import similij, similij.imagej
sys.path.insert(0, sys.argv[1])
from images import pair
from report import in_turns
side, large, rounds = map(int, sys.argv[2:5])
backend = sys.argv[5]
import scyjava
from similij.imagej.jars import fetched
scyjava.config.add_classpath(*map(str, fetched(("net.imglib2:imglib2:7.1.4",))))
ij = similij.imagej.start()
import jpype
from jpype import JClass
IJ = ij.IJ
if backend == "worker":
    IJ.setProperty("similij.backend", None)
    JClass("ij.Prefs").set("similij.python", sys.executable)
order = JClass("java.nio.ByteOrder").nativeOrder()

def to_java(title, pixels):
    height, width = pixels.shape
    image = IJ.createImage(title, "16-bit black", width, height, 1)
    buffer = jpype.nio.convertToDirectBuffer(pixels.view(np.uint8).reshape(-1))
    buffer.order(order).asShortBuffer().get(image.getProcessor().getPixels())
    return image

x, y = pair(np.uint16, (side, side))
a, b = to_java("a", x), to_java("b", y)
a.show(); b.show()
line = 'run("Image Similarity...", "image_1=a image_2=b");'
ij.run_macro(line)
table = JClass("ij.measure.ResultsTable").getResultsTable()
want = similij.compare(x, y).rows[0]
for title, key in (("Pearson R", "pearson"), ("RMSD", "rmsd")):
    assert float(table.getValue(title, 0)) == want[key], (title, want)

arrays = [image.getProcessor().getPixels() for image in (a, b)]
Buffer = JClass("java.nio.ByteBuffer")
buffers = [Buffer.allocateDirect(x.nbytes).order(order) for _ in arrays]
def copy():
    for buffer, array in zip(buffers, arrays):
        buffer.asShortBuffer().put(array)
into = [np.empty_like(x) for _ in arrays]
def plain_copy():
    for target, source in zip(into, (x, y)):
        np.copyto(target, source)
if backend == "worker":
    worker = IJ.getProperty("similij.worker")
    hello = JClass("java.util.HashMap")()
    hello.put("op", "hello")
    def message():
        worker.call(hello)
else:
    embedded = IJ.getProperty("similij.embedded")  # made by the first run
    hello = JClass("java.util.HashMap")()
    hello.put("op", "hello")
    def message():
        embedded.call(hello)
ways = {
    "macro": lambda: ij.run_macro(line),
    "copy": copy,
    "plain copy": plain_copy,
    "compare": lambda: similij.compare(x, y),
    "message": message,
    "empty macro": lambda: ij.run_macro("x = 1;"),
}
taken = in_turns(ways, rounds)
if backend == "embedded":
    big, _ = pair(np.uint16, (large, large))
    image = to_java("big", big)
    target = np.empty_like(big)
    pixels = image.getProcessor().getPixels()
    from similij.imagej.pixels import to_image
    lengths = jpype.JArray(jpype.JLong)([large, large])
    array_imgs = JClass("net.imglib2.img.array.ArrayImgs")
    array_img = array_imgs.unsignedShorts(pixels, lengths)
    planar_img = JClass("net.imglib2.img.planar.PlanarImgs").unsignedShorts(lengths)
    Access = JClass("net.imglib2.img.basictypeaccess.array.ShortArray")
    planar_img.setPlane(0, Access(pixels))
    views = JClass("net.imglib2.view.Views")
    view = views.zeroMin(views.invertAxis(array_img, 1))
    more = in_turns({
        "to_xarray": lambda: similij.imagej.to_xarray(image),
        "ArrayImg": lambda: to_image(array_img),
        "PlanarImg": lambda: to_image(planar_img),
        "view": lambda: to_image(view),
        "plain copy, large": lambda: np.copyto(target, big),
        "fresh copy, large": lambda: big.copy(),
        "np.asarray": lambda: np.asarray(pixels),
    }, max(3, rounds // 10))
    assert (similij.imagej.to_xarray(image).values == big).all()
    assert (to_image(array_img).pixels == big).all()
    assert (to_image(planar_img).pixels == big).all()
    assert (to_image(view).pixels == big[::-1]).all()
    taken.update(more)
print("ANSWER " + json.dumps({name: times.seconds for name, times in taken.items()}))
sys.stdout.flush(); os._exit(0)
"""

PICTURES = """
import json, os, sys
import numpy as np
import similij, similij.imagej
sys.path.insert(0, sys.argv[1])
from images import pair
from report import in_turns
rounds, backend = int(sys.argv[2]), sys.argv[3]
ij = similij.imagej.start(mode="gui")
from jpype import JClass
if backend == "worker":
    ij.IJ.setProperty("similij.backend", None)
    JClass("ij.Prefs").set("similij.python", sys.executable)
import tempfile
from pathlib import Path
import tifffile
folder = Path(tempfile.mkdtemp())
x, y = pair(np.uint16, (192, 256))
for name, image in (("a", x), ("b", y)):
    tifffile.imwrite(folder / f"{name}.tif", image)
    ij.IJ.open(str(folder / f"{name}.tif"))
kinds, four = "all,local,shift", "pearson,rmsd,mean_difference,ssim"
images = "image_1=a.tif image_2=b.tif"
line = f'run("Image Similarity...", "{images} metrics=[{four}]'
manager = JClass("ij.WindowManager")
kept = set(manager.getIDList())
def close():
    windows = [manager.getImage(k) for k in manager.getIDList() if k not in kept]
    for image in windows:
        image.changes = False
        image.close()
    return len(windows)
def pictures():
    ij.run_macro(f'{line} pictures=[{kinds}]");')
    JClass("java.awt.Robot")().waitForIdle()
    assert close() == 10
ways = {
    "all": pictures,
    "rows": lambda: ij.run_macro(line + '");'),
    "drawn": lambda: similij.draw(
        x, y, folder / "drawn", kinds=kinds, metrics=four.split(",")
    ),
}
taken = in_turns(ways, rounds)
print("ANSWER " + json.dumps({name: times.seconds for name, times in taken.items()}))
worker = ij.IJ.getProperty("similij.worker")
if worker is not None:
    worker.close()
sys.stdout.flush(); os._exit(0)
"""

PARTS = {
    "macro": "**macro to row**",
    "copy": "copying both images into the buffers",
    "plain copy": "NumPy's copy of as many bytes",
    "compare": "the numbers of two arrays, `similij.compare`",
    "message": "a message to Python and back",
    "empty macro": "a macro that does nothing",
}


def measure(script: str, *given: object, display: str = "") -> dict[str, Times]:
    words = map(str, (Path(__file__).parent, *given))
    screen = {"DISPLAY": display} if display else {}
    done = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True,
        check=False, timeout=1800, env={**os.environ, **screen},
    )  # fmt: skip
    for line in done.stdout.splitlines():
        if line.startswith("ANSWER "):
            answer = json.loads(line.removeprefix("ANSWER "))
            return {name: Times(seconds) for name, seconds in answer.items()}
    raise SystemExit(f"no answer:\n{done.stdout}\n{done.stderr}")


@contextmanager
def virtual_screen() -> Iterator[str]:
    """Start a screen for ImageJ's windows; yield its name."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x1024x24"],
        pass_fds=[write], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    with os.fdopen(read) as stream:
        number = stream.readline().strip()
    try:
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


def pictures(rounds: int) -> list[str]:
    """Measure all pictures at once; rows of the table."""
    if shutil.which("Xvfb") is None:
        return []
    with virtual_screen() as display:
        found = {
            backend: measure(PICTURES, rounds, backend, display=display)
            for backend in ("embedded", "worker")
        }
    words = "256×192, macro to the last window of all pictures"
    over = [f"{t['drawn'].median / t['all'].median:.1f}×" for t in found.values()]
    return [
        row(words, *(times["all"] for times in found.values())),
        row("the same macro without pictures", *(t["rows"] for t in found.values())),
        row("the same pictures by matplotlib", *(t["drawn"] for t in found.values())),
        row("matplotlib's, over ImageJ's", *over),
    ]


def main() -> None:
    asked = options(__doc__, 60, side=2048, large=8000)
    report = Report("imagej")
    found = {
        backend: measure(SCRIPT, asked.side, asked.large, asked.rounds, backend)
        for backend in ("embedded", "worker")
    }
    lines = head("", "embedded", "worker")
    for key, words in PARTS.items():
        lines.append(row(words, *(found[backend][key] for backend in found)))
    whole = []
    copied = []
    for times in found.values():
        parts = sum(times[key].median for key in ("copy", "compare", "message"))
        whole.append(f"{times['macro'].median / parts:.2f}×")
        copied.append(f"{times['copy'].median / times['plain copy'].median:.2f}×")
    lines.append(row("macro to row, over copy + numbers + one message", *whole))
    lines.append(row("copy into the buffers, over NumPy's copy", *copied))
    one = found["embedded"]
    side = f"{asked.large}×{asked.large}"
    lines.append(row(f"{side}, ImageJ to NumPy: `to_xarray`", one["to_xarray"], "–"))
    for key, words in (
        ("ArrayImg", "an ArrayImg of ImageJ2"),
        ("PlanarImg", "a PlanarImg of ImageJ2"),
        ("view", "a view of ImageJ2, upside down"),
    ):
        lines.append(row(f"{side}, {words}, to NumPy", one[key], "–"))
    for key, words in (
        ("plain copy, large", "a plain copy into memory that was written to before"),
        ("fresh copy, large", "a plain copy into fresh memory, as `to_xarray` needs"),
        ("np.asarray", "`np.asarray` of the Java array"),
    ):
        over = one["to_xarray"].median / one[key].median
        lines.append(row(words, f"{one[key]}; `to_xarray` {over:.2f}×", "–"))
    lines += pictures(max(3, asked.rounds // 6))
    words = (
        f"A pair of {asked.side}×{asked.side}, 16 bit; milliseconds, medians (fastest"
        f"...slowest) of {asked.rounds}."
    )
    report.finish(lines, words, write=asked.write)


if __name__ == "__main__":
    main()

"""One 16-bit pair, as people compare it with other programs.

    python bench/peers.py [--side N] [--rounds N] [--write]

In this process: similij, NumPy, SciPy, scikit-image, OpenCV, SimpleITK. In ImageJ, by
macro, warm and headless: *Image Calculator* + *Measure*, and this project's command
with Python in the same process and in a worker. From files, a process for each run:
ImageMagick's `compare`, and `similij compare`. What is not there is left out and named.
"""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from compare import Numbers, by_numpy, by_scipy, by_similij
from images import Array, pair
from readlimit import Limits
from report import Report, Times, head, in_turns, options, row

_IN_IMAGEJ = """
import json, os, sys
import similij.imagej
import jpype
folder, rounds = sys.argv[1], int(sys.argv[2])
setup = f'open("{folder}/a.tif"); open("{folder}/b.tif");'
route = '''
imageCalculator("Subtract create 32-bit", "a.tif", "b.tif");
run("Duplicate...", "title=squares"); run("Square"); rms = sqrt(getValue("Mean"));
close(); run("Abs"); mean = getValue("Mean"); close();
'''
command = '''
run("Image Similarity...", "image_1=a.tif image_2=b.tif");
k = nResults - 1; r = getResult("Pearson R", k); rms = getResult("RMSD", k);
mean = getResult("Mean Difference", k);
'''
timed = '''
times = "";
for (turn = 0; turn < %d; turn++) {
    start = call("java.lang.System.nanoTime");
    %s
    stop = call("java.lang.System.nanoTime");
    times = times + " " + stop + "-" + start;
}
return d2s(%s, 12) + " " + d2s(rms, 12) + " " + d2s(mean, 12) + times;
'''
def run(ij, code, pearson):
    return ij.run_macro(timed % (rounds + 3, code, pearson)).split()
answers = {}
with similij.imagej.start() as ij:
    ij.run_macro(setup)
    answers["ImageJ: Image Calculator + Measure"] = run(ij, route, "NaN")
    answers["ImageJ: Image Similarity, same process"] = run(ij, command, "r")
    ij.IJ.setProperty("similij.backend", None)
    jpype.JClass("ij.Prefs").set("similij.python", sys.executable)  # not saved
    answers["ImageJ: Image Similarity, worker"] = run(ij, command, "r")
    print("ANSWERS " + json.dumps(answers), flush=True)
    worker = ij.IJ.getProperty("similij.worker")
    if worker is not None:
        worker.close()
os._exit(0)
"""


def by_opencv(x: Array, y: Array) -> Numbers:
    """Take all three, R by matching one image with the other as a template."""
    import cv2

    a, b = x.astype(np.float32), y.astype(np.float32)
    pearson = cv2.matchTemplate(a, b, cv2.TM_CCOEFF_NORMED)[0, 0]
    rmsd = cv2.norm(x, y, cv2.NORM_L2) / math.sqrt(x.size)
    return Numbers(float(pearson), rmsd, cv2.norm(x, y, cv2.NORM_L1) / x.size)


def by_simpleitk(x: Array, y: Array) -> Numbers:
    """Take R² and the mean square from the metrics of ITK's registration."""
    import SimpleITK as sitk  # noqa: N813 - as its users write

    a, b = (sitk.GetImageFromArray(v.astype(np.float32)) for v in (x, y))
    found = []
    for choose in ("SetMetricAsCorrelation", "SetMetricAsMeanSquares"):
        method = sitk.ImageRegistrationMethod()
        getattr(method, choose)()
        method.SetInitialTransform(sitk.Transform(2, sitk.sitkIdentity))
        method.SetInterpolator(sitk.sitkNearestNeighbor)
        found.append(method.MetricEvaluate(a, b))
    return Numbers(math.sqrt(-found[0]), math.sqrt(found[1]), None)


def by_imagemagick(folder: Path, side: int) -> Numbers:
    """Run `compare` once for each number; it reads both files each time."""
    found = []
    for metric in ("NCC", "RMSE", "MAE"):
        done = subprocess.run(
            ["compare", "-metric", metric, folder / "a.pgm", folder / "b.pgm", "null:"],
            capture_output=True,
            text=True,
            check=False,  # 1 says that the images differ
        )
        found.append(float(re.match(r"[\d.e+-]+", done.stderr)[0]))
    # MAE is in units of intensity, summed or not: versions differ.
    mean = found[2] if found[2] <= 65535 else found[2] / side**2
    return Numbers(found[0], found[1], mean)


def by_command_line(folder: Path) -> Numbers:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "similij",
            "compare",
            folder / "a.tif",
            folder / "b.tif",
            "--format",
            "json",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)["rows"][0]
    return Numbers(*(found[name] for name in Numbers._fields))


def in_imagej(folder: Path, rounds: int) -> dict[str, tuple[Numbers, Times]]:
    """Time macros in a real, headless ImageJ; three runs before are not counted."""
    done = subprocess.run(
        [sys.executable, "-c", _IN_IMAGEJ, folder, str(rounds)],
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    lines = [x for x in done.stdout.splitlines() if x.startswith("ANSWERS ")]
    if not lines:
        print("ImageJ did not run:", (done.stdout + done.stderr)[-400:])
        return {}
    found = {}
    for name, words in json.loads(lines[0].removeprefix("ANSWERS ")).items():
        numbers = [None if w == "NaN" else float(w) for w in words[:3]]
        ends = [map(int, word.split("-")) for word in words[6:]]
        times = Times([1e-9 * (stop - start) for stop, start in ends])
        found[name] = Numbers(*numbers), times
    return found


def check(name: str, found: Numbers, expected: Numbers, tolerance: float) -> None:
    for metric, value, right in zip(Numbers._fields, found, expected, strict=True):
        if value is not None and not math.isclose(value, right, rel_tol=tolerance):
            raise SystemExit(f"{metric} by {name} is {value}, not {right}")


def main() -> None:
    import tifffile

    asked = options(__doc__, 7, side=2048)
    report = Report("peers")
    x, y = pair("uint16", (asked.side, asked.side))
    expected = by_similij(x, y)
    limits = Limits(x, y)
    missing = []
    ways: dict[str, tuple[Callable[[], Numbers], float, str]] = {
        "similij": (lambda: by_similij(x, y), 1e-12, "all three"),
        "NumPy, float64": (lambda: by_numpy(x, y), 1e-10, "all three"),
        "SciPy + scikit-image": (lambda: by_scipy(x, y), 1e-10, "R, RMSD"),
    }
    for name, way, module, what in (
        ("OpenCV", by_opencv, "cv2", "all three"),
        ("SimpleITK", by_simpleitk, "SimpleITK", "R², mean square"),
    ):
        try:
            __import__(module)
            ways[name] = (lambda way=way: way(x, y)), 1e-4, what
        except ImportError:
            missing.append(f"{name} is not installed")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name, image in (("a", x), ("b", y)):
            tifffile.imwrite(folder / f"{name}.tif", image)
            size = f"P5 {asked.side} {asked.side} 65535\n".encode()
            (folder / f"{name}.pgm").write_bytes(size + image.astype(">u2").tobytes())
        ways["similij compare A B, a process"] = (
            (lambda: by_command_line(folder)),
            1e-12,
            "all three",
        )
        if shutil.which("compare"):
            ways["ImageMagick compare, 3 processes"] = (
                (lambda: by_imagemagick(folder, asked.side)),
                1e-3,
                "all three",
            )
        else:
            missing.append("ImageMagick is not installed (Debian: imagemagick)")
        for name, (way, tolerance, _) in ways.items():
            check(name, way(), expected, tolerance)
        times: dict[str, Any] = in_turns(
            {**limits.ways, **{name: way[0] for name, way in ways.items()}},
            asked.rounds,
            more=3,
            often=(*limits.ways, "similij"),
        )
        inside = in_imagej(folder, asked.rounds)
    if not inside:
        missing.append("ImageJ did not start")
    for name, (numbers, taken) in inside.items():
        check(name, numbers, expected, 1e-6)
        times[name] = taken
    computed = {name: way[2] for name, way in ways.items()}
    lines = head("way", "milliseconds", "of similij.compare", "of the read limit")
    lines = [
        line + (" computes |" if k == 0 else "---|") for k, line in enumerate(lines)
    ]
    read = limits.fastest(times)
    for name, taken in {
        "read both": read,
        "copy both": times["copy"],
        **{k: times[k] for k in [*ways, *inside]},
    }.items():
        what = computed.get(name, "")
        if name in inside:
            what = "RMSD, Mean Difference" if "Calculator" in name else "all three"
        line = row(
            name,
            taken,
            f"{taken.median / times['similij'].median:.1f}×",
            f"{taken.median / read.median:.1f}×",
            what or "nothing",
        )
        lines.append(line)
    words = (
        f"One pair of {asked.side}×{asked.side} 16-bit pixels; median (fastest..."
        f"slowest) of {asked.rounds} turns. Processes start, read files and end."
    )
    words += f" Left out: {'; '.join(missing)}." if missing else ""
    report.finish(lines, words, write=asked.write)


if __name__ == "__main__":
    main()

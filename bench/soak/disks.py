"""Fill small disks under each writer: a sentence that names the file, no half of one.

Each disk is a tmpfs in a mount that only one process sees. What a writer needs is
measured where there is room; then so much is left on the disk that it must fail
somewhere, which follows from the seed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .line import CRASH, HANG, LEFTOVER, UNCLEAR, WRONG, Fault, Scene, unclear

LIMIT = 600.0
"""Seconds that a writer may take, three times, with all that it imports."""

PAGE = 4096
"""Bytes that a small disk gives at a time."""

DISK = 256 * 2**20

X = np.arange(40 * 52, dtype=np.uint16).reshape(40, 52) % 977
Y = X[::-1, ::-1] // 2 + 3


def images(folder: Path) -> Path:
    """Write the images that some writers read, beside the disk."""
    import tifffile

    place = folder.parent / "images"
    if not place.exists():
        place.mkdir()
        for k in range(12):
            pixels = np.roll(X, 3 * k, axis=1)
            tifffile.imwrite(place / f"{k}__a.tif", pixels, compression="zlib")
            tifffile.imwrite(place / f"{k}__b.tif", Y, compression="zlib")
    return place


def command(*words: object) -> None:
    """Run the shell's command here; its refusal is raised."""
    from .shell import run

    code, _, err = run([str(word) for word in words])
    if code:
        lines = [line for line in err.splitlines() if line.startswith("similij: ")]
        raise RuntimeError("\n".join(lines).removeprefix("similij: ") or err)


def table(folder: Path) -> None:
    """Write the table of a batch."""
    import similij
    from similij.batch import find_pairs

    similij.compare_pairs(
        find_pairs(images(folder), pair="{id}__a:{id}__b"),
        out=folder / "r.csv",
        on_note=lambda _: None,
    )


def parquet(folder: Path) -> None:
    """Write the table of a batch as Parquet."""
    import similij
    from similij.batch import find_pairs

    similij.compare_pairs(
        find_pairs(images(folder), pair="{id}__a:{id}__b"),
        out=folder / "r.parquet",
        on_note=lambda _: None,
    )


def report(folder: Path) -> None:
    """Write a report."""
    import similij
    from similij.report import write

    write(folder / "r.html", similij.compare(X, Y))


def report_of_batch(folder: Path) -> None:
    """Write a report with pictures, and a summary, of a batch."""
    place = images(folder)
    command(
        *("batch", place, "--pair", "{id}__a:{id}__b", "--report", folder / "r.html"),
        *("--group", "{id}__{side}", "--summary", folder / "s.csv"),
    )


def plot(folder: Path) -> None:
    """Draw a plot."""
    import similij

    similij.plot.plot_pair(X, Y, path=folder / "p.png")


def pictures(folder: Path) -> None:
    """Draw all pictures of a pair."""
    from similij.plot.pictures.draw import draw

    draw(X, Y, folder / "pictures", kinds="all")


def save(folder: Path) -> None:
    """Append rows as ImageJ has them written."""
    import similij
    from similij.measure.table.csv import CsvFile
    from similij.metrics import available

    rows = similij.compare(X, Y).rows
    CsvFile(folder / "rows.csv", [*available().values()]).append([*rows] * 40)


def pairwise(folder: Path) -> None:
    """Write tables and pictures of a matrix."""
    command("pairwise", images(folder), "--out", folder / "matrix")


def passing(folder: Path) -> None:
    """Hold decoded images in passing files."""
    import tempfile

    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        command("pairwise", images(folder), "--metrics", "spearman")
    finally:
        tempfile.tempdir = before


def install(folder: Path) -> None:
    """Install the command into an ImageJ."""
    from similij.imagej.install import install as put

    (folder / "ImageJ" / "plugins").mkdir(parents=True, exist_ok=True)
    put(folder / "ImageJ")


def pages(folder: Path) -> None:
    """Write the pages of the docs into the cache."""
    from similij.imagej.help_pages import write_pages

    write_pages(folder / "docs")


def home(folder: Path) -> None:
    """Make the ImageJ folder of the cache."""
    from similij.imagej import jars

    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(folder)
    try:
        jars.home()
    finally:
        del os.environ["XDG_CACHE_HOME"]
        if before is not None:
            os.environ["XDG_CACHE_HOME"] = before


def testset(folder: Path) -> None:
    """Write a test set."""
    from similij.testset import make_testset

    make_testset(folder / "set")


LOOPS = """
from similij.moments.kernels.compiled import compiled

@compiled()
def twice(x):
    return x + x
"""


def loops(folder: Path) -> None:
    """Keep compiled loops."""
    import runpy
    import warnings

    from numba.core import config

    module = folder.parent / "loops.py"
    module.write_text(LOOPS)
    config.CACHE_DIR = str(folder / "loops")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        twice = runpy.run_path(str(module))["twice"]
        if twice(21) != 42:
            raise ArithmeticError("twice 21 is not 42")


WRITERS: dict[str, Callable[[Path], None]] = {
    one.__name__: one
    for one in (
        *(table, parquet, report, report_of_batch, plot, pictures, save, pairwise),
        *(passing, install, pages, home, testset, loops),
    )
}

GOES_ON = {"table", "parquet", "report_of_batch"}
"""Writers whose table is there though the disk is full: rows of pairs that are done."""

SILENT = {"loops"}
"""Writers that go on without a disk: a cache only saves time."""


def look(folder: Path) -> dict[str, int]:
    """Return the files of a folder and their sizes."""
    return {
        str(path.relative_to(folder)): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def used(folder: Path) -> int:
    """Return what the files of a folder take on a small disk."""
    return sum(-(-size // PAGE) * PAGE for size in look(folder).values())


def fill(folder: Path, left: int) -> Path:
    """Fill a disk until so many bytes are left."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
        while True:
            if not stream.write(bytes(2**20)):
                break
    with filler.open("ab", buffering=0) as stream, contextlib.suppress(OSError):
        while stream.write(bytes(PAGE)):
            pass
    size = filler.stat().st_size
    with filler.open("r+b") as stream:
        stream.truncate(max(0, size - left))
    return filler


def one_disk(name: str, disk: Path, roomy: Path, share: float) -> list[list[str]]:
    """Fill a disk under a writer; return what is wrong. Runs in a mount of its own."""
    write = WRITERS[name]
    before = look(disk)
    write(roomy)
    whole = look(roomy)
    needs = max(used(roomy), 4 * PAGE)
    if name == "passing":  # which leaves nothing: 24 images of 4 KiB
        needs = 24 * X.nbytes
    filler = fill(disk, int(needs * share) // PAGE * PAGE)
    faults, failed = [], False
    try:
        write(disk)
    except (ValueError, OSError, RuntimeError) as error:
        failed = True
        if what := unclear(str(error), str(disk), roomy.name):
            faults.append([UNCLEAR, f"{type(error).__name__}: {what}"])
        if "No space left on device" not in str(error):
            faults.append([UNCLEAR, f"says of a full disk: {error}"[:400]])
    except Exception as error:
        failed = True
        faults.append([CRASH, f"{type(error).__name__}: {error}"[:400]])
    left = look(disk)
    filler_name = filler.name
    for file, size in left.items():
        if file == filler_name or file in before:
            continue
        if "/.similij-" in f"/{file}":
            faults.append([LEFTOVER, f"{file} of {size} bytes"])
        elif failed and name not in GOES_ON and whole.get(file, size) != size:
            faults.append([WRONG, f"{file} has {size} of {whole[file]} bytes"])
    if not failed and name not in SILENT and left.keys() - {filler_name} < whole.keys():
        missing = sorted(whole.keys() - left.keys())
        faults.append([WRONG, f"nothing is said, and {missing} are missing"])
    filler.unlink()
    return faults + _with_room_again(name, disk, whole, before)


def _with_room_again(
    name: str, disk: Path, whole: dict[str, int], before: dict[str, int]
) -> list[list[str]]:
    """Write once more where there is room; return what is wrong."""
    faults = []
    try:
        WRITERS[name](disk)
    except Exception as error:
        what = f"with room again: {type(error).__name__}: {error}"
        faults.append([WRONG, what[:400]])
    again = look(disk)
    if name != "loops":
        if missing := sorted(whole.keys() - again.keys()):
            faults.append([WRONG, f"with room again {missing} are missing"])
        if more := sorted(again.keys() - whole.keys() - before.keys()):
            faults.append([LEFTOVER, f"with room again {more} are there, too"])
    return faults


MOUNT = f'mount -t tmpfs -o size={DISK} tmpfs "$1" && shift && exec "$@"'

CALL = """
import json, sys
from pathlib import Path
sys.path[:0] = sys.argv[1:3]
from soak.disks import one_disk
name, disk, roomy, share = sys.argv[3:]
print("FAULTS " + json.dumps(one_disk(name, Path(disk), Path(roomy), float(share))))
"""


def disks(numbers: Sequence[int], scene: Scene) -> list[Fault]:
    """Fill a disk under each writer in turn, at another place each time."""
    faults: list[Fault] = []
    here = Path(__file__).resolve().parents[1]
    names = list(WRITERS)
    unshare = [shutil.which("unshare") or "unshare", "--mount"]
    if os.geteuid():
        unshare.append("--map-root-user")
    for number in numbers:
        name = names[number % len(names)]
        share = scene.random("disks", number).uniform(0, 0.95)
        disk, roomy = (scene.folder / f"{number}{what}" for what in ("disk", "room"))
        disk.mkdir()
        roomy.mkdir()
        paths = str(here), str(here.parent / "tests")
        words = [*paths, name, str(disk), str(roomy), str(share)]
        try:
            done = subprocess.run(
                [
                    *(*unshare, "sh", "-c", MOUNT, "sh", str(disk)),
                    *(sys.executable, "-c", CALL, *words),
                ],
                capture_output=True,
                text=True,
                timeout=LIMIT,
                check=False,
                cwd=scene.folder,
            )
        except subprocess.TimeoutExpired:
            faults.append(Fault(number, HANG, f"{name}: longer than {LIMIT:g} s"))
            continue
        told: Any = None
        for line in done.stdout.splitlines():
            if line.startswith("FAULTS "):
                told = json.loads(line.removeprefix("FAULTS "))
        if told is None:
            faults.append(Fault(number, CRASH, f"{name}: {done.stderr[-400:]}"))
            continue
        faults += [Fault(number, kind, f"{name}: {what}") for kind, what in told]
    return faults

"""Files from which ImageJ's own decoders never return hold up nobody."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

from support import run_imagej
from tiff_bytes import with_ring

RNG = np.random.default_rng(16)
IMAGE = RNG.integers(0, 4000, (60, 80)).astype(np.uint16)


def _cut(path: Path) -> None:
    """A strip of Deflate that says it is whole, and ends in its middle."""
    tifffile.imwrite(path, IMAGE, compression="zlib", rowsperstrip=60)
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        start, size = page.dataoffsets[0], page.databytecounts[0]
    whole = path.read_bytes()
    half = whole[start : start + size // 2]
    path.write_bytes(whole[:start] + half + bytes(size - len(half)))


def _truncated(path: Path) -> None:
    _cut(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - IMAGE.nbytes // 3])


def _no_end(path: Path) -> None:
    """Deflate without its last block."""
    packer = zlib.compressobj()
    packed = packer.compress(IMAGE.tobytes()) + packer.flush(zlib.Z_SYNC_FLUSH)
    tifffile.imwrite(path, IMAGE, compression="zlib", rowsperstrip=60)
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        start, size = page.dataoffsets[0], page.databytecounts[0]
    whole = path.read_bytes()
    part = packed[: size - 40]
    path.write_bytes(whole[:start] + part + bytes(size - len(part)))


def _ring(path: Path) -> None:
    """A chain of pages that comes back to its first."""
    tifffile.imwrite(path, IMAGE)
    path.write_bytes(with_ring(path.read_bytes()))


BAD: dict[str, Callable[[Path], None]] = {
    "cut": _cut, "truncated": _truncated, "no end": _no_end, "ring": _ring,
}  # fmt: skip


@pytest.fixture(params=BAD)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Two good images, and a bad one between them; as pairs with good ones, too."""
    for name in ("set_a", "set_b"):
        (tmp_path / name).mkdir()
        for k in range(3):
            tifffile.imwrite(tmp_path / name / f"{k}.tif", IMAGE + np.uint16(k))
    BAD[request.param](tmp_path / "set_a" / "1.tif")
    return tmp_path


@pytest.mark.slow
def test_every_way_in(folder: Path) -> None:
    found = run_imagej(
        """
place = sys.argv[1]
matrix = fails(f'run("Image Similarity Matrix...", "folder=[{place}/set_a]");')
answer(matrix=matrix)
table = JClass("ij.measure.ResultsTable").getResultsTable()
table.reset()
ij.run_macro('run("Image Similarity of Two Folders...", "folder_1=[%s/set_a] '
             'folder_2=[%s/set_b]");' % (place, place))
answer(rows=rows())
for name in ("0", "2"):
    IJ.open(f"{place}/set_b/{name}.tif")
options = "image_1=0.tif image_2=2.tif"
for key in ("labels", "mask"):
    macro = f'run("Image Similarity...", "{options} {key}=[{place}/set_a/1.tif]");'
    answer(**{key: fails(macro)})
table.reset()
ij.run_macro(f'run("Image Similarity...", "{options}");')
answer(then=len(rows()))
threads = JClass("java.lang.Thread").getAllStackTraces().keySet()
answer(threads=[str(t.getName()) for t in threads])
""",
        folder,
    )
    for way in ("matrix", "labels", "mask"):
        assert found[way].startswith('"1.tif" is '), found[way]
        assert "\n" not in found[way]
    assert len(found["rows"]) == 3
    assert [row["Pearson R"] is None for row in found["rows"]] == [False, True, False]
    assert '"1.tif" is ' in found["rows"][1]["Note"]
    assert found["then"] == 1
    # ImageJ's decoder was never asked.
    assert "SimilIJ-open" not in found["threads"]


ESC = """
place = sys.argv[1]
Thread = JClass("java.lang.Thread")
def opening():
    threads = Thread.getAllStackTraces().keySet()
    return "SimilIJ-open" in [str(thread.getName()) for thread in threads]
def escape():
    wait_for(opening)
    IJ.setKeyDown(27)
def fails_by_esc(macro):
    threading.Thread(target=escape, daemon=True).start()
    begun = time.monotonic()
    error = fails(macro)
    answer(seconds=time.monotonic() - begun)
    return error
for name in ("0", "2"):
    IJ.open(f"{place}/set_b/{name}.tif")
RUN = "image_1=0.tif image_2=2.tif"
"""


@pytest.fixture
def zipped(tmp_path: Path) -> Path:
    """An archive of a TIFF: of all kinds ImageJ alone opens that one."""
    for name in ("set_a", "set_b"):
        (tmp_path / name).mkdir()
        for k in range(3):
            tifffile.imwrite(tmp_path / name / f"{k}.tif", IMAGE + np.uint16(k))
    _cut(tmp_path / "1.tif")
    with zipfile.ZipFile(tmp_path / "cells.zip", "w") as archive:
        archive.write(tmp_path / "1.tif", "1.tif")
    return tmp_path


@pytest.mark.slow
def test_esc_ends_what_only_imagej_opens(zipped: Path) -> None:
    found = run_imagej(
        ESC
        + """
labels = f"labels=[{place}/cells.zip]"
answer(labels=fails_by_esc(f'run("Image Similarity...", "{RUN} {labels}");'))
ij.run_macro(f'run("Image Similarity...", "{RUN}");')
answer(then=len(rows()))
JClass("ij.measure.ResultsTable").getResultsTable().reset()
folders = f"folder_1=[{place}/set_a] folder_2=[{place}/set_b]"
options = f"{folders} mask=[{place}/cells.zip]"
macro = f'run("Image Similarity of Two Folders...", "{options}");'
wait_for(lambda: not opening())  # this Java can stop the decoder of before
answer(folders=fails_by_esc(macro))
ij.run_macro(f'run("Image Similarity...", "{RUN}");')
answer(rows=len(rows()))
wait_for(lambda: not opening())
answer(left=opening())
""",
        zipped,
    )
    sentence = 'Image Similarity: cancelled while ImageJ opened "cells.zip"'
    assert (found["labels"], found["folders"]) == (sentence, sentence)
    assert (found["then"], found["rows"]) == (1, 1)
    assert not found["left"]


@pytest.mark.slow
def test_without_esc_it_takes_a_minute(zipped: Path) -> None:
    found = run_imagej(
        ESC
        + """
error = fails(f'run("Image Similarity...", "{RUN} labels=[{place}/cells.zip]");')
ij.run_macro(f'run("Image Similarity...", "{RUN}");')
answer(error=error, then=len(rows()))
""",
        zipped,
    )
    assert found["error"].startswith(
        'ImageJ did not open "cells.zip" within 60 seconds: '
    )
    assert found["then"] == 1

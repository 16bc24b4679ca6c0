"""Files are looked through, whole, before ImageJ opens them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from similij import ImageError
from similij.imagej.handler import Handler
from similij.images.formats import choose
from similij.images.formats.choose import check_readable
from tiff_bytes import with_ring

IMAGE = np.random.default_rng(16).integers(0, 4000, (40, 50)).astype(np.uint16)


@pytest.fixture(params=["at once", "in parts"])
def _ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "in parts":
        monkeypatch.setattr(choose, "_AT_ONCE", 0)


@pytest.mark.usefixtures("_ways")
def test_whole_ones_and_those_of_others_pass(tmp_path: Path) -> None:
    for compression in (None, "zlib", "lzw"):
        tifffile.imwrite(tmp_path / "a.tif", IMAGE, compression=compression)
        check_readable(tmp_path / "a.tif")
    np.save(tmp_path / "a.npy", IMAGE)
    check_readable(tmp_path / "a.npy")
    # Of several images ImageJ opens the first, and a kind that is not known is its own.
    with tifffile.TiffWriter(tmp_path / "two.tif") as writer:
        writer.write(IMAGE)
        writer.write(IMAGE[:20])
    check_readable(tmp_path / "two.tif")
    (tmp_path / "x.dcm").write_bytes(bytes(128) + b"DICM" + bytes(99))
    check_readable(tmp_path / "x.dcm")


@pytest.mark.usefixtures("_ways")
@pytest.mark.parametrize("page", [0, 1])
def test_damage_anywhere_is_found(tmp_path: Path, page: int) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.stack([IMAGE, IMAGE]), compression="zlib")
    with tifffile.TiffFile(path) as file:
        start = file.pages[page].dataoffsets[-1]
        size = file.pages[page].databytecounts[-1]
    whole = bytearray(path.read_bytes())
    whole[start + size // 2 : start + size] = bytes(size - size // 2)
    path.write_bytes(whole)
    with pytest.raises(ImageError, match=r'"a.tif" is damaged') as caught:
        check_readable(path)
    reply = Handler(lambda wire: wire)({"op": "readable", "path": str(path)})
    assert reply["error"] == str(caught.value)
    assert "traceback" not in reply


@pytest.mark.usefixtures("_ways")
def test_a_ring_of_pages_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, IMAGE)
    path.write_bytes(with_ring(path.read_bytes()))
    with pytest.raises(ImageError, match="its chain of pages goes back"):
        check_readable(path)

"""Gray pages without compression, of which tifffile is not asked: as it reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

import similij
from tiff_bytes import ASCII, LONG, SHORT, page, tiff

TYPES = ("u1", "u2", "i1", "i2", "i4", "i8", "f2", "f4", "f8")
"""Not u4 and u8, of which tifffile writes no format: a maker may mean floats then."""


def pixels_of(kind: str, shape: tuple[int, ...]) -> np.ndarray:
    random = np.random.default_rng(7)
    raw = random.integers(0, 256, (*shape, np.dtype(kind).itemsize), dtype=np.uint8)
    values = raw.view(kind)[..., 0]
    return np.nan_to_num(values) if kind[0] == "f" else values


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every file refused that tifffile is asked of."""

    def asked(*_: object, **__: object) -> None:
        raise RuntimeError("it was asked of tifffile")

    monkeypatch.setattr(tifffile, "TiffFile", asked)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("order", "<>")
def test_all_types_in_strips_of_any_length(
    tmp_path: Path, alone: None, kind: str, order: str
) -> None:
    path = tmp_path / "a.tif"
    for shape in ((1, 1), (7, 3), (4, 9), (3, 5, 2)):
        values = pixels_of(kind, shape)
        for rows in (1, 2, None):
            for imagej in (False, True):
                if imagej and kind not in ("u1", "u2", "f4"):
                    continue
                tifffile.imwrite(
                    path, values, byteorder=order, rowsperstrip=rows, imagej=imagej,
                    photometric="minisblack",
                )  # fmt: skip
                image = similij.read(path)
                assert image.provenance.reader == "similij"
                assert image.dtype == np.dtype(kind)
                assert image.shape == shape
                assert np.array_equal(image.pixels, values)
                parts = similij.read(path, parts=True)
                assert np.array_equal(np.asarray(parts.pixels), values)


def test_other_writers(tmp_path: Path, alone: None) -> None:
    path = tmp_path / "a.tif"
    for kind in ("u1", "u2"):
        values = pixels_of(kind, (5, 8))
        Pillow.fromarray(values).save(path)
        assert np.array_equal(similij.read(path).pixels, values)


def test_where_the_strip_lies_over_the_directory(tmp_path: Path, alone: None) -> None:
    one = page(pixels_of("u1", (6, 7)), places={273: 10})
    path = tmp_path / "a.tif"
    path.write_bytes(tiff([one]))
    with pytest.raises(similij.ImageError, match="pixels lie over what describes"):
        similij.read(path)


@pytest.mark.parametrize(
    "tags",
    [
        {700: (ASCII, "Ventana")},
        {305: (ASCII, "PerkinElmer-QPI")},
        {270: (ASCII, "Aperio Image")},
        {317: (SHORT, 2)},
        {266: (SHORT, 2)},
        {262: (SHORT, 3), 320: (SHORT, [0] * 768)},
        {32997: (LONG, 1)},
        {258: (SHORT, 32)},
    ],
)
def test_of_what_else_there_is_tifffile_is_asked(
    tmp_path: Path, alone: None, tags: dict
) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(tiff([page(pixels_of("u1", (6, 7)), tags=tags)]))
    with pytest.raises(similij.ImageError, match="asked of tifffile"):
        similij.read(path)


def test_a_page_behind_that_is_compressed(tmp_path: Path) -> None:
    """The first says nothing of it: it is asked of by itself."""
    path = tmp_path / "a.tif"
    values = pixels_of("u1", (2, 9, 4))
    with tifffile.TiffWriter(path) as writer:
        writer.write(values[0], metadata=None)
        writer.write(values[1], metadata=None, compression="zlib")
    assert np.array_equal(similij.read(path).pixels, values)

"""OME-TIFF: a file is itself; a set is read only if it is asked for and all there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from similij.ground.errors import ImageError
from similij.images.formats.reading import Wanted
from similij.images.formats.tiff import open_image
from similij.images.image import Image
from tiff_bytes import LONG, page, tiff

RNG = np.random.default_rng(11)
UUIDS = [f"urn:uuid:0000000{k}-1111-2222-3333-444444444444" for k in range(6)]
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
SPACE = "http://www.openmicroscopy.org/Schemas/OME/2016-06"


def pixels_of(*shape: int) -> np.ndarray:
    return RNG.integers(0, 60_000, shape).astype(np.uint16)


def image_xml(
    tiffdata: str,
    z: int = 1,
    c: int = 1,
    t: int = 1,
    *,
    order: str = "XYZCT",
    names: tuple[str, ...] = (),
    title: str = "",
    more: str = "",
    kind: str = "uint16",
) -> str:
    channels = "".join(
        f'<Channel ID="Channel:0:{k}" Name="{name}"/>' for k, name in enumerate(names)
    )
    return (
        f'<Image ID="Image:0" Name="{title}"><Pixels ID="Pixels:0" '
        f'DimensionOrder="{order}" Type="{kind}" SizeX="9" SizeY="6" SizeZ="{z}" '
        f'SizeC="{c}" SizeT="{t}" {more}>{channels}{tiffdata}</Pixels></Image>'
    )


def ome(images: str, uuid: str = "") -> str:
    own = f' UUID="{uuid}"' if uuid else ""
    return f'{HEAD}<OME xmlns="{SPACE}"{own}>{images}</OME>'


def plane(
    ifd: int = 0, name: str = "", uuid: str = "", count: int | None = 1, **first: int
) -> str:
    places = "".join(f' First{axis}="{k}"' for axis, k in first.items())
    many = "" if count is None else f' PlaneCount="{count}"'
    inner = f'<UUID FileName="{name}">{uuid}</UUID>' if name else ""
    return f'<TiffData IFD="{ifd}"{places}{many}>{inner}</TiffData>'


def write(folder: Path, name: str, values: np.ndarray, text: str, **options: Any):
    path = folder / name
    path.write_bytes(
        tiff([page(v, description="" if k else text) for k, v in enumerate(values)],
             **options)
    )  # fmt: skip
    return path


def read(path: Path, **wanted: Any) -> Image:
    image = open_image(path, Wanted(**wanted))
    parts = open_image(path, Wanted(most=0, **wanted))
    assert (parts.axes, parts.channels) == (image.axes, image.channels)
    assert np.array_equal(np.asarray(parts.pixels), image.pixels)
    return image


def refused(path: Path, words: str, **wanted: Any) -> None:
    for most in (float("inf"), 0):
        with pytest.raises(ImageError, match=words) as caught:
            open_image(path, Wanted(most=most, **wanted))
        assert "\n" not in str(caught.value)
        assert f'"{path.name}"' in str(caught.value)


@pytest.mark.parametrize("order", ["XYZCT", "XYCZT", "XYTZC", "XYCTZ"])
@pytest.mark.parametrize("data", ["<TiffData/>", '<TiffData IFD="0" PlaneCount="12"/>'])
def test_orders_of_pages(order: str, data: str, tmp_path: Path) -> None:
    values = pixels_of(2, 2, 3, 6, 9)  # t, z, c
    axes = [order[::-1].index(axis) for axis in "TZC"]
    stored = values.transpose(*np.argsort(axes), 3, 4).reshape(12, 6, 9)
    text = ome(image_xml(data, z=2, c=3, t=2, order=order, names=("a", "b", "c")))
    image = read(write(tmp_path, "a.ome.tif", stored, text))
    assert image.axes == ("t", "z", "c", "y", "x")
    assert np.array_equal(image.pixels, values)
    assert image.channels == ("a", "b", "c")


@pytest.mark.parametrize("axes", ["TZCYX", "CZYX", "TYX", "YX", "ZYX"])
def test_as_tifffile_writes_them(axes: str, tmp_path: Path) -> None:
    shape = {"T": 2, "Z": 3, "C": 4, "Y": 6, "X": 9}
    values = pixels_of(*(shape[axis] for axis in axes))
    path = tmp_path / "a.ome.tif"
    tifffile.imwrite(path, values, metadata={"axes": axes}, photometric="minisblack")
    image = read(path)
    assert sorted(image.axes) == sorted(axes.lower())
    assert np.array_equal(image.in_order(axes.lower()).pixels, values)
    # also if somebody gave it another name, and another ending
    renamed = read(path.rename(tmp_path / "b.dat"))
    assert np.array_equal(renamed.pixels, image.pixels)


@pytest.mark.parametrize(
    ("data", "pages", "announced"),
    [
        ("<TiffData/>", 4, 6),
        ('<TiffData IFD="0" PlaneCount="6"/>', 5, 6),
        ('<TiffData IFD="2" PlaneCount="4"/>' + plane(0) + plane(1), 4, 6),
        ("", 3, 6),
    ],
)
def test_promises(data: str, pages: int, announced: int, tmp_path: Path) -> None:
    text = ome(image_xml(data, t=announced))
    path = write(tmp_path, "a.ome.tif", pixels_of(pages, 6, 9), text)
    refused(path, f"cut short: {announced} planes are announced, {pages} can be read")


def test_planes_of_which_nothing_is_said(tmp_path: Path) -> None:
    data = "".join(plane(k, Z=k) for k in range(3))
    path = write(tmp_path, "a.ome.tif", pixels_of(5, 6, 9), ome(image_xml(data, z=5)))
    refused(path, "cut short: 5 planes are announced, 3 can be read")
    data = plane(0, Z=0) + plane(0, Z=1) + plane(1, Z=2)
    path = write(tmp_path, "b.ome.tif", pixels_of(3, 6, 9), ome(image_xml(data, z=3)))
    refused(path, "says of 3 planes where they lie, and 2 pages are named")


def test_more_pages_than_are_described(tmp_path: Path) -> None:
    values = pixels_of(5, 6, 9)
    path = write(tmp_path, "a.ome.tif", values, ome(image_xml("<TiffData/>", z=3)))
    image = read(path)
    assert np.array_equal(image.pixels, values[:3])
    assert "has 2 pages more" in image.provenance.notes[0]


class TestSets:
    """Two channels, three slices: a file of each channel, as microscopes write them."""

    VALUES = pixels_of(3, 2, 6, 9)  # z, c

    def files(self, folder: Path, *, uuids: bool = True) -> list[Path]:
        names = ["s_C0.ome.tif", "s_C1.ome.tif"]
        data = "".join(
            plane(z, names[c], UUIDS[c], Z=z, C=c) for c in range(2) for z in range(3)
        )
        image = image_xml(data, z=3, c=2, names=("DAPI", "GFP"))
        return [
            write(folder, names[c], self.VALUES[:, c],
                  ome(image, UUIDS[c] if uuids else ""))
            for c in range(2)
        ]  # fmt: skip

    @pytest.mark.parametrize("uuids", [True, False])
    def test_a_file_is_itself(self, uuids: bool, tmp_path: Path) -> None:
        files = self.files(tmp_path, uuids=uuids)
        for c, path in enumerate(files):
            image = read(path)
            assert image.axes == ("z", "y", "x")
            assert np.array_equal(image.pixels, self.VALUES[:, c])
            assert "one file of a set of 2" in image.provenance.remarks[0]
            assert ("DAPI", "GFP")[c] in image.provenance.remarks[1]
        files[1].unlink()  # the other is not needed for it
        assert np.array_equal(read(files[0]).pixels, self.VALUES[:, 0])

    @pytest.mark.parametrize("how", [{"whole_set": True}, {"series": 1}])
    def test_the_set(self, how: dict[str, Any], tmp_path: Path) -> None:
        files = self.files(tmp_path)
        for path in files:
            image = read(path, **how)
            assert image.axes == ("z", "c", "y", "x")
            assert np.array_equal(image.pixels, self.VALUES)
            assert image.channels == ("DAPI", "GFP")
        files[1].write_bytes(files[1].read_bytes()[:400])
        for most in (float("inf"), 0):
            with pytest.raises(ImageError, match=r"s_C1.* is cut short"):
                open_image(files[0], Wanted(most=most, **how))
        files[1].unlink()
        refused(files[0], "1 of 2 files are not here .*s_C1.ome.tif", **how)

    def test_another_file_of_the_name(self, tmp_path: Path) -> None:
        files = self.files(tmp_path)
        data = ome(image_xml("<TiffData/>", z=3), UUIDS[4])
        write(tmp_path, files[1].name, self.VALUES[:, 1], data)
        with pytest.raises(ImageError, match="their UUIDs differ"):
            open_image(files[0], Wanted(whole_set=True))

    def test_renamed(self, tmp_path: Path) -> None:
        first, second = self.files(tmp_path)
        renamed = first.rename(tmp_path / "cells.tif")
        assert np.array_equal(read(renamed).pixels, self.VALUES[:, 0])
        # names that were exchanged: the UUID inside says which file it is
        second.rename(tmp_path / "s_C0.ome.tif")
        image = read(tmp_path / "s_C0.ome.tif")
        assert np.array_equal(image.pixels, self.VALUES[:, 1])
        # without one nobody can know
        (tmp_path / "b").mkdir()
        first, _ = self.files(tmp_path / "b", uuids=False)
        refused(first.rename(tmp_path / "b" / "x.tif"), '"s_C0.ome.tif" and 1 other')

    def test_planes_that_fill_no_grid(self, tmp_path: Path) -> None:
        data = "".join(
            plane(k, "a.ome.tif", Z=z, C=c) for k, (z, c) in enumerate([(0, 0), (1, 1)])
        ) + plane(0, "b.ome.tif", Z=0, C=1)
        values = pixels_of(2, 6, 9)
        text = ome(image_xml(data, z=2, c=2))
        image = read(write(tmp_path, "a.ome.tif", values, text))
        assert image.axes == ("axis_0", "y", "x")
        assert np.array_equal(image.pixels, values)


def test_one_file_under_another_name(tmp_path: Path) -> None:
    values = pixels_of(2, 6, 9)
    data = "".join(plane(k, "first.ome.tif", UUIDS[0], Z=k) for k in range(2))
    for uuid in (UUIDS[0], ""):
        text = ome(image_xml(data, z=2), uuid)
        path = write(tmp_path, "second.ome.tif", values, text)
        assert np.array_equal(read(path).pixels, values)
    # another file's description: what lies here is not what it describes
    text = ome(image_xml(data, z=2), UUIDS[3])
    path = write(tmp_path, "second.ome.tif", values, text)
    refused(path, 'cut short: its OME-XML says .* lie in "first.ome.tif"')


@pytest.mark.parametrize("as_tiff", [True, False])
def test_companion(as_tiff: bool, tmp_path: Path) -> None:
    values = pixels_of(2, 3, 6, 9)  # t, z
    names = ["t0.ome.tif", "t1.ome.tif"]
    companion = "m.ome.tif" if as_tiff else "m.companion.ome"
    data = "".join(
        plane(z, names[t], UUIDS[t], Z=z, T=t) for t in range(2) for z in range(3)
    )
    described = ome(image_xml(data, z=3, t=2), UUIDS[5])
    stubs = [
        ome(f'<BinaryOnly MetadataFile="{companion}" UUID="{uuid}"/>', uuid)
        for uuid in UUIDS[:2]
    ]
    files = [write(tmp_path, name, values[t], stubs[t]) for t, name in enumerate(names)]
    alone = read(files[0])
    assert alone.axes == ("axis_0", "y", "x")
    assert f'described in "{companion}"' in alone.provenance.notes[0]
    if as_tiff:
        write(tmp_path, companion, values[0], described)
    else:
        (tmp_path / companion).write_text(described, "utf-8")
    for t, path in enumerate(files):
        image = read(path)
        assert image.axes == ("z", "y", "x")
        assert np.array_equal(image.pixels, values[t])
        whole = read(path, whole_set=True)
        assert whole.axes == ("t", "z", "y", "x")
        assert np.array_equal(whole.pixels, values)


def test_several_images(tmp_path: Path) -> None:
    values = pixels_of(5, 6, 9)
    one = image_xml(plane(0, count=2), z=2, title="first")
    two = image_xml(plane(2, count=3), t=3, title="second")
    path = write(tmp_path, "a.ome.tif", values, ome(one + two))
    refused(path, r'holds 2 images \("first", "second"\).*series=1 to 2')
    refused(path, "series 3 is not among", series=3)
    assert np.array_equal(read(path, series=1).pixels, values[:2])
    second = read(path, series=2)
    assert second.axes == ("t", "y", "x")
    assert np.array_equal(second.pixels, values[2:])
    assert second.provenance.series == '2 of 2, "second"'


def test_positions_in_files_of_their_own(tmp_path: Path) -> None:
    values = pixels_of(2, 3, 6, 9)
    names = ["p0.ome.tif", "p1.ome.tif"]
    images = "".join(
        image_xml("".join(plane(z, names[p], UUIDS[p], Z=z) for z in range(3)), z=3)
        for p in range(2)
    )
    files = [
        write(tmp_path, names[p], values[p], ome(images, UUIDS[p])) for p in range(2)
    ]
    for p, path in enumerate(files):
        assert np.array_equal(read(path).pixels, values[p])
        for number in (1, 2):
            assert np.array_equal(read(path, series=number).pixels, values[number - 1])


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_samples(dtype: str, tmp_path: Path) -> None:
    values = RNG.integers(0, 255, (4, 6, 9, 3)).astype(dtype)
    path = tmp_path / "a.ome.tif"
    tifffile.imwrite(path, values, photometric="rgb", metadata={"axes": "ZYXS"})
    image = read(path)
    sample = "s" if dtype == "u1" else "c"
    assert sorted(image.axes) == sorted(("z", "y", "x", sample))
    assert np.array_equal(image.in_order(("z", "y", "x", sample)).pixels, values)


def test_sizes_and_types(tmp_path: Path) -> None:
    values = pixels_of(3, 6, 9)
    more = (
        'PhysicalSizeX="500" PhysicalSizeXUnit="nm" PhysicalSizeY="250" '
        'PhysicalSizeYUnit="nm" TimeIncrement="40" TimeIncrementUnit="ms"'
    )
    text = ome(image_xml("<TiffData/>", t=3, more=more, kind="int16"))
    image = read(write(tmp_path, "a.ome.tif", values, text))
    assert image.calibration == ((500, 250), "nm", 0.04)
    assert image.dtype == np.uint16
    assert "its OME-XML says int16" in image.provenance.notes[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{HEAD}<OME><Image></OME>", "damaged OME-XML"),
        (ome(""), "describes no image"),
        (ome(image_xml("<TiffData/>", z=0)), "with 1 channels, 0 slices"),
        (ome(image_xml('<TiffData IFD="x"/>')), 'IFD="x"'),
        (ome(image_xml("<TiffData/>", order="XYZZT")), "order of dimensions XYZZT"),
        (ome(image_xml(plane(0, count=5))), "where 5 planes lie, of an image of 1"),
        (ome(image_xml("<TiffData/>", z=10**6, c=10**6, t=10**6)), "cut short"),
        (ome(image_xml(plane(-1))), "where 1 planes lie"),
    ],
)
def test_descriptions_that_are_none(text: str, words: str, tmp_path: Path) -> None:
    refused(write(tmp_path, "a.ome.tif", pixels_of(2, 6, 9), text), words)


def test_thumbnails_beside(tmp_path: Path) -> None:
    values, small = pixels_of(2, 6, 9), pixels_of(3, 4)
    pages = [
        page(values[0], description=ome(image_xml("<TiffData/>", z=2))),
        page(values[1]),
        page(small, tags={254: (LONG, 1)}),
    ]
    path = tmp_path / "a.ome.tif"
    path.write_bytes(tiff(pages))
    image = read(path)
    assert np.array_equal(image.pixels, values)
    assert not image.provenance.notes

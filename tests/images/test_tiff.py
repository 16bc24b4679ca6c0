"""TIFF files: the pixels that ImageJ shows, or a sentence; in memory and in parts.

What ImageJ 1.54p opens was found with the real one on files of these kinds; values are
those that were written, by `tiff_bytes` or by tifffile.
"""

from __future__ import annotations

import re
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import tifffile

import own_writers as own
from similij.ground.errors import ImageError
from similij.images.formats.reading import Wanted
from similij.images.formats.tiff import open_image
from similij.images.image import Image
from tiff_bytes import LONG, RATIONAL, SHORT, Page, packbits, packed, page, tiff

RNG = np.random.default_rng(7)
IN_PARTS = Wanted(most=0)


def pixels_of(shape: tuple[int, ...], bits: int = 16) -> np.ndarray:
    return RNG.integers(0, 2**bits, shape).astype(np.uint8 if bits <= 8 else np.uint16)


def read(path: Path, **wanted: Any) -> Image:
    """Read a file in memory, after it was seen that in parts it is the same."""
    image = open_image(path, Wanted(**wanted))
    parts = open_image(path, Wanted(most=0, **wanted))
    assert parts.is_lazy
    assert (parts.axes, parts.dtype, parts.shape) == (
        image.axes,
        image.dtype,
        image.shape,
    )
    assert np.array_equal(np.asarray(parts.pixels), image.pixels)
    assert (image.title, image.path) == (path.name, str(path))
    return image


def write(folder: Path, raw: bytes, name: str = "a.tif") -> Path:
    path = folder / name
    path.write_bytes(raw)
    return path


def refused(path: Path, words: str, **wanted: Any) -> None:
    """Check that a file is refused alike in memory and in parts, in one sentence."""
    sentences = set()
    for most in (float("inf"), 0):
        with pytest.raises(ImageError, match=words) as caught:
            np.asarray(open_image(path, Wanted(most=most, **wanted)).pixels)
        sentences.add(str(caught.value))
    (sentence,) = sentences
    assert "\n" not in sentence
    assert f'"{path.name}"' in sentence


class TestStoredInManyWays:
    @pytest.mark.parametrize("order", ["<", ">"])
    @pytest.mark.parametrize("big", [False, True])
    @pytest.mark.parametrize("rows", [None, 3])
    @pytest.mark.parametrize(
        "dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "f2", "f4", "f8", "i8", "u8"]
    )
    def test_types(self, dtype: str, rows, big: bool, order: str, tmp_path) -> None:
        values = (RNG.integers(-100, 100, (3, 7, 5)) * 1.0).astype(dtype)
        raw = tiff([page(v, rows=rows, order=order) for v in values], order, big=big)
        image = read(write(tmp_path, raw, "cells.flex"))
        assert np.array_equal(image.pixels, values)
        assert image.dtype == np.dtype(dtype)
        assert image.pixels.dtype.isnative

    @pytest.mark.parametrize("bits", [1, 2, 4, 6, 10, 12, 14])
    @pytest.mark.parametrize("width", [8, 13])
    @pytest.mark.parametrize("how", ["none", "zlib", "packbits"])
    def test_bits(self, bits: int, width: int, how: str, tmp_path) -> None:
        """Recorded numbers, never scaled; of 1 bit 0 and 255, as ImageJ."""
        values = pixels_of((2, 7, width), bits)
        compress = {"none": None, "zlib": zlib.compress, "packbits": packbits}[how]
        number = {"none": 1, "zlib": 8, "packbits": 32773}[how]
        pages = [
            page(v, bits=bits, rows=3, compressed=compress, compression=number)
            for v in values
        ]
        image = read(write(tmp_path, tiff(pages)))
        expected = values * np.uint8(255) if bits == 1 else values
        assert np.array_equal(image.pixels, expected)
        assert image.dtype == expected.dtype
        assert f"{bits} bit" in image.values

    @pytest.mark.parametrize("compression", ["lzw", "zlib", "zstd", "lzma", "packbits"])
    @pytest.mark.parametrize("predictor", [False, True])
    @pytest.mark.parametrize("cut", [{"rowsperstrip": 7}, {"tile": (16, 32)}], ids=str)
    @pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
    def test_compressed(self, compression, predictor, cut, dtype, tmp_path) -> None:
        values = RNG.integers(0, 200, (2, 41, 53)).astype(dtype)
        if predictor and compression == "packbits":
            predictor = False
        tifffile.imwrite(
            tmp_path / "a.tif", values, photometric="minisblack", metadata=None,
            compression=compression, predictor=predictor, **cut,
        )  # fmt: skip
        image = read(tmp_path / "a.tif")
        assert np.array_equal(image.pixels, values)

    def test_a_part_of_a_large_one(self, tmp_path) -> None:
        """Only strips and tiles that a part needs are read, and give the same."""
        values = pixels_of((3, 60, 70))
        for k, cut in enumerate(
            ({}, {"rowsperstrip": 9}, {"tile": (16, 16)}, {"tile": (32, 16)})
        ):
            path = tmp_path / f"{k}.tif"
            tifffile.imwrite(
                path, values, photometric="minisblack", metadata=None,
                compression=None if k == 3 else "zlib", **cut,
            )  # fmt: skip
            lazy = open_image(path, IN_PARTS).pixels
            for where in (np.s_[1, 5:23, 60:], np.s_[:, 59:, 3], np.s_[2, 17, ::5]):
                assert np.array_equal(np.asarray(lazy[where]), values[where])

    @pytest.mark.parametrize("planar", [1, 2])
    def test_colour(self, planar: int, tmp_path) -> None:
        values = pixels_of((2, 6, 9, 3), 8)
        stored = values if planar == 1 else np.moveaxis(values, 3, 1)
        pages = [page(v, planar=planar, photometric=2, rows=2) for v in stored]
        image = read(write(tmp_path, tiff(pages)))
        assert image.axes == (
            ("z", "y", "x", "s") if planar == 1 else ("z", "s", "y", "x")
        )
        assert np.array_equal(image.in_order("zyxs").pixels, values)
        refused(tmp_path / "a.tif", "RGB .* has one number", indices=True)

    @pytest.mark.parametrize("opaque", [True, False])
    @pytest.mark.parametrize("samples", [2, 4])
    def test_alpha(self, samples: int, opaque: bool, tmp_path) -> None:
        values = pixels_of((6, 9, samples), 8)
        values[..., -1] = 255
        if not opaque:
            values[3, 3, -1] = 7
        one = page(values, photometric=1 if samples == 2 else 2)
        one.tags[338] = (SHORT, 2)
        image = open_image(write(tmp_path, tiff([one])), Wanted())
        shown = values[..., 0] if samples == 2 else values[..., :3]
        assert np.array_equal(image.pixels, shown)
        assert ("alpha" in "".join(image.provenance.notes)) == (not opaque)

    @pytest.mark.parametrize("order", ["<", ">"])
    @pytest.mark.parametrize("samples", [3, 4])
    def test_samples_of_16_bit_are_channels(self, samples, order, tmp_path) -> None:
        values = pixels_of((6, 9, samples))
        raw = tiff([page(values, photometric=2, order=order)], order)
        image = read(write(tmp_path, raw))
        assert image.axes == ("c", "y", "x")
        assert np.array_equal(image.pixels, values.transpose(2, 0, 1))
        assert image.channels[:3] == ("Red", "Green", "Blue")

    @pytest.mark.parametrize(
        ("photometric", "samples", "space"), [(5, 4, "CMYK"), (8, 3, "CIE")]
    )
    def test_other_colours(self, photometric, samples, space, tmp_path) -> None:
        one = page(pixels_of((6, 9, samples), 8), photometric=photometric)
        refused(write(tmp_path, tiff([one])), space)


def table(colors: np.ndarray) -> dict[int, Any]:
    return {320: (SHORT, [int(v) * 257 for v in colors.T.ravel()])}


GRAYS = np.repeat(np.arange(256)[:, None], 3, axis=1)
RAMP = np.stack([np.arange(256), np.arange(256) // 2, 255 - np.arange(256)], axis=1)
NOISE = RNG.integers(0, 256, (256, 3))
GREEN = GRAYS * np.array([0, 1, 0])
FEW = np.where(np.arange(256)[:, None] < 16, NOISE, 0)
"""As Pillow saves 16 colors; ImageJ takes it for a scale, since most steps are 0."""
RAMP_THAT_ENDS = np.minimum(RAMP, RAMP[240])
BY_IMAGEJ, COLOURED = "ImageJ=1.54p\n", "ImageJ=1.54p\n8bitcolor=true\n"


class TestWhatANumberMeans:
    @pytest.mark.parametrize(
        ("colors", "description", "shown", "note"),
        [
            (GRAYS, "", False, ""),
            (GRAYS, BY_IMAGEJ, False, ""),
            (GRAYS[::-1], "", True, "palette of grays"),
            (GRAYS[::-1], BY_IMAGEJ, False, ""),
            (RAMP, "", False, "look-up table of colors"),
            (GREEN, BY_IMAGEJ, False, ""),
            (GREEN, COLOURED, False, ""),
            (NOISE, BY_IMAGEJ, False, "look-up table of colors"),
            (NOISE, "", None, ""),
            (NOISE, COLOURED, None, ""),
            (FEW, "", None, ""),
            (RAMP_THAT_ENDS, "", False, "look-up table of colors"),
        ],
    )
    def test_palettes(self, colors, description, shown, note, tmp_path) -> None:
        values = pixels_of((6, 9), 8)
        one = page(values, photometric=3, description=description, tags=table(colors))
        path = write(tmp_path, tiff([one]))
        if shown is None:
            refused(path, "is an 8-bit color image")
        else:
            image = read(path)
            expected = colors[values, 0] if shown else values
            assert np.array_equal(image.pixels, expected)
            assert image.dtype == np.uint8
            notes = "; ".join(image.provenance.notes)
            assert (note in notes) if note else not notes
        # as a label image it is its numbers, whatever their colors
        labels = read(path, indices=True)
        assert np.array_equal(labels.pixels, values)

    @pytest.mark.parametrize("bits", [1, 2, 4, 8])
    def test_few_colours(self, bits: int, tmp_path) -> None:
        count = 1 << bits
        grays = np.repeat(
            (np.arange(count)[::-1] * (255 // (count - 1)))[:, None], 3, 1
        )
        values = pixels_of((5, 7), bits)
        one = page(values, bits=bits, photometric=3, tags=table(grays))
        image = read(write(tmp_path, tiff([one])))
        if bits > 1:
            assert np.array_equal(image.pixels, grays[values, 0])

    def test_a_palette_of_bytes(self, tmp_path) -> None:
        """Of entries up to 65535 a program used 255: ImageJ shows black."""
        values = pixels_of((5, 7), 8)
        for number, grays in enumerate((GRAYS, GRAYS[::-1])):
            tags = {320: (SHORT, [int(v) for v in grays.T.ravel()])}
            one = page(values, photometric=3, tags=tags)
            image = read(write(tmp_path, tiff([one]), f"{number}.tif"))
            assert np.array_equal(image.pixels, grays[values, 0])

    def test_a_ramp_of_16_bits(self, tmp_path) -> None:
        values = pixels_of((5, 7))
        tags = {320: (SHORT, [*range(65536)] * 3)}
        one = page(values, photometric=3, tags=tags)
        image = read(write(tmp_path, tiff([one])))
        assert np.array_equal(image.pixels, values)
        assert image.dtype == np.uint16
        assert not image.provenance.notes

    def test_palettes_that_differ(self, tmp_path) -> None:
        pages = [
            page(pixels_of((5, 7), 8), photometric=3, tags=table(colors))
            for colors in (GRAYS, GRAYS[::-1])
        ]
        refused(write(tmp_path, tiff(pages)), "has 2 palettes for 2 pages")

    @pytest.mark.parametrize("bits", [1, 4, 8, 16])
    def test_white_is_zero(self, bits: int, tmp_path) -> None:
        """ImageJ inverts the table of colors and leaves the values."""
        values = pixels_of((5, 7), bits)
        image = read(write(tmp_path, tiff([page(values, bits=bits, photometric=0)])))
        expected = values * np.uint8(255) if bits == 1 else values
        assert np.array_equal(image.pixels, expected)
        assert "MinIsWhite" in image.provenance.notes[0]

    @pytest.mark.parametrize("order", ["<", ">"])
    @pytest.mark.parametrize("pages", [1, 3])
    @pytest.mark.parametrize("compression", [1, 8])
    def test_signed_16_bit_of_imagej(self, compression, pages, order, tmp_path) -> None:
        signed = RNG.integers(-32768, 32768, (pages, 6, 9)).astype(np.int16)
        stored = (signed.astype(np.int32) + 32768).astype(np.uint16)
        text = (
            f"ImageJ=1.54p\nimages={pages}\nslices={pages}\ncf=0\nc0=-32768.0\nc1=1.0\n"
            "vunit=Gray Value\n"
        )
        compress = zlib.compress if compression == 8 else None
        written = [
            page(v, description=text, order=order, compressed=compress,
                 compression=compression)
            for v in stored
        ]  # fmt: skip
        image = read(write(tmp_path, tiff(written, order)))
        assert image.dtype == np.int16
        assert np.array_equal(image.pixels.reshape(signed.shape), signed)
        assert "signed 16 bit" in image.values
        # labels are the recorded numbers
        assert open_image(tmp_path / "a.tif", Wanted(indices=True)).dtype == np.uint16

    @pytest.mark.parametrize(
        ("lines", "unit"),
        [
            ("cf=0\nc0=0.0\nc1=0.01\nvunit=OD\n", "OD"),
            ("cf=21\nvunit=Uncalibrated OD\n", "Uncalibrated OD"),
            ("cf=7\nc0=1\nc1=2\nc2=3\nc3=4\nvunit=mM\n", "mM"),
            ("cf=0\nc0=-32768.0\nc1=2.0\nvunit=A\n", "A"),
            ("vunit=OD\n", ""),
            ("cf=0\nc0=1\nvunit=OD\n", ""),
            ("cf=0\nc0=0.0\nc1=0.01\n", ""),
            ("cf=22\nvunit=OD\n", ""),
        ],
    )
    @pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
    def test_calibration_functions(self, dtype, lines, unit, tmp_path) -> None:
        values = RNG.integers(0, 120, (6, 9)).astype(dtype)
        path = write(tmp_path, tiff([page(values, description=BY_IMAGEJ + lines)]))
        image = read(path)
        assert np.array_equal(image.pixels, values)
        expected = ()
        if unit and dtype != "f4":
            expected = (
                f"has a calibration function ({unit}): raw pixel values were compared",
            )
        assert image.provenance.notes == expected

    def test_wide_integers_are_exact(self, tmp_path) -> None:
        values = np.array([[2**31 + 1, 2**32 - 1, 5]], np.uint32)
        image = open_image(write(tmp_path, tiff([page(values)])), Wanted())
        assert image.pixels.tolist() == values.tolist()
        assert "above 2^24" in image.provenance.notes[0]
        small = open_image(write(tmp_path, tiff([page(values % 9)])), Wanted())
        assert not small.provenance.notes
        assert "32-bit floats" in small.provenance.remarks[0]

    def test_complex(self, tmp_path) -> None:
        """It is read; what compares refuses it by its name."""
        values = pixels_of((4, 5)) * (1 + 2j)
        tifffile.imwrite(tmp_path / "c.tif", values.astype(np.complex64))
        assert np.array_equal(read(tmp_path / "c.tif").pixels, values)

    def test_fill_order(self, tmp_path) -> None:
        values = pixels_of((5, 13), 1)
        one = page(values, bits=1, tags={266: (SHORT, 2)})
        one.strips = [
            bytes(int(f"{byte:08b}"[::-1], 2) for byte in strip) for strip in one.strips
        ]
        image = read(write(tmp_path, tiff([one])))
        assert np.array_equal(image.pixels, values * np.uint8(255))


def header(images: int, **more: Any) -> str:
    lines = [f"{key}={value}" for key, value in more.items()]
    return "\n".join(["ImageJ=1.54p", f"images={images}", *lines, ""])


class TestPagesOfImageJ:
    @pytest.mark.parametrize("contiguous", [True, False])
    @pytest.mark.parametrize("order", ["<", ">"])
    @pytest.mark.parametrize("compression", [1, 8])
    @pytest.mark.parametrize(
        ("pages", "text", "axes", "shape", "note"),
        [
            (6, header(6, slices=6), "z", (6,), ""),
            (6, header(6, frames=6), "t", (6,), ""),
            (6, header(6, channels=2, slices=3), "zc", (3, 2), ""),
            (6, header(6, channels=3, frames=2), "tc", (2, 3), ""),
            (6, header(6, channels=2, slices=2), "z", (6,), "2 × 2 × 1 channels"),
            (6, header(6, frames=4), "z", (6,), "1 × 1 × 4 channels"),
            (6, header(6), "z", (6,), ""),
            (6, "ImageJ=1.54p\n", "z", (6,), ""),
            (1, "ImageJ=1.54p\n", "", (), ""),
        ],
    )
    def test_headers(
        self, pages, text, axes, shape, note, compression, order, contiguous, tmp_path
    ) -> None:
        values = pixels_of((pages, 6, 9))
        compress = zlib.compress if compression == 8 else None
        raw = tiff(
            [
                page(v, order=order, description=text if not k else "",
                     compression=compression, compressed=compress)
                for k, v in enumerate(values)
            ],
            order,
            contiguous=contiguous,
        )  # fmt: skip
        image = read(write(tmp_path, raw))
        assert image.axes == (*axes, "y", "x")
        assert image.shape == (*shape, 6, 9)
        assert np.array_equal(image.pixels.reshape(values.shape), values)
        assert note in "; ".join(image.provenance.notes)

    @pytest.mark.parametrize("announced", [2, 3, 5])
    @pytest.mark.parametrize("contiguous", [True, False])
    def test_more_pages_than_the_header_says(
        self, announced, contiguous, tmp_path
    ) -> None:
        """ImageJ takes as many as the header says; of compressed ones all."""
        values = pixels_of((6, 6, 9))
        for compression, compress in ((1, None), (8, zlib.compress)):
            pages = [
                page(v, compressed=compress, compression=compression,
                     description="" if k else header(announced, slices=announced))
                for k, v in enumerate(values)
            ]  # fmt: skip
            image = read(write(tmp_path, tiff(pages, contiguous=contiguous)))
            expected = values[:announced] if compression == 1 else values
            assert np.array_equal(image.pixels, expected)
            assert f"has 6 pages, and its ImageJ header says {announced}" in "".join(
                image.provenance.notes
            )

    @pytest.mark.parametrize("order", ["<", ">"])
    @pytest.mark.parametrize("first", ["directory", "pixels"])
    def test_planes_of_one_directory(self, first, order, tmp_path) -> None:
        """As ImageJ writes stacks above 4 GB."""
        values = pixels_of((5, 6, 9))
        one = page(values[0], order=order, description=header(5, slices=5))
        count = len(one.strips[0])
        one.strips = [packed(v, 16, order) for v in values]
        one.places = {273: [0], 279: [count]}
        one.strips = [b"".join(one.strips)]
        one.places = {279: [count]}
        raw = tiff([one], order, last_first=first == "directory")
        image = read(write(tmp_path, raw))
        assert np.array_equal(image.pixels, values)
        if first == "directory":
            for lost in (1, 100, 2 * count, 4 * count):
                refused(write(tmp_path, raw[:-lost]), "cut short: 5 planes .* can be")

    @pytest.mark.parametrize("rows", [None, 2])
    def test_fewer_planes_than_the_header_says(self, rows, tmp_path) -> None:
        values = pixels_of((4, 6, 9))
        for announced, pages in ((6, 4), (3500, 2)):
            written = [
                page(v, rows=rows, description=header(announced))
                for v in values[:pages]
            ]
            for contiguous in (True, False):
                path = write(tmp_path, tiff(written, contiguous=contiguous))
                refused(path, f"cut short: {announced} planes .* {pages} can be read")
        # one plane, and no room for more: the header is that of another file
        (one,) = (page(v, rows=rows, description=header(3500)) for v in values[:1])
        image = read(write(tmp_path, tiff([one])))
        assert np.array_equal(image.pixels, values[0])
        assert "header says 3500" in image.provenance.notes[0]
        # the same with the directory in front may have lost its end
        refused(write(tmp_path, tiff([one], last_first=True)), "3500 planes")

    def test_a_description_behind_the_pixels(self, tmp_path) -> None:
        """Its letters were the last plane: it is longer than one."""
        values = pixels_of((5, 5, 6), 8)
        tags = {own.DESCRIPTION: own.text(header(6, slices=6))}
        one = own.page(values[0], tags=tags)
        image = read(write(tmp_path, own.tiff([one])))
        assert np.array_equal(image.pixels, values[0])
        assert "header says 6" in image.provenance.notes[0]
        one.after = values[1:].tobytes()
        refused(write(tmp_path, own.tiff([one])), "pixels lie over what describes")

    def test_a_tag_of_other_programs_counts_all_pages(self, tmp_path) -> None:
        values = pixels_of((6, 6, 9))
        pages = [
            page(v, description=header(3, slices=3), tags={274: (SHORT, 1)})
            for v in values
        ]
        image = read(write(tmp_path, tiff(pages)))
        assert np.array_equal(image.pixels, values)

    def test_names_of_channels(self, tmp_path) -> None:
        values = pixels_of((2, 3, 6, 9))
        for labels, names in (
            (["DAPI", "GFP", "RFP"] * 2, ("DAPI", "GFP", "RFP")),
            ([f"slice {k}" for k in range(6)], ()),
        ):
            tifffile.imwrite(
                tmp_path / "a.tif", values, imagej=True,
                metadata={"axes": "TCYX", "Labels": labels},
            )  # fmt: skip
            image = read(tmp_path / "a.tif")
            assert (image.axes, image.channels) == (("t", "c", "y", "x"), names)

    def test_colour_stack(self, tmp_path) -> None:
        values = pixels_of((4, 6, 9, 3), 8)
        about = {"axes": "ZYXS"}
        tifffile.imwrite(tmp_path / "a.tif", values, imagej=True, metadata=about)
        image = read(tmp_path / "a.tif")
        assert image.axes == ("z", "y", "x", "s")
        assert np.array_equal(image.pixels, values)


class TestPagesOfOthers:
    def test_stacks_have_an_axis_without_a_name(self, tmp_path) -> None:
        values = pixels_of((5, 6, 9))
        image = read(write(tmp_path, tiff([page(v) for v in values]), "a.lsm.dat"))
        assert image.axes == ("axis_0", "y", "x")
        tifffile.imwrite(tmp_path / "b.tif", values.reshape(5, 1, 6, 9)[:, [0, 0]])
        assert read(tmp_path / "b.tif").axes == ("axis_0", "axis_1", "y", "x")

    def test_written_one_by_one(self, tmp_path) -> None:
        values = pixels_of((7, 6, 9))
        for plane in values:
            tifffile.imwrite(tmp_path / "a.tif", plane, append=True)
        image = read(tmp_path / "a.tif")
        assert np.array_equal(image.pixels, values)
        assert "one stack" in image.provenance.remarks[0]

    def test_fewer_than_a_description_says(self, tmp_path) -> None:
        values = pixels_of((2, 6, 9))
        text = '{"shape": [4, 6, 9]}'
        path = write(tmp_path, tiff([page(v, description=text) for v in values]))
        refused(path, "4 planes are announced, 2 can be read")
        tifffile.imwrite(tmp_path / "t.tif", pixels_of((7, 6, 9)), truncate=True)
        assert read(tmp_path / "t.tif").shape == (7, 6, 9)
        raw = (tmp_path / "t.tif").read_bytes()
        refused(write(tmp_path, raw[:-50], "t.tif"), "cut short")

    def test_several_images(self, tmp_path) -> None:
        one, two = pixels_of((2, 6, 9)), pixels_of((8, 5), 8)
        path = write(tmp_path, tiff([page(one[0]), page(two), page(one[1])]))
        refused(path, r"holds 2 images .*9×6, uint16; 5×8, uint8.*series=1 to 2")
        assert np.array_equal(read(path, series=1).pixels, one)
        second = read(path, series=2)
        assert np.array_equal(second.pixels, two)
        assert second.provenance.series == "2 of 2"
        refused(path, "series 3 is not among", series=3)

    def test_thumbnails_are_no_images(self, tmp_path) -> None:
        values, small = pixels_of((6, 9), 8), pixels_of((3, 4), 8)
        thumbnail = page(small, tags={254: (LONG, 1)})
        path = write(tmp_path, tiff([page(values), thumbnail]))
        assert np.array_equal(read(path).pixels, values)
        assert np.array_equal(read(path, level=1).pixels, small)

    @pytest.mark.parametrize("ome", [True, False])
    def test_pyramids(self, ome: bool, tmp_path) -> None:
        values = pixels_of((3, 64, 48))
        path = tmp_path / ("p.ome.tif" if ome else "p.tif")
        about = {"axes": "ZYX", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.25}
        with tifffile.TiffWriter(path) as writer:
            writer.write(
                values, subifds=2, tile=(16, 16), compression="zlib",
                photometric="minisblack", metadata=about if ome else None,
            )  # fmt: skip
            for step in (2, 4):
                writer.write(
                    values[:, ::step, ::step], subfiletype=1, tile=(16, 16),
                    compression="zlib", photometric="minisblack", metadata=None,
                )  # fmt: skip
        for level, step in ((0, 1), (1, 2), (2, 4)):
            image = read(path, level=level)
            assert np.array_equal(image.pixels, values[:, ::step, ::step])
            assert image.provenance.level == level
            if ome:
                assert image.calibration.pixel_size == (0.5 * step, 0.25 * step)
        refused(path, "has 3 levels, 0 .* to 2: level 3 is not", level=3)


class TestDamage:
    VALUES = pixels_of((3, 12, 10))

    @pytest.mark.parametrize("order", ["<", ">"])
    @pytest.mark.parametrize("big", [False, True])
    @pytest.mark.parametrize("rows", [None, 4])
    @pytest.mark.parametrize("compression", [1, 8, 32773])
    def test_every_cut(self, compression, rows, big, order, tmp_path) -> None:
        """However much of its end a file loses, no number comes of it."""
        compress = {1: None, 8: zlib.compress, 32773: packbits}[compression]
        options = {"rows": rows, "order": order, "compressed": compress}
        pages = [page(v, compression=compression, **options) for v in self.VALUES]
        for first in (True, False):
            raw = tiff(pages, order, big=big, last_first=first)
            assert np.array_equal(
                open_image(write(tmp_path, raw), Wanted()).pixels, self.VALUES
            )
            for size in range(0, len(raw), 37):
                path = write(tmp_path, raw[:size])
                with pytest.raises(ImageError, match=r'"a\.tif" ') as caught:
                    open_image(path, Wanted())
                assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        ("places", "words"),
        [
            ({273: [0, 0, 0]}, "no bytes for 3 of 3 strips of page 2"),
            ({279: [0, 80, 80]}, "no bytes for 1 of 3 strips of page 2"),
            ({273: None}, "page 2 has 3 strips, and places for 0"),
            ({279: None}, "page 2 has 3 strips, and lengths for 0"),
            ({273: [8]}, "page 2 has 3 strips, and places for 1"),
            ({279: [80, 80]}, "page 2 has 3 strips, and lengths for 2"),
            ({279: [80, 80, 79]}, "strip 3 of page 2 has 79 bytes, and 80 are needed"),
            ({273: [8, 88, 2**32 - 9]}, "its pixels end at byte"),
            ({273: [8, 50, 200]}, "lie in the same bytes"),
        ],
    )
    def test_strips(self, places, words: str, tmp_path) -> None:
        pages = [page(v, rows=4) for v in self.VALUES]
        pages[1].places = places
        refused(write(tmp_path, tiff(pages)), words)

    @pytest.mark.parametrize("compression", ["lzw", "zlib", "packbits", "lzma", "zstd"])
    @pytest.mark.parametrize("cut", [{"rowsperstrip": 20}, {"tile": (16, 16)}], ids=str)
    def test_strips_that_decode_to_less(self, compression, cut, tmp_path) -> None:
        values = pixels_of((40, 48))
        path = tmp_path / "a.tif"
        tifffile.imwrite(
            path, values, compression=compression, photometric="minisblack", **cut
        )
        with tifffile.TiffFile(path) as file:
            tag = file.pages[0].tags[279 if "rowsperstrip" in cut else 325]
            counts = tag.value
        for short in (counts[1] // 3, counts[1] // 2):
            raw = bytearray(path.read_bytes())
            size = 2 if tag.dtype == SHORT else 4
            at = tag.valueoffset + size
            raw[at : at + size] = int(counts[1] - short).to_bytes(size, "little")
            what = "strip" if "rowsperstrip" in cut else "tile"
            refused(
                write(tmp_path, bytes(raw), "b.tif"), f"damaged: {what} 2 of page 1"
            )

    def test_jpeg_that_ends_early(self, tmp_path) -> None:
        """libjpeg fills what is missing with gray, without a word."""
        path = tmp_path / "j.tif"
        tifffile.imwrite(path, pixels_of((64, 64), 8), compression="jpeg")
        image = read(path)
        assert image.shape == (64, 64)
        with tifffile.TiffFile(path) as file:
            at, count = file.pages[0].dataoffsets[0], file.pages[0].databytecounts[0]
            tag = file.pages[0].tags[279]
        raw = bytearray(path.read_bytes())
        raw[tag.valueoffset : tag.valueoffset + 4] = (count // 2).to_bytes(4, "little")
        refused(write(tmp_path, bytes(raw), "k.tif"), "before its end marker")
        marker = raw.find(b"\xff\xc0", at)
        raw = bytearray(path.read_bytes())
        raw[marker + 5 : marker + 9] = b"\xff\xdc\xff\xdc"
        refused(write(tmp_path, bytes(raw), "k.tif"), "more than announced")

    @pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt"])
    @pytest.mark.parametrize("share", [0.05, 0.5, 0.93])
    def test_fax_that_ends_early(self, share, compression, tmp_path) -> None:
        """Its decoder makes up the rows that are missing."""
        values = RNG.random((37, 59)) < share
        PIL.Image.fromarray(values).save(tmp_path / "a.tif", compression=compression)
        image = read(tmp_path / "a.tif")
        assert np.array_equal(image.pixels, values * np.uint8(255))
        raw = (tmp_path / "a.tif").read_bytes()
        with tifffile.TiffFile(tmp_path / "a.tif") as file:
            tag = file.pages[0].tags[279]
        (count,) = tag.value
        for lost in range(3, count - 1, count // 30):
            cut = bytearray(raw)
            cut[tag.valueoffset : tag.valueoffset + 4] = (count - lost).to_bytes(
                4, "little"
            )
            refused(write(tmp_path, bytes(cut), "b.tif"), "damaged: strip 1 of page 1")

    @pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt"])
    def test_fax_of_fewer_rows(self, compression, tmp_path) -> None:
        """It ends as it should, and before its last row."""
        values = RNG.random((37, 59)) < 0.5
        PIL.Image.fromarray(values).save(tmp_path / "a.tif", compression=compression)
        raw = bytearray((tmp_path / "a.tif").read_bytes())
        with tifffile.TiffFile(tmp_path / "a.tif") as file:
            tags = [file.pages[0].tags[number] for number in (257, 278)]
        for tag in tags:
            raw[tag.valueoffset : tag.valueoffset + 2] = (40).to_bytes(2, "little")
        refused(write(tmp_path, bytes(raw), "b.tif"), "before its last row")

    def test_damage_within(self, tmp_path) -> None:
        path = tmp_path / "a.tif"
        options = {"photometric": "minisblack", "compression": "zlib"}
        tifffile.imwrite(path, pixels_of((3, 64, 64)), **options)
        raw = bytearray(path.read_bytes())
        raw[-900] ^= 0x55
        refused(write(tmp_path, bytes(raw)), "page 3 cannot be decoded .*BAD_DATA")

    def test_a_description_that_is_cut_off(self, tmp_path) -> None:
        """What values mean stands there: 32768 would be taken off or not."""
        text = "ImageJ=1.54p\ncf=0\nc0=-32768.0\nc1=1.0\nvunit=Gray Value\n"
        raw = tiff([page(self.VALUES[0], description=text)])
        raw = raw.rstrip(b"\0") + b"\0"
        for lost in (1, 3, 40):
            refused(write(tmp_path, raw[:-lost]), "its description ends behind them")

    @pytest.mark.parametrize("pages", [1, 3])
    def test_a_circle(self, pages: int, tmp_path) -> None:
        raw = tiff([page(v) for v in self.VALUES[:pages]])
        first = int.from_bytes(raw[4:8], "little")
        circle = tiff([page(v) for v in self.VALUES[:pages]], end=first)
        refused(write(tmp_path, circle), f"chain of pages goes back to byte {first}")

    @pytest.mark.parametrize("compression", [1, 5, 7, 8, 32773, 34925, 50000, 33003])
    @pytest.mark.parametrize("big", [False, True])
    def test_gigapixels_of_a_kilobyte(self, big, compression, tmp_path) -> None:
        huge = {256: (LONG, 100_000), 257: (LONG, 100_000), 278: (LONG, 100_000)}
        one = page(self.VALUES[0], compression=compression, tags=huge)
        begin = time.perf_counter()
        path = write(tmp_path, tiff([one], big=big))
        with pytest.raises(ImageError, match="cut short"):
            open_image(path, Wanted())
        assert time.perf_counter() - begin < 60  # it would be minutes, or no memory

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"II*\0",
            b"II*\0\x08\0\0\0",
            b"II*\0\x08\0\0\0\0\0\x08\0\0\0",
            b"II*\0\x08\0\0\0\xff\xff" + bytes(90),
            b"MM\0*\0\0\0\0" + bytes(90),
            b"II+\0\x08\0\0\0" + b"\xff" * 8,
        ],
    )
    def test_no_pages(self, raw: bytes, tmp_path) -> None:
        refused(write(tmp_path, raw), '"a.tif" ')

    def test_a_broken_tag_beside(self, tmp_path) -> None:
        """A tag that no pixel depends on is lost, and that is said."""
        one = page(self.VALUES[0], tags={700: (LONG, [5, 6, 7])})
        raw = bytearray(tiff([one]))
        at = raw.find(b"\xbc\x02\x04\0")
        raw[at + 2 : at + 4] = b"\x63\0"
        image = open_image(write(tmp_path, bytes(raw)), Wanted())
        assert np.array_equal(image.pixels, self.VALUES[0])
        assert "cannot be read" in "".join(image.provenance.remarks)

    def test_nothing_is_logged(self, tmp_path, caplog) -> None:
        one = page(self.VALUES[0], places={279: [0]})
        refused(write(tmp_path, tiff([one])), "no bytes")
        assert not caplog.records
        with tifffile.TiffFile(tmp_path / "a.tif") as file:
            assert file.pages[0].shape == (12, 10)


def test_sizes_of_pixels(tmp_path) -> None:
    def size(unit: int, text: str = "", per: tuple[int, int] = (20_000, 1)) -> Any:
        tags = {282: (RATIONAL, per), 283: (RATIONAL, per), 296: (SHORT, unit)}
        one = page(pixels_of((3, 4)), description=text, tags=tags)
        return read(write(tmp_path, tiff([one]))).calibration[:2]

    assert size(3) == ((0.5, 0.5), "µm")
    assert size(3, per=(5, 1)) == ((0.2, 0.2), "cm")
    assert size(2, per=(300, 1)) == (None, "µm")
    assert size(1, "ImageJ=1.54p\nunit=nm\n", (1, 500)) == ((500, 500), "nm")
    assert size(1, "ImageJ=1.54p\nunit=\\u00b5m\n", (2, 1)) == ((0.5, 0.5), "µm")
    assert size(1, "ImageJ=1.54p\nunit=pixel\n", (2, 1)) == (None, "µm")


def test_pages_and_images_are_named_in_what_is_said(tmp_path) -> None:
    values = pixels_of((2, 30, 20))
    tifffile.imwrite(
        tmp_path / "a.tif", values, imagej=True, byteorder=">", compression="zlib",
        metadata={"axes": "ZYX"},
    )  # fmt: skip
    image = read(tmp_path / "a.tif")
    assert image.provenance.reader.startswith("tifffile ")
    assert image.provenance.stored == (
        "16 bit, big-endian, Adobe Deflate, 2 pages in strips"
    )
    assert re.search(r"z 2, y 30, x 20; uint16", repr(image))


def test_an_unknown_compression(tmp_path) -> None:
    one = page(pixels_of((3, 4)), compression=60_000)
    refused(write(tmp_path, tiff([one])), "cannot be read here .*install the codec")


def test_metamorph(tmp_path) -> None:
    """A stack of which one plane is described and a tag counts them."""
    values = pixels_of((5, 6, 9))
    one = page(
        values[0],
        tags={
            33628: (LONG, [0]),
            33629: (RATIONAL, [0, 1, 2451545, 0, 2451545, 0] * 5),
        },
    )
    one = Page(one.tags, [b"".join(packed(v, 16) for v in values)], places={279: [108]})
    raw = bytearray(tiff([one]))
    first, second = raw.find(b"\x5c\x83\x04\0"), raw.find(b"\x5d\x83\x05\0")
    # The first tag's value is a place; there are zeros, as of one that says nothing.
    raw[first + 8 : first + 12] = raw[second + 8 : second + 12]
    for count in (5, 9):
        raw[second + 4 : second + 8] = count.to_bytes(4, "little")
        path = write(tmp_path, bytes(raw) + bytes(9 * 24), "m.stk")
        if count == 5:
            image = read(path)
            assert np.array_equal(image.pixels, values)
            assert image.axes == ("axis_0", "y", "x")
        else:
            refused(path, "9 planes are announced, 5 can be read|pixels lie over")

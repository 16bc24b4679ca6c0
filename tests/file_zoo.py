"""Small files of every kind, and what they hold, known from who wrote them.

`zoo()` lists them; `tests/imagej/test_formats.py` holds SimilIJ against the real ImageJ
on each, and `docs/formats.md` is made of the same table. None is square or symmetric,
and each holds pixels of its own, so that no mixing up of axes or files goes unseen.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from PIL import Image as Pillow

import own_writers as own
from own_writers import DEFLATE, LZW, PACKBITS, PALETTE, WHITE, Page, page, text, tiff

OWN, TIFFFILE, PILLOW, ZARR = "by hand", "tifffile", "Pillow", "zarr"
"""Who wrote a file."""

GROUPS = {
    "gray": "TIFF: one gray plane",
    "compressed": "TIFF: compression, strips, tiles",
    "color": "TIFF: palettes and colors",
    "planes": "TIFF: planes",
    "headers": "TIFF: what ImageJ's header says",
    "sets": "OME-TIFF",
    "damaged": "TIFF: not all there",
    "png": "PNG",
    "small": "PGM, GIF and others",
    "arrays": "NPY and Zarr",
}
"""Headings of the tables that files stand in, by the tables' names in the docs."""


@dataclass(frozen=True)
class Specimen:
    """A file, and what is known of it.

    Attributes
    ----------
    name : str
        Of the file.
    group : str
        Heading of the table that it stands in.
    words : str
        What kind of file it is.
    writer : str
        Who wrote it: `OWN` or a library.
    write : callable
        Writes it to a path, and those beside it that it needs.
    values : ndarray or None
        What SimilIJ is to compare; None: it is to refuse the file.
    axes : str
        Of `values`.
    differs : str
        Why that is not what ImageJ shows; "": it is.
    says : str
        What the note of a row must say; "": there is none.
    unasked : str
        Why ImageJ is not asked to open it.
    """

    name: str
    group: str
    words: str
    writer: str
    write: Callable[[Path], None]
    values: Any
    axes: str = "yx"
    differs: str = ""
    says: str = ""
    unasked: str = ""


def pixels(seed: int, shape: tuple[int, ...], dtype: Any, most: int = 0) -> Any:
    """Return random pixels over a whole type, or up to a value, its ends among them."""
    random = np.random.default_rng(seed)
    kind = np.dtype(dtype)
    if kind.kind == "f":
        made = random.normal(100, 50, shape).astype(kind)
        made.flat[:2] = -1.5, 2.0**20
        return made
    low, high = (0, most) if most else (np.iinfo(kind).min, np.iinfo(kind).max)
    made = random.integers(low, high, shape, kind, endpoint=True)
    made.flat[:2] = low, high
    return made


class Numbered:
    """Give each specimen pixels of its own: a seed that grows."""

    def __init__(self) -> None:
        self.seed = 0

    def __call__(self, shape: tuple[int, ...], dtype: Any, most: int = 0) -> Any:
        self.seed += 1
        return pixels(self.seed, shape, dtype, most)


def put(content: bytes, path: Path) -> None:
    path.write_bytes(content)


def by_hand(
    group: str, name: str, words: str, content: bytes, value: Any, axes: str = "yx",
    differs: str = "", says: str = "", unasked: str = "",
) -> Specimen:  # fmt: skip
    """Return a file whose bytes were put together here."""
    return Specimen(
        name, group, words, OWN, partial(put, content), value, axes, differs, says,
        unasked,
    )  # fmt: skip


def of_page(
    group: str, name: str, words: str, value: Any, made: Any = None, axes: str = "yx",
    *, order: str = "<", differs: str = "", says: str = "", **how: Any,
) -> Specimen:  # fmt: skip
    """Return a TIFF of one page; `made`: its samples, where not those of `value`."""
    made = value if made is None else made
    content = tiff([page(made, order=order, **how)], order=order)
    return by_hand(group, f"{name}.tif", words, content, value, axes, differs, says)


def imagej(**facts: object) -> dict[int, own.Value]:
    """Return the tag that ImageJ describes an image in."""
    lines = "".join(f"{name}={value}\n" for name, value in facts.items())
    return {own.DESCRIPTION: text(f"ImageJ=1.54p\n{lines}")}


NO_TILES = "ImageJ opens no tiles"
NO_BIG = "ImageJ opens no BigTIFF"
NO_TYPE = "ImageJ opens no such numbers"
NO_CODE = "ImageJ opens no such compression"
NUMBERS = "ImageJ measures the numbers of the palette"
GREYS = "palette of grays"
BEHIND = "ImageJ takes no notice of what is transparent"
NO_ZARR = "ImageJ opens no Zarr without a plugin"
AS_FLOAT = "ImageJ makes 32-bit floats of them"


SIGNED = {"cf": 0, "c0": -32768.0, "c1": 1.0, "vunit": "Gray Value"}
"""How ImageJ describes pixels that are signed."""
OTHER_BYTES = "ImageJ takes other bytes of the file for pixels"


@cache
def zoo() -> tuple[Specimen, ...]:
    """Return all specimens, which are made once: others only read them."""
    new = Numbered()
    makers = (
        *(numbers, compressions, colors, planes, headers, calibrated, sets, damaged),
        *(grey_pngs, color_pngs, damaged_pngs, other_small, arrays),
    )
    return tuple(one for make in makers for one in make(new))


def numbers(new: Numbered) -> Iterator[Specimen]:
    """Yield TIFFs of one gray plane: types, bits, byte order, white or black."""
    one = partial(of_page, GROUPS["gray"])
    bit = new((7, 13), "u1", 1)
    yield one("bit1", "1 bit, 0 is black", bit * np.uint8(255), bit, bits=1)
    bit = new((6, 17), "u1", 1)
    yield one(
        "bit1_white", "1 bit, 0 is white", bit * np.uint8(255), bit,
        bits=1, photometric=WHITE, says="0 as white",
    )  # fmt: skip
    bit = new((5, 19), "u1", 1)
    yield one(
        "bit1_strips", "1 bit, big-endian, strips of 2 rows", bit * np.uint8(255), bit,
        bits=1, rows=2, order=">",
    )  # fmt: skip
    bit = new((5, 19), "u1", 1)
    yield one(
        "bit1_fill2", "1 bit, the lowest bit first (FillOrder 2)",
        bit * np.uint8(255), bit, bits=1, fill=2,
        differs="ImageJ does not look at FillOrder", says="FillOrder 2",
    )  # fmt: skip
    few = new((7, 13), "u1", 3)
    yield one("bit2", "2 bits", few, bits=2, differs=NO_TYPE)
    few = new((9, 11), "u1", 15)
    yield one("bit4", "4 bits", few, bits=4, differs=NO_TYPE)
    yield one("u8", "8 bits", new((7, 13), "u1"))
    yield one("u8_strips", "8 bits, strips of 3 rows", new((11, 6), "u1"), rows=3)
    yield one(
        "u8_big", "8 bits, big-endian, strips of 1 row", new((5, 9), "u1"), rows=1,
        order=">",
    )  # fmt: skip
    yield one(
        "u8_white", "8 bits, 0 is white", new((7, 13), "u1"), photometric=WHITE,
        says="0 as white",
    )  # fmt: skip
    yield one(
        "i8", "8 bits, signed", new((7, 13), "i1"),
        differs="ImageJ takes signed 8 bits for unsigned", says="signed 8 bit",
    )  # fmt: skip
    yield one("u12", "12 bits", new((7, 14), "u2", 4095), bits=12)
    yield one("u12_odd", "12 bits, odd width", new((6, 13), "u2", 4095), bits=12)
    yield one(
        "u12_big", "12 bits, big-endian, strips of 2 rows", new((5, 11), "u2", 4095),
        bits=12, order=">", rows=2,
    )  # fmt: skip
    yield one("u16", "16 bits", new((7, 13), "u2"))
    yield one(
        "u16_big", "16 bits, big-endian, strips of 2 rows", new((7, 13), "u2"), rows=2,
        order=">",
    )  # fmt: skip
    yield one(
        "u16_white", "16 bits, 0 is white", new((8, 5), "u2"), photometric=WHITE,
        says="0 as white",
    )  # fmt: skip
    yield one("i16", "16 bits, signed", new((7, 13), "i2"))
    yield one("i16_big", "16 bits, signed, big-endian", new((6, 10), "i2"), order=">")
    yield one("u32", "32 bits, below 2²⁴", new((7, 13), "u4", 2**24))
    yield one(
        "u32_large", "32 bits", new((7, 13), "u4"), differs=AS_FLOAT, says="above 2^24"
    )
    yield one("i32", "32 bits, signed", new((7, 13), "i4") >> 8)
    yield one(
        "i32_big", "32 bits, signed, big-endian", new((5, 12), "i4") >> 8, order=">"
    )
    yield one("f32", "32-bit floats", new((7, 13), "f4"))
    yield one("f32_big", "32-bit floats, big-endian", new((9, 4), "f4"), order=">")
    broken = new((9, 4), "f4")
    broken[2, 1:3] = np.nan
    yield one("f32_nan", "32-bit floats, two NaN", broken)
    yield one("f64", "64-bit floats", new((7, 13), "f8") / 3, differs=NO_TYPE)
    yield one(
        "f16", "16-bit floats", new((7, 13), "f4").clip(-9, 900).astype("f2"),
        differs=NO_TYPE,
    )  # fmt: skip
    yield one("u64", "64 bits", new((7, 13), "u8"), differs=NO_TYPE)
    yield one("i64", "64 bits, signed", new((7, 13), "i8"), differs=NO_TYPE)
    yield one(
        "c64", "complex numbers", None, (new((5, 4), "f4") + 2j).astype("c8"),
    )  # fmt: skip


def compressions(new: Numbered) -> Iterator[Specimen]:
    """Yield TIFFs whose strips or tiles are compressed."""
    group = GROUPS["compressed"]
    one = partial(of_page, group)
    kinds = ((LZW, "LZW"), (DEFLATE, "deflate"), (PACKBITS, "PackBits"))
    for code, label in kinds:
        short = label.lower()
        value = new((9, 7), "u1", 200)
        value[3:6] = 7
        yield one(f"{short}8", f"{label}, 8 bits", value, compression=code)
        value = new((9, 7), "u2", 900)
        yield one(
            f"{short}16", f"{label}, 16 bits, big-endian, strips of 4 rows", value,
            compression=code, order=">", rows=4,
        )  # fmt: skip
    for code, label in kinds[:2]:
        short = label.lower()
        value = new((6, 11), "u1")
        yield one(
            f"{short}8_predictor", f"{label} with predictor, 8 bits", value,
            compression=code, predictor=True,
        )  # fmt: skip
        value = new((8, 5), "u2")
        yield one(
            f"{short}16_predictor",
            f"{label} with predictor, 16 bits, big-endian, strips of 3 rows", value,
            compression=code, predictor=True, order=">", rows=3,
        )  # fmt: skip
    bit = new((7, 21), "u1", 1)
    for code, label in kinds:
        yield one(
            f"bit1_{label.lower()}", f"{label}, 1 bit", bit * np.uint8(255), bit,
            bits=1, compression=code,
            differs=NO_CODE if code == LZW else "ImageJ unpacks 1 bit to other pixels",
            says="" if code == LZW else "1-bit pixels are compressed",
        )  # fmt: skip
    yield one(
        "f32_lzw", "LZW, 32-bit floats", new((7, 9), "f4"), compression=LZW, rows=3
    )
    left = {own.PREDICTOR: (own.SHORT, [2])}
    for code, label in ((own.NONE, "not compressed"), (PACKBITS, "PackBits")):
        short = label.split()[0].lower()
        yield one(
            f"{short}_predictor", f"{label}, a tag of a predictor was left behind",
            new((7, 8), "u1"), compression=code, tags=left,
        )  # fmt: skip
    for kind, words in (("u1", "8 bits"), ("u2", "16 bits"), ("f4", "32-bit floats")):
        yield one(
            f"tiles_{kind}", f"tiles, {words}", new((21, 37), kind), tile=(16, 16),
            differs=NO_TILES,
        )  # fmt: skip
    yield one(
        "tiles_lzw", "tiles, LZW, big-endian", new((18, 33), "u2"), tile=(16, 32),
        compression=LZW, order=">", differs=NO_TILES,
    )  # fmt: skip
    for code in ("zstd", "lzma"):
        value = new((9, 14), "u2")

        def write(path: Path, value: Any = value, code: str = code) -> None:
            tifffile.imwrite(path, value, compression=code, photometric="minisblack")

        yield Specimen(
            f"{code}.tif", group, f"{code}, 16 bits", TIFFFILE, write, value,
            differs=NO_CODE,
        )  # fmt: skip
    value = new((9, 14), "f4")

    def floating(path: Path) -> None:
        tifffile.imwrite(path, value, compression="zlib", predictor=3)

    yield Specimen(
        "predictor3.tif", group, "deflate with predictor of floats", TIFFFILE,
        floating, value, differs="ImageJ takes the predictor of floats for none",
        says="predictor",
    )  # fmt: skip
    bits = new((16, 40), "u1", 1)
    bits[4:9] = 1

    def fax(path: Path) -> None:
        # Pillow keeps a pixel of 1 bit as a byte, 0 or 255.
        Pillow.fromarray(bits * np.uint8(255)).convert("1").save(
            path, compression="group4"
        )

    yield Specimen(
        "group4.tif", group, "1 bit, CCITT group 4", PILLOW, fax, bits * np.uint8(255),
        differs=NO_CODE,
    )  # fmt: skip


def colors(new: Numbered) -> Iterator[Specimen]:
    """Yield TIFFs of palettes and of several samples for each pixel."""
    one = partial(of_page, GROUPS["color"])
    ramp = np.arange(256)

    def palette(red: Any, green: Any, blue: Any) -> dict[str, Any]:
        tags = {own.COLORMAP: own.colormap(red, green, blue)}
        return {"photometric": PALETTE, "tags": tags}

    value = new((7, 13), "u1")
    yield one(
        "palette_ramp", "palette, 0 black to 255 white", value, value,
        **palette(ramp, ramp, ramp),
    )  # fmt: skip
    index = new((9, 5), "u1")
    yield one(
        "palette_inverted", "palette, 0 white to 255 black", 255 - index, index,
        differs=NUMBERS, says=GREYS, **palette(ramp[::-1], ramp[::-1], ramp[::-1]),
    )  # fmt: skip
    random = np.random.default_rng(3)
    greys = random.permutation(256)
    index = new((7, 6), "u1")
    yield one(
        "palette_greys", "palette of grays in no order", greys.astype("u1")[index],
        index, differs=NUMBERS, says=GREYS, **palette(greys, greys, greys),
    )  # fmt: skip
    index = new((7, 13), "u1")
    yield one(
        "palette_color", "palette of colors", None, index, differs=NUMBERS,
        **palette(random.permutation(256), greys, ramp),
    )  # fmt: skip
    few = np.arange(16) * 17
    yield one(
        "palette4", "palette of 16 colors, 4 bits", None, new((7, 13), "u1", 15),
        bits=4, **palette(few, few[::-1], few),
    )  # fmt: skip
    value = new((7, 13, 3), "u1")
    yield one("rgb", "RGB, 8 bits, pixel by pixel", value, value, "yxs")
    value = new((6, 11, 3), "u1")
    yield one(
        "rgb_planar", "RGB, 8 bits, plane by plane", value, value, "yxs", planar=True
    )
    value = new((6, 11, 3), "u1")
    yield one(
        "rgb_planar_strips", "RGB, 8 bits, plane by plane, strips of 2 rows", value,
        value, "yxs", planar=True, rows=2,
    )  # fmt: skip
    value = new((6, 11, 3), "u1")
    yield one(
        "rgb_no_planar", "RGB, 8 bits, neither pixel by pixel nor plane by plane", None,
        value, tags={own.PLANAR: (own.SHORT, [3])},
        differs="ImageJ takes what is not plane by plane for pixel by pixel",
    )  # fmt: skip
    value = new((8, 5, 3), "u1")
    yield one(
        "rgb_lzw", "RGB, 8 bits, LZW with predictor, strips of 3 rows", value, value,
        "yxs", compression=LZW, predictor=True, rows=3,
    )  # fmt: skip
    value = new((7, 4, 3), "u2")
    yield one("rgb16", "RGB, 16 bits, pixel by pixel", value, value, "yxc")
    value = new((7, 4, 3), "u2")
    yield one(
        "rgb16_planar", "RGB, 16 bits, plane by plane, big-endian", value, value, "yxc",
        planar=True, order=">",
    )  # fmt: skip
    alpha = {own.EXTRA: (own.SHORT, [2])}
    value = new((7, 5, 4), "u1")
    value[..., 3] = 255
    yield one(
        "rgba_opaque", "RGB and alpha, all opaque", value[..., :3], value, "yxs",
        tags=alpha,
    )  # fmt: skip
    value = new((7, 5, 4), "u1")
    yield one(
        "rgba", "RGB and alpha, in part transparent", value[..., :3], value, "yxs",
        says="alpha", tags=alpha,
    )  # fmt: skip
    value = new((6, 7, 2), "u1")
    yield one(
        "grey_alpha", "gray and alpha, in part transparent", value[..., 0], value,
        differs="ImageJ opens no gray with alpha", says="alpha", tags=alpha,
    )  # fmt: skip
    yield one(
        "cmyk", "CMYK", None, new((6, 7, 4), "u1"), photometric=5,
        differs="ImageJ turns CMYK into RGB",
    )  # fmt: skip
    value = new((6, 7, 3), "f4")
    yield one(
        "rgb_f32", "three samples of 32-bit floats", value, value, "yxc",
        differs=NO_TYPE, says="samples",
    )  # fmt: skip


def planes(new: Numbered) -> Iterator[Specimen]:
    """Yield TIFFs of several pages, and stacks that ImageJ describes."""
    group = GROUPS["planes"]
    written = partial(by_hand, group)
    value = new((3, 7, 13), "u1")
    yield written("pages.tif", "3 pages", tiff([*map(page, value)]), value, "zyx")
    value = new((4, 5, 9), "u2")
    content = tiff([page(p, order=">", rows=2) for p in value], order=">")
    yield written(
        "pages_big.tif", "4 pages, 16 bits, big-endian", content, value, "zyx"
    )
    value = new((3, 6, 8), "u2")
    content = tiff([*map(page, value)])
    yield written("pages.flex", "3 pages, named .flex", content, value, "zyx")
    value = new((3, 6, 8), "u1")
    content = tiff([page(p, compression=LZW) for p in value])
    yield written("pages_lzw.dat", "3 pages, LZW, named .dat", content, value, "zyx")
    value = new((3, 5, 7), "u1")
    pages = [page(p, photometric=WHITE) for p in value]
    yield written(
        "pages_white.tif", "3 pages, 0 is white", tiff(pages), value, "zyx",
        says="0 as white",
    )  # fmt: skip
    bit = new((3, 5, 9), "u1", 1)
    yield written(
        "pages_bit1.tif", "3 pages, 1 bit", tiff([page(p, bits=1) for p in bit]),
        bit * np.uint8(255), "zyx",
    )  # fmt: skip
    value = new((3, 5, 7, 3), "u1")
    yield written(
        "pages_rgb.tif", "3 pages, RGB", tiff([*map(page, value)]), value, "zyxs"
    )
    first, other = new((7, 9), "u1"), new((4, 5), "u1")
    yield written(
        "sizes.tif", "2 pages of different size", tiff([page(first), page(other)]),
        None, "yx", "ImageJ opens the pages apart, and shows the first",
    )  # fmt: skip
    yield written(
        "types.tif", "2 pages of different types",
        tiff([page(first), page(new((7, 9), "u2"))]), None, "yx",
        "ImageJ opens the pages apart, and shows the first",
    )  # fmt: skip
    reduced = {254: (own.LONG, [1])}
    yield written(
        "thumbnail.tif", "a page, and a smaller one that is marked as reduced",
        tiff([page(first), page(other, tags=reduced)]), first, "yx",
    )  # fmt: skip

    def of_tifffile(
        name: str, words: str, shape: tuple[int, ...], dtype: Any, axes: str, **how: Any
    ) -> Specimen:
        value = new(shape, dtype)

        def write(path: Path) -> None:
            tifffile.imwrite(
                path, value, imagej=True, metadata={"axes": axes.upper()}, **how
            )

        return Specimen(
            name, group, words, TIFFFILE, write, value, axes,
            differs=NO_BIG if how.get("bigtiff") else "",
        )  # fmt: skip

    yield of_tifffile("ij_z.tif", "ImageJ stack of 5 slices", (5, 6, 9), "u1", "zyx")
    yield of_tifffile(
        "ij_t.tif", "ImageJ stack of 4 frames, 16 bits", (4, 7, 5), "u2", "tyx"
    )
    yield of_tifffile(
        "ij_c.tif", "ImageJ composite of 2 channels", (2, 7, 5), "u2", "cyx"
    )
    yield of_tifffile(
        "ij_zc.tif", "ImageJ hyperstack, 3 slices of 2 channels", (3, 2, 5, 8), "u2",
        "zcyx",
    )  # fmt: skip
    yield of_tifffile(
        "ij_tzc.tif", "ImageJ hyperstack, 2 frames, 3 slices, 4 channels",
        (2, 3, 4, 5, 6), "f4", "tzcyx",
    )  # fmt: skip
    yield of_tifffile(
        "ij_little.tif", "the same, little-endian", (3, 2, 2, 5, 6), "u2", "tzcyx",
        byteorder="<",
    )  # fmt: skip
    yield of_tifffile(
        "ij_deflate.tif", "ImageJ stack, deflate", (3, 6, 9), "u2", "zyx",
        compression="zlib",
    )  # fmt: skip
    yield of_tifffile(
        "ij_rgb.tif", "ImageJ stack of 3 RGB slices", (3, 6, 5, 3), "u1", "zyxs"
    )
    for name, order, words in (("big", "<", ""), ("big_big", ">", ", big-endian")):
        value = new((7, 13), "u2")
        content = tiff([page(value, order=order, rows=3)], order=order, big=True)
        yield written(f"{name}.tif", f"BigTIFF{words}", content, value, "yx", NO_BIG)
    value = new((3, 5, 7), "u1")
    yield written(
        "big_pages.btf", "BigTIFF of 3 pages", tiff([*map(page, value)], big=True),
        value, "zyx", NO_BIG,
    )  # fmt: skip
    value = new((40, 36), "u2")

    def pyramid(path: Path) -> None:
        with tifffile.TiffWriter(path) as writer:
            writer.write(value, subifds=1, tile=(16, 16), photometric="minisblack")
            writer.write(value[::2, ::2], subfiletype=1, tile=(16, 16))

    yield Specimen(
        "pyramid.tif", group, "two resolutions (SubIFD), tiles", TIFFFILE, pyramid,
        value, differs=NO_TILES,
    )  # fmt: skip


def contiguous(value: Any, order: str = ">", **facts: object) -> bytes:
    """Return a stack as ImageJ writes it: one page, the others right behind it."""
    first, *rest = (packed_plane(p, order) for p in value)
    one = page(value[0], order=order, tags=imagej(**facts))
    return tiff([Page([first], one.tags, after=b"".join(rest))], order=order)


def packed_plane(plane: Any, order: str) -> bytes:
    return own.packed(plane, plane.dtype.itemsize * 8, order)


def headers(new: Numbered) -> Iterator[Specimen]:
    """Yield TIFFs with a description of ImageJ's, right and wrong."""
    written = partial(by_hand, GROUPS["headers"])
    value = new((7, 13), "u1")
    one = page(value, tags=imagej(min=0, max=100))
    yield written("ij.tif", "one plane, and a display range", tiff([one]), value)
    value = new((5, 6, 8), "u2")
    yield written(
        "ij_contiguous.tif", "5 slices behind one page",
        contiguous(value, images=5, slices=5), value, "zyx",
    )  # fmt: skip
    value = new((6, 5, 7), "u1")
    yield written(
        "ij_contiguous_cz.tif", "2 channels, 3 slices behind one page",
        contiguous(value, "<", images=6, channels=2, slices=3, hyperstack="true"),
        value.reshape(3, 2, 5, 7), "zcyx",
    )  # fmt: skip
    value = new((5, 4, 7), "u1")
    yield written(
        "ij_contiguous_cut.tif", "5 slices announced, 3 are there",
        contiguous(value[:3], images=5, slices=5), None, differs=OTHER_BYTES,
    )  # fmt: skip
    value = new((3, 5, 9), "u1")
    pages = [page(p, tags=imagej(images=5, slices=5)) for p in value]
    yield written(
        "ij_more_announced.tif", "3 pages, 5 images announced", tiff(pages), None,
        differs=OTHER_BYTES,
    )  # fmt: skip
    value = new((4, 5, 9), "u1")
    pages = [page(p, tags=imagej(images=2, slices=2)) for p in value]
    yield written(
        "ij_fewer_announced.tif", "4 pages, 2 images announced",
        tiff(pages, together=True), value[:2], "zyx", says="4 pages",
    )  # fmt: skip
    value = new((4, 5, 9), "u1")
    pages = [page(p, tags=imagej(images=4, slices=4)) for p in value]
    yield written(
        "ij_apart.tif", "4 pages, whose pixels lie apart", tiff(pages), value, "zyx",
        OTHER_BYTES, "do not follow one another",
    )  # fmt: skip
    value = new((4, 5, 9), "u2")
    one, *rest = (page(p) for p in value)
    one.tags |= imagej()
    yield written(
        "ij_appended.tif", "4 pages, the first saved by ImageJ, others appended",
        tiff([one, *rest]), value, "zyx",
    )  # fmt: skip
    value = new((6, 5, 9), "u1")
    facts = imagej(images=6, channels=4, slices=2, hyperstack="true")
    one, *rest = (page(p) for p in value)
    one.tags |= facts
    yield written(
        "ij_do_not_multiply.tif", "6 pages, 4 channels × 2 slices announced",
        tiff([one, *rest], together=True), value, "zyx", says="6 planes",
    )  # fmt: skip
    value = new((6, 5, 9), "u2")
    yield written(
        "ij_do_not_multiply_behind.tif",
        "6 planes behind one page, 2 channels × 2 slices",
        contiguous(value, images=6, channels=2, slices=2, hyperstack="true"),
        value, "zyx", says="6 planes",
    )  # fmt: skip
    value = new((7, 13), "u1")
    one = page(value, tags=imagej(channels=2, slices=3))
    yield written(
        "ij_one_of_six.tif", "one page, 2 channels × 3 slices", tiff([one]), value
    )


def calibrated(new: Numbered) -> Iterator[Specimen]:
    """Yield TIFFs with a calibration function; signed pixels, as ImageJ saves them."""
    written = partial(by_hand, GROUPS["headers"])
    shows = "ImageJ shows values of a calibration function"
    for name, words, facts in (
        ("od", "uncalibrated optical density", {"cf": 21, "vunit": "OD"}),
        ("line", "a straight line", {"cf": 0, "c0": 5.0, "c1": 0.25, "vunit": "mM"}),
        (
            "parabola",
            "a parabola",
            {"cf": 1, "c0": 1.0, "c1": 2.0, "c2": 0.5, "vunit": "AU"},
        ),
    ):
        value = new((7, 9), "u1")
        yield written(
            f"ij_{name}.tif", f"calibration function: {words}, 8 bits",
            tiff([page(value, tags=imagej(**facts))]), value, differs=shows,
            says="calibration function",
        )  # fmt: skip
    value = new((5, 9), "u2")
    yield written(
        "ij_line16.tif", "calibration function: a straight line, 16 bits",
        tiff([page(value, tags=imagej(cf=0, c0=-3.0, c1=2.0, vunit="AU"))]), value,
        differs=shows, says="calibration function",
    )  # fmt: skip
    for name, order in (("ij_signed16.tif", "<"), ("ij_signed16_big.tif", ">")):
        shown = new((6, 9), "i2")
        stored = (shown.astype(np.int32) + 32768).astype(np.uint16)
        one = page(stored, order=order, tags=imagej(**SIGNED))
        words = "big-endian" if order == ">" else "little-endian"
        yield written(
            name, f"signed 16 bits as ImageJ saves them, {words}",
            tiff([one], order=order), shown,
        )  # fmt: skip
    shown = new((3, 6, 9), "i2")
    stored = (shown.astype(np.int32) + 32768).astype(np.uint16)
    facts = {"images": 3, "slices": 3, **SIGNED}
    yield written(
        "ij_signed16_stack.tif", "signed 16 bits as ImageJ saves them, 3 slices",
        contiguous(stored, **facts), shown, "zyx",
    )  # fmt: skip
    value = new((5, 8), "u1")
    yield written(
        "ij_no_unit.tif", "a calibration function without a unit of values",
        tiff([page(value, tags=imagej(cf=0, c0=5.0, c1=0.25))]), value,
    )  # fmt: skip
    value = new((5, 4, 6), "u2")
    # Of each plane six numbers, where the count of the tag is that of the planes.
    planes_of_stk: dict[int, own.Value] = {
        33628: (own.LONG, [0, 0], 1),
        33629: (own.RATIONAL, [0, 1, 2_450_000, 0, 2_450_000, 0] * 5, 5),
    }
    first, *rest = (packed_plane(p, "<") for p in value)
    tags = page(value[0]).tags | planes_of_stk
    content = tiff([Page([first], tags, after=b"".join(rest))])
    yield written(
        "metamorph.stk", "MetaMorph stack of 5 planes (UIC2)", content, value, "zyx"
    )
    tags = {number: tag for number, tag in tags.items() if number != 33628}
    content = tiff([Page([first], tags, after=b"".join(rest))])
    yield written(
        "metamorph2.stk", "MetaMorph stack of 5 planes, without UIC1", content, value,
        "zyx",
    )  # fmt: skip


def ome_xml(
    planes: list[tuple[str, int, int]], shape: tuple[int, ...], kind: str, own: int = 1
) -> str:
    """Return OME-XML of (t, z, c, y, x).

    Each plane is in a file, at a page; files have numbers, of which `own` is this.
    """
    t, z, c, y, x = shape
    blocks = "".join(
        f'<TiffData FirstT="{k // (z * c)}" FirstZ="{k // c % z}" FirstC="{k % c}" '
        f'IFD="{number}" PlaneCount="1"><UUID FileName="{file}">'
        f"urn:uuid:00000000-0000-0000-0000-{n:012}</UUID></TiffData>"
        for k, (file, number, n) in enumerate(planes)
    )
    channels = "".join(f'<Channel ID="Channel:0:{k}"/>' for k in range(c))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.'
        'org/Schemas/OME/2016-06" UUID="urn:uuid:00000000-0000-0000-0000-'
        f'{own:012}"><Image ID="Image:0"><Pixels ID="Pixels:0" '
        f'DimensionOrder="XYCZT" Type="{kind}" SizeX="{x}" SizeY="{y}" SizeC="{c}" '
        f'SizeZ="{z}" SizeT="{t}">{channels}{blocks}</Pixels></Image></OME>'
    )


def sets(new: Numbered) -> Iterator[Specimen]:
    """Yield OME-TIFFs: one file, sets of files, promises not kept."""
    group = GROUPS["sets"]
    for name, shape, dtype, axes, words in (
        ("ome", (7, 13), "u2", "yx", "one plane"),
        ("ome_z", (4, 5, 9), "u1", "zyx", "4 slices"),
        ("ome_tc", (3, 2, 5, 9), "u2", "tcyx", "3 frames of 2 channels"),
        ("ome_czt", (2, 2, 3, 5, 6), "f4", "tzcyx", "2 frames, 2 slices, 3 channels"),
    ):
        value = new(shape, dtype)

        def write(path: Path, value: Any = value, axes: str = axes) -> None:
            tifffile.imwrite(path, value, ome=True, metadata={"axes": axes.upper()},
                             photometric="minisblack")  # fmt: skip

        yield Specimen(f"{name}.ome.tif", group, words, TIFFFILE, write, value, axes)
    files = ["set_C1.ome.tif", "set_C2.ome.tif"]
    values = new((2, 7, 9), "u2")
    places = [(file, 0, number) for number, file in enumerate(files, start=1)]
    for (file, _, number), value in zip(places, values, strict=True):
        xml = ome_xml(places, (1, 1, 2, 7, 9), "uint16", number)
        content = tiff([page(value, tags={own.DESCRIPTION: text(xml)})])
        yield by_hand(group, file, "a file of a set of two", content, value)
    values = new((2, 5, 8), "u1")
    places = [("lost_Z1.ome.tif", 0, 1), ("lost_Z2.ome.tif", 0, 2)]
    xml = ome_xml(places, (1, 2, 1, 5, 8), "uint8")
    content = tiff([page(values[0], tags={own.DESCRIPTION: text(xml)})])
    yield by_hand(
        group, "lost_Z1.ome.tif", "a file of a set of two, the other is not there",
        content, values[0],
    )  # fmt: skip
    values = new((6, 5, 8), "u1")
    places = [("promised.ome.tif", k, 1) for k in range(6)]
    xml = ome_xml(places, (1, 6, 1, 5, 8), "uint8")
    first, *rest = (page(p) for p in values[:4])
    first.tags |= {own.DESCRIPTION: text(xml)}
    yield by_hand(
        group, "promised.ome.tif", "4 pages, 6 slices are promised",
        tiff([first, *rest]), None, differs="ImageJ shows the planes that are there",
    )  # fmt: skip
    value = new((3, 5, 8), "u1")
    xml = ome_xml([("more.ome.tif", k, 1) for k in range(2)], (1, 2, 1, 5, 8), "uint8")
    first, *rest = (page(p) for p in value)
    first.tags |= {own.DESCRIPTION: text(xml)}
    yield by_hand(
        group, "more.ome.tif", "3 pages, 2 slices are described",
        tiff([first, *rest]), value[:2], "zyx", "ImageJ shows all pages",
        "1 pages more",
    )  # fmt: skip


def damaged(new: Numbered) -> Iterator[Specimen]:
    """Yield TIFFs whose pixels are not all there, or that only seem so."""
    one = partial(by_hand, GROUPS["damaged"])
    fills = "ImageJ fills what is missing with 0"
    value = new((9, 7), "u1")
    lost = page(value, rows=3, lost=[1])
    yield one(
        "strip_lost.tif", "a strip of offset 0, length 0", tiff([lost]), None,
        differs=fills,
    )  # fmt: skip
    lost = page(value, rows=3, lost=[2], compression=LZW)
    yield one("strip_lost_lzw.tif", "the last strip lost, LZW", tiff([lost]), None)
    short = page(value, rows=3)
    del short.parts[2]
    yield one(
        "strips_few.tif", "2 strips, of the 3 that it has", tiff([short]), None,
        differs=fills,
    )  # fmt: skip
    short = page(new((9, 7), "u2"), rows=3)
    short.parts[1] = short.parts[1][:20]
    yield one(
        "strip_short.tif", "a strip shorter than its rows", tiff([short]), None,
        differs=fills,
    )  # fmt: skip
    whole = tiff([page(new((9, 7), "u2"), rows=3)])
    after = bytearray(whole)
    at = whole.index(struct.pack("<HH", own.OFFSETS, own.LONG)) + 8
    place = struct.unpack_from("<I", whole, at)[0]
    struct.pack_into("<I", after, place + 4, len(whole) + 50)
    yield one(
        "strip_outside.tif", "a strip past the end", bytes(after), None, differs=fills
    )
    yield one(
        "cut.tif", "one page, the file ends within its pixels",
        _pixels_last(new((9, 7), "u2"))[:-31], None, differs=fills,
    )  # fmt: skip
    deflate = page(new((9, 7), "u2"), compression=DEFLATE)
    deflate.parts[0] = deflate.parts[0][:-25]
    yield one(
        "deflate_short.tif", "deflate that ends early", tiff([deflate]), None,
        unasked="ImageJ never comes back from it",
    )  # fmt: skip
    deflate = page(new((9, 7), "u2"), compression=DEFLATE)
    broken = bytearray(deflate.parts[0])
    broken[-1] ^= 255
    deflate.parts[0] = bytes(broken)
    yield one(
        "deflate_sum.tif", "deflate whose check sum is wrong", tiff([deflate]), None,
        differs=fills,
    )  # fmt: skip
    pages = tiff([*map(page, new((3, 5, 8), "u1"))])
    yield one(
        "pages_cut.tif", "3 pages, the file ends after the second",
        pages[: 2 * len(pages) // 3], None,
        differs="ImageJ shows the planes that are there",
    )  # fmt: skip
    value = new((20, 37), "u2")
    lost = page(value, tile=(16, 16), lost=[4])
    yield one("tile_lost.tif", "a tile of offset 0, length 0", tiff([lost]), None)
    claims = page(new((5, 8), "u1"))
    claims.tags[own.LENGTH] = own.LONG, [1_000_000]
    claims.tags[own.WIDTH] = own.LONG, [1_000]
    claims.tags[own.ROWS] = own.LONG, [1_000_000]
    yield one(
        "claims.tif", "1000 × 1,000,000 pixels in 300 bytes", tiff([claims]), None,
        unasked="ImageJ takes 1 GB, all of it 0",
    )  # fmt: skip
    value = new((9, 7), "u1")
    odd = page(value)
    odd.parts[0] += bytes(9)
    yield one("strip_long.tif", "a strip longer than its rows", tiff([odd]), value)
    value = new((9, 7), "u1")
    odd = page(value)
    odd.tags[own.ROWS] = own.LONG, [2**32 - 1]
    yield one("rows_all.tif", "RowsPerStrip of 2³² − 1", tiff([odd]), value)


def _pixels_last(value: Any) -> bytes:
    """Return a TIFF whose pixels come after what describes them."""
    content = bytearray(tiff([page(value)]))
    raw = packed_plane(value, "<")
    at = content.index(struct.pack("<HH", own.OFFSETS, own.LONG)) + 8
    struct.pack_into("<I", content, at, len(content))
    return bytes(content) + raw


def of_png(
    name: str, words: str, value: Any, made: Any, kind: int = own.GREY,
    bits: int = 8, axes: str = "yx", differs: str = "", says: str = "", **how: Any,
) -> Specimen:  # fmt: skip
    """Return a PNG whose chunks are written by hand."""
    content = own.png(own.png_chunks(made, kind, bits, **how))
    return by_hand(
        GROUPS["png"], f"{name}.png", words, content, value, axes, differs, says
    )


def grey_pngs(new: Numbered) -> Iterator[Specimen]:
    """Yield gray PNGs: depths, interlaced, with chunks that others obey."""
    one = of_png
    bit = new((7, 13), "u1", 1)
    fewer: dict[str, Any] = {
        "differs": "ImageJ measures the numbers, and shows 0 to 255",
        "says": "the values shown",
    }
    yield one("png1", "gray, 1 bit", bit * np.uint8(255), bit, bits=1, **fewer)
    few = new((7, 13), "u1", 3)
    yield one("png2", "gray, 2 bits", few * np.uint8(85), few, bits=2, **fewer)
    few = new((7, 13), "u1", 15)
    yield one("png4", "gray, 4 bits", few * np.uint8(17), few, bits=4, **fewer)
    value = new((7, 13), "u1")
    yield one("png8", "gray, 8 bits", value, value)
    value = new((7, 13), "u2")
    yield one("png16", "gray, 16 bits", value, value, bits=16)
    value = new((11, 19), "u1")
    yield one(
        "png8_interlaced", "gray, 8 bits, interlaced", value, value, interlaced=True
    )
    value = new((11, 19), "u2")
    yield one(
        "png16_interlaced", "gray, 16 bits, interlaced", value, value, bits=16,
        interlaced=True,
    )  # fmt: skip
    value = new((7, 13), "u1")
    gamma = [(b"gAMA", struct.pack(">I", 100_000))]
    yield one("png8_gamma", "gray, 8 bits, gamma 1", value, value, before=gamma)
    value = new((7, 13), "u2", 4095)
    yield one(
        "png16_sbit", "gray, 16 bits of which 12 count (sBIT)", value, value, bits=16,
        before=[(b"sBIT", b"\x0c")],
    )  # fmt: skip
    value = new((7, 13), "u1")
    yield one(
        "png8_clear", "gray, 8 bits, one value transparent (tRNS)", None, value,
        before=[(b"tRNS", struct.pack(">H", int(value[3, 4])))], differs=BEHIND,
    )  # fmt: skip


def color_pngs(new: Numbered) -> Iterator[Specimen]:
    """Yield PNGs of palettes, colors and with alpha."""
    one = of_png
    ramp = np.arange(256, dtype=np.uint8)
    greys = np.random.default_rng(5).permutation(256).astype(np.uint8)

    def palette(*columns: Any) -> list[tuple[bytes, bytes]]:
        return [(b"PLTE", np.stack(columns, axis=1).tobytes())]

    for name, words, entries, made, bits in (
        ("ramp", "palette, black to white", ramp, new((7, 13), "u1"), 8),
        ("inverted", "palette, white to black", ramp[::-1], new((7, 13), "u1"), 8),
        ("greys", "palette of grays in no order", greys, new((7, 13), "u1"), 8),
        ("short", "palette of 100 grays", greys[:100], new((7, 13), "u1", 99), 8),
        ("greys4", "palette of 16 grays, 4 bits", greys[:16], new((7, 9), "u1", 15), 4),
        ("greys1", "palette of 2 grays, 1 bit", greys[:2], new((7, 9), "u1", 1), 1),
    ):
        yield one(
            f"png_palette_{name}", words, entries[made], made, own.INDEXED, bits,
            before=palette(entries, entries, entries),
            differs="" if name == "ramp" else NUMBERS,
            says="" if name == "ramp" else GREYS,
        )  # fmt: skip
    for name, words, most, bits in (
        ("color", "palette of colors", 255, 8),
        ("color4", "palette of 16 colors, 4 bits", 15, 4),
    ):
        made = new((7, 13), "u1", most)
        yield one(
            f"png_palette_{name}", words, None, made, own.INDEXED, bits,
            before=palette(ramp, greys, ramp[::-1]) if most == 255
            else palette(ramp[:16], greys[:16], ramp[:16]), differs=NUMBERS,
        )  # fmt: skip
    value = new((7, 5, 3), "u1")
    yield one("png_rgb", "RGB, 8 bits", value, value, own.TRUE, axes="yxs")
    value = new((9, 7, 3), "u1")
    yield one(
        "png_rgb_interlaced", "RGB, 8 bits, interlaced", value, value, own.TRUE,
        axes="yxs", interlaced=True,
    )  # fmt: skip
    value = new((7, 5, 3), "u2")
    yield one("png_rgb16", "RGB, 16 bits", value, value, own.TRUE, 16, "yxc")
    value = new((7, 5, 4), "u1")
    value[..., 3] = 255
    yield one(
        "png_rgba_opaque", "RGB and alpha, all opaque", value[..., :3], value,
        own.TRUE_ALPHA, axes="yxs",
    )  # fmt: skip
    value = new((7, 5, 4), "u1")
    yield one(
        "png_rgba", "RGB and alpha, in part transparent", None, value, own.TRUE_ALPHA,
        differs=BEHIND,
    )  # fmt: skip
    for bits in (8, 16):
        value = new((7, 5, 2), f"u{bits // 8}")
        yield one(
            f"png_la{bits}", f"gray and alpha, {bits} bits, in part transparent", None,
            value, own.GREY_ALPHA, bits, differs=BEHIND,
        )  # fmt: skip
        value = new((7, 5, 2), f"u{bits // 8}")
        value[..., 1] = 2**bits - 1
        yield one(
            f"png_la{bits}_opaque", f"gray and alpha, {bits} bits, all opaque",
            value[..., 0], value, own.GREY_ALPHA, bits,
            differs="ImageJ opens it as RGB", says="gray with alpha",
        )  # fmt: skip


def damaged_pngs(new: Numbered) -> Iterator[Specimen]:
    """Yield PNGs that are animated, or whose pixels are not all there."""
    group = GROUPS["png"]
    frames = new((3, 7, 9), "u1")

    def animated(path: Path) -> None:
        first, *rest = map(Pillow.fromarray, frames)
        first.save(path, save_all=True, append_images=rest, duration=100)

    yield Specimen(
        "png_animated.png", group, "animated, 3 frames", PILLOW, animated, None,
        differs="ImageJ shows the first frame",
    )  # fmt: skip
    value = new((9, 7), "u1")
    chunks = own.png_chunks(value)
    early = own.png([chunks[0], (b"IDAT", chunks[1][1][:30]), chunks[2]])
    yield by_hand(
        group, "png_early.png", "the pixels end early, the file does not", early, None
    )
    raw = zlib.decompress(chunks[1][1])[: 8 * 6]
    rows = own.png([chunks[0], (b"IDAT", zlib.compress(raw)), chunks[2]])
    yield by_hand(group, "png_rows.png", "6 rows of 9, in a whole stream", rows, None)
    whole = own.png(chunks)
    yield by_hand(
        group, "png_cut.png", "the file ends within the pixels", whole[:-40], None
    )


def other_small(new: Numbered) -> Iterator[Specimen]:
    """Yield PGM and its kin, GIF, BMP."""
    group = GROUPS["small"]
    one = partial(by_hand, group)
    for kind, way in (("P2", "text"), ("P5", "binary")):
        for most in (255, 100, 1000, 65535):
            value = new((7, 9), "u2" if most > 255 else "u1", most)
            yield one(
                f"{kind.lower()}_{most}.pgm", f"PGM, {way}, maxval {most}",
                own.pnm(value, kind, most), value,
                differs="ImageJ stretches them to 0 to 255" if most == 100 else "",
                says="as recorded" if most == 100 else "",
            )  # fmt: skip
    value = new((7, 9), "u1")
    yield one(
        "p5_comment.pgm", "PGM, binary, with a comment",
        own.pnm(value, "P5", 255, "# made by hand\n"), value,
    )  # fmt: skip
    bit = new((5, 11), "u1", 1)
    for kind, way in (("P1", "text"), ("P4", "binary")):
        yield one(
            f"{kind.lower()}.pbm", f"PBM, {way}, 1 is black", own.pnm(bit, kind, None),
            (1 - bit) * np.uint8(255),
            differs="ImageJ reads packed bits wrongly" if kind == "P4" else "",
            says="ImageJ reads wrongly" if kind == "P4" else "",
        )  # fmt: skip
    value = new((5, 8, 3), "u1")
    yield one("p6.ppm", "PPM, binary", own.pnm(value, "P6", 255), value, "yxs")
    value = new((9, 8), "u1")
    yield one(
        "p5_cut.pgm", "PGM, the file ends within the pixels",
        own.pnm(value, "P5", 255)[:-20], None,
        differs="ImageJ fills what is missing with 0",
    )  # fmt: skip
    ramp = np.arange(256, dtype=np.uint8)
    for name, words, color in (
        ("gif", "GIF, palette of grays", np.stack([ramp] * 3, axis=1)),
        ("gif_color", "GIF, palette of colors", np.stack([ramp, ramp[::-1], ramp], 1)),
    ):
        index = new((7, 9), "u1")

        def write(path: Path, index: Any = index, color: Any = color) -> None:
            image = Pillow.fromarray(index).convert("P")
            image.putpalette(color.tobytes())
            image.save(path, optimize=False)

        grey = name == "gif"
        yield Specimen(
            f"{name}.gif", group, words, PILLOW, write, index if grey else None,
            differs="" if grey else NUMBERS,
        )  # fmt: skip
    frames = new((4, 7, 9), "u1")

    def animated(path: Path) -> None:
        first, *rest = map(Pillow.fromarray, frames)
        first.save(path, save_all=True, append_images=rest, duration=100, loop=0)

    yield Specimen(
        "gif_animated.gif", group, "GIF, animated, 4 frames", PILLOW, animated, frames,
        "zyx", "ImageJ shows 0 where a frame leaves a pixel as it was",
        "ImageJ shows 0",
    )  # fmt: skip
    value = new((7, 9), "u1")
    yield Specimen(
        "bmp.bmp", group, "BMP, 8 bits", PILLOW,
        lambda path: Pillow.fromarray(value).save(path), value,
    )  # fmt: skip
    rgb = new((7, 9, 3), "u1")
    yield Specimen(
        "bmp_rgb.bmp", group, "BMP, RGB", PILLOW,
        lambda path: Pillow.fromarray(rgb).save(path), rgb, "yxs",
    )  # fmt: skip


def arrays(new: Numbered) -> Iterator[Specimen]:
    """Yield NPY and Zarr, which ImageJ alone does not open."""
    group = GROUPS["arrays"]
    for name, shape, dtype, axes, words in (
        ("array", (7, 13), "u2", "yx", "NPY, 16 bits"),
        ("array_big", (7, 13), ">i4", "yx", "NPY, 32 bits, signed, big-endian"),
        ("array_stack", (3, 4, 7), "f8", "zyx", "NPY, 3 planes of 64-bit floats"),
    ):
        value = new(shape, np.dtype(dtype).newbyteorder("=")).astype(dtype)
        yield Specimen(
            f"{name}.npy", group, words, "NumPy",
            lambda path, value=value: np.save(path, value), value, axes,
            differs="ImageJ opens no NPY",
        )  # fmt: skip
    fortran = np.asfortranarray(new((7, 13), "u2"))
    yield Specimen(
        "array_fortran.npy", group, "NPY, column by column", "NumPy",
        lambda path: np.save(path, fortran), fortran, differs="ImageJ opens no NPY",
    )  # fmt: skip
    for version, form in ((2, "0.4"), (3, "0.5")):
        for kind in ("whole", "absent"):
            value = new((2, 3, 11, 14), "u2")
            if kind == "absent":
                value[1, 2, :6, 7:] = 0
            words = f"OME-Zarr {form}" + (
                ", a chunk of 24 absent: 0 by its rules" if kind == "absent" else ""
            )
            yield Specimen(
                f"ome{version}_{kind}.zarr", group, words, ZARR,
                partial(write_ome_zarr, value=value, version=version,
                        absent=kind == "absent"),
                value, "czyx", NO_ZARR, "chunk" if kind == "absent" else "",
            )  # fmt: skip
    value = new((9, 14), "f4")

    def plain(path: Path) -> None:
        import zarr

        zarr.create_array(str(path), data=value, chunks=(4, 5), zarr_format=2)

    yield Specimen("plain.zarr", group, "Zarr array", ZARR, plain, value, "yx", NO_ZARR)


def write_ome_zarr(path: Path, value: Any, version: int, absent: bool) -> None:
    """Write (c, z, y, x) as OME-Zarr; where a chunk is absent, its pixels are 0."""
    import zarr

    group = zarr.open_group(str(path), mode="w", zarr_format=version)
    array = group.create_array(
        "0", shape=value.shape, chunks=(1, 1, 6, 7), dtype=value.dtype, fill_value=0
    )
    array[:] = value
    axes = [{"name": "c", "type": "channel"}] + [
        {"name": name, "type": "space", "unit": "micrometer"} for name in "zyx"
    ]
    scale = [{"type": "scale", "scale": [1.0, 2.0, 0.5, 0.5]}]
    datasets = [{"path": "0", "coordinateTransformations": scale}]
    scales = {"axes": axes, "datasets": datasets, "name": "image"}
    if version == 2:
        group.attrs["multiscales"] = [{"version": "0.4", **scales}]
    else:
        group.attrs["ome"] = {"version": "0.5", "multiscales": [scales]}
    if absent:
        # zarr leaves out a chunk that is all fill value only where it is told to.
        for place in ("1.2.0.1", "1/2/0/1", "c/1/2/0/1"):
            (path / "0" / place).unlink(missing_ok=True)


def write_zoo(folder: Path) -> None:
    """Write all specimens into a folder."""
    for one in zoo():
        one.write(folder / one.name)

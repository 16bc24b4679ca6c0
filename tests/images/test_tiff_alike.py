"""Files that are, but for their pixels, ones that were read before: as any other."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import astuple
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import tifffile

import similij
from file_zoo import Specimen, zoo
from similij.images.door import as_image, as_mask
from similij.images.formats import alike
from similij.images.formats.reading import Wanted
from similij.images.image import Image
from tiff_bytes import RATIONAL, page, tiff

Facts = tuple[object, ...] | str


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    alike._known.clear()
    yield
    alike._known.clear()


def facts(path: Path, wanted: Wanted | None = None) -> Facts:
    """Return all that reading a file gives: of an image, or why there is none."""
    try:
        return all_of(as_image(path, wanted=wanted))
    except similij.ImageError as error:
        return str(error)


def all_of(image: Image) -> Facts:
    pixels = np.asarray(image.pixels)
    return (
        pixels.dtype.str, pixels.shape, pixels.tobytes(), image.is_lazy,
        pixels.flags.c_contiguous, pixels.flags.writeable, image.axes, image.title,
        image.calibration, image.times, image.channels, image.values, image.inside,
        image.coordinates, astuple(image.provenance), image.assumed, image.unit,
    )  # fmt: skip


def afresh(path: Path, wanted: Wanted | None = None) -> Facts:
    """Return the same of a reader that has seen no file."""
    known = alike._known.copy()
    alike._known.clear()
    read = facts(path, wanted)
    alike._known.clear()
    alike._known.update(known)
    return read


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were known, as they are read."""
    names: list[str] = []

    def heard(path: Path, wanted: Wanted) -> Image | None:
        image = alike.read_alike(path, wanted)
        if image is not None:
            names.append(path.name)
        return image

    monkeypatch.setattr("similij.images.formats.choose.read_alike", heard)
    return names


def pixels_of(shape: tuple[int, ...], kind: str, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.integers(0, 200, shape).astype(kind)


gray = partial(tifffile.imwrite, photometric="minisblack")

WRITERS = {
    "tifffile": gray,
    "big-endian": partial(gray, byteorder=">"),
    "ImageJ": partial(gray, imagej=True, resolution=(4, 4), metadata={"unit": "um"}),
    "strips": partial(gray, rowsperstrip=2),
    "white": partial(tifffile.imwrite, photometric="miniswhite"),
}


@pytest.mark.parametrize("kind", ["u1", "u2", "f4"])
@pytest.mark.parametrize("shape", [(5, 7), (3, 5, 7)])
@pytest.mark.parametrize("writer", WRITERS)
def test_the_next_is_read_as_the_first(
    tmp_path: Path, taken: list[str], writer: str, shape: tuple[int, ...], kind: str
) -> None:
    one, two = tmp_path / "one.tif", tmp_path / "two.tif"
    for seed, path in enumerate((one, two)):
        WRITERS[writer](path, pixels_of(shape, kind, seed))
    assert facts(one) == afresh(one)
    assert facts(two) == afresh(two)
    assert np.array_equal(similij.read(two).pixels, pixels_of(shape, kind, 1))
    assert taken[:1] == ["two.tif"]
    assert facts(one) == afresh(one)  # and nothing is left of the other


def test_colors_and_palettes(tmp_path: Path, taken: list[str]) -> None:
    gray = np.arange(255, -1, -1, dtype=np.uint16) * 257
    for name, shape, options in (
        ("rgb", (5, 7, 3), {"photometric": "rgb"}),
        ("planes", (3, 5, 7), {"photometric": "rgb", "planarconfig": "separate"}),
        ("palette", (5, 7), {"photometric": "palette", "colormap": [gray] * 3}),
    ):
        paths = [tmp_path / f"{name}{k}.tif" for k in range(2)]
        for seed, path in enumerate(paths):
            tifffile.imwrite(path, pixels_of(shape, "u1", seed), **options)
        for path in paths:
            assert facts(path) == afresh(path)
    assert taken == ["rgb1.tif", "planes1.tif", "palette1.tif"]


def test_signed_16_bit_of_imagej(tmp_path: Path, taken: list[str]) -> None:
    about = "ImageJ=1.54p\nvunit=Gray Value\ncf=0\nc0=-32768.0\nc1=1.0\n"
    for seed in range(2):
        pixels = pixels_of((5, 7), "u2", seed)
        path = tmp_path / f"{seed}.tif"
        path.write_bytes(tiff([page(pixels, description=about)]))
        assert np.array_equal(similij.read(path).pixels, pixels.astype(int) - 32768)
        assert facts(path) == afresh(path)
    assert "1.tif" in taken


def test_every_kind_of_file_twice(tmp_path: Path, taken: list[str]) -> None:
    for specimen in zoo():
        both = twice(tmp_path, specimen)
        for path in both:
            for wanted in (None, Wanted(indices=True), Wanted(series=1, most=10)):
                assert facts(path, wanted) == afresh(path, wanted), specimen.name
    assert len({*taken}) > 20


def twice(folder: Path, specimen: Specimen) -> list[Path]:
    """Write a file into two folders."""
    paths = []
    for k in range(2):
        place = folder / f"{k}"
        place.mkdir(exist_ok=True)
        paths.append(place / specimen.name)
        specimen.write(paths[-1])
    return paths


def test_each_byte_that_is_no_pixel_counts(tmp_path: Path, taken: list[str]) -> None:
    one, two = tmp_path / "one.tif", tmp_path / "two.tif"
    for options in ({"imagej": True}, {"byteorder": ">"}, {"metadata": None}):
        gray(one, pixels_of((3, 5, 7), "u2", 0), **options)
        facts(one)
        whole = one.read_bytes()
        (known,) = next(reversed(alike._known.values()))
        behind = len(whole) - len(known.around.behind)
        places = [*range(len(known.around.before)), *range(behind, len(whole))]
        for at in places:
            other = bytearray(whole)
            other[at] ^= 0x55
            two.write_bytes(other)
            alike._known.clear()
            facts(one)
            assert facts(two) == afresh(two), at
        assert not taken
        two.write_bytes(whole)
        facts(two)
        assert taken.pop() == "two.tif"


def test_a_length_that_is_another(tmp_path: Path, taken: list[str]) -> None:
    one, two = tmp_path / "one.tif", tmp_path / "two.tif"
    tifffile.imwrite(one, pixels_of((5, 7), "u2", 0), metadata=None)
    facts(one)
    whole = one.read_bytes()
    for other in (whole[:-1], whole + b"\0", whole[:100], b""):
        two.write_bytes(other)
        assert facts(two) == afresh(two)
    assert not taken


def test_a_file_that_gets_shorter_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "one.tif"
    tifffile.imwrite(path, pixels_of((5, 7), "u2", 0), metadata=None)
    facts(path)
    (known,) = next(iter(alike._known.values()))
    head = path.read_bytes()[:-1]
    path.write_bytes(head)
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - as it is opened there
        assert known.read(file, head, path) is None


def test_notes_that_pixels_decide(tmp_path: Path, taken: list[str]) -> None:
    few, many = tmp_path / "few.tif", tmp_path / "many.tif"
    tifffile.imwrite(few, np.full((5, 7), 3, np.uint32))
    tifffile.imwrite(many, np.full((5, 7), 1 << 25, np.uint32))
    for path in (few, many, few, many):
        assert facts(path) == afresh(path)
    assert len(taken) == 3
    assert similij.read(few).provenance.notes == ()
    assert "2^24" in str(similij.read(many).provenance.notes)


def test_alpha_and_companions_are_looked_at_each_time(
    tmp_path: Path, taken: list[str]
) -> None:
    alpha = pixels_of((5, 7, 4), "u1", 0)
    for k, opacity in enumerate((255, 9)):
        alpha[..., 3] = opacity
        path = tmp_path / f"{k}.tif"
        tifffile.imwrite(path, alpha, photometric="rgb", extrasamples=["unassalpha"])
        assert facts(path) == afresh(path)
        tifffile.imwrite(tmp_path / f"{k}.ome.tif", pixels_of((5, 7), "u1", k))
        assert facts(tmp_path / f"{k}.ome.tif") == afresh(tmp_path / f"{k}.ome.tif")
    assert not taken


def test_names_that_say_more(tmp_path: Path, taken: list[str]) -> None:
    pixels = pixels_of((5, 7), "u2", 0)
    names = ("a.tif", "a", "a.vsi", ".vsi", "a.ndpi", ".ndpi", "b.TIF", "a.jpg")
    for name in names:
        tifffile.imwrite(tmp_path / name, pixels)
    for name in (*names, *names[::-1]):
        assert facts(tmp_path / name) == afresh(tmp_path / name)
    assert {"a.vsi", ".vsi", ".ndpi", "a"}.isdisjoint(taken)
    assert "b.TIF" in taken


def test_a_mask_and_an_image_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "mask.tif"
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)
    colors = [ramp, ramp[::-1], ramp * 0]
    mask = (pixels_of((5, 7), "u1", 0) > 100).astype(np.uint8)
    tifffile.imwrite(path, mask, photometric="palette", colormap=colors)
    for _ in range(2):
        assert np.array_equal(as_mask(path).pixels, mask > 0)
        assert facts(path) == afresh(path)


def imagej_file(*lines: str) -> bytes:
    text = "\n".join(("ImageJ=1.54p", *lines, ""))
    tags = dict.fromkeys((282, 283), (RATIONAL, (4, 1)))
    pixels = pixels_of((5, 7), "u2", 0)
    return tiff([page(pixels, description=text, tags=tags)], last_first=True)


def test_how_imagej_showed_it_is_another_in_each_file(
    tmp_path: Path, taken: list[str]
) -> None:
    one, two = tmp_path / "one.tif", tmp_path / "two.tif"
    one.write_bytes(imagej_file("unit=um", "min=3.0", "max=4095.0"))
    facts(one)
    for lines in (
        ("unit=um", "min=5.0", "max=1207.0"),
        ("unit=um", "min=-5.0", "max=120.0"),
        ("unit=um", "min=2.0E9", "max=12.0"),
        ("max=12.0", "unit=um", "min=2.0E9"),
    ):
        two.write_bytes(imagej_file(*lines))
        assert facts(two) == afresh(two)
        assert taken.pop() == "two.tif"
    for lines in (
        ("unit=mm", "min=3.0", "max=4095.0"),
        ("unit=um", "mix=3.0", "max=4095.0"),
        ("unit=um", "min=3.0 max=4095.0"),
        ("unit=um", "min=3.x", "max=4095.0"),
    ):
        two.write_bytes(imagej_file(*lines))
        assert len(two.read_bytes()) == len(one.read_bytes())
        assert facts(two) == afresh(two)
        assert not taken, lines
        alike._known.clear()
        facts(one)


def test_a_description_that_is_something_else_as_well(
    tmp_path: Path, taken: list[str]
) -> None:
    """Another tag has its digits as numbers: then no digit is overlooked."""
    one, two = tmp_path / "one.tif", tmp_path / "two.tif"
    for path, digits in ((one, "10234567"), (two, "98765432")):
        raw = imagej_file("unit=um", f"min={digits}", f"max={digits}")
        path.write_bytes(with_resolution_at(raw, raw.index(digits.encode())))
    facts(one)
    assert facts(two) == afresh(two)
    assert not taken
    assert similij.read(one).calibration != similij.read(two).calibration


def with_resolution_at(raw: bytes, at: int) -> bytes:
    """Let the resolution of a file of one page be read at a place."""
    odd = bytearray(raw)
    (first,) = struct.unpack_from("<I", odd, 4)
    (count,) = struct.unpack_from("<H", odd, first)
    for entry in range(first + 2, first + 2 + 12 * count, 12):
        if struct.unpack_from("<H", odd, entry)[0] in (282, 283):
            struct.pack_into("<I", odd, entry + 8, at)
    return bytes(odd)


def test_what_is_kept_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    for width in range(1, 3 * alike._KINDS):
        for k in range(3 * alike._OF_A_KIND):
            about = f"ImageJ=1.54p\nunit={10 + k}\n"
            pixels = pixels_of((2, width), "u1", k)
            path.write_bytes(tiff([page(pixels, description=about)]))
            similij.read(path)
    assert len(alike._known) == alike._KINDS
    for known in alike._known.values():
        assert len(known) == alike._OF_A_KIND
        assert all(one.image.pixels.size == 0 for one in known)
    path.write_bytes(
        tiff([page(pixels, description="ImageJ=1.54p\n" + "Info" * (1 << 14))])
    )
    alike._known.clear()
    similij.read(path)
    assert not alike._known

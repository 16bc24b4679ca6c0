"""Read OME-Zarr 0.4 and 0.5, and plain Zarr: an array, its axes, the size of a pixel.

What is read of the metadata is little: axes and scales (`multiscales`), and names of
channels (`omero`). Both versions say it in the same words, 0.5 under the key "ome". Of
scales there may be two, one of the level and one of all; they multiply.

A chunk that is absent is legal, and is read as the fill value: half a copy of an image
looks like a whole one. So the chunks in the folder are counted, and those that are
absent are said.
"""

from __future__ import annotations

import json
import math
import struct
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...ground.errors import ImageError
from ...ground.optional import needed
from ...ground.types import Array
from ..axes import canonical
from ..calibration import SECONDS, Calibration, calibrated
from ..image import Image, Provenance
from ..lazy_arrays import Stored, lazy_array
from .reading import (
    Wanted,
    check_level,
    check_pixels,
    comes_in_parts,
    damaged,
    explained,
    only_one,
    unwritten,
    which_series,
)

NAMES = ("zarr.json", ".zgroup", ".zarray")
"""Files of which a folder has one if it is a Zarr group or array."""

_LARGEST_SHARD = 1 << 26
"""Bytes of a shard that is read as a whole; of larger ones the chunks are."""

_ASKED = 64
"""Files of a part that are looked for one by one; of more, a folder is listed once."""

_MANY_PARTS, _PART = 10_000, 1 << 24
"""Parts that an image is read in, if they are not larger than so many bytes."""

_BLOSC_HEADER = 16
"""Bytes of what a chunk of Blosc says of itself: sizes unpacked, of a block, packed."""

_MANY_SERIES = "bioformats2raw.layout"
"""Attribute of a group that bioformats2raw wrote: its images are groups 0, 1, ..."""

_ABSENT = (1 << 64) - 1
"""Offset and length, in the index of a shard, of a chunk that is not in it."""


def is_zarr(path: Path) -> bool:
    """Whether a folder is a Zarr group or array."""
    return path.is_dir() and any((path / name).is_file() for name in NAMES)


def open_image(path: Path, wanted: Wanted) -> Image:
    """Open a level of an OME-Zarr image, or a Zarr array.

    Raises
    ------
    ImageError
        If it is neither, has no such level or series, is damaged, or says of itself
        what cannot be.
    """
    zarr = needed("zarr", "A Zarr store")
    with explained(path), _quiet():
        opened = zarr.open(str(path), mode="r")
        if hasattr(opened, "shape"):
            return _of_array(path, opened, wanted)
        return _of_group(path, opened, wanted)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library from warning of what is no doubt about a pixel.

    An empty list of filters means none. A folder in a group that is no array: if it
    should be one, that is said here. A value of absent chunks that is too large for
    their type is infinite, and so it is told.
    """
    with warnings.catch_warnings():
        for words in (
            "Found an empty list of filters",
            "Object at .* not recognized",
            "overflow encountered in cast",
        ):
            warnings.filterwarnings("ignore", words)
        yield


class _Multiscales(NamedTuple):
    """Hold what the metadata of an OME-Zarr image say.

    Attributes
    ----------
    paths : list of str
        Of the arrays, the finest first.
    axes : list of (str, str)
        Name and unit of each axis; none before 0.3.
    scales : list of list of float or None
        Of each level, times that of all.
    """

    paths: list[str]
    axes: list[tuple[str, str]]
    scales: list[list[float] | None]

    def names(self, ndim: int) -> list[tuple[str, str]]:
        """Return name and unit of each axis of an array."""
        # Before 0.3 there were no names: five axes, in this order.
        return self.axes or [(name, "") for name in "tczyx"[-ndim:]]


def _multiscales(path: Path, ome: Mapping[str, Any]) -> _Multiscales:
    """Read the first of the `multiscales`.

    Raises
    ------
    ImageError
        If they are not as the format says.
    """
    try:
        about = ome["multiscales"][0]
        datasets = about["datasets"]
        common = _scale(about)
        scales = []
        for dataset in datasets:
            own = _scale(dataset)
            if own and common:
                own = [a * b for a, b in zip(own, common, strict=True)]
            scales.append(own or common)
        paths = [str(dataset["path"]) for dataset in datasets]
        axes = [_axis(axis) for axis in about.get("axes") or ()]
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise ImageError(
            f'"{path.name}" has metadata (multiscales) that are not those of an '
            f"OME-Zarr image ({type(error).__name__}: {error}): check its zarr.json or "
            ".zattrs, or give the path of one of its arrays."
        ) from None
    return _Multiscales(paths, axes, scales)


def _axis(axis: Any) -> tuple[str, str]:
    """Return the name and unit of an axis; before 0.4 it was the name only."""
    if isinstance(axis, str):
        return axis, ""
    return str(axis["name"]), str(axis.get("unit") or "")


def _scale(about: Mapping[str, Any]) -> list[float] | None:
    for step in about.get("coordinateTransformations") or ():
        if step["type"] == "scale":
            return [float(s) for s in step["scale"]]
    return None


def _of_group(path: Path, group: Any, wanted: Wanted) -> Image:
    ome = _ome(group)
    if not ome.get("multiscales"):
        return _inside(path, group, ome, wanted)
    which_series(path.name, wanted, 1)
    about = _multiscales(path, ome)
    check_level(path.name, wanted, len(about.paths))
    inner = about.paths[wanted.level]
    array = group.get(inner)
    if not hasattr(array, "shape"):
        raise ImageError(
            f'"{path.name}" has no array {inner}, which its metadata name as level '
            f"{wanted.level}: copy it again, or take another level."
        )
    image = _opened(path / inner, array, path, wanted)
    axes = about.names(array.ndim)
    if len(axes) != array.ndim:
        raise ImageError(
            f'"{path.name}" names {len(axes)} axes '
            f"({', '.join(name for name, _ in axes)}) and its array {inner} has "
            f"{array.ndim}: check its metadata."
        )
    image = image.renamed([name for name, _ in axes])
    scale = about.scales[wanted.level]
    return replace(
        image,
        calibration=_calibration(axes, scale),
        channels=_channels(ome, image),
        provenance=replace(
            image.provenance, level=wanted.level, remarks=_remarks(path, ome)
        ),
    )


def _ome(group: Any) -> Mapping[str, Any]:
    attributes = dict(group.attrs)
    ome = attributes.get("ome", attributes)
    return ome if isinstance(ome, Mapping) else {}


def _channels(ome: Mapping[str, Any], image: Image) -> tuple[str, ...]:
    """Return the names of the channels, where each has one."""
    try:
        channels = ome["omero"]["channels"]
        labels = tuple(str(channel.get("label") or "") for channel in channels)
    except (KeyError, TypeError, AttributeError):
        return ()
    if len(labels) != image.sizes.get("c") or not all(labels):
        return ()
    return labels


def _remarks(path: Path, ome: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what beside the image is in its group."""
    remarks = []
    count = len(ome["multiscales"])
    if count > 1:
        remarks.append(f"is described {count} times (multiscales): the first is read")
    labels = path / "labels"
    if labels.is_dir():
        names = sorted(place.name for place in labels.iterdir() if is_zarr(place))
        if names:
            remarks.append(
                f"has label images: {', '.join(names)} (labels={path.name}/labels/"
                f"{names[0]})"
            )
    return tuple(remarks)


def _of_array(path: Path, array: Any, wanted: Wanted) -> Image:
    """Open an array; where it is a level of an image, that image says what it is."""
    parent = _parent(path) if wanted.level == 0 else None
    if parent is not None:
        above, group, level = parent
        image = _of_group(above, group, replace(wanted, level=level))
        origin = replace(image.provenance, path=str(path))
        return replace(image, title=path.name, provenance=origin)
    only_one(path.name, wanted)
    names = getattr(getattr(array, "metadata", None), "dimension_names", None)
    names = names or dict(array.attrs).get("_ARRAY_DIMENSIONS") or ()
    image = _opened(path, array, path, wanted)
    named = len(names) == array.ndim and all(names)
    return image.renamed([str(name) for name in names]) if named else image


def _group(path: Path) -> Any:
    import zarr

    return zarr.open(str(path), mode="r")


def _parent(path: Path) -> tuple[Path, Any, int] | None:
    """Find the image of which an array is a level: its path, its group, which level."""
    above = path.resolve().parent
    if not any((above / name).is_file() for name in ("zarr.json", ".zgroup")):
        return None
    group = _group(above)
    ome = {} if hasattr(group, "shape") else _ome(group)
    if not ome.get("multiscales"):
        return None
    paths = _multiscales(above, ome).paths
    return (above, group, paths.index(path.name)) if path.name in paths else None


def _inside(path: Path, group: Any, ome: Mapping[str, Any], wanted: Wanted) -> Image:
    """Open the only image of a group that is no image; else say which there are."""
    arrays = [str(name) for name in group.array_keys()]
    groups = [str(name) for name in group.group_keys() if name not in ("OME", "labels")]
    if _MANY_SERIES in ome and groups:
        return _one_of_many(path, _in_order(path, groups), wanted)
    if len(arrays) == 1 and not groups:
        return open_image(path / arrays[0], wanted)
    if isinstance(ome.get("plate"), Mapping):
        wells = ome["plate"].get("wells") or [{}]
        first = f"{path.name}/{wells[0].get('path', 'A/1')}/0"
        raise ImageError(
            f'"{path.name}" is a plate of {len(wells)} wells: give the field of one, '
            f"such as {first}."
        )
    inside = ", ".join(sorted(arrays + groups)) or "nothing"
    raise ImageError(
        f'"{path.name}" is a Zarr group and no image; in it there is: {inside}. Give '
        "the path of one of them."
    )


def _in_order(path: Path, groups: list[str]) -> list[str]:
    """Return the images that bioformats2raw wrote, in the order of the series."""
    if (path / "OME").is_dir() and is_zarr(path / "OME"):
        series = _ome(_group(path / "OME")).get("series")
        if isinstance(series, list) and {*map(str, series)} <= {*groups}:
            return [str(name) for name in series]
    return sorted(
        groups, key=lambda name: (int(name) if name.isdecimal() else math.inf, name)
    )


def _one_of_many(path: Path, groups: list[str], wanted: Wanted) -> Image:
    count = len(groups)
    if wanted.series is None and count > 1:
        raise ImageError(
            f'"{path.name}" holds {count} images: choose one with series=1 to {count}, '
            f"or give its path, as {path.name}/{groups[0]}."
        )
    series = which_series(path.name, wanted, count)
    inner = groups[series - 1]
    image = open_image(path / inner, replace(wanted, series=None))
    which = f"{series} of {count}" if count > 1 else ""
    origin = replace(image.provenance, path=str(path), series=which)
    return replace(image, title=path.name, provenance=origin)


def _calibration(
    axes: Sequence[tuple[str, str]], scale: Sequence[float] | None
) -> Calibration:
    """Make a calibration where axes have units; z counts if its unit is that of x."""
    if scale is None or len(scale) != len(axes):
        return Calibration()
    by_axis = {
        canonical(name): (unit, step)
        for (name, unit), step in zip(axes, scale, strict=True)
        if unit and 0 < step < math.inf
    }
    frame_s = None
    if by_axis.get("t", ("", 0))[0].lower() in SECONDS:
        frame_s = by_axis["t"][1] * SECONDS[by_axis["t"][0].lower()]
    steps = [by_axis[name] for name in "xyz" if name in by_axis]
    if {"x", "y"} <= {*by_axis} and len({unit for unit, _ in steps}) == 1:
        return calibrated([step for _, step in steps], steps[0][0], frame_s)
    return Calibration(frame_s=frame_s)


def _opened(place: Path, array: Any, shown: Path, wanted: Wanted) -> Image:
    """Make an image of an array.

    Parameters
    ----------
    place : Path
        Where the array lies.
    array : zarr.Array
        The array.
    shown : Path
        What the image is called.
    wanted : Wanted
        How it is to be read.
    """
    import zarr

    check_pixels(shown.name, array.shape, array.dtype)
    layout = _Layout.of(place.resolve(), array)
    if "pickle" in layout.codecs:
        raise ImageError(
            f'"{shown.name}" holds pickled objects, which are not unpickled, as that '
            "would run what the file says: save it as an array of numbers."
        )
    nbytes = math.prod(array.shape) * array.dtype.itemsize
    # Kept only of what may be read whole: an image of a million chunks is counted.
    present: Iterable[tuple[int, ...]] = layout.present()
    present = [*present] if nbytes <= wanted.most else present
    written = layout.written(present)
    absent = layout.chunks - written
    if absent and array.fill_value is None:
        raise ImageError(
            f'"{shown.name}" has {absent} of {layout.chunks} chunks that are absent, '
            "and its metadata give no value for them: copy it again."
        )
    pixels: Any
    if comes_in_parts(shown.name, nbytes, written, layout.chunks, wanted):
        pixels = lazy_array(stored_zarr(place.resolve(), array))
    else:
        pixels = _Readable(array, layout).whole([*present])
    return Image(
        pixels,
        title=shown.name,
        provenance=Provenance(
            str(shown),
            f"zarr {zarr.__version__}",
            layout.words(),
            notes=(unwritten(absent, layout.chunks, array.fill_value),)
            if absent
            else (),
        ),
    )


class _Layout(NamedTuple):
    """Hold how an array lies in a folder.

    Attributes
    ----------
    place : Path
        The folder.
    version : int
        Of Zarr: 2 or 3.
    shape : tuple of int
        Of the array.
    file_chunk : tuple of int
        Shape of what is in a file: a shard, or a chunk.
    chunk : tuple of int
        Shape of a chunk.
    prefix, separator : str
        Of the names of the files: "c" and "/" in c/0/1.
    shard_index : tuple of bool or None
        Of shards with an index that is known how to be read: whether it is at the
        start, and whether a checksum follows it.
    codecs : tuple of str
        Names of what the chunks are encoded with.
    """

    place: Path
    version: int
    shape: tuple[int, ...]
    file_chunk: tuple[int, ...]
    chunk: tuple[int, ...]
    prefix: str
    separator: str
    shard_index: tuple[bool, bool] | None
    codecs: tuple[str, ...]

    @classmethod
    def of(cls, place: Path, array: Any) -> _Layout:
        """Read the metadata of an array that the library has opened."""
        shape = tuple(map(int, array.shape))
        chunk = tuple(map(int, array.chunks))
        if (place / "zarr.json").is_file():
            about = json.loads((place / "zarr.json").read_text("utf-8"))
            if about.get("storage_transformers"):
                # The library refuses them where it opens an array, and overlooks them
                # where it opens the group.
                raise ValueError("it has storage transformers, of which none is known")
            key = about.get("chunk_key_encoding", {})
            is_default = key.get("name", "default") == "default"
            separator = key.get("configuration", {}).get(
                "separator", "/" if is_default else "."
            )
            file_chunk = tuple(about["chunk_grid"]["configuration"]["chunk_shape"])
            codecs = about.get("codecs", [])
            names = [str(codec.get("name")) for codec in codecs]
            where = None
            if "sharding_indexed" in names:
                shard = codecs[names.index("sharding_indexed")]["configuration"]
                names += [str(codec.get("name")) for codec in shard["codecs"]]
                index = [str(codec.get("name")) for codec in shard["index_codecs"]]
                if index in (["bytes"], ["bytes", "crc32c"]):
                    at_start = shard.get("index_location") == "start"
                    where = at_start, "crc32c" in index
            prefix = "c" if is_default else ""
            version = 3
        else:
            about = json.loads((place / ".zarray").read_text("utf-8"))
            separator, prefix, version = about.get("dimension_separator", "."), "", 2
            file_chunk, where = chunk, None
            codecs = [*(about.get("filters") or ()), about.get("compressor")]
            names = [str(codec["id"]) for codec in codecs if codec]
        names = [name.removeprefix("numcodecs.") for name in names]
        return cls(
            place, version, shape, file_chunk, chunk, prefix, separator, where,
            tuple(names),
        )  # fmt: skip

    @property
    def grid(self) -> tuple[int, ...]:
        """How many files there are along each axis."""
        return _counts(self.shape, self.file_chunk)

    @property
    def chunks(self) -> int:
        """How many chunks there are, in the files of shards if it is known."""
        in_shards = self.shard_index is not None
        return math.prod(_counts(self.shape, self.chunk) if in_shards else self.grid)

    def file(self, index: Sequence[int]) -> Path:
        """Return the file of a chunk or shard."""
        parts = [*([self.prefix] if self.prefix else []), *map(str, index)]
        return self.place.joinpath(*self.separator.join(parts).split("/"))

    def written(self, present: Iterable[tuple[int, ...]]) -> int:
        """Count the chunks that are in the folder, by the files that there are."""
        if self.shard_index is None:
            return sum(1 for _ in present)
        return sum(map(self._in_shard, present))

    def present(self) -> Iterator[tuple[int, ...]]:
        """Yield the index of each file there is, whatever else lies there."""
        # Listed, and not looked for one by one: a folder of a remote disk answers once.
        if self.separator == "/":
            yield from _nested(self.place / self.prefix, self.grid)
            return
        start = f"{self.prefix}{self.separator}" if self.prefix else ""
        for file in self.place.iterdir():
            name = file.name
            if name.startswith(start):
                parts = name[len(start) :].split(self.separator)
                if _fits(parts, self.grid):
                    yield tuple(map(int, parts))

    def corners(self, index: Sequence[slice]) -> Iterator[tuple[int, ...]]:
        """Yield the index of each file that a part of the array lies in."""
        yield from product(
            *(
                range((part.start or 0) // c, -(-min(n, part.stop or n) // c))
                for part, n, c in zip(index, self.shape, self.file_chunk, strict=True)
            )
        )

    def place_of(self, corner: Sequence[int]) -> tuple[slice, ...]:
        """Return which part of the array lies in a file."""
        return tuple(
            slice(k * c, min(n, (k + 1) * c))
            for k, c, n in zip(corner, self.file_chunk, self.shape, strict=True)
        )

    def check_blosc(self, corner: Sequence[int], itemsize: int) -> None:
        """Refuse a chunk of Blosc that says that it is longer than it is.

        The library reads as many bytes as the chunk says, past its end, and takes what
        lies there in memory for pixels: 21 of 924 were others in a store that had lost
        half of a chunk.

        Raises
        ------
        ValueError
            If it is shorter, or of another size unpacked.
        """
        file = self.file(corner)
        if not file.is_file():
            return
        expected = math.prod(self.chunk) * itemsize
        with file.open("rb") as stream:
            for start, length in self._pieces(corner):
                stream.seek(start)
                header = stream.read(_BLOSC_HEADER)
                if len(header) < _BLOSC_HEADER:
                    raise ValueError(f"its Blosc header has {len(header)} bytes")
                unpacked, _, packed = struct.unpack_from("<III", header, 4)
                if packed != length:
                    raise ValueError(
                        f"{packed} bytes are announced, {length} are there"
                    )
                # Filters before it (delta, packing of bits) may make fewer bytes.
                if unpacked > expected:
                    raise ValueError(
                        f"{unpacked} bytes are announced, a chunk has {expected}"
                    )

    def _pieces(self, corner: Sequence[int]) -> list[tuple[int, int]]:
        """Return where the chunks lie in a file, and how long they are."""
        size = self.file(corner).stat().st_size
        if self.file_chunk == self.chunk:
            return [(0, size)]
        entries = self._shard_entries(corner)
        if entries is None:  # of no order that is known, or damaged: reading says so
            return []
        return [
            (int(start), int(min(length, max(0, size - int(start)))))
            for start, length in entries.reshape(-1, 2)
            if start != _ABSENT
        ]

    def _shard_entries(self, index: Sequence[int]) -> Array | None:
        """Read offset and length of each chunk of a shard; None if it is damaged."""
        if self.shard_index is None:
            return None
        inner = _counts(self.file_chunk, self.chunk)
        size = 16 * math.prod(inner)
        with self.file(index).open("rb") as stream:
            at_start, has_checksum = self.shard_index
            if not at_start:
                end = stream.seek(0, 2)
                stream.seek(max(0, end - size - (4 if has_checksum else 0)))
            content = stream.read(size)
        if len(content) < size:
            return None
        return np.frombuffer(content, "<u8").reshape(*inner, 2)

    def _in_shard(self, index: tuple[int, ...]) -> int:
        """Count the chunks in a shard, but for those outside the array."""
        inner = _counts(self.file_chunk, self.chunk)
        entries = self._shard_entries(index)
        if entries is None:  # damaged: reading it will say so
            return math.prod(inner)
        first = [i * n for i, n in zip(index, inner, strict=True)]
        inside = tuple(
            slice(0, max(0, all_ - start))
            for start, all_ in zip(first, _counts(self.shape, self.chunk), strict=True)
        )
        return int((entries[inside] != _ABSENT).any(-1).sum())

    def words(self) -> str:
        """Say it in words."""
        sizes = [f"chunks of {'×'.join(map(str, self.chunk))}"]
        if self.file_chunk != self.chunk:
            sizes.append(f"shards of {'×'.join(map(str, self.file_chunk))}")
        plain = ("bytes", "sharding_indexed", "crc32c", "transpose", "None")
        packed = [name for name in self.codecs if name not in plain]
        return ", ".join([f"Zarr {self.version}", *sizes, *packed])


def _counts(shape: Sequence[int], chunk: Sequence[int]) -> tuple[int, ...]:
    return tuple(-(-n // c) for n, c in zip(shape, chunk, strict=True))


def _nested(folder: Path, grid: Sequence[int]) -> Iterator[tuple[int, ...]]:
    if not folder.is_dir():
        return
    for place in folder.iterdir():
        if _fits([place.name], grid[:1]):
            index = int(place.name)
            if len(grid) == 1:
                yield (index,)
            else:
                yield from ((index, *rest) for rest in _nested(place, grid[1:]))


def _fits(parts: Sequence[str], grid: Sequence[int]) -> bool:
    """Whether parts of a file's name are an index of a grid, as Zarr writes it."""
    return len(parts) == len(grid) and all(
        part.isdecimal() and part.isascii() and str(int(part)) == part and int(part) < n
        for part, n in zip(parts, grid, strict=True)
    )


class _Readable:
    """A Zarr array; what cannot be read of it is said in a sentence with the file.

    Parameters
    ----------
    array : zarr.Array
        The array.
    layout : _Layout
        Where it lies, and how.
    """

    def __init__(self, array: Any, layout: _Layout) -> None:
        self.array, self._layout = array, layout
        self._listed: set[tuple[int, ...]] | None = None

    def __getitem__(self, index: tuple[slice, ...]) -> Array:
        layout = self._layout
        corners = [*layout.corners(index)]
        if len(corners) > _ASKED:
            if self._listed is None:
                self._listed = {*layout.present()}
            present = [corner for corner in corners if corner in self._listed]
        else:
            present = [corner for corner in corners if layout.file(corner).is_file()]
        return self._filled(index, present, len(corners))

    def whole(self, present: Sequence[tuple[int, ...]]) -> Array:
        """Return all pixels, by the indices of the files that there are."""
        index = tuple(slice(0, n) for n in self.array.shape)
        return self._filled(index, present, math.prod(self._layout.grid))

    def _filled(
        self, index: tuple[slice, ...], present: Sequence[tuple[int, ...]], count: int
    ) -> Array:
        """Return a part, of whose `count` files only those that there are are read.

        The library asks for each of the others by name, and takes some milliseconds
        for each: 36,000 that are absent took a minute and a half.
        """
        if len(present) == count:
            return self._read(index)
        bounds = [p.indices(n) for p, n in zip(index, self.array.shape, strict=True)]
        shape = [stop - start for start, stop, _ in bounds]
        pixels = np.full(shape, self.array.fill_value, self.array.dtype)
        for corner in present:
            part, where = [], []
            for whole, (start, stop, _) in zip(
                self._layout.place_of(corner), bounds, strict=True
            ):
                first, end = max(whole.start, start), min(whole.stop, stop)
                part.append(slice(first, end))
                where.append(slice(first - start, end - start))
            pixels[tuple(where)] = self._read(tuple(part))
        return pixels

    def _read(self, index: tuple[slice, ...]) -> Array:
        try:
            for corner in self._layout.corners(index):
                self._check(corner)
            return np.asarray(self.array[index])
        except (MemoryError, KeyboardInterrupt):
            raise
        except Exception as error:  # each codec has errors of its own
            raise self._explained(index, error) from None

    def _check(self, corner: tuple[int, ...]) -> None:
        """Refuse what the library takes for pixels, and is none."""
        if "blosc" in self._layout.codecs:
            self._layout.check_blosc(corner, self.array.dtype.itemsize)
        if "sharding_indexed" in self._layout.codecs:
            # The library takes it for a shard that is not there: zeros were compared.
            file = self._layout.file(corner)
            if file.is_file() and not file.stat().st_size:
                raise ValueError("it has 0 bytes")

    def _explained(self, index: tuple[slice, ...], error: Exception) -> ImageError:
        """Find the file that cannot be read: the library names none."""
        layout = self._layout
        store = _store_of(layout.place)
        for corner in layout.corners(index):
            try:
                self._check(corner)
                self.array[layout.place_of(corner)]
            except Exception as own:
                file = layout.file(corner).relative_to(store).as_posix()
                return damaged(store.name, f"the chunk in its file {file}", own)
        return damaged(store.name, "a chunk", error)


def _store_of(place: Path) -> Path:
    """Return the outermost group that a place is in."""
    while is_zarr(place.parent):
        place = place.parent
    return place


def stored_zarr(path: Path, array: Any) -> Stored:
    """Describe a Zarr array that lies at a path."""
    shards = getattr(array, "shards", None)
    size = array.dtype.itemsize * math.prod(shards or ())
    chunks = shards if shards and size <= _LARGEST_SHARD else array.chunks
    parts = _joined(array.shape, chunks, array.dtype.itemsize)
    return Stored(partial(_reopened, str(path)), array.shape, array.dtype, parts)


def _joined(
    shape: Sequence[int], chunks: Sequence[int], itemsize: int
) -> tuple[int, ...]:
    """Return the size of parts, of several chunks where these are small and too many.

    Each part is a task of dask, which takes a tenth of a millisecond: of 750,000 chunks
    of 80 bytes it took longer than a minute before the first was read.

    Examples
    --------
    >>> _joined((1000, 1000), (100, 100), 2), _joined((1_000_000, 14), (4, 5), 4)
    ((100, 100), (512, 5))
    """
    parts = [int(n) for n in chunks]
    while math.prod(counts := _counts(shape, parts)) > _MANY_PARTS:
        if 2 * math.prod(parts) * itemsize > _PART:
            break
        longest = max(range(len(parts)), key=counts.__getitem__)
        parts[longest] *= 2
    return tuple(parts)


def _reopened(path: str) -> tuple[Any, None]:
    import zarr

    place = Path(path)
    with explained(place), _quiet():
        array = zarr.open_array(path, mode="r")
        return _Readable(array, _Layout.of(place.resolve(), array)), None

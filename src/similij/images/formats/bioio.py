"""Read files of microscopes (CZI, ND2, LIF, DV) with bioio and its plugins.

Each plugin is chosen by what is in a file, and asked itself: bioio's own choice goes by
names, and what it returns has five axes, of any other of which it shows the first plane
alone.

Tried with bioio 3.6, bioio-dv 1.2 and bioio-czi 3.0 on files that `mrc` and
`pylibCZIrw` wrote: several channels, slices and frames, names and sizes. bioio-nd2 and
bioio-lif were not tried on a file, as nothing free writes one; they are called as the
others are. bioio-czi is under the GPL, so that the extra leaves it to the user.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ...ground.errors import ImageError
from ...ground.optional import needed, pip_install
from ...ground.types import Array
from ..calibration import Calibration, calibrated
from ..image import Image, Provenance
from ..lazy_arrays import Stored, lazy_array
from .reading import (
    Wanted,
    check_level,
    check_pixels,
    cut_short,
    explained,
    which_series,
)

_BEGINNINGS = {
    b"ZISRAWFILE": "CZI",
    b"\xda\xce\xbe\x0a": "ND2",
    b"\x70\0\0\0": "LIF",
    b"OLYMPUSRAWFORMAT": "OIR",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "OIB",
}
"""How files begin, and what they are; OIB stands for all that are such a container."""

_WORDS = {
    "CZI": "CZI (Zeiss)",
    "ND2": "ND2 (Nikon)",
    "LIF": "LIF (Leica)",
    "DV": "DV (DeltaVision)",
    "OIR": "OIR (Olympus)",
    "OIB": "OIB, ZVI or another compound file",
    "VSI": "VSI (Olympus)",
}

_PLUGINS = {
    "CZI": "bioio_czi",
    "ND2": "bioio_nd2",
    "LIF": "bioio_lif",
    "DV": "bioio_dv",
}

_DELTAVISION = 96, (b"\xa0\xc0", b"\xc0\xa0")
"""Where a number is by which a DV file is known, and how it lies there."""

_LIF_TEST = 8, b"\x2a"
"""Where a byte is that all LIF files have, as four bytes at the start are few."""

_THREE, _FOUR = 3, 4


def kind_of(path: Path, first: bytes) -> str:
    """Return what file of a microscope this is; "" where it is none.

    Parameters
    ----------
    path : Path
        The file: the TIFF in a VSI has a preview only, and is known by its name.
    first : bytes
        How it begins; 512 bytes are enough.
    """
    at, numbers = _DELTAVISION
    if first[at : at + 2] in numbers:
        return "DV"
    kind = next((k for start, k in _BEGINNINGS.items() if first.startswith(start)), "")
    if kind == "LIF" and first[_LIF_TEST[0] : _LIF_TEST[0] + 1] != _LIF_TEST[1]:
        return ""
    is_tiff = first[:4] in (b"II*\0", b"MM\0*")
    return "VSI" if is_tiff and path.suffix.lower() == ".vsi" else kind


def has_plugin(kind: str) -> bool:
    """Whether the plugin for files of a kind is installed, as far as it is known."""
    plugin = _PLUGINS.get(kind, "bioio_bioformats")
    return all(find_spec(name) is not None for name in ("bioio", plugin))


def open_image(path: Path, wanted: Wanted) -> Image:
    """Read an image with the plugin of bioio that knows it.

    Raises
    ------
    ModuleNotFoundError
        If bioio or the plugin is not installed; the message says what to type.
    ImageError
        If there is no plugin for it, it has no such series or level, or is damaged.
    """
    with path.open("rb") as stream:
        kind = kind_of(path, stream.read(512))
    plugin = _plugin(path, kind)
    with explained(path):
        reader = plugin(str(path))
        scenes = [str(scene) for scene in reader.scenes]
        series = _series(path.name, scenes, wanted)
        levels = len(tuple(_of_scene(reader, series).resolution_levels))
        check_level(path.name, wanted, levels)
        parts = _Parts(plugin, path, series, wanted.level)
        shape, axes = parts.pixels.shape, parts.axes
        check_pixels(path.name, shape, parts.pixels.dtype)
        pixels: Any
        if parts.pixels.nbytes > wanted.most:
            chunks = [sizes[0] for sizes in parts.pixels.chunks]
            opener = partial(_opened, plugin, str(path.resolve()), series, wanted.level)
            pixels = lazy_array(Stored(opener, shape, parts.pixels.dtype, chunks))
        else:
            pixels = parts[(slice(None),) * len(shape)]
        module = plugin.__module__.partition(".")[0]
        version = getattr(sys.modules.get(module), "__version__", "")
        return Image(
            pixels,
            axes,
            path.name,
            _calibration(reader, axes),
            channels=_channels(reader, dict(zip(axes, shape, strict=True))),
            provenance=Provenance(
                str(path),
                f"{module.replace('_', '-')} {version}".strip(),
                _WORDS[kind],
                f"{series} of {len(scenes)} ({scenes[series - 1]})"
                if len(scenes) > 1
                else "",
                wanted.level,
            ),
        )


class _Parts:
    """The pixels of a file, to be read in parts.

    bioio has dask arrays of its own. Not all can be read by another process, or once
    the file is closed that they were made of, so that each process opens the file.

    Parameters
    ----------
    plugin : type
        The class that reads the file.
    path : Path
        The file.
    series, level : int
        Which image of it, counted from 1, and its level.
    """

    def __init__(self, plugin: Any, path: Path, series: int, level: int) -> None:
        self.path = path
        self._lock = threading.Lock()
        self.reader = _of_scene(plugin(str(path)), series)
        if level:
            levels = tuple(self.reader.resolution_levels)
            self.reader.set_resolution_level(levels[level])
        self.pixels, self.axes = _pixels(path.name, self.reader)

    def __getitem__(self, index: tuple[slice, ...]) -> Array:
        # One at a time: bioio-dv closes the file after each, also for other threads.
        with self._lock, explained(self.path):
            chosen = self.pixels[index]
            part = np.asarray(chosen)
        if part.shape != chosen.shape:
            raise cut_short(
                self.path.name,
                f"a part of {chosen.shape} pixels is announced, and {part.shape} are "
                "there",
            )
        return part


def _opened(plugin: Any, file: str, series: int, level: int) -> tuple[Any, None]:
    with explained(Path(file)):
        return _Parts(plugin, Path(file), series, level), None


def _of_scene(reader: Any, series: int) -> Any:
    reader.set_scene(series - 1)
    return reader


def _plugin(path: Path, kind: str) -> Any:
    """Return the class that reads files of a kind."""
    what = f'"{path.name}" is a file of the kind {_WORDS[kind]}, which'
    name = _PLUGINS.get(kind)
    if kind == "CZI":
        try:
            return import_module("bioio_czi").Reader
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in ("bioio", "bioio_czi"):
                raise
            raise ModuleNotFoundError(
                f"{what} needs bioio and bioio-czi (under the GPL, and so no part of "
                f"the extra): {pip_install('bioio', 'bioio-czi')}",
                name=error.name,
            ) from None
    bioio = needed("bioio", what)
    if name is not None:
        needed(name, what)
        return import_module(name).Reader
    try:
        entry = bioio.BioImage.determine_plugin(str(path))
        return entry.metadata.get_reader()
    except Exception as error:
        raise ImageError(
            f"{what} no plugin of bioio that is installed reads "
            f"({type(error).__name__}): open it in Fiji and save it as TIFF, or "
            "install bioio-bioformats, which needs Java."
        ) from None


def _series(name: str, scenes: Sequence[str], wanted: Wanted) -> int:
    count = len(scenes)
    if wanted.series is None and count > 1:
        shown = ", ".join(scenes[:5]) + (", ..." if count > 5 else "")  # noqa: PLR2004
        raise ImageError(
            f'"{name}" holds {count} images ({shown}): choose one with series=1 to '
            f"{count}."
        )
    return which_series(name, wanted, count)


def _pixels(name: str, reader: Any) -> tuple[Any, tuple[str, ...]]:
    """Return a dask array without the axes that are one long, y and x last."""
    array = reader.xarray_dask_data
    if "M" in array.dims:  # tiles of a mosaic, where the plugin can put them together
        with suppress(NotImplementedError):
            array = reader.mosaic_xarray_dask_data
    dims = [str(dim) for dim in array.dims]
    kept = [d for d, n in zip(dims, array.shape, strict=True) if n > 1 or d in "YX"]
    order = [d for d in kept if d not in ("Y", "X", "S")] + ["Y", "X"]
    samples = array.sizes.get("S", 1)
    if samples > 1:
        order.append("S")
    index = tuple(slice(None) if d in kept else 0 for d in dims)
    pixels = array.data[index].transpose([kept.index(d) for d in order])
    if samples == _FOUR:
        raise ImageError(
            f'"{name}" is RGB with alpha: save it without alpha, e.g. as TIFF in Fiji.'
        )
    axes = tuple(d.lower() if d in "TCZYXS" else d for d in order)
    if samples == _THREE and pixels.dtype != np.uint8 and "C" not in order:
        axes = (*axes[:-1], "c")  # as ImageJ, which has no colour of 16 bits
    return pixels, axes


def _channels(reader: Any, sizes: dict[str, int]) -> tuple[str, ...]:
    names = [str(name).strip() for name in reader.channel_names or ()]
    if len(names) != sizes.get("c") or not all(names):
        return ()
    # A plugin counts channels that have no name, which says nothing.
    return () if all(name.isdecimal() for name in names) else tuple(names)


def _calibration(reader: Any, axes: Sequence[str]) -> Calibration:
    """Read sizes of pixels, which bioio gives in micrometres, and times of frames."""
    size = reader.physical_pixel_sizes
    steps = [size.X, size.Y, size.Z if "z" in axes else None]
    frame_s = getattr(reader.time_interval, "total_seconds", lambda: None)()
    lengths = [abs(float(step)) for step in steps if step]
    if not (steps[0] and steps[1]):
        return calibrated(None, "", frame_s)
    try:
        return calibrated(lengths, "µm", frame_s)
    except ValueError:  # no numbers above 0
        return calibrated(None, "", frame_s)

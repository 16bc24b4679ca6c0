"""Open files with the real ImageJ, and save which pixels it has.

Run as a script in a process whose JVM is started already (``support.run_in_jvm``):
``FOLDER OUT NAME,NAME`` opens each file of a folder but those named, and writes
``OUT``, a ``.npz``. For a file that ImageJ opens it holds

* ``NAME|values``: what its status line shows as value, (t, z, c, y, x): what lies in
  memory, through the calibration function where there is one; of an RGB image
  (t, z, c, y, x, 3);
* ``NAME|memory``: what lies in memory, where that is not the same;
* ``NAME|seen``: what the look-up table of an 8-bit image makes of it, as gray, or as
  red, green, blue; where that is not the same;

and ``words``, JSON: for each file the type and the size in ImageJ's words, "" where it
opens nothing.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

TYPES = ("8-bit", "16-bit", "32-bit", "8-bit color", "RGB")
"""By the number of the type in ImagePlus."""

EIGHT_BITS = 0, 3
"""Gray, and color by a palette."""


def of_plane(processor: Any) -> Any:
    """Return the values of a plane, unsigned where ImageJ means them so."""
    pixels = np.array(processor.getPixels())
    unsigned = {"int8": np.uint8, "int16": np.uint16, "int32": np.uint32}
    kind = unsigned.get(pixels.dtype.name)
    plane = pixels if kind is None else pixels.view(kind)
    plane = plane.reshape(processor.getHeight(), processor.getWidth())
    return in_colors(plane) if kind is np.uint32 else plane


def in_colors(plane: Any) -> Any:
    return np.stack([plane >> k & 255 for k in (16, 8, 0)], axis=-1).astype(np.uint8)


def seen(processor: Any) -> Any:
    """Return what a look-up table makes of a plane: gray, or red, green, blue."""
    shown = of_plane(processor.convertToRGB())
    return shown[..., 0] if (shown == shown[..., :1]).all() else shown


def opened(path: Path) -> tuple[str, dict[str, Any]]:
    """Words and arrays of a file; of one that is not opened "", {}."""
    from jpype import JClass, JException

    try:
        image = JClass("ij.IJ").openImage(str(path))
    except JException:
        return "", {}
    if image is None or image.getWidth() == 0:
        return "", {}
    stack, kind = image.getStack(), int(image.getType())
    sizes = [image.getNFrames(), image.getNSlices(), image.getNChannels()]
    processors = [stack.getProcessor(k) for k in range(1, stack.size() + 1)]
    planes = [of_plane(processor) for processor in processors]

    def ordered(planes: list[Any]) -> Any:
        return np.stack(planes).reshape(*sizes, *planes[0].shape)

    arrays = {"values": ordered(planes)}
    named = zip(sizes[::-1], ("channels", "slices", "frames"), strict=True)
    words = ", ".join([TYPES[kind], *(f"{n} {name}" for n, name in named if n > 1)])
    table = image.getCalibration().getCTable()
    if table is not None and kind in (0, 1):
        arrays["memory"] = arrays["values"]
        arrays["values"] = np.array(table)[arrays["values"]]
        words += ", calibrated"
    if kind in EIGHT_BITS:
        shown = [seen(processor) for processor in processors]
        alike = len({plane.ndim for plane in shown}) == 1
        if alike and not np.array_equal(planes, shown):
            arrays["seen"] = ordered(shown)
            colors = shown[0].ndim > planes[0].ndim
            words += ", a LUT of colors" if colors else ", a LUT of grays"
    elif kind == 1 and image.isInvertedLut():
        words += ", inverting LUT"
    return words, arrays


def main(folder: str, out: str, without: str = "") -> None:
    arrays: dict[str, Any] = {}
    words: dict[str, str] = {}
    for path in sorted(Path(folder).iterdir()):
        if path.is_file() and path.name not in without.split(","):
            words[path.name], own = opened(path)
            arrays |= {f"{path.name}|{name}": array for name, array in own.items()}
    np.savez_compressed(out, words=json.dumps(words), **arrays)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What a TIFF says of the size of its pixels and of time: ImageJ's words, or OME's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from .calibration import SECONDS, PixelSize, pixel_size

if TYPE_CHECKING:
    import tifffile


def size_of(tiff: tifffile.TiffFile) -> PixelSize | None:
    """Return the size of a pixel; None where the file knows none."""
    frame_s = frame_s_of(tiff)
    if tiff.is_ome:
        pixels = _ome_pixels(tiff)
        unit = pixels.get("PhysicalSizeXUnit", "µm")
        if pixels.get("PhysicalSizeYUnit", "µm") != unit:
            return None
        found: dict[str, Any] = {
            axis.lower(): pixels.get(f"PhysicalSize{axis}") for axis in "XYZ"
        }
        if pixels.get("PhysicalSizeZUnit", "µm") != unit:
            del found["z"]
        return pixel_size({**found, "unit": unit, "frame_s": frame_s})
    known = tiff.imagej_metadata
    if not known:
        return None
    tags = tiff.pages.first.tags
    found = {"unit": known.get("unit"), "frame_s": frame_s, "z": known.get("spacing")}
    for axis, name in (("x", "XResolution"), ("y", "YResolution")):
        count, length = tags[name].value if name in tags else (0, 1)
        found[axis] = length / count if count else None
    return pixel_size(found)


def frame_s_of(tiff: tifffile.TiffFile) -> float | None:
    """Seconds from frame to frame; None where the file does not say."""
    if tiff.is_ome:
        pixels = _ome_pixels(tiff)
        step, unit = pixels.get("TimeIncrement"), pixels.get("TimeIncrementUnit", "s")
    else:
        known = tiff.imagej_metadata or {}
        step, unit = known.get("finterval"), known.get("tunit", "s")
    factor = SECONDS.get(str(unit).strip().lower())
    return None if step is None or factor is None else float(step) * factor


def _ome_pixels(tiff: tifffile.TiffFile) -> dict[str, str]:
    """Attributes of the first image's pixels."""
    try:
        root = ElementTree.fromstring(tiff.ome_metadata or "<OME/>")
    except ElementTree.ParseError:
        return {}
    found = root.find(".//{*}Pixels")
    return {} if found is None else dict(found.attrib)

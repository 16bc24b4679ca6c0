"""Pictures of a run of ImageJ's command: of planes as they come, and of all rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..ground.types import Array, Row
from ..images.calibration import of_imagej
from ..metrics.pixels import parse_range
from ..moments.windows import USUAL_WINDOW
from ..plot.pictures.album import Album
from ..plot.pictures.kinds import OPENED_AS_TIFF, USUAL
from ..regions.region import Region
from ..regions.tied import selection


class RunPictures:
    """Pictures of a run, made of its comparisons.

    Parameters
    ----------
    message : mapping
        The message `album` of docs/protocol.md.

    Raises
    ------
    ValueError
        If there is no such kind of picture, or no such window.
    OSError
        If the folder cannot be made.
    """

    def __init__(self, message: Mapping[str, Any]) -> None:
        request = message["request"]
        first, second = str(request["image_1"]), str(request["image_2"])
        against = str(message.get("against") or "image 2")
        if against != "image 2":
            second = f"{second}, {against}"
        known = of_imagej(request.get("pixel_1"))
        self._frame_s = known.frame_s
        self._rows: list[Row] = []
        kinds = list(message.get("kinds") or USUAL)
        if {*kinds} >= {*USUAL}:
            kinds = ["all", *(kind for kind in kinds if kind not in USUAL)]
        span = request.get("data_range")
        self._album = Album(
            str(message["folder"]),
            kinds,
            (first, second),
            pixel_size=known.pixel_size,
            unit=known.unit,
            frame_s=known.frame_s,
            metrics=request.get("metrics"),
            window=message.get("window") or USUAL_WINDOW,
            data_range=None if span is None else parse_range(span),
        )

    def add(
        self,
        request: Mapping[str, Any],
        at: Mapping[str, Any],
        planes: tuple[Array, Array],
        regions: Sequence[Region],
        labels: Array | None,
        mask: Array | None,
    ) -> None:
        """Take a plane of both images, and what there is beside them.

        Parameters
        ----------
        request : mapping
            Of the comparison.
        at : mapping
            Where in image 1: c, z, t, counted from 1.
        planes : (x, y)
            Whole planes, (y, x).
        regions : sequence of Region
            Those of all planes; each is drawn where it applies.
        labels, mask : ndarray or None
            Of this plane.
        """
        sizes = {axis: int(n) for axis, n in (request.get("sizes_1") or {}).items()}
        index = {axis: int(place) - 1 for axis, place in at.items()}
        place = {
            key: value for key, value in (request.get("place") or {}).items() if value
        }
        place |= {axis: int(at[axis]) for axis in "zt" if sizes.get(axis, 1) > 1}
        if self._frame_s and "t" in place:
            place["time_s"] = index["t"] * self._frame_s
        words = [f"{axis}{place[axis]}" for axis in "zt" if axis in place]
        self._album.add(
            *planes,
            regions=[r for r in regions if selection(r, sizes, index) == {}],
            labels=labels,
            mask=mask,
            place=place,
            plane=" ".join([*self._channels(place, sizes, at), *words]),
        )

    @staticmethod
    def _channels(
        place: Mapping[str, Any], sizes: Mapping[str, int], at: Mapping[str, Any]
    ) -> list[str]:
        one, two = place.get("channel_1"), place.get("channel_2")
        if one is None:
            return [f"c{at['c']}"] if sizes.get("c", 1) > 1 else []
        return [f"c{one}" if one == two else f"c{one}:{two}"]

    def add_rows(self, rows: Sequence[Row]) -> None:
        """Take rows of the run."""
        self._rows += [*rows]

    def finish(self) -> dict[str, Any]:
        """Write the pictures; answer which, and why not all that were asked for."""
        pictures = [
            {
                "kind": picture.kind,
                "path": str(picture.path.resolve()),
                "title": picture.title,
                "shown": picture.path.suffix
                == (".tif" if picture.kind in OPENED_AS_TIFF else ".png"),
            }
            for picture in self._album.finish(self._rows)
        ]
        return {"pictures": pictures, "notes": list(self._album.notes)}

    def discard(self) -> None:
        """Remove what was written."""
        self._album.discard()

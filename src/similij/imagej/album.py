"""Draw the pictures of a run of ImageJ's command, of planes as they come and of rows.

The drawing is that of `similij.plot.pictures`; this says where a plane is in ImageJ's
stack and which regions are on it, and answers with the files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..ground.types import Array, Row
from ..moments.windows import USUAL_WINDOW
from ..plot.pictures.album import Album, Step
from ..plot.pictures.kinds import USUAL, parse_kinds
from ..regions.region import Region
from ..regions.tied import on_plane, sides, sizes_of
from .checks import calibration_of
from .messages import Album as AlbumMessage
from .messages import Drawn, Picture, Request, Wanted
from .words import question_of


class RunPictures:
    """Collect the pictures of a run from its comparisons, and draw them at its end.

    Parameters
    ----------
    message : Album
        With the folder and what is compared first.

    Raises
    ------
    ValueError
        If there is no such kind of picture, or no such window.
    OSError
        If the folder cannot be made.
    """

    def __init__(self, message: AlbumMessage) -> None:
        request, words = message.request, message.request.options
        first, second = request.image_1.name, request.image_2.name
        question = question_of(words)
        if not question.of_two:
            second = f"{second}, {question.against}"
        calibration = calibration_of(request.image_1)
        self._frame_s = calibration.frame_s
        self._rows: list[Row] = []
        kinds = parse_kinds(words.get("pictures", "all"))
        # A kind that is named and makes no sense for the rows is a note in the Log; of
        # "all" it is left out in silence. All boxes of the dialog ticked are "all".
        if {*kinds} >= {*USUAL}:
            kinds = ["all", *(kind for kind in kinds if kind not in USUAL)]
        self._album = Album(
            message.folder,
            kinds,
            (first, second),
            pixel_size=calibration.pixel_size,
            unit=calibration.unit,
            frame_s=calibration.frame_s,
            calibration_2=calibration_of(request.image_2),
            metrics=words.get("metrics"),
            window=words.get("window", USUAL_WINDOW),
            data_range=question.data_range,
            charts=True,
            files=message.keep,
        )
        self._steps: list[Step] | None = None
        self._told: set[str] = set()

    def add(
        self,
        request: Request,
        at: Mapping[str, int],
        planes: tuple[Array, Array],
        regions: Sequence[Region],
        labels: Array | None,
        mask: Array | None,
    ) -> None:
        """Take a plane of both images, and what there is beside them.

        Parameters
        ----------
        request : Request
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
        sizes = request.image_1.sizes.by_name()
        sizes_2 = request.image_2.sizes.by_name()
        # As rows are: a ROI may be tied to either channel of a pair.
        beside = {**at, "c": int(request.place.get("channel_2") or at["c"])}
        either = sides(at, beside, sizes, sizes_2)
        both = sizes_of(sizes, sizes_2)
        place = {key: value for key, value in request.place.items() if value}
        place |= {axis: at[axis] for axis in "zt" if sizes[axis] > 1}
        if self._frame_s and "t" in place:
            place["time_s"] = (at["t"] - 1) * self._frame_s
        words = [f"{axis}{place[axis]}" for axis in "zt" if axis in place]
        self._album.add(
            *planes,
            regions=[r for r in regions if on_plane(r, both, *either)],
            labels=labels,
            mask=mask,
            place=place,
            plane=" ".join([*self._channels(place, sizes, at), *words]),
        )

    @staticmethod
    def _channels(
        place: Mapping[str, Any], sizes: Mapping[str, int], at: Mapping[str, int]
    ) -> list[str]:
        one, two = place.get("channel_1"), place.get("channel_2")
        if one is None:
            return [f"c{at['c']}"] if sizes.get("c", 1) > 1 else []
        return [f"c{one}" if one == two else f"c{one}:{two}"]

    def add_rows(self, rows: Sequence[Row]) -> None:
        """Take rows of the run: the charts by region and plane are made of all."""
        self._rows += [*rows]

    def begin(self) -> Wanted:
        """List the pictures, now that all rows are there; none is drawn yet."""
        self._steps = self._album.steps(self._rows)
        return Wanted([step.words for step in self._steps], self._notes())

    def draw(self, number: int) -> Drawn:
        """Draw one of them, counted from 0."""
        assert self._steps is not None  # the list was asked for
        drawn = self._album.draw(self._steps[number])
        return Drawn(
            [
                Picture(
                    picture.kind,
                    str(picture.path.resolve()),
                    picture.title,
                    drawing.scale,
                    list(drawing.charts),
                )
                for picture, drawing in drawn
                if drawing.charts or picture.path.suffix == ".tif"
            ],
            self._notes(),
        )

    def _notes(self) -> list[str]:
        """Say why pictures are not there that were asked for by name, each once."""
        reasons = self._album.reasons_so_far(self._rows)
        fresh = [
            reason
            for kind, reason in reasons.items()
            if kind in self._album.named and kind not in self._told
        ]
        self._told |= {*reasons}
        return fresh

    def end(self) -> None:
        """Keep the pictures that were drawn; of a run that was cut short, none is."""
        if self._steps is None:
            self._album.discard()
        else:
            self._album.close()

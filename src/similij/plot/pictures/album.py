"""Make pictures of planes that come one at a time, in memory that does not grow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...ground.writing import (
    Identity,
    identity,
    make_folder,
    remove_folders,
    remove_new,
)
from ...images.calibration import UNKNOWN, Calibration, calibrated
from ...moments.windows import USUAL_WINDOW, parse_window
from ...regions.region import Region
from ...spatial.maps import mapped
from ...verdicts.places import listed
from ..planes import draw_planes, planes_charts
from ..style import ASKED, made_with, plain_name, question_of
from .channel_pair import ChannelPair, Channels, Drawing, PictureOptions
from .kinds import (
    FILES,
    OF_PIXELS,
    OPENED_AS_TIFF,
    WORDS,
    Picture,
    named,
    parse_kinds,
    why_not,
)

if TYPE_CHECKING:
    from .local_maps import LocalMap

Drawings = Iterator[tuple[ChannelPair | None, Drawing]]
"""Files of a picture, and the pair of channels that each is of."""


class Step(NamedTuple):
    """One picture to draw.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    words : str
        What it is called.
    make : callable
        Draws it.
    """

    kind: str
    words: str
    make: Callable[[], Drawings]


class Album:
    """Make pictures of two images whose planes come one at a time.

    Parameters
    ----------
    folder : path
        Where the pictures go; made if need be. Files of the same name are replaced.
    kinds : str or iterable of str
        Words of `KINDS`, or "all", which means `USUAL`.
    names : (str, str)
        Names of the images.
    pixel_size : float, (x, y) or (x, y, z), optional
        Size of a pixel, in `unit`.
    unit : str
        Unit of `pixel_size`; "pixel": not calibrated.
    frame_s : float, optional
        Seconds from frame to frame.
    calibration_2 : Calibration
        Of image 2, as far as it is known. Maps have that of image 1; sizes of detail
        are in pixels where the two differ.
    metrics : str or iterable of str, optional
        Metrics of the comparison: the local maps are of the ones among them that can be
        mapped; default Pearson R.
    window : int, tuple or str
        Window of the local maps, as `similij.local_map` takes it, or in words, "15"
        or "gaussian:1.5".
    data_range : float, optional
        For a local map of SSIM: span of the values that the images could have.
    charts : bool
        Whether plots are drawn elsewhere, as ImageJ does, of the numbers that `draw`
        returns with them. matplotlib is then needed only for the PNGs of maps.
    files : bool
        Whether PNGs of maps, and lists of the least similar places, are written, too.

    Attributes
    ----------
    kinds : list of str
        What was asked for, in the order of `KINDS`.
    named : list of str
        Which of these by name, not as "all".
    needs_pixels : bool
        Whether a picture that was asked for is made of planes. Where not, `finish` can
        be called without any `add`.
    notes : list of str
        After `finish`: why a picture that was asked for by name was not made.

    Raises
    ------
    ValueError
        If there is no such kind, metric or window, or a size is no number above 0.
    ModuleNotFoundError
        If matplotlib is missing: at once, not after hours.

    Examples
    --------
    >>> import tempfile, similij
    >>> x = np.arange(12.0).reshape(3, 4)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     album = Album(folder, "scatter", ("a", "b"))
    ...     album.add(x, 2 * x)
    ...     [picture.path.name for picture in album.finish(similij.compare(x, 2 * x))]
    ['scatter.png']
    """

    def __init__(
        self,
        folder: Path | str,
        kinds: str | Iterable[str] = "all",
        names: Sequence[str] = ("image 1", "image 2"),
        *,
        pixel_size: Any = None,
        unit: str = "µm",
        frame_s: float | None = None,
        calibration_2: Calibration = UNKNOWN,
        metrics: Any = None,
        window: Any = USUAL_WINDOW,
        data_range: float | None = None,
        charts: bool = False,
        files: bool = True,
    ) -> None:
        # Here, though it is needed much later: a run of hours must not end by finding
        # that it is missing.
        kinds = kinds if isinstance(kinds, str) else list(kinds)
        self.kinds = parse_kinds(kinds)
        if not charts or (files and OPENED_AS_TIFF & {*self.kinds}):
            import matplotlib  # noqa: F401

        self.named = named(kinds)
        parse_window(window)
        self.names = (str(names[0]), str(names[1]))
        self.notes: list[str] = []
        self.needs_pixels = bool(OF_PIXELS & {*self.kinds})
        self._calibration = calibrated(pixel_size, unit, frame_s)
        self._options = PictureOptions(
            self.kinds, mapped(metrics), window, data_range, charts, files,
            (self._calibration, calibration_2),
        )  # fmt: skip
        # What the pictures tell of how they were made, beside what each is of.
        self._parameters: dict[str, Any] = {
            "metrics": [*self._options.metrics], "window": str(parse_window(window)),
            "data_range": data_range,
        }  # fmt: skip
        self._folder = Path(folder)
        self._made_folders = make_folder(self._folder)
        self._earlier: dict[Path, Identity] = {}
        self._by_pair: dict[ChannelPair, Channels] = {}
        self._areas: Any = None
        self._written: list[Picture] = []

    def add(
        self,
        x: NDArray[Any],
        y: NDArray[Any],
        *,
        regions: Sequence[Region] | None = None,
        labels: NDArray[Any] | None = None,
        mask: NDArray[np.bool_] | None = None,
        place: Mapping[str, Any] | None = None,
        plane: str = "",
    ) -> None:
        """Take one plane of each image; the arrays are not kept.

        Parameters
        ----------
        x, y : ndarray, (y, x)
            Pixels of the whole plane: bool, integers or floats, in any mixture.
        regions : sequence of Region, optional
            Those that apply to this plane, in its pixels. The scatter has the pixels
            of all regions together, the maps their outlines.
        labels : ndarray of int, (y, x), optional
            Regions as numbers; 0 is background.
        mask : ndarray of bool, (y, x), optional
            Pixels that count in the scatter.
        place : mapping, optional
            `channel_1`, `channel_2`, `z`, `t` (from 1) and `time_s`, as far as known,
            of this very plane, also where the rows pool planes.
        plane : str
            The same in words, for the labels of slices.

        Raises
        ------
        ValueError
            If the arrays are not two planes of one size, that of those before.
        """
        if x.ndim != 2 or x.shape != y.shape or x.size == 0:  # noqa: PLR2004
            raise ValueError(
                f"{self.names[0]} has the shape {x.shape}, {self.names[1]} {y.shape}: "
                "both must be a plane (y, x) of the same size."
            )
        if not self.needs_pixels:
            return
        from ...regions.outlines import Areas
        from .map_files import Page

        place = place or {}
        pair = (place.get("channel_1"), place.get("channel_2"))
        if pair not in self._by_pair:
            dtypes = (x.dtype, y.dtype)
            self._by_pair[pair] = Channels(self._options, self._folder, dtypes)
        self._areas = self._areas or Areas()
        height, width = x.shape
        area = self._areas.of(regions or (), labels, (height, width))
        page = Page(dict(place), plane, area.outlines)
        self._by_pair[pair].add(x, y, area, mask, page)

    def reasons(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """Say why kinds that were asked for make no sense, of the planes so far."""
        for of_pair in self._by_pair.values():
            of_pair.catch_up()
        return self.reasons_so_far(rows)

    def reasons_so_far(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """Say the same without a look at a plane that waits."""
        reasons: dict[str, str] = {}
        for of_pair in self._by_pair.values():
            reasons |= of_pair.reasons
        for kind in self.kinds:
            reason = why_not(kind, rows)
            reasons |= {kind: reason} if reason else {}
        return reasons

    def steps(self, rows: Sequence[Mapping[str, Any]]) -> list[Step]:
        """List what there is to draw, each by itself; `draw` draws it.

        Where the first plane still waits, it is not looked at yet.
        """
        self._parameters |= question_of(
            {name: [row[name] for row in rows if name in row] for name in ASKED}
        )
        places = listed(rows)
        for pair, channels in self._by_pair.items():
            channels.places = [
                p for p in places if (p["channel_1"], p["channel_2"]) == pair
            ]
        steps: list[Step] = []
        for kind in self.kinds:
            if why_not(kind, rows):
                continue
            if kind == "planes":
                steps.append(Step(kind, WORDS[kind], partial(self._of_planes, rows)))
            elif kind == "regions":
                steps.append(Step(kind, WORDS[kind], partial(self._of_regions, rows)))
            else:
                steps += self._steps_of_pixels(kind)
        return steps

    def draw(self, step: Step) -> list[tuple[Picture, Drawing]]:
        """Write one of the steps; return its files, and what else is known of them."""
        drawn = []
        before = len(self._written)
        try:
            with made_with(**self._parameters):
                for pair, drawing in step.make():
                    self._add(step.kind, drawing, pair)
                    drawn.append((self._written[-1], drawing))
        except BaseException:  # Ctrl-C and a cancelled run, too
            self._remove(before)
            raise
        return drawn

    def finish(self, rows: Iterable[Mapping[str, Any]]) -> list[Picture]:
        """Write the pictures.

        Parameters
        ----------
        rows : iterable of Row, or Comparison
            Rows of the comparison, None or NaN where a number is undefined.

        Returns
        -------
        list of Picture
            Files in the order of `KINDS`; a map has a TIFF and a PNG, a local map also
            its least similar places as CSV and as a zip of ROIs.
        """
        rows = list(rows)
        try:
            reasons = self.reasons(rows)
            self.notes = [reasons[kind] for kind in self.named if kind in reasons]
            for step in self.steps(rows):
                self.draw(step)
        except BaseException:
            self.discard()
            raise
        return self.close()

    def close(self) -> list[Picture]:
        """Let go of what the pictures are made of; return those that were written."""
        self._close()
        if not self._written:
            self.discard()  # no empty folder
        return self._written

    def discard(self) -> None:
        """Remove what was written, for a run that was cancelled."""
        self._close()
        self._remove(0)
        # A folder that was there before is the user's, even if it is empty.
        remove_folders(self._made_folders)

    def _remove(self, first: int) -> None:
        """Remove the files from one on; none that has not come to its place yet."""
        for picture in self._written[first:]:
            remove_new(picture.path, self._earlier[picture.path])
        del self._written[first:]

    def _close(self) -> None:
        for channels in self._by_pair.values():
            channels.close()
        self._by_pair = {}

    def _add(self, kind: str, drawing: Drawing, pair: ChannelPair | None) -> None:
        names = self.names if pair is None else self._named(pair)
        first, second = (plain_name(name) for name in names)
        title = drawing.title.format(first, second)
        # Listed before it is drawn: until then an earlier run's may have its name.
        self._earlier.setdefault(drawing.path, identity(drawing.path))
        self._written.append(Picture(kind, drawing.path, title))

    def _named(self, pair: ChannelPair) -> tuple[str, str]:
        """Return the names of the images, with their channels."""
        first, second = (
            name if channel is None else f"{name}, channel {channel}"
            for name, channel in zip(self.names, pair, strict=True)
        )
        return first, second

    def _path(self, name: str, pair: ChannelPair, pairs: int, suffix: str) -> Path:
        channels = f" c{pair[0]}-{pair[1]}" if pairs > 1 else ""
        return self._folder / f"{name}{channels}{suffix}"

    def _of_planes(self, rows: Sequence[Mapping[str, Any]]) -> Drawings:
        path = self._folder / f"{FILES['planes']}.png"
        title = "Metrics by plane: {} and {}"
        if self._options.charts:
            yield None, Drawing(path, title, planes_charts(rows, self.names))
            return
        yield None, Drawing(path, title)
        draw_planes(path, rows, self.names)

    def _of_regions(self, rows: Sequence[Mapping[str, Any]]) -> Drawings:
        from ..regions import draw_regions, regions_charts

        by_pair: dict[ChannelPair, list[Mapping[str, Any]]] = {}
        for row in rows:
            pair = (row.get("channel_1"), row.get("channel_2"))
            by_pair.setdefault(pair, []).append(row)
        for pair, of_pair in by_pair.items():
            path = self._path(FILES["regions"], pair, len(by_pair), ".png")
            names, title = self._named(pair), "Metrics by region: {} and {}"
            if self._options.charts:
                yield pair, Drawing(path, title, regions_charts(of_pair, names))
                continue
            yield pair, Drawing(path, title)
            draw_regions(path, of_pair, names)

    def _steps_of_pixels(self, kind: str) -> list[Step]:
        several = len(self._by_pair) > 1
        steps = []
        for pair, channels in self._by_pair.items():
            # Of local maps some may make sense, and these are parts of their own.
            if kind in channels.reasons and kind != "local":
                continue
            for part in channels.parts_of(kind):
                words = WORDS[kind] if part is None else f"local {part.label}"
                words += f", channels {pair[0]}:{pair[1]}" if several else ""
                draw = partial(self._of_pixels, kind, pair, channels, part)
                steps.append(Step(kind, words, draw))
        return steps

    def _of_pixels(
        self, kind: str, pair: ChannelPair, channels: Channels, part: LocalMap | None
    ) -> Drawings:
        def path_of(name: str, suffix: str) -> Path:
            return self._path(name, pair, len(self._by_pair), suffix)

        names = self._named(pair)
        for drawing in channels.draw(kind, part, path_of, names, self._calibration):
            yield pair, drawing

"""Count the planes of one pair of channels for an album, and draw what was counted.

Each kind of picture keeps as little as it needs of all planes: joint counts, moments,
or maps on disk. The pixels themselves are not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...ground.names import counted
from ...ground.types import Row
from ...images.calibration import UNKNOWN, Calibration
from ...moments.joint_histogram import JointCounts
from ...moments.moments import Moments, merge
from ...moments.of_arrays import moments
from ...regions.outlines import Area
from ..agreement import MeansAndDifferences, agreement_chart, draw_agreement
from ..charts import Chart
from ..scatter import draw_scatter, scatter_chart
from ..style import plain_name
from .kinds import FILES
from .map_files import Differences, MapPlanes, Page

if TYPE_CHECKING:
    from ...spatial.frc import Frc
    from ...spatial.shift import Shift
    from .local_maps import LocalMap
    from .map_sheet import Style


ChannelPair = tuple[Any, Any]
"""Channels compared, from 1; (None, None) where the images have none."""

PathOf = Callable[[str, str], Path]
"""Turns the name and the suffix of a file into its path."""


@dataclass(frozen=True)
class PictureOptions:
    """Kinds of pictures that are asked for, and how local maps are made.

    Attributes
    ----------
    kinds : list of str
        Kinds of pictures.
    metrics : list of str
        Metrics of the local maps.
    window : int, tuple or str
        Window of the local maps.
    data_range : float or None
        Span of the values that images could have, for a local map of SSIM.
    charts : bool
        Whether somebody else draws the plots, of their numbers; and the first plane
        waits until they are drawn or a second one comes, so that the numbers of the
        comparison need not wait for its pictures.
    files : bool
        Whether what people read outside of ImageJ is written, too.
    calibrations : tuple of Calibration
        Of image 1 and image 2: of lengths nothing is said where they differ.
    """

    kinds: Sequence[str]
    metrics: Sequence[str]
    window: Any
    data_range: float | None
    charts: bool = False
    files: bool = True
    calibrations: tuple[Calibration, Calibration] = (UNKNOWN, UNKNOWN)


class Drawing(NamedTuple):
    """One file, or the numbers of a plot.

    Attributes
    ----------
    path : Path
        The file; of charts that which whoever draws them may write.
    title : str
        What it shows, with places for the names of the images.
    charts : sequence of Chart
        Plots that are drawn elsewhere; none: the file is written.
    scale : str
        Of maps: what their colours mean.
    """

    path: Path
    title: str
    charts: Sequence[Chart] = ()
    scale: str = ""


Taken = tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_] | None, Page]
"""Planes of both images, the pixels that count, and where the planes are."""


class Channels:
    """Count the planes of one channel pair.

    Attributes
    ----------
    pairs : JointCounts or None
        How many pixels have each pair of values, for the scatter.
    agreement : MeansAndDifferences or None
        How many pixels have each mean and difference.
    moments : Moments or None
        Moments of the same pixels.
    differences : Differences or None
        Planes of the maps of differences.
    local : list of LocalMap
        Local maps, one for each metric.
    places : list of Row
        Those that verdicts name, for the maps of differences.
    reasons : dict of str to str
        Why a kind of picture makes no sense, of those that do not.
    """

    def __init__(self, options: PictureOptions, folder: Path, dtypes: Any) -> None:
        kinds = options.kinds
        self.pairs = JointCounts(dtypes) if "scatter" in kinds else None
        agree = "agreement" in kinds
        self.agreement = MeansAndDifferences(dtypes) if agree else None
        self.moments: Moments | None = None
        mapped = "difference" in kinds or "absolute" in kinds
        self.differences = Differences(folder) if mapped else None
        self.places: list[Row] = []
        self.reasons: dict[str, str] = {}
        self.local: list[LocalMap] = []
        self._window, self._data_range = options.window, options.data_range
        if "local" in kinds:
            self._begin_local(options, folder, dtypes)
        self._shift: Shift | None = None
        self._frc: Frc | None = None
        self._calibrations = options.calibrations
        self._charts, self._files = options.charts, options.files
        self._parts = self._counters(kinds)
        self._first: Taken | None = None
        self._due: set[str] = set()
        self._planes = 0
        self._regions = 0
        self._masked = False

    def _begin_local(self, options: PictureOptions, folder: Path, dtypes: Any) -> None:
        from .local_maps import LocalMap

        all_integers = all(dtype.kind in "bui" for dtype in dtypes)
        for metric in options.metrics:
            if metric == "ssim" and not all_integers and options.data_range is None:
                self.reasons["local"] = (
                    "a local map of SSIM needs data_range: pixels that are floats say "
                    "nothing of the values that they could have"
                )
                continue
            self.local.append(LocalMap(folder, metric))

    def add(
        self,
        x: NDArray[Any],
        y: NDArray[Any],
        area: Area,
        mask: NDArray[np.bool_] | None,
        page: Page,
    ) -> None:
        """Take one plane of each image."""
        self._planes += 1
        self._regions = max(self._regions, len(area.outlines))
        self._masked |= mask is not None
        inside = area.inside
        if mask is not None:
            inside = mask if inside is None else mask & inside
        if self._charts and self._planes == 1:
            # Copied, since ImageJ's planes lie in memory that the next ones get.
            kept = None if inside is None else inside.copy()
            self._first, self._due = (x.copy(), y.copy(), kept, page), {*self._parts}
            return
        self.catch_up()
        for count in self._parts.values():
            count(x, y, inside, page)

    def _counters(self, kinds: Sequence[str]) -> dict[str, Callable[..., None]]:
        """Return what takes each plane, by the kind of picture that needs it first."""
        parts: dict[str, Callable[..., None]] = {}
        if self.differences is not None:
            parts["differences"] = self._add_difference
        for kind, counts in (("scatter", self.pairs), ("agreement", self.agreement)):
            if counts is not None:
                parts[kind] = partial(_count, counts)
        if self.pairs is not None or self.agreement is not None:
            parts["moments"] = self._add_moments
        if self.local:
            parts["local"] = self._add_local
        if "shift" in kinds:
            parts["shift"] = self._find_shift
        if "frc" in kinds:
            parts["frc"] = self._find_frc
        return parts

    def catch_up(self, *names: str) -> None:
        """Let parts, by default all, take the plane that waits."""
        if self._first is None:
            return
        for name in self._due & ({*names} if names else self._due):
            self._due.remove(name)
            self._parts[name](*self._first)
        if not self._due:
            self._first = None

    def _add_difference(
        self, x: NDArray[Any], y: NDArray[Any], inside: Any, page: Page
    ) -> None:
        assert self.differences is not None  # else it is no part
        self.differences.add(x, y, page)

    def _add_local(
        self, x: NDArray[Any], y: NDArray[Any], inside: Any, page: Page
    ) -> None:
        from ...spatial.maps import local_map

        maps = local_map(
            x, y, [part.metric for part in self.local], window=self._window,
            mask=inside, data_range=self._data_range,
        )  # fmt: skip
        for part in self.local:
            part.add(maps[part.metric], page)

    def _add_moments(
        self, x: NDArray[Any], y: NDArray[Any], inside: Any, page: Page
    ) -> None:
        self.moments = merge(self.moments, moments(x, y, inside))

    def _are_several(self, kind: str, each: str) -> bool:
        """Whether a kind that is of one plane has several; then that is the reason."""
        if self._planes > 1:
            self.reasons[kind] = (
                f"a picture of '{kind}' is of one plane, and {self._planes} were "
                f"compared: {each}"
            )
        return self._planes > 1

    def _find_shift(
        self,
        x: NDArray[Any],
        y: NDArray[Any],
        inside: NDArray[np.bool_] | None,
        page: Page,
    ) -> None:
        from ...spatial.shift import shift

        each = (
            "each may have a shift of its own (compare one, or see the metrics of the "
            "group shift)"
        )
        if self._are_several("shift", each):
            return
        self._shift = shift(x, y, mask=inside)
        if np.isnan(self._shift.peak):
            self.reasons["shift"] = f"no picture of 'shift': {self._shift.note}"

    def _find_frc(
        self,
        x: NDArray[Any],
        y: NDArray[Any],
        inside: NDArray[np.bool_] | None,
        page: Page,
    ) -> None:
        from ...images.image import Image
        from ...spatial.frc import frc

        # Not by shells, though they may be slices: rows are of planes pooled, and where
        # slices are further apart than pixels, of shells little is left.
        each = (
            "each has a curve of its own (compare one, or ask for "
            "metrics=frc_resolution of each; similij.frc takes stacks by shells)"
        )
        if self._are_several("frc", each):
            return
        pair = zip((x, y), self._calibrations, strict=True)
        one, two = (Image(pixels, ("y", "x"), calibration=c) for pixels, c in pair)
        self._frc = frc(one, two, mask=inside)
        if not self._frc.curve.sizes["frequency"]:
            self.reasons["frc"] = f"no picture of 'frc': {self._frc.note}"

    def close(self) -> None:
        """Let go of temporary files."""
        for planes in (self.differences, *self.local):
            if planes is not None:
                planes.close()

    @property
    def where(self) -> str:
        """Pixels that a scatter shows, in words."""
        words = "Pixels"
        if self._regions:
            words += f" in {counted(self._regions, 'region')}"
        elif not self._masked:
            words += " of the whole image"
        if self._masked:
            words += ", inside the mask"
        if self._planes > 1:
            words += f", of {self._planes} planes"
        return words

    def parts_of(self, kind: str) -> list[LocalMap | None]:
        """Return what of a kind is drawn by itself: of local maps each, else None."""
        return [*self.local] if kind == "local" else [None]

    def draw(
        self,
        kind: str,
        part: LocalMap | None,
        path_of: PathOf,
        names: tuple[str, str],
        calibration: Calibration,
    ) -> Iterator[Drawing]:
        """Write the files of a kind; yield each before it is written.

        Before, so that a file that was cut short is among those that `discard` removes.
        """
        if part is not None:
            yield from self._draw_local(part, path_of, names, calibration)
        elif kind == "scatter":
            assert self.pairs is not None  # it was asked for
            self.catch_up("scatter", "moments")
            yield from self._draw_plot(
                *(kind, path_of, names, "Scatter: {1} against {0}"),
                *(draw_scatter, scatter_chart, self.pairs),
            )
        elif kind == "agreement":
            assert self.agreement is not None
            self.catch_up("agreement", "moments")
            yield from self._draw_plot(
                *(kind, path_of, names, "Agreement: {1} − {0} against their mean"),
                *(draw_agreement, agreement_chart, self.agreement),
            )
        elif kind == "shift":
            self.catch_up("shift")
            yield from self._draw_shift(path_of, names)
        elif kind == "frc":
            self.catch_up("frc")
            yield from self._draw_frc(path_of, names)
        else:
            from .map_sheet import STYLES

            style = STYLES[kind]
            formula = "|{1} − {0}|" if style.absolute else "{1} − {0}"
            title = f"{style.name.capitalize()}: {formula}"
            assert self.differences is not None
            self.catch_up("differences")
            self.differences.mark(self.places)
            yield from self._draw_map(
                self.differences, style, title, path_of, names, calibration
            )

    def _draw_plot(
        self,
        kind: str,
        path_of: PathOf,
        names: tuple[str, str],
        title: str,
        draw: Callable[..., Any],
        chart: Callable[..., Chart],
        counts: Any,
    ) -> Iterator[Drawing]:
        path = path_of(FILES[kind], ".png")
        about = counts, self.moments, names, self.where
        if self._charts:
            shown = title.format(*map(plain_name, names))
            yield Drawing(path, title, [chart(*about, shown)])
            return
        yield Drawing(path, title)
        draw(path, *about)

    def _draw_shift(self, path_of: PathOf, names: tuple[str, str]) -> Iterator[Drawing]:
        if self._shift is None or "shift" in self.reasons:
            return
        from ..where import plot_shift, shift_charts

        path = path_of(FILES["shift"], ".png")
        title = "Shift: R against how far {1} is moved over {0}"
        if self._charts:
            first, second = map(plain_name, names)
            titles = (
                title.format(first, second),
                f"Shift: R for each shift of {second} over {first}",
            )
            yield Drawing(path, title, shift_charts(self._shift, titles))
            return
        yield Drawing(path, title)
        plot_shift(self._shift, path)

    def _draw_frc(self, path_of: PathOf, names: tuple[str, str]) -> Iterator[Drawing]:
        if self._frc is None or "frc" in self.reasons:
            return
        from ..where import frc_chart, plot_frc

        path = path_of(FILES["frc"], ".png")
        title = "FRC: {0} and {1} by the size of detail"
        if self._charts:
            shown = title.format(*map(plain_name, names))
            yield Drawing(path, title, [frc_chart(self._frc, shown, self.where)])
            return
        yield Drawing(path, title)
        plot_frc(self._frc, path)

    def _draw_local(
        self,
        local_map: LocalMap,
        path_of: PathOf,
        names: tuple[str, str],
        calibration: Calibration,
    ) -> Iterator[Drawing]:
        from .imagej_tiff import overlay_of
        from .local_maps import style_of, write_places, write_rois

        self.catch_up("local")
        local_map.outline()
        style = style_of(local_map)
        title = f"Local {local_map.label}: {{1}} and {{0}}"
        yield from self._draw_map(local_map, style, title, path_of, names, calibration)
        order, grid, _ = local_map.order()
        if not local_map.ranked or not self._files:
            return
        places = f"Least similar places, {local_map.label}: {{1}} and {{0}}"
        path = path_of(style.name, "_places_roi.zip")
        yield Drawing(path, places)
        write_rois(path, local_map, overlay_of(local_map, order, grid, style.lines[0]))
        path = path_of(style.name, "_places.csv")
        yield Drawing(path, places)
        write_places(path, local_map, order)

    def _draw_map(
        self,
        planes: MapPlanes,
        style: Style,
        title: str,
        path_of: PathOf,
        names: tuple[str, str],
        calibration: Calibration,
    ) -> Iterator[Drawing]:
        """Write a map as a TIFF for ImageJ and as a PNG."""
        from .imagej_tiff import write_imagej
        from .map_sheet import draw_map

        path = path_of(style.name, ".tif")
        yield Drawing(path, title, scale=style.scale())
        write_imagej(
            path,
            planes,
            absolute=style.absolute,
            lut=style.lut(planes.undefined > 0),
            limits=style.limits(planes),
            outline=style.lines[0],
            mark=style.mark,
            calibration=calibration,
        )
        if self._files:
            path = path_of(style.name, ".png")
            yield Drawing(path, title)
            draw_map(path, planes, style, names, calibration)


def _count(
    counts: JointCounts | MeansAndDifferences,
    x: NDArray[Any],
    y: NDArray[Any],
    inside: NDArray[np.bool_] | None,
    page: Page,
) -> None:
    counts.add(x, y, inside)

"""Count the planes of one pair of channels for an album, and draw what was counted.

Each kind of picture keeps as little as it needs of all planes: joint counts, moments,
or maps on disk. The pixels themselves are not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...images.calibration import Calibration
from ...moments.joint_histogram import JointCounts
from ...moments.moments import Moments, merge
from ...moments.of_arrays import moments
from ...regions.outlines import Area
from ..agreement import MeansAndDifferences, draw_agreement
from .map_files import Differences, MapPlanes, Page

if TYPE_CHECKING:
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
    """

    kinds: Sequence[str]
    metrics: Sequence[str]
    window: Any
    data_range: float | None


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
        self.reasons: dict[str, str] = {}
        self.local: list[LocalMap] = []
        if "local" in kinds:
            self._begin_local(options, folder, dtypes)
        self._shifts = "shift" in kinds
        self._shift: Shift | None = None
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
            self.local.append(
                LocalMap(folder, metric, options.window, options.data_range)
            )

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
        if self.differences is not None:
            self.differences.add(x, y, page)
        inside = area.inside
        if mask is not None:
            inside = mask if inside is None else mask & inside
        if self.pairs is not None:
            self.pairs.add(x, y, inside)
        if self.agreement is not None:
            self.agreement.add(x, y, inside)
        if self.pairs is not None or self.agreement is not None:
            self.moments = merge(self.moments, moments(x, y, inside))
        for local_map in self.local:
            local_map.add(x, y, inside, page)
        if self._shifts:
            self._find_shift(x, y, inside)

    def _find_shift(
        self, x: NDArray[Any], y: NDArray[Any], inside: NDArray[np.bool_] | None
    ) -> None:
        from ...spatial.shift import shift

        if self._planes > 1:
            self._shift = None
            self.reasons["shift"] = (
                f"a picture of 'shift' is of one plane, and {self._planes} were "
                "compared: each may have a shift of its own (compare one, or see the "
                "metrics of the group shift)"
            )
            return
        self._shift = shift(x, y, mask=inside)
        if np.isnan(self._shift.peak):
            self.reasons["shift"] = f"no picture of 'shift': {self._shift.note}"

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
            words += f" in {self._regions} region{'' if self._regions == 1 else 's'}"
        elif not self._masked:
            words += " of the whole image"
        if self._masked:
            words += ", inside the mask"
        if self._planes > 1:
            words += f", of {self._planes} planes"
        return words

    def draw(
        self,
        kind: str,
        path_of: PathOf,
        names: tuple[str, str],
        calibration: Calibration,
    ) -> Iterator[tuple[Path, str]]:
        """Write the files of a kind; yield path and title of each before it is written.

        Before, so that a file that was cut short is among those that `discard` removes.
        """
        from ..scatter import draw_scatter
        from .map_sheet import STYLES

        if kind == "scatter":
            assert self.pairs is not None  # it was asked for
            path = path_of("scatter", ".png")
            yield path, "Scatter: {1} against {0}"
            draw_scatter(path, self.pairs, self.moments, names, self.where)
        elif kind == "agreement":
            assert self.agreement is not None
            path = path_of("agreement", ".png")
            yield path, "Agreement: {1} − {0} against their mean"
            draw_agreement(path, self.agreement, self.moments, names, self.where)
        elif kind == "shift":
            if self._shift is not None and "shift" not in self.reasons:
                from ..where import plot_shift

                path = path_of("shift", ".png")
                yield path, "Shift: R against how far {1} is moved over {0}"
                plot_shift(self._shift, path)
        elif kind == "local":
            yield from self._draw_local(path_of, names, calibration)
        else:
            style = STYLES[kind]
            formula = "|{1} − {0}|" if style.absolute else "{1} − {0}"
            title = f"{style.name.capitalize()}: {formula}"
            assert self.differences is not None
            yield from _draw_map(
                self.differences, style, title, path_of, names, calibration
            )

    def _draw_local(
        self, path_of: PathOf, names: tuple[str, str], calibration: Calibration
    ) -> Iterator[tuple[Path, str]]:
        from .imagej_tiff import overlay_of
        from .local_maps import style_of, write_places, write_rois

        for local_map in self.local:
            local_map.outline()
            style = style_of(local_map)
            title = f"Local {local_map.label}: {{1}} and {{0}}"
            yield from _draw_map(local_map, style, title, path_of, names, calibration)
            order, grid, _ = local_map.order()
            if not local_map.ranked:
                continue
            places = f"Least similar places, {local_map.label}: {{1}} and {{0}}"
            path = path_of(style.name, "_places_roi.zip")
            yield path, places
            write_rois(
                path, local_map, overlay_of(local_map, order, grid, style.lines[0])
            )
            path = path_of(style.name, "_places.csv")
            yield path, places
            write_places(path, local_map, order)


def _draw_map(
    planes: MapPlanes,
    style: Style,
    title: str,
    path_of: PathOf,
    names: tuple[str, str],
    calibration: Calibration,
) -> Iterator[tuple[Path, str]]:
    """Write a map as a TIFF for ImageJ and as a PNG."""
    from .imagej_tiff import write_imagej
    from .map_sheet import draw_map

    path = path_of(style.name, ".tif")
    yield path, title
    write_imagej(
        path,
        planes,
        absolute=style.absolute,
        lut=style.lut(planes.undefined > 0),
        limits=style.limits(planes),
        outline=style.lines[0],
        calibration=calibration,
    )
    path = path_of(style.name, ".png")
    yield path, title
    draw_map(path, planes, style, names, calibration)

"""Make pictures of planes that come one at a time, in memory that does not grow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...images.calibration import calibrated
from ...moments.windows import USUAL_WINDOW, parse_window
from ...regions.region import Region
from ...spatial.maps import mapped
from ..planes import draw_planes
from ..style import short_name
from .channel_pair import ChannelPair, Channels, PictureOptions
from .kinds import OF_PIXELS, Picture, named, parse_kinds, why_not


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
    metrics : str or iterable of str, optional
        Metrics of the comparison: the local maps are of the ones among them that can be
        mapped; default Pearson R.
    window : int, tuple or str
        Window of the local maps, as `similij.local_map` takes it, or in words, "15"
        or "gaussian:1.5".
    data_range : float, optional
        For a local map of SSIM: span of the values that the images could have.

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
        metrics: Any = None,
        window: Any = USUAL_WINDOW,
        data_range: float | None = None,
    ) -> None:
        # Here, though it is needed much later: a run of hours must not end by finding
        # that it is missing.
        import matplotlib  # noqa: F401

        kinds = kinds if isinstance(kinds, str) else list(kinds)
        self.kinds = parse_kinds(kinds)
        self.named = named(kinds)
        parse_window(window)
        self._options = PictureOptions(self.kinds, mapped(metrics), window, data_range)
        self.names = (str(names[0]), str(names[1]))
        self.notes: list[str] = []
        self.needs_pixels = bool(OF_PIXELS & {*self.kinds})
        self._calibration = calibrated(pixel_size, unit, frame_s)
        self._folder = Path(folder)
        self._made_folder = not self._folder.exists()
        self._folder.mkdir(parents=True, exist_ok=True)
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
                "both must be a plane (y, x) of the same size"
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
        reasons: dict[str, str] = {}
        for of_pair in self._by_pair.values():
            reasons |= of_pair.reasons
        for kind in self.kinds:
            reason = why_not(kind, rows)
            reasons |= {kind: reason} if reason else {}
        return reasons

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
            for kind in self.kinds:
                if why_not(kind, rows):
                    continue
                if kind == "planes":
                    path = self._folder / "metrics by plane.png"
                    draw_planes(path, rows, self.names)
                    self._add(kind, path, "Metrics by plane: {} and {}")
                elif kind == "regions":
                    self._draw_regions(rows)
                else:
                    self._draw_pixels(kind)
        except BaseException:  # Ctrl-C and a cancelled run, too
            self.discard()
            raise
        self._close()
        if not self._written:
            self.discard()  # no empty folder
        return self._written

    def discard(self) -> None:
        """Remove what was written, for a run that was cancelled."""
        self._close()
        for picture in self._written:
            picture.path.unlink(missing_ok=True)
        self._written = []
        # A folder that was there before is the user's, even if it is empty.
        if self._made_folder and self._folder.is_dir():
            import contextlib

            with contextlib.suppress(OSError):  # not empty: others write there, too
                self._folder.rmdir()

    def _close(self) -> None:
        for channels in self._by_pair.values():
            channels.close()
        self._by_pair = {}

    def _add(
        self, kind: str, path: Path, title: str, pair: ChannelPair | None = None
    ) -> None:
        names = self.names if pair is None else self._named(pair)
        # Titles are plain text: `short_name` escapes dollars for matplotlib only.
        first, second = (short_name(name).replace(r"\$", "$") for name in names)
        self._written.append(Picture(kind, path, title.format(first, second)))

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

    def _draw_regions(self, rows: list[Mapping[str, Any]]) -> None:
        from ..regions import draw_regions

        by_pair: dict[ChannelPair, list[Mapping[str, Any]]] = {}
        for row in rows:
            pair = (row.get("channel_1"), row.get("channel_2"))
            by_pair.setdefault(pair, []).append(row)
        for pair, of_pair in by_pair.items():
            path = self._path("metrics by region", pair, len(by_pair), ".png")
            draw_regions(path, of_pair, self._named(pair))
            self._add("regions", path, "Metrics by region: {} and {}", pair)

    def _draw_pixels(self, kind: str) -> None:
        for pair, channels in self._by_pair.items():

            def path_of(name: str, suffix: str, pair: ChannelPair = pair) -> Path:
                return self._path(name, pair, len(self._by_pair), suffix)

            files = channels.draw(kind, path_of, self._named(pair), self._calibration)
            for path, title in files:
                self._add(kind, path, title, pair)

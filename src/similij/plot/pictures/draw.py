"""Draw a comparison: densities, maps, numbers by plane and by region, a shift.

`draw` makes them of two images, `Album` of planes that come one at a time, whatever
they come from. matplotlib is an optional library (``pip install matplotlib``). No
metric is computed here but those of the very pixels that a scatter shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...ground.errors import ImageError
from ...ground.public import public
from ...images.calibration import UNKNOWN
from ...images.door import as_image
from ...images.pair import Pair, mask_beside, prepare
from ...images.planes import Planes
from ...moments.windows import USUAL_WINDOW
from .album import Album
from .kinds import KINDS, Picture, fitting, parse_kinds, why_not

if TYPE_CHECKING:
    from ...measure.question import Question
    from ...measure.table.comparison import Comparison
    from ...preparation.rescale import Rescale


__all__ = ["KINDS", "Album", "Picture", "draw", "fitting", "parse_kinds", "why_not"]


@public
def draw(
    x: Any,
    y: Any,
    folder: Path | str,
    *,
    kinds: str | Iterable[str] = "all",
    mask: Any = None,
    regions: Any = None,
    rescale: Rescale = "none",
    names: Sequence[str] | None = None,
    per: str | Sequence[str] = (),
    channels: Any = None,
    against: str = "image 2",
    inverse: bool = False,
    comparison: Comparison | None = None,
    pixel_size: Any = None,
    unit: str = "µm",
    frame_s: float | None = None,
    metrics: Any = None,
    window: Any = USUAL_WINDOW,
    data_range: float | None = None,
    color: str = "",
    align: str | None = None,
    verdict: bool = False,
) -> list[Picture]:
    """Compare two images and write pictures of the result.

    Parameters
    ----------
    x, y : path, Image or array-like
        The images, as `similij.compare` takes them; y may be None.
    folder : path
        Where the pictures go. Files of the same name are replaced.
    kinds : str or iterable of str
        "all": those of the first six that make sense. "scatter": how often each pair
        of values, with the line of equality and the least-squares line of y on x.
        "agreement": how often each difference, against the mean, with bias and limits
        of agreement (Bland & Altman). "difference": image 2 - image 1, and
        "absolute": its absolute value, each as an ImageJ TIFF (float32, a page a
        plane, outlines as overlay) and as a PNG. "planes": the numbers over time,
        frames or slices. "regions": the numbers of each region. "local": maps of
        metrics in a window, as TIFF and PNG, with the least similar places in the
        overlay, as a zip of ROIs and as a CSV. "shift": the cross-correlation
        function (van Steensel) of one plane. "frc": Fourier ring correlation of one
        plane, by the size of detail.
    mask, regions, rescale, names, per, channels, against, inverse, color, align,
    verdict
        As for `similij.compare`. With `align` the pictures show image 2 where it is
        compared: moved onto image 1. Planes that cannot be aligned are in none. With
        verdicts, the places that these name are boxes in the maps of differences.
    comparison : Comparison, optional
        The rows, where `similij.compare` was called with the same arguments already.
    pixel_size : float, (x, y) or (x, y, z), optional
        Size of a pixel in `unit`; default: what the coordinates of a DataArray or the
        calibration of an ImageJ image say.
    unit : str
        Unit of `pixel_size`.
    frame_s : float, optional
        Seconds from frame to frame; default: as of `pixel_size`.
    metrics : str or iterable of str, optional
        As for `similij.compare`. The local maps are of those among them that can be
        mapped (`similij.local_map`): pearson, rmsd, mean_difference and ssim. Default:
        the three of every table, and a local map of pearson.
    window : int, tuple or str
        Window of the local maps: the side of a box, an odd number of pixels, or as
        `similij.local_map` takes it, in words also "gaussian:1.5".
    data_range : float, optional
        As for `similij.compare`; a local map of SSIM of floats needs it.

    Returns
    -------
    list of Picture
        Kind, path and title of each file that was written.

    Raises
    ------
    ValueError
        If a kind is asked for by name that makes no sense here, such as "planes" of a
        single plane or "shift" or "frc" of several; if `window` is none; or as from
        `similij.compare`.

    Notes
    -----
    The scatter has the pixels of all regions together (not those of the background
    that `inverse` adds) and of all planes; so has the agreement, and the local maps
    and the shift are of these pixels only. Pairs of which one value is NaN or infinite
    are left out of it, and grey in the maps. The values are those of the images,
    whatever `rescale` says.

    Examples
    --------
    >>> import tempfile
    >>> x = np.arange(12).reshape(3, 4)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [picture.path.name for picture in draw(x, x + 1, folder)]
    ['scatter.png', 'agreement.png', 'difference.tif', 'difference.png',
     'absolute difference.tif', 'absolute difference.png']
    """
    from ...images.planes import pairs_of_planes
    from ...measure.compare import compare
    from ...measure.engine import in_colors, stacks_of, with_axes_of_labels
    from ...measure.question import ask
    from ...regions.read import as_regions
    from ...regions.tied import sizes_of

    kinds = kinds if isinstance(kinds, str) else list(kinds)
    parse_kinds(kinds)  # refuses a wrong word before anything takes time
    one = as_image(x, "image 1")
    two = None if y is None else as_image(y, "image 2")
    inside = None if mask is None else mask_beside(mask, one, two)
    question = ask(
        per=per, channels=channels, against=against, color=color, align=align,
        regions=None if regions is None else as_regions(regions),
    )  # fmt: skip
    if comparison is None:
        comparison = compare(
            one, two, mask=inside, regions=question.regions, rescale=rescale,
            names=names, per=per, channels=channels, against=against,
            inverse=inverse, data_range=data_range, color=color, align=align,
            verdict=verdict,
            **({} if metrics is None else {"metrics": metrics}),
        )  # fmt: skip
    rows = comparison.rows
    shown = (str(rows[0]["image_1"]), str(rows[0]["image_2"]))
    one, two, question = in_colors(one, two, question, shown)
    calibration = one.calibration
    size = calibration.pixel_size if pixel_size is None else pixel_size
    album = Album(
        folder,
        kinds,
        _names(rows[0]),
        pixel_size=size,
        unit=calibration.unit if pixel_size is None else unit,
        frame_s=calibration.frame_s if frame_s is None else frame_s,
        # A size that is given is of both images.
        calibration_2=UNKNOWN
        if pixel_size is not None or two is None
        else two.calibration,
        metrics=metrics,
        window=window,
        data_range=data_range,
    )
    try:
        _refuse(album, rows)
        if album.needs_pixels:
            stacks = stacks_of(one, two)
            question = with_axes_of_labels(question, sizes_of(*stacks))
            for planes in pairs_of_planes(
                one, two, shown, question.per, question.channels, question.against
            ):
                for plane in _each(planes, question, stacks, inside):
                    album.add(**plane)
            _refuse(album, rows)  # again: some reasons show with the planes only
        return album.finish(rows)
    except BaseException:
        album.discard()
        raise


def _refuse(album: Album, rows: Sequence[Mapping[str, Any]]) -> None:
    """Refuse what was asked for by name and makes no sense, of the planes so far."""
    reasons = album.reasons(rows)
    for kind in album.named:
        if kind in reasons:
            raise ValueError(f"{reasons[kind]}.")


def _names(row: Mapping[str, Any]) -> tuple[str, str]:
    """Name the images; of a series against itself, say which frame the second is."""
    first, second = str(row["image_1"]), str(row["image_2"])
    if row["against"] != "image 2":
        second = f"{second}, {row['against']}"
    return first, second


def _each(
    planes: Planes,
    question: Question,
    stacks: tuple[dict[str, int], dict[str, int]],
    mask: Any,
) -> Iterator[dict[str, Any]]:
    """Yield the arguments of `Album.add` for each plane that is compared."""
    from ...measure.engine import index_in_2, labels_of
    from ...measure.preparing import as_compared
    from ...regions.tied import selection, sides, sizes_of

    pair = prepare(planes.x, planes.y, planes.mask(mask), planes.names)
    if pair.x.ndim < 2:  # noqa: PLR2004 - (y, x)
        raise ImageError(
            f'"{pair.names[0]}" has {pair.x.ndim} dimension: pictures need images with '
            "the axes (y, x)."
        )
    if (aligned := as_compared(pair, question)) is None:
        return
    pair = aligned
    dims = [] if planes.x.assumed else [*planes.x.leading]
    sizes, regions = sizes_of(*stacks), question.regions
    labels = None if regions is None else labels_of(regions.labels, planes)
    for position in np.ndindex(*pair.x.shape[:-2]):
        pooled = dict(zip(dims, position, strict=False))
        index = {**planes.index, **pooled}
        # As rows are: a ROI may be tied to either plane of a pair.
        axes = dict(zip(planes.x.leading, position, strict=False))
        beside = {**index_in_2(planes, question), **axes}
        either = sides({**planes.index, **axes}, beside, *stacks)
        place = {**planes.place, **{d: k + 1 for d, k in index.items() if d in "zt"}}
        words = _words(planes.place, index)
        if position and not index:
            words = f"plane {np.ravel_multi_index(position, pair.x.shape[:-2]) + 1}"
        yield {
            **_pixels(pair, position),
            "regions": [
                region
                for region in (regions.regions if regions else ())
                if selection(region, sizes, *either) == {}
            ],
            "labels": None if labels is None else _plane(labels.labels, position),
            "place": place,
            "plane": words,
        }


def _pixels(pair: Pair, position: tuple[int, ...]) -> dict[str, Any]:
    mask = pair.mask
    if mask is not None:
        mask = np.broadcast_to(_plane(mask, position), pair.x.shape[-2:])
    return {
        "x": np.asarray(pair.x[position]),
        "y": np.asarray(pair.y[position]),
        "mask": mask,
    }


def _plane(array: Any, position: tuple[int, ...]) -> Any:
    """Return a plane of an array whose leading axes broadcast to the images'."""
    leading = array.shape[:-2]
    for size in leading[: max(0, len(leading) - len(position))]:
        array = array[0] if size == 1 else array
    leading = array.shape[:-2]
    last = position[len(position) - len(leading) :]
    at = tuple(k if n > 1 else 0 for k, n in zip(last, leading, strict=True))
    return np.asarray(array[at])


def _words(place: Mapping[str, Any], index: Mapping[str, int]) -> str:
    """Name a plane as slice labels do, e.g. "c1:2 z3 t1"."""
    channel_1, channel_2 = place.get("channel_1"), place.get("channel_2")
    words = [
        f"{axis}{k + 1}" for axis, k in index.items() if axis != "c" or not channel_1
    ]
    if channel_1 is not None:
        words.insert(
            0,
            f"c{channel_1}" if channel_1 == channel_2 else f"c{channel_1}:{channel_2}",
        )
    return " ".join(words)

"""Read regions and labels from whatever a user gives for `regions`.

That is a file of regions (``.roi``, ``RoiSet.zip``, GeoJSON, a TIFF that has ROIs), a
``roifile.ImagejRoi``, a region, a label image or its file, several of those, or a dict
that also names masks and polygons. A file is known by its content, not its name. The
order given stays, and names become distinct.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..ground.errors import RegionError
from ..ground.names import distinct
from ..ground.public import public
from ..images.door import as_mask, is_java
from .cellpose import is_pickled, read_masks
from .geojson import looks_like_json, read_geojson
from .labels import LabelImage
from .labels_in_parts import LazyLabels
from .region import Region
from .roi_files import first_bytes, is_rois, read_rois
from .shapes import by_name, from_mask, from_polygon, from_roi, is_named
from .tiff_rois import embedded_rois, is_tiff

if TYPE_CHECKING:
    from roifile import ImagejRoi

    from .roi_files import NamedRoi

    RegionLike: TypeAlias = str | os.PathLike[str] | ImagejRoi | Region
    Named: TypeAlias = RegionLike | NDArray[Any]


BACKGROUND = "background"
"""Name of the region of all other pixels."""


@dataclass(frozen=True)
class Regions:
    """Regions and labels, as `as_regions` makes them of everything that names pixels.

    Attributes
    ----------
    regions : list of Region
        The regions, in the order given.
    labels : LabelImage or None
        A label image; its labels follow the regions, ascending.
    """

    regions: list[Region] = field(default_factory=list)
    labels: LabelImage | None = None

    def inverse(self, height: int, width: int) -> Region:
        """Make a region of the pixels that are in no region and have no label.

        Parameters
        ----------
        height, width : int
            Size of the images, in pixels.

        Returns
        -------
        Region
            Called "background"; with a ``problem`` if nothing is left. A region with a
            problem has no pixels, so takes none away.

        Raises
        ------
        RegionError
            If the label image is of another size, or has several planes.

        Examples
        --------
        >>> rest = Regions([Region("cell", 1, 0, 9, 1)]).inverse(2, 3)
        >>> rest.mask.astype(int).tolist()
        [[1, 0, 0], [1, 1, 1]]
        """
        outside = np.ones((height, width), dtype=np.bool_)
        for region in self.regions:
            region.check(height, width)
            inside = region.clip(height, width)
            if inside is not None:
                rows, columns, mask = inside
                outside[rows, columns] &= False if mask is None else ~mask
        if self.labels is not None:
            self.labels.check(height, width)
            outside &= self.labels.single_plane() == 0
        problem = ""
        if not outside.any():
            problem = f"{BACKGROUND} has no pixel: the regions cover the whole image"
        return Region(BACKGROUND, 0, 0, width, height, outside, problem)


@public
def as_regions(regions: Any) -> Regions:
    """Make regions and labels of anything that names pixels.

    Parameters
    ----------
    regions : Regions, LabelImage, label array or file, or as of `read_regions`
        A label array has whole numbers and two or more axes, the last of them (y, x):
        an ndarray, a dask array, an image of ImageJ, or with axes by name an `Image` or
        an `xarray.DataArray`. Each label above 0 is a region. (Of type float it may be,
        if the numbers are whole.) A path that has no regions is read by `read_labels`.

    Returns
    -------
    Regions

    Raises
    ------
    RegionError
        If it is none of these; or as of `read_regions`.

    Examples
    --------
    >>> import numpy as np
    >>> cells = np.array([[0, 0, 2], [5, 5, 2]])
    >>> as_regions(cells).labels.names
    ['label 2', 'label 5']
    >>> [region.name for region in as_regions({"left": cells > 2}).regions]
    ['left']
    """
    if isinstance(regions, Regions):
        return regions
    if isinstance(regions, LabelImage):
        return Regions(labels=regions)
    if hasattr(regions, "__array__") or is_java(regions):
        return Regions(labels=_labels(regions))
    if isinstance(regions, (str, os.PathLike)):
        outlined = _in_file(Path(regions))
        if not outlined:
            return Regions(labels=read_labels(regions))
        return Regions(_with_distinct_names(outlined))
    return Regions(read_regions(regions))


def _labels(array: Any) -> LabelImage:
    pixels, dims = by_name(array)
    kind = LazyLabels if hasattr(pixels, "dask") else LabelImage
    return kind(pixels, dims)


def _in_file(file: Path) -> list[Region]:
    """Read the regions of a file of them, known by its content; none of another file.

    A folder has none, nor has a TIFF without ROIs: it may be a label image.

    Raises
    ------
    RegionError
        If there is no such file, or its regions cannot be read.
    """
    if file.is_dir():
        return []
    start = first_bytes(file)
    if looks_like_json(start):
        return read_geojson(file)
    if is_tiff(start):
        return _of_rois(embedded_rois(file))
    return _of_rois(read_rois(str(file))) if is_rois(start) else []


def _of_rois(rois: Sequence[NamedRoi]) -> list[Region]:
    """Make regions of ROIs; one that could not be read is a region with a problem."""
    return [
        Region(name, 0, 0, 0, 0, problem=f"{name} {roi}")
        if isinstance(roi, str)
        else from_roi(roi, name)
        for name, roi in rois
    ]


@public
def read_labels(path: str | os.PathLike[str]) -> LabelImage:
    """Read a label image: of any format that images have, or Cellpose's ``_seg.npy``.

    Of the latter the masks are read, and nothing in it is executed.

    Parameters
    ----------
    path : path
        Of whole numbers; 0 is background.

    Returns
    -------
    LabelImage
        With the names of its axes, if the file says them.

    Raises
    ------
    RegionError, ImageError
        If it cannot be read, or has no labels.
    """
    if is_pickled(Path(path)):
        return LabelImage(read_masks(Path(path)))
    return _labels(path)


@public
def label_regions(labels: LabelImage) -> list[Region]:
    """Make each label a region of its own, ascending.

    Slower than all labels in one walk: for what needs a label's pixels together.

    Raises
    ------
    RegionError
        If the label image has several planes.

    Examples
    --------
    >>> import numpy as np
    >>> two, = label_regions(LabelImage(np.array([[0, 0, 2], [0, 2, 2]])))
    >>> two.name, two.x, two.y, two.mask.astype(int).tolist()
    ('label 2', 1, 0, [[0, 1], [1, 1]])
    """
    plane = labels.single_plane()
    flat = plane.reshape(-1)
    # Sorted once: a look at the whole plane for each label would take labels × pixels.
    order = np.argsort(flat, kind="stable")
    ids = labels.ids
    ends = np.searchsorted(flat[order], ids, side="right")
    regions = []
    for label, count, end in zip(ids, labels.counts, ends.tolist(), strict=True):
        rows, columns = np.divmod(order[end - count : end], plane.shape[1])
        top, left = int(rows.min()), int(columns.min())
        mask = np.zeros(
            (int(rows.max()) - top + 1, int(columns.max()) - left + 1), bool
        )
        mask[rows - top, columns - left] = True
        regions.append(
            Region(f"label {label}", left, top, mask.shape[1], mask.shape[0], mask)
        )
    return regions


def regions_of(rois: str | os.PathLike[str] | None, labels: Any) -> Any:
    """Return regions of a file, labels, or both: then labels follow the regions."""
    if rois is None:
        return labels
    # Not `as_regions`: an image without ROIs is not taken for a label image where ROIs
    # were asked for.
    numbered = None if labels is None else as_regions(labels).labels
    return Regions(read_regions(rois), numbered)


@public
def read_regions(
    rois: RegionLike | Iterable[RegionLike] | Mapping[str, Named],
) -> list[Region]:
    """Read regions of ROI files, ROIs, masks, polygons and regions, in order.

    Parameters
    ----------
    rois : path, roifile.ImagejRoi, Region, an iterable of those, or a dict
        A ``.roi`` file, a ``RoiSet.zip``, a GeoJSON file as of QuPath, a TIFF with ROIs
        that ImageJ saved in it (its overlay and its selection), or what is read
        already. In a dict each has its name, and may also be a mask (see `from_mask`),
        a polygon (see `from_polygon`), or the image file of a mask.

    Returns
    -------
    list of Region
        Named as in the dict; as the entry in the archive or the file, without ``.roi``;
        as the ImagejRoi, or "roi 1", "roi 2", ... by its place; or as the Region. Of
        several ROIs in a file of a dict, "cells: entry". A name that occurs again
        becomes "cell (2)", "cell (3)", ... A ROI that cannot be read inside an archive
        that can, or that has no area, is a region with a ``problem``.

    Raises
    ------
    RegionError
        If a file is missing, broken, cut short, empty, or not of ImageJ; or if
        something else than the above was given.

    Examples
    --------
    >>> nucleus, again = read_regions([Region("nucleus", 3, 4, 20, 10)] * 2)
    >>> again.name
    'nucleus (2)'
    """
    regions: list[Region] = []
    if isinstance(rois, Mapping):
        for name, item in rois.items():
            regions.extend(_named(str(name), item))
        return _with_distinct_names(regions)
    for item in _each(rois):
        if isinstance(item, Region):
            regions.append(item)
        elif isinstance(item, (str, os.PathLike)):
            # Where it has none, `read_rois` says what it is instead.
            regions.extend(_in_file(Path(item)) or _of_rois(read_rois(os.fspath(item))))
        elif hasattr(item, "roitype"):
            regions.append(from_roi(item, item.name or f"roi {len(regions) + 1}"))
        else:
            raise RegionError(_not_a_region(item))
    return _with_distinct_names(regions)


def _named(name: str, item: Any) -> list[Region]:
    """Read the regions of an entry of a dict."""
    if isinstance(item, (np.ndarray, list, tuple)) or is_named(item):
        array = item if is_named(item) else np.asarray(item)
        if array.dtype == np.bool_:
            return [from_mask(array, name)]
        if array.dtype != np.object_:
            return [from_polygon(array, name)]
    if isinstance(item, (str, os.PathLike)):
        regions = _with_distinct_names(_in_file(Path(item)))
        if not regions:
            return [from_mask(as_mask(item), name)]
    else:
        regions = read_regions(item)
    if len(regions) == 1:
        return [_renamed(regions[0], name)]
    return [_renamed(region, f"{name}: {region.name}") for region in regions]


def _renamed(region: Region, name: str) -> Region:
    problem = region.problem  # a sentence that begins with the region's name
    if problem.startswith(region.name):
        problem = name + problem[len(region.name) :]
    return replace(region, name=name, problem=problem)


def _each(rois: Any) -> Iterator[Any]:
    single = isinstance(rois, (str, os.PathLike, Region)) or hasattr(rois, "roitype")
    if single:
        return iter([rois])
    if isinstance(rois, (np.ndarray, bytes)) or not isinstance(rois, Iterable):
        raise RegionError(_not_a_region(rois))
    return iter(rois)


def _not_a_region(item: object) -> str:
    return (
        f"A region cannot be made from {type(item).__name__}: give the path of a .roi, "
        "RoiSet.zip or GeoJSON file, a roifile.ImagejRoi or a similij Region; or a "
        "dict of those, of masks and of polygons, by name."
    )


def _with_distinct_names(regions: list[Region]) -> list[Region]:
    names = distinct([region.name for region in regions])
    return [
        region if name == region.name else replace(region, name=name)
        for region, name in zip(regions, names, strict=True)
    ]

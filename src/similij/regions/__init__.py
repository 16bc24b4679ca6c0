"""Say which pixels are compared: regions of ROIs, masks, polygons and label images.

A region is a rectangle of the (y, x) plane with a mask inside it; a label image holds a
region for each of its numbers. ROIs come from ``.roi`` files, ``RoiSet.zip`` archives,
GeoJSON and the TIFFs of ImageJ, or as ``roifile.ImagejRoi``; the pixels they select are
those of ImageJ's own ``Roi.getMask``, pixel for pixel. The stack position that a ROI
may carry is read, and used by those who know the stack.

Of the wings below, it needs `ground`, `moments` and, for labels and masks that are
images or their files, `images`; beside it stands `metrics`. A region itself knows only
the size of a plane. `roi_files`, `tiff_rois`, `geojson` and `cellpose` know files,
`roi_mask`, `roi_curves`, `polygon_fill` and `runs` know pixels and no files, so that
each can be held against ImageJ alone; `read` puts them together.
"""

from __future__ import annotations

from ..ground.errors import RegionError
from .labels import LabelImage
from .read import Regions, as_regions, label_regions, read_labels, read_regions
from .region import Region
from .shapes import from_mask, from_polygon, from_roi
from .tiff_rois import embedded_rois

__all__ = [
    "LabelImage",
    "Region",
    "RegionError",
    "Regions",
    "as_regions",
    "embedded_rois",
    "from_mask",
    "from_polygon",
    "from_roi",
    "label_regions",
    "read_labels",
    "read_regions",
]

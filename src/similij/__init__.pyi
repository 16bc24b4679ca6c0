from . import batch, imagej, io, metrics, plot, regions, report, testset
from .batch.batch import compare_folders, compare_pairs
from .evidence.more_alike import more_alike
from .evidence.significance import Significance, significance
from .ground.errors import ImageError, RegionError
from .ground.version import __version__
from .images.door import open_image, read
from .images.image import Image
from .matrix.distances import odd_ones_out
from .matrix.pairwise import pairwise
from .measure.blocks.workers import cluster
from .measure.compare import compare
from .measure.estimate import estimate
from .measure.table.comparison import Comparison
from .measure.write_regions import write_regions
from .metrics.threshold import threshold
from .plot.for_paper import figure
from .plot.pictures.draw import draw
from .spatial.align import align
from .spatial.frc import frc
from .spatial.maps import least_similar, local_map
from .spatial.shift import shift
from .verdicts.verdict import verdict

__all__ = [
    "Comparison",
    "Image",
    "ImageError",
    "RegionError",
    "Significance",
    "__version__",
    "align",
    "batch",
    "cluster",
    "compare",
    "compare_folders",
    "compare_pairs",
    "draw",
    "estimate",
    "figure",
    "frc",
    "imagej",
    "io",
    "least_similar",
    "local_map",
    "metrics",
    "more_alike",
    "odd_ones_out",
    "open_image",
    "pairwise",
    "plot",
    "read",
    "regions",
    "report",
    "shift",
    "significance",
    "testset",
    "threshold",
    "verdict",
    "write_regions",
]

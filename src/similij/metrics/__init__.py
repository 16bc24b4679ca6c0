"""Say how alike the pixels of a region are, in one number: every metric is here.

Each is a small function, of the moments of an image pair or of its pixels. A metric is
added by writing one function, decorated with `metric(...)` or `pixel_metric(...)`, and
one test. `catalogue()` lists all, with what there is to know of each; `compare(...,
metrics=[...])`, the command line and ImageJ know them by name.

The wing may import `ground`, `images` and `moments`; beside it stands `regions`, of
which it knows nothing: a metric gets pixels, whoever selected them. `definition` says
what a metric is and stands below the modules that have some; `registry` looks them up
and stands above. So no module of metrics knows another list than its own, and the
metrics of `spatial` and `evidence`, and those of other packages, are named by entry
points, not imported.

In the formulas x and y are the two images, n the pixels compared, x̄ and ȳ the means.
A number that is undefined raises `Undefined` with the reason, which `compare` turns
into NaN and a note; a metric never returns 0 or NaN in its place.
"""

from __future__ import annotations

from ..ground.errors import Undefined
from ..moments.moments import check, check_squares, check_varies
from .defaults import available, mean_difference, pearson, rmsd
from .definition import GROUPS, Measured, Metric, metric, pixel_metric
from .registry import catalogue, chosen, register

__all__ = [
    "GROUPS",
    "Measured",
    "Metric",
    "Undefined",
    "available",
    "catalogue",
    "check",
    "check_squares",
    "check_varies",
    "chosen",
    "mean_difference",
    "metric",
    "pearson",
    "pixel_metric",
    "register",
    "rmsd",
]

"""Draw comparisons: a table, a pair, a matrix, a shift, rings, a local map, thresholds.

Each function returns a `matplotlib.figure.Figure` that a notebook shows, and writes it
where a path is given; with `figure=` it draws into that, and with `ax=`, where one
panel is the picture, into axes, which it returns. `for_paper` puts panels of several
modules into a figure. matplotlib is an optional library (``pip install matplotlib``),
imported when a picture is made. `plot.style` holds what all pictures share;
`plot.pictures` makes the pictures of a run, plane by plane, and the files that ImageJ
opens.

The wing may import `matrix`, `measure` and what lies below them. It is above all that
makes numbers and beside `report`, since pictures show numbers and make none: whatever
is drawn can be had without matplotlib, and is the same number then.
"""

from __future__ import annotations

from .groups import plot_groups
from .matrix import plot_images_map, plot_matrix
from .metrics import plot_metrics
from .pair import plot_pair
from .table import plot_table, short_labels
from .where import plot_agreement, plot_frc, plot_map, plot_shift, plot_threshold

__all__ = [
    "plot_agreement",
    "plot_frc",
    "plot_groups",
    "plot_images_map",
    "plot_map",
    "plot_matrix",
    "plot_metrics",
    "plot_pair",
    "plot_shift",
    "plot_table",
    "plot_threshold",
    "short_labels",
]

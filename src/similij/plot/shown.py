"""Let a figure show itself as the last line of a notebook's cell.

A figure made without pyplot is shown by a notebook only after `%matplotlib inline`, or
not at all: `<Figure size ...>` is what stands there. This module imports matplotlib, so
it is imported where a figure is made, and its class stands at its top so that figures
can be pickled.
"""

from __future__ import annotations

from io import BytesIO

from matplotlib.figure import Figure

POINTS_PER_INCH = 72
"""Of a browser's pixels: a figure as wide as a page is read without scrolling, and with
twice as many dots it is sharp on a fine screen."""


class ShownFigure(Figure):
    """A figure that a notebook shows; where matplotlib is set up to, as that says."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        picture = BytesIO()
        self.savefig(picture, format="png", facecolor=self.get_facecolor())
        return picture.getvalue(), {
            "width": round(self.get_figwidth() * POINTS_PER_INCH)
        }

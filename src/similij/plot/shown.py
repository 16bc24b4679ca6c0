"""Let a figure show itself as the last line of a notebook's cell, and say what made it.

A figure made without pyplot is shown by a notebook only after `%matplotlib inline`, or
not at all: `<Figure size ...>` is what stands there. This module imports matplotlib, so
it is imported where a figure is made, and its class stands at its top so that figures
can be pickled.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib import rcParams
from matplotlib.figure import Figure

POINTS_PER_INCH = 72
"""Of a browser's pixels: a figure as wide as a page is read without scrolling, and with
twice as many dots it is sharp on a fine screen."""

TEXT_KEPT = {"svg.fonttype": "none", "pdf.fonttype": 42, "svg.hashsalt": "similij"}
"""Settings with which letters stay letters, that Inkscape, Illustrator and a search
find, and equal drawings become equal files."""

_NAMES = {
    "png": {"Software": "Software", "Title": "Title", "Description": "Description"},
    "svg": {"Software": "Creator", "Title": "Title", "Description": "Description"},
    "pdf": {"Software": "Creator", "Title": "Title", "Description": "Subject"},
}
"""What each format calls what made a picture."""

_NO_TIME = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}

_setting = threading.Lock()


class ShownFigure(Figure):
    """A figure that a notebook shows; where matplotlib is set up to, as that says."""

    made: Mapping[str, str] = {}
    """What made it; its files say so, whoever saves it."""

    def savefig(self, fname: Any, **options: Any) -> None:
        """Write a file as `Figure.savefig` does, with words of what made the figure.

        Letters of an SVG or PDF stay letters.
        """
        ending = options.get("format") or Path(str(fname)).suffix.lower()[1:]
        own = options.pop("metadata", None) or {}
        metadata = {**metadata_of(self.made, str(ending or "png")), **own}
        with _text_kept():
            super().savefig(fname, metadata=metadata or None, **options)

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        picture = BytesIO()
        self.savefig(picture, format="png", facecolor=self.get_facecolor())
        return picture.getvalue(), {
            "width": round(self.get_figwidth() * POINTS_PER_INCH)
        }


def metadata_of(made: Mapping[str, str], ending: str) -> dict[str, Any]:
    """Return what a file of a format has to say of what made it."""
    names = _NAMES.get(ending, {})
    told = {names[key]: words for key, words in made.items() if key in names}
    return {**told, **_NO_TIME.get(ending, {})}


def write(
    figure: Figure, path: Path, ending: str, made: Mapping[str, str], *, dpi: float
) -> None:
    """Write any figure, of ours or a user's, with words of what made it."""
    with _text_kept():
        Figure.savefig(
            figure, path, dpi=dpi, metadata=metadata_of(made, ending) or None
        )


@contextmanager
def _text_kept() -> Iterator[None]:
    """Set what writers of SVG and PDF look up only in matplotlib's settings.

    One at a time, and not by `rc_context`, which would take back at its end whatever
    another thread had set meanwhile.
    """
    with _setting:
        before = {name: rcParams[name] for name in TEXT_KEPT}
        rcParams.update(TEXT_KEPT)
        try:
            yield
        finally:
            rcParams.update(before)

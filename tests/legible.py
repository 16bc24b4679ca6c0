"""Words of a figure, and whether they can be read: what tests of pictures share."""

from __future__ import annotations

from itertools import combinations
from typing import Any
from unittest import mock


def texts(figure: Any) -> list[Any]:
    from matplotlib.text import Text

    return [
        text
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip()
    ]


def words(figure: Any) -> str:
    return "\n".join(text.get_text() for text in texts(figure))


def drawn_texts(figure: Any) -> list[tuple[Any, Any]]:
    """Return every text that is really drawn (some ticks are not), with its box."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    drawn, draw = [], Text.draw

    def record(text: Any, renderer: Any, *rest: Any, **more: Any) -> Any:
        if text.get_visible() and text.get_text().strip():
            drawn.append((text, text.get_window_extent(renderer)))
        return draw(text, renderer, *rest, **more)

    with mock.patch.object(Text, "draw", record):
        FigureCanvasAgg(figure).draw()
    return drawn


def assert_legible(figure: Any) -> None:
    """No two texts overlap, none leaves the figure, none is tiny."""
    drawn = drawn_texts(figure)
    assert len(drawn) > 5
    for text, box in drawn:
        assert text.get_fontsize() >= 8, text.get_text()
        assert box.x0 >= -1 and box.x1 <= figure.bbox.x1 + 1, text.get_text()
        assert box.y0 >= -1 and box.y1 <= figure.bbox.y1 + 1, text.get_text()
    for (first, a), (second, b) in combinations(drawn, 2):
        apart = not a.padded(-0.5).overlaps(b.padded(-0.5))
        assert apart, (first.get_text(), second.get_text())

"""Write a report: one HTML file of many comparisons, to open, sort, print and send.

The file needs nothing beside itself: no network, no server, no other file, so that it
can be read years later. What may run in it is its own script only, which the page's
policy names by its hash; every name and title is text.

`report` puts a report together; `table` turns rows of any kind into columns and pairs,
`heat_map`, `matrix`, `panel`, `images` and `sections` prepare numbers, pictures and
words, and `page` gives them to the templates, which alone hold HTML. The wing may
import everything up to `matrix` and `batch` and stands beside `plot`, of which it needs
nothing: pictures are PNGs of indexed colours, without matplotlib.
"""

from __future__ import annotations

from .report import MOST_PAIRS, write

__all__ = ["MOST_PAIRS", "write"]

"""A report: one HTML file of many comparisons, to open, sort, print and send.

It needs nothing beside itself: no network, no server, no other file. What may run in it
is its own script only, which the page's policy names by its hash; every name and title
is text.
"""

from __future__ import annotations

from .report import MOST_PAIRS, write

__all__ = ["MOST_PAIRS", "write"]

"""A test set of our own: pairs of cell images whose likeness is known by design.

``make_testset`` writes it, the same pixels on every machine; ``summarize_testset``
measures it with `similij.compare` and draws the two pictures. Nothing here is a real
recording, and no metric is computed here.
"""

from __future__ import annotations

from .picture import plot_graded
from .testset import (
    CAMERA_OFFSET,
    READ_NOISE,
    RELATIONS,
    UNITS_PER_PHOTON,
    TestSet,
    make_pair,
    make_testset,
    summarize_testset,
)

__all__ = [
    "CAMERA_OFFSET",
    "READ_NOISE",
    "RELATIONS",
    "UNITS_PER_PHOTON",
    "TestSet",
    "make_pair",
    "make_testset",
    "plot_graded",
    "summarize_testset",
]

"""Make pairs of cell images whose likeness is known by design: a test set of our own.

``make_testset`` writes it, the same pixels on every machine; ``summarize_testset``
measures it with `similij.compare` and draws the two pictures. Nothing here is a real
recording, and no metric is computed here. `cells` draws the scenery, `changes` alters
it by grades, `series` makes the movies, `files` writes what ImageJ opens, `picture`
draws the graded set, and `testset` puts all of it into a folder.

The wing may import every wing but `imagej` and `cli`, as it measures and draws its
images by the ways that users have. No wing below imports it: what is tested on these
images cannot lean on how they are made.
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

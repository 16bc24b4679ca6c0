"""Sum the tiles of many images of files on the workers of a dask scheduler.

Each worker opens the files itself and sums a run of tiles of all images: what travels
are the paths, and sums of all pairs back. So each pixel is read once, and a worker
holds no more than a tile and the sums, of however many images.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ..measure.blocks.workers import Workers
from .products import FloatGram, IntegerGram, sums_of
from .stack import ImageStack, Tile

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class _Run:
    """Some tiles of the images of these files."""

    files: tuple[str, ...]
    color: str
    differences: bool
    tiles: Sequence[Tile]


def summed(
    place: Workers, stack: ImageStack, differences: bool, tiles: Sequence[Tile]
) -> IntegerGram | FloatGram | None:
    """Return the sums of all tiles; None if there is no such way, see `sums_of`.

    Parameters
    ----------
    place : Workers
        Who sums. Every worker must have the files under the same paths.
    stack : ImageStack
        Images of which each is of a file.
    differences : bool
        Whether Σ|x-y| is wanted, too.
    tiles : sequence of Tile
        All tiles of a region.
    """
    sums = sums_of(stack, differences)
    if sums is None:
        return None
    count = max(1, min(len(tiles), place.threads()))
    cuts = [len(tiles) * k // count for k in range(count + 1)]
    runs = (
        _Run(stack.paths, stack.color, differences, tiles[a:b])
        for a, b in pairwise(cuts)
    )
    parts = dict(place.run(_sums, runs, count, 0))
    for k in range(count):  # in one order, so that floats are the same each time
        sums.merge(parts.pop(k))  # type: ignore[arg-type] # of the same kind
    return sums


def _sums(run: _Run) -> IntegerGram | FloatGram:
    """Sum some tiles, on a worker."""
    with ImageStack(run.files, color=run.color) as stack:
        sums = sums_of(stack, run.differences)
        assert sums is not None  # of the same files
        # One thread: a run is what one thread of the worker does beside its others.
        sums.add(stack, run.tiles, alone=True)
    return sums

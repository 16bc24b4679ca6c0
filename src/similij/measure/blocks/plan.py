"""Cut images that are read in parts: along the chunks that they are stored in.

A step is what is read at a time, a box of both images; a group of steps is one task. A
chunk that lies in two steps is read twice, so steps end where chunks of all images end,
as far as the memory allows; else the cuts are those that read the fewest bytes again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TypeAlias

from ...ground.errors import ImageError

Cuts: TypeAlias = tuple[int, ...]
"""Where parts of an axis begin, and where the last ends: 0, ..., its length."""

STEP = 1 << 26
"""Bytes of all images read at a time, if their chunks allow: enough to make what a read
costs beside the bytes small, and little enough for many threads."""

MOST_TASKS = 8192
"""Groups at most: thousands are what a scheduler keeps up with, and enough for 1,000
workers to finish at about the same time."""

_MOST_WAYS = 1024
"""Ways of cutting that are looked at: they multiply with the axes and the images."""


@dataclass(frozen=True)
class Grid:
    """Chunks of an image that is read in parts.

    Attributes
    ----------
    cuts : tuple of Cuts
        Of every axis of the images compared; (0, n) along an axis that it has not.
    itemsize : int
        Bytes of a pixel.
    """

    cuts: tuple[Cuts, ...]
    itemsize: int


@dataclass(frozen=True)
class Plan:
    """Steps and groups of them.

    Attributes
    ----------
    steps, groups : tuple of Cuts
        Of every axis; each cut of `groups` is one of `steps`.
    read, stored : int
        Bytes that are read, and that there are; more are read where chunks of one image
        end within those of the other and the memory does not hold both.
    held : int
        Bytes of the largest step.
    """

    steps: tuple[Cuts, ...]
    groups: tuple[Cuts, ...]
    read: int
    stored: int
    held: int

    @property
    def tasks(self) -> int:
        """How many groups there are."""
        return math.prod(len(cuts) - 1 for cuts in self.groups)

    @property
    def steps_count(self) -> int:
        """How many steps there are."""
        return _count(self.steps)

    def boxes(self) -> Iterator[tuple[slice, ...]]:
        """Where each group lies, in the order of memory."""
        yield from _boxes(self.groups)

    def within(self, box: tuple[slice, ...]) -> tuple[Cuts, ...]:
        """Return the cuts of the steps of a group, counted from where it begins."""
        return tuple(
            tuple(c - part.start for c in cuts if part.start <= c <= part.stop)
            for cuts, part in zip(self.steps, box, strict=True)
        )


def steps_of(cuts: Sequence[Cuts]) -> Iterator[tuple[slice, ...]]:
    """Yield the boxes between cuts, in the order of memory.

    Examples
    --------
    >>> [*steps_of([(0, 1, 3), (0, 4)])]
    [(slice(0, 1, None), slice(0, 4, None)), (slice(1, 3, None), slice(0, 4, None))]
    """
    yield from _boxes(cuts)


def plan(
    shape: tuple[int, ...], grids: Sequence[Grid], most: int, wanted: int = STEP
) -> Plan:
    """Cut images into steps and groups.

    Parameters
    ----------
    shape : tuple of int
        Of the images.
    grids : sequence of Grid
        Of all that is read in parts: images, mask, labels.
    most : int
        Bytes of one step at most.
    wanted : int
        Bytes that a step has, if the chunks allow.

    Raises
    ------
    ImageError
        If a chunk of one image, and those of the others beside it, are larger.

    Examples
    --------
    >>> rows = Grid(((0, 2, 4, 6, 8), (0, 8)), 1)
    >>> tiles = Grid(((0, 4, 8), (0, 4, 8)), 1)
    >>> cut = plan((8, 8), [rows, tiles], most=64)
    >>> cut.steps, cut.read == cut.stored
    (((0, 4, 8), (0, 8)), True)
    """
    size = sum(grid.itemsize for grid in grids)
    stored = math.prod(shape) * size
    chunks = sum(_largest(grid.cuts) * grid.itemsize for grid in grids)
    best: tuple[int, int, tuple[Cuts, ...]] | None = None
    smallest = stored
    choices = [_choices(axis, grids) for axis in range(len(shape))]
    while math.prod(map(len, choices)) > _MOST_WAYS:
        max(choices, key=len).pop()
    for ways in product(*choices):
        cuts = tuple(cuts for cuts, _ in ways)
        # A chunk that is cut is held as a whole while it is decoded.
        held = max(_largest(cuts) * size, chunks)
        smallest = min(smallest, held)
        if held > most:
            continue
        free = [common for _, common in ways]
        limit = max(min(most, wanted), _largest(cuts) * size) if all(free) else most
        cuts = _coarser(cuts, free, limit // size)
        read = sum(_read(cuts, grid) for grid in grids)
        if best is None or (read, _count(cuts)) < best[:2]:
            best = read, _count(cuts), cuts
    if best is None:
        raise ImageError(
            f"a chunk of one image and those of the other beside it take "
            f"{smallest / 1e6:,.1f} MB, and the memory limit leaves {most / 1e6:,.1f} "
            "MB for pixels: raise it (memory_limit, --memory-limit), or store the "
            "images in smaller chunks."
        )
    steps = best[2]
    held = max(_largest(steps) * size, chunks)
    return Plan(steps, _grouped(steps), best[0], stored, held)


def _choices(axis: int, grids: Sequence[Grid]) -> list[tuple[Cuts, bool]]:
    """Return the ways to cut an axis, and for each whether no chunk is cut."""
    each = [grid.cuts[axis] for grid in grids]
    common = tuple(sorted(set(each[0]).intersection(*each[1:])))
    return [
        (common, True),
        *((c, False) for c in dict.fromkeys(each) if c != common),
    ]


def _coarser(cuts: tuple[Cuts, ...], free: list[bool], most: int) -> tuple[Cuts, ...]:
    """Leave cuts out while a step has no more than `most` pixels.

    Those that cost reads first; then from the last axis, so that steps are long.
    """
    parts = list(cuts)
    for axis in sorted(range(len(cuts)), key=lambda k: (free[k], -k)):
        others = [_longest(c) for k, c in enumerate(parts) if k != axis]
        parts[axis] = _joined(parts[axis], max(1, most // max(1, math.prod(others))))
    return tuple(parts)


def _joined(cuts: Cuts, most: int) -> Cuts:
    kept = [cuts[0]]
    for here, after in pairwise(cuts):
        if after - kept[-1] > most and here != kept[-1]:
            kept.append(here)
    return (*kept, cuts[-1]) if kept[-1] != cuts[-1] else tuple(kept)


def _longest(cuts: Cuts) -> int:
    return max((b - a for a, b in pairwise(cuts)), default=0)


def _largest(cuts: Sequence[Cuts]) -> int:
    return math.prod(map(_longest, cuts))


def _count(cuts: Sequence[Cuts]) -> int:
    return math.prod(len(c) - 1 for c in cuts)


def _read(cuts: Sequence[Cuts], grid: Grid) -> int:
    """Count the bytes of whole chunks that all steps touch."""
    lengths = []
    for steps, chunks in zip(cuts, grid.cuts, strict=True):
        covered, first = 0, 0
        for start, stop in pairwise(steps):
            while chunks[first + 1] <= start:
                first += 1
            last = first
            while chunks[last + 1] < stop:
                last += 1
            covered += chunks[last + 1] - chunks[first]
        lengths.append(covered)
    return math.prod(lengths) * grid.itemsize


def _grouped(steps: tuple[Cuts, ...]) -> tuple[Cuts, ...]:
    """Join steps, along the last axes first, until there are few enough groups."""
    groups = list(steps)
    for axis in reversed(range(len(steps))):
        together = -(-_count(groups) // MOST_TASKS)
        if together > 1:
            inner = groups[axis]
            groups[axis] = (*inner[:-1:together], inner[-1])
    return tuple(groups)


def _boxes(cuts: Sequence[Cuts]) -> Iterator[tuple[slice, ...]]:
    yield from product(*([slice(*ends) for ends in pairwise(c)] for c in cuts))

"""Hold all compared pixels of a region, for metrics that sums do not suffice for.

A region's pixels come in blocks, each a stack of (y, x) planes with a mask. They are
held, not copied, where the images lie in memory; of planes that come one by one copies
are kept, up to a limit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np

from ..ground.errors import Undefined
from ..ground.names import shown
from ..ground.types import Array
from ..moments.extremes import Extremes, extremes
from ..moments.kernels.parts import as_bytes
from ..moments.moments import TOO_LARGE, FloatMoments, Moments

T = TypeVar("T")


class Block(NamedTuple):
    """A part of both images, where it begins in them, and which pixels are compared."""

    x: Array
    y: Array
    mask: Array | None
    origin: tuple[int, int]


class Moved(NamedTuple):
    """Say how one image was moved onto the other, and keep it as it was before.

    Attributes
    ----------
    x, y, angle : float
        How far it was moved to the right and down, in pixels, and turned, in degrees,
        counter-clockwise as shown.
    unmoved : ndarray
        All of its planes before that, prepared as the compared ones were.
    which : int
        0: image 1 was moved; 1: image 2.
    """

    x: float
    y: float
    angle: float
    unmoved: Array
    which: int = 1


class Stack(NamedTuple):
    """Both images of a region as arrays of one shape, and what their axes are.

    Axes of length 1 are left out, but for (y, x), which come last.
    """

    x: Array
    y: Array
    mask: Array | None
    axes: tuple[str, ...]


@dataclass
class Pixels:
    """Hold the pixel pairs of a region, where they lie.

    Attributes
    ----------
    blocks : list of Block
        As they came: x, y and mask of one shape, (..., y, x).
    moments : Moments
        Of the compared pixels.
    data_range : float or None
        Span of the values that the images could have, if the user gave it.
    types : tuple of dtype or None
        Of the images before anything was done to them; None: as they are.
    axes : tuple of (str, int)
        Names and lengths of the axes before (y, x), where they are known.
    rescaled : bool
        Whether the row's RMSD and the like are of other values than these.
    thresholds : tuple of float or None
        Of image 1 and 2, for Manders' coefficients, if the user gave them.
    motion : Moved or None
        How one image was moved onto the other, if it was.
    worked_out : dict
        Results of `once`, by what they are; also the reason why there is none.
    """

    data_range: float | None = None
    types: tuple[np.dtype[Any], np.dtype[Any]] | None = None
    blocks: list[Block] = field(default_factory=list)
    moments: Moments = field(default_factory=FloatMoments)
    axes: tuple[tuple[str, int], ...] = ()
    rescaled: bool = False
    thresholds: tuple[float, float] | None = None
    motion: Moved | None = None
    worked_out: dict[Hashable, Any] = field(default_factory=dict)

    @property
    def held(self) -> int:
        """How many pixels of each image are held."""
        return sum(block.x.size for block in self.blocks)

    def once(self, what: Hashable, find: Callable[[], T]) -> T:
        """Work out what several metrics need when the first of them asks.

        Raises
        ------
        Undefined
            As `find`, for each of them.
        """
        if what not in self.worked_out:
            try:
                self.worked_out[what] = find()
            except Undefined as reason:
                # Kept, too: else each of three Manders would sort all pixels again.
                self.worked_out[what] = reason
        result: T | Undefined = self.worked_out[what]
        if isinstance(result, Undefined):
            raise result
        return result

    def add(self, block: Block, *, copied: bool) -> None:
        """Take a block; `copied` where its memory will be used for another."""
        if copied:
            mask = None if block.mask is None else block.mask.copy()
            block = Block(block.x.copy(), block.y.copy(), mask, block.origin)
        self.blocks.append(block)

    @cached_property
    def values(self) -> tuple[Array, Array]:
        """Values of both images, one-dimensional: of the compared pixels only."""
        selected = []
        for block in self.blocks:
            keep = self.compared(block)
            pair = (block.x, block.y)
            selected.append([t.reshape(-1) if keep is None else t[keep] for t in pair])
        first, second = (
            as_bytes(part[0] if len(part) == 1 else np.concatenate(part))
            for part in zip(*selected, strict=True)
        )
        return first, second

    @property
    def moved(self) -> Moved:
        """How one image was moved.

        Raises
        ------
        Undefined
            If none was.
        """
        if self.motion is None:
            raise Undefined("no image was moved: ask for it with align")
        return self.motion

    def unaligned(self) -> tuple[Array, Array]:
        """Return the values compared, of the moved image as it was before that.

        Raises
        ------
        Undefined
            If no image was moved.
        """
        moved = self.moved
        whole = moved.unmoved
        planes = whole.reshape(-1, *whole.shape[-2:])
        selected: list[Array] = []
        first = 0
        for block in self.blocks:
            (top, left), (height, width) = block.origin, block.x.shape[-2:]
            last = first + math.prod(block.x.shape[:-2])
            here = planes[first:last, top : top + height, left : left + width]
            keep = self.compared(block)
            here = here.reshape(block.x.shape)
            selected.append(here.reshape(-1) if keep is None else here[keep])
            first = last
        before = as_bytes(np.concatenate(selected))
        x, y = self.values
        return (before, y) if moved.which == 0 else (x, before)

    def compared(self, block: Block) -> Array | None:
        """Say which pixels of a block are compared; None: all of them."""
        # No pair was left out for a NaN, so there is no need to look for any.
        if not self.moments.excluded:
            return block.mask
        finite: Array = ~(np.isnan(block.x) | np.isnan(block.y))
        return finite if block.mask is None else finite & block.mask

    def planes(self) -> Iterator[tuple[Array, Array, Array | None]]:
        """Yield each (y, x) plane of both images, and the compared pixels of it."""
        for block in self.blocks:
            shape = (-1, *np.atleast_2d(block.x).shape[-2:])
            keep = self.compared(block)
            if keep is not None and keep.all():
                keep = None  # a rectangle, which MS-SSIM asks for
            masks: Sequence[Array | None]
            x, y = (as_bytes(t).reshape(shape) for t in (block.x, block.y))
            masks = [None] * len(x) if keep is None else [*keep.reshape(shape)]
            yield from zip(x, y, masks, strict=True)

    @cached_property
    def stack(self) -> Stack:
        """The region as arrays of all its axes, for what looks at neighbours."""
        x, y, mask, _ = self.blocks[0]
        if len(self.blocks) > 1:  # planes that came one by one
            x, y = (
                np.stack(t)
                for t in zip(*((b.x, b.y) for b in self.blocks), strict=True)
            )
            if any(b.mask is not None for b in self.blocks):
                every = np.ones(self.blocks[0].x.shape, np.bool_)
                mask = np.stack(
                    [every if b.mask is None else b.mask for b in self.blocks]
                )
        plane = x.shape[-2:]
        lengths = tuple(n for _, n in self.axes)
        if math.prod(lengths) == math.prod(x.shape[:-2]):
            names = [name for name, n in self.axes if n > 1]
            shape = (*(n for n in lengths if n > 1), *plane)
        else:
            shape = (*(n for n in x.shape[:-2] if n > 1), *plane)
            # Nobody named the axes: a single one is most likely of slices.
            names = ["z" if len(shape) == len(plane) + 1 else ""] * (len(shape) - 2)
        return Stack(
            x.reshape(shape),
            y.reshape(shape),
            None if mask is None else mask.reshape(shape),
            (*names, *("y", "x")[-len(plane) :]),
        )

    def place(self, index: int) -> str:
        """Say where the pixel at an index of `values` lies, in words."""
        # `values` is one block after the other, without the pixels not compared.
        plane = 0
        for block in self.blocks:
            keep = self.compared(block)
            count = block.x.size if keep is None else int(np.count_nonzero(keep))
            if index < count:
                flat = index if keep is None else int(np.flatnonzero(keep)[index])
                *lead, row, column = np.unravel_index(
                    flat, np.atleast_2d(block.x).shape
                )
                top, left = block.origin
                words = f"x={column + left}, y={row + top}"
                if not lead and len(self.blocks) == 1:
                    return words
                if lead:
                    plane += int(np.ravel_multi_index(lead, block.x.shape[:-2]))
                return f"{words}, plane {plane + 1}"
            index -= count
            plane += max(1, int(np.prod(block.x.shape[:-2])))
        raise IndexError(index)

    @cached_property
    def extremes(self) -> Extremes:
        """Smallest and largest of image 1, and where the images differ most."""
        return extremes(*self.values)

    @property
    def span(self) -> float:
        """Largest less smallest compared value of image 1.

        Raises
        ------
        Undefined
            If that is beyond float64, as of -1e308 and 1e308.
        """
        span = float(self.extremes.high - self.extremes.low)
        if not math.isfinite(span):
            raise Undefined(TOO_LARGE)
        return span

    @property
    def dynamic_range(self) -> tuple[float, str]:
        """Span of the values that the images could have, and where it is from.

        As given; else of integers that of their type, the larger one where they differ;
        else, as floats have no such span, what image 1 spans here.

        Raises
        ------
        Undefined
            If there is none: floats, and image 1 is constant.
        """
        if self.data_range is not None:
            return self.data_range, f"data range {self.data_range:g}, as given"
        types = [*(self.types or (t.dtype for t in self.blocks[0][:2]))]
        if all(t.kind in "bui" for t in types):
            sizes = [
                1 if t.kind == "b" else np.iinfo(t).max - int(np.iinfo(t).min)
                for t in types
            ]
            span = max(sizes)
            return span, f"data range {span}, of {types[sizes.index(span)]}"
        reach = self.span
        if not reach > 0:
            raise Undefined(
                "{1} is constant here, so floats have no data range: pass data_range"
            )
        return reach, f"data range {reach:.7g}, what {{1}} spans here"


def parse_range(value: Any) -> float:
    """Read the span of values that images could have.

    Raises
    ------
    ValueError
        If it is no number above 0.
    """
    try:
        span = float(value)
    except (TypeError, ValueError, OverflowError):
        span = math.nan
    if not 0 < span < math.inf:
        raise ValueError(
            f"data_range is {shown(value)}: it must be above 0, and finite."
        )
    return span

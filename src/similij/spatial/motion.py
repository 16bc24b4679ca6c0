"""Move image 2 onto the grid of image 1, and say which pixels that leaves to compare.

Pixels between pixels are of the cubic B-spline through all of them (Unser 1999), as
registration in ImageJ has them (Thévenaz et al. 1998). An axis along which the motion
is a whole number of pixels is not interpolated, so that integers stay what they are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..ground.optional import needed
from ..ground.types import Array
from .pose import Pose, moved_to, shifted, spline
from .shift_search import overlapping

_TAPS = 4
"""Pixels along an axis that a cubic spline between two pixels is made of."""

_FRACTIONS = 65
"""Parts of a pixel at which the share of noise is worked out; between them it is read
off, to about 1e-3."""


@dataclass(frozen=True)
class Motion:
    """Where the content of image 2 lies.

    What image 1 has at p, image 2 has at c + R·(p - c) + offset, c the centre of the
    image and R the turn.

    Attributes
    ----------
    offset : tuple of float
        In pixels along each axis.
    turn : float
        In radians, counter-clockwise as an image is shown with y down.
    """

    offset: tuple[float, ...]
    turn: float = 0.0

    @property
    def is_whole(self) -> bool:
        """Whether no pixel is interpolated."""
        return not self.turn and all(k == round(k) for k in self.offset)

    def rotation(self) -> Array:
        """Return R, of (y, x)."""
        cos, sin = math.cos(self.turn), math.sin(self.turn)
        return np.array([[cos, -sin], [sin, cos]])

    def moved(self, image: Array) -> Array:
        """Move a finite image of float64 back; mirrored where nothing is known."""
        if not self.turn:
            return shifted(image, tuple(-k for k in self.offset))[0]
        dy, dx = -self.rotation().T @ np.array(self.offset)
        return moved_to(image, Pose(float(dy), float(dx), -self.turn))[0]

    def reached(self, valid: Array) -> Array:
        """Tell which pixels of the grid have all that their interpolation takes.

        Parameters
        ----------
        valid : ndarray of bool
            Pixels of image 2 that count.
        """
        ndimage = needed("scipy.ndimage", "Moving an image")
        if self.turn:
            # Of a window of 4×4, `origin` moves its second pixel under the place.
            whole = ndimage.minimum_filter(
                valid.view(np.uint8), _TAPS, mode="constant", cval=0, origin=-1
            )
            at = self._places(valid.shape)
            places = [np.floor(k).astype(np.intp) for k in at]
            ok = np.ones(valid.shape, bool)
            for place, size in zip(places, valid.shape, strict=True):
                ok &= (place >= 0) & (place < size)
                np.clip(place, 0, size - 1, out=place)
            windows: Array = whole.view(bool)[places[0], places[1]]
            return ok & windows
        whole = tuple(math.floor(far) for far in self.offset)
        for axis, far in enumerate(self.offset):
            if far != whole[axis]:
                valid = ndimage.minimum_filter1d(
                    valid.view(np.uint8), _TAPS, axis, mode="constant", cval=0,
                    origin=-1,
                ).view(bool)  # fmt: skip
        ours, theirs = overlapping(whole)
        inside = np.zeros_like(valid)
        inside[ours] = valid[theirs]
        return inside

    def noise_share(self, inside: Array) -> float:
        """Return the share of white noise's variance that interpolating image 2 leaves.

        A pixel between pixels is a weighted sum of independent ones, whose variance is
        the sum of the squared weights: those of the spline through a single pixel of 1.

        Examples
        --------
        >>> Motion((3.0, 0.0)).noise_share(np.ones((5, 5), bool))
        1.0
        """
        if not self.turn:
            return math.prod(_squares(far - math.floor(far)) for far in self.offset)
        fractions = np.linspace(0, 1, _FRACTIONS)
        squares = [_squares(float(part)) for part in fractions]
        share = np.ones(int(inside.sum()))
        for place in self._places(inside.shape):
            at = place[inside]
            share *= np.interp(at - np.floor(at), fractions, squares)
        return float(share.mean()) if share.size else math.nan

    def _places(self, shape: tuple[int, ...]) -> tuple[Array, Array]:
        """Return where in image 2 each pixel of the grid of image 1 is."""
        rows, columns = (
            np.arange(size, dtype=np.float64) - (size - 1) / 2 for size in shape
        )
        (a, b), (c, d) = self.rotation()
        middle = [
            (size - 1) / 2 + k for size, k in zip(shape, self.offset, strict=True)
        ]
        return (
            middle[0] + a * rows[:, None] + b * columns,
            middle[1] + c * rows[:, None] + d * columns,
        )


def _squares(fraction: float) -> float:
    """Sum the squared weights of the pixels of a line, a fraction between two."""
    if not fraction % 1:
        return 1.0
    ndimage = needed("scipy.ndimage", "Moving an image")
    line = np.zeros(101)  # the weights fall by 0.27 a pixel: to 1e-28 at the ends
    line[50] = 1
    line = ndimage.spline_filter1d(line, 3, mode="mirror")
    weights = ndimage.convolve1d(line, spline(fraction), mode="mirror")
    return float((weights * weights).sum())

"""Rescale images before RMSD and Mean Difference, and say so in the note of a row.

By percentiles: the low one of each image becomes 0, the high one 1, and values beyond
them stay beyond. To z-scores: each image less its mean, over its standard deviation. Or
linear: image 1 becomes gain · image 1 + offset, by least squares to image 2. All
scales are those of the pixels compared: of each image, within each region.

They are exact also where pixels come block by block: a few blocks are kept; of more,
each is read again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..ground.errors import Undefined
from ..ground.names import shown
from ..ground.types import Array
from ..moments.kernels.parts import CHUNK
from ..moments.moments import Moments, merge
from ..moments.of_arrays import moments
from ..moments.percentiles import OrderStatistics, Percentiles, rank
from .scales import ByMoments, ByPercentiles, Scales, Standard

__all__ = [
    "OrderStatistics",
    "Percentiles",
    "Rescale",
    "RescaledPair",
    "Rescaling",
    "Standard",
    "parse_rescale",
    "rank",
    "words",
]

Rescale: TypeAlias = str | tuple[str, float, float]
Rescaling: TypeAlias = Percentiles | Standard

_WORDS = {
    "percentile": "of images rescaled to 0...1",
    "zscore": "of z-scores",
    "linear": "of image 1 fitted to image 2",
}
"""Words of the note of a rescaled row, after the metrics that it names first."""

_KEEP = 1 << 22
"""Pixels of a region that are kept rather than read again: 64 MiB at most, of two
images of float64."""


def words(rescale: str) -> str:
    """Say what was done to the images, of a row's `rescale`; "" where nothing was.

    Examples
    --------
    >>> words("percentile 1-99"), words("none")
    ('of images rescaled to 0...1', '')
    """
    return _WORDS.get(rescale.split(" ", maxsplit=1)[0], "")


def parse_rescale(rescale: Rescale | Rescaling | None) -> Rescaling | None:
    """Read what a user gave for `rescale`.

    Parameters
    ----------
    rescale : str or tuple
        "none"; "percentile" (from 1 and 99); ("percentile", low, high), in words
        "percentile:low:high"; "zscore"; or "linear".

    Raises
    ------
    ValueError
        If it is none of these, or not 0 <= low < high <= 100.

    Examples
    --------
    >>> parse_rescale(("percentile", 0.5, 99.5))
    Percentiles(low=0.5, high=99.5)
    """
    if rescale is None or isinstance(rescale, (Percentiles, Standard)):
        return rescale
    parts: tuple[Any, ...] = ()
    if isinstance(rescale, str):
        parts = tuple(rescale.split(":"))
    elif isinstance(rescale, (tuple, list)):
        parts = tuple(rescale)
    word = str(parts[0]).strip().lower() if parts else ""
    if word == "none" and len(parts) == 1:
        return None
    if word in ("zscore", "linear") and len(parts) == 1:
        return Standard(word)
    try:
        low, high = (float(str(part)) for part in parts[1:] or (1, 99))
    except (TypeError, ValueError):
        word = ""
    if word != "percentile":
        raise ValueError(
            f"rescale is {shown(rescale)}: it must be 'none', 'percentile' or "
            "('percentile', low, high), e.g. ('percentile', 0.5, 99.5), in words "
            "percentile:0.5:99.5; 'zscore' or 'linear'."
        )
    if not 0 <= low < high <= 100:  # noqa: PLR2004 - per cent
        raise ValueError(
            f"rescale has the percentiles {low:g} and {high:g}: "
            "they must be 0...100, the first below the second."
        )
    return Percentiles(low, high)


@dataclass
class RescaledPair:
    """Sum two images after rescaling, from blocks that come in passes.

    Parameters
    ----------
    how : Percentiles or Standard
        How the images are rescaled.
    one_block : bool
        True if a single block is all there is: it is kept, not copied.
    """

    how: Rescaling
    one_block: bool = False
    _kept: list[tuple[Array, Array]] | None = field(default_factory=list)
    _scales: Scales | None = None
    _moments: Moments | None = None

    @classmethod
    def known(
        cls, how: Rescaling, scales: Scales, rescaled: Moments | None
    ) -> RescaledPair:
        """Make a pair whose scales, and whose moments at these, are known already."""
        return cls(how, _scales=scales, _moments=rescaled)

    def add(self, x: Array, y: Array) -> None:
        """Take the compared pixels of a block: one-dimensional, finite, of one size."""
        if self._scales is None:
            self._scales = (
                ByPercentiles(self.how, x.dtype, y.dtype)
                if isinstance(self.how, Percentiles)
                else ByMoments(self.how)
            )
        if self._scales.known:
            self._add_rescaled(x, y)
        elif self._kept is not None:
            # Copied, since the caller may read the next block into the same memory.
            self._kept.append((x, y) if self.one_block else (x.copy(), y.copy()))
            if not self.one_block and sum(k.size for k, _ in self._kept) > _KEEP:
                blocks, self._kept = self._kept, None
                for block in blocks:
                    self._scales.add(*block)
        else:
            self._scales.add(x, y)

    def end_pass(self) -> bool:
        """Finish a pass; True if every block is needed once more."""
        if self._scales is None or self._moments is not None:
            return False
        # All blocks are here still: settled and rescaled now, none is read a second
        # time.
        if self._kept is not None:
            self._scales.settle(self._kept)
            if self.reason == "":
                for block in self._kept:
                    self._add_rescaled(*block)
            self._kept = []
            return False
        # Once the scales are known one more pass is needed, to sum at these scales.
        return self._scales.end_pass() or self.reason == ""

    @property
    def reason(self) -> str:
        """Why the images cannot be rescaled, if so; the names stand as {1} and {2}."""
        return "" if self._scales is None else self._scales.reason

    @property
    def moments(self) -> Moments:
        """Moments of the rescaled pair.

        Raises
        ------
        Undefined
            If there is no pixel, or an image cannot be rescaled.
        """
        if self.reason:
            raise Undefined(self.reason)
        if self._moments is None:
            raise Undefined("no pixel is compared")
        return self._moments

    @property
    def note(self) -> str:
        """What was done, with the numbers found; "" where nothing was."""
        if self._moments is None or self._scales is None:
            return ""
        return f"{words(str(self.how))}{self._scales.note}"

    def _add_rescaled(self, x: Array, y: Array) -> None:
        assert self._scales is not None  # set by the first block
        for start in range(0, x.size, CHUNK):
            part = slice(start, start + CHUNK)
            scaled = self._scales.scaled(x[part], y[part])
            self._moments = merge(self._moments, moments(*scaled))

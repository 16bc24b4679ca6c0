"""Say what is wanted of a file, and turn what libraries say into one sentence."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ...ground.errors import ImageError


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a file is wanted, and how.

    Attributes
    ----------
    series : int or None
        Which of several images in the file, counted from 1; None: the only one.
    level : int
        Of an image that is stored at several resolutions: 0 is the finest.
    whole_set : bool
        All files of a set (OME-TIFF) as one image, and not the planes of this one.
    most : float
        Bytes of pixels that are read whole; a larger image comes in parts (dask), where
        the format can be read so. 0: in parts in any case.
    indices : bool
        The numbers of a palette are wanted, as of a label image or a mask, and not the
        colours or grays that they stand for.
    """

    series: int | None = None
    level: int = 0
    whole_set: bool = False
    most: float = math.inf
    indices: bool = False


ALL = Wanted()
"""The only image of a file, at its finest, in memory."""


@contextmanager
def explained(file: Path) -> Iterator[None]:
    """Turn what a library says of a file that it cannot read into a sentence."""
    try:
        yield
    except (ImageError, ModuleNotFoundError):
        raise
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ImageError(
            f'"{file.name}" cannot be read as an image ({reason}): it may be cut short '
            "or of another kind. Open and save it again as TIFF, e.g. in ImageJ."
        ) from None


def no_level(name: str, level: int, levels: int) -> ImageError:
    """Return what to say of a level that is not there."""
    there = (
        "is stored at one resolution only, level 0"
        if levels == 1
        else f"has {levels} levels, 0 (the finest) to {levels - 1}"
    )
    return ImageError(f'"{name}" {there}: level {level} is not among them.')


def no_series(name: str, series: int, count: int) -> ImageError:
    """Return what to say of an image that is not in a file."""
    there = "holds one image" if count == 1 else f"holds {count} images, 1 to {count}"
    return ImageError(f'"{name}" {there}: series {series} is not among them.')


def cut_short(name: str, missing: str) -> ImageError:
    """Return what to say of a file whose pixels are not all there."""
    return ImageError(f'"{name}" is cut short: {missing}. Copy or save it again.')

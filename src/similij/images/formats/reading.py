"""Say what is wanted of a file, and turn what libraries say into one sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...ground.errors import ImageError
from ...ground.names import shown


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


DEFLATED = 1032
"""Bytes that deflate makes of one, at most, 258 of a match in two bits: what a header
announces beyond that cannot be in the file, and no memory is taken for it."""

ALL = Wanted()
"""The only image of a file, at its finest, in memory."""


_REASON = 200
"""Letters of a library's message that are passed on; some quote the whole file."""


@contextmanager
def explained(file: Path) -> Iterator[None]:
    """Turn what a library says of a file that it cannot read into a sentence."""
    try:
        yield
    except (ImageError, ModuleNotFoundError):
        raise
    except Exception as error:
        raise ImageError(
            f'"{file.name}" cannot be read as an image ({reason_of(error)}): it may be '
            "cut short or of another kind. Open and save it again as TIFF, e.g. in "
            "ImageJ."
        ) from None


_OF_PYTHON = (ArithmeticError, AttributeError, IndexError, AssertionError)
"""Errors whose words are about code: a size of 0 is an "integer division by zero"."""

_OF_CODE = ("cannot fit 'int'", "When changing to a larger dtype")
"""How such words of others begin."""

_SIZES = re.compile(r"cannot reshape array of size (\d+) into shape (\S.*)")
"""What NumPy says where there are more or fewer values than a header announces."""


def reason_of(error: Exception) -> str:
    """Return what a library says is wrong with a file, in words about the file.

    Examples
    --------
    >>> reason_of(ZeroDivisionError("integer division or modulo by zero"))
    'the sizes that it announces do not fit together'
    >>> reason_of(ValueError("cannot reshape array of size 0 into shape (16,16)"))
    'it has 0 values, and those of the shape (16,16) are announced'
    """
    words = " ".join(str(error).split())[:_REASON].rstrip(".")
    if isinstance(error, _OF_PYTHON) or words.startswith(_OF_CODE):
        return "the sizes that it announces do not fit together"
    if sizes := _SIZES.match(words):
        return (
            f"it has {sizes[1]} values, and those of the shape {sizes[2]} are announced"
        )
    return words or type(error).__name__


def no_level(name: str, level: int, levels: int) -> ImageError:
    """Return what to say of a level that is not there."""
    there = (
        "is stored at one resolution only, level 0"
        if levels == 1
        else f"has {levels} levels, 0 (the finest) to {levels - 1}"
    )
    return ImageError(f'"{name}" {there}: level {shown(level)} is not among them.')


def no_series(name: str, series: int, count: int) -> ImageError:
    """Return what to say of an image that is not in a file."""
    there = "holds one image" if count == 1 else f"holds {count} images, 1 to {count}"
    return ImageError(f'"{name}" {there}: series {shown(series)} is not among them.')


def cut_short(name: str, missing: str) -> ImageError:
    """Return what to say of a file whose pixels are not all there."""
    return ImageError(f'"{name}" is cut short: {missing}. Copy or save it again.')


def which_series(name: str, wanted: Wanted, count: int) -> int:
    """Return the number of the image that is wanted, from 1; the first by default.

    Raises
    ------
    ImageError
        If it is not among those of the file.
    """
    series = 1 if wanted.series is None else wanted.series
    if not 1 <= series <= count:
        raise no_series(name, series, count)
    return series


def check_level(name: str, wanted: Wanted, levels: int) -> None:
    """Refuse a level that is not among those of an image."""
    if not 0 <= wanted.level < levels:
        raise no_level(name, wanted.level, levels)


def only_one(name: str, wanted: Wanted) -> None:
    """Refuse a series or a level of a file that holds one image, at one resolution."""
    which_series(name, wanted, 1)
    check_level(name, wanted, 1)


def check_pixels(name: str, shape: tuple[int, ...], dtype: Any) -> None:
    """Refuse what is no array of numbers that can be compared.

    Parameters
    ----------
    name : str
        Of the file, for the message.
    shape : tuple of int
        As the file announces it, which may be anything.
    dtype : dtype
        Its type: bool, integers, floats of up to 64 bits.
    """
    if dtype.names or dtype.kind not in "buif" or dtype.itemsize > _WIDEST:
        what = "complex numbers" if dtype.kind == "c" else f"values of type {dtype}"
        raise ImageError(
            f'"{name}" holds {what}: images of integers or floats of up to 64 bits '
            "can be compared. Save one number for each pixel."
        )
    if not shape or min(shape) < 1:
        raise ImageError(
            f'"{name}" has the shape {shape}: an image has one pixel or more along '
            "each of its axes. Save it again."
        )


_WIDEST = 8
"""Bytes of the widest number that can be compared, a float64 or int64."""


def damaged(name: str, part: str, error: Exception) -> ImageError:
    """Return what to say of a part of a file that cannot be read."""
    return ImageError(
        f'"{name}" is damaged: {part} cannot be read ({reason_of(error)}). Copy or '
        "save it again."
    )


def comes_in_parts(
    name: str, nbytes: int, written: int, chunks: int, wanted: Wanted
) -> bool:
    """Whether an image in chunks is to be read in parts; refuse an absurd one.

    A chunk that was never written is legal, so that any size can be announced by a
    small file; what may be believed follows from how many of the chunks are there.

    Parameters
    ----------
    name : str
        Of the file, for the message.
    nbytes : int
        Bytes of all pixels.
    written, chunks : int
        How many chunks are in the file, and how many there are.
    wanted : Wanted
        What is wanted of the file.
    """
    if chunks > _MANY_CHUNKS and written * _SPARSE < chunks:
        raise ImageError(
            f'"{name}" announces {nbytes} bytes of pixels in {chunks} chunks, and '
            f"{written} of these are there: check its metadata, or copy it again."
        )
    # Much that was never written is not worth memory, whatever the caller allows.
    mostly_unwritten = nbytes > _WHOLE and written * _RATHER_SPARSE < chunks
    return nbytes > wanted.most or mostly_unwritten


_MANY_CHUNKS, _SPARSE = 1_000_000, 1000
"""A sparse image of more chunks than that, of which fewer than one in a thousand are
there, is taken for damage: to go through them would take hours."""

_WHOLE, _RATHER_SPARSE = 1 << 26, 10
"""Bytes that are read whole even where fewer than one chunk in ten is there."""


def unwritten(absent: int, chunks: int, fill: Any) -> str:
    """Return the note on chunks that are not in a file, and legally so.

    Examples
    --------
    >>> unwritten(3, 16, 0), unwritten(1, 1, 7.5)
    ('has 3 of 16 chunks that are absent and read as 0', 'has no pixels of its ...')
    """
    if absent == chunks:
        return f"has no pixels of its own, they are all read as {fill}"
    verbs = "is absent and" if absent == 1 else "are absent and"
    return f"has {absent} of {chunks} chunks that {verbs} read as {fill}"

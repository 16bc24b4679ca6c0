"""Pair the planes of two images: of hyperstacks, channels, time series.

This works on named axes only (`c`, `z`, `t`, or any other; `y` and `x` are the plane).
It selects, and never computes: what comes out are pairs of images of one shape, each
with the words and numbers that its rows carry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import Any, TypeAlias

import numpy as np

from ..ground.errors import ImageError
from ..ground.names import shown
from .axes import canonical
from .color import NAMES as COLORS
from .image import Image, broadcast, planes_in
from .pair import aligned, in_memory_order, with_shared_names

Channels: TypeAlias = str | Sequence[tuple[int, int]]

AGAINST = ("image 2", "first frame", "previous frame")
"""What image 1 can be compared with: another image, or a frame of its own."""


@dataclass(frozen=True)
class Planes:
    """Planes of both images that together make one row for each region.

    Attributes
    ----------
    x, y : Image
        Images of one shape, with the axes that are pooled.
    place : mapping
        Columns `channel_1`, `channel_2`, `z`, `t` (counted from 1) and `time_s`.
    index : mapping
        Where in image 1: axis name to the index (from 0) that was selected.
    plane : str
        The same place in words, for the Plane column.
    names : tuple of str
        Names of the images.
    notes : tuple of str
        What the rows of these planes should say.
    """

    x: Image
    y: Image
    place: Mapping[str, Any]
    index: Mapping[str, int]
    plane: str
    names: tuple[str, str]
    notes: tuple[str, ...] = ()

    def mask(self, mask: Image | None) -> Image | None:
        """Select what a mask has of these planes, if its axes have names."""
        if mask is None or mask.assumed:
            return mask
        sizes = mask.sizes
        # An axis of length 1 is the same everywhere.
        taken = {
            d: k if sizes[d] > 1 else 0 for d, k in self.index.items() if d in sizes
        }
        return mask.isel(taken)


def parse_channels(channels: Any) -> Channels:
    """Read channel pairs: "same", "all", "1:2,1:3", or a list of pairs.

    Raises
    ------
    ImageError
        If it is none of these, or a channel is not counted from 1.

    Examples
    --------
    >>> parse_channels("1:2, 1:3"), parse_channels([(1, 2)]), parse_channels("all")
    ([(1, 2), (1, 3)], [(1, 2)], 'all')
    """
    if isinstance(channels, str) and channels.strip().lower() in ("same", "all"):
        return channels.strip().lower()
    try:
        if isinstance(channels, str):
            parts = [part.split(":") for part in channels.split(",")]
            pairs = [(int(a), int(b)) for a, b in parts]
        else:
            pairs = [(int(a), int(b)) for a, b in channels]
        if pairs and min(min(pair) for pair in pairs) > 0:
            return pairs
    except (TypeError, ValueError):
        pass
    raise ImageError(
        f"channels is {shown(channels)}: it must be 'same', 'all', or pairs of "
        "channels counted from 1, e.g. '1:2' or [(1, 2), (1, 3)]."
    )


def parse_per(per: str | Iterable[str]) -> tuple[str, ...]:
    """Read axes of which each index has rows of its own: "z,t", or a list of names.

    Examples
    --------
    >>> parse_per("z, t"), parse_per(["t"])
    (('z', 't'), ('t',))
    """
    names = per.split(",") if isinstance(per, str) else per
    return tuple(name for name in (str(name).strip() for name in names) if name)


def parse_against(against: str) -> str:
    """Read "image 2", "first" or "previous" ("first frame", "previous frame").

    Raises
    ------
    ImageError
        If it is none of these.
    """
    word = str(against).strip().lower()
    for choice in AGAINST:
        if word in (choice, choice.split()[0] if choice != "image 2" else choice):
            return choice
    raise ImageError(
        f"against is {shown(against)}: it must be 'image 2', 'first frame' or "
        "'previous frame'."
    )


def pair_planes(
    x: Image,
    y: Image | None,
    *,
    names: tuple[str, str],
    per: Sequence[str] = (),
    channels: Channels | None = None,
    against: str = "image 2",
) -> Iterator[Planes]:
    """Pair the planes of two images, or of one with itself.

    Parameters
    ----------
    x, y : Image
        The images; y is None where x is compared with itself: two of its channels, or
        its frames against the first or the previous one.
    names : tuple of str
        For messages.
    per : sequence of str
        Axes of which each index has rows of its own; the others are pooled.
    channels : optional
        Pairs of channels, as `parse_channels` gives them. None: channels are an axis
        like the others, each compared with the same of image 2.
    against : str
        One of `AGAINST`.

    Yields
    ------
    Planes
        In the order channel pair, z, t, each ascending.

    Raises
    ------
    ImageError
        If an axis is missing, or of different length in both and not 1 in one.
    """
    per = _checked_axes(x, y, per, names)
    if against != "image 2":
        yield from _against_itself(x, y, names, per, channels, against)
        return
    if y is None and channels is None:
        raise ImageError(
            f'"{names[0]}" has no partner: give a second image, two of its channels '
            "(channels='1:2'), or against='first frame'."
        )
    alone = y is None
    y = x if y is None else y
    colors = x.channels if x.channels == y.channels == COLORS else ()
    for first, second, one, two in _channel_pairs(x, y, channels, per, names, alone):
        left = [d for d in per if d != "c"]
        yield from _each(first, second, left, one, two, names, colors=colors)


def _checked_axes(
    x: Image, y: Image | None, per: Sequence[str], names: tuple[str, str]
) -> list[str]:
    axes = [canonical(axis) for axis in per]
    for axis in axes:
        if axis in ("y", "x"):
            raise ImageError(f"per has {shown(axis)}: y and x are the plane itself.")
        # Where only image 2 has it, image 1 is compared with each of its planes.
        if not (x.has_axis(axis) or (y is not None and y.has_axis(axis))):
            raise ImageError(
                f'"{names[0]}" has no axis {shown(axis)}: it has {", ".join(x.axes)}.'
            )
    order = [d for d in ("c", "z", "t") if d in axes]
    return order + [d for d in dict.fromkeys(axes) if d not in order]


def _against_itself(
    x: Image,
    y: Image | None,
    names: tuple[str, str],
    per: list[str],
    channels: Channels | None,
    against: str,
) -> Iterator[Planes]:
    if y is not None:
        raise ImageError(
            f'against="{against}" compares "{names[0]}" with itself: leave '
            f'"{names[1]}" out, or leave against out.'
        )
    frames = int(x.sizes.get("t", 1))
    if frames == 1:
        raise ImageError(
            f'"{names[0]}" has 1 frame (t): against="{against}" needs 2 or more.'
        )
    left = [d for d in per if d not in ("c", "t")]
    for first, second, one, two in _channel_pairs(x, x, channels, per, names, False):
        for k in range(1, frames):
            now, then = k, 0 if against == "first frame" else k - 1
            place = {**one, "t": now}
            yield from _each(
                first.isel({"t": now}), second.isel({"t": then}), left, place, two,
                names, x.seconds(now),
            )  # fmt: skip


def _channel_pairs(
    x: Image,
    y: Image,
    channels: Channels | None,
    per: list[str],
    names: tuple[str, str],
    alone: bool,
) -> Iterator[tuple[Image, Image, dict[str, int], int | None]]:
    """Yield both images at each channel pair, with the indices taken."""
    if channels is None and "c" not in per:
        yield x, y, {}, None
        return
    counts = int(x.sizes.get("c", 1)), int(y.sizes.get("c", 1))
    pairs: Sequence[tuple[int, int]]
    if channels == "all":
        every = range(1, counts[0] + 1)
        pairs = [
            *(
                combinations(every, 2)
                if alone
                else product(every, range(1, counts[1] + 1))
            )
        ]
    elif channels is None or channels == "same":
        if counts[0] != counts[1]:
            raise ImageError(
                f'"{names[0]}" has {counts[0]} channels, "{names[1]}" has {counts[1]}: '
                "say which go together, e.g. channels='1:2'."
            )
        pairs = [(k, k) for k in range(1, counts[0] + 1)]
    else:
        assert not isinstance(channels, str)  # parse_channels knows no other word
        pairs = channels
    for one, two in pairs:
        for channel, count, name in zip((one, two), counts, names, strict=True):
            if channel > count:
                raise ImageError(f'"{name}" has no channel {channel}: it has {count}.')
        yield _at(x, "c", one - 1), _at(y, "c", two - 1), {"c": one - 1}, two - 1


def _each(
    x: Image,
    y: Image,
    per: list[str],
    place: dict[str, int],
    channel_2: int | None,
    names: tuple[str, str],
    time: float | None = None,
    colors: tuple[str, ...] = (),
) -> Iterator[Planes]:
    """Yield `Planes` for each index of the axes in `per`; the rest is pooled."""
    notes = tuple(_repeated(x, y, names))  # before `_fitted` drops those axes
    source, own = x, x.sizes
    x, y = _fitted(x, y, names)
    for position in product(*(range(int(x.sizes.get(d, 1))) for d in per)):
        index = {**place, **dict(zip(per, position, strict=True))}
        first, second = x, y
        for axis, k in zip(per, position, strict=True):
            first, second = _at(first, axis, k), _at(second, axis, k)
        seconds = time
        if time is None and "t" in per and "t" in own:
            seconds = source.seconds(index["t"])
        yield Planes(
            first,
            _like(second, first),
            _place(index, channel_2, seconds),
            index,
            _words(index, channel_2, first, colors),
            names,
            notes,
        )


def _fitted(x: Image, y: Image, names: tuple[str, str]) -> tuple[Image, Image]:
    """Drop axes of length 1 where the other image has more; refuse the rest."""
    for axis in dict.fromkeys([*x.axes, *y.axes]):
        if axis in ("y", "x"):
            continue
        one, two = x.sizes.get(axis, 1), y.sizes.get(axis, 1)
        if one != two and 1 not in (one, two):
            raise ImageError(
                f'"{names[0]}" has {one} planes along {axis}, "{names[1]}" has {two}: '
                "both need the same number, or one of them 1."
            )
        if one == 1:
            x = _at(x, axis, 0)
        if two == 1:
            y = _at(y, axis, 0)
    more = {d: n for d, n in y.leading.items() if d not in x.axes}
    if more:
        x = _repeated_along(x, [*more, *x.axes], {**more, **x.sizes})
    order = in_memory_order(x)
    return x.in_order(order), y


def _repeated(x: Image, y: Image, names: tuple[str, str]) -> Iterator[str]:
    """Say of an image of one plane that it is compared with each of the other's."""
    for axis in ("z", "t"):
        counts = int(x.sizes.get(axis, 1)), int(y.sizes.get(axis, 1))
        if 1 in counts and max(counts) > 1:
            name = names[counts.index(1)]
            yield f'"{name}" has 1 plane along {axis}, compared with each of the other'


def _at(image: Image, axis: str, k: int) -> Image:
    """Take one index of an axis; an image without the axis is the same at each."""
    return image.isel({axis: k})


def _like(y: Image, x: Image) -> Image:
    """Give image 2 the axes of image 1, repeated where it has fewer planes."""
    return _repeated_along(y, x.axes, x.sizes)


def _repeated_along(
    image: Image, axes: Sequence[str], sizes: Mapping[str, int]
) -> Image:
    """Repeat an image along axes that it does not have, without copying pixels."""
    own = image.sizes
    wanted = tuple(own[axis] if axis in own else sizes[axis] for axis in axes)
    image = image.in_order(axes)
    if image.shape == wanted:
        return image
    inside = image.inside
    return replace(
        image,
        pixels=broadcast(image.pixels, wanted),
        inside=None if inside is None else np.broadcast_to(inside, wanted),
    )


def _place(
    index: Mapping[str, int], channel_2: int | None, seconds: float | None
) -> dict[str, Any]:
    place: dict[str, Any] = {d: index[d] + 1 for d in ("z", "t") if d in index}
    if channel_2 is not None:
        place["channel_1"], place["channel_2"] = index["c"] + 1, channel_2 + 1
    if seconds is not None:
        place["time_s"] = seconds
    return place


def _words(
    index: Mapping[str, int],
    channel_2: int | None,
    pooled: Image,
    colors: tuple[str, ...],
) -> str:
    words = [f"{axis}{k + 1}" for axis, k in index.items() if axis != "c"]
    if channel_2 is not None:
        one, two = index["c"] + 1, channel_2 + 1
        same = colors[one - 1] if colors else f"c{one}"
        words.insert(0, same if one == two else f"c{one}:{two}")
    planes = planes_in(pooled)
    if planes > 1:
        words.append(f"all {planes}")
    return " ".join(words) or "1"


def pairs_of_planes(
    x: Image,
    y: Image | None,
    names: tuple[str, str],
    per: Sequence[str],
    channels: Channels | None,
    against: str,
) -> Iterable[Planes]:
    """Pair the planes to compare; all planes at once unless something else is wanted.

    Raises
    ------
    ImageError
        If image 1 has no partner, axes have no names where that is needed, or as of
        `pair_planes`.
    """
    plain = not per and channels is None and against == "image 2"
    if plain and y is None:
        raise ImageError(
            f'"{names[0]}" has no partner: give a second image, two channels of it '
            "(channels='1:2'), or against='first frame'."
        )
    if plain and y is not None and not _repeats(x, y):
        return [Planes(*aligned(x, y, names), {}, {}, "", names)]
    if "z" in map(canonical, per):
        # What a file that names no axis has before (y, x) are slices to ImageJ.
        x = x.renamed(("z", "y", "x")) if _is_stack_of_file(x) else x
        if y is not None and _is_stack_of_file(y):
            y = y.renamed(("z", "y", "x"))
    if y is not None:
        x, y = with_shared_names(x, y)
    for image, name in ((x, names[0]), (y, names[1])):
        if image is not None and not image.is_named:
            raise ImageError(
                f'per, channels and against need named axes, and "{name}" has none: '
                "pass similij.Image(pixels, axes='tzcyx')."
            )
    return pair_planes(x, y, names=names, per=per, channels=channels, against=against)


def _is_stack_of_file(image: Image) -> bool:
    return image.assumed and image.ndim == 3 and bool(image.path)  # noqa: PLR2004


def _repeats(x: Image, y: Image) -> bool:
    """Whether the images have the same axes, one of them of length 1 in only one."""
    if x.assumed or y.assumed or {*x.axes} != {*y.axes}:
        return False
    lengths = [{n, y.sizes[d]} for d, n in x.leading.items()]
    return any(len(pair) > 1 for pair in lengths) and all(
        len(pair) == 1 or 1 in pair for pair in lengths
    )

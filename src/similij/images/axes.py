"""Name axes once: t, z, c, y, x, whatever a library or a format calls them."""

from __future__ import annotations

from collections.abc import Sequence

from ..ground.errors import ImageError

KNOWN = {
    **dict.fromkeys(("x", "col", "cols", "column", "columns", "width"), "x"),
    **dict.fromkeys(("y", "row", "rows", "height"), "y"),
    **dict.fromkeys(("z", "pln", "plane", "slice", "slices", "depth"), "z"),
    **dict.fromkeys(("c", "ch", "channel", "channels"), "c"),
    **dict.fromkeys(("t", "time", "frame", "frames"), "t"),
    **dict.fromkeys(("s", "sample", "samples", "rgb", "rgba"), "s"),
}
"""What PyImageJ (pln, row, col, ch), ImageJ2 (X, Y, Z, Channel, Time), tifffile and
people call an axis, in small letters, and what it is here. `s` are the samples red,
green, blue of a pixel. Any other axis keeps its own name."""

WORDS = {"c": "channels", "z": "slices", "t": "frames", "s": "samples"}
"""What ImageJ calls the indices of an axis."""

UNNAMED = "axis_"
"""How an axis is called that has no name: axis_0, axis_1, ... Those of two images are
matched by their order, never by this name."""


UNKNOWN = "unknown"
"""What ImageJ2 calls an axis of which nobody said what it is, in small letters."""


def canonical(name: object) -> str:
    """Return the name that an axis has here.

    Examples
    --------
    >>> [canonical(name) for name in ("pln", "row", "Channel", "Time", "Lifetime")]
    ['z', 'y', 'c', 't', 'Lifetime']
    """
    word = str(name).strip()
    return KNOWN.get(word.lower(), word)


def named(names: Sequence[object], shape: Sequence[int], title: str) -> tuple[str, ...]:
    """Return the canonical names of all axes of an image.

    Parameters
    ----------
    names : str or sequence of str
        One for each axis; a text is a letter for each.
    shape : sequence of int
        Lengths of the axes.
    title : str
        Of the image, for messages.

    Raises
    ------
    ImageError
        If there are more or fewer names than axes, or two axes are the same.

    Examples
    --------
    >>> named("TZCYX", (1, 2, 3, 4, 5), "a"), named(["row", "col"], (4, 5), "a")
    (('t', 'z', 'c', 'y', 'x'), ('y', 'x'))
    >>> named(["Unknown", "Y", "X"], (3, 4, 5), "a")  # of ImageJ2
    ('axis_0', 'y', 'x')
    """
    own = tuple(
        f"{UNNAMED}{k}" if str(name).lower() == UNKNOWN else canonical(name)
        for k, name in enumerate(names)
    )
    if own and all(name.startswith(UNNAMED) for name in own):
        own = unnamed(len(own))
    given = ", ".join(map(str, names)) or "none"
    if len(own) != len(shape):
        raise ImageError(
            f'"{title}" has {len(shape)} axes of lengths {tuple(shape)}, and the names '
            f"given are {given}: give one name for each axis, e.g. axes='zyx'."
        )
    twice = next((name for name in own if own.count(name) > 1), None)
    if twice is not None:
        raise ImageError(
            f'"{title}" has the axis {twice} twice (named {given}): give each axis a '
            "name of its own."
        )
    return own


def unnamed(ndim: int) -> tuple[str, ...]:
    """Return the names of axes of which nothing is known: the last two are y and x.

    Examples
    --------
    >>> unnamed(2), unnamed(4), unnamed(1)
    (('y', 'x'), ('axis_0', 'axis_1', 'y', 'x'), ('x',))
    """
    if ndim <= 2:  # noqa: PLR2004 - a plane, a line or a number
        return ("y", "x")[2 - ndim :]
    return (*(f"{UNNAMED}{k}" for k in range(ndim - 2)), "y", "x")

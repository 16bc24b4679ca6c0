"""Draw the house: the layers that import-linter keeps, and the wings on them.

The order comes from the contract in pyproject.toml, what a wing is for from the first
sentence of its `__init__`, its size from its files; nothing of it is written by hand.
`make docs` draws it for docs/architecture.md; `python tools/house.py` draws it alone.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Polygon
from matplotlib.textpath import TextPath
from PIL import Image

from similij.plot.style import BLUE, GREY, INK, Sheet, save

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it where Python is that old

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "similij"
PICTURE = ROOT / "docs" / "images" / "architecture.png"

WIDTH = 5.2
"""Inches, and no more: on a phone it is shown less than half as wide."""

MARGIN, GUTTER, GAP, PAD = 0.12, 0.42, 0.1, 0.1
"""Inches: around the house, for the arrow, between boxes, inside of a box."""

NAME, WORDS, SIZE = 12.5, 9.6, 8.2
"""Points: a wing's name, what it is for, its files and lines."""

NAME_TALL, WORDS_TALL, SIZE_TALL = 0.23, 0.175, 0.16
"""Inches from line to line of each."""

DPI, COLORS = 120, 64
"""Dots per inch, and colours: letters are most of the file, and all the pictures that
the docs have share 1.5 MB."""

ROOF, EAVES = 0.72, 0.08
"""Inches: how high the roof is, and how far it stands over the walls."""

TOP, BOTTOM = (0.93, 0.96, 0.98), (0.67, 0.80, 0.90)
"""Colours of the highest and of the lowest storey: what carries more is darker."""


@dataclass(frozen=True)
class Wing:
    """A wing, or a module that stands alone.

    Attributes
    ----------
    name : str
        As it is imported.
    purpose : str
        The first sentence of its docstring.
    files, lines : int
        Of Python, sub-packages included.
    parts : tuple of str
        Its sub-packages.
    """

    name: str
    purpose: str
    files: int
    lines: int
    parts: tuple[str, ...]

    @property
    def size(self) -> str:
        """Files and lines in words."""
        files = "1 file" if self.files == 1 else f"{self.files} files"
        return f"{files}, {self.lines:,} lines"


def storeys() -> list[list[Wing]]:
    """Return the wings, storey by storey from the roof down, as the contract has them.

    Raises
    ------
    ValueError
        If pyproject.toml has no contract of layers.
    """
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    for contract in settings["tool"]["importlinter"]["contracts"]:
        if contract["type"] == "layers":
            return [
                [wing(name.strip()) for name in layer.split("|")]
                for layer in contract["layers"]
            ]
    raise ValueError("pyproject.toml has no contract of import-linter of type layers")


def wing(name: str) -> Wing:
    """Look at a wing, or at a module that stands alone."""
    folder = SOURCE / name
    paths = sorted(folder.rglob("*.py")) or [SOURCE / f"{name}.py"]
    front = folder / "__init__.py" if folder.is_dir() else paths[0]
    parts = sorted(path.parent.name for path in folder.glob("*/__init__.py"))
    lines = sum(len(path.read_text("utf-8").splitlines()) for path in paths)
    return Wing(name, first_sentence(front), len(paths), lines, tuple(parts))


def first_sentence(path: Path) -> str:
    """Return the first sentence of a module's docstring."""
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    paragraph = " ".join(docstring.partition("\n\n")[0].split())
    return paragraph.partition(". ")[0].rstrip(".") + "."


def table() -> list[list[str]]:
    """Return the storeys as a table of the docs: it can be read aloud and searched."""
    head = ["storey", "wing", "what it is for"]
    rows = [
        [str(number), f"`{wing.name}`", wing.purpose]
        for number, wings in zip(range(len(storeys()), 0, -1), storeys(), strict=True)
        for wing in wings
    ]
    return [head, *rows]


def write(path: Path) -> None:
    """Draw the house into a PNG of few colours."""
    save(draw(), path, DPI)
    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(COLORS, kmeans=9, dither=0)
    few.save(path, optimize=True)


def draw() -> Any:
    """Draw the house: a figure."""
    rows = storeys()
    talls = [max(tall(wing, box_width(wings)) for wing in wings) for wings in rows]
    height = 2 * MARGIN + ROOF + sum(talls) + GAP * len(rows) + 0.62
    sheet = Sheet(WIDTH, height)
    axes = sheet.axes(0, 0, WIDTH, height)
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    axes.axis("off")
    right = WIDTH - MARGIN - GUTTER
    draw_roof(axes, right)
    top = MARGIN + ROOF + GAP
    first = top
    for number, (wings, deep) in enumerate(zip(rows, talls, strict=True)):
        share = number / max(len(rows) - 1, 1)
        shade = tuple(a + (b - a) * share for a, b in zip(TOP, BOTTOM, strict=True))
        wide = box_width(wings)
        for place, wing in enumerate(wings):
            draw_wing(axes, wing, MARGIN + place * (wide + GAP), top, wide, deep, shade)
        top += deep + GAP
    draw_arrow(axes, right + GUTTER / 2 + 0.04, first, top - GAP)
    axes.text(
        MARGIN,
        top + 0.06,
        "A wing may import any storey below its own; none above,\n"
        "and none beside it on the same storey. A linter holds this.",
        fontsize=WORDS,
        color=INK,
        va="top",
        linespacing=1.35,
    )
    return sheet.figure


def box_width(wings: Sequence[Wing]) -> float:
    """Width of each box of a storey, in inches."""
    whole = WIDTH - 2 * MARGIN - GUTTER
    return (whole - GAP * (len(wings) - 1)) / len(wings)


def tall(wing: Wing, wide: float) -> float:
    """Height that a wing needs in a box of a width, in inches."""
    if wing.files == 1:
        lines = len([*wrapped(plain(wing.purpose), beside(wing, wide), WORDS)])
        return 1.5 * PAD + lines * WORDS_TALL
    lines = len([*wrapped(plain(wing.purpose), wide - 2 * PAD, WORDS)])
    sizes = len([*size_lines(wing, wide)])
    return 1.5 * PAD + NAME_TALL + lines * WORDS_TALL + sizes * SIZE_TALL


def beside(wing: Wing, wide: float) -> float:
    """Width that a name leaves, in inches, for the purpose on its line."""
    return wide - 2 * PAD - inches(wing.name, NAME, "bold") - 0.15


def plain(words: str) -> str:
    """Return words as a picture has them: without the marks of code."""
    return words.replace("`", "")


def size_lines(wing: Wing, wide: float) -> Iterator[str]:
    """Give what stands small below the purpose: the size, and sub-packages."""
    parts = f"; in it: {', '.join(wing.parts)}" if wing.parts else ""
    return wrapped(wing.size + parts, wide - 2 * PAD, SIZE)


def wrapped(words: str, wide: float, points: float) -> Iterator[str]:
    """Break words into lines that fit a width in inches."""
    line = ""
    for word in words.split():
        longer = f"{line} {word}".strip()
        if line and inches(longer, points) > wide:
            yield line
            longer = word
        line = longer
    if line:
        yield line


def inches(words: str, points: float, weight: str = "normal") -> float:
    """Width of words as they are drawn."""
    font = FontProperties(weight=weight)
    extent = TextPath((0, 0), words, size=points, prop=font).get_extents()
    return float(extent.width) / 72


def draw_roof(axes: Any, right: float) -> None:
    """Draw the gable, with the name of the house in it."""
    eaves = MARGIN + ROOF
    low, high = MARGIN - EAVES, right + EAVES
    corners = [(low, eaves), ((low + high) / 2, MARGIN), (high, eaves)]
    axes.add_patch(Polygon(corners, closed=True, facecolor=BLUE, edgecolor="none"))
    axes.text(
        (low + high) / 2,
        eaves - 0.1,
        "similij",
        fontsize=15,
        color="white",
        weight="bold",
        ha="center",
        va="bottom",
    )


def draw_wing(
    axes: Any,
    wing: Wing,
    left: float,
    top: float,
    wide: float,
    deep: float,
    shade: tuple[float, ...],
) -> None:
    """Draw the box of a wing: its name, what it is for, how large it is."""
    axes.add_patch(
        FancyBboxPatch(
            (left, top),
            wide,
            deep,
            boxstyle="round,pad=0,rounding_size=0.05",
            facecolor=shade,
            edgecolor=BLUE,
            linewidth=0.7,
        )
    )
    look = {"va": "top", "color": INK}
    x, y = left + PAD, top + PAD - 0.02
    axes.text(x, y, wing.name, fontsize=NAME, weight="bold", **look)
    room = wide - 2 * PAD
    if wing.files == 1:
        room = beside(wing, wide)
        x, y = left + wide - PAD - room, y + 0.03
    else:
        y += NAME_TALL
    for line in wrapped(plain(wing.purpose), room, WORDS):
        axes.text(x, y, line, fontsize=WORDS, **look)
        y += WORDS_TALL
    if wing.files == 1:
        return
    for line in size_lines(wing, wide):
        axes.text(x, y, line, fontsize=SIZE, **{**look, "color": "#4A4A4A"})
        y += SIZE_TALL


def draw_arrow(axes: Any, x: float, top: float, bottom: float) -> None:
    """Draw which way imports go: down."""
    axes.add_patch(
        FancyArrowPatch(
            (x, top),
            (x, bottom),
            arrowstyle="-|>",
            mutation_scale=16,
            color=GREY,
            linewidth=1.4,
            shrinkA=0,
            shrinkB=0,
        )
    )
    axes.text(
        x,
        (top + bottom) / 2,
        " may import ",
        fontsize=NAME,
        color=INK,
        rotation=270,
        ha="center",
        va="center",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    )


if __name__ == "__main__":
    write(PICTURE)
    print(PICTURE.relative_to(ROOT))

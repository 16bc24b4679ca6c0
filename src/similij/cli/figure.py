"""`similij figure`: a figure of two images for a paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..ground.options import help_of
from .arguments import (
    WINDOW,
    LevelOption,
    MaskOption,
    SeriesOption,
    by_flag,
    names_of,
)
from .evidence import First, Second
from .shell import say

PANELS = (
    "Panels in their order: images (both), image_1, image_2, difference, scatter "
    "(joint histogram), agreement (Bland-Altman), local (local map of R), shift, frc."
)


def figure(
    image_a: First,
    image_b: Second,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            dir_okay=False,
            help="File to write: .svg or .pdf, in which letters stay letters, or .png.",
        ),
    ],
    panels: Annotated[
        str, typer.Option(metavar="NAMES", help=PANELS)
    ] = "images,difference,scatter",
    width: Annotated[
        float, typer.Option(metavar="MM", help="Width in millimetres.")
    ] = 180.0,
    columns: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Panels side by side; default: as many as can be read."
        ),
    ] = None,
    rois: Annotated[Path | None, typer.Option(help=help_of("--rois"))] = None,
    mask: MaskOption = None,
    align: Annotated[
        str,
        typer.Option(
            metavar="none|shift|rigid",
            help="How image 2 is moved onto image 1 first: not at all, by a shift, or "
            "shifted and turned. All panels are of what overlaps then, and the title "
            "of image 2 says by how much.",
        ),
    ] = "none",
    window: Annotated[str, WINDOW] = "15",
    font_size: Annotated[
        float, typer.Option(metavar="POINTS", help="Size of the letters.")
    ] = 7.0,
    series: SeriesOption = None,
    level: LevelOption = 0,
) -> None:
    """Draw a figure for a paper: panels of two images, of a width in millimetres.

    The numbers in the titles are those of `similij compare` of the same pixels; with
    regions, of all their pixels together.

    For example:

    `similij figure raw.tif denoised.tif --out figure.svg`

    `similij figure a.tif b.tif --panels images,scatter --width 85 --out figure.pdf`
    """
    from ..plot.for_paper import figure as draw_figure
    from .inputs import Opener

    opener = Opener(level, "", parts=False, series=series)
    x, y = opener.image(image_a), opener.image(image_b)
    inside = opener.mask(mask)
    by_flag(
        None, draw_figure, x, y, out, panels=panels, width=width, columns=columns,
        regions=rois, mask=inside, names=names_of(image_a, image_b), window=window,
        font_size=font_size, align=align,
    )  # fmt: skip
    say(f"Figure: {out}")

"""Draw a local map, a shift, thresholds, and the agreement of two images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .style import (
    BLUE,
    DENSITY,
    GREEN,
    GREY,
    INK,
    VERMILLION,
    Floats,
    Sheet,
    density,
    plain_axes,
    save,
    show_pixels,
)

if TYPE_CHECKING:
    import xarray as xr

    from ..metrics.threshold import Thresholds
    from ..spatial.maps import Place
    from ..spatial.shift import Shift


BINS = 100
MOST_POINTS = 4_000_000  # pixels counted for the density; a sample beyond
WIDTH, HEIGHT, TOP = 2.6, 2.6, 0.62  # inches: a panel, and what is above it
DPI = 100


def plot_shift(found: Shift, path: Path | str | None = None) -> Any:
    """Draw the cross-correlation function, and R along x and y through its peak.

    Parameters
    ----------
    found : Shift
        As `similij.shift` returns it; of a stack the plane of the best z is shown.
    path : path, optional
        Where to write the picture.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels: R for each shift, and two lines through the peak.
    """
    ccf = found.ccf
    if "z" in ccf.dims:
        ccf = ccf.sel(z=found.pixel_offset[0])
    dy, dx = found.pixel_offset[-2:]
    sheet = Sheet(7.4, TOP + HEIGHT + 0.5)
    left = sheet.axes(0.7, TOP, WIDTH, HEIGHT)
    ys, xs = ccf.coords["y"].values, ccf.coords["x"].values
    mappable = left.imshow(
        ccf.values, extent=(xs[0] - 0.5, xs[-1] + 0.5, ys[-1] + 0.5, ys[0] - 0.5),
        cmap=DENSITY, interpolation="nearest", aspect="auto",
    )  # fmt: skip
    left.axhline(0, color="white", linewidth=0.6)
    left.axvline(0, color="white", linewidth=0.6)
    left.plot([dx], [dy], marker="+", color=INK, markersize=12)
    left.set_xlabel("shift in x (px)", fontsize=9)
    left.set_ylabel("shift in y (px)", fontsize=9)
    bar = sheet.axes(0.75 + WIDTH, TOP, 0.1, HEIGHT)
    sheet.figure.colorbar(mappable, cax=bar)
    for axes in (left, bar):
        axes.tick_params(labelsize=8, colors=INK)
    right = sheet.axes(4.55, TOP, 2.7, HEIGHT)
    plain_axes(right)
    right.tick_params(labelsize=8)
    for values, line, color, axis in (
        (xs, ccf.sel(y=dy), BLUE, "x"),
        (ys, ccf.sel(x=dx), GREEN, "y"),
    ):
        width = dict(zip(found.dims, found.width, strict=True))[axis]
        words = f"in {axis}" + ("" if math.isnan(width) else f", width {width:.3g} px")
        right.plot(values, line.values, color=color, linewidth=1.4, label=words)
    right.axvline(0, color=GREY, linewidth=0.8, linestyle=":")
    right.set_xlabel("shift (px)", fontsize=9)
    right.set_ylabel("Pearson R", fontsize=9)
    look = {"fontsize": 8, "frameon": False, "borderpad": 0, "handlelength": 1}
    right.legend(loc="lower left", bbox_to_anchor=(0, 1.01), **look)
    # + 0.0 turns a rounded -0.0 into 0.0: nobody is shifted by minus nothing.
    offset = ", ".join(
        f"{d} {round(value, 2) + 0.0:.2f}"
        for d, value in zip(found.dims, found.offset, strict=True)
    )
    title = f"Image 2 is shifted by {offset} px"
    if math.isnan(found.offset[0]):
        title = "Where image 2 lies cannot be told"
    sheet.text(0.7, 0.1, title, 11, fontweight="bold")
    sheet.text(
        0.7, 0.34, f"R {found.r:.3f} as they are, {found.peak:.3f} at the best shift", 9
    )
    return save(sheet.figure, path, DPI)


def plot_map(
    found: xr.DataArray,
    images: Sequence[ArrayLike],
    places: Sequence[Place] = (),
    path: Path | str | None = None,
) -> Any:
    """Draw two images and a local map of them, with the least similar places.

    Parameters
    ----------
    found : DataArray, (y, x)
        As `similij.local_map` returns it.
    images : sequence of two array_like, (y, x)
        The images that it was made of.
    places : sequence of Place
        As `similij.least_similar` returns them: their boxes are drawn and numbered.
    path : path, optional
        Where to write the picture.

    Returns
    -------
    matplotlib.figure.Figure
        Three panels side by side.
    """
    from matplotlib.patches import Rectangle

    height, width = found.shape
    tall = WIDTH * height / width
    sheet = Sheet(3 * WIDTH + 1.3, TOP + tall + 0.15)
    pixels = [np.asarray(image, dtype=np.float64) for image in images]
    # One scale for both images, else a gain between them could not be seen.
    low = min(np.nanmin(p) for p in pixels)
    high = max(np.nanmax(p) for p in pixels)
    panels = [("Image 1", pixels[0]), ("Image 2", pixels[1]), ("", found.values)]
    for k, (title, values) in enumerate(panels):
        left = 0.15 + k * (WIDTH + 0.12)
        axes = sheet.axes(left, TOP, WIDTH, tall)
        look = (
            {"cmap": DENSITY} if k == 2 else {"cmap": "gray", "vmin": low, "vmax": high}  # noqa: PLR2004
        )
        mappable = show_pixels(axes, values, (height, width), **look)
        words = title or f"{found.attrs['label']}, window: {found.attrs['window']} px"
        sheet.text(left, TOP - 0.22, words, 9)
        for number, place in enumerate(places, start=1):
            box = place.region
            axes.add_patch(
                Rectangle(
                    (box.x, box.y),
                    box.width,
                    box.height,
                    fill=False,
                    edgecolor=VERMILLION,
                    linewidth=1.2,
                )
            )
            axes.text(
                box.x + box.width, box.y, str(number), color=VERMILLION, fontsize=9,
                fontweight="bold", va="bottom",
            )  # fmt: skip
    bar = sheet.axes(0.2 + 3 * WIDTH + 0.24, TOP, 0.1, tall)
    sheet.figure.colorbar(mappable, cax=bar)
    bar.tick_params(labelsize=8, colors=INK)
    title = "Where are they least alike?"
    if places:
        values_there = ", ".join(f"{place.value:.4g}" for place in places)
        title += f"  {found.attrs['label']} there: {values_there}"
    sheet.text(0.15, 0.08, title, 11, fontweight="bold")
    return save(sheet.figure, path, DPI)


def plot_threshold(
    found: Thresholds,
    x: ArrayLike,
    y: ArrayLike,
    mask: ArrayLike | None = None,
    path: Path | str | None = None,
) -> Any:
    """Draw the joint density of two images, with thresholds and Costes' line.

    Parameters
    ----------
    found : Thresholds
        As `similij.threshold` returns it.
    x, y : array_like
        The images that it was made of.
    mask : array_like of bool, optional
        As given to `similij.threshold`.
    path : path, optional
        Where to write the picture.

    Returns
    -------
    matplotlib.figure.Figure
    """
    a, b = _compared(x, y, mask)
    sheet = Sheet(6.4, TOP + HEIGHT + 0.5)
    axes = sheet.axes(0.85, TOP, WIDTH, HEIGHT)
    limits = (float(min(a.min(), b.min())), float(max(a.max(), b.max())))
    density(axes, a, b, limits, BINS)
    axes.tick_params(labelsize=8, colors=INK)
    axes.set_xlabel("image 1", fontsize=9)
    axes.set_ylabel("image 2", fontsize=9)
    ends = np.array(limits)
    if not math.isnan(found.gain):
        line = found.gain * ends + found.offset
        axes.plot(ends, line, color=BLUE, linewidth=1.2, zorder=4)
    for value, draw in ((found.x, axes.axvline), (found.y, axes.axhline)):
        if not math.isnan(value):
            draw(value, color=INK, linewidth=1, linestyle="--", zorder=4)
    head = "No threshold" if math.isnan(found.x) else f"Thresholds: {found.method}"
    sheet.text(0.15, 0.1, head, 11, fontweight="bold")
    words = [
        f"image 1: {found.x:.5g}",
        f"image 2: {found.y:.5g}",
        f"above both: {found.above:,} of {found.n:,}",
        "",
        f"M1 {found.m1:.3f}",
        f"M2 {found.m2:.3f}",
    ]
    if not math.isnan(found.gain):
        words += ["", f"line: {found.gain:.3g}·x {found.offset:+.4g}",
                  f"R of the others: {found.r_below:.3f}"]  # fmt: skip
    if math.isnan(found.x):
        words = [found.note]
    for k, text in enumerate(words):
        sheet.text(0.85 + WIDTH + 0.35, TOP + 0.22 * k, text, 9)
    return save(sheet.figure, path, DPI)


def plot_agreement(
    x: ArrayLike,
    y: ArrayLike,
    mask: ArrayLike | None = None,
    path: Path | str | None = None,
) -> Any:
    """Draw the differences y - x against the means, with bias and limits of agreement.

    Parameters
    ----------
    x, y : array_like
        Two images of one shape.
    mask : array_like of bool, optional
        Pixels that count.
    path : path, optional
        Where to write the picture.

    Returns
    -------
    matplotlib.figure.Figure
        The density of the pixels (log scale) and three lines.

    References
    ----------
    Bland, J. M. & Altman, D. G. (1986). Lancet 327, 307-310,
    doi:10.1016/S0140-6736(86)90837-8.
    """
    from ..moments.of_arrays import moments
    from .agreement import MeansAndDifferences, draw_agreement

    a, b = np.atleast_2d(x), np.atleast_2d(y)
    rows = (-1, a.shape[-1])
    keep = None
    if mask is not None:
        keep = np.broadcast_to(np.asarray(mask, bool), a.shape).reshape(rows)
    a, b = a.reshape(rows), b.reshape(rows)
    pixels = MeansAndDifferences((a.dtype, b.dtype))
    pixels.add(a, b, keep)
    where = "Pixels of the whole image" if mask is None else "Pixels inside the mask"
    together = moments(a, b, keep)
    return draw_agreement(path, pixels, together, ("image 1", "image 2"), where)


def _compared(
    x: ArrayLike, y: ArrayLike, mask: ArrayLike | None
) -> tuple[Floats, Floats]:
    """Return the values of the pixels that are compared, or every k-th of very many."""
    a, b = (np.asarray(t, dtype=np.float64) for t in (x, y))
    keep = np.isfinite(a) & np.isfinite(b)
    if mask is not None:
        keep &= np.asarray(mask)
    a, b = a[keep], b[keep]
    step = max(1, a.size // MOST_POINTS)
    return a[::step], b[::step]

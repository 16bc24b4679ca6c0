"""Draw a panel of boxes with a dot for each value, as pictures of tables have them.

Dots stand beside boxes, since most groups are a few regions, of which a box alone hides
how few they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .style import BLUE, VERMILLION, Floats, grey, ink, literal, pale, plain_axes

LETTER_FLAT, LETTER_TURNED = 0.078, 0.062  # inches, a letter of a tick label
MOST_BOXES_WIDE = 40  # boxes for which a panel grows; more are drawn thinner
MOST_LARGE = 100  # dots of a box; more are drawn smaller
FEWEST_BOXED = 5
"""Values that have a box: it is of five numbers, and of fewer it would make some up."""

MOST_DOTS = 2000  # of a box; more cannot be told apart


def draw_boxes(axes: Any, groups: Sequence[Floats], *, low: float | None = 0.0) -> int:
    """Draw a dot for each value of a group, and a box where there are five or more.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The panel.
    groups : sequence of ndarray
        Values of each group; one cross stands for those that are not finite.
    low : float, optional
        Value at which the axis begins at the latest; -1: it is of R and ends at 1;
        None: as the values have it.

    Returns
    -------
    int
        Number of values that are undefined.
    """
    plain_axes(axes)
    # From a seed: the same numbers make the same picture.
    jitter = np.random.default_rng(0)
    lowest, undefined = 0.0, 0
    many = len(groups) > MOST_BOXES_WIDE
    for place, values in enumerate(groups):
        defined = values[np.isfinite(values)]
        if len(defined):
            lowest = min(lowest, float(defined.min()))
            if len(defined) >= FEWEST_BOXED:
                _box(axes, place, defined)
            dots = (
                defined
                if len(defined) <= MOST_DOTS
                else jitter.choice(defined, MOST_DOTS)
            )
            axes.scatter(
                place + _jitter(jitter, len(dots)),
                dots,
                s=6 if many or len(dots) > MOST_LARGE else 22,
                color=BLUE,
                edgecolor="white",
                linewidth=0.3 if many else 0.6,
                alpha=0.9,
                zorder=3,
            )
        if len(defined) < len(values):
            undefined += len(values) - len(defined)
            axes.plot(
                [place],
                [0.03],
                marker="x",
                color=VERMILLION,
                markersize=5 if many else 7,
                markeredgewidth=1.6,
                transform=axes.get_xaxis_transform(),
                clip_on=False,
                zorder=4,
            )
    axes.set_xlim(-0.6, len(groups) - 0.4)
    if low is None:
        return undefined
    if low < 0:
        bottom = -0.05 if lowest >= 0 else max(-1.08, 1.15 * lowest - 0.08)
        axes.set_ylim(bottom, 1.05)
    else:
        top = axes.get_ylim()[1]
        axes.set_ylim(0 - 0.04 * top, 1.02 * top)
    axes.axhline(0, color=grey(), linewidth=0.8, zorder=1)
    return undefined


def _box(axes: Any, place: int, values: Floats) -> None:
    """Draw a box without outliers, which are among the dots."""
    axes.boxplot(
        [values],
        positions=[place],
        widths=0.55,
        showfliers=False,
        manage_ticks=False,
        patch_artist=True,
        boxprops={"facecolor": _box_color(), "edgecolor": grey(), "linewidth": 0.8},
        medianprops={"color": ink(), "linewidth": 1.4},
        whiskerprops={"color": grey(), "linewidth": 0.8},
        capprops={"color": grey(), "linewidth": 0.8},
        zorder=2,
    )


def _box_color() -> str:
    """Return a tint of the dots' colour that words and dots are seen on."""
    from matplotlib import rcParams
    from matplotlib.colors import to_hex, to_rgb

    share = 0.1  # of blue; the rest is what lies behind
    behind, blue = to_rgb(rcParams["axes.facecolor"]), to_rgb(BLUE)
    pairs = zip(behind, blue, strict=True)
    return to_hex([(1 - share) * b + share * c for b, c in pairs])


def _jitter(random: np.random.Generator, count: int) -> Any:
    """Return places to the left and right, in random order but never the same."""
    reach = min(0.2, 0.06 * (count - 1))
    return random.permutation(np.linspace(-reach, reach, count))


def label_boxes(axes: Any, labels: list[str], turned: bool, width: float) -> None:
    """Name the boxes below a panel; where too many, every k-th of them."""
    fits = max(1, int(width / 0.17))  # inches, a line of turned letters
    every = -(-len(labels) // fits) if turned else 1
    places = list(range(0, len(labels), every))
    axes.set_xticks(places)
    axes.set_xticklabels(
        [literal(labels[place]) for place in places],
        rotation=90 if turned else 0,
        fontsize=8 if turned else 9,
    )
    axes.tick_params(axis="x", length=0)
    if every > 1:
        axes.set_xlabel(f"one name in {every} is shown", fontsize=8, color=grey())
    for place in range(len(labels) - 1):
        axes.axvline(place + 0.5, color=pale(), linewidth=0.5, zorder=0)


def unit_of(kind: str) -> str:
    """Return the unit of RMSD after a way to rescale."""
    units = dict.fromkeys(("none", "linear"), "intensity")
    return {**units, "zscore": "standard deviations"}.get(kind, "rescaled 0…1")

"""Time the metrics asked for by name, maps and shifts beside SciPy and scikit-image.

    python bench/agree.py [--side N] [--rounds N] [--write]

One 16-bit pair. Where a peer has the number, both must give it before they are timed in
turns. Prints a table.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, stats
from skimage import measure, metrics
from skimage.registration import phase_cross_correlation

import similij
from report import Report, Times, head, in_turns, options, row

Array = NDArray[Any]
Way = Callable[[], float]

SSIM = {
    "data_range": 65535,
    "gaussian_weights": True,
    "sigma": 1.5,
    "use_sample_covariance": False,
}
MOMENTS = [n for n, m in similij.metrics.catalogue().items() if m.streams]
RANKS = ("spearman", "kendall")
NUMBERS = [
    name
    for group in ("agreement", "correlation")
    for name in similij.metrics.catalogue(group)
    if name not in RANKS
]
THREE = "R, RMSD, Mean Difference"

TWICE = ("Manders M1", "Li ICQ")
"""Rows whose goal is twice the time of the three numbers, ..."""

MAPS_WITHIN = 0.5
"""... and, of maps, so many seconds for the usual 2048×2048."""


def pair(side: int) -> tuple[Array, Array]:
    """Return a textured image and a noisy copy, dimmer and 3 pixels to the right."""
    rng = np.random.default_rng(7)
    wide = ndimage.gaussian_filter(rng.normal(size=(side + 20, side + 20)), 2)
    light = 4000 + 4e4 * np.abs(wide)
    x, y = light[10:-10, 10:-10], 0.8 * light[10:-10, 7:-13]
    return tuple(  # type: ignore[return-value]
        (image + rng.normal(0, 100, image.shape)).clip(0, 65535).astype(np.uint16)
        for image in (x, y)
    )


def ways(x: Array, y: Array) -> dict[str, tuple[Way, Way | None]]:
    """Return what is timed: similij's way, and a peer's where there is one."""
    a, b = x.astype(np.float64), y.astype(np.float64)
    compare, flat = similij.compare, (x.ravel(), y.ravel())

    def own(name: str) -> Way:
        return lambda: float(compare(x, y, metrics=name).rows[0][name])

    def local(window: Any, metric: str = "pearson") -> Way:
        found = similij.local_map
        return lambda: float(found(x, y, metric, window=window)[50, 50])

    def skimage_map() -> float:
        return float(metrics.structural_similarity(a, b, full=True, **SSIM)[1][50, 50])

    return {
        THREE: (lambda: compare(x, y).pearson, None),
        f"all {len(MOMENTS)} of moments": (
            lambda: float(compare(x, y, metrics=MOMENTS).gain),
            lambda: float(stats.linregress(a.ravel(), b.ravel()).slope),
        ),
        f"all {len(NUMBERS)} of agreement and correlation but ranks": (
            lambda: float(compare(x, y, metrics=NUMBERS).max_difference),
            lambda: float(np.abs(a - b).max()),
        ),
        "Spearman": (own("spearman"), lambda: stats.spearmanr(*flat).statistic),
        "Kendall": (
            own("kendall"),
            lambda: stats.kendalltau(*flat).statistic,
        ),
        "SSIM": (own("ssim"), lambda: metrics.structural_similarity(a, b, **SSIM)),
        "MS-SSIM": (own("ms_ssim"), None),
        "NMI (is scikit-image's)": (
            own("nmi"),
            lambda: metrics.normalized_mutual_information(x, y),
        ),
        "PSNR": (
            own("psnr"),
            lambda: metrics.peak_signal_noise_ratio(x, y, data_range=65535),
        ),
        "Manders M1": (
            own("manders_m1"),
            lambda: measure.manders_coloc_coeff(x, y > 0),
        ),
        "overlap": (own("overlap"), lambda: measure.manders_overlap_coeff(a, b)),
        "Li ICQ": (own("icq"), None),
        "Costes' threshold": (lambda: similij.threshold(x, y).x, None),
        "map of R, box 7": (local(7), None),
        "map of R, box 101": (local(101), None),
        "map of R, Gaussian 5": (local(("gaussian", 5)), None),
        "map of SSIM": (local(("gaussian", 1.5), "ssim"), skimage_map),
        "shift, up to 30 px": (
            lambda: similij.shift(x, y, max_shift=30).pixel_offset[1],
            lambda: -phase_cross_correlation(x, y, normalization=None)[0][1],
        ),
    }


def main() -> None:
    asked = options(__doc__, 3, side=2048)
    report = Report("metrics by name")
    x, y = pair(asked.side)
    lines = head("", "similij", "goal", "SciPy or scikit-image", "faster")
    made = ways(x, y)
    three = made[THREE][0]
    for name, (way, peer) in made.items():
        found = way()
        if peer is not None and not math.isclose(found, peer(), rel_tol=1e-8):
            raise SystemExit(f"{name}: similij says {found}, the peer {peer()}")
        timed = {"own": way}
        if peer is not None:
            timed["peer"] = peer
        if name in TWICE:
            timed["three"] = three
        taken = in_turns(timed, asked.rounds)
        own, other = taken["own"], taken.get("peer")
        ratio = "–" if other is None else f"{other.median / own.median:.1f}×"
        lines.append(row(name, own, _goal(name, taken), other or "–", ratio))
    words = (
        f"{asked.side}×{asked.side} pixels of 16 bits; milliseconds, median (fastest..."
        f"slowest) of {asked.rounds} turns."
    )
    report.finish(lines, words, write=asked.write)


def _goal(name: str, taken: dict[str, Times]) -> str:
    """Say what was aimed at and, in bold, how much of it was taken; fastest turns."""
    if name in TWICE:
        goal, words = 2 * taken["three"].fastest, "twice the three numbers"
    elif name.startswith("map"):
        goal, words = MAPS_WITHIN, f"{1e3 * MAPS_WITHIN:g} ms"
    else:
        return "–"
    return f"{words}: **{taken['own'].fastest / goal:.2f}×**"


if __name__ == "__main__":
    main()

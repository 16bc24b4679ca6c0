"""Every answer that can be asked for by name, beside the best other way to get it.

    python bench/answers.py [--side N] [--rounds N] [--write]

One pair as 8 and 16 bits and as float32. Each metric is asked for alone, then groups in
one `compare`, maps, and a shift. A peer is what a user would take instead, of the
16-bit pair; where there are several, the fastest. Each must give the same number before
it is timed in turns with ours. Prints a table.
"""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, stats
from skimage import measure, metrics
from skimage.registration import phase_cross_correlation

import similij
from report import Report, head, in_turns, options, row
from similij.spatial.maps import MAPPED

Array = NDArray[Any]
Way = Callable[[], float]

SSIM = {
    "data_range": 65535,
    "gaussian_weights": True,
    "sigma": 1.5,
    "use_sample_covariance": False,
}
REST = "all but significance"


class Peer(NamedTuple):
    """Another way to the number of a 16-bit pair."""

    name: str
    way: Way
    near: float = 1e-8
    """The relative difference that is no difference."""


def pair(side: int) -> tuple[Array, Array]:
    """Return a textured image and a noisy copy, dimmer and 3 pixels to the right."""
    rng = np.random.default_rng(7)
    wide = ndimage.gaussian_filter(rng.normal(size=(side + 20, side + 20)), 2)
    light = 4000 + 4e4 * np.abs(wide)
    x, y = light[10:-10, 10:-10], 0.8 * light[10:-10, 7:-13]
    return tuple(  # type: ignore[return-value]
        image + rng.normal(0, 100, image.shape) for image in (x, y)
    )


def of_types(x: Array, y: Array) -> dict[str, tuple[Array, Array]]:
    """Return the pair as three types of pixel."""
    return {
        "uint8": tuple((v / 200).clip(0, 255).astype(np.uint8) for v in (x, y)),
        "uint16": tuple(v.clip(0, 65535).astype(np.uint16) for v in (x, y)),
        "float32": tuple(v.astype(np.float32) for v in (x, y)),
    }


def peers(x: Array, y: Array, folder: Path) -> dict[str, list[Peer]]:
    """Return, for each row, who else gives its number of a 16-bit pair."""
    a, b = x.astype(np.float64), y.astype(np.float64)
    flat = x.ravel(), y.ravel()
    floats = a.ravel(), b.ravel()
    found: dict[str, list[Peer]] = {
        "pearson": [
            Peer("SciPy", lambda: stats.pearsonr(*floats).statistic),
            Peer("NumPy", lambda: np.corrcoef(*floats)[0, 1]),
        ],
        "rmsd": [
            Peer("scikit-image", lambda: math.sqrt(metrics.mean_squared_error(x, y)))
        ],
        "mean_difference": [Peer("NumPy", lambda: float(np.abs(a - b).mean()))],
        "bias": [Peer("NumPy", lambda: float(b.mean() - a.mean()))],
        "gain": [Peer("SciPy", lambda: stats.linregress(*floats).slope)],
        "max_difference": [Peer("NumPy", lambda: float(np.abs(a - b).max()))],
        "psnr": [
            Peer(
                "scikit-image",
                lambda: metrics.peak_signal_noise_ratio(x, y, data_range=65535),
            )
        ],
        "spearman": [Peer("SciPy", lambda: stats.spearmanr(*flat).statistic)],
        "kendall": [Peer("SciPy", lambda: stats.kendalltau(*flat).statistic)],
        "ssim": [
            Peer("scikit-image", lambda: metrics.structural_similarity(a, b, **SSIM))
        ],
        "nmi": [
            Peer("scikit-image", lambda: metrics.normalized_mutual_information(x, y))
        ],
        "manders_m1": [
            Peer("scikit-image", lambda: measure.manders_coloc_coeff(x, y > 0)),
            Peer("CellProfiler's formula", lambda: float(a[b > 0].sum() / a.sum())),
        ],
        "overlap": [
            Peer("scikit-image", lambda: measure.manders_overlap_coeff(a, b)),
            Peer(
                "CellProfiler's formula",
                lambda: float((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum())),
            ),
        ],
        "icq": [
            Peer(
                "formula in NumPy",
                lambda: float(((a - a.mean()) * (b - b.mean()) > 0).mean() - 0.5),
            )
        ],
        "shift": [
            Peer(
                "scikit-image",
                lambda: -phase_cross_correlation(x, y, normalization=None)[0][1],
            )
        ],
    }
    _of_opencv(x, y, found)
    _of_simpleitk(x, y, found)
    _of_pingouin(floats, found)
    _of_imagemagick(x, y, folder, found)
    return found


def _of_opencv(x: Array, y: Array, found: dict[str, list[Peer]]) -> None:
    import cv2

    def pearson() -> float:
        a, b = x.astype(np.float32), y.astype(np.float32)
        return float(cv2.matchTemplate(a, b, cv2.TM_CCOEFF_NORMED)[0, 0])

    root = math.sqrt(x.size)
    found["pearson"].append(Peer("OpenCV", pearson, 1e-4))
    found["rmsd"].append(Peer("OpenCV", lambda: cv2.norm(x, y, cv2.NORM_L2) / root))
    found["mean_difference"].append(
        Peer("OpenCV", lambda: cv2.norm(x, y, cv2.NORM_L1) / x.size)
    )
    found["max_difference"].append(Peer("OpenCV", lambda: cv2.norm(x, y, cv2.NORM_INF)))
    found["psnr"].append(Peer("OpenCV", lambda: cv2.PSNR(x, y, 65535)))


def _of_simpleitk(x: Array, y: Array, found: dict[str, list[Peer]]) -> None:
    import SimpleITK as sitk  # noqa: N813 - as its users write

    def rmsd() -> float:
        a, b = (sitk.GetImageFromArray(v.astype(np.float32)) for v in (x, y))
        method = sitk.ImageRegistrationMethod()
        method.SetMetricAsMeanSquares()
        method.SetInitialTransform(sitk.Transform(2, sitk.sitkIdentity))
        method.SetInterpolator(sitk.sitkNearestNeighbor)
        return math.sqrt(method.MetricEvaluate(a, b))

    found["rmsd"].append(Peer("SimpleITK", rmsd, 1e-4))


def _of_pingouin(floats: tuple[Array, Array], found: dict[str, list[Peer]]) -> None:
    import pingouin

    def pearson() -> float:
        return float(pingouin.corr(*floats)["r"].iloc[0])

    found["pearson"].append(Peer("pingouin", pearson, 1e-6))


def _of_imagemagick(
    x: Array, y: Array, folder: Path, found: dict[str, list[Peer]]
) -> None:
    """Read both files each time, as who uses it does."""
    if shutil.which("compare") is None:
        return
    for name, image in (("a", x), ("b", y)):
        size = f"P5 {image.shape[1]} {image.shape[0]} 65535\n".encode()
        (folder / f"{name}.pgm").write_bytes(size + image.astype(">u2").tobytes())

    def asked(metric: str) -> float:
        done = subprocess.run(
            ["compare", "-metric", metric, folder / "a.pgm", folder / "b.pgm", "null:"],
            capture_output=True,
            text=True,
            check=False,  # 1 says that the images differ
        )
        return float(re.match(r"[\d.e+-]+", done.stderr)[0])  # type: ignore[index]

    found["pearson"].append(Peer("ImageMagick", lambda: asked("NCC"), 1e-3))
    found["rmsd"].append(Peer("ImageMagick", lambda: asked("RMSE"), 1e-3))


def ways(
    others: dict[str, list[Peer]],
) -> dict[str, tuple[Callable[[Array, Array], float], float | None]]:
    """Return ours: what is timed, and the seconds it should take of 16 bits.

    Metrics of agreement that nobody else has are in the row of all of them only.
    """

    def own(names: Any, first: str) -> Callable[[Array, Array], float]:
        return lambda x, y: float(similij.compare(x, y, metrics=names).rows[0][first])

    def local(metric: str, window: Any) -> Callable[[Array, Array], float]:
        found = similij.local_map
        return lambda x, y: float(found(x, y, metric, window=window)[50, 50])

    def maps(x: Array, y: Array) -> float:
        found = similij.local_map(x, y, [*MAPPED], window=("gaussian", 1.5))
        return sum(len(similij.least_similar(found[name])) for name in MAPPED)

    catalogue = similij.metrics.catalogue
    made: dict[str, tuple[Callable[[Array, Array], float], float | None]] = {
        "R, RMSD, Mean Difference": (
            own(["pearson", "rmsd", "mean_difference"], "pearson"),
            None,
        ),
        f"all {len(catalogue('agreement'))} of agreement": (
            own("agreement", "rmsd"),
            None,
        ),
    }
    for name, metric in catalogue().items():
        told = metric.group not in ("significance", "alignment", "shift")
        if told and (metric.group != "agreement" or name in others):
            made[name] = own(name, name), None
    for name in ("spearman", "kendall"):
        made[name] = made[name][0], 0.15
    made["shift"] = (
        lambda x, y: similij.shift(x, y, max_shift=30).pixel_offset[1],
        None,
    )
    made["shift_x, pearson_at_shift"] = own("shift", "shift_x"), None
    for name in catalogue("significance"):
        made[name] = own(name, name), None
    made["n_effective"] = made["n_effective"][0], 0.25
    made["pearson_p_permutation"] = made["pearson_p_permutation"][0], 0.6
    for name in ("pearson_ci_low", "rmsd_ci_low", "mean_difference_ci_low"):
        made[name] = made[name][0], 0.4
    made["map of R, box 7"] = local("pearson", 7), None
    made["map of R, box 101"] = local("pearson", 101), None
    made["map of SSIM"] = local("ssim", ("gaussian", 1.5)), None
    made[f"{len(MAPPED)} maps and their least similar places"] = maps, 0.3
    made[REST] = own(REST, "rmsd"), 1.0
    made["significance"] = own("significance", "pearson_p"), 1.0

    def within(names: Any, first: str) -> Callable[[Array, Array], float]:
        def way(x: Array, y: Array) -> float:
            found = similij.compare(x, y, metrics=names, mask=disc(x.shape))
            return float(found.rows[0][first])

        return way

    for name in ("n_effective", "pearson_p_permutation", "rmsd_ci_low"):
        made[f"{name}, in a disc"] = within(name, name), made[name][1]
    made["significance, in a disc"] = within("significance", "pearson_p"), 1.0
    made[f"{REST}, in a disc"] = within(REST, "rmsd"), None
    return made


def disc(shape: tuple[int, ...]) -> Array:
    """Return a mask of three quarters of a square image."""
    y, x = np.indices(shape, sparse=True)
    middle = (shape[0] - 1) / 2
    return np.hypot(y - middle, x - middle) < 0.49 * shape[0]


def main() -> None:
    asked = options(__doc__, 3, side=2048)
    report = Report("every answer")
    images = of_types(*pair(asked.side))
    lines = head(
        *("", *images, "goal, uint16", "fastest other way", "which", "faster"),
    )
    x, y = images["uint16"]
    with tempfile.TemporaryDirectory() as temporary:
        others = peers(x, y, Path(temporary))
        for name, (way, goal) in ways(others).items():
            timed: dict[str, Callable[[], float]] = {
                kind: (lambda way=way, given=given: way(*given))
                for kind, given in images.items()
            }
            expected = timed["uint16"]()
            for peer in others.get(name, []):
                found = peer.way()
                if not math.isclose(found, expected, rel_tol=peer.near):
                    raise SystemExit(
                        f"{name} by {peer.name} is {found}, not {expected}"
                    )
                timed[peer.name] = peer.way
            taken = in_turns(timed, asked.rounds)
            own = taken["uint16"]
            best = min(
                (p.name for p in others.get(name, [])),
                key=lambda p: taken[p].median,
                default="",
            )
            said = f"{1e3 * goal:g} ms: **{own.fastest / goal:.2f}×**" if goal else "–"
            lines.append(
                row(
                    name,
                    *(taken[kind] for kind in images),
                    said,
                    taken[best] if best else "–",
                    best or "–",
                    f"{taken[best].median / own.median:.1f}×" if best else "–",
                )
            )
            print(lines[-1], flush=True)
    words = (
        f"{asked.side}×{asked.side} pixels; milliseconds, median (fastest..."
        f"slowest) of {asked.rounds} turns; goals are held against the fastest."
    )
    report.finish(lines, words, write=asked.write)


if __name__ == "__main__":
    main()

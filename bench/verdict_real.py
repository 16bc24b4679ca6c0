"""Count what a verdict says of real images that were changed in a known way.

    python bench/verdict_real.py [--setting] [--images A,B] [--only CHANGE] [--jobs N]
        [--quiet N] [--swap] [--show] [--write]

The images are those that scikit-image ships (photographs, textures, tissue, the moon)
and the cells of the own test set. Each is compared with copies of itself: as copies
made by software, and as two takes of a camera, each with photons and read noise of its
own. Rules were set on the images and seeds of --setting; without it, others are used,
of which no rule knows. Prints a table, change by change, of what the verdicts say, and
one of what they say of --quiet pairs of small images that differ by noise alone;
--write puts it into docs/verdict.md; --show prints every verdict that is not right;
--swap has the changed image as image 1, where steps and JPEG of image 1 have no name.
"""

from __future__ import annotations

import argparse
import io
import re
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage, stats
from skimage import data
from skimage.util import img_as_float

import similij
from similij.testset.changes import make_reference

PAGE = Path(__file__).parent.parent / "docs" / "verdict.md"
Floats = NDArray[np.float64]

SETTING = ("camera", "coins", "grass", "page", "moon", "chelsea", "cell", "retina")
JUDGING = (
    *("astronaut", "brick", "gravel", "coffee", "hubble_deep_field", "rocket"),
    *("clock", "stereo_motorcycle", "immunohistochemistry", "reference"),
)
"""Images on which rules were set, and those that judge them."""

SIDE, RIM = 256, 24
"""Side of a pair in pixels, and what is cut off around it, so that nothing is made up
where a move brings in what was outside."""

TOP = 4000.0
"""Light of the brightest pixel, in units of 12 bit as a camera has them."""

OFFSET = 1000.0
"""Added to small images of noise alone, so that none is cut off at 0."""

NOISES = ("Poisson", "Gaussian", "Poisson and Gaussian")

NO_CHANGE = {"rest", "identical"}


@dataclass(frozen=True)
class Source:
    """An image with a rim, from 0 to 1."""

    name: str
    light: Floats

    def seen(self, move: Callable[[Floats], Floats] = lambda t: t) -> Floats:
        """Return the image without the rim, after a move of all of it."""
        moved = move(self.light)
        return moved[RIM:-RIM, RIM:-RIM]


def source(name: str) -> Source:
    """Read an image that a package ships, and cut it to its middle."""
    if name == "reference":
        image = make_reference().image.astype(np.float64)
    elif name == "stereo_motorcycle":
        image = img_as_float(data.stereo_motorcycle()[0])
    else:
        image = img_as_float(getattr(data, name)())
    if image.ndim > 2:
        image = image[..., :3] @ np.array([0.2126, 0.7152, 0.0722])
    whole = SIDE + 2 * RIM
    if image.shape[0] > 2 * whole and image.shape[1] > 2 * whole:
        image = ndimage.zoom(ndimage.gaussian_filter(image, 0.6), 0.5, order=1)
    top, left = (max(0, (n - whole) // 2) for n in image.shape)
    image = image[top : top + whole, left : left + whole]
    image = image - image.min()
    return Source(name, image / image.max())


def affine(degrees: float, zoom_y: float, zoom_x: float) -> Callable[[Floats], Floats]:
    """Return a turn about the middle, with a magnification along both axes."""
    turn = np.radians(degrees)
    turned = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    back = turned @ np.diag([1 / zoom_y, 1 / zoom_x])

    def moved(image: Floats) -> Floats:
        middle = (np.array(image.shape) - 1) / 2
        return ndimage.affine_transform(
            image, back, middle - back @ middle, order=5, mode="mirror"
        )

    return moved


def replaced(light: Floats, share: float, random: np.random.Generator) -> Floats:
    """Paste a disc of the image over another place of it that looks different."""
    radius = np.sqrt(share * light.size / np.pi)
    rows, columns = np.indices(light.shape)
    best: tuple[float, Floats] | None = None
    reach = int(np.ceil(radius))
    for _ in range(40):
        (y, x), (v, u) = (
            [int(random.integers(reach, n - reach)) for n in light.shape] for _ in "ab"
        )
        disc = np.hypot(rows - y, columns - x) <= radius
        other = np.roll(light, (y - v, x - u), (0, 1))
        apart = float(np.sqrt(((other - light)[disc] ** 2).mean())) / light.std()
        trial = np.where(disc, other, light)
        if best is None or apart > best[0]:
            best = apart, trial
        if apart > 0.7:
            break
    assert best is not None
    return best[1]


def _jpeg(image: Floats, quality: int) -> Floats:
    """Compress and read again, as 8 bit."""
    stream = io.BytesIO()
    scale = 255 / max(image.max(), 1)
    Image.fromarray(np.rint(image * scale).astype(np.uint8)).save(
        stream, "JPEG", quality=quality
    )
    return np.asarray(Image.open(stream), np.float64) / scale


@dataclass(frozen=True)
class Change:
    """One thing done: to the light, or to what the camera wrote.

    kinds are those of the clauses that name it; any one of them is right.
    """

    name: str
    kinds: tuple[str, ...]
    light: Callable[[Source, np.random.Generator], Floats] | None = None
    pixels: Callable[[Floats, np.random.Generator], Floats] | None = None
    camera: bool = True


def _moved(move: Callable[[Floats], Floats]) -> Any:
    return lambda s, r: s.seen(move)


def _gradient(share: float) -> Any:
    def dimmed(source: Source, random: Any) -> Floats:
        light = source.seen()
        return light * np.linspace(1, 1 - share, light.shape[1])

    return dimmed


def _clipped_top(share: float) -> Any:
    return lambda p, r: np.minimum(p, np.rint(np.quantile(p, 1 - share)))


def _clipped_bottom(share: float) -> Any:
    return lambda p, r: np.maximum(p, np.rint(np.quantile(p, share)))


def _levels(count: int) -> Any:
    def quantised(p: Floats, r: Any) -> Floats:
        step = np.ceil(np.ptp(p) / count)
        return np.rint(p / step) * step

    return quantised


CHANGES: tuple[Change, ...] = (
    Change("none", ()),
    Change("10 % brighter", ("gain",), pixels=lambda p, r: p * 1.1),
    Change("40 % dimmer", ("gain",), pixels=lambda p, r: p * 0.6),
    Change("higher all over", ("offset",), pixels=lambda p, r: p + 300),
    Change("bleached by 30 % to the right", ("gradient",), _gradient(0.3)),
    Change("shifted by 0.5 px", ("shift",),
           _moved(lambda t: ndimage.shift(t, (0.3, -0.4), order=5, mode="mirror"))),
    Change("shifted by 7.3 px", ("shift",),
           _moved(lambda t: ndimage.shift(t, (-5.6, 4.7), order=5, mode="mirror"))),
    Change("turned by 1°", ("rotation",), _moved(affine(1, 1, 1))),
    Change("turned by 6°", ("rotation",), _moved(affine(6, 1, 1))),
    Change("magnified by 1 %", ("scale",), _moved(affine(0, 1.01, 1.01))),
    Change("magnified by 2 %", ("scale",), _moved(affine(0, 1.02, 1.02))),
    Change("magnified by 6 %", ("scale",), _moved(affine(0, 1.06, 1.06))),
    Change("stretched by 3 % in x", ("scale",), _moved(affine(0, 1, 1.03))),
    Change("blurred, σ 1 px", ("blur",),
           _moved(lambda t: ndimage.gaussian_filter(t, 1.0))),
    Change("blurred, σ 2.5 px", ("blur",),
           _moved(lambda t: ndimage.gaussian_filter(t, 2.5))),
    Change("noise of 3 % of the range", ("noise",),
           pixels=lambda p, r: p + r.normal(0, 0.03 * TOP, p.shape)),
    Change("noise of 10 % of the range", ("noise",),
           pixels=lambda p, r: p + r.normal(0, 0.1 * TOP, p.shape)),
    Change("fewer photons, 100 at the brightest", ("noise",),
           pixels=lambda p, r: r.poisson(np.maximum(p, 0) / 40) * 40.0),
    Change("fewer photons, 10 at the brightest", ("noise",),
           pixels=lambda p, r: r.poisson(np.maximum(p, 0) / 400) * 400.0),
    Change("saturated in 5 %", ("saturation",), pixels=_clipped_top(0.05)),
    Change("clipped at the bottom in 15 %", ("clipped",), pixels=_clipped_bottom(0.15)),
    Change("gamma 0.7", ("not linear",), lambda s, r: s.seen() ** 0.7),
    Change("gamma 1.5", ("not linear",), lambda s, r: s.seen() ** 1.5),
    Change("an S-shaped curve", ("not linear",),
           lambda s, r: s.seen() ** 2 * (3 - 2 * s.seen())),
    Change("quantised to 16 levels", ("quantised",), pixels=_levels(16), camera=False),
    Change("quantised to 40 levels", ("quantised",), pixels=_levels(40), camera=False),
    Change("JPEG of quality 30", ("compressed",), camera=False,
           pixels=lambda p, r: _jpeg(p, 30)),
    Change("JPEG of quality 70", ("compressed",), camera=False,
           pixels=lambda p, r: _jpeg(p, 70)),
    *(
        Change(f"an object replaced, {share} % of the area", ("local", "other"),
               lambda s, r, share=share: replaced(s.seen(), share / 100, r))
        for share in (0.2, 0.6, 1.4, 3.8)
    ),
    Change("contrast inverted", ("inverted",),
           pixels=lambda p, r: p.max() + p.min() - p),
)  # fmt: skip


@dataclass
class Judged:
    """A pair, what was done, and what the verdict says."""

    name: str
    kinds: tuple[str, ...]
    image: str
    camera: bool
    said: tuple[str, ...]
    text: str
    seconds: float = field(default=0.0)

    @property
    def named(self) -> set[str]:
        """What the verdict names."""
        return {*self.said} - NO_CHANGE

    @property
    def right(self) -> bool:
        """Whether that is what was done, and nothing else."""
        if not self.kinds:
            return not self.named
        return len(self.named) == 1 and self.named <= {*self.kinds}

    @property
    def denied(self) -> bool:
        """Whether a difference that is there is said not to be."""
        return bool(self.kinds) and not self.named


def pair(name: str, change: Change, camera: bool, seed: int) -> tuple[Any, Any]:
    """Make a pair of 16-bit images."""
    random = np.random.default_rng(
        [seed, zlib.crc32(name.encode()), zlib.crc32(change.name.encode()), camera]
    )
    whole = source(name)

    def taken(light: Floats) -> Floats:
        if not camera:
            return np.rint(light * TOP)
        photons = random.poisson(np.clip(light, 0, None) * TOP / 4)
        return np.rint(4.0 * photons + 100 + random.normal(0, 6, light.shape))

    x = taken(whole.seen())
    light = whole.seen() if change.light is None else change.light(whole, random)
    y = taken(light)
    if change.pixels is not None:
        y = change.pixels(y, random)
    return tuple(np.clip(np.rint(t), 0, 65535).astype(np.uint16) for t in (x, y))


def judge(task: tuple[str, int, bool, int, bool]) -> Judged:
    """Judge one pair."""
    name, k, camera, seed, swap = task
    x, y = pair(name, CHANGES[k], camera, seed)
    if swap:
        x, y = y, x
    start = time.perf_counter()
    verdict = similij.verdict(x, y)
    seconds = time.perf_counter() - start
    change = CHANGES[k]
    # Cut off where its background lies, an image is as it was: nothing was done to it.
    kinds = () if np.array_equal(x, y) else change.kinds
    return Judged(
        change.name, kinds, name, camera, verdict.kinds, verdict.text, seconds
    )


def unrelated(names: tuple[str, ...], seed: int) -> Iterator[Judged]:
    """Judge every image against the next."""
    what = "another image", ("unrelated",)
    for one, two in zip(names, names[1:] + names[:1], strict=True):
        for camera in (False, True):
            x, y = (pair(n, CHANGES[0], camera, seed)[0] for n in (one, two))
            height, width = (min(s) for s in zip(x.shape, y.shape, strict=True))
            verdict = similij.verdict(x[:height, :width], y[:height, :width])
            yield Judged(*what, f"{one}, {two}", camera, verdict.kinds, verdict.text)


def quiet(task: tuple[str, str, int, int]) -> tuple[str, set[str], str]:
    """Judge two takes of one small light, of noise of a kind and of any strength."""
    name, kind, k, seed = task
    random = np.random.default_rng([seed, k, zlib.crc32(kind.encode())])
    whole = source(name).light
    side = 96
    top, left = (int(random.integers(0, max(n - side, 0) + 1)) for n in whole.shape)
    light = whole[top : top + side, left : left + side]
    light = light[:, ::-1] if random.random() < 0.5 else light
    photons = np.exp(random.uniform(np.log(30), np.log(3000)))
    sigma = TOP * np.exp(random.uniform(np.log(0.003), np.log(0.1)))
    first, second = (_noisy(light, kind, photons, sigma, random) for _ in "ab")
    copied = random.random() < 0.25  # a copy, beside itself with noise
    if copied:
        first = np.rint(light * TOP + OFFSET).astype(np.uint16)
    verdict = similij.verdict(first, second)
    named = {*verdict.kinds} - NO_CHANGE - ({"noise"} if copied else set())
    return kind, named, f"{name} {kind} {k}: {verdict.text}"


def _noisy(
    light: Floats, kind: str, photons: float, sigma: float, random: np.random.Generator
) -> NDArray[np.uint16]:
    image = light * TOP
    if kind != "Gaussian":
        image = random.poisson(light * photons) * (TOP / photons)
    if kind != "Poisson":
        image = image + random.normal(0, sigma, light.shape)
    return np.clip(np.rint(image + OFFSET), 0, 65535).astype(np.uint16)


def quiet_table(said: list[tuple[str, set[str], str]]) -> str:
    """Return how often a place is said of pairs that differ by noise alone."""
    lines = [
        "| Noise | pairs | no verdict | a place said | 95 % interval | else said |",
        "|---|--:|--:|--:|--:|---|",
    ]
    for kind in (*NOISES, "all"):
        every = [kinds for name, kinds, _ in said if kind in (name, "all")]
        group = [kinds for kinds in every if "undefined" not in kinds]
        places = sum("local" in kinds for kinds in group)
        low, high = stats.binomtest(places, len(group)).proportion_ci(method="wilson")
        others = Counter(k for kinds in group for k in kinds if k != "local")
        named = ", ".join(f"{k} ({n})" for k, n in others.most_common())
        lines.append(
            f"| {kind} | {len(group)} | {len(every) - len(group)} | {places} "
            f"({100 * places / len(group):.2f} %) | {100 * low:.2f} to "
            f"{100 * high:.2f} % | {named} |"
        )
    return "\n".join(lines)


def table(judged: list[Judged]) -> str:
    """Return what is said of each change, as a table."""
    lines = [
        "| What was done | pairs | right | denied | what else was said |",
        "|---|--:|--:|--:|---|",
    ]
    for name in dict.fromkeys(j.name for j in judged):
        group = [j for j in judged if j.name == name]
        others = Counter(
            " + ".join(k for k in j.said if k not in NO_CHANGE)
            for j in group
            if not j.right and not j.denied
        )
        said = "; ".join(f"{k} ({n})" for k, n in others.most_common())
        denied = sum(j.denied for j in group)
        right = sum(j.right for j in group)
        lines.append(f"| {name} | {len(group)} | {right} | {denied or ''} | {said} |")
    right = sum(j.right for j in judged)
    denied = sum(j.denied for j in judged)
    lines.append(
        f"| **all** | {len(judged)} | {right} ({100 * right / len(judged):.1f} %) | "
        f"{denied} | |"
    )
    lines += ["", "| Name | said where it was not done | of pairs |", "|---|--:|--:|"]
    for kind in sorted({k for j in judged for k in j.named}):
        group = [j for j in judged if kind not in j.kinds]
        false = sum(kind in j.named for j in group)
        share = 100 * false / max(len(group), 1)
        lines.append(f"| {kind} | {false} ({share:.1f} %) | {len(group)} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--setting", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--swap", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--images", default="", help="names, with commas")
    parser.add_argument("--quiet", type=int, default=1200, help="pairs of noise alone")
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args()
    names, seed = (SETTING, 0) if asked.setting else (JUDGING, 1)
    names = tuple(n for n in names if not asked.images or n in asked.images.split(","))
    tasks = [
        (name, k, camera, seed, asked.swap)
        for k, change in enumerate(CHANGES)
        for camera in (False, True)
        if (change.camera or not camera)
        and (camera or change.name != "none")
        and asked.only in change.name
        for name in names
    ]
    judged = []
    pairs = [
        (names[k % len(names)], NOISES[k % len(NOISES)], k, seed)
        for k in range(0 if asked.only else asked.quiet)
    ]
    with ProcessPoolExecutor(asked.jobs) as pool:
        noisy = [*pool.map(quiet, pairs, chunksize=20)]
        for one in pool.map(judge, tasks):
            judged.append(one)
            if asked.show and not one.right:
                how = "camera" if one.camera else "copy"
                print(f"- {one.name}, {one.image}, {how}: {one.text}", flush=True)
    if not asked.only and len(names) > 1:
        judged += [*unrelated(names, seed)]
    if asked.show:
        print(*(f"- {text}" for _, kinds, text in noisy if kinds),
              sep="\n")  # fmt: skip
    report = table(judged)
    if noisy:
        report += f"\n\n{quiet_table(noisy)}"
    print(report)
    print(f"median {np.median([j.seconds for j in judged]):.2f} s")
    if asked.write:
        text = PAGE.read_text(encoding="utf-8")
        marked = re.compile(
            r"(<!-- real: begin -->\n).*(<!-- real: end -->)", re.DOTALL
        )
        page = marked.sub(lambda m: f"{m[1]}{report}\n{m[2]}", text)
        PAGE.write_text(page, "utf-8")


if __name__ == "__main__":
    main()

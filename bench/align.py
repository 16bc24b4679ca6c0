"""Measure how far `similij.align` is from the truth, beside others, on real images.

    python bench/align.py [--setting] [--images A,B] [--repeats N] [--write]

The truth has no interpolation in it where images are shifted: an original that
scikit-image ships is cut out twice, some of its pixels apart, and both cuts are binned
4×4, so that they are a number of quarters of a pixel apart. Turns are made in the
original, with a spline of the fifth order, before it is binned. FLOOR and LARGEST_ERROR
of src/similij/spatial/align.py were chosen on the images of --setting; without it,
others are used. --write puts the tables into docs/metrics.md.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage import data
from skimage.registration import phase_cross_correlation
from skimage.transform import warp_polar
from skimage.util import img_as_float

import similij
from report import replace

PAGE = Path(__file__).parent.parent / "docs" / "metrics.md"
Floats = NDArray[np.float64]

SETTING = (
    *("retina", "hubble_deep_field", "camera", "moon", "immunohistochemistry"),
    *("brick", "grass", "gravel", "coins", "page"),
)
JUDGING = (
    *("astronaut", "chelsea", "coffee", "rocket", "clock", "cell"),
    "stereo_motorcycle",
)
"""Images on which numbers in the code were chosen, and those that judge them."""

BIN = 4
"""Pixels of the original along a side of a pixel of a pair."""

NOISE = 0.3
"""Standard deviation of the noise of each image, in those of the image."""


class Case(NamedTuple):
    """A pair with a known motion: what image 1 has at p, image 2 has at p + offset."""

    x: Floats
    y: Floats
    offset: tuple[float, float]
    angle: float = 0.0
    mask: NDArray[np.bool_] | None = None


def original(name: str) -> Floats:
    """Read an image that a package ships, in grey."""
    picture = getattr(data, name)()
    image = img_as_float(picture[0] if name == "stereo_motorcycle" else picture)
    if image.ndim > 2:
        image = image[..., :3] @ np.array([0.2126, 0.7152, 0.0722])
    return image / image.std()


def binned(image: Floats) -> Floats:
    """Average squares of BIN × BIN pixels."""
    height, width = (n // BIN for n in image.shape)
    cut = image[: height * BIN, : width * BIN]
    return cut.reshape(height, BIN, width, BIN).mean((1, 3))


def shifted(image: Floats, random: np.random.Generator, furthest: int) -> Case:
    """Cut out two parts of an original, up to `furthest` of its pixels apart."""
    rim = furthest
    dy, dx = (int(k) for k in random.integers(-rim, rim + 1, 2))
    high, wide = (n - 2 * rim for n in image.shape)
    ones, twos = (
        binned(image[top : top + high, left : left + wide])
        for top, left in ((rim, rim), (rim - dy, rim - dx))
    )
    return Case(ones, twos, (dy / BIN, dx / BIN))


def turned(image: Floats, random: np.random.Generator, largest: float) -> Case:
    """Turn the middle of an original about its centre and move it, then bin it."""
    side = min(image.shape)
    side -= side % (2 * BIN)
    rim = side // 6 - (side // 6) % BIN
    top, left = ((n - side) // 2 for n in image.shape)
    whole = image[top : top + side, left : left + side]
    angle = float(random.uniform(-largest, largest))
    offset = tuple(float(k) for k in random.uniform(-3, 3, 2))
    turn = math.radians(angle)
    # counter-clockwise as seen, of (y, x) with y down
    back = np.array(
        [[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]]
    )
    middle = (np.array(whole.shape) - 1) / 2
    moved = ndimage.affine_transform(
        whole, back, middle - back @ (middle + BIN * np.array(offset)), order=5
    )
    ones, twos = (binned(t[rim:-rim, rim:-rim]) for t in (whole, moved))
    return Case(ones, twos, (offset[0], offset[1]), angle)


def noisy(case: Case, random: np.random.Generator, much: float = NOISE) -> Case:
    """Add noise to both images, each its own."""
    x, y = (t + much * t.std() * random.normal(size=t.shape) for t in case[:2])
    return case._replace(x=x, y=y)


def brighter(case: Case) -> Case:
    """Brighten image 2 by an offset, and a gain that falls to the right."""
    falling = np.linspace(1.6, 1.0, case.y.shape[1])
    return case._replace(y=case.y * falling + 2)


def masked(case: Case) -> Case:
    """Count a disc of half the image only."""
    rows, columns = np.indices(case.x.shape)
    centre = [(n - 1) / 2 for n in case.x.shape]
    radius = math.sqrt(case.x.size / 2 / math.pi)
    return case._replace(mask=np.hypot(rows - centre[0], columns - centre[1]) <= radius)


SMALL, FAR = 12, 1 / 7
"""Pixels of the original that images are shifted by at most, and the part of its
shorter side where they overlap in part only: a fifth of what is cut out."""

CASES: dict[str, Callable[[Floats, np.random.Generator], Case]] = {
    "as they are": lambda t, r: shifted(t, r, SMALL),
    "noise, 0.3 of the contrast": lambda t, r: noisy(shifted(t, r, SMALL), r),
    "noise as large as the contrast": lambda t, r: noisy(shifted(t, r, SMALL), r, 1.0),
    "brighter, more so on the left": lambda t, r: brighter(
        noisy(shifted(t, r, SMALL), r, 0.1)
    ),
    "shifted by up to a fifth": lambda t, r: noisy(
        shifted(t, r, int(FAR * min(t.shape))), r, 0.1
    ),
    "a disc of half the image": lambda t, r: masked(
        noisy(shifted(t, r, SMALL), r, 0.1)
    ),
}


def by_skimage(case: Case, normalization: str | None) -> tuple[float, float]:
    """Register by `phase_cross_correlation`, which with a mask is of whole pixels."""
    if case.mask is None:
        moved, _, _ = phase_cross_correlation(
            case.x, case.y, upsample_factor=100, normalization=normalization
        )
    else:
        moved = phase_cross_correlation(
            case.x, case.y, reference_mask=case.mask, moving_mask=case.mask
        )[0]
    return -float(moved[0]), -float(moved[1])


def by_polar(case: Case) -> float:
    """Find the angle as scikit-image's gallery does: shift of polar power spectra."""
    window = np.outer(*(np.hanning(n) for n in case.x.shape))
    spectra = [
        np.abs(np.fft.fftshift(np.fft.fft2((t - t.mean()) * window))) for t in case[:2]
    ]
    radius = min(case.x.shape) // 2
    polar = [warp_polar(t, radius=radius, output_shape=(720, radius)) for t in spectra]
    half = [np.log1p(t[:360]) for t in polar]
    moved, _, _ = phase_cross_correlation(*half, upsample_factor=20, normalization=None)
    degrees = float(moved[0]) / 2
    return (degrees + 90) % 180 - 90


def by_itk(case: Case) -> tuple[float, tuple[float, float]]:
    """Register by SimpleITK: Euler transform, correlation, from no motion, 3 levels."""
    import SimpleITK as sitk  # noqa: N813 - its usual name

    ones, twos = (sitk.GetImageFromArray(t) for t in case[:2])
    start = sitk.CenteredTransformInitializer(
        ones, twos, sitk.Euler2DTransform(),
        sitk.CenteredTransformInitializerFilter.GEOMETRY,
    )  # fmt: skip
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsCorrelation()
    method.SetInterpolator(sitk.sitkBSpline)
    method.SetOptimizerAsRegularStepGradientDescent(1.0, 1e-5, 300)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([4, 2, 1])
    method.SetSmoothingSigmasPerLevel([2, 1, 0])
    method.SetInitialTransform(start, inPlace=True)
    final = method.Execute(ones, twos)
    angle, dx, dy = sitk.Euler2DTransform(
        final.GetNthTransform(0) if hasattr(final, "GetNthTransform") else final
    ).GetParameters()
    return -math.degrees(angle), (dy, dx)


def far(one: Sequence[float], two: Sequence[float]) -> float:
    """Return the distance between two places."""
    return math.hypot(*(a - b for a, b in zip(one, two, strict=True)))


def summary(errors: list[float], places: int = 3) -> str:
    """Write the median error and that of the worst twentieth."""
    if not errors:
        return ""
    middle, worst = np.percentile(errors, (50, 95))
    return f"{middle:.{places}f} / {worst:.{places}f}"


def seeds(names: Sequence[str], repeats: int, judging: bool) -> Iterator[tuple]:
    """Yield each image with random numbers of its own, several times."""
    for k, name in enumerate(names):
        image = original(name)
        for repeat in range(repeats):
            yield image, np.random.default_rng([judging, k, repeat])


def shifts(names: Sequence[str], repeats: int, judging: bool) -> str:
    """Return the table of shifts."""
    lines = [
        "| images | `align`, error in px: half are below / 95 % are below | refused | "
        "within 2 standard errors | `phase_cross_correlation` | not normalized |",
        "|---|---|--:|--:|---|---|",
    ]
    for title, made in CASES.items():
        ours, refused, sure = [], 0, []
        phase, plain = [], []
        for image, random in seeds(names, repeats, judging):
            case = made(image, random)
            phase.append(far(by_skimage(case, "phase"), case.offset))
            plain.append(far(by_skimage(case, None), case.offset))
            found = similij.align(case.x, case.y, mask=case.mask)
            if found.refusal:
                refused += 1
                continue
            ours.append(far(found.offset, case.offset))
            sure += [
                abs(a - b) <= 2 * e
                for a, b, e in zip(
                    found.offset, case.offset, found.offset_error, strict=True
                )
            ]
        lines.append(
            f"| {title} | {summary(ours)} | {refused} of {len(phase)} | "
            f"{100 * np.mean(sure):.0f} % | {summary(phase)} | {summary(plain)} |"
        )
        print(lines[-1], flush=True)
    return "\n".join(lines)


def turns(names: Sequence[str], repeats: int, judging: bool) -> str:
    """Return the table of turns."""
    try:
        import SimpleITK  # noqa: F401

        itk = True
    except ModuleNotFoundError:
        itk = False
    lines = [
        "| turned by up to | noise | `align`, error in degrees | in px | refused | "
        "within 2 standard errors | polar spectra, scikit-image: degrees | "
        "SimpleITK: degrees |",
        "|---|---|---|---|--:|--:|---|---|",
    ]
    for largest, much in ((3.0, 0.0), (3.0, NOISE), (28.0, 0.0), (28.0, NOISE)):
        angles, places, polar, by_its, refused, sure = [], [], [], [], 0, []
        for image, random in seeds(names, repeats, judging):
            case = noisy(turned(image, random, largest), random, much)
            polar.append(abs(by_polar(case) - case.angle))
            if itk:
                by_its.append(abs(by_itk(case)[0] - case.angle))
            found = similij.align(case.x, case.y, "rigid")
            if found.refusal:
                refused += 1
                continue
            angles.append(abs(found.angle - case.angle))
            places.append(far(found.offset, case.offset))
            sure += [
                abs(a - b) <= 2 * e
                for a, b, e in zip(
                    (*found.offset, found.angle),
                    (*case.offset, case.angle),
                    (*found.offset_error, found.angle_error),
                    strict=True,
                )
            ]
        lines.append(
            f"| {largest:.0f}° | {much} | {summary(angles)} | "
            f"{summary(places)} | {refused} of {len(polar)} | "
            f"{100 * np.mean(sure):.0f} % | {summary(polar)} | {summary(by_its)} |"
        )
        print(lines[-1], flush=True)
    return "\n".join(lines)


def interpolations(names: Sequence[str], repeats: int, judging: bool) -> str:
    """Return what is left of RMSD by interpolations, at the true shift."""
    ways: dict[str, Callable[[Floats, Sequence[float]], Floats]] = {
        "not moved": lambda y, _: y,
        "nearest pixel": lambda y, o: ndimage.shift(y, -np.round(o), order=0),
        "linear": lambda y, o: ndimage.shift(y, -np.array(o), order=1),
        "cubic of 4 pixels (Keys)": keys,
        "cubic spline (`align`)": lambda y, o: ndimage.shift(
            y, -np.array(o), order=3, mode="mirror"
        ),
        "spline of the fifth order": lambda y, o: ndimage.shift(
            y, -np.array(o), order=5, mode="mirror"
        ),
    }
    lines = [
        "| interpolated by | RMSD, no noise | RMSD, noise 0.3 in each (alike: 0.424) |",
        "|---|--:|--:|",
    ]
    for title, way in ways.items():
        left = []
        for much in (0.0, NOISE):
            squares = []
            for image, random in seeds(names, repeats, judging):
                case = shifted(image, random, SMALL)
                scale = float(case.x.std())
                case = noisy(case, random, much)
                apart = (case.x - way(case.y, case.offset))[8:-8, 8:-8] / scale
                squares.append(float((apart * apart).mean()))
            left.append(math.sqrt(float(np.mean(squares))))
        lines.append(f"| {title} | {left[0]:.3f} | {left[1]:.3f} |")
        print(lines[-1], flush=True)
    return "\n".join(lines)


def keys(image: Floats, offset: Sequence[float]) -> Floats:
    """Interpolate by Keys' cubic convolution, of 4 pixels along each axis."""
    for axis, by in enumerate(offset):
        first = math.floor(by)
        t = by - first
        weights = [
            -t / 2 + t**2 - t**3 / 2, 1 - 2.5 * t**2 + 1.5 * t**3,
            t / 2 + 2 * t**2 - 1.5 * t**3, -(t**2) / 2 + t**3 / 2,
        ]  # fmt: skip
        image = sum(
            w * np.roll(image, -(first + k - 1), axis) for k, w in enumerate(weights)
        )
    return image


def unrelated(names: Sequence[str], repeats: int, judging: bool) -> str:
    """Count how often images of different scenes are aligned."""
    images = [binned(original(name)) for name in names]
    lines = []
    for way in ("shift", "rigid"):
        aligned = count = 0
        for k, one in enumerate(images):
            for two in images[k + 1 :]:
                high, wide = (
                    min(a, b) for a, b in zip(one.shape, two.shape, strict=True)
                )
                count += 1
                aligned += not similij.align(
                    one[:high, :wide], two[:high, :wide], way
                ).refusal
        lines.append(f'{aligned} of {count} pairs of different images by "{way}"')
    random = np.random.default_rng([judging, 99])
    for way in ("shift", "rigid"):
        aligned = 0
        for _ in range(10 * repeats):
            sigma = float(random.uniform(0, 4))
            one, two = (
                ndimage.gaussian_filter(random.normal(size=(96, 96)), sigma)
                for _ in "ab"
            )
            aligned += not similij.align(one, two, way).refusal
        lines.append(f'{aligned} of {10 * repeats} pairs of smoothed noise by "{way}"')
    text = "; ".join(lines)
    print(text, flush=True)
    return f"Moved though they have nothing in common: {text}."


def simulated(names: Sequence[str], repeats: int, judging: bool) -> str:
    """Count how many errors of smoothed noise are within two standard errors."""
    within = []
    for sigma in (0.7, 2.0, 5.0):
        random = np.random.default_rng([judging, 98, int(10 * sigma)])
        for way in ("shift", "rigid"):
            for _ in range(20 * repeats):
                fine = ndimage.gaussian_filter(
                    random.normal(size=(480, 480)), 4 * sigma
                )
                case = noisy(shifted(fine, random, SMALL), random, 0.5)
                found = similij.align(case.x, case.y, way)
                if found.refusal:
                    continue
                errors = np.abs(np.subtract(found.offset, case.offset))
                within += [*(errors <= 2 * np.array(found.offset_error))]
                if way == "rigid":
                    within.append(abs(found.angle) <= 2 * found.angle_error)
    text = (
        f"Of {len(within):,} errors of simulated textures (noise smoothed by 0.7, 2 "
        f"and 5 pixels, and half as much noise of each image's own), shifts and turns, "
        f"{100 * np.mean(within):.1f} % were within two standard errors."
    )
    print(text, flush=True)
    return text


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--setting", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--images", default="", help="names, with commas")
    parser.add_argument("--repeats", type=int, default=6)
    parser.add_argument("--only", default="", help="names of tables, with commas")
    asked = parser.parse_args()
    names = SETTING if asked.setting else JUDGING
    names = tuple(n for n in names if not asked.images or n in asked.images.split(","))
    tables = {
        "shifts": shifts, "turns": turns, "interpolations": interpolations,
        "unrelated": unrelated, "simulated": simulated,
    }  # fmt: skip
    for title, made in tables.items():
        if asked.only and title not in asked.only.split(","):
            continue
        text = made(names, asked.repeats, not asked.setting)
        if asked.write:
            replace(f"align {title}", text, PAGE)


if __name__ == "__main__":
    main()

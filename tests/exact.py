"""The three metrics of the small test set, by exact arithmetic.

Python integers and fractions only, a decimal square root at the end; nothing of
similij's own arithmetic. The pixels of a region come from `similij.regions`, which is
compared with ImageJ's own masks elsewhere.

``python tests/exact.py`` rewrites ``tests/data/expected.csv``; with ``--images``
the images too, as `similij.testset.make_testset` makes them.
"""

from __future__ import annotations

import csv
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import numpy as np
import tifffile

from similij.regions import read_regions

IMAGES = Path(__file__).parent / "data"
EXPECTED = IMAGES / "expected.csv"
GRADED = (
    "gain_1.25.tif",
    "inverted_0.5.tif",
    "sub_pixel_shift_0.5.tif",
)
WHOLE_IMAGE = "Whole image"
DIGITS = 30
COLUMNS = (
    "image_1", "image_2", "rois", "region", "n", "rescale",
    "pearson", "rmsd", "mean_difference",
)  # fmt: skip
LOW, HIGH = Fraction(1, 100), Fraction(99, 100)


def decimal(value: Fraction) -> Decimal:
    """Return a fraction to 30 digits."""
    with localcontext() as context:
        context.prec = DIGITS
        return Decimal(value.numerator) / Decimal(value.denominator)


def root(value: Fraction) -> Decimal:
    """Return a square root to 30 digits."""
    with localcontext() as context:
        context.prec = 2 * DIGITS
        exact = (Decimal(value.numerator) / Decimal(value.denominator)).sqrt()
        context.prec = DIGITS
        return +exact


def pearson(x: Sequence[int], y: Sequence[int]) -> Decimal | None:
    """Return R; None where an image is constant."""
    n, sum_x, sum_y = len(x), sum(x), sum(y)
    xx = n * sum(v * v for v in x) - sum_x * sum_x
    yy = n * sum(v * v for v in y) - sum_y * sum_y
    xy = n * sum(v * w for v, w in zip(x, y, strict=True)) - sum_x * sum_y
    if xx == 0 or yy == 0:
        return None
    size = root(Fraction(xy * xy, xx * yy))
    return size if xy >= 0 else -size


def percentile(values: Sequence[int], share: Fraction) -> int:
    """Return the value at index floor(share·n) of the sorted ones."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def distances(
    x: Sequence[int], y: Sequence[int], rescale: str = "none"
) -> tuple[Decimal, Decimal] | None:
    """Return RMSD and Mean Difference; None where percentiles are equal."""
    low_x = low_y = 0
    span_x = span_y = 1
    if rescale != "none":
        low_x, low_y = percentile(x, LOW), percentile(y, LOW)
        span_x, span_y = percentile(x, HIGH) - low_x, percentile(y, HIGH) - low_y
    if span_x == 0 or span_y == 0:
        return None
    # on the common denominator span_x·span_y, so that integers do
    apart = [
        (v - low_x) * span_y - (w - low_y) * span_x for v, w in zip(x, y, strict=True)
    ]
    n, below = len(x), span_x * span_y
    return (
        root(Fraction(sum(d * d for d in apart), n * below * below)),
        decimal(Fraction(sum(abs(d) for d in apart), n * below)),
    )


def pixels(image: np.ndarray, rois: Path, region: str = WHOLE_IMAGE) -> list[int]:
    """Return the pixels of a region as Python integers."""
    if region == WHOLE_IMAGE:
        return image.ravel().tolist()
    (found,) = (r for r in read_regions(rois) if r.name == region)
    rows, columns, mask = found.clip(*image.shape)
    part = image[rows, columns]
    return (part.ravel() if mask is None else part[mask]).tolist()


def pairs() -> Iterator[tuple[Path, Path, Path]]:
    """Return image 1, image 2 and ROI file of each pair in ``tests/data``."""
    for number in (1, 2, 3, 4):
        first = IMAGES / "set_a" / f"img{number}__a_test.tif"
        second = IMAGES / "set_b" / f"img{number}__b_test.tif"
        yield first, second, first.with_name(f"{first.stem}_roi.zip")
    folder = IMAGES / "graded"
    for name in GRADED:
        yield folder / "reference.tif", folder / name, folder / "reference_roi.zip"


def rows() -> Iterator[dict[str, object]]:
    """Work out every row of ``expected.csv``."""
    for first, second, rois in pairs():
        a, b = tifffile.imread(first), tifffile.imread(second)
        for region in (WHOLE_IMAGE, *(found.name for found in read_regions(rois))):
            x, y = pixels(a, rois, region), pixels(b, rois, region)
            for rescale in ("none", "percentile"):
                apart = distances(x, y, rescale)
                numbers = (pearson(x, y), *(apart or (None, None)))
                paths = (
                    path.relative_to(IMAGES).as_posix()
                    for path in (first, second, rois)
                )
                texts = ("" if number is None else str(number) for number in numbers)
                values = (*paths, region, len(x), rescale, *texts)
                yield dict(zip(COLUMNS, values, strict=True))


def expected() -> list[dict[str, str]]:
    """Read ``expected.csv``; an undefined number is an empty text."""
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_expected() -> None:
    """Rewrite ``expected.csv``."""
    with EXPECTED.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows())


def write_images() -> None:
    """Rewrite the images from the test set."""
    from similij.testset import make_testset

    with tempfile.TemporaryDirectory() as folder:
        made = make_testset(folder)
        graded = [made.graded / name for name in (*GRADED, "reference.tif")]
        graded.append(made.graded / "reference_roi.zip")
        for path in (*made.set_a.iterdir(), *made.set_b.iterdir(), *graded):
            target = IMAGES / path.relative_to(made.root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


if __name__ == "__main__":
    if "--images" in sys.argv[1:]:
        write_images()
    write_expected()

"""compare(): regions, masks, stacks, and a reason for every missing number."""

from __future__ import annotations

import math

import dask.array as da
import numpy as np
import pytest
from roifile import ROI_TYPE, ImagejRoi

import similij
import truth
from similij import RegionError, compare
from similij.regions import Region
from support import SEED

RNG = np.random.default_rng(21)
X = RNG.integers(0, 4000, (3, 20, 31)).astype(np.uint16)
Y = RNG.integers(0, 4000, X.shape).astype(np.uint16)
NAMES = ("a b.tif", "ü.tif")
METRICS = ("pearson", "rmsd", "mean_difference")
NAN = math.nan


def numbers(row: dict) -> tuple:
    return tuple(row[k] for k in ("n", *METRICS))


def exactly(expected: truth.Truth) -> object:
    """Equal but for the last digit: a square root is rounded once more."""
    return pytest.approx(expected, rel=3e-16)


def disc(height: int, width: int) -> np.ndarray:
    rows, columns = np.ogrid[:height, :width]
    return (rows - height / 2) ** 2 + (columns - width / 2) ** 2 < height * width / 4


REGIONS = [
    Region("box", 4, 3, 10, 6),
    Region("disc", 8, 5, 12, 11, disc(11, 12)),
    Region("over the edge", -3, 15, 10, 10),
    Region("outside", 31, 0, 4, 4),
    Region("line", 0, 0, 0, 0, problem="line is a line, which has no area"),
]
INSIDE = np.zeros((5, 20, 31), bool)
INSIDE[0, 3:9, 4:14] = True
INSIDE[1, 5:16, 8:20] = disc(11, 12)
INSIDE[2, 15:, :7] = True


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("planes", [1, 3])
def test_regions_in_planes_and_stacks(lazy: bool, masked: bool, planes: int) -> None:
    x, y = (X, Y) if planes == 3 else (X[0], Y[0])
    mask = np.random.default_rng(2).random(x.shape) < 0.5 if masked else None
    a, b = (da.from_array(v, chunks=7) if lazy else v for v in (x, y))
    found = compare(a, b, regions=REGIONS, mask=mask, names=NAMES)
    assert [row["region"] for row in found] == [r.name for r in REGIONS]
    for row, inside in zip(found, INSIDE[:3], strict=False):
        keep = np.broadcast_to(inside, x.shape)
        exact = truth.metrics(x, y, keep if mask is None else keep & mask)
        assert numbers(row) == exactly(exact)
        assert row["plane"] == ("1" if planes == 1 else "all 3")
        assert (row["image_1"], row["image_2"]) == NAMES
        assert row["version"] == similij.__version__
    edge, outside, line = found.rows[2:]
    assert edge["note"] == "partly outside the images: 35 of its 100 pixels compared"
    for row in (outside, line):
        assert row["n"] == 0
        assert all(math.isnan(row[m]) for m in METRICS)
    assert outside["note"] == (
        "outside lies outside the images (its bounds are x=31, y=0, 4×4; the images "
        "are 31×20)"
    )
    assert line["note"] == "line is a line, which has no area"
    assert len(found.notes) == 3


def test_rois_of_roifile_and_of_files(tmp_path) -> None:
    roi = ImagejRoi(roitype=ROI_TYPE.RECT, left=4, top=3, right=14, bottom=9, name="r")
    path = tmp_path / "mein Röi.roi"
    roi.tofile(path)
    for regions, name in (
        (roi, "r"),
        ([roi], "r"),
        (path, "mein Röi"),
        (str(path), None),
    ):
        (row,) = compare(X[0], Y[0], regions=regions)
        assert numbers(row) == truth.metrics(X[0], Y[0], INSIDE[0])
        assert name is None or row["region"] == name
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 no more")
    for bad in (broken, tmp_path / "missing.zip"):
        with pytest.raises(RegionError, match=bad.name):
            compare(X[0], Y[0], regions=bad)


@pytest.mark.parametrize("rescale", ["none", "percentile"])
@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize(
    ("x", "y", "n", "excluded", "expected", "reasons"),
    [
        ([], [], 0, 0, [NAN] * 3, ["Whole image selects no pixel"]),
        ([[], []], [[], []], 0, 0, [NAN] * 3, ["Whole image selects no pixel"]),
        ([5], [7], 1, 0, [NAN, 2, 2], ["only 1 pixel is compared"]),
        (
            [3, 3],
            [1, 5],
            2,
            0,
            [NAN, 2, 2],
            ['"p" is constant here (every pixel is 3)'],
        ),
        ([1, 5], [3.0, 3], 2, 0, [NAN, 2, 2], ['"q" is constant here (every pixel is']),
        ([4, 4], [4, 4], 2, 0, [NAN, 0, 0], ['"p" is constant here']),
        (
            [NAN, 1, 2],
            [1, 2, NAN],
            1,
            2,
            [NAN, 1, 1],
            ["2 pixels are NaN in an image and left out", "only 1 pixel"],
        ),
        ([NAN, NAN], [1, 2], 0, 2, [NAN] * 3, ["all pixels are NaN in one image"]),
        ([NAN, 1], [1, NAN], 0, 2, [NAN] * 3, ["no pixel is compared"]),
        ([1, math.inf], [1, 2], 1, 0, [NAN] * 3, ["1 pixel is infinite"]),
        ([1, -math.inf, NAN], [math.inf, 2, 3], 0, 1, [NAN] * 3, ["2 pixels are inf"]),
    ],
)
def test_undefined_is_nan_with_a_reason(
    x, y, n, excluded, expected, reasons, lazy: bool, rescale: str
) -> None:
    x, y = np.array(x), np.array(y)
    found = compare(
        da.from_array(x, chunks=1) if lazy else x, y, names=("p", "q"), rescale=rescale
    )
    assert (found.n, found.excluded) == (n, excluded)
    if rescale == "none":
        values = [found.rows[0][m] for m in METRICS]
        assert values == pytest.approx(expected, nan_ok=True)
    else:  # every one of these has no span to rescale
        assert all(math.isnan(found.rows[0][m]) for m in METRICS)
    assert all(reason in found.note for reason in reasons)


def test_empty_masks() -> None:
    found = compare(X, Y, mask=np.zeros(31, bool))
    assert numbers(found.rows[0]) == pytest.approx((0, NAN, NAN, NAN), nan_ok=True)
    assert found.note == "Mask selects no pixel: nothing is compared"
    found = compare(X, Y, mask=~INSIDE[0], regions=REGIONS[:1])
    assert found.n == 0
    assert found.note == "box selects no pixel: nothing is compared"


def test_nan_in_one_region_only() -> None:
    x = X[0].astype(float)
    x[4, 6] = np.nan
    box, round_ = compare(x, Y[0], regions=REGIONS[:2], rescale="percentile")
    assert (box["n"], box["excluded"]) == (59, 1)
    assert box["note"].startswith("1 pixel is NaN in an image and left out; RMSD and")
    assert round_["excluded"] == 0
    exact = truth.rescaled(X[0][INSIDE[1]], Y[0][INSIDE[1]])
    assert numbers(round_) == pytest.approx(exact, rel=1e-12)


def test_metrics_asked_for() -> None:
    found = compare(X, Y, metrics="rmsd")
    assert [m.name for m in found.metrics] == ["rmsd"]
    assert found.columns.count("rmsd") == 1
    assert "pearson" not in found.columns
    assert found.rmsd == pytest.approx(truth.metrics(X, Y).rmsd, rel=3e-16)
    with pytest.raises(AttributeError, match=r"no 'pearson'; its columns are: image_1"):
        _ = found.pearson
    with pytest.raises(ValueError, match="there is no metric 'mse'"):
        compare(X, Y, metrics=["mse"])


def test_the_same_image_twice() -> None:
    for image in (X, X.astype(np.float32) / 7, X > 2000):
        found = compare(image, image)
        assert (found.pearson, found.rmsd, found.mean_difference) == (1, 0, 0)


SEED_TABLE = [  # as its README has it
    (1, "0076-0069", 6890, 0.238, -0.004, 0.299, 1456.1038594),
    (1, "0167-0165", 6561, 0.244, -0.017, 0.305, 1458.92187667),
    (2, "0090-0167", 10098, 0.000, 1.000, 0.000, 1041.07140106),
    (2, "0205-0173", 2313, 0.000, 1.000, 0.000, 1047.05226711),
    (2, "0170-0054", 1115, 0.000, 1.000, 0.000, 1032.12612467),
    (3, "0076-0069", 6890, 0.131, 0.712, 0.164, 146.179876072),
    (3, "0167-0165", 6561, 0.131, 0.710, 0.163, 143.929429015),
]


@pytest.mark.skipif(not SEED.is_dir(), reason=f"the seed test set is not at {SEED}")
def test_seed_testset() -> None:
    folders = (SEED / "set_a_with_ROIs", SEED / "set_b_with_ROIs")
    plain = similij.compare_folders(*folders).to_dataframe()
    rescaled = similij.compare_folders(*folders, rescale="percentile").to_dataframe()
    assert [*plain["region"]] == [line[1] for line in SEED_TABLE]
    for k, (pair, _, n, difference, r, deviation, as_is) in enumerate(SEED_TABLE):
        assert plain["image_1"][k] == f"img{pair}__a_test.tif"
        assert plain["n"][k] == n
        assert float(f"{plain['rmsd'][k]:.12g}") == pytest.approx(as_is, rel=1e-11)
        assert rescaled["pearson"][k] == plain["pearson"][k]
        found = rescaled.loc[k, ["mean_difference", "pearson", "rmsd"]]
        assert [round(v, 3) for v in found] == [difference, r, deviation]

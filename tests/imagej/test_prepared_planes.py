"""Background and blur of planes that ImageJ sends: the numbers of `similij.compare`."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from test_handler import KINDS, Wire, converse, numbers, of_request, region, request

from similij import compare
from similij.preparation.preparation import parse_preparation
from similij.regions import Region

RNG = np.random.default_rng(41)
X = RNG.integers(3, 250, (3, 40, 52))
Y = X // 2 + RNG.integers(0, 100, X.shape)
SPOT = np.zeros((40, 52), bool)
SPOT[4:9, 5:30] = True
SPOT[6, 7:11] = False
METRICS = ["pearson", "rmsd", "mean_difference", "bias", "gain", "ssim"]
WORDS = [
    (None, "0,1.5"),
    ("7", None),
    ("7.25, none", "2"),
    ("percentile:5", None),
    ("12,percentile:99.5", "0.7"),
    ("region:spot", None),
    ("percentile:50, region:spot", "1,2"),
]


def with_nan(planes: np.ndarray, seed: int) -> np.ndarray:
    if planes.dtype.kind == "f":
        planes = planes + np.float32(0.37)
        planes[np.random.default_rng(seed).random(planes.shape) < 0.01] = np.nan
    return planes


def described() -> list[dict[str, Any]]:
    return [
        region("cell", (10, 12, 33, 25)),
        region("spot", (5, 4, 25, 5), kind="Freehand", mask=0),
    ]


REGIONS = [Region("cell", 10, 12, 33, 25), Region("spot", 5, 4, 25, 5, SPOT[4:9, 5:30])]


@pytest.mark.parametrize(("background", "blur"), WORDS)
@pytest.mark.parametrize("planes", [1, 3])
@pytest.mark.parametrize("kinds", [("8-bit", "16-bit"), ("32-bit", "8-bit")])
def test_as_of_whole_images(
    kinds: tuple[str, str], planes: int, background: str | None, blur: str | None
) -> None:
    x = with_nan(X[:planes].astype(KINDS[kinds[0]]), 1)
    y = with_nan(Y[:planes].astype(KINDS[kinds[1]]), 2)
    masks = SPOT[4:9, 5:30].astype(np.uint8)
    found, passes = converse(
        x, y, masks, regions=described(), background=background, blur=blur,
        metrics=",".join(METRICS), data_range=255,
    )  # fmt: skip
    single = planes == 1
    wanted = compare(
        x[0] if single else x, y[0] if single else y, names=("a b.tif", "ü[1]"),
        regions=REGIONS, background=background, blur=blur, metrics=METRICS,
        data_range=255,
    )  # fmt: skip
    looked = planes > 1 and background is not None and ":" in background
    counted = "percentile" in (background or "") and kinds[0] == "32-bit"
    counted = counted and not (background or "").startswith("12,")
    assert passes == (1 if not looked else 3 if counted else 2)
    for one, row in zip(found, wanted.rows, strict=True):
        assert one["note"] == row["note"]
        for metric in wanted.metrics:
            value = math.nan if one[metric.name] is None else one[metric.name]
            assert value == pytest.approx(
                row[metric.name], rel=1e-12, abs=1e-12, nan_ok=True
            )
        assert "before comparing: " in one["note"]


def test_rescaling_reads_prepared_planes_again() -> None:
    x, y = X.astype(np.uint16), Y.astype(np.uint16)
    how = {"background": "percentile:3", "blur": "1", "rescale": "percentile"}
    (row,), _ = converse(x, y, **how)
    wanted = compare(x, y, **how).rows[0]
    assert numbers(row) == pytest.approx(numbers(wanted), rel=1e-13)
    assert row["note"] == wanted["note"]


def test_words_are_what_python_takes(tmp_path) -> None:
    x, y = X[0].astype("u1"), Y[0].astype("u2")
    mean = x[SPOT].mean(), y[SPOT].mean()
    by_name = compare(x, y, regions={"spot": SPOT}, background="region:spot", blur="1")
    by_hand = compare(x, y, regions={"spot": SPOT}, background=mean, blur=1)
    assert numbers(by_name.rows[0]) == pytest.approx(numbers(by_hand.rows[0]))
    path = tmp_path / "a, b.roi"
    corner = roi_bytes()
    path.write_bytes(corner)
    box = x[2:8, 3:9].mean()
    found = compare(x, y, background=f"region:{path},none", metrics="bias")
    assert found.bias == pytest.approx(y.mean() - (x.mean() - box))
    assert parse_preparation("100,percentile:5", "0") == parse_preparation(
        (100, ("percentile", 5)), None
    )
    assert parse_preparation("none", "0,0") is None
    whole = parse_preparation("-3", None)
    assert whole is not None
    assert isinstance(whole.background[0], int)


def roi_bytes() -> bytes:
    from roifile import ROI_TYPE, ImagejRoi

    roi = ImagejRoi(
        roitype=ROI_TYPE.RECT, version=228, left=3, top=2, right=9, bottom=8
    )
    return bytes(roi.tobytes())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"background": "dark"}, r"background is 'dark': it must be a number, perc"),
        ({"background": "percentile:101"}, r"'percentile:101': it must be a number"),
        ({"background": "percentile:5,"}, r"'percentile:5,': it must be a number"),
        ({"background": "1,2,3"}, r"background is '1,2,3'"),
        ({"background": "region:moon"}, r'"moon" is none of the regions compared \(ce'),
        ({"blur": "much"}, r"blur is 'much': it must be a sigma in pixels"),
        ({"blur": "1,2,3"}, r"blur is '1,2,3'"),
        ({"blur": "-1"}, r"blur is '-1'"),
    ],
)
def test_bad_words_are_refused_before_anything_is_sent(changes, sentence: str) -> None:
    x = X[:1].astype(np.uint8)
    asked = request(x, x, regions=described(), **changes)
    for op in ("check", "compare"):
        reply = Wire().ask(of_request(op, asked))
        assert re.search(sentence, reply["error"]), reply
    with pytest.raises(ValueError, match=sentence):
        compare(x[0], x[0], regions=REGIONS, **changes)

"""Planes that ImageJ sends, aligned: the rows of `similij.compare`, to the note."""

from __future__ import annotations

import math
import re
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy import ndimage
from test_handler import (
    Wire,
    converse,
    converse_beside,
    label_words,
    of_request,
    region,
    request,
)

from similij import Image, compare
from similij.regions import Region

METRICS = ["pearson", "rmsd", "mean_difference", "ssim", "alignment"]
NAMES = ("a b.tif", "ü[1]")


def stacks(planes: int, dtype: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    big = ndimage.gaussian_filter(rng.normal(size=(planes, 110, 120)), (0, 2, 2))
    big = (big - big.min()) / np.ptp(big) * 200
    x, y = big[:, 10:90, 10:100], big[:, 13:93, 8:98]
    pair = [t + rng.normal(0, 2, t.shape) for t in (x, y)]
    return tuple(np.rint(t).clip(0, 255).astype(dtype) for t in pair)  # type: ignore[return-value]


def assert_same(found: list[dict[str, Any]], wanted: Any) -> None:
    rows = wanted.rows
    assert [row["region"] for row in found] == [row["region"] for row in rows]
    for one, row in zip(found, rows, strict=True):
        assert one["note"] == row["note"]
        assert one["n"] == row["n"]
        for metric in wanted.metrics:
            value = math.nan if one[metric.name] is None else one[metric.name]
            wish = pytest.approx(row[metric.name], rel=1e-11, abs=1e-12, nan_ok=True)
            assert value == wish, metric.name


@pytest.mark.parametrize("planes", [1, 3])
@pytest.mark.parametrize("dtype", ["u1", "f4"])
@pytest.mark.parametrize(
    "how", [{}, {"background": "percentile:5", "blur": "0,1"}, {"rescale": "zscore"}]
)
def test_as_of_whole_images(planes: int, dtype: str, how: dict[str, str]) -> None:
    x, y = stacks(planes, dtype, 3)
    described = [region("cell", (0, 40, 33, 25)), region("low", (5, 4, 25, 9))]
    regions = [Region("cell", 0, 40, 33, 25), Region("low", 5, 4, 25, 9)]
    for way in ("Shift", "Rigid") if planes == 1 else ("Shift",):
        found, passes = converse(
            x, y, regions=described, align=way, metrics=",".join(METRICS),
            data_range=255, **how,
        )  # fmt: skip
        one, two = (t[0] if planes == 1 else Image(t, axes="zyx") for t in (x, y))
        wanted = compare(
            one, two, names=NAMES, regions=regions, align=way.lower(),
            metrics=METRICS, data_range=255, **how,
        )  # fmt: skip
        assert wanted.rows[0]["moved_x"] == pytest.approx(-2, abs=0.2)
        assert_same(found, wanted)
        assert passes == (1 if planes == 1 else 2)


@pytest.mark.parametrize("planes", [1, 3])
def test_masks_and_labels(planes: int) -> None:
    x, y = stacks(planes, "u2", 4)
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 3, x.shape).astype(np.uint8)
    mask = np.zeros(x.shape, np.uint8)
    mask[:, 10:70, 4:80] = 255
    for beside, masked in product((labels, labels[0]), (True, False)):
        z = len(beside) if beside.ndim == 3 else 1
        words = {"labels": label_words(beside, "8-bit", z=z)}
        if masked:
            words["mask"] = label_words(mask, "8-bit", z=planes)
        within = mask if masked else None
        found = converse_beside(x, y, beside, within, align="Shift", **words)
        one, two = (Image(t, axes="zyx") for t in (x, y))
        over = {"regions": beside, "names": NAMES}
        if masked:
            over["mask"] = mask > 0
        assert_same(found, compare(one, two, align="shift", **over))


def test_noise_is_a_row_with_the_reason() -> None:
    x, y = np.random.default_rng(5).integers(0, 255, (2, 2, 70, 80)).astype(np.uint8)
    described = [region("cell", (10, 12, 33, 25)), region("low", (5, 4, 25, 9))]
    for planes in (1, 2):
        found, _ = converse(
            x[:planes], y[:planes], regions=described, align="Shift", verdict=True,
            metrics="pearson,alignment",
        )  # fmt: skip
        assert [row["region"] for row in found] == ["cell", "low"]
        for row in found:
            assert (row["n"], row["pearson"], row["moved_x"]) == (0, None, None)
            assert row["note"].startswith("not aligned, so nothing is compared: R is ")


def test_a_mask_of_nothing_is_said_as_without_align() -> None:
    x, y = stacks(1, "u1", 6)
    mask = np.zeros(x.shape, np.uint8)
    words = {"mask": label_words(mask, "8-bit", z=1)}
    plain, aligned = (
        converse_beside(x, y, None, mask, **words, **how)
        for how in ({}, {"align": "Shift"})
    )
    assert aligned[0]["n"] == 0
    assert aligned[0]["note"] == plain[0]["note"]


def test_what_is_refused() -> None:
    x, _ = stacks(1, "u1", 6)
    asked = request(x, x, align="turn")
    for op in ("check", "compare"):
        reply = Wire().ask(of_request(op, asked))
        assert "align is 'turn': it must be none, shift or rigid" in reply["error"]
    moving = label_words(x[0], "8-bit")
    moving["sizes"]["t"] = 3
    asked = request(x, x, align="Shift", against="first frame", mask=moving)
    asked["image_1"]["sizes"]["t"] = 3
    reply = Wire().ask(of_request("compare", asked))
    sentence = "the mask has 3 frames, and align=shift moves each frame onto the first"
    assert re.search(sentence, reply["error"]), reply


def test_more_than_can_be_held_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("similij.imagej.preparing.MOST_KEPT", 10_000)
    x, y = stacks(2, "u1", 7)
    wire = Wire()
    reply = wire.ask(
        {
            "op": "compare", "run": "1", "request": request(x, y, align="Shift"),
            "plane_1": wire.put("1", x[0]), "plane_2": wire.put("2", y[0]),
            "end": False,
        }
    )  # fmt: skip
    assert "align=shift needs all planes in memory at once" in reply["error"]

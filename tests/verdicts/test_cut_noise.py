"""Noise that is cut off lifts dark places, which is no change of light."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from PIL import Image
from skimage import data

import similij
from similij.verdicts.cut_noise import Ends, ends_of, strength, with_cut_noise

DARK = data.camera()[60:316, 130:386].astype(np.float64) * 10
TOP = 4095
BRIGHT = TOP - 30 - DARK
BOTH = data.camera()[60:316, 130:386].astype(np.float64) * 16


def noisy(light: np.ndarray, sigma: float, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    return written(light + random.normal(0, sigma, light.shape))


def written(light: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(light), 0, TOP).astype(np.uint16)


@pytest.mark.parametrize(
    "ends", [Ends(0.0, math.inf), Ends(-math.inf, 10.0), Ends(0.0, 10.0)]
)
def test_the_mean_is_that_of_many_draws(ends: Ends) -> None:
    random = np.random.default_rng(1)
    at = np.array([-1.0, 0.0, 0.5, 3.0, 9.0, 10.0, 12.0])
    drawn = at + random.normal(0, 2.0, (400_000, len(at)))
    mean = np.clip(drawn, *ends).mean(0)
    np.testing.assert_allclose(with_cut_noise(at, 2.0, ends), mean, atol=0.015)


@pytest.mark.parametrize("sigma", [100.0, 250.0, 450.0])
@pytest.mark.parametrize("light", [DARK, BRIGHT], ids=["dark", "bright"])
def test_its_strength_is_found_from_what_is_cut_off(light, sigma) -> None:
    clean, other = written(light), noisy(light, sigma)
    ends = ends_of(other, np.ones(other.shape, bool), 1.0)
    assert ends == ((0, math.inf) if light is DARK else (-math.inf, TOP))
    found = strength(clean.ravel(), other.ravel(), ends, 1.0)
    assert found == pytest.approx(sigma, rel=0.05)


def test_no_noise_cuts_off_more_than_half_of_what_is_bright() -> None:
    clean = np.full(1000, 500.0)
    clean[0] = 0
    other = np.where(np.arange(1000) < 900, 0.0, 500.0)
    assert strength(clean, other, Ends(0.0, math.inf), 1.0) is None


@pytest.mark.parametrize("sigma", [300.0, 500.0])
@pytest.mark.parametrize(
    ("light", "ends"),
    [(DARK, "0"), (BRIGHT, "4095"), (BOTH, "0 and 4095")],
    ids=["dark", "bright", "both"],
)
@pytest.mark.parametrize("first", [True, False])
def test_only_the_noise_is_named(light, ends, sigma, first) -> None:
    clean, other = written(light), noisy(light, sigma)
    found = similij.verdict(clean, other) if first else similij.verdict(other, clean)
    assert [k for k in found.kinds if k != "rest"] == ["noise"]
    word = "noisier" if first else "less noisy"
    assert f" {word} (by a standard deviation of " in found.text
    assert "cut off" not in found.text or f", cut off at {ends})" in found.text
    [clause] = [clause for clause in found.clauses if clause.kind == "noise"]
    assert abs(clause.value) == pytest.approx(sigma, rel=0.15)


def test_light_that_did_change_is_said_beside_it() -> None:
    """A line explains what noise that is cut off does not."""
    found = similij.verdict(written(DARK), noisy(DARK * 0.6, 300.0))
    assert {"gain", "noise"} <= {*found.kinds}


def test_where_it_is_cut_off_is_said() -> None:
    """Where a line would make a gain and an offset of it."""
    found = similij.verdict(written(DARK), noisy(DARK, 500.0))
    assert "noisier (by a standard deviation of " in found.text
    assert ", cut off at 0)" in found.text


def test_noise_that_is_not_cut_off_has_no_end() -> None:
    found = similij.verdict(written(DARK / 2 + 900), noisy(DARK / 2 + 900, 150.0))
    assert [k for k in found.kinds if k != "rest"] == ["noise"]
    assert "cut off" not in found.text


def test_a_curve_does_not_bend_where_many_pixels_have_the_top_value() -> None:
    """It was 0 over 0 there."""
    light = BOTH.max() + 60 - BOTH
    found = similij.verdict(noisy(light, 300.0), written(light))
    assert [k for k in found.kinds if k != "rest"] == ["noise"]


@pytest.mark.parametrize("sigma", [120.0, 400.0])
@pytest.mark.parametrize("name", ["moon", "coins", "grass", "page"])
def test_a_clean_copy_is_less_noisy_and_nothing_else(name: str, sigma: float) -> None:
    """As of a denoised image. Coins and page are JPEGs, whose grid noise hides."""
    light = getattr(data, name)()[:191, :256] * 12.0 + 800
    found = similij.verdict(noisy(light, sigma), written(light))
    assert [k for k in found.kinds if k != "rest"] == ["noise"]
    [clause] = [clause for clause in found.clauses if clause.kind == "noise"]
    assert clause.value == pytest.approx(-sigma, rel=0.15)


@pytest.mark.parametrize("quality", [30, 70])
def test_a_compressed_copy_of_a_noisy_image_is_compressed(quality: int) -> None:
    light = noisy(DARK / 2 + 1000, 60.0)
    stream = io.BytesIO()
    pixels = np.rint(light / 16).astype(np.uint8)
    Image.fromarray(pixels).save(stream, "JPEG", quality=quality)
    found = similij.verdict(pixels, np.asarray(Image.open(stream)))
    assert [k for k in found.kinds if k != "rest"] == ["compressed"]


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("kind", ["saturation", "clipped"])
def test_an_even_background_cut_off_within_its_noise(kind: str, first: bool) -> None:
    """There is no structure beyond: only as many pixels of the other image go there."""
    random = np.random.default_rng(4)
    light = np.full((200, 200), 2900.0)
    sign = 1 if kind == "clipped" else -1
    light[60:140, 50:150] += sign * DARK[40:120, 20:120]
    one, two = (np.rint(random.normal(light, 30)).astype(np.uint16) for _ in "ab")
    if kind == "clipped":
        cut = np.maximum(two, np.quantile(two, 0.1).astype(np.uint16))
    else:
        cut = np.minimum(two, np.quantile(two, 0.9).astype(np.uint16))
    found = similij.verdict(one, cut) if first else similij.verdict(cut, one)
    assert [k for k in found.kinds if k != "rest"] == [kind]


def test_a_background_without_noise_is_not_cut_off() -> None:
    """Half of the noise of the other image is beyond it, and no pixel lies near it."""
    inside = np.zeros(DARK.shape, bool)
    inside[40:200, 60:220] = True
    for ground in (0.0, 100.0):
        clean = np.where(inside, DARK + 200, ground)
        random = np.random.default_rng(0)
        other = clean + random.normal(0, 30, clean.shape)
        if ground:
            clean, other = written(clean), written(other)
        found = similij.verdict(other, clean)
        assert [k for k in found.kinds if k != "rest"] == ["noise"]

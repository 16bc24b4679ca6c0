"""Scenes with little in them: one spot, flat objects; few changes can be told apart."""

from __future__ import annotations

import numpy as np
import pytest

import similij

SIDE = 128
ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE]


def spot(sigma: float, height: float, dx: float = 0.0) -> np.ndarray:
    """Draw a round Gaussian spot near the middle, moved to the right by dx."""
    squares = (ROWS - 62) ** 2 + (COLUMNS - 66 - dx) ** 2
    return height * np.exp(-squares / (2 * sigma**2))


def take(image: np.ndarray, seed: int, *, cut: bool) -> np.ndarray:
    """Take an image with noise of 10: far above 0, or cut off there."""
    noisy = image + np.random.default_rng(seed).normal(0, 10, image.shape)
    return np.rint(np.clip(noisy, 0, None) if cut else noisy + 100)


@pytest.mark.slow
@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize(("sigma", "height"), [(20, 200), (20, 100), (4, 200)])
def test_two_takes_of_one_spot_differ_by_nothing(sigma, height, cut) -> None:
    # A shift, a gradient of light and a curve are much the same of one round spot, and
    # fits of them would find one in the noise.
    image = spot(sigma, height)
    for seed in range(3):
        takes = (take(image, 2 * seed + k, cut=cut) for k in (0, 1))
        named = {*similij.verdict(*takes).kinds} - {"rest", "undefined"}
        assert not named, seed


@pytest.mark.parametrize("cut", [False, True])
def test_a_spot_that_moves_is_called_shifted(cut) -> None:
    for seed in range(3):
        x, y = (take(spot(20, 200, 2 * k), 2 * seed + k, cut=cut) for k in (0, 1))
        found = similij.verdict(x, y)
        assert found.kinds == ("shift", "rest")
        assert found.clauses[0].value == pytest.approx(2, abs=0.3)


def scene() -> np.ndarray:
    """Draw two flat objects on a flat ground, without noise."""
    image = np.full((SIDE, SIDE), 100, np.uint16)
    image[20:40, 20:40] = 1000
    image[80:110, 60:100] = 500
    return image


def test_a_faint_object_of_a_flat_scene_is_not_denied() -> None:
    other = scene()
    other[60:70, 20:30] += 5
    assert "no difference" not in similij.verdict(scene(), other).text


@pytest.mark.parametrize("swapped", [False, True])
def test_an_object_missing_of_a_flat_scene_is_other_content(swapped) -> None:
    other = scene()
    other[20:40, 20:40] = 100
    pair = (other, scene()) if swapped else (scene(), other)
    assert {*similij.verdict(*pair).kinds} <= {"other", "local", "rest"}
    assert {*similij.verdict(*pair).kinds} & {"other", "local"}


def test_an_object_missing_of_a_mask_is_not_denied() -> None:
    mask = np.where(scene() > 100, 255, 0).astype(np.uint8)
    other = mask.copy()
    other[20:40, 20:40] = 0
    assert {*similij.verdict(mask, other).kinds} & {"other", "local", "unexplained"}


def test_a_dimmer_object_of_a_flat_scene_makes_no_steps() -> None:
    other = scene()
    other[20:40, 20:40] = 900
    assert "quantised" not in similij.verdict(scene(), other).kinds


def test_a_scene_rounded_to_few_levels_has_steps() -> None:
    smooth = spot(20, 200) + spot(60, 100, 20)
    assert "quantised" in similij.verdict(smooth, 50 * np.rint(smooth / 50)).kinds

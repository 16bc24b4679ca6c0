"""Verdicts name what was done to an image, and nothing that was not."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import weakref

import numpy as np
import pytest
from scipy import ndimage

import similij
from similij.spatial.pose import Pose, moved_to
from similij.testset import make_pair
from similij.testset.cells import draw, make_cell
from similij.testset.changes import CHANGES, SHAPE, make_reference, view
from similij.verdicts.fit import BASES, Scene, in_blocks, solve, sums_at
from similij.verdicts.noise import noise_level
from similij.verdicts.rules import RULES
from similij.verdicts.verdict import KINDS
from support import ROOT

sys.path.insert(0, str(ROOT / "bench"))

import verdict_partners

REFERENCE = make_reference()
FIRST = REFERENCE.image.astype(np.uint16)

NAMED = {
    "gain": ("gain", lambda value, grade: value == pytest.approx(grade, rel=1e-3)),
    "offset": ("offset", lambda value, grade: value == pytest.approx(grade, rel=1e-3)),
    "gaussian_noise": ("noise", lambda v, grade: v == pytest.approx(grade, rel=0.02)),
    "poisson_noise": ("noise", lambda value, grade: value > 0),
    "sub_pixel_shift": ("shift", lambda v, grade: v == pytest.approx(grade, abs=0.01)),
    "whole_pixel_shift": (
        "shift",
        lambda v, grade: v == pytest.approx(grade, abs=0.01),
    ),
    # the scene is turned so that its content goes clockwise
    "rotated": ("rotation", lambda v, grade: v == pytest.approx(-grade, abs=0.02)),
    "blur": ("blur", lambda value, grade: value == pytest.approx(grade, rel=0.01)),
    "saturated": ("saturation", lambda value, grade: 0 < value < grade / 100),
    "bleached_one_side": (
        "gradient",
        lambda value, grade: value == pytest.approx(grade / 100, abs=0.005),
    ),
    "other_cells": (
        "other",
        lambda v, grade: v == pytest.approx(grade / 100, abs=0.15),
    ),
    "shuffled": ("rearranged", lambda value, grade: 0 < value < grade / 100),
}
"""Kind that names a change of the graded test set, and what its number must be."""


def written(image: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(image), 0, 65535).astype(np.uint16)


def done_to(change: str, grade: float) -> np.ndarray:
    found = next(c for c in CHANGES if c.name == change)
    return written(found.apply(REFERENCE, grade))


@pytest.mark.parametrize(
    ("change", "grade"),
    [(c.name, g) for c in CHANGES for g in c.grades if c.name in NAMED],
)
def test_graded_partners(change: str, grade: float) -> None:
    kind, fits = NAMED[change]
    found = similij.verdict(FIRST, done_to(change, grade))
    if change == "other_cells" and grade >= 80:
        assert found.kinds == ("unrelated",)
        return
    assert found.kinds == ((kind,) if kind == "rearranged" else (kind, "rest"))
    assert fits(found.clauses[0].value, grade)


@pytest.mark.parametrize(
    ("share", "kinds"),
    [
        (0.25, ("gain", "offset", "rest")),  # (1 - 2s) x + s (min + max)
        (0.4, ("gain", "offset", "rest")),
        (0.5, ("undefined",)),
        (0.75, ("inverted", "rest")),
        (1, ("inverted", "rest")),
    ],
)
def test_graded_inverses(share: float, kinds: tuple[str, ...]) -> None:
    found = similij.verdict(FIRST, done_to("inverted", share))
    assert found.kinds == kinds
    if share != 0.5:
        assert found.clauses[0].value == pytest.approx(1 - 2 * share, abs=1e-3)


@pytest.mark.parametrize(
    ("number", "kinds"),
    [
        (1, ("unrelated",)),
        (2, ("gain", "rest")),
        (3, ("partly related",)),
        (4, ("identical",)),
    ],
)
def test_pairs(number: int, kinds: tuple[str, ...]) -> None:
    a, b, _ = make_pair(number)
    assert similij.verdict(a, b).kinds == kinds


def test_the_sentence_of_three_changes() -> None:
    moved = view(REFERENCE.scene, dx=0.8)
    noise = np.random.default_rng(0).normal(0, 40, (2, *SHAPE))
    found = similij.verdict(
        written(FIRST + noise[0]), written(1.12 * (moved + 4000) + noise[1])
    )
    assert found.text == (
        "Same structure, 12 % brighter (gain 1.12), shifted by 0.801 px to the right; "
        "after that, no difference beyond noise."
    )
    assert found.kinds == ("gain", "shift", "rest")
    rest = found.clauses[-1]
    # white noise of 40 after a Gaussian of sigma 1: 40 / (2 sqrt(pi)), of both images
    expected = 40 * np.hypot(1, 1.12) / (2 * np.pi**0.5)
    assert rest.value == pytest.approx(expected, rel=0.1)


@pytest.mark.slow
def test_partners_that_no_rule_was_set_on() -> None:
    wrong = []
    for seed in range(300_000, 300_024):
        partner = verdict_partners.make_partner(seed)
        x, y = (t.astype(np.uint16) for t in (partner.x, partner.y))
        said = {*similij.verdict(x, y).kinds} - {"rest", "identical"}
        if said != {*partner.changes}:
            wrong.append((seed, partner.changes, said))
    assert len(wrong) <= 3, wrong


def test_two_takes_differ_by_noise_only() -> None:
    random = np.random.default_rng(1)
    light = view(REFERENCE.scene)
    x, y = (8 * random.poisson(light / 8) + random.normal(300, 12, SHAPE) for _ in "xy")
    found = similij.verdict(x, y)
    assert found.kinds == ("rest",)
    assert found.text == "Same structure; no difference beyond noise."


def test_swapped_images_swap_the_verdict() -> None:
    y = done_to("blur", 2) * 1.5
    there, back = similij.verdict(FIRST, y), similij.verdict(y, FIRST)
    assert there.kinds == back.kinds == ("gain", "blur", "rest")
    assert back.clauses[0].value == pytest.approx(1 / 1.5, rel=1e-3)
    assert back.clauses[1].value == pytest.approx(-2, rel=0.01)


def test_noise_in_image_1_does_not_lower_the_gain() -> None:
    noisy = FIRST + np.random.default_rng(2).normal(0, 700, SHAPE)
    found = similij.verdict(noisy, FIRST)
    assert found.kinds == ("noise", "rest")
    assert found.clauses[0].value == pytest.approx(-700, rel=0.03)


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_sides_of_a_gradient(side: str) -> None:
    axis = 1 if side in ("left", "right") else 0
    ramp = np.linspace(0, 1, SHAPE[axis])
    ramp = ramp if side in ("right", "bottom") else ramp[::-1]
    kept = 1 - 0.3 * (ramp if axis else ramp[:, None])
    found = similij.verdict(FIRST, FIRST * kept)
    assert found.kinds == ("gradient", "rest")
    assert f"towards the {side}," in found.text
    assert found.clauses[0].value == pytest.approx(0.3, abs=0.01)


def test_a_turn_is_named_as_it_is_seen() -> None:
    # to the left at the top: counter-clockwise; nothing of our own turns it
    y = ndimage.rotate(FIRST.astype(float), 4, reshape=False, order=3, mode="nearest")
    bar = np.zeros((41, 41))
    bar[2:6, 20] = 1
    assert ndimage.rotate(bar, 30, reshape=False)[:12].sum(0)[:18].sum() > 1
    found = similij.verdict(FIRST, y)
    assert "rotation" in found.kinds
    assert found.clauses[0].value == pytest.approx(4, abs=0.05)
    assert "turned by 4° counter-clockwise" in found.text


def test_a_shift_is_named_as_it_is_seen() -> None:
    y = np.roll(FIRST, (-3, -5), (0, 1))
    found = similij.verdict(FIRST, y)
    assert found.text.startswith(
        "Same structure, shifted by 5 px to the left and 3 px up"
    )


def test_noise_alone_has_no_structure() -> None:
    x, y = np.random.default_rng(3).normal(100, 10, (2, 128, 128))
    found = similij.verdict(x, y)
    assert found.kinds == ("undefined",)
    assert "too little structure" in found.text


def test_a_basis_with_nothing_beyond_noise_has_no_coefficient() -> None:
    a, b = np.diag([4.0, -2e9, 9.0]), np.array([8.0, 5.0, 18.0])
    a[0, 1] = a[1, 0] = 3e8
    with np.errstate(all="raise"):
        assert solve(a, b, (0, 1, 2)).tolist() == pytest.approx([2.0, 0.0, 2.0])


def test_smooth_images_of_their_own_are_unrelated() -> None:
    random = np.random.default_rng(4)
    for sigma in (1, 2, 4):
        x, y = (ndimage.gaussian_filter(random.normal(size=(160, 160)), sigma)
                for _ in "xy")  # fmt: skip
        assert similij.verdict(x, y).kinds[0] == "unrelated"


def test_what_is_masked_or_nan_does_not_count() -> None:
    mask = np.ones(SHAPE, bool)
    mask[:, 200:] = False
    changed = FIRST.astype(np.float64)
    changed[:, 200:] = np.nan
    assert similij.verdict(FIRST, changed).kinds == ("identical",)
    changed[:, 200:] = 7
    assert similij.verdict(FIRST, changed, mask=mask).kinds == ("identical",)
    changed[:, :200] = 1.3 * FIRST[:, :200]
    found = similij.verdict(FIRST, changed, mask=mask)
    assert found.kinds == ("gain", "rest")
    assert found.clauses[0].value == pytest.approx(1.3, rel=1e-3)


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (np.zeros((40, 40)), FIRST[:40, :40], "image 1 is constant here (0)"),
        (FIRST[:40, :40], np.full((40, 40), 2), "image 2 is constant here (2)"),
        (np.full((40, 40), 3), np.full((40, 40), 2), "both images are constant here"),
        (FIRST[50:70, 50:70], FIRST[50:70, 50:70] * 2, "400 pixels are compared"),
        (np.full((40, 40), np.nan), np.ones((40, 40)), "no pixel is compared"),
    ],
)
def test_nothing_is_said_where_nothing_is_defined(x, y, said: str) -> None:
    found = similij.verdict(x, y)
    assert found.kinds == ("undefined",)
    assert said in found.text


def test_refusals_say_what_to_do() -> None:
    with pytest.raises(similij.ImageError, match=r"one plane .* image\[0\]"):
        similij.verdict(np.zeros((3, 40, 40)), np.zeros((3, 40, 40)))
    dask = pytest.importorskip("dask.array")
    with pytest.raises(similij.ImageError, match=r"\.compute\(\)"):
        similij.verdict(dask.zeros((40, 40)), dask.zeros((40, 40)))


def test_every_clause_has_a_rule_of_the_table() -> None:
    known = {rule.words for rule in RULES.values()}
    for change, grade in (("gain", 2), ("saturated", 20), ("other_cells", 40)):
        for clause in similij.verdict(FIRST, done_to(change, grade)).clauses:
            assert clause.kind in KINDS
            assert {*clause.rule.split("; ")} <= known
            assert clause.evidence
    for name in RULES:  # none is dead
        source = "".join(
            p.read_text() for p in (ROOT / "src/similij/verdicts").glob("*.py")
        )
        assert source.count(f'"{name}"') > 1, name


def test_a_large_plane() -> None:
    random = np.random.default_rng(5)
    side = 640
    cells = [
        make_cell(700 + k, *random.uniform(0, side, 2), random.uniform(25, 40))
        for k in range(36)
    ]
    light = draw(cells, (side, side), margin=4)
    x, y = (
        8 * random.poisson(part / 8) + 300 + random.normal(0, 12, part.shape)
        for part in (light[4:-4, 4:-4], 1.2 * light[4:-4, 2:-6])
    )
    found = {c.kind: c.value for c in similij.verdict(x, y).clauses}
    assert {*found} == {"gain", "offset", "shift", "rest"}
    assert found["gain"] == pytest.approx(1.2, rel=0.01)
    assert found["shift"] == pytest.approx(2, abs=0.02)
    assert found["offset"] == pytest.approx(300 - 1.2 * 300, abs=10)


def test_what_falls_over_a_large_plane_leaves_nothing() -> None:
    # In the window of 256 pixels it is too little to be named, and must count all the
    # same: of an image far from 0 it lowers each pixel by as much as an offset.
    random = np.random.default_rng(0)
    light = ndimage.gaussian_filter(random.normal(0, 1, (1400, 1400)), 3) * 3000 + 1000
    light = np.maximum(light, 200)
    x, y = (random.poisson(t) for t in (light, light * np.linspace(1, 0.8, 1400)))
    assert similij.verdict(x, y).kinds == ("gradient", "rest")


@pytest.mark.parametrize("sigma", [2.0, 30.0])
def test_noise_level_of_white_noise(sigma: float) -> None:
    noise = np.random.default_rng(6).normal(50, sigma, (200, 200))
    found = noise_level(noise, np.ones(noise.shape, bool), whole=False)
    assert found.mean**0.5 == pytest.approx(sigma, rel=0.04)


def test_noise_level_grows_with_the_light() -> None:
    light = np.repeat(np.linspace(100, 900, 9), 40)[None] * np.ones((200, 1))
    photons = np.random.default_rng(7).poisson(light).astype(float)
    found = noise_level(photons, np.ones(light.shape, bool), whole=True)
    np.testing.assert_allclose(
        found.at(np.array([200, 500, 800])), [200, 500, 800], 0.15
    )


@pytest.mark.parametrize("pose", [Pose(1.3, -2.6), Pose(-4.0, 0.25), Pose(0.0, 7.0)])
def test_moving_is_what_scipy_does(pose: Pose) -> None:
    image = ndimage.gaussian_filter(np.random.default_rng(8).normal(size=(50, 60)), 1.5)
    moved, inside = moved_to(image, pose)
    wanted = ndimage.shift(image, (pose.dy, pose.dx), order=3, mode="mirror")
    np.testing.assert_allclose(moved[inside], wanted[inside], atol=1e-12)
    ones = ndimage.shift(np.ones(image.shape), (pose.dy, pose.dx), order=1, cval=0)
    assert (inside == (ones > 0.999)).all()


def test_noise_in_the_bases_is_what_it_is_said_to_be() -> None:
    """The products that noise adds, against those of noise alone."""
    noise = np.random.default_rng(9).normal(0, 1, (640, 640))
    everywhere = np.ones(noise.shape, bool)
    level = noise_level(noise, everywhere, whole=False)
    still = noise_level(
        np.arange(640.0 * 640).reshape(640, 640), everywhere, whole=False
    )
    scenes = [Scene(noise, 0 * noise, everywhere, n, still) for n in (level, still)]
    for pose in (Pose(), Pose(blur=2.0)):
        less, plain = (sums_at(s, pose, everywhere).a.sum(0) for s in scenes)
        added = plain - less
        size = np.sqrt(np.outer(np.diag(plain), np.diag(plain)))
        at = [
            BASES.index(name) for name in ("x", "xu", "xv", "dy", "dx", "turn", "blur")
        ]
        np.testing.assert_allclose(
            (added / size)[np.ix_(at, at)], (plain / size)[np.ix_(at, at)], atol=0.06
        )


def test_blocks_hold_every_pixel_once() -> None:
    image = np.arange(20.0 * 37).reshape(20, 37)
    blocks = in_blocks(image[None])
    assert blocks.shape == (2 * 3, 1, 256)
    assert blocks.sum() == image.sum()
    assert blocks[0, 0].reshape(16, 16).tolist() == image[:16, :16].tolist()


def test_a_comparison_has_the_verdict() -> None:
    second = done_to("gain", 1.25)
    result = similij.compare(FIRST, second)
    assert result.verdict == similij.verdict(FIRST, second)
    assert result.verdict is result.verdict
    assert result._repr_html_().startswith(f"<p>{result.verdict.text}</p><table>")
    mask = FIRST > 0
    mask[:, 100:] = False
    within = similij.compare(FIRST, second, mask=mask.copy())
    assert within.verdict == similij.verdict(FIRST, second, mask=mask)


def test_a_comparison_keeps_no_image() -> None:
    first, second = FIRST.copy(), done_to("gain", 1.25)
    result = similij.compare(first, second)
    there = weakref.ref(first)
    del first
    gc.collect()
    assert there() is None
    assert "no longer in memory" in result.verdict.text
    assert "similij.verdict(x, y)" in result.verdict.text
    assert result._repr_html_().count("<p>") == 1  # asked for, so it is shown


def test_a_comparison_of_more_says_what_to_call() -> None:
    second = done_to("gain", 1.25)
    cells = {"left": FIRST < 5000, "right": FIRST > 6000}
    for result, said in (
        (similij.compare(FIRST, second, regions=cells), "2 rows"),
        (similij.compare(FIRST, second, blur=1), "made with blur"),
        (similij.compare(np.stack([FIRST] * 2), np.stack([second] * 2)), "no single"),
        (copy.deepcopy(similij.compare(FIRST, second)), "did not travel"),
        (pickle.loads(pickle.dumps(similij.compare(FIRST, second))), "did not travel"),
        (similij.compare([1, 2, 3], [1, 2, 4]), "no single planes"),
    ):
        assert result.verdict.kinds == ("undefined",)
        assert said in result.verdict.text
        assert "similij.verdict(x, y)" in result.verdict.text
    assert "<p>" not in similij.compare(FIRST, second, blur=1)._repr_html_()


def test_a_verdict_in_a_notebook() -> None:
    html = similij.verdict(FIRST, done_to("gain", 2))._repr_html_()
    assert html.startswith("<p>Same structure, 100 % brighter (gain 2);")
    assert "<b>gain</b>: gain 2. <small>Rule: the gain is at least 0.01 from 1" in html


def test_images_that_float64_cannot_tell_apart_are_not_called_identical():
    x = np.full((40, 40), 2**53, np.int64)
    x[::2] += 1
    verdict = similij.verdict(x, np.full(x.shape, 2.0**53))
    assert verdict.kinds == ("undefined",)
    assert "2^53" in verdict.text

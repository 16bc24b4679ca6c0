"""Numbers that would cost for ever are refused, at once and with what is possible."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

import similij
from similij import ImageError
from similij.imagej.handler import Handler
from support import Shell

RNG = np.random.default_rng(16)
X = RNG.integers(0, 4000, (30, 400)).astype(np.uint16)
Y = X + RNG.integers(0, 99, X.shape).astype(np.uint16)

WIDE = "a sigma in pixels, and the images have 400×30 pixels: of these it can be 100"


@pytest.mark.parametrize("blur", [1e4, 100.001, (0, 1e6), (1e6, 0), "1e5", "0,1e6"])
def test_a_blur_wider_than_the_image(blur: Any) -> None:
    with pytest.raises(ImageError, match=WIDE):
        similij.compare(X, Y, blur=blur)


@pytest.mark.parametrize("blur", [1e300, "1e9", "0,1e9"])
def test_a_blur_wider_than_any_image(blur: Any) -> None:
    with pytest.raises(ValueError, match="a sigma in pixels, from 0 to 1,000,000"):
        similij.compare(X, Y, blur=blur)


def test_the_widest_blur_is_made() -> None:
    # By SciPy on the whole image.
    x, y = (ndimage.gaussian_filter(t * 1.0, 100, mode="nearest") for t in (X, Y))
    rmsd = similij.compare(X, Y, blur=100).rmsd
    assert rmsd == pytest.approx(np.sqrt(np.mean((x - y) ** 2)), rel=1e-9)


def test_a_small_image_takes_a_usual_blur() -> None:
    similij.compare(X[:5, :7], Y[:5, :7], blur=32)
    with pytest.raises(ImageError, match="7×5 pixels: of these it can be 32 at most"):
        similij.compare(X[:5, :7], Y[:5, :7], blur=33)


@pytest.mark.parametrize("sigma", ["1e4", "1e9", "1e300"])
def test_a_window_wider_than_the_image(sigma: str) -> None:
    with pytest.raises(ImageError, match=f"window is .*{WIDE}"):
        similij.local_map(X, Y, window=f"gaussian:{sigma}")


def test_a_box_ends_with_the_image() -> None:
    whole = similij.compare(X, Y).pearson
    wide = similij.local_map(X, Y, window=10**9 + 1)
    assert float(wide[15, 200]) == pytest.approx(whole, rel=1e-12)
    assert float(wide.std()) < 1e-12


MILLION = "it must be 99 or more, and 1,000,000 at most"


@pytest.mark.parametrize(
    "ask",
    [
        lambda n: similij.significance(X, Y, method="permutation", n_resamples=n),
        lambda n: similij.significance(X, Y, method="bootstrap", n_resamples=n),
        lambda n: similij.more_alike((X, Y), (X, X), n_resamples=n),
    ],
)
@pytest.mark.parametrize("count", [10**6 + 1, 10**12])
def test_more_resamples_than_ever_end(ask: Callable[[int], Any], count: int) -> None:
    with pytest.raises(ValueError, match=f"n_resamples is {count}: {MILLION}"):
        ask(count)


def test_more_workers_than_a_machine_takes(tmp_path: Path) -> None:
    sentence = r"workers is 1000000: it must be 1 or more, and \d+ at most"
    with (
        pytest.raises(ValueError, match=sentence),
        similij.cluster(workers=10**6),
    ):
        pass
    for side in ("a", "b"):
        (tmp_path / side).mkdir()
        np.save(tmp_path / side / "1.npy", X)
    with pytest.raises(ValueError, match=sentence):
        similij.compare_folders(tmp_path / "a", tmp_path / "b", workers=10**6)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    paths = [tmp_path / "x.npy", tmp_path / "y.npy"]
    for path, pixels in zip(paths, (X, Y), strict=True):
        np.save(path, pixels)
    return [str(path) for path in paths]


LONG = "9" * 400
THRESHOLDS = "it must be a number for both images, or one for each, e.g. 500,800"


@pytest.mark.parametrize(
    "value",
    [f"5,{LONG}", int(LONG), (1, int(LONG)), f"-{LONG}"],
    ids=["words", "one", "two", "below"],
)
def test_thresholds_beyond_all_numbers(value: Any) -> None:
    with pytest.raises(ValueError, match=r"thresholds is .*: it must be a number"):
        similij.compare(X, Y, thresholds=value, metrics="manders_m1")
    with pytest.raises(ValueError, match=r"method is .*: it must be one of"):
        similij.threshold(X, Y, method=(1, int(LONG)))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["compare", "{}", "{}", "--blur", "1e6"], WIDE),
        (["compare", "{}", "{}", "--thresholds", f"5,{LONG}"], THRESHOLDS),
        (["compare", "{}", "{}", "--workers", "65536"], "it must be 1 or more, and"),
        (["estimate", "{}", "{}", "--workers", "65536"], "it must be 1 or more, and"),
        (
            [
                *("compare", "{}", "{}", "--plots", "{out}", "--pictures", "local"),
                *("--window", "gaussian:1e9"),
            ],
            WIDE,
        ),
        (
            [
                *("significance", "{}", "{}", "--method", "permutation"),
                *("--n-resamples", "1000000000"),
            ],
            MILLION,
        ),
    ],
)
def test_of_the_shell(
    shell: Shell, files: list[str], tmp_path: Path, words: list[str], sentence: str
) -> None:
    names = iter(files)
    given = [next(names) if word == "{}" else word for word in words]
    ran = shell(*(w.replace("{out}", str(tmp_path / "out")) for w in given))
    assert ran.code != 0 or sentence == WIDE
    text = re.sub(r"[\s│]+", " ", ran.out + ran.err)
    assert sentence in text, text


@pytest.mark.parametrize(
    "options", [{"blur": "1e6"}, {"window": "gaussian:1e9", "pictures": "local"}]
)
def test_of_imagej(options: dict[str, str]) -> None:
    """The dialog says it while one types; a macro is refused when it runs."""
    kind = {"type": "16-bit", "planes": 1, "height": 30, "width": 400}
    one = {
        **kind, "name": "a", "file": "",
        "sizes": {"c": 1, "z": 1, "t": 1},
        "pixel": {
            "x": 1.0, "y": 1.0, "z": 1.0, "unit": "pixel", "interval": 0.0,
            "time_unit": "s",
        },
    }  # fmt: skip
    request = {
        "image_1": one, "image_2": {**one, "name": "b"}, "labels": None, "mask": None,
        "box": {"x": 0, "y": 0, "width": 400, "height": 30}, "regions": [],
        "inverse": False, "pictures": False, "rows": True, "plane": "1", "place": {},
        "notes": [], "run_id": None, "save": None, "options": options,
    }  # fmt: skip
    memory = {"x": X.view(np.uint8).reshape(-1), "y": Y.view(np.uint8).reshape(-1)}
    ask = Handler(memory.__getitem__)
    check = {"op": "check", "request": request, "groups": 1, "regions": 1}
    assert WIDE in ask(check)["error"]
    if "blur" in options:
        planes = {"plane_1": "x", "plane_2": "y", "end": True}
        reply = ask({"op": "compare", "run": "1", "request": request, **planes})
        assert WIDE in reply["error"]

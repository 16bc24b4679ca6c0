"""RGB images in ImageJ's command: by luminance, or red, green and blue a row each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

import similij
from support import run_imagej

RNG = np.random.default_rng(23)
T, Y, X = 3, 19, 26
A = RNG.integers(0, 256, (T, Y, X, 3)).astype(np.uint8)
B = np.clip(A.astype(int) + RNG.integers(-60, 61, A.shape), 0, 255).astype(np.uint8)
GRAY = RNG.integers(0, 256, (Y, X)).astype(np.uint8)
BOX = (4, 3, 9, 11)

SCRIPT = """
folder = sys.argv[1]
for name in ("a", "b", "one", "two", "gray"):
    IJ.open(f"{folder}/{name}.tif")
Roi = JClass("ij.gui.Roi")

def run(key, options):
    IJ.run("Clear Results")
    error = fails(f'run("Image Similarity...", "{options}");')
    answer(**{key: [error, rows()]})

ONE = "image_1=one.tif image_2=two.tif "
STACK = "image_1=a.tif image_2=b.tif "
run("nothing", ONE)
run("luminance", ONE + "color=Luminance")
run("channels", ONE + "color=channels")
run("one with another channel", "image_1=one.tif channels=1:3 color=Channels")
run("with gray", "image_1=one.tif image_2=gray.tif color=Luminance")
run("gray alone", "image_1=gray.tif image_2=gray.tif color=Channels")
run("frames", STACK + "color=Luminance per=t")
run("frames apart", STACK + "color=Channels per=t")
run("pooled", STACK + "color=Channels stack=[All planes]")
WindowManager.getImage("a.tif").setSlice(2)
WindowManager.getImage("b.tif").setSlice(2)
run("shown", STACK + "color=Channels")
roi = Roi(*json.loads(sys.argv[2]))
one = WindowManager.getImage("one.tif")
one.setRoi(roi)
run("selection", ONE + "region=[Selection of image 1] color=Channels")
roi.setPosition(1)
overlay = JClass("ij.gui.Overlay")()
overlay.add(roi)
one.setOverlay(overlay)
run("tied to the plane", ONE + "region=Overlay color=Channels")
kept = [WindowManager.getImage(name) for name in ("one.tif", "a.tif")]
answer(kept=[f"{image.getTitle()} {image.getBitDepth()}" for image in kept],
       roi=one.getRoi().getBounds().toString() == roi.getBounds().toString())
"""


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder: Path = tmp_path_factory.mktemp("color")
    for name, pixels in (("a", A), ("b", B)):
        tifffile.imwrite(folder / f"{name}.tif", pixels, imagej=True,
                         metadata={"axes": "TYXS"})  # fmt: skip
    for name, pixels in (("one", A[0]), ("two", B[0])):
        tifffile.imwrite(folder / f"{name}.tif", pixels, photometric="rgb")
    tifffile.imwrite(folder / "gray.tif", GRAY)
    return run_imagej(SCRIPT, folder, str([*BOX]))


def luminance(rgb: np.ndarray) -> np.ndarray:
    """In doubles, as ImageJ has it: a sum that ends in .5 may come out below it."""
    red, green, blue = (rgb[..., k].astype(float) for k in range(3))
    return np.floor(red * 0.299 + green * 0.587 + blue * 0.114 + 0.5)


def numbers(x: np.ndarray, y: np.ndarray) -> tuple[int, float, float]:
    u, v = x.astype(float).ravel(), y.astype(float).ravel()
    return u.size, float(np.corrcoef(u, v)[0, 1]), float(np.sqrt(np.mean((u - v) ** 2)))


def assert_rows(answer: list, *expected: tuple[np.ndarray, np.ndarray]) -> None:
    error, rows = answer
    assert error == "no error"
    found = [(row["n"], row["Pearson R"], row["RMSD"]) for row in rows]
    assert len(found) == len(expected)
    for row, pair in zip(found, expected, strict=True):
        assert row == pytest.approx(numbers(*pair), rel=1e-12)


def channels(x: np.ndarray, y: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(x[..., k], y[..., k]) for k in range(3)]


def test_refused_until_it_is_said_how(rows: dict) -> None:
    error, table = rows["nothing"]
    assert '"one.tif" is an RGB (color) image' in error
    assert "color=luminance" in error
    assert "color=channels" in error
    assert table == []


def test_luminance(rows: dict) -> None:
    assert_rows(rows["luminance"], (luminance(A[0]), luminance(B[0])))
    note = rows["luminance"][1][0]["Note"]
    assert '"one.tif" is an RGB image: compared by luminance, 0.299 R' in note
    assert '"two.tif" is an RGB image' in note
    assert_rows(rows["with gray"], (luminance(A[0]), GRAY))
    assert "gray.tif" not in rows["with gray"][1][0]["Note"]


def test_channels(rows: dict) -> None:
    assert_rows(rows["channels"], *channels(A[0], B[0]))
    assert_rows(rows["one with another channel"], (A[0, ..., 0], A[0, ..., 2]))
    assert len({row["Plane"] for row in rows["channels"][1]}) == 3


def test_stacks(rows: dict) -> None:
    light = luminance(A), luminance(B)
    assert_rows(rows["frames"], *zip(*light, strict=True))
    apart = [(A[t, ..., c], B[t, ..., c]) for c in range(3) for t in range(T)]
    assert_rows(rows["frames apart"], *apart)
    assert_rows(rows["pooled"], *channels(A, B))
    assert_rows(rows["shown"], *channels(A[1], B[1]))


def test_regions_are_in_all_three(rows: dict) -> None:
    x, y, width, height = BOX
    part = np.s_[y : y + height, x : x + width]
    assert_rows(rows["selection"], *channels(A[0][part], B[0][part]))
    assert_rows(rows["tied to the plane"], *channels(A[0][part], B[0][part]))


def test_images_that_are_not_rgb_stay_as_they_are(rows: dict) -> None:
    error, table = rows["gray alone"]
    assert error == "no error"
    assert [row["n"] for row in table] == [Y * X]
    assert rows["kept"] == ["one.tif 24", "a.tif 24"]
    assert rows["roi"]


@pytest.mark.parametrize(
    ("key", "names", "how"),
    [
        ("luminance", ("one", "two"), {"color": "luminance"}),
        ("channels", ("one", "two"), {"color": "channels"}),
        ("with gray", ("one", "gray"), {"color": "luminance"}),
        ("frames", ("a", "b"), {"color": "luminance", "per": "t"}),
        ("frames apart", ("a", "b"), {"color": "channels", "per": "t"}),
        ("pooled", ("a", "b"), {"color": "channels"}),
    ],
)
def test_python_has_the_same_rows(rows: dict, key: str, names, how) -> None:
    given = {"one": (A[0], "yxs"), "two": (B[0], "yxs"), "gray": (GRAY, "yx"),
             "a": (A, "tyxs"), "b": (B, "tyxs")}  # fmt: skip
    images = [similij.Image(*given[name], title=f"{name}.tif") for name in names]
    wanted = similij.compare(*images, **how).rows
    keys = {"Image 1": "image_1", "Image 2": "image_2", "Region": "region",
            "Plane": "plane", "n": "n", "Note": "note", "Pearson R": "pearson",
            "RMSD": "rmsd", "Mean Difference": "mean_difference"}  # fmt: skip
    expected = [{heading: row[key] for heading, key in keys.items()} for row in wanted]
    assert [{h: row[h] for h in keys} for row in rows[key][1]] == expected

"""RGB images in ImageJ's commands: by luminance, or red, green and blue a row each."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
import tifffile

import similij
from similij.matrix.pairwise import rows as rows_of
from support import ROOT, run_imagej

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


FOLDERS = """
from pathlib import Path
macros, top = sys.argv[1:]

def run(key, command, options):
    IJ.run("Clear Results")
    error = fails(f'run("{command}", "{options}");')
    answer(**{key: [error, rows()]})

for color in ("None", "Luminance", "Channels"):
    run(f"folders {color}", "Image Similarity of Two Folders...",
        f"folder_1=[{top}/a] folder_2=[{top}/b] color={color} "
        f"save=[{top}/{color}.csv]")
    for kind in ("one", "stack"):
        run(f"{kind} {color}", "Image Similarity Matrix...",
            f"folder=[{top}/{kind}] stack=[All planes] color={color}")
run("rois", "Image Similarity Matrix...",
    f"folder=[{top}/one] roi_file=[{top}/tied.zip] color=Channels")
for name in ("stack/1.tif", "stack/2.tif"):
    IJ.open(f"{top}/{name}")
    IJ.getImage().setSlice(2)
run("shown", "Image Similarity Matrix...", "color=Channels")
IJ.newImage("gray", "8-bit ramp", 26, 19, 1)
run("with gray", "Image Similarity Matrix...",
    "images=[1.tif|gray] color=Channels")
run("left out", "Image Similarity Matrix...", "")
run("by luminance", "Image Similarity Matrix...", "color=Luminance")
IJ.run("Close All")
for name in ("one/1.tif", "one/2.tif"):
    IJ.open(f"{top}/{name}")
IJ.newImage("gray", "8-bit ramp", 26, 19, 1)
for argument in ("", "color=Luminance", "color=[channels]"):
    IJ.run("Clear Results")
    pairs = ij.run_macro(Path(macros) / "Compare_Open_Images.ijm", argument)
    answer(**{f"macro {argument}": [pairs, rows()]})
"""

METRICS = {"Pearson R": "pearson", "RMSD": "rmsd", "Mean Difference": "mean_difference"}
COLUMNS = {"Image 1": "image_1", "Image 2": "image_2", "Region": "region",
           "Plane": "plane", "n": "n", "Note": "note", **METRICS}  # fmt: skip


@pytest.fixture(scope="module")
def top(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return folders of pairs, of images and of stacks, and a ROI on a plane 1."""
    import roifile

    top = tmp_path_factory.mktemp("folders of color")
    for name in ("a", "b", "one", "stack"):
        (top / name).mkdir()
    for k, pixels in enumerate((A, B), start=1):
        side = "ab"[k - 1]
        tifffile.imwrite(top / "stack" / f"{k}.tif", pixels, imagej=True,
                         metadata={"axes": "TYXS"})  # fmt: skip
        tifffile.imwrite(top / side / f"p2__{side}.tif", pixels, imagej=True,
                         metadata={"axes": "TYXS"})  # fmt: skip
        for path in (top / "one" / f"{k}.tif", top / side / f"p1__{side}.tif"):
            tifffile.imwrite(path, pixels[0], photometric="rgb")
        tifffile.imwrite(top / side / f"p3__{side}.tif", pixels[1, ..., 1])
    x, y, width, height = BOX
    roi = roifile.ImagejRoi(
        roitype=roifile.ROI_TYPE.RECT, left=x, top=y, right=x + width,
        bottom=y + height, n_coordinates=0, version=227, position=1, name="cell",
    )  # fmt: skip
    for path in (top / "tied.zip", top / "a" / "p1__a_roi.zip"):
        roifile.roiwrite(path, roi)
    return top


@pytest.fixture(scope="module", params=["embedded", "worker"])
def many(request: pytest.FixtureRequest, top: Path) -> dict:
    for path in top.glob("*.csv"):
        path.unlink()
    return run_imagej(FOLDERS, ROOT / "macros", top, backend=request.param)


def as_shown(rows) -> list[dict]:
    return [{heading: row[key] for heading, key in COLUMNS.items()} for row in rows]


def shown(answer: list) -> list[dict]:
    error, rows = answer
    assert error == "no error"
    return [{heading: row[heading] for heading in COLUMNS} for row in rows]


@pytest.mark.parametrize("color", ["Luminance", "Channels"])
def test_two_folders_have_the_rows_of_python(
    many: dict, top: Path, tmp_path: Path, color: str
) -> None:
    path = tmp_path / "python.csv"
    wanted = similij.compare_folders(
        top / "a", top / "b", color=color.lower(), out=path
    )
    rows = shown(many[f"folders {color}"])
    assert rows == as_shown(wanted)
    assert len(rows) == (7 if color == "Channels" else 3)
    written, by_python = (
        (top / f"{color}.csv").read_text("utf-8"),
        path.read_text("utf-8"),
    )
    runs = [{line["run"] for line in csv.DictReader(io.StringIO(text))}
            for text in (written, by_python)]  # fmt: skip
    assert written.replace(*map(min, runs)) == by_python
    x, y, width, height = BOX
    part = np.s_[y : y + height, x : x + width]
    if color == "Channels":
        pairs = [*channels(A[0][part], B[0][part]), *channels(A, B)]
    else:
        pairs = [(luminance(A[0])[part], luminance(B[0])[part]),
                 (luminance(A), luminance(B))]  # fmt: skip
    pairs.append((A[1, ..., 1], B[1, ..., 1]))
    assert_rows(many[f"folders {color}"], *pairs)


def test_two_folders_refuse_until_it_is_said_how(many: dict) -> None:
    rows = shown(many["folders None"])
    assert [row["Pearson R"] is None for row in rows] == [True, True, False]
    assert "color=luminance" in rows[0]["Note"]


@pytest.mark.parametrize("color", ["Luminance", "Channels"])
@pytest.mark.parametrize("kind", ["one", "stack"])
def test_a_matrix_has_the_rows_of_python(
    many: dict, top: Path, kind: str, color: str
) -> None:
    paths = sorted((top / kind).glob("*.tif"))
    wanted = rows_of(similij.pairwise(paths, color=color.lower()))
    assert shown(many[f"{kind} {color}"]) == as_shown(wanted)
    pair = (A, B) if kind == "stack" else (A[0], B[0])
    if color == "Luminance":
        pair = luminance(pair[0]), luminance(pair[1])
    assert_rows(many[f"{kind} {color}"], pair)


def test_a_matrix_of_open_images_and_regions(many: dict, top: Path) -> None:
    assert_rows(many["shown"], (A[1], B[1]))
    x, y, width, height = BOX
    part = np.s_[y : y + height, x : x + width]
    assert_rows(many["rois"], (A[0][part], B[0][part]))
    paths = sorted((top / "one").glob("*.tif"))
    by_python = similij.pairwise(paths, color="channels", regions=top / "tied.zip")
    assert shown(many["rois"]) == as_shown(rows_of(by_python))


def test_a_matrix_refuses_what_is_not_said_or_does_not_fit(many: dict) -> None:
    assert "color=luminance" in many["one None"][0]
    assert "channels" in many["with gray"][0]
    assert "1 gray image open" in many["left out"][0]
    assert '"2.tif" is RGB and was left out: color=Luminance' in many["printed"]
    assert len(shown(many["by luminance"])) == 3


def test_the_macro_of_open_images(many: dict) -> None:
    assert many["macro "][0] == "0"
    pairs, rows = many["macro color=Luminance"]
    assert pairs == "3"
    assert_rows(["no error", rows[:1]], (luminance(A[0]), luminance(B[0])))
    pairs, rows = many["macro color=[channels]"]
    assert pairs == "1"
    assert_rows(["no error", rows], *channels(A[0], B[0]))
    assert "Give the parameter color=Luminance." in many["printed"]

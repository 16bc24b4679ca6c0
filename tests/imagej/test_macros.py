"""The macros for regions, time series and channels: the numbers of `similij.compare`.

Headless, on the series and a pair of the test set. What the macros tell and return is
worked out apart, by NumPy.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import xarray as xr

import similij
from similij.testset import TestSet, make_pair, make_testset
from support import ROOT, run_imagej

SECONDS = 30.0 * np.arange(5)

SCRIPT = """
from pathlib import Path
macros, root, out = (Path(p) for p in sys.argv[1:4])

def titles():
    ids = WindowManager.getIDList() or []
    return [str(WindowManager.getImage(k).getTitle()) for k in ids]

for name, (macro, images, argument) in json.loads(sys.argv[4]).items():
    close_all()
    IJ.run("Clear Results")
    for image in images:
        IJ.open(str(root / image))
    print(f"BEGIN {name}")
    text = argument.replace("ROOT", str(root)).replace("OUT", str(out))
    try:
        returned, error = ij.run_macro(macros / f"Compare_{macro}.ijm", text), ""
    except similij.imagej.MacroError as raised:
        returned, error = None, str(raised)
    current = WindowManager.getCurrentImage()
    answer(**{name: {
        "returned": returned, "error": error, "rows": rows(every=True),
        "open": titles(),
        "current": None if current is None else str(current.getTitle())}})
"""

PAIR = ("set_a/img3__a_test.tif", "set_b/img3__b_test.tif")
A, B = "series/movie_a.tif", "series/movie_b.tif"
ROIS = "roi_file=[ROOT/series/movie_a_roi.zip]"

CASES: dict[str, tuple[str, tuple[str, ...], str]] = {
    "regions": ("Regions", PAIR, "img3__a_test.tif|img3__b_test.tif|"
                "ROOT/set_a/img3__a_test_roi.zip||rescale=Percentile"),
    "regions of two": ("Regions", PAIR, "||Whole image"),
    "regions of movies": ("Regions", (A, B), "movie_a.tif|movie_b.tif|"
                          "ROOT/series/movie_a_roi.zip||stack=[All planes]"),
    "no overlay": ("Regions", PAIR, ""),
    "no R": ("Regions", ("flat.tif", PAIR[0]), "||Whole image"),
    "regions made": ("Regions", (), ""),
    "first": ("Time_Series", (A,), f"|||||{ROIS} channels=1:1"),
    "previous": ("Time_Series", (A, B), "movie_a.tif|previous frame|2"),
    "two movies": ("Time_Series", (A, B), "movie_a.tif|movie_b.tif|1|0.995"),
    "no share": ("Time_Series", (A,), "movie_a.tif|first frame|1|half"),
    "no time": ("Time_Series", ("frames.tif",), ""),
    "time made": ("Time_Series", (), ""),
    "channels": ("Channels", (A,), ""),
    "channels per t": ("Channels", (A,), f"movie_a.tif|1:2|t||{ROIS}"),
    "channels each": ("Channels", (A, B), "movie_a.tif|all|Each plane"),
    "channels shown": ("Channels", (A,), "movie_a.tif|2:1|Current plane"),
    "no channel": ("Channels", (A,), "movie_a.tif|1:3"),
    "channels made": ("Channels", (), ""),
}  # fmt: skip

LABELS = "ROOT/series/cells_labels.tif"
NEW_CASES: dict[str, tuple[str, tuple[str, ...], str]] = {
    "labels": ("Regions", (A, B),
               f"movie_a.tif|movie_b.tif|{LABELS}||stack=[All planes]"),
    "labels open": ("Regions", (A, B, "series/cells_labels.tif"),
                    "movie_a.tif|movie_b.tif|cells_labels.tif||"
                    "stack=[All planes] inverse"),
    "regions saved": ("Regions", PAIR, "img3__a_test.tif|img3__b_test.tif|"
                      "ROOT/set_a/img3__a_test_roi.zip|OUT/regions|pictures=[regions]"),
    "masked": ("Regions", (A, B), "movie_a.tif|movie_b.tif|Whole image||"
               "stack=[All planes] mask=[OUT/mask.tif]"),
    "time saved": ("Time_Series", (A,), "movie_a.tif|first frame|1|0.5|OUT/time|"
                   f"labels=[{LABELS}] pictures=[planes]"),
    "channels saved": ("Channels", (A,), "movie_a.tif|1:2|All planes|OUT/channels|"
                       "pictures=[scatter, difference]"),
}  # fmt: skip
"""What needs labels, mask, inverse, pictures or save."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> TestSet:
    made = make_testset(tmp_path_factory.mktemp("testset"))
    tifffile.imwrite(made.root / "flat.tif", np.full((192, 256), 7, np.uint16))
    frames = tifffile.imread(made.series / "movie_a.tif")[:, :1, :1]
    metadata = {"axes": "TZCYX"}
    tifffile.imwrite(made.root / "frames.tif", frames, imagej=True, metadata=metadata)
    return made


def run(made: TestSet, out: Path, cases: dict[str, Any]) -> dict[str, Any]:
    found = run_imagej(SCRIPT, ROOT / "macros", made.root, out, json.dumps(cases))
    for part in found["printed"].split("BEGIN ")[1:]:
        name, _, log = part.partition("\n")
        found[name]["log"] = log.split("ANSWER ")[0].strip().splitlines()
    return found


@pytest.fixture(scope="module")
def found(made: TestSet, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return run(made, tmp_path_factory.mktemp("out"), CASES)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("saved")


@pytest.fixture(scope="module")
def inside(made: TestSet, out: Path) -> np.ndarray:
    """Where the cells are, also in a file."""
    cells = tifffile.imread(made.series / "cells_labels.tif") > 0
    tifffile.imwrite(out / "mask.tif", cells.astype(np.uint8) * 255)
    return cells


@pytest.fixture(scope="module")
def found_new(made: TestSet, out: Path, inside: np.ndarray) -> dict[str, Any]:
    return run(made, out, NEW_CASES)


def movie(made: TestSet, name: str) -> xr.DataArray:
    pixels = tifffile.imread(made.series / f"movie_{name}.tif")
    return xr.DataArray(
        pixels, {"t": ("t", SECONDS, {"units": "s"})}, ("t", "z", "c", "y", "x")
    )


def check_rows(case: dict[str, Any], wanted: similij.Comparison) -> None:
    """The Results table is what `compare` returns, and R is what the macro returns."""
    assert case["error"] == ""
    assert len(case["rows"]) == len(wanted.rows)
    columns = {"Region": "region", "n": "n", "Excluded": "excluded", "Z": "z",
               "T": "t", "Time (s)": "time_s", "Channel 1": "channel_1",
               "Channel 2": "channel_2", "Pearson R": "pearson", "RMSD": "rmsd",
               "Mean Difference": "mean_difference"}  # fmt: skip
    for line, row in zip(case["rows"], wanted.rows, strict=True):
        for heading, key in columns.items():
            assert line.get(heading) == row[key], heading


def r(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.corrcoef(x.ravel(), y.ravel())[0, 1])


def numbers(case: dict[str, Any]) -> list[float]:
    return [float(text) for text in case["returned"].split(",")]


def worst(rows: list[dict[str, Any]]) -> str:
    row = min(rows, key=lambda row: row["Pearson R"])
    values = (row["Pearson R"], row["RMSD"], row["Mean Difference"])
    return "|".join((row["Region"], *(f"{value:.9f}" for value in values)))


def test_regions_are_those_of_compare(found: dict[str, Any], made: TestSet) -> None:
    a, b, _ = make_pair(3)
    rois = made.pair(3)[2]
    case = found["regions"]
    check_rows(case, similij.compare(a, b, regions=rois, rescale="percentile"))
    assert case["returned"] == worst(case["rows"])
    # R within the second of its cells is the lowest, as docs/two-folders.md has it
    name, lowest, *_ = case["returned"].split("|")
    assert f"{float(lowest):.3f}" == "0.678"
    assert case["log"] == [f"Least similar of 3 rows: {name}, R 0.678"]


def test_regions_of_movies(found: dict[str, Any], made: TestSet) -> None:
    a, b = (movie(made, name)[:, :, :1] for name in "ab")  # the channel that is shown
    rois = made.series / "movie_a_roi.zip"
    case = found["regions of movies"]
    check_rows(case, similij.compare(a, b, regions=rois))
    assert ["slice only" in row["Note"] for row in case["rows"]] == [0, 0, 1, 0]
    assert case["returned"] == worst(case["rows"])


def test_regions_that_cannot_be(found: dict[str, Any]) -> None:
    assert "has no overlay" in found["no overlay"]["error"]
    case = found["no R"]
    assert (case["error"], case["returned"]) == ("", "")
    assert case["log"][0].startswith("Whole image: no R, ")
    assert case["rows"][0]["Note"] in case["log"][0]
    assert case["log"][1] == "No region has an R."


def test_regions_of_its_own(found: dict[str, Any]) -> None:
    ramp = np.arange(128.0) * 2
    case = found["regions made"]
    right = ramp[88:118]
    apart = right - right[::-1]
    expected = [1, 1, -1]
    assert [row["Region"] for row in case["rows"]] == ["left", "middle", "right"]
    assert [row["Pearson R"] for row in case["rows"]] == pytest.approx(expected)
    name, *values = case["returned"].split("|")
    assert name == "right"
    wanted = [-1, np.sqrt(np.mean(apart**2)), np.mean(abs(apart))]
    assert [float(v) for v in values] == pytest.approx(wanted, abs=1e-9)


def test_frames_are_those_of_compare(found: dict[str, Any], made: TestSet) -> None:
    a, b = movie(made, "a"), movie(made, "b")
    rois = made.series / "movie_a_roi.zip"
    for name, wanted in {
        "first": similij.compare(
            a, against="first", per="t", channels="1:1", regions=rois
        ),
        "previous": similij.compare(a, against="previous", per="t", channels="2:2"),
        "two movies": similij.compare(a, b, per="t", channels="1:1"),
    }.items():
        case = found[name]
        check_rows(case, wanted)
        shown = ",".join(f"{row['pearson']:.9f}" for row in wanted)
        assert case["returned"] == shown
        assert case["open"][-1] == "R over time"
        assert case["current"] == ("movie_a.tif" if name == "first" else "movie_b.tif")


def test_the_trend_is_told(found: dict[str, Any], made: TestSet) -> None:
    a = tifffile.imread(made.series / "movie_a.tif").astype(float)[:, :, 0]
    labels = tifffile.imread(made.series / "cells_labels.tif")
    names = [row["Region"] for row in found["first"]["rows"][:4]]
    falls = 0
    for k, (name, line) in enumerate(
        zip(names, found["first"]["log"], strict=True), start=1
    ):
        slices = slice(1, 2) if k == 3 else slice(None)  # its outline is tied to it
        inside = a[:, slices][:, :, labels == k]
        values = [r(inside[0], frame) for frame in inside[1:]]
        slope = np.polyfit(SECONDS[1:], values, 1)[0]
        below = [t for t, v in zip(SECONDS[1:], values, strict=True)
                 if v < 0.5 * values[0]]  # fmt: skip
        end = (f"below 0.5 of its first value at Time (s) {below[0]:.0f}" if below
               else "never below 0.5 of its first value")  # fmt: skip
        falls += bool(below)
        assert line == (f"{name}: R {values[0]:.3f} to {values[-1]:.3f}, {slope:.6f} "
                        f"per unit of Time (s), {end}")  # fmt: skip
    assert 0 < falls < 4  # the one that is stuck does not
    assert found["first"]["log"][3].endswith("never below 0.5 of its first value")
    assert "below 0.995 of its first value" in found["two movies"]["log"][0]


def test_a_movie_without_times_and_a_wrong_share(
    found: dict[str, Any], made: TestSet
) -> None:
    frames = tifffile.imread(made.root / "frames.tif").astype(float)
    values = [r(frames[0], frame) for frame in frames[1:]]
    assert numbers(found["no time"]) == pytest.approx(values, abs=1e-9)
    slope = np.polyfit([2, 3, 4, 5], values, 1)[0]
    assert f", {slope:.6f} per unit of T, " in found["no time"]["log"][0]
    assert found["no share"]["error"]
    assert found["no share"]["rows"] == []


def test_a_movie_of_its_own(found: dict[str, Any]) -> None:
    frames = np.zeros((5, 64, 96))
    for t in range(5):
        frames[t, 16:48, 16 + 4 * t : 48 + 4 * t] = 240 - 40 * t
    values = [r(frames[0], frame) for frame in frames[1:]]
    assert numbers(found["time made"]) == pytest.approx(values, abs=1e-9)
    assert values == pytest.approx([0.85, 0.7, 0.55, 0.4])


def test_channels_are_those_of_compare(found: dict[str, Any], made: TestSet) -> None:
    a = movie(made, "a")
    rois = made.series / "movie_a_roi.zip"
    for name, wanted in {
        "channels": similij.compare(a, channels="1:2"),
        "channels per t": similij.compare(a, channels="1:2", per="t", regions=rois),
        "channels each": similij.compare(a, channels="all", per=("z", "t")),
        "channels shown": similij.compare(a[0, 0], channels="2:1"),
    }.items():
        check_rows(found[name], wanted)
        shown = ",".join(f"{row['pearson']:.9f}" for row in wanted)
        assert found[name]["returned"] == shown


def test_the_range_of_channels_is_told(found: dict[str, Any], made: TestSet) -> None:
    pixels = tifffile.imread(made.series / "movie_a.tif").astype(float)
    pooled = r(pixels[:, :, 0], pixels[:, :, 1])
    assert found["channels"]["log"] == [f"Channels 1 and 2: R {pooled:.3f}"]
    each = {
        f"z{z + 1} t{t + 1}": r(pixels[t, z, 0], pixels[t, z, 1])
        for z in range(3)
        for t in range(5)
    }
    low, high = min(each, key=lambda k: each[k]), max(each, key=lambda k: each[k])
    assert found["channels each"]["log"] == [
        f"Channels 1 and 2: R {each[low]:.3f} (Whole image, c1:2 {low}) to "
        f"{each[high]:.3f} (Whole image, c1:2 {high})"
    ]
    assert "3" in found["no channel"]["error"]
    assert found["no channel"]["rows"] == []


def test_channels_of_its_own(found: dict[str, Any]) -> None:
    one, two = np.zeros((2, 3, 64, 96))
    for z in range(3):
        one[z, 16:48, 16:48] = 200
        two[z, 16:48, 32 - 8 * z : 64 - 8 * z] = 100
    assert numbers(found["channels made"]) == pytest.approx([r(one, two)], abs=1e-9)


def test_a_macro_calls_a_macro(made: TestSet) -> None:
    """As the header of each shows it."""
    answers = run_imagej(
        """
from pathlib import Path
macros, movie = sys.argv[1:]
IJ.open(movie)
answer(r=ij.run_macro(f'''
answer = runMacro("{macros}/Compare_Time_Series.ijm", "movie_a.tif|previous frame|1");
r = split(answer, ",");
lowest = 1;
for (k = 0; k < r.length; k++) lowest = minOf(lowest, parseFloat(r[k]));
return "" + r.length + " " + d2s(lowest, 9);
'''))
""",
        ROOT / "macros",
        made.series / "movie_a.tif",
    )
    frames = tifffile.imread(made.series / "movie_a.tif").astype(float)[:, :, 0]
    values = [r(frames[t - 1], frames[t]) for t in range(1, 5)]
    assert answers["r"] == f"4 {min(values):.9f}"


# Label images, masks, background, pictures and folders to save to.


def test_a_label_image_is_a_row_for_each_label(
    found_new: dict[str, Any], found: dict[str, Any], made: TestSet
) -> None:
    a, b = (movie(made, name)[:, :, :1] for name in "ab")
    labels = tifffile.imread(made.series / "cells_labels.tif")
    case = found_new["labels"]
    check_rows(case, similij.compare(a, b, regions=labels))
    assert case["returned"] == worst(case["rows"])
    by_outline = found["regions of movies"]["rows"]
    for k in (0, 1, 3):  # the same pixels; the third outline is tied to a slice
        for heading in ("n", "Pearson R", "RMSD", "Mean Difference"):
            assert case["rows"][k][heading] == by_outline[k][heading]


def test_the_background_is_no_region_to_be_least_similar(
    found_new: dict[str, Any], made: TestSet
) -> None:
    a, b = (movie(made, name)[:, :, :1] for name in "ab")
    labels = tifffile.imread(made.series / "cells_labels.tif")
    case = found_new["labels open"]
    check_rows(case, similij.compare(a, b, regions=labels, inverse=True))
    assert case["rows"][-1]["Region"] == "background"
    assert case["returned"] == worst(case["rows"][:-1])


def test_a_mask_by_its_path(
    found_new: dict[str, Any], made: TestSet, inside: np.ndarray
) -> None:
    a, b = (movie(made, name)[:, :, :1] for name in "ab")
    case = found_new["masked"]
    assert case["error"] == ""
    (line,) = case["rows"]
    row = similij.compare(a, b, mask=inside).rows[0]
    for heading, key in {"n": "n", "Pearson R": "pearson", "RMSD": "rmsd"}.items():
        assert line[heading] == row[key]
    assert line["n"] == 15 * inside.sum()


@pytest.mark.parametrize(
    ("name", "pictures"), [("regions", 1), ("time", 2), ("channels", 2)]
)
def test_rows_and_pictures_are_saved(
    found_new: dict[str, Any], out: Path, name: str, pictures: int
) -> None:
    case = found_new[f"{name} saved"]
    assert case["error"] == ""
    with (out / name / "similarity.csv").open(newline="", encoding="utf-8") as file:
        saved = list(csv.DictReader(file))
    assert [row["region"] for row in saved] == [row["Region"] for row in case["rows"]]
    assert [float(row["pearson"]) for row in saved] == [
        row["Pearson R"] for row in case["rows"]
    ]
    drawn = [
        path
        for path in (out / name).rglob("*.*")
        if path.suffix in (".png", ".tif") and path.stat().st_size > 0
    ]
    assert len(drawn) >= pictures
    assert (out / name / "R_over_time.png").is_file() == (name == "time")

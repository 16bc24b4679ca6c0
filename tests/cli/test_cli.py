"""The command line: what it prints where, and its exit codes."""

from __future__ import annotations

import csv
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from roifile import ROI_TYPE, ImagejRoi, roiwrite
from scipy.ndimage import gaussian_filter

import similij
import truth
from exact import IMAGES, expected
from support import Ran, Shell, run_python

RNG = np.random.default_rng(6)
A = RNG.integers(0, 3000, (21, 34)).astype(np.uint16)
B = RNG.integers(0, 3000, A.shape).astype(np.uint16)


class Result(Ran):
    @property
    def rows(self) -> list[dict]:
        found = json.loads(self.out, parse_constant=pytest.fail)
        assert [*found] == ["rows"]
        return found["rows"]

    @property
    def sentence(self) -> str:
        """Return the one sentence of a refusal."""
        assert (self.code, self.out) == (1, "")
        assert self.err.startswith("similij: ")
        assert self.err.count("\n") == 1
        assert "Traceback" not in self.err
        return self.err.removeprefix("similij: ")


Run = Callable[..., Result]


@pytest.fixture
def run(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command in this process, in a folder with images in it."""
    monkeypatch.chdir(tmp_path)
    tifffile.imwrite("a b.tif", A)
    tifffile.imwrite("ü.tif", B)
    tifffile.imwrite("small.tif", B[:, :30].astype(np.uint8))
    tifffile.imwrite("small mask.tif", (A[:, :30] > 1500).astype(np.uint8))
    tifffile.imwrite("mask.tif", (A > 1500).astype(np.uint8) * 255)
    tifffile.imwrite("stack.tif", np.stack([A, B]), photometric="minisblack")
    tifffile.imwrite("rgb.tif", np.zeros((21, 34, 3), np.uint8), photometric="rgb")
    tifffile.imwrite("complex.tif", A.astype(np.complex64))
    Path("cut.tif").write_bytes(Path("a b.tif").read_bytes()[:-9])
    Path("text.tif").write_text("hello")
    Path("empty.tif").write_bytes(b"")
    Path("broken.zip").write_bytes(b"PK\x03\x04")
    np.save("nan.npy", np.full(A.shape, np.nan))
    return lambda *args: Result(*shell(*args))


def numbers(row: dict) -> tuple:
    return tuple(row[k] for k in ("n", "pearson", "rmsd", "mean_difference"))


def test_json(run: Run) -> None:
    found = run("compare", "a b.tif", "ü.tif", "--format", "json")
    assert (found.code, found.err) == (0, "")
    (row,) = found.rows
    assert [*row] == [
        *("image_1", "image_2", "region", "plane", "channel_1", "channel_2"),
        *("z", "t", "time_s", "n", "excluded"),
        *("pearson", "rmsd", "mean_difference", "rescale", "against"),
        *("note", "file_1", "file_2", "run", "version"),
    ]
    assert (row["image_1"], row["image_2"]) == ("a b.tif", "ü.tif")
    assert numbers(row) == pytest.approx(truth.metrics(A, B), rel=1e-15)


def test_csv_and_table(run: Run) -> None:
    found = run("compare", "a b.tif", "ü.tif", "--format", "csv")
    (row,) = csv.DictReader(found.out.splitlines())
    exact = truth.metrics(A, B)
    assert float(row["rmsd"]) == pytest.approx(exact.rmsd, rel=1e-15)
    table = run("compare", "a b.tif", "ü.tif").out
    assert f"{exact.pearson:.7g}" in table
    assert f"{exact.mean_difference:.7g}" in table


def test_mask_and_rois_and_rescale(run: Run) -> None:
    options = ("a b.tif", "ü.tif", "--format", "json")
    (row,) = run("compare", *options, "--mask", "mask.tif").rows
    inside = A > 1500
    assert numbers(row) == pytest.approx(truth.metrics(A, B, inside), rel=1e-15)
    assert row["region"] == "Mask"
    kind = ROI_TYPE.RECT
    rois = [
        ImagejRoi(roitype=kind, left=2, top=3, right=20, bottom=9, name="1"),
        ImagejRoi(roitype=kind, left=200, top=3, right=220, bottom=9, name="2"),
    ]
    roiwrite("r.zip", rois)
    found = run("compare", *options, "--rois", "r.zip", "--rescale", "percentile:5:95")
    one, two = found.rows
    assert found.code == 0  # one region has numbers
    cell = np.s_[3:9, 2:20]
    exact = truth.rescaled(A[cell], B[cell], 5, 95)
    assert numbers(one) == pytest.approx(exact, rel=1e-12)
    assert two["pearson"] is two["rmsd"] is two["mean_difference"] is None
    assert "lies outside the images" in two["note"]


def test_rois_and_labels_together(run: Run) -> None:
    rois = [ImagejRoi(roitype=ROI_TYPE.RECT, left=2, top=3, right=20, bottom=9)]
    roiwrite("r.zip", rois, mode="w")
    labels = np.zeros(A.shape, np.uint8)
    labels[10:14, 4:9] = 3
    tifffile.imwrite("cells.tif", labels)
    options = ("--rois", "r.zip", "--labels", "cells.tif", "--inverse")
    one, two, rest = run(
        "compare", "a b.tif", "ü.tif", *options, "--format", "json"
    ).rows
    assert numbers(one) == pytest.approx(truth.metrics(A[3:9, 2:20], B[3:9, 2:20]))
    assert two["region"] == "label 3"
    assert numbers(two) == pytest.approx(truth.metrics(A, B, labels > 0))
    assert rest["n"] == A.size - one["n"] - two["n"]


@pytest.mark.parametrize("pair", range(len(expected())))
def test_testset_is_as_worked_out_exactly(pair: int, run: Run) -> None:
    wanted = expected()[pair]
    whole = wanted["region"] == "Whole image"
    rois = () if whole else ("--rois", IMAGES / wanted["rois"])
    images = IMAGES / wanted["image_1"], IMAGES / wanted["image_2"]
    options = ("--rescale", wanted["rescale"], "--format", "json")
    found = {
        row["region"]: row for row in run("compare", *images, *rois, *options).rows
    }
    row = found[wanted["region"]]
    assert row["n"] == int(wanted["n"])
    for key in ("pearson", "rmsd", "mean_difference"):
        if wanted[key]:
            assert row[key] == pytest.approx(float(wanted[key]), rel=1e-12, abs=1e-15)
        else:
            assert row[key] is None
            assert row["note"]


@pytest.mark.parametrize(
    ("args", "parts"),
    [
        (
            ["a b.tif", "small.tif"],
            ['"a b.tif" is 34×21 pixels (uint16), "small.tif" is 30×21 pixels (uint8)'],
        ),
        (["stack.tif", "ü.tif"], ['"stack.tif"', '"ü.tif"', "dimensions"]),
        (["a b.tif", "no.tif"], ['"no.tif" does not exist: check the path']),
        (["a b.tif", "."], ["is a folder, not a file"]),
        (["cut.tif", "ü.tif"], ['"cut.tif" is cut short: it has']),
        (["text.tif", "ü.tif"], ['"text.tif" cannot be read as an image']),
        (["a b.tif", "empty.tif"], ['"empty.tif" is empty (0 bytes)']),
        (
            ["rgb.tif", "ü.tif"],
            ['"rgb.tif" is an RGB (color) image', "color=luminance", "color=channels"],
        ),
        (["complex.tif", "ü.tif"], ['"complex.tif" is complex (complex64)']),
        (["a b.tif", "ü.tif", "--rois", "broken.zip"], ["broken.zip"]),
        (["a b.tif", "ü.tif", "--rois", "no.roi"], ["no.roi"]),
        (["a b.tif", "ü.tif", "--mask", "no.tif"], ['"no.tif" does not exist']),
        (
            ["a b.tif", "ü.tif", "--mask", "small mask.tif"],
            ["the mask is 30×21 pixels, the images are 34×21 pixels"],
        ),
        (["a b.tif", "ü.tif", "--mask", "rgb.tif"], ['"rgb.tif" is an RGB']),
        (["a b.tif", "ü.tif", "--mask", "ü.tif"], ['"ü.tif" is no mask', str(B.max())]),
    ],
)
def test_refusals_are_one_sentence(run: Run, args, parts) -> None:
    sentence = run("compare", *args).sentence
    assert all(part in sentence for part in parts)


def test_no_number_at_all_is_exit_1(run: Run) -> None:
    found = run("compare", "nan.npy", "ü.tif", "--format", "json")
    assert found.code == 1
    assert found.rows[0]["excluded"] == A.size
    assert found.rows[0]["rmsd"] is None
    assert found.err.count("\n") == 1
    assert "nothing could be compared: no pixel is compared" in found.err


def test_the_same_file_twice(run: Run) -> None:
    (row,) = run("compare", "a b.tif", "a b.tif", "--format", "json").rows
    assert numbers(row) == (A.size, 1, 0, 0)


@pytest.mark.parametrize(
    "args",
    [
        ["compare"],
        ["shift", "a b.tif", "ü.tif", "--max-shift", "2,x"],
        ["shift", "a b.tif", "ü.tif", "--max-shift", "99"],
        ["frc", "a b.tif", "ü.tif", "--threshold", "1/2"],
        ["significance", "a b.tif", "ü.tif", "--method", "guess"],
        ["significance", "a b.tif", "ü.tif", "--n-resamples", "9"],
        ["threshold", "a b.tif", "ü.tif", "--method", "best"],
        ["threshold", "a b.tif", "ü.tif", "--method", "1,x"],
        ["compare", "a b.tif"],
        ["compare", "a b.tif", "ü.tif", "more.tif"],
        ["compare", "a b.tif", "ü.tif", "--rescale", "minmax"],
        ["compare", "a b.tif", "ü.tif", "--rescale", "percentile:99:1"],
        ["compare", "a b.tif", "ü.tif", "--rescale", "percentile:x:y"],
        ["compare", "a b.tif", "ü.tif", "--rescale", "percentile:5"],
        ["compare", "a b.tif", "ü.tif", "--background", "dark"],
        ["compare", "a b.tif", "ü.tif", "--background", "1,percentile:101"],
        ["compare", "a b.tif", "ü.tif", "--blur", "0,much"],
        ["compare", "a b.tif", "ü.tif", "--format", "xml"],
        ["compare", "a b.tif", "ü.tif", "--colour"],
        ["batch", "."],
        ["comparre"],
    ],
)
def test_bad_usage_is_exit_2(run: Run, args) -> None:
    found = run(*args)
    assert (found.code, found.out) == (2, "")
    assert "Usage" in found.err
    assert "Traceback" not in found.err


def test_help_and_version(run: Run) -> None:
    assert run("--version").out == f"similij {similij.__version__}\n"
    for args in (["--help"], ["compare", "-h"], ["batch", "--help"]):
        found = run(*args)
        assert found.code == 0
        assert "Usage" in found.out


def calibrated(path: str, pixels: np.ndarray, axes: str = "YX") -> None:
    about = {"unit": "um", "axes": axes}
    tifffile.imwrite(
        path, pixels, imagej=True, resolution=(4, 4), metadata=about
    )  # 0.25 µm


def test_shift(run: Run) -> None:
    wide = gaussian_filter(RNG.normal(size=(60, 70)), 2)
    wide = (3000 + 9000 * wide).astype(np.uint16)
    x, y = wide[5:-5, 5:-5], wide[7:-3, 2:-8]
    calibrated("x.tif", x)
    calibrated("y.tif", y)
    found = run("shift", "x.tif", "y.tif", "--max-shift", "6,9", "--plot", "p/s.png",
                "--format", "json")  # fmt: skip
    (row,) = found.rows
    known = similij.shift(x, y, max_shift=(6, 9))
    assert (row["shift_y"], row["shift_x"]) == known.offset
    assert round(row["shift_y"]), round(row["shift_x"]) == (-2, 3)
    assert (row["pearson"], row["pearson_at_shift"]) == (known.r, known.peak)
    assert (row["width_y"], row["width_x"]) == known.width
    assert row["unit"] == "µm"
    assert row["shift_x_in_unit"] == pytest.approx(known.offset[1] / 4)
    assert Path("p/s.png").stat().st_size > 10_000
    table = run("shift", "x.tif", "y.tif").out
    assert f"shift_x           {known.offset[1]:.7g}\n" in table
    (row,) = csv.DictReader(
        run("shift", "a b.tif", "ü.tif", "--mask", "mask.tif", "--format",
            "csv").out.splitlines()
    )  # fmt: skip
    masked = similij.shift(A, B, mask=A > 1500)
    assert float(row["pearson_at_shift"]) == masked.peak
    assert (row["unit"], row["shift_x_in_unit"]) == ("", "")
    flat = run("shift", "nan.npy", "nan.npy")
    assert flat.code == 1
    assert (
        flat.err == "similij: no pixel is compared (all pixels are NaN in one image)\n"
    )


def test_frc(run: Run) -> None:
    scene = 3000 + 9000 * gaussian_filter(RNG.normal(size=(60, 70)), 2)
    x, y = ((scene + RNG.normal(0, 300, scene.shape)).astype(np.uint16) for _ in "xy")
    calibrated("x.tif", x)
    calibrated("y.tif", y)
    found = run("frc", "x.tif", "y.tif", "--threshold", "half-bit", "--curve",
                "c/c.csv", "--plot", "p/f.png", "--format", "json")  # fmt: skip
    (row,) = found.rows
    known = similij.frc(x, y)
    assert row["resolution_1_7"] == pytest.approx(known.resolution / 4)
    assert row["resolution"] == row["resolution_half_bit"]
    assert row["resolution"] == pytest.approx(known.resolutions["half-bit"] / 4)
    assert (row["unit"], row["threshold"]) == ("µm", "half-bit")
    curve = np.genfromtxt("c/c.csv", delimiter=",", names=True)
    np.testing.assert_allclose(curve["frc"], known.curve["frc"], rtol=1e-12)
    np.testing.assert_allclose(curve["frequency"], 4 * known.curve.frequency)
    assert row["rings"] == len(curve)
    assert Path("p/f.png").stat().st_size > 10_000
    masked = run("frc", "a b.tif", "ü.tif", "--mask", "mask.tif", "--format", "json")
    expected = similij.frc(A, B, mask=A > 1500)
    if np.isnan(expected.resolution):
        assert masked.code == 1
        assert expected.note.replace("image 1", "a b.tif") in masked.err
    else:
        assert masked.rows[0]["resolution"] == expected.resolution
    flat = run("frc", "nan.npy", "nan.npy")
    assert flat.code == 1
    assert flat.err.startswith("similij: no pixel is compared")


def test_significance(run: Run) -> None:
    options = ("a b.tif", "ü.tif", "--mask", "mask.tif", "--format", "json")
    (row,) = run("significance", *options).rows
    known = similij.significance(A, B, mask=A > 1500)
    for name in ("value", "p", "ci_low", "ci_high", "n_effective", "n", "note"):
        assert row[name] == getattr(known, name)
    asked = ("--metric", "rmsd", "--method", "bootstrap", "--n-resamples", 199)
    (row,) = run("significance", *options, *asked, "--seed", 3).rows
    known = similij.significance(
        A, B, mask=A > 1500, metric="rmsd", method="bootstrap", n_resamples=199, seed=3
    )
    assert (row["ci_low"], row["ci_high"]) == (known.ci_low, known.ci_high)
    assert (row["p"], row["n_resamples"], row["seed"]) == (None, 199, 3)
    assert row["block"] == "×".join(map(str, known.block[::-1]))


def test_threshold(run: Run) -> None:
    light = np.where(A > 2000, 5 * A, 0)
    x, y = (t.astype(np.uint16) for t in (light + A % 97, light + B % 89))
    np.save("x.npy", x)
    np.save("y.npy", y)
    options = ("x.npy", "y.npy", "--format", "json")
    for method, asked in (
        ("costes", "costes"),
        ("otsu", "otsu"),
        ("900,1e3", (900, 1e3)),
    ):
        (row,) = run("threshold", *options, "--method", method, "--plot", "t.png").rows
        known = similij.threshold(x, y, method=asked)
        assert known.x > 0
        assert (row["threshold_1"], row["threshold_2"]) == (known.x, known.y)
        assert (row["manders_m1"], row["above_both"]) == (known.m1, known.above)
    assert Path("t.png").stat().st_size > 10_000
    (row,) = run("threshold", *options, "--variant", "coloc2", "--plot", "c.png").rows
    known = similij.threshold(x, y, variant="coloc2")
    assert (row["threshold_1"], row["manders_m2"]) == (known.x, known.m2)
    assert row["method"] == "costes (coloc2)"
    assert Path("c.png").stat().st_size > 10_000
    assert run("threshold", *options, "--variant", "jacop").code == 2
    np.save("negative.npy", -A.astype(float))
    none = run("threshold", "a b.tif", "negative.npy")
    assert none.code == 1
    assert "the slope of the regression line is" in none.err


def test_thresholds_of_ones_own(run: Run) -> None:
    asked = ("--metrics", "manders_m1,manders_m2", "--thresholds", "1500,1400")
    (row,) = run("compare", "a b.tif", "ü.tif", *asked, "--format", "json").rows
    known = similij.threshold(A, B, method=(1500, 1400))
    assert (row["manders_m1"], row["manders_m2"]) == (known.m1, known.m2)
    assert "Given thresholds 1500 and 1400" in row["note"]
    wrong = run("compare", "a b.tif", "ü.tif", "--thresholds", "1,2,3")
    assert wrong.code == 2


def test_channels_and_frames_are_asked_for_apart(run: Run) -> None:
    calibrated("movie.tif", np.stack([np.stack([A, B])] * 3)[:, None], "TZCYX")
    found = run("shift", "movie.tif", "movie.tif").sentence
    assert '"movie.tif" has 2 channels and 3 frames, which are no space' in found
    assert "--metrics shift --per c,t" in found
    found = run("significance", "movie.tif", "movie.tif").sentence
    assert "--metrics significance --per c\n" in found
    asked = ("--metrics", "shift,significance", "--per", "c,t", "--format", "json")
    rows = run("compare", "movie.tif", "movie.tif", *asked).rows
    assert [row["shift_x"] for row in rows] == pytest.approx([0] * 6, abs=1e-3)
    assert [row["pearson_p"] for row in rows] == [0] * 6


def folders(*names: str) -> tuple[Path, Path]:
    for folder, pixels in (("set a", A), ("set b", B)):
        Path(folder).mkdir()
        for name in names:
            tifffile.imwrite(Path(folder) / f"{name}__x.tif", pixels)
    return Path("set a"), Path("set b")


def test_batch(run: Run) -> None:
    first, second = folders("1", "2")
    (second / "2__x.tif").unlink()
    found = run("batch", first, second, "--out", "new/r.csv", "--format", "json")
    assert found.code == 0
    one, two = found.rows
    assert numbers(one) == pytest.approx(truth.metrics(A, B), rel=1e-15)
    assert (two["image_2"], two["rmsd"]) == ("", None)
    assert "1 could not be compared:\n  2__x.tif: no image in set b" in found.err
    with Path("new/r.csv").open(encoding="utf-8", newline="") as stream:
        rows = [*csv.DictReader(stream)]
    assert [row["note"] for row in rows] == ["", 'no image in set b is called "2"']
    assert math.isclose(float(rows[0]["rmsd"]), one["rmsd"], rel_tol=0)


def test_batch_without_a_number_is_exit_1(run: Run) -> None:
    first, second = folders("1")
    (second / "1__x.tif").write_text("text")
    found = run("batch", first, second, "--format", "csv")
    assert found.code == 1
    assert "cannot be read as an image" in found.err
    assert len(found.out.splitlines()) == 2


def test_batch_refusals(run: Run) -> None:
    assert 'no" does not exist' in run("batch", "no", ".").sentence
    first, second = folders("1")
    refused = run("batch", first, second, "--pair", "x")
    assert refused.code == 2
    assert "{id}" in refused.err
    said = run("batch", first, second, "--out", "text.tif/r.csv").sentence
    assert "cannot be written" in said


def test_installed_command(tmp_path: Path) -> None:
    """The script beside this Python, as a shell runs it, in a plain C locale."""
    np.save(tmp_path / "a.npy", A)
    np.save(tmp_path / "b.npy", B[1:])
    command = [Path(sys.executable).with_name("similij"), "compare"]
    for second, code in (("a.npy", 0), ("b.npy", 1)):
        done = subprocess.run(
            [*command, "a.npy", second, "--format", "json"],
            cwd=tmp_path,
            capture_output=True,
            check=False,
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        )
        assert done.returncode == code
    error = done.stderr.decode("utf-8")
    assert done.stdout == b""
    assert '"a.npy" is 34×21 pixels (uint16), "b.npy" is 34×20 pixels' in error


def test_a_missing_extra_is_one_sentence(run: Run) -> None:
    source = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "import similij.cli\n"
        "sys.argv = ['similij', 'compare', 'a b.tif', 'ü.tif', '--plots', 'x']\n"
        "similij.cli.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "pip install matplotlib" in done.stderr
    assert done.stderr.count("\n") == 1


def test_plots_go_to_a_folder(run: Run, tmp_path: Path) -> None:
    found = run("compare", "a b.tif", "ü.tif", "--plots", "new/pictures")
    assert found.code == 0
    names = {path.name for path in (tmp_path / "new" / "pictures").iterdir()}
    assert names == {
        "pair.png", "scatter.png", "agreement.png",
        "difference.tif", "difference.png",
        "absolute difference.tif", "absolute difference.png",
    }  # fmt: skip
    assert "Pictures: new/pictures" in found.err
    assert run("compare", "a b.tif", "ü.tif").out == found.out


def test_a_file_is_no_folder_for_plots(run: Run) -> None:
    found = run("compare", "a b.tif", "ü.tif", "--plots", "a b.tif")
    assert (found.code, found.out) == (2, "")
    assert "is a file" in found.err


def test_a_reader_that_stops_reading(run: Run) -> None:
    command = f"'{sys.executable}' -m similij compare 'a b.tif' 'ü.tif' | true"
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""


def test_a_dry_run_prints_pairs_and_touches_nothing(run: Run, tmp_path: Path) -> None:
    for word in ("raw", "den"):
        (tmp_path / word).mkdir()
        for k in range(1, 24):
            (tmp_path / word / f"c{k}_{word}.tif").touch()
    (tmp_path / "raw" / "x.tif").touch()
    (tmp_path / "raw" / "c2_raw_roi.zip").touch()
    before = sorted(tmp_path.rglob("*"))
    both = tmp_path / "raw", tmp_path / "den"
    out = tmp_path / "out" / "r.csv"
    ran = run("batch", *both, "--dry-run", "--out", out, "--plots", tmp_path / "p")
    lines = ran.out.splitlines()
    assert (ran.code, ran.err) == (0, "")
    assert lines[:4] == [
        '23 pairs by "{id}_raw:{id}_den", 1 without a partner: x.tif, 1 with ROIs.',
        "   1  c1_raw.tif   c1_den.tif",
        "   2  c2_raw.tif   c2_den.tif   c2_raw_roi.zip",
        "   3  c3_raw.tif   c3_den.tif",
    ]
    assert [line.split()[0] for line in lines[1:21]] == [str(k) for k in range(1, 21)]
    assert lines[21:23] == ["      ... and 3 more", "1 could not be compared:"]
    assert lines[23].startswith("  x.tif: x.tif has no identifier")
    assert len(lines) == 24
    # As a table it is one that the same command reads.
    table = tmp_path / "pairs.csv"
    ran = run("batch", *both, "--dry-run", "--format", "csv")
    assert "x.tif has no identifier" in ran.err
    table.write_text(ran.out)
    again = run("batch", table, "--dry-run", "--format", "csv")
    assert (again.out, again.err) == (ran.out, "")
    table.unlink()
    assert sorted(tmp_path.rglob("*")) == before
    none = run(
        "batch", tmp_path / "raw", tmp_path / "raw", "--pair", "{id}@", "--dry-run"
    )
    assert (none.code, none.out.splitlines()[0][:28]) == (
        1,
        "no pairs, 48 without a partn",
    )
    refused = run("batch", tmp_path / "raw", "--dry-run")
    assert refused.code == 2
    assert "one folder needs --pair" in " ".join(refused.err.replace("│", " ").split())


def test_pictures_of_aligned_images(tmp_path: Path, shell: Shell) -> None:
    rng = np.random.default_rng(8)
    big = gaussian_filter(rng.normal(size=(90, 100)), 2) * 1000
    x, y = big[5:75, 5:85], big[2:72, 9:89]
    for name, image in (("a", x), ("b", y)):
        tifffile.imwrite(tmp_path / f"{name}.tif", image.astype(np.float32))
    files = tmp_path / "a.tif", tmp_path / "b.tif"
    for pictures in ((), ("--pictures", "difference")):
        words = ("--align", "shift", "--plots", tmp_path / "out", *pictures)
        ran = shell("compare", *files, *words)
        assert ran.code == 0, ran.err
        found = tifffile.imread(tmp_path / "out" / "difference.tif")
        assert np.nanmax(abs(found)) == 0
        assert np.isfinite(found).sum() == (70 - 3) * (80 - 4)
    assert (tmp_path / "out" / "pair.png").is_file()


@pytest.mark.parametrize("command", ["compare", "batch", "pairwise", "estimate"])
def test_help_has_the_words_of_each_option(command: str) -> None:
    from typer.main import get_command

    from similij.cli import app

    # Rich takes the width from COLUMNS, and a terminal this wide breaks no line.
    source = f"import similij.cli as c; c.app(['{command}', '--help'])"
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=False,
        env={**os.environ, "COLUMNS": "2000", "TERM": "dumb", "NO_COLOR": "1"},
    )  # fmt: skip
    found = get_command(app).commands[command].params  # type: ignore[attr-defined]
    helps = [p.help.replace("\\", "") for p in found if getattr(p, "help", None)]
    assert len(helps) > 10
    for words in helps:
        assert words in done.stdout
    assert "<bool>" not in done.stdout  # a flag takes no value


def test_help_waits_for_no_numbers() -> None:
    """NumPy was a third of what `similij --help` waited for, and boxes a half."""
    source = """
import sys
sys.argv = ["similij", "--help"]
from similij.cli import main
try:
    main()
except SystemExit:
    pass
heavy = {"numpy", "numba", "pandas", "xarray", "scipy", "matplotlib"}
heavy |= {"tifffile", "rich"}
print(sorted(heavy & set(sys.modules)))
"""
    assert run_python(source).splitlines()[-1] == "[]"


def test_regions_are_saved_with_their_numbers(run: Run) -> None:
    cells = np.zeros(A.shape, np.uint16)
    cells[2:9, 3:20], cells[12:19, 5:30] = 4, 9
    tifffile.imwrite("cells.tif", cells)
    options = ("compare", "a b.tif", "ü.tif", "--labels", "cells.tif")
    done = run(*options, "--save-regions", "out/cells.geojson", "--format", "json")
    assert done.err == f"Regions: {Path('out/cells.geojson')}\n"
    features = json.loads(Path("out/cells.geojson").read_text("utf-8"))["features"]
    for feature, row in zip(features, done.rows, strict=True):
        assert feature["properties"]["name"] == row["region"]
        assert feature["properties"]["measurements"]["RMSD"] == row["rmsd"]
    for file in ("cells.zip", "again.tif"):
        assert run(*options, "--save-regions", file, "--quiet").err == ""
    again = run(*options[:3], "--rois", "cells.zip", "--format", "json").rows
    for row, one in zip(again, done.rows, strict=True):
        assert numbers(row) == numbers(one)
    assert np.array_equal(tifffile.imread("again.tif"), cells)


def test_where_regions_go_is_checked_before_anything_is_read(run: Run) -> None:
    options = ("compare", "no such.tif", "ü.tif", "--rois", "no such.zip")
    for name in ("cells.csv", "cells"):
        refused = run(*options, "--save-regions", name)
        assert (refused.code, refused.out) == (2, "")
        assert "--save-regions" in refused.err and ".geojson" in refused.err
    refused = run("compare", "a b.tif", "ü.tif", "--save-regions", "a.zip")
    assert refused.code == 2
    assert "needs --rois or --labels" in refused.err
    Path("folder.zip").mkdir()
    assert "is a folder" in run(*options, "--save-regions", "folder.zip").sentence


def test_what_is_left_out_of_saved_regions_is_said(run: Run) -> None:
    rois = [
        ImagejRoi(roitype=ROI_TYPE.RECT, left=2, top=3, right=20, bottom=9, name="1"),
        ImagejRoi(roitype=ROI_TYPE.RECT, left=99, top=3, right=120, bottom=9, name="2"),
    ]
    roiwrite("r.zip", rois)
    done = run("compare", "a b.tif", "ü.tif", "--rois", "r.zip",
               "--save-regions", "r.tif", "--format", "csv")  # fmt: skip
    assert done.code == 0
    assert done.err.splitlines() == [
        "2 lies outside the image: left out.", "Regions: r.tif",
    ]  # fmt: skip
    assert np.unique(tifffile.imread("r.tif")).tolist() == [0, 1]

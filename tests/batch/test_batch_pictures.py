"""Pictures of each pair of a batch, beside its table; drawn again where need be."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import tifffile

from support import Shell

RNG = np.random.default_rng(73)

KINDS = {
    "scatter.png",
    *("difference.png", "difference.tif"),
    *("local pearson.png", "local pearson.tif"),
    *("local pearson_places.csv", "local pearson_places_roi.zip"),
}


@pytest.fixture
def pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two pairs, and one of two sizes."""
    monkeypatch.chdir(tmp_path)
    for side in "ab":
        (tmp_path / side).mkdir()
    for k in range(3):
        image = RNG.integers(0, 4000, (33, 41)).astype(np.uint16)
        tifffile.imwrite(tmp_path / "a" / f"{k}.tif", image)
        noise = RNG.integers(0, 900, image.shape).astype(np.uint16)
        tifffile.imwrite(
            tmp_path / "b" / f"{k}.tif", (image + noise)[: 30 + 3 * (k < 2)]
        )
    return tmp_path


def dates(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mtime_ns
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "table.png"
    }


@pytest.mark.slow
def test_pictures_lie_beside_the_table(pairs: Path, shell: Shell) -> None:
    words = ("batch", "a", "b", "--out", "r.csv")
    asked = ("--pictures", "scatter,difference,local,planes")
    ran = shell(*words, *asked)
    assert ran.code == 0
    assert "Pictures: r_pictures" in ran.err
    folder = pairs / "r_pictures"
    first = dates(folder)
    assert {*first} == {f"{k}/{name}" for k in range(2) for name in KINDS}
    assert (folder / "table.png").is_file()
    assert "2 lack a picture:" in ran.err
    assert "  0.tif: a picture of 'planes' needs rows of two planes" in ran.err

    # Nothing is drawn twice; what was lost is, and so is what was not asked for yet.
    assert shell(*words, *asked).code == 0
    assert dates(folder) == first
    (folder / "1" / "scatter.png").unlink()
    assert shell(*words, "--pictures", "scatter,agreement").code == 0
    second = dates(folder)
    changed = {name for name, date in second.items() if date != first.get(name)}
    assert changed == {"1/scatter.png", "0/agreement.png", "1/agreement.png"}

    # Of an image that changed everything is.
    image = tifffile.imread(pairs / "a" / "1.tif")
    tifffile.imwrite(pairs / "a" / "1.tif", image[::-1])
    os.utime(pairs / "a" / "1.tif", ns=(1, 1))
    assert shell(*words, "--pictures", "scatter").code == 0
    third = dates(folder)
    assert {n for n, date in third.items() if date != second.get(n)} == {
        "1/scatter.png"
    }


@pytest.mark.slow
def test_several_processes_draw_the_same(
    pairs: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for k in range(3, 17):
        for side in "ab":
            (pairs / side / f"{k}.tif").write_bytes(
                (pairs / side / "1.tif").read_bytes()
            )
    asked = ("batch", "a", "b", "--pictures", "difference")
    monkeypatch.setattr("similij.moments.kernels.parts.threads", lambda: 2)
    several = shell(*asked, "--plots", "several")
    monkeypatch.setattr("similij.moments.kernels.parts.threads", lambda: 1)
    alone = shell(*asked, "--plots", "alone")
    assert several.err.replace("several", "alone") == alone.err
    files = {
        name: (pairs / "alone" / name).read_bytes() for name in dates(pairs / "alone")
    }
    assert len(files) == 2 * 16
    for name, expected in files.items():
        assert (pairs / "several" / name).read_bytes() == expected


@pytest.mark.slow
def test_pictures_go_where_they_are_told_to(pairs: Path, shell: Shell) -> None:
    options = ("--pictures", "shift", "--plots", "p", "--verdict")
    ran = shell("batch", "a", "b", *options)
    assert ran.code == 0
    assert {*dates(pairs / "p")} == {"0/shift.png", "1/shift.png"}
    assert "\n0.tif and 0.tif, Whole image, 1: " in ran.out


def test_refusals(pairs: Path, shell: Shell) -> None:
    ran = shell("batch", "a", "b", "--pictures", "all")
    assert (ran.code, ran.out) == (2, "")
    assert "needs --plots FOLDER" in ran.err
    ran = shell("batch", "a", "b", "--out", "r.csv", "--pictures", "all,heat")
    assert (ran.code, ran.out) == (2, "")
    assert "there is no kind of picture 'heat'" in ran.err
    assert not (pairs / "r.csv").exists()

"""The files that an album and `draw` write, and what they refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import xarray as xr
from roifile import ImagejRoi

import similij
from picture_data import assert_counts, filled, image
from similij.moments.joint_histogram import JointCounts
from similij.plot.pictures import map_files as _differences
from similij.plot.pictures.album import Album
from similij.plot.pictures.draw import draw
from similij.plot.pictures.kinds import KINDS, fitting, parse_kinds, why_not
from similij.regions import Region, from_roi

RNG = np.random.default_rng(11)


def series(channels: int = 1) -> tuple[xr.DataArray, xr.DataArray]:
    dims = ["t", "z", "c", "y", "x"]
    shape = (3, 2, channels, 14, 18)
    coords = {
        "t": ("t", np.arange(3) * 2.5, {"units": "s"}),
        "z": np.arange(2) * 0.7,
        "y": np.arange(14) * 0.2,
        "x": np.arange(18) * 0.2,
    }
    x = RNG.integers(0, 200, shape).astype(np.uint8)
    y = RNG.integers(0, 255, shape).astype(np.uint8)
    first = xr.DataArray(x, coords, dims, "a.tif", {"units": "um"})
    return first, xr.DataArray(y, dims=dims, name="b.tif")


def test_a_hyperstack_has_its_planes_in_order(tmp_path: Path) -> None:
    x, y = series()
    found = draw(x, y, tmp_path, per=("t", "z"))
    names = [picture.path.name for picture in found]
    assert names == [
        "scatter.png", "agreement.png", "difference.tif", "difference.png",
        "absolute difference.tif", "absolute difference.png", "metrics by plane.png",
    ]  # fmt: skip
    assert found[2].title == "Difference: b.tif − a.tif"
    expected = (y.values.astype(float) - x.values.astype(float))[:, :, 0]
    with tifffile.TiffFile(tmp_path / "difference.tif") as tiff:
        assert tiff.is_imagej
        assert tiff.series[0].axes == "TZYX"
        np.testing.assert_array_equal(tiff.asarray(), expected)
        about = tiff.imagej_metadata
        assert about["min"] == -about["max"]
        assert about["max"] == pytest.approx(
            np.percentile(np.abs(expected), 99.9), rel=0.01
        )
        assert about["unit"] == "\\u00b5m"
        assert (about["spacing"], about["finterval"]) == pytest.approx((0.7, 2.5))
        assert about["Labels"] == [f"z{z} t{t}" for t in (1, 2, 3) for z in (1, 2)]
        above, below = tiff.pages[0].tags["XResolution"].value
        assert below / above == pytest.approx(0.2)
    absolute = tifffile.imread(tmp_path / "absolute difference.tif")
    np.testing.assert_array_equal(absolute, np.abs(expected))


def test_pooled_planes_are_pages_too(tmp_path: Path) -> None:
    x, y = series()
    draw(x, y, tmp_path, kinds="difference")
    pooled = tifffile.imread(tmp_path / "difference.tif")
    draw(x, y, tmp_path, kinds="difference", per=("z", "t"))
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "difference.tif"), pooled)
    plain = [image.values[:, 0, 0] for image in (x, y)]
    draw(*plain, tmp_path, kinds="difference")
    with tifffile.TiffFile(tmp_path / "difference.tif") as tiff:
        assert tiff.asarray().shape == (3, 14, 18)
        assert tiff.imagej_metadata["Labels"] == ["plane 1", "plane 2", "plane 3"]


def test_large_stacks_wait_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = series()
    draw(x, y, tmp_path / "memory", kinds="difference")
    monkeypatch.setattr(_differences, "_IN_MEMORY", 1)
    draw(x, y, tmp_path / "disk", kinds="difference")
    assert [path.name for path in sorted((tmp_path / "disk").iterdir())] == [
        "difference.png",
        "difference.tif",
    ]
    for name in ("difference.tif", "difference.png"):
        same = [(tmp_path / where / name).read_bytes() for where in ("memory", "disk")]
        assert same[0] == same[1]


@pytest.mark.slow
def test_channel_pairs_have_files_of_their_own(tmp_path: Path) -> None:
    x, y = series(3)
    labels = np.kron([[1, 2], [0, 3]], np.ones((7, 9), int))
    found = draw(x, y, tmp_path, channels="1:2,1:3", per="t", regions=labels)
    names = [picture.path.name for picture in found]
    for kind in ("scatter", "difference", "absolute difference", "metrics by region"):
        assert [n for n in names if n.startswith(f"{kind} c") and ".png" in n] == [
            f"{kind} c1-2.png",
            f"{kind} c1-3.png",
        ]
    assert "metrics by plane.png" in names
    expected = y.values[:, :, 2].astype(float) - x.values[:, :, 0]
    tiff = tifffile.imread(tmp_path / "difference c1-3.tif")
    np.testing.assert_array_equal(tiff, expected)
    (scatter,) = (p for p in found if p.path.name == "scatter c1-2.png")
    assert scatter.title == "Scatter: b.tif, channel 2 against a.tif, channel 1"
    (alone,) = draw(x, y, tmp_path / "one", channels="2:2", kinds="scatter")
    assert alone.path.name == "scatter.png"


def overlay(path: Path) -> list[ImagejRoi]:
    with tifffile.TiffFile(path) as tiff:
        found = tiff.imagej_metadata.get("Overlays", [])
    found = [found] if isinstance(found, bytes) else found
    return [ImagejRoi.frombytes(roi) for roi in found]


def test_a_roi_on_the_plane_of_an_rgb_image_is_outlined_in_all_colors(
    tmp_path: Path,
) -> None:
    """As it has a row of red, green and blue each, so it is in the picture of each."""
    x, y = (RNG.integers(0, 255, (14, 18, 3)).astype(np.uint8) for _ in range(2))
    tied = [Region("p", 1, 2, 5, 4, position=1), Region("c", 3, 3, 6, 5, c=1)]
    found = draw(
        x, y, tmp_path, kinds="difference", color="channels", regions=tied,
        mask=np.ones((14, 18), bool),
    )  # fmt: skip
    maps = [picture.path for picture in found if picture.path.suffix == ".tif"]
    assert len(maps) == 3
    for path in maps:
        assert [roi.name for roi in overlay(path)] == ["p", "c"]


def test_overlay_has_the_regions_of_each_plane(tmp_path: Path) -> None:
    x, y = series()
    everywhere = Region("everywhere", 1, 2, 5, 4)
    draw(x, y, tmp_path, kinds="difference", regions=[everywhere], per=("t", "z"))
    (roi,) = overlay(tmp_path / "difference.tif")
    assert (roi.name, roi.position, roi.z_position) == ("everywhere", 0, 0)
    assert from_roi(roi, "").clip(14, 18)[:2] == (slice(2, 6), slice(1, 6))
    tied = Region("tied", 0, 0, 3, 3, z=2)
    draw(x, y, tmp_path, kinds="difference", regions=[everywhere, tied])
    found = [
        (roi.name, roi.z_position, roi.t_position)
        for roi in overlay(tmp_path / "difference.tif")
    ]
    assert len(found) == 6 + 3
    assert [place for name, *place in found if name == "tied"] == [
        [2, 1], [2, 2], [2, 3]
    ]  # fmt: skip


def test_labels_may_change_from_plane_to_plane(tmp_path: Path) -> None:
    x, y = series()
    labels = xr.DataArray(RNG.integers(0, 3, (2, 14, 18)), dims=["z", "y", "x"])
    draw(x, y, tmp_path, kinds="scatter,difference", regions=labels)
    for z in (1, 2):
        loops = [
            roi.integer_coordinates + np.array([roi.left, roi.top])
            for roi in overlay(tmp_path / "difference.tif")
            if (roi.name, roi.z_position, roi.t_position) == ("label 2", z, 1)
        ]
        inside = filled(loops, (14, 18))
        np.testing.assert_array_equal(inside, labels.values[z - 1] == 2)


def captured(monkeypatch: pytest.MonkeyPatch) -> list[JointCounts]:
    import similij.plot.pictures.channel_pair as module

    seen, original = [], module.draw_scatter

    def record(path: Path, pairs: JointCounts, *rest: Any) -> Any:
        seen.append(pairs)
        return original(path, pairs, *rest)

    monkeypatch.setattr(module, "draw_scatter", record)
    return seen


def test_scatter_counts_the_pixels_of_all_regions_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = captured(monkeypatch)
    x, y = image("uint8"), image("uint8", seed=2)
    mask = np.random.default_rng(1).random(x.shape) < 0.7
    regions = [Region("a", 0, 0, 9, 9), Region("b", 5, 5, 9, 9)]
    union = np.zeros(x.shape, bool)
    union[:9, :9] = union[5:14, 5:14] = True
    draw(x, y, tmp_path, kinds="scatter", regions=regions, mask=mask, inverse=True)
    kept = union & mask
    assert_counts(seen[0], x[kept].astype(float), y[kept].astype(float))


def test_masks_of_stacks_are_those_of_each_plane(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = captured(monkeypatch)
    x, y = (image.isel(c=0) for image in series())
    mask = xr.DataArray(RNG.random((2, 14, 18)) < 0.5, dims=["z", "y", "x"])
    draw(x, y, tmp_path, kinds="scatter", mask=mask, per="t")
    kept = np.broadcast_to(mask.values, x.shape)
    assert_counts(seen[0], x.values[kept].astype(float), y.values[kept].astype(float))


def test_a_series_against_itself_says_so(tmp_path: Path) -> None:
    x, _ = series()
    found = draw(x, None, tmp_path, against="first", per="t", kinds="difference")
    assert found[0].title == "Difference: a.tif, first frame − a.tif"
    now, first = x.values[1:, :, 0].astype(float), x.values[:1, :, 0].astype(float)
    tiff = tifffile.imread(tmp_path / "difference.tif")
    np.testing.assert_array_equal(tiff, first - now)


def test_dask_is_read_plane_by_plane(tmp_path: Path) -> None:
    dask = pytest.importorskip("dask.array")
    x, y = (image.isel(c=0) for image in series())
    draw(x, y, tmp_path / "numpy", kinds="difference")
    lazy = [image.copy(data=dask.from_array(image.values, 5)) for image in (x, y)]
    draw(*lazy, tmp_path / "dask", kinds="difference")
    same = [tifffile.imread(tmp_path / k / "difference.tif") for k in ("numpy", "dask")]
    np.testing.assert_array_equal(*same)


def test_only_what_makes_sense_is_drawn(tmp_path: Path) -> None:
    x, y = image("uint8"), image("uint8", seed=2)
    whole = similij.compare(x, y).rows
    assert fitting(whole) == ["scatter", "agreement", "difference", "absolute"]
    halves = {"l": np.indices(x.shape)[1] < 9, "r": np.indices(x.shape)[1] >= 9}
    assert fitting(similij.compare(x, y, regions=halves).rows)[-1] == "regions"
    with pytest.raises(ValueError, match="'planes' needs rows of two planes"):
        draw(x, y, tmp_path / "new", kinds="scatter,planes")
    with pytest.raises(ValueError, match="'regions' needs two regions"):
        draw(x, y, tmp_path / "new", kinds=["regions"])
    assert not (tmp_path / "new").exists()
    with pytest.raises(ValueError, match=r"no kind of picture 'map'; there are: all"):
        draw(x, y, tmp_path, kinds="map")
    nothing = similij.compare(x * np.nan, y).rows
    assert fitting(nothing) == []
    assert "none was compared" in why_not("scatter", nothing)
    by_name = {"local", "shift", "frc"}
    assert parse_kinds("all") == [kind for kind in KINDS if kind not in by_name]
    assert parse_kinds("shift, all") == [*parse_kinds("all"), "shift"]


def test_album_notes_what_was_asked_for_and_makes_no_sense(tmp_path: Path) -> None:
    x, y = image("uint8"), image("uint8", seed=2)
    rows = similij.compare(x, y)
    album = Album(tmp_path, "regions, scatter", ("a", "b"))
    album.add(x, y)
    assert [picture.kind for picture in album.finish(rows)] == ["scatter"]
    assert album.notes == [why_not("regions", rows.rows)]
    album = Album(tmp_path, "planes")
    assert not album.needs_pixels
    album = Album(tmp_path, "all")
    album.add(x, y)
    album.finish(rows)
    assert album.notes == []


def test_album_refuses_what_is_no_pair_of_planes(tmp_path: Path) -> None:
    album = Album(tmp_path, "all", ("a", "b"))
    with pytest.raises(ValueError, match=r"a has the shape \(2, 3\), b \(3, 2\)"):
        album.add(np.zeros((2, 3)), np.zeros((3, 2)))
    album.add(np.zeros((2, 3)), np.zeros((2, 3)))
    with pytest.raises(ValueError, match="plane t2 is 2×2, the ones before are 3×2"):
        album.add(np.zeros((2, 2)), np.zeros((2, 2)), plane="t2")
    album.discard()
    with pytest.raises(ValueError, match="pixel_size is -1"):
        Album(tmp_path, pixel_size=-1)


def test_a_cancelled_run_leaves_nothing(tmp_path: Path) -> None:
    x, y = image("uint8"), image("uint8", seed=2)
    album = Album(tmp_path / "new")
    album.add(x, y)
    album.discard()
    assert not (tmp_path / "new").exists()
    (tmp_path / "kept.txt").write_text("mine")
    album = Album(tmp_path)
    album.add(x, y)
    assert album.finish(similij.compare(x, y))
    album.discard()
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]

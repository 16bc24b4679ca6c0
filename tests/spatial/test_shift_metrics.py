"""Metrics of a shift: by a loop over shifts, by design, and as `shift` has them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from test_handler import Wire, request

import similij
from shift_by_loop import TYPES, by_loop, scene
from similij import compare
from similij.metrics import catalogue
from similij.spatial import shift_metrics as displacement

SHIFT = [*catalogue("shift")]


def moved(image: np.ndarray, *offset: float) -> np.ndarray:
    """Move a periodic image by parts of a pixel, without interpolating it."""
    phase = 0.0
    for axis, (size, d) in enumerate(zip(image.shape, offset, strict=True)):
        shape = [size if k == axis else 1 for k in range(image.ndim)]
        phase = phase + np.fft.fftfreq(size).reshape(shape) * d
    return np.fft.ifftn(np.fft.fftn(image) * np.exp(-2j * np.pi * phase)).real


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("dtype", TYPES)
def test_every_type_against_a_loop(dtype: str, masked: bool) -> None:
    rng = np.random.default_rng(3)
    x = rng.integers(0, 100, (12, 16))
    y = np.roll(x, (1, -2), (0, 1))  # of unrelated images no shift is given
    x, y = (t > 50 if dtype == "?" else t.astype(dtype) for t in (x, y))
    mask = np.zeros(x.shape, bool)
    mask[2:11, 1:14] = rng.random((9, 13)) < 0.8
    mask[2, 1:14] = mask[10, 1:14] = mask[2:11, 1] = mask[2:11, 13] = True
    where = {"mask": mask} if masked else {}
    row = compare(x, y, metrics=SHIFT, **where).rows[0]
    if masked:  # a quarter of its box is searched
        x, y, mask = (t[2:11, 1:14] for t in (x, y, mask))
    else:
        mask = np.ones(x.shape, bool)
    reach = tuple(size // 4 for size in x.shape)
    expected = by_loop(x, y, mask, reach)
    assert row["pearson_at_shift"] == pytest.approx(np.nanmax(expected), abs=1e-12)
    best = np.unravel_index(np.nanargmax(expected), expected.shape)
    for name, top, most in zip(("shift_y", "shift_x"), best, reach, strict=True):
        assert abs(row[name] - (top - most)) <= 1
    assert math.isnan(row["shift_z"])
    assert "a plane has no z: shift_z is undefined" in row["note"]
    assert f"±{reach[1]} in x, ±{reach[0]} in y (pixels)" in row["note"]


@pytest.mark.parametrize("offset", [(2.3, -3.6), (0.0, 0.0), (-0.25, 5.0)])
def test_parts_of_a_pixel_are_found(offset: tuple[float, float]) -> None:
    rng = np.random.default_rng(1)
    freq = np.hypot(*np.meshgrid(np.fft.fftfreq(96), np.fft.fftfreq(80)))
    spectrum = np.fft.fft2(rng.normal(size=(80, 96))) * (freq < 0.2)
    x = np.fft.ifft2(spectrum).real
    row = compare(x, moved(x, *offset), metrics=SHIFT).rows[0]
    # biased to whole pixels by the edges, which move out of sight
    assert (row["shift_y"], row["shift_x"]) == pytest.approx(offset, abs=0.08)
    assert row["pearson_at_shift"] > 0.75


def test_the_numbers_of_the_function() -> None:
    wide = scene((80, 90))
    x, y = wide[10:-10, 10:-10], wide[13:-7, 8:-12] * 3 + 4
    found = similij.shift(x, y)
    row = compare(x, y, metrics=["pearson", *SHIFT]).rows[0]
    assert (row["shift_y"], row["shift_x"]) == found.offset
    assert (row["pearson"], row["pearson_at_shift"]) == (found.r, found.peak)
    assert found.pixel_offset == (-3, 2)
    cell = np.hypot(*(np.indices(x.shape) - 30)) < 19
    found = similij.shift(x, y, mask=cell)
    for where in ({"mask": cell}, {"regions": {"a": cell}}, {"regions": cell + 0}):
        row = compare(x, y, metrics=SHIFT, **where).rows[0]
        got = [row[k] for k in ("shift_y", "shift_x", "pearson_at_shift")]
        assert got == pytest.approx([*found.offset, found.peak], abs=1e-9)
    wider = similij.shift(x, y, mask=cell, max_shift=30)  # 37 pixels across
    assert wider.peak == found.peak
    assert wider.ccf.shape == (61, 61)
    beyond = similij.shift(x, y, mask=cell, max_shift=(40, 9))
    assert beyond.peak == pytest.approx(found.peak, abs=1e-12)


def test_a_stack_has_a_z() -> None:
    wide = scene((24, 40, 40))
    x, y = wide[4:-4, 5:-5, 5:-5], wide[2:-6, 6:-4, 3:-7]
    found = similij.shift(x, y)
    assert found.pixel_offset == (2, -1, 2)
    for a, b in ((x, y), (xr.DataArray(x, dims=["z", "y", "x"]), y)):
        row = compare(a, b, metrics=SHIFT).rows[0]
        got = tuple(row[f"shift_{axis}"] for axis in "zyx")
        assert got == found.offset
    tall = np.ones(x.shape[1:], bool)
    row = compare(x, y, regions={"all": tall}, metrics=SHIFT).rows[0]
    assert row["shift_z"] == found.offset[0]
    thin = compare(x[:3], y[:3], metrics=SHIFT)
    assert math.isnan(thin.shift_z)
    assert "3 pixels along z are too few to look for a shift" in thin.note
    assert not math.isnan(thin.shift_x)


def test_no_shift_of_images_that_have_nothing_in_common() -> None:
    x, y = scene(seed=1), scene(seed=2)
    row = compare(x, y, metrics=["shift_x", "shift_y", "pearson_at_shift"]).rows[0]
    assert math.isnan(row["shift_x"])
    assert math.isnan(row["shift_y"])
    assert row["pearson_at_shift"] > 0
    assert "have nothing in common" in row["note"]
    assert "shift_x is undefined" in row["note"]


def test_a_shift_beyond_the_search_is_blank() -> None:
    wide = scene((60, 80))
    x, y = wide[10:-10, 20:-20], wide[10:-10, 7:-33]  # 13 px, of 10 searched
    row = compare(x, y, metrics=["shift_x", "pearson_at_shift"]).rows[0]
    assert math.isnan(row["shift_x"])
    assert "the shift is beyond ±10 px in x, where R still rises" in row["note"]


def test_channels_and_frames_are_no_slices() -> None:
    x = xr.DataArray(
        np.stack([scene(seed=1), scene(seed=2)])[:, None], dims=["c", "z", "y", "x"]
    )
    row = compare(x, x, metrics=SHIFT).rows[0]
    assert all(math.isnan(row[name]) for name in SHIFT)
    assert "here channels are pooled: compare them apart" in row["note"]
    apart = compare(x, x, metrics=SHIFT, per="c").rows
    assert [r["shift_x"] for r in apart] == pytest.approx([0, 0], abs=1e-4)
    frames = x.rename(c="t")
    assert "here frames are pooled" in compare(frames, frames, metrics=SHIFT).note


def test_one_search_for_each_region(monkeypatch) -> None:
    calls = []
    search = displacement.search

    def counted(*images):
        calls.append(images[0].shape)
        return search(*images)

    monkeypatch.setattr(displacement, "search", counted)
    x = scene((40, 40))
    labels = np.zeros(x.shape, int)
    labels[2:20, 3:30], labels[22:40, 10:35] = 1, 2
    compare(x, x[::-1], regions=labels, metrics=SHIFT)
    assert calls == [(18, 27), (18, 25)]


def test_what_a_row_says() -> None:
    wide = scene((60, 60))
    x, y = wide[10:-10, 10:-10], wide[10:-10, 0:-20]
    row = compare(x, y, metrics="shift").rows[0]
    assert row["shift_x"] == pytest.approx(10, abs=0.1)
    assert "R is highest at the end of that along x" in row["note"]
    flat = compare(x, np.ones_like(x), names=("a", "b"), metrics=SHIFT)
    assert math.isnan(flat.pearson_at_shift)
    assert '"b" is constant here (every pixel is 1)' in flat.note
    wave = np.sin(np.arange(40) ** 1.5)
    line = compare(wave[1:], wave[:-1], metrics=["shift_x", "shift_y"])
    assert line.shift_x == pytest.approx(1, abs=0.1)
    assert "has no y" in line.note
    x[3, 3] = math.nan
    assert compare(x, x, metrics="shift_x").shift_x == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("axis", ["z", "t"])
def test_planes_that_come_one_by_one(axis: str) -> None:
    """As ImageJ sends them, each with its place in the stack."""
    wide = scene((16, 40, 40))
    parts = wide[2:14, 5:-5, 5:-5], wide[3:15, 5:-5, 8:-2]
    x, y = (np.rint(1000 * t).astype(np.uint16) for t in parts)
    wire = Wire()
    asked = request(x, y, metrics="shift")
    for k in range(len(x)):
        message = {"op": "compare", "run": "1", "end": k == len(x) - 1}
        if k == 0:
            message["request"] = asked
        planes = {"plane_1": wire.put("1", x[k]), "plane_2": wire.put("2", y[k])}
        at = {"c": 1, "z": 1, "t": 1, axis: k + 1}
        reply = wire.ask({**message, **planes, "at": at})
    assert "error" not in reply, reply
    dims = (axis, "y", "x")
    wanted = compare(*(xr.DataArray(t, dims=dims) for t in (x, y)), metrics=SHIFT)
    for name in SHIFT:
        value, expected = reply["columns"][name], wanted.rows[0][name]
        assert value == (None if math.isnan(expected) else expected)
    assert (reply["columns"]["shift_z"] is None) == (axis == "t")

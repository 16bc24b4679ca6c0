"""Masks of Cellpose's ``_seg.npy``: read, and nothing of the file is executed."""

from __future__ import annotations

import io
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from similij import compare
from similij.ground.errors import RegionError
from similij.regions import as_regions, read_labels

RNG = np.random.default_rng(4)
CELLS = np.kron(np.arange(12).reshape(3, 4), np.ones((5, 7), int))
A = RNG.integers(0, 999, CELLS.shape).astype(np.uint16)
B = RNG.integers(0, 999, CELLS.shape).astype(np.uint16)


def cellpose(masks: Any, **more: Any) -> dict[str, Any]:
    """As Cellpose 3 saves it."""
    return {
        "outlines": RNG.integers(0, 2, CELLS.shape).astype(bool),
        "colors": RNG.integers(0, 255, (11, 3)),
        "masks": masks,
        "chan_choose": [0, 0],
        "ismanual": np.zeros(11, bool),
        "filename": "cells.tif",
        "flows": [RNG.random((2, 15, 28)).astype(np.float32), [], None],
        "diameter": np.float32(30.5),
        "est_diam": 17.0,
        **more,
    }


def saved(path: Path, held: Any, protocol: int | None = None) -> Path:
    if protocol is None:
        np.save(path, np.asarray(held, dtype=object), allow_pickle=True)
        return path
    whole = io.BytesIO()
    np.save(whole, np.asarray(None, dtype=object), allow_pickle=True)
    start = whole.getvalue()[: whole.getvalue().index(b"\n") + 1]
    array = np.empty((), object)
    array[()] = held
    path.write_bytes(start + pickle.dumps(array, protocol))
    return path


@pytest.mark.parametrize("kind", ["<u2", ">u2", "<i4", "<u4", ">i8", "u1"])
@pytest.mark.parametrize("protocol", [None, 2, 3, 4, 5])
def test_masks(tmp_path: Path, kind: str, protocol: int | None) -> None:
    """Of all types, and all ways to pickle that have been NumPy's."""
    held = cellpose(CELLS.astype(kind))
    file = saved(tmp_path / "cells_seg.npy", held, protocol)
    labels = read_labels(file)
    np.testing.assert_array_equal(labels.labels, CELLS)
    assert labels.counts == [35] * 11
    for regions in (file, str(file)):
        np.testing.assert_array_equal(as_regions(regions).labels.labels, CELLS)


def test_volumes_and_other_orders(tmp_path: Path) -> None:
    volume = np.stack([CELLS, CELLS[::-1], CELLS.T.reshape(CELLS.shape)]).astype("<u2")
    for masks in (volume, np.asfortranarray(volume), volume[:, ::-1]):
        held = cellpose(masks, filename=Path("cells.tif"))
        file = saved(tmp_path / "cells_seg.npy", held)
        np.testing.assert_array_equal(read_labels(file).labels, masks)


def test_rows_of_a_comparison(tmp_path: Path) -> None:
    file = saved(tmp_path / "cells_seg.npy", cellpose(CELLS.astype(np.uint16)))
    rows = compare(A, B, regions=file).rows
    assert [row["region"] for row in rows] == [f"label {k}" for k in range(1, 12)]
    for k, row in enumerate(rows, start=1):
        x, y = (image[k == CELLS].astype(float) for image in (A, B))
        assert row["pearson"] == pytest.approx(np.corrcoef(x, y)[0, 1], rel=1e-12)


def test_masks_saved_as_images(tmp_path: Path) -> None:
    """The other files of Cellpose: _cp_masks.png and .tif."""
    png, tif = tmp_path / "cells_cp_masks.png", tmp_path / "cells_cp_masks.tif"
    Pillow.fromarray(CELLS.astype(np.uint16)).save(png)
    tifffile.imwrite(tif, CELLS.astype(np.uint16), compression="zlib")
    for file in (png, tif):
        np.testing.assert_array_equal(as_regions(file).labels.labels, CELLS)
        np.testing.assert_array_equal(read_labels(file).labels, CELLS)


class Runs:
    """What a pickle can do to whoever opens it."""

    def __init__(self, *call: Any) -> None:
        self.call = call

    def __reduce__(self) -> Any:
        return self.call[0], self.call[1:]


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
@pytest.mark.parametrize("beside", ["masks", "filename"])
def test_nothing_is_executed(tmp_path: Path, protocol: int, beside: str) -> None:
    proof = tmp_path / "executed"
    held = {**cellpose(CELLS), beside: Runs(os.mkdir, str(proof))}
    file = saved(tmp_path / "cells_seg.npy", held, protocol)
    with pytest.raises(RegionError, match="nothing of a file is executed") as error:
        read_labels(file)
    assert "cells_seg.npy" in str(error.value) and "_cp_masks" in str(error.value)
    assert not proof.exists()
    pickle.loads(pickle.dumps(held, protocol))  # the harm that was in it
    assert proof.exists()


@pytest.mark.parametrize(
    "call",
    [
        (eval, "1"),
        (np.load, "x.npy"),
        (np.dtype, "u2", False, True, None),
        (getattr, CELLS, "tofile"),
        (np.array, [1]),
    ],
)
def test_what_is_named_is_never_called(tmp_path: Path, call: tuple) -> None:
    file = saved(tmp_path / "cells_seg.npy", cellpose(Runs(*call)), 4)
    with pytest.raises(RegionError, match="cannot be read"):
        read_labels(file)


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ({"flows": 1}, 'not a dict with the key "masks"'),
        ([1, 2], 'not a dict with the key "masks"'),
        ({"masks": [[1, 2]]}, "are not an array"),
        ({"masks": np.array(["a"])}, "of type U1"),
        ({"masks": np.array([{}], object)}, "of type O8"),
    ],
)
def test_what_has_no_masks(tmp_path: Path, held: Any, words: str) -> None:
    file = saved(tmp_path / "cells_seg.npy", held)
    with pytest.raises(RegionError, match="save the masks as an image") as error:
        read_labels(file)
    assert words in str(error.value)


def test_files_that_are_cut_short_or_lie(tmp_path: Path) -> None:
    file = saved(tmp_path / "cells_seg.npy", cellpose(CELLS.astype("<u2")), 4)
    whole = file.read_bytes()
    for length in (140, 200, len(whole) // 2, len(whole) - 3):
        file.write_bytes(whole[:length])
        with pytest.raises(RegionError, match="cannot be read"):
            read_labels(file)
    shape = pickle.dumps((15, 28), 4)[11:-1]
    assert whole.count(shape[:4]) >= 1
    file.write_bytes(whole.replace(shape[:4], b"K\x7fK\x7f"))
    with pytest.raises(RegionError, match="shape"):
        read_labels(file)
    for code in (
        b"P1\n.",
        b"\x96" + b"\xff" * 6 + b"\0\0.",
        b"\x82\1.",
        b"(((",
        b"r\xff",
    ):
        file.write_bytes(whole[: whole.index(b"\n") + 1] + b"\x80\4" + code)
        with pytest.raises(RegionError, match="cannot be read"):
            read_labels(file)


def test_random_damage_is_a_sentence(tmp_path: Path) -> None:
    file = saved(tmp_path / "cells_seg.npy", cellpose(CELLS.astype("<u2")), 4)
    whole = bytearray(file.read_bytes())
    start = whole.index(b"\n") + 1
    for _ in range(300):
        damaged = bytearray(whole)
        for at in RNG.integers(start, start + 900, 3):
            damaged[at] = RNG.integers(256)
        file.write_bytes(damaged)
        try:
            read_labels(file)
        except RegionError as error:
            assert "\n" not in str(error)

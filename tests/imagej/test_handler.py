"""The contract with ImageJ (docs/protocol.md), with plain arrays for buffers."""

from __future__ import annotations

import csv
import math
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

import similij
import truth
from similij import compare
from similij.imagej.handler import PROTOCOL, Handler
from similij.regions import Region

RNG = np.random.default_rng(12)
KINDS = {"8-bit": np.uint8, "16-bit": np.uint16, "32-bit": np.float32}
X = RNG.integers(0, 250, (3, 14, 23))
Y = RNG.integers(0, 250, X.shape)
ROW = [
    *("image_1", "image_2", "region", "plane", "channel_1", "channel_2"),
    *("z", "t", "time_s", "n", "excluded"),
    *("pearson", "rmsd", "mean_difference", "rescale", "against"),
    *("note", "file_1", "file_2", "run", "version"),
]


class Wire:
    """ImageJ's side: buffers that are used again for every plane."""

    def __init__(self) -> None:
        self.memory: dict[str, np.ndarray] = {}
        self.released = 0
        self.ask = Handler(self.memory.__getitem__, self._release)

    def _release(self) -> None:
        self.released += 1

    def put(self, name: str, pixels: np.ndarray) -> str:
        data = np.frombuffer(np.ascontiguousarray(pixels).tobytes(), np.uint8)
        buffer = self.memory.setdefault(name, np.zeros(data.size + 64, np.uint8))
        buffer[:] = 255  # what was there before must not matter
        buffer[: data.size] = data
        return name


def request(x: np.ndarray, y: np.ndarray, **changes: Any) -> dict[str, Any]:
    words = {np.dtype(t): word for word, t in KINDS.items()}
    _, height, width = x.shape
    return {
        "image_1": "a b.tif",
        "image_2": "ü[1]",
        "type_1": words[x.dtype],
        "type_2": words[y.dtype],
        **{f"width_{k}": v.shape[2] for k, v in ((1, x), (2, y))},
        **{f"height_{k}": v.shape[1] for k, v in ((1, x), (2, y))},
        **{f"planes_{k}": v.shape[0] for k, v in ((1, x), (2, y))},
        "sizes_1": {"c": 1, "z": x.shape[0], "t": 1},
        "box": {"x": 0, "y": 0, "width": width, "height": height},
        "regions": [],
        "plane": "1",
        "rescale": "none",
        "notes": [],
        "save": None,
        **changes,
    }


def converse(
    x: np.ndarray, y: np.ndarray, masks: np.ndarray | None = None, **changes: Any
) -> tuple[list[dict[str, Any]], int]:
    """Send a run as Runner.java does; return its rows and the passes it took."""
    wire = Wire()
    asked = request(x, y, **changes)
    box = asked["box"]
    part = np.s_[
        box["y"] : box["y"] + box["height"], box["x"] : box["x"] + box["width"]
    ]
    message: dict[str, Any] = {"op": "compare", "run": "7", "request": asked}
    message["masks"] = None if masks is None else wire.put("masks", masks)
    passes = 0
    while True:
        passes += 1
        for k in range(len(x)):
            message["plane_1"] = wire.put("1", x[k][part])
            message["plane_2"] = wire.put("2", y[k][part])
            message["end"] = k == len(x) - 1
            reply = wire.ask(message)
            assert "error" not in reply, reply
            message = {"op": "compare", "run": "7"}
            if masks is not None:
                wire.put("masks", 1 - masks)  # Python has copied what it needs
            if k < len(x) - 1:
                assert reply == {}
        if not reply["again"]:
            return rows_of(reply), passes
        assert reply == {"again": True}


def rows_of(reply: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of the columns of a reply, as Row.java reads them."""
    return [
        {
            key: value[k] if isinstance(value, list) else value
            for key, value in reply["columns"].items()
        }
        for k in range(reply["count"])
    ]


def numbers(row: dict[str, Any]) -> tuple:
    return tuple(row[k] for k in ("n", "pearson", "rmsd", "mean_difference"))


def test_hello() -> None:
    reply = Wire().ask({"op": "hello", "protocol": 1, "jar": "0.1.0"})
    assert reply == {
        "protocol": PROTOCOL,
        "version": similij.__version__,
        "python": sys.executable,
        "pid": os.getpid(),
    }


@pytest.mark.parametrize("a", KINDS)
@pytest.mark.parametrize("b", KINDS)
@pytest.mark.parametrize("planes", [1, 3])
def test_planes_of_every_kind(a: str, b: str, planes: int) -> None:
    x, y = X[:planes].astype(KINDS[a]), Y[:planes].astype(KINDS[b])
    (row,), passes = converse(x, y, plane="words")
    assert passes == 1
    assert [*row] == ROW
    assert numbers(row) == pytest.approx(truth.metrics(x, y), rel=1e-12)
    assert (row["image_1"], row["image_2"]) == ("a b.tif", "ü[1]")
    assert (row["region"], row["plane"], row["note"]) == ("Whole image", "words", "")
    empty = {"channel_1", "channel_2", "z", "t", "time_s"}
    assert {key for key, value in row.items() if value is None} == empty
    assert {type(v) for v in row.values()} == {str, int, float, type(None)}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("planes", [1, 3])
@pytest.mark.parametrize("keep", [10, 1 << 22])
def test_percentiles(
    kind: str, planes: int, keep: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("similij.preparation.rescale._KEEP", keep)
    x, y = X[:planes].astype(KINDS[kind]), Y[:planes].astype(KINDS[kind])
    (row,), passes = converse(x, y, rescale="Percentile")
    assert numbers(row) == pytest.approx(truth.rescaled(x, y), rel=1e-12)
    assert row["rescale"] == "percentile 1-99"
    many = planes > 1 and keep == 10  # a digit of 16 bits a pass, then the sums
    assert passes == (1 + len(range(0, x.itemsize, 2)) if many else 1)


def test_regions_in_a_box() -> None:
    """Only the box travels; regions are placed in the whole image."""
    x, y = X.astype(np.uint16), Y.astype(np.uint8)
    shape = RNG.random((5, 6)) < 0.6
    other = RNG.random((4, 9)) < 0.5
    regions = [
        {"name": "shape", "kind": "Oval", "area": True, "x": 7, "y": 4, "mask": 0},
        {
            "name": "box",
            "kind": "Rectangle",
            "area": True,
            "x": 9,
            "y": 6,
            "mask": None,
        },
        {"name": "edge", "kind": "Polygon", "area": True, "x": 18, "y": 6, "mask": 30},
        {
            "name": "out",
            "kind": "Rectangle",
            "area": True,
            "x": 40,
            "y": 6,
            "mask": None,
        },
        {
            "name": "l",
            "kind": "Straight Line",
            "area": False,
            "x": 0,
            "y": 0,
            "mask": None,
        },
        {"name": "p", "problem": "is broken", "x": 0, "y": 0, "mask": None},
        {
            "name": "box",
            "kind": "Rectangle",
            "area": True,
            "x": 9,
            "y": 6,
            "mask": None,
        },
    ]
    sizes = [(6, 5), (3, 4), (9, 4), (2, 2), (0, 0), (0, 0), (3, 4)]
    for region, (width, height) in zip(regions, sizes, strict=True):
        region.update(width=width, height=height)
    masks = np.concatenate([shape.ravel(), other.ravel()]).astype(np.uint8)
    box = {"x": 7, "y": 4, "width": 16, "height": 6}
    rows, _ = converse(x, y, masks, regions=regions, box=box, notes=["calibrated"])
    same = compare(
        x,
        y,
        regions=[
            Region("shape", 7, 4, 6, 5, shape),
            Region("box", 9, 6, 3, 4),
            Region("edge", 18, 6, 9, 4, other),
        ],
    )
    for row, plain in zip(rows, same, strict=False):
        assert numbers(row) == numbers(plain)
    inside = np.zeros(x.shape, bool)
    inside[:, 4:9, 7:13] = shape
    exact = truth.metrics(x, y, inside)
    assert numbers(rows[0]) == pytest.approx(exact, rel=1e-15)
    notes = {row["region"]: row["note"] for row in rows}
    assert notes["shape"] == "calibrated"
    assert "partly outside the images" in notes["edge"]
    assert "out lies outside the images" in notes["out"]
    assert notes["l"] == "l is a straight line, which has no area"
    assert notes["p"] == "p is broken"
    assert rows[6]["region"] == "box (2)"
    for row in rows[3:6]:
        assert row["n"] == 0
        assert row["pearson"] is row["rmsd"] is row["mean_difference"] is None


def test_undefined_is_null() -> None:
    x = np.full((1, 14, 23), np.nan, np.float32)
    (row,), _ = converse(x, Y[:1].astype(np.float32))
    assert (row["n"], row["excluded"], row["rmsd"]) == (0, 14 * 23, None)
    assert not any(isinstance(v, float) and math.isnan(v) for v in row.values())


def refusal(**changes: Any) -> str:
    x = np.zeros((1, 512, 512), np.uint8)
    asked = request(x, x, **changes)
    message = {
        "op": "compare",
        "run": "1",
        "request": asked,
        "masks": None,
        "end": True,
    }
    reply = Wire().ask(message)
    assert set(reply) - {"traceback"} == {"error"}
    # Only what nobody foresaw is for the Console.
    assert ("traceback" in reply) == ("rescale" in changes)
    assert "\n" not in reply["error"]
    return reply["error"]


def test_refusals() -> None:
    assert refusal(height_2=400, type_2="16-bit").startswith(
        '"a b.tif" is 512×512 pixels (8-bit), "ü[1]" is 512×400 pixels (16-bit): both '
        "images must have the same width and height"
    )
    assert "the same number of planes" in refusal(planes_2=4)
    said = refusal(type_2="RGB")
    assert said.startswith('"ü[1]" is an RGB image: compare its channels apart')
    said = refusal(type_1="8-bit color")
    assert '"a b.tif" is a' in said
    assert "8-bit color image: " in said
    assert "rescale is 'minmax'" in refusal(rescale="minmax")


def test_errors_are_sentences_and_the_next_run_works() -> None:
    wire = Wire()
    reply = wire.ask({"op": "dance"})
    assert "ImageJ asked for 'dance', which similij" in reply["error"]
    assert "pip install -U similij" in reply["error"]
    assert "error" in wire.ask({})
    lost = wire.ask({"op": "compare", "run": "gone", "plane_1": "1", "end": True})
    assert lost["error"].startswith("SimilIJ failed in Python (KeyError")
    x = X[:1].astype(np.uint8)
    short = {"op": "compare", "run": "1", "request": request(x, x), "end": True}
    wire.memory["1"] = wire.memory["2"] = np.zeros(5, np.uint8)
    assert "error" in wire.ask({**short, "plane_1": "1", "plane_2": "2"})
    wire.put("3", x[0])
    reply = wire.ask({**short, "plane_1": "3", "plane_2": "3"})
    assert numbers(rows_of(reply)[0]) == (x.size, 1, 0, 0)


def test_cancel_and_release() -> None:
    wire = Wire()
    x = X.astype(np.uint8)
    message = {"op": "compare", "run": "1", "request": request(x, x), "end": False}
    planes = {"plane_1": wire.put("1", x[0]), "plane_2": wire.put("2", x[0])}
    for stop in ({"op": "cancel", "run": "1"}, {"op": "release"}):
        assert wire.ask({**message, **planes}) == {}
        assert wire.ask(stop) == {}
        assert "error" in wire.ask({"op": "compare", "run": "1", "end": True})
    assert wire.released == 1
    assert wire.ask({"op": "cancel", "run": "never"}) == {}


def test_two_runs_do_not_mix() -> None:
    wire = Wire()
    x, y = X.astype(np.uint8), Y.astype(np.uint8)
    replies = {}
    for k in range(3):
        for run, (a, b) in {"p": (x, y), "q": (x, x)}.items():
            message = {"op": "compare", "run": run, "end": k == 2}
            if k == 0:
                message["request"] = request(a, b)
            message["plane_1"] = wire.put("1", a[k])
            message["plane_2"] = wire.put("2", b[k])
            replies[run] = wire.ask(message)
    assert numbers(rows_of(replies["q"])[0]) == (x.size, 1, 0, 0)
    found = numbers(rows_of(replies["p"])[0])
    assert found == pytest.approx(truth.metrics(x, y), rel=1e-15)


def test_folders(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    for folder in (a, b):
        folder.mkdir()
        tifffile.imwrite(folder / "1__.tif", X[0].astype(np.uint8))
    tifffile.imwrite(a / "2__.tif", X[0].astype(np.uint8))
    (a / "1___roi.zip").touch()
    save = tmp_path / "r.csv"
    wire = Wire()
    asked = {
        "op": "pair",
        "folder_1": str(a),
        "folder_2": str(b),
        "pair": "",
        "rois": "",
    }
    reply = wire.ask({**asked, "rescale": "None", "save": str(save)})
    one, two = reply["jobs"]
    assert one == {
        "image_1": str(a / "1__.tif"),
        "image_2": str(b / "1__.tif"),
        "rois": str(a / "1___roi.zip"),
        "name_1": "1__.tif",
        "name_2": "1__.tif",
        "error": None,
    }
    assert (two["image_2"], two["name_2"]) == (None, "")
    assert "no image in" in two["error"]
    assert save.read_text(encoding="utf-8") == ",".join(ROW) + "\n"
    problem = {"op": "problem", "image_1": "2__.tif", "image_2": None, "region": None}
    reply = wire.ask({**problem, "error": two["error"], "save": str(save)})
    assert [*rows_of(reply)[0]] == ROW
    converse(X[:1].astype(np.uint8), Y[:1].astype(np.uint8), save=str(save))
    with save.open(encoding="utf-8", newline="") as stream:
        rows = [*csv.DictReader(stream)]
    assert [row["image_1"] for row in rows] == ["2__.tif", "a b.tif"]
    assert "does not exist" in wire.ask({**asked, "folder_2": "no"})["error"]
    assert "{id} once" in wire.ask({**asked, "pair": "x"})["error"]


def label_words(labels: np.ndarray, kind: str = "16-bit", **sizes: int) -> dict:
    return {
        "name": "cells",
        "type": kind,
        "width": labels.shape[-1],
        "height": labels.shape[-2],
        "sizes": {"c": 1, "z": 1, "t": 1, **sizes},
        "planes": labels.size // (labels.shape[-1] * labels.shape[-2]),
    }


def converse_beside(
    x: np.ndarray,
    y: np.ndarray,
    label_pixels: np.ndarray | None,
    mask_pixels: np.ndarray | None,
    /,
    **changes: Any,
) -> list[dict[str, Any]]:
    """Send planes with labels or a mask, (y, x) or a plane for each."""
    wire = Wire()
    message: dict[str, Any] = {"op": "compare", "run": "7"}
    message["request"] = request(x, y, **changes)
    while True:
        for k in range(len(x)):
            message["plane_1"] = wire.put("1", x[k])
            message["plane_2"] = wire.put("2", y[k])
            for key, image in (("labels", label_pixels), ("mask", mask_pixels)):
                if image is not None and (image.ndim == 3 or "request" in message):
                    plane = image[k] if image.ndim == 3 else image
                    message[key] = wire.put(key, plane)
            message["end"] = k == len(x) - 1
            reply = wire.ask(message)
            assert "error" not in reply, reply
            message = {"op": "compare", "run": "7"}
        if not reply["again"]:
            return rows_of(reply)


LABELS = RNG.integers(0, 5, X.shape)
INSIDE = RNG.random(X.shape) < 0.7


@pytest.mark.parametrize("kind", [*KINDS, "8-bit color"])
@pytest.mark.parametrize("rescale", ["none", "percentile"])
def test_labels_of_one_plane(kind: str, rescale: str) -> None:
    x, y = X.astype(np.uint16), Y.astype(np.uint8)
    labels = LABELS[0].astype(KINDS.get(kind, np.uint8))
    found = converse_beside(
        x,
        y,
        labels,
        None,
        labels=label_words(labels, kind),
        rescale=rescale,
        inverse=True,
    )
    expected = compare(x, y, regions=LABELS[0], rescale=rescale, inverse=True)
    assert [row["region"] for row in found] == [
        *(f"label {k}" for k in range(1, 5)),
        "background",
    ]
    for row, wanted in zip(found, expected.rows, strict=True):
        assert row["region"] == wanted["region"]
        assert numbers(row) == pytest.approx(numbers(wanted), rel=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rescale", ["none", "percentile"])
@pytest.mark.parametrize("masked", [False, True])
def test_labels_of_many_planes(kind: str, rescale: str, masked: bool) -> None:
    x, y = X.astype(np.float32), Y.astype(np.uint8)
    words = {"labels": label_words(LABELS, kind, z=3), "rescale": rescale}
    mask = None
    if masked:
        mask = (INSIDE & (LABELS != 3)).astype(np.uint8) * 255
        words["mask"] = label_words(mask, "8-bit", z=3)
    found = converse_beside(x, y, LABELS.astype(KINDS[kind]), mask, **words)
    inside = None if mask is None else mask > 0
    expected = compare(x, y, regions=LABELS, rescale=rescale, mask=inside)
    assert len(found) == 4
    for row, wanted in zip(found, expected.rows, strict=True):
        assert row["region"] == wanted["region"]
        assert row["n"] == wanted["n"]
        if wanted["n"]:
            assert numbers(row) == pytest.approx(numbers(wanted), rel=1e-12)
        else:
            assert (row["pearson"], row["note"]) == (None, wanted["note"])


@pytest.mark.parametrize("moving", [False, True])
def test_a_mask(moving: bool) -> None:
    x, y = X.astype(np.uint8), Y.astype(np.uint8)
    mask = (INSIDE if moving else INSIDE[0]).astype(np.uint8) * 255
    words = label_words(mask, "8-bit", z=3 if moving else 1)
    (row,) = converse_beside(x, y, None, mask, mask=words)
    wanted = compare(x, y, mask=mask > 0).rows[0]
    assert row["region"] == wanted["region"] == "Mask"
    assert numbers(row) == numbers(wanted)


@pytest.mark.parametrize(
    ("what", "change", "words"),
    [
        ("labels", {"width": 9}, 'label image "cells" is 9×14 pixels, "a b.tif" is 23'),
        ("mask", {"height": 9}, 'mask image "cells" is 23×9 pixels'),
        ("labels", {"type": "RGB"}, "of type RGB: it must be of 8, 16 or 32 bits"),
        (
            "labels",
            {"sizes": {"c": 1, "z": 4, "t": 1}},
            'has 4 slices (z), "a b.tif" has 3',
        ),
    ],
)
def test_labels_and_masks_that_do_not_fit(what: str, change: dict, words: str) -> None:
    about = {**label_words(LABELS[0]), **change}
    asked = request(X.astype(np.uint8), Y.astype(np.uint8))
    for op in ("check", "compare"):
        message = {"op": op, "run": "1", "request": {**asked, what: about}}
        reply = Wire().ask(message)
        assert words in reply["error"]
        assert "traceback" not in reply


def test_a_mask_has_one_value() -> None:
    x = X[:1].astype(np.uint8)
    wire = Wire()
    mask = LABELS[0].astype(np.uint8)
    asked = request(x, x, mask=label_words(mask, "8-bit"))
    reply = wire.ask(
        {
            "op": "compare",
            "run": "1",
            "request": asked,
            "plane_1": wire.put("1", x[0]),
            "plane_2": wire.put("2", x[0]),
            "mask": wire.put("mask", mask),
            "end": True,
        }
    )
    assert "beside 0, values from 1 to 4, and a mask has one" in reply["error"]


def test_check_says_what_would_come() -> None:
    asked = request(X.astype(np.uint8), Y.astype(np.uint16))
    message = {"op": "check", "request": asked, "groups": 35, "regions": 3}
    words = Wire().ask(message)["words"]
    assert words == "They fit: 23×14 pixels, 8-bit and 16-bit; 105 rows."
    asked["labels"] = label_words(LABELS[0])
    words = Wire().ask({**message, "request": asked, "groups": 1})["words"]
    assert words.endswith("a row for each label.")
    asked = request(X.astype(np.uint8), Y[:, :9].astype(np.uint8))
    assert "23×14" in Wire().ask({**message, "request": asked})["error"]


def test_rows_name_files_run_and_sizes() -> None:
    sizes = {
        "pixel_1": {"x": 0.5, "y": 0.5, "unit": "micron"},
        "pixel_2": {"x": 1, "y": 1, "unit": "µm"},
    }
    x = X.astype(np.uint8)
    found, _ = converse(x, x, file_1="/a b.tif", file_2="", run_id="7", **sizes)
    row = found[0]
    assert (row["file_1"], row["file_2"], row["run"]) == ("/a b.tif", "", "7")
    assert '"a b.tif" has pixels of 0.5 × 0.5 µm, "ü[1]" of 1 × 1 µm' in row["note"]


def test_metrics_by_name() -> None:
    x, y = X[:1].astype(np.uint8), Y[:1].astype(np.uint8)
    wire = Wire()
    asked = request(x, y, metrics="bias, SSIM, correlation", data_range="255")
    message = {"op": "compare", "run": "1", "request": asked, "end": True}
    planes = {"plane_1": wire.put("1", x[0]), "plane_2": wire.put("2", y[0])}
    reply = wire.ask({**message, **planes})
    assert "error" not in reply, reply
    names = [name for name, _ in reply["metrics"]]
    assert names == ["bias", "ssim", "pearson", "spearman", "kendall"]
    wanted = compare(x[0], y[0], metrics=names, data_range=255).rows[0]
    (row,) = rows_of(reply)
    assert [row[name] for name in names] == [wanted[name] for name in names]
    asked["metrics"] = "bias, nonsense"
    for op in ("check", "compare"):
        reply = wire.ask({**message, **planes, "op": op, "request": asked})
        assert "there is no metric 'nonsense'" in reply["error"]
    asked |= {"metrics": "psnr", "data_range": "wide"}
    reply = wire.ask({**message, **planes, "request": asked})
    assert "data_range is 'wide': it must be above 0" in reply["error"]


def test_the_list_of_metrics() -> None:
    from similij.metrics import catalogue

    groups = Wire().ask({"op": "metrics"})["groups"]
    listed = [metric["name"] for group in groups for metric in group["metrics"]]
    assert listed == [*catalogue()]
    assert groups[0]["title"] == "Agreement: are the values the same?"
    assert all(m["label"] and m["summary"] for g in groups for m in g["metrics"])


def test_labels_of_many_planes_and_metrics_of_pixels() -> None:
    x = X.astype(np.uint8)
    wire = Wire()
    labels = LABELS.astype(np.uint8)
    words = label_words(labels, "8-bit", z=3)
    asked = request(x, x, labels=words, metrics="spearman")
    message = {"op": "compare", "run": "1", "request": asked, "end": False}
    planes = {"plane_1": wire.put("1", x[0]), "plane_2": wire.put("2", x[0])}
    reply = wire.ask({**message, **planes, "labels": wire.put("l", labels[0])})
    assert "several planes" in reply["error"]
    assert "traceback" not in reply

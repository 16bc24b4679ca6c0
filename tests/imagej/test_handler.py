"""The contract with ImageJ (docs/protocol.md), with plain arrays for buffers."""

from __future__ import annotations

import csv
import math
import os
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import tifffile

import similij
import truth
from similij import compare
from similij.imagej import messages
from similij.imagej.checks import calibration_of, seconds_of
from similij.imagej.handler import PROTOCOL, Handler
from similij.images.calibration import UNKNOWN
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


def image(name: str, kind: str, planes: int, height: int, width: int) -> dict[str, Any]:
    """An image as ImageJ describes it."""
    pixel = {"x": 1.0, "y": 1.0, "z": 1.0, "unit": "pixel", "interval": 0.0}
    return {
        "name": name,
        "file": "",
        "type": kind,
        "width": width,
        "height": height,
        "planes": planes,
        "sizes": {"c": 1, "z": planes, "t": 1},
        "pixel": {**pixel, "time_unit": "sec"},
    }


def request(x: np.ndarray, y: np.ndarray, **changes: Any) -> dict[str, Any]:
    """What is to be compared; names of options go among the options.

    Of an image a field is changed by its name and number, e.g. `height_2`.
    """
    words = {np.dtype(t): word for word, t in KINDS.items()}
    _, height, width = x.shape
    asked = {
        "image_1": image("a b.tif", words[x.dtype], *x.shape),
        "image_2": image("ü[1]", words[y.dtype], *y.shape),
        "labels": None,
        "mask": None,
        "box": {"x": 0, "y": 0, "width": width, "height": height},
        "regions": [],
        "inverse": False,
        "pictures": False,
        "rows": True,
        "plane": "1",
        "place": {},
        "notes": [],
        "run_id": None,
        "save": None,
        "options": {},
    }
    for key, value in changes.items():
        field, _, number = key.rpartition("_")
        if key in asked:
            asked[key] = value
        elif number in ("1", "2"):
            asked[f"image_{number}"][field] = value
        elif value is not None:
            asked["options"][key] = "true" if value is True else str(value)
    return asked


def region(name: str, box: tuple[int, int, int, int], **changes: Any) -> dict[str, Any]:
    """A region as ImageJ describes it."""
    return {
        "name": name,
        "kind": "Rectangle",
        "area": True,
        "box": dict(zip(("x", "y", "width", "height"), box, strict=True)),
        "mask": None,
        "position": {"position": 0, "c": 0, "z": 0, "t": 0},
        "problem": None,
        "drawn": False,
        **changes,
    }


def converse(
    x: np.ndarray,
    y: np.ndarray,
    masks: np.ndarray | None = None,
    wire: Wire | None = None,
    **changes: Any,
) -> tuple[list[dict[str, Any]], int]:
    """Send a run as Runner.java does; return its rows and the passes it took."""
    wire = wire or Wire()
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
        if "again" not in reply:
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
    reply = Wire().ask({"op": "hello", "protocol": 1, "jar": "0.0.1"})
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
        region("shape", (7, 4, 6, 5), kind="Oval", mask=0),
        region("box", (9, 6, 3, 4)),
        region("edge", (18, 6, 9, 4), kind="Polygon", mask=30),
        region("out", (40, 6, 2, 2)),
        region("l", (0, 0, 0, 0), kind="Straight Line", area=False),
        region("p", (0, 0, 0, 0), problem="is broken"),
        region("box", (9, 6, 3, 4)),
    ]
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
    assert said.startswith('"ü[1]" is an RGB (color) image: say how to compare it')
    said = refusal(type_1="8-bit color")
    assert '"a b.tif" is a' in said
    assert "8-bit color image: " in said
    assert "rescale is 'minmax'" in refusal(rescale="minmax")


def test_errors_are_sentences_and_the_next_run_works() -> None:
    wire = Wire()
    reply = wire.ask({"op": "dance"})
    assert "ImageJ asked for 'dance', which similij" in reply["error"]
    assert "pip install FILE, with the wheel similij-...whl" in reply["error"]
    assert "error" in wire.ask({})
    lost = wire.ask({"op": "compare", "run": "gone", "plane_1": "1", "end": True})
    assert lost["error"].startswith("ImageJ sent a step of run 'gone', which is not ")
    step = {"op": "matrix", "run": "8", "end": False}
    matrix = {"rois": None, "folder": None, "options": {}}
    wire.put("1", X[0])
    early = wire.ask({**step, "request": matrix, "plane": "1"})
    assert early["error"].startswith("ImageJ sent a plane of a matrix before its first")
    long = wire.ask({"op": "images", "folder": "a" * 300})
    assert long["error"].startswith('"aaaa')
    assert long["error"].endswith(
        " cannot be used (File name too long): check the path."
    )
    assert "\n" not in wire.ask({"op": "images", "folder": "a\n" * 200})["error"]
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
    tifffile.imwrite(a / "3__.tif", X[0].astype(np.uint8))
    (b / "3__.tif").write_text("of a kind that is not known")
    save = tmp_path / "r.csv"
    wire = Wire()
    both = {"folder_1": str(a), "folder_2": str(b), "save": str(save)}
    asked = {**both, "options": {"rescale": "None"}}
    reply = wire.ask({"op": "pair", **asked})
    words = "2 pairs by equal names, 1 without a partner: 2__.tif."
    assert reply == {"words": words, "pattern": "{id}", "pairs": 3, "folder_2": None}
    assert not save.exists()
    begun = wire.ask({"op": "batch", **asked})
    assert (len(begun["run_id"]), begun["pairs"], begun["words"]) == (20, 3, words)
    run = begun["run_id"]
    step = {"op": "next", "run": run}
    reply = wire.ask(step)
    assert (reply["words"], reply["done"], reply["end"]) == ("pair 2 of 3", 1, False)
    (row,) = rows_of(reply)
    assert [*row] == [*ROW, "roi_file"]
    assert numbers(row) == (X[0].size, 1, 0, 0)
    reply = wire.ask(step)
    (row,) = rows_of(reply)
    assert (row["run"], row["file_1"]) == (run, str(a / "2__.tif"))
    assert "no image in" in row["note"]
    reply = wire.ask(step)
    assert (reply["count"], reply["done"]) == (0, 2)
    assert reply["open"] == {
        "image_1": str(a / "3__.tif"),
        "image_2": str(b / "3__.tif"),
        "rois": None,
        "mask": None,
        "labels": None,
        "name_1": "3__.tif",
        "name_2": "3__.tif",
    }
    planes = X[:1].astype(np.uint8), Y[:1].astype(np.uint8)
    ((row,), _) = converse(*planes, wire=wire, run_id=run)
    assert row["note"] == '"3__.tif" was opened by ImageJ'
    reply = wire.ask(step)
    assert (reply["words"], reply["done"], reply["end"]) == (
        "3 pairs, 1 could not be compared",
        3,
        True,
    )
    assert reply["notes"][:2] == [
        words,
        "3 rows from 3 pairs; 1 could not be compared:",
    ]
    assert reply["notes"][-1] == f"Table: {save}"
    with save.open(encoding="utf-8", newline="") as stream:
        rows = [*csv.DictReader(stream)]
    assert [row["n"] for row in rows] == [str(X[0].size), "0", str(X[0].size)]
    assert rows[2]["note"] == '"3__.tif" was opened by ImageJ'
    # It has ended, and let go of the file.
    assert "which is not under way" in wire.ask(step)["error"]


def test_folders_go_on_and_begin_anew(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    for folder in (a, b):
        folder.mkdir()
        for k in range(3):
            tifffile.imwrite(folder / f"{k}.tif", X[0].astype(np.uint8))
    save = tmp_path / "r.csv"
    wire = Wire()
    both = {"folder_1": str(a), "folder_2": str(b), "save": str(save)}
    asked = {"op": "batch", **both, "options": {}}
    begun = wire.ask(asked)
    step = {"op": "next", "run": begun["run_id"]}
    first = rows_of(wire.ask(step))
    assert wire.ask({"op": "cancel", "run": begun["run_id"]}) == {}
    again = wire.ask(asked)
    assert again["run_id"] == begun["run_id"]
    reply = wire.ask(step)
    assert (rows_of(reply), reply["done"]) == (first, 1)
    # A second one ends the first, which may not have been cancelled yet.
    assert wire.ask(asked)["run_id"] == begun["run_id"]
    done = []
    while not (reply := wire.ask(step))["end"]:
        done.append((reply["count"], reply["done"]))
    assert done == [(1, 1), (1, 2), (1, 3)]
    assert f"1 of 3 pairs were in {save} already." in reply["notes"]
    other = wire.ask({**asked, "options": {"rescale": "Percentile"}})
    assert other["run_id"] != begun["run_id"]
    while not (reply := wire.ask({"op": "next", "run": other["run_id"]}))["end"]:
        pass
    assert any("rescale was none and is now percentile" in n for n in reply["notes"])
    words = wire.ask({**asked, "op": "pair"})["words"]
    assert words.endswith('"r.csv" is there: if it is of these pairs and options it '
                          "goes on, else it is written over.")  # fmt: skip
    save.write_text("somebody's notes")
    for op in ("pair", "batch"):
        error = wire.ask({**asked, "op": op})["error"]
        assert f'"{save}" is there, and' in error
    assert save.read_text() == "somebody's notes"


def test_what_folders_cannot_be_asked(tmp_path: Path) -> None:
    a, b, c = (tmp_path / name for name in "abc")
    for folder in (a, b, c):
        folder.mkdir()
    (a / "1.tif").touch(), (b / "1.tif").touch(), (c / "x.tif").touch()
    wire = Wire()

    def error(op: str = "pair", second: Path | None = b, **options: str) -> str:
        message = {"op": op, "folder_1": str(a), "save": None, "options": options}
        message["folder_2"] = None if second is None else str(second)
        return wire.ask(message)["error"]

    for op in ("pair", "batch"):
        assert "does not exist" in error(op, tmp_path / "no")
        assert "{id} once" in error(op, pair="x")
        assert "rescale is 'bogus'" in error(op, rescale="bogus")
        assert "no group column" in error(op, group="well")
        assert "gives the option 'sharpen'" in error(op, sharpen="1")
    assert error(second=c).startswith("No pairs, 2 without a partner: 1.tif, x.tif")
    # A partner that lies beside is offered, if there is one and no other.
    message = {"op": "pair", "folder_1": str(a), "folder_2": None, "save": None}
    reply = wire.ask({**message, "options": {}})
    assert (reply["folder_2"], reply["pairs"]) == (str(b), 1)
    (c / "1.tif").touch()
    assert "do not show which of them belong together" in error(second=None)


def label_words(labels: np.ndarray, kind: str = "16-bit", **sizes: int) -> dict:
    planes = labels.size // (labels.shape[-1] * labels.shape[-2])
    about = image("cells", kind, planes, *labels.shape[-2:])
    return {**about, "sizes": {"c": 1, "z": 1, "t": 1, **sizes}}


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
        if "again" not in reply:
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


def of_request(op: str, asked: dict[str, Any]) -> dict[str, Any]:
    """A message `compare` or `check` of one request."""
    if op == "check":
        return {"op": op, "request": asked, "groups": 1, "regions": 1}
    return {"op": op, "run": "1", "request": asked, "end": True}


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
        reply = Wire().ask(of_request(op, {**asked, what: about}))
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
    pixel = {**image("", "", 1, 1, 1)["pixel"], "x": 0.5, "y": 0.5, "unit": "micron"}
    sizes = {"pixel_1": pixel, "pixel_2": {**pixel, "x": 1, "y": 1, "unit": "µm"}}
    x = X.astype(np.uint8)
    found, _ = converse(x, x, file_1="/a b.tif", file_2="", run_id="7", **sizes)
    row = found[0]
    assert (row["file_1"], row["file_2"], row["run"]) == ("/a b.tif", "", "7")
    note = '"a b.tif" has pixels of 0.5 × 0.5 × 1 µm, "ü[1]" of 1 × 1 × 1 µm'
    assert note in row["note"]
    flat = {"planes_1": 1, "sizes_1": {"c": 1, "z": 1, "t": 1}}
    (row,), _ = converse(x[:1], x[:1], **flat, **sizes)
    assert '"a b.tif" has pixels of 0.5 × 0.5 µm, "ü[1]" of 1 × 1 µm' in row["note"]


def test_python_names_a_run_that_has_no_name() -> None:
    x = X[:1].astype(np.uint8)
    names = {converse(x, x)[0][0]["run"] for _ in range(3)}
    assert len(names) == 3
    assert {len(name) for name in names} == {20}


@pytest.mark.parametrize(
    ("interval", "unit", "seconds"),
    [
        *((3.0, unit, 3.0) for unit in ("s", "Sec", " seconds")),
        (3.0, "ms", 0.003),
        (3.0, "min", 180.0),
        (3.0, "h", 10800.0),
        (3.0, "frame", None),
        (3.0, "", None),
        (0.0, "sec", None),
        (-1.0, "sec", None),
        (None, "sec", None),
    ],
)
def test_seconds_from_frame_to_frame(
    interval: float | None, unit: str, seconds: float | None
) -> None:
    about = image("a", "8-bit", 1, 2, 3)
    about["pixel"] |= {"interval": interval, "time_unit": unit}
    for frames in (1, 5):
        about["sizes"] = {"c": 1, "z": 1, "t": frames}
        typed = msgspec.convert(about, messages.Image)
        assert seconds_of(typed) == seconds
        assert calibration_of(typed).frame_s == (seconds if frames > 1 else None)


def test_an_image_of_no_size() -> None:
    about = image("a", "8-bit", 1, 2, 3)
    for size in (None, 0.0):
        about["pixel"] |= {"x": size, "unit": "mm"}
        assert calibration_of(msgspec.convert(about, messages.Image)) == UNKNOWN


def test_metrics_by_name() -> None:
    x, y = X[:1].astype(np.uint8), Y[:1].astype(np.uint8)
    wire = Wire()
    asked = request(x, y, metrics="bias, SSIM, correlation", data_range="255")
    message = {"op": "compare", "run": "1", "request": asked, "end": True}
    planes = {"plane_1": wire.put("1", x[0]), "plane_2": wire.put("2", y[0])}
    reply = wire.ask({**message, **planes})
    assert "error" not in reply, reply
    names = [metric["name"] for metric in reply["metrics"]]
    assert names == ["bias", "ssim", "pearson", "spearman", "kendall"]
    wanted = compare(x[0], y[0], metrics=names, data_range=255).rows[0]
    (row,) = rows_of(reply)
    assert [row[name] for name in names] == [wanted[name] for name in names]
    asked["options"]["metrics"] = "bias, nonsense"
    for op in ("check", "compare"):
        reply = wire.ask(of_request(op, asked) | (planes if op == "compare" else {}))
        assert "there is no metric 'nonsense'" in reply["error"]
    asked["options"] = {"metrics": "psnr", "data_range": "wide"}
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


@pytest.mark.parametrize(
    ("options", "planes"),
    [({"blur": "1"}, 1), ({"align": "shift"}, 3), ({"metrics": "spearman"}, 3)],
)
def test_memory_is_asked_for_before_the_work(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, str], planes: int
) -> None:
    """Of 5000×5000 pixels that never travel: the first message is refused."""
    wire = Wire()
    asked = request(
        *[np.zeros((planes, 1, 1), np.uint8)] * 2,
        **{f"{side}_{k}": 5000 for side in ("height", "width") for k in (1, 2)},
        box={"x": 0, "y": 0, "width": 5000, "height": 5000},
        **options,
    )
    message = {"op": "compare", "run": "7", "request": asked, "end": False}
    monkeypatch.setattr("similij.ground.memory.available", lambda: 10**8)
    error = wire.ask(message)["error"]
    assert error.startswith("there is not enough memory (about ")
    assert "of memory are needed and 100 MB are free" in error
    assert error.endswith("or close other programs.")
    monkeypatch.setattr("similij.ground.memory.available", lambda: 10**10)
    assert wire.ask(message) == {}
    # What takes little is not refused, however little there is.
    monkeypatch.setattr("similij.ground.memory.available", lambda: 0)
    small = request(X.astype(np.uint8), Y.astype(np.uint8), **options)
    assert wire.ask({**message, "request": small}) == {}

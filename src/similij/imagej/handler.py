"""What ImageJ asks of Python, and the answers: the one handler behind both backends.

The messages are described in docs/protocol.md. Nothing here knows Java: a message is a
dict, and a buffer is whatever `resolve` turns into bytes.
"""

from __future__ import annotations

import math
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from .. import __version__
from ..comparison import plain
from ..inputs import ImageError, check_shapes
from ..metrics import available
from ..regions import Region, RegionError, read_regions
from ..rescale import parse_rescale
from ..sums import Array
from ..tally import Row, Tally, Task

PROTOCOL = 1
"""Raised whenever a message changes its meaning; the jar has the same number."""

Message: TypeAlias = Mapping[str, Any]
Reply: TypeAlias = dict[str, Any]

_SIGNED = "signed 16-bit"
"""Stored by ImageJ as uint16, 32768 higher, with a calibration function."""

_DTYPES = {
    "8-bit": np.uint8,
    "16-bit": np.uint16,
    "32-bit": np.float32,
    _SIGNED: np.uint16,
}
"""ImageJ's words for the pixels that can be compared."""


@dataclass
class _Run:
    """A comparison under way."""

    tally: Tally
    types: tuple[str, str]
    box: tuple[int, int, int, int]
    save: str


class Handler:
    """Answers messages of ImageJ, one at a time.

    Parameters
    ----------
    resolve : callable
        Turns what a message says of a buffer into a one-dimensional uint8 array that
        looks at the same memory.
    release : callable, optional
        Lets go of all buffers.
    """

    def __init__(
        self,
        resolve: Callable[[Any], Array],
        release: Callable[[], None] = lambda: None,
    ) -> None:
        self._resolve = resolve
        self._release = release
        self._runs: dict[str, _Run] = {}
        self._operations: dict[str, Callable[[Message], Reply]] = {
            "hello": self._hello,
            "plan": self._plan,
            "compare": self._compare,
            "cancel": self._cancel,
            "pair": self._pair,
            "problem": self._problem,
            "release": self._let_go,
        }

    def __call__(self, message: Message) -> Reply:
        """Answer a message; a failure is an answer too, with the key `error`."""
        op = str(message.get("op"))
        try:
            if op not in self._operations:
                raise ValueError(
                    f"ImageJ asked for {op!r}, which similij {__version__} does not "
                    f"know (it knows {', '.join(self._operations)}): update it with "
                    f"{sys.executable} -m pip install -U similij"
                )
            return self._operations[op](message)
        except Exception as error:
            self._runs.pop(str(message.get("run")), None)
            reply: Reply = {"error": _sentence(error)}
            if not isinstance(error, (ImageError, RegionError)):  # a surprise
                reply["traceback"] = traceback.format_exc()
            return reply

    def _hello(self, message: Message) -> Reply:
        return {
            "protocol": PROTOCOL,
            "version": __version__,
            "python": sys.executable,
            "pid": os.getpid(),
        }

    def _plan(self, message: Message) -> Reply:
        from .plan import plan

        return {"groups": plan(message)}

    def _compare(self, message: Message) -> Reply:
        name = str(message["run"])
        if message.get("request") is not None:
            masks = message.get("masks")
            bytes_ = None if masks is None else self._resolve(masks)
            self._runs[name] = _begin(message["request"], bytes_)
        run = self._runs[name]
        if message.get("plane_1") is not None:
            left, top, width, height = run.box
            planes = [
                _pixels(self._resolve(message[key]), kind, (height, width))
                for key, kind in zip(("plane_1", "plane_2"), run.types, strict=True)
            ]
            run.tally.add(planes[0], planes[1], origin=(top, left))
        if not message.get("end"):
            return {}
        if run.tally.end_pass():
            return {"again": True}
        del self._runs[name]
        rows = _written([*run.tally.rows()], run.save)
        return {"again": False, "rows": rows}

    def _cancel(self, message: Message) -> Reply:
        self._runs.pop(str(message.get("run")), None)
        return {}

    def _pair(self, message: Message) -> Reply:
        from ..batch import CsvFile, find_pairs

        jobs = find_pairs(
            str(message["folder_1"]),
            str(message["folder_2"]),
            pair=str(message.get("pair") or "{id}__"),
            rois=str(message.get("rois") or "_roi.zip"),
        )
        parse_rescale(_word(message.get("rescale")))
        if message.get("save"):
            CsvFile(str(message["save"]), [*available().values()]).start()
        return {
            "jobs": [
                {
                    "image_1": None if job.image_1 is None else str(job.image_1),
                    "image_2": None if job.image_2 is None else str(job.image_2),
                    "rois": None if job.rois is None else str(job.rois),
                    "name_1": job.names[0],
                    "name_2": job.names[1],
                    "error": job.problem or None,
                }
                for job in jobs
            ]
        }

    def _problem(self, message: Message) -> Reply:
        task = Task(
            (str(message.get("image_1") or ""), str(message.get("image_2") or "")),
            [*available().values()],
            parse_rescale(_word(message.get("rescale"))),
            plane=str(message.get("plane") or ""),
            place=dict(message.get("place") or {}),
            against=str(message.get("against") or "image 2"),
        )
        row = task.row(str(message.get("region") or ""), str(message["error"]))
        return {"rows": _written([row], str(message.get("save") or ""))}

    def _let_go(self, message: Message) -> Reply:
        self._runs.clear()
        self._release()
        return {}


def _begin(request: Message, masks: Array | None) -> _Run:
    """Check what is asked, as ImageJ found it, and get ready for its planes."""
    names = (str(request["image_1"]), str(request["image_2"]))
    types = (str(request["type_1"]), str(request["type_2"]))
    for name, kind in zip(names, types, strict=True):
        _check_kind(name, kind)
    sizes = [
        tuple(int(request[f"{key}_{k}"]) for key in ("planes", "height", "width"))
        for k in (1, 2)
    ]
    if {sizes[0][0], sizes[1][0]} == {1}:
        sizes = [size[1:] for size in sizes]
    check_shapes(names, (sizes[0], sizes[1]), types)
    task = Task(
        names,
        [*available().values()],
        parse_rescale(_word(request.get("rescale"))),
        plane=str(request.get("plane") or "1"),
        place=dict(request.get("place") or {}),
        against=str(request.get("against") or "image 2"),
        notes=tuple(str(note) for note in request.get("notes") or ()),
    )
    regions = [_region(region, masks) for region in request.get("regions") or ()]
    height, width = sizes[0][-2:]
    tally = Tally(
        task,
        read_regions(regions) if regions else None,
        (height, width),
        one_block=math.prod(sizes[0][:-2]) == 1,
    )
    box = request["box"]
    return _Run(
        tally,
        types,
        (int(box["x"]), int(box["y"]), int(box["width"]), int(box["height"])),
        str(request.get("save") or ""),
    )


def _pixels(memory: Array, kind: str, shape: tuple[int, int]) -> Array:
    """Look at a buffer as a plane of a kind of pixels."""
    dtype = np.dtype(_DTYPES[kind])
    plane = memory[: shape[0] * shape[1] * dtype.itemsize].view(dtype).reshape(shape)
    return signed(plane) if kind == _SIGNED else plane


def signed(plane: Array) -> Array:
    """Values that ImageJ shows for a signed 16-bit image, from those it stores."""
    values: Array = (plane ^ np.uint16(1 << 15)).view(np.int16)
    return values


def _check_kind(name: str, kind: str) -> None:
    if kind in _DTYPES:
        return
    if kind == "RGB":
        raise ImageError(
            f'"{name}" is an RGB image: compare its channels apart (Image > Color > '
            "Split Channels), or make it grey (Image > Type > 8-bit)."
        )
    article = "an" if kind.startswith("8") else "a"
    raise ImageError(
        f'"{name}" is {article} {kind} image: grey images of 8, 16 and 32 bits can be '
        "compared. Convert it with Image > Type."
    )


def _region(found: Message, masks: Array | None) -> Region:
    name = str(found["name"])
    x, y, width, height = (int(found[k]) for k in ("x", "y", "width", "height"))
    if found.get("problem"):
        return Region(name, 0, 0, 0, 0, problem=f"{name} {found['problem']}")
    if not found.get("area", True):
        kind = str(found.get("kind") or "selection").lower()
        return Region(
            name, 0, 0, 0, 0, problem=f"{name} is a {kind}, which has no area"
        )
    offset = found.get("mask")
    if offset is None or masks is None:
        return Region(name, x, y, width, height)
    part = masks[int(offset) : int(offset) + width * height]
    inside = (part != 0).reshape(height, width)
    if not inside.any():
        return Region(name, 0, 0, 0, 0, problem=f"{name} selects no pixel")
    return Region(name, x, y, width, height, inside)


def _written(rows: list[Row], save: str) -> list[Row]:
    """Append rows to a CSV file where one is asked for; return them for Java."""
    if save:
        from ..batch import CsvFile

        CsvFile(save, [*available().values()]).append(rows)
    return [plain(row) for row in rows]


def _word(rescale: Any) -> str:
    return str(rescale or "none").lower()


def _sentence(error: Exception) -> str:
    """Return what a user reads: refusals as they are, surprises with their kind."""
    if isinstance(error, (ValueError, OSError, TypeError)) and str(error):
        return str(error)
    return f"SimilIJ failed in Python ({type(error).__name__}: {error})."

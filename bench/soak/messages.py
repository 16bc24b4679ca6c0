"""Send odd messages to the worker: each has an answer, and none spoils the next."""

from __future__ import annotations

import copy
import json
import secrets
from collections.abc import Sequence
from multiprocessing import shared_memory
from pathlib import Path
from typing import Any

import numpy as np

from . import odd
from .kept import Each, spread
from .line import CRASH, UNCLEAR, WRONG, Fault, Found, Scene, unclear
from .shell import differs, independent

LIMIT = 60.0
"""Seconds that an answer may take."""

UNDISTURBED = 25
"""After so many odd conversations there is one as ImageJ has it: its numbers count."""


def image(name: str, width: int, height: int) -> dict[str, Any]:
    """Describe an image as ImageJ does."""
    pixel = {"x": 1.0, "y": 1.0, "z": 1.0, "unit": "pixel", "interval": 0.0}
    return {
        **{"name": name, "file": "", "type": "16-bit", "width": width},
        **{"height": height, "planes": 1, "sizes": {"c": 1, "z": 1, "t": 1}},
        "pixel": {**pixel, "time_unit": "sec"},
    }


def request(width: int, height: int, options: dict[str, str]) -> dict[str, Any]:
    """Describe what is to be compared as ImageJ does."""
    return {
        "image_1": image("one", width, height),
        "image_2": image("two", width, height),
        **{"labels": None, "mask": None},
        "box": {"x": 0, "y": 0, "width": width, "height": height},
        **{"regions": [], "inverse": False, "pictures": False, "rows": True},
        **{"plane": "1", "place": {}, "notes": [], "run_id": None, "save": None},
        "options": options,
    }


def conversations(width: int, height: int) -> list[list[dict[str, Any]]]:
    """Return what ImageJ sends; "@1" and "@2" stand for pixels of the two images."""
    plain = request(width, height, {})
    region = {
        **{"name": "cell", "kind": "Rectangle", "area": True, "mask": None},
        "box": {"x": 2, "y": 1, "width": 5, "height": 6},
        "position": {"position": 0, "c": 0, "z": 0, "t": 0},
        **{"problem": None, "drawn": False},
    }
    some = {**request(width, height, {"metrics": "pearson,ssim"}), "regions": [region]}
    prepared = request(width, height, {"rescale": "percentile", "blur": "0,1"})
    at = {"c": 1, "z": 1, "t": 1}
    planes = {"run": "7", "plane_1": "@1", "plane_2": "@2", "end": True}
    whole = image("one", width, height)
    matrix = {"rois": None, "folder": None, "options": {"metrics": "pearson"}}
    tied = {"name": "cell", "position": region["position"]}
    return [
        [{"op": "compare", **planes, "request": plain}],
        [{"op": "compare", **planes, "request": some}],
        [{"op": "compare", **planes, "request": prepared}, {"op": "compare", **planes}],
        [
            {"op": "compare", **planes, "end": False, "request": plain},
            {"op": "compare", **planes, "at": at},
        ],
        [{"op": "check", "request": some, "groups": 1, "regions": 1}],
        [
            {
                **{"op": "plan", "image_1": whole, "image_2": whole, "current_1": at},
                **{"current_2": at, "regions": [tied], "inverse": False},
                **{"pictures": False, "run_id": None, "options": {"per": "t"}},
            }
        ],
        [
            {
                **{"op": "tied", "image": whole, "at": at, "image_2": whole},
                **{"at_2": at, "regions": [tied]},
            }
        ],
        [
            {
                "op": "matrix",
                "run": "8",
                "request": matrix,
                "image": whole,
                "end": False,
            },
            {"op": "matrix", "run": "8", "plane": "@1", "end": False},
            {"op": "matrix", "run": "8", "image": {**whole, "name": "b"}, "end": False},
            {"op": "matrix", "run": "8", "plane": "@2", "end": True},
        ],
        [
            {
                **{"op": "problem", "image_1": "one", "image_2": "two", "file_1": ""},
                **{"file_2": "", "region": "", "error": "It is odd.", "plane": "1"},
                **{"place": {}, "run_id": None, "save": "rows.csv", "options": {}},
            }
        ],
        [{"op": "headline", "numbers": {"pearson": [0.5, None]}, "pixels": [3.0, 4.0]}],
        [{"op": "hello", "protocol": 6, "jar": "0.0.1"}, {"op": "metrics"}],
        [{"op": "images", "folder": "."}, {"op": "cancel", "run": "7"}],
        [
            {
                "op": "pair",
                "folder_1": ".",
                "folder_2": None,
                "save": None,
                "options": {},
            }
        ],
        [{"op": "about"}, {"op": "release"}],
    ]


class Pixels:
    """Hold the pixels of both images in shared memory, as ImageJ's side does."""

    def __init__(self, *images: np.ndarray) -> None:
        self._images = images
        self._made: list[shared_memory.SharedMemory] = []

    def put(self, which: str) -> dict[str, Any]:
        """Make shared memory of an image; return what stands for it in a message."""
        content = self._images[int(which[1:]) - 1].tobytes()
        name = f"soak{secrets.token_hex(8)}"
        made = shared_memory.SharedMemory(name, create=True, size=len(content))
        made.buf[: len(content)] = content
        self._made.append(made)
        return {"shm": name, "size": len(content)}

    def clear(self) -> None:
        """Remove what nobody attached, as ImageJ does when it closes its buffers."""
        for made in self._made:
            made.close()
            if Path("/dev/shm", made.name).exists():
                made.unlink()
        self._made.clear()


def filled(message: Any, pixels: Pixels) -> Any:
    """Put shared memory where pixels belong."""
    if isinstance(message, dict):
        return {key: filled(value, pixels) for key, value in message.items()}
    if isinstance(message, list):
        return [filled(value, pixels) for value in message]
    return pixels.put(message) if message in ("@1", "@2") else message


def setup(scene: Scene, _: object) -> Each:
    """Return what has a conversation with the worker's handler."""
    from similij.imagej.worker import handle

    rng = np.random.default_rng(scene.seed)
    x = rng.integers(0, 4000, (9, 13)).astype(np.uint16)
    y = (x // 2 + rng.integers(0, 900, x.shape)).astype(np.uint16)
    right = independent(x, y)
    pixels = Pixels(x, y)
    all_of = conversations(x.shape[1], x.shape[0])

    def undisturbed() -> list[Found]:
        reply = handle(filled(copy.deepcopy(all_of[0][0]), pixels))
        row = {
            key: value[0] if isinstance(value, list) else value
            for key, value in reply.get("columns", {}).items()
        }
        what = reply.get("error") or differs(row, right) or ("" if row else "no rows")
        return [Found(WRONG, f"after odd messages: {what}")] if what else []

    def each(number: int) -> list[Found]:
        rng = scene.random("messages", number)
        conversation = copy.deepcopy(rng.choice(all_of))
        k = rng.randrange(len(conversation))
        conversation[k] = odd.tree(rng, conversation[k])
        try:
            for message in conversation:
                if not isinstance(message, dict):
                    continue  # Appose's own task gives a map, whatever is in it
                reply = handle(filled(message, pixels))
                if faults := examined(message, reply):
                    return faults
            handle({"op": "cancel", "run": "7"})
            handle({"op": "cancel", "run": "8"})
            return undisturbed() if number % UNDISTURBED == 0 else []
        finally:
            handle({"op": "release"})
            pixels.clear()

    return each


def examined(message: Any, reply: Any) -> list[Found]:
    """Return what is wrong with an answer."""
    shown = f"{message!r}: "[:1500]
    if not isinstance(reply, dict):
        return [Found(CRASH, f"{shown}the answer is {reply!r}"[:1500])]
    try:
        json.dumps(reply)  # as Appose sends it
    except (TypeError, ValueError) as error:
        return [Found(CRASH, f"{shown}the answer cannot be sent: {error}")]
    if "error" in reply:
        sentence = str(reply["error"])
        printable = "".join(
            c if c.isprintable() or c in "\r\n" else "?" for c in sentence
        )
        if what := unclear(printable, given=repr(message)):
            return [Found(UNCLEAR, shown + what)]
    return []


def messages(numbers: Sequence[int], scene: Scene) -> list[Fault]:
    """Send odd messages."""
    return spread(f"{__name__}:setup", numbers, scene, LIMIT)

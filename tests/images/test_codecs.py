"""Without imagecodecs: the same pixels, or a sentence that says what to install."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from file_zoo import write_zoo, zoo
from own_writers import LZW, page, tiff
from similij import ImageError, read
from support import run_python

READ_ALL = """
import hashlib, json, sys
from pathlib import Path
import numpy as np
folder, blocked = Path(sys.argv[1]), sys.argv[2] == "blocked"
if blocked:
    sys.modules["imagecodecs"] = None
import similij
answers = {}
for path in sorted(folder.iterdir()):
    try:
        pixels = np.asarray(similij.read(path).pixels)
    except (similij.ImageError, ModuleNotFoundError) as error:
        answers[path.name] = [False, str(error)]
    else:
        kind = f"{pixels.dtype} {pixels.shape}".encode()
        content = kind + np.ascontiguousarray(pixels).tobytes()
        answers[path.name] = [True, hashlib.sha256(content).hexdigest()]
print(json.dumps(answers))
"""


def answers(folder: Path, blocked: str) -> dict[str, Any]:
    out = run_python(READ_ALL, folder, blocked)
    own: dict[str, Any] = json.loads(out.splitlines()[-1])
    return own


def test_each_file_of_the_zoo_is_read_alike_or_asks_for_it(tmp_path: Path) -> None:
    write_zoo(tmp_path)
    with_it, without = (answers(tmp_path, how) for how in ("there", "blocked"))
    assert {*with_it} == {*without}
    asked = set()
    for name, (is_read, words) in without.items():
        if not is_read and "imagecodecs" in words:
            assert words.startswith(f'"{name}" ')
            assert "for which imagecodecs is needed: " in words
            assert " -m pip install imagecodecs, or save it" in words
            assert "\n" not in words
            asked.add(name)
        else:
            # Of a stream that is damaged each decoder says it in words of its own.
            end = slice(None) if is_read else slice(1)
            assert [is_read, words][end] == with_it[name][end], name
    group = {one.name: one.words for one in zoo()}
    asked_for = {group[name] for name in asked if name in group}
    assert "LZW, 8 bits" in asked_for
    assert {"12 bits", "tiles, LZW, big-endian", "1 bit, CCITT group 4"} <= asked_for
    unaided = {"16 bits", "deflate, 1 bit", "PackBits, 1 bit", "lzma, 16 bits"}
    assert not unaided & asked_for
    assert {*unaided, *asked_for} <= {*group.values()}


def test_the_compression_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    path = tmp_path / "cells.tif"
    pixels = np.arange(48, dtype=np.uint8).reshape(6, 8)
    path.write_bytes(tiff([page(pixels, compression=LZW)]))
    with pytest.raises(ImageError) as error:
        read(path)
    assert str(error.value) == (
        f'"cells.tif" is compressed by LZW, for which imagecodecs is needed: '
        f"{sys.executable} -m pip install imagecodecs, or save it uncompressed as 8, "
        "16 or 32 bit, e.g. in ImageJ."
    )

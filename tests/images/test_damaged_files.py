"""Damaged files of all kinds give no crash, no warning, and no number of their own."""

from __future__ import annotations

import logging
import math
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import similij
from support import ROOT

sys.path.insert(0, str(ROOT / "bench"))

import fuzz
from mutants import ABSENT, LOST, SHARES, Mutant, mutant, origins

SOME = {kind: total // 200 for kind, total in SHARES.items()}


@pytest.mark.slow
def test_some_hundreds_of_damaged_files(tmp_path: Path) -> None:
    faults: list[str] = []
    state = tmp_path / "state.json"
    half = {kind: total // 2 for kind, total in SOME.items()}
    fuzz.run(half, state, float("inf"), faults.append)
    counts = fuzz.run(SOME, state, float("inf"), faults.append)
    assert faults == []
    assert {kind: own["done"] for kind, own in counts.items()} == SOME
    for own in counts.values():
        assert own[fuzz.READ] + own[fuzz.REFUSED] == own["done"]
        assert own[fuzz.REFUSED] > 0


def test_a_mutant_is_made_of_its_number_alone() -> None:
    for kind in SHARES:
        first, second = mutant(kind, 5), mutant(kind, 5)
        assert first.files == second.files
        assert mutant(kind, 6).files != first.files or mutant(kind, 7) != first


def test_enough_is_known_to_lose_pixels() -> None:
    for kind in ("TIFF", "PNG", "NPY", "Zarr"):
        known = [mutant(kind, number).drops for number in range(200)]
        assert sum(drops in (LOST, ABSENT) for drops in known) >= 30


def test_whole_files_are_of_many_kinds() -> None:
    assert len(origins("TIFF")) > 80
    assert len(origins("PNG")) > 15
    assert len(origins("ROI")) > 50


def raises(error: Exception) -> Callable[..., Any]:
    def reading(*_: object) -> Any:
        raise error

    return reading


def warns(*_: object) -> Any:
    warnings.warn("unheard", UserWarning, stacklevel=1)
    return "", np.zeros((3, 4))


def logs(*_: object) -> Any:
    logging.getLogger("library").warning("odd")
    return "", np.zeros((3, 4))


def fills_memory(*_: object) -> Any:
    return "", np.ones(40_000_000)[:3]


def reads(*_: object) -> Any:
    return "", np.zeros((3, 4))


@pytest.mark.parametrize(
    ("reading", "fault"),
    [
        (raises(ValueError("of a library")), "exception: ValueError at "),
        (raises(similij.ImageError("")), "sentence: of 1 lines"),
        (raises(similij.ImageError("a sentence")), ""),
        (warns, "warning: UserWarning: unheard"),
        (logs, "warning: in the log: library: odd"),
        (fills_memory, "memory: "),
        (reads, ""),
    ],
)
def test_each_fault_is_seen(
    reading: Callable[..., Any],
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    heard = fuzz.Heard()
    monkeypatch.setattr(logging.getLogger(), "handlers", [heard])
    monkeypatch.setattr(fuzz, "read_image", reading)
    monkeypatch.setattr(fuzz, "IN_PARTS", 10**9)
    monkeypatch.setattr(fuzz, "LONGEST", math.inf)
    one = Mutant("a.tif", {"": b"II"}, "a.tif")
    found = fuzz.examined("TIFF", one, tmp_path, heard)[1]
    assert found.startswith(fault)
    assert bool(found) == bool(fault)


def test_a_number_of_pixels_that_are_not_there_is_seen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fuzz, "read_image", reads)
    lost = Mutant("a.tif", {"": b"II"}, "a.tif", drops=LOST)
    absent = Mutant("a.zarr", {"0": b""}, "a.zarr", drops=ABSENT)
    for one in (lost, absent):
        found = fuzz.examined("Zarr", one, tmp_path, fuzz.Heard())[1]
        assert found.startswith(f"number: {one.drops}, and read as float64 (3, 4)")


def test_a_process_that_dies_is_an_answer() -> None:
    worker = fuzz.Worker()
    try:
        # Nobody knows such files, so that the process ends with a traceback.
        (answer,) = worker.answers("no such kind", [3])
        assert answer.fault == "crash: exit 1"
        assert [a.fault for a in worker.answers("NPY", [1, 2])] == ["", ""]
    finally:
        worker.stop()

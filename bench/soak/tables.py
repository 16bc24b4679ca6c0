"""Change tables of pairs, results, journals: a row with a reason, or a sentence."""

from __future__ import annotations

import csv
import io
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from . import odd
from .kept import Each, spread
from .line import UNCLEAR, WRONG, Fault, Found, Scene, unclear
from .shell import differs, independent

LIMIT = 60.0
"""Seconds: a table here has six pairs of 9×14 pixels."""

PAIRS = 6


def images(folder: Path, seed: int) -> dict[tuple[str, str], dict[str, float]]:
    """Write images; return the numbers of each two of them, by their names."""
    rng = np.random.default_rng(seed)
    pixels = {
        f"{k}__{side}.npy": rng.integers(0, 4000, (9, 14)).astype(np.uint16)
        for k in range(PAIRS)
        for side in "ab"
    }
    for name, image in pixels.items():
        np.save(folder / name, image)
    return {
        (first, second): independent(x, y)
        for first, x in pixels.items()
        for second, y in pixels.items()
        if first != second
    }


def setup(scene: Scene, _: object) -> Each:  # noqa: PLR0915 - tries share its files
    """Return what tries a table."""
    from similij import ImageError, compare_pairs
    from similij.batch import read_pairs
    from similij.measure.table.csv import CsvFile
    from similij.metrics import available

    folder = scene.folder
    right = images(folder, scene.seed)
    table = folder / "pairs.csv"
    lines = [f"{k}__a.npy,{k}__b.npy,day {k}" for k in range(PAIRS)]
    whole_table = "\n".join(("image_1,image_2,day", *lines, "")).encode()
    table.write_bytes(whole_table)
    jobs = read_pairs(table)
    results = folder / "results.csv"
    state = folder / "results.csv.state"
    compare_pairs(jobs[: PAIRS // 2], out=results)
    half = {path: path.read_bytes() for path in (results, state)}
    shutil.copy(results, folder / "whole.csv")
    rows = compare_pairs(jobs).rows
    metrics = [*available().values()]
    saved = folder / "saved.csv"
    CsvFile(saved, metrics).append(rows)
    whole_saved = saved.read_bytes()
    saved.unlink()

    def of_rows(found: Sequence[dict[str, object]]) -> list[Found]:
        for one in found:
            names = str(one["image_1"]), str(one["image_2"])
            if one.get("note"):
                note = str(one["note"])
                for name in names:  # which may have three thousand letters
                    note = note.replace(name, "...") if name else note
                if what := unclear(note):
                    return [Found(UNCLEAR, f"note of {names}: {what}")]
            elif names in right and (what := differs(one, right[names])):
                return [Found(WRONG, f"{names}: {what}")]
            elif names not in right and names[0] != names[1]:
                return [Found(WRONG, f"numbers of {names}, which are no images")]
        return []

    def table_of_pairs(number: int) -> list[Found]:
        content = odd.content(scene.random("pairs", number), whole_table)
        table.write_bytes(content)
        try:
            # The first line of some tables makes every file be named again and again.
            found = compare_pairs(read_pairs(table)).to_dict()["rows"]
        except ImageError as error:
            what = unclear(str(error), str(folder), "image_1", "image_2", "No image")
            return [Found(UNCLEAR, what)] if what else []
        return of_rows(found)

    def stopped_batch(number: int) -> list[Found]:
        rng = scene.random("stopped", number)
        for path, content in half.items():
            path.write_bytes(content)
        which = rng.choice(list(half))
        which.write_bytes(odd.content(rng, half[which]))
        before = results.read_bytes()
        try:
            compare_pairs(jobs, out=results, on_note=lambda _: None)
        except ImageError as error:
            if results.read_bytes() != before:
                return [Found(WRONG, f"refused, and the table was changed: {error}")]
            what = unclear(str(error), "results.csv")
            return [Found(UNCLEAR, what)] if what else []
        text = results.read_text("utf-8")
        found = [dict(r) for r in csv.DictReader(io.StringIO(text, newline=""))]
        times = Counter((r["image_1"], r["image_2"]) for r in found)
        if sorted(times) != sorted(job.names for job in jobs) or {*times.values()} != {
            1
        }:
            return [Found(WRONG, f"{which.name}: pairs are there as often as {times}")]
        numbers = [
            {**r, **{name: float(r[name]) for name in right[jobs[0].names]}}
            for r in found
        ]
        return of_rows(numbers)

    def saved_rows(number: int) -> list[Found]:
        content = odd.content(scene.random("saved", number), whole_saved)
        saved.write_bytes(content)
        try:
            CsvFile(saved, metrics).append(rows)
        except ImageError as error:
            if saved.read_bytes() != content:
                return [Found(WRONG, f"refused, and the file was changed: {error}")]
            what = unclear(str(error), "saved.csv")
            return [Found(UNCLEAR, what)] if what else []
        after = saved.read_bytes()
        new = whole_saved.split(b"\n", 1)[1]
        # Beginning anew is right where nothing was there.
        kept = after.startswith(content) and after.endswith(b"\n" + new)
        if not kept and after != whole_saved:
            return [Found(WRONG, f"appended to {content[-60:]!r}: {after[-90:]!r}")]
        return []

    tries = (table_of_pairs, stopped_batch, saved_rows)

    def each(number: int) -> list[Found]:
        try:
            return tries[number % len(tries)](number)
        finally:
            for path in (*half, saved, results.with_name("results.csv.new")):
                path.unlink(missing_ok=True)

    return each


def tables(numbers: Sequence[int], scene: Scene) -> list[Fault]:
    """Try odd tables."""
    return spread(f"{__name__}:setup", numbers, scene, LIMIT)

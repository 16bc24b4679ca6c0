"""Read damaged files by the ten thousand: nothing may crash, hang, or make up a number.

    python bench/fuzz.py [--mutants 100000] [--kinds "TIFF;PNG"] [--seconds 300]
    python bench/fuzz.py --replay TIFF 1234

Mutants (`bench/mutants.py`) are made of their number alone. Each is read by a process
that is kept, as `similij.read` and `similij.compare` read it. Against each of these it
is a fault:

* a crash of the process, an exception that is no ImageError and no RegionError, a
  warning that nobody hears of, memory that could not be had;
* more than 2 s, the fastest of three times;
* more memory than 10 times the file and 200 MB;
* an image of a mutant whose pixels are not all there;
* other pixels, or another sentence, where it is read in parts.

What was done lies in a state file, so that it goes on where it was stopped, with the
faults, which `--replay` makes again.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import multiprocessing
import os
import re
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mutants import ABSENT, LOST, SHARES, Mutant, fingerprint, mutant
from report import Report, head, row

LONGEST = 2.0
"""Seconds that a file may take."""

HANGS = 60
"""Seconds after which a process is ended: it hangs, and is not only slow."""

TIMES_THE_FILE, BESIDE = 10, 200_000_000
"""Bytes of memory that a file may take, for each of its own, and beside."""

IN_PARTS = 7
"""Every so many-th mutant is read in parts, too: dask takes longer than the rest."""

COMPARED = 5
"""Every so many-th is compared with itself, too."""

MUCH = 10_000_000
"""Bytes of pixels that are not read in parts again: 36 MB of absent chunks of 80 bytes
are 450,000 tasks of dask, which takes longer for these than all else together."""

STATE = Path(__file__).resolve().parents[1] / "build" / "fuzz.json"

SLICE = 200
"""Mutants that a process gets at a time."""

READ, REFUSED = "read", "refused"


class Answer(NamedTuple):
    """What became of a mutant: read or refused, and what is wrong with that."""

    number: int
    outcome: str
    drops: bool
    fault: str


# -------------------------------------------------------------------- in the process


def peak() -> int:
    """Return the most memory this process had since it was last asked, in bytes."""
    text = Path("/proc/self/status").read_text("ascii")
    most = int(text.split("VmHWM:")[1].split()[0])
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    return 1024 * most


class Heard(logging.Handler):
    """Hold what libraries write to the log: they warn there, too."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(f"{record.name}: {record.getMessage()}")


def _sum(path: Path) -> int:
    """Return a number of a mutant's name, by which it is chosen for more."""
    return sum(map(ord, path.stem))


def read_image(one: Mutant, path: Path) -> tuple[str, Any]:
    """Read an image as users do; return its notes and its pixels."""
    import similij

    image = similij.read(path)
    pixels = np.asarray(image.pixels)
    if _sum(path) % COMPARED == 0:
        how = {"color": "channels"} if "s" in image.axes else {}
        # One pixel, or none that counts, is read and not compared.
        with contextlib.suppress(similij.ImageError):
            similij.compare(path, path, **how)
    return "; ".join(image.provenance.notes), pixels


def read_in_parts(path: Path) -> Any:
    """Read an image in parts; return its pixels."""
    import similij

    return np.asarray(similij.read(path, parts=True).pixels)


def read_regions(_: Mutant, path: Path) -> tuple[str, Any]:
    """Read regions as users do, and compare an image in them."""
    import similij

    image = np.arange(60 * 70, dtype=np.uint16).reshape(60, 70)
    return "", len(similij.compare(image, image[::-1], regions=path).to_dict()["rows"])


def examined(kind: str, one: Mutant, folder: Path, heard: Heard) -> tuple[str, str]:
    """Read a mutant; return what became of it, and what is wrong with that."""
    from similij import ImageError
    from similij.regions import RegionError

    path = one.write(folder)
    of_region = kind in ("ROI", "zip", "GeoJSON")
    reading = read_regions if of_region else read_image
    heard.lines.clear()
    before = peak()
    start = time.perf_counter(), time.process_time()
    outcome, fault, notes, pixels, sentence = READ, "", "", None, ""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            notes, pixels = reading(one, path)
        except (ImageError, RegionError) as error:
            outcome, sentence = REFUSED, str(error)
            fault = of_sentence(error, path)
        except BaseException as error:
            outcome = REFUSED
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(place.filename).name}:{place.lineno}"
            fault = f"exception: {type(error).__name__} at {where}: {error}"[:300]
    # Another process may have had the processor: what this one used counts, too.
    seconds = min(time.perf_counter() - start[0], 2 * (time.process_time() - start[1]))
    grown = peak() - before
    lost = one.drops == LOST or (one.drops == ABSENT and "chunk" not in notes)
    if not fault and outcome == READ and lost and not of_region:
        fault = f"number: {one.drops}, and read as {pixels.dtype} {pixels.shape}"
    if not fault and outcome == READ and of_region and one.drops == LOST:
        fault = f"number: of regions that are cut short, {pixels} rows"
    if not fault and warned:
        fault = f"warning: {warned[0].category.__name__}: {warned[0].message}"[:300]
    if not fault and heard.lines:
        fault = f"warning: in the log: {heard.lines[0]}"[:300]
    if not fault and grown > TIMES_THE_FILE * one.size + BESIDE:
        fault = f"memory: {grown / 1e6:.0f} MB"
    if not fault and seconds > LONGEST:
        fault = f"slow: {seconds:.1f} s"
    small = pixels is None or of_region or pixels.nbytes < MUCH
    if not fault and small and not of_region and _sum(path) % IN_PARTS == 0:
        fault = of_parts(path, pixels, sentence, len(one.steps) == 1)
    return outcome, fault


def of_sentence(error: BaseException, path: Path) -> str:
    """Return what is wrong with a refusal."""
    text = str(error)
    if not text.strip() or "\n" in text:
        return f"sentence: of {text.count(chr(10)) + 1} lines: {text!r}"[:300]
    if len(text) > 600:
        return f"sentence: of {len(text)} letters: {text[:80]}..."
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, (MemoryError, RecursionError, SystemError)):
            return f"memory: {type(cause).__name__}: {cause}"[:300]
        cause = cause.__cause__ or cause.__context__
    return ""


def of_parts(path: Path, pixels: Any, sentence: str, once: bool) -> str:
    """Return what is different where an image is read in parts; `once`: damaged."""
    from similij import ImageError

    try:
        again = read_in_parts(path)
    except ImageError as error:
        if pixels is not None:
            return f"parts: refused, and read in memory: {error}"[:300]
        # Of two damages, or of several damaged chunks, another may be met first.
        same = not once or without_places(str(error)) == without_places(sentence)
        return "" if same else f"parts: {error}, and in memory: {sentence}"[:500]
    except BaseException as error:
        return f"parts: exception: {type(error).__name__}: {error}"[:300]
    if pixels is None:
        return f"parts: read, and refused in memory: {sentence}"[:300]
    same = again.shape == pixels.shape and again.tobytes() == pixels.tobytes()
    return "" if same else "parts: other pixels than in memory"


def without_places(sentence: str) -> str:
    """Return a sentence without numbers and the names of files of chunks."""
    return re.sub(r"[\w.-]*[\d/][\w/.-]*", "#", sentence.split(" (", maxsplit=1)[0])


def work(pipe: Connection) -> None:
    """Read mutants for the process that asks, one after the other."""
    import dask

    import similij

    dask.config.set(scheduler="synchronous")
    similij.compare(np.zeros((5, 6), np.uint8), np.ones((5, 6), np.uint8))
    heard = Heard()
    logging.getLogger().addHandler(heard)
    with tempfile.TemporaryDirectory() as name:
        while True:
            order = pipe.recv()
            if order is None:
                return
            kind, numbers = order
            for number in numbers:
                one = mutant(kind, number)
                folder = Path(name, str(number))
                folder.mkdir()
                outcome, fault = examined(kind, one, folder, heard)
                for _ in range(2):
                    if fault.startswith("slow"):
                        outcome, fault = examined(kind, one, folder, heard)
                clear(folder)
                pipe.send(Answer(number, outcome, one.drops != "unknown", fault))


def clear(folder: Path) -> None:
    """Remove a folder and all in it."""
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()


# ------------------------------------------------------------------ outside the process


class Worker:
    """A process that reads mutants, and another one where it died."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start the process."""
        context = multiprocessing.get_context("spawn")
        self.pipe, end = context.Pipe()
        self.process = context.Process(target=work, args=(end,), daemon=True)
        self.process.start()
        end.close()

    def answers(self, kind: str, numbers: list[int]) -> list[Answer]:
        """Have mutants read; where the process dies, that is the answer."""
        made: list[Answer] = []
        left = [*numbers]
        while left:
            self.pipe.send((kind, left))
            while left:
                fault = ""
                try:
                    if self.pipe.poll(HANGS):
                        made.append(self.pipe.recv())
                        left.pop(0)
                        continue
                    fault = f"hang: longer than {HANGS} s"
                    self.process.kill()
                except EOFError:
                    pass
                self.process.join()
                fault = fault or f"crash: exit {self.process.exitcode}"
                made.append(Answer(left.pop(0), REFUSED, False, fault))
                self.start()
                break
        return made

    def stop(self) -> None:
        """Let it end."""
        self.pipe.send(None)
        self.process.join()


Counts = dict[str, Any]


def empty() -> Counts:
    """Return the counts of a kind of which nothing was done."""
    return {"done": 0, READ: 0, REFUSED: 0, "dropping": 0, "faults": []}


def load(state: Path) -> dict[str, Counts]:
    """Return what was done before, of the same mutants."""
    if state.is_file():
        kept = json.loads(state.read_text("utf-8"))
        if kept["mutants"] == fingerprint():
            counts: dict[str, Counts] = kept["kinds"]
            return counts
    return {}


def save(state: Path, counts: dict[str, Counts]) -> None:
    """Keep what was done; a stop in between leaves the old file or the new one."""
    state.parent.mkdir(parents=True, exist_ok=True)
    new = state.with_suffix(".new")
    kept = {"mutants": fingerprint(), "kinds": counts}
    new.write_text(json.dumps(kept, indent=1, ensure_ascii=False), "utf-8")
    new.replace(state)


def run(
    shares: dict[str, int],
    state: Path,
    seconds: float,
    told: Callable[[str], None] = print,
) -> dict[str, Counts]:
    """Go on until so many mutants of each kind are done, or the time is over."""
    counts = load(state)
    end = time.monotonic() + seconds
    worker = Worker()
    try:
        while time.monotonic() < end:
            # The kind of which the smallest share is done: a short run sees all kinds.
            shares_done = {
                kind: counts.setdefault(kind, empty())["done"] / total
                for kind, total in shares.items()
                if total
            }
            kind = min(shares_done, key=shares_done.__getitem__)
            own = counts[kind]
            if own["done"] >= shares[kind]:
                break
            first = own["done"]
            numbers = [*range(first, min(first + SLICE, shares[kind]))]
            for answer in worker.answers(kind, numbers):
                own[answer.outcome] += 1
                own["dropping"] += answer.drops
                if answer.fault:
                    own["faults"].append([answer.number, answer.fault])
                    told(f"{kind} {answer.number}: {answer.fault}")
            own["done"] += len(numbers)
            save(state, counts)
    finally:
        worker.stop()
    return counts


def replay(kind: str, number: int, folder: Path) -> None:
    """Make a mutant again, leave it in a folder, and say all of it."""
    one = mutant(kind, number)
    path = one.write(folder)
    print(f"{path}: of {one.origin}, {'; '.join(one.steps)}; pixels: {one.drops}")
    heard = Heard()
    logging.getLogger().addHandler(heard)
    print(*examined(kind, one, folder, heard), sep="\n")
    import similij

    reading = read_regions if kind in ("ROI", "zip", "GeoJSON") else read_image
    try:
        notes, pixels = reading(one, path)
        print(notes, getattr(pixels, "shape", pixels))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
        if not isinstance(error, similij.ImageError):
            traceback.print_exc()


def table(counts: dict[str, Counts]) -> list[str]:
    """Return the table of what was done."""
    names = ["kind", "mutants", "read", "refused", "pixels lost", "faults"]
    lines = [*head(*names)]
    total = Counter[str]()
    for kind, own in counts.items():
        numbers = {
            "done": own["done"], "read": own[READ], "refused": own[REFUSED],
            "dropping": own["dropping"], "faults": len(own["faults"]),
        }  # fmt: skip
        total.update(numbers)
        lines.append(row(kind, *(f"{n:,}" for n in numbers.values())))
    lines.append(row("all", *(f"{n:,}" for n in total.values())))
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mutants", type=int, default=sum(SHARES.values()))
    parser.add_argument("--kinds", default=";".join(SHARES))
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--state", type=Path, default=STATE)
    parser.add_argument("--replay", nargs=2, metavar=("KIND", "NUMBER"))
    parser.add_argument("--folder", type=Path, default=Path("build/mutant"))
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    if asked.replay:
        asked.folder.mkdir(parents=True, exist_ok=True)
        replay(asked.replay[0], int(asked.replay[1]), asked.folder)
        return
    share = asked.mutants / sum(SHARES.values())
    shares = {
        kind: round(total * share)
        for kind, total in SHARES.items()
        if kind in asked.kinds.split(";")
    }
    counts = run(shares, asked.state, asked.seconds)
    report = Report("fuzz")
    words = (
        "Mutants of whole files, by their numbers; *pixels lost*: of so many it is "
        "known that pixels are not there."
    )
    report.finish(table(counts), words, write=asked.write)
    if any(own["faults"] for own in counts.values()):
        sys.exit(1)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()

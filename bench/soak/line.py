"""Define what a line of the table is, its faults, and where it may leave things.

A run has a temporary folder and, where Linux lets it mount, shared memory of its own:
whatever lies in them after a slice of a line, and every process that is still there,
was left behind by what was tried.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import psutil

WRONG, CRASH, UNCLEAR = "wrong", "crash", "unclear"
HANG, LEFTOVER = "hang", "leftover"
KINDS = (WRONG, CRASH, UNCLEAR, HANG, LEFTOVER)
"""A number that differs from the undisturbed or independent answer; an end that nobody
foresaw; a message that is not one sentence which names the thing; longer than a limit;
a file, shared memory or a process that is left."""

LONGEST_FAULT = 700
"""Letters of a fault that are kept."""

INSIDE = "SIMILIJ_SOAK_INSIDE"
SHM = Path("/dev/shm")

KEPT_BY_OTHERS = re.compile(
    # dask keeps an empty folder with two locks; Java a page of counters; JNA a folder.
    r"dask-scratch-space(/(global|purge)\.lock)?|dask-worker-space"
    r"|hsperfdata_\w+(/\d+)?|\.java_pid\d+|matplotlib-\w+(/.*)?|pymp-\w+"
)

GRACE = 20.0
"""Seconds that a process may take to end after the one that started it."""


def squeezed(text: str) -> str:
    """Shorten what is there many times in a row, which would hide what comes behind.

    Examples
    --------
    >>> squeezed("a" * 3000 + ": too long")
    'a{3000}: too long'
    """
    return re.sub(
        r"(.{1,6}?)\1{9,}",
        lambda m: f"{m[1]}{{{len(m[0]) // len(m[1])}}}",
        text,
        flags=re.DOTALL,
    )[:LONGEST_FAULT]


class Found(NamedTuple):
    """What is wrong, without the number that it is wrong with."""

    kind: str
    what: str


class Fault(NamedTuple):
    """What is wrong with a number of a line."""

    number: int
    kind: str
    what: str


@dataclass
class Scene:
    """Where a line is tried: the seed, a folder that is emptied after each slice.

    Attributes
    ----------
    seed : int
        Of the run.
    folder : Path
        For the files of the line.
    jobs : int
        Processes at a time, for lines that can be spread.
    notes : dict
        What a line measures beside its faults; kept in the state.
    """

    seed: int
    folder: Path
    jobs: int = 1
    notes: dict[str, Any] = field(default_factory=dict)

    def random(self, *of: object) -> random.Random:
        """Return random numbers that follow from the seed and some words."""
        return random.Random(" ".join(map(str, (self.seed, *of))))


Try = Callable[[Sequence[int], Scene], Iterable[Fault]]


@dataclass(frozen=True)
class Line:
    """A line of the table.

    Attributes
    ----------
    name, title : str
        For `--only`, and for the table.
    target : int
        How much of it a whole run tries.
    slice : int
        How much is tried at a time, which is what a stop costs.
    attempt : callable
        Tries some numbers and returns the faults.
    java : bool
        Whether it needs Java.
    """

    name: str
    title: str
    target: int
    slice: int
    attempt: Try
    java: bool = False


# ------------------------------------------------------------ a world of one's own


def go_inside() -> None:
    """Start this program again where shared memory is its own, if Linux allows it."""
    if INSIDE in os.environ or not sys.platform.startswith("linux"):
        return
    os.environ[INSIDE] = "no"
    program = shutil.which("unshare")
    if program is None:
        return
    words = [program, "--mount"]
    if os.geteuid():
        words.append("--map-root-user")
    mount = 'mount -t tmpfs -o size=2g,mode=1777 tmpfs /dev/shm && exec "$@"'
    probe = [*words, "sh", "-c", mount, "sh", "true"]
    if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
        os.environ[INSIDE] = "yes"
        program_again = [sys.executable, *sys.argv]
        os.execv(program, [*words, "sh", "-c", mount, "sh", *program_again])


def adopt_orphans() -> None:
    """Become the parent of processes whose own parent died, so that none is missed."""
    if sys.platform.startswith("linux"):
        set_child_subreaper = 36
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


class World:
    """The temporary folder and the shared memory of a run; says what is left there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.temporary = folder / "tmp"
        self.temporary.mkdir(parents=True, exist_ok=True)
        os.environ["TMPDIR"] = str(self.temporary)
        # Java looks at no TMPDIR.
        os.environ["JAVA_TOOL_OPTIONS"] = (
            f"-Djava.io.tmpdir={self.temporary} -XX:TieredStopAtLevel=1"
        )
        tempfile.tempdir = None
        self._segments = segments()
        self._others = {one.pid for one in _children()}

    def left(self, *, grace: float = GRACE) -> list[str]:
        """Say what is left behind, and remove it: once it is told, it is told."""
        until = time.monotonic() + grace
        while (processes := self._started()) and time.monotonic() < until:
            time.sleep(0.05)
        words = [f"process {_command(one)}" for one in processes]
        self.end_processes()
        for path in sorted(self.temporary.rglob("*")):
            name = path.relative_to(self.temporary).as_posix()
            if not KEPT_BY_OTHERS.fullmatch(name):
                words.append(f"temporary {name}")
        new = segments() - self._segments
        words += [f"shared memory {name}" for name in sorted(new)]
        if os.environ.get(INSIDE) == "yes":
            for name in new:
                (SHM / name).unlink(missing_ok=True)
        shutil.rmtree(self.temporary, ignore_errors=True)
        self.temporary.mkdir(parents=True)
        return words

    def end_processes(self) -> None:
        """End what was started since, and still runs."""
        processes = self._started()
        for one in processes:
            one.kill()
        psutil.wait_procs(processes, timeout=GRACE)

    def _started(self) -> list[psutil.Process]:
        return [one for one in _children() if one.pid not in self._others]


def segments() -> set[str]:
    """Return the names in shared memory; semaphores come and go with any Python."""
    if not SHM.is_dir():
        return set()
    names = {path.name for path in SHM.iterdir()}
    return {name for name in names if not name.startswith("sem.")}


def _children() -> list[psutil.Process]:
    """Return the processes below this one, but for that which Python itself keeps."""
    alive = []
    for one in psutil.Process().children(recursive=True):
        try:
            if one.status() == psutil.STATUS_ZOMBIE:
                # Its parent died, and it came to us; others wait for theirs themselves.
                if one.ppid() == os.getpid():
                    os.waitpid(one.pid, os.WNOHANG)
                continue
            if "resource_tracker" not in " ".join(one.cmdline()):
                alive.append(one)
        except (psutil.NoSuchProcess, ChildProcessError):
            continue
    return alive


def _command(one: psutil.Process) -> str:
    try:
        return f"{one.pid} {' '.join(one.cmdline())}"[:200]
    except psutil.NoSuchProcess:
        return f"{one.pid}"


# -------------------------------------------------------------------------- sentences


LIBRARIES = re.compile(
    r"Traceback|Errno|object at 0x|<class |\bNone\b.*NoneType|\bobject is not \w+able"
    r"|\b(java|javax|jdk|net|org|com|ij)\.[a-z]\w*\.\w+|\bat line \d+ in\b"
    r"|^\w*(Error|Exception)\b|SimilIJ failed in Python|cannot convert float"
    r"|could not broadcast|invalid literal|codec can't"
)
"""What only the words of a library have, or of Python."""

LONGEST_SENTENCE = 900
"""Letters of a sentence, without the list of what exists that some of them have."""


def unclear(sentence: str, *things: str, given: str = "") -> str:
    """Return what is wrong with a message to a user; "" if nothing is.

    Parameters
    ----------
    sentence : str
        The message.
    *things : str
        One of which it must name.
    given : str
        What it may repeat, whatever that is.
    """
    text = sentence.strip()
    if not text:
        return "nothing is said"
    own = text.replace(given, "") if given else text
    if "\n" in text or "\r" in text:
        return f"{text.count(chr(10)) + 1} lines: {text!r}"[:1500]
    if len(own) > LONGEST_SENTENCE + len(given):
        return f"{len(text)} letters: {text}"[:1500]
    if words := LIBRARIES.search(own):
        return f"words of a library ({words[0]!r}): {text}"[:1500]
    if things and not any(thing.lower() in text.lower() for thing in things if thing):
        return f"names nothing of it: {text}"[:1500]
    return ""


# ------------------------------------------------------------------------------ state


@dataclass
class State:
    """Hold what was done of each line, in a file that is whole whenever it stops."""

    path: Path
    seed: int
    began: str = ""
    seconds: float = 0.0
    lines: dict[str, dict[str, Any]] = field(default_factory=dict)
    place: str = ""

    @classmethod
    def load(cls, path: Path, seed: int) -> State:
        """Read the state of a run with this seed; begin a new one otherwise."""
        if path.is_file():
            kept = json.loads(path.read_text("utf-8"))
            if kept["seed"] == seed:
                return cls(path, **kept)
        return cls(path, seed, began=time.strftime("%Y-%m-%d"))

    def of(self, line: Line) -> dict[str, Any]:
        """Return what was done of a line."""
        fresh = {"done": 0, "seconds": 0.0, "faults": [], "notes": {}}
        return self.lines.setdefault(line.name, fresh)

    def save(self) -> None:
        """Write the file anew; a stop in between leaves the old one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        kept = {key: value for key, value in vars(self).items() if key != "path"}
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(kept, indent=1, ensure_ascii=True), "utf-8")
        new.replace(self.path)


def slices(total: int, size: int, done: int) -> Iterator[range]:
    """Yield the ranges of numbers that are still to be tried."""
    for start in range(done, total, size):
        yield range(start, min(start + size, total))

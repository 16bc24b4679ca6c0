"""Signals to the worker of an ImageJ, kills of ImageJ, many runs, two at once."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from .kept import Each, spread
from .line import (
    CRASH,
    GRACE,
    HANG,
    LEFTOVER,
    UNCLEAR,
    WRONG,
    Fault,
    Found,
    Scene,
    segments,
    unclear,
)
from .shell import differs, independent
from .words import show

LIMIT = 300.0
"""Seconds that a comparison of a small image may take, a worker's start included."""

RUN = 'run("Image Similarity...", "image_1=one image_2=two");'
SLOW = (
    'run("Image Similarity...", "image_1=one image_2=two '
    'metrics=[pearson, rmsd, mean_difference, ssim, spearman, kendall, costes_p]");'
)
"""Takes long enough to be hit."""

NAMES = {"pearson": "Pearson R", "rmsd": "RMSD", "mean_difference": "Mean Difference"}


class OneImageJ:
    """A headless ImageJ with two images, whose comparisons go to a worker."""

    def __init__(self, seed: int, shape: tuple[int, int] = (60, 70)) -> None:
        import similij.imagej

        self.ij: Any = similij.imagej.start()
        import jpype

        self.java = jpype.JClass
        # The worker, and not this Python.
        self.ij.IJ.setProperty("similij.backend", None)
        self.java("ij.Prefs").set("similij.python", sys.executable)
        rng = np.random.default_rng(seed)
        x = rng.integers(0, 4000, shape).astype(np.uint16)
        y = (x // 2 + rng.integers(0, 900, shape)).astype(np.uint16)
        show(self.java, "one", x)
        show(self.java, "two", y)
        self.right = independent(x, y)
        self.table = self.java("ij.measure.ResultsTable")

    def run(self, macro: str = RUN) -> str:
        """Compare; return the refusal, or what is wrong with the numbers, or ""."""
        from similij.imagej import MacroError

        self.table.getResultsTable().reset()
        try:
            self.ij.run_macro(macro)
        except MacroError as error:
            return f"refused: {error}"
        table = self.table.getResultsTable()
        if table.size() != 1:
            return f"{table.size()} rows"
        row = {key: float(table.getValue(name, 0)) for key, name in NAMES.items()}
        return differs(row, self.right)

    def worker(self) -> psutil.Process | None:
        """Find the process of the worker."""
        for one in psutil.Process().children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if "appose" in " ".join(one.cmdline()):
                    return one
        return None

    def close(self) -> None:
        """End the worker, and ImageJ."""
        service = self.ij.IJ.getProperty("similij.worker")
        if service is not None:
            service.close()
        self.ij.dispose()


def setup_signals(scene: Scene, stack: contextlib.ExitStack) -> Each:
    """Return what sends a signal to the worker, in a run or between two."""
    imagej = OneImageJ(scene.seed)
    stack.callback(imagej.close)
    imagej.run(SLOW)
    begun = time.monotonic()
    if what := imagej.run(SLOW):
        raise RuntimeError(what)
    takes = time.monotonic() - begun

    def each(number: int) -> list[Found]:
        rng = scene.random("signals", number)
        if what := imagej.run():  # which starts a worker where there is none
            return [Found(WRONG, f"before the signal: {what}")]
        worker = imagej.worker()
        if worker is None:
            return [Found(WRONG, "no worker is there after a run")]
        sent = rng.choice(
            (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP, signal.SIGINT)
        )
        between, moment = rng.random() < 0.4, rng.uniform(0, takes)
        pause = rng.uniform(0, 0.3)
        name = (
            f"{signal.Signals(sent).name} {'between runs' if between else 'in a run'}"
        )

        def send() -> None:
            if not between:
                time.sleep(moment)
            with contextlib.suppress(psutil.NoSuchProcess):
                worker.send_signal(sent)
                if sent == signal.SIGSTOP:
                    time.sleep(pause)
                    worker.send_signal(signal.SIGCONT)

        faults = []
        if between:
            send()
            what = imagej.run()
            # A signal that is on its way may reach the worker in the run.
            if what and not what.startswith("refused: "):
                faults.append(Found(WRONG, f"{name}: {what}"))
            elif what:
                faults.append(Found(WRONG, f"{name}, which the next run shows: {what}"))
        else:
            thread = threading.Thread(target=send)
            thread.start()
            what = imagej.run(SLOW)
            thread.join()
            if what.startswith("refused: ") and sent != signal.SIGSTOP:
                said = unclear(what.removeprefix("refused: "), "Python", "worker")
                faults += [Found(UNCLEAR, f"{name}: {said}")] if said else []
            elif what:
                faults.append(Found(WRONG, f"{name}: {what}"))
        if what := imagej.run():
            faults.append(Found(WRONG, f"the run after {name}: {what}"))
        return faults

    return each


def signals(numbers: Sequence[int], scene: Scene) -> list[Fault]:
    """Send signals to the workers of an ImageJ."""
    return spread(f"{__name__}:setup_signals", numbers, scene, LIMIT, jobs=1)


def setup_thousand(scene: Scene, stack: contextlib.ExitStack) -> Each:
    """Return what compares once more in the same ImageJ, and watches what it takes."""
    imagej = OneImageJ(scene.seed)
    stack.callback(imagej.close)
    seen: list[dict[str, int]] = []

    def taken() -> dict[str, int]:
        imagej.java("java.lang.System").gc()
        worker = imagej.worker()
        usage = {}
        for name, one in (("ImageJ", psutil.Process()), ("worker", worker)):
            if one is not None:
                usage[f"threads of {name}"] = one.num_threads()
                usage[f"files of {name}"] = one.num_fds()
                usage[f"MB of {name}"] = one.memory_info().rss // 10**6
        usage["segments"] = len(segments())
        return usage

    def each(number: int) -> list[Found]:
        faults = []
        if what := imagej.run():
            faults.append(Found(WRONG, f"run {number}: {what}"))
        # The first tenth is when compilers and caches fill.
        if number in (99, 999) or (number % 100 == 99):
            seen.append(taken())
            scene.notes[f"after {number + 1} runs"] = seen[-1]
            faults += grown(seen[0], seen[-1])
        return faults

    return each


ALLOWED = {"threads": 3, "files": 3, "segments": 0, "MB": 60}
"""What may come after the first hundred runs: threads and files of Java's own; Java's
heap is given back when it likes."""


def grown(before: dict[str, int], after: dict[str, int]) -> list[Found]:
    """Say what grew from run to run."""
    return [
        Found(LEFTOVER, f"{name} grew from {before[name]} to {value}")
        for name, value in after.items()
        if value > before.get(name, value) + ALLOWED[name.partition(" ")[0]]
    ]


def thousand(numbers: Sequence[int], scene: Scene) -> list[Fault]:
    """Compare a thousand times in one ImageJ."""
    return spread(f"{__name__}:setup_thousand", numbers, scene, LIMIT, jobs=1)


# ---------------------------------------------------------------- kills of ImageJ

ENDLESS = """
import os, sys
from pathlib import Path
sys.path[:0] = sys.argv[3:]
from soak.imagejs import RUN, SLOW, OneImageJ
seed, folder = int(sys.argv[1]), Path(sys.argv[2])
imagej = OneImageJ(seed)
RUNS = (
    RUN,
    SLOW,
    RUN.replace('");', ' pictures=all save=[pictures]");'),
)
first = imagej.run() or next(filter(None, map(imagej.run, RUNS)), "")
(folder / f"begun{os.getpid()}").write_text(first or "right")
k, parent = 0, os.getppid()
while os.getppid() == parent:  # whoever started it may be killed, too
    imagej.run(RUNS[k % len(RUNS)])
    k += 1
"""
"""Compares for ever; its first answer is written to a file."""


def begin(scene: Scene) -> tuple[subprocess.Popen[bytes], str]:
    """Start an ImageJ that compares for ever; return it and its first answer."""
    here = Path(__file__).resolve().parents[1]
    with (scene.folder / "imagej.log").open("ab") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", ENDLESS, str(scene.seed), str(scene.folder)),
                *(str(here), str(here.parent / "tests")),
            ],
            cwd=scene.folder,
            stdout=log,
            stderr=log,
        )
    answer = scene.folder / f"begun{process.pid}"
    until = time.monotonic() + LIMIT
    while time.monotonic() < until and process.poll() is None:
        if answer.exists() and (text := answer.read_text()):
            return process, text
        time.sleep(0.02)
    return process, "" if process.poll() is None else "it ended"


def ended(numbers: Sequence[int], scene: Scene) -> list[Fault]:
    """Kill ImageJ again and again; what the next one finds is nothing."""
    faults: list[Fault] = []
    for number in numbers:
        rng = scene.random("imagej", number)
        process, answer = begin(scene)
        if answer != "right":
            log = (scene.folder / "imagej.log").read_text("utf-8", "replace")[-400:]
            kind = HANG if not answer else CRASH if answer == "it ended" else WRONG
            faults.append(Fault(number, kind, f"{answer}: {log}"))
        time.sleep(rng.uniform(0, 1.5))
        workers = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(
            rng.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM))
        )
        try:
            process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            faults.append(Fault(number, HANG, "lives after SIGTERM"))
            process.kill()
            process.wait()
        _, alive = psutil.wait_procs(workers, timeout=3 * GRACE)
        for one in alive:
            if one.is_running() and one.status() != psutil.STATUS_ZOMBIE:
                faults.append(Fault(number, LEFTOVER, f"{one} outlived ImageJ"))
                one.kill()
    return faults


# ------------------------------------------------------------------------ two at once


def setup_two(scene: Scene, _: contextlib.ExitStack) -> Each:
    """Return what starts two ImageJs at once, on caches where nothing is yet."""
    from similij.imagej.jars import cache, class_path

    class_path()
    jars = [path for path in cache().iterdir() if path.name.startswith("jars-")]

    def each(number: int) -> list[Found]:
        root = scene.folder / f"cache{number}"
        (root / "similij").mkdir(parents=True)
        for path in jars:  # which come from Maven: a network is not what is tried
            (root / "similij" / path.name).symlink_to(path)
        environment = {
            "XDG_CACHE_HOME": str(root),
            "NUMBA_CACHE_DIR": str(root / "loops"),
        }
        before = dict(os.environ)
        os.environ.update(environment)
        started: list[tuple[subprocess.Popen[bytes], str]] = []
        try:
            threads = [
                threading.Thread(target=lambda: started.append(begin(scene)))
                for _ in range(2)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            os.environ.clear()
            os.environ.update(before)
        faults = []
        for _, answer in started:
            if answer != "right":
                log = (scene.folder / "imagej.log").read_text("utf-8", "replace")[-400:]
                faults.append(Found(WRONG if answer else HANG, f"{answer}: {log}"))
        workers = [
            child
            for process, _ in started
            if process.poll() is None
            for child in psutil.Process(process.pid).children(recursive=True)
        ]
        for process, _ in started:
            process.send_signal(signal.SIGTERM)
        for process, _ in started:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(60)
            process.kill()
            process.wait()
        psutil.wait_procs(workers, timeout=GRACE)
        parts = [p for p in root.rglob("*") if ".similij-" in p.name]
        faults += [Found(LEFTOVER, f"{part.name} in the cache") for part in parts]
        shutil.rmtree(root)
        return faults

    return each


def two(numbers: Sequence[int], scene: Scene) -> list[Fault]:
    """Start two ImageJs at once, again and again."""
    return spread(f"{__name__}:setup_two", numbers, scene, 4 * LIMIT, jobs=1)

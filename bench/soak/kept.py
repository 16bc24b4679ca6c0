"""Keep a process that tries many numbers, and start another where it dies or hangs."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from .line import CRASH, HANG, Fault, Found, Scene

Each = Callable[[int], list[Found]]
"""Tries a number; made once for a process by what is called a setup."""

START = 600.0
"""Seconds that a process may take to be ready: compiled loops may be missing."""

READY = "ready"


def work(pipe: Connection, setup: str, scene: Scene, log: str) -> None:
    """Try numbers for the process that asks, one after the other."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    # Whatever libraries and Java print belongs to no table.
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started this
    module, _, name = setup.partition(":")
    with tempfile.TemporaryDirectory(dir=scene.folder) as folder:
        os.chdir(folder)
        own = Scene(scene.seed, Path(folder), notes=scene.notes)
        with contextlib.ExitStack() as stack:
            each: Each = getattr(import_module(module), name)(own, stack)
            pipe.send(READY)
            while (number := pipe.recv()) is not None:
                try:
                    faults = each(number)
                except BaseException as error:
                    trace = traceback.extract_tb(error.__traceback__)[-1]
                    place = f"{Path(trace.filename).name}:{trace.lineno}"
                    words = f"{type(error).__name__} at {place}: {error}"
                    faults = [Found(CRASH, words[:400])]
                pipe.send(faults)
            pipe.send(own.notes)
        os.chdir("/")


class Kept:
    """A process that tries numbers, and the next one where it died.

    Parameters
    ----------
    setup : str
        `module:function`, which gets the scene and an exit stack, and returns what
        tries a number.
    scene : Scene
        Where; its folder holds those of the processes.
    limit : float
        Seconds after which a number hangs.
    """

    def __init__(self, setup: str, scene: Scene, limit: float) -> None:
        self._setup, self._scene, self._limit = setup, scene, limit
        self._log = str(scene.folder / f"{setup.rpartition('.')[2]}.log")
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, end = context.Pipe()
        arguments = (end, self._setup, self._scene, self._log)
        self.process = context.Process(target=work, args=arguments, daemon=True)
        self.process.start()
        end.close()
        if not self._pipe.poll(START):
            self._kill()
            raise RuntimeError(f"{self._setup} was not ready after {START} s")
        try:
            self._pipe.recv()
        except EOFError:
            log = Path(self._log).read_text("utf-8", "replace")
            raise RuntimeError(f"{self._setup} did not start: {log}") from None

    def each(self, numbers: Sequence[int]) -> Iterator[Fault]:
        """Try numbers; where the process dies or hangs, that is the fault."""
        for number in numbers:
            try:
                self._pipe.send(number)
                if self._pipe.poll(self._limit):
                    faults: list[Found] = self._pipe.recv()
                    yield from (Fault(number, *fault) for fault in faults)
                    continue
                yield Fault(number, HANG, f"longer than {self._limit:g} s")
            except (EOFError, BrokenPipeError, ConnectionResetError):
                self.process.join()
                yield Fault(number, CRASH, f"exit {self.process.exitcode}")
            self._kill()
            self._start()

    def _kill(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            for one in psutil.Process(self.process.pid).children(recursive=True):
                one.kill()
        self.process.kill()
        self.process.join()

    def stop(self) -> None:
        """Let it end; what it measured goes to the notes of the scene."""
        with contextlib.suppress(BrokenPipeError, EOFError, ConnectionResetError):
            self._pipe.send(None)
            if self._pipe.poll(self._limit):
                self._scene.notes.update(self._pipe.recv())
        self.process.join(self._limit)
        if self.process.is_alive():
            self._kill()


def spread(
    setup: str, numbers: Sequence[int], scene: Scene, limit: float, jobs: int = 0
) -> list[Fault]:
    """Try numbers in as many processes as the scene has, each some of them."""
    jobs = min(jobs or scene.jobs, len(numbers))

    def some(k: int) -> Iterator[Fault]:
        kept = Kept(setup, scene, limit)
        try:
            yield from kept.each(numbers[k::jobs])
        finally:
            kept.stop()

    return side_by_side(some, jobs)


def side_by_side(some: Callable[[int], Iterable[Fault]], jobs: int) -> list[Fault]:
    """Gather the faults of each part of the work, done at once; raise what one raises.

    Parameters
    ----------
    some : callable
        Does part k of the work, on a thread that waits for a process of its own.
    jobs : int
        How many parts there are.
    """
    faults: list[Fault] = []
    failed: list[BaseException] = []

    def part(k: int) -> None:
        try:
            faults.extend(some(k))
        except BaseException as error:
            failed.append(error)

    threads = [
        threading.Thread(target=part, args=(k,), daemon=True) for k in range(jobs)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return sorted(faults)

"""What every table needs: turns of timing, the machine, a place in bench/README.md."""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import os
import platform
import re
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from similij.moments.kernels.parts import threads

README = Path(__file__).with_name("README.md")

_VERSIONS = ("numpy", "numba", "scipy", "scikit-image", "opencv-python-headless")


@dataclass
class Times:
    """Seconds that one way took, each time."""

    seconds: list[float]

    @property
    def median(self) -> float:
        """Half of the times were shorter."""
        return statistics.median(self.seconds)

    @property
    def fastest(self) -> float:
        """What it takes when nothing comes between."""
        return min(self.seconds)

    def __str__(self) -> str:
        """Milliseconds: the median, and the fastest and the slowest in parentheses."""
        low, high = 1e3 * self.fastest, 1e3 * max(self.seconds)
        digits = 3 if self.median < 1e-3 else 1 if self.median < 1 else 0
        return f"{1e3 * self.median:.{digits}f} ({low:.{digits}f}...{high:.{digits}f})"


def in_turns(
    ways: Mapping[str, Callable[[], Any]],
    rounds: int,
    *,
    more: int = 1,
    often: tuple[str, ...] = (),
) -> dict[str, Times]:
    """Time all ways, one after the other, again and again.

    Each is called once before, so that compiling and first touches are not counted.

    Parameters
    ----------
    ways : mapping
        Names and what to call.
    rounds : int
        How often.
    more : int
        Turns of those `often` in each round, because they are short.
    often : tuple of str
        Names of the short ones.
    """
    for way in ways.values():
        way()
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for turn in range(more):
            for name, way in ways.items():
                if turn == 0 or name in often:
                    start = time.perf_counter()
                    way()
                    seconds[name].append(time.perf_counter() - start)
    return {name: Times(taken) for name, taken in seconds.items()}


def options(doc: str | None, rounds: int, **others: Any) -> argparse.Namespace:
    """Read the command line: --rounds, --write, and numbers by name."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=rounds, help="turns of each way")
    parser.add_argument("--write", action="store_true", help="renew bench/README.md")
    for name, default in others.items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    return parser.parse_args()


def machine() -> str:
    """Describe what this runs on, for whoever reads the table elsewhere."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        found = re.search(r"model name\s*: (.+)", info.read_text())
        name = found[1] if found else name
    memory = ""
    if hasattr(os, "sysconf"):
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        memory = f", {pages / 2**30:.0f} GiB of memory"
    versions = []
    for package in ("similij", *_VERSIONS):
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"no {package}")
    return (
        f"{name}, {os.cpu_count()} logical processors ({threads()} threads used by "
        f"similij, the read and the copy){memory}; {platform.system()}; Python "
        f"{platform.python_version()}, {', '.join(versions)}"
    )


def load() -> str:
    """Say how busy the machine is: more than this run makes the times longer."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


class Report:
    """A table, and how busy the machine was before and after it was measured."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._before = load()

    def finish(self, lines: list[str], words: str, *, write: bool) -> None:
        """Print the table; put it between its markers in bench/README.md."""
        report = (
            "\n".join(lines) + f"\n\n{words} Measured on {datetime.date.today()}; load "
            f"average before and after: {self._before}, {load()}."
        )
        print(report)
        if write:
            replace(self._name, report)


def replace(name: str, report: str, page: Path = README) -> None:
    """Put text between the markers of a name in a page."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(begin)
    _, after = rest.split(end)
    page.write_text(f"{before}{begin}\n{report}\n{end}{after}", encoding="utf-8")


def row(*cells: object) -> str:
    """One line of a Markdown table."""
    return "| " + " | ".join(map(str, cells)) + " |"


def head(*cells: str) -> list[str]:
    """Return the first two lines of a Markdown table: words left, numbers right."""
    return [row(*cells), "|" + "---|" + "--:|" * (len(cells) - 1)]

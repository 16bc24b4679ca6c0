"""What a table needs beside its numbers: the machine, its load, a place in a page."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

import numba
import numpy as np
import scipy
import skimage

import similij
from similij.sums import threads

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


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
    return (
        f"{name}, {os.cpu_count()} cores ({threads()} threads used by similij and by "
        f"the read; NumPy, SciPy and scikit-image use one){memory}; "
        f"{platform.system()}; Python {platform.python_version()}, "
        f"NumPy {np.__version__}, numba {numba.__version__}, "
        f"SciPy {scipy.__version__}, scikit-image {skimage.__version__}, "
        f"similij {similij.__version__}"
    )


def load() -> str:
    """Say how busy the machine is: more than this run makes the times longer."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def write(report: str) -> None:
    """Put the report between the markers of bench/README.md."""
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    text = f"{before}{BEGIN}\n{report}\n{END}{after}"
    README.write_text(text, encoding="utf-8")

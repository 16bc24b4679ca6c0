"""Count the modules that one warm comparison of two whole images passes.

A call of `similij.compare` is followed with `sys.setprofile`: how many modules of
SimilIJ it enters, and how often it goes from one into another. The fewer, the easier
the way is to read. Run it anywhere SimilIJ is installed: `python tools/way.py`.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import numpy as np

import similij


def way_of_one_comparison() -> list[str]:
    """Modules in the order in which a comparison enters them, each change an entry."""
    x, y = np.random.default_rng(1).integers(0, 4000, (2, 256, 256)).astype(np.uint16)
    similij.compare(x, y)  # warm: everything is imported and compiled
    way: list[str] = []

    def follow(frame: FrameType, event: str, _: Any) -> None:
        module = str(frame.f_globals.get("__name__", ""))
        ours = event == "call" and module.partition(".")[0] == "similij"
        if ours and way[-1:] != [module]:
            way.append(module)

    sys.setprofile(follow)
    similij.compare(x, y)
    sys.setprofile(None)
    return way


def table() -> list[list[str]]:
    """Return the modules in the order of their first entry, and how often each is."""
    way = way_of_one_comparison()
    rows = [
        [f"`{module.partition('.')[2]}`", str(way.count(module))]
        for module in dict.fromkeys(way)
    ]
    last = [f"**{len(rows)} modules**", f"**{len(way) - 1} changes**"]
    return [["module", "times entered"], *rows, last]


def main() -> None:
    """Print the way, and how long it is."""
    way = way_of_one_comparison()
    for module in dict.fromkeys(way):
        print(f"{way.count(module):3}  {module}")
    print(f"{len({*way})} modules, {len(way) - 1} changes of module")


if __name__ == "__main__":
    main()

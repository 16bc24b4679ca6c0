"""Damaged images and regions: the mutants of `bench/fuzz.py`, on all processors."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import fuzz
from mutants import SHARES

from .kept import side_by_side
from .line import CRASH, HANG, UNCLEAR, WRONG, Fault, Scene

REGIONS = ("ROI", "zip", "GeoJSON")

AS_FAULT = {
    **{"number": WRONG, "parts": WRONG, "crash": CRASH, "exception": CRASH},
    **{"memory": CRASH, "warning": UNCLEAR, "sentence": UNCLEAR},
    **{"hang": HANG, "slow": HANG},
}
"""What the faults of `fuzz` are here, by their first words."""

APART = 10**7
"""Mutants of a seed, which those of the next begin behind: of 0 they are `fuzz`'s."""


def of_kinds(kinds: Sequence[str], numbers: Sequence[int], scene: Scene) -> list[Fault]:
    """Read mutants of some kinds, as many of each as its share is."""
    weights = [SHARES[kind] for kind in kinds]
    chosen: dict[str, list[int]] = {}
    for number in numbers:
        kind = random.Random(f"{scene.seed} {number}").choices(kinds, weights)[0]
        chosen.setdefault(kind, []).append(number)

    def some(k: int) -> Iterator[Fault]:
        worker = fuzz.Worker()
        try:
            for kind, all_of_it in chosen.items():
                mine = [n + scene.seed * APART for n in all_of_it[k :: scene.jobs]]
                for answer in worker.answers(kind, mine):
                    if answer.fault:
                        what = f"{kind} {answer.number}: {answer.fault}"
                        word = AS_FAULT[answer.fault.partition(":")[0]]
                        yield Fault(answer.number - scene.seed * APART, word, what)
        finally:
            worker.stop()

    return side_by_side(some, scene.jobs)


def images(numbers: Sequence[int], scene: Scene) -> list[Fault]:
    """Read damaged images."""
    kinds = [kind for kind in SHARES if kind not in REGIONS]
    return of_kinds(kinds, numbers, scene)


def regions(numbers: Sequence[int], scene: Scene) -> list[Fault]:
    """Read damaged ROIs, zips of them and GeoJSON, and compare in them."""
    return of_kinds(REGIONS, numbers, scene)

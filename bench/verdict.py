"""Count how often a verdict names what was done to an image, and nothing else.

    python bench/verdict.py [--partners N] [--rare N] [--setting] [--write] [--show]

Partners are made at random (verdict_partners.py), half of them without noise, half as a
camera takes them, with up to two changes each. Two kinds that come alone are rare among
them: of each --rare more are made. The rules were set on the graded test
set and on the partners of --setting; without it others are made, of which no rule
knows. Prints tables; --write puts them into docs/verdict.md; --show prints every
partner that was misjudged.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import similij
from similij.verdicts.verdict import Verdict
from verdict_partners import STRENGTHS, Partner, make_partner

PAGE = Path(__file__).parent.parent / "docs" / "verdict.md"
SETTING, TESTING = 0, 100_000
"""First seeds of the partners on which rules were set, and of those that test them."""

RARE = {"unrelated": 200_000, "partly related": 300_000}
"""Kinds of which more are made, and the first seed of these, after the others'."""

NO_CHANGE = {"rest", "identical"}

VALUES: dict[str, tuple[str, Callable[[Any], float], Callable[[Any], float]]] = {
    "gain": ("gain", float, float),
    "offset": ("offset", float, float),
    "gradient": ("share lost", float, lambda told: told[0] / 100),
    "shift": ("distance", float, lambda told: float(np.hypot(*told))),
    "rotation": ("degrees", abs, abs),
    "blur": ("sigma", float, float),
    "noise": ("sigma", float, float),
}
"""What of a clause is compared with the truth."""


@dataclass
class Judged:
    """A partner, its verdict, what it names and what it should."""

    seed: int
    partner: Partner
    verdict: Verdict
    rare: bool = False

    @property
    def said(self) -> set[str]:
        """What the verdict names."""
        return {*self.verdict.kinds} - NO_CHANGE

    @property
    def true(self) -> set[str]:
        """What was done."""
        return {*self.partner.changes}

    @property
    def right(self) -> bool:
        """Whether these are the same."""
        return self.said == self.true


def judged(first: int, count: int, rare: int) -> list[Judged]:
    """Judge so many partners at random, and then some of each rare kind."""
    found = [_judged(seed) for seed in range(first, first + count)]
    for kind, start in RARE.items():
        seeds = range(first + start, first + start + rare)
        found += [_judged(seed, kind) for seed in seeds]
    return found


def _judged(seed: int, kind: str | None = None) -> Judged:
    partner = make_partner(seed, kind)
    x, y = (t.astype(np.uint16) for t in (partner.x, partner.y))
    return Judged(seed, partner, similij.verdict(x, y), kind is not None)


def tables(found: list[Judged]) -> str:
    lines = [
        "| what was done | strengths | partners | named | said where it was not done "
        "| median error of its number |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for kind, (low, high, unit) in STRENGTHS.items():
        with_it = [f for f in found if kind in f.true]
        without = [f for f in found if kind not in f.true and not f.rare]
        hits = sum(kind in f.said for f in with_it)
        false = sum(kind in f.said for f in without)
        span = f"{low:g}…{high:g} {unit}" if high > low else unit
        lines.append(
            f"| {kind} | {span} | {len(with_it)} | {_share(hits, len(with_it))} | "
            f"{_share(false, len(without))} | {_error(kind, with_it)} |"
        )
    random = [f for f in found if not f.rare]
    for kind in ("unexplained", "undefined", "rearranged"):
        false = sum(kind in f.said for f in random)
        lines.append(f"| ({kind}) | | 0 | – | {_share(false, len(random))} | |")
    lines += [
        "",
        "| partners | | whole verdict right | one change missed or more | "
        "one change too many or more |",
        "|---|--:|--:|--:|--:|",
    ]
    groups: dict[str, Callable[[Judged], bool]] = {
        "at random": lambda f: not f.rare,
        "– no change": lambda f: not f.rare and not f.true,
        "– one change": lambda f: not f.rare and len(f.true) == 1,
        "– two changes": lambda f: not f.rare and len(f.true) > 1,
        "– without noise": lambda f: not f.rare and not f.partner.camera,
        "– as a camera takes them": lambda f: not f.rare and f.partner.camera,
    }
    for kind in RARE:
        groups[f"beside them, {kind}"] = partial(_is_rare, kind)
    for name, belongs in groups.items():
        part = [f for f in found if belongs(f)]
        if not part:
            continue
        n = len(part)
        lines.append(
            f"| {name} | {n} | {_share(sum(f.right for f in part), n)} | "
            f"{_share(sum(bool(f.true - f.said) for f in part), n)} | "
            f"{_share(sum(bool(f.said - f.true) for f in part), n)} |"
        )
    return "\n".join(lines)


def _is_rare(kind: str, found: Judged) -> bool:
    return found.rare and kind in found.true


def misses(found: list[Judged], most: int = 100) -> str:
    """Return every misjudged partner, or the first of them, in a list."""
    wrong = [f for f in found if not f.right]
    lines = []
    for f in wrong[:most]:
        done = ", ".join(f"{k} {_told(v)}" for k, v in f.partner.changes.items())
        lines.append(
            f"- seed {f.seed}, {'camera' if f.partner.camera else 'no noise'}, "
            f"{done or 'no change'}: *{f.verdict}*"
        )
    return "\n".join(lines)


def _told(value: Any) -> str:
    parts = value if isinstance(value, tuple) else (value,)
    return " ".join(v if isinstance(v, str) else f"{v:.3g}" for v in parts)


def _share(count: int, of: int) -> str:
    return f"{count} ({100 * count / of:.1f} %)" if of else "–"


def _error(kind: str, found: list[Judged]) -> str:
    if kind not in VALUES:
        return ""
    what, of_clause, of_truth = VALUES[kind]
    errors = [
        abs(of_clause(clause.value) / of_truth(f.partner.changes[kind]) - 1)
        for f in found
        for clause in f.verdict.clauses
        if clause.kind == kind
    ]
    return f"{100 * float(np.median(errors)):.2g} % ({what})" if errors else ""


def write(report: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    marked = re.compile(r"(<!-- truth: begin -->\n).*(<!-- truth: end -->)", re.DOTALL)
    PAGE.write_text(marked.sub(lambda m: m[1] + report + "\n" + m[2], text), "utf-8")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--partners", type=int, default=250)
    parser.add_argument("--rare", type=int, default=100)
    parser.add_argument("--setting", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--show", action="store_true")
    asked = parser.parse_args()
    first = SETTING if asked.setting else TESTING
    found = judged(first, asked.partners, asked.rare)
    report = tables(found)
    print(report)
    if asked.show:
        print(f"\n{misses(found)}")
    if asked.write:
        wrong = misses(found)
        write(f"{report}\n\nEvery partner that was misjudged:\n\n{wrong}")


if __name__ == "__main__":
    main()

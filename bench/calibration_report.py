"""Tables and a picture of bench/calibration.csv, in docs/significance.md."""

from __future__ import annotations

import csv
import math
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
COUNTS = Path(__file__).with_name("calibration.csv")
PAGE = ROOT / "docs" / "significance.md"
PICTURE = ROOT / "docs" / "images" / "calibration.png"

Rows = list[list[str]]
Shares = dict[str, dict[str, tuple[float, int]]]

FALSE = {
    "textbook p": "fpr textbook",
    "effective": "fpr effective",
    "permutation": "fpr permutation",
    "bootstrap": "fpr bootstrap",
    "more_alike, R": "fpr more_alike pearson",
    "more_alike, RMSD": "fpr more_alike rmsd",
}
COVERED = {
    "R, effective": "cover effective pearson {}",
    "R, bootstrap": "cover bootstrap pearson {}",
    "RMSD": "cover bootstrap rmsd {}",
    "Mean Difference": "cover bootstrap mean_difference {}",
}
BANDS = {"fpr": (0.03, 0.07), "cover": (0.93, 0.97)}


def read() -> Shares:
    """Shares and their runs by condition and question."""
    found: Shares = {}
    with COUNTS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            answers = found.setdefault(row["condition"], {})
            answers[row["question"]] = float(row["share"]), int(row["runs"])
    return found


def write() -> None:
    """Put the tables between their markers in the page, and draw the picture."""
    sys.path.insert(0, str(ROOT / "tools"))
    from docs_numbers import measured
    from make_docs import reduce

    PAGE.write_text(measured(PAGE.read_text(encoding="utf-8"), {}), encoding="utf-8")
    draw()
    reduce(PICTURE)


def _cell(shares: dict[str, tuple[float, int]], question: str) -> str:
    """Share with three digits, bold where it is outside its band."""
    share, _ = shares[question]
    low, high = BANDS[question.split(maxsplit=1)[0]]
    if math.isnan(share):
        return "none"
    inside = low <= round(share, 3) <= high or "textbook" in question
    return f"{share:.3f}" if inside else f"**{share:.3f}**"


def _or_none(number: float, form: str) -> str:
    """Format a number; "none" where every run was refused."""
    return "none" if math.isnan(number) else format(number, form)


def false_positives() -> Rows:
    """Return how often p is below 0.05 by chance."""
    rows = [["independent images", "answers", *FALSE]]
    for name, s in read().items():
        answers = sorted({s[q][1] for q in FALSE.values() if "textbook" not in q})
        said = "–".join(map(str, answers[:1] + answers[1:][-1:]))
        rows.append([name, said, *(_cell(s, q) for q in FALSE.values())])
    return rows


def coverage() -> Rows:
    """Return how often intervals hold the truth."""
    head = ["95 % intervals"]
    for label in COVERED:
        head += [f"{label}; independent", "alike"]
    rows = [[*head, "difference of R"]]
    for name, s in read().items():
        row = [name]
        for question in COVERED.values():
            row += [_cell(s, question.format(rho)) for rho in ("0", "0.6")]
        rows.append([*row, _cell(s, "cover more_alike pearson")])
    return rows


def power() -> Rows:
    """Return how often a weak likeness, and a difference, are found."""
    head = ["weakly alike images", "effective pixels, true", "estimated, median"]
    head += ["ideal test", "effective", "permutation", "more_alike: 0.6, 0.3"]
    head += ["width of the interval of R, effective", "bootstrap"]
    rows = [head]
    for name, s in read().items():
        worth = [_or_none(s[f"n_effective {k}"][0], ".0f") for k in ("true", "median")]
        found = [
            _or_none(s[f"power {k}"][0], ".2f")
            for k in ("ideal", "effective", "permutation", "more_alike pearson")
        ]
        widths = [
            _or_none(s[f"width {k}"][0], ".2f") if f"width {k}" in s else ""
            for k in ("effective", "bootstrap")
        ]
        rows.append([name, *worth, *found, *widths])
    return rows


def draw() -> Any:
    """Draw every share against its band, a line of dots per condition."""
    from similij.plot.style import BLUE, GREY, INK, PALE, VERMILLION, new_figure, save

    shares = read()
    figure = new_figure(9, 0.24 * len(shares) + 1.3)
    axes = figure.subplots(1, 2, sharey=True)
    figure.subplots_adjust(left=0.3, right=0.97, top=0.93, bottom=0.07, wspace=0.18)
    names = list(shares)
    questions = {
        "fpr": [q for q in FALSE.values() if "textbook" not in q],
        "cover": [q.format(r) for q in COVERED.values() for r in ("0", "0.6")]
        + ["cover more_alike pearson"],
    }
    titles = {"fpr": "p ≤ 0.05 by chance alone", "cover": "95 % intervals that hold"}
    for axis, (kind, asked) in zip(axes, questions.items(), strict=True):
        low, high = BANDS[kind]
        axis.axvspan(low, high, color=PALE, lw=0)
        axis.axvline((low + high) / 2, color=GREY, lw=0.8)
        for line, name in enumerate(names):
            for question in asked:
                share, _ = shares[name][question]
                if math.isnan(share):
                    continue
                inside = low <= round(share, 3) <= high
                color = BLUE if inside else VERMILLION
                axis.plot(share, line, "o", ms=4, color=color, mew=0, clip_on=False)
        axis.set_title(titles[kind], fontsize=9, color=INK)
        axis.tick_params(labelsize=8)
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
    axes[0].set_yticks(range(len(names)), names)
    axes[0].invert_yaxis()
    axes[0].set_xlim(0, 0.14)
    axes[1].set_xlim(0.86, 1)
    save(figure, PICTURE)
    return figure

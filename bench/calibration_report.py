"""Tables and a picture of bench/calibration.csv, in docs/significance.md."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "significance.md"
PICTURE = ROOT / "docs" / "images" / "calibration.png"

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


def read(path: Path) -> Shares:
    """Shares and their runs by condition and question."""
    found: Shares = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            answers = found.setdefault(row["condition"], {})
            answers[row["question"]] = float(row["share"]), int(row["runs"])
    return found


def write(path: Path) -> None:
    """Put the tables between their markers in the page, and draw the picture."""
    shares = read(path)
    text = PAGE.read_text(encoding="utf-8")
    for name, made in (
        ("false positives", _false(shares)),
        ("coverage", _covered(shares)),
        ("power", _power(shares)),
    ):
        begin, end = f"<!-- calibration: {name} -->", "<!-- end of calibration -->"
        before, rest = text.split(begin)
        _, after = rest.split(end, 1)
        text = f"{before}{begin}\n{made}\n{end}{after}"
    PAGE.write_text(text, encoding="utf-8")
    draw(shares)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *("--:" for _ in head[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(shares: dict[str, tuple[float, int]], question: str) -> str:
    """Share with three digits, bold where it is outside its band."""
    share, _ = shares[question]
    low, high = BANDS[question.split(maxsplit=1)[0]]
    inside = low <= round(share, 3) <= high or "textbook" in question
    return f"{share:.3f}" if inside else f"**{share:.3f}**"


def _false(shares: Shares) -> str:
    rows = [
        [name, f"{s['fpr effective'][1]}", *(_cell(s, q) for q in FALSE.values())]
        for name, s in shares.items()
    ]
    return _table(["independent images", "runs", *FALSE], rows)


def _covered(shares: Shares) -> str:
    head = ["95 % intervals"]
    for label in COVERED:
        head += [f"{label}; independent", "alike"]
    head.append("difference of R")
    rows = []
    for name, s in shares.items():
        row = [name]
        for question in COVERED.values():
            row += [_cell(s, question.format(rho)) for rho in ("0", "0.6")]
        rows.append([*row, _cell(s, "cover more_alike pearson")])
    return _table(head, rows)


def _power(shares: Shares) -> str:
    rows = []
    for name, s in shares.items():
        worth = [f"{s[f'n_effective {k}'][0]:.0f}" for k in ("true", "median")]
        found = [
            f"{s[f'power {k}'][0]:.2f}"
            for k in ("ideal", "effective", "permutation", "more_alike pearson")
        ]
        rows.append([name, *worth, *found])
    head = ["weakly alike images", "effective pixels, true", "estimated, median"]
    head += ["ideal test", "effective", "permutation", "more_alike: 0.6, 0.3"]
    return _table(head, rows)


def draw(shares: Shares) -> Any:
    """Draw every share against its band, a line of dots per condition."""
    from similij._drawing import BLUE, GREY, INK, PALE, VERMILLION, new_figure, save

    figure = new_figure(9, 0.36 * len(shares) + 1.3)
    axes = figure.subplots(1, 2, sharey=True)
    figure.subplots_adjust(left=0.24, right=0.97, wspace=0.12)
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
                share, runs = shares[name][question]
                inside = low <= round(share, 3) <= high
                faint = 0.9 if runs >= 900 else 0.4
                color = BLUE if inside else VERMILLION
                axis.plot(share, line, "o", ms=4, color=color, alpha=faint, mew=0)
        axis.set_title(titles[kind], fontsize=9, color=INK)
        axis.tick_params(labelsize=8)
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
    axes[0].set_yticks(range(len(names)), names)
    axes[0].invert_yaxis()
    axes[0].set_xlim(0, 0.12)
    axes[1].set_xlim(0.88, 1)
    save(figure, PICTURE)
    return figure

"""The numbers that the docs quote, measured, and the options, as they are defined.

They are tables between markers in the pages.

A page has `<!-- numbers: NAME -->`, the table, and `<!-- end of numbers -->`. make_docs
writes the tables, and tests/test_docs.py checks that they are what is measured.
"""

from __future__ import annotations

import csv
import math
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

import docs_formats
import house
import similij
import way
from similij.ground.options import options, table
from similij.measure.table.columns import AFTER, BEFORE, NUMBER, Field
from similij.metrics import Metric, available, catalogue
from similij.regions import Region, from_roi
from similij.testset import RELATIONS, make_pair
from similij.testset.changes import CHANGES, make_reference
from similij.testset.files import freehand, write_image
from similij.testset.series import make_series
from similij.verdicts.rules import RULES

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))

import calibration_report

Rows = list[list[str]]

MARKED = re.compile(
    r"(<!-- numbers: (?P<name>\w+) -->\n).*?(<!-- end of numbers -->)", re.DOTALL
)

DOI = re.compile(r"doi:(10\.\d+/\S*[^\s,;.])")

TRAPS = (
    ("gain", 2, "twice as bright (gain 2)"),
    ("offset", 1000, "1000 brighter everywhere (offset)"),
    ("gaussian_noise", 250, "noise of σ = 250"),
    ("sub_pixel_shift", 0.5, "shifted by half a pixel"),
    ("whole_pixel_shift", 2, "shifted by 2 pixels"),
    ("blur", 2, "blurred, σ = 2 pixels"),
    ("saturated", 20, "saturated in 20 % of the cells' pixels"),
    ("bleached_one_side", 60, "bleached, by 60 % at the right edge"),
    ("other_cells", 100, "other cells in the same places"),
    ("inverted", 1, "contrast inverted"),
    ("shuffled", 100, "the same pixels, shuffled"),
)
"""Changes of the graded test set, their grade, and how the docs call them."""


def traps() -> Rows:
    """Return what each metric makes of a change, whole image and within cells."""
    reference = make_reference()
    cells = [from_roi(freehand(cell)) for cell in reference.cells]
    changes = {change.name: change for change in CHANGES}
    table = [
        [
            "The second image is the first, ...",
            "R, whole image",
            "R in cells",
            "RMSD",
            "Mean Difference",
            "RMSD, rescaled",
        ]
    ]
    first = _as_written(reference.image)
    for name, grade, words in TRAPS:
        second = _as_written(changes[name].apply(reference, grade))
        whole = similij.compare(first, second)
        within = similij.compare(first, second, regions=cells)
        rescaled = similij.compare(first, second, rescale="percentile")
        table.append(
            [
                words,
                _digits(whole.pearson, 3),
                _digits(float(np.mean([row["pearson"] for row in within])), 3),
                _digits(whole.rmsd, 0),
                _digits(whole.mean_difference, 0),
                _digits(rescaled.rmsd, 3),
            ]
        )
    return table


def changed(name: str, grade: float) -> Any:
    """Return the reference of the graded set, changed, as its file has it."""
    change = next(change for change in CHANGES if change.name == name)
    return _as_written(change.apply(make_reference(), grade))


def of_every_metric() -> tuple[dict[str, Any], Any]:
    """Return a row of all metrics for each of `TRAPS`, and that of equal images."""
    first = _as_written(make_reference().image)
    names = [name for name in catalogue() if name != "shift_z"]  # there are no slices

    def row(second: Any) -> Any:
        return similij.compare(first, second, metrics=names).rows[0]

    return {words: row(changed(n, grade)) for n, grade, words in TRAPS}, row(first)


def pairs() -> Rows:
    """Return the four pairs of the test set: whole image, and within cells."""
    table = [
        [
            "Pair",
            "R, whole image",
            "R in each cell",
            "RMSD in each cell",
            "RMSD in each cell, rescaled",
        ]
    ]
    for number, relation in RELATIONS.items():
        a, b, rois = make_pair(number)
        cells = similij.compare(a, b, regions=rois)
        rescaled = similij.compare(a, b, regions=rois, rescale="percentile")
        table.append(
            [
                f"{number}: {relation}",
                _digits(similij.compare(a, b).pearson, 3),
                ", ".join(_digits(row["pearson"], 3) for row in cells),
                ", ".join(_digits(row["rmsd"], 0) for row in cells),
                ", ".join(_digits(row["rmsd"], 3) for row in rescaled),
            ]
        )
    return table


def background() -> Rows:
    """Return R of unrelated cells, with ever more background around one of them."""
    a, b, rois = make_pair(1)
    cell = from_roi(rois[0])
    left, top = cell.x - 10, cell.y - 10
    square = Region("square", left, top, cell.width + 20, cell.height + 20)
    table = [["What is compared", "pixels", "R"]]
    for words, region in (
        ("the pixels inside the outline of a cell", cell),
        ("a box around it, 10 pixels of background on each side", square),
        ("the whole image", None),
    ):
        result = similij.compare(a, b, regions=region)
        table.append([words, f"{result.n:,}", _digits(result.pearson, 3)])
    return table


def series() -> Rows:
    """Return what drift, bleaching and a second take do to a movie, frame by frame."""
    made = make_series()
    movie, again = made.movie_a[:, :, 0], made.movie_b[:, :, 0]
    table = [
        [
            "Frame",
            "R with frame 1, whole image",
            "R, a cell that drifts",
            "R, the stuck cell",
            "RMSD, the stuck cell",
            "R with the same frame of movie_b",
        ]
    ]
    for t in range(1, len(movie)):
        cells = similij.compare(movie[0], movie[t], regions=made.labels)
        drifting, stuck = cells.rows[0], cells.rows[-1]
        table.append(
            [
                str(t + 1),
                _digits(similij.compare(movie[0], movie[t]).pearson, 3),
                _digits(drifting["pearson"], 3),
                _digits(stuck["pearson"], 3),
                _digits(stuck["rmsd"], 0),
                _digits(similij.compare(movie[t], again[t]).pearson, 3),
            ]
        )
    return table


def keys() -> Rows:
    """Return the keys of Image Similarity... with values and defaults, and no more."""
    return [[row[0], *row[2:4]] for row in images()]


def images() -> Rows:
    """Return all that options.ini says of Image Similarity..."""
    return table(option for option in options() if not option.command)


def matrix() -> Rows:
    """Return the keys of all images with each other."""
    return table(option for option in options() if option.command == "matrix")


def columns() -> Rows:
    """Return the columns of every table; those that mean the same share a line."""
    numbers = [
        Field(metric.name, NUMBER, metric.label, "the numbers; empty where undefined")
        for metric in available().values()
    ]
    lines = groupby((*BEFORE, *numbers, *AFTER), key=lambda field: field.words)
    return [
        ["column", ""],
        *([", ".join(f"`{field.name}`" for field in some), w] for w, some in lines),
    ]


def folders() -> Rows:
    """Return the same of Image Similarity of Two Folders..."""
    return table(option for option in options() if option.command == "folders")


VERDICTS = (
    *TRAPS[:-1],
    ("poisson_noise", 30, "of fewer photons, 30 for 1000 units"),
    ("rotated", 2, "turned by 2 degrees"),
    ("other_cells", 40, "two other cells of five"),
    ("shuffled", 10, "shuffled in 10 % of its pixels"),
)
"""The same for the page of verdicts."""


def verdicts() -> Rows:
    """Return what the verdict says of changes and of the four pairs."""
    changes = {change.name: change for change in CHANGES}
    reference = make_reference()
    first = _as_written(reference.image)
    table = [["Image 2", "Verdict"]]
    for name, grade, words in VERDICTS:
        second = _as_written(changes[name].apply(reference, grade))
        table.append([words, similij.verdict(first, second).text])
    for number, relation in RELATIONS.items():
        a, b, _ = make_pair(number)
        table.append([f"pair {number}: {relation}", similij.verdict(a, b).text])
    return table


def rules() -> Rows:
    """Return the rules of verdicts, from where they are defined."""
    table = [["Kind", "Name", "Rule", "Why there"]]
    for name, rule in RULES.items():
        table.append([rule.kind, name, rule.words, rule.reason])
    return table


OF_WORDS = (
    *("keys", "images", "folders", "columns", "matrix", "verdicts", "rules"),
    *("agreement", "correlation", "structure", "cooccurrence"),
    *("shift", "alignment", "significance", "storeys"),
    *docs_formats.TABLES,
)
"""Tables that hold no numbers, and are aligned as text."""


def listed(group: str) -> Callable[[], Rows]:
    """Return a function that lists the metrics of a group, from the registry."""

    def rows() -> Rows:
        head = ["in code", "what it sees", "definition", "range", "alike", "blind to",
                "beware", "source"]  # fmt: skip
        # Not those of other packages, which a developer may have beside ours.
        ours = (m for m in catalogue(group).values() if m.module.startswith("similij."))
        return [head, *map(_described, ours)]

    return rows


def _described(metric: Metric) -> list[str]:
    unit = {"1": "", "intensity": " (intensity)"}.get(metric.unit, f" ({metric.unit})")
    low, high = (f"{v:g}".replace("inf", "∞") for v in metric.range)
    higher = metric.higher_is_more_similar
    direction = "" if higher is None else "higher" if higher else "lower"
    equal = "" if math.isnan(metric.equal) else f"equal: {metric.equal:g}"
    return [
        f"`{metric.name}`<br>{metric.label}",
        metric.summary,
        metric.formula.replace("|", "\\|"),
        f"{low}…{high}{unit}".replace("-", "−"),
        ", ".join(filter(None, (direction, equal))),
        metric.blind,
        metric.caveat,
        DOI.sub(_link, metric.source),
    ]


def clicks() -> Rows:
    """Return how many clicks a user needs, as they were counted in the film."""
    file = Path(__file__).with_name("clicks.csv")
    return [*csv.reader(file.read_text("utf-8").splitlines())]


def _link(match: re.Match[str]) -> str:
    where = quote(match[1], safe="/.:;-")
    shown = match[1].replace("<", "&lt;").replace(">", "&gt;")
    return f"[doi:{shown}](https://doi.org/{where})"


TABLES: dict[str, Callable[[], Rows]] = {
    "keys": keys,
    "images": images,
    "folders": folders,
    "columns": columns,
    "matrix": matrix,
    "agreement": listed("agreement"),
    "correlation": listed("correlation"),
    "structure": listed("structure"),
    "cooccurrence": listed("co-occurrence"),
    "shift": listed("shift"),
    "alignment": listed("alignment"),
    "significance": listed("significance"),
    "traps": traps,
    "pairs": pairs,
    "background": background,
    "series": series,
    "verdicts": verdicts,
    "rules": rules,
    "false_positives": calibration_report.false_positives,
    "coverage": calibration_report.coverage,
    "power": calibration_report.power,
    "storeys": house.table,
    "clicks": clicks,
    "way": way.table,
}


def of_bench(name: str) -> Callable[[], Rows]:
    """Return a function that takes a table of bench/README.md as it was measured."""

    def rows() -> Rows:
        text = (Path(__file__).parents[1] / "bench" / "README.md").read_text("utf-8")
        part = text.split(f"<!-- {name}: begin -->")[1].split(f"<!-- {name}: end -->")[
            0
        ]
        lines = [line for line in part.splitlines() if line.startswith("|")]
        cells = [[c.strip() for c in line.strip("|").split("|")] for line in lines]
        return [line for k, line in enumerate(cells) if k != 1]  # the rule below heads

    return rows


TABLES |= {name: of_bench(name) for name in ("volumes", "scaling")}
TABLES |= docs_formats.TABLES


def measured(page: str, made: dict[str, str]) -> str:
    """Return a page with its tables as measured now; `made` keeps them."""

    def written(match: re.Match[str]) -> str:
        name = match["name"]
        if name not in made:
            alignment = "---" if name in OF_WORDS else "--:"
            made[name] = _markdown(TABLES[name](), alignment)
        return f"{match[1]}{made[name]}{match[3]}"

    return MARKED.sub(written, page)


def write_tables(root: Path) -> list[str]:
    """Write all tables into the pages; return their names."""
    made: dict[str, str] = {}
    for page in pages(root):
        text = page.read_text(encoding="utf-8")
        page.write_text(measured(text, made), encoding="utf-8")
    return [*made]


def pages(root: Path) -> Iterator[Path]:
    """Return the pages that people read."""
    yield root / "README.md"
    yield root / "CONTRIBUTING.md"
    yield from sorted((root / "docs").glob("*.md"))


def _as_written(image: Any) -> Any:
    """Return an image as its file in the test set has it."""
    import tifffile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "image.tif"
        write_image(path, image)
        return tifffile.imread(path)


def _digits(value: float, digits: int) -> str:
    text = f"{value:,.{digits}f}"
    shown = text.removeprefix("-") if float(text.replace(",", "")) == 0 else text
    return shown.replace("-", "−")


def _markdown(rows: Rows, alignment: str) -> str:
    head, *body = rows
    lines = [head, ["---", *[alignment] * (len(head) - 1)], *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    print(f"Tables of numbers: {', '.join(write_tables(Path(__file__).parents[1]))}")

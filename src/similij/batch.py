"""Two folders of images, paired by name and compared region by region.

Nothing stops the run: what cannot be compared is a row with its reason. Every row is on
disk as soon as it is known.
"""

from __future__ import annotations

import csv
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .compare import compare
from .comparison import Comparison, plain
from .inputs import ImageError
from .metrics import Metric, available
from .rescale import Rescale, parse_rescale
from .tally import Row, Task, columns, new_run

_NOT_IMAGES = {
    *(".zip", ".roi", ".csv", ".tsv", ".txt", ".json", ".xml", ".html", ".ini", ".log"),
    *(".ijm", ".py", ".md", ".pdf", ".xls", ".xlsx", ".doc", ".docx", ".db"),
}
"""Files that lie beside images and are none."""


@dataclass(frozen=True)
class Job:
    """One pair of files to compare, or why there is none.

    Attributes
    ----------
    image_1, image_2 : Path or None
        The files; None where there is none, or too many.
    rois : Path or None
        File of the regions; None: the whole image.
    problem : str
        Why the pair cannot be compared; "" if it can.
    """

    image_1: Path | None
    image_2: Path | None
    rois: Path | None = None
    problem: str = ""

    @property
    def names(self) -> tuple[str, str]:
        """File names of both images; "" for one that is missing."""
        first, second = (
            "" if path is None else path.name for path in (self.image_1, self.image_2)
        )
        return first, second

    @property
    def files(self) -> tuple[str, str]:
        """Paths of both images; "" for one that is missing."""
        first, second = (
            "" if path is None else str(path) for path in (self.image_1, self.image_2)
        )
        return first, second


def find_pairs(
    folder_a: str | os.PathLike[str],
    folder_b: str | os.PathLike[str],
    *,
    pair: str = "{id}__",
    rois: str = "_roi.zip",
) -> list[Job]:
    """Pair the images of two folders by the identifier in their file names.

    Parameters
    ----------
    folder_a, folder_b : path
        The two folders.
    pair : str
        How a file name begins; `{id}` stands for the identifier that both images of a
        pair share. "{id}__": all before the first "__".
    rois : str
        What follows the image's name (without its ending) in the name of the file with
        its regions, which is looked for beside the first image, then the second.

    Returns
    -------
    list of Job
        In the order of the identifiers. A partner that is missing or not unique, and a
        file whose name has no identifier, are jobs with a `problem`.

    Raises
    ------
    ImageError
        If a folder is missing, the pattern has no `{id}`, or there are no images.
    """
    pattern = _pattern(pair)
    folders = (Path(folder_a), Path(folder_b))
    found: list[dict[str, list[Path]]] = []
    jobs: list[Job] = []
    for k, folder in enumerate(folders):
        by_id: dict[str, list[Path]] = {}
        for file in _images(folder):
            match = pattern.match(file.name)
            if match:
                # é may be one character or two, by the system that named the file.
                identifier = unicodedata.normalize("NFC", match["id"])
                by_id.setdefault(identifier, []).append(file)
            else:
                reason = f'{file.name} has no identifier: the pattern is "{pair}"'
                jobs.append(_one_sided(k, file, reason))
        found.append(by_id)
    pairs = [
        _job(identifier, folders, found, rois)
        for identifier in sorted(sorted({*found[0], *found[1]}), key=_natural)
    ]
    if not pairs and not jobs:
        raise ImageError(f'there are no images in "{folder_a}" and "{folder_b}".')
    return pairs + jobs


def compare_folders(
    folder_a: str | os.PathLike[str],
    folder_b: str | os.PathLike[str],
    *,
    pair: str = "{id}__",
    rois: str = "_roi.zip",
    rescale: Rescale = "none",
    out: str | os.PathLike[str] | None = None,
    on_row: Callable[[Row], object] | None = None,
) -> Comparison:
    """Compare the images of two folders, paired by name, region by region.

    Parameters
    ----------
    folder_a, folder_b, pair, rois
        As for `find_pairs`.
    rescale
        As for `similij.compare`.
    out : path, optional
        CSV file that every row is written to as it comes.
    on_row : callable, optional
        Called with every row as it comes.

    Returns
    -------
    Comparison
        One row per pair and region. A pair that cannot be compared is a row whose
        numbers are NaN and whose note says why; see also `problems`.

    Raises
    ------
    ImageError
        If a folder is missing or the pattern is none.
    """
    parse_rescale(rescale)
    jobs = find_pairs(folder_a, folder_b, pair=pair, rois=rois)
    metrics = [*available().values()]
    file = None if out is None else CsvFile(out, metrics)
    if file is not None:
        file.start()
    rows: list[Row] = []
    name = new_run()
    for job in jobs:
        found = run(job, rescale, name=name)
        if file is not None:
            file.append(found)
        rows += found
        if on_row is not None:
            for row in found:
                on_row(row)
    return Comparison(rows, metrics)


def run(job: Job, rescale: Rescale = "none", *, name: str = "") -> Sequence[Row]:
    """Rows of one pair; one row with the reason where it cannot be compared.

    Parameters
    ----------
    job : Job
        The pair.
    rescale
        As for `similij.compare`.
    name : str
        Of the run that the rows belong to; default: one of their own.
    """
    from .io import align_axes, read_image

    name = name or new_run()
    task = Task(
        job.names,
        [*available().values()],
        parse_rescale(rescale),
        plane="",
        files=job.files,
        run=name,
    )
    if job.problem or job.image_1 is None or job.image_2 is None:
        return [task.row("", job.problem)]
    try:
        first, second = read_image(job.image_1), read_image(job.image_2)
        x, y = align_axes(first, second)
        names = job.names
        found = compare(
            x,
            y,
            regions=job.rois,
            rescale=rescale,
            names=names,
            files=job.files,
        ).rows
        return [{**row, "run": name} for row in found]
    except Exception as error:  # whatever it is, the other pairs go on
        return [task.row("", str(error) or type(error).__name__)]


def problems(rows: Iterable[Row]) -> list[Row]:
    """Rows in which no metric has a value."""
    names = [*available()]
    return [row for row in rows if all(plain(row).get(name) is None for name in names)]


class CsvFile:
    """A table on disk that grows row by row.

    Parameters
    ----------
    path : path
        The file; its folder is made if need be.
    metrics : sequence of Metric
        Columns beside the fixed ones.
    """

    def __init__(self, path: str | os.PathLike[str], metrics: Sequence[Metric]) -> None:
        self._path = Path(path)
        self._columns = columns(metrics)

    def start(self) -> None:
        """Write the heading, over whatever the file held."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("w", newline="", encoding="utf-8") as stream:
                csv.writer(stream, lineterminator="\n").writerow(self._columns)
        except OSError as error:
            raise ImageError(
                f'"{self._path}" cannot be written ({error.strerror}): choose another '
                "place for the results."
            ) from None

    def append(self, rows: Iterable[Row]) -> None:
        """Add rows; they are on disk when this returns.

        Raises
        ------
        ImageError
            If the file is there and has other columns.
        """
        if not self._path.exists():
            self.start()
        self._check()
        with self._path.open("a", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            for row in rows:
                values: dict[str, Any] = plain(row)
                writer.writerow([values[name] for name in self._columns])

    def _check(self) -> None:
        """Refuse to add rows below a heading that is not theirs."""
        with self._path.open(newline="", encoding="utf-8", errors="replace") as stream:
            found = next(csv.reader(stream), [])
        if found != self._columns:
            raise ImageError(
                f'"{self._path}" has other columns ({", ".join(found[:4])}, ...) than '
                "these rows: it is of another version or program. Choose another place "
                "for the results, or move it away."
            )


def _pattern(pair: str) -> re.Pattern[str]:
    if pair.count("{id}") != 1:
        raise ImageError(
            f'the pattern of the pairs is "{pair}": it must have {{id}} once, for the '
            'part of the file name that both images share, e.g. "{id}__".'
        )
    before, after = (re.escape(part) for part in pair.split("{id}"))
    return re.compile(f"{before}(?P<id>.+?){after}" if after else f"{before}(?P<id>.+)")


def _images(folder: Path) -> list[Path]:
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "does not exist"
        raise ImageError(f'"{folder}" {what}: give the folder of the images.')
    return sorted(
        file
        for file in folder.iterdir()
        if file.is_file()
        and not file.name.startswith(".")
        and file.suffix.lower() not in _NOT_IMAGES
    )


def _one_sided(side: int, file: Path, reason: str) -> Job:
    return (
        Job(file, None, problem=reason)
        if side == 0
        else Job(None, file, problem=reason)
    )


def _job(
    identifier: str,
    folders: tuple[Path, Path],
    found: list[dict[str, list[Path]]],
    rois: str,
) -> Job:
    files = [by_id.get(identifier, []) for by_id in found]
    single = [f[0] if len(f) == 1 else None for f in files]
    for folder, candidates in zip(folders, files, strict=True):
        if len(candidates) > 1:
            names = ", ".join(c.name for c in candidates)
            return Job(
                single[0],
                single[1],
                problem=f"{len(candidates)} images in {folder} are called "
                f'"{identifier}": {names}. Keep one, or give a longer pattern.',
            )
    for folder, candidates in zip(folders, files, strict=True):
        if not candidates:
            return Job(
                single[0],
                single[1],
                problem=f'no image in {folder} is called "{identifier}"',
            )
    return Job(single[0], single[1], rois=_rois_of(files[0][0], files[1][0], rois))


def _rois_of(first: Path, second: Path, rois: str) -> Path | None:
    """File of the regions: beside the first image, else beside the second."""
    for image in (first, second):
        stem = re.sub(r"(\.ome)?\.[^.]+$", "", image.name)
        for ending in dict.fromkeys([rois, re.sub(r"\.zip$", ".roi", rois)]):
            candidate = image.with_name(stem + ending)
            if candidate.is_file():
                return candidate
    return None


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort key in which img2 comes before img10."""
    parts = re.split(r"(\d+)", name)
    return [(int(p), "") if p.isdecimal() else (-1, p) for p in parts]

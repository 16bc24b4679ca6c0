"""Define a pair of files; read pairs from a table, and groups from file names.

No image is read here. What cannot be compared is a job with the reason, so that it
becomes a row.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from ..ground.errors import ImageError, PatternError
from ..ground.inert import from_cell
from ..ground.names import listed, readable
from ..ground.public import public
from ..images.file_names import Pattern, companion, file_name, is_image
from ..measure.table.groups import check_groups

FILES = ("image_1", "image_2", "rois", "mask", "labels")
"""Columns of a table of pairs that name a file, and what a `Job` calls them."""

NO_ROIS = "none"
"""What says in words that no ROIs are used, whatever lies beside the images."""


@dataclass(frozen=True)
class Job:
    """One pair of files to compare, or why there is none.

    Attributes
    ----------
    image_1, image_2 : Path or None
        The files; None where there is none, or too many. The same file twice: the
        image is compared with itself (two of its channels, or its frames).
    rois : Path or None
        File of the regions; None: the whole image.
    problem : str
        Why the pair cannot be compared; "" if it can.
    mask, labels : Path or None
        Image of the pixels that are compared, and label image.
    groups : mapping of str to str
        What the rows say of the pair in columns of their own, e.g. its condition.
    """

    image_1: Path | None
    image_2: Path | None
    rois: Path | None = None
    problem: str = ""
    mask: Path | None = None
    labels: Path | None = None
    groups: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def names(self) -> tuple[str, str]:
        """File names of both images; "" for one that is missing."""
        first, second = (
            "" if path is None else readable(file_name(path))
            for path in (self.image_1, self.image_2)
        )
        return first, second

    @property
    def files(self) -> tuple[str, str]:
        """Paths of both images; "" for one that is missing."""
        first, second = (
            "" if path is None else readable(str(path))
            for path in (self.image_1, self.image_2)
        )
        return first, second


def compared_in(jobs: Iterable[Job], mask: Any = None) -> dict[str, dict[str, Any]]:
    """Return regions and masks of pairs, each by the path of the first image.

    `mask` is that of pairs that have none of their own.
    """
    regions: dict[str, Any] = {}
    masks: dict[str, Any] = {}
    for job in jobs:
        file = job.files[0]
        regions[file] = job.labels if job.rois is None else job.rois
        masks[file] = mask if job.mask is None else job.mask
    return {"regions": regions, "masks": masks}


class Beside(NamedTuple):
    """Files that belong to an image: the ending of each, one for all, or a folder."""

    rois: str = "_roi.zip"
    mask: str = ""
    labels: str = ""

    @property
    def endings(self) -> list[str]:
        """Of images that are no images to compare."""
        return [
            e
            for e in (self.mask, self.labels)
            if e and not is_image(Path(e)) and not is_folder(e)
        ]

    @property
    def folders(self) -> list[Path]:
        """Those that hold no images to compare."""
        return [Path(place) for place in self if is_folder(place)]

    @property
    def common(self) -> dict[str, Path]:
        """Files that belong to all images alike."""
        places = {name: Path(place) for name, place in self._asdict().items() if place}
        return {name: place for name, place in places.items() if is_image(place)}

    def of(
        self,
        job: Job,
        in_folders: Mapping[str, Mapping[Path, Path]],
        common: Mapping[str, Path],
    ) -> Job:
        """Add its files to a pair; a mask or labels that are missing are a problem.

        `in_folders` are those of each image that lie in folders of their own; `common`
        is that of all pairs, which would else be looked for with each.
        """
        if job.problem:
            return job
        images = [i for i in (job.image_1, job.image_2) if i is not None]
        files: dict[str, Path | None] = {}
        for name, ending in self._asdict().items():
            files[name] = None
            if name == "rois" and ending.lower() == NO_ROIS:
                continue
            if name in in_folders:
                own = (in_folders[name].get(image) for image in images)
                files[name] = next(filter(None, own), None)
                place = f'in "{ending}" for'
            elif ending:
                files[name] = common.get(name) or companion(images, ending)
                place = f'"...{ending}" beside'
            if files[name] is None and ending and name != "rois":
                reason = f"no {name} file {place} {' or '.join(job.names)}"
                return replace(job, problem=reason)
        return replace(job, **files)  # type: ignore[arg-type]


def is_folder(place: str) -> bool:
    """Whether this is a folder of images, and not one image, as a Zarr store is."""
    return bool(place) and Path(place).is_dir() and not is_image(Path(place))


@public
def read_pairs(table: str | os.PathLike[str]) -> list[Job]:
    """Read pairs from a table: a line each, paths as seen from the table's folder.

    Parameters
    ----------
    table : path
        CSV file (commas, semicolons or tabs) with a heading: image_1, image_2; if
        wanted rois, mask, labels; any other column is a group column.

    Raises
    ------
    ImageError
        If it cannot be read, lacks a column, or has no pairs.
    """
    path = Path(table)
    try:
        # Excel writes a byte order mark before UTF-8, else a part of the first name.
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ImageError(f'"{path}" cannot be read as a table ({reason}).') from None
    lines = text.splitlines()[:1]
    # By the heading alone: csv.Sniffer guesses from cells, and may take a letter that
    # file names have in common for the separator.
    comma = max(",;\t", key=lines[0].count) if lines else ","
    # Not of `splitlines`, which also splits at characters that may be in a name.
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=comma)
    try:
        return _pairs_of(reader, path)
    except csv.Error as error:  # a cell without end; before Python 3.11 also a NUL
        raise ImageError(
            f'"{path}" cannot be read as a table ({error}, line {reader.line_num}).'
        ) from None


def _pairs_of(reader: csv.DictReader[str], path: Path) -> list[Job]:
    heading = [from_cell(name.strip()) for name in reader.fieldnames or ()]
    if not {"image_1", "image_2"} <= {*heading}:
        raise ImageError(
            f'"{path}" has the columns {listed(heading)}: a table of '
            "pairs needs image_1 and image_2."
        )
    reader.fieldnames = heading
    jobs = []
    for line in reader:
        values = {name: (line[name] or "").strip() for name in heading if name}
        if None in line:
            raise ImageError(
                f'"{path}", line {reader.line_num}: it has more cells than the heading.'
            )
        if any(values.values()):
            jobs.append(_listed(values, path.parent))
    if not jobs:
        raise ImageError(f'"{path}" has a heading and no pairs.')
    return jobs


@public
def grouped(jobs: Sequence[Job], pattern: str, *, second: bool = False) -> list[Job]:
    """Add group columns that the names of the images say.

    Parameters
    ----------
    jobs : sequence of Job
        The pairs.
    pattern : str
        How the name of image 1 begins, e.g. "{condition}_{well}_{id}"; every name but
        id becomes a column, which is empty where a name does not fit.
    second : bool
        Of image 2 (where image 1 is the same for all).

    Raises
    ------
    ImageError
        If the pattern is none, or no name fits.
    """
    shape = Pattern.of(pattern, "groups")
    if not jobs:
        return []
    matches = []
    for job in jobs:
        names = job.names[::-1] if second else job.names
        matched = shape.match(next(filter(None, names), "")) or {}
        mine = {name: matched.get(name, "") for name in shape.names if name != "id"}
        matches.append((job, mine, bool(matched)))
    if not any(fits for *_, fits in matches):
        raise PatternError(
            f'the pattern of the groups is "{pattern}": no image is called so, e.g. '
            f'"{jobs[0].names[second]}" is not.'
        )
    return [replace(job, groups={**job.groups, **mine}) for job, mine, _ in matches]


def with_groups(
    jobs: Sequence[Job], group: str, *, second: bool = False
) -> tuple[list[Job], list[str] | None]:
    """Group pairs as the words of a user say.

    Parameters
    ----------
    jobs : sequence of Job
        The pairs.
    group : str
        A pattern of file names, as of `grouped`; or, without braces, names of columns
        that there are, with commas between; or "".
    second : bool
        As of `grouped`.

    Returns
    -------
    jobs : list of Job
        The pairs, with the columns that a pattern adds.
    by : list of str or None
        Columns that a summary is made by; None: all there are.

    Raises
    ------
    ImageError
        As of `grouped`, or if there is no such column.
    """
    if "{" in group:
        before = group_names(jobs)
        jobs = grouped(jobs, group, second=second)
        by = [name for name in group_names(jobs) if name not in before] or before
        return [*jobs], by
    if group:
        by = [name.strip() for name in group.split(",")]
        check_groups(by, group_names(jobs))
        return [*jobs], by
    return [*jobs], None


@public
def group_names(jobs: Iterable[Job]) -> list[str]:
    """Return the names of the group columns of some pairs, in order."""
    return [*dict.fromkeys(name for job in jobs for name in job.groups)]


def _listed(values: Mapping[str, str], folder: Path) -> Job:
    """Pair of one line of a table."""
    files = {name: _file_of(values.get(name, ""), folder) for name in FILES}
    missing = [name for name in FILES[:2] if files[name] is None]
    groups = {k: from_cell(v) for k, v in values.items() if k not in files}
    problem = f"the table names no {' and no '.join(missing)}" if missing else ""
    return Job(
        files["image_1"],
        files["image_2"],
        rois=files["rois"],
        problem=problem,
        mask=files["mask"],
        labels=files["labels"],
        groups=groups,
    )


def _file_of(cell: str, folder: Path) -> Path | None:
    """Return the file that a cell names: as it is, or as a table of ours marks it."""
    if not cell:
        return None
    exact, unmarked = folder / cell, folder / from_cell(cell)
    # Not Path.exists, which raises where a name is too long for any file.
    marked = os.path.exists(unmarked) and not os.path.exists(exact)  # noqa: PTH110
    return unmarked if marked else exact

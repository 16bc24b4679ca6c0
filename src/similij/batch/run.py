"""One pair of files: read, align, compare; what goes wrong is a row with its reason.

Also what its rows depend on, in words and in numbers, so that a batch can tell whether
they are still true.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..ground.types import Row
from ..images.planes import parse_against, parse_channels
from ..measure.compare import compare
from ..measure.table.columns import new_run
from ..measure.task import Task
from ..metrics.pixels import parse_range
from ..metrics.registry import Metric, chosen
from ..preparation.preparation import parse_preparation
from ..preparation.rescale import parse_rescale
from ..regions.read import Regions, as_regions, read_regions
from ..regions.tied import is_tied
from .jobs import Job

DEFAULTS: dict[str, Any] = {
    name: parameter.default
    for name, parameter in inspect.signature(compare).parameters.items()
    if parameter.kind is parameter.KEYWORD_ONLY and name not in ("names", "files")
}
"""Options of `compare` that a batch takes, too."""


def run(job: Job, *, name: str = "", **options: Any) -> Sequence[Row]:
    """Rows of one pair; one row with the reason where it cannot be compared.

    Parameters
    ----------
    job : Job
        The pair.
    name : str
        Of the run that the rows belong to; default: one of their own.
    **options
        As for `similij.compare`; the files of the job come before `regions`, `mask`.
    """
    name = name or new_run()
    try:
        rows = _problem(job, name, options) if job.problem else _rows(job, options)
    except Exception as error:  # whatever it is, the other pairs go on
        reason = str(error) or type(error).__name__
        rows = _problem(job, name, options, " ".join(reason.split()))
    return [{**row, "run": name} for row in rows]


def _rows(job: Job, options: Mapping[str, Any]) -> Sequence[Row]:
    from ..images.files import align_axes, read_image, read_labels, read_mask

    assert job.image_1 is not None and job.image_2 is not None  # or it has a problem
    asked = {**options}
    per, channels, against = (
        asked.get(key, DEFAULTS[key]) for key in ("per", "channels", "against")
    )
    planes = channels is not None or parse_against(against) != "image 2"
    alone = planes and job.image_1 == job.image_2
    first = read_image(job.image_1)
    second = None if alone else read_image(job.image_2)
    tied = job.rois is not None and any(map(is_tied, read_regions(job.rois)))
    # A ROI that is tied to a slice needs to know which axis that is.
    told = tied and all(f is None or f.names_axes for f in (first, second))
    x, y = align_axes(first, second, named=bool(per) or planes or told)
    if job.mask is not None:
        asked["mask"] = read_mask(job.mask)
    labels = None if job.labels is None else read_labels(job.labels)
    found = regions_of(job.rois, labels)
    if found is not None:
        asked["regions"] = found
    return compare(x, y, names=job.names, files=job.files, **asked).rows


def _problem(
    job: Job, name: str, options: Mapping[str, Any], reason: str = ""
) -> list[Row]:
    """Row of a pair that cannot be compared."""
    asked = {**DEFAULTS, **options}
    task = Task(
        job.names,
        chosen(asked["metrics"]),
        parse_rescale(asked["rescale"]),
        plane="",
        against=parse_against(asked["against"]),
        files=job.files,
        run=name,
    )
    return [task.row("", reason or job.problem)]


def regions_of(rois: str | os.PathLike[str] | None, labels: Any) -> Any:
    """Regions of a file, labels, or both: then the labels follow the regions."""
    if rois is None or labels is None:
        return labels if rois is None else rois
    return Regions(read_regions(rois), as_regions(labels).labels)


def check_options(options: Mapping[str, Any]) -> list[Metric]:
    """Refuse options that no pair could be compared with; return the metrics.

    Raises
    ------
    TypeError
        If `compare` has no such option.
    ValueError
        As of `compare`.
    """
    strange = [name for name in options if name not in DEFAULTS]
    if strange:
        raise TypeError(
            f"there is no option {strange[0]!r}; those of similij.compare that a batch "
            f"takes are: {', '.join(DEFAULTS)}"
        )
    asked = {**DEFAULTS, **options}
    parse_rescale(asked["rescale"])
    parse_against(asked["against"])
    if "region:" not in str(asked["background"]):  # a region of each pair's own
        parse_preparation(asked["background"], asked["blur"])
    if asked["data_range"] is not None:
        parse_range(asked["data_range"])
    if asked["channels"] is not None:
        parse_channels(asked["channels"])
    return [*chosen(asked["metrics"])]


def in_words(options: Mapping[str, Any]) -> dict[str, str]:
    """Options as text: equal where the rows would be, apart where they could differ."""
    asked = {**DEFAULTS, **options}
    asked["metrics"] = [metric.name for metric in chosen(asked["metrics"])]
    asked["rescale"] = str(parse_rescale(asked["rescale"]) or "none")
    asked["against"] = parse_against(asked["against"])
    per = asked["per"]
    asked["per"] = [per] if isinstance(per, str) and per else [*per]
    return {name: _words(value) for name, value in asked.items()}


def _words(value: Any) -> str:
    if isinstance(value, os.PathLike):
        return f"{os.fspath(value)} {_state(Path(value))}"
    if value is None or isinstance(value, (str, int, float, np.generic)):
        return "none" if value is None or value == "" else str(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_words(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_words, value)) or "none"
    pixels = np.asarray(value)
    if pixels.dtype == object:
        return repr(value)
    digest = hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()[:12]
    return f"{'×'.join(map(str, pixels.shape))} {pixels.dtype} {digest}"


def key_of(job: Job) -> str:
    """Short name of a pair, by all that makes it the one it is."""
    files = (job.image_1, job.image_2, job.rois, job.mask, job.labels)
    words = [*("" if file is None else str(file) for file in files), job.problem]
    text = json.dumps([*words, *job.groups.items()])
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def files_of(job: Job) -> dict[str, list[int] | None]:
    """Size and date (ns) of each file that the rows of a pair depend on, as it is now.

    A file that is written to and keeps both goes unnoticed.
    """
    files = (job.image_1, job.image_2, job.rois, job.mask, job.labels)
    return {str(file): _state(file) for file in files if file is not None}


def _state(file: Path) -> list[int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns]

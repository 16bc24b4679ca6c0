"""Pair the images of folders by what their files are called.

No image is read here. What cannot be paired is a job with the reason.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..ground.errors import ImageError, PatternError
from ..images.file_names import Pattern, images_in, is_image, natural
from .jobs import Beside, Job

FOLDER = "folder"
"""Group column of the subfolder, where subfolders are searched."""


def find_pairs(
    folder_a: str | os.PathLike[str],
    folder_b: str | os.PathLike[str] | None = None,
    *,
    pair: str = "{id}__",
    rois: str = "_roi.zip",
    mask: str = "",
    labels: str = "",
    recursive: bool = False,
) -> list[Job]:
    """Pair the images of two folders, or of one, by what their file names share.

    Parameters
    ----------
    folder_a, folder_b : path
        The two folders; or one, with both images of each pair in it.
    pair : str
        How a file name begins; `{id}`, or any other names in braces, stand for what
        both images of a pair share. "{id}__": all before the first "__". Names other
        than id become group columns. "{well}_C1:{well}_C2": different beginnings of
        the first and of the second image, which one folder needs.
    rois : str
        What follows the image's name (without its ending) in the name of the file with
        its regions, which is looked for beside the first image, then the second. Or
        one file, for all pairs.
    mask, labels : str
        The same of the mask and the label image.
    recursive : bool
        Subfolders, too: a pair is in subfolders of the same name, which is the group
        column "folder".

    Returns
    -------
    list of Job
        In the order of the identifiers. A partner that is missing or not unique, and a
        file of two folders whose name has no identifier, are jobs with a `problem`.

    Raises
    ------
    ImageError
        If a folder is missing, the pattern has no `{id}`, or there are no images.
    """
    one, colon, two = pair.partition(":")
    patterns = (Pattern.of(one), Pattern.of(two if colon else one))
    if {*patterns[0].names} != {*patterns[1].names}:
        raise PatternError(
            f'the pattern of the pairs is "{pair}": its halves must have the same '
            "names in braces, for what both images share."
        )
    if folder_b is None and not colon:
        raise PatternError(
            f'the pattern of the pairs is "{pair}": for images of one folder it needs '
            'two halves with a colon between, e.g. "{id}_C1:{id}_C2".'
        )
    beside = Beside(rois, mask, labels)
    places = (Path(folder_a), Path(folder_a if folder_b is None else folder_b))
    sides = [
        _Side(place, pattern, *_by_name(place, pattern, recursive, beside.endings))
        for place, pattern in zip(places, patterns, strict=True)
    ]
    names = patterns[0].names
    keys = {key for side in sides for key in side.files}
    pairs = [
        beside.of(_job(key, sides, names, recursive))
        for key in sorted(sorted(keys), key=lambda key: [*map(natural, key)])
    ]
    if folder_b is None:
        strangers = []  # other channels lie there, too
    else:
        strangers = [
            _one_sided(k, file, f"{file.name} has no identifier: the pattern is "
                       f'"{side.pattern.text}"')
            for k, side in enumerate(sides)
            for file in side.strangers
        ]  # fmt: skip
    if not pairs and not strangers:
        where = " and ".join(f'"{place}"' for place in dict.fromkeys(places))
        fits = f' whose names fit "{pair}"' if folder_b is None else ""
        raise ImageError(f"there are no images in {where}{fits}.")
    return pairs + strangers


def pairs_with(
    reference: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    *,
    rois: str = "_roi.zip",
    mask: str = "",
    labels: str = "",
    recursive: bool = False,
) -> list[Job]:
    """Pair one image with every other of a folder: image 1 is the reference.

    Parameters
    ----------
    reference : path
        The image; where it lies in the folder, it is not compared with itself.
    folder : path
        The folder.
    rois, mask, labels, recursive
        As for `find_pairs`.

    Raises
    ------
    ImageError
        If the reference or the folder is missing, or there are no other images.
    """
    first = Path(reference)
    if not is_image(first):
        raise ImageError(f'"{reference}" does not exist: give the reference image.')
    beside = Beside(rois, mask, labels)
    # A data set of an HDF5 file is no file that could be the same as another.
    is_there = first.exists()
    others = [
        file
        for file in images_in(Path(folder), recursive=recursive, beside=beside.endings)
        if not (is_there and file.samefile(first))
    ]
    if not others:
        raise ImageError(f'there are no images in "{folder}" to compare with {first}.')
    return [
        beside.of(Job(first, file, groups=_place(file, Path(folder), recursive)))
        for file in sorted(others, key=lambda file: natural(str(file)))
    ]


def lone_images(
    folder: str | os.PathLike[str],
    *,
    rois: str = "_roi.zip",
    mask: str = "",
    labels: str = "",
    recursive: bool = False,
) -> list[Job]:
    """Pair every image of a folder with itself, to compare its channels or frames.

    Parameters
    ----------
    folder, rois, mask, labels, recursive
        As for `find_pairs`.

    Raises
    ------
    ImageError
        If the folder is missing or has no images.
    """
    beside = Beside(rois, mask, labels)
    place = Path(folder)
    images = images_in(place, recursive=recursive, beside=beside.endings)
    if not images:
        raise ImageError(f'there are no images in "{folder}".')
    return [
        beside.of(Job(file, file, groups=_place(file, place, recursive)))
        for file in sorted(images, key=lambda file: natural(str(file)))
    ]


class _Side(NamedTuple):
    """Hold one folder of two, and its files by what they are called."""

    folder: Path
    pattern: Pattern
    files: dict[tuple[str, ...], list[Path]]
    strangers: list[Path]


def _by_name(
    folder: Path, pattern: Pattern, recursive: bool, beside: Sequence[str]
) -> tuple[dict[tuple[str, ...], list[Path]], list[Path]]:
    """Sort images by subfolder and what their names say; and those that do not fit."""
    by_key: dict[tuple[str, ...], list[Path]] = {}
    strangers = []
    for file in images_in(folder, recursive=recursive, beside=beside):
        matched = pattern.match(file.name)
        if matched is None:
            strangers.append(file)
        else:
            where = file.parent.relative_to(folder).as_posix()
            key = where, *(matched[name] for name in sorted(matched))
            by_key.setdefault(key, []).append(file)
    return by_key, strangers


def _job(
    key: tuple[str, ...], sides: Sequence[_Side], names: Sequence[str], recursive: bool
) -> Job:
    values = dict(zip(sorted(names), key[1:], strict=True))
    groups = {FOLDER: key[0]} if recursive else {}
    groups.update((name, values[name]) for name in names if name != "id")
    candidates_of = [side.files.get(key, []) for side in sides]
    first, second = (f[0] if len(f) == 1 else None for f in candidates_of)
    problem = ""
    for side, candidates in zip(sides, candidates_of, strict=True):
        called = side.pattern.filled(values)
        where = side.folder / key[0]
        if len(candidates) > 1:
            problem = (
                f'{len(candidates)} images in {where} are called "{called}": '
                f"{', '.join(c.name for c in candidates)}. Keep one, or give a longer "
                "pattern."
            )
            break
        if not candidates:
            problem = problem or f'no image in {where} is called "{called}"'
    return Job(first, second, problem=problem, groups=groups)


def _one_sided(side: int, file: Path, reason: str) -> Job:
    first, second = (file, None) if side == 0 else (None, file)
    return Job(first, second, problem=reason)


def _place(file: Path, folder: Path, recursive: bool) -> dict[str, str]:
    where = file.parent.relative_to(folder).as_posix()
    return {FOLDER: where} if recursive else {}

"""Pair the images of folders by what their files are called.

No image is read here. What cannot be paired is a job with the reason.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from ..ground.errors import ImageError, PatternError
from ..ground.names import counted
from ..ground.public import public
from ..images.file_names import Pattern, files_in, images_in, is_image, natural, stem
from .jobs import Beside, Job, is_folder
from .recognition import differences

FOLDER = "folder"
"""Group column of the subfolder, where subfolders are searched."""

_WHERE = "/"
"""The subfolder of a pair while pairs are made: a pattern may have a {folder}, too."""

EQUAL = "{id}"
"""Pattern of names that are equal but for their endings."""

USUAL = "{id}__"
"""Pattern that is tried where names are not equal: it is older than the others, and
macros were recorded without a pattern that mean it."""

_NAMED = 3
"""Files without a partner that a line names; the others are counted."""


@dataclass(frozen=True)
class Way:
    """One way in which names were paired, or could be.

    Attributes
    ----------
    pattern : str
        As of `find_pairs`; "" where none says it.
    pairs : int
        How many pairs it makes.
    """

    pattern: str
    pairs: int

    @property
    def words(self) -> str:
        """What people call it."""
        if not self.pattern:
            return "equal names and endings"
        return "equal names" if self.pattern == EQUAL else f'"{self.pattern}"'


@dataclass(frozen=True)
class Pairing:
    """Hold the pairs of some folders, and how they were found.

    Attributes
    ----------
    jobs : list of Job
        All pairs, and as jobs with a problem all that has no partner.
    ways : tuple of Way
        Those that were taken; of several each paired what those before it left.
    others : tuple of Way
        Those that would make other pairs, or more.
    """

    jobs: list[Job]
    ways: tuple[Way, ...]
    others: tuple[Way, ...] = ()

    @property
    def pattern(self) -> str:
        """The pattern that makes the same pairs; "" where no single one does."""
        return self.ways[0].pattern if len(self.ways) == 1 else ""

    @property
    def pairs(self) -> int:
        """How many pairs can be compared."""
        return _paired(self.jobs)

    @property
    def alone(self) -> list[Job]:
        """Jobs without two images."""
        return [job for job in self.jobs if job.image_1 is None or job.image_2 is None]

    @property
    def words(self) -> str:
        """All of it in a line."""
        two = len(self.jobs) - len(self.alone)
        if len(self.ways) > 1:
            each = ", ".join(f"{way.pairs} by {way.words}" for way in self.ways)
            how = f" ({each})"
        else:
            how = f" by {self.ways[0].words}" if self.ways else ""
        parts = [f"{counted(two, 'pair')}{how}" if two else "no pairs"]
        if self.alone:
            parts.append(f"{len(self.alone)} without a partner: {_some(self.alone)}")
        if lacking := [job for job in self.jobs if job.problem and job.image_1
                       and job.image_2]:  # fmt: skip
            parts.append(f"{len(lacking)} without a mask or labels: {_some(lacking)}")
        if with_rois := sum(job.rois is not None for job in self.jobs):
            parts.append(f"{with_rois} with ROIs")
        line = ", ".join(parts)
        return f"{line}{'' if line.endswith('...') else '.'}{self._other_words}"

    @property
    def _other_words(self) -> str:
        if not self.others:
            return ""
        if self.ways[0].pattern in (EQUAL, "", USUAL):
            way = self.others[0]
            return f" {way.words} would pair {way.pairs} of those without a partner."
        ways = ", ".join(f"{way.words} ({way.pairs})" for way in self.others[:_NAMED])
        more = ", ..." if len(self.others) > _NAMED else ""
        return f" Other pairs are possible by {ways}{more}: a pattern chooses."


def _some(jobs: Sequence[Job]) -> str:
    """Name some jobs by one of their images."""
    names = [next(filter(None, job.names), "several images") for job in jobs]
    return ", ".join([*names[:_NAMED], *["..."] * (len(names) > _NAMED)])


@public
def find_pairs(
    folder_a: str | os.PathLike[str],
    folder_b: str | os.PathLike[str] | None = None,
    *,
    pair: str | None = None,
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
    pair : str, optional
        How a file name begins; `{id}`, or any other names in braces, stand for what
        both images of a pair share. "{id}__": all before the first "__". Names other
        than id become group columns. "{well}_C1:{well}_C2": different beginnings of
        the first and of the second image, which one folder needs. Default: what the
        names show, in this order: equal names ("raw/7.tif" and "den/7.png"), then
        "{id}__", then one part in which they differ ("7_C1.tif" and "7_C2.tif");
        `pair_up` says which.
    rois : str
        What follows the image's name (without its ending) in the name of the file with
        its regions, which is looked for beside the first image, then the second. Or
        one file, for all pairs. Or a folder, whose files are paired with the images by
        name. "" or "none": no regions.
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
    return pair_up(
        folder_a,
        folder_b,
        pair=pair,
        rois=rois,
        mask=mask,
        labels=labels,
        recursive=recursive,
    ).jobs


@public
def pair_up(
    folder_a: str | os.PathLike[str],
    folder_b: str | os.PathLike[str] | None = None,
    *,
    pair: str | None = None,
    rois: str = "_roi.zip",
    mask: str = "",
    labels: str = "",
    recursive: bool = False,
) -> Pairing:
    """Pair images as `find_pairs` does, and say by what they were paired.

    Parameters
    ----------
    folder_a, folder_b, pair, rois, mask, labels, recursive
        As for `find_pairs`.

    Returns
    -------
    Pairing

    Raises
    ------
    ImageError
        As of `find_pairs`.
    """
    beside = Beside(rois, mask, labels)
    places = [Path(folder_a)]
    if folder_b is not None:
        places.append(Path(folder_b))
    folders = [_Folder.of(place, recursive, beside) for place in places]
    if pair is not None:
        jobs = _by_pattern(folders, pair)
        if not jobs:
            fits = f' whose names fit "{pair}"' if folder_b is None else ""
            raise _no_images(places, fits)
        taken = Pairing(jobs, (Way(pair, _paired(jobs)),))
    elif not any(folder.files for folder in folders):
        raise _no_images(places)
    else:
        taken = _recognised(folders)
    return replace(taken, jobs=_with_files(beside, taken.jobs, recursive))


def _no_images(places: Iterable[Path], fits: str = "") -> ImageError:
    where = " and ".join(f'"{place}"' for place in dict.fromkeys(places))
    return ImageError(f"there are no images in {where}{fits}.")


class _Folder(NamedTuple):
    """Hold a folder, and its images with the subfolders that they lie in."""

    place: Path
    files: list[tuple[str, Path]]

    @classmethod
    def of(cls, place: Path, recursive: bool, beside: Beside) -> _Folder:
        """List the images of a folder that are compared."""
        files = images_in(place, recursive=recursive, beside=beside.endings)
        # Those of masks and labels may be subfolders of it.
        others = {folder.resolve() for folder in beside.folders}
        if others:
            files = [f for f in files if others.isdisjoint(f.resolve().parents)]
        return cls(place, _with_places(files, place, recursive))

    def names(self) -> list[tuple[str, str]]:
        return [(where, stem(file.name)) for where, file in self.files]

    def without(self, jobs: Iterable[Job]) -> _Folder:
        """Return the folder without the images of some pairs."""
        gone = {file for job in jobs for file in (job.image_1, job.image_2)}
        return self._replace(files=[f for f in self.files if f[1] not in gone])


def _with_places(
    files: Sequence[Path], place: Path, recursive: bool
) -> list[tuple[str, Path]]:
    """Give files with the subfolders that they lie in."""
    if not recursive:
        return [(".", file) for file in files]
    return [(file.parent.relative_to(place).as_posix(), file) for file in files]


def _paired(jobs: Iterable[Job]) -> int:
    return sum(not job.problem for job in jobs)


def _recognised(folders: Sequence[_Folder]) -> Pairing:
    """Pair images by what their names show."""
    if len(folders) == 1:
        return _by_difference(folders) or _refused_alone(folders[0])
    equal = [job for job in _by_pattern(folders, EQUAL) if not job.problem]
    same = _same_files([folder.without(equal) for folder in folders])
    counts = {EQUAL: len(equal), "": len(same)}
    equal += same
    left = [folder.without(equal) for folder in folders]
    # A name that has an equal one fits "{id}__" with that one, too: so the two ways
    # never contradict each other, and the second has what the first one left.
    usual, strangers = _sorted_by(left, USUAL)
    counts[USUAL] = _paired(usual)
    ways = tuple(Way(pattern, count) for pattern, count in counts.items() if count)
    if not ways and (pairing := _by_difference(folders)):
        return pairing
    if not usual or (ways and not counts[USUAL]):
        # These have no "__" where others are called alike: that is what they lack.
        alone = [folder.without([*equal, *usual]) for folder in folders]
        usual += _by_pattern(alone, EQUAL)
        strangers = []
    jobs = [*sorted([*equal, *usual], key=_place_in_order)] if equal else usual
    jobs += strangers
    left = [folder.without(job for job in jobs if not job.problem) for folder in left]
    return Pairing(jobs, ways, tuple(_ways_of(left)) if ways else ())


def _same_files(folders: Sequence[_Folder]) -> list[Job]:
    """Pair files of one and the same name, where others have it with other endings."""
    one, two = folders
    there = {(where, file.name): file for where, file in two.files}
    return [
        Job(file, there[where, file.name], groups={_WHERE: where})
        for where, file in one.files
        if (where, file.name) in there
    ]


def _place_in_order(job: Job) -> tuple[list[tuple[int, str]], ...]:
    name = next(filter(None, job.names), "")
    return natural(job.groups[_WHERE]), natural(stem(name))


def _refused_alone(folder: _Folder) -> Pairing:
    raise PatternError(
        f'the names of the images in "{folder.place}" do not show which of them belong '
        "together, so a pattern has to say it: of one folder it needs two halves with "
        'a colon between, e.g. "{id}_C1:{id}_C2".'
    )


def _by_difference(folders: Sequence[_Folder]) -> Pairing | None:
    """Pair by the likeliest part in which names differ; None where there is none."""
    ways = _ways_of(folders)
    if not ways:
        return None
    best, *others = ways
    return Pairing(_by_pattern(folders, best.pattern), (best,), tuple(others))


def _ways_of(folders: Sequence[_Folder]) -> list[Way]:
    """List the patterns by which names pair, the likeliest first."""
    ways = []
    for difference, count in differences(*(folder.names() for folder in folders)):
        # A pattern says how names begin, and "_C1" is how "_C10" begins: then it has
        # to go on to the dot.
        for pattern in (difference.pattern, difference.whole):
            if _paired(_by_pattern(folders, pattern)) == count:
                ways.append(Way(pattern, count))
                break
    return ways


def _by_pattern(folders: Sequence[_Folder], pair: str) -> list[Job]:
    """Pair the images of two folders, or of one, by a pattern."""
    jobs, strangers = _sorted_by(folders, pair)
    return jobs + strangers


def _sorted_by(folders: Sequence[_Folder], pair: str) -> tuple[list[Job], list[Job]]:
    """Pair images by a pattern; give those whose names do not fit it apart."""
    one, colon, two = pair.partition(":")
    patterns = (Pattern.of(one), Pattern.of(two if colon else one))
    if {*patterns[0].names} != {*patterns[1].names}:
        raise PatternError(
            f'the pattern of the pairs is "{pair}": its halves must have the same '
            "names in braces, for what both images share."
        )
    alone = len(folders) == 1
    if alone and not colon:
        raise PatternError(
            f'the pattern of the pairs is "{pair}": for images of one folder it needs '
            'two halves with a colon between, e.g. "{id}_C1:{id}_C2".'
        )
    both = [folders[0], folders[-1]]
    sides = [
        _side(folder, pattern, patterns[1 - k] if alone else None)
        for k, (folder, pattern) in enumerate(zip(both, patterns, strict=True))
    ]
    names = patterns[0].names
    keys = {key for side in sides for key in side.files}
    pairs = [
        _job(key, sides, names)
        for key in sorted(sorted(keys), key=lambda key: [*map(natural, key)])
    ]
    if alone:
        return pairs, []  # other channels lie there, too
    strangers = [
        _one_sided(k, where, file, f"{file.name} has no identifier: the pattern is "
                   f'"{side.pattern.text}"')
        for k, side in enumerate(sides)
        for where, file in side.strangers
    ]  # fmt: skip
    return pairs, strangers


@public
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
        (where, file)
        for where, file in _Folder.of(Path(folder), recursive, beside).files
        if not (is_there and file.samefile(first))
    ]
    if not others:
        raise ImageError(f'there are no images in "{folder}" to compare with {first}.')
    jobs = [
        Job(first, file, groups={_WHERE: where})
        for where, file in sorted(others, key=lambda other: natural(str(other[1])))
    ]
    return _with_files(beside, jobs, recursive)


@public
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
    images = _Folder.of(Path(folder), recursive, beside).files
    if not images:
        raise ImageError(f'there are no images in "{folder}".')
    jobs = [
        Job(file, file, groups={_WHERE: where})
        for where, file in sorted(images, key=lambda image: natural(str(image[1])))
    ]
    return _with_files(beside, jobs, recursive)


class _Side(NamedTuple):
    """Hold one folder of two, and its files by what they are called."""

    folder: Path
    pattern: Pattern
    files: dict[tuple[str, ...], list[Path]]
    strangers: list[tuple[str, Path]]


def _side(folder: _Folder, pattern: Pattern, other: Pattern | None) -> _Side:
    """Sort images by subfolder and what their names say; and those that do not fit.

    `other` is the pattern of the second images where they lie in the same folder: of
    "{id}:{id}_den" the first fits all names, and `7_den` is meant by the second.
    """
    by_key: dict[tuple[str, ...], list[Path]] = {}
    strangers = []
    for where, file in folder.files:
        matched = pattern.match(file.name)
        if matched is None:
            strangers.append((where, file))
        elif other is None or len(other.literal) <= len(pattern.literal) or (
            other.match(file.name) is None
        ):  # fmt: skip
            key = where, *(matched[name] for name in sorted(matched))
            by_key.setdefault(key, []).append(file)
    return _Side(folder.place, pattern, by_key, strangers)


def _job(key: tuple[str, ...], sides: Sequence[_Side], names: Sequence[str]) -> Job:
    values = dict(zip(sorted(names), key[1:], strict=True))
    groups = {_WHERE: key[0], **{n: values[n] for n in names if n != "id"}}
    alike = len({side.pattern for side in sides}) == 1
    candidates_of = [side.files.get(key, []) for side in sides]
    first, second = (f[0] if len(f) == 1 else None for f in candidates_of)
    problem = ""
    for side, candidates in zip(sides, candidates_of, strict=True):
        # Of "{id}__" the id says more than the name as far as the pattern goes.
        called = (
            values["id"] if alike and names == ("id",) else side.pattern.filled(values)
        )
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


def _one_sided(side: int, where: str, file: Path, reason: str) -> Job:
    first, second = (file, None) if side == 0 else (None, file)
    return Job(first, second, problem=reason, groups={_WHERE: where})


def _with_files(beside: Beside, jobs: Sequence[Job], recursive: bool) -> list[Job]:
    """Add to pairs the files that belong to them: ROIs, mask, labels."""
    in_folders = {
        name: _partners(jobs, Path(place), recursive)
        for name, place in beside._asdict().items()
        if is_folder(place)
    }
    common = beside.common
    jobs = [beside.of(job, in_folders, common) for job in jobs]
    return [
        replace(
            job,
            groups={
                FOLDER if name == _WHERE else name: value
                for name, value in job.groups.items()
                if recursive or name != _WHERE
            },
        )
        for job in jobs
    ]


def _partners(jobs: Sequence[Job], place: Path, recursive: bool) -> dict[Path, Path]:
    """Pair images with the files of a folder of masks, labels or ROIs, by name.

    Those of the first images count; of a pair whose first has none, that of the second.
    """
    files = sorted(files_in(place, recursive=recursive))
    others = _Folder(place, _with_places(files, place, recursive))
    of_image: dict[Path, Path] = {}
    for side in (0, 1):
        images = {
            ((job.image_1, job.image_2)[side], job.groups[_WHERE])
            for job in jobs
            if not job.problem and job.image_1 not in of_image
        }
        mine = _Folder(place, [(where, i) for i, where in images if i is not None])
        of_image |= {
            job.image_1: job.image_2
            for job in _of_images(mine, others)
            if job.image_1 is not None and job.image_2 is not None
        }
    return of_image


def _of_images(mine: _Folder, others: _Folder) -> list[Job]:
    """Pair as `_recognised` does, but for words as `mask`, which are expected here."""
    folders = [mine, others]
    for pattern in (EQUAL, USUAL):
        if _paired(jobs := _by_pattern(folders, pattern)):
            return jobs
    ways = differences(mine.names(), others.names(), beside=True)
    return _by_pattern(folders, ways[0][0].pattern) if ways else []

"""Read what file names say: patterns with names in braces, endings, natural order.

No file is opened here, but to see which it is. A Zarr store is a folder and one image:
what lies in it are its chunks.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..ground.errors import ImageError, PatternError
from .formats import hdf5
from .formats.zarr import is_zarr

_NAME = re.compile(r"\{(\w+)\}")

_ENDING = re.compile(r"(\.ome)?\.[^.]+$")

_NOT_IMAGES = {
    *(".zip", ".roi", ".csv", ".tsv", ".txt", ".json", ".xml", ".html", ".ini", ".log"),
    *(".ijm", ".py", ".md", ".pdf", ".xls", ".xlsx", ".doc", ".docx", ".db"),
    *(".state", ".parquet", ".geojson"),
}
"""Files that lie beside images and are none."""


@dataclass(frozen=True)
class Pattern:
    """A pattern of how file names begin, with names in braces for what differs.

    Attributes
    ----------
    text : str
        As the user wrote it, e.g. "{sample}_C1".
    names : tuple of str
        The names, in order.

    Examples
    --------
    >>> Pattern.of("{well}_{id}__").match("B2_7__a.tif")
    {'well': 'B2', 'id': '7'}
    """

    text: str
    names: tuple[str, ...]

    @classmethod
    def of(cls, text: str, what: str = "pairs") -> Pattern:
        """Read a pattern.

        Raises
        ------
        PatternError
            If it has no name, or one twice.
        """
        names = tuple(_NAME.findall(text))
        if (
            not names
            or len({*names}) < len(names)
            or any(n[0].isdigit() for n in names)
        ):
            raise PatternError(
                f'the pattern of the {what} is "{text}": it must have {{id}} once, or '
                "other names in braces, each once, for the parts of a file name that "
                'tell images apart, e.g. "{id}__".'
            )
        return cls(text, names)

    def match(self, name: str) -> dict[str, str] | None:
        """Find what the names stand for in a file name; None where it does not fit.

        Each takes as little as it can; the last one, where nothing follows it, all but
        the file's ending.
        """
        match = self._expression.match(stem(name) if self._is_open else name)
        if match is None:
            return None
        # é may be one character or two, by the system that named the file.
        return {
            k: unicodedata.normalize("NFC", v) for k, v in match.groupdict().items()
        }

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        parts = _NAME.split(self.text)
        expression = re.escape(parts[0])
        for k in range(1, len(parts), 2):
            last = k == len(parts) - 2 and not parts[k + 1]
            some = ".+" if last else ".+?"
            expression += f"(?P<{parts[k]}>{some}){re.escape(parts[k + 1])}"
        # Also over a line feed, which a file name may have.
        return re.compile(expression, re.DOTALL)

    @cached_property
    def _is_open(self) -> bool:
        """Whether nothing follows the last name."""
        return not _NAME.split(self.text)[-1]

    @property
    def literal(self) -> str:
        """What it says without the names in braces."""
        return _NAME.sub("", self.text)

    def filled(self, values: Mapping[str, str]) -> str:
        """Write how the name of a file with these values begins; of {id} the id."""
        if self.names == ("id",):
            return values["id"]
        return _NAME.sub(lambda name: values[name[1]], self.text)


def stem(name: str) -> str:
    """Return a file name without its ending; `.ome.tif` counts as one.

    Examples
    --------
    >>> stem("cells.v2.ome.tif")
    'cells.v2'
    """
    return _ENDING.sub("", name)


def images_in(
    folder: Path, *, recursive: bool = False, beside: Sequence[str] = ()
) -> list[Path]:
    """List the files of a folder that may be images, and the Zarr stores.

    Parameters
    ----------
    folder : Path
        The folder.
    recursive : bool
        Those in its subfolders, too, but for hidden ones.
    beside : sequence of str
        Endings of files that belong to an image, e.g. "_labels.tif".

    Raises
    ------
    ImageError
        If there is no such folder, or it is itself an image.
    """
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "does not exist"
        raise ImageError(f'"{folder}" {what}: give the folder of the images.')
    if is_zarr(folder):
        raise ImageError(
            f'"{folder}" is one image (a Zarr store): give the folder that it lies in.'
        )
    files = [
        file
        for file in files_in(folder, recursive=recursive)
        if file.suffix.lower() not in _NOT_IMAGES
        and not file.name.endswith(tuple(beside))
    ]
    # As paths are sorted, part by part, but with each taken apart once.
    return sorted(files, key=_parts)


def _parts(file: Path) -> list[str]:
    return os.path.normcase(file).split(os.sep)  # noqa: PTH206 - in Windows a and A sort alike


def files_in(folder: Path, *, recursive: bool = False) -> Iterator[Path]:
    """Yield the files of a folder, of whatever kind, and Zarr stores; no hidden ones.

    With those in its subfolders, where asked for, but not what is in a store.
    """
    if not recursive:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                file = folder / entry.name
                # Of a link, a folder and what is gone the disk is asked; nothing else
                # is looked at once more.
                if entry.is_file(follow_symlinks=False) or is_image(file):
                    yield file
        return
    for place, folders, names in os.walk(folder):
        stores = [name for name in folders if is_zarr(Path(place, name))]
        # Never walked into: an image of a million chunks is a million files.
        folders[:] = [
            name for name in folders if not name.startswith(".") and name not in stores
        ]
        for name in (*names, *stores):
            if not name.startswith("."):
                yield Path(place, name)


def is_image(path: Path) -> bool:
    """Whether there is a file, or a Zarr store; ``file.h5:/dataset`` is one, too."""
    return path.is_file() or is_zarr(path) or hdf5.parts(str(path)) is not None


def file_name(path: Path) -> str:
    """Return what an image is called by its path: of ``a.h5:/g/b`` all of that.

    Examples
    --------
    >>> file_name(Path("images/a.tif"))
    'a.tif'
    """
    split = _in_hdf5(path)
    return path.name if split is None else f"{split[0].name}:{split[1]}"


def _in_hdf5(path: Path) -> tuple[Path, str] | None:
    """Split ``file.h5:/dataset``; None where it is the path of a file or folder."""
    text = str(path)
    # Nearly all paths have no colon, and then nothing is asked of the disk.
    return None if ":" not in text or path.exists() else hdf5.parts(text)


def state(path: Path) -> list[int] | None:
    """Return bytes and last change (ns) of an image's files; None where it is not.

    A change of a Zarr store is one of any of its files: the folder itself keeps its
    date when a chunk is written again.
    """
    split = _in_hdf5(path)
    try:
        first = os.stat(path if split is None else split[0])  # noqa: PTH116 - sooner
        states = [first]
        if stat.S_ISDIR(first.st_mode):
            states += [
                Path(place, name).stat()
                for place, _, names in os.walk(path)
                for name in names
            ]
    except (OSError, ValueError):  # no file can have a name with a NUL
        return None
    # The folder has no bytes of its own, but its date tells of a file that is gone.
    size = sum(s.st_size for s in states if not stat.S_ISDIR(s.st_mode))
    return [size, max(s.st_mtime_ns for s in states)]


def companion(images: Sequence[Path], ending: str) -> Path | None:
    """Find the file named as an image but for its ending; beside the first that has it.

    Parameters
    ----------
    images : sequence of Path
        The images; the first that has such a file beside it counts.
    ending : str
        What follows the image's name, e.g. "_roi.zip"; then "_roi.roi" will do, too.
    """
    ends = dict.fromkeys([ending, re.sub(r"\.zip$", ".roi", ending)])
    for image in images:
        name = image.name
        start = str(image).removesuffix(name) + stem(name)
        for end in ends:
            # Most images have none, and to make a path takes longer than to look: of
            # whatever may be one, and of endings with a folder, which are refused.
            text = start + end
            if os.path.exists(text) or ":" in text or os.path.dirname(end):  # noqa: PTH110, PTH120
                candidate = image.with_name(stem(name) + end)
                if is_image(candidate):
                    return candidate
    return None


def natural(name: str) -> list[tuple[int, str]]:
    """Make a sort key by which img2 comes before img10."""
    parts = re.split(r"(\d+)", name)
    # Not isdigit, which is also true of ², of which int() makes no number.
    return [(int(p), "") if p.isdecimal() else (-1, p) for p in parts]

"""Put SimilIJ's command into a Fiji or ImageJ folder, and take it out again.

Added are the jar, the macros, the libraries that start Python (Appose and what it
needs) where they are not there yet, and a note of this Python, which the command then
starts. The note also lists what was added, each file with a checksum, so that nothing
else is ever taken out or written over: not a jar that somebody put there, nor a macro
of ours that the user has edited since.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ..ground.errors import WriteError
from ..ground.version import __version__
from ..ground.writing import remove_folders, take_name, whole_file

RECORD = Path("plugins") / "similij.properties"
"""Read by the jar: which Python to start. Read by `uninstall`: what to remove."""

_MACROS = Path("macros") / "SimilIJ"
_LIBRARY = re.compile(r"(?P<name>.+?)-(?P<version>\d[^/]*)\.jar")
_OLDEST = {"appose": (0, 8)}
"""Libraries of which an older version will not do: before, Appose had no way to start a
Python that is there already (`Appose.custom`)."""
_OURS = "Image_Similarity"
_ASIDE = ".before-similij"
"""Ends the name of a jar that is set aside: one that ends in .jar would be loaded."""


def install(folder: Path) -> list[str]:
    """Add the command to a Fiji or ImageJ folder.

    Parameters
    ----------
    folder : Path
        The folder that has `plugins` in it.

    Returns
    -------
    list of str
        What was done, a line each.

    Raises
    ------
    RuntimeError
        If it is no such folder, the jar is not built, or it cannot be written to.
    """
    from .jars import jar

    _check(folder)
    return _written(lambda: _put_in(folder, jar(), macro_folder()))


def uninstall(folder: Path) -> list[str]:
    """Take out what `install` added, and nothing else.

    Returns
    -------
    list of str
        What was done, a line each.

    Raises
    ------
    RuntimeError
        If the folder has no SimilIJ that `install` put there, or it cannot be written
        to.
    """
    _check(folder)
    if not (folder / RECORD).is_file():
        raise RuntimeError(
            f'"{folder}" has no SimilIJ that `similij install` put there: there is no '
            f"{RECORD}."
        )
    return _written(lambda: _take_out(folder))


@dataclass
class _Record:
    """What `install` did to a folder; names are paths in it, with slashes.

    Attributes
    ----------
    added : dict of str to str
        Files, and the checksum of each as it was added; an earlier version noted none.
    made : list of str
        Folders that were missing.
    aside : list of str
        Jars of others, by their names since.
    """

    added: dict[str, str] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, folder: Path) -> _Record:
        """Read that of a folder; it is a text that anybody may edit."""
        record, sums = cls(), {}
        path = folder / RECORD
        if not path.is_file():
            return record
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            match = re.fullmatch(r"(added|made|aside|sum)\.(\d+)=(.*)", line)
            if match is None:
                continue
            kind, number, value = match.groups()
            if kind == "sum":
                sums[number] = value
            elif not _is_inside(value):
                continue
            elif kind == "added":
                record.added[value] = number
            else:
                getattr(record, kind).append(value)
        record.added = {n: sums.get(number, "") for n, number in record.added.items()}
        return record

    def text(self) -> str:
        """Write what the jar reads, line by line: UTF-8, nothing escaped.

        It is no properties file of Java's own reader, to which the backslashes of a
        path in Windows are escapes.
        """
        lines = [
            "# Written by `similij install`; read by the Image Similarity command.",
            f"version={__version__}",
            f"python={sys.executable}",
            *(f"added.{k}={name}" for k, name in enumerate(self.added)),
            *(f"sum.{k}={value}" for k, value in enumerate(self.added.values())),
            *(f"made.{k}={name}" for k, name in enumerate(self.made)),
            *(f"aside.{k}={name}" for k, name in enumerate(self.aside)),
        ]
        return "\n".join(lines) + "\n"

    def wrote(self, path: Path, name: str, now: bytes | None = None) -> bool:
        """Whether a file is as it was added.

        Where an earlier version noted no checksum, a macro is taken for edited, unless
        it is the one that would be added `now`; nobody edits a jar.
        """
        if name not in self.added or path.is_symlink() or not path.is_file():
            return False
        if checksum := self.added[name]:
            return _checksum(path.read_bytes()) == checksum
        return not name.endswith(".ijm") or path.read_bytes() == now


def _put_in(folder: Path, jar: Path, macros: Path) -> list[str]:
    """Add all files, or none: they get their names once each is on the disk."""
    old, new = _Record.of(folder), _Record()
    done, moves = _others(folder, jar, old)
    new.aside = [_name(folder, kept) for _, kept in moves]
    targets, kept = _targets(folder, jar, macros, old, [path for path, _ in moves])
    added = {_name(folder, path): _checksum(targets[path]) for path in targets}
    # What was added before stays listed until it is gone: Windows removes no jar that
    # is open, and one that no record names would be somebody else's.
    there = {name: old.added[name] for name in old.added if (folder / name).exists()}
    new.added = {**there, **added}
    missing = [p for path in targets for p in path.parents if not p.exists()]
    new.made = [*dict.fromkeys([*old.made, *(_name(folder, p) for p in missing)])]
    moved = []
    try:
        with ExitStack() as stack:
            # First in and so last to get its name: until then the old one is true. No
            # part ends in .jar: an ImageJ that starts meanwhile loads every jar there.
            part = stack.enter_context(whole_file(folder / RECORD, ending=""))
            part.write_text(new.text(), encoding="utf-8")
            for path, content in targets.items():
                part = stack.enter_context(whole_file(path, ending=""))
                part.write_bytes(content)
            for path, aside in moves:
                if path.exists() and not aside.exists():
                    take_name(path, aside)
                    moved.append((aside, path))
    except BaseException:
        for aside, path in moved:
            with suppress(WriteError):
                take_name(aside, path)
        raise
    gone, _ = _removed(folder, old, but=added)
    done += [*gone, *kept, *(f"Added {path}" for path in targets)]
    done.append(f"The command will start this Python: {sys.executable}")
    done.append(
        "Restart ImageJ: Analyze > Colocalization > Image Similarity... "
        f"To take it out again: similij install --uninstall {folder}"
    )
    return done


def _take_out(folder: Path) -> list[str]:
    record = _Record.of(folder)
    done, kept = _removed(folder, record)
    for name in record.aside:
        aside = folder / name
        path = aside.with_name(aside.name.removesuffix(_ASIDE))
        if not aside.is_file() or path == aside:
            continue
        if path.exists():
            done.append(f"Kept {aside}: there is another {path.name} by now")
            continue
        take_name(aside, path)
        done.append(f"Brought back {path.name}")
    (folder / RECORD).unlink()
    # Those that were made for it, inner ones first; one that was there stays, empty or
    # not. A record of an earlier version lists none; these two were surely its own.
    made = record.made or [_MACROS.as_posix(), "plugins/jars"]
    remove_folders([folder / name for name in sorted(made, key=len, reverse=True)])
    return done + kept


def _removed(
    folder: Path, record: _Record, but: Iterable[str] = ()
) -> tuple[list[str], list[str]]:
    """Remove what was added, but for some; say what went, and what stays and why."""
    shipped = {path.name: path.read_bytes() for path in macro_folder().glob("*.ijm")}
    gone, kept = [], []
    for name in record.added:
        path = folder / name
        if name in {*but} or not (path.is_file() or path.is_symlink()):
            continue
        if record.wrote(path, name, shipped.get(path.name)):
            path.unlink()
            gone.append(f"Removed {path}")
        else:
            kept.append(f"Kept {path}, which was changed since it was added")
    return gone, kept


def _others(
    folder: Path, jar: Path, old: _Record
) -> tuple[list[str], list[tuple[Path, Path]]]:
    """Find jars of others that ImageJ must not load beside ours, and their new names.

    They are set aside, not removed: they are not ours. What was set aside before stays.
    """
    words, moves = [], []
    before = [folder / name for name in old.aside if (folder / name).is_file()]
    others = [
        *(path.with_name(path.name.removesuffix(_ASIDE)) for path in before),
        *(p for p in _jars(folder) if not _is_old(folder, p, old)),
    ]
    for path in dict.fromkeys(others):
        name, version = _library(path)
        if name in {_OURS, f"{_OURS}.jar", f"{_OURS}_.jar"}:
            why = f"ImageJ would load it or {jar.name}, whichever it met first"
        elif version < _OLDEST.get(name, ()):
            needed = ".".join(map(str, _OLDEST[name]))
            why = f"SimilIJ needs version {needed} or later, which is added"
        elif path.exists():
            continue
        else:
            why = "it was before"
        aside = path.with_name(path.name + _ASIDE)
        if path.exists() and aside.exists() and not _is_old(folder, path, old):
            raise RuntimeError(
                f'"{path}" would be set aside, and "{aside.name}" is there already: '
                "remove one of them."
            )
        moves.append((path, aside))
        words.append(
            f"Set aside {path}: {why}. `similij install --uninstall` brings it back"
        )
    return words, moves


def _jars(folder: Path) -> list[Path]:
    """List the jars of an ImageJ, those in folders that are links, too."""
    jars, seen = [], set()
    for place, folders, names in os.walk(folder, followlinks=True):
        if (real := os.path.realpath(place)) in seen:  # links can go round
            folders.clear()
            continue
        seen.add(real)
        jars += [Path(place) / name for name in names if name.endswith(".jar")]
    return sorted(jars)


def _is_old(folder: Path, path: Path, old: _Record) -> bool:
    """Whether an earlier `install` put a jar there."""
    return old.wrote(path, _name(folder, path))


def _targets(
    folder: Path, jar: Path, macros: Path, old: _Record, aside: list[Path]
) -> tuple[dict[Path, bytes], list[str]]:
    """Say which files are to be there, with which content; and which stay."""
    # One that will do is left as it is: a second jar of a library that Fiji has
    # already would break what else uses it.
    present = {
        _library(path)[0]
        for path in _jars(folder)
        if path not in aside and not _is_old(folder, path, old)
    }
    libraries = folder / ("jars" if _is_fiji(folder) else "plugins/jars")
    sources = {folder / "plugins" / jar.name: jar}
    sources |= {libraries / path.name: path for path in _libraries(present)}
    targets = {path: source.read_bytes() for path, source in sources.items()}
    words = []
    for macro in sorted(macros.glob("*.ijm")):
        path, content = folder / _MACROS / macro.name, macro.read_bytes()
        place = _place_of(folder, path, content, old)
        if place != path and place is not None:
            words.append(
                f"Kept {path}, which is not as it was added: the new one is "
                f"{place.name}"
            )
        if place is not None:
            targets[place] = content
    return targets, words


def _place_of(folder: Path, path: Path, content: bytes, old: _Record) -> Path | None:
    """Return where a macro goes: beside one that the user has edited, or put there.

    None if the user has put this very macro there: there is nothing to add.
    """
    for k in range(1, 1000):
        more = "" if k == 1 else "_new" if k == 2 else f"_new_{k - 1}"  # noqa: PLR2004
        place = path.with_stem(path.stem + more)
        if not (place.exists() or place.is_symlink()):
            return place
        if old.wrote(place, _name(folder, place), content):
            return place
        if place.is_file() and place.read_bytes() == content:
            return None
    raise RuntimeError(f'"{path.parent}" has 1,000 versions of {path.name}.')


def _written(work: Callable[[], list[str]]) -> list[str]:
    try:
        return work()
    except WriteError as error:
        where, why = error.path, error.reason
    except OSError as error:
        where, why = error.filename, str(error.strerror)
    raise RuntimeError(
        f'"{where}" cannot be written ({why}): close ImageJ, make room there, or run '
        "this as a user who may write there."
    )


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _is_inside(name: str) -> bool:
    """Whether a name in the record is of something in the folder.

    By its words and not by where they lead: `plugins` may be a link to a folder that
    several ImageJs share.
    """
    path = PurePosixPath(name)
    return bool(path.parts) and not (
        path.is_absolute() or ".." in path.parts or "\\" in name or ":" in path.parts[0]
    )


def _check(folder: Path) -> None:
    if not (folder / "plugins").is_dir():
        what = "has no plugins folder" if folder.is_dir() else "is no folder"
        raise RuntimeError(
            f'"{folder}" {what}: give the folder of a Fiji (Fiji.app) or ImageJ.'
        )


def _is_fiji(folder: Path) -> bool:
    return (folder / "jars").is_dir()


def macro_folder() -> Path:
    """Find the folder of the macros: of the wheel, else of the repository."""
    here = Path(__file__).resolve().parent
    shipped = here / "macros"
    return shipped if shipped.is_dir() else here.parents[2] / "macros"


def _library(jar: Path) -> tuple[str, tuple[int, ...]]:
    """Return a library's name and version, by the name of its jar."""
    match = _LIBRARY.fullmatch(jar.name)
    if not match:
        return jar.name, ()
    return match["name"], tuple(map(int, re.findall(r"\d+", match["version"])))


def _libraries(present: Iterable[str]) -> list[Path]:
    """Return the jars that start Python, but for those that are present."""
    from .jars import class_path

    present = set(present)
    jars = class_path(worker_only=True)
    return [path for path in jars if _library(path)[0] not in present]

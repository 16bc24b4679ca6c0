"""Put SimilIJ's command into a Fiji or ImageJ folder, and take it out again.

Added are the jar, the macros, the libraries that start Python (Appose and what it
needs) where they are not there yet, and a note of this Python, which the command then
starts. The note also lists what was added, so that nothing else is ever taken out.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from ..ground.version import __version__

RECORD = Path("plugins") / "similij.properties"
"""Read by the jar: which Python to start. Read by `uninstall`: what to remove."""

_MACROS = Path("macros") / "SimilIJ"
_LIBRARY = re.compile(r"(?P<name>.+?)-(?P<version>\d[^/]*)\.jar")
_OLDEST = {"appose": (0, 8)}
"""Libraries of which an older version will not do: before, Appose had no way to start a
Python that is there already (`Appose.custom`)."""
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
    source = jar()
    macros = macro_folder()
    done = uninstall(folder) if (folder / RECORD).is_file() else []
    added: list[Path] = []
    made: list[Path] = []
    aside: list[Path] = []
    try:
        # One that somebody dragged there by hand is in no record. Beside a new one,
        # ImageJ would load the classes of whichever it met first.
        for old in (folder / "plugins").glob("Image_Similarity*.jar"):
            old.unlink()
            done.append(f"Removed {old}")
        _copy(source, folder / "plugins" / source.name, added, made)
        for old in _too_old(folder):
            kept = old.with_name(old.name + _ASIDE)
            old.replace(kept)
            aside.append(kept)
            needed = ".".join(map(str, _OLDEST[_library(old)[0]]))
            done.append(
                f"Set aside {old}: SimilIJ needs version {needed} or later, which is "
                "added. `similij install --uninstall` brings it back"
            )
        # One that will do is left as it is: a second jar of a library that Fiji has
        # already would break what else uses it.
        present = {_library(path)[0] for path in folder.rglob("*.jar")}
        libraries = folder / ("jars" if _is_fiji(folder) else "plugins/jars")
        for path in _libraries(present):
            _copy(path, libraries / path.name, added, made)
        for macro in sorted(macros.glob("*.ijm")):
            _copy(macro, folder / _MACROS / macro.name, added, made)
        _record(folder, added, made, aside)
    except OSError as error:
        raise RuntimeError(
            f'"{error.filename}" cannot be written ({error.strerror}): close ImageJ or '
            "run this as a user who may write there."
        ) from None
    done += [f"Added {path}" for path in added]
    done.append(f"The command will start this Python: {sys.executable}")
    done.append(
        "Restart ImageJ: Analyze > Colocalization > Image Similarity... "
        f"To take it out again: similij install --uninstall {folder}"
    )
    return done


def uninstall(folder: Path) -> list[str]:
    """Take out what `install` added, and nothing else.

    Returns
    -------
    list of str
        What was done, a line each.

    Raises
    ------
    RuntimeError
        If the folder has no SimilIJ that `install` put there.
    """
    _check(folder)
    record = folder / RECORD
    if not record.is_file():
        raise RuntimeError(
            f'"{folder}" has no SimilIJ that `similij install` put there: there is no '
            f"{RECORD}."
        )
    done = []
    listed = _listed(record)
    for name in listed["added"]:
        path = folder / name
        if path.is_file() and _is_inside(path, folder):
            path.unlink()
            done.append(f"Removed {path}")
    for name in listed["aside"]:
        kept = folder / name
        if kept.is_file() and _is_inside(kept, folder) and name.endswith(_ASIDE):
            kept.replace(kept.with_name(kept.name.removesuffix(_ASIDE)))
            done.append(f"Brought back {kept.name.removesuffix(_ASIDE)}")
    record.unlink()
    # Those that were made for it, inner ones first; one that was there stays, empty or
    # not. A record of an earlier version lists none; these two were surely its own.
    made = listed["made"] or [_MACROS.as_posix(), "plugins/jars"]
    for name in sorted(made, key=len, reverse=True):
        empty = folder / name
        if empty.is_dir() and _is_inside(empty, folder) and not any(empty.iterdir()):
            empty.rmdir()
    return done


def _is_inside(path: Path, folder: Path) -> bool:
    """Return whether a path is within: the record is a text that anybody may edit."""
    return folder.resolve() in path.resolve().parents


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


def _too_old(folder: Path) -> list[Path]:
    """Return the jars of libraries that are there in a version that will not do."""
    jars = [(path, *_library(path)) for path in folder.rglob("*.jar")]
    return [path for path, name, version in jars if version < _OLDEST.get(name, ())]


def _libraries(present: Iterable[str]) -> list[Path]:
    """Return the jars that start Python, but for those that are present."""
    from .jars import class_path

    present = set(present)
    jars = class_path(worker_only=True)
    return [path for path in jars if _library(path)[0] not in present]


def _copy(source: Path, target: Path, added: list[Path], made: list[Path]) -> None:
    made += [parent for parent in target.parents if not parent.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    added.append(target)


def _record(
    folder: Path, added: list[Path], made: list[Path], aside: list[Path]
) -> None:
    """Write what the jar reads, line by line: UTF-8, nothing escaped.

    It is no properties file of Java's own reader, to which the backslashes of a path in
    Windows are escapes.
    """
    lines = [
        "# Written by `similij install`; read by the Image Similarity command.",
        f"version={__version__}",
        f"python={sys.executable}",
        *(
            f"{key}.{k}={path.relative_to(folder).as_posix()}"
            for key, paths in (("added", added), ("made", made), ("aside", aside))
            for k, path in enumerate(paths)
        ),
    ]
    (folder / RECORD).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _listed(record: Path) -> dict[str, list[str]]:
    """Return what the record lists, by kind."""
    listed: dict[str, list[str]] = {"added": [], "made": [], "aside": []}
    for line in record.read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r"(added|made|aside)\.\d+=(.*)", line):
            listed[match[1]].append(match[2])
    return listed

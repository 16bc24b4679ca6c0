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
_LIBRARY = re.compile(r"(?P<name>.+?)-\d[^/]*\.jar")


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
    try:
        # One that somebody dragged there by hand is in no record. Beside a new one,
        # ImageJ would load the classes of whichever it met first.
        for old in (folder / "plugins").glob("Image_Similarity*.jar"):
            old.unlink()
            done.append(f"Removed {old}")
        _copy(source, folder / "plugins" / source.name, added)
        # By name, whatever the version: a second jar of a library that Fiji has already
        # would break what else uses it.
        present = {
            match["name"]
            for path in folder.rglob("*.jar")
            if (match := _LIBRARY.fullmatch(path.name))
        }
        libraries = folder / ("jars" if _is_fiji(folder) else "plugins/jars")
        for path in _libraries(present):
            _copy(path, libraries / path.name, added)
        for macro in sorted(macros.glob("*.ijm")):
            _copy(macro, folder / _MACROS / macro.name, added)
        _record(folder, added)
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
    for name in _added(record):
        path = folder / name
        # The record is a text file that anybody may edit: nothing outside the folder.
        if path.is_file() and folder.resolve() in path.resolve().parents:
            path.unlink()
            done.append(f"Removed {path}")
    record.unlink()
    for empty in (folder / _MACROS, folder / "macros", folder / "plugins" / "jars"):
        if empty.is_dir() and not any(empty.iterdir()):
            empty.rmdir()
    return done


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


def _libraries(present: Iterable[str]) -> list[Path]:
    """Return the jars that start Python, but for those that are present."""
    from .jars import class_path

    present = set(present)
    return [
        path
        for path in class_path(worker_only=True)
        if (match := _LIBRARY.fullmatch(path.name)) and match["name"] not in present
    ]


def _copy(source: Path, target: Path, added: list[Path]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    added.append(target)


def _record(folder: Path, added: list[Path]) -> None:
    """Write what the jar reads, line by line: UTF-8, nothing escaped.

    It is no properties file of Java's own reader, to which the backslashes of a path in
    Windows are escapes.
    """
    lines = [
        "# Written by `similij install`; read by the Image Similarity command.",
        f"version={__version__}",
        f"python={sys.executable}",
        *(
            f"added.{k}={path.relative_to(folder).as_posix()}"
            for k, path in enumerate(added)
        ),
    ]
    (folder / RECORD).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _added(record: Path) -> list[str]:
    lines = record.read_text(encoding="utf-8").splitlines()
    matches = (re.fullmatch(r"added\.\d+=(.*)", line) for line in lines)
    return [match[1] for match in matches if match]

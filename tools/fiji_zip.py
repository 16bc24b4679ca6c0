"""Pack what an ImageJ or a Fiji needs into one zip, to be unpacked over its folder.

`python tools/fiji_zip.py dist` writes `dist/SimilIJ-<version>-fiji.zip`. The libraries
that start Python lie in `plugins/jars`: an ImageJ 1.x loads jars from `plugins` and
`plugins/jars` only, and Fiji from there, too, but after its own in `jars`. So one zip
fits both, and never puts a second version of a library before one of Fiji's.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

from similij.ground.version import __version__
from similij.imagej.install import macro_folder
from similij.imagej.jars import class_path, jar

TIME = (1980, 1, 1, 0, 0, 0)
"""The same bytes whenever it is packed."""

READABLE = 0o100644
"""A file that all may read; without it, unpacked on Linux, nobody may."""


def contents() -> dict[str, Path]:
    """Return the files, by their places in the folder of an ImageJ."""
    files = {f"plugins/{jar().name}": jar()}
    files |= {f"plugins/jars/{p.name}": p for p in class_path(worker_only=True)}
    macros = sorted(macro_folder().glob("*.ijm"))
    return files | {f"macros/SimilIJ/{path.name}": path for path in macros}


def pack(folder: Path) -> Path:
    """Write the zip into a folder; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"SimilIJ-{__version__}-fiji.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in contents().items():
            entry = zipfile.ZipInfo(name, TIME)
            entry.external_attr = READABLE << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return target


if __name__ == "__main__":
    print(pack(Path(sys.argv[1])))

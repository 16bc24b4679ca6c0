"""Write the list of packages that ImageJ installs: each by its version, in two parts.

`python tools/pins.py` asks uv (`pip install uv`) what `pyproject.toml` needs with its
extras `plot` and `stats`, for every Python and system at once, and writes the answer to
the resources of the jar. The first part is what the first number needs; a test compares
it with what a worker imports, and all of it with `pyproject.toml`.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "plugin" / "src" / "main" / "resources" / "similij" / "python"
FIRST = (
    *("appose", "lazy-loader", "llvmlite", "msgspec", "numba", "numpy"),
    "packaging",  # of lazy-loader
)
OLDEST = "3.10"

HEAD = """\
# Written by tools/pins.py: what SimilIJ installs for an ImageJ that has no Python.
# What the first number needs comes first.
"""
LATER = "# later: pictures, statistics, tables, files, pages\n"


def main() -> None:
    """Resolve, and write the list."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "requirements.txt"
        subprocess.run(
            [
                *("uv", "pip", "compile", "--quiet", "--universal", "--no-header"),
                *("--no-annotate", "--python-version", OLDEST),
                *("--extra", "plot", "--extra", "stats"),
                *("--output-file", str(target), str(ROOT / "pyproject.toml")),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        # Only pins: an index or a place to find wheels is the business of whoever runs.
        pins = [
            line
            for line in target.read_text(encoding="utf-8").splitlines(keepends=True)
            if re.match(r"[\w.-]+==", line)
        ]
    names = [re.split("==", pin)[0] for pin in pins]
    first = [pin for pin, name in zip(pins, names, strict=True) if name in FIRST]
    later = [pin for pin, name in zip(pins, names, strict=True) if name not in FIRST]
    text = HEAD + "".join(first) + LATER + "".join(later)
    (LIST / "requirements.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

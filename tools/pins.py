"""Write two lists of packages by their versions: ImageJ's, and that of the tests.

`python tools/pins.py` asks uv (`pip install uv`) what `pyproject.toml` needs, for every
Python and system at once.

* What the jar installs, with the extras `plot`, `stats` and `codecs`, goes to its
  resources, in two parts. The first is what the first number needs; a test compares it
  with what a worker imports, and all of it with `pyproject.toml`.
* `constraints.txt` has all extras, and what tests and checks need: what `make setup`
  installs, so that what is tested is what was tested. Its first part is what a user of
  all extras has, of which `make dist` makes the bill of materials.
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

TESTED = ROOT / "constraints.txt"
TESTED_HEAD = """\
# Written by tools/pins.py: the versions that SimilIJ is tested with.
# pip install -c constraints.txt ...
"""
FOR_TESTS = "# of tests and checks alone\n"


def main() -> None:
    """Resolve, and write both lists."""
    pins = pins_of("--extra", "plot", "--extra", "stats", "--extra", "codecs")
    first = [pin for pin in pins if name_of(pin) in FIRST]
    later = [pin for pin in pins if name_of(pin) not in FIRST]
    text = HEAD + "".join(first) + LATER + "".join(later)
    (LIST / "requirements.txt").write_text(text, encoding="utf-8")
    # Both lists are of one day, but resolved apart: what tests need must hold nothing
    # back that a user gets.
    of_users = pins_of("--extra", "all")
    together = pins_of("--extra", "all", "--group", "dev", "--group", "dist")
    names = {name_of(pin) for pin in of_users}
    users = [pin for pin in together if name_of(pin) in names]
    tests = [pin for pin in together if name_of(pin) not in names]
    text = TESTED_HEAD + "".join(users) + FOR_TESTS + "".join(tests)
    TESTED.write_text(text, encoding="utf-8")


def name_of(pin: str) -> str:
    """Return the package of a pin."""
    return pin.partition("==")[0]


def pins_of(*what: str) -> list[str]:
    """Return lines `name==version`, some with a marker, for extras and groups."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "requirements.txt"
        subprocess.run(
            [
                *("uv", "pip", "compile", "--quiet", "--universal", "--no-header"),
                *("--no-annotate", "--python-version", OLDEST, *what),
                *("--output-file", str(target), "pyproject.toml"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=ROOT,
        )
        # Only pins: an index or a place to find wheels is the business of whoever runs.
        lines = target.read_text(encoding="utf-8").splitlines(keepends=True)
        return [line for line in lines if re.match(r"[\w.-]+==", line)]


if __name__ == "__main__":
    main()

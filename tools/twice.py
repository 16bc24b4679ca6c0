"""Build a release twice, in two folders, and compare the files byte by byte.

`python tools/twice.py` clones the last commit into two folders whose names differ,
builds wheel, sdist and zip in each as `make dist` does (a jar is in the zip, and one
without the Python package in the wheel), with another time zone and language the second
time, prints checksums, and fails where they differ. So anybody can build a release
again and see that it is of these sources: docs/security.md says how.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from fnmatch import fnmatchcase
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

WAYS = (
    ("one", 0o022, {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}),
    (
        "another/folder",
        0o022,
        {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "2"},
    ),
)
"""Where it is built, what files may be by default, and what else a machine may have.

The umask is that of a release, 022: Maven writes it into the jar, for each file."""

JARS = {
    ".zip": "Image_Similarity-*[0-9].jar",
    ".whl": "Image_Similarity-*-in-wheel.jar",
}
"""Which jar of Maven is in which file."""


def build(
    commit: str, folder: Path, mask: int, environment: dict[str, str]
) -> dict[str, str]:
    """Build a clone; return the checksum of each file, and of the jars."""
    clone = ["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder)]
    subprocess.run(clone, check=True, umask=mask)
    checkout = ["git", "checkout", "--quiet", "--detach", commit]
    subprocess.run(checkout, cwd=folder, check=True, umask=mask)
    own = {
        **os.environ,
        **environment,
        "PIP_CONSTRAINT": str(folder / "constraints.txt"),
        "PYTHONPATH": str(folder / "src"),
    }
    own.pop("SOURCE_DATE_EPOCH", None)
    jar = ["mvn", "-q", "-B", "-DskipTests", "clean", "package"]
    for command, place in (
        (jar, folder / "plugin"),
        ([sys.executable, "-m", "build"], folder),
        ([sys.executable, "tools/fiji_zip.py", "dist"], folder),
    ):
        subprocess.run(
            command, cwd=place, env=own, check=True, umask=mask,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
    files = {path.name: path.read_bytes() for path in (folder / "dist").iterdir()}
    for suffix, jars in JARS.items():
        (built,) = (folder / "plugin" / "target").glob(jars)
        (archive,) = (folder / "dist").glob(f"*{suffix}")
        with zipfile.ZipFile(archive) as packed:
            own = "*/Image_Similarity-*.jar"
            (name,) = (n for n in packed.namelist() if fnmatchcase(n, own))
            carried = packed.read(name)
        files[built.name] = built.read_bytes()
        if carried != files[built.name]:
            sys.exit(f"{name} in {archive} is not {built}.")
    return {
        name: hashlib.sha256(content).hexdigest()
        for name, content in sorted(files.items())
    }


def main() -> None:
    """Build twice, compare, say."""
    # Of one commit, also if somebody commits meanwhile.
    head = ["git", "rev-parse", "HEAD"]
    commit = subprocess.check_output(head, cwd=ROOT, text=True).strip()
    with tempfile.TemporaryDirectory() as place:
        first, second = (
            build(commit, Path(place) / name, mask, environment)
            for name, mask, environment in WAYS
        )
    for name, checksum in first.items():
        print(f"{checksum}  {name}")
    differ = [n for n in {**first, **second} if first.get(n) != second.get(n)]
    if differ:
        sys.exit(f"Not the same twice: {', '.join(differ)}.")
    print("The same bytes twice, and the jars in wheel and zip are those of Maven.")


if __name__ == "__main__":
    main()

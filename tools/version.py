"""Say which version this is, or write another one wherever it is named.

`python tools/version.py` prints the version, and fails where two places differ;
`python tools/version.py 0.3.0` sets it. The package has it in `ground/version.py`.
Each of the other places is read by a program that cannot ask Python: pip, Maven, the
jar, conda, and who copies a line of the docs.
"""

from __future__ import annotations

import datetime
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NUMBERS = r"(\d+\.\d+\.\d+)"

HAVE = {
    "src/similij/ground/version.py": rf'^__version__ = "{NUMBERS}"$',
    "pyproject.toml": rf'^version = "{NUMBERS}"$',
    "plugin/pom.xml": rf"Image_Similarity</artifactId>\s+<version>{NUMBERS}<",
    "plugin/src/main/java/similij/wire/Protocol.java": rf'String JAR = "{NUMBERS}"',
    "CITATION.cff": rf"^version: {NUMBERS}$",
    "recipe/recipe.yaml": rf'^  version: "{NUMBERS}"$',
}
"""What has the version once."""

FILES = rf"(?:SimilIJ|similij|Image_Similarity)-{NUMBERS}"
"""A file or a folder of a release, in the docs."""

RELEASED = r"^date-released: (\d{4}-\d\d-\d\d)$"


def places() -> dict[Path, str]:
    """Return the pattern of what names the version in each file."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return {ROOT / name: pattern for name, pattern in HAVE.items()} | {
        page: FILES for page in pages if re.search(FILES, page.read_text("utf-8"))
    }


def named() -> dict[str, set[str]]:
    """Return the versions that each file names; one, if all is well."""
    return {
        path.relative_to(ROOT).as_posix(): set(
            re.findall(pattern, path.read_text("utf-8"), re.MULTILINE)
        )
        for path, pattern in places().items()
    }


def replaced(text: str, pattern: str, value: str) -> str:
    """Return the text with another value where the group of the pattern matched."""

    def with_value(match: re.Match[str]) -> str:
        start, end = (k - match.start() for k in match.span(1))
        return match[0][:start] + value + match[0][end:]

    return re.sub(pattern, with_value, text, flags=re.MULTILINE)


def set_version(version: str) -> None:
    """Write a version into every place, and today as the day of its release."""
    for path, pattern in places().items():
        text = replaced(path.read_text("utf-8"), pattern, version)
        if path.name == "CITATION.cff":
            text = replaced(text, RELEASED, f"{datetime.date.today()}")
        path.write_text(text, encoding="utf-8")


def main() -> None:
    """Print the version, or set it."""
    if len(sys.argv) > 1:
        if not re.fullmatch(NUMBERS, sys.argv[1]):
            sys.exit(f"A version is three numbers, as 0.3.0, not {sys.argv[1]!r}.")
        set_version(sys.argv[1])
    versions = named()
    if len({frozenset(found) for found in versions.values()}) > 1:
        sys.exit("\n".join(f"{name}: {found}" for name, found in versions.items()))
    print(*next(iter(versions.values())))


if __name__ == "__main__":
    main()

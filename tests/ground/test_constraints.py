"""The list of tested versions: versions only, and of all that is required."""

from __future__ import annotations

import re
import sys

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from support import ROOT

if sys.version_info >= (3, 11):
    import tomllib

LIST = (ROOT / "constraints.txt").read_text("utf-8")
LINE = re.compile(r"[a-z0-9][a-z0-9._-]*==[\w.!+]+( ; [\w' .<>=*!()]+)?")
PYTHONS = ("3.10", "3.11", "3.12", "3.13")

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="Python 3.10 reads no TOML"
)


def pins(python: str) -> dict[str, str]:
    """Return the version of each package for a Python on Linux."""
    where = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
    }
    lines = [line for line in LIST.splitlines() if not line.startswith("#")]
    requirements = map(Requirement, lines)
    return {
        canonicalize_name(r.name): next(iter(r.specifier)).version
        for r in requirements
        if r.marker is None or r.marker.evaluate(where)
    }


def required() -> list[Requirement]:
    """Return what the project, its extras and the groups of its checks require.

    Without napari: a viewer with a hundred packages of its own, into which SimilIJ is
    installed, rather than the other way round; it is in no list, and not in "all".
    """
    with (ROOT / "pyproject.toml").open("rb") as file:
        written = tomllib.load(file)
    project, groups = written["project"], written["dependency-groups"]
    lists = [
        project["dependencies"],
        *(
            of
            for extra, of in project["optional-dependencies"].items()
            if extra != "napari"
        ),
        *(groups[name] for name in ("test", "dev", "dist", "site")),
    ]
    strings = [line for lines in lists for line in lines if isinstance(line, str)]
    return [r for r in map(Requirement, strings) if r.name != "similij"]


def test_each_line_is_a_version_and_nothing_else() -> None:
    for line in LIST.splitlines():
        assert line.startswith("# ") or LINE.fullmatch(line), line
    assert "://" not in LIST
    assert "similij==" not in LIST


@pytest.mark.parametrize("python", PYTHONS)
def test_all_that_is_required_is_there_and_fits(python: str) -> None:
    versions, where = pins(python), {"python_version": python}
    assert len(required()) > 30
    for requirement in required():
        if requirement.marker is None or requirement.marker.evaluate(where):
            version = versions[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version), requirement


def test_what_installs_uses_it() -> None:
    assert "-c constraints.txt" in (ROOT / "tools" / "setup.sh").read_text("utf-8")
    assert "constraints.txt" in (ROOT / "Makefile").read_text("utf-8")


def test_no_requirement_of_a_list_is_found_by_the_name_of_this_package() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        groups = tomllib.load(file)["dependency-groups"]
    lines = [line for group in groups.values() for line in group]
    assert not [line for line in lines if str(line).startswith("similij")]

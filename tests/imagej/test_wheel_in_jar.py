"""The wheel that the jar carries: it installs, and it is the one that hatch builds."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import similij
from similij.imagej.jars import jar
from similij.imagej.second_stage import MODULES
from support import HUNG, ROOT, run_python
from typed_user import assert_typed

INSIDE = f"similij/python/similij-{similij.__version__}-py3-none-any.whl"
FIRST = {"numpy", "numba", "llvmlite", "appose", "msgspec", "lazy-loader", "packaging"}


def jar_in_wheel() -> Path:
    return jar().with_name(f"{jar().stem}-in-wheel.jar")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the jar, as a file."""
    folder = tmp_path_factory.mktemp("wheel")
    with zipfile.ZipFile(jar()) as archive:
        archive.extract(INSIDE, folder)
    return folder / INSIDE


def metadata(wheel: Path) -> dict[str, list[str]]:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith("dist-info/METADATA"))
        message = Parser().parsestr(archive.read(name).decode())
    keys = ("Name", "Version", "Summary", "License-Expression", "Requires-Python")
    lists = {key: message.get_all(key) or [] for key in (*keys, "Keywords")}
    lists["Classifier"] = sorted(message.get_all("Classifier") or [])
    lists["Pages"] = sorted(message.get_all("Project-URL") or [])
    lists["Extras"] = sorted(message.get_all("Provides-Extra") or [])
    requirements = message.get_all("Requires-Dist") or []
    lists["Requires"] = sorted(str(Requirement(one)) for one in requirements)
    lists["Description"] = [message.get_payload().strip()]
    return lists


def test_pip_installs_it(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    options = ["--no-index", "--disable-pip-version-check", "--target", str(site)]
    subprocess.run([*command, *options, str(wheel)], check=True, timeout=HUNG)
    assert (site / "similij" / "docs" / "in-fiji.md").is_file()
    assert (site / "similij" / "CITATION.cff").is_file()
    assert not list(site.rglob("*.jar"))
    out = run_python(
        f"import sys; sys.path.insert(0, {str(site)!r}); import similij;"
        "print(similij.__file__, similij.compare([[1, 2]], [[1, 4]]).mean_difference)",
        env={"PYTHONPATH": ""},
    )
    assert out.split() == [str(site / "similij" / "__init__.py"), "1.0"]
    assert (site / "similij" / "py.typed").is_file()
    assert_typed(tmp_path, site)


def test_every_file_is_recorded_with_its_hash(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (record,) = (n for n in archive.namelist() if n.endswith("RECORD"))
        rows = csv.reader(io.StringIO(archive.read(record).decode()))
        recorded = {name: (digest, size) for name, digest, size in rows}
        assert recorded.pop(record) == ("", "")
        assert {*recorded} == {*archive.namelist()} - {record}
        for name, (digest, size) in recorded.items():
            content = archive.read(name)
            hashed = hashlib.sha256(content).digest()
            encoded = base64.urlsafe_b64encode(hashed).decode().rstrip("=")
            assert (digest, size) == (f"sha256={encoded}", str(len(content))), name


@pytest.mark.slow
def test_it_is_the_wheel_of_hatch(wheel: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path, ROOT]
    subprocess.run(command, check=True, timeout=HUNG, capture_output=True)
    (other,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as ours, zipfile.ZipFile(other) as theirs:
        mine = {n: ours.read(n) for n in ours.namelist() if "dist-info" not in n}
        hatch = {n: theirs.read(n) for n in theirs.namelist() if "dist-info" not in n}
        points = f"similij-{similij.__version__}.dist-info/entry_points.txt"
        assert _sections(ours.read(points)) == _sections(theirs.read(points))
    carried = f"similij/imagej/jars/{jar().name}"
    pictures = {name for name in mine if name.startswith("similij/docs/images/")}
    assert len(pictures) > 20
    assert {*hatch} - {carried} == {*mine} - pictures
    assert all(mine[name] == hatch[name] for name in {*hatch} - {carried})
    assert hatch[carried] == jar_in_wheel().read_bytes()
    assert metadata(other) == metadata(wheel)
    assert other.stat().st_size < 1_500_000


def test_the_jar_in_the_wheel_lacks_the_package_alone() -> None:
    with zipfile.ZipFile(jar()) as full, zipfile.ZipFile(jar_in_wheel()) as lean:
        whole = {name: full.read(name) for name in full.namelist()}
        part = {name: lean.read(name) for name in lean.namelist()}
    requirements = "similij/python/requirements.txt"
    assert {INSIDE, requirements} == {*whole} - {*part}
    assert all(whole[name] == content for name, content in part.items())


def test_the_jar_in_the_wheel_says_that_it_cannot_install_python() -> None:
    """Who takes out the record of `similij install` by hand is told what to do."""
    out = run_python(
        f"""
from pathlib import Path
from similij.imagej import jars, launch
jars.jar = launch.jar = lambda: Path({str(jar_in_wheel())!r})
with launch.start() as ij:
    ij.IJ.setProperty("similij.backend", None)
    ij.run_macro('newImage("a", "8-bit ramp", 9, 9, 1);')
    ij.run_macro('newImage("b", "8-bit ramp", 9, 9, 1);')
    try:
        ij.run_macro('run("Image Similarity...", "image_1=a image_2=b");')
    except launch.MacroError as error:
        print(error)
""",
        env={"SIMILIJ_PYTHON": ""},
    )
    assert 'cannot install one: run "similij install <ImageJ or Fiji folder>"' in out


def _sections(text: bytes) -> dict[str, set[str]]:
    parts = re.findall(r"\[(.+)\]\n([^\[]*)", text.decode())
    return {title: {*lines.split("\n")} - {""} for title, lines in parts}


def pins() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """What is pinned for the first number, and what follows: name to versions."""
    with zipfile.ZipFile(jar()) as archive:
        text = archive.read("similij/python/requirements.txt").decode()
    parts = []
    for part in text.split("# later"):
        part_pins: dict[str, list[str]] = {}
        for line in part.splitlines()[1:]:
            if not line or line.startswith("#"):
                continue
            one = Requirement(line)
            (pin,) = one.specifier
            assert pin.operator == "==" and one.url is None, line
            part_pins.setdefault(canonicalize_name(one.name), []).append(pin.version)
        parts.append(part_pins)
    first, later = parts
    return first, later


def test_the_pins_are_what_the_package_requires(wheel: Path) -> None:
    first, later = pins()
    assert {*first} == FIRST
    required = set()
    for line in metadata(wheel)["Requires"]:
        one = Requirement(line)
        extras = ("", "plot", "stats", "codecs")
        marker = one.marker
        if marker and not any(marker.evaluate({"extra": extra}) for extra in extras):
            continue
        name = canonicalize_name(one.name)
        required.add(name)
        for version in (first | later)[name]:
            assert one.specifier.contains(version), f"{name} {version}: {line}"
    assert required <= {*first, *later}
    # What a worker waits for, where it is not there yet.
    assert {*MODULES} == required - FIRST


def test_the_first_number_imports_nothing_that_follows() -> None:
    """numba looks for SciPy and does without it; nothing else is even looked for."""
    out = run_python(
        f"""
import sys, types
LATER = {sorted(MODULES.values())}
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in LATER:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Refuse())
sys.path[:0] = ["tests", "tests/imagej"]
import numpy as np
import similij.imagej.worker
# The tests themselves import some of them, for their own part.
sys.modules.update({{name: types.ModuleType(name) for name in LATER}})
from test_handler import converse
for name in LATER:
    del sys.modules[name]
x = np.arange(3072, dtype=np.uint16).reshape(1, 48, 64)
for options in ({{}}, {{"rescale": "percentile"}}, {{"metrics": "bias"}}):
    rows, _ = converse(x, x + np.uint16(5), **options)
    print(rows[0]["n"])
""",
    )
    assert [float(line) for line in out.split()] == [3072] * 3

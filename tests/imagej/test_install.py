"""`similij install` and `doctor`: a stranger's ImageJ, a machine that lacks things."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tifffile

import similij
from similij.imagej.jars import class_path, find_java
from support import HUNG, IMAGES, ROOT

pytestmark = pytest.mark.jvm

A = IMAGES / "set_a" / "img3__a_test.tif"
B = IMAGES / "set_b" / "img3__b_test.tif"


def run(*command: object, env: dict[str, str] | None = None, timeout: float = HUNG):
    return subprocess.run(
        [sys.executable, "-m", "similij", *map(str, command)],
        capture_output=True,
        text=True,
        env={**os.environ, **(env or {})},
        timeout=timeout,
        check=False,
    )


@pytest.fixture
def plain_imagej(tmp_path: Path) -> Path:
    """ImageJ 1.x as its users unpack it: ij.jar, plugins, macros."""
    folder = tmp_path / "Image J"
    (folder / "plugins" / "Analyze").mkdir(parents=True)
    (folder / "macros").mkdir()
    (jar,) = (path for path in class_path() if path.name.startswith("ij-"))
    shutil.copy(jar, folder / "ij.jar")
    return folder


def folders(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_dir()}


def files(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


@pytest.mark.window
def test_a_stranger_s_imagej(
    plain_imagej: Path, display: dict[str, str], tmp_path: Path
) -> None:
    before = files(plain_imagej)
    folders_before = folders(plain_imagej)
    done = run("install", plain_imagej)
    assert done.returncode == 0, done.stderr
    added = files(plain_imagej) - before
    assert any(name.startswith("plugins/Image_Similarity") for name in added)
    assert any(name.startswith("plugins/jars/appose") for name in added)
    assert "macros/SimilIJ/Compare_Two_Folders.ijm" in added
    assert not any("ij-1" in name or "scijava" in name for name in added)
    again = run("install", plain_imagej)
    assert again.returncode == 0
    assert files(plain_imagej) - before == added

    macro = tmp_path / "try.ijm"
    results = tmp_path / "results.csv"
    macro.write_text(f"""
open("{A}"); open("{B}");
run("Image Similarity...", "rescale=None");
run("Image Similarity...", "rescale=Percentile");
saveAs("Results", "{results}");
File.saveString(d2s(getResult("Pearson R", 0), 9) + " " +
    d2s(getResult("RMSD", 0), 9) + " " + getResultString("Note", 1), "{results}.txt");
close(); close();
run("Quit");
""")
    done = subprocess.run(
        [
            *(find_java() / "bin" / "java", f"-Dplugins.dir={plain_imagej}"),
            *(f"-Duser.home={tmp_path}", "-cp", plain_imagej / "ij.jar"),
            *("ij.ImageJ", "-ijpath", plain_imagej, "-macro", macro),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, **display},
        timeout=HUNG,
        check=False,
    )
    answer = results.with_name("results.csv.txt")
    assert answer.is_file(), done.stdout + done.stderr
    pearson, rmsd, note = answer.read_text().split(" ", 2)
    x, y = tifffile.imread(A), tifffile.imread(B)
    row = similij.compare(x, y).rows[0]
    assert float(pearson) == pytest.approx(row["pearson"], abs=1e-9)
    assert float(rmsd) == pytest.approx(row["rmsd"], abs=1e-9)
    rescaled = similij.compare(x, y, rescale="percentile").rows[0]
    assert note.strip() == rescaled["note"]
    assert len(results.read_text().splitlines()) == 3

    done = run("install", "--uninstall", plain_imagej)
    assert done.returncode == 0, done.stderr
    assert files(plain_imagej) == before
    assert folders(plain_imagej) == folders_before  # macros/ was there, and empty
    done = run("install", "--uninstall", plain_imagej)
    assert done.returncode == 1
    assert "no SimilIJ" in done.stderr


def test_install_into_fiji_leaves_its_libraries_alone(tmp_path: Path) -> None:
    fiji = tmp_path / "Fiji.app"
    (fiji / "plugins").mkdir(parents=True)
    (fiji / "jars").mkdir()
    (fiji / "jars" / "appose-0.8.1.jar").write_bytes(b"Fiji's own")
    (fiji / "jars" / "jna-5.18.0.jar").write_bytes(b"Fiji's own")
    before = files(fiji)
    done = run("install", fiji)
    assert done.returncode == 0, done.stderr
    added = files(fiji) - before
    assert not any("appose" in name or "/jna-5" in name for name in added)
    assert any(name.startswith("jars/jna-platform") for name in added)
    macros = {f"macros/SimilIJ/{path.name}" for path in (ROOT / "macros").iterdir()}
    assert len(macros) == 6
    assert macros <= added
    assert run("install", "--uninstall", fiji).returncode == 0
    assert files(fiji) == before


def test_an_appose_that_is_too_old_is_replaced_and_brought_back(tmp_path: Path) -> None:
    fiji = tmp_path / "Fiji.app"
    (fiji / "plugins").mkdir(parents=True)
    (fiji / "jars").mkdir()
    old = fiji / "jars" / "appose-0.7.2.jar"
    old.write_bytes(b"Fiji's own")
    before, folders_before = files(fiji), folders(fiji)
    for _ in range(2):  # the second time it is no other than the first
        done = run("install", fiji)
        assert done.returncode == 0, done.stderr
        assert "appose-0.7.2.jar: SimilIJ needs version 0.8 or later" in done.stderr
        appose = {path.name for path in fiji.rglob("appose*.jar")}
        assert appose == {"appose-0.9.0.jar"}
    assert run("install", "--uninstall", fiji).returncode == 0
    assert files(fiji) == before
    assert folders(fiji) == folders_before
    assert old.read_bytes() == b"Fiji's own"


def test_not_an_imagej_folder(tmp_path: Path) -> None:
    done = run("install", tmp_path)
    assert done.returncode == 1
    assert "no plugins folder" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_doctor_is_all_well_here() -> None:
    done = run("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "MISSING" not in done.stdout
    assert "All is well" in done.stdout


def test_doctor_without_java(tmp_path: Path) -> None:
    done = run("doctor", env={"PATH": str(tmp_path), "JAVA_HOME": "/nowhere"})
    assert done.returncode == 1
    assert "there is no Java" in done.stdout
    assert "openjdk-17" in done.stdout


def test_doctor_without_the_jar(tmp_path: Path) -> None:
    """A copy of the package with neither a built jar nor one inside."""
    site = tmp_path / "site"
    shutil.copytree(
        ROOT / "src", site, ignore=shutil.ignore_patterns("__pycache__", "jars")
    )
    done = run("doctor", env={"PYTHONPATH": str(site)})
    assert done.returncode == 1
    assert "jar is not built" in done.stdout
    assert "make jar" in done.stdout

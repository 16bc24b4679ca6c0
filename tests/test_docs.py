"""The pages do what they say: links, pictures, keys, numbers, and code that runs."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import numpy as np
import pytest
import tifffile

from similij.testset.series import write_series
from support import IMAGES, ROOT

sys.path.insert(0, str(ROOT / "tools"))

import docs_numbers

PAGES = list(docs_numbers.pages(ROOT))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
NEEDS_IMAGEJ = "similij.imagej"
NEEDS_FIJI = "# needs Fiji"
NOT_HERE = ("make", "pip", "similij install", "similij doctor")
"""Lines that set something up; they have tests of their own or need a network."""


NOT_OURS = {"The command is not in the menu", "Permission denied:", ".cache/similij"}
NOT_OURS |= {"No space left on device"}
"""What troubleshooting.md quotes that is no sentence of the program."""


def blocks(language: str) -> list[tuple[str, str]]:
    return [
        (f"{page.name}-{k}", source)
        for page in PAGES
        for k, (kind, source) in enumerate(BLOCK.findall(page.read_text("utf-8")))
        if kind == language
    ]


def named(found: list[tuple[str, str]]) -> list[object]:
    return [pytest.param(source, id=name) for name, source in found]


PYTHON = blocks("python")
PLAIN = [b for b in PYTHON if NEEDS_IMAGEJ not in b[1]]
WITH_IMAGEJ = [
    b for b in PYTHON if NEEDS_IMAGEJ in b[1] and not b[1].startswith(NEEDS_FIJI)
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Folder with the files that the pages speak of."""
    for name in ("set_a", "set_b"):
        shutil.copytree(IMAGES / name, tmp_path / name)
    a, b = (IMAGES / f"set_{s}" / f"img3__{s}_test.tif" for s in "ab")
    for source, names in ((a, ("a.tif", "raw.tif")), (b, ("b.tif", "denoised.tif"))):
        for name in names:
            shutil.copyfile(source, tmp_path / name)
    for source, name in ((a, "raw"), (b, "denoised")):
        (tmp_path / name).mkdir()
        shutil.copyfile(source, tmp_path / name / "cell01.tif")
    shutil.copyfile(a.with_name("img3__a_test_roi.zip"), tmp_path / "a_roi.zip")
    cells = np.zeros((192, 256), np.uint16)
    cells[20:60, 30:90], cells[90:150, 100:180] = 1, 2
    tifffile.imwrite(tmp_path / "cells.tif", cells)
    (tmp_path / "pairs.csv").write_text("image_1,image_2\na.tif,b.tif\n")
    write_tables_of_others(tmp_path)
    write_series(tmp_path)
    (tmp_path / "replicates").mkdir()
    image = tifffile.imread(a)
    for k in range(6):
        noise = np.random.default_rng(k).integers(0, 200, image.shape)
        take = (image + noise).astype(np.uint16)
        tifffile.imwrite(tmp_path / "replicates" / f"take{k}.tif", take)
    # where ImageJ looks for macros, as `similij install` leaves them
    shutil.copytree(ROOT / "macros", tmp_path / "macros" / "SimilIJ")
    return tmp_path


def write_tables_of_others(folder: Path) -> None:
    """Write what CellProfiler and QuPath have of the two objects of cells.tif."""
    (folder / "MyExpt_Image.csv").write_text(
        "ImageNumber,FileName_Raw,PathName_Raw\n1,other.tif,/data\n2,raw.tif,/data\n"
    )
    (folder / "MyExpt_Cells.csv").write_text(
        "ImageNumber,ObjectNumber,AreaShape_Area\n1,1,50\n2,1,2400\n2,2,4800\n"
    )
    ids = [str(uuid.UUID(int=k)) for k in (1, 2)]
    boxes = ((30, 20, 90, 60), (100, 90, 180, 150))
    features = [
        {
            "type": "Feature",
            "id": known,
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[a, b], [c, b], [c, d], [a, d], [a, b]]],
            },
            "properties": {"objectType": "detection"},
        }
        for known, (a, b, c, d) in zip(ids, boxes, strict=True)
    ]
    collection = {"type": "FeatureCollection", "features": features}
    (folder / "qupath.geojson").write_text(json.dumps(collection))
    lines = [
        "Image\tObject ID\tObject type\tName\tArea px^2",
        f"other.tif\t{uuid.UUID(int=9)}\tDetection\tlabel 1\t50",
        f"raw.tif\t{ids[1]}\tDetection\tlabel 2\t4800",
        f"raw.tif\t{ids[0]}\tDetection\tlabel 1\t2400",
    ]
    (folder / "measurements.tsv").write_text("\n".join(lines) + "\n")


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("source", named(PLAIN))
def test_python_blocks(source: str, folder: Path) -> None:
    run([sys.executable, "-W", "error", "-c", source], folder)


@pytest.mark.slow
@pytest.mark.parametrize(
    "column", ["ObjectNumber", "Object ID"], ids=["CellProfiler", "QuPath"]
)
def test_tables_of_others_are_joined_object_by_object(
    column: str, folder: Path
) -> None:
    """What the page joins is right: areas are counts of pixels, also out of order."""
    sources = [s for _, s in PLAIN if f'"{column}"' in s and "joined" in s]
    (source,) = (s for s in sources if "merge" in s)
    source += """
ours = joined[joined.iloc[:, 0].isin([2, "raw.tif"])]
assert len(joined) == 3 and len(ours) == 2
assert joined["pearson"].notna().sum() == 2 and ours["pearson"].notna().all()
area = "AreaShape_Area" if "AreaShape_Area" in joined else "Area px^2"
assert (ours["n"] == ours[area]).all()
"""
    run([sys.executable, "-W", "error", "-c", source], folder)


@pytest.mark.jvm
@pytest.mark.parametrize("source", named(WITH_IMAGEJ))
def test_python_blocks_with_imagej(source: str, folder: Path) -> None:
    ends = "\nimport os, sys; sys.stdout.flush(); os._exit(0)"
    assert run([sys.executable, "-c", source + ends], folder)


@pytest.mark.slow
def test_shell_blocks(folder: Path) -> None:
    program = [sys.executable, "-m", "similij"]
    ran = 0
    for _, source in blocks("sh"):
        for line in source.splitlines():
            if not line.startswith(NOT_HERE):
                assert line.startswith("similij ")
                run([*program, *shlex.split(line)[1:]], folder)
                ran += 1
    assert ran > 3
    assert (folder / "results.csv").is_file()
    assert (folder / "plots" / "table.png").is_file()


@pytest.mark.jvm
def test_macro_blocks(folder: Path) -> None:
    script = """
import os, sys
import similij.imagej
ij = similij.imagej.start()
for source in sys.argv[1:]:
    for name in ("movie_a", "movie_b", "a", "b"):
        ij.run_macro('open("' + name + '.tif");')
    ij.run_macro(source)
    ij.run_macro('run("Close All");')
    print(int(ij.run_macro("return '' + nResults;".replace("'", '"'))))
sys.stdout.flush(); os._exit(0)
"""
    sources = [source for _, source in blocks("ijm")]
    assert len(sources) == 14
    out = run([sys.executable, "-c", script, *sources], folder)
    counts = [int(x) for x in out.split() if x.isdigit()]
    assert counts[-1] > counts[0] > 0
    assert (folder / "similarity.csv").is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text("utf-8")):
        path, _, anchor = link.partition("#")
        if path.startswith("http"):
            continue
        target = page.parent / path if path else page
        assert target.is_file(), link
        if anchor:
            assert anchor in anchors(target), link


def anchors(page: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


HOUSE = [ROOT, ROOT / "src" / "similij"]
"""Where the files lie that pages name: in the repository, or in the package."""


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_files_that_are_named_are_there(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    paths = {*re.findall(r"`((?:[\w.-]+/)+(?:[\w-]+\.\w+)?)`", text)}
    assert len(paths) > 10
    lost = {path for path in paths if not any((top / path).exists() for top in HOUSE)}
    assert not lost


def test_commits_that_are_examples_are_there() -> None:
    git = ["git", "-C", str(ROOT), "log", "-1", "--format=%s"]
    if subprocess.run(git, capture_output=True, check=False).returncode:
        pytest.skip("no history of the repository is here")
    text = " ".join((ROOT / "CONTRIBUTING.md").read_text("utf-8").split())
    examples = re.findall(r'\b([0-9a-f]{7}) "(.+?)"', text)
    assert len(examples) >= 6
    for commit, subject in examples:
        found = subprocess.run(
            [*git, commit], capture_output=True, text=True, check=False
        )
        if found.returncode:
            pytest.skip(f"the history here is cut short: it has no {commit}")
        assert found.stdout.strip() == subject


def test_every_picture_is_shown_and_they_are_small() -> None:
    pictures = set((ROOT / "docs" / "images").iterdir())
    shown = {
        (page.parent / link).resolve()
        for page in PAGES
        for link in LINK.findall(page.read_text("utf-8"))
        if link.endswith(".png")
    }
    assert shown == pictures
    assert sum(path.stat().st_size for path in pictures) < 1_900_000


def test_the_columns_are_described() -> None:
    from similij.measure.table.columns import columns
    from similij.metrics import available

    page = (ROOT / "docs" / "two-folders.md").read_text("utf-8")
    table = page.split("| column |  |\n")[1].split("\n<!-- end")[0]
    first = " ".join(line.split("|")[1] for line in table.splitlines())
    assert re.findall(r"`(\w+)`", first) == columns([*available().values()])
    protocol = (ROOT / "docs" / "protocol.md").read_text("utf-8")
    listed = re.search(r"The columns are `(.*?)` the metrics, `(.*?)`", protocol)
    assert listed is not None
    before, after = (re.findall(r"\w+", part) for part in listed.groups())
    assert [*before, *available(), *after] == columns([*available().values()])


@pytest.mark.slow
def test_numbers_are_those_measured() -> None:
    made: dict[str, str] = {}
    for page in PAGES:
        text = page.read_text("utf-8")
        assert docs_numbers.measured(text, made) == text, f"{page.name}: run make docs"
    assert set(made) == set(docs_numbers.TABLES)
    assert "| the whole image | 49,152 | 0.920 |" in made["background"]
    assert "[0.92 in the whole image]" in (ROOT / "README.md").read_text("utf-8")


def test_troubleshooting_quotes_what_is_said() -> None:
    code = "".join(
        path.read_text("utf-8")
        for folder, ending in (("src", "py"), ("plugin/src/main", "java"))
        for path in (ROOT / folder).rglob(f"*.{ending}")
    )
    said = re.sub(r"""["']\s*\+?\s*f?["']""", "", code).replace('\\"', '"')
    page = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    quoted = [
        part.strip(" `")
        for cell in re.findall(r"^\| (?!the sentence|---)(.*?) \|", page, re.MULTILINE)
        for sentence in cell.split("; ")
        for part in re.split(r"\.\.\.|\(|\)|\b[23]\b|3\.x", sentence)
    ]
    missing = {part for part in quoted if len(part) > 8 and part not in said}
    assert missing <= NOT_OURS

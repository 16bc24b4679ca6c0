"""*Image Similarity Matrix...*: open images and a folder, by macro and by dialog."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

import similij
from similij.matrix.pairwise import rows as rows_of
from support import run_imagej
from windows import WINDOWS

NUMBERS = ("pearson", "rmsd", "mean_difference")
LABELS = ("Pearson R", "RMSD", "Mean Difference")


@pytest.fixture
def takes(tmp_path: Path) -> list[Path]:
    random = np.random.default_rng(1)
    cell = random.normal(size=(31, 44))
    folder = tmp_path / "replicates é"
    folder.mkdir()
    paths = []
    for k in range(7):
        take = cell + 0.4 * random.normal(size=cell.shape)
        if k == 5:
            take = random.normal(size=cell.shape)
        paths.append(folder / f"take{k + 6}.tif")
        tifffile.imwrite(paths[-1], (100 * take + 900).astype(np.uint16))
    (folder / "readme.txt").write_text("none")
    return paths


def expected(images: list, **options) -> list[tuple]:
    found = similij.pairwise(images, **options)
    return [
        (r["image_1"], r["image_2"], r["region"], r["n"], *(r[m] for m in NUMBERS))
        for r in rows_of(found)
    ]


def shown(rows: list[dict]) -> list[tuple]:
    return [
        (
            *(r["Image 1"], r["Image 2"], r["Region"], int(r["n"])),
            *(r[label] for label in LABELS),
        )
        for r in rows
    ]


@pytest.mark.parametrize("backend", ["embedded", "worker"])
def test_by_macro(backend: str, takes: list[Path], tmp_path: Path) -> None:
    found = run_imagej(
        """
folder, save, *paths = sys.argv[1:]
ij.run_macro(f'run("Image Similarity Matrix...", "folder=[{folder}] save=[{save}]");')
answer(folder=rows(), open=int(WindowManager.getImageCount()))
ij.run_macro('run("Clear Results");')
for path in paths[:3]:
    IJ.openImage(path).show()
IJ.newImage("rgb", "RGB black", 44, 31, 1)
ij.run_macro('run("Image Similarity Matrix...", "rescale=Zscore");')
answer(opened=rows())
ij.run_macro('run("Clear Results");')
ij.run_macro('selectWindow("take7.tif"); makeOval(3, 4, 20, 15);'
             'run("Image Similarity Matrix...", "images=[take8.tif|take7.tif] '
             'region=Selection");')
answer(selected=rows())
ij.run_macro('run("Clear Results");')
wrong = ["images=[take8.tif|none]", "metrics=[r]", "images=[take8.tif|rgb]",
         "folder=[/nowhere]", "images=[take8.tif]", "roi_file=[/no.zip]"]
answer(wrong=[fails(f'run("Image Similarity Matrix...", "{w}");') for w in wrong])
IJ.newImage("small", "16-bit ramp", 20, 20, 1)
answer(sizes=fails('run("Image Similarity Matrix...", "");'), left=rows())
""",
        takes[0].parent,
        tmp_path / "out",
        *takes,
        backend=backend,
    )
    everything = sorted(takes, key=lambda path: int(path.stem[4:]))
    names = [path.name for path in everything]
    assert shown(found["folder"]) == expected(everything, names=names)
    assert found["open"] == 0
    assert '"take11.tif" is an odd one out' in found["printed"]
    table = pd.read_csv(tmp_path / "out" / "pairs.csv")
    assert len(table) == 21
    assert set(table.file_1) == {str(path) for path in everything[:-1]}
    assert (tmp_path / "out" / "matrix.png").stat().st_size > 10_000
    opened = [tifffile.imread(path) for path in takes[:3]]
    names = [path.name for path in takes[:3]]
    assert shown(found["opened"]) == expected(opened, names=names, rescale="zscore")
    assert '"rgb" is RGB and was left out' in found["printed"]
    [row] = found["selected"]
    assert (row["Image 1"], row["Image 2"]) == ("take8.tif", "take7.tif")
    assert row["Region"] == "selection of take7.tif"
    assert 0 < row["n"] < 300
    inside = similij.compare(
        opened[2], opened[1], regions={"oval": _oval(3, 4, 20, 15, opened[0].shape)}
    )
    assert row["n"] == inside.n
    assert row["RMSD"] == inside.rmsd
    parts = [
        *('"none" (images)', "no metric 'r'", "RGB"),
        *("nowhere", "two or more", "no.zip"),
    ]
    for sentence, part in zip(found["wrong"], parts, strict=True):
        assert part in sentence
    assert '"small" is 20×20' in found["sizes"]
    assert found["left"] == []


def _oval(
    x: int, y: int, width: int, height: int, shape: tuple[int, ...]
) -> np.ndarray:
    """Pixels that ImageJ's oval selects."""
    import roifile

    roi = roifile.ImagejRoi(
        roitype=roifile.ROI_TYPE.OVAL, left=x, top=y, right=x + width,
        bottom=y + height, n_coordinates=0, version=227,
    )  # fmt: skip
    from similij.regions import read_regions

    [region] = read_regions(roi)
    mask = np.zeros(shape, bool)
    rows, cols, inside = region.clip(*shape)
    mask[rows, cols] = True if inside is None else inside
    return mask


def test_stacks_and_signed_pixels(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    stacks = [random.integers(0, 4000, (4, 12, 15), dtype=np.uint16) for _ in range(3)]
    paths = []
    for k, stack in enumerate(stacks):
        paths.append(tmp_path / f"{k}.tif")
        tifffile.imwrite(paths[-1], stack, imagej=True, metadata={"axes": "ZYX"})
    found = run_imagej(
        """
for path in sys.argv[1:]:
    image = IJ.openImage(path); image.show(); image.setSlice(2)
ij.run_macro('run("Image Similarity Matrix...", "");')
answer(one=rows()); ij.run_macro('run("Clear Results");')
ij.run_macro('run("Image Similarity Matrix...", "stack=[All planes]");')
answer(all=rows())
""",
        *paths,
    )
    names = [path.name for path in paths]
    assert shown(found["one"]) == expected([s[1] for s in stacks], names=names)
    assert shown(found["all"]) == expected(stacks, names=names)
    assert {row["Plane"] for row in found["all"]} == {"all 4"}


@pytest.mark.window
def test_by_dialog(takes: list[Path], display: dict[str, str], tmp_path: Path) -> None:
    found = run_imagej(
        WINDOWS
        + """
folder, picture, *paths = sys.argv[1:]
Recorder = open_recorder()
for path in paths:
    IJ.open(path)
thread = in_background("Image Similarity Matrix...")
window = dialog("Image Similarity Matrix")
size = window.getSize()
click(window, "Choose...")
boxes = dialog("Image Similarity Matrix: Metrics")
chosen = {str(box.getLabel()).split(":")[0]: box for box in inside(boxes)
          if isinstance(box, JClass("java.awt.Checkbox"))}
answer(boxes={name: bool(box.getState()) for name, box in chosen.items()})
tick(chosen["Spearman ρ"], True)
shoot(picture + "1.png")
press(boxes, 0)
wait_for(lambda: not boxes.isShowing())
shoot(picture + "2.png")
press(window, 0)
thread.join(LONG)
answer(size=[int(size.width), int(size.height)], in_results=len(rows()))
own = WindowManager.getFrame("Image Similarity Matrix").getTextPanel()
table = own.getResultsTable()
answer(rows=rows(table), headings=[str(h) for h in table.getHeadings()],
       lines=int(own.getLineCount()))
shoot(picture + "3.png")
titles = sorted(str(t) for t in WindowManager.getImageTitles())
answer(titles=titles, recorded=str(Recorder.getInstance().getText()))
# Its own pictures, which are open now, are none of the images.
ij.run_macro('run("Image Similarity Matrix...", "metrics=pearson color=Luminance");')
answer(again=JClass("ij.measure.ResultsTable").getResultsTable().size())
""",
        takes[0].parent,
        tmp_path / "shot",
        *takes,
        mode="gui",
        env=display,
    )
    names = [path.name for path in takes]
    assert shown(found["rows"]) == expected(takes, names=names)
    assert found["in_results"] == 0
    assert found["lines"] == len(found["rows"])
    usual = {name for name, chosen in found["boxes"].items() if chosen}
    assert usual == {*LABELS}
    assert found["headings"][:4] == [*LABELS, "n"]
    assert "Spearman ρ" in found["headings"]
    whose = f"replicates é ({len(names)} images)"
    assert found["titles"] == sorted([*names, f"Map: {whose}", f"Matrix: {whose}"])
    assert found["again"] == len(found["rows"])
    assert found["size"][0] <= 1366
    assert found["size"][1] <= 768
    assert 'run("Image Similarity Matrix..."' in found["recorded"]
    assert "spearman" in found["recorded"]

"""Bad input by macro: one clear sentence, the macro stops, the next one works."""

from __future__ import annotations

import math

import numpy as np
import pytest
import roifile
import tifffile
from roifile import ImagejRoi

import similij
from support import IMAGES, run_imagej

SCRIPT = """
folder = sys.argv[1]
def new(title, kind="8-bit ramp", width=30, height=20, planes=1):
    image = IJ.createImage(title, kind, width, height, planes)
    image.show()
    return image
def clean():
    close_all()
    IJ.run("Clear Results")
def run(options):
    return f'run("Image Similarity...", "{options}");'
def after(name, macro):
    before = len(rows())
    answer(**{name: fails(macro), name + "/rows": len(rows()) - before})

answer(none_open=fails(run("")))
new("one"); answer(one_open=fails(run("")))
new("larger", width=31); after("sizes", run("image_1=one image_2=larger"))
new("deep", planes=5); new("deeper", planes=7)
after("depths", run("image_1=deep image_2=deeper stack=[All planes]"))
new("colour", "RGB black"); after("rgb", run("image_1=one image_2=colour"))
new("palette"); IJ.run("Fire")  # a look-up table, which leaves an image grey
after("grey_palette", run("image_1=one image_2=palette"))
ij.run_macro('''newImage("256 colours", "RGB ramp", 30, 20, 1); setColor(255, 0, 0);
fillRect(0, 0, 9, 9); run("8-bit Color", "number=256");''')
after("palette", run("image_1=one image_2=[256 colours]"))
after("unknown_image", run("image_1=one image_2=nothing"))
after("unknown_region", run("image_1=one image_2=one region=[Left half]"))
after("unknown_key", run("image_1=one image_2=one regoin=[Whole image]"))
after("no_selection", run("image_1=one image_2=one region=[Selection of image 1]"))
after("no_file", run("image_1=one image_2=one roi_file=[/nowhere/x.zip]"))
open(folder + "/broken.zip", "wb").write(b"PK no zip")
after("broken_zip", run(f"image_1=one image_2=one roi_file=[{folder}/broken.zip]"))
new("same"); new("same")
after("ambiguous", run("image_1=same image_2=one"))

Roi, OvalRoi, Line = (JClass(f"ij.gui.{n}") for n in ("Roi", "OvalRoi", "Line"))
PointRoi = JClass("ij.gui.PointRoi")
one = WindowManager.getImage("one")
def with_selection(name, roi, extra=""):
    one.setRoi(roi)
    before = len(rows())
    error = fails(run("image_1=one image_2=one region=[Selection of image 1]" + extra))
    answer(**{name: error, name + "/row": (rows()[before:] or [None])[0]})
with_selection("line", Line(1, 1, 9, 9))
with_selection("point", PointRoi(3, 3))
with_selection("outside", Roi(100, 100, 5, 5))
with_selection("partly", OvalRoi(-5, -5, 20, 10))

flat = new("flat", "8-bit black")
def rows_of(name, options):
    before = len(rows())
    error = fails(run(options))
    answer(**{name: error, name + "/row": (rows()[before:] or [None])[0]})
rows_of("constant", "image_1=one image_2=flat")
rows_of("same_twice", "image_1=one image_2=one region=[Whole image]")
holes = new("holes", "32-bit ramp")
holes.getProcessor().setf(3, 2, float("nan"))
new("float", "32-bit ramp")
rows_of("nan", "image_1=holes image_2=float")
holes.getProcessor().setf(3, 2, float("inf"))
rows_of("inf", "image_1=holes image_2=float")

titles = ["with blank", "br[ack]ets", "un]balanced", 'quo"tes', "é µ 細胞", "5",
          "a=b c=d"]
odd = {}
for title in titles:
    image = new(title)
    quoted = title.replace('"', '\\\\"')
    before = len(rows())
    error = fails(run(f"image_1=[{quoted}] image_2=one"))
    odd[title] = [error, [r["Image 1"] for r in rows()[before:]]]
    image.changes = False; image.close()
answer(odd=odd)

calibrated = new("calibrated")
line = jpype.JArray(jpype.JDouble)([1.0, 2.0])
calibrated.getCalibration().setFunction(0, line, "OD")
rows_of("calibrated", "image_1=calibrated image_2=one")

one.setRoi(Roi(2, 2, 3, 3)); flat.setRoi(Roi(12, 10, 3, 3))
rows_of("disjoint", "image_1=one image_2=flat region=[Both selections]")
one.deleteRoi(); flat.deleteRoi()
unsigned = new("unsigned", "16-bit ramp")
unsigned.getProcessor().multiply(0.3)
shifted = unsigned.duplicate(); shifted.setTitle("shifted"); shifted.show()
shifted.getProcessor().add(32768 - 7)  # stored 32768 higher than it means, less 7
shifted.getLocalCalibration().setSigned16BitCalibration()
rows_of("signed", "image_1=shifted image_2=unsigned")
answer(signed_direct=similij.compare(shifted, unsigned).to_dict()["rows"][0])

JClass("java.util.Locale").setDefault(JClass("java.util.Locale").GERMANY)
rows_of("locale", "image_1=one image_2=float")
ij.run_macro('saveAs("Results", "' + folder + '/locale.csv");')
answer(csv=open(folder + "/locale.csv", encoding="utf-8").read())

clean()
new("a"); new("b")
rows_of("afterwards", "")
"""


@pytest.fixture(scope="module", params=["embedded", "worker"])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("macro")
    return run_imagej(SCRIPT, folder, backend=request.param)


@pytest.mark.parametrize(
    ("case", "parts"),
    [
        ("none_open", ["two images"]),
        ("one_open", ["Only one image", '"one"']),
        ("sizes", ['"one" is 30×20', '"larger" is 31×20', "same width and height"]),
        ("depths", ['"deep" has 5 planes along z', '"deeper" has 7']),
        ("rgb", ['"colour" is an RGB (color) image', "color=luminance"]),
        ("palette", ['"256 colours" is an 8-bit color image', "Image > Type"]),
        ("unknown_image", ['"nothing"', '"one"', '"larger"']),
        ("unknown_region", ["Left half", "Whole image", "ROI file"]),
        ("unknown_key", ["regoin", "region"]),
        ("no_selection", ['"one" has no selection', "Whole image"]),
        ("no_file", ["/nowhere/x.zip"]),
        ("broken_zip", ["broken.zip"]),
        ("ambiguous", ['"same"', "ID"]),
    ],
)
def test_refused_with_one_sentence(found, case: str, parts: list[str]) -> None:
    sentence = found[case]
    for part in parts:
        assert part in sentence, sentence
    assert "\n" not in sentence.strip()
    assert "Traceback" not in sentence
    assert "Exception" not in sentence
    assert found.get(f"{case}/rows", 0) == 0


@pytest.mark.parametrize(
    ("case", "part"),
    [
        ("line", "straight line, which has no area"),
        ("point", "point, which has no area"),
        ("outside", "lies outside the images"),
    ],
)
def test_a_selection_without_pixels_is_a_row_with_its_reason(
    found, case: str, part: str
) -> None:
    assert found[case] == "no error"
    row = found[f"{case}/row"]
    assert part in row["Note"]
    assert row["n"] == 0
    assert row["Pearson R"] is row["RMSD"] is row["Mean Difference"] is None


def test_a_look_up_table_changes_nothing(found) -> None:
    assert found["grey_palette"] == "no error"
    assert found["grey_palette/rows"] == 1


def test_partly_outside_says_how_many(found) -> None:
    row = found["partly/row"]
    assert row["n"] > 0
    assert f"{int(row['n'])} of its" in row["Note"]


def test_constant_same_nan_and_inf(found) -> None:
    constant = found["constant/row"]
    assert constant["Pearson R"] is None
    assert constant["RMSD"] > 0
    assert '"flat" is constant' in constant["Note"]
    same = found["same_twice/row"]
    assert (same["Pearson R"], same["RMSD"], same["Mean Difference"]) == (1, 0, 0)
    nan = found["nan/row"]
    assert (nan["n"], nan["Excluded"], nan["RMSD"]) == (599, 1, 0)
    assert "NaN" in nan["Note"]
    inf = found["inf/row"]
    assert inf["Pearson R"] is inf["RMSD"] is None
    assert "infinite" in inf["Note"]


def test_odd_titles(found) -> None:
    for title, (error, images) in found["odd"].items():
        assert error == "no error", (title, error)
        assert images == [title]


def test_calibration_function_is_named(found) -> None:
    assert "calibration function" in found["calibrated/row"]["Note"]
    assert '"calibrated"' in found["calibrated/row"]["Note"]


def test_selections_without_a_common_pixel(found) -> None:
    assert found["disjoint"] == "no error"
    assert "have no pixel in common" in found["disjoint/row"]["Note"]


def test_signed_16_bit_counts_as_what_it_shows(found) -> None:
    row, direct = found["signed/row"], found["signed_direct"]
    assert row["Mean Difference"] == direct["mean_difference"] == 7
    assert row["Pearson R"] == direct["pearson"] == 1


def test_decimal_comma_changes_nothing(found) -> None:
    row = found["locale/row"]
    assert row["RMSD"] > 0
    last = found["csv"].strip().splitlines()[-1]
    assert f"{row['RMSD']:.3f}" in last, last


def test_the_next_run_works(found) -> None:
    assert found["afterwards"] == "no error"
    assert found["afterwards/row"]["RMSD"] == 0


def test_an_image_closed_meanwhile() -> None:
    a = IMAGES / "set_a" / "img1__a_test.tif"
    found = run_imagej(
        """
image = IJ.openImage(sys.argv[1])
image.show()
other = IJ.createImage("other", "16-bit ramp", image.getWidth(), image.getHeight(), 1)
other.show()
service = ij.context.service(JClass("org.scijava.command.CommandService"))
inputs = JClass("java.util.HashMap")()
inputs.put("image1", image); inputs.put("image2", other)
image.changes = False; image.close(); image.flush()
command = JClass("similij.ImageSimilarityCommand").class_
try:
    service.run(command, True, inputs).get()
    answer(error="no error")
except jpype.JException as error:
    answer(error=str(error.getCause().getCause().getMessage()))
""",
        a,
    )
    assert '"img1__a_test.tif" was closed' in found["error"]


def test_five_hundred_rois(tmp_path) -> None:
    rng = np.random.default_rng(3)
    x = rng.integers(0, 60_000, (300, 400)).astype(np.uint16)
    y = (x // 2 + rng.integers(0, 999, x.shape)).astype(np.uint16)
    for name, pixels in (("x.tif", x), ("y.tif", y)):
        tifffile.imwrite(tmp_path / name, pixels, imagej=True)
    rois = []
    for k in range(500):  # they overlap, and some reach beyond the image
        left, top = rng.integers(-20, 400), rng.integers(-20, 300)
        corners = [[left, top], [left + 25, top + 3], [left + 9, top + 30]]
        rois.append(ImagejRoi.frompoints(np.array(corners), name=f"cell {k}"))
    roifile.roiwrite(tmp_path / "RoiSet.zip", rois, mode="w")
    found = run_imagej(
        """
folder = sys.argv[1]
for name in ("x.tif", "y.tif"):
    IJ.openImage(f"{folder}/{name}").show()
answer(error=fails(f'run("Image Similarity...", "image_1=x.tif image_2=y.tif '
                   f'roi_file=[{folder}/RoiSet.zip]");'), rows=rows())
""",
        tmp_path,
    )
    assert found["error"] == "no error"
    expected = similij.compare(x, y, regions=tmp_path / "RoiSet.zip").rows
    assert len(found["rows"]) == len(expected) == 500
    outside = 0
    for line, row in zip(found["rows"], expected, strict=True):
        assert line["Region"] == row["region"]
        assert line["n"] == row["n"]
        assert line["Note"] == row["note"]
        number = None if math.isnan(row["pearson"]) else row["pearson"]
        assert line["Pearson R"] == number
        outside += "outside" in row["note"]
    assert outside > 10

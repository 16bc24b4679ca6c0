"""The maps of differences, opened by the real ImageJ."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
import xarray as xr

import similij
from similij.plot.pictures import imagej_tiff as _mapfile
from similij.plot.pictures.draw import draw
from similij.regions import read_regions
from support import IMAGES, run_imagej, run_in_jvm
from windows import WINDOWS

OPEN = """
import json
import numpy as np
from jpype import JClass
image = JClass("ij.IJ").openImage(sys.argv[1])
cal = image.getCalibration()
stack = image.getStack()
size = [int(k) for k in image.getDimensions()]

def shown(plane):
    image.setSlice(plane)
    picture = image.getProcessor().getBufferedImage()
    rgb = [
        [int(picture.getRGB(x, y)) & 0xFFFFFF for x in range(size[0])]
        for y in range(size[1])
    ]
    return rgb

rois = []
for roi in list(image.getOverlay().toArray()):
    inside = np.zeros((size[1], size[0]), int)
    mask, box = roi.getMask(), roi.getBounds()
    for y in range(int(box.height)):
        for x in range(int(box.width)):
            inside[box.y + y, box.x + x] = mask is None or int(mask.get(x, y)) != 0
    place = [int(roi.getPosition()), int(roi.getZPosition()), int(roi.getTPosition())]
    rois.append([str(roi.getName()), place, inside.tolist()])
print(json.dumps({
    "size": size, "bits": int(image.getBitDepth()),
    "range": [float(image.getDisplayRangeMin()), float(image.getDisplayRangeMax())],
    "step": [float(cal.pixelWidth), float(cal.pixelHeight), float(cal.pixelDepth)],
    "unit": str(cal.getUnit()), "frame": float(cal.frameInterval),
    "labels": [str(stack.getSliceLabel(k + 1)) for k in range(stack.getSize())],
    "values": [
        [None if v != v else v for v in map(float, stack.getPixels(k + 1))]
        for k in range(stack.getSize())
    ],
    "shown": [shown(k + 1) for k in range(stack.getSize())],
    "rois": rois,
}))
"""


def test_a_map_opens_calibrated_coloured_and_outlined(tmp_path: Path) -> None:
    random = np.random.default_rng(8)
    dims = ["t", "z", "y", "x"]
    x = random.normal(0, 10, (3, 2, 9, 13)).astype(np.float32)
    y = x + random.integers(-5, 6, x.shape).astype(np.float32)
    y[:, :, 0, 0] = x[:, :, 0, 0]
    y[1, 1, 4, 5] = np.nan
    coords = {
        "t": ("t", np.arange(3) * 2.5, {"units": "s"}),
        "z": np.arange(2) * 0.7,
        "y": np.arange(9) * 0.2,
        "x": np.arange(13) * 0.3,
    }
    first = xr.DataArray(x, coords, dims, "a.tif", {"units": "µm"})
    second = xr.DataArray(y, dims=dims, name="b.tif")
    labels = xr.DataArray(random.integers(0, 2, (2, 9, 13)), dims=["z", "y", "x"])
    labels[1, 3, 3] = 1
    draw(first, second, tmp_path, kinds="difference,absolute", regions=labels)
    expected = (y.astype(float) - x).astype(np.float32)
    for name in ("difference", "absolute difference"):
        found = json.loads(run_in_jvm(OPEN, tmp_path / f"{name}.tif"))
        assert found["size"] == [13, 9, 1, 2, 3]
        assert found["bits"] == 32
        np.testing.assert_allclose(found["step"], (0.3, 0.2, 0.7), rtol=1e-6)
        assert (found["unit"], found["frame"]) == ("µm", 2.5)
        assert found["labels"] == [f"t{t} z{z}" for t in (1, 2, 3) for z in (1, 2)]
        values = np.array(found["values"], float).reshape(x.shape)
        wanted = np.abs(expected) if "absolute" in name else expected
        np.testing.assert_array_equal(values, wanted)
        low, high = found["range"]
        assert high == np.float32(np.nanmax(np.abs(expected)) * 256 / 254)
        assert low == -high if name == "difference" else -0.1 < low <= 0
        shown = np.array(found["shown"]).reshape(x.shape)
        grey = np.isin(shown, 0x9A9A9A)
        np.testing.assert_array_equal(grey, np.isnan(wanted))
        none = set(shown[wanted == 0].tolist())
        assert len(none) == 1
        if name == "difference":
            red, blue = (shown >> 16) & 255, shown & 255
            assert min(value >> shift & 255 for value in none for shift in (0, 8)) > 240
            assert (red > blue)[wanted >= 1].all()
            assert (blue > red)[wanted <= -1].all()
        for z in (1, 2):
            for t in (1, 2, 3):
                inside = np.zeros((9, 13), int)
                for roi, (position, at_z, at_t), mask in found["rois"]:
                    if (at_z, at_t) == (z, t):
                        assert (roi, position) == ("label 1", 0)
                        inside ^= np.array(mask)
                np.testing.assert_array_equal(inside, labels.values[z - 1])


def test_regions_of_all_planes_are_tied_to_none(tmp_path: Path) -> None:
    x = np.arange(60, dtype=np.uint8).reshape(6, 10)
    inside = (x % 7 > 2) & (x > 10)
    draw(x, x[::-1], tmp_path, kinds="difference", regions={"odd": inside})
    found = json.loads(run_in_jvm(OPEN, tmp_path / "difference.tif"))
    total = np.zeros(x.shape, int)
    for name, place, mask in found["rois"]:
        assert (name, place) == ("odd", [0, 0, 0])
        total ^= np.array(mask)
    np.testing.assert_array_equal(total, inside)
    assert found["range"] == [-50, 50]


def test_large_files_have_one_directory_and_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_mapfile, "_LARGE", 0)
    x = np.arange(180, dtype=np.uint8).reshape(3, 6, 10)
    inside = x[0] % 7 > 2
    draw(x, x // 2, tmp_path, kinds="difference", regions={"odd": inside})
    found = json.loads(run_in_jvm(OPEN, tmp_path / "difference.tif"))
    values = np.array(found["values"]).reshape(x.shape)
    np.testing.assert_array_equal(values, x // 2 - x.astype(float))
    assert found["labels"] == ["plane 1", "plane 2", "plane 3"]
    assert found["rois"]


def test_a_local_map_opens_with_its_worst_places(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    dims = ["t", "y", "x"]
    x = random.integers(0, 200, (3, 20, 30)).astype(np.uint8)
    y = (x + random.integers(0, 40, x.shape)).astype(np.uint8)
    y[1, 6:13, 8:15] = 255 - y[1, 6:13, 8:15]
    x[0, :9, :9], y[0, :9, :9] = 7, 9  # constant: R is undefined in the middle
    coords = {
        "t": ("t", np.arange(3) * 2.5, {"units": "s"}),
        "y": np.arange(20) * 0.2,
        "x": np.arange(30) * 0.2,
    }
    first = xr.DataArray(x, coords, dims, "a.tif", {"units": "µm"})
    metrics = ["pearson", "rmsd"]
    draw(first, y, tmp_path, kinds="local", window=7, metrics=metrics)
    for metric in metrics:
        found = json.loads(run_in_jvm(OPEN, tmp_path / f"local {metric}.tif"))
        wanted = similij.local_map(x, y, metric, window=7).values.astype(np.float32)
        assert found["size"] == [30, 20, 1, 1, 3]
        assert (found["unit"], found["frame"]) == ("µm", 2.5)
        np.testing.assert_allclose(found["step"][:2], (0.2, 0.2), rtol=1e-6)
        values = np.array(found["values"], float).reshape(x.shape)
        np.testing.assert_array_equal(values, wanted)
        grey = np.isin(np.array(found["shown"]).reshape(x.shape), 0x9A9A9A)
        np.testing.assert_array_equal(grey, np.isnan(wanted))
        assert np.isnan(wanted).any() == (metric == "pearson")
        ends = (-1, 1) if metric == "pearson" else (0, np.nanmax(wanted))
        assert tuple(found["range"]) == pytest.approx(ends)
        saved = json.loads(run_in_jvm(ZIP, tmp_path / f"local {metric}_places_roi.zip"))
        label = {"pearson": "Pearson R", "rmsd": "RMSD"}[metric]
        assert [name.split(":")[0] for name, *_ in saved] == list("12345")
        assert all(f": {label} " in name for name, *_ in saved)
        assert saved[0][1] == 2
        assert saved[0][2][2:] == [7, 7]
        overlay = {name: place[0] for name, place, _ in found["rois"]}
        assert overlay == {name: place for name, place, _ in saved}
        for name, (plane, *_), mask in found["rois"]:
            (box,) = [box for other, _, box in saved if other == name]
            left, top, wide, tall = box
            inside = np.zeros((20, 30), int)
            inside[top : top + tall, left : left + wide] = 1
            np.testing.assert_array_equal(inside, mask)
            number = float(name.split(" ")[-1])
            digits = 0.005 if metric == "pearson" else 0.05
            near = np.abs(wanted[plane - 1][inside == 1] - number) <= digits
            assert near.any()


ZIP = """
import json
import zipfile
from jpype import JClass
from pathlib import Path
found = []
with zipfile.ZipFile(sys.argv[1]) as archive:
    for entry in archive.namelist():
        data = JClass("java.io.ByteArrayInputStream")(archive.read(entry))
        roi = JClass("ij.io.RoiDecoder")(list(data.readAllBytes()), entry).getRoi()
        box = roi.getBounds()
        size = [int(box.x), int(box.y), int(box.width), int(box.height)]
        found.append([str(roi.getName()), int(roi.getPosition()), size])
print(json.dumps(found))
"""


@pytest.mark.parametrize("backend", ["embedded", "worker"])
def test_a_macro_saves_local_maps_agreement_and_shift(
    backend: str, tmp_path: Path
) -> None:
    a, b = (IMAGES / f"set_{s}" / f"img1__{s}_test.tif" for s in "ab")
    found = run_imagej(
        """
a, b, out = sys.argv[1:]
IJ.open(a); IJ.open(b)
IJ.runMacro(
    'run("Image Similarity...", "image_1=img1__a_test.tif image_2=img1__b_test.tif '
    'metrics=[rmsd, pearson, mean_difference, ssim] '
    'pictures=[agreement, local, shift, frc] window=gaussian:2 save=[' + out + ']");')
answer(rows=len(rows()))
""",
        a,
        b,
        tmp_path,
        backend=backend,
    )
    assert found["rows"] == 1
    metrics = ("pearson", "rmsd", "mean_difference", "ssim")
    maps = [f"local {metric.replace('_', ' ')}" for metric in metrics]
    ends = (".tif", ".png", "_places.csv", "_places_roi.zip")
    files = {f"{name}{end}" for name in maps for end in ends}
    files |= {"agreement.png", "shift.png", "frc.png", "similarity.csv"}
    assert {path.name for path in tmp_path.iterdir()} == files
    x, y = tifffile.imread(a), tifffile.imread(b)
    for metric, name in zip(metrics, maps, strict=True):
        wanted = similij.local_map(x, y, metric, window=("gaussian", 2)).values
        tiff = tifffile.imread(tmp_path / f"{name}.tif")
        np.testing.assert_array_equal(tiff, wanted.astype(np.float32))


LOOK = """
import numpy as np
a, b, rois = sys.argv[1:]
PlotWindow = JClass("ij.gui.PlotWindow")
IJ.open(a); IJ.open(b)
first, second = (str(t) for t in WindowManager.getImageTitles())
before = set(WindowManager.getIDList())
opened = []

@jpype.JImplements("ij.ImageListener")
class Listener:
    @jpype.JOverride
    def imageOpened(self, image):
        opened.append([str(image.getTitle()), len(rows())])
    @jpype.JOverride
    def imageUpdated(self, image): pass
    @jpype.JOverride
    def imageClosed(self, image): pass

listener = Listener()
JClass("ij.ImagePlus").addImageListener(listener)
ij.run_macro(
    f'run("Image Similarity...", "image_1={first} image_2={second} roi_file=[{rois}] '
    'metrics=[pearson, rmsd, mean_difference, ssim] pictures=[all, local, shift]");')
settled()
box = lambda w: [int(v) for v in (w.getX(), w.getY(), w.getWidth(), w.getHeight())]
screen = JClass("ij.gui.GUI").getMaxWindowBounds(IJ.getInstance())
kept = [WindowManager.getImage(k).getWindow() for k in before]
kept += list(WindowManager.getNonImageWindows()) + [IJ.getInstance()]
plots, maps = {}, {}
for number in WindowManager.getIDList():
    if number in before: continue
    image = WindowManager.getImage(number)
    window, title = image.getWindow(), str(image.getTitle())
    about = {"box": box(window), "mark": str(image.getProperty("similij.picture")),
             "prop": str(image.getProp("similij.picture"))}
    if isinstance(window, PlotWindow):
        plot = window.getPlot()
        # Shapes come before the series that have their centres, and are no data.
        data = [k for k, w in enumerate(plot.getPlotObjectDesignations())
                if str(w).startswith("Data Set")]
        about |= {
            "axes": [str(plot.getLabel(c)) for c in "xy"],
            "limits": [float(v) for v in plot.getLimits()],
            "series": [[str(plot.getPlotObjectLabel(k)),
                        *([float(v) for v in values]
                          for values in list(plot.getDataObjectArrays(n))[:2])]
                       for n, k in enumerate(data)],
            "listed": int(window.getResultsTable().size()),
        }
        plots[title] = about
    else:
        bars = [c for c in window.getComponents()[1:]
                if "ColorBar" in str(c.getClass().getName())]
        overlay = image.getOverlay()
        about |= {
            "size": [int(image.getWidth()), int(image.getHeight())],
            "canvas": [int(window.getCanvas().getWidth()),
                       int(window.getCanvas().getHeight())],
            "bits": int(image.getBitDepth()),
            "bar": [box(bar) for bar in bars],
            "below": int(window.getCanvas().getY() + window.getCanvas().getHeight()),
            "range": [float(image.getDisplayRangeMin()),
                      float(image.getDisplayRangeMax())],
            "numbered": bool(overlay.getDrawLabels()),
            "names": [str(roi.getName()) for roi in overlay.toArray()],
            "values": [float(v) for v in image.getProcessor().getPixels()],
        }
        maps[title] = about
answer(opened=opened, plots=plots, maps=maps, kept=[box(w) for w in kept],
       screen=[int(screen.x), int(screen.y), int(screen.width), int(screen.height)],
       status=str(IJ.getInstance().getStatusBar() is not None))
"""


def apart(one: list[int], two: list[int]) -> bool:
    """Whether two boxes (x, y, width, height) share no pixel."""
    return any(
        a[k] + a[k + 2] <= b[k] for a, b in ((one, two), (two, one)) for k in (0, 1)
    )


@pytest.mark.window
def test_windows_of_pictures(display: dict[str, str]) -> None:
    a, b = (IMAGES / f"set_{s}" / f"img1__{s}_test.tif" for s in "ab")
    rois = a.with_name("img1__a_test_roi.zip")
    found = run_imagej(WINDOWS + LOOK, a, b, rois, mode="gui", env=display)
    x, y = (tifffile.imread(path).astype(float) for path in (a, b))
    rows = similij.compare(a, b, regions=rois).rows
    # The rows are in the table before the first picture is there.
    assert {count for _, count in found["opened"]} == {len(rows)}
    plots, maps = found["plots"], found["maps"]
    begins = [
        f"Scatter: {b.name} against {a.name}",
        f"Agreement: {b.name} − {a.name} against their mean",
        *(
            f"Metrics by region: {label}, {a.name} and {b.name}"
            for label in ("Pearson R", "RMSD", "Mean Difference")
        ),
        f"Shift: R against how far {b.name} is moved over {a.name}",
        f"Shift: R for each shift of {b.name} over {a.name}",
    ]
    assert [*plots] == begins
    assert [title.split(":")[0] for title in maps] == [
        "Difference",
        "Absolute difference",
        *(
            f"Local {label}"
            for label in ("Pearson R", "RMSD", "Mean Difference", "SSIM")
        ),
    ]
    for about in (*plots.values(), *maps.values()):
        assert about["mark"] == about["prop"] != "None"
        left, top, wide, tall = about["box"]
        assert left >= found["screen"][0] and top >= found["screen"][1]
        assert left + wide <= found["screen"][0] + found["screen"][2]
        assert top + tall <= found["screen"][1] + found["screen"][3]
        assert all(apart(about["box"], other) for other in found["kept"])
    inside = np.zeros(x.shape, bool)
    for region in read_regions(rois):
        rows_, columns, mask = region.clip(*x.shape)
        inside[rows_, columns] |= True if mask is None else mask
    scatter = plots[begins[0]]
    assert scatter["axes"] == [f"{a.name} (intensity)", f"{b.name} (intensity)"]
    assert scatter["listed"] > 0
    fitted = next(s for s in scatter["series"] if s[0].startswith("fitted"))
    gain, offset = np.polyfit(x[inside], y[inside], 1)
    assert np.polyfit(fitted[1], fitted[2], 1) == pytest.approx(
        (gain, offset), rel=1e-4
    )
    bias = next(s for s in plots[begins[1]]["series"] if s[0].startswith("bias"))
    assert bias[2] == pytest.approx([np.mean((y - x)[inside])] * 2, rel=1e-5)
    for title, key in zip(
        begins[2:5], ("pearson", "rmsd", "mean_difference"), strict=True
    ):
        (_, at, others), (_, _, least) = plots[title]["series"]
        together = [w if np.isnan(v) else v for v, w in zip(others, least, strict=True)]
        assert together == pytest.approx([row[key] for row in rows], rel=1e-6)
        assert at == [float(k) for k in range(len(rows))]
    for title, about in maps.items():
        assert about["size"] == about["canvas"] == [x.shape[1], x.shape[0]]
        assert about["bits"] == 32
        ((_, top, wide, _),) = about["bar"]  # below the map, as wide as it is
        assert top >= about["below"]
        assert wide >= x.shape[1]
        local = title.startswith("Local")
        assert about["numbered"] == local
        if local:
            assert [name[:2] for name in about["names"]] == [
                f"{k}:" for k in range(1, 6)
            ]
    (difference, *_, ssim) = maps.values()
    np.testing.assert_array_equal(difference["values"], (y - x).ravel())
    values = np.array(ssim["values"])
    low, high = ssim["range"]
    assert low == pytest.approx(np.nanmin(values), abs=0.01)
    assert high == pytest.approx(np.nanquantile(values, 0.999), abs=0.002)

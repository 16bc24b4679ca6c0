"""Make ROIs of every kind with the real ImageJ, and save which pixels it selects.

Run as a script in a process whose JVM is started already (``support.run_in_jvm``):
``FOLDER SEED SCALE`` writes ``FOLDER/RoiSet.zip`` and ``FOLDER/masks.npz``. SCALE 1 is
the full set, a larger one leaves out most of each kind. Everything of a ROI that is
compared is read back from the file by ImageJ's own RoiDecoder.

``tests/data/rois`` is seed 3, scale 200.

``masks.npz``: ``names``; ``bounds`` (x, y, width, height); ``state`` (0: no ROI or an
error, 1: mask, 2: null mask, the whole bounds); ``bits``, the masks packed one after
the other; ``java``, the major version.
"""

import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

VERSION, TYPE, TOP, SUBTYPE, OPTIONS = 4, 6, 8, 48, 50

KINDS = (
    "rectangle",
    "rounded",
    "oval",
    "polygon",
    "polygon_sub_pixel",
    "freehand",
    "far",
    "traced",
    "ellipse",
    "rotated_rectangle",
    "spline",
    "composite",
    "composite_of_blobs",
    "composite_of_curves",
    "without_area",
)


class Maker:
    """One method for each of KINDS; it yields ROIs."""

    def __init__(self, seed: int, scale: int) -> None:
        from jpype import JArray, JByte, JClass, JFloat, JInt

        self.random = np.random.default_rng(seed)
        self.scale = scale
        self.ij = lambda name: JClass("ij." + name)
        self.awt = lambda name: JClass("java.awt." + name)
        self.ints, self.floats = JArray(JInt), JArray(JFloat)
        self.bytes = JArray(JByte)
        self.roi = self.ij("gui.Roi")
        self.shape = self.ij("gui.ShapeRoi")
        self.types = [self.roi.POLYGON, self.roi.FREEROI, self.roi.TRACED_ROI]

    def times(self, count: int) -> range:
        return range(max(count // self.scale, 3))

    def integer(self, low: int, high: int) -> int:
        return int(self.random.integers(low, high))

    def number(self, low: float, high: float) -> float:
        return float(self.random.uniform(low, high))

    # -- boxes

    def rectangle(self) -> Iterator[Any]:
        for i in self.times(60):
            x, y, w, h = self.integer(-20, 50), self.integer(-20, 50), i % 30, i % 7
            yield self.roi(x, y, w, h)
            a, b = self.number(-9, 9), self.number(-9, 9)
            yield self.roi(a, b, self.number(0, 20), self.number(0, 20))

    def rounded(self) -> Iterator[Any]:
        for i in self.times(600):
            w, h = self.integer(1, 60), self.integer(1, 60)
            x, y = self.integer(-20, 50), self.integer(-20, 50)
            roi = self.roi(x, y, w, h, 1 + i % 80)
            if i % 5 == 0:
                roi = self.roi(self.number(-9, 9), self.number(-9, 9), w + 0.3, h + 0.7)
                roi.setCornerDiameter(1 + i % 80)
            yield roi

    def oval(self) -> Iterator[Any]:
        oval = self.ij("gui.OvalRoi")
        step = min(self.scale, 13)
        for w in range(1, 41, step):
            for h in range(1, 41, step):
                yield oval(self.integer(-20, 50), self.integer(-20, 50), w, h)
        for _ in self.times(100):
            w, h = self.number(0, 30), self.number(0, 30)
            yield oval(self.number(-9, 40), self.number(-9, 40), w, h)

    # -- polygons

    def polygon_of(self, x: Any, y: Any, kind: Any) -> Any:
        if np.asarray(x).dtype.kind == "i":
            xs, ys = (self.ints(list(map(int, v))) for v in (x, y))
        else:
            xs, ys = (self.floats(list(map(float, v))) for v in (x, y))
        return self.ij("gui.PolygonRoi")(xs, ys, len(x), kind)

    def vertices(self, sub_pixel: bool) -> tuple[Any, Any]:
        """Random vertices: self-crossing, star-shaped or thin, some off the image."""
        n, form = self.integer(3, 25), self.integer(0, 4)
        dx, dy = self.number(-40, 60), self.number(-40, 60)
        if form == 0:
            x, y = self.random.uniform(0, 40, (2, n))
        elif form == 1:
            angle = np.sort(self.random.uniform(0, 2 * np.pi, n))
            radius = self.random.uniform(3, 30, n)
            x, y = radius * np.cos(angle), radius * np.sin(angle)
        elif form == 2:  # thin
            x = self.random.uniform(0, 60, n)
            y = x * self.number(-2, 2) + self.random.uniform(0, 1.5, n)
        else:  # vertices on pixel centres and edges, some of them twice
            x, y = np.repeat(self.random.integers(0, 30, (2, n)) / 2, 2, axis=1)
            dx, dy = round(dx), round(dy)
        x, y = x + dx, y + dy
        if sub_pixel:
            return x, y
        return np.round(x).astype(int), np.round(y).astype(int)

    def polygon(self) -> Iterator[Any]:
        for _ in self.times(600):
            yield self.polygon_of(*self.vertices(False), self.roi.POLYGON)

    def polygon_sub_pixel(self) -> Iterator[Any]:
        for _ in self.times(1000):
            yield self.polygon_of(*self.vertices(True), self.roi.POLYGON)

    def freehand(self) -> Iterator[Any]:
        for i in self.times(400):
            angle = np.linspace(0, 2 * np.pi, self.integer(8, 200), endpoint=False)
            wave = 1 + 0.3 * np.sin(angle * self.integer(1, 9))
            radius = self.number(2, 40) * wave + self.random.uniform(0, 1, len(angle))
            x = radius * np.cos(angle) + self.number(-10, 60)
            y = radius * np.sin(angle) + self.number(-10, 60)
            if i % 2:
                x, y = np.round(x).astype(int), np.round(y).astype(int)
            yield self.polygon_of(x, y, self.roi.FREEROI)

    def far(self) -> Iterator[Any]:
        """Large coordinates and long edges, where rounding errors add up."""
        for i in self.times(40):
            x, y = self.random.uniform(0, 1500 / self.scale, (2, 3 + i % 5))
            x, y = x + self.number(0, 50_000), y + self.number(0, 50_000)
            if i % 2:
                x, y = x.astype(int), y.astype(int)
            yield self.polygon_of(x, y, self.types[i % 2])
        for i in self.times(10):
            yield self.roi(33_000 + i, 40_000, 5 + i, 6, i)

    def blobs(self) -> Any:
        """Return a 60×50 8-bit image of random blobs with holes, 255 on 0."""
        noise = self.random.uniform(size=(50, 60))
        smooth = sum(np.roll(noise, (i, j), (0, 1)) for i in range(4) for j in range(4))
        pixels = np.where(smooth > np.median(smooth), 255, 0).astype(np.uint8)
        ip = self.ij("process.ByteProcessor")(60, 50)
        ip.setPixels(self.bytes(pixels.tobytes()))
        return ip

    def traced(self) -> Iterator[Any]:
        for i in self.times(300):
            ip = self.blobs()
            wand = self.ij("gui.Wand")(ip)
            x, y = self.integer(0, 60), self.integer(0, 50)
            mode = [wand.LEGACY_MODE, wand.FOUR_CONNECTED, wand.EIGHT_CONNECTED][i % 3]
            wand.autoOutline(x, y, float(ip.getf(x, y)), float(ip.getf(x, y)), mode)
            roi = self.ij("gui.PolygonRoi")(
                wand.xpoints, wand.ypoints, wand.npoints, self.roi.TRACED_ROI
            )
            roi.setLocation(*map(float, self.random.integers(-30, 40, 2)))
            yield roi

    def ellipse(self) -> Iterator[Any]:
        for _ in self.times(500):
            x1, y1, x2, y2 = (self.number(-30, 60) for _ in range(4))
            yield self.ij("gui.EllipseRoi")(x1, y1, x2, y2, self.number(0, 1))
        for d in range(1, 40, min(self.scale, 20)):
            yield self.ij("gui.EllipseRoi")(0.0, 20.0, float(d), 20.0, 0.5)

    def rotated_rectangle(self) -> Iterator[Any]:
        rotated = self.ij("gui.RotatedRectRoi")
        for _ in self.times(500):
            x1, y1, x2, y2 = (self.number(-30, 60) for _ in range(4))
            yield rotated(x1, y1, x2, y2, self.number(0, 40))
        for d in range(1, 40, min(self.scale, 20)):
            yield rotated(5.0, 5.0, 5.0 + d, 5.0 + d // 2, float(d))

    def spline(self) -> Iterator[Any]:
        for i in self.times(500):
            x, y = self.vertices(sub_pixel=i % 2 == 1)
            kind = self.types[i % 3]
            if i % 7 == 0:  # along pixel edges: ImageJ measures it as if it was traced
                x, y = [0, 20, 20, 8, 8, 0], [0, 0, 30, 30, 14, 14]
                x, y = np.add(x, self.integer(-5, 9)), np.add(y, self.integer(-5, 9))
                x, y = (x, y) if i % 2 else (x.astype(float), y.astype(float))
            if i % 4 == 0:  # long enough for more than the least number of points
                x, y = 5 * x, 5 * y
            roi = self.polygon_of(x, y, kind)
            roi.fitSpline()
            yield roi
        for i in self.times(60):
            x1, y1, x2, y2 = (self.number(-30, 60) for _ in range(4))
            kind = "gui.EllipseRoi" if i % 2 else "gui.RotatedRectRoi"
            roi = self.ij(kind)(x1, y1, x2, y2, 0.4 if i % 2 else 25.0)
            roi.fitSpline()
            yield roi

    # -- composites

    def any_area(self) -> Any:
        choice = self.integer(0, 5)
        x, y = self.integer(-20, 60), self.integer(-20, 60)
        if choice == 0:
            return self.roi(x, y, self.integer(1, 40), self.integer(1, 40))
        if choice == 1:
            arc = self.integer(0, 30)
            return self.roi(x, y, self.integer(1, 40), self.integer(1, 40), arc)
        if choice == 2:
            w, h = self.integer(1, 40), self.integer(1, 40)
            return self.ij("gui.OvalRoi")(x, y, w, h)
        kind = self.types[self.integer(0, 2)]
        return self.polygon_of(*self.vertices(sub_pixel=choice == 3), kind)

    def composite(self) -> Iterator[Any]:
        for i in self.times(800):
            roi = self.shape(self.any_area())
            for _ in range(1 + i % 3):
                operation = ["or_", "and_", "xor", "not_"][self.integer(0, 4)]
                other = self.shape(self.any_area())
                roi = getattr(roi, operation)(other)
            yield roi

    def composite_of_blobs(self) -> Iterator[Any]:
        selection = self.ij("plugin.filter.ThresholdToSelection")
        for _ in self.times(60):
            ip = self.blobs()
            ip.setThreshold(255.0, 255.0, ip.NO_LUT_UPDATE)
            roi = selection().convert(ip)
            roi.setLocation(*map(float, self.random.integers(-30, 40, 2)))
            yield roi

    def composite_of_curves(self) -> Iterator[Any]:
        for i in self.times(300):
            path = self.awt("geom.GeneralPath")(i % 2)
            for _ in range(1 + i % 3):
                c = [self.number(-20, 60) for _ in range(14)]
                path.moveTo(c[0], c[1])
                path.curveTo(*c[2:8])
                path.quadTo(*c[8:12])
                if i % 5:
                    path.lineTo(*c[12:14])
                if i % 4:
                    path.closePath()
                if i % 11 == 0:
                    path.lineTo(*c[4:6])
            yield self.shape(path)
        for _ in self.times(200):
            x, y, w, h = (self.number(1, 40) for _ in range(4))
            yield self.shape(self.awt("geom.Ellipse2D").Double(x, y, w, h))
            yield self.shape(self.awt("geom.RoundRectangle2D").Double(x, y, w, h, h, w))

    # -- what RoiDecoder makes of other versions and options

    def without_area(self) -> Iterator[Any]:
        line = self.ij("gui.Line")(1, 2, 30, 40)
        line.setStrokeWidth(5)
        yield line
        yield self.ij("gui.Arrow")(1.0, 2.0, 30.0, 40.0)
        x, y = np.array([1, 20, 5]), np.array([3, 4, 30])
        for kind in (self.roi.POLYLINE, self.roi.FREELINE, self.roi.ANGLE):
            yield self.polygon_of(x, y, kind)
        yield self.ij("gui.PointRoi")(self.ints([3, 4]), self.ints([5, 6]), 2)


def other_headers(files: list[bytes], random: Any) -> Iterator[bytes]:
    """Files whose version, options, subtype or bounds are not those ImageJ writes."""
    for file in files:
        data = bytearray(file)
        struct.pack_into(">h", data, VERSION, int(random.integers(215, 230)))
        (options,) = struct.unpack_from(">h", data, OPTIONS)
        for option in (1, 128):
            if random.uniform() < 0.3:
                options ^= option
        struct.pack_into(">h", data, OPTIONS, options)
        if random.uniform() < 0.2:
            struct.pack_into(">h", data, SUBTYPE, int(random.choice([0, 3, 5])))
        if random.uniform() < 0.2:
            data[TYPE] = int(random.integers(0, 12))
        if random.uniform() < 0.2:
            corner = random.choice([-6000, -5001, -5000, -4999, -1, 0, 7, 32767], 2)
            bounds = np.append(corner, corner + random.integers(-3, 20, 2))
            data[TOP : TOP + 8] = bounds.astype(">i2").tobytes()  # wraps
        yield bytes(data)


def selected(data: bytes) -> tuple[int, tuple[int, int, int, int], Any]:
    """State, bounds and mask of a .roi file as ImageJ reads it."""
    from jpype import JArray, JByte, JClass, JException

    try:
        roi = JClass("ij.io.RoiDecoder")(JArray(JByte)(data), "").getRoi()
        if roi is None or not roi.isArea():
            return 0, (0, 0, 0, 0), None
        r, mask = roi.getBounds(), roi.getMask()
    except JException:
        return 0, (0, 0, 0, 0), None
    bounds = (int(r.x), int(r.y), int(r.width), int(r.height))
    if mask is None:
        return 2, bounds, None
    return 1, bounds, np.array(mask.getPixels(), dtype=np.int8) != 0


def main(folder: str, seed: str = "1", scale: str = "1") -> None:
    from jpype import JArray, JByte, JClass

    maker = Maker(int(seed), int(scale))
    files: dict[str, bytes] = {}
    encoder = JClass("ij.io.RoiEncoder")
    for kind in KINDS:
        for i, roi in enumerate(getattr(maker, kind)()):
            if roi is not None and (roi.getType() != 9 or roi.getShape() is not None):
                files[f"{kind}-{i:04}"] = bytes(encoder.saveAsByteArray(roi))
    some = [data for data in files.values() if len(data) < 3000]
    chosen = maker.random.permutation(len(some))[: 2000 // int(scale)]
    changed = other_headers([some[i] for i in chosen], maker.random)
    for i, data in enumerate(changed):
        files[f"header-{i:04}"] = data

    zipped = JClass("java.util.zip.ZipOutputStream")(
        JClass("java.io.FileOutputStream")(str(Path(folder) / "RoiSet.zip"))
    )
    state, bounds, bits = [], [], []
    for name, data in files.items():
        zipped.putNextEntry(JClass("java.util.zip.ZipEntry")(name + ".roi"))
        zipped.write(JArray(JByte)(data))
        one, box, mask = selected(data)
        state.append(one)
        bounds.append(box)
        if mask is not None:
            bits.append(np.packbits(mask))
    zipped.close()
    java = JClass("java.lang.System").getProperty("java.specification.version")
    np.savez_compressed(
        Path(folder) / "masks.npz",
        names=np.array(list(files)),
        state=np.array(state, dtype=np.uint8),
        bounds=np.array(bounds, dtype=np.int32),
        bits=np.concatenate(bits),
        java=int(str(java).split(".")[-1]),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])

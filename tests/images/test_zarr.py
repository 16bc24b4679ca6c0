"""OME-Zarr and plain Zarr: names, sizes, and chunks that are absent or damaged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from similij import ImageError
from similij.images.formats.choose import open_image
from similij.images.formats.reading import Wanted
from similij.images.image import Image

zarr = pytest.importorskip("zarr", minversion="3")
numcodecs = pytest.importorskip("numcodecs")

RNG = np.random.default_rng(46)
PIXELS = RNG.integers(1, 4000, (3, 20, 30)).astype(np.uint16)
BOTH = pytest.mark.parametrize("most", [0, 1e9])
VERSIONS = pytest.mark.parametrize("version", [2, 3])


def array(path: Path, pixels: np.ndarray = PIXELS, version: int = 3, **options) -> Path:
    options = {"chunks": (1, 8, 8), **options}
    made = zarr.create_array(
        path, shape=pixels.shape, dtype=pixels.dtype, zarr_format=version, **options
    )
    made[:] = pixels
    return path


def chunk_files(path: Path) -> list[Path]:
    names = ("zarr.json", ".zarray", ".zattrs", ".zgroup")
    return sorted(f for f in path.rglob("*") if f.is_file() and f.name not in names)


def ome(
    path: Path,
    axes: str | list[dict[str, str]],
    *levels: np.ndarray,
    version: int = 3,
    more: dict[str, Any] | None = None,
    scale: list[float] | None = None,
) -> Path:
    """Write an OME-Zarr image of 0.4 (Zarr 2) or 0.5."""
    group = zarr.create_group(path, zarr_format=version)
    ndim = levels[0].ndim
    datasets = []
    for k, pixels in enumerate(levels):
        group.create_array(f"s{k}", data=pixels, chunks=pixels.shape)
        steps = [s * 2**k for s in scale or [1.0] * ndim]
        datasets.append(
            {
                "path": f"s{k}",
                "coordinateTransformations": [{"type": "scale", "scale": steps}],
            }
        )
    if isinstance(axes, str):
        axes = [{"name": name} for name in axes]
    about = {"multiscales": [{"axes": axes, "datasets": datasets}], **(more or {})}
    group.attrs.update({"ome": {"version": "0.5", **about}} if version == 3 else about)
    return path


def pixels_of(image: Image) -> np.ndarray:
    return np.asarray(image.pixels)


@BOTH
@VERSIONS
@pytest.mark.parametrize("dtype", ["u1", "<u2", ">i4", "f4", "<f8", "?"])
@pytest.mark.parametrize("compressors", [None, "auto"])
def test_whole_and_in_parts(dtype, version, compressors, most, tmp_path: Path) -> None:
    pixels = PIXELS.astype(dtype)
    path = array(tmp_path / "a.zarr", pixels, version, compressors=compressors)
    image = open_image(path, Wanted(most=most))
    assert image.is_lazy == (most == 0)
    assert image.axes == ("axis_0", "y", "x")
    assert np.array_equal(pixels_of(image), pixels)
    assert not image.provenance.notes


@VERSIONS
def test_axes_keep_their_names(version: int, tmp_path: Path) -> None:
    units = {"t": "second", "z": "micrometer", "y": "micrometer", "x": "micrometer"}
    axes = [{"name": n, "unit": units.get(n, "")} for n in ("t", "Lifetime", *"zyx")]
    pixels = RNG.integers(0, 9, (2, 3, 4, 5, 6)).astype(np.uint8)
    path = ome(
        tmp_path / "a.zarr", axes, pixels, version=version, scale=[30, 1, 2, 0.5, 0.5]
    )
    image = open_image(path)
    assert image.axes == ("t", "Lifetime", "z", "y", "x")
    assert image.calibration.pixel_size == (0.5, 0.5, 2)
    assert image.calibration.frame_s == 30
    assert np.array_equal(image.pixels, pixels)
    level = open_image(path / "s0")
    assert (level.title, level.axes) == ("s0", image.axes)
    words = ome(tmp_path / "b.zarr", [{"name": n} for n in ("Z", "row", "col")], PIXELS)
    assert open_image(words).axes == ("z", "y", "x")
    named = array(tmp_path / "c", dimension_names=("Frequency", "y", "x"))
    assert open_image(named).axes == ("Frequency", "y", "x")
    old = array(tmp_path / "d", version=2)
    (old / ".zattrs").write_text('{"_ARRAY_DIMENSIONS": ["t", "y", "x"]}')
    assert open_image(old).axes == ("t", "y", "x")


@VERSIONS
def test_levels_channels_and_labels(version: int, tmp_path: Path) -> None:
    fine, coarse = PIXELS, PIXELS[:, ::2, ::2]
    omero = {"channels": [{"label": name} for name in ("DAPI", "GFP", "RFP")]}
    path = ome(
        tmp_path / "a.zarr", "cyx", fine, coarse, version=version, more={"omero": omero}
    )
    ome(path / "labels" / "cells", "yx", PIXELS[0], version=version)
    image = open_image(path)
    assert image.channels == ("DAPI", "GFP", "RFP")
    assert "has label images: cells" in image.provenance.remarks[0]
    level = open_image(path, Wanted(level=1))
    assert np.array_equal(level.pixels, coarse)
    assert level.provenance.level == 1
    with pytest.raises(ImageError, match=r"has 2 levels, 0 .* to 1: level 2 is not"):
        open_image(path, Wanted(level=2))
    labels = open_image(path / "labels" / "cells", Wanted(indices=True))
    assert np.array_equal(labels.pixels, PIXELS[0])
    for channels in ([{"label": "DAPI"}], [{}, {}, {}], "no", None, [1, 2, 3]):
        other = ome(
            tmp_path / f"b{version}{len(str(channels))}.zarr",
            "cyx",
            fine,
            version=version,
            more={"omero": {"channels": channels}},
        )
        assert open_image(other).channels == ()


@BOTH
@VERSIONS
@pytest.mark.parametrize("fill", [0, 7])
def test_absent_chunks_are_counted(version, fill, most, tmp_path: Path) -> None:
    path = array(tmp_path / "a.zarr", version=version, fill_value=fill)
    files = chunk_files(path)
    assert len(files) == 3 * 3 * 4
    (path / "notes.txt").write_text("beside")
    for k, file in enumerate((files[5], files[17], files[0]), start=1):
        file.unlink()
        image = open_image(path, Wanted(most=most))
        verb = "is" if k == 1 else "are"
        assert image.provenance.notes == (
            f"has {k} of 36 chunks that {verb} absent and read as {fill}",
        )
        # Each is 8×8, but for those that the edges cut.
        assert (pixels_of(image) == fill).sum() >= k * 8
    for file in chunk_files(path):
        if file.name != "notes.txt":
            file.unlink()
    image = open_image(path, Wanted(most=most))
    assert image.provenance.notes == (
        f"has no pixels of its own, they are all read as {fill}",
    )


@BOTH
@pytest.mark.parametrize("options", [{}, {"shards": (1, 16, 24)}])
def test_what_is_there_beside_absent_chunks(most, options, tmp_path: Path) -> None:
    path = array(tmp_path / "a.zarr", fill_value=9, **options)
    height, width = options.get("shards", (1, 8, 8))[1:]
    expected = PIXELS.copy()
    for z, y, x in ((0, 0, 0), (1, 1, 1), (2, 0, 1)):
        (path / "c" / str(z) / str(y) / str(x)).unlink()
        rows = slice(y * height, (y + 1) * height)
        expected[z, rows, x * width : (x + 1) * width] = 9
    image = open_image(path, Wanted(most=most))
    assert np.array_equal(pixels_of(image), expected)
    part = (slice(1, 3), slice(3, 17), slice(5, 29))
    assert np.array_equal(np.asarray(image.pixels[part]), expected[part])


def test_absent_chunks_of_any_naming(tmp_path: Path) -> None:
    for k, (version, encoding) in enumerate(
        (
            (2, {"name": "v2", "separator": "."}),
            (2, {"name": "v2", "separator": "/"}),
            (3, {"name": "v2", "separator": "."}),
            (3, {"name": "default", "separator": "."}),
            (3, {"name": "default", "separator": "/"}),
        )
    ):
        path = array(
            tmp_path / f"{k}.zarr", version=version, chunk_key_encoding=encoding
        )
        assert not open_image(path).provenance.notes
        chunk_files(path)[7].unlink()
        assert "has 1 of 36 chunks" in open_image(path).provenance.notes[0]


@BOTH
def test_shards(most: float, tmp_path: Path) -> None:
    pixels = PIXELS.copy()
    pixels[0, :8, :8] = 0  # a chunk of only the fill value is not written
    path = array(tmp_path / "a.zarr", pixels, shards=(1, 16, 16))
    image = open_image(path, Wanted(most=most))
    assert np.array_equal(pixels_of(image), pixels)
    assert "has 1 of 36 chunks that is absent" in image.provenance.notes[0]
    files = chunk_files(path)
    assert len(files) == 3 * 2 * 2
    files[0].unlink()  # with the one that was absent
    notes = open_image(path, Wanted(most=most)).provenance.notes
    assert notes == ("has 4 of 36 chunks that are absent and read as 0",)
    content = files[-1].read_bytes()
    files[-1].write_bytes(content[:-20])
    where = files[-1].relative_to(path).as_posix()
    with pytest.raises(ImageError, match=f"its file {where} cannot be read"):
        pixels_of(open_image(path, Wanted(most=most)))


@BOTH
@VERSIONS
@pytest.mark.parametrize(
    ("compressors", "damage"),
    [
        (None, "shorter"),
        (None, "longer"),
        (None, "empty"),
        ("auto", "shorter"),
        ("auto", "empty"),
        ("auto", "other"),
    ],
)
def test_a_damaged_chunk_is_named(
    version, compressors, damage, most, tmp_path: Path
) -> None:
    path = tmp_path / "a.zarr"
    group = ome(path, "zyx", PIXELS[:1, :2, :2], version=version)
    array(path / "s1", version=version, compressors=compressors)
    place = path / ("zarr.json" if version == 3 else ".zattrs")
    place.write_text(place.read_text("utf-8").replace("s0", "s1"))
    file = chunk_files(group / "s1")[13]
    content = file.read_bytes()
    file.write_bytes(
        {
            "shorter": content[: len(content) // 2],
            "longer": content + content,
            "empty": b"",
            "other": bytes(b ^ 0x55 for b in content),
        }[damage]
    )
    where = file.relative_to(path).as_posix()
    sentence = f'^"a.zarr" is damaged: the chunk in its file {where} cannot be read'
    for name in (path, path / "s1"):
        with pytest.raises(ImageError, match=sentence) as caught:
            pixels_of(open_image(name, Wanted(most=most)))
        assert "\n" not in str(caught.value)


def changed(path: Path, change: Any, name: str = "zarr.json") -> Path:
    place = path / name
    about = json.loads(place.read_text("utf-8"))
    change(about)
    place.write_text(json.dumps(about))
    return path


def set_to(value: Any, *keys: Any) -> Any:
    def change(about: Any) -> None:
        for key in keys[:-1]:
            about = about[key]
        about[keys[-1]] = value

    return change


GRID = ("chunk_grid", "configuration", "chunk_shape")
SCALES = ("attributes", "ome", "multiscales", 0)


@pytest.mark.parametrize(
    "change",
    [
        set_to([-3, 20, 30], "shape"),
        set_to([0, 20, 30], "shape"),
        set_to([3, 20], "shape"),
        set_to("big", "shape"),
        set_to([10**6, 10**6, 10**6], "shape"),
        set_to([1, 8], *GRID),
        set_to([0, 8, 8], *GRID),
        set_to([1, 8, -8], *GRID),
        set_to([1, 7, 8], *GRID),
        set_to([3, 2000, 3000], *GRID),
        set_to("complex64", "data_type"),
        set_to("float64", "data_type"),
        set_to("nonsense", "data_type"),
        set_to([], "codecs"),
        set_to([{"name": "nonsense"}], "codecs"),
        set_to("1", "zarr_format"),
        set_to({"name": "nonsense"}, "chunk_key_encoding"),
    ],
)
def test_metadata_of_arrays_that_lie(change, tmp_path: Path) -> None:
    path = changed(array(tmp_path / "a.zarr"), change)
    with pytest.raises(ImageError, match=r'^"a.zarr" .*\.$') as caught:
        pixels_of(open_image(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (set_to("no", *SCALES[:3]), "metadata .multiscales. that are not those of an"),
        (set_to([], *SCALES, "datasets"), "has 0 levels"),
        (set_to([{}], *SCALES, "datasets"), "KeyError: 'path'"),
        (
            set_to("gone", *SCALES, "datasets", 0, "path"),
            "has no array gone, which its",
        ),
        (set_to("../b", *SCALES, "datasets", 0, "path"), r'"a.zarr" '),
        (set_to([{"name": "y"}], *SCALES, "axes"), r"names 1 axes \(y\) and its array"),
        (set_to([{"name": "y"}] * 3, *SCALES, "axes"), "has the axis y twice"),
        (set_to([{}] * 3, *SCALES, "axes"), "KeyError: 'name'"),
        (set_to(3, *SCALES, "axes"), "TypeError"),
        (set_to([], "attributes"), r'"a.zarr" '),
        (set_to({}, "attributes"), "is a Zarr group|cannot be read|axis_0"),
    ],
)
def test_metadata_of_images_that_lie(change, sentence: str, tmp_path: Path) -> None:
    path = changed(ome(tmp_path / "a.zarr", "zyx", PIXELS), change)
    if sentence.endswith("axis_0"):  # the only array of a group that says nothing
        assert open_image(path).axes == ("axis_0", "y", "x")
        return
    with pytest.raises(ImageError, match=sentence) as caught:
        open_image(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "scale", [[0, 0, 0], [-1, 2, 3], ["x", 1, 1], [1, 1], [float("nan")] * 3, None]
)
def test_scales_that_mean_nothing(scale, tmp_path: Path) -> None:
    axes = [{"name": name, "unit": "micrometer"} for name in "zyx"]
    path = ome(tmp_path / "a.zarr", axes, PIXELS)
    place = (*SCALES, "datasets", 0, "coordinateTransformations", 0, "scale")
    changed(path, set_to(scale, *place))
    try:
        image = open_image(path)
    except ImageError as error:
        assert "that are not those of an OME-Zarr image" in str(error)
    else:
        size = image.calibration.pixel_size
        assert size is None or min(size) > 0


@BOTH
def test_storage_transformers_are_refused(most, tmp_path: Path) -> None:
    """The library overlooks them where it opens the group around."""
    path = ome(tmp_path / "a.zarr", "yx", PIXELS[0])
    changed(path / "s0", set_to([{"name": "mine"}], "storage_transformers"))
    with pytest.raises(ImageError, match=r'"a\.zarr" .*storage transformers'):
        open_image(path, Wanted(most=most))


@pytest.mark.parametrize("version", [2, 3])
def test_small_chunks_come_together(version: int, tmp_path: Path) -> None:
    """A task of dask for each of half a million of them took longer than a minute."""
    path = array(tmp_path / "a.zarr", PIXELS, version)
    name = "zarr.json" if version == 3 else ".zarray"
    changed(path, set_to([3, 20, 400_000], "shape"), name)
    image = open_image(path, Wanted(most=0))
    assert image.pixels.npartitions <= 10_000
    assert np.array_equal(np.asarray(image.pixels[..., :30]), PIXELS)
    assert not np.asarray(image.pixels[..., 32:]).any()


@BOTH
@VERSIONS
def test_blosc_is_not_read_past_its_end(most, version, tmp_path: Path) -> None:
    """What lay behind it in memory was taken for pixels, or the process died."""
    options: dict[str, Any] = {"compressors": zarr.codecs.BloscCodec()}
    if version == 2:
        options = {"compressors": numcodecs.Blosc()}
    path = array(tmp_path / "a.zarr", version=version, **options)
    image = open_image(path, Wanted(most=most))
    assert np.array_equal(np.asarray(image.pixels), PIXELS)
    file = chunk_files(path)[4]
    whole = file.read_bytes()
    forged = whole[:4] + (2**31 - 9).to_bytes(4, "little") + whole[8:]
    for content in (whole[:-1], whole[: len(whole) // 2], whole[:9], b"", forged):
        file.write_bytes(content)
        with pytest.raises(ImageError, match=rf"its file {file.relative_to(path)} "):
            np.asarray(open_image(path, Wanted(most=most)).pixels)


@BOTH
def test_blosc_in_shards_is_not_read_past_its_end(most, tmp_path: Path) -> None:
    path = array(
        tmp_path / "a.zarr", shards=(1, 16, 16), compressors=zarr.codecs.BloscCodec()
    )
    assert np.array_equal(np.asarray(open_image(path).pixels), PIXELS)
    file = chunk_files(path)[1]
    content = bytearray(file.read_bytes())
    start = int.from_bytes(content[-68:-60], "little")  # the index, and its checksum
    packed = int.from_bytes(content[start + 12 : start + 16], "little")
    content[start + 12 : start + 16] = (packed + 5000).to_bytes(4, "little")
    file.write_bytes(content)
    with pytest.raises(ImageError, match=f"{packed + 5000} bytes are announced"):
        np.asarray(open_image(path, Wanted(most=most)).pixels)


@BOTH
@pytest.mark.parametrize("codec", [zarr.codecs.ZstdCodec(), zarr.codecs.BloscCodec()])
@pytest.mark.parametrize("kept", [0, 1, 30])
def test_a_shard_that_lost_its_bytes(kept, codec, most, tmp_path: Path) -> None:
    """Of 0 bytes the library takes it for one that is absent, and its pixels for 0."""
    path = array(tmp_path / "a.zarr", shards=(1, 16, 16), compressors=codec)
    file = chunk_files(path)[1]
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(ImageError, match=rf"its file {file.relative_to(path)} "):
        np.asarray(open_image(path, Wanted(most=most)).pixels)


def test_absent_chunks_are_not_looked_for(tmp_path: Path) -> None:
    path = array(tmp_path / "a.zarr", PIXELS, fill_value=3)
    changed(path, set_to([3, 20, 400_000], "shape"))
    image = open_image(path, Wanted(most=1e9))
    expected = np.full((3, 20, 400_000), 3, np.uint16)
    expected[:, :, :30] = PIXELS
    expected[:, :, 30:32] = 3
    assert np.array_equal(np.asarray(image.pixels), expected)


def test_much_is_announced_and_little_is_there(tmp_path: Path) -> None:
    path = array(tmp_path / "a.zarr", PIXELS)
    changed(path, set_to([3, 4000, 4000], "shape"))
    image = open_image(path)  # whatever memory is allowed
    assert image.is_lazy
    absent = 3 * 500 * 500 - 36
    assert f"has {absent} of 750000 chunks" in image.provenance.notes[0]
    assert np.array_equal(np.asarray(image.pixels[:, :16, :24]), PIXELS[:, :16, :24])
    changed(path, set_to([3, 10**7, 10**7], "shape"))
    with pytest.raises(ImageError, match=r"chunks, and 36 of these are there"):
        open_image(path)


@VERSIONS
def test_no_value_for_what_is_absent(version: int, tmp_path: Path) -> None:
    path = array(tmp_path / "a.zarr", version=2, fill_value=None)
    assert not open_image(path).provenance.notes
    chunk_files(path)[3].unlink()
    with pytest.raises(
        ImageError, match=r"1 of 36 chunks that are absent, and its met"
    ):
        open_image(path)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    path = array(tmp_path / "a.zarr", version=2, compressors=None)
    for change in (
        set_to([{"id": "pickle", "protocol": 4}], "filters"),
        set_to({"id": "pickle", "protocol": 4}, "compressor"),
    ):
        changed(path, change, ".zarray")
        with pytest.raises(ImageError, match=r"pickle"):
            open_image(path)


@VERSIONS
@pytest.mark.parametrize("count", [1, 3, 12])
def test_series_of_bioformats2raw(version: int, count: int, tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    group = zarr.create_group(path, zarr_format=version)
    layout = {"bioformats2raw.layout": 3}
    group.attrs.update({"ome": layout} if version == 3 else layout)
    images = RNG.integers(0, 99, (count, 4, 5)).astype(np.uint8)
    for k, pixels in enumerate(images):
        ome(path / str(k), "yx", pixels, version=version)
    for k in range(count):
        image = open_image(path, Wanted(series=k + 1))
        assert np.array_equal(image.pixels, images[k])
        assert image.title == "a.zarr"
        assert image.provenance.series == (f"{k + 1} of {count}" if count > 1 else "")
    with pytest.raises(ImageError, match=f"series {count + 1} is not among them"):
        open_image(path, Wanted(series=count + 1))
    if count > 1:
        with pytest.raises(ImageError, match=rf"{count} images: choose one .*a.zarr/0"):
            open_image(path)
        names = [str(k) for k in range(count)][::-1]
        sub = zarr.create_group(path / "OME", zarr_format=version)
        sub.attrs.update(
            {"ome": {"series": names}} if version == 3 else {"series": names}
        )
        assert np.array_equal(open_image(path, Wanted(series=1)).pixels, images[-1])
    else:
        assert np.array_equal(open_image(path).pixels, images[0])


def test_refusals(tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    group = zarr.create_group(path)
    with pytest.raises(ImageError, match=r"no image; in it there is: nothing"):
        open_image(path)
    group.create_array("one", data=PIXELS, chunks=(1, 8, 8))
    assert np.array_equal(open_image(path).pixels, PIXELS)
    group.create_array("two", data=PIXELS, chunks=(1, 8, 8))
    with pytest.raises(ImageError, match=r"no image; in it there is: one, two. Give"):
        open_image(path)
    group.attrs["ome"] = {"plate": {"wells": [{"path": "B/3"}, {"path": "C/4"}]}}
    with pytest.raises(ImageError, match=r"plate of 2 wells: .* as a.zarr/B/3/0"):
        open_image(path)
    with pytest.raises(ImageError, match=r"level 1 is not"):
        open_image(path / "one", Wanted(level=1))
    with pytest.raises(ImageError, match=r"series 2 is not"):
        open_image(path / "one", Wanted(series=2))
    (path / "zarr.json").write_text("{")
    with pytest.raises(ImageError, match=r'^"a.zarr" cannot be read'):
        open_image(path)
    shutil.rmtree(path)
    path.mkdir()
    with pytest.raises(ImageError, match=r"is a folder, not a file, and no Zarr store"):
        open_image(path)

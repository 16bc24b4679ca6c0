"""Files of every kind are what ImageJ opens, or are refused, or a note says why not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import own_writers as own
from file_zoo import Specimen, zoo
from format_table import BOTH, ONLY_IMAGEJ, Line, known_facts, lines, plane_by_plane
from support import Shell

ZOO = zoo()
NAMES = [one.name for one in ZOO]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("zoo")


@pytest.fixture(scope="module")
def table(folder: Path) -> dict[str, Line]:
    return {line.specimen.name: line for line in lines(folder)}


@pytest.mark.parametrize("name", NAMES)
def test_pixels_are_those_written(name: str, table: dict[str, Line]) -> None:
    line = table[name]
    one = line.specimen
    if one.values is None:
        assert line.image is None
        assert line.refusal.startswith(f'"{name}" ')
        assert "\n" not in line.refusal
        return
    assert line.image is not None, line.refusal
    expected = plane_by_plane(one.values, one.axes)
    found = plane_by_plane(line.image.pixels, line.image.axes)
    assert found.dtype.newbyteorder("=") == expected.dtype.newbyteorder("=")
    assert np.array_equal(found, expected, equal_nan=found.dtype.kind == "f")
    if line.image.is_named:
        assert {*line.image.axes} == {*one.axes}
    notes = "; ".join(line.image.provenance.notes)
    assert (one.says in notes) if one.says else (notes == "")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_what_imagej_opens_or_is_told(name: str, table: dict[str, Line]) -> None:
    line = table[name]
    # A reason where there is none is as wrong as none where one is due.
    assert line.agrees == (line.specimen.differs == "")


def known(one: Specimen, folder: Path) -> str:
    """Write the values that a file is known to hold, by hand or by NumPy."""
    axes, values = one.axes, one.values
    if axes.endswith("s"):
        pages = [own.page(p) for p in values.reshape(-1, *values.shape[-3:])]
        path = folder / f"{one.name}_known.tif"
        path.write_bytes(own.tiff(pages))
        return path.name
    if axes == "yxc":
        values = np.moveaxis(values, -1, 0)
    path = folder / f"{one.name}_known.npy"
    np.save(path, values)
    return path.name


@pytest.mark.parametrize("one", ZOO, ids=NAMES)
def test_shell_compares_it_with_what_is_known(
    one: Specimen,
    folder: Path,
    table: dict[str, Line],
    shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder)
    if one.values is None:
        commands = [["info", one.name], ["compare", one.name, one.name]]
        for command in commands["complex" in one.words :]:
            code, out, err = shell(*command)
            assert (code, err.count("\n")) == (1, 1)
            assert f'"{one.name}" ' in err
            assert out in ("", "[]\n")
        return
    code, out, err = shell("info", one.name, "--format", "json")
    assert (code, err) == (0, "")
    (record,) = json.loads(out)
    own_type = one.values.dtype.newbyteorder("=")
    assert np.dtype(record["type"]).newbyteorder("=") == own_type
    sizes = dict(zip(one.axes, one.values.shape, strict=True))
    of_plane = {f"{axis} {sizes[axis]}" for axis in "yx"}
    assert of_plane <= {*record["axes"].split(", ")}
    planes = int(np.prod([n for axis, n in sizes.items() if axis not in "yxs"]))
    assert int(record["planes"]) == planes or "s" in sizes
    args = ["compare", one.name, known(one, folder), "--format", "json"]
    if "s" in sizes:
        code, _, err = shell(*args)
        assert (code, "color" in err) == (1, True)
        args += ["--color", "channels"]
    code, out, err = shell(*args)
    assert code == 0, err
    rows: list[dict[str, Any]] = json.loads(out)["rows"]
    finite = np.isfinite(one.values)
    assert sum(row["n"] for row in rows) == np.count_nonzero(finite)
    assert all(row["rmsd"] == row["mean_difference"] == 0 for row in rows)
    notes = "; ".join(row["note"] for row in rows)
    assert one.says in notes


def test_every_file_was_given_to_imagej() -> None:
    facts = known_facts()
    expected = {one.name for one in ZOO if not one.unasked and ".zarr" not in one.name}
    assert {*facts} == expected, "run tools/docs_formats.py"


def test_there_are_files_of_all_kinds(table: dict[str, Line]) -> None:
    assert len(ZOO) > 150
    assert len({*NAMES}) == len(NAMES)
    shapes = {
        one.values.shape[:2]
        for one in ZOO
        if one.axes == "yx" and one.values is not None
    }
    assert all(y != x for y, x in shapes)
    agreements = [line.agreement for line in table.values()]
    assert agreements.count("values") > 80
    assert agreements.count(BOTH) >= 8
    assert agreements.count(ONLY_IMAGEJ) >= 15

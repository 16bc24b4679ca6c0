"""All pairs on workers of dask: the same numbers, of files that only they read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
import xarray as xr

import similij
from similij import pairwise

pytestmark = pytest.mark.slow


@pytest.fixture
def small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("similij.matrix.stack.TILE", 1)
    monkeypatch.setattr("similij.matrix.stack._SHORTEST", 300)


@pytest.mark.usefixtures("small_tiles")
def test_the_same_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(4)
    scene = draw.random((60, 50))
    files: dict[str, list[Path]] = {}
    for dtype, high in (("uint8", 250), ("uint16", 4000), ("float32", 1.0)):
        for k in range(5):
            image = (high * (0.7 * scene + 0.3 * draw.random(scene.shape))).astype(
                dtype
            )
            if k == 4 and dtype == "float32":
                image[7, 9] = np.nan
            file = tmp_path / f"{dtype} {k}.tif"
            # one is decoded by whoever reads it, the others are mapped
            tifffile.imwrite(file, image, compression="zlib" if k == 1 else None)
            files.setdefault(dtype, []).append(file)
    monkeypatch.chdir(tmp_path)
    mask = scene > 0.2
    here = {d: pairwise(given, mask=mask) for d, given in files.items()}
    with similij.cluster(workers=2, memory_limit="1 GB") as place:
        for dtype, given in files.items():
            done: list[int] = []
            object.__setattr__(
                place, "progress", lambda k, _, done=done: done.append(k)
            )
            found = pairwise([file.name for file in given], mask=mask)
            found["file"] = here[dtype]["file"]  # whole paths are those of workers only
            assert done == [1, 2]  # runs of tiles, one for each worker
            if dtype == "float32":
                xr.testing.assert_allclose(found, here[dtype], rtol=1e-13)
                xr.testing.assert_equal(found.note, here[dtype].note)
            else:
                xr.testing.assert_identical(
                    found.drop_attrs(), here[dtype].drop_attrs()
                )
        arrays = [tifffile.imread(file) for file in files["uint8"]]
        xr.testing.assert_identical(  # not of files: here
            pairwise(arrays, mask=mask).rmsd.variable, here["uint8"].rmsd.variable
        )


@pytest.mark.usefixtures("small_tiles")
def test_a_file_that_a_worker_does_not_find(tmp_path: Path) -> None:
    from similij.matrix.stack import ImageStack

    files = [tmp_path / f"{k}.tif" for k in range(3)]
    for k, file in enumerate(files):
        tifffile.imwrite(file, np.full((40, 40), k, np.uint8))
    with (
        similij.cluster(workers=1, memory_limit="1 GB"),
        pytest.MonkeyPatch.context() as patch,
    ):
        take = ImageStack._take

        def then_gone(stack: ImageStack, k: int, given: object) -> None:
            take(stack, k, given)
            if k == 2:
                files[1].unlink()

        patch.setattr(ImageStack, "_take", then_gone)
        with pytest.raises(similij.ImageError, match=r'1\.tif" does not exist'):
            pairwise(files)

"""Verdicts in ImageJ's Log and CSV file: those of Python, word by word."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

import similij
from similij.testset.changes import make_reference
from support import run_imagej


@pytest.mark.parametrize("backend", ["embedded", "worker"])
def test_by_macro_and_command(backend: str, tmp_path: Path) -> None:
    x = make_reference().image
    y = 1.25 * x + np.random.default_rng(0).normal(0, 30, x.shape)
    images = [np.clip(t, 0, 65535).astype(np.uint16) for t in (x, y)]
    labels = np.zeros(x.shape, np.uint8)
    labels[:, :100], labels[:, 100:] = 1, 2
    for name, image in zip(("a", "b", "labels"), (*images, labels), strict=True):
        tifffile.imwrite(tmp_path / f"{name}.tif", image)
    found = run_imagej(
        """
folder = sys.argv[1]
for name in ("a", "b", "labels"):
    IJ.openImage(f"{folder}/{name}.tif").show()
ij.run_macro('run("Image Similarity...", "image_1=a.tif image_2=b.tif verdict");')
ij.run_macro('run("Image Similarity...", "image_1=a.tif image_2=b.tif '
             f'labels=labels.tif verdict save=[{folder}/out]");')
ij.run_macro('run("Image Similarity...", "image_1=a.tif image_2=b.tif");')
answer(rows=rows())
""",
        tmp_path,
        backend=backend,
    )
    whole = similij.verdict(*images).text
    parts = [
        similij.verdict(*(image[:, part] for image in images)).text
        for part in (slice(0, 100), slice(100, None))
    ]
    said = [line for line in found["printed"].splitlines() if "a.tif and b.tif" in line]
    assert said == [
        f"a.tif and b.tif, Whole image: {whole}",
        *(
            f"a.tif and b.tif, label {k}: {words}"
            for k, words in enumerate(parts, start=1)
        ),
    ]
    assert pd.read_csv(tmp_path / "out" / "similarity.csv").verdict.tolist() == parts
    assert len(found["rows"]) == 4
    assert found["rows"][0]["Pearson R"] == similij.compare(*images).pearson

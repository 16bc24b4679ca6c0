"""The table of what each metric sees: what it says, and where it is dark."""

from __future__ import annotations

import numpy as np
from matplotlib.image import imread

from similij import compare
from similij.metrics import catalogue
from similij.plot import plot_metrics

RNG = np.random.default_rng(0)
X = RNG.integers(0, 200, (40, 50)).astype(np.uint8)
NAMES = ["rmsd", "bias", "bias_share", "pearson", "psnr", "shift_x", "ms_ssim"]


def test_shades_and_numbers(tmp_path) -> None:
    images = {"equal": X, "brighter": X + 50, "inverted": 249 - X}
    rows = {t: compare(X, y, metrics=NAMES).rows[0] for t, y in images.items()}
    figure = plot_metrics(rows, rows["equal"], tmp_path / "m.png")
    assert imread(tmp_path / "m.png").shape[0] > 200
    shown = {}
    labels = {t.get_text(): t.get_position()[1] for t in figure.texts}
    known = [m for m in catalogue().values() if m.name in NAMES]
    heights = [labels[m.label] for m in known]
    assert heights == sorted(heights, reverse=True)
    lines = iter(known)
    for axes in figure.axes:
        shades = axes.images[0].get_array()
        words = [t.get_text() for t in axes.texts]
        for k, shade in enumerate(shades):
            said = words[k * len(rows) : (k + 1) * len(rows)]
            shown[next(lines).name] = shade.filled(np.nan).tolist(), said
    dark = max(shown["rmsd"][0])
    apart = compare(X, 249 - X).rmsd
    weaker = dark * (50 / apart) ** 0.5
    assert np.allclose(shown["rmsd"][0], [0, weaker, dark])
    assert shown["rmsd"][1] == ["0", "50", f"{apart:.3g}"]
    assert np.allclose(shown["pearson"][0], [0, 0, dark])
    assert shown["pearson"][1] == ["1", "1", "−1"]
    assert np.nan_to_num(shown["bias_share"][0]).tolist() == [0, 0, 0]
    psnr = shown["psnr"]
    assert psnr[1][0] == "–"  # infinite, so undefined
    assert np.isnan(psnr[0][0])
    assert psnr[0][1] == 0 < psnr[0][2]
    assert np.isnan(shown["ms_ssim"][0]).all()  # 176 pixels are needed

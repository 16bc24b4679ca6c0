"""A name in a picture is a name: no formula, whatever dollars it has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from roifile import ImagejRoi

from support import Shell

NAMES = [r"$\frac{_^$ x", "$$ $y_1$", "a $_{$ b^ $", "one$", r"\$ $\alpha$"]
"""Most are no formula that could be typeset: matplotlib refuses them."""


@pytest.fixture
def typeset(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is typeset as a formula, from now on."""
    from matplotlib.mathtext import MathTextParser

    formulas: list[str] = []
    parse = MathTextParser.parse

    def parsed(self: Any, text: str, *more: Any, **options: Any) -> Any:
        formulas.append(text)
        return parse(self, text, *more, **options)

    monkeypatch.setattr(MathTextParser, "parse", parsed)
    return formulas


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    random = np.random.default_rng(1)
    for side in "ab":
        (tmp_path / side).mkdir()
        for k, name in enumerate(NAMES):
            stem = tmp_path / side / f"{name} {k}__{side}"
            with Path(f"{stem}.npy").open("wb") as file:
                np.save(file, random.integers(0, 255, (40, 50), np.uint8))
            roi = ImagejRoi.frompoints([[0, 0], [20, 0], [20, 20], [0, 20]])
            roi.name = f"cell {name}"
            roi.tofile(f"{stem}_roi.roi")
    return tmp_path


def names_in(formulas: list[str]) -> list[str]:
    # Axes on a log scale write powers of ten as formulas of their own.
    return [text for text in formulas if "mathdefault" not in text]


def test_the_fixture_hears_of_a_formula(typeset: list[str], tmp_path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure()
    figure.text(0, 0, "$x$")
    figure.savefig(tmp_path / "x.png")
    assert names_in(typeset)


@pytest.mark.filterwarnings("ignore:Glyph")
def test_pictures_of_a_batch(folders: Path, typeset: list[str], shell: Shell) -> None:
    found = shell(
        "batch", folders / "a", folders / "b", "--pair", "{id}__", "--group", "{c}__",
        "--rois", "_roi.roi", "--plots", folders / "plots", "--report",
        folders / "r.html", "--metrics", "pearson,rmsd,mean_difference",
    )  # fmt: skip
    assert found.code == 0, found.err
    assert len([*(folders / "plots").glob("*.png")]) > len(NAMES)
    assert names_in(typeset) == []


@pytest.mark.parametrize("k", range(len(NAMES)))
def test_pictures_of_two_files(
    folders: Path, typeset: list[str], shell: Shell, k: int
) -> None:
    a, b = (folders / side / f"{NAMES[k]} {k}__{side}.npy" for side in "ab")
    roi = a.with_name(f"{a.stem}_roi.roi")
    found = shell(
        "compare", a, b, "--rois", roi, "--plots", folders / "p", "--pictures",
        "all,local", "--window", "9",
    )  # fmt: skip
    assert found.code == 0, found.err
    for command in ("shift", "threshold", "significance", "frc"):
        shell(command, a, b, "--plot", folders / f"{command}.png")
    assert names_in(typeset) == []


def test_pictures_of_each_with_each(
    folders: Path, typeset: list[str], shell: Shell
) -> None:
    found = shell(
        "pairwise", folders / "a", "--out", folders / "m", "--report",
        folders / "r.html",
    )  # fmt: skip
    assert found.code == 0, found.err
    assert (folders / "m" / "map.png").exists()
    assert names_in(typeset) == []

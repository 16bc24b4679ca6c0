"""The package shows what it has: to Tab, to type checkers, to a notebook's cell."""

from __future__ import annotations

import importlib
import pickle
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import similij
from similij.plot import plot_agreement, plot_pair

USER = """\
import numpy as np

import similij
from similij.plot import plot_agreement, plot_pair

a = np.arange(20.0).reshape(4, 5)
comparison = similij.compare(a, a[::-1], metrics=["pearson"])
reveal_type(comparison)
reveal_type(comparison.pearson)
reveal_type(similij.shift(a, a))
reveal_type(similij.significance(a, a))
reveal_type(similij.frc(a, a))
reveal_type(similij.verdict(a, a))
reveal_type(similij.read("a.tif"))
reveal_type(plot_agreement(a, a))
reveal_type(plot_pair(a, a))
similij.compare(a, a, no_such_option=1)
"""
TYPES = (
    "similij.measure.table.comparison.Comparison", "float",
    "similij.spatial.shift.Shift", "similij.evidence.significance.Significance",
    "similij.spatial.frc.Frc", "similij.verdicts.verdict.Verdict",
    "similij.images.image.Image", "matplotlib.figure.Figure",
    "matplotlib.figure.Figure",
)  # fmt: skip


def test_tab_finds_the_public_names_and_no_others() -> None:
    assert dir(similij) == sorted(similij.__all__)
    code = "import similij, sys; print([m for m in sys.modules if 'similij.' in m])"
    shown = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert shown.stdout.strip() == "[]"  # each is imported when it is first used
    for name in similij.__all__:
        assert getattr(similij, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        importlib.import_module("similij").no_such_name  # noqa: B018


def test_a_users_file_is_checked_with_types(tmp_path: Path) -> None:
    (tmp_path / "user.py").write_text(USER)
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "user.py"],
        check=False, cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    lines = checked.stdout.splitlines()
    revealed = [line.split('"')[1] for line in lines if "Revealed type" in line]
    assert tuple(revealed) == TYPES, checked.stdout
    errors = [line for line in lines if "error:" in line]
    assert len(errors) == 1, checked.stdout
    assert "no_such_option" in errors[0]


def test_a_figure_shows_itself_in_a_notebook() -> None:
    a = np.random.default_rng(0).random((30, 40))
    figure = plot_agreement(a, a + 0.1)
    png, look = figure._repr_png_()
    picture = Image.open(BytesIO(png))
    assert picture.width == round(figure.get_figwidth() * figure.dpi)
    assert look["width"] == round(figure.get_figwidth() * 72)
    assert len(np.unique(np.asarray(picture.convert("L")))) > 50  # something is drawn
    again = pickle.loads(pickle.dumps(plot_pair(a, a)))
    assert again._repr_png_()[0].startswith(b"\x89PNG")

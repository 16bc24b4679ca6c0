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
from typed_user import assert_typed


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
    assert_typed(tmp_path)


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

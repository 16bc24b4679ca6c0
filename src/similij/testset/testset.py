"""Write the test set into a folder, and measure it.

The pairs, the graded partners and the series come from `testset.cells`,
`testset.changes` and `testset.series`. pandas and matplotlib are imported by what needs
them, so that writing the set does without.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..ground.names import shown
from ..ground.public import public
from ..ground.writing import make_folder, whole_file
from .cells import Cell, Dice, Floats, draw, make_cell, retextured
from .changes import CHANGES, SHAPE, make_reference
from .files import freehand, oval, polygon, write_image, write_rois
from .series import write_series

if TYPE_CHECKING:
    import pandas as pd


CAMERA_OFFSET = 300.0
"""Intensity of a pixel that no light reaches."""

UNITS_PER_PHOTON = 8.0
"""Intensity units that a photon makes."""

READ_NOISE = 12.0
"""Standard deviation of the camera's noise, in intensity units."""

RELATIONS = {1: "unrelated", 2: "scaled", 3: "partly related", 4: "identical"}
"""How image b of each pair goes together with image a."""


@dataclass(frozen=True)
class TestSet:
    """Paths of the files of a test set.

    Attributes
    ----------
    root, set_a, set_b, graded, series : Path
        The folder of the test set, and those in it.
    """

    __test__ = False  # its name makes pytest think otherwise

    root: Path

    @property
    def set_a(self) -> Path:
        """First images of the pairs, with the outlines of the cells."""
        return self.root / "set_a"

    @property
    def set_b(self) -> Path:
        """Second images of the pairs."""
        return self.root / "set_b"

    @property
    def graded(self) -> Path:
        """The reference and its graded partners."""
        return self.root / "graded"

    @property
    def series(self) -> Path:
        """Two takes of a movie, its label image and its outlines."""
        return self.root / "series"

    def pair(self, number: int) -> tuple[Path, Path, Path]:
        """Return image a, image b and the outlines in a of pair 1, 2, 3 or 4."""
        stem = f"img{number}__"
        return (
            self.set_a / f"{stem}a_test.tif",
            self.set_b / f"{stem}b_test.tif",
            self.set_a / f"{stem}a_test_roi.zip",
        )


@public
def make_testset(out: Path | str) -> TestSet:
    """Write the test set into a folder; the same pixels each time.

    ``set_a/`` and ``set_b/`` hold four pairs, joined by the name before ``__``, and
    the outlines of the cells in a: 1 unrelated textures in the same cells, 2 scaled
    (b = 2a), 3 partly related (half a, half unrelated), 4 identical. ``graded/``
    holds ``reference.tif``, its outlines, partners that change one thing each by
    grades (``gain_1.25.tif``), and ``graded.csv`` that lists them. Images are
    192 × 256 pixels (height × width), 16 bit, calibrated in µm.

    ``series/`` holds ``movie_a.tif``, a hyperstack of 2 channels, 3 slices and 5 frames
    (96 × 128 pixels, a frame each 30 s): three cells drift by 1 pixel down and 2 to the
    right a frame, a fourth one is stuck, and all bleach, to 85 % a frame in channel 1
    and to 95 % in channel 2, which is half channel 1 and half a texture of its own.
    ``movie_b.tif`` is the same scene taken again: noise of its own, 1.5 times the gain.
    ``cells_labels.tif`` has the cells of the first frame as labels 1 to 4, the stuck
    one last; ``movie_a_roi.zip`` has their outlines, the third one tied to slice 2.

    Parameters
    ----------
    out : path
        The folder; made if it is not there. Files of the same names are replaced.

    Returns
    -------
    TestSet
        Where everything is.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     test_set = make_testset(folder)
    ...     print(*sorted(path.name for path in test_set.set_a.glob("img1*")))
    img1__a_test.tif img1__a_test_roi.zip
    """
    test_set = TestSet(Path(out))
    for folder in (test_set.set_a, test_set.set_b, test_set.graded, test_set.series):
        make_folder(folder)
    for number in RELATIONS:
        path_a, path_b, path_rois = test_set.pair(number)
        a, b, rois = make_pair(number)
        write_image(path_a, a)
        write_image(path_b, b)
        write_rois(path_rois, rois)
    _write_graded(test_set.graded)
    write_series(test_set.series)
    return test_set


@public
def make_pair(number: int) -> tuple[NDArray[np.uint16], NDArray[np.uint16], list[Any]]:
    """Return image a, image b and the ImageJ ROIs of one of the four pairs.

    Raises
    ------
    ValueError
        If there is no pair of that number.
    """
    if number not in (1, 2, 3, 4):
        raise ValueError(f"number is {shown(number)}: it must be 1, 2, 3 or 4.")
    ellipse = Cell(y=140, x=66, radius=36, aspect=1.25, level=3200, nucleus=False)
    cells = {
        1: [_plain(21, 62, 72, 44), _plain(22, 124, 180, 48)],
        2: [_plain(23, 64, 176, 46), ellipse, _plain(24, 154, 200, 26)],
        3: [_plain(25, 58, 84, 42), _plain(26, 134, 156, 40), _plain(27, 96, 246, 32)],
        4: [_plain(28, 90, 60, 42), _plain(29, 96, 184, 50)],
    }[number]
    # Outlines of each kind in turn, so that readers of ROIs meet all of them.
    outlines = [polygon, freehand] if number % 2 else [freehand, polygon]
    rois = [
        oval(cell) if cell is ellipse else outlines[k % 2](cell)
        for k, cell in enumerate(cells)
    ]
    a = _photograph(cells, seed=300 + number)
    unrelated = _photograph([retextured(cell) for cell in cells], seed=400 + number)
    b = {
        1: unrelated,
        2: 2 * a,
        3: np.floor((a + unrelated) / 2),
        4: a,
    }[number]
    return a.astype(np.uint16), b.astype(np.uint16), rois


@public
def summarize_testset(out: Path | str) -> pd.DataFrame:
    """Measure a test set, and draw ``plots_testset.png`` and ``plots_graded.png``.

    Parameters
    ----------
    out : path
        The folder that `make_testset` filled. The tables ``testset_metrics.csv``
        and ``graded_metrics.csv`` and the two pictures are written there.

    Returns
    -------
    pandas.DataFrame
        What ``graded_metrics.csv`` holds: the columns of ``graded.csv`` and those
        of `similij.compare`, a row per partner, region and way of rescaling.
    """
    import pandas as pd

    from ..measure.table.columns import WHOLE_IMAGE
    from ..plot.table import plot_table
    from .picture import plot_graded

    test_set = TestSet(Path(out))
    pairs = []
    for number in RELATIONS:
        path_a, path_b, path_rois = test_set.pair(number)
        pairs.append(_measure(path_a, path_b, path_rois))
    table = pd.concat(pairs, ignore_index=True)
    with whole_file(test_set.root / "testset_metrics.csv") as part:
        table.to_csv(part, index=False)
    cells = table[table["region"] != WHOLE_IMAGE]
    plot_table(cells, path=test_set.root / "plots_testset.png")

    listed = pd.read_csv(test_set.graded / "graded.csv")
    rows = []
    for entry in listed.itertuples(index=False):
        measured = _measure(
            test_set.graded / "reference.tif",
            test_set.graded / str(entry.file),
            test_set.graded / "reference_roi.zip",
        )
        for place, column in enumerate(listed.columns):
            measured.insert(place, column, entry[place])
        rows.append(measured)
    graded = pd.concat(rows, ignore_index=True)
    with whole_file(test_set.root / "graded_metrics.csv") as part:
        graded.to_csv(part, index=False)
    plot_graded(test_set.graded, graded, path=test_set.root / "plots_graded.png")
    return graded


def _measure(path_a: Path, path_b: Path, path_rois: Path) -> pd.DataFrame:
    """Compare two files: whole and within each outline, plain and rescaled."""
    import pandas as pd
    import tifffile

    from ..measure.compare import compare

    a, b = tifffile.imread(path_a), tifffile.imread(path_b)
    names = (path_a.name, path_b.name)
    return pd.concat(
        [
            compare(a, b, regions=regions, rescale=rescale, names=names).to_dataframe()
            for rescale in ("none", "percentile")
            for regions in (None, path_rois)
        ],
        ignore_index=True,
    )


def _write_graded(folder: Path) -> None:
    reference = make_reference()
    write_image(folder / "reference.tif", reference.image)
    write_rois(
        folder / "reference_roi.zip", [freehand(cell) for cell in reference.cells]
    )
    with (
        whole_file(folder / "graded.csv") as part,
        part.open("w", newline="", encoding="utf-8") as file,
    ):
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["file", "change", "grade", "unit"])
        for change in CHANGES:
            for grade in change.grades:
                name = change.file(grade)
                write_image(folder / name, change.apply(reference, grade))
                table.writerow([name, change.name, f"{grade:g}", change.unit])


def _plain(seed: int, y: float, x: float, radius: float) -> Cell:
    """Return a cell without nucleus: nothing in common but outline and brightness."""
    return make_cell(seed, y, x, radius, nucleus=False)


def _photograph(cells: list[Cell], seed: int) -> Floats:
    """Return what a camera makes of the cells: photons, read noise, an offset."""
    dice = Dice(seed)
    light = draw(cells, SHAPE)
    image = UNITS_PER_PHOTON * dice.poisson(light / UNITS_PER_PHOTON)
    image += CAMERA_OFFSET + READ_NOISE * dice.normal(*SHAPE)
    return np.rint(image)

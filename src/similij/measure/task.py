"""Put a question to one set of planes, and make a row of the moments of a region."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ground.errors import Undefined
from ..ground.memory import lack, not_enough
from ..ground.names import with_names
from ..ground.types import Row
from ..metrics.definition import PixelFunction
from ..metrics.pixels import Moved, Pixels
from ..metrics.registry import Measured, Metric
from ..moments.moments import FloatMoments, Moments, check
from ..preparation.rescale import RescaledPair, Rescaling
from ..verdicts.of_results import RowVerdicts, sentence, verdict_of
from .table.columns import _NO_PLACE, PLACE, rescaled_labels

if TYPE_CHECKING:
    from ..preparation.preparation import Preparation
    from .question import Question


@cache
def _version() -> str:
    from ..ground.version import __version__

    return __version__


def new_run() -> str:
    """Name for the rows of one run: when it began (UTC), and four random digits.

    Examples
    --------
    >>> len(new_run())
    20
    """
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{os.urandom(2).hex()}"


@dataclass(slots=True)  # frozen, each would take microseconds more to make
class Task:
    """A question put to one set of planes: what their rows say beside the numbers.

    Attributes
    ----------
    names : tuple of str
        Of the two images.
    question : Question
        What is asked, of all planes alike.
    plane : str
        Which plane or planes, in words.
    place : mapping
        The same in numbers: any of `PLACE`, counted from 1 (time_s: in seconds).
    notes : tuple of str
        What every row should say.
    files : tuple of str
        Where the images came from: paths; "" where they are of no file.
    roi_file : str
        Path of the file that the regions are of; "" where they are of none, and rows
        then have no such column.
    run : str
        Shared by all rows of one call of a command or function; see `new_run`.
    preparation : Preparation or None
        What is done to whole images first: that of the question, its regions found.
    types : tuple of dtype or None
        Of the images before that; None: as they come.
    axes : tuple of (str, int)
        Names and lengths of the axes that are pooled, where they are known; (y, x)
        are not among them.
    verdicts : RowVerdicts or None
        What gives each row a verdict in words, where that is asked for.
    pixel : tuple of float and str
        Area of a pixel and its unit, for the places of verdicts, where it is known.
    untold : str
        Why no row of this task has one; "" if they have.
    motion : Moved or None
        How one image was moved onto the other before, where that is asked for.
    refused : str
        Why no row of this task has numbers; "" if they have.
    """

    names: tuple[str, str]
    question: Question
    plane: str = "1"
    place: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    files: tuple[str, str] = ("", "")
    roi_file: str = ""
    run: str = ""
    preparation: Preparation | None = None
    types: tuple[np.dtype[Any], np.dtype[Any]] | None = None
    axes: tuple[tuple[str, int], ...] = ()
    verdicts: RowVerdicts | None = None
    pixel: tuple[float, str] = (math.nan, "")
    untold: str = ""
    motion: Moved | None = None
    refused: str = ""

    @property
    def metrics(self) -> Sequence[Metric]:
        """What to compute."""
        return self.question.metrics

    @property
    def rescale(self) -> Rescaling | None:
        """How RMSD and Mean Difference are rescaled."""
        return self.question.rescale

    def row(
        self, region: str, note: str = "", verdict: str = "", **numbers: Any
    ) -> Row:
        """Return a row; metrics that are not among `numbers` are NaN."""
        row: Row = {
            "image_1": self.names[0],
            "image_2": self.names[1],
            "region": region,
            "plane": self.plane,
            **_NO_PLACE,
            "n": 0,
            "excluded": 0,
        }
        if self.place:
            row.update({name: self.place.get(name) for name in PLACE})
        for metric in self.metrics:
            row[metric.name] = math.nan
        row.update(numbers)
        row["rescale"] = "none" if self.rescale is None else str(self.rescale)
        row["against"] = self.question.against
        row["note"] = note
        row["file_1"], row["file_2"] = self.files
        row["run"] = self.run
        row["version"] = _version()
        if self.roi_file:
            row["roi_file"] = self.roi_file
        if self.verdicts is not None:
            row["verdict"] = verdict
        return row

    @property
    def holds(self) -> bool:
        """Whether all pixels of a region are needed at once."""
        has_verdict = self.verdicts is not None and not self.untold
        return has_verdict or any(m.function is None for m in self.question.metrics)

    def told(self, pixels: Pixels | None, moments: Moments) -> str:
        """Return the verdict of the next row, or why it has none."""
        if self.verdicts is None:
            return ""
        if self.untold:
            return self.verdicts.next(lambda: sentence(self.untold))
        return self.verdicts.next(lambda: verdict_of(pixels, moments, self.pixel))

    @property
    def note(self) -> str:
        """What every row says."""
        return "; ".join(dict.fromkeys(n for n in self.notes if n))

    def finished(
        self,
        region: str,
        moments: Moments | None,
        rescaled: RescaledPair | None = None,
        warning: str = "",
        pixels: Pixels | None = None,
    ) -> Row:
        """Make the row of a region of its moments; a note says what is undefined."""
        if self.refused:
            notes = [self.refused, *self.notes]
            note = "; ".join(dict.fromkeys(n for n in notes if n))
            return self.row(region, note, self.told(None, FloatMoments()))
        moments = moments or FloatMoments()
        notes = []
        numbers: dict[str, Any] = {"n": moments.n, "excluded": moments.excluded}
        remarks: list[str] = []
        for metric in self.metrics:
            try:
                value = _value(metric, moments, rescaled, pixels)
            except Undefined as reason:
                notes.append(self._named(str(reason)))
            else:
                if isinstance(value, Measured):
                    remarks.append(self._named(value.note))
                    value = value.value
                numbers[metric.name] = value
        if moments.n == 0 and not moments.excluded and not moments.infinite:
            notes = [f"{region} selects no pixel: nothing is compared"]
        if moments.excluded:
            those = "pixel is" if moments.excluded == 1 else "pixels are"
            notes.append(f"{moments.excluded} {those} NaN in an image and left out")
        if rescaled is not None and rescaled.note and rescaled_labels(self.metrics):
            notes.append(f"{rescaled_labels(self.metrics)} {rescaled.note}")
        notes += [*remarks, warning, *self.notes]
        note = "; ".join(dict.fromkeys(n for n in notes if n))
        return self.row(region, note, self.told(pixels, moments), **numbers)

    def _named(self, reason: str) -> str:
        first, second = (f'"{name}"' for name in self.names)
        return with_names(reason, first, second)


HELD_BYTES = {
    **dict.fromkeys(("pearson_p_permutation", "costes_p"), 53),
    **dict.fromkeys(("pearson_p", "pearson_ci_low", "pearson_ci_high"), 46),
    **dict.fromkeys(("rmsd_ci_low", "rmsd_ci_high", "n_effective"), 46),
    **dict.fromkeys(("mean_difference_ci_low", "mean_difference_ci_high"), 46),
    **dict.fromkeys(("shift_x", "shift_y", "shift_z", "pearson_at_shift"), 115),
    "frc_resolution": 47,
    **dict.fromkeys(("manders_m1_coloc2", "manders_m2_coloc2"), 11),
    **{"kendall": 15, "spearman": 13, "ms_ssim": 5, "nmi": 5},
    **dict.fromkeys(("manders_m1_otsu", "manders_m2_otsu"), 13),
    "max_difference": 11,
}
"""Bytes beside the images that a metric takes for each pixel: the least that was
measured, which is of 16 bits (`tests/measure/test_memory.py`); more of floats."""


def _of_held(metric: Metric, work: PixelFunction, pixels: Pixels) -> float | Measured:
    """Work out a metric of pixels, if there is memory for it.

    It is one number of many that may be asked for: so what is lacking is why there is
    none, and not the end of all.
    """
    more = HELD_BYTES.get(metric.name, 0) * pixels.held
    words = lack(more) if more > _WORTH_ASKING else ""
    if not words:
        try:
            return work(pixels)
        except MemoryError as error:
            words = str(not_enough(error)).split(": ")[0]
    raise Undefined(
        f"{metric.label} looks at all {pixels.held:,} pixels at once, for which "
        f"{words}: compare smaller regions or plane by plane"
    )


_WORTH_ASKING = 10**8
"""Bytes below which nobody is asked, which takes 0.1 ms."""


def _value(
    metric: Metric,
    moments: Moments,
    rescaled: RescaledPair | None,
    pixels: Pixels | None,
) -> float | Measured:
    if metric.function is not None:
        of_rescaled = metric.rescaled and moments.n and not moments.infinite
        summed = rescaled.moments if of_rescaled and rescaled else moments
        value: float | Measured = metric.function(summed)
    else:
        check(moments)
        assert metric.pixels is not None and pixels is not None  # there are pixels
        pixels.moments = moments
        value = _of_held(metric, metric.pixels, pixels)
    # The last door: a quotient or a sum of large numbers may have ended beyond float64
    # in any metric, those of other packages included.
    if not math.isfinite(value.value if isinstance(value, Measured) else value):
        raise Undefined(
            f"{metric.label} is beyond float64 here: divide or multiply the images by "
            "a constant first"
        )
    return value

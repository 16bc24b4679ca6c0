"""Hold what SimilIJ makes of each file of the zoo against what the real ImageJ does.

ImageJ's part is in `tests/data/formats_in_imagej.json`, so that the table can be made
without Java: its words, and sums of its pixels. `tools/docs_formats.py` writes it, and
`tests/imagej/test_formats_in_imagej.py` opens all files anew and compares.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import similij
from file_zoo import Specimen, write_zoo, zoo
from similij import ImageError
from similij.images.axes import WORDS
from similij.images.formats.choose import open_image
from similij.images.image import Image
from support import ROOT, run_in_jvm

IN_IMAGEJ = ROOT / "tests" / "data" / "formats_in_imagej.json"
SCRIPT = ROOT / "tests" / "imagej" / "files_by_imagej.py"

SAME, MEMORY, SEEN, OTHER = "values", "memory", "seen", ""
"""What of ImageJ's equals what SimilIJ compares: the values that ImageJ shows, those
that lie in its memory, what its look-up table makes of them, nothing."""

BOTH, ONLY_IMAGEJ, ONLY_SIMILIJ = "both refuse", "only ImageJ", "only SimilIJ"
"""Where one of them opens nothing."""

Facts = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Line:
    """A line of the table.

    Attributes
    ----------
    specimen : Specimen
        The file, and what is known of it.
    image : Image or None
        What SimilIJ opened.
    refusal : str
        The sentence, if that is nothing.
    shows : str
        What ImageJ says of it; "" if it opens nothing.
    agreement : str
        One of the words above.
    """

    specimen: Specimen
    image: Image | None
    refusal: str
    shows: str
    agreement: str

    @property
    def agrees(self) -> bool:
        """Whether both have the same values, or both refuse."""
        return self.agreement in (SAME, BOTH)


def digest(planes: Any) -> str:
    """Return a sum of values: of the same ones it is the same, whatever their type."""
    values = np.asarray(planes).astype(np.float64) + 0.0  # of −0 and 0, too
    values[np.isnan(values)] = np.nan
    return hashlib.sha256(repr(values.shape).encode() + values.tobytes()).hexdigest()[
        :16
    ]


def plane_by_plane(pixels: Any, axes: Any) -> Any:
    """Return pixels as ImageJ counts planes: (planes, y, x) or (planes, y, x, 3)."""
    own = [axis for axis in "tzc" if axis in axes]
    own += [axis for axis in axes if axis not in "tzcyxs"]
    own += ["y", "x", *("s" for axis in axes if axis == "s")]
    turned = np.asarray(pixels).transpose([list(axes).index(axis) for axis in own])
    return turned.reshape(-1, *turned.shape[-3 if "s" in axes else -2 :])


def ask_imagej(folder: Path, out: Path) -> Facts:
    """Open all files of a folder with the real ImageJ."""
    unasked = ",".join(one.name for one in zoo() if one.unasked)
    run_in_jvm(SCRIPT.read_text("utf-8"), folder, out, unasked)
    facts: Facts = {}
    with np.load(out) as answers:
        for name, words in json.loads(str(answers["words"])).items():
            facts[name] = {"words": words}
            for kind in (SAME, MEMORY, SEEN):
                if f"{name}|{kind}" in answers:
                    planes = answers[f"{name}|{kind}"]
                    facts[name][kind] = digest(planes.reshape(-1, *planes.shape[3:]))
    return facts


def known_facts() -> Facts:
    """Return what ImageJ made of the files when it was asked last."""
    facts: Facts = json.loads(IN_IMAGEJ.read_text("utf-8"))
    return facts


def line(one: Specimen, folder: Path, facts: Facts) -> Line:
    """Open a file, and hold it against ImageJ's."""
    imagej = facts.get(one.name, {"words": ""})
    try:
        image = open_image(folder / one.name)
        if image.dtype.kind == "c":  # `similij info` shows it, and nothing compares it
            similij.compare(image, image)
    except ImageError as error:
        agreement = ONLY_IMAGEJ if imagej["words"] else BOTH
        return Line(one, None, str(error), imagej["words"], agreement)
    if not imagej["words"]:
        return Line(one, image, "", "", ONLY_SIMILIJ)
    own = digest(plane_by_plane(image.pixels, image.axes))
    kinds = (SAME, MEMORY, SEEN)
    agreement = next((kind for kind in kinds if imagej.get(kind) == own), OTHER)
    return Line(one, image, "", imagej["words"], agreement)


def lines(folder: Path) -> list[Line]:
    """Write the zoo into a folder and return a line for each file."""
    write_zoo(folder)
    facts = known_facts()
    return [line(one, folder, facts) for one in zoo()]


def shown(line: Line) -> list[str]:
    """Return the cells of a line: the file, ImageJ, SimilIJ, why they differ."""
    one = line.specimen
    imagej = line.shows or (one.unasked and "—") or "opens nothing"
    if line.image is None:
        similij = f"refuses: {_reason(line.refusal)}"
        why = one.differs or one.unasked
    else:
        sizes = [
            "RGB" if axis == "s" else f"{n} {WORDS.get(axis, 'planes')}"
            for axis, n in line.image.leading.items()
        ]
        similij = ", ".join([str(line.image.dtype), *sizes])
        notes = line.image.provenance.notes
        why = ". ".join(filter(None, (one.differs, *(f"Note: {n}" for n in notes))))
    name = f"`{Path(one.name).suffix}` " if one.group.startswith("PGM") else ""
    cells = (f"{name}{one.words}", imagej, similij, why)
    return [cell.replace("|", "\\|") for cell in cells]


def _reason(sentence: str) -> str:
    """Return what a refusal says first, without the name of the file."""
    said = sentence.split('" ', 1)[-1]
    return said.split(": ")[0].rstrip(".")

"""Give the result of `compare`: tidy rows, and the ways to look at them.

A comparison keeps no image, so that a verdict of it needs those who were compared to be
in memory still: `ComparedPair` remembers them weakly.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ...ground.inert import visible
from ...ground.names import shown
from ...ground.types import Row
from ...images.image import Image
from ...metrics.defaults import available
from ...metrics.registry import Metric
from ...preparation.rescale import words
from ...verdicts.places import listed
from .columns import PLACE, columns, fields, rescaled_labels, text
from .table import Table

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from ...verdicts.verdict import Verdict


Known: TypeAlias = tuple[tuple[int, ...], "np.dtype[Any]", "dict[str, str] | None"]
"""Shape and type of an image, and what is known of it in words; None: no more."""

SHOWN = 1 << 22
"""Pixels up to which a notebook works a verdict out by itself: a second or two."""


@dataclass(slots=True)
class ComparedPair:
    """Refer to what was compared, or say why no verdict is had of it.

    Weakly: a table of numbers that kept two images in memory would be a leak.
    """

    x: Any = None
    y: Any = None
    mask: Any = None
    reason: str = ""
    known: tuple[Known, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        """Leave the images behind where a comparison is copied or sent away."""
        reason = self.reason or "the images did not travel with the comparison"
        return ComparedPair, (None, None, None, reason, self.known)

    @property
    def facts(self) -> tuple[dict[str, str], ...]:
        """What is known of each image, in words."""
        return tuple(
            facts or _facts(Image(np.broadcast_to(np.zeros((), dtype), shape)))
            for shape, dtype, facts in self.known
        )

    @property
    def images(self) -> tuple[Any, Any] | None:
        """Both images, if they are still there."""
        if self.reason or self.x is None:
            return None
        x, y = self.x(), self.y()
        return None if x is None or y is None else (x, y)

    @property
    def shown(self) -> bool:
        """Whether a verdict can be shown without being asked for."""
        images = self.images
        return images is not None and int(getattr(images[0], "size", 0)) <= SHOWN

    def verdict(self) -> Verdict:
        """Work the verdict out, or say why there is none."""
        from ...verdicts.verdict import no_verdict, verdict

        images = self.images
        if images is None:
            gone = "the images are no longer in memory, and a comparison keeps none"
            advice = "call similij.verdict(x, y) on two planes, with mask=... if wanted"
            return no_verdict(f"{self.reason or gone}: {advice}")
        return verdict(*images, mask=self.mask)


def compared_pair(
    given: tuple[Any, Any],
    images: tuple[Any, Any],
    mask: Any,
    rows: int,
    changed: str,
) -> ComparedPair:
    """Refer to two images.

    Parameters
    ----------
    given : tuple
        Both, as they were given.
    images : tuple of Image or ndarray
        What was made of them; the second is None where the first was compared alone.
    mask : array-like of bool or None
        As it was given.
    rows : int
        How many rows the comparison has.
    changed : str
        What makes the rows be of something else than the images: an option's name.
    """
    first, second = images
    known = (_known(first),) if second is None else (_known(first), _known(second))
    shape = known[0][0]
    reason = ""
    if rows != 1:
        reason = f"this comparison has {rows} rows, a verdict is of one"
    elif changed:
        reason = f"the comparison was made with {changed}"
    elif known[0][2] is not None and first.is_lazy:
        reason = "the images come in parts (dask)"
    elif len(shape) < 2 or any(size != 1 for size in shape[:-2]):  # noqa: PLR2004
        reason = "the images are no single planes (y, x)"
    if reason:
        return ComparedPair(reason=reason, known=known)
    try:
        x, y = _reference(given[0]), _reference(given[1])
    except TypeError:  # a list, say, to which nothing can refer weakly
        return ComparedPair(known=known)
    return ComparedPair(x, y, mask, known=known)


def _known(image: Any) -> Known:
    """Keep of an image what it is, without its pixels."""
    if isinstance(image, np.ndarray):  # nearly all comparisons: as little as can be
        return image.shape, image.dtype, None
    return image.shape, image.dtype, _facts(image)


def _facts(image: Image) -> dict[str, str]:
    return {"title": image.title, **image.facts()}


def _reference(image: Any) -> Callable[[], Any]:
    """Refer to an image weakly; a path, of which it can be read again, stays."""
    # Arrays first: to ask whether something is a path takes microseconds.
    if not isinstance(image, np.ndarray) and isinstance(image, (str, os.PathLike)):
        return lambda: image
    return weakref.ref(image)


MOST_SHOWN = 60
"""Rows that a notebook shows: of ten thousand cells it would be a page of minutes."""


class Comparison:
    """Rows of numbers: one per region of an image pair.

    Attributes
    ----------
    rows : list of dict
        Keys: image_1, image_2, region, plane, n (pixels compared), excluded (pairs
        left out because of NaN), one per metric (NaN where undefined), rescale, note
        (why, if anything needs saying), file_1, file_2 (where the images came from),
        run (the same for all rows of one call), version. Of labels
        they are made when first asked for.
    metrics : sequence of Metric
        Those computed.
    groups : sequence of str
        Keys of rows beside those, e.g. a condition that file names say.

    Examples
    --------
    >>> import similij
    >>> result = similij.compare([10, 20, 30, 40], [10, 21, 32, 43])
    >>> result.pearson, result.rmsd**2, result.mean_difference, result.n
    (1.0, 3.5, 1.5, 4)
    """

    if TYPE_CHECKING:  # what `__getattr__` gives of a single row, for editors
        n: int
        excluded: int
        pearson: float
        rmsd: float
        mean_difference: float
        region: str
        note: str

    def __init__(
        self,
        rows: Sequence[Row],
        metrics: Sequence[Metric] | None = None,
        pair: ComparedPair | None = None,
        groups: Sequence[str] = (),
        told: bool = False,
    ) -> None:
        self._held = rows  # a table once a view of it is asked for
        self._has_verdicts = told  # rows have a verdict
        self._groups = [*groups]
        self._pair = ComparedPair() if pair is None else pair
        self._verdict: Verdict | None = None
        self._metrics = [*available().values()] if metrics is None else metrics

    @property
    def rows(self) -> list[Row]:
        """The rows: dictionaries, all with the same keys."""
        return self._table.rows

    @property
    def _table(self) -> Table:
        # Not made in __init__: most calls of compare take 50 µs, ask for a number or
        # two, and are to pass no module that does nothing for them.
        if not isinstance(self._held, Table):
            self._held = Table.of(self._held)
        return self._held

    @property
    def groups(self) -> list[str]:
        """Keys of rows beside the fixed ones, e.g. a condition that file names say."""
        return self._groups

    @property
    def metrics(self) -> Sequence[Metric]:
        """Those computed."""
        return self._metrics

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Comparison):
            return NotImplemented
        return self.rows == other.rows and self.metrics == other.metrics

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __getattr__(self, name: str) -> Any:
        """Give `.pearson`, `.rmsd`, `.n` and the like where there is a single row."""
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self.columns:
            raise AttributeError(
                f"a Comparison has no {name!r}; its columns are: "
                f"{', '.join(self.columns)}"
            )
        if len(self) != 1:
            raise AttributeError(
                f"this Comparison has {len(self)} rows, so it has no single "
                f"{name!r}: use .to_dataframe()[{name!r}]"
            )
        return self.rows[0][name]

    @property
    def columns(self) -> list[str]:
        """Names of the columns, in order."""
        verdicts = ["verdict"] if self._has_verdicts else []
        return [*columns(self.metrics), *verdicts, *self._groups]

    @property
    def notes(self) -> list[str]:
        """What the rows say beside their numbers: a reason for every undefined one."""
        notes = self._table.values("note") if len(self) else []
        if len(self) == 1:
            return [note for note in notes if note]
        regions = self._table.values("region") if len(self) else []
        pairs = zip(regions, notes, strict=True)
        return [f"{region}: {note}" for region, note in pairs if note]

    @property
    def images(self) -> tuple[dict[str, str], ...]:
        """What is known of each image that was compared, in words.

        Title, axes, type, how values are made of what is recorded, calibration, file,
        what read it, and what of it is odd; no pixels, which a comparison does not
        keep. Empty where the rows are of several pairs.

        Examples
        --------
        >>> import numpy as np, similij
        >>> similij.compare(np.zeros((2, 3)), np.ones((2, 3))).images[0]["axes"]
        'y 2, x 3'
        """
        return self._pair.facts

    @property
    def places(self) -> list[Row]:
        """Where images differ beyond what was done to all of them, a row each.

        Of a comparison with `verdict=True`: image_1, image_2, region, plane and its
        place in numbers, which place of the row's verdict it is, x, y, width, height of
        its box and area in pixels, area_in_unit and unit, RMSD there, times_noise and
        scale; see `similij.verdicts.verdict.Place`.

        Examples
        --------
        >>> import similij
        >>> from similij.testset.changes import make_reference
        >>> image = make_reference().image
        >>> other = image.copy()
        >>> other[60:66, 80:90] = 20000
        >>> place, = similij.compare(image, other, verdict=True).places
        >>> place["region"], place["x"], place["y"], place["width"], place["height"]
        ('Whole image', 79, 59, 12, 8)
        """
        return listed(self.rows)

    @property
    def verdict(self) -> Verdict:
        """What the numbers mean together, in words: see `similij.verdict`.

        Of one pair of planes, pooled into one row; worked out when first asked for,
        of the images as they were given, which must still be in memory: a comparison
        keeps none. Otherwise it says why there is none, and what to call instead.
        """
        if self._verdict is None:
            self._verdict = self._pair.verdict()
        return self._verdict

    def to_dict(self) -> dict[str, list[Row]]:
        """Return the rows under the one key "rows", for JSON: NaN is None."""
        return self._table.to_dict()

    def to_dataframe(self) -> pd.DataFrame:
        """Return a table of the rows, one line each."""
        return self._table.to_dataframe(self.columns)

    def to_xarray(self) -> xr.Dataset:
        """Return the metrics, n and excluded over the regions and the planes.

        Dimensions: `region`; and, where rows are of one channel pair, slice or frame,
        `channels` ("1:2"), `z` and `t`, counted from 1. Where the rows are no such grid
        (two pairs of images in one table), `region` is the only one. The other columns
        are variables too; version and run are attributes.
        """
        import xarray as xr

        from ...ground.version import __version__

        table = self.to_dataframe()
        dims = ["region", *(d for d in ("z", "t") if table[d].notna().any())]
        if table["channel_1"].notna().any():
            pairs = zip(table["channel_1"], table["channel_2"], strict=True)
            table["channels"] = [f"{a}:{b}" for a, b in pairs]
            dims.insert(1, "channels")
        table = table.drop(columns=[d for d in PLACE if d not in dims])
        # No grid: two rows have one place in it, and one of them would be lost.
        if table.duplicated(dims).any():
            dims = ["region"]
            data = {
                name: ("region", table[name].to_numpy())
                for name in table.columns
                if name != "region"
            }
            grid = xr.Dataset(data, {"region": table["region"].to_numpy()})
        else:
            grid = table.set_index(dims if len(dims) > 1 else dims[0]).to_xarray()
            # A grid sorts its labels; rows keep the order in which regions came.
            grid = grid.sel(region=[*dict.fromkeys(table["region"])])
        for name in ("n", "excluded", *(m.name for m in self.metrics)):
            grid[name].attrs = self._attributes(name)
        grid = grid.drop_vars(["version", "run"])
        runs = ", ".join(dict.fromkeys(self._table.values("run")))
        dataset: xr.Dataset = grid.assign_attrs(similij=__version__, run=runs)
        return dataset

    def __repr__(self) -> str:
        return as_text(self._table, self.metrics)

    def _repr_html_(self) -> str:
        # Without colours or lines of its own: it has those of the page, dark or light.
        shown = _shown(self.metrics)
        head = "".join(f"<th>{escape(label)}</th>" for _, label in shown)
        body = "".join(
            "<tr>"
            + "".join(
                f"<td>{escape(visible(text(row[name])))}</td>" for name, _ in shown
            )
            + "</tr>"
            for row in islice(self._table, MOST_SHOWN)
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        if len(self) > MOST_SHOWN:
            more = f"{len(self) - MOST_SHOWN:,} more rows: .to_dataframe() has all."
            table += f"<p>{more}</p>"
        return f"{self._verdict_html()}{table}"

    def _verdict_html(self) -> str:
        """Write the verdict as a paragraph, where one can be had soon."""
        if self._verdict is None and not self._pair.shown:
            return ""
        try:
            return f"<p>{escape(self.verdict.text)}</p>"
        except ModuleNotFoundError:  # without SciPy the numbers are still there
            return ""

    def _attributes(self, name: str) -> dict[str, str]:
        units = {m.name: m.unit for m in self.metrics}
        return {"units": units.get(name, "pixel")}


def _shown(metrics: Sequence[Metric]) -> list[tuple[str, str]]:
    """Return the columns that people read, with their headings."""
    names = ["image_1", "image_2", "region", "plane", "n", "excluded"]
    names += [*(metric.name for metric in metrics), "note"]
    return [(field.name, field.label) for field in fields(names, metrics)]


def table_of(rows: Any) -> Table:
    """Return the table of whatever has rows.

    Parameters
    ----------
    rows : Comparison, Table, DataFrame, {"rows": [...]}, or iterable of mapping
        That of `compare`, `compare_folders` and the like, or a copy of it.
    """
    if isinstance(rows, Comparison):
        return rows._table
    if isinstance(rows, Table):
        return rows
    if hasattr(rows, "to_dict") and hasattr(rows, "columns") and hasattr(rows, "iloc"):
        return Table(rows.to_dict("list"), len(rows))
    if isinstance(rows, Mapping):
        rows = rows.get("rows")
    try:
        return Table.of([dict(row) for row in rows])
    except (TypeError, ValueError):  # no iterable, or not of mappings
        raise TypeError(
            f"rows is {shown(rows)}: it must be a result of similij.compare and the "
            "like, or rows of one."
        ) from None


def as_text(rows: Iterable[Row], metrics: Sequence[Metric]) -> str:
    """Write rows as a plain table; notes follow below, numbered, each once."""
    rows = list(rows)
    shown = [s for s in _shown(metrics) if s[0] not in {"note", "excluded"}]
    if any(row["excluded"] for row in rows):
        shown.insert(5, ("excluded", "Excluded"))
    marks: dict[str, int] = {}
    rescaled: dict[str, None] = {}
    lines = [[label for _, label in shown]]
    for row in rows:
        line = [visible(text(row[name])) for name, _ in shown]
        notes = [n for n in row["note"].split("; ") if n]
        done = words(row["rescale"])
        about = f"{rescaled_labels(metrics)} {done}"
        short = "; ".join(n for n in notes if not (done and n.startswith(about)))
        if short != row["note"]:
            rescaled[f"{about} ({row['rescale']}); the values are in each note."] = None
        if short:
            mark = marks.setdefault(short, len(marks) + 1)
            line.append(f"[{mark}]")
        lines.append(line)
    widths = [max(len(line[k]) for line in lines) for k in range(len(shown))]
    table = [
        "  ".join(cell.ljust(w) for cell, w in zip(line, [*widths, 0], strict=False))
        for line in lines
    ]
    below = [f"[{mark}] {visible(note)}" for note, mark in marks.items()]
    of_rescaled = [*map(visible, rescaled)]
    return "\n".join([*(line.rstrip() for line in table), *below, *of_rescaled])

"""Estimate what a comparison will say, from some blocks of the images.

Blocks are drawn at random, two from each of as many neighbourhoods, and read; a metric
of sums is that of all pixels of the blocks drawn (a ratio of sums over clusters of
pixels). The interval comes from leaving out one block after the other (the jackknife),
and from how far the two of a neighbourhood are apart: where the cells lie in a corner,
every draw then has its share of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..evidence.resampling import scale_of
from ..ground.errors import Undefined
from ..ground.inert import visible
from ..ground.names import shown, with_names
from ..ground.optional import needed
from ..ground.public import public
from ..ground.types import Array, Natural
from ..images.lazy_arrays import stored_in
from ..images.pair import ImageLike, Pair, prepare
from ..metrics.registry import DEFAULTS, Metric, chosen, of_moments
from ..moments.moments import FloatMoments, Moments, merge
from ..moments.of_arrays import moments
from .blocks.plan import Plan
from .blocks.sums import BlockGroup, part_of
from .blocks.workers import current
from .by_blocks import arrays_of, plan_of

if TYPE_CHECKING:
    import pandas as pd


_BLOCK = 1 << 18
"""Pixels of a block of images that are in memory, and have no chunks."""

_ONE_RULES = 0.5
"""Share of the variance at which the interval hangs on a single block."""

_FEW_CARRY = 0.2
"""Share of the blocks drawn, below which those few carry what the metric is made of.

Of blocks that are alike it is 0.64, of normal influences; where only each tenth block
has a bead, other draws have other beads, and no interval from one of them is right.
"""

FEWEST = 8
"""Blocks below which their scatter says little."""

_LARGE = 8
"""Blocks of a stratum from which on one more or less is of no consequence."""

_LEAST = 2
"""Blocks that have pixels, without which there is no interval."""


@dataclass(frozen=True)
class Estimated:
    """A metric, estimated from some blocks.

    Attributes
    ----------
    metric : str
        Its name.
    value, ci_low, ci_high : float
        The estimate, and its interval; NaN where undefined.
    blocks, of_blocks : int
        Blocks read, and all there are.
    n : int
        Pixels compared in them.
    note : str
        What to know of it.
    """

    metric: str
    value: float
    ci_low: float
    ci_high: float
    blocks: int
    of_blocks: int
    n: int
    note: str = ""


class Estimate:
    """Estimates of several metrics of one pair of images.

    Attributes
    ----------
    rows : sequence of Estimated
        One for each metric, in the order asked for.
    """

    def __init__(self, rows: Sequence[Estimated]) -> None:
        self.rows = rows

    def __getitem__(self, name: str) -> Estimated:
        """Estimate of a metric, by its name."""
        for row in self.rows:
            if row.metric == name:
                return row
        names = ", ".join(row.metric for row in self.rows)
        raise KeyError(f"there is no {shown(name)} among the estimates of: {names}")

    def __iter__(self) -> Iterator[Estimated]:
        return iter(self.rows)

    def to_dataframe(self) -> pd.DataFrame:
        """Return a table of the estimates, one line each."""
        import pandas as pd

        table: pd.DataFrame = pd.DataFrame([asdict(row) for row in self.rows])
        return table

    def __repr__(self) -> str:
        lines = []
        for row in self.rows:
            interval = f"95 % interval {row.ci_low:.6g} to {row.ci_high:.6g}"
            lines.append(
                f"{row.metric} about {row.value:.6g} ({interval}), from {row.blocks} "
                f"of {row.of_blocks} blocks" + (f": {row.note}" if row.note else "")
            )
        return "\n".join(map(visible, lines))


class _BlockResult(NamedTuple):
    """Hold the moments of a block, and its values of metrics of pixels."""

    moments: Moments
    values: dict[str, float]


class _Work:
    """Read a block, on whichever worker; an object, so that it can be sent there."""

    def __init__(self, of_pixels: Sequence[str], data_range: float | None) -> None:
        self.of_pixels, self.data_range = tuple(of_pixels), data_range

    def __call__(self, group: BlockGroup) -> _BlockResult:
        from .compare import compare

        ((x, y, mask, _), _), *_ = group.steps()
        assert x is not None and y is not None  # only a mask may be
        inside = None if mask is None else np.broadcast_to(mask, x.shape)
        values: dict[str, float] = {}
        if self.of_pixels:
            row = compare(
                x, y, mask=inside, metrics=self.of_pixels, data_range=self.data_range
            ).rows[0]
            values = {name: row[name] for name in self.of_pixels}
        return _BlockResult(moments(x, y, inside), values)


@public
def estimate(
    x: ImageLike,
    y: ImageLike,
    *,
    metrics: str | Iterable[str] | None = DEFAULTS,
    n_blocks: int = 64,
    seed: Natural = 0,
    mask: ImageLike | None = None,
    data_range: float | None = None,
) -> Estimate:
    """Estimate metrics of two large images from some of their blocks.

    Parameters
    ----------
    x, y, mask : array-like
        As of `similij.compare`. A block is the smallest box along which chunks of both
        images end; of images in memory about 262,144 pixels.
    metrics : str or iterable of str
        Those of sums are estimated as they would be of all pixels. Those that need
        the pixels themselves (ranks, SSIM) are worked out in each block, and what is
        estimated is their mean over all blocks: another number, as its note says.
    n_blocks : int
        How many to read, drawn at random without replacement. All, if there are no
        more: then the value is exact.
    seed : int
        Of the draw.
    data_range : float, optional
        As of `similij.compare`.

    Returns
    -------
    Estimate
        A value and a 95 % interval for each metric.

    Raises
    ------
    ImageError
        If the images cannot be compared.
    ValueError
        If n_blocks is below 8.

    Notes
    -----
    The blocks are put in an order in which neighbours stay near each other (Morton
    1966) and cut into half as many strata as blocks are read, of which two each are
    drawn; into fewer, with more drawn of each, where n_blocks or the number of blocks
    does not divide so. The influence of a block is that of the
    delete-one jackknife (Efron 1982, doi:10.1137/1.9781611970319), on a scale on which
    the metric is unbounded (R: Fisher's z; above 0: the logarithm); the variance is
    that of a stratified sample with the correction for a finite number of blocks
    (Cochran 1977), and its degrees of freedom, for quantiles of Student's t, are
    (Σe²)²/Σe⁴, e the difference within a stratum (Satterthwaite 1946,
    doi:10.2307/3002019). Where what differs sits in few blocks (beads), most draws miss
    some of it, and no interval can know; the note says so where the draw shows it.

    Examples
    --------
    >>> import numpy as np, similij
    >>> x = np.random.default_rng(1).normal(100, 9, (64, 512, 512))
    >>> rmsd = similij.estimate(x, x + 3, n_blocks=8)["rmsd"]
    >>> round(rmsd.value, 6), rmsd.blocks, rmsd.of_blocks
    (3.0, 8, 64)
    """
    if n_blocks < FEWEST:
        raise ValueError(f"n_blocks is {n_blocks}: it must be {FEWEST} or more.")
    chosen_metrics = chosen(metrics)
    arrays = arrays_of(_in_blocks(prepare(x, y, mask)), None)
    place = current()
    cut = plan_of(arrays, place, wanted=1)
    of_pixels = [metric.name for metric in chosen_metrics if not metric.streams]
    drawn = _drawn(arrays, cut, n_blocks, seed)
    groups = drawn.groups
    by_number: dict[int, _BlockResult] = {}
    work = _Work(of_pixels, data_range)
    for k, block in place.run(work, groups, len(groups), cut.held):
        by_number[k] = block
    blocks = [by_number[k] for k in sorted(by_number)]
    return Estimate(
        [_estimated(m, blocks, drawn, cut.steps_count) for m in chosen_metrics]
    )


def _in_blocks(pair: Pair) -> Pair:
    """Give images in memory chunks."""
    if not pair.in_memory:
        return pair
    array = needed("dask.array", "An estimate")
    chunks, left = [], _BLOCK
    # From the last axis on, so that the pixels of a block lie together in memory.
    for size in reversed(pair.x.shape):
        chunks.append(max(1, min(size, left)))
        left = max(1, left // max(1, size))
    # name=False: dask would else hash all pixels, to give the array a name.
    cut = array.from_array(pair.x, chunks=tuple(reversed(chunks)), name=False)
    return Pair(cut, pair.y, pair.mask, pair.names)


class _Draw(NamedTuple):
    """Blocks drawn, in the order of memory: a group, and which stratum it is of."""

    groups: list[BlockGroup]
    strata: Array
    sizes: Array  # of each stratum, how many blocks it has


def _drawn(arrays: Sequence[Any], cut: Plan, most: int, seed: int) -> _Draw:
    """Draw blocks, two from each stratum, and make groups of one block each."""
    counts = [len(cuts) - 1 for cuts in cut.steps]
    total = cut.steps_count
    numbers, strata, sizes = _sample(counts, min(most, total), seed)
    sources = [stored_in(array) for array in arrays]
    groups = []
    for number in numbers:
        where = np.unravel_index(number, counts)
        box = tuple(
            slice(cuts[k], cuts[k + 1])
            for cuts, k in zip(cut.steps, where, strict=True)
        )
        parts = [None if a is None else part_of(a, box) for a in sources]
        lengths = tuple((0, part.stop - part.start) for part in box)
        groups.append(BlockGroup(parts, lengths, tuple(p.start for p in box), []))
    return _Draw(groups, strata, sizes)


def _sample(counts: Sequence[int], most: int, seed: int) -> tuple[Array, Array, Array]:
    """Draw numbers of blocks; return them sorted, their strata and the strata's sizes.

    Examples
    --------
    >>> numbers, strata, sizes = _sample([4, 4], 8, 0)
    >>> sizes.tolist(), np.bincount(strata).tolist(), len({*numbers.tolist()})
    ([4, 4, 4, 4], [2, 2, 2, 2], 8)
    """
    random = np.random.default_rng(seed)
    total = math.prod(counts)
    order = _near_each_other(counts)
    # Of each stratum as many, and the strata as large as each other, to an eighth: a
    # block counts as one of a larger share of one stratum than of another otherwise.
    count = next(
        k
        for k in range(max(1, most // 2), 0, -1)
        if k == 1 or (most % k == 0 and (total % k == 0 or total // k >= _LARGE))
    )
    few = most // count
    # Where they do not divide evenly, chance says which strata have one block more:
    # else the last blocks of an image would be drawn less often than the first.
    sizes = np.full(count, total // count)
    sizes[random.permutation(count)[: total % count]] += 1
    numbers, strata = [], []
    start = 0
    for k, size in enumerate(sizes.tolist()):
        own = order[start : start + size]
        numbers.append(random.choice(own, few, replace=False))
        strata.append(np.full(few, k))
        start += size
    number, stratum = np.concatenate(numbers), np.concatenate(strata)
    # Which blocks are read is chance, and the disk is quicker in its order.
    sorting = np.argsort(number)
    return number[sorting], stratum[sorting], sizes


def _near_each_other(counts: Sequence[int]) -> Array:
    """Return the numbers of all blocks, so that neighbours in the list are near.

    By the bits of their coordinates, the finest of all axes first (Morton 1966).

    Examples
    --------
    >>> _near_each_other([2, 4]).tolist()
    [0, 1, 4, 5, 2, 3, 6, 7]
    """
    places = np.unravel_index(np.arange(math.prod(counts)), tuple(counts))
    code = np.zeros(math.prod(counts), np.uint64)
    at = 0
    for bit in range(max(counts).bit_length()):
        for place, size in zip(reversed(places), reversed(counts), strict=True):
            if size > 1 << bit:
                code |= ((place >> bit) & 1).astype(np.uint64) << np.uint64(at)
                at += 1
    order: Array = np.argsort(code, kind="stable")
    return order


def _estimated(
    metric: Metric, blocks: Sequence[_BlockResult], drawn: _Draw, total: int
) -> Estimated:
    n = sum(block.moments.n for block in blocks)
    nothing = Estimated(
        metric.name, math.nan, math.nan, math.nan, len(blocks), total, n
    )
    try:
        value, left_out = (_of_sums if metric.streams else _of_values)(metric, blocks)
    except Undefined as reason:
        note = with_names(str(reason), "image 1", "image 2")
        return Estimated(**{**asdict(nothing), "note": note})
    notes = [] if metric.streams else ["the mean over blocks, not that of all pixels"]
    if len(blocks) == total:
        low = high = value
    else:
        low, high, note = _interval(metric, value, left_out, drawn)
        notes += [note] if note else []
    return Estimated(
        metric.name, value, low, high, len(blocks), total, n, "; ".join(notes)
    )


def _of_sums(
    metric: Metric, blocks: Sequence[_BlockResult]
) -> tuple[float, list[float]]:
    """Return the value of all blocks together, and with each of them left out."""
    each = [block.moments for block in blocks]
    # Sums from both ends: merging all others anew for each of 1,000 blocks would be a
    # million merges, and to subtract a block is not exact for floats.
    before = [None, *accumulate(each, merge)]
    after = [None, *accumulate(reversed(each), lambda a, b: merge(b, a))][::-1]
    value = of_moments(metric, reduce(merge, each))
    left_out = []
    for k in range(len(each)):
        first, last = before[k], after[k + 1]
        rest = last if first is None else first if last is None else merge(first, last)
        try:
            left_out.append(of_moments(metric, rest or FloatMoments()))
        except Undefined:
            left_out.append(math.nan)
    return value, left_out


def _of_values(
    metric: Metric, blocks: Sequence[_BlockResult]
) -> tuple[float, list[float]]:
    """Return the mean of the blocks' values, by pixels; and with each left out."""
    pairs = np.array([(b.moments.n, b.values[metric.name]) for b in blocks], float)
    # A block without a value has no weight: without it the mean is what it is.
    weights, values = np.where(np.isfinite(pairs[:, 1]), pairs[:, 0], 0), pairs[:, 1]
    valid = weights > 0
    if not valid.any():
        raise Undefined("no block has a value")
    values = np.where(valid, values, 0.0)
    total, count = (weights * values).sum(), weights.sum()
    if valid.sum() == 1:
        return float(total / count), [math.nan] * len(blocks)
    rest: Array = (total - weights * values) / (count - weights)
    return float(total / count), rest.tolist()


def _interval(
    metric: Metric, value: float, left_out: list[float], drawn: _Draw
) -> tuple[float, float, str]:
    """Return the ends of the interval, and what to know of them."""
    from ..evidence.studentised import t_quantile

    scale = scale_of(metric)
    points = np.array([math.nan if math.isnan(v) else scale.to(v) for v in left_out])
    middle = scale.to(value)
    count = len(points)
    if count < _LEAST or not np.isfinite(points).all() or not math.isfinite(middle):
        # Equal images: R is 1, and z infinite, with any block left out.
        same = not np.isfinite(points).any() and all(v == value for v in left_out)
        return (value, value, "") if same else (math.nan, math.nan, "")
    influence = (count - 1) * (middle - points)
    spreads, degrees = [], []
    for k, size in enumerate(drawn.sizes.tolist()):
        own = influence[drawn.strata == k]
        # n²·(1 - n/N)·s²/n, with which the sum of the stratum's influences varies.
        spreads.append(len(own) * (1 - len(own) / size) * float(np.var(own, ddof=1)))
        degrees.append(len(own) - 1)
    spread, degree = np.array(spreads), np.array(degrees)
    total = float(spread.sum())
    if not total > 0:
        return value, value, ""
    freedom = total**2 / float((spread**2 / degree).sum())
    reach = t_quantile(freedom) * math.sqrt(total) / count
    note = ""
    apart = (points - points.mean()) ** 2
    carrying = float(np.abs(influence).sum() ** 2 / (influence**2).sum()) / count
    if float(apart.max()) > _ONE_RULES * float(apart.sum()):
        note = "one block makes most of the uncertainty: draw more of them"
    elif carrying < _FEW_CARRY:
        note = (
            "few of the blocks carry most of it, and another draw may have others: "
            "draw more of them"
        )
    return scale.back(middle - reach), scale.back(middle + reach), note

"""Say in words what the numbers of two images mean together.

`verdict` says what was done to image 1 to make image 2: brighter, moved, blurred,
noisier, other content; each clause with its number and the rule that let it stand
(docs/verdict.md lists them). What the evidence does not carry is not said.

Not here: the numbers of tables (`compare`); what is found (`verdicts.findings`), the
thresholds (`verdicts.rules`) and the sentences (`verdicts.sentences`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ground.errors import ImageError
from ..ground.inert import visible
from ..ground.public import public
from ..ground.types import Array
from ..images.door import as_image
from ..images.pair import ImageLike, prepare
from ..moments.centred import box
from ..moments.kernels.parts import as_bytes
from ..moments.wide import held, is_wide
from .cut_noise import ends_of, strength, with_cut_noise
from .findings import AS_LITTLE, Findings, count_of, find, nothing_left
from .local import Place
from .pixel_values import cut_within_noise, piled, step_of
from .places import pixel_of, rows_of
from .sentences import Clause, clauses_of, paragraph, plain_clause

if TYPE_CHECKING:
    from ..regions.region import Region

__all__ = ["Clause", "Place", "Verdict", "verdict"]

KINDS = (
    *("identical", "undefined", "rearranged", "other", "partly related", "unrelated"),
    *("inverted", "gain", "offset", "not linear", "gradient"),
    *("shift", "rotation", "scale", "blur"),
    *("saturation", "clipped", "quantised", "compressed", "noise"),
    *("local", "rest", "unexplained"),
)
"""Kinds of clauses. "rest" says that nothing is left beyond noise, "unexplained" that
something is."""

LARGE = 1 << 18
"""Pixels beyond which a plane is examined twice: all of it binned, then a window."""

_BINNED = 1 << 16
"""Pixels that a large plane is binned to, at most."""

_BINNED_BY = (2, 4, 8)
"""Pixels that are binned, along both axes, where noise hides what is finer."""

_SMALLEST = 32
"""Side of a binned image in pixels, at least."""

_WINDOW = 256
"""Side in pixels of the window of a large plane."""

FEWEST_PIXELS = 1024
"""Pixels of four blocks: fewer tell nothing of structure."""


@dataclass(frozen=True)
class Verdict:
    """What was done to image 1 to make image 2.

    Attributes
    ----------
    text : str
        The verdict as one paragraph.
    clauses : list of Clause
        What the paragraph is made of, content first and what is left last.
    places : list of Place
        Where the images differ beyond what was done to all of them, the clearest first:
        x, y, width, height and area in pixels of the image, RMSD there, how many
        standard deviations of the noise it stands out, and at which scale. Of other
        content in part, what the blocks of it leave over.
    pixel : tuple of float and str
        Area of a pixel and its unit, such as "µm²"; NaN and "" where not known.
    """

    text: str
    clauses: list[Clause]
    places: list[Place] = field(default_factory=list)
    pixel: tuple[float, str] = field(default=(math.nan, ""), compare=False)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The places as rows, for a data frame: area also in the images' unit.

        Examples
        --------
        >>> from similij.testset.changes import make_reference
        >>> image = make_reference().image
        >>> other = image.copy()
        >>> other[60:66, 80:90] = 20000
        >>> row, = verdict(image, other).rows
        >>> row["x"], row["y"], row["area"], row["area_in_unit"]
        (79, 59, 83, None)
        """
        return rows_of(self.places, self.pixel)

    @property
    def regions(self) -> list[Region]:
        """The boxes of the places, as regions that `similij.compare` takes.

        Examples
        --------
        >>> from similij.testset.changes import make_reference
        >>> image = make_reference().image
        >>> other = image.copy()
        >>> other[60:66, 80:90] = 20000
        >>> found = verdict(image, other)
        >>> [(r.name, r.x, r.y, r.width, r.height) for r in found.regions]
        [('difference 1', 79, 59, 12, 8)]
        """
        from ..regions.region import Region

        return [
            Region(f"difference {k + 1}", p.x, p.y, p.width, p.height)
            for k, p in enumerate(self.places)
        ]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of the clauses, in order."""
        return tuple(clause.kind for clause in self.clauses)

    def __str__(self) -> str:
        return visible(self.text)

    def _repr_html_(self) -> str:
        items = "".join(
            f"<li><b>{escape(c.kind)}</b>: {escape(c.evidence)}. "
            f"<small>Rule: {escape(c.rule)}.</small></li>"
            for c in self.clauses
        )
        rows = "".join(
            f"<tr><td>{p.x}</td><td>{p.y}</td><td>{p.width}×{p.height}</td>"
            f"<td>{p.area}</td><td>{p.rmsd:.3g}</td><td>{p.times_noise:.3g}</td></tr>"
            for p in self.places
        )
        heads = "".join(
            f"<th>{name}</th>"
            for name in ("x", "y", "size", "pixels", "RMSD", "times noise")
        )
        table = f"<table><tr>{heads}</tr>{rows}</table>" if rows else ""
        return f"<p>{escape(self.text)}</p><ul>{items}</ul>{table}"


@public
def verdict(x: ImageLike, y: ImageLike, *, mask: ImageLike | None = None) -> Verdict:
    """Say in words how image 2 differs from image 1.

    Parameters
    ----------
    x, y : array-like, (y, x)
        Two planes of one shape, as `similij.compare` takes them, in memory.
    mask : array-like of bool, optional
        True where pixels count.

    Returns
    -------
    Verdict
        Its clauses have a kind (one of
        `similij.verdicts.verdict.KINDS`), a value and its unit,
        the evidence and the rule. Offsets in intensity units, shifts and blurs in
        pixels, a rotation in degrees, counter-clockwise as seen. Pixels that are NaN in
        an image do not count.

    Raises
    ------
    ImageError
        If the images cannot be compared, are no single planes, or are in parts (dask).

    Notes
    -----
    Image 2 is fitted as image 1 moved, turned, stretched, blurred, times a gain that
    may fall to one side, plus an offset, or put through a curve; over the blocks of
    16×16 pixels whose fine structure agrees. What is left of all other pixels, too, is
    looked at over five scales for places that differ. A plane of more than 262,144
    pixels is binned to less for what concerns the whole; shift, blur and noise are from
    256×256 pixels of it, those with most structure.

    References
    ----------
    Immerkær, J. (1996). Comput. Vis. Image Underst. 64, 300-302,
    doi:10.1006/cviu.1996.0060 (noise). Lucas, B. D. & Kanade, T. (1981). Proc. 7th
    IJCAI, 674-679 (the steps of the fit). White, H. (1980). Econometrica 48, 817-838,
    doi:10.2307/1912934 (errors from scatter, here of blocks). Worsley, K. J. et al.
    (1996). Hum. Brain Mapp. 4, 58-73, doi:10.1002/(SICI)1097-0193(1996)4:1<58::AID-
    HBM4>3.0.CO;2-O (how high noise reaches anywhere).

    Examples
    --------
    >>> from similij.testset.changes import make_reference
    >>> image = make_reference().image
    >>> print(verdict(image, 1.25 * image))
    Same structure, 25 % brighter (gain 1.25); after that, no difference beyond noise.
    """
    return verdict_at(x, y, mask, (0, 0))


def verdict_at(
    x: ImageLike, y: ImageLike, mask: ImageLike | None, origin: tuple[int, int]
) -> Verdict:
    """Return the verdict of a part of planes, whose corner lies at origin (y, x)."""
    one, two = as_image(x, "image 1"), as_image(y, "image 2")
    pair = prepare(one, two, mask)
    pair.must_be_in_memory("a verdict")
    planes = [np.asarray(t) for t in (pair.x, pair.y)]
    shape = planes[0].shape
    lead = shape[:-2]
    if len(shape) < 2 or any(s != 1 for s in lead):  # noqa: PLR2004 - (y, x)
        raise ImageError(
            f'"{pair.names[0]}" has the shape {shape}: a verdict is of one plane '
            "(y, x). Take one, e.g. image[0]."
        )
    first, second = (as_bytes(t).reshape(shape[-2:]) for t in planes)
    valid = np.ones(first.shape, bool)
    if pair.mask is not None:
        valid = np.broadcast_to(np.asarray(pair.mask), shape).reshape(first.shape)
    valid = valid & np.isfinite(first) & np.isfinite(second)
    first, second, valid, corner = _cut(first, second, valid)
    if any(is_wide(t.dtype) and not held(t[valid]) for t in (first, second)):
        return no_verdict(
            "pixels are beyond 2^53, where float64 is coarser than they: subtract a "
            "background first"
        )
    at_once = _without_fit(first, second, valid)
    if at_once is not None:
        return at_once
    corner = corner[0] + origin[0], corner[1] + origin[1]
    told = _by_fit(first, second, valid, corner)
    return replace(told, pixel=pixel_of(one.calibration, two.calibration))


def _cut(
    first: Array, second: Array, valid: Array
) -> tuple[Array, Array, Array, tuple[int, int]]:
    """Cut planes to the box of the pixels that count; return its corner (y, x), too.

    A region has the same verdict wherever in an image it lies: blocks and gradients
    start at its box.
    """
    if valid.all() or not valid.any():
        return first, second, valid, (0, 0)
    around = box(valid)
    corner = around[0].start, around[1].start
    return first[around], second[around], valid[around], corner


def _verdict(*clauses: Clause) -> Verdict:
    return Verdict(paragraph(clauses), [*clauses])


def no_verdict(why: str) -> Verdict:
    """Return a verdict that only says why there is none."""
    return _verdict(plain_clause("undefined", math.nan, why))


def _without_fit(x: Array, y: Array, valid: Array) -> Verdict | None:
    """Return a verdict that needs no fit: nothing to compare, constant, equal.

    None where a fit is needed. Equality comes before constants: two images of one value
    are identical, whatever else is undefined of them.
    """
    count = int(valid.sum())
    if not count:
        return _verdict(plain_clause("undefined", 0.0, "no pixel is compared"))
    values_1, values_2 = (_counted(t, valid) for t in (x, y))
    if (values_1 == values_2).all():
        return _verdict(plain_clause("identical", float(count), "", "pixels"))
    constant = [bool((t == t[0]).all()) for t in (values_1, values_2)]
    if any(constant):
        which = (
            "both images are" if all(constant)
            else "image 1 is" if constant[0] else "image 2 is"
        )  # fmt: skip
        values = " and ".join(
            f"{float(t[0]):.6g}"
            for t, c in zip((values_1, values_2), constant, strict=True)
            if c
        )
        why = f"{which} constant here ({values})"
        return _verdict(plain_clause("undefined", float(sum(constant)), why))
    if count < FEWEST_PIXELS:
        why = f"{count} pixels are compared, {FEWEST_PIXELS} are needed"
        return _verdict(plain_clause("undefined", float(count), why))
    return None


def _by_fit(x: Array, y: Array, valid: Array, corner: tuple[int, int]) -> Verdict:
    """Return the verdict of planes that differ and vary."""
    whole = tuple(bool(t.dtype.kind in "bui") or _whole(t, valid) for t in (x, y))
    ones, twos = (_filled(t, valid) for t in (x, y))
    findings = _found(ones, twos, valid, (whole[0], whole[1]))
    findings = _with_ends(ones, twos, valid, findings)
    moves = findings.shift, findings.turn, findings.scale
    moved = any(move is not None for move in moves)
    # Only where no move was found, which says more: a rolled image has the same values.
    if not moved and _rearranged(*(_counted(t, valid) for t in (x, y))):
        share = float((x[valid] != y[valid]).mean())
        return _verdict(plain_clause("rearranged", share, ""))
    # In pixels of the image, not of the box of what counts.
    findings = replace(findings, places=_moved_by(findings.places, *corner))
    clauses = clauses_of(findings)
    # Of other content the words name the share, and what its blocks leave over is no
    # place of its own.
    places = [*findings.places] if findings.related == "same" else []
    return Verdict(paragraph(clauses), [*clauses], places)


def _found(x: Array, y: Array, valid: Array, whole: tuple[bool, bool]) -> Findings:
    """Find what was done; fewer changes, where noise that is cut off explains them.

    Where one image is the noisier one and cut off at an end, the other is put through
    what such noise does to the mean of each brightness, and all is found anew.
    """
    of_size = _of_small if x.size <= LARGE else _of_large
    findings = of_size(x, y, valid, whole)
    lit = findings.gain is not None or findings.offset is not None
    if findings.noise is None or (nothing_left(findings) and not lit):
        return findings
    noisier = findings.noise > 0
    clean, noisy = (x, y) if noisier else (y, x)
    values = _counted(clean, valid), _counted(noisy, valid)
    step = step_of(values[1])
    ends = ends_of(noisy, valid, step)
    sigma = strength(*values, ends, step) if ends.there else None
    if sigma is None:
        return findings
    lifted = with_cut_noise(clean, sigma, ends)
    if noisier:
        other = of_size(lifted, y, valid, (False, whole[1]))
    else:
        other = of_size(x, lifted, valid, (whole[0], False))
    better = nothing_left(other) or other.left <= AS_LITTLE * findings.left
    if other.noise is not None and better and count_of(other) < count_of(findings):
        return replace(other, noise_cut=ends.there)
    return findings


def _with_ends(x: Array, y: Array, valid: Array, findings: Findings) -> Findings:
    """Fill in what is cut off in one image where both vary by noise alone.

    Not where both have many pixels of the lowest, or top, value: these are their own.
    And not where one image has more noise, or was resampled, so that it would go beyond
    what is flat in the other.
    """
    other_changes = (
        findings.tone, findings.gradient, findings.noise, findings.blur,
        findings.shift, findings.turn, findings.scale,
    )  # fmt: skip
    if findings.related != "same" or any(one is not None for one in other_changes):
        return findings
    gain, offset = findings.gain or 1.0, findings.offset or 0.0
    if gain <= 0:
        return findings
    ends = {"saturated": [*findings.saturated], "clipped": [*findings.clipped]}
    for name, shares in ends.items():
        piles = [piled(t, valid, floor=name == "clipped") for t in (x, y)]
        for k in (0, 1):
            if shares[k] or not piles[k].any() or piles[1 - k].any():
                continue
            image, other = (y, gain * x + offset) if k else (x, (y - offset) / gain)
            shares[k] = cut_within_noise(piles[k], image, other, valid)
    return replace(
        findings,
        saturated=(ends["saturated"][0], ends["saturated"][1]),
        clipped=(ends["clipped"][0], ends["clipped"][1]),
    )


def _moved_by(places: tuple[Place, ...], top: int, left: int) -> tuple[Place, ...]:
    return tuple(p._replace(x=p.x + left, y=p.y + top) for p in places)


def _whole(image: Array, valid: Array) -> bool:
    """Tell whether all values are whole, as of a camera's image kept as float."""
    values = _counted(image, valid)
    return bool((values == np.rint(values)).all())


def _counted(image: Array, valid: Array) -> Array:
    """Return the pixels that count; without a copy where all do."""
    values: Array = image.reshape(-1) if valid.all() else image[valid]
    return values


def _filled(image: Array, valid: Array) -> Array:
    """Return an image with its mean where pixels do not count, then in float64.

    Where all count it stays as it is: of a large plane only parts go to float64.
    """
    if valid.all():
        return image
    filled: Array = image.astype(np.float64)
    filled[~valid] = filled[valid].mean()
    return filled


def _rearranged(values_1: Array, values_2: Array) -> bool:
    """Tell whether both have exactly the same values, at other places."""
    # The sums first: they differ for nearly all images, and sorting takes far longer.
    if values_1.sum(dtype=np.float64) != values_2.sum(dtype=np.float64):
        return False
    return bool((np.sort(values_1) == np.sort(values_2)).all())


def _of_small(x: Array, y: Array, valid: Array, whole: tuple[bool, bool]) -> Findings:
    """Find what was done; of an image whose noise hides its detail, once it is binned.

    Binned by 2, noise falls to a half, and structure that is coarser does not.
    """
    x, y = (t.astype(np.float64) for t in (x, y))
    findings = find(x, y, valid, whole=whole)
    for step in _BINNED_BY:
        if findings.related or min(x.shape) // step < _SMALLEST:
            break
        small = [_binned(t, step) for t in (x, y)]
        clear = _binned(valid, step) == 1
        if clear.sum() < FEWEST_PIXELS or any(np.ptp(t[clear]) == 0 for t in small):
            break
        coarse = find(small[0], small[1], clear, whole=(False, False))
        if coarse.related:
            findings = _in_pixels(coarse, step)
    return findings


def _of_large(x: Array, y: Array, valid: Array, whole: tuple[bool, bool]) -> Findings:
    """Find what was done to a large plane, from all of it binned and from a window.

    Content and brightness are of the whole, and binning keeps them. Shift, blur and
    noise are what binning hides, and a window with structure tells them as well.
    """
    step = int(np.ceil(np.sqrt(x.size / _BINNED)))
    # Binned values are means, no whole numbers any more, hence whole=(False, False).
    small = [_binned(t, step) for t in (x, y)]
    clear = _binned(valid, step) == 1
    coarse = find(small[0], small[1], clear, whole=(False, False))
    shaped = coarse.turn is not None or coarse.scale is not None
    if coarse.related not in ("same", "in part") or shaped:
        return _in_pixels(coarse, step)
    top, left = _most_structure(small[0], clear, _WINDOW // step)
    rows = slice(top * step, top * step + _WINDOW)
    columns = slice(left * step, left * step + _WINDOW)
    dy, dx = (0.0, 0.0) if coarse.shift is None else coarse.shift
    window = tuple(t[rows, columns].astype(np.float64) for t in (x, y))
    fine = find(
        window[0], window[1], valid[rows, columns], whole=whole,
        start=(round(dy * step), round(dx * step)),
    )  # fmt: skip
    findings = _in_pixels(coarse, step)
    if fine.related not in ("same", "in part"):
        return findings
    # Places too small for binning, where the window has some.
    small_places = [
        place
        for place in _moved_by(fine.places, rows.start, columns.start)
        if not any(_meet(place, other) for other in findings.places)
    ]
    return replace(
        findings,
        step=fine.step,
        compressed=fine.compressed,
        places=(*findings.places, *small_places),
        beyond=max(findings.beyond, fine.beyond),
        shift=fine.shift,
        blur=fine.blur,
        noise=fine.noise,
        noise_1=fine.noise_1,
        noise_2=fine.noise_2,
        left=fine.left,
        expected=fine.expected,
    )


def _in_pixels(findings: Findings, step: int) -> Findings:
    """Turn shift, blur and places of a binned plane into pixels of the plane itself.

    Noise that neighbours do not share is as many times that of the means.
    """
    shift = findings.shift and (findings.shift[0] * step, findings.shift[1] * step)
    blur = findings.blur and findings.blur * step
    places = tuple(place.times(step) for place in findings.places)
    return replace(
        findings,
        shift=shift or None,
        blur=blur or None,
        places=places,
        noise=findings.noise and findings.noise * step,
        noise_1=findings.noise_1 * step,
        noise_2=findings.noise_2 * step,
    )


def _meet(one: Place, two: Place) -> bool:
    """Tell whether the boxes of two places overlap."""
    along = one.x < two.x + two.width and two.x < one.x + one.width
    return along and one.y < two.y + two.height and two.y < one.y + one.height


def _binned(image: Array, step: int) -> Array:
    """Average squares of step × step pixels; a rest at the far edges is left out."""
    height, width = (s // step for s in image.shape)
    cut = image[: height * step, : width * step].reshape(height, step, -1)
    # Rows first, which lie in one piece each: three times as fast as both at once.
    rows = cut.sum(1, dtype=np.float64)
    binned: Array = rows.reshape(height, width, step).sum(2) / step**2
    return binned


def _most_structure(image: Array, clear: Array, side: int) -> tuple[int, int]:
    """Find the corner of the square in which a binned plane varies most."""
    places = [
        (top, left)
        for top in range(0, max(image.shape[0] - side, 0) + 1, max(side // 2, 1))
        for left in range(0, max(image.shape[1] - side, 0) + 1, max(side // 2, 1))
    ]

    def varies(place: tuple[int, int]) -> float:
        at = np.s_[place[0] : place[0] + side, place[1] : place[1] + side]
        values = image[at][clear[at]]
        return float(values.var()) * float(clear[at].mean()) if values.size else 0.0

    return max(places, key=varies)

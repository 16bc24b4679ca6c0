"""Look for places that differ, however small their share, in what a fit leaves.

What is left is smoothed at several scales, each divided by what noise leaves of itself
at that scale: a faint wide change shows at a wide scale, a small bright one at a narrow
one. The highest value of pure noise over all places and scales is known (Adler 1981;
Worsley et al. 1996), so that "no difference beyond noise" has a false-alarm rate.

Not here: what is left in blocks (`verdicts.fit`), and the words (`verdicts.sentences`).
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ..ground.optional import needed
from ..ground.types import Array
from ..spatial.pose import Pose, smoothed, well_inside
from .fit import SMOOTH, Fit, Scene, X, bases_at, left_by, spreads
from .noise import fine_detail
from .own_noise import passed
from .rules import limit

SCALES = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Sigmas in pixels at which what is left is looked at, from a grain to a cell."""

_TO_VARIANCE = 0.455
"""Median of the square of a standard normal variable."""

_MISFIT = 2.0
"""Times the usual misfit that a place must exceed, too: edges have long tails."""

_RESAMPLED = 0.1
"""Share of the fine detail of image 1 that moving or blurring it may get wrong."""

_LEVELS = 8
"""Classes of brightness in which what is left is compared with the noise."""

_CURVED, _FEWEST = 256, 60
"""Classes of brightness in which a curve may be off, and pixels of each at least."""


class Place(NamedTuple):
    """Where two images differ beyond what was done to all of the image.

    Attributes
    ----------
    x, y, width, height : int
        Box around it, in pixels.
    area : int
        Pixels of it.
    rmsd : float
        Root mean square of what is left there, in intensity units of image 2.
    times_noise : float
        How many standard deviations of the noise it stands out, smoothed at its scale.
    scale : float
        Sigma in pixels of the smoothing at which it stands out most.
    """

    x: int
    y: int
    width: int
    height: int
    area: int
    rmsd: float
    times_noise: float
    scale: float

    def times(self, step: int) -> Place:
        """Return a place of a binned image in pixels of the image itself."""
        box = (self.x * step, self.y * step, self.width * step, self.height * step)
        sizes = self.area * step * step, self.rmsd, self.times_noise
        return Place(*box, *sizes, self.scale * step)


class Rest(NamedTuple):
    """What a fit leaves, apart from the places.

    left and expected are root mean squares of the smoothed images, of what is left and
    of what noise makes; `beyond` is how high what is left stands out anywhere, over
    what noise reaches in one of 100 images; `independent` is how many pixels would be
    as sure, of noise that smoothing has not made alike.
    """

    left: float
    expected: float
    beyond: float
    places: tuple[Place, ...]
    independent: float


def rest_of(
    scene: Scene,
    fit: Fit,
    theta: Array,
    errors: Array,
    half_step: float,
    *,
    resampled: bool,
    curved: bool,
) -> Rest:
    """Look for what a fit does not explain, over all pixels that count.

    Parameters
    ----------
    scene, fit : Scene, Fit
        The images and the fit.
    theta : ndarray
        Coefficients of all bases.
    errors : ndarray
        Covariances of the coefficients: where one image has no noise, their error is
        all that is left.
    half_step : float
        Half of the steps to which both images are rounded, in intensities of image 2:
        what lies within is no difference.
    resampled : bool
        Whether image 1 was moved, blurred or put through a curve, so that its finest
        detail is a little off everywhere.
    curved : bool
        Whether it was put through a curve, which is a little off at some brightness.
    """
    left = left_by(scene, fit, theta)
    left = np.sign(left) * np.maximum(np.abs(left) - half_step, 0.0)
    weight = _sure(fit).astype(np.float64)
    variance, possible = _variance(scene, fit, left, float(1 + theta[X]))
    fine = (1 + theta[X]) * (fit.moved - smoothed(fit.moved, 9.0))
    floor = (limit("visible") * float(fit.target[fit.weight].std())) ** 2
    unsure = _unsure(scene, fit, errors)
    if curved:
        unsure = unsure + _unsure_curve(fit, left)
    squares, energy, wide = fine * fine * weight, None, 0.0
    chosen: list[tuple[float, float, Array]] = []
    raw: list[tuple[Array, float]] = []
    for scale in SCALES:
        if scale > min(left.shape) / 6:
            break
        if energy is None or max(scale**2, 4.0) > wide:
            wide = max(scale**2, 4.0)
            energy = smoothed(squares, wide, truncate=3)
        apart, usual, misfit, counted = _at_scale(
            left, weight, possible, energy, scale, _RESAMPLED * resampled
        )
        if not counted.any():  # few pixels, far apart, fill no place of this scale
            continue
        most = highest_of_noise(float(weight.sum()), scale)
        usual += unsure
        z = apart / np.sqrt(usual)
        raw.append((z, most))
        # Where all of the image is left with more than noise, a place must stand out
        # from that: something everywhere is no place.
        spread = max(float(np.median(z[counted])) / math.sqrt(_TO_VARIANCE), 1.0)
        local = apart / np.sqrt(usual * spread**2 + misfit + floor) / most
        chosen.append((float(local.max()), scale, local))
    taken, all_of_it = _standing_out(chosen, left.shape)
    places = _places(taken, left, chosen, raw)
    if places:
        ndimage = needed("scipy.ndimage", "A verdict")
        taken = ndimage.binary_dilation(all_of_it, iterations=math.ceil(3 * SMOOTH))
    free = (weight > 0) & ~taken
    n = max(int(free.sum()), 1)
    noise = variance * weight
    beyond = max((float(z[~taken].max(initial=0)) / most for z, most in raw), default=0)
    return Rest(
        math.sqrt(float((left[free] ** 2).sum()) / n),
        math.sqrt(float(noise[free].sum()) / n),
        beyond / limit("anywhere"),
        places,
        n / (4 * math.pi * max(spreads(fit.pose))),
    )


def _unsure(scene: Scene, fit: Fit, errors: Array) -> Array:
    """Return the variance of what the fit adds up to, by the errors of coefficients."""
    bases = bases_at(scene, fit.moved, fit.mean)
    values, vectors = np.linalg.eigh(errors)
    unsure = np.zeros(fit.moved.shape)
    for value, vector in zip(values, vectors.T, strict=True):
        if value > values[-1] * 1e-12:
            whole = sum(c * b for c, b in zip(vector, bases, strict=True) if c)
            unsure += value * whole**2
    return unsure


def _unsure_curve(fit: Fit, left: Array) -> Array:
    """Return the squares of what is left at each brightness, averaged over all places.

    Few pixels have the brightest and the darkest values, where a curve is least sure.
    """
    brightness = fit.moved[fit.weight]
    if not len(brightness):
        return np.zeros(fit.moved.shape)
    steps = min(_CURVED, max(len(brightness) // _FEWEST, 1))
    edges = np.unique(np.quantile(brightness, np.linspace(0, 1, steps + 1)[1:-1]))
    classes = np.searchsorted(edges, fit.moved)
    members, size = classes[fit.weight], len(edges) + 1
    sums = np.bincount(members, left[fit.weight], size)
    means = sums / np.maximum(np.bincount(members, minlength=size), 1)
    squares: Array = means[classes] ** 2
    return squares


def _sure(fit: Fit) -> Array:
    """Return where what is left can be judged: not where smoothing saw no image 1.

    An image that was moved or blurred elsewhere knew what lies beyond the edge.
    """
    if fit.pose == Pose():
        return fit.weight
    reach = math.ceil(3 * math.sqrt(SMOOTH**2 + abs(fit.pose.blur)))
    sure = fit.weight & well_inside(fit.weight, reach)
    return sure if sure.sum() > fit.weight.sum() / 4 else fit.weight


def highest_of_noise(pixels: float, scale: float) -> float:
    """Return what noise reaches anywhere, at any scale, in `rule local` of images.

    The expected number of places where a smooth Gaussian field exceeds z is, of both
    signs, A·|Λ|^½·(2π)^(-3/2)·z·exp(-z²/2)·2; |Λ|^½ is 1/(2·scale²) of white noise
    smoothed with that sigma.

    Examples
    --------
    >>> [round(highest_of_noise(256 * 256, scale), 1) for scale in (1, 8)]
    [5.7, 4.9]
    """
    cells = 2 * pixels / (2 * scale**2) * (2 * math.pi) ** -1.5
    share = limit("false alarm") / len(SCALES)
    z = 4.0
    for _ in range(20):  # a fixed point, reached to 1e-6 in a dozen steps
        z = math.sqrt(2 * math.log(max(cells * max(z, 1.0) / share, math.e)))
    return z


def _variance(scene: Scene, fit: Fit, left: Array, gain: float) -> tuple[Array, Array]:
    """Return the variance of noise in what is left, and what may be, pixel by pixel.

    Each image's own estimate takes fine texture for noise, and takes the noise of two
    copies of one image for that of two takes: so what is left is asked as well, by the
    same filter, in classes of brightness, and the lesser counts.
    """
    spread_x, spread_y = spreads(fit.pose)
    own_x = gain * gain * scene.noise_x.at(fit.moved) * fit.pose.enlarges
    own_y = scene.noise_y.at(fit.target)
    variance: Array = (own_x / spread_x + own_y / spread_y) / (4 * math.pi)
    through = own_x * passed(spread_x) + own_y * passed(spread_y)
    ndimage = needed("scipy.ndimage", "A verdict")
    seen = fine_detail(left)
    inside = ndimage.binary_erosion(fit.weight, np.ones((5, 5), bool))
    if not inside.any():
        return variance, variance
    brightness = fit.moved[inside]
    low, high = np.quantile(brightness, (0.005, 0.995))
    edges = np.union1d(
        np.quantile(brightness, np.linspace(0, 1, 2 * _LEVELS + 1)[1:-1]),
        np.linspace(low, high, _LEVELS + 1)[1:-1],
    )
    classes = np.searchsorted(edges, fit.moved)
    members, squares, predicted = (
        classes[inside], seen[inside] ** 2, through[inside],
    )  # fmt: skip
    order = np.argsort(members, kind="stable")
    starts = np.searchsorted(members[order], np.arange(len(edges) + 2))
    shares, measured = np.ones(len(edges) + 1), np.zeros(len(edges) + 1)
    to_smoothed = 1 / (passed(SMOOTH**2) * 4 * math.pi * SMOOTH**2)
    for k, (start, end) in enumerate(pairwise(starts)):
        if end == start:
            continue
        square = float(np.median(squares[order[start:end]])) / _TO_VARIANCE
        through_here = float(np.median(predicted[order[start:end]]))
        shares[k] = min(1.0, square / max(through_here, 1e-300))
        measured[k] = square * to_smoothed
    least = scene.rounding(gain) / (4 * math.pi * SMOOTH**2)
    variance = np.maximum(variance * shares[classes], least)
    # At the rim of a cell on a background without noise there is some of the cell's.
    return variance, np.maximum(variance, measured[classes])


def _at_scale(
    left: Array,
    weight: Array,
    variance: Array,
    energy: Array,
    scale: float,
    least: float,
) -> tuple[Array, Array, Array, Array]:
    """Return what is left at a scale, its noise's variance, its misfit's, and where."""
    further = scale**2 - SMOOTH**2
    # Weights of 1 stay 1, and what is a variance needs no far tails.
    inside = weight if weight.all() else smoothed(weight, further, truncate=3)
    counted = (weight > 0) & (inside > 0.3)  # noqa: PLR2004 - less is extrapolation
    norm = np.where(counted, inside, 1.0)
    apart = np.where(counted, np.abs(smoothed(left * weight, further)) / norm, 0.0)
    # The square of a Gaussian is one of sigma/√2: what it makes of noise that is not
    # the same everywhere.
    usual = smoothed(variance * weight, further / 2, truncate=3)
    usual = usual * (SMOOTH / scale) ** 2 / norm**2
    usual = np.where(counted, np.maximum(usual, 1e-300), 1.0)
    energy = energy / norm
    some = counted
    if some.any():
        some = counted & (energy > np.percentile(energy[counted], 25))
    ratio = (apart[some] ** 2 - usual[some]) / np.maximum(energy[some], 1e-300)
    share = max(float(np.median(ratio)), 0.0) / _TO_VARIANCE if ratio.size else 0.0
    return apart, usual, max(_MISFIT**2 * share, least**2) * energy, counted


def _standing_out(
    chosen: list[tuple[float, float, Array]], shape: tuple[int, ...]
) -> tuple[Array, Array]:
    """Mark what stands out, at the scales up to that where it does so most.

    A wider scale blurs it over more than its place, so it adds only what has none. Of
    what stands out far, the rim is no more of the place than its blur: the first mask
    is without, and the second with all that what is left elsewhere must not contain.
    """
    ndimage = needed("scipy.ndimage", "A verdict")
    taken, all_of_it = np.zeros(shape, bool), np.zeros(shape, bool)
    best = max(chosen, key=lambda c: c[0])[1] if chosen else 0.0
    for most, scale, local in chosen:
        if most <= limit("local"):
            continue
        labels, count = ndimage.label(local > limit("local"))
        tops = ndimage.maximum(local, labels, range(1, count + 1))
        before = taken.copy()
        for k, box in enumerate(ndimage.find_objects(labels)):
            members = labels[box] == k + 1
            if scale > best and (before[box] & members).any():
                continue
            taken[box] |= members & (local[box] > tops[k] / 4)
            all_of_it[box] |= members
    return taken, all_of_it


def _places(
    taken: Array,
    left: Array,
    chosen: list[tuple[float, float, Array]],
    raw: list[tuple[Array, float]],
) -> tuple[Place, ...]:
    """List the connected places, the clearest first."""
    if not taken.any():
        return ()
    ndimage = needed("scipy.ndimage", "A verdict")
    # Parts of one object lie near each other, and are one place.
    near = ndimage.binary_dilation(taken, iterations=math.ceil(3 * SMOOTH))
    labels, _ = ndimage.label(near, np.ones((3, 3)))
    places: list[tuple[float, Place]] = []
    for k, box in enumerate(ndimage.find_objects(labels)):
        members = taken[box] & (labels[box] == k + 1)
        rows, columns = np.nonzero(members)
        top, start = int(rows.min()), int(columns.min())
        tops = [float(local[box][members].max()) for _, _, local in chosen]
        at = int(np.argmax(tops))
        place = Place(
            box[1].start + start, box[0].start + top,
            int(columns.max()) - start + 1, int(rows.max()) - top + 1,
            int(members.sum()),
            float(np.sqrt((left[box][members] ** 2).mean())),
            float(raw[at][0][box][members].max()),
            chosen[at][1],
        )  # fmt: skip
        places.append((tops[at], place))
    return tuple(place for _, place in sorted(places, key=lambda p: -p[0]))

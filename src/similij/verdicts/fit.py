"""Fit image 2 as image 1 made brighter, moved, turned, stretched and blurred at once.

Both images are smoothed a little; image 1 is moved and blurred by the pose
reached so far, and the rest is explained by small steps of each (Gauss-Newton), linear
in gain, offset and their gradients. One fit for all of these, so that none is taken for
another. Blocks keep their own sums, so that the fit can leave some out, and so that
errors come from how blocks scatter, not from a count of alike neighbours.

Not here: the words for it (`verdicts.sentences`), and which blocks agree
(`verdicts.start_of_fit`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ..ground.types import Array
from ..spatial.pose import Pose, moved_to, smoothed, well_inside
from .noise import NoiseLevel

SMOOTH = 1.0
"""Sigma in pixels that both images are smoothed with: noise falls to 0.28 of itself."""

_STEP_SHARES = (1.0, 0.5, 0.2)
"""Shares of a step that are tried in turn, until one makes the fit better."""

_DONE, _SLOW = 1e-7, 2e-4
"""Share of the variance below which a fit is done, and share of what is left that a
step must take off for another step to follow."""

BLOCK = 16
"""Side of the blocks in pixels: larger than the grain, smaller than a cell."""

# What a small step of each parameter adds to image 1 (x): u and v run from -0.5 to 0.5
# over the width and the height, and those from dy on are slopes of x in its pose.
BASES = (
    *("one", "u", "v", "x", "xu", "xv", "dy", "dx", "turn", "blur"),
    *("zoom_y", "zoom_x"),
)
ONE, U, V, X, XU, XV, DY, DX, TURN, BLUR, ZOOM_Y, ZOOM_X = range(len(BASES))

STEPS = 12
"""Most steps of a fit; a few are enough from a start that is nearly right."""
_LEAST_PIXELS = 64
"""Pixels of a block's 256 that must count: fewer do not tell structure."""


@dataclass
class Scene:
    """Two planes to fit, and where they count.

    Attributes
    ----------
    x, y : ndarray of float64, (y, x)
        Finite everywhere.
    valid : ndarray of bool, (y, x)
        Pixels that count.
    noise_x, noise_y : NoiseLevel
        Noise of each, by brightness.
    whole : pair of bool
        Whether each has whole numbers, so that it is rounded.
    u, v : ndarray of float64, (y, x)
        Place along the width and the height, from -0.5 to 0.5.
    smooth_x, smooth_y : ndarray of float64, (y, x)
        Both planes, smoothed by `SMOOTH`.
    """

    x: Array
    y: Array
    valid: Array
    noise_x: NoiseLevel
    noise_y: NoiseLevel
    whole: tuple[bool, bool] = (False, False)
    u: Array = field(init=False)
    v: Array = field(init=False)
    smooth_x: Array = field(init=False)
    smooth_y: Array = field(init=False)

    def __post_init__(self) -> None:
        height, width = self.x.shape
        self.v = np.broadcast_to(
            ((np.arange(height) + 0.5) / height - 0.5)[:, None], self.x.shape
        )
        self.u = np.broadcast_to(
            ((np.arange(width) + 0.5) / width - 0.5)[None], self.x.shape
        )
        self.smooth_x = smoothed(self.x, SMOOTH**2)
        self.smooth_y = smoothed(self.y, SMOOTH**2)

    def first_at(self, pose: Pose) -> tuple[Array, Array]:
        """Return image 1 at a pose, smoothed there by what `spreads` says, and where.

        Smoothed before it is stretched, and by as much as image 2, it would be the
        softer of the two: of fine texture magnified by 6 % that made a gain of 1.02.
        """
        spread = spreads(pose)[0]
        if pose.is_shift:
            return moved_to(smoothed(self.smooth_x, spread - SMOOTH**2), pose)
        zooms = 1 + pose.zoom_y, 1 + pose.zoom_x
        return moved_to(smoothed(self.x, spread, zooms), pose)

    def rounding(self, gain: float) -> float:
        """Return the variance that rounding leaves, of whole numbers and of float64."""
        spread = float(self.y[self.valid].std()) if self.valid.any() else 0.0
        rounded = (gain * gain * self.whole[0] + self.whole[1]) / 12
        return float(max(rounded, (1e-6 * spread) ** 2))


@dataclass
class Fit:
    """Sums of a fit at a pose, block by block.

    Attributes
    ----------
    a : ndarray, (blocks, 12, 12)
        Products of the bases, less what noise in image 1 adds to them.
    b : ndarray, (blocks, 12)
        Products of the bases with y - x, less the same.
    rest : ndarray, (blocks,)
        Squares of y - x, less what noise in image 1 adds to them.
    n : ndarray, (blocks,)
        Pixels that count.
    noise_x, noise_y : ndarray, (blocks,)
        Squares that the noise of each smoothed image makes.
    noisy : ndarray, (blocks, 12, 12)
        What noise in image 1 adds to the products, taken off in `a`.
    pose : Pose
        Pose of image 1.
    mean : float
        What was subtracted from x in the bases.
    moved, target : ndarray, (y, x)
        Image 1 at that pose, and image 2, blurred where the pose says so.
    weight : ndarray of bool, (y, x)
        Pixels that count at that pose.
    """

    a: Array
    b: Array
    rest: Array
    n: Array
    noise_x: Array
    noise_y: Array
    noisy: Array
    pose: Pose
    mean: float
    moved: Array
    target: Array
    weight: Array

    def totals(self, used: Array) -> tuple[Array, Array, float, float]:
        """Sum a, b, rest and n over the blocks that are used."""
        return (
            self.a[used].sum(0),
            self.b[used].sum(0),
            float(self.rest[used].sum()),
            float(self.n[used].sum()),
        )

    def with_noise(self) -> Fit:
        """Return the sums as they are, nothing taken off for noise of image 1."""
        return replace(
            self,
            a=self.a + self.noisy,
            b=self.b - self.noisy[:, :, X],
            rest=self.rest + self.noise_x,
        )

    def noise(self, gain: float) -> Array:
        """Return the squares that noise alone would leave in each block."""
        squares: Array = self.noise_y + gain * gain * self.noise_x
        return squares


def plain_solution(fit: Fit, used: Array, free: tuple[int, ...]) -> Array:
    """Return the coefficients of least squares that know of no noise in image 1."""
    a, b, _, _ = fit.totals(used)
    noisy = fit.noisy[used].sum(0)
    return solve(a + noisy, b - noisy[:, X], free)


def sums_at(scene: Scene, pose: Pose, valid: Array) -> Fit:
    """Sum the products of all bases at a pose, block by block."""
    target = smoothed(scene.smooth_y, max(-pose.blur, 0.0))
    x, inside = scene.first_at(pose)
    reach = math.ceil(3 * SMOOTH)
    counted = valid & inside
    if not counted.all():
        # Near the edge of a moved image, smoothing took in what does not lie there.
        # Such pixels are left out, unless that would leave less than a quarter.
        eroded = well_inside(counted, reach, bool(inside.all()))
        counted = eroded if eroded.sum() > counted.sum() / 4 else counted
    mean = float(x[counted].mean()) if counted.any() else 0.0
    weight = counted.astype(np.float64)
    bases = bases_at(scene, x, mean)
    if not counted.all():
        bases = [base * weight for base in bases]
    stack = in_blocks(bases)
    response = in_blocks(((target - x) * weight)[None])[:, 0]
    a = np.einsum("bkp,blp->bkl", stack, stack, optimize=True)
    b = np.einsum("bkp,bp->bk", stack, response, optimize=True)
    rest = np.einsum("bp,bp->b", response, response)
    n = in_blocks(weight[None])[:, 0].sum(1)
    vx = scene.noise_x.at(x) * weight * pose.enlarges
    vy = scene.noise_y.at(target) * weight
    spread_x, spread_y = spreads(pose)
    # Noise of image 1 is in the bases, too, and would make the gain too small.
    noisy = _noise_products(vx, scene, spread_x)
    a = a - noisy
    b = b + noisy[:, :, X]
    noise_x = noisy[:, X, X]
    rest = rest - noise_x
    noise_y = in_blocks(vy[None])[:, 0].sum(1) / (4 * math.pi * spread_y)
    return Fit(a, b, rest, n, noise_x, noise_y, noisy, pose, mean, x, target, counted)


def spreads(pose: Pose) -> tuple[float, float]:
    """Return the squared sigmas that image 1 and image 2 are smoothed with at a pose.

    Examples
    --------
    >>> spreads(Pose(blur=3.0)), spreads(Pose(blur=-3.0))
    ((4.0, 1.0), (1.0, 4.0))
    """
    return SMOOTH**2 + max(pose.blur, 0.0), SMOOTH**2 + max(-pose.blur, 0.0)


def bases_at(scene: Scene, x: Array, mean: float) -> list[Array]:
    """Return the images that a fit adds up, of image 1 at a pose, in their order."""
    up, along = np.gradient(x)
    # Slopes of slopes, 2 pixels apart, as `_noise_products` reckons with: a Laplacian
    # of neighbours would have other noise.
    curve = np.gradient(up, axis=0) + np.gradient(along, axis=1)
    rows, columns = x.shape
    centred = x - mean
    turning = scene.u * columns * up - scene.v * rows * along
    return [
        np.ones_like(x), scene.u, scene.v, centred, scene.u * centred,
        scene.v * centred, -up, -along, turning, curve / 2,
        -scene.v * rows * up, -scene.u * columns * along,
    ]  # fmt: skip


def left_by(scene: Scene, fit: Fit, theta: Array) -> Array:
    """Return what coefficients leave of image 2, pixel by pixel."""
    left: Array = fit.target - fit.moved
    for coefficient, base in zip(
        theta, bases_at(scene, fit.moved, fit.mean), strict=True
    ):
        if coefficient:
            left = left - coefficient * base
    return left


def _noise_products(vx: Array, scene: Scene, s: float) -> Array:
    """Return what noise of image 1 adds to the products of bases, by blocks.

    vx is its variance; s is the squared sigma of the smoothing. Smoothed noise d
    pixels apart has the correlation exp(-d²/4s), and slopes are half the difference of
    what is 2 pixels apart.
    """
    plain, apart = 1 / (4 * math.pi * s), math.exp(-1 / s)
    slope = plain * (1 - apart) / 2
    curve = plain * (3 - 4 * apart + apart**4) / 16 + slope**2 / plain / 2
    factors = [scene.u * 0 + 1, scene.u, scene.v]
    sums = {
        (i, j): in_blocks((vx * factors[i] * factors[j])[None])[:, 0].sum(1)
        for i in range(3)
        for j in range(i, 3)
    }
    size = len(BASES)
    products = np.zeros((len(sums[0, 0]), size, size))
    for i in range(3):
        for j in range(3):
            products[:, X + i, X + j] = plain * sums[min(i, j), max(i, j)]
        products[:, X + i, BLUR] = products[:, BLUR, X + i] = -slope * sums[0, i]
    products[:, DY, DY] = products[:, DX, DX] = slope * sums[0, 0]
    rows, columns = vx.shape
    products[:, TURN, TURN] = slope * (columns**2 * sums[1, 1] + rows**2 * sums[2, 2])
    products[:, DY, TURN] = products[:, TURN, DY] = -slope * columns * sums[0, 1]
    products[:, DX, TURN] = products[:, TURN, DX] = slope * rows * sums[0, 2]
    products[:, BLUR, BLUR] = curve * sums[0, 0]
    # Stretching moves pixels by their place, so its slopes are those of shifts.
    for base, shift, size, place in (
        (ZOOM_Y, DY, rows, 2), (ZOOM_X, DX, columns, 1),
    ):  # fmt: skip
        products[:, base, base] = slope * size**2 * sums[place, place]
        products[:, base, shift] = slope * size * sums[0, place]
        products[:, shift, base] = products[:, base, shift]
        sign = -1 if base == ZOOM_Y else 1
        products[:, base, TURN] = sign * slope * rows * columns * sums[1, 2]
        products[:, TURN, base] = products[:, base, TURN]
    return products


def in_blocks(images: Array | Sequence[Array]) -> Array:
    """Cut images (k, y, x) into blocks (blocks, k, pixels), filled up with 0."""
    k, (height, width) = len(images), images[0].shape
    rows, columns = -(-height // BLOCK), -(-width // BLOCK)
    blocks = np.empty((rows, columns, k, BLOCK, BLOCK))
    wide = np.zeros((rows * BLOCK, columns * BLOCK))
    for at, image in enumerate(images):
        wide[:height, :width] = image
        cut = wide.reshape(rows, BLOCK, columns, BLOCK)
        blocks[:, :, at] = cut.transpose(0, 2, 1, 3)
    return blocks.reshape(rows * columns, k, BLOCK * BLOCK)


def of_blocks(values: Array, shape: tuple[int, ...]) -> Array:
    """Give each pixel of an image (y, x) what its block has, in the order of blocks."""
    rows, columns = (np.arange(size) // BLOCK for size in shape)
    grid = values.reshape(rows[-1] + 1, columns[-1] + 1)
    pixels: Array = grid[rows[:, None], columns]
    return pixels


def solve(a: Array, b: Array, free: tuple[int, ...]) -> Array:
    """Solve for the coefficients of least squares; bases that are not free get 0.

    So does a base whose square is not above 0: there is nothing of it beyond noise.
    """
    theta = np.zeros(len(b))
    kept = [k for k in free if a[k, k] > 0]
    # Scaled to squares of 1: intensities of 10,000 stand beside pixels and radians, and
    # one cut-off could not serve all of them. lstsq and not solve, since a base may be
    # a sum of others (a ramp of image 1 that is a ramp itself).
    scale = np.sqrt(np.diag(a)[kept])
    scaled = a[np.ix_(kept, kept)] / np.outer(scale, scale)
    theta[kept] = np.linalg.lstsq(scaled, b[kept] / scale, rcond=1e-9)[0] / scale
    return theta


def squares_left(a: Array, b: Array, rest: float, theta: Array) -> float:
    """Return the squares that coefficients leave, of sums as of `Fit.totals`."""
    return rest - 2 * float(b @ theta) + float(theta @ a @ theta)


PHOTOMETRIC = (ONE, U, V, X, XU, XV)
"""Bases of light: with these alone free, what is left judges a pose."""

ALL = tuple(range(len(BASES)))

SHAPES = (TURN, ZOOM_Y, ZOOM_X)
"""Bases that move each place differently."""


GRADIENTS = (U, V, XU, XV)
"""Bases of light that falls to one side."""


def bases_of(pose: Pose, *, blurs: bool = True, level: bool = False) -> tuple[int, ...]:
    """Return the bases that are free at a pose: what it holds still has none.

    If level, light may not fall to one side.
    """
    held = {TURN: pose.turn, ZOOM_Y: pose.zoom_y, ZOOM_X: pose.zoom_x, BLUR: blurs}
    held |= dict.fromkeys(GRADIENTS, not level)
    return tuple(k for k in ALL if held.get(k, 1))


def fitted(
    scene: Scene,
    start: Pose,
    valid: Array,
    used: Array | None = None,
    *,
    turns: bool,
    blurs: bool = True,
    level: bool = False,
    steps: int = STEPS,
) -> Fit:
    """Find the pose in steps from a start, over the used blocks.

    A step comes from all bases, but whether it is taken is decided by what light alone
    leaves at the new pose: slopes hold for small steps only, and would explain a wrong
    one away. With `turns` image 1 may turn and stretch, with `blurs` it may blur; if
    `level`, light does not fall to one side.
    """
    held = {*(() if turns else SHAPES), *(() if blurs else (BLUR,))}
    held |= {*(GRADIENTS if level else ())}
    free = tuple(k for k in ALL if k not in held)
    light = tuple(k for k in PHOTOMETRIC if k in free)
    best = sums_at(scene, start, valid)
    least, noise = _left(best, used, light)
    for _ in range(steps):
        a, b, _, _ = best.totals(_counting(best, used))
        theta = solve(a, b, free)
        gain = 1 + theta[X]
        if abs(gain) < 1e-3:  # noqa: PLR2004 - nothing of image 1 is in image 2
            break
        before = least
        # Slopes in the bases are of image 1: those of image 2 are gain times as steep.
        for share in _STEP_SHARES:
            trial = sums_at(scene, _stepped(best.pose, share * theta / gain), valid)
            left, noise = _left(trial, used, light)
            if left < least:
                least, best = left, trial
                break
        # What is left beyond noise goes down to 0 or below, where the noise is thought
        # too large: a tenth of the noise then says what is slow.
        worth = _SLOW * max(before - noise, noise / 10)
        if least < _DONE or before - least < worth:
            break
    return best


def _stepped(pose: Pose, step: Array) -> Pose:
    """Return a pose one step further, and no further than the slopes can be trusted."""
    far = 0.3 + abs(pose.blur) / 2
    return Pose(
        pose.dy + float(np.clip(step[DY], -1, 1)),
        pose.dx + float(np.clip(step[DX], -1, 1)),
        pose.turn + float(np.clip(step[TURN], -0.02, 0.02)),
        pose.blur + float(np.clip(step[BLUR], -far, far)),
        pose.zoom_y + float(np.clip(step[ZOOM_Y], -0.02, 0.02)),
        pose.zoom_x + float(np.clip(step[ZOOM_X], -0.02, 0.02)),
    )


def _counting(fit: Fit, used: Array | None) -> Array:
    """Choose the used blocks that have enough pixels; all that have any if none has."""
    enough = fit.n >= _LEAST_PIXELS
    counting: Array = enough if used is None else enough & used
    return counting if counting.any() else fit.n > 0


def _left(fit: Fit, used: Array | None, free: tuple[int, ...]) -> tuple[float, float]:
    """Return the share of the target's variance that is left, and that of the noise."""
    chosen = _counting(fit, used)
    a, b, rest, n = fit.totals(chosen)
    theta = solve(a, b, free)
    left = squares_left(a, b, rest, theta)
    own = np.zeros(len(b))
    own[X] = 1 + theta[X]
    spread = float(own @ a @ own) - float((own @ a)[ONE]) ** 2 / max(n, 1)
    noise = float(fit.noise_y[chosen].sum())
    return left / max(spread, 1e-12), noise / max(spread, 1e-12)

"""Image 2 as image 1 made brighter, moved, turned, blurred: one fit for all of these.

Both images are smoothed a little; image 1 is moved, turned and blurred as found so far,
and the rest is explained by small steps of each (Gauss-Newton), linear in gain, offset
and their gradients. Blocks keep their own sums, so that the fit can leave some out, and
so that errors come from how blocks scatter, not from a count of alike neighbours.

Not here: what is said of it (`verdict`), and which blocks agree (`start_of_fit`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from ..ground.optional import needed
from ..ground.types import Array
from .noise import NoiseLevel
from .pose import Pose, moved_to, smoothed

SMOOTH = 1.0
"""Sigma in pixels that both images are smoothed with: noise falls to 0.28 of itself."""

_PARTS = (1.0, 0.5, 0.2)
"""Of a step that makes it worse, parts are tried."""

_DONE, _SLOW = 1e-7, 1e-3
"""Steps end where so little of the variance is left, or so little is gained."""

BLOCK = 16
"""Side of the blocks in pixels: larger than the grain, smaller than a cell."""

BASES = ("one", "u", "v", "x", "xu", "xv", "dy", "dx", "turn", "blur")
ONE, U, V, X, XU, XV, DY, DX, TURN, BLUR = range(len(BASES))

STEPS = 12
"""Most steps of a fit; a few are enough from a start that is nearly right."""
_LEAST_PIXELS = 64
"""Of a block of 256: fewer do not tell structure."""


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
        Of each.
    """

    x: Array
    y: Array
    valid: Array
    noise_x: NoiseLevel
    noise_y: NoiseLevel
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


@dataclass
class Fit:
    """Sums of a fit at a pose, block by block.

    Attributes
    ----------
    a : ndarray, (blocks, 10, 10)
        Products of the bases, less what noise in image 1 adds to them.
    b : ndarray, (blocks, 10)
        Products of the bases with y - x.
    rest : ndarray, (blocks,)
        Squares of y - x.
    n : ndarray, (blocks,)
        Pixels.
    noise : ndarray, (blocks,)
        Squares of y - x that noise alone would make at gain 1.
    pose : Pose
        Of image 1.
    mean : float
        What was subtracted from x in the bases.
    """

    a: Array
    b: Array
    rest: Array
    n: Array
    noise_x: Array
    noise_y: Array
    pose: Pose
    mean: float
    moved: Array
    target: Array
    weight: Array

    def totals(self, used: Array) -> tuple[Array, Array, float, float]:
        """Return the sums over the blocks that are used."""
        return (
            self.a[used].sum(0),
            self.b[used].sum(0),
            float(self.rest[used].sum()),
            float(self.n[used].sum()),
        )

    def noise(self, gain: float) -> Array:
        """Squares that noise alone would leave in each block."""
        found: Array = self.noise_y + gain * gain * self.noise_x
        return found

    def left(self, theta: Array) -> Array:
        """Squares left in each block by coefficients."""
        found: Array = (
            self.rest
            - 2 * self.b @ theta
            + np.einsum("bkl,k,l->b", self.a, theta, theta)
        )
        return found


def sums_at(scene: Scene, pose: Pose, valid: Array) -> Fit:
    """Return the sums of all bases at a pose."""
    ndimage = needed("scipy.ndimage", "A verdict")
    blurred = smoothed(scene.smooth_x, max(pose.blur, 0.0))
    target = smoothed(scene.smooth_y, max(-pose.blur, 0.0))
    x, inside = moved_to(blurred, pose)
    reach = math.ceil(3 * SMOOTH)
    seen = valid & inside
    if not seen.all():
        # what was smoothed over the edge of a moved image is not what lay there
        beyond = int(inside.all())
        eroded = ndimage.minimum_filter(
            seen.view(np.uint8), 2 * reach + 1, mode="constant", cval=beyond
        ).view(bool)
        seen = eroded if eroded.sum() > seen.sum() / 4 else seen
    up, along = np.gradient(x)
    curve = np.gradient(up, axis=0) + np.gradient(along, axis=1)
    rows, columns = x.shape
    mean = float(x[seen].mean()) if seen.any() else 0.0
    centred = x - mean
    turning = scene.u * columns * up - scene.v * rows * along
    weight = seen.astype(np.float64)
    bases = [
        np.ones_like(x), scene.u, scene.v, centred, scene.u * centred,
        scene.v * centred, -up, -along, turning, curve / 2,
    ]  # fmt: skip
    stack = in_blocks(np.stack([b * weight for b in bases]))
    response = in_blocks(((target - x) * weight)[None])[:, 0]
    a = np.einsum("bkp,blp->bkl", stack, stack, optimize=True)
    b = np.einsum("bkp,bp->bk", stack, response, optimize=True)
    rest = np.einsum("bp,bp->b", response, response)
    n = in_blocks(weight[None])[:, 0].sum(1)
    vx = scene.noise_x.at(x) * weight
    vy = scene.noise_y.at(target) * weight
    spread_x, spread_y = SMOOTH**2 + max(pose.blur, 0), SMOOTH**2 + max(-pose.blur, 0)
    noisy = _noise_products(vx, scene, spread_x)
    a = a - noisy
    b = b + noisy[:, :, X]
    noise_x = noisy[:, X, X]
    rest = rest - noise_x
    noise_y = in_blocks(vy[None])[:, 0].sum(1) / (4 * math.pi * spread_y)
    return Fit(a, b, rest, n, noise_x, noise_y, pose, mean, x, target, seen)


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
    found = np.zeros((len(sums[0, 0]), size, size))
    for i in range(3):
        for j in range(3):
            found[:, X + i, X + j] = plain * sums[min(i, j), max(i, j)]
        found[:, X + i, BLUR] = found[:, BLUR, X + i] = -slope * sums[0, i]
    found[:, DY, DY] = found[:, DX, DX] = slope * sums[0, 0]
    rows, columns = vx.shape
    found[:, TURN, TURN] = slope * (columns**2 * sums[1, 1] + rows**2 * sums[2, 2])
    found[:, DY, TURN] = found[:, TURN, DY] = -slope * columns * sums[0, 1]
    found[:, DX, TURN] = found[:, TURN, DX] = slope * rows * sums[0, 2]
    found[:, BLUR, BLUR] = curve
    found[:, BLUR, BLUR] *= sums[0, 0]
    return found


def in_blocks(images: Array) -> Array:
    """Cut (k, y, x) into blocks: (blocks, k, pixels); what is missing is 0."""
    k, height, width = images.shape
    rows, columns = -(-height // BLOCK), -(-width // BLOCK)
    wide = np.zeros((k, rows * BLOCK, columns * BLOCK))
    wide[:, :height, :width] = images
    cut = wide.reshape(k, rows, BLOCK, columns, BLOCK).transpose(1, 3, 0, 2, 4)
    found: Array = cut.reshape(rows * columns, k, BLOCK * BLOCK)
    return found


def solve(a: Array, b: Array, free: tuple[int, ...]) -> Array:
    """Coefficients of least squares, 0 for bases that are not free.

    Nor for one whose square is not above 0: there is nothing of it beyond noise.
    """
    theta = np.zeros(len(b))
    kept = [k for k in free if a[k, k] > 0]
    scale = np.sqrt(np.diag(a)[kept])
    part = a[np.ix_(kept, kept)] / np.outer(scale, scale)
    theta[kept] = np.linalg.lstsq(part, b[kept] / scale, rcond=1e-9)[0] / scale
    return theta


PHOTOMETRIC = (ONE, U, V, X, XU, XV)
ALL = tuple(range(len(BASES)))


def fitted(
    scene: Scene,
    start: Pose,
    valid: Array,
    used: Array | None = None,
    *,
    turns: bool,
    steps: int = STEPS,
) -> Fit:
    """Find the pose in steps from a start, over the used blocks."""
    free = tuple(k for k in ALL if turns or k != TURN)
    best = sums_at(scene, start, valid)
    least = _left(best, used, PHOTOMETRIC)
    for _ in range(steps):
        a, b, _, _ = best.totals(_some(best, used))
        theta = solve(a, b, free)
        gain = 1 + theta[X]
        if abs(gain) < 1e-3:  # noqa: PLR2004 - nothing of image 1 is in image 2
            break
        before = least
        for part in _PARTS:
            found = sums_at(scene, _stepped(best.pose, part * theta / gain), valid)
            left = _left(found, used, PHOTOMETRIC)
            if left < least:
                least, best = left, found
                break
        if least < _DONE or not least < before * (1 - _SLOW):
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
    )


def _some(fit: Fit, used: Array | None) -> Array:
    enough = fit.n >= _LEAST_PIXELS
    both: Array = enough if used is None else enough & used
    return both if both.any() else fit.n > 0


def _left(fit: Fit, used: Array | None, free: tuple[int, ...]) -> float:
    """Share of the variance of the target that is left, noise aside."""
    chosen = _some(fit, used)
    a, b, rest, n = fit.totals(chosen)
    theta = solve(a, b, free)
    left = rest - 2 * float(b @ theta) + float(theta @ a @ theta)
    own = np.zeros(len(b))
    own[X] = 1 + theta[X]
    spread = float(own @ a @ own) - float((own @ a)[ONE]) ** 2 / max(n, 1)
    noise = float(fit.noise_y[chosen].sum())
    return max(left - 0.9 * noise, 1e-12) / max(spread, 1e-12)

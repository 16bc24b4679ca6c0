"""Make the series of the test set: a movie that drifts and bleaches, taken twice.

Three cells drift by whole pixels from frame to frame, so that each frame holds the
very same light, moved; a fourth one is stuck to the glass and only bleaches. So what a
number owes to drift can be told from what it owes to bleaching.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .cells import Cell, Dice, Floats, blur, draw, make_cell, retextured
from .files import freehand, write_image, write_rois

SERIES_SHAPE = (96, 128)
FRAMES = 5
DRIFT = (1, 2)  # pixels a frame, down and to the right
BLEACHING = (0.85, 0.95)  # what a frame leaves to the next, of channel 1 and 2
FRAME_INTERVAL = 30.0  # seconds
SLICE_DISTANCE = 1.0  # µm
SLICES = ((2.0, 0.6), (0.0, 1.0), (1.5, 0.75))
"""Sigma of the blur in pixels, and share of the light, in each slice."""

GAIN_B = 1.5  # of the second take
SHARED = 0.5  # what channel 2 has of channel 1; its other half is a texture of its own
OFFSET = 300.0  # of the camera
UNITS_PER_PHOTON = 20.0
READ_NOISE = 12.0
FOCUS = 2  # the slice, counted from 1, that the outline of one cell is tied to
TIED = 3  # that cell, counted from 1
MARGIN = (FRAMES - 1) * max(DRIFT)


class Series(NamedTuple):
    """Both takes, ``(t, z, c, y, x)``, and the label image ``(y, x)`` of the cells."""

    movie_a: NDArray[np.uint16]
    movie_b: NDArray[np.uint16]
    labels: NDArray[np.uint16]


def series_cells() -> list[Cell]:
    """Return the cells where they are in the first frame; the last one is stuck."""
    places = ((26, 24, 16), (29, 74, 15), (68, 42, 17), (64, 105, 16))
    return [make_cell(100 + k, *place, nucleus=False) for k, place in enumerate(places)]


def make_series() -> Series:
    """Return the pixels of the series; the same ones each time.

    But for the noise, channel c of frame t (both from 0) is `OFFSET` and
    ``BLEACHING[c]**t`` times the light of the first frame, in which all cells but the
    last are ``t * DRIFT`` further. The second take has the same light, times `GAIN_B`,
    and noise of its own.
    """
    light = _light(series_cells())
    return Series(
        _take(light, seed=501, gain=1.0), _take(light, seed=502, gain=GAIN_B), _labels()
    )


def write_series(folder: Path) -> None:
    """Write the movies, the label image and the outlines of the cells.

    The outlines are of the first frame. One is tied to the slice in focus, the others
    apply everywhere; label k is the inside of outline k.
    """
    series = make_series()
    for name, movie in (("movie_a", series.movie_a), ("movie_b", series.movie_b)):
        write_image(
            folder / f"{name}.tif",
            movie,
            axes="TZCYX",
            finterval=FRAME_INTERVAL,
            spacing=SLICE_DISTANCE,
        )
    write_image(folder / "cells_labels.tif", series.labels)
    rois = [freehand(cell) for cell in series_cells()]
    rois[TIED - 1].z_position = FOCUS
    write_rois(folder / "movie_a_roi.zip", rois)


def _light(cells: list[Cell]) -> Floats:
    """Return the light of each frame, slice and channel, before any bleaching."""
    height, width = SERIES_SHAPE
    moving, stuck = _channels(cells[:-1]), _channels(cells[-1:])
    light = np.zeros((FRAMES, len(SLICES), len(BLEACHING), height, width))
    for t in range(FRAMES):
        top, left = (MARGIN - t * step for step in DRIFT)
        light[t] = (
            moving[..., top : top + height, left : left + width]
            + stuck[..., MARGIN : MARGIN + height, MARGIN : MARGIN + width]
        )
    return light


def _channels(cells: list[Cell]) -> Floats:
    """Return slices and channels of a scene, with a margin to move it in."""
    scene_1 = draw(cells, SERIES_SHAPE, margin=MARGIN)
    unrelated = draw([retextured(cell) for cell in cells], SERIES_SHAPE, margin=MARGIN)
    channels = (scene_1, SHARED * scene_1 + (1 - SHARED) * unrelated)
    return np.array(
        [
            [share * (blur(scene, sigma) if sigma else scene) for scene in channels]
            for sigma, share in SLICES
        ]
    )


def _take(light: Floats, seed: int, gain: float) -> NDArray[np.uint16]:
    """Return what a camera makes of it: bleached, photons, read noise, an offset."""
    dice = Dice(seed)
    left = np.array([[rate**t for rate in BLEACHING] for t in range(FRAMES)])
    # Bleaching before photons: a dimmer frame is noisier, too.
    photons = dice.poisson(light * left[:, None, :, None, None] / UNITS_PER_PHOTON)
    movie = gain * UNITS_PER_PHOTON * photons + READ_NOISE * dice.normal(*light.shape)
    return np.rint(movie + OFFSET).astype(np.uint16)


def _labels() -> NDArray[np.uint16]:
    from ..regions.shapes import from_roi

    labels = np.zeros(SERIES_SHAPE, np.uint16)
    for number, cell in enumerate(series_cells(), start=1):
        clipped = from_roi(freehand(cell)).clip(*SERIES_SHAPE)
        if clipped is not None:
            rows, columns, mask = clipped
            labels[rows, columns][slice(None) if mask is None else mask] = number
    return labels

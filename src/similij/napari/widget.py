"""Compare two image layers of napari, by the regions of a labels layer if there is one.

The rows go to a table in the widget and to the features of the labels layer, where
napari shows them under the mouse; a local map becomes a layer. What takes long is done
on another thread, and what the library refuses is a notification of one sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from magicgui import widgets
from napari.layers import Image as ImageLayer
from napari.layers import Labels as LabelsLayer
from napari.qt.threading import thread_worker
from napari.utils.notifications import show_error, show_info

from ..ground.errors import ImageError
from ..images.color import in_color
from ..images.image import Image
from ..measure.compare import compare
from ..measure.table.columns import fields
from ..measure.table.comparison import Comparison
from ..moments.windows import USUAL_WINDOW
from ..spatial.maps import MAPPED, local_map

if TYPE_CHECKING:
    import napari
    import xarray as xr

_NONE = "none"
_USUAL = "pearson, rmsd, mean_difference"
_REFUSED = (ValueError, TypeError, ModuleNotFoundError, MemoryError, OSError)
"""What the library says of what it was given; anything else is a fault of its own."""


class ImageSimilarity(widgets.Container):  # type: ignore[misc] # of a library without types
    """Ask for two images and labels, and show how alike they are.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        Where the layers are; napari gives it by this name.
    """

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        self._viewer = napari_viewer
        self.image_1 = self._layers("Image 1", ImageLayer)
        self.image_2 = self._layers("Image 2", ImageLayer)
        self.regions = self._layers("Labels", LabelsLayer, nullable=True)
        hint = "Names or groups, with commas between"
        self.metrics = widgets.LineEdit(value=_USUAL, label="Metrics", tooltip=hint)
        self.color = widgets.ComboBox(
            choices=[(_NONE, ""), ("luminance", "luminance")],
            label="RGB",
            tooltip="How colour images are compared",
        )
        self.map = widgets.ComboBox(choices=[_NONE, *MAPPED], label="Local map")
        self.window = widgets.SpinBox(
            value=USUAL_WINDOW,
            min=3,
            step=2,
            label="Window",
            tooltip="Side of the window of a local map, an odd number of pixels",
        )
        self.run = widgets.PushButton(text="Compare")
        self.table = widgets.Table()
        self.table.read_only = True
        self.run.changed.connect(self._compare)
        asked = [self.image_1, self.image_2, self.regions, self.metrics]
        super().__init__(
            widgets=[*asked, self.color, self.map, self.window, self.run, self.table]
        )
        for event in ("inserted", "removed", "reordered"):
            getattr(napari_viewer.layers.events, event).connect(self.reset_choices)

    def _layers(
        self, label: str, kind: type, *, nullable: bool = False
    ) -> widgets.ComboBox:
        """Offer the layers of a kind, those of now and those that come."""

        def choices(_: object) -> list[Any]:
            return [layer for layer in self._viewer.layers if isinstance(layer, kind)]

        return widgets.ComboBox(choices=choices, label=label, nullable=nullable)

    def _compare(self) -> Any:
        """Read what is asked, and answer it on another thread."""
        one, two, labels = self.image_1.value, self.image_2.value, self.regions.value
        try:
            if one is None or two is None:
                raise ImageError("There is no image to compare: open two images.")
            _check_places(one, two, labels)
            images = _image(one), _image(two)
        except _REFUSED as error:
            show_error(str(error))
            return None
        asked = {
            "regions": None if labels is None else _image(labels),
            "metrics": self.metrics.value or _USUAL,
            "color": self.color.value,
        }
        metric, window = self.map.value, self.window.value
        self.run.enabled = False  # until there is an answer

        def answered(answer: tuple[Comparison, xr.DataArray | None]) -> None:
            result, local = answer
            self._show_rows(result, labels)
            if local is not None:
                self._show_map(local, one)

        def refused(error: Exception) -> None:
            if not isinstance(error, _REFUSED):
                raise error
            show_error(str(error))

        worker = thread_worker(_answer, ignore_errors=True)(
            *images, asked, metric, window
        )
        worker.returned.connect(answered)
        worker.errored.connect(refused)
        worker.finished.connect(lambda: setattr(self.run, "enabled", True))
        worker.start()
        return worker

    def _show_rows(self, result: Comparison, labels: Any) -> None:
        names = ["region", *(m.name for m in result.metrics), "n", "excluded", "note"]
        rows = result.to_dataframe()[names]
        rows.columns = [field.label for field in fields(names, result.metrics)]
        self.table.value = rows
        self.table.native.verticalHeader().hide()  # it counts rows from 0
        self.table.native.resizeColumnsToContents()
        if labels is None:
            return
        number = rows["Region"].str.removeprefix("label ")
        if not number.str.isdecimal().all():  # there is none, and the row says so
            show_error(f"Nothing was compared: {rows['Note'].iloc[0]}.")
            return
        # napari tells features of labels apart by a column of this name.
        labels.features = rows.assign(index=number.astype(int))
        show_info(f"{len(rows)} labels compared.")

    def _show_map(self, local: xr.DataArray, like: Any) -> None:
        metric = local.attrs["metric"]
        name = f"{local.attrs['label']}, {like.name}"
        signed = metric in ("pearson", "ssim")
        self._viewer.add_image(
            local.values,
            name=name,
            scale=like.scale[-local.ndim :],
            translate=like.translate[-local.ndim :],
            colormap="PiYG" if signed else "magma",
            contrast_limits=(-1, 1) if signed else None,
            metadata={"similij": dict(local.attrs)},
        )


def _answer(
    one: Image, two: Image, asked: dict[str, Any], metric: str, window: int
) -> tuple[Comparison, xr.DataArray | None]:
    result = compare(one, two, **asked)
    if metric == _NONE:
        return result, None
    one, two = (in_color(image, asked["color"], image.title) for image in (one, two))
    return result, local_map(one, two, metric, window=window)


def _image(layer: Any) -> Image:
    """Return the pixels of a layer as an image of its name."""
    pixels = layer.data[0] if layer.multiscale else layer.data
    if not hasattr(pixels, "dask"):
        pixels = np.asarray(pixels)
    if getattr(layer, "rgb", False):
        axes = [f"axis_{k}" for k in range(pixels.ndim - 3)]
        return Image(pixels, (*axes, "y", "x", "s"), title=layer.name)
    return Image(pixels, title=layer.name)


def _check_places(one: Any, *others: Any) -> None:
    """Refuse layers that do not lie on one another, pixel for pixel.

    Raises
    ------
    ImageError
        If one is scaled or moved, and the other is not.
    """
    for other in (layer for layer in others if layer is not None):
        for name in ("scale", "translate"):
            first, second = (
                np.atleast_1d(getattr(layer, name))[-2:] for layer in (one, other)
            )
            if not np.allclose(first, second):
                raise ImageError(
                    f'"{one.name}" has the {name} {first.tolist()} and "{other.name}" '
                    f"{second.tolist()}: layers are compared pixel by pixel, so give "
                    "both the same."
                )

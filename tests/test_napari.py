"""The widget in a real napari without a window: what it reads, shows and refuses."""

from __future__ import annotations

import os
import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # napari's own, of which there are dozens
    napari = pytest.importorskip("napari", reason="an extra: see CONTRIBUTING.md")
    pytest.importorskip("pytestqt", reason="it waits for what napari does")
    from napari.utils.notifications import notification_manager

    from similij.napari.widget import ImageSimilarity

import similij
from support import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),
]

RNG = np.random.default_rng(6)
A = RNG.integers(0, 60_000, (40, 50)).astype(np.uint16)
B = A // 2 + RNG.integers(0, 900, A.shape).astype(np.uint16)
CELLS = np.zeros(A.shape, int)
CELLS[3:20, 4:30], CELLS[25:38, 10:44] = 2, 70_000
LONG = 60_000
"""Milliseconds: loops are compiled on first use."""


@pytest.fixture
def viewer() -> Any:
    """Layers as of a window, without one: to draw layers takes a graphics card."""
    notification_manager.records.clear()
    return napari.components.ViewerModel()


def docked(viewer: Any, qtbot: Any) -> ImageSimilarity:
    widget = ImageSimilarity(viewer)
    qtbot.addWidget(widget.native)
    widget.show()
    return widget


def answered(widget: ImageSimilarity, qtbot: Any) -> None:
    """Press the button, and wait until it can be pressed again."""
    widget.run.native.click()
    qtbot.waitUntil(lambda: widget.run.enabled, timeout=LONG)


def notified() -> list[str]:
    return [record.message for record in notification_manager.records]


def test_the_table_has_the_rows_of_python(viewer: Any, qtbot: Any) -> None:
    one, two = viewer.add_image(A, name="a"), viewer.add_image(B, name="b")
    labels = viewer.add_labels(CELLS)
    widget = docked(viewer, qtbot)
    widget.image_1.value, widget.image_2.value = one, two
    widget.regions.value = labels
    widget.metrics.value = "pearson, bias"
    widget.map.value, widget.window.value = "rmsd", 7
    answered(widget, qtbot)
    wanted = similij.compare(A, B, regions=CELLS, metrics="pearson, bias").rows
    shown = widget.table.to_dataframe()
    assert [*shown.columns] == ["Region", "Pearson R", "Bias", "n", "Excluded", "Note"]
    assert [*shown["Region"]] == ["label 2", "label 70000"]
    for name, label in (("n", "n"), ("pearson", "Pearson R"), ("bias", "Bias")):
        values = [row[name] for row in wanted]
        assert [*shown[label]] == values
        assert [*labels.features[label]] == values
    assert [*labels.features["index"]] == [2, 70_000]
    local = viewer.layers[-1]
    assert local.name == "RMSD, a"
    expected = similij.local_map(A, B, "rmsd", window=7).values
    assert np.array_equal(local.data, expected, equal_nan=True)
    assert notified() == ["2 labels compared."]


def test_without_labels_there_is_one_row_and_no_layer(viewer: Any, qtbot: Any) -> None:
    viewer.add_image(A), viewer.add_image(B)
    widget = docked(viewer, qtbot)
    widget.image_1.value, widget.image_2.value = viewer.layers
    widget.regions.value = None
    answered(widget, qtbot)
    shown = widget.table.to_dataframe()
    assert [*shown["Pearson R"]] == [similij.compare(A, B).pearson]
    assert len(viewer.layers) == 2
    assert notified() == []


@pytest.mark.parametrize(
    ("images", "settings", "sentence"),
    [
        ([], {}, "There is no image to compare"),
        ([A, B[:30]], {}, "both images must have the same"),
        ([A, B], {"metrics": "pearsn"}, "there is no metric 'pearsn'"),
        ([A, B], {"map": "pearson", "window": 8}, "an odd number"),
    ],
    ids=["no image", "other size", "no metric", "window"],
)
def test_what_is_refused_is_one_sentence(
    images: list[np.ndarray],
    settings: dict[str, Any],
    sentence: str,
    viewer: Any,
    qtbot: Any,
) -> None:
    for image in images:
        viewer.add_image(image)
    widget = docked(viewer, qtbot)
    if images:
        widget.image_1.value, widget.image_2.value = viewer.layers
    for name, value in settings.items():
        getattr(widget, name).value = value
    answered(widget, qtbot)
    qtbot.waitUntil(lambda: notified() != [], timeout=LONG)
    (message,) = notified()
    assert sentence in message
    assert "\n" not in message and "Traceback" not in message
    assert len(viewer.layers) == len(images)


def test_labels_of_no_object_are_said_to_be_none(viewer: Any, qtbot: Any) -> None:
    one, two = viewer.add_image(A), viewer.add_image(B)
    labels = viewer.add_labels(np.zeros(A.shape, int))
    widget = docked(viewer, qtbot)
    widget.image_1.value, widget.image_2.value = one, two
    widget.regions.value = labels
    answered(widget, qtbot)
    assert notified() == ["Nothing was compared: the label image has no label above 0."]


def test_layers_that_lie_apart_are_refused(viewer: Any, qtbot: Any) -> None:
    viewer.add_image(A, name="a")
    viewer.add_image(B, name="b", translate=(0, 3))
    widget = docked(viewer, qtbot)
    widget.image_1.value, widget.image_2.value = viewer.layers
    answered(widget, qtbot)
    assert notified() == [
        '"a" has the translate [0.0, 0.0] and "b" [0.0, 3.0]: layers are compared '
        "pixel by pixel, so give both the same."
    ]


def test_the_window_answers_while_it_is_compared(
    viewer: Any, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison runs on a thread that is not the window's."""
    goes_on = threading.Event()
    threads = []

    def waits(*args: Any, **options: Any) -> Any:
        threads.append(threading.current_thread())
        assert goes_on.wait(LONG / 1000)
        return similij.compare(*args, **options)

    monkeypatch.setattr("similij.napari.widget.compare", waits)
    viewer.add_image(A), viewer.add_image(B)
    widget = docked(viewer, qtbot)
    widget.image_1.value, widget.image_2.value = viewer.layers
    widget.run.native.click()
    qtbot.waitUntil(lambda: threads != [], timeout=LONG)
    assert threads[0] is not threading.main_thread()
    assert not widget.run.enabled
    goes_on.set()
    qtbot.waitUntil(lambda: widget.run.enabled, timeout=LONG)
    assert len(widget.table.to_dataframe()) == 1


def test_colors_and_stacks(viewer: Any, qtbot: Any) -> None:
    rgb = RNG.integers(0, 255, (3, 20, 30, 3), np.uint8)
    viewer.add_image(rgb, rgb=True), viewer.add_image(rgb // 2, rgb=True)
    widget = docked(viewer, qtbot)
    widget.image_1.value, widget.image_2.value = viewer.layers
    widget.color.value, widget.map.value = "luminance", "rmsd"
    answered(widget, qtbot)
    (row,) = similij.compare(
        *(similij.Image(p, axes="zyxs") for p in (rgb, rgb // 2)), color="luminance"
    ).rows
    assert [*widget.table.to_dataframe()["RMSD"]] == [row["rmsd"]]
    assert viewer.layers[-1].data.shape == (3, 20, 30)


def test_layers_that_come_and_go_are_offered(viewer: Any, qtbot: Any) -> None:
    widget = docked(viewer, qtbot)
    assert widget.image_1.choices == ()
    one, labels = viewer.add_image(A), viewer.add_labels(CELLS)
    assert widget.image_1.choices == (one,)
    assert widget.regions.choices == (None, labels)
    viewer.layers.remove(labels)
    assert widget.regions.choices == (None,)


def test_the_manifest_is_one_and_names_the_widget() -> None:
    npe2 = pytest.importorskip("npe2")
    file = Path(similij.__file__).with_name("napari") / "napari.yaml"
    manifest = npe2.PluginManifest.from_file(file)
    manifest.validate_imports()
    assert manifest.name == "similij"
    (contribution,) = manifest.contributions.widgets
    (command,) = manifest.contributions.commands
    assert contribution.command == command.id
    assert command.python_name == "similij.napari.widget:ImageSimilarity"
    points = (ROOT / "pyproject.toml").read_text("utf-8").split("napari.manifest", 1)[1]
    assert points.split("\n")[1] == 'similij = "similij.napari:napari.yaml"'

"""Give odd options to macros: to Java's parser, many in one Java, and to ImageJ."""

from __future__ import annotations

import contextlib
import random
import shutil
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import odd
from .kept import Each, spread
from .line import CRASH, UNCLEAR, WRONG, Fault, Found, Scene, unclear
from .shell import differs, independent

LIMIT = 60.0
"""Seconds that a parser may take for a line of options, or ImageJ for a comparison."""

COMMANDS = ("", "folders", "matrix")

VALUES = (
    *("a", "cells a.tif", "x[1]", "ü µ", "1,2", "nested [a [b]] c", "0.5", "-3"),
    *("percentile:5", "{id}_{n}", "None", "all", "first frame", "'", "a'b", "="),
)

MACROS = (
    "image_1=one image_2=two",
    "image_1=[one] image_2=[two] rescale=Percentile",
    "image_1=one image_2=two stack=[All planes] metrics=[pearson, bias, ssim]",
    "image_1=one image_2=two align=Shift background=percentile:5 blur=0,1.5",
    "image_1=one image_2=two roi_file=[cells.zip] inverse",
    "image_1=one image_2=two labels=[labels] metrics=psnr data_range=4095",
    "image_1=one image_2=two mask=[mask] thresholds=500,800 metrics=manders_m1",
    "image_1=one image_2=two verdict",
    "image_1=one channels=same per=z against=[first frame]",
    "image_1=one image_2=two region=[Label image] labels=labels per=t color=Luminance",
)


def legal(rng: random.Random, keys: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Write options for values that are known, as the recorder would."""
    chosen = rng.sample(list(keys), rng.randint(1, min(6, len(keys))))
    values = {key: rng.choice(VALUES) for key in chosen}
    words = []
    for key, value in values.items():
        bare = all(letter not in " []'=" for letter in value)
        name = key.upper() if rng.random() < 0.1 else key
        words.append(f"{name}={value if bare and rng.random() < 0.5 else f'[{value}]'}")
    return rng.choice((" ", "  ", " \t ")).join(words), values


def setup_parser(scene: Scene, _: object) -> Each:
    """Return what gives options to the parser, in a Java that is kept."""
    import jpype

    from similij.ground.options import options
    from similij.imagej.jars import class_path, find_java, jar

    find_java()
    jpype.startJVM(
        "-Djava.awt.headless=true",
        classpath=[str(jar()), *map(str, class_path())],
    )
    java: Any = jpype.JClass
    parser = java("similij.options.MacroOptions")
    refused = java("similij.wire.BackendException")
    same = java("java.util.function.UnaryOperator").identity()
    of = java("similij.options.OptionTable")
    tables = {"": of.IMAGES, "folders": of.FOLDERS, "matrix": of.MATRIX}
    readers = {
        "": java("similij.options.Options"),
        "folders": java("similij.options.FolderOptions"),
        "matrix": java("similij.options.MatrixOptions"),
    }
    listed = {c: [o for o in options() if o.command == c] for c in COMMANDS}
    keys = {c: [o.key for o in all_of] for c, all_of in listed.items()}
    valued = {c: [o.key for o in listed[c] if o.kind != "flag"] for c in COMMANDS}
    examples = [
        (o.command, o.example.strip("`")) for o in options() if "=" in o.example
    ]

    def each(number: int) -> list[Found]:
        rng = scene.random("parsed", number)
        command = rng.choice(COMMANDS)
        values: dict[str, str] = {}
        if rng.random() < 0.3:
            command, text = rng.choice(examples)
        else:
            text, values = legal(rng, valued[command])
        if rng.random() < 0.75:
            values, text = {}, odd.text(rng, text)
            if rng.random() < 0.02:
                text *= rng.choice((50, 400))
        shown = f"{text[:1500]!r}: "
        try:
            read = parser(text, tables[command], same)
        except refused as error:
            if values:
                return [Found(WRONG, f"{shown}refused: {error.getMessage()}")]
            return of_refusal(shown, text, str(error.getMessage()), keys[command])
        except java("java.lang.Throwable") as error:
            return [Found(CRASH, f"{shown}{error}")]
        for key, value in values.items():
            if str(read.get(key)) != value:
                return [Found(WRONG, f"{shown}{key} is {read.get(key)}, not {value}")]
        extra = [k for k in keys[command] if values and read.get(k) and k not in values]
        if extra:
            return [Found(WRONG, f"{shown}has {extra}, too")]
        # What the parser takes goes through the checks of the command.
        try:
            readers[command].parse(text, same)
        except refused as error:
            return of_refusal(shown, text, str(error.getMessage()), keys[command])
        except java("java.lang.Throwable") as error:
            return [Found(CRASH, f"{shown}{error}")]
        return []

    return each


def of_refusal(
    shown: str, text: str, sentence: str, keys: Sequence[str]
) -> list[Found]:
    """Return what is wrong with a refusal of options."""
    # It repeats what was given, odd letters and all.
    plain = sentence
    for piece in (text.strip(), *text.split("\n"), *text.split("\r")):
        plain = plain.replace(piece.strip(), "...") if piece.strip() else plain
    letters = "".join(letter if letter.isprintable() else "?" for letter in plain)
    what = unclear(letters, given=text)
    if not what and not any(key in sentence for key in (*keys, "options")):
        what = f"names nothing of it: {sentence}"[:1500]
    return [Found(UNCLEAR, shown + what)] if what else []


def parsed(numbers: Sequence[int], scene: Scene) -> list[Fault]:
    """Give odd options to the parser."""
    return spread(f"{__name__}:setup_parser", numbers, scene, LIMIT)


def setup_macros(  # noqa: PLR0915 - what it opens is what each macro looks at
    scene: Scene, stack: contextlib.ExitStack
) -> Each:
    """Return what runs the command in ImageJ, beside this Python."""
    import similij.imagej
    from similij.ground.options import options
    from similij.imagej import MacroError

    ij = similij.imagej.start()
    stack.callback(ij.dispose)
    import jpype

    java = jpype.JClass
    rng = np.random.default_rng(scene.seed)
    x = rng.integers(0, 4000, (12, 17)).astype(np.uint16)
    y = (x // 2 + rng.integers(0, 900, x.shape)).astype(np.uint16)
    show(java, "one", x)
    show(java, "two", y)
    show(java, "mask", (x > 900).astype(np.uint16))
    show(java, "labels", x // 1500)
    right = independent(x, y)
    named = [*(o.key for o in options() if not o.command), "metric", "image", '"', "="]
    names = {
        "pearson": "Pearson R",
        "rmsd": "RMSD",
        "mean_difference": "Mean Difference",
    }
    images = java("ij.WindowManager")
    results = java("ij.measure.ResultsTable")
    here = {str(path.name) for path in scene.folder.iterdir()}
    count = images.getImageCount()

    def close_new() -> None:
        """Close pictures, so that the next macro finds four images."""
        for identifier in list(images.getIDList() or ()):
            image = images.getImage(identifier)
            if str(image.getTitle()) not in ("one", "two", "mask", "labels"):
                image.changes = False
                image.close()
        results.getResultsTable().reset()
        for path in scene.folder.iterdir():
            if path.name not in here and path.is_file():
                path.unlink()
            elif path.name not in here:
                shutil.rmtree(path)

    def each(number: int) -> list[Found]:
        rng = scene.random("macros", number)
        text, plain = MACROS[0], number % 10 == 0
        if not plain:
            text = odd.text(rng, rng.choice(MACROS))
        shown = f"{text[:1500]!r}: "
        try:
            ij.run_macro('run("Image Similarity...", getArgument());', text)
        except MacroError as error:
            if plain:
                return [Found(WRONG, f"{shown}refused: {error}")]
            return of_refusal(shown, text, str(error), named)
        finally:
            table = results.getResultsTable()
            rows = table.size()
            row = {
                name: float(table.getValue(label, 0))
                for name, label in names.items()
                if plain and rows and table.columnExists(label)
            }
            close_new()
        if plain and (rows != 1 or differs(row, right) or len(row) != 3):
            return [Found(WRONG, f"{shown}{rows} rows, {row}, not {right}")]
        if images.getImageCount() != count:
            return [Found(WRONG, f"{shown}{images.getImageCount()} images are open")]
        return []

    return each


def show(java: Any, title: str, pixels: np.ndarray) -> Any:
    """Open a 16-bit image in ImageJ."""
    import jpype

    height, width = pixels.shape
    data = jpype.JArray(jpype.JShort)(pixels.astype(np.int16).ravel())
    processor = java("ij.process.ShortProcessor")(width, height, data, None)
    image = java("ij.ImagePlus")(title, processor)
    image.show()
    return image


def macros(numbers: Sequence[int], scene: Scene) -> list[Fault]:
    """Run the command with odd options; one Java at a time."""
    return spread(f"{__name__}:setup_macros", numbers, scene, LIMIT, jobs=1)

"""Whatever is given in place of what is meant: one sentence, from every way in.

The public functions are taken from `similij.__all__` and the modules in it, commands
from the shell's own list, and macro keys from the table of options, so that none that
is added can be forgotten: what has no row of good values here fails.
"""

from __future__ import annotations

import inspect
import linecache
import types
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import roifile
import tifffile
import typer

import similij
from similij.batch import Job
from similij.cli import app
from similij.ground.inert import visible
from similij.ground.options import options
from similij.regions import as_regions
from support import Shell

SOURCE = str(Path(similij.__file__).parent)
MOST = 400
"""Letters of a sentence: more is no longer read."""

LISTS = "; there are: "
"""What comes after it lists all that there is, as the names of sixty metrics."""

OURS = ("must", "give", "pass", "check", "choose", "leave", "take", "there are", "crop",
        "convert", "copy", "save", "open", "write", "need", "load", "ask", "select",
        "read", "holds", "has no", "is not", "close", "lower", "more than",
        "compare ", "whole numbers")  # fmt: skip
"""A sentence that has none of these words says no next step, nor what is expected."""


INNER = {
    **dict.fromkeys(
        ("check", "check_squares", "check_varies", "pearson", "rmsd",
         "mean_difference", "metric", "pixel_metric"),
        "for who writes a metric: called with moments made here, for each row",
    ),
    **dict.fromkeys(("available",), "takes nothing"),
}  # fmt: skip
INNER = {f"metrics.{name}": why for name, why in INNER.items()} | {
    "imagej.jar": "takes nothing",
    "imagej.register": "takes a gateway of a running JVM; see tests/imagej",
    "imagej.to_xarray": "takes an image of a running JVM; see tests/imagej",
}
"""Public functions that are not walked over, and why."""


def functions() -> dict[str, Callable[..., Any]]:
    """Return all public functions by name; classes and constants are no ways in."""
    public: dict[str, Callable[..., Any]] = {}
    for name in similij.__all__:
        thing = getattr(similij, name)
        if isinstance(thing, types.ModuleType):
            for inner in getattr(thing, "__all__", ()):
                public[f"{name}.{inner}"] = getattr(thing, inner)
        else:
            public[name] = thing
    return {k: f for k, f in public.items() if inspect.isfunction(f) and k not in INNER}


RNG = np.random.default_rng(0)
A = RNG.poisson(100, (24, 32)).astype(np.uint16)
B = (A + RNG.poisson(5, A.shape)).astype(np.uint16)


class Odd:
    """Nothing that anything can be made of."""

    def __repr__(self) -> str:
        return "<odd>"


BAD: dict[str, Any] = {
    "none": None,
    "empty list": [],
    "empty text": "",
    "word": "banana",
    "long word": "banana" * 2000,
    "two lines": "one\ntwo",
    "nul": "a\0b",
    "number": 7,
    "half": 2.5,
    "minus": -3,
    "zero": 0,
    "nan": float("nan"),
    "inf": float("inf"),
    "huge": 10**400,
    "large": 1e308,
    "complex": 1 + 2j,
    "true": True,
    "bytes": b"abc",
    "dict": {},
    "set": {1, 2},
    "object": Odd(),
    "class": Odd,
    "function": len,
    "list of none": [None, None],
    "list of words": ["banana", "kiwi"],
    "three numbers": (1, 2, 3),
    "ragged": [[1, 2], [3]],
    "dates": np.array(["2020-01-01"] * 4, "datetime64[D]").reshape(2, 2),
    "spans": np.zeros((24, 32), "timedelta64[s]"),
    "objects": np.full((24, 32), None),
    "texts": np.full((24, 32), "a"),
    "records": np.zeros((24, 32), [("a", "u1"), ("b", "f4")]),
    "complexes": np.zeros((24, 32), complex),
    "single": np.array(5),
    "nothing": np.empty((0, 3)),
    "line": np.arange(9),
    "other shape": np.ones((5, 7), np.uint8),
    "many axes": np.ones((1,) * 12),
    "floats": np.full((24, 32), np.nan),
    "infinite": np.full((24, 32), np.inf),
    "wide": np.zeros((24, 32), np.longdouble),
    "missing file": Path("nowhere") / "none.tif",
    "folder": Path("folder.tif"),
    "junk file": Path("junk.tif"),
    "junk table": Path("junk.csv"),
    "empty file": Path("empty.tif"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of good and of bad files, to be in."""
    folder = tmp_path_factory.mktemp("bad")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        fill(folder)
        yield folder


def fill(folder: Path) -> None:
    (folder / "folder.tif").mkdir()
    (folder / "junk.tif").write_bytes(bytes(range(256)) * 4)
    (folder / "junk.csv").write_text("a,b\n" + "x" * 5000 + ",1\n")
    (folder / "wide.csv").write_text("x" * 5000 + "\n1\n")
    (folder / "empty.tif").write_bytes(b"")
    for name in ("one", "two"):
        (folder / name).mkdir()
        tifffile.imwrite(folder / name / "c1.tif", A)
    tifffile.imwrite(folder / "a.tif", A)
    tifffile.imwrite(folder / "b.tif", B)
    tifffile.imwrite(folder / "mask.tif", (A > 100).astype(np.uint8) * 255)
    tifffile.imwrite(folder / "labels.tif", (A > 100).astype(np.uint16))
    roi = roifile.ImagejRoi.frompoints(np.array([[2, 2], [2, 9], [9, 9]]))
    roi.roitype = roifile.ROI_TYPE.POLYGON
    roi.tofile(folder / "r.roi")
    (folder / "pairs.csv").write_text("image_1,image_2\na.tif,b.tif\n")


def goods() -> dict[str, dict[str, Any]]:
    """Return for every public function arguments that it works with."""
    compared = similij.compare(A, B)
    matrix = similij.pairwise([A, B, A + 1], names=["a", "b", "c"])
    local = similij.local_map(A, B, window=5)
    xy = {"x": A, "y": B}
    jobs = [Job(Path("a.tif"), Path("b.tif"))]
    folders = {"folder_a": "one", "folder_b": "two"}
    labels = (A > 100).astype(np.uint16)
    return {
        "align": xy,
        "cluster": {},
        "compare": xy,
        "compare_folders": folders,
        "compare_pairs": {"jobs": jobs},
        "draw": {**xy, "folder": "pictures", "kinds": "scatter"},
        "estimate": xy,
        "figure": xy,
        "frc": xy,
        "least_similar": {"found": local},
        "local_map": {**xy, "window": 5},
        "more_alike": {"first": (A, B), "second": (A, A), "n_resamples": 99},
        "odd_ones_out": {"found": matrix},
        "open_image": {"path": "a.tif"},
        "pairwise": {"images": [A, B]},
        "read": {"path": "a.tif"},
        "shift": xy,
        "significance": {**xy},
        "threshold": xy,
        "verdict": xy,
        "write_regions": {"path": "r.zip", "regions": "r.roi"},
        "batch.compare_folders": folders,
        "batch.compare_pairs": {"jobs": jobs},
        "batch.find_pairs": folders,
        "batch.group_names": {"jobs": jobs},
        "batch.grouped": {"jobs": jobs, "pattern": "{g}.tif"},
        "batch.lone_images": {"folder": "one"},
        "batch.pair_up": folders,
        "batch.pairs_with": {"reference": "a.tif", "folder": "one"},
        "batch.problems": {"rows": compared.rows},
        "batch.read_pairs": {"table": "pairs.csv"},
        "batch.run": {"job": jobs[0]},
        "batch.summary": {"result": compared},
        "io.check_mask": {"mask": A > 100, "name": "m"},
        "io.open_image": {"path": "a.tif"},
        "io.read": {"path": "a.tif"},
        "io.read_image": {"path": "a.tif"},
        "io.read_labels": {"path": "labels.tif"},
        "io.read_mask": {"path": "mask.tif"},
        "metrics.catalogue": {},
        "metrics.chosen": {"names": ["rmsd"]},
        "imagej.start": {"mode": "neither"},
        "metrics.register": {
            "label": "L",
            "group": "agreement",
            "range": (0.0, 1.0),
            "higher_is_more_similar": True,
            "summary": "s",
        },
        "plot.plot_agreement": xy,
        "plot.plot_frc": {"found": similij.frc(A, B)},
        "plot.plot_groups": {"result": compared},
        "plot.plot_images_map": {"found": matrix},
        "plot.plot_map": {"found": local, "images": [A, B]},
        "plot.plot_matrix": {"found": matrix},
        "plot.plot_metrics": {"rows": {}, "alike": {}},
        "plot.plot_pair": xy,
        "plot.plot_shift": {"found": similij.shift(A, B)},
        "plot.plot_table": {"table": compared.to_dataframe()},
        "plot.plot_threshold": {"found": similij.threshold(A, B), **xy},
        "plot.short_labels": {"names": ["a", "b"]},
        "regions.as_regions": {"regions": labels},
        "regions.embedded_rois": {"path": "a.tif"},
        "regions.from_mask": {"mask": A > 100},
        "regions.from_polygon": {"vertices": [[1, 1], [1, 9], [9, 9]]},
        "regions.from_roi": {"roi": roifile.ImagejRoi.fromfile("r.roi")},
        "regions.label_regions": {"labels": as_regions(labels).labels},
        "regions.read_labels": {"path": "labels.tif"},
        "regions.read_regions": {"rois": "r.roi"},
        "report.write": {"path": "r.html", "found": compared},
        "testset.make_pair": {"number": 1},
        "testset.make_testset": {"out": "set"},
        "testset.plot_graded": {"folder": "set", "metrics": compared.to_dataframe()},
        "testset.summarize_testset": {"out": "set"},
    }


COSTLY = ("draw", "figure", "align", "plot.", "report.", "testset.", "cluster",
          "imagej.", "verdict", "batch.compare_", "compare_folders",
          "compare_pairs")  # fmt: skip
"""Functions that take a tenth of a second or more where they work: of these only what
is refused is tried, as a walk over all is done each time."""

WORKS = ("none", "empty text", "word", "long word", "two lines", "number", "half",
         "zero", "large", "true", "list of words", "three numbers", "missing file",
         "junk file", "junk table", "empty file", "folder", "empty list", "dict",
         "huge")  # fmt: skip
"""Bad values that are good ones somewhere: a path to write to, a title, a number."""

CALLED = ("progress", "thumbnail")
"""Functions of the caller begin so or with on_: what is wrong in them is his."""


def walk() -> list[str]:
    return sorted(set(functions()))


@pytest.mark.parametrize("name", walk())
def test_a_function_says_in_a_sentence_what_is_wrong(name: str, place: Path) -> None:
    function, good = functions()[name], goods()[name]
    costly = name.startswith(COSTLY)
    wrong = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            continue
        for label, value in BAD.items():
            if costly and label in WORKS:
                continue
            if name == "cluster" and parameter.name == "scheduler":
                continue  # see tests/measure/test_workers.py
            if parameter.name.startswith(("on_", *CALLED)) and callable(value):
                continue
            error = error_of(function, {**good, parameter.name: value})
            if error is not None:
                about = f"{name}({parameter.name}={label})"
                wrong += [f"{about} {c}: {error}" for c in complaints(error)]
                if not names_it(str(error), parameter.name, value):
                    wrong.append(f"{about} names neither it nor its value: {error}")
    assert not wrong, "\n".join(line[:300] for line in wrong)


def error_of(function: Callable[..., Any], values: dict[str, Any]) -> Exception | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            done = function(**values)
            if function is similij.cluster:
                with done:
                    pass
        except Exception as error:
            return error
    return None


def complaints(error: BaseException) -> list[str]:
    """Return what is wrong with an error: nothing, if it is a sentence that helps."""
    wrong = []
    text = str(error)
    if not isinstance(error, (ValueError, TypeError, ModuleNotFoundError)):
        wrong.append(f"is a {type(error).__name__}")
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    assert trace is not None
    where = trace.tb_frame.f_code.co_filename
    line = linecache.getline(where, trace.tb_lineno).strip()
    # Python's own errors come out of lines of ours, too, but not of a `raise`.
    if not where.startswith(SOURCE) or not line.startswith("raise"):
        wrong.append(f"is of {Path(where).name}:{trace.tb_lineno} ({line})")
    return wrong + unclear(text)


def names_it(text: str, name: str, value: Any) -> bool:
    """Whether a sentence says of which argument it is, by its name, kind or value."""
    called = {
        "x": ["image 1"], "y": ["image 2", "image 1", "none was compared"],
        "vertices": ["polygon"],
        "first": ["image"], "second": ["image"], "rois": ["region"],
        "regions": ["label image", "ROI", "none was compared"],
        "names": ["metric"], "found": ["row"], "folder_b": ["images"],
    }  # fmt: skip
    tokens = [name, name.rstrip("s"), type(value).__name__, *called.get(name, ())]
    for given in [value, *(value if isinstance(value, (list, tuple, set)) else ())]:
        if isinstance(given, (str, Path)):
            tokens += [repr(str(given))[1:-1][:18], visible(given)[:18]]
    if isinstance(value, np.ndarray):
        tokens += [str(value.dtype), str(value.shape)]
    return any(token.lower() in text.lower() for token in tokens)


def unclear(text: str) -> list[str]:
    """Return what a sentence lacks."""
    wrong = []
    if not text.isprintable():
        wrong.append("has letters that are not seen, or is of several lines")
    if len(text.partition(LISTS)[0]) > MOST:
        wrong.append(f"has {len(text)} letters")
    if not text.endswith((".", "]'")):  # pip install 'similij[big]'
        wrong.append("does not end as a sentence")
    if not any(word in text.lower() for word in OURS):
        wrong.append("says nothing of what is expected, or of what to do")
    return wrong


def test_each_public_function_has_a_row(place: Path) -> None:
    assert {*goods()} == {*functions()}


WORDS = ("", "banana", "-3", "nan", "one\ntwo", "banana" * 2000, "junk.tif")
"""What is given in place of each argument and option of a shell, and of a macro key."""

FILES = ("nowhere/none.tif", "folder.tif", "empty.tif", "wide.csv")
"""What is given beside in place of each argument of a shell."""

TWO = ["a.tif", "b.tif"]
COMMANDS = {
    "compare": TWO, "estimate": TWO, "shift": TWO, "frc": TWO, "significance": TWO,
    "threshold": TWO, "figure": [*TWO, "--out", "f.png"], "pairwise": TWO,
    "batch": ["one", "two"], "info": ["a.tif"], "install": ["nowhere"],
}  # fmt: skip
"""Words with which each command works, but for `install`."""

LONG = {
    "testset": "writes 40 MB wherever it is told to",
    "demo": "starts ImageJ",
    "doctor": "takes no value",
}
"""Commands that are not walked over, and why."""

ELSEWHERE = {
    "--workers": "starts processes: tests/measure/test_workers.py",
    "--scheduler": "waits for one: the same",
}
"""Options that are not walked over, and why."""

WRITES = ("--out", "--plots", "--report")
"""Options that take a path to write to: of these only what is there already is tried,
as the others would work, and draw."""

SHELL = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def test_each_command_has_words() -> None:
    assert {*SHELL} == {*COMMANDS} | {*LONG}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_says_in_a_sentence_what_is_wrong(
    command: str, place: Path, shell: Shell
) -> None:
    wrong = []
    for words in bad_lines(command):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ran = shell(command, *words)
        line = " ".join(word[:40] for word in words)
        if ran.code == 0:
            continue
        if ran.code == 2:
            if "Usage" not in ran.err or len(ran.err) > 4000:
                wrong.append(f"{command} {line}: {ran.err[:300]}")
            continue
        said = [e for e in ran.err.splitlines() if e.startswith("similij: ")]
        # A batch goes on, and lists the pairs that have no numbers, each with why.
        _, _, listed = ran.err.partition("could not be compared:\n")
        said += [e.strip() for e in listed.splitlines() if e.startswith("  ")]
        if ran.code != 1 or not said or "Traceback" in ran.err:
            wrong.append(f"{command} {line}: {ran.code} {ran.err[:300]}")
        for sentence in said:
            # Reasons of rows follow one another, and end as they do in a table.
            wrong += [f"{command} {line} {c}: {sentence[:300]}"
                      for c in unclear(f"{sentence.rstrip('.')}.")
                      if "says nothing" not in c]  # fmt: skip
    assert not wrong, "\n".join(wrong)


def bad_lines(command: str) -> Iterator[list[str]]:
    good = COMMANDS[command]
    for k in range(len(good)):
        for word in (*WORDS, *FILES):
            yield [*good[:k], word, *good[k + 1 :]]
    for parameter in SHELL[command].params:
        flag = parameter.opts[0]
        if not flag.startswith("--") or getattr(parameter, "is_flag", False):
            continue
        if flag in ELSEWHERE:
            continue
        for word in ("folder.tif", "junk.tif") if flag in WRITES else WORDS:
            if flag == "--plots" and word == "folder.tif":
                continue  # a folder to draw into
            yield [*good, flag, word]


@pytest.mark.parametrize("command", COMMANDS)
def test_an_option_is_given_once(command: str, place: Path, shell: Shell) -> None:
    for parameter in SHELL[command].params:
        flag = parameter.opts[0]
        if not flag.startswith("--"):
            continue
        twice = [flag] * 2 if parameter.is_flag else [flag, "1", flag, "2"]
        ran = shell(command, *COMMANDS[command], *twice)
        if flag != "--help":
            assert ran.code == 2, flag
            assert f"{flag} is given twice: give it once." in ran.err


@pytest.mark.parametrize("option", options(), ids=lambda o: f"{o.command}.{o.key}")
def test_a_macro_key_says_in_a_sentence_what_is_wrong(option: Any, place: Path) -> None:
    # Which images, regions and files are meant is Java's: MacroOptionsTest.
    from similij.imagej.words import question_of
    from similij.moments.windows import parse_window
    from similij.plot.pictures.kinds import parse_kinds

    readers = {"pictures": parse_kinds, "window": parse_window}
    wrong = []
    for word in WORDS:
        reader = readers.get(option.key)
        try:
            if reader is not None:
                reader(word)
            elif not option.command:
                question_of({option.key: word})
        except Exception as error:
            wrong += [f"{option.key}=[{word[:40]}] {c}: {error}"[:300]
                      for c in complaints(error)]  # fmt: skip
    assert not wrong, "\n".join(wrong)

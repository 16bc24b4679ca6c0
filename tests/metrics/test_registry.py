"""Metrics from outside: of another package, of a notebook; and those that cannot be.

A package is looked for when a process first needs the list of metrics, so each test of
one has a process of its own, with the package's folder on the path: what pip installs
is the same two folders.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import similij
from similij.measure.table.columns import columns
from similij.metrics import GROUPS, catalogue, chosen, definition, register
from support import HUNG, IMAGES, run_python

LAB = IMAGES / "lab_metrics"
A, B = (IMAGES / f"set_{s}" / f"img3__{s}_test.tif" for s in "ab")
FACTS = {
    "group": "agreement",
    "range": (0, 1),
    "higher_is_more_similar": True,
    "summary": "of a test",
}


def beside(*folders: Path) -> dict[str, str]:
    """Environment of a process that has packages in these folders, too."""
    path = [*map(str, folders), os.environ.get("PYTHONPATH", "")]
    return {"PYTHONPATH": os.pathsep.join(filter(None, path))}


def package(folder: Path, name: str, points: str, **modules: str) -> Path:
    """Write a package as pip would have installed it; return its folder."""
    about = folder / f"{name}-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1")
    (about / "entry_points.txt").write_text(f"[similij.metrics]\n{points}\n")
    for module, source in modules.items():
        (folder / f"{module}.py").write_text(source)
    return folder


def differences() -> np.ndarray:
    import tifffile

    return np.abs(tifffile.imread(A).astype(float) - tifffile.imread(B).astype(float))


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test registers is gone after it."""
    catalogue()
    monkeypatch.setattr(definition, "registered", {**definition.registered})


def test_a_package_is_in_every_list_and_gives_its_numbers() -> None:
    answers = json.loads(
        run_python(
            """
import json, sys
import similij
from similij.imagej.handler import Handler
from similij.io import read_image
from similij.metrics import catalogue
before = [name for name in ("importlib.metadata", "lab_metrics") if name in sys.modules]
a, b = (read_image(path).pixels for path in sys.argv[1:3])
similij.compare(a, b)
plain = "lab_metrics" in sys.modules
row = similij.compare(a, b, metrics="median_difference")
equal = similij.compare(a, a, metrics=["tail", "pearson"], names=("a", "A"))
handler = Handler(lambda wire: None)
groups = handler({"op": "metrics"})["groups"]
print(json.dumps({
    "plain": plain,
    "all": list(catalogue()),
    "agreement": list(catalogue("agreement")),
    "value": row.median_difference,
    "equal": [equal.to_dict()["rows"][0]["tail"], equal.note, equal.pearson],
    "of_group": similij.compare(a, b, metrics="agreement").to_dict()["rows"][0],
    "dialog": groups[0],
    "streams": [catalogue()[m].streams for m in ("median_difference", "tail")],
}))
""",
            A,
            B,
            env=beside(LAB),
        )
    )
    apart = differences()
    tail = math.sqrt(np.mean(apart**2)) / np.mean(apart)
    assert not answers["plain"]  # a plain comparison does not look for packages
    ours = [*catalogue()]
    assert [name for name in answers["all"] if name in ours] == ours
    assert answers["agreement"][-2:] == ["median_difference", "tail"]
    assert answers["value"] == np.median(apart)
    assert answers["of_group"]["median_difference"] == np.median(apart)
    assert answers["of_group"]["tail"] == pytest.approx(tail, rel=1e-12)
    assert answers["equal"] == [None, '"a" and "A" are equal, so there is no tail', 1]
    assert answers["dialog"]["title"] == "Agreement: are the values the same?"
    assert answers["dialog"]["metrics"][-2:] == [
        {
            "name": "median_difference",
            "label": "Median difference",
            "summary": "how far apart a typical pixel is",
        },
        {
            "name": "tail",
            "label": "RMS / MD",
            "summary": "how far RMSD is above Mean Difference: whether few pixels "
            "make it",
        },
    ]
    assert answers["streams"] == [False, True]


def similij_in_a_shell(*words: object, folder: Path, env: dict[str, str]):
    return subprocess.run(
        [sys.executable, "-m", "similij", *map(str, words)],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=HUNG,
        check=False,
    )


@pytest.mark.slow
def test_a_package_in_the_shell_and_in_a_table(tmp_path: Path) -> None:
    done = similij_in_a_shell(
        *("compare", A, B, "--metrics", "tail,median_difference", "--format", "csv"),
        folder=tmp_path,
        env=beside(LAB),
    )
    assert (done.returncode, done.stderr) == (0, "")
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    assert float(row["median_difference"]) == np.median(differences())
    done = similij_in_a_shell(
        *("batch", A.parent, B.parent, "--metrics", "median_difference"),
        *("--out", "r.csv", "--jobs", 2),
        folder=tmp_path,
        env=beside(LAB),
    )
    assert done.returncode == 0, done.stderr
    table = (tmp_path / "r.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    wanted = [r for r in rows if r["image_1"] == A.name]
    assert rows and wanted
    assert all(float(r["median_difference"]) >= 0 for r in wanted)
    done = similij_in_a_shell(
        *("compare", A, B, "--metrics", "nonsense"), folder=tmp_path, env=beside(LAB)
    )
    assert done.returncode == 2
    assert "median_difference" in done.stderr


BROKEN = {
    "missing": ("x = no_such_module_here", "", "No module named 'no_such_module_here'"),
    "failing": ("x = failing_one", "1 / 0", "ZeroDivisionError: division by zero"),
    "nameless": ("x = nameless_one:metric", "", "has no attribute 'metric'"),
    "empty": ("x = empty_one", "metric = 7", "empty_one registers no metric"),
    "grouped": (
        "x = grouped_one",
        "from similij.metrics import register\n"
        "@register('L', group='looks', range=(0, 1), summary='s',\n"
        "          higher_is_more_similar=True)\n"
        "def looks_alike(x, y): return 1.0\n",
        "'looks_alike' of grouped_one is of the group 'looks', which there is not",
    ),
    "ours": (
        "x = ours_one",
        "from similij.metrics import pixel_metric\n"
        "@pixel_metric('Gain of ours', group='agreement', range=(0, 1), unit='1',\n"
        "              higher_is_more_similar=True, rescaled=False)\n"
        "def gain(pixels): return 1.0\n",
        "'gain' of ours_one has the name of 'gain' of similij.metrics.regression",
    ),
}


def test_broken_packages_are_left_out_with_a_sentence_each_once(tmp_path: Path) -> None:
    folders = [
        package(tmp_path / name, f"a_{name}", point, **{f"{name}_one": source})
        for name, (point, source, _) in BROKEN.items()
    ]
    answers = json.loads(
        run_python(
            """
import json, warnings
from similij.metrics import catalogue, chosen
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    all_of_them = list(catalogue())
    chosen("agreement"), catalogue("shift")
print(json.dumps([all_of_them, [str(w.message) for w in caught]]))
""",
            env=beside(*folders, LAB),
        )
    )
    names, sentences = answers
    ours = [*catalogue()]
    assert [n for n in names if n in ours] == ours
    assert {*names} - {*ours} == {"median_difference", "tail"}
    assert len(sentences) == len(BROKEN)
    for name, (_, _, reason) in BROKEN.items():
        (sentence,) = (s for s in sentences if f"the package a_{name} " in s)
        assert reason in sentence
        assert sentence.endswith("all other metrics are there.")
    done = similij_in_a_shell(
        *("compare", A, B, "--metrics", "tail"),
        folder=tmp_path,
        env=beside(folders[1], LAB),
    )
    assert done.returncode == 0
    assert done.stderr.startswith("similij: the metrics 'x' of the package a_failing ")
    assert len(done.stderr.splitlines()) == 1


def test_two_packages_of_one_name_are_told_apart(tmp_path: Path) -> None:
    source = (
        "from similij.metrics import register\n"
        "@register('{}', group='agreement', range=(0, 1), summary='s',\n"
        "          higher_is_more_similar=True)\n"
        "def {}(x, y): return 1.0\n"
    )
    kinds = {"first": ("One", "one"), "second": ("Two", "one"), "third": ("One", "two")}
    folders = [
        package(
            tmp_path / name, name, f"m = of_{name}", **{f"of_{name}": source.format(*k)}
        )
        for name, k in kinds.items()
    ]
    sentences = run_python(
        """
import warnings
from similij.metrics import catalogue
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    assert catalogue()["one"].label == "One"
    assert "two" not in catalogue()
print(*(w.message for w in caught), sep="\\n")
""",
        env=beside(*folders),
    ).splitlines()
    assert len(sentences) == 2
    assert "'one' of of_second has the name of 'one' of of_first" in sentences[0]
    assert "'two' of of_third has the label 'One' of 'one' of of_first" in sentences[1]


def test_a_package_that_is_imported_first() -> None:
    out = run_python(
        """
import warnings
warnings.simplefilter("error")
import lab_metrics
from similij.metrics import catalogue
print(*catalogue("agreement"))
""",
        env=beside(LAB),
    )
    assert out.split()[-2:] == ["median_difference", "tail"]


def test_an_installation_of_another_version_is_named(tmp_path: Path) -> None:
    old = tmp_path / "similij-0.0.1.dist-info"
    old.mkdir()
    (old / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: similij\nVersion: 0.0.1"
    )
    out = run_python(
        """
import warnings
from similij.metrics import catalogue
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print("pearson" in catalogue(), *(w.message for w in caught))
""",
        env=beside(tmp_path),
    )
    assert out.startswith("True the installed similij names no metrics of shift and")


@pytest.mark.usefixtures("registered")
def test_a_metric_of_a_notebook(tmp_path: Path) -> None:
    x = np.array([[3, 250, 7], [9, 0, 255]], np.uint8)
    y = np.array([[5, 1, 7], [9, 255, 0]], np.uint8)

    @register("Worst", **{**FACTS, "range": (0, 255)})
    def worst(first, second):
        return np.abs(first - second).max()

    @register("Share of n", of="moments", rescaled=True, name="share", **FACTS)
    def share_of_n(moments):
        return moments.n / 6

    assert worst(np.array([1.0]), np.array([4.0])) == 3  # still the plain function
    assert list(catalogue())[:3] == ["rmsd", "mean_difference", "bias"]
    assert list(catalogue("agreement"))[-2:] == ["worst", "share"]
    found = similij.compare(x, y, metrics=["worst", "share"], mask=x < 255)
    assert (found.worst, found.share) == (255, 5 / 6)  # unsigned integers do not wrap
    holed = np.where(x == 0, np.nan, x)
    assert similij.compare(holed, y, metrics="worst").worst == 255
    assert similij.compare(holed, y, metrics="worst", mask=x < 255).worst == 249
    labels = np.array([[1, 1, 1], [2, 2, 2]])
    rows = similij.compare(x, y, regions=labels, metrics=["share", "worst"]).rows
    assert [(r["share"], r["worst"]) for r in rows] == [(0.5, 249), (0.5, 255)]
    stretched = similij.compare(x, y, metrics=["worst", "share"], rescale="percentile")
    assert "Share of n of images rescaled" in stretched.note
    assert "Worst" not in stretched.note

    @register("Worst", **{**FACTS, "range": (0, 255)})
    def worst(first, second):  # the cell is run again
        return 1.0

    assert similij.compare(x, y, metrics="worst").worst == 1
    empty = similij.compare(x, y, metrics=["worst", "share"], mask=x > 255)
    assert math.isnan(empty.worst) and math.isnan(empty.share)
    assert "selects no pixel" in empty.note


def quarter(x, y):
    """A function that a process can find again."""
    return 0.25


@pytest.mark.usefixtures("registered")
def test_a_comparison_can_be_pickled() -> None:
    register("Quarter", **FACTS)(quarter)
    found = similij.compare([1, 2], [3, 4], metrics="quarter")
    again = pickle.loads(pickle.dumps(found))
    assert again.quarter == 0.25
    assert again.metrics[0].module == __name__


@pytest.mark.usefixtures("registered")
def test_a_metric_that_has_no_value_or_fails() -> None:
    @register("Nothing", **FACTS)
    def nothing(x, y):
        return math.nan

    @register("Endless", of="moments", **FACTS)
    def endless(moments):
        return math.inf

    @register("Broken", **FACTS)
    def broken(x, y):
        return x[10**9]

    found = similij.compare([1, 2], [3, 4], metrics=["nothing", "endless", "pearson"])
    assert math.isnan(found.nothing) and math.isnan(found.endless)
    assert found.pearson == 1
    assert found.note == "Nothing is nan here; Endless is inf here"
    words = f"the metric 'Broken' of {__name__} failed: IndexError: index 1000000000 "
    with pytest.raises(RuntimeError, match=words):
        similij.compare([1, 2], [3, 4], metrics="broken")


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    ("label", "facts", "words"),
    [
        ("L", {"name": "My metric"}, "'My metric' of .* cannot be called so: a name,"),
        ("L", {"name": "Upper"}, "has small letters, digits and _ only"),
        ("L", {"name": "shift"}, "has the name of a group of metrics or of another"),
        ("L", {"name": "note"}, "'note' of .*, 'L', has the name of a group"),
        ("Image 1", {}, "'plain' of .*, 'Image 1', has the name of a group"),
        ("L", {"name": "ssim"}, "the name of 'ssim' of similij.metrics.structure"),
        ("L", {"name": "shift_x"}, "the name of 'shift_x' of similij.spatial.shift_me"),
        ("RMSD", {}, "'plain' of .* has the label 'RMSD' of 'rmsd' of similij.metrics"),
        ("L", {"group": "looks"}, "the group 'looks', which there is not; the groups"),
        ("L", {"of": "images"}, "'L' is of 'images': a metric is of \"pixels\" or of"),
        ("L", {"rescaled": True}, "'L' is of pixels, which rescale leaves as they are"),
        ("L", {"range": (1, 0)}, r"'L' has the range \(1, 0\): the smallest value com"),
    ],
)
def test_what_cannot_be_a_metric(label: str, facts: dict, words: str) -> None:
    def plain(x, y):
        return 0.0

    before = [*catalogue()]
    with pytest.raises(ValueError, match=words):
        register(label, **{**FACTS, **facts})(plain)
    assert [*catalogue()] == before


def test_names_that_a_table_has_are_taken() -> None:
    found = similij.compare([1, 2], [3, 4])
    public = {name for name in dir(found) if not name.startswith("_")}
    assert {*columns([]), "verdict"} | public <= definition.TAKEN
    assert not definition.TAKEN & {*catalogue()}
    assert not {*GROUPS} & {*catalogue()}
    assert [m.name for m in chosen("shift")] == [*catalogue("shift")]


def test_all_metrics_and_all_but_some() -> None:
    every = [*catalogue()]
    assert [m.name for m in chosen("all")] == every
    left = [m.name for m in chosen(["all but significance and shift and ssim"])]
    assert left == [
        name
        for name, m in catalogue().items()
        if m.group not in ("significance", "shift") and name != "ssim"
    ]
    x, y = np.random.default_rng(1).random((2, 24, 24))
    found = similij.compare(x, y, metrics="all but significance").rows[0]
    assert {*every} - {*found} == {*catalogue("significance")}


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (
            ["all but shift", "ssim"],
            "'all but shift' beside others: let it stand alone",
        ),
        ("all but shifts", 'no metric \'shifts\'.*"all", and "all but" a group'),
        ("all but shift and", "there is no metric 'shift and'"),
        ("all but all", "metrics is 'all but all', which leaves none"),
    ],
)
def test_what_all_but_cannot_be(names: str | list[str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        chosen(names)

"""`make soak` in short, and each of its detectors on a fault that is planted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from support import HUNG, ROOT

sys.path.insert(0, str(ROOT / "bench"))

from soak import disks, imagejs, killed, line, messages, odd, run, shell, words
from soak.kept import Kept, spread
from soak.line import CRASH, HANG, LEFTOVER, UNCLEAR, WRONG, Fault, Found, Line, Scene

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")


# ------------------------------------------------------------------- planted faults


def planted(scene: Scene, _: object) -> Any:
    """Tries numbers, each of which is a fault of its own."""

    def each(number: int) -> list[Found]:
        match number:
            case 1:
                return [Found(WRONG, "planted")]
            case 2:
                os._exit(3)
            case 3:
                time.sleep(HUNG)
            case 4:
                raise ArithmeticError("planted")
        return []

    return each


def test_a_process_that_dies_hangs_or_raises_is_told_and_replaced(
    tmp_path: Path,
) -> None:
    numbers = range(6)
    faults = spread("test_soak:planted", numbers, Scene(0, tmp_path), 10.0)
    assert [(fault.number, fault.kind) for fault in faults] == [
        (1, WRONG), (2, CRASH), (3, HANG), (4, CRASH),
    ]  # fmt: skip
    assert faults[1].what == "exit 3"
    assert faults[3].what.startswith("ArithmeticError at test_soak.py:")


def test_a_setup_that_fails_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"did not start: (?s:.*)no_such_setup"):
        Kept("test_soak:no_such_setup", Scene(0, tmp_path), 10.0)


LEAVES = """
import os, subprocess, sys, tempfile
open(os.path.join(os.environ["TMPDIR"], "left.txt"), "w").close()
open("/dev/shm/" + sys.argv[1], "w").close()
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(900)"],
                 start_new_session=True)
"""


@linux
def test_what_is_left_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TMPDIR", "JAVA_TOOL_OPTIONS"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    monkeypatch.setattr("tempfile.tempdir", None)
    line.adopt_orphans()
    world = line.World(tmp_path)
    mine = f"soak-{os.getpid()}"

    def of_mine() -> list[str]:
        left = world.left(grace=1)
        # Other tests have shared memory, too, where this has none of its own.
        return [w for w in left if not w.startswith("shared memory") or mine in w]

    try:
        assert of_mine() == []
        subprocess.run([sys.executable, "-c", LEAVES, mine], check=True)
        process, temporary, memory = of_mine()
    finally:
        (line.SHM / mine).unlink(missing_ok=True)
    assert "time.sleep(900)" in process
    assert temporary == "temporary left.txt"
    assert memory == f"shared memory {mine}"
    assert of_mine() == []


@pytest.mark.parametrize(
    ("sentence", "what"),
    [
        ("", "nothing is said"),
        ("two\nlines", "2 lines"),
        ("x" * 1000, "1000 letters"),
        ("[Errno 28] a.tif is full", "words of a library"),
        ("SimilIJ failed in Python (KeyError: 'a.tif').", "words of a library"),
        ("java.lang.NullPointerException in a.tif", "words of a library"),
        ("cannot convert float NaN to integer of a.tif", "words of a library"),
        ("It could not be read.", "names nothing of it"),
        ('"a.tif" has no pixels: choose another file.', ""),
    ],
)
def test_a_sentence_that_is_none_is_told(sentence: str, what: str) -> None:
    found = line.unclear(sentence, "a.tif")
    assert found.startswith(what) if what else found == ""


def test_ends_of_a_command_that_are_no_ends() -> None:
    ends = {
        (0, "", ""): UNCLEAR,
        (0, "table", ""): None,
        (1, "", "similij: a.npy is no image.\n"): None,
        (1, "", "similij: a.npy is no image.\nand more\n"): UNCLEAR,
        (1, "", "a.npy is no image.\n"): UNCLEAR,
        (1, "", "Traceback (most recent call last):\n"): CRASH,
        (2, "", "usage"): UNCLEAR,
        (2, "", "Error: no such option"): None,
        (139, "", ""): CRASH,
    }
    for end, kind in ends.items():
        faults = shell.examined(["compare", "a.npy"], *end)
        assert [fault.kind for fault in faults] == ([kind] if kind else []), end


def test_a_number_that_is_not_right_is_told() -> None:
    right = shell.independent(np.eye(3), np.eye(3) * 2)
    assert shell.differs(dict(right), right) == ""
    for name in right:
        assert name in shell.differs({**right, name: right[name] + 1e-6}, right)
        assert name in shell.differs({**right, name: None}, right)


def test_answers_that_are_none_are_told() -> None:
    kinds = {
        CRASH: [None, {"rows": object()}],
        UNCLEAR: [{"error": ""}, {"error": "a\nb"}, {"error": "TypeError: x"}],
    }
    for kind, replies in kinds.items():
        for reply in replies:
            (fault,) = messages.examined({"op": "hello"}, reply)
            assert fault.kind == kind
    assert messages.examined({}, {"error": "run is missing. Update the jar."}) == []


def test_refusals_of_options_that_are_none_are_told() -> None:
    assert (
        words.of_refusal("", "x=1", 'There is no key "x". The keys are a.', "a") == []
    )
    for sentence in ("", "java.lang.StackOverflowError", "It is odd", "of a:\nodd"):
        (fault,) = words.of_refusal("", "x=1", sentence, ["region"])
        assert fault.kind == UNCLEAR


def test_rows_that_are_lost_double_or_wrong_are_told(tmp_path: Path) -> None:
    table = tmp_path / "r.csv"
    right = {
        k: shell.independent(np.eye(3), np.eye(3) * n) for n, k in enumerate("ab", 2)
    }
    names = ["image_1", *right["a"]]

    def write(*rows: list[object]) -> list[str]:
        lines = [names, *rows]
        table.write_text("".join(",".join(map(str, one)) + "\n" for one in lines))
        return killed.numbers_of(table, right)

    a, b = (["a", *right["a"].values()], ["b", *right["b"].values()])
    assert write(a, b) == []
    assert write(a) == ["b is lost"]
    assert write(a, b, a) == ["a is there 2 times"]
    assert write(a, [*b[:-1], 7])[0].startswith("b: mean_difference is 7.0, not ")


def test_what_grows_is_told() -> None:
    before = {"threads of ImageJ": 20, "files of worker": 9, "MB of worker": 200}
    assert imagejs.grown(before, before) == []
    for name, value in before.items():
        (fault,) = imagejs.grown(before, {**before, name: value * 2})
        assert (fault.kind, name in fault.what) == (LEFTOVER, True)


def half(folder: Path) -> None:
    """Write with no care for a full disk."""
    with (folder / "half.csv").open("wb") as stream:
        stream.write(bytes(40 * disks.PAGE))


def silent(folder: Path) -> None:
    """Say nothing of a full disk, and leave a part."""
    try:
        half(folder)
    except OSError:
        (folder / "half.csv").rename(folder / ".similij-part")


def rude(folder: Path) -> None:
    """Say of a full disk what nobody understands."""
    try:
        half(folder)
    except OSError:
        (folder / "half.csv").unlink()
        raise ValueError("it failed") from None


@linux
def test_a_writer_that_takes_no_care_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a disk says that is full, here a stream says whose last page is too much."""
    expected = {half: WRONG, silent: LEFTOVER, rude: UNCLEAR}
    for writer, kind in expected.items():
        name = writer.__name__
        monkeypatch.setitem(disks.WRITERS, name, writer)
        disk, roomy = tmp_path / name / "disk", tmp_path / name / "room"
        disk.mkdir(parents=True)
        roomy.mkdir()
        faults = in_mount(disk, roomy, name)
        assert kind in {fault[0] for fault in faults}, (name, faults)


MOUNTED = """
import json, sys
from pathlib import Path
sys.path[:0] = sys.argv[3:]
import test_soak
from soak import disks
disk, roomy = map(Path, sys.argv[1:3])
disks.WRITERS[disk.parent.name] = getattr(test_soak, disk.parent.name)
print(json.dumps(disks.one_disk(disk.parent.name, disk, roomy, 0.5)))
"""


def in_mount(disk: Path, roomy: Path, name: str) -> list[list[str]]:
    from support import in_small_disk

    paths = [str(ROOT / "bench"), str(ROOT / "tests")]
    return json.loads(in_small_disk(MOUNTED, disk, "2m", roomy, *paths))


# ------------------------------------------------------------------------ the command


def test_changes_follow_from_their_numbers_and_change() -> None:
    scene = Scene(3, Path())
    for change, whole in (
        (odd.text, "image_1=[a] metrics=all"),
        (odd.content, b"image_1,image_2\na.tif,b.tif\n"),
        (odd.tree, messages.conversations(4, 5)[0][0]),
    ):
        made = [change(scene.random(k), whole) for k in range(200)]
        assert repr([change(scene.random(k), whole) for k in range(200)]) == repr(made)
        assert sum(one != whole for one in made) > 150
        assert len({repr(one) for one in made}) > 150


def attempt(numbers: Any, scene: Scene) -> list[Fault]:
    """Tells a fault of each tenth number, and stops where a file says so."""
    for number in numbers:
        if (stop := scene.folder.parents[1] / f"stop{number}").exists():
            stop.unlink()
            raise KeyboardInterrupt
    return [Fault(number, WRONG, "planted") for number in numbers if number % 10 == 0]


def test_a_run_that_is_stopped_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.mkdtemp", lambda prefix: made(tmp_path))
    lines = [
        Line("one", "of one", 100, 7, attempt),
        Line("two", "of two", 30, 30, attempt),
    ]
    kept = tmp_path / "state.json"
    (tmp_path / "stop50").touch()
    with pytest.raises(KeyboardInterrupt):
        run.soak(lines, line.State.load(kept, 1), hours=None, scale=1, jobs=1)
    assert not (tmp_path / "place").exists()
    stopped = line.State.load(kept, 1)
    assert stopped.lines["one"]["done"] == 49
    assert run.soak(lines, stopped, hours=None, scale=1, jobs=1)
    again = line.State.load(kept, 1)
    assert [row.split(" | ")[1:3] for row in run.table(lines, again)[2:]] == [
        ["100", "10"], ["30", "3"], ["130", "13"],
    ]  # fmt: skip
    # Another seed is another run; no time is no run.
    other = line.State.load(kept, 2)
    assert other.lines == {}
    assert not run.soak(lines, other, hours=0, scale=1, jobs=1)


def made(folder: Path) -> str:
    (folder / "place").mkdir()
    return str(folder / "place")


def soaked(tmp_path: Path, scale: str, *names: str) -> dict[str, Any]:
    """Run some lines in a process of their own; return their state."""
    state = tmp_path / "state.json"
    only = [word for name in names for word in ("--only", name)]
    done = subprocess.run(
        [
            *(sys.executable, "bench/soak", "--state", str(state), "--scale", scale),
            *(*only, "--jobs", "1"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=HUNG,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(state.read_text())["lines"]


@linux
@pytest.mark.slow
def test_words_files_and_messages_in_short(tmp_path: Path) -> None:
    some = soaked(tmp_path, "0.001", "tables", "shell", "messages", "regions")
    assert {name: own["done"] for name, own in some.items()} == {
        **{"tables": 30, "shell": 30, "messages": 100, "regions": 100},
    }


@linux
@pytest.mark.slow
def test_many_pairs_and_kills_of_pairwise_in_short(tmp_path: Path) -> None:
    some = soaked(tmp_path, "0.005", "many", "pairwise")
    assert (some["many"]["done"], some["pairwise"]["done"]) == (50, 1)


@linux
@pytest.mark.slow
@pytest.mark.jvm
def test_macro_options_in_java_in_short(tmp_path: Path) -> None:
    some = soaked(tmp_path, "0.001", "parsed", "macros")
    assert (some["parsed"]["done"], some["macros"]["done"]) == (400, 20)

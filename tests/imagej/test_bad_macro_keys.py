"""Whatever a macro gives for a key of any command: one sentence, and ImageJ goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tifffile

from similij.ground.inert import visible
from similij.ground.options import options
from support import run_imagej
from test_bad_inputs import WORDS, A, B, unclear

COMMANDS = {
    "": ("Image Similarity...", {"image_1": "a.tif", "image_2": "b.tif"}),
    "folders": (
        "Image Similarity of Two Folders...",
        {"folder_1": "{0}/one", "folder_2": "{0}/two"},
    ),
    "matrix": ("Image Similarity Matrix...", {"folder": "{0}/three"}),
}
"""Each command by its key in the table of options, and a line that works."""

WRITES = {"save", "plots", "report", "summary"}
"""What names a file or folder to write: of these only what cannot be one is tried."""

SCRIPT = """
import os
folder, lines = sys.argv[1], json.loads(open(sys.argv[2], encoding="utf-8").read())
os.chdir(folder)  # what a word as a path would be beside
for name in ("a.tif", "b.tif"):
    IJ.openImage(folder + "/" + name).show()
JClass("java.lang.System").setProperty("user.dir", folder)
quoted = lambda text: '"' + text.replace('"', '\\\\"').replace("\\n", "\\\\n") + '"'
ends = []
for command, line in lines:
    IJ.run("Clear Results")
    opened = WindowManager.getImageCount()
    ends.append(fails(f"run({quoted(command)}, {quoted(line)});"))
    for number in list(WindowManager.getIDList())[2:]:  # matrices and pictures
        image = WindowManager.getImage(number)
        image.changes = False
        image.close()
answer(ends=ends)
"""


def walk() -> list[tuple[str, str, str]]:
    """Return command, key and word of each line."""
    return [
        (option.command, option.key, word)
        for option in options()
        for word in (("a.tif",) if option.key in WRITES else WORDS)
        if option.kind != "flag"
    ]


def line_of(command: str, key: str, word: str, folder: Path) -> tuple[str, str]:
    """Return what is run: the command and its options, one of which is the word."""
    title, good = COMMANDS[command]
    if key in WRITES:
        word = str(folder / word)
    words = {k: v.format(folder) for k, v in good.items()} | {key: word}
    return title, " ".join(f"{k}=[{v}]" for k, v in words.items())


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> list[str]:

    folder = tmp_path_factory.mktemp("keys")
    for name, image in {"a": A, "b": B}.items():
        tifffile.imwrite(folder / f"{name}.tif", image)
    for place, image in {"one": A, "two": B}.items():
        (folder / place).mkdir()
        tifffile.imwrite(folder / place / "cell.tif", image)
    (folder / "three").mkdir()
    for k in range(3):
        tifffile.imwrite(folder / "three" / f"take{k}.tif", A + k * B)
    (folder / "junk.tif").write_text("junk", encoding="utf-8")
    lines = folder / "lines.json"
    lines.write_text(json.dumps([line_of(*one, folder) for one in walk()]), "utf-8")
    return run_imagej(SCRIPT, folder, lines)["ends"]


def test_each_word_gets_a_sentence_or_works(ends: list[str]) -> None:
    assert len(ends) == len(walk()) > 200
    refused = 0
    wrong = []
    for (command, key, word), end in zip(walk(), ends, strict=True):
        if end == "no error":
            continue
        refused += 1
        about = f"{command} {key}=[{word[:20]}]"
        wrong += [f"{about} {what}: {end[:300]}" for what in unclear(end.strip())]
        named = (
            key,
            key.replace("_", " "),
            word[:12] or "empty",
            visible(word)[:12],
            repr(word)[1:9],
        )
        if not any(one.lower() in end.lower() for one in named):
            wrong.append(f"{about} names neither it nor its value: {end[:300]}")
    assert not wrong, "\n".join(wrong)
    assert refused > len(ends) // 3

"""Film the first minute of a user: a plain ImageJ, what was unzipped over it, a mouse.

Run by make_docs.py. Nothing but ImageJ and the zip of `make dist` is there: a home of
its own, no Python that anybody recorded. Hands.java moves the mouse, clicks, and
photographs the screen of a laptop; a scene counts its clicks.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from similij.testset import TestSet

TOOLS = Path(__file__).resolve().parent
CLICKS = TOOLS / "clicks.csv"
"""What make_docs.py writes of a film, and the docs show."""

SCREEN = "1366x768x24"
"""A small laptop's: what is seen here is seen everywhere."""

MANAGER_SECONDS = 1
"""Until the window manager has said nothing more: it tells nobody that it is ready."""


class Film(NamedTuple):
    """Screenshots by their names, and clicks by the names of scenes."""

    frames: dict[str, Path]
    clicks: dict[str, int]


class User:
    """Somebody at the screen: each call is one act, and waits for what it does."""

    def __init__(self, process: subprocess.Popen[str], out: Path) -> None:
        self._process = process
        self._out = out
        self.frames: dict[str, Path] = {}

    def __call__(self, *words: object) -> str:
        """Do one thing, as Hands.java calls it; return what it answers."""
        assert self._process.stdin and self._process.stdout
        print(*words, sep="\t", file=self._process.stdin, flush=True)
        for line in self._process.stdout:
            if line.startswith("HANDS\t"):
                kind, answer = line.removeprefix("HANDS\t").rstrip("\n").split("\t", 1)
                if kind == "OK":
                    return answer
                raise SystemExit(f"{' '.join(map(str, words))}: {answer}")
        raise SystemExit(f"ImageJ ended at {' '.join(map(str, words))}")

    def frame(self, name: str) -> Path:
        """Return the file of a screenshot, which is one of the film."""
        self.frames[name] = self._out / f"{name}.png"
        return self.frames[name]

    def shot(self, name: str) -> None:
        """Photograph the screen."""
        self("shot", self.frame(name))

    def clicks(self) -> int:
        """Return the clicks since the last call."""
        return int(self("clicks"))


def imagej_with(archive: Path, jar: Path, folder: Path) -> Path:
    """Make an ImageJ that has what the archive has, as a user unzips it."""
    imagej = folder / "ImageJ"
    (imagej / "plugins").mkdir(parents=True)
    shutil.copy(jar, imagej / "ij.jar")
    with zipfile.ZipFile(archive) as zipped:
        zipped.extractall(imagej)
    return imagej


@contextmanager
def user_at(imagej: Path, home: Path, out: Path) -> Iterator[User]:
    """Start ImageJ on a screen with a window manager."""
    with ExitStack() as ends:
        read, write = os.pipe()
        screen = ["Xvfb", "-displayfd", str(write), "-screen", "0", SCREEN, "-wr"]
        server = subprocess.Popen(screen, pass_fds=[write], stderr=subprocess.DEVNULL)
        ends.callback(end, server)
        os.close(write)
        with os.fdopen(read) as stream:
            display = f":{stream.readline().strip()}"
        # What the builder of the docs has set must not find a Python for the user.
        own = ("PYTHONPATH", "SIMILIJ_PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX")
        env = {key: value for key, value in os.environ.items() if key not in own}
        env |= {"DISPLAY": display, "HOME": str(home)}
        manager = subprocess.Popen(["openbox"], env=env, stderr=subprocess.DEVNULL)
        ends.callback(end, manager)
        time.sleep(MANAGER_SECONDS)
        process = subprocess.Popen(
            [
                "java", f"-Duser.home={home}", f"-Dplugins.dir={imagej}",
                "-cp", imagej / "ij.jar", TOOLS / "Hands.java",
            ],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env,
        )  # fmt: skip
        ends.callback(end, process)
        yield User(process, out)


def end(process: subprocess.Popen[str]) -> None:
    """End a program."""
    process.kill()
    process.wait()


def with_uv(home: Path) -> None:
    """Put uv where the command would have fetched it to.

    It comes from its own home page, which a builder of docs may not reach; the tests
    have it from where Python packages are.
    """
    folder = home / ".local" / "share" / "appose" / ".uv" / "bin"
    folder.mkdir(parents=True)
    shutil.copy(Path(sys.executable).parent / "uv", folder)


MENU = ("Analyze", "Colocalization")
INSTALLING = "Image Similarity: Installing Python"
DIALOG, FOLDERS = "Image Similarity", "Image Similarity of Two Folders"


def two_images(user: User, testset: TestSet) -> int:
    """From two open images and an oval to the numbers, where no Python is there."""
    for k, path in enumerate(testset.pair(3)[:2]):
        user("open", path)
        user("place", path.name, 10 + 290 * k, 160)
    user("macro", "setTool('oval');")
    user("drag", testset.pair(3)[0].name, 40, 20, 130, 100)
    user.clicks()
    user("menu", *MENU, "Image Similarity...")
    user("until", DIALOG, "Python")
    user.shot("first")
    user("click", DIALOG, "OK")
    user("until", INSTALLING, "fetching")
    user.shot("python")
    user("wait", "Results")
    user.shot("numbers")
    return user.clicks()


def pictures(user: User) -> int:
    """Pictures and a verdict of the same pair."""
    shut(user, "Results")
    user.clicks()
    user("menu", *MENU, "Image Similarity...")
    user("until", DIALOG, "They fit")
    user("click", DIALOG, "▸ Pictures")
    for box in ("Scatter plot", "Difference", "Verdict"):
        user("click", DIALOG, box)
    user("click", DIALOG, "OK")
    clicks = user.clicks()
    user("wait", "Difference")
    user("done", r"R 0\..*")
    user.shot("pictures")
    user("front", "Log")
    user.shot("verdict")
    return clicks


def two_channels(user: User, testset: TestSet) -> int:
    """One image with two channels, to its numbers."""
    user("close")
    shut(user, "Results", "Log")
    user("open", testset.series / "movie_a.tif")
    user("zoom", "movie_a.tif", "In [+]")
    user("place", "movie_a", 10, 160)
    user.clicks()
    user("menu", *MENU, "Image Similarity...")
    user("until", DIALOG, "They fit")
    user.shot("channels")
    user("click", DIALOG, "OK")
    user("wait", "Results")
    user.shot("channels_numbers")
    return user.clicks()


def shut(user: User, *titles: str) -> None:
    """Close tables and the Log, as ImageJ closes them."""
    for title in titles:
        user(
            "macro",
            f"if (isOpen('{title}')) {{ selectWindow('{title}'); run('Close'); }}",
        )


def two_folders(user: User, testset: TestSet) -> int:
    """Two folders to a CSV file, pictures and a report."""
    user("close")
    shut(user, "Results")
    user.clicks()
    user("menu", *MENU, "Image Similarity of Two Folders...")
    for field, path in enumerate((testset.set_a, testset.set_b)):
        user("field", FOLDERS, field, path)
    user("until", FOLDERS, "4 pairs")
    user("click", FOLDERS, "Table, pictures and report")
    user.shot("folders")
    user("click", FOLDERS, "OK")
    clicks = user.clicks()
    user("done", f"{FOLDERS}: 4 pairs")
    user.shot("folders_numbers")
    return clicks


def film(archive: Path, jar: Path, testset: TestSet, folder: Path) -> Film:
    """Film all scenes, in one ImageJ.

    Parameters
    ----------
    archive : Path
        The zip of `make dist`.
    jar : Path
        ImageJ's own.
    testset : TestSet
        Where the images are.
    folder : Path
        An empty folder: the user's home, the ImageJ, and the frames.
    """
    home, out = folder / "home", folder / "frames"
    home.mkdir()
    out.mkdir()
    with_uv(home)
    clicks = {}
    with user_at(imagej_with(archive, jar, folder), home, out) as user:
        user.shot("start")
        user("peek", *MENU, "Image Similarity...", user.frame("menu"))
        clicks["two open images: the numbers"] = two_images(user, testset)
        clicks["... and two pictures and the verdict"] = pictures(user)
        clicks["one image, two channels: the numbers"] = two_channels(user, testset)
        clicks["two folders: table, pictures, report"] = two_folders(user, testset)
    return Film(user.frames, clicks)

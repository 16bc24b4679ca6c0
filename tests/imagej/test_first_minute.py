"""An ImageJ with nothing but the jars comes to its first number, whatever happens.

The environment is made for real, by the uv of PyPI, which is put where Appose looks for
it; packages come from wherever uv fetches them on this machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

import pytest

import similij
from similij.imagej.jars import class_path, find_java
from support import HUNG, ROOT, SMALL_JAVA, run_imagej

ENVIRONMENT = f"similij-{similij.__version__}"
MEGABYTE = 1 << 20

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What uv fetched, once for all tests of this file."""
    return tmp_path_factory.mktemp("uv-cache")


@pytest.fixture
def appose(tmp_path: Path) -> Path:
    """Appose's folder, with uv in it and nothing else."""
    from uv import find_uv_bin

    folder = tmp_path / "share ü" / "appose"
    (folder / ".uv" / "bin").mkdir(parents=True)
    shutil.copy(find_uv_bin(), folder / ".uv" / "bin" / "uv")
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """uv's settings: as they are here, until a test writes others."""
    file = tmp_path / "uv.toml"
    usual = Path.home() / ".config" / "uv" / "uv.toml"
    file.write_text(usual.read_text() if usual.is_file() else "")
    return file


@pytest.fixture
def nobody(appose: Path, settings: Path, cache: Path) -> dict[str, str]:
    """Variables of somebody who has no Python for ImageJ."""
    return {
        "LC_ALL": "C.UTF-8",  # else Java can name no file with an umlaut
        "SIMILIJ_PYTHON": "",
        "APPOSE_FOLDER": str(appose),
        "UV_CACHE_DIR": str(cache),
        "UV_CONFIG_FILE": str(settings),
    }


OWN = """
IJ.setProperty("similij.backend", None)
JClass("java.lang.System").setProperty("appose.envs-dir", os.environ["APPOSE_FOLDER"])
Backends = JClass("similij.python.Backends")
RUN = 'run("Image Similarity...", "image_1=one image_2=two");'
for title in ("one", "two"):
    IJ.createImage(title, "16-bit ramp", 64, 48, 1).show()
ENVIRONMENT = os.path.join(os.environ["APPOSE_FOLDER"], ENVIRONMENT_NAME)

def there():
    return os.path.exists(ENVIRONMENT)

def works():
    # A worker that answers: the numbers themselves are compared once, elsewhere.
    return str(Backends.current().name())

def of_uv(at=""):
    # Installers that this ImageJ started and that still run, of those at some work.
    found = subprocess.run(["pgrep", "-P", str(os.getpid()), "-f", "[.]uv/bin/uv" + at],
                           capture_output=True, text=True)
    return found.stdout.split()

def waits_for_another():
    stacks = JClass("java.lang.Thread").getAllStackTraces().values()
    return any(str(frame.getMethodName()) == "lock"
               and str(frame.getClassName()).endswith("OwnPython")
               for stack in stacks for frame in stack)
""".replace("ENVIRONMENT_NAME", repr(ENVIRONMENT))


def sentence(text: str) -> str:
    """The sentence, which is one: of a macro's error the line that is not ImageJ's."""
    assert "\n" not in text.strip(), text
    return text


def unreachable() -> str:
    return 'index-url = "http://127.0.0.1:9/simple"\n'


@pytest.fixture
def plain_imagej(tmp_path: Path) -> Path:
    """ImageJ 1.x with the zip of `make dist` unpacked over it, and nothing else."""
    folder = tmp_path / "Image J"
    folder.mkdir()
    (imagej,) = (path for path in class_path() if path.name.startswith("ij-"))
    shutil.copy(imagej, folder / "ij.jar")
    command = [sys.executable, ROOT / "tools" / "fiji_zip.py", tmp_path]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    shutil.unpack_archive(done.stdout.strip(), folder)
    return folder


@pytest.mark.window
def test_nothing_but_the_jars(
    plain_imagej: Path,
    nobody: dict[str, str],
    appose: Path,
    display: dict[str, str],
    tmp_path: Path,
) -> None:
    macro = tmp_path / "try.ijm"
    answers = tmp_path / "answers.txt"
    macro.write_text(f"""
newImage("one", "16-bit ramp", 64, 48, 1);
newImage("two", "16-bit ramp", 64, 48, 1);
run("Add...", "value=5");
run("Image Similarity...", "image_1=one image_2=two");
row = nResults - 1;
File.append(d2s(getResult("Pearson R", row), 9), "{answers}");
File.append(d2s(getResult("RMSD", row), 9), "{answers}");
// Needs matplotlib and SciPy, which are not there yet, or only just.
run("Image Similarity...", "image_1=one image_2=two pictures=all metrics=ssim");
File.append(d2s(nImages, 0), "{answers}");
run("Quit");
""")
    done = subprocess.run(
        [
            *(find_java() / "bin" / "java", f"-Dplugins.dir={plain_imagej}"),
            *(f"-Duser.home={tmp_path}", f"-Dappose.envs-dir={appose}"),
            *("-cp", plain_imagej / "ij.jar", "ij.ImageJ"),
            *("-ijpath", plain_imagej, "-macro", macro),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, **SMALL_JAVA, **nobody, **display, "HOME": str(tmp_path)},
        timeout=HUNG,
        check=False,
    )
    assert answers.is_file(), done.stdout + done.stderr
    pearson, rmsd, pictures = answers.read_text().splitlines()
    assert (float(pearson), float(rmsd)) == (1, 5)
    assert int(pictures) > 2
    stage = appose / ENVIRONMENT / "similij.stage"
    assert stage.read_text().splitlines()[0] == "ALL"


def test_offline_then_online_then_another_version(
    nobody: dict[str, str], settings: Path, appose: Path
) -> None:
    usual = settings.read_text()
    settings.write_text(unreachable())
    # Of an earlier version, a later one, somebody else's; and what a crash left behind.
    for name in ("similij-0.0.9", "similij-99.0", "similij-notes", ENVIRONMENT):
        (appose / name).mkdir()
        (appose / name / "file").touch()
    for name in ("similij-0.0.9", "similij-99.0"):
        (appose / name / "similij.stage").write_text("ALL\n")
    found = run_imagej(
        OWN
        + """
settings, usual = sys.argv[1:]
answer(error=fails(RUN), half=there(), rows=len(rows()))
try:
    Backends.ready()
except Exception as error:
    answer(ready=str(error.getMessage()))
open(settings, "w").write(usual)
answer(works=works(), left=sorted(os.listdir(os.path.dirname(ENVIRONMENT))))
answer(size=sum(os.lstat(os.path.join(folder, name)).st_size
                for folder, _, names in os.walk(ENVIRONMENT) for name in names))
worker = IJ.getProperty("similij.worker")
worker.close()
# A package is damaged: the environment is whole by its stamp, and does not answer.
import glob, shutil
shutil.rmtree(glob.glob(ENVIRONMENT + "/lib/python*/site-packages/numpy")[0])
answer(repaired=works())
""",
        settings,
        usual,
        env=nobody,
    )
    assert "connect this computer to the internet" in sentence(found["error"])
    assert "127.0.0.1" not in found["error"]
    assert (found["half"], found["rows"]) == (False, 0)
    assert "the first comparison fetches it" in sentence(found["ready"])
    assert found["works"] == found["repaired"] == "a Python worker"
    left = {name for name in found["left"] if name.startswith("similij-")}
    assert left == {"similij-99.0", "similij-notes", ENVIRONMENT}
    assert found["size"] < 350 * MEGABYTE


@pytest.fixture
def silent() -> Iterator[str]:
    """Address of a server that takes every call and never answers one."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/simple"


HELD_UP = """
(go,) = sys.argv[1:]
def cancel():
    # Not the one that makes the empty environment: it ends by itself.
    fetches = lambda: of_uv(" pip install")
    wait_for(fetches)
    answer(held=bool(fetches()))
    wait_for(lambda: os.path.exists(go))
    IJ.setKeyDown(27)  # Esc
# Not the other way round: a thread of Python's has no class loader of ImageJ's.
thread = threading.Thread(target=cancel)
thread.start()
answer(error=fails(RUN), uv_left=of_uv(), rows=len(rows()))
thread.join()
"""

SECOND = """
(go,) = sys.argv[1:]
def watch():
    wait_for(waits_for_another)
    answer(waited=waits_for_another())
    open(go, "w").close()
thread = threading.Thread(target=watch)
thread.start()
answer(works=works())
thread.join()
"""


def test_cancelled_midway_while_a_second_imagej_waits(
    nobody: dict[str, str], settings: Path, silent: str, tmp_path: Path
) -> None:
    """The first is held up by a server that never answers, and then is cancelled."""
    good = tmp_path / "good.toml"
    good.write_text(settings.read_text())
    settings.write_text(f'index-url = "{silent}"\n')
    go = tmp_path / "the second waits"
    with ThreadPoolExecutor() as pool:
        first = pool.submit(run_imagej, OWN + HELD_UP, go, env=nobody)
        # Only once the first is at it, so that it is the second which waits.
        environment = Path(nobody["APPOSE_FOLDER"]) / ENVIRONMENT
        while not (environment / "pyvenv.cfg").is_file() and not first.done():
            sleep(0.02)
        env = {**nobody, "UV_CONFIG_FILE": str(good)}
        second = pool.submit(run_imagej, OWN + SECOND, go, env=env)
        answers = second.result(), first.result()
    waiting, cancelled = answers
    assert cancelled["held"]
    assert "cancelled" in sentence(cancelled["error"])
    assert (cancelled["uv_left"], cancelled["rows"]) == ([], 0)
    assert waiting["waited"]
    assert "another ImageJ is installing it now" in waiting["printed"]
    assert waiting["works"] == "a Python worker"


def test_disk_full_then_room(nobody: dict[str, str], appose: Path) -> None:
    """A disk of its own, in a mount namespace that ends with the process."""
    uv = appose / ".uv" / "bin" / "uv"
    # Room for uv and for some packages, but not for all.
    small = uv.stat().st_size // MEGABYTE + 60
    kept = shutil.move(uv, appose.parent / "uv")
    mount = f"""
mount -t tmpfs -o size={small}m tmpfs "$APPOSE_FOLDER" || exit 9
mkdir -p "$APPOSE_FOLDER/.uv/bin" && cp "{kept}" "$APPOSE_FOLDER/.uv/bin/uv" || exit 9
exec "$@"
"""
    found = run_imagej(
        OWN
        + """
answer(error=fails(RUN), half=there(), rows=len(rows()))
folder = os.environ["APPOSE_FOLDER"]
subprocess.run(["mount", "-o", "remount,size=900m", folder], check=True)
answer(works=works())
""",
        env=nobody,
        within=("unshare", "--mount", "--map-root-user", "sh", "-c", mount, "sh"),
    )
    assert str(appose) in sentence(found["error"])
    assert "is full" in found["error"]
    assert (found["half"], found["rows"]) == (False, 0)
    assert found["works"] == "a Python worker"

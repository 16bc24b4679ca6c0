"""Start ImageJ inside this Python, with SimilIJ's command in it.

Default: ImageJ 1.x from Maven coordinates, with Fiji's headless patcher. A Fiji folder,
version or endpoint goes through PyImageJ. Either way the command is in the menu and
this Python answers it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Literal

from ..ground.names import shown
from ..ground.public import public
from .embedded import PROPERTY, register
from .jars import class_path, find_java, home, jar

Mode = Literal["headless", "gui"]

_OPENS = [f"--add-opens=java.base/{p}=ALL-UNNAMED" for p in ("java.lang", "java.util")]
"""Packages that the headless patcher looks into, which Java keeps closed since 16."""


class MacroError(RuntimeError):
    """A macro was aborted; the message says why, or where ImageJ printed it."""


class ImageJ:
    """Hold a running ImageJ that this Python answers; made by `start`.

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
        # An exception does not come through ImageJ's macro interpreter: the command
        # leaves its sentence in a property, and one of an earlier macro must be gone.
        ij.setProperty("similij.error", None)
        if isinstance(macro, os.PathLike) or macro.endswith(".ijm"):
            if not Path(macro).is_file():
                raise FileNotFoundError(f'there is no macro "{macro}".')
            result = ij.runMacroFile(str(Path(macro).resolve()), argument)
        else:
            result = ij.runMacro(macro, argument)
        error = ij.getProperty("similij.error")
        if str(result) == "[aborted]" or error is not None:
            reason = error or "the macro was aborted: ImageJ printed why, above"
            raise MacroError(str(reason))
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
            image.changes = False  # else it asks whether to save, and waits
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
"""What is "running", and what was "disposed": a JVM starts once per process, so this is
state of the process, too."""


@public
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
        raise ValueError(f"mode is {shown(mode)}: it must be 'headless' or 'gui'.")
    source = None if imagej is None else str(imagej)
    running = _state.get("running")
    if running is not None:
        if (running.mode, running.source) == (mode, source):
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
        scyjava.config.add_options([f"-Dij1.plugin.dirs={home() / 'plugins'}"])
        # "gui" would block until the user quits, before Python has registered.
        pyimagej_mode = "headless" if mode == "headless" else "interactive"
        gateway = pyimagej.init(source, mode=pyimagej_mode)
    register(gateway)
    if gateway is not None and mode == "gui":
        gateway.ui().showUI()
    _state["running"] = ImageJ(mode, gateway, source)
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
    scyjava.config.add_options([f"-Dplugins.dir={home()}"])
    if mode == "headless":
        scyjava.config.add_options(["-Djava.awt.headless=true"])
        scyjava.start_jvm()
        # Before the first class of ImageJ: the patcher rewrites them as they load.
        jpype.JClass("net.imagej.patcher.LegacyInjector").preinit()
    else:
        scyjava.start_jvm()
        jpype.JClass("ij.ImageJ")()

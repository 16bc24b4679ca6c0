"""Fiji's Python mode: the Python that hosts Fiji answers, if it has the package."""

from __future__ import annotations

from support import run_imagej

MODE = """
import scyjava
IJ.setProperty("similij.backend", None)  # nobody has registered
JClass("ij.Prefs").set("similij.python", sys.executable)
scyjava.enable_python_scripting(ij.context)  # what PyImageJ does, with the real runner
name = "similij.python.FijiPython$InContext"
loader = JClass("java.lang.Class").forName("similij.python.Backends").getClassLoader()
mode = JClass("java.lang.Class").forName(name, True, loader)
register = mode.getDeclaredMethod("register", JClass("java.lang.Object").class_)
register.setAccessible(True)
backend = JClass("similij.python.Backends")
for title in ("one", "two"):
    IJ.createImage(title, "16-bit ramp", 64, 48, 1).show()
RUN = 'run("Image Similarity...", "image_1=one image_2=two");'
def about():
    return [str(line) for line in JClass("similij.python.AboutPython").lines()]
"""


def test_fiji_s_python_answers_if_it_has_the_package_else_a_worker() -> None:
    found = run_imagej(
        MODE
        + """
# A Python without the package: its import fails.
kept = sys.modules.pop("similij.imagej.embedded")
sys.modules["similij.imagej.embedded"] = None
register.invoke(None, ij.context)
answer(without=about(), name_without=str(backend.current().name()))
sys.modules["similij.imagej.embedded"] = kept
IJ.setProperty("similij.fiji", None)
register.invoke(None, ij.context)
answer(with_it=about(), name=str(backend.current().name()), reply=fails(RUN))
answer(rows=len(rows()))
"""
    )
    without, with_it = "\n".join(found["without"]), "\n".join(found["with_it"])
    assert found["name_without"] == "a Python worker"
    assert "Fiji runs in its Python mode, but its Python does not answer" in without
    assert "ModuleNotFoundError" in without
    assert "Answered by a worker" in without
    assert found["name"] == "Python, in this process"
    assert "Answered by Fiji's Python, in this process" in with_it
    assert "does not answer" not in with_it
    assert (found["reply"], found["rows"]) == ("no error", 1)

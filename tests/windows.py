"""What scripts beside ImageJ with windows need: find a dialog, press, wait, record."""

from __future__ import annotations

WINDOWS = """
Window = JClass("java.awt.Window")
ActionEvent = JClass("java.awt.event.ActionEvent")

def dialog(title, seconds=30):
    end = time.time() + seconds
    while time.time() < end:
        for window in Window.getWindows():
            if window.isShowing() and isinstance(window, JClass("java.awt.Dialog")):
                if str(window.getTitle()) == title:
                    time.sleep(0.3)
                    return window
        time.sleep(0.05)
    raise SystemExit(f"no dialog {title!r} within {seconds} s")

def press(window, index):
    button = window.getButtons()[index]
    event = ActionEvent(button, ActionEvent.ACTION_PERFORMED, button.getLabel())
    # Where clicks are handled; in this thread, closing the dialog may wait for ever.
    queue = JClass("java.awt.Toolkit").getDefaultToolkit().getSystemEventQueue()
    queue.postEvent(event)

def open_recorder():
    # Before any image: ImageJ's recorder and a window that is just being activated
    # can wait for each other for ever.
    recorder = JClass("ij.plugin.frame.Recorder")
    recorder()
    time.sleep(0.5)
    return recorder

def in_background(command):
    # As the menu does it, which the recorder follows; IJ.run is not recorded.
    executer = JClass("ij.Executer")(command)
    thread = threading.Thread(target=executer.run, daemon=True)
    thread.start()
    return thread

def shoot(path):
    screen = JClass("java.awt.Toolkit").getDefaultToolkit().getScreenSize()
    picture = JClass("java.awt.Robot")().createScreenCapture(
        JClass("java.awt.Rectangle")(screen)
    )
    JClass("javax.imageio.ImageIO").write(picture, "png", JClass("java.io.File")(path))
"""

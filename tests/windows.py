"""What scripts beside ImageJ with windows need: find a dialog, press, wait, record."""

from __future__ import annotations

WINDOWS = """
Window = JClass("java.awt.Window")
ActionEvent = JClass("java.awt.event.ActionEvent")

def dialogs():
    return [window for window in Window.getWindows()
            if window.isShowing() and isinstance(window, JClass("java.awt.Dialog"))]

def settled():
    # Once what is in the queue of events is done, a window that shows is ready.
    JClass("java.awt.Robot")().waitForIdle()

def dialog(title):
    here = lambda: [w for w in dialogs() if str(w.getTitle()) == title]
    wait_for(here)
    if not here():
        raise SystemExit(f"no dialog {title!r} in {LONG} s")
    settled()
    return here()[0]

def said(window):
    # What stands in the dialog's line that checks while one types.
    Panel = JClass("java.awt.Panel")
    panels = [c for c in window.getComponents() if isinstance(c, Panel)]
    labels = [c for p in panels for c in p.getComponents()
              if isinstance(c, JClass("ij.gui.MultiLineLabel"))]
    field = JClass("ij.gui.MultiLineLabel").class_.getDeclaredField("lines")
    field.setAccessible(True)
    return " ".join(str(line).strip() for line in field.get(labels[0])).strip()

def until(window, part):
    wait_for(lambda: part in said(window))
    return said(window)

def inside(container):
    for part in container.getComponents():
        yield part
        if isinstance(part, JClass("java.awt.Container")):
            yield from inside(part)

def entry(window, label):
    # The field, or choice, behind a label.
    parts = list(window.getComponents())
    Label, Panel = JClass("java.awt.Label"), JClass("java.awt.Panel")
    at, = [k for k, part in enumerate(parts)
           if isinstance(part, Label) and str(part.getText()) == label]
    field = parts[at + 1]
    return field.getComponents()[0] if isinstance(field, Panel) else field

def shown(window, label):
    return bool(entry(window, label).isShowing())

def box(window, label):
    found, = [part for part in window.getCheckboxes() if str(part.getLabel()) == label]
    return found

def post(event):
    # Where clicks are handled; in this thread, closing the dialog may wait for ever.
    queue = JClass("java.awt.Toolkit").getDefaultToolkit().getSystemEventQueue()
    queue.postEvent(event)

def there(change):
    # Where clicks and keys are handled: in this thread, the dialog may just be filling
    # the field for what was chosen before, and what is put there between would be lost.
    JClass("java.awt.EventQueue").invokeAndWait(change)

def by_mouse(field, change, word):
    # With a mouse: the change alone tells nobody.
    event = JClass("java.awt.event.ItemEvent")
    def clicked():
        change()
        post(event(field, event.ITEM_STATE_CHANGED, word, event.SELECTED))
    there(clicked)

def choose(choice, word):
    by_mouse(choice, lambda: choice.select(word), word)
    assert str(choice.getSelectedItem()) == word, (word, choice)

def tick(box, on):
    by_mouse(box, lambda: box.setState(on), box.getLabel())

def write(field, text):
    there(lambda: field.setText(text))

def click(window, label):
    button, = [part for part in inside(window)
               if isinstance(part, JClass("java.awt.Button"))
               and label in str(part.getLabel())]
    post(ActionEvent(button, ActionEvent.ACTION_PERFORMED, button.getLabel()))
    settled()

def press(window, index):
    button = window.getButtons()[index]
    event = ActionEvent(button, ActionEvent.ACTION_PERFORMED, button.getLabel())
    post(event)

def open_recorder():
    # Before any image: ImageJ's recorder and a window that is just being activated
    # can wait for each other for ever.
    recorder = JClass("ij.plugin.frame.Recorder")
    recorder()
    wait_for(lambda: recorder.getInstance() and recorder.getInstance().isShowing())
    settled()
    return recorder

def recorded_lines(command="Image Similarity"):
    text = str(JClass("ij.plugin.frame.Recorder").getInstance().getText())
    return [line for line in text.splitlines() if f'run("{command}...' in line]

def in_background(command):
    # As the menu does it, which the recorder follows; IJ.run is not recorded.
    executer = JClass("ij.Executer")(command)
    thread = threading.Thread(target=executer.run, daemon=True)
    thread.start()
    return thread

def shoot(path):
    settled()
    screen = JClass("java.awt.Toolkit").getDefaultToolkit().getScreenSize()
    picture = JClass("java.awt.Robot")().createScreenCapture(
        JClass("java.awt.Rectangle")(screen)
    )
    JClass("javax.imageio.ImageIO").write(picture, "png", JClass("java.io.File")(path))
"""

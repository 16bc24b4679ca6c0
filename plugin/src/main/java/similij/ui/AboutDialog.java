// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.python.AboutPython;
import similij.wire.BackendException;

import ij.gui.GenericDialog;

import java.util.concurrent.atomic.AtomicReference;

/** What answers here, with two buttons for the Python that SimilIJ installs. */
public final class AboutDialog {

	public static final String TITLE = "About Image Similarity";

	/** Letters in a line: a path of Python is long. */
	private static final int LINE = 90;

	private AboutDialog() {}

	/** Shows it until it is closed; after one of its buttons, again with what then is. */
	public static void show() throws BackendException {
		while (true) {
			final StringBuilder text = new StringBuilder();
			for (final String line : AboutPython.lines())
				text.append(Report.folded(line, LINE)).append('\n');
			final GenericDialog dialog = new GenericDialog(TITLE);
			dialog.addMessage(text.toString().trim());
			final AtomicReference<Report.Work> wish = new AtomicReference<>();
			if (AboutPython.isOwn()) {
				final boolean there = AboutPython.isThere();
				button(dialog, there ? "Update: install its Python again" : "Install its Python", wish, AboutPython::update);
				if (there) button(dialog, "Remove its Python", wish, AboutPython::remove);
			}
			dialog.setOKLabel("Close");
			dialog.hideCancelButton();
			dialog.showDialog();
			if (wish.get() == null) return;
			wish.get().run();
		}
	}

	/** The wish is granted once the dialog is closed: what it takes has a window of its own. */
	private static void button(final GenericDialog dialog, final String label, final AtomicReference<Report.Work> wish,
		final Report.Work work)
	{
		dialog.addButton(label, event -> {
			wish.set(work);
			dialog.dispose();
		});
	}
}

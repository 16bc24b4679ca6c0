// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.options.OptionTable;
import similij.python.Backends;
import similij.wire.BackendException;
import similij.wire.DocsPage;

import java.awt.EventQueue;
import java.io.File;
import java.util.Arrays;
import java.util.List;

/**
 * The pages of the docs: in a browser, where there is none in a window of ImageJ, and where there is no Python, which has
 * them, at least the keys. Python has the pages, so that they need no network and fit its version.
 */
public final class Docs {

	private static final List<OptionTable> TABLES = Arrays.asList(OptionTable.IMAGES, OptionTable.FOLDERS,
		OptionTable.MATRIX);

	private Docs() {}

	/**
	 * Opens a page, in a thread of its own: Python may have to be started first.
	 *
	 * @param address its name, and behind a # the heading where reading begins
	 */
	static void open(final String address) {
		final String[] parts = address.split("#", 2);
		final String heading = parts.length > 1 ? "#" + parts[1] : "";
		final Thread thread = new Thread(() -> {
			try {
				final File file = new File(new DocsPage(parts[0]).ask(Backends.ready()));
				if (!Browser.open(file.toURI() + heading)) EventQueue.invokeLater(() -> new HelpWindow().show(file, heading));
			}
			catch (final BackendException | RuntimeException e) {
				EventQueue.invokeLater(() -> new HelpWindow().show(instead(e.getMessage())));
			}
		}, "SimilIJ-docs");
		thread.setDaemon(true);
		thread.start();
	}

	private static String instead(final String reason) {
		final StringBuilder page = new StringBuilder("<html><body><p>The pages of the docs could not be opened (").append(
			OptionTable.escaped(String.valueOf(reason))).append(
				"). These are the options and their keys in macros, of two images, of two folders and of many images:</p>");
		TABLES.forEach(table -> page.append(table.html()).append("<hr>"));
		return page.append("</body></html>").toString();
	}
}

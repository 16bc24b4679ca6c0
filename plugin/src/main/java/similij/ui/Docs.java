// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.options.OptionTable;
import similij.python.Backends;
import similij.run.Similarity;
import similij.wire.BackendException;
import similij.wire.DocsPage;

import ij.gui.HTMLDialog;
import ij.plugin.BrowserLauncher;

import java.io.File;
import java.io.IOException;

/** The pages of the docs, in a browser. Python has them, so that they need no network and fit its version. */
public final class Docs {

	private Docs() {}

	/** Opens a page, in a thread of its own: Python may have to be started first. */
	static void open(final String page) {
		final Thread thread = new Thread(() -> {
			try {
				final String path = new DocsPage(page).ask(Backends.current());
				BrowserLauncher.openURL(new File(path).toURI().toString());
			}
			catch (final BackendException | IOException | RuntimeException e) {
				instead(e.getMessage());
			}
		}, "SimilIJ-docs");
		thread.setDaemon(true);
		thread.start();
	}

	/** Where there is no Python, or no browser: the keys, which are known here. */
	private static void instead(final String reason) {
		new HTMLDialog(Similarity.TITLE, "<html><body style='width:480px'><p>The pages of the docs could not be opened (" +
			reason + "). The options and their keys in macros:</p>" + OptionTable.IMAGES.html() + "</body></html>", false);
	}
}

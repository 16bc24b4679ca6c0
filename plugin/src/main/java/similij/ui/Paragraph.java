// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.wire.Inert;

import ij.IJ;
import ij.Prefs;
import ij.WindowManager;
import ij.gui.GUI;
import ij.text.TextWindow;

import java.awt.Frame;
import java.awt.GraphicsEnvironment;
import java.awt.Rectangle;

/** A paragraph in ImageJ's Log, in lines that one reads without scrolling: the Log breaks none, however long. */
final class Paragraph {

	private static final String LOG = "Log";
	/** Letters in a line. */
	static final int LINE = 90;
	/** Before all lines but the first, so that paragraphs are told apart. */
	private static final String INDENT = "  ";
	/** Pixels that a line needs in the letters of the Log. */
	private static final int WIDE = 760;

	private Paragraph() {}

	static String lines(final String words) {
		return Report.folded(words, LINE - INDENT.length()).replace("\n", "\n" + INDENT);
	}

	/**
	 * Writes it; a Log that opens for it is as wide as its lines, one that is open stays as the user has it. Without a window
	 * nobody scrolls, and who reads the output of a script finds each paragraph in a line of its own.
	 */
	static void log(final String words) {
		if (GraphicsEnvironment.isHeadless() || IJ.getInstance() == null) {
			IJ.log(Inert.line(words));
			return;
		}
		// A place that the user has given the Log is kept by ImageJ.
		final boolean opens = WindowManager.getFrame(LOG) == null && Prefs.getLocation(TextWindow.LOG_LOC_KEY) == null;
		IJ.log(lines(Inert.line(words)));
		final Frame log = WindowManager.getFrame(LOG);
		if (!opens || log == null) return;
		final Rectangle screen = GUI.getMaxWindowBounds(log);
		final int width = Math.max(log.getWidth(), Math.min(WIDE, screen.width));
		// In a corner: where ImageJ opens it, in the middle, it would cover the table.
		log.setBounds(screen.x + screen.width - width, screen.y + screen.height - log.getHeight(), width, log.getHeight());
		log.validate();
	}
}

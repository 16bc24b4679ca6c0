// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import ij.IJ;
import ij.WindowManager;
import ij.gui.GUI;

import java.awt.Frame;
import java.awt.GraphicsEnvironment;
import java.awt.Rectangle;

/** A paragraph in ImageJ's Log, in lines that one reads without scrolling: the Log breaks none, however long. */
final class Paragraph {

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
			IJ.log(words);
			return;
		}
		final boolean opens = WindowManager.getFrame("Log") == null;
		IJ.log(lines(words));
		final Frame log = WindowManager.getFrame("Log");
		if (!opens || log == null || log.getWidth() >= WIDE) return;
		final Rectangle screen = GUI.getMaxWindowBounds(log);
		final int width = Math.min(WIDE, screen.width);
		log.setBounds(Math.max(screen.x, Math.min(log.getX(), screen.x + screen.width - width)), log.getY(), width, log
			.getHeight());
		log.validate();
	}
}

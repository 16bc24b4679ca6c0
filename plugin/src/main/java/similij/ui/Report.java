// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.run.PassingFolder;
import similij.wire.BackendException;
import similij.wire.CancelledException;
import similij.wire.Inert;

import ij.IJ;
import ij.macro.Interpreter;

import java.awt.GraphicsEnvironment;
import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * How a command ends that could not do its work: one sentence for the user, the details in the Console, and a macro that
 * stops there, with a window and without.
 */
public final class Report {

	/** The last run's sentence, or nothing if it went well: {@code IJ.getProperty("similij.error")}. */
	public static final String LAST_ERROR = "similij.error";

	/** Letters in a line of a dialog. */
	private static final int LINE = 80;

	private Report() {}

	/** A command's work. */
	public interface Work {

		void run() throws BackendException;
	}

	/** Does the work; whatever goes wrong is told. */
	public static void around(final String title, final Work work) {
		IJ.setProperty(LAST_ERROR, null);
		// An Esc that closed something else before would end this run at its first plane.
		IJ.resetEscape();
		PassingFolder.removeLeft();
		try {
			work.run();
		}
		catch (final CancelledException e) {
			IJ.setProperty(LAST_ERROR, e.getMessage());
			IJ.showStatus(e.getMessage());
			abort(title, e.getMessage(), false);
		}
		catch (final BackendException e) {
			error(title, e.getMessage(), e.details());
		}
		catch (final RuntimeException | OutOfMemoryError | LinkageError e) {
			// ImageJ's own way to end a macro: not an error, and not ours to catch.
			if (ij.Macro.MACRO_CANCELED.equals(e.getMessage())) throw e;
			final StringWriter trace = new StringWriter();
			e.printStackTrace(new PrintWriter(trace, true));
			error(title, "SimilIJ met what it did not expect: " + e +
				". Please report it with the lines that the Console shows (Window > Console).", trace.toString());
		}
	}

	private static void error(final String title, final String sentence, final String details) {
		IJ.setProperty(LAST_ERROR, sentence);
		IJ.showStatus("");
		if (details != null) System.err.println(Inert.lines(details));
		abort(title, sentence, true);
	}

	/**
	 * {@code IJ.error} opens a dialog, and within a macro one that needs a screen. So the sentence is told here in the way
	 * that fits, and {@code IJ.error} is left with what only it can do: end the macro that called, whose result is then
	 * "[aborted]".
	 */
	private static void abort(final String title, final String sentence, final boolean tell) {
		final boolean window = !GraphicsEnvironment.isHeadless() && IJ.getInstance() != null;
		final Interpreter macro = Interpreter.getInstance();
		if (macro != null) {
			if (tell && window) IJ.showMessage(title, folded(sentence, LINE));
			else if (tell) IJ.log(title + ": " + Inert.line(sentence));
			macro.setIgnoreErrors(true);
			quietly(() -> IJ.error(Inert.line(sentence)));
		}
		else if (tell && window) IJ.error(title, folded(sentence, LINE));
		else if (tell) quietly(() -> IJ.error(title, Inert.line(sentence)));
	}

	/** ImageJ's dialogs are as wide as their longest line; what stands in them is text. */
	static String folded(final String sentence, final int line) {
		final StringBuilder lines = new StringBuilder();
		int length = 0;
		for (final String word : Inert.lines(sentence).split(" ")) {
			if (length > 0 && length + word.length() > line) {
				lines.append('\n');
				length = 0;
			}
			else if (length > 0) lines.append(' ');
			lines.append(word);
			length += word.length() + 1;
		}
		return lines.toString();
	}

	/** Without a dialog: what ImageJ would show there goes to the Log. */
	private static void quietly(final Runnable error) {
		IJ.redirectErrorMessages(true);
		try {
			error.run();
		}
		finally {
			IJ.redirectErrorMessages(false);
		}
	}
}

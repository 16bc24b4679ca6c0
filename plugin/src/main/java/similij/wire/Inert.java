// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Keeps words of others inert where they are shown: a title, a ROI or a file may be called anything. Without a window ImageJ's
 * Log is the terminal, which obeys escape sequences; with one, a line that begins with a backslash is a command to the Log,
 * and a message that begins with a tag is a page. The same as {@code ground/inert.py}.
 */
public final class Inert {

	/** They have no shape but stay: Persian, Hindi and emoji need them. */
	private static final String JOINERS = "\u200c\u200d";

	/** A part in quotes or brackets, or a word, that is longer is cut: a macro may give a book for a title. Nearly all paths are shorter. */
	private static final int LONG = 200;
	private static final int KEPT = 60;

	/** A sentence that is longer still has a value with quotes or brackets of its own: its two ends are kept. */
	private static final int LONGEST = 1000;
	private static final int KEPT_OF_ALL = 450;

	private static final Pattern PART = Pattern.compile("\"([^\"]*)\"|\\[([^\\]]*)\\]|[^\\s\"\\[]{" + LONG + ",}");

	private Inert() {}

	/** What is said of values that somebody gave: one line, which can be read. Of a long value there are its two ends. */
	public static String sentence(final String words) {
		final Matcher part = PART.matcher(words);
		final StringBuffer shown = new StringBuffer();
		while (part.find())
			part.appendReplacement(shown, Matcher.quoteReplacement(ends(part.group(), LONG, KEPT + (part.group(1) == null && part
				.group(2) == null ? 0 : 1))));
		return ends(cell(part.appendTail(shown).toString()), LONGEST, KEPT_OF_ALL);
	}

	private static String ends(final String text, final int most, final int kept) {
		if (text.length() <= most) return text;
		// Not within a letter of two halves, of which one alone is none.
		int first = kept, last = text.length() - kept;
		if (Character.isLowSurrogate(text.charAt(first))) first--;
		if (Character.isLowSurrogate(text.charAt(last))) last++;
		return text.substring(0, first) + "..." + text.substring(last);
	}

	/** A line for the Log, a message: what has no shape is spelled out, ends of lines, too. */
	public static String line(final String words) {
		return begun(spelled(words, JOINERS));
	}

	/** The same for a cell of a table, where nothing is a command by how it begins. */
	public static String cell(final String words) {
		return spelled(words, JOINERS);
	}

	/** Several lines: a report of an error, as the Console shows it. */
	public static String lines(final String words) {
		return begun(spelled(words, JOINERS + "\n\t"));
	}

	private static String spelled(final String words, final String kept) {
		final StringBuilder shown = new StringBuilder(words.length());
		words.codePoints().forEach(c -> {
			if (isUnseen(c) && kept.indexOf(c) < 0) shown.append(String.format("[U+%04X]", c));
			else shown.appendCodePoint(c);
		});
		return shown.toString();
	}

	private static String begun(final String words) {
		return words.startsWith("\\") || words.regionMatches(true, 0, "<html", 0, 5) ? " " + words : words;
	}

	private static boolean isUnseen(final int c) {
		switch (Character.getType(c)) {
			case Character.CONTROL:
			case Character.FORMAT:
			case Character.SURROGATE:
			case Character.LINE_SEPARATOR:
			case Character.PARAGRAPH_SEPARATOR:
				return true;
			default:
				return false;
		}
	}
}

// SPDX-License-Identifier: BSD-2-Clause
package similij.options;

import similij.wire.BackendException;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads ImageJ's option string, {@code key=[a value] key=value}, and refuses what it does not know.
 * <p>
 * ImageJ's own {@code Macro.getValue} looks for a key anywhere, also inside a title, and takes the default where a
 * bracket of a title has no partner. A wrong image compared without a word is the worst that can happen here, so the
 * string is read from its start to its end.
 * </p>
 * <ul>
 * <li>A bracketed value ends at a {@code ]} after which the string ends or another {@code key=} begins: the first one
 * that leaves the brackets inside in balance, else the first one.</li>
 * <li>A value in single quotes ends alike. A bare value ends where the string ends or another {@code key=} begins.</li>
 * <li>{@code &name} is the macro's variable of that name, if it has one.</li>
 * <li>A checkbox is its bare word, also behind a bare value: {@code rescale=None inverse}.</li>
 * <li>A key is given once.</li>
 * </ul>
 */
public final class MacroOptions {

	private static final Pattern KEY = Pattern.compile("\\s*(\\w+)=");
	private static final Pattern WORD = Pattern.compile("\\s*(\\w+)(?=\\s|$)");
	private static final String NEXT = "(?:\\s*$|\\s+\\w+=)";

	private final Map<String, String> values = new LinkedHashMap<>();
	private final List<String> keys;
	private final List<String> flags;
	private final Pattern bracketEnd;
	private final Pattern quoteEnd;
	private final Pattern bareEnd;

	/**
	 * @param options may be null or blank: every key has a default
	 * @param table those that exist
	 * @param variables a macro variable's value, or null
	 */
	public MacroOptions(final String options, final OptionTable table, final UnaryOperator<String> variables)
		throws BackendException
	{
		this.keys = table.keys();
		this.flags = table.flags();
		final String checkboxes = flags.isEmpty() ? "" : "(?:\\s+(?:" + String.join("|", flags) + "))*";
		final String next = "(?=" + checkboxes + NEXT + ")";
		bracketEnd = Pattern.compile("\\]" + next, Pattern.CASE_INSENSITIVE);
		quoteEnd = Pattern.compile("'" + next, Pattern.CASE_INSENSITIVE);
		bareEnd = Pattern.compile(next, Pattern.CASE_INSENSITIVE);
		final String text = options == null ? "" : options;
		int at = 0;
		while (!text.substring(at).trim().isEmpty()) {
			final Matcher key = KEY.matcher(text).region(at, text.length());
			final Matcher word = WORD.matcher(text).region(at, text.length());
			if (!key.lookingAt() && word.lookingAt() && flags.contains(word.group(1).toLowerCase(Locale.ROOT))) {
				put(word.group(1).toLowerCase(Locale.ROOT), "true");
				at = word.end();
				continue;
			}
			if (!key.lookingAt()) throw new BackendException("\"" + text.substring(at).trim() +
				"\" in the options is not of the form key=[value]. The keys are " + String.join(", ", keys) + ".");
			at = value(key.group(1).toLowerCase(Locale.ROOT), text, key.end(), variables);
		}
	}

	/** Reads the value that starts at {@code from}; returns where the next key may start. */
	private int value(final String key, final String text, final int from, final UnaryOperator<String> variables)
		throws BackendException
	{
		if (!keys.contains(key)) throw new BackendException("There is no key \"" + key + "\". The keys are " +
			String.join(", ", keys) + ".");
		final char first = from < text.length() ? text.charAt(from) : ' ';
		if (first == '[' || first == '\'') {
			final int end = end(text, from + 1, first == '[' ? bracketEnd : quoteEnd);
			if (end >= 0) {
				put(key, text.substring(from + 1, end));
				return end + 1;
			}
			if (first == '[') throw new BackendException("The value of " + key +
				" starts with \"[\" and has no \"]\" at its end: write " + key + "=[value].");
		}
		final Matcher bare = bareEnd.matcher(text);
		final int end = bare.find(from) ? bare.start() : text.length();
		final String value = text.substring(from, end).trim();
		final String variable = value.startsWith("&") ? variables.apply(value.substring(1)) : null;
		put(key, variable == null ? value : variable);
		return end;
	}

	/** Takes a value; of two of one key nobody knows which is meant, and the last one was taken without a word. */
	private void put(final String key, final String value) throws BackendException {
		if (values.containsKey(key)) throw new BackendException("The key " + key + " is given twice: [" + values.get(key) +
			"] and [" + value + "]. Give it once.");
		values.put(key, value);
	}

	/** The first end that leaves the brackets of the value in balance, else the first end, else -1. */
	private int end(final String text, final int from, final Pattern pattern) {
		final Matcher ends = pattern.matcher(text);
		int first = -1;
		for (boolean more = ends.find(from); more; more = ends.find()) {
			if (balanced(text.substring(from, ends.start()))) return ends.start();
			if (first < 0) first = ends.start();
			if (startsKnownKey(text, ends.end())) break;
		}
		return first;
	}

	/** No value reaches beyond the next key that exists. */
	private boolean startsKnownKey(final String text, final int at) {
		final Matcher key = KEY.matcher(text).region(at, text.length());
		return key.lookingAt() && keys.contains(key.group(1).toLowerCase(Locale.ROOT));
	}

	private static boolean balanced(final String value) {
		int open = 0;
		for (int i = 0; i < value.length() && open >= 0; i++) {
			if (value.charAt(i) == '[') open++;
			if (value.charAt(i) == ']') open--;
		}
		return open == 0;
	}

	/** The value of a key; null where it is not given or empty. */
	public String get(final String key) {
		final String value = values.get(key);
		return value == null || value.isEmpty() ? null : value;
	}

	/** The value of a key as it is given, which may be empty; else the default. */
	public String get(final String key, final String otherwise) {
		return values.getOrDefault(key, otherwise);
	}

	/** One of several words, in any case; the first one where nothing is given. */
	public String choice(final String key, final List<String> choices) throws BackendException {
		return choice(key, choices, values.get(key));
	}

	/** The same for a value that does not come from a macro. */
	public static String choice(final String key, final List<String> choices, final String value) throws BackendException {
		if (value == null || value.trim().isEmpty()) return choices.get(0);
		for (final String choice : choices)
			if (choice.equalsIgnoreCase(value.trim())) return choice;
		throw new BackendException(key + "=[" + value + "] does not exist. Choose one of " + String.join(", ", choices) +
			".");
	}
}

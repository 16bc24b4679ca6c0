// SPDX-License-Identifier: BSD-2-Clause
package similij.options;

import similij.wire.BackendException;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What a command was told, as far as it is not the default: a text for each key of its table, in the table's order.
 * <p>
 * The same words are recorded in a macro and travel to Python, so that an option that Java does not act upon needs no
 * line of Java: it is in the table, and Python reads it. What is checked here is only what the table itself says (that a
 * choice is one of its choices, a checkbox true or false), because a wrong word is best refused before Python starts.
 * </p>
 */
public final class Words {

	private static final String ALL = "all";
	private static final String TRUE = "true";

	private final OptionTable table;
	private final Map<String, String> words = new LinkedHashMap<>();

	/** @param given the value of a key; null where it is not given */
	Words(final OptionTable table, final UnaryOperator<String> given) throws BackendException {
		this.table = table;
		for (final String key : table.keys()) {
			final String word = word(key, given.apply(key));
			if (word != null) words.put(key, word);
		}
	}

	/** Null where it is not given, or says what is the default. */
	private String word(final String key, final String value) throws BackendException {
		if (value == null || value.trim().isEmpty()) return null;
		switch (table.kind(key)) {
			case "choice":
				return choice(key, value);
			case "flag":
				return flag(key, value) ? TRUE : null;
			case "list":
				return listed(key, value);
			case "text":
				return value.trim().equals(table.initial(key)) ? null : value.trim();
			default:
				return value;
		}
	}

	private String choice(final String key, final String value) throws BackendException {
		final List<String> choices = table.choices(key);
		if (choices.get(0).equalsIgnoreCase(value.trim())) return null;
		return table.isFree(key) ? value.trim() : MacroOptions.choice(key, choices, value);
	}

	/** A checkbox: in a macro the bare word, or a value. */
	private static boolean flag(final String key, final String value) throws BackendException {
		final String word = value.trim().toLowerCase(Locale.ROOT);
		if (word.equals(TRUE) || word.equals("false")) return word.equals(TRUE);
		throw new BackendException(key + "=[" + value + "] is neither true nor false: write " + key + ", or leave it out.");
	}

	/** In as few words as a macro needs; null where none is chosen. */
	private String listed(final String key, final String value) throws BackendException {
		if (value.trim().equalsIgnoreCase("none")) return null;
		final List<String> fewest = new ArrayList<>(inOrder(key, value));
		if (fewest.containsAll(table.all(key))) {
			fewest.removeAll(table.all(key));
			fewest.add(0, ALL);
		}
		return String.join(", ", fewest);
	}

	private List<String> inOrder(final String key, final String value) throws BackendException {
		final List<String> chosen = new ArrayList<>();
		for (final String word : value.split(",")) {
			if (word.trim().equalsIgnoreCase(ALL)) chosen.addAll(table.all(key));
			else chosen.add(MacroOptions.choice(key, table.choices(key), word));
		}
		final List<String> ordered = new ArrayList<>(table.choices(key));
		ordered.retainAll(chosen);
		return ordered;
	}

	/** The word of a key; null where it is not given or the default. */
	public String get(final String key) {
		return words.get(key);
	}

	/** The word of a key; where it is not given, what stands for that in the table. */
	public String value(final String key) {
		final String byDefault = table.kind(key).equals("choice") ? table.choices(key).get(0) : table.initial(key);
		return words.getOrDefault(key, byDefault);
	}

	public boolean has(final String key) {
		return words.containsKey(key);
	}

	/** Of a list, what is chosen, in the order of the table. */
	public List<String> list(final String key) throws BackendException {
		return has(key) ? inOrder(key, get(key)) : Collections.<String>emptyList();
	}

	/** Whether any option is given that needs all pixels of the images. */
	boolean needWholeImages() {
		return words.keySet().stream().anyMatch(table::needsWholeImages);
	}

	/** All but some, which Java acts upon: what Python reads. */
	Map<String, String> without(final Collection<String> own) {
		final Map<String, String> others = new LinkedHashMap<>(words);
		others.keySet().removeAll(own);
		return Collections.unmodifiableMap(others);
	}

	/** The keys and values that a macro replays this with; a checkbox is its bare word. */
	Map<String, String> recorded() {
		final Map<String, String> recorded = new LinkedHashMap<>();
		words.forEach((key, word) -> {
			final boolean bare = table.kind(key).equals("choice") && word.indexOf(' ') < 0 && table.choices(key).contains(word);
			recorded.put(key, table.kind(key).equals("flag") ? "" : bare ? word : "[" + word + "]");
		});
		return recorded;
	}
}

// SPDX-License-Identifier: BSD-2-Clause
package similij.options;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The options of a command, read from {@code options.ini}: the file that Python's help and the docs are made of, too.
 * <p>
 * Java has no reader of such files, and one more library in the jar would be one more to clash with a Fiji; so only what
 * stands in this file is read: sections, and lines of {@code field = value}.
 * </p>
 */
public final class OptionTable {

	/** Of <i>Image Similarity...</i> */
	public static final OptionTable IMAGES = new OptionTable("");
	/** Of <i>Image Similarity of Two Folders...</i> */
	public static final OptionTable FOLDERS = new OptionTable("folders.");
	/** Of <i>Image Similarity Matrix...</i> */
	public static final OptionTable MATRIX = new OptionTable("matrix.");

	private static final String FILE = "options.ini";

	private final String prefix;
	private final Map<String, Map<String, String>> options = new LinkedHashMap<>();

	private OptionTable(final String prefix) {
		this.prefix = prefix;
		final Map<String, Map<String, String>> all = new LinkedHashMap<>();
		Map<String, String> option = null;
		for (final String line : lines()) {
			if (line.startsWith("[")) {
				option = new LinkedHashMap<>();
				all.put(line.substring(1, line.indexOf(']')), option);
			}
			else if (option != null && line.indexOf(" = ") > 0) {
				final int at = line.indexOf(" = ");
				option.put(line.substring(0, at), line.substring(at + 3).trim());
			}
		}
		all.forEach((name, own) -> {
			final boolean ours = prefix.isEmpty() ? name.indexOf('.') < 0 : name.startsWith(prefix);
			if (ours) options.put(name.substring(prefix.length()), withBase(own, all.get(own.get("as"))));
		});
	}

	/** The fields of an option, and those that it has of another one; where that stands in its dialog says nothing of this. */
	private static Map<String, String> withBase(final Map<String, String> own, final Map<String, String> base) {
		if (base == null) return own;
		final Map<String, String> merged = new LinkedHashMap<>(base);
		merged.keySet().removeAll(Arrays.asList("dialog", "after"));
		merged.putAll(own);
		return merged;
	}

	/** What a key of this command is called among those of all commands. */
	public String name(final String key) {
		return prefix + key;
	}

	private static List<String> lines() {
		try (InputStream in = OptionTable.class.getResourceAsStream("/similij/" + FILE)) {
			if (in == null) throw new IllegalStateException("The jar of SimilIJ lacks " + FILE + ": build it again.");
			final BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
			return reader.lines().filter(line -> !line.startsWith(";")).collect(Collectors.toList());
		}
		catch (final IOException e) {
			throw new IllegalStateException("The jar of SimilIJ is damaged (" + FILE + "): " + e, e);
		}
	}

	/** All keys, in the order of the table. */
	public List<String> keys() {
		return new ArrayList<>(options.keySet());
	}

	/** Keys of checkboxes, which stand in a macro without a value. */
	List<String> flags() {
		return options.keySet().stream().filter(key -> "flag".equals(kind(key))).collect(Collectors.toList());
	}

	/** What kind of field it has: image, choice, text, file, folder, flag or list. */
	public String kind(final String key) {
		return text(key, "kind");
	}

	/** What an option can be; the first one is its default. */
	public List<String> choices(final String key) {
		return Collections.unmodifiableList(Arrays.asList(text(key, "choices").split(" \\| ")));
	}

	/** What the word "all" stands for in a list. */
	public List<String> all(final String key) {
		return Collections.unmodifiableList(Arrays.asList(text(key, "all").split(" \\| ")));
	}

	/** Whether Python reads more spellings of a choice than the dialog offers, and so is the one to refuse it. */
	boolean isFree(final String key) {
		return options.get(key).containsKey("free");
	}

	/** Whether all pixels of the images are needed where this option is given, and not only those of the regions. */
	boolean needsWholeImages(final String key) {
		return "whole".equals(options.get(key).get("needs"));
	}

	/** What stands in the field before anybody writes there, and is the default: "" where that is nothing. */
	public String initial(final String key) {
		return options.get(key).getOrDefault("initial", "");
	}

	/** What a dialog says below the field; null where that is nothing. */
	public String message(final String key) {
		return options.get(key).get("below");
	}

	/** Columns of the field of a text. */
	public int width(final String key) {
		return Integer.parseInt(options.get(key).getOrDefault("width", "12"));
	}

	/** Keys of a part of the dialog, in its order: in that of the table, but for those that name the one they stand behind. */
	public List<String> keys(final Part part) {
		final List<String> keys = new ArrayList<>(options.keySet());
		keys.removeIf(key -> !part.name().toLowerCase(Locale.ROOT).equals(options.get(key).getOrDefault("dialog", "more")));
		for (final String key : new ArrayList<>(keys)) {
			final String before = options.get(key).get("after");
			if (before == null) continue;
			keys.remove(key);
			// Behind none of them: as the first one.
			keys.add(keys.indexOf(before) + 1, key);
		}
		return keys;
	}

	/** Parts of the dialog of <i>Image Similarity...</i>: what is seen at first, and what is folded below. */
	public enum Part {
			FIRST, PICTURES, MORE
	}

	/** What the checkboxes of a list are called. */
	public List<String> boxes(final String key) {
		return Arrays.asList(text(key, "boxes").split(" \\| "));
	}

	/** How the dialog calls it. */
	public String label(final String key) {
		return text(key, "label");
	}

	/** How an entry is written, which a dialog says behind the field; null where nothing needs saying. */
	public String hint(final String key) {
		return options.get(key).get("hint");
	}

	/** A table of all options, for the dialog's help. */
	public String html() {
		final StringBuilder rows = new StringBuilder("<table cellpadding='3'>");
		options.forEach((key, words) -> rows.append("<tr valign='top'><td><code>").append(key).append("</code></td><td>")
			.append(escaped(words.get("help"))).append(words.containsKey("choices") ? " <i>" + escaped(words.get("choices")
				.replace(" | ", ", ")) + "</i>" : "").append("</td></tr>"));
		return rows.append("</table>").toString();
	}

	/** Text as HTML shows it. */
	public static String escaped(final String text) {
		return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
	}

	private String text(final String key, final String field) {
		final String text = options.getOrDefault(key, Collections.<String, String>emptyMap()).get(field);
		if (text == null) throw new IllegalArgumentException(FILE + " has no " + field + " of " + key);
		return text;
	}
}

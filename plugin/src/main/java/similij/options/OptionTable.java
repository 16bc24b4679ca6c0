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
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The options of a command, read from {@code options.ini}: the file that Python's help and the docs are made of, too.
 */
public final class OptionTable {

	/** Of <i>Image Similarity...</i> */
	public static final OptionTable IMAGES = new OptionTable("");
	/** Of <i>Image Similarity of Two Folders...</i> */
	public static final OptionTable FOLDERS = new OptionTable("folders.");
	/** Of <i>Image Similarity Matrix...</i> */
	public static final OptionTable MATRIX = new OptionTable("matrix.");

	private static final String FILE = "options.ini";

	private final Map<String, Map<String, String>> options = new LinkedHashMap<>();

	private OptionTable(final String prefix) {
		Map<String, String> option = null;
		for (final String line : lines()) {
			if (line.startsWith("[")) {
				final String name = line.substring(1, line.indexOf(']'));
				option = new LinkedHashMap<>();
				final boolean ours = prefix.isEmpty() ? name.indexOf('.') < 0 : name.startsWith(prefix);
				if (ours) options.put(name.substring(prefix.length()), option);
			}
			else if (option != null && line.indexOf(" = ") > 0) {
				final int at = line.indexOf(" = ");
				option.put(line.substring(0, at), line.substring(at + 3).trim());
			}
		}
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
	List<String> keys() {
		return new ArrayList<>(options.keySet());
	}

	/** Keys of checkboxes, which stand in a macro without a value. */
	List<String> flags() {
		return options.keySet().stream().filter(key -> "flag".equals(options.get(key).get("kind"))).collect(Collectors
			.toList());
	}

	/** What an option can be; the first one is its default. */
	List<String> choices(final String key) {
		return Collections.unmodifiableList(Arrays.asList(text(key, "choices").split(" \\| ")));
	}

	/** What the word "all" stands for in a list. */
	List<String> all(final String key) {
		return Collections.unmodifiableList(Arrays.asList(text(key, "all").split(" \\| ")));
	}

	/** What an option is where nothing is given, in the words of the table. */
	public String byDefault(final String key) {
		return text(key, "default");
	}

	/** What the checkboxes of a list are called. */
	public List<String> boxes(final String key) {
		return Arrays.asList(text(key, "boxes").split(" \\| "));
	}

	/** How the dialog calls it. */
	public String label(final String key) {
		return text(key, "label");
	}

	/** A table of all options, for the dialog's help. */
	public String html() {
		final StringBuilder rows = new StringBuilder("<table cellpadding='3'>");
		options.forEach((key, words) -> rows.append("<tr valign='top'><td><code>").append(key).append("</code></td><td>")
			.append(escaped(words.get("help"))).append(words.containsKey("choices") ? " <i>" + escaped(words.get("choices")
				.replace(" | ", ", ")) + "</i>" : "").append("</td></tr>"));
		return rows.append("</table>").toString();
	}

	private static String escaped(final String text) {
		return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
	}

	private String text(final String key, final String field) {
		final String text = options.getOrDefault(key, Collections.<String, String>emptyMap()).get(field);
		if (text == null) throw new IllegalArgumentException(FILE + " has no " + field + " of " + key);
		return text;
	}
}

// SPDX-License-Identifier: BSD-2-Clause

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes the inputs of the SciJava command from the table of options, before the plugin is compiled; Maven runs it.
 * <p>
 * SciJava reads inputs from annotated fields. Its DynamicCommand could add them at runtime, but then
 * {@code CommandService.run(...)} returns null to a script instead of a future, as its own log says ("due to a design
 * flaw"). So the fields are written here, and an option that is added to the table needs no line of Java.
 * </p>
 */
public final class CommandInputs {

	private static final String REGION = "region";
	/** The region that roi_file or labels says, else the whole image; "" means the same, as it always did. */
	private static final String FITTING = "Automatic";

	/** @param paths options.ini, and the folder of the sources that are written */
	public static void main(final String[] paths) throws IOException {
		final StringBuilder fields = new StringBuilder();
		final StringBuilder given = new StringBuilder();
		table(Paths.get(paths[0])).forEach((key, option) -> {
			final String name = name(key);
			final boolean image = key.equals("image_1") || key.equals("image_2");
			final boolean flag = option.get("kind").equals("flag");
			final String type = image ? "ImagePlus" : flag ? "boolean" : "String";
			final String choices = option.get("kind").equals("choice") ? choices(key, option) : "";
			final String first = choices.isEmpty() ? "\"\"" : choices.substring(0, choices.indexOf('"', 1) + 1);
			fields.append("\t/** ").append(option.get("help").replace("*/", "")).append(" */\n\t@Parameter(label = ").append(
				quoted(option.get("label"))).append(", description = ").append(quoted(option.get("help"))).append(key.equals("image_1") ? "" : ", required = false").append(image ? ""
					: ", persist = false").append(choices.isEmpty() ? "" : ", choices = { " + choices + " }").append(")\n\t").append(
						type).append(' ').append(name).append(image ? "" : flag ? " = false" : " = " + first).append(";\n\n");
			if (!image) given.append("\t\tgiven.put(").append(quoted(key)).append(", ").append(flag ? "Boolean.toString(" + name +
				")" : key.equals(REGION) ? quoted(FITTING) + ".equals(" + name + ") ? \"\" : " + name : name).append(");\n");
		});
		final Path folder = Files.createDirectories(Paths.get(paths[1], "similij"));
		final String source = "// Written by src/generate/CommandInputs.java from options.ini.\npackage similij;\n\n" +
			"import ij.ImagePlus;\n\nimport java.util.HashMap;\nimport java.util.Map;\n\n" +
			"import org.scijava.plugin.Parameter;\n\n/** The inputs of the SciJava command. */\n" +
			"abstract class OptionInputs {\n\n" + fields + "\t/** What they say, by the keys of the table. */\n" +
			"\tfinal Map<String, String> given() {\n\t\tfinal Map<String, String> given = new HashMap<>();\n" + given +
			"\t\treturn given;\n\t}\n}\n";
		Files.write(folder.resolve("OptionInputs.java"), source.getBytes(StandardCharsets.UTF_8));
	}

	/** Options of <i>Image Similarity...</i>: those whose names have no dot. */
	private static Map<String, Map<String, String>> table(final Path file) throws IOException {
		final Map<String, Map<String, String>> table = new LinkedHashMap<>();
		Map<String, String> option = new LinkedHashMap<>();
		for (final String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
			final int equals = line.indexOf(" = ");
			if (line.startsWith("[")) {
				option = new LinkedHashMap<>();
				if (line.indexOf('.') < 0) table.put(line.substring(1, line.indexOf(']')), option);
			}
			else if (equals > 0 && !line.startsWith(";")) option.put(line.substring(0, equals), line.substring(equals + 3)
				.trim());
		}
		return table;
	}

	/** Where no region is named, the other options say which is meant. SciJava's dialog cannot list a word that is empty. */
	private static String choices(final String key, final Map<String, String> option) {
		final Stream<String> words = Stream.of(option.get("choices").split(" \\| "));
		return (key.equals(REGION) ? Stream.concat(Stream.of(FITTING), words) : words).map(CommandInputs::quoted).collect(
			Collectors.joining(", "));
	}

	/** The key as Java writes names: {@code data_range} is {@code dataRange}. */
	private static String name(final String key) {
		final StringBuilder name = new StringBuilder();
		for (final String word : key.split("_"))
			name.append(name.length() == 0 ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
		return name.toString();
	}

	private static String quoted(final String text) {
		return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
	}
}

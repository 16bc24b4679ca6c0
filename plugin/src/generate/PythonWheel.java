// SPDX-License-Identifier: BSD-2-Clause

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes the wheel of the Python package that the jar carries; Maven runs it.
 * <p>
 * The wheel that hatch builds has the jar in it, so hatch cannot make the one that is in the jar: the two builds would
 * wait for each other. It is written here instead, from the same files and the same {@code pyproject.toml}, and a build
 * of the jar needs no Python. A test compares the two wheels file by file, so that this one never falls behind. Of
 * {@code pyproject.toml} it reads as much TOML as there is: tables, strings, arrays of strings.
 * </p>
 */
public final class PythonWheel {

	/**
	 * The same bytes whoever builds: a zip knows the time of each file. Not the first moment of 1980, beside which Java writes
	 * what it is in the time zone of whoever builds.
	 */
	private static final LocalDateTime TIME = LocalDateTime.of(1980, 2, 1, 0, 0);
	private static final Pattern STRING = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");
	private static final Pattern MARKED = Pattern.compile("(.*?)\\s*;\\s*(.*)");

	private final Path root;
	private final Map<String, Map<String, String>> project;
	private final SortedMap<String, byte[]> files = new TreeMap<>();

	/** @param paths the root of the repository, and the folder to write the wheel to */
	public static void main(final String[] paths) throws IOException {
		final PythonWheel wheel = new PythonWheel(Paths.get(paths[0]).toAbsolutePath().normalize());
		wheel.collect();
		wheel.write(Files.createDirectories(Paths.get(paths[1])));
	}

	private PythonWheel(final Path root) throws IOException {
		this.root = root;
		project = tables(root.resolve("pyproject.toml"));
	}

	private void collect() throws IOException {
		final String info = name() + "-" + version() + ".dist-info/";
		add(root.resolve("src/similij"), "similij/");
		add(root.resolve("docs"), "similij/docs/");
		add(root.resolve("macros"), "similij/imagej/macros/");
		files.put("similij/CITATION.cff", Files.readAllBytes(root.resolve("CITATION.cff")));
		files.put(info + "licenses/LICENSE", Files.readAllBytes(root.resolve("LICENSE")));
		put(info + "METADATA", metadata());
		put(info + "WHEEL", "Wheel-Version: 1.0\nGenerator: similij\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
		put(info + "entry_points.txt", entryPoints());
		put(info + "RECORD", record(info + "RECORD"));
	}

	private String name() {
		return text("project", "name");
	}

	private String version() {
		return text("project", "version");
	}

	/** All files of a folder, but for what a Python or a build left there. */
	private void add(final Path folder, final String under) throws IOException {
		try (Stream<Path> all = Files.walk(folder)) {
			for (final Path file : all.filter(Files::isRegularFile).collect(Collectors.toList())) {
				final String inside = folder.relativize(file).toString().replace('\\', '/');
				if (inside.contains("__pycache__/") || inside.startsWith("imagej/jars/")) continue;
				files.put(under + inside, Files.readAllBytes(file));
			}
		}
	}

	private void put(final String name, final String text) {
		files.put(name, text.getBytes(StandardCharsets.UTF_8));
	}

	private String metadata() throws IOException {
		final StringBuilder lines = new StringBuilder("Metadata-Version: 2.4\n");
		line(lines, "Name", name());
		line(lines, "Version", version());
		line(lines, "Summary", text("project", "description"));
		final Matcher author = Pattern.compile("name = \"(.*?)\"").matcher(project.get("project").get("authors"));
		while (author.find())
			line(lines, "Author", author.group(1));
		line(lines, "License-Expression", text("project", "license"));
		line(lines, "License-File", "LICENSE");
		final List<String> keywords = strings(project.get("project").get("keywords"));
		Collections.sort(keywords);
		line(lines, "Keywords", String.join(",", keywords));
		project.get("project.urls").forEach((label, url) -> line(lines, "Project-URL", label + ", " + strings(url).get(0)));
		for (final String classifier : strings(project.get("project").get("classifiers")))
			line(lines, "Classifier", classifier);
		line(lines, "Requires-Python", text("project", "requires-python"));
		for (final String requirement : strings(project.get("project").get("dependencies")))
			line(lines, "Requires-Dist", requirement);
		project.get("project.optional-dependencies").forEach((extra, requirements) -> {
			line(lines, "Provides-Extra", extra);
			for (final String requirement : flat(strings(requirements)))
				line(lines, "Requires-Dist", ofExtra(requirement, extra));
		});
		line(lines, "Description-Content-Type", "text/markdown");
		return lines.append('\n').append(new String(Files.readAllBytes(root.resolve(text("project", "readme"))),
			StandardCharsets.UTF_8)).toString();
	}

	private static void line(final StringBuilder lines, final String key, final String value) {
		lines.append(key).append(": ").append(value).append('\n');
	}

	/** An extra that names extras of this package has what they have. */
	private List<String> flat(final List<String> requirements) {
		final List<String> flat = new ArrayList<>();
		for (final String requirement : requirements) {
			final Matcher own = Pattern.compile(name() + "\\[(.*)]").matcher(requirement);
			if (!own.matches()) flat.add(requirement);
			else for (final String extra : own.group(1).split(","))
				flat.addAll(flat(strings(project.get("project.optional-dependencies").get(extra.trim()))));
		}
		return flat;
	}

	/** A requirement that only an extra has. */
	private static String ofExtra(final String requirement, final String extra) {
		final Matcher marked = MARKED.matcher(requirement);
		return marked.matches() ? marked.group(1) + "; (" + marked.group(2) + ") and extra == '" + extra + "'"
			: requirement + "; extra == '" + extra + "'";
	}

	private String entryPoints() {
		final StringBuilder lines = new StringBuilder();
		project.forEach((table, entries) -> {
			final String group = table.equals("project.scripts") ? "console_scripts" : table.startsWith(
				"project.entry-points.") ? table.substring("project.entry-points.".length()).replace("\"", "") : null;
			if (group == null) return;
			lines.append('[').append(group).append("]\n");
			entries.forEach((key, value) -> lines.append(key).append(" = ").append(strings(value).get(0)).append('\n'));
			lines.append('\n');
		});
		return lines.toString();
	}

	/** Every file with its hash and size, so that an installer knows what it put where. */
	private String record(final String itself) {
		final StringBuilder lines = new StringBuilder();
		files.forEach((name, content) -> lines.append(name).append(",sha256=").append(hash(content)).append(',').append(
			content.length).append('\n'));
		return lines.append(itself).append(",,\n").toString();
	}

	private static String hash(final byte[] content) {
		try {
			return Base64.getUrlEncoder().withoutPadding().encodeToString(MessageDigest.getInstance("SHA-256").digest(
				content));
		}
		catch (final NoSuchAlgorithmException e) {
			throw new IllegalStateException(e); // every Java has it
		}
	}

	private void write(final Path folder) throws IOException {
		final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
			for (final Map.Entry<String, byte[]> file : files.entrySet()) {
				final ZipEntry entry = new ZipEntry(file.getKey());
				entry.setTimeLocal(TIME);
				zip.putNextEntry(entry);
				zip.write(file.getValue());
				zip.closeEntry();
			}
		}
		try (OutputStream out = Files.newOutputStream(folder.resolve(name() + "-" + version() + "-py3-none-any.whl"))) {
			out.write(bytes.toByteArray());
		}
	}

	private String text(final String table, final String key) {
		return strings(project.get(table).get(key)).get(0);
	}

	private static List<String> strings(final String value) {
		final List<String> strings = new ArrayList<>();
		final Matcher string = STRING.matcher(value);
		while (string.find())
			strings.add(string.group(1).replace("\\\"", "\"").replace("\\\\", "\\"));
		return strings;
	}

	/** Tables by name, with the values as they are written; an array may go over several lines. */
	private static Map<String, Map<String, String>> tables(final Path file) throws IOException {
		final Map<String, Map<String, String>> tables = new LinkedHashMap<>();
		Map<String, String> table = new LinkedHashMap<>();
		String key = null;
		for (final String written : Files.readAllLines(file, StandardCharsets.UTF_8)) {
			final String line = withoutComment(written);
			if (key != null) {
				table.merge(key, line, (before, more) -> before + "\n" + more);
				if (isWhole(table.get(key))) key = null;
				continue;
			}
			final int equals = line.indexOf(" = ");
			if (line.startsWith("[")) {
				table = new LinkedHashMap<>();
				tables.put(line.substring(1, line.lastIndexOf(']')), table);
			}
			else if (equals > 0) {
				final String name = line.substring(0, equals);
				table.put(name, line.substring(equals + 3));
				if (!isWhole(table.get(name))) key = name;
			}
		}
		return tables;
	}

	private static boolean isWhole(final String value) {
		final String bare = STRING.matcher(value).replaceAll("");
		return bare.chars().filter(c -> c == '[').count() == bare.chars().filter(c -> c == ']').count();
	}

	private static String withoutComment(final String line) {
		boolean quoted = false;
		for (int k = 0; k < line.length(); k++) {
			if (line.charAt(k) == '"') quoted = !quoted;
			if (line.charAt(k) == '#' && !quoted) return line.substring(0, k).trim();
		}
		return line.trim();
	}
}

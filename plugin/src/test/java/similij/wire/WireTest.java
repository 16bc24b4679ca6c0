// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;

/**
 * Messages have the fields that Python has: {@code fields.txt} is made of Python's types, and a test there holds it to
 * them. Each line is a message, an answer or what they are made of; see docs/protocol.md for the kinds.
 */
class WireTest {

	private static final Map<String, Map<String, String>> TYPES = types();

	private static Map<String, Map<String, String>> types() {
		final Map<String, Map<String, String>> types = new LinkedHashMap<>();
		try (BufferedReader reader = new BufferedReader(new InputStreamReader(WireTest.class.getResourceAsStream(
			"fields.txt"), StandardCharsets.UTF_8)))
		{
			for (final String line : reader.lines().collect(Collectors.toList())) {
				final int colon = line.indexOf(':');
				final Map<String, String> fields = new LinkedHashMap<>();
				for (final String field : line.substring(colon + 1).trim().split("; ")) {
					final int blank = field.indexOf(' ');
					if (blank > 0) fields.put(field.substring(0, blank), field.substring(blank + 1));
				}
				types.put(line.substring(0, colon), fields);
			}
		}
		catch (final IOException e) {
			throw new UncheckedIOException(e);
		}
		return types;
	}

	private static final Axes AXES = new Axes(1, 2, 3);
	private static final ImageInfo IMAGE = new ImageInfo("a", "", "8-bit", 3, 2, 1, AXES, new Pixel(1.0, null, 2.0, "µm",
		0.5, "s"));
	private static final Position TIED = new Position(0, 1, 0, 2);
	private static final Terms TERMS = new Terms(null, Collections.singletonMap("metrics", "bias"), "/a.csv", "/a_roi.zip");
	private static final Folders FOLDERS = new Folders("/a", null, "/r.csv", Collections.singletonMap("pair", "{id}_"));
	private static final Place PLACE = new Place("z1", Collections.<String, Object>singletonMap("z", 1), Arrays.asList(
		"a note"));
	private static final Request REQUEST = new Request(IMAGE, IMAGE, IMAGE, null, new Box(0, 1, 2, 3), Arrays.asList(
		new RegionInfo("r", "Oval", true, new Box(0, 0, 1, 1), 7L, TIED, null, false), new RegionInfo("s", "", false, new Box(
			0, 0, 0, 0), null, Position.EVERYWHERE, "is broken", true)), PLACE, TERMS, true, false, true);

	private static final List<Row> ROWS = Arrays.asList(row(0.5), row(Double.NaN));

	private static Row row(final double pearson) {
		final Map<String, Object> values = new HashMap<>();
		values.put("pearson", pearson);
		values.put("n", 12L);
		return new Row(values, Collections.singletonMap("pearson", "Pearson R"));
	}

	/** One of each. */
	private static List<Message<?>> messages() {
		final PixelBuffer buffer = new PixelBuffer(ByteBuffer.allocate(1), "memory");
		final Map<String, PixelBuffer> buffers = new HashMap<>();
		for (final String name : Arrays.asList(Compare.MASKS, Compare.PLANE_1, Compare.PLANE_2, Compare.LABELS, Compare.MASK))
			buffers.put(name, buffer);
		final List<TiedRegion> regions = Arrays.asList(new TiedRegion("r", TIED));
		return Arrays.asList(new Hello(), new Compare("7", REQUEST, buffers, AXES, true), new Compare("7", null, Collections
			.<String, PixelBuffer>emptyMap(), null, false), new Plan(IMAGE, null, AXES, null, regions, true, false, TERMS),
			new Plan(IMAGE, IMAGE, AXES, AXES, regions, true, false, TERMS.named("run")), new Tied(IMAGE, AXES, null, null, regions),
			new Tied(IMAGE, AXES, IMAGE, AXES, regions),
			new Check(REQUEST, 1, 2), new Album("/pictures", true, REQUEST), new PictureList("run"), new Draw("run", 2),
			new Metrics(), new DocsPage("index"),
			new ImageFiles("/folder"), new Readable("/a.tif"), new About(), Matrix.begin("7", null, "/out", TERMS.options), Matrix.image("7", IMAGE), Matrix.plane("7",
				buffer), Matrix.end("7"), new Pair(FOLDERS), new Batch(FOLDERS), new Next("7"), REQUEST.problem("r", "is gone"),
			new Headline(ROWS), new Cancel("7"), new Release());
	}

	@Test
	void messagesFitPythonsTypes() {
		final TreeSet<String> known = new TreeSet<>();
		for (final Message<?> message : messages()) {
			final Map<String, Object> fields = new LinkedHashMap<>(message.toMap());
			final String op = fields.remove("op").toString();
			known.add(op);
			assertFits(op, op, fields);
		}
		assertEquals(TYPES.keySet().stream().filter(title -> title.matches("[a-z]+")).collect(Collectors.toCollection(
			TreeSet::new)), known);
	}

	@Test
	@SuppressWarnings("unchecked")
	void sharedMemoryIsNamedAsPythonReadsIt() {
		final PixelBuffer buffer = PixelBuffer.shared(ByteBuffer.allocate(7), "/a segment");
		assertFits("buffer", "Segment", (Map<String, Object>) buffer.wire());
		assertEquals("{shm=/a segment, size=7}", buffer.wire().toString());
	}

	private static void assertFits(final String path, final String type, final Map<?, ?> value) {
		final Map<String, String> fields = TYPES.get(type);
		for (final Object key : value.keySet())
			assertTrue(fields.containsKey(key), path + "." + key + " is not known to Python");
		fields.forEach((name, kind) -> {
			if (kind.startsWith("(")) {
				if (value.containsKey(name)) assertKind(path + "." + name, kind.substring(1, kind.length() - 1), value.get(name));
			}
			else {
				assertTrue(value.containsKey(name), path + "." + name + " is missing");
				assertKind(path + "." + name, kind, value.get(name));
			}
		});
	}

	private static void assertKind(final String path, final String kind, final Object value) {
		if (kind.endsWith("?")) {
			if (value != null) assertKind(path, kind.substring(0, kind.length() - 1), value);
		}
		else if (kind.startsWith("[")) {
			for (final Object item : (List<?>) value)
				assertKind(path + "[]", kind.substring(1, kind.length() - 1), item);
		}
		else if (kind.startsWith("{")) {
			for (final Object item : ((Map<?, ?>) value).values())
				assertKind(path + "{}", kind.substring("{text: ".length(), kind.length() - 1), item);
		}
		else if (TYPES.containsKey(kind)) assertFits(path, kind, (Map<?, ?>) value);
		else assertTrue(isOf(kind, value), path + " is " + value + " and must be " + kind);
	}

	private static boolean isOf(final String kind, final Object value) {
		switch (kind) {
			case "text":
				return value instanceof String;
			case "flag":
				return value instanceof Boolean;
			case "whole":
				return value instanceof Integer || value instanceof Long;
			case "number":
				return value instanceof Number;
			default:
				return kind.equals("any");
		}
	}

	/** An answer that has all that Python's type has, and nothing else. */
	private static Map<String, Object> sample(final String type) {
		final Map<String, Object> sample = new LinkedHashMap<>();
		TYPES.get(type).forEach((name, kind) -> sample.put(name, sampleOf(kind.replaceAll("[()]", ""))));
		return sample;
	}

	private static Object sampleOf(final String kind) {
		if (kind.endsWith("?")) return sampleOf(kind.substring(0, kind.length() - 1));
		if (kind.equals("[whole, whole]")) return Arrays.asList(1, 1L);
		if (kind.equals("[whole]")) return Arrays.asList(0);
		if (kind.startsWith("[")) return new ArrayList<>(Arrays.asList(sampleOf(kind.substring(1, kind.length() - 1))));
		if (kind.startsWith("{")) return new LinkedHashMap<>(Collections.singletonMap("key", sampleOf(kind.substring("{text: "
			.length(), kind.length() - 1))));
		if (TYPES.containsKey(kind)) return sample(kind);
		switch (kind) {
			case "flag":
				return false;
			case "whole":
				return 1L;
			case "number":
				return 0.5;
			default:
				return "text";
		}
	}

	/** A Python that answers the same to everything. */
	private static Backend answering(final Map<String, Object> reply) {
		return new Backend() {

			@Override
			public String name() {
				return "always the same";
			}

			@Override
			public Map<String, PixelBuffer> buffers(final Map<String, Long> bytes) {
				return Collections.emptyMap();
			}

			@Override
			public Map<String, Object> call(final Map<String, Object> message) {
				return reply;
			}

			@Override
			public void close() {}
		};
	}

	private static String last(final String op) {
		return TYPES.keySet().stream().filter(title -> title.startsWith(op + " -> ")).reduce((first, second) -> second).get();
	}

	@Test
	void answersOfPythonsTypesAreRead() throws BackendException {
		for (final Message<?> message : messages())
			message.ask(answering(sample(last(message.toMap().get("op").toString()))));
		final Compare.Answer again = new Compare("7", null, Collections.<String, PixelBuffer>emptyMap(), null, true).ask(
			answering(Collections.<String, Object>singletonMap("again", true)));
		assertTrue(again.again && again.rows.isEmpty());
	}

	@Test
	void anAnswerThatLacksAFieldOrHasAnotherKindIsASentence() {
		final List<String> refused = new ArrayList<>();
		for (final Message<?> message : messages()) {
			final String op = message.toMap().get("op").toString();
			// Python may say null of some, and of the greeting everything is left to the handshake.
			for (final Map.Entry<String, String> field : TYPES.get(last(op)).entrySet()) {
				if (field.getValue().endsWith("?") || op.equals("hello") || message.toMap().containsValue(false)) continue;
				final Map<String, Object> lacking = sample(last(op));
				lacking.remove(field.getKey());
				assertRefused(message, lacking, op, field.getKey() + " is missing and must be ");
				final Map<String, Object> wrong = sample(last(op));
				wrong.put(field.getKey(), field.getValue().equals("text") ? (Object) 17L
					: "a word");
				assertRefused(message, wrong, op, field.getKey() + " is ");
				refused.add(op + "." + field.getKey());
			}
		}
		for (final String field : Arrays.asList("compare.count", "check.words", "album.run_id", "draw.pictures", "pair.words", "batch.run_id", "next.end",
			"problem.columns", "metrics.groups", "docs.path", "images.images"))
			assertTrue(refused.contains(field), refused.toString());
	}

	private static void assertRefused(final Message<?> message, final Map<String, Object> reply, final String op,
		final String words)
	{
		final String sentence = assertThrows(BackendException.class, () -> message.ask(answering(reply)), op + ": " + words)
			.getMessage();
		assertTrue(sentence.startsWith("Python's answer to \"" + op + "\" does not fit this jar (" + Protocol.JAR + "): " +
			words), sentence);
		assertTrue(sentence.contains("pip install similij-...whl") && sentence.contains("similij install"), sentence);
		assertTrue(sentence.indexOf('\n') < 0, sentence);
	}

	@Test
	void whatIsDeepInsideIsNamedByItsPath() {
		final Map<String, Object> planned = sample("plan -> Planned");
		final Map<?, ?> group = (Map<?, ?>) ((List<?>) planned.get("groups")).get(0);
		((Map<?, ?>) ((List<?>) group.get("parts")).get(0)).remove("rows");
		assertRefused(new Plan(IMAGE, null, AXES, null, Collections.<TiedRegion>emptyList(), false, false, TERMS), planned,
			"plan", "groups[0].parts[0].rows is missing and must be true or false");
	}

	@Test
	void anErrorOfPythonIsTheSentence() {
		final Map<String, Object> failure = sample("Failure");
		final BackendException e = assertThrows(BackendException.class, () -> new Draw("7", 0).ask(answering(failure)));
		assertEquals("text", e.getMessage());
		assertEquals("text", e.details());
	}

	@Test
	void rowsOfColumns() throws BackendException {
		final Map<String, Object> columns = new HashMap<>();
		columns.put("image_1", "a");
		columns.put("region", new String[] { "x", "y" });
		columns.put("n", new long[] { 3, 4 });
		columns.put("pearson", new double[] { 0.5, Double.NaN });
		columns.put("rmsd", Arrays.asList(1, null));
		columns.put("z", null);
		final Map<String, Object> reply = new HashMap<>();
		reply.put("count", 2);
		reply.put("columns", columns);
		final List<Map<String, String>> metrics = new ArrayList<>();
		for (final String name : Arrays.asList("pearson", "rmsd")) {
			final Map<String, String> metric = new HashMap<>();
			metric.put("name", name);
			metric.put("label", name.toUpperCase());
			metrics.add(metric);
		}
		reply.put("metrics", metrics);
		reply.put("places", Collections.emptyList());
		final List<Row> rows = REQUEST.problem("r", "why").ask(answering(reply));
		assertEquals(2, rows.size());
		assertEquals("a y", rows.get(1).text("image_1") + " " + rows.get(1).text("region"));
		assertEquals(4, rows.get(1).number("n"));
		assertEquals(0.5, rows.get(0).number("pearson"));
		assertTrue(rows.get(1).isBlank() && !rows.get(0).isBlank());
		assertEquals(1, rows.get(0).number("rmsd"));
		assertEquals("", rows.get(0).text("z"));
		assertEquals("{pearson=PEARSON, rmsd=RMSD}", rows.get(0).metrics().toString());
	}
}

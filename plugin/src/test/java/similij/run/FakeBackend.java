// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import similij.options.Options;
import similij.wire.Backend;
import similij.wire.BackendException;
import similij.wire.PixelBuffer;
import similij.wire.Row;

import ij.IJ;
import ij.ImagePlus;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/** Stands in for Python: remembers what it is sent, pixels included, and answers what the test wants. */
class FakeBackend implements Backend {

	/** A run that ended is forgotten by a thread of its own. */
	final List<Map<String, Object>> messages = Collections.synchronizedList(new ArrayList<>());
	/** Of each plane: what lay in the buffer when the message came. */
	final List<byte[]> planes1 = new ArrayList<>();
	final List<byte[]> planes2 = new ArrayList<>();
	final List<Map<String, Object>> groups = new ArrayList<>();
	final List<byte[]> labels = new ArrayList<>();
	final List<byte[]> mask = new ArrayList<>();
	byte[] masks;
	int passes = 1;
	/** Takes its time before it looks at a plane. */
	boolean slow;
	/** The plane, counted from 1, that it cannot compare. */
	int failAt;
	Map<String, Object> error;
	/** The answer to {@code tied}. */
	final Map<String, Object> tied = new LinkedHashMap<>();
	/** The regions that have no plane, in the answer to {@code plan}. */
	final List<Map<String, Object>> missing = new ArrayList<>();

	/** The answer to {@code pictures}, and to each {@code draw}. */
	final List<String> pictures = new ArrayList<>();
	IntFunction<Map<String, Object>> draw = number -> drawn();

	@Override
	public String name() {
		return "fake";
	}

	@Override
	public Map<String, PixelBuffer> buffers(final Map<String, Long> bytes) {
		final Map<String, PixelBuffer> buffers = new HashMap<>();
		bytes.forEach((slot, size) -> {
			final ByteBuffer memory = ByteBuffer.allocateDirect(size.intValue());
			buffers.put(slot, new PixelBuffer(memory, memory));
		});
		return buffers;
	}

	@Override
	public Map<String, Object> call(final Map<String, Object> message) {
		messages.add(message);
		switch (message.get("op").toString()) {
			case "plan":
				return plan(message);
			case "tied":
				return tied;
			case "matrix":
				return matrix(message);
			case "problem":
				return rows("problem");
			case "compare":
				return compare(message);
			case "album":
				return new LinkedHashMap<>(Collections.singletonMap("run_id", "an album"));
			case "pictures":
				return drawn(pictures.toArray());
			case "draw":
				return draw.apply(((Number) message.get("picture")).intValue());
			default:
				return new LinkedHashMap<>();
		}
	}

	/** The answer to {@code draw}, and of names to {@code pictures}. */
	static Map<String, Object> drawn(final Object... shown) {
		final Map<String, Object> reply = new LinkedHashMap<>();
		reply.put("pictures", Arrays.asList(shown));
		reply.put("notes", Collections.emptyList());
		return reply;
	}

	private Map<String, Object> compare(final Map<String, Object> message) {
		final Map<String, Object> reply = new LinkedHashMap<>();
		if (error != null) return error;
		if (slow) IJ.wait(20);
		if (planes1.size() + 1 == failAt) {
			reply.put("error", "no more");
			return reply;
		}
		if (message.get("masks") != null) masks = bytes(message.get("masks"));
		if (message.get("plane_1") != null) planes1.add(bytes(message.get("plane_1")));
		if (message.get("plane_2") != null) planes2.add(bytes(message.get("plane_2")));
		if (message.get("labels") != null) labels.add(bytes(message.get("labels")));
		if (message.get("mask") != null) mask.add(bytes(message.get("mask")));
		if (!Boolean.TRUE.equals(message.get("end"))) return reply;
		if (--passes <= 0) return rows("compared");
		reply.put("again", true);
		return reply;
	}

	private Map<String, Object> plan(final Map<String, Object> message) {
		final Map<String, Object> reply = new LinkedHashMap<>();
		reply.put("run_id", "planned run");
		reply.put("groups", groups);
		reply.put("missing", missing);
		return reply;
	}

	/** A region that has no plane, as Python says it. */
	static Map<String, Object> missing(final int region, final String reason) {
		final Map<String, Object> missing = new LinkedHashMap<>();
		missing.put("region", region);
		missing.put("reason", reason);
		return missing;
	}

	private Map<String, Object> matrix(final Map<String, Object> message) {
		if (message.get("plane") != null) planes1.add(bytes(message.get("plane")));
		if (!Boolean.TRUE.equals(message.get("end"))) return new LinkedHashMap<>();
		final Map<String, Object> reply = rows("compared");
		reply.put("words", Collections.singletonList("no odd one"));
		reply.put("pictures", Collections.emptyList());
		return reply;
	}

	/** One row, of a single metric. */
	private static Map<String, Object> rows(final String note) {
		final Map<String, Object> columns = new LinkedHashMap<>();
		columns.put("pearson", 0.5);
		columns.put("note", note);
		columns.put("run", "a run");
		final Map<String, Object> metric = new LinkedHashMap<>();
		metric.put("name", "pearson");
		metric.put("label", "Pearson R");
		final Map<String, Object> reply = new LinkedHashMap<>();
		reply.put("count", 1);
		reply.put("columns", columns);
		reply.put("metrics", Collections.singletonList(metric));
		reply.put("places", Collections.emptyList());
		return reply;
	}

	/** Settings of nothing special. */
	static Settings settings(final String save) throws BackendException {
		return new Settings(Options.parse("", name -> null), save, null, null);
	}

	/** A run with a macro's options, of images that are not open. */
	static StackRunner runner(final FakeBackend python, final ImagePlus image1, final ImagePlus image2,
		final String options, final Consumer<List<Row>> show) throws BackendException
	{
		final Options parsed = Options.parse(options, name -> null);
		final Settings settings = new Settings(parsed, null, null, null);
		return new StackRunner(python, image1, image2, parsed, settings, show);
	}

	/** Adds to the answer to {@code plan}: a group of pairs of planes, compared as a whole in all regions there are. */
	Map<String, Object> plan(final String plane, final Map<String, Object> place, final int[]... pairs) {
		final Map<String, Object> group = new LinkedHashMap<>();
		group.put("plane", plane);
		group.put("place", place);
		group.put("planes", Arrays.stream(pairs).map(pair -> Arrays.asList(pair[0], pair[1])).collect(Collectors.toList()));
		group.put("parts", new ArrayList<>(Collections.singletonList(part(plane, "planned", null))));
		groups.add(group);
		return group;
	}

	/**
	 * A part of a group.
	 *
	 * @param pairs of planes, counted from 0; null: all
	 */
	static Map<String, Object> part(final String plane, final String note, final List<Integer> pairs,
		final Integer... regions)
	{
		final Map<String, Object> part = new LinkedHashMap<>();
		part.put("plane", plane);
		part.put("notes", Collections.singletonList(note));
		part.put("pairs", pairs);
		part.put("regions", Arrays.asList(regions));
		part.put("drawn", Collections.emptyList());
		part.put("rows", true);
		part.put("apart", pairs != null);
		return part;
	}

	/** The first request of a comparison. */
	Map<?, ?> request() {
		return (Map<?, ?>) messages.stream().filter(message -> message.containsKey("request")).findFirst().get().get(
			"request");
	}

	private static byte[] bytes(final Object buffer) {
		final ByteBuffer view = ((ByteBuffer) buffer).duplicate();
		view.clear();
		final byte[] bytes = new byte[view.remaining()];
		view.get(bytes);
		return bytes;
	}

	@Override
	public void close() {}
}

// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import similij.images.PlanePixels;
import similij.images.Planes;
import similij.wire.Backend;
import similij.wire.BackendException;
import similij.wire.PixelBuffer;
import similij.wire.Protocol;
import similij.wire.Row;

import ij.IJ;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Runs one comparison: sends what Python asks for, plane by plane, until it answers with rows. */
public final class Runner {

	private static final String MASKS = "masks";
	private static final String PLANE_1 = "plane_1";
	private static final String PLANE_2 = "plane_2";
	private static final String LABELS = "labels";
	private static final String MASK = "mask";
	/** Buffers of each kind. */
	private static final int RING = 2;

	private final Backend backend;

	Runner(final Backend backend) {
		this.backend = backend;
	}

	/** The rows of a comparison that is all there is to do. */
	List<Row> run(final Comparison comparison) throws BackendException {
		try {
			return run(comparison, new Progress(comparison.planes1.size()));
		}
		finally {
			IJ.showProgress(1.0);
		}
	}

	/** The rows of a comparison. One run at a time: the buffers are shared by all. */
	List<Row> run(final Comparison comparison, final Progress progress) throws BackendException {
		return Background.run(() -> {
			synchronized (backend) {
				final String run = UUID.randomUUID().toString();
				try {
					return Row.of(converse(comparison, run, progress));
				}
				catch (final BackendException e) {
					Protocol.forget(backend, run);
					throw e;
				}
				finally {
					backend.afterRun();
				}
			}
		}, progress);
	}

	private Map<String, Object> converse(final Comparison comparison, final String run, final Progress progress)
		throws BackendException
	{
		Map<String, Object> message = compare(run);
		message.put("request", comparison.request());
		if (!comparison.hasPixels()) {
			message.put(MASKS, null);
			message.put("end", true);
			return Protocol.ask(backend, message);
		}
		final Map<String, PixelBuffer> buffers = backend.buffers(sizes(comparison));
		final PixelBuffer masks = buffers.get(MASKS);
		if (masks != null) {
			final ByteBuffer target = masks.bytes();
			comparison.masks().forEach(target::put);
		}
		message.put(MASKS, masks == null ? null : masks.wire());

		final int planes = comparison.planes1.size();
		try (Ahead ahead = new Ahead()) {
			while (true) {
				Map<String, Object> reply = null;
				copy(comparison, 0, buffers);
				for (int k = 0; k < planes; k++) {
					progress.next(k);
					ahead.finish();
					final int next = k + 1;
					if (next < planes) ahead.start(() -> copy(comparison, next, buffers));
					name(comparison, k, buffers, message);
					message.put("at", comparison.planes1.at(k));
					message.put("end", next == planes);
					reply = Protocol.ask(backend, message);
					message = compare(run);
				}
				if (!Boolean.TRUE.equals(reply.get("again"))) return reply;
			}
		}
	}

	private static Map<String, Object> compare(final String run) {
		final Map<String, Object> message = Protocol.message("compare");
		message.put("run", run);
		return message;
	}

	private static Map<String, Long> sizes(final Comparison comparison) {
		final Map<String, Long> sizes = new LinkedHashMap<>();
		final long masks = comparison.masks().stream().mapToLong(mask -> mask.length).sum();
		if (masks > 0) sizes.put(MASKS, masks);
		travelling(comparison).forEach((key, planes) -> {
			for (int k = 0; k < Math.min(planes.size(), RING); k++)
				sizes.put(slot(key, k), comparison.planeBytes(planes.image()));
		});
		return sizes;
	}

	/** What is sent plane by plane, by its key in a message. */
	private static Map<String, Planes> travelling(final Comparison comparison) {
		final Map<String, Planes> planes = new LinkedHashMap<>();
		planes.put(PLANE_1, comparison.planes1);
		planes.put(PLANE_2, comparison.planes2);
		if (comparison.labels != null) planes.put(LABELS, comparison.labels);
		if (comparison.mask != null) planes.put(MASK, comparison.mask);
		return planes;
	}

	/** While Python looks at one buffer, the next plane is copied into the other. */
	private static String slot(final String key, final int k) {
		return k % RING == 0 ? key : key + "_next";
	}

	/** Copies a plane of each into its buffer; of labels or a mask of one plane that one, with the first. */
	private static Void copy(final Comparison comparison, final int k, final Map<String, PixelBuffer> buffers)
		throws BackendException
	{
		for (final Map.Entry<String, Planes> entry : travelling(comparison).entrySet()) {
			final Planes planes = entry.getValue();
			if (k >= planes.size()) continue;
			final PixelBuffer buffer = buffers.get(slot(entry.getKey(), k));
			PlanePixels.copy(planes.pixels(k), comparison.width(), comparison.box(), buffer.bytes());
		}
		return null;
	}

	/** Says where a plane of each is. */
	private static void name(final Comparison comparison, final int k, final Map<String, PixelBuffer> buffers,
		final Map<String, Object> message)
	{
		travelling(comparison).forEach((key, planes) -> {
			// Labels or a mask of one plane stay with Python from the first message on.
			final boolean known = (key.equals(LABELS) || key.equals(MASK)) && planes.size() == 1 && !message.containsKey(
				"request");
			if (k < planes.size() && !known) message.put(key, buffers.get(slot(key, k)).wire());
		});
	}
}

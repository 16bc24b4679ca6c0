// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import similij.images.PlanePixels;
import similij.images.Planes;
import similij.wire.Backend;
import similij.wire.BackendException;
import similij.wire.Compare;
import similij.wire.PixelBuffer;
import similij.wire.Protocol;
import similij.wire.Request;
import similij.wire.Row;
import similij.wire.UnheardException;

import ij.IJ;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Runs one comparison: sends what Python asks for, plane by plane, until it answers with rows. */
public final class Runner {

	/** Buffers of each kind: one that Python looks at and one that is filled. A third would only wait. */
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
			// A run that Esc has dropped may still be at its last plane, in buffers that this one would write into.
			synchronized (backend) {
				try {
					return converse(comparison, progress);
				}
				catch (final UnheardException e) {
					return converse(comparison, progress);
				}
				finally {
					backend.afterRun();
				}
			}
		}, progress);
	}

	private List<Row> converse(final Comparison comparison, final Progress progress) throws BackendException {
		final String run = UUID.randomUUID().toString();
		try {
			return converse(comparison, run, progress);
		}
		catch (final UnheardException e) {
			throw e;
		}
		catch (final BackendException e) {
			Protocol.forget(backend, run);
			throw e;
		}
	}

	private List<Row> converse(final Comparison comparison, final String run, final Progress progress)
		throws BackendException
	{
		Request request = comparison.request();
		// Why there is nothing to send is Python's to say, in the words that a shell hears, too.
		if (!comparison.hasPixels()) return new Compare(run, request, Collections.<String, PixelBuffer>emptyMap(), null, true)
			.ask(backend).rows;
		final Map<String, PixelBuffer> buffers = backend.buffers(sizes(comparison));
		final PixelBuffer masks = buffers.get(Compare.MASKS);
		if (masks != null) {
			final ByteBuffer target = masks.bytes();
			comparison.masks().forEach(target::put);
		}
		final int planes = comparison.planes1.size();
		try (Ahead ahead = new Ahead()) {
			while (true) {
				Compare.Answer answer = null;
				// Again, too, where Python asks for another pass: by now both buffers hold the last planes.
				copy(comparison, 0, buffers);
				for (int k = 0; k < planes; k++) {
					progress.next(k);
					// It fills the buffers that are sent now. The others are free: Python has answered.
					ahead.finish();
					final int next = k + 1;
					if (next < planes) ahead.start(() -> copy(comparison, next, buffers));
					answer = new Compare(run, request, sent(comparison, k, buffers, request != null), comparison.planes1.at(k),
						next == planes).ask(backend);
					request = null;
				}
				if (!answer.again) return answer.rows;
			}
		}
	}

	private static Map<String, Long> sizes(final Comparison comparison) {
		final Map<String, Long> sizes = new LinkedHashMap<>();
		final long masks = comparison.masks().stream().mapToLong(mask -> mask.length).sum();
		if (masks > 0) sizes.put(Compare.MASKS, masks);
		travelling(comparison).forEach((key, planes) -> {
			for (int k = 0; k < Math.min(planes.size(), RING); k++)
				sizes.put(slot(key, k), comparison.planeBytes(planes.image()));
		});
		return sizes;
	}

	/** What is sent plane by plane, by its key in a message. */
	private static Map<String, Planes> travelling(final Comparison comparison) {
		final Map<String, Planes> planes = new LinkedHashMap<>();
		planes.put(Compare.PLANE_1, comparison.planes1);
		planes.put(Compare.PLANE_2, comparison.planes2);
		if (comparison.labels != null) planes.put(Compare.LABELS, comparison.labels);
		if (comparison.mask != null) planes.put(Compare.MASK, comparison.mask);
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

	/** What travels with plane {@code k}: a plane of each image; with the first message also what stays with Python. */
	private static Map<String, PixelBuffer> sent(final Comparison comparison, final int k,
		final Map<String, PixelBuffer> buffers, final boolean first)
	{
		final Map<String, PixelBuffer> sent = new LinkedHashMap<>();
		if (first && buffers.containsKey(Compare.MASKS)) sent.put(Compare.MASKS, buffers.get(Compare.MASKS));
		travelling(comparison).forEach((key, planes) -> {
			// Labels or a mask of one plane stay with Python from the first message on.
			final boolean stays = (key.equals(Compare.LABELS) || key.equals(Compare.MASK)) && planes.size() == 1 && !first;
			if (k < planes.size() && !stays) sent.put(key, buffers.get(slot(key, k)));
		});
		return sent;
	}
}

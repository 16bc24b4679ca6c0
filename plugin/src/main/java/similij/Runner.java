// SPDX-License-Identifier: BSD-2-Clause
package similij;

import ij.IJ;

import java.awt.Rectangle;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Runs one comparison: sends what Python asks for, plane by plane, until it answers with rows. */
final class Runner {

	private static final String MASKS = "masks";
	private static final String PLANE_1 = "plane_1";
	private static final String PLANE_2 = "plane_2";
	private static final String LABELS = "labels";
	private static final String MASK = "mask";

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
					forget(run);
					throw e;
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
		while (true) {
			Map<String, Object> reply = null;
			for (int k = 0; k < planes; k++) {
				progress.next(k);
				send(comparison, k, buffers, message);
				message.put("at", comparison.planes1.at(k));
				sendBeside(comparison.labels, LABELS, comparison, k, buffers, message);
				sendBeside(comparison.mask, MASK, comparison, k, buffers, message);
				message.put("end", k == planes - 1);
				reply = Protocol.ask(backend, message);
				message = compare(run);
			}
			if (!Boolean.TRUE.equals(reply.get("again"))) return reply;
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
		sizes.put(PLANE_1, comparison.planeBytes(comparison.planes1.image()));
		sizes.put(PLANE_2, comparison.planeBytes(comparison.planes2.image()));
		if (comparison.labels != null) sizes.put(LABELS, comparison.planeBytes(comparison.labels.image()));
		if (comparison.mask != null) sizes.put(MASK, comparison.planeBytes(comparison.mask.image()));
		return sizes;
	}

	private static void send(final Comparison comparison, final int k, final Map<String, PixelBuffer> buffers,
		final Map<String, Object> message) throws BackendException
	{
		final Rectangle box = comparison.box();
		final int width = comparison.width();
		PlanePixels.copy(comparison.planes1.pixels(k), width, box, buffers.get(PLANE_1).bytes());
		PlanePixels.copy(comparison.planes2.pixels(k), width, box, buffers.get(PLANE_2).bytes());
		message.put(PLANE_1, buffers.get(PLANE_1).wire());
		message.put(PLANE_2, buffers.get(PLANE_2).wire());
	}

	/** Labels or a mask: with the first plane of all, if they have one; else one with each. */
	private static void sendBeside(final Planes planes, final String slot, final Comparison comparison, final int k,
		final Map<String, PixelBuffer> buffers, final Map<String, Object> message) throws BackendException
	{
		if (planes == null || planes.size() == 1 && !message.containsKey("request")) return;
		final Object pixels = planes.pixels(planes.size() == 1 ? 0 : k);
		PlanePixels.copy(pixels, comparison.width(), comparison.box(), buffers.get(slot).bytes());
		message.put(slot, buffers.get(slot).wire());
	}

	/** Lets Python drop what it has of a run. Where Python itself is gone, there is nothing to drop. */
	private void forget(final String run) {
		final Map<String, Object> cancel = Protocol.message("cancel");
		cancel.put("run", run);
		try {
			backend.call(cancel);
		}
		catch (final BackendException e) {
			// The user reads why the run itself failed; this is only its echo.
		}
	}
}

// SPDX-License-Identifier: BSD-2-Clause
package similij.python;

import similij.wire.Backend;
import similij.wire.BackendException;
import similij.wire.PixelBuffer;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Python hosts this JVM and has registered a function that answers messages.
 * <p>
 * Pixels are copied once into direct buffers, which NumPy sees without another copy. (Arrays on Java's heap move, so
 * Python cannot look at them in place.) The buffers are kept for the next run.
 * </p>
 */
public final class EmbeddedBackend implements Backend {

	private final Function<Object, Object> python;
	private final Map<String, PixelBuffer> buffers = new HashMap<>();

	@SuppressWarnings("unchecked")
	EmbeddedBackend(final Function<?, ?> python) {
		this.python = (Function<Object, Object>) python;
	}

	/** Whether this is the function that is registered now. */
	boolean serves(final Object function) {
		return python == function;
	}

	@Override
	public String name() {
		return "Python, in this process";
	}

	@Override
	public Map<String, PixelBuffer> buffers(final Map<String, Long> bytes) throws BackendException {
		final Map<String, PixelBuffer> ready = new LinkedHashMap<>();
		for (final Map.Entry<String, Long> slot : bytes.entrySet())
			ready.put(slot.getKey(), buffer(slot.getKey(), slot.getValue()));
		return ready;
	}

	private PixelBuffer buffer(final String slot, final long bytes) throws BackendException {
		final PixelBuffer kept = buffers.get(slot);
		if (kept != null && kept.bytes().capacity() >= bytes) return kept;
		// Let go of the small one first: direct memory has a limit of its own, and only the collector frees it.
		buffers.remove(slot);
		try {
			final ByteBuffer memory = ByteBuffer.allocateDirect(PixelBuffer.arraySize(bytes)).order(ByteOrder.nativeOrder());
			final PixelBuffer fresh = new PixelBuffer(memory, memory);
			buffers.put(slot, fresh);
			return fresh;
		}
		catch (final OutOfMemoryError e) {
			throw new BackendException("Java has no room for " + PixelBuffer.megabytes(bytes) +
				" of pixels: close images, give ImageJ more memory, or compare a smaller selection.", e.toString());
		}
	}

	@Override
	@SuppressWarnings("unchecked")
	public Map<String, Object> call(final Map<String, Object> message) throws BackendException {
		final Object reply;
		try {
			reply = python.apply(message);
		}
		catch (final RuntimeException e) {
			// Python answers its own errors; what is thrown here is a failure of the bridge.
			final StringWriter trace = new StringWriter();
			e.printStackTrace(new PrintWriter(trace, true));
			throw new BackendException("Python did not answer \"" + message.get("op") + "\": " + e.getMessage(),
				trace.toString());
		}
		if (reply instanceof Map) return (Map<String, Object>) reply;
		throw new BackendException("Python answered \"" + message.get("op") + "\" with " +
			(reply == null ? "nothing" : reply.getClass().getName()) +
			" and not with a map: register it again with similij.imagej.register(...).");
	}

	@Override
	public void close() {
		buffers.clear();
	}
}

// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;

/** Memory that Python sees too, and how a message names it. */
public final class PixelBuffer {

	private final ByteBuffer bytes;
	private final Object wire;

	public PixelBuffer(final ByteBuffer bytes, final Object wire) {
		this.bytes = bytes;
		this.wire = wire;
	}

	/** Shared memory, which a message names. */
	public static PixelBuffer shared(final ByteBuffer bytes, final String name) {
		final Map<String, Object> wire = new LinkedHashMap<>();
		wire.put("shm", name);
		wire.put("size", bytes.capacity());
		return new PixelBuffer(bytes, wire);
	}

	/** The memory from its start, in native byte order. A new view each time: position and limit are the caller's. */
	public ByteBuffer bytes() {
		final ByteBuffer view = bytes.duplicate();
		view.clear();
		return view.order(ByteOrder.nativeOrder());
	}

	/** What stands for this buffer in a message. */
	public Object wire() {
		return wire;
	}

	/** A size as the int that Java's buffers take. */
	public static int arraySize(final long bytes) throws BackendException {
		if (bytes <= Integer.MAX_VALUE) return (int) Math.max(bytes, 1);
		throw new BackendException("One plane of the part to compare takes " + megabytes(bytes) +
			", and Java passes at most 2048 MB at once: compare a smaller selection.");
	}

	public static String megabytes(final long bytes) {
		return (bytes + (1 << 20) - 1) / (1 << 20) + " MB";
	}
}

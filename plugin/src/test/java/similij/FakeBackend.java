// SPDX-License-Identifier: BSD-2-Clause
package similij;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Stands in for Python: remembers what it is sent, pixels included, and answers what the test wants. */
final class FakeBackend implements Backend {

	final List<Map<String, Object>> messages = new ArrayList<>();
	/** Of each plane: what lay in the buffer when the message came. */
	final List<byte[]> planes1 = new ArrayList<>();
	final List<byte[]> planes2 = new ArrayList<>();
	byte[] masks;
	int passes = 1;
	Map<String, Object> error;

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
		final Map<String, Object> reply = new LinkedHashMap<>();
		if (!"compare".equals(message.get("op"))) return reply;
		if (error != null) return error;
		if (message.get("masks") != null) masks = bytes(message.get("masks"));
		if (message.get("plane_1") != null) planes1.add(bytes(message.get("plane_1")));
		if (message.get("plane_2") != null) planes2.add(bytes(message.get("plane_2")));
		if (!Boolean.TRUE.equals(message.get("end"))) return reply;
		reply.put("again", --passes > 0);
		reply.put("rows", Collections.singletonList(Collections.singletonMap("pearson", 0.5)));
		return reply;
	}

	Map<?, ?> request() {
		return (Map<?, ?>) messages.get(0).get("request");
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

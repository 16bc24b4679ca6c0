// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.Map;

/** The first message: which protocol either side speaks. Its answer is read with care, since it may be of any version. */
final class Hello extends Message<Hello.Answer> {

	Hello() {
		super("hello");
	}

	@Override
	void write(final Map<String, Object> fields) {
		fields.put("protocol", Protocol.VERSION);
		fields.put("jar", Protocol.JAR);
	}

	@Override
	Answer read(final Fields reply) throws BackendException {
		final boolean old = !reply.has("protocol");
		return new Answer(old ? 0 : reply.whole("protocol"), old ? "unknown" : "" + reply.whole("protocol"), reply.textOrNull(
			"version"), reply.textOrNull("python"));
	}

	/** Who answers. */
	static final class Answer {

		/** 0 where it says none. */
		final int protocol;
		final String protocolInWords;
		final String version;
		final String python;

		Answer(final int protocol, final String protocolInWords, final String version, final String python) {
			this.protocol = protocol;
			this.protocolInWords = protocolInWords;
			this.version = version;
			this.python = python;
		}
	}
}

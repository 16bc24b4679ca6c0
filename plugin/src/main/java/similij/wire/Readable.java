// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.Map;

/** Whether a file can be read, before ImageJ opens it; where not, the answer is an error that says why. */
public final class Readable extends Message<Void> {

	private final String path;

	public Readable(final String path) {
		super("readable");
		this.path = path;
	}

	@Override
	void write(final Map<String, Object> fields) {
		fields.put("path", path);
	}

	@Override
	Void read(final Fields reply) {
		return null;
	}
}

// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.Map;

/** Python lets go of every buffer. */
public final class Release extends Message<Void> {

	public Release() {
		super("release");
	}

	@Override
	void write(final Map<String, Object> fields) {
		// It has no fields.
	}

	@Override
	Void read(final Fields reply) {
		return null;
	}
}

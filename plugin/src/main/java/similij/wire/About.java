// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.List;
import java.util.Map;

/** What the numbers are made with; the answer is lines for people. */
public final class About extends Message<List<String>> {

	public About() {
		super("about");
	}

	@Override
	void write(final Map<String, Object> fields) {
		// It has no fields.
	}

	@Override
	List<String> read(final Fields reply) throws BackendException {
		return reply.texts("lines");
	}
}

// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.Map;

/** Python forgets a run, or the pictures of a run. */
public final class Cancel extends Message<Void> {

	private final String run;

	public Cancel(final String run) {
		super("cancel");
		this.run = run;
	}

	@Override
	void write(final Map<String, Object> fields) {
		fields.put("run", run);
	}

	@Override
	Void read(final Fields reply) {
		return null;
	}
}

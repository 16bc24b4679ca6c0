// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.ArrayList;
import java.util.List;

/** A region that is tied to planes that are not compared: it has a row with the reason, since it was asked for. */
public final class Missing {

	/** Its place among all regions, counted from 0. */
	public final int region;
	public final String reason;

	private Missing(final Fields reply) throws BackendException {
		region = reply.whole("region");
		reason = reply.text("reason");
	}

	static List<Missing> all(final Fields reply) throws BackendException {
		final List<Missing> all = new ArrayList<>();
		for (final Fields one : reply.each("missing"))
			all.add(new Missing(one));
		return all;
	}
}

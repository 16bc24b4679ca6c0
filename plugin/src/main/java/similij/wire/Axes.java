// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.LinkedHashMap;
import java.util.Map;

/** A number for each axis of a hyperstack: how many there are, or a place counted from 1. */
public final class Axes {

	public final int c;
	public final int z;
	public final int t;

	public Axes(final int c, final int z, final int t) {
		this.c = c;
		this.z = z;
		this.t = t;
	}

	Map<String, Object> toMap() {
		final Map<String, Object> fields = new LinkedHashMap<>();
		fields.put("c", c);
		fields.put("z", z);
		fields.put("t", t);
		return fields;
	}
}

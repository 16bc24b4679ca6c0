// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.LinkedHashMap;
import java.util.Map;

/** Where in a stack ImageJ ties an ROI to, in its two ways: a number of a plane, or channel, slice and frame; 0 is everywhere.
 * Which planes that means is Python's to say. */
public final class Position {

	public final int position;
	public final int c;
	public final int z;
	public final int t;

	public Position(final int position, final int c, final int z, final int t) {
		this.position = position;
		this.c = c;
		this.z = z;
		this.t = t;
	}

	public static final Position EVERYWHERE = new Position(0, 0, 0, 0);

	/** Whether it names any plane at all. */
	public boolean isTied() {
		return position > 0 || c > 0 || z > 0 || t > 0;
	}

	Map<String, Object> toMap() {
		final Map<String, Object> fields = new LinkedHashMap<>();
		fields.put("position", position);
		fields.put("c", c);
		fields.put("z", z);
		fields.put("t", t);
		return fields;
	}
}

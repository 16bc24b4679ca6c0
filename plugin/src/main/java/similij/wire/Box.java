// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.LinkedHashMap;
import java.util.Map;

/** A rectangle, in pixels of the images; it may lie outside of them. */
public final class Box {

	public final int x;
	public final int y;
	public final int width;
	public final int height;

	public Box(final int x, final int y, final int width, final int height) {
		this.x = x;
		this.y = y;
		this.width = width;
		this.height = height;
	}

	Map<String, Object> toMap() {
		final Map<String, Object> fields = new LinkedHashMap<>();
		fields.put("x", x);
		fields.put("y", y);
		fields.put("width", width);
		fields.put("height", height);
		return fields;
	}
}

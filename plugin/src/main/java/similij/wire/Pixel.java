// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.LinkedHashMap;
import java.util.Map;

/** What ImageJ says of the size of a pixel and of the time between frames, as it says it. Null: no finite number. */
public final class Pixel {

	public final Double x;
	public final Double y;
	public final Double z;
	/** Of the sizes. */
	public final String unit;
	/** From frame to frame. */
	public final Double interval;
	public final String timeUnit;

	public Pixel(final Double x, final Double y, final Double z, final String unit, final Double interval, final String timeUnit) {
		this.x = x;
		this.y = y;
		this.z = z;
		this.unit = unit;
		this.interval = interval;
		this.timeUnit = timeUnit;
	}

	Map<String, Object> toMap() {
		final Map<String, Object> fields = new LinkedHashMap<>();
		fields.put("x", x);
		fields.put("y", y);
		fields.put("z", z);
		fields.put("unit", unit);
		fields.put("interval", interval);
		fields.put("time_unit", timeUnit);
		return fields;
	}
}

// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.LinkedHashMap;
import java.util.Map;

/** A region as Python is told of it; its mask travels in a buffer. */
public final class RegionInfo {

	public final String name;
	/** As ImageJ words it. */
	public final String kind;
	public final boolean area;
	public final Box box;
	/** Where in the buffer of the masks it begins; null: all of the box belongs to it. */
	public final Long mask;
	public final Position position;
	/** Null, or why there is no such region. */
	public final String problem;
	/** It is only drawn: its row is made elsewhere. */
	public final boolean drawn;

	public RegionInfo(final String name, final String kind, final boolean area, final Box box, final Long mask, final Position position, final String problem, final boolean drawn) {
		this.name = name;
		this.kind = kind;
		this.area = area;
		this.box = box;
		this.mask = mask;
		this.position = position;
		this.problem = problem;
		this.drawn = drawn;
	}

	Map<String, Object> toMap() {
		final Map<String, Object> fields = new LinkedHashMap<>();
		fields.put("name", name);
		fields.put("kind", kind);
		fields.put("area", area);
		fields.put("box", box.toMap());
		fields.put("mask", mask);
		fields.put("position", position.toMap());
		fields.put("problem", problem);
		fields.put("drawn", drawn);
		return fields;
	}
}

// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A region as far as its planes are concerned. */
public final class TiedRegion {

	private final String name;
	private final Position position;

	public TiedRegion(final String name, final Position position) {
		this.name = name;
		this.position = position;
	}

	Map<String, Object> toMap() {
		final Map<String, Object> fields = new LinkedHashMap<>();
		fields.put("name", name);
		fields.put("position", position.toMap());
		return fields;
	}

	static List<Map<String, Object>> toMaps(final List<TiedRegion> regions) {
		return regions.stream().map(TiedRegion::toMap).collect(Collectors.toList());
	}
}

// SPDX-License-Identifier: BSD-2-Clause
package similij;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One row of a reply. Numbers that are undefined arrive as null and leave as NaN. */
final class Row {

	private final Map<?, ?> values;

	Row(final Map<?, ?> values) {
		this.values = values;
	}

	/** The rows of a reply. */
	static List<Row> of(final Map<String, Object> reply) throws BackendException {
		final Object rows = reply.get("rows");
		if (!(rows instanceof Iterable)) throw new BackendException("Python answered without rows (" + reply +
			"): update both sides, \"pip install -U similij\" and \"similij install <ImageJ or Fiji folder>\".");
		final List<Row> list = new ArrayList<>();
		for (final Object row : (Iterable<?>) rows)
			list.add(new Row((Map<?, ?>) row));
		return list;
	}

	/** Whether no number could be computed; the note then says why. */
	boolean isBlank() {
		return Double.isNaN(number("pearson")) && Double.isNaN(number("rmsd")) && Double.isNaN(number("mean_difference"));
	}

	String text(final String key) {
		final Object value = values.get(key);
		return value == null ? "" : value.toString();
	}

	double number(final String key) {
		final Object value = values.get(key);
		return value instanceof Number ? ((Number) value).doubleValue() : Double.NaN;
	}
}

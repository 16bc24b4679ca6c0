// SPDX-License-Identifier: BSD-2-Clause
package similij;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One row of a reply, which has columns: a value where it is the same in all rows, else an array or a list with one for
 * each. Numbers that are undefined arrive as null or NaN and leave as NaN.
 */
final class Row {

	private final Map<?, ?> columns;
	private final int index;

	private Row(final Map<?, ?> columns, final int index) {
		this.columns = columns;
		this.index = index;
	}

	/** A row that is all there is. */
	Row(final Map<?, ?> values) {
		this(values, 0);
	}

	/** The rows of a reply. */
	static List<Row> of(final Map<String, Object> reply) throws BackendException {
		final Object columns = reply.get("columns");
		final Object count = reply.get("count");
		if (!(columns instanceof Map) || !(count instanceof Number)) throw new BackendException(
			"Python answered without rows (" + reply +
				"): update both sides, \"pip install -U similij\" and \"similij install <ImageJ or Fiji folder>\".");
		final List<Row> rows = new ArrayList<>();
		for (int k = 0; k < ((Number) count).intValue(); k++)
			rows.add(new Row((Map<?, ?>) columns, k));
		return rows;
	}

	/** Whether no number could be computed; the note then says why. */
	boolean isBlank() {
		return Double.isNaN(number("pearson")) && Double.isNaN(number("rmsd")) && Double.isNaN(number("mean_difference"));
	}

	String text(final String key) {
		final Object value = value(key);
		return value == null ? "" : value.toString();
	}

	double number(final String key) {
		final Object value = value(key);
		return value instanceof Number ? ((Number) value).doubleValue() : Double.NaN;
	}

	private Object value(final String key) {
		final Object column = columns.get(key);
		if (column instanceof List) return ((List<?>) column).get(index);
		return column != null && column.getClass().isArray() ? Array.get(column, index) : column;
	}
}

// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One row of a reply, which has columns: a value where it is the same in all rows, else an array or a list with one for
 * each. Numbers that are undefined arrive as null or NaN and leave as NaN.
 */
public final class Row {

	private static final List<?> USUAL = Arrays.asList(Arrays.asList("pearson", "Pearson R"), Arrays.asList("rmsd", "RMSD"),
		Arrays.asList("mean_difference", "Mean Difference"));

	private final Map<?, ?> columns;
	private final int index;
	private final List<?> metrics;

	private Row(final Map<?, ?> columns, final int index, final List<?> metrics) {
		this.columns = columns;
		this.index = index;
		this.metrics = metrics;
	}

	/** A row that is all there is, with the usual metrics. */
	public Row(final Map<?, ?> values) {
		this(values, 0, USUAL);
	}

	/** The rows of a reply. */
	public static List<Row> of(final Map<String, Object> reply) throws BackendException {
		final Object columns = reply.get("columns");
		final Object count = reply.get("count");
		if (!(columns instanceof Map) || !(count instanceof Number)) throw new BackendException(
			"Python answered without rows (" + reply +
				"): update both sides, \"pip install -U similij\" and \"similij install <ImageJ or Fiji folder>\".");
		final List<Row> rows = new ArrayList<>();
		final Object named = reply.get("metrics");
		final List<?> metrics = named instanceof List ? (List<?>) named : USUAL;
		for (int k = 0; k < ((Number) count).intValue(); k++)
			rows.add(new Row((Map<?, ?>) columns, k, metrics));
		return rows;
	}

	/** Whether no number could be computed; the note then says why. */
	public boolean isBlank() {
		return metrics().keySet().stream().allMatch(metric -> Double.isNaN(number(metric)));
	}

	/** Names of the metrics, and what people call them. */
	public Map<String, String> metrics() {
		final Map<String, String> labels = new LinkedHashMap<>();
		for (final Object metric : metrics)
			labels.put(((List<?>) metric).get(0).toString(), ((List<?>) metric).get(1).toString());
		return labels;
	}

	public String text(final String key) {
		final Object value = value(key);
		return value == null ? "" : value.toString();
	}

	public double number(final String key) {
		final Object value = value(key);
		return value instanceof Number ? ((Number) value).doubleValue() : Double.NaN;
	}

	private Object value(final String key) {
		final Object column = columns.get(key);
		if (column instanceof List) return ((List<?>) column).get(index);
		return column != null && column.getClass().isArray() ? Array.get(column, index) : column;
	}
}

// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One row of a reply, which has columns: a value where it is the same in all rows, else an array or a list with one for
 * each. Numbers that are undefined arrive as null or NaN and leave as NaN.
 */
public final class Row {

	private final Map<?, ?> columns;
	private final int index;
	private final Map<String, String> metrics;
	private final List<LocalDifference> places = new ArrayList<>();

	private Row(final Map<?, ?> columns, final int index, final Map<String, String> metrics) {
		this.columns = columns;
		this.index = index;
		this.metrics = metrics;
	}

	/**
	 * A row that is all there is.
	 *
	 * @param metrics names of the metrics, and what people call them
	 */
	public Row(final Map<?, ?> values, final Map<String, String> metrics) {
		this(values, 0, metrics);
	}

	/** The rows of a reply. */
	static List<Row> of(final Fields reply) throws BackendException {
		final Map<String, Object> columns = reply.map("columns");
		final Map<String, String> metrics = new LinkedHashMap<>();
		for (final Fields metric : reply.each("metrics"))
			metrics.put(metric.text("name"), metric.text("label"));
		final List<Row> rows = new ArrayList<>();
		final int count = reply.whole("count");
		for (int k = 0; k < count; k++)
			rows.add(new Row(columns, k, metrics));
		for (final Fields fields : reply.each("places")) {
			final LocalDifference place = new LocalDifference(fields);
			rows.get(place.row - 1).places.add(place);
		}
		return rows;
	}

	/** Whether no number could be computed; the note then says why. */
	public boolean isBlank() {
		return metrics().keySet().stream().allMatch(metric -> Double.isNaN(number(metric)));
	}

	/** Where the images differ beyond what was done to all of them, as the row's verdict names it. */
	public List<LocalDifference> places() {
		return places;
	}

	/** Names of the metrics, and what people call them. */
	public Map<String, String> metrics() {
		return metrics;
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

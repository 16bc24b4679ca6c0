// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import ij.measure.ResultsTable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a window shows of a table: its first columns, up to the last one that tells rows apart, and numbers as short as one
 * reads them.
 * <p>
 * The table itself keeps everything, so that macros find each column and <i>Save As</i> writes it. Columns can only be left
 * out at the end: <i>Measure</i> appends its line to the window by itself, a cell for each column of the table, and with a
 * gap in the middle its numbers would stand under the wrong headings.
 * </p>
 */
final class TableView {

	/** Any value, as long as all rows have it. */
	private static final String ANY = null;
	/**
	 * Columns that come last, and what each says where nothing needs saying. A Rescale that is the same in all rows stays in
	 * sight unless it is none, since RMSD is then no intensity; a Run is only a name.
	 */
	private static final Map<String, String> QUIET = new LinkedHashMap<>();

	static {
		QUIET.put(Rows.PLANE, "1");
		for (final String place : Rows.PLACES)
			QUIET.put(place, ANY);
		QUIET.put(Rows.EXCLUDED, "0");
		QUIET.put(Rows.RESCALE, "none");
		QUIET.put(Rows.AGAINST, "image 2");
		for (final String name : Arrays.asList(Rows.RUN, Rows.ROI_FILE, Rows.VERSION))
			QUIET.put(name, ANY);
	}

	/** Columns that come last and bring themselves into sight never: names of images and the Log say the same. */
	private static final List<String> TOLD = Arrays.asList(Rows.FILE_1, Rows.FILE_2, Rows.VERDICT);

	/** From here on a number is shown without decimals: four digits are before the point. */
	private static final double LARGE = 9999.5;
	/** Whole numbers up to here are written as they are. */
	private static final double WHOLE = 1e15;

	private final ResultsTable table;
	/** Cells before the columns: the number of a row, and its label where there are labels. */
	private final int leading;
	private final List<Integer> columns = new ArrayList<>();

	/**
	 * @param shown columns that are in sight already, and stay there
	 * @param fresh the first row that may bring more of them into sight
	 */
	TableView(final ResultsTable table, final int shown, final int fresh) {
		this.table = table;
		for (int column = 0; column <= table.getLastColumn(); column++)
			if (table.columnExists(column)) columns.add(column);
		leading = cells(table.getColumnHeadings()).length - columns.size();
		// It is told apart from the last one before it.
		int from = fresh;
		while (from > 0 && !isOurs(from - 1))
			from--;
		from = Math.max(0, from - 1);
		int end = columns.size();
		while (end > Math.max(0, shown - leading) && saysNothing(columns.get(end - 1), from))
			end--;
		columns.subList(end, columns.size()).clear();
	}

	/** With tabs between them. */
	String headings() {
		return String.join("\t", Arrays.copyOf(cells(table.getColumnHeadings()), leading + columns.size()));
	}

	/** The number of columns in sight, if these headings are the first ones of the table; else 0. */
	static int shown(final ResultsTable table, final String headings) {
		final String all = table.getColumnHeadings();
		return headings.isEmpty() || !(all + "\t").startsWith(headings + "\t") ? 0 : cells(headings).length;
	}

	/** A row, with tabs between its cells. */
	String line(final int row) {
		final List<String> line = new ArrayList<>();
		if (leading > 0) line.addAll(Arrays.asList(cells(table.getRowAsString(row))).subList(0, leading));
		final boolean ours = isOurs(row);
		for (final int column : columns)
			line.add(ours ? shortly(column, row) : table.getStringValue(column, row));
		return String.join("\t", line);
	}

	private static String[] cells(final String line) {
		return line.split("\t", -1);
	}

	/** Whether rows are told apart by nothing in a column. */
	private boolean saysNothing(final int column, final int from) {
		final String name = table.getColumnHeading(column);
		if (TOLD.contains(name)) return true;
		if (!QUIET.containsKey(name)) return false;
		String same = QUIET.get(name);
		for (int row = from; row < table.size(); row++) {
			if (!isOurs(row)) continue;
			final String value = table.getStringValue(column, row);
			// Rows without one say nothing by that.
			if (value.isEmpty()) continue;
			if (same == ANY) same = value;
			if (!value.equals(same)) return false;
		}
		return true;
	}

	/** Whether SimilIJ wrote a row: those of ImageJ's own commands have 0 or NaN where these have a version. */
	private boolean isOurs(final int row) {
		if (!table.columnExists(Rows.VERSION)) return false;
		final int column = table.getColumnIndex(Rows.VERSION);
		final String version = table.getStringValue(column, row);
		return Double.isNaN(table.getValueAsDouble(column, row)) && !version.isEmpty() && !version.equals("NaN");
	}

	private String shortly(final int column, final int row) {
		final double value = table.getValueAsDouble(column, row);
		final boolean exact = Double.isNaN(value) || table.getColumnHeading(column).equals(Rows.TIME);
		return exact ? table.getStringValue(column, row) : shortly(value);
	}

	/** Four significant digits, and never less than the whole part. */
	static String shortly(final double value) {
		if (value == Math.rint(value) && Math.abs(value) < WHOLE) return Long.toString((long) value);
		return String.format(Locale.ROOT, Math.abs(value) < LARGE ? "%.4g" : "%.0f", value);
	}
}

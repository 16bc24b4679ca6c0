// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.run.Results;
import similij.wire.Inert;
import similij.wire.LocalDifference;
import similij.wire.Row;

import ij.measure.ResultsTable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/** Appends rows to a table of ImageJ: to Results, where macros read them, or to one of its own. */
public final class Rows {

	static final String PLANE = "Plane";
	static final String EXCLUDED = "Excluded";
	static final String TIME = "Time (s)";
	/** Where in a hyperstack: columns that only those rows bring into a table that have numbers for them. */
	static final List<String> PLACES = Arrays.asList("Channel 1", "Channel 2", "Z", "T", TIME);
	static final String RESCALE = "Rescale";
	static final String AGAINST = "Against";
	static final String ROI_FILE = "ROI file";
	static final String FILE_1 = "File 1";
	static final String FILE_2 = "File 2";
	static final String RUN = "Run";
	static final String VERSION = "Version";
	static final String VERDICT = "Verdict";
	private static final String NOTE = "Note";

	/** Title of the table of places that verdicts name. */
	private static final String LOCAL = "Local differences";

	/** Metrics that stand before everything else: as many as there are by default. */
	private static final int FIRST = 3;
	/** All that ImageJ saves of a number, and gives as its text; its own default is 3. */
	private static final int DIGITS = 9;
	/** Down to a microsecond. */
	private static final int TIME_DIGITS = 6;

	/** The table that macros know as Results. */
	public static final Results TABLE = shownIn(TableWindow.RESULTS, ResultsTable::getResultsTable);

	private final ResultsTable table;

	Rows(final ResultsTable table) {
		this.table = table;
	}

	/**
	 * A table of its own with this title, below what an open one has: what a dialog of many rows fills, since the
	 * measurements of somebody's afternoon in Results are no place for hundreds of pairs.
	 */
	public static Results in(final String title) {
		// Without windows nobody finds it by its title: one that lasts as long as these results.
		final ResultsTable apart = new ResultsTable();
		return shownIn(title, () -> {
			final ResultsTable open = ResultsTable.getResultsTable(title);
			return open == null ? apart : open;
		});
	}

	private static Results shownIn(final String title, final Supplier<ResultsTable> tables) {
		return new Results() {

			@Override
			public void show(final List<Row> rows) {
				Rows.append(tables.get(), title, rows);
			}

			@Override
			public void remark(final String run, final String remark) {
				final ResultsTable table = tables.get();
				if (Rows.remark(table, run, remark)) new TableWindow(title, table).show(0, table.getHeadings()[0]);
			}

			@Override
			public void tell(final String paragraph) {
				Paragraph.log(paragraph);
			}
		};
	}

	private static void append(final ResultsTable table, final String title, final List<Row> rows) {
		final Rows writer = new Rows(table);
		rows.forEach(writer::append);
		if (!rows.isEmpty()) new TableWindow(title, table).show(rows.size(), numbers(rows.get(0)));
		appendPlaces(rows);
		rows.stream().map(Rows::verdict).filter(words -> !words.isEmpty()).forEach(Paragraph::log);
	}

	/** Places that verdicts name have a table of their own: there are several for a row, or none. */
	private static void appendPlaces(final List<Row> rows) {
		if (rows.stream().allMatch(row -> row.places().isEmpty())) return;
		final ResultsTable open = ResultsTable.getResultsTable(LOCAL);
		final ResultsTable table = open == null ? new ResultsTable() : open;
		final Rows writer = new Rows(table);
		final int before = table.size();
		for (final Row row : rows)
			row.places().forEach(place -> writer.append(row, place));
		new TableWindow(LOCAL, table).below(TableWindow.RESULTS).show(table.size() - before, "X");
	}

	/** The names of ImageJ's own columns for a box, in pixels, as makeRectangle takes them. */
	void append(final Row row, final LocalDifference place) {
		table.addRow();
		blank();
		number("X", place.x, 0);
		number("Y", place.y, 0);
		number("Width", place.width, 0);
		number("Height", place.height, 0);
		number("Area (px)", place.area, 0);
		if (!place.unit.isEmpty()) number("Area (" + place.unit + ")", place.areaInUnit, DIGITS);
		number("RMSD", place.rmsd, DIGITS);
		number("Times noise", place.timesNoise, 1);
		number("Scale (px)", place.scale, 0);
		number("Place", place.place, 0);
		text("Region", row.text("region"));
		if (!row.text("plane").equals("1")) text(PLANE, row.text("plane"));
		text("Image 1", row.text("image_1"));
		text("Image 2", row.text("image_2"));
		text(RUN, row.text("run"));
	}

	/** What a row says in words, and of what; "" where nobody asked for it. */
	static String verdict(final Row row) {
		final String words = row.text("verdict");
		final String plane = row.text("plane");
		return words.isEmpty() ? "" : row.text("image_1") + " and " + row.text("image_2") + ", " + row.text("region") + (plane
			.isEmpty() || plane.equals("1") ? "" : ", plane " + plane) + ": " + words;
	}

	/** Numbers first: what a run was made for is read without scrolling. */
	void append(final Row row) {
		table.addRow();
		blank();
		final List<String> metrics = new ArrayList<>(row.metrics().keySet());
		final int first = Math.min(FIRST, metrics.size());
		metrics.subList(0, first).forEach(metric -> metric(row, metric));
		number("n", row.number("n"), 0);
		text("Region", row.text("region"));
		// What tells the rows of a stack apart; of an image of one plane it says nothing.
		if (!row.text("plane").equals("1")) text(PLANE, row.text("plane"));
		text("Image 1", row.text("image_1"));
		text("Image 2", row.text("image_2"));
		metrics.subList(first, metrics.size()).forEach(metric -> metric(row, metric));
		text(NOTE, row.text("note"));
		text(PLANE, row.text("plane"));
		place("Channel 1", row.number("channel_1"), 0);
		place("Channel 2", row.number("channel_2"), 0);
		place("Z", row.number("z"), 0);
		place("T", row.number("t"), 0);
		place(TIME, row.number("time_s"), TIME_DIGITS);
		number(EXCLUDED, row.number("excluded"), 0);
		text(RESCALE, row.text("rescale"));
		text(RUN, row.text("run"));
		said(ROI_FILE, row.text("roi_file"));
		text(AGAINST, row.text("against"));
		text(FILE_1, row.text("file_1"));
		text(FILE_2, row.text("file_2"));
		text(VERSION, row.text("version"));
		said(VERDICT, row.text("verdict"));
	}

	/** Heading of the first number. */
	private static String numbers(final Row row) {
		return row.metrics().values().stream().findFirst().orElse("n");
	}

	private void metric(final Row row, final String metric) {
		number(row.metrics().get(metric), row.number(metric), DIGITS);
	}

	static boolean remark(final ResultsTable table, final String run, final String remark) {
		boolean any = false;
		if (!table.columnExists(RUN)) return any;
		for (int row = 0; row < table.size(); row++) {
			if (!run.equals(table.getStringValue(RUN, row))) continue;
			final String note = table.getStringValue(NOTE, row);
			table.setValue(NOTE, row, note.isEmpty() ? remark : note + "; " + remark);
			any = true;
		}
		return any;
	}

	/** ImageJ fills cells that a command does not set with 0, which would read as a measurement: they are NaN here. */
	private void blank() {
		final int last = table.size() - 1;
		for (int column = 0; column <= table.getLastColumn(); column++) {
			if (table.columnExists(column)) table.setValue(column, last, Double.NaN);
		}
	}

	private void text(final String column, final String value) {
		final boolean fresh = !table.columnExists(column);
		// A tab in a name would move all cells behind it, in the window and in a file that ImageJ saves.
		table.addValue(column, Inert.cell(value));
		if (fresh) {
			for (int row = 0; row < table.size() - 1; row++)
				table.setValue(column, row, "");
		}
	}

	/** A column that only those rows bring into the table that have something for it. */
	private void said(final String column, final String value) {
		if (!value.isEmpty() || table.columnExists(column)) text(column, value);
	}

	/** The same of a number. */
	private void place(final String column, final double value, final int digits) {
		if (!Double.isNaN(value)) number(column, value, digits);
	}

	private void number(final String column, final double value, final int digits) {
		final boolean fresh = !table.columnExists(column);
		table.addValue(column, value);
		if (fresh) {
			for (int row = 0; row < table.size() - 1; row++)
				table.setValue(column, row, Double.NaN);
		}
		// addValue resets the digits of a column, so they are set after it.
		table.setDecimalPlaces(table.getColumnIndex(column), digits);
	}
}

// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import similij.wire.Row;

import ij.measure.ResultsTable;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

import org.junit.jupiter.api.Test;

class RowsTest {

	private static final Map<String, String> METRICS = new LinkedHashMap<>();

	static {
		METRICS.put("pearson", "Pearson R");
		METRICS.put("rmsd", "RMSD");
		METRICS.put("mean_difference", "Mean Difference");
	}

	private static Row row() {
		final Map<String, Object> values = new HashMap<>();
		values.put("image_1", "a, b");
		values.put("image_2", "7");
		values.put("region", "Whole image");
		values.put("plane", "1");
		values.put("n", 12L);
		values.put("excluded", 3);
		values.put("pearson", null);
		values.put("rmsd", 0.1234567894);
		values.put("mean_difference", 0.0);
		values.put("note", "\"a, b\" is constant");
		return new Row(values, METRICS);
	}

	@Test
	void columnsAndCells() {
		final Locale before = Locale.getDefault();
		Locale.setDefault(Locale.GERMANY);
		try {
			final ResultsTable table = new ResultsTable();
			new Rows(table).append(row());
			assertEquals("Pearson R,RMSD,Mean Difference,n,Region,Image 1,Image 2,Note,Plane,Excluded,Rescale,Run,Against," +
				"File 1,File 2,Version", String.join(",", table.getHeadings()));
			assertEquals("a, b", table.getStringValue("Image 1", 0));
			assertEquals("7", table.getStringValue("Image 2", 0));
			assertEquals("12", table.getStringValue("n", 0));
			assertEquals("3", table.getStringValue("Excluded", 0));
			assertTrue(Double.isNaN(table.getValue("Pearson R", 0)));
			assertEquals("0.123456789", table.getStringValue("RMSD", 0));
			assertEquals(0.1234567894, table.getValue("RMSD", 0));
			assertEquals(0.0, table.getValue("Mean Difference", 0));
			assertEquals("\"a, b\" is constant", table.getStringValue("Note", 0));
		}
		finally {
			Locale.setDefault(before);
		}
	}

	@Test
	void rowsOfOthersStayAndNoCellIsMadeUp() {
		final ResultsTable table = new ResultsTable();
		table.addRow();
		table.addValue("Area", 1.5);
		new Rows(table).append(row());
		new Rows(table).append(row());
		assertEquals(3, table.size());
		assertEquals("1.500", table.getStringValue("Area", 0));
		assertTrue(Double.isNaN(table.getValue("Area", 1)));
		assertTrue(Double.isNaN(table.getValue("RMSD", 0)));
		assertEquals("", table.getStringValue("Image 1", 0));
		assertEquals("0.123456789", table.getStringValue("RMSD", 2));
	}

	@Test
	void aRemarkIsForTheRowsOfItsRunOnly() {
		final ResultsTable table = new ResultsTable();
		Rows.remark(table, "7", "nothing here yet");
		for (final String run : new String[] { "7", "8", "7" }) {
			final Map<String, Object> values = new HashMap<>();
			values.put("run", run);
			values.put("note", table.size() == 0 ? "constant" : "");
			new Rows(table).append(new Row(values, METRICS));
		}
		assertTrue(Rows.remark(table, "7", "cancelled"));
		assertEquals("constant; cancelled", table.getStringValue("Note", 0));
		assertEquals("", table.getStringValue("Note", 1));
		assertEquals("cancelled", table.getStringValue("Note", 2));
		assertFalse(Rows.remark(table, "9", "cancelled"));
	}

	@Test
	void columnsOfPlacesComeWithTheRowsThatHaveThem() {
		final Map<String, Object> values = new HashMap<>();
		values.put("channel_1", null);
		values.put("z", 3);
		values.put("t", 2L);
		values.put("time_s", 0.25);
		final ResultsTable table = new ResultsTable();
		new Rows(table).append(row());
		new Rows(table).append(new Row(values, METRICS));
		new Rows(table).append(row());
		assertFalse(table.columnExists("Channel 1"));
		assertEquals("3", table.getStringValue("Z", 1));
		assertEquals("2", table.getStringValue("T", 1));
		assertEquals(0.25, table.getValue("Time (s)", 1));
		for (final int other : new int[] { 0, 2 })
			assertTrue(Double.isNaN(table.getValue("Z", other)) && Double.isNaN(table.getValue("Time (s)", other)));
		assertEquals("12", table.getStringValue("n", 2));
	}

	/** A row of a run, with some values of its own. */
	private static Row of(final String run, final String... more) {
		final Map<String, Object> values = new HashMap<>();
		for (final String name : new String[] { "image_1", "image_2", "region", "note", "against", "file_1", "file_2" })
			values.put(name, "x");
		values.put("plane", "1");
		values.put("rescale", "none");
		values.put("against", "image 2");
		values.put("version", "1.2.3");
		values.put("run", run);
		values.put("n", 12L);
		values.put("excluded", 0L);
		values.put("pearson", 0.97912345678);
		values.put("rmsd", 12345.678);
		values.put("mean_difference", 3.0);
		for (int k = 0; k < more.length; k += 2)
			values.put(more[k], more[k + 1]);
		return new Row(values, METRICS);
	}

	private static final String SEEN = "Pearson R,RMSD,Mean Difference,n,Region,Image 1,Image 2,Note";

	private static String seen(final ResultsTable table) {
		return new TableView(table, 0, 0).headings().replace('\t', ',');
	}

	@Test
	void whatIsTheSameInAllRowsIsOutOfSightAndInTheTable() {
		final ResultsTable table = new ResultsTable();
		final Rows writer = new Rows(table);
		writer.append(of("7"));
		writer.append(of("7"));
		assertEquals(SEEN, seen(table));
		assertEquals("7", table.getStringValue("Run", 1));
		assertEquals("0.9791\t12346\t3\t12\tx\tx\tx\tx", new TableView(table, 0, 0).line(0));
		assertEquals(0.97912345678, table.getValue("Pearson R", 0));
		assertEquals("0.979123457", table.getStringValue("Pearson R", 0));
		writer.append(of("8"));
		assertEquals(SEEN + ",Plane,Excluded,Rescale,Run", seen(table));
	}

	@Test
	void whatNeedsSayingIsInSight() {
		for (final String[] said : new String[][] { { "rescale", "zscore" }, { "against", "first frame" }, { "plane", "z3" } }) {
			final ResultsTable table = new ResultsTable();
			new Rows(table).append(of("7", said));
			assertTrue(("," + seen(table) + ",").toLowerCase().contains("," + said[0] + ","), seen(table));
		}
		final ResultsTable table = new ResultsTable();
		new Rows(table).append(of("7", "plane", "z3"));
		assertTrue(seen(table).contains("n,Region,Plane,Image 1"), seen(table));
	}

	@Test
	void aColumnThatOnlyLaterRowsBringIsShownWithThem() {
		final ResultsTable table = new ResultsTable();
		final Rows writer = new Rows(table);
		writer.append(of("7"));
		writer.append(of("7", "roi_file", "/a_roi.zip", "verdict", "Same structure."));
		assertEquals("/a_roi.zip", table.getStringValue("ROI file", 1));
		assertEquals("", table.getStringValue("ROI file", 0));
		assertEquals("Same structure.", table.getStringValue("Verdict", 1));
		assertEquals(SEEN, seen(table));
		writer.append(of("7", "roi_file", "/b_roi.zip"));
		assertTrue(seen(table).endsWith("ROI file"), seen(table));
	}

	@Test
	void columnsInSightStayAndNewRowsAreToldApartFromTheLastOne() {
		final ResultsTable table = new ResultsTable();
		final Rows writer = new Rows(table);
		writer.append(of("7"));
		final String first = new TableView(table, 0, 0).headings();
		writer.append(of("8"));
		final int shown = TableView.shown(table, first);
		assertEquals(8, shown);
		final String second = new TableView(table, shown, 1).headings();
		assertTrue(second.endsWith("\tRun"), second);
		writer.append(of("8"));
		assertEquals(second, new TableView(table, TableView.shown(table, second), 2).headings());
		assertEquals(0, TableView.shown(table, "Area\tMean"));
		assertEquals(0, TableView.shown(table, ""));
	}

	@Test
	void rowsOfOthersAreShownAsImageJHasThem() {
		final ResultsTable table = new ResultsTable();
		table.showRowNumbers(true);
		table.addRow();
		table.addLabel("cells");
		table.addValue("Area", 1.5);
		final Rows writer = new Rows(table);
		writer.append(of("7"));
		table.addRow();
		table.addValue("Area", 2.25);
		writer.append(of("7"));
		final TableView view = new TableView(table, 0, 0);
		assertEquals(" ,Label,Area," + SEEN, view.headings().replace('\t', ','));
		assertTrue(view.line(0).startsWith("1\tcells\t1.500\tNaN\t"), view.line(0));
		assertTrue(view.line(1).startsWith("2\t\tNaN\t0.9791\t12346\t"), view.line(1));
		// What ImageJ appends to the window by itself stands under the same headings.
		assertTrue(table.getRowAsString(2).startsWith("3\t\t2.250\t0"), table.getRowAsString(2));
		assertEquals(String.join("\t", " ", "Label", "Area"), table.getColumnHeadings().substring(0, 12));
	}

	@Test
	void numbersAreShort() {
		assertEquals("0.9790", TableView.shortly(0.97899999));
		assertEquals("-0.04829", TableView.shortly(-0.048291));
		assertEquals("265.9", TableView.shortly(265.87));
		assertEquals("12346", TableView.shortly(12345.678));
		assertEquals("10000", TableView.shortly(9999.96));
		assertEquals("1.235e-07", TableView.shortly(1.2346e-7));
		assertEquals("49152", TableView.shortly(49152));
	}

	@Test
	void aParagraphIsReadWithoutScrolling() {
		final StringBuilder words = new StringBuilder("a and b:");
		for (int k = 0; k < 60; k++)
			words.append(" word").append(k);
		final String lines = Paragraph.lines(words.toString());
		for (final String line : lines.split("\n"))
			assertTrue(line.length() <= 90, line);
		assertEquals(words.toString(), lines.replaceAll("\n +", " "));
	}
}

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
}

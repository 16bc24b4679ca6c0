// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import similij.wire.BackendException;
import similij.wire.CancelledException;
import similij.wire.Draw;
import similij.wire.Row;

import ij.IJ;
import ij.ImagePlus;
import ij.gui.Plot;

import java.awt.Color;
import java.awt.Dimension;
import java.awt.Rectangle;
import java.awt.event.KeyEvent;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import javax.imageio.ImageIO;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pictures one after the other, behind the rows; charts as ImageJ's plots; places of windows. */
class PicturesTest {

	private static final String RED = "#FF0000";

	@TempDir
	Path folder;

	private final List<Integer> seen = new ArrayList<>();

	@AfterEach
	void noEscape() {
		IJ.resetEscape();
	}

	private static Map<String, Object> series(final String style, final String label, final Object x, final Object y,
		final Double... cell)
	{
		final Map<String, Object> series = new LinkedHashMap<>();
		series.put("style", style);
		series.put("label", label);
		series.put("color", RED);
		series.put("width", 1.5);
		series.put("x", x);
		series.put("y", y);
		series.put("cell", Arrays.asList(cell));
		return series;
	}

	private static Map<String, Object> chart(final Object... series) {
		final Map<String, Object> chart = new LinkedHashMap<>();
		chart.put("title", "Scatter: b against a");
		chart.put("words", "R 0.5");
		chart.put("x_label", "a (intensity)");
		chart.put("y_label", "b (intensity)");
		chart.put("limits", Arrays.asList(0, 10.0, -5, 5));
		chart.put("size", Arrays.asList(300, 200));
		chart.put("series", Arrays.asList(series));
		chart.put("notes", "a note");
		final Map<String, Object> swatch = new LinkedHashMap<>();
		swatch.put("color", "#0000FF");
		swatch.put("words", "16");
		chart.put("swatches", Collections.singletonList(swatch));
		return chart;
	}

	private static Map<String, Object> picture(final String path, final Object... charts) {
		final Map<String, Object> picture = new LinkedHashMap<>();
		picture.put("kind", "scatter");
		picture.put("path", path);
		picture.put("title", "Scatter: b against a");
		picture.put("scale", "");
		picture.put("charts", Arrays.asList(charts));
		return picture;
	}

	private String png(final String name) {
		return folder.resolve(name).toString();
	}

	private StackRunner runner(final FakeBackend python, final Consumer<List<Row>> show) throws BackendException {
		final ImagePlus image = IJ.createImage("a", "8-bit ramp", 30, 20, 1);
		return FakeBackend.runner(python, image, IJ.createImage("b", "8-bit ramp", 30, 20, 1), "pictures=[scatter] save=[" +
			folder + "]", show);
	}

	private static List<Object> asked(final FakeBackend python) {
		return python.messages.stream().map(message -> message.get("op")).collect(Collectors.toList());
	}

	@Test
	void rowsComeBeforeThePicturesAndPlotsAreFiles() throws BackendException, IOException {
		final FakeBackend python = new FakeBackend();
		final Map<String, Object> line = series("line", "fitted", Arrays.asList(0, 10), Arrays.asList(-5.0, 5));
		python.pictures.addAll(Arrays.asList("scatter plot", "two panels"));
		python.draw = number -> FakeBackend.drawn(number == 0 ? picture(png("scatter.png"), chart(line)) : picture(png(
			"two.png"), chart(line), chart(line)));
		runner(python, rows -> seen.add(asked(python).size())).run();
		assertEquals(Arrays.asList("album", "compare", "pictures", "draw", "draw", "cancel"), asked(python));
		assertEquals(Collections.singletonList(2), seen);
		assertEquals(true, python.messages.get(0).get("keep"));
		assertEquals("an album", python.messages.get(5).get("run"));
		final BufferedImage one = ImageIO.read(new File(png("scatter.png")));
		final BufferedImage two = ImageIO.read(new File(png("two.png")));
		assertTrue(one.getWidth() > 600 && one.getHeight() > 400);
		assertEquals(one.getWidth(), two.getWidth());
		assertEquals(2 * one.getHeight(), two.getHeight());
		assertTrue(has(one, Color.RED.getRGB()));
		assertTrue(has(one, Color.BLUE.getRGB()));
	}

	private static boolean has(final BufferedImage image, final int color) {
		for (int y = 0; y < image.getHeight(); y++)
			for (int x = 0; x < image.getWidth(); x++)
				if (image.getRGB(x, y) == color) return true;
		return false;
	}

	@Test
	void escBetweenPicturesKeepsTheRowsAndThosePictures() throws BackendException {
		final FakeBackend python = new FakeBackend();
		python.pictures.addAll(Arrays.asList("first", "second", "third"));
		python.draw = number -> {
			if (number == 1) IJ.setKeyDown(KeyEvent.VK_ESCAPE);
			return FakeBackend.drawn(picture(png(number + ".png"), chart()));
		};
		final StackRunner runner = runner(python, rows -> seen.add(rows.size()));
		final CancelledException cancelled = assertThrows(CancelledException.class, runner::run);
		assertTrue(cancelled.rowsAreComplete);
		assertTrue(cancelled.getMessage().matches(
			"Image Similarity: cancelled at picture [23] of 3, the rows and the pictures so far are kept"), cancelled
				.getMessage());
		assertEquals(Collections.singletonList(1), seen);
		assertTrue(new File(png("0.png")).exists());
		assertFalse(new File(png("2.png")).exists());
		assertEquals(2, Collections.frequency(asked(python), "draw"));
	}

	@Test
	void aPictureThatFailsDoesNotTakeTheOthersWithIt() throws BackendException {
		final FakeBackend python = new FakeBackend();
		python.pictures.addAll(Arrays.asList("first", "second"));
		python.draw = number -> number == 1 ? FakeBackend.drawn(picture(png("1.png"), chart())) : new LinkedHashMap<>(
			Collections.singletonMap("error", "SciPy is missing"));
		final StackRunner runner = runner(python, rows -> seen.add(rows.size()));
		assertEquals("SciPy is missing", assertThrows(BackendException.class, runner::run).getMessage());
		assertTrue(new File(png("1.png")).exists());
		assertEquals(Collections.singletonList(1), seen);
	}

	@Test
	void aChartIsAPlot() throws BackendException {
		final FakeBackend python = new FakeBackend();
		python.draw = number -> FakeBackend.drawn(picture("", chart(series("cells", "", new double[] { 2, 4 }, new double[] {
			1, -1 }, 2.0, 1.0), series("line", "fitted", Arrays.asList(0, null, 10), Arrays.asList(-5, 0, 5)))));
		final Plot plot = Charts.plot(new Draw("run", 0).ask(python).pictures.get(0).charts.get(0));
		assertEquals("Scatter: b against a", plot.getTitle());
		assertEquals("a (intensity)", plot.getLabel('x'));
		assertEquals("b (intensity)", plot.getLabel('y'));
		assertArrayEquals(new double[] { 0, 10, -5, 5 }, plot.getLimits(), 0.0);
		assertEquals(2, plot.getDataObjectDesignations().length);
		final float[][] centres = plot.getDataObjectArrays(0);
		assertArrayEquals(new float[] { 2, 4 }, centres[0]);
		assertArrayEquals(new float[] { 1, -1 }, centres[1]);
		final float[][] fitted = plot.getDataObjectArrays(1);
		assertArrayEquals(new float[] { 0, Float.NaN, 10 }, fitted[0]);
		assertArrayEquals(new float[] { -5, 0, 5 }, fitted[1]);
		// A cell is as large as its bin: from 1 to 3, and from 0.5 to 1.5.
		assertEquals(0xFF0000, color(plot, 2.9, 0.6));
		assertEquals(0xFFFFFF, color(plot, 3.3, 0.6));
	}

	/** A kill would leave a file of Java's in between; where its folder is gone, Java could make none. */
	@Test
	void noFileInBetweenIsMade() throws BackendException, IOException {
		final File gone = folder.resolve("gone").toFile();
		assertTrue(gone.mkdir());
		ImageIO.setCacheDirectory(gone);
		try {
			assertTrue(gone.delete());
			final FakeBackend python = new FakeBackend();
			python.draw = number -> FakeBackend.drawn(picture(png("plot.png"), chart()));
			final Plot plot = Charts.plot(new Draw("run", 0).ask(python).pictures.get(0).charts.get(0));
			Charts.save(Collections.singletonList(plot), png("plot.png"));
			assertTrue(ImageIO.read(new File(png("plot.png"))).getWidth() > 100);
		}
		finally {
			ImageIO.setCacheDirectory(null);
		}
	}

	@Test
	void barsAreFromZeroAndOfUndefinedValuesNone() throws BackendException {
		final FakeBackend python = new FakeBackend();
		python.draw = number -> FakeBackend.drawn(picture("", chart(series("bars", "", Arrays.asList(2, 4, 6), Arrays.asList(
			-3.0, null, 2), 1.0, 0.0))));
		final Plot plot = Charts.plot(new Draw("run", 0).ask(python).pictures.get(0).charts.get(0));
		final double[][] inBars = { { 2.4, -0.5 }, { 1.6, -2.5 }, { 6, 1 } };
		for (final double[] at : inBars)
			assertEquals(0xFF0000, color(plot, at[0], at[1]), Arrays.toString(at));
		final double[][] beside = { { 2, 0.5 }, { 2, -3.5 }, { 2.7, -1 }, { 4, -2 }, { 4, 1 }, { 6, -1 } };
		for (final double[] at : beside)
			assertEquals(0xFFFFFF, color(plot, at[0], at[1]), Arrays.toString(at));
		assertArrayEquals(new float[] { -3, Float.NaN, 2 }, plot.getDataObjectArrays(0)[1]);
	}

	private static int color(final Plot plot, final double x, final double y) {
		return plot.getProcessor().getPixel((int) plot.scaleXtoPxl(x), (int) plot.scaleYtoPxl(y)) & 0xFFFFFF;
	}

	private static List<Rectangle> places(final int plots, final int maps, final Rectangle... others) {
		return new Places(new Rectangle(0, 0, 1280, 1024), Arrays.asList(others)).of(Collections.nCopies(plots, new Dimension(
			527, 452)), Collections.nCopies(maps, new Dimension(266, 265)));
	}

	@Test
	void windowsAreOnTheScreenAndCoverNothing() {
		final Rectangle[] others = { new Rectangle(0, 0, 600, 76), new Rectangle(0, 81, 278, 229), new Rectangle(440, 193, 400,
			250) };
		for (int plots = 0; plots < 5; plots++)
			for (int maps = 0; maps < 7; maps++) {
				final List<Rectangle> places = places(plots, maps, others);
				assertEquals(plots + maps, places.size());
				for (final Rectangle place : places) {
					assertTrue(new Rectangle(0, 0, 1280, 1024).contains(place), place.toString());
					for (final Rectangle other : others)
						assertFalse(place.intersects(other), plots + " plots, " + maps + " maps: " + place + " on " + other);
				}
				// No two have the same title line.
				assertEquals(places.size(), places.stream().map(Rectangle::getLocation).distinct().count());
			}
	}

	@Test
	void whereThereIsRoomNoneCoversAnother() {
		final List<Rectangle> places = places(2, 3);
		for (int k = 0; k < places.size(); k++)
			for (int n = 0; n < k; n++)
				assertFalse(places.get(k).intersects(places.get(n)), places.toString());
	}

	@Test
	void moreThanTheScreenHoldsStayOnIt() {
		for (final Rectangle place : places(60, 3))
			assertTrue(new Rectangle(0, 0, 1280, 1024).contains(place), place.toString());
	}

	@Test
	void stepsOfABarAreRound() {
		assertEquals(1, ColorBar.step(0.7), 0);
		assertEquals(0.2, ColorBar.step(0.11), 1e-12);
		assertEquals(500, ColorBar.step(210), 0);
		assertEquals(1000, ColorBar.step(501), 0);
		assertEquals(1, ColorBar.step(0), 0);
		assertEquals(1, ColorBar.step(Double.NaN), 0);
	}
}

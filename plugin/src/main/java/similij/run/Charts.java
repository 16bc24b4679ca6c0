// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import similij.images.WholeFile;
import similij.wire.BackendException;
import similij.wire.Chart;

import ij.gui.Plot;
import ij.process.ColorProcessor;
import ij.process.ImageProcessor;
import ij.util.Tools;

import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;

import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Draws charts as ImageJ's plots, whose axes, list of values and styles are then the user's. All numbers are Python's. */
final class Charts {

	/** Styles of ours. ImageJ's own bars take their width from the next one, and reach to the bottom where a value is NaN. */
	private static final String CELLS = "cells";
	private static final String BARS = "bars";
	/** Points; a bit below ImageJ's own size, so that a line of words has room above a frame. */
	private static final float FONT_SIZE = 11;
	/** Pixels from the left and the top of a frame to the first of the words in it, and between two lines. */
	private static final double INSET = 8;
	private static final double FIRST_LINE = 18;
	private static final double LINE = 17;
	/** Pixels of a patch of colour, and between it, its words and the next one. */
	private static final int PATCH = 11;
	private static final double GAP = 5;
	private static final double SPACE = 8;
	/** Intervals of an axis, as ImageJ has them where nobody asks for more. */
	private static final int FEWEST = 6;
	/** Pixels of a file for each of the window. */
	private static final float FINE = 2;

	private Charts() {}

	static Plot plot(final Chart chart) {
		final Plot plot = new Plot(chart.title, chart.xLabel, chart.yLabel);
		plot.setFrameSize(chart.size[0], chart.size[1]);
		plot.setLimits(chart.limits[0], chart.limits[1], chart.limits[2], chart.limits[3]);
		// Else ImageJ writes every second or third name, as it does of numbers.
		if (chart.xLabel.startsWith("{")) plot.setMaxIntervals(Math.max(FEWEST, (int) Math.ceil(chart.limits[1] -
			chart.limits[0])));
		boolean labelled = false;
		for (final Chart.Series series : chart.series) {
			final Color color = Color.decode(series.color);
			plot.setColor(color, color);
			plot.setLineWidth((float) series.width);
			if (series.style.equals(CELLS) || series.style.equals(BARS)) addRectangles(plot, series);
			else plot.addPoints(Tools.toFloat(series.x), Tools.toFloat(series.y), null, Plot.toShape(series.style),
				series.label.isEmpty() ? null : series.label);
			labelled |= !series.label.isEmpty();
		}
		plot.setColor(Color.BLACK);
		plot.setLineWidth(1);
		plot.setFont(Font.PLAIN, FONT_SIZE);
		plot.addLabel(0, 0, chart.words);
		plot.addLabel(INSET / chart.size[0], FIRST_LINE / chart.size[1], chart.notes);
		addSwatches(plot, chart);
		if (labelled) plot.setLegend(null, Plot.AUTO_POSITION);
		plot.draw();
		return plot;
	}

	/**
	 * Rectangles keep their size in units of the axes when these are moved: cells about each point, or bars from 0 to it. The
	 * points themselves are dots, and so in the list of values.
	 */
	private static void addRectangles(final Plot plot, final Chart.Series series) {
		final double wide = series.cell[0] / 2;
		final double tall = series.cell[1] / 2;
		final boolean bars = series.style.equals(BARS);
		final ArrayList<float[]> rectangles = new ArrayList<>();
		for (int k = 0; k < series.x.length; k++) {
			final double x = series.x[k];
			final double y = series.y[k];
			if (Double.isNaN(x + y)) continue;
			rectangles.add(new float[] { (float) (x - wide), (float) (bars ? Math.max(0, y) : y + tall), (float) (x + wide),
				(float) (bars ? Math.min(0, y) : y - tall) });
		}
		plot.drawShapes("rectangles", rectangles);
		plot.addPoints(Tools.toFloat(series.x), Tools.toFloat(series.y), null, Plot.DOT, null);
	}

	/** What colours mean, in one line: a legend of ImageJ would write words in colours that nobody can read on white. */
	private static void addSwatches(final Plot plot, final Chart chart) {
		final ImageProcessor measure = new ColorProcessor(1, 1);
		measure.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, Math.round(FONT_SIZE)));
		double x = INSET;
		final double y = FIRST_LINE + LINE;
		for (final Chart.Swatch swatch : chart.swatches) {
			plot.setColor(Color.decode(swatch.color));
			plot.setLineWidth(PATCH);
			final double middle = (y - 0.6 * PATCH) / chart.size[1];
			plot.drawNormalizedLine((x + 0.4 * PATCH) / chart.size[0], middle, (x + 0.6 * PATCH) / chart.size[0], middle);
			plot.setColor(Color.BLACK);
			plot.setLineWidth(1);
			plot.addLabel((x + PATCH + GAP) / chart.size[0], y / chart.size[1], swatch.words);
			x += PATCH + GAP + measure.getStringWidth(swatch.words) + SPACE;
		}
	}

	/** Writes plots as one PNG, below each other. */
	static void save(final List<Plot> plots, final String path) throws BackendException {
		final List<ImageProcessor> panels = new ArrayList<>();
		int width = 0;
		int height = 0;
		for (final Plot plot : plots) {
			final ImageProcessor panel = plot.makeHighResolution(plot.getTitle(), FINE, true, false).getProcessor()
				.convertToRGB();
			panels.add(panel);
			width = Math.max(width, panel.getWidth());
			height += panel.getHeight();
		}
		final ColorProcessor page = new ColorProcessor(width, height);
		page.setColor(Color.WHITE);
		page.fill();
		int y = 0;
		for (final ImageProcessor panel : panels) {
			page.insert(panel, 0, y);
			y += panel.getHeight();
		}
		try {
			final ByteArrayOutputStream png = new ByteArrayOutputStream();
			// Of a plain stream Java makes a file in between, which stays where ImageJ is killed meanwhile.
			try (ImageOutputStream stream = new MemoryCacheImageOutputStream(png)) {
				ImageIO.write(page.getBufferedImage(), "png", stream);
			}
			WholeFile.write(Paths.get(path), png.toByteArray());
		}
		catch (final IOException e) {
			throw new BackendException("\"" + path + "\" cannot be written (" + e.getMessage() +
				"): choose another place for the results.", e.toString());
		}
	}
}

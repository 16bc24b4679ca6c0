// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

import java.util.ArrayList;
import java.util.List;

/** A plot by its numbers: its axes and all that is in its frame. */
public final class Chart {

	/** Of the window. */
	public final String title;
	/** The line above the frame. */
	public final String words;
	public final String xLabel;
	public final String yLabel;
	/** Left, right, bottom and top. */
	public final double[] limits;
	/** Width and height of the frame in pixels. */
	public final int[] size;
	/** From the lowest to the uppermost. */
	public final List<Series> series;
	/** The line at the top of the frame; may be empty. */
	public final String notes;
	/** What colours mean, below it. */
	public final List<Swatch> swatches;

	Chart(final Fields fields) throws BackendException {
		this.title = fields.text("title");
		this.words = fields.text("words");
		this.xLabel = fields.text("x_label");
		this.yLabel = fields.text("y_label");
		this.limits = fields.numbers("limits");
		this.size = fields.wholes("size");
		this.notes = fields.text("notes");
		this.series = new ArrayList<>();
		for (final Fields one : fields.each("series"))
			series.add(new Series(one));
		this.swatches = new ArrayList<>();
		for (final Fields one : fields.each("swatches"))
			swatches.add(new Swatch(one));
	}

	/** Points that are drawn alike. */
	public static final class Series {

		/** As ImageJ calls its styles, or {@code cells}. */
		public final String style;
		/** In the legend; empty: not there. */
		public final String label;
		/** As #RRGGBB. */
		public final String color;
		/** Of lines, in pixels. */
		public final double width;
		/** NaN is a gap. */
		public final double[] x;
		public final double[] y;
		/** Width and height of rectangles about the points, in units of the axes; else none. */
		public final double[] cell;

		Series(final Fields fields) throws BackendException {
			this.style = fields.text("style");
			this.label = fields.text("label");
			this.color = fields.text("color");
			this.width = fields.number("width");
			this.x = fields.numbers("x");
			this.y = fields.numbers("y");
			this.cell = fields.numbers("cell");
		}
	}

	/** A colour, and what it means. */
	public static final class Swatch {

		public final String color;
		public final String words;

		Swatch(final Fields fields) throws BackendException {
			this.color = fields.text("color");
			this.words = fields.text("words");
		}
	}
}

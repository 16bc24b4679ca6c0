// SPDX-License-Identifier: BSD-2-Clause
package similij.wire;

/** A place that the verdict of a row names: its box in pixels, how large it is, and how far beyond noise. */
public final class LocalDifference {

	/** The row, by its place in the answer, from 1. */
	final int row;
	/** Which place of the row, from 1. */
	public final int place;
	public final int x;
	public final int y;
	public final int width;
	public final int height;
	/** Pixels, and the same in the unit of the images; NaN where that is not known. */
	public final int area;
	public final double areaInUnit;
	public final String unit;
	public final double rmsd;
	public final double timesNoise;
	/** Sigma in pixels at which it stands out most. */
	public final double scale;

	LocalDifference(final Fields fields) throws BackendException {
		this.row = fields.whole("row");
		this.place = fields.whole("place");
		this.x = fields.whole("x");
		this.y = fields.whole("y");
		this.width = fields.whole("width");
		this.height = fields.whole("height");
		this.area = fields.whole("area");
		this.areaInUnit = fields.has("area_in_unit") ? fields.number("area_in_unit") : Double.NaN;
		this.unit = fields.text("unit");
		this.rmsd = fields.number("rmsd");
		this.timesNoise = fields.number("times_noise");
		this.scale = fields.number("scale");
	}
}

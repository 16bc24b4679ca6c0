// SPDX-License-Identifier: BSD-2-Clause
package similij.images;

import ij.ImagePlus;
import ij.gui.Roi;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where in a stack an ROI is tied to; 0 is everywhere. ImageJ has two ways to say so: a number of a plane, for stacks,
 * or channel, slice and frame, for hyperstacks.
 */
public final class Position {

	static final Position EVERYWHERE = new Position(0, 0, 0, 0);

	private final int position;
	private final int c;
	private final int z;
	private final int t;

	private Position(final int position, final int c, final int z, final int t) {
		this.position = position;
		this.c = c;
		this.z = z;
		this.t = t;
	}

	public static Position of(final Roi roi) {
		if (roi.hasHyperStackPosition()) return new Position(0, roi.getCPosition(), roi.getZPosition(), roi.getTPosition());
		// Point ROIs have negative ones: each point its own plane. They have no area anyway.
		return new Position(Math.max(roi.getPosition(), 0), 0, 0, 0);
	}

	/** Whether it belongs to some planes only. */
	public boolean isTied() {
		return position > 0 || c > 0 || z > 0 || t > 0;
	}

	/**
	 * Whether an ROI with this position is on a plane of an image, where ImageJ's own ROI Manager puts it: a plain number
	 * is the place along the only axis there is, and of a hyperstack the slice, or the frame where there is one slice. An
	 * image of one plane shows every ROI.
	 */
	public boolean isOn(final ImagePlus image, final int index) {
		if (image.getStackSize() == 1) return true;
		final int[] place = image.convertIndexToPosition(index);
		if (position == 0) return isAt(c, place[0]) && isAt(z, place[1]) && isAt(t, place[2]);
		if (image.getNSlices() > 1) return position == place[1];
		return position == (image.getNFrames() > 1 ? place[2] : place[0]);
	}

	private static boolean isAt(final int tied, final int place) {
		return tied == 0 || tied == place;
	}

	/** As the Plane column words it, for an image. */
	public String words(final ImagePlus image) {
		if (position > 0) return (image.getNSlices() > 1 ? "z" : image.getNFrames() > 1 ? "t" : "c") + position;
		return ((c > 0 ? "c" + c : "") + (z > 0 ? " z" + z : "") + (t > 0 ? " t" + t : "")).trim();
	}

	/** As a message has it. */
	public Map<String, Object> wire() {
		final Map<String, Object> words = new LinkedHashMap<>();
		words.put("position", position);
		words.put("c", c);
		words.put("z", z);
		words.put("t", t);
		return words;
	}
}

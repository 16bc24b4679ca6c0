// SPDX-License-Identifier: BSD-2-Clause
package similij.images;

import similij.wire.Box;
import similij.wire.Position;
import similij.wire.RegionInfo;
import similij.wire.TiedRegion;

import ij.gui.ImageRoi;
import ij.gui.Roi;
import ij.gui.TextRoi;
import ij.process.ImageProcessor;

import java.awt.Rectangle;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Pixels that are compared together: one row of the table. Which pixels an outline has is decided by ImageJ's own mask.
 */
public final class Region {

	private static final String NOTHING_IN_COMMON = "have no pixel in common";

	public final String name;
	public final String kind;
	/** False for lines, points and angles: they have no pixels inside, and Python says so. */
	public final boolean area;
	/** In image coordinates; may lie partly or wholly outside. */
	public final Rectangle bounds;
	/** {@code bounds.width * bounds.height} bytes, 0 outside; null where all of the bounds belong to the region. */
	public final byte[] mask;
	/** Why there is no such region, as the rest of a sentence that starts with its name; null where there is. */
	public final String problem;
	/** Where in a stack it applies. */
	public final Position position;

	public Region(final String name, final String kind, final boolean area, final Rectangle bounds, final byte[] mask) {
		this(name, kind, area, bounds, mask, null, Position.EVERYWHERE);
	}

	private Region(final String name, final String kind, final boolean area, final Rectangle bounds, final byte[] mask,
		final String problem, final Position position)
	{
		this.name = name;
		this.kind = kind;
		this.area = area;
		this.bounds = bounds;
		this.mask = mask;
		this.problem = problem;
		this.position = position;
	}

	/** A region that could not be read: a row of its own says why, and the others are compared. */
	static Region broken(final String name, final String problem) {
		return new Region(name, "", false, new Rectangle(), null, problem, Position.EVERYWHERE);
	}

	/** The same pixels in every plane. */
	Region everywhere() {
		return new Region(name, kind, area, bounds, mask, problem, Position.EVERYWHERE);
	}

	/**
	 * The same regions, tied to no channel: those of RGB images, which have none.
	 *
	 * @param stack whether the number of a plane says anything: in an image of one plane every ROI is on it
	 */
	public static List<Region> inAllChannels(final List<Region> regions, final boolean stack) {
		return regions.stream().map(region -> {
			final Position old = region.position;
			final Position untied = new Position(stack ? old.position : 0, 0, old.z, old.t);
			return new Region(region.name, region.kind, region.area, region.bounds, region.mask, region.problem, untied);
		}).collect(Collectors.toList());
	}

	Region called(final String newName) {
		return new Region(newName, kind, area, bounds, mask, problem, position);
	}

	public static Region of(final Roi roi, final String name) {
		final Rectangle bounds = roi.getBounds();
		final boolean empty = bounds.width <= 0 || bounds.height <= 0;
		// Of labels and pictures laid over an image ImageJ says that they are areas, since they are rectangles.
		final boolean area = roi.isArea() && !(roi instanceof TextRoi) && !(roi instanceof ImageRoi);
		final ImageProcessor mask = area && !empty ? roi.getMask() : null;
		return new Region(name, roi.getTypeAsString(), area, bounds,
			mask == null ? null : ((byte[]) mask.getPixels()).clone(), null, position(roi));
	}

	/**
	 * Where ImageJ ties it to, as it says it. Which planes that means depends on the image, and Python has the rule: a macro
	 * and a shell must not read the same ROI differently.
	 */
	private static Position position(final Roi roi) {
		if (roi.hasHyperStackPosition()) return new Position(0, roi.getCPosition(), roi.getZPosition(), roi.getTPosition());
		// Point ROIs have negative ones: each point its own plane. They have no area anyway.
		return new Position(Math.max(roi.getPosition(), 0), 0, 0, 0);
	}

	/** As Python is told of its planes. */
	public static List<TiedRegion> positions(final List<Region> regions) {
		return regions.stream().map(region -> new TiedRegion(region.name, region.position)).collect(Collectors.toList());
	}

	/**
	 * As Python is told of its pixels.
	 *
	 * @param offset where its mask begins in the buffer of all masks
	 * @param drawn whether it is only drawn
	 */
	public RegionInfo info(final long offset, final boolean drawn) {
		return new RegionInfo(name, kind, area, new Box(bounds.x, bounds.y, bounds.width, bounds.height), mask == null ? null
			: Long.valueOf(offset), position, problem, drawn);
	}

	boolean isInside(final int x, final int y) {
		return mask == null || mask[(y - bounds.y) * bounds.width + x - bounds.x] != 0;
	}

	/** The pixels that belong to both, pixel by pixel: exact, where an intersection of outlines would be redrawn. */
	Region and(final Region other) {
		final String both = name.equals(other.name) ? name : name + " and " + other.name;
		if (!area) return new Region(both, kind, false, bounds, null);
		if (!other.area) return new Region(both, other.kind, false, other.bounds, null);
		final Rectangle common = bounds.intersection(other.bounds);
		if (common.isEmpty()) return broken(both, NOTHING_IN_COMMON);
		final byte[] inside = new byte[common.width * common.height];
		boolean any = false;
		for (int y = 0; y < common.height; y++) {
			for (int x = 0; x < common.width; x++) {
				if (isInside(common.x + x, common.y + y) && other.isInside(common.x + x, common.y + y)) {
					inside[y * common.width + x] = (byte) 255;
					any = true;
				}
			}
		}
		if (!any) return broken(both, NOTHING_IN_COMMON);
		return new Region(both, "Intersection", true, common, inside);
	}
}

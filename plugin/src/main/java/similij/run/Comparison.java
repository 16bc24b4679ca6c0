// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import similij.images.ImageFacts;
import similij.images.Planes;
import similij.images.Region;
import similij.images.SideImage;
import similij.options.Options;
import similij.wire.Box;
import similij.wire.Group;
import similij.wire.Place;
import similij.wire.RegionInfo;
import similij.wire.Request;

import ij.ImagePlus;
import ij.measure.Calibration;

import java.awt.Rectangle;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One pair of images and what is to be compared of it: the {@code request} of a run. */
final class Comparison {

	private final ImagePlus image1;
	private final ImagePlus image2;
	private final String name1;
	private final String name2;
	private final List<Region> regions;
	/** Regions of some of the planes that are compared apart from these, and only drawn here. */
	private final List<Region> drawn;
	/** False where the planes are only drawn: each region has rows of its own elsewhere. */
	private final boolean rows;
	private final Settings settings;
	/** Null where nobody asked for a plan: the planes that are shown, or all of one channel. */
	private final Group.Part part;
	final Planes planes1;
	final Planes planes2;
	/** Null where there are none. */
	final Planes labels;
	/** Null where there is none. */
	final Planes mask;

	Comparison(final ImagePlus image1, final ImagePlus image2, final String name1, final String name2,
		final List<Region> regions, final boolean allPlanes, final Settings settings)
	{
		this.image1 = image1;
		this.image2 = image2;
		this.name1 = name1;
		this.name2 = name2;
		this.regions = regions;
		this.drawn = Collections.emptyList();
		this.rows = true;
		this.settings = settings;
		this.part = null;
		this.planes1 = allPlanes ? Planes.all(image1) : Planes.current(image1);
		this.planes2 = allPlanes ? Planes.all(image2) : Planes.current(image2);
		this.labels = beside(settings.labels);
		this.mask = beside(settings.mask);
	}

	/**
	 * The planes that Python put together.
	 *
	 * @param regions those that have rows here
	 * @param drawn those that the pictures have and the rows not, or that the background is the mean of
	 */
	Comparison(final ImagePlus image1, final ImagePlus image2, final List<Region> regions, final List<Region> drawn,
		final Group.Part part, final Settings settings)
	{
		this.image1 = image1;
		this.image2 = image2;
		this.name1 = image1.getTitle();
		this.name2 = image2.getTitle();
		this.regions = regions;
		this.drawn = drawn;
		this.rows = part.rows;
		this.settings = settings;
		this.part = part;
		this.planes1 = Planes.at(image1, part.first);
		this.planes2 = Planes.at(image2, part.second);
		this.labels = beside(settings.labels);
		this.mask = beside(settings.mask);
	}

	/** The planes that are shown. */
	static Comparison ofCurrentPlanes(final ImagePlus image1, final ImagePlus image2, final List<Region> regions,
		final Settings settings)
	{
		return new Comparison(image1, image2, image1.getTitle(), image2.getTitle(), regions, false, settings);
	}

	private Planes beside(final SideImage side) {
		return side == null || !side.fits(image1) ? null : side.planes(image1, planes1.indices());
	}

	private boolean fits(final SideImage side) {
		return side == null || side.fits(image1);
	}

	/** Of the rows that this comparison has. */
	List<String> regionNames() {
		final List<String> names = new ArrayList<>();
		regions.forEach(region -> names.add(region.name));
		return names.isEmpty() ? Collections.singletonList(Options.WHOLE_IMAGE) : names;
	}

	/** Whether there are pixels to send. Where not, Python is told what there is and answers why. */
	boolean hasPixels() {
		return image1.getWidth() == image2.getWidth() && image1.getHeight() == image2.getHeight() && planes1
			.size() == planes2.size() && ImageFacts.isGray(image1) && ImageFacts.isGray(image2) && fits(settings.labels) && fits(settings.mask) && !box()
				.isEmpty();
	}

	/** The part that travels: what the regions cover, inside the image. A cell of a large image costs what a cell costs. */
	Rectangle box() {
		final Rectangle image = new Rectangle(image1.getWidth(), image1.getHeight());
		if (regions.isEmpty() || settings.whole()) return image;
		Rectangle covered = new Rectangle();
		for (final Region region : regions) {
			final Rectangle inside = region.bounds.intersection(image);
			if (!region.area || inside.isEmpty()) continue;
			covered = covered.isEmpty() ? inside : covered.union(inside);
		}
		return covered;
	}

	int width() {
		return image1.getWidth();
	}

	long planeBytes(final ImagePlus image) {
		return (long) box().width * box().height * (image.getBitDepth() / 8);
	}

	/** The masks of all regions, one after the other. */
	List<byte[]> masks() {
		return Stream.concat(regions.stream(), drawn.stream()).map(region -> region.mask).filter(Objects::nonNull).collect(
			Collectors.toList());
	}

	Request request() {
		return new Request(ImageFacts.of(image1, name1, planes1.size()), ImageFacts.of(image2, name2, planes2.size()),
			settings.labels == null ? null : settings.labels.info(labels == null ? 1 : labels.size()), settings.mask == null
				? null : settings.mask.info(mask == null ? 1 : mask.size()), box(box()), describeRegions(), place(), settings.terms,
			settings.inverse, settings.pictures, rows);
	}

	private Place place() {
		if (part == null) return new Place(Planes.label(planes1, planes2), Collections.<String, Object>emptyMap(), notes());
		return new Place(part.plane, part.group().place, notes());
	}

	private List<RegionInfo> describeRegions() {
		final List<RegionInfo> described = new ArrayList<>();
		long offset = 0;
		final List<Region> all = new ArrayList<>(regions);
		all.addAll(drawn);
		for (final Region region : all) {
			described.add(region.info(offset, described.size() >= regions.size()));
			if (region.mask != null) offset += region.mask.length;
		}
		return described;
	}

	private static Box box(final Rectangle r) {
		return new Box(r.x, r.y, r.width, r.height);
	}

	private List<String> notes() {
		final List<String> notes = new ArrayList<>();
		note(notes, image1, name1, planes1);
		// An image that is compared with itself has its notes once.
		if (image2 != image1) note(notes, image2, name2, planes2);
		if (part != null) notes.addAll(part.notes);
		return notes;
	}

	private void note(final List<String> notes, final ImagePlus image, final String name, final Planes planes) {
		final Calibration calibration = image.getCalibration();
		if (calibration.calibrated() && !ImageFacts.isSigned(image)) notes.add("\"" + name + "\" has a calibration function (" + calibration
			.getValueUnit() + "): raw pixel values were compared");
		if (part != null) {
			// A region that is tied to some of the planes says so itself.
			final Group group = part.group();
			final List<String> only = Planes.at(image, planes == planes1 ? group.first : group.second).only(group.place.keySet());
			if (!only.isEmpty()) notes.add("of \"" + name + "\" " + String.join(", ", only));
		}
		else if (planes.size() > 1 && image.getNChannels() > 1) notes.add("\"" + name + "\" has " + image.getNChannels() +
			" channels: all planes of channel " + image.convertIndexToPosition(image.getCurrentSlice())[0] +
			" were compared");
	}
}

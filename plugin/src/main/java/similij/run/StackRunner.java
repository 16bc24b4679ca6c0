// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import similij.images.ColorView;
import similij.images.ImageFacts;
import similij.images.Planes;
import similij.images.Region;
import similij.images.Regions;
import similij.options.Options;
import similij.wire.Backend;
import similij.wire.BackendException;
import similij.wire.Check;
import similij.wire.Group;
import similij.wire.Missing;
import similij.wire.Request;
import similij.wire.Row;
import similij.wire.Tied;

import ij.ImagePlus;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/** Compares two images, or one with itself: the planes that they show, or those that Python puts together. */
final class StackRunner {

	private final Backend backend;
	private final ImagePlus shown1;
	private final ImagePlus shown2;
	/** As they are compared: those that are shown, or gray views of them. */
	private final ImagePlus image1;
	private final ImagePlus image2;
	private final Options options;
	private final Consumer<List<Row>> show;
	/** Compared with itself: Python then knows of one image only. */
	private final boolean alone;
	/** What the comparisons share; Python names the run with its first answer. */
	private Settings settings;

	/**
	 * @param image2 null where image 1 is compared with itself
	 * @param show receives the rows of a group as soon as it is done
	 */
	StackRunner(final Backend backend, final ImagePlus image1, final ImagePlus image2, final Options options,
		final Settings settings, final Consumer<List<Row>> show)
	{
		this.backend = backend;
		this.shown1 = image1;
		this.shown2 = image2 == null ? image1 : image2;
		final String color = options.words.get("color");
		this.image1 = ColorView.of(shown1, color);
		this.image2 = shown2 == shown1 ? this.image1 : ColorView.of(shown2, color);
		this.options = options;
		this.settings = settings;
		this.show = show;
		this.alone = image2 == null || image2 == image1 && options.comparesParts();
	}

	/** All rows, and the pictures. */
	List<Row> run() throws BackendException {
		final List<Region> regions = regions();
		if (!settings.pictures) return rows(regions);
		final Request request = Comparison.ofCurrentPlanes(image1, image2, regions, settings).request();
		final Pictures pictures = Pictures.begin(backend, options.save, request);
		settings = settings.named(pictures.run());
		boolean done = false;
		try {
			final List<Row> rows = rows(regions);
			pictures.show();
			done = true;
			return rows;
		}
		finally {
			if (!done) pictures.discard();
		}
	}

	/**
	 * In words, whether the images fit and what would come of it; Python's sentence where they do not.
	 */
	String check() throws BackendException {
		final List<Region> regions = regions();
		// Not where each is tied to: of regions only their number is asked here.
		final List<Group> groups = needsPlan() ? planned().plan(Collections.<Region>emptyList()).groups : Collections
			.<Group>emptyList();
		final Comparison comparison = groups.isEmpty() ? Comparison.ofCurrentPlanes(image1, image2, regions, settings)
			: new Comparison(image1, image2, regions, Collections.<Region>emptyList(), groups.get(0).parts.get(0), settings);
		return new Check(comparison.request(), Math.max(1, groups.size()), Math.max(1, regions.size()) + (settings.inverse ? 1
			: 0)).ask(backend);
	}

	private List<Region> regions() throws BackendException {
		final List<Region> regions = Regions.of(options, shown1, shown2);
		// Red, green and blue are channels here only. Which of them a ROI on the one plane of an RGB image is tied to makes no
		// sense; but the channels of a hyperstack that is compared with it do.
		final boolean colors = ColorView.hasColors(image1) || ColorView.hasColors(image2) && shown1.getNChannels() == 1;
		final boolean stack = shown1.getStackSize() > 1 || shown2.getStackSize() > 1;
		return colors ? Region.inAllChannels(regions, stack) : regions;
	}

	/** Whether Python says which planes make which rows: of options of stacks, and of red, green and blue. */
	private boolean needsPlan() {
		return options.needsPlan() || ColorView.hasColors(image1) || ColorView.hasColors(image2);
	}

	private PlannedRunner planned() {
		return new PlannedRunner(backend, image1, image2, alone, settings);
	}

	private List<Row> rows(final List<Region> regions) throws BackendException {
		return needsPlan() ? planned().run(regions, show) : rowsOfCurrentPlanes(regions);
	}

	private List<Row> rowsOfCurrentPlanes(final List<Region> regions) throws BackendException {
		List<Region> here = regions;
		List<Missing> missing = Collections.emptyList();
		// One message is all that most comparisons take: which planes an ROI is on is asked where one is tied to any.
		if (regions.stream().anyMatch(region -> region.position.isTied())) {
			final Tied.Answer tied = new Tied(ImageFacts.of(image1, image1.getTitle(), 1), Planes.position(image1, image1
				.getCurrentSlice()), alone ? null : ImageFacts.of(image2, image2.getTitle(), 1), alone ? null : Planes.position(
					image2, image2.getCurrentSlice()), Region.positions(regions)).ask(backend);
			here = PlannedRunner.chosen(regions, tied.here);
			missing = tied.missing;
		}
		final List<Row> rows = new ArrayList<>();
		// Without any region the whole image would be compared, which nobody asked for.
		if (!here.isEmpty() || missing.isEmpty() || settings.inverse) rows.addAll(new Runner(backend).run(Comparison
			.ofCurrentPlanes(image1, image2, here, settings)));
		rows.addAll(planned().rowsOf(missing, regions, null));
		show.accept(rows);
		return rows;
	}
}

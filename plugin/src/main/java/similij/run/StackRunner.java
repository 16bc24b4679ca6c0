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
import similij.wire.CancelledException;
import similij.wire.Check;
import similij.wire.Group;
import similij.wire.Place;
import similij.wire.Plan;
import similij.wire.Request;
import similij.wire.Row;
import similij.wire.Tied;

import ij.IJ;
import ij.ImagePlus;
import ij.Macro;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Compares two stacks, or one with itself, group of planes by group of planes: Python says which planes and which regions
 * make which rows, and each part is a comparison of its own. What one part cannot do becomes a row with the reason.
 */
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
		final List<Group> groups = needsPlan() ? plan(Collections.<Region>emptyList()).groups : Collections
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

	private List<Row> rows(final List<Region> regions) throws BackendException {
		return needsPlan() ? plannedRows(regions) : rowsOfCurrentPlanes(regions);
	}

	private List<Row> rowsOfCurrentPlanes(final List<Region> regions) throws BackendException {
		List<Region> here = regions;
		String problem = null;
		// One message is all that most comparisons take: which planes an ROI is on is asked where one is tied to any.
		if (regions.stream().anyMatch(region -> region.position.isTied())) {
			final Tied.Answer tied = new Tied(ImageFacts.of(image1, image1.getTitle(), 1), Planes.position(image1, image1
				.getCurrentSlice()), Region.positions(regions), settings.inverse).ask(backend);
			here = chosen(regions, tied.here);
			problem = tied.problem;
		}
		final Comparison comparison = Comparison.ofCurrentPlanes(image1, image2, here, settings);
		final List<Row> rows = problem == null ? new Runner(backend).run(comparison) : comparison.request().problem(
			options.region, problem).ask(backend);
		show.accept(rows);
		return rows;
	}

	private List<Row> plannedRows(final List<Region> regions) throws BackendException {
		final Plan.Answer plan = plan(regions);
		settings = settings.named(plan.runId);
		final List<Group> groups = plan.groups;
		final Progress progress = new Progress(groups.stream().mapToInt(Group::size).sum());
		final List<Row> rows = new ArrayList<>();
		try {
			for (final Group group : groups) {
				final List<Row> fresh = rowsOf(group, regions, progress, groups.size() == 1);
				show.accept(fresh);
				progress.done(group.size(), fresh.size());
				rows.addAll(fresh);
			}
			if (plan.problem != null) {
				final Group first = groups.get(0);
				final Place place = groups.size() > 1 ? Place.NONE : new Place(first.plane, first.place, Collections
					.<String>emptyList());
				rows.addAll(Comparison.ofCurrentPlanes(image1, image2, regions, settings).request().problem(options.region,
					plan.problem, place).ask(backend));
				show.accept(rows);
			}
		}
		finally {
			IJ.showProgress(1.0);
		}
		return rows;
	}

	/** The rows of a group, in the order of the regions; behind them that of the background. */
	private List<Row> rowsOf(final Group group, final List<Region> regions, final Progress progress, final boolean only)
		throws BackendException
	{
		final Map<Integer, Row> sorted = new TreeMap<>();
		final List<Row> unsorted = new ArrayList<>();
		for (final Group.Part part : group.parts) {
			final List<Row> rows = rowsOf(comparison(part, regions), progress, only && group.parts.size() == 1);
			// Labels have rows of which only Python knows how many: they come without regions, so in one part.
			if (regions.isEmpty()) unsorted.addAll(rows);
			else for (int k = 0; k < rows.size(); k++)
				sorted.put(k < part.regions.length ? part.regions[k] : regions.size(), rows.get(k));
		}
		unsorted.addAll(sorted.values());
		return unsorted;
	}

	private Comparison comparison(final Group.Part part, final List<Region> regions) {
		return new Comparison(image1, image2, chosen(regions, part.regions), chosen(regions, part.drawn), part, part.apart
			? settings.apart() : settings);
	}

	private static List<Region> chosen(final List<Region> regions, final int[] places) {
		return IntStream.of(places).mapToObj(regions::get).collect(Collectors.toList());
	}

	/** The rows of a part, whatever happens; only Esc gets through, and what would happen to every other one too. */
	private List<Row> rowsOf(final Comparison comparison, final Progress progress, final boolean only)
		throws BackendException
	{
		try {
			return new Runner(backend).run(comparison, progress);
		}
		catch (final CancelledException e) {
			throw e;
		}
		catch (final BackendException e) {
			if (only || !comparison.hasPixels()) throw e;
			if (e.details() != null) System.err.println(e.details());
			return problem(comparison, e.getMessage());
		}
		catch (final RuntimeException | OutOfMemoryError e) {
			if (only || Macro.MACRO_CANCELED.equals(e.getMessage())) throw e;
			e.printStackTrace();
			return problem(comparison, "ImageJ could not compare it (" + e + "): the Console has the details.");
		}
	}

	private List<Row> problem(final Comparison comparison, final String reason) throws BackendException {
		final Request request = comparison.request();
		final List<Row> rows = new ArrayList<>();
		for (final String region : comparison.regionNames())
			rows.addAll(request.problem(region, reason).ask(backend));
		return rows;
	}

	private Plan.Answer plan(final List<Region> regions) throws BackendException {
		return new Plan(ImageFacts.of(image1, image1.getTitle(), image1.getStackSize()), alone ? null : ImageFacts.of(image2,
			image2.getTitle(), image2.getStackSize()), Planes.position(image1, image1.getCurrentSlice()), alone ? null : Planes
				.position(image2, image2.getCurrentSlice()), Region.positions(regions), settings.inverse, settings.pictures,
			settings.terms).ask(backend);
	}
}

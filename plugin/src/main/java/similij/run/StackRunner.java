// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import similij.images.ImageFacts;
import similij.images.Planes;
import similij.images.Region;
import similij.images.Regions;
import similij.options.Options;
import similij.wire.Backend;
import similij.wire.BackendException;
import similij.wire.CancelledException;
import similij.wire.Group;
import similij.wire.Protocol;
import similij.wire.Row;

import ij.IJ;
import ij.ImagePlus;
import ij.Macro;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Compares two stacks, or one with itself, group of planes by group of planes: Python says which planes make which rows,
 * and each group is a comparison of its own. What one group cannot do becomes a row with the reason.
 */
public final class StackRunner {

	private final Backend backend;
	private final ImagePlus image1;
	private final ImagePlus image2;
	private final Options options;
	private final Settings settings;
	private final Consumer<List<Row>> show;
	/** Compared with itself: Python then knows of one image only. */
	private final boolean alone;

	/**
	 * @param image2 null where image 1 is compared with itself
	 * @param show receives the rows of a group as soon as it is done
	 */
	StackRunner(final Backend backend, final ImagePlus image1, final ImagePlus image2, final Options options,
		final Settings settings, final Consumer<List<Row>> show)
	{
		this.backend = backend;
		this.image1 = image1;
		this.image2 = image2 == null ? image1 : image2;
		this.options = options;
		this.settings = settings;
		this.show = show;
		this.alone = image2 == null || image2 == image1 && (options.channels != null || options.againstFrames());
	}

	/** All rows, and the pictures. */
	List<Row> run() throws BackendException {
		final List<Region> regions = Regions.of(options, image1, image2);
		if (!settings.pictures) return rows(regions);
		final Map<String, Object> request = Comparison.ofCurrentPlanes(image1, image2, regions, settings).request();
		final Pictures pictures = Pictures.begin(backend, settings, options, request);
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
		final List<Region> regions = Regions.of(options, image1, image2);
		final List<Group> groups = options.needsPlan() ? Group.of(Protocol.ask(backend, plan())) : Collections
			.<Group>emptyList();
		final Comparison comparison = groups.isEmpty() ? Comparison.ofCurrentPlanes(image1, image2, regions, settings)
			: new Comparison(image1, image2, regions, groups.get(0), settings);
		final Map<String, Object> message = Protocol.message("check");
		message.put("request", comparison.request());
		message.put("groups", Math.max(1, groups.size()));
		message.put("regions", Math.max(1, regions.size()) + (settings.inverse ? 1 : 0));
		return Protocol.ask(backend, message).get("words").toString();
	}

	private List<Row> rows(final List<Region> regions) throws BackendException {
		final List<Row> rows = new ArrayList<>();
		if (!options.needsPlan()) {
			final int shown = image1.getCurrentSlice();
			final List<Region> here = new ArrayList<>(regions);
			here.removeIf(region -> !region.position.isOn(image1, shown));
			final Comparison comparison = Comparison.ofCurrentPlanes(image1, image2, here, settings);
			if (here.isEmpty() && !regions.isEmpty() && !settings.inverse) rows.addAll(tiedElsewhere(comparison.request(), regions));
			else rows.addAll(new Runner(backend).run(comparison));
			show.accept(rows);
			return rows;
		}
		final List<Group> groups = Group.of(Protocol.ask(backend, plan()));
		final Progress progress = new Progress(groups.stream().mapToInt(Group::size).sum());
		try {
			for (final Group group : groups) {
				final List<Row> fresh = rowsOf(group, regions, progress, groups.size() == 1);
				show.accept(fresh);
				progress.done(group.size(), fresh.size());
				rows.addAll(fresh);
			}
			if (rows.isEmpty() && !regions.isEmpty()) {
				final Map<String, Object> request = new Comparison(image1, image2, regions, groups.get(0), settings).request();
				if (groups.size() > 1) {
					request.remove("plane");
					request.remove("place");
				}
				rows.addAll(tiedElsewhere(request, regions));
				show.accept(rows);
			}
		}
		finally {
			IJ.showProgress(1.0);
		}
		return rows;
	}

	/** The rows of a group, in the order of the regions. A region that is tied to some of its planes is compared there. */
	private List<Row> rowsOf(final Group group, final List<Region> regions, final Progress progress, final boolean only)
		throws BackendException
	{
		if (regions.isEmpty()) return rowsOf(new Comparison(image1, image2, regions, group, settings), progress, only);
		final List<Region> pooled = new ArrayList<>();
		final List<Region> tiedHere = new ArrayList<>();
		final Map<Integer, Row> sorted = new TreeMap<>();
		final List<Integer> places = new ArrayList<>();
		for (int k = 0; k < regions.size(); k++) {
			final Region region = regions.get(k);
			final int[] here = IntStream.range(0, group.size()).filter(i -> region.position.isOn(image1, group.first[i]))
				.toArray();
			if (here.length == group.size()) {
				pooled.add(region);
				places.add(k);
			}
			else if (here.length > 0) {
				tiedHere.add(region);
				final String tied = "slice only: " + region.position.words(image1);
				final Group part = group.only(here, plane(group, here), tied);
				final Comparison apart = new Comparison(image1, image2, Collections.singletonList(region), settings
					.namesBackground() ? untied(regions) : Collections.<Region>emptyList(), true, part, settings.apart());
				sorted.put(k, rowsOf(apart, progress, false).get(0));
			}
		}
		if (!pooled.isEmpty() || settings.inverse || settings.pictures) {
			// Where each region has some planes of the group only, the whole is drawn and not a row.
			final boolean any = !pooled.isEmpty() || settings.inverse;
			final Comparison comparison = new Comparison(image1, image2, pooled, settings.pictures ? tiedHere : Collections
				.<Region>emptyList(), any, group, settings);
			final List<Row> rows = rowsOf(comparison, progress, only && sorted.isEmpty());
			// The background's row comes behind those of the regions.
			places.add(regions.size());
			for (int k = 0; k < rows.size(); k++)
				sorted.put(places.get(k), rows.get(k));
		}
		return new ArrayList<>(sorted.values());
	}

	/** Those of all planes, of which one may be what the background is the mean of. */
	private static List<Region> untied(final List<Region> regions) {
		return regions.stream().filter(region -> !region.position.isTied()).collect(Collectors.toList());
	}

	/** Words for a part of a group: the plane, if it is one, else how many of them. */
	private String plane(final Group group, final int[] here) {
		if (here.length > 1) return here.length + " of " + group.size();
		final Map<String, Object> sizes = Planes.axes(Planes.sizes(image1));
		return Planes.position(image1, group.first[here[0]]).entrySet().stream().filter(axis -> !sizes.get(axis.getKey())
			.equals(1)).map(axis -> axis.getKey() + axis.getValue()).collect(Collectors.joining(" "));
	}

	/** One row that says why there is no other. */
	private List<Row> tiedElsewhere(final Map<String, Object> request, final List<Region> regions)
		throws BackendException
	{
		final Region first = regions.get(0);
		final String which = regions.size() == 1 ? first.name + " is" : "each of the " + regions.size() + " ROIs is";
		return problem(request, Collections.singletonList(options.region), which + " tied to a plane (" + first.name +
			" to " + first.position.words(image1) + ") that is not among those compared");
	}

	/** The rows of a group, whatever happens; only Esc gets through, and what would happen to every other group too. */
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
			return problem(comparison.request(), comparison.regionNames(), e.getMessage());
		}
		catch (final RuntimeException | OutOfMemoryError e) {
			if (only || Macro.MACRO_CANCELED.equals(e.getMessage())) throw e;
			e.printStackTrace();
			return problem(comparison.request(), comparison.regionNames(), "ImageJ could not compare it (" + e + "): the Console has the details.");
		}
	}

	private List<Row> problem(final Map<String, Object> request, final List<String> regions, final String reason)
		throws BackendException
	{
		final List<Row> rows = new ArrayList<>();
		for (final String region : regions) {
			final Map<String, Object> message = Protocol.message("problem");
			for (final String key : Arrays.asList("image_1", "image_2", "file_1", "file_2", "run_id", "rescale", "metrics", "plane",
				"place", "against", "save", "verdict"))
				message.put(key, request.get(key));
			message.put("region", region);
			message.put("error", reason);
			rows.addAll(Row.of(Protocol.ask(backend, message)));
		}
		return rows;
	}

	private Map<String, Object> plan() {
		final Map<String, Object> message = Protocol.message("plan");
		message.put("image_1", image1.getTitle());
		message.put("image_2", alone ? null : image2.getTitle());
		message.put("sizes_1", Planes.axes(Planes.sizes(image1)));
		message.put("sizes_2", alone ? null : Planes.axes(Planes.sizes(image2)));
		message.put("current_1", Planes.position(image1, image1.getCurrentSlice()));
		message.put("current_2", alone ? null : Planes.position(image2, image2.getCurrentSlice()));
		message.put("stack", options.stack.toLowerCase(Locale.ROOT));
		message.put("per", options.per == null ? "" : options.per);
		message.put("channels", options.channels == null ? "" : options.channels);
		message.put("against", options.against);
		message.put("frame_s", ImageFacts.secondsPerFrame(image1.getCalibration()));
		return message;
	}
}

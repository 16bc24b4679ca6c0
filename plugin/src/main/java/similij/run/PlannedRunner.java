// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import similij.images.ImageFacts;
import similij.images.Planes;
import similij.images.Region;
import similij.wire.Backend;
import similij.wire.BackendException;
import similij.wire.CancelledException;
import similij.wire.Group;
import similij.wire.Inert;
import similij.wire.Missing;
import similij.wire.Place;
import similij.wire.Plan;
import similij.wire.Request;
import similij.wire.Row;

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
final class PlannedRunner {

	private final Backend backend;
	private final ImagePlus image1;
	private final ImagePlus image2;
	/** Compared with itself: Python then knows of one image only. */
	private final boolean alone;
	/** What the comparisons share; Python names the run with its first answer. */
	private Settings settings;

	PlannedRunner(final Backend backend, final ImagePlus image1, final ImagePlus image2, final boolean alone,
		final Settings settings)
	{
		this.backend = backend;
		this.image1 = image1;
		this.image2 = image2;
		this.alone = alone;
		this.settings = settings;
	}

	/**
	 * All rows.
	 *
	 * @param show receives the rows of a group as soon as it is done
	 */
	List<Row> run(final List<Region> regions, final Consumer<List<Row>> show) throws BackendException {
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
			final Place where = groups.size() != 1 ? Place.NONE : new Place(groups.get(0).plane, groups.get(0).place, Collections
				.<String>emptyList());
			final List<Row> missing = rowsOf(plan.missing, regions, where);
			if (!missing.isEmpty()) show.accept(missing);
			rows.addAll(missing);
		}
		finally {
			IJ.showProgress(1.0);
		}
		return rows;
	}

	/** A row with the reason for each region that is on no plane: it was asked for, and must not vanish. */
	List<Row> rowsOf(final List<Missing> missing, final List<Region> regions, final Place where)
		throws BackendException
	{
		final List<Row> rows = new ArrayList<>();
		if (missing.isEmpty()) return rows;
		final Request request = Comparison.ofCurrentPlanes(image1, image2, regions, settings).request();
		for (final Missing one : missing) {
			final String name = regions.get(one.region).name;
			rows.addAll((where == null ? request.problem(name, one.reason) : request.problem(name, one.reason, where)).ask(
				backend));
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

	static List<Region> chosen(final List<Region> regions, final int[] places) {
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
			if (e.details() != null) System.err.println(Inert.lines(e.details()));
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

	/** Which planes and which regions make which rows. */
	Plan.Answer plan(final List<Region> regions) throws BackendException {
		return new Plan(ImageFacts.of(image1, image1.getTitle(), image1.getStackSize()), alone ? null : ImageFacts.of(image2,
			image2.getTitle(), image2.getStackSize()), Planes.position(image1, image1.getCurrentSlice()), alone ? null : Planes
				.position(image2, image2.getCurrentSlice()), Region.positions(regions), settings.inverse, settings.pictures,
			settings.terms).ask(backend);
	}
}

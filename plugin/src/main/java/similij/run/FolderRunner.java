// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import similij.images.ColorView;
import similij.images.ImageFile;
import similij.images.Region;
import similij.images.Regions;
import similij.options.FolderOptions;
import similij.wire.BackendException;
import similij.wire.CancelledException;
import similij.wire.Pair;
import similij.wire.Place;
import similij.wire.Problem;
import similij.wire.Python;
import similij.wire.Row;

import ij.IJ;
import ij.ImagePlus;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Compares two folders, pair by pair. Python says which files belong together and writes the CSV file; ImageJ opens the
 * images, in every format it reads. What cannot be compared becomes a row with the reason and never stops the run.
 */
public final class FolderRunner {

	public static final String TITLE = "Image Similarity of Two Folders";

	private final Python python;
	private final FolderOptions options;
	private final Results results;
	private final List<String> reasons = new ArrayList<>();
	/** What all pairs share; Python names the run as it pairs the files. */
	private Settings settings;
	private int rows;

	public FolderRunner(final Python python, final FolderOptions options, final Results results) {
		this.python = python;
		this.options = options;
		this.results = results;
		this.settings = new Settings(options);
	}

	public void run() throws BackendException {
		final List<Pair.Job> jobs = jobs();
		int done = 0;
		try {
			for (final Pair.Job job : jobs) {
				if (IJ.escapePressed()) throw new CancelledException(TITLE + ": cancelled after " +
					done + " of " + jobs.size() + " pairs; the rows so far are kept");
				IJ.showStatus(TITLE + ": pair " + (done + 1) + " of " + jobs.size());
				show(rowsOf(job));
				IJ.showProgress(++done, jobs.size());
			}
		}
		finally {
			IJ.showProgress(1.0);
			summarize(done);
		}
	}

	private List<Pair.Job> jobs() throws BackendException {
		final Pair.Answer pairs = new Pair(options.folder1, options.folder2, options.pair, options.rois, settings.terms).ask(
			python.current());
		settings = settings.named(pairs.runId);
		return pairs.jobs;
	}

	/** The rows of a pair, whatever happens; only Esc and a Python that cannot be started get through. */
	private List<Row> rowsOf(final Pair.Job job) throws BackendException {
		if (job.error != null) return problem(job, job.error);
		ImagePlus image1 = null;
		ImagePlus image2 = null;
		try {
			image1 = ImageFile.open(job.image1);
			image2 = ImageFile.open(job.image2);
			// Rows that are planned call images by their titles, and readers give titles of their own.
			image1.setTitle(job.name1);
			image2.setTitle(job.name2);
			final List<Region> regions = job.rois == null ? Collections.<Region>emptyList() : Regions.read(job.rois);
			if (image1.getStackSize() > 1) for (final Region region : regions)
				if (region.position.isTied()) return problem(job, region.name +
					" is tied to a plane of the stack, and two folders are compared with all planes: remove the position (ROI " +
					"Manager > Properties...), or compare this pair with Image Similarity...");
			final ImagePlus view1 = ColorView.of(image1, options.words.get("color"));
			final ImagePlus view2 = ColorView.of(image2, options.words.get("color"));
			// Of an image of one plane every ROI is on red, green and blue, whatever number of a plane it bears.
			if (ColorView.hasColors(view1) || ColorView.hasColors(view2)) return new PlannedRunner(python.current(), view1, view2,
				false, settings).run(Region.inAllChannels(regions, false), rows -> {});
			// All planes: a stack of which one plane is compared without a word would look like the whole.
			final Comparison comparison = new Comparison(view1, view2, job.name1, job.name2, regions, true, settings);
			return new Runner(python.current()).run(comparison);
		}
		catch (final CancelledException e) {
			throw e;
		}
		catch (final BackendException e) {
			if (e.details() != null) System.err.println(e.details());
			return problem(job, e.getMessage());
		}
		catch (final RuntimeException | OutOfMemoryError e) {
			e.printStackTrace();
			return problem(job, "ImageJ could not compare it (" + e + "): the Console has the details.");
		}
		finally {
			close(image1);
			close(image2);
		}
	}

	private List<Row> problem(final Pair.Job job, final String reason) throws BackendException {
		return new Problem(job.name1, job.name2, path(job.image1), path(job.image2), "", reason, Place.NONE, settings.terms)
			.ask(python.current());
	}

	private static String path(final String file) {
		return file == null ? "" : file;
	}

	private void show(final List<Row> fresh) {
		rows += fresh.size();
		fresh.stream().filter(Row::isBlank).forEach(row -> reasons.add(what(row) + ": " + row.text("note")));
		results.show(fresh);
	}

	/** The images of a row, as far as there are two, and its region. */
	private static String what(final Row row) {
		final String images = Stream.of(row.text("image_1"), row.text("image_2")).filter(name -> !name.isEmpty()).collect(
			Collectors.joining(" and "));
		return row.text("region").isEmpty() ? images : images + ", " + row.text("region");
	}

	private void summarize(final int pairs) {
		IJ.log(rows + (rows == 1 ? " row" : " rows") + " from " + pairs + (pairs == 1 ? " pair" : " pairs") + (reasons
			.isEmpty() ? "." : "; " + reasons.size() + " could not be compared:"));
		reasons.forEach(reason -> IJ.log("  " + reason));
	}

	private static void close(final ImagePlus image) {
		if (image == null) return;
		// Else ImageJ asks whether to save it.
		image.changes = false;
		image.close();
	}
}

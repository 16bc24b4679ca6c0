// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import similij.images.ColorView;
import similij.images.ImageFile;
import similij.images.OpenImages;
import similij.images.Region;
import similij.images.Regions;
import similij.images.SideImage;
import similij.options.FolderOptions;
import similij.wire.Backend;
import similij.wire.BackendException;
import similij.wire.Batch;
import similij.wire.CancelledException;
import similij.wire.Inert;
import similij.wire.Next;
import similij.wire.Pair;
import similij.wire.Place;
import similij.wire.Problem;
import similij.wire.Protocol;
import similij.wire.Python;
import similij.wire.Row;

import ij.IJ;
import ij.ImagePlus;

import java.util.Collections;
import java.util.List;

/**
 * Compares two folders, pair by pair. Python says which files belong together, reads and compares them, and writes the
 * CSV file; here its rows are shown as they come. Only a pair of a kind of file that Python has no reader for is opened
 * by ImageJ, and sent as any two images are. What cannot be compared becomes a row with the reason and never stops the
 * run.
 */
public final class FolderRunner {

	public static final String TITLE = "Image Similarity of Two Folders";

	private final Backend backend;
	private final FolderOptions options;
	private final Results results;
	/** What all pairs share; Python names the run as it begins. */
	private Settings settings;

	public FolderRunner(final Backend backend, final FolderOptions options, final Results results) {
		this.backend = backend;
		this.options = options;
		this.results = results;
		this.settings = new Settings(options, null, null, null);
	}

	/** Which pairs there are; nothing is compared, and nothing written. */
	public static Pair.Answer pairs(final Python python, final FolderOptions options) throws BackendException {
		return new Pair(options.folders()).ask(python.current());
	}

	/** All rows are in the table when this returns, and all that was asked for beside them is made. */
	public void run() throws BackendException {
		IJ.showStatus(TITLE + ": pairing...");
		final Batch.Answer batch = new Batch(options.folders()).ask(backend);
		settings = settings.named(batch.runId);
		IJ.showStatus(TITLE + ": " + batch.words);
		final Progress progress = new Progress(TITLE, "pair", batch.pairs);
		try {
			Next.Answer step;
			do {
				step = next(batch.runId, progress);
				show(step.rows, progress);
				if (step.open != null) show(rowsOf(step.open), progress);
				IJ.showStatus(TITLE + ": " + step.words);
				if (!step.end) progress.at(step.done);
				IJ.showProgress(step.done, batch.pairs + 1);
			}
			while (!step.end);
			step.notes.forEach(IJ::log);
		}
		catch (final BackendException | RuntimeException e) {
			discard(batch.runId);
			throw e;
		}
		finally {
			IJ.showProgress(1.0);
		}
	}

	/** Esc ends it at once; Python then finishes the pair that it has, whose rows are in the file. */
	private Next.Answer next(final String run, final Progress progress) throws BackendException {
		return Background.run(() -> {
			synchronized (backend) {
				return new Next(run).ask(backend);
			}
		}, progress);
	}

	/** Lets Python close the file, once it is done with the pair that it has. */
	private void discard(final String run) {
		final Thread thread = new Thread(() -> {
			synchronized (backend) {
				Protocol.forget(backend, run);
			}
		}, "SimilIJ-discard");
		thread.setDaemon(true);
		thread.start();
	}

	private void show(final List<Row> rows, final Progress progress) {
		if (rows.isEmpty()) return;
		results.show(rows);
		progress.done(0, rows.size());
	}

	/** The rows of a pair that ImageJ opens, whatever happens; only Esc gets through. */
	private List<Row> rowsOf(final Next.Job job) throws BackendException {
		ImagePlus image1 = null;
		ImagePlus image2 = null;
		try {
			image1 = ImageFile.open(job.image1, () -> backend);
			image2 = ImageFile.open(job.image2, () -> backend);
			// Rows that are planned call images by their titles, and readers give titles of their own.
			image1.setTitle(job.name1);
			image2.setTitle(job.name2);
			final List<Region> regions = job.rois == null ? Collections.<Region>emptyList() : Regions.read(job.rois);
			final ImagePlus view1 = ColorView.of(image1, options.words.get("color"));
			final ImagePlus view2 = ColorView.of(image2, options.words.get("color"));
			final Settings ofPair = new Settings(options, job.rois, beside("labels", job.labels), beside("mask", job.mask)).named(
				settings.terms.runId);
			final boolean tied = image1.getStackSize() > 1 && regions.stream().anyMatch(region -> region.position.isTied());
			final boolean colors = ColorView.hasColors(view1) || ColorView.hasColors(view2);
			// Of an image of one plane every ROI is on red, green and blue, whatever number of a plane it bears.
			if (colors || tied || options.needPlan()) return new PlannedRunner(backend, view1, view2, false, ofPair).run(colors
				? Region.inAllChannels(regions, false) : regions, rows -> {});
			// All planes: a stack of which one plane is compared without a word would look like the whole.
			final Comparison comparison = new Comparison(view1, view2, job.name1, job.name2, regions, true, ofPair);
			return new Runner(backend).run(comparison);
		}
		catch (final CancelledException e) {
			throw e;
		}
		catch (final BackendException e) {
			if (e.details() != null) System.err.println(Inert.lines(e.details()));
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

	private SideImage beside(final String key, final String path) throws BackendException {
		return path == null ? null : OpenImages.now().beside(key, path, () -> backend);
	}

	private List<Row> problem(final Next.Job job, final String reason) throws BackendException {
		return new Problem(job.name1, job.name2, job.image1, job.image2, "", reason, Place.NONE, settings.terms).ask(backend);
	}

	private static void close(final ImagePlus image) {
		if (image == null) return;
		// Else ImageJ asks whether to save it.
		image.changes = false;
		image.close();
	}
}

// SPDX-License-Identifier: BSD-2-Clause
package similij.run;

import similij.images.OpenImages;
import similij.options.Options;
import similij.wire.BackendException;
import similij.wire.CancelledException;
import similij.wire.Headline;
import similij.wire.Python;
import similij.wire.Row;

import ij.IJ;
import ij.ImagePlus;

import java.io.File;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The one way from two images and options to rows; dialog, macro and SciJava command all come here. */
public final class Similarity {

	public static final String TITLE = "Image Similarity";
	/** In the folder that {@code save} names. */
	private static final String ROWS = "similarity.csv";
	private static final String INCOMPLETE = "the run was cancelled, so rows are missing";

	private Similarity() {}

	/** The images that the options name; the second is null where the first is compared with itself. */
	public static ImagePlus[] pair(final Options options) throws BackendException {
		final OpenImages now = OpenImages.now();
		return options.withItself() ? new ImagePlus[] { now.one(options.image1), null } : now.pair(options.image1,
			options.image2);
	}

	/** In words, whether a comparison with these options can be made; see {@link StackRunner#check}. */
	public static String check(final Python python, final Options options) throws BackendException {
		final ImagePlus[] pair = pair(options);
		return new StackRunner(python.current(), pair[0], pair[1], options, settings(options, python), rows -> {}).check();
	}

	/**
	 * Compares two images; the results have the rows when this returns.
	 *
	 * @param python that answers
	 * @param image2 null where image 1 is compared with itself
	 */
	public static List<Row> compare(final Python python, final ImagePlus image1, final ImagePlus image2,
		final Options options, final Results results) throws BackendException
	{
		IJ.showStatus(TITLE + "...");
		final Set<String> runs = new HashSet<>();
		final List<Row> rows;
		try {
			rows = new StackRunner(python.current(), image1, image2, options, settings(options, python), fresh -> {
				fresh.forEach(row -> runs.add(row.text("run")));
				results.show(fresh);
			}).run();
		}
		catch (final CancelledException e) {
			if (!e.rowsAreComplete) runs.forEach(run -> results.remark(run, INCOMPLETE));
			throw e;
		}
		tell(python, rows);
		return rows;
	}

	/** The numbers in the status bar: what is asked for is read there, also where pictures now lie on the table. */
	static void tell(final Python python, final List<Row> rows) throws BackendException {
		if (Pictures.hasWindows() && !rows.isEmpty()) IJ.showStatus(new Headline(rows).ask(python.current()));
	}

	/** What the comparisons of a run with these options share. */
	static Settings settings(final Options options, final Python python) throws BackendException {
		final OpenImages open = OpenImages.now();
		final String rows = options.save == null ? null : new File(options.save, ROWS).getPath();
		return new Settings(options, rows, open.beside("labels", options.labels, python), open.beside(
			"mask", options.mask, python));
	}
}

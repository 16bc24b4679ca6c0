// SPDX-License-Identifier: BSD-2-Clause
package similij;

import ij.IJ;
import ij.ImagePlus;
import ij.Macro;
import ij.macro.Interpreter;
import ij.plugin.PlugIn;

import java.awt.GraphicsEnvironment;
import java.io.File;
import java.util.List;

/**
 * <i>Analyze ▸ Colocalization ▸ Image Similarity...</i>: how alike are two images, or regions of them?
 * <p>
 * From a macro: {@code run("Image Similarity...", "image_1=[a] image_2=[b]")}. Every key has a default, and no window
 * is needed.
 * </p>
 */
public class Image_Similarity implements PlugIn {

	static final String TITLE = "Image Similarity";
	/** In the folder that {@code save} names. */
	private static final String ROWS = "similarity.csv";
	private static final String INCOMPLETE = "the run was cancelled, so rows are missing";

	@Override
	public void run(final String arg) {
		Report.around(TITLE, () -> {
			final OpenImages open = OpenImages.now();
			final String macro = Macro.getOptions();
			final boolean ask = macro == null && !GraphicsEnvironment.isHeadless();
			final Options options = ask ? SimilarityDialog.ask(open) : Options.parse(macro, Image_Similarity::variable);
			if (options == null) return;
			final ImagePlus[] pair = pair(options);
			compare(pair[0], pair[1], options);
		});
	}

	/** The images that the options name; the second is null where the first is compared with itself. */
	private static ImagePlus[] pair(final Options options) throws BackendException {
		final OpenImages now = OpenImages.now();
		return options.withItself() ? new ImagePlus[] { now.one(options.image1), null } : now.pair(options.image1,
			options.image2);
	}

	/** In words, whether a comparison with these options can be made; see {@link StackRunner#check}. */
	static String check(final Options options) throws BackendException {
		final ImagePlus[] pair = pair(options);
		return new StackRunner(Backends.current(), pair[0], pair[1], options, settings(options), rows -> {}).check();
	}

	/**
	 * The one way from two images to rows, which are in the table when this returns; the dialog, the macro and the command
	 * all come here.
	 *
	 * @param image2 null where image 1 is compared with itself
	 */
	static List<Row> compare(final ImagePlus image1, final ImagePlus image2, final Options options)
		throws BackendException
	{
		IJ.showStatus(TITLE + "...");
		final Settings settings = settings(options);
		final List<Row> rows;
		try {
			rows = new StackRunner(Backends.current(), image1, image2, options, settings, Rows::show).run();
		}
		catch (final CancelledException e) {
			Rows.remark(settings.run, INCOMPLETE);
			throw e;
		}
		IJ.showStatus(TITLE + ": " + rows.size() + (rows.size() == 1 ? " row" : " rows"));
		return rows;
	}

	/** What the comparisons of a run with these options share. */
	static Settings settings(final Options options) throws BackendException {
		final OpenImages open = OpenImages.now();
		final String rows = options.save == null ? null : new File(options.save, ROWS).getPath();
		return new Settings(options, rows, open.beside("labels", options.labels), open.beside("mask", options.mask));
	}

	/** The value of a macro's variable, or null. */
	static String variable(final String name) {
		final Interpreter macro = Interpreter.getInstance();
		return macro == null ? null : macro.getVariableAsString(name);
	}
}

// SPDX-License-Identifier: BSD-2-Clause
package similij;

import similij.images.OpenImages;
import similij.options.MatrixOptions;
import similij.options.Options;
import similij.python.Backends;
import similij.run.MatrixRunner;
import similij.run.Results;
import similij.ui.Form;
import similij.ui.Recording;
import similij.ui.Report;
import similij.ui.Rows;
import similij.wire.BackendException;

import ij.Macro;
import ij.plugin.PlugIn;

import java.awt.GraphicsEnvironment;
import java.util.Map;

/**
 * <i>Analyze ▸ Colocalization ▸ Image Similarity Matrix...</i>: all open images, or those of a folder, each with each.
 * <p>
 * From a macro: {@code run("Image Similarity Matrix...", "folder=[replicates] save=[matrix]")}.
 * </p>
 */
public class Image_Similarity_Matrix implements PlugIn {

	/** Of the docs, which Help opens. */
	private static final String PAGE = "many-images";

	@Override
	public void run(final String arg) {
		Report.around(MatrixRunner.TITLE, () -> {
			final String macro = Macro.getOptions();
			final boolean ask = macro == null && !GraphicsEnvironment.isHeadless();
			final MatrixOptions options = ask ? ask() : MatrixOptions.parse(macro, Image_Similarity::variable);
			// Macros read Results; who fills in the dialog has other measurements there, and hundreds of pairs would bury them.
			final Results results = ask ? Rows.in(MatrixRunner.TITLE) : Rows.TABLE;
			if (options != null) new MatrixRunner(Backends.current(), options, OpenImages.now(), results).run();
		});
	}

	private static MatrixOptions ask() throws BackendException {
		final Map<String, String> given = Form.ask(MatrixRunner.TITLE, MatrixOptions.TABLE, PAGE);
		if (given == null) return null;
		// A chosen ROI file says where the regions come from.
		if (!given.get("roi_file").isEmpty() && given.get("region").equals(Options.WHOLE_IMAGE)) given.remove("region");
		final MatrixOptions options = new MatrixOptions(given::get);
		Recording.record(options.recorded());
		return options;
	}
}

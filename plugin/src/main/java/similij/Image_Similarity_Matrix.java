// SPDX-License-Identifier: BSD-2-Clause
package similij;

import similij.images.OpenImages;
import similij.options.MatrixOptions;
import similij.options.OptionTable;
import similij.options.Options;
import similij.python.Backends;
import similij.run.MatrixRunner;
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

	private static final String HELP = "<html><body style='width:480px'>" +
		"<p>Compares each of many images with each other one: a row for each pair, a matrix in which similar images stand " +
		"side by side, a map on which they lie close together, and the odd ones out, named in the Log.</p>" +
		"<p>All images must have the same width and height.</p><p><b>Keys for macros:</b></p>" + OptionTable.MATRIX.html() +
		"</body></html>";

	@Override
	public void run(final String arg) {
		Report.around(MatrixRunner.TITLE, () -> {
			final String macro = Macro.getOptions();
			final boolean ask = macro == null && !GraphicsEnvironment.isHeadless();
			final MatrixOptions options = ask ? ask() : MatrixOptions.parse(macro, Image_Similarity::variable);
			if (options != null) new MatrixRunner(Backends.current(), options, OpenImages.now(), Rows.TABLE).run();
		});
	}

	private static MatrixOptions ask() throws BackendException {
		final Map<String, String> given = Form.ask(MatrixRunner.TITLE, MatrixOptions.TABLE, HELP);
		if (given == null) return null;
		// A chosen ROI file says where the regions come from.
		if (!given.get("roi_file").isEmpty() && given.get("region").equals(Options.WHOLE_IMAGE)) given.remove("region");
		final MatrixOptions options = new MatrixOptions(given::get);
		Recording.record(options.recorded());
		return options;
	}
}

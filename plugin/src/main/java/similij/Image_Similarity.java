// SPDX-License-Identifier: BSD-2-Clause
package similij;

import similij.images.OpenImages;
import similij.options.Options;
import similij.python.Backends;
import similij.run.Similarity;
import similij.ui.Report;
import similij.ui.Rows;
import similij.ui.SimilarityDialog;

import ij.ImagePlus;
import ij.Macro;
import ij.macro.Interpreter;
import ij.plugin.PlugIn;

import java.awt.GraphicsEnvironment;

/**
 * <i>Analyze ▸ Colocalization ▸ Image Similarity...</i>: how alike are two images, or regions of them?
 * <p>
 * From a macro: {@code run("Image Similarity...", "image_1=[a] image_2=[b]")}. Every key has a default, and no window
 * is needed.
 * </p>
 */
public class Image_Similarity implements PlugIn {

	@Override
	public void run(final String arg) {
		Report.around(Similarity.TITLE, () -> {
			final OpenImages open = OpenImages.now();
			final String macro = Macro.getOptions();
			final boolean ask = macro == null && !GraphicsEnvironment.isHeadless();
			final Options options = ask ? SimilarityDialog.ask(open) : Options.parse(macro, Image_Similarity::variable);
			if (options == null) return;
			final ImagePlus[] pair = Similarity.pair(options);
			Similarity.compare(Backends::current, pair[0], pair[1], options, Rows.TABLE);
		});
	}

	/** The value of a macro's variable, or null. */
	static String variable(final String name) {
		final Interpreter macro = Interpreter.getInstance();
		return macro == null ? null : macro.getVariableAsString(name);
	}
}

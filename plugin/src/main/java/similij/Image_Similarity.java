// SPDX-License-Identifier: BSD-2-Clause
package similij;

import ij.IJ;
import ij.ImagePlus;
import ij.Macro;
import ij.macro.Interpreter;
import ij.plugin.PlugIn;

import java.awt.GraphicsEnvironment;
import java.util.List;

/**
 * <i>Analyze ▸ Colocalization ▸ Image Similarity...</i>: how alike are two images, or regions of them?
 * <p>
 * From a macro: {@code run("Image Similarity...", "image_1=[a] image_2=[b] region=[Whole image] stack=[Current plane]
 * rescale=None")}. Every key has a default, and no window is needed.
 * </p>
 */
public class Image_Similarity implements PlugIn {

	static final String TITLE = "Image Similarity";

	@Override
	public void run(final String arg) {
		Report.around(TITLE, () -> {
			final OpenImages open = OpenImages.now();
			final String macro = Macro.getOptions();
			final boolean ask = macro == null && !GraphicsEnvironment.isHeadless();
			final Options options = ask ? SimilarityDialog.ask(open) : Options.parse(macro, Image_Similarity::variable);
			if (options == null) return;
			final OpenImages now = OpenImages.now();
			final ImagePlus[] pair = options.withItself() ? new ImagePlus[] { now.one(options.image1), null } : now.pair(
				options.image1, options.image2);
			compare(pair[0], pair[1], options);
		});
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
		final List<Row> rows = new StackRunner(Backends.current(), image1, image2, options, Rows::show).run();
		IJ.showStatus(TITLE + ": " + rows.size() + (rows.size() == 1 ? " row" : " rows"));
		return rows;
	}

	/** The value of a macro's variable, or null. */
	static String variable(final String name) {
		final Interpreter macro = Interpreter.getInstance();
		return macro == null ? null : macro.getVariableAsString(name);
	}
}

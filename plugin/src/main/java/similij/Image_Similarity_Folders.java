// SPDX-License-Identifier: BSD-2-Clause
package similij;

import similij.options.FolderOptions;
import similij.python.Backends;
import similij.run.FolderRunner;
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
 * <i>Analyze ▸ Colocalization ▸ Image Similarity of Two Folders...</i>: pairs the images of two folders by name and
 * compares each pair, outlined region by outlined region.
 * <p>
 * From a macro: {@code run("Image Similarity of Two Folders...", "folder_1=[] folder_2=[] pair=[{id}__] rescale=None
 * save=[results.csv]")}.
 * </p>
 */
public class Image_Similarity_Folders implements PlugIn {

	/** Of the docs, which Help opens. */
	private static final String PAGE = "two-folders";

	@Override
	public void run(final String arg) {
		Report.around(FolderRunner.TITLE, () -> {
			final String macro = Macro.getOptions();
			final boolean ask = macro == null && !GraphicsEnvironment.isHeadless();
			final FolderOptions options = ask ? ask() : FolderOptions.parse(macro, Image_Similarity::variable);
			if (options != null) new FolderRunner(Backends::current, options, Rows.TABLE).run();
		});
	}

	private static FolderOptions ask() throws BackendException {
		final Map<String, String> given = Form.ask(FolderRunner.TITLE, FolderOptions.TABLE, PAGE);
		if (given == null) return null;
		final FolderOptions options = new FolderOptions(given::get);
		Recording.record(options.recorded());
		return options;
	}
}

// SPDX-License-Identifier: BSD-2-Clause
package similij;

import similij.options.FolderOptions;
import similij.options.OptionTable;
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

	private static final String HELP = "<html><body style='width:480px'>" +
		"<p>Images of the two folders belong together when their names share what the pattern calls <b>{id}</b>: with " +
		"<code>{id}__</code> all that stands before the first two underscores. Of each image of folder 1 the outlines in " +
		"<code>&lt;name&gt;_roi.zip</code> are compared, else the whole image.</p>" +
		"<p>A pair that cannot be compared becomes a row with the reason; nothing stops the run but Esc.</p>" +
		"<p><b>Keys for macros:</b></p>" + OptionTable.FOLDERS.html() + "</body></html>";

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
		final Map<String, String> given = Form.ask(FolderRunner.TITLE, FolderOptions.TABLE, HELP);
		if (given == null) return null;
		final FolderOptions options = new FolderOptions(given::get);
		Recording.record(options.recorded());
		return options;
	}
}

// SPDX-License-Identifier: BSD-2-Clause
package similij;

import similij.options.FolderOptions;
import similij.python.Backends;
import similij.run.FolderRunner;
import similij.run.Results;
import similij.ui.FolderDialog;
import similij.ui.Report;
import similij.ui.Rows;

import ij.Macro;
import ij.macro.Interpreter;
import ij.plugin.PlugIn;

import java.awt.GraphicsEnvironment;

/**
 * <i>Analyze ▸ Colocalization ▸ Image Similarity of Two Folders...</i>: pairs the images of two folders by name and
 * compares each pair, outlined region by outlined region.
 * <p>
 * From a macro: {@code run("Image Similarity of Two Folders...", "folder_1=[] folder_2=[] pair=[{id}__] rescale=None
 * save=[results.csv]")}.
 * </p>
 */
public class Image_Similarity_Folders implements PlugIn {

	@Override
	public void run(final String arg) {
		Report.around(FolderRunner.TITLE, () -> {
			final String macro = Macro.getOptions();
			final boolean ask = macro == null && !GraphicsEnvironment.isHeadless();
			final FolderOptions options = ask ? FolderDialog.ask() : FolderOptions.parse(macro, Image_Similarity::variable);
			if (options == null) return;
			// A macro reads Results, also one whose user fills in the dialog.
			final boolean byMacro = macro != null || Interpreter.getInstance() != null;
			final Results results = byMacro || GraphicsEnvironment.isHeadless() ? Rows.TABLE : Rows.in(FolderRunner.TITLE);
			new FolderRunner(Backends.current(), options, results).run();
		});
	}
}

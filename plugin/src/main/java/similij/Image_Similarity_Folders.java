// SPDX-License-Identifier: BSD-2-Clause
package similij;

import similij.options.FolderOptions;
import similij.options.OptionTable;
import similij.options.Options;
import similij.run.FolderRunner;
import similij.ui.Recording;
import similij.ui.Report;
import similij.ui.Rows;
import similij.wire.BackendException;

import ij.Macro;
import ij.gui.GenericDialog;
import ij.plugin.PlugIn;

import java.awt.Choice;
import java.awt.GraphicsEnvironment;
import java.awt.TextField;
import java.util.List;

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
			if (options != null) new FolderRunner(options, Rows.TABLE).run();
		});
	}

	private static FolderOptions ask() throws BackendException {
		final GenericDialog dialog = new GenericDialog(FolderRunner.TITLE);
		dialog.addDirectoryField("Folder_1", "", 35);
		dialog.addDirectoryField("Folder_2", "", 35);
		dialog.addStringField("Pair", FolderOptions.PAIR, 15);
		dialog.addStringField("ROIs", FolderOptions.ROIS, 15);
		dialog.addChoice("Rescale", Options.RESCALES.toArray(new String[0]), Options.RESCALES.get(0));
		dialog.addFileField("Save (CSV)", "", 35);
		dialog.addHelp(HELP);
		dialog.showDialog();
		if (dialog.wasCanceled()) {
			Recording.nothing();
			return null;
		}

		// Read from the fields themselves: getNextString() would record them too.
		final List<?> fields = dialog.getStringFields();
		final FolderOptions options = new FolderOptions(text(fields, 0), text(fields, 1), text(fields, 2), text(fields, 3),
			((Choice) dialog.getChoices().get(0)).getSelectedItem(), text(fields, 4));
		Recording.record(options.recorded());
		return options;
	}

	private static String text(final List<?> fields, final int index) {
		final String text = ((TextField) fields.get(index)).getText().trim().replace('\\', '/');
		return text.isEmpty() ? null : text;
	}
}

// SPDX-License-Identifier: BSD-2-Clause
package similij;

import similij.images.OpenImages;
import similij.options.MatrixOptions;
import similij.options.OptionTable;
import similij.options.Options;
import similij.python.Backends;
import similij.run.MatrixRunner;
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
import java.util.HashMap;
import java.util.List;
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

	/** In the order of the fields. */
	private static final String[] TEXTS = { "images", "folder", "roi_file", "metrics", "save" };
	private static final String[] CHOICES = { "stack", "region", "rescale" };

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
		final OptionTable table = OptionTable.MATRIX;
		final GenericDialog dialog = new GenericDialog(MatrixRunner.TITLE);
		dialog.addStringField(field("images"), "", 35);
		dialog.addMessage("Empty: all gray images that are open. Or those of a folder:");
		dialog.addDirectoryField(field("folder"), "", 35);
		dialog.addChoice(field("stack"), MatrixOptions.STACKS.toArray(new String[0]), MatrixOptions.STACKS.get(0));
		dialog.addChoice(field("region"), MatrixOptions.REGIONS.toArray(new String[0]), MatrixOptions.REGIONS.get(0));
		dialog.addFileField(field("roi_file"), "", 35);
		dialog.addChoice(field("rescale"), Options.RESCALES.toArray(new String[0]), Options.RESCALES.get(0));
		dialog.addStringField(field("metrics"), table.byDefault("metrics"), 35);
		dialog.addDirectoryField(field("save"), "", 35);
		dialog.addHelp(HELP);
		dialog.showDialog();
		if (dialog.wasCanceled()) {
			Recording.nothing();
			return null;
		}

		// Read from the fields themselves: getNextString() would record them too.
		final Map<String, String> given = new HashMap<>();
		final List<?> fields = dialog.getStringFields();
		for (int k = 0; k < TEXTS.length; k++) {
			final String text = ((TextField) fields.get(k)).getText().trim();
			given.put(TEXTS[k], TEXTS[k].equals("images") ? text : text.replace('\\', '/'));
		}
		for (int k = 0; k < CHOICES.length; k++)
			given.put(CHOICES[k], ((Choice) dialog.getChoices().get(k)).getSelectedItem());
		if (given.get("metrics").equals(table.byDefault("metrics"))) given.remove("metrics");
		// A chosen ROI file says where the regions come from.
		if (!given.get("roi_file").isEmpty() && given.get("region").equals(Options.WHOLE_IMAGE)) given.remove("region");
		final MatrixOptions options = new MatrixOptions(given::get);
		Recording.record(options.recorded());
		return options;
	}

	private static String field(final String key) {
		return OptionTable.MATRIX.label(key);
	}
}

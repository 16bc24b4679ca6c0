// SPDX-License-Identifier: BSD-2-Clause
package similij;

import ij.ImagePlus;
import ij.gui.GenericDialog;

import java.awt.Choice;
import java.awt.TextField;
import java.util.List;
import java.util.stream.Collectors;

/** The dialog of <i>Image Similarity...</i>. A convenience: it fills in the same {@link Options} that a macro gives. */
final class SimilarityDialog {

	private static final String HELP = "<html><body style='width:420px'>" +
		"<h3>How alike are two images?</h3>" +
		"<p><b>Pearson R</b>, &minus;1 to 1: do bright and dark go together? 1 is most alike. Blind to brightness and " +
		"contrast (gain and offset). Undefined if an image is constant.</p>" +
		"<p><b>RMSD</b>, 0 and up: root of the mean squared difference, in gray values. 0 is identical. " +
		"Large differences weigh more.</p>" +
		"<p><b>Mean Difference</b>, 0 and up: mean of the absolute difference, in gray values. 0 is identical.</p>" +
		"<p><b>Rescale: Percentile</b> takes each image, within each region, from its 1st and 99th percentile to 0 and 1 " +
		"before RMSD and Mean Difference, so that brightness and contrast do not count. R stays as it is.</p>" +
		"<p><b>Keys for macros:</b> image_1, image_2 (title or ID), region (Whole image, Selection of image 1, " +
		"Selection of image 2, Both selections, ROI file), roi_file, stack (Current plane, All planes), " +
		"rescale (None, Percentile). Each has a default.</p></body></html>";

	private SimilarityDialog() {}

	/** Shows the dialog; null if the user cancels. */
	static Options ask(final OpenImages open) throws BackendException {
		final ImagePlus[] preselected = open.pair(null, null);
		final List<ImagePlus> images = open.list();
		final String[] labels = images.stream().map(image -> label(open, image)).toArray(String[]::new);

		final GenericDialog dialog = new GenericDialog(Image_Similarity.TITLE);
		dialog.addChoice("Image_1", labels, label(open, preselected[0]));
		dialog.addChoice("Image_2", labels, label(open, preselected[1]));
		dialog.addChoice("Region", Options.REGIONS.toArray(new String[0]), Options.WHOLE_IMAGE);
		dialog.addFileField("ROI_file", "", 25);
		dialog.addChoice("Stack", Options.STACKS.toArray(new String[0]), Options.CURRENT_PLANE);
		dialog.addChoice("Rescale", Options.RESCALES.toArray(new String[0]), Options.RESCALES.get(0));
		dialog.addHelp(HELP);
		dialog.showDialog();
		if (dialog.wasCanceled()) {
			Recording.nothing();
			return null;
		}

		// Read from the fields themselves: getNextChoice() would record them too.
		final List<?> choices = dialog.getChoices();
		final String path = ((TextField) dialog.getStringFields().get(0)).getText().trim().replace('\\', '/');
		// A file that was named is meant, also where the choice above it was left as it was.
		final boolean fileOnly = !path.isEmpty() && selected(choices, 2).equals(Options.WHOLE_IMAGE);
		final Options options = new Options(name(open, images, choices, 0), name(open, images, choices, 1), fileOnly ? null
			: selected(choices, 2), path.isEmpty() ? null : path, selected(choices, 3), selected(choices, 4));
		Recording.record(options.recorded());
		return options;
	}

	private static String name(final OpenImages open, final List<ImagePlus> images, final List<?> choices,
		final int index)
	{
		return open.nameOf(images.get(((Choice) choices.get(index)).getSelectedIndex()));
	}

	private static String selected(final List<?> choices, final int index) {
		return ((Choice) choices.get(index)).getSelectedItem();
	}

	/** The title; with the ID where the title alone does not say which image it is. */
	private static String label(final OpenImages open, final ImagePlus image) {
		final long alike = open.list().stream().filter(other -> other.getTitle().equals(image.getTitle())).collect(
			Collectors.counting());
		return alike > 1 ? image.getTitle() + " (ID " + image.getID() + ")" : image.getTitle();
	}
}

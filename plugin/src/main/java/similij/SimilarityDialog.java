// SPDX-License-Identifier: BSD-2-Clause
package similij;

import ij.ImagePlus;
import ij.gui.GenericDialog;

import java.awt.Checkbox;
import java.awt.Choice;
import java.awt.TextField;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
		"Selection of image 2, Both selections, ROI file, ROI Manager, Overlay), roi_file, stack (Current plane, Each plane, " +
		"All planes), per, channels, against, rescale (None, Percentile). Each has a default.</p></body></html>";

	private static final String MORE = "More options...";
	private static final String MORE_HELP = "<html><body style='width:420px'>" +
		"<h3>Which planes make which rows?</h3>" +
		"<p><b>Rows per</b>: axes that have a row for each place; all other planes are pooled. " +
		"<code>z,t</code>: a row for each slice of each frame. <code>t</code>: a row for each frame, its slices pooled. " +
		"<code>c</code>: a row for each channel.</p>" +
		"<p><b>Channels</b>: <code>1:2</code> compares channel 1 of image 1 with channel 2 of image 2; " +
		"<code>1:2,1:3</code> two pairs; <code>same</code> each channel with the same of image 2; <code>all</code> every " +
		"pair. For two channels of one image choose it as image 1 and as image 2. Empty: the channels that are shown.</p>" +
		"<p><b>Against</b>: <code>first frame</code>, <code>previous frame</code>: each frame of image 1 with the first or " +
		"the previous one of it; image 2 is not used.</p></body></html>";

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
		dialog.addCheckbox(MORE, false);
		dialog.addHelp(HELP);
		dialog.showDialog();
		final Map<String, String> given = new HashMap<>();
		// Read from the field itself, as all others are.
		final boolean more = ((Checkbox) dialog.getCheckboxes().get(0)).getState();
		if (dialog.wasCanceled() || more && !askMore(given)) {
			Recording.nothing();
			return null;
		}

		// Read from the fields themselves: getNextChoice() would record them too.
		final List<?> choices = dialog.getChoices();
		final String path = ((TextField) dialog.getStringFields().get(0)).getText().trim().replace('\\', '/');
		// A file that was named is meant, also where the choice above it was left as it was.
		final boolean fileOnly = !path.isEmpty() && selected(choices, 2).equals(Options.WHOLE_IMAGE);
		given.put("image_1", name(open, images, choices, 0));
		// Frames of image 1 have their partners in image 1.
		if (!new Options(given::get).againstFrames()) given.put("image_2", name(open, images, choices, 1));
		given.put("region", fileOnly ? null : selected(choices, 2));
		given.put("roi_file", path.isEmpty() ? null : path);
		given.put("stack", selected(choices, 3));
		given.put("rescale", selected(choices, 4));
		final Options options = new Options(given::get);
		Recording.record(options.recorded());
		return options;
	}

	/** The second dialog; false if the user cancels. */
	private static boolean askMore(final Map<String, String> given) {
		final GenericDialog dialog = new GenericDialog(Image_Similarity.TITLE + ": More Options");
		dialog.addStringField("Rows per (e.g. z,t)", "", 12);
		dialog.addStringField("Channels (e.g. 1:2)", "", 12);
		dialog.addChoice("Against", Options.AGAINST.toArray(new String[0]), Options.IMAGE_2);
		dialog.addHelp(MORE_HELP);
		dialog.showDialog();
		if (dialog.wasCanceled()) return false;
		given.put("per", ((TextField) dialog.getStringFields().get(0)).getText());
		given.put("channels", ((TextField) dialog.getStringFields().get(1)).getText());
		given.put("against", selected(dialog.getChoices(), 0));
		return true;
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

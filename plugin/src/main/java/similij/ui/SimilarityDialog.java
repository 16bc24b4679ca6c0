// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.images.OpenImages;
import similij.options.OptionTable;
import similij.options.Options;
import similij.python.Backends;
import similij.run.Similarity;
import similij.wire.BackendException;
import similij.wire.Protocol;

import ij.ImagePlus;
import ij.Prefs;
import ij.gui.GenericDialog;
import ij.gui.MultiLineLabel;

import java.awt.Checkbox;
import java.awt.Choice;
import java.awt.EventQueue;
import java.awt.GridBagConstraints;
import java.awt.Insets;
import java.awt.Panel;
import java.awt.TextField;
import java.awt.event.ActionEvent;
import java.io.File;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The dialog of <i>Image Similarity...</i>. A convenience: it fills in the same {@link Options} that a macro gives, starts
 * from what was chosen last, and says while it is open whether the images fit.
 */
public final class SimilarityDialog {

	private static final OptionTable TABLE = OptionTable.IMAGES;
	private static final String MORE = "More options...";
	private static final String NONE = "none";
	private static final String METRICS = "Choose metrics...";
	/** What every table has. */
	private static final String[] USUAL = { "pearson", "rmsd", "mean_difference" };
	private static final String STARTING = "Asking Python whether they fit ...";
	/** Letters in a line of the check, its width in pixels, and how many lines there is room for. */
	private static final int LINE = 56;
	private static final int WIDTH = 380;
	private static final int LINES = 3;
	/** What is remembered of the first dialog beside the choices. */
	private static final String ROI_FILE = "roi_file";

	private final OpenImages open;
	private final List<ImagePlus> images;
	private final String[] labels;
	/** What the second dialog says. */
	private final Map<String, String> more = new HashMap<>();

	private SimilarityDialog(final OpenImages open) {
		this.open = open;
		this.images = open.list();
		this.labels = images.stream().map(this::label).toArray(String[]::new);
	}

	/** Shows the dialog; null if the user cancels. */
	public static Options ask(final OpenImages open) throws BackendException {
		final SimilarityDialog asked = new SimilarityDialog(open);
		final Options options = asked.first();
		if (options == null) Recording.nothing();
		else Recording.record(options.recorded());
		return options;
	}

	private Options first() throws BackendException {
		final ImagePlus[] preselected = open.pair(null, null);
		final GenericDialog dialog = new WithHelp(Similarity.TITLE);
		dialog.addChoice("Image_1", labels, label(preselected[0]));
		dialog.addChoice("Image_2", labels, label(preselected[1]));
		final String region = region();
		dialog.addChoice(TABLE.label("region"), strings(Options.REGIONS), region);
		dialog.addFileField("ROI_file", region.equals(Options.ROI_FILE) ? Remembered.text(ROI_FILE) : "", 25);
		dialog.addChoice("Label_image", orNone(), region.equals(Options.LABEL_IMAGE) ? Remembered.text("labels") : NONE);
		dialog.addChoice(TABLE.label("stack"), strings(Options.STACKS), Remembered.choice("stack", Options.STACKS));
		dialog.addChoice(TABLE.label("rescale"), strings(Options.RESCALES), Remembered.choice("rescale",
			Options.RESCALES));
		dialog.addMessage("Pictures:");
		final List<String> kinds = Options.PICTURES;
		final boolean[] drawn = new boolean[kinds.size()];
		for (int k = 0; k < drawn.length; k++)
			drawn[k] = Remembered.flag("pictures." + kinds.get(k));
		dialog.addCheckboxGroup((kinds.size() + 1) / 2, 2, strings(TABLE.boxes("pictures")), drawn);
		dialog.addCheckbox(TABLE.label("verdict"), Remembered.flag("verdict"));
		dialog.addCheckbox(MORE, false);
		if (!show(dialog, dialog, () -> {})) return null;
		// Read from the fields themselves: getNextChoice() would record them, too.
		if (boxes(dialog).get(kinds.size() + 1).getState() && !askMore(dialog)) return null;
		final Options options = options(dialog);
		remember(dialog, options);
		return options;
	}

	/**
	 * Shows a dialog with a line that says, while it is open, whether what is chosen in all of them fits.
	 *
	 * @param read takes over what is chosen in a dialog that is not the first one
	 * @return false if the user cancels
	 */
	private boolean show(final GenericDialog dialog, final GenericDialog first, final Runnable read) {
		final MultiLineLabel words = new MultiLineLabel(room(STARTING), (int) (WIDTH * Prefs.getGuiScale()));
		final Panel below = new Panel();
		below.add(words);
		dialog.addPanel(below, GridBagConstraints.WEST, new Insets(10, 0, 0, 0));
		dialog.addHelp("docs");
		try (LiveCheck check = new LiveCheck(text -> EventQueue.invokeLater(() -> words.setText(room(text))))) {
			dialog.addDialogListener((changed, event) -> {
				read.run();
				ask(check, first);
				return true;
			});
			ask(check, first);
			dialog.showDialog();
		}
		read.run();
		return !dialog.wasCanceled();
	}

	private void ask(final LiveCheck check, final GenericDialog dialog) {
		final Options options;
		try {
			options = options(dialog);
		}
		catch (final BackendException e) {
			check.ask(e::getMessage);
			return;
		}
		check.ask(() -> Similarity.check(options));
	}

	/** What is chosen now. */
	private Options options(final GenericDialog dialog) throws BackendException {
		final List<?> choices = dialog.getChoices();
		final Map<String, String> given = new HashMap<>(more);
		final String path = text(dialog, 0).replace('\\', '/');
		String region = selected(choices, 2);
		final int side = ((Choice) choices.get(3)).getSelectedIndex() - 1;
		// A file or an image that was named is meant, also where the choice above it was left as it was.
		if (region.equals(Options.WHOLE_IMAGE) && (!path.isEmpty() || side >= 0)) region = null;
		given.put("image_1", name(choices, 0));
		// Frames of image 1 have their partners in image 1.
		if (!new Options(given::get).againstFrames()) given.put("image_2", name(choices, 1));
		given.put("region", region);
		given.put("roi_file", path.isEmpty() ? null : path);
		given.put("labels", side < 0 ? null : open.nameOf(images.get(side)));
		given.put("stack", selected(choices, 4));
		given.put("rescale", selected(choices, 5));
		final List<Checkbox> boxes = boxes(dialog);
		final List<String> kinds = new ArrayList<>();
		for (int k = 0; k < Options.PICTURES.size(); k++)
			if (boxes.get(k).getState()) kinds.add(Options.PICTURES.get(k));
		given.put("pictures", String.join(",", kinds));
		given.put("verdict", Boolean.toString(boxes.get(Options.PICTURES.size()).getState()));
		return new Options(given::get);
	}

	/** The second dialog; false if the user cancels. */
	private boolean askMore(final GenericDialog first) throws BackendException {
		final GenericDialog dialog = new WithHelp(Similarity.TITLE + ": More Options");
		dialog.addStringField("Rows per (e.g. z,t)", "", 12);
		dialog.addStringField("Channels (e.g. 1:2)", "", 12);
		dialog.addChoice(TABLE.label("against"), strings(Options.AGAINST), Options.IMAGE_2);
		dialog.addChoice(TABLE.label("mask"), orNone(), NONE);
		dialog.addCheckbox(TABLE.label("inverse"), false);
		dialog.addStringField(TABLE.label("background"), "", 20);
		dialog.addStringField(TABLE.label("blur"), "", 12);
		dialog.addCheckbox(METRICS, false);
		dialog.addStringField(TABLE.label("data_range"), "", 12);
		dialog.addStringField(TABLE.label("window"), "", 12);
		dialog.addDirectoryField(TABLE.label("save"), "", 25);
		if (!show(dialog, first, () -> readMore(dialog))) return false;
		return !boxes(dialog).get(1).getState() || askMetrics();
	}

	private void readMore(final GenericDialog dialog) {
		final int mask = ((Choice) dialog.getChoices().get(1)).getSelectedIndex() - 1;
		more.put("per", text(dialog, 0));
		more.put("channels", text(dialog, 1));
		more.put("against", selected(dialog.getChoices(), 0));
		more.put("mask", mask < 0 ? null : open.nameOf(images.get(mask)));
		more.put("inverse", Boolean.toString(boxes(dialog).get(0).getState()));
		more.put("background", text(dialog, 2));
		more.put("blur", text(dialog, 3));
		more.put("data_range", text(dialog, 4));
		more.put("window", text(dialog, 5));
		more.put("save", text(dialog, 6).replace('\\', '/'));
	}

	/** The third dialog: all metrics there are, group by group, each with what it sees; false if the user cancels. */
	private boolean askMetrics() throws BackendException {
		final List<String> usual = Arrays.asList(USUAL);
		final Object groups = Protocol.ask(Backends.current(), Protocol.message("metrics")).get("groups");
		final MetricBoxes metrics = new MetricBoxes((List<?>) groups, usual);
		final GenericDialog dialog = new WithHelp(Similarity.TITLE + ": Metrics") {

			private static final long serialVersionUID = 1L;

			@Override
			public void pack() {
				super.pack();
				metrics.fit();
				super.pack();
			}
		};
		metrics.addTo(dialog);
		dialog.addHelp("docs");
		dialog.showDialog();
		if (dialog.wasCanceled()) return false;
		final List<String> asked = metrics.chosen();
		more.put("metrics", new HashSet<>(asked).equals(new HashSet<>(usual)) ? "" : String.join(", ", asked));
		return true;
	}

	/** The region that was chosen last, if it can be chosen again as it is. */
	private String region() {
		final String known = Remembered.choice("region", Options.REGIONS);
		if (known.equals(Options.ROI_FILE) && !new File(Remembered.text(ROI_FILE)).isFile())
			return Options.WHOLE_IMAGE;
		final boolean gone = !Arrays.asList(labels).contains(Remembered.text("labels"));
		return known.equals(Options.LABEL_IMAGE) && gone ? Options.WHOLE_IMAGE : known;
	}

	private void remember(final GenericDialog dialog, final Options options) {
		Remembered.keep("region", options.region);
		Remembered.keep(ROI_FILE, options.roiFile);
		Remembered.keep("labels", selected(dialog.getChoices(), 3));
		Remembered.keep("stack", options.stack);
		Remembered.keep("rescale", options.rescale);
		Remembered.keep("verdict", options.verdict);
		for (final String kind : Options.PICTURES)
			Remembered.keep("pictures." + kind, options.pictures.contains(kind));
	}

	private String[] orNone() {
		final List<String> names = new ArrayList<>(Collections.singletonList(NONE));
		names.addAll(Arrays.asList(labels));
		return strings(names);
	}

	private String name(final List<?> choices, final int index) {
		return open.nameOf(images.get(((Choice) choices.get(index)).getSelectedIndex()));
	}

	/** The title; with the ID where the title alone does not say which image it is. */
	private String label(final ImagePlus image) {
		final long alike = images.stream().filter(other -> other.getTitle().equals(image.getTitle())).collect(Collectors
			.counting());
		return alike > 1 ? image.getTitle() + " (ID " + image.getID() + ")" : image.getTitle();
	}

	private static String text(final GenericDialog dialog, final int index) {
		return ((TextField) dialog.getStringFields().get(index)).getText().trim();
	}

	private static String selected(final List<?> choices, final int index) {
		return ((Choice) choices.get(index)).getSelectedItem();
	}

	private static List<Checkbox> boxes(final GenericDialog dialog) {
		final List<Checkbox> boxes = new ArrayList<>();
		for (final Object box : dialog.getCheckboxes())
			boxes.add((Checkbox) box);
		return boxes;
	}

	private static String[] strings(final List<String> list) {
		return list.toArray(new String[0]);
	}

	/** Words in as many lines as there is room for, whatever their length. */
	private static String room(final String text) {
		final StringBuilder lines = new StringBuilder(Report.folded(text, LINE));
		long count = lines.chars().filter(letter -> letter == '\n').count() + 1;
		for (; count < LINES; count++)
			lines.append("\n ");
		return lines.toString();
	}

	/** A dialog whose Help opens the pages of the docs. */
	private static class WithHelp extends GenericDialog {

		private static final long serialVersionUID = 1L;

		private WithHelp(final String title) {
			super(title);
		}

		@Override
		public void actionPerformed(final ActionEvent event) {
			if ("Help".equals(event.getActionCommand())) Docs.open("in-fiji");
			else super.actionPerformed(event);
		}
	}
}

// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.images.OpenImages;
import similij.options.OptionTable;
import similij.options.Options;
import similij.python.Backends;
import similij.run.Similarity;
import similij.wire.BackendException;
import similij.wire.Metrics;

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
	private static final String CHOOSE_METRICS = "Choose metrics...";
	/** Keys whose fields are more than the table says of them. */
	private static final String REGION = "region";
	private static final String ROI_FILE = "roi_file";
	private static final String LABELS = "labels";
	private static final String METRICS = "metrics";
	/** What every table has. */
	private static final String[] USUAL = { "pearson", "rmsd", "mean_difference" };
	private static final String STARTING = "Asking Python whether they fit ...";
	/** Letters in a line of the check, its width in pixels, and how many lines there is room for. */
	private static final int LINE = 56;
	private static final int WIDTH = 380;
	private static final int LINES = 3;

	private final OpenImages open;
	private final List<ImagePlus> images;
	private final String[] labels;
	/** What the second dialog says. */
	private final Map<String, String> more = new HashMap<>();
	private Choice labelChoice;

	private SimilarityDialog(final OpenImages open) {
		this.open = open;
		this.images = open.list();
		this.labels = images.stream().map(this::label).toArray(String[]::new);
	}

	/** Shows the dialog; null if the user cancels. */
	public static Options ask(final OpenImages open) throws BackendException {
		final SimilarityDialog dialog = new SimilarityDialog(open);
		final Options options = dialog.first();
		if (options == null) Recording.nothing();
		else Recording.record(options.recorded());
		return options;
	}

	private Options first() throws BackendException {
		final ImagePlus[] preselected = open.pair(null, null);
		final GenericDialog dialog = new WithHelp(Similarity.TITLE);
		final Form form = new Form(dialog, TABLE);
		final String region = region();
		for (final String key : TABLE.firstKeys()) {
			switch (key) {
				case "image_1":
				case "image_2":
					final int which = key.equals("image_1") ? 0 : 1;
					addImage(form, key, Arrays.asList(labels), label(preselected[which]), 0);
					break;
				case REGION:
					form.add(key, region);
					break;
				case ROI_FILE:
					form.add(key, region.equals(Options.ROI_FILE) ? Remembered.text(ROI_FILE) : "");
					break;
				case LABELS:
					labelChoice = addImage(form, key, orNone(), region.equals(Options.LABEL_IMAGE) ? Remembered.text(LABELS)
						: Form.NONE, 1);
					break;
				default:
					form.add(key, remembered(key));
			}
		}
		dialog.addCheckbox(MORE, false);
		final Checkbox more = lastBox(dialog);
		if (!show(dialog, form, () -> {})) return null;
		if (more.getState() && !askMore(form)) return null;
		final Options options = options(form);
		remember(options);
		return options;
	}

	/** A choice of open images; of those before the first one none is chosen. */
	private Choice addImage(final Form form, final String key, final List<String> names, final String initial,
		final int before)
	{
		final Choice choice = form.addChoice(key, names, initial);
		form.put(key, () -> {
			final int index = choice.getSelectedIndex() - before;
			return index < 0 ? null : open.nameOf(images.get(index));
		});
		return choice;
	}

	/**
	 * Shows a dialog with a line that says, while it is open, whether what is chosen in all of them fits.
	 *
	 * @param read takes over what is chosen in a dialog that is not the first one
	 * @return false if the user cancels
	 */
	private boolean show(final GenericDialog dialog, final Form first, final Runnable read) {
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

	private void ask(final LiveCheck check, final Form form) {
		final Options options;
		try {
			options = options(form);
		}
		catch (final BackendException e) {
			check.ask(e::getMessage);
			return;
		}
		check.ask(() -> Similarity.check(Backends::ready, options));
	}

	/** What is chosen now. */
	private Options options(final Form form) throws BackendException {
		final Map<String, String> given = new HashMap<>(more);
		given.putAll(form.values());
		// A file or an image that was named is meant, also where the choice above it was left as it was.
		if (given.get(REGION).equals(Options.WHOLE_IMAGE) && (!given.get(ROI_FILE).isEmpty() || given.get(LABELS) != null))
			given.put(REGION, null);
		// Frames of image 1 have their partners in image 1. The field of image 2 always names some image.
		final String second = given.remove("image_2");
		if (!new Options(given::get).againstFrames()) given.put("image_2", second);
		return new Options(given::get);
	}

	/** The second dialog: all options that the first one has not; false if the user cancels. */
	private boolean askMore(final Form first) throws BackendException {
		final GenericDialog dialog = new WithHelp(Similarity.TITLE + ": More Options");
		final Form form = new Form(dialog, TABLE);
		Checkbox metrics = null;
		for (final String key : TABLE.moreKeys()) {
			if (key.equals(METRICS)) {
				dialog.addCheckbox(CHOOSE_METRICS, false);
				metrics = lastBox(dialog);
			}
			else if (TABLE.kind(key).equals("image")) addImage(form, key, orNone(), Form.NONE, 1);
			else form.add(key, null);
		}
		if (!show(dialog, first, () -> more.putAll(form.values()))) return false;
		return metrics == null || !metrics.getState() || askMetrics();
	}

	/** The third dialog: all metrics there are, group by group, each with what it sees; false if the user cancels. */
	private boolean askMetrics() throws BackendException {
		final List<String> usual = Arrays.asList(USUAL);
		final MetricBoxes metrics = new MetricBoxes(new Metrics().ask(Backends.current()), usual);
		final GenericDialog dialog = new WithHelp(Similarity.TITLE + ": Metrics") {

			private static final long serialVersionUID = 1L;

			@Override
			public void pack() {
				// Twice: sizes are known once a window is packed, and are then what the boxes are fitted to.
				super.pack();
				metrics.fit();
				super.pack();
			}
		};
		metrics.addTo(dialog);
		dialog.addHelp("docs");
		dialog.showDialog();
		if (dialog.wasCanceled()) return false;
		final List<String> chosen = metrics.chosen();
		more.put(METRICS, new HashSet<>(chosen).equals(new HashSet<>(usual)) ? "" : String.join(", ", chosen));
		return true;
	}

	/** The region that was chosen last, if it can be chosen again as it is. */
	private String region() {
		final String last = remembered(REGION);
		if (last.equals(Options.ROI_FILE) && !new File(Remembered.text(ROI_FILE)).isFile()) return Options.WHOLE_IMAGE;
		final boolean gone = !Arrays.asList(labels).contains(Remembered.text(LABELS));
		return last.equals(Options.LABEL_IMAGE) && gone ? Options.WHOLE_IMAGE : last;
	}

	/** What was chosen last; of a list the words with commas between. */
	private static String remembered(final String key) {
		switch (TABLE.kind(key)) {
			case "choice":
				return Remembered.choice(key, TABLE.choices(key));
			case "flag":
				return Boolean.toString(Remembered.flag(key));
			case "list":
				return TABLE.choices(key).stream().filter(item -> Remembered.flag(key + "." + item)).collect(Collectors.joining(
					","));
			default:
				return Remembered.text(key);
		}
	}

	private void remember(final Options options) throws BackendException {
		for (final String key : TABLE.firstKeys()) {
			switch (TABLE.kind(key)) {
				case "image":
					// Of the two images those that are open now are offered, not those of the last time.
					if (key.equals(LABELS)) Remembered.keep(LABELS, labelChoice.getSelectedItem());
					break;
				case "choice":
					Remembered.keep(key, key.equals(REGION) ? options.region : options.words.value(key));
					break;
				case "flag":
					Remembered.keep(key, options.words.has(key));
					break;
				case "list":
					for (final String item : TABLE.choices(key))
						Remembered.keep(key + "." + item, options.words.list(key).contains(item));
					break;
				default:
					Remembered.keep(key, options.words.get(key));
			}
		}
	}

	private List<String> orNone() {
		final List<String> names = new ArrayList<>(Collections.singletonList(Form.NONE));
		names.addAll(Arrays.asList(labels));
		return names;
	}

	/** The title; with the ID where the title alone does not say which image it is. */
	private String label(final ImagePlus image) {
		final long alike = images.stream().filter(other -> other.getTitle().equals(image.getTitle())).collect(Collectors
			.counting());
		return alike > 1 ? image.getTitle() + " (ID " + image.getID() + ")" : image.getTitle();
	}

	private static Checkbox lastBox(final GenericDialog dialog) {
		return (Checkbox) dialog.getCheckboxes().get(dialog.getCheckboxes().size() - 1);
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

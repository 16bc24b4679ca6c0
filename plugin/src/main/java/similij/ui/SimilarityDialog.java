// SPDX-License-Identifier: BSD-2-Clause
package similij.ui;

import similij.images.ColorView;
import similij.images.Identity;
import similij.images.OpenImages;
import similij.options.OptionTable;
import similij.options.OptionTable.Part;
import similij.options.Options;
import similij.python.Backends;
import similij.run.Similarity;
import similij.wire.BackendException;

import ij.ImagePlus;

import java.awt.AWTEvent;
import java.awt.Choice;
import java.awt.Color;
import java.awt.Component;
import java.awt.FlowLayout;
import java.awt.GridBagConstraints;
import java.awt.GridBagLayout;
import java.awt.Insets;
import java.awt.Label;
import java.awt.Panel;
import java.awt.TextField;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The dialog of <i>Image Similarity...</i>. A convenience: it fills in the same {@link Options} that a macro gives, begins
 * with what fits the images (see {@link Offer}), and says while it is open whether they can be compared.
 * <p>
 * It is one window. What a first try needs is seen at once; the rest is folded below it. OK closes it only once Python has
 * said that what is chosen can be compared: until then a red line says what is wrong, and in which field.
 * </p>
 */
public final class SimilarityDialog extends CheckedDialog<Entries> {

	private static final OptionTable TABLE = OptionTable.IMAGES;
	private static final String PAGE = "in-fiji#compare-two-images";
	/** Keys whose fields are more than the table says of them. */
	private static final String IMAGE_1 = "image_1";
	private static final String IMAGE_2 = "image_2";
	private static final String REGION = "region";
	private static final String ROI_FILE = "roi_file";
	private static final String LABELS = "labels";
	private static final String COLOR = "color";
	private static final String CHANNELS = "channels";
	private static final String METRICS = MetricChooser.KEY;
	private static final String STARTING = "Asking Python whether they fit ...";
	private static final Color QUIET = new Color(0x606060);
	/** Letters in a line of the check, its width in pixels, and how many lines there is room for. */
	private static final int LINE = 64;
	private static final int WIDTH = 430;
	private static final int LINES = 2;

	private final OpenImages open;
	private final List<ImagePlus> images;
	private final String[] labels;
	private final Label regionWords = new Label();
	private Choice choice1;
	private Choice choice2;
	private Choice channelChoice;
	/** Pairs that the choice does not list. */
	private TextField channelsWritten;
	private ChannelPairs pairs;
	/** The two images that the offers are for. */
	private ImagePlus[] offered;
	private Options accepted;

	private SimilarityDialog(final OpenImages open) throws BackendException {
		super(Similarity.TITLE, PAGE, TABLE, STARTING, LINE, WIDTH, LINES);
		this.open = open;
		this.images = open.list();
		this.labels = images.stream().map(this::label).toArray(String[]::new);
		this.offered = open.offered();
	}

	/** Shows the dialog; null if the user cancels. */
	public static Options ask(final OpenImages open) throws BackendException {
		final Options options = new SimilarityDialog(open).show();
		if (options == null) Recording.nothing();
		else Recording.record(options.recorded());
		return options;
	}

	private Options show() throws BackendException {
		final Offer offer = new Offer(offered[0], offered[1], images);
		TABLE.keys(Part.FIRST).forEach(key -> add(key, offer));
		addFold(Part.PICTURES, "Pictures and words", offer);
		addFold(Part.MORE, "More options", offer);
		if (!offer.word("against").equals(TABLE.choices("against").get(0))) fold("against").open(true);
		run();
		if (accepted == null) return null;
		remember(accepted);
		return accepted;
	}

	private void add(final String key, final Offer offer) {
		switch (key) {
			case IMAGE_1:
				choice1 = addImage(key, Arrays.asList(labels), offered[0], 0);
				break;
			case IMAGE_2:
				choice2 = addImage(key, Arrays.asList(labels), offered[1], 0);
				break;
			case REGION:
				form.add(key, offer.word(key));
				regionWords.setForeground(QUIET);
				final Panel line = new Panel(new FlowLayout(FlowLayout.LEFT, 0, 0));
				line.add(regionWords);
				window.addPanel(line, GridBagConstraints.WEST, new Insets(0, 0, 3, 0));
				toFields(line);
				break;
			case CHANNELS:
				channelChoice = form.addChoice(key, Collections.singletonList(""), "");
				channelsWritten = new TextField();
				form.put(key, this::channels, this::pair);
				break;
			case METRICS:
				MetricChooser.add(form, window, offer.word(key), refusal -> say(new LiveCheck.Answer(false, refusal, METRICS)));
				break;
			default:
				if (TABLE.kind(key).equals("image")) addImage(key, orNone(), offer.image(key), 1);
				else form.add(key, offer.word(key));
		}
	}

	/** Puts what ImageJ has put across both columns below the fields. */
	private void toFields(final Component part) {
		final GridBagLayout layout = (GridBagLayout) window.getLayout();
		final GridBagConstraints place = layout.getConstraints(part);
		place.gridx = 1;
		place.gridwidth = 1;
		layout.setConstraints(part, place);
	}

	private void addFold(final Part part, final String title, final Offer offer) {
		final Fold made = addFold(part, title, key -> add(key, offer));
		if (part != Part.MORE) return;
		window.addStringField("Other channels", "", TABLE.width(CHANNELS));
		// ImageJ made a field of its own; it tells the dialog's listener what is written.
		final Component[] parts = window.getComponents();
		made.with(parts[parts.length - 2]);
		made.with(parts[parts.length - 1]);
		channelsWritten = (TextField) parts[parts.length - 1];
	}

	/** A choice of open images; of those before the first one none is chosen. */
	private Choice addImage(final String key, final List<String> names, final ImagePlus initial, final int before) {
		final Choice choice = form.addChoice(key, names, names.get(0));
		choice.select(images.indexOf(initial) + before);
		form.put(key, () -> {
			final int index = choice.getSelectedIndex() - before;
			return index < 0 ? "" : open.nameOf(images.get(index));
		}, name -> choice.select((int) images.stream().map(open::nameOf).collect(Collectors.toList()).indexOf(name) + before));
		return choice;
	}

	@Override
	void change(final AWTEvent event) {
		if (event.getSource() == channelChoice) channelsWritten.setText("");
		refresh();
		// Fields that the dialog itself has written in tell so a moment later; that is no change of mind.
		if (awaits(given())) return;
		stopWaiting();
		check();
	}

	private ImagePlus first() {
		return images.get(choice1.getSelectedIndex());
	}

	private ImagePlus second() {
		return images.get(choice2.getSelectedIndex());
	}

	private boolean eachPlane() {
		final String per = form.value("per");
		return per.isEmpty() ? form.value("stack").equals("Each plane") : per.contains("c");
	}

	/** As it is compared. */
	private ImagePlus viewed(final ImagePlus image) {
		final String color = form.value(COLOR);
		return color.equals(TABLE.choices(COLOR).get(0)) ? image : ColorView.of(image, color);
	}

	/** Offers what fits the images that are chosen now, and shows the fields that make sense for them. */
	@Override
	void showFields() {
		if (offered[0] != first() || offered[1] != second()) {
			offered = new ImagePlus[] { first(), second() };
			offerAgain();
		}
		final boolean color = first().getType() == ImagePlus.COLOR_RGB || second().getType() == ImagePlus.COLOR_RGB;
		final boolean asked = form.isTouched(CHANNELS);
		pair(asked ? channels() : new Offer(first(), second(), images).word(CHANNELS));
		if (!asked) form.offer(CHANNELS, channels());
		form.show(COLOR, color);
		form.show(CHANNELS, hasChannels());
		form.show(ROI_FILE, form.value(REGION).equals(Options.ROI_FILE));
		form.show(LABELS, form.value(REGION).equals(Options.LABEL_IMAGE));
		regionWords.setText(RegionWords.of(form.value(REGION), first(), second()));
		regionWords.getParent().setVisible(!regionWords.getText().isEmpty());
		final Map<String, String> chosen = chosen(given());
		folds.forEach(fold -> fold.show(chosen));
	}

	/** What nobody has changed is offered anew: it was for other images. */
	private void offerAgain() {
		final Offer offer = new Offer(first(), second(), images);
		for (final String key : TABLE.keys()) {
			if (key.equals(IMAGE_1) || key.equals(IMAGE_2) || form.isTouched(key)) continue;
			if (TABLE.kind(key).equals("image")) form.offer(key, offer.image(key) == null ? "" : open.nameOf(offer.image(key)));
			else form.offer(key, offer.word(key));
		}
	}

	private boolean hasChannels() {
		return viewed(first()).getNChannels() > 1 || viewed(second()).getNChannels() > 1;
	}

	/** What the key says: what is written, else what is chosen. */
	private String channels() {
		final String written = channelsWritten.getText().trim();
		final int index = channelChoice.getSelectedIndex();
		return !written.isEmpty() || pairs == null || index < 0 ? written : pairs.word(index);
	}

	/** Lists the pairs of channels that there are now, and chooses one; what is not listed is written. */
	private void pair(final String word) {
		final ImagePlus one = viewed(first());
		final ImagePlus two = first() == second() ? one : viewed(second());
		// Red, green and blue are never pooled, nor is one of them what is shown.
		final boolean own = eachPlane() || ColorView.hasColors(one) || ColorView.hasColors(two);
		pairs = new ChannelPairs(one, two, own);
		final List<String> listed = new ArrayList<>(pairs.labels());
		final int index = pairs.indexOf(word);
		if (index < 0 && !word.isEmpty()) listed.add("As written: " + word);
		final List<String> before = new ArrayList<>();
		for (int k = 0; k < channelChoice.getItemCount(); k++)
			before.add(channelChoice.getItem(k));
		if (!before.equals(listed)) {
			channelChoice.removeAll();
			listed.forEach(channelChoice::add);
		}
		channelChoice.select(index >= 0 ? index : word.isEmpty() ? 0 : listed.size() - 1);
		if (index >= 0 == !channelsWritten.getText().isEmpty()) channelsWritten.setText(index >= 0 ? "" : word);
	}

	@Override
	String look() {
		final StringBuilder look = new StringBuilder().append(regionWords.getText().isEmpty());
		for (final String key : TABLE.keys())
			look.append(form.isShown(key));
		return look.toString();
	}

	/** What is chosen now, by key, without what another choice makes meaningless. */
	@Override
	Map<String, String> given() {
		final Map<String, String> given = form.values();
		if (!given.get(REGION).equals(Options.ROI_FILE)) given.remove(ROI_FILE);
		if (!given.get(REGION).equals(Options.LABEL_IMAGE)) given.remove(LABELS);
		if (!form.isShown(COLOR)) given.remove(COLOR);
		if (!hasChannels() && channelsWritten.getText().trim().isEmpty()) given.remove(CHANNELS);
		if (MetricChooser.isUsual(given.get(METRICS))) given.remove(METRICS);
		return given;
	}

	@Override
	String inWords(final String key, final String word) {
		return word.replace(",", ", ");
	}

	@Override
	Entries question(final Map<String, String> given) {
		return new Entries(Backends::current, given);
	}

	@Override
	void check() {
		check(given());
	}

	@Override
	void take(final Entries entries) throws BackendException {
		accepted = entries.options();
	}

	/** Of these two regions, what is missing is the file or the image. */
	@Override
	String fieldOf(final String key) {
		final String region = form.value(REGION);
		return !key.equals(REGION) ? key : region.equals(Options.ROI_FILE) ? ROI_FILE : region.equals(Options.LABEL_IMAGE)
			? LABELS : key;
	}

	private void remember(final Options options) throws BackendException {
		Remembered.keepImages(first(), second());
		folds.forEach(Fold::remember);
		for (final String key : TABLE.keys()) {
			switch (TABLE.kind(key)) {
				case "image":
					// Of the two images those that are open now are offered, not those of the last time.
					if (!key.equals(IMAGE_1) && !key.equals(IMAGE_2)) Remembered.keep(key, options.words.has(key) ? Identity.of(open
						.find(key, options.words.get(key))) : "");
					break;
				case "choice":
					// Where no image is RGB, nobody was asked.
					if (!key.equals(COLOR) || form.isShown(COLOR)) Remembered.keep(key, key.equals(REGION) ? options.region
						: options.words.value(key));
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
}

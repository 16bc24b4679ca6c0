// SPDX-License-Identifier: BSD-2-Clause
package similij.options;

import similij.wire.BackendException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;

/** What <i>Image Similarity...</i> can be told. Every key has a default; dialog, macro and command all end here. */
public final class Options {

	public static final String WHOLE_IMAGE = "Whole image";
	public static final String SELECTION_1 = "Selection of image 1";
	public static final String SELECTION_2 = "Selection of image 2";
	public static final String BOTH_SELECTIONS = "Both selections";
	public static final String ROI_FILE = "ROI file";
	public static final String ROI_MANAGER = "ROI Manager";
	public static final String OVERLAY = "Overlay";
	public static final String LABEL_IMAGE = "Label image";
	public static final String CURRENT_PLANE = "Current plane";
	public static final String EACH_PLANE = "Each plane";
	public static final String ALL_PLANES = "All planes";
	public static final String IMAGE_2 = "image 2";

	/** In each list the first one is the default. */
	public static final List<String> REGIONS = OptionTable.IMAGES.choices("region");
	public static final List<String> STACKS = OptionTable.IMAGES.choices("stack");
	public static final List<String> AGAINST = OptionTable.IMAGES.choices("against");
	public static final List<String> RESCALES = OptionTable.IMAGES.choices("rescale");
	public static final List<String> PICTURES = OptionTable.IMAGES.choices("pictures");
	private static final String ALL = "all";
	/** What that stands for: all but those that take a while. */
	private static final List<String> USUAL = OptionTable.IMAGES.all("pictures");
	private static final String LOCAL = "local";

	/** A title or an ID; null: the images are preselected. */
	public final String image1;
	public final String image2;
	public final String region;
	public final String roiFile;
	/** A title, an ID or a path, or null. */
	public final String labels;
	/** A title, an ID or a path, or null. */
	public final String mask;
	/** The background as a row. */
	public final boolean inverse;
	public final String stack;
	/** Axes with rows of their own, as Python reads them; null where not given. */
	public final String per;
	/** Channel pairs, as Python reads them; null where not given. */
	public final String channels;
	/** As Python reads it, which knows more spellings than the dialog offers. */
	public final String against;
	public final String rescale;
	/** As Python reads it; null where not given. */
	public final String background;
	/** As Python reads it; null where not given. */
	public final String blur;
	/** Names of metrics, as Python reads them; null where not given. */
	public final String metrics;
	/** As Python reads it; null where not given. */
	public final String dataRange;
	/** A paragraph for each row. */
	public final boolean verdict;
	/** Kinds of pictures, in the order of the table; empty where none is asked for. */
	public final List<String> pictures;
	/** Of the local maps, as Python reads it; null where not given. */
	public final String window;
	/** A folder, or null. */
	public final String save;

	/** @param given the value of a key; null where it is not given */
	public Options(final UnaryOperator<String> given) throws BackendException {
		image1 = given.apply("image_1");
		image2 = given.apply("image_2");
		roiFile = given.apply("roi_file");
		final String asked = given.apply("region");
		final boolean regionGiven = asked != null && !asked.trim().isEmpty();
		labels = words(given.apply("labels"));
		mask = words(given.apply("mask"));
		region = regionGiven ? MacroOptions.choice("region", REGIONS, asked) : roiFile != null ? ROI_FILE : labels != null
			? LABEL_IMAGE : WHOLE_IMAGE;
		checkUsed("roi_file", roiFile, ROI_FILE);
		checkUsed("labels", labels, LABEL_IMAGE);
		if (region.equals(LABEL_IMAGE) && labels == null) throw new BackendException("region=[" + LABEL_IMAGE +
			"] needs labels=[...]: the title or the path of a label image.");
		inverse = flag("inverse", given.apply("inverse"));
		if (inverse && region.equals(WHOLE_IMAGE)) throw new BackendException("inverse is given, and region=[" +
			WHOLE_IMAGE + "], which has no background: choose another region, or leave inverse out.");
		stack = MacroOptions.choice("stack", STACKS, given.apply("stack"));
		per = words(given.apply("per"));
		channels = words(given.apply("channels"));
		final String partner = words(given.apply("against"));
		against = partner == null || partner.equalsIgnoreCase(IMAGE_2) ? IMAGE_2 : partner;
		rescale = MacroOptions.choice("rescale", RESCALES, given.apply("rescale"));
		background = words(given.apply("background"));
		blur = words(given.apply("blur"));
		metrics = words(given.apply("metrics"));
		dataRange = words(given.apply("data_range"));
		verdict = flag("verdict", given.apply("verdict"));
		pictures = kinds(words(given.apply("pictures")));
		window = words(given.apply("window"));
		if (window != null && !pictures.contains(LOCAL)) throw new BackendException("window=[" + window +
			"] is given, which is of the local maps, and none is asked for: add " + LOCAL +
			" to the pictures, or leave window out.");
		save = words(given.apply("save"));
	}

	private void checkUsed(final String key, final String value, final String by) throws BackendException {
		if (value != null && !region.equals(by)) throw new BackendException(key + "=[" + value + "] is given, and region=[" +
			region + "], which does not use it: choose region=[" + by + "], or leave one of them out.");
	}

	/** A checkbox: in a macro the bare word, or a value. */
	private static boolean flag(final String key, final String value) throws BackendException {
		final String word = value == null ? "false" : value.trim().toLowerCase(Locale.ROOT);
		if (word.equals("true") || word.equals("false")) return word.equals("true");
		throw new BackendException(key + "=[" + value + "] is neither true nor false: write " + key + ", or leave it out.");
	}

	private static List<String> kinds(final String asked) throws BackendException {
		if (asked == null || asked.equalsIgnoreCase("none")) return Collections.emptyList();
		final List<String> chosen = new ArrayList<>();
		for (final String kind : asked.split(",")) {
			if (kind.trim().equalsIgnoreCase(ALL)) chosen.addAll(USUAL);
			else chosen.add(MacroOptions.choice("pictures", PICTURES, kind));
		}
		final List<String> ordered = new ArrayList<>(PICTURES);
		ordered.retainAll(chosen);
		return ordered;
	}

	/** The pictures in as few words as a macro needs. */
	private String kinds() {
		final List<String> words = new ArrayList<>(pictures);
		if (words.containsAll(USUAL)) {
			words.removeAll(USUAL);
			words.add(0, ALL);
		}
		return String.join(", ", words);
	}

	private static String words(final String value) {
		return value == null || value.trim().isEmpty() ? null : value.trim();
	}

	public static Options parse(final String options, final UnaryOperator<String> variables) throws BackendException {
		return new Options(new MacroOptions(options, OptionTable.IMAGES, variables)::get);
	}

	/** Whether Python says which planes make which rows; otherwise it is the plane that each image shows. */
	public boolean needsPlan() {
		return !stack.equals(CURRENT_PLANE) || per != null || channels != null || againstFrames();
	}

	/** Whether frames of image 1 are compared with other frames of it. */
	public boolean againstFrames() {
		return !against.equals(IMAGE_2);
	}

	/** Whether image 1 is compared with itself: no second image is named, and none is needed. */
	public boolean withItself() {
		return image2 == null && (channels != null || againstFrames());
	}

	/** The keys and values that a macro replays this with: the images, and what has not its default. */
	public Map<String, String> recorded() {
		final Map<String, String> recorded = new LinkedHashMap<>();
		put(recorded, "image_1", image1);
		put(recorded, "image_2", image2);
		final boolean implied = region.equals(ROI_FILE) && roiFile != null || region.equals(LABEL_IMAGE);
		if (!region.equals(WHOLE_IMAGE) && !implied) put(recorded, "region", region);
		put(recorded, "roi_file", roiFile);
		put(recorded, "labels", labels);
		put(recorded, "mask", mask);
		if (inverse) recorded.put("inverse", "");
		if (!stack.equals(CURRENT_PLANE)) put(recorded, "stack", stack);
		put(recorded, "per", per);
		put(recorded, "channels", channels);
		if (againstFrames()) put(recorded, "against", against);
		if (!rescale.equals(RESCALES.get(0))) recorded.put("rescale", rescale);
		put(recorded, "background", background);
		put(recorded, "blur", blur);
		put(recorded, "metrics", metrics);
		put(recorded, "data_range", dataRange);
		if (verdict) recorded.put("verdict", "");
		if (!pictures.isEmpty()) put(recorded, "pictures", kinds());
		put(recorded, "window", window);
		put(recorded, "save", save);
		return recorded;
	}

	private static void put(final Map<String, String> recorded, final String key, final String value) {
		if (value != null) recorded.put(key, "[" + value + "]");
	}
}

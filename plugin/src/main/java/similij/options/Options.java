// SPDX-License-Identifier: BSD-2-Clause
package similij.options;

import similij.wire.BackendException;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What <i>Image Similarity...</i> can be told. Every key has a default; dialog, macro and command all end here.
 * <p>
 * Fields are what Java acts upon: which images, which regions, where files go. All else is {@link #words}, for Python.
 * </p>
 */
public final class Options {

	public static final String WHOLE_IMAGE = "Whole image";
	public static final String SELECTION_1 = "Selection of image 1";
	public static final String SELECTION_2 = "Selection of image 2";
	public static final String BOTH_SELECTIONS = "Both selections";
	public static final String ROI_FILE = "ROI file";
	public static final String ROI_MANAGER = "ROI Manager";
	public static final String OVERLAY = "Overlay";
	public static final String LABEL_IMAGE = "Label image";
	public static final String ALL_PLANES = "All planes";

	public static final OptionTable TABLE = OptionTable.IMAGES;
	/** The first one is the default. */
	public static final List<String> REGIONS = TABLE.choices("region");
	private static final String LOCAL = "local";
	/** What Python is not told in words: it gets the pixels, regions and files themselves. */
	private static final List<String> OWN = Arrays.asList("image_1", "image_2", "region", "roi_file", "labels", "mask",
		"inverse", "save");
	/** Where one of them is given, Python says which planes make which rows. */
	private static final List<String> OF_STACKS = Arrays.asList("stack", "per", "channels", "against");

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
	/** Kinds of pictures, in the order of the table; empty where none is asked for. */
	public final List<String> pictures;
	/** A folder, or null. */
	public final String save;
	/** All that is given. */
	public final Words words;

	/** @param given the value of a key; null where it is not given */
	public Options(final UnaryOperator<String> given) throws BackendException {
		words = new Words(TABLE, given);
		image1 = words.get("image_1");
		image2 = words.get("image_2");
		roiFile = words.get("roi_file");
		labels = trimmed("labels");
		mask = trimmed("mask");
		save = trimmed("save");
		final String word = given.apply("region");
		region = word != null && !word.trim().isEmpty() ? words.value("region") : roiFile != null ? ROI_FILE
			: labels != null ? LABEL_IMAGE : WHOLE_IMAGE;
		checkUsed("roi_file", roiFile, ROI_FILE);
		checkUsed("labels", labels, LABEL_IMAGE);
		if (region.equals(LABEL_IMAGE) && labels == null) throw new BackendException("region=[" + LABEL_IMAGE +
			"] needs labels=[...]: the title or the path of a label image.");
		inverse = words.has("inverse");
		if (inverse && region.equals(WHOLE_IMAGE)) throw new BackendException("inverse is given, and region=[" +
			WHOLE_IMAGE + "], which has no background: choose another region, or leave inverse out.");
		pictures = words.list("pictures");
		if (words.has("window") && !pictures.contains(LOCAL)) throw new BackendException("window=[" + words.get("window") +
			"] is given, which is of the local maps, and none is asked for: add " + LOCAL +
			" to the pictures, or leave window out.");
	}

	private String trimmed(final String key) {
		return words.has(key) ? words.get(key).trim() : null;
	}

	private void checkUsed(final String key, final String value, final String by) throws BackendException {
		if (value != null && !region.equals(by)) throw new BackendException(key + "=[" + value + "] is given, and region=[" +
			region + "], which does not use it: choose region=[" + by + "], or leave one of them out.");
	}

	public static Options parse(final String options, final UnaryOperator<String> variables) throws BackendException {
		return new Options(new MacroOptions(options, TABLE, variables)::get);
	}

	/** What Python reads, as it was written. */
	public Map<String, String> forPython() {
		return words.without(OWN);
	}

	/** Whether all pixels of the images are needed, and not only those of the regions. */
	public boolean needWholeImages() {
		return words.needWholeImages();
	}

	/** Whether Python says which planes make which rows; otherwise it is the plane that each image shows. */
	public boolean needsPlan() {
		return OF_STACKS.stream().anyMatch(words::has);
	}

	/** Whether frames of image 1 are compared with other frames of it. */
	public boolean againstFrames() {
		return words.has("against");
	}

	/** Whether image 1 can be compared with itself: with other channels or frames of it. */
	public boolean comparesParts() {
		return words.has("channels") || againstFrames();
	}

	/** Whether image 1 is compared with itself: no second image is named, and none is needed. */
	public boolean withItself() {
		return image2 == null && comparesParts();
	}

	/** The keys and values that a macro replays this with: the images, and what has not its default. */
	public Map<String, String> recorded() {
		final Map<String, String> recorded = words.recorded();
		final boolean implied = region.equals(ROI_FILE) && roiFile != null || region.equals(LABEL_IMAGE);
		if (implied) recorded.remove("region");
		else if (recorded.containsKey("region")) recorded.put("region", "[" + region + "]");
		return recorded;
	}
}
